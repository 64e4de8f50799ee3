"""The value of ee.Geometry: a shape, the plane its coordinates are in, and whether its edges are great circles.

Measures are those of a sphere (see `sphere`). Buffers, hulls of great circles, simplification and centroids are
computed on a plane that touches the sphere at the geometry. Set operations and predicates are planar: in the common
plane if both geometries are planar in one coordinate reference system; otherwise in longitude and latitude without a
cut at the antimeridian, great circles bent to within the error given, so that results have the vertices of that bend.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np
import shapely
import shapely.affinity
from shapely.geometry.base import BaseGeometry

from gee_scl.local.errors import EvaluationError
from gee_scl.local.vector import edges, sphere
from gee_scl.local.vector.edges import LONLAT
from gee_scl.local.vector.sphere import Floats

DEFAULT_MAX_ERROR = 0.1
"""Metres that edges may be off where an operation is not told; below any pixel's hundredth."""

DEFAULT_BUFFER_ERROR = 0.01
"""Share of the distance that a buffer may be off where it is not told (Geometry.buffer's documentation)."""

_RELATIVE_ERROR = 1e-7
"""Bend left in edges before measuring an area or length, as a share of the geometry's extent."""
_STRAIGHT_DEGREES = 0.05
"""Planar edges are cut to this before measuring lengths: great circles between the cuts are 1e-7 shorter at 45 N."""
_WIDEST_PLANE = math.pi / 3
"""Angular radius up to which a geometry is worked on in a touching plane."""

