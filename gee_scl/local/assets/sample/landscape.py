"""The invented ground of the synthetic sample: terrain, lake, river, fields, forests and towns through the year.

Arrays see only operations that IEEE 754 defines to the last bit (integers, + - * /, square root, comparison), scalars
from the mathematical library are rounded to a few digits, and the random numbers are a bit generator's raw output: the
same version gives the same pixels on every processor, system and release of numpy.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import scipy
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Floats: TypeAlias = NDArray[np.float32]

PIXEL: Final = 20
"""Metres along a pixel of the classification."""
ROWS: Final = 400
"""Height of the landscape in pixels of 20 m."""
COLUMNS: Final = 640
"""Width of the landscape in pixels of 20 m: two crops of 400 columns that share 160."""
FINE: Final = 2
"""Pixels of 10 m along one pixel of 20 m."""
SEED: Final = 20230103

LAKE_CENTRE: Final = (204, 320)
"""Row and column, in the middle of what both crops hold."""
LAKE_RADII: Final = (42, 60)
"""Half axes (rows, columns) of the shore at lake level 1."""
TOWNS: Final = ((306, 122, 30), (341, 496, 18))
"""Row, column and radius of the town and of the village."""
FOREST_CENTRE: Final = (112, 112)
"""Row and column of the middle of the western forest."""
CLEARING_RADIUS: Final = 12
"""Pixels of 20 m: the pasture in the middle of the western forest."""


# --- noise ------------------------------------------------------------------------------------------------------------


def noise(key: Sequence[int], size: int | tuple[int, int], shape: tuple[int, int] = (ROWS, COLUMNS)) -> Floats:
    """Smooth random field with mean about 0 and standard deviation 1 that continues periodically beyond its edges.

    Args:
        key: what the field is for; another key gives another field.
        size: width in pixels of the box (rows, columns) that is run over white noise three times, nearly a Gaussian.
        shape: rows and columns.
    """
    bits = np.random.PCG64([SEED, *key]).random_raw(shape[0] * shape[1])
    field = (bits >> np.uint64(32)).astype(np.int64).reshape(shape) - 2**31
    for _ in range(3):
        # The filter's running sums of integers are exact in double precision.
        field = scipy.ndimage.uniform_filter(field, size, mode="wrap")
    thousandths = field >> 10
    deviation = (int((thousandths * thousandths).sum()) / thousandths.size) ** 0.5
    return np.asarray(thousandths / deviation, np.float32)


def fractal_noise(key: Sequence[int], size: int, octaves: int, shape: tuple[int, int] = (ROWS, COLUMNS)) -> Floats:
    """Noise at several scales, each half as wide and half as strong as the one before; standard deviation about 1."""
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        total += noise((*key, octave), max(size >> octave, 2), shape) * np.float32(0.5**octave)
    return total / np.float32(sum(0.25**octave for octave in range(octaves)) ** 0.5)


def smoothstep(values: Floats) -> Floats:
    """0 up to 0, 1 from 1 on, and a smooth rise between."""
    clipped = np.clip(values, np.float32(0), np.float32(1))
    return clipped * clipped * (np.float32(3) - np.float32(2) * clipped)


def enlarge(values: NDArray[Any]) -> NDArray[Any]:
    """The same values on the 10 m grid: each pixel of 20 m becomes two by two."""
    return values.repeat(FINE, axis=0).repeat(FINE, axis=1)


def shrink(values: Floats) -> Floats:
    """Mean of each two by two pixels of 10 m, added in a fixed order."""
    total = values[::2, ::2] + values[::2, 1::2] + values[1::2, ::2] + values[1::2, 1::2]
    return total * np.float32(0.25)


# --- how each cover looks ---------------------------------------------------------------------------------------------

Spectrum = tuple[float, float, float, float, float, float]
"""Surface reflectance (0..1) in B2, B3, B4, B8, B11, B12; round numbers as they are usual in mid latitudes."""

Curve = tuple[tuple[int, float], ...]
"""Points (day of year, value), joined by straight lines."""

CANOPY: Final[Spectrum] = (0.028, 0.058, 0.033, 0.46, 0.21, 0.100)
SOIL: Final[Spectrum] = (0.080, 0.110, 0.140, 0.22, 0.300, 0.250)
DRY_GRASS: Final[Spectrum] = (0.065, 0.095, 0.110, 0.23, 0.290, 0.210)
LEAVES: Final[Spectrum] = (0.024, 0.048, 0.028, 0.39, 0.180, 0.085)
BRANCHES: Final[Spectrum] = (0.045, 0.060, 0.070, 0.17, 0.210, 0.140)
NEEDLES: Final[Spectrum] = (0.020, 0.034, 0.022, 0.23, 0.100, 0.050)
ROCK: Final[Spectrum] = (0.130, 0.150, 0.170, 0.21, 0.260, 0.230)
BRIGHT_ROOF: Final[Spectrum] = (0.200, 0.220, 0.240, 0.28, 0.310, 0.290)
DARK_ROOF: Final[Spectrum] = (0.090, 0.100, 0.115, 0.15, 0.190, 0.180)
TRACK: Final[Spectrum] = (0.100, 0.120, 0.140, 0.19, 0.230, 0.210)
MUD: Final[Spectrum] = (0.075, 0.095, 0.110, 0.15, 0.160, 0.120)
LAKE_WATER: Final[Spectrum] = (0.035, 0.046, 0.026, 0.012, 0.006, 0.004)
RIVER_WATER: Final[Spectrum] = (0.055, 0.075, 0.052, 0.026, 0.012, 0.008)


@dataclass(frozen=True)
class Cover:
    """A land cover that turns from one look into another and back over the year.

    Attributes:
        bare: its look without leaves.
        green: its look in full leaf.
        greenness: share of the second (0..1) by day of year.
    """

    bare: Spectrum
    green: Spectrum
    greenness: Curve = ((1, 1.0), (366, 1.0))

    def spectrum(self, day: float) -> Spectrum:
        """Reflectance on a day of the year."""
        share = interpolate(self.greenness, day)
        b2, b3, b4, b8, b11, b12 = (a + share * (b - a) for a, b in zip(self.bare, self.green, strict=True))
        return b2, b3, b4, b8, b11, b12


def interpolate(curve: Curve, day: float) -> float:
    """Value of a curve on a day of the year."""
    day = min(max(day, curve[0][0]), curve[-1][0])
    for (first, before), (last, after) in pairwise(curve):
        if day <= last:
            return round(before + (after - before) * (day - first) / (last - first), 6)
    return curve[-1][1]


COVERS: Final[Mapping[str, Cover]] = {
    "conifers": Cover(NEEDLES, NEEDLES),
    "broadleaves": Cover(
        BRANCHES, LEAVES, ((1, 0.0), (95, 0.05), (130, 0.95), (250, 0.9), (290, 0.5), (320, 0.0), (366, 0.0))
    ),
    "pasture": Cover(DRY_GRASS, CANOPY, ((1, 0.4), (75, 0.45), (115, 0.85), (200, 0.7), (270, 0.75), (366, 0.4))),
    "alpine grass": Cover(DRY_GRASS, CANOPY, ((1, 0.1), (140, 0.15), (185, 0.8), (240, 0.65), (280, 0.2), (366, 0.1))),
    "rock": Cover(ROCK, ROCK),
    "bright roofs": Cover(BRIGHT_ROOF, BRIGHT_ROOF),
    "dark roofs": Cover(DARK_ROOF, DARK_ROOF),
    "gardens": Cover(DRY_GRASS, LEAVES, ((1, 0.3), (90, 0.35), (135, 0.95), (260, 0.85), (320, 0.3), (366, 0.3))),
    "tracks": Cover(TRACK, TRACK),
    "river": Cover(RIVER_WATER, RIVER_WATER),
}
CROPS: Final[Mapping[str, Cover]] = {
    "winter wheat": Cover(
        SOIL,
        CANOPY,
        ((1, 0.35), (70, 0.45), (115, 0.95), (155, 0.9), (185, 0.2), (200, 0.05), (285, 0.05), (366, 0.35)),
    ),
    "oilseed rape": Cover(
        SOIL, CANOPY, ((1, 0.5), (60, 0.55), (100, 0.95), (160, 0.8), (190, 0.15), (250, 0.1), (300, 0.5), (366, 0.5))
    ),
    "maize": Cover(
        SOIL, CANOPY, ((1, 0.05), (135, 0.05), (190, 0.85), (240, 0.95), (265, 0.7), (280, 0.1), (366, 0.05))
    ),
    "sugar beet": Cover(
        SOIL, CANOPY, ((1, 0.03), (120, 0.05), (175, 0.8), (270, 0.9), (300, 0.6), (310, 0.05), (366, 0.03))
    ),
    "meadow": Cover(
        DRY_GRASS,
        CANOPY,
        ((1, 0.45), (70, 0.5), (130, 0.95), (140, 0.4), (175, 0.85), (183, 0.35), (225, 0.8), (300, 0.6), (366, 0.45)),
    ),
    "lucerne": Cover(
        SOIL,
        CANOPY,
        ((1, 0.3), (80, 0.4), (125, 0.95), (132, 0.3), (165, 0.9), (172, 0.3), (240, 0.8), (320, 0.4), (366, 0.3)),
    ),
    "fallow": Cover(SOIL, DRY_GRASS, ((1, 0.4), (120, 0.8), (230, 0.6), (240, 0.1), (366, 0.4))),
}
SOWING_SHIFTS: Final = (-10, 0, 10)
"""Days by which fields of one crop run ahead or behind, so that neighbours differ."""

LAKE_LEVEL: Final[Curve] = (
    (1, 0.86), (60, 0.80), (105, 0.84), (150, 1.08), (185, 1.02), (240, 0.82), (280, 0.68), (310, 0.74), (366, 0.86),
)  # fmt: skip
"""Shore position in half axes of the lake: filled by the snow melt, drawn down until autumn."""
LAKE_STEPS: Final = 27
"""Number of rings between the lowest and the highest shore; each is a cover of its own that is water or mud."""
LAKE_LOWEST: Final = 0.60
LAKE_STEP: Final = 0.02

NAMES: Final = (*COVERS, *(f"{crop} {shift:+d}" for crop in CROPS for shift in SOWING_SHIFTS))
CODES: Final = {name: code for code, name in enumerate(NAMES)}
FIRST_CROP: Final = len(COVERS)
FIRST_RING: Final = len(NAMES)
"""Cover codes from here on are lake rings, from the middle outwards."""


def spectra(day: int) -> Floats:
    """Reflectance of every cover code on a day of the year: array of codes x 6 bands."""
    table: list[Spectrum] = [cover.spectrum(day) for cover in COVERS.values()]
    table += [crop.spectrum(day - shift) for crop in CROPS.values() for shift in SOWING_SHIFTS]
    table += [LAKE_WATER if wet else MUD for wet in flooded(day)]
    return np.array(table, np.float32)


def flooded(day: int) -> list[bool]:
    """Which of the lake's rings lie under water on a day of the year."""
    level = interpolate(LAKE_LEVEL, day)
    return [LAKE_LOWEST + ring * LAKE_STEP < level for ring in range(LAKE_STEPS)]


