"""What Earth Engine keeps as an asset: the old tables and images are refused by its text, those of now are kept."""

from __future__ import annotations

import inspect
from typing import Any

import ee
import numpy as np
import pytest
import shapely

import gee_scl
from gee_scl.errors import ArgumentError
from gee_scl.exports import Asset, export_image, export_table
from gee_scl.requests.task_bodies import Pyramid, Store, TaskPlace, image_body
from tests.support.exported import Bench, scene

ROOT = "projects/gee-scl-local/assets"
ENCODE = "Unable to encode value"
KEYS = "is invalid. Property keys must contain only letters, digits, and underscores."
POINT = {"type": "Point", "coordinates": [11.6, 46.45]}
SQUARES = {"north": shapely.box(11.60, 46.450, 11.61, 46.455), "south": shapely.box(11.60, 46.440, 11.62, 46.445)}


def end_of(body: dict[str, Any], kind: str) -> str:
    """What becomes of a task that plain Earth Engine has started."""
    name = gee_scl.requests.door.Door().start_task("a task", kind, body)
    while not (operation := ee.data.getOperation(name)).get("done"):
        pass
    return str(operation.get("error", {}).get("message", "kept"))


def table_end(rows: ee.FeatureCollection) -> str:
    task = ee.batch.Export.table.toAsset(rows, "t", f"{ROOT}/old_rows")
    return end_of({**task.config, "expression": ee.serializer.encode(rows, for_cloud_api=True)}, "EXPORT_FEATURES")


def image_end(image: ee.Image) -> str:
    grid = {"crs": "EPSG:32632", "transform": [20, 0, 700_000, 0, -20, 5_150_000], "size": (4, 4)}
    return end_of(image_body(image, TaskPlace(Store.ASSET, f"{ROOT}/old"), Pyramid("mode"), **grid), "EXPORT_IMAGE")


@pytest.mark.parametrize(
    ("geometry", "properties", "text"),
    [
        (None, {"n": 1}, "Unable to export features with null geometry."),
        (
            POINT,
            {"histogram": {"4": 1}},
            "Unable to encode value 'histogram' of feature 0: invalid type Dictionary<Long>.",
        ),
        (
            POINT,
            {"shares": {"4": 0.5}},
            "Unable to encode value 'shares' of feature 0: invalid type Dictionary<Double>.",
        ),
        (POINT, {"codes": [4, 5]}, f"{ENCODE} 'codes' of feature 0: invalid type List<Long>."),
        (POINT, {"n": 1, "share": 0.5, "name": "é"}, "kept"),
    ],
)
def test_rows_are_kept_with_a_geometry_and_flat_columns_only(
    session: Bench, geometry: dict[str, Any] | None, properties: dict[str, Any], text: str
) -> None:
    point = None if geometry is None else ee.Geometry(geometry)
    assert table_end(ee.FeatureCollection([ee.Feature(point, properties)])) == text
    if text == "kept":
        ee.data.deleteAsset(f"{ROOT}/old_rows")


def test_the_table_of_class_statistics_without_a_geometry_is_refused(session: Bench) -> None:
    regions = ee.FeatureCollection([ee.Feature(ee.Geometry(shapely.geometry.mapping(SQUARES["north"])))])
    histogram = ee.Reducer.frequencyHistogram().unweighted()
    rows = scene().select(["SCL"]).reduceRegions(regions, histogram, 20)
    assert "Unable to encode value 'histogram' of feature 0: invalid type Dictionary<" in table_end(rows)
    without: ee.FeatureCollection = rows.map(lambda row: ee.Feature(row).select(["n"], None, False))
    assert table_end(without) == "Unable to export features with null geometry."


@pytest.mark.parametrize("by", ["image", "date"])
def test_an_exported_table_has_the_centroid_of_the_region_in_each_row_and_the_numbers_of_the_frame(
    session: Bench, by: str
) -> None:
    images = gee_scl.collection(start="2023-05-01", end="2023-06-01", tiles="32TPS")
    regions = [{"type": "Feature", "properties": {"name": name}, "geometry": shapely.geometry.mapping(square)}
               for name, square in SQUARES.items()]  # fmt: skip
    task = export_table(images, regions, f"by_{by}", to=Asset(), id="name", by=by)
    assert task.wait().state == "SUCCEEDED"
    rows = ee.FeatureCollection(f"{ROOT}/by_{by}").getInfo()["features"]
    frame = gee_scl.class_statistics(images, regions, id="name", by=by)
    assert len(rows) == len(frame) / 11
    for row in rows:
        properties = row["properties"]
        assert all(isinstance(value, str | int | float) for value in properties.values())
        middle = SQUARES[properties["region"]].centroid
        np.testing.assert_allclose(row["geometry"]["coordinates"], (middle.x, middle.y), atol=1e-4)
        same = (frame["region"] == properties["region"]) & (
            frame["date"].dt.date.astype(str) == properties["date"][:10]
        )
        expected = frame[same].set_index("class_value")["pixels"].to_dict()
        assert {code: properties[f"pixels_{code}"] for code in expected} == expected


