"""Days, months and seasons of a collection."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import ee
import numpy as np
import pytest
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

import gee_scl
from gee_scl.options.choices import Period
from gee_scl.scenes.periods import PERIODS, labels_in_order, with_period
from tests.support.engines import session_on, session_over
from tests.support.local.catalogues import Scene, make_catalogue

UTC = dt.UTC


@pytest.fixture(scope="module", autouse=True)
def session(sample_engine: str) -> Iterator[None]:
    with session_on(sample_engine):
        yield


def taken_at(*moments: dt.datetime) -> ee.ImageCollection:
    """Images without pixels worth the name, at these moments."""
    times = ee.List([round(moment.timestamp() * 1000) for moment in moments])
    return ee.ImageCollection(times.map(lambda time: ee.Image(0).set("system:time_start", time)))


def labels(images: ee.ImageCollection, name: str, day: str = "utc") -> list[str]:
    return with_period(images, name, day=day).aggregate_array(PERIODS[name].property).getInfo()


def in_order(images: ee.ImageCollection, name: str) -> list[str]:
    return labels_in_order(with_period(images, name), Period(name)).getInfo()


def test_the_months_of_a_year_fall_into_four_seasons_and_december_into_the_next_year() -> None:
    months = [dt.datetime(2023, month, 15, tzinfo=UTC) for month in range(1, 13)]
    assert labels(taken_at(*months), "season") == [
        "2023-DJF", "2023-DJF",
        "2023-MAM", "2023-MAM", "2023-MAM",
        "2023-JJA", "2023-JJA", "2023-JJA",
        "2023-SON", "2023-SON", "2023-SON",
        "2024-DJF",
    ]  # fmt: skip


def test_the_last_day_of_a_month_is_in_it() -> None:
    edges = [dt.datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC), dt.datetime(2024, 3, 1, tzinfo=UTC)]
    assert labels(taken_at(*edges), "season") == ["2024-DJF", "2024-MAM"]
    assert labels(taken_at(*edges), "month") == ["2024-02", "2024-03"]
    assert labels(taken_at(*edges), "day") == ["2024-02-29", "2024-03-01"]


def season_of(moment: dt.datetime) -> str:
    name = {12: "DJF", 1: "DJF", 2: "DJF", 3: "MAM", 4: "MAM", 5: "MAM", 6: "JJA", 7: "JJA", 8: "JJA"}
    return f"{moment.year + (moment.month == 12)}-{name.get(moment.month, 'SON')}"


@settings(max_examples=15, deadline=None)
@given(st.lists(st.datetimes(dt.datetime(2015, 6, 23), dt.datetime(2035, 1, 1)), min_size=1, max_size=20))
def test_labels_are_those_of_the_calendar_and_periods_come_in_the_order_of_time(naive: list[dt.datetime]) -> None:
    moments = [moment.replace(microsecond=0, tzinfo=UTC) for moment in naive]
    images = taken_at(*moments)
    expected = {
        "day": [f"{m:%Y-%m-%d}" for m in moments],
        "month": [f"{m:%Y-%m}" for m in moments],
        "season": [season_of(m) for m in moments],
    }
    for name, found in expected.items():
        assert labels(images, name) == found
        in_time = [label for _, label in sorted(zip(moments, found, strict=True))]
        assert in_order(images, name) == list(dict.fromkeys(in_time))


def test_the_sample_has_every_month_of_its_year_and_two_winters() -> None:
    images = gee_scl.collection()
    assert in_order(images, "month") == [f"2023-{month:02}" for month in range(1, 13)]
    assert in_order(images, "season") == ["2023-DJF", "2023-MAM", "2023-JJA", "2023-SON", "2024-DJF"]
    july = with_period(images, "month").filter(ee.Filter.eq("gee_scl:month", "2023-07"))
    days = with_period(images, "day").filter(ee.Filter.stringStartsWith("gee_scl:date", "2023-07"))
    assert july.size().getInfo() == days.size().getInfo() > 0


def test_labelled_images_keep_their_bands_and_properties() -> None:
    before = gee_scl.collection().first().getInfo()
    labelled = gee_scl.collection()
    for period in Period:
        labelled = with_period(labelled, period)
    after = labelled.first().getInfo()
    assert after["bands"] == before["bands"]
    added = {"gee_scl:date": "2023-01-03", "gee_scl:month": "2023-01", "gee_scl:season": "2023-DJF"}
    assert after["properties"] == {**before["properties"], **added}


@pytest.mark.parametrize(
    ("crs", "east", "time", "solar"),
    [
        ("EPSG:32660", 500_000, "2022-12-31T22:30:00Z", "2023-01-01"),  # 177 E: 11.8 hours ahead
        ("EPSG:32601", 500_000, "2023-01-01T11:30:00Z", "2022-12-31"),  # 177 W: 11.8 hours behind
        ("EPSG:32632", 500_000, "2023-01-01T10:30:00Z", "2023-01-01"),  # 9 E: near noon anyway
    ],
)
def test_the_solar_day_is_that_of_the_place(tmp_path: Path, crs: str, east: float, time: str, solar: str) -> None:
    grid = Affine(20, 0, east, 0, -20, 4_000_000)
    make_catalogue(tmp_path, [Scene(np.full((4, 4), 4, np.uint8), time=time, crs=crs, transform=grid)])
    with session_over(tmp_path):
        images = gee_scl.collection()
        assert labels(images, "day", "solar") == [solar]
        assert labels(images, "month", "solar") == [solar[:7]]
        assert labels(images, "day") == [time[:10]]
        assert labels(images, "month") == [time[:7]]


def test_a_collection_of_nothing_has_no_periods() -> None:
    nothing = gee_scl.collection(start="1999-01-01", end="2000-01-01")
    assert in_order(nothing, "season") == []
    assert with_period(nothing, "month").size().getInfo() == 0


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda images: with_period(images, "seasons"),
            "period: got 'seasons'.*'day' or 'month' or 'season'.*Did you mean",
        ),
        (lambda images: with_period(images, "month", day="local"), "day: got 'local'; allowed: 'utc' or 'solar'"),
        (lambda images: with_period(images.first(), "day"), "images: got 'Image'.*ee.ImageCollection"),
        (lambda _: with_period("COPERNICUS/S2", "season"), "images"),
    ],
)
def test_bad_arguments_are_refused(call: object, text: str) -> None:
    with pytest.raises(gee_scl.ArgumentError, match=text):
        call(gee_scl.collection())
