"""Tasks: exports that run in the background, their queue and states, and failures on demand."""

from __future__ import annotations

import base64
import fnmatch
import hashlib
import heapq
import json
import logging
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from gee_scl.local.context import Assets, Context, Limits
from gee_scl.local.errors import EngineError, EvaluationError, LimitError, NotFoundError

PENDING, RUNNING, CANCELLING = "PENDING", "RUNNING", "CANCELLING"
SUCCEEDED, CANCELLED, FAILED = "SUCCEEDED", "CANCELLED", "FAILED"
"""States of an operation (REST reference, OperationMetadata)."""

DEFAULT_PRIORITY, MAX_PRIORITY = 100, 9999

LIFETIME_SECONDS = 10 * 24 * 3600
"""How long a task may take (https://developers.google.com/earth-engine/guides/processing_environments)."""

_PAGE_SIZE = 500
_MAX_WAIT_SECONDS = 3600
_METADATA = "type.googleapis.com/google.earthengine.v1alpha.OperationMetadata"
_EMPTY = {"@type": "type.googleapis.com/google.protobuf.Empty"}
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)s")

# https://cloud.google.com/tasks/docs/reference/rpc/google.rpc#code
_CANCELLED_CODE, _INVALID, _NOT_FOUND, _EXHAUSTED, _INTERNAL = 1, 3, 5, 8, 13
_OUT_OF_MEMORY = "Execution failed; out of memory."

_log = logging.getLogger(__name__)

Answer = dict[str, Any]


class CancelledError(EngineError):
    """A task that was cancelled while it ran."""

    def __init__(self) -> None:
        super().__init__("Cancelled.")


@dataclass(frozen=True)
class Job:
    """What a task is to do.

    Attributes:
        kind: EXPORT_IMAGE or EXPORT_FEATURES.
        description: the task's name, as its owner wrote it.
        work: does it, and returns the addresses of what it wrote.
        priority: from 0 to 9999; the highest is first.
        request_id: the client's own name of the request, so that one sent twice starts one task.
        fingerprint: of the request's content.
        workload_tag: the client's label.
    """

    kind: str
    description: str
    work: Callable[[Control], Sequence[str]]
    priority: int = DEFAULT_PRIORITY
    request_id: str = ""
    fingerprint: str = ""
    workload_tag: str = ""


class Control:
    """What a running job sees of its task: whether it is to stop, and where it tells how far it is."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self.progress = 0.0

    def check(self) -> None:
        """Stop where the task was cancelled.

        Raises:
            CancelledError: it was.
        """
        if self._cancelled.is_set():
            raise CancelledError

    def advance(self, share: float) -> None:
        """Tell which share of the work is done, from 0 to 1."""
        self.check()
        self.progress = share

    def cancel(self) -> None:
        """Ask the job to stop."""
        self._cancelled.set()


@dataclass
class TaskContext(Context):
    """The state of a task's evaluation: no five minutes, but it can be cancelled wherever time is checked."""

    control: Control = field(default_factory=Control)

    @classmethod
    def of(cls, assets: Assets, limits: Limits, control: Control) -> TaskContext:
        """With the limits of interactive requests, apart from time and elements."""
        batch = replace(limits, seconds=LIFETIME_SECONDS)
        return cls(assets, batch, control=control)

    def check_time(self) -> None:
        """Stop where the task was cancelled or its days are over."""
        self.control.check()
        super().check_time()


@dataclass
class _Task:
    """One task; guarded by the lock of its `Operations`."""

    name: str
    job: Job
    control: Control = field(default_factory=Control)
    state: str = PENDING
    created: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    started: float | None = None
    ended: float | None = None
    destinations: tuple[str, ...] = ()
    error: Answer | None = None
    thread: threading.Thread | None = None

    @property
    def done(self) -> bool:
        return self.ended is not None

    def move(self, state: str) -> None:
        self.state, self.updated = state, time.time()
        if state == RUNNING:
            self.started = self.updated
        elif state in (SUCCEEDED, CANCELLED, FAILED):
            self.ended = self.updated

    def describe(self) -> Answer:
        """The operation in the form of the REST API."""
        times = {"createTime": self.created, "updateTime": self.updated}
        times |= {k: v for k, v in {"startTime": self.started, "endTime": self.ended}.items() if v is not None}
        progress = 1.0 if self.state == SUCCEEDED else self.control.progress
        metadata: Answer = {
            "@type": _METADATA,
            "state": self.state,
            "description": self.job.description,
            "type": self.job.kind,
            "priority": self.job.priority,
            **{name: _timestamp(moment) for name, moment in times.items()},
        }
        if self.started is not None:
            stage = {
                "displayName": "Write",
                "completeWorkUnits": progress,
                "totalWorkUnits": "1",
                "description": "Compute and write",
            }
            metadata |= {"progress": progress, "stages": [stage], "attempt": 1}
            # Seconds on this machine: it has no other measure of work.
            metadata["batchEecuUsageSeconds"] = (self.ended or time.time()) - self.started
        if self.destinations:
            metadata["destinationUris"] = list(self.destinations)
        if self.job.workload_tag:
            metadata["workloadTag"] = self.job.workload_tag
        answer: Answer = {"name": self.name, "metadata": metadata}
        if self.done:
            answer["done"] = True
            answer |= {"error": self.error} if self.error is not None else {"response": _EMPTY}
        return answer


