"""Arithmetic of images: expected values by hand, from numpy on whole arrays, or from Earth Engine's documentation."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.image import Image
from gee_scl.local.values import BOOLEAN, BYTE, DOUBLE, FLOAT, FOOTPRINT, ONE_DEGREE, PixelType
from tests.support.local.algorithm_calls import call
from tests.support.local.pixel_images import byte, joined, read, real, row, sheet, window


def binary(name: str, left: object, right: object) -> Image:
    return call(f"Image.{name}", image1=left, image2=right)


def unary(name: str, image: Image) -> Image:
    return call(f"Image.{name}", value=image)


@pytest.mark.parametrize(
    ("name", "left", "right", "expected"),
    [
        ("add", [250, 1], [10, 2], [260, 3]),
        ("subtract", [1, 5], [3, 5], [-2, 0]),
        ("multiply", [200, 3], [200, 0], [40_000, 0]),
        ("divide", [1, 7], [2, 0], [0.5, 0.0]),
        ("mod", [7, 7], [4, 0], [3, 0]),
        ("min", [1, 9], [4, 2], [1, 2]),
        ("max", [1, 9], [4, 2], [4, 9]),
        ("first", [1, 9], [4, 2], [1, 9]),
        ("firstNonZero", [0, 9], [4, 2], [4, 9]),
        ("pow", [2, 9], [10, 0], [1024.0, 1.0]),
        ("hypot", [3, 5], [4, 12], [5.0, 13.0]),
        ("and", [0, 3], [4, 2], [0, 1]),
        ("or", [0, 0], [4, 0], [1, 0]),
        ("lt", [1, 2], [2, 2], [1, 0]),
        ("lte", [1, 2], [2, 2], [1, 1]),
        ("gt", [3, 2], [2, 2], [1, 0]),
        ("gte", [3, 2], [2, 2], [1, 1]),
        ("eq", [3, 2], [2, 2], [0, 1]),
        ("neq", [3, 2], [2, 2], [1, 0]),
        ("bitwiseAnd", [12, 5], [10, 4], [8, 4]),
        ("bitwiseOr", [12, 5], [10, 4], [14, 5]),
        ("bitwise_xor", [12, 5], [10, 4], [6, 1]),
        ("leftShift", [1, 3], [4, 70], [16, -(2**63)]),
        ("right_shift", [200, 255], [3, 70], [25, 0]),
    ],
)
def test_operators_work_on_pairs_of_pixels(name, left, right, expected):
    assert row(binary(name, byte(left), byte(right)), 2) == expected


def test_mod_takes_the_sign_of_the_dividend():
    assert row(binary("mod", real([-7.5, 7.5]), 4), 2) == [-3.5, 3.5]


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("abs", [-2.5, 3.0], [2.5, 3.0]),
        ("signum", [-2.5, 0.0], [-1.0, 0.0]),
        ("floor", [-2.5, 2.5], [-3.0, 2.0]),
        ("ceil", [-2.5, 2.5], [-2.0, 3.0]),
        ("round", [-2.5, 2.5], [-2.0, 3.0]),
        ("not", [0.0, 0.5], [1, 0]),
        ("sqrt", [4.0, 2.25], [2.0, 1.5]),
        ("exp", [0.0, 1.0], [1.0, math.e]),
        ("log10", [1000.0, 1.0], [3.0, 0.0]),
        ("cbrt", [27.0, -8.0], [3.0, -2.0]),
        ("gamma", [5.0, 1.0], [24.0, 1.0]),
        ("uint8", [-3.9, 300.0], [0, 255]),
        ("toInt8", [-3.9, 300.0], [-3, 127]),
        ("int16", [-40_000.0, 3.99], [-32_768, 3]),
        ("long", [1e30, -1e30], [2**63 - 1, -(2**63)]),
        ("toUint32", [4e9, 5e9], [4_000_000_000, 2**32 - 1]),
        ("float", [0.1, 2.0], [float(np.float32(0.1)), 2.0]),
        ("int", [math.nan, math.inf], [0, 2**31 - 1]),
    ],
)
def test_functions_work_on_each_pixel(name, values, expected):
    assert row(unary(name, real(values)), 2) == pytest.approx(expected, rel=1e-12)


def test_casts_of_whole_numbers_clamp_to_the_range():
    assert row(unary("int8", byte([5, 200])), 2) == [5, 127]
    assert row(unary("uint8", binary("subtract", byte([5, 200]), 10)), 2) == [0, 190]


@pytest.mark.parametrize(("value", "ones"), [(0, 0), (255, 8), (-1, 64), (5, 2)])
def test_bit_count_counts_the_ones_of_64_bits(value, ones):
    assert row(unary("bitCount", call("Image.constant", value=value)), 1) == [ones]


def test_bitwise_not_inverts_every_bit():
    assert row(unary("bitwiseNot", byte([0, 5])), 2) == [-1, -6]


def test_bits_of_real_numbers_are_refused():
    with pytest.raises(EvaluationError, match=r"Image\.bitwiseAnd: Bitwise operands must be integer only"):
        binary("bitwiseAnd", real([1.0]), 1)


def test_the_mask_is_the_smaller_of_both():
    left = Image(bands=(sheet([[1.0, 1.0, 1.0]], np.float32([[0.5, 1, 0.2]])),))
    summed = read(binary("add", left, byte([1, 1, 1], mask=[1, 0, 1])), window(3))
    assert summed.mask.tolist() == [[0.5, 0.0, pytest.approx(0.2)]]


def test_nothing_warns_whatever_lies_under_the_mask():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        wild = real([math.nan, math.inf, -1.0, 0.0], mask=[0, 0, 0, 0])
        for name in ("sqrt", "log", "acos", "toInt", "gamma", "erfInv", "round"):
            assert row(unary(name, wild), 4) == [None] * 4
        for name in ("divide", "mod", "pow", "eq", "multiply"):
            assert row(binary(name, wild, wild), 4) == [None] * 4


def test_comparing_bytes_with_a_number_stays_in_bytes():
    pixels = read(binary("eq", byte([4, 5]), 4), window(2))
    assert pixels.values.dtype == np.uint8
    assert row(binary("lt", byte([4, 5]), 1000), 2) == [1, 1]
    assert row(binary("gt", byte([0, 5]), -1), 2) == [1, 1]


def test_a_single_band_is_used_against_all():
    two = joined(byte([1], name="a"), byte([2], name="b"))
    assert binary("add", two, 10).names == ["a", "b"]
    assert binary("subtract", call("Image.constant", value=10), two).names == ["a", "b"]
    assert [row(binary("subtract", 10, two), 1, band) for band in (0, 1)] == [[9], [8]]


def test_bands_of_the_same_names_are_paired_by_name_and_others_in_order():
    left = joined(byte([1], name="a"), byte([2], name="b"))
    swapped = joined(byte([10], name="b"), byte([20], name="a"))
    other = joined(byte([10], name="x"), byte([20], name="y"))
    assert [row(binary("add", left, swapped), 1, band) for band in ("a", "b")] == [[21], [12]]
    assert [row(binary("add", left, other), 1, band) for band in ("a", "b")] == [[11], [22]]


@pytest.mark.parametrize(
    ("counts", "text"), [((2, 3), "Got 2 and 3"), ((0, 1), "If one image has no bands, .* Got 0 and 1")]
)
def test_numbers_of_bands_that_do_not_fit_are_refused(counts, text):
    left, right = (joined(*(byte([1], name=f"b{i}") for i in range(n))) for n in counts)
    with pytest.raises(EvaluationError, match=text):
        binary("add", left, right)


@pytest.mark.parametrize(
    ("name", "right", "expected"),
    [
        ("add", 1, PixelType("int", 1, 256)),
        ("multiply", -2, PixelType("int", -510, 0)),
        ("multiply", 0.5, PixelType("double", 0.0, 127.5)),
        ("divide", 2, PixelType("float", 0.0, 127.5)),
        ("divide", 0, PixelType("float")),
        ("max", 4, PixelType("int", 4, 255)),
        ("eq", 4, BOOLEAN),
        ("pow", 2, FLOAT),
        ("pow", 0.5, DOUBLE),
    ],
)
def test_the_result_has_the_type_that_follows_from_both(name, right, expected):
    assert binary(name, byte([1]), right).bands[0].type == expected


def test_the_first_image_gives_the_projection():
    assert binary("multiply", byte([1]), 2).bands[0].projection.crs == "EPSG:32629"
    assert binary("multiply", call("Image.constant", value=2), byte([1])).bands[0].projection == ONE_DEGREE


def test_arithmetic_loses_dates_and_casts_keep_them():
    dated = byte([1]).with_properties({"system:time_start": 5, "system:index": "x"})
    assert binary("add", dated, 1).properties == {"system:index": "x"}
    assert call("Image.clamp", input=dated, low=0, high=1).properties == {"system:index": "x"}
    assert unary("uint8", dated).properties == dated.properties


def test_what_bounds_the_second_image_bounds_the_result_with_a_constant():
    placed = byte([1]).with_properties({FOOTPRINT: "somewhere"})
    assert binary("add", call("Image.constant", value=1), placed).get(FOOTPRINT) == "somewhere"


def test_clamp_keeps_whole_numbers_whole():
    clamped = call("Image.clamp", input=byte([0, 5, 200]), low=3, high=9)
    assert row(clamped, 3) == [3, 5, 9]
    assert read(clamped, window(3)).values.dtype == np.uint8
    assert clamped.bands[0].type == PixelType("int", 3, 9)
    assert row(call("Image.clamp", input=byte([0, 200]), low=-5, high=1.5), 2) == [0, 1.5]
    assert row(call("Image.clamp", input=byte([0, 200]), low=300, high=400), 2) == [300, 300]


def test_unit_scale_does_not_cut_off():
    assert row(call("Image.unitScale", input=byte([0, 5, 20]), low=0, high=10), 3) == [0.0, 0.5, 2.0]


def test_polynomial_starts_with_the_constant():
    assert row(call("Image.polynomial", image=byte([0, 2]), coefficients=[1, 2, 3]), 2) == [1.0, 17.0]


@pytest.mark.parametrize(
    ("behavior", "expected"),
    [
        ("extrapolate", [-10.0, 5.0, 30.0]),
        ("clamp", [0.0, 5.0, 20.0]),
        ("input", [-1.0, 0.5, 3.0]),
        ("mask", [None, 5.0, None]),
    ],
)
def test_interpolate_follows_the_knots(behavior, expected):
    values = expected if behavior == "input" else None
    image = call("Image.interpolate", image=real([-1.0, 0.5, 3.0]), x=[0, 1, 2], y=[0, 10, 20], behavior=behavior)
    assert row(image, 3) == ([-1.0, 5.0, 3.0] if values else expected)


def test_normalized_difference_masks_negative_inputs_and_forgets_properties():
    two = joined(real([3.0, -1.0, 0.0], name="nir"), real([1.0, 2.0, 0.0], name="red"), properties={"a": 1})
    result = call("Image.normalizedDifference", input=two)
    assert result.names == ["nd"]
    assert result.properties == {}
    assert result.bands[0].type == PixelType("float", -1, 1)
    assert row(result, 3) == [0.5, None, 0.0]
    assert row(call("Image.normalizedDifference", input=two, bandNames=["red", "nir"]), 1) == [-0.5]


@pytest.mark.parametrize("names", [["nir", "swir"], ["nir"]])
def test_normalized_difference_needs_two_bands_that_are_there(names):
    with pytest.raises(EvaluationError, match=r"Image\.normalizedDifference"):
        call(
            "Image.normalizedDifference",
            input=joined(real([1.0], name="nir"), real([1.0], name="red")),
            bandNames=names,
        )


def test_cast_changes_what_is_named_and_adds_masked_bands():
    image = joined(real([1.7, 300.0], name="a"), byte([1, 2], name="b"), properties={"kept": 1})
    result = call("Image.cast", image=image, bandTypes={"a": "uint8", "z": "float"})
    assert result.names == ["a", "b", "z"]
    assert result.properties == {"kept": 1}
    assert [b.type for b in result.bands] == [BYTE, BYTE, FLOAT]
    assert [row(result, 2, band) for band in range(3)] == [[1, 255], [1, 2], [None, None]]
    ordered = call("Image.cast", image=image, bandTypes={}, bandOrder=["b", "a"])
    assert ordered.names == ["b", "a"]


def test_cast_refuses_types_that_do_not_exist():
    with pytest.raises(EvaluationError, match=r"Image\.cast: Unknown band type: 'uint7'"):
        call("Image.cast", image=byte([1]), bandTypes={"SCL": "uint7"})


def test_random_pixels_of_a_large_array_agree_with_numpy():
    generator = np.random.default_rng(1)
    left, right = (generator.integers(0, 256, (40, 50)).astype(np.uint8) for _ in range(2))
    a, b = left.astype(np.int64), right.astype(np.int64)
    pairs = {
        "add": a + b,
        "subtract": a - b,
        "multiply": a * b,
        "gt": a > b,
        "bitwiseXor": a ^ b,
        "max": np.maximum(a, b),
    }
    for name, expected in pairs.items():
        pixels = read(binary(name, byte(left), byte(right)), window(50, 40))
        np.testing.assert_array_equal(pixels.values, expected)
