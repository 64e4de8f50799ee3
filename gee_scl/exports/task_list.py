"""All tasks: found again, watched, waited for, and started again where that can help."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from gee_scl.errors import ArgumentError, RequestError
from gee_scl.exports.status import State, TaskStatus, all_statuses, pauses
from gee_scl.exports.task import Task
from gee_scl.options.arguments import checked
from gee_scl.options.caller_warning import warn_caller
from gee_scl.options.checks import has_members
from gee_scl.requests.door import Door
from gee_scl.requests.parallel import Progress
from gee_scl.requests.run import checked_tag

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["retry_failed", "tasks", "wait_all", "watch"]

_TIMES = ("created", "started", "ended")


@dataclass(frozen=True, repr=False)
class TaskList(Sequence[Task]):
    """Tasks as the server listed them at one moment: their handles, in order. It prints as a table.

    Attributes:
        statuses: how each was doing.
    """

    statuses: tuple[TaskStatus, ...]

    @cached_property
    def _handles(self) -> tuple[Task, ...]:
        return tuple(map(Task.of, self.statuses))

    def __len__(self) -> int:
        return len(self.statuses)

    @overload
    def __getitem__(self, place: int) -> Task: ...

    @overload
    def __getitem__(self, place: slice) -> TaskList: ...

    def __getitem__(self, place: int | slice) -> Task | TaskList:
        return TaskList(self.statuses[place]) if isinstance(place, slice) else self._handles[place]

    def frame(self) -> pd.DataFrame:
        """The tasks as `tasks` describes it, as they were when they were listed. No request is made."""
        return task_frame(self.statuses)

    def __repr__(self) -> str:
        return self.frame().to_string() if self.statuses else "no tasks"

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return str(self.frame().to_html(notebook=True)) if self.statuses else "no tasks"


@checked()
def tasks(tag: str | None = None, *, state: str | Sequence[str] | None = None) -> TaskList:
    """List the tasks that Earth Engine remembers of this project, the latest first.

    Also those that another program, another machine or an earlier session has started.

    Args:
        tag: only those that were started with this label; None lists those of other programs too.
        state: only those in this state, or in one of several: "PENDING", "RUNNING", "CANCELLING", "SUCCEEDED",
            "CANCELLED", "FAILED".

    Returns:
        A sequence with a `Task` for each, which prints as a table of how they were doing. Its `frame()` is that table,
        a pandas frame with the columns `name`, `tag`, `state`, `kind`, `progress` (0 to 1), `created`, `started`,
        `ended` (UTC), `eecu_seconds`, `attempt`, `error` (the server's text), `can_pass` (whether another attempt may
        succeed), `destination` and `operation`.

    Raises:
        ArgumentError: an unknown state, or a tag that cannot be.
        RequestError: Earth Engine refused.
        NotInitializedError: no session is open.

    Requests: one for each 500 tasks.

    Examples:
        >>> task = exports.export_image(image, run=gee_scl.Run(tag="fields-2023"))
        >>> status = task.wait()

        Later, in another session or on another machine:

        >>> listed = exports.tasks("fields-2023")
        >>> listed.frame()[["name", "state", "kind"]]
                           name      state          kind
        0  32TPS_2023-05-08_scl  SUCCEEDED  EXPORT_IMAGE
        >>> listed[0] == task, listed[0].status().done
        (True, True)
        >>> len(exports.tasks("fields-2023", state="FAILED"))
        0
    """
    states = list(State) if state is None else [state] if isinstance(state, str) else list(state)
    wanted = {State.of("state", word) for word in states}
    if tag is not None:
        checked_tag(tag)
    statuses = all_statuses(Door())
    return TaskList(tuple(s for s in statuses if tag in (None, s.tag) and s.state in wanted))


def task_frame(statuses: Sequence[TaskStatus]) -> pd.DataFrame:
    """Tasks as a frame, as `tasks` describes it."""
    import pandas as pd

    rows = [
        {
            "name": status.name,
            "tag": status.tag,
            "state": status.state,
            "kind": status.kind,
            "progress": status.progress,
            **{name: getattr(status, name) for name in _TIMES},
            "eecu_seconds": status.eecu_seconds,
            "attempt": status.attempt,
            "error": status.error,
            "can_pass": status.can_pass,
            "destination": ", ".join(status.destinations),
            "operation": status.operation,
        }
        for status in statuses
    ]
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    for name in _TIMES:
        frame[name] = pd.to_datetime(frame[name], utc=True).astype("datetime64[ms, UTC]")
    return frame


_COLUMNS = ["name", "tag", "state", "kind", "progress", *_TIMES, "eecu_seconds", "attempt", "error", "can_pass"]
_COLUMNS += ["destination", "operation"]


@checked()
def watch(some: Iterable[Task] | str, *, timeout: float | None = None) -> Iterator[list[TaskStatus]]:
    """Look at tasks again and again until all are done.

    Args:
        some: the tasks, or the tag of those to look at.
        timeout: seconds after which to end, though some may not be done; None for as long as it takes.

    Yields:
        How each task is doing, in the order given, as `Task.status` tells it; of a tag, the latest first.

    Raises:
        ArgumentError: a tag that cannot be.
        RequestError: Earth Engine refused, or has forgotten a task.
        NotInitializedError: no session is open.

    Requests: the list of tasks (one for each 500), every 0.2 seconds at first and every 15 in the end; with a tag, one
    more for each 500 tasks.

    Examples:
        >>> started = exports.export_collection(images.limit(2))
        >>> for statuses in exports.watch(started, timeout=60):
        ...     done = sum(status.done for status in statuses)
        >>> f"{done} of {len(statuses)} done"
        '2 of 2 done'
    """
    handles = _handles(some)
    door = Door()
    for pause in pauses(timeout):
        by_operation = {status.operation: status for status in all_statuses(door)} if handles else {}
        statuses = [by_operation.get(task.operation) or task.status() for task in handles]
        yield statuses
        if pause is None or all(status.done for status in statuses):
            return
        time.sleep(pause)


def _handles(some: Iterable[Task] | str) -> list[Task]:
    if isinstance(some, str):
        tagged = list(tasks(checked_tag(some, "some")))
        if not tagged:
            warn_caller(f"No task is known that was started with the tag {some!r}.")
        return tagged
    handles: list[Any] | None = list(some) if has_members(some) and not isinstance(some, Mapping) else None
    if handles is None or not all(isinstance(task, Task) for task in handles):
        raise ArgumentError("some", some, "tasks, such as export_collection gives, or the tag of some")
    return handles


@checked()
def wait_all(
    some: Iterable[Task] | str, *, timeout: float | None = None, progress: Progress | None = None
) -> pd.DataFrame:
    """Wait until tasks are done, whether they succeed or not.

    Args:
        some: the tasks, or the tag of those to wait for.
        timeout: seconds after which to return, though some may not be done; None for as long as it takes.
        progress: called with the number of tasks done and their total, whenever it has changed.

    Returns:
        The frame of `tasks` for them, in the order given; of a tag, the latest first.

    Raises:
        ArgumentError: a tag that cannot be.
        RequestError: Earth Engine refused, or has forgotten a task.
        NotInitializedError: no session is open.

    Requests: as `watch`.

    Examples:
        >>> started = exports.export_collection(images.limit(2), run=gee_scl.Run(tag="fields-2023"))
        >>> frame = exports.wait_all(started)
        >>> frame[["name", "state"]]
                           name      state
        0  32TPS_2023-05-08_scl  SUCCEEDED
        1  32TQS_2023-05-08_scl  SUCCEEDED
        >>> frame.loc[frame["state"] == "FAILED", "error"].tolist()
        []
    """
    statuses: list[TaskStatus] = []
    told = -1
    for statuses in watch(some, timeout=timeout):
        done = sum(status.done for status in statuses)
        if callable(progress) and done != told:
            progress(done, len(statuses))
            told = done
    return task_frame(statuses)


@checked()
def retry_failed(some: Iterable[Task] | str | None = None, *, everything: bool = False) -> list[Task]:
    """Start those tasks again that failed for a reason that can pass, such as an internal error.

    Of exports to one place only the latest task counts: what has succeeded since is not started again.

    Args:
        some: the tasks, or the tag of those to look at; None for all that were started from this machine.
        everything: start all that failed, also for want of memory or time.

    Returns:
        The new tasks.

    Raises:
        ArgumentError: a tag that cannot be, or a given task whose request is not known on this machine.
        RequestError: Earth Engine refused one.
        NotInitializedError: no session is open.

    Requests: one for each 500 tasks, and two for each that is started.

    Examples:
        >>> started = exports.export_collection(images.limit(2), run=gee_scl.Run(tag="fields-2023"))
        >>> exports.wait_all("fields-2023")["state"].tolist()
        ['SUCCEEDED', 'SUCCEEDED']
        >>> exports.retry_failed("fields-2023")  # none has failed, so none is started
        []
    """
    wanted = None if some is None or isinstance(some, str) else {task.operation: task for task in _handles(some)}
    if isinstance(some, str):
        checked_tag(some, "some")
    latest: dict[str, TaskStatus] = {}
    for status in all_statuses(Door()):
        if status.mark is not None:
            latest.setdefault(status.mark.place, status)
    started = []
    for status in reversed(latest.values()):
        is_wanted = status.operation in wanted if wanted is not None else some is None or status.tag == some
        if not is_wanted or status.state != State.FAILED or not (status.can_pass or everything):
            continue
        task = wanted[status.operation] if wanted is not None else Task.of(status)
        try:
            started.append(task.retry())
        except ArgumentError:
            # Its request is not known here; whoever started it can do so again.
            if wanted is not None:
                raise
        except RequestError as error:
            names = ", ".join(repr(task.name) for task in started) or "none"
            raise RequestError(error.what, error.message, error.status, f"Started before: {names}.") from error
    return started
