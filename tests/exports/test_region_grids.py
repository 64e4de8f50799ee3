"""One region, one grid: the files of a region have one size and origin, whatever the day's tiles cover of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import ee
import geopandas as gpd
import numpy as np
import pyproj
import pytest
import rasterio
import shapely
from affine import Affine

import gee_scl
from gee_scl.exports import Asset, Drive, download_image, export_collection, export_image, preview_exports
from gee_scl.exports.grids import Lattice, joined
from tests.support.exported import Bench, bench, written
from tests.support.local.catalogues import GRID, Scene, make_catalogue

SIDE, SHIFT = 100, 80
"""Pixels of a tile, and by how many the eastern one lies farther east: 20 are in common."""

_GENERATOR = np.random.default_rng(4)

WEST, EAST = (_GENERATOR.integers(1, 12, (SIDE, SIDE)).astype(np.uint8) for _ in range(2))

DAYS = {"2023-05-01": ("32TPS", "32TQS"), "2023-05-06": ("32TPS",), "2023-05-11": ("32TQS",)}

LEFT, TOP, RIGHT, BOTTOM = 40, -5, 140, 60
"""The region in pixels of the western tile: it begins above both tiles."""

REGION = gpd.GeoDataFrame(
    geometry=[shapely.box(GRID.c + 20 * LEFT, GRID.f - 20 * BOTTOM, GRID.c + 20 * RIGHT, GRID.f - 20 * TOP)], crs=32632
)

SHAPE, CORNER = (BOTTOM - TOP, RIGHT - LEFT), GRID @ Affine.translation(LEFT, TOP)


def put_together(tiles: tuple[str, ...], nodata: int = 0) -> np.ndarray:
    """What a day's tiles have in the region, by hand: the eastern one on top."""
    plane = np.full((200, 300), nodata, np.uint8)
    if "32TPS" in tiles:
        plane[100:, :SIDE] = WEST
    if "32TQS" in tiles:
        plane[100:, SHIFT : SHIFT + SIDE] = EAST
    return plane[100 + TOP : 100 + BOTTOM, LEFT:RIGHT]


def scenes() -> list[Scene]:
    east = GRID @ Affine.translation(SHIFT, 0)
    return [
        Scene(WEST, tile, f"{day}T10:00:00Z") if tile == "32TPS" else Scene(EAST, tile, f"{day}T10:00:20Z", east)
        for day, tiles in DAYS.items()
        for tile in tiles
    ]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("stack")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEE_SCL_CACHE", str(folder / "cache"))
        with bench(make_catalogue(folder / "data", scenes()), folder / "exports") as made:
            yield made


def stacked(paths: list[Path]) -> tuple[np.ndarray, set[tuple[object, ...]]]:
    """The pixels of files as one array, and the grids that they have."""
    files = [rasterio.open(path) for path in paths]
    try:
        return np.stack([file.read(1) for file in files]), {(str(file.crs), file.transform[:6]) for file in files}
    finally:
        for file in files:
            file.close()


def test_the_days_of_a_region_stack_whatever_their_tiles_cover(opened: Bench) -> None:
    images = gee_scl.collection()
    tasks = export_collection(images, "{date}", by="date", region=REGION, to=Drive("days"))
    stack, grids = stacked([written(task.wait().destinations) for task in tasks])
    assert grids == {("EPSG:32632", CORNER[:6])}
    np.testing.assert_array_equal(stack, [put_together(tiles) for tiles in DAYS.values()])
    sizes = preview_exports(images, by="date", region=REGION)[["height", "width"]].drop_duplicates()
    assert sizes.to_numpy().tolist() == [list(SHAPE)]


def test_the_images_of_a_region_stack_too(opened: Bench) -> None:
    tasks = export_collection(gee_scl.collection(), region=REGION, to=Drive("images"))
    stack, grids = stacked([written(task.wait().destinations) for task in tasks])
    assert grids == {("EPSG:32632", CORNER[:6])}
    np.testing.assert_array_equal(stack, [put_together((tile,)) for tiles in DAYS.values() for tile in tiles])


