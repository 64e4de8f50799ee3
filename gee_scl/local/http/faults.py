"""Failing on demand: what a server can be told to do wrong, to which requests, and when.

    >>> with server.fail("table.computeFeatures", status=503, body="html", times=3) as fault:
    ...     frame = gee_scl.class_statistics(images, regions)
    >>> fault.struck
    3

The same in one line of text, for the command line, and for a request's header that strikes this request only:

    gee-scl serve --fail "table.computeFeatures status=503 body=html times=3"
    X-Gee-Scl-Fail: table.computeFeatures status=503 body=html

A route is named as in Earth Engine's discovery document, without `projects.`; `table.*` and `*` are several. (`*` means
the description of the interface too, without which no client starts.) The words that follow, of which `WORDS` is the
table, say what happens:

    status=503              Google's error of this status; with body=html the page of a proxy, with message="..." a text
    error=memory            one of Earth Engine's refusals (`named_errors`), with its own status unless one is said
    body={}                 a good status and a body of the wrong shape: html, {}, [], null or nothing
    header="NAME: VALUE"    one more header, with the true answer where nothing else is said; may be repeated
    retry_after=2           the header Retry-After
    slow=1.5                seconds that pass before the answer
    cut=0.5                 the share of the body that is sent before the connection closes; its Content-Length is true
    dropped                 the connection closes without an answer

and when, all of what is said having to hold:

    bytes=5000              the request's body is larger
    rows=100                the table that it is answered with has more rows
    pairs=500               its reductions meet more pairs of image and region (each feature of a reduceRegions is one)
    pixels=1000000          it reads more pixels from files
    images=10               it reads pixels of more images
    in_flight=3             more requests than this to the same routes are being answered, this one counted
    after=2                 so many of the requests for which all this holds go unharmed first
    share=0.1 seed=7        then this share of them is struck, chosen by the seed: the same ones in the same sequence
    times=3                 then, this many are struck

Of the words only the route has to stand first. Where several faults are armed, the first that spoils an answer counts;
those that only delay it or add headers come on top. What depends on the answer (rows, pairs, pixels, images) is decided
when the answer is there, and only of an answer that is good.

The models are moto (https://github.com/getmoto/moto) and Google's storage-testbench
(https://github.com/googleapis/storage-testbench), whose routes can be told to fail by their methods' names.
"""

from __future__ import annotations

import difflib
import fnmatch
import math
import re
import shlex
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from gee_scl.local.counters import Counts
from gee_scl.local.errors import EvaluationError
from gee_scl.local.http.answers import JSON, Answer, error_answer, html_answer, phrase
from gee_scl.local.http.named_errors import NAMED_ERRORS, STATUS_NAMES
from gee_scl.local.http.routes import ROUTE_NAMES
from gee_scl.local.views.media import Media

FAIL_HEADER = "X-Gee-Scl-Fail"
"""The header of a request that is to fail."""


class Body(StrEnum):
    """What stands where Google's JSON should."""

    JSON = "json"
    """An error in Google's form."""
    HTML = "html"
    """A page, as proxies send."""
    OBJECT = "{}"
    """An object without members."""
    LIST = "[]"
    """JSON that is no object."""
    NULL = "null"
    """JSON that is nothing."""
    NOTHING = "nothing"
    """No bytes."""


