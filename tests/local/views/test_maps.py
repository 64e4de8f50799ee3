"""Maps over HTTP: the client's own calls; tiles decoded by Pillow and compared with rasterio's reading of the files."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import ee
import numpy as np
import pyproj
import pytest

import gee_scl
from gee_scl.local.views import maps
from tests.support.engines import session_over
from tests.support.local.pictures import COLOURS, classes_of, fetched, picture, refused

WORLD = 20037508.342789244


def tile_of(longitude: float, latitude: float, zoom: int) -> tuple[int, int]:
    """The tile that a place is in, by the formulas of the slippy map."""
    x = (longitude + 180) / 360 * 2**zoom
    y = (1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2 * 2**zoom
    return int(x), int(y)


def expected(path: Path, zoom: int, x: int, y: int, size: int = 256) -> tuple[np.ndarray, np.ndarray]:
    """Colours of the class that each pixel's centre falls into, and where it is clear of that pixel's rim."""
    values, transform, crs = classes_of(path)
    step = 2 * WORLD / (2**zoom * size)
    east = -WORLD + (x * size + np.arange(size) + 0.5) * step
    north = WORLD - (y * size + np.arange(size) + 0.5) * step
    project = pyproj.Transformer.from_crs("EPSG:3857", crs, always_xy=True)
    columns, rows = ~transform @ project.transform(*np.meshgrid(east, north))
    inside = (columns >= 0) & (columns < values.shape[1]) & (rows >= 0) & (rows < values.shape[0])
    classes = np.where(
        inside, values[np.where(inside, rows, 0).astype(int), np.where(inside, columns, 0).astype(int)], 0
    )
    table = np.zeros((256, 4), np.uint8)
    for code, colour in COLOURS.items():
        if code:
            table[code] = (*colour, 255)
    clear = np.minimum(*(np.abs(place - np.round(place)) for place in (columns, rows))) > 0.01
    return table[classes], clear


@pytest.fixture(scope="module")
def scene(sample: Path) -> Path:
    """The class raster of one scene of the sample."""
    return sorted(sample.glob("sentinel-2-l2a/*32TPS*/SCL.tif"))[0]


@pytest.fixture
def image(sample_session: str, scene: Path) -> ee.Image:
    """The image of that scene."""
    tile, day = scene.parent.name.split("_")[1:3]
    start = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    found = gee_scl.collection(start=start, end=ee.Date(start).advance(1, "day").format("YYYY-MM-dd").getInfo())
    return ee.Image(found.filter(ee.Filter.eq("MGRS_TILE", tile)).first())


@pytest.fixture
def centre(scene: Path) -> tuple[float, float]:
    values, transform, crs = classes_of(scene)
    x, y = transform @ (values.shape[1] / 2, values.shape[0] / 2)
    return pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x, y)


@pytest.fixture
def class_map(image: ee.Image) -> dict[str, Any]:
    return gee_scl.visualize(image, "esa").getMapId({"format": "png"})


@pytest.mark.parametrize("zoom", [8, 11, 13, 15])
def test_a_tile_has_the_colour_of_the_class_below_each_pixels_centre(class_map, scene, centre, zoom):
    x, y = tile_of(*centre, zoom)
    content, headers = fetched(ee.data.getTileUrl(class_map, x, y, zoom))
    assert headers["Content-Type"] == "image/png"
    found, (colours, clear) = picture(content), expected(scene, zoom, x, y)
    assert found.shape == (256, 256, 4)
    np.testing.assert_array_equal(found[clear], colours[clear])
    assert (found == colours).all(axis=-1).mean() > 0.995


def test_recorded_pixels_have_the_colours_of_their_classes(shared):
    folder = shared / "data" / "29UNU"
    path = next(folder.glob("assets/*/SCL.tif"))
    values, transform, crs = classes_of(path)
    place = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(
        *(transform @ (values.shape[1] / 2, values.shape[0] / 2))
    )
    with session_over(folder):
        tiles = gee_scl.visualize(gee_scl.collection().first(), "esa").getMapId({"format": "png"})
        # Coarser tiles are of the file's overviews: those are compared with rio-tiler in test_tiles.py.
        for zoom in (12, 13, 14):
            x, y = tile_of(*place, zoom)
            found = picture(tiles["tile_fetcher"].fetch_tile(x, y, zoom))
            colours, clear = expected(path, zoom, x, y)
            np.testing.assert_array_equal(found[clear], colours[clear])
            assert found[..., 3].any()


def test_a_tile_of_512_pixels_shows_the_same_ground_in_finer_pixels(class_map, scene, centre):
    x, y = tile_of(*centre, 12)
    url = ee.data.getTileUrl(class_map, x, y, 12)
    found, (colours, clear) = picture(fetched(f"{url}?size=512")[0]), expected(scene, 12, x, y, 512)
    assert found.shape == (512, 512, 4)
    np.testing.assert_array_equal(found[clear], colours[clear])
    for size in ("1024", "big", "-256"):
        code, text = refused(f"{url}?size={size}")
        assert (code, "Invalid size of a tile" in text) == (400, True)


def test_a_tile_beside_the_image_is_transparent(class_map):
    assert not picture(fetched(ee.data.getTileUrl(class_map, 0, 0, 5))[0]).any()


def test_the_format_is_jpeg_where_all_is_opaque_and_png_elsewhere(image, scene, centre):
    opaque = ee.Image.constant([200, 100, 50]).toUint8().getMapId()
    content, headers = fetched(ee.data.getTileUrl(opaque, 1, 1, 2))
    assert headers["Content-Type"] == "image/jpeg"
    assert abs(picture(content).astype(int) - (200, 100, 50, 255)).max() < 4
    x, y = tile_of(*centre, 8)
    assert fetched(ee.data.getTileUrl(image.getMapId({"bands": "SCL"}), x, y, 8))[1]["Content-Type"] == "image/png"
    black = fetched(ee.data.getTileUrl(image.getMapId({"bands": "SCL", "format": "jpg"}), x, y, 8))
    assert black[1]["Content-Type"] == "image/jpeg"
    outside = expected(scene, 8, x, y)[0][..., 3] == 0
    assert np.median(picture(black[0])[outside][:, :3]) == 0


def test_a_palette_of_the_client_and_one_of_the_request_are_the_same(image, centre):
    zoom, (x, y) = 11, tile_of(*centre, 11)
    vis = {"min": 1, "max": 11, "palette": gee_scl.SCHEMES["scl"].vis_params()["palette"], "format": "png"}
    by_client = image.select("SCL").getMapId(vis)
    by_request = ee.data.getMapId({"image": image, "bands": "SCL", **vis, "min": "1", "max": "11"})
    assert by_client["mapid"] != by_request["mapid"]
    tiles = [fetched(ee.data.getTileUrl(m, x, y, zoom))[0] for m in (by_client, by_request)]
    assert tiles[0] == tiles[1]


def test_a_class_image_of_the_package_has_its_colours_without_parameters(image, scene, centre):
    zoom, (x, y) = 12, tile_of(*centre, 12)
    values, palette = list(COLOURS), [colour.hex() for colour in COLOURS.values()]
    named = image.select("SCL").set({"SCL_class_values": values, "SCL_class_palette": palette})
    found = picture(fetched(ee.data.getTileUrl(named.getMapId({"format": "png"}), x, y, zoom))[0])
    colours, clear = expected(scene, zoom, x, y)
    np.testing.assert_array_equal(found[clear], colours[clear])


def test_collections_and_features_are_shown_as_the_client_asks(sample_session, centre):
    zoom, (x, y) = 10, tile_of(*centre, 10)
    mosaic = gee_scl.collection().limit(3).getMapId({"bands": ["B4", "B3", "B2"], "min": 0, "max": 3000})
    assert picture(fetched(ee.data.getTileUrl(mosaic, x, y, zoom))[0])[..., 3].any()
    region = ee.FeatureCollection([ee.Feature(ee.Geometry.Point(list(centre)).buffer(3000))])
    drawn = picture(fetched(ee.data.getTileUrl(region.getMapId({"color": "ff8800"}), x, y, zoom))[0])
    assert set(map(tuple, drawn[drawn[..., 3] == 255].tolist())) == {(255, 136, 0, 255)}


def test_the_same_request_is_the_same_map(image):
    first, again = (gee_scl.visualize(image).getMapId({"format": "png"})["mapid"] for _ in range(2))
    assert first == again
    assert first.startswith("projects/gee-scl-local/maps/")
    assert gee_scl.visualize(image).getMapId({"format": "jpg"})["mapid"] != first


def test_tiles_asked_for_at_once_are_those_asked_for_in_turn(class_map, centre):
    x, y = tile_of(*centre, 13)
    urls = [ee.data.getTileUrl(class_map, x + dx, y + dy, 13) for dx in range(-3, 3) for dy in range(-2, 2)]
    with ThreadPoolExecutor(12) as pool:
        together = list(pool.map(lambda url: fetched(f"{url}?size=512")[0], urls))
    assert together == [fetched(f"{url}?size=512")[0] for url in urls]


# What is refused


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda image: image.select("SCL").getMapId({"format": "npy"}), "Unsupported file format 'NPY'"),
        (lambda image: image.getMapId({"bands": "B99"}), "No band named 'B99'. Available band names"),
        (lambda image: image.getMapId({"bands": ["B2", "B3", "B4", "B8"]}), "Expected 1, 2 or 3 bands, got 4"),
        (lambda image: image.getMapId({"palette": ["red"]}), "Cannot provide a palette when visualizing more than one"),
        (lambda image: ee.data.getMapId({"image": image, "bands": "B99"}), "No band named 'B99'"),
        (lambda image: ee.data.getMapId({"image": ee.ImageCollection([image])}), "must be an image"),
        (lambda image: ee.data.getMapId({"image": ee.Number(1)}), "Actual type: Integer"),
        (lambda image: ee.Image().select([]).getMapId(), "has no bands"),
        (lambda image: ee.Image("COPERNICUS/S2_SR_HARMONIZED/none").getMapId(), "not found"),
        (lambda image: image.select("B99").getMapId(), "Band pattern 'B99' did not match any bands"),
    ],
)
def test_what_cannot_be_shown_is_refused_when_the_map_is_made(image, make, text):
    with pytest.raises(ee.EEException) as caught:
        make(image)
    assert caught.value.__context__.resp.status == 400
    assert text in str(caught.value)


def test_an_unknown_map_is_not_found(sample_session):
    code, text = refused(f"{sample_session}/v1/projects/gee-scl-local/maps/0123/tiles/1/0/0")
    assert (code, text.startswith("No maps '0123': ids are kept")) == (404, True)


@pytest.mark.parametrize("place", ["2/4/0", "2/0/-1", "25/0/0"])
def test_a_tile_that_does_not_exist_is_refused(class_map, place):
    url = class_map["tile_fetcher"].url_format.partition("{z}")[0] + place
    assert refused(url)[0] == 400


def test_a_map_that_dropped_out_is_not_found_and_can_be_made_again(sample, monkeypatch):
    monkeypatch.setattr(maps, "_KEPT_BYTES", 2 * maps._LEAST_BYTES)
    with session_over(sample):
        first, *_ = made = [ee.Image(number).getMapId() for number in (1, 2, 3)]
        assert refused(ee.data.getTileUrl(first, 0, 0, 0))[0] == 404
        assert fetched(ee.data.getTileUrl(made[2], 0, 0, 0))[0]
        assert ee.Image(1).getMapId()["mapid"] == first["mapid"]
        assert fetched(ee.data.getTileUrl(first, 0, 0, 0))[0]


# Pages and browsers


@pytest.fixture
def tile_url(class_map, centre) -> str:
    return ee.data.getTileUrl(class_map, *tile_of(*centre, 10), 10)


def test_pages_of_this_machine_may_read_a_tiles_pixels(tile_url):
    _, headers = fetched(tile_url, Origin="http://127.0.0.1:8866")
    assert headers["Access-Control-Allow-Origin"] == "http://127.0.0.1:8866"
    assert (headers["Vary"], headers["Cache-Control"]) == ("Origin", "private, max-age=3600")
    _, headers = fetched(tile_url)
    assert (headers["Access-Control-Allow-Origin"], headers["Vary"]) == (None, "Origin")


@pytest.mark.parametrize("origin", ["https://example.com", "null", "http://127.0.0.1.example.com"])
def test_pages_of_other_sites_may_not(tile_url, origin):
    assert refused(tile_url, Origin=origin)[0] == 403


def test_only_pictures_may_be_read_by_pages(sample_session):
    _, headers = fetched(f"{sample_session}/", Origin="http://localhost:1")
    assert headers["Access-Control-Allow-Origin"] is None


def test_a_head_request_says_what_a_tile_is(tile_url):
    content, headers = fetched(tile_url, "HEAD")
    assert (content, headers["Content-Type"]) == (b"", "image/png")
    assert int(headers["Content-Length"]) == len(fetched(tile_url)[0])
