"""Anything a user calls a region, turned into one immutable value and checked before anything is sent.

Nothing here talks to a server. What Earth Engine does with an edge decides how a region is built:

* Longitude and latitude (EPSG:4326, CRS84) become *geodesic* polygons, Earth Engine's own reading of GeoJSON: an edge
  is a great circle and takes the short way round the Earth, so a ring that jumps by more than 180 degrees crosses the
  antimeridian.
* Another CRS with an EPSG code stays as it is, a *planar* polygon whose edges are straight in that CRS.
* A CRS without an EPSG code is densified to edges of at most 500 m and taken to EPSG:4326.
* A bounding box is planar in EPSG:4326, as `ee.Geometry.BBox` is: its parallels are not great circles.

Coordinates are always read as x, y (longitude, latitude), whatever the CRS says about its axes; heights are dropped.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from numbers import Real
from pathlib import Path
from typing import Any

import ee
import numpy as np
import numpy.typing as npt

from gee_scl.errors import MissingExtraError, NotInitializedError, Plain, RegionError
from gee_scl.options.names import nearest

GEODETIC_CRS = "EPSG:4326"

MAX_VERTICES = 2_000_000
"""Earth Engine refuses a larger geometry: "Geometry has too many edges"."""

DENSIFIED_EDGE = 500.0
"""Metres. A great circle leaves a straight edge of this length by millimetres: length squared over 8 Earth radii."""

_METRES_PER_DEGREE = 111_195.0  # of latitude, on the same sphere
_EARTH_RADIUS = 6371007.181  # metres, the authalic sphere that Earth Engine measures on
_FEATURE_OVERHEAD = 500  # bytes: names of constructors and arguments, the projection, the key
_FLAT = 1e-12  # area over squared extent: below this a ring is a line, and what is left is rounding
_ACCEPTED = (
    "an ee.FeatureCollection, ee.Feature or ee.Geometry, GeoJSON (dict or file), the path of a vector file, a "
    "GeoDataFrame or GeoSeries, anything with __geo_interface__, a bounding box (west, south, east, north), or a list "
    "of these geometries"
)
_CRS84 = re.compile(
    r"(urn:ogc:def:crs:|https?://www\.opengis\.net/def/crs/)?OGC[:/]([\d.]*[:/])?CRS84h?", re.IGNORECASE
)
_EPSG = re.compile(
    r"(urn:ogc:def:crs:|https?://www\.opengis\.net/def/crs/)?EPSG[:/]([\d.]*[:/])?(?P<code>\d+)", re.IGNORECASE
)
_WGS84_CODES = frozenset({4326, 4979})  # 4979 is 4326 with a height, and heights are dropped


Box = tuple[float, float, float, float]
"""West, south, east, north."""


@dataclass(frozen=True)
class Region:
    """One region whose outline is known on this machine.

    Attributes:
        id: the user's id (text or number), else the position from 0.
        geometry: GeoJSON Polygon or MultiPolygon, x before y, coordinates as nested tuples, in `crs`.
        crs: "EPSG:4326" or another EPSG code.
        geodesic: whether edges are great circles; otherwise they are straight in `crs`.
        properties: the kept properties, and no others.
        centroid: longitude and latitude in degrees of the centre of the bounds of the largest part.
        boxes: west, south, east, north of each part, in `crs`.
    """

    id: object
    geometry: Mapping[str, Any]
    crs: str
    geodesic: bool
    properties: Mapping[str, Any]
    centroid: tuple[float, float]
    boxes: tuple[Box, ...]

    @property
    def area(self) -> float:
        """Square metres of the parts' boxes, about: it is for planning, not for measuring."""
        unit = _METRES_PER_DEGREE**2 * math.cos(math.radians(self.centroid[1])) if self.crs == GEODETIC_CRS else 1
        return unit * sum((east - west) * (north - south) for west, south, east, north in self.boxes)

    def boxes_in_degrees(self) -> list[Box]:
        """The parts' boxes in longitude and latitude; those of another CRS with some room around them."""
        if self.crs == GEODETIC_CRS:
            return list(self.boxes)
        to_degrees = _to_degrees(self.crs)
        return [to_degrees.transform_bounds(*box, densify_pts=21) for box in self.boxes]

    @cached_property
    def encoded_size(self) -> int:
        """Bytes that the region adds to a request, about: its GeoJSON and what the client writes around it."""
        return len(json.dumps(self.geometry)) + _FEATURE_OVERHEAD

    def to_feature(self, key_property: str, key: int) -> ee.Feature:
        """The region as an expression that carries nothing but its outline and a key.

        Args:
            key_property: name of the property that holds the key.
            key: number by which the answer finds its region again.

        Returns:
            An ee.Feature; its graph holds the coordinates once. No request is made.

        Raises:
            NotInitializedError: no session is open. The client looks up the constructors' signatures, which it
                gets when a session opens, so that no geometry can be built before.
        """
        if not ee.data.is_initialized():
            raise NotInitializedError
        arguments: dict[str, object] = {
            "coordinates": _Coordinates(self.geometry["coordinates"]),
            "geodesic": self.geodesic,
        }
        if self.crs != GEODETIC_CRS:  # the default: leaving it out makes every feature of a request smaller
            arguments["crs"] = ee.Projection(self.crs)
        constructor = ee.ApiFunction.lookup(f"GeometryConstructors.{self.geometry['type']}")
        outline = ee.Geometry(ee.ComputedObject(constructor, arguments))
        feature: ee.Feature = ee.Feature(outline, {key_property: key})
        return feature


