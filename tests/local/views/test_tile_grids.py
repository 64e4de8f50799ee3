"""Tiles of maps: their places against morecantile, their pixels against rio-tiler on the same file."""

from __future__ import annotations

import io
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import morecantile
import numpy as np
import PIL.Image
import pyproj
import pytest
import rasterio
from affine import Affine
from morecantile import Tile as Place
from rio_tiler.io import Reader

import gee_scl
from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.blocks import Level, blocks
from gee_scl.local.raster.files import RasterSource
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Tile
from gee_scl.local.views.tile_grids import tile_grid
from tests.support.engines import session_over

WEB = morecantile.tms.get("WebMercatorQuad")
EXACT = {"tolerance": 1e-7}
"""Has GDAL project every pixel; by default its positions are off by up to 0.125 of a pixel."""

exact_gdal = pytest.mark.skipif(
    tuple(map(int, rasterio.__gdal_version__.split(".")[:2])) < (3, 10),
    reason="with GDAL before 3.10 rio-tiler has other pixels",
)
"""For comparisons with rio-tiler, whose pixels GDAL places; this engine's are the same with any."""

ORIGIN = Affine(20, 0, 499_980, 0, -20, 5_900_040)


def picture(source: RasterSource, grid: Grid) -> np.ndarray:
    """What is seen on a grid; 0 where nothing is."""
    pixels = Tile(lambda: None, picture=True).read(source, grid)
    return np.where(pixels.mask, pixels.values, 0)


def counted(source: RasterSource, grid: Grid) -> np.ndarray:
    """What numbers are made of on a grid; 0 where nothing is."""
    pixels = Tile(lambda: None).read(source, grid)
    return np.where(pixels.mask, pixels.values, 0)


def raster(path: Path, pixels: np.ndarray, factors: tuple[int, ...] = ()) -> RasterSource:
    """A file of UTM zone 29, with overviews of the nearest pixels."""
    profile = {"driver": "GTiff", "count": 1, "dtype": pixels.dtype, "compress": "deflate", "tiled": True}
    size = {"height": pixels.shape[0], "width": pixels.shape[1]}
    with rasterio.open(path, "w", **profile, **size, crs="EPSG:32629", transform=ORIGIN, nodata=255) as file:
        file.write(pixels, 1)
        file.build_overviews(factors, rasterio.enums.Resampling.nearest)
    return RasterSource(str(path), 1, "EPSG:32629", ORIGIN, size["width"], size["height"], 255)


# Places


@pytest.mark.parametrize("place", [(0, 0, 0), (1, 1, 0), (9, 245, 168), (14, 7800, 5350), (24, 2**24 - 1, 2**24 - 1)])
@pytest.mark.parametrize("size", [256, 512])
def test_a_tile_lies_where_morecantile_puts_it(place: tuple[int, int, int], size: int) -> None:
    zoom, x, y = place
    grid = tile_grid(zoom, x, y, size)
    assert (grid.crs, grid.shape) == ("EPSG:3857", (size, size))
    bounds = WEB.xy_bounds(x, y, zoom)
    corners = grid.window_transform @ (0, size), grid.window_transform @ (size, 0)
    np.testing.assert_allclose(np.ravel(corners), bounds, rtol=0, atol=1e-6)


@pytest.mark.parametrize("place", [(-1, 0, 0), (25, 0, 0), (3, 8, 0), (3, 0, 8), (3, -1, 0), (3, 0, -1)])
def test_a_tile_that_does_not_exist_is_refused(place: tuple[int, int, int]) -> None:
    with pytest.raises(EvaluationError, match="zoom"):
        tile_grid(*place)


def test_a_tile_without_pixels_is_refused() -> None:
    with pytest.raises(EvaluationError, match="size"):
        tile_grid(3, 0, 0, 0)


# Overviews

LETTERS = np.tile(np.arange(16, dtype=np.uint8).reshape(4, 4), (300, 300))
"""Each pixel says where it is among 4 x 4: half of the resolution keeps every other, a quarter the first only."""


@pytest.mark.parametrize(
    ("step", "seen"), [(0.7, range(16)), (1.9, range(16)), (2, [0, 2, 8, 10]), (3.9, [0, 2, 8, 10]), (4, [0]), (9, [0])]
)
def test_a_picture_takes_the_coarsest_overview_that_is_as_fine(tmp_path: Path, step: float, seen: list[int]) -> None:
    source = raster(tmp_path / "a.tif", LETTERS, (2, 4))
    # A shift, so that the grid is not the file's own.
    grid = Grid("EPSG:32629", ORIGIN @ Affine.translation(0.3, 0.2) @ Affine.scale(step), 0, 0, 120, 120)
    assert set(np.unique(picture(source, grid))) == set(seen)


