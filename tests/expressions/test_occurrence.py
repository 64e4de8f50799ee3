from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import ee
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gee_scl
from gee_scl.classes.selection import class_codes
from gee_scl.errors import ArgumentError, ClassError
from gee_scl.expressions.occurrence import class_date, mode, occurrence
from tests.support.engines import session_over
from tests.support.graphs import added_bytes
from tests.support.local.catalogues import GRID, Scene, make_catalogue
from tests.support.pixels import Window, read
from tests.support.stacks import Stack, read_stack

CLEAR = (4, 5, 6, 11)
PLACES = (pytest.param("31UDS", marks=pytest.mark.real), pytest.param("31UES", marks=pytest.mark.real), "sample")


@pytest.fixture(scope="module", params=PLACES)
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """Real classes of two places, and synthetic ones, with an open session on each."""
    if request.param == "sample":
        folder, tile, crop = request.getfixturevalue("sample"), "32TPS", (80, 40, 150, 170)
    else:
        folder, tile, crop = request.getfixturevalue("shared") / "data" / request.param, request.param, None
    with session_over(folder):
        yield read_stack(folder, tile, crop=crop)


def images_of(stack: Stack) -> object:
    tile = {"EPSG:32632": "32TPS"}.get(stack.window.crs)
    return gee_scl.collection(tiles=tile)


@pytest.mark.parametrize("classes", ["water", "clear", [3, 8]])
def test_occurrence_is_the_share_of_clear_observations(stack: Stack, classes: object) -> None:
    codes = class_codes(classes)
    made = read(occurrence(images_of(stack), classes), stack.window)
    count = np.isin(stack.scl, codes).sum(axis=0)
    seen = np.isin(stack.scl, (*CLEAR, *codes)).sum(axis=0)
    assert list(made) == ["percent", "count", "observations"]
    np.testing.assert_array_equal(made["count"], count)
    np.testing.assert_array_equal(made["observations"], seen)
    np.testing.assert_array_equal(np.ma.getmaskarray(made["percent"]), seen == 0)
    expected = np.ma.masked_invalid(100 * count / np.where(seen, seen, np.nan))
    np.testing.assert_allclose(made["percent"].compressed(), expected.compressed(), rtol=1e-6)


def test_every_unmasked_pixel_counts_where_none_is_excluded(stack: Stack) -> None:
    made = read(occurrence(images_of(stack), "clear", clear=None), stack.window)
    np.testing.assert_array_equal(made["observations"], (stack.scl != 0).sum(axis=0))
    np.testing.assert_array_equal(made["count"], np.isin(stack.scl, CLEAR).sum(axis=0))


def test_the_mode_is_the_commonest_class_and_of_equals_the_smallest(stack: Stack) -> None:
    made = read(mode(images_of(stack)), stack.window)
    counts = np.stack([(stack.scl == code).sum(axis=0) for code in CLEAR])
    np.testing.assert_array_equal(made["observations"], counts.sum(axis=0))
    np.testing.assert_array_equal(made["count"], counts.max(axis=0))
    np.testing.assert_array_equal(np.ma.getmaskarray(made["class"]), counts.max(axis=0) == 0)
    np.testing.assert_array_equal(
        made["class"].filled(0), np.where(counts.max(axis=0), np.take(CLEAR, counts.argmax(axis=0)), 0)
    )


@pytest.mark.parametrize("classes", ["snow", "cloud"])
def test_first_and_last_dates_are_of_the_first_and_last_image_of_the_class(stack: Stack, classes: str) -> None:
    found = np.isin(stack.scl, class_codes(classes))
    days = np.ma.masked_array(np.broadcast_to(stack.days[:, np.newaxis, np.newaxis], found.shape), ~found)
    for pick, expected in (("first", days.min(axis=0)), ("last", days.max(axis=0))):
        made = read(class_date(images_of(stack), classes, pick), stack.window)[f"{pick}_date"]
        np.testing.assert_array_equal(np.ma.getmaskarray(made), np.ma.getmaskarray(expected))
        np.testing.assert_array_equal(made.compressed(), expected.compressed())


