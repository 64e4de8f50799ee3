"""Files are found by their addresses, and let go when the engine is done with them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import ee
import numpy as np
import pystac
import pytest

import gee_scl
from gee_scl.local.assets.stac import AssetFiles
from gee_scl.local.errors import ForbiddenError
from gee_scl.local.raster.blocks import OpenFiles, close_files
from tests.support.engines import session_over
from tests.support.local.catalogues import Scene, make_catalogue

SCL = np.full((30, 40), 4, np.uint8)


def item_with(address: str) -> tuple[pystac.Item, pystac.Asset]:
    item = pystac.Item("a", None, None, None, {"start_datetime": "2023-01-01T00:00:00Z", "end_datetime": None})
    asset = pystac.Asset(address)
    item.add_asset("scl", asset)
    return item, asset


def test_a_file_address_leads_to_the_file_whatever_its_name(tmp_path: Path) -> None:
    file = tmp_path / "scene of May, 50 %.tif"
    file.touch()
    assert "%20" in file.as_uri()
    assert AssetFiles(tmp_path).path(*item_with(file.as_uri())) == str(file.resolve())


def test_a_file_address_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.tif").touch()
    (tmp_path / "served").mkdir()
    for name in ("../secret.tif", "%2e%2e/secret.tif"):
        address = f"{(tmp_path / 'served').as_uri()}/{name}"
        with pytest.raises(ForbiddenError, match="outside"):
            AssetFiles(tmp_path / "served").path(*item_with(address))


def opened(folder: Path) -> set[str]:
    """Names of the files of a folder that this process has open."""
    descriptors = Path("/proc/self/fd")
    if not descriptors.is_dir():
        pytest.skip("this system does not list open files")
    paths = []
    for descriptor in descriptors.iterdir():
        try:
            paths.append(Path(os.readlink(descriptor)))  # noqa: PTH115 - of a link to what is no path
        except OSError:
            continue
    return {path.name for path in paths if path.is_relative_to(folder)}


def test_an_engine_that_stops_lets_its_files_go(tmp_path: Path) -> None:
    folder = make_catalogue(tmp_path / "catalogue", [Scene(SCL)])
    with session_over(folder):
        image = gee_scl.collection().first()
        counted = image.select("SCL").reduceRegion(ee.Reducer.count(), image.geometry(), 20)
        assert counted.getInfo() == {"SCL": SCL.size}
        assert opened(folder)
    assert opened(folder) == set()
    shutil.rmtree(folder)


def test_an_asset_that_is_deleted_is_not_kept_open(tmp_path: Path) -> None:
    folder = make_catalogue(tmp_path / "catalogue", [Scene(SCL)])
    exports = tmp_path / "exports"
    with session_over(folder, exports=exports):
        name = "projects/gee-scl-local/assets/classes"
        image = gee_scl.collection().first().select("SCL")
        assets = gee_scl.exports.Asset("projects/gee-scl-local/assets")
        gee_scl.exports.export_image(image, "classes", to=assets).wait()
        stored = ee.Image(name)
        assert stored.reduceRegion(ee.Reducer.count(), image.geometry(), 20).getInfo() == {"SCL": SCL.size}
        assert opened(exports)
        ee.data.deleteAsset(name)
        assert opened(exports) == set()


def test_only_the_files_of_the_folder_are_closed(tmp_path: Path) -> None:
    folder = make_catalogue(tmp_path / "catalogue", [Scene(SCL)])
    with session_over(folder):
        image = gee_scl.collection().first()
        image.select("SCL").reduceRegion(ee.Reducer.count(), image.geometry(), 20).getInfo()
        before = opened(folder)
        close_files(tmp_path / "elsewhere")
        assert opened(folder) == before != set()
        close_files(folder)
        assert opened(folder) == set()


def test_of_files_that_wait_those_are_closed_first_that_were_read_long_ago(tmp_path: Path) -> None:
    make_catalogue(tmp_path / "catalogue", [Scene(SCL, time=f"2023-05-0{day}T10:00:00Z") for day in (1, 2, 3)])
    paths = sorted((tmp_path / "catalogue").rglob("*.tif"))
    files = OpenFiles(most=8, most_pixels=2 * SCL.size)
    for path in paths:
        with files.borrowed(str(path), None, None, SCL.size) as file:
            file.read(1)
    assert opened(tmp_path) == {path.name for path in paths[1:]}
    with files.borrowed(str(paths[1]), None, None, SCL.size) as file:  # it is read for the second time
        file.read(1)
    assert opened(tmp_path) == {paths[1].name}
    files.close_within(tmp_path)
    assert opened(tmp_path) == set()
