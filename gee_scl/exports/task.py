"""One task: started by a request, and a handle to look at it, wait for it, cancel it, or start it again."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from gee_scl.errors import ArgumentError, RequestError
from gee_scl.exports.journal import recall, remember
from gee_scl.exports.request import TaskRequest
from gee_scl.exports.status import State, TaskStatus, pauses
from gee_scl.requests.door import Door

__all__ = ["Task"]


@dataclass(frozen=True)
class Task:
    """A task that was started. Nothing is lost with it: `tasks` makes it again from what the server knows.

    Attributes:
        operation: its name on the server.
        name: of the export.
        tag: the label that it was started with, or None.

    Examples:
        >>> task = exports.export_image(image, to=exports.Drive("scl"), run=gee_scl.Run(tag="fields-2023"))
        >>> task.name, task.tag
        ('32TPS_2023-05-08_scl', 'fields-2023')
        >>> task.wait(timeout=60).state
        'SUCCEEDED'
    """

    operation: str
    name: str
    tag: str | None
    _request: TaskRequest | None = field(default=None, repr=False, compare=False)

    @classmethod
    def of(cls, status: TaskStatus, request: TaskRequest | None = None) -> Task:
        """The handle of a task.

        Args:
            status: of the task.
            request: what it was asked for, where that is known.
        """
        return cls(status.operation, status.name, status.tag, request)

    def status(self) -> TaskStatus:
        """Ask how it is doing. One request.

        Returns:
            Its state now: a value with the attributes `operation`, `name`, `tag`, `state` ("PENDING", "RUNNING",
            "CANCELLING", "SUCCEEDED", "CANCELLED", "FAILED"), `kind` (such as "EXPORT_IMAGE"), `progress` (0 to 1),
            `created`, `started` and `ended` (UTC, or None), `eecu_seconds` (Earth Engine compute units x seconds),
            `attempt` (how often Earth Engine has tried it), `error` (its text, where it failed), `destinations`
            (addresses of what it wrote), `done` (whether nothing will change any more), `can_pass` (whether it failed
            for a reason that another attempt may not have), and `advice` (what to do about a failure).

        Raises:
            RequestError: Earth Engine does not know it, or refused.
            NotInitializedError: no session is open.

        Examples:
            >>> task = exports.export_image(image, "lake", to=exports.Drive("scl"))
            >>> last = task.wait()
            >>> status = task.status()
            >>> status.name, status.state, status.kind
            ('lake', 'SUCCEEDED', 'EXPORT_IMAGE')
            >>> status.done, status.progress, status.error
            (True, 1.0, None)
            >>> status.destinations  # a file of the local engine; Earth Engine gives the address of a folder of Drive
            ('file:///.../gee-scl-exports/drive/scl/lake.tif',)
        """
        return TaskStatus.of(Door().operation(f"Looking at task {self.name!r}", self.operation))

    def wait(self, timeout: float | None = None) -> TaskStatus:
        """Wait until it has succeeded. A request every 0.2 seconds at first, every 15 in the end.

        Args:
            timeout: seconds; None waits for as long as it takes.

        Returns:
            Its last state, as `status` gives it.

        Raises:
            RequestError: it failed, was cancelled, or is not done in time; the error has the server's text.
            NotInitializedError: no session is open.
        """
        for pause in pauses(timeout):
            status = self.status()
            if status.done or pause is None:
                break
            time.sleep(pause)
        if status.state == State.SUCCEEDED:
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
        if status.state not in (State.FAILED, State.CANCELLED):
            raise ArgumentError(
                "task", f"{self.name!r}, which is {status.state}", "a task that failed or was cancelled"
            )
        request = self._request or recall(self.operation)
        if request is None:
            hint = "Call the function that started it again, with existing='keep'."
            raise ArgumentError(
                "task", f"{self.name!r}, whose request is not known here", "a task of this machine", hint
            )
        return send(request, Door())


def send(request: TaskRequest, door: Door) -> Task:
    """Start one task, and keep the request for another attempt. One request.

    Raises:
        RequestError: Earth Engine refused.
    """
    operation = door.start_task(f"Starting export {request.mark.name!r}", request.kind, request.body)
    remember(operation, request)
    return Task(operation, request.mark.name, request.mark.tag, request)
