"""Geometry and its constructors: how Earth Engine's arguments become calls of the geometry value.

Where a projection is given, an operation is done on its plane, with distances in its units; otherwise on the sphere,
in metres. A projection whose pixels are not one unit wide is refused where coordinates or units would come out: on
Earth Engine they would be counted in pixels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

import pyproj
import shapely
from affine import Affine
from shapely.geometry.base import BaseGeometry

from gee_scl.local.algorithms.registry import algorithm
from gee_scl.local.errors import EvaluationError, LimitError, NotCoveredError
from gee_scl.local.values import ErrorMargin, Projection
from gee_scl.local.vector import sphere
from gee_scl.local.vector.crs import LONLAT, canonical_crs, is_geographic, metres_per_unit
from gee_scl.local.vector.edges import MAX_EDGES
from gee_scl.local.vector.geometry import DEFAULT_BUFFER_ERROR, DEFAULT_MAX_ERROR, Geometry
from gee_scl.local.vector.nearest import closest_points as closest_on_sphere

Margin: TypeAlias = ErrorMargin | None
Plane: TypeAlias = Projection | None

_ANY_ERROR = math.pi * sphere.RADIUS
"""Metres that stand for an infinite error: no two points are further apart."""
_CLOSEST_POINT_ERROR = 0.001
"""Metres that straight edges may be off when distances to them are measured on the sphere."""
_ELLIPSOID = pyproj.Geod(ellps="WGS84")

# How deep the numbers lie in each type's coordinates: a list of numbers is 1 deep.
_DEPTH = {"MultiPoint": 2, "LineString": 2, "LinearRing": 2, "Rectangle": 2}
_DEPTH |= {"MultiLineString": 3, "Polygon": 3, "MultiPolygon": 4}


# Constructors


@algorithm("GeometryConstructors.Point")
def point(coordinates: list[Any], projection: Plane) -> Geometry:
    """A point at x, y."""
    crs = _crs(projection) if projection else None
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


for _kind in ("LineString", "LinearRing", "MultiLineString"):
    algorithm(f"GeometryConstructors.{_kind}")(_line_constructor(_kind))
for _kind in ("Polygon", "MultiPolygon"):
    algorithm(f"GeometryConstructors.{_kind}")(_polygon_constructor(_kind))


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
        common = _crs(projection)
        curved = is_geographic(common) if geodesic is None else geodesic
    elif geodesic is not None:
        curved = geodesic
    error = _metres(max_error, common)
    parts = [_carried(part, common, error, geodesic=curved) for part in parts]
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
    crs = _crs(projection) if projection else None
    inputs = list(_geometries_in(coordinates))
    if not inputs:
        return Geometry.from_geojson(_geojson(kind, coordinates, even_odd), crs, geodesic)
    plane, curved = _common_plane(inputs)
    error = _metres(max_error, crs or plane)
    listed = _listed(coordinates, plane, error, geodesic=curved)
    made = Geometry.from_geojson(_geojson(kind, listed, even_odd), plane, curved)
    if crs is None and geodesic is None:
        return made
    target = crs or plane
    return _carried(made, target, error, geodesic=is_geographic(target) if geodesic is None else geodesic)


def _geometries_in(value: object) -> Iterator[Geometry]:
    if isinstance(value, Geometry):
        yield value
    elif isinstance(value, list):
        for inner in value:
            yield from _geometries_in(inner)


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
        return _carried(value, crs, error, geodesic=geodesic).coordinates()
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
    found, inner = 0, coordinates
    while isinstance(inner, list) and inner:
        found, inner = found + 1, inner[0]
    for _ in range(depth - found if coordinates else 0):
        coordinates = [coordinates]
    return coordinates


def _without_empty(values: list[Any]) -> list[Any]:
    """The lists that hold something: the client sends an empty polygon as [[[]]]."""
    inner = (_without_empty(value) if isinstance(value, list) else value for value in values)
    return [value for value in inner if value != []]


def _ring(corners: list[Any]) -> list[Any]:
    match corners:
        case [[west, south], [east, north]]:
            return [[west, south], [east, south], [east, north], [west, north]]
    raise EvaluationError("The Geometry.Rectangle constructor requires 2 points or 4 coordinates.")


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
    crs = _crs(projection)
    curved = is_geographic(crs) if geodesic is None else geodesic
    return _carried(geometry, crs, _metres(max_error, crs), geodesic=curved)


def _carried(geometry: Geometry, crs: str, error: float, *, geodesic: bool) -> Geometry:
    """A geometry on another plane, or with great circles; those have their vertices in EPSG:4326 always."""
    if geometry.is_unbounded():
        return geometry
    return _with_great_circles(geometry, error) if geodesic else geometry.transform(crs, error, geodesic=False)


def _with_great_circles(geometry: Geometry, error: float) -> Geometry:
    """The geometry with great circles for edges, none of which leaves the true edge by more than an error in metres.

    On the ground, the straight line in longitude and latitude leaves the great circle between two points that are s
    radians apart on the plane by less than R s^2 / 6: its acceleration is (sin(lat) cos(lat) dx^2, 2 sin(lat) dx dy).
    """
    if geometry.geodesic:
        return geometry
    lonlat = geometry.transform(LONLAT, error / 2.0, geodesic=False)
    step = math.degrees(math.sqrt(6.0 * (error / 2.0) / sphere.RADIUS))
    if lonlat.shape.length / step > MAX_EDGES:
        raise LimitError("Geometry has too many edges. Use a larger maxError.")
    return replace(lonlat, shape=shapely.segmentize(lonlat.shape, step), geodesic=True)


def _crs(projection: Projection) -> str:
    """The plane of a projection whose coordinates are those of its CRS.

    Raises:
        NotCoveredError: they are counted in pixels.
    """
    if projection.transform != Affine.identity():
        raise NotCoveredError(
            "Geometries in a projection with a transform are not covered by the local engine. "
            "Give the projection of the CRS alone: ee.Projection(projection.crs())."
        )
    return canonical_crs(projection.crs)


def _metres(margin: Margin, crs: str) -> float:
    """An error margin in metres; the default where there is none."""
    if margin is None:
        return DEFAULT_MAX_ERROR
    if margin.unit == "infinite" or margin.value is None:
        return _ANY_ERROR
    if not margin.value > 0:
        raise EvaluationError("Unable to perform this geometry operation. Please specify a non-zero error margin.")
    metres = margin.value * (metres_per_unit(crs) if margin.unit == "projected" else 1.0)
    return min(metres, _ANY_ERROR)


def _on_plane(geometry: Geometry, max_error: Margin, projection: Projection) -> Geometry:
    """The geometry with straight edges on a projection's plane."""
    crs = _crs(projection)
    return geometry.transform(crs, _metres(max_error, crs), geodesic=False)


