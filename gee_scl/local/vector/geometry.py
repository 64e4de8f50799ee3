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
from typing import Any

import numpy as np
import shapely
import shapely.affinity
from shapely.geometry.base import BaseGeometry

from gee_scl.local.errors import EvaluationError
from gee_scl.local.vector import edges, sphere
from gee_scl.local.vector.crs import LONLAT, canonical_crs, in_units, parse_crs, shown_crs
from gee_scl.local.vector.geojson import Lists, coordinates_of, named_crs, shape_of, short
from gee_scl.local.vector.measures import (
    circle_step,
    circles_around,
    sphere_area,
    sphere_bounds,
    sphere_distance,
    sphere_length,
)
from gee_scl.local.vector.shapes import (
    beside,
    is_valid,
    kind_of,
    parts_of,
    single_parts,
    valid,
    within_a_turn,
)

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

_UNBOUNDED = "Unbounded"
_WORLD = (-180.0, -90.0, 180.0, 90.0)

_COLLECTION = shapely.GeometryType.GEOMETRYCOLLECTION


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
            parse_crs(self.crs)
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
            raise EvaluationError(f"Invalid GeoJSON geometry: expected an object, got {short(mapping)}.")
        plane = canonical_crs(crs or named_crs(mapping.get("crs")) or LONLAT)
        curved = mapping.get("geodesic") if geodesic is None else geodesic
        if curved is None:
            curved = parse_crs(plane).is_geographic
        even_odd = mapping.get("evenOdd") is not False
        shape = shape_of(mapping)
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
            json["crs"] = {"type": "name", "properties": {"name": shown_crs(self.crs)}}
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

    def coordinates(self) -> Lists:
        """The vertices as nested lists in GeoJSON's order; of a collection, one list for each geometry."""
        if self.is_unbounded():
            low, high = "-Infinity", "Infinity"
            return [[[low, low], [high, low], [high, high], [low, high], [low, low]]]
        return coordinates_of(self.shape)

    def geometries(self) -> list[Geometry]:
        """The parts of a collection or multi-part geometry; of others, the geometry itself."""
        if not hasattr(self.shape, "geoms"):
            return [self]
        return [replace(self, shape=part, kind=kind_of(part)) for part in self.shape.geoms]

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
        return replace(self, shape=self.in_crs(target, in_units(target, max_error)), crs=target, geodesic=curved)

    # Measures

    def area(self) -> float:
        """Square metres on the sphere of radius 6371007.181 m; holes count against, parts are summed.

        The sphere is that of an area which Earth Engine reported for a field; edges are exact.
        """
        parts = parts_of(edges.unwrapped(self.shape) if self.geodesic else self.shape, shapely.Polygon)
        if not all(map(is_valid, parts)):
            return sum(Geometry(part, self.crs, self.geodesic)._crossing_area() for part in parts)
        fine = self._fine_error(LONLAT) * sphere.DEGREE
        measured = self if self.crs == LONLAT else self.transform(LONLAT, fine)
        return sphere_area(parts_of(measured.shape, shapely.Polygon), geodesic=measured.geodesic)

    def _crossing_area(self) -> float:
        """The area that the even/odd rule gives a polygon whose edges may cross."""
        lonlat = self.in_crs(LONLAT, self._fine_error(LONLAT))
        return Geometry(valid(lonlat), geodesic=False).area()

    def area_in(self, crs: str) -> float:
        """Area on the plane of a CRS, in its units squared; the even/odd rule decides what is inside."""
        polygons = parts_of(self.in_crs(crs, self._fine_error(crs)), shapely.Polygon)
        return float(sum(valid(polygon).area for polygon in polygons))

    def length(self) -> float:
        """Metres of lines and rings on the sphere; polygons have none (Geometry.length's documentation)."""
        return self._length_of(parts_of(self.shape, shapely.LineString))

    def perimeter(self) -> float:
        """Metres of the edges of polygons on the sphere, holes included."""
        polygons = parts_of(self.shape, shapely.Polygon)
        return self._length_of([ring for polygon in polygons for ring in (polygon.exterior, *polygon.interiors)])

    def _length_of(self, lines: Sequence[BaseGeometry]) -> float:
        return sphere_length(replace(self, shape=line)._arcs() for line in lines)

    def distance(self, other: Geometry) -> float:
        """Least metres on the sphere between two geometries; 0 if they meet.

        Raises:
            EvaluationError: one of them is empty.
        """
        if self.shape.is_empty or other.shape.is_empty:
            raise EvaluationError("Geometry.distance: an empty geometry has no distance.")
        if self.intersects(other):
            return 0.0
        return sphere_distance(self._arcs(), other._arcs())

    def centroid(self) -> Geometry:
        """The centre of the parts of highest dimension, on the equal-area plane that touches the sphere there."""
        if self.shape.is_empty:
            raise EvaluationError("Geometry.centroid: an empty geometry has no centre.")
        plane = self._touching_plane(equal_area=True)
        for _ in range(3):  # each round, the plane's own distortion at the centre shrinks
            flat = valid(self._on(plane, self._fine_error(LONLAT) * sphere.DEGREE))
            centre = plane.to_lonlat(shapely.get_coordinates(shapely.centroid(flat)))[0]
            plane = sphere.AzimuthalPlane(float(centre[0]), float(centre[1]), equal_area=True)
        return Geometry(shapely.Point(within_a_turn(plane.lon), plane.lat))

    def bounds(self) -> Geometry:
        """The planar rectangle of longitude and latitude around the geometry, bulges of great circles included."""
        if self.shape.is_empty:
            raise EvaluationError("Geometry.bounds: an empty geometry has no bounds.")
        if not self.geodesic:
            west, south, east, north = self.in_crs(LONLAT, self._fine_error(LONLAT)).bounds
            return Geometry.rectangle(west, south, east, north)
        return Geometry.rectangle(*sphere_bounds(edges.unwrapped(self.shape)))

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
        quarter = math.ceil(math.pi / 2.0 / circle_step(abs(distance), error))
        grown = shapely.buffer(valid(flat), distance, quad_segs=quarter)
        return self._from(plane, grown)

    def _circles(self, distance: float, error: float) -> Geometry:
        if distance < 0:
            return Geometry(shapely.Polygon())
        circles = circles_around(shapely.get_coordinates(self.in_crs(LONLAT, 1.0)), distance, error)
        return Geometry(circles[0] if len(circles) == 1 else shapely.MultiPolygon(circles)).dissolve(error)

    def simplify(self, max_error: float) -> Geometry:
        """Fewer vertices, no further than `max_error` metres from the geometry."""
        if not max_error > 0:
            raise EvaluationError(f"Geometry.simplify: maxError must be greater than 0, got {max_error}.")
        if isinstance(self.shape, shapely.Point | shapely.MultiPoint):
            return self
        if not self.geodesic:
            tolerance = in_units(self.crs, max_error)
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
        return self._made(shapely.union_all([valid(part) for part in single_parts(plane)]))

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
            return valid(self.shape), valid(other.shape), self
        mine, theirs = self._lonlat(max_error), other._lonlat(max_error)
        return mine, beside(theirs, mine), Geometry(mine, geodesic=self.geodesic or other.geodesic)

    def _lonlat(self, max_error: float) -> BaseGeometry:
        # One footprint is compared with thousands of regions, and each region with hundreds of footprints.
        if max_error not in self._known_lonlat:
            compare_soon([self], max_error)
        return self._known_lonlat[max_error]

    @cached_property
    def _known_lonlat(self) -> dict[float, BaseGeometry]:
        return {}

    def _made(self, shape: BaseGeometry) -> Geometry:
        return replace(self, shape=shape, kind=kind_of(shape))

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
        metres = extent * (sphere.DEGREE if parse_crs(self.crs).is_geographic else 1.0)
        return in_units(crs, max(metres * _RELATIVE_ERROR, 1e-6))


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
    for place in np.flatnonzero(~is_valid(shapes) | (shapely.get_type_id(shapes) == _COLLECTION)):
        shapes[place] = valid(shapes[place])
    # Not prepared: GEOS works out the index of a prepared shape when it is first asked, and requests in other threads
    # may ask at the same moment. It crashes then.
    for geometry, shape in zip(new.values(), shapes, strict=True):
        geometry._known_lonlat[max_error] = shape


def _check_orientation(geometry: Geometry) -> None:
    shape = edges.unwrapped(geometry.shape) if geometry.geodesic else geometry.shape
    if not all(shapely.is_ccw(part.exterior) for part in parts_of(shape, shapely.Polygon)):
        raise EvaluationError(
            "With evenOdd=false the inside is left of the edges: a clockwise shell means all of the Earth outside it, "
            "which this engine cannot represent. Reverse the ring, or leave evenOdd at true."
        )