class _Coordinates(ee.Encodable):
    """Coordinates that are written as one constant.

    Of a list the client writes every number for itself, and every position that comes twice as a reference: a
    thousand fields then take seconds, and up to five times their size.
    """

    def __init__(self, coordinates: object) -> None:
        self._coordinates = coordinates

    def encode_cloud_value(self, encoder: object) -> dict[str, object]:
        return {"constantValue": self._coordinates}


@dataclass(frozen=True)
class Regions:
    """A set of regions, known either on this machine or by Earth Engine alone.

    Attributes:
        items: the regions in the order they came; empty for server-side regions.
        server: the collection, where the user gave an Earth Engine object; None otherwise.
        id_column: the property that holds the ids; None where positions 0..R-1 are the ids.
        keep: names of the properties to carry into the results.
    """

    items: tuple[Region, ...]
    server: ee.FeatureCollection | None
    id_column: str | None
    keep: tuple[str, ...]


def as_regions(
    regions: object, *, id: str | None = None, keep: Sequence[str] = (), layer: str | None = None
) -> Regions:
    """Read, check and name regions.

    Earth Engine objects are kept as they are and can only be checked by the server. All other regions are refused here,
    by id, if they have no area, are invalid, contain a pole, or exceed Earth Engine's limit of 2,000,000 vertices. Open
    rings are closed; a MultiPolygon cut at the antimeridian (RFC 7946) stays cut.

    Args:
        regions: an ee.FeatureCollection, ee.Feature or ee.Geometry; GeoJSON as dict or file; the path of a vector file;
            a GeoDataFrame or GeoSeries; anything with `__geo_interface__`; a bounding box (west, south, east, north) in
            degrees, which crosses the antimeridian where west > east; or a list of such geometries or features.
        id: property (column) that holds the ids, all different and none missing. GeoJSON's own feature ids are used for
            id="id" if no property has that name. By default regions are numbered from 0.
        keep: properties (columns) to carry; None where a region lacks one.
        layer: layer of a vector file that has several.

    Returns:
        The regions. No request is made.

    Raises:
        RegionError: what was given is no region, or one that cannot be measured.
        MissingExtraError: a package of the extra "regions" or "parquet" is needed and not installed. Bounding boxes and
            Earth Engine objects need none.

    Examples:
        >>> from gee_scl.regions.region import as_regions
        >>> as_regions((11.0, 48.0, 11.2, 48.1)).items[0].geodesic
        False
        >>> [region.id for region in as_regions(fields, id="name").items][:3]
        ['Lake', 'Farmland', 'Single field']
    """
    kept = (keep,) if isinstance(keep, str) else tuple(dict.fromkeys(keep))
    path = Path(os.fspath(regions)) if isinstance(regions, str | os.PathLike) else None
    if layer is not None and path is None:
        raise RegionError("layer", layer, "None, unless regions is the path of a vector file")
    server: ee.FeatureCollection | None = _server_side(regions)
    if server is not None:
        return Regions((), server, id, kept)
    wanted = kept if id is None else (id, *kept)
    source = _read(regions, wanted) if path is None else _read_path(path, layer, wanted)
    if not source.drafts:
        raise RegionError("regions", Plain("an empty collection"), "at least one region")
    ids = list(range(len(source.drafts))) if id is None else _ids(source, id)
    for column in kept:
        require_column("keep", column, source.columns)
    return Regions(tuple(_build(source.drafts, ids, kept)), None, id, kept)


