"""Where the pixels of one grid lie on the plane of another: map projections at the price of two matrix products."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from affine import Affine

from gee_scl.local.raster.grid import Grid
from gee_scl.local.vector.crs import transformer

FloatArray = npt.NDArray[np.float64]

_NODES = (9, 17)
"""Nodes along each side of a window: 9 are enough for any window of a map's tile on one Sentinel-2 product, 17 for
several hundred kilometres."""

_TOLERANCE = 1e-6
"""Pixels of the other plane by which interpolated positions may be off; else every point is projected."""

_SURE = 100
"""How many times the error that was seen a position must be away from the border of a pixel to be relied upon."""

_FEW = 1024
"""Points that are projected one by one: no more than the interpolation itself needs."""

_ONE_THREAD = 1 << 17
"""Multiplications of one product: half of those up to which OpenBLAS starts no threads (65,536 x 4, interface/gemm.c).
On two busy processors its threads made the products of one tile five times as slow."""


def positions(grid: Grid, crs: str, transform: Affine) -> tuple[FloatArray, FloatArray]:
    """Columns and rows of the centres of a grid's pixels, on the plane of another grid.

    Map projections are smooth, so that a polynomial through Chebyshev nodes is exact to rounding on any window of
    usual size. It is compared with PROJ between the nodes; where the two differ, as across the antimeridian or near a
    pole, every point is projected. So are points so close to the border of a pixel that the error could move
    them across: rounded down, the positions are those of PROJ.

    Source: L. N. Trefethen, Approximation Theory and Approximation Practice (2013), chapters 4, 5 and 8.

    Args:
        grid: whose pixels are asked for.
        crs: "EPSG:n" or WKT of the other plane.
        transform: from columns and rows of that plane to coordinates.

    Returns:
        Two arrays of the grid's shape, in pixels from the other plane's origin. A pixel's centre is at one half.
        Infinite where the projection is not defined.
    """
    if grid.crs == crs:
        return _on_plane(~transform, *grid.centres())
    if grid.width * grid.height > _FEW:
        for count in _NODES:
            interpolated = _interpolated(grid, crs, transform, count)
            if interpolated is not None:
                return interpolated
    return _projected(grid, crs, transform, *grid.centres())


def step(grid: Grid, crs: str, transform: Affine) -> float:
    """How many pixels of another plane one pixel in the middle of a grid stands for, along its shorter side.

    Returns:
        A positive number of pixels; NaN where the projection is not defined there.
    """
    middle = grid.column + grid.width / 2, grid.row + grid.height / 2
    corners = np.asarray([middle, (middle[0] + 1, middle[1]), (middle[0], middle[1] + 1)])
    columns, rows = _projected(grid, crs, transform, *_on_plane(grid.transform, corners[:, 0], corners[:, 1]))
    with np.errstate(invalid="ignore"):
        return float(np.min(np.hypot(columns[1:] - columns[0], rows[1:] - rows[0])))


def _projected(grid: Grid, crs: str, transform: Affine, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    if grid.crs != crs:
        x, y = transformer(grid.crs, crs).transform(x, y)
    return _on_plane(~transform, x, y)


def _on_plane(plane: Affine, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    a, b, c, d, e, f = plane[:6]
    with np.errstate(invalid="ignore"):
        return a * x + b * y + c, d * x + e * y + f


def _interpolated(grid: Grid, crs: str, transform: Affine, count: int) -> tuple[FloatArray, FloatArray] | None:
    """The positions from so many nodes along each side; None where that is not exact."""
    nodes, checks = (_at(grid, crs, transform, places) for places in (_nodes(count), _checks(count)))
    if not (np.isfinite(nodes).all() and np.isfinite(checks).all()):
        return None
    between = _to_checks(count)
    error = float(np.abs(between @ nodes @ between.T - checks).max())
    if error > _TOLERANCE:
        return None
    columns, rows = _product(_to_pixels(count, grid.height) @ nodes, _to_pixels(count, grid.width).T)
    return _settled(columns, rows, grid, crs, transform, error)


def _at(grid: Grid, crs: str, transform: Affine, places: FloatArray) -> FloatArray:
    """Columns and rows, one upon the other, of every pair of places: -1 is the first pixel's centre, 1 the last's."""
    across = grid.column + 0.5 + (grid.width - 1) * (0.5 + 0.5 * places)
    down = grid.row + 0.5 + (grid.height - 1) * (0.5 + 0.5 * places)
    columns, rows = np.meshgrid(across, down)
    return np.stack(_projected(grid, crs, transform, *_on_plane(grid.transform, columns, rows)))


def _product(left: FloatArray, right: FloatArray) -> FloatArray:
    """Matrix products in strips so small that BLAS leaves them to this thread: the tiles themselves are in parallel."""
    height, inner = left.shape[-2:]
    strip = max(1, _ONE_THREAD // (inner * right.shape[-1]))
    whole = np.empty((len(left), height, right.shape[-1]))
    for top in range(0, height, strip):
        np.matmul(left[:, top : top + strip], right, out=whole[:, top : top + strip])
    return whole


def _settled(
    columns: FloatArray, rows: FloatArray, grid: Grid, crs: str, transform: Affine, error: float
) -> tuple[FloatArray, FloatArray]:
    """The positions, with those that may be on the wrong side of a pixel's border taken from PROJ."""
    # Far from the origin the rounding of large numbers is more than what was seen between the nodes.
    near = _SURE * max(error, 1e-14 * max(1.0, float(np.abs(columns).max()), float(np.abs(rows).max())))
    unsure = _is_whole(columns, near) | _is_whole(rows, near)
    if unsure.any():
        x, y = (np.broadcast_to(c, grid.shape)[unsure] for c in grid.centres())
        columns[unsure], rows[unsure] = _projected(grid, crs, transform, x, y)
    return columns, rows


