"""The real client finds the local engine, its interface, its algorithms and its assets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ee
import numpy as np
import pytest
from google.auth.credentials import AnonymousCredentials

from gee_scl.local.engine import Engine
from gee_scl.local.server import LocalServer
from gee_scl.local.signatures import discovery_document, signatures
from tests.support.local.catalogues import GRID, Scene, make_catalogue

COLLECTION = "COPERNICUS/S2_SR_HARMONIZED"
INDEX = "20230501T100000_20230501T100000_T32TPS"
SCL = np.full((30, 40), 4, np.uint8)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    scenes = [Scene(SCL, time=f"2023-05-{day:02}T10:00:00Z", properties={"eo:cloud_cover": day}) for day in (1, 6, 11)]
    with LocalServer(make_catalogue(tmp_path_factory.mktemp("catalogue"), scenes)) as running:
        yield running


@pytest.fixture
def session(server: LocalServer) -> Iterator[None]:
    ee.Initialize(credentials=AnonymousCredentials(), url=server.url, project=server.project)
    yield
    ee.Reset()


def fetched(server: LocalServer, path: str) -> Any:
    with urllib.request.urlopen(server.url + path, timeout=30) as answer:  # noqa: S310 - an address of this test
        return json.load(answer)


def methods(document: dict[str, Any], *resources: str) -> dict[str, Any]:
    found = document
    for name in resources:
        found = found["resources"][name]
    return found["methods"]


CLIENT = """
import sys
import ee
from google.auth.credentials import AnonymousCredentials
ee.Initialize(credentials=AnonymousCredentials(), url=sys.argv[1], project="gee-scl-local")
version = ee.data._get_state().cloud_api_resource._baseUrl, ee._cloud_api_utils.VERSION
print(ee.Number(40).add(2).getInfo(), len(ee.ApiFunction.allSignatures()), version[1])
"""


def shipped_names() -> set[str]:
    """Names of the algorithms in the client's own list: 984 in its version 1.7.3, 991 in 1.7.50."""
    file = Path(ee.__file__).parent / "tests" / "algorithms.json"
    return {entry["name"].removeprefix("algorithms/") for entry in json.loads(file.read_text("utf-8"))["algorithms"]}


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
def test_the_client_initialises_with_every_version_of_the_api(server: LocalServer, version: str) -> None:
    environment = {**os.environ, "EE_CLOUD_API_VERSION": version}
    run = subprocess.run(
        [sys.executable, "-c", CLIENT, server.url], env=environment, capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == ["42", str(len(shipped_names())), version]


@pytest.mark.parametrize("version", ["v1", "v1alpha", "v1beta"])
def test_the_interface_is_described_for_its_own_address_and_version(server: LocalServer, version: str) -> None:
    document = fetched(server, f"/$discovery/rest?version={version}")
    assert document["rootUrl"] == document["baseUrl"] == f"{server.url}/"
    assert document["version"] == version
    compute = methods(document, "projects", "value")["compute"]
    assert compute["path"] == f"{version}/{{+project}}/value:compute"


def test_what_the_client_calls_and_the_shipped_description_lacks_is_added(server: LocalServer) -> None:
    document = fetched(server, "/$discovery/rest?version=v1")
    assert methods(document, "projects", "tables")["create"]["path"] == "v1/{+parent}/tables"
    assert methods(document, "projects", "tables")["getFeatures"]["path"] == "v1/{+name}:getFeatures"
    assert methods(document, "projects", "featureView")["create"]["path"] == "v1/{+parent}/featureView"
    assert methods(document, "projects", "classifier")["export"]["path"] == "v1/{+project}/classifier:export"
    for listing in (methods(document, "projects"), methods(document, "projects", "assets")):
        assert {"filter", "view", "pageSize", "pageToken"} <= set(listing["listAssets"]["parameters"])
    for name in ("maps", "thumbnails", "videoThumbnails", "filmstripThumbnails", "tables"):
        assert methods(document, "projects", name)["create"]["parameters"]["workloadTag"]["location"] == "query"


@pytest.mark.usefixtures("session")
def test_the_clients_label_goes_with_all_that_it_computes() -> None:
    image = ee.Image(ee.ImageCollection(COLLECTION).first()).select("SCL")
    table, seen = ee.FeatureCollection([ee.Feature(None, {"n": 1})]), list[Any]()
    small: dict[str, Any] = {"dimensions": [4, 4], "region": ee.Geometry.Rectangle([11.5, 46.4, 11.6, 46.5])}
    films = ee.ImageCollection([image.visualize(max=11, palette=["000000", "ffffff"])])
    grid = {"dimensions": {"width": 2, "height": 2}, "affineTransform": {"scaleX": 20, "scaleY": -20}}
    asked = {
        "maps": image.getMapId,
        "thumbnails": lambda: image.getThumbURL(small),
        "videoThumbnails": lambda: films.getVideoThumbURL(small),
        "filmstripThumbnails": lambda: films.getFilmstripThumbURL(small),
        "thumbnails of a download": lambda: image.getDownloadURL({"scale": 20, "region": small["region"]}),
        "tables": lambda: table.getDownloadURL("csv"),
        "value:compute": ee.Number(1).getInfo,
        "table:computeFeatures": lambda: ee.data.computeFeatures({"expression": table}),
        "image:computePixels": lambda: ee.data.computePixels({"expression": image, "fileFormat": "NPY", "grid": grid}),
    }
    hooks = ee.data._get_state().requests_session.hooks["response"]
    look = lambda response, *_, **__: seen.append(response.request)  # noqa: E731
    hooks.append(look)
    try:
        with ee.data.workloadTagContext("fields-2023"):
            for ask in asked.values():
                ask()
    finally:
        hooks.remove(look)
    for name, request in zip(asked, seen, strict=True):
        assert f"/{name.split(' ')[0]}" in request.url
        assert "workloadTag=fields-2023" in request.url or '"workloadTag": "fields-2023"' in request.body, name


def test_every_path_of_the_description_has_its_version() -> None:
    def paths(resources: dict[str, Any]) -> Iterator[str]:
        for resource in resources.values():
            for method in resource.get("methods", {}).values():
                yield from (method["path"], method.get("flatPath", method["path"]))
            yield from paths(resource.get("resources", {}))

    found = list(paths(discovery_document("http://127.0.0.1:1/", "v1")["resources"]))
    assert len(found) > 50
    assert all(path.startswith("v1/") for path in found)


def test_every_algorithm_that_the_client_ships_is_listed(server: LocalServer) -> None:
    listed = fetched(server, "/v1/projects/gee-scl-local/algorithms")["algorithms"]
    names = {entry["name"].removeprefix("algorithms/") for entry in listed}
    assert names == shipped_names() == set(signatures())
    assert len(names) > 980


@pytest.mark.usefixtures("session")
def test_the_collection_is_an_asset() -> None:
    asset = ee.data.getAsset(COLLECTION)
    assert asset["type"] == "IMAGE_COLLECTION"
    assert asset["name"] == f"projects/earthengine-public/assets/{COLLECTION}"


@pytest.mark.usefixtures("session")
def test_an_image_is_an_asset_with_bands_and_properties() -> None:
    asset = ee.data.getAsset(f"{COLLECTION}/{INDEX}")
    assert asset["type"] == "IMAGE"
    assert asset["id"] == f"{COLLECTION}/{INDEX}"
    assert asset["startTime"] == asset["endTime"] == "2023-05-01T10:00:00.000000Z"
    assert asset["properties"]["MGRS_TILE"] == "32TPS"
    assert asset["properties"]["CLOUDY_PIXEL_PERCENTAGE"] == 1
    assert not any(name.startswith("system:") for name in asset["properties"])
    transform = {
        "scaleX": GRID.a, "shearX": 0, "translateX": GRID.c, "shearY": 0, "scaleY": GRID.e, "translateY": GRID.f,
    }  # fmt: skip
    assert asset["bands"] == [
        {
            "id": "SCL",
            "dataType": {"precision": "INT", "range": {"min": 0, "max": 255}},
            "grid": {
                "crsCode": "EPSG:32632",
                "dimensions": {"width": 40, "height": 30},
                "affineTransform": transform,
            },
        }
    ]


@pytest.mark.usefixtures("session")
def test_assets_of_the_collection_are_listed() -> None:
    expected = [f"{COLLECTION}/202305{day:02}T100000_202305{day:02}T100000_T32TPS" for day in (1, 6, 11)]
    assert [asset["id"] for asset in ee.data.listAssets(COLLECTION)["assets"]] == expected
    assert [image["id"] for image in ee.data.listImages(COLLECTION)["images"]] == expected
    # The client follows pages by itself where it is not asked for one page.
    first = ee.data.listAssets({"parent": COLLECTION, "pageSize": 2})
    assert [asset["id"] for asset in first["assets"]] == expected[:2]
    rest = ee.data.listAssets({"parent": COLLECTION, "pageSize": 2, "pageToken": first["nextPageToken"]})
    assert [asset["id"] for asset in rest["assets"]] == expected[2:]


@pytest.mark.usefixtures("session")
def test_the_projects_assets_are_the_collections() -> None:
    (asset,) = ee.data.listAssets("projects/gee-scl-local/assets")["assets"]
    assert asset["id"] == COLLECTION


def test_long_collections_are_listed_in_pages(sample: Path) -> None:
    engine = Engine(sample)
    total = len(engine.list_assets(COLLECTION)["assets"])
    pages, token = [], ""
    while not pages or token:
        page = engine.list_assets(COLLECTION, 7, token)
        pages.append([asset["id"] for asset in page["assets"]])
        token = page.get("nextPageToken", "")
    assert len(pages) == -(-total // 7)
    assert len({name for page in pages for name in page}) == total
