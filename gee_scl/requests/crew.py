"""Threads that wait for the server: several jobs at a time, of which further ones may come while others are done."""

from __future__ import annotations

import contextvars
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")

_MOMENT = 0.2
"""Seconds after which a wait looks up, so that Ctrl-C is heard on every system."""


class Crew(Generic[Job, Result]):
    """Does jobs, several at a time, in threads that never keep Python from ending.

    Args:
        do: does one.
        workers: how many at a time.
    """

    def __init__(self, do: Callable[[Job], Result], workers: int) -> None:
        self._do, self._workers = do, workers
        self._first: deque[Job] = deque()
        self._stopped = False
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[Job, Result | BaseException]] = queue.SimpleQueue()

    def first(self, jobs: Iterable[Job]) -> None:
        """Put jobs before all that wait."""
        self._first.extendleft(reversed(list(jobs)))

    def stop(self) -> None:
        """Start no further job; those under way are done."""
        self._stopped = True

    def results(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Result | BaseException]]:
        """Each job with its result, or with what it raised, as they are done.

        Whoever stops listening, as by an interrupt, leaves those under way to themselves.

        Args:
            jobs: are taken one by one, as there is room.
        """
        waiting, under_way = iter(jobs), 0
        for _ in range(self._workers):
            context = contextvars.copy_context()
            threading.Thread(target=context.run, args=(self._work,), daemon=True, name="gee-scl").start()
        try:
            while True:
                while under_way < self._workers and (job := self._next(waiting)) is not None:
                    self._jobs.put(job)
                    under_way += 1
                if not under_way:
                    return
                yield self._wait()
                under_way -= 1
        finally:
            for _ in range(self._workers):
                self._jobs.put(None)

    def _next(self, waiting: Iterator[Job]) -> Job | None:
        if self._stopped:
            return None
        return self._first.popleft() if self._first else next(waiting, None)

    def _wait(self) -> tuple[Job, Result | BaseException]:
        while True:
            try:
                return self._done.get(timeout=_MOMENT)
            except queue.Empty:
                continue

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                self._done.put((job, self._do(job)))
            except BaseException as error:  # noqa: BLE001 - it belongs to whoever listens
                self._done.put((job, error))
