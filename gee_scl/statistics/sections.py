"""Sections of a survey: regions that are measured on one set of images, or days, in one way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gee_scl.requests.limits import Limits
from gee_scl.requests.sizes import Sizes
from gee_scl.statistics.cutting import Wanted, cut
from gee_scl.statistics.meeting import IntArray, chunks
from gee_scl.statistics.parts import DigestArray
from gee_scl.statistics.pieces import Subject, SurveyPiece

_ODD = np.uint64(0x9E3779B97F4A7C15)
"""Spreads the numbers of parts, so that their sums with those of regions differ (2**64 over the golden ratio)."""


@dataclass(frozen=True, eq=False)
class Section:
    """A part of the work that is cut into pieces.

    Attributes:
        subject: what its pieces are about.
        members: positions of its regions.
        make: a piece of positions of regions and of parts.
    """

    subject: Subject
    members: IntArray
    make: Callable[[tuple[int, ...], tuple[int, ...]], SurveyPiece]

    def pieces(self, limits: Limits, wanted: Wanted | None = None, sizes: Sizes | None = None) -> Iterator[SurveyPiece]:
        """Its requests, made one by one.

        Args:
            limits: of a request.
            wanted: what is still to be asked for; None is everything.
            sizes: what was too much for the server up to now.
        """
        subject = self.subject
        for places, parts in cut(
            subject.places,
            self.members,
            subject.parts,
            limits,
            classes=len(subject.measure.scheme.values),
            scale=subject.scale,
            wanted=wanted,
            sizes=sizes,
        ):
            yield self.make(places, parts)

    def count_pairs(self) -> int:
        """How many pairs of a region and a part can meet."""
        return sum(int(np.count_nonzero(self.subject.parts.reads(some))) for some in chunks(self.members))

    def whole(self) -> SurveyPiece:
        """All of it as one piece, for a task."""
        return self.make(tuple(self.members.tolist()), tuple(self.subject.parts.order.tolist()))


def cell_keys(subject: Subject, places: npt.ArrayLike) -> DigestArray:
    """Regions x parts: the number by which the answer of each pair is known again.

    Args:
        subject: of the work.
        places: positions of the regions.
    """
    chosen = np.asarray(places, np.int64)
    regions: DigestArray = subject.digests[chosen][:, np.newaxis]
    return regions + subject.parts.digests(chosen) * _ODD
