"""Bands as JSON: expected documents by hand, after the REST reference and recorded getInfo."""

from __future__ import annotations

import json
import math

from affine import Affine

from gee_scl.local.answers.bands import band_info, image_band
from gee_scl.local.raster.image import Band, Constant
from gee_scl.local.values import PixelType, Projection

PLACE = Projection("EPSG:32632", Affine(20, 0, 600_000, 0, -20, 5_100_000.5))
CLASSES = Band("SCL", PixelType("int", 0, 255), Constant(4), PLACE, (400, 300))


def test_getinfo_shows_a_band_as_earth_engine_does() -> None:
    assert band_info(CLASSES) == {
        "id": "SCL",
        "data_type": {"type": "PixelType", "precision": "int", "min": 0, "max": 255},
        "crs": "EPSG:32632",
        "crs_transform": [20, 0, 600_000, 0, -20, 5_100_000.5],
        "dimensions": [400, 300],
    }


def test_an_asset_lists_the_same_band_in_the_rest_apis_form() -> None:
    assert image_band(CLASSES) == {
        "id": "SCL",
        "dataType": {"precision": "INT", "range": {"min": 0, "max": 255}},
        "grid": {
            "crsCode": "EPSG:32632",
            "dimensions": {"width": 400, "height": 300},
            "affineTransform": {
                "scaleX": 20,
                "shearX": 0,
                "translateX": 600_000,
                "shearY": 0,
                "scaleY": -20,
                "translateY": 5_100_000.5,
            },
        },
    }


def test_a_type_without_limits_has_no_range_and_whole_numbers_have_no_fraction() -> None:
    band = Band("B4", PixelType("float"), Constant(0.5), PLACE, (400, 300))
    assert image_band(band)["dataType"] == {"precision": "FLOAT"}
    assert json.dumps(band_info(CLASSES)["crs_transform"]) == "[20, 0, 600000, 0, -20, 5100000.5]"


def test_limits_that_are_not_finite_are_texts_which_json_has() -> None:
    band = Band("log", PixelType("double", -math.inf, math.inf), Constant(0.0))
    limits = {"min": "-Infinity", "max": "Infinity"}
    assert band_info(band)["data_type"] == {"type": "PixelType", "precision": "double", **limits}
    assert "dimensions" not in band_info(band)
    assert image_band(band)["dataType"] == {"precision": "DOUBLE", "range": limits}
