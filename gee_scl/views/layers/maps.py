"""Notebook maps around a region."""

from __future__ import annotations

import math
from typing import Any

from gee_scl.options.arguments import checked
from gee_scl.options.choices import MapBackend
from gee_scl.regions.boxes import box_around
from gee_scl.views.layers.backends import backend_for

__all__ = ["new_map"]

_FITTED = (800, 480)
"""Pixels that a region fills at the most when a map opens: a notebook's maps are about 900 wide and 600 high."""

_WORLD = ((20.0, 0.0), 2)

_TILE = 256

_MOST_LATITUDE = 85.0511
"""Degrees: where the square map of the web ends."""

_CLOSEST = 18
"""Zoom: a pixel of half a metre, which shows the smallest field among its neighbours."""


@checked()
def new_map(region: object = None, *, backend: MapBackend | str = "ipyleaflet", **options: Any) -> Any:
    """Make a map to put layers on, around a region. It does not ask for credentials.

    Args:
        region: what to look at: anything that `class_statistics` takes as regions; None for the world.
        backend: "ipyleaflet" for a `geemap.Map`, "folium" for a `folium.Map`, which can be saved as a page. (geemap's
            own folium map is taken by all functions here too. With geemap 0.37 it can be had only by setting the
            environment variable USE_FOLIUM before geemap is imported: afterwards its import fails.)
        **options: passed on to the map, such as height or basemap.

    Returns:
        The map, which a notebook shows where it is the last line of a cell. Around a region across the antimeridian its
        longitudes run past 180, as web maps have them.

    Raises:
        ArgumentError: an unknown backend.
        RegionError: the region cannot be read.
        NotInitializedError: no session is open, and the region is known to Earth Engine alone.

    Requests: none; one for a region that only Earth Engine knows.

    Examples:
        >>> m = layers.new_map(fields)
        >>> m.zoom, [round(degrees, 2) for degrees in m.center]  # latitude and longitude
        (12.0, [46.46, 11.63])

        A page without a notebook, around west, south, east and north in degrees:

        >>> m = layers.new_map((11.60, 46.44, 11.65, 46.47), backend="folium")
        >>> added = layers.add_classes(m, image)
        >>> m.save("map.html")
    """
    library = backend_for(MapBackend.of("backend", backend))
    center, zoom = _WORLD if region is None else _around(region)
    return library.make_map(center, zoom, options)


def _around(region: object) -> tuple[tuple[float, float], int]:
    """Find latitude and longitude of a region's middle, and the largest zoom that shows it all."""
    from gee_scl.regions.as_regions import as_region
    from gee_scl.views.drawing.outlines import outlines

    west, south, east, north = box_around(outline.box for outline in outlines(as_region(region)))
    # In Web Mercator the whole world is one tile at zoom 0.
    tiles = max((east - west) / 360 / _FITTED[0], (_northing(north) - _northing(south)) / _FITTED[1]) * _TILE
    zoom = _CLOSEST if tiles <= 0 else math.floor(-math.log2(tiles))
    return ((south + north) / 2, (west + east) / 2), min(max(zoom, 0), _CLOSEST)


def _northing(latitude: float) -> float:
    """Tell how far north a latitude is on a web map, as a part of the map's height, from its middle."""
    limited = min(max(latitude, -_MOST_LATITUDE), _MOST_LATITUDE)
    return math.asinh(math.tan(math.radians(limited))) / (2 * math.pi)


def __dir__() -> list[str]:
    return __all__
