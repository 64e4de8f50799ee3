"""A day whose two images differ in their bands, as scenes of 2018 do, and three days of one tile beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from affine import Affine

from tests.support.local.catalogues import GRID, Scene, make_catalogue
from tests.support.pixels import Window

SIDE = 40
"""Pixels of 20 m."""

SHIFT = 25
"""Columns by which the eastern image lies farther east: 15 are in common."""

DAY = "2018-06-10"

_GENERATOR = np.random.default_rng(12)

WEST, EAST = (_GENERATOR.choice([0, 4, 5, 6, 9], (SIDE, SIDE)).astype(np.uint8) for _ in range(2))
"""Classes of the day's images; 0 is no data."""

_BANDS = {name: np.full((SIDE, SIDE), 900, np.uint16) for name in ("red", "green", "blue")}
_CLOUD = {"cloud": np.full((SIDE, SIDE), 7, np.uint8)}

WHOLE = Window("EPSG:32632", GRID, SIDE + SHIFT, SIDE)
"""Where both images lie."""


def two_generations(folder: Path) -> Path:
    """A catalogue of the day: the eastern image, which is later, has the cloud mask, the western has not."""
    east = GRID @ Affine.translation(SHIFT, 0)
    return make_catalogue(
        folder,
        [
            Scene(WEST, tile="32TPS", time=f"{DAY}T10:00:00Z", bands=_BANDS),
            Scene(EAST, tile="32TQS", time=f"{DAY}T10:00:20Z", transform=east, bands=_BANDS | _CLOUD),
        ],
    )


def put_together() -> np.ndarray:
    """The day's classes as a mosaic has them, by hand: the later image on top, 0 where neither has data."""
    whole = np.zeros((SIDE, SIDE + SHIFT), np.uint8)
    whole[:, :SIDE] = WEST
    right = whole[:, SHIFT:]
    right[EAST > 0] = EAST[EAST > 0]
    return whole


def box() -> tuple[float, float, float, float]:
    """West, south, east and north around both images, in degrees."""
    return 10.28, 46.03, 10.32, 46.06
