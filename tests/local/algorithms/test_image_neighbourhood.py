"""Neighbourhood operations: expected values from scipy.ndimage, or by going through every pixel and its neighbours."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pyproj
import pytest
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from gee_scl.local.errors import EvaluationError, LimitError, NotCoveredError
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Image, Pixels
from gee_scl.local.values import PixelType
from tests.support.local.algorithm_calls import call, invoke
from tests.support.local.pixel_images import UTM, byte, joined, read, real, sheet, window

HEIGHT, WIDTH = 23, 31
GRID = window(WIDTH, HEIGHT)
FINE = Grid(UTM.crs, UTM.transform @ Affine.scale(0.5), 0, 0, 2 * WIDTH, 2 * HEIGHT)

CIRCLE_2 = np.array([[0, 0, 1, 0, 0], [0, 1, 1, 1, 0], [1, 1, 1, 1, 1], [0, 1, 1, 1, 0], [0, 0, 1, 0, 0]], bool)


def scene(seed: int = 1, classes: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Classes in patches, and a mask with holes."""
    numbers = np.random.default_rng(seed)
    values = np.kron(numbers.integers(0, classes, (8, 11)), np.ones((3, 3), int))[:HEIGHT, :WIDTH].astype(np.uint8)
    noise = numbers.random(values.shape) < 0.2
    values[noise] = numbers.integers(0, classes, noise.sum())
    return values, numbers.random(values.shape) > 0.15


def kernel(name: str, **arguments: Any) -> Any:
    return invoke(f"Kernel.{name}", **arguments)


def reducer(name: str, **arguments: Any) -> Any:
    return invoke(f"Reducer.{name}", **arguments)


def brute(
    values: np.ndarray, mask: np.ndarray, weights: np.ndarray, function: Callable[[np.ndarray, np.ndarray], float]
) -> np.ndarray:
    """A function of each pixel's valid neighbours and their weights, NaN where there are none."""
    rows, columns = weights.shape[0] // 2, weights.shape[1] // 2
    wide = np.pad(values.astype(float), ((rows, rows), (columns, columns)))
    known = np.pad(mask, ((rows, rows), (columns, columns)))
    result = np.full(values.shape, np.nan)
    for row, column in np.ndindex(values.shape):
        part = slice(row, row + weights.shape[0]), slice(column, column + weights.shape[1])
        chosen = known[part] & (weights != 0)
        if chosen.any():
            result[row, column] = function(wide[part][chosen], weights[chosen])
    return result


def commonest(values: np.ndarray, weights: np.ndarray) -> float:
    known = np.unique(values)
    return float(known[np.argmax([weights[values == v].sum() for v in known])])


def as_floats(pixels: Pixels) -> np.ndarray:
    return np.where(pixels.valid, pixels.values.astype(float), np.nan)


def in_tiles(image: Image, grid: Grid, size: int, band: int | str = 0) -> np.ndarray:
    whole = np.full(grid.shape, np.nan)
    for tile in grid.tiles(size):
        rows = slice(tile.row - grid.row, tile.row - grid.row + tile.height)
        columns = slice(tile.column - grid.column, tile.column - grid.column + tile.width)
        whole[rows, columns] = as_floats(read(image, tile, band))
    return whole


# Focal statistics

STATISTICS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "Min": lambda v, w: v.min(),
    "Max": lambda v, w: v.max(),
    "Mean": lambda v, w: v.mean(),
    "Median": lambda v, w: float(np.median(v)),
    "Mode": commonest,
}


@pytest.mark.parametrize("statistic", STATISTICS)
def test_focal_statistics_take_the_valid_pixels_that_the_kernel_covers(statistic):
    values, mask = scene()
    focal = call(f"Image.focal{statistic}", image=byte(values, mask), radius=2)
    np.testing.assert_allclose(as_floats(read(focal, GRID)), brute(values, mask, CIRCLE_2, STATISTICS[statistic]))
    assert focal.names == ["SCL"]


