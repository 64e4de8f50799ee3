"""Sums by region and group: what most reducers over regions follow from, for all regions of a tile at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gee_scl.local.raster.coverage import positions_in
from gee_scl.local.raster.exact_sums import MOST_TERMS, exact_sums, exact_terms, rounded
from gee_scl.local.raster.zones import Cover

Array = npt.NDArray[Any]
IntArray = npt.NDArray[np.signedinteger[Any]]
FloatArray = npt.NDArray[np.float64]

_FEW_CODES = 1 << 12
"""Whole numbers between the smallest and the largest of a tile, up to which they are their own groups, unsorted."""

_ROWS = MOST_TERMS // 2
"""Sums that are kept before those of the same region and group are added up."""

_SMALL = 1 << 32
"""Whole numbers below it, times the pixels of a tile, are exact in a double."""


@dataclass(frozen=True)
class Tally:
    """How a reducer's outputs follow from sums.

    Attributes:
        terms: for each sum the input whose values are added up, weighted where the reducer is; None where the weights
            alone are.
        outputs: what the sums of a group come to.
        key: the input whose values make the groups; None where all pixels are one.
        groups: what the groups come to, by the values of the key, ascending.
    """

    terms: tuple[int | None, ...]
    outputs: Callable[[Sequence[float]], list[Any]]
    key: int | None = None
    groups: Callable[[Mapping[Any, list[Any]]], list[Any]] = lambda _: []

    def of_inputs(self, first: int) -> Tally:
        """The same of inputs that begin later."""
        return replace(self, terms=tuple(None if term is None else term + first for term in self.terms))

    def beside(self, other: Tally) -> Tally:
        """Both, one after the other."""
        count = len(self.terms)

        def outputs(sums: Sequence[float]) -> list[Any]:
            return [*self.outputs(sums[:count]), *other.outputs(sums[count:])]

        return Tally((*self.terms, *other.terms), outputs)

    def repeated(self, times: int, inputs: int) -> Tally:
        """For each of several inputs, or groups of them; each output is a list."""
        count = len(self.terms)
        terms = [term for place in range(times) for term in self.of_inputs(place * inputs).terms]

        def outputs(sums: Sequence[float]) -> list[Any]:
            each = [self.outputs(sums[place * count : (place + 1) * count]) for place in range(times)]
            return [list(values) for values in zip(*each, strict=True)]

        return Tally(tuple(terms), outputs)

    def grouped(self, key: int, groups: Callable[[Mapping[Any, list[Any]]], list[Any]]) -> Tally:
        """By the values of an input that comes in between the others."""
        terms = tuple(None if term is None else term + (term >= key) for term in self.terms)
        return Tally(terms, self.outputs, key, groups)

    def results(self, sums: Mapping[Any, Sequence[float]]) -> list[Any]:
        """A reducer's outputs, from the sums of each group that has a pixel."""
        if self.key is None:
            (none,) = sums.values() or [[0.0] * len(self.terms)]
            return self.outputs(none)
        return self.groups({key: self.outputs(sums[key]) for key in sorted(sums)})


@dataclass(frozen=True)
class Sums:
    """Sums of a tile, or of several: those of the same region and group add up.

    Attributes:
        regions: their numbers.
        keys: of the groups.
        values: sums x terms.
    """

    regions: IntArray
    keys: Array
    values: FloatArray

    @classmethod
    def joined(cls, several: Sequence[Sums]) -> Sums:
        """One after the other."""
        columns = zip(*((sums.regions, sums.keys, sums.values) for sums in several), strict=True)
        return cls(*map(np.concatenate, columns))

    def added(self) -> Sums:
        """Few for each region and group, that come to the same without an error."""
        order, starts = self._by_group()
        parts = [exact_sums(self.values[order, term], starts) for term in range(self.values.shape[1])]
        deepest = max(map(len, parts))
        values = np.zeros((deepest, len(starts), len(parts)))
        for term, of_term in enumerate(parts):
            values[: len(of_term), :, term] = of_term
        places = np.tile(order[starts], deepest)
        return Sums(self.regions[places], self.keys[places], values.reshape(-1, len(parts)))

    def by_region(self, regions: int) -> list[dict[Any, list[float]]]:
        """For each region the sums of its groups, by the values of the key."""
        found: list[dict[Any, list[float]]] = [{} for _ in range(regions)]
        if not len(self.regions):
            return found
        order, starts = self._by_group()
        ends = [*starts[1:].tolist(), len(order)]
        numbers, keys = self.regions[order[starts]].tolist(), self.keys[order[starts]].tolist()
        values = self.values[order].T.tolist()
        for number, key, start, end in zip(numbers, keys, starts.tolist(), ends, strict=True):
            found[number][key] = [rounded(term[start:end]) for term in values]
        return found

    def _by_group(self) -> tuple[IntArray, IntArray]:
        """The order by region and key, and where in it each group begins."""
        order = np.lexsort((self.keys, self.regions))
        regions, keys = self.regions[order], self.keys[order]
        begins = np.concatenate([[True], (regions[1:] != regions[:-1]) | (keys[1:] != keys[:-1])])
        return order, np.flatnonzero(begins)


