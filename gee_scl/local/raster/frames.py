"""Frames: the pixel grid on which an image is shown, from a region and a size."""

from __future__ import annotations

from dataclasses import dataclass

from affine import Affine

from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Band, Image
from gee_scl.local.values import FOOTPRINT, Projection
from gee_scl.local.vector.crs import metres_per_unit
from gee_scl.local.vector.geometry import Geometry

Bounds = tuple[float, float, float, float]

_BEND_METRES = 0.01
"""How far a projected edge may be from its true course: the bounds of a region move by less than any pixel."""

_ROUNDING = 1e-6
"""Fraction of a pixel that bounds may reach beyond a pixel's edge without that pixel being taken."""


@dataclass(frozen=True)
class Size:
    """How large a frame is; at most one way of saying it. None of them keeps the pixels of the projection.

    Attributes:
        pixels: columns and rows.
        longest: the larger of both, the other in proportion.
        metres: nominal scale.
    """

    pixels: tuple[int, int] | None = None
    longest: int | None = None
    metres: float | None = None


def frame(image: Image, region: Geometry | None, size: Size, name: str) -> Grid:
    """The grid of a part of an image, north up, in the projection of its first band.

    "The image will be clipped to the bounding box, in the image's projection, of this geometry" (documentation of
    Image.clipToBoundsAndScale, which `getThumbURL` asks for). The guide on thumbnails says that `crs` is EPSG:4326 by
    default; that is so for constants and composites, whose projection that is.

    Args:
        image: with at least one band.
        region: where; None is all of the image.
        size: how large.
        name: of the algorithm, for errors.

    Raises:
        EvaluationError: the image has no bounds and no region is given, or the region has no extent.
    """
    band = image.first_band(name)
    left, bottom, right, top = bounds = _bounds(image, band, region, name)
    crs = band.projection.crs
    if size.pixels is None and size.longest is None:
        return _on_pixels(band.projection, size.metres, bounds, name)
    width, height = right - left, top - bottom
    if not (width > 0 and height > 0):
        raise EvaluationError(f"{name}: The geometry has no extent in both directions; give one that has.")
    if size.pixels is not None:
        columns, rows = size.pixels
    else:
        pixel = max(width, height) / (size.longest or 1)
        columns, rows = max(1, round(width / pixel)), max(1, round(height / pixel))
    return Grid(crs, Affine(width / columns, 0, left, 0, -height / rows, top), 0, 0, columns, rows)


def grid_of(band: Band) -> Grid | None:
    """The grid of all pixels of a bounded band."""
    if band.dimensions is None:
        return None
    width, height = band.dimensions
    return Grid(band.projection.crs, band.projection.transform, 0, 0, width, height)


def _bounds(image: Image, band: Band, region: Geometry | None, name: str) -> Bounds:
    """Of the region; else of the pixels within the footprint."""
    own = grid_of(band)
    stored = None if own is None else _of_grid(own)
    shape = region if region is not None else image.properties.get(FOOTPRINT)
    if not isinstance(shape, Geometry) or shape.is_unbounded():
        if region is not None or stored is None:
            raise EvaluationError(f"{name}: The geometry for image clipping must not be unbounded.")
        return stored
    if shape.shape.is_empty:
        raise EvaluationError(f"{name}: The geometry for image clipping must not be empty.")
    crs = band.projection.crs
    left, bottom, right, top = shape.in_crs(crs, _BEND_METRES / metres_per_unit(crs)).bounds
    if region is not None or stored is None:
        return left, bottom, right, top
    within = max(left, stored[0]), max(bottom, stored[1]), min(right, stored[2]), min(top, stored[3])
    # A footprint beside its own pixels says nothing of them.
    return within if within[0] < within[2] and within[1] < within[3] else stored


def _of_grid(grid: Grid) -> Bounds:
    corners = [grid.transform @ (x, y) for x in (0, grid.width) for y in (0, grid.height)]
    x, y = zip(*corners, strict=True)
    return min(x), min(y), max(x), max(y)


def _on_pixels(projection: Projection, metres: float | None, bounds: Bounds, name: str) -> Grid:
    """The pixels that hold the bounds, at the projection's own scale or at another, from the same origin."""
    if metres is not None:
        if not metres > 0:
            raise EvaluationError(f"{name}: The scale must be greater than 0, got {metres}.")
        projection = projection.at_scale(metres)
    transform = projection.transform
    if transform.e > 0:
        transform = transform @ Affine.scale(1, -1)
    left, bottom, right, top = bounds
    across, down = _ROUNDING * abs(transform.a), _ROUNDING * abs(transform.e)
    grid = Grid.around(projection.crs, transform, (left + across, bottom + down, right - across, top - down))
    return Grid(
        projection.crs,
        transform @ Affine.translation(grid.column, grid.row),
        0,
        0,
        max(1, grid.width),
        max(1, grid.height),
    )