def as_region(region: object) -> Regions:
    """What `as_regions` reads, for a parameter that is called `region`, as errors then say.

    Raises:
        RegionError: as in `as_regions`, as is the other.
        MissingExtraError: see there.
    """
    try:
        return as_regions(region)
    except RegionError as error:
        raise RegionError("region", error.given, error.allowed, error.hint) from None


def _import(package: str, extra: str, purpose: str) -> Any:
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        raise MissingExtraError(package, extra, purpose) from error


# --- Reading: from what was given to drafts, nothing checked yet ------------------------------------------------------


@dataclass(frozen=True)
class _Draft:
    """One region as it was read: GeoJSON geometry, CRS as "EPSG:n" or else WKT, properties."""

    geometry: object
    crs: str
    properties: Mapping[str, Any]
    feature_id: object = None
    is_box: bool = False

    @property
    def geodesic(self) -> bool:
        """Geodesic unless it is a box or, as Earth Engine itself writes, has a member "geodesic" that says no."""
        planar = isinstance(self.geometry, Mapping) and self.geometry.get("geodesic") is False
        return self.crs == GEODETIC_CRS and not self.is_box and not planar


@dataclass(frozen=True)
class _Source:
    drafts: Sequence[_Draft]
    columns: Collection[str]


def _server_side(regions: Any) -> ee.FeatureCollection | None:
    given = regions if isinstance(regions, list | tuple) else [regions]
    collection: ee.FeatureCollection | None = None
    if isinstance(regions, ee.FeatureCollection):
        collection = regions
    elif given and all(isinstance(region, ee.Feature | ee.Geometry) for region in given):
        collection = ee.FeatureCollection([ee.Feature(region) for region in given])
    return collection


def _read(regions: object, wanted: Sequence[str]) -> _Source:
    # An object of geopandas can only exist where geopandas has been imported.
    geopandas = sys.modules.get("geopandas")
    if geopandas is not None and isinstance(regions, geopandas.GeoDataFrame | geopandas.GeoSeries):
        return _read_frame(regions, wanted)
    drafts = list(_read_geometry(regions))
    return _Source(drafts, dict.fromkeys(name for draft in drafts for name in draft.properties))


def _read_geometry(regions: object) -> Iterator[_Draft]:
    if _is_box(regions):
        yield _read_box(regions)
    elif isinstance(regions, Mapping):
        yield from _read_geojson(regions, GEODETIC_CRS)
    elif hasattr(regions, "__geo_interface__"):
        yield from _read_geojson(regions.__geo_interface__, GEODETIC_CRS)
    elif isinstance(regions, list | tuple | np.ndarray):
        for region in regions:
            yield from _read_geometry(region)
    else:
        hint = "Cast it: ee.FeatureCollection(...)." if isinstance(regions, ee.ComputedObject) else ""
        raise RegionError("regions", Plain(f"{type(regions).__name__} {regions!r}"), _ACCEPTED, hint)


def _is_box(regions: object) -> bool:
    return (
        isinstance(regions, list | tuple | np.ndarray)
        and len(regions) == 4
        and all(isinstance(value, Real) for value in regions)
    )


def _read_box(box: Any) -> _Draft:
    west, south, east, north = (float(value) for value in box)
    allowed = (
        "west and east in [-360, 360], south < north in [-90, 90], and an extent of at most 360 degrees, in degrees"
    )
    if not (abs(west) <= 360 and abs(east) <= 360 and -90 <= south < north <= 90):
        hint = "The numbers look projected: pass a GeoDataFrame with its crs." if abs(north) > 90 else ""
        raise RegionError("regions", (west, south, east, north), allowed, hint)
    if east < west:
        east += 360
    if east > 360:
        west, east = west - 360, east - 360
    if not 0 < east - west <= 360:
        raise RegionError("regions", tuple(box), allowed)
    ring = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return _Draft({"type": "Polygon", "coordinates": (ring,)}, GEODETIC_CRS, {}, is_box=True)


