"""Boxes in degrees: what certainly holds what lies between their corners, and boxes that lie together.

Longitudes are continuous: a box across the antimeridian has an east beyond 180.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import TypeAlias

Box: TypeAlias = tuple[float, float, float, float]
"""West, south, east and north."""

_HALF = 180.0
"""Degrees round the Earth: what is wider has no nearer way across the antimeridian."""


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


def box_around(boxes: Iterable[Sequence[float]]) -> Box:
    """The box around boxes, as they lie."""
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def turns_together(spans: Sequence[tuple[float, float]]) -> list[int]:
    """How many times each span of longitudes goes round the Earth, so that all lie as near to one another as can be.

    Each begins in [-180, 180). Where they are more than half the Earth apart then, and are not so across the
    antimeridian, those east of it go round once more: 179..180 and -180..-179 become 179..180 and 180..181.

    Args:
        spans: west and east of each, in degrees; at least one.

    Returns:
        For each span, by how many times 360 degrees it is moved eastwards.
    """
    home = [-math.floor((west + _HALF) / 360) for west, _ in spans]
    order = sorted(range(len(spans)), key=lambda number: spans[number][0] + 360 * home[number])
    wests = [spans[number][0] + 360 * home[number] for number in order]
    easts = [spans[number][1] + 360 * home[number] for number in order]
    farthest = list(accumulate(easts, max))
    # What begins with the next span ends with this one, or with one before it that reaches farther, a turn later.
    widths = [farthest[-1] - wests[0]] + [
        max(farthest[-1], farthest[first - 1] + 360) - wests[first] for first in range(1, len(order))
    ]
    first = widths.index(min(widths))
    if widths[0] <= _HALF or widths[first] > _HALF:
        return home
    for number in order[:first]:
        home[number] += 1
    return home


def nearest_turns(longitude: float, other: float) -> int:
    """How many times a longitude goes round the Earth eastwards to lie as near to another as can be."""
    return round((other - longitude) / 360)


def within_the_world(longitude: float) -> float:
    """A longitude as people write it, from -180 to 180."""
    return longitude if -_HALF <= longitude <= _HALF else (longitude + _HALF) % 360 - _HALF
