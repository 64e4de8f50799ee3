"""What charts draw, taken from a statistics frame: class values by region and day, checked for double counting."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gee_scl.classes.class_table import SCL_CODES
from gee_scl.classes.schemes import SCHEMES, Scheme, get_scheme
from gee_scl.classes.selection import ClassSelection, class_codes
from gee_scl.errors import ArgumentError, ClassError, SchemeError
from gee_scl.options.checks import one_of
from gee_scl.options.choices import Value
from gee_scl.options.names import nearest

if TYPE_CHECKING:
    FloatArray = npt.NDArray[np.float64]

VALUES: tuple[str, ...] = tuple(Value)

_MEASURES = ["area_m2", "percent", "percent_of_region"]
_NEEDED = ["region", "date", "class_value", "class_name", *_MEASURES]
_WHOLE = 100.0
_ROUNDING = 0.01
"""Percent by which the shares of all classes may miss 100: what rounding a frame to a file's few digits does."""


@dataclass(frozen=True)
class Series:
    """Class values of one region, or of several together, by day.

    Attributes:
        title: the region's name, or how many there are.
        days: UTC days, ascending.
        values: days x classes, in the order of `scheme`; NaN on days without any classified pixel.
        clear: percent of the region that was seen, by day; 0 on days without any classified pixel.
    """

    title: str
    days: pd.DatetimeIndex
    values: FloatArray
    clear: FloatArray


def find_scheme(frame: pd.DataFrame, scheme: str | Scheme | None, columns: Sequence[tuple[str, str]]) -> Scheme:
    """The scheme whose colours a frame's classes have.

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
        found = get_scheme(scheme)
        missing = sorted({value for value, _ in pairs} - set(found.values))
        if missing:
            raise SchemeError("scheme", found.name, f"a scheme that has the frame's classes; it lacks {missing}")
        return found
    recorded = frame.attrs.get("gee_scl", {}).get("scheme")
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


def pick_values(scheme: Scheme, classes: ClassSelection, argument: str) -> tuple[int, ...]:
    """The values of a selection of a scheme's classes.

    Args:
        scheme: the classes there are.
        classes: values or names of the scheme; for schemes of the SCL also its groups, such as "clear": these select
            the classes all of whose codes are in the group.
        argument: the caller's name for it.

    Raises:
        ClassError: a class that the scheme does not have, or none.
    """
    try:
        return scheme.class_values(classes, argument)
    except ClassError as error:
        if scheme.source != SCL_CODES:
            raise
        try:
            codes = set(class_codes(classes, argument))
        except ClassError:
            raise error from None
        values = tuple(member.value for member in scheme.classes if codes.issuperset(member.codes))
        if not values:
            raise
        return values


def seen_values(scheme: Scheme, clear: ClassSelection | None) -> tuple[int, ...]:
    """The values of the classes in which the surface is seen: the group "clear", or all of another raster's classes."""
    if clear is not None:
        return pick_values(scheme, clear, "clear")
    return pick_values(scheme, "clear", "clear") if scheme.source == SCL_CODES else tuple(scheme.values)


def daily(frame: pd.DataFrame, value: str, *, dated: bool = True) -> pd.DataFrame:
    """A statistics frame with a column `day`, refused where a day would count twice.

    Args:
        frame: what `class_statistics` returns, in the long layout.
        value: the column to show.
        dated: whether each row must have a date.

    Raises:
        ArgumentError: not such a frame, rows without a date, or several rows for a region, day and class.
    """
    one_of("value", value, VALUES)
    if not isinstance(frame, pd.DataFrame):
        raise ArgumentError("frame", frame, "the frame that class_statistics returns")
    needed = [*_NEEDED, *([value] if value not in _NEEDED else [])]
    absent = [name for name in needed if name not in frame]
    if absent:
        hint = "The wide layout cannot be drawn: ask class_statistics for the long one."
        raise ArgumentError("frame", list(frame.columns), f"a frame with the columns {', '.join(needed)}", hint)
    if not len(frame):
        return frame.assign(day=pd.DatetimeIndex([], tz="UTC"))
    table = frame[needed].assign(day=pd.to_datetime(frame["date"], utc=True).dt.floor("D"))
    table.attrs = frame.attrs
    if dated and table["day"].isna().any():
        raise ArgumentError("frame", "rows without a date", "dated images", "bars(by='region') needs no dates.")
    key = ["region", "day", "class_value"]
    twice = table[table.duplicated(key)]
    if len(twice):
        region, day = twice.iloc[0][["region", "day"]]
        raise ArgumentError(
            "frame",
            f"several rows for region {region!r} on {day:%Y-%m-%d}" if not pd.isna(day) else "several images undated",
            "one row for each region, day and class",
            "Images of one day overlap: ask class_statistics for by='date', or keep one tile.",
        )
    return table


