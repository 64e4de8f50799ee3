"""The window of a map page's pictures: the regions' surroundings in Web Mercator, in whole pixels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gee_scl.errors import RegionError

WEB_MERCATOR = "EPSG:3857"

_RADIUS = 6_378_137.0
"""Metres: Web Mercator's sphere."""

_NORTHERNMOST = 85.05
"""Degrees: Web Mercator's square ends at 85.0511."""

_MARGIN = 0.06
"""Of the regions' longer side, on each side of them."""

_LEAST_MARGIN = 200.0
"""Metres: a single field is seen with what is around it."""

_FINEST = 10.0
"""Metres: pixels of the visible bands. SCL has 20 m, and keeps its shapes at half of that."""


@dataclass(frozen=True)
class Extent:
    """A window of the map, in whole pixels.

    Attributes:
        west: metres in Web Mercator, as are the other sides.
        south: its lower side.
        pixel: side of a pixel in Web Mercator's metres, which are longer than those on the ground off the equator.
        width: pixels.
        height: pixels.
    """

    west: float
    south: float
    pixel: float
    width: int
    height: int

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north."""
        return (
            self.west,
            self.south,
            self.west + self.width * self.pixel,
            self.south + self.height * self.pixel,
        )

    @property
    def metres(self) -> float:
        """Side of a pixel on the ground, in the middle of the window."""
        _, south, _, north = self.bounds
        return self.pixel / math.cosh((south + north) / 2 / _RADIUS)


def extent_around(boxes: Iterable[Sequence[float]], size: int) -> Extent:
    """Find the window that shows all regions.

    Args:
        boxes: west, south, east, north in degrees.
        size: pixels of the longer side, at the most; fewer where pixels would be finer than 10 m.

    Raises:
        RegionError: regions on both sides of the antimeridian, or beyond Web Mercator's ends.
    """
    sides = list(zip(*boxes, strict=True))
    west, south, east, north = min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3])
    if south < -_NORTHERNMOST or north > _NORTHERNMOST:
        raise RegionError("regions", (south, north), f"latitudes of a web map, up to {_NORTHERNMOST} degrees")
    if west < -180 or east > 180 or east - west > 180:
        hint = "Write a page for each side of the antimeridian."
        raise RegionError("regions", (west, east), "longitudes from -180 to 180 and within 180 degrees", hint)
    left, bottom = mercator(west, south)
    right, top = mercator(east, north)
    stretch = math.cosh((bottom + top) / 2 / _RADIUS)
    margin = max(_MARGIN * max(right - left, top - bottom), _LEAST_MARGIN * stretch)
    wide, high = right - left + 2 * margin, top - bottom + 2 * margin
    pixel = max(max(wide, high) / size, _FINEST * stretch)
    width, height = math.ceil(wide / pixel - 1e-9), math.ceil(high / pixel - 1e-9)
    # The middle stays, so that rounding up to whole pixels widens both sides alike.
    return Extent((left + right - width * pixel) / 2, (bottom + top - height * pixel) / 2, pixel, width, height)


def mercator(longitude: float, latitude: float) -> tuple[float, float]:
    """Reckon the metres in Web Mercator of a place in degrees (EPSG method 1024)."""
    return _RADIUS * math.radians(longitude), _RADIUS * math.asinh(math.tan(math.radians(latitude)))