_NESTING = {"Point": 0, "MultiPoint": 1, "LineString": 1, "LinearRing": 1}
_NESTING |= {"MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
_LEAST_VERTICES = {"LineString": 2, "MultiLineString": 2}
_UNBOUNDED = "Unbounded"
_WORLD = (-180.0, -90.0, 180.0, 90.0)

_COLLECTION = shapely.GeometryType.GEOMETRYCOLLECTION

_Lists: TypeAlias = list[Any]


@dataclass(frozen=True, eq=False)
class Geometry:
    """A geometry as Earth Engine knows it.

    Args:
        shape: the vertices, in x, y order (longitude, latitude).
        crs: "EPSG:n" or WKT of the plane the vertices are in.
        geodesic: whether edges are great circles, which only vertices in EPSG:4326 can have; else they are straight.
        kind: Earth Engine's type where the shape's own name is another: "LinearRing", or "Unbounded".
        even_odd: whether the inside of a polygon follows the even/odd rule.

    Raises:
        EvaluationError: great circles in another plane than EPSG:4326, or an unknown CRS.
    """

    shape: BaseGeometry
    crs: str = LONLAT
    geodesic: bool = True
    kind: str | None = None
    even_odd: bool = True

    def __post_init__(self) -> None:
        if self.crs != LONLAT:
            edges.parse_crs(self.crs)
            if self.geodesic:
                raise EvaluationError(f"Geodesic edges need coordinates in {LONLAT}, not in {self.crs[:80]}.")

    @classmethod
    def from_geojson(cls, mapping: Mapping[str, Any], crs: str | None = None, geodesic: bool | None = None) -> Geometry:
        """The geometry of a GeoJSON object with the members "crs", "geodesic" and "evenOdd" of Earth Engine's client.

        Args:
            mapping: the GeoJSON geometry; rings that are not closed are closed.
            crs: "EPSG:n" or WKT; comes before the member "crs".
            geodesic: comes before the member. Without both, edges are great circles if the CRS is geographic, else
                straight (ee.Geometry's documentation). Great circles between vertices of another CRS than EPSG:4326
                are kept with their vertices in EPSG:4326.

        Raises:
            EvaluationError: the structure is not a geometry, a coordinate is not a finite number, or polygons follow
                the left-inside rule with a clockwise shell, which means all of the Earth but them.
        """
        if not isinstance(mapping, Mapping):
            raise EvaluationError(f"Invalid GeoJSON geometry: expected an object, got {_short(mapping)}.")
        plane = canonical_crs(crs or _named_crs(mapping.get("crs")) or LONLAT)
        curved = mapping.get("geodesic") if geodesic is None else geodesic
        if curved is None:
            curved = edges.parse_crs(plane).is_geographic
        even_odd = mapping.get("evenOdd") is not False
        shape = _shape(mapping)
        if curved and plane != LONLAT:
            lonlat = edges.between_crs(plane, LONLAT, geodesic=False, max_error=1.0)
            shape, plane = shapely.transform(shape, lonlat.project), LONLAT
        kind = "LinearRing" if mapping.get("type") == "LinearRing" else None
        geometry = cls(shape, plane, bool(curved), kind, even_odd)
        if not even_odd:
            _check_orientation(geometry)
        return geometry

    @classmethod
    def rectangle(
        cls,
        west: float,
        south: float,
        east: float,
        north: float,
        *,
        crs: str = LONLAT,
        geodesic: bool = False,
    ) -> Geometry:
        """A rectangle with the vertices in the order of Earth Engine's bounds: counterclockwise from the south-west."""
        ring = [(west, south), (east, south), (east, north), (west, north)]
        return cls(shapely.Polygon(ring), crs, geodesic)

    @classmethod
    def unbounded(cls) -> Geometry:
        """The footprint of what is everywhere, such as a constant image; measured, it is the whole world."""
        return replace(cls.rectangle(*_WORLD), kind=_UNBOUNDED)

    def to_geojson(self) -> dict[str, Any]:
        """The geometry as getInfo prints it.

        "geodesic" appears only as false, "crs" only for other planes than EPSG:4326, "evenOdd" only as false.
        Whole numbers are printed without a decimal point, as Earth Engine's JSON has them.
        """
        json: dict[str, Any] = {"type": self.type()}
        if not self.geodesic and not isinstance(self.shape, shapely.Point | shapely.MultiPoint):
            json["geodesic"] = False
        if not self.even_odd:
            json["evenOdd"] = False
        if self.crs != LONLAT:
            json["crs"] = {"type": "name", "properties": {"name": self.crs}}
        if json["type"] == "GeometryCollection":
            json["geometries"] = [part.to_geojson() for part in self.geometries()]
        else:
            json["coordinates"] = self.coordinates()
        return json

    def type(self) -> str:
        """Earth Engine's name of the type: GeoJSON's, or "LinearRing"."""
        if self.is_unbounded():
            return "Polygon"
        return self.kind or str(self.shape.geom_type)

    def is_unbounded(self) -> bool:
        """Whether the geometry has no edge."""
        return self.kind == _UNBOUNDED

    def coordinates(self) -> _Lists:
        """The vertices as nested lists in GeoJSON's order; of a collection, one list for each geometry."""
        if self.is_unbounded():
            low, high = "-Infinity", "Infinity"
            return [[[low, low], [high, low], [high, high], [low, high], [low, low]]]
        return _coordinates(self.shape)

    def geometries(self) -> list[Geometry]:
        """The parts of a collection or multi-part geometry; of others, the geometry itself."""
        if not hasattr(self.shape, "geoms"):
            return [self]
        return [replace(self, shape=part, kind=_kind_of(part)) for part in self.shape.geoms]

    # Planes

    def in_crs(self, crs: str, max_error: float) -> BaseGeometry:
        """The geometry on the plane of a coordinate reference system.

        Edges are split so that none is further than `max_error` from the true curve; great circles are those of the
        sphere, with longitude and latitude taken as they are. A planar geometry that is in the CRS already comes back
        as it is. Longitudes are continuous: beyond the antimeridian they run past 180.

        Args:
            crs: "EPSG:n" or WKT.
            max_error: in units of the CRS: metres, or degrees.

        Raises:
            EvaluationError: a vertex has no place in the CRS, or `max_error` is not positive.
        """
        return in_crs_all([self], crs, max_error)[0]

    def transform(self, crs: str, max_error: float = DEFAULT_MAX_ERROR, geodesic: bool | None = None) -> Geometry:
        """The same curves with vertices in another CRS.

        Args:
            crs: "EPSG:n" or WKT.
            max_error: metres.
            geodesic: edges of the result; if left out they stay great circles in EPSG:4326, else are straight.
        """
        target = canonical_crs(crs)
        curved = (self.geodesic and target == LONLAT) if geodesic is None else geodesic
        if curved and target == LONLAT and self.geodesic:
            return self
        return replace(self, shape=self.in_crs(target, _in_units(target, max_error)), crs=target, geodesic=curved)

    # Measures

    def area(self) -> float:
        """Square metres on the sphere of radius 6371007.181 m; holes count against, parts are summed.

        The sphere is that of an area which Earth Engine reported for a field; edges are exact.
        """
        parts = _parts(edges.unwrapped(self.shape) if self.geodesic else self.shape, shapely.Polygon)
        if not shapely.is_valid(parts).all():
            return sum(Geometry(part, self.crs, self.geodesic)._crossing_area() for part in parts)
        fine = self._fine_error(LONLAT) * sphere.DEGREE
        measured = self if self.crs == LONLAT else self.transform(LONLAT, fine)
        polygons = _parts(measured.shape, shapely.Polygon)
        if not polygons:
            return 0.0
        _, points, (rings, shells) = shapely.to_ragged_array(polygons, include_z=False)
        if measured.geodesic:
            points = edges.continuous(points, (rings, shells))
        below = sphere.areas_to_equator(points[:-1], points[1:], geodesic=measured.geodesic)
        below = np.append(below, 0.0)
        below[rings[1:] - 1] = 0.0
        area = np.abs(np.add.reduceat(below, rings[:-1]))
        turn = np.abs(points[rings[1:] - 1, 0] - points[rings[:-1], 0]) > 180.0
        area = np.where(turn, 2.0 * np.pi * sphere.RADIUS**2 - area, area)  # a ring around a pole
        area = np.minimum(area, 4.0 * np.pi * sphere.RADIUS**2 - area) if measured.geodesic else area
        area[np.setdiff1d(np.arange(len(area)), shells[:-1])] *= -1.0
        return float(area.sum())

    def _crossing_area(self) -> float:
        """The area that the even/odd rule gives a polygon whose edges may cross."""
        lonlat = self.in_crs(LONLAT, self._fine_error(LONLAT))
        return Geometry(_valid(lonlat), geodesic=False).area()

    def area_in(self, crs: str) -> float:
        """Area on the plane of a CRS, in its units squared; the even/odd rule decides what is inside."""
        polygons = _parts(self.in_crs(crs, self._fine_error(crs)), shapely.Polygon)
        return float(sum(_valid(polygon).area for polygon in polygons))

    def length(self) -> float:
        """Metres of lines and rings on the sphere; polygons have none (Geometry.length's documentation)."""
        return self._length_of(_parts(self.shape, shapely.LineString))

    def perimeter(self) -> float:
        """Metres of the edges of polygons on the sphere, holes included."""
        polygons = _parts(self.shape, shapely.Polygon)
        return self._length_of([ring for polygon in polygons for ring in (polygon.exterior, *polygon.interiors)])

    def _length_of(self, lines: Sequence[BaseGeometry]) -> float:
        return sum(
            float(sphere.arc_lengths(points[:-1], points[1:]).sum())
            for line in lines
            if len(points := shapely.get_coordinates(replace(self, shape=line)._arcs()))
        )

    def distance(self, other: Geometry) -> float:
        """Least metres on the sphere between two geometries; 0 if they meet.

        Raises:
            EvaluationError: one of them is empty.
        """
        if self.shape.is_empty or other.shape.is_empty:
            raise EvaluationError("Geometry.distance: an empty geometry has no distance.")
        if self.intersects(other):
            return 0.0
        (mine, *my_edges), (theirs, *their_edges) = (
            _vertices_and_edges(self._arcs()),
            _vertices_and_edges(other._arcs()),
        )
        return min(sphere.distance_to_edges(mine, *their_edges), sphere.distance_to_edges(theirs, *my_edges))

    def centroid(self) -> Geometry:
        """The centre of the parts of highest dimension, on the equal-area plane that touches the sphere there."""
        if self.shape.is_empty:
            raise EvaluationError("Geometry.centroid: an empty geometry has no centre.")
        plane = self._touching_plane(equal_area=True)
        for _ in range(3):  # each round, the plane's own distortion at the centre shrinks
            flat = _valid(self._on(plane, self._fine_error(LONLAT) * sphere.DEGREE))
            centre = plane.to_lonlat(shapely.get_coordinates(shapely.centroid(flat)))[0]
            plane = sphere.AzimuthalPlane(float(centre[0]), float(centre[1]), equal_area=True)
        return Geometry(shapely.Point(_turned(plane.lon), plane.lat))

    def bounds(self) -> Geometry:
        """The planar rectangle of longitude and latitude around the geometry, bulges of great circles included."""
        if self.shape.is_empty:
            raise EvaluationError("Geometry.bounds: an empty geometry has no bounds.")
        if not self.geodesic:
            west, south, east, north = self.in_crs(LONLAT, self._fine_error(LONLAT)).bounds
            return Geometry.rectangle(west, south, east, north)
        shape = edges.unwrapped(self.shape)
        west, south, east, north = shape.bounds
        lowest, highest = sphere.latitude_range(*_vertices_and_edges(shape)[1:])
        return Geometry.rectangle(west, min(south, lowest), east, max(north, highest))

    # New geometries

    def buffer(self, distance: float, max_error: float | None = None) -> Geometry:
        """Everything within a distance; with a negative one, everything inside that is further from the edge.

        A point's circle has the vertex layout recorded from Earth Engine: from north counterclockwise in steps whose
        chord leaves the circle by half of maxError (all of it where maxError is left to its default; a recorded sum
        of pixel weights says so), listed clockwise with north last.

        Args:
            distance: metres on the sphere.
            max_error: metres; by default 1 % of the distance (Geometry.buffer's documentation).

        Raises:
            EvaluationError: `max_error` is not positive, or the geometry is too large for one touching plane to be
                that exact.
        """
        if distance == 0 or self.shape.is_empty or self.is_unbounded():
            return self
        if max_error is not None and not max_error > 0:
            raise EvaluationError(f"Geometry.buffer: maxError must be greater than 0, got {max_error}.")
        error = abs(distance) * DEFAULT_BUFFER_ERROR if max_error is None else max_error / 2.0
        if isinstance(self.shape, shapely.Point | shapely.MultiPoint):
            return self._circles(distance, error)
        plane = self._touching_plane()
        flat = self._on(plane, error / 4.0)
        radius = float(np.hypot(*shapely.get_coordinates(flat).T).max()) + abs(distance)
        if abs(distance) * radius**2 / (6.0 * sphere.RADIUS**2) > error:
            raise EvaluationError("Geometry.buffer: the geometry is too large for this maxError. Use a larger one.")
        quarter = math.ceil(math.pi / 2.0 / _circle_step(abs(distance), error))
        grown = shapely.buffer(_valid(flat), distance, quad_segs=quarter)
        return self._from(plane, grown)

    def _circles(self, distance: float, error: float) -> Geometry:
        if distance < 0:
            return Geometry(shapely.Polygon())
        step = math.degrees(_circle_step(distance, error))
        count = math.ceil(360.0 / step - 1e-9)
        bearings = np.asarray(360.0 - step * np.arange(count - 1, -1, -1), dtype=np.float64)
        centres = shapely.get_coordinates(self.in_crs(LONLAT, 1.0))
        circles = [shapely.Polygon(sphere.destinations(x, y, bearings, distance)) for x, y in centres]
        return Geometry(circles[0] if len(circles) == 1 else shapely.MultiPolygon(circles)).dissolve(error)

    def simplify(self, max_error: float) -> Geometry:
        """Fewer vertices, no further than `max_error` metres from the geometry."""
        if not max_error > 0:
            raise EvaluationError(f"Geometry.simplify: maxError must be greater than 0, got {max_error}.")
        if isinstance(self.shape, shapely.Point | shapely.MultiPoint):
            return self
        if not self.geodesic:
            tolerance = _in_units(self.crs, max_error)
            return self._made(shapely.simplify(self.shape, tolerance))
        plane = self._touching_plane()
        return self._from(plane, shapely.simplify(shapely.transform(self.shape, plane.from_lonlat), max_error))

    def convex_hull(self, max_error: float = DEFAULT_MAX_ERROR) -> Geometry:
        """The smallest convex geometry around; of great circles, on the touching plane, within `max_error` metres."""
        if not self.geodesic:
            return self._made(shapely.convex_hull(self.shape))
        plane = self._touching_plane()
        return self._from(plane, shapely.convex_hull(self._on(plane, max_error)))

    def union(self, other: Geometry, max_error: float = DEFAULT_MAX_ERROR) -> Geometry:
        """What is in either geometry; `max_error` in metres, as in the other set operations."""
        return self._combined(other, shapely.union, max_error)

    def intersection(self, other: Geometry, max_error: float = DEFAULT_MAX_ERROR) -> Geometry:
        """What is in both geometries."""
        return self._combined(other, shapely.intersection, max_error)

    def difference(self, other: Geometry, max_error: float = DEFAULT_MAX_ERROR) -> Geometry:
        """What is in this geometry and not in the other."""
        return self._combined(other, shapely.difference, max_error)

    def symmetric_difference(self, other: Geometry, max_error: float = DEFAULT_MAX_ERROR) -> Geometry:
        """What is in exactly one of the geometries."""
        return self._combined(other, shapely.symmetric_difference, max_error)

    def dissolve(self, max_error: float = DEFAULT_MAX_ERROR) -> Geometry:
        """The union of the parts of a multi-part geometry; single geometries are left untouched."""
        if not hasattr(self.shape, "geoms"):
            return self
        plane = self._lonlat(max_error) if self.geodesic else self.shape
        return self._made(shapely.union_all([_valid(part) for part in _flat(plane)]))

    def shares_plane(self, other: Geometry) -> bool:
        """Whether both geometries are planar in one CRS, so that they can be compared as they are."""
        return self.crs == other.crs and not self.geodesic and not other.geodesic

    def intersects(self, other: Geometry, max_error: float = DEFAULT_MAX_ERROR) -> bool:
        """Whether the geometries have a point in common."""
        mine, theirs, _ = self._with(other, max_error)
        return bool(shapely.intersects(mine, theirs))

    def contains(self, other: Geometry, max_error: float = DEFAULT_MAX_ERROR) -> bool:
        """Whether no point of the other geometry is outside this one."""
        mine, theirs, _ = self._with(other, max_error)
        if isinstance(mine, shapely.GeometryCollection) or isinstance(theirs, shapely.GeometryCollection):
            return bool(shapely.difference(theirs, mine).is_empty)  # GEOS 3.14 says no for mixed collections
        return bool(shapely.covers(mine, theirs))

    def _combined(
        self, other: Geometry, operation: Callable[[BaseGeometry, BaseGeometry], BaseGeometry], error: float
    ) -> Geometry:
        mine, theirs, frame = self._with(other, error)
        return frame._made(operation(mine, theirs))

    def _with(self, other: Geometry, max_error: float) -> tuple[BaseGeometry, BaseGeometry, Geometry]:
        """Both shapes on one plane, and a geometry that says which plane and edges a result has."""
        if self.shares_plane(other):
            return _valid(self.shape), _valid(other.shape), self
        mine, theirs = self._lonlat(max_error), other._lonlat(max_error)
        return mine, _beside(theirs, mine), Geometry(mine, geodesic=self.geodesic or other.geodesic)

    def _lonlat(self, max_error: float) -> BaseGeometry:
        # One footprint is compared with thousands of regions, and each region with hundreds of footprints.
        if max_error not in self._known_lonlat:
            compare_soon([self], max_error)
        return self._known_lonlat[max_error]

    @cached_property
    def _known_lonlat(self) -> dict[float, BaseGeometry]:
        return {}

    def _made(self, shape: BaseGeometry) -> Geometry:
        return replace(self, shape=shape, kind=_kind_of(shape))

    # The touching plane

    def _touching_plane(self, *, equal_area: bool = False) -> sphere.AzimuthalPlane:
        points = shapely.get_coordinates(self._arcs())
        vectors = sphere.unit_vectors(points)
        middle = vectors.mean(axis=0)
        if not np.linalg.norm(middle) or (vectors @ middle / np.linalg.norm(middle)).min() < math.cos(_WIDEST_PLANE):
            raise EvaluationError("The geometry is too large for this operation: it reaches over a third of the Earth.")
        lon, lat = sphere.lonlat_of(middle[None, :])[0]
        return sphere.AzimuthalPlane(float(lon), float(lat), equal_area)

    def _on(self, plane: sphere.AzimuthalPlane, max_error: float) -> BaseGeometry:
        lonlat = self if self.crs == LONLAT else self.transform(LONLAT, max_error)
        return edges.EdgeMap(plane.from_lonlat, lonlat.geodesic, max_error).apply(lonlat.shape)

    def _from(self, plane: sphere.AzimuthalPlane, shape: BaseGeometry) -> Geometry:
        lonlat = Geometry(shapely.transform(shape, plane.to_lonlat))
        return lonlat._made(lonlat.shape)

    def _arcs(self) -> BaseGeometry:
        """The shape with vertices in EPSG:4326 so close that its edges may pass for great circles."""
        if self.geodesic:
            return self.shape
        lonlat = self.in_crs(LONLAT, self._fine_error(LONLAT))
        return shapely.segmentize(lonlat, _STRAIGHT_DEGREES) if lonlat.length else lonlat

    def _fine_error(self, crs: str) -> float:
        """An error, in units of a CRS, that is small beside the geometry."""
        west, south, east, north = self.shape.bounds if not self.shape.is_empty else (0.0, 0.0, 0.0, 0.0)
        extent = max(east - west, north - south)
        metres = extent * (sphere.DEGREE if edges.parse_crs(self.crs).is_geographic else 1.0)
        return _in_units(crs, max(metres * _RELATIVE_ERROR, 1e-6))


def in_crs_all(geometries: Sequence[Geometry], crs: str, max_error: float) -> list[BaseGeometry]:
    """Many geometries on one plane, each as `Geometry.in_crs` gives it, at little more than the cost of one.

    Args:
        geometries: in any planes.
        crs: "EPSG:n" or WKT.
        max_error: in units of the CRS: metres, or degrees.

    Raises:
        EvaluationError: a vertex has no place in the CRS, or `max_error` is not positive.
    """
    target = canonical_crs(crs)
    shapes = [geometry.shape for geometry in geometries]
    alike: dict[tuple[str, bool], list[int]] = {}
    for place, geometry in enumerate(geometries):
        if geometry.crs != target or geometry.geodesic:
            alike.setdefault((geometry.crs, geometry.geodesic), []).append(place)
    for (source, geodesic), places in alike.items():
        carry = edges.between_crs(source, target, geodesic=geodesic, max_error=max_error)
        for place, shape in zip(places, carry.apply_all([shapes[p] for p in places]), strict=True):
            shapes[place] = shape
    return shapes


def compare_soon(geometries: Iterable[Geometry], max_error: float = DEFAULT_MAX_ERROR) -> None:
    """Make ready, all at once, what predicates and set operations of these geometries need.

    It changes no answer: each geometry works the same out for itself when it is asked first.
    """
    new = {id(g): g for g in geometries if max_error not in g._known_lonlat}
    shapes = np.array(in_crs_all(list(new.values()), LONLAT, max_error / sphere.DEGREE), dtype=object)
    for place in np.flatnonzero(~shapely.is_valid(shapes) | (shapely.get_type_id(shapes) == _COLLECTION)):
        shapes[place] = _valid(shapes[place])
    # Not prepared: GEOS works out the index of a prepared shape when it is first asked, and requests in other threads
    # may ask at the same moment. It crashes then.
    for geometry, shape in zip(new.values(), shapes, strict=True):
        geometry._known_lonlat[max_error] = shape


def canonical_crs(name: str) -> str:
    """The name under which a CRS is compared: "EPSG:n" where a known spelling means that, else as given."""
    spelled = name.strip()
    upper = spelled.upper()
    if upper in {"OGC:CRS84", "CRS84", "CRS:84", "URN:OGC:DEF:CRS:OGC:1.3:CRS84", "URN:OGC:DEF:CRS:OGC::CRS84"}:
        return LONLAT
    if upper.startswith("URN:OGC:DEF:CRS:EPSG:"):
        return f"EPSG:{upper.rpartition(':')[2]}"
    return upper if upper.startswith("EPSG:") else spelled


def _named_crs(member: object) -> str | None:
    match member:
        case None:
            return None
        case {"type": "name", "properties": {"name": str(name)}}:
            return name
    raise EvaluationError(f"Invalid CRS declaration in GeoJSON: {_short(member)}.")


def _shape(mapping: Mapping[str, Any]) -> BaseGeometry:
    kind = mapping.get("type")
    if kind == "GeometryCollection":
        parts = mapping.get("geometries")
        if not isinstance(parts, list | tuple) or not all(isinstance(part, Mapping) for part in parts):
            raise EvaluationError("Invalid GeoJSON geometry: 'geometries' must be a list of geometries.")
        return shapely.GeometryCollection([_shape(part) for part in parts])
    if not isinstance(kind, str) or kind not in _NESTING:
        raise EvaluationError(f"Invalid GeoJSON geometry: unknown type {_short(kind)}.")
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
        raise EvaluationError(f"Invalid GeoJSON geometry: coordinates of a {kind} cannot hold {_short(value)}.")
    if depth:
        for inner in value:
            _check_nesting(inner, depth - 1, kind)
    elif len(value) != 2 or not all(_is_finite_number(number) for number in value):
        raise EvaluationError(f"Invalid GeoJSON geometry: {_short(value)} is not a pair of finite numbers.")


def _is_finite_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _line(points: Sequence[Any], least: int, kind: str) -> Sequence[Any]:
    closed = least > 2 and len(points) > 1 and tuple(points[0]) == tuple(points[-1])
    if 0 < len(points) - closed < least:
        raise EvaluationError(f"Invalid GeoJSON geometry: a line or ring of a {kind} needs {least} points or more.")
    return points


def _polygon(rings: Sequence[Any]) -> shapely.Polygon:
    shell, *holes = [_line(ring, 3, "Polygon") for ring in rings] or [[]]
    if not shell and holes:
        raise EvaluationError("Invalid GeoJSON geometry: a Polygon's shell is empty.")
    return shapely.Polygon(shell, [hole for hole in holes if hole])


def _check_orientation(geometry: Geometry) -> None:
    shape = edges.unwrapped(geometry.shape) if geometry.geodesic else geometry.shape
    if not all(shapely.is_ccw(part.exterior) for part in _parts(shape, shapely.Polygon)):
        raise EvaluationError(
            "With evenOdd=false the inside is left of the edges: a clockwise shell means all of the Earth outside it, "
            "which this engine cannot represent. Reverse the ring, or leave evenOdd at true."
        )


def _coordinates(shape: BaseGeometry) -> _Lists:
    match shape:
        case shapely.Polygon():
            return [] if shape.is_empty else [_pairs(ring) for ring in (shape.exterior, *shape.interiors)]
        case shapely.Point():
            return next(iter(_pairs(shape)), [])
        case shapely.LineString():
            return _pairs(shape)
    return [_coordinates(part) for part in shapely.get_parts(shape)]


def _pairs(shape: BaseGeometry) -> _Lists:
    return [[_plain(x), _plain(y)] for x, y in shapely.get_coordinates(shape).tolist()]


def _plain(number: float) -> float | int:
    return int(number) if number.is_integer() else number


def _kind_of(shape: BaseGeometry) -> Literal["LinearRing"] | None:
    return "LinearRing" if isinstance(shape, shapely.LinearRing) else None


def _flat(shape: BaseGeometry) -> list[BaseGeometry]:
    """All single-part shapes in a shape."""
    if not hasattr(shape, "geoms"):
        return [shape]
    return [single for part in shape.geoms for single in _flat(part)]


def _parts(shape: BaseGeometry, kind: type[BaseGeometry]) -> list[Any]:
    """The single parts of one kind that are not empty."""
    return [part for part in _flat(shape) if isinstance(part, kind) and not part.is_empty]


def _valid(shape: BaseGeometry) -> BaseGeometry:
    """The shape with the inside of each self-crossing polygon as the even/odd rule has it, overlapping parts merged."""
    if shapely.is_valid(shape) and not isinstance(shape, shapely.GeometryCollection):
        return shape
    parts = [part if part.is_valid else shapely.make_valid(part, method="linework") for part in _flat(shape)]
    return parts[0] if len(parts) == 1 else shapely.union_all(parts)


def _beside(shape: BaseGeometry, other: BaseGeometry) -> BaseGeometry:
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
    for part in _flat(shape):
        low, _, high, _ = part.bounds
        closest = round((middle - (low + high) / 2.0) / 360.0)
        moved = shapely.affinity.translate(part, 360.0 * closest)
        if shapely.covers(turn, moved):
            turned.append(moved)
        else:
            turned += [shapely.intersection(shapely.affinity.translate(moved, 360.0 * k), turn) for k in (-1, 0, 1)]
    return shapely.union_all(turned) if len(turned) > 1 else turned[0]


def _vertices_and_edges(shape: BaseGeometry) -> tuple[Floats, Floats, Floats]:
    """All vertices, then the first and second ends of all edges; a point is an edge of no length."""
    starts, ends = [], []
    for part in _flat(shape):
        rings = (part.exterior, *part.interiors) if isinstance(part, shapely.Polygon) else (part,)
        for ring in rings:
            points = shapely.get_coordinates(ring)
            single = len(points) == 1
            starts.append(points if single else points[:-1])
            ends.append(points if single else points[1:])
    return shapely.get_coordinates(shape), np.concatenate(starts), np.concatenate(ends)


def _circle_step(distance: float, error: float) -> float:
    """Radians between vertices of a circle whose chords leave it by `error`; a triangle at the least."""
    return min(2.0 * math.acos(max(-1.0, 1.0 - error / distance)), 2.0 * math.pi / 3.0)


def _in_units(crs: str, metres: float) -> float:
    known = edges.parse_crs(crs)
    return metres / (sphere.DEGREE if known.is_geographic else known.axis_info[0].unit_conversion_factor)


def _turned(lon: float) -> float:
    return (lon + 180.0) % 360.0 - 180.0 if abs(lon) > 180.0 else lon


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 120 else text[:117] + "..."
