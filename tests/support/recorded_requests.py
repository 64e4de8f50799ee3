"""Every request that the client sends, and what became of it: written down in the client's own transport."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import ee
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from tests.support.engine_log import listening

_BY_TEXT = {
    "memory limit": "memory",
    "timed out": "timeout",
    "concurrent aggregations": "too many aggregations",
    "did not match any bands": "no band",
    "payload size": "payload",
}
"""Kinds of refusals by what their text has."""

FINAL = ("memory", "timeout", "payload", "no band")
"""Kinds that the same request will have again."""


@dataclass(frozen=True)
class SentRequest:
    """A request.

    Attributes:
        what: its address and body: whoever asks for the same sends the same.
        end: "answered", or what came instead.
    """

    what: tuple[str, bytes]
    end: str

    @property
    def is_refused_for_good(self) -> bool:
        """Whether the same will be refused again."""
        return self.end in FINAL


class RecordedRequests(HTTPAdapter):
    """The requests of a session, in the order in which they ended."""

    def __init__(self) -> None:
        super().__init__(pool_maxsize=40)
        self._sent: list[SentRequest] = []
        self._lock = threading.Lock()

    def send(self, request: PreparedRequest, *args: Any, **more: Any) -> Response:
        """Send a request, and read all of its answer."""
        end = "dropped or cut"
        try:
            response = super().send(request, *args, **more)
            end = _end(response.status_code, response.content)
            return response
        finally:
            body = request.body or b""
            what = str(request.url), body.encode() if isinstance(body, str) else bytes(body)
            with self._lock:
                self._sent.append(SentRequest(what, end))

    def take(self) -> list[SentRequest]:
        """The requests up to now, which are forgotten."""
        with self._lock:
            sent, self._sent = self._sent, []
        return sent


def _end(status: int, content: bytes) -> str:
    text = content.decode(errors="replace")
    if status == 200:
        return "answered"
    known = next((name for part, name in _BY_TEXT.items() if part in text), str(status))
    return f"{status} as a page" if text.lstrip().startswith("<") else known


def repeated_in_vain(sent: list[SentRequest]) -> list[SentRequest]:
    """Requests that were made although the same had been refused for good, or answered, before."""
    over: set[tuple[str, bytes]] = set()
    found = []
    for request in sent:
        if request.what in over:
            found.append(request)
        if request.is_refused_for_good or request.end == "answered":
            over.add(request.what)
    return found


def ends(sent: list[SentRequest]) -> Counter[str]:
    """How often requests ended how."""
    return Counter(request.end for request in sent)


class Waits(logging.Handler):
    """Seconds that the package says it waits, each time."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.seconds: list[float] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Take note of a wait."""
        if "waits %.1f s" in record.msg and isinstance(record.args, tuple):
            self.seconds.append(float(str(record.args[1])))


def waits() -> AbstractContextManager[Waits]:
    """Listen to the package's log."""
    return listening("gee_scl.requests", Waits(), logging.INFO)


@contextmanager
def recorded() -> Iterator[RecordedRequests]:
    """Write down what the open session sends."""
    session = ee.data._get_state().requests_session
    assert session is not None
    # An address on this machine has an adapter of its own beside that of all others.
    usual, recorder = dict(session.adapters), RecordedRequests()
    for prefix in usual:
        session.mount(prefix, recorder)
    try:
        yield recorder
    finally:
        for prefix, adapter in usual.items():
            session.mount(prefix, adapter)
        recorder.close()
