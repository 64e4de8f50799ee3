"""Places whose class rasterio reads from the sample's files, and where a web map paints them."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio
from pyproj import Transformer
from scipy import ndimage

TILE_PIXELS = 256
"""Of the whole world at zoom 0 (OGC Two Dimensional Tile Matrix Set, WebMercatorQuad)."""

MOST_OF_A_CLASS = 150

CIRCUMFERENCE = 2 * math.pi * 6378137


@dataclass(frozen=True)
class Place:
    """A place in a patch of one class.

    Attributes:
        x: metres in Web Mercator.
        y: metres in Web Mercator.
        code: of the class there.
    """

    x: float
    y: float
    code: int

    @property
    def degrees(self) -> tuple[float, float]:
        """Longitude and latitude."""
        longitude, latitude = Transformer.from_crs(3857, 4326, always_xy=True).transform(self.x, self.y)
        return longitude, latitude


@functools.cache
def patches(sample: Path, day: str, *, side: int = 7) -> list[Place]:
    """The middles of squares of one class in the western tile of a day, where no other tile is: some of each class.

    Args:
        sample: the synthetic sample's folder.
        day: such as "2023-06-15".
        side: of the squares, in pixels of 20 m.
    """
    western, eastern = (_scl(sample, tile, day) for tile in ("32TPS", "32TQS"))
    with rasterio.open(western) as raster, rasterio.open(eastern) as other:
        codes = raster.read(1)
        lowest, highest = ndimage.minimum_filter(codes, side), ndimage.maximum_filter(codes, side)
        rows, columns = np.nonzero((lowest == highest) & (codes > 0))
        x = raster.transform.c + (columns + 0.5) * raster.transform.a
        y = raster.transform.f + (rows + 0.5) * raster.transform.e
        alone = x < other.bounds.left - side * 20
        inside = (np.minimum(rows, columns) >= side) & (np.maximum(rows, columns) < codes.shape[0] - side)
        chosen = alone & inside
        east, north = Transformer.from_crs(raster.crs, 3857, always_xy=True).transform(x[chosen], y[chosen])
    found = codes[rows[chosen], columns[chosen]]
    some = [number for code in np.unique(found) for number in np.flatnonzero(found == code)[:: _thinning(found, code)]]
    return [Place(float(east[number]), float(north[number]), int(found[number])) for number in some]


def _thinning(found: npt.NDArray[np.uint8], code: int) -> int:
    return max(1, int((found == code).sum()) // MOST_OF_A_CLASS)


def _scl(sample: Path, tile: str, day: str) -> Path:
    (path,) = sample.glob(f"sentinel-2-l2a/*_{tile}_{day.replace('-', '')}_*/SCL.tif")
    return path


@dataclass(frozen=True)
class Screen:
    """What a web map shows: its middle in Web Mercator, its zoom, and the pixels of its element."""

    x: float
    y: float
    zoom: float
    width: float
    height: float

    @property
    def fragment(self) -> str:
        """The part of the page's address that asks for this view."""
        longitude, latitude = Place(self.x, self.y, 0).degrees
        return f"zoom={self.zoom:g}&lat={latitude:.8f}&lon={longitude:.8f}"

    def pixel(self, place: Place) -> tuple[int, int]:
        """Column and row of a place."""
        metres = CIRCUMFERENCE / (TILE_PIXELS * 2**self.zoom)
        return (
            math.floor(self.width / 2 + (place.x - self.x) / metres),
            math.floor(self.height / 2 - (place.y - self.y) / metres),
        )

    def visible(self, places: Sequence[Place], most: int = 40) -> list[Place]:
        """Some of the places that are painted and not below a control, of all classes, far and wide."""
        free = [place for place in places if self._is_free(*self.pixel(place))]
        chosen: list[Place] = []
        for code in sorted({place.code for place in free}):
            members = [place for place in free if place.code == code]
            chosen += members[:: max(1, len(members) // 8)][:8]
        return chosen[:most]

    def _is_free(self, column: int, row: int) -> bool:
        return 60 < column < self.width - 8 and 60 < row < self.height - 40
