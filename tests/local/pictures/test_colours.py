"""Colours by name and number; expected values from the CSS specification, by hand."""

from __future__ import annotations

import pytest

from gee_scl.local.errors import EvaluationError
from gee_scl.local.pictures.colours import rgb, rgba


@pytest.mark.parametrize("text", ["red", "Red ", "FF0000", "#ff0000", "f00", "#F00"])
def test_a_colour_has_many_names(text):
    assert rgb(text, "x") == (255, 0, 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("darkgreen", (0, 100, 0, 255)),
        ("FF000088", (255, 0, 0, 0x88)),
        ("#f008", (255, 0, 0, 0x88)),
        ("transparent", (0, 0, 0, 0)),
    ],
)
def test_a_colour_may_have_an_opacity(text, expected):
    assert rgba(text, "x") == expected


@pytest.mark.parametrize("text", ["", "reddish", "12345", "#gggggg", "rgb(1,2,3)", "ff0000880"])
def test_what_is_no_colour_is_refused(text):
    for parse in (rgb, rgba):
        with pytest.raises(EvaluationError, match=r"Image\.x: Invalid color"):
            parse(text, "Image.x")


def test_a_colour_without_place_for_an_opacity_has_none():
    with pytest.raises(EvaluationError, match="CSS name or RRGGBB"):
        rgb("FF000088", "Image.x")
