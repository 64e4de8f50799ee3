"""What requests cost: the engine's counts against arithmetic on pixels, images and regions of known number."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import ee
import numpy as np
import pytest

from gee_scl.local.counters import Counts
from gee_scl.local.server import LocalServer
from tests.support.engines import session_on
from tests.support.local.caller import COMPUTE, FEATURES, Caller
from tests.support.local.catalogues import GRID, Scene, make_catalogue
from tests.support.local.tasks import succeeded

COLLECTION = "COPERNICUS/S2_SR_HARMONIZED"
DAYS = (1, 6)
ROWS, COLUMNS = 40, 60
SCL = np.random.default_rng(7).integers(1, 12, (ROWS, COLUMNS), np.uint8)
RED = np.full((ROWS * 2, COLUMNS * 2), 1500, np.uint16)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LocalServer]:
    scenes = [Scene(SCL, time=f"2023-05-{day:02}T10:00:00Z", bands={"red": RED}) for day in DAYS]
    folder = make_catalogue(tmp_path / "catalogue", scenes)
    with LocalServer(folder, exports=tmp_path / "exports") as running, session_on(running.url):
        yield running


@pytest.fixture
def images(server: LocalServer) -> ee.ImageCollection:
    return ee.ImageCollection(COLLECTION).select("SCL")


def square(column: int, row: int, side: int = 10) -> ee.Geometry:
    """A square of whole pixels of 20 m."""
    left, top = GRID @ (column, row)
    right, bottom = GRID @ (column + side, row + side)
    return ee.Geometry.Rectangle([left, bottom, right, top], "EPSG:32632", False)


def squares(count: int) -> ee.FeatureCollection:
    """So many squares of 10 x 10 pixels in one row, with 10 columns between them."""
    return ee.FeatureCollection([ee.Feature(square(20 * place, 0), {"n": place}) for place in range(count)])


def table(images: ee.ImageCollection, regions: ee.FeatureCollection) -> ee.FeatureCollection:
    """A row for each image and region."""
    reducer = ee.Reducer.count()
    return ee.FeatureCollection(images.map(lambda image: image.reduceRegions(regions, reducer))).flatten()


def cost(server: LocalServer, work: object) -> Counts:
    """What getting a value takes, apart from its bytes."""
    before = server.counters.total
    work.getInfo()  # type: ignore[attr-defined]
    return replace(server.counters.total - before, bytes_up=0, bytes_down=0)


def test_two_images_and_three_regions_are_six_pairs(server: LocalServer, images: ee.ImageCollection) -> None:
    # The three squares lie in a window of 50 x 10 pixels, which is read of each of two images.
    rows = table(images, squares(3))
    decoded = {"blocks_decoded": 2, "pixels_decoded": 2 * ROWS * COLUMNS}
    assert cost(server, rows) == Counts(rows=6, pairs=6, pixels=2 * 500, images=2, **decoded)
    # What is decoded stays so; everything else counts again.
    assert cost(server, rows) == Counts(rows=6, pairs=6, pixels=2 * 500, images=2)


def test_a_reduction_over_one_region_is_one_pair(server: LocalServer, images: ee.ImageCollection) -> None:
    value = images.first().reduceRegion(ee.Reducer.count(), square(0, 0))
    found = cost(server, value)
    assert (found.pairs, found.pixels, found.images, found.rows) == (1, 100, 1, 0)
    mapped = images.map(lambda image: image.set(image.reduceRegion(ee.Reducer.count(), square(0, 0))))
    assert cost(server, mapped.aggregate_sum("SCL")).pairs == 2


def test_bands_count_by_themselves_and_their_image_once(server: LocalServer) -> None:
    image = ee.ImageCollection(COLLECTION).first().select(["SCL", "B4"])
    value = image.reduceRegion(ee.Reducer.count(), square(0, 0), scale=20)
    # Of the red band, whose pixels have 10 m, one is taken for each of 20 m.
    found = cost(server, value)
    assert (found.pixels, found.images, found.blocks_decoded) == (100 + 100, 1, 2)
    assert found.pixels_decoded == SCL.size + RED.size


def test_pixels_that_nobody_reads_are_not_counted(server: LocalServer, images: ee.ImageCollection) -> None:
    assert cost(server, images.size()) == Counts()
    assert cost(server, images.aggregate_array("system:index")) == Counts()
    outside = images.first().reduceRegion(ee.Reducer.count(), square(500, 500))
    assert cost(server, outside) == Counts(pairs=1)


def test_pages_have_the_rows_that_they_hold(server: LocalServer, images: ee.ImageCollection) -> None:
    rows, parameters = [], {"expression": table(images, squares(3)), "pageSize": 4}
    for _ in range(2):
        before = server.counters.total
        page = ee.data.computeFeatures(parameters)
        rows.append((server.counters.total - before).rows)
        parameters["pageToken"] = page.get("nextPageToken")
    assert rows == [4, 2]


def test_bytes_are_those_of_the_bodies(server: LocalServer) -> None:
    body = json.dumps({"expression": {"result": "0", "values": {"0": {"constantValue": "x" * 100}}}})
    before = server.counters.total
    reply = Caller(server).ask("POST", COMPUTE, body)
    counted = server.counters.total - before
    assert counted.bytes_up == len(body)
    assert counted.bytes_down == int(reply.headers["Content-Length"]) == len('{"result":"' + "x" * 100 + '"}')


def test_requests_are_counted_by_their_routes(server: LocalServer, images: ee.ImageCollection) -> None:
    before = server.counters.requests
    images.size().getInfo()
    images.size().getInfo()
    ee.data.getAsset(COLLECTION)
    ee.data.computeFeatures({"expression": squares(1)})
    Caller(server).ask("GET", "/v1/projects/gee-scl-local/nothing")
    Caller(server).ask("POST", FEATURES, "{}")
    after = server.counters.requests
    assert {name: number - before[name] for name, number in after.items() if number != before[name]} == {
        "value.compute": 2,
        "assets.get": 1,
        "table.computeFeatures": 2,
    }


def test_a_maps_tiles_count_for_the_requests_that_ask_for_them(server: LocalServer, images: ee.ImageCollection) -> None:
    before = server.counters.total
    tile = images.first().getMapId({"min": 0, "max": 11})
    assert (server.counters.total - before).pixels == 0
    longitude, latitude = (
        ee.Geometry.Point(GRID @ (30, 20), "EPSG:32632").transform("EPSG:4326", 1).getInfo()["coordinates"]
    )
    zoom = 8
    x = int((longitude + 180) / 360 * 2**zoom)
    y = int((1 - np.arcsinh(np.tan(np.radians(latitude))) / np.pi) / 2 * 2**zoom)
    before = server.counters.total
    url = ee.data.getTileUrl(tile, x, y, zoom)
    for _ in range(2):
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - an address of this test
            answer.read()
    counted = server.counters.total - before
    assert counted.images == 1
    # A pixel of this zoom is 611 m at the equator and 425 m here; the scene is 1200 x 800 m. The second time the tile
    # is sent as it was kept.
    assert 4 <= counted.pixels <= 12
    assert server.counters.requests["maps.tiles.get"] == 2


def test_an_export_counts_what_its_task_does(server: LocalServer, images: ee.ImageCollection) -> None:
    before = server.counters.total
    task = ee.batch.Export.table.toDrive(table(images, squares(3)), "rows")
    succeeded(server, task)
    counted = server.counters.total - before
    assert (counted.rows, counted.pairs, counted.pixels, counted.images) == (6, 6, 2 * 500, 2)


def test_requests_at_once_are_counted_apart(server: LocalServer, images: ee.ImageCollection) -> None:
    """Each is struck by its own size: work of a neighbour on the same threads and images is not its own."""
    small, large = (table(images, squares(count)).size() for count in (1, 3))
    with server.fail("value.compute", error="memory", pairs=4) as fault, ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(value.getInfo) for value in (small, large) * 8]
        outcomes = [str(answer.exception() or answer.result()) for answer in answers]
    assert outcomes == ["2", "User memory limit exceeded."] * 8
    assert fault.struck == 8


def test_what_is_counted_adds_up() -> None:
    one, other = Counts(bytes_up=1, rows=2, pixels_decoded=3), Counts(rows=5, images=1)
    assert one + other == Counts(bytes_up=1, rows=7, pixels_decoded=3, images=1)
    assert (one + other) - other == one
