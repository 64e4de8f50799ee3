"""Pixels from raster files: windows, nearest neighbours, and overviews for pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from affine import Affine

from gee_scl.local.counters import Counts, count
from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.blocks import Level, full_resolution, overviews
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Pixels, Source, Tile
from gee_scl.local.raster.positions import Footprint, positions, step

_ROUNDING = 1 + 1e-6
"""By which an overview may be coarser than what is asked for, and still be as fine."""


@dataclass(frozen=True)
class RasterSource:
    """One band of a raster file.

    Attributes:
        path: the file.
        band: its band, from 1.
        crs: "EPSG:n" or WKT.
        transform: from (column, row) to coordinates.
        width: columns.
        height: rows.
        nodata: the value that means no data, or None.
        scale: what a stored value is multiplied with.
        offset: what is added after that.
        minimum: stored values are raised to this after the offset, where it is given.
        image: the name of the image that it is a band of, by which images are counted; else each file is one.
    """

    path: str
    band: int
    crs: str
    transform: Affine
    width: int
    height: int
    nodata: float | None
    scale: float = 1
    offset: float = 0
    minimum: float | None = None
    image: str | None = None

    @property
    def inputs(self) -> tuple[Source, ...]:
        """What it reads."""
        return ()

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        """The pixels on a grid: a window where the grid is the file's own, else the nearest neighbours.

        Where the tile is of a picture, a coarser grid takes them from the file's overviews, from the coarsest that is
        still as fine as the grid: what Earth Engine does with its pyramids
        (https://developers.google.com/earth-engine/guides/scale), and rio-tiler with the same file. Numbers are made
        from the stored pixels whatever the scale: how a file's overviews were made is not known, and a mean of class
        codes is no class.
        """
        offset = grid.offset_to(self.transform) if grid.crs == self.crs else None
        if offset is not None:
            return self._window(offset[0] + grid.column, offset[1] + grid.row, grid.width, grid.height)
        return self._nearest(grid, tile.picture)

    def _window(self, column: int, row: int, width: int, height: int) -> Pixels:
        left, right = max(column, 0), min(column + width, self.width)
        top, bottom = max(row, 0), min(row + height, self.height)
        if left >= right or top >= bottom:
            return Pixels.nothing((height, width))
        pixels = self._pixels(self._full.window(self.band, left, top, right - left, bottom - top))
        if pixels.mask.shape == (height, width):
            return pixels
        place = slice(top - row, bottom - row), slice(left - column, right - column)
        whole = Pixels.nothing((height, width), pixels.values.dtype)
        whole.values[place], whole.mask[place] = pixels.values, pixels.mask
        return whole

    def _nearest(self, grid: Grid, picture: bool) -> Pixels:
        """Each pixel takes the stored pixel that its centre falls into."""
        part = Footprint(self.crs, self.transform, self.width, self.height).within(grid)
        if not part.width or not part.height:
            return Pixels.nothing(grid.shape)
        level = self._overview(step(part, self.crs, self.transform)) if picture else self._full
        shrunk = Affine.scale(self.width / level.width, self.height / level.height)
        columns, rows = positions(part, self.crs, self.transform @ shrunk)
        with np.errstate(invalid="ignore"):
            inside = (columns >= 0) & (columns < level.width) & (rows >= 0) & (rows < level.height)
        if part == grid and inside.all():
            stored = level.at(self.band, columns.astype(np.int64).ravel(), rows.astype(np.int64).ravel())
            return self._pixels(stored.reshape(grid.shape))
        if not inside.any():
            return Pixels.nothing(grid.shape)
        pixels = self._pixels(level.at(self.band, columns[inside].astype(np.int64), rows[inside].astype(np.int64)))
        top, left = part.row - grid.row, part.column - grid.column
        place = np.zeros(grid.shape, np.bool_)
        place[top : top + part.height, left : left + part.width] = inside
        whole = Pixels.nothing(grid.shape, pixels.values.dtype)
        whole.values[place], whole.mask[place] = pixels.values, pixels.mask
        return whole

    @property
    def _full(self) -> Level:
        level = full_resolution(self.path, self.band)
        if (level.width, level.height) != (self.width, self.height):
            raise EvaluationError(
                f"The pixels of an image could not be read: its metadata say {self.width} x {self.height} pixels, "
                f"its file has {level.width} x {level.height}."
            )
        return level

    def _overview(self, wanted: float) -> Level:
        """The coarsest resolution of at most so many stored pixels to one."""
        best = self._full
        if not wanted > 1:
            return best
        for level in overviews(self.path, self.band):
            if best.width > level.width and self.width / level.width <= wanted * _ROUNDING:
                best = level
        return best

    def _pixels(self, stored: np.ndarray[Any, Any]) -> Pixels:
        count(Counts(pixels=stored.size), self.image or self.path)
        valid = np.ones(stored.shape, np.bool_) if self.nodata is None else stored != self.nodata
        return Pixels(self._physical(stored), valid)

    def _physical(self, stored: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        if self.scale != 1:
            return stored * self.scale + self.offset
        if not self.offset:
            return stored
        shifted = stored.astype(np.int32) + int(self.offset)
        return shifted if self.minimum is None else np.maximum(shifted, int(self.minimum))
