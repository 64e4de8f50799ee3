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
from gee_scl.scenes.periods import PERIODS, days_from, labels_in_order, with_period
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


def days_by_hand(day: dt.date, target: dt.date) -> int:
    """To the nearest day of the same name, of the year before, the same or the next; 29 February is both neighbours."""
    near = []
    for year in (day.year - 1, day.year, day.year + 1):
        try:
            near.append(target.replace(year=year))
        except ValueError:
            near += [dt.date(year, 2, 28), dt.date(year, 3, 1)]
    return min(abs((one - day).days) for one in near)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.dates(dt.date(2015, 6, 23), dt.date(2035, 1, 1)), min_size=1, max_size=20),
    st.one_of(st.dates(dt.date(2024, 1, 1), dt.date(2024, 12, 31)), st.just(dt.date(2024, 2, 29))),
)
def test_days_to_a_date_are_of_the_calendar_in_leap_and_common_years(days: list[dt.date], target: dt.date) -> None:
    moments = [dt.datetime(*day.timetuple()[:3], 10, 15, 59, tzinfo=UTC) for day in days]
    place = target.month, target.day
    found = taken_at(*moments).map(lambda i: i.set("far", days_from(ee.Date(i.get("system:time_start")), place)))
    assert found.aggregate_array("far").getInfo() == [days_by_hand(day, target) for day in days]


@pytest.mark.parametrize(
    ("day", "target", "far"),
    [("2023-01-02", 365, 2), ("2024-12-31", 366, 0), ("2024-12-30", 1, 2), ("2023-06-15", 166, 0)],
)
def test_days_of_the_year_are_counted_across_its_turn(day: str, target: int, far: int) -> None:
    assert days_from(ee.Date(day), target).getInfo() == far


@pytest.mark.parametrize("pixels", ["date", "first_date"])
def test_the_date_of_a_month_lies_in_the_month_by_the_clock_that_was_asked_for(tmp_path: Path, pixels: str) -> None:
    # In Fiji the sun is twelve hours ahead: half past ten on 1 June is 22:30 UTC on 31 May.
    scene = Scene(
        np.full((30, 30), 4, np.uint8), tile="60KXF", time="2023-05-31T22:30:00Z", crs="EPSG:32760",
        transform=Affine(20, 0, 600_000, 0, -20, 8_100_000),
    )  # fmt: skip
    with session_over(make_catalogue(tmp_path, [scene])):
        images = gee_scl.collection()
        month = gee_scl.monthly_composites(images, "most_recent", bands=[], day="solar").first()
        made = month if pixels == "date" else gee_scl.class_date(images, "vegetation", day="solar")
        middle = ee.Geometry.Point([600_300, 8_099_700], "EPSG:32760")
        days = made.select(pixels).reduceRegion("max", middle, 20).getInfo()[pixels]
        assert month.get("gee_scl:month").getInfo() == "2023-06"
        assert dt.date(1970, 1, 1) + dt.timedelta(days) == dt.date(2023, 6, 1)


@pytest.mark.parametrize(
    ("days", "target", "spread", "nearest"),
    [
        (("2021-01-02", "2021-12-20", "2021-12-28"), "2023-07-05", 30, "2021-12-20"),
        (("2021-01-10", "2021-04-25", "2021-05-16", "2021-09-20"), "2023-06-15", 5, "2021-05-16"),
        (("2021-06-14", "2021-06-15"), "2023-06-15", 1000, "2021-06-15"),
    ],
)
def test_the_best_pixel_is_of_the_nearest_day_also_where_no_score_tells_days_apart(
    tmp_path: Path, days: tuple[str, ...], target: str, spread: float, nearest: str
) -> None:
    scl = np.full((30, 30), 4, np.uint8)
    with session_over(make_catalogue(tmp_path, [Scene(scl, time=f"{day}T10:00:00Z") for day in days])):
        score = gee_scl.PixelScore(target_day=target, day_spread=spread)
        best = gee_scl.composite(gee_scl.collection(), "best_pixel", bands=[], score=score)
        middle = ee.Geometry.Point([600_300, 5_099_700], "EPSG:32632")
        chosen = best.select("date").reduceRegion("max", middle, 20).getInfo()["date"]
        assert dt.date(1970, 1, 1) + dt.timedelta(chosen) == dt.date.fromisoformat(nearest)
