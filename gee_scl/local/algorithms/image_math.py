"""Arithmetic of images, bound to its names: operators of one image and of two, and what has arguments of its own."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from gee_scl.local.algorithms.registry import algorithm
from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster import operators
from gee_scl.local.raster.image import Computed, Image, Pixels, both
from gee_scl.local.raster.operators import Operator, computed, divide, mapped
from gee_scl.local.raster.pixels import clip, real, real_type
from gee_scl.local.values import DOUBLE, FLOAT, PixelType

_OLD_NAMES: Mapping[str, str] = {
    "Image.first_nonzero": "Image.firstNonZero",
    "Image.bitwise_and": "Image.bitwiseAnd",
    "Image.bitwise_or": "Image.bitwiseOr",
    "Image.bitwise_xor": "Image.bitwiseXor",
    "Image.left_shift": "Image.leftShift",
    "Image.right_shift": "Image.rightShift",
    "Image.bitwise_not": "Image.bitwiseNot",
}
"""Names that operators had, by those that they have."""

for _name in operators.BINARY:
    algorithm(_name)(partial(operators.binary, _name))
for _name in operators.UNARY:
    algorithm(_name)(partial(operators.unary, _name))
for _old, _name in _OLD_NAMES.items():
    algorithm(_old)(partial(operators.binary if _name in operators.BINARY else operators.unary, _name))


def _limited(operation: Operator, image: Image) -> Image:
    """Each band through one operator, of which users report that properties are lost."""
    return computed(image, mapped(operation, image).bands)


@algorithm("Image.clamp")
def clamp(image: Image, low: float, high: float) -> Image:
    """Values within limits."""
    if low > high:
        raise EvaluationError(f"Image.clamp: 'low' must not be above 'high': {low} and {high}.")

    def limited(kind: PixelType) -> PixelType:
        bottom = low if kind.min is None else min(max(kind.min, low), high)
        top = high if kind.max is None else min(max(kind.max, low), high)
        fits = kind.precision != "int" or (bottom == round(bottom) and top == round(top))
        return PixelType(kind.precision if fits else "double", bottom, top)

    def apply(pixels: Pixels) -> Pixels:
        return Pixels(clip(pixels.values, low, high), pixels.mask)

    return _limited(Operator(apply, limited), image)


@algorithm("Image.unitScale")
def unit_scale(image: Image, low: float, high: float) -> Image:
    """A range scaled to 0 to 1; what lies outside is not cut off."""
    if low == high:
        raise EvaluationError("Image.unitScale: 'low' and 'high' must differ.")
    return _limited(Operator(real(lambda x: (x - low) / (high - low)), real_type), image)


@algorithm("Image.polynomial")
def polynomial(image: Image, coefficients: Sequence[float]) -> Image:
    """A polynomial of each pixel, its constant term first."""
    powers = np.polynomial.Polynomial(coefficients or [0.0])
    return _limited(Operator(real(powers), lambda _: DOUBLE), image)


@algorithm("Image.interpolate")
def interpolate(image: Image, x: Sequence[float], y: Sequence[float], behavior: str) -> Image:
    """The first band through a piecewise linear function."""
    if len(x) != len(y) or len(x) < 2 or any(b <= a for a, b in itertools.pairwise(x)):
        raise EvaluationError("Image.interpolate: 'x' must increase, and have as many values as 'y', two at least.")
    if behavior not in ("extrapolate", "clamp", "mask", "input"):
        raise EvaluationError(f"Image.interpolate: Unknown behavior: '{behavior}'.")
    knots, heights = np.asarray(x), np.asarray(y)
    slopes = np.diff(heights) / np.diff(knots)

    def apply(pixels: Pixels) -> Pixels:
        values = pixels.values.astype(np.float64)
        outside = (values < knots[0]) | (values > knots[-1])
        result = np.interp(values, knots, heights)
        if behavior == "extrapolate":
            result = np.where(values < knots[0], heights[0] + slopes[0] * (values - knots[0]), result)
            result = np.where(values > knots[-1], heights[-1] + slopes[-1] * (values - knots[-1]), result)
        elif behavior == "input":
            result = np.where(outside, values, result)
        return Pixels(result, both(pixels.mask, ~outside) if behavior == "mask" else pixels.mask)

    return computed(image, [image.first_band("Image.interpolate").over(apply, type=DOUBLE)])


@algorithm("Image.normalizedDifference")
def normalized_difference(image: Image, names: Sequence[str] | None) -> Image:
    """(first - second) / (first + second); a negative input masks the pixel, and no property is kept."""
    if names is None:
        pair = image.bands[:2]
    else:
        by_name = {band.name: band for band in image.bands}
        for name in names:
            if name not in by_name:
                raise EvaluationError(
                    f"Image.normalizedDifference: No band named '{name}'. Available bands: {image.names}."
                )
        pair = tuple(by_name[name] for name in names)
    if len(pair) != 2:
        raise EvaluationError(f"Image.normalizedDifference: Two bands are needed, got {len(pair)}.")
    first, second = pair

    def apply(left: Pixels, right: Pixels) -> Pixels:
        a, b = left.values.astype(np.float64), right.values.astype(np.float64)
        with np.errstate(all="ignore"):
            difference = divide(a - b, a + b)
        return Pixels(difference, both(both(left.mask, right.mask), (a >= 0) & (b >= 0)))

    source = Computed(apply, (first.source, second.source))
    return Image(bands=(replace(first, name="nd", type=replace(FLOAT, min=-1, max=1), source=source),))
