"""Shapes on a plane: their parts, their vertices and edges, and the same inside without crossing edges."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import shapely
import shapely.affinity
from shapely.geometry.base import BaseGeometry

from gee_scl.local.vector.sphere import Floats


def kind_of(shape: BaseGeometry) -> Literal["LinearRing"] | None:
    """Earth Engine's type where a line's own name is another."""
    return "LinearRing" if isinstance(shape, shapely.LinearRing) else None


def single_parts(shape: BaseGeometry) -> list[BaseGeometry]:
    """All single-part shapes in a shape."""
    if not hasattr(shape, "geoms"):
        return [shape]
    return [single for part in shape.geoms for single in single_parts(part)]


def parts_of(shape: BaseGeometry, kind: type[BaseGeometry]) -> list[Any]:
    """The single parts of one kind that are not empty."""
    return [part for part in single_parts(shape) if isinstance(part, kind) and not part.is_empty]


def is_valid(shapes: Any) -> Any:
    """Which shapes are valid, as `shapely.is_valid` says it.

    That changes the filters of warnings of all threads while it looks (shapely 2.1, `warnings.catch_warnings`): where
    two threads do so at a time, what one has changed stays, and warnings are lost.
    """
    return shapely.is_valid_reason(shapes) == "Valid Geometry"


def valid(shape: BaseGeometry) -> BaseGeometry:
    """The shape with the inside of each self-crossing polygon as the even/odd rule has it, overlapping parts merged."""
    if is_valid(shape) and not isinstance(shape, shapely.GeometryCollection):
        return shape
    parts = [part if is_valid(part) else shapely.make_valid(part, method="linework") for part in single_parts(shape)]
    return parts[0] if len(parts) == 1 else shapely.union_all(parts)


def beside(shape: BaseGeometry, other: BaseGeometry) -> BaseGeometry:
    """A shape on the turn of longitude around another shape; what reaches over that turn's ends is cut there."""
    if shape.is_empty or other.is_empty:
        return shape
    west, _, east, _ = shape.bounds
    other_west, _, other_east, _ = other.bounds
    if max(east, other_east) - min(west, other_west) <= 180.0:
        return shape
    middle = (other_west + other_east) / 2.0
    turn = shapely.box(middle - 180.0, -90.0, middle + 180.0, 90.0)
    turned = []
    for part in single_parts(shape):
        low, _, high, _ = part.bounds
        closest = round((middle - (low + high) / 2.0) / 360.0)
        moved = shapely.affinity.translate(part, 360.0 * closest)
        if shapely.covers(turn, moved):
            turned.append(moved)
        else:
            turned += [shapely.intersection(shapely.affinity.translate(moved, 360.0 * k), turn) for k in (-1, 0, 1)]
    return shapely.union_all(turned) if len(turned) > 1 else turned[0]


def vertices_and_edges(shape: BaseGeometry) -> tuple[Floats, Floats, Floats]:
    """All vertices, then the first and second ends of all edges; a point is an edge of no length."""
    starts, ends = [], []
    for part in single_parts(shape):
        rings = (part.exterior, *part.interiors) if isinstance(part, shapely.Polygon) else (part,)
        for ring in rings:
            points = shapely.get_coordinates(ring)
            single = len(points) == 1
            starts.append(points if single else points[:-1])
            ends.append(points if single else points[1:])
    return shapely.get_coordinates(shape), np.concatenate(starts), np.concatenate(ends)


def within_a_turn(lon: float) -> float:
    """A longitude from -180 to 180."""
    return (lon + 180.0) % 360.0 - 180.0 if abs(lon) > 180.0 else lon
