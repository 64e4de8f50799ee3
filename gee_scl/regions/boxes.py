"""Boxes in degrees that certainly hold what lies between their corners."""

from __future__ import annotations

import math
from typing import TypeAlias

Box: TypeAlias = tuple[float, float, float, float]
"""West, south, east and north."""


def with_great_circles(box: Box, margin: float) -> Box:
    """A box that holds the great circles between its corners too, and what is a little beyond.

    The great circle between two points of one latitude φ, w radians of longitude apart, is nearer to the pole by at
    most w²/16: its highest point is at tan φ / cos(w/2), which is w²/8 · sin φ cos φ higher. Here it is twice that.

    Args:
        box: degrees, less than 90 wide.
        margin: degrees of latitude; as far is more of longitude, the nearer the pole.
    """
    west, south, east, north = box
    bend = math.degrees(math.radians(east - west) ** 2 / 8) + margin
    south, north = max(south - bend, -90.0), min(north + bend, 90.0)
    aside = degrees_aside(margin, max(abs(south), abs(north)))
    return west - aside, south, east + aside, north


def degrees_aside(degrees: float, latitude: float) -> float:
    """As far along a parallel as some degrees of latitude are, in degrees of longitude: half the way round at most."""
    return min(180.0, degrees / max(math.cos(math.radians(latitude)), 1e-9))