class Totals:
    """Sums over all tiles, whose order makes no difference."""

    def __init__(self) -> None:
        self._kept: list[Sums] = []
        self._rows = 0

    def add(self, sums: Sums | None) -> None:
        """Take those of a tile; None where it has none."""
        if sums is None:
            return
        self._kept.append(sums)
        self._rows += len(sums.regions)
        if self._rows > _ROWS:
            self._kept = [Sums.joined(self._kept).added()]
            self._rows = len(self._kept[0].regions)

    def by_region(self, regions: int) -> list[dict[Any, list[float]]]:
        """For each region the sums of its groups, by the values of the key."""
        return Sums.joined(self._kept).by_region(regions) if self._kept else [{} for _ in range(regions)]


def tallied(
    tally: Tally, inputs: Sequence[Array], counted: Array | None, weights: FloatArray | None, cover: Cover
) -> Sums | None:
    """The sums of one tile; None where no pixel counts.

    Args:
        tally: of the reducer.
        inputs: flattened values of each.
        counted: which pixels count; None where all do.
        weights: of each pixel of the tile, where masks are partial and the reducer looks at them.
        cover: which pixels the regions take; its weights count too.
    """
    if weights is None and cover.weight is not None and (inside := cover.weight == 1).any():
        # What is inside has no weights but 1: most of a large region.
        covers = [replace(cover.at(inside), weight=None, centred=None), cover.at(~inside)]
        both = [tallied(tally, inputs, counted, None, some) for some in covers if len(some.of)]
        there = [sums for sums in both if sums is not None]
        return Sums.joined(there) if there else None
    if counted is not None:  # what lies under a mask is anything
        inputs = [values if _is_constant(values) else np.where(counted, values, 0) for values in inputs]
    keys = None if tally.key is None else inputs[tally.key]
    partial = cover.partial
    plain = weights is None and cover.weight is None
    pieces = _Runs.of(tally, inputs, keys, counted, partial) if plain else _Pixels(tally, inputs, weights, cover.size)
    codes, names = _coded(*(None if values is None else values[pieces.starts] for values in (keys, counted)))
    codes = np.broadcast_to(codes, len(pieces.starts))
    several = []
    if cover.whole.any():
        one = _Table.of(codes, len(names), 1, *pieces.taken(slice(None)))
        several += [one.sums(np.array([number]), names) for number in cover.zones[cover.whole]]
    if len(partial.zones):
        first, number = pieces.within(partial)
        places = positions_in(first, number)
        weight = None if partial.weight is None else np.repeat(partial.weight, number)
        index = codes[places] + np.repeat(partial.of * (len(names) + 1), number)
        table = _Table.of(index, len(names), len(partial.zones), *pieces.taken(places, weight))
        several.append(table.sums(partial.zones, names))
    found = Sums.joined(several)
    return found if len(found.regions) else None


def _coded(keys: Array | None, counted: Array | None) -> tuple[IntArray, Array]:
    """For each piece the position of its group, and the groups' values. What does not count is beyond the last."""
    if keys is None:
        codes, names = np.zeros(1 if counted is None else len(counted), np.int64), np.zeros(1, np.int64)
    else:
        low, high = (keys.min(), keys.max()) if keys.dtype.kind in "biu" else (0, _FEW_CODES)
        if int(high) - int(low) < _FEW_CODES:
            names = np.arange(int(low), int(high) + 1)
            codes = keys.astype(np.int64)
            codes -= int(low)
        else:
            names, codes = np.unique(keys, return_inverse=True)
    if counted is not None:
        np.putmask(codes, ~counted, len(names))
    return codes, names


def _is_constant(values: Array) -> bool:
    return not any(values.strides)


