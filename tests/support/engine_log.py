"""What an engine was asked, read from its own log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


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


@contextmanager
def engine_log() -> Iterator[EngineLog]:
    """Listen to the engines for a while."""
    log, handler = logging.getLogger("gee_scl.local.server"), EngineLog()
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    try:
        yield handler
    finally:
        log.setLevel(level)
        log.removeHandler(handler)
