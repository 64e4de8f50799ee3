"""Sums over the rows of a statistics frame, class by class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gee_scl.errors import ArgumentError

if TYPE_CHECKING:
    import pandas as pd

    from gee_scl.classes.schemes import Scheme

WHOLE = 100.0
"""Percent of all."""

_ROUNDING = 0.01
"""Percent by which the shares of all classes may miss 100: what rounding a frame to a file's few digits does."""


def class_sums(frame: pd.DataFrame, scheme: Scheme, keys: list[str], value: str) -> pd.DataFrame:
    """Sum a column over all rows that have the same keys: keys x classes, 0 where the frame has no row.

    Args:
        frame: from `daily`.
        scheme: the classes, in order.
        keys: columns, such as "day".
        value: the column to sum.
    """
    sums = (
        frame.groupby([*keys, "class_value"], sort=True, dropna=False, observed=True)[value]
        .sum()
        .unstack("class_value")
    )
    return sums.reindex(columns=scheme.values).fillna(0).astype(np.float64)


def check_complete(frame: pd.DataFrame) -> None:
    """Refuse a frame from which classes were dropped, whose areas no longer sum to the classified area.

    Args:
        frame: from `daily`.

    Raises:
        ArgumentError: the shares of a region and day do not sum to 100.
    """
    sums = (
        frame.groupby(["region", "day"], sort=False, dropna=False, observed=True)["percent"].sum(min_count=1).dropna()
    )
    if len(sums) and bool(((sums - WHOLE).abs() > _ROUNDING).any()):
        raise ArgumentError(
            "frame", "shares that do not sum to 100", "all classes of the statistics", "Select with classes= instead."
        )
