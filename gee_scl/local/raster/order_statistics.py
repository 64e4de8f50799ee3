"""Statistics of layers that need all values of a pixel at once: percentiles, the median, the mode, distinct values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np

from gee_scl.local.raster.image import Pixels, Values, everywhere
from gee_scl.local.raster.layers import (
    Bool,
    FloatArray,
    Layer,
    any_valid,
    common_type,
    common_weight,
    filled,
    in_rows,
    least,
    number_valid,
)
from gee_scl.local.raster.running_statistics import Statistic


def _ordered(layers: Sequence[Layer]) -> Values:
    """The valid values of each pixel in ascending order, before the others, in the type that they have."""
    dtype = common_type(layers)
    beyond = least(dtype, largest=False)
    rows = [np.array(filled(layer.inputs[0].astype(dtype, copy=False), layer.valid, beyond)) for layer in layers]
    if dtype.kind in "iu":
        # Smaller and larger of two whole rows are found many numbers at a time, for small whole numbers several times
        # quicker than ordering one pixel's values after the other's. With NaN it would not do.
        return np.stack(_compared(rows, range(len(rows))))
    ordered = np.stack(rows)
    ordered.sort(axis=0)
    return ordered


def _compared(rows: list[Values], wanted: Iterable[int]) -> list[Values]:
    """Some of the rows that ascend at each place, made of rows without NaN, which are written to."""
    places = tuple(wanted)
    spare = np.empty_like(rows[0])
    for comparison in _network(len(rows), places):
        first, second = rows[comparison.low], rows[comparison.high]
        if not comparison.larger:
            np.minimum(first, second, out=first)
        elif not comparison.smaller:
            np.maximum(first, second, out=second)
        else:
            np.minimum(first, second, out=spare)
            np.maximum(first, second, out=second)
            rows[comparison.low], spare = spare, first
    return [rows[place] for place in places]


class _Comparison(NamedTuple):
    """Two places whose values are put in order, and which of both is of use afterwards."""

    low: int
    high: int
    smaller: bool
    larger: bool


@lru_cache(maxsize=256)
def _network(number: int, wanted: tuple[int, ...]) -> tuple[_Comparison, ...]:
    """What to compare, in this order, to have the wanted ones of so many values (odd-even merging, Batcher 1968)."""
    needed, comparisons = set(wanted), []
    for low, high in reversed(list(_merges(number))):
        if low in needed or high in needed:
            comparisons.append(_Comparison(low, high, low in needed, high in needed))
            needed |= {low, high}
    return tuple(reversed(comparisons))


def _merges(number: int) -> Iterator[tuple[int, int]]:
    merged = 1
    while merged < number:
        distance = merged
        while distance:
            for start in range(distance % merged, number - distance, 2 * distance):
                for low in range(start, min(start + distance, number - distance)):
                    if low // (2 * merged) == (low + distance) // (2 * merged):
                        yield low, low + distance
            distance //= 2
        merged *= 2


def _at(ordered: Values, place: Any) -> FloatArray:
    return np.asarray(np.take_along_axis(ordered, place[np.newaxis], axis=0)[0].astype(np.float64))


def _median(layers: Sequence[Layer]) -> list[Pixels]:
    rows, odd = _balanced(layers)
    if any(np.isnan(row).any() for row in rows if row.dtype.kind == "f"):
        ordered, number = _ordered(layers), number_valid(layers)
        last = np.maximum(number - 1, 0)
        return [Pixels((_at(ordered, last // 2) + _at(ordered, (last + 1) // 2)) / 2, number > 0)]
    middle = (len(rows) - 1) // 2, len(rows) // 2, min((len(rows) + 1) // 2, len(rows) - 1)
    below, half, above = _compared(rows, middle)
    low, high = (np.where(odd, *pair).astype(np.float64) for pair in ((half, below), (above, half)))
    return [Pixels((low + high) / 2, any_valid(layers))]


def _balanced(layers: Sequence[Layer]) -> tuple[list[Values], Bool]:
    """The values of each layer, where what is masked is the least and the largest value by turns.

    So a pixel's median is in the middle of all values, however many are masked, and only the middle has to be found.

    Returns:
        The values, and at which pixels there is one more of the least than of the largest.
    """
    dtype = common_type(layers)
    bits = np.dtype(f"u{dtype.itemsize}")
    lowest, highest = (np.asarray(least(dtype, largest=largest)).view(bits) for largest in (True, False))
    other = np.full(layers[0].valid.shape, lowest)
    rows = []
    for layer in layers:
        # All bits where the layer is masked, none elsewhere: to choose by them is many times quicker than numpy.where.
        masked = layer.valid.astype(bits)
        masked -= bits.type(1)
        values = layer.inputs[0].astype(dtype, copy=False).view(bits)
        row = values ^ other
        row &= masked
        row ^= values
        rows.append(row.view(dtype))
        masked &= lowest ^ highest
        other ^= masked
    return rows, other != lowest


def percentiles(wanted: Sequence[float], layers: Sequence[Layer]) -> list[Pixels]:
    """Percentiles between 0 and 100, one output each, linear between neighbours; layers of one input."""
    return in_rows(partial(_percentiles, wanted), layers, _bytes(layers))


def _percentiles(wanted: Sequence[float], layers: Sequence[Layer]) -> list[Pixels]:
    ordered, number = _ordered(layers), number_valid(layers)
    last, mask = np.maximum(number - 1, 0), number > 0
    return [Pixels(_between(ordered, last, last * (percent / 100)), mask) for percent in wanted]


def _between(ordered: Values, last: Any, position: FloatArray) -> FloatArray:
    place = np.floor(position).astype(np.int32)
    share = position - place
    low, high = _at(ordered, place), _at(ordered, np.minimum(place + 1, last))
    step = high - low
    # From the nearer neighbour, as numpy has it: monotonic, and exact at both ends.
    return np.where(share < 0.5, low + step * share, high - step * (1 - share))


def _distinct(layers: Sequence[Layer]) -> list[Pixels]:
    ordered, number = _ordered(layers), number_valid(layers)
    different = (number > 0).astype(np.int32)
    for place in range(1, len(ordered)):
        different += (ordered[place] != ordered[place - 1]) & (place < number)
    return [Pixels(different, everywhere(number.shape))]


def _mode(layers: Sequence[Layer]) -> Pixels:
    """The value of the largest weight, the smallest of those that share it."""
    weight = common_weight(layers)
    if weight is not None and weight > 0:
        return in_rows(_commonest, layers, _bytes(layers))[0]
    values = np.unique(np.concatenate([np.unique(layer.inputs[0][layer.valid]) for layer in layers]))
    if len(values) > len(layers):
        return in_rows(_heaviest, layers, 4 * common_type(layers).itemsize + 16)[0]
    best, most = np.zeros(layers[0].valid.shape, values.dtype), np.zeros(layers[0].valid.shape)
    for value in values:
        total = _weight_of(layers, value)
        better = total > most
        best[better], most[better] = value, total[better]
    return Pixels(best, any_valid(layers))


def _commonest(layers: Sequence[Layer]) -> list[Pixels]:
    """The longest run of equal values, the first of those as long."""
    ordered, number = _ordered(layers), number_valid(layers)
    best = np.zeros(number.shape, ordered.dtype)
    run, longest = np.zeros(number.shape, np.int32), np.zeros(number.shape, np.int32)
    for place, values in enumerate(ordered):
        if place:
            run *= values == ordered[place - 1]
        run += 1
        better = (run > longest) & (place < number)
        np.copyto(best, values, where=better)
        np.copyto(longest, run, where=better)
    return [Pixels(best, number > 0)]


def _heaviest(layers: Sequence[Layer]) -> list[Pixels]:
    """Many different values: each is compared with those of all layers."""
    best = np.zeros(layers[0].valid.shape, common_type(layers))
    most = np.zeros(best.shape)
    for candidate in layers:
        value = candidate.inputs[0]
        weight = _weight_of(layers, value)
        better = candidate.valid & ((weight > most) | ((weight == most) & (value < best)))
        best[better], most[better] = value[better], weight[better]
    return [Pixels(best, any_valid(layers))]


def _weight_of(layers: Sequence[Layer], value: Any) -> FloatArray:
    total = np.zeros(layers[0].valid.shape)
    for layer in layers:
        total += np.where(layer.valid & (layer.inputs[0] == value), layer.weight, 0)
    return total


def _bytes(layers: Sequence[Layer]) -> int:
    """Memory to order one value: the rows, and the array that they are joined to."""
    return 2 * common_type(layers).itemsize


ORDERED: Mapping[str, Statistic] = {
    "median": lambda layers: in_rows(_median, layers, _bytes(layers))[0],
    "mode": _mode,
    "countDistinct": lambda layers: in_rows(_distinct, layers, _bytes(layers))[0],
    "countDistinctNonNull": lambda layers: in_rows(_distinct, layers, _bytes(layers))[0],
}
"""By the reducers' short names."""
