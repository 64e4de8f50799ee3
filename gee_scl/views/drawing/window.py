"""The window that a picture shows, in whole pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ee

from gee_scl.errors import ArgumentError
from gee_scl.options.checks import whole_number
from gee_scl.requests.blocks import Block
from gee_scl.requests.door import Door
from gee_scl.views.drawing.extent import WEB_MERCATOR, WORLD, Extent, columns_to_the_end, extent_around

Bounds = tuple[float, float, float, float]
"""West, south, east, north."""

MOST_SIDE = 10_000
"""Pixels: the longest side of a picture. Earth Engine's text is "Pixel grid dimensions (432000x144000) must be less
than or equal to 10000." (https://github.com/KMarkert/cartoee/issues/4)."""


@dataclass(frozen=True)
class Window:
    """What a picture shows, in whole pixels; each shows what lies under its centre.

    Attributes:
        bounds: west, south, east, north, in the units of the CRS.
        width: pixels.
        height: pixels.
        crs: of the bounds.

    Raises:
        ArgumentError: a window without area, or a size that cannot be.
    """

    bounds: Bounds
    width: int
    height: int
    crs: str = WEB_MERCATOR

    def __post_init__(self) -> None:
        west, south, east, north = self.bounds
        if not all(map(math.isfinite, self.bounds)) or not (west < east and south < north):
            raise ArgumentError("bounds", self.bounds, "finite numbers, west < east and south < north")
        checked_side(self.width)
        checked_side(self.height)

    @classmethod
    def of(cls, extent: Extent) -> Window:
        """Make the window of an extent, in Web Mercator."""
        return cls(extent.bounds, extent.width, extent.height)

    @classmethod
    def around(cls, region: object, size: int, door: Door) -> Window:
        """Make the window of a region and what is around it, in Web Mercator.

        Args:
            region: anything that `class_statistics` takes as regions; several are shown together.
            size: pixels of the longest side, at the most; more than half of it.
            door: asks for a region that only the server knows, by one request.

        Raises:
            RegionError: the region cannot be read, or lies beyond 85 degrees.
        """
        # numpy comes with them: `import gee_scl` stays light.
        from gee_scl.regions.as_regions import as_region
        from gee_scl.views.drawing.outlines import outlines

        extent = extent_around([outline.box for outline in outlines(as_region(region), door)], size)
        # Where its pixels of 10 m are too few, a whole number of times as many.
        times = max(1, size // max(extent.width, extent.height))
        return cls(extent.bounds, extent.width * times, extent.height * times)

    @property
    def pixels(self) -> int:
        """How many it has."""
        return self.width * self.height

    @property
    def block(self) -> Block:
        """All of its pixels."""
        return Block(0, 0, self.width, self.height)

    @property
    def sides(self) -> Sequence[Block]:
        """Its pixels west and east of the antimeridian; all of them as one where it does not cross that."""
        west, _, east, _ = self.bounds
        columns = round(columns_to_the_end(west, (east - west) / self.width)) if self.crs == WEB_MERCATOR else 0
        if not 0 < columns < self.width:
            return [self.block]
        return [Block(0, 0, columns, self.height), Block(columns, 0, self.width - columns, self.height)]

    def part(self, block: Block) -> Window:
        """The window of some of its pixels, which are the same ones."""
        if block == self.block:
            return self
        west, south, east, north = self.bounds
        wide, high = (east - west) / self.width, (north - south) / self.height
        bounds = (
            west + block.column * wide,
            north - (block.row + block.height) * high,
            west + (block.column + block.width) * wide,
            north - block.row * high,
        )
        return Window(bounds, block.width, block.height, self.crs)

    def parameters(self) -> dict[str, Any]:
        """Write it as the parameters of a thumbnail.

        Image.clipToBoundsAndScale takes the region, planar in the CRS, for the "bounding box, in the image's
        projection", and the dimensions for its "width" and "height". With a CRS and no transform the client resamples
        no pixel before that. A window beyond the antimeridian is asked for where the world begins anew.
        """
        region = ee.Geometry.Rectangle(list(self._in_the_world()), self.crs, False)
        return {"crs": self.crs, "region": region, "dimensions": [self.width, self.height]}

    def _in_the_world(self) -> Bounds:
        west, south, east, north = self.bounds
        turn = WORLD * math.floor(((west + east) / 2 + WORLD / 2) / WORLD)
        if self.crs != WEB_MERCATOR or not turn:
            return self.bounds
        return west - turn, south, east - turn, north


def checked_side(pixels: object) -> int:
    """Refuse what no side of a picture can have.

    Raises:
        ArgumentError: it is no whole number of pixels, or too many.
    """
    return whole_number("size", pixels, 1, MOST_SIDE, "pixels")
