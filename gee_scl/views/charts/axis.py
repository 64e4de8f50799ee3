"""What stands along the axes of charts: the unit of values, and days in UTC."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gee_scl.views.drawing.paper import TEXT

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    FloatArray = npt.NDArray[np.float64]


def unit_of(value: str, values: FloatArray) -> tuple[float, str]:
    """Choose what to divide the values of a column by, and the label of their axis.

    Args:
        value: the column.
        values: anything x classes; the largest sum decides on the unit of areas.
    """
    if value == "area_m2":
        most = np.nanmax(np.nansum(values, axis=-1), initial=0)
        return (1e6, "Area (km²)") if most >= 100e6 else (1e4, "Area (ha)")
    label = {"percent": "Share of classified area (%)", "percent_of_region": "Share of region (%)"}
    return 1, label.get(value, "Pixels")


def time_axis(ax: Axes, days: pd.DatetimeIndex, ticks: int = 8) -> None:
    """Mark dates in UTC, whatever matplotlib's time zone; the date itself where there is one.

    Args:
        ax: whose horizontal axis counts days.
        days: what is drawn.
        ticks: the most there may be.
    """
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    if len(days) == 1:
        ax.set_xticks(day_numbers(days), [f"{days[0]:%Y-%m-%d}"])
        return
    locator = AutoDateLocator(tz="UTC", minticks=2, maxticks=ticks)  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz="UTC"))  # type: ignore[no-untyped-call]
    ax.xaxis.get_offset_text().set_fontsize(TEXT)
    ax.tick_params(labelsize=TEXT)


def day_numbers(days: pd.DatetimeIndex) -> FloatArray:
    """Count the days since matplotlib's epoch."""
    from matplotlib.dates import date2num

    return np.asarray(date2num(days.tz_convert(None).to_numpy()), dtype=np.float64)  # type: ignore[no-untyped-call]