@pytest.mark.parametrize("step", [0.7, 2, 3.9, 9])
def test_numbers_are_made_of_the_stored_pixels_at_any_scale(tmp_path: Path, step: float) -> None:
    source = raster(tmp_path / "a.tif", LETTERS, (2, 4))
    grid = Grid("EPSG:32629", ORIGIN @ Affine.translation(0.3, 0.2) @ Affine.scale(step), 0, 0, 120, 120)
    places = np.floor(0.3 + (np.arange(120) + 0.5) * step).astype(int)
    rows = np.floor(0.2 + (np.arange(120) + 0.5) * step).astype(int)
    np.testing.assert_array_equal(counted(source, grid), LETTERS[np.ix_(rows, places)])


def test_without_overviews_a_coarse_picture_takes_the_stored_pixels(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 12, (5000, 5000), np.uint8)
    source = raster(tmp_path / "a.tif", pixels)
    (place,) = WEB.tiles(-8.9, 52.6, -8.9, 52.6, [7])
    grid = tile_grid(7, place.x, place.y)
    x, y = grid.transform @ np.meshgrid(grid.column + np.arange(256) + 0.5, grid.row + np.arange(256) + 0.5)
    columns, rows = ~ORIGIN @ pyproj.Transformer.from_crs(3857, 32629, always_xy=True).transform(x, y)
    columns, rows = np.floor(columns).astype(int), np.floor(rows).astype(int)
    inside = (columns >= 0) & (columns < 5000) & (rows >= 0) & (rows < 5000)
    assert inside.sum() > 5000
    expected = np.where(inside, pixels[np.clip(rows, 0, 4999), np.clip(columns, 0, 4999)], 0)
    np.testing.assert_array_equal(picture(source, grid), expected)


def test_a_picture_across_the_antimeridian_has_both_sides(tmp_path: Path) -> None:
    transform = Affine(200, 0, 310_000, 0, -200, 7_200_000)
    pixels = np.random.default_rng(0).integers(1, 12, (500, 500), np.uint8)
    path = tmp_path / "a.tif"
    profile = {"driver": "GTiff", "count": 1, "dtype": "uint8", "crs": "EPSG:32601", "transform": transform}
    with rasterio.open(path, "w", height=500, width=500, **profile) as file:
        file.write(pixels, 1)
    source = RasterSource(str(path), 1, "EPSG:32601", transform, 500, 500, None)
    to_source = pyproj.Transformer.from_crs(3857, 32601, always_xy=True)
    for longitude in (-179.9, 179.9):
        place = WEB.tile(longitude, 64.5, 8)
        grid = tile_grid(8, place.x, place.y)
        centres = np.meshgrid(grid.column + np.arange(256) + 0.5, grid.row + np.arange(256) + 0.5)
        columns, rows = (np.floor(c).astype(int) for c in ~transform @ to_source.transform(*(grid.transform @ centres)))
        inside = (columns >= 0) & (columns < 500) & (rows >= 0) & (rows < 500)
        assert inside.any()
        expected = np.where(inside, pixels[np.clip(rows, 0, 499), np.clip(columns, 0, 499)], 0)
        np.testing.assert_array_equal(picture(source, grid), expected)


def test_a_file_of_another_size_than_its_metadata_say_is_refused(tmp_path: Path) -> None:
    source = raster(tmp_path / "a.tif", LETTERS)
    wrong = RasterSource(source.path, 1, source.crs, source.transform, 900, 1200, 255)
    with pytest.raises(EvaluationError, match="900 x 1200 pixels, its file has 1200 x 1200"):
        counted(wrong, Grid("EPSG:32629", ORIGIN, 0, 0, 10, 10))


# Recorded pixels


@pytest.fixture(scope="module")
def recorded(shared: Path) -> Path:
    """The SCL band of 29UNU, with overviews at 40, 80, 160 and 320 m."""
    return next((shared / "data" / "29UNU").glob("assets/*/SCL.tif"))


def source_of(path: Path) -> RasterSource:
    """The file as a source."""
    with rasterio.open(path) as file:
        return RasterSource(str(path), 1, "EPSG:32629", file.transform, file.width, file.height, 0)


