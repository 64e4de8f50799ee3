from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import ee
import numpy as np
import pandas as pd
import pytest
import rasterio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gee_scl
from gee_scl.classes.baselines import BASELINE_CHANGES, baseline_table
from gee_scl.classes.class_table import CLASSES
from gee_scl.errors import ArgumentError
from gee_scl.expressions.quality import (
    AGREEMENT,
    always_cloud,
    cloud_agreement,
    contradicted_snow,
)
from gee_scl.statistics.cloud_agreement import cloud_agreement_table
from tests.support.engines import session_over
from tests.support.graphs import added_bytes
from tests.support.local.catalogues import GRID, Scene, make_catalogue
from tests.support.pixels import Window, read
from tests.support.stacks import DAY, Stack, read_stack

CLEAR = (4, 5, 6, 11)
OUTCOMES = ["both_cloud", "only_scl", "only_other", "both_clear"]


@pytest.fixture(scope="module", params=["31UDS", "31UES"])
def real(request: pytest.FixtureRequest, shared: Path) -> Iterator[Stack]:
    with session_over(shared / "data" / request.param):
        yield read_stack(shared / "data" / request.param, request.param)


@pytest.fixture(scope="module")
def synthetic(sample: Path) -> Stack:
    return read_stack(sample, "32TPS")


@pytest.mark.real
@pytest.mark.parametrize("share", [0.3, 0.5])
def test_pixels_nearly_always_cloud_are_those_numpy_counts(real: Stack, share: float) -> None:
    made = read(always_cloud(gee_scl.collection(), share), real.window)
    cloudy = np.isin(real.scl, (8, 9)).sum(axis=0)
    assert list(made) == ["always_cloud", "percent", "count", "observations"]
    np.testing.assert_array_equal(made["always_cloud"], cloudy >= share * len(real.times))
    assert (made["observations"] == len(real.times)).all()


def test_a_bright_roof_is_found_and_weather_is_not(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    scenes = []
    for day in range(1, 21):
        scl = np.where(random.random((8, 8)) < 0.5, 9, 4).astype(np.uint8)
        scl[2, 3] = 8 if day > 2 else 5
        scl[7, :] = 0 if day > 5 else 9
        scenes.append(Scene(scl, time=f"2023-05-{day:02}T10:00:00Z"))
    with session_over(make_catalogue(tmp_path, scenes)):
        images = gee_scl.collection()
        made = read(always_cloud(images), Window("EPSG:32632", GRID, 8, 8))["always_cloud"]
        assert np.argwhere(made.filled(0)).tolist() == [[2, 3]]
        assert made.mask[7].all(), "too few observations to say"
        assert always_cloud(images).select("always_cloud").projection().nominalScale().getInfo() == 20
    assert made.mask.sum() == 8


def test_a_share_that_binary_numbers_miss_is_reached(tmp_path: Path) -> None:
    scenes = [
        Scene(np.full((2, 2), 9 if day <= 7 else 4, np.uint8), time=f"2023-05-{day:02}T10:00:00Z")
        for day in range(1, 11)
    ]
    with session_over(make_catalogue(tmp_path, scenes)):
        made = read(always_cloud(gee_scl.collection(), 0.7), Window("EPSG:32632", GRID, 2, 2))
    assert (made["always_cloud"] == 1).all()


def contradicted(scl: np.ndarray, times: np.ndarray, days: float) -> np.ndarray:
    """Snow with clear, snow-free neighbours on both sides and no snow on either."""
    away = (times[:, np.newaxis] - times[np.newaxis, :]) / DAY
    found = np.zeros(scl.shape, bool)
    for place, row in enumerate(-away):
        denials = []
        for near in ((row >= -days) & (row <= -0.5), (row >= 0.5) & (row <= days)):
            neighbours = scl[near]
            denials.append(np.isin(neighbours, CLEAR).any(axis=0) & ~(neighbours == 11).any(axis=0))
        found[place] = (scl[place] == 11) & denials[0] & denials[1]
    return found


@pytest.mark.long
@pytest.mark.real
def test_contradicted_snow_equals_numpy_on_real_classes(real: Stack) -> None:
    found = contradicted_snow(gee_scl.collection(), 16)
    expected = contradicted(real.scl, real.times, 16)
    with_snow = [place for place in range(len(real.times)) if (real.scl[place] == 11).any()]
    assert expected.any()
    for place in with_snow[:12]:
        image = found.filter(ee.Filter.eq("system:time_start", int(real.times[place]))).first()
        made = read(image, real.window)["contradicted_snow"]
        np.testing.assert_array_equal(made.filled(0), expected[place])
    index = found.aggregate_array("system:index").getInfo()
    assert index == gee_scl.collection().aggregate_array("system:index").getInfo()


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(1, 28), st.binary(min_size=16, max_size=16)),
        min_size=1,
        max_size=5,
        unique_by=lambda t: t[0],
    ),
    st.sampled_from([1, 3, 10, 2.5]),
)
def test_contradicted_snow_equals_numpy_on_any_classes(
    tmp_path_factory: pytest.TempPathFactory, raw: list[tuple[int, bytes]], days: float
) -> None:
    series = [
        (day, np.take((11, 4, 9, 0), np.frombuffer(one, np.uint8).reshape(4, 4) % 4).astype(np.uint8))
        for day, one in sorted(raw)
    ]
    scenes = [Scene(scl, time=f"2023-05-{day:02}T10:00:00Z") for day, scl in series]
    times = np.array([day for day, _ in series]) * DAY
    expected = contradicted(np.stack([scl for _, scl in series]), times, days)
    with session_over(make_catalogue(tmp_path_factory.mktemp("snow"), scenes)):
        found = contradicted_snow(gee_scl.collection(), days)
        stack = read(found.toBands(), Window("EPSG:32632", GRID, 4, 4))
    for (_, scl), wanted, made in zip(series, expected, stack.values(), strict=True):
        np.testing.assert_array_equal(made.filled(0), wanted)
        np.testing.assert_array_equal(np.ma.getmaskarray(made), scl == 0)


