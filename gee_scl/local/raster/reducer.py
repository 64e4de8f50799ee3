"""Reducers: what many values become, one output each; they take samples piece by piece and can be merged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial, reduce
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt

from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.tally import Tally

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Sample:
    """Pixels, or other values, that a reducer takes at once.

    Attributes:
        inputs: for each input of the reducer a 1-D array of values, all of one length.
        weights: mask x covered fraction of each, between 0 and 1; None where all are 1.
        centred: whether the pixel's centre is in the region; None where all are.
    """

    inputs: tuple[Array, ...]
    weights: npt.NDArray[np.float64] | None = None
    centred: npt.NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.inputs[0])

    def where(self, places: npt.NDArray[np.bool_]) -> Sample:
        """The chosen values only."""
        return Sample(
            tuple(values[places] for values in self.inputs),
            None if self.weights is None else self.weights[places],
            None if self.centred is None else self.centred[places],
        )

    def unweighted(self) -> Sample:
        """The values whose centre is in the region, each with weight 1."""
        return replace(self if self.centred is None else self.where(self.centred), weights=None, centred=None)

    def part(self, start: int, end: int) -> Sample:
        """The values from one position up to another."""
        return Sample(
            tuple(values[start:end] for values in self.inputs),
            None if self.weights is None else self.weights[start:end],
            None if self.centred is None else self.centred[start:end],
        )

    def of(self, first: int, count: int) -> Sample:
        """The same values, of some inputs only."""
        return replace(self, inputs=self.inputs[first : first + count])


class Accumulator(Protocol):
    """What a reducer has seen so far."""

    def add(self, sample: Sample) -> None:
        """Take more values."""

    def merge(self, other: Self) -> None:
        """Take what another of the same reducer has seen, after this one's."""

    def results(self) -> list[Any]:
        """One value for each output."""


@dataclass(frozen=True)
class Reducer:
    """A reducer as an expression describes it.

    Attributes:
        name: Earth Engine's name.
        new: makes an accumulator.
        outputs: the names of its outputs.
        inputs: how many inputs it takes.
        weighted: whether it looks at weights; if not, it takes the pixels whose centre is in the region.
        arguments: what it was made with, as getInfo prints it.
        parts: the reducers that it joins, whose outputs follow each other; none where it is one of its own.
        tally: how its outputs follow from sums; None where they do not.
    """

    name: str
    new: Callable[[], Accumulator]
    outputs: tuple[str, ...]
    inputs: int = 1
    weighted: bool = False
    arguments: tuple[tuple[str, Any], ...] = ()
    parts: tuple[Part, ...] = ()
    tally: Tally | None = None

    @property
    def short_name(self) -> str:
        """Earth Engine's name without the type."""
        return self.name.removeprefix("Reducer.")

    @property
    def _plain_tally(self) -> Tally | None:
        """Its tally, where all pixels are one group: what may be part of another's."""
        return self.tally if self.tally is not None and self.tally.key is None else None

    def unweighted(self) -> Reducer:
        """The same reducer, blind to weights."""
        return replace(self, new=lambda: _Unweighted(self.new()), weighted=False)

    def named(self, outputs: Sequence[str]) -> Reducer:
        """The same reducer with other output names."""
        if len(outputs) != len(self.outputs):
            raise EvaluationError(f"Reducer.setOutputs: Need {len(self.outputs)} output names, got {len(outputs)}.")
        return replace(self, outputs=tuple(outputs))

    def combined(self, other: Reducer, prefix: str, shared: bool) -> Reducer:
        """Both at once; with shared inputs they see the same values."""
        if shared and self.inputs != other.inputs:
            raise EvaluationError("Reducer.combine: Shared inputs need reducers with the same number of inputs.")
        outputs = (*self.outputs, *(prefix + name for name in other.outputs))
        if len(set(outputs)) < len(outputs):
            raise EvaluationError(f"Reducer.combine: Duplicate output names: {list(outputs)}.")
        parts = Part(self, 0), Part(other, 0 if shared else self.inputs)
        return _joined("Reducer.combine", outputs, parts)

    def repeat(self, count: int) -> Reducer:
        """The same reducer for each of several inputs; each output is a list."""

        def new() -> Accumulator:
            return _Repeated([self.new() for _ in range(count)], self.inputs)

        tally = self._plain_tally and self._plain_tally.repeated(count, self.inputs)
        return Reducer("Reducer.repeat", new, self.outputs, self.inputs * count, self.weighted, tally=tally)

    def for_each(self, names: Sequence[str]) -> Reducer:
        """A copy for each of several inputs, whose outputs carry the names."""
        one = len(self.outputs) == 1
        outputs = [name if one else f"{name}_{output}" for name in names for output in self.outputs]
        parts = tuple(Part(self, place * self.inputs) for place in range(len(names)))
        return _joined("Reducer.forEach", tuple(outputs), parts)

    def grouped(self, field: int, name: str) -> Reducer:
        """For each value of one input, the others' results."""
        new, tally = partial(_Grouped, self, field, name), self._plain_tally
        if tally is not None:
            tally = tally.grouped(field, lambda groups: [_listed(groups, name, self.outputs)])
        return Reducer("Reducer.group", new, ("groups",), self.inputs + 1, self.weighted, tally=tally)

    def reduce_values(self, sample: Sample) -> dict[str, Any]:
        """The outputs, by name, for values that are all here."""
        accumulator = self.new()
        accumulator.add(sample)
        return dict(zip(self.outputs, accumulator.results(), strict=True))

    def reduce_list(self, values: Iterable[Any]) -> Any:
        """What `List.reduce` gives: one value for one output, else a dictionary."""
        kept = [v for v in values if v is not None]
        results = self.reduce_values(Sample((as_array(kept),)))
        return next(iter(results.values())) if len(results) == 1 else results


