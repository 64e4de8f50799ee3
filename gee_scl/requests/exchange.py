"""What an attempt's answer says beside its content, and what has to be so in the thread that makes it.

The client keeps no headers of good answers. Its session is one of requests, which calls its `hooks["response"]` with
each answer (https://requests.readthedocs.io/en/latest/user/advanced/#event-hooks): one hook of ours is put there, which
looks at the answers to this package's own calls only. It takes the header of restricted mode out of them, so that the
client does not warn of every answer; `warnings.catch_warnings` would change the filters of all threads. Where the user
gave the client another transport (`http_transport` of `ee.Initialize`), the hook sees nothing: a refusal's status and
headers are then read from the client's error, and restricted mode is left to the client's own warning.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias

import ee

from gee_scl.requests.client_retries import no_client_retries

ProfileHook: TypeAlias = Callable[[str], None]
"""Called with the id of each computation's profile."""

_QUOTA_STATUS = "x-earth-engine-quota-status"
_RESTRICTED = "parallelism_restricted=true"
"""https://developers.google.com/earth-engine/guides/noncommercial_tiers#restricted_mode"""


@dataclass
class Exchange:
    """What is known of an attempt.

    Attributes:
        status: of the last answer, where one came.
        headers: likewise, their names in lower case.
        restricted: whether an answer said that the project is in restricted mode.
        bytes: of its content, unpacked.
    """

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    restricted: bool = False
    bytes: int = 0

    def see(self, status: int, headers: Mapping[str, Any]) -> None:
        """Take note of an answer."""
        self.status = status
        self.headers = {name.lower(): str(value) for name, value in headers.items()}
        self.restricted |= _RESTRICTED in self.headers.get(_QUOTA_STATUS, "")

    @property
    def answered(self) -> bool:
        """Whether an answer came, or may have: through another transport it is not seen."""
        return self.status is not None or ee.data._get_state().http_transport is not None

    @property
    def retry_after(self) -> float:
        """Seconds that the server asks to wait; 0 where it does not.

        Either form of https://www.rfc-editor.org/rfc/rfc9110#name-retry-after is read, seconds or a date.
        """
        text = self.headers.get("retry-after", "").strip()
        if text.isdecimal():
            return float(text)
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return 0.0
        moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
        return max(0.0, (moment - dt.datetime.now(dt.UTC)).total_seconds())


_current: ContextVar[Exchange | None] = ContextVar("gee_scl_exchange", default=None)
"""The attempt that this thread is making."""


def look_at(response: Any, *_: Any, **__: Any) -> None:
    """The hook: take note of an answer where it is one to this package.

    Args:
        response: a `requests.Response`.
    """
    exchange = _current.get()
    if exchange is not None:
        exchange.see(response.status_code, response.headers)
        if exchange.restricted:
            response.headers.pop(_QUOTA_STATUS, None)
        # Read here as requests would right after: what is cut raises the same error.
        exchange.bytes += len(response.content)


_hooking = threading.Lock()


def _watch(session: Any) -> None:
    """Put the hook into the client's session. It stays: others may be going through the list."""
    with _hooking:
        if session is not None and look_at not in session.hooks["response"]:
            session.hooks["response"].append(look_at)


def profile_hook() -> ProfileHook | None:
    """What `ee.data.profiling` or `ee.profilePrinting` has set for this thread."""
    hook: ProfileHook | None = ee.data._thread_locals.profile_hook
    return hook


@contextmanager
def exchange(hook: ProfileHook | None = None) -> Iterator[Exchange]:
    """One attempt of asking: the client asks once, the answer is looked at, and profiles go where they should.

    Args:
        hook: takes the profiles where this thread has no hook of its own.
    """
    made = Exchange()
    _watch(ee.data._get_state().requests_session)
    token = _current.set(made)
    try:
        with no_client_retries(), ee.data.profiling(profile_hook() or hook):
            yield made
    finally:
        _current.reset(token)