def _read_geojson(data: object, crs: str) -> Iterator[_Draft]:
    if not isinstance(data, Mapping) or "type" not in data:
        raise RegionError("regions", data, "GeoJSON, an object with a member 'type'")
    kind = data["type"]
    crs = _declared_crs(data["crs"]) if data.get("crs") else crs
    if kind == "FeatureCollection":
        for feature in data.get("features") or ():
            yield from _read_geojson(feature, crs)
    elif kind == "Feature":
        geometry = data.get("geometry")
        if isinstance(geometry, Mapping) and geometry.get("crs"):
            crs = _declared_crs(geometry["crs"])
        yield _Draft(geometry, crs, data.get("properties") or {}, data.get("id"))
    elif "coordinates" in data or "geometries" in data:
        yield _Draft(data, crs, {})
    else:
        raise RegionError(
            "regions", Plain(f"an object of type {kind!r}"), "a GeoJSON geometry, Feature or FeatureCollection"
        )


def _declared_crs(member: object) -> str:
    """The CRS that GeoJSON's legacy member "crs" names (GeoJSON 2008, section 3.1)."""
    name = None
    if isinstance(member, Mapping) and isinstance(member.get("properties"), Mapping):
        name = member["properties"].get("name")
    if not isinstance(name, str):
        raise RegionError("regions", Plain(f"the GeoJSON member crs: {member!r}"), "a crs of type 'name', or none")
    return _crs_name(name)


@lru_cache(maxsize=64)
def _crs_name(crs: Any) -> str:
    """A CRS as "EPSG:n", or as WKT where it has no EPSG code."""
    if isinstance(crs, str):
        epsg = _EPSG.fullmatch(crs)
        if _CRS84.fullmatch(crs) or (epsg and int(epsg["code"]) in _WGS84_CODES):
            return GEODETIC_CRS
        crs = f"EPSG:{epsg['code']}" if epsg else crs
    pyproj = _import("pyproj", "regions", "A region in another CRS than EPSG:4326")
    try:
        known = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as error:
        raise RegionError("regions", Plain(f"the CRS {crs!r}"), "a CRS that PROJ knows", str(error)) from error
    if known.is_compound:
        known = known.sub_crs_list[0]  # the horizontal part
    code = known.to_epsg()
    if code in _WGS84_CODES or known.to_authority() == ("OGC", "CRS84"):
        return GEODETIC_CRS
    return f"EPSG:{code}" if code else str(known.to_wkt())


def _read_frame(frame: Any, wanted: Sequence[str]) -> _Source:
    name = type(frame).__name__
    geometry = frame.geometry if name == "GeoSeries" or getattr(frame, "active_geometry_name", None) else None
    if geometry is None:
        raise RegionError("regions", Plain("a table without a geometry column"), "a table with polygons")
    if geometry.crs is None:
        hint = "Say which it is, for example frame.set_crs('EPSG:4326')."
        raise RegionError("regions", Plain(f"a {name} without a CRS"), f"a {name} whose crs is set", hint)
    table = geometry.to_frame() if name == "GeoSeries" else frame
    # An index that has a name is a column to its user.
    named_levels = [level for level in table.index.names if level is not None and level not in table.columns]
    table = table.reset_index(level=named_levels) if named_levels else table
    columns = [column for column in table.columns if column != geometry.name]
    crs = _crs_name(geometry.crs)
    values = {}
    for column in dict.fromkeys(name for name in wanted if name in columns):
        series = table[column]
        values[column] = series.astype(object).where(series.notna(), None).tolist()
    rows = zip(*values.values(), strict=True) if values else [()] * len(geometry)
    drafts = [
        _Draft(shape, crs, dict(zip(values, row, strict=True)))
        for shape, row in zip(_geojson(geometry.to_numpy()), rows, strict=True)
    ]
    return _Source(drafts, columns)


def _geojson(shapes: npt.NDArray[Any]) -> list[Any]:
    """The GeoJSON geometries of an array of shapely's, polygons all at once."""
    shapely = _import("shapely", "regions", "A region of geopandas")
    polygonal = np.isin(shapely.get_type_id(shapes), (3, 6)) & ~shapely.is_empty(shapes)
    parts, part_shape = shapely.get_parts(shapes[polygonal], return_index=True)
    parts, part_shape = parts[~shapely.is_empty(parts)], part_shape[~shapely.is_empty(parts)]
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    ring_ends = np.append(0, np.cumsum(shapely.get_num_coordinates(rings)))
    outlines = _Outlines(shapely.get_coordinates(rings), ring_ends, ring_part, part_shape)
    geometries = np.full(len(shapes), None, dtype=object)
    for index in np.flatnonzero(~polygonal):  # to be refused by name, all but collections of polygons
        geometries[index] = getattr(shapes[index], "__geo_interface__", None)
    geometries[polygonal] = _geometries(outlines, int(polygonal.sum()))
    return geometries.tolist()


