"""Colour tables are read back by rasterio, Pillow and Debian's gdalinfo; pixels must never change."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import warnings
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gee_scl.classes.schemes import SCHEMES, Scheme
from gee_scl.errors import ArgumentError, GeeSclError, MissingExtraError, SchemeError
from gee_scl.exports.raster_files.color_tables import add_color_table

rasterio = pytest.importorskip("rasterio")
rasterio_shutil = pytest.importorskip("rasterio.shutil")

LAND_NAMES = ["No data", "Vegetation", "Bare", "Water", "Snow"]
LAND_COLORS = {1: (0x10, 0xD2, 0x2C), 2: (0xFF, 0xFF, 0x52), 3: (0, 0, 255), 4: (0x52, 0xFF, 0xF9)}
STYLES = [".clr", ".qml", ".sld"]
EAST, NORTH, PIXEL = 500_000, 6_000_000, 20


def patches(height: int, width: int, highest: int, *, lowest: int = 0, dtype: str = "uint8") -> Any:
    """Classes in patches, as they are on the ground."""
    small = np.random.default_rng(7).integers(lowest, highest + 1, (height // 4 + 1, width // 4 + 1))
    return np.kron(small, np.ones((4, 4), int))[:height, :width].astype(dtype)


def save(path: Path, pixels: Any, *, row: int = 0, column: int = 0, **options: Any) -> Path:
    bands = pixels if pixels.ndim == 3 else pixels[None]
    profile = {
        "driver": "GTiff",
        "count": bands.shape[0],
        "height": bands.shape[1],
        "width": bands.shape[2],
        "dtype": bands.dtype.name,
        "crs": "EPSG:32629",
        "transform": rasterio.transform.from_origin(EAST + PIXEL * column, NORTH - PIXEL * row, PIXEL, PIXEL),
    }
    with rasterio.open(path, "w", **(profile | options)) as dataset:
        dataset.write(bands)
    return path


def as_exported(path: Path, pixels: Any, **options: Any) -> Path:
    """The layout of Earth Engine's GeoTIFFs: LZW, tiles of 256 pixels, no colours, no no-data value."""
    return save(path, pixels, compress="lzw", tiled=True, blockxsize=256, blockysize=256, **options)


def read(path: Path) -> Any:
    with rasterio.open(path) as dataset:
        return dataset.read(1)


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in folder.iterdir()}