# Measures


@algorithm("Geometry.area")
def area(geometry: Geometry, max_error: Margin, projection: Plane) -> float:
    """Square metres, or the projection's units squared."""
    return geometry.area() if projection is None else geometry.area_in(_crs(projection))


@algorithm("Geometry.length")
def length(geometry: Geometry, max_error: Margin, projection: Plane) -> float:
    """Metres, or the projection's units, of lines."""
    return geometry.length() if projection is None else _length(_on_plane(geometry, max_error, projection).shape, 1)


@algorithm("Geometry.perimeter")
def perimeter(geometry: Geometry, max_error: Margin, projection: Plane) -> float:
    """Metres, or the projection's units, around polygons."""
    return geometry.perimeter() if projection is None else _length(_on_plane(geometry, max_error, projection).shape, 2)


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
        left, right = (_on_plane(each, max_error, projection) for each in (left, right))
        ends = shapely.get_coordinates(shapely.shortest_line(left.shape, right.shape))
        mine, theirs = (replace(left, shape=shapely.Point(end), kind=None) for end in ends)
        return mine, theirs
    if left.intersects(right):
        common = left.intersection(right)
        met = replace(common, shape=shapely.point_on_surface(common.shape), kind=None)
        shared = met.transform(LONLAT, geodesic=True)
        return shared, shared
    arcs = (_with_great_circles(each, _CLOSEST_POINT_ERROR).shape for each in (left, right))
    mine, theirs = (Geometry(shapely.Point(lonlat)) for lonlat in closest_on_sphere(*arcs))
    return mine, theirs


# Predicates

_Test: TypeAlias = Callable[[Geometry, Geometry, float], bool]

