"""Statistics of layers that take one layer after the other: sums, extremes, the first and the last.

Sums run from the first layer to the last, so that a pixel's result does not depend on the tile that it is on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from gee_scl.local.raster.image import Pixels, everywhere
from gee_scl.local.raster.layers import (
    FloatArray,
    Layer,
    any_valid,
    common_type,
    common_weight,
    filled,
    least,
    number_valid,
)

Statistic = Callable[[Sequence[Layer]], Pixels]
"""One output of layers of one input."""


def _added(layers: Sequence[Layer], term: Callable[[Layer], Any]) -> FloatArray:
    total = np.zeros(layers[0].valid.shape)
    # Where they are masked all together the sum is masked as well, and may be anything.
    alike = all(np.array_equal(layer.valid, layers[0].valid) for layer in layers[1:])
    for layer in layers:
        total += term(layer) if alike else filled(term(layer), layer.valid, 0)
    return total


def _weight(layers: Sequence[Layer]) -> FloatArray:
    if common_weight(layers) == 1:
        return number_valid(layers).astype(np.float64)
    return _added(layers, lambda layer: np.asarray(layer.weight))


def _count(layers: Sequence[Layer]) -> Pixels:
    """A count is 0 where nothing is valid, and valid itself."""
    number = number_valid(layers)
    return Pixels(number, everywhere(number.shape))


def _sum(layers: Sequence[Layer]) -> Pixels:
    return Pixels(_added(layers, lambda layer: layer.weighted(layer.inputs[0])), any_valid(layers))


def _mean(layers: Sequence[Layer]) -> Pixels:
    weight = _weight(layers)
    return Pixels(_sum(layers).values / weight, weight != 0)


def _spread(divisor: Callable[[FloatArray], FloatArray], *, root: bool) -> Statistic:
    def spread(layers: Sequence[Layer]) -> Pixels:
        weight = _weight(layers)
        mean = _sum(layers).values / weight
        squares = _added(layers, lambda layer: layer.weighted((layer.inputs[0] - mean) ** 2))
        below = divisor(weight)
        # Of a single value the variance with n - 1 is 0, as the reducer itself has it.
        variance = np.where(below > 0, squares / below, 0)
        return Pixels(np.sqrt(variance) if root else variance, weight != 0)

    return spread


def _extreme(function: Any, *, largest: bool) -> Statistic:
    def extreme(layers: Sequence[Layer]) -> Pixels:
        dtype = common_type(layers)
        nothing = least(dtype, largest=largest)
        best = np.full(layers[0].valid.shape, nothing)
        for layer in layers:
            function(best, filled(layer.inputs[0].astype(dtype, copy=False), layer.valid, nothing), out=best)
        return Pixels(best, any_valid(layers))

    return extreme


def _first(layers: Sequence[Layer]) -> Pixels:
    filled_in = np.zeros(layers[0].valid.shape, np.bool_)
    values = np.zeros(filled_in.shape, common_type(layers))
    for layer in layers:
        np.copyto(values, layer.inputs[0], where=layer.valid & ~filled_in)
        filled_in |= layer.valid
        if filled_in.all():
            break
    return Pixels(values, filled_in)


def _last(layers: Sequence[Layer]) -> Pixels:
    return _first(layers[::-1])


def _any(layers: Sequence[Layer]) -> Pixels:
    some = np.zeros(layers[0].valid.shape, np.bool_)
    for layer in layers:
        some |= layer.valid & (layer.inputs[0] != 0)
    return Pixels(some.view(np.uint8), any_valid(layers))


def _all(layers: Sequence[Layer]) -> Pixels:
    every = np.ones(layers[0].valid.shape, np.bool_)
    for layer in layers:
        every &= ~layer.valid | (layer.inputs[0] != 0)
    return Pixels(every.view(np.uint8), any_valid(layers))


def _product(layers: Sequence[Layer]) -> Pixels:
    total = np.ones(layers[0].valid.shape)
    for layer in layers:
        total *= filled(layer.inputs[0], layer.valid, 1)
    return Pixels(total, any_valid(layers))


STREAMED: Mapping[str, Statistic] = {
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
    "anyNonZero": _any,
    "allNonZero": _all,
    "product": _product,
}
"""By the reducers' short names."""


def chosen_by_first(layers: Sequence[Layer], *, largest: bool) -> list[Pixels]:
    """All inputs of the layer whose first input is the smallest or the largest; of equals, the first layer's.

    A first input that is no number is never chosen.
    """
    better = np.greater if largest else np.less
    filled_in = np.zeros(layers[0].valid.shape, np.bool_)
    outputs = [np.zeros(filled_in.shape, common_type(layers, place)) for place in range(len(layers[0].inputs))]
    for layer in layers:
        ranks = layer.inputs[0]
        usable = layer.valid & ~np.isnan(ranks) if ranks.dtype.kind == "f" else layer.valid
        better_here = usable & (better(ranks, outputs[0]) | ~filled_in)
        for output, values in zip(outputs, layer.inputs, strict=True):
            np.copyto(output, values, where=better_here)
        filled_in |= usable
    return [Pixels(output, filled_in) for output in outputs]
