"""Series: a region by day, or several together, with what was seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from gee_scl import SCHEMES
from gee_scl.errors import ArgumentError
from gee_scl.frames.classes import seen_values
from gee_scl.frames.days import daily
from gee_scl.frames.series import Series, region_series
from tests.figures import YEAR, statistics

DAY, LATER = "2023-06-20", "2023-06-30"
SCL = SCHEMES["scl"]
CLEAR = seen_values(SCL, None)

Days = Mapping[str, Sequence[float]]


def shares(*, vegetation: float = 0, water: float = 0, cloud: float = 0) -> Sequence[float]:
    return (0, 0, 0, vegetation, 0, water, 0, 0, cloud, 0, 0)


def series(regions: Mapping[str, Days], value: str = "percent", region: str | None = None, **areas: float) -> Series:
    return region_series(daily(statistics(regions, areas=areas), value), SCL, region, value, CLEAR)


def of_class(read: Series, code: int) -> list[float]:
    return list(read.values[:, SCL.values.index(code)])


def test_a_region_has_its_values_by_day_in_order_and_how_much_was_seen() -> None:
    days = {LATER: shares(vegetation=20, cloud=60), DAY: shares(vegetation=75, water=25)}
    read = series({"A": days, "B": {DAY: shares(water=100)}}, region="A")
    assert read.title == "A"
    assert [f"{day:%Y-%m-%d}" for day in read.days] == [DAY, LATER]
    assert of_class(read, 4) == pytest.approx([75, 25])
    assert of_class(read, 9) == pytest.approx([0, 75])
    assert list(read.clear) == pytest.approx([100, 20])


def test_a_day_without_any_classified_pixel_has_no_value_and_was_not_seen() -> None:
    read = series({"A": {DAY: shares(water=10), LATER: shares()}}, value="area_m2")
    assert np.isnan(read.values[1]).all()
    assert of_class(read, 4)[0] == 0
    assert list(read.clear) == pytest.approx([10, 0])


@pytest.mark.parametrize(
    ("value", "vegetation", "water"),
    [
        # Of 3 and 1 square kilometres: 2.4 of vegetation, 0.6 and 0.5 of water, and half of the second is unclassified.
        ("percent", 100 * 2.4 / 3.5, 100 * 1.1 / 3.5),
        ("percent_of_region", 100 * 2.4 / 4, 100 * 1.1 / 4),
        ("area_m2", 2.4e6, 1.1e6),
        ("pixels", 2.4e6 / 400, 1.1e6 / 400),
    ],
)
def test_regions_together_are_summed_by_their_area(value: str, vegetation: float, water: float) -> None:
    regions = {"A": {DAY: shares(vegetation=80, water=20)}, "B": {DAY: shares(water=50)}}
    read = series(regions, value, A=3e6, B=1e6)
    assert read.title == "2 regions together"
    assert of_class(read, 4) == pytest.approx([vegetation])
    assert of_class(read, 6) == pytest.approx([water])
    assert list(read.clear) == pytest.approx([100 * 3.5 / 4])


def test_regions_that_cannot_be_summed_are_named() -> None:
    whole = shares(water=100)
    with pytest.raises(ArgumentError, match=r"'A', 'B'.*same days"):
        series({"A": {DAY: whole}, "B": {LATER: whole}})
    with pytest.raises(ArgumentError, match="unknown area: 'B'"):
        series({"A": {DAY: whole}, "B": {DAY: shares()}})
    frame = daily(statistics({"A": YEAR, "B": YEAR}), "percent")
    with pytest.raises(ArgumentError, match="do not sum to 100"):
        region_series(frame[frame["class_value"] != 4], SCL, None, "percent", CLEAR)


def test_a_region_that_is_not_there_is_refused() -> None:
    with pytest.raises(ArgumentError) as error:
        series({"A": YEAR, "B": YEAR}, region="C")
    assert error.value.argument == "region"
