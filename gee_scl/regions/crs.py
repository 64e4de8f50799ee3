"""Names of coordinate reference systems, and the way from each to longitude and latitude."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from gee_scl.errors import Plain, RegionError
from gee_scl.options.crs import epsg_code
from gee_scl.regions.extras import import_extra

GEODETIC_CRS = "EPSG:4326"
"""Longitude and latitude, the CRS in which Earth Engine's edges may be great circles."""

_CRS84 = re.compile(
    r"(urn:ogc:def:crs:|https?://www\.opengis\.net/def/crs/)?OGC[:/]([\d.]*[:/])?CRS84h?", re.IGNORECASE
)
_EPSG = re.compile(
    r"(urn:ogc:def:crs:|https?://www\.opengis\.net/def/crs/)?EPSG[:/]([\d.]*[:/])?(?P<code>\d+)", re.IGNORECASE
)
_WGS84_CODES = frozenset({4326, 4979})  # 4979 is 4326 with a height, and heights are dropped


@lru_cache(maxsize=64)
def crs_name(crs: Any) -> str:
    """A CRS as "EPSG:n", or as WKT where it has no EPSG code.

    Args:
        crs: anything that names or is a CRS to pyproj.

    Raises:
        RegionError: PROJ does not know it.
        MissingExtraError: it is not longitude and latitude by name, and pyproj is not installed.
    """
    if isinstance(crs, str):
        epsg = _EPSG.fullmatch(crs)
        if _CRS84.fullmatch(crs) or (epsg and int(epsg["code"]) in _WGS84_CODES):
            return GEODETIC_CRS
        crs = f"EPSG:{epsg['code']}" if epsg else crs
    pyproj = import_extra("pyproj", "regions", "A region in another CRS than EPSG:4326")
    try:
        system = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as error:
        raise RegionError("regions", Plain(f"the CRS {crs!r}"), "a CRS that PROJ knows", str(error)) from error
    if system.is_compound:
        system = system.sub_crs_list[0]  # the horizontal part
    code = epsg_code(system)
    if code in _WGS84_CODES or system.to_authority() == ("OGC", "CRS84"):
        return GEODETIC_CRS
    return f"EPSG:{code}" if code else str(system.to_wkt())


@lru_cache(maxsize=64)
def to_degrees(crs: str) -> Any:
    """The transformer of pyproj from x and y in a CRS to longitude and latitude in EPSG:4326.

    Raises:
        RegionError: there is no way there.
        MissingExtraError: pyproj is not installed.
    """
    pyproj = import_extra("pyproj", "regions", "A region in another CRS than EPSG:4326")
    try:
        return pyproj.Transformer.from_crs(crs, GEODETIC_CRS, always_xy=True)
    except pyproj.exceptions.ProjError as error:
        allowed = "a CRS that can be transformed to longitude and latitude"
        raise RegionError("regions", Plain(f"the CRS {crs!r}"), allowed, str(error)) from error
