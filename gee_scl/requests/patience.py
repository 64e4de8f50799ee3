"""How a request is made: when its turn is, again where it may pass, and no longer than makes sense.

The waits are random between nothing and a bound that doubles, the "full jitter" of
https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ and of google-api-core's retry
(https://googleapis.dev/python/google-api-core/latest/retry.html), so that requests which failed together do not come
again together.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from gee_scl.options.caller_warning import warn_caller
from gee_scl.requests.connection import require_open
from gee_scl.requests.exchange import Exchange, exchange, profile_hook
from gee_scl.requests.failures import FailureKind
from gee_scl.requests.limits import Limits
from gee_scl.requests.pace import Pace, Turn
from gee_scl.requests.refusals import Refusal, refusal_of
from gee_scl.requests.tally import Count, log, one_line

Answer = TypeVar("Answer")

_FAULT: Final = (1.0, 32.0)
"""Seconds, of the first and of the longest bound of a wait: about 47 s for eight attempts, and the client's own six
attempts take 31 s."""

_PRESSURE: Final = (2.0, 60.0)
"""Likewise, where too much is asked for at a time: about 91 s. Quotas are counted by the minute."""

_LONGEST_ASKED: Final = 600.0
"""Seconds that a server may ask to wait."""

_MALFORMED_ATTEMPTS: Final = 4
"""Whatever stands between here and the server will answer the fifth alike."""

_ALONE: Final = 2
"""Attempts that are too many aggregations by themselves: others of the same user may have been under way at one."""


class QuotaWarning(UserWarning):
    """The project is in Earth Engine's restricted mode: requests are made one at a time.

    https://developers.google.com/earth-engine/guides/noncommercial_tiers#restricted_mode says when that is.

    Examples:
        >>> import warnings
        >>> with warnings.catch_warnings(record=True, action="always") as caught:
        ...     frame = gee_scl.class_statistics(images, fields, by="date")
        >>> [warning for warning in caught if warning.category is gee_scl.QuotaWarning]  # the local engine has no quota
        []
    """


class _Refused(Exception):  # noqa: N818 - it is no error yet
    """An attempt that was refused.

    Args:
        refusal: what came.
        alone: whether no other request of the job was under way.
    """

    def __init__(self, refusal: Refusal, alone: bool) -> None:
        super().__init__(refusal.text)
        self.refusal, self.alone = refusal, alone


@dataclass
class _Trial:
    """A request and its attempts so far.

    Attributes:
        what: is asked for.
        most: attempts.
        attempts: made.
        alone: of them, too many aggregations with no other of the job under way.
        malformed: of them, answered by something else.
        began: by the clock of `time.monotonic`.
    """

    what: str
    most: int
    attempts: int = 0
    alone: int = 0
    malformed: int = 0
    began: float = field(default_factory=time.monotonic)

    def verdict(self, refused: _Refused) -> FailureKind | None:
        """What the caller is told; None where the same is asked again."""
        kind = refused.refusal.kind
        self.alone += kind is FailureKind.CROWDED and refused.alone
        self.malformed += kind is FailureKind.MALFORMED
        if kind not in _WAITING:
            return kind
        if self.alone >= _ALONE:
            return FailureKind.TOO_LARGE
        tired = self.attempts >= self.most or self.malformed >= _MALFORMED_ATTEMPTS
        if not tired and refused.refusal.retry_after <= _LONGEST_ASKED:
            return None
        return FailureKind.TOO_LARGE if kind is FailureKind.CROWDED else FailureKind.PASSING

    @property
    def tried(self) -> str:
        """How often, and for how long; nothing where it was once."""
        if self.attempts == 1:
            return ""
        return f"It was asked for {self.attempts} times in {time.monotonic() - self.began:,.0f} s."


_WAITING = (FailureKind.PASSING, FailureKind.CROWDED, FailureKind.MALFORMED)


class Patience:
    """Makes a job's requests.

    Args:
        limits: of the job.
    """

    def __init__(self, limits: Limits) -> None:
        self.pace = Pace(max(limits.parallel, limits.parallel_pictures))
        self.count = Count()
        self.restricted = False
        self._attempts = limits.attempts
        self._random = random.Random()  # noqa: S311 - no secret
        self._hook = profile_hook()
        self._warning = threading.Lock()

    def ask(self, what: str, call: Callable[[], Answer]) -> Answer:
        """Ask, and ask again where that may help.

        Args:
            what: is asked for, in the caller's terms.
            call: makes one request. It raises what the client raises, or a `ShapeError`.

        Raises:
            NotInitializedError: no session is open.
            RequestError: it was refused; its kind is none of one attempt.
            StoppedError: the job was stopped.
        """
        trial = _Trial(what, self._attempts)
        while True:
            try:
                return self._attempt(trial, call)
            except _Refused as refused:
                kind = trial.verdict(refused)
                if kind is not None:
                    raise self._given_up(trial, refused.refusal, kind) from refused.__cause__
                refusal = refused.refusal
            self._wait(trial, refusal)

    def _attempt(self, trial: _Trial, call: Callable[[], Answer]) -> Answer:
        """Make one request when its turn is.

        Raises:
            _Refused: no answer came.
        """
        with self.pace.turn() as turn:
            require_open()
            trial.attempts += 1
            self.count.add(requests=1, repeated=trial.attempts > 1)
            began = time.monotonic()
            with exchange(self._hook) as made:
                try:
                    answer = call()
                except Exception as error:
                    refusal = refusal_of(error, made)
                    if refusal is None:
                        raise
                    self._slow_down(refusal, turn)
                    seconds = time.monotonic() - began
                    log.debug("%s: refused in %.2f s: %s", trial.what, seconds, one_line(refusal.text))
                    raise _Refused(refusal, turn.alone) from error
                finally:
                    self._note_exchange(made)
            self.pace.went_well()
            log.debug("%s: %s in %.2f s", trial.what, _size(answer, made), time.monotonic() - began)
            return answer

    def _note_exchange(self, made: Exchange) -> None:
        self.count.add(bytes=made.bytes)
        with self._warning:
            first = made.restricted and not self.restricted
            self.restricted |= made.restricted
        if first:
            self.pace.restrict()
            warn_caller(
                "The project is in Earth Engine's restricted mode, since its quota of the month is used up: requests "
                "are made one at a time from now on. See "
                "https://developers.google.com/earth-engine/guides/noncommercial_tiers#restricted_mode",
                QuotaWarning,
            )

    def _slow_down(self, refusal: Refusal, turn: Turn) -> None:
        if refusal.is_pressure:
            self.pace.lower(turn)
            if refusal.retry_after <= _LONGEST_ASKED:
                self.pace.pause(refusal.retry_after)

    def _wait(self, trial: _Trial, refusal: Refusal) -> None:
        first, longest = _PRESSURE if refusal.is_pressure else _FAULT
        bound = min(longest, first * 2 ** (trial.attempts - 1))
        seconds = refusal.retry_after + self._random.uniform(0, bound)
        reason = one_line(refusal.text)
        log.info("%s: waits %.1f s after attempt %d of %d: %s", trial.what, seconds, trial.attempts, trial.most, reason)
        self.count.add(waits=1, seconds_waited=seconds)
        self.pace.rest(seconds)

    def _given_up(self, trial: _Trial, refusal: Refusal, kind: FailureKind) -> Exception:
        # What is too large is asked for in parts, and what is not there may be what was to be known.
        if kind in (FailureKind.PASSING, FailureKind.FINAL):
            log.warning("%s: given up: %s %s", trial.what, one_line(refusal.text), trial.tried)
        return refusal.error(trial.what, kind, trial.tried)

    def note_split(self, what: str, reason: str) -> None:
        """Take note that something is asked for in parts."""
        self.count.add(splits=1)
        log.info("%s: asked for in parts: %s", what, one_line(reason))

    def stop(self) -> None:
        """End all waiting, and send nothing any more."""
        self.pace.stop()


def _size(answer: object, made: Exchange) -> str:
    """How much came."""
    rows = getattr(answer, "rows", None)
    return f"{len(rows):,} rows" if rows is not None else f"{made.bytes:,} bytes"