def region_series(
    frame: pd.DataFrame, scheme: Scheme, region: Hashable | None, value: str, clear: Collection[int]
) -> Series:
    """The series of a region, or of all regions together.

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
    chosen = regions[0] if region is None else known_regions(regions, [region], "region")[0]
    rows = frame[frame["region"] == chosen]
    classified = _pivot(rows, scheme, "percent").notna().any(axis=1)
    values = _pivot(rows, scheme, value).fillna(0).where(classified)
    seen = _pivot(rows, scheme, "percent_of_region")[list(clear)].sum(axis=1)
    return Series(str(chosen), pd.DatetimeIndex(values.index), values.to_numpy(), seen.to_numpy())


def _pivot(rows: pd.DataFrame, scheme: Scheme, value: str) -> pd.DataFrame:
    """Days x classes; NaN where the frame has no row or no value."""
    table = rows.pivot(index="day", columns="class_value", values=value).sort_index()
    return table.reindex(columns=scheme.values).astype(np.float64)


def _summed(
    frame: pd.DataFrame, scheme: Scheme, value: str, clear: Collection[int], regions: Sequence[Hashable]
) -> Series:
    title = f"{len(regions)} regions together"
    how = "Give region=, or draw each with small_multiples."
    named = _list(regions)
    days = frame.groupby("region", sort=False, observed=True)["day"].nunique()
    if days.nunique() > 1 or days.iloc[0] != frame["day"].nunique():
        raise ArgumentError("region", None, f"one of {named}", f"They were not seen on the same days. {how}")
    areas = region_areas(frame)
    unknown = [region for region in regions if not areas.get(region, np.nan) > 0]
    if unknown:
        raise ArgumentError(
            "region", None, f"one of {named}", f"Never classified, so of unknown area: {_list(unknown)}. {how}"
        )
    area = _sum_by(frame, scheme, ["day"], "area_m2")
    classified = area.sum(axis=1)
    whole = float(areas.sum())
    if value == "percent":
        check_complete(frame)
        sums = _WHOLE * area.div(classified, axis=0)
    elif value == "percent_of_region":
        sums = _WHOLE * area / whole
    else:
        sums = _sum_by(frame, scheme, ["day"], value)
    sums = sums.where(classified > 0)
    seen = _WHOLE * area[list(clear)].sum(axis=1) / whole
    return Series(title, pd.DatetimeIndex(sums.index), sums.to_numpy(), seen.to_numpy())


def _sum_by(frame: pd.DataFrame, scheme: Scheme, keys: list[str], value: str) -> pd.DataFrame:
    sums = (
        frame.groupby([*keys, "class_value"], sort=True, dropna=False, observed=True)[value]
        .sum()
        .unstack("class_value")
    )
    return sums.reindex(columns=scheme.values).fillna(0).astype(np.float64)


def region_areas(frame: pd.DataFrame) -> pd.Series:
    """Square metres of each region, from class areas and their share of it; NaN where nothing was ever classified."""
    sums = frame.groupby(["region", "day"], sort=False, dropna=False, observed=True)[
        ["area_m2", "percent_of_region"]
    ].sum()
    areas = _WHOLE * sums["area_m2"] / sums["percent_of_region"].where(sums["percent_of_region"] > 0)
    return areas.groupby(level="region", sort=False, observed=True).median()


def check_complete(frame: pd.DataFrame) -> None:
    """Refuses a frame from which classes were dropped, whose areas no longer sum to the classified area.

    Raises:
        ArgumentError: the shares of a region and day do not sum to 100.
    """
    sums = (
        frame.groupby(["region", "day"], sort=False, dropna=False, observed=True)["percent"].sum(min_count=1).dropna()
    )
    if len(sums) and bool(((sums - _WHOLE).abs() > _ROUNDING).any()):
        raise ArgumentError(
            "frame", "shares that do not sum to 100", "all classes of the statistics", "Select with classes= instead."
        )


def region_means(frame: pd.DataFrame, scheme: Scheme, value: str) -> pd.DataFrame:
    """Regions x classes, the mean of each region's days: shares weighted by what was classified on a day.

    Args:
        frame: from `daily`, with a row at least.
        scheme: the classes, in order.
        value: the column to show.

    Raises:
        ArgumentError: classes were dropped from the frame.
    """
    regions = region_ids(frame)
    if value == "percent":
        check_complete(frame)
        sums = _sum_by(frame, scheme, ["region"], "area_m2")
        total = sums.sum(axis=1)
        means = _WHOLE * sums.div(total.where(total > 0), axis=0)
    else:
        sums = _sum_by(frame, scheme, ["region"], value)
        means = sums.div(frame.groupby("region", observed=True)["day"].nunique(dropna=False), axis=0)
    return means.reindex(regions)


def region_ids(frame: pd.DataFrame) -> list[Hashable]:
    """The regions of a frame, in its order."""
    return list(frame["region"].drop_duplicates())


def known_regions(regions: Sequence[Hashable], asked: Iterable[Hashable], argument: str) -> list[Hashable]:
    """Refuses regions that the frame does not have.

    Raises:
        ArgumentError: one is not there.
    """
    chosen = list(asked)
    known = set(regions)
    for region in chosen:
        if region not in known:
            hint = nearest(str(region), map(str, regions))
            raise ArgumentError(argument, region, f"a region of the frame: {_list(regions)}", hint)
    return chosen


def _list(regions: Sequence[Hashable], most: int = 10) -> str:
    return ", ".join(map(repr, regions[:most])) + (f", ... ({len(regions)} in all)" if len(regions) > most else "")


def prepared(
    frame: pd.DataFrame, value: str, scheme: str | Scheme | None, classes: ClassSelection | None, *, dated: bool = True
) -> tuple[pd.DataFrame, Scheme, tuple[int, ...]]:
    """The checked frame, its scheme, and the values to show, in the scheme's order.

    Args:
        frame: what `class_statistics` returns, in the long layout.
        value: the column to show.
        scheme: as the caller gave it.
        classes: as the caller gave them.
        dated: whether each row must have a date.

    Raises:
        ArgumentError: as `daily`.
        ClassError: as `pick_values`.
        SchemeError: as `find_scheme`.
    """
    table = daily(frame, value, dated=dated)
    found = find_scheme(table, scheme, [("class_value", "class_name")])
    picked = set(found.values) if classes is None else set(pick_values(found, classes, "classes"))
    return table, found, tuple(value for value in found.values if value in picked)


def unit_of(value: str, values: FloatArray) -> tuple[float, str]:
    """What to divide the values of a column by, and the label of their axis.

    Args:
        value: the column.
        values: anything x classes; the largest sum decides on the unit of areas.
    """
    if value == "area_m2":
        most = np.nanmax(np.nansum(values, axis=-1), initial=0)
        return (1e6, "Area (km²)") if most >= 100e6 else (1e4, "Area (ha)")
    label = {"percent": "Share of classified area (%)", "percent_of_region": "Share of region (%)"}
    return 1, label.get(value, "Pixels")


def whole_number(argument: str, given: object) -> int:
    """Refuses what is no whole number from 1.

    Raises:
        ArgumentError: it is something else.
    """
    if isinstance(given, bool) or not isinstance(given, int | np.integer) or given < 1:
        raise ArgumentError(argument, given, "a whole number from 1")
    return int(given)


def page_of(items: Sequence[Any], page: int, most: int) -> tuple[list[Any], str]:
    """The items of a page, and which they are, if there are more pages.

    Args:
        items: all of them.
        page: which page, from 1.
        most: items on a page.

    Raises:
        ArgumentError: there is no such page, or one of both is no whole number.
    """
    most, page = whole_number("most", most), whole_number("page", page)
    pages = max(1, math.ceil(len(items) / most))
    if page > pages:
        raise ArgumentError("page", page, f"a page from 1 to {pages}")
    first = (page - 1) * most
    on_page = list(items[first : first + most])
    return on_page, f"{first + 1}–{first + len(on_page)} of {len(items)}" if pages > 1 else ""
