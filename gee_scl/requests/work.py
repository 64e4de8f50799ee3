"""Work in pieces: several at a time, what is too much in halves, and what could not be had by name."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, Self, TypeVar

from gee_scl.errors import RequestError
from gee_scl.requests.crew import Crew
from gee_scl.requests.door import Door
from gee_scl.requests.failures import FailureKind
from gee_scl.requests.sizes import Sizes, is_too_long

_LOOKED_AT = (400, 404)
"""Statuses of what the server has refused for what it is, and not for who asks."""


class Piece(Protocol):
    """A part of the work that one request does."""

    @property
    def name(self) -> str:
        """What to call it when it fails."""

    @property
    def pairs(self) -> int:
        """Of region and image, or day, that can meet: at most so many rows come back. Frames of a film; else 1."""

    @property
    def pixels(self) -> float:
        """That are read, or drawn, about."""

    @property
    def bytes(self) -> int:
        """Of outlines that are sent, about."""

    @property
    def whole(self) -> Hashable | None:
        """What it is a part of, which is of no use without it; None where each part is of use by itself."""

    def ask(self, door: Door) -> Any:
        """Ask for it, by one request or two.

        Raises:
            RequestError: it was refused, or the answer is not of what was asked for.
        """

    def halves(self, *, of_regions: bool = False) -> Sequence[Self]:
        """Two parts that give the same together; nothing where it cannot be cut.

        Args:
            of_regions: whether to cut the regions first, since they make the request too long; nothing where it has
                none.
        """


P = TypeVar("P", bound=Piece)

_FINAL = (FailureKind.FINAL, FailureKind.NOT_FOUND)


@dataclass(frozen=True)
class Lost(Generic[P]):
    """A piece that could not be had, and why."""

    piece: P
    error: RequestError


def advised(error: RequestError, hint: str) -> RequestError:
    """A refusal with other advice, where it says that what was asked for is too much to compute.

    Args:
        error: whose advice is that of tables.
        hint: what helps in place of it.
    """
    if error.kind != FailureKind.TOO_LARGE or is_too_long(error.message):
        return error
    made = RequestError(error.what, error.message, error.status, hint, kind=error.kind)
    made.__cause__ = error.__cause__
    return made


class _NotAskedError(Exception):
    """A piece is as large as one that was refused meanwhile: its parts are to be asked for, where it has a use."""

    def __init__(self, smaller: Sequence[Any]) -> None:
        super().__init__()
        self.smaller = smaller


class Work(Generic[P]):
    """Pieces that are asked for.

    Args:
        door: asks.
        pieces: are made one by one, as there is room.
        sizes: what is known to be too much; whoever makes pieces may look at it, and make them no larger.
        workers: how many are asked for at a time; None is `Limits.parallel`.
        tell_apart: whether halves are asked for as well where the server says that a piece of several pairs cannot be
            computed, so that what is lost is the pair that it is said of.

    Attributes:
        lost: what could not be had.
        stopped: whether further pieces were not asked for, since nothing would have helped.
    """

    def __init__(
        self,
        door: Door,
        pieces: Iterable[P],
        sizes: Sizes | None = None,
        *,
        workers: int | None = None,
        tell_apart: bool = False,
    ) -> None:
        self.door = door
        self.lost: list[Lost[P]] = []
        self.stopped = False
        self._pieces = pieces
        self._tell_apart = tell_apart
        self._sizes = sizes or Sizes()
        self._useless = set[Hashable]()
        self._crew: Crew[P, Any] = Crew(self._answer, workers or door.run.limits.parallel)

    def stop(self) -> None:
        """Ask for nothing further; what is under way is waited for."""
        self.stopped = True
        self._crew.stop()

    def answers(self) -> Iterator[tuple[P, Any]]:
        """The pieces that were had, with their answers, as they come.

        A piece that is too much for the server is asked for in halves, and so is whatever follows and is as large. What
        is too much and cannot be cut, as one region on one image, is lost, and nothing further of the same whole is
        asked for; the rest goes on. After any other failure nothing further is asked for at all, while what is under
        way is waited for.
        """
        try:
            for piece, outcome in self._crew.results(self._pieces):
                if isinstance(outcome, _NotAskedError):
                    if outcome.smaller:
                        self._split(piece, "as large as what was refused", outcome.smaller)
                elif isinstance(outcome, RequestError):
                    self._failed(piece, outcome)
                elif isinstance(outcome, BaseException):
                    raise outcome
                else:
                    self._sizes.taken(piece.pairs, piece.pixels)
                    yield piece, outcome
        except BaseException:
            # An interrupt, or an error of whoever listens: nothing is asked for again by those under way.
            self.door.stop()
            raise

    def _answer(self, piece: P) -> Any:
        if piece.whole in self._useless:
            raise _NotAskedError(())
        smaller = self._smaller(piece)
        if smaller:
            raise _NotAskedError(smaller)
        return piece.ask(self.door)

    def _smaller(self, piece: P) -> Sequence[P]:
        if self._sizes.too_long(piece.bytes):
            return piece.halves(of_regions=True)
        return piece.halves() if self._sizes.too_large(piece.pairs, piece.pixels) else ()

    def _failed(self, piece: P, error: RequestError) -> None:
        halves: Sequence[P] = ()
        if error.kind == FailureKind.TOO_LARGE:
            halves = self._halves_of_refused(piece, error.message)
        elif self._tell_apart and error.kind in _FINAL and error.status in _LOOKED_AT:
            halves = piece.halves() if piece.pairs > 1 else ()
        else:
            self.stop()
        if halves:
            self._split(piece, error.message, halves)
        else:
            self._lose(piece, error)

    def _lose(self, piece: P, error: RequestError) -> None:
        self.lost.append(Lost(piece, error))
        if piece.whole is not None:
            self._useless.add(piece.whole)

    def _halves_of_refused(self, piece: P, text: str) -> Sequence[P]:
        """What to ask for instead of what was too much; nothing where it is one region on one image."""
        if is_too_long(text):
            self._sizes.refuse_length(piece.bytes)
            return piece.halves(of_regions=True)
        halves = piece.halves()
        learn = self._sizes.refuse_size if halves else self._sizes.excuse
        learn(piece.pairs, piece.pixels)
        return halves

    def _split(self, piece: P, reason: str, parts: Sequence[P]) -> None:
        self.door.note_split(piece.name, reason)
        self._crew.first(parts)
