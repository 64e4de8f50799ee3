"""Pixels from raster files: windows, nearest neighbours, and overviews for pictures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from affine import Affine

from gee_scl.local.counters import Counts, count
from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.blocks import Level, full_resolution, overviews
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Mask, Pixels, Source, Tile, everywhere
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
        plane = self.transform @ Affine.scale(self.width / level.width, self.height / level.height)
        if grid.crs == self.crs and _is_upright(grid.transform) and _is_upright(plane):
            return self._crossing(grid, part, level, plane)
        columns, rows = positions(part, self.crs, plane)
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

    def _crossing(self, grid: Grid, part: Grid, level: Level, plane: Affine) -> Pixels:
        """The same where all pixels of a column lie in one of the file's, and those of a row: no pixel is looked up."""
        columns = positions(replace(part, height=1), self.crs, plane)[0][0]
        rows = positions(replace(part, width=1), self.crs, plane)[1][:, 0]
        across, down = (columns >= 0) & (columns < level.width), (rows >= 0) & (rows < level.height)
        if not (across.any() and down.any()):
            return Pixels.nothing(grid.shape)
        pixels = self._pixels(level.crossing(self.band, columns[across].astype(np.int64), rows[down].astype(np.int64)))
        if pixels.mask.shape == grid.shape:
            return pixels
        whole = Pixels.nothing(grid.shape, pixels.values.dtype)
        # The file's pixels are one rectangle of the grid.
        top, left = part.row - grid.row + int(down.argmax()), part.column - grid.column + int(across.argmax())
        place = slice(top, top + pixels.mask.shape[0]), slice(left, left + pixels.mask.shape[1])
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
        return Pixels(self._physical(stored), self._there(stored))

    def _there(self, stored: np.ndarray[Any, Any]) -> Mask:
        if self.nodata is None:
            return everywhere(stored.shape)
        # With whole numbers whole ones are compared in their own type, several times as quickly.
        whole = stored.dtype.kind in "iu" and float(self.nodata).is_integer()
        there: Mask = stored != (int(self.nodata) if whole else self.nodata)
        return everywhere(stored.shape) if there.all() else there

    def _physical(self, stored: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        if self.scale != 1:
            return stored * self.scale + self.offset
        if not self.offset:
            return stored
        shifted = stored.astype(np.int32) + int(self.offset)
        return shifted if self.minimum is None else np.maximum(shifted, int(self.minimum))


def _is_upright(transform: Affine) -> bool:
    """Whether columns go along one axis of a plane, and rows along the other."""
    return not (transform.b or transform.d)
