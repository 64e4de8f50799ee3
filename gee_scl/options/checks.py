"""Arguments of expressions, checked before anything is sent."""

from __future__ import annotations

import math
from collections.abc import Collection

from gee_scl.errors import ArgumentError
from gee_scl.options.names import nearest


def one_of(argument: str, given: object, allowed: Collection[str]) -> None:
    """Refuses a text that is not one of a fixed set.

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
    """Refuses what is no finite number in a range.

    Args:
        argument: the caller's name for it.
        given: what came.
        low: the smallest that is allowed.
        high: the largest that is allowed.
        unit: of the number, for the error.

    Returns:
        The number.

    Raises:
        ArgumentError: it is not a number, not finite, or out of range.
    """
    # A bool is an int to Python; a numpy number is no float to isinstance.
    try:
        number = math.nan if isinstance(given, bool | str) else float(given)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = math.nan
    if not (math.isfinite(number) and low <= number <= high):
        kind = f"a number of {unit}" if unit else "a number"
        limits = f"from {low:g} to {high:g}" if math.isfinite(high) else f"of at least {low:g}"
        raise ArgumentError(argument, given, f"{kind}, {limits}" if unit else f"{kind} {limits}")
    return number
