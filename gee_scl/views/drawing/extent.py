"""The window of a map page's pictures: the regions' surroundings in Web Mercator, in whole pixels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gee_scl.errors import RegionError
from gee_scl.regions.boxes import box_around

WEB_MERCATOR = "EPSG:3857"

_RADIUS = 6_378_137.0
"""Metres: Web Mercator's sphere."""

WORLD = 2 * math.pi * _RADIUS
"""Metres: width of Web Mercator's square, whose middle is at 0."""

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
        boxes: west, south, east, north in degrees; one across the antimeridian ends beyond 180.
        size: pixels of the longer side, at the most; fewer where pixels would be finer than 10 m.

    Returns:
        The window. Where it crosses the antimeridian, that lies between two columns of pixels.

    Raises:
        RegionError: regions that are more than half the Earth apart, or beyond Web Mercator's ends.
    """
    west, south, east, north = box_around(boxes)
    if south < -_NORTHERNMOST or north > _NORTHERNMOST:
        raise RegionError("regions", (south, north), f"latitudes of a web map, up to {_NORTHERNMOST} degrees")
    if east - west > 180:
        hint = "Show the regions in several parts."
        raise RegionError("regions", (west, east), "longitudes within 180 degrees of one another", hint)
    left, bottom = mercator(west, south)
    right, top = mercator(east, north)
    stretch = math.cosh((bottom + top) / 2 / _RADIUS)
    margin = max(_MARGIN * max(right - left, top - bottom), _LEAST_MARGIN * stretch)
    wide, high = right - left + 2 * margin, top - bottom + 2 * margin
    pixel = max(max(wide, high) / size, _FINEST * stretch)
    width, height = math.ceil(wide / pixel - 1e-9), math.ceil(high / pixel - 1e-9)
    # The middle stays, so that rounding up to whole pixels widens both sides alike.
    first = _between_columns((left + right - width * pixel) / 2, width, pixel)
    return Extent(first, (bottom + top - height * pixel) / 2, pixel, width, height)


def _between_columns(west: float, width: int, pixel: float) -> float:
    """Move a window by half a pixel at the most, so that the end of the world in it is between two columns."""
    columns = columns_to_the_end(west, pixel)
    return west + (columns - round(columns)) * pixel if columns < width else west


def columns_to_the_end(west: float, pixel: float) -> float:
    """Count the columns of a window up to where the world ends and begins anew, at 180 degrees.

    Args:
        west: of the window, in metres.
        pixel: width of a column, in metres.
    """
    return (WORLD - (west + WORLD / 2) % WORLD) / pixel


def mercator(longitude: float, latitude: float) -> tuple[float, float]:
    """Reckon the metres in Web Mercator of a place in degrees (EPSG method 1024)."""
    return _RADIUS * math.radians(longitude), _RADIUS * math.asinh(math.tan(math.radians(latitude)))
