"""The pixel grids of map tiles: which part of the plane a zoom, a column and a row of a web map stand for."""

from __future__ import annotations

from affine import Affine

from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.grid import Grid

WEB_MERCATOR = "EPSG:3857"

HALF_CIRCUMFERENCE = 20037508.342789244
"""Metres from the centre of the plane to its edges (OGC Two Dimensional Tile Matrix Set, 17-083r4, WebMercatorQuad)."""

DEEPEST = 24
"""The last zoom of WebMercatorQuad: at 256 pixels a tile, 9 mm on the equator."""


def tile_grid(zoom: int, x: int, y: int, size: int = 256) -> Grid:
    """The pixels of one tile of a web map, counted from the north-western corner of the plane.

    Args:
        zoom: 0 for the whole plane in one tile, up to 24.
        x: the tile's column, from the antimeridian eastwards, below 2 ** zoom.
        y: its row, from the north.
        size: pixels of its sides.

    Raises:
        EvaluationError: there is no such tile.
    """
    if not 0 <= zoom <= DEEPEST:
        raise EvaluationError(f"Invalid zoom: {zoom}. It must be from 0 to {DEEPEST}.")
    count = 1 << zoom
    if not (0 <= x < count and 0 <= y < count):
        raise EvaluationError(f"There is no tile {zoom}/{x}/{y}: at zoom {zoom}, x and y are from 0 to {count - 1}.")
    if size < 1:
        raise EvaluationError(f"Invalid size of a tile: {size}. It must be at least 1 pixel.")
    metres = 2 * HALF_CIRCUMFERENCE / (count * size)
    plane = Affine(metres, 0, -HALF_CIRCUMFERENCE, 0, -metres, HALF_CIRCUMFERENCE)
    return Grid(WEB_MERCATOR, plane, x * size, y * size, size, size)
