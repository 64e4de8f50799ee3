"""Measures of shapes on the sphere: areas, lengths, distances, bounds, and circles of a radius.

Vertices are longitudes and latitudes; edges are great circles unless a function says otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gee_scl.local.vector import edges, sphere
from gee_scl.local.vector.shapes import vertices_and_edges
from gee_scl.local.vector.sphere import Floats


def sphere_area(polygons: Sequence[shapely.Polygon], *, geodesic: bool) -> float:
    """Square metres of polygons together; holes count against.

    Args:
        polygons: none of them empty.
        geodesic: whether edges are great circles, else straight in longitude and latitude.
    """
    if not polygons:
        return 0.0
    _, points, (rings, shells) = shapely.to_ragged_array(polygons, include_z=False)
    if geodesic:
        points = edges.continuous(points, (rings, shells))
    below = sphere.areas_to_equator(points[:-1], points[1:], geodesic=geodesic)
    below = np.append(below, 0.0)
    below[rings[1:] - 1] = 0.0
    area = np.abs(np.add.reduceat(below, rings[:-1]))
    turn = np.abs(points[rings[1:] - 1, 0] - points[rings[:-1], 0]) > 180.0
    area = np.where(turn, 2.0 * np.pi * sphere.RADIUS**2 - area, area)  # a ring around a pole
    area = np.minimum(area, 4.0 * np.pi * sphere.RADIUS**2 - area) if geodesic else area
    area[np.setdiff1d(np.arange(len(area)), shells[:-1])] *= -1.0
    return float(area.sum())


def sphere_length(lines: Iterable[BaseGeometry]) -> float:
    """Metres along lines and rings."""
    return sum(
        float(sphere.arc_lengths(points[:-1], points[1:]).sum())
        for line in lines
        if len(points := shapely.get_coordinates(line))
    )


def sphere_distance(left: BaseGeometry, right: BaseGeometry) -> float:
    """Least metres between two shapes that have no point in common."""
    (mine, *my_edges), (theirs, *their_edges) = vertices_and_edges(left), vertices_and_edges(right)
    return min(sphere.distance_to_edges(mine, *their_edges), sphere.distance_to_edges(theirs, *my_edges))


def sphere_bounds(shape: BaseGeometry) -> tuple[float, float, float, float]:
    """West, south, east and north of a shape whose longitudes are continuous, bulges of its edges included."""
    west, south, east, north = shape.bounds
    lowest, highest = sphere.latitude_range(*vertices_and_edges(shape)[1:])
    return west, min(south, lowest), east, max(north, highest)


def circles_around(centres: Floats, distance: float, error: float) -> list[shapely.Polygon]:
    """A circle around each point, listed clockwise with north last.

    Args:
        centres: longitudes and latitudes.
        distance: radius in metres.
        error: metres by which chords leave the circle.
    """
    step = math.degrees(circle_step(distance, error))
    count = math.ceil(360.0 / step - 1e-9)
    bearings = np.asarray(360.0 - step * np.arange(count - 1, -1, -1), dtype=np.float64)
    return [shapely.Polygon(sphere.destinations(x, y, bearings, distance)) for x, y in centres]


def circle_step(distance: float, error: float) -> float:
    """Radians between vertices of a circle whose chords leave it by `error`; a triangle at the least."""
    return min(2.0 * math.acos(max(-1.0, 1.0 - error / distance)), 2.0 * math.pi / 3.0)
