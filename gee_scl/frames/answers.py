"""Answers of the server: what the columns of a row are called, by those who ask and those who read."""

from __future__ import annotations

from collections.abc import Sequence

REGION_KEY = "gee_scl_region"
"""Property by which an answer finds its region again."""

GROUPS = "groups"
"""Property of an answer that has the sums of each group of pixels: a list of dictionaries."""

GROUP = "group"
"""Of such a dictionary the group's number: 0 of pixels in no class, then the classes in order, then `OUTSIDE`."""

SUMS = "sum"
"""Of such a dictionary the sums: pixels, their area, and the whole area, where it is not the same."""

TOTAL = "total"
"""The region's whole area on the grid that was counted on, in square metres."""

OUTSIDE = "pixels_outside_scheme"
"""Pixels whose value is no code of the scheme's source."""


def pixels_and_areas(values: Sequence[int]) -> list[str]:
    """Names of the columns that an answer has for these class values."""
    return [f"{kind}_{value}" for kind in ("pixels", "area") for value in values]


def sum_columns(values: Sequence[int]) -> list[str]:
    """Names of all sums that a row has for these class values."""
    return [*pixels_and_areas(values), OUTSIDE, TOTAL]
