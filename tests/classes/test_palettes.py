"""Palettes: the official colours, and distances by CIEDE2000."""

from __future__ import annotations

import itertools
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from gee_scl.classes.palettes import COLOR_BLIND_DISTANCE, PALETTES, Palette
from gee_scl.classes.schemes import SCHEMES
from gee_scl.errors import SchemeError


def rgb_of(color: str) -> tuple[int, int, int]:
    return int(color[:2], 16), int(color[2:4], 16), int(color[4:], 16)


SIGHTS = {
    "normal": np.eye(3),
    # Machado, Oliveira & Fernandes 2009, https://doi.org/10.1109/TVCG.2009.113, tables for severity 1.0.
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}

TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
"""IEC 61966-2-1 (sRGB), D65."""


def seen(color: str, sight: str) -> tuple[float, float, float]:
    """CIELAB of a colour as somebody sees it."""
    channels = np.array(rgb_of(color)) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    x, y, z = (TO_XYZ @ np.clip(SIGHTS[sight] @ linear, 0, 1)) / TO_XYZ.sum(axis=1)
    root = [np.cbrt(t) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in (x, y, z)]
    return float(116 * root[1] - 16), float(500 * (root[0] - root[1])), float(200 * (root[1] - root[2]))


def ciede2000(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    """CIEDE2000 as in Sharma, Wu & Dalal 2005, https://doi.org/10.1002/col.20070."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1.5 - 0.5 * np.sqrt(mean**7 / (mean**7 + 25**7))
    first, second = complex(a1 * stretch, b1), complex(a2 * stretch, b2)
    c1, c2 = abs(first), abs(second)
    h1, h2 = (np.degrees(np.angle(z)) % 360 for z in (first, second))
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    hue = h1 + h2 if c1 * c2 == 0 else (h1 + turn / 2) % 360
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    cosines = [(-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.20, 4, -63)]
    t = 1 + sum(weight * np.cos(np.radians(times * hue + shift)) for weight, times, shift in cosines)
    sl = 1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2)
    parts = (l2 - l1) / sl, (c2 - c1) / (1 + 0.045 * chroma), dh / (1 + 0.015 * chroma * t)
    rotation = -2 * np.sqrt(chroma**7 / (chroma**7 + 25**7))
    rotation *= np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    return float(np.sqrt(sum(part**2 for part in parts) + rotation * parts[1] * parts[2]))


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
        ((22.7233, 20.0904, -46.694), (23.0331, 14.973, -42.5619), 2.0373),
        ((90.9257, -0.5406, -0.9208), (88.6381, -0.8985, -0.7239), 1.5381),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_measure_of_these_tests_gives_published_distances(
    one: tuple[float, float, float], other: tuple[float, float, float], distance: float
) -> None:
    assert ciede2000(one, other) == pytest.approx(distance, abs=1e-4)


def smallest_distance(colors: list[str], sight: str) -> float:
    places = [seen(color, sight) for color in colors]
    return min(ciede2000(one, other) for one, other in itertools.combinations(places, 2))


@pytest.mark.parametrize("sight", SIGHTS)
def test_colours_for_the_colour_blind_stay_apart_however_they_are_seen(sight: str) -> None:
    assert smallest_distance(list(PALETTES["colorblind"].colors.values()), sight) >= COLOR_BLIND_DISTANCE


@pytest.mark.parametrize("name", SCHEMES)
def test_every_built_in_scheme_can_have_colours_that_stay_apart(name: str) -> None:
    palette = SCHEMES[name].recolored("colorblind").palette
    assert all(smallest_distance(palette, sight) >= COLOR_BLIND_DISTANCE for sight in SIGHTS)


def test_the_official_colours_do_not_stay_apart() -> None:
    assert smallest_distance(list(PALETTES["earth_engine"].colors.values()), "normal") < 2
    assert smallest_distance(list(PALETTES["esa"].colors.values()), "deuteranopia") < 4


def test_palettes_hold_the_official_colours_and_cannot_be_changed() -> None:
    assert list(PALETTES) == ["earth_engine", "esa", "colorblind"]
    assert PALETTES["earth_engine"].colors[4] == "10d22c"
    assert 0 not in PALETTES["earth_engine"].colors
    assert PALETTES["esa"].colors[4] == "00a000"
    assert "Machado" in repr(PALETTES["colorblind"])
    with pytest.raises(TypeError):
        PALETTES["esa"].colors[4] = "000000"
    with pytest.raises(FrozenInstanceError):
        PALETTES["esa"].name = "x"


def test_a_palette_with_a_colour_that_is_none_is_refused() -> None:
    with pytest.raises(SchemeError, match=r"colors\[4\]: got 'green'; allowed: six hexadecimal digits"):
        Palette("mine", "", {4: "green"}, "")
