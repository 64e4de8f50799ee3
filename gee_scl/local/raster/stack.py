"""Reducers pixel by pixel: a stack of bands becomes one band for each output."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Band, Image, Pixels, Source, Tile, Values, both
from gee_scl.local.raster.reducer import Reducer, Sample
from gee_scl.local.values import BOOLEAN, DOUBLE, PixelType

Bool = npt.NDArray[np.bool_]

_FEW = 256
"""Distinct values up to which the mode is found by counting each."""


def reduced_bands(reducer: Reducer, stack: Sequence[Sequence[Band]], name: str) -> list[Band]:
    """The bands that a reducer makes of a stack, named for its outputs.

    Args:
        reducer: with as many inputs as each layer has bands.
        stack: layers in order; at each pixel, those count whose bands are all valid there.
        name: of the algorithm, for errors.
    """
    first = stack[0][0]
    whole = _Reduced(reducer, tuple(tuple(band.source for band in layer) for layer in stack), name)
    kinds = [layer[0].type for layer in stack]
    return [
        replace(first, name=output, type=_type(reducer, kinds), source=_Output(whole, place))
        for place, output in enumerate(reducer.outputs)
    ]


_KEEP_TYPE = {"min", "max", "first", "firstNonNull", "last", "lastNonNull", "mode"}
_COUNTS = {"count", "countDistinct", "countDistinctNonNull"}


def _type(reducer: Reducer, kinds: Sequence[PixelType]) -> PixelType:
    short = reducer.name.removeprefix("Reducer.")
    kind = kinds[0]
    for other in kinds[1:]:
        kind = kind.union(other)
    if short in _KEEP_TYPE and reducer.inputs == 1:
        return kind
    if short in _COUNTS:
        return PixelType("int", 0, len(kinds))
    if short in ("anyNonZero", "allNonZero"):
        return BOOLEAN
    if short in ("mean", "median"):
        return replace(kind, precision="double")
    return DOUBLE


@dataclass(frozen=True, eq=False)
class _Reduced:
    """All outputs of a reducer at once: the values of its pixels have one axis more, the outputs."""

    reducer: Reducer
    stack: tuple[tuple[Source, ...], ...]
    name: str

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        layers = [[tile.read(source, grid) for source in layer] for layer in self.stack]
        quick = _quick(self.reducer) if self.reducer.inputs == 1 else None
        if quick is not None:
            pixels = [layer[0] for layer in layers]
            if not (self.reducer.weighted and any(p.mask.dtype != np.bool_ for p in pixels)):
                valid = np.stack([p.valid for p in pixels])
                with np.errstate(all="ignore"):
                    values = np.asarray(quick(np.stack([p.values for p in pixels]), valid))
                # A count is 0 where nothing is valid, and valid itself.
                mask = np.ones(grid.shape, np.bool_) if quick is _count else np.asarray(valid.any(axis=0))
                return Pixels(values[np.newaxis], mask)
        return _one_by_one(self.reducer, layers, self.name)


@dataclass(frozen=True, eq=False)
class _Output:
    """One output of a reducer."""

    whole: _Reduced
    place: int

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        pixels = tile.read(self.whole, grid)
        values = pixels.values[self.place]
        return Pixels(values, both(pixels.mask, ~np.isnan(values)) if values.dtype.kind == "f" else pixels.mask)


# Each takes values and validity of shape (layers, rows, columns); where nothing is valid its result is anything.
Quick = Callable[[Values, Bool], Any]


def _quick(reducer: Reducer) -> Quick | None:
    return _QUICK.get(reducer.name.removeprefix("Reducer."))


def _count(values: Values, valid: Bool) -> Any:
    return valid.sum(axis=0, dtype=np.int64)


def _sum(values: Values, valid: Bool) -> Any:
    return np.where(valid, values, 0).sum(axis=0, dtype=np.float64)


def _product(values: Values, valid: Bool) -> Any:
    return np.where(valid, values, 1).prod(axis=0, dtype=np.float64)


def _mean(values: Values, valid: Bool) -> Any:
    return _sum(values, valid) / np.maximum(valid.sum(axis=0), 1)


def _variance(values: Values, valid: Bool) -> Any:
    return _squares(values, valid) / np.maximum(valid.sum(axis=0), 1)


def _sample_variance(values: Values, valid: Bool) -> Any:
    return _squares(values, valid) / np.maximum(valid.sum(axis=0) - 1, 1)


def _squares(values: Values, valid: Bool) -> Any:
    return np.where(valid, (values - _mean(values, valid)) ** 2, 0).sum(axis=0)


def _root(variance: Quick) -> Quick:
    def deviation(values: Values, valid: Bool) -> Any:
        return np.sqrt(variance(values, valid))

    return deviation


def _extreme(function: Any, largest_first: bool) -> Quick:
    def choose(values: Values, valid: Bool) -> Any:
        limits = np.finfo(values.dtype) if values.dtype.kind == "f" else np.iinfo(values.dtype)
        filled = np.where(valid, values, values.dtype.type(limits.max if largest_first else limits.min))
        return np.asarray(function.reduce(filled, axis=0))

    return choose


def _first(values: Values, valid: Bool) -> Any:
    place = np.argmax(valid, axis=0)
    return np.take_along_axis(values, place[np.newaxis], axis=0)[0]


def _last(values: Values, valid: Bool) -> Any:
    return _first(values[::-1], valid[::-1])


def _median(values: Values, valid: Bool) -> Any:
    ordered = _ordered(values, valid)
    last = np.maximum(valid.sum(axis=0) - 1, 0)
    low, high = (
        np.take_along_axis(ordered, place[np.newaxis], axis=0)[0].astype(np.float64)
        for place in (last // 2, (last + 1) // 2)
    )
    return (low + high) / 2


def _ordered(values: Values, valid: Bool) -> Any:
    """The valid values of each pixel in ascending order, before the others, in the type that they have."""
    largest = np.inf if values.dtype.kind == "f" else np.iinfo(values.dtype).max
    return np.sort(np.where(valid, values, values.dtype.type(largest)), axis=0)


def _mode(values: Values, valid: Bool) -> Any:
    """The commonest value, the smallest of those that share the first place."""
    known = np.unique(values[valid])
    best, count = np.zeros(values.shape[1:], values.dtype), np.zeros(values.shape[1:], np.int64)
    if len(known) <= _FEW:
        for value in known:
            times = ((values == value) & valid).sum(axis=0)
            better = times > count
            best[better], count[better] = value, times[better]
        return best
    ordered = _ordered(values, valid)
    number, run = valid.sum(axis=0), np.zeros(best.shape, np.int64)
    for place, layer in enumerate(ordered):
        run = np.where(ordered[place - 1] == layer, run + 1, 1) if place else run + 1
        better = (run > count) & (place < number)
        best[better], count[better] = layer[better], run[better]
    return best


def _any(values: Values, valid: Bool) -> Any:
    return ((values != 0) & valid).any(axis=0).view(np.uint8)


def _all(values: Values, valid: Bool) -> Any:
    return ((values != 0) | ~valid).all(axis=0).view(np.uint8)


_QUICK: Mapping[str, Quick] = {
    "count": _count,
    "sum": _sum,
    "product": _product,
    "mean": _mean,
    "variance": _variance,
    "stdDev": _root(_variance),
    "sampleVariance": _sample_variance,
    "sampleStdDev": _root(_sample_variance),
    "min": _extreme(np.minimum, largest_first=True),
    "max": _extreme(np.maximum, largest_first=False),
    "first": _first,
    "firstNonNull": _first,
    "last": _last,
    "lastNonNull": _last,
    "median": _median,
    "mode": _mode,
    "anyNonZero": _any,
    "allNonZero": _all,
}


def _one_by_one(reducer: Reducer, layers: Sequence[Sequence[Pixels]], name: str) -> Pixels:
    """Any reducer, one pixel after the other: exact, and slow."""
    shape = layers[0][0].mask.shape
    inputs = [np.stack([layer[i].values for layer in layers]).reshape(len(layers), -1) for i in range(reducer.inputs)]
    masks = np.stack([np.minimum.reduce([p.mask.astype(np.float64) for p in layer]) for layer in layers])
    masks = masks.reshape(len(layers), -1)
    partial = any(p.mask.dtype != np.bool_ for layer in layers for p in layer)
    values = np.full((len(reducer.outputs), masks.shape[1]), np.nan)
    for pixel in range(masks.shape[1]):
        valid = masks[:, pixel] > 0
        accumulator = reducer.new()
        if valid.any():
            weights = masks[valid, pixel] if partial else None
            accumulator.add(Sample(tuple(v[valid, pixel] for v in inputs), weights))
        for place, result in enumerate(accumulator.results()):
            values[place, pixel] = np.nan if result is None else _number(result, name)
    mask = np.asarray(~np.isnan(values).all(axis=0))
    return Pixels(values.reshape(-1, *shape), mask.reshape(shape))


def _number(result: Any, name: str) -> float:
    if isinstance(result, bool | int | float):
        return float(result)
    raise EvaluationError(f"{name}: Only reducers whose outputs are numbers are covered by the local engine.")


def mosaic(layers: Sequence[Band]) -> Band:
    """The last of several bands on top, the others where it is masked."""
    kind = layers[0].type
    for layer in layers[1:]:
        kind = kind.union(layer.type)
    return Band(layers[0].name, kind, _Mosaic(tuple(band.source for band in reversed(layers))))


@dataclass(frozen=True, eq=False)
class _Mosaic:
    """Sources from the top down."""

    sources: tuple[Source, ...]

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        top = tile.read(self.sources[0], grid)
        for source in self.sources[1:]:
            if top.valid.all():
                break
            below = tile.read(source, grid)
            values = np.where(top.valid, top.values, below.values)
            top = Pixels(values, np.where(top.valid, top.mask, below.mask))
        return top


def best(images: Sequence[Image], quality: Sequence[Band]) -> list[Band]:
    """At each pixel the bands of the image whose quality is highest there, the first of equals."""
    ranking = _Ranking(tuple(band.source for band in quality))
    bands = []
    for place, band in enumerate(images[0].bands):
        sources = tuple(image.bands[place].source for image in images)
        kind = band.type
        for image in images[1:]:
            kind = kind.union(image.bands[place].type)
        bands.append(Band(band.name, kind, _Picked(ranking, sources)))
    return bands


@dataclass(frozen=True, eq=False)
class _Ranking:
    """Which source is the largest; masked where none is valid."""

    sources: tuple[Source, ...]

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        pixels = [tile.read(source, grid) for source in self.sources]
        valid = np.stack([p.valid for p in pixels])
        ranks = np.where(valid, np.stack([p.values for p in pixels]).astype(np.float64), -np.inf)
        return Pixels(np.argmax(ranks, axis=0), np.asarray(valid.any(axis=0)))


@dataclass(frozen=True, eq=False)
class _Picked:
    """At each pixel the source that a ranking names."""

    ranking: _Ranking
    sources: tuple[Source, ...]

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        place = tile.read(self.ranking, grid)
        pixels = [tile.read(source, grid) for source in self.sources]
        values = np.take_along_axis(np.stack([p.values for p in pixels]), place.values[np.newaxis], axis=0)[0]
        masks = np.take_along_axis(np.stack([p.mask for p in pixels]), place.values[np.newaxis], axis=0)[0]
        return Pixels(values, np.where(place.mask, masks, masks.dtype.type(0)))