def test_results_lie_on_the_class_bands_grid_and_say_what_they_are(sample_session: str) -> None:
    images = gee_scl.collection(tiles="32TPS")
    for made in (
        occurrence(images, "water"),
        mode(images),
        class_date(images, "snow"),
        class_date(images, "snow", "last"),
    ):
        assert made.select(0).projection().getInfo()["crs"] == "EPSG:32632"
        assert made.select(0).projection().nominalScale().getInfo() == 20
        assert added_bytes(made, images) < 10_000
    assert occurrence(images, "water").get("gee_scl:clear_classes").getInfo() == "4,5,6,11"
    assert occurrence(images, "water", clear=None).get("gee_scl:clear_classes").getInfo() == "all"
    assert mode(images).get("class_class_palette").getInfo()[5] == "0000ff"
    times = images.aggregate_array("system:time_start").getInfo()
    assert occurrence(images, 6).get("system:time_start").getInfo() == min(times)
    assert class_date(images, 6, "last").get("system:time_end").getInfo() == max(times)


def test_class_statistics_measure_the_mode(sample_session: str) -> None:
    frame = gee_scl.class_statistics(mode(gee_scl.collection()), (11.55, 46.43, 11.57, 46.44), band="class")
    assert frame["percent"].sum() == pytest.approx(100)
    assert set(frame.loc[frame["pixels"] > 0, "class_value"]) <= set(CLEAR)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(min_size=25, max_size=25), min_size=1, max_size=6))
def test_shares_of_a_partition_sum_to_100(tmp_path_factory: pytest.TempPathFactory, raw: list[bytes]) -> None:
    codes = [np.frombuffer(one, np.uint8).reshape(5, 5) % 12 for one in raw]
    scenes = [Scene(scl, time=f"2023-05-{day:02}T10:00:00Z") for day, scl in enumerate(codes, start=1)]
    folder: Path = make_catalogue(tmp_path_factory.mktemp("shares"), scenes)
    window = Window("EPSG:32632", GRID, 5, 5)
    with session_over(folder):
        images = gee_scl.collection()
        shares = [read(occurrence(images, code), window) for code in CLEAR]
        total = sum(share["percent"] for share in shares)
        np.testing.assert_allclose(total.compressed(), 100, rtol=1e-5)
        seen = shares[0]["observations"]
        np.testing.assert_array_equal(seen, np.isin(codes, CLEAR).sum(axis=0))
        assert (read(mode(images), window)["count"] == np.max([share["count"] for share in shares], axis=0)).all()


@pytest.mark.parametrize(
    "made",
    [
        lambda images: occurrence(images, "water"),
        mode,
        lambda images: class_date(images, "snow"),
        lambda images: class_date(images, "snow", "last"),
        lambda images: gee_scl.composite(images, "median", bands="B4"),
        lambda images: gee_scl.monthly_composites(images, "best_pixel").first(),
        lambda images: gee_scl.cloud_agreement(images.limit(1)),
        gee_scl.always_cloud,
        lambda images: gee_scl.contradicted_snow(images).first(),
        lambda images: gee_scl.daily_mosaics(images).first(),
        lambda images: gee_scl.transition_image(images, images),
    ],
)
def test_what_is_made_of_the_sample_says_that_it_is_synthetic(
    made: Callable[[ee.ImageCollection], ee.Image], sample_session: str
) -> None:
    images = gee_scl.collection(start="2023-05-01", end="2023-06-01")
    assert made(images).get("GEE_SCL_SYNTHETIC").getInfo() == "true"


def test_what_cannot_be_is_refused(sample_session: str) -> None:
    images = gee_scl.collection()
    with pytest.raises(ClassError, match="Did you mean 'water'"):
        occurrence(images, "watr")
    with pytest.raises(ClassError, match="at least one"):
        mode(images, [])
    with pytest.raises(ArgumentError, match="Put it into a collection"):
        class_date(images.first(), "snow")
    with pytest.raises(ArgumentError, match=r"pick: got 'latest'; allowed: 'first' or 'last'"):
        class_date(images, "snow", "latest")
