"""Reducer.*: the reducers themselves, and what builds reducers from others."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from gee_scl.local.algorithms.registry import algorithm
from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.accumulators import Chosen, Count, Gathered, Histogram, Moments, Total
from gee_scl.local.raster.image import Image
from gee_scl.local.raster.reducer import Reducer
from gee_scl.local.raster.tally import Tally


def _mean(m: Moments) -> float | None:
    return m.mean if m.weight else None


def _variance(m: Moments) -> float | None:
    return m.squares / m.weight if m.weight else None


def _sample_variance(m: Moments) -> float | None:
    """With n - 1; of a single value it is 0 (Earth Engine documents no other)."""
    if not m.weight:
        return None
    return m.squares / (m.weight - 1) if m.weight > 1 else 0.0


def _root(variance: Callable[[Moments], float | None], m: Moments) -> float | None:
    value = variance(m)
    return None if value is None else math.sqrt(value)


def _as_key(value: Any) -> str:
    """A histogram's key as Earth Engine writes it: whole numbers without a fraction."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _frequencies(weights: dict[Any, float]) -> dict[str, float]:
    return {_as_key(value): weight for value, weight in weights.items()}


def _mode(weights: dict[Any, float]) -> Any:
    """The value of the largest weight, the smallest of those that share it."""
    return max(weights, key=lambda value: weights[value]) if weights else None


def _weights_of(groups: Mapping[Any, list[Any]]) -> dict[Any, float]:
    return {value: weight for value, (weight,) in groups.items()}


_TALLIES: Mapping[str, Tally] = {
    "Reducer.sum": Tally((0,), list),
    "Reducer.count": Tally((None,), lambda sums: [int(sums[0])]),
    "Reducer.frequencyHistogram": Tally((None,), list, 0, lambda groups: [_frequencies(_weights_of(groups))]),
    "Reducer.mode": Tally((None,), list, 0, lambda groups: [_mode(_weights_of(groups))]),
}
"""What follows from sums of values or weights."""


def _simple(name: str, make: Callable[[], Any], output: str, weighted: bool) -> None:
    @algorithm(name)
    def build() -> Reducer:
        return Reducer(name, make, (output,), weighted=weighted, tally=_TALLIES.get(name))


_SIMPLE: Mapping[str, tuple[Callable[[], Any], str, bool]] = {
    "Reducer.sum": (Total, "sum", True),
    "Reducer.count": (Count, "count", False),
    "Reducer.mean": (partial(Moments, _mean), "mean", True),
    "Reducer.variance": (partial(Moments, _variance), "variance", True),
    "Reducer.stdDev": (partial(Moments, partial(_root, _variance)), "stdDev", True),
    "Reducer.sampleVariance": (partial(Moments, _sample_variance), "variance", True),
    "Reducer.sampleStdDev": (partial(Moments, partial(_root, _sample_variance)), "stdDev", True),
    "Reducer.frequencyHistogram": (partial(Histogram, _frequencies), "histogram", True),
    "Reducer.product": (partial(Gathered, lambda v: [float(np.prod(v[0], dtype=np.float64))]), "product", False),
    "Reducer.anyNonZero": (partial(Gathered, lambda v: [int(bool(np.any(v[0])))]), "any", False),
    "Reducer.allNonZero": (partial(Gathered, lambda v: [int(bool(np.all(v[0])))]), "all", False),
    "Reducer.countDistinct": (partial(Gathered, lambda v: [len(set(v[0].tolist()))]), "count", False),
    "Reducer.countDistinctNonNull": (partial(Gathered, lambda v: [len(set(v[0].tolist()))]), "count", False),
}
"""Reducers without arguments: what gathers the values, the name of the output, whether it looks at weights."""

for _name, (_make, _output, _weighted) in _SIMPLE.items():
    _simple(_name, _make, _output, _weighted)


def _extreme(name: str, output: str, choose: Callable[[Any], Any], place_of: Callable[[Any], Any]) -> None:
    @algorithm(name)
    def build(inputs: int) -> Reducer:
        """One input chooses among its values; with several, the others follow the first."""
        if inputs == 1:
            return Reducer(name, partial(Chosen, choose), (output,))
        outputs = (output, *(f"{output}{i}" for i in range(1, inputs)))

        def finish(values: list[Any]) -> list[Any]:
            if not len(values[0]):
                return [None] * len(values)
            place = place_of(values[0])
            return [v[place].item() for v in values]

        arguments = (("numInputs", inputs),)
        return Reducer(name, partial(Gathered, finish, inputs), outputs, inputs, arguments=arguments)


_extreme("Reducer.min", "min", np.min, np.argmin)
_extreme("Reducer.max", "max", np.max, np.argmax)


