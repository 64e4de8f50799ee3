"""What an invented satellite sees of the invented landscape on one date: sky, classes, reflectance, cloud scores."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gee_scl.local.assets.sample.acquisitions import ORBITS, Acquisition
from gee_scl.local.assets.sample.landscape import (
    CODES,
    COLUMNS,
    FIRST_RING,
    ROWS,
    SEED,
    Curve,
    Floats,
    Landscape,
    enlarge,
    fractal_noise,
    interpolate,
    noise,
    shrink,
    smoothstep,
    spectra,
    water_codes,
)

SNOW_LINE: Final[Curve] = (
    (1, 600), (21, 370), (40, 520), (75, 800), (105, 1200), (140, 1550), (170, 1850), (200, 2200),
    (245, 2350), (275, 1900), (305, 1400), (335, 800), (366, 600),
)  # fmt: skip
"""Metres above which snow lies."""


# --- what lies between the ground and the satellite -------------------------------------------------------------------


@dataclass(frozen=True)
class Sky:
    """Clouds of one date on the 20 m grid; the sky repeats beyond its edges, so that shadows of unseen clouds come in.

    Attributes:
        cloud: thickness of water clouds, 0..1.
        cirrus: thickness of cirrus, 0..1.
        shadow: darkness of cloud shadows on the ground, 0..1.
    """

    cloud: Floats
    cirrus: Floats
    shadow: Floats


def sky_of(acquisition: Acquisition) -> Sky:
    """Make the sky of one date."""
    key = acquisition.day_of_year
    billows = fractal_noise((20, key), acquisition.cloud_size, 4)
    cloud = _thickness(billows, acquisition.cloudy, depth=1.4)
    cirrus = _thickness(_bands(key), acquisition.cirrus, depth=1.3)
    shadow = np.roll(cloud, acquisition.shadow_offset, (0, 1))
    return Sky(cloud, cirrus, np.minimum(shadow * np.float32(2.5), np.float32(1)))


def _bands(key: int) -> Floats:
    """Noise drawn out into long slanted bands."""
    streaks = noise((21, key), (7, 130)) + noise((22, key), (26, 220))
    row, column = np.mgrid[:ROWS, :COLUMNS]
    slanted: Floats = streaks[(row + column * 5 // 8) % ROWS, column]
    return slanted


def _thickness(field: Floats, share: float, depth: float) -> Floats:
    """0 for all but the given share of the pixels, rising to 1 where the field is `depth` above the threshold."""
    if share <= 0:
        return np.zeros_like(field)
    rank = min(int((1 - share) * field.size), field.size - 1)
    threshold = np.partition(field.ravel(), rank)[rank]
    return np.asarray(np.clip((field - threshold) / np.float32(depth), 0, 1), np.float32)


# --- the image --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Baseline:
    """Thresholds of the classification in one processing baseline; the reprocessed image differs in these.

    Attributes:
        name: number of the processing baseline.
        vegetation: smallest NDVI of vegetation.
        likely_cloud: smallest cloud thickness of class 7.
        medium_cloud: smallest cloud thickness of class 8.
        high_cloud: smallest cloud thickness of class 9.
        shadow: smallest darkness of class 3.
    """

    name: str
    vegetation: float
    likely_cloud: float
    medium_cloud: float
    high_cloud: float
    shadow: float


BASELINE: Final = Baseline("05.09", vegetation=0.40, likely_cloud=0.02, medium_cloud=0.07, high_cloud=0.34, shadow=0.30)
REPROCESSED: Final = Baseline(
    "05.10", vegetation=0.38, likely_cloud=0.01, medium_cloud=0.05, high_cloud=0.38, shadow=0.20
)

CIRRUS: Final = 0.22
"""Smallest cirrus thickness of class 10."""
TOPOGRAPHIC_SHADOW: Final = 0.10
"""Largest cosine of the sun's incidence angle of class 2: hill slopes that face away from a low sun."""
EDGE_COLUMN, EDGE_SLOPE = 530, 0.23
"""Column at which the swath ends in the middle row, and columns per row by which that moves westwards (13 degrees)."""

SNOW: Final = (0.86, 0.87, 0.86, 0.79, 0.11, 0.09)
CLOUD: Final = (0.62, 0.63, 0.65, 0.68, 0.52, 0.42)
CIRRUS_HAZE: Final = (0.110, 0.100, 0.095, 0.090, 0.040, 0.025)
"""Reflectance of thick snow, of thick cloud, and what cirrus adds, in B2, B3, B4, B8, B11, B12."""
RED, NIR = 2, 3
FINE_BANDS: Final = 4
"""The first four bands have 10 m pixels, the others 20 m."""
SIGNIFICANT_BITS: Final = 4
"""Reflectance is rounded to this many leading bits (by 6 % at most), which halves the size of the files."""
SATURATED: Final = 16000


