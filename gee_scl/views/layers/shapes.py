"""Regions as a web map draws them: outlines, and regions coloured by the share of some classes."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gee_scl.classes.palettes import hex_color
from gee_scl.classes.schemes import Scheme
from gee_scl.classes.selection import ClassSelection
from gee_scl.errors import ArgumentError
from gee_scl.views.drawing.legend_html import share_text
from gee_scl.views.view import PERCENT_PALETTE, LegendEntry

if TYPE_CHECKING:
    import pandas as pd

    from gee_scl.views.drawing.outlines import Outline

NO_CLEAR_VIEW = "No clear view"
NO_DATA_COLOR = "bdbdbd"
"""Grey, which no percentage has; its outline is dashed as well."""

_LINE_COLOR = "333333"


@dataclass(frozen=True)
class Shape:
    """A region as it is drawn.

    Attributes:
        outline: what is drawn of it.
        lines: what people read of it, the name first; data, escaped where HTML is written.
        fill: 'rrggbb', or None for an outline alone.
        line: 'rrggbb' of the outline.
        dashed: whether the outline is dashed.
    """

    outline: Outline
    lines: tuple[str, ...]
    fill: str | None = None
    line: str = _LINE_COLOR
    dashed: bool = False


def plain_shapes(regions: Sequence[Outline], color: str) -> list[Shape]:
    """Outlines with their names.

    Raises:
        SchemeError: the colour is none.
    """
    color = hex_color(color, "color")
    return [Shape(outline, (outline.name,), line=color) for outline in regions]


@dataclass(frozen=True)
class SharePalette:
    """Colours of percentages, in equal steps.

    Attributes:
        colors: 'rrggbb', from low to high; one or more.
        low: percentage where the first step begins; what is less has its colour too.
        high: percentage where the last step ends; what is more has its colour too.

    Raises:
        ArgumentError: no colours, or percentages that are not ascending from 0 to 100.
        SchemeError: a colour is none.
    """

    colors: tuple[str, ...] = PERCENT_PALETTE
    low: float = 0.0
    high: float = 100.0

    def __post_init__(self) -> None:
        if isinstance(self.colors, str) or not self.colors:
            raise ArgumentError("palette", self.colors, "one or more colours")
        if not 0 <= self.low < self.high <= 100:
            raise ArgumentError("low, high", (self.low, self.high), "ascending percentages from 0 to 100")
        object.__setattr__(self, "colors", tuple(hex_color(color, "palette") for color in self.colors))

    @property
    def step(self) -> float:
        """Percent of each colour."""
        return (self.high - self.low) / len(self.colors)

    def color(self, percent: float) -> str:
        """The colour of a percentage; what lies between two steps has the upper one's."""
        position = int((percent - self.low) / self.step)
        return self.colors[min(max(position, 0), len(self.colors) - 1)]

    def entries(self) -> tuple[LegendEntry, ...]:
        """A legend line for each colour, and one for regions without a clear view."""
        sides = [self.low + place * self.step for place in range(len(self.colors) + 1)]
        steps = [
            LegendEntry(f"{low:.3g} to {high:.3g} %", color)
            for low, high, color in zip(sides, sides[1:], self.colors, strict=False)
        ]
        return (*steps, LegendEntry(NO_CLEAR_VIEW, NO_DATA_COLOR))


@dataclass(frozen=True)
class RegionShares:
    """The share of some classes in each region.

    Attributes:
        title: the classes, and when.
        percent: by the region's id as text; NaN where nothing was classified.
    """

    title: str
    percent: Mapping[str, float]


