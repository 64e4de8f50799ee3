"""The arithmetic of pixels: number types and their limits, and functions that keep constants small and masks right."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from gee_scl.local.raster.image import Mask, Pixels, Values, both, picked
from gee_scl.local.values import BOOLEAN, BYTE, DOUBLE, FLOAT, PixelType

Function: TypeAlias = Callable[..., Any]


def _whole(bits: int, signed: bool) -> PixelType:
    return PixelType("int", -(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else PixelType("int", 0, 2**bits - 1)


NAMED_TYPES: Mapping[str, PixelType] = MappingProxyType(
    {
        "uint8": BYTE,
        "byte": BYTE,
        "int8": _whole(8, signed=True),
        "uint16": _whole(16, signed=False),
        "int16": _whole(16, signed=True),
        "short": _whole(16, signed=True),
        "uint32": _whole(32, signed=False),
        "int32": _whole(32, signed=True),
        "int": _whole(32, signed=True),
        "int64": _whole(64, signed=True),
        "long": _whole(64, signed=True),
        "float": FLOAT,
        "double": DOUBLE,
    }
)
"""The types that casts and `Image.cast` know by name."""

_DTYPES = (np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32)


def dtype_of(kind: PixelType) -> np.dtype[Any]:
    """The smallest array type that holds a pixel type."""
    if kind.precision != "int":
        return np.dtype(np.float32 if kind.precision == "float" else np.float64)
    for dtype in _DTYPES:
        limits = np.iinfo(dtype)
        if kind.min is not None and kind.max is not None and limits.min <= kind.min and kind.max <= limits.max:
            return np.dtype(dtype)
    return np.dtype(np.int64)


def cast(values: Values, kind: PixelType) -> Values:
    """Values as another type: those outside its limits become its limits, fractions are cut off, NaN becomes 0."""
    if values.size > 1 and not any(values.strides):
        return np.broadcast_to(cast(values.reshape(-1)[:1], kind), values.shape)
    dtype = dtype_of(kind)
    if kind.precision != "int":
        with np.errstate(all="ignore"):
            return values.astype(dtype, copy=False)
    limits = np.iinfo(dtype)
    low = limits.min if kind.min is None else max(int(kind.min), limits.min)
    high = limits.max if kind.max is None else min(int(kind.max), limits.max)
    if values.dtype.kind in "iub":
        return clip(values, low, high).astype(dtype, copy=False)
    # The largest 64-bit number has no float: what is not below it is set apart, so that nothing overflows.
    beyond = values >= float(high)
    with np.errstate(all="ignore"):
        safe = np.where(beyond | np.isnan(values), 0, np.maximum(values, float(low)))
        return np.where(beyond, dtype.type(high), np.trunc(safe).astype(dtype))


def clip(values: Values, low: float, high: float) -> Values:
    """Values within limits; whole numbers stay whole where both limits are, or lie outside their array's type."""
    if values.dtype.kind in "iub":
        own = np.iinfo(values.dtype if values.dtype.kind != "b" else np.uint8)
        if low > own.max or high < own.min:
            values, own = values.astype(np.int64), np.iinfo(np.int64)
        if low <= own.min and own.max <= high:
            return values
        low, high = max(low, own.min), min(high, own.max)
        if _is_whole(low) and _is_whole(high):
            return np.clip(values, int(low), int(high))
        values = values.astype(np.float64)
    return np.clip(values, low, high)


def _is_whole(number: float) -> bool:
    return math.isfinite(number) and number == int(number)


def compact(values: Values) -> Any:
    """The one number that a constant's array repeats, else the array: so that constants cost nothing."""
    return values.flat[0].item() if values.size and not any(values.strides) else values


def arithmetic(function: Function) -> Function:
    """A function of numbers as one of pixels, in 64 bits: whole if all its inputs are whole, else real."""

    def apply(*inputs: Pixels) -> Pixels:
        whole = all(p.values.dtype.kind in "iub" for p in inputs)
        dtype = np.dtype(np.int64 if whole else np.float64)
        return _applied(function, [_sized(p.values, dtype) for p in inputs], inputs)

    return apply


