"""Carrying the edges of a shape from one plane or the sphere to another, bent no further than a given error.

A straight or great-circle edge is a curve elsewhere. Each edge is split until the curve leaves the chord between
neighbouring vertices by less than the error, measured at a quarter, half and three quarters of every piece.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gee_scl.local.errors import EvaluationError, LimitError
from gee_scl.local.vector import sphere
from gee_scl.local.vector.crs import LONLAT, parse_crs
from gee_scl.local.vector.sphere import Floats

MAX_EDGES = 2_000_000
"""Earth Engine's limit of edges in one geometry."""

_PASSES = 24
_PIECES_IN_A_PASS = 64
_SAMPLES = (0.25, 0.5, 0.75)
_SAMPLING_RESERVE = 0.95
"""An S-shaped edge is furthest from its chord at 0.21, where it is 2.6 % further than at the sample at 0.25."""
_BEND_RESERVE = 4.0
"""How much more than on the sphere itself a projection may bend an edge, before it is measured anyway."""

_VERTICES_IN_A_BATCH = 100_000
"""Vertices of several shapes that are carried together: some 20 MB of temporaries."""

_POINTS = (shapely.GeometryType.POINT, shapely.GeometryType.MULTIPOINT)
_AREAS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)

Ints: TypeAlias = NDArray[np.signedinteger[Any]]
Offsets: TypeAlias = tuple[Ints, ...]


@dataclass(frozen=True)
class EdgeMap:
    """How the points and edges of a shape are carried to a plane.

    Args:
        project: carries points, shape (n, 2) to (n, 2).
        geodesic: whether source edges are great circles of longitude and latitude, else straight.
        max_error: furthest that a result's edge may be from the true curve, in units of the target.
        longitudes: whether the target's x is a longitude, to be kept continuous along a ring.
        cuts: whether `project` cuts longitudes at the antimeridian.
        surely_straight: says of edges, without projecting, which cannot bend by as much as an error.
    """

    project: Callable[[Floats], Floats]
    geodesic: bool
    max_error: float
    longitudes: bool = False
    cuts: bool = False
    surely_straight: Callable[[Floats, Floats, float], NDArray[np.bool_]] | None = None

    def __post_init__(self) -> None:
        if not self.max_error > 0:
            raise EvaluationError(f"maxError must be greater than 0, got {self.max_error}.")

    def apply(self, shape: BaseGeometry) -> BaseGeometry:
        """The shape on the plane.

        Raises:
            EvaluationError: a point has no place on the plane.
            LimitError: more than two million edges would be needed.
        """
        return self.apply_all([shape])[0]

    def apply_all(self, shapes: Sequence[BaseGeometry]) -> list[BaseGeometry]:
        """Many shapes on the plane, each as it would be alone; thousands of small ones cost little more than one.

        Raises:
            EvaluationError: a point has no place on the plane.
            LimitError: more than two million edges would be needed for one of them.
        """
        carried = list(shapes)
        for kind, places in _batches(shapes):
            alike = [shapes[place] for place in places]
            for place, shape in zip(places, self._of_kind(kind, alike), strict=True):
                carried[place] = shape
        return carried

    def _of_kind(self, kind: shapely.GeometryType, shapes: list[BaseGeometry]) -> Sequence[BaseGeometry]:
        if kind == shapely.GeometryType.GEOMETRYCOLLECTION:
            return [shapely.GeometryCollection(self.apply_all(list(shapely.get_parts(shape)))) for shape in shapes]
        if kind == shapely.GeometryType.LINEARRING:
            lines = self.apply_all([shapely.LineString(shape.coords) for shape in shapes])
            return [shapely.LinearRing(shapely.get_coordinates(line)) for line in lines]
        if kind in _POINTS:
            return list(shapely.transform(np.array(shapes), lambda points: _placed(self.project(points))))
        try:
            return self._lines(kind, shapes)
        except LimitError:
            if len(shapes) == 1:
                raise
            middle = len(shapes) // 2
            return [*self._of_kind(kind, shapes[:middle]), *self._of_kind(kind, shapes[middle:])]

    def _lines(self, kind: shapely.GeometryType, shapes: list[BaseGeometry]) -> list[BaseGeometry]:
        _, coordinates, offsets = shapely.to_ragged_array(shapes, include_z=False)
        if self.geodesic:
            coordinates = continuous(coordinates, offsets)
        flat, lines = self._carried(coordinates, offsets[0])
        if kind in _AREAS:
            flat, lines = _closed_rings(flat, lines, longitudes=self.longitudes)
        return list(shapely.from_ragged_array(kind, flat, (lines, *offsets[1:])))

    def _carried(self, points: Floats, lines: Ints) -> tuple[Floats, Ints]:
        flat = _placed(self.project(points))
        if self.cuts:
            flat = continuous(flat, (lines,))
        unchecked = np.ones(len(points), dtype=bool)
        unchecked[lines[1:] - 1] = False  # the last vertex of a line begins no edge
        limit = self.max_error * _SAMPLING_RESERVE
        if self.surely_straight is not None:
            unchecked[:-1] &= ~self.surely_straight(points[:-1], points[1:], limit)
        for _ in range(_PASSES):
            edges = np.flatnonzero(unchecked)
            bends = self._bends(points, flat, edges)
            pieces = np.clip(np.ceil(np.sqrt(bends / limit)), 1, _PIECES_IN_A_PASS).astype(np.int64)
            split = np.repeat(edges, pieces - 1)
            if len(split) == 0:
                return flat, lines
            if len(points) + len(split) > MAX_EDGES:
                raise LimitError("Geometry has too many edges. Use a larger maxError.")
            first = np.repeat(np.cumsum(pieces - 1) - (pieces - 1), pieces - 1)
            fraction = (np.arange(len(split)) - first + 1) / np.repeat(pieces, pieces - 1)
            added, added_flat = self._inside(points, flat, split, fraction)
            unchecked = np.zeros(len(points), dtype=bool)
            unchecked[edges[pieces > 1]] = True
            points = np.insert(points, split + 1, added, axis=0)
            flat = np.insert(flat, split + 1, added_flat, axis=0)
            unchecked = np.insert(unchecked, split + 1, True)
            lines = lines + np.searchsorted(split, lines, side="left")
        raise EvaluationError("An edge of the geometry has no continuous image in the projection.")

    def _inside(self, points: Floats, flat: Floats, edges: Ints, fraction: Floats) -> tuple[Floats, Floats]:
        start, end = points[edges], points[edges + 1]
        if self.geodesic:
            inside = sphere.between(start, end, fraction)
        else:
            inside = start + (end - start) * fraction[:, None]
        image = _placed(self.project(inside))
        if self.cuts:
            image[:, 0] = sphere.near(image[:, 0], flat[edges, 0])
        return inside, image

    def _bends(self, points: Floats, flat: Floats, edges: Ints) -> Floats:
        """How far the image of each edge is from the chord between its ends."""
        if len(edges) == 0:
            return np.zeros(0)
        sampled = np.tile(edges, len(_SAMPLES))
        _, image = self._inside(points, flat, sampled, np.repeat(_SAMPLES, len(edges)))
        start, chord = flat[sampled], flat[sampled + 1] - flat[sampled]
        square = np.einsum("ij,ij->i", chord, chord)
        along = np.einsum("ij,ij->i", image - start, chord)
        along = np.clip(np.divide(along, square, out=np.zeros_like(along), where=square > 0), 0.0, 1.0)
        away = image - start - chord * along[:, None]
        return np.asarray(np.hypot(away[:, 0], away[:, 1]).reshape(len(_SAMPLES), -1).max(axis=0))