@dataclass(frozen=True)
class Scene:
    """Everything the sample holds of one date, over the whole landscape.

    Attributes:
        classes: SCL codes, 20 m.
        bands: reflectance x 10000 of B2, B3, B4, B8 (10 m) and B11, B12 (20 m); 0 is no data.
        clear: Cloud Score+ `cs` in counts of 1/250 (multiples of 10), 20 m; 255 is no data.
        clear_rank: Cloud Score+ `cs_cdf`, likewise.
        cloud_probability: s2cloudless probability in percent, 20 m; 255 is no data.
    """

    classes: NDArray[np.uint8]
    bands: tuple[NDArray[np.uint16], ...]
    clear: NDArray[np.uint8]
    clear_rank: NDArray[np.uint8]
    cloud_probability: NDArray[np.uint8]


@dataclass(frozen=True)
class _Ground:
    """The landscape on one date on the 20 m grid.

    Attributes:
        ndvi: vegetation index without snow and atmosphere.
        water: share of water (0..1).
        snow: share of snow (0..1).
        incidence: cosine of the angle between sun and surface, 0 where the sun is behind it.
        light: factor on reflectance that follows from it.
    """

    ndvi: Floats
    water: Floats
    snow: Floats
    incidence: Floats
    light: Floats


def observe(land: Landscape, acquisition: Acquisition, baseline: Baseline = BASELINE) -> Scene:
    """Make the images of one date.

    Args:
        land: the ground.
        acquisition: date, orbit and weather.
        baseline: thresholds of the classification.
    """
    table = spectra(acquisition.day_of_year)
    surfaces = [table[:, band][land.cover] for band in range(table.shape[1])]
    sky = sky_of(acquisition)
    ground = _ground(land, acquisition, surfaces)
    valid = _swath(acquisition)
    streaks = _streaks(acquisition) & valid
    classes = _classify(acquisition, baseline, ground, sky)
    classes[streaks] = 1
    classes[~valid] = 0
    bands = _reflectance(land, ground, sky, surfaces, valid, streaks)
    return Scene(classes, bands, *_cloud_scores(acquisition, land, ground, sky, valid))


def _ground(land: Landscape, acquisition: Acquisition, surfaces: list[Floats]) -> _Ground:
    red, near_infrared = shrink(surfaces[RED]), shrink(surfaces[NIR])
    water = shrink(water_codes(acquisition.day_of_year)[land.cover].astype(np.float32))
    incidence, light = _sunlight(land, acquisition)
    # Trees hide part of the snow, water all of it.
    snow = _snow_cover(land, acquisition.day_of_year) * (1 - np.float32(0.42) * land.wooded) * (1 - water)
    snow[land.cover[::2, ::2] >= FIRST_RING] = 0
    return _Ground((near_infrared - red) / (near_infrared + red), water, snow, incidence, light)


def _sunlight(land: Landscape, acquisition: Acquisition) -> tuple[Floats, Floats]:
    """Cosine of the sun's incidence angle on the slopes, and what it does to reflectance."""
    azimuth, elevation = (math.radians(angle) for angle in acquisition.sun)
    east = np.float32(round(math.cos(elevation) * math.sin(azimuth), 6))
    north = np.float32(round(math.cos(elevation) * math.cos(azimuth), 6))
    up = np.float32(round(math.sin(elevation), 6))
    steepness = np.sqrt(1 + land.slope_east * land.slope_east + land.slope_north * land.slope_north)
    facing = (up - land.slope_east * east - land.slope_north * north) / steepness
    incidence = np.asarray(np.maximum(facing, 0), np.float32)
    return incidence, np.float32(0.35) + np.float32(0.65) * np.minimum(incidence / up, np.float32(1.5))


def _snow_cover(land: Landscape, day: int) -> Floats:
    """Share of the ground under snow in the open: above the snow line, higher up on southern slopes, in drifts."""
    drifts = 110 * fractal_noise((23, day), 30, 3)
    sunny = 160 * np.clip(land.slope_north, -1, 1)
    above = land.elevation + drifts - sunny - np.float32(interpolate(SNOW_LINE, day) - 60)
    return smoothstep(np.asarray(above / np.float32(160), np.float32))


