"""The queue of tasks: nothing is started twice, nothing goes over what is there unasked, and no more than has room."""

from __future__ import annotations

import time
from collections.abc import Sequence

from gee_scl.errors import ArgumentError, RequestError
from gee_scl.exports.request import TaskRequest
from gee_scl.exports.status import ACTIVE, State, TaskStatus, all_statuses, pauses
from gee_scl.exports.task import Task, send
from gee_scl.options.choices import Existing
from gee_scl.requests.door import Door
from gee_scl.requests.failures import FailureKind, failure_of
from gee_scl.requests.parallel import Progress

_WAIT = "Or wait with run=gee_scl.Run(wait_for_room=True)."


def start_one(request: TaskRequest, existing: Existing, door: Door) -> Task:
    """Start one task, as `start_all` does."""
    (task,) = start_all([request], existing, door)
    return task


def start_all(requests: Sequence[TaskRequest], existing: Existing, door: Door) -> list[Task]:
    """Start tasks, as `start` does, and have a handle of each.

    Raises:
        ArgumentError: one was started before, an asset exists, or a request is too large.
        RequestError: the queue has no room, or Earth Engine refused.
    """
    tasks = [task for task in start(requests, existing, door) if task is not None]
    if len(tasks) < len(requests):
        allowed = "'replace', as an asset of this name exists that no task here has made"
        raise ArgumentError("existing", str(existing), allowed)
    return tasks


def start(
    requests: Sequence[TaskRequest], existing: Existing, door: Door, progress: Progress | None = None
) -> list[Task | None]:
    """Start tasks, in order.

    Args:
        requests: what to start; their places differ.
        existing: what becomes of an export that is under way or done, or whose asset exists.
        door: asks; its run says whether to wait where the queue is full.
        progress: called with the number of exports started or kept and their total.

    Returns:
        For each request its task; None where an asset was kept that no known task has made.

    Raises:
        ArgumentError: an export was started before, or its asset exists; a request is too large.
        RequestError: the queue has no room, or Earth Engine refused.

    Requests: one list of tasks, one for each asset's id, one for each start.
    """
    for request in requests:
        _check_size(request, door.run.limits.request_bytes)
    statuses = all_statuses(door)
    latest = _latest_by_place(statuses)
    earlier = [latest.get(request.mark.place) for request in requests]
    taken = [
        status is not None or (request.makes_asset and door.has_asset(request.address))
        for request, status in zip(requests, earlier, strict=True)
    ]
    if existing is Existing.REFUSE:
        for request, status, is_taken in zip(requests, earlier, taken, strict=True):
            if is_taken:
                raise _refusal(request, status)
    kept = [existing is Existing.KEEP and is_taken for is_taken in taken]
    _check_room(statuses, kept.count(False), door)
    tasks: list[Task | None] = []
    for number, (request, status, keep) in enumerate(zip(requests, earlier, kept, strict=True), 1):
        if keep:
            tasks.append(None if status is None else Task.of(status, request))
        else:
            if status is not None and not status.done:
                Task.of(status).cancel()
            tasks.append(_started(request, number, len(requests), door))
        if callable(progress):
            progress(number, len(requests))
    return tasks


def _check_size(request: TaskRequest, most: int) -> None:
    """Refuse a request that Earth Engine would not read."""
    if request.size > most:
        hint = failure_of("Request payload size").advice
        raise ArgumentError("regions", f"a request of {request.size:,} bytes", f"at most {most:,} bytes", hint)


def _latest_by_place(statuses: Sequence[TaskStatus]) -> dict[str, TaskStatus]:
    """The latest task by its place, of those that are under way or done."""
    latest: dict[str, TaskStatus] = {}
    for status in statuses:
        if status.mark is not None and status.state in (*ACTIVE, State.SUCCEEDED):
            latest.setdefault(status.mark.place, status)
    return latest


def _refusal(request: TaskRequest, earlier: TaskStatus | None) -> ArgumentError:
    hint = "existing='keep' leaves it as it is, existing='replace' exports it again; or give another name."
    if earlier is None:
        return ArgumentError("name", request.address, "an asset that does not exist", hint)
    same = earlier.mark is not None and earlier.mark.content == request.mark.content
    what = "the same export" if same else "another export to the same place"
    described = f"{request.address}: {what} is {earlier.state} (task {earlier.operation.rpartition('/')[2]})"
    return ArgumentError("name", described, "an export that was not started before", hint)


def _check_room(statuses: Sequence[TaskStatus], wanted: int, door: Door) -> None:
    waiting, most = sum(status.state == State.PENDING for status in statuses), door.run.limits.queued_tasks
    if wanted and waiting + wanted > most and not door.run.wait_for_room:
        raise RequestError(
            f"Starting {wanted:,} exports",
            f"{waiting:,} tasks are waiting, and Earth Engine takes {most:,}.",
            hint=f"None was started. Start {max(0, most - waiting):,} at most. {_WAIT}",
            kind=FailureKind.QUEUE_FULL,
        )


def _started(request: TaskRequest, number: int, total: int, door: Door) -> Task:
    rests = pauses(None)
    while True:
        try:
            return send(request, door)
        except RequestError as error:
            full = error.kind == FailureKind.QUEUE_FULL
            if full and door.run.wait_for_room:
                time.sleep(next(rests) or 0)
                continue
            hint = f"{failure_of(error.message).advice} {_WAIT}" if full else ""
            if number > 1:
                hint += f" The {number - 1} before it are started; existing='keep' goes on with the others."
            raise RequestError(
                f"Starting export {request.mark.name!r} ({number} of {total})",
                error.message,
                error.status,
                hint.strip(),
                kind=error.kind,
            ) from error