def _read_path(path: Path, layer: str | None, wanted: Sequence[str]) -> _Source:
    path = path.expanduser()
    if not _exists(path):
        hint = "GeoJSON as text goes through json.loads." if str(path).lstrip().startswith("{") else ""
        raise RegionError("regions", str(path), "the path of an existing file", hint)
    suffix = path.suffix.lower()
    if layer is not None and suffix in {".geojson", ".json", ".parquet", ".geoparquet"}:
        raise RegionError("layer", layer, f"None: a {suffix} file has one layer")
    if suffix in {".geojson", ".json"}:
        try:
            data = json.loads(path.read_text(encoding="utf-8-sig"))
        except ValueError as error:
            raise RegionError("regions", str(path), "a file of GeoJSON", f"It cannot be read: {error}.") from error
        return _read(data if isinstance(data, Mapping) else {}, wanted)
    geopandas = _import("geopandas", "regions", f"Reading {path.name}")
    if suffix in {".parquet", ".geoparquet"}:
        _import("pyarrow", "parquet", f"Reading {path.name}")
        return _read_frame(_open(path, geopandas.read_parquet), wanted)
    layer = _layer(path, layer, geopandas)
    return _read_frame(_open(path, lambda file: geopandas.read_file(file, layer=layer)), wanted)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # longer than a file name can be
        return False


def _layer(path: Path, layer: str | None, geopandas: Any) -> str:
    layers = _open(path, geopandas.list_layers)
    names = list(layers["name"])
    spatial = list(layers.loc[layers["geometry_type"].notna(), "name"]) or names
    if layer is None and len(spatial) == 1:
        return str(spatial[0])
    if layer is None or layer not in names:
        hint = "Give one of them as layer=..." if layer is None else nearest(layer, names)
        raise RegionError("layer", layer, f"a layer of {path.name}: {', '.join(map(repr, spatial))}", hint)
    return layer


def _open(path: Path, reader: Callable[[Path], Any]) -> Any:
    try:
        return reader(path)
    except (RuntimeError, ValueError, OSError) as error:  # pyogrio's and pyarrow's errors are of these
        raise RegionError("regions", str(path), "a vector file", f"It cannot be read: {error}.") from error


# --- Names and properties ---------------------------------------------------------------------------------------------


def _ids(source: _Source, column: str) -> list[object]:
    if column == "id" and "id" not in source.columns and any(draft.feature_id is not None for draft in source.drafts):
        ids = [draft.feature_id for draft in source.drafts]
    else:
        require_column("id", column, source.columns)
        ids = [draft.properties.get(column) for draft in source.drafts]
    positions: dict[object, list[int]] = {}
    for position, value in enumerate(ids):
        if value is None or value != value:  # NaN and NaT differ from themselves
            given = Plain(f"{column!r}, which has no value at position {position}")
            raise RegionError("id", given, "a property that every region has")
        if not isinstance(value, str | Real):
            given = Plain(f"{column!r}, which is {value!r} at position {position}")
            raise RegionError("id", given, "a property that holds text or numbers")
        positions.setdefault(value, []).append(position)
    repeated = [f"{value!r} at positions {_list(places)}" for value, places in positions.items() if len(places) > 1]
    if repeated:
        raise RegionError(
            "id", Plain(f"{column!r}, which repeats {_list(repeated, 3)}"), "a property that names each region"
        )
    return ids


def _list(values: Sequence[object], limit: int = 5) -> str:
    rest = len(values) - limit
    return ", ".join(map(str, values[:limit])) + (f" and {rest} more" if rest > 0 else "")


def require_column(argument: str, column: str, columns: Collection[str]) -> None:
    """Refuses a column that the regions do not have.

    Raises:
        RegionError: it is not there.
    """
    if column not in columns:
        names = ", ".join(map(repr, columns))
        allowed = f"one of the properties {names}" if names else "nothing, the regions have no properties"
        raise RegionError(argument, column, allowed, nearest(column, columns))


