"""Masks and conditions: expected values by hand, from rasterio's centre rule, or from Earth Engine's documentation."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio.features
import shapely

from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.image import Image
from gee_scl.local.values import FOOTPRINT, Collection, Feature, PixelType
from gee_scl.local.vector.geometry import Geometry
from tests.support.local.algorithm_calls import call
from tests.support.local.pixel_images import UTM, byte, joined, read, real, row, sheet, window


def test_the_mask_of_an_image_is_an_image_between_0_and_1():
    partial = Image(properties={"p": 1}, bands=(sheet([[7.0, 8.0]], np.float32([[0.25, 0]])),))
    masks = call("Image.mask", image=partial)
    assert row(masks, 2) == [0.25, 0.0]
    assert masks.bands[0].type == PixelType("float", 0, 1)
    assert masks.properties == {"p": 1}
    assert row(call("Image.mask", image=byte([7, 8], mask=[1, 0])), 2) == [1, 0]


def test_setting_a_mask_fills_what_was_masked_with_zero():
    assert row(call("Image.mask", image=byte([7, 8, 9], mask=[0, 1, 1]), mask=byte([1, 1, 0])), 3) == [0, 8, None]


def test_update_mask_acts_only_where_the_mask_is_not_0_already():
    image = byte([1, 2, 3, 4], mask=[1, 1, 0, 1])
    assert row(call("Image.updateMask", image=image, mask=byte([1, 0, 1, 5])), 4) == [1, None, None, 4]
    assert row(call("Image.updateMask", image=image, mask=byte([1, 1, 1, 1], mask=[1, 1, 1, 0])), 4) == [
        1,
        2,
        None,
        None,
    ]
    partial = read(call("Image.updateMask", image=image, mask=real([0.5, 2, 1, -1])), window(4))
    assert partial.mask.tolist() == [[0.5, 1, 0, 0]]


def test_each_band_can_have_its_own_mask():
    two = joined(byte([1, 2], name="a"), byte([3, 4], name="b"))
    masked = call("Image.updateMask", image=two, mask=joined(byte([1, 0], name="x"), byte([0, 1], name="y")))
    assert [row(masked, 2, band) for band in "ab"] == [[1, None], [None, 4]]
    three = joined(*(byte([1], name=n) for n in "xyz"))
    with pytest.raises(EvaluationError, match=r"Image\.updateMask: 'mask' must have one band.* Got 3 and 2"):
        call("Image.updateMask", image=two, mask=three)


def test_self_mask_masks_zeros():
    assert row(call("Image.selfMask", image=byte([0, 3, 1], mask=[1, 1, 0])), 3) == [None, 3, None]


def test_unmask_fills_what_is_masked():
    image = byte([1, 2, 3], mask=[1, 0, 0])
    assert row(call("Image.unmask", input=image), 3) == [1, 0, 0]
    assert row(call("Image.unmask", input=image, value=byte([7, 8, 9], mask=[1, 1, 0])), 3) == [1, 8, None]
    filled = call("Image.unmask", input=image, value=-1)
    assert row(filled, 3) == [1, -1, -1]
    assert filled.bands[0].type == PixelType("int", -1, 255)


def test_unmask_stays_within_the_footprint_unless_it_may_grow():
    footprint = Geometry(shapely.box(500_000, 5_999_980, 500_040, 6_000_000), UTM.crs, geodesic=False)
    image = byte([1, 2, 3], mask=[1, 0, 0]).set(FOOTPRINT, footprint)
    assert row(call("Image.unmask", input=image, value=9), 3) == [1, 9, None]
    grown = call("Image.unmask", input=image, value=9, sameFootprint=False)
    assert row(grown, 3) == [1, 9, 9]
    assert grown.get(FOOTPRINT) is None


def test_where_leaves_the_input_at_masked_tests_and_values():
    image = byte([1, 2, 3, 4, 5], mask=[1, 1, 1, 1, 0])
    test = byte([0, 1, 1, 1, 1], mask=[1, 1, 0, 1, 1])
    value = byte([9, 9, 9, 9, 9], mask=[1, 1, 1, 0, 1])
    assert row(call("Image.where", input=image, test=test, value=value), 5) == [1, 9, 3, 4, None]


def test_where_has_the_larger_type():
    replaced = call("Image.where", input=byte([1, 2]), test=byte([0, 1]), value=-0.5)
    assert row(replaced, 2) == [1, -0.5]
    assert replaced.bands[0].type.precision == "double"
    assert read(call("Image.where", input=byte([1, 2]), test=byte([0, 1]), value=7), window(2)).values.dtype == np.uint8


def test_blend_puts_one_image_over_another():
    assert row(call("Image.blend", bottom=byte([1, 2]), top=byte([8, 9], mask=[0, 1])), 2) == [1, 9]
    half = Image(bands=(sheet([[10.0]], np.float32([[0.5]])),))
    assert row(call("Image.blend", bottom=real([20.0]), top=half), 1) == [15.0]


@pytest.mark.parametrize(
    ("default", "expected"), [(None, [10, None, 20, None]), (0, [10, 0, 20, None]), (1.5, [10, 1.5, 20, None])]
)
def test_remap_masks_what_is_not_listed_or_gives_it_the_default(default, expected):
    image = byte([4, 5, 0, 4], mask=[1, 1, 1, 0])
    remapped = call("Image.remap", **{"image": image, "from": [0, 4], "to": [20, 10], "defaultValue": default})
    assert remapped.names == ["remapped"]
    assert row(remapped, 4) == expected


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint16, np.int32, np.float64])
def test_remap_agrees_with_a_dictionary_for_every_type_of_array(dtype):
    values = np.arange(-5, 120).astype(dtype)
    table = {3: 30, 7: -1, 100: 4, 1000: 5, 2.5: 6}
    image = Image(bands=(sheet(values),))
    remapped = call("Image.remap", **{"image": image, "from": list(table), "to": list(table.values())})
    assert row(remapped, len(values)) == [table.get(v) for v in values.tolist()]


def test_remap_takes_the_named_band_and_the_type_of_what_it_gives():
    image = joined(byte([1], name="a"), byte([2], name="b"))
    remapped = call("Image.remap", **{"image": image, "from": [2], "to": [5], "defaultValue": 1, "bandName": "b"})
    assert row(remapped, 1) == [5]
    assert remapped.bands[0].type == PixelType("int", 1, 5)


@pytest.mark.parametrize(
    ("lists", "text"),
    [
        ({"from": [1], "to": [1, 2]}, "must have the same length. Got 1 and 2"),
        ({"from": [1, 1], "to": [1, 2]}, "The value 1 is in 'from' twice"),
        ({"from": ["a"], "to": [1]}, "not String"),
        ({"from": [1], "to": [1], "bandName": "z"}, "No band named 'z'"),
    ],
)
def test_remap_refuses_lists_that_do_not_fit(lists, text):
    with pytest.raises(EvaluationError, match=text):
        call("Image.remap", image=byte([1]), **lists)


def test_remap_to_nothing_masks_everything():
    assert row(call("Image.remap", **{"image": byte([1, 2]), "from": [], "to": []}), 2) == [None, None]


def test_clip_masks_pixels_whose_centre_is_outside():
    shape = shapely.Polygon([(500_003, 5_999_990), (500_111, 5_999_931), (500_170, 5_999_999), (500_060, 5_999_870)])
    ones = byte(np.ones((10, 10)))
    clipped = call("Image.clip", input=ones.set("p", 1), geometry=Geometry(shape, UTM.crs, geodesic=False))
    expected = rasterio.features.rasterize([(shape.buffer(0), 1)], out_shape=(10, 10), transform=UTM.transform)
    np.testing.assert_array_equal(read(clipped, window(10, 10)).mask, expected.astype(bool))
    assert clipped.get("p") == 1
    part = read(clipped, window(4, 3, column=2, row=1))
    np.testing.assert_array_equal(part.mask, expected[1:4, 2:6].astype(bool))


def test_clip_narrows_the_footprint():
    left, right = (
        Geometry(shapely.box(x, 5_999_900, x + 100, 6_000_000), UTM.crs, geodesic=False) for x in (500_000, 500_060)
    )
    once = call("Image.clip", input=byte(np.ones((5, 10))), geometry=left)
    twice = call("Image.clip", input=once, geometry=Feature(geometry=right))
    assert once.get(FOOTPRINT).shape.bounds == (500_000, 5_999_900, 500_100, 6_000_000)
    assert twice.get(FOOTPRINT).shape.bounds == (500_060, 5_999_900, 500_100, 6_000_000)
    assert row(twice, 8) == [None, None, None, 1, 1, None, None, None]


def test_clip_needs_a_geometry():
    with pytest.raises(EvaluationError, match=r"Image\.clip: .* not FeatureCollection"):
        call("Image.clip", input=byte([1]), geometry=Collection())


def test_clipping_to_a_collection_keeps_what_any_feature_holds():
    boxes = (
        Geometry(shapely.box(x, 5_999_980, x + 20, 6_000_000), UTM.crs, geodesic=False) for x in (500_000, 500_060)
    )
    features = Collection(elements=(*(Feature(geometry=g) for g in boxes), Feature()))
    assert row(call("Image.clipToCollection", input=byte([1, 1, 1, 1]), collection=features), 4) == [1, None, None, 1]
