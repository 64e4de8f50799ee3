"""A TIFF that was written again has the pixels and the layout that it had."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gee_scl.errors import GeeSclError
from gee_scl.exports.raster_files.color_tables import add_color_table
from tests.support.class_rasters import LAND_COLORS, as_exported, patches, read, save

rasterio = pytest.importorskip("rasterio")
rasterio_shutil = pytest.importorskip("rasterio.shutil")


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"compress": "deflate", "predictor": 2, "tiled": True, "blockxsize": 128, "blockysize": 64},
        {"compress": "zstd", "blockysize": 16},
        {"compress": "packbits"},
        {"compress": "lzw", "NBITS": 4},
        {"compress": "lzw", "tiled": True, "blockxsize": 256, "blockysize": 256, "BIGTIFF": "YES"},
    ],
    ids=["plain", "deflate", "zstd strips", "packbits", "four bits", "lzw"],
)
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_pixels_grid_layout_and_tags_stay(tmp_path: Path, options: dict[str, Any], dtype: str) -> None:
    pixels = patches(310, 270, 4, dtype=dtype)
    path = save(tmp_path / "land.tif", pixels, **options)
    with rasterio.open(path, "r+") as dataset:
        dataset.update_tags(system_index="été", AREA_OR_POINT="Point", TIFFTAG_DATETIME="2023:05:01 11:00:00")
        dataset.update_tags(1, note="<kept> & well")
        dataset.set_band_description(1, "land cover")
    path.chmod(0o640)
    with rasterio.open(path) as dataset:
        before, tags = dataset.profile, dataset.tags()
    (result,) = add_color_table(path, "land")
    assert result.changed
    assert np.array_equal(read(path), pixels)
    assert path.stat().st_mode & 0o777 == (0o640 if os.name == "posix" else 0o666)  # Windows knows read-only alone
    with rasterio.open(path) as dataset:
        assert dataset.profile == before | {"nodata": 0}
        assert dataset.tags() == tags
        assert dataset.tags(1)["note"] == "<kept> & well"
        assert dataset.descriptions == ("land cover",)
        table = dataset.colormap(1)
        assert {value: table[value][:3] for value in LAND_COLORS} == LAND_COLORS


def test_a_cloud_optimized_geotiff_stays_one_with_overviews_of_codes(tmp_path: Path) -> None:
    pixels = patches(1200, 1500, 4)
    pixels[pixels == 2] = 0
    plain = save(tmp_path / "plain.tif", pixels)
    path = tmp_path / "cog.tif"
    options = {"BLOCKSIZE": 256, "COMPRESS": "DEFLATE", "PREDICTOR": "YES", "OVERVIEW_RESAMPLING": "AVERAGE"}
    rasterio_shutil.copy(plain, path, driver="COG", **options)
    add_color_table(path, "land")
    assert np.array_equal(read(path), pixels)
    with rasterio.open(path) as dataset:
        structure = dataset.tags(ns="IMAGE_STRUCTURE")
        assert (structure["LAYOUT"], structure["COMPRESSION"], structure["PREDICTOR"]) == ("COG", "DEFLATE", "2")
        assert dataset.block_shapes == [(256, 256)]
        assert dataset.overviews(1) == [2, 4, 8]
    for level in range(3):
        with rasterio.open(path, overview_level=level) as overview:
            # An average of 1 and 3 would be 2, which is no code of this raster.
            assert set(np.unique(overview.read(1))) <= {0, 1, 3, 4}
            assert overview.colormap(1)[3] == (0, 0, 255, 255)
    # The directories of the file come before its pixels: that is the layout.
    assert path.read_bytes()[:400].find(b"LAYOUT=IFDS_BEFORE_DATA") > 0


def test_overviews_of_an_ordinary_tiff_are_built_again(tmp_path: Path) -> None:
    path = as_exported(tmp_path / "land.tif", patches(600, 600, 4))
    with rasterio.open(path, "r+") as dataset:
        dataset.build_overviews([2, 4], rasterio.enums.Resampling.average)
    add_color_table(path, "land")
    with rasterio.open(path) as dataset:
        assert dataset.overviews(1) == [2, 4]


def test_a_lossy_compression_is_left_for_a_lossless_one(tmp_path: Path) -> None:
    path = save(
        tmp_path / "land.tif", np.full((64, 64), 3, "uint8"), compress="jpeg", tiled=True, blockxsize=64, blockysize=64
    )
    before = read(path)
    add_color_table(path, "land")
    assert np.array_equal(read(path), before)
    with rasterio.open(path) as dataset:
        assert dataset.profile["compress"] == "deflate"


def test_the_original_stays_where_what_was_written_differs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = patches(100, 100, 4)
    path = as_exported(tmp_path / "land.tif", pixels)
    (tmp_path / "other").mkdir()
    other = as_exported(tmp_path / "other" / "land.tif", 4 - pixels)
    before = path.read_bytes()
    copy = rasterio_shutil.copy

    def faulty(source: Any, target: Any, **options: Any) -> None:
        copy(other if options["driver"] == "GTiff" else source, target, **options)

    monkeypatch.setattr(rasterio_shutil, "copy", faulty)
    with pytest.raises(GeeSclError, match="the original is as it was"):
        add_color_table(path, "land")
    assert path.read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["land.tif", "other"]


@pytest.mark.real
def test_a_recorded_scene_keeps_its_pixels(shared: Path, tmp_path: Path) -> None:
    sources = sorted((shared / "data" / "29UNU" / "assets").rglob("*SCL*.tif"))
    if not sources:
        pytest.skip("no recorded SCL")
    path = Path(shutil.copy(sources[0], tmp_path / "scl.tif"))
    before = read(path)
    (result,) = add_color_table(path, "esa")
    assert np.array_equal(read(path), before)
    values, counts = np.unique(before, return_counts=True)
    assert result.pixels == dict(zip(values.tolist(), counts.tolist(), strict=True))
