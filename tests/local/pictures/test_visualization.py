"""Painting and colours: expected values from rasterio, shapely, Python's colorsys, and by hand."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest
import rasterio.features
import shapely

from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.image import Image
from gee_scl.local.values import Collection, Feature, PixelType
from gee_scl.local.vector.geometry import Geometry
from tests.support.local.algorithm_calls import call
from tests.support.local.pixel_images import UTM, byte, joined, read, real, row, sheet, window

GRID = window(14, 12)
POLYGON = shapely.Polygon([(500_013, 5_999_981), (500_251, 5_999_937), (500_083, 5_999_791)])


def feature(shape: shapely.Geometry, **properties: float) -> Feature:
    return Feature(geometry=Geometry(shape, UTM.crs, geodesic=False), properties=properties)


def test_polygons_are_painted_where_they_hold_a_pixels_centre():
    mask = np.random.default_rng(1).random(GRID.shape) > 0.2
    image = byte(np.full(GRID.shape, 9), mask)
    painted = read(call("Image.paint", image=image, featureCollection=Collection(elements=[feature(POLYGON)])), GRID)
    inside = rasterio.features.rasterize([POLYGON], GRID.shape, transform=UTM.transform).astype(bool)
    expected = np.where(inside, 0, 9)
    np.testing.assert_array_equal(painted.values[mask], expected[mask])
    np.testing.assert_array_equal(painted.mask, mask | inside)


def test_what_is_painted_into_an_empty_image_is_all_that_is_seen_of_it():
    empty = byte(np.zeros(GRID.shape), np.zeros(GRID.shape, bool))
    painted = call("Image.paint", image=empty, featureCollection=Collection(elements=[feature(POLYGON)]), color=7)
    inside = rasterio.features.rasterize([POLYGON], GRID.shape, transform=UTM.transform).astype(bool)
    found = read(painted, GRID)
    np.testing.assert_array_equal(found.mask, inside)
    assert np.unique(found.values[inside]).tolist() == [7]


def test_colours_and_widths_can_be_properties():
    left, right = (shapely.box(x, 5_999_900, x + 100, 6_000_000) for x in (500_000, 500_100))
    fields = Collection(elements=[feature(left, crop=5), feature(right, crop=300), feature(left.buffer(1))])
    painted = call("Image.paint", image=byte(np.zeros(GRID.shape)), featureCollection=fields, color="crop")
    assert read(painted, window(14)).values.tolist() == [[5] * 5 + [300] * 5 + [0] * 4]
    assert painted.bands[0].type == PixelType("int", 0, 300)
    with pytest.raises(EvaluationError, match="'color' must be a number or the name of a numeric property"):
        call("Image.paint", image=byte([[1]]), featureCollection=fields, color=[1])


@pytest.mark.parametrize("width", [1, 2, 3.5])
def test_a_line_reaches_half_its_width_to_both_sides_of_the_perimeter(width):
    lines = Collection(elements=[feature(POLYGON)])
    painted = call("Image.paint", image=byte(np.zeros(GRID.shape)), featureCollection=lines, color=1, width=width)
    x, y = GRID.centres()
    centres = shapely.points(*np.broadcast_arrays(x, y))
    distance = shapely.distance(POLYGON.exterior, centres)
    values = read(painted, GRID).values
    # Round joins are polygons of some corners, up to 2 % inside the circle.
    sure = abs(distance - width * 10) > 0.02 * width * 10
    np.testing.assert_array_equal(values[sure], (distance < width * 10)[sure])


def test_points_paint_the_pixel_that_they_are_in():
    points = Collection(elements=[feature(shapely.Point(500_035, 5_999_985)), Feature()])
    painted = call("Image.paint", image=byte([[0, 0, 0]]), featureCollection=points, color=2)
    assert row(painted, 3) == [0, 2, 0]


def test_values_are_stretched_to_bytes():
    image = byte([[0, 5, 10, 20, 255]], mask=[[1, 1, 1, 1, 0]])
    shown = call("Image.visualize", image=image, min=0, max=20)
    assert shown.names == ["vis-gray"]
    assert row(shown, 5) == [0, 64, 128, 255, None]
    assert row(call("Image.visualize", image=image, gain=2, bias=1), 5) == [1, 11, 21, 41, None]
    assert row(call("Image.visualize", image=image, min=0, max=20, gamma=2), 3) == [0, 128, 180]
    grey = call("Image.visualize", image=image, forceRgbOutput=True)
    assert grey.names == ["vis-red", "vis-green", "vis-blue"]


def test_three_bands_become_colours_each_with_its_own_limits():
    image = joined(*(real([[v]], name=n) for n, v in (("B2", 1.0), ("B3", 2.0), ("B4", 3.0), ("B8", 4.0))))
    shown = call("Image.visualize", image=image, bands=["B4", "B3", "B2"], min=[0, 1, 0], max=[3, 3, 2])
    assert [row(shown, 1, band)[0] for band in shown.names] == [255, 128, 128]
    assert [row(call("Image.visualize", image=image, max=4), 1, band)[0] for band in shown.names] == [64, 128, 191]


def test_a_palette_gives_each_class_its_colour_and_blends_between():
    palette = ["ff0004", "#868686", "green", "fff"]
    shown = call("Image.visualize", image=real([[1, 2, 3, 4, 9, 1.5]]), min=1, max=4, palette=palette)
    colours = list(zip(*(row(shown, 6, band) for band in shown.names), strict=True))
    assert colours[:5] == [(255, 0, 4), (134, 134, 134), (0, 128, 0), (255, 255, 255), (255, 255, 255)]
    assert colours[5] == (195, 67, 69)


@pytest.mark.parametrize(
    ("kind", "values", "greys"),
    [
        (PixelType("float"), [-1.0, 0.0, 0.5, 1.0, 7.0], [0, 0, 128, 255, 255]),
        (PixelType("int", 0, 255), [0, 3, 255], [0, 3, 255]),
        (PixelType("int", 0, 65535), [0, 32768, 65535], [0, 128, 255]),
        (PixelType("int", -128, 127), [-128, 0, 127], [0, 128, 255]),
        (PixelType("int", 0, 1), [0, 1], [0, 255]),
        (PixelType("int", 7, 7), [7], [0]),
    ],
)
def test_without_a_stretch_values_fill_the_range_of_their_type(kind, values, greys):
    image = Image(bands=(sheet(np.array([values]), kind=kind),))
    assert row(call("Image.visualize", image=image), len(values)) == greys


def test_a_condition_has_the_ends_of_a_palette():
    water = Image(bands=(sheet(np.array([[0, 1]], np.int64), kind=PixelType("int", 0, 1)),))
    shown = call("Image.visualize", image=water, palette=["cadetblue", "lightgray"])
    assert [row(shown, 2, band) for band in shown.names] == [[0x5F, 0xD3], [0x9E, 0xD3], [0xA0, 0xD3]]


def test_gain_and_bias_of_a_palette_lead_to_places_in_it():
    shown = call("Image.visualize", image=byte([[1, 2, 3]]), gain=1, bias=-1, palette=["010101", "020202", "030303"])
    assert row(shown, 3) == [1, 2, 3]


def test_two_bands_are_red_and_blue():
    image = joined(byte([[10]], name="a"), byte([[20]], name="b"))
    shown = call("Image.visualize", image=image)
    assert [row(shown, 1, band)[0] for band in ("vis-red", "vis-green", "vis-blue")] == [10, 0, 20]


@pytest.mark.parametrize("as_text", [True, False])
def test_a_band_of_classes_is_shown_in_the_colours_that_its_image_names(as_text):
    values, palette = [4, 6], ["00ff00", "blue"]
    named = {"SCL_class_values": "4,6", "SCL_class_palette": "00ff00, blue"} if as_text else {
        "SCL_class_values": values, "SCL_class_palette": palette
    }  # fmt: skip
    image = joined(byte([[4, 6, 9]]), properties=named)
    shown = call("Image.visualize", image=image)
    assert [row(shown, 3, band) for band in shown.names] == [[0, 0, None], [255, 0, None], [0, 255, None]]
    assert row(call("Image.visualize", image=image, min=0, max=255), 3) == [4, 6, 9]


def test_small_and_large_types_have_the_same_colours():
    numbers = np.random.default_rng(3).integers(-9, 9, (1, 60))
    arguments = {"min": -5, "max": 7, "palette": ["red", "white", "navy"]}
    shown = [
        call("Image.visualize", image=Image(bands=(sheet(numbers.astype(kind)),)), **arguments)
        for kind in (np.int8, np.int16, np.int64, np.float64)
    ]
    for band in shown[0].names:
        assert len({tuple(row(image, 60, band)) for image in shown}) == 1


def test_opacity_is_a_mask():
    shown = read(call("Image.visualize", image=byte([[1, 2]], mask=[[1, 0]]), opacity=0.25), window(2))
    assert shown.mask.tolist() == [[0.25, 0]]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"bands": ["a", "b", "c", "a"]}, "Expected 1, 2 or 3 bands, got 4"),
        ({"bands": ["z"]}, r"No band named 'z'\. Available band names: \[a, b, c\]"),
        ({"bands": 7}, "Expected a string or list of strings for field 'bands'"),
        ({"opacity": 0}, r"Scale must be greater than zero and less than or equal to one, but was 0\.0"),
        ({"palette": ["ff000080"]}, "Invalid color 'ff000080'"),
        ({"palette": ["red"], "bands": ["a", "b", "c"]}, "Cannot provide a palette"),
        ({"palette": ["reddish"]}, "Invalid color 'reddish'"),
        ({"palette": ["red"], "gamma": 2}, "both 'palette' and 'gamma'"),
        ({"min": 1, "gain": 2}, "both gain or bias and min or max"),
        ({"min": 1, "max": 1}, "'min' and 'max' must differ"),
        ({"min": [1, 2]}, "'min' must have 1 or 1 values, not 2"),
        ({"max": ["x"]}, "'max' must be a number or a list of numbers"),
    ],
)
def test_what_cannot_be_shown_is_refused(arguments, text):
    image = joined(*(byte([[1]], name=n) for n in "abc"))
    with pytest.raises(EvaluationError, match=rf"Image\.visualize: .*{text}"):
        call("Image.visualize", **{"image": image, "bands": ["a"], **arguments})


def test_colours_go_to_hue_saturation_and_value_and_back():
    colours = np.random.default_rng(2).random((3, 40))
    colours[:, 0], colours[:, 1] = 0, 0.5
    image = joined(*(real(band[np.newaxis], name=n) for n, band in zip("rgb", colours, strict=True)))
    turned = call("Image.rgbToHsv", image=image)
    assert turned.names == ["hue", "saturation", "value"]
    found = np.array([row(turned, 40, band) for band in turned.names])
    np.testing.assert_allclose(found.T, [colorsys.rgb_to_hsv(*colour) for colour in colours.T], atol=1e-12)
    back = call("Image.hsvToRgb", image=turned)
    np.testing.assert_allclose([row(back, 40, band) for band in back.names], colours, atol=1e-12)
    with pytest.raises(EvaluationError, match="Expected an image with 3 bands, got 1"):
        call("Image.rgbToHsv", image=byte([[1]]))