def water_codes(day: int) -> NDArray[np.bool_]:
    """Whether each cover code is water on a day of the year."""
    return np.array([name == "river" for name in NAMES] + flooded(day))


# --- the ground -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Landscape:
    """What does not change from date to date; row 0 is the northern edge, column 0 the western one.

    Attributes:
        elevation: metres, on the 20 m grid.
        slope_east: rise per metre towards the east.
        slope_north: rise per metre towards the north.
        cover: cover code on the 10 m grid.
        texture: factor about 1 that gives surfaces their grain, on the 20 m grid.
        wooded: share of forest (0..1) on the 20 m grid.
    """

    elevation: Floats
    slope_east: Floats
    slope_north: Floats
    cover: NDArray[np.uint8]
    texture: Floats
    wooded: Floats


def build_landscape() -> Landscape:
    """Make the landscape; takes about a second."""
    row, column = (axis.astype(np.float32) for axis in np.mgrid[:ROWS, :COLUMNS])
    shore = _shore(row, column)
    river = _river_course()
    elevation = _elevation(row, column, shore, river)
    slope_south, slope_east = np.gradient(elevation, np.float32(20))
    slope = np.sqrt(slope_south * slope_south + slope_east * slope_east)
    cover = _cover(elevation, slope, shore, river)
    forest = (cover == CODES["conifers"]) | (cover == CODES["broadleaves"])
    grain = np.float32(0.018) * noise((1,), 2) + np.float32(0.045) * noise((2,), 7)
    wooded = shrink(forest.astype(np.float32))
    return Landscape(elevation, np.asarray(slope_east), -np.asarray(slope_south), cover, 1 + grain, wooded)


