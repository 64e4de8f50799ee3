"""What comes in place of an answer: an error of the client, of the network, or a body that is no answer."""

from __future__ import annotations

import re
from dataclasses import dataclass

import ee

from gee_scl.errors import RequestError
from gee_scl.requests.connection import sign_in_advice
from gee_scl.requests.exchange import Exchange
from gee_scl.requests.failures import FailureKind, failure_of, is_pressure

_UNAUTHENTICATED = 401

_TOLD = 200
"""Characters of an answer that is none."""


class ContentError(Exception):
    """The content of an address was refused, in the server's words, as the client's own error has them elsewhere."""


class ShapeError(ValueError):
    """An answer that has not the shape which the interface describes.

    Args:
        content: the answer, of which the first characters are told.
    """

    def __init__(self, content: object) -> None:
        begin = content[:_TOLD] if isinstance(content, str | bytes) else content
        super().__init__(f"it begins with {begin!r:.{_TOLD}}")


@dataclass(frozen=True)
class Refusal:
    """What came in place of an answer.

    Attributes:
        kind: what can be done.
        text: the server's, or what went wrong on the way.
        status: of HTTP, where there was an answer.
        advice: what helps, where that is known.
        retry_after: seconds that the server asks to wait, or 0.
    """

    kind: FailureKind
    text: str
    status: int | None = None
    advice: str = ""
    retry_after: float = 0.0

    @property
    def is_pressure(self) -> bool:
        """Whether fewer requests at a time help."""
        return is_pressure(self.status, self.kind)

    def error(self, what: str, kind: FailureKind, tried: str = "") -> RequestError:
        """As an error.

        Args:
            what: the part of the work, in the caller's terms.
            kind: what the caller can do.
            tried: what was tried.
        """
        return RequestError(what, self.text, self.status, f"{tried} {self.advice}".strip(), kind=kind)


def refusal_of(error: Exception, exchange: Exchange) -> Refusal | None:
    """What an exception that has ended an attempt means; None for one that is no refusal.

    Args:
        error: that the client, its transport or a look at the answer has raised.
        exchange: what is known of the answer.
    """
    from google.auth.exceptions import GoogleAuthError, TransportError

    _see_response(error, exchange)
    text = without_keys(str(error)) or f"{type(error).__name__} without a text"
    # Exhausted network failures leave the client as Python's own errors.
    if isinstance(error, OSError | TransportError):
        return Refusal(_of_network(error, text), text)
    if isinstance(error, GoogleAuthError):
        kind = FailureKind.PASSING if error.retryable else FailureKind.FINAL
        return Refusal(kind, text, exchange.status, sign_in_advice(text))
    if isinstance(error, ee.EEException | ContentError):
        failure = failure_of(text, exchange.status)
        advice = sign_in_advice(text) if exchange.status == _UNAUTHENTICATED else failure.advice
        return Refusal(failure.kind, text, exchange.status, advice, exchange.retry_after)
    # What is no answer of the interface, such as an object without members, fails in the client's own hands.
    if isinstance(error, LookupError | TypeError | AttributeError | ValueError) and exchange.answered:
        return Refusal(FailureKind.MALFORMED, _shape(error), exchange.status)
    return None


def _see_response(error: Exception, exchange: Exchange) -> None:
    """Take the answer from the client's error, where the hook has not seen it."""
    response = getattr(error.__context__, "resp", None)
    if response is not None and exchange.status is None:
        exchange.see(int(response.status), response)


def _of_network(error: Exception, text: str) -> FailureKind:
    """What can be done where no answer came: less at a time only where the server was too slow to answer at all."""
    if "certificate verify failed" in text:
        return FailureKind.FINAL
    too_slow = isinstance(error, TimeoutError) and "connect timeout" not in text
    return FailureKind.TOO_LARGE if too_slow else FailureKind.PASSING


def _shape(error: Exception) -> str:
    content = getattr(error, "doc", None)  # of a JSONDecodeError, the whole text
    told = str(ShapeError(content)) if content is not None else str(error)
    return f"The answer has not the shape that the interface describes ({type(error).__name__}: {without_keys(told)})."


_SECRETS = (
    (r"([?&](?:key|token|access_token|alt_key)=)[^&\s'\")]+", r"\1..."),
    (r"((?:thumbnails|videoThumbnails|filmstripThumbnails|maps|tables)/)[\w-]+", r"\1..."),
    (r"ya29\.[\w.-]+|(?<=Bearer )\S+", "..."),
)
"""Keys and tokens; and names of pictures and maps, which whoever knows them may read."""


def without_keys(text: str) -> str:
    """A text in which nothing stands that opens a door."""
    for pattern, instead in _SECRETS:
        text = re.sub(pattern, instead, text)
    return text.strip()