_TESTS: Mapping[str, _Test] = {
    "intersects": Geometry.intersects,
    "disjoint": lambda left, right, error: not left.intersects(right, error),
    "contains": Geometry.contains,
    "containedIn": lambda left, right, error: right.contains(left, error),
}

_COMBINATIONS: Mapping[str, Callable[[Geometry, Geometry, float], Geometry]] = {
    "union": Geometry.union,
    "intersection": Geometry.intersection,
    "difference": Geometry.difference,
    "symmetricDifference": Geometry.symmetric_difference,
}


def _of_two(operation: Callable[[Geometry, Geometry, float], Any]) -> Callable[..., Any]:
    def apply(left: Geometry, right: Geometry, max_error: Margin, projection: Plane) -> Any:
        if projection is not None:
            left, right = (_on_plane(each, max_error, projection) for each in (left, right))
        return operation(left, right, _metres(max_error, left.crs))

    return apply


for _name, _operation in {**_TESTS, **_COMBINATIONS}.items():
    algorithm(f"Geometry.{_name}")(_of_two(_operation))


# New geometries


@algorithm("Geometry.bounds")
def bounds(geometry: Geometry, max_error: Margin, projection: Plane) -> Geometry:
    """The rectangle around a geometry, of longitudes and latitudes or on the projection's plane."""
    if projection is None or geometry.is_unbounded():
        return geometry if geometry.is_unbounded() else geometry.bounds()
    flat = _on_plane(geometry, max_error, projection)
    if flat.shape.is_empty:
        raise EvaluationError("Geometry.bounds: an empty geometry has no bounds.")
    return Geometry.rectangle(*flat.shape.bounds, crs=flat.crs)


@algorithm("Geometry.centroid")
def centroid(geometry: Geometry, max_error: Margin, projection: Plane) -> Geometry:
    """The centre of the parts of highest dimension, on the sphere or on the projection's plane."""
    if projection is None:
        return geometry.centroid()
    flat = _on_plane(geometry, max_error, projection)
    if flat.shape.is_empty:
        raise EvaluationError("Geometry.centroid: an empty geometry has no centre.")
    return replace(flat, shape=shapely.centroid(flat.shape), kind=None)


@algorithm("Geometry.buffer")
def buffer(geometry: Geometry, radius: float, max_error: Margin, projection: Plane) -> Geometry:
    """Everything within a distance in metres, or in the projection's units."""
    if not math.isfinite(radius):
        raise EvaluationError(f"Geometry.buffer: the distance must be a finite number, not {radius}.")
    if projection is None:
        return geometry.buffer(radius, None if max_error is None else _metres(max_error, geometry.crs))
    flat = _on_plane(geometry, max_error, projection)
    if radius == 0:
        return flat
    if max_error is None:
        share = DEFAULT_BUFFER_ERROR
    else:
        share = _metres(max_error, flat.crs) / metres_per_unit(flat.crs) / abs(radius)
    # The chord of an angle leaves its circle by 1 - cos(angle / 2) of the radius.
    angle = 2.0 * math.acos(1.0 - min(share, 1.0))
    grown = shapely.buffer(flat.shape, radius, quad_segs=math.ceil(math.pi / 2.0 / angle))
    return replace(flat, shape=grown, kind=None)


@algorithm("Geometry.simplify")
def simplify(geometry: Geometry, max_error: ErrorMargin, projection: Plane) -> Geometry:
    """Fewer vertices, in the geometry's own or the given projection."""
    plane = geometry if projection is None else _on_plane(geometry, max_error, projection)
    return plane.simplify(_metres(max_error, plane.crs))


@algorithm("Geometry.convexHull")
def convex_hull(geometry: Geometry, max_error: Margin, projection: Plane) -> Geometry:
    """The smallest convex geometry around."""
    plane = geometry if projection is None else _on_plane(geometry, max_error, projection)
    return plane.convex_hull(_metres(max_error, plane.crs))


@algorithm("Geometry.dissolve")
def dissolve(geometry: Geometry, max_error: Margin, projection: Plane) -> Geometry:
    """The union of the parts of a geometry."""
    plane = geometry if projection is None else _on_plane(geometry, max_error, projection)
    return plane.dissolve(_metres(max_error, plane.crs))
