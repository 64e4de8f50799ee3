"""Remapping a class band, against numpy on the arrays that rasterio reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import ee
import numpy as np
import pandas as pd
import pytest
import rasterio
from affine import Affine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gee_scl
from gee_scl.classes.scheme_class import SchemeClass
from gee_scl.classes.schemes import SCHEMES, Scheme
from gee_scl.expressions.remap import indicators, remap, with_class_properties
from tests.support.engines import session_on, session_over
from tests.support.graphs import added_bytes
from tests.support.local.catalogues import GRID, Scene, make_catalogue
from tests.support.pixels import Window, read

LAWS = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

CODES = np.random.default_rng(20230501).integers(0, 12, (24, 31), np.uint8)
MADE = Window("EPSG:32632", GRID, CODES.shape[1], CODES.shape[0])
TIME = "2023-05-01T10:00:00Z"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ee.Image]:
    """An image of all codes; 0 is masked, as Earth Engine does."""
    folder = make_catalogue(tmp_path_factory.mktemp("codes"), [Scene(CODES, time=TIME)])
    with session_over(folder):
        yield ee.Image(gee_scl.collection().first())


def mapped(codes: np.ndarray, pairs: dict[int, int]) -> np.ma.MaskedArray:
    """The codes exchanged one by one; what is not listed is masked."""
    values, listed = np.zeros(codes.shape, np.int64), np.zeros(codes.shape, np.bool_)
    for code, value in pairs.items():
        values[codes == code] = value
        listed |= codes == code
    return np.ma.masked_array(values, ~listed)


def assert_same(found: np.ma.MaskedArray, expected: np.ma.MaskedArray) -> None:
    np.testing.assert_array_equal(np.ma.getmaskarray(found), np.ma.getmaskarray(expected))
    np.testing.assert_array_equal(found.filled(0), expected.filled(0))


def without_no_data(pairs: dict[int, int]) -> dict[int, int]:
    return {code: value for code, value in pairs.items() if code != 0}


@st.composite
def schemes(draw: st.DrawFn, *, one_code_each: bool = False) -> Scheme:
    """Schemes of the SCL: some codes, gathered or not, with values anywhere."""
    codes = draw(st.lists(st.integers(0, 11), min_size=1, max_size=12, unique=True))
    count = len(codes) if one_code_each else draw(st.integers(1, len(codes)))
    values = draw(st.lists(st.integers(-300, 70_000), min_size=count, max_size=count, unique=True))
    groups = [codes[place::count] for place in range(count)]
    classes = [
        SchemeClass(v, f"class {n}", f"{n:06x}", tuple(g)) for n, (v, g) in enumerate(zip(values, groups, strict=True))
    ]
    return Scheme("drawn", "drawn", tuple(classes))


# remap


@pytest.mark.parametrize("name", SCHEMES)
def test_a_built_in_scheme_gives_the_values_of_its_classes_and_masks_the_rest(made: ee.Image, name: str) -> None:
    (found,) = read(remap(made, name), MADE).values()
    pairs = {code: member.value for member in SCHEMES[name].classes for code in member.codes}
    assert_same(found, mapped(CODES, pairs))
    assert found.dtype == np.uint8


@LAWS
@given(scheme=schemes())
def test_any_scheme_gives_the_values_of_its_classes(made: ee.Image, scheme: Scheme) -> None:
    (found,) = read(remap(made, scheme), MADE).values()
    assert_same(found, mapped(CODES, without_no_data(scheme.mapping)))


@LAWS
@given(scheme=schemes(one_code_each=True))
def test_there_and_back_keeps_the_codes(made: ee.Image, scheme: Scheme) -> None:
    there = remap(made, scheme, name="there")
    (back,) = read(remap(there, scheme.inverse(), band="there"), MADE).values()
    kept = {code: code for code in scheme.codes if code != 0}
    assert_same(back, mapped(CODES, kept))
    assert back.dtype == np.uint8


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ((0, 255), np.uint8),
        ((1, 256), np.uint16),
        ((-1, 255), np.int16),
        ((-1, 40_000), np.int32),
    ],
)
def test_the_type_is_the_smallest_that_holds_all_values(made: ee.Image, values: tuple[int, int], kind: type) -> None:
    scheme = Scheme("two", "", tuple(SchemeClass(v, f"c{n}", "000000", (4 + n,)) for n, v in enumerate(values)))
    limits = np.iinfo(kind)
    (band,) = remap(made, scheme).getInfo()["bands"]
    assert band["data_type"] == {
        "type": "PixelType",
        "precision": "int",
        "min": int(limits.min),
        "max": int(limits.max),
    }
    (found,) = read(remap(made, scheme), MADE).values()
    assert_same(found, mapped(CODES, {4: values[0], 5: values[1]}))


def test_codes_that_are_left_out_can_be_one_value(made: ee.Image) -> None:
    (found,) = read(remap(made, "water", unlisted=0), MADE).values()
    rest = dict.fromkeys((1, 2, 3, 7, 8, 9, 10), 0)
    assert_same(found, mapped(CODES, {6: 1, 4: 2, 5: 2, 11: 2, **rest}))


def test_codes_that_are_left_out_can_be_kept(made: ee.Image) -> None:
    scheme = Scheme("clear", "", (SchemeClass(100, "Clear", "00ff00", (4, 5, 6, 11)),))
    (found,) = read(remap(made, scheme, unlisted="keep"), MADE).values()
    kept = {code: code for code in (1, 2, 3, 7, 8, 9, 10)}
    assert_same(found, mapped(CODES, {4: 100, 5: 100, 6: 100, 11: 100, **kept}))


def test_kept_codes_are_refused_where_they_would_be_taken_for_classes(made: ee.Image) -> None:
    with pytest.raises(gee_scl.ArgumentError, match=r"unlisted: got 'keep'.*'water'.*\[1, 2\]"):
        remap(made, "water", unlisted="keep")


@pytest.mark.parametrize("unlisted", [1, True, "zero", 0.5, None])
def test_a_value_for_other_codes_must_be_an_integer_that_no_class_has(made: ee.Image, unlisted: object) -> None:
    with pytest.raises(gee_scl.ArgumentError, match="unlisted: got"):
        remap(made, "water", unlisted=unlisted)


def test_the_band_is_named_after_the_scheme_unless_codes_stay_codes(made: ee.Image) -> None:
    assert [remap(made, name).bandNames().getInfo() for name in ("water", "scl", "esa")] == [
        ["water"],
        ["SCL"],
        ["SCL"],
    ]
    assert remap(made, "water", name="SCL").bandNames().getInfo() == ["SCL"]


@pytest.mark.parametrize("name", ["", "my band", "a/b", "é", 3])
def test_a_band_name_that_exports_would_refuse_is_refused(made: ee.Image, name: object) -> None:
    with pytest.raises(gee_scl.ArgumentError, match="name: got"):
        remap(made, "water", name=name)


def test_an_unknown_scheme_is_named_with_a_suggestion(made: ee.Image) -> None:
    for function in (remap, indicators, with_class_properties):
        with pytest.raises(gee_scl.SchemeError, match="Did you mean 'water'"):
            function(made, "watr")


def test_an_image_without_the_band_is_refused_by_name(made: ee.Image) -> None:
    with pytest.raises(ee.EEException, match="SCL"):
        remap(made.select([]), "water").getInfo()


def test_properties_grid_and_time_stay_and_the_scheme_is_noted(made: ee.Image) -> None:
    before, after = made.select("SCL").getInfo(), remap(made, "land").getInfo()
    assert {k: after["properties"][k] for k in before["properties"]} == before["properties"]
    assert after["id"] == before["id"]
    assert after["properties"]["gee_scl:scheme"] == "land"
    (old,), (new,) = before["bands"], after["bands"]
    assert {k: new[k] for k in ("crs", "crs_transform", "dimensions")} == {
        k: old[k] for k in ("crs", "crs_transform", "dimensions")
    }


def test_class_properties_list_values_names_and_colours_by_ascending_value(made: ee.Image) -> None:
    classes = (SchemeClass(9, "Water", "0000ff", (6,)), SchemeClass(2, "Land", "#00FF00", (4, 5)))
    properties = remap(made, Scheme("Two Things", "", classes)).getInfo()["properties"]
    found = {key: value for key, value in properties.items() if "_class_" in key}
    assert found == {
        "two_things_class_values": [2, 9],
        "two_things_class_names": ["Land", "Water"],
        "two_things_class_palette": ["00ff00", "0000ff"],
    }


def test_esa_has_its_own_names_and_colours(made: ee.Image) -> None:
    properties = with_class_properties(made, "esa").getInfo()["properties"]
    names = dict(zip(properties["SCL_class_values"], properties["SCL_class_names"], strict=True))
    colors = dict(zip(properties["SCL_class_values"], properties["SCL_class_palette"], strict=True))
    assert (names[2], names[5], names[11]) == ("Topographic casted shadows", "Not-vegetated", "Snow or ice")
    assert (colors[2], colors[5], colors[11]) == ("2f2f2f", "ffe65a", "ff96ff")
    plain = with_class_properties(made, "scl").getInfo()["properties"]
    assert plain["SCL_class_names"][4] == "Bare Soils"


def test_a_whole_collection_is_remapped_by_map_with_a_small_graph(made: ee.Image) -> None:
    everything = gee_scl.collection()
    images = everything.map(lambda image: remap(image, "land"))
    assert images.first().bandNames().getInfo() == ["land"]
    shares = everything.map(lambda image: indicators(image, "scl")).mean()
    assert added_bytes(images, everything) < 3_000
    assert added_bytes(shares, everything) < 8_000


# indicators


@pytest.mark.parametrize("name", SCHEMES)
def test_each_class_has_a_band_that_is_one_where_it_is(made: ee.Image, name: str) -> None:
    scheme = SCHEMES[name]
    found = read(indicators(made, name), MADE)
    assert list(found) == scheme.indicator_bands()
    covered = np.isin(CODES, scheme.codes)
    for member, band in zip(scheme.classes, found.values(), strict=True):
        expected = np.ma.masked_array(np.isin(CODES, member.codes).astype(np.int64), ~covered)
        assert_same(band, expected)


@LAWS
@given(scheme=schemes())
def test_indicators_part_what_the_scheme_covers(made: ee.Image, scheme: Scheme) -> None:
    (total,) = read(indicators(made, scheme).reduce(ee.Reducer.sum()), MADE).values()
    covered = np.isin(CODES, [code for code in scheme.codes if code != 0])
    assert_same(total, np.ma.masked_array(np.ones(CODES.shape, np.int64), ~covered))


def test_what_a_scheme_leaves_out_can_be_zero_in_all_bands(made: ee.Image) -> None:
    found = read(indicators(made, "land", unlisted="zero"), MADE)
    for code, band in zip((4, 5, 6, 11), found.values(), strict=True):
        assert_same(band, np.ma.masked_array(np.isin(CODES, code).astype(np.int64), CODES == 0))
    with pytest.raises(gee_scl.ArgumentError, match=r"unlisted: got 'keep'; allowed: 'mask' or 'zero'"):
        indicators(made, "land", unlisted="keep")


def test_each_indicator_band_is_coloured_like_its_class(made: ee.Image) -> None:
    properties = indicators(made, "water").getInfo()["properties"]
    assert properties["water_class_values"] == [0, 1]
    assert properties["water_class_names"] == ["Not: Water", "Water"]
    assert properties["water_class_palette"] == ["000000", "0000ff"]
    assert properties["not_water_class_palette"] == ["000000", "d9c9a3"]
    assert properties["gee_scl:scheme"] == "water"
    assert properties["system:time_start"] == 1682935200000


# With statistics


def test_statistics_of_a_remapped_band_equal_those_of_the_codes(made: ee.Image) -> None:
    region = (10.290, 46.040, 10.297, 46.047)
    direct = gee_scl.class_statistics(made, region, scheme="land")
    remapped = gee_scl.class_statistics(remap(made, "land"), region, band="land", scheme=SCHEMES["land"].remapped())
    assert direct["pixels"].sum() > 0
    pd.testing.assert_frame_equal(remapped, direct)


# On recorded pixels and the sample


def middle(path: Path, size: int) -> tuple[np.ndarray, Window]:
    with rasterio.open(path) as file:
        left, top = (max(0, (side - size) // 2) for side in (file.width, file.height))
        window = rasterio.windows.Window(left, top, min(size, file.width), min(size, file.height))
        codes = file.read(1, window=window)
        transform = file.transform @ Affine.translation(left, top)
        return codes, Window(file.crs.to_string(), transform, codes.shape[1], codes.shape[0])


@pytest.mark.real
@pytest.mark.parametrize("tile", ["29UNU", "31UES"])
def test_recorded_pixels_are_remapped_as_by_numpy(shared: Path, tile: str) -> None:
    codes, window = middle(sorted((shared / "data" / tile).glob("assets/*/SCL.tif"))[-1], 1200)
    with session_over(shared / "data" / tile):
        image = gee_scl.collection().sort("system:time_start", False).first()
        (found,) = read(remap(image, "cloud"), window).values()
        bands = read(indicators(image, "cloud"), window)
    assert len(np.unique(codes)) > 1
    assert_same(found, mapped(codes, SCHEMES["cloud"].mapping))
    covered = np.isin(codes, SCHEMES["cloud"].codes)
    for member, band in zip(SCHEMES["cloud"].classes, bands.values(), strict=True):
        assert_same(band, np.ma.masked_array(np.isin(codes, member.codes).astype(np.int64), ~covered))


def test_the_sample_is_remapped_as_by_numpy(sample: Path, sample_engine: str) -> None:
    with session_on(sample_engine):
        image = gee_scl.collection(tiles="32TPS").first()
        day = image.date().format("yyyyMMdd").getInfo()
        (path,) = sample.glob(f"sentinel-2-l2a/*_32TPS_{day}_0_L2A/SCL.tif")
        codes, window = middle(path, 400)
        (found,) = read(remap(image, "land"), window).values()
    assert_same(found, mapped(codes, SCHEMES["land"].mapping))
