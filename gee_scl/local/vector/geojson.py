"""Shapes from GeoJSON and back: what is refused, and how coordinates are nested."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import shapely
import shapely.affinity
from shapely.geometry.base import BaseGeometry

from gee_scl.local.errors import EvaluationError

_NESTING = {"Point": 0, "MultiPoint": 1, "LineString": 1, "LinearRing": 1}
_NESTING |= {"MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}


_LEAST_VERTICES = {"LineString": 2, "MultiLineString": 2}


Lists: TypeAlias = list[Any]


def named_crs(member: object) -> str | None:
    """The name in a member "crs", None where there is no such member."""
    match member:
        case None:
            return None
        case {"type": "name", "properties": {"name": str(name)}}:
            return name
    raise EvaluationError(f"Invalid CRS declaration in GeoJSON: {short(member)}.")


def shape_of(mapping: Mapping[str, Any]) -> BaseGeometry:
    """The vertices of a GeoJSON geometry.

    Raises:
        EvaluationError: its structure is not that of a geometry, or a coordinate is no finite number.
    """
    kind = mapping.get("type")
    if kind == "GeometryCollection":
        parts = mapping.get("geometries")
        if not isinstance(parts, list | tuple) or not all(isinstance(part, Mapping) for part in parts):
            raise EvaluationError("Invalid GeoJSON geometry: 'geometries' must be a list of geometries.")
        return shapely.GeometryCollection([shape_of(part) for part in parts])
    if not isinstance(kind, str) or kind not in _NESTING:
        raise EvaluationError(f"Invalid GeoJSON geometry: unknown type {short(kind)}.")
    coordinates: Any = mapping.get("coordinates")
    _check_nesting(coordinates, _NESTING[kind], kind)
    least = _LEAST_VERTICES.get(kind, 3)
    match kind:
        case "Point":
            return shapely.Point(coordinates)
        case "MultiPoint":
            return shapely.MultiPoint(coordinates)
        case "LineString":
            return shapely.LineString(_line(coordinates, least, kind))
        case "LinearRing":
            return shapely.LinearRing(_line(coordinates, least, kind))
        case "MultiLineString":
            return shapely.MultiLineString([_line(line, least, kind) for line in coordinates])
        case "Polygon":
            return _polygon(coordinates)
    return shapely.MultiPolygon([_polygon(rings) for rings in coordinates])


def _check_nesting(value: object, depth: int, kind: str) -> None:
    if not isinstance(value, list | tuple):
        raise EvaluationError(f"Invalid GeoJSON geometry: coordinates of a {kind} cannot hold {short(value)}.")
    if depth == 1 and are_pairs(value) and _are_finite(value):
        return
    if depth:
        for inner in value:
            _check_nesting(inner, depth - 1, kind)
    elif len(value) != 2 or not all(_is_finite_number(number) for number in value):
        raise EvaluationError(f"Invalid GeoJSON geometry: {short(value)} is not a pair of finite numbers.")


def are_pairs(values: Sequence[Any]) -> bool:
    """Whether all are pairs of numbers, told at once: outlines have thousands of them."""
    if not (set(map(type, values)) <= {list, tuple} and set(map(len, values)) <= {2}):
        return False
    return set(map(type, itertools.chain.from_iterable(values))) <= {int, float}


def _are_finite(pairs: Sequence[Any]) -> bool:
    return all(map(math.isfinite, itertools.chain.from_iterable(pairs)))


def _is_finite_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _line(points: Sequence[Any], least: int, kind: str) -> npt.NDArray[np.float64]:
    closed = least > 2 and len(points) > 1 and tuple(points[0]) == tuple(points[-1])
    if 0 < len(points) - closed < least:
        raise EvaluationError(f"Invalid GeoJSON geometry: a line or ring of a {kind} needs {least} points or more.")
    return np.array(points, np.float64).reshape(-1, 2)


def _polygon(rings: Sequence[Any]) -> shapely.Polygon:
    shell, *holes = [_line(ring, 3, "Polygon") for ring in rings] or [np.empty((0, 2))]
    if not len(shell) and holes:
        raise EvaluationError("Invalid GeoJSON geometry: a Polygon's shell is empty.")
    return shapely.Polygon(shell, [hole for hole in holes if len(hole)])


def coordinates_of(shape: BaseGeometry) -> Lists:
    """The vertices as nested lists in GeoJSON's order; whole numbers without a fraction, as Earth Engine has them."""
    match shape:
        case shapely.Polygon():
            return [] if shape.is_empty else [_pairs(ring) for ring in (shape.exterior, *shape.interiors)]
        case shapely.Point():
            return next(iter(_pairs(shape)), [])
        case shapely.LineString():
            return _pairs(shape)
    return [coordinates_of(part) for part in shapely.get_parts(shape)]


def _pairs(shape: BaseGeometry) -> Lists:
    return [[_plain(x), _plain(y)] for x, y in shapely.get_coordinates(shape).tolist()]


def _plain(number: float) -> float | int:
    return int(number) if number.is_integer() else number


def short(value: object) -> str:
    """A value for an error, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 120 else text[:117] + "..."
