"""Reduced resolution: all small pixels that a large one covers, reduced to one."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from affine import Affine

from gee_scl.local.errors import LimitError
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Pixels, Source, Tile
from gee_scl.local.raster.layer_reduction import reduced
from gee_scl.local.raster.layers import Layer
from gee_scl.local.raster.reducer import Reducer
from gee_scl.local.values import Projection
from gee_scl.local.vector.crs import transformer

FloatArray = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_TOUCH = 1e-7
"""Share of a pixel below which an overlap is rounding."""

_LARGEST = 6000 * 6000
"""Pixels of the input that one tile may need."""


@dataclass(frozen=True, eq=False)
class Aggregated:
    """A reducer over the pixels of one projection that each pixel of a grid covers, weighted by mask x overlap.

    An input pixel weighs the fraction of the output pixel that it covers (Image.reduceResolution's documentation). On
    the plane of the input this is exact; in another projection an output pixel is taken as the upright rectangle, in
    the input's pixels, around its true centre and with the true lengths of its sides there. The pixels have the
    outputs as their first axis.

    Attributes:
        reducer: with as many inputs as there are sources.
        sources: what is read.
        projection: the pixels that are combined.
        max_pixels: how many may be, for one output pixel.
        best_effort: whether to read the sources coarser, rather than to combine more.
    """

    reducer: Reducer
    sources: tuple[Source, ...]
    projection: Projection
    max_pixels: int
    best_effort: bool

    @property
    def inputs(self) -> tuple[Source, ...]:
        """What it reads."""
        return self.sources

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        """All outputs on a grid."""
        transform = self.projection.transform
        centre, size = self._boxes(grid, transform)
        placed = np.isfinite(centre[0]) & np.isfinite(centre[1])
        if not placed.any():
            nothing = np.zeros((len(self.reducer.outputs), *grid.shape))
            return Pixels(nothing, nothing.astype(np.bool_))
        sides = [float(np.median(side[placed])) for side in size]
        combined = math.ceil(max(1.0, sides[0]) - _TOUCH) * math.ceil(max(1.0, sides[1]) - _TOUCH)
        if combined > self.max_pixels:
            if not self.best_effort:
                raise LimitError(
                    f"Image.reduceResolution: Too many input pixels per output pixel: {combined}, but maxPixels allows "
                    f"only {self.max_pixels}. Set 'maxPixels' higher, or 'bestEffort' to true."
                )
            level = 2.0 ** math.ceil(math.log2(combined / self.max_pixels) / 2)
            transform = transform @ Affine.scale(level)
            centre, size = [c / level for c in centre], [s / level for s in size]
        return self._combined(tile, transform, placed, centre, size)

    def _boxes(self, grid: Grid, transform: Affine) -> tuple[list[FloatArray], list[FloatArray]]:
        """Centre and size of each output pixel, in columns and rows of the input."""
        back = ~transform

        def located(across: float, down: float) -> list[FloatArray]:
            x, y = replace(grid, transform=grid.transform @ Affine.translation(across, down)).centres()
            x, y = np.broadcast_arrays(x, y)
            if grid.crs != self.projection.crs:
                x, y = transformer(grid.crs, self.projection.crs).transform(x, y)
            return [back.a * x + back.b * y + back.c, back.d * x + back.e * y + back.f]

        with np.errstate(invalid="ignore"):
            west, east, north, south = (located(*p) for p in ((-0.5, 0), (0.5, 0), (0, -0.5), (0, 0.5)))
            size = [np.maximum(abs(east[i] - west[i]), abs(south[i] - north[i])) for i in (0, 1)]
            return located(0, 0), size

    def _combined(
        self,
        tile: Tile,
        transform: Affine,
        placed: npt.NDArray[np.bool_],
        centre: list[FloatArray],
        size: list[FloatArray],
    ) -> Pixels:
        low = [np.where(placed, c - s / 2, 0) for c, s in zip(centre, size, strict=True)]
        high = [np.where(placed, c + s / 2, 0) for c, s in zip(centre, size, strict=True)]
        first = [np.floor(v + _TOUCH).astype(np.int64) for v in low]
        last = [np.maximum(np.ceil(v - _TOUCH).astype(np.int64) - 1, f) for v, f in zip(high, first, strict=True)]
        left, top = (int(f[placed].min()) for f in first)
        width, height = int(last[0][placed].max()) + 1 - left, int(last[1][placed].max()) + 1 - top
        if width * height > _LARGEST:
            raise LimitError(f"Reprojection output too large ({width}x{height} pixels).")
        window = Grid(self.projection.crs, transform, left, top, width, height)
        pixels = [tile.read(source, window) for source in self.sources]
        valid = np.logical_and.reduce([p.valid for p in pixels])
        mask = np.minimum.reduce([p.mask.astype(np.float64) for p in pixels])
        steps = [int((b - a)[placed].max()) + 1 for a, b in zip(first, last, strict=True)]
        layers = []
        for down in range(steps[1]):
            rows = first[1] + down
            row_share = _overlap(rows, low[1], high[1])
            for across in range(steps[0]):
                columns = first[0] + across
                column_share = _overlap(columns, low[0], high[0])
                inside = placed & (rows <= last[1]) & (columns <= last[0])
                r, c = np.where(inside, rows - top, 0), np.where(inside, columns - left, 0)
                layers.append(
                    Layer(
                        tuple(p.values[r, c] for p in pixels),
                        inside & valid[r, c],
                        mask[r, c] * row_share * column_share,
                    )
                )
        return reduced(self.reducer, layers, "Image.reduceResolution")


def _overlap(cell: Ints, low: FloatArray, high: FloatArray) -> FloatArray:
    """The share of each output pixel's extent that lies in a row or column of the input."""
    inside = np.minimum(cell + 1, high) - np.maximum(cell, low)
    return np.asarray(np.maximum(inside, 0) / np.maximum(high - low, _TOUCH))
