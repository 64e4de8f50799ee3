"""What a projection and an error margin mean to an operation on geometries.

Where a projection is given, an operation is done on its plane, with distances in its units; otherwise on the sphere,
in metres. A projection whose pixels are not one unit wide is refused where coordinates or units would come out: on
Earth Engine they would be counted in pixels.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TypeAlias

import shapely
from affine import Affine

from gee_scl.local.errors import EvaluationError, LimitError, NotCoveredError
from gee_scl.local.values import ErrorMargin, Projection
from gee_scl.local.vector import sphere
from gee_scl.local.vector.crs import LONLAT, canonical_crs, metres_per_unit
from gee_scl.local.vector.edges import MAX_EDGES
from gee_scl.local.vector.geometry import DEFAULT_MAX_ERROR, Geometry

Margin: TypeAlias = ErrorMargin | None

Plane: TypeAlias = Projection | None

_ANY_ERROR = math.pi * sphere.RADIUS
"""Metres that stand for an infinite error: no two points are further apart."""


def carried(geometry: Geometry, crs: str, error: float, *, geodesic: bool) -> Geometry:
    """A geometry on another plane, or with great circles; those have their vertices in EPSG:4326 always."""
    if geometry.is_unbounded():
        return geometry
    return with_great_circles(geometry, error) if geodesic else geometry.transform(crs, error, geodesic=False)


def with_great_circles(geometry: Geometry, error: float) -> Geometry:
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


def crs_of(projection: Projection) -> str:
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


def metres(margin: Margin, crs: str) -> float:
    """An error margin in metres; the default where there is none."""
    if margin is None:
        return DEFAULT_MAX_ERROR
    if margin.unit == "infinite" or margin.value is None:
        return _ANY_ERROR
    if not margin.value > 0:
        raise EvaluationError("Unable to perform this geometry operation. Please specify a non-zero error margin.")
    unit = metres_per_unit(crs) if margin.unit == "projected" else 1.0
    return min(margin.value * unit, _ANY_ERROR)


def on_plane(geometry: Geometry, max_error: Margin, projection: Projection) -> Geometry:
    """The geometry with straight edges on a projection's plane."""
    crs = crs_of(projection)
    return geometry.transform(crs, metres(max_error, crs), geodesic=False)
