"""Tiled exports are joined by a VRT that shows what the whole shows."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest

from gee_scl.errors import ArgumentError
from gee_scl.exports.raster_files.color_tables import add_color_table
from tests.support.class_rasters import (
    EAST,
    LAND_NAMES,
    NORTH,
    PIXEL,
    STYLES,
    as_exported,
    gdalinfo,
    patches,
    read,
    snapshot,
    tiles,
)

rasterio = pytest.importorskip("rasterio")


def test_a_tiled_export_is_joined_by_a_vrt_with_colours_and_names(tmp_path: Path) -> None:
    whole = patches(700, 900, 4)
    paths = tiles(tmp_path, whole, (0, 256, 512), (0, 512))
    steps: list[tuple[int, int]] = []
    results = add_color_table(tmp_path, "land", progress=lambda done, total: steps.append((done, total)))
    assert steps == [(number, 7) for number in range(1, 8)]
    assert [result.path for result in results] == [*sorted(paths), tmp_path / "big <&>.vrt"]
    joined = results[-1]
    assert joined.missing == ()
    values, counts = np.unique(whole, return_counts=True)
    assert joined.pixels == dict(zip(values.tolist(), counts.tolist(), strict=True))
    with rasterio.open(joined.path) as dataset:
        assert np.array_equal(dataset.read(1), whole)
        assert dataset.crs.to_epsg() == 32629
        assert dataset.transform == rasterio.transform.from_origin(EAST, NORTH, PIXEL, PIXEL)
        assert dataset.nodata == 0
        assert dataset.colormap(1)[3] == (0, 0, 255, 255)
        assert float(dataset.tags(1)["STATISTICS_MEAN"]) == pytest.approx(whole[whole > 0].mean(), rel=1e-12)
    moved = tmp_path / "moved"
    moved.mkdir()
    for path in (*paths, joined.path):
        shutil.copy(path, moved)
    assert np.array_equal(read(moved / "big <&>.vrt"), whole)
    assert sorted(file.suffix for file in tmp_path.glob("big <&>.*")) == [*STYLES, ".vrt"]
    band = gdalinfo(joined.path)
    assert band["categories"] == LAND_NAMES
    assert band["colorTable"]["entries"][3] == [0, 0, 255, 255]


def test_missing_parts_are_named_and_the_rest_is_joined(tmp_path: Path) -> None:
    whole = patches(600, 900, 4, lowest=1)
    paths = tiles(tmp_path, whole, (0, 200, 400), (0, 300, 600))
    for path in (paths[0], paths[3], paths[4], paths[5]):
        path.unlink()
    with pytest.warns(UserWarning, match="0000000200-0000000300"):
        joined = add_color_table(tmp_path, "land")[-1]
    assert joined.missing == tuple(path.name for path in (paths[0], paths[3], paths[4], paths[5]))
    expected = whole.copy()
    expected[:200, :300] = 0
    expected[200:400] = 0
    assert np.array_equal(read(joined.path), expected)
    assert joined.pixels[0] == int((expected == 0).sum())


def test_parts_off_the_grid_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    pixels = patches(100, 100, 4)
    as_exported(tmp_path / "a-0000000000-0000000000.tif", pixels)
    for wrong in ({"column": 101}, {"column": 100, "crs": "EPSG:32630"}, {"column": 100, "dtype": "uint16"}):
        as_exported(tmp_path / "a-0000000000-0000000100.tif", pixels, **wrong)
        before = snapshot(tmp_path)
        with pytest.raises(ArgumentError, match="on the grid of"):
            add_color_table(tmp_path, "land")
        assert snapshot(tmp_path) == before
    as_exported(tmp_path / "a-0000000000-0000000100.tif", pixels, column=100)
    as_exported(tmp_path / "a-0000000000-0000000150.tif", pixels, column=150)
    with pytest.raises(ArgumentError, match="do not overlap"):
        add_color_table(tmp_path, "land")
    assert len(add_color_table(tmp_path, "land", vrt=False)) == 3
    assert not list(tmp_path.glob("*.vrt"))


def test_nothing_is_warned_of_where_all_is_well(tmp_path: Path) -> None:
    tiles(tmp_path, patches(100, 200, 4), (0,), (0, 100))
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        add_color_table(tmp_path, "land")