def places_on(path: Path, zoom: int, side: int = 3) -> list[Place]:
    """Tiles all over a file: those that hold the points of a square lattice from corner to corner."""
    with rasterio.open(path) as file:
        left, bottom, right, top = file.bounds
        to_degrees = pyproj.Transformer.from_crs(file.crs, 4326, always_xy=True)
    lattice = np.meshgrid(np.linspace(left + 1, right - 1, side), np.linspace(bottom + 1, top - 1, side))
    degrees = zip(*(np.ravel(c) for c in to_degrees.transform(*lattice)), strict=True)
    return sorted({WEB.tile(longitude, latitude, zoom) for longitude, latitude in degrees})


def by_rio_tiler(path: Path, place: Place, options: dict[str, float] | None) -> np.ndarray:
    """The same tile as rio-tiler reads it with nearest neighbours; 0 where nothing is."""
    with Reader(str(path)) as reader:
        nearest = {"resampling_method": "nearest", "reproject_method": "nearest"}
        image = reader.tile(place.x, place.y, place.z, tilesize=256, vrt_options=options, **nearest)
    return image.array[0].filled(0)


@exact_gdal
@pytest.mark.real
@pytest.mark.parametrize("zoom", [5, 7, 8, 9, 10, 11, 12, 13, 14, 16])
def test_tiles_have_exactly_the_pixels_of_rio_tiler_where_gdal_projects_each(recorded: Path, zoom: int) -> None:
    source = source_of(recorded)
    for place in places_on(recorded, zoom):
        expected = by_rio_tiler(recorded, place, EXACT)
        np.testing.assert_array_equal(picture(source, tile_grid(zoom, place.x, place.y)), expected)


@exact_gdal
@pytest.mark.real
@pytest.mark.parametrize("zoom", [8, 9, 10, 11, 12, 13, 14, 16])
def test_few_pixels_differ_from_rio_tilers_where_gdal_takes_its_shortcut(recorded: Path, zoom: int) -> None:
    source = source_of(recorded)
    differing = [
        (picture(source, tile_grid(zoom, place.x, place.y)) != by_rio_tiler(recorded, place, None)).mean()
        for place in places_on(recorded, zoom)
    ]
    assert np.mean(differing) < 0.004


@pytest.mark.real
def test_tiles_made_at_once_decode_each_block_once(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = source_of(recorded)
    decoded: Counter[tuple[int | None, int, int]] = Counter()
    decode = Level._decoded

    def counting(level: Level, band: int, column: int, row: int) -> np.ndarray:
        decoded[level.overview, column, row] += 1
        return decode(level, band, column, row)

    monkeypatch.setattr(Level, "_decoded", counting)
    blocks.clear()
    grids = [tile_grid(zoom, place.x, place.y) for zoom in (10, 11, 12) for place in places_on(recorded, zoom, 8)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda grid: picture(source, grid), grids))
    # Of each resolution all blocks: 6 x 6 of 40 m, 3 x 3 of 80 m, and of 20 m those that the tiles touch.
    by_level = Counter(level for level, _, _ in decoded)
    assert (by_level[0], by_level[1]) == (36, 9)
    assert 60 < by_level[None] <= 121
    assert set(decoded.values()) == {1}


@exact_gdal
@pytest.mark.real
@pytest.mark.parametrize("zoom", [10, 11, 12, 14])
def test_tiles_over_http_have_the_colours_of_rio_tiler(recorded: Path, zoom: int) -> None:
    colours = {
        code: (*bytes.fromhex(member.color), 255) for member in gee_scl.SCHEMES["scl"].classes for code in member.codes
    }
    table = np.zeros((256, 4), np.uint8)
    table[list(colours)] = list(colours.values())
    with session_over(recorded.parents[2]):
        image = gee_scl.visualize(gee_scl.collection().first())
        # Without a format the client asks for JPEG where all is opaque, and JPEG smears classes.
        address = image.getMapId({"format": "png"})["tile_fetcher"].url_format
        for place in places_on(recorded, zoom):
            with urllib.request.urlopen(address.format(x=place.x, y=place.y, z=place.z)) as answer:  # noqa: S310 - loopback
                shown = np.asarray(PIL.Image.open(io.BytesIO(answer.read())).convert("RGBA"))
            np.testing.assert_array_equal(shown, table[by_rio_tiler(recorded, place, EXACT)])
