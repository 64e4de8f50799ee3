"""Masks of classes and clouds, bit by bit against numpy on the same files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ee
import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

import gee_scl
from gee_scl.classes.class_table import CLASSES, GROUPS, SCL_CODES
from gee_scl.classes.mask_presets import MASK_PRESETS
from gee_scl.classes.schemes import SCHEMES
from gee_scl.classes.selection import class_codes
from gee_scl.expressions.masks import class_mask, keep_classes, mask_clouds, masked_share
from tests.support.engines import session_over
from tests.support.graphs import added_bytes
from tests.support.local.catalogues import GRID, Scene, make_catalogue
from tests.support.pixels import Window, read

SIZE = 40
RED = np.arange(1, 4 * SIZE * SIZE + 1, dtype=np.uint16).reshape(2 * SIZE, 2 * SIZE)
"""Reflectance, every pixel another."""
STORED = RED + 1000
"""As products since baseline 04.00 store it."""
COARSE = Window("EPSG:32632", GRID, SIZE, SIZE)
FINE = Window("EPSG:32632", GRID @ Affine.scale(0.5), 2 * SIZE, 2 * SIZE)

SELECTIONS = st.sets(st.sampled_from(SCL_CODES[1:]), min_size=1, max_size=10)


def classes() -> np.ndarray:
    """Every class in patches of three pixels."""
    numbers = np.random.default_rng(7)
    values = np.kron(numbers.integers(0, 12, (14, 14)), np.ones((3, 3), int))[:SIZE, :SIZE]
    return values.astype(np.uint8)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scenes = [
        Scene(classes(), bands={"red": STORED}),
        Scene(np.flipud(classes()), time="2023-05-04T10:00:00Z", bands={"red": STORED}),
    ]
    return make_catalogue(tmp_path_factory.mktemp("masks"), scenes)


@pytest.fixture(scope="module", autouse=True)
def session(made: Path) -> Iterator[None]:
    with session_over(made):
        yield


def first() -> ee.Image:
    return gee_scl.collection().first()


def doubled(array: np.ndarray) -> np.ndarray:
    return np.kron(array, np.ones((2, 2), array.dtype))


def valid(image: ee.Image, band: str = "SCL", window: Window = COARSE) -> np.ndarray:
    return ~np.ma.getmaskarray(read(image.select([band]), window)[band])


def properties(image: ee.Image) -> dict[str, Any]:
    return {key: value for key, value in image.getInfo()["properties"].items() if key.startswith("gee_scl:")}


@settings(deadline=None, max_examples=20)
@given(SELECTIONS)
def test_a_class_mask_is_1_on_the_classes_and_0_on_others(codes: set[int]) -> None:
    found = read(class_mask(first(), codes, name="chosen"), COARSE)["chosen"]
    np.testing.assert_array_equal(np.ma.getmaskarray(found), classes() == 0)
    np.testing.assert_array_equal(found.filled(0), np.isin(classes(), list(codes)))


@settings(deadline=None, max_examples=10)
@given(SELECTIONS)
def test_keeping_and_dropping_the_complement_agree(codes: set[int]) -> None:
    rest = set(SCL_CODES) - codes
    kept = valid(keep_classes(first(), codes))
    np.testing.assert_array_equal(kept, valid(mask_clouds(first(), rest)))
    np.testing.assert_array_equal(kept, np.isin(classes(), list(codes)))


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
def test_the_masks_of_a_schemes_classes_part_what_it_covers(scheme: gee_scl.Scheme) -> None:
    image = first()
    masks = ee.Image.cat([class_mask(image, m.codes, name=f"c{m.value}") for m in scheme.classes])
    total = sum(band.filled(0).astype(int) for band in read(masks, COARSE).values())
    np.testing.assert_array_equal(total, np.isin(classes(), scheme.codes) & (classes() != 0))


@pytest.mark.parametrize("selection", ["cloud", "Cloud Shadows", gee_scl.SclClass.WATER, ["snow", 1, "Vegetation"]])
def test_classes_are_given_in_any_way(selection: Any) -> None:
    mask = class_mask(first(), selection)
    codes = class_codes(selection)
    np.testing.assert_array_equal(read(mask, COARSE)["mask"].filled(0), np.isin(classes(), codes))
    assert properties(mask) == {"gee_scl:classes": ",".join(map(str, codes))}


def test_a_mask_keeps_the_grid_of_the_classes_and_the_images_identity() -> None:
    described, image = class_mask(first(), "cloud").getInfo(), first().getInfo()
    assert described["bands"][0]["crs_transform"] == list(GRID)[:6]
    for name in ("system:time_start", "system:index", "MGRS_TILE"):
        assert described["properties"][name] == image["properties"][name]


def test_classes_at_20_m_mask_bands_at_10_m_without_a_shift() -> None:
    kept = read(mask_clouds(first(), [3, 8, 9, 10]).select(["B4"]), FINE)["B4"]
    expected = doubled(~np.isin(classes(), [0, 3, 8, 9, 10]))
    np.testing.assert_array_equal(~np.ma.getmaskarray(kept), expected)
    np.testing.assert_array_equal(kept.compressed(), RED[expected])


def test_all_bands_are_masked_and_other_properties_stay() -> None:
    before, after = first(), mask_clouds(first())
    assert after.bandNames().getInfo() == before.bandNames().getInfo()
    was, now = before.getInfo()["properties"], after.getInfo()["properties"]
    assert {key: now[key] for key in was} == was


@pytest.mark.parametrize("preset", MASK_PRESETS)
def test_a_preset_masks_its_classes_and_says_so(preset: str) -> None:
    codes = MASK_PRESETS[preset].codes
    clear = mask_clouds(first(), preset)
    np.testing.assert_array_equal(valid(clear), ~np.isin(classes(), [0, *codes]))
    assert properties(clear) == {"gee_scl:mask": preset, "gee_scl:masked_classes": ",".join(map(str, codes))}


def test_without_a_name_the_standard_preset_is_taken() -> None:
    assert properties(mask_clouds(first()))["gee_scl:masked_classes"] == "1,3,8,9,10"


@pytest.mark.parametrize(("choice", "code"), [("shadows", 3), ("cirrus", 10), ("snow", 11), ("unclassified", 7)])
@pytest.mark.parametrize("preset", ["thick_cloud", "not_land"])
def test_each_choice_overrides_the_preset(choice: str, code: int, preset: str) -> None:
    listed = set(MASK_PRESETS[preset].codes)
    for chosen, codes in ((True, listed | {code}), (False, listed - {code}), (None, listed)):
        clear = mask_clouds(first(), preset, **{choice: chosen})
        assert properties(clear)["gee_scl:masked_classes"] == ",".join(map(str, sorted(codes)))
        np.testing.assert_array_equal(valid(clear), ~np.isin(classes(), [0, *codes]))


def test_erosion_small_patches_and_dilation_come_in_this_order() -> None:
    clear = mask_clouds(first(), "cloud", erosion=20, min_area=1600, dilation=45, unclassified=True)
    values = classes()
    bad, known = np.isin(values, [7, 8, 9, 10]), values != 0
    bad &= ndimage.distance_transform_edt(~(known & ~bad)) > 1
    labels, _ = ndimage.label(bad, np.ones((3, 3)))
    bad &= np.bincount(labels.ravel())[labels] >= 4
    bad = ndimage.distance_transform_edt(~bad) * 20 <= 45
    assert bad.any()
    np.testing.assert_array_equal(valid(clear), known & ~bad)
    assert properties(clear) == {
        "gee_scl:mask": "cloud",
        "gee_scl:masked_classes": "7,8,9,10",
        "gee_scl:erosion": 20,
        "gee_scl:min_area": 1600,
        "gee_scl:dilation": 45,
        "gee_scl:neighbourhood": "image",
    }


def test_a_dilation_of_0_changes_nothing() -> None:
    np.testing.assert_array_equal(valid(mask_clouds(first(), dilation=0)), valid(mask_clouds(first())))


def test_pinned_masks_are_those_of_20_m_in_pixels_of_10_m() -> None:
    pinned = mask_clouds(first(), dilation=30, pinned=True)
    np.testing.assert_array_equal(valid(pinned, "B4", FINE), doubled(valid(pinned)))
    assert (valid(mask_clouds(first(), dilation=30), "B4", FINE) != doubled(valid(pinned))).any()


def test_a_collection_is_masked_image_by_image() -> None:
    masked = mask_clouds(gee_scl.collection(), "cloud")
    assert isinstance(masked, ee.ImageCollection)
    assert masked.aggregate_array("gee_scl:mask").getInfo() == ["cloud", "cloud"]
    last = ee.Image(masked.toList(2).get(1))
    np.testing.assert_array_equal(valid(last), ~np.isin(np.flipud(classes()), [0, 8, 9, 10]))


def test_functions_work_inside_a_map() -> None:
    mapped = gee_scl.collection().map(lambda image: mask_clouds(mask_clouds(image, "cloud", dilation=20), "water"))
    assert mapped.size().getInfo() == 2
    summed = gee_scl.collection().map(lambda image: class_mask(image, 6)).sum()
    expected = (classes() == 6).astype(int) + (np.flipud(classes()) == 6)
    np.testing.assert_array_equal(read(summed, COARSE)["mask"].filled(0), expected)


def test_another_class_band_can_be_named() -> None:
    renamed = first().select(["SCL"], ["classes"])
    masked = mask_clouds(renamed, band="classes", scheme="scl")
    np.testing.assert_array_equal(valid(masked, "classes"), valid(mask_clouds(first())))


@pytest.mark.parametrize("selection", ["water", "snow", "vegetation", "bare", "land", "cloud", ["shadow", "water"]])
def test_a_mask_of_what_is_seen_is_known_where_a_surface_or_the_classes_are(selection: Any) -> None:
    values, codes = classes(), class_codes(selection)
    seen = read(class_mask(first(), selection, seen_only=True, name="chosen"), COARSE)["chosen"]
    np.testing.assert_array_equal(~np.ma.getmaskarray(seen), np.isin(values, [*GROUPS["clear"], *codes]))
    np.testing.assert_array_equal(seen.filled(0), np.isin(values, codes))
    everywhere = read(class_mask(first(), selection, name="chosen"), COARSE)["chosen"]
    np.testing.assert_array_equal(~np.ma.getmaskarray(everywhere), values != 0)
    np.testing.assert_array_equal(everywhere.filled(0), np.isin(values, codes))
    assert properties(class_mask(first(), selection, seen_only=True)) == {"gee_scl:classes": ",".join(map(str, codes))}


@pytest.mark.parametrize("selection", ["Water", 6, ["cloud", "shadow"], gee_scl.SclClass.SNOW_ICE])
def test_classes_are_masked_like_a_preset_and_by_their_codes_alone(selection: Any) -> None:
    codes = class_codes(selection)
    clear = mask_clouds(first(), selection)
    np.testing.assert_array_equal(valid(clear), ~np.isin(classes(), [0, *codes]))
    assert properties(clear) == {"gee_scl:masked_classes": ",".join(map(str, codes))}


def corner(rows: int, columns: int) -> ee.Geometry:
    """So many pixels at the upper left, all with their centres inside."""
    west, north = GRID @ (0, 0)
    east, south = GRID @ (columns, rows)
    return ee.Geometry.Rectangle([west, south, east, north], "EPSG:32632", False)


@pytest.mark.parametrize(("rows", "columns"), [(SIZE, SIZE), (11, 17)])
def test_the_masked_share_is_of_the_valid_pixels_in_the_region(rows: int, columns: int) -> None:
    part = classes()[:rows, :columns]
    expected = np.isin(part[part != 0], [1, 3, 8, 9, 10]).mean()
    image = first()
    share = masked_share(image, mask_clouds(image), corner(rows, columns))
    assert share.getInfo() == pytest.approx(expected, abs=1e-12)
    property_of = mask_clouds(image, share_over=corner(rows, columns)).get("gee_scl:masked_share")
    assert property_of.getInfo() == pytest.approx(expected, abs=1e-12)


def test_the_masked_share_of_a_whole_image_and_of_nothing() -> None:
    values = classes()
    image = first()
    whole = masked_share(image, mask_clouds(image, "cloud")).getInfo()
    assert whole == pytest.approx(np.isin(values[values != 0], [8, 9, 10]).mean(), abs=1e-12)
    nothing = image.updateMask(ee.Image.constant(0))
    assert masked_share(nothing, mask_clouds(nothing), corner(SIZE, SIZE)).getInfo() is None


def test_the_share_can_be_counted_on_another_grid() -> None:
    image = first()
    found = masked_share(image, mask_clouds(image), corner(SIZE, SIZE), crs="epsg:32632", scale=np.float64(10))
    assert found.getInfo() == pytest.approx(masked_share(image, mask_clouds(image)).getInfo(), abs=1e-12)


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ({"crs": "EPSG:1"}, "crs: got 'EPSG:1'"),
        ({"crs": 32632.0}, "crs: got 32632"),
        ({"scale": 0}, "scale: got 0; .*metres"),
        ({"scale": True}, "scale: got True"),
    ],
)
def test_a_grid_that_cannot_be_is_refused_before_any_request(grid: dict[str, Any], message: str) -> None:
    with pytest.raises(gee_scl.ArgumentError, match=message):
        masked_share(ee.Image(0), ee.Image(0), **grid)


def test_a_collection_has_a_share_for_each_image() -> None:
    shares = mask_clouds(gee_scl.collection(), share_over=corner(20, SIZE)).aggregate_array("gee_scl:masked_share")
    for found, values in zip(shares.getInfo(), (classes(), np.flipud(classes())), strict=True):
        part = values[:20]
        assert found == pytest.approx(np.isin(part[part != 0], [1, 3, 8, 9, 10]).mean(), abs=1e-12)


def test_graphs_stay_small_whatever_the_number_of_images() -> None:
    options = {"dilation": 100, "erosion": 20, "min_area": 2000, "cloud_score": 0.6, "cloud_probability": 40}
    year = gee_scl.collection(start="2023-01-01", end="2024-01-01")
    assert added_bytes(mask_clouds(year).median(), year) < 3_000
    assert added_bytes(mask_clouds(year, **options).median(), year) < 16_000


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"mask": "clouds"}, gee_scl.ArgumentError, r"mask: got 'clouds'.*Did you mean 'cloud'\?"),
        ({"snow": 1}, gee_scl.ArgumentError, "snow: got 1; allowed: True or False, or None"),
        ({"dilation": -20}, gee_scl.ArgumentError, "dilation: got -20; allowed: a number of metres"),
        ({"erosion": float("inf")}, gee_scl.ArgumentError, "erosion: got inf"),
        ({"min_area": 1e6}, gee_scl.ArgumentError, "min_area: got 1000000.0; allowed: at most 102,400"),
        ({"cloud_score": 60}, gee_scl.ArgumentError, "cloud_score: got 60; allowed: a number from 0 to 1"),
        ({"cloud_probability": 101}, gee_scl.ArgumentError, "cloud_probability: got 101"),
        ({"score_band": "cdf"}, gee_scl.ArgumentError, "score_band: got 'cdf'; allowed: 'cs' or 'cs_cdf'"),
        ({"missing": "ignore"}, gee_scl.ArgumentError, "missing: got 'ignore'; allowed: 'mask' or 'keep' or 'drop'"),
        ({"missing": "drop"}, gee_scl.ArgumentError, "missing: got 'drop'.*Give the collection"),
        ({"mask": 3, "shadows": False}, gee_scl.ArgumentError, "leave a class to mask"),
    ],
)
def test_arguments_that_cannot_be_are_refused_before_any_request(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        mask_clouds(ee.Image(0), **arguments)


@pytest.mark.parametrize("function", [class_mask, keep_classes, lambda image, classes: mask_clouds(image, [classes])])
def test_wrong_and_empty_selections_of_classes_are_refused(function: Any) -> None:
    with pytest.raises(gee_scl.ClassError, match=r"Did you mean 'water'\?"):
        function(ee.Image(0), "watr")
    with pytest.raises(gee_scl.ClassError, match="at least one"):
        function(ee.Image(0), [])


def test_an_image_without_classes_is_named_by_the_answer() -> None:
    with pytest.raises(ee.EEException, match="SCL"):
        mask_clouds(first().select(["B4"])).getInfo()


def test_an_empty_collection_stays_empty() -> None:
    nothing = gee_scl.collection(start="2001-01-01", end="2001-02-01")
    assert mask_clouds(nothing, dilation=100, cloud_score=0.6, missing="drop").size().getInfo() == 0


def test_every_class_that_is_masked_has_a_name() -> None:
    for preset in MASK_PRESETS.values():
        assert preset.class_names == tuple(CLASSES[code].earth_engine_name for code in preset.codes)


@pytest.mark.real
def test_on_real_classes_presets_equal_numpy_at_20_and_10_m(shared: Path) -> None:
    folder = shared / "data" / "31UDS"
    item = sorted(folder.glob("assets/*/SCL.tif"))[40]
    with rasterio.open(item) as file, rasterio.open(item.with_name("B04.tif")) as red:
        values, transform = file.read(1), file.transform
        reflectance, fine = red.read(1), red.transform
    day = item.parent.name.split("_")[2][:8]
    start = ee.Date(f"{day[:4]}-{day[4:6]}-{day[6:]}")
    with session_over(folder):
        image = gee_scl.collection().filterDate(start, start.advance(1, "day")).first()
        for preset in MASK_PRESETS.values():
            clear = mask_clouds(image, preset)
            keep = ~np.isin(values, [0, *preset.codes])
            height, width = values.shape
            np.testing.assert_array_equal(valid(clear, window=Window("EPSG:32631", transform, width, height)), keep)
            height, width = reflectance.shape
            found = valid(clear, "B4", Window("EPSG:32631", fine, width, height))
            np.testing.assert_array_equal(found, doubled(keep) & (reflectance != 0))
