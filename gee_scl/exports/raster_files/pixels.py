"""The pixels of a raster that is open, some millions at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rasterio.windows import Window

_STRIPE_PIXELS = 2**22
"""Pixels that are read at a time: counting takes eight bytes for each."""


def stripes(dataset: Any) -> Iterator[Window]:
    """Windows of whole blocks as wide as the raster, some millions of pixels each."""
    from rasterio.windows import Window

    block = dataset.block_shapes[0][0]
    height = max(block, _STRIPE_PIXELS // dataset.width // block * block)
    for top in range(0, dataset.height, height):
        yield Window(0, top, dataset.width, min(height, dataset.height - top))


def count_pixels(dataset: Any) -> dict[int, int]:
    """How many pixels of a raster of uint8 or uint16 have each value."""
    import numpy as np

    counts = np.zeros(np.iinfo(dataset.dtypes[0]).max + 1, dtype=np.int64)
    for window in stripes(dataset):
        counts += np.bincount(dataset.read(1, window=window).ravel(), minlength=counts.size)
    return {int(value): int(counts[value]) for value in np.flatnonzero(counts)}
