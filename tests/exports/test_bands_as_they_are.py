"""What is no class raster goes out as it is: composites in whole numbers, with names, and red, green and blue."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import ee
import numpy as np
import pytest
import rasterio
from rasterio.enums import ColorInterp

import gee_scl
from gee_scl.exports import Drive, download_image, export_collection, export_image, preview_exports
from tests.support.exported import Bench, bench, codes, days, scene, written

GRID = {"crs": "EPSG:32632", "scale": 20}


@pytest.fixture
def session(sample: Path, tmp_path: Path) -> Iterator[Bench]:
    with bench(sample, tmp_path / "exports") as opened:
        yield opened


def test_a_mean_is_written_in_whole_numbers_with_names_and_colours(session: Bench, tmp_path: Path) -> None:
    mean = gee_scl.composite(days().limit(3), "mean", mask=None, bands=["B4", "B3", "B2", "B11"])
    raster = download_image(mean, tmp_path / "mean.tif", region=scene().geometry(1), **GRID)
    with rasterio.open(raster.path) as file:
        assert file.descriptions == ("B4", "B3", "B2", "B11", "observations")
        assert set(file.dtypes) == {"uint16"}
        assert file.colorinterp[:3] == (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
        assert ColorInterp.palette not in file.colorinterp
        assert not any(name.startswith(("gee_scl", "class_")) for name in file.tags(1))
        grid = {"dimensions": {"width": file.width, "height": file.height}, "crsCode": "EPSG:32632"}
        a, _, x, _, e, y = file.transform[:6]
        grid["affineTransform"] = {"scaleX": a, "translateX": x, "scaleY": e, "translateY": y}
        with_fractions = ee.data.computePixels(
            {"expression": mean.select("B11"), "fileFormat": "NUMPY_NDARRAY", "grid": grid}
        )["B11"]
        band = file.read(4, masked=True)
    assert (with_fractions % 1 != 0).any()
    np.testing.assert_array_equal(band.filled(0), np.floor(with_fractions + 0.5))


def test_reflectance_that_was_scaled_keeps_its_fractions(session: Bench, tmp_path: Path) -> None:
    share = scene().select("B4").multiply(0.0001)
    raster = download_image(share, tmp_path / "share.tif")
    with rasterio.open(raster.path) as file, rasterio.open(session.source(scene()).with_name("B04.tif")) as source:
        assert file.dtypes == ("float64",)
        np.testing.assert_allclose(file.read(1), source.read(1) * 0.0001, rtol=1e-15)


def test_one_band_of_reflectance_is_no_class_raster(session: Bench, tmp_path: Path) -> None:
    raster = download_image(scene(), tmp_path / "b4.tif", band="B4")
    with rasterio.open(raster.path) as file, rasterio.open(session.source(scene()).with_name("B04.tif")) as source:
        np.testing.assert_array_equal(file.read(1, masked=True).filled(0), source.read(1))
        assert file.colorinterp == (ColorInterp.gray,)
    assert not list(tmp_path.glob("*.aux.xml"))


def test_the_mode_is_a_class_raster_by_the_classes_that_it_carries(session: Bench, tmp_path: Path) -> None:
    mode = gee_scl.mode(ee.ImageCollection([scene()]))
    path = download_image(mode, tmp_path / "mode.tif", band="class", region=scene().geometry(1), **GRID).path
    with rasterio.open(path) as file, rasterio.open(session.source(scene())) as source:
        assert file.colorinterp == (ColorInterp.palette,)
        assert '"Vegetation"' in file.tags(1)["class_names"]
        seen = file.read(1, window=file.window(*source.bounds))
        # By default the commonest class is sought among those in which the surface is seen.
        np.testing.assert_array_equal(seen, np.where(np.isin(source.read(1), [4, 5, 6, 11]), source.read(1), 0))


def test_colours_are_those_of_the_pixels(session: Bench, tmp_path: Path) -> None:
    with rasterio.open(download_image(gee_scl.visualize(scene()), tmp_path / "rgb.tif").path) as file:
        assert file.colorinterp == (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
        there = codes(session.source(scene()))
        assert tuple(file.read()[:, there == 4].T[0]) == (16, 210, 44)
        # Of water, 0000ff, no band is taken for no data.
        assert (file.nodata, file.dtypes[0]) == (None, "uint8")
        assert (file.read_masks() == 255).all()
        assert (there == 6).any()
    task = export_image(gee_scl.visualize(scene()), "picture")
    with rasterio.open(written(task.wait().destinations)) as file:
        water = file.read()[:, there == 6]
        assert (water.T == (0, 0, 255)).all()
        assert file.nodata != 255
    raster = download_image(gee_scl.visualize(scene()), tmp_path / "255.tif", nodata=255)  # where it is asked for
    assert raster.nodata == 255


def test_other_satellites_name_their_bands_otherwise(session: Bench, tmp_path: Path) -> None:
    bands = (
        ee.Image.constant([1, 2, 3]).toUint16().rename(["B4", "B3", "B2"])
    )  # near infrared, red and green of Landsat 7
    raster = download_image(bands, tmp_path / "tm.tif", region=(11.6, 46.4, 11.61, 46.41), **GRID)
    with rasterio.open(raster.path) as file:
        assert ColorInterp.red not in file.colorinterp


def test_a_scheme_that_is_named_is_meant_and_says_what_it_does_not_hold(session: Bench, tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="The band 'B4' can have values from 0 to 65535"):
        raster = download_image(scene(), tmp_path / "b4.tif", band="B4", scheme="scl")
    with rasterio.open(raster.path) as file, rasterio.open(session.source(scene()).with_name("B04.tif")) as source:
        red = source.read(1)
        np.testing.assert_array_equal(file.read(1), np.where(red <= 11, red, 0))


def test_codes_that_the_scheme_does_not_name_are_warned_of(session: Bench, tmp_path: Path) -> None:
    odd = scene().select("SCL").where(scene().select("SCL").eq(4), 44).toUint8()
    there = int((codes(session.source(scene())) == 4).sum())
    with pytest.warns(UserWarning, match=f"{there:,} pixels have values that scheme 'scl' does not name: 44"):
        path = download_image(odd, tmp_path / "odd.tif").path
    assert (codes(path) == 44).sum() == there


def test_fractions_are_no_classes(session: Bench, tmp_path: Path) -> None:
    mean = days().select("SCL").mean()
    for export in (
        lambda: download_image(mean, tmp_path / "mean.tif", region=scene().geometry(1), **GRID),
        lambda: export_image(mean, region=scene().geometry(1), **GRID),
    ):
        with pytest.raises(gee_scl.CollectionError, match=r"fractions in the band 'SCL'.*scheme=None"):
            export()
    path = download_image(mean, tmp_path / "mean.tif", scheme=None, region=scene().geometry(1), **GRID).path
    with rasterio.open(path) as file:
        assert file.dtypes == ("float64",)


def test_a_band_that_is_not_there_is_named_with_those_that_are(session: Bench, tmp_path: Path) -> None:
    with pytest.raises(gee_scl.CollectionError, match=r"band: got 'B99'; allowed: of B2, B3, B4, .*SCL"):
        download_image(scene(), tmp_path / "a.tif", band="B99")
    with pytest.raises(gee_scl.CollectionError, match="'B99'"):
        preview_exports(days(), band="B99")


def test_tasks_write_composites_as_they_are_too(session: Bench) -> None:
    median = gee_scl.composite(days(), "median", bands=["B4", "B3", "B2"])
    task = export_image(median, "median", region=scene().geometry(1), to=Drive(), **GRID)
    with rasterio.open(written(task.wait().destinations)) as file:
        assert file.descriptions == ("B4", "B3", "B2", "observations")
        assert set(file.dtypes) == {"uint16"}
    months = gee_scl.monthly_composites(days(), "median", bands=["B4"])
    tasks = export_collection(months, "{image}_{band}", region=scene().geometry(1), **GRID)
    assert [task.name for task in tasks] == ["2023-05_B4-observations", "2023-06_B4-observations"]
    with rasterio.open(written(tasks[0].wait().destinations)) as file:
        assert set(file.dtypes) == {"uint16"}


def test_nothing_is_said_of_a_class_raster_as_it_should_be(session: Bench, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        download_image(scene(), tmp_path / "scl.tif")