# --- Building: outlines as one flat table, so that ten thousand regions are checked at once ---------------------------


@dataclass(frozen=True)
class _Outlines:
    """All rings of all regions, closed: positions (N, 2), where each ring starts and ends, and what belongs to what."""

    positions: npt.NDArray[np.float64]
    ring_ends: npt.NDArray[np.intp]  # 0, then the end of each ring
    ring_polygon: npt.NDArray[np.intp]
    polygon_region: npt.NDArray[np.intp]

    @cached_property
    def position_ring(self) -> npt.NDArray[np.intp]:
        return np.repeat(np.arange(len(self.ring_polygon)), np.diff(self.ring_ends))

    @cached_property
    def position_region(self) -> npt.NDArray[np.intp]:
        return self.polygon_region[self.ring_polygon[self.position_ring]]


def _build(drafts: Sequence[_Draft], ids: Sequence[object], keep: Sequence[str]) -> Iterator[Region]:
    # A CRS without an EPSG code ends in longitude and latitude.
    systems = [draft.crs if draft.crs.startswith("EPSG:") else GEODETIC_CRS for draft in drafts]
    geodesic = [draft.geodesic or system != draft.crs for draft, system in zip(drafts, systems, strict=True)]
    outlines = _flatten(drafts, ids)
    _check_degrees(outlines, np.array([system == GEODETIC_CRS for system in systems]), ids)
    _unwrap(outlines, np.array(geodesic), ids)
    if not all(draft.is_box for draft in drafts):
        _check_shapes(outlines, ids)
    geometries = _geometries(outlines, len(drafts))
    boxes = _boxes(outlines, len(drafts))
    centroids = _centroids(boxes, systems, ids)
    for index, draft in enumerate(drafts):
        properties = {name: draft.properties.get(name) for name in keep}
        yield Region(
            ids[index], geometries[index], systems[index], geodesic[index], properties, centroids[index], boxes[index]
        )


def _refusal(region_id: object, fault: str, allowed: str, hint: str = "") -> RegionError:
    return RegionError("regions", Plain(f"region {region_id!r}: {fault}"), allowed, hint)


def _flatten(drafts: Sequence[_Draft], ids: Sequence[object]) -> _Outlines:
    positions: list[tuple[float, float]] = []
    ring_ends: list[int] = [0]
    ring_polygon: list[int] = []
    polygon_region: list[int] = []
    for index, (draft, region_id) in enumerate(zip(drafts, ids, strict=True)):
        polygons = [polygon for polygon in _polygons(draft.geometry, region_id) if len(polygon)]
        if not polygons:
            raise _refusal(region_id, "no geometry, or an empty one", "a Polygon or MultiPolygon")
        _check_vertices(sum(len(ring) for polygon in polygons for ring in polygon), region_id)
        for polygon in polygons:
            for ring in polygon:
                points = _ring(ring, region_id)
                positions += points if draft.crs.startswith("EPSG:") else _geodetic_ring(points, draft.crs, region_id)
                ring_ends.append(len(positions))
                ring_polygon.append(len(polygon_region))
            polygon_region.append(index)
    return _Outlines(np.array(positions), np.array(ring_ends), np.array(ring_polygon), np.array(polygon_region))


def _polygons(geometry: object, region_id: object) -> list[Any]:
    """The coordinates of each polygon of a GeoJSON geometry."""
    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    if geometry is None or not isinstance(geometry, Mapping):
        return []
    if kind == "GeometryCollection":
        return [polygon for part in geometry.get("geometries") or () for polygon in _polygons(part, region_id)]
    if kind not in {"Polygon", "MultiPolygon"}:
        hint = "Buffer it in a CRS in metres, for example geometry.buffer(10)."
        raise _refusal(region_id, f"a {kind}", "a Polygon or MultiPolygon, it has to have an area", hint)
    coordinates = geometry.get("coordinates")
    if coordinates is None or not len(coordinates):
        return []
    return [coordinates] if kind == "Polygon" else list(coordinates)


def _check_vertices(count: int, region_id: object) -> None:
    if count > MAX_VERTICES:
        hint = "Simplify it, or split it into several regions."
        raise _refusal(region_id, f"{count:,} vertices", f"at most {MAX_VERTICES:,}, Earth Engine's limit", hint)


