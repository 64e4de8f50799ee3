"""Names of classes in several scripts, and the fonts of this machine that have their letters."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable

import pytest
from fontTools.ttLib import TTFont, TTLibError
from matplotlib.font_manager import findSystemFonts

NAMES = {
    "German": ("Wäld", "Grün", "Sée"),
    "Polish": ("Łąka", "Żyto", "Wóda"),
    "Vietnamese": ("Rừng", "Đất", "Nước"),
    "Greek": ("Δάση", "Γυμν", "Νερό"),
    "Russian": ("Лес", "Пар", "Вод"),
    "Arabic": ("نبات", "تربة", "ماءء"),
    "Hindi": ("वन", "खेत", "पानी"),
    "Chinese": ("植被", "裸地", "水体"),
    "Korean": ("식생", "나지", "수역"),
    "several": ("植被 (wood)", "वन", "نبات"),
}

REQUIRED = "GEE_SCL_FONTS"
"""Where this is set in the environment, a font that is missing is a failure and no reason to skip."""


def letters_of(path: str) -> frozenset[int]:
    """The letters that a font has, as fontTools reads its file."""
    try:
        with TTFont(path, fontNumber=0, lazy=True) as font:
            return frozenset(font.getBestCmap() or ())
    except (TTLibError, KeyError, AssertionError):
        return frozenset()


@functools.cache
def _all_letters() -> frozenset[int]:
    return frozenset().union(*map(letters_of, findSystemFonts()))


def need_fonts(names: Iterable[str]) -> None:
    """Skip the test where no font of this machine has the letters of some names."""
    lost = {letter for name in names for letter in name if letter != " "} - set(map(chr, _all_letters()))
    if lost and not os.environ.get(REQUIRED):
        pytest.skip(f"no font of this machine has {' '.join(sorted(lost))}")
    assert not lost
