"""The true area of pixels, on the WGS84 ellipsoid: Earth Engine's pixelArea."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.interpolate import RectBivariateSpline

from gee_scl.local.raster.grid import Grid
from gee_scl.local.vector.crs import is_geographic, projection_of, transformer

FloatArray = npt.NDArray[np.float64]

_SEMI_MAJOR = 6378137.0
_FLATTENING = 1 / 298.257223563
_ECCENTRICITY = math.sqrt(_FLATTENING * (2 - _FLATTENING))

_LATTICE_METRES = 1500.0
"""Spacing at which the areal scale is worked out exactly; between, it is interpolated linearly.

The areal scale of a transverse Mercator projection bends by 2 / R² across the zone, so a linear interpolation over h
metres is off by h² / (4 R²): 1.4e-8 of the area for 1,500 m.
"""


def pixel_areas(grid: Grid) -> FloatArray:
    """Square metres of each pixel of a grid, of the grid's shape.

    Pixels of a geographic grid are cells between meridians and parallels, exactly; those of a projected grid have
    their area in the plane divided by the projection's areal scale at their centre (Snyder, Map Projections: A
    Working Manual, USGS 1395, 1987, p. 20-24).
    """
    return _geographic(grid) if is_geographic(grid.crs) else _projected(grid)


def _projected(grid: Grid) -> FloatArray:
    plane = abs(grid.transform.determinant)
    step = max(1, int(_LATTICE_METRES / math.sqrt(plane)))
    columns, rows = _lattice(grid.width, step), _lattice(grid.height, step)
    inside = grid.window_transform
    across, down = np.meshgrid(columns + 0.5, rows + 0.5)
    x, y = inside.a * across + inside.b * down + inside.c, inside.d * across + inside.e * down + inside.f
    longitude, latitude = transformer(grid.crs, "EPSG:4326").transform(x, y)
    scale = projection_of(grid.crs).get_factors(longitude, latitude, errcheck=False).areal_scale
    areas = plane / np.asarray(scale, dtype=np.float64)
    if step == 1:
        return areas
    between = RectBivariateSpline(rows, columns, areas, kx=1, ky=1)
    return np.asarray(between(np.arange(grid.height), np.arange(grid.width)), dtype=np.float64)


def _lattice(count: int, step: int) -> FloatArray:
    """Positions from 0 to at least `count - 1`, at most `step` apart."""
    if step == 1:
        return np.arange(count, dtype=np.float64)
    return np.linspace(0, max(count - 1, 1), max(2, math.ceil((count - 1) / step) + 1))


def _geographic(grid: Grid) -> FloatArray:
    inside = grid.window_transform
    if inside.b or inside.d:  # a turned grid: the density of area at the centre
        _, latitude = grid.centres()
        return abs(inside.determinant) * math.radians(1) ** 2 * _density(np.radians(latitude))
    edges = np.radians(np.clip(inside.f + inside.e * np.arange(grid.height + 1), -90, 90))
    zones = np.abs(np.diff(_zone(edges))) * math.radians(abs(inside.a))
    return np.repeat(zones[:, np.newaxis], grid.width, axis=1)


def _zone(latitude: FloatArray) -> FloatArray:
    """Area between the equator and a parallel, per radian of longitude (Snyder, p. 16, from eq. 3-12)."""
    e, sine = _ECCENTRICITY, np.sin(latitude)
    polar_squared = _SEMI_MAJOR**2 * (1 - e**2)
    return polar_squared / 2 * (sine / (1 - e**2 * sine**2) + np.arctanh(e * sine) / e)


def _density(latitude: FloatArray) -> FloatArray:
    """Square metres per square radian: the product of both radii of curvature and the cosine of latitude."""
    e = _ECCENTRICITY
    curvature = 1 - (e * np.sin(latitude)) ** 2
    return _SEMI_MAJOR**2 * (1 - e**2) * np.cos(latitude) / curvature**2
