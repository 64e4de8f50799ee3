"""Constructors of geometries: from numbers, from other geometries, and in a projection."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import shapely
from affine import Affine

from gee_scl.local.algorithms.planes import Margin, Plane, carried, crs_of, metres
from gee_scl.local.algorithms.registry import algorithm
from gee_scl.local.errors import EvaluationError
from gee_scl.local.values import Projection
from gee_scl.local.vector.crs import LONLAT, is_geographic
from gee_scl.local.vector.geojson import are_pairs
from gee_scl.local.vector.geometry import Geometry

# How deep the numbers lie in each type's coordinates: a list of numbers is 1 deep.
_DEPTH = {"MultiPoint": 2, "LineString": 2, "LinearRing": 2, "Rectangle": 2}
_DEPTH |= {"MultiLineString": 3, "Polygon": 3, "MultiPolygon": 4}


@algorithm("GeometryConstructors.Point")
def point(coordinates: list[Any], projection: Plane) -> Geometry:
    """A point at x, y."""
    crs = crs_of(projection) if projection else None
    return Geometry.from_geojson({"type": "Point", "coordinates": coordinates}, crs)


@algorithm("GeometryConstructors.MultiPoint")
def multi_point(coordinates: list[Any], projection: Plane) -> Geometry:
    """Several points."""
    return _constructed("MultiPoint", coordinates, projection)


def _line_constructor(kind: str) -> Callable[..., Geometry]:
    def construct(coordinates: list[Any], projection: Plane, geodesic: bool | None, max_error: Margin) -> Geometry:
        return _constructed(kind, coordinates, projection, geodesic, max_error)

    return construct


def _polygon_constructor(kind: str) -> Callable[..., Geometry]:
    def construct(
        coordinates: list[Any], projection: Plane, geodesic: bool | None, max_error: Margin, even_odd: bool
    ) -> Geometry:
        return _constructed(kind, coordinates, projection, geodesic, max_error, even_odd)

    return construct


algorithm("GeometryConstructors.LineString")(_line_constructor("LineString"))
algorithm("GeometryConstructors.LinearRing")(_line_constructor("LinearRing"))
algorithm("GeometryConstructors.MultiLineString")(_line_constructor("MultiLineString"))
algorithm("GeometryConstructors.Polygon")(_polygon_constructor("Polygon"))
algorithm("GeometryConstructors.MultiPolygon")(_polygon_constructor("MultiPolygon"))


@algorithm("GeometryConstructors.Rectangle")
def rectangle(coordinates: list[Any], projection: Plane, geodesic: bool | None, even_odd: bool) -> Geometry:
    """The rectangle between its low and its high corner: two points, or four numbers.

    In a projection with a transform they count pixels: so the client describes the dimensions of an export.
    """
    if projection and geodesic is False and projection.transform != Affine.identity():
        coordinates, projection = _in_units(coordinates, projection)
    return _constructed("Rectangle", coordinates, projection, geodesic, None, even_odd)


def _in_units(corners: list[Any], projection: Projection) -> tuple[list[Any], Projection]:
    """The corners of a rectangle of pixels in units of the CRS; as they are where they make no rectangle there."""
    numbers = [number for corner in corners for number in (corner if isinstance(corner, list) else [corner])]
    sheared = projection.transform.b or projection.transform.d
    if sheared or len(numbers) != 4 or not all(isinstance(number, int | float) for number in numbers):
        return corners, projection
    (x0, y0), (x1, y1) = (projection.transform @ (numbers[i], numbers[i + 1]) for i in (0, 2))
    low_high = [min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)]
    return low_high, replace(projection, transform=Affine.identity())


@algorithm("GeometryConstructors.BBox")
def bounding_box(west: float, south: float, east: float, north: float) -> Geometry:
    """A planar rectangle of longitudes and latitudes, brought into the range that Earth Engine's client gives it."""
    if not west < math.inf:
        raise EvaluationError(f"Geometry.BBox: west must not be {west}")
    if not east > -math.inf:
        raise EvaluationError(f"Geometry.BBox: east must not be {east}")
    if not south <= 90:
        raise EvaluationError(f"Geometry.BBox: south must be at most +90°, but was {south}°")
    if not north >= -90:
        raise EvaluationError(f"Geometry.BBox: north must be at least -90°, but was {north}°")
    if east - west >= 360:
        west, east = -180.0, 180.0
    else:
        west, east = _longitude(west), _longitude(east)
        east += 360.0 if east < west else 0.0
    return Geometry.rectangle(west, max(south, -90.0), east, min(north, 90.0))


def _longitude(degrees: float) -> float:
    turned = degrees % 360.0
    return turned - 360.0 if turned > 180.0 else turned


