"""Reducers over stacks of layers: every quick way against the values of each pixel taken by themselves."""

from __future__ import annotations

import math
import statistics
import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.image import Image, Tile
from gee_scl.local.raster.layer_reduction import reduced, statistic
from gee_scl.local.raster.layers import Layer
from gee_scl.local.values import BYTE, DOUBLE, PixelType
from tests.support.local.algorithm_calls import call
from tests.support.local.pixel_images import UTM, byte, joined, read, real, row, sheet, stack, window

SHAPE = (2, 3)
ELEMENTS: dict[str, st.SearchStrategy[Any]] = {
    "uint8": st.integers(0, 255) | st.integers(0, 3) | st.just(255),
    "uint16": st.integers(0, 65535) | st.integers(0, 3) | st.just(65535),
    "float64": st.floats(-1e6, 1e6) | st.sampled_from([-1.0, 0.0, 0.5]),
}


@st.composite
def pixel_stacks(draw: st.DrawFn, inputs: int = 1, partial: bool = False) -> tuple[list[np.ndarray], np.ndarray]:
    """An array of shape (layers, *SHAPE) for each input, and a mask of that shape."""
    dtype = draw(st.sampled_from(sorted(ELEMENTS)))
    shape = (draw(st.integers(1, 9)), *SHAPE)
    values = [draw(arrays.arrays(dtype, shape, elements=ELEMENTS[dtype])) for _ in range(inputs)]
    if partial:
        return values, draw(arrays.arrays(np.float32, shape, elements=st.sampled_from([0.0, 0.25, 0.5, 1.0])))
    return values, draw(arrays.arrays(np.bool_, shape))


def collection(values: Sequence[np.ndarray], mask: np.ndarray) -> Any:
    names = ("a", "b", "c")
    return stack(
        *(
            joined(*(Image(bands=(sheet(v[i], mask[i], name=name),)) for name, v in zip(names, values, strict=False)))
            for i in range(len(mask))
        )
    )


def assert_each_pixel(
    image: Image, expected: Callable[..., Sequence[float | None]], values: Sequence[np.ndarray], mask: np.ndarray
) -> None:
    """Each pixel of the bands is what a function gives for the valid values of that pixel alone, one list per input."""
    outputs = [read(image, window(SHAPE[1], SHAPE[0]), place) for place in range(len(image.bands))]
    for r, c in np.ndindex(*SHAPE):
        valid = mask[:, r, c] > 0
        found = [p.values[r, c].item() if p.mask[r, c] else None for p in outputs]
        wanted = expected(*(v[valid, r, c].tolist() for v in values))
        assert len(found) == len(wanted)
        for one, other in zip(found, wanted, strict=True):
            assert one == other if other is None else one == pytest.approx(other, rel=1e-12, abs=1e-6)


def of_some(function: Callable[[list[float]], float]) -> Callable[[list[float]], list[float | None]]:
    return lambda numbers: [function(numbers) if numbers else None]


def commonest(numbers: list[float]) -> float:
    return max(sorted(set(numbers)), key=numbers.count)


ONE_OUTPUT: dict[str, Callable[[list[float]], list[Any]]] = {
    "count": lambda numbers: [len(numbers)],
    "countDistinct": lambda numbers: [len(set(numbers))],
    "countDistinctNonNull": lambda numbers: [len(set(numbers))],
    "sum": of_some(math.fsum),
    "mean": of_some(statistics.fmean),
    "variance": of_some(np.var),
    "stdDev": of_some(np.std),
    "sampleVariance": of_some(lambda numbers: np.var(numbers, ddof=1) if len(numbers) > 1 else 0.0),
    "min": of_some(min),
    "max": of_some(max),
    "first": of_some(lambda numbers: numbers[0]),
    "last": of_some(lambda numbers: numbers[-1]),
    "median": of_some(statistics.median),
    "mode": of_some(commonest),
    "product": of_some(math.prod),
    "anyNonZero": of_some(lambda numbers: int(any(numbers))),
    "allNonZero": of_some(lambda numbers: int(all(numbers))),
}


