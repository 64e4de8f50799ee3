"""Coordinate reference systems: their names, their units, and ways from one to another."""

from __future__ import annotations

import functools
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import pyproj
from pyproj.exceptions import CRSError

from gee_scl.local.errors import EvaluationError
from gee_scl.local.vector import sphere

LONLAT = "EPSG:4326"

METRES_PER_DEGREE = 6378137.0 * math.pi / 180
"""One degree on the equator of WGS84: what Earth Engine's nominalScale counts for geographic projections (recorded:
111319.49 for EPSG:4326)."""


def canonical_crs(name: str) -> str:
    """The name under which a CRS is compared: "EPSG:n" where a known spelling means that, else as given."""
    spelled = name.strip()
    upper = spelled.upper()
    if upper in {"OGC:CRS84", "CRS84", "CRS:84", "URN:OGC:DEF:CRS:OGC:1.3:CRS84", "URN:OGC:DEF:CRS:OGC::CRS84"}:
        return LONLAT
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


@functools.lru_cache(maxsize=256)
def normalized_crs(name: str) -> str:
    """A CRS as "EPSG:n" where it has a code, else as it came.

    Raises:
        EvaluationError: PROJ does not know it.
    """
    try:
        crs = pyproj.CRS.from_user_input("EPSG:4326" if name == "SR-ORG:6974" else name)
    except pyproj.exceptions.CRSError:
        raise EvaluationError(f"The CRS of a map projection could not be parsed: '{name}'.") from None
    code = crs.to_epsg(min_confidence=100) if not name.upper().startswith("EPSG:") else int(name[5:])
    return f"EPSG:{code}" if code else name


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
