"""What a collection's expression says about where its images come from."""

from __future__ import annotations

import ee

import gee_scl
from gee_scl.scenes.origin import origin_of


def test_what_a_collection_says_of_itself_is_read_from_its_expression(sample_session):
    images = gee_scl.collection(start="2023-04-01", max_cloud=60, tiles=["32TPS", "32TQS"], duplicates="keep")
    origin = origin_of(images)
    assert origin.ids == ("COPERNICUS/S2_SR_HARMONIZED",)
    assert set(origin.filters) == {
        "system:time_start ≥ 2023-04-01 00:00 UTC",
        "MGRS_TILE is one of 32TPS, 32TQS",
        "CLOUDY_PIXEL_PERCENTAGE ≤ 60",
    }
    assert origin.unchanged
    assert not origin_of(gee_scl.mask_clouds(images)).unchanged
    assert not origin_of(ee.ImageCollection([ee.Image(1)])).unchanged
    assert origin_of(images.filter(ee.Filter.eq("a", 1).Not())).filters == origin.filters


def test_filters_in_what_is_done_to_each_image_choose_none_of_them(sample_session):
    images = gee_scl.collection(start="2023-04-01")
    assert origin_of(gee_scl.mask_clouds(images, dilation=100)).filters == origin_of(images).filters
