"""Colours of percentages: points of a gradient, and equal steps."""

from __future__ import annotations

import pytest

import gee_scl
from gee_scl.views.percent_colors import PercentColors

FOUR = ("000000", "ff0000", "00ff00", "ffffff")


def test_the_points_of_a_gradient_are_spread_evenly_from_low_to_high() -> None:
    colors = PercentColors.of(FOUR, 10, 40, least=2)
    assert colors.points() == [(10, "000000"), (20, "ff0000"), (30, "00ff00"), (40, "ffffff")]


def test_steps_are_equal_and_each_percentage_has_the_colour_of_its_step() -> None:
    colors = PercentColors.of(FOUR, 0, 100, least=1)
    assert colors.steps() == [(0, 25, "000000"), (25, 50, "ff0000"), (50, 75, "00ff00"), (75, 100, "ffffff")]
    assert [colors.color(percent) for percent in (0, 24.9, 25, 49.9, 75, 100)] == [
        "000000", "000000", "ff0000", "ff0000", "ffffff", "ffffff",
    ]  # fmt: skip


def test_what_is_below_or_above_has_the_first_or_the_last_colour() -> None:
    colors = PercentColors.of(FOUR, 40, 60, least=1)
    assert [colors.color(percent) for percent in (0, 39, 61, 100)] == ["000000", "000000", "ffffff", "ffffff"]


@pytest.mark.parametrize(
    ("palette", "low", "high", "least", "argument"),
    [
        (FOUR, 50, 50, 2, "high"),
        (FOUR, -1, 50, 2, "low"),
        (FOUR, 0, 101, 2, "high"),
        (FOUR, True, 50, 2, "low"),
        (FOUR, 0, float("nan"), 2, "high"),
        (FOUR[:1], 0, 100, 2, "palette"),
        ((), 0, 100, 1, "palette"),
        ("ffffff", 0, 100, 1, "palette"),
        (None, 0, 100, 1, "palette"),
        (("ffffff", "white"), 0, 100, 2, "palette"),
    ],
)
def test_what_makes_no_colours_is_refused_by_name(palette, low, high, least, argument) -> None:
    with pytest.raises(gee_scl.ArgumentError) as caught:
        PercentColors.of(palette, low, high, least=least)
    assert caught.value.argument == argument
