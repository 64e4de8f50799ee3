"""The client's own repetitions, set to none while calls of this package run, so that two kinds do not multiply.

Read in earthengine-api 1.7.50: every call ends in `ee.data._execute_cloud_call`, which reads the process-wide
`max_retries` of the client's state when it is made. Whoever has calls under way in other threads meanwhile has none
repeated either; there is no way to say it for one call of the client's public functions.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import ee


class _Repetitions(int):
    """A number that can be told from an equal one that a user sets."""


_NONE: Final = _Repetitions(0)


@dataclass
class _Hold:
    """A state of the client whose repetitions are set to none.

    Attributes:
        state: the client's.
        usual: what to put back.
        calls: those under way.
    """

    state: Any
    usual: int
    calls: set[object] = field(default_factory=set)


_holds: dict[int, _Hold] = {}
"""By the identity of the state; the state is process-wide, and so is what is known of it. Empty where no call runs."""

_lock = threading.Lock()


@contextmanager
def no_client_retries() -> Iterator[None]:
    """Have the client ask once, in every thread, until the last call within is over.

    The number that the user has set is put back then, whatever ended the calls; one that was set meanwhile counts.
    """
    call, state = object(), ee.data._get_state()
    try:
        with _lock:
            hold = _holds.setdefault(id(state), _Hold(state, state.max_retries))
            hold.calls.add(call)
            if state.max_retries is not _NONE:
                hold.usual, state.max_retries = state.max_retries, _NONE
        yield
    finally:
        with _lock:
            _release(state, call)


def _release(state: Any, call: object) -> None:
    hold = _holds.get(id(state))
    if hold is None:
        return
    hold.calls.discard(call)
    if not hold.calls:
        if state.max_retries is _NONE:
            state.max_retries = hold.usual
        del _holds[id(state)]


def usual_retries() -> int:
    """How often the client repeats a call of the user's own."""
    with _lock:
        state = ee.data._get_state()
        hold = _holds.get(id(state))
        return int(hold.usual if hold is not None and state.max_retries is _NONE else state.max_retries)
