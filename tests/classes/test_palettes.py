"""Colours of classes: distances by CIEDE2000, pixels by numpy and scipy, styles by an XML parser."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
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
from gee_scl.classes.legend import CLASSES
from gee_scl.classes.palettes import (
    COLOR_BLIND_DISTANCE,
    PALETTES,
    RGB_BANDS,
    legend_dict,
    recolor,
    sld,
    true_color,
    vis_params,
    visualize,
)
from gee_scl.classes.schemes import SCHEMES, Scheme, SchemeClass
from gee_scl.expressions.remap import remap, remapped_scheme
from tests.support.local.catalogues import GRID, Scene, make_catalogue
from tests.support.pixels import Window, read

RANDOM = np.random.default_rng(20230501)
CODES = np.where(RANDOM.random((24, 31)) < 0.5, 9, RANDOM.integers(0, 12, (24, 31))).astype(np.uint8)
REFLECTANCE = RANDOM.integers(1, 5000, (3, 48, 62), np.uint16)
"""Red, green and blue at 10 m."""

MADE = Window("EPSG:32632", GRID, CODES.shape[1], CODES.shape[0])
FINE = Window("EPSG:32632", GRID @ Affine.scale(0.5), 2 * CODES.shape[1], 2 * CODES.shape[0])

WORLD_COVER = Scheme.from_lists(
    "worldcover",
    [10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100],
    [
        "Tree cover",
        "Shrubland",
        "Grassland",
        "Cropland",
        "Built-up",
        "Bare / sparse vegetation",
        "Snow and ice",
        "Permanent water bodies",
        "Herbaceous wetland",
        "Mangroves",
        "Moss and lichen",
    ],
    ["006400", "ffbb22", "ffff4c", "f096ff", "fa0000", "b4b4b4", "f0f0f0", "0064c8", "0096a0", "00cf75", "fae6a0"],
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ee.Image]:
    bands = dict(zip(("red", "green", "blue"), REFLECTANCE, strict=True))
    scene = Scene(CODES, bands=bands, properties={"earthsearch:boa_offset_applied": True})
    with gee_scl.local_session(make_catalogue(tmp_path_factory.mktemp("colours"), [scene])):
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


# Palettes

SIGHTS = {
    "normal": np.eye(3),
    # Machado, Oliveira & Fernandes 2009, https://doi.org/10.1109/TVCG.2009.113, tables for severity 1.0.
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}

TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
"""IEC 61966-2-1 (sRGB), D65."""


def seen(color: str, sight: str) -> tuple[float, float, float]:
    """CIELAB of a colour as somebody sees it."""
    channels = np.array(rgb_of(color)) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    x, y, z = (TO_XYZ @ np.clip(SIGHTS[sight] @ linear, 0, 1)) / TO_XYZ.sum(axis=1)
    root = [np.cbrt(t) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in (x, y, z)]
    return float(116 * root[1] - 16), float(500 * (root[0] - root[1])), float(200 * (root[1] - root[2]))


def ciede2000(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    """CIEDE2000 as in Sharma, Wu & Dalal 2005, https://doi.org/10.1002/col.20070."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1.5 - 0.5 * np.sqrt(mean**7 / (mean**7 + 25**7))
    first, second = complex(a1 * stretch, b1), complex(a2 * stretch, b2)
    c1, c2 = abs(first), abs(second)
    h1, h2 = (np.degrees(np.angle(z)) % 360 for z in (first, second))
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    hue = h1 + h2 if c1 * c2 == 0 else (h1 + turn / 2) % 360
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    cosines = [(-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.20, 4, -63)]
    t = 1 + sum(weight * np.cos(np.radians(times * hue + shift)) for weight, times, shift in cosines)
    sl = 1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2)
    parts = (l2 - l1) / sl, (c2 - c1) / (1 + 0.045 * chroma), dh / (1 + 0.015 * chroma * t)
    rotation = -2 * np.sqrt(chroma**7 / (chroma**7 + 25**7))
    rotation *= np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    return float(np.sqrt(sum(part**2 for part in parts) + rotation * parts[1] * parts[2]))


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
        ((22.7233, 20.0904, -46.694), (23.0331, 14.973, -42.5619), 2.0373),
        ((90.9257, -0.5406, -0.9208), (88.6381, -0.8985, -0.7239), 1.5381),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_measure_of_these_tests_gives_published_distances(
    one: tuple[float, float, float], other: tuple[float, float, float], distance: float
) -> None:
    assert ciede2000(one, other) == pytest.approx(distance, abs=1e-4)


def smallest_distance(colors: list[str], sight: str) -> float:
    places = [seen(color, sight) for color in colors]
    return min(ciede2000(one, other) for one, other in itertools.combinations(places, 2))


