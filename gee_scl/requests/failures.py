"""How requests and tasks fail: what the server says, what kind of failure that is, and what helps.

What is retried, split or given up is decided here: by a table of texts, by statuses, and by lost connections.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class FailureKind(StrEnum):
    """What can be done about a failure."""

    PASSING = "passing"
    """Another attempt may succeed: a fault of the server or the network, or too much at a time."""

    TOO_LARGE = "too large"
    """Less at a time may succeed: memory, time or size."""

    QUEUE_FULL = "queue full"
    """No further task is taken until others are done."""

    NOT_FOUND = "not found"
    """What was asked for is not there, or not for this user."""

    FINAL = "final"
    """No attempt will succeed."""

    CROWDED = "crowded"
    """Fewer requests at a time may succeed, else less in each. Of one attempt: who asked learns that it is too
    large."""

    MALFORMED = "malformed"
    """What came is no answer of the interface: no JSON, or of another shape. Of one attempt: who asked learns that it
    is passing."""


@dataclass(frozen=True)
class Failure:
    """What one of the server's texts means.

    Attributes:
        kind: what can be done.
        pattern: of the text, whatever its letters' case.
        advice: what helps where a value, a table or pixels were asked for.
        task_advice: what helps where it is the end of a task; None is the same.
    """

    kind: FailureKind
    pattern: str
    advice: str = ""
    task_advice: str | None = None

    @property
    def of_task(self) -> str:
        """What helps where it is the end of a task."""
        return self.advice if self.task_advice is None else self.task_advice


_LESS = "Use fewer or smaller regions, a shorter period, or tile_scale=4."
_SMALLER = "Export a smaller region, or fewer images at a time"
_NO_ROWS = r"Table is empty"

_LATER = "Wait, then ask again; other work may be using the quota."

FAILURES: tuple[Failure, ...] = (
    Failure(
        FailureKind.QUEUE_FULL, r"Too many tasks already in the queue", "Wait until tasks are done, or cancel some."
    ),
    Failure(
        FailureKind.FINAL,
        r"daily_eecu_usage_time",
        "The project's own cap of a day is used up: it can be raised in the Cloud console, and begins anew tomorrow.",
    ),
    Failure(FailureKind.FINAL, r"storage quota", "Make room in Drive, then start it again."),
    Failure(
        FailureKind.TOO_LARGE,
        r"User memory limit|out of memory",
        _LESS,
        f"{_SMALLER}: it has not enough memory.",
    ),
    Failure(FailureKind.TOO_LARGE, r"timed out", _LESS, f"{_SMALLER}."),
    Failure(
        FailureKind.TOO_LARGE,
        # Too large an object: https://github.com/VeinsOfTheEarth/rabpro/issues/147
        r"value is too large|Object too large|Total request size|accumulating over \d+ elements",
        _LESS,
    ),
    Failure(
        FailureKind.TOO_LARGE,
        r"payload size|Request Entity Too Large",
        "Simplify the regions' outlines, or upload them as an asset.",
    ),
    Failure(FailureKind.TOO_LARGE, r"too many pixels|Export too large", "Give a smaller region or a larger scale."),
    Failure(FailureKind.FINAL, r"too many edges", "Simplify the regions' outlines, or split them."),
    Failure(
        FailureKind.FINAL,
        r"pattern '(B4|B3|B2)' did not match any bands",
        "True colour needs the bands B4, B3 and B2: name others with bands=(red, green, blue), or show the classes.",
    ),
    Failure(
        FailureKind.FINAL,
        r"did not match any bands",
        "Where some images lack the band, leave them out: images.filter(ee.Filter.listContains('system:band_names', "
        "'SCL')), or the name of another band in place of 'SCL'. Where all lack it, name one that they have: band=...",
    ),
    Failure(
        FailureKind.FINAL,
        r"Parameter '\w+' is required and may not be null|element \d+ of the list is null",
        "What is missing may be the first image of a collection that holds no image: check region, period and "
        "max_cloud; gee_scl.collection(...).size().getInfo() counts.",
    ),
    Failure(
        FailureKind.NOT_FOUND,
        r"not found \(does not exist",
        "Check the asset's id, and that your project may read it.",
    ),
    Failure(
        FailureKind.FINAL,
        r"homogeneous image collection",
        "Put together bands that all images have, as of images.select(['SCL']), and cast those that differ in type.",
    ),
    Failure(
        FailureKind.FINAL,
        r"inconsistent types|compatible data types",
        "Give all bands one type: export them with gee_scl.",
    ),
    Failure(
        FailureKind.FINAL,
        r"Reprojection output too large",
        "Leave out reproject(), or give it a larger scale: the export has its own.",
    ),
    Failure(
        FailureKind.FINAL,
        r"already exists|Cannot overwrite",
        "Delete it, give another name, or ask for existing='replace'.",
    ),
    Failure(FailureKind.FINAL, _NO_ROWS, "No region meets an image: check regions and period."),
    # Of one request's own reductions as often as of all that are under way:
    # https://github.com/Vizzuality/mangrove-atlas/pull/1522, https://github.com/gee-community/geemap/issues/1309
    Failure(FailureKind.CROWDED, r"Too many concurrent aggregations", _LATER),
    Failure(FailureKind.PASSING, r"Too many (concurrent )?requests|rate ?limit|quota|\b429\b", _LATER),
    Failure(FailureKind.FINAL, r"certificate verify failed"),
    Failure(
        FailureKind.PASSING,
        r"internal (server )?error|backend error|unavailable|try again|capacity exceeded|deadline exceeded|connection|"
        r"aborted",
    ),
)
"""The first that fits counts. Texts: https://developers.google.com/earth-engine/guides/debugging and users' reports.