class FaultError(EvaluationError):
    """A fault whose description makes no sense, and why.

    Args:
        word: the word that is wrong.
        given: what came.
        allowed: what may come instead.
        hint: what may have been meant.
    """

    def __init__(self, word: str, given: object, allowed: str, hint: str = "") -> None:
        self.word, self.given, self.allowed, self.hint = word, given, allowed, hint
        super().__init__(f"{word}: got {given!r:.200}; allowed: {allowed}. {hint}".rstrip())


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong: on which routes, what, and when. The module's docstring says what each word means.

    Raises:
        FaultError: a word that is not allowed, or words that do not go together.
    """

    route: str
    status: int | None = None
    error: str | None = None
    message: str | None = None
    body: Body | None = None
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)
    retry_after: int | None = None
    slow: float | None = None
    cut: float | None = None
    dropped: bool = False
    bytes: int | None = None
    rows: int | None = None
    pairs: int | None = None
    pixels: int | None = None
    images: int | None = None
    in_flight: int | None = None
    after: int | None = None
    share: float | None = None
    seed: int | None = None
    times: int | None = None

    def __post_init__(self) -> None:
        if not any(fnmatch.fnmatchcase(name, self.route) for name in ROUTE_NAMES):
            allowed = f"a pattern of names such as 'table.*', or one of {', '.join(ROUTE_NAMES)}"
            raise FaultError("route", self.route, allowed, _nearest(self.route, ROUTE_NAMES))
        for name, value in self._words():
            WORDS[name].check(name, value)
        if self.body is not None:
            object.__setattr__(self, "body", Body(self.body))
        object.__setattr__(self, "headers", dict(self.headers))
        self._check_together()

    def _check_together(self) -> None:
        failing = self.status is not None or self.error is not None
        if not (self.spoils or self.headers or self.retry_after is not None or self.slow is not None):
            raise FaultError("what happens", str(self), f"at least one of {', '.join(_HAPPENINGS)}")
        if self.dropped and (failing or self.body or self.headers or self.cut is not None or self.retry_after):
            raise FaultError("dropped", str(self), "dropped with slow alone, and with what says when")
        if self.message is not None and (self.body not in (None, Body.JSON) or not failing):
            raise FaultError("message", str(self), "with status or error, and without another body")
        if self.body == Body.JSON and not failing:
            raise FaultError("body", str(self), "json with status or error")
        if self.seed is not None and self.share is None:
            raise FaultError("seed", str(self), "with share")

    @classmethod
    def parse(cls, text: str) -> Self:
        """A fault from its text: a route, then words, in the way of a shell.

        Raises:
            FaultError: a word that is not known or not allowed, or words that do not go together.
        """
        try:
            route, *words = shlex.split(text)
        except ValueError:
            raise FaultError("fault", text, "a route, then words; each quotation mark twice") from None
        values: dict[str, Any] = {}
        for word in words:
            name, equals, value = word.partition("=")
            read = _word(name).read
            if name in values and name != "header":
                raise FaultError(name, text, "each word once")
            if bool(equals) == (name == "dropped"):
                raise FaultError(name, word, "dropped without a value, every other word as name=value")
            values[name] = {**values.get(name, {}), **_header(value)} if name == "header" else read(value)
        return cls(route, **{_FIELDS.get(name, name): value for name, value in values.items()})

    @classmethod
    def of(cls, route: str, **words: Any) -> Self:
        """A fault from its words; an unknown one is named."""
        for word in words:
            _word(word, [name if name != "header" else "headers" for name in WORDS])
        return cls(route, **words)

    def of_one_request(self) -> Self:
        """The same fault.

        Raises:
            FaultError: it speaks of several requests.
        """
        if self.after or self.share is not None:
            raise FaultError("when", str(self), "neither after nor share, for one request")
        return self

    def __str__(self) -> str:
        return " ".join([_quoted(self.route), *self._texts()])

    def _texts(self) -> Iterator[str]:
        for name, value in self._words():
            if name == "dropped":
                yield name
            elif name == "header":
                yield from (f"header={_quoted(f'{header}: {text}')}" for header, text in value.items())
            else:
                yield f"{name}={_quoted(str(value))}"

    def _words(self) -> Iterator[tuple[str, Any]]:
        """The words that are said, and their values."""
        for name in WORDS:
            value = getattr(self, _FIELDS.get(name, name))
            if value is not None and value is not False and value != {}:
                yield name, value

    @property
    def replaces(self) -> bool:
        """Whether the true answer is not needed."""
        return self.dropped or any(part is not None for part in (self.status, self.error, self.body))

    @property
    def spoils(self) -> bool:
        """Whether the answer is of no use."""
        return self.replaces or self.cut is not None

    @property
    def waits_for_answer(self) -> bool:
        """Whether it takes the answer to know if it strikes."""
        return any(limit is not None for limit in (self.rows, self.pairs, self.pixels, self.images))

    def covers(self, route: str) -> bool:
        """Whether a route, by its name, is meant."""
        return fnmatch.fnmatchcase(route, self.route)

    def reached(self, counts: Counts, in_flight: int) -> bool:
        """Whether a request is as large, and among as many, as is said.

        Args:
            counts: of the request.
            in_flight: requests to the routes that are meant.
        """
        limits = (
            (self.bytes, counts.bytes_up),
            (self.rows, counts.rows),
            (self.pairs, counts.pairs),
            (self.pixels, counts.pixels),
            (self.images, counts.images),
            (self.in_flight, in_flight),
        )
        return all(size > limit for limit, size in limits if limit is not None)

    def on(self, answer: Answer) -> Answer:
        """What becomes of an answer."""
        if self.replaces:
            answer = self._instead()
        headers = {**answer.headers, **self.headers}
        if self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
        cut = answer.cut if self.cut is None else self.cut
        return replace(answer, headers=headers, cut=cut, dropped=answer.dropped or self.dropped)

    def _instead(self) -> Answer:
        named = NAMED_ERRORS.get(self.error or "")
        status = self.status or (named.status if named else 200)
        match self.body:
            case Body.HTML:
                return html_answer(status)
            case Body.OBJECT | Body.LIST | Body.NULL:
                return Answer(Media(self.body.encode(), JSON), status)
            case Body.NOTHING:
                return Answer(Media(b"", JSON), status)
        text = self.message or (named.text if named else f"{phrase(status) or 'Failed'}.")
        return error_answer(status, STATUS_NAMES.get(status, "UNKNOWN"), text)


@dataclass(frozen=True)
class _Word:
    """A word of a fault.

    Attributes:
        read: makes a value of its text; what cannot be made one stays text, and is refused by the check.
        holds: whether a value is allowed.
        allowed: which are, for people.
    """

    read: Callable[[str], Any]
    holds: Callable[[Any], bool]
    allowed: str

    def check(self, name: str, value: Any) -> None:
        """Refuse a value that is not allowed.

        Raises:
            FaultError: it is not.
        """
        if not self.holds(value):
            hint = _nearest(value, _CHOICES[name]) if name in _CHOICES and isinstance(value, str) else ""
            raise FaultError(name, value, self.allowed, hint)


def _number(text: str) -> Any:
    """A number, whole where it is written so; else the text."""
    try:
        return int(text) if re.fullmatch("[+-]?[0-9]{1,15}", text) else float(text)
    except ValueError:
        return text


def _is_whole(value: Any, least: int, most: float = math.inf) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_number(value: Any, least: float, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"[\x20-\x7e]*")
_FRAMING = re.compile("connection|transfer-encoding|content-(length|type)|access-control-.*", re.IGNORECASE)
"""Headers that say where an answer ends, what it is and who may read it."""


def _header(text: str) -> dict[str, str]:
    name, _, value = text.partition(":")
    return {name.strip(): value.strip()}


def _are_headers(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(name, str)
        and isinstance(text, str)
        and _TOKEN.fullmatch(name)
        and not _FRAMING.fullmatch(name)
        and _VALUE.fullmatch(text)
        for name, text in value.items()
    )


_CHOICES: Mapping[str, Collection[str]] = {"error": tuple(NAMED_ERRORS), "body": tuple(Body)}

_LONGEST_SECONDS = 3600

_SIZE = _Word(_number, lambda v: _is_whole(v, 0), "a whole number, 0 or more")

WORDS: Mapping[str, _Word] = {
    "status": _Word(_number, lambda v: _is_whole(v, 400, 599), "a whole number from 400 to 599"),
    "error": _Word(str, lambda v: v in NAMED_ERRORS, ", ".join(NAMED_ERRORS)),
    "message": _Word(str, lambda v: isinstance(v, str) and bool(v), "a text"),
    "body": _Word(str, lambda v: v in tuple(Body), ", ".join(Body)),
    "header": _Word(_header, _are_headers, "NAME: VALUE in ASCII, of no header that frames or opens an answer"),
    "retry_after": _SIZE,
    "slow": _Word(_number, lambda v: _is_number(v, 0, _LONGEST_SECONDS), f"seconds from 0 to {_LONGEST_SECONDS}"),
    "cut": _Word(_number, lambda v: _is_number(v, 0, 1), "a share from 0 to 1"),
    "dropped": _Word(lambda text: True, lambda v: v is True, "True or False"),
    "bytes": _SIZE,
    "rows": _SIZE,
    "pairs": _SIZE,
    "pixels": _SIZE,
    "images": _SIZE,
    "in_flight": _SIZE,
    "after": _SIZE,
    "share": _Word(_number, lambda v: _is_number(v, 0, 1), "a share from 0 to 1"),
    "seed": _SIZE,
    "times": _Word(_number, lambda v: _is_whole(v, 1), "a whole number, 1 or more"),
}
"""The words of a fault, in the order in which they are written."""

_FIELDS: Mapping[str, str] = {"header": "headers"}
"""Words whose field has another name: one word may be repeated, the field holds all."""

_HAPPENINGS = ("status", "error", "body", "header", "retry_after", "slow", "cut", "dropped")


def _quoted(text: str) -> str:
    """A word as `shlex` reads it; a shell, to which `*` and `{` mean something, gets all of them in quotation marks."""
    return shlex.quote(text) if not text or re.search(r"[\s'\"\\]", text) else text


def _word(name: str, names: Collection[str] = tuple(WORDS)) -> _Word:
    if name not in names:
        raise FaultError("word", name, ", ".join(names), _nearest(name, names))
    return WORDS[name if name != "headers" else "header"]


def _nearest(name: str, names: Collection[str]) -> str:
    close = difflib.get_close_matches(name, names, 1)
    return f"Did you mean '{close[0]}'?" if close else ""
