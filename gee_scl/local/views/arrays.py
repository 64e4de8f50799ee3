"""The pixels of an image on a grid as one array: red, green, blue and opacity to look at, or the bands' values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from gee_scl.local.context import Context
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Band, Image, Tile, readers
from gee_scl.local.raster.pixels import cast, dtype_of

Rgba = npt.NDArray[np.uint8]
"""Rows, columns, and red, green, blue, opacity."""


_PIECE = 512
"""Pixels of the sides of the pieces in which a large picture is worked out."""


def rgba(image: Image, grid: Grid, context: Context) -> Rgba:
    """The colours of an image that is to be shown; what is masked is transparent and black.

    Args:
        image: of bytes, with one band or three, as `shown` gives it.
        grid: where.
        context: the request's time and threads.
    """
    if max(grid.shape) <= _PIECE:
        return _piece(image.bands, grid, context)
    picture = np.zeros((*grid.shape, 4), np.uint8)

    def fill(part: Grid) -> None:
        top, left = part.row - grid.row, part.column - grid.column
        picture[top : top + part.height, left : left + part.width] = _piece(image.bands, part, context)

    with context.threads() as pool:
        list(pool.map(fill, grid.tiles(_PIECE)))
    return picture


def _piece(bands: Sequence[Band], grid: Grid, context: Context) -> Rgba:
    tile = Tile(context.check_time, readers(band.source for band in bands), picture=True)
    pixels = [tile.read(band.source, grid) for band in bands]
    opacity = _opacity(pixels[0].mask)
    for other in pixels[1:]:
        opacity = np.minimum(opacity, _opacity(other.mask))
    picture = np.empty((*grid.shape, 4), np.uint8)
    for channel in range(3):
        picture[..., channel] = cast(pixels[channel if len(pixels) == 3 else 0].values, bands[0].type)
    picture[..., 3] = opacity
    if not opacity.all():
        picture[opacity == 0] = 0
    return picture


def _opacity(mask: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    if mask.dtype == np.bool_:
        return np.asarray(mask.view(np.uint8) * np.uint8(255))
    return np.asarray(np.floor(mask * np.float32(255) + np.float32(0.5)), np.uint8)


def values(bands: Sequence[Band], grid: Grid, context: Context) -> npt.NDArray[Any]:
    """The pixels of bands as a structured array, one field per band; masked pixels are 0."""
    pixels = np.zeros(grid.shape, fields(bands))
    read_by = readers(band.source for band in bands)

    def fill(part: Grid) -> None:
        tile = Tile(context.check_time, read_by)
        top, left = part.row - grid.row, part.column - grid.column
        window = pixels[top : top + part.height, left : left + part.width]
        for band in bands:
            read = tile.read(band.source, part)
            window[band.name] = np.where(read.valid, cast(read.values, band.type), 0)

    with context.threads() as pool:
        list(pool.map(fill, grid.tiles(_PIECE)))
    return pixels


def fields(bands: Sequence[Band]) -> np.dtype[Any]:
    """The type of one pixel of a structured array."""
    return np.dtype([(band.name, dtype_of(band.type)) for band in bands])
