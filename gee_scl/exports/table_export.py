"""A table that is being exported: one task, or one for each of its parts, as one thing to wait for."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

from gee_scl.errors import RequestError
from gee_scl.exports.request import TaskRequest
from gee_scl.exports.status import State, TaskStatus, all_statuses, pauses
from gee_scl.exports.task import Task, send
from gee_scl.options.checks import whole_number
from gee_scl.requests.door import Door
from gee_scl.requests.failures import is_of_no_rows

__all__ = ["TableExport"]

_ENDED_WITHOUT = (State.FAILED, State.CANCELLED)
"""States of a task that has ended and written nothing."""


@dataclass(frozen=True, repr=False)
class TableExport(Sequence[Task]):
    """A table that is being exported: one task, or several that write a part each. It is a sequence of its tasks.

    Attributes:
        name: of the table; parts have the tile, the year or a number behind it.
        tag: the label that its tasks were started with.

    Examples:
        >>> export = exports.export_table(images.limit(4), fields, "fields_2023", id="name", by="date")
        >>> export
        <TableExport 'fields_2023': 1 task, tag 'gee-scl'>
        >>> export.wait(timeout=60).state
        'SUCCEEDED'
    """

    name: str
    tag: str
    _tasks: tuple[Task, ...]
    _requests: tuple[TaskRequest, ...]

    def __repr__(self) -> str:
        return f"<TableExport {self.name!r}: {len(self)} task{'s' if len(self) != 1 else ''}, tag {self.tag!r}>"

    def __len__(self) -> int:
        return len(self._tasks)

    @overload
    def __getitem__(self, place: int) -> Task: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Task, ...]: ...

    def __getitem__(self, place: int | slice) -> Task | tuple[Task, ...]:
        return self._tasks[place]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TableExport) and self._tasks == other._tasks

    def __hash__(self) -> int:
        return hash(self._tasks)

    def status(self) -> TaskStatus:
        """Ask how it is doing: of a task that was started again, the latest counts.

        Returns:
            The state of all of it, as `Task.status` has it of a task: "SUCCEEDED" when each part is written, "FAILED"
            when all have ended and one has failed. `progress` is the parts' mean, `eecu_seconds` their sum,
            `destinations` are all files, and `error` is the first part's that failed.

        Raises:
            RequestError: Earth Engine refused, or has forgotten a task.
            NotInitializedError: no session is open.

        Requests: one for each 500 tasks that Earth Engine remembers.
        """
        return self._together(self._statuses(Door()))

    def wait(self, timeout: float | None = None, *, retries: int = 1) -> TaskStatus:
        """Wait until all of it is written.

        Args:
            timeout: seconds; None waits for as long as it takes.
            retries: how often a part is started again that fails for a reason that can pass.

        Returns:
            Its last state, as `status` gives it. A part without any row, whose task Earth Engine ends with "Table is
            empty.", is written too, where another part has rows.

        Raises:
            ArgumentError: a number that cannot be.
            RequestError: a part failed, was cancelled, or is not done in time; the error has the server's text.
            NotInitializedError: no session is open.

        Requests: as `status`, every 0.2 seconds at first, every 15 in the end; one for each start.
        """
        retries = whole_number("retries", retries, 0)
        door, tried = Door(), Counter[str]()
        for pause in pauses(timeout):
            statuses = self._statuses(door)
            again = [
                request
                for request, status in zip(self._requests, statuses, strict=True)
                if status.can_pass and tried[request.address] < retries
            ]
            for request in again:
                tried[request.address] += 1
                send(request, door)
            if pause is None or (not again and all(status.done for status in statuses)):
                break
            time.sleep(pause)
        together = self._together(statuses)
        if together.state == State.SUCCEEDED:
            return together
        ended = [status for status in _that_count(statuses) if status.state in _ENDED_WITHOUT]
        of_parts = f" {len(ended)} of {len(self)} parts: {', '.join(s.name for s in ended)}." if len(self) > 1 else ""
        text = together.error or f"It is {together.state}."
        raise RequestError(f"Export {self.name!r}", f"{text}{of_parts}", hint=self._hint(together))

    def cancel(self) -> None:
        """Ask all of its tasks to stop. Those that are done stay as they are. One request for each.

        Raises:
            RequestError: Earth Engine does not know one, or refused.
            NotInitializedError: no session is open.
        """
        door = Door()
        for status in self._statuses(door):
            if not status.done:
                Task.of(status).cancel()

    def retry(self) -> list[Task]:
        """Start those parts again that failed or were cancelled, whatever for, but for those without any row.

        Returns:
            The new tasks; none where nothing has failed.

        Raises:
            RequestError: Earth Engine refused.
            NotInitializedError: no session is open.

        Requests: as `status`, and one for each start.
        """
        door = Door()
        statuses = self._statuses(door)
        count = _that_count(statuses)
        return [
            send(request, door)
            for request, status in zip(self._requests, statuses, strict=True)
            if status.state in _ENDED_WITHOUT and status in count
        ]

    def _statuses(self, door: Door) -> list[TaskStatus]:
        """Of each part, the latest task that was asked for the same."""
        latest: dict[object, TaskStatus] = {}
        by_operation: dict[str, TaskStatus] = {}
        for status in all_statuses(door):
            by_operation[status.operation] = status
            if status.mark is not None:
                latest.setdefault((status.mark.place, status.mark.content), status)
        return [
            latest.get((request.mark.place, request.mark.content)) or by_operation.get(task.operation) or task.status()
            for request, task in zip(self._requests, self._tasks, strict=True)
        ]

    def _together(self, statuses: Sequence[TaskStatus]) -> TaskStatus:
        return TaskStatus.together(self.name, self.tag, _that_count(statuses))

    def _hint(self, together: TaskStatus) -> str:
        if not together.done:
            return "It goes on; wait again."
        return together.advice if len(self) == 1 else f"retry() starts what failed again. {together.advice}".rstrip()


def _that_count(statuses: Sequence[TaskStatus]) -> Sequence[TaskStatus]:
    """The parts that have rows; all of them where none has any."""
    return [status for status in statuses if not _has_no_row(status)] or statuses


def _has_no_row(status: TaskStatus) -> bool:
    return status.state == State.FAILED and is_of_no_rows(status.error or "")
