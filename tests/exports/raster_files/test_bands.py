"""Colours, names and statistics are read back by rasterio, Pillow and Debian's gdalinfo."""

from __future__ import annotations

import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from gee_scl.classes.schemes import SCHEMES
from gee_scl.exports.raster_files.color_tables import add_color_table
from tests.support.class_rasters import LAND_COLORS, LAND_NAMES, as_exported, gdalinfo, patches, save

rasterio = pytest.importorskip("rasterio")


def test_gdalinfo_reports_colours_names_no_data_and_statistics(tmp_path: Path) -> None:
    pixels = patches(300, 400, 4)
    path = as_exported(tmp_path / "land.tif", pixels)
    add_color_table(path, "land")
    band = gdalinfo(path)
    assert band["colorInterpretation"] == "Palette"
    assert band["categories"] == LAND_NAMES
    table = band["colorTable"]["entries"]
    assert [tuple(table[value]) for value in range(5)] == [(0, 0, 0, 0), *((*LAND_COLORS[v], 255) for v in range(1, 5))]
    assert band["noDataValue"] == 0
    valid = pixels[pixels > 0]
    tags = band["metadata"][""]
    assert float(tags["STATISTICS_MINIMUM"]) == valid.min() == 1
    assert float(tags["STATISTICS_MAXIMUM"]) == valid.max() == 4
    assert float(tags["STATISTICS_MEAN"]) == pytest.approx(valid.mean(), rel=1e-12)
    assert float(tags["STATISTICS_STDDEV"]) == pytest.approx(valid.std(), rel=1e-12)
    assert float(tags["STATISTICS_VALID_PERCENT"]) == pytest.approx(100 * valid.size / pixels.size, rel=1e-3)


def test_gdalinfo_reports_the_attribute_table_with_counts(tmp_path: Path) -> None:
    pixels = patches(100, 100, 3)
    path = as_exported(tmp_path / "land.tif", pixels)
    add_color_table(path, "land")
    if shutil.which("gdalinfo") is None:
        pytest.skip("gdalinfo is not installed (Debian: gdal-bin)")
    text = subprocess.run(["gdalinfo", str(path)], capture_output=True, text=True, check=True).stdout
    table = ET.fromstring(text[text.index("<GDALRasterAttributeTable") :])  # noqa: S314  GDAL wrote it
    rows = [[cell.text for cell in row.iter("F")][:3] for row in table.iter("Row")]
    counts = {value: int((pixels == value).sum()) for value in range(1, 5)}
    assert [[int(value), float(count), name] for value, count, name in rows] == [
        [value, counts[value], LAND_NAMES[value]] for value in range(1, 5)
    ]


def test_pillow_sees_the_colours_inside_the_tiff_alone(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    pixels = patches(64, 64, 11)
    path = save(tmp_path / "scl.tif", pixels)
    add_color_table(path)
    alone = Path(shutil.copy(path, tmp_path / "alone.tif"))
    with image.open(alone) as picture:
        assert picture.mode == "P"
        assert np.array_equal(np.asarray(picture), pixels)
        palette = np.array(picture.getpalette("RGB")).reshape(-1, 3)
    expected = {c.value: tuple(bytes.fromhex(c.color)) for c in SCHEMES["scl"].classes}
    assert {value: tuple(palette[value]) for value in expected} == expected


def test_a_raster_of_nothing_but_no_data_has_no_statistics(tmp_path: Path) -> None:
    path = as_exported(tmp_path / "empty.tif", np.zeros((50, 50), "uint8"))
    assert add_color_table(path)[0].pixels == {0: 2500}
    with rasterio.open(path) as dataset:
        statistics = {key: text for key, text in dataset.tags(1).items() if key.startswith("STATISTICS")}
    assert statistics == {"STATISTICS_VALID_PERCENT": "0"}
    assert not add_color_table(path)[0].changed