@pytest.mark.parametrize("name", ONE_OUTPUT)
@given(case=pixel_stacks())
@settings(max_examples=25, deadline=None)
def test_a_statistic_is_that_of_the_valid_values_of_each_pixel(name, case):
    values, mask = case
    image = call("ImageCollection.reduce", collection=collection(values, mask), reducer=call(f"Reducer.{name}"))
    assert_each_pixel(image, ONE_OUTPUT[name], values, mask)


@given(case=pixel_stacks(), wanted=st.lists(st.floats(0, 100) | st.sampled_from([0, 25, 50, 100]), min_size=1))
@settings(max_examples=60, deadline=None)
def test_percentiles_are_those_of_numpy_to_the_last_digit(case, wanted):
    values, mask = case
    names = [f"p{place}" for place in range(len(wanted))]
    reducer = call("Reducer.percentile", percentiles=wanted, outputNames=names)
    image = call("ImageCollection.reduce", collection=collection(values, mask), reducer=reducer)
    outputs = [read(image, window(SHAPE[1], SHAPE[0]), place) for place in range(len(wanted))]
    for r, c in np.ndindex(*SHAPE):
        numbers = values[0][mask[:, r, c], r, c].astype(np.float64)
        found = [p.values[r, c] if p.mask[r, c] else None for p in outputs]
        assert found == (np.percentile(numbers, wanted).tolist() if len(numbers) else [None] * len(wanted))


@pytest.mark.parametrize(("name", "place"), [("min", np.argmin), ("max", np.argmax)])
@given(case=pixel_stacks(inputs=3))
@settings(max_examples=60, deadline=None)
def test_the_other_inputs_follow_the_first_to_its_extreme_and_of_equals_to_the_first(name, place, case):
    values, mask = case
    image = call(
        "ImageCollection.reduce", collection=collection(values, mask), reducer=call(f"Reducer.{name}", numInputs=3)
    )

    def expected(*inputs: list[float]) -> list[float | None]:
        return [v[place(inputs[0])] if v else None for v in inputs]

    assert image.names == [name, f"{name}1", f"{name}2"]
    assert [band.type for band in image.bands] == [sheet(v[0]).type for v in values]
    assert_each_pixel(image, expected, values, mask)


def test_the_best_pixel_of_equals_is_the_first_images_and_keeps_its_class():
    images = stack(
        joined(real([0.5, 0.9, 0.1], name="distance"), byte([4, 5, 6], mask=[1, 1, 0])),
        joined(real([0.5, 0.2, 0.2], name="distance"), byte([8, 9, 10])),
    )
    image = call("ImageCollection.reduce", collection=images, reducer=call("Reducer.min", numInputs=2))
    assert row(image, 3, "min1") == [4, 9, 10]
    assert image.bands[1].type == BYTE
    assert read(image, window(3), "min1").values.dtype == np.uint8


def test_a_first_input_that_is_no_number_is_never_the_best():
    images = stack(
        joined(real([math.nan, math.nan], name="distance"), byte([4, 5])),
        joined(real([3.0, math.nan], name="distance"), byte([8, 9])),
    )
    image = call("ImageCollection.reduce", collection=images, reducer=call("Reducer.min", numInputs=2))
    assert [row(image, 2, band) for band in (0, 1)] == [[3.0, None], [8, None]]


def combined(*names: str) -> Any:
    reducer = call(f"Reducer.{names[0]}")
    for name in names[1:]:
        reducer = call("Reducer.combine", reducer1=reducer, reducer2=call(f"Reducer.{name}"), sharedInputs=True)
    return reducer


@given(case=pixel_stacks())
@settings(max_examples=40, deadline=None)
def test_combined_reducers_give_what_each_gives_alone(case):
    values, mask = case
    names = ("mean", "minMax", "count", "median", "mode", "stdDev")
    images = collection(values, mask)
    together = call("ImageCollection.reduce", collection=images, reducer=combined(*names))
    alone = [call("ImageCollection.reduce", collection=images, reducer=call(f"Reducer.{name}")) for name in names]
    bands = [band for image in alone for band in image.bands]
    assert together.names == [band.name for band in bands]
    assert [band.type for band in together.bands] == [band.type for band in bands]
    for place, name in enumerate(together.names):
        ours = read(together, window(3, 2), place)
        theirs = read(next(image for image in alone if name in image.names), window(3, 2), name)
        np.testing.assert_array_equal(ours.mask, theirs.mask)
        np.testing.assert_array_equal(ours.values[ours.valid], theirs.values[ours.valid])


