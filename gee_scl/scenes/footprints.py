"""Where images lie, as boxes in degrees that certainly hold their footprints: cheap to ask for, and to compare."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import ee

from gee_scl.regions.boxes import Box, degrees_aside, with_great_circles

_FOOTPRINT = "system:footprint"

_ERROR_METRES = 1.0
"""That the server's bounds may be off."""

_DEGREE_METRES = 110_500.0
"""Of latitude, at the least: at the equator a degree is 110,574 m."""

_MARGIN_DEGREES = 1e-4
"""Eleven metres of latitude: more than the server's bounds and the outlines of images may be off."""

_NEAR_ANTIMERIDIAN = 5.0
"""Degrees: an image this near to it may lie on both sides, and boxes say that in several ways."""

_LARGEST = 90.0
"""Degrees of longitude: what is wider is no image of one place."""


def corners_of(image: ee.Image) -> ee.ComputedObject:
    """Two opposite corners of an image's footprint, in one list, as an expression; null where it has none.

    Asked is the footprint that is written down with the image (`system:footprint`), which composites and constants have
    not: their outline may be without bounds, which is an error to many a function of geometries.
    """
    ring = ee.List(ee.Geometry(image.get(_FOOTPRINT)).bounds(_ERROR_METRES).coordinates().get(0))
    corners = ee.List(ring.get(0)).cat(ee.List(ring.get(2)))
    return ee.Algorithms.If(image.propertyNames().contains(_FOOTPRINT), corners, None)


def box_of(corners: Sequence[object] | None) -> Box | None:
    """A box that holds a footprint.

    Args:
        corners: the answer to `corners_of`.

    Returns:
        None where it is not known, without bounds, wider than 90 degrees, or within 5 degrees of the antimeridian: then
        it has to be taken for everywhere.
    """
    if corners is None or len(corners) != 4 or not all(isinstance(side, int | float) for side in corners):
        return None
    west, south, east, north = (float(side) for side in corners)  # type: ignore[arg-type]
    west, east, south, north = min(west, east), max(west, east), min(south, north), max(south, north)
    if not all(map(math.isfinite, (west, south, east, north))) or east - west > _LARGEST:
        return None
    if max(abs(west), abs(east)) > 180 - _NEAR_ANTIMERIDIAN:
        return None
    return with_great_circles((west, south, east, north), _MARGIN_DEGREES)


def widened(box: Box, metres: float) -> Box | None:
    """A box and what is within a distance of it; None where that is wider than one place, or near the antimeridian.

    Args:
        box: degrees.
        metres: the distance, far less than the earth's radius.
    """
    west, south, east, north = box
    up = metres / _DEGREE_METRES
    south, north = max(south - up, -90.0), min(north + up, 90.0)
    aside = degrees_aside(up, max(abs(south), abs(north)))
    west, east = west - aside, east + aside
    if east - west > _LARGEST or max(abs(west), abs(east)) > 180 - _NEAR_ANTIMERIDIAN:
        return None
    return west, south, east, north


def box_around(boxes: Iterable[Box | None]) -> Box | None:
    """The box round several; None where one of them is not known, or there are none."""
    known = list(boxes)
    if not known or None in known:
        return None
    wests, souths, easts, norths = zip(*(box for box in known if box is not None), strict=True)
    return min(wests), min(souths), max(easts), max(norths)
