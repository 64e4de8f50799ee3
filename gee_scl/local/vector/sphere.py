"""Great-circle arithmetic on the sphere that Earth Engine measures geometries on.

Points are rows of longitude and latitude in degrees; every function works on whole arrays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RADIUS = 6371007.181
"""Radius in metres of the sphere with the area of the WGS84 ellipsoid; recorded areas of ee.Geometry agree with it."""

DEGREE = float(np.radians(1.0)) * RADIUS
"""Metres in a degree of a great circle."""

_PAIRS_AT_ONCE = 500_000
"""Point-and-edge pairs whose distance is computed in one go: some 50 MB of temporaries."""


def unit_vectors(lonlat: Floats) -> Floats:
    """The points as vectors of length one, shape (n, 3)."""
    lon, lat = np.radians(lonlat[:, 0]), np.radians(lonlat[:, 1])
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def lonlat_of(vectors: Floats) -> Floats:
    """Longitude and latitude in degrees of vectors of any length."""
    x, y, z = vectors[:, 0], vectors[:, 1], vectors[:, 2]
    lonlat: Floats = np.degrees(np.column_stack([np.arctan2(y, x), np.arctan2(z, np.hypot(x, y))]))
    return lonlat


def near(lon: Floats, reference: Floats) -> Floats:
    """Longitudes moved by whole turns to within half a turn of the reference."""
    return lon + 360.0 * np.round((reference - lon) / 360.0)


def between(start: Floats, end: Floats, fraction: Floats) -> Floats:
    """Points on the great circle from `start` to `end`, their longitudes continuous with the start's.

    The fraction is of the chord, not of the arc: 0, 1/2 and 1 are exact, the others close. Between antipodes there
    is no shortest way; the straight line in longitude and latitude is taken (a meridian from pole to pole).
    """
    t = fraction[:, None]
    chord = (1.0 - t) * unit_vectors(start) + t * unit_vectors(end)
    points = lonlat_of(chord)
    points[:, 0] = near(points[:, 0], start[:, 0])
    antipodes = np.linalg.norm(unit_vectors(start) + unit_vectors(end), axis=1) < 1e-9
    return np.where(antipodes[:, None], start + (end - start) * t, points)


def arc_lengths(start: Floats, end: Floats) -> Floats:
    """Metres along the great circles from `start` to `end` (haversine formula)."""
    half = np.radians(end - start) / 2.0
    cosines = np.cos(np.radians(start[:, 1])) * np.cos(np.radians(end[:, 1]))
    square = np.sin(half[:, 1]) ** 2 + cosines * np.sin(half[:, 0]) ** 2
    return np.asarray(2.0 * RADIUS * np.arcsin(np.sqrt(np.clip(square, 0.0, 1.0))))


def areas_to_equator(start: Floats, end: Floats, *, geodesic: bool) -> Floats:
    """Signed area in m2 between each edge and the equator; summed along a ring, the ring's area.

    Args:
        start: first ends.
        end: second ends, with continuous longitudes.
        geodesic: whether edges are great circles (spherical excess) or straight in longitude and latitude
            (the integral of sin(latitude) over longitude); both are closed forms.
    """
    turn = np.radians(end[:, 0] - start[:, 0])
    low, high = np.radians(start[:, 1]), np.radians(end[:, 1])
    if geodesic:
        a, b = np.tan(low / 2.0), np.tan(high / 2.0)
        excess = 2.0 * np.arctan2(np.sin(turn / 2.0) * (a + b), np.cos(turn / 2.0) * (1.0 + a * b))
    else:
        excess = turn * np.sin((low + high) / 2.0) * np.sinc((high - low) / (2.0 * np.pi))
    return np.asarray(excess * RADIUS**2)


def latitude_range(start: Floats, end: Floats) -> tuple[float, float]:
    """Lowest and highest latitude on great-circle edges, whose highest point may lie between their ends."""
    a, b = unit_vectors(start), unit_vectors(end)
    normal = np.cross(a, b)
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    normal = np.divide(normal, length, out=np.zeros_like(normal), where=length > 0)
    top = np.array([0.0, 0.0, 1.0]) - normal[:, 2:] * normal
    latitudes = [start[:, 1], end[:, 1]]
    for sign in (1.0, -1.0):
        after_start = np.einsum("ij,ij->i", np.cross(a, sign * top), normal) > 0
        before_end = np.einsum("ij,ij->i", np.cross(sign * top, b), normal) > 0
        latitudes.append(lonlat_of(sign * top[after_start & before_end])[:, 1])
    every = np.concatenate(latitudes)
    return float(every.min()), float(every.max())


def distance_to_edges(points: Floats, start: Floats, end: Floats) -> float:
    """Least distance in metres from any of the points to any of the great-circle edges (an edge may be a point)."""
    a, b = unit_vectors(start), unit_vectors(end)
    normal = np.cross(a, b)
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    normal = np.divide(normal, length, out=np.zeros_like(normal), where=length > 0)
    after_a, before_b = np.cross(normal, a), np.cross(b, normal)
    vectors = unit_vectors(points)
    least = np.inf
    rows = max(1, _PAIRS_AT_ONCE // len(a))
    for first in range(0, len(vectors), rows):
        p = vectors[first : first + rows]
        beside = (p @ after_a.T > 0) & (p @ before_b.T > 0)
        across = np.where(beside, np.arcsin(np.clip(np.abs(p @ normal.T), 0.0, 1.0)), np.inf)
        chords = [np.linalg.norm(p[:, None, :] - ends[None, :, :], axis=2) for ends in (a, b)]
        corner = 2.0 * np.arcsin(np.clip(np.minimum(*chords) / 2.0, 0.0, 1.0))
        least = min(least, float(np.minimum(across, corner).min()))
    return least * RADIUS


def destinations(lon: float, lat: float, bearings: Floats, distance: float) -> Floats:
    """Points at `distance` metres from one point, in directions of degrees clockwise from north."""
    plane = AzimuthalPlane(lon, lat)
    angles = np.radians(bearings)
    return plane.to_lonlat(distance * np.column_stack([np.sin(angles), np.cos(angles)]))


@dataclass(frozen=True)
class AzimuthalPlane:
    """A plane in metres that touches the sphere at one point: x east, y north.

    Args:
        lon: longitude of the centre.
        lat: latitude of the centre.
        equal_area: keep areas (Lambert) instead of distances from the centre.
    """

    lon: float
    lat: float
    equal_area: bool = False

    def from_lonlat(self, lonlat: Floats) -> Floats:
        """Points of the sphere on the plane."""
        east, north, up = (unit_vectors(lonlat) @ self._axes()).T
        sine = np.hypot(east, north)
        angle = np.arctan2(sine, up)
        radius = 2.0 * np.sin(angle / 2.0) if self.equal_area else angle
        scale = np.divide(radius, sine, out=np.ones_like(sine), where=sine > 0) * RADIUS
        return np.column_stack([east * scale, north * scale])

    def to_lonlat(self, plane: Floats) -> Floats:
        """Points of the plane on the sphere, longitudes continuous with the centre's."""
        radius = np.hypot(plane[:, 0], plane[:, 1]) / RADIUS
        angle = 2.0 * np.arcsin(np.clip(radius / 2.0, 0.0, 1.0)) if self.equal_area else radius
        scale = np.divide(np.sin(angle), radius, out=np.ones_like(radius), where=radius > 0) / RADIUS
        local = np.column_stack([plane * scale[:, None], np.cos(angle)])
        points = lonlat_of(local @ self._axes().T)
        points[:, 0] = near(points[:, 0], np.full(len(points), self.lon))
        return points

    def _axes(self) -> Floats:
        lon, lat = np.radians(self.lon), np.radians(self.lat)
        east = [-np.sin(lon), np.cos(lon), 0.0]
        north = [-np.sin(lat) * np.cos(lon), -np.sin(lat) * np.sin(lon), np.cos(lat)]
        up = [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]
        return np.array([east, north, up]).T