def _ring(ring: Sequence[Any], region_id: object) -> list[tuple[float, float]]:
    """The ring's x and y, closed."""
    try:
        points = [(float(position[0]), float(position[1])) for position in ring]
    except (TypeError, ValueError, LookupError, OverflowError) as error:
        raise _refusal(
            region_id, f"coordinates that cannot be read ({error})", "positions of two or three numbers"
        ) from error
    if not all(math.isfinite(x) and math.isfinite(y) for x, y in points):
        raise _refusal(region_id, "coordinates that are not finite", "finite numbers")
    if points and points[0] != points[-1]:
        points.append(points[0])
    if len(points) < 4:
        raise _refusal(region_id, f"a ring of {len(ring)} positions", "rings of three different positions or more")
    return points


def _geodetic_ring(ring: list[tuple[float, float]], crs: str, region_id: object) -> list[tuple[float, float]]:
    """The ring in longitude and latitude, with so many vertices that its edges stay where they are."""
    shapely = _import("shapely", "regions", "A region in a CRS without an EPSG code")
    transformer = _to_degrees(crs)
    source = transformer.source_crs
    unit = source.axis_info[0].unit_conversion_factor if source.axis_info else 1.0  # metres or radians
    edge = DENSIFIED_EDGE / unit / (_EARTH_RADIUS if source.is_geographic else 1.0)
    line = shapely.LineString(ring)
    _check_vertices(len(ring) + math.floor(line.length / edge), region_id)
    x, y = shapely.get_coordinates(shapely.segmentize(line, edge)).T
    longitude, latitude = transformer.transform(x, y)
    if not (np.isfinite(longitude).all() and np.isfinite(latitude).all()):
        raise _outside(region_id, source.name)
    return list(zip(longitude.tolist(), latitude.tolist(), strict=True))


def _outside(region_id: object, crs: str) -> RegionError:
    return _refusal(region_id, f"coordinates outside what {crs} can express", "coordinates in the region's own CRS")


@lru_cache(maxsize=64)
def _to_degrees(crs: str) -> Any:
    pyproj = _import("pyproj", "regions", "A region in another CRS than EPSG:4326")
    try:
        return pyproj.Transformer.from_crs(crs, GEODETIC_CRS, always_xy=True)
    except pyproj.exceptions.ProjError as error:
        allowed = "a CRS that can be transformed to longitude and latitude"
        raise RegionError("regions", Plain(f"the CRS {crs!r}"), allowed, str(error)) from error


def _check_degrees(outlines: _Outlines, in_degrees: npt.NDArray[np.bool_], ids: Sequence[object]) -> None:
    too_large = (np.abs(outlines.positions) > (360, 90)).any(axis=1)
    bad = np.flatnonzero(too_large & in_degrees[outlines.position_region])
    if bad.size:
        x, y = outlines.positions[bad[0]]
        raise _refusal(
            ids[outlines.position_region[bad[0]]],
            f"the position ({x:g}, {y:g})",
            "longitude in [-360, 360] and latitude in [-90, 90]",
            "The coordinates are probably projected: pass a GeoDataFrame with its crs.",
        )


def _unwrap(outlines: _Outlines, geodesic: npt.NDArray[np.bool_], ids: Sequence[object]) -> None:
    """Make the longitudes of regions that cross the antimeridian continuous, as in 179..181, in place."""
    jumps = np.abs(np.diff(outlines.positions[:, 0])) > 180
    jumps &= (np.diff(outlines.position_ring) == 0) & geodesic[outlines.position_region[1:]]
    for region in np.unique(outlines.position_region[1:][jumps]):
        polygons = np.flatnonzero(outlines.polygon_region == region)
        parts = [
            [
                outlines.positions[outlines.ring_ends[ring] : outlines.ring_ends[ring + 1], 0]
                for ring in np.flatnonzero(outlines.ring_polygon == polygon)
            ]
            for polygon in polygons
        ]
        crossing = [ring for part in parts for ring in part if _unwrap_ring(ring, ids[region])]
        for shell, *holes in parts:
            _move_near(shell, crossing[0])
            for hole in holes:
                _move_near(hole, shell)


def _unwrap_ring(longitudes: npt.NDArray[np.float64], region_id: object) -> bool:
    turns = np.rint(np.diff(longitudes) / 360)
    if not turns.any():
        return False
    longitudes[1:] -= 360 * np.cumsum(turns)
    if abs(longitudes[-1] - longitudes[0]) > 180:
        hint = "Cut the pole out, or give a polar projection as the crs of a GeoDataFrame."
        raise _refusal(region_id, "a ring round a pole", "regions without a pole, in longitude and latitude", hint)
    longitudes[-1] = longitudes[0]
    longitudes -= 360 * np.floor((longitudes.min() + 180) / 360)
    return True