@pytest.mark.parametrize("statistic", STATISTICS)
def test_focal_statistics_of_many_different_real_numbers(statistic):
    numbers = np.random.default_rng(5)
    values, mask = numbers.normal(size=(HEIGHT, WIDTH)), numbers.random((HEIGHT, WIDTH)) > 0.4
    focal = call(f"Image.focal{statistic}", image=real(values, mask), radius=2)
    np.testing.assert_allclose(as_floats(read(focal, GRID)), brute(values, mask, CIRCLE_2, STATISTICS[statistic]))


@pytest.mark.parametrize("shape", ["circle", "square", "cross", "plus", "octagon", "diamond"])
def test_every_kernel_shape_equals_a_footprint_of_scipy(shape):
    values, _ = scene(2)
    footprint = call(f"Kernel.{shape}", radius=3, normalize=False).weights_at(1) != 0
    largest = as_floats(read(call("Image.focalMax", image=byte(values), radius=3, kernelType=shape), GRID))
    np.testing.assert_array_equal(largest, ndimage.maximum_filter(values, footprint=footprint, mode="constant"))
    smallest = as_floats(read(call("Image.focalMin", image=byte(values), radius=3, kernelType=shape), GRID))
    expected = ndimage.minimum_filter(values, footprint=footprint, mode="constant", cval=255)
    np.testing.assert_array_equal(smallest, expected)


def test_the_default_kernel_is_a_circle_of_one_and_a_half_pixels():
    single = np.zeros((7, 7))
    single[3, 3] = 1
    reached = read(call("Image.focal_max", image=byte(single)), window(7, 7)).values
    np.testing.assert_array_equal(reached, ndimage.maximum_filter(single, size=3))


def test_a_kernel_given_takes_the_place_of_the_named_one_and_its_weights_do_not_matter():
    values, mask = scene(3)
    right = kernel("fixed", weights=[[0, 0, 0.25], [0, 0, 7]], x=0, y=0)
    moved = call("Image.focalMean", image=byte(values, mask), kernel=right, radius=9, kernelType="square")
    weights = np.zeros((3, 5))
    weights[1:, 4] = 1
    np.testing.assert_allclose(as_floats(read(moved, GRID)), brute(values, mask, weights, lambda v, w: v.mean()))


def test_iterations_apply_the_kernel_again():
    values, mask = scene(4)
    image = byte(values, mask)
    twice = call("Image.focalMean", image=call("Image.focalMean", image=image, radius=1), radius=1)
    at_once = call("Image.focalMean", image=image, radius=1, iterations=2)
    np.testing.assert_array_equal(as_floats(read(at_once, GRID)), as_floats(read(twice, GRID)))
    assert call("Image.focalMax", image=image, iterations=0) is image


def test_dilating_by_nothing_changes_nothing():
    values, mask = scene(6)
    same = read(call("Image.focalMax", image=byte(values, mask), radius=0), GRID)
    np.testing.assert_array_equal(as_floats(same), np.where(mask, values, np.nan))


@pytest.mark.parametrize(("grid", "scale"), [(GRID, 20), (FINE, 10)])
@pytest.mark.parametrize("metres", [0, 19, 20, 50, 100])
def test_a_dilation_in_metres_reaches_the_pixels_with_centre_within_them(grid, scale, metres):
    grid = replace(grid, crs=UTM.crs)
    cloud = np.zeros(grid.shape)
    cloud[11, 15] = 1
    image = Image(bands=(sheet(cloud.astype(np.uint8)),))
    image = image.with_bands(replace(b, source=_Exactly(cloud.astype(np.uint8))) for b in image.bands)
    reached = read(call("Image.focalMax", image=image, radius=metres, units="meters"), grid).values
    rows, columns = np.indices(grid.shape)
    expected = np.hypot(rows - 11, columns - 15) * scale <= metres
    np.testing.assert_array_equal(reached, expected)


