"""Boxes of longitude and latitude that surely hold geometries: they tell at once what cannot meet."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely

from gee_scl.local.vector.crs import LONLAT
from gee_scl.local.vector.geometry import Geometry

FloatArray = npt.NDArray[np.float64]

_WIDEST = 170.0
"""Degrees of longitude up to which a box is drawn: what is wider may lead around a pole, or over the antimeridian."""

_HIGHEST = 89.0
"""Degrees of latitude up to which the bulge of a great circle is bounded here."""

_MARGIN = 1e-3
"""Degrees that a box is larger than need be: far more than rounding, and than the errors of edges in any request."""


def around(geometries: Sequence[Geometry | None]) -> FloatArray:
    """For each geometry a box that holds it: west, south, east and north in degrees.

    Great circles bulge towards the pole beyond their ends, by no more than one that reaches across the whole box along
    its highest latitude.

    Returns:
        An array of as many rows. NaN for what has no box: geometries on other planes, unbounded, empty or wide ones.
    """
    shapes = [g.shape if g is not None and g.crs == LONLAT and not g.is_unbounded() else None for g in geometries]
    boxes = np.asarray(shapely.bounds(np.asarray(shapes, dtype=object)), dtype=np.float64).reshape(-1, 4)
    west, south, east, north = boxes.T
    with np.errstate(invalid="ignore"):
        usable = (east - west <= _WIDEST) & (np.maximum(np.abs(south), np.abs(north)) <= _HIGHEST)
    boxes[~usable] = np.nan
    geodesic = np.array([g is not None and g.geodesic for g in geometries], dtype=np.bool_)
    half = np.cos(np.radians(east - west) / 2)
    bulge = np.stack([np.degrees(np.arctan(np.tan(np.radians(edge)) / half)) for edge in (south, north)])
    boxes[:, 1] = np.where(geodesic & (south < 0), bulge[0], south) - _MARGIN
    boxes[:, 3] = np.where(geodesic & (north > 0), bulge[1], north) + _MARGIN
    return boxes


def boxes_apart(first: FloatArray, second: FloatArray) -> npt.NDArray[np.bool_]:
    """Whether two boxes have no point in common, whatever turn their longitudes are on; never where one is NaN."""
    with np.errstate(invalid="ignore"):
        over = (first[:, 1] > second[:, 3]) | (second[:, 1] > first[:, 3])
        between = (first[:, 0] + first[:, 2] - second[:, 0] - second[:, 2]) / 2
        between = np.abs((between + 180) % 360 - 180)
        reach = (first[:, 2] - first[:, 0] + second[:, 2] - second[:, 0]) / 2 + 2 * _MARGIN
        known = np.isfinite(reach) & np.isfinite(between)
        return np.asarray(known & (over | (between > reach)))