@pytest.mark.parametrize(
    ("name", "properties", "text"),
    [
        ("SCL", {"gee_scl:dilation": 20}, f'Property key "gee_scl:dilation" {KEYS}'),
        (
            "SCL",
            {"a-b": 1},
            'Property key "a-b" is invalid. Property keys must contain only letters, digits, and underscores.',
        ),
        ("SCL", {"SCL_class_values": [4, 5]}, 'Property "SCL_class_values" has an invalid value of type List<Long>'),
        ("1999", {}, 'Band name "1999" is invalid.'),
        ("SCL", {"gee_scl_dilation": 20, "name": "é", "system:time_start": 1}, "kept"),
    ],
)
def test_images_are_kept_with_plain_properties_and_bands_that_begin_with_a_letter_only(
    session: Bench, name: str, properties: dict[str, Any], text: str
) -> None:
    image = ee.Image(ee.Image.constant(4).toByte().rename([name]).set(properties))
    assert image_end(image).startswith(text)
    if text == "kept":
        ee.data.deleteAsset(f"{ROOT}/old")


def test_a_masked_and_remapped_image_is_kept_with_what_was_done(session: Bench) -> None:
    masked = gee_scl.mask_clouds(scene(), "cloud", dilation=40)
    assert image_end(masked.select(["SCL"])).startswith('Property key "gee_scl:')
    task = export_image(masked, "masked", to=Asset(), region=SQUARES["north"])
    assert task.wait().state == "SUCCEEDED"
    kept = ee.Image(f"{ROOT}/masked")
    properties = kept.getInfo()["properties"]
    assert properties["gee_scl_dilation"] == 40
    assert properties["gee_scl_masked_classes"] == masked.get("gee_scl:masked_classes").getInfo()
    assert properties["MGRS_TILE"] == "32TPS"
    assert properties["system:time_start"] == scene().get("system:time_start").getInfo()
    assert not [key for key in properties if ":" in key and not key.startswith("system:")]
    assert not [key for key, value in properties.items() if isinstance(value, list)]
    here, there = (gee_scl.class_statistics(image, SQUARES["north"]) for image in (masked, kept))
    assert there["pixels"].tolist() == here["pixels"].tolist()
    assert here["pixels"].sum() > 0


def test_a_composite_is_kept_as_an_asset(session: Bench) -> None:
    images = gee_scl.collection(start="2023-05-01", end="2023-07-01", tiles="32TPS")
    task = export_image(
        gee_scl.composite(images, "most_recent", bands=[]), "recent", to=Asset(), region=SQUARES["north"]
    )
    assert task.wait().state == "SUCCEEDED"
    assert ee.Image(f"{ROOT}/recent").get("gee_scl_composite").getInfo() == "most_recent"


OF_BANDS = ("class_mask", "distance_to", "remap", "with_pass_classes")
"""Functions whose `name` is that of a band."""

OF_OTHER_THINGS = {"Scheme", "export_table", "export_image", "export_collection", "preview_exports"}


def test_functions_that_name_a_band_are_these() -> None:
    named = {
        name
        for name in gee_scl.__all__
        if inspect.isfunction(function := getattr(gee_scl, name)) and "name" in inspect.signature(function).parameters
    }
    assert named - OF_OTHER_THINGS == set(OF_BANDS), "a new function with a name: add it to one of the lists"


@pytest.mark.parametrize("name", ["1999", "9_a", "_a", "ä", "a b", "", "a:b", 7])
@pytest.mark.parametrize("function", OF_BANDS)
@pytest.mark.some(8)
def test_a_band_name_that_assets_do_not_take_is_refused_before_any_request(
    session: Bench, function: str, name: object
) -> None:
    image = scene()
    calls = {
        "class_mask": lambda: gee_scl.class_mask(image, "water", name=name),  # type: ignore[arg-type]
        "distance_to": lambda: gee_scl.distance_to(image, 100, name=name),  # type: ignore[arg-type]
        "remap": lambda: gee_scl.remap(image, "land", name=name),  # type: ignore[arg-type]
        "with_pass_classes": lambda: gee_scl.with_pass_classes(gee_scl.collection(), name=name),  # type: ignore[arg-type]
    }
    text = "begins with a letter" if name and isinstance(name, str) else "a text that is not empty"
    with pytest.raises(ArgumentError, match=f"name: got .*{text}"):
        calls[function]()


def test_schemes_and_classes_whose_name_begins_with_a_digit_make_bands_that_do_not() -> None:
    scheme = gee_scl.Scheme.from_groups("2018 map", {"2-year crop": 4, "Rest": [5, 6]})
    assert scheme.remapped_band() == "class_2018_map"
    assert scheme.indicator_bands() == ["class_2_year_crop", "rest"]
