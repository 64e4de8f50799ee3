"""The columns that a frame must have to be read."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from gee_scl.errors import ArgumentError


def check_columns(frame: object, columns: Sequence[str], argument: str = "frame", hint: str = "") -> None:
    """Refuse what is no frame, or lacks a column.

    Args:
        frame: as the caller gave it.
        columns: that are read.
        argument: the caller's name for it.
        hint: what to do.

    Raises:
        ArgumentError: it is something else.
    """
    if not isinstance(frame, pd.DataFrame) or not set(columns) <= set(frame.columns):
        given = list(frame.columns) if isinstance(frame, pd.DataFrame) else frame
        raise ArgumentError(argument, given, f"a frame with the columns {', '.join(columns)}", hint)
