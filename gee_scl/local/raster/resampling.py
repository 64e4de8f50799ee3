"""Pixels read on one grid and asked for on another: nearest neighbours, bilinear and cubic interpolation."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import scipy
from affine import Affine

from gee_scl.local.errors import LimitError
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Pixels, Source, Tile
from gee_scl.local.raster.positions import positions
from gee_scl.local.values import Projection

FloatArray = npt.NDArray[np.float64]

_LARGEST = 6000 * 6000
"""Pixels of the input that one tile may need: with 8 bytes each, what a thread can afford."""

_MARGIN = {0: 1, 1: 2, 3: 12}
"""Pixels around the input's window by the order of interpolation; a cubic spline's memory is 1e-6 after 12."""


@dataclass(frozen=True, eq=False)
class Warped:
    """A source that is always read on the grid of one projection.

    Attributes:
        source: what is read there.
        projection: the grid.
        order: 0 for the nearest pixel, 1 for bilinear, 3 for cubic interpolation.
        pyramid: whether a coarser grid is met by reading at half, a quarter, ... of the resolution, as an image that
            is only resampled is; what is forced to a projection is computed there in full.
    """

    source: Source
    projection: Projection
    order: Literal[0, 1, 3]
    pyramid: bool

    @property
    def inputs(self) -> tuple[Source, ...]:
        """What it reads."""
        return (self.source,)

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        """The pixels on a grid: as they are where it is the projection's own."""
        crs, transform = self.projection.crs, self.projection.transform
        if grid.crs == crs and (offset := grid.offset_to(transform)) is not None:
            return tile.read(self.source, _aligned(grid, transform, offset))
        columns, rows = positions(grid, crs, transform)
        placed = np.isfinite(columns) & np.isfinite(rows)
        if not placed.any():
            return Pixels.nothing(grid.shape)
        if self.pyramid and (level := _level(columns, rows)) > 1:
            transform, columns, rows = transform @ Affine.scale(level), columns / level, rows / level
        window = self._window(crs, transform, columns[placed], rows[placed])
        pixels = tile.read(self.source, window)
        # Positions of pixel centres within the window's arrays.
        across = np.where(placed, columns - window.column - 0.5, -10.0)
        down = np.where(placed, rows - window.row - 0.5, -10.0)
        return _nearest(pixels, across, down) if self.order == 0 else self._interpolated(pixels, across, down)

    def _window(self, crs: str, transform: Affine, columns: FloatArray, rows: FloatArray) -> Grid:
        margin = _MARGIN[self.order]
        left, top = math.floor(columns.min()) - margin, math.floor(rows.min()) - margin
        width, height = math.ceil(columns.max()) + margin - left, math.ceil(rows.max()) + margin - top
        if width * height > _LARGEST:
            raise LimitError(f"Reprojection output too large ({width}x{height} pixels).")
        return Grid(crs, transform, left, top, width, height)

    def _interpolated(self, pixels: Pixels, across: FloatArray, down: FloatArray) -> Pixels:
        """Interpolated among valid pixels only; masked where the nearest pixel is."""
        weights = pixels.mask.astype(np.float64)
        values = np.where(pixels.valid, pixels.values, 0).astype(np.float64)
        with np.errstate(invalid="ignore", divide="ignore"):
            if weights.min() == 1:
                result = self._map(values, across, down)
            else:
                # A spline of masked values would ring; beside a mask bilinear weights are exact about what is valid.
                share = scipy.ndimage.map_coordinates(weights, [down, across], order=1, mode="nearest")
                total = scipy.ndimage.map_coordinates(values * weights, [down, across], order=1, mode="nearest")
                result = np.where(share > 0, total / share, 0)
        return Pixels(result, _nearest(replace(pixels, values=weights), across, down).mask)

    def _map(self, values: FloatArray, across: FloatArray, down: FloatArray) -> FloatArray:
        return np.asarray(scipy.ndimage.map_coordinates(values, [down, across], order=self.order, mode="nearest"))


def _aligned(grid: Grid, transform: Affine, offset: tuple[int, int]) -> Grid:
    """The same pixels, counted from a projection's own origin, so that what is read is shared with other readers."""
    column, row = offset
    return replace(grid, transform=transform, column=grid.column + column, row=grid.row + row)


def _level(columns: FloatArray, rows: FloatArray) -> int:
    """The power of two by which the input may be coarser and still be no coarser than the output."""
    steps = [np.hypot(np.diff(columns, axis=axis), np.diff(rows, axis=axis)) for axis in (0, 1)]
    finite = np.concatenate([s[np.isfinite(s)] for s in steps]) if steps else np.empty(0)
    step = float(np.median(finite)) if len(finite) else 1.0
    return int(2 ** max(0, math.floor(math.log2(step)))) if step > 0 else 1


def _nearest(pixels: Pixels, across: FloatArray, down: FloatArray) -> Pixels:
    """Each position takes the pixel that it falls into."""
    height, width = pixels.mask.shape
    column, row = np.floor(across + 0.5).astype(np.int64), np.floor(down + 0.5).astype(np.int64)
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    column, row = np.where(inside, column, 0), np.where(inside, row, 0)
    mask = pixels.mask[row, column]
    return Pixels(pixels.values[row, column], np.where(inside, mask, mask.dtype.type(0)))


@dataclass(frozen=True, eq=False)
class Moved:
    """A source whose pixels are moved from one projection to the same coordinates in another."""

    source: Source
    before: Projection
    after: Projection

    @property
    def inputs(self) -> tuple[Source, ...]:
        """What it reads."""
        return (self.source,)

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        """The pixels on a grid."""
        if grid.crs != self.after.crs:
            return Warped(self, self.after, order=0, pyramid=True).read(grid, tile)
        back = self.before.transform @ ~self.after.transform
        return tile.read(self.source, replace(grid, crs=self.before.crs, transform=back @ grid.transform))