class _Exactly:
    """An array on whatever grid is asked for, masked beyond it."""

    inputs = ()

    def __init__(self, values: np.ndarray) -> None:
        self._values = values

    def read(self, grid: Grid, tile: Any) -> Pixels:
        pixels = Pixels.nothing(grid.shape, self._values.dtype)
        height, width = self._values.shape
        inside = grid.crop(0, 0, width, height)
        rows = slice(inside.row - grid.row, inside.row - grid.row + inside.height)
        columns = slice(inside.column - grid.column, inside.column - grid.column + inside.width)
        source = slice(inside.row, inside.row + inside.height), slice(inside.column, inside.column + inside.width)
        pixels.values[rows, columns], pixels.mask[rows, columns] = self._values[source], True
        return pixels


def test_a_dilation_of_any_mask_equals_a_euclidean_distance_transform():
    cloud = np.random.default_rng(8).random((HEIGHT, WIDTH)) < 0.02
    dilated = read(call("Image.focalMax", image=byte(cloud), radius=100, units="meters"), GRID).values
    np.testing.assert_array_equal(dilated, ndimage.distance_transform_edt(~cloud, sampling=20) <= 100)


def test_focal_keeps_types_or_makes_them_real():
    image = byte([[1, 2]])
    assert call("Image.focalMax", image=image).bands[0].type == PixelType("int", 0, 255)
    assert call("Image.focalMean", image=image).bands[0].type.precision == "double"


def test_focal_refuses_what_it_does_not_know():
    with pytest.raises(EvaluationError, match=r"Image\.focalMax: Unknown kernel type 'star'"):
        call("Image.focalMax", image=byte([[1]]), kernelType="star")
    with pytest.raises(EvaluationError, match="'iterations' must be between 0"):
        call("Image.focalMax", image=byte([[1]]), iterations=-1)
    with pytest.raises(LimitError, match=r"Kernel\.circle: The kernel is too large"):
        call("Image.focalMax", image=byte([[1]]), radius=513)
    far = call("Image.focalMax", image=byte([[1]]), radius=20_000, units="meters")
    with pytest.raises(LimitError, match="at most 512"):
        read(far, GRID)
    with pytest.raises(LimitError, match="reaches 1500 pixels beyond the output, at most 1024"):
        read(call("Image.focalMax", image=byte([[1]]), radius=500, iterations=3), GRID)


# reduceNeighborhood

UNIFORM = np.ones((3, 5))
BELL = np.array([[1, 2, 1], [2, 5, 2], [1, 2, 3]], float)

REDUCERS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "mean": lambda v, w: (v * w).sum() / w.sum(),
    "sum": lambda v, w: (v * w).sum(),
    "count": lambda v, w: len(v),
    "min": lambda v, w: v.min(),
    "max": lambda v, w: v.max(),
    "median": lambda v, w: float(np.median(v)),
    "mode": commonest,
    "first": lambda v, w: v[0],
    "variance": lambda v, w: ((v - (v * w).sum() / w.sum()) ** 2 * w).sum() / w.sum(),
    "stdDev": lambda v, w: math.sqrt(((v - (v * w).sum() / w.sum()) ** 2 * w).sum() / w.sum()),
    "anyNonZero": lambda v, w: float((v != 0).any()),
    "countDistinct": lambda v, w: len(np.unique(v)),
    "product": lambda v, w: v.prod(),
}


@pytest.mark.parametrize("weights", [UNIFORM / 15, BELL], ids=["uniform", "bell"])
@pytest.mark.parametrize("name", REDUCERS)
def test_a_neighbourhood_is_reduced_with_the_kernels_weights(name, weights):
    values, mask = scene(9, classes=4)
    rows = kernel("fixed", weights=weights.tolist())
    arguments = {"image": byte(values, mask), "reducer": reducer(name), "kernel": rows}
    everywhere = call("Image.reduceNeighborhood", **arguments, skipMasked=False)
    expected = brute(values, mask, weights, REDUCERS[name])
    if name in ("count", "countDistinct"):
        expected = np.nan_to_num(expected)
    np.testing.assert_allclose(as_floats(read(everywhere, GRID)), expected, atol=1e-12)
    skipped = call("Image.reduceNeighborhood", **arguments)
    np.testing.assert_allclose(as_floats(read(skipped, GRID)), np.where(mask, expected, np.nan), atol=1e-12)


