"""A pass of the satellite near 157 degrees east, which midnight UTC cuts in two."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
from affine import Affine

import gee_scl
from tests.support.local.catalogues import Scene, make_catalogue

DAYS = ("2023-05-14", "2023-05-15")
"""UTC days of the two images. By the sun of their place, which is ten and a half hours ahead, both are of the 15th."""

TIMES = (f"{DAYS[0]}T23:59:50Z", f"{DAYS[1]}T00:00:10Z")

SIDE = 60
"""Pixels of 20 m."""

_CORNER = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:32657", always_xy=True).transform(157.4, -2.0)
_GRID = Affine(20, 0, round(_CORNER[0], -2), 0, -20, round(_CORNER[1] + 10_000_000, -2) - 10_000_000)

WATER, SNOW = 6, 11


def cut_pass(folder: Path) -> Path:
    """A catalogue of the pass: water in the west at first, snow in the east after midnight; one column in common."""
    west, east = np.full((SIDE, SIDE), WATER, np.uint8), np.full((SIDE, SIDE), SNOW, np.uint8)
    beside = _GRID @ Affine.translation(SIDE - 1, 0)
    bands = {name: np.full((SIDE, SIDE), 2800, np.uint16) for name in ("red", "green", "blue")}
    scenes = [
        Scene(codes, tile=tile, time=time, transform=grid, crs="EPSG:32657", bands=bands)
        for codes, tile, time, grid in zip((west, east), ("57MVR", "57MWR"), TIMES, (_GRID, beside), strict=True)
    ]
    return make_catalogue(folder, scenes)


def degrees(column: float, row: float) -> tuple[float, float]:
    """Longitude and latitude of a place in pixels of the western image."""
    to_degrees = pyproj.Transformer.from_crs("EPSG:32657", "EPSG:4326", always_xy=True)
    return to_degrees.transform(*(_GRID @ (column, row)))


def box() -> tuple[float, float, float, float]:
    """West, south, east and north of a region on both images."""
    west, south = degrees(SIDE - 20, SIDE - 20)
    east, north = degrees(SIDE + 20, 20)
    return west, south, east, north


def warned_at(ask: Callable[[], Any]) -> tuple[Any, list[tuple[str, int]]]:
    """What a call gives, and the files and lines that its warnings of a cut pass point at."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        answer = ask()
    return answer, [(one.filename, one.lineno) for one in caught if one.category is gee_scl.DayWarning]


def line_of(ask: Callable[[], Any]) -> int:
    """The line of a lambda."""
    return ask.__code__.co_firstlineno
