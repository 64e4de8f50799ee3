"""One task: its state, and a handle to wait for it, cancel it, or start it again."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gee_scl.errors import ArgumentError, RequestError
from gee_scl.exports.journal import Export, recall
from gee_scl.exports.names import Mark
from gee_scl.requests.door import Door
from gee_scl.requests.failures import FailureKind, failure_of

PENDING, RUNNING, CANCELLING = "PENDING", "RUNNING", "CANCELLING"
SUCCEEDED, CANCELLED, FAILED = "SUCCEEDED", "CANCELLED", "FAILED"
STATES: Final = (PENDING, RUNNING, CANCELLING, SUCCEEDED, CANCELLED, FAILED)
"""States of an operation (https://developers.google.com/earth-engine/reference/rest/v1/OperationMetadata)."""

ACTIVE: Final = (PENDING, RUNNING, CANCELLING)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 15.0
"""Seconds between two looks at a task."""


@dataclass(frozen=True)
class TaskStatus:
    """How a task is doing.

    Attributes:
        operation: its name on the server.
        name: of the export; the whole description where the task was started elsewhere.
        tag: the label that it was started with; None where it was started elsewhere.
        state: one of `STATES`.
        kind: such as "EXPORT_IMAGE" or "EXPORT_FEATURES".
        progress: from 0 to 1.
        created: UTC.
        started: UTC, or None.
        ended: UTC, or None.
        eecu_seconds: Earth Engine compute units x seconds that it has used.
        attempt: how often Earth Engine has tried it.
        error: its text, where it failed.
        destinations: addresses of what it wrote.

    Examples:
        >>> status = exports.export_image(image, folder="scl").wait()
        >>> status.name, status.state, status.kind
        ('32TPS_2023-05-08_scl', 'SUCCEEDED', 'EXPORT_IMAGE')
        >>> status.done, status.progress, status.error
        (True, 1.0, None)
        >>> status.destinations  # a file of the local engine; Earth Engine gives the address of a folder of Drive
        ('file:///.../gee-scl-exports/drive/scl/32TPS_2023-05-08_scl.tif',)
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
            state=str(about.get("state", PENDING)),
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

    @property
    def done(self) -> bool:
        """Whether nothing will change any more."""
        return self.state not in ACTIVE

    @property
    def can_pass(self) -> bool:
        """Whether it failed for a reason that another attempt may not have."""
        return self.state == FAILED and failure_of(self.error or "").kind is FailureKind.PASSING

    @property
    def advice(self) -> str:
        """What to do about a failure, where that is known."""
        if self.state != FAILED:
            return ""
        if self.can_pass:
            return "It may pass: start it again with retry()."
        return failure_of(self.error or "").of_task


def _moment(text: str | None) -> dt.datetime | None:
    # Python 3.11 reads at most six digits of a second; the server may write nine.
    return (
        None if text is None else dt.datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text).replace("Z", "+00:00"))
    )


@dataclass(frozen=True)
class Task:
    """A task that was started. Nothing is lost with it: `find_tasks` makes it again from what the server knows.

    Attributes:
        operation: its name on the server.
        name: of the export.
        tag: the label that it was started with, or None.

    Examples:
        >>> task = exports.export_image(image, folder="scl", tag="fields-2023")
        >>> task.name, task.tag
        ('32TPS_2023-05-08_scl', 'fields-2023')
        >>> task.wait(timeout=60).state
        'SUCCEEDED'
        >>> task.status().done
        True
    """

    operation: str
    name: str
    tag: str | None
    _export: Export | None = field(default=None, repr=False, compare=False)

    @classmethod
    def of(cls, status: TaskStatus, export: Export | None = None) -> Task:
        """The handle of a task.

        Args:
            status: of the task.
            export: what it was asked for, where that is known.
        """
        return cls(status.operation, status.name, status.tag, export)

    def status(self) -> TaskStatus:
        """How it is doing. One request.

        Returns:
            Its state now.

        Raises:
            RequestError: Earth Engine does not know it, or refused.
            NotInitializedError: no session is open.
        """
        return TaskStatus.of(Door().operation(f"Looking at task {self.name!r}", self.operation))

    def wait(self, timeout: float | None = None) -> TaskStatus:
        """Wait until it has succeeded. A request every 0.2 seconds at first, every 15 in the end.

        Args:
            timeout: seconds; None waits for as long as it takes.

        Returns:
            Its last state.

        Raises:
            RequestError: it failed, was cancelled, or is not done in time; the error has the server's text.
            NotInitializedError: no session is open.
        """
        for pause in pauses(timeout):
            status = self.status()
            if status.done or pause is None:
                break
            time.sleep(pause)
        if status.state == SUCCEEDED:
            return status
        text = status.error or f"It is {status.state}."
        hint = status.advice if status.done else "It goes on; wait again."
        raise RequestError(f"Export {self.name!r}", text, hint=hint)

    def cancel(self) -> None:
        """Ask it to stop. One that is done stays as it is. One request.

        Raises:
            RequestError: Earth Engine does not know it, or refused.
            NotInitializedError: no session is open.
        """
        Door().cancel_operation(f"Cancelling task {self.name!r}", self.operation)

    def retry(self) -> Task:
        """Start it again, whatever it failed for. Two requests.

        Returns:
            The new task.

        Raises:
            ArgumentError: it has not failed and was not cancelled, or was started on another machine or long ago, so
                that what it asked for is not known here.
            RequestError: Earth Engine refused.
        """
        status = self.status()
        if status.state not in (FAILED, CANCELLED):
            raise ArgumentError(
                "task", f"{self.name!r}, which is {status.state}", "a task that failed or was cancelled"
            )
        export = self._export or recall(self.operation)
        if export is None:
            hint = "Call the function that started it again, with existing='keep'."
            raise ArgumentError(
                "task", f"{self.name!r}, whose request is not known here", "a task of this machine", hint
            )
        from gee_scl.exports.starting import send

        return send(export)


def pauses(timeout: float | None) -> Iterator[float | None]:
    """Seconds to wait between looks; None where the time is over."""
    ends = None if timeout is None else time.monotonic() + timeout
    pause = _FIRST_PAUSE
    while True:
        left = None if ends is None else ends - time.monotonic()
        if left is not None and left <= 0:
            yield None
            return
        yield pause if left is None else min(pause, left)
        pause = min(1.3 * pause, _LONGEST_PAUSE)


def listed() -> list[TaskStatus]:
    """All tasks that the server remembers, the latest first. One request for each 500.

    Raises:
        RequestError: Earth Engine refused.
        NotInitializedError: no session is open.
    """
    return [TaskStatus.of(operation) for operation in Door().operations("Listing the tasks")]