def test_the_outputs_name_follows_the_bands():
    image = joined(byte([[1]], name="a"), byte([[2]], name="b"))
    ones = kernel("square", radius=1)
    assert call("Image.reduceNeighborhood", image=image, reducer=reducer("mean"), kernel=ones).names == [
        "a_mean",
        "b_mean",
    ]
    both = invoke("Reducer.combine", reducer1=reducer("min"), reducer2=reducer("max"), sharedInputs=True)
    combined = call("Image.reduceNeighborhood", image=image, reducer=both, kernel=ones)
    assert combined.names == ["a_min", "a_max", "b_min", "b_max"]
    nearest = call("Image.reduceNeighborhood", image=image, reducer=reducer("min", numInputs=2), kernel=ones)
    assert nearest.names == ["min", "min1"]
    assert read(nearest, window(1), "min1").values.tolist() == [[2]]
    with pytest.raises(EvaluationError, match="has 3 inputs, but the image has 2"):
        call("Image.reduceNeighborhood", image=image, reducer=reducer("min", numInputs=3), kernel=ones)


def test_masks_can_weigh_instead_of_the_kernel():
    image = Image(bands=(sheet([[10.0, 20.0, 40.0]], np.float32([[0.5, 1, 0]])),))
    row = kernel("fixed", weights=[[0.25, 0.75, 3.0]])
    mean = {
        weight: call("Image.reduceNeighborhood", image=image, reducer=reducer("mean"), kernel=row, inputWeight=weight)
        for weight in ("kernel", "mask", "min")
    }
    at = {weight: float(read(found, window(1, column=1)).values[0, 0]) for weight, found in mean.items()}
    assert at["kernel"] == pytest.approx((10 * 0.25 + 20 * 0.75) / 1)
    assert at["mask"] == pytest.approx((10 * 0.5 + 20 * 1) / 1.5)
    assert at["min"] == pytest.approx((10 * 0.25 + 20 * 0.75) / 1)
    with pytest.raises(EvaluationError, match="Unknown inputWeight 'area'"):
        call("Image.reduceNeighborhood", image=image, reducer=reducer("mean"), kernel=row, inputWeight="area")


def test_a_gaussian_mean_equals_scipys_correlation():
    values, _ = scene(10)
    weights = call("Kernel.gaussian", radius=4, sigma=2).weights_at(1)
    smooth = call(
        "Image.reduceNeighborhood",
        image=byte(values),
        reducer=reducer("mean"),
        kernel=kernel("gaussian", radius=4, sigma=2),
    )
    total = ndimage.correlate(values.astype(float), weights, mode="constant")
    share = ndimage.correlate(np.ones(values.shape), weights, mode="constant")
    np.testing.assert_allclose(read(smooth, GRID).values, total / share, rtol=1e-12)


# Convolution