Of a task, memory, time and size are its own, and stay as they are; the passing ones are faults and shortages of the
server, which Earth Engine itself tries again where it takes them for such, so that they are rare
(https://developers.google.com/earth-engine/guides/processing_environments#task_lifecycle)."""

TOO_MANY_REQUESTS = 429
"""The status of too much at a time, or too much altogether; its text may say which."""

_FIRST_SERVER_FAULT = 500
"""From here on another attempt may change an answer, whatever its text: it may be a proxy's, which is no help."""

_NOT_IMPLEMENTED = 501

_TIMED_OUT_STATUS = 408
"""A server that waited for the request, and not one that has worked at it."""

_TOO_LARGE_STATUS = 413

NOT_FOUND_STATUS = 404


def is_of_no_rows(text: str) -> bool:
    """Whether a task's error says that its table has no row.

    Args:
        text: the server's.
    """
    return re.search(_NO_ROWS, text, re.IGNORECASE) is not None


def failure_of(text: str, status: int | None = None) -> Failure:
    """What a failure means.

    Args:
        text: the server's.
        status: of HTTP, where there was an answer.

    Returns:
        One that goes by the status for faults of servers; else the first of `FAILURES` that fits; where none does, one
        that goes by the status.
    """
    if status is not None and status >= _FIRST_SERVER_FAULT and status != _NOT_IMPLEMENTED:
        return Failure(FailureKind.PASSING, "", _LATER)
    for failure in FAILURES:
        if re.search(failure.pattern, text, re.IGNORECASE):
            return failure
    return Failure(_BY_STATUS.get(status or 0, FailureKind.FINAL), "")


_BY_STATUS = {
    TOO_MANY_REQUESTS: FailureKind.PASSING,
    _TIMED_OUT_STATUS: FailureKind.PASSING,
    _TOO_LARGE_STATUS: FailureKind.TOO_LARGE,
    NOT_FOUND_STATUS: FailureKind.NOT_FOUND,
}
"""What is meant where the text says nothing."""


def is_pressure(status: int | None, kind: FailureKind) -> bool:
    """Whether a failure says that too much is asked for at a time, so that fewer requests help."""
    return kind is FailureKind.CROWDED or (status == TOO_MANY_REQUESTS and kind is FailureKind.PASSING)
