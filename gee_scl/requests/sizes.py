"""How much at a time was too much for the server, so that as much is not asked for again: learned while a job runs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_NEARLY: Final = 0.8
"""Of a size that was refused: what is larger than this in every way will be refused, too. What comes later is cut to a
little less, so a bound that is not known is approached in steps of this, from above."""

_TRUST: Final = 50
"""Good answers after which a step more is tried: a refusal may have had another reason, such as one bad region."""

_PAYLOAD = re.compile("payload|Request Entity Too Large", re.IGNORECASE)
"""In the text of a request whose body was too long: outlines make it so, not images or pixels."""

Size = tuple[float, float]
"""Pairs of region and image, or day; and pixels that are read, about."""


def is_too_long(text: str) -> bool:
    """Whether a refusal speaks of the length of a request, and not of the work that it asks for."""
    return _PAYLOAD.search(text) is not None


class Sizes:
    """What is too much for the server, as far as it is known."""

    def __init__(self) -> None:
        self.learned = False
        """Whether anything was refused for its size."""
        self._refused: list[Size] = []
        self._bytes = float("inf")
        self._good, self._trust, self._raised = 0, _TRUST, False

    def taken(self, pairs: int, pixels: float) -> None:
        """Take note of what was answered.

        Refusals of what is no larger are forgotten: size was not their reason. After many good answers a little more
        is tried, which is done the more rarely the more often it was refused.

        Args:
            pairs: that were asked for at a time.
            pixels: likewise.
        """
        self._refused = [size for size in self._refused if not _as_large((pairs, pixels), size)]
        self._good += 1
        if self._refused and self._good >= self._trust:
            self._good, self._raised = 0, True
            self._refused = [(pairs / _NEARLY, pixels / _NEARLY) for pairs, pixels in self._refused]

    def refuse_size(self, pairs: int, pixels: float) -> None:
        """Take note of what was too much.

        Args:
            pairs: that were asked for at a time.
            pixels: likewise.
        """
        self.learned, self._good = True, 0
        if self._raised:
            self._trust, self._raised = 2 * self._trust, False
        self._refused = [*_not_implied(self._refused, (pairs, pixels)), (pairs, pixels)]

    def excuse(self, pairs: int, pixels: float) -> None:
        """Forget refusals that a part explains which cannot be cut, and is too much by itself.

        Args:
            pairs: of the part.
            pixels: likewise.
        """
        self._refused = _not_implied(self._refused, (pairs, pixels))

    def refuse_length(self, size: float) -> None:
        """Take note of outlines of so many bytes that they were too much."""
        self.learned = True
        self._bytes = min(self._bytes, size)

    def too_large(self, pairs: int, pixels: float) -> bool:
        """Whether this is about as large, in every way, as what was refused."""
        return any(_as_large((pairs, pixels), size) for size in self._refused)

    def too_long(self, size: float) -> bool:
        """Whether outlines of so many bytes are about as long as those that were refused."""
        return size >= _NEARLY * self._bytes


def _as_large(size: Size, refused: Size) -> bool:
    return all(own >= _NEARLY * other for own, other in zip(size, refused, strict=True))


def _not_implied(sizes: Iterable[Size], by: Size) -> list[Size]:
    """Sizes that are smaller in some way than another one, which says nothing of them."""
    return [size for size in sizes if size[0] < by[0] or size[1] < by[1]]
