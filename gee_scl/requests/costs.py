"""What requests cost Earth Engine, as its profiler tells it: nothing here is reckoned from anything else."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

import ee

_ROW = re.compile(r"^\s*(\d+(?:\.\d+)?)\s", re.MULTILINE)
"""A line of a profile: EECU-seconds, memory, count, and what was done. Lines that cost nothing measurable have "-"."""


@contextlib.contextmanager
def profiled() -> Iterator[list[str]]:
    """Have profiles made of what doors ask that are made meanwhile, besides those that the caller has made.

    Yields:
        The ids of the profiles, which come as requests are answered.
    """
    ids: list[str] = []
    outer = ee.data._thread_locals.profile_hook

    def hook(profile: str) -> None:
        ids.append(profile)
        if outer is not None:
            outer(profile)

    with ee.data.profiling(hook):
        yield ids


def profile_of(ids: list[str]) -> ee.ComputedObject:
    """The expression whose value is the table of some profiles, as the client's `profilePrinting` asks for it."""
    table: ee.ComputedObject = ee.ApiFunction.lookup("Profile.getProfiles").call(ids=ids)
    return table


def eecu_seconds(table: str) -> float | None:
    """The sum of a table of profiles.

    Args:
        table: as Earth Engine writes it.

    Returns:
        EECU-seconds; None where the text is no such table.
    """
    head, _, rows = table.partition("\n")
    found = _ROW.findall(rows)
    return sum(map(float, found)) if head.split()[:1] == ["EECU·s"] and found else None
