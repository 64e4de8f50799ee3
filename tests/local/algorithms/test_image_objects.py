"""Connected pixels: expected values by following neighbours one by one, or by hand."""

from __future__ import annotations

from collections import deque

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gee_scl.local.errors import EvaluationError, LimitError
from tests.support.local.algorithm_calls import call, invoke
from tests.support.local.pixel_images import byte, joined, read, real, window

FOUR = ((0, 1), (1, 0), (0, -1), (-1, 0))
EIGHT = (*FOUR, (1, 1), (1, -1), (-1, 1), (-1, -1))


def flooded(values: np.ndarray, mask: np.ndarray, steps: tuple[tuple[int, int], ...]) -> np.ndarray:
    """A number for each object, 0 where masked."""
    labels, number = np.zeros(values.shape, int), 0
    for start in zip(*np.nonzero(mask), strict=True):
        if labels[start]:
            continue
        number += 1
        labels[start] = number
        waiting = deque([start])
        while waiting:
            row, column = waiting.popleft()
            for down, right in steps:
                near = row + down, column + right
                inside = 0 <= near[0] < values.shape[0] and 0 <= near[1] < values.shape[1]
                if inside and mask[near] and not labels[near] and values[near] == values[row, column]:
                    labels[near] = number
                    waiting.append(near)
    return labels


def scene(seed: int, kinds: int = 3) -> tuple[np.ndarray, np.ndarray]:
    numbers = np.random.default_rng(seed)
    return numbers.integers(0, kinds, (19, 24)).astype(np.uint8), numbers.random((19, 24)) > 0.1


GRID = window(24, 19)


@pytest.mark.parametrize("kinds", [3, 200])
@pytest.mark.parametrize("eight", [True, False])
def test_connected_pixels_are_counted_up_to_a_limit(eight, kinds):
    values, mask = scene(1, kinds)
    values[4:9, 3:15] = 7
    labels = flooded(values, mask, EIGHT if eight else FOUR)
    expected = np.minimum(np.bincount(labels.ravel())[labels], 20)
    counted = read(call("Image.connectedPixelCount", input=byte(values, mask), maxSize=20, eightConnected=eight), GRID)
    np.testing.assert_array_equal(counted.mask, mask)
    np.testing.assert_array_equal(counted.values[mask], expected[mask])


def test_zero_is_a_value_like_any_other():
    image = byte([[0, 0, 1, 0]], mask=[[1, 1, 1, 0]])
    counted = read(call("Image.connectedPixelCount", input=image), window(4))
    assert counted.values[counted.mask].tolist() == [2, 2, 1]


def test_objects_may_have_up_to_1024_pixels():
    with pytest.raises(
        LimitError, match=r"Image\.connectedPixelCount: 'maxSize' must be at most 1024 pixels, not 1025"
    ):
        call("Image.connectedPixelCount", input=byte([[1]]), maxSize=1025)
    with pytest.raises(EvaluationError, match="'maxSize' must be at least 1"):
        call("Image.connectedPixelCount", input=byte([[1]]), maxSize=0)
    large = read(call("Image.connectedPixelCount", input=byte(np.ones((40, 40))), maxSize=1024), window(40, 40))
    assert (large.values == 1024).all()


def same_objects(labels: np.ndarray, expected: np.ndarray) -> bool:
    pairs = set(zip(labels.tolist(), expected.tolist(), strict=True))
    return len(pairs) == len(set(labels.tolist())) == len(set(expected.tolist()))


@pytest.mark.parametrize(("kernel", "steps"), [("plus", FOUR), ("square", EIGHT)])
def test_components_have_one_label_each_and_large_ones_are_masked(kernel, steps):
    values, mask = scene(2)
    labels = flooded(values, mask, steps)
    small = mask & (np.bincount(labels.ravel())[labels] <= 8)
    image = byte(values, mask)
    found = call(
        "Image.connectedComponents", image=image, connectedness=invoke(f"Kernel.{kernel}", radius=1), maxSize=8
    )
    assert found.names == ["SCL", "labels"]
    numbers = read(found, GRID, "labels")
    np.testing.assert_array_equal(numbers.mask, small)
    np.testing.assert_array_equal(read(found, GRID, "SCL").mask, small)
    assert same_objects(numbers.values[small], labels[small])


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 1000), size=st.integers(5, 20))
def test_labels_are_the_same_on_every_tile(seed, size):
    values, mask = scene(seed)
    found = call(
        "Image.connectedComponents",
        image=byte(values, mask),
        connectedness=invoke("Kernel.plus", radius=1),
        maxSize=16,
    )
    whole = read(found, GRID, "labels")
    for tile in GRID.tiles(size):
        part = read(found, tile, "labels")
        place = slice(tile.row, tile.row + tile.height), slice(tile.column, tile.column + tile.width)
        np.testing.assert_array_equal(part.mask, whole.mask[place])
        np.testing.assert_array_equal(part.values[part.mask], whole.values[place][part.mask])


def test_a_connectedness_that_reaches_further_joins_what_is_apart():
    image = byte([[1, 0, 1, 0, 0, 1]])
    far = invoke("Kernel.fixed", weights=[[1, 0, 1, 0, 1]])
    found = read(call("Image.connectedComponents", image=image, connectedness=far, maxSize=9), window(6), "labels")
    labels = found.values[0].tolist()
    assert labels[0] == labels[2]
    assert labels[1] == labels[3]
    assert len({labels[0], labels[1], labels[4], labels[5]}) == 4


@pytest.mark.parametrize("name", ["mean", "sum", "count", "max", "min", "first", "stdDev", "median"])
def test_objects_are_reduced_and_wide_ones_masked(name):
    labels, mask = scene(3)
    labels[6:8, 2:20] = 9
    weights = np.random.default_rng(4).random(labels.shape)
    known = np.random.default_rng(5).random(labels.shape) > 0.1
    image = joined(real(weights, known, name="x"), byte(labels, mask, name="id"))
    reduced = call(
        "Image.reduceConnectedComponents",
        image=image,
        reducer=invoke(f"Reducer.{name}"),
        labelBand="id",
        maxSize=7,
    )
    assert reduced.names == ["x"]
    objects = flooded(labels, mask, EIGHT)
    function = {"stdDev": np.std, "count": len, "first": lambda v: v[0]}.get(name) or getattr(np, name)
    expected = np.full(labels.shape, np.nan)
    for number in range(1, objects.max() + 1):
        rows, columns = np.nonzero(objects == number)
        inside = (objects == number) & known
        if max(np.ptp(rows), np.ptp(columns)) < 7 and inside.any():
            expected[objects == number] = function(weights[inside])
    found = read(reduced, GRID)
    np.testing.assert_allclose(np.where(found.mask, found.values, np.nan), expected)
