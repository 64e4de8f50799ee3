"""Regions of four kilometres across the antimeridian: maps open on them, pictures, pages and films show them."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ee
import geemap
import geopandas
import numpy as np
import pyproj
import pytest
import rasterio
import shapely
from PIL import Image

import gee_scl
from gee_scl import layers, views
from gee_scl.regions.as_regions import as_regions
from gee_scl.views.drawing.extent import extent_around
from gee_scl.views.drawing.outlines import outlines
from tests.support.across_180 import DAYS, EAST, NORTH, REGIONS, SOUTH, WEST, catalogue, class_file, halves, ring
from tests.support.engines import server_over, session_on
from tests.support.map_tiles import color_at
from tests.support.sample_scene import codes_in_mercator, painted, rgba
from tests.views.test_timelapses import NO_CLASS, frames_of

WORLD = 2 * 20037508.342789244
"""Metres: width of a web map."""

BLACK = (0, 0, 0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return catalogue(tmp_path_factory.mktemp("across"))


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[str]:
    with server_over(folder) as server:
        yield server.url


@pytest.fixture(autouse=True)
def session(engine: str) -> Iterator[str]:
    with session_on(engine) as url:
        yield url


@pytest.fixture(params=REGIONS)
def region(request: pytest.FixtureRequest) -> Any:
    return REGIONS[request.param]()


def first() -> ee.Image:
    return ee.Image(gee_scl.collection().first())


def expected(folder: Path, day: str, shape: tuple[int, ...], size: int, nothing: tuple[int, int, int] = BLACK) -> Any:
    """What the raster has at the pixels of a picture of the region, by rasterio and PROJ."""
    extent = extent_around([(WEST, SOUTH, EAST + 360, NORTH)], size)
    pixel = extent.pixel * extent.width / shape[1]
    found = codes_in_mercator(class_file(folder, day), extent.west, extent.bounds[3], pixel, shape[1], shape[0])
    return painted(found, nothing)


# --- Maps ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["ipyleaflet", "folium"])
def test_a_map_opens_on_the_region_and_outlines_lie_on_it(region: Any, backend: str) -> None:
    m = layers.new_map(region, backend=backend)
    center = m.center if backend == "ipyleaflet" else m.location
    assert center[0] == pytest.approx(-17, abs=0.001)
    assert center[1] % 360 == pytest.approx(180.002, abs=0.001)
    # 0.0361 degrees are 256 * 2**14 * 0.0361 / 360 = 421 pixels at zoom 14, and as high.
    assert (m.zoom if backend == "ipyleaflet" else m.options["zoom"]) in (13, 14)
    layer = layers.add_regions(m, region).layer
    shapes = [feature["geometry"] for feature in layer.data["features"]]
    rings = [np.array(line) for shape in shapes for line in shape["coordinates"]]
    assert max(np.abs(np.diff(line[:, 0])).max() for line in rings) < 0.05
    longitudes = np.concatenate([line[:, 0] for line in rings])
    assert np.ptp(longitudes) == pytest.approx(EAST + 360 - WEST, abs=0.002)
    assert longitudes.min() < center[1] < longitudes.max()


def test_a_region_that_was_cut_has_no_line_at_the_antimeridian() -> None:
    with_hole = shapely.geometry.shape(halves()).difference(
        shapely.union(shapely.box(179.99, -17, 180, -16.99), shapely.box(-180, -17, -179.995, -16.99))
    )
    (whole,) = outlines(as_regions(with_hole))
    shell, hole = (shapely.Polygon(line) for line in sorted(whole.rings, key=lambda line: min(line)))
    assert shell.equals(shapely.box(WEST, SOUTH, EAST + 360, NORTH))
    assert hole.equals(shapely.box(179.99, -17, 180.005, -16.99))


def test_outlines_on_a_map_of_the_other_side_are_where_it_looks() -> None:
    m = layers.new_map((-179.99, SOUTH, EAST, NORTH))
    assert m.center[1] == pytest.approx((EAST - 179.99) / 2)
    added = layers.add_regions(m, ring())
    (line,) = added.layer.data["features"][0]["geometry"]["coordinates"]
    assert sorted({x for x, _ in line}) == pytest.approx([WEST - 360, EAST])


def test_outlines_that_are_near_one_another_both_ways_are_drawn_where_maps_have_them() -> None:
    fields = geopandas.GeoDataFrame(geometry=[shapely.box(-100, 0, -99, 1), shapely.box(79, 0, 80, 1)], crs=4326)
    added = layers.add_regions(geemap.Map(ee_initialize=False), fields)
    found = [feature["geometry"]["coordinates"][0] for feature in added.layer.data["features"]]
    assert [(min(x for x, _ in line), max(x for x, _ in line)) for line in found] == [(-100, -99), (79, 80)]


# --- Pictures -----------------------------------------------------------------------------------------------------


def test_a_thumbnail_shows_both_sides(folder: Path, region: Any) -> None:
    picture = rgba(gee_scl.thumbnail(views.class_view(first()), region, size=300))[..., :3]
    assert max(picture.shape) > 150
    sides = picture[:, : picture.shape[1] // 3], picture[:, -picture.shape[1] // 3 :]
    assert all(len(np.unique(side.reshape(-1, 3), axis=0)) >= 10 for side in sides)


@pytest.mark.parametrize("given", ["halves", "ring", "west > east"])
def test_a_thumbnail_has_the_classes_of_the_raster(folder: Path, given: str) -> None:
    picture = rgba(gee_scl.thumbnail(views.class_view(first()), REGIONS[given](), size=300))[..., :3]
    assert (picture != expected(folder, DAYS[0], picture.shape, 300)).any(axis=2).mean() < 0.002


def test_a_jpeg_is_one_too(tmp_path: Path) -> None:
    view, path = views.true_color_view(first()), tmp_path / "a.jpg"
    gee_scl.thumbnail(view, halves(), path, size=200)
    with Image.open(path) as written:
        assert written.format == "JPEG"
        lossy = np.asarray(written.convert("RGB")).astype(int)
    png = Image.open(io.BytesIO(gee_scl.thumbnail(view, halves(), size=200))).convert("RGBA")
    exact = np.asarray(Image.alpha_composite(Image.new("RGBA", png.size, "black"), png).convert("RGB")).astype(int)
    assert np.abs(lossy - exact).mean() < 4


@pytest.mark.parametrize("given", ["halves", "in UTM"])
def test_a_film_shows_both_sides_of_every_day(folder: Path, tmp_path: Path, given: str) -> None:
    path = gee_scl.timelapse(gee_scl.collection(), REGIONS[given](), tmp_path / "a.gif", size=300, dates=False)
    frames = frames_of(path)
    assert len(frames) == 2
    if given == "halves":
        for day, frame in zip(DAYS, frames, strict=True):
            assert (frame != expected(folder, day, frame.shape, 300, NO_CLASS)).any(axis=2).mean() < 0.002
    for frame in frames:
        assert len(np.unique(frame[:, -frame.shape[1] // 3 :].reshape(-1, 3), axis=0)) >= 10


def test_pictures_side_by_side_are_of_the_same_window() -> None:
    figure = gee_scl.contact_sheet([views.class_view(first()), views.true_color_view(first())], halves(), size=150)
    shown = [ax.images[0].get_array() for ax in figure.axes]
    assert shown[0].shape == shown[1].shape
    assert shown[0].shape[0] == pytest.approx(shown[0].shape[1], rel=0.15)


# --- Pages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["halves", "in UTM", "west > east"])
def test_a_map_page_shows_the_region(folder: Path, tmp_path: Path, given: str) -> None:
    page = gee_scl.write_map(gee_scl.collection(), REGIONS[given](), tmp_path / "map.html", true_color=False)
    written = re.search(r'id="map-data">(.*?)</script>', page.read_text("utf-8"), re.DOTALL)
    assert written is not None
    data = json.loads(written[1])
    extent = data["extent"]
    columns = (WORLD / 2 - extent["west"]) / extent["pixel"]
    assert columns == pytest.approx(round(columns), abs=1e-3)
    assert 0 < columns < extent["width"]
    assert extent["width"] * extent["pixel"] < 10_000
    longitudes = [x for region in data["regions"] for line in region["rings"] for x, _ in line]
    assert np.ptp(longitudes) < 0.05


def test_a_report_says_longitudes_as_people_write_them(tmp_path: Path) -> None:
    text = gee_scl.write_report(gee_scl.collection(), halves(), tmp_path / "page.html").read_text("utf-8")
    assert f"{WEST:.3f}° E to {-EAST:.3f}° W" in text


@pytest.mark.parametrize("longitude", [179.9915, -179.9905])
def test_tiles_on_both_sides_have_the_classes_of_the_raster(folder: Path, longitude: float) -> None:
    m = layers.new_map(halves())
    url = layers.add_classes(m, first(), "scl").layer.url
    with rasterio.open(class_file(folder, DAYS[0])) as source:
        place = pyproj.Transformer.from_crs(4326, source.crs, always_xy=True).transform(longitude, -17.0)
        ((code,),) = source.sample([place])
    expected_color = bytes(painted(np.array([[code]]))[0, 0].tolist()).hex()
    assert color_at(url, longitude, -17.0, 15) == expected_color
