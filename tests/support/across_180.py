"""Images and regions of four kilometres on the antimeridian, as data sets write such regions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ee
import geopandas
import numpy as np
import pyproj
import shapely
from affine import Affine

from tests.support.local.catalogues import Scene, make_catalogue

CRS = "EPSG:32701"

SIDE = 200
"""Pixels of 20 m."""

GRID = Affine(20, 0, 178_760, 0, -20, 8_120_020)
"""The antimeridian crosses it, a little west of its middle."""

DAYS = ("2020-06-01", "2020-06-11")

SOUTH, NORTH = -17.0170, -16.9825

_TO_DEGREES = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)

WEST, EAST = (round(_TO_DEGREES.transform(x, 8_118_000)[0], 4) for x in (178_860, 182_660))
"""Degrees: the first is below 180, the second above -180."""


def codes(day: str) -> np.ndarray:
    """Classes in squares of 400 m, others on each day."""
    rows, columns = np.mgrid[:SIDE, :SIDE] // 20
    return (1 + (3 * rows + 7 * columns + DAYS.index(day)) % 11).astype(np.uint8)


def catalogue(folder: Path) -> Path:
    """Two days, with the bands of true colour."""
    ramp = np.linspace(300, 2800, SIDE * SIDE).reshape(SIDE, SIDE).astype(np.uint16)
    bands = {"red": ramp, "green": ramp.T.copy(), "blue": ramp[::-1].copy()}
    scenes = [Scene(codes(day), "01KAB", f"{day}T22:20:31Z", GRID, CRS, bands=bands) for day in DAYS]
    return make_catalogue(folder, scenes)


def class_file(folder: Path, day: str) -> Path:
    """The raster of a day's classes."""
    (found,) = folder.glob(f"*{day.replace('-', '')}*/scl.tif")
    return found


def halves() -> dict[str, Any]:
    """A region as RFC 7946 asks for it (3.1.9): cut in two."""
    parts = [shapely.box(WEST, SOUTH, 180, NORTH), shapely.box(-180, SOUTH, EAST, NORTH)]
    return dict(shapely.MultiPolygon(parts).__geo_interface__)


def ring() -> dict[str, Any]:
    """As others write it: one ring, with edges that take the short way."""
    corners = [(WEST, SOUTH), (EAST, SOUTH), (EAST, NORTH), (WEST, NORTH), (WEST, SOUTH)]
    return {"type": "Polygon", "coordinates": [[list(corner) for corner in corners]]}


def in_utm() -> geopandas.GeoDataFrame:
    """In metres."""
    west, north = GRID @ (5, 5)
    east, south = GRID @ (SIDE - 5, SIDE - 5)
    return geopandas.GeoDataFrame(geometry=[shapely.box(west, south, east, north)], crs=CRS)


def two_fields() -> geopandas.GeoDataFrame:
    """Two regions, one on each side."""
    fields = [shapely.box(WEST, SOUTH, 179.999, NORTH), shapely.box(-179.998, SOUTH, EAST, NORTH)]
    return geopandas.GeoDataFrame(geometry=fields, crs="EPSG:4326")


REGIONS = {
    "halves": halves,
    "ring": ring,
    "in UTM": in_utm,
    "west > east": lambda: (WEST, SOUTH, EAST, NORTH),
    "east beyond 180": lambda: (WEST, SOUTH, EAST + 360, NORTH),
    "west beyond -180": lambda: (WEST - 360, SOUTH, EAST, NORTH),
    "two fields": two_fields,
    "the server's": lambda: ee.Geometry.BBox(WEST, SOUTH, EAST, NORTH),
    "the server's, in UTM": lambda: ee.Geometry.Rectangle([178_860, 8_116_120, 182_660, 8_119_920], CRS, False),
}
"""All of about the same place."""