def between_crs(source: str, target: str, *, geodesic: bool, max_error: float) -> EdgeMap:
    """How a shape in one coordinate reference system is carried to another.

    Args:
        source: "EPSG:n" or WKT; coordinates are x, y (longitude, latitude).
        target: the same; the unit of `max_error` is its own.
        geodesic: whether edges are great circles (source EPSG:4326) or straight in the source.
        max_error: in units of the target.
    """
    same = source == target
    return EdgeMap(
        (lambda points: points.copy()) if same else lambda points: _transformed(points, source, target),
        geodesic,
        max_error,
        longitudes=parse_crs(target).is_geographic,
        cuts=parse_crs(target).is_geographic and not parse_crs(source).is_geographic,
        surely_straight=_straight_on_earth(target) if source == LONLAT else None,
    )


def _batches(shapes: Sequence[BaseGeometry]) -> Iterator[tuple[shapely.GeometryType, list[int]]]:
    """Positions of shapes of one kind that are not empty, with so many vertices at once that memory stays bounded."""
    kinds, sizes = shapely.get_type_id(shapes), shapely.get_num_coordinates(shapes)
    for kind in np.unique(kinds):
        places = np.flatnonzero((kinds == kind) & (sizes > 0))
        pass_number = np.cumsum(sizes[places]) // _VERTICES_IN_A_BATCH
        for batch in np.split(places, np.flatnonzero(np.diff(pass_number)) + 1):
            if len(batch):
                yield shapely.GeometryType(kind), batch.tolist()


@lru_cache(maxsize=256)
def _transformer(source: str, target: str) -> pyproj.Transformer:
    # Transformers may be shared between threads since pyproj 3.1.
    goal = parse_crs(target)
    return pyproj.Transformer.from_crs(parse_crs(source), goal, always_xy=True, force_over=_is_cylindrical(goal))