def grades(folder: Path, collection: str, band: str, stack: Stack) -> np.ndarray:
    """The other source's band for each image, by time; NaN where there is none."""
    found = np.full(stack.scl.shape, np.nan)
    for path in (folder / collection).rglob("*.json"):
        item = json.loads(path.read_text(encoding="utf-8"))
        if item.get("type") != "Feature" or not item["id"].endswith("32TPS"):
            continue
        time = round(
            dt.datetime.fromisoformat(item["properties"]["datetime"].replace("Z", "+00:00")).timestamp() * 1000
        )
        place = np.flatnonzero(stack.times == time)
        if len(place):
            asset = item["assets"][band]
            scale = asset["raster:bands"][0].get("scale", 1)
            with rasterio.open(path.parent / asset["href"]) as file:
                found[place[0]] = file.read(1, masked=True).astype(float).filled(np.nan) * scale
    return found


def confusion(stack: Stack, graded: np.ndarray, by_other: np.ndarray, codes: tuple[int, ...]) -> dict[str, np.ndarray]:
    known = (stack.scl != 0) & ~np.isnan(graded)
    by_scl = np.isin(stack.scl, codes)
    both = [by_scl & by_other, by_scl & ~by_other, ~by_scl & by_other, ~by_scl & ~by_other]
    return {name: outcome & known for name, outcome in zip(OUTCOMES, both, strict=True)}


@pytest.mark.parametrize("against", ["cloud_score", "cloud_probability"])
def test_the_agreement_of_two_cloud_masks_equals_numpys_counts(
    sample_session: str, sample: Path, synthetic: Stack, against: str
) -> None:
    images = gee_scl.collection(tiles="32TPS")
    if against == "cloud_score":
        graded = grades(sample, "cloud-score-plus", "cs_cdf", synthetic)
        # What is 0.6 itself is clear, in whatever precision it is kept.
        expected = confusion(synthetic, graded, graded < 0.5999, (3, 8, 9, 10))
    else:
        graded = grades(sample, "s2cloudless", "probability", synthetic)
        expected = confusion(synthetic, graded, graded > 40, (8, 9, 10))
    assert all(outcome.any() for outcome in expected.values())
    made = read(cloud_agreement(images, against), synthetic.window)
    assert list(made) == [*OUTCOMES, "agreement"]
    for name in OUTCOMES:
        np.testing.assert_array_equal(made[name], expected[name].sum(axis=0), name)
    same = (expected["both_cloud"] | expected["both_clear"]).sum(axis=0)
    total = sum(outcome.sum(axis=0) for outcome in expected.values())
    np.testing.assert_allclose(made["agreement"], 100 * same / total, rtol=1e-6)


