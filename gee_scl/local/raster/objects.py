"""Connected pixels of equal values: how many they are, what they are called, and reducers over them.

What is connected is looked for around each tile, as far as an object that is not too large can reach; so each pixel's
result is the same whatever the tile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Pixels, Source, Tile, Values
from gee_scl.local.raster.neighbourhood import widened
from gee_scl.local.raster.reducer import Reducer, Sample

Bool = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Steps = Sequence[tuple[int, int]]

FOUR: Steps = ((1, 0), (0, 1), (-1, 0), (0, -1))
EIGHT: Steps = (*FOUR, (1, 1), (-1, 1), (1, -1), (-1, -1))

MAX_SIZE = 1024
"""Pixels that an object may have: Earth Engine's limit."""

_FEW = 64
"""Distinct values up to which the objects of each are found on their own."""

_LABEL_BITS = 26
"""Bits of a label for a column, and as many for a row: together they are exact in a double."""


def objects(values: Values, valid: Bool, steps: Steps) -> Ints:
    """A number from 1 for each object of connected pixels with equal values; 0 where masked.

    Args:
        values: pixels.
        valid: which count.
        steps: columns and rows from a pixel to those it is connected with, either way.
    """
    codes = np.unique(values[valid])
    if len(codes) <= _FEW and all(abs(x) <= 1 and abs(y) <= 1 for x, y in steps):
        structure = np.zeros((3, 3), np.bool_)
        for x, y in steps:
            structure[1 + y, 1 + x] = structure[1 - y, 1 - x] = True
        structure[1, 1] = True
        labels = np.zeros(values.shape, np.int64)
        number = 0
        for value in codes:
            parts, count = scipy.ndimage.label(valid & (values == value), structure)
            labels += np.where(parts > 0, parts + number, 0)
            number += count
        return labels
    return _linked(values, valid, steps)


def _linked(values: Values, valid: Bool, steps: Steps) -> Ints:
    """Objects as the parts of a graph whose edges are equal neighbours."""
    height, width = values.shape
    place = np.arange(height * width).reshape(height, width)
    starts, ends = [], []
    for x, y in {max((x, y), (-x, -y)) for x, y in steps if x or y}:
        here = slice(max(0, -y), height - max(0, y)), slice(max(0, -x), width - max(0, x))
        there = slice(max(0, y), height - max(0, -y)), slice(max(0, x), width - max(0, -x))
        same = valid[here] & valid[there] & (values[here] == values[there])
        starts.append(place[here][same])
        ends.append(place[there][same])
    start, end = (np.concatenate(parts) if parts else np.zeros(0, np.int64) for parts in (starts, ends))
    edges = scipy.sparse.coo_array((np.ones(len(start), np.bool_), (start, end)), (place.size, place.size))
    _, part = scipy.sparse.csgraph.connected_components(edges, directed=False)
    return np.asarray(np.where(valid, part.reshape(values.shape) + 1, 0), np.int64)


def _around(
    source: Source, grid: Grid, tile: Tile, steps: Steps, margin: int, name: str
) -> tuple[Grid, Ints, tuple[slice, slice]]:
    """The objects on a grid and a margin around it, and which part of them is the grid."""
    wide = widened(grid, margin, margin, margin, margin, name)
    pixels = tile.read(source, wide)
    inner = slice(margin, margin + grid.height), slice(margin, margin + grid.width)
    return wide, objects(pixels.values, pixels.valid, steps), inner


@dataclass(frozen=True, eq=False)
class PixelCount:
    """How many pixels the object of each pixel has, itself included; no more than a limit is counted.

    An object of at most that many pixels reaches no further than that, and of a larger one as many are in reach.
    """

    source: Source
    most: int
    steps: Steps

    @property
    def inputs(self) -> tuple[Source, ...]:
        """What it reads."""
        return (self.source,)

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        """The counts on a grid."""
        _, labels, inner = _around(self.source, grid, tile, self.steps, self.most - 1, "Image.connectedPixelCount")
        number = np.minimum(np.bincount(labels.ravel()), self.most)
        mine = labels[inner]
        return Pixels(number[mine].astype(np.int32), mine > 0)


