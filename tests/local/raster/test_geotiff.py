"""GeoTIFF files of the one writer, read back with rasterio: what the arguments change, and what they do not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.enums import ColorInterp
from rasterio.io import MemoryFile

from gee_scl.local.raster.geotiff import cloud_optimize, new_geotiff, window_in
from gee_scl.local.raster.grid import Grid

GRID = Grid("EPSG:32632", Affine(20, 0, 600_000, 0, -20, 5_100_000), 3, 5, 70, 40)
VALUES = np.arange(40 * 70, dtype=np.uint16).reshape(40, 70)


def test_a_file_has_the_grids_place_names_tags_and_no_data(tmp_path: Path) -> None:
    path = tmp_path / "classes.tif"
    tags = {"DATE": "2023-05-01"}
    with new_geotiff(path, GRID, VALUES.dtype, ["SCL", None], no_data=0, tags=tags, block=16) as file:
        file.write(np.stack([VALUES, VALUES + 1]))
    with rasterio.open(path) as dataset:
        # The third column and the fifth row of 20 m pixels.
        assert dataset.transform == Affine(20, 0, 600_060, 0, -20, 5_099_900)
        assert dataset.crs == rasterio.crs.CRS.from_epsg(32632)
        assert dataset.descriptions == ("SCL", None)
        assert dataset.tags()["DATE"] == "2023-05-01"
        assert dataset.nodata == 0
        assert dataset.block_shapes == [(16, 16)] * 2
        assert dataset.compression.name == "lzw"
        np.testing.assert_array_equal(dataset.read(2), VALUES + 1)


@pytest.mark.parametrize("bands", [1, 3, 4])
def test_bytes_are_values_and_no_colours_or_opacity(bands: int) -> None:
    whole = np.full((bands, 40, 70), 7, np.uint8)
    with MemoryFile() as memory:
        with new_geotiff(memory, GRID, whole.dtype, [None] * bands, block=None, compression="deflate") as file:
            file.write(whole)
        with memory.open() as dataset:
            assert dataset.compression.name == "deflate"
            assert dataset.colorinterp[0] == ColorInterp.gray
            assert not {ColorInterp.red, ColorInterp.alpha} & set(dataset.colorinterp)
            # An opacity of 7 would be read as a mask.
            assert (dataset.dataset_mask() == 255).all()
            assert dataset.block_shapes[0][1] == GRID.width


def test_tiles_are_written_where_they_lie_and_a_cloud_optimized_copy_takes_the_drafts_place(tmp_path: Path) -> None:
    draft, path = tmp_path / "draft.tif", tmp_path / "whole.tif"
    with new_geotiff(draft, GRID, VALUES.dtype) as file:
        for part in GRID.tiles(16):
            top, left = part.row - GRID.row, part.column - GRID.column
            file.write(VALUES[top : top + part.height, left : left + part.width], 1, window=window_in(part, GRID))
    cloud_optimize(draft, path, "mode")
    assert not draft.exists()
    with rasterio.open(path) as dataset:
        np.testing.assert_array_equal(dataset.read(1), VALUES)
        assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