def test_the_table_has_the_pixels_of_each_outcome(sample_session: str, sample: Path, synthetic: Stack) -> None:
    top, left, size = 120, 80, 60
    transform = synthetic.window.transform
    (west, north), (east, south) = transform @ (left, top), transform @ (left + size, top + size)
    field = ee.Geometry.Rectangle([west, south, east, north], "EPSG:32632", False)
    images = gee_scl.collection(tiles="32TPS", start="2023-04-01", end="2023-10-01")
    frame = cloud_agreement_table(images, field, "cloud_probability", threshold=65, classes="thick cloud")
    graded = grades(sample, "s2cloudless", "probability", synthetic)
    expected = confusion(synthetic, graded, graded > 65, (8, 9))
    chosen = (synthetic.times >= dt.datetime(2023, 4, 1, tzinfo=dt.UTC).timestamp() * 1000) & (
        synthetic.times < dt.datetime(2023, 10, 1, tzinfo=dt.UTC).timestamp() * 1000
    )
    window = np.s_[chosen, top : top + size, left : left + size]
    counts = {name: outcome[window].sum(axis=(1, 2)) for name, outcome in expected.items()}
    assert list(frame.columns) == ["region", "image", "tile", "date", *OUTCOMES, "agreement"]
    for name in OUTCOMES:
        np.testing.assert_array_equal(frame[name], counts[name], name)
    np.testing.assert_allclose(frame["agreement"], 100 * (counts["both_cloud"] + counts["both_clear"]) / size**2)
    done = frame.attrs["gee_scl"]
    assert done["gee_scl:against"] == "COPERNICUS/S2_CLOUD_PROBABILITY, probability"
    assert (done["gee_scl:threshold"], done["gee_scl:classes"]) == (65, "8,9")
    assert done["requests"] >= 2


def test_an_image_without_a_partner_is_not_compared(sample_session: str) -> None:
    images = gee_scl.collection(tiles="32TQS", start="2023-05-21", end="2023-05-22")
    assert images.size().getInfo() == 1
    frame = cloud_agreement_table(images, images.first().geometry())
    assert frame[OUTCOMES].to_numpy().sum() == 0
    assert frame["agreement"].isna().all()


def test_graphs_stay_small_and_lie_on_the_class_bands_grid(sample_session: str) -> None:
    images = gee_scl.collection(tiles="32TPS")
    for made in (always_cloud(images), cloud_agreement(images), cloud_agreement(images, "cloud_probability")):
        assert added_bytes(made, images) < 10_000
        assert made.select(0).projection().getInfo()["crs"] == "EPSG:32632"
    snow = contradicted_snow(images)
    assert added_bytes(snow, images) < 10_000
    assert snow.first().projection().nominalScale().getInfo() == 20
    assert snow.first().get("gee_scl:days").getInfo() == 16


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda images: always_cloud(images, 90), "from 0 to 1"),
        (lambda images: always_cloud(images, min_observations=0), "at least 1"),
        (lambda images: contradicted_snow(images, -3), "days"),
        (lambda images: contradicted_snow(images.first()), "ImageCollection"),
        (lambda images: cloud_agreement(images, "cloud_scores"), "Did you mean 'cloud_score'"),
        (lambda images: cloud_agreement(images, threshold=60), "from 0 to 1"),
        (lambda images: cloud_agreement(images, score_band="cdf"), "cs_cdf"),
        (lambda images: cloud_agreement_table(images, (11.5, 46.4, 11.6, 46.5), "probability"), "cloud_probability"),
    ],
)
def test_arguments_that_cannot_be_are_refused(sample_session: str, call: object, says: str) -> None:
    with pytest.raises(ArgumentError, match=says):
        call(gee_scl.collection())


def test_baseline_changes_are_in_order_and_each_has_a_source() -> None:
    baselines = [change.baseline for change in BASELINE_CHANGES]
    assert baselines == sorted(baselines)
    dated = [change.since for change in BASELINE_CHANGES if change.since is not None]
    assert dated == sorted(dated)
    assert all(change.source.url.startswith("http") for change in BASELINE_CHANGES)


def test_class_2_changes_its_name_in_the_table_as_in_the_legend() -> None:
    table = baseline_table()
    renamed = table[table["change"].str.contains("Class 2")]
    assert renamed["since"].tolist() == [pd.Timestamp("2022-01-25")]
    assert CLASSES[2].esa_name in renamed["change"].item()
    assert set(table["source"]) == set(table.attrs["gee_scl"]["sources"])
    assert table["since"].isna().sum() == sum(change.since is None for change in BASELINE_CHANGES)


def test_the_scheme_of_outcomes_is_a_partition() -> None:
    assert AGREEMENT.values == [1, 2, 3, 4]
    assert AGREEMENT.is_identity
