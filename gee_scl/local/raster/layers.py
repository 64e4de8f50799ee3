"""Reducers over layers of weighted pixels: neighbours of each pixel, or the small pixels that a large one covers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Band, Pixels, Source, Tile, Values
from gee_scl.local.raster.reducer import Reducer, Sample
from gee_scl.local.values import BOOLEAN, DOUBLE, PixelType

Bool = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

_ROWS_BYTES = 64 * 1024 * 1024
"""Memory that ordering or gathering the values of all layers may take at once."""


@dataclass(frozen=True, eq=False)
class Layer:
    """One value of every pixel for each input of a reducer.

    Attributes:
        inputs: an array of the grid's shape for each input.
        valid: where the layer counts.
        weight: of the layer as a whole, or of each of its pixels.
    """

    inputs: tuple[Values, ...]
    valid: Bool
    weight: FloatArray | float = 1.0

    def rows(self, start: int, end: int) -> Layer:
        """The same layer, of some rows only."""
        weight = self.weight if isinstance(self.weight, float) else self.weight[start:end]
        return Layer(tuple(values[start:end] for values in self.inputs), self.valid[start:end], weight)


def reduced(reducer: Reducer, layers: Sequence[Layer], name: str) -> Pixels:
    """What a reducer makes of each pixel's values: `values` and `mask` have the outputs as their first axis.

    Sums run from the first layer to the last, so that a pixel's result does not depend on the tile that it is on.

    Args:
        reducer: with as many inputs as the layers have.
        layers: at least one.
        name: of the algorithm, for errors.
    """
    if reducer.inputs > 1 or short_name(reducer) not in _QUICK:
        return _in_rows(lambda part: _one_by_one(reducer, part, name), layers, 8 * reducer.inputs + 8)
    if not reducer.weighted:
        layers = [replace(layer, weight=1.0) for layer in layers]
    result = statistic(short_name(reducer), layers)
    return Pixels(result.values[np.newaxis], result.mask[np.newaxis])


def statistic(name: str, layers: Sequence[Layer]) -> Pixels:
    """The result of a reducer that has a quick way, by its short name, for layers of one input."""
    with np.errstate(all="ignore"):
        return _QUICK[name](layers)


def short_name(reducer: Reducer) -> str:
    """A reducer's name without its type."""
    return reducer.name.removeprefix("Reducer.")


