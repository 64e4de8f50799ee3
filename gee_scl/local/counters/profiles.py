"""What requests spend their time on, by algorithm: what Earth Engine's profiler shows.

Earth Engine counts its own computing units. This engine has seconds of a processor of this machine, in all threads that
work for a request, and shows them in the same place. Whoever does some work that is worth a line says so:

    with spent_on("Algorithm Image.reduceRegions"):
        ...

The request under way is a context variable, which `gee_scl.local.counters.Threads` hand on; where none is profiled,
nothing is measured.
"""

from __future__ import annotations

import contextvars
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from gee_scl.local.errors import EvaluationError

REQUEST_HEADER = "X-Earth-Engine-Computation-Profiling"
ANSWER_HEADER = "X-Earth-Engine-Computation-Profile"
"""By which a client asks for a profile, and by which it is told its id (ee/data.py of the client)."""

MOST_ENTRIES = 200
"""Lines of a profile that does not say how many it wants (documentation of Profile.getProfiles)."""

_REST = "(plumbing)"
"""What belongs to no algorithm: reading the expression, walking through it, and writing the answer."""

_MERGED = "(...)"

_NOTE = "(EECU·s are seconds of CPU on this machine: the local engine has no other unit, and measures no memory)"

_PROFILES_KEPT = 10_000

T = TypeVar("T")


@dataclass(frozen=True)
class Entry:
    """One line: what was done, how many seconds of CPU it took apart from what has lines of its own, and how often."""

    description: str
    seconds: float
    count: int


class Profile:
    """What one request has spent, which its threads share."""

    def __init__(self) -> None:
        self._spent: dict[str, tuple[float, int]] = {}
        self._lock = threading.Lock()

    @property
    def entries(self) -> list[Entry]:
        """The lines up to now, in no order."""
        with self._lock:
            return [Entry(description, *spent) for description, spent in self._spent.items()]

    def add(self, description: str, seconds: float, count: int) -> None:
        """Take further work in."""
        with self._lock:
            before, times = self._spent.get(description, (0.0, 0))
            self._spent[description] = before + seconds, times + count


class Profiles:
    """The profiles of an engine's latest requests."""

    def __init__(self) -> None:
        self._profiles: OrderedDict[str, Profile] = OrderedDict()
        self._lock = threading.Lock()

    @contextmanager
    def request(self) -> Iterator[str]:
        """Profile what is done meanwhile.

        Yields:
            The profile's id.
        """
        profile, name = Profile(), secrets.token_hex(16)
        with self._lock:
            self._profiles[name] = profile
            while len(self._profiles) > _PROFILES_KEPT:
                self._profiles.popitem(last=False)
        with _measured(_Scope(profile, _REST), 1):
            yield name

    def text(self, ids: Sequence[str], most: int = MOST_ENTRIES) -> str:
        """Profiles together as a table, the costliest first.

        Args:
            ids: of the profiles.
            most: lines of it; the cheapest are merged where there are more.

        Raises:
            EvaluationError: there is no such profile.
        """
        together = Profile()
        for name in ids:
            with self._lock:
                profile = self._profiles.get(name)
            if profile is None:
                raise EvaluationError(f"Profile.getProfiles: There is no profile '{name:.80}'.")
            for entry in profile.entries:
                together.add(entry.description, entry.seconds, entry.count)
        entries = sorted(together.entries, key=lambda entry: (-entry.seconds, entry.description))
        if len(entries) > most:
            rest = entries[most - 1 :]
            merged = Entry(_MERGED, sum(entry.seconds for entry in rest), sum(entry.count for entry in rest))
            entries = [*entries[: most - 1], merged]
        lines = [f"{entry.seconds:7.3f} {'-':>7} {entry.count:5d}  {entry.description}" for entry in entries]
        return "\n".join(
            [" EECU·s PeakMem Count  Description", *lines, f"{'-':>7} {'-':>7} {len(ids):5d}  {_NOTE}", ""]
        )


@dataclass
class _Scope:
    """What a thread is at."""

    profile: Profile
    description: str
    nested: float = 0.0
    """Seconds that have been counted by themselves."""


_scope: contextvars.ContextVar[_Scope | None] = contextvars.ContextVar("gee_scl_profile", default=None)


def is_profiled() -> bool:
    """Whether anybody wants to know what the request under way spends."""
    return _scope.get() is not None


@contextmanager
def spent_on(description: str) -> Iterator[None]:
    """Count what this thread does meanwhile under a description, and no longer under the one before."""
    outer = _scope.get()
    if outer is None:
        yield
        return
    start = time.thread_time()
    try:
        with _measured(_Scope(outer.profile, description), 1):
            yield
    finally:
        outer.nested += time.thread_time() - start


def in_thread(work: Callable[[], T]) -> T:
    """Do work in a thread that was lent for it, and count it with what its owner is at."""
    outer = _scope.get()
    if outer is None:
        return work()
    with _measured(_Scope(outer.profile, outer.description), 0):
        return work()


@contextmanager
def _measured(scope: _Scope, count: int) -> Iterator[None]:
    before = _scope.set(scope)
    start = time.thread_time()
    try:
        yield
    finally:
        spent = time.thread_time() - start
        _scope.reset(before)
        scope.profile.add(scope.description, max(0.0, spent - scope.nested), count)
