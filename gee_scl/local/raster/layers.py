"""Layers of pixels: the values that a reducer sees at each pixel, one layer for each value.

The bands of a stack are layers, and so are the neighbours of each pixel, or the small pixels that a large one covers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from gee_scl.local.raster.image import Pixels, Values, everywhere, is_everywhere, picked

Bool = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
Weight = FloatArray | npt.NDArray[np.float32] | float

_ROWS_BYTES = 64 * 1024 * 1024
"""Memory that gathering the values of all layers may take at once."""

_ROWS_PIXELS = 16_384
"""Pixels to gather at once: a hundred layers of so many stay in a processor's cache, past it ordering is slower."""


@dataclass(frozen=True, eq=False)
class Layer:
    """One value of every pixel for each input of a reducer.

    Attributes:
        inputs: an array of the grid's shape for each input.
        valid: where the layer counts.
        weight: of the layer as a whole, or of each of its pixels.
    """

    inputs: tuple[Values, ...]
    valid: Bool
    weight: Weight = 1.0

    def rows(self, start: int, end: int) -> Layer:
        """The same layer, of some rows only."""
        weight = self.weight if isinstance(self.weight, float) else self.weight[start:end]
        return Layer(tuple(values[start:end] for values in self.inputs), self.valid[start:end], weight)

    def of(self, first: int, count: int) -> Layer:
        """The same layer, of some inputs only."""
        return replace(self, inputs=self.inputs[first : first + count])

    def unweighted(self) -> Layer:
        """The same layer with weight 1."""
        return replace(self, weight=1.0)

    def weighted(self, values: Any) -> Any:
        """Values, of the grid's shape, times the weight, in 64 bits where there is one."""
        if isinstance(self.weight, float):
            return values if self.weight == 1 else values * np.float64(self.weight)
        return values * self.weight.astype(np.float64, copy=False)


def common_type(layers: Sequence[Layer], place: int = 0) -> np.dtype[Any]:
    """The array type that holds the values of all layers, for one input."""
    return reduce(np.promote_types, dict.fromkeys(layer.inputs[place].dtype for layer in layers))


def common_weight(layers: Sequence[Layer]) -> float | None:
    """The weight that all layers have at every pixel, None where they differ."""
    first = layers[0].weight
    if isinstance(first, float) and all(isinstance(x.weight, float) and x.weight == first for x in layers):
        return first
    return None


def contributing(layers: Sequence[Layer]) -> Sequence[Layer]:
    """The layers that count anywhere, which are all that make a difference; one where none does."""
    return [layer for layer in layers if layer.valid.any()] or layers[:1]


def any_valid(layers: Sequence[Layer]) -> Bool:
    """Where any layer counts."""
    if any(is_everywhere(layer.valid) for layer in layers):
        return everywhere(layers[0].valid.shape)
    some = layers[0].valid.copy()
    for layer in layers[1:]:
        some |= layer.valid
    return some


def number_valid(layers: Sequence[Layer]) -> npt.NDArray[np.int32]:
    """How many layers count."""
    # The smaller the numbers, the more of them are added at once.
    number = np.zeros(layers[0].valid.shape, np.min_scalar_type(len(layers)))
    for layer in layers:
        number += layer.valid.view(np.uint8)
    return number.astype(np.int32)


def least(dtype: np.dtype[Any], *, largest: bool) -> Any:
    """What changes no maximum, or no minimum, of values of this type."""
    if dtype.kind == "f":
        return dtype.type(-np.inf if largest else np.inf)
    limits = np.iinfo(dtype)
    return dtype.type(limits.min if largest else limits.max)


def filled(values: Values, valid: Bool, other: Any) -> Any:
    """Values where they are valid, else another value of their type."""
    if is_everywhere(valid):
        return values
    return picked(valid, values, values.dtype.type(other))


def in_rows(
    function: Callable[[Sequence[Layer]], list[Pixels]], layers: Sequence[Layer], bytes_each: int
) -> list[Pixels]:
    """What a function makes of all layers together, some rows at a time.

    Args:
        function: gives the outputs of the rows that it takes.
        layers: at least one.
        bytes_each: memory that it needs for one pixel of one layer.
    """
    height, width = layers[0].valid.shape
    pixels = min(_ROWS_PIXELS, _ROWS_BYTES // max(1, bytes_each * len(layers)))
    step = max(1, pixels // max(1, width))
    parts = [
        function(contributing([layer.rows(top, top + step) for layer in layers])) for top in range(0, height, step)
    ]
    return [
        Pixels(np.concatenate([p.values for p in output]), np.concatenate([p.mask for p in output]))
        for output in zip(*parts, strict=True)
    ]
