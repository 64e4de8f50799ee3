"""Neighbourhoods of pixels: what a kernel covers around each pixel of a grid, and sources that reduce it.

A neighbourhood belongs to the grid that is asked for: a kernel in metres is laid out for that grid's nominal scale, and
the source is read once, on that grid widened by the kernel's reach. Each pixel's result follows from its neighbours
alone, in a fixed order, so it is the same whatever the tile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import scipy

from gee_scl.local.errors import LimitError
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Mask, Pixels, Source, Tile, Values, everywhere, is_binary
from gee_scl.local.raster.kernel import Kernel, Weights
from gee_scl.local.raster.layer_reduction import reduced, statistic
from gee_scl.local.raster.layers import Layer, least
from gee_scl.local.raster.reducer import Reducer
from gee_scl.local.values import Projection

Bool = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
Statistic = Literal["min", "max", "mean", "median", "mode"]
InputWeight = Literal["mask", "kernel", "min"]

MAX_REACH = 1024
"""Pixels beyond a tile that one operation may read: with them a tile of 512 pixels has 6.5 million."""

_FEW = 64
"""Distinct values up to which counting each is quicker than ordering them."""


def nominal_scale(grid: Grid) -> float:
    """Metres per pixel of a grid."""
    return Projection(grid.crs, grid.transform).nominal_scale()


def widened(grid: Grid, left: int, top: int, right: int, bottom: int, name: str) -> Grid:
    """A grid with more columns and rows around it.

    Raises:
        LimitError: they are more than `MAX_REACH`.
    """
    if max(left, top, right, bottom) > MAX_REACH:
        raise LimitError(
            f"{name}: The neighborhood is too large: it reaches {max(left, top, right, bottom)} pixels beyond the "
            f"output, at most {MAX_REACH} are allowed."
        )
    return replace(
        grid,
        column=grid.column - left,
        row=grid.row - top,
        width=grid.width + left + right,
        height=grid.height + top + bottom,
    )


Runs: TypeAlias = list[tuple[int, int, int]]
"""Row, first column and length of weights side by side."""


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """The pixels under a kernel's weights that are not 0.

    Methods that take arrays need them widened by the kernel's reach, and give the part within it.
    """

    weights: Weights

    @cached_property
    def covered(self) -> Bool:
        """Which weights are not 0."""
        return np.asarray(self.weights.values != 0)

    @cached_property
    def runs(self) -> Runs:
        """The covered pixels, row by row."""
        runs = []
        for row, line in enumerate(self.covered):
            bounds = np.flatnonzero(np.diff(np.concatenate([[False], line, [False]]).astype(np.int8)))
            runs += [(row, int(start), int(end - start)) for start, end in bounds.reshape(-1, 2)]
        return runs

    @property
    def places(self) -> list[tuple[int, int]]:
        """Row and column of each covered pixel, from the top left."""
        return [(row, start + step) for row, start, length in self.runs for step in range(length)]

    @property
    def common_weight(self) -> float | None:
        """The weight that all covered pixels have, None where they differ."""
        weights = self.weights.values[self.covered]
        return float(weights[0]) if len(weights) and (weights == weights[0]).all() else None

    def widened(self, grid: Grid, times: int, name: str) -> Grid:
        """The grid that a result on another needs, if the kernel is applied several times."""
        height, width = self.weights.values.shape
        x, y = self.weights.center
        return widened(grid, times * x, times * y, times * (width - 1 - x), times * (height - 1 - y), name)

    def inner(self, array: Values) -> Any:
        """The part of an array within the kernel's reach."""
        column, row = self.weights.center
        return self.beside(array, row, column)

    def beside(self, array: Values, row: int, column: int) -> Any:
        """For each pixel the one under this weight."""
        height, width = self._shape(array)
        return array[row : row + height, column : column + width]

    def _shape(self, array: Values) -> tuple[int, int]:
        rows, columns = self.weights.values.shape
        return array.shape[0] - rows + 1, array.shape[1] - columns + 1

    def extreme(self, array: Values, *, largest: bool) -> Any:
        """The largest, or the smallest, covered value."""
        function = np.maximum if largest else np.minimum
        spans = _Spans(array, function)

        def span(length: int) -> Any:
            # Two windows of a power of two that overlap: a value may be seen twice.
            half = 1 << (length.bit_length() - 1)
            power = spans.of_power(half)
            width = array.shape[1] - length + 1
            return function(power[:, :width], power[:, length - half : length - half + width])

        return self._gathered(array, span, function, least(array.dtype, largest=largest))

    def total(self, array: Values) -> Any:
        """The sum of the covered values."""
        spans = _Spans(array, np.add)

        def span(length: int) -> Any:
            width, start, total = array.shape[1] - length + 1, 0, None
            for bit in range(length.bit_length()):
                if length >> bit & 1:
                    part = spans.of_power(1 << bit)[:, start : start + width]
                    total = part if total is None else total + part
                    start += 1 << bit
            return total

        return self._gathered(array, span, np.add, array.dtype.type(0))

    def _gathered(self, array: Values, span: Callable[[int], Any], function: Any, nothing: Any) -> Any:
        """All runs of a kernel, from windows along the rows that are made once for each length."""
        by_length = {length: span(length) for length in sorted({length for _, _, length in self.runs})}
        result = np.full(self._shape(array), nothing, array.dtype)
        for row, column, length in self.runs:
            function(result, self.beside_span(by_length[length], row, column, result.shape), out=result)
        return result

    @staticmethod
    def beside_span(span: Values, row: int, column: int, shape: tuple[int, int]) -> Any:
        """The part of an array of windows that begins under a weight."""
        return span[row : row + shape[0], column : column + shape[1]]

    def weighted_total(self, array: FloatArray) -> FloatArray:
        """The sum of weight times value, as the kernel is printed: nothing is turned around."""
        common = self.common_weight
        if common is not None:
            return np.asarray(common * self.total(array))
        weights = self.weights.values
        across, down = _factors(weights)
        if across is not None and down is not None:
            lines = scipy.ndimage.correlate1d(array, across, axis=1, mode="constant")
            whole = scipy.ndimage.correlate1d(lines, down, axis=0, mode="constant")
        else:
            whole = scipy.ndimage.correlate(array, weights, mode="constant")
        # scipy centres a kernel at half its size.
        (rows, columns), (height, width) = weights.shape, self._shape(array)
        return np.asarray(whole[rows // 2 : rows // 2 + height, columns // 2 : columns // 2 + width])


class _Spans:
    """Windows along the rows, each of a power of two of pixels, made by joining two of half the length."""

    def __init__(self, array: Values, function: Any) -> None:
        self._known = {1: array}
        self._function = function

    def of_power(self, length: int) -> Any:
        if length not in self._known:
            half = self.of_power(length // 2)
            self._known[length] = self._function(half[:, : half.shape[1] - length // 2], half[:, length // 2 :])
        return self._known[length]


def _factors(weights: FloatArray) -> tuple[FloatArray | None, FloatArray | None]:
    """A row and a column whose products are the weights, as those of a Gaussian are; None where there are none."""
    row, column = np.unravel_index(np.argmax(np.abs(weights)), weights.shape)
    largest = weights[row, column]
    if largest == 0:
        return None, None
    across, down = weights[row], weights[:, column] / largest
    product = np.outer(down, across)
    return (across, down) if np.allclose(product, weights, rtol=1e-12, atol=1e-15 * abs(largest)) else (None, None)


# What becomes of a neighbourhood with masked pixels; they do not contribute.


def _quickly(around: Neighbourhood, name: str, pixels: Pixels) -> Pixels | None:
    """Statistics that need no list of each pixel's neighbours; None for others."""
    valid = pixels.valid
    if name in ("min", "max"):
        largest = name == "max"
        values = _numbers(pixels.values)
        whole = bool(valid.all())
        filled = values if whole else np.where(valid, values, least(values.dtype, largest=largest))
        mask = everywhere(around.inner(valid).shape) if whole else _any_valid(around, valid)
        return Pixels(around.extreme(filled, largest=largest), mask)
    if name == "count":
        number = around.total(valid.astype(np.int32))
        return Pixels(number, everywhere(number.shape))
    if name in ("sum", "mean"):
        total = around.total(np.where(valid, pixels.values, 0).astype(np.float64))
        if name == "sum":
            return Pixels(total, _any_valid(around, valid))
        number = around.total(valid.astype(np.int32))
        return Pixels(total / np.maximum(number, 1), number > 0)
    if name in ("median", "mode"):
        values = np.unique(pixels.values[valid])
        if len(values) <= min(_FEW, len(around.places)):
            return _by_counting(around, name, pixels, values)
    return None


def _numbers(values: Values) -> Values:
    return values.view(np.uint8) if values.dtype == np.bool_ else np.ascontiguousarray(values)


def _any_valid(around: Neighbourhood, valid: Bool) -> Any:
    return around.extreme(valid.view(np.uint8), largest=True).view(np.bool_)


def _by_counting(around: Neighbourhood, name: str, pixels: Pixels, values: Values) -> Pixels:
    """Median and mode from how often each of few values occurs."""
    valid = pixels.valid
    number = around.total(valid.astype(np.int32))
    if name == "mode":
        best, most = np.zeros(number.shape, values.dtype), np.zeros(number.shape, np.int32)
        for value in values:
            times = around.total((valid & (pixels.values == value)).astype(np.int32))
            better = times > most
            best[better], most[better] = value, times[better]
        return Pixels(best, number > 0)
    last = np.maximum(number - 1, 0)
    low, high = np.zeros(number.shape), np.zeros(number.shape)
    below = np.zeros(number.shape, np.int32)
    for value in values:
        upto = below + around.total((valid & (pixels.values == value)).astype(np.int32))
        for middle, place in ((low, last // 2), (high, (last + 1) // 2)):
            middle[(below <= place) & (place < upto)] = value
        below = upto
    return Pixels((low + high) / 2, number > 0)


@dataclass(frozen=True, eq=False)
class Focal:
    """One statistic of the pixels that a kernel covers, once or several times over.

    Masked pixels do not contribute, and the result is valid wherever any neighbour is: users fill gaps with it, as in
    `image.focal_mean(1, "square", "pixels", 8).blend(image)`. All covered pixels count alike ("the pixels covered by
    non-zero elements of the kernel are used", https://developers.google.com/earth-engine/guides/image_morph).

    Attributes:
        source: what is read.
        kernel: the neighbourhood; in metres, it follows the grid's nominal scale.
        statistic: which.
        iterations: how many times.
        name: of the algorithm, for errors.
    """

    source: Source
    kernel: Kernel
    statistic: Statistic
    iterations: int
    name: str

    @property
    def inputs(self) -> tuple[Source, ...]:
        """What it reads."""
        return (self.source,)

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        """The statistic on a grid."""
        around = Neighbourhood(self.kernel.at(nominal_scale(grid)))
        pixels = tile.read(self.source, around.widened(grid, self.iterations, self.name))
        for _ in range(self.iterations):
            quick = _quickly(around, self.statistic, pixels)
            pixels = quick if quick is not None else self._listed(around, pixels)
        return pixels

    def _listed(self, around: Neighbourhood, pixels: Pixels) -> Pixels:
        values, valid = pixels.values, pixels.valid
        layers = [
            Layer((around.beside(values, row, column),), around.beside(valid, row, column))
            for row, column in around.places
        ]
        return statistic(self.statistic, layers)


@dataclass(frozen=True, eq=False)
class Reduced:
    """A reducer over the pixels that a kernel covers; its pixels have the outputs as their first axis.

    Attributes:
        reducer: with one input, or as many as there are sources.
        sources: what is read.
        kernel: the neighbourhood.
        weight: what a weighted reducer weighs with: the input's mask, the kernel, or the smaller of both.
        skip_masked: whether the result is masked where the input is. Without it, it is valid where any neighbour is.
    """

    reducer: Reducer
    sources: tuple[Source, ...]
    kernel: Kernel
    weight: InputWeight
    skip_masked: bool

    @property
    def inputs(self) -> tuple[Source, ...]:
        """What it reads."""
        return self.sources

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        """All outputs on a grid."""
        around = Neighbourhood(self.kernel.at(nominal_scale(grid)))
        wide = around.widened(grid, 1, "Image.reduceNeighborhood")
        pixels = [tile.read(source, wide) for source in self.sources]
        if not around.places:
            result = Pixels(
                np.zeros((len(self.reducer.outputs), *grid.shape)),
                np.zeros((len(self.reducer.outputs), *grid.shape), np.bool_),
            )
        else:
            quick = self._quick(around, pixels[0]) if self.reducer.inputs == 1 else None
            result = quick if quick is not None else self._listed(around, pixels)
        if not self.skip_masked:
            return result
        centre = np.logical_and.reduce([around.inner(p.valid) for p in pixels])
        return Pixels(result.values, result.mask & centre)

    def _quick(self, around: Neighbourhood, pixels: Pixels) -> Pixels | None:
        name = self.reducer.short_name
        weight = self._common_weight(around, pixels.mask) if self.reducer.weighted else 1.0
        if weight is None:
            if name not in ("sum", "mean") or self.weight != "kernel":
                return None
            result = _with_weights(around, name, pixels)
        else:
            output = _quickly(around, name, pixels)
            if output is None:
                return None
            result = Pixels(output.values * weight, output.mask) if name == "sum" and weight != 1 else output
        return Pixels(result.values[np.newaxis], result.mask[np.newaxis])

    def _common_weight(self, around: Neighbourhood, mask: Mask) -> float | None:
        """The weight that all neighbours have, None where they differ."""
        if self.weight == "kernel":
            return around.common_weight
        if not is_binary(mask):
            return None
        common = around.common_weight
        return 1.0 if self.weight == "mask" else None if common is None else min(common, 1.0)

    def _listed(self, around: Neighbourhood, pixels: list[Pixels]) -> Pixels:
        valid = np.logical_and.reduce([p.valid for p in pixels])
        mask = np.minimum.reduce([p.mask.astype(np.float64) for p in pixels])
        layers = []
        for row, column in around.places:
            kernel = float(around.weights.values[row, column])
            masked = around.beside(mask, row, column)
            weight = {"kernel": kernel, "mask": masked}.get(self.weight)
            layers.append(
                Layer(
                    tuple(around.beside(p.values, row, column) for p in pixels),
                    around.beside(valid, row, column),
                    np.minimum(masked, kernel) if weight is None else weight,
                )
            )
        return reduced(self.reducer, layers, "Image.reduceNeighborhood")


def _with_weights(around: Neighbourhood, name: str, pixels: Pixels) -> Pixels:
    """Sum and mean with weights that differ."""
    valid = pixels.valid
    total = around.weighted_total(np.where(valid, pixels.values, 0).astype(np.float64))
    if name == "sum":
        return Pixels(total, _any_valid(around, valid))
    weight = around.weighted_total(valid.astype(np.float64))
    weighed = _any_valid(around, valid) & (weight != 0)
    return Pixels(np.divide(total, weight, out=np.zeros_like(total), where=weighed), weighed)


@dataclass(frozen=True, eq=False)
class Convolved:
    """The sum of weight times value over what a kernel covers.

    "Each pixel of the image output by convolve() is the linear combination of the kernel values and the input image
    pixels covered by the kernel" (https://developers.google.com/earth-engine/guides/image_convolutions): weights lie
    as they are printed. Masked where a covered pixel is masked: the documentation has no rule for a part.
    """

    source: Source
    kernel: Kernel

    @property
    def inputs(self) -> tuple[Source, ...]:
        """What it reads."""
        return (self.source,)

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        """The sums on a grid."""
        around = Neighbourhood(self.kernel.at(nominal_scale(grid)))
        pixels = tile.read(self.source, around.widened(grid, 1, "Image.convolve"))
        total = around.weighted_total(np.where(pixels.valid, pixels.values, 0).astype(np.float64))
        return Pixels(total, around.extreme(pixels.valid.view(np.uint8), largest=False).view(np.bool_))


@dataclass(frozen=True, eq=False)
class Shifted:
    """Each pixel's neighbour at a distance of columns and rows."""

    source: Source
    columns: int
    rows: int

    @property
    def inputs(self) -> tuple[Source, ...]:
        """What it reads."""
        return (self.source,)

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        """The neighbours on a grid."""
        moved = replace(grid, column=grid.column + self.columns, row=grid.row + self.rows)
        return tile.read(self.source, moved)


def offsets(kernel: Kernel) -> list[tuple[int, int]]:
    """Columns and rows from the centre to each pixel that a kernel in pixels covers, row by row."""
    weights = kernel.at(1)
    x, y = weights.center
    return [(column - x, row - y) for row, column in Neighbourhood(weights).places]
