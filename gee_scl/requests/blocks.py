"""Rectangles of pixels: a picture or a raster, cut into what one request may ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

SMALLEST_SIDE: Final = 256
"""Pixels of the longer side of what is not cut any more: Earth Engine computes in tiles of 256."""


@dataclass(frozen=True)
class Block:
    """A part of a grid: where it begins, and how large it is, in pixels."""

    column: int
    row: int
    width: int
    height: int

    @property
    def pixels(self) -> int:
        """Columns times rows."""
        return self.width * self.height

    @property
    def text(self) -> str:
        """As people read it."""
        return f"pixels {self.column}, {self.row} ({self.width} x {self.height})"

    def halves(self) -> Sequence[Block]:
        """Its two parts, cut across the longer side; nothing where it is too small to be cut."""
        if max(self.width, self.height) <= SMALLEST_SIDE:
            return ()
        if self.width >= self.height:
            half = self.width // 2
            return replace(self, width=half), replace(self, column=self.column + half, width=self.width - half)
        half = self.height // 2
        return replace(self, height=half), replace(self, row=self.row + half, height=self.height - half)


def blocks(width: int, height: int, side: int) -> list[Block]:
    """A grid cut into squares, from left to right and top to bottom; the last ones are smaller.

    Args:
        width: of the grid, in pixels.
        height: likewise.
        side: of a square.
    """
    return [
        Block(column, row, min(side, width - column), min(side, height - row))
        for row in range(0, height, side)
        for column in range(0, width, side)
    ]
