"""Bands computed tile by tile in threads, a few tiles ahead, so that memory does not grow with the image."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from gee_scl.local.context import Context
from gee_scl.local.raster.geotiff import BLOCK
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Band, Pixels, Tile, readers
from gee_scl.local.raster.pixels import cast
from gee_scl.local.values import PixelType

_TILE_BYTES = 16 * 1024 * 1024
"""What the values of all bands on one tile may take in 64 bits: some of them are in memory for each thread."""


_LARGEST_TILE = 1024


T = TypeVar("T")


Array = npt.NDArray[Any]


Advance = Callable[[float], None]
"""Takes the share of the work that is done."""


def computed_tiles(
    grid: Grid, bands: Sequence[Band], finish: Callable[[Band, Pixels], T], context: Context, advance: Advance
) -> Iterator[tuple[Grid, list[T]]]:
    """A grid's tiles in order, with what is made of each band's pixels on it; threads work a few tiles ahead."""
    size = _tile_size(len(bands))
    parts = list(grid.tiles(size))
    ahead = 2 * context.workers
    read = readers(band.source for band in bands)

    def compute(part: Grid) -> tuple[Grid, list[T]]:
        tile = Tile(context.check_time, read)
        return part, [finish(band, tile.read(band.source, part)) for band in bands]

    with context.threads() as pool:
        waiting: deque[Future[tuple[Grid, list[T]]]] = deque()
        try:
            for started, part in enumerate(parts, 1):
                waiting.append(pool.submit(compute, part))
                if len(waiting) > ahead:
                    yield waiting.popleft().result()
                    context.check_time()
                    advance((started - ahead) / len(parts))
            while waiting:
                yield waiting.popleft().result()
                context.check_time()
                advance(1 - len(waiting) / len(parts))
        finally:
            for future in waiting:
                future.cancel()


def _tile_size(bands: int) -> int:
    size = _LARGEST_TILE
    while size > BLOCK and size * size * bands * 8 > _TILE_BYTES:
        size //= 2
    return size


def filled_values(pixels: Pixels, kind: PixelType, fill: Any) -> Array:
    """Values of a band's type, with another value where they are masked."""
    values = cast(pixels.values, kind)
    return values if pixels.valid.all() else np.where(pixels.valid, values, fill).astype(values.dtype, copy=False)
