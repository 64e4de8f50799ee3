"""The regions of a statistics frame: which there are, their areas, and their classes on the mean of their days."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING

from gee_scl.errors import ArgumentError
from gee_scl.frames.sums import WHOLE, check_complete, class_sums
from gee_scl.options.arguments import hashable
from gee_scl.options.names import nearest

if TYPE_CHECKING:
    import pandas as pd

    from gee_scl.classes.schemes import Scheme


def region_ids(frame: pd.DataFrame) -> list[Hashable]:
    """List the regions of a frame, in its order."""
    return list(frame["region"].drop_duplicates())


def check_regions(regions: Sequence[Hashable], asked: Iterable[Hashable], argument: str) -> list[Hashable]:
    """Refuse regions that the frame does not have.

    Args:
        regions: those that it has.
        asked: those that the caller asks for.
        argument: the caller's name for them.

    Returns:
        The regions that are asked for, in their order.

    Raises:
        ArgumentError: one is not there.
    """
    wanted, there = list(asked), set(regions)
    for region in wanted:
        if hashable(argument, region) not in there:
            hint = nearest(str(region), map(str, regions))
            raise ArgumentError(argument, region, f"a region of the frame: {region_list(regions)}", hint)
    return wanted


def region_list(regions: Sequence[Hashable], most: int = 10) -> str:
    """Write regions as an error names them: the first of them, and how many there are.

    Args:
        regions: all that are meant.
        most: how many are named.
    """
    return ", ".join(map(repr, regions[:most])) + (f", ... ({len(regions)} in all)" if len(regions) > most else "")


def region_areas(frame: pd.DataFrame) -> pd.Series:
    """Reckon the square metres of each region, from class areas and their share of it.

    Args:
        frame: from `daily`, or with a column `day` of any kind.

    Returns:
        Areas by region, in the frame's order; NaN where nothing was ever classified.
    """
    sums = frame.groupby(["region", "day"], sort=False, dropna=False, observed=True)[
        ["area_m2", "percent_of_region"]
    ].sum()
    areas = WHOLE * sums["area_m2"] / sums["percent_of_region"].where(sums["percent_of_region"] > 0)
    return areas.groupby(level="region", sort=False, observed=True).median()


def region_means(frame: pd.DataFrame, scheme: Scheme, value: str) -> pd.DataFrame:
    """Reckon the mean of each region's days: regions x classes, shares weighted by what was classified on a day.

    Args:
        frame: from `daily`, with a row at least.
        scheme: the classes, in order.
        value: the column to show.

    Raises:
        ArgumentError: classes were dropped from the frame.
    """
    if value == "percent":
        check_complete(frame)
        sums = class_sums(frame, scheme, ["region"], "area_m2")
        total = sums.sum(axis=1)
        means = WHOLE * sums.div(total.where(total > 0), axis=0)
    else:
        sums = class_sums(frame, scheme, ["region"], value)
        means = sums.div(frame.groupby("region", observed=True)["day"].nunique(dropna=False), axis=0)
    return means.reindex(region_ids(frame))