@pytest.mark.parametrize("weights", [[[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], [[1, 2, 3], [4, 5, 6], [7, 8, 10]]])
def test_convolution_lays_the_weights_as_they_are_printed_and_needs_all_pixels(weights):
    values, mask = scene(11)
    rows = kernel("fixed", weights=weights)
    result = read(call("Image.convolve", image=byte(values, mask), kernel=rows), GRID)
    expected = ndimage.correlate(np.where(mask, values, 0).astype(float), np.array(weights, float), mode="constant")
    known = ndimage.minimum_filter(mask.astype(int), footprint=np.array(weights) != 0, mode="constant") == 1
    np.testing.assert_array_equal(result.mask, known)
    np.testing.assert_allclose(result.values[known], expected[known])


# Distances


def test_the_fast_distance_transform_is_the_squared_distance_in_pixels_whatever_the_mask():
    targets = np.random.default_rng(12).random((HEIGHT, WIDTH)) < 0.01
    mask = np.random.default_rng(13).random((HEIGHT, WIDTH)) > 0.3
    found = read(call("Image.fastDistanceTransform", image=byte(targets, mask)), GRID)
    expected = ndimage.distance_transform_edt(~(targets & mask)) ** 2
    np.testing.assert_array_equal(as_floats(found), np.rint(expected))


@pytest.mark.parametrize("where", [(3, 5), (-4, 6), (9, 60), (14, 22)])
def test_distances_to_targets_beyond_the_grid_are_those_of_the_whole_plane(where):
    targets = np.zeros((40, 50), np.uint8)
    row, column = where
    targets[row % 40, column % 50] = targets[30, 45] = 1
    grid = window(20, 12, 10, 8)
    found = read(call("Image.fastDistanceTransform", image=byte(targets), neighborhood=18), grid)
    rows, columns = np.indices(targets.shape)
    squared = np.min([(rows - r) ** 2 + (columns - c) ** 2 for r, c in np.argwhere(targets)], axis=0)
    expected = np.where(squared <= 18**2, squared, np.nan)[8:20, 10:30]
    np.testing.assert_array_equal(as_floats(found), expected)


@pytest.mark.parametrize(("metric", "scipys"), [("manhattan", "taxicab"), ("chebyshev", "chessboard")])
def test_the_fast_distance_transform_has_other_metrics(metric, scipys):
    targets = np.random.default_rng(14).random((HEIGHT, WIDTH)) < 0.02
    found = read(call("Image.fastDistanceTransform", image=byte(targets), metric=metric), GRID)
    np.testing.assert_array_equal(as_floats(found), ndimage.distance_transform_cdt(~targets, metric=scipys))


def test_beyond_the_neighbourhood_there_is_no_distance():
    targets = np.zeros((1, 9))
    targets[0, 2] = 1
    found = as_floats(read(call("Image.fastDistanceTransform", image=byte(targets), neighborhood=3), window(9)))
    np.testing.assert_array_equal(found, [[4, 1, 0, 1, 4, 9, np.nan, np.nan, np.nan]])
    nothing = call("Image.fastDistanceTransform", image=byte([[0, 0]]))
    assert not read(nothing, window(2)).mask.any()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"neighborhood": 1025}, "The neighborhood is too large: 1025 pixels, at most 1024"),
        ({"neighborhood": 0}, "at least 1 pixel"),
        ({"units": "meters"}, "Only 'pixels' are supported"),
        ({"metric": "cosine"}, "Unknown metric 'cosine'"),
    ],
)
def test_the_fast_distance_transform_refuses_what_it_cannot_do(arguments, text):
    with pytest.raises(EvaluationError, match=text):
        call("Image.fastDistanceTransform", image=byte([[1]]), **arguments)


def test_distances_follow_the_kernels_units_and_end_at_its_radius():
    targets, mask = np.random.default_rng(15).random((HEIGHT, WIDTH)) < 0.01, scene(16)[1]
    image = byte(targets, mask)
    pixels = ndimage.distance_transform_edt(~(targets & mask))
    for units, radius, scale, grid in (("pixels", 4, 1, GRID), ("meters", 90, 20, GRID)):
        euclidean = kernel("euclidean", radius=radius, units=units)
        expected = np.where(pixels * scale <= radius, pixels * scale, np.nan)
        everywhere = call("Image.distance", image=image, kernel=euclidean, skipMasked=False)
        np.testing.assert_allclose(as_floats(read(everywhere, grid)), expected)
        skipped = call("Image.distance", image=image, kernel=euclidean)
        np.testing.assert_allclose(as_floats(read(skipped, grid)), np.where(mask, expected, np.nan))


