"""Geometry: how Earth Engine's arguments become calls of the geometry value."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

import pyproj
import shapely
from affine import Affine
from shapely.geometry.base import BaseGeometry

from gee_scl.local.algorithms.planes import Margin, Plane, carried, crs_of, metres, on_plane, with_great_circles
from gee_scl.local.algorithms.registry import algorithm
from gee_scl.local.errors import EvaluationError
from gee_scl.local.values import ErrorMargin, Projection
from gee_scl.local.vector.crs import LONLAT, is_geographic, metres_per_unit
from gee_scl.local.vector.geometry import DEFAULT_BUFFER_ERROR, Geometry
from gee_scl.local.vector.nearest import closest_points as closest_on_sphere

_CLOSEST_POINT_ERROR = 0.001
"""Metres that straight edges may be off when distances to them are measured on the sphere."""
_ELLIPSOID = pyproj.Geod(ellps="WGS84")


# What a geometry is


@algorithm("Geometry.type")
def type_(geometry: Geometry) -> str:
    """GeoJSON's name of the type."""
    return geometry.type()


@algorithm("Geometry.coordinates")
def coordinates_(geometry: Geometry) -> list[Any]:
    """The coordinates as nested lists."""
    return geometry.coordinates()


@algorithm("Geometry.geometries")
def geometries_(geometry: Geometry) -> list[Geometry]:
    """The parts; of a single geometry, itself."""
    return geometry.geometries()


@algorithm("Geometry.projection")
def projection_(geometry: Geometry) -> Projection:
    """The plane of the coordinates, with pixels of one unit."""
    return Projection(geometry.crs, Affine.identity())


@algorithm("Geometry.edgesAreGeodesics", "Geometry.geodesic")
def edges_are_geodesics(geometry: Geometry) -> bool:
    """Whether edges are great circles."""
    return geometry.geodesic


@algorithm("Geometry.isUnbounded")
def is_unbounded(geometry: Geometry) -> bool:
    """Whether the geometry has no edge."""
    return geometry.is_unbounded()


# Planes


@algorithm("Geometry.transform")
def transform(geometry: Geometry, projection: Projection, max_error: Margin, geodesic: bool | None = None) -> Geometry:
    """The same curves in another projection; edges become great circles if it is geographic, else straight."""
    crs = crs_of(projection)
    curved = is_geographic(crs) if geodesic is None else geodesic
    return carried(geometry, crs, metres(max_error, crs), geodesic=curved)


# Measures


@algorithm("Geometry.area")
def area(geometry: Geometry, max_error: Margin, projection: Plane) -> float:
    """Square metres, or the projection's units squared."""
    return geometry.area() if projection is None else geometry.area_in(crs_of(projection))


@algorithm("Geometry.length")
def length(geometry: Geometry, max_error: Margin, projection: Plane) -> float:
    """Metres, or the projection's units, of lines."""
    return geometry.length() if projection is None else _length(on_plane(geometry, max_error, projection).shape, 1)


@algorithm("Geometry.perimeter")
def perimeter(geometry: Geometry, max_error: Margin, projection: Plane) -> float:
    """Metres, or the projection's units, around polygons."""
    return geometry.perimeter() if projection is None else _length(on_plane(geometry, max_error, projection).shape, 2)


def _length(shape: BaseGeometry, dimension: int) -> float:
    """Length of the edges of the parts of one dimension."""
    if isinstance(shape, shapely.GeometryCollection):
        return sum(_length(part, dimension) for part in shape.geoms)
    return float(shape.length) if shapely.get_dimensions(shape) == dimension else 0.0


@algorithm("Geometry.distance")
def distance(left: Geometry, right: Geometry, max_error: Margin, projection: Plane, spherical: bool) -> float:
    """Least metres between two geometries, on the WGS84 ellipsoid unless spherical; or the projection's units.

    The ellipsoid's length is taken between the points that are closest on the sphere.
    """
    if left.shape.is_empty or right.shape.is_empty:
        raise EvaluationError("Geometry.distance: an empty geometry has no distance.")
    if projection is None and spherical:
        return left.distance(right)
    mine, theirs = _closest(left, right, max_error, projection)
    if projection is not None:
        return float(shapely.distance(mine.shape, theirs.shape))
    start, end = shapely.get_coordinates([mine.shape, theirs.shape])
    return float(_ELLIPSOID.inv(*start, *end)[2])


@algorithm("Geometry.withinDistance")
def within_distance(left: Geometry, right: Geometry, limit: float, max_error: Margin, projection: Plane) -> bool:
    """Whether two geometries are no further apart than metres on the sphere, or the projection's units."""
    if left.shape.is_empty or right.shape.is_empty:
        return False
    return distance(left, right, max_error, projection, True) <= limit


@algorithm("Geometry.closestPoint")
def closest_point(left: Geometry, right: Geometry, max_error: Margin, projection: Plane) -> Geometry | None:
    """The point on the right geometry that is nearest to the left one; null if one is empty."""
    return closest_points(left, right, max_error, projection).get("right")


@algorithm("Geometry.closestPoints")
def closest_points(left: Geometry, right: Geometry, max_error: Margin, projection: Plane) -> dict[str, Geometry]:
    """The point on each geometry, `left` and `right`, that is nearest to the other; nothing if one is empty."""
    if left.shape.is_empty or right.shape.is_empty:
        return {}
    return dict(zip(("left", "right"), _closest(left, right, max_error, projection), strict=True))


