"""Whole-tile percentages of the products themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ee
import numpy as np
import pandas as pd
import pytest
import rasterio

import gee_scl
from gee_scl.scenes.mosaics import daily_mosaics
from gee_scl.scenes.percentages import tile_percentages
from tests.support.engines import session_on, session_over


@pytest.fixture(scope="module", autouse=True)
def session(sample_engine: str) -> Iterator[None]:
    with session_on(sample_engine):
        yield


def image_with(**properties: Any) -> ee.Image:
    return ee.Image(0).set(properties)


def recorded(document: Any) -> Iterator[dict[str, Any]]:
    """The properties of the images in a recorded answer."""
    if isinstance(document, dict):
        if "MGRS_TILE" in document.get("properties", {}):
            yield document["properties"]
        document = list(document.values())
    if isinstance(document, list):
        for part in document:
            yield from recorded(part)


def test_the_frame_has_a_row_for_each_image_in_the_collections_order() -> None:
    images = gee_scl.collection()
    frame = tile_percentages(images)
    assert frame["image"].tolist() == images.aggregate_array("system:index").getInfo()
    assert list(frame.columns[:4]) == ["image", "tile", "date", "baseline"]
    assert list(frame.columns[4:15]) == gee_scl.SCHEMES["scl"].names
    assert list(frame.columns[15:]) == ["cloud", "cloudy", "no_data"]
    assert str(frame["date"].dtype) == "datetime64[ns, UTC]"
    assert frame["date"].iloc[0] == pd.Timestamp("2023-01-03T10:07:31Z")
    assert set(frame["tile"]) == {"32TPS", "32TQS"}
    assert frame.attrs["gee_scl"]["requests"] == 1
    assert frame.attrs["gee_scl"]["images"] == len(frame) == 48


def test_the_shares_of_full_tiles_are_those_of_their_pixels(sample: Path) -> None:
    frame = tile_percentages(gee_scl.collection(start="2023-07-01", end="2023-09-01"))
    frame = frame[frame["no_data"] == 0]
    assert len(frame) > 5
    assert np.allclose(frame[gee_scl.SCHEMES["scl"].names].sum(axis=1), 100, atol=1e-3)
    files = {}
    for path in (sample / "sentinel-2-l2a").rglob("*.json"):
        item = json.loads(path.read_text("utf-8"))
        if item["type"] == "Feature":
            facts = item["properties"]
            key = (facts["datetime"][:10], facts["grid:code"][5:], facts["s2:processing_baseline"])
            files[key] = path.parent / item["assets"]["scl"]["href"]
    for _, row in frame.iterrows():
        with rasterio.open(files[f"{row['date']:%Y-%m-%d}", row["tile"], row["baseline"]]) as file:
            counts = np.bincount(file.read(1).ravel(), minlength=12)
        assert counts[0] == 0
        expected = 100 * counts[1:] / counts.sum()
        assert np.allclose(row[gee_scl.SCHEMES["scl"].names].astype(float), expected, atol=1e-3)


@pytest.mark.real
def test_a_real_product_gives_its_classes_as_shares_of_the_pixels_that_have_data(shared: Path) -> None:
    pytest.importorskip("stactools.sentinel2", reason="needs the extra safe")
    # The tile's 30,140,100 pixels, as they are counted beside the data.
    counts = [0, 0, 1850623, 4681208, 179437, 366262, 146768, 6805190, 1903294, 2024755, 116]
    with session_over(shared / "data" / "safe"):
        (row,) = tile_percentages(gee_scl.collection()).to_dict("records")
    found = [row[name] for name in gee_scl.SCHEMES["scl"].names]
    assert np.allclose(found, 100 * np.array(counts) / sum(counts), atol=2e-5)
    assert row["no_data"] == pytest.approx(100 * 12182447 / 30140100, abs=1e-4)
    assert row["cloudy"] == pytest.approx(row["cloud"], abs=1e-5), "baseline 04.00: one and the same"


@pytest.mark.real
def test_recorded_images_of_baseline_2_are_read_by_their_own_names(shared: Path) -> None:
    document = json.loads((shared / "reference" / "getinfo_S2_SR_HARMONIZED_limit3.json").read_text("utf-8"))
    facts = list(recorded(document))
    kept = [{k: v for k, v in f.items() if k.endswith("_PERCENTAGE") or k == "MGRS_TILE"} for f in facts]
    frame = tile_percentages(ee.ImageCollection([image_with(**k) for k in kept]))
    assert frame["tile"].tolist() == ["35RNK", "35RNL", "35RNM"]
    assert frame["Bare Soils"].tolist() == [95.713365, 95.071429, 88.374627]
    assert frame["Clouds Low Probability / Unclassified"].tolist() == [3.266497, 4.163379, 11.397176]
    assert frame["Cloud Shadows"].tolist() == [0.002297, 0.00428, 7e-05]
    assert frame["cloud"].tolist() == [0.125049, 0.224897, 0.082801]
    assert frame["cloudy"].tolist() == [0.9371, 1.4639, 3.8607], "which is not the sum of the clouds"
    assert np.allclose(frame[gee_scl.SCHEMES["scl"].names].sum(axis=1), 100, atol=1e-4)


def test_both_spellings_are_read_and_the_current_one_counts() -> None:
    names = gee_scl.SCHEMES["scl"].names
    images = [
        image_with(NOT_VEGETATED_PERCENTAGE=1, BARE_SOILS_PERCENTAGE=2, UNCLASSIFIED_PERCENTAGE=0),
        image_with(BARE_SOILS_PERCENTAGE=3, LOW_PROBA_CLOUDS_PERCENTAGE=4, CLOUDY_SHADOW_PERCENTAGE=5),
        image_with(CAST_SHADOW_PERCENTAGE=6),
    ]
    frame = tile_percentages(ee.ImageCollection(images))
    nan = float("nan")
    assert np.array_equal(frame["Bare Soils"], [1, 3, nan], equal_nan=True)
    assert np.array_equal(frame[names[6]], [0, 4, nan], equal_nan=True)
    assert np.array_equal(frame["Cloud Shadows"], [nan, 5, nan], equal_nan=True)
    assert np.array_equal(frame["Dark Area Pixels"], [nan, nan, 6], equal_nan=True)
    assert frame["cloud"].isna().all(), "no sum of what is missing"
    assert frame["date"].isna().all()


def test_cloud_is_the_sum_where_the_product_does_not_say() -> None:
    clouds = {"MEDIUM_PROBA_CLOUDS_PERCENTAGE": 1, "HIGH_PROBA_CLOUDS_PERCENTAGE": 2, "THIN_CIRRUS_PERCENTAGE": 4}
    images = [image_with(**clouds), image_with(**clouds, CLOUD_COVERAGE_PERCENTAGE=8)]
    assert tile_percentages(ee.ImageCollection(images))["cloud"].tolist() == [7, 8]


def test_a_thousand_images_take_one_request() -> None:
    numbers = ee.List.sequence(1, 1001)
    images = ee.ImageCollection(numbers.map(lambda n: ee.Image(0).set("WATER_PERCENTAGE", ee.Number(n).divide(100))))
    frame = tile_percentages(images)
    assert np.allclose(frame["Water"], np.arange(1, 1002) / 100)
    assert frame.attrs["gee_scl"]["requests"] == 2


def test_a_collection_of_nothing_is_refused() -> None:
    with pytest.raises(gee_scl.CollectionError, match=r"a collection of nothing.*Check region, period"):
        tile_percentages(gee_scl.collection(start="1999-01-01", end="2000-01-01"))


def test_images_without_percentages_are_refused() -> None:
    with pytest.raises(gee_scl.CollectionError, match=r"images without percentages.*CLOUDY_PIXEL_PERCENTAGE"):
        tile_percentages(daily_mosaics(gee_scl.collection()))
    with pytest.raises(gee_scl.ArgumentError, match="images: got 'Image'"):
        tile_percentages(gee_scl.collection().first())
