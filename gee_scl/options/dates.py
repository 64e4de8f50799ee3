"""Moments as Earth Engine says them, as columns of a frame."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def utc_dates(times: Iterable[float | None]) -> pd.Series:
    """Moments as a column of a frame.

    Args:
        times: milliseconds since 1970; None is missing.
    """
    import pandas as pd  # takes longer to import than the rest of the package

    moments = pd.to_datetime(pd.Series(list(times), dtype="float64"), unit="ms", utc=True)
    return moments.astype("datetime64[ns, UTC]")
