"""Accumulators: what simple reducers keep of the values that they have seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.exact_sums import MOST_TERMS, condensed, exact_sums, rounded
from gee_scl.local.raster.reducer import Array, Sample, as_array

_MOST_PARTS = 64
"""Numbers that a sum is kept as before they are made fewer."""


@dataclass
class Moments:
    """Sums of weights, values and squares: count, sum, mean, variance and standard deviation."""

    finish: Callable[[Moments], Any]
    weight: float = 0.0
    mean: float = 0.0
    squares: float = 0.0
    """Weighted sum of squared distances from the mean."""
    total: float = 0.0

    def add(self, sample: Sample) -> None:
        """Take more values."""
        values = sample.inputs[0]
        if not len(values):
            return
        weights = sample.weights
        weight = float(len(values)) if weights is None else float(weights.sum())
        total = float(values.sum(dtype=np.float64)) if weights is None else float(np.dot(values, weights))
        mean = total / weight if weight else 0.0
        deviations = (values - mean) ** 2
        squares = float(deviations.sum() if weights is None else np.dot(deviations, weights))
        self.merge(Moments(self.finish, weight, mean, squares, total))

    def merge(self, other: Moments) -> None:
        """Join two samples' moments (Chan, Golub & LeVeque 1983)."""
        weight = self.weight + other.weight
        if not weight:
            return
        shift = other.mean - self.mean
        self.squares += other.squares + shift**2 * self.weight * other.weight / weight
        self.mean += shift * other.weight / weight
        self.weight, self.total = weight, self.total + other.total

    def results(self) -> list[Any]:
        """The one number."""
        return [self.finish(self)]


@dataclass
class Total:
    """The weighted sum: kept apart from the moments because class statistics ask for many of them."""

    parts: list[float] = field(default_factory=list)
    """Numbers that add up to it exactly."""

    def add(self, sample: Sample) -> None:
        """Take more values."""
        values, weights = sample.inputs[0], sample.weights
        if not len(values):
            return
        terms = values if weights is None else values * weights
        starts = np.arange(0, len(terms), MOST_TERMS)
        self._keep(exact_sums(terms, starts).ravel().tolist())

    def merge(self, other: Total) -> None:
        """Add another's."""
        self._keep(other.parts)

    def _keep(self, parts: list[float]) -> None:
        self.parts += parts
        if len(self.parts) > _MOST_PARTS:
            self.parts = condensed(self.parts)

    def results(self) -> list[Any]:
        """The sum."""
        return [rounded(self.parts)]


@dataclass
class Count:
    """How many values."""

    number: int = 0

    def add(self, sample: Sample) -> None:
        """Take more values."""
        self.number += len(sample.unweighted())

    def merge(self, other: Count) -> None:
        """Add another's."""
        self.number += other.number

    def results(self) -> list[Any]:
        """The count."""
        return [self.number]


class Histogram:
    """Weight by value."""

    def __init__(self, finish: Callable[[dict[Any, float]], Any]) -> None:
        self._finish = finish
        self._weights: dict[Any, float] = {}

    def add(self, sample: Sample) -> None:
        """Take more values."""
        keys, places = np.unique(sample.inputs[0], return_inverse=True)
        for key, weight in zip(keys.tolist(), np.bincount(places, sample.weights, len(keys)).tolist(), strict=True):
            self._weights[key] = self._weights.get(key, 0.0) + weight

    def merge(self, other: Histogram) -> None:
        """Add another's."""
        for key, weight in other._weights.items():
            self._weights[key] = self._weights.get(key, 0.0) + weight

    def results(self) -> list[Any]:
        """What is made of the weights."""
        return [self._finish(dict(sorted(self._weights.items())))]


class Gathered:
    """All values, for what cannot be had from less. Unweighted."""

    LIMIT = 50_000_000
    """Values that one reduction may hold: past it Earth Engine's memory would be exceeded too."""

    def __init__(self, finish: Callable[[list[Array]], list[Any]], inputs: int = 1) -> None:
        self._finish = finish
        self._pieces: list[list[Array]] = [[] for _ in range(inputs)]
        self._number = 0

    def add(self, sample: Sample) -> None:
        """Take more values."""
        kept = sample.unweighted()
        self._number += len(kept)
        if self._number > self.LIMIT:
            raise EvaluationError("User memory limit exceeded.")
        for pieces, values in zip(self._pieces, kept.inputs, strict=True):
            pieces.append(values)

    def merge(self, other: Gathered) -> None:
        """Append another's."""
        for mine, theirs in zip(self._pieces, other._pieces, strict=True):
            mine.extend(theirs)
        self._number += other._number

    def results(self) -> list[Any]:
        """What is made of the values."""
        return self._finish([np.concatenate(p) if p else np.empty(0) for p in self._pieces])


@dataclass
class Chosen:
    """One value out of many: the first, the last, the smallest, the largest."""

    choose: Callable[[Array], Any]
    value: Any = None

    def add(self, sample: Sample) -> None:
        """Take more values."""
        values = sample.unweighted().inputs[0]
        if len(values):
            self._take(_plain(self.choose(values)))

    def merge(self, other: Chosen) -> None:
        """Choose among both."""
        if other.value is not None:
            self._take(other.value)

    def _take(self, value: Any) -> None:
        self.value = value if self.value is None else _plain(self.choose(as_array([self.value, value])))

    def results(self) -> list[Any]:
        """The value, null if there was none."""
        return [self.value]


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