def whole(function: Function) -> Function:
    """A function of bits as one of pixels."""

    def apply(*inputs: Pixels) -> Pixels:
        with np.errstate(invalid="ignore"):
            return _applied(function, [_sized(p.values, np.dtype(np.int64)) for p in inputs], inputs)

    return apply


def real(function: Function) -> Function:
    """A function of real numbers as one of pixels."""

    def apply(*inputs: Pixels) -> Pixels:
        return _applied(function, [_sized(p.values, np.dtype(np.float64)) for p in inputs], inputs)

    return apply


def native(function: Function) -> Function:
    """A function that answers yes or no as one of pixels, on arrays as they are: the result is 0 or 1 in a byte."""

    def apply(*inputs: Pixels) -> Pixels:
        def answer(*values: Any) -> Any:
            return np.asarray(function(*values), dtype=np.bool_).view(np.uint8)

        return _applied(answer, [compact(p.values) for p in inputs], inputs)

    return apply


def _sized(values: Values, dtype: np.dtype[Any]) -> Any:
    small = compact(values)
    return small.astype(dtype, copy=False) if isinstance(small, np.ndarray) else dtype.type(small)


def _applied(function: Function, values: list[Any], inputs: tuple[Pixels, ...]) -> Pixels:
    # What lies under a mask is anything; no value may warn, let alone raise.
    with np.errstate(all="ignore"):
        result = np.asarray(function(*values))
    mask = inputs[0].mask
    for other in inputs[1:]:
        mask = both(mask, other.mask)
    return Pixels(np.broadcast_to(result, mask.shape), mask)


def choose(condition: npt.NDArray[np.bool_], yes: Values, no: Values) -> Values:
    """Values of one array where the condition holds, else of the other; constants do not widen the array's type."""
    first, second = (_narrow(compact(v)) for v in (yes, no))
    chosen: Values = picked(condition, first, second)
    return chosen


def _narrow(value: Any) -> Values:
    return value if isinstance(value, np.ndarray) else np.asarray(value, dtype=_narrowest(value))


def _narrowest(value: Any) -> npt.DTypeLike:
    return np.min_scalar_type(value) if isinstance(value, int) else np.float64


def as_mask(pixels: Pixels) -> Mask:
    """The mask that an image of masks means: its values between 0 and 1, and 0 where it is masked itself."""
    values = pixels.values
    if values.dtype.kind in "iub":
        return both(values > 0, pixels.valid)
    with np.errstate(invalid="ignore"):
        partial = np.where(pixels.valid & ~np.isnan(values), np.clip(values, 0, 1), 0).astype(np.float32)
    whole = partial > 0
    return whole if np.array_equal(whole, partial) else partial


# Limits of results


def span(function: Callable[[float, float], float], left: PixelType, right: PixelType) -> tuple[Any, Any]:
    """The limits of a function that is monotonic in both arguments, from those of its arguments.

    Earth Engine knows them: the sum of a pixel in <0, 255> and one in <1, 1> is in <1, 256> (seen in the messages on
    collections of images whose types do not fit).
    """
    if None in (left.min, left.max, right.min, right.max):
        return None, None
    corners = [function(a, b) for a in (left.min, left.max) for b in (right.min, right.max)]  # type: ignore[arg-type]
    if any(math.isnan(c) or math.isinf(c) for c in corners):
        return None, None
    return min(corners), max(corners)


def real_type(*inputs: PixelType) -> PixelType:
    """What real functions give: float, double where an input is double (Earth Engine documents "float")."""
    return DOUBLE if any(t.precision == "double" for t in inputs) else FLOAT


def comparison_type(*_: PixelType) -> PixelType:
    """What comparisons give."""
    return BOOLEAN