@algorithm("Reducer.first", "Reducer.firstNonNull")
def first() -> Reducer:
    """The first value."""
    return Reducer("Reducer.first", partial(Chosen, lambda v: v[0]), ("first",))


@algorithm("Reducer.last", "Reducer.lastNonNull")
def last() -> Reducer:
    """The last value."""
    return Reducer("Reducer.last", partial(Chosen, lambda v: v[-1]), ("last",))


@algorithm("Reducer.minMax")
def min_max() -> Reducer:
    """Both ends."""
    smallest = Reducer("Reducer.min", partial(Chosen, np.min), ("min",))
    largest = Reducer("Reducer.max", partial(Chosen, np.max), ("max",))
    return smallest.combined(largest, "", shared=True)


@algorithm("Reducer.mode")
def mode(max_buckets: int, min_bucket_width: float, max_raw: int) -> Reducer:
    """The commonest value. Exact: nothing is put into buckets."""
    tally = _TALLIES["Reducer.mode"]
    return Reducer("Reducer.mode", partial(Histogram, _mode), ("mode",), weighted=True, tally=tally)


@algorithm("Reducer.median")
def median(max_buckets: int, min_bucket_width: float, max_raw: int) -> Reducer:
    """The middle value. Exact: nothing is put into buckets."""
    return Reducer("Reducer.median", partial(Gathered, partial(_percentiles, (50.0,))), ("median",))


@algorithm("Reducer.percentile")
def percentile(
    percentiles: Sequence[float],
    names: Sequence[str] | None,
    max_buckets: int,
    min_bucket_width: float,
    max_raw: int,
) -> Reducer:
    """Percentiles, linear between neighbours. Exact: nothing is put into buckets."""
    if any(not 0 <= p <= 100 for p in percentiles):
        raise EvaluationError("Reducer.percentile: Percentiles must be between 0 and 100.")
    outputs = names or [f"p{_as_key(p)}" for p in percentiles]
    if len(outputs) != len(percentiles):
        raise EvaluationError("Reducer.percentile: There must be as many outputNames as percentiles.")
    wanted = tuple(percentiles)
    make = partial(Gathered, partial(_percentiles, wanted))
    return Reducer("Reducer.percentile", make, tuple(outputs), arguments=(("percentiles", wanted),))


def _percentiles(percentiles: Sequence[float], values: list[Any]) -> list[Any]:
    if not len(values[0]):
        return [None] * len(percentiles)
    return [float(p) for p in np.percentile(values[0], percentiles)]


@algorithm("Reducer.toList")
def to_list(tuple_size: int | None, num_optional: int | None) -> Reducer:
    """All values; tuples of several inputs."""
    inputs = tuple_size or 1

    def finish(values: list[Any]) -> list[Any]:
        if tuple_size is None:
            return [values[0].tolist()]
        return [[list(row) for row in zip(*(v.tolist() for v in values), strict=True)]]

    return Reducer("Reducer.toList", partial(Gathered, finish, inputs), ("list",), inputs)


@algorithm("Reducer.unweighted")
def unweighted(reducer: Reducer) -> Reducer:
    """The reducer, blind to weights."""
    return reducer.unweighted()


@algorithm("Reducer.group")
def group(reducer: Reducer, field: int, name: str) -> Reducer:
    """The reducer for each value of one input."""
    if not 0 <= field <= reducer.inputs:
        raise EvaluationError(f"Reducer.group: groupField must be between 0 and {reducer.inputs}, not {field}.")
    return reducer.grouped(field, name)


@algorithm("Reducer.combine")
def combine(left: Reducer, right: Reducer, prefix: str, shared: bool) -> Reducer:
    """Two reducers at once."""
    return left.combined(right, prefix or "", bool(shared))


@algorithm("Reducer.repeat")
def repeat(reducer: Reducer, count: int) -> Reducer:
    """The reducer for each of several inputs."""
    if not 1 <= count <= 10_000:
        raise EvaluationError("Reducer.repeat: count must be between 1 and 10000.")
    return reducer.repeat(count)


@algorithm("Reducer.forEach")
def for_each(reducer: Reducer, names: Sequence[str]) -> Reducer:
    """A copy of the reducer for each name."""
    return reducer.for_each(names)


@algorithm("Reducer.forEachBand")
def for_each_band(reducer: Reducer, image: Image) -> Reducer:
    """A copy of the reducer for each band, which gives it its name."""
    return reducer.for_each(image.names)


@algorithm("Reducer.setOutputs")
def set_outputs(reducer: Reducer, outputs: Sequence[str]) -> Reducer:
    """The reducer with other output names."""
    return reducer.named(outputs)


@algorithm("Reducer.getOutputs")
def get_outputs(reducer: Reducer) -> list[str]:
    """The names of the outputs."""
    return list(reducer.outputs)