def test_distance_takes_distance_kernels_only():
    with pytest.raises(EvaluationError, match=r"must be one of Kernel\.euclidean.*not Kernel\.circle"):
        call("Image.distance", image=byte([[1]]), kernel=kernel("circle", radius=2))
    with pytest.raises(NotCoveredError, match=r"Image\.distance: Give a kernel"):
        call("Image.distance", image=byte([[1]]))
    doubled = kernel("manhattan", radius=3, magnitude=2)
    found = as_floats(read(call("Image.distance", image=byte([[1, 0, 0, 0, 0]]), kernel=doubled), window(5)))
    np.testing.assert_array_equal(found, [[0, 2, 4, 6, np.nan]])


# Bands, translations


def test_neighbours_become_bands_named_for_their_place():
    values = np.arange(9).reshape(3, 3)
    bands = call("Image.neighborhoodToBands", image=byte(values), kernel=kernel("plus", radius=1))
    assert bands.names == ["SCL_0_-1", "SCL_-1_0", "SCL_0_0", "SCL_1_0", "SCL_0_1"]
    centre = window(1, 1, column=1, row=1)
    assert [int(read(bands, centre, name).values[0, 0]) for name in bands.names] == [1, 3, 4, 5, 7]


@pytest.mark.parametrize(("x", "y", "units"), [(40, -20, "meters"), (2, 1, "pixels")])
def test_a_translated_image_has_its_pixels_elsewhere(x, y, units):
    values, mask = scene(17)
    moved = read(call("Image.translate", input=byte(values, mask), x=x, y=y, units=units), GRID)
    expected = np.full(values.shape, np.nan)
    expected[1:, 2:] = np.where(mask, values, np.nan)[:-1, :-2]
    np.testing.assert_array_equal(as_floats(moved), expected)


# Reduced resolution


def test_reduced_resolution_combines_the_pixels_that_a_coarse_one_covers():
    values, mask = scene(18)
    values, mask = values[:20, :30], mask[:20, :30]
    coarse = Grid(UTM.crs, UTM.transform @ Affine.scale(5), 0, 0, 6, 4)
    blocks = np.where(mask, values, np.nan).reshape(4, 5, 6, 5)
    for name, function in (("mean", np.nanmean), ("max", np.nanmax), ("min", np.nanmin), ("median", np.nanmedian)):
        reduced = call("Image.reduceResolution", image=byte(values, mask), reducer=reducer(name))
        assert reduced.names == ["SCL"]
        np.testing.assert_allclose(as_floats(read(reduced, coarse)), function(blocks, axis=(1, 3)))
    reprojected = call(
        "Image.reproject",
        image=call("Image.reduceResolution", image=byte(values, mask), reducer=reducer("mean")),
        crs=UTM.crs,
        crsTransform=list(coarse.transform)[:6],
    )
    fine = as_floats(read(reprojected, window(30, 20)))
    np.testing.assert_allclose(fine, np.kron(np.nanmean(blocks, axis=(1, 3)), np.ones((5, 5))))


def test_pixels_that_are_partly_covered_weigh_their_share():
    wide = Grid(UTM.crs, UTM.transform @ Affine.scale(1.5, 1), 0, 0, 2, 1)
    image = real([[1.0, 2.0, 4.0]])
    found = read(call("Image.reduceResolution", image=image, reducer=reducer("mean")), wide)
    np.testing.assert_allclose(found.values, [[(1 + 0.5 * 2) / 1.5, (0.5 * 2 + 4) / 1.5]])
    total = read(call("Image.reduceResolution", image=image, reducer=reducer("sum")), wide)
    np.testing.assert_allclose(total.values, [[(1 + 0.5 * 2) / 1.5, (0.5 * 2 + 4) / 1.5]])


def test_too_many_pixels_are_refused_or_read_coarser():
    coarse = Grid(UTM.crs, UTM.transform @ Affine.scale(16), 0, 0, 2, 1)
    image = byte(np.ones((16, 32)))
    with pytest.raises(LimitError, match="Too many input pixels per output pixel: 256, but maxPixels allows only 64"):
        read(call("Image.reduceResolution", image=image, reducer=reducer("count")), coarse)
    enough = call("Image.reduceResolution", image=image, reducer=reducer("count"), maxPixels=256)
    assert read(enough, coarse).values.tolist() == [[256, 256]]
    effort = call("Image.reduceResolution", image=image, reducer=reducer("count"), bestEffort=True)
    assert read(effort, coarse).values.tolist() == [[64, 64]]


