"""A table as one task, or as several where one request would be too large: by tile, then by year or in halves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gee_scl.options.digests import digest

if TYPE_CHECKING:
    from gee_scl.statistics.pieces import SurveyPiece
    from gee_scl.statistics.sections import Section


@dataclass(frozen=True, eq=False)
class TablePart:
    """The rows that one task writes.

    Attributes:
        pieces: what they are of.
        label: what tells it from other parts, such as "32TPS_2023" or "32TPS_to_32TQS"; "" of a whole table.
        number: which of the parts it is, from 1.
        count: how many there are.
        cut: digits by which it is known again how the table is cut.
    """

    pieces: tuple[SurveyPiece, ...]
    label: str = ""
    number: int = 1
    count: int = 1
    cut: str = ""

    @property
    def places(self) -> list[int]:
        """Positions of its regions."""
        return sorted({place for piece in self.pieces for place in piece.places})

    @property
    def outline_bytes(self) -> int:
        """Of the outlines that its request has at the least."""
        return sum(piece.bytes for piece in self.pieces)

    def named(self, name: str) -> str:
        """Its name, of the table's."""
        return _joined(name, self.label)

    def by_tile(self) -> list[TablePart]:
        """Parts with the same rows together, one for each tile: each has its own outlines only."""
        return [part for piece in self.pieces for part in self._parts(piece.by_tile())]

    def smaller(self, size: int) -> list[TablePart]:
        """Parts with the same rows together; none where it cannot be cut.

        Args:
            size: bytes of its request: where most of them are outlines, which every year has again, regions are halved.
        """
        (piece,) = self.pieces
        years = piece.by_year() if 2 * piece.bytes < size else []
        if len(years) > 1:
            return self._parts(years)
        return self._parts([(str(number), half) for number, half in enumerate(piece.halves(of_regions=True), 1)])

    def _parts(self, named: Sequence[tuple[str, SurveyPiece]]) -> list[TablePart]:
        return [TablePart((piece,), _joined(self.label, name)) for name, piece in named]


def table_parts(sections: Sequence[Section], size: Callable[[TablePart], int], most: int) -> list[TablePart]:
    """What the tasks of a table write: all rows together, each once, in as few parts as neighbours can be put into.

    Args:
        sections: what is measured.
        size: bytes of the request for a part, or as many as it has at the least, if these are too many already.
        most: bytes that a request may have. What cannot be cut is a part, whatever it has.
    """
    whole = TablePart(tuple(section.whole() for section in sections))
    if size(whole) <= most:
        return [whole]
    sized = [pair for tile in whole.by_tile() for pair in _cut(tile, size, most)]
    parts = list(_told_apart(list(_packed(sized, most)))) or [whole]
    cut = f"{digest([[(piece.places, piece.parts) for piece in part.pieces] for part in parts]):016x}"
    return [replace(part, number=number, count=len(parts), cut=cut) for number, part in enumerate(parts, 1)]


def _cut(part: TablePart, size: Callable[[TablePart], int], most: int) -> Iterator[tuple[TablePart, int]]:
    """A part, or those that it is cut into, with their sizes."""
    own = size(part)
    smaller = part.smaller(own) if own > most else []
    if not smaller:
        yield part, own
    for one in smaller:
        yield from _cut(one, size, most)


def _packed(parts: Iterable[tuple[TablePart, int]], most: int) -> Iterator[TablePart]:
    """Neighbours as one part as long as they have room: few tasks, and hardly one without any row."""
    group: list[TablePart] = []
    spent = 0
    for part, size in parts:
        if group and spent + size > most:
            yield _one_of(group)
            group, spent = [], 0
        group.append(part)
        spent += size
    if group:
        yield _one_of(group)


def _one_of(group: Sequence[TablePart]) -> TablePart:
    if len(group) == 1:
        return group[0]
    pieces = tuple(piece for part in group for piece in part.pieces)
    return TablePart(pieces, _joined(group[0].label, "to", group[-1].label))


def _told_apart(parts: Sequence[TablePart]) -> Iterator[TablePart]:
    """Parts with labels of their own: regions of one tile may be counted in two zones."""
    counts, seen = Counter(part.label for part in parts), Counter[str]()
    for part in parts:
        seen[part.label] += 1
        again = counts[part.label] > 1
        yield replace(part, label=_joined(part.label, str(seen[part.label]))) if again else part


def _joined(*words: str) -> str:
    return "_".join(filter(None, words))