@given(case=pixel_stacks(inputs=2))
@settings(max_examples=40, deadline=None)
def test_reducers_combined_without_sharing_take_one_input_after_the_other(case):
    values, mask = case
    reducer = call(
        "Reducer.combine", reducer1=call("Reducer.max"), reducer2=call("Reducer.median"), outputPrefix="second_"
    )
    image = call("ImageCollection.reduce", collection=collection(values, mask), reducer=reducer)
    assert image.names == ["max", "second_median"]
    assert_each_pixel(image, lambda a, b: [max(a), statistics.median(b)] if a else [None, None], values, mask)


@given(case=pixel_stacks(inputs=3))
@settings(max_examples=40, deadline=None)
def test_a_reducer_for_each_band_takes_the_pixels_that_are_valid_in_all(case):
    values, mask = case
    reducer = call("Reducer.forEach", reducer=call("Reducer.mean"), outputNames=["x", "y", "z"])
    image = call("ImageCollection.reduce", collection=collection(values, mask), reducer=reducer)
    assert image.names == ["x", "y", "z"]
    assert_each_pixel(image, lambda *v: [statistics.fmean(x) if x else None for x in v], values, mask)


@pytest.mark.parametrize("name", ["sum", "mean", "variance", "mode"])
@given(case=pixel_stacks(partial=True))
@settings(max_examples=40, deadline=None)
def test_weighted_statistics_weigh_with_partial_masks(name, case):
    values, mask = case
    image = call("ImageCollection.reduce", collection=collection(values, mask), reducer=call(f"Reducer.{name}"))
    pixels = read(image, window(SHAPE[1], SHAPE[0]))
    for r, c in np.ndindex(*SHAPE):
        valid = mask[:, r, c] > 0
        assert pixels.valid[r, c] == valid.any()
        if not valid.any():
            continue
        numbers, weights = values[0][valid, r, c].astype(float), mask[valid, r, c].astype(float)
        mean = np.average(numbers, weights=weights)
        expected = {
            "sum": (numbers * weights).sum(),
            "mean": mean,
            "variance": np.average((numbers - mean) ** 2, weights=weights),
            "mode": max(np.unique(numbers), key=lambda value: weights[numbers == value].sum()),
        }[name]
        assert pixels.values[r, c] == pytest.approx(expected, rel=1e-9, abs=1e-4)


def test_unweighted_reducers_within_a_combination_do_not_see_the_weights():
    images = stack(*(Image(bands=(sheet([[v]], np.float32([[w]])),)) for v, w in ((2.0, 0.25), (6.0, 0.75))))
    image = call("ImageCollection.reduce", collection=images, reducer=combined("mean", "median", "count"))
    assert [row(image, 1, band)[0] for band in range(3)] == [5.0, 4.0, 2]
    blind = call("Reducer.unweighted", reducer=combined("mean", "median"))
    assert row(call("ImageCollection.reduce", collection=images, reducer=blind), 1, "SCL_mean") == [4.0]


def test_bands_of_different_types_are_reduced_in_the_type_that_holds_them():
    image = joined(
        byte([200, 3], name="a"),
        Image(bands=(sheet(np.int16([[-5, 3]]), name="b"),)),
        Image(bands=(sheet(np.uint16([[60000, 3]]), name="c"),)),
    )
    found = [
        row(call("Image.reduce", image=image, reducer=call(f"Reducer.{name}")), 2)
        for name in ("min", "max", "median", "mode", "first", "last", "sum")
    ]
    assert found == [[-5, 3], [60000, 3], [200, 3], [-5, 3], [200, 3], [60000, 3], [60195, 9]]


