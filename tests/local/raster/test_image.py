"""Lazy images: what is kept while a tile is evaluated, and quick ways with masks against numpy's."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from gee_scl.local.raster.image import (
    Computed,
    Constant,
    Pixels,
    Source,
    Tile,
    both,
    everywhere,
    is_everywhere,
    picked,
    readers,
)
from tests.support.local.pixel_images import Sheet, window

GRID = window(3, 2)


class Watched:
    """A sheet that counts how often it is read, and can be asked whether its pixels are still kept."""

    inputs: tuple[Source, ...] = ()

    def __init__(self) -> None:
        self.times = 0

    def read(self, grid: object, tile: Tile) -> Pixels:
        self.times += 1
        return Pixels(np.full(GRID.shape, 2, np.uint8), everywhere(GRID.shape))


def total(*inputs: Pixels) -> Pixels:
    return Pixels(np.sum([p.values for p in inputs], axis=0), inputs[0].mask)


def kept(tile: Tile) -> int:
    """How many sources' pixels a tile holds."""
    return len(tile._known)


def test_sources_are_counted_once_for_each_reader() -> None:
    bottom, other = Watched(), Constant(1)
    middle = Computed(total, (bottom, other))
    top = Computed(total, (middle, middle, bottom))
    number = readers([top, middle])
    # What `middle` reads, it reads once, however often it is read itself.
    assert [number[id(source)] for source in (top, middle, bottom, other)] == [1, 3, 2, 1]


def test_what_all_have_read_is_let_go_and_nothing_is_read_twice() -> None:
    bottom = Watched()
    middle = Computed(total, (bottom, bottom))
    tops = [Computed(total, (middle, bottom)), Computed(total, (middle,))]
    tile = Tile(lambda: None, readers(tops))
    assert tile.read(tops[0], GRID).values.tolist() == [[6] * 3] * 2
    assert kept(tile) == 1
    assert tile.read(tops[1], GRID).values.tolist() == [[4] * 3] * 2
    assert (bottom.times, kept(tile)) == (1, 0)


def test_without_readers_all_is_kept() -> None:
    bottom = Watched()
    middle = Computed(total, (bottom, bottom))
    tile = Tile(lambda: None)
    for _ in range(3):
        assert tile.read(middle, GRID).values.tolist() == [[4] * 3] * 2
    assert (bottom.times, kept(tile)) == (1, 2)


def test_a_source_that_is_read_on_another_grid_as_well_is_read_for_each() -> None:
    sheet = Sheet(np.arange(6, dtype=np.uint8).reshape(2, 3), np.ones((2, 3), np.bool_))
    tile = Tile(lambda: None, readers([sheet, sheet, sheet]))
    assert tile.read(sheet, window(2)).values.tolist() == [[0, 1]]
    assert tile.read(sheet, window(1, 1, 2, 1)).values.tolist() == [[5]]
    assert tile.read(sheet, window(2)).values.tolist() == [[0, 1]]


RANDOM = np.random.default_rng(20)
SHAPE = 40, 50
MASKS: dict[str, Callable[[], np.ndarray]] = {
    "all": lambda: everywhere(SHAPE),
    "ones": lambda: np.ones(SHAPE, np.bool_),
    "none": lambda: np.zeros(SHAPE, np.bool_),
    "some": lambda: RANDOM.random(SHAPE) > 0.4,
    "partial": lambda: RANDOM.integers(0, 5, SHAPE).astype(np.float32) / 4,
}


@pytest.mark.parametrize("left", MASKS)
@pytest.mark.parametrize("right", MASKS)
def test_the_mask_of_two_inputs_is_the_smaller_of_theirs(left: str, right: str) -> None:
    one, other = MASKS[left](), MASKS[right]()
    np.testing.assert_array_equal(both(one, other).astype(np.float32), np.minimum(one, other).astype(np.float32))


def test_a_mask_of_all_places_is_known_without_a_look() -> None:
    assert [is_everywhere(MASKS[name]()) for name in MASKS] == [True, False, False, False, False]
    assert not is_everywhere(np.broadcast_to(np.False_, SHAPE))
    assert is_everywhere(everywhere(SHAPE)[3:5])


@pytest.mark.parametrize("dtype", ["bool", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"])
def test_what_is_picked_is_what_numpy_chooses(dtype: str) -> None:
    kind = np.dtype(dtype)
    if kind.kind in "iu":
        limits = np.iinfo(kind)
        values = RANDOM.integers(limits.min, limits.max, (2, *SHAPE), kind, endpoint=True)
        values[:, 0, :2] = limits.min, limits.max
    elif kind.kind == "f":
        values = RANDOM.choice([np.nan, np.inf, -np.inf, -0.0, 1.5], (2, *SHAPE)).astype(kind)
    else:
        values = RANDOM.random((2, *SHAPE)) > 0.5
    condition = RANDOM.random(SHAPE) > 0.5
    for other in (values[1], values[1][0, 1]):
        found = picked(condition, values[0], other)
        assert found.dtype == kind
        np.testing.assert_array_equal(found, np.where(condition, values[0], other))


def test_picked_values_of_two_types_have_the_type_that_holds_both() -> None:
    condition = np.array([True, False])
    assert picked(condition, np.uint8([255, 1]), np.int16([-300, -300])).tolist() == [255, -300]
