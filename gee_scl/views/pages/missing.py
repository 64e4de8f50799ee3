"""What a page says of statistics that could not be had."""

from __future__ import annotations

from collections.abc import Sequence

from gee_scl.frames.record import Record

_MOST = 6
"""Regions, or days, that are named."""


def missing_statistics(record: Record) -> list[str]:
    """Name the parts of the statistics that could not be had."""
    return [
        f"the statistics of {_listed(failure['regions'])}"
        + (f" on {_listed(failure['images'])}" if failure["images"] else "")
        for failure in record.failures or ()
    ]


def _listed(names: Sequence[object]) -> str:
    more = len(names) - _MOST
    return ", ".join(map(str, names[:_MOST])) + (f" and {more} more" if more > 0 else "")
