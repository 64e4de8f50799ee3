"""Where two geometries on the sphere are closest to each other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gee_scl.local.vector import sphere
from gee_scl.local.vector.sphere import Floats

_PAIRS_AT_ONCE = 200_000
"""Vertex-and-edge pairs that are looked at in one go: some 50 MB of temporaries."""


def closest_points(left: BaseGeometry, right: BaseGeometry) -> tuple[Floats, Floats]:
    """The point on each of two shapes that is closest to the other, as longitude and latitude.

    Great circles that do not cross are closest at an end of one of them, so vertices are held against edges.

    Args:
        left: vertices in longitude and latitude, edges great circles; not empty.
        right: the same; the shapes must have no point in common.
    """
    apart, on_left, on_right = _vertex_and_foot(left, right)
    apart_too, also_on_right, also_on_left = _vertex_and_foot(right, left)
    return (on_left, on_right) if apart <= apart_too else (also_on_left, also_on_right)


def _vertex_and_foot(shape: BaseGeometry, other: BaseGeometry) -> tuple[float, Floats, Floats]:
    """The vertex that is closest to another shape's edges, and the point there; first the chord between them."""
    vertices = sphere.unit_vectors(shapely.get_coordinates(shape))
    starts, ends = _edges(other)
    normals = np.cross(starts, ends)
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    normals = np.divide(normals, lengths, out=np.zeros_like(normals), where=lengths > 0)
    least, vertex, foot = np.inf, vertices[0], starts[0]
    rows = max(1, _PAIRS_AT_ONCE // len(starts))
    for first in range(0, len(vertices), rows):
        some = vertices[first : first + rows]
        feet = _feet(some[:, None, :], starts, ends, normals)
        chords = np.linalg.norm(feet - some[:, None, :], axis=2)
        row, edge = np.unravel_index(np.argmin(chords), chords.shape)
        if chords[row, edge] < least:
            least, vertex, foot = float(chords[row, edge]), some[row], feet[row, edge]
    return least, sphere.lonlat_of(vertex[None, :])[0], sphere.lonlat_of(foot[None, :])[0]


def _feet(points: Floats, starts: Floats, ends: Floats, normals: Floats) -> Floats:
    """The closest point of every edge to every point: the foot of the perpendicular where it is inside, else an end."""
    inside = (np.sum(np.cross(normals, starts) * points, axis=2) > 0) & (
        np.sum(np.cross(ends, normals) * points, axis=2) > 0
    )
    below = points - np.sum(points * normals, axis=2, keepdims=True) * normals
    length = np.linalg.norm(below, axis=2, keepdims=True)
    below = np.divide(below, length, out=np.zeros_like(below), where=length > 0)
    to_start = np.linalg.norm(points - starts, axis=2)
    to_end = np.linalg.norm(points - ends, axis=2)
    corners = np.where((to_start <= to_end)[..., None], starts, ends)
    return np.where(inside[..., None], below, corners)


def _edges(shape: BaseGeometry) -> tuple[Floats, Floats]:
    """First and second ends of all edges, as unit vectors; a point is an edge of no length."""
    starts, ends = [], []
    for line in _lines(shape):
        points = shapely.get_coordinates(line)
        starts.append(points[:-1] if len(points) > 1 else points)
        ends.append(points[1:] if len(points) > 1 else points)
    return sphere.unit_vectors(np.concatenate(starts)), sphere.unit_vectors(np.concatenate(ends))


def _lines(shape: BaseGeometry) -> Iterator[BaseGeometry]:
    if hasattr(shape, "geoms"):
        for part in shape.geoms:
            yield from _lines(part)
    elif isinstance(shape, shapely.Polygon):
        yield from (shape.exterior, *shape.interiors)
    else:
        yield shape