def _in_rows(function: Callable[[Sequence[Layer]], Pixels], layers: Sequence[Layer], bytes_each: int) -> Pixels:
    """A function that gathers all layers, some rows at a time."""
    height, width = layers[0].valid.shape
    step = max(1, _ROWS_BYTES // max(1, bytes_each * len(layers) * width))
    parts = [function([layer.rows(top, top + step) for layer in layers]) for top in range(0, height, step)]
    values = np.concatenate([part.values for part in parts], axis=-2)
    return Pixels(values, np.concatenate([part.mask for part in parts], axis=-2))


# Each of these takes layers of one input.


def _added(layers: Sequence[Layer], term: Callable[[Layer], Any]) -> FloatArray:
    total = np.zeros(layers[0].valid.shape)
    for layer in layers:
        total += np.where(layer.valid, term(layer), 0)
    return total


def _weight(layers: Sequence[Layer]) -> FloatArray:
    return _added(layers, lambda layer: layer.weight)


def _any_valid(layers: Sequence[Layer]) -> Bool:
    return np.asarray(np.logical_or.reduce([layer.valid for layer in layers]))


def _count(layers: Sequence[Layer]) -> Pixels:
    """A count is 0 where nothing is valid, and valid itself."""
    number = np.zeros(layers[0].valid.shape, np.int32)
    for layer in layers:
        number += layer.valid
    return Pixels(number, np.ones(number.shape, np.bool_))


def _sum(layers: Sequence[Layer]) -> Pixels:
    return Pixels(_added(layers, lambda layer: layer.inputs[0] * layer.weight), _any_valid(layers))


def _mean(layers: Sequence[Layer]) -> Pixels:
    weight = _weight(layers)
    return Pixels(_sum(layers).values / weight, weight != 0)


def _spread(divisor: Callable[[FloatArray], FloatArray], *, root: bool) -> Callable[[Sequence[Layer]], Pixels]:
    def spread(layers: Sequence[Layer]) -> Pixels:
        weight = _weight(layers)
        mean = _mean(layers).values
        squares = _added(layers, lambda layer: layer.weight * (layer.inputs[0] - mean) ** 2)
        below = divisor(weight)
        # Of a single value the variance with n - 1 is 0, as the reducer itself has it.
        variance = np.where(below > 0, squares / below, 0)
        return Pixels(np.sqrt(variance) if root else variance, weight != 0)

    return spread


def _extreme(function: Any, *, largest: bool) -> Callable[[Sequence[Layer]], Pixels]:
    def extreme(layers: Sequence[Layer]) -> Pixels:
        best = np.full(layers[0].valid.shape, least(layers[0].inputs[0].dtype, largest=largest))
        for layer in layers:
            best = np.where(layer.valid, function(best, layer.inputs[0]), best)
        return Pixels(best, _any_valid(layers))

    return extreme


def least(dtype: np.dtype[Any], *, largest: bool) -> Any:
    """What changes no maximum, or no minimum, of values of this type."""
    if dtype.kind == "f":
        return dtype.type(-np.inf if largest else np.inf)
    limits = np.iinfo(dtype)
    return dtype.type(limits.min if largest else limits.max)


def _first(layers: Sequence[Layer]) -> Pixels:
    found = np.zeros(layers[0].valid.shape, np.bool_)
    values = np.zeros(found.shape, layers[0].inputs[0].dtype)
    for layer in layers:
        new = layer.valid & ~found
        values[new] = layer.inputs[0][new]
        found |= new
    return Pixels(values, found)


def _last(layers: Sequence[Layer]) -> Pixels:
    return _first(layers[::-1])


def _median(layers: Sequence[Layer]) -> Pixels:
    return _in_rows(_median_of_rows, layers, 2 * layers[0].inputs[0].dtype.itemsize)


def _median_of_rows(layers: Sequence[Layer]) -> Pixels:
    dtype = layers[0].inputs[0].dtype
    beyond = least(dtype, largest=False)
    ordered = np.stack([np.where(layer.valid, layer.inputs[0], beyond) for layer in layers], axis=-1)
    ordered.sort(axis=-1)
    number = _count(layers).values
    last = np.maximum(number - 1, 0)
    low, high = (
        np.take_along_axis(ordered, place[..., np.newaxis], axis=-1)[..., 0].astype(np.float64)
        for place in (last // 2, (last + 1) // 2)
    )
    return Pixels((low + high) / 2, number > 0)


def _mode(layers: Sequence[Layer]) -> Pixels:
    """The value of the largest weight, the smallest of those that share it."""
    known = np.unique(np.concatenate([np.unique(layer.inputs[0][layer.valid]) for layer in layers]))
    best = np.zeros(layers[0].valid.shape, layers[0].inputs[0].dtype)
    most = np.zeros(best.shape)
    if len(known) > len(layers):
        return _in_rows(_mode_of_rows, layers, 4 * best.dtype.itemsize + 16)
    for value in known:
        weight = _weight_of(layers, value)
        better = weight > most
        best[better], most[better] = value, weight[better]
    return Pixels(best, _any_valid(layers))


def _weight_of(layers: Sequence[Layer], value: Any) -> FloatArray:
    return _added(layers, lambda layer: np.where(layer.inputs[0] == value, layer.weight, 0))


def _mode_of_rows(layers: Sequence[Layer]) -> Pixels:
    """Many different values: each is compared with those of all layers."""
    best = np.zeros(layers[0].valid.shape, layers[0].inputs[0].dtype)
    most = np.zeros(best.shape)
    for candidate in layers:
        value = candidate.inputs[0]
        weight = _weight_of(layers, value)
        better = candidate.valid & ((weight > most) | ((weight == most) & (value < best)))
        best[better], most[better] = value[better], weight[better]
    return Pixels(best, _any_valid(layers))


def _any(layers: Sequence[Layer]) -> Pixels:
    some = np.logical_or.reduce([layer.valid & (layer.inputs[0] != 0) for layer in layers])
    return Pixels(some.view(np.uint8), _any_valid(layers))


def _all(layers: Sequence[Layer]) -> Pixels:
    every = np.logical_and.reduce([~layer.valid | (layer.inputs[0] != 0) for layer in layers])
    return Pixels(every.view(np.uint8), _any_valid(layers))


def _product(layers: Sequence[Layer]) -> Pixels:
    total = np.ones(layers[0].valid.shape)
    for layer in layers:
        total *= np.where(layer.valid, layer.inputs[0], 1)
    return Pixels(total, _any_valid(layers))


_QUICK: Mapping[str, Callable[[Sequence[Layer]], Pixels]] = {
    "count": _count,
    "sum": _sum,
    "mean": _mean,
    "variance": _spread(lambda weight: weight, root=False),
    "stdDev": _spread(lambda weight: weight, root=True),
    "sampleVariance": _spread(lambda weight: weight - 1, root=False),
    "sampleStdDev": _spread(lambda weight: weight - 1, root=True),
    "min": _extreme(np.minimum, largest=False),
    "max": _extreme(np.maximum, largest=True),
    "first": _first,
    "firstNonNull": _first,
    "last": _last,
    "lastNonNull": _last,
    "median": _median,
    "mode": _mode,
    "anyNonZero": _any,
    "allNonZero": _all,
    "product": _product,
}


def _one_by_one(reducer: Reducer, layers: Sequence[Layer], name: str) -> Pixels:
    """Any reducer, one pixel after the other: exact, and slow."""
    shape = layers[0].valid.shape
    inputs = [np.stack([layer.inputs[i].ravel() for layer in layers], axis=1) for i in range(reducer.inputs)]
    valid = np.stack([layer.valid.ravel() for layer in layers], axis=1)
    weights = np.stack([np.broadcast_to(layer.weight, shape).ravel() for layer in layers], axis=1)
    values = np.full((len(reducer.outputs), valid.shape[0]), np.nan)
    for pixel, chosen in enumerate(valid):
        accumulator = reducer.new()
        if chosen.any():
            accumulator.add(Sample(tuple(v[pixel, chosen] for v in inputs), weights[pixel, chosen]))
        for place, result in enumerate(accumulator.results()):
            if result is not None:
                values[place, pixel] = _number(result, name)
    values = values.reshape(-1, *shape)
    return Pixels(values, ~np.isnan(values))


def _number(result: Any, name: str) -> float:
    if isinstance(result, bool | int | float):
        return float(result)
    raise EvaluationError(f"{name}: Only reducers whose outputs are numbers are covered by the local engine.")


_KEEP_TYPE = {"min", "max", "first", "firstNonNull", "last", "lastNonNull", "mode"}
_COUNTS = {"count", "countDistinct", "countDistinctNonNull"}
_MOST = 2**31 - 1


def type_of_output(reducer: Reducer, kind: PixelType) -> PixelType:
    """The type of a reducer's outputs, from that of its first input."""
    short = short_name(reducer)
    if short in _KEEP_TYPE and reducer.inputs == 1:
        return kind
    if short in _COUNTS:
        return PixelType("int", 0, _MOST)
    if short in ("anyNonZero", "allNonZero"):
        return BOOLEAN
    if short in ("mean", "median"):
        return replace(kind, precision="double")
    return DOUBLE


def output_bands(reducer: Reducer, bands: Sequence[Band], whole: Source) -> list[Band]:
    """A band for each output of a source whose pixels have the outputs as their first axis, named for the outputs.

    Args:
        reducer: what the source applies.
        bands: its inputs; the first gives the place and, where the reducer keeps it, the type.
        whole: the source of all outputs.
    """
    kind = type_of_output(reducer, bands[0].type)
    return [
        replace(bands[0], name=output, type=kind, source=_Output(whole, place))
        for place, output in enumerate(reducer.outputs)
    ]


@dataclass(frozen=True, eq=False)
class _Output:
    """One output of several."""

    whole: Source
    place: int

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        pixels = tile.read(self.whole, grid)
        return Pixels(pixels.values[self.place], pixels.mask[self.place])
