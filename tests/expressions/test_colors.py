"""Colours of classes as images: pixels by numpy and scipy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import ee
import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import ndimage

import gee_scl
from gee_scl.classes.class_table import CLASSES
from gee_scl.classes.scheme_class import SchemeClass
from gee_scl.classes.schemes import SCHEMES, Scheme
from gee_scl.expressions.colors import RGB_BANDS, true_color, visualize
from gee_scl.expressions.remap import remap
from tests.support.engines import session_on, session_over
from tests.support.graphs import added_bytes
from tests.support.local.catalogues import GRID, Scene, make_catalogue
from tests.support.pixels import Window, read

RANDOM = np.random.default_rng(20230501)
CODES = np.where(RANDOM.random((24, 31)) < 0.5, 9, RANDOM.integers(0, 12, (24, 31))).astype(np.uint8)
REFLECTANCE = RANDOM.integers(1, 5000, (3, 48, 62), np.uint16)
"""Red, green and blue at 10 m."""

MADE = Window("EPSG:32632", GRID, CODES.shape[1], CODES.shape[0])
FINE = Window("EPSG:32632", GRID @ Affine.scale(0.5), 2 * CODES.shape[1], 2 * CODES.shape[0])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ee.Image]:
    bands = dict(zip(("red", "green", "blue"), REFLECTANCE, strict=True))
    scene = Scene(CODES, bands=bands, properties={"earthsearch:boa_offset_applied": True})
    with session_over(make_catalogue(tmp_path_factory.mktemp("colours"), [scene])):
        yield ee.Image(gee_scl.collection().first())


def rgb_of(color: str) -> tuple[int, int, int]:
    return int(color[:2], 16), int(color[2:4], 16), int(color[4:], 16)


def drawn(image: ee.Image, window: Window) -> np.ma.MaskedArray:
    """The pixels of an RGB image: bands first."""
    pixels = read(image, window)
    assert list(pixels) == list(RGB_BANDS)
    assert {band.dtype for band in pixels.values()} == {np.dtype(np.uint8)}
    return np.ma.stack(list(pixels.values()))


def painted(codes: np.ndarray, colors: dict[int, str]) -> np.ma.MaskedArray:
    """Each code in its colour; the others masked."""
    found = np.zeros((3, *codes.shape), np.uint8)
    for code, color in colors.items():
        found[:, codes == code] = np.array(rgb_of(color), np.uint8)[:, np.newaxis]
    return np.ma.masked_array(found, np.broadcast_to(~np.isin(codes, list(colors)), found.shape))


def assert_same(found: np.ma.MaskedArray, expected: np.ma.MaskedArray) -> None:
    np.testing.assert_array_equal(np.ma.getmaskarray(found), np.ma.getmaskarray(expected))
    np.testing.assert_array_equal(found.filled(0), expected.filled(0))


# Visualization parameters


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.integers(-50, 3000), min_size=1, max_size=11, unique=True), data=st.data())
def test_image_visualize_shows_each_class_in_its_colour(made: ee.Image, values: list[int], data: st.DataObject) -> None:
    colors = data.draw(
        st.lists(st.from_regex("[0-9a-f]{6}", fullmatch=True), min_size=len(values), max_size=len(values))
    )
    classes = [SchemeClass(v, f"c{n}", colors[n], (n + 1,)) for n, v in enumerate(values)]
    scheme = Scheme("drawn", "", tuple(classes))
    shown = remap(made, scheme).visualize(**scheme.vis_params())
    assert_same(drawn(shown, MADE), painted(CODES, {n + 1: color for n, color in enumerate(colors)}))


# visualize


@pytest.mark.parametrize("name", SCHEMES)
def test_classes_are_drawn_in_the_colours_of_their_scheme(made: ee.Image, name: str) -> None:
    colors = {code: member.color for member in SCHEMES[name].classes for code in member.codes}
    assert_same(drawn(visualize(made, name), MADE), painted(CODES, colors))


def test_a_remapped_band_is_drawn_by_its_own_scheme(made: ee.Image) -> None:
    again = visualize(remap(made, "cloud"), SCHEMES["cloud"].remapped(), band="cloud")
    assert_same(drawn(again, MADE), drawn(visualize(made, "cloud"), MADE))


def test_a_drawing_keeps_time_grid_and_index(made: ee.Image) -> None:
    for image in (visualize(made), true_color(made)):
        found = image.getInfo()
        assert found["properties"]["system:time_start"] == 1682935200000
        assert found["properties"]["MGRS_TILE"] == "32TPS"
    assert visualize(made).projection().nominalScale().getInfo() == 20
    assert true_color(made, "cloud").projection().nominalScale().getInfo() == 10


# true_color


def brightness(low: float = 0, high: float = 3000, gamma: float = 1) -> np.ndarray:
    return 255 * np.clip((REFLECTANCE.astype(float) - low) / (high - low), 0, 1) ** (1 / gamma)


def rounded(values: np.ndarray) -> np.ndarray:
    return np.floor(values + 0.5).astype(np.uint8)


@pytest.mark.parametrize(("low", "high", "gamma"), [(0, 3000, 1), (100, 4000, 1), (0, 2500, 1.4)])
def test_true_colour_stretches_reflectance(made: ee.Image, low: float, high: float, gamma: float) -> None:
    found = drawn(true_color(made, low=low, high=high, gamma=gamma), FINE)
    assert not np.ma.getmaskarray(found).any()
    difference = np.abs(found.astype(int) - rounded(brightness(low, high, gamma)).astype(int))
    # Single precision may fall on the other side of a half.
    assert difference.max() <= 1
    assert (difference > 0).mean() < 0.001


FINE_CODES = CODES.repeat(2, axis=0).repeat(2, axis=1)


def mixed(where: np.ndarray, color: str, opacity: float) -> np.ndarray:
    over = np.array(rgb_of(color), float)[:, np.newaxis, np.newaxis]
    return np.where(where, brightness() * (1 - opacity) + over * opacity, brightness())


def assert_close(found: np.ma.MaskedArray, expected: np.ndarray) -> None:
    assert not np.ma.getmaskarray(found).any()
    difference = np.abs(found.astype(int) - rounded(expected).astype(int))
    assert difference.max() <= 1
    assert (difference > 0).mean() < 0.02


def test_a_tint_lies_over_the_pixels_of_its_classes_without_a_shift(made: ee.Image) -> None:
    found = drawn(true_color(made, "cloud", color="ff00ff", opacity=1), FINE)
    cloud = np.isin(FINE_CODES, (8, 9, 10))
    assert (found.data[:, cloud] == np.array([[255], [0], [255]])).all()
    plain = drawn(true_color(made), FINE)
    np.testing.assert_array_equal(found.data[:, ~cloud], plain.data[:, ~cloud])


def test_a_tint_lets_the_ground_shine_through(made: ee.Image) -> None:
    found = drawn(true_color(made, ["cloud", "Cloud Shadows"], color="ff0000", opacity=0.3), FINE)
    assert_close(found, mixed(np.isin(FINE_CODES, (3, 8, 9, 10)), "ff0000", 0.3))


def test_classes_have_the_colours_of_a_scheme(made: ee.Image) -> None:
    expected = brightness()
    for code, color in ((6, "0000ff"), (11, "ff96ff")):
        here = np.isin(FINE_CODES, code)
        expected = np.where(here, mixed(here, color, 0.5), expected)
    assert_close(drawn(true_color(made, ["water", 11, 0], scheme="esa"), FINE), expected)


@pytest.mark.parametrize("width", [20, 30, 40])
def test_an_outline_is_what_lies_near_the_edge(made: ee.Image, width: float) -> None:
    found = drawn(true_color(made, 9, style="outline", color="ff00ff", width=width), FINE)
    cloud = FINE_CODES == 9
    # Metres to the nearest centre of another pixel; beyond the image nothing is known, so nothing is outlined.
    reach = ndimage.distance_transform_edt(cloud, sampling=10)
    rim = cloud & (reach <= width)
    assert rim.any()
    assert_close(found, mixed(rim, "ff00ff", 1))


def test_an_outline_leaves_the_inside_free(tmp_path: Path) -> None:
    codes = np.full((21, 21), 4, np.uint8)
    codes[5:16, 5:16] = 9
    bands = dict.fromkeys(("red", "green", "blue"), np.full((21, 21), 300, np.uint16))
    scene = Scene(codes, bands=bands, properties={"earthsearch:boa_offset_applied": True})
    with session_over(make_catalogue(tmp_path, [scene])):
        image = true_color(gee_scl.collection().first(), "cloud", style="outline", color="ff0000", width=20)
        found = drawn(image, Window("EPSG:32632", GRID, 21, 21)).data[0] == 255
    ring = np.zeros((21, 21), np.bool_)
    ring[5:16, 5:16] = True
    ring[6:15, 6:15] = False
    np.testing.assert_array_equal(found, ring)


def test_another_raster_is_laid_over_by_its_own_names(made: ee.Image) -> None:
    cover = Scheme.from_lists("cover", [4, 5, 6], ["Trees", "Soil", "Lake"], ["006400", "aa7744", "0064c8"])
    found = drawn(true_color(made, "Lake", scheme=cover, opacity=1), FINE)
    assert (found.data[:, FINE_CODES == 6] == np.array([[0], [100], [200]])).all()
    with pytest.raises(gee_scl.ClassError, match=r"overlay: got 'cloud'.*4 Trees"):
        true_color(made, "cloud", scheme=cover)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"overlay": "clouds"}, "overlay: got 'clouds'.*Did you mean"),
        ({"overlay": []}, "overlay: got .*at least one"),
        ({"overlay": "cloud", "scheme": "land"}, "overlay: got 'cloud'.*'land' has: codes 4, 5, 6, 11.*give a color"),
        ({"overlay": 9, "color": "pink"}, "six hexadecimal digits"),
        ({"style": "blink"}, "style: got 'blink'; allowed: 'tint' or 'outline'"),
        ({"opacity": 0}, "opacity: got 0"),
        ({"opacity": 1.5}, "opacity: got 1.5"),
        ({"width": -40}, "width: got -40; allowed: a positive number of metres"),
        ({"bands": ("B4", "B3")}, "bands: got .*three band names"),
        ({"bands": "B4"}, "bands: got 'B4'"),
        ({"low": 3000}, "high: got 3000; allowed: a number above low"),
        ({"low": "x"}, "low: got 'x'"),
        ({"high": float("nan")}, "high: got nan"),
        ({"gamma": 0}, "gamma: got 0; allowed: a positive number"),
    ],
)
def test_what_cannot_be_drawn_is_refused(made: ee.Image, arguments: dict[str, object], message: str) -> None:
    with pytest.raises(gee_scl.ArgumentError, match=message):
        true_color(made, **arguments)


def test_drawings_are_made_by_map_with_small_graphs(made: ee.Image) -> None:
    everything = gee_scl.collection()
    images = everything.map(lambda image: true_color(image, "cloud", style="outline"))
    assert images.first().bandNames().getInfo() == list(RGB_BANDS)
    assert added_bytes(images, everything) < 8_000
    assert added_bytes(everything.map(visualize), everything) < 3_000


# On recorded pixels and the sample


@pytest.mark.real
def test_recorded_pixels_are_drawn_as_by_numpy(shared: Path) -> None:
    folder = shared / "data" / "31UDS"
    scene = next(p.parent for p in sorted(folder.glob("assets/*/SCL.tif")) if (read_raster(p)[0] == 9).mean() > 0.2)
    codes, transform = read_raster(scene / "SCL.tif")
    red, fine = read_raster(scene / "B04.tif")
    moment = f"{scene.name.split('_')[2]}"
    with session_over(folder):
        image = ee.Image(gee_scl.collection().filter(ee.Filter.stringStartsWith("system:index", moment)).first())
        coarse = drawn(visualize(image, "esa"), Window("EPSG:32631", transform, codes.shape[1], codes.shape[0]))
        window = Window("EPSG:32631", fine, red.shape[1], red.shape[0])
        tinted = drawn(true_color(image, "cloud", color="ff0000", opacity=1), window)
    assert_same(coarse, painted(codes, {c: f.esa_color for c, f in CLASSES.items() if c}))
    cloud = np.isin(codes, (8, 9, 10)).repeat(2, axis=0).repeat(2, axis=1)
    expected = np.where(cloud, 255, rounded(255 * np.clip(red / 3000, 0, 1)))
    assert np.abs(tinted.data[0].astype(int) - expected.astype(int)).max() <= 1
    assert (tinted.data[1:, cloud] == 0).all()


def read_raster(path: Path) -> tuple[np.ndarray, Affine]:
    with rasterio.open(path) as file:
        return file.read(1), file.transform


def test_the_sample_is_drawn_as_by_numpy(sample: Path, sample_engine: str) -> None:
    with session_on(sample_engine):
        image = ee.Image(gee_scl.collection(tiles="32TQS").first())
        day = image.date().format("yyyyMMdd").getInfo()
        (path,) = sample.glob(f"sentinel-2-l2a/*_32TQS_{day}_0_L2A/SCL.tif")
        codes, transform = read_raster(path)
        part = codes[:300, :300]
        found = drawn(visualize(image, "cloud"), Window("EPSG:32632", transform, 300, 300))
    assert_same(found, painted(part, {c: m.color for m in SCHEMES["cloud"].classes for c in m.codes}))