@dataclass
class _Failure:
    """A failure that is waiting for its tasks."""

    message: str
    code: int
    description: str
    times: int


class Operations:
    """The tasks of one engine.

    Args:
        project: that their names belong to.
        running: how many run at once; 0 leaves all of them waiting, which shows a queue at rest.
        queued: how many may wait.
    """

    def __init__(self, project: str, *, running: int = 2, queued: int = 3000) -> None:
        self._project, self._most_running, self._most_queued = project, running, queued
        self._changed = threading.Condition()
        self._tasks: OrderedDict[str, _Task] = OrderedDict()
        self._queue: list[tuple[int, int, _Task]] = []
        self._requests: dict[str, _Task] = {}
        self._failures: list[_Failure] = []
        self._running = 0
        self._submitted = 0
        self._closed = False

    def start(self, job: Job) -> Answer:
        """Put a job into the queue.

        Returns:
            The operation; of a request that was sent before, the one that it started then.

        Raises:
            EvaluationError: the queue is full, or the request's id belongs to another request.
        """
        with self._changed:
            earlier = self._requests.get(job.request_id) if job.request_id else None
            if earlier is not None:
                if earlier.job.fingerprint != job.fingerprint:
                    raise EvaluationError("A different Operation was already started with the given request_id.")
                return earlier.describe()
            if self._closed:
                raise EvaluationError("The engine is being stopped; it takes no more tasks.")
            waiting = sum(task.state == PENDING for _, _, task in self._queue)
            if waiting >= self._most_queued:
                raise LimitError(
                    f"Too many tasks already in the queue ({self._most_queued}). "
                    "Please wait for some of them to complete."
                )
            task = _Task(f"projects/{self._project}/operations/{_identifier()}", job)
            self._tasks[task.name] = task
            if job.request_id:
                self._requests[job.request_id] = task
            self._submitted += 1
            heapq.heappush(self._queue, (-job.priority, self._submitted, task))
            answer = task.describe()
            self._dispatch()
            return answer

    def get(self, name: str) -> Answer:
        """One operation.

        Raises:
            NotFoundError: there is none of this name.
        """
        with self._changed:
            return self._task(name).describe()

    def list(self, size: int = 0, token: str = "") -> Answer:
        """A page of all operations, the latest first, and the token of the next page."""
        with self._changed:
            names = list(reversed(self._tasks))
            start = 0
            if token:
                # A task that was started since must not move the others to the next page.
                if token not in self._tasks:
                    raise EvaluationError("Invalid page token.")
                start = names.index(token) + 1
            page = names[start : start + (size or _PAGE_SIZE)]
            answer: Answer = {"operations": [self._tasks[name].describe() for name in page]}
            if page and page[-1] != names[-1]:
                answer["nextPageToken"] = page[-1]
            return answer

    def cancel(self, name: str) -> Answer:
        """Ask a task to stop: at once where it waits, else where it next looks. One that is done stays as it is."""
        with self._changed:
            task = self._task(name)
            self._cancel(task)
            return {}

    def wait(self, name: str, timeout: str | None = None) -> Answer:
        """The operation, once it is done or the time is over.

        Args:
            name: of the operation.
            timeout: such as "60s"; None waits as long as a connection may.
        """
        seconds = float(_MAX_WAIT_SECONDS)
        if timeout is not None:
            parts = _DURATION.fullmatch(timeout)
            if parts is None:
                raise EvaluationError(f"Invalid timeout: {timeout!r:.40}. It must be seconds, such as '60s'.")
            seconds = min(seconds, float(parts[1]))
        with self._changed:
            task = self._task(name)
            self._changed.wait_for(lambda: task.done or self._closed, seconds)
            return task.describe()

    def delete(self, name: str) -> Answer:
        """Forget a task that is done.

        Raises:
            EvaluationError: it is not.
        """
        with self._changed:
            task = self._task(name)
            if not task.done:
                raise EvaluationError(f"The operation '{name}' is {task.state}; cancel it before it is deleted.")
            del self._tasks[name]
            self._requests.pop(task.job.request_id, None)
            return {}

    def fail(self, message: str, *, description: str = "*", times: int = 1, code: int | None = None) -> None:
        """Make tasks fail on demand, to see what a program does about it.

        Args:
            message: the error's text, such as "User memory limit exceeded.", "Computation timed out." or
                "Internal error.".
            description: which tasks: a pattern of their descriptions, in which `*` is any text.
            times: how many of them; those after run as usual, so that a retry succeeds.
            code: of google.rpc.Status; None takes what Earth Engine shows with these texts.

        Example:
            >>> server.engine.operations.fail("Internal error.", description="tile_*", times=2)
        """
        number = _CODES.get(message, _INVALID) if code is None else code
        with self._changed:
            self._failures.append(_Failure(message, number, description, times))

    def stop(self) -> None:
        """Cancel everything, and wait until no thread is left."""
        with self._changed:
            self._closed = True
            for task in self._tasks.values():
                self._cancel(task)
            threads = [task.thread for task in self._tasks.values() if task.thread is not None]
            self._changed.notify_all()
        for thread in threads:
            thread.join()

    def finish(self) -> None:
        """Wait until every task is done."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or all(task.done for task in self._tasks.values()))

    @property
    def all_done(self) -> bool:
        """Whether no task waits or runs."""
        with self._changed:
            return all(task.done for task in self._tasks.values())

    def _task(self, name: str) -> _Task:
        task = self._tasks.get(name)
        if task is None:
            raise NotFoundError(f"Operation '{name}' not found.")
        return task

    def _cancel(self, task: _Task) -> None:
        task.control.cancel()
        if task.state == PENDING:
            self._finish(task, CANCELLED, error=_status(CancelledError()))
        elif task.state == RUNNING:
            task.move(CANCELLING)

    def _dispatch(self) -> None:
        """Start what may run now."""
        while self._running < self._most_running and self._queue and not self._closed:
            _, _, task = heapq.heappop(self._queue)
            if task.state != PENDING:
                continue
            task.move(RUNNING)
            self._running += 1
            # No daemon: a script that ends waits for its tasks, which would be lost with it.
            task.thread = threading.Thread(target=self._run, args=(task,), name="gee-scl-task", daemon=False)
            task.thread.start()

    def _run(self, task: _Task) -> None:
        destinations: tuple[str, ...] = ()
        error: Answer | None = None
        try:
            error = self._armed(task.job.description)
            if error is None:
                destinations = tuple(task.job.work(task.control))
        except CancelledError as cancelled:
            error = _status(cancelled)
        except EngineError as refusal:
            error = _status(refusal)
        except MemoryError:
            error = {"code": _EXHAUSTED, "message": _OUT_OF_MEMORY}
        except Exception as fault:  # noqa: BLE001 - the queue outlives whatever one task does
            _log.exception("The task %r failed", task.job.description)
            error = {"code": _INTERNAL, "message": f"Internal error. ({type(fault).__name__}: {fault})"}
        with self._changed:
            state = SUCCEEDED if error is None else CANCELLED if error["code"] == _CANCELLED_CODE else FAILED
            self._finish(task, state, destinations, error)
            self._running -= 1
            task.thread = None
            self._dispatch()

    def _armed(self, description: str) -> Answer | None:
        """The failure that this task is to have."""
        with self._changed:
            for failure in self._failures:
                if failure.times > 0 and fnmatch.fnmatchcase(description, failure.description):
                    failure.times -= 1
                    return {"code": failure.code, "message": failure.message}
        return None

    def _finish(self, task: _Task, state: str, destinations: tuple[str, ...] = (), error: Answer | None = None) -> None:
        task.destinations, task.error = destinations, error
        task.move(state)
        # What it was to compute is not kept: ten thousand finished tasks must stay small.
        task.job = replace(task.job, work=_nothing)
        self._changed.notify_all()


_CODES = {
    "User memory limit exceeded.": _EXHAUSTED,
    _OUT_OF_MEMORY: _EXHAUSTED,
    "Internal error.": _INTERNAL,
    "An internal error has occurred.": _INTERNAL,
}


def _status(error: EngineError) -> Answer:
    """An error as google.rpc.Status."""
    if isinstance(error, CancelledError):
        code = _CANCELLED_CODE
    elif isinstance(error, NotFoundError):
        code = _NOT_FOUND
    else:
        code = _INVALID if isinstance(error, EvaluationError) else _INTERNAL
    return {"code": _CODES.get(error.message, code), "message": error.message}


def _nothing(control: Control) -> Sequence[str]:
    return ()


def _identifier() -> str:
    """A name like Earth Engine's: 24 capital letters and digits."""
    return base64.b32encode(secrets.token_bytes(15)).decode()


def _timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def fingerprint(body: Any) -> str:
    """The content of a request in a few characters, by which the same one is known again."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
