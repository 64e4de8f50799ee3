"""Shares that are asked for some images at a time: the same numbers, by few requests, and never measured again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import ee
import pandas as pd
import pytest

import gee_scl
from gee_scl.local.server import LocalServer
from gee_scl.scenes.chains import Chain
from gee_scl.scenes.clear_share import best_scenes, clear_shares, with_clear_share
from gee_scl.scenes.nodes import calls_within, function_name
from tests.support.engines import server_over, session_on

CLEAR, VALID = "gee_scl:clear_percent", "gee_scl:valid_percent"
FIELD = (11.61, 46.43, 11.64, 46.45)


@pytest.fixture(scope="module")
def server(sample: Path) -> Iterator[LocalServer]:
    with server_over(sample) as engine, session_on(engine.url):
        yield engine


@pytest.fixture(autouse=True)
def session(server: LocalServer) -> None:
    """All tests here ask this engine."""


def summer() -> ee.ImageCollection:
    return gee_scl.collection(start="2023-05-01", end="2023-09-01")


def test_the_table_has_the_shares_of_the_images_that_meet_the_region(server: LocalServer) -> None:
    images = summer()
    frame = clear_shares(images, FIELD)
    assert frame["date"].is_monotonic_increasing
    shared = with_clear_share(images, FIELD).sort("system:index")
    by_index = frame.sort_values("image")
    assert list(by_index["image"]) == shared.aggregate_array("system:index").getInfo()
    assert list(by_index["tile"]) == shared.aggregate_array("MGRS_TILE").getInfo()
    assert list(by_index["clear_percent"]) == pytest.approx(shared.aggregate_array(CLEAR).getInfo())
    assert list(by_index["valid_percent"]) == pytest.approx(shared.aggregate_array(VALID).getInfo())
    assert list(frame.dtypes.astype(str))[2:] == ["datetime64[ns, UTC]", "float64", "float64"]
    assert frame.attrs["gee_scl"] == {"clear": [4, 5, 6, 11], "images": 18, "requests": 2}


def test_batches_are_of_forty_images_or_of_as_many_as_have_the_pixels(server: LocalServer) -> None:
    assert clear_shares(gee_scl.collection(), FIELD).attrs["gee_scl"]["requests"] == 1 + 2
    seen: list[tuple[int, int]] = []
    pixels = 2_300 * 2_230 // 400  # of the field, about
    run = gee_scl.Run(limits=gee_scl.Limits(pixels=4 * pixels + 2_000))
    frame = clear_shares(summer(), FIELD, run=run, progress=lambda done, total: seen.append((done, total)))
    assert frame.attrs["gee_scl"]["requests"] == 1 + 5
    assert seen == [(n, 5) for n in range(1, 6)]
    pd.testing.assert_frame_equal(frame, clear_shares(summer(), FIELD))


def test_what_is_too_much_is_asked_for_in_halves(server: LocalServer) -> None:
    whole = clear_shares(summer(), FIELD)
    with server.fail("table.computeFeatures", error="memory", pairs=5) as fault:
        frame = clear_shares(summer(), FIELD)
    assert fault.struck == 1 + 2, "18, 9 and 9"
    assert frame.attrs["gee_scl"]["requests"] == 1 + 3 + 4
    pd.testing.assert_frame_equal(frame, whole)
    with (
        server.fail("table.computeFeatures", error="memory", pairs=0),
        pytest.raises(gee_scl.RequestError, match="Clear share on 2023-05-08 32T"),
    ):
        clear_shares(summer().limit(1), FIELD)


def test_the_best_are_pinned_with_their_shares_and_never_measured_again(server: LocalServer) -> None:
    images = gee_scl.mask_clouds(summer())
    left, pinned = (
        best_scenes(images, FIELD, 4, min_clear=20),
        best_scenes(images, FIELD, 4, min_clear=20, run=gee_scl.Run()),
    )
    for name in ("system:index", CLEAR, VALID, "gee_scl:clear_classes", "gee_scl:mask"):
        assert pinned.aggregate_array(name).getInfo() == left.aggregate_array(name).getInfo()
    assert Chain.of(pinned).is_plain
    used = {function_name(call) for call in calls_within(pinned)}
    assert not {"Image.reduceRegions", "Join.apply"} & used
    before = server.counters.total
    pinned.aggregate_array(CLEAR).getInfo()
    assert (server.counters.total - before).pixels == 0
    one, other = (ee.Image(best.first()).select("SCL") for best in (pinned, left))
    histogram = {"reducer": ee.Reducer.frequencyHistogram(), "geometry": ee.Geometry.BBox(*FIELD)}
    assert one.reduceRegion(**histogram).getInfo() == other.reduceRegion(**histogram).getInfo()


def test_mosaics_of_days_are_chosen_likewise(server: LocalServer) -> None:
    days = gee_scl.daily_mosaics(summer())
    left, pinned = best_scenes(days, FIELD, 3), best_scenes(days, FIELD, 3, run=gee_scl.Run())
    for name in ("gee_scl:date", CLEAR):
        assert pinned.aggregate_array(name).getInfo() == left.aggregate_array(name).getInfo()


def test_none_is_clear_enough_and_none_is_there(server: LocalServer) -> None:
    assert best_scenes(summer(), FIELD, min_clear=100, clear="snow", run=gee_scl.Run()).size().getInfo() == 0
    with pytest.raises(gee_scl.CollectionError, match="No image of COPERNICUS/S2_SR_HARMONIZED meets the region"):
        clear_shares(summer(), (-30, 40, -29, 41))


def test_a_region_without_a_pixels_centre_has_no_share(server: LocalServer) -> None:
    speck = (11.62, 46.44, 11.620001, 46.440001)
    frame = clear_shares(summer().limit(2), speck)
    assert frame[["clear_percent", "valid_percent"]].isna().all(axis=None)
    assert best_scenes(summer(), speck, run=gee_scl.Run()).size().getInfo() == 0
