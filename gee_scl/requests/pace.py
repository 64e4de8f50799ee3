"""How many requests of a job are under way at a time: fewer where the server is crowded, more again where it is not.

The rule is that of congestion control (RFC 5681): halved at once, raised by one at a time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

_TICK: Final = 0.5
"""Seconds between two looks at what is waited for: on Windows no waiting is interrupted."""

_ROUNDS: Final = 3
"""Of good answers, as many as may be under way in each, before one more is."""


class StoppedError(Exception):
    """The job was stopped: nothing more is sent. No `GeeSclError`, which would be kept as a failure."""


@dataclass
class Turn:
    """A request's leave to be under way.

    Attributes:
        together: the most that were under way with it, this one counted.
        cuts: how often the pace had been lowered when it began.
    """

    together: int
    cuts: int

    @property
    def alone(self) -> bool:
        """Whether no other of the job was under way with it so far."""
        return self.together == 1


class Pace:
    """How many requests may be under way.

    Args:
        most: at any time.
    """

    def __init__(self, most: int) -> None:
        self._most = self._limit = most
        self._turns: list[Turn] = []
        self._good = 0
        self._cuts = 0
        self._not_before = 0.0
        self._stopped = False
        self._changed = threading.Condition()

    @property
    def limit(self) -> int:
        """How many may be under way now."""
        return self._limit

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """Wait until this request may be under way, and be it.

        Raises:
            StoppedError: the job was stopped meanwhile, or before.
        """
        with self._changed:
            while (rest := self._rest()) > 0:
                self._wait(rest)
            turn = Turn(len(self._turns) + 1, self._cuts)
            self._turns.append(turn)
            for other in self._turns:
                other.together = max(other.together, len(self._turns))
        try:
            yield turn
        finally:
            with self._changed:
                # By identity: two that are equal are two.
                self._turns = [other for other in self._turns if other is not turn]
                self._changed.notify_all()

    def _rest(self) -> float:
        """Seconds until it is worth to look again whether a turn is free; 0 where one is."""
        self._check()
        pause = self._not_before - time.monotonic()
        if pause > 0:
            return pause
        return _TICK if len(self._turns) >= self._limit else 0

    def _wait(self, seconds: float) -> None:
        self._changed.wait(min(seconds, _TICK))
        self._check()

    def _check(self) -> None:
        if self._stopped:
            raise StoppedError

    def rest(self, seconds: float) -> None:
        """Wait before the same is asked again; others go on.

        Raises:
            StoppedError: the job was stopped meanwhile, or before.
        """
        until = time.monotonic() + seconds
        with self._changed:
            self._check()
            while (left := until - time.monotonic()) > 0:
                self._wait(left)

    def pause(self, seconds: float) -> None:
        """Let no request begin for a while: the server has said so."""
        with self._changed:
            self._not_before = max(self._not_before, time.monotonic() + seconds)

    def went_well(self) -> None:
        """Take note of a good answer."""
        with self._changed:
            self._good += 1
            if self._limit < self._most and self._good >= _ROUNDS * self._limit:
                self._limit, self._good = self._limit + 1, 0
                self._changed.notify_all()

    def lower(self, turn: Turn) -> None:
        """Halve what may be under way, since a request was one too many.

        What began before the last halving says nothing of the time after it.
        """
        with self._changed:
            self._good = 0
            if turn.cuts == self._cuts:
                self._cuts += 1
                self._limit = max(1, min(self._limit, turn.together) // 2)

    def restrict(self) -> None:
        """Have one request under way from now on."""
        with self._changed:
            self._most = self._limit = 1

    def stop(self) -> None:
        """End all waiting, and let nothing begin any more."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
