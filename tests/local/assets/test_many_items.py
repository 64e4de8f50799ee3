"""Catalogues of many items: each document is read once, as what it is, and no raster is opened to list it."""

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio

from gee_scl.local.assets.catalogue import Catalogue
from gee_scl.local.assets.products import BASELINE, SENTINEL2, TILE
from gee_scl.local.assets.stac import items_in
from gee_scl.local.errors import EngineError
from gee_scl.local.values import FOOTPRINT, TIME_START
from tests.support.local.catalogues import Scene, collection_document, make_catalogue, make_item, write_json
from tests.support.made_catalogue import SIDE, make_many

SCENE = Scene(np.full((4, 4), 4, np.uint8))


def images_of(folder: Path) -> list:
    return list(Catalogue(folder).collections()[SENTINEL2].elements)


def test_made_items_are_listed_without_their_rasters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiles = make_many(tmp_path, 66, tiles=3)
    monkeypatch.setattr(rasterio, "open", lambda *_, **__: pytest.fail("a raster was opened"))
    images = images_of(tmp_path)
    assert len(images) == len({image.index for image in images}) == 66
    assert {image.get(TILE) for image in images} == {tile.name for tile in tiles}
    assert all(image.bands[0].dimensions == (SIDE, SIDE) for image in images)
    assert images[0].bands[0].projection.crs == "EPSG:32631"


def test_every_eleventh_made_item_is_a_newer_baseline_of_the_one_before(tmp_path: Path) -> None:
    make_many(tmp_path, 22, tiles=1)
    images = images_of(tmp_path)
    assert [i for i, image in enumerate(images) if image.get(BASELINE) == "05.10"] == [10, 21]
    times = [image.get(TIME_START) for image in images]
    assert times[9] == times[10]
    assert len(set(times)) == 20


def test_images_of_one_footprint_share_it(tmp_path: Path) -> None:
    make_many(tmp_path, 6, tiles=2)
    assert len({id(image.get(FOOTPRINT)) for image in images_of(tmp_path)}) == 2


def test_items_of_catalogues_within_catalogues_are_found(tmp_path: Path) -> None:
    make_catalogue(tmp_path / "inner", [SCENE])
    make_item(tmp_path / "outer", Scene(np.full((4, 4), 4, np.uint8), time="2023-06-01T10:00:00Z"))
    links = [
        {"rel": "child", "href": "./inner/collection.json"},
        {"rel": "item", "href": "./outer/item.json"},
    ]
    write_json(tmp_path / "collection.json", collection_document("sentinel-2-l2a", links))
    assert [found.item.datetime.month for found in items_in(tmp_path)] == [6, 5]


def test_an_items_collection_is_read_from_its_file_once(tmp_path: Path) -> None:
    make_many(tmp_path, 5, tiles=1)
    found = list(items_in(tmp_path))
    assert found[0].collection is not None
    assert found[0].collection.id == "sentinel-2-l2a"
    assert len({id(each.collection) for each in found}) == 1


@pytest.mark.parametrize("version", ["0.9.0", "1.0.0-rc.1", "1.0.0", "1.1.0"])
def test_items_of_any_version_of_stac_are_the_same_image(tmp_path: Path, version: str) -> None:
    make_catalogue(tmp_path, [SCENE])
    (path,) = tmp_path.glob("*/item.json")
    document = json.loads(path.read_text())
    code = document["properties"].pop("proj:code")
    document["properties"]["proj:epsg"] = int(code.removeprefix("EPSG:"))
    write_json(path, {**document, "stac_version": version})
    (image,) = images_of(tmp_path)
    assert image.bands[0].projection.crs == code


def test_the_crs_of_an_asset_comes_before_its_items_under_either_name(tmp_path: Path) -> None:
    make_catalogue(tmp_path, [SCENE])
    (path,) = tmp_path.glob("*/item.json")
    document = json.loads(path.read_text())
    document["assets"]["scl"]["proj:epsg"] = 32633
    write_json(path, document)
    (image,) = images_of(tmp_path)
    assert image.bands[0].projection.crs == "EPSG:32633"


@pytest.mark.parametrize("version", ["0.9.0", "1.0.0"])
def test_a_link_to_what_is_no_item_is_refused(tmp_path: Path, version: str) -> None:
    write_json(tmp_path / "other.json", {**collection_document("a", []), "stac_version": version})
    links = [{"rel": "item", "href": "./other.json"}]
    write_json(tmp_path / "collection.json", collection_document("sentinel-2-l2a", links))
    with pytest.raises(EngineError, match=r"collection\.json.*cannot be read"):
        list(items_in(tmp_path))
