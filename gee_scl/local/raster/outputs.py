"""The bands that a reducer's outputs become: their names, their types, and where their pixels come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Band, Pixels, Source, Tile, both
from gee_scl.local.raster.pixels import cast
from gee_scl.local.raster.reducer import Reducer
from gee_scl.local.values import BOOLEAN, DOUBLE, PixelType

_KEEP_TYPE = {"min", "max", "first", "firstNonNull", "last", "lastNonNull", "mode"}
_COUNTS = {"count", "countDistinct", "countDistinctNonNull"}
_MOST = 2**31 - 1


def output_bands(reducer: Reducer, inputs: Sequence[Band], whole: Source, most: int = _MOST) -> list[Band]:
    """A band for each output of a source whose pixels have the outputs as their first axis, named for the outputs.

    Args:
        reducer: what the source applies.
        inputs: a band for each; they give the types, and the first the place.
        whole: the source of all outputs.
        most: how many values there can be at a pixel.
    """
    types = _types(reducer, [band.type for band in inputs], most)
    return [
        replace(inputs[0], name=output, type=kind, source=_Output(whole, place, kind))
        for place, (output, kind) in enumerate(zip(reducer.outputs, types, strict=True))
    ]


def _types(reducer: Reducer, kinds: Sequence[PixelType], most: int) -> list[PixelType]:
    """The types of a reducer's outputs, from those of its inputs."""
    if reducer.parts:
        return [
            kind
            for part in reducer.parts
            for kind in _types(part.reducer, kinds[part.first : part.first + part.reducer.inputs], most)
        ]
    short = reducer.short_name
    if short in _KEEP_TYPE:
        # With several inputs each output is a value of its own input.
        return list(kinds[: len(reducer.outputs)])
    return [_type(short, kinds[0], most)] * len(reducer.outputs)


def _type(short: str, kind: PixelType, most: int) -> PixelType:
    if short in _COUNTS:
        return PixelType("int", 0, most)
    if short in ("anyNonZero", "allNonZero"):
        return BOOLEAN
    if short in ("mean", "median"):
        return replace(kind, precision="double")
    return DOUBLE


@dataclass(frozen=True, eq=False)
class _Output:
    """One output of several; masked where it is no number."""

    whole: Source
    place: int
    kind: PixelType

    @property
    def inputs(self) -> tuple[Source, ...]:
        return (self.whole,)

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        pixels = tile.read(self.whole, grid)
        values, mask = pixels.values[self.place], pixels.mask[self.place]
        if values.dtype.kind != "f":
            return Pixels(values, mask)
        mask = both(mask, ~np.isnan(values))
        # Whole outputs beside real ones are real in the array of all.
        return Pixels(cast(values, self.kind) if self.kind.precision == "int" else values, mask)
