"""Files of one region have one size and origin, whatever the tiles of their day cover: they can be put into a stack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import ee
import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import pytest
import rasterio
import shapely
from affine import Affine
from rasterio.vrt import WarpedVRT

import gee_scl
from gee_scl.exports import Drive, Task, download_image, export_collection, preview_exports
from tests.support.exported import Bench, bench, written
from tests.support.local.catalogues import Scene, make_catalogue

ZONE_32, ZONE_33 = "EPSG:32632", "EPSG:32633"
X, Y, SIDE = 600_000, 5_200_020, 100
"""The upper left corner of the western tile, and the pixels of a tile's sides."""

WEST, EAST = 0, 80
"""Columns at which the tiles begin."""

DAYS = {"2020-06-01": (WEST, EAST), "2020-06-06": (WEST,), "2020-06-11": (EAST,)}
"""Which tiles are seen."""

LEFT, TOP, COLUMNS, ROWS = 40, 20, 100, 60
"""The region, in pixels."""

REGION = gpd.GeoDataFrame(
    geometry=[shapely.box(X + 20 * LEFT, Y - 20 * (TOP + ROWS), X + 20 * (LEFT + COLUMNS), Y - 20 * TOP)], crs=ZONE_32
)

CLASSES = {(day, tile): np.random.default_rng(tile + int(day[-2:])).integers(1, 12, (SIDE, SIDE), np.uint8)
           for day, tiles in DAYS.items() for tile in tiles}  # fmt: skip


def expected(day: str) -> npt.NDArray[np.uint8]:
    """The region's pixels by hand: the eastern tile, which is seen later, lies on top."""
    whole = np.zeros((SIDE, SIDE + EAST), np.uint8)
    for tile in DAYS[day]:
        whole[:, tile : tile + SIDE] = CLASSES[day, tile]
    padded = np.pad(whole, ((0, 0), (0, 100)))
    return padded[TOP : TOP + ROWS, LEFT : LEFT + COLUMNS]


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Bench]:
    scenes = [
        Scene(
            classes,
            tile={WEST: "32TPS", EAST: "32TQS"}[tile],
            time=f"{day}T10:10:{31 + (tile == EAST)}Z",
            transform=Affine(20, 0, X + 20 * tile, 0, -20, Y),
        )
        for (day, tile), classes in CLASSES.items()
    ]
    with bench(make_catalogue(tmp_path / "scenes", scenes), tmp_path / "exports") as opened:
        yield opened


def read(paths: Iterable[Path]) -> tuple[npt.NDArray[np.uint8], list[Affine], set[str]]:
    """The stack of files, which fails where their sizes differ; where they begin, and their systems."""
    arrays, transforms, systems = [], [], set()
    for path in paths:
        with rasterio.open(path) as file:
            arrays.append(file.read(1))
            transforms.append(file.transform)
            systems.add(file.crs.to_string())
    return np.stack(arrays), transforms, systems


def files(tasks: Sequence[Task]) -> list[Path]:
    return [written(task.wait().destinations) for task in tasks]


def test_days_of_a_region_are_a_stack_of_its_pixels(session: Bench, tmp_path: Path) -> None:
    images = gee_scl.collection()
    tasks = export_collection(images, "{date}", to=Drive("x"), region=REGION, by="date")
    days = gee_scl.daily_mosaics(images)
    downloads = [tmp_path / f"{day}.tif" for day in DAYS]
    for day, path in zip(DAYS, downloads, strict=True):
        image = ee.Image(days.filter(ee.Filter.eq("gee_scl:date", day)).first())
        made = download_image(image, path, region=REGION)
        assert (made.width, made.height) == (COLUMNS, ROWS)
    for paths in (files(tasks), downloads):
        stack, transforms, _ = read(paths)
        np.testing.assert_array_equal(stack, [expected(day) for day in DAYS])
        assert set(transforms) == {Affine(20, 0, X + 20 * LEFT, 0, -20, Y - 20 * TOP)}
    preview = preview_exports(images, "{date}", region=REGION, by="date")
    assert preview[["width", "height"]].to_numpy().tolist() == [[COLUMNS, ROWS]] * 3


