"""Rasters that cannot have colours are refused, and nothing is written; the no-data value is the file's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gee_scl.classes.schemes import Scheme
from gee_scl.errors import ArgumentError, SchemeError
from gee_scl.exports.raster_files.color_tables import add_color_table
from tests.support.class_rasters import as_exported, gdalinfo, patches, read, save, snapshot, tiles

rasterio = pytest.importorskip("rasterio")


def test_values_that_are_no_classes_are_listed_and_nothing_is_written(tmp_path: Path) -> None:
    good = as_exported(tmp_path / "a.tif", patches(40, 40, 4))
    pixels = patches(40, 40, 4)
    pixels[0, :5] = 77
    as_exported(tmp_path / "b.tif", pixels)
    before = snapshot(tmp_path)
    with pytest.raises(ArgumentError, match=r"b\.tif, which also has 77 \(5 px\)"):
        add_color_table(tmp_path, "land")
    assert snapshot(tmp_path) == before
    results = add_color_table(tmp_path, "land", unlisted="keep")
    assert [result.path for result in results] == [good, tmp_path / "b.tif"]
    assert results[1].pixels[77] == 5
    assert np.array_equal(read(tmp_path / "b.tif"), pixels)


@pytest.mark.parametrize(
    ("pixels", "message"),
    [
        (np.zeros((4, 4), "float32"), r"float32; export the classes with image\.toUint8"),
        (np.zeros((4, 4), "int16"), "gdal_translate -ot Byte"),
        (np.zeros((2, 4, 4), "uint8"), "export the band of classes alone"),
    ],
    ids=["float", "int16", "two bands"],
)
def test_rasters_that_cannot_have_a_colour_table_are_refused(tmp_path: Path, pixels: Any, message: str) -> None:
    path = save(tmp_path / "raster.tif", pixels)
    before = snapshot(tmp_path)
    with pytest.raises(ArgumentError, match=message):
        add_color_table(path)
    assert snapshot(tmp_path) == before


def test_a_scheme_whose_values_the_type_cannot_hold_is_refused(tmp_path: Path) -> None:
    wide = Scheme.from_lists("wide", [1, 700], ["A", "B"], ["ff0000", "00ff00"])
    with pytest.raises(SchemeError, match="0 to 255"):
        add_color_table(save(tmp_path / "byte.tif", np.ones((4, 4), "uint8")), wide)
    path = save(tmp_path / "short.tif", np.full((4, 4), 700, "uint16"))
    add_color_table(path, wide)
    with rasterio.open(path) as dataset:
        assert dataset.colormap(1)[700] == (0, 255, 0, 255)
    assert gdalinfo(path)["categories"][700] == "B"


def test_no_data_is_what_the_file_says_else_zero_unless_zero_is_a_class(tmp_path: Path) -> None:
    zero = Scheme.from_lists("dynamic", [0, 1], ["Water", "Trees"], ["419bdf", "397d49"])
    pixels = np.array([[0, 1, 1], [0, 0, 1]], "uint8")
    assert add_color_table(save(tmp_path / "a.tif", pixels), zero)[0].nodata is None
    declared = save(tmp_path / "b.tif", np.where(pixels == 1, 255, pixels).astype("uint8"), nodata=255)
    assert add_color_table(declared, zero)[0].nodata == 255
    other = save(tmp_path / "c.tif", np.array([[3, 9]], "uint8"), nodata=255)
    assert add_color_table(other, "land", nodata=9)[0].nodata == 9
    with rasterio.open(other) as dataset:
        assert dataset.nodata == 9
        assert dataset.read(1).tolist() == [[3, 9]]
    hidden = save(tmp_path / "d.tif", pixels, nodata=0)
    with pytest.raises(ArgumentError, match="give another as nodata="):
        add_color_table(hidden, zero)
    assert add_color_table(hidden, zero, nodata=200)[0].pixels == {0: 3, 1: 3}


@pytest.mark.parametrize("nodata", [-1, 256, 1.5, True, "0", 1])
def test_a_no_data_value_that_cannot_be_is_refused(tmp_path: Path, nodata: Any) -> None:
    with pytest.raises(ArgumentError, match="nodata"):
        add_color_table(save(tmp_path / "a.tif", np.ones((4, 4), "uint8")), "land", nodata=nodata)


def test_pixels_that_were_edited_are_counted_anew(tmp_path: Path) -> None:
    path = as_exported(tmp_path / "land.tif", np.full((100, 100), 1, "uint8"))
    assert add_color_table(path, "land")[0].pixels == {1: 10_000}
    with rasterio.open(path, "r+") as dataset:
        dataset.write(np.full((1, 100), 3, "uint8"), 1, window=((0, 1), (0, 100)))
    (result,) = add_color_table(path)
    assert result.changed
    assert result.pixels == {1: 9_900, 3: 100}
    with rasterio.open(path) as dataset:
        assert float(dataset.tags(1)["STATISTICS_MAXIMUM"]) == 3


def test_parts_with_different_classes_are_not_joined(tmp_path: Path) -> None:
    first, second = tiles(tmp_path, patches(100, 200, 2), (0,), (0, 100))
    add_color_table(first, "water")
    add_color_table(second, "snow")
    with pytest.raises(ArgumentError, match="the scheme and no-data value of"):
        add_color_table(tmp_path)