def gdalinfo(path: Path) -> dict[str, Any]:
    if shutil.which("gdalinfo") is None:
        pytest.skip("gdalinfo is not installed (Debian: gdal-bin)")
    run = subprocess.run(["gdalinfo", "-json", str(path)], capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(run.stdout)["bands"][0]
    return answer


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


def test_a_second_call_writes_nothing(tmp_path: Path) -> None:
    as_exported(tmp_path / "one.tif", patches(100, 100, 4))
    for column in (0, 60):
        as_exported(tmp_path / f"two-0000000000-{column:010d}.tif", patches(50, 60, 4), column=column)
    first = add_color_table(tmp_path, "land")
    before = snapshot(tmp_path)
    # The scheme is now inside the files, so it need not be said again.
    for second in (add_color_table(tmp_path, "land"), add_color_table(tmp_path)):
        assert not any(result.changed or result.written for result in second)
        assert [(r.path, r.pixels, r.scheme.names) for r in second] == [
            (r.path, r.pixels, r.scheme.names) for r in first
        ]
    assert snapshot(tmp_path) == before


def test_another_scheme_replaces_the_first(tmp_path: Path) -> None:
    path = as_exported(tmp_path / "classes.tif", patches(100, 100, 2))
    add_color_table(path, "land")
    (result,) = add_color_table(path, "water")
    assert result.changed
    assert [file.suffix for file in result.written] == [".qml", ".sld", ".clr", ".xml"]
    with rasterio.open(path) as dataset:
        assert dataset.colormap(1)[1] == (0, 0, 255, 255)
        assert dataset.colormap(1)[3][:3] == (0, 0, 0)
        assert json.loads(dataset.tags(1)["class_names"]) == ["Water", "Not water"]
    assert "Vegetation" not in path.with_suffix(".qml").read_text()
    fresh = as_exported(tmp_path / "fresh.tif", patches(100, 100, 2))
    add_color_table(fresh, "water")
    assert path.with_name("classes.tif.aux.xml").read_bytes() == fresh.with_name("fresh.tif.aux.xml").read_bytes()


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


def test_a_missing_style_is_written_without_touching_the_tiff(tmp_path: Path) -> None:
    path = as_exported(tmp_path / "land.tif", patches(100, 100, 4))
    add_color_table(path, "land")
    before = snapshot(tmp_path)
    path.with_suffix(".qml").unlink()
    (result,) = add_color_table(path)
    assert (result.changed, [file.name for file in result.written]) == (False, ["land.qml"])
    assert snapshot(tmp_path)["land.tif"] == before["land.tif"]


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


def test_a_raster_of_nothing_but_no_data_has_no_statistics(tmp_path: Path) -> None:
    path = as_exported(tmp_path / "empty.tif", np.zeros((50, 50), "uint8"))
    assert add_color_table(path)[0].pixels == {0: 2500}
    with rasterio.open(path) as dataset:
        statistics = {key: text for key, text in dataset.tags(1).items() if key.startswith("STATISTICS")}
    assert statistics == {"STATISTICS_VALID_PERCENT": "0"}
    assert not add_color_table(path)[0].changed


def test_what_is_no_whole_raster_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="a folder of them"):
        add_color_table(tmp_path / "absent.tif")
    with pytest.raises(ArgumentError, match="files like"):
        add_color_table(tmp_path)
    with pytest.raises(ArgumentError, match="inside the folder"):
        add_color_table(tmp_path, pattern="../*.tif")
    path = save(tmp_path / "half.tif", patches(400, 400, 4), compress="deflate")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    before = snapshot(tmp_path)
    with pytest.raises(ArgumentError, match="a whole GeoTIFF"):
        add_color_table(path, "land")
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("suffix", STYLES)
def test_a_style_that_was_made_elsewhere_is_replaced_only_when_asked(tmp_path: Path, suffix: str) -> None:
    path = as_exported(tmp_path / "land.tif", patches(40, 40, 4))
    path.with_suffix(suffix).write_text("<my own work/>")
    before = snapshot(tmp_path)
    with pytest.raises(ArgumentError, match="ask for overwrite"):
        add_color_table(path, "land")
    assert snapshot(tmp_path) == before
    add_color_table(path, "land", overwrite=True)
    assert "my own work" not in path.with_suffix(suffix).read_text()


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own on Windows")
def test_a_link_stays_a_link_and_its_file_is_coloured(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    real = as_exported(tmp_path / "store" / "real.tif", patches(40, 40, 4))
    link = tmp_path / "link.tif"
    link.symlink_to(real)
    add_color_table(link, "land")
    assert link.is_symlink()
    with rasterio.open(real) as dataset:
        assert dataset.colormap(1)[3] == (0, 0, 255, 255)
    assert (tmp_path / "link.qml").is_file()


def tiles(folder: Path, whole: Any, rows: tuple[int, ...], columns: tuple[int, ...], **options: Any) -> list[Path]:
    """A raster cut as Earth Engine cuts large exports."""
    paths = []
    for row, bottom in zip(rows, (*rows[1:], whole.shape[0]), strict=True):
        for column, right in zip(columns, (*columns[1:], whole.shape[1]), strict=True):
            path = folder / f"big <&>-{row:010d}-{column:010d}.tif"
            paths.append(as_exported(path, whole[row:bottom, column:right], row=row, column=column, **options))
    return paths


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


def test_parts_with_different_classes_are_not_joined(tmp_path: Path) -> None:
    first, second = tiles(tmp_path, patches(100, 200, 2), (0,), (0, 100))
    add_color_table(first, "water")
    add_color_table(second, "snow")
    with pytest.raises(ArgumentError, match="the scheme and no-data value of"):
        add_color_table(tmp_path)


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


def test_a_vrt_that_was_made_elsewhere_is_replaced_only_when_asked(tmp_path: Path) -> None:
    tiles(tmp_path, patches(100, 200, 4), (0,), (0, 100))
    (tmp_path / "big <&>.vrt").write_text("<VRTDataset/>")
    with pytest.raises(ArgumentError, match="ask for overwrite"):
        add_color_table(tmp_path, "land")
    assert add_color_table(tmp_path, "land", overwrite=True)[-1].changed


def test_what_a_killed_call_left_behind_is_removed_and_nothing_else(tmp_path: Path) -> None:
    path = as_exported(tmp_path / "land.tif", patches(40, 40, 4))
    ours = [".land.tif.0123abcd.part", ".land.tif.0123abcd.part.ovr.tmp", ".land.qml.0123abcd.part"]
    foreign = [".land.tif.part", ".other.tif.0123abcd.part", "land.tif.part", ".land.tif.0123abcd.part2"]
    for name in (*ours, *foreign):
        (tmp_path / name).write_bytes(b"half")
    add_color_table(path, "land")
    assert {name for name in (*ours, *foreign) if (tmp_path / name).exists()} == set(foreign)


# Forks a call for each line on standard input, kills it at the moment that the line asks for, and says what happened.
KILLER = """
import os, signal, sys, time
from pathlib import Path
import gee_scl.exports.raster_files.color_tables, rasterio.shutil
path = Path(sys.argv[1])
for line in sys.stdin:
    kind, seconds = line.split()
    inode = path.stat().st_ino
    child = os.fork()
    if not child:
        gee_scl.exports.raster_files.color_tables.add_color_table(path, "land")
        os._exit(0)
    start = time.monotonic()
    over = False
    while not over:
        elapsed = time.monotonic() - start
        if kind == "delay" and elapsed >= float(seconds):
            break
        if kind == "part" and any(p.stat().st_size > 2_000 for p in path.parent.glob(".*.part")):
            break
        if kind == "renamed" and path.stat().st_ino != inode:
            break
        over = os.waitpid(child, os.WNOHANG)[0] == child
    if not over:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    print("finished" if over else "killed", time.monotonic() - start, flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked process")
@pytest.mark.parametrize("layout", ["GTiff", "COG"])
def test_after_kill_9_the_raster_is_whole_and_the_next_call_finishes(tmp_path: Path, layout: str) -> None:
    pixels = patches(1600, 1600, 4)
    original = save(tmp_path / "original.tif", pixels)
    folder = tmp_path / "exports"
    folder.mkdir()
    path = folder / "land.tif"

    def fresh() -> None:
        for file in folder.iterdir():
            file.unlink()
        rasterio_shutil.copy(original, path, driver=layout, compress="deflate")

    fresh()
    killer = subprocess.Popen(
        [sys.executable, "-c", KILLER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert killer.stdin is not None
    assert killer.stdout is not None

    def run(kind: str, seconds: float) -> tuple[str, float]:
        killer.stdin.write(f"{kind} {seconds}\n")
        killer.stdin.flush()
        outcome, took = killer.stdout.readline().split()
        return outcome, float(took)

    outcome, _ = run("delay", 60)
    assert outcome == "finished"
    finished = {file.name: file.read_bytes() for file in folder.iterdir()}
    fresh()
    _, whole = run("delay", 60)  # the first call is the slowest
    chance = random.Random(5)  # noqa: S311  moments, not secrets
    moments = [("part", 0.0), ("renamed", 0.0), *(("delay", chance.uniform(0, 0.9 * whole)) for _ in range(5))]
    seen = []
    for kind, seconds in moments:
        fresh()
        outcome, _ = run(kind, seconds)
        left = {file.name for file in folder.iterdir()}
        seen.append((kind, outcome, left))
        assert np.array_equal(read(path), pixels)
        assert [file.name for file in folder.glob("*.tif")] == ["land.tif"]
        # Whatever has its final name is whole.
        assert all(file.read_bytes() == finished[file.name] for file in folder.iterdir() if file.suffix in STYLES)
        add_color_table(path, "land")
        assert {file.name for file in folder.iterdir()} == set(finished)
        assert np.array_equal(read(path), pixels)
        with rasterio.open(path) as dataset:
            assert dataset.colormap(1)[3] == (0, 0, 255, 255)
        assert not add_color_table(path)[0].changed
    killer.stdin.close()
    assert killer.wait(timeout=30) == 0
    assert seen[0][1] == "killed"
    assert any(name.endswith(".part") for name in seen[0][2])
    assert sum(outcome == "killed" for _, outcome, _ in seen) >= 3


def test_without_rasterio_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path / "land.tif", patches(8, 8, 4))
    monkeypatch.setitem(sys.modules, "rasterio", None)
    with pytest.raises(MissingExtraError, match=r"gee-scl\[local\]"):
        add_color_table(path)


def test_nothing_is_warned_of_where_all_is_well(tmp_path: Path) -> None:
    tiles(tmp_path, patches(100, 200, 4), (0,), (0, 100))
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        add_color_table(tmp_path, "land")


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
