"""An engine in a process of its own that tells what each request took it, for benchmarks of client and engine apart."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from gee_scl.local.counters import Counters, Counts, Meter
from gee_scl.local.server import LocalServer

_STARTED_WITHIN = 600
"""Seconds, for catalogues of many thousand items."""


@dataclass(frozen=True)
class Answered:
    """One request.

    Attributes:
        route: its name, such as "table.computeFeatures".
        counts: what it took.
    """

    route: str
    counts: Counts


@dataclass(frozen=True)
class Cost:
    """What several requests took.

    Attributes:
        answered: the requests.
        engine_cpu: seconds of CPU of the engine's process.
        client_cpu: of this one.
        seconds: that went by.
    """

    answered: tuple[Answered, ...]
    engine_cpu: float
    client_cpu: float
    seconds: float

    @property
    def requests(self) -> int:
        """How many there were."""
        return len(self.answered)

    @property
    def total(self) -> Counts:
        """All together."""
        return sum((one.counts for one in self.answered), Counts())

    def most(self, count: str) -> int:
        """Of what a request took: the most, such as of "bytes_up"."""
        return max((getattr(one.counts, count) for one in self.answered), default=0)


class CountedEngine:
    """An engine in another process.

    Attributes:
        url: its address.
    """

    def __init__(self, url: str, connection: Connection) -> None:
        self.url = url
        self._connection = connection

    @contextmanager
    def measured(self) -> Iterator[list[Cost]]:
        """What is done meanwhile; the list has its cost at the end."""
        costs: list[Cost] = []
        (before, engine), client, start = self._asked(), time.process_time(), time.perf_counter()
        yield costs
        client, seconds = time.process_time() - client, time.perf_counter() - start
        after, engine_now = self._asked()
        costs.append(Cost(after[len(before) :], engine_now - engine, client, seconds))

    def _asked(self) -> tuple[tuple[Answered, ...], float]:
        self._connection.send(True)
        answered: tuple[tuple[Answered, ...], float] = self._connection.recv()
        return answered


@contextmanager
def counted_engine(folder: Path) -> Iterator[CountedEngine]:
    """An engine over a folder, as long as it is used."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(folder, theirs), daemon=True)
    process.start()
    try:
        if not ours.poll(_STARTED_WITHIN):
            raise TimeoutError("The engine did not start.")
        yield CountedEngine(ours.recv(), ours)
    finally:
        ours.close()
        process.terminate()
        process.join()


def _serve(folder: Path, connection: Connection) -> None:
    """Answer until the other end is closed, and tell what was answered whenever it asks."""
    with LocalServer(folder) as server:
        answered: list[Answered] = []
        _note(server.counters, answered)
        connection.send(server.url)
        try:
            while connection.recv():
                connection.send((tuple(answered), time.process_time()))
        except EOFError:
            return


def _note(counters: Counters, answered: list[Answered]) -> None:
    """Have each request noted as it ends."""
    counted = counters.request

    @contextmanager
    def noted(route: str) -> Iterator[Meter]:
        with counted(route) as meter:
            yield meter
            answered.append(Answered(route, meter.counts))

    counters.request = noted  # type: ignore[method-assign]
