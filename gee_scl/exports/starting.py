"""Starting tasks: nothing twice, nothing over what is there unasked, and no more than the queue takes."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Literal

from gee_scl.errors import ArgumentError, RequestError
from gee_scl.exports.journal import Export, remember
from gee_scl.exports.task import ACTIVE, PENDING, SUCCEEDED, Task, TaskStatus, listed, pauses
from gee_scl.requests.door import Door
from gee_scl.requests.failures import FailureKind
from gee_scl.requests.limits import REQUEST_BYTES
from gee_scl.requests.parallel import Progress

Existing = Literal["refuse", "keep", "replace"]
"""What becomes of an export that was started before, or whose place is taken."""

MOST_QUEUED = 3000
"""Tasks that may wait (https://developers.google.com/earth-engine/guides/usage)."""


def check_existing(existing: object) -> None:
    """Refuse another word.

    Raises:
        ArgumentError: it is not one of `Existing`.
    """
    if existing not in ("refuse", "keep", "replace"):
        raise ArgumentError("existing", existing, "'refuse', 'keep' or 'replace'")


def start(
    exports: Sequence[Export], existing: Existing, *, wait_for_room: bool = False, progress: Progress | None = None
) -> list[Task | None]:
    """Start tasks, in order.

    Args:
        exports: what to start; their places differ.
        existing: of an export that is under way or done, or whose asset exists: "refuse" raises an error before any is
            started, "keep" starts the others, "replace" cancels what is under way and starts all.
        wait_for_room: wait where the queue is full.
        progress: called with the number of exports started or kept and their total.

    Returns:
        For each export its task; None where an asset was kept that no known task has made.

    Raises:
        ArgumentError: an export was started before, or its asset exists; a request is too large.
        RequestError: the queue has no room, or Earth Engine refused.

    Requests: one list of tasks, one for each asset's id, one for each start.
    """
    for export in exports:
        check_size(export)
    known = listed()
    earlier = _earlier(known)
    places = [earlier.get(export.mark.place) for export in exports]
    taken = [place is not None or _asset_exists(export) for export, place in zip(exports, places, strict=True)]
    if existing == "refuse":
        for export, place, is_taken in zip(exports, places, taken, strict=True):
            if is_taken:
                raise _refusal(export, place)
    kept = [existing == "keep" and is_taken for is_taken in taken]
    _check_room(known, kept.count(False), wait_for_room)
    tasks: list[Task | None] = []
    for number, (export, place, keep) in enumerate(zip(exports, places, kept, strict=True), 1):
        if keep:
            tasks.append(None if place is None else Task.of(place, export))
        else:
            if place is not None and not place.done:
                Task.of(place).cancel()
            tasks.append(_started(export, number, len(exports), wait_for_room))
        if progress is not None:
            progress(number, len(exports))
    return tasks


def check_size(export: Export) -> None:
    """Refuse a request that Earth Engine would not read.

    Raises:
        ArgumentError: it has more than 10 MB.
    """
    size = len(json.dumps(export.body))
    if size > REQUEST_BYTES:
        hint = "Simplify the regions' outlines, export in parts, or upload the regions as an asset."
        raise ArgumentError("regions", f"a request of {size / 1e6:.1f} MB", "at most 10 MB, Earth Engine's limit", hint)


def _earlier(known: Sequence[TaskStatus]) -> dict[str, TaskStatus]:
    """The latest task by its place, of those that are under way or done."""
    found: dict[str, TaskStatus] = {}
    for status in known:
        if status.mark is not None and status.state in (*ACTIVE, SUCCEEDED):
            found.setdefault(status.mark.place, status)
    return found


def _asset_exists(export: Export) -> bool:
    if "assetExportOptions" not in export.body:
        return False
    return Door().has_asset(export.address)


def _refusal(export: Export, earlier: TaskStatus | None) -> ArgumentError:
    hint = "existing='keep' leaves it as it is, existing='replace' exports it again; or give another name."
    if earlier is None:
        return ArgumentError("name", export.address, "an asset that does not exist", hint)
    same = earlier.mark is not None and earlier.mark.content == export.mark.content
    what = "the same export" if same else "another export to the same place"
    given = f"{export.address}: {what} is {earlier.state} (task {earlier.operation.rpartition('/')[2]})"
    return ArgumentError("name", given, "an export that was not started before", hint)


def _check_room(known: Sequence[TaskStatus], wanted: int, wait_for_room: bool) -> None:
    waiting = sum(status.state == PENDING for status in known)
    if wanted and waiting + wanted > MOST_QUEUED and not wait_for_room:
        raise RequestError(
            f"Starting {wanted:,} exports",
            f"{waiting:,} tasks are waiting, and Earth Engine takes {MOST_QUEUED:,}.",
            hint=f"None was started. Start {max(0, MOST_QUEUED - waiting):,} at most, or ask for wait_for_room.",
        )


def _started(export: Export, number: int, total: int, wait_for_room: bool) -> Task:
    rests = pauses(None)
    while True:
        try:
            return send(export)
        except RequestError as error:
            full = error.kind == FailureKind.QUEUE_FULL
            if full and wait_for_room:
                time.sleep(next(rests) or 0)
                continue
            hint = "Wait until tasks are done, cancel some, or ask for wait_for_room." if full else ""
            if number > 1:
                hint += f" The {number - 1} before it are started; existing='keep' goes on with the others."
            raise RequestError(
                f"Starting export {export.mark.name!r} ({number} of {total})",
                error.message,
                error.status,
                hint.strip(),
                kind=error.kind,
            ) from error


def send(export: Export) -> Task:
    """Start one task, and keep the request for another attempt. One request.

    Raises:
        RequestError: Earth Engine refused.
        NotInitializedError: no session is open.
    """
    operation = Door().start_task(f"Starting export {export.mark.name!r}", export.kind, export.body)
    remember(operation, export)
    return Task(operation, export.mark.name, export.mark.tag, export)
