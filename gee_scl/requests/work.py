"""Work in pieces: several at a time, what is too much in halves, and what could not be had by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, Self, TypeVar

import ee

from gee_scl.errors import RequestError
from gee_scl.requests.crew import Crew
from gee_scl.requests.door import Door, Row
from gee_scl.requests.failures import FailureKind
from gee_scl.requests.sizes import Sizes, is_too_long


class Piece(Protocol):
    """A part of the work that one request does."""

    @property
    def name(self) -> str:
        """What to call it when it fails."""

    @property
    def pairs(self) -> int:
        """Of region and image, or day, that can meet: at most so many rows come back."""

    @property
    def pixels(self) -> float:
        """That are read, about."""

    @property
    def bytes(self) -> int:
        """Of outlines that are sent, about."""

    def table(self) -> ee.FeatureCollection:
        """The expression whose rows are the answer."""

    def read(self, rows: Sequence[Row]) -> Any:
        """What an answer says.

        Raises:
            RequestError: it is not of what was asked for.
        """

    def halves(self, *, of_regions: bool = False) -> Sequence[Self]:
        """Two parts that give the same rows together; nothing where it cannot be cut.

        Args:
            of_regions: whether to cut the regions first, and not the images.
        """


P = TypeVar("P", bound=Piece)


@dataclass(frozen=True)
class Lost(Generic[P]):
    """A piece that could not be had, and why."""

    piece: P
    error: RequestError


class _NotAskedError(Exception):
    """A piece is as large as one that was refused meanwhile: its parts are to be asked for."""

    def __init__(self, smaller: Sequence[Any]) -> None:
        super().__init__()
        self.smaller = smaller


class Work(Generic[P]):
    """Pieces that are asked for.

    Args:
        door: asks.
        pieces: are made one by one, as there is room.
        sizes: what is known to be too much; whoever makes pieces may look at it, and make them no larger.

    Attributes:
        lost: what could not be had.
        stopped: whether further pieces were not asked for, since nothing would have helped.
    """

    def __init__(self, door: Door, pieces: Iterable[P], sizes: Sizes | None = None) -> None:
        self.door = door
        self.lost: list[Lost[P]] = []
        self.stopped = False
        self._pieces = pieces
        self._sizes = sizes or Sizes()
        self._crew: Crew[P, Any] = Crew(self._answer, door.run.limits.parallel)

    def stop(self) -> None:
        """Ask for nothing further; what is under way is waited for."""
        self.stopped = True
        self._crew.stop()

    def answers(self) -> Iterator[tuple[P, Any]]:
        """The pieces that were had, with what `read` makes of their rows, as they come.

        A piece that is too much for the server is asked for in halves, and so is whatever follows and is as large. One
        region on one image that is too much is lost; the rest goes on. After any other failure nothing further is
        asked for, while what is under way is waited for.
        """
        try:
            for piece, outcome in self._crew.results(self._pieces):
                if isinstance(outcome, _NotAskedError):
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
        smaller = self._smaller(piece)
        if smaller:
            raise _NotAskedError(smaller)
        return piece.read(self.door.rows(piece.name, piece.table(), page=max(1, piece.pairs)))

    def _smaller(self, piece: P) -> Sequence[P]:
        if self._sizes.too_long(piece.bytes):
            return piece.halves(of_regions=True)
        return piece.halves() if self._sizes.too_large(piece.pairs, piece.pixels) else ()

    def _failed(self, piece: P, error: RequestError) -> None:
        halves: Sequence[P] = ()
        if error.kind == FailureKind.TOO_LARGE:
            halves = self._halves_of_refused(piece, error.message)
        else:
            self.stop()
        if halves:
            self._split(piece, error.message, halves)
        else:
            self.lost.append(Lost(piece, error))

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
