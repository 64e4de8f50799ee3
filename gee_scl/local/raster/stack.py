"""Stacks of bands, pixel by pixel: reduced, laid on top of each other, or the best of them chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Band, Image, Pixels, Source, Tile, both, is_binary, picked, valid
from gee_scl.local.raster.layer_reduction import reduced
from gee_scl.local.raster.layers import Layer
from gee_scl.local.raster.outputs import output_bands
from gee_scl.local.raster.reducer import Reducer
from gee_scl.local.values import PixelType


def reduced_bands(reducer: Reducer, stack: Sequence[Sequence[Band]], name: str) -> list[Band]:
    """The bands that a reducer makes of a stack, named for its outputs.

    Args:
        reducer: with as many inputs as each layer has bands.
        stack: layers in order; at each pixel, those count whose bands are all valid there.
        name: of the algorithm, for errors.
    """
    sources = tuple(tuple(band.source for band in layer) for layer in stack)
    inputs = [
        replace(bands[0], type=reduce(PixelType.union, (band.type for band in bands)))
        for bands in zip(*stack, strict=True)
    ]
    return output_bands(reducer, inputs, _Reduced(reducer, sources, name), most=len(stack))


@dataclass(frozen=True, eq=False)
class _Reduced:
    """All outputs of a reducer at once: they are the first axis of its pixels."""

    reducer: Reducer
    stack: tuple[tuple[Source, ...], ...]
    name: str

    @property
    def inputs(self) -> tuple[Source, ...]:
        return tuple(source for layer in self.stack for source in layer)

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        layers = [_layer([tile.read(source, grid) for source in sources]) for sources in self.stack]
        return reduced(self.reducer, layers, self.name)


def _layer(inputs: Sequence[Pixels]) -> Layer:
    """Pixels as a layer, which weighs what their masks say."""
    mask = inputs[0].mask
    for other in inputs[1:]:
        mask = both(mask, other.mask)
    weight = 1.0 if is_binary(mask) else mask.astype(np.float32, copy=False)
    return Layer(tuple(p.values for p in inputs), valid(mask), weight)


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

    @property
    def inputs(self) -> tuple[Source, ...]:
        return self.sources

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        top = tile.read(self.sources[0], grid)
        for source in self.sources[1:]:
            if top.valid.all():
                break
            below = tile.read(source, grid)
            if not below.valid.any():
                continue
            values = picked(top.valid, top.values, below.values)
            top = Pixels(values, picked(top.valid, top.mask, below.mask))
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

    @property
    def inputs(self) -> tuple[Source, ...]:
        return self.sources

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

    @property
    def inputs(self) -> tuple[Source, ...]:
        return (self.ranking, *self.sources)

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        place = tile.read(self.ranking, grid)
        pixels = [tile.read(source, grid) for source in self.sources]
        values = np.take_along_axis(np.stack([p.values for p in pixels]), place.values[np.newaxis], axis=0)[0]
        masks = np.take_along_axis(np.stack([p.mask for p in pixels]), place.values[np.newaxis], axis=0)[0]
        return Pixels(values, picked(place.valid, masks, masks.dtype.type(0)))
