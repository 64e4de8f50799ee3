"""The pictures of a report: days as classes and in true colour, the class map with outlines, the chart of the series.

Their sizes are planned so that a page stays within its bytes, before any picture is asked for.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ee

from gee_scl.classes.schemes import Scheme
from gee_scl.expressions.colors import true_color, visualize
from gee_scl.scenes.mosaics import images_of_day
from gee_scl.scenes.scene import by_day, images_of
from gee_scl.views.drawing.extent import Extent, mercator
from gee_scl.views.pages.page_pictures import PagePicture, data_uri
from gee_scl.views.view import TRUE_COLOR_BANDS

if TYPE_CHECKING:
    import pandas as pd

    from gee_scl.statistics.survey import Survey
    from gee_scl.views.drawing.outlines import Outline

MAP_TIMES = 2
"""The class map's longest side is so many times that of the other pictures."""

SMALLEST_PICTURE = 120
"""Pixels of the longest side, below which a picture shows nothing."""

_LONGEST_SIDE = 1000.0
"""Of the class map in its own units, whatever its pixels."""

_LABEL_SIZE = 30.0
"""Of its names, in the same units, where they are largest: on a phone."""

_LETTER = 0.58
"""Width of a letter by its size, about."""

_SCALE_BARS = (20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000)
"""Metres."""

_WIDE_CHART = (7.2, 3.3)
_NARROW_CHART = (3.4, 3.9)
"""Inches. On a phone the letters of the wide one would be too small."""

_MOST_SVG_BYTES = 300_000
"""A longer drawing, of very many days, becomes pixels."""

_CHART_DPI = 160


@dataclass(frozen=True)
class DayImages:
    """What pictures of a day are drawn from.

    Attributes:
        survey: of the images.
        colorless: why they cannot be shown in true colour; empty where they can.
    """

    survey: Survey
    colorless: str

    def classes(self, date: str, extent: Extent) -> PagePicture:
        """Paint the classes of a day in their colours."""
        measure = self.survey.measure
        shown = visualize(self._mosaic(date, [measure.band]), measure.scheme, band=measure.band)
        return PagePicture(f"the classes of {date}", shown, extent, is_classes=True)

    def true_color(self, date: str, extent: Extent) -> PagePicture:
        """Show the day in true colour."""
        shown = true_color(self._mosaic(date, list(TRUE_COLOR_BANDS)))
        return PagePicture(f"the true colour of {date}", shown, extent, is_classes=False)

    def _mosaic(self, date: str, bands: list[str]) -> ee.Image:
        members = images_of(self.survey.collection.select(bands), by_day(self.survey.scenes)[date])
        return images_of_day(members, ee.Date(date), self.survey.day).mosaic()


@dataclass(frozen=True)
class Label:
    """A region's name on the map, in the map's units; data, to be escaped where it is written."""

    text: str
    x: float
    y: float


@dataclass(frozen=True)
class ScaleBar:
    """A length on the ground, in the map's units."""

    text: str
    length: float


@dataclass(frozen=True)
class Drawing:
    """What is drawn over the class map.

    Attributes:
        width: of the map in its own units, as all lengths are.
        height: of the map.
        paths: name and outline of each region; the outline as an SVG path.
        labels: names where there is room for them.
        bar: a length to compare with.
    """

    width: float
    height: float
    paths: tuple[tuple[str, str], ...]
    labels: tuple[Label, ...]
    bar: ScaleBar


def drawing(outlines: Sequence[Outline], extent: Extent) -> Drawing:
    """Draw the regions of a map.

    Args:
        outlines: the regions.
        extent: the map's window.
    """
    unit = _LONGEST_SIDE / max(extent.width, extent.height)
    west, _, _, north = extent.bounds

    def placed(longitude: float, latitude: float) -> tuple[float, float]:
        x, y = mercator(longitude, latitude)
        return (x - west) / extent.pixel * unit, (north - y) / extent.pixel * unit

    paths = tuple((outline.name, _path(outline.simplified(extent), placed)) for outline in outlines)
    width, height = extent.width * unit, extent.height * unit
    metres = extent.metres / unit
    length = max((bar for bar in _SCALE_BARS if bar / metres <= 0.3 * width), default=_SCALE_BARS[0])
    text = f"{length} m" if length < 1000 else f"{length // 1000} km"
    labels = _labels(outlines, placed, width)
    return Drawing(round(width, 1), round(height, 1), paths, labels, ScaleBar(text, round(length / metres, 1)))


def _path(outline: Outline, placed: Callable[[float, float], tuple[float, float]]) -> str:
    rings = []
    for ring in outline.rings:
        points = [placed(*place) for place in ring[:-1]]
        rings.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z")
    return "".join(rings)


def _labels(
    outlines: Sequence[Outline], placed: Callable[[float, float], tuple[float, float]], width: float
) -> tuple[Label, ...]:
    """Place names in the middle of the regions' boxes, the larger regions first, without those that would overlap."""
    boxes = [(outline.name, placed(*outline.box[:2]), placed(*outline.box[2:])) for outline in outlines]
    boxes.sort(key=lambda box: -abs((box[2][0] - box[1][0]) * (box[2][1] - box[1][1])))
    taken: list[tuple[float, float, float, float]] = []
    labels = []
    for name, (left, bottom), (right, top) in boxes:
        text = name if len(name) <= 24 else name[:23] + "…"
        half = len(text) * _LETTER * _LABEL_SIZE / 2
        x = min(max((left + right) / 2, half), width - half)
        y = (top + bottom) / 2
        box = (x - half, y - _LABEL_SIZE, x + half, y + _LABEL_SIZE / 2)
        if not any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken):
            taken.append(box)
            labels.append(Label(text, round(x, 1), round(y, 1)))
    return tuple(labels)


def chart(frame: pd.DataFrame, scheme: Scheme) -> tuple[str, str]:
    """Draw the series of classes, wide and for a phone, as data URIs.

    Args:
        frame: a statistics frame of one region.
        scheme: its classes.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    from gee_scl.views.drawing.paper import on_paper

    with on_paper(scheme.names):
        return _chart(frame, scheme, _WIDE_CHART), _chart(frame, scheme, _NARROW_CHART)


def _chart(frame: pd.DataFrame, scheme: Scheme, size: tuple[float, float]) -> str:
    from matplotlib.figure import Figure

    from gee_scl.views.charts import stacked_area

    # A figure of its own, not one of pyplot's, which keeps them and may open windows.
    figure = Figure(figsize=size, layout="constrained")
    stacked_area(frame, value="percent_of_region", scheme=scheme, ax=figure.subplots())
    written = io.BytesIO()
    figure.savefig(written, format="svg", metadata={"Date": None})
    if written.tell() <= _MOST_SVG_BYTES:
        return data_uri("image/svg+xml", written.getvalue())
    written = io.BytesIO()
    figure.savefig(written, format="png", dpi=_CHART_DPI)
    return data_uri("image/png", written.getvalue())