def _is_cylindrical(crs: pyproj.CRS) -> bool:
    """Whether x goes on past the antimeridian, so that a continuous longitude has a continuous x."""
    operation = crs.coordinate_operation
    name = operation.method_name if operation is not None else ""
    upright = "Transverse" not in name and "Oblique" not in name
    return upright and ("Mercator" in name or "Cylindrical" in name)


def _transformed(points: Floats, source: str, target: str) -> Floats:
    x, y = _transformer(source, target).transform(points[:, 0], points[:, 1])
    if parse_crs(source).is_geographic and parse_crs(target).is_geographic:
        x = sphere.near(x, points[:, 0])
    return np.column_stack([x, y])


def _placed(points: Floats) -> Floats:
    if not np.isfinite(points).all():
        raise EvaluationError("A point of the geometry has no place in the projection.")
    return points


def _straight_on_earth(target: str) -> Callable[[Floats, Floats, float], NDArray[np.bool_]]:
    """A bound for short edges of longitude and latitude.

    On the ground, a great circle and the straight line in longitude and latitude part by
    length^2 / 8R x tan(latitude); a projection stretches that by at most about 1 / cos(latitude).
    """
    crs = parse_crs(target)
    metres = sphere.DEGREE if crs.is_geographic else crs.axis_info[0].unit_conversion_factor

    def surely_straight(start: Floats, end: Floats, limit: float) -> NDArray[np.bool_]:
        span = np.radians(end - start)
        cosine = np.cos(np.radians(np.maximum(np.abs(start[:, 1]), np.abs(end[:, 1]))))
        bend = _BEND_RESERVE * sphere.RADIUS / 8.0 * np.einsum("ij,ij->i", span, span)
        return np.asarray(bend < limit * metres * cosine**2)

    return surely_straight


def unwrapped(shape: BaseGeometry) -> BaseGeometry:
    """The same vertices with longitudes that never jump by more than half a turn along a line or ring."""
    if isinstance(shape, shapely.GeometryCollection):
        return shapely.GeometryCollection([unwrapped(part) for part in shape.geoms])
    if shape.is_empty or isinstance(shape, shapely.Point | shapely.MultiPoint):
        return shape
    if isinstance(shape, shapely.LinearRing):
        return shapely.LinearRing(shapely.get_coordinates(unwrapped(shapely.LineString(shape.coords))))
    kind, coordinates, offsets = shapely.to_ragged_array([shape], include_z=False)
    flat, lines = continuous(coordinates, offsets), offsets[0]
    if isinstance(shape, shapely.Polygon | shapely.MultiPolygon):
        flat, lines = _closed_rings(flat, lines, longitudes=True)
    result: BaseGeometry = shapely.from_ragged_array(kind, flat, (lines, *offsets[1:]))[0]
    return result


def continuous(points: Floats, offsets: Offsets) -> Floats:
    """Vertices of lines or rings, bounded by offsets as in shapely's ragged arrays, without jumps in longitude."""
    lon = points[:, 0]
    if np.ptp(lon) <= 180.0:
        return points
    lines = offsets[0]
    steps = np.diff(lon, prepend=lon[0])
    steps[lines[:-1]] = 0.0
    turns = np.cumsum(np.where(np.abs(steps) > 180.0, -np.round(steps / 360.0), 0.0))
    moved = points.copy()
    moved[:, 0] += 360.0 * (turns - np.repeat(turns[lines[:-1]], np.diff(lines)))
    if len(offsets) > 1:  # a hole belongs on the same turn as its shell, a part on that of the first
        shells = np.repeat(offsets[1][:-1], np.diff(offsets[1]))
        middles = np.add.reduceat(moved[:, 0], lines[:-1]) / np.diff(lines)
        turn = np.round((middles[shells] - middles) / 360.0)
        moved[:, 0] += np.repeat(360.0 * turn, np.diff(lines))
    return moved


def _closed_rings(points: Floats, lines: Ints, *, longitudes: bool) -> tuple[Floats, Ints]:
    """Rings that end where they begin; in longitude and latitude, a ring around a pole is closed through it."""
    starts, ends = lines[:-1], lines[1:] - 1
    if not longitudes:
        points[ends] = points[starts]
        return points, lines
    around = np.abs(points[ends, 0] - points[starts, 0]) > 180.0
    points[ends[~around]] = points[starts[~around]]
    for ring in np.flatnonzero(around)[::-1]:
        start, end = lines[ring], lines[ring + 1]
        pole = np.copysign(90.0, points[start:end, 1].mean())
        over = [[points[end - 1, 0], pole], [points[start, 0], pole], points[start]]
        points = np.insert(points, [end] * 3, over, axis=0)
        lines = lines + np.where(np.arange(len(lines)) > ring, 3, 0)
    return points, lines
