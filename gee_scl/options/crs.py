"""Coordinate reference systems: as callers give them, as Earth Engine reads them, as GDAL does, as people call them."""

from __future__ import annotations

import importlib
import math
import re
from collections.abc import Mapping
from numbers import Integral
from typing import Any

from gee_scl.errors import ArgumentError, MissingExtraError

MODIS = "SR-ORG:6974"
"""Earth Engine's own name for the sinusoidal grid of MODIS and VIIRS, the only code beside EPSG's that it is known to
read. No other software knows it by that name (https://issuetracker.google.com/issues/194561313)."""

_MODIS_WKT = (
    'PROJCS["MODIS Sinusoidal",GEOGCS["unnamed",DATUM["unknown",SPHEROID["MODIS sphere",6371007.181,0]],'
    'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Sinusoidal"],'
    'PARAMETER["longitude_of_center",0],PARAMETER["false_easting",0],PARAMETER["false_northing",0],UNIT["metre",1]]'
)

_EPSG_CODE = re.compile(r"EPSG:\d+", re.IGNORECASE)

_IN_ANOTHER_ORDER = 25
"""PROJ's confidence in percent that two systems are the same whose axes are in another order, or whose names differ."""

_SAME_PLACE = 1e-8
"""Of a coordinate, by which two systems may differ and be the same: centimetres."""

_ALLOWED = "a code such as 'EPSG:32632' or 32632, another CRS that PROJ knows, or None"

_NO_WKT_1 = "It cannot be written as WKT 1, which is what Earth Engine reads."

_UNREADABLE = {
    "custom_proj4": _NO_WKT_1,
    "Goode_Homolosine": "Earth Engine does not know Goode's projection (https://gis.stackexchange.com/q/272818).",
    "Interrupted_Goode_Homolosine": "Earth Engine does not know Goode's projection "
    "(https://gis.stackexchange.com/q/272818).",
}
"""Projections of WKT 1 that Earth Engine has not, with what to say of them."""


def checked_crs(given: object, argument: str = "crs") -> str | None:
    """A coordinate reference system as Earth Engine takes it; None keeps the band's own.

    Heights are dropped, as in regions.

    Args:
        given: a code of any authority that PROJ knows, such as "EPSG:32632" or "ESRI:54009"; the number of an EPSG
            code; WKT 1 or 2, PROJ text or PROJJSON; an object of pyproj, rasterio or geopandas; or an ee.Projection
            that was made of one of these, not computed.
        argument: the caller's name for it.

    Returns:
        "EPSG:n", or WKT 1 where it has no such code: Earth Engine's documentation of ee.Projection says "a well-known
        authority code (e.g. 'EPSG:4326') or a WKT string", it reads codes of no other authority, and WKT through
        GeoTools (https://gis.stackexchange.com/q/272818). "SR-ORG:6974" stays (`MODIS`).

    Raises:
        ArgumentError: PROJ does not know it, it is no CRS of a map, or Earth Engine cannot take it.
        MissingExtraError: it is more than an EPSG code, and pyproj is not installed.
    """
    if given is None:
        return None
    written = _written(given, argument)
    if isinstance(written, str) and written.upper() == MODIS:
        return MODIS
    pyproj = _pyproj()
    if pyproj is None:
        if isinstance(written, str) and _EPSG_CODE.fullmatch(written):
            return written.upper()
        raise MissingExtraError("pyproj", "regions", f"The CRS {given!r}")
    try:
        known = pyproj.CRS.from_user_input(written)
        flat = known.to_2d() if len(known.axis_info) > 2 else known  # what has no height loses some of its names by it
        code = epsg_code(flat)
    except (pyproj.exceptions.CRSError, UnicodeEncodeError) as error:
        raise ArgumentError(argument, given, _ALLOWED, str(error)) from error
    if not (flat.is_projected or flat.is_geographic):
        raise ArgumentError(argument, given, _ALLOWED, f"It is a {flat.type_name}, not one of a map.")
    return f"EPSG:{code}" if code else _wkt_1(flat, given, argument)