Parts = list[list[Array]]
"""For each term arrays that add up to the sums of some pieces; each can be added up in any order without an error."""


@dataclass(frozen=True)
class _Runs:
    """A tile in runs of pixels that are of the same group and regions.

    Neighbours are mostly of one class: where it was measured, there was one run to forty pixels of SCL.

    Attributes:
        starts: of each.
        ends: likewise.
        parts: their sums.
    """

    starts: IntArray
    ends: IntArray
    parts: Parts

    @classmethod
    def of(
        cls, tally: Tally, inputs: Sequence[Array], keys: Array | None, counted: Array | None, cover: Cover
    ) -> _Runs:
        """The runs that end where the group changes, or a region's pixels do."""
        begins = np.zeros(cover.size + 1, np.bool_)
        begins[[0, -1]] = begins[cover.starts] = begins[cover.starts + cover.lengths] = True
        for values in (keys, counted):
            if values is not None and not _is_constant(values):
                begins[1:-1] |= values[1:] != values[:-1]
        bounds = np.flatnonzero(begins)
        starts, ends = bounds[:-1], bounds[1:]

        def parts(values: Array | None) -> list[Array]:
            if values is None:
                return [ends - starts]
            if _is_constant(values) and _is_small(values):
                return [values[0] * (ends - starts)]
            return [np.add.reduceat(term, starts, dtype=np.float64) for term in exact_terms(values)]

        return cls(starts, ends, [parts(None if term is None else inputs[term]) for term in tally.terms])

    def within(self, cover: Cover) -> tuple[IntArray, IntArray]:
        """For each run of a cover the first of those that it is of, and how many they are."""
        first = np.searchsorted(self.starts, cover.starts)
        return first, np.searchsorted(self.ends, cover.starts + cover.lengths) + 1 - first

    def taken(self, places: IntArray | slice, weight: FloatArray | None = None) -> tuple[Array, Parts]:
        """The pixels of some, and their sums."""
        return (self.ends - self.starts)[places], [[part[places] for part in parts] for parts in self.parts]


@dataclass(frozen=True)
class _Pixels:
    """A tile pixel by pixel, each with its own weight."""

    tally: Tally
    inputs: Sequence[Array]
    weights: FloatArray | None
    size: int

    @property
    def starts(self) -> IntArray:
        """Of each."""
        return np.arange(self.size)

    def within(self, cover: Cover) -> tuple[IntArray, IntArray]:
        """For each run of a cover its first pixel, and how many it has."""
        return cover.starts, cover.lengths

    def taken(self, places: IntArray | slice, weight: FloatArray | None = None) -> tuple[Array, Parts]:
        """How many pixels some are, and their weighted values, with weights of the regions if there are any."""
        weights = np.ones(self.size)[places] if self.weights is None else self.weights[places]
        weights = weights if weight is None else weights * weight
        parts = [
            exact_terms(weights if term is None else self.inputs[term][places] * weights) for term in self.tally.terms
        ]
        return np.ones(len(weights)), parts


@dataclass(frozen=True)
class _Table:
    """Sums of regions x groups.

    Attributes:
        pixels: regions x groups, and one for what does not count.
        parts: for each term arrays of this shape that add up to the sums.
    """

    pixels: FloatArray
    parts: Sequence[Sequence[FloatArray]]

    @classmethod
    def of(cls, index: IntArray, groups: int, regions: int, pixels: Array, parts: Parts) -> _Table:
        """From pieces whose index is the place of their region and group in the flattened table."""
        shape = regions, groups + 1

        def total(values: Array) -> FloatArray:
            return np.asarray(np.bincount(index, values, regions * (groups + 1)), np.float64).reshape(shape)

        return cls(total(pixels), [[total(part) for part in of_term] for of_term in parts])

    def sums(self, regions: IntArray, names: Array) -> Sums:
        """Those of the regions' groups that have a pixel."""
        places, groups = np.nonzero(self.pixels[:, :-1])
        values = np.zeros((max(map(len, self.parts)), len(places), len(self.parts)))
        for term, parts in enumerate(self.parts):
            for depth, part in enumerate(parts):
                values[depth, :, term] = part[places, groups]
        deep = len(values)
        return Sums(np.tile(regions[places], deep), np.tile(names[groups], deep), values.reshape(-1, len(self.parts)))


def _is_small(values: Array) -> bool:
    """Whether a constant is so small and whole that no sum of it is rounded."""
    value = float(values[0])
    return value.is_integer() and abs(value) < _SMALL