@pytest.mark.parametrize("scale", [20, 60])
def test_downloads_of_a_region_stack_at_any_scale(opened: Bench, tmp_path: Path, scale: int) -> None:
    images = gee_scl.collection().sort("system:time_start")
    paths = [tmp_path / f"{number}.tif" for number in range(4)]
    for number, path in enumerate(paths):
        image = ee.Image(images.toList(1, number).get(0))
        made = download_image(image, path, region=REGION, scale=scale, crs="EPSG:32632")
        assert (made.width, made.height) == rasterio.open(path).shape[::-1]
    stack, grids = stacked(paths)
    step = scale // 20
    # Earth Engine's grid of a CRS and a scale begins at the plane's origin.
    left, top = (int(number // scale) for number in (CORNER.c, CORNER.f + scale - 1))
    assert grids == {("EPSG:32632", (scale, 0, scale * left, 0, -scale, scale * top))}
    if step == 1:
        tiles = [tile for tiles in DAYS.values() for tile in tiles]
        np.testing.assert_array_equal(stack, [put_together((tile,)) for tile in tiles])


def test_pixels_beyond_an_image_have_the_no_data_value_that_is_asked_for(opened: Bench) -> None:
    image = ee.Image(gee_scl.collection().filter(ee.Filter.eq("MGRS_TILE", "32TQS")).first())
    water = gee_scl.class_mask(image, "water")
    path = written(export_image(water, "water", region=REGION, to=Drive("water"), scheme=None).wait().destinations)
    there = put_together(("32TQS",))
    with rasterio.open(path) as file:
        assert (file.nodata, file.transform[:6]) == (255, CORNER[:6])
        np.testing.assert_array_equal(file.read(1), np.where(there == 0, 255, there == 6))


def test_an_asset_of_a_region_has_its_grid_and_is_masked_where_no_image_is(opened: Bench) -> None:
    image = ee.Image(gee_scl.collection().filter(ee.Filter.eq("MGRS_TILE", "32TQS")).first())
    export_image(image, "east", region=REGION, to=Asset()).wait()
    asset = ee.Image("projects/gee-scl-local/assets/east")
    described = asset.getInfo()["bands"][0]
    assert (described["dimensions"], described["crs_transform"]) == ([*SHAPE[::-1]], [*CORNER[:6]])
    counted = gee_scl.class_statistics(asset, REGION)
    assert counted["pixels"].sum() == (put_together(("32TQS",)) > 0).sum()


def test_the_plain_client_ends_where_the_image_does(opened: Bench) -> None:
    """As the documentation of image.export has it: without a grid "the full computed image is returned"."""
    image = ee.Image(gee_scl.collection().filter(ee.Filter.eq("MGRS_TILE", "32TQS")).first()).select("SCL").toUint8()
    box = ee.Geometry.Rectangle([*REGION.total_bounds], "EPSG:32632", False)
    options = {"region": box, "crs": "EPSG:32632", "crsTransform": list(GRID[:6])}
    task = ee.batch.Export.image.toDrive(image, "plain", "plain", "plain", **options)
    task.start()
    while task.active():
        time.sleep(0.05)
    (path,) = (opened.drive / "plain").glob("*.tif")
    with rasterio.open(path) as file:
        assert file.width < RIGHT - LEFT
        assert file.height < BOTTOM - TOP


ZONE_32, ZONE_33 = "EPSG:32632", "EPSG:32633"


@pytest.fixture(scope="module")
def two_zones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Tiles of two zones on both sides of 12 degrees: on the first day the western one is first, then the eastern."""
    folder = tmp_path_factory.mktemp("zones")
    scenes = []
    for day, order in (("2023-05-01", (0, 1)), ("2023-05-06", (1, 0)), ("2023-05-11", (0,)), ("2023-05-16", (1,))):
        for second, which in enumerate(order):
            tile, crs, codes, place = (("32TQS", ZONE_32, WEST, 11.985), ("33TTM", ZONE_33, EAST, 11.99))[which]
            x, y = pyproj.Transformer.from_crs(4326, crs, always_xy=True).transform(place, 46.0)
            grid = Affine(20, 0, round(x / 20) * 20, 0, -20, round(y / 20) * 20)
            scenes.append(Scene(codes, tile, f"{day}T10:00:0{second}Z", grid, crs))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEE_SCL_CACHE", str(folder / "cache"))
        with bench(make_catalogue(folder / "data", scenes), folder / "exports") as made:
            yield made


@pytest.mark.parametrize(("west", "zone"), [(11.988, ZONE_32), (12.001, ZONE_33)])
def test_the_days_of_a_region_in_two_zones_have_the_grid_of_the_nearer_one(
    two_zones: Bench, west: float, zone: str
) -> None:
    box = (west, 45.985, west + 0.008, 45.995)
    tasks = export_collection(
        gee_scl.collection(), f"{{date}}_{zone[-2:]}", by="date", region=box, to=Drive(f"zone_{zone[-2:]}")
    )
    assert len(tasks) == 4
    stack, grids = stacked([written(task.wait().destinations) for task in tasks])
    there = pyproj.Transformer.from_crs(4326, zone, always_xy=True)
    left, bottom, right, top = there.transform_bounds(*box, densify_pts=201)
    corner = 20 * (left // 20), 20 * -(-top // 20)
    assert grids == {(zone, (20, 0, corner[0], 0, -20, corner[1]))}
    assert stack.shape[1:] == (corner[1] // 20 - bottom // 20, -(-right // 20) - corner[0] // 20)
    # The only tile of a day is in its own pixels where its zone is the region's.
    own, codes = (2, WEST) if zone == ZONE_32 else (3, EAST)
    (source,) = (two_zones.server.engine.catalogue.folder).glob(f"*{('32TQS', '33TTM')[own - 2]}_202305{5 * own + 1}*")
    with rasterio.open(source / "scl.tif") as file:
        row, column = round((file.transform.f - corner[1]) / 20), round((corner[0] - file.transform.c) / 20)
    framed = np.pad(codes, 400)[400 + row :, 400 + column :][: stack.shape[1], : stack.shape[2]]
    assert framed.any()
    np.testing.assert_array_equal(stack[own], framed)


def test_images_of_two_zones_keep_their_grids_and_are_said_not_to_stack(two_zones: Bench) -> None:
    box = (11.994, 45.985, 12.004, 45.995)
    with pytest.warns(UserWarning, match=r"2 CRSs, .*EPSG:32632, EPSG:32633. Give crs='EPSG:32632', or by='date'"):
        frame = preview_exports(gee_scl.collection(), region=box)
    assert set(frame["crs"]) == {ZONE_32, ZONE_33}
    named = preview_exports(gee_scl.collection(), region=box, crs=ZONE_32)
    assert len(named[["crs", "width", "height"]].drop_duplicates()) == 1


def test_lattices_of_the_same_pixels_are_one_and_others_stay() -> None:
    step = 1 / 12_000
    near, far, half = (
        Lattice("EPSG:4326", (step, 0, 9 + offset, 0, -step, 48.0)) for offset in (0, 3 + 1e-12, step / 2)
    )
    coarse = Lattice("EPSG:4326", (2 * step, 0, 9.0, 0, -2 * step, 48.0))
    assert joined([near, far, half, coarse, far]) == [near, near, half, coarse, near]
    box = (12.0, 46.0, 12.5, 46.5)
    assert joined([near, far])[1].around(box) == near.around(box)
