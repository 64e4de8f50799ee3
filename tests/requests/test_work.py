"""Work in pieces: halves of what is too much, sizes that are learned, and what is lost by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import ee
import pytest

import gee_scl
from gee_scl.local.server import LocalServer
from gee_scl.requests.door import Door
from gee_scl.requests.work import Work
from tests.support.engines import server_over, session_on


@pytest.fixture(scope="module")
def server(sample: Path) -> Iterator[LocalServer]:
    with server_over(sample) as running, session_on(running.url):
        yield running


@dataclass(frozen=True)
class Numbers:
    """A table of some numbers; each is a pair, and weighs what it says."""

    numbers: tuple[int, ...]
    weight: float = 1.0
    whole: str | None = None

    @property
    def name(self) -> str:
        return f"Numbers {self.numbers[0]} to {self.numbers[-1]}"

    @property
    def pairs(self) -> int:
        return len(self.numbers)

    @property
    def pixels(self) -> float:
        return self.weight * len(self.numbers)

    @property
    def bytes(self) -> int:
        return 100 * len(self.numbers)

    def table(self) -> ee.FeatureCollection:
        return ee.FeatureCollection([ee.Feature(None, {"number": number}) for number in self.numbers])

    def ask(self, door: Door) -> list[int]:
        return [int(row["number"]) for row in door.rows(self.name, self.table())]

    def halves(self, *, of_regions: bool = False) -> Sequence[Numbers]:
        del of_regions
        middle = len(self.numbers) // 2
        return [replace(self, numbers=part) for part in (self.numbers[:middle], self.numbers[middle:]) if middle]


def pieces(count: int, size: int) -> list[Numbers]:
    return [Numbers(tuple(range(start, start + size))) for start in range(0, count, size)]


def numbers_of(work: Work[Numbers]) -> list[int]:
    return sorted(number for _, numbers in work.answers() for number in numbers)


def alone() -> Door:
    return Door(gee_scl.Run(gee_scl.Limits(parallel=1)))


def test_what_is_too_much_is_halved_and_nothing_as_large_is_asked_for_again(server: LocalServer) -> None:
    door = alone()
    work = Work(door, pieces(320, 32))
    with server.fail("table.computeFeatures", error="memory", rows=9) as fault:
        assert numbers_of(work) == list(range(320))
    # 32 and 16 are refused once each; then all is asked for by eights.
    assert fault.struck == 2
    assert door.requests == 2 + 320 // 8
    assert not work.lost


def test_outlines_that_are_too_long_are_learned_of_by_their_bytes(server: LocalServer) -> None:
    door = alone()
    with server.fail("table.computeFeatures", error="payload", rows=9) as fault:
        assert numbers_of(Work(door, pieces(320, 32))) == list(range(320))
    assert fault.struck == 2


def test_one_pair_that_is_too_much_is_lost_and_the_rest_goes_on(server: LocalServer) -> None:
    work = Work(alone(), pieces(64, 16))
    with server.fail("table.computeFeatures", error="memory", rows=0, after=1, times=5):
        numbers = numbers_of(work)
    assert len(work.lost) == 1
    (lost,) = work.lost
    assert len(lost.piece.numbers) == 1
    assert sorted([*numbers, *lost.piece.numbers]) == list(range(64))
    assert not work.stopped


def test_what_nothing_helps_stops_the_work_at_once(server: LocalServer) -> None:
    work = Work(alone(), pieces(64, 16))
    with server.fail("table.computeFeatures", error="no-band", rows=0, after=1) as fault:
        numbers = numbers_of(work)
    assert numbers == list(range(16))
    assert fault.struck == 1
    assert work.stopped
    assert [lost.piece.name for lost in work.lost] == ["Numbers 16 to 31"]


def test_sizes_are_told_apart_by_pairs_and_pixels(server: LocalServer) -> None:
    """A heavy piece that is refused says nothing of light ones that have as many pairs."""
    door = alone()
    heavy, light = Numbers(tuple(range(10)), weight=1e6), Numbers(tuple(range(10, 20)))
    with server.fail("table.computeFeatures", error="memory", rows=9, times=1):
        assert numbers_of(Work(door, [heavy, light])) == list(range(20))
    assert door.requests == 1 + 2 + 1


def test_nothing_further_is_asked_for_of_what_is_of_no_use_without_a_lost_piece(server: LocalServer) -> None:
    door, parts = alone(), [replace(piece, whole=f"whole {n % 2}") for n, piece in enumerate(pieces(64, 16))]
    with server.fail("table.computeFeatures", error="memory", rows=0, times=5):
        work = Work(door, parts)
        numbers = numbers_of(work)
    # Of the first piece, its halves and so on to one number: nothing more of its whole, and all of the other.
    assert [lost.piece.numbers for lost in work.lost] == [(0,)]
    assert numbers == [*range(16, 32), *range(48, 64)]
    assert not work.stopped


def test_what_cannot_be_computed_is_found_among_what_can(server: LocalServer) -> None:
    """Sixteen numbers, their first half, its first half: the server says of the third request that it cannot be."""
    work = Work(alone(), pieces(32, 16), tell_apart=True)
    with server.fail("table.computeFeatures", error="no-band", rows=0, times=5):
        numbers = numbers_of(work)
    assert [lost.piece.numbers for lost in work.lost] == [(0,)]
    assert numbers == list(range(1, 32))
    assert not work.stopped


@pytest.mark.parametrize("words", ["status=403", "status=401"])
def test_who_may_not_ask_is_not_asked_for_by_halves(server: LocalServer, words: str) -> None:
    work = Work(alone(), pieces(32, 16), tell_apart=True)
    with server.fail(f"table.computeFeatures {words}") as fault:
        assert numbers_of(work) == []
    assert fault.struck == 1
    assert work.stopped
