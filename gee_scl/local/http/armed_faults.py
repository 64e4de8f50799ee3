"""The faults that a server has been told of: which requests they strike, and how often they did."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from types import TracebackType
from typing import Self

from gee_scl.local.counters import Meter
from gee_scl.local.http.answers import Answer, json_answer
from gee_scl.local.http.faults import Fault


class ArmedFault:
    """A fault that waits for its requests; as a context manager it ends with the block.

    Args:
        fault: what happens, and when.
        disarm: called once it is to strike no more.
    """

    def __init__(self, fault: Fault, disarm: Callable[[ArmedFault], None]) -> None:
        self.fault = fault
        self._disarm = disarm
        self._met = self._struck = 0
        # A state of its own: what other faults strike does not change which requests this one does.
        self._random = random.Random(fault.seed or 0)  # noqa: S311 - it must be the same each time

    @property
    def struck(self) -> int:
        """How often it has struck."""
        return self._struck

    def stop(self) -> None:
        """Strike no more."""
        self._disarm(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def strikes(self) -> bool:
        """Whether it strikes the next request that it might; one call for each of them, one at a time."""
        fault = self.fault
        self._met += 1
        if self._met <= (fault.after or 0) or (fault.times is not None and self._struck >= fault.times):
            return False
        if fault.share is not None and self._random.random() >= fault.share:
            return False
        self._struck += 1
        return True


class ArmedFaults:
    """All faults of a server, and the requests that it is answering."""

    def __init__(self) -> None:
        self._faults: list[ArmedFault] = []
        self._in_flight: Counter[str] = Counter()
        self._lock = threading.Lock()

    def arm(self, fault: Fault) -> ArmedFault:
        """Let a fault strike from now on."""
        armed = ArmedFault(fault, self._disarm)
        with self._lock:
            self._faults.append(armed)
        return armed

    def _disarm(self, armed: ArmedFault) -> None:
        with self._lock:
            self._faults = [other for other in self._faults if other is not armed]

    def answer(self, route: str, meter: Meter, make: Callable[[], Answer], own: Fault | None = None) -> Answer:
        """The answer to a request, with what faults make of it.

        Args:
            route: its name.
            meter: what the request costs.
            make: works the true answer out; not called where a fault takes its place.
            own: a fault that the request brings along, for itself only.
        """
        brought = [] if own is None else [ArmedFault(own, self._disarm)]
        with self._flight(route):
            struck = self._struck(brought, route, meter, [])
            answer = _NONE if any(fault.replaces for fault in struck) else make()
            if answer is not _NONE and answer.status == HTTPStatus.OK:
                struck += self._struck(brought, route, meter, struck, answered=True)
            time.sleep(sum(fault.slow or 0 for fault in struck))
        # What takes the answer's place comes first: headers are added to what is sent.
        for fault in sorted(struck, key=lambda fault: not fault.replaces):
            answer = fault.on(answer)
        return answer

    @contextmanager
    def _flight(self, route: str) -> Iterator[None]:
        """Count a request among those that are being answered.

        It ends before the answer is sent: who has an answer and asks again at once is not two.
        """
        with self._lock:
            self._in_flight[route] += 1
        try:
            yield
        finally:
            with self._lock:
                self._in_flight[route] -= 1

    def _struck(
        self, brought: Sequence[ArmedFault], route: str, meter: Meter, before: Sequence[Fault], answered: bool = False
    ) -> list[Fault]:
        """The faults that strike now: of those that spoil an answer one, which those after it do not count."""
        counts, struck = meter.counts, list[Fault]()
        with self._lock:
            for armed in (*brought, *self._faults):
                fault = armed.fault
                if not fault.covers(route) or fault.waits_for_answer != answered:
                    continue
                if fault.spoils and any(other.spoils for other in (*before, *struck)):
                    continue
                together = sum(number for name, number in self._in_flight.items() if fault.covers(name))
                if fault.reached(counts, together) and armed.strikes():
                    struck.append(fault)
        return struck


_NONE = json_answer(None)
"""Stands for the answer that a fault takes the place of."""
