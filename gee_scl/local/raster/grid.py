"""Pixel grids: immutable windows on the plane of a coordinate reference system."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
from affine import Affine

FloatArray = npt.NDArray[np.float64]


_ALIGNED = 1e-6
"""Fraction of a pixel within which two grids count as the same: far above rounding, far below any real shift."""


@dataclass(frozen=True)
class Grid:
    """A window of pixels.

    Attributes:
        crs: "EPSG:n" or WKT.
        transform: from (column, row) of the unbounded pixel plane to coordinates.
        column: the window's first column on that plane.
        row: its first row.
        width: columns.
        height: rows.
    """

    crs: str
    transform: Affine
    column: int
    row: int
    width: int
    height: int

    def __hash__(self) -> int:
        # What a tile has read is looked up by its grid, some thousand times.
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.crs, self.transform, self.column, self.row, self.width, self.height))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns, as numpy has them."""
        return self.height, self.width

    @property
    def window_transform(self) -> Affine:
        """From (column, row) within the window to coordinates."""
        return self.transform @ Affine.translation(self.column, self.row)

    def centres(self) -> tuple[FloatArray, FloatArray]:
        """X and y of every pixel's centre, each of the grid's shape."""
        columns = self.column + np.arange(self.width) + 0.5
        rows = (self.row + np.arange(self.height) + 0.5)[:, np.newaxis]
        a, b, c, d, e, f = self.transform[:6]
        return a * columns + b * rows + c, d * columns + e * rows + f

    def tiles(self, size: int) -> Iterator[Grid]:
        """Windows of at most `size` x `size` pixels that cover the grid, cut at multiples of `size` on the plane.

        So they fall on the blocks of a raster whose grid this is.
        """
        for top in range(self.row // size * size, self.row + self.height, size):
            for left in range(self.column // size * size, self.column + self.width, size):
                yield self.crop(left, top, left + size, top + size)

    def crop(self, left: int, top: int, right: int, bottom: int) -> Grid:
        """The part of the window within these columns and rows of the plane; it may be empty."""
        left, top = max(left, self.column), max(top, self.row)
        right, bottom = min(right, self.column + self.width), min(bottom, self.row + self.height)
        return replace(self, column=left, row=top, width=max(0, right - left), height=max(0, bottom - top))

    def offset_to(self, transform: Affine) -> tuple[int, int] | None:
        """Columns and rows from this plane's origin to another's, None where they are not whole."""
        return _offset(self.transform, transform)

    @classmethod
    def around(cls, crs: str, transform: Affine, bounds: tuple[float, float, float, float]) -> Grid:
        """The smallest window that holds these bounds (left, bottom, right, top, in the CRS)."""
        left, bottom, right, top = bounds
        # Not by the operator of affine 3, which copies its numbers for each point.
        to_pixel = ~transform
        a, b, c, d, e, f = to_pixel.a, to_pixel.b, to_pixel.c, to_pixel.d, to_pixel.e, to_pixel.f
        corners = [(x, y) for x in (left, right) for y in (bottom, top)]
        columns, rows = [a * x + b * y + c for x, y in corners], [d * x + e * y + f for x, y in corners]
        first_column, first_row = math.floor(min(columns)), math.floor(min(rows))
        return cls(
            crs,
            transform,
            first_column,
            first_row,
            math.ceil(max(columns)) - first_column,
            math.ceil(max(rows)) - first_row,
        )


@lru_cache(maxsize=1024)
def _offset(plane: Affine, other: Affine) -> tuple[int, int] | None:
    """As each tile asks for it, of the same planes again and again."""
    if any(abs(m - n) > _ALIGNED * abs(m or 1) / 1e3 for m, n in zip(_linear(plane), _linear(other), strict=True)):
        return None
    column, row = ~other @ (plane.c, plane.f)
    whole = round(column), round(row)
    near = abs(column - whole[0]) < _ALIGNED and abs(row - whole[1]) < _ALIGNED
    return whole if near else None


def _linear(transform: Affine) -> tuple[float, float, float, float]:
    return transform.a, transform.b, transform.d, transform.e