def _move_near(longitudes: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> None:
    distance = (other.min() + other.max() - longitudes.min() - longitudes.max()) / 2
    longitudes += 360 * np.rint(distance / 360)


def _check_shapes(outlines: _Outlines, ids: Sequence[object]) -> None:
    shapely = _import("shapely", "regions", "A region that is neither a bounding box nor an Earth Engine object")
    rings = shapely.linearrings(outlines.positions, indices=outlines.position_ring)
    polygons = shapely.polygons(rings, indices=outlines.ring_polygon)
    shapes = shapely.multipolygons(polygons, indices=outlines.polygon_region)
    west, south, east, north = shapely.bounds(shapes).T
    smallest = _FLAT * np.maximum(east - west, north - south) ** 2
    # The signed area of a figure of eight is zero as well: only a flat hull has no area.
    suspects = np.flatnonzero(shapely.area(shapes) <= smallest)
    flat = suspects[shapely.area(shapely.convex_hull(shapes[suspects])) <= smallest[suspects]]
    if flat.size:
        hint = "Edges in degrees take the short way round the Earth; a band of latitudes is a bounding box."
        raise _refusal(ids[flat[0]], "zero area", "regions with an area", hint)
    invalid = np.flatnonzero(~shapely.is_valid(shapes))
    if invalid.size:
        reason = shapely.is_valid_reason(shapes[invalid[0]])
        hint = "Repair it with shapely.make_valid and look at the result."
        raise _refusal(ids[invalid[0]], reason, "valid polygons", hint)


def _geometries(outlines: _Outlines, count: int) -> list[dict[str, Any]]:
    x, y = outlines.positions.T.tolist()
    points = list(zip(x, y, strict=True))
    ends = outlines.ring_ends.tolist()
    polygons: list[list[Any]] = [[] for _ in outlines.polygon_region]
    for ring, polygon in enumerate(outlines.ring_polygon.tolist()):
        polygons[polygon].append(tuple(points[ends[ring] : ends[ring + 1]]))
    regions: list[list[Any]] = [[] for _ in range(count)]
    for polygon, region in enumerate(outlines.polygon_region.tolist()):
        regions[region].append(tuple(polygons[polygon]))
    return [
        {"type": "Polygon", "coordinates": parts[0]}
        if len(parts) == 1
        else {"type": "MultiPolygon", "coordinates": tuple(parts)}
        for parts in regions
    ]


def _boxes(outlines: _Outlines, count: int) -> list[tuple[Box, ...]]:
    """The bounds of each part of each region."""
    low = np.minimum.reduceat(outlines.positions, outlines.ring_ends[:-1])
    high = np.maximum.reduceat(outlines.positions, outlines.ring_ends[:-1])
    shells = np.unique(outlines.ring_polygon, return_index=True)[1]  # a part's first ring
    boxes: list[list[Box]] = [[] for _ in range(count)]
    sides = np.hstack([low[shells], high[shells]]).tolist()
    for region, (west, south, east, north) in zip(outlines.polygon_region.tolist(), sides, strict=True):
        boxes[region].append((west, south, east, north))
    return [tuple(parts) for parts in boxes]


def _centroids(
    boxes: Sequence[tuple[Box, ...]], systems: Sequence[str], ids: Sequence[object]
) -> list[tuple[float, float]]:
    """Longitude and latitude of the centre of each region's largest box: a region cut at 180 degrees is not at 0."""
    largest = np.array([max(parts, key=lambda box: (box[2] - box[0]) * (box[3] - box[1])) for parts in boxes])
    x, y = ((largest[:, :2] + largest[:, 2:]) / 2).T
    codes = np.array(systems)
    for crs in set(systems) - {GEODETIC_CRS}:
        members = codes == crs
        x[members], y[members] = _to_degrees(crs).transform(x[members], y[members])
        lost = np.flatnonzero(members & ~(np.isfinite(x) & np.isfinite(y)))
        if lost.size:
            raise _outside(ids[lost[0]], crs)
    x = (x + 180) % 360 - 180
    return list(zip(x.tolist(), y.tolist(), strict=True))
