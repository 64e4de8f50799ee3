"""Answers as HTTP sends them: their content and headers, and errors in the form of Google's APIs."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from gee_scl.local.errors import EngineError, EvaluationError, LimitError
from gee_scl.local.graph import TOO_DEEP
from gee_scl.local.http.named_errors import NAMED_ERRORS
from gee_scl.local.views.media import Media

JSON = "application/json; charset=UTF-8"

_FRESH_SECONDS = 3600
"""How long a browser may show a picture again without asking. Its id names what it shows."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """What is sent.

    Attributes:
        media: the content.
        status: of HTTP.
        public: whether it is a picture that pages show.
        filename: under which it is to be saved.
        headers: further ones.
        cut: the share of the content after which the connection is closed; None sends it whole.
        dropped: whether the connection is closed instead of an answer.
    """

    media: Media
    status: int = HTTPStatus.OK
    public: bool = False
    filename: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: float | None = None
    dropped: bool = False

    @property
    def sent(self) -> bytes:
        """The part of the content that leaves."""
        content = self.media.content
        if self.dropped:
            return b""
        # What is cut lacks a byte at the least.
        return content if self.cut is None else content[: min(int(len(content) * self.cut), len(content) - 1)]

    def head(self, origin: str | None) -> Iterator[tuple[str, str]]:
        """The headers.

        Args:
            origin: of the page that asks, which has been checked.
        """
        yield "Content-Type", self.media.type
        yield "Content-Length", str(len(self.media.content))
        if self.public:
            yield from _public(origin)
        if self.filename:
            # RFC 6266: everything but letters and digits of ASCII is written by its code.
            yield "Content-Disposition", f"attachment; filename*=UTF-8''{quote(self.filename, safe='')}"
        yield from self.headers.items()


def _public(origin: str | None) -> Iterator[tuple[str, str]]:
    """Pages of this machine may read a picture's pixels, as canvases do, and keep it for a while.

    A page that is a file has the origin "null", as has what any site puts into a sandbox: it may show pictures, which
    needs no permission, but not read them.
    """
    yield "Cache-Control", f"private, max-age={_FRESH_SECONDS}"
    yield "Vary", "Origin"
    if origin is not None:
        yield "Access-Control-Allow-Origin", origin


def json_answer(value: Any) -> Answer:
    """A value as JSON."""
    return Answer(Media(json.dumps(value, separators=(",", ":"), allow_nan=False).encode(), JSON))


def error_answer(status: int, status_name: str, message: str) -> Answer:
    """An error in the form of Google's APIs."""
    media = json_answer({"error": {"code": status, "message": message, "status": status_name}}).media
    return Answer(media, status)


def html_answer(status: int) -> Answer:
    """A page such as a proxy sends in place of the server behind it."""
    title = f"{status} {phrase(status)}".rstrip()
    page = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        "<hr><center>a proxy</center>\r\n</body>\r\n</html>\r\n"
    )
    return Answer(Media(page.encode(), "text/html"), status)


def phrase(status: int) -> str:
    """What HTTP calls a status; empty for one that it does not know."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def refusal(error: EngineError) -> Answer:
    """An error of the engine."""
    return error_answer(error.code, error.status, error.message)


def answered(make: Callable[[], Answer]) -> Answer:
    """The answer that is made, or the refusal that making it ends in: the engine outlives whatever one request does.

    Raises:
        ConnectionError: the client went away.
        TimeoutError: the client says nothing more.
    """
    try:
        return make()
    except EngineError as error:
        return refusal(error)
    except RecursionError:
        return refusal(EvaluationError(TOO_DEEP))
    except MemoryError:
        return refusal(LimitError(NAMED_ERRORS["memory"].text))
    except (ConnectionError, TimeoutError):
        raise
    except Exception as error:  # noqa: BLE001 - see above
        _log.exception("A request failed")
        return refusal(EngineError(f"An internal error has occurred ({type(error).__name__}: {error})."))
