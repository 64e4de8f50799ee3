"""The true area of pixels, on the WGS84 ellipsoid: Earth Engine's pixelArea."""

from __future__ import annotations

import functools
import itertools
import math

import numpy as np
import numpy.typing as npt

from gee_scl.local.raster.grid import Grid
from gee_scl.local.vector.crs import is_geographic, metres_per_unit, projection_of, transformer

FloatArray = npt.NDArray[np.float64]

_SEMI_MAJOR = 6378137.0
_FLATTENING = 1 / 298.257223563
_ECCENTRICITY = math.sqrt(_FLATTENING * (2 - _FLATTENING))

_LATTICE_METRES = 1500.0
"""Spacing at which the areal scale is worked out exactly; between, it is interpolated linearly.

The areal scale of a transverse Mercator projection bends by 2 / R² across the zone, so a linear interpolation over h
metres is off by h² / (4 R²): 1.4e-8 of the area for 1,500 m.
"""

_FEW_PIXELS = 2
"""Pixels along the lattice's spacing below which each is worked out exactly."""

_SIDE = 32
"""Lattice cells on a side that are worked out together: 48 km."""

_BITS = 36
"""Of an area's fraction that are kept, to 1.5e-11 of it: with them, areas of one tile add up without an error."""


def pixel_areas(grid: Grid) -> FloatArray:
    """Square metres of each pixel of a grid, of the grid's shape.

    Pixels of a geographic grid are cells between meridians and parallels, exactly; those of a projected grid have
    their area in the plane divided by the projection's areal scale at their centre (Snyder, Map Projections: A
    Working Manual, USGS 1395, 1987, p. 20-24).
    """
    if not grid.width or not grid.height:
        return np.zeros(grid.shape)
    return _geographic(grid) if is_geographic(grid.crs) else _projected(grid)


def _projected(grid: Grid) -> FloatArray:
    """By a lattice that is fixed to the CRS: a pixel has the same area, to the last bit, in every window and grid."""
    plane = abs(grid.transform.determinant)
    spacing = _LATTICE_METRES / metres_per_unit(grid.crs)
    if math.sqrt(plane) * _FEW_PIXELS <= spacing:
        areas = _between(grid, plane, spacing)
        if areas is not None:
            return areas
    areas = plane * _density(grid.crs, *np.broadcast_arrays(*grid.centres()))
    cut = _cut(areas)
    return areas + cut - cut


def _between(grid: Grid, plane: float, spacing: float) -> FloatArray | None:
    """Areas between those at multiples of a spacing, in units of the CRS; None where a projection ends near.

    Each pixel goes through the same operations, whatever the window.
    """
    at = grid.transform
    if at.b or at.d:
        x, y = np.broadcast_arrays(*grid.centres())
    else:  # a column has one x, and a row one y
        x = at.a * (grid.column + np.arange(grid.width) + 0.5) + at.c
        y = at.e * (grid.row + np.arange(grid.height) + 0.5) + at.f
    column, row = np.floor(x / spacing).astype(np.int64), np.floor(y / spacing).astype(np.int64)
    left, top = int(column.min()), int(row.min())
    nodes = plane * _nodes(grid.crs, spacing, left, top, int(column.max()) + 2, int(row.max()) + 2)
    if not np.isfinite(nodes).all():
        return None
    along, down = x / spacing - column, y / spacing - row
    column, row = column - left, row - top
    if column.ndim == 1:
        lines = nodes[:, column] + (nodes[:, column + 1] - nodes[:, column]) * along
        steps, cuts = np.diff(lines, axis=0), _cut(np.maximum(lines[1:], lines[:-1]))
        areas = np.empty(grid.shape)
        ends = [*(np.flatnonzero(np.diff(row)) + 1).tolist(), grid.height]
        for start, end in itertools.pairwise([0, *ends]):
            part, line = areas[start:end], row[start]
            np.multiply(down[start:end, np.newaxis], steps[line], out=part)
            part += lines[line] + cuts[line]
            part -= cuts[line]
        return areas
    near = nodes[row, column] + (nodes[row, column + 1] - nodes[row, column]) * along
    far = nodes[row + 1, column] + (nodes[row + 1, column + 1] - nodes[row + 1, column]) * along
    cut = _cut(np.maximum(near, far))
    return np.asarray((far - near) * down + (near + cut) - cut)


def _cut(areas: FloatArray) -> FloatArray:
    """Numbers so large that adding one and taking it off leaves the bits of an area that are kept."""
    return np.asarray(np.ldexp(1.5, np.frexp(areas)[1] - _BITS + 52))


def _nodes(crs: str, spacing: float, left: int, top: int, right: int, bottom: int) -> FloatArray:
    """Square metres to a unit of the plane at nodes of the lattice, from these on up to others."""

    def line(row: int) -> FloatArray:
        parts = []
        for place in range(left // _SIDE, (right - 1) // _SIDE + 1):
            first = place * _SIDE
            block = _node_block(crs, spacing, place, row)
            parts.append(block[:, max(left - first, 0) : right - first])
        first = row * _SIDE
        return np.concatenate(parts, axis=1)[max(top - first, 0) : bottom - first]

    return np.concatenate([line(row) for row in range(top // _SIDE, (bottom - 1) // _SIDE + 1)])


@functools.lru_cache(maxsize=1024)
def _node_block(crs: str, spacing: float, column: int, row: int) -> FloatArray:
    columns, rows = (place * _SIDE + np.arange(_SIDE) for place in (column, row))
    return _density(crs, *np.meshgrid(columns * spacing, rows * spacing))


def _density(crs: str, x: FloatArray, y: FloatArray) -> FloatArray:
    """Square metres to a square unit of the plane."""
    return 1 / _areal_scale(crs, x, y)


def _areal_scale(crs: str, x: FloatArray, y: FloatArray) -> FloatArray:
    longitude, latitude = transformer(crs, "EPSG:4326").transform(x, y)
    with projection_of(crs) as projection:
        factors = projection.get_factors(longitude, latitude, errcheck=False)
    return np.asarray(factors.areal_scale, dtype=np.float64)


def _geographic(grid: Grid) -> FloatArray:
    plane = grid.transform
    if plane.b or plane.d:  # a turned grid: the density of area at the centre
        _, latitude = grid.centres()
        return abs(plane.determinant) * math.radians(1) ** 2 * _of_square_radian(np.radians(latitude))
    # Rows are counted on the whole plane, so that a pixel's area is the same in every window.
    edges = np.radians(np.clip(plane.f + plane.e * (grid.row + np.arange(grid.height + 1)), -90, 90))
    zones = np.abs(np.diff(_zone(edges))) * math.radians(abs(plane.a))
    return np.repeat(zones[:, np.newaxis], grid.width, axis=1)


def _zone(latitude: FloatArray) -> FloatArray:
    """Area between the equator and a parallel, per radian of longitude (Snyder, p. 16, from eq. 3-12)."""
    e, sine = _ECCENTRICITY, np.sin(latitude)
    polar_squared = _SEMI_MAJOR**2 * (1 - e**2)
    return polar_squared / 2 * (sine / (1 - e**2 * sine**2) + np.arctanh(e * sine) / e)


def _of_square_radian(latitude: FloatArray) -> FloatArray:
    """Square metres per square radian: the product of both radii of curvature and the cosine of latitude."""
    e = _ECCENTRICITY
    curvature = 1 - (e * np.sin(latitude)) ** 2
    return _SEMI_MAJOR**2 * (1 - e**2) * np.cos(latitude) / curvature**2