def _is_whole(positions: FloatArray, near: float) -> npt.NDArray[np.bool_]:
    return np.abs(positions - np.rint(positions)) <= near


def _nodes(count: int) -> FloatArray:
    """Chebyshev points of the first kind, between -1 and 1."""
    return -np.cos((np.arange(count) + 0.5) * math.pi / count)


def _checks(count: int) -> FloatArray:
    """Both ends, and between each two nodes the place where a polynomial through them is off furthest."""
    return -np.cos(np.arange(count + 1) * math.pi / count)


@functools.lru_cache(maxsize=8)
def _to_checks(count: int) -> FloatArray:
    return _weights(count, _checks(count))


@functools.lru_cache(maxsize=64)
def _to_pixels(count: int, pixels: int) -> FloatArray:
    return _weights(count, np.linspace(-1, 1, pixels) if pixels > 1 else np.zeros(1))


def _weights(count: int, wanted: FloatArray) -> FloatArray:
    """What the value at each node counts for in each wanted place, one row for each: barycentric interpolation."""
    nodes = _nodes(count)
    signs = (-1.0) ** np.arange(count) * np.sin((np.arange(count) + 0.5) * math.pi / count)
    distances = wanted[:, np.newaxis] - nodes
    on_node = distances == 0
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = signs / distances
        weights = terms / terms.sum(axis=1, keepdims=True)
    exact = on_node.any(axis=1)
    weights[exact] = on_node[exact]
    weights.setflags(write=False)
    return np.asarray(weights)


@dataclass(frozen=True)
class Footprint:
    """The rectangle that a raster covers on its own plane.

    Attributes:
        crs: "EPSG:n" or WKT.
        transform: from columns and rows to coordinates.
        width: columns.
        height: rows.
    """

    crs: str
    transform: Affine
    width: int
    height: int

    def within(self, grid: Grid) -> Grid:
        """The part of a grid that the raster may touch: all of it where that cannot be told."""
        bounds = _bounds(self, grid.crs)
        if bounds is None:
            return grid
        around = Grid.around(grid.crs, grid.transform, bounds)
        # The outline between the points that were projected may bulge by a small part of its size.
        margin = 2 + max(around.width, around.height) // 100
        left, top = around.column - margin, around.row - margin
        return grid.crop(left, top, around.column + around.width + margin, around.row + around.height + margin)


_LONLAT = "EPSG:4326"

_POLAR = 89.0
"""Degrees from which on meridians are so close together that bounds mean little."""


@functools.lru_cache(maxsize=4096)
def _bounds(footprint: Footprint, crs: str) -> tuple[float, float, float, float] | None:
    """Left, bottom, right and top in another CRS; None where the antimeridian or a pole makes them mean nothing."""
    corners = [footprint.transform @ (x, y) for x in (0, footprint.width) for y in (0, footprint.height)]
    xs, ys = zip(*corners, strict=True)
    own = min(xs), min(ys), max(xs), max(ys)
    if footprint.crs == crs:
        return own
    west, south, east, north = _carried(own, footprint.crs, _LONLAT)
    if not (-180 <= west < east <= 180 and -_POLAR < south < north < _POLAR and east - west < 180):
        return None
    bounds = (west, south, east, north) if crs == _LONLAT else _carried(own, footprint.crs, crs)
    return bounds if all(map(math.isfinite, bounds)) and bounds[0] < bounds[2] else None


def _carried(bounds: tuple[float, float, float, float], source: str, target: str) -> tuple[float, float, float, float]:
    left, bottom, right, top = transformer(source, target).transform_bounds(*bounds, densify_pts=21)
    return float(left), float(bottom), float(right), float(top)
