"""Arithmetic of images: what is computed for each pixel from the bands of one or two images."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import special

from gee_scl.local.algorithms.registry import algorithm
from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.image import Band, Computed, Image, Pixels, both
from gee_scl.local.raster.pixels import (
    NAMED_TYPES,
    arithmetic,
    cast,
    clip,
    comparison_type,
    dtype_of,
    native,
    real,
    real_type,
    span,
    whole,
)
from gee_scl.local.values import DOUBLE, FLOAT, FOOTPRINT, INDEX, PixelType

KEPT = (INDEX, FOOTPRINT)
"""What arithmetic on two images, and clamp, keep of the first image's properties. Users report that the others, dates
among them, are lost (gbelouze/geefetch issue 103); that these two stay is assumed."""

PixelFunction = Callable[..., Pixels]
TypeFunction = Callable[..., PixelType]


@dataclass(frozen=True)
class Operator:
    """A function of pixels and what its result may be, from the types of its inputs."""

    function: PixelFunction
    result: TypeFunction
    whole_only: bool = False


def computed(image: Image, bands: Sequence[Band]) -> Image:
    """The image that arithmetic on another gives."""
    return Image.computed(bands, image, KEPT)


# Two images


def _divide(left: Any, right: Any) -> Any:
    """Earth Engine's documentation: "returning 0 for division by 0"."""
    zero = right == 0
    return np.where(zero, 0.0, np.divide(left, np.where(zero, 1, right)))


def _remainder(left: Any, right: Any) -> Any:
    """With the sign of the dividend; 0 for division by 0, as division itself [assumed]."""
    zero = right == 0
    return np.where(zero, 0, np.fmod(left, np.where(zero, 1, right))).astype(np.result_type(left, right))


def _shift(function: Callable[..., Any]) -> PixelFunction:
    # Shifts by 64 bits and more are undefined in C, which numpy compiles to.
    return whole(lambda value, bits: function(value, np.clip(bits, 0, 63)))


def _union(left: PixelType, right: PixelType) -> PixelType:
    return left.union(right)


def _spanned(function: Callable[[float, float], float]) -> TypeFunction:
    def result(left: PixelType, right: PixelType) -> PixelType:
        low, high = span(function, left, right)
        return replace(left.union(right), min=low, max=high)

    return result


def _quotient(left: PixelType, right: PixelType) -> PixelType:
    kind = left.union(right)
    crosses_zero = right.min is None or right.max is None or right.min <= 0 <= right.max
    low, high = (None, None) if crosses_zero else span(operator.truediv, left, right)
    return PixelType("float" if kind.precision == "int" else kind.precision, low, high)


def _wide(left: PixelType, right: PixelType) -> PixelType:
    """A whole type without limits: what shifts and bits can become."""
    return PixelType(left.union(right).precision)


BINARY: Mapping[str, Operator] = {
    "add": Operator(arithmetic(np.add), _spanned(operator.add)),
    "subtract": Operator(arithmetic(np.subtract), _spanned(operator.sub)),
    "multiply": Operator(arithmetic(np.multiply), _spanned(operator.mul)),
    "divide": Operator(real(_divide), _quotient),
    "mod": Operator(arithmetic(_remainder), _union),
    "min": Operator(arithmetic(np.minimum), _spanned(min)),
    "max": Operator(arithmetic(np.maximum), _spanned(max)),
    "first": Operator(arithmetic(lambda left, right: left + np.zeros_like(right)), _union),
    "firstNonZero": Operator(arithmetic(lambda left, right: np.where(left != 0, left, right)), _union),
    "pow": Operator(real(np.power), real_type),
    "atan2": Operator(real(np.arctan2), real_type),
    "hypot": Operator(real(np.hypot), real_type),
    "gammainc": Operator(real(special.gammainc), real_type),
    "and": Operator(native(np.logical_and), comparison_type),
    "or": Operator(native(np.logical_or), comparison_type),
    "lt": Operator(native(np.less), comparison_type),
    "lte": Operator(native(np.less_equal), comparison_type),
    "gt": Operator(native(np.greater), comparison_type),
    "gte": Operator(native(np.greater_equal), comparison_type),
    "eq": Operator(native(np.equal), comparison_type),
    "neq": Operator(native(np.not_equal), comparison_type),
    "bitwiseAnd": Operator(whole(np.bitwise_and), _wide, whole_only=True),
    "bitwiseOr": Operator(whole(np.bitwise_or), _wide, whole_only=True),
    "bitwiseXor": Operator(whole(np.bitwise_xor), _wide, whole_only=True),
    "leftShift": Operator(_shift(np.left_shift), _wide, whole_only=True),
    "rightShift": Operator(_shift(np.right_shift), _wide, whole_only=True),
}
"""Operators of two images, by Earth Engine's name."""

_OLD_NAMES = {
    "first_nonzero": "firstNonZero",
    "bitwise_and": "bitwiseAnd",
    "bitwise_or": "bitwiseOr",
    "bitwise_xor": "bitwiseXor",
    "left_shift": "leftShift",
    "right_shift": "rightShift",
    "bitwise_not": "bitwiseNot",
}


