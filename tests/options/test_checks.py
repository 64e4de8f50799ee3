"""Checks of arguments: what is a number, a whole number, a collection."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import ee
import numpy as np
import pytest

from gee_scl.errors import ArgumentError
from gee_scl.options.checks import (
    as_collection,
    checked_collection,
    checked_moment,
    checked_scale,
    finite_number,
    has_members,
    number_between,
    positive_number,
    whole_number,
)


@pytest.mark.parametrize("number", [5, 5.0, np.int8(5), np.uint64(5), np.float32(5), np.float64(5), Fraction(5)])
def test_a_number_of_any_library_is_a_number(number: object) -> None:
    assert number_between("n", number, 0, 10) == 5
    assert whole_number("n", number, 1) == 5
    assert type(whole_number("n", number, 1)) is int


@pytest.mark.parametrize("other", [True, np.bool_(True), "5", None, [5], float("nan"), float("inf"), Decimal(5), 5j])
def test_what_is_none_is_refused_by_the_arguments_name(other: object) -> None:
    for check in (lambda: number_between("n", other, 0), lambda: whole_number("n", other, 0)):
        with pytest.raises(ArgumentError) as caught:
            check()
        assert caught.value.argument == "n"


def test_limits_are_told() -> None:
    with pytest.raises(ArgumentError, match="n: got 11; allowed: a number from 0 to 10"):
        number_between("n", 11, 0, 10)
    with pytest.raises(ArgumentError, match=r"scale: got 0; allowed: a number of metres, of at least 0\.02"):
        checked_scale(0)
    with pytest.raises(ArgumentError, match=r"n: got 2\.5; allowed: a whole number of pixels, from 1 to 10,000"):
        whole_number("n", 2.5, 1, 10_000, "pixels")


def test_a_whole_number_that_no_float_holds_is_refused() -> None:
    checks = (number_between, whole_number, positive_number, finite_number)
    for check, limits in zip(checks, ((0,), (0,), (), ()), strict=True):
        for number in (10**400, -(10**400)):
            with pytest.raises(ArgumentError, match=r"^n: got -?1000"):
                check("n", number, *limits)  # type: ignore[operator]


def test_a_moment_whose_zone_leads_out_of_the_calendar_is_refused() -> None:
    east = dt.timezone(dt.timedelta(hours=14))
    assert checked_moment(dt.datetime(1, 1, 1, 14, tzinfo=east), "start") == -62_135_596_800_000
    for beyond in (
        dt.datetime(1, 1, 1, 13, tzinfo=east),
        dt.datetime(9999, 12, 31, 23, tzinfo=dt.timezone(dt.timedelta(hours=-2))),
    ):
        with pytest.raises(ArgumentError, match=r"^start: .*years 1 to 9999 in UTC"):
            checked_moment(beyond, "start")


def test_an_array_without_dimensions_has_no_members() -> None:
    assert has_members(np.array([3]))
    assert has_members([])
    assert not has_members(np.array(3))
    assert not has_members(3)


def test_one_image_is_a_collection_where_one_will_do(sample_session: str) -> None:
    image = ee.Image(1)
    assert as_collection(image).size().getInfo() == 1
    with pytest.raises(ArgumentError, match=r"images: got 'Image'.*ee\.ImageCollection\(\[image\]\)"):
        checked_collection(image)
    with pytest.raises(ArgumentError, match="before: got 'str'"):
        as_collection("COPERNICUS/S2", "before")
