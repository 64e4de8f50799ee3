"""How requests and tasks fail: what the server says, what kind of failure that is, and what helps.

What is retried, split or given up is decided here: by a table of texts, by statuses, and by lost connections.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

import ee

from gee_scl.errors import RequestError


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
    Failure(FailureKind.TOO_LARGE, r"value is too large|Total request size|accumulating over \d+ elements", _LESS),
    Failure(
        FailureKind.TOO_LARGE,
        r"Request payload size",
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
    Failure(FailureKind.FINAL, r"Table is empty", "No region meets an image: check regions and period."),
    Failure(FailureKind.PASSING, r"Too many concurrent|rate limit|quota|\b429\b", _LATER),
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

_SERVER_FAULTS = (500, 502, 503, 504)
"""Answers that another attempt may change, whatever their text: it may be a proxy's, which is no help."""

PASSING_STATUSES = (429, *_SERVER_FAULTS)
"""Answers that another attempt may change, but for 429, whose text may say otherwise (as in the client itself)."""

NOT_FOUND_STATUS = 404

_UNKNOWN = Failure(FailureKind.FINAL, "")


def failure_of(text: str, status: int | None = None) -> Failure:
    """What a failure means.

    Args:
        text: the server's.
        status: of HTTP, where there was an answer.

    Returns:
        One that goes by the status for faults of servers; else the first of `FAILURES` that fits; where none does, one
        that goes by the status.
    """
    if status in _SERVER_FAULTS:
        return Failure(FailureKind.PASSING, "", _LATER)
    for failure in FAILURES:
        if re.search(failure.pattern, text, re.IGNORECASE):
            return failure
    if status in PASSING_STATUSES:
        return Failure(FailureKind.PASSING, "")
    return Failure(FailureKind.NOT_FOUND, "") if status == NOT_FOUND_STATUS else _UNKNOWN


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn what the client raises into a `RequestError` that names the work, and keep the server's text.

    Args:
        what: the part of the work, in the caller's terms.
    """
    try:
        yield
    # Exhausted network failures leave the client as Python's own errors.
    except (ee.EEException, ConnectionError, TimeoutError) as error:
        raise request_error(what, error) from error
    # What is no answer of the interface, such as an object without members, fails in the client's own hands.
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        text = f"The answer has not the shape that the interface describes ({type(error).__name__}: {error})."
        raise RequestError(what, text, kind=FailureKind.PASSING) from error


def request_error(what: str, error: BaseException) -> RequestError:
    """An error of the client as ours, with the server's text, its status, its kind, and advice where there is some.

    Args:
        what: the part of the work, in the caller's terms.
        error: that the client has raised.
    """
    response = getattr(error.__context__, "resp", None)
    status = int(response.status) if response is not None else None
    text = str(error)
    failure = failure_of(text, status)
    kind = failure.kind
    if kind is FailureKind.FINAL and failure is _UNKNOWN and isinstance(error, ConnectionError | TimeoutError):
        kind = FailureKind.PASSING
    return RequestError(what, text, status, failure.advice, kind=kind)
