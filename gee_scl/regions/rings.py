"""The rings of one region's polygons: closed, x before y, finite, in a CRS with an EPSG code."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from gee_scl.regions.crs import to_degrees
from gee_scl.regions.drafts import Draft
from gee_scl.regions.extras import import_extra
from gee_scl.regions.refusals import outside, refusal

MAX_VERTICES = 2_000_000
"""Earth Engine refuses a larger geometry: "Geometry has too many edges"."""

DENSIFIED_EDGE = 500.0
"""Metres. A great circle leaves a straight edge of this length by millimetres: length squared over 8 Earth radii."""

_EARTH_RADIUS = 6371007.181  # metres, the authalic sphere that Earth Engine measures on

Ring: TypeAlias = npt.NDArray[np.float64]
"""Positions x 2."""

_POLYGONS = {"Polygon", "MultiPolygon"}


def polygon_rings(draft: Draft, region_id: object) -> list[list[Ring]]:
    """The rings of each polygon of a region, the shell first.

    Raises:
        RegionError: it is no polygon, has too many vertices, or coordinates that cannot be read.
        MissingExtraError: its CRS has no EPSG code, and shapely or pyproj is not installed.
    """
    polygons = [polygon for polygon in _polygons(draft.geometry, region_id) if len(polygon)]
    if not polygons:
        raise refusal(region_id, "no geometry, or an empty one", "a Polygon or MultiPolygon")
    _check_vertices(sum(len(ring) for polygon in polygons for ring in polygon), region_id)
    return [[_ring_with_code(ring, draft.crs, region_id) for ring in polygon] for polygon in polygons]


def _polygons(geometry: object, region_id: object) -> list[Any]:
    """The coordinates of each polygon of a GeoJSON geometry."""
    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    if geometry is None or not isinstance(geometry, Mapping):
        return []
    if kind == "GeometryCollection":
        parts = geometry.get("geometries") or ()
        if any(_has_area(part) for part in parts):  # what else there is has no area, and is warned of
            parts = [part for part in parts if _has_area(part)]
        return [polygon for part in parts for polygon in _polygons(part, region_id)]
    if kind not in _POLYGONS:
        hint = "Buffer it in a CRS in metres, for example geometry.buffer(10)."
        raise refusal(region_id, f"a {kind}", "a Polygon or MultiPolygon, it has to have an area", hint)
    coordinates = geometry.get("coordinates")
    if coordinates is None or not len(coordinates):
        return []
    return [coordinates] if kind == "Polygon" else list(coordinates)


def _has_area(part: object) -> bool:
    """Whether a geometry is of polygons, or a collection that holds some."""
    if not isinstance(part, Mapping):
        return False
    if part.get("type") == "GeometryCollection":
        return any(_has_area(member) for member in part.get("geometries") or ())
    return part.get("type") in _POLYGONS


def parts_without_area(geometry: object) -> list[str]:
    """The kinds of the parts of a GeometryCollection that no region is made of: its points and lines."""
    if not isinstance(geometry, Mapping):
        return []
    if geometry.get("type") == "GeometryCollection":
        return [kind for part in geometry.get("geometries") or () for kind in parts_without_area(part)]
    return [] if geometry.get("type") in _POLYGONS else [str(geometry.get("type"))]


def _check_vertices(count: int, region_id: object) -> None:
    if count > MAX_VERTICES:
        hint = "Simplify it, or split it into several regions."
        raise refusal(region_id, f"{count:,} vertices", f"at most {MAX_VERTICES:,}, Earth Engine's limit", hint)


def _ring_with_code(ring: Sequence[Any], crs: str, region_id: object) -> Ring:
    """The ring in its CRS, or in longitude and latitude where that has no EPSG code."""
    points = _ring(ring, region_id)
    return points if crs.startswith("EPSG:") else _geodetic_ring(points, crs, region_id)


def _ring(ring: Sequence[Any] | Ring, region_id: object) -> Ring:
    """The ring's x and y, closed."""
    try:
        if not isinstance(ring, np.ndarray):
            ring = np.array([(float(position[0]), float(position[1])) for position in ring]).reshape(-1, 2)
        points = np.array(ring[:, :2], np.float64)
    except (TypeError, ValueError, LookupError, OverflowError) as error:
        raise refusal(
            region_id, f"coordinates that cannot be read ({error})", "positions of two or three numbers"
        ) from error
    if not np.isfinite(points).all():
        raise refusal(region_id, "coordinates that are not finite", "finite numbers")
    if len(points) and (points[0] != points[-1]).any():
        points = np.concatenate([points, points[:1]])
    if len(points) < 4:
        raise refusal(region_id, f"a ring of {len(ring)} positions", "rings of three different positions or more")
    return points


def _geodetic_ring(ring: Ring, crs: str, region_id: object) -> Ring:
    """The ring in longitude and latitude, with so many vertices that its edges stay where they are."""
    shapely = import_extra("shapely", "regions", "A region in a CRS without an EPSG code")
    transformer = to_degrees(crs)
    source = transformer.source_crs
    unit = source.axis_info[0].unit_conversion_factor if source.axis_info else 1.0  # metres or radians
    edge = DENSIFIED_EDGE / unit / (_EARTH_RADIUS if source.is_geographic else 1.0)
    line = shapely.LineString(ring)
    _check_vertices(len(ring) + math.floor(line.length / edge), region_id)
    x, y = shapely.get_coordinates(shapely.segmentize(line, edge)).T
    longitude, latitude = transformer.transform(x, y)
    if not (np.isfinite(longitude).all() and np.isfinite(latitude).all()):
        raise outside(region_id, source.name)
    return np.column_stack([longitude, latitude])
