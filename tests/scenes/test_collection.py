"""Finding scenes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import ee
import pytest
import shapely

import gee_scl
from gee_scl.options.checks import checked_moment
from tests.support.engines import session_on


@pytest.fixture(scope="module", autouse=True)
def session(sample_engine: str) -> Iterator[None]:
    with session_on(sample_engine):
        yield


def indexes(images: ee.ImageCollection) -> list[str]:
    return images.aggregate_array("system:index").getInfo()


def test_all_scenes_are_sorted_by_time_without_the_reprocessed_duplicate() -> None:
    found = indexes(gee_scl.collection())
    assert len(found) == len(set(found)) == 48
    assert found == sorted(found, key=lambda index: index[:15])
    assert len(indexes(gee_scl.collection(duplicates="keep"))) == 49


def test_of_a_reprocessed_scene_the_newest_baseline_is_kept() -> None:
    day = {"start": "2023-07-02", "end": "2023-07-03", "tiles": "32TPS"}
    (kept,) = gee_scl.collection(**day).aggregate_array("PROCESSING_BASELINE").getInfo()
    both = gee_scl.collection(**day, duplicates="keep").aggregate_array("PROCESSING_BASELINE").getInfo()
    assert sorted(both) == ["05.09", "05.10"]
    assert kept == "05.10"


def test_the_old_version_does_not_come_back_where_the_new_one_is_cloudier() -> None:
    images = gee_scl.collection(start="2023-07-02", end="2023-07-03", tiles="32TPS", duplicates="keep")
    shares = dict(
        zip(
            images.aggregate_array("PROCESSING_BASELINE").getInfo(),
            images.aggregate_array("CLOUDY_PIXEL_PERCENTAGE").getInfo(),
            strict=True,
        )
    )
    low, high = sorted(shares.values())
    if shares["05.09"] == low:
        limited = gee_scl.collection(start="2023-07-02", end="2023-07-03", tiles="32TPS", max_cloud=(low + high) / 2)
        assert indexes(limited) == []
    else:
        assert len(indexes(gee_scl.collection(tiles="32TPS", max_cloud=100))) == 24


def test_two_strips_of_one_pass_and_baseline_are_both_kept() -> None:
    strips = [
        ee.Image(0).set({"MGRS_TILE": "32TPS", "PROCESSING_BASELINE": "05.09", "system:time_start": 1000 * n, "n": n})
        for n in (1, 2)
    ]
    assert gee_scl.without_duplicates(ee.ImageCollection(strips)).size().getInfo() == 2


def test_the_end_is_not_included() -> None:
    first = checked_moment("2023-01-03T10:07:31", "start")
    (time, *_) = gee_scl.collection().aggregate_array("system:time_start").getInfo()
    assert time == first
    moment = dt.datetime(2023, 1, 3, 10, 7, 31, tzinfo=dt.UTC)
    assert indexes(gee_scl.collection(end=moment)) == []
    assert len(indexes(gee_scl.collection(start=moment, end=moment + dt.timedelta(seconds=1)))) == 2


def test_tiles_are_taken_with_and_without_their_t() -> None:
    assert indexes(gee_scl.collection(tiles="T32TQS")) == indexes(gee_scl.collection(tiles=["32tqs"]))
    assert {index[-5:] for index in indexes(gee_scl.collection(tiles="32TQS"))} == {"32TQS"}


def test_max_cloud_is_of_the_whole_tile() -> None:
    shares = gee_scl.collection(max_cloud=30).aggregate_array("CLOUDY_PIXEL_PERCENTAGE").getInfo()
    everything = gee_scl.collection().aggregate_array("CLOUDY_PIXEL_PERCENTAGE").getInfo()
    assert sorted(shares) == sorted(share for share in everything if share <= 30)


def test_a_region_chooses_the_tiles_that_it_meets() -> None:
    west = shapely.box(11.55, 46.43, 11.56, 46.44)
    assert {index[-5:] for index in indexes(gee_scl.collection(west))} == {"32TPS"}
    assert indexes(gee_scl.collection((-30, 40, -29, 41))) == []
    assert {index[-5:] for index in indexes(gee_scl.collection(ee.Geometry.Point([11.7, 46.47])))} == {"32TQS"}


def test_many_regions_are_looked_for_in_cells_that_hold_them() -> None:
    fields = [shapely.box(11.55 + n / 1e4, 46.43, 11.55 + n / 1e4 + 5e-5, 46.4301) for n in range(500)]
    images = gee_scl.collection(fields)
    assert len(indexes(images)) == 48
    assert len(images.serialize()) < 10_000, "the request stays small whatever the number of regions"
    far = [shapely.box(-30, 40, -29.9, 40.1), shapely.box(60, -10, 60.1, -9.9)]
    assert indexes(gee_scl.collection(far)) == []


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"start": "June"}, "start: got 'June'.*'2023-06-01'"),
        ({"start": 20230601}, "start"),
        ({"start": "2023-06-01", "end": "2023-06-01"}, "after start"),
        ({"max_cloud": 120}, "a number of percent, from 0 to 100"),
        ({"tiles": "32TPSX"}, "32TPS"),
        ({"tiles": []}, "at least one"),
        ({"duplicates": "drop"}, "'newest' or 'keep'"),
    ],
)
def test_bad_arguments_are_refused(arguments: dict[str, object], text: str) -> None:
    with pytest.raises(gee_scl.ArgumentError, match=text):
        gee_scl.collection(**arguments)


def test_nothing_is_asked_of_the_server() -> None:
    calls: list[object] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ee.data, "computeValue", lambda *a: calls.append(a))
        gee_scl.collection((11.5, 46.4, 11.6, 46.5), "2023-01-01", "2023-02-01", max_cloud=50, tiles="32TPS")
    assert calls == []


def test_the_graph_is_small_whatever_the_number_of_images() -> None:
    year = gee_scl.collection((11.5, 46.4, 11.6, 46.5), "2023-01-01", "2024-01-01", max_cloud=80, tiles="32TPS")
    assert len(year.serialize()) < 8_000
    assert len(gee_scl.collection(duplicates="keep").serialize()) < 1_000
