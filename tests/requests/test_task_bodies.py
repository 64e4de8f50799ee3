"""Bodies of tasks, as the REST reference has them: image.export and table.export, for each kind of place."""

from __future__ import annotations

from typing import Any

import ee
import pytest

from gee_scl.options.choices import TableFormat
from gee_scl.requests.task_bodies import GeoTiff, Pyramid, Store, TaskPlace, image_body, table_body

GRID: dict[str, Any] = {"crs": "EPSG:32632", "transform": (20, 0, 600_000, 0, -20, 5_100_000), "size": (30, 40)}
FILES = GeoTiff(nodata=0, cloud_optimized=True, sides=None, skip_empty=False, tags=())


@pytest.fixture(autouse=True)
def session(sample_session: str) -> str:
    """The client builds expressions while a session is open."""
    return sample_session


def without_expression(body: dict[str, Any]) -> dict[str, Any]:
    """What a body says besides what is made, and the description, which is put in where the task is named."""
    return {name: part for name, part in body.items() if name not in ("expression", "description")}


@pytest.mark.parametrize(
    ("place", "destination"),
    [
        (TaskPlace(Store.DRIVE, "a"), {"driveDestination": {"filenamePrefix": "a"}}),
        (TaskPlace(Store.DRIVE, "a", "f"), {"driveDestination": {"folder": "f", "filenamePrefix": "a"}}),
        (
            TaskPlace(Store.CLOUD_STORAGE, "x/a", "b"),
            {"cloudStorageDestination": {"bucket": "b", "filenamePrefix": "x/a"}},
        ),
    ],
)
def test_an_image_goes_into_files(place: TaskPlace, destination: dict[str, Any]) -> None:
    assert without_expression(image_body(ee.Image(1), place, FILES, **GRID)) == {
        "fileExportOptions": {
            "fileFormat": "GEO_TIFF",
            **destination,
            "geoTiffOptions": {"cloudOptimized": True, "noData": {"floatValue": 0}},
        },
        "maxPixels": {"value": "100000000"},
    }


def test_an_image_becomes_an_asset() -> None:
    place = TaskPlace(Store.ASSET, "projects/my-project/assets/a", replace=True)
    assert without_expression(image_body(ee.Image(1), place, Pyramid("mode"), **GRID, priority=7)) == {
        "assetExportOptions": {
            "earthEngineDestination": {"name": "projects/my-project/assets/a", "overwrite": True},
            "pyramidingPolicy": "MODE",
        },
        "maxPixels": {"value": "100000000"},
        "priority": {"value": 7},
    }


def test_how_files_are_written_is_told() -> None:
    form = GeoTiff(nodata=-9999, cloud_optimized=False, sides=(512, 256), skip_empty=True, tags=("one", "two"))
    body = image_body(ee.Image(1), TaskPlace(Store.DRIVE, "a"), form, **GRID)
    assert body["fileExportOptions"]["geoTiffOptions"] == {
        "noData": {"floatValue": -9999},
        "tileDimensions": {"width": 512, "height": 256},
        "skipEmptyFiles": True,
        "metadataKeys": ["one", "two"],
    }


def test_a_large_image_says_how_many_pixels_it_has() -> None:
    large = {**GRID, "size": (20_000, 10_000)}
    body = image_body(ee.Image(1), TaskPlace(Store.DRIVE, "a"), FILES, **large)
    assert body["maxPixels"] == {"value": "200000000"}


def test_the_grid_is_part_of_the_expression() -> None:
    body = image_body(ee.Image(1), TaskPlace(Store.DRIVE, "a"), FILES, **GRID)
    calls = {
        value["functionInvocationValue"]["functionName"]
        for value in body["expression"]["values"].values()
        if "functionInvocationValue" in value
    }
    assert "Image.reproject" in str(body["expression"])
    assert calls >= {"Image.clipToBoundsAndScale"}


def test_a_table_goes_into_a_file_with_its_columns_or_becomes_an_asset_with_all() -> None:
    table = ee.FeatureCollection([ee.Feature(None, {"a": 1, "b": 2})])
    drive, asset = TaskPlace(Store.DRIVE, "t", "f"), TaskPlace(Store.ASSET, "projects/my-project/assets/t")
    assert without_expression(table_body(table, drive, TableFormat.GEOJSON, ["a", ".geo"], 3)) == {
        "fileExportOptions": {
            "fileFormat": "GEO_JSON",
            "driveDestination": {"folder": "f", "filenamePrefix": "t"},
        },
        "selectors": ["a", ".geo"],
        "priority": {"value": 3},
    }
    assert without_expression(table_body(table, asset, TableFormat.CSV, ["a"])) == {
        "assetExportOptions": {"earthEngineDestination": {"name": "projects/my-project/assets/t", "overwrite": False}},
    }
