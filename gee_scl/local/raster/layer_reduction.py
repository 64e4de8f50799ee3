"""Reducers over layers: the quick way that a reducer has, else one pixel after the other."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.image import Pixels
from gee_scl.local.raster.layers import Layer, common_weight, contributing, in_rows
from gee_scl.local.raster.order_statistics import ORDERED, percentiles
from gee_scl.local.raster.reducer import Reducer, Sample
from gee_scl.local.raster.running_statistics import STREAMED, chosen_by_first

_QUICK = {**STREAMED, **ORDERED}


def reduced(reducer: Reducer, layers: Sequence[Layer], name: str) -> Pixels:
    """What a reducer makes of each pixel's values: `values` and `mask` have the outputs as their first axis.

    A pixel's result does not depend on the tile that it is on. Beyond the layers and outputs it
    takes some 64 MB, whatever the number of layers.

    Args:
        reducer: with as many inputs as the layers have.
        layers: at least one.
        name: of the algorithm, for errors.

    Raises:
        EvaluationError: an output is no number.
    """
    with np.errstate(all="ignore"):
        outputs = _outputs(reducer, contributing(layers), name)
    if len(outputs) == 1:
        return Pixels(outputs[0].values[np.newaxis], outputs[0].valid[np.newaxis])
    return Pixels(np.stack([o.values for o in outputs]), np.stack([o.valid for o in outputs]))


def statistic(name: str, layers: Sequence[Layer]) -> Pixels:
    """The result of a reducer that has a quick way and one output, by its short name, for layers of one input."""
    with np.errstate(all="ignore"):
        return _QUICK[name](layers)


def _outputs(reducer: Reducer, layers: Sequence[Layer], name: str) -> list[Pixels]:
    if not reducer.weighted:
        layers = [layer.unweighted() for layer in layers]
    if reducer.parts:
        return [
            output
            for part in reducer.parts
            for output in _outputs(part.reducer, [x.of(part.first, part.reducer.inputs) for x in layers], name)
        ]
    short = reducer.short_name
    if short in ("min", "max") and reducer.inputs > 1:
        return chosen_by_first(layers, largest=short == "max")
    if short == "percentile":
        return percentiles(dict(reducer.arguments)["percentiles"], layers)
    if short in _QUICK and reducer.inputs == 1:
        return [_QUICK[short](layers)]
    return in_rows(partial(_one_by_one, reducer, name), layers, 8 * reducer.inputs + 8)


def _one_by_one(reducer: Reducer, name: str, layers: Sequence[Layer]) -> list[Pixels]:
    """Any reducer, one pixel after the other: exact, and slow."""
    shape = layers[0].valid.shape
    inputs = [np.stack([layer.inputs[i].ravel() for layer in layers], axis=1) for i in range(reducer.inputs)]
    valid = np.stack([layer.valid.ravel() for layer in layers], axis=1)
    weights = None
    if common_weight(layers) != 1:
        weights = np.stack([np.broadcast_to(layer.weight, shape).ravel() for layer in layers], axis=1)
        weights = weights.astype(np.float64, copy=False)
    values = np.full((len(reducer.outputs), valid.shape[0]), np.nan)
    for pixel, counting in enumerate(valid):
        accumulator = reducer.new()
        if counting.any():
            own = None if weights is None else weights[pixel, counting]
            accumulator.add(Sample(tuple(v[pixel, counting] for v in inputs), own))
        for place, result in enumerate(accumulator.results()):
            if result is not None:
                values[place, pixel] = _number(result, name)
    return [Pixels(output, ~np.isnan(output)) for output in values.reshape(-1, *shape)]


def _number(result: Any, name: str) -> float:
    if isinstance(result, bool | int | float):
        return float(result)
    raise EvaluationError(f"{name}: Only reducers whose outputs are numbers are covered by the local engine.")