def _written(given: Any, argument: str) -> Any:
    """A CRS as PROJ takes it: a text, PROJJSON, or an object that can write itself as WKT."""
    if isinstance(given, Integral) and not isinstance(given, bool):
        return f"EPSG:{int(given)}"
    if isinstance(given, str):
        text = given.strip()
        return f"EPSG:{text}" if text.isdecimal() else text
    # Tables and series of geopandas have a to_wkt of their own.
    if isinstance(given, Mapping) or (hasattr(given, "to_wkt") and not hasattr(given, "geometry")):
        return given
    import ee

    if isinstance(given, ee.Projection):
        made_of = given.args or {}
        named = made_of.get("crs")
        if not isinstance(named, str) or made_of.get("transform") or made_of.get("transformWkt"):
            hint = "Give its CRS alone, as image.projection().crs().getInfo() says it, and the scale as scale=."
            raise ArgumentError(argument, "an ee.Projection that is computed or has a transform", _ALLOWED, hint)
        return _written(named, argument)
    hint = f"Give its {argument}: frame.crs." if hasattr(given, "geometry") else ""
    raise ArgumentError(argument, given, _ALLOWED, hint)


def epsg_code(crs: Any) -> int | None:
    """The EPSG code of a CRS; the order of its axes does not count, as x is first to Earth Engine in each."""
    declared = crs.to_json_dict().get("id", {})
    if declared.get("authority") == "EPSG":
        # WKT 1 of EPSG:3035 has its axes in the other order, by which PROJ thinks it is less likely to be that.
        alike = crs.list_authority(auth_name="EPSG", min_confidence=_IN_ANOTHER_ORDER)
        if str(declared["code"]) in {match.code for match in alike}:
            return int(declared["code"])
    if crs.equals(_pyproj().CRS.from_epsg(4326), ignore_axis_order=True):
        return 4326
    code: int | None = crs.to_epsg()
    return code if code is None or _is_at(crs, code) else None


def _is_at(crs: Any, code: int) -> bool:
    """Whether an EPSG code gives a CRS's coordinates.

    PROJ also names codes that are merely close: a text with an ellipsoid and no datum gets the code of a datum on that
    ellipsoid, which may be a hundred metres away.
    """
    pyproj = _pyproj()
    coded = pyproj.CRS.from_epsg(code)
    area = coded.area_of_use
    place = area.west + (area.east - area.west) % 360 / 2, (area.south + area.north) / 2
    pairs = [pyproj.Transformer.from_crs("EPSG:4326", to, always_xy=True).transform(*place) for to in (crs, coded)]
    return all(math.isclose(*pair, rel_tol=_SAME_PLACE, abs_tol=_SAME_PLACE) for pair in zip(*pairs, strict=True))


def _wkt_1(crs: Any, given: object, argument: str) -> str:
    try:
        wkt = str(crs.to_wkt("WKT1_GDAL") or "")
    except _pyproj().exceptions.CRSError:
        wkt = ""
    projection = re.search(r'PROJECTION\["(\w+)"', wkt)
    trouble = _UNREADABLE.get(projection[1]) if projection else None
    if trouble or not wkt:
        raise ArgumentError(argument, given, _ALLOWED, trouble or _NO_WKT_1)
    return wkt


def crs_label(crs: str) -> str:
    """What people call a CRS: its code, such as "ESRI:54009", else its name.

    Args:
        crs: as `checked_crs` gives it, or as Earth Engine says it of a band.
    """
    if "[" not in crs:
        return crs
    known = _pyproj().CRS.from_user_input(crs)
    code = known.to_authority(min_confidence=100)
    return ":".join(code) if code else str(known.name)


def crs_of_gdal(crs: str) -> str:
    """A CRS as GDAL reads it, which does not know Earth Engine's name for that of MODIS.

    Args:
        crs: as `checked_crs` gives it, or as Earth Engine says it of a band.
    """
    return _MODIS_WKT if crs == MODIS else crs


def _pyproj() -> Any:
    try:
        return importlib.import_module("pyproj")
    except ModuleNotFoundError:
        return None