@dataclass(frozen=True)
class Part:
    """A reducer within another.

    Attributes:
        reducer: the inner one.
        first: the outer one's input that is its first; the others follow.
    """

    reducer: Reducer
    first: int


def _joined(name: str, outputs: tuple[str, ...], parts: tuple[Part, ...]) -> Reducer:
    def new() -> Accumulator:
        return _Combined([(part.reducer.new(), part.first, part.reducer.inputs) for part in parts])

    inputs = max((part.first + part.reducer.inputs for part in parts), default=0)
    weighted = any(part.reducer.weighted for part in parts)
    return Reducer(name, new, outputs, inputs, weighted, parts=parts, tally=_joined_tally(parts))


def _joined_tally(parts: Sequence[Part]) -> Tally | None:
    """What several come to together, where each follows from sums of the same pixels with the same weights."""
    tallies = [part.reducer._plain_tally for part in parts]
    if None in tallies or len({part.reducer.weighted for part in parts}) != 1:
        return None
    return reduce(
        Tally.beside, [tally.of_inputs(part.first) for tally, part in zip(tallies, parts, strict=True) if tally]
    )


def as_array(values: Sequence[Any]) -> Array:
    """Values of a list as an array: numbers stay numbers, whole ones whole."""
    if all(isinstance(v, int | float) for v in values):
        return np.asarray(values, dtype=None if values else np.float64)
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


@dataclass
class _Unweighted:
    inner: Any

    def add(self, sample: Sample) -> None:
        self.inner.add(sample.unweighted())

    def merge(self, other: _Unweighted) -> None:
        self.inner.merge(other.inner)

    def results(self) -> list[Any]:
        return list(self.inner.results())


@dataclass
class _Combined:
    parts: list[tuple[Any, int, int]]

    def add(self, sample: Sample) -> None:
        for part, first, count in self.parts:
            part.add(sample.of(first, count))

    def merge(self, other: _Combined) -> None:
        for (mine, _, _), (theirs, _, _) in zip(self.parts, other.parts, strict=True):
            mine.merge(theirs)

    def results(self) -> list[Any]:
        return [value for part, _, _ in self.parts for value in part.results()]


@dataclass
class _Repeated:
    parts: list[Any]
    inputs: int

    def add(self, sample: Sample) -> None:
        for place, part in enumerate(self.parts):
            part.add(sample.of(place * self.inputs, self.inputs))

    def merge(self, other: _Repeated) -> None:
        for mine, theirs in zip(self.parts, other.parts, strict=True):
            mine.merge(theirs)

    def results(self) -> list[Any]:
        return [list(values) for values in zip(*(part.results() for part in self.parts), strict=True)]


class _Grouped:
    def __init__(self, reducer: Reducer, field: int, name: str) -> None:
        self._reducer, self._field, self._name = reducer, field, name
        self._groups: dict[float, Any] = {}

    def add(self, sample: Sample) -> None:
        if not self._reducer.weighted:
            sample = sample.unweighted()
        keys = sample.inputs[self._field]
        rest = replace(sample, inputs=sample.inputs[: self._field] + sample.inputs[self._field + 1 :])
        for key in np.unique(keys):
            if key not in self._groups:
                self._groups[key.item()] = self._reducer.new()
            self._groups[key.item()].add(rest.where(keys == key))

    def merge(self, other: _Grouped) -> None:
        for key, theirs in other._groups.items():
            if key in self._groups:
                self._groups[key].merge(theirs)
            else:
                self._groups[key] = theirs

    def results(self) -> list[Any]:
        groups = {key: self._groups[key].results() for key in sorted(self._groups)}
        return [_listed(groups, self._name, self._reducer.outputs)]


def _listed(groups: Mapping[Any, Sequence[Any]], name: str, outputs: Sequence[str]) -> list[dict[str, Any]]:
    """The results of each group as Earth Engine gives them."""
    return [{name: key, **dict(zip(outputs, results, strict=True))} for key, results in groups.items()]
