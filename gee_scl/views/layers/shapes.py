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
from gee_scl.options.choices import Choice
from gee_scl.views.drawing.legend_html import share_text
from gee_scl.views.percent_colors import PercentColors
from gee_scl.views.view import LegendEntry

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
    """Draw outlines with their names.

    Raises:
        SchemeError: the colour is none.
    """
    color = hex_color(color, "color")
    return [Shape(outline, (outline.name,), line=color) for outline in regions]


class ShareOf(Choice):
    """What a share of classes in a region is of."""

    CLASSIFIED = "percent", "of the classified area"
    REGION = "percent_of_region", "of the region"


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
    frame: pd.DataFrame, classes: ClassSelection, *, of: ShareOf, scheme: str | Scheme | None, date: object
) -> RegionShares:
    """Read the share of some classes in each region of a statistics frame.

    Args:
        frame: what `class_statistics` returns, in the long layout, with one row for a region, day and class.
        classes: as the scheme of the frame has them.
        of: what the share is of.
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
    from gee_scl.options.checks import checked_moment

    table = daily(frame, of, dated=date is not None)
    if not len(table):
        raise ArgumentError("frame", "an empty frame", "a frame with a region")
    own = find_scheme(table, scheme, [("class_value", "class_name")])
    values = own.class_values(classes, "classes")
    named = ", ".join(name for value, name in zip(own.values, own.names, strict=True) if value in values)
    when = _period(table["day"])
    if date is not None:
        day = pd.Timestamp(checked_moment(date, "date"), unit="ms", tz="UTC").floor("D")
        when = f"{day:%Y-%m-%d}"
        if not (table["day"] == day).any():
            raise ArgumentError("date", when, f"a day of the frame: {_days(table['day'])}")
        table = table[table["day"] == day]
    means = region_means(table, own, of)[list(values)].sum(axis=1, skipna=False)
    percent: dict[Hashable, float] = means.to_dict()
    return RegionShares(f"{named}, {when}" if when else named, {str(key): share for key, share in percent.items()})


def _period(days: pd.Series) -> str:
    dated = days.dropna()
    if not len(dated):
        return ""
    first, last = dated.min(), dated.max()
    return f"{first:%Y-%m-%d}" if first == last else f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"


def _days(days: pd.Series, most: int = 10) -> str:
    dated: list[dt.datetime] = sorted(days.dropna().unique())
    return ", ".join(f"{day:%Y-%m-%d}" for day in dated[:most]) + (", ..." if len(dated) > most else "")


def share_entries(colors: PercentColors) -> tuple[LegendEntry, ...]:
    """Write a legend line for each colour's step, and one for regions without a clear view."""
    steps = [LegendEntry(f"{low:.3g} to {high:.3g} %", color) for low, high, color in colors.steps()]
    return (*steps, LegendEntry(NO_CLEAR_VIEW, NO_DATA_COLOR))


def share_shapes(regions: Sequence[Outline], shares: RegionShares, colors: PercentColors) -> list[Shape]:
    """Colour regions by their share; grey and dashed where there was no clear view.

    Raises:
        ArgumentError: the frame has none of the regions.
    """
    if not any(outline.id in shares.percent for outline in regions):
        names = [outline.id for outline in regions[:3]]
        hint = "Give the id= that the statistics were made with."
        raise ArgumentError("regions", names, f"regions of the frame, such as {next(iter(shares.percent))!r}", hint)
    return [_share_shape(outline, shares.percent.get(outline.id), colors) for outline in regions]


def _share_shape(outline: Outline, percent: float | None, colors: PercentColors) -> Shape:
    if percent is None or percent != percent:
        return Shape(outline, (outline.name, NO_CLEAR_VIEW), NO_DATA_COLOR, dashed=True)
    return Shape(outline, (outline.name, share_text(percent)), colors.color(percent))


def shapes_geojson(shapes: Sequence[Shape]) -> dict[str, Any]:
    """Write a GeoJSON FeatureCollection with Leaflet's path options as `style` and escaped HTML as `text`.

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
