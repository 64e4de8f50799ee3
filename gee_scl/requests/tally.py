"""What was asked: counted for the record, and told to the logger `gee_scl.requests`.

A line of the level DEBUG for each request; INFO for each wait and each split, with the reason; WARNING for what was
given up. No line has a key, a token or an address.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, replace

log = logging.getLogger("gee_scl.requests")
log.addHandler(logging.NullHandler())  # whoever asks for no log gets none

_LONGEST_REASON = 300


@dataclass(frozen=True)
class Tally:
    """What a job has asked so far.

    Attributes:
        requests: that were made, repeated ones too.
        repeated: those of them that asked for the same again.
        waits: how often it was waited before asking again.
        seconds_waited: for it, all requests together.
        splits: how often less was asked for at a time.
        bytes: of answers' content, unpacked.
    """

    requests: int = 0
    repeated: int = 0
    waits: int = 0
    seconds_waited: float = 0.0
    splits: int = 0
    bytes: int = 0


class Count:
    """A tally that grows, in any thread."""

    def __init__(self) -> None:
        self._tally = Tally()
        self._lock = threading.Lock()

    @property
    def tally(self) -> Tally:
        """As it stands."""
        return self._tally

    def add(self, **more: float) -> None:
        """Count."""
        with self._lock:
            self._tally = replace(
                self._tally, **{name: getattr(self._tally, name) + number for name, number in more.items()}
            )


def one_line(text: str) -> str:
    """A text as a line of a log has it."""
    return " ".join(text.split())[:_LONGEST_REASON]
