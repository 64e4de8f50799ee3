"""Stored assets: exported images and tables that load again, folders, collections, and what keeps them whole."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ee
import numpy as np
import PIL.Image
import pytest
import rasterio

from gee_scl.local.assets.storage import StoredAssets
from gee_scl.local.errors import EvaluationError, NotFoundError
from gee_scl.local.places import Places
from gee_scl.local.server import LocalServer
from tests.support.engines import server_over, session_on
from tests.support.local.tasks import ROOT, failed, scl, succeeded


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    return tmp_path / "exports"


@pytest.fixture
def server(sample: Path, exports: Path) -> Iterator[LocalServer]:
    with server_over(sample, exports=exports) as made, session_on(made.url):
        yield made


def stored(server: LocalServer, image: ee.Image, name: str = "classes", **more: Any) -> ee.Image:
    succeeded(server, ee.batch.Export.image.toAsset(image, "export", f"{ROOT}/{name}", **more))
    return ee.Image(f"{ROOT}/{name}")


def pixels(image: ee.Image) -> Any:
    """All pixels of an image, as numpy has them."""
    width, height = image.select(0).getInfo()["bands"][0]["dimensions"]
    grid = {"dimensions": {"width": width, "height": height}}
    asked = {"expression": image.unmask(0), "fileFormat": "NUMPY_NDARRAY", "grid": {**grid, **_own_grid(image)}}
    return ee.data.computePixels(asked)


def _own_grid(image: ee.Image) -> dict[str, Any]:
    band = image.getInfo()["bands"][0]
    names = ("scaleX", "shearX", "translateX", "shearY", "scaleY", "translateY")
    return {"crsCode": band["crs"], "affineTransform": dict(zip(names, band["crs_transform"], strict=True))}


def test_an_exported_image_loads_with_its_pixels_bands_and_properties(server: LocalServer) -> None:
    image = scl().set({"scheme": "scl", "SCL_class_values": "[1,2,3]"})
    again = stored(server, image)
    before, after = image.getInfo(), again.getInfo()
    assert after["id"] == f"{ROOT}/classes"
    assert after["bands"] == before["bands"]
    for key in ("scheme", "SCL_class_values", "system:time_start", "MGRS_TILE"):
        assert after["properties"][key] == before["properties"][key]
    assert after["properties"]["system:index"] == "classes"
    assert (pixels(again)["SCL"] == pixels(image)["SCL"]).all()


def test_masks_are_kept_also_where_the_value_is_zero_and_where_they_are_partial(server: LocalServer) -> None:
    image = scl().subtract(4).toInt16().updateMask(scl().neq(6).multiply(scl().eq(8).multiply(-0.8).add(1)))
    again = stored(server, image)
    assert (pixels(again)["SCL"] == pixels(image)["SCL"]).all()
    made, expected = (pixels(each.mask())["SCL"] for each in (again, image))
    # Masks have eight bits.
    assert set((expected * 10).round().astype(int).ravel().tolist()) == {0, 2, 10}
    assert np.abs(made - expected).max() <= 1 / 255


def test_bands_of_different_types_are_kept_apart(server: LocalServer, exports: Path) -> None:
    image = scl().addBands(scl().divide(3).rename("third")).addBands(scl().multiply(-300).toInt16().rename("a.b"))
    again = stored(server, image, pyramidingPolicy={".default": "mode", "third": "mean"})
    kinds, before = ([band["data_type"] for band in each.getInfo()["bands"]] for each in (again, image))
    assert kinds == before
    for name in ("SCL", "third", "a.b"):
        assert (pixels(again)[name] == pixels(image)[name]).all()
    for path in exports.rglob("*.tif"):
        with rasterio.open(path) as file:
            assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    policies = {band["id"]: band["pyramidingPolicy"] for band in ee.data.getAsset(f"{ROOT}/classes")["bands"]}
    assert policies == {"SCL": "MODE", "third": "MEAN", "a.b": "MODE"}


def test_an_exported_table_loads_with_its_rows(server: LocalServer) -> None:
    square = ee.Geometry.Rectangle([10, 50, 11, 51], None, False)
    rows = ee.FeatureCollection(
        [ee.Feature(square, {"name": "é", "n": 1.5}), ee.Feature(ee.Geometry.Point([10, 50]), {"name": "b"})]
    )
    succeeded(server, ee.batch.Export.table.toAsset(rows.set("made", "here"), "t", f"{ROOT}/fields"))
    again = ee.FeatureCollection(f"{ROOT}/fields")
    assert again.getInfo()["features"] == rows.getInfo()["features"]
    assert again.get("made").getInfo() == "here"
    assert again.filter(ee.Filter.eq("name", "b")).size().getInfo() == 1


def test_images_in_a_collection_are_a_collection(server: LocalServer) -> None:
    ee.data.createAsset({"type": "IMAGE_COLLECTION"}, f"{ROOT}/series", {"about": "classes"})
    for number in (2, 1):
        stored(server, scl().set("number", number), f"series/scene_{number}")
    series = ee.ImageCollection(f"{ROOT}/series")
    assert series.aggregate_array("number").getInfo() == [1, 2]
    assert series.aggregate_array("system:index").getInfo() == ["scene_1", "scene_2"]
    assert series.get("about").getInfo() == "classes"
    assert ee.Image(f"{ROOT}/series/scene_2").get("number").getInfo() == 2
    assert [asset["id"] for asset in ee.data.listAssets(f"{ROOT}/series")["assets"]] == [
        f"{ROOT}/series/scene_1",
        f"{ROOT}/series/scene_2",
    ]


def test_an_asset_is_replaced_only_where_asked_and_is_then_the_new_one(server: LocalServer, exports: Path) -> None:
    again = stored(server, scl())
    before = pixels(again)["SCL"]
    task = ee.batch.Export.image.toAsset(scl().add(1).toByte(), "export", f"{ROOT}/classes")
    assert failed(server, task) == f"Cannot overwrite asset '{ROOT}/classes'."
    assert (pixels(again)["SCL"] == before).all()
    stored(server, scl().add(1).toByte(), overwrite=True)
    assert (pixels(again)["SCL"] == before + 1).all()
    assert len(list(exports.rglob("SCL.tif"))) == 1
    table = ee.batch.Export.table.toAsset(
        ee.FeatureCollection([ee.Feature(None, {"a": 1})]), "t", f"{ROOT}/classes", overwrite=True
    )
    assert failed(server, table) == f"Cannot overwrite asset '{ROOT}/classes'."


def test_folders_are_made_listed_and_deleted(server: LocalServer, exports: Path) -> None:
    made = ee.data.createFolder(f"{ROOT}/work")
    assert made["type"] == "FOLDER"
    assert made["name"] == f"{ROOT}/work"
    stored(server, scl(), "work/a")
    assert [asset["type"] for asset in ee.data.listAssets(f"{ROOT}/work")["assets"]] == ["IMAGE"]
    root = {asset["id"]: asset["type"] for asset in ee.data.listAssets(ROOT)["assets"]}
    assert root[f"{ROOT}/work"] == "FOLDER"
    assert root["COPERNICUS/S2_SR_HARMONIZED"] == "IMAGE_COLLECTION"
    with pytest.raises(ee.EEException, match="is not empty"):
        ee.data.deleteAsset(f"{ROOT}/work")
    ee.data.deleteAsset(f"{ROOT}/work/a")
    ee.data.deleteAsset(f"{ROOT}/work")
    assert ee.data.getInfo(f"{ROOT}/work") is None
    with pytest.raises(ee.EEException, match=r"Image.load: Image asset '.*work/a' not found"):
        ee.Image(f"{ROOT}/work/a").getInfo()
    assert not list(exports.rglob("asset.json"))


def test_an_asset_is_described_as_the_rest_api_does(server: LocalServer) -> None:
    stored(server, scl())
    asset = ee.data.getAsset(f"{ROOT}/classes")
    assert (asset["type"], asset["name"], asset["id"]) == ("IMAGE", f"{ROOT}/classes", f"{ROOT}/classes")
    assert asset["startTime"].endswith("Z")
    assert int(asset["sizeBytes"]) > 0
    (band,) = asset["bands"]
    assert band["dataType"] == {"precision": "INT", "range": {"min": 0, "max": 255}}
    assert band["grid"]["dimensions"] == {"width": 400, "height": 400}
    assert "system:time_start" not in asset["properties"]


def test_properties_are_changed_one_by_one(server: LocalServer) -> None:
    again = stored(server, scl().set({"a": 1, "b": 2}))
    ee.data.setAssetProperties(f"{ROOT}/classes", {"a": "new", "b": None, "c": 3})
    assert again.toDictionary(["a", "c"]).getInfo() == {"a": "new", "c": 3}
    assert again.propertyNames().contains("b").getInfo() is False
    ee.data.updateAsset(f"{ROOT}/classes", {"start_time": "2020-01-01T00:00:00Z"}, ["start_time"])
    assert again.date().format("YYYY").getInfo() == "2020"


def test_assets_are_copied_and_moved(server: LocalServer) -> None:
    again = stored(server, scl())
    ee.data.copyAsset(f"{ROOT}/classes", f"{ROOT}/copy")
    ee.data.renameAsset(f"{ROOT}/copy", f"{ROOT}/moved")
    assert (pixels(ee.Image(f"{ROOT}/moved"))["SCL"] == pixels(again)["SCL"]).all()
    assert ee.data.getInfo(f"{ROOT}/copy") is None
    with pytest.raises(ee.EEException, match="Cannot overwrite asset"):
        ee.data.copyAsset(f"{ROOT}/classes", f"{ROOT}/moved")
    ee.data.copyAsset(f"{ROOT}/classes", f"{ROOT}/moved", allowOverwrite=True)


def test_names_of_the_old_form_work(server: LocalServer, exports: Path) -> None:
    succeeded(server, ee.batch.Export.image.toAsset(scl(), "e", "users/somebody/classes"))
    assert ee.Image("users/somebody/classes").bandNames().getInfo() == ["SCL"]
    assert ee.data.getAsset("users/somebody/classes")["id"] == "users/somebody/classes"
    assert (exports / "assets/users/somebody/classes/asset.json").is_file()


@pytest.mark.parametrize(
    "name",
    ["../x", "a/../../x", "a b", "é", "a//b", ".", "x" * 101, "/".join("abcdefghijklm"), "a\\b", "asset.json"],
)
def test_names_that_no_asset_can_have_are_refused(server: LocalServer, exports: Path, name: str) -> None:
    with pytest.raises(ee.EEException, match="Invalid asset name"):
        ee.batch.Export.image.toAsset(scl(), "e", f"{ROOT}/{name}").start()
    with pytest.raises(ee.EEException):
        ee.data.createFolder(f"{ROOT}/{name}")
    assert not exports.exists()


def test_public_data_cannot_be_written(server: LocalServer, exports: Path) -> None:
    with pytest.raises(ee.EEException, match="does not exist or doesn't allow this operation"):
        ee.batch.Export.image.toAsset(scl(), "e", "COPERNICUS/S2_SR_HARMONIZED/mine").start()
    assert not exports.exists()


def test_a_parent_must_be_there_and_hold_such_assets(server: LocalServer) -> None:
    task = ee.batch.Export.image.toAsset(scl(), "e", f"{ROOT}/nowhere/a")
    assert failed(server, task) == f"Asset '{ROOT}/nowhere' does not exist or doesn't allow this operation."
    ee.data.createAsset({"type": "ImageCollection"}, f"{ROOT}/series")
    with pytest.raises(ee.EEException, match="holds no FOLDER"):
        ee.data.createFolder(f"{ROOT}/series/folder")


def test_an_unknown_pyramiding_policy_or_band_fails(server: LocalServer) -> None:
    task = ee.batch.Export.image.toAsset(scl(), "e", f"{ROOT}/a", pyramidingPolicy={"SCL": "best"})
    assert "Invalid pyramiding policy: 'BEST'" in failed(server, task)
    task = ee.batch.Export.image.toAsset(scl(), "e", f"{ROOT}/a", pyramidingPolicy={"B2": "mode"})
    assert "names the band 'B2'" in failed(server, task)


# What an engine that is killed leaves behind


def test_a_version_without_its_document_is_no_asset(tmp_path: Path) -> None:
    assets = StoredAssets(Places(tmp_path))
    half = tmp_path / "assets" / ROOT / "half" / "1"
    half.mkdir(parents=True)
    (half / "SCL.tif").write_bytes(b"II*")
    with pytest.raises(NotFoundError):
        assets.load(f"{ROOT}/half")
    assert assets.list(ROOT) == []
    assets.check_new(f"{ROOT}/half", "IMAGE")


def test_a_new_version_that_was_not_finished_leaves_the_old_asset(server: LocalServer, exports: Path) -> None:
    again = stored(server, scl())
    before = pixels(again)["SCL"]
    folder = exports / "assets" / ROOT / "classes"
    version = str(json.loads((folder / "asset.json").read_text())["version"])
    (folder / f"{int(version) + 1}").mkdir()
    (folder / ".asset.json.part").write_text('{"version":')
    assert (pixels(again)["SCL"] == before).all()
    stored(server, scl(), overwrite=True)


def test_only_ids_of_assets_become_paths(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "asset.json").write_text('{"type": "FOLDER", "version": 1}')
    assets = StoredAssets(Places(tmp_path / "exports"))
    for name in ("projects/p/assets/../../../../../secret", "../../secret", str(tmp_path / "secret"), "users/../x"):
        with pytest.raises(NotFoundError):
            assets.get(name)
        with pytest.raises((EvaluationError, NotFoundError)):
            assets.list(name)


def test_a_picture_created_after_an_asset_was_overwritten_shows_the_new_one(server: LocalServer) -> None:
    def color() -> bytes:
        address = ee.Image(f"{ROOT}/classes").getThumbURL({"dimensions": 1, "format": "png", "min": 0, "max": 255})
        with urllib.request.urlopen(address) as answer:  # noqa: S310 - the engine of this test
            return PIL.Image.open(answer).convert("RGB").tobytes()

    stored(server, scl().multiply(0).add(10).toByte())
    assert color() == bytes([10, 10, 10])
    stored(server, scl().multiply(0).add(20).toByte(), overwrite=True)
    assert color() == bytes([20, 20, 20])
