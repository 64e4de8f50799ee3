"""What an engine was asked, read from its own log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar


class EngineLog(logging.Handler):
    """The request lines of every engine in this process, in order."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())

    def count(self, part: str = "") -> int:
        """How many requests had this in their address."""
        return sum(part in line for line in self.lines)

    @property
    def map_ids(self) -> int:
        """How many map ids were requested; tiles are not counted."""
        return sum(line.startswith('"POST') and "/maps" in line for line in self.lines)

    def clear(self) -> None:
        self.lines.clear()


Listener = TypeVar("Listener", bound=logging.Handler)


@contextmanager
def listening(name: str, listener: Listener, level: int) -> Iterator[Listener]:
    """Have a handler hear a logger for a while, from a level on."""
    log = logging.getLogger(name)
    before = log.level
    log.addHandler(listener)
    log.setLevel(level)
    try:
        yield listener
    finally:
        log.setLevel(before)
        log.removeHandler(listener)


def engine_log() -> AbstractContextManager[EngineLog]:
    """Listen to the engines for a while."""
    return listening("gee_scl.local.server", EngineLog(), logging.DEBUG)
