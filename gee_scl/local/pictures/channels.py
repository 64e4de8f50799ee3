"""Channels: what is shown as red, green and blue, one band each."""

from __future__ import annotations

from dataclasses import dataclass

from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Pixels, Source, Tile

CHANNELS = ("vis-red", "vis-green", "vis-blue")
"""Bands of what is to be shown in colour."""


@dataclass(frozen=True, eq=False)
class Channel:
    """One of the channels that a source works out together, along the first axis of its values."""

    whole: Source
    place: int

    @property
    def inputs(self) -> tuple[Source, ...]:
        """What it reads."""
        return (self.whole,)

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        """The channel's pixels on a grid."""
        pixels = tile.read(self.whole, grid)
        return Pixels(pixels.values[self.place], pixels.mask)
