"""Composites and reductions of collections: expected values by hand and from numpy's masked arrays."""

from __future__ import annotations

import statistics

import numpy as np
import pytest

from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.image import Image
from gee_scl.local.values import BOOLEAN, BYTE, DOUBLE, FLOAT, ONE_DEGREE, PixelType
from tests.support.local.algorithm_calls import call
from tests.support.local.pixel_images import byte, joined, read, real, row, sheet, stack, window

THREE = stack(
    byte([4, 5, 1, 0], mask=[1, 1, 0, 0]),
    byte([4, 9, 2, 0], mask=[1, 1, 0, 0]),
    byte([8, 0, 3, 0], mask=[1, 0, 1, 0]),
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("min", [4, 5, 3, None]),
        ("max", [8, 9, 3, None]),
        ("count", [3, 2, 1, 0]),
        ("sum", [16.0, 14.0, 3.0, None]),
        ("product", [128.0, 45.0, 3.0, None]),
        ("mean", [16 / 3, 7.0, 3.0, None]),
        ("median", [4.0, 7.0, 3.0, None]),
        ("mode", [4, 5, 3, None]),
        ("and", [1, 1, 1, None]),
        ("or", [1, 1, 1, None]),
    ],
)
def test_named_reductions_keep_the_names_of_the_bands(name, expected):
    image = call(f"reduce.{name}", collection=THREE)
    assert image.names == ["SCL"]
    assert row(image, 4) == pytest.approx(expected)
    assert image.properties == {}
    assert image.bands[0].projection == ONE_DEGREE


@pytest.mark.parametrize(
    ("name", "output", "expected"),
    [
        ("first", "first", [4, 5, 3, None]),
        ("last", "last", [8, 9, 3, None]),
        ("firstNonNull", "first", [4, 5, 3, None]),
        ("variance", "variance", [statistics.pvariance([4, 4, 8]), 4.0, 0.0, None]),
        ("stdDev", "stdDev", [statistics.pstdev([4, 4, 8]), 2.0, 0.0, None]),
        ("sampleVariance", "variance", [statistics.variance([4, 4, 8]), 8.0, 0.0, None]),
        ("sampleStdDev", "stdDev", [statistics.stdev([4, 4, 8]), 8.0**0.5, 0.0, None]),
        ("countDistinct", "count", [2.0, 2.0, 1.0, 0.0]),
        ("anyNonZero", "any", [1, 1, 1, None]),
    ],
)
def test_reducers_add_their_output_to_the_name_of_the_band(name, output, expected):
    image = call("ImageCollection.reduce", collection=THREE, reducer=call(f"Reducer.{name}"))
    assert image.names == [f"SCL_{output}"]
    assert row(image, 4) == pytest.approx(expected)


def test_several_outputs_give_several_bands():
    reducer = call("Reducer.percentile", percentiles=[0, 50, 100])
    image = call("ImageCollection.reduce", collection=THREE, reducer=reducer)
    assert image.names == ["SCL_p0", "SCL_p50", "SCL_p100"]
    assert [row(image, 4, band) for band in range(3)] == [[4, 5, 3, None], [4, 7, 3, None], [8, 9, 3, None]]


def test_a_reducer_of_several_inputs_takes_the_bands_of_each_image_together():
    images = stack(
        joined(byte([3, 1], name="quality"), byte([10, 20], name="value")),
        joined(byte([5, 0], name="quality"), byte([30, 40], mask=[0, 1], name="value")),
    )
    image = call("ImageCollection.reduce", collection=images, reducer=call("Reducer.max", numInputs=2))
    assert image.names == ["max", "max1"]
    assert [row(image, 2, band) for band in (0, 1)] == [[3.0, 1.0], [10.0, 20.0]]
    with pytest.raises(EvaluationError, match="3 inputs, but the collection has 2 bands"):
        call("ImageCollection.reduce", collection=images, reducer=call("Reducer.max", numInputs=3))


def test_partial_masks_are_weights():
    images = stack(*(Image(bands=(sheet([[v]], np.float32([[w]])),)) for v, w in ((10.0, 0.25), (20.0, 0.75))))
    assert row(call("reduce.mean", collection=images), 1) == [17.5]
    unweighted = call("Reducer.unweighted", reducer=call("Reducer.mean"))
    assert row(call("ImageCollection.reduce", collection=images, reducer=unweighted), 1) == [15.0]


def test_outputs_that_are_no_numbers_are_refused():
    image = call("ImageCollection.reduce", collection=THREE, reducer=call("Reducer.toList"))
    with pytest.raises(EvaluationError, match="outputs are numbers"):
        read(image, window(1))


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.float64])
def test_large_stacks_agree_with_masked_arrays(dtype):
    generator = np.random.default_rng(3)
    values = (generator.integers(0, 12, (9, 20, 30)) * (1.5 if dtype is np.float64 else 1)).astype(dtype)
    mask = generator.random(values.shape) > 0.6
    collection = stack(*(Image(bands=(sheet(v, m),)) for v, m in zip(values, mask, strict=True)))
    masked = np.ma.array(values, mask=~mask)
    expected = {
        "mean": masked.mean(axis=0),
        "sum": masked.sum(axis=0),
        "min": masked.min(axis=0),
        "max": masked.max(axis=0),
        "median": np.ma.median(masked, axis=0),
    }
    for name, array in expected.items():
        pixels = read(call(f"reduce.{name}", collection=collection), window(30, 20))
        np.testing.assert_array_equal(pixels.mask, ~np.ma.getmaskarray(array), err_msg=name)
        np.testing.assert_allclose(pixels.values[pixels.mask], array.compressed(), err_msg=name)


