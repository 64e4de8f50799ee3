"""Rings that cross the antimeridian, made continuous."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from gee_scl.regions.outlines import Outlines
from gee_scl.regions.refusals import refusal


def unwrap(outlines: Outlines, geodesic: npt.NDArray[np.bool_], ids: Sequence[object]) -> None:
    """Make the longitudes of regions that cross the antimeridian continuous, as in 179..181, in place.

    Args:
        outlines: of all regions.
        geodesic: of each region, whether its edges take the short way round the Earth.
        ids: of the regions.

    Raises:
        RegionError: a ring goes round a pole.
    """
    jumps = np.abs(np.diff(outlines.positions[:, 0])) > 180
    jumps &= (np.diff(outlines.position_ring) == 0) & geodesic[outlines.position_region[1:]]
    for region in np.unique(outlines.position_region[1:][jumps]):
        polygons = np.flatnonzero(outlines.polygon_region == region)
        parts = [
            [
                outlines.positions[outlines.ring_ends[ring] : outlines.ring_ends[ring + 1], 0]
                for ring in np.flatnonzero(outlines.ring_polygon == polygon)
            ]
            for polygon in polygons
        ]
        crossing = [ring for part in parts for ring in part if _unwrap_ring(ring, ids[region])]
        for shell, *holes in parts:
            _move_near(shell, crossing[0])
            for hole in holes:
                _move_near(hole, shell)


def unwrap_longitudes(longitudes: npt.NDArray[np.float64]) -> bool:
    """Let each longitude follow the one before by the short way round the Earth, in place; whether any was moved."""
    turns = np.rint(np.diff(longitudes) / 360)
    if not turns.any():
        return False
    longitudes[1:] -= 360 * np.cumsum(turns)
    return True


def _unwrap_ring(longitudes: npt.NDArray[np.float64], region_id: object) -> bool:
    if not unwrap_longitudes(longitudes):
        return False
    if abs(longitudes[-1] - longitudes[0]) > 180:
        hint = "Cut the pole out, or give a polar projection as the crs of a GeoDataFrame."
        raise refusal(region_id, "a ring round a pole", "regions without a pole, in longitude and latitude", hint)
    longitudes[-1] = longitudes[0]
    longitudes -= 360 * np.floor((longitudes.min() + 180) / 360)
    return True


def _move_near(longitudes: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> None:
    distance = (other.min() + other.max() - longitudes.min() - longitudes.max()) / 2
    longitudes += 360 * np.rint(distance / 360)