@dataclass(frozen=True, eq=False)
class Labels:
    """A number for each object, the same on every tile: where its first pixel is. Larger objects are masked."""

    source: Source
    most: int
    steps: Steps

    @property
    def inputs(self) -> tuple[Source, ...]:
        """What it reads."""
        return (self.source,)

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        """The labels on a grid."""
        farthest = max((abs(step) for pair in self.steps for step in pair), default=0)
        wide, labels, inner = _around(
            self.source, grid, tile, self.steps, self.most * farthest, "Image.connectedComponents"
        )
        number = np.bincount(labels.ravel())
        _, first = np.unique(labels, return_index=True)
        names = np.zeros(len(number), np.int64)
        names[np.unique(labels)] = _named(wide, first)
        mine = labels[inner]
        return Pixels(names[mine], (mine > 0) & (number[mine] <= self.most))


def _named(grid: Grid, places: Ints) -> Ints:
    """A whole number for each place on the plane of a grid."""
    half, size = 1 << (_LABEL_BITS - 1), 1 << _LABEL_BITS
    rows = (places // grid.width + grid.row + half) % size
    columns = (places % grid.width + grid.column + half) % size
    return np.asarray(rows * size + columns, np.int64)


@dataclass(frozen=True, eq=False)
class ReducedObjects:
    """A reducer over the pixels of each object; its pixels have the outputs as their first axis.

    Objects that are wider or higher than a limit are masked.

    Attributes:
        label: the source of the values that make objects, connected by eight neighbours.
        sources: what is reduced; a pixel that is masked in one of them does not count.
        reducer: with as many inputs.
        most: pixels on a side.
    """

    label: Source
    sources: tuple[Source, ...]
    reducer: Reducer
    most: int

    @property
    def inputs(self) -> tuple[Source, ...]:
        """What it reads."""
        return (self.label, *self.sources)

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        """All outputs on a grid."""
        wide, labels, inner = _around(self.label, grid, tile, EIGHT, self.most, "Image.reduceConnectedComponents")
        pixels = [tile.read(source, wide) for source in self.sources]
        mine = labels[inner]
        wanted = np.zeros(int(labels.max(initial=0)) + 1, np.bool_)
        wanted[np.unique(mine)] = True
        for label, box in enumerate(scipy.ndimage.find_objects(labels), 1):
            if box is not None and max(side.stop - side.start for side in box) > self.most:
                wanted[label] = False
        wanted[0] = False
        counted = np.logical_and.reduce([wanted[labels], *(p.valid for p in pixels)])
        results = self._results(labels[counted], [p.values[counted] for p in pixels], len(wanted))
        values = results[:, mine]
        return Pixels(np.where(np.isnan(values), 0, values), ~np.isnan(values))

    def _results(self, labels: Ints, inputs: Sequence[Values], number: int) -> npt.NDArray[np.float64]:
        """For each output the result of each object, NaN where there is none."""
        results = np.full((len(self.reducer.outputs), number), np.nan)
        order = np.argsort(labels, kind="stable")
        labels, inputs = labels[order], [values[order] for values in inputs]
        objects, starts = np.unique(labels, return_index=True)
        quick = _QUICK.get(self.reducer.short_name) if self.reducer.inputs == 1 else None
        if quick is not None:
            if len(objects):
                results[0, objects] = quick(inputs[0], starts)
            return results
        for label, part in zip(objects, np.split(np.arange(len(labels)), starts[1:]), strict=True):
            accumulator = self.reducer.new()
            accumulator.add(Sample(tuple(values[part] for values in inputs)))
            results[:, label] = [_number(result) for result in accumulator.results()]
        return results


def _lengths(values: Values, starts: Ints) -> Any:
    return np.diff(np.append(starts, len(values)))


_QUICK: Mapping[str, Callable[[Values, Ints], Any]] = {
    "count": _lengths,
    "sum": lambda values, starts: np.add.reduceat(values.astype(np.float64), starts),
    "mean": lambda values, starts: np.add.reduceat(values.astype(np.float64), starts) / _lengths(values, starts),
    "min": np.minimum.reduceat,
    "max": np.maximum.reduceat,
    "first": lambda values, starts: values[starts],
}
"""Reducers over runs of values that begin at given positions."""


def _number(result: Any) -> float:
    if result is None:
        return np.nan
    if isinstance(result, bool | int | float):
        return float(result)
    raise EvaluationError(
        "Image.reduceConnectedComponents: Only reducers whose outputs are numbers are covered by the local engine."
    )
