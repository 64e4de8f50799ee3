"""Operators on images: what is computed for each pixel from one band or two, and of which type it is."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy

from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.image import Band, Image, Pixels
from gee_scl.local.raster.pixels import (
    NAMED_TYPES,
    arithmetic,
    cast,
    comparison_type,
    native,
    real,
    real_type,
    span,
    whole,
)
from gee_scl.local.values import FOOTPRINT, INDEX, PixelType

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


def divide(left: Any, right: Any) -> Any:
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
    "Image.add": Operator(arithmetic(np.add), _spanned(operator.add)),
    "Image.subtract": Operator(arithmetic(np.subtract), _spanned(operator.sub)),
    "Image.multiply": Operator(arithmetic(np.multiply), _spanned(operator.mul)),
    "Image.divide": Operator(real(divide), _quotient),
    "Image.mod": Operator(arithmetic(_remainder), _union),
    "Image.min": Operator(arithmetic(np.minimum), _spanned(min)),
    "Image.max": Operator(arithmetic(np.maximum), _spanned(max)),
    "Image.first": Operator(arithmetic(lambda left, right: left + np.zeros_like(right)), _union),
    "Image.firstNonZero": Operator(arithmetic(lambda left, right: np.where(left != 0, left, right)), _union),
    "Image.pow": Operator(real(np.power), real_type),
    "Image.atan2": Operator(real(np.arctan2), real_type),
    "Image.hypot": Operator(real(np.hypot), real_type),
    "Image.gammainc": Operator(real(lambda x, y: scipy.special.gammainc(x, y)), real_type),
    "Image.and": Operator(native(np.logical_and), comparison_type),
    "Image.or": Operator(native(np.logical_or), comparison_type),
    "Image.lt": Operator(native(np.less), comparison_type),
    "Image.lte": Operator(native(np.less_equal), comparison_type),
    "Image.gt": Operator(native(np.greater), comparison_type),
    "Image.gte": Operator(native(np.greater_equal), comparison_type),
    "Image.eq": Operator(native(np.equal), comparison_type),
    "Image.neq": Operator(native(np.not_equal), comparison_type),
    "Image.bitwiseAnd": Operator(whole(np.bitwise_and), _wide, whole_only=True),
    "Image.bitwiseOr": Operator(whole(np.bitwise_or), _wide, whole_only=True),
    "Image.bitwiseXor": Operator(whole(np.bitwise_xor), _wide, whole_only=True),
    "Image.leftShift": Operator(_shift(np.left_shift), _wide, whole_only=True),
    "Image.rightShift": Operator(_shift(np.right_shift), _wide, whole_only=True),
}
"""Operators of two images, by the names of their algorithms."""


def binary(name: str, left: Image, right: Image) -> Image:
    """An operator of `BINARY` on two images, band by band.

    A single band is used against all of the other image's; the names are those of the longer image, else of the first.
    """
    operation = BINARY[name]
    bands = []
    for mine, other, band_name in matched(name, left, right):
        if operation.whole_only:
            _check_whole(name, mine.type, other.type)
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


def _cast_to(name: str) -> Operator:
    kind = NAMED_TYPES[name]
    return Operator(lambda p: Pixels(cast(p.values, kind), p.mask), lambda _: kind)


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


UNARY: Mapping[str, Operator] = {
    "Image.sin": Operator(real(np.sin), real_type),
    "Image.cos": Operator(real(np.cos), real_type),
    "Image.tan": Operator(real(np.tan), real_type),
    "Image.asin": Operator(real(np.arcsin), real_type),
    "Image.acos": Operator(real(np.arccos), real_type),
    "Image.atan": Operator(real(np.arctan), real_type),
    "Image.sinh": Operator(real(np.sinh), real_type),
    "Image.cosh": Operator(real(np.cosh), real_type),
    "Image.tanh": Operator(real(np.tanh), real_type),
    "Image.sqrt": Operator(real(np.sqrt), real_type),
    "Image.cbrt": Operator(real(np.cbrt), real_type),
    "Image.log": Operator(real(np.log), real_type),
    "Image.log10": Operator(real(np.log10), real_type),
    "Image.exp": Operator(real(np.exp), real_type),
    "Image.gamma": Operator(real(lambda x: scipy.special.gamma(x)), real_type),
    "Image.digamma": Operator(real(lambda x: scipy.special.digamma(x)), real_type),
    "Image.trigamma": Operator(real(lambda x: scipy.special.polygamma(1, x)), real_type),
    "Image.erf": Operator(real(lambda x: scipy.special.erf(x)), real_type),
    "Image.erfc": Operator(real(lambda x: scipy.special.erfc(x)), real_type),
    "Image.erfInv": Operator(real(lambda x: scipy.special.erfinv(x)), real_type),
    "Image.erfcInv": Operator(real(lambda x: scipy.special.erfcinv(x)), real_type),
    "Image.uint8": _cast_to("uint8"),
    "Image.toUint8": _cast_to("uint8"),
    "Image.byte": _cast_to("byte"),
    "Image.toByte": _cast_to("byte"),
    "Image.int8": _cast_to("int8"),
    "Image.toInt8": _cast_to("int8"),
    "Image.uint16": _cast_to("uint16"),
    "Image.toUint16": _cast_to("uint16"),
    "Image.int16": _cast_to("int16"),
    "Image.toInt16": _cast_to("int16"),
    "Image.short": _cast_to("short"),
    "Image.toShort": _cast_to("short"),
    "Image.uint32": _cast_to("uint32"),
    "Image.toUint32": _cast_to("uint32"),
    "Image.int32": _cast_to("int32"),
    "Image.toInt32": _cast_to("int32"),
    "Image.int": _cast_to("int"),
    "Image.toInt": _cast_to("int"),
    "Image.int64": _cast_to("int64"),
    "Image.toInt64": _cast_to("int64"),
    "Image.long": _cast_to("long"),
    "Image.toLong": _cast_to("long"),
    "Image.float": _cast_to("float"),
    "Image.toFloat": _cast_to("float"),
    "Image.double": _cast_to("double"),
    "Image.toDouble": _cast_to("double"),
    "Image.abs": Operator(arithmetic(np.abs), _magnitude),
    "Image.signum": Operator(arithmetic(np.sign), lambda kind: replace(kind, min=-1, max=1)),
    "Image.floor": _rounded(np.floor),
    "Image.ceil": _rounded(np.ceil),
    # Halves go up, as in the server's language, not to the even neighbour as in numpy [assumed].
    "Image.round": _rounded(lambda x: np.floor(np.asarray(x) + 0.5)),
    "Image.not": Operator(native(np.logical_not), comparison_type),
    "Image.bitwiseNot": Operator(whole(np.invert), _inverted_bits, whole_only=True),
    "Image.bitCount": Operator(whole(_count_bits), lambda _: PixelType("int", 0, 64), whole_only=True),
}
"""Operators of one image, by the names of their algorithms."""

NEGATE = Operator(arithmetic(np.negative), _negated)
"""What a minus sign in an expression does."""


def unary(name: str, image: Image) -> Image:
    """An operator of `UNARY` on each band of an image."""
    operation = UNARY[name]
    if operation.whole_only:
        _check_whole(name, *(band.type for band in image.bands))
    return mapped(operation, image)


def mapped(operation: Operator, image: Image) -> Image:
    """Each band of an image through one operator; all properties stay (recorded for casts), but it is no asset more."""
    bands = tuple(b.over(operation.function, type=operation.result(b.type)) for b in image.bands)
    return Image(properties=image.properties, bands=bands)