def test_several_outputs_have_the_types_of_their_reducers():
    image = call("ImageCollection.reduce", collection=stack(byte([1]), byte([2])), reducer=combined("minMax", "stdDev"))
    assert [band.type for band in image.bands] == [BYTE, BYTE, DOUBLE]
    counts = call("ImageCollection.reduce", collection=stack(byte([1]), byte([2])), reducer=combined("mean", "count"))
    assert counts.bands[1].type == PixelType("int", 0, 2)
    assert read(counts, window(1), 1).values.dtype.kind in "iu"


def test_combined_reducers_serve_neighbourhoods_and_coarser_pixels_too():
    image = byte([[1, 5, 3, 7]])
    kernel = call("Kernel.square", radius=1, units="pixels")
    around = call("Image.reduceNeighborhood", image=image, reducer=combined("minMax", "median"), kernel=kernel)
    assert [row(around, 4, band) for band in range(3)] == [[1, 1, 3, 3], [5, 5, 7, 7], [3, 3, 5, 5]]
    coarse = call("Image.reduceResolution", image=image, reducer=combined("mean", "max"))
    grid = window(2)
    grid = type(grid)(grid.crs, UTM.transform @ Affine.scale(2, 1), 0, 0, 2, 1)
    tile = Tile(lambda: None)
    assert [tile.read(b.source, grid).values[0].tolist() for b in coarse.bands] == [[3.0, 5.0], [5, 7]]


@pytest.mark.parametrize("name", ["frequencyHistogram", "toList"])
def test_outputs_that_are_no_numbers_are_refused(name):
    for reducer in (call(f"Reducer.{name}"), combined("mean", name)):
        image = call("ImageCollection.reduce", collection=stack(byte([1]), byte([2])), reducer=reducer)
        with pytest.raises(EvaluationError, match=r"ImageCollection\.reduce: Only reducers whose outputs are numbers"):
            read(image, window(1))


def test_repeated_reducers_whose_outputs_are_lists_are_refused():
    images = stack(joined(byte([1], name="a"), byte([2], name="b")))
    reducer = call("Reducer.repeat", reducer=call("Reducer.mean"), count=2)
    with pytest.raises(EvaluationError, match="outputs are numbers"):
        read(call("ImageCollection.reduce", collection=images, reducer=reducer), window(1))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float64])
def test_what_is_gathered_some_rows_at_a_time_joins_without_a_seam(dtype):
    random = np.random.default_rng(7)
    values = random.integers(0, 200, (21, 301, 130)).astype(dtype)
    mask = random.random(values.shape) > 0.3
    layers = [Layer((v,), m) for v, m in zip(values, mask, strict=True)]
    median = statistic("median", layers)
    expected = np.ma.median(np.ma.array(values, mask=~mask), axis=0)
    np.testing.assert_array_equal(median.mask, ~np.ma.getmaskarray(expected))
    np.testing.assert_array_equal(median.values[median.valid], expected.compressed())
    mode = statistic("mode", layers)
    times = np.stack([((values == value) & mask).sum(axis=0) for value in range(200)])
    np.testing.assert_array_equal(mode.values[mode.valid], times.argmax(axis=0)[mask.any(axis=0)])


@pytest.mark.parametrize("name", ["median", "mode", "percentile", "mean", "stdDev"])
def test_many_layers_need_little_memory_beyond_themselves(name):
    # All layers share one array; set beside each other and ordered, they would take 240 MB.
    layer = Layer((np.arange(65_536, dtype=np.uint16).reshape(256, 256),), np.ones((256, 256), np.bool_))
    arguments = {"percentiles": [10, 90]} if name == "percentile" else {}
    reducer = call(f"Reducer.{name}", **arguments)
    tracemalloc.start()
    try:
        result = reduced(reducer, [layer] * 600, "test")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 64e6
    assert result.mask.all()


def test_a_pixel_alone_is_what_it_is_among_others():
    random = np.random.default_rng(3)
    values, mask = random.normal(0, 1, (30, 4, 5)), random.random((30, 4, 5)) > 0.4
    images = collection([values], mask)
    for name in ("mean", "variance", "median", "sum"):
        image = call("ImageCollection.reduce", collection=images, reducer=call(f"Reducer.{name}"))
        assert read(image, window(5, 4)).values[2, 3] == read(image, window(1, 1, column=3, row=2)).values[0, 0]


