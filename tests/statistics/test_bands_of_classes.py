"""Bands that are not the SCL: they are counted by the classes that they carry, and what is no class is not hidden."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import ee
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

import gee_scl
from gee_scl import exports
from tests.support.engines import session_on, session_over

SCENE = "S2A_32TPS_20230403_0_L2A"
ROWS, COLUMNS = slice(100, 180), slice(50, 150)


@pytest.fixture(scope="module")
def session(sample_engine: str) -> Iterator[None]:
    with session_on(sample_engine):
        yield


@pytest.fixture
def image(session: None) -> ee.Image:
    return ee.Image(gee_scl.collection(start="2023-04-03", end="2023-04-04", tiles="32TPS").first())


def pixels(sample: Path, name: str) -> np.ndarray:
    """Of the field: pixels of 20 m in the SCL, of 10 m in the red band."""
    with rasterio.open(sample / "sentinel-2-l2a" / SCENE / f"{name}.tif") as file:
        finer = round(20 / file.res[0])
        rows, columns = (slice(part.start * finer, part.stop * finer) for part in (ROWS, COLUMNS))
        return file.read(1)[rows, columns]


@pytest.fixture
def field(sample: Path) -> gpd.GeoDataFrame:
    """A rectangle of whole pixels, with its edges between their centres."""
    with rasterio.open(sample / "sentinel-2-l2a" / SCENE / "SCL.tif") as file:
        west, north = file.transform @ (COLUMNS.start, ROWS.start)
        east, south = file.transform @ (COLUMNS.stop, ROWS.stop)
        return gpd.GeoDataFrame({"n": ["field"]}, geometry=[shapely.box(west, south, east, north)], crs=file.crs)


def counted(frame: pd.DataFrame) -> dict[str, int]:
    shown = frame[frame["pixels"] > 0]
    return dict(zip(shown["class_name"].astype(str), shown["pixels"].tolist(), strict=True))


def test_a_remapped_band_is_counted_by_the_classes_that_it_carries(
    image: ee.Image, field: gpd.GeoDataFrame, sample: Path
) -> None:
    codes = pixels(sample, "SCL")
    frame = gee_scl.class_statistics(gee_scl.remap(image, "water"), field, band="water")
    right = {"Water": int((codes == 6).sum()), "Not water": int(np.isin(codes, [4, 5, 11]).sum())}
    assert counted(frame) == {name: number for name, number in right.items() if number}
    assert frame.attrs["gee_scl"]["scheme"] == "water"


def test_the_class_band_of_a_composite_has_the_classes_of_the_scl(image: ee.Image, field: gpd.GeoDataFrame) -> None:
    frame = gee_scl.class_statistics(gee_scl.mode(ee.ImageCollection([image])), field, band="class")
    same = gee_scl.class_statistics(image, field)
    seen = same[same["class_value"].isin(frame.loc[frame["pixels"] > 0, "class_value"])]
    assert counted(frame) == counted(seen)
    assert frame.attrs["gee_scl"]["scheme"] == "scl"


def test_another_rasters_classes_are_read_from_its_properties(
    image: ee.Image, field: gpd.GeoDataFrame, sample: Path
) -> None:
    dry = gee_scl.Scheme.from_lists("dry", [0, 1], ["Wet", "Dry"], ["0000ff", "c8b48c"])
    label = gee_scl.with_class_properties(image.select("SCL").neq(6).rename("label"), dry, "label")
    label = label.set("system:time_start", image.get("system:time_start"))
    codes = pixels(sample, "SCL")
    right = {"Wet": int((codes == 6).sum()), "Dry": int(((codes != 6) & (codes != 0)).sum())}
    frame = gee_scl.class_statistics(label, field, band="label")
    assert counted(frame) == {name: number for name, number in right.items() if number}


def test_values_that_the_scheme_does_not_know_are_counted_and_said(
    image: ee.Image, field: gpd.GeoDataFrame, sample: Path
) -> None:
    red = pixels(sample, "B04")
    strangers = int((red > 11).sum())
    assert strangers
    with pytest.warns(UserWarning, match=f"{strangers:,} pixels of the band 'B4' have values that scheme 'scl'"):
        frame = gee_scl.class_statistics(image, field, band="B4", scheme="scl")
    assert frame.attrs["gee_scl"]["pixels_outside_scheme"] == strangers
    assert frame["pixels"].sum() == int(((red > 0) & (red <= 11)).sum())


def test_nothing_is_said_where_all_values_are_codes(image: ee.Image, field: gpd.GeoDataFrame) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frame = gee_scl.class_statistics(image, field, scheme="land")  # which leaves codes out, and knows them
    assert "pixels_outside_scheme" not in frame.attrs["gee_scl"]


def test_an_exported_table_says_it_too(image: ee.Image, field: gpd.GeoDataFrame, sample: Path, tmp_path: Path) -> None:
    strangers = int((pixels(sample, "B04") > 11).sum())
    with session_over(sample, exports=tmp_path):
        exports.export_table(image, field, "red", band="B4", scheme="scl").wait()
    with pytest.warns(UserWarning, match=f"{strangers:,} pixels of the band 'B4'"):
        frame = exports.read_exported(tmp_path / "drive" / "red.csv")
    assert frame.attrs["gee_scl"]["pixels_outside_scheme"] == strangers


@pytest.mark.parametrize("band", ["SCL", "class"])
def test_fractions_are_no_codes(image: ee.Image, field: gpd.GeoDataFrame, band: str) -> None:
    grid = image.select("SCL").projection()
    mean = ee.ImageCollection([image.select("SCL")]).mean().setDefaultProjection(grid).rename(band)
    with pytest.raises(gee_scl.CollectionError, match=rf"fractions in the band '{band}'.*gee_scl\.mode"):
        gee_scl.class_statistics(mean, field, band=band, scheme=gee_scl.SCHEMES["scl"])


def test_fractions_are_no_codes_on_either_side_of_a_change(image: ee.Image, field: gpd.GeoDataFrame) -> None:
    mean = ee.ImageCollection([image.select("SCL")]).mean().setDefaultProjection(image.select("SCL").projection())
    for argument, sides in {"before": (mean, image), "after": (image, mean)}.items():
        with pytest.raises(gee_scl.CollectionError, match="fractions") as caught:
            gee_scl.transitions(*sides, field)
        assert caught.value.argument == argument
    whole = gee_scl.transitions(image, mean.toUint8(), field)
    pd.testing.assert_frame_equal(whole, gee_scl.transitions(image, image, field))


def test_a_named_scheme_is_taken_for_a_renamed_band(image: ee.Image, field: gpd.GeoDataFrame, sample: Path) -> None:
    renamed = image.select(["SCL"], ["qa"])
    assert counted(gee_scl.class_statistics(renamed, field, band="qa", scheme="scl")) == counted(
        gee_scl.class_statistics(image, field)
    )
    with pytest.raises(gee_scl.SchemeError, match=r"none for the band 'qa'.*scheme='scl'"):
        gee_scl.class_statistics(renamed, field, band="qa")


def test_a_change_is_of_the_classes_that_both_sides_carry(image: ee.Image, field: gpd.GeoDataFrame) -> None:
    land = gee_scl.remap(image, "land")
    frame = gee_scl.transitions(land, land, field, band="land")
    same = gee_scl.transitions(image, image, field)
    pd.testing.assert_frame_equal(frame, same)


def test_a_change_between_bands_of_other_classes_is_refused(image: ee.Image, field: gpd.GeoDataFrame) -> None:
    land = gee_scl.with_class_properties(
        gee_scl.remap(image, "land").rename("c"), gee_scl.SCHEMES["land"].remapped(), "c"
    )
    scl = gee_scl.with_class_properties(image.select("SCL").rename("c"), "scl", "c")
    with pytest.raises(gee_scl.CollectionError, match="other classes of the band 'c'") as caught:
        gee_scl.transitions(land, scl, field, band="c")
    assert caught.value.argument == "after"


@pytest.mark.parametrize("band", ["land", "B4"])
def test_agreement_is_asked_of_bands_of_the_scl_alone(image: ee.Image, field: gpd.GeoDataFrame, band: str) -> None:
    images = ee.ImageCollection([image.addBands(gee_scl.remap(image, "land"))])
    with pytest.raises(gee_scl.SchemeError, match=f"none for the band '{band}'"):
        gee_scl.cloud_agreement_table(images, field, band=band)


@pytest.mark.parametrize("column", ["Both cloud", "Only SCL", "Only the other", "Both clear"])
def test_agreement_loses_no_column_of_the_users(image: ee.Image, field: gpd.GeoDataFrame, column: str) -> None:
    with pytest.raises(gee_scl.RegionError, match="keep: got"):
        gee_scl.cloud_agreement_table(ee.ImageCollection([image]), field.assign(**{column: 5}), keep=[column])


def test_an_image_without_the_band_is_left_out_by_the_filter_that_the_error_names(
    image: ee.Image, field: gpd.GeoDataFrame
) -> None:
    images = ee.ImageCollection([image, image.select("B4").set("system:index", "without")])
    with pytest.raises(gee_scl.RequestError, match=r"listContains\('system:band_names', 'SCL'\)"):
        gee_scl.class_statistics(images, field)
    with_scl = images.filter(ee.Filter.listContains("system:band_names", "SCL"))
    assert counted(gee_scl.class_statistics(with_scl, field)) == counted(gee_scl.class_statistics(image, field))
