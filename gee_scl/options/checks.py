"""Arguments, checked before anything is sent: each kind of argument in one place, with the same words everywhere."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Iterable
from numbers import Real
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

from gee_scl.errors import ArgumentError
from gee_scl.options.names import nearest

if TYPE_CHECKING:
    import ee

LEAST_SCALE = 0.02
"""Metres: a thousandth of SCL's own pixel. No raster is finer, and a region would have too many pixels to count."""

TILE_SCALES = (0.1, 16.0)
"""What Earth Engine allows (documentation of Image.reduceRegions)."""

Moment: TypeAlias = str | dt.date | dt.datetime
"""A moment as callers give it: ISO 8601 text, a date or a datetime, UTC where it does not say otherwise."""

DAY_MILLISECONDS = 86_400_000
"""Milliseconds of a day, as system:time_start counts them."""

_FIRST_MOMENT, _LAST_MOMENT = -62_135_596_800_000, 253_402_300_799_999
"""Milliseconds since 1970 of the years 1 to 9999, which is what Python's dates can say: a zone can lead out of them."""


def one_of(argument: str, given: object, allowed: Collection[str]) -> None:
    """Refuse a text that is not one of a fixed set.

    Args:
        argument: the caller's name for it.
        given: what came.
        allowed: the set.

    Raises:
        ArgumentError: it is not in the set.
    """
    if not isinstance(given, str) or given not in allowed:
        hint = nearest(given, allowed) if isinstance(given, str) else ""
        raise ArgumentError(argument, given, " or ".join(map(repr, allowed)), hint)


def number_between(argument: str, given: object, low: float, high: float = math.inf, unit: str = "") -> float:
    """Refuse what is no finite number in a range.

    Args:
        argument: the caller's name for it.
        given: what came; a number of numpy is a number, a truth value is none.
        low: the smallest that is allowed.
        high: the largest that is allowed.
        unit: of the number, for the error.

    Returns:
        The number.

    Raises:
        ArgumentError: it is not a number, not finite, or out of range.
    """
    number = _number(given)
    if not (math.isfinite(number) and low <= number <= high):
        kind = f"a number of {unit}" if unit else "a number"
        limits = f"from {low:g} to {high:g}" if math.isfinite(high) else f"of at least {low:g}"
        raise ArgumentError(argument, given, f"{kind}, {limits}" if unit else f"{kind} {limits}")
    return number


def positive_number(argument: str, given: object, high: float = math.inf, unit: str = "") -> float:
    """Refuse what is no finite number above 0.

    Args:
        argument: the caller's name for it.
        given: what came.
        high: the largest that is allowed.
        unit: of the number, for the error.

    Returns:
        The number.

    Raises:
        ArgumentError: it is not a number, not finite, or out of range.
    """
    number = _number(given)
    if not (math.isfinite(number) and 0 < number <= high):
        kind = f"a positive number of {unit}" if unit else "a positive number"
        raise ArgumentError(argument, given, f"{kind} up to {high:g}" if math.isfinite(high) else kind)
    return number


def finite_number(argument: str, given: object) -> float:
    """Refuse what is no finite number.

    Returns:
        The number.

    Raises:
        ArgumentError: it is not a number, or not finite.
    """
    number = _number(given)
    if not math.isfinite(number):
        raise ArgumentError(argument, given, "a number")
    return number


def _number(given: object) -> float:
    # numpy registers its numbers as real ones, and its truth values as none; Python's own truth values are.
    if not isinstance(given, Real) or isinstance(given, bool):
        return math.nan
    try:
        return float(given)
    except OverflowError:  # a whole number of Python has no largest one
        return math.inf


def has_members(given: object) -> TypeGuard[Iterable[Any]]:
    """Whether it can be gone through; an array of numpy without dimensions says that it can, and cannot."""
    return isinstance(given, Iterable) and getattr(given, "ndim", 1) != 0


def whole_number(argument: str, given: object, low: int, high: int | None = None, unit: str = "") -> int:
    """Refuse what is no whole number in a range.

    Args:
        argument: the caller's name for it.
        given: what came; a number of numpy is a number, a truth value is none, and 2.0 is whole.
        low: the smallest that is allowed.
        high: the largest that is allowed, or None.
        unit: of the number, for the error.

    Returns:
        The number.

    Raises:
        ArgumentError: it is not a whole number, or out of range.
    """
    number = _number(given)
    if not (number.is_integer() and low <= number and (high is None or number <= high)):
        kind = f"a whole number of {unit}," if unit else "a whole number"
        limits = f"of at least {low:,}" if high is None else f"from {low:,} to {high:,}"
        raise ArgumentError(argument, given, f"{kind} {limits}")
    return int(given)  # type: ignore[call-overload]


def checked_moment(given: object, argument: str) -> int:
    """A moment in milliseconds since 1970, UTC where it does not say otherwise.

    Args:
        given: ISO 8601 text, a date or a datetime, also of pandas or numpy.
        argument: the caller's name for it.

    Raises:
        ArgumentError: it is none of these.
    """
    allowed = "a date such as '2023-06-01', a datetime.date or a datetime.datetime"
    # numpy's moments are UTC; numpy itself is not loaded for them.
    moment = str(given)[:26] if type(given).__name__ == "datetime64" else given
    if isinstance(moment, str):
        try:
            moment = dt.datetime.fromisoformat(moment)
        except ValueError:
            raise ArgumentError(argument, given, allowed) from None
    if not isinstance(moment, dt.date) or moment != moment:  # pandas' NaT is not equal to itself
        raise ArgumentError(argument, given, allowed)
    if not isinstance(moment, dt.datetime):
        moment = dt.datetime.combine(moment, dt.time())
    milliseconds = round((moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp() * 1000)
    if not _FIRST_MOMENT <= milliseconds <= _LAST_MOMENT:
        raise ArgumentError(argument, given, f"{allowed}, of the years 1 to 9999 in UTC")
    return milliseconds


def checked_scale(given: object, argument: str = "scale") -> float | None:
    """Metres per pixel as a caller gives them; None keeps the band's own.

    Raises:
        ArgumentError: it is no number, or finer than a thousandth of SCL's own pixel.
    """
    return None if given is None else number_between(argument, given, LEAST_SCALE, unit="metres")


def checked_tile_scale(given: object) -> float:
    """The tileScale of Earth Engine's reductions.

    Raises:
        ArgumentError: it is no number from 0.1 to 16.
    """
    return number_between("tile_scale", given, *TILE_SCALES)


def checked_collection(images: object, argument: str = "images") -> ee.ImageCollection:
    """What was given as images, if it is a collection.

    Raises:
        ArgumentError: it is something else.
    """
    import ee

    if not isinstance(images, ee.ImageCollection):
        hint = "Put it into a collection: ee.ImageCollection([image])." if isinstance(images, ee.Image) else ""
        raise ArgumentError(argument, type(images).__name__, "an ee.ImageCollection, as gee_scl.collection gives", hint)
    return images


def as_collection(images: object, argument: str = "images") -> ee.ImageCollection:
    """What was given as images; one image as a collection of it.

    Raises:
        ArgumentError: it is neither an image nor a collection.
    """
    import ee

    if isinstance(images, ee.Image):
        return ee.ImageCollection([images])
    if isinstance(images, ee.ImageCollection):
        return images
    allowed = "an ee.Image or an ee.ImageCollection, such as gee_scl.collection(...) gives"
    raise ArgumentError(argument, type(images).__name__, allowed)
