"""A frame of transitions, read: how much of each class became which.

Such a frame has a row for each pair of classes and the columns

- `from_value`, `from_name`, `to_value`, `to_name`: values and names in the scheme. What was not seen, such as ground
  under cloud, has a missing value (None, NaN or NA), or the name "Unknown"; it is a class of its own, the last.
- `area_m2`: the area that went from one to the other, at least 0; several rows of a pair are added up;
- `region`, if there are several: added up, unless one is asked for.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gee_scl.classes.schemes import Scheme
from gee_scl.errors import ArgumentError
from gee_scl.frames.classes import find_scheme
from gee_scl.frames.columns import check_columns
from gee_scl.frames.regions import check_regions, region_ids

_COLUMNS = ("from_value", "from_name", "to_value", "to_name", "area_m2")


@dataclass(frozen=True)
class Transitions:
    """Areas by class before and after.

    Attributes:
        scheme: what the values mean.
        values: of the classes that occur on either side, in the scheme's order; None, the last, is what is unknown.
        areas: classes before x classes after, in square metres.
        region: the only one as text, else empty.
    """

    scheme: Scheme
    values: tuple[int | None, ...]
    areas: npt.NDArray[np.float64]
    region: str = ""

    @property
    def total(self) -> float:
        """All areas together, in square metres."""
        return float(self.areas.sum())


def read_transitions(frame: pd.DataFrame, scheme: str | Scheme | None, region: Hashable | None) -> Transitions:
    """Add up a frame of transitions; classes without area are left out.

    Args:
        frame: with the columns that this module names.
        scheme: as the caller gave it; None finds the frame's own.
        region: id of the region; None adds up all.

    Raises:
        ArgumentError: not such a frame, an area that is negative or missing, or no such region.
        SchemeError: no scheme was given and none fits, or one that lacks a class of the frame.
    """
    check_columns(frame, _COLUMNS, "transitions")
    if region is not None:
        if "region" not in frame:
            raise ArgumentError("region", region, "None, as the frame has no column of regions")
        frame = frame[frame["region"] == check_regions(region_ids(frame), [region], "region")[0]]
    regions = region_ids(frame) if "region" in frame else []
    if not (frame["area_m2"] >= 0).all():
        raise ArgumentError("transitions", "a negative or missing area_m2", "areas of at least 0")
    rows = _without_unseen(frame)
    scheme = find_scheme(rows, scheme, [("from_value", "from_name"), ("to_value", "to_name")])
    order: list[int | None] = [*scheme.values, None]
    areas = np.zeros((len(order), len(order)))
    for before, after, area in rows[["from_value", "to_value", "area_m2"]].itertuples(index=False):
        areas[_place(order, before), _place(order, after)] += area
    occurs = np.flatnonzero(areas.sum(axis=0) + areas.sum(axis=1))
    only = str(regions[0]) if len(regions) == 1 else ""
    return Transitions(scheme, tuple(order[place] for place in occurs), areas[np.ix_(occurs, occurs)], only)


def _without_unseen(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows, with no value for what is unknown by its name."""
    rows = frame[list(_COLUMNS)].copy()
    for side in ("from", "to"):
        unseen = rows[f"{side}_name"].astype("object").map(lambda name: str(name).casefold() == "unknown")
        rows[f"{side}_value"] = rows[f"{side}_value"].astype("object").mask(unseen.astype(bool), None)
    rows.attrs = frame.attrs
    return rows


def _place(order: Sequence[int | None], value: Any) -> int:
    return order.index(None if pd.isna(value) else int(value))