def _shore(row: Floats, column: Floats) -> Floats:
    """Distance from the lake's middle in half axes, bent by noise into bays."""
    (row0, column0), (height, width) = LAKE_CENTRE, LAKE_RADII
    y, x = (row - row0) / np.float32(height), (column - column0) / np.float32(width)
    bays = np.float32(0.17) * fractal_noise((3,), 32, 3)
    return np.asarray(np.sqrt(x * x + y * y) + bays, np.float32)


def _river_course() -> Floats:
    """Column of the river's middle in every row of 20 m: from the northern mountains through the lake to the plain."""
    row = np.arange(ROWS, dtype=np.float32)
    bends = noise((4,), (50, 1), (ROWS, 1))[:, 0] * 18 + noise((5,), (18, 1), (ROWS, 1))[:, 0] * 4
    return LAKE_CENTRE[1] + (LAKE_CENTRE[0] - row) * np.float32(0.42) + bends


def _elevation(row: Floats, column: Floats, shore: Floats, river: Floats) -> Floats:
    """Plain in the south-west, mountains in the north-east, a valley along the river, a basin around the lake."""
    rise = (
        (column - 290) / np.float32(470) + (220 - row) / np.float32(350) + np.float32(0.12) * fractal_noise((6,), 90, 2)
    )
    hills = (135 - column) / np.float32(280) + (175 - row) / np.float32(280)
    relief = smoothstep(rise) + np.float32(0.30) * smoothstep(hills)
    ridges = 1 - np.minimum(np.abs(fractal_noise((7,), 66, 3)), np.float32(2)) * np.float32(0.5)
    valley = smoothstep((np.abs(column - river[:, None]) - 8) / np.float32(125))
    mountains = (
        2250 * relief * (np.float32(0.10) + np.float32(0.90) * valley) * (np.float32(0.30) + np.float32(0.70) * ridges)
    )
    land = 300 + mountains + np.float32(9) * fractal_noise((8,), 40, 2)
    basin = smoothstep((shore - np.float32(1.1)) / np.float32(1.3))
    return np.asarray(basin * land + (1 - basin) * 290, np.float32)