def test_tiles_of_a_region_are_a_stack_too_and_what_it_does_not_meet_is_left_out(session: Bench) -> None:
    images = gee_scl.collection()
    stack, transforms, _ = read(files(export_collection(images, "{image}", to=Drive("x"), region=REGION)))
    assert stack.shape == (4, ROWS, COLUMNS)
    assert set(transforms) == {Affine(20, 0, X + 20 * LEFT, 0, -20, Y - 20 * TOP)}
    np.testing.assert_array_equal(stack[2], expected("2020-06-06"))
    np.testing.assert_array_equal(stack[3], expected("2020-06-11"))
    in_the_west = gpd.GeoDataFrame(geometry=[shapely.box(X - 200, Y - 400, X + 200, Y - 200)], crs=ZONE_32)
    with pytest.warns(UserWarning, match="2 images do not meet the region"):
        (first, second) = export_collection(images, "{image}", to=Drive("w"), region=in_the_west)
    stack, transforms, _ = read(files([first, second]))
    np.testing.assert_array_equal(stack[1], np.pad(CLASSES["2020-06-06", WEST][10:20, :10], ((0, 0), (10, 0))))
    assert set(transforms) == {Affine(20, 0, X - 200, 0, -20, Y - 200)}


def test_fractions_have_their_own_no_data_where_a_day_ends(session: Bench, tmp_path: Path) -> None:
    half = gee_scl.collection(start="2020-06-11").select("SCL").first().divide(2).toFloat()
    download_image(half, tmp_path / "half.tif", scheme=None, region=REGION)
    with rasterio.open(tmp_path / "half.tif") as file:
        classes = expected("2020-06-11")
        np.testing.assert_array_equal(file.read(1), np.where(classes == 0, -9999, classes / 2).astype(np.float32))
        assert file.nodata == -9999


@pytest.mark.parametrize("scale", [60, 100, 140])
def test_a_coarser_grid_of_a_region_is_one_whichever_tile_is_first(session: Bench, tmp_path: Path, scale: int) -> None:
    days = gee_scl.collection(start="2020-06-06")
    paths = files(export_collection(days, "{date}", to=Drive("x"), region=REGION, by="date", scale=scale))
    for day in ("2020-06-06", "2020-06-11"):
        path = tmp_path / f"{day}.tif"
        download_image(gee_scl.collection(start=day).first(), path, region=REGION, scale=scale)
        paths.append(path)
    stack, transforms, _ = read(paths)
    west, south, east, north = REGION.total_bounds
    left, right = west // scale, -(-east // scale)
    top, bottom = -(-north // scale), south // scale
    assert stack.shape == (4, top - bottom, right - left)
    assert set(transforms) == {Affine(scale, 0, left * scale, 0, -scale, top * scale)}


@pytest.mark.parametrize("known", ["here", "by Earth Engine"])
def test_a_region_in_two_zones_is_in_the_nearer_one_on_all_days(tmp_path: Path, known: str) -> None:
    def at(crs: str, longitude: float) -> tuple[float, float]:
        x, y = pyproj.Transformer.from_crs(4326, crs, always_xy=True).transform(longitude, 46.05)
        return round(x / 20) * 20, round(y / 20) * 20

    random = np.random.default_rng(3)
    corners = {ZONE_32: at(ZONE_32, 11.95), ZONE_33: at(ZONE_33, 11.96)}
    scenes = [
        Scene(
            random.integers(1, 12, (400, 300), np.uint8),
            tile={ZONE_32: "32TQS", ZONE_33: "33TTM"}[crs],
            time=f"2020-06-{day:02}T10:10:{second}Z",
            crs=crs,
            transform=Affine(20, 0, corners[crs][0], 0, -20, corners[crs][1]),
        )
        for day, crs, second in ((1, ZONE_33, 31), (2, ZONE_32, 31), (3, ZONE_33, 31), (3, ZONE_32, 32))
    ]
    box = (11.975, 46.0, 11.99, 46.01)
    with bench(make_catalogue(tmp_path / "scenes", scenes), tmp_path / "exports"):
        region = box if known == "here" else ee.FeatureCollection([ee.Geometry.Rectangle(box, None, False)])
        stack, transforms, systems = read(
            files(export_collection(gee_scl.collection(), "{date}", to=Drive("x"), region=region, by="date"))
        )
    assert systems == {ZONE_32}
    assert len(set(transforms)) == 1
    here = transforms[0]
    x, y = corners[ZONE_32]
    column, row = round((here.c - x) / 20), round((y - here.f) / 20)
    rows, columns = stack.shape[1:]
    for array, scene in ((stack[1], scenes[1]), (stack[2], scenes[3])):
        np.testing.assert_array_equal(array, scene.scl[row : row + rows, column : column + columns])
    (source,) = (tmp_path / "scenes" / scenes[0].name).glob("*.tif")
    frame = {"crs": ZONE_32, "transform": here, "width": columns, "height": rows}
    with rasterio.open(source) as file, WarpedVRT(file, **frame, src_nodata=0, nodata=0, tolerance=1e-7) as there:
        np.testing.assert_array_equal(stack[0], there.read(1))


def test_days_of_no_images_are_refused_with_why(session: Bench) -> None:
    with pytest.raises(gee_scl.CollectionError, match="at least one image"):
        export_collection(gee_scl.collection(start="2030-01-01"), region=REGION, by="date")