@pytest.mark.parametrize("sight", SIGHTS)
def test_colours_for_the_colour_blind_stay_apart_however_they_are_seen(sight: str) -> None:
    assert smallest_distance(list(PALETTES["colorblind"].colors.values()), sight) >= COLOR_BLIND_DISTANCE


@pytest.mark.parametrize("name", SCHEMES)
def test_every_built_in_scheme_can_have_colours_that_stay_apart(name: str) -> None:
    palette = recolor(name, "colorblind").palette
    assert all(smallest_distance(palette, sight) >= COLOR_BLIND_DISTANCE for sight in SIGHTS)


def test_the_official_colours_do_not_stay_apart() -> None:
    assert smallest_distance(list(PALETTES["earth_engine"].colors.values()), "normal") < 2
    assert smallest_distance(list(PALETTES["esa"].colors.values()), "deuteranopia") < 4


def test_palettes_hold_the_official_colours_and_cannot_be_changed() -> None:
    assert list(PALETTES) == ["earth_engine", "esa", "colorblind"]
    assert PALETTES["earth_engine"].colors[4] == "10d22c"
    assert 0 not in PALETTES["earth_engine"].colors
    assert PALETTES["esa"].colors[4] == "00a000"
    assert "Machado" in repr(PALETTES["colorblind"])
    with pytest.raises(TypeError):
        PALETTES["esa"].colors[4] = "000000"
    with pytest.raises(FrozenInstanceError):
        PALETTES["esa"].name = "x"


# recolor


def test_a_named_palette_colours_a_scheme_by_the_first_code_of_each_class() -> None:
    assert recolor("scl", "esa").palette == SCHEMES["esa"].palette
    assert recolor("esa", "Earth Engine").palette == SCHEMES["scl"].palette
    assert recolor("land", "esa").palette == ["00a000", "ffe65a", "0000ff", "ff96ff"]
    assert recolor("land", PALETTES["esa"]) == recolor("land", "esa")
    invalid = Scheme(
        "invalid", "", (SchemeClass(1, "Nothing", "123456", (0,)), SchemeClass(2, "Defective", "000000", (1,)))
    )
    assert recolor(invalid, "earth_engine").palette == ["123456", "ff0004"]


def test_colours_can_be_given_by_name_value_or_position() -> None:
    assert recolor("water", {"water": "#00FFFF"}).palette == ["00ffff", "d9c9a3"]
    assert recolor("water", {2: "111111"}).palette == ["0000ff", "111111"]
    assert recolor("water", ["111111", "222222"]).palette == ["111111", "222222"]
    recolored = recolor("water", ["111111", "222222"])
    assert (recolored.name, recolored.mapping) == ("water", SCHEMES["water"].mapping)
    assert SCHEMES["water"].palette == ["0000ff", "d9c9a3"]


@pytest.mark.parametrize(
    ("palette", "message"),
    [
        ("colourblind", "Did you mean 'colorblind'"),
        ({"watr": "000000"}, "1 Water, 2 Not water.*Did you mean 'Water'"),
        ({"Water": "000000", 1: "111111"}, "each class once"),
        ({"Water": "blue"}, "six hexadecimal digits"),
        (["000000"], "2 colours, one for each of: Water, Not water"),
        (["000000", 7], "six hexadecimal digits"),
        (7, "a name.*a Palette, a mapping"),
    ],
)
def test_a_palette_that_does_not_fit_is_refused(palette: object, message: str) -> None:
    with pytest.raises(gee_scl.ArgumentError, match=message):
        recolor("water", palette)


def test_the_colours_of_the_scl_are_refused_for_another_raster() -> None:
    with pytest.raises(gee_scl.SchemeError, match="'worldcover', which is not of the SCL"):
        recolor(WORLD_COVER, "esa")


# vis_params and legend_dict


def test_scl_has_a_colour_for_each_code() -> None:
    expected = {"bands": ["SCL"], "min": 1, "max": 11, "palette": SCHEMES["scl"].palette}
    assert vis_params() == vis_params("scl") == expected
    assert vis_params("land")["bands"] == ["land"]
    assert vis_params("esa", band="classes")["bands"] == ["classes"]


def test_gaps_between_values_are_filled() -> None:
    found = vis_params(WORLD_COVER, band="Map")
    assert (found["min"], found["max"], len(found["palette"])) == (10, 100, 19)
    by_value = dict(zip(range(10, 101, 5), found["palette"], strict=True))
    assert [by_value[value] for value in WORLD_COVER.values] == WORLD_COVER.palette
    assert by_value[15] == by_value[10]


def test_a_single_class_has_a_range() -> None:
    found = vis_params(Scheme("one", "", (SchemeClass(7, "One", "123456", (4,)),)))
    assert found == {"bands": ["one"], "min": 7, "max": 8, "palette": ["123456", "123456"]}


