"""Images cut to a region's bounds and brought to a size, as thumbnails are."""

from __future__ import annotations

from dataclasses import replace

from gee_scl.local.algorithms.registry import algorithm
from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.clipping import Inside
from gee_scl.local.raster.frames import Size, frame
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Image, Pixels, both
from gee_scl.local.values import FOOTPRINT, Projection
from gee_scl.local.vector.geometry import Geometry

_NAME = "Image.clipToBoundsAndScale"


@algorithm(_NAME)
def clip_to_bounds_and_scale(
    image: Image,
    geometry: Geometry | None,
    width: int | None,
    height: int | None,
    max_dimension: int | None,
    scale: float | None,
) -> Image:
    """The image masked outside a geometry's bounding box, with a default projection of the size asked for."""
    grid = frame(image, geometry, _size(width, height, max_dimension, scale), _NAME)
    box = _rectangle(grid)
    inside, projection = Inside((box,)), Projection(grid.crs, grid.transform)
    bands = (
        replace(
            band.over(lambda p, q: Pixels(p.values, both(p.mask, q.mask)), inside),
            projection=projection,
            dimensions=(grid.width, grid.height),
            sized=True,
        )
        for band in image.bands
    )
    return image.with_bands(bands).set(FOOTPRINT, box)


def _size(width: int | None, height: int | None, max_dimension: int | None, scale: float | None) -> Size:
    if (width is None) != (height is None):
        raise EvaluationError(f"{_NAME}: 'width' and 'height' must be provided together.")
    ways = {"width": width, "maxDimension": max_dimension, "scale": scale}
    ways_used = [name for name, value in ways.items() if value is not None]
    if len(ways_used) > 1:
        raise EvaluationError(f"{_NAME}: Only one of 'width' and 'height', 'maxDimension' and 'scale' may be given.")
    for name, value in {**ways, "height": height}.items():
        if value is not None and not value > 0:
            raise EvaluationError(f"{_NAME}: '{name}' must be greater than 0, got {value}.")
    return Size(None if width is None or height is None else (width, height), max_dimension, scale)


def _rectangle(grid: Grid) -> Geometry:
    """The grid's outline on its own plane."""
    corners = [(0, 0), (grid.width, 0), (grid.width, grid.height), (0, grid.height), (0, 0)]
    ring = [list(grid.transform @ corner) for corner in corners]
    return Geometry.from_geojson({"type": "Polygon", "coordinates": [ring]}, grid.crs, geodesic=False)