def _closest(left: Geometry, right: Geometry, max_error: Margin, projection: Plane) -> tuple[Geometry, Geometry]:
    if projection is not None:
        left, right = (on_plane(each, max_error, projection) for each in (left, right))
        ends = shapely.get_coordinates(shapely.shortest_line(left.shape, right.shape))
        mine, theirs = (replace(left, shape=shapely.Point(end), kind=None) for end in ends)
        return mine, theirs
    if left.intersects(right):
        common = left.intersection(right)
        met = replace(common, shape=shapely.point_on_surface(common.shape), kind=None)
        shared = met.transform(LONLAT, geodesic=True)
        return shared, shared
    arcs = (with_great_circles(each, _CLOSEST_POINT_ERROR).shape for each in (left, right))
    mine, theirs = (Geometry(shapely.Point(lonlat)) for lonlat in closest_on_sphere(*arcs))
    return mine, theirs


# Predicates

_Test: TypeAlias = Callable[[Geometry, Geometry, float], bool]

_TESTS: Mapping[str, _Test] = {
    "Geometry.intersects": Geometry.intersects,
    "Geometry.disjoint": lambda left, right, error: not left.intersects(right, error),
    "Geometry.contains": Geometry.contains,
    "Geometry.containedIn": lambda left, right, error: right.contains(left, error),
}

_COMBINATIONS: Mapping[str, Callable[[Geometry, Geometry, float], Geometry]] = {
    "Geometry.union": Geometry.union,
    "Geometry.intersection": Geometry.intersection,
    "Geometry.difference": Geometry.difference,
    "Geometry.symmetricDifference": Geometry.symmetric_difference,
}


def _of_two(operation: Callable[[Geometry, Geometry, float], Any]) -> Callable[..., Any]:
    def apply(left: Geometry, right: Geometry, max_error: Margin, projection: Plane) -> Any:
        if projection is not None:
            left, right = (on_plane(each, max_error, projection) for each in (left, right))
        return operation(left, right, metres(max_error, left.crs))

    return apply


for _name, _operation in {**_TESTS, **_COMBINATIONS}.items():
    algorithm(_name)(_of_two(_operation))


# New geometries


@algorithm("Geometry.bounds")
def bounds(geometry: Geometry, max_error: Margin, projection: Plane) -> Geometry:
    """The rectangle around a geometry, of longitudes and latitudes or on the projection's plane."""
    if projection is None or geometry.is_unbounded():
        return geometry if geometry.is_unbounded() else geometry.bounds()
    flat = on_plane(geometry, max_error, projection)
    if flat.shape.is_empty:
        raise EvaluationError("Geometry.bounds: an empty geometry has no bounds.")
    return Geometry.rectangle(*flat.shape.bounds, crs=flat.crs)


@algorithm("Geometry.centroid")
def centroid(geometry: Geometry, max_error: Margin, projection: Plane) -> Geometry:
    """The centre of the parts of highest dimension, on the sphere or on the projection's plane."""
    if projection is None:
        return geometry.centroid()
    flat = on_plane(geometry, max_error, projection)
    if flat.shape.is_empty:
        raise EvaluationError("Geometry.centroid: an empty geometry has no centre.")
    return replace(flat, shape=shapely.centroid(flat.shape), kind=None)


@algorithm("Geometry.buffer")
def buffer(geometry: Geometry, radius: float, max_error: Margin, projection: Plane) -> Geometry:
    """Everything within a distance in metres, or in the projection's units."""
    if not math.isfinite(radius):
        raise EvaluationError(f"Geometry.buffer: the distance must be a finite number, not {radius}.")
    if projection is None:
        return _around(geometry, radius, None if max_error is None else metres(max_error, geometry.crs))
    flat = on_plane(geometry, max_error, projection)
    if radius == 0:
        return flat
    if max_error is None:
        share = DEFAULT_BUFFER_ERROR
    else:
        share = metres(max_error, flat.crs) / metres_per_unit(flat.crs) / abs(radius)
    # The chord of an angle leaves its circle by 1 - cos(angle / 2) of the radius.
    angle = 2.0 * math.acos(1.0 - min(share, 1.0))
    grown = shapely.buffer(flat.shape, radius, quad_segs=math.ceil(math.pi / 2.0 / angle))
    return replace(flat, shape=grown, kind=None)


@functools.lru_cache(maxsize=256)
def _around(geometry: Geometry, radius: float, max_error: float | None) -> Geometry:
    """Kept: collections ask for what lies around each of their images, and these have few footprints."""
    return geometry.buffer(radius, max_error)


@algorithm("Geometry.simplify")
def simplify(geometry: Geometry, max_error: ErrorMargin, projection: Plane) -> Geometry:
    """Fewer vertices, in the geometry's own or the given projection."""
    plane = geometry if projection is None else on_plane(geometry, max_error, projection)
    return plane.simplify(metres(max_error, plane.crs))


@algorithm("Geometry.convexHull")
def convex_hull(geometry: Geometry, max_error: Margin, projection: Plane) -> Geometry:
    """The smallest convex geometry around."""
    plane = geometry if projection is None else on_plane(geometry, max_error, projection)
    return plane.convex_hull(metres(max_error, plane.crs))


@algorithm("Geometry.dissolve")
def dissolve(geometry: Geometry, max_error: Margin, projection: Plane) -> Geometry:
    """The union of the parts of a geometry."""
    plane = geometry if projection is None else on_plane(geometry, max_error, projection)
    return plane.dissolve(metres(max_error, plane.crs))