MANY = ["uint8", "int8", "uint16", "int16", "int32", "int64", "float32", "float64"]


def many_layers(dtype: str, number: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Values of a type, few of them or up to its limits, and masks: some of a layer, all of it, none."""
    kind, shape = np.dtype(dtype), (number, 12, 40)
    if kind.kind == "f":
        values = random.choice([-np.inf, -2.5, 0.5, 1e30, np.inf], shape).astype(kind)
        values[::2] = random.normal(size=shape)[::2]
    else:
        limits = np.iinfo(kind)
        # Of 64 bits so many that their sum is exact in a double.
        low, high = max(limits.min, -(2**40)), min(limits.max, 2**40)
        values = random.integers(low, high, shape, np.int64, endpoint=True).astype(kind)
        values[::2] = random.integers(0, 4, shape)[::2]
        values[:, 0, :2] = low, high
    mask = random.random(shape) > random.choice([0.0, 0.2, 0.7, 1.0], number)[:, np.newaxis, np.newaxis]
    mask[:, :, 5] = False
    mask[:, :, 6] = True
    return values, mask


@pytest.mark.parametrize("dtype", MANY)
@pytest.mark.parametrize("number", [1, 2, 3, 8, 37, 74])
def test_the_median_of_many_layers_is_numpys_whatever_is_masked(dtype: str, number: int) -> None:
    values, mask = many_layers(dtype, number, np.random.default_rng(number))
    if values.dtype.kind == "f":
        # What is masked may be anything.
        values = np.where(mask, values, np.nan).astype(dtype)
    found = statistic("median", [Layer((v,), m) for v, m in zip(values, mask, strict=True)])
    np.testing.assert_array_equal(found.valid, mask.any(axis=0))
    for place in np.argwhere(found.valid):
        own = np.sort(values[:, *place][mask[:, *place]].astype(np.float64))
        with np.errstate(invalid="ignore"):
            wanted = (own[(len(own) - 1) // 2] + own[len(own) // 2]) / 2
        np.testing.assert_array_equal(found.values[*place], wanted)


def test_a_value_that_is_no_number_is_the_last_of_its_pixels_values() -> None:
    values = np.array([[[3.0]], [[np.nan]], [[1.0]]])
    median = statistic("median", [Layer((v,), np.ones((1, 1), np.bool_)) for v in values])
    assert median.values.tolist() == [[3.0]]


@pytest.mark.parametrize("name", ["sum", "mean", "count", "max", "min", "median", "mode", "stdDev", "first", "last"])
def test_layers_that_are_masked_all_over_make_no_difference(name: str) -> None:
    random = np.random.default_rng(4)
    values, mask = random.integers(0, 9, (6, 5, 7)).astype(np.uint8), random.random((6, 5, 7)) > 0.4
    mask[[0, 3, 5]] = False
    reducer = call(f"Reducer.{name}")
    every = [Layer((v,), m) for v, m in zip(values, mask, strict=True)]
    all_of_them = reduced(reducer, every, "test")
    some = reduced(reducer, [every[place] for place in (1, 2, 4)], "test")
    np.testing.assert_array_equal(all_of_them.mask, some.mask)
    np.testing.assert_array_equal(all_of_them.values[some.mask], some.values[some.mask])
    nothing = reduced(reducer, every[:1], "test")
    assert nothing.mask.all() if name == "count" else not nothing.mask.any()


@pytest.mark.parametrize("partial", [False, True])
def test_sums_of_layers_with_one_mask_leave_out_what_is_masked(partial: bool) -> None:
    random = np.random.default_rng(5)
    mask = random.random((4, 6)) > 0.3
    values = np.where(mask, random.normal(size=(3, 4, 6)), np.nan)
    weight = random.integers(1, 5, (4, 6)).astype(np.float32) / 4 if partial else 1.0
    found = reduced(call("Reducer.sum"), [Layer((v,), mask, weight) for v in values], "test")
    np.testing.assert_array_equal(found.mask[0], mask)
    np.testing.assert_allclose(found.values[0][mask], (values * weight).sum(axis=0)[mask], rtol=1e-12)