@pytest.mark.parametrize(("step", "offsets"), [(3, 1), (25_000, 90)])
def test_the_mode_is_the_commonest_value_and_the_smallest_of_equals(step, offsets):
    generator = np.random.default_rng(4)
    values = generator.integers(0, 4, (7, 30, 30)) * step + generator.integers(0, offsets, (1, 30, 30))
    mask = generator.random(values.shape) > 0.3
    collection = stack(*(Image(bands=(sheet(v, m),)) for v, m in zip(values, mask, strict=True)))
    pixels = read(call("reduce.mode", collection=collection), window(30, 30))
    for r, c in np.ndindex(30, 30):
        valid = sorted(values[mask[:, r, c], r, c].tolist())
        assert pixels.mask[r, c] == bool(valid)
        if valid:
            assert pixels.values[r, c] == statistics.mode(valid)


def test_a_mosaic_has_the_last_image_on_top():
    mosaic = call("ImageCollection.mosaic", collection=THREE)
    assert row(mosaic, 4) == [8, 9, 3, None]
    assert mosaic.bands[0].type == BYTE
    assert mosaic.bands[0].projection == ONE_DEGREE


def test_a_quality_mosaic_takes_all_bands_from_the_best_image():
    images = stack(
        joined(byte([1, 2, 3], name="class"), real([0.9, 0.1, 0.5], mask=[1, 1, 0], name="q")),
        joined(byte([4, 5, 6], mask=[1, 0, 1], name="class"), real([0.2, 0.8, 0.5], mask=[1, 1, 0], name="q")),
    )
    best = call("ImageCollection.qualityMosaic", collection=images, qualityBand="q")
    assert row(best, 3, "class") == [1, None, None]
    assert row(best, 3, "q") == [0.9, 0.8, None]
    with pytest.raises(EvaluationError, match="No band named 'z'"):
        call("ImageCollection.qualityMosaic", collection=images, qualityBand="z")


@pytest.mark.parametrize("name", ["reduce.mean", "ImageCollection.mosaic", "ImageCollection.toBands"])
def test_nothing_comes_of_an_empty_collection(name):
    assert call(name, collection=stack()).names == []


def test_types_follow_from_the_reducer():
    kinds = {n: call(f"reduce.{n}", collection=THREE).bands[0].type for n in ("max", "mean", "count", "and", "sum")}
    mean = PixelType("double", 0, 255)
    assert kinds == {"max": BYTE, "mean": mean, "count": PixelType("int", 0, 3), "and": BOOLEAN, "sum": DOUBLE}


def test_bands_that_differ_are_refused_as_the_server_does():
    mixed = stack(byte([1]), joined(byte([1]), byte([1], name="QA60")))
    text = r"First image type: 1 bands \(\[SCL\]\)\.\nCurrent image type: 2 bands \(\[SCL, QA60\]\)"
    with pytest.raises(EvaluationError, match=f"(?s)Expected a homogeneous image collection.*{text}"):
        call("reduce.mean", collection=mixed)


def test_types_that_differ_are_refused_and_so_are_constants_until_they_are_cast():
    mixed = stack(byte([1]), call("Image.cast", image=byte([1]), bandTypes={"SCL": "float"}))
    text = r"Mismatched type for band 'SCL':\nExpected type: Integer<0, 255>\.\nActual type: Float\.\nImage ID: 1"
    with pytest.raises(EvaluationError, match=text):
        call("ImageCollection.mosaic", collection=mixed)
    constants = stack(*(call("Image.constant", value=n) for n in (1, 2, 6)))
    text = r"'constant':\nExpected type: Integer<1, 1>\.\nActual type: Integer<2, 2>\.\nImage ID: 1"
    with pytest.raises(EvaluationError, match=text):
        call("reduce.mean", collection=constants)
    shares = stack(*(call("Image.toFloat", value=call("Image.constant", value=n)) for n in (1, 2, 6)))
    assert row(call("reduce.mean", collection=shares), 1) == [3.0]


def test_all_bands_of_all_images_are_named_for_their_image():
    images = stack(
        joined(byte([1], name="a"), byte([2], name="b"), properties={"system:index": "x"}), byte([3], name="a")
    )
    bands = call("ImageCollection.toBands", collection=images)
    assert bands.names == ["x_a", "x_b", "1_a"]
    assert row(bands, 1, "1_a") == [3]


def test_collections_are_combined_where_the_index_agrees():
    left = stack(byte([1]).set("system:index", "a"), byte([2]).set("system:index", "b"))
    right = stack(byte([3]).set("system:index", "b"), byte([4]).set("system:index", "c"))
    both = call("ImageCollection.combine", primary=left, secondary=right)
    assert [i.names for i in both.elements] == [["SCL", "SCL_1"]]
    over = call("ImageCollection.combine", primary=left, secondary=right, overwrite=True)
    assert row(over.elements[0], 1) == [3]


def test_a_cast_makes_collections_homogeneous():
    mixed = stack(byte([1], name="a"), real([2.5], name="b"))
    cast = call("ImageCollection.cast", collection=mixed, bandTypes={"a": "byte", "b": "float"}, bandOrder=["b", "a"])
    assert [i.names for i in cast.elements] == [["b", "a"], ["b", "a"]]
    assert [b.type for b in cast.elements[1].bands] == [FLOAT, BYTE]
    assert row(call("ImageCollection.mosaic", collection=cast), 1, "b") == [2.5]
    with pytest.raises(EvaluationError, match=r"must include all bands; it lacks \['a'\]"):
        call("ImageCollection.cast", collection=mixed, bandTypes={"b": "float"}, bandOrder=["b"])
