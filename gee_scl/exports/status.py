"""How tasks are doing, as the server says it."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from gee_scl.exports.names import Mark
from gee_scl.options.checks import number_between
from gee_scl.options.choices import Choice
from gee_scl.requests.door import Door
from gee_scl.requests.failures import FailureKind, failure_of

_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 15.0
"""Seconds between two looks at a task."""


class State(Choice):
    """How far a task is (https://developers.google.com/earth-engine/reference/rest/v1/OperationMetadata)."""

    PENDING = "PENDING", "it waits in the queue"
    RUNNING = "RUNNING", "it is under way"
    CANCELLING = "CANCELLING", "it was asked to stop"
    SUCCEEDED = "SUCCEEDED", "it has written what it was to write"
    CANCELLED = "CANCELLED", "it has stopped because it was asked to"
    FAILED = "FAILED", "it has stopped with an error"


ACTIVE: Final = (State.PENDING, State.RUNNING, State.CANCELLING)

_FIRST_SAID = (State.RUNNING, State.CANCELLING, State.PENDING, State.FAILED, State.CANCELLED, State.SUCCEEDED)
"""Of several tasks, the first of these that one is in is the state of all."""


@dataclass(frozen=True)
class TaskStatus:
    """How a task is doing.

    Attributes:
        operation: its name on the server.
        name: of the export; the whole description where the task was started elsewhere.
        tag: the label that it was started with; None where it was started elsewhere.
        state: one of `State`, as the server writes it.
        kind: such as "EXPORT_IMAGE" or "EXPORT_FEATURES".
        progress: from 0 to 1.
        created: UTC.
        started: UTC, or None.
        ended: UTC, or None.
        eecu_seconds: Earth Engine compute units x seconds that it has used.
        attempt: how often Earth Engine has tried it.
        error: its text, where it failed.
        destinations: addresses of what it wrote.
        mark: what its description says of it, where that was written here.
    """

    operation: str
    name: str
    tag: str | None
    state: str
    kind: str
    progress: float
    created: dt.datetime | None
    started: dt.datetime | None
    ended: dt.datetime | None
    eecu_seconds: float
    attempt: int
    error: str | None
    destinations: tuple[str, ...]
    mark: Mark | None = field(default=None, repr=False)

    @classmethod
    def of(cls, operation: Mapping[str, Any]) -> TaskStatus:
        """From an operation of the REST API.

        Args:
            operation: as its JSON has it.

        Source: https://developers.google.com/earth-engine/reference/rest/v1/projects.operations
        """
        about = operation.get("metadata", {})
        # Not every failed task has a description.
        description = str(about.get("description", ""))
        mark = Mark.read(description)
        return cls(
            operation=str(operation["name"]),
            name=description if mark is None else mark.name,
            tag=None if mark is None else mark.tag,
            state=str(about.get("state", State.PENDING)),
            kind=str(about.get("type", "")),
            progress=float(about.get("progress", 0)),
            created=_moment(about.get("createTime")),
            started=_moment(about.get("startTime")),
            ended=_moment(about.get("endTime")),
            eecu_seconds=float(about.get("batchEecuUsageSeconds", 0)),
            attempt=int(about.get("attempt", 0)),
            error=operation.get("error", {}).get("message"),
            destinations=tuple(about.get("destinationUris", ())),
            mark=mark,
        )

    @classmethod
    def together(cls, name: str, tag: str, parts: Sequence[TaskStatus]) -> TaskStatus:
        """Of what several tasks do together.

        Args:
            name: of it.
            tag: of its tasks.
            parts: how each is doing; at least one.
        """
        first = next(status for state in _FIRST_SAID for status in parts if status.state == state)
        ends = [status.ended for status in parts]
        return replace(
            first,
            operation=", ".join(status.operation for status in parts),
            name=name,
            tag=tag,
            progress=sum(status.progress for status in parts) / len(parts),
            created=_earliest(status.created for status in parts),
            started=_earliest(status.started for status in parts),
            ended=None if None in ends else max(filter(None, ends)),
            eecu_seconds=sum(status.eecu_seconds for status in parts),
            attempt=max(status.attempt for status in parts),
            destinations=tuple(address for status in parts for address in status.destinations),
            mark=first.mark if len(parts) == 1 else None,
        )

    @property
    def done(self) -> bool:
        """Whether nothing will change any more."""
        return self.state not in ACTIVE

    @property
    def can_pass(self) -> bool:
        """Whether it failed for a reason that another attempt may not have."""
        passing = (FailureKind.PASSING, FailureKind.CROWDED)
        return self.state == State.FAILED and failure_of(self.error or "").kind in passing

    @property
    def advice(self) -> str:
        """What to do about a failure, where that is known."""
        if self.state != State.FAILED:
            return ""
        if self.can_pass:
            return "It may pass: start it again with retry()."
        return failure_of(self.error or "").of_task


def _earliest(moments: Iterable[dt.datetime | None]) -> dt.datetime | None:
    return min(filter(None, moments), default=None)


def _moment(text: str | None) -> dt.datetime | None:
    # Python 3.11 reads at most six digits of a second; the server may write nine.
    return (
        None if text is None else dt.datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text).replace("Z", "+00:00"))
    )


def all_statuses(door: Door) -> list[TaskStatus]:
    """All tasks that the server remembers, the latest first. One request for each 500.

    Raises:
        RequestError: Earth Engine refused.
    """
    return [TaskStatus.of(operation) for operation in door.operations("Listing the tasks")]


def pauses(timeout: float | None) -> Iterator[float | None]:
    """Seconds to wait between looks; None where the time is over.

    Args:
        timeout: seconds, or None for no end.

    Raises:
        ArgumentError: it is no number of seconds.
    """
    if timeout is not None:
        timeout = number_between("timeout", timeout, 0, unit="seconds")
    ends = None if timeout is None else time.monotonic() + timeout
    pause = _FIRST_PAUSE
    while True:
        left = None if ends is None else ends - time.monotonic()
        if left is not None and left <= 0:
            yield None
            return
        yield pause if left is None else min(pause, left)
        pause = min(1.3 * pause, _LONGEST_PAUSE)
