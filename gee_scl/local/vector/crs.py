"""Coordinate reference systems: their names, their units, and ways from one to another."""

from __future__ import annotations

import functools
import math
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import pyproj
from pyproj.exceptions import CRSError

from gee_scl.local.errors import EvaluationError
from gee_scl.local.vector import sphere

LONLAT = "EPSG:4326"

MODIS = "SR-ORG:6974"
"""Earth Engine's own name for the sinusoidal grid of MODIS and VIIRS, which no other software knows by it
(https://issuetracker.google.com/issues/194561313)."""

MODIS_SINUSOIDAL = (
    'PROJCS["MODIS Sinusoidal",GEOGCS["unnamed",DATUM["unknown",SPHEROID["MODIS sphere",6371007.181,0]],'
    'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Sinusoidal"],'
    'PARAMETER["longitude_of_center",0],PARAMETER["false_easting",0],PARAMETER["false_northing",0],UNIT["metre",1]]'
)
"""What it is to PROJ, and so inside of the engine."""

_EPSG_CODE = re.compile(r"EPSG:\d+", re.IGNORECASE)

METRES_PER_DEGREE = 6378137.0 * math.pi / 180
"""One degree on the equator of WGS84: what Earth Engine's nominalScale counts for geographic projections (recorded:
111319.49 for EPSG:4326)."""


def canonical_crs(name: str) -> str:
    """The name under which a CRS is compared: "EPSG:n" where a known spelling means that, else as given."""
    spelled = name.strip()
    upper = spelled.upper()
    if upper in {"OGC:CRS84", "CRS84", "CRS:84", "URN:OGC:DEF:CRS:OGC:1.3:CRS84", "URN:OGC:DEF:CRS:OGC::CRS84"}:
        return LONLAT
    if upper == MODIS:
        return MODIS_SINUSOIDAL
    if upper.startswith("URN:OGC:DEF:CRS:EPSG:"):
        return f"EPSG:{upper.rpartition(':')[2]}"
    return upper if upper.startswith("EPSG:") else spelled


@lru_cache(maxsize=256)
def parse_crs(name: str) -> pyproj.CRS:
    """The coordinate reference system of that name or WKT.

    Raises:
        EvaluationError: PROJ does not know it.
    """
    try:
        return pyproj.CRS.from_user_input(name)
    except CRSError as error:
        raise EvaluationError(f"The CRS of a map projection could not be parsed: {name[:200]!r}.") from error


def requested_crs(name: str) -> str:
    """A CRS that a client names, as "EPSG:n" or WKT.

    Earth Engine reads EPSG's codes, its own name for the CRS of MODIS, and WKT; "ESRI:54009" and "SR-ORG:7619" are
    errors there (https://gis.stackexchange.com/q/272818).

    Raises:
        EvaluationError: it is none of these, or PROJ does not know it.
    """
    if not (_EPSG_CODE.fullmatch(name) or name.upper() == MODIS or "[" in name):
        raise _unreadable(name)
    return normalized_crs(name)


@functools.lru_cache(maxsize=256)
def normalized_crs(name: str) -> str:
    """A CRS as "EPSG:n" where it has such a code, else as WKT.

    Raises:
        EvaluationError: PROJ does not know it.
    """
    if name.upper() == MODIS:
        return MODIS_SINUSOIDAL
    try:
        crs = pyproj.CRS.from_user_input(name)
    except pyproj.exceptions.CRSError:
        raise _unreadable(name) from None
    code = crs.to_epsg(min_confidence=100) if not name.upper().startswith("EPSG:") else int(name[5:])
    return f"EPSG:{code}" if code else name if "[" in name else str(crs.to_wkt())


def _unreadable(name: str) -> EvaluationError:
    return EvaluationError(f"The CRS of a map projection could not be parsed: '{name}'.")


def shown_crs(crs: str) -> str:
    """A CRS as answers have it: by Earth Engine's own name, where it has one."""
    return MODIS if crs == MODIS_SINUSOIDAL else crs


@functools.lru_cache(maxsize=256)
def is_geographic(crs: str) -> bool:
    """Whether coordinates are longitudes and latitudes."""
    return pyproj.CRS.from_user_input(crs).is_geographic


@functools.lru_cache(maxsize=256)
def metres_per_unit(crs: str) -> float:
    """Metres per unit of a CRS; per degree on the equator for a geographic one."""
    axis = pyproj.CRS.from_user_input(crs).axis_info[0]
    factor = axis.unit_conversion_factor
    return METRES_PER_DEGREE * factor / math.radians(1) if is_geographic(crs) else factor


def in_units(crs: str, metres: float) -> float:
    """Metres on the ground in units of a CRS; a degree is one of a great circle."""
    plane = parse_crs(crs)
    return metres / (sphere.DEGREE if plane.is_geographic else plane.axis_info[0].unit_conversion_factor)


_local = threading.local()

_lending = threading.Lock()
_projections: dict[str, list[pyproj.Proj]] = {}
"""By CRS, those that nobody has."""


def transformer(source: str, target: str) -> pyproj.Transformer:
    """From one CRS to another, x before y. One per thread: PROJ objects must not be shared between threads."""
    transformers: dict[tuple[str, str], pyproj.Transformer] = _local.__dict__.setdefault("transformers", {})
    if (source, target) not in transformers:
        transformers[source, target] = pyproj.Transformer.from_crs(source, target, always_xy=True)
    return transformers[source, target]


@contextmanager
def projection_of(crs: str) -> Iterator[pyproj.Proj]:
    """The map projection of a CRS, for its scale factors; nobody else has it meanwhile.

    They are kept, and so made as seldom as can be: to make one changes the filters of warnings of all threads for a
    moment (pyproj 3.7, `warnings.catch_warnings`), and where two threads do so at a time, what one has changed stays.
    """
    with _lending:
        kept = _projections.setdefault(crs, [])
        projection = kept.pop() if kept else None
    projection = projection or pyproj.Proj(crs)
    try:
        yield projection
    finally:
        with _lending:
            _projections[crs].append(projection)
