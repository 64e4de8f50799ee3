"""Pixels from files on other grids: nearest neighbours against the rule itself, in plain numpy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from gee_scl.local.raster import blocks
from gee_scl.local.raster.files import RasterSource
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Tile, is_everywhere

CRS = "EPSG:32632"
ORIGIN = Affine(20, 0, 600_000, 0, -20, 5_100_000)
CODES = np.random.default_rng(3).integers(0, 12, (50, 70)).astype(np.uint8)


def source(
    folder: Path, codes: np.ndarray = CODES, nodata: float | None = 0, transform: Affine = ORIGIN
) -> RasterSource:
    path = folder / "codes.tif"
    height, width = codes.shape
    profile = {"driver": "GTiff", "count": 1, "dtype": codes.dtype, "height": height, "width": width}
    with rasterio.open(path, "w", **profile, crs=CRS, transform=transform) as file:
        file.write(codes, 1)
    return RasterSource(str(path), 1, CRS, transform, width, height, nodata)


def expected(grid: Grid, transform: Affine = ORIGIN, codes: np.ndarray = CODES) -> np.ndarray:
    """For each pixel's centre the stored pixel that it falls into, 0 beside the file."""
    found = np.zeros(grid.shape, codes.dtype)
    for row, column in np.ndindex(*grid.shape):
        x, y = grid.window_transform @ (column + 0.5, row + 0.5)
        across, down = np.floor(~transform @ (x, y)).astype(int)
        if 0 <= across < codes.shape[1] and 0 <= down < codes.shape[0]:
            found[row, column] = codes[down, across]
    return found


FINER = ORIGIN @ Affine.scale(0.5)
SHIFTED = Affine.translation(7, -3) @ ORIGIN @ Affine.scale(0.3, 0.7)
GRIDS = {
    "finer": Grid(CRS, FINER, 0, 0, 140, 100),
    "finer, a part": Grid(CRS, FINER, 33, 21, 40, 30),
    "finer, beyond the file": Grid(CRS, FINER, -9, -5, 170, 120),
    "finer, beside the file": Grid(CRS, FINER, 150, 0, 20, 20),
    "finer, across a corner": Grid(CRS, FINER, 130, 90, 31, 29),
    "coarser": Grid(CRS, ORIGIN @ Affine.scale(3), -2, -2, 30, 25),
    "shifted": Grid(CRS, SHIFTED, -20, -20, 260, 100),
    "upside down": Grid(CRS, Affine(15, 0, 600_000, 0, 15, 5_099_000), -3, -3, 100, 80),
    "turned": Grid(CRS, ORIGIN @ Affine.rotation(30) @ Affine.scale(0.8), -10, -10, 90, 70),
}


@pytest.mark.parametrize("name", GRIDS)
def test_each_pixel_takes_the_stored_pixel_that_its_centre_falls_into(name: str, tmp_path: Path) -> None:
    grid = GRIDS[name]
    found = Tile(lambda: None).read(source(tmp_path), grid)
    wanted = expected(grid)
    np.testing.assert_array_equal(found.valid, wanted != 0)
    np.testing.assert_array_equal(np.where(found.valid, found.values, 0), wanted)


def test_pixels_far_apart_are_the_same_taken_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "_TOGETHER", 10)
    grid = GRIDS["finer, beyond the file"]
    found = Tile(lambda: None).read(source(tmp_path), grid)
    np.testing.assert_array_equal(np.where(found.valid, found.values, 0), expected(grid))


@pytest.mark.parametrize("nodata", [None, 300.0, -1.0, 2.5, 5.0])
def test_no_data_is_compared_as_a_number(nodata: float | None, tmp_path: Path) -> None:
    found = Tile(lambda: None).read(source(tmp_path, nodata=nodata), Grid(CRS, ORIGIN, 0, 0, 70, 50))
    np.testing.assert_array_equal(found.values, CODES)
    np.testing.assert_array_equal(found.valid, CODES != 5 if nodata == 5 else np.ones(CODES.shape, np.bool_))
    assert is_everywhere(found.mask) == (nodata != 5)