def test_on_its_own_grid_and_on_finer_ones_nothing_is_combined():
    values, mask = scene(19)
    reduced = call("Image.reduceResolution", image=byte(values, mask), reducer=reducer("mean"))
    expected = np.where(mask, values, np.nan)
    np.testing.assert_array_equal(as_floats(read(reduced, GRID)), expected)
    np.testing.assert_array_equal(as_floats(read(reduced, FINE)), np.kron(expected, np.ones((2, 2))))


def test_in_another_projection_a_linear_surface_keeps_its_values():
    down, across = np.indices((60, 60))
    surface = Image(bands=(sheet(3.0 * across + 2.0 * down),))
    reduced = call("Image.reduceResolution", image=surface, reducer=reducer("mean"), maxPixels=1000)
    to_lonlat = pyproj.Transformer.from_crs(UTM.crs, "EPSG:4326", always_xy=True)
    left, top = to_lonlat.transform(500_300, 5_999_700)
    grid = Grid("EPSG:4326", Affine(0.0015, 0, left, 0, -0.001, top), 0, 0, 4, 4)
    x, y = to_lonlat.transform(*grid.centres(), direction="INVERSE")
    expected = 3 * ((x - 500_000) / 20 - 0.5) + 2 * ((6_000_000 - y) / 20 - 0.5)
    # A surface of steps is off its plane by an eighth of a step at most at each end of the five pixels.
    np.testing.assert_allclose(read(reduced, grid).values, expected, rtol=0, atol=(3 + 2) / 8 / 4.9)


# The same on every tile

OPERATIONS: dict[str, Callable[[Image], Image]] = {
    "focalMax": lambda i: call("Image.focalMax", image=i, radius=3),
    "focalMean": lambda i: call("Image.focalMean", image=i, radius=3, iterations=2),
    "focalMode": lambda i: call("Image.focalMode", image=i, radius=2),
    "focalMedian": lambda i: call("Image.focalMedian", image=i, radius=2),
    "gaussian": lambda i: call(
        "Image.reduceNeighborhood", image=i, reducer=reducer("mean"), kernel=kernel("gaussian", radius=3)
    ),
    "stdDev": lambda i: call(
        "Image.reduceNeighborhood", image=i, reducer=reducer("stdDev"), kernel=kernel("square", radius=2)
    ),
    "convolve": lambda i: call("Image.convolve", image=i, kernel=kernel("sobel")),
    "fastDistanceTransform": lambda i: call("Image.fastDistanceTransform", image=i, neighborhood=9),
    "distance": lambda i: call("Image.distance", image=i, kernel=kernel("euclidean", radius=5)),
    "connectedPixelCount": lambda i: call("Image.connectedPixelCount", input=i, maxSize=12),
    "reduceResolution": lambda i: call("Image.reduceResolution", image=i, reducer=reducer("mean")),
}


@pytest.mark.parametrize("operation", OPERATIONS)
@settings(deadline=None, max_examples=12)
@given(seed=st.integers(0, 1000), size=st.integers(4, 40), left=st.integers(-7, 5))
def test_a_pixel_does_not_depend_on_the_tile_that_it_is_on(operation, seed, size, left):
    values, mask = scene(seed)
    image = Image(bands=(sheet(values * 0.1, mask),)) if seed % 2 else byte(values, mask)
    result = OPERATIONS[operation](image)
    grid = window(WIDTH, HEIGHT, column=left, row=-left)
    if operation == "reduceResolution":
        grid = Grid(UTM.crs, UTM.transform @ Affine.scale(2.5), left, -left, 14, 12)
    np.testing.assert_array_equal(in_tiles(result, grid, size), as_floats(read(result, grid)))
