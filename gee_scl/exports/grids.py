"""Grids of exports: endless ones, and the pixels of one raster."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gee_scl.errors import ArgumentError
from gee_scl.options.crs import crs_label

Box = tuple[float, float, float, float]
"""West, south, east, north in the units of a CRS."""

Transform = tuple[float, float, float, float, float, float]
"""As Earth Engine and rasterio write it: x of a column, of a row, of the origin; then y."""

TOUCHED = 1e-3
"""Part of a pixel that a box must reach into for the pixel to be taken: less is rounding of its corners."""


@dataclass(frozen=True)
class Lattice:
    """A grid without ends: axis-parallel, north up.

    Attributes:
        crs: a code such as "EPSG:32632", or WKT.
        transform: from columns and rows to coordinates; its origin is the upper left corner of a pixel.
    """

    crs: str
    transform: Transform

    def scaled(self, factor: float) -> Lattice:
        """The same origin, with pixels that are this much larger."""
        a, b, x, d, e, y = self.transform
        return Lattice(self.crs, (a * factor, b, x, d, e * factor, y))

    def from_zero(self) -> Lattice:
        """The same pixels, with the origin nearest to where coordinates are zero, which tiles of one zone share."""
        a, b, x, d, e, y = self.transform
        return Lattice(self.crs, (a, b, x - a * math.floor(x / a), d, e, y - e * math.floor(y / e)))

    def window(self, column: int, row: int, width: int, height: int) -> PixelGrid:
        """A part of it."""
        return PixelGrid(self.crs, self.transform, 1, 1).window(column, row, width, height)

    def around(self, box: Box) -> PixelGrid:
        """All pixels that a box reaches into."""
        a, _, x, _, e, y = self.transform
        west, south, east, north = box
        left, right = math.floor((west - x) / a + TOUCHED), math.ceil((east - x) / a - TOUCHED)
        top, bottom = math.floor((north - y) / e + TOUCHED), math.ceil((south - y) / e - TOUCHED)
        return self.window(left, top, max(1, right - left), max(1, bottom - top))

    def continues(self, other: Lattice) -> bool:
        """Whether it has the pixels of another: the origins lie whole pixels apart, but for rounding."""
        a, b, x, d, e, y = self.transform
        a2, b2, x2, d2, e2, y2 = other.transform
        apart = (x2 - x) / a, (y2 - y) / e
        same = self.crs == other.crs and (a, b, d, e) == (a2, b2, d2, e2)
        return same and all(abs(pixels - round(pixels)) < TOUCHED for pixels in apart)


def joined(lattices: Sequence[Lattice]) -> list[Lattice]:
    """Lattices of the same pixels as the first of them, so that a box is cut out of each alike to the last digit."""
    kinds: list[Lattice] = []
    for lattice in lattices:
        kinds.append(next((kind for kind in kinds if kind.continues(lattice)), lattice))
    return kinds


@dataclass(frozen=True)
class PixelGrid:
    """The pixels of a raster: axis-parallel, north up.

    Attributes:
        crs: a code such as "EPSG:32632", or WKT.
        transform: from columns and rows to coordinates; its origin is the upper left corner.
        width: columns.
        height: rows.
    """

    crs: str
    transform: Transform
    width: int
    height: int

    @property
    def pixels(self) -> int:
        """Columns times rows."""
        return self.width * self.height

    @property
    def crs_label(self) -> str:
        """What people call its CRS."""
        return crs_label(self.crs)

    @property
    def box(self) -> Box:
        """Its outer edges."""
        a, _, x, _, e, y = self.transform
        return x, y + e * self.height, x + a * self.width, y

    def window(self, column: int, row: int, width: int, height: int) -> PixelGrid:
        """A part of it."""
        a, b, x, d, e, y = self.transform
        moved = (a, b, x + a * column, d, e, y + e * row)
        return PixelGrid(self.crs, moved, width, height)

    def request(self) -> dict[str, Any]:
        """The grid as a PixelGrid of the REST API.

        Source: https://developers.google.com/earth-engine/reference/rest/v1/PixelGrid
        """
        names = ("scaleX", "shearX", "translateX", "shearY", "scaleY", "translateY")
        return {
            "dimensions": {"width": self.width, "height": self.height},
            "affineTransform": dict(zip(names, self.transform, strict=True)),
            "crsWkt" if _is_wkt(self.crs) else "crsCode": self.crs,
        }


def _is_wkt(crs: str) -> bool:
    return "[" in crs


GIVE_GRID = "Give crs and scale."
"""What to do about a band whose grid is of no use."""


def north_up(transform: Sequence[float], of: str) -> Transform:
    """A transform whose rows run from north to south.

    Args:
        transform: six numbers.
        of: what it belongs to, for the error.

    Raises:
        ArgumentError: it is sheared or turned.
    """
    a, b, x, d, e, y = (float(number) for number in transform)
    if not is_north_up(transform):
        raise ArgumentError("image", list(transform), f"a grid that is not turned, unlike {of}", GIVE_GRID)
    return a, b, x, d, -abs(e), y


def is_north_up(transform: Sequence[float]) -> bool:
    """Whether rows and columns run along the axes, and columns eastwards."""
    a, b, _, d, e, _ = transform
    return not (b or d) and a > 0 and e != 0


def overlap(first: Box, second: Box) -> Box | None:
    """What two boxes share; None where that is nothing."""
    west, south = max(first[0], second[0]), max(first[1], second[1])
    east, north = min(first[2], second[2]), min(first[3], second[3])
    return (west, south, east, north) if west < east and south < north else None