def _swath(acquisition: Acquisition) -> NDArray[np.bool_]:
    """Where the satellite looks: all, or what lies west of the swath's eastern edge."""
    row, column = np.mgrid[:ROWS, :COLUMNS]
    inside: NDArray[np.bool_] = column < EDGE_COLUMN - (row - ROWS // 2) * EDGE_SLOPE
    return inside if ORBITS[acquisition.orbit].edge else np.ones_like(inside)


def _streaks(acquisition: Acquisition) -> NDArray[np.bool_]:
    """Short lines of single pixels along the flight path."""
    streaks = np.zeros((ROWS, COLUMNS), bool)
    bits = np.random.PCG64([SEED, 24, acquisition.day_of_year]).random_raw(3 * max(acquisition.defective, 1))
    for number in range(acquisition.defective):
        row, column, length = (int(value >> np.uint64(40)) for value in bits[3 * number : 3 * number + 3])
        rows = row % (ROWS - 60) + np.arange(18 + length % 40)
        streaks[rows, (100 + column % 380) - (rows - rows[0]) * 23 // 100] = True
    return streaks


def _classify(acquisition: Acquisition, baseline: Baseline, ground: _Ground, sky: Sky) -> NDArray[np.uint8]:
    """SCL codes without no data and defects; later rules win over earlier ones."""
    key = acquisition.day_of_year
    speckle = np.roll(noise((25,), 2), (key * 7, key * 13), (0, 1))
    classes = np.where(ground.ndvi + np.float32(0.03) * speckle > np.float32(baseline.vegetation), 4, 5).astype(
        np.uint8
    )
    classes[(ground.water > 0.1) & (ground.water < 0.5) & (speckle > 1.2)] = 7
    classes[ground.snow > 0.45] = 11
    classes[(ground.incidence < np.float32(TOPOGRAPHIC_SHADOW)) & (ground.water < 0.5)] = 2
    classes[ground.water >= 0.5] = 6
    classes[sky.shadow > np.float32(baseline.shadow)] = 3
    classes[sky.cirrus > np.float32(CIRRUS)] = 10
    cloud = sky.cloud + np.float32(0.012) * speckle * (sky.cloud > 0)
    classes[cloud > np.float32(baseline.likely_cloud)] = 7
    classes[cloud > np.float32(baseline.medium_cloud)] = 8
    classes[cloud > np.float32(baseline.high_cloud)] = 9
    return classes


def _reflectance(
    land: Landscape,
    ground: _Ground,
    sky: Sky,
    surfaces: list[Floats],
    valid: NDArray[np.bool_],
    streaks: NDArray[np.bool_],
) -> tuple[NDArray[np.uint16], ...]:
    """Ground in its light, under snow, shadow, cirrus and cloud, each by its share."""
    opaque = np.minimum(sky.cloud * np.float32(2.2), np.float32(1))
    seen = ground.light * (1 - np.float32(0.62) * sky.shadow * (1 - opaque)) * (1 - opaque)
    bare = seen * (1 - ground.snow) * land.texture
    snowy = seen * ground.snow
    bright = opaque * (np.float32(0.55) + np.float32(0.6) * sky.cloud)
    fine_bare, fine_valid, fine_streaks = enlarge(bare), enlarge(valid), enlarge(streaks)
    bands = []
    for band, surface in enumerate(surfaces):
        over = (
            snowy * np.float32(SNOW[band])
            + bright * np.float32(CLOUD[band])
            + sky.cirrus * np.float32(CIRRUS_HAZE[band])
        )
        if band < FINE_BANDS:
            bands.append(_scaled(surface * fine_bare + enlarge(over), fine_valid, fine_streaks))
        else:
            bands.append(_scaled(shrink(surface) * bare + over, valid, streaks))
    return tuple(bands)


def _scaled(reflectance: Floats, valid: NDArray[np.bool_], streaks: NDArray[np.bool_]) -> NDArray[np.uint16]:
    numbers: NDArray[np.uint16] = _rounding()[np.clip(reflectance * np.float32(10000), 1, SATURATED).astype(np.uint16)]
    numbers[streaks] = SATURATED
    numbers[~valid] = 0
    return numbers


@cache
def _rounding() -> NDArray[np.uint16]:
    """Every number up to the largest, rounded to its leading bits."""
    dropped = [max(number.bit_length() - SIGNIFICANT_BITS, 0) for number in range(SATURATED + 1)]
    return np.array([(number + (1 << bits >> 1)) >> bits << bits for number, bits in enumerate(dropped)], np.uint16)


def _cloud_scores(
    acquisition: Acquisition, land: Landscape, ground: _Ground, sky: Sky, valid: NDArray[np.bool_]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """Cloud Score+ `cs` and `cs_cdf`, and s2cloudless probability, misled by snow and bright roofs as those are."""
    doubt = np.float32(0.03) * noise((26, acquisition.day_of_year), 9)
    veil = np.minimum(sky.cloud * np.float32(2.4), np.float32(1))
    unclear = np.float32(0.88) * veil + np.float32(0.45) * sky.cirrus + np.float32(0.40) * sky.shadow * (1 - veil)
    roofs = shrink((land.cover == CODES["bright roofs"]).astype(np.float32))
    clear = np.float32(0.93) - unclear - np.float32(0.12) * ground.snow + doubt
    rank = smoothstep(np.float32(1.12) * clear)
    probable = veil + np.float32(0.25) * sky.cirrus + np.float32(0.22) * ground.snow + np.float32(0.30) * roofs + doubt
    scores = []
    for values, count in ((clear, 10), (rank, 10), (probable, 4)):
        steps = np.rint(np.clip(values, np.float32(0), np.float32(1)) * np.float32(25)).astype(np.uint8) * np.uint8(
            count
        )
        scores.append(np.where(valid, steps, np.uint8(255)))
    return scores[0], scores[1], scores[2]
