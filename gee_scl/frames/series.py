"""Series of a statistics frame: the classes of one region by day, or of several regions together."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from gee_scl.classes.schemes import Scheme
from gee_scl.errors import ArgumentError
from gee_scl.frames.regions import check_regions, region_areas, region_ids, region_list
from gee_scl.frames.sums import WHOLE, check_complete, class_sums


@dataclass(frozen=True)
class Series:
    """Class values of one region, or of several together, by day.

    Attributes:
        title: the region's name, or how many there are.
        days: UTC days, ascending.
        values: days x classes, in the order of the scheme; NaN on days without any classified pixel.
        clear: percent of the region that was seen, by day; 0 on days without any classified pixel.
    """

    title: str
    days: pd.DatetimeIndex
    values: npt.NDArray[np.float64]
    clear: npt.NDArray[np.float64]


def region_series(
    frame: pd.DataFrame, scheme: Scheme, region: Hashable | None, value: str, clear: Collection[int]
) -> Series:
    """Read the series of a region, or of all regions together.

    Args:
        frame: from `daily`, with a row at least.
        scheme: the classes, in order.
        region: which one; None sums over all.
        value: the column to show.
        clear: values of the classes in which the surface is seen.

    Raises:
        ArgumentError: there is no such region, or the regions cannot be summed.
    """
    regions = region_ids(frame)
    if region is None and len(regions) > 1:
        return _summed(frame, scheme, value, clear, regions)
    only = regions[0] if region is None else check_regions(regions, [region], "region")[0]
    rows = frame[frame["region"] == only]
    classified = _pivot(rows, scheme, "percent").notna().any(axis=1)
    values = _pivot(rows, scheme, value).fillna(0).where(classified)
    seen = _pivot(rows, scheme, "percent_of_region")[list(clear)].sum(axis=1)
    return Series(str(only), pd.DatetimeIndex(values.index), values.to_numpy(), seen.to_numpy())


def _pivot(rows: pd.DataFrame, scheme: Scheme, value: str) -> pd.DataFrame:
    """Days x classes; NaN where the frame has no row or no value."""
    table = rows.pivot(index="day", columns="class_value", values=value).sort_index()
    return table.reindex(columns=scheme.values).astype(np.float64)


def _summed(
    frame: pd.DataFrame, scheme: Scheme, value: str, clear: Collection[int], regions: Sequence[Hashable]
) -> Series:
    """All regions together: areas are summed, and shares are of these sums."""
    areas = _areas_to_sum(frame, regions)
    area = class_sums(frame, scheme, ["day"], "area_m2")
    classified = area.sum(axis=1)
    whole = float(areas.sum())
    if value == "percent":
        check_complete(frame)
        sums = WHOLE * area.div(classified, axis=0)
    elif value == "percent_of_region":
        sums = WHOLE * area / whole
    else:
        sums = class_sums(frame, scheme, ["day"], value)
    sums = sums.where(classified > 0)
    seen = WHOLE * area[list(clear)].sum(axis=1) / whole
    title = f"{len(regions)} regions together"
    return Series(title, pd.DatetimeIndex(sums.index), sums.to_numpy(), seen.to_numpy())


def _areas_to_sum(frame: pd.DataFrame, regions: Sequence[Hashable]) -> pd.Series:
    """The square metres of each region, where all were seen on the same days.

    Raises:
        ArgumentError: they were not, or the area of one is not known.
    """
    how = "Give region= to draw one of them; small_multiples draws the areas of each."
    allowed = f"one of {region_list(regions)}"
    days = frame.groupby("region", sort=False, observed=True)["day"].nunique()
    if days.nunique() > 1 or days.iloc[0] != frame["day"].nunique():
        raise ArgumentError("region", None, allowed, f"They were not seen on the same days. {how}")
    areas = region_areas(frame)
    unknown = [region for region in regions if not areas.get(region, np.nan) > 0]
    if unknown:
        hint = f"Never classified, so of unknown area: {region_list(unknown)}. {how}"
        raise ArgumentError("region", None, allowed, hint)
    return areas
