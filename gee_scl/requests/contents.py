"""What is at an address, and whether it is a file of the kind that was asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import requests

from gee_scl.requests.exchange import look_at
from gee_scl.requests.loopback import go_directly
from gee_scl.requests.refusals import ContentError, ShapeError

_TIMEOUT: Final = 330
"""Seconds: Earth Engine itself gives up after about five minutes."""

_LAST_BYTES: Final = 16
"""In which the end mark stands: a writer may put something behind it."""


@dataclass(frozen=True)
class _Signature:
    """How files of a format begin, and what their end has."""

    begin: bytes
    end: bytes = b""

    def fits(self, content: bytes) -> bool:
        """Whether a file begins and ends so."""
        return content.startswith(self.begin) and self.end in content[-_LAST_BYTES:]


_SIGNATURES: Mapping[str, _Signature] = {
    "png": _Signature(b"\x89PNG\r\n\x1a\n", b"IEND"),
    "jpg": _Signature(b"\xff\xd8\xff", b"\xff\xd9"),
    "gif": _Signature(b"GIF8", b";"),
    "npy": _Signature(b"\x93NUMPY"),
}
"""Of https://www.w3.org/TR/png-3/#5PNG-file-signature, https://www.w3.org/Graphics/JPEG/itu-t81.pdf (Annex B),
https://www.w3.org/Graphics/GIF/spec-gif89a.txt and https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html."""


def checked_content(content: Any, *formats: str) -> bytes:
    """The content of a file, if it is of a format that was asked for, and not cut.

    Args:
        content: what came.
        formats: that it may be of: "png", "jpg", "gif" or "npy".

    Raises:
        ShapeError: it is something else, such as the page of a proxy.
    """
    signatures = [_SIGNATURES[file_format.lower()] for file_format in formats]
    if not isinstance(content, bytes) or not any(signature.fits(content) for signature in signatures):
        raise ShapeError(content)
    return content


def content_at(address: str) -> bytes:
    """What is at the address of a picture. Whoever knows it may read it: no credentials are sent.

    Raises:
        ContentError: it was refused.
        requests.RequestException: no answer came.
    """
    return _answer("GET", address).content


def posted(address: str, body: Mapping[str, Any]) -> Any:
    """What an engine answers to JSON at an address, likewise.

    Raises:
        ContentError: it was refused.
        requests.RequestException: no answer came.
    """
    return _answer("POST", address, body).json()


def _answer(verb: str, address: str, body: Mapping[str, Any] | None = None) -> requests.Response:
    with requests.Session() as session:
        go_directly(session, address)
        answer = session.request(verb, address, json=body, timeout=_TIMEOUT, hooks={"response": look_at})
    if not answer.ok:
        raise ContentError(_message(answer.text))
    return answer


def _message(text: str) -> str:
    """Earth Engine's text, from its JSON where it is such."""
    try:
        return str(json.loads(text)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return text.strip()[:500] or "an empty answer"
