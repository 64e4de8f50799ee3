"""Cloud Score+ and s2cloudless beside the classes, on the sample, where one image has neither."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ee
import numpy as np
import pytest
import rasterio

import gee_scl
from gee_scl.expressions.cloud_products import CLOUD_SOURCES, with_cloud_probability, with_cloud_score
from gee_scl.expressions.masks import mask_clouds
from tests.support.engines import session_on
from tests.support.pixels import Window, read

ALONE = ("32TQS", "2023-05-21")
"""The image without partners."""
LINKED = ("32TPS", "2023-05-21")
BAD = [0, 1, 3, 8, 9, 10]


@pytest.fixture(scope="module", autouse=True)
def session(sample_engine: str) -> Iterator[None]:
    with session_on(sample_engine):
        yield


def images() -> ee.ImageCollection:
    return gee_scl.collection(start="2023-05-01", end="2023-06-10")


def chosen(collection: ee.ImageCollection, tile: str, day: str) -> ee.Image:
    start = ee.Date(day)
    one = collection.filter(ee.Filter.eq("MGRS_TILE", tile)).filterDate(start, start.advance(1, "day"))
    assert one.size().getInfo() == 1
    return one.first()


def raster(sample: Path, pattern: str) -> tuple[np.ma.MaskedArray, Window]:
    (path,) = sample.glob(pattern)
    with rasterio.open(path) as file:
        return file.read(1, masked=True), Window("EPSG:32632", file.transform, file.width, file.height)


def classes(sample: Path, tile: str) -> tuple[np.ma.MaskedArray, Window]:
    return raster(sample, f"sentinel-2-l2a/*_{tile}_20230521_*/SCL.tif")


def grades(sample: Path, band: str) -> np.ma.MaskedArray:
    folder = "s2cloudless" if band == "probability" else "cloud-score-plus"
    stored, _ = raster(sample, f"{folder}/20230521*_T32TPS/{band}.tif")
    return stored if band == "probability" else stored * 0.004


def valid(image: ee.Image, window: Window, band: str = "SCL") -> np.ndarray:
    return ~np.ma.getmaskarray(read(image.select([band]), window)[band])


@pytest.mark.parametrize("band", ["cs", "cs_cdf", "probability"])
def test_each_image_gets_the_band_that_belongs_to_it(sample: Path, band: str) -> None:
    linked = with_cloud_probability(images()) if band == "probability" else with_cloud_score(images(), band=band)
    image = chosen(linked, *LINKED)
    assert image.bandNames().getInfo() == [*chosen(images(), *LINKED).bandNames().getInfo(), band]
    _, window = classes(sample, "32TPS")
    found, expected = read(image.select([band]), window)[band], grades(sample, band)
    np.testing.assert_array_equal(np.ma.getmaskarray(found), np.ma.getmaskarray(expected))
    np.testing.assert_allclose(found.compressed(), expected.compressed(), atol=1e-6)


def test_each_image_says_whether_it_has_a_partner() -> None:
    linked = with_cloud_score(images())
    flags = linked.aggregate_array("gee_scl:has_cs_cdf").getInfo()
    assert len(flags) == images().size().getInfo()
    assert flags.count(0) == 1
    assert chosen(linked, *ALONE).get("gee_scl:has_cs_cdf").getInfo() == 0


def test_an_image_without_partner_is_masked_kept_or_dropped(sample: Path) -> None:
    _, window = classes(sample, "32TQS")
    masked = chosen(with_cloud_score(images()), *ALONE)
    assert read(masked.select(["cs_cdf"]), window)["cs_cdf"].count() == 0
    kept = chosen(with_cloud_score(images(), missing="keep"), *ALONE)
    assert np.unique(read(kept.select(["cs_cdf"]), window)["cs_cdf"]).tolist() == [1]
    clear = chosen(with_cloud_probability(images(), missing="keep"), *ALONE)
    assert np.unique(read(clear.select(["probability"]), window)["probability"]).tolist() == [0]
    dropped = with_cloud_score(images(), missing="drop")
    assert dropped.size().getInfo() == images().size().getInfo() - 1
    assert 0 not in dropped.aggregate_array("gee_scl:has_cs_cdf").getInfo()


def test_keeping_fills_no_holes_of_partners_that_are_there(sample: Path) -> None:
    _, window = classes(sample, "32TPS")
    for missing in ("mask", "keep"):
        found = read(chosen(with_cloud_score(images(), missing=missing), *LINKED).select(["cs_cdf"]), window)["cs_cdf"]
        np.testing.assert_array_equal(np.ma.getmaskarray(found), np.ma.getmaskarray(grades(sample, "cs_cdf")))


def test_a_single_image_can_be_linked() -> None:
    image = with_cloud_score(chosen(images(), *LINKED), band="cs")
    assert isinstance(image, ee.Image)
    assert image.get("gee_scl:has_cs").getInfo() == 1


@pytest.mark.parametrize(("band", "threshold"), [("cs", 0.5), ("cs_cdf", 0.6), ("probability", 40)])
def test_clouds_are_what_the_classes_or_the_grades_say(sample: Path, band: str, threshold: float) -> None:
    scl, window = classes(sample, "32TPS")
    grade = grades(sample, band)
    if band == "probability":
        masked = mask_clouds(images(), "high_cloud", cloud_probability=threshold)
        cloud = (grade > threshold).filled(True)
    else:
        masked = mask_clouds(images(), "high_cloud", cloud_score=threshold, score_band=band)
        cloud = (grade < threshold - 1e-9).filled(True)
    expected = ~np.isin(scl.filled(0), [0, 9]) & ~cloud
    image = chosen(masked, *LINKED)
    np.testing.assert_array_equal(valid(image, window), expected)
    assert expected.sum() < (~np.isin(scl.filled(0), [0, 9])).sum()
    argument = "cloud_probability" if band == "probability" else "cloud_score"
    assert image.get(f"gee_scl:{argument}").getInfo() == threshold
    assert image.get(CLOUD_SOURCES[band].flag).getInfo() == 1
    assert image.bandNames().getInfo() == chosen(images(), *LINKED).bandNames().getInfo()


def test_both_grades_together_mask_what_either_masks(sample: Path) -> None:
    scl, window = classes(sample, "32TPS")
    cloud = (grades(sample, "cs_cdf") < 0.6 - 1e-9).filled(True) | (grades(sample, "probability") > 40).filled(True)
    masked = chosen(mask_clouds(images(), cloud_score=0.6, cloud_probability=40), *LINKED)
    np.testing.assert_array_equal(valid(masked, window), ~np.isin(scl.filled(0), BAD) & ~cloud)


def test_masking_an_image_without_partner_is_a_choice(sample: Path) -> None:
    scl, window = classes(sample, "32TQS")
    assert not valid(chosen(mask_clouds(images(), cloud_score=0.6), *ALONE), window).any()
    kept = chosen(mask_clouds(images(), cloud_score=0.6, missing="keep"), *ALONE)
    np.testing.assert_array_equal(valid(kept, window), ~np.isin(scl.filled(0), BAD))
    assert kept.get("gee_scl:has_cs_cdf").getInfo() == 0
    dropped = mask_clouds(images(), cloud_score=0.6, cloud_probability=40, missing="drop")
    assert dropped.size().getInfo() == images().size().getInfo() - 1


def test_without_grades_no_partner_is_looked_for_and_none_dropped() -> None:
    masked = mask_clouds(images(), missing="drop")
    assert masked.size().getInfo() == images().size().getInfo()
    assert "gee_scl:has_cs_cdf" not in masked.first().propertyNames().getInfo()


@pytest.mark.parametrize("function", [with_cloud_score, with_cloud_probability])
def test_options_that_cannot_be_are_refused(function: object) -> None:
    with pytest.raises(gee_scl.ArgumentError, match=r"missing: got 'maks'.*Did you mean 'mask'"):
        function(images(), missing="maks")  # type: ignore[operator]
    with pytest.raises(gee_scl.ArgumentError, match="'mask' or 'keep' for a single image"):
        function(images().first(), missing="drop")  # type: ignore[operator]


def test_only_the_two_score_bands_can_be_named() -> None:
    with pytest.raises(gee_scl.ArgumentError, match="band: got 'probability'; allowed: 'cs' or 'cs_cdf'"):
        with_cloud_score(images(), band="probability")  # type: ignore[arg-type]


@pytest.mark.parametrize("band", CLOUD_SOURCES)
def test_partners_are_known_by_what_is_linked_and_not_by_counting_a_list_of_all_images(band: str) -> None:
    source = CLOUD_SOURCES[band]
    images = gee_scl.collection()
    there = set(ee.ImageCollection(source.collection).aggregate_array("system:index").getInfo())
    add = with_cloud_probability if band == "probability" else (lambda images: with_cloud_score(images, band=band))
    for linked in (add(images), mask_clouds(images, "cloud", **grade_of(band))):
        flags = linked.aggregate_array(source.flag).getInfo()
        assert flags == [int(index in there) for index in images.aggregate_array("system:index").getInfo()]
        assert set(flags) == {0, 1}
        graph = str(ee.serializer.encode(linked, for_cloud_api=True))
        assert "Collection.size" not in graph
        assert "linkedProperties" in graph


def grade_of(band: str) -> dict[str, Any]:
    return {"cloud_probability": 40} if band == "probability" else {"cloud_score": 0.6, "score_band": band}


@pytest.mark.parametrize("missing", ["mask", "keep"])
@pytest.mark.parametrize("band", CLOUD_SOURCES)
def test_bands_of_images_with_and_without_a_partner_are_of_one_type_and_can_be_put_together(
    band: str, missing: str
) -> None:
    add = (
        with_cloud_probability
        if band == "probability"
        else (lambda images, **o: with_cloud_score(images, band=band, **o))
    )
    graded = add(gee_scl.collection(), missing=missing).select([band])
    kinds = {str(image["bands"][0]["data_type"]) for image in graded.getInfo()["features"]}
    assert len(kinds) == 1
    point = ee.Geometry.Point([11.6, 46.45])
    assert graded.max().reduceRegion("max", point, 20).getInfo()[band] is not None
