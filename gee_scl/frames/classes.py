"""The classes of a statistics frame: the scheme that it was made with, and the values that a caller selects of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from gee_scl.classes.schemes import SCHEMES, Scheme, get_scheme
from gee_scl.classes.selection import ClassSelection
from gee_scl.errors import SchemeError
from gee_scl.frames.record import record_of


def find_scheme(frame: pd.DataFrame, scheme: str | Scheme | None, columns: Sequence[tuple[str, str]]) -> Scheme:
    """Find the scheme whose colours a frame's classes have.

    Args:
        frame: with columns of class values and names.
        scheme: as the caller gave it; None takes the one in `attrs["gee_scl"]`, where pandas has kept it and it is
            built in, else the first built-in one that has all the frame's values with their names.
        columns: pairs of columns of values and names; a missing value is of no class.

    Raises:
        SchemeError: the scheme does not exist, lacks a value of the frame, or none was given and none fits.
    """
    pairs = {
        (int(value), str(name))
        for value_column, name_column in columns
        for value, name in frame[[value_column, name_column]].drop_duplicates().itertuples(index=False)
        if not pd.isna(value)
    }
    if scheme is not None:
        named = get_scheme(scheme)
        missing = sorted({value for value, _ in pairs} - set(named.values))
        if missing:
            raise SchemeError("scheme", named.name, f"a scheme that has the frame's classes; it lacks {missing}")
        return named
    recorded = _recorded_scheme(frame)
    candidates = sorted(SCHEMES.values(), key=lambda candidate: candidate.name != recorded)
    for candidate in candidates:
        if pairs <= set(zip(candidate.values, candidate.names, strict=True)):
            return candidate
    raise SchemeError(
        "scheme",
        recorded,
        "the Scheme that the statistics were made with",
        "The frame does not hold the colours of a scheme of one's own.",
    )


def _recorded_scheme(frame: pd.DataFrame) -> Any:
    """The name of the scheme that a frame says it was made with, or None."""
    record = record_of(frame)
    return None if record is None else record.scheme


def seen_values(scheme: Scheme, clear: ClassSelection | None) -> tuple[int, ...]:
    """Find the values of the classes in which the surface is seen.

    Args:
        scheme: the classes there are.
        clear: as the caller gave them; None takes the group "clear", or all classes of another raster than the SCL.

    Raises:
        ClassError: a class that the scheme does not have, or none.
    """
    if clear is None and not scheme.is_scl:
        return tuple(scheme.values)
    return scheme.class_values("clear" if clear is None else clear, "clear")