def binary(name: str, left: Image, right: Image) -> Image:
    """An operator on two images, band by band.

    A single band is used against all of the other image's; the names are those of the longer image, else of the first.
    """
    operation = BINARY[name]
    algorithm_name = f"Image.{name}"
    bands = []
    for mine, other, band_name in matched(algorithm_name, left, right):
        if operation.whole_only:
            _check_whole(algorithm_name, mine.type, other.type)
        kind = operation.result(mine.type, other.type)
        bands.append(mine.over(operation.function, other.source, type=kind).renamed(band_name))
    return Image.computed(bands, left if FOOTPRINT in left.properties else _first_with_footprint(left, right), KEPT)


def _first_with_footprint(left: Image, right: Image) -> Image:
    """The first image, with the footprint of the second: what is everywhere bounds nothing."""
    footprint = right.properties.get(FOOTPRINT)
    return left if footprint is None else left.set(FOOTPRINT, footprint)


def matched(name: str, left: Image, right: Image) -> list[tuple[Band, Band, str]]:
    """Pairs of bands with the name that their result has.

    Bands of the same names are paired by name, else in their order (Image.add's documentation).

    Raises:
        EvaluationError: the numbers of bands differ, and neither is 1.
    """
    count, other_count = len(left.bands), len(right.bands)
    if 0 in (count, other_count) and count != other_count:
        raise EvaluationError(
            f"{name}: If one image has no bands, the other must also have no bands. Got {count} and {other_count}."
        )
    if 1 not in (count, other_count) and count != other_count:
        raise EvaluationError(
            f"{name}: Images must have the same number of bands, or one of them a single band. "
            f"Got {count} and {other_count}."
        )
    if count == 1 < other_count:
        return [(left.bands[0], band, band.name) for band in right.bands]
    if other_count == 1:
        return [(band, right.bands[0], band.name) for band in left.bands]
    others = right.bands
    if set(left.names) == set(right.names):
        by_name = {band.name: band for band in right.bands}
        others = tuple(by_name[name] for name in left.names)
    return [(band, other, band.name) for band, other in zip(left.bands, others, strict=True)]


def _check_whole(name: str, *kinds: PixelType) -> None:
    if any(kind.precision != "int" for kind in kinds):
        raise EvaluationError(f"{name}: Bitwise operands must be integer only.")


# One image


def _cast_to(kind: PixelType) -> Operator:
    return Operator(lambda p: Pixels(cast(p.values, kind), p.mask), lambda _: kind)


def _same(kind: PixelType) -> PixelType:
    return kind


def _rounded(function: Callable[[Any], Any]) -> Operator:
    """Whole numbers are left as they are; real ones stay in a real type."""

    def apply(pixels: Pixels) -> Pixels:
        return pixels if pixels.values.dtype.kind in "iub" else real(function)(pixels)

    def result(kind: PixelType) -> PixelType:
        low, high = (None if v is None else float(function(v)) for v in (kind.min, kind.max))
        return kind if kind.precision == "int" else replace(kind, min=low, max=high)

    return Operator(apply, result)


def _magnitude(kind: PixelType) -> PixelType:
    if kind.min is None or kind.max is None:
        return replace(kind, min=None, max=None)
    low = 0 if kind.min <= 0 <= kind.max else min(abs(kind.min), abs(kind.max))
    return replace(kind, min=low, max=max(abs(kind.min), abs(kind.max)))


def _negated(kind: PixelType) -> PixelType:
    return replace(kind, min=None if kind.max is None else -kind.max, max=None if kind.min is None else -kind.min)


def _inverted_bits(kind: PixelType) -> PixelType:
    return replace(
        kind, min=None if kind.max is None else ~int(kind.max), max=None if kind.min is None else ~int(kind.min)
    )


def _count_bits(values: Any) -> Any:
    """One-bits of the 64-bit two's complement, by adding up pairs, fours, eights."""
    bits = np.asarray(values, np.int64).view(np.uint64)
    for width, pattern in ((1, 0x5555555555555555), (2, 0x3333333333333333), (4, 0x0F0F0F0F0F0F0F0F)):
        low = np.uint64(pattern)
        bits = (bits & low) + ((bits >> np.uint64(width)) & low)
    return ((bits * np.uint64(0x0101010101010101)) >> np.uint64(56)).astype(np.int64)


_REAL_FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "sqrt": np.sqrt,
    "cbrt": np.cbrt,
    "log": np.log,
    "log10": np.log10,
    "exp": np.exp,
    "gamma": special.gamma,
    "digamma": special.digamma,
    "trigamma": lambda x: special.polygamma(1, x),
    "erf": special.erf,
    "erfc": special.erfc,
    "erfInv": special.erfinv,
    "erfcInv": special.erfcinv,
}