def region_shares(
    frame: pd.DataFrame, classes: ClassSelection, *, value: str, scheme: str | Scheme | None, date: object
) -> RegionShares:
    """The share of some classes in each region of a statistics frame.

    Args:
        frame: what `class_statistics` returns, in the long layout, with one row for a region, day and class.
        classes: as the scheme of the frame has them.
        value: "percent" or "percent_of_region".
        scheme: what the frame was made with; None finds it.
        date: a UTC day; None takes all days together: shares weighted by what was classified on a day.

    Raises:
        ArgumentError: a frame that cannot be used, or a day that it does not have.
        SchemeError: the scheme is none, or not known.
        ClassError: a class that the scheme does not have.
    """
    import pandas as pd

    from gee_scl.frames.classes import find_scheme
    from gee_scl.frames.days import daily
    from gee_scl.frames.regions import region_means
    from gee_scl.options.checks import checked_moment, one_of

    one_of("value", value, ("percent", "percent_of_region"))
    table = daily(frame, value, dated=date is not None)
    if not len(table):
        raise ArgumentError("frame", "an empty frame", "a frame with a region")
    found = find_scheme(table, scheme, [("class_value", "class_name")])
    chosen = found.class_values(classes, "classes")
    named = ", ".join(name for number, name in zip(found.values, found.names, strict=True) if number in chosen)
    when = _period(table["day"])
    if date is not None:
        day = pd.Timestamp(checked_moment(date, "date"), unit="ms", tz="UTC").floor("D")
        when = f"{day:%Y-%m-%d}"
        if not (table["day"] == day).any():
            raise ArgumentError("date", when, f"a day of the frame: {_days(table['day'])}")
        table = table[table["day"] == day]
    means = region_means(table, found, value)[list(chosen)].sum(axis=1, skipna=False)
    percent: dict[Hashable, float] = means.to_dict()
    return RegionShares(f"{named}, {when}" if when else named, {str(key): share for key, share in percent.items()})


def _period(days: pd.Series) -> str:
    known = days.dropna()
    if not len(known):
        return ""
    first, last = known.min(), known.max()
    return f"{first:%Y-%m-%d}" if first == last else f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"


def _days(days: pd.Series, most: int = 10) -> str:
    known: list[dt.datetime] = sorted(days.dropna().unique())
    return ", ".join(f"{day:%Y-%m-%d}" for day in known[:most]) + (", ..." if len(known) > most else "")


def share_shapes(regions: Sequence[Outline], shares: RegionShares, palette: SharePalette) -> list[Shape]:
    """Regions coloured by their share; grey and dashed where there was no clear view.

    Raises:
        ArgumentError: the frame has none of the regions.
    """
    if not any(outline.name in shares.percent for outline in regions):
        names = [outline.name for outline in regions[:3]]
        hint = "Give the id= that the statistics were made with."
        raise ArgumentError("regions", names, f"regions of the frame, such as {next(iter(shares.percent))!r}", hint)
    return [_share_shape(outline, shares.percent.get(outline.name), palette) for outline in regions]


def _share_shape(outline: Outline, percent: float | None, palette: SharePalette) -> Shape:
    if percent is None or percent != percent:
        return Shape(outline, (outline.name, NO_CLEAR_VIEW), NO_DATA_COLOR, dashed=True)
    return Shape(outline, (outline.name, share_text(percent)), palette.color(percent))


def shapes_geojson(shapes: Sequence[Shape]) -> dict[str, Any]:
    """A GeoJSON FeatureCollection with Leaflet's path options as `style` and escaped HTML as `text`.

    A region is one polygon with all its rings: Leaflet fills by the even-odd rule, so that holes and parts come right.
    """
    return {"type": "FeatureCollection", "features": [_feature(shape) for shape in shapes]}


def _feature(shape: Shape) -> dict[str, Any]:
    name, *more = (html.escape(line) for line in shape.lines)
    style = {
        "color": f"#{shape.line}",
        "weight": 1 if shape.fill else 2,
        "fillColor": f"#{shape.fill or shape.line}",
        # What is not painted at all has no inside that a pointer could be over.
        "fillOpacity": 0.75 if shape.fill else 0.0,
        "dashArray": "4 4" if shape.dashed else None,
    }
    return {
        "type": "Feature",
        "properties": {"text": "<br>".join((f"<strong>{name}</strong>", *more)), "style": style},
        "geometry": {"type": "Polygon", "coordinates": [[list(place) for place in r] for r in shape.outline.rings]},
    }
