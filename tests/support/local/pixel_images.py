"""Small images of known pixels, and reading them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from affine import Affine

from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Band, Image, Pixels, Source, Tile
from gee_scl.local.values import Collection, PixelType, Projection

UTM = Projection("EPSG:32629", Affine(20, 0, 500_000, 0, -20, 6_000_000))


@dataclass(frozen=True, eq=False)
class Sheet:
    """An array whose first pixel is the origin of `UTM`: each position takes the pixel that it falls into."""

    values: np.ndarray
    mask: np.ndarray
    inputs: ClassVar[tuple[Source, ...]] = ()

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        assert grid.crs == UTM.crs, f"read in a foreign CRS: {grid}"
        x, y = grid.centres()
        columns, rows = np.floor((x - 500_000) / 20).astype(int), np.floor((6_000_000 - y) / 20).astype(int)
        columns, rows = np.broadcast_arrays(columns, rows)
        height, width = self.values.shape
        inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        rows, columns = np.where(inside, rows, 0), np.where(inside, columns, 0)
        mask = self.mask[rows, columns]
        return Pixels(self.values[rows, columns], np.where(inside, mask, mask.dtype.type(0)))


def sheet(values: Any, mask: Any = None, kind: PixelType | None = None, name: str = "SCL") -> Band:
    """A band of 20 m pixels."""
    array = np.atleast_2d(np.asarray(values))
    whole = array.dtype.kind in "iu"
    limits = np.iinfo(array.dtype) if whole else None
    own = PixelType("int", int(limits.min), int(limits.max)) if limits else PixelType("double")
    valid = np.ones(array.shape, np.bool_) if mask is None else np.atleast_2d(np.asarray(mask))
    return Band(name, kind or own, Sheet(array, valid), UTM, (array.shape[1], array.shape[0]))


def byte(values: Any, mask: Any = None, name: str = "SCL") -> Image:
    """An image of one band of bytes; the mask is 0 and 1."""
    valid = None if mask is None else np.asarray(mask, np.bool_)
    return Image(bands=(sheet(np.asarray(values, np.uint8), valid, name=name),))


def real(values: Any, mask: Any = None, name: str = "B4") -> Image:
    """An image of one band of doubles."""
    valid = None if mask is None else np.asarray(mask, np.bool_)
    return Image(bands=(sheet(np.asarray(values, np.float64), valid, name=name),))


def joined(*images: Image, properties: Mapping[str, Any] | None = None) -> Image:
    """The bands of several images in one."""
    return Image(properties=properties or {}, bands=tuple(band for image in images for band in image.bands))


def stack(*images: Image) -> Collection:
    """An image collection."""
    numbered = tuple(i if i.get("system:index") else i.set("system:index", str(n)) for n, i in enumerate(images))
    return Collection(elements=numbered, kind="ImageCollection")


def window(width: int, height: int = 1, column: int = 0, row: int = 0) -> Grid:
    """A grid on the plane of `UTM`."""
    return Grid(UTM.crs, UTM.transform, column, row, width, height)


def read(image: Image, grid: Grid, band: int | str = 0) -> Pixels:
    """A band's pixels on a grid."""
    place = image.names.index(band) if isinstance(band, str) else band
    return Tile(lambda: None).read(image.bands[place].source, grid)


def row(image: Image, width: int, band: int | str = 0) -> list[Any]:
    """The first row of a band: values, None where masked."""
    pixels = read(image, window(width), band)
    return [v if m else None for v, m in zip(pixels.values[0].tolist(), pixels.mask[0].tolist(), strict=True)]