UNARY: Mapping[str, Operator] = {
    **{name: Operator(real(function), real_type) for name, function in _REAL_FUNCTIONS.items()},
    **{name: _cast_to(kind) for name, kind in NAMED_TYPES.items()},
    **{f"to{name.capitalize()}": _cast_to(kind) for name, kind in NAMED_TYPES.items()},
    "abs": Operator(arithmetic(np.abs), _magnitude),
    "signum": Operator(arithmetic(np.sign), lambda kind: replace(kind, min=-1, max=1)),
    "floor": _rounded(np.floor),
    "ceil": _rounded(np.ceil),
    # Halves go up, as in the server's language, not to the even neighbour as in numpy [assumed].
    "round": _rounded(lambda x: np.floor(np.asarray(x) + 0.5)),
    "not": Operator(native(np.logical_not), comparison_type),
    "bitwiseNot": Operator(whole(np.invert), _inverted_bits, whole_only=True),
    "bitCount": Operator(whole(_count_bits), lambda _: PixelType("int", 0, 64), whole_only=True),
}
"""Operators of one image, by Earth Engine's name."""

NEGATE = Operator(arithmetic(np.negative), _negated)
"""What a minus sign in an expression does."""


def unary(name: str, image: Image) -> Image:
    """An operator on each band of an image."""
    operation = UNARY[name]
    if operation.whole_only:
        _check_whole(f"Image.{name}", *(band.type for band in image.bands))
    return mapped(operation, image)


def mapped(operation: Operator, image: Image) -> Image:
    """Each band of an image through one operator; all properties stay (recorded for casts), but it is no asset more."""
    bands = tuple(b.over(operation.function, type=operation.result(b.type)) for b in image.bands)
    return Image(properties=image.properties, bands=bands)


def _limited(operation: Operator, image: Image) -> Image:
    """Each band through one operator, of which users report that properties are lost."""
    return computed(image, mapped(operation, image).bands)


def _register() -> None:
    for name in (*BINARY, *_OLD_NAMES):
        if (own := _OLD_NAMES.get(name, name)) in BINARY:

            def two(left: Image, right: Image, *, _name: str = own) -> Image:
                return binary(_name, left, right)

            algorithm(f"Image.{name}")(two)
    for name in (*UNARY, "bitwise_not"):
        own = _OLD_NAMES.get(name, name)

        def one(image: Image, *, _name: str = own) -> Image:
            return unary(_name, image)

        algorithm(f"Image.{name}")(one)


_register()


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
        chosen = image.bands[:2]
    else:
        by_name = {band.name: band for band in image.bands}
        for name in names:
            if name not in by_name:
                raise EvaluationError(
                    f"Image.normalizedDifference: No band named '{name}'. Available bands: {image.names}."
                )
        chosen = tuple(by_name[name] for name in names)
    if len(chosen) != 2:
        raise EvaluationError(f"Image.normalizedDifference: Two bands are needed, got {len(chosen)}.")
    first, second = chosen

    def apply(left: Pixels, right: Pixels) -> Pixels:
        a, b = left.values.astype(np.float64), right.values.astype(np.float64)
        with np.errstate(all="ignore"):
            difference = _divide(a - b, a + b)
        return Pixels(difference, both(both(left.mask, right.mask), (a >= 0) & (b >= 0)))

    source = Computed(apply, (first.source, second.source))
    return Image(bands=(replace(first, name="nd", type=replace(FLOAT, min=-1, max=1), source=source),))


@algorithm("Image.cast")
def cast_bands(image: Image, types: Mapping[str, Any], order: Sequence[str] | None) -> Image:
    """Bands as other types; a type for a band that is not there adds it, masked everywhere."""
    return cast_to(image, types, order, "Image.cast")


def cast_to(image: Image, types: Mapping[str, Any], order: Sequence[str] | None, name: str) -> Image:
    """`Image.cast`, for the errors of the algorithm that uses it."""
    wanted = {band: _type_named(kind, name) for band, kind in types.items()}
    bands = {
        b.name: b.over(_caster(wanted[b.name]), type=wanted[b.name]) if b.name in wanted else b for b in image.bands
    }
    for band in sorted(set(wanted) - set(bands)):
        bands[band] = masked_band(band, wanted[band])
    if order is not None:
        if sorted(order) != sorted(bands):
            raise EvaluationError(f"{name}: 'bandOrder' must list the bands of the result: {sorted(bands)}.")
        bands = {band: bands[band] for band in order}
    return image.with_bands(bands.values())


def _caster(kind: PixelType) -> PixelFunction:
    return lambda pixels: Pixels(cast(pixels.values, kind), pixels.mask)


def masked_band(name: str, kind: PixelType) -> Band:
    """A band that is masked everywhere."""
    return Band(name, kind, _Nothing(kind))


@dataclass(frozen=True, eq=False)
class _Nothing:
    kind: PixelType

    def read(self, grid: Any, tile: Any) -> Pixels:
        return Pixels.nothing(grid.shape, dtype_of(self.kind))


def _type_named(kind: Any, name: str) -> PixelType:
    if isinstance(kind, PixelType):
        return kind
    if isinstance(kind, str) and kind in NAMED_TYPES:
        return NAMED_TYPES[kind]
    raise EvaluationError(
        f"{name}: Unknown band type: {kind!r}. It may be a PixelType or one of {', '.join(NAMED_TYPES)}."
    )
