"""Statistics of one property over a collection; elements without the property do not count."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from gee_scl.local.errors import EvaluationError
from gee_scl.local.features.selectors import identity, select, shown_to
from gee_scl.local.values import Date, Element

Values = Sequence[Any]


def aggregate(name: str, elements: Sequence[Element], selector: str) -> object:
    """One of `AGGREGATES` over the values of a selector.

    Raises:
        EvaluationError: values that are not numbers, where numbers are needed.
    """
    shown = shown_to(elements, [selector])
    values = [value for element in shown if (value := select(element, selector)) is not None]
    if name == "AggregateFeatureCollection.stats":
        return {**_stats(values), "total_count": len(elements)}
    return AGGREGATES[name](values)


def _numbers(values: Values) -> list[float]:
    for value in values:
        if not isinstance(value, int | float):
            raise EvaluationError(f"Cannot aggregate {value!r:.80}: numbers are needed.")
    return list(values)


def _mean(values: Values) -> float | None:
    return math.fsum(_numbers(values)) / len(values) if values else None


def _total_variance(values: Values) -> float | None:
    return float(statistics.pvariance(_numbers(values))) if values else None


def _sample_variance(values: Values) -> float | None:
    return float(statistics.variance(_numbers(values))) if len(values) > 1 else None


def _root(variance: float | None) -> float | None:
    return None if variance is None else math.sqrt(variance)


def _sum(values: Values) -> float:
    numbers = _numbers(values)
    return sum(numbers) if all(isinstance(n, int) for n in numbers) else math.fsum(numbers)


def _extreme(choose: Callable[..., Any]) -> Callable[[Values], object]:
    def extreme(values: Values) -> object:
        if all(isinstance(v, str) for v in values):
            return choose(values, default=None)
        return choose((v.milliseconds if isinstance(v, Date) else v for v in _comparable(values)), default=None)

    return extreme


def _comparable(values: Values) -> Values:
    return values if all(isinstance(v, Date) for v in values) else _numbers(values)


def _histogram(values: Values) -> dict[str, int]:
    """How often each value occurs, by its text; numbers in their order."""
    counts = Counter(values)
    names = sorted(counts) if all(isinstance(v, int | float) for v in counts) else sorted(counts, key=str)
    return {_name(v): counts[v] for v in names}


def _name(value: object) -> str:
    """A whole number is named without a decimal point, whatever its type."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _stats(values: Values) -> dict[str, float | None]:
    numbers = _numbers(values)
    return {
        "max": max(numbers, default=None),
        "mean": _mean(values),
        "min": min(numbers, default=None),
        "sample_sd": _root(_sample_variance(values)),
        "sample_var": _sample_variance(values),
        "sum": _sum(values),
        "sum_sq": math.fsum(n * n for n in numbers),
        "total_sd": _root(_total_variance(values)),
        "total_var": _total_variance(values),
        "valid_count": len(numbers),
        "weight_sum": len(numbers),
        "weighted_sum": _sum(values),
    }


AGGREGATES: dict[str, Callable[[Values], object]] = {
    "AggregateFeatureCollection.array": list,
    "AggregateFeatureCollection.count": len,
    "AggregateFeatureCollection.count_distinct": lambda values: len({identity(v) for v in values}),
    "AggregateFeatureCollection.first": lambda values: values[0] if values else None,
    "AggregateFeatureCollection.histogram": _histogram,
    "AggregateFeatureCollection.max": _extreme(max),
    "AggregateFeatureCollection.mean": _mean,
    "AggregateFeatureCollection.min": _extreme(min),
    "AggregateFeatureCollection.product": lambda values: math.prod(_numbers(values)),
    "AggregateFeatureCollection.sample_sd": lambda values: _root(_sample_variance(values)),
    "AggregateFeatureCollection.sample_var": _sample_variance,
    "AggregateFeatureCollection.stats": _stats,
    "AggregateFeatureCollection.sum": _sum,
    "AggregateFeatureCollection.total_sd": lambda values: _root(_total_variance(values)),
    "AggregateFeatureCollection.total_var": _total_variance,
}
"""Every aggregate by the name of its algorithm."""
