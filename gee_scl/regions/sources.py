"""Regions out of what was given: bounding boxes, GeoJSON, shapes, and frames of geopandas."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from numbers import Real
from typing import Any

import ee
import numpy as np
import numpy.typing as npt

from gee_scl.errors import Plain, RegionError
from gee_scl.options.checks import has_members
from gee_scl.regions.crs import GEODETIC_CRS, crs_name
from gee_scl.regions.drafts import Draft, Source
from gee_scl.regions.extras import import_extra
from gee_scl.regions.outlines import geometries_of

_ACCEPTED = (
    "an ee.FeatureCollection, ee.Feature or ee.Geometry, GeoJSON (dict or file), the path of a vector file, a "
    "GeoDataFrame or GeoSeries, anything with __geo_interface__, a bounding box (west, south, east, north), or a list "
    "of these geometries"
)

_WIDEST = 180.0
"""Degrees of a box that is written with west > east: a wider one is rather one whose sides were exchanged."""


def read_object(regions: object, wanted: Sequence[str]) -> Source:
    """What an object of Python says of regions.

    Args:
        regions: anything that is neither a path nor Earth Engine's.
        wanted: columns of a frame that are needed; all others are left where they are.

    Raises:
        RegionError: it is none, or one without a CRS.
        MissingExtraError: it is a frame of geopandas whose CRS needs pyproj, which is not installed.
    """
    # An object of geopandas can only exist where geopandas has been imported.
    geopandas = sys.modules.get("geopandas")
    if geopandas is not None and isinstance(regions, geopandas.GeoDataFrame | geopandas.GeoSeries):
        return read_frame(regions, wanted)
    drafts = list(_read_geometry(regions))
    return Source(drafts, dict.fromkeys(name for draft in drafts for name in draft.properties))


def _read_geometry(regions: object) -> Iterator[Draft]:
    if _is_box(regions):
        yield _read_box(regions)
    elif isinstance(regions, Mapping):
        yield from _read_geojson(regions, GEODETIC_CRS)
    elif hasattr(regions, "__geo_interface__"):
        yield from _read_geojson(regions.__geo_interface__, GEODETIC_CRS)
    elif isinstance(regions, list | tuple | np.ndarray) and has_members(regions):
        for region in regions:
            yield from _read_geometry(region)
    else:
        hint = "Cast it: ee.FeatureCollection(...)." if isinstance(regions, ee.ComputedObject) else ""
        raise RegionError("regions", Plain(f"{type(regions).__name__} {regions!r}"), _ACCEPTED, hint)


def _is_box(regions: object) -> bool:
    return (
        has_members(regions)
        and isinstance(regions, list | tuple | np.ndarray)
        and len(regions) == 4
        and all(isinstance(value, Real) for value in regions)
    )


def _read_box(box: Any) -> Draft:
    west, south, east, north = (float(value) for value in box)
    allowed = (
        "west and east in [-360, 360], south < north in [-90, 90], and an extent of at most 360 degrees, in degrees"
    )
    if not (abs(west) <= 360 and abs(east) <= 360 and -90 <= south < north <= 90):
        hint = "The numbers look projected: pass a GeoDataFrame with its crs." if abs(north) > 90 else ""
        raise RegionError("regions", (west, south, east, north), allowed, hint)
    if east < west:
        if east + 360 - west > _WIDEST:
            hint = f"West and east may be swapped. If not, write west as {west - 360:g}."
            wide = Plain(f"{(west, south, east, north)}, {east + 360 - west:g} degrees from west to east")
            raise RegionError("regions", wide, "west < east, or a box of at most 180 degrees", hint)
        east += 360
    if east > 360:
        west, east = west - 360, east - 360
    if not 0 < east - west <= 360:
        raise RegionError("regions", tuple(box), allowed)
    ring = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return Draft({"type": "Polygon", "coordinates": (ring,)}, GEODETIC_CRS, {}, is_box=True)


def _read_geojson(data: object, crs: str) -> Iterator[Draft]:
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
        yield Draft(geometry, crs, data.get("properties") or {}, data.get("id"))
    elif "coordinates" in data or "geometries" in data:
        yield Draft(data, crs, {})
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
    return crs_name(name)


def read_frame(frame: Any, wanted: Sequence[str]) -> Source:
    """The regions of a frame of geopandas.

    Args:
        frame: a GeoDataFrame or GeoSeries, or a table that may lack a geometry.
        wanted: columns that are needed.

    Raises:
        RegionError: it has no geometry column, or no CRS that is known.
        MissingExtraError: shapely or pyproj is not installed.
    """
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
    crs = crs_name(geometry.crs)
    values = {}
    for column in dict.fromkeys(name for name in wanted if name in columns):
        series = table[column]
        values[column] = series.astype(object).where(series.notna(), None).tolist()
    rows = zip(*values.values(), strict=True) if values else [()] * len(geometry)
    drafts = [
        Draft(shape, crs, dict(zip(values, row, strict=True)))
        for shape, row in zip(_geojson(geometry.to_numpy()), rows, strict=True)
    ]
    return Source(drafts, columns)


def _geojson(shapes: npt.NDArray[Any]) -> list[Any]:
    """The GeoJSON geometries of an array of shapely's, polygons all at once; their rings are arrays."""
    shapely = import_extra("shapely", "regions", "A region of geopandas")
    polygonal = np.isin(shapely.get_type_id(shapes), (3, 6)) & ~shapely.is_empty(shapes)
    parts, part_shape = shapely.get_parts(shapes[polygonal], return_index=True)
    parts, part_shape = parts[~shapely.is_empty(parts)], part_shape[~shapely.is_empty(parts)]
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    ends = np.cumsum(shapely.get_num_coordinates(rings))
    positions = np.split(shapely.get_coordinates(rings), ends)[: len(rings)]  # nothing is behind the last
    documents = np.full(len(shapes), None, dtype=object)
    for index in np.flatnonzero(~polygonal):  # to be refused by name, all but collections of polygons
        documents[index] = getattr(shapes[index], "__geo_interface__", None)
    documents[polygonal] = geometries_of(positions, ring_part, part_shape, int(polygonal.sum()))
    return documents.tolist()
