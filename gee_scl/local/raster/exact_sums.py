"""Sums that do not depend on how their terms are grouped: kept exactly, and rounded once at the end.

A region's pixels come tile by tile, and which tiles there are depends on the grid's origin. Sums of rounded parts would
differ in their last digits with it; these are the same to the last bit, and correctly rounded.

Source: J. Demmel & H. D. Nguyen, Parallel Reproducible Summation, IEEE Transactions on Computers 64 (2015), for the
terms that are cut at fixed bits so that adding them up is exact; J. R. Shewchuk, Adaptive Precision Floating-Point
Arithmetic, Discrete & Computational Geometry 18 (1997), for `math.fsum`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

MOST_TERMS = 1 << 17
"""Terms that may be added up at once: the pixels of a tile."""

_HIGH_BITS = 36
"""Bits of the largest term's magnitude that the high part of each keeps: with 17 for the number of terms, they add up
within the 53 of a double."""

_MANTISSA_BITS = 52
"""Of a double that are stored, below its leading bit."""

_LOW_MANTISSA = (1 << _MANTISSA_BITS + 1 - _HIGH_BITS) - 1
"""What the high part does not keep of the bits of a number's double."""

_RANGE_BITS = 21
"""Terms that are smaller than the largest by more than so many bits are added up apart. The low parts of the others
have no more than 53 bits together."""

_SAFE_EXPONENT = 900
"""Powers of two beyond which cutting would overflow or vanish."""


def exact_sums(values: npt.NDArray[Any], starts: IntArray) -> FloatArray:
    """The sums of runs of values, as numbers that add up to them without an error.

    Args:
        values: one-dimensional; no run of more than `MOST_TERMS`.
        starts: where each run begins, ascending; none is empty, and the last ends with the values.

    Returns:
        Parts x runs. Where values are not finite, or larger than 2^900, one part that is no more exact than any sum.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        return np.stack([np.add.reduceat(terms, starts, dtype=np.float64) for terms in exact_terms(values)])


def exact_terms(values: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
    """Arrays of the shape of an array that add up to it, each of which can be added up in any order without an error.

    Args:
        values: one-dimensional.

    Returns:
        One array or more. Up to `MOST_TERMS` of each add up exactly, but where values are not finite, or larger than
        2^900: then the array itself.
    """
    if values.dtype.kind == "b" or (values.dtype.kind in "iu" and values.dtype.itemsize <= 4):
        return [values]
    rest = values.astype(np.float64, copy=False)
    if _is_short(rest):
        return [rest]
    parts: list[FloatArray] = []
    while True:
        largest = max(float(rest.max(initial=0.0)), -float(rest.min(initial=0.0)))
        exponent = math.frexp(largest)[1]
        if not largest:
            break
        if not math.isfinite(largest) or abs(exponent) > _SAFE_EXPONENT:
            parts.append(rest)
            break
        # Adding and taking off so large a number leaves the multiples of its last bit, but for its half.
        cut = math.ldexp(1.5, exponent - _HIGH_BITS + 52)
        high = rest + cut
        high -= cut
        if np.array_equal(high, rest):
            parts.append(rest)
            break
        small = np.abs(rest) < math.ldexp(1.0, exponent - _RANGE_BITS)
        some_are_small = np.count_nonzero(small) > len(rest) - np.count_nonzero(rest)
        if some_are_small:
            high[small] = 0.0
        low = rest - high
        if not some_are_small:
            parts += [high, low]
            break
        parts += [high, np.where(small, 0.0, low)]
        rest = np.where(small, rest, 0.0)
    return parts or [rest]


def _is_short(values: FloatArray) -> bool:
    """Whether numbers between the same powers of two have no bits but the high ones, by two looks at each."""
    bits = values.view(np.int64)
    some, all_ = int(np.bitwise_or.reduce(bits)), int(np.bitwise_and.reduce(bits))
    return some >> _MANTISSA_BITS == all_ >> _MANTISSA_BITS and not some & _LOW_MANTISSA


def rounded(parts: Iterable[float]) -> float:
    """The double that is nearest to the sum of numbers."""
    numbers = list(parts)
    try:
        return math.fsum(numbers)
    except (OverflowError, ValueError):  # beyond the largest double, or infinities of both signs
        return float(np.sum(numbers))


def condensed(parts: Iterable[float]) -> list[float]:
    """Few numbers with exactly the same sum as many."""
    numbers = list(parts)
    kept: list[float] = []
    while True:
        remainder = rounded([*numbers, *(-number for number in kept)])
        if not remainder or not math.isfinite(remainder):
            return kept if math.isfinite(remainder) else [remainder]
        kept.append(remainder)