def _cover(elevation: Floats, slope: Floats, shore: Floats, river: Floats) -> NDArray[np.uint8]:
    """Cover codes on the 10 m grid; later rules win over earlier ones."""
    row, column = np.mgrid[: ROWS * FINE, : COLUMNS * FINE].astype(np.int64)
    course = np.repeat(river * FINE, FINE)[:, None]
    course[1:-1:FINE] = (course[1:-1:FINE] + course[2::FINE]) / 2
    cover = np.where(column < course, fields(row, column, WEST), fields(row, column, EAST))

    jitter = noise((9,), 2, row.shape)
    height = enlarge(elevation + 90 * noise((10,), 14)) + 8 * jitter
    patches = enlarge(fractal_noise((11,), 44, 3)) + np.float32(0.05) * jitter
    steep = enlarge(slope) + np.float32(0.01) * jitter

    cover[(steep > 0.13) & (height > 340)] = CODES["pasture"]
    cover[(height > 390) & (patches > 0.05) | (steep > 0.36) | (patches > 1.75)] = CODES["broadleaves"]
    cover[(height > 390) & (_distance(row, column, FOREST_CENTRE) < 62 + 9 * patches)] = CODES["broadleaves"]
    cover[(cover == CODES["broadleaves"]) & (height + 140 * patches > 820)] = CODES["conifers"]
    cover[_distance(row, column, FOREST_CENTRE) < CLEARING_RADIUS + 2 * patches] = CODES["pasture"]
    cover[height > 1420 + 60 * patches] = CODES["alpine grass"]
    cover[(height > 1760 + 100 * patches) | ((steep > 0.85) & (height > 1250))] = CODES["rock"]
    _build_towns(cover, row, column, patches)

    rings = (enlarge(shore) + np.float32(0.012) * jitter - LAKE_LOWEST) / LAKE_STEP
    rings = np.clip(rings, 0, LAKE_STEPS).astype(np.int64)
    half_width = 3 + (row >= LAKE_CENTRE[0] * FINE)
    cover[np.abs(column - course) < half_width] = CODES["river"]
    return np.where(rings < LAKE_STEPS, FIRST_RING + rings, cover).astype(np.uint8)


