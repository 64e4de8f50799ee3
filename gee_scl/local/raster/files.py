"""Pixels from raster files: windows, nearest neighbours, and no more than a few open files."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from rasterio.windows import Window

from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.grid import Grid, transformer
from gee_scl.local.raster.image import Pixels, Tile

_OPEN_PER_THREAD = 32
"""Files that each thread keeps open: opening one costs about as much as reading one small window."""

_local = threading.local()


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

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        """The pixels on a grid: a window where the grid is the file's own, else the nearest neighbours."""
        offset = grid.offset_to(self.transform) if grid.crs == self.crs else None
        if offset is not None:
            return self._window(offset[0] + grid.column, offset[1] + grid.row, grid.width, grid.height)
        return self._nearest(grid)

    def _window(self, column: int, row: int, width: int, height: int) -> Pixels:
        left, right = max(column, 0), min(column + width, self.width)
        top, bottom = max(row, 0), min(row + height, self.height)
        if left >= right or top >= bottom:
            return Pixels.nothing((height, width))
        stored = self._stored(left, top, right - left, bottom - top)
        valid = np.ones(stored.shape, np.bool_) if self.nodata is None else stored != self.nodata
        values = self._physical(stored)
        if values.shape == (height, width):
            return Pixels(values, valid)
        place = slice(top - row, bottom - row), slice(left - column, right - column)
        whole = Pixels.nothing((height, width), values.dtype)
        whole.values[place], whole.mask[place] = values, valid
        return whole

    def _nearest(self, grid: Grid) -> Pixels:
        """Each pixel takes the stored pixel that its centre falls into."""
        x, y = grid.centres()
        if grid.crs != self.crs:
            x, y = transformer(grid.crs, self.crs).transform(x, y)
        back = ~self.transform
        with np.errstate(invalid="ignore"):
            columns, rows = back.a * x + back.b * y + back.c, back.d * x + back.e * y + back.f
            inside = (columns >= 0) & (columns < self.width) & (rows >= 0) & (rows < self.height)
        if not inside.any():
            return Pixels.nothing(grid.shape)
        column, row = columns[inside].astype(np.int64), rows[inside].astype(np.int64)
        left, top = int(column.min()), int(row.min())
        # A coarse grid skips most stored pixels; what lies between is still read, in one window.
        window = self._window(left, top, int(column.max()) - left + 1, int(row.max()) - top + 1)
        found = Pixels.nothing(grid.shape, window.values.dtype)
        found.values[inside] = window.values[row - top, column - left]
        found.mask[inside] = window.mask[row - top, column - left]
        return found

    def _stored(self, column: int, row: int, width: int, height: int) -> np.ndarray[Any, Any]:
        try:
            return np.asarray(_opened(self.path).read(self.band, window=Window(column, row, width, height)))
        except rasterio.errors.RasterioError as error:
            raise EvaluationError(f"The pixels of an image could not be read: {error}") from None

    def _physical(self, stored: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        if self.scale != 1:
            return stored * self.scale + self.offset
        if not self.offset:
            return stored
        shifted = stored.astype(np.int32) + int(self.offset)
        return shifted if self.minimum is None else np.maximum(shifted, int(self.minimum))


def _opened(path: str) -> rasterio.DatasetReader:
    """An open file, this thread's own: GDAL's handles must not be shared between threads."""
    known: OrderedDict[str, rasterio.DatasetReader] = _local.__dict__.setdefault("files", OrderedDict())
    if path in known:
        known.move_to_end(path)
        return known[path]
    known[path] = rasterio.open(path)
    if len(known) > _OPEN_PER_THREAD:
        known.popitem(last=False)[1].close()
    return known[path]
