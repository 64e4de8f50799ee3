"""The inside of geometries as a source of pixels: what clipping masks with."""

from __future__ import annotations

import numpy as np
import shapely

from gee_scl.local.raster.coverage import centres_inside
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Pixels, Source, Tile
from gee_scl.local.vector.crs import metres_per_unit
from gee_scl.local.vector.geometry import Geometry
from gee_scl.local.vector.shapes import is_valid

_BEND_METRES = 0.001
"""How far a projected edge may be from its true course: a millimetre moves no pixel of 10 m."""

_SIMPLE = 64
"""Vertices up to which it is worth asking whether a polygon holds a window."""


class Inside:
    """Valid, with the value 1, where a pixel's centre is in any of several geometries.

    Each band that is clipped by it shares it, so that a tile is worked out once.
    """

    def __init__(self, geometries: tuple[Geometry, ...]) -> None:
        self._geometries = geometries
        # Two threads may both project a geometry; the results are equal.
        self._shapes: dict[str, list[shapely.Geometry]] = {}

    @property
    def inputs(self) -> tuple[Source, ...]:
        """What it reads."""
        return ()

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        """Where on a grid the inside is."""
        inside = np.zeros(grid.shape, np.bool_)
        for shape in self._on_plane(grid.crs):
            if _holds(shape, grid):
                inside[:] = True
                break
            inside |= centres_inside(shape, grid)
        return Pixels(np.broadcast_to(np.uint8(1), grid.shape), inside)

    def _on_plane(self, crs: str) -> list[shapely.Geometry]:
        if crs not in self._shapes:
            bend = _BEND_METRES / metres_per_unit(crs)
            self._shapes[crs] = [geometry.in_crs(crs, bend) for geometry in self._geometries]
        return self._shapes[crs]


def _holds(shape: shapely.Geometry, grid: Grid) -> bool:
    """Whether a simple polygon holds all of a window, as the box of an export does: then no pixel needs to be asked."""
    if shapely.get_num_coordinates(shape) > _SIMPLE or not is_valid(shape):
        return False
    at, width, height = grid.window_transform, grid.width, grid.height
    corners = [at @ corner for corner in ((0, 0), (width, 0), (width, height), (0, height))]
    return bool(shapely.contains(shape, shapely.Polygon(corners)))
