"""Layers of regions: their outlines, and their shares of some classes as colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gee_scl.classes.schemes import Scheme
from gee_scl.classes.selection import ClassSelection
from gee_scl.options.arguments import checked
from gee_scl.options.checks import Moment
from gee_scl.views.layers.backends import Added, backend_for, kind_of, longitude_of
from gee_scl.views.layers.legends import Legend
from gee_scl.views.percent_colors import PERCENT_PALETTE, PercentColors

if TYPE_CHECKING:
    import pandas as pd

    from gee_scl.views.layers.shapes import ShareOf

__all__ = ["add_class_shares", "add_regions"]


@checked()
def add_regions(
    map: Any,
    regions: object,
    *,
    id: str | None = None,
    layer: str | None = None,
    name: str = "Regions",
    color: str = "000000",
) -> Added:
    """Add the outlines of regions, with their names.

    Edges are drawn straight on the map, also where Earth Engine takes them for great circles: at 10 km that is metres.
    Regions on both sides of the antimeridian lie together, in the turn round the Earth that the map looks at.

    Args:
        map: an ipyleaflet or folium map.
        regions: anything that `class_statistics` takes.
        id: column of the regions that names them; without it they are numbered from 0.
        layer: of a vector file that has several.
        name: of the layer.
        color: 'rrggbb' of the lines.

    Returns:
        What was added. Names are shown where the pointer is.

    Raises:
        ArgumentError: it is no map.
        RegionError: regions that cannot be read.
        SchemeError: the colour is none.
        NotInitializedError: no session is open, and the regions are known to Earth Engine alone.

    Requests: none; one for regions that only Earth Engine knows.

    Examples:
        >>> m = layers.new_map(fields)
        >>> added = layers.add_regions(m, fields, id="name", name="Six regions", color="ff00ff")
        >>> added.layer.name
        'Six regions'
    """
    from gee_scl.regions.as_regions import as_regions
    from gee_scl.views.drawing.outlines import near, outlines
    from gee_scl.views.layers.shapes import plain_shapes

    backend = backend_for(kind_of(map))
    drawn = near(outlines(as_regions(regions, id=id, layer=layer)), longitude_of(map))
    shapes = plain_shapes(drawn, color)
    return backend.add_shapes(map, name, shapes, None)


@checked()
def add_class_shares(
    map: Any,
    frame: pd.DataFrame,
    regions: object,
    classes: ClassSelection,
    *,
    id: str | None = None,
    layer: str | None = None,
    date: Moment | None = None,
    value: ShareOf | str = "percent",
    scheme: str | Scheme | None = None,
    name: str | None = None,
    low: float = 0,
    high: float = 100,
    palette: Sequence[str] = PERCENT_PALETTE,
    legend: bool = True,
) -> Added:
    """Colour regions by the share of some classes, taken from class statistics.

    Args:
        map: an ipyleaflet or folium map.
        frame: what `class_statistics` returns, in the long layout, with one row for a region, day and class.
        regions: the regions that it was made with.
        classes: classes of the frame's scheme, by value or name; for the SCL groups as well, such as "cloud".
        id: column of the regions that names them, as the statistics were given it.
        layer: of a vector file that has several.
        date: a day, UTC; None takes all days together, each weighted by what was classified on it.
        value: "percent" of the classified area, or "percent_of_region".
        scheme: what the frame was made with, if it is one of your own.
        name: of the layer; None makes one of the classes and days.
        low: percentage where the first colour begins.
        high: percentage where the last ends.
        palette: 'rrggbb', from low to high, in equal steps.
        legend: whether to add the legend.

    Returns:
        What was added. The name and share of a region are shown where the pointer is; regions without a clear view are
        grey and dashed.

    Raises:
        ArgumentError: a frame that cannot be used, a day that it does not have, or regions that are not in it.
        ClassError: a class that the scheme does not have.
        SchemeError: a scheme that is not known, or a colour that is none.
        RegionError: regions that cannot be read.
        NotInitializedError: no session is open, and the regions are known to Earth Engine alone.

    Requests: none; one for regions that only Earth Engine knows.

    Examples:
        >>> m = layers.new_map(fields)
        >>> added = layers.add_class_shares(m, frame, fields, "water", id="name", date="2023-08-09")
        >>> added.layer.name
        'Water, 2023-08-09'

        >>> added = layers.add_class_shares(m, frame, fields, "water", id="name", high=50)
        >>> added.layer.name
        'Water, 2023-05-08 to 2023-08-26'
    """
    from gee_scl.regions.as_regions import as_regions
    from gee_scl.views.drawing.outlines import near, outlines
    from gee_scl.views.layers.shapes import ShareOf, region_shares, share_entries, share_shapes

    backend, of = backend_for(kind_of(map)), ShareOf.of("value", value)
    colors = PercentColors.of(palette, low, high, least=1)
    shares = region_shares(frame, classes, of=of, scheme=scheme, date=date)
    drawn = near(outlines(as_regions(regions, id=id, layer=layer)), longitude_of(map))
    shapes = share_shapes(drawn, shares, colors)
    explained = Legend(shares.title, share_entries(colors), f"Percent {of.meaning}.") if legend else None
    return backend.add_shapes(map, name or shares.title, shapes, explained)


def __dir__() -> list[str]:
    return __all__
