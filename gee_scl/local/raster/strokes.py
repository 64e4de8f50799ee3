"""Geometries painted into pixels: polygons by their pixels' centres, outlines by the width of a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gee_scl.local.raster.coverage import centres_inside, touched
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Pixels, Tile
from gee_scl.local.vector.crs import metres_per_unit
from gee_scl.local.vector.geometry import Geometry

_BEND_METRES = 0.001
"""How far a projected edge may be from its true course: a millimetre moves no pixel of 10 m."""


@dataclass(frozen=True, eq=False)
class Stroke:
    """One geometry to paint.

    Attributes:
        geometry: on any plane.
        value: what is painted.
        width: of the line along its perimeter, in pixels of the grid; None fills it.
    """

    geometry: Geometry
    value: float
    width: float | None


class Painted:
    """The painted values, later ones over earlier ones; masked where nothing is painted."""

    def __init__(self, strokes: Sequence[Stroke]) -> None:
        self._strokes = strokes
        # Two threads may both project the geometries; the results are equal.
        self._shapes: dict[str, list[BaseGeometry]] = {}

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        """The values on a grid."""
        whole = all(isinstance(stroke.value, int) for stroke in self._strokes)
        values = np.zeros(grid.shape, np.int64 if whole else np.float64)
        mask = np.zeros(grid.shape, np.bool_)
        for stroke, shape in zip(self._strokes, self._on_plane(grid.crs), strict=True):
            covered = _covered(shape, stroke.width, grid)
            values[covered] = stroke.value
            mask |= covered
        return Pixels(values, mask)

    def _on_plane(self, crs: str) -> list[BaseGeometry]:
        if crs not in self._shapes:
            bend = _BEND_METRES / metres_per_unit(crs)
            self._shapes[crs] = [stroke.geometry.in_crs(crs, bend) for stroke in self._strokes]
        return self._shapes[crs]


def _covered(shape: BaseGeometry, width: float | None, grid: Grid) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    areal = shapely.get_dimensions(shape) == 2
    if width is None:
        return centres_inside(shape, grid) if areal else touched(shape, grid)
    pixel = abs(grid.transform.determinant) ** 0.5
    line = shape.boundary if areal else shape
    return centres_inside(line.buffer(width / 2 * pixel), grid)