def test_values_too_far_apart_are_refused() -> None:
    scheme = Scheme.from_lists("far", [0, 1, 10**9], ["a", "b", "c"], ["000000", "111111", "222222"])
    with pytest.raises(gee_scl.SchemeError, match="4096 colours"):
        vis_params(scheme)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.integers(-50, 3000), min_size=1, max_size=11, unique=True), data=st.data())
def test_image_visualize_shows_each_class_in_its_colour(made: ee.Image, values: list[int], data: st.DataObject) -> None:
    colors = data.draw(
        st.lists(st.from_regex("[0-9a-f]{6}", fullmatch=True), min_size=len(values), max_size=len(values))
    )
    classes = [SchemeClass(v, f"c{n}", colors[n], (n + 1,)) for n, v in enumerate(values)]
    scheme = Scheme("drawn", "", tuple(classes))
    shown = remap(made, scheme).visualize(**vis_params(scheme))
    assert_same(drawn(shown, MADE), painted(CODES, {n + 1: color for n, color in enumerate(colors)}))


def test_a_legend_dictionary_is_what_geemap_takes() -> None:
    legend = legend_dict("esa")
    assert legend["Snow or ice"] == "ff96ff"
    assert list(legend) == SCHEMES["esa"].names
    widgets = pytest.importorskip("geemap.map_widgets")
    widget = widgets.Legend(title="SCL", legend_dict=legend)
    assert list(widget.legend_keys) == SCHEMES["esa"].names
    assert list(widget.legend_colors) == [f"#{color}" for color in SCHEMES["esa"].palette]


# sld


def parsed(style: str) -> ElementTree.Element:
    return ElementTree.fromstring(style)  # noqa: S314 - made by the package


def test_a_style_lists_each_value_with_its_colour_and_name() -> None:
    style = parsed(sld("scl"))
    assert style.tag == "RasterSymbolizer"
    assert style.findtext("ChannelSelection/GrayChannel/SourceChannelName") == "SCL"
    colors = style.find("ColorMap")
    assert colors is not None
    assert colors.get("type") == "values"
    entries = [(int(e.attrib["quantity"]), e.attrib["color"], e.attrib["label"]) for e in colors]
    assert entries == [(m.value, f"#{m.color}", m.name) for m in SCHEMES["scl"].classes]
    assert [value for value, _, _ in entries] == list(range(1, 12))
    assert parsed(sld("water")).findtext(".//SourceChannelName") == "water"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda t: any(c.isalnum() for c in t)))
def test_a_style_is_well_formed_whatever_the_names(name: str) -> None:
    scheme = Scheme.from_lists("x", [3, 1], [name, "a < b & \"c\" 'd' > "], ["000000", "ffffff"])
    first, second = parsed(sld(scheme, band="a&b"))[1]
    assert (first.attrib["quantity"], first.attrib["label"]) == ("1", "a < b & \"c\" 'd' > ")
    if name.isprintable():
        assert second.attrib["label"] == name


# visualize


@pytest.mark.parametrize("name", SCHEMES)
def test_classes_are_drawn_in_the_colours_of_their_scheme(made: ee.Image, name: str) -> None:
    colors = {code: member.color for member in SCHEMES[name].classes for code in member.codes}
    assert_same(drawn(visualize(made, name), MADE), painted(CODES, colors))


def test_a_remapped_band_is_drawn_by_its_own_scheme(made: ee.Image) -> None:
    again = visualize(remap(made, "cloud"), remapped_scheme("cloud"), band="cloud")
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
    with gee_scl.local_session(make_catalogue(tmp_path, [scene])):
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
    images = gee_scl.collection().map(lambda image: true_color(image, "cloud", style="outline"))
    assert images.first().bandNames().getInfo() == list(RGB_BANDS)
    assert len(images.serialize()) < 10_000
    assert len(gee_scl.collection().map(visualize).serialize()) < 5_000


# On recorded pixels and the sample


@pytest.mark.real
def test_recorded_pixels_are_drawn_as_by_numpy(shared: Path) -> None:
    folder = shared / "data" / "31UDS"
    scene = next(p.parent for p in sorted(folder.glob("assets/*/SCL.tif")) if (read_raster(p)[0] == 9).mean() > 0.2)
    codes, transform = read_raster(scene / "SCL.tif")
    red, fine = read_raster(scene / "B04.tif")
    moment = f"{scene.name.split('_')[2]}"
    with gee_scl.local_session(folder):
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
    with gee_scl.local_session(sample_engine):
        image = ee.Image(gee_scl.collection(tiles="32TQS").first())
        day = image.date().format("yyyyMMdd").getInfo()
        (path,) = sample.glob(f"sentinel-2-l2a/*_32TQS_{day}_0_L2A/SCL.tif")
        codes, transform = read_raster(path)
        part = codes[:300, :300]
        found = drawn(visualize(image, "cloud"), Window("EPSG:32632", transform, 300, 300))
    assert_same(found, painted(part, {c: m.color for m in SCHEMES["cloud"].classes for c in m.codes}))
