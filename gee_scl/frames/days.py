"""A statistics frame by day: checked for its columns, and refused where a day would count twice."""

from __future__ import annotations

import pandas as pd

from gee_scl.errors import ArgumentError
from gee_scl.frames.columns import check_columns
from gee_scl.options.choices import Value

_MEASURES = ["area_m2", "percent", "percent_of_region"]
_NEEDED = ["region", "date", "class_value", "class_name", *_MEASURES]


def daily(frame: pd.DataFrame, value: str, *, dated: bool = True) -> pd.DataFrame:
    """Add a column `day` to a statistics frame, once it is sure that no day counts twice.

    Args:
        frame: what `class_statistics` returns, in the long layout.
        value: the column to show.
        dated: whether each row must have a date.

    Raises:
        ArgumentError: not such a frame, rows without a date, or several rows for a region, day and class.
    """
    value = Value.of("value", value)
    needed = [*_NEEDED, *([value] if value not in _NEEDED else [])]
    check_columns(frame, needed, hint="The wide layout cannot be drawn: ask class_statistics for the long one.")
    if not len(frame):
        return frame.assign(day=pd.DatetimeIndex([], tz="UTC"))
    table = frame[needed].assign(day=pd.to_datetime(frame["date"], utc=True).dt.floor("D"))
    table.attrs = frame.attrs
    if dated and table["day"].isna().any():
        raise ArgumentError("frame", "rows without a date", "dated images", "bars(rows='region') needs no dates.")
    _check_once(table)
    return table


def _check_once(table: pd.DataFrame) -> None:
    """Refuse several rows for a region, day and class.

    Raises:
        ArgumentError: there are such rows.
    """
    twice = table[table.duplicated(["region", "day", "class_value"])]
    if len(twice):
        region, day = twice.iloc[0][["region", "day"]]
        raise ArgumentError(
            "frame",
            f"several rows for region {region!r} on {day:%Y-%m-%d}" if not pd.isna(day) else "several images undated",
            "one row for each region, day and class",
            "Images of one day overlap: ask class_statistics for by='date', or keep one tile.",
        )
