"""Styles of classes: near colours are told apart by their hatch."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

import gee_scl
from gee_scl import SCHEMES
from gee_scl.views.drawing.styles import class_styles


@pytest.mark.parametrize("palette", [None, "esa", "earth_engine", "colorblind"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_classes_of_near_colours_differ_by_their_hatch(scheme: str, palette: str | None) -> None:
    found = SCHEMES[scheme] if palette is None else gee_scl.recolor(scheme, palette)
    styles = list(class_styles(found).values())
    for one, other in combinations(styles, 2):
        near = np.abs(np.subtract(*(list(bytes.fromhex(style.color[1:])) for style in (one, other)))).max() < 48
        assert not near or one.hatch != other.hatch, f"{one.name}, {other.name}"


def test_grey_and_white_classes_are_hatched_each_in_its_own_way() -> None:
    styles = class_styles(SCHEMES["scl"])
    assert len({styles[value].hatch for value in (2, 7, 8, 9, 10)} - {""}) == 5
    assert class_styles(SCHEMES["esa"])[9].hatch
    assert not styles[4].hatch