@algorithm("GeometryConstructors.MultiGeometry")
def multi_geometry(
    geometries: list[Geometry | None], projection: Plane, geodesic: bool | None, max_error: Margin
) -> Geometry:
    """A collection of geometries, all brought to one plane: the given one, or that of the first."""
    parts = [part for part in geometries if part is not None]
    if len(parts) < len(geometries):
        raise EvaluationError("GeometryConstructors.MultiGeometry: a geometry is null.")
    common, curved = _common_plane(parts)
    if projection is not None:
        common = crs_of(projection)
        curved = is_geographic(common) if geodesic is None else geodesic
    elif geodesic is not None:
        curved = geodesic
    error = metres(max_error, common)
    parts = [carried(part, common, error, geodesic=curved) for part in parts]
    crs = parts[0].crs if parts else common
    even_odd = all(part.even_odd for part in parts)
    return Geometry(shapely.GeometryCollection([part.shape for part in parts]), crs, curved, even_odd=even_odd)


def _constructed(
    kind: str,
    coordinates: list[Any],
    projection: Plane,
    geodesic: bool | None = None,
    max_error: Margin = None,
    even_odd: bool = True,
) -> Geometry:
    """A geometry of numbers, or of geometries, which come first to one plane and then to the one asked for."""
    crs = crs_of(projection) if projection else None
    inputs = list(_geometries_in(coordinates))
    if not inputs:
        return Geometry.from_geojson(_geojson(kind, coordinates, even_odd), crs, geodesic)
    plane, curved = _common_plane(inputs)
    error = metres(max_error, crs or plane)
    listed = _listed(coordinates, plane, error, geodesic=curved)
    geometry = Geometry.from_geojson(_geojson(kind, listed, even_odd), plane, curved)
    if crs is None and geodesic is None:
        return geometry
    target = crs or plane
    return carried(geometry, target, error, geodesic=is_geographic(target) if geodesic is None else geodesic)


def _geometries_in(values: list[Any]) -> Iterator[Geometry]:
    for value in values:
        if isinstance(value, Geometry):
            yield value
        elif isinstance(value, list) and not _is_of_numbers(value):
            yield from _geometries_in(value)


def _is_of_numbers(values: list[Any]) -> bool:
    """Whether a list is of pairs of numbers, or begins with a number: nothing but numbers is in it then."""
    return bool(values) and (isinstance(values[0], int | float) or are_pairs(values))


def _common_plane(inputs: list[Geometry]) -> tuple[str, bool]:
    """The CRS of the first geometry, and whether the edges of the first that has any are great circles."""
    if not inputs:
        return LONLAT, True
    edged = [each for each in inputs if shapely.get_dimensions(each.shape) > 0]
    crs = inputs[0].crs
    return crs, crs == LONLAT and (edged or inputs)[0].geodesic


def _listed(value: Any, crs: str, error: float, *, geodesic: bool) -> Any:
    """Coordinates with the geometries among them replaced by their own."""
    if isinstance(value, Geometry):
        return carried(value, crs, error, geodesic=geodesic).coordinates()
    if isinstance(value, list):
        return [_listed(inner, crs, error, geodesic=geodesic) for inner in value]
    if crs != LONLAT:
        raise EvaluationError(f"Invalid GeoJSON geometry: numbers, which are in {LONLAT}, among geometries in {crs}.")
    return value


def _geojson(kind: str, coordinates: list[Any], even_odd: bool) -> dict[str, Any]:
    nested = _nested(coordinates, _DEPTH[kind])
    if kind == "Rectangle":
        kind, nested = "Polygon", [_ring(nested)]
    return {"type": kind, "coordinates": nested, "evenOdd": even_odd}


def _nested(coordinates: list[Any], depth: int) -> list[Any]:
    """Coordinates as deep as the type has them: flat numbers are paired, and what is single is wrapped."""
    coordinates = _without_empty(coordinates)
    if coordinates and all(isinstance(value, int | float) for value in coordinates):
        if len(coordinates) % 2:
            raise EvaluationError(f"Invalid number of coordinates: {len(coordinates)}")
        coordinates = [coordinates[i : i + 2] for i in range(0, len(coordinates), 2)]
    own_depth, inner = 0, coordinates
    while isinstance(inner, list) and inner:
        own_depth, inner = own_depth + 1, inner[0]
    for _ in range(depth - own_depth if coordinates else 0):
        coordinates = [coordinates]
    return coordinates


def _without_empty(values: list[Any]) -> list[Any]:
    """The lists that hold something: the client sends an empty polygon as [[[]]]."""
    inner = (
        _without_empty(value) if isinstance(value, list) and not _is_of_numbers(value) else value for value in values
    )
    return [value for value in inner if value != []]


def _ring(corners: list[Any]) -> list[Any]:
    match corners:
        case [[west, south], [east, north]]:
            return [[west, south], [east, south], [east, north], [west, north]]
    raise EvaluationError("The Geometry.Rectangle constructor requires 2 points or 4 coordinates.")