def _distance(row: NDArray[np.int64], column: NDArray[np.int64], centre: tuple[int, int]) -> NDArray[np.float64]:
    """Distance in pixels of 20 m of 10 m pixels from a place given in pixels of 20 m."""
    y, x = row - centre[0] * FINE, column - centre[1] * FINE
    return np.sqrt(y * y + x * x) / FINE


def _build_towns(cover: NDArray[np.int64], row: NDArray[np.int64], column: NDArray[np.int64], patches: Floats) -> None:
    """Streets and blocks of roofs and gardens, looser towards the edge, and a road from town to village."""
    (row1, column1, _), (row2, column2, _) = TOWNS
    along = np.clip((column - column1 * FINE) / ((column2 - column1) * FINE), 0, 1)
    cover[(np.abs(row - (row1 + (row2 - row1) * along) * FINE) < 1) & (along > 0) & (along < 1)] = CODES["tracks"]
    u, v = (4 * column + 3 * row) // 5, (4 * row - 3 * column) // 5
    block = _scramble(u // 3, v // 4)
    kinds = np.array([CODES[kind] for kind in ("bright roofs", "dark roofs", "dark roofs", "tracks", "gardens")])
    for number, (row0, column0, radius) in enumerate(TOWNS):
        edge = _distance(row, column, (row0, column0)) + 5 * patches
        built = (edge < radius) & (block % 97 > edge * (25 + 8 * number) // radius)
        cover[built] = kinds[block[built] % len(kinds)]
        cover[(edge < radius) & ((u % 12 == 0) | (v % 16 == 0))] = CODES["tracks"]


def _scramble(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """A number 0..65535 for each pair of numbers that looks random; the multipliers are odd primes."""
    mixed = (first & 0xFFFFF) * 73856093 ^ (second & 0xFFFFF) * 19349663
    mixed = (mixed ^ (mixed >> 13)) * 83492791 & 0xFFFFFFFF
    return (mixed >> 11) & 0xFFFF


# --- fields -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FieldPattern:
    """Fields in parallel strips, turned against the grid by an angle of an integer right triangle, so without rounding.

    Attributes:
        across: the triangle's side along the columns.
        down: its side along the rows.
        hypotenuse: its longest side.
        depth: width of a strip in pixels of 10 m.
        number: tells the pattern's random choices from another's.
    """

    across: int
    down: int
    hypotenuse: int
    depth: int
    number: int

    def length_and_offset(self, strip: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Length of the fields in a strip and where the first begins, in pixels of 10 m along the strip."""
        choice = _scramble(strip, np.full_like(strip, self.number))
        return 26 + choice % 6 * 13, choice // 6 % 97

    def corners(self, row: int, column: int) -> list[tuple[float, float]]:
        """Corners (row, column on the 10 m grid) of the field around a place given on the 10 m grid."""
        a, b, c = self.across, self.down, self.hypotenuse
        u, v = (a * column + b * row) // c, (a * row - b * column) // c
        strip = np.array([v // self.depth])
        length, offset = (int(value[0]) for value in self.length_and_offset(strip))
        left, top = (u + offset) // length * length - offset, v // self.depth * self.depth
        sides = [(left, top), (left + length, top), (left + length, top + self.depth), (left, top + self.depth)]
        return [((b * x + a * y) / c, (a * x - b * y) / c) for x, y in sides]


WEST: Final = FieldPattern(across=12, down=5, hypotenuse=13, depth=34, number=1)
EAST: Final = FieldPattern(across=4, down=-3, hypotenuse=5, depth=28, number=2)


def fields(row: NDArray[np.int64], column: NDArray[np.int64], pattern: FieldPattern) -> NDArray[np.int64]:
    """Cover code of the field at each place of the 10 m grid; a track runs along every other strip."""
    a, b, c = pattern.across, pattern.down, pattern.hypotenuse
    u, v = (a * column + b * row) // c, (a * row - b * column) // c
    strip = v // pattern.depth
    length, offset = pattern.length_and_offset(strip)
    kind = _scramble((u + offset) // length, strip * 3 + pattern.number)
    code = FIRST_CROP + kind % (len(CROPS) * len(SOWING_SHIFTS))
    return np.where(v % (2 * pattern.depth) == 0, CODES["tracks"], code)
