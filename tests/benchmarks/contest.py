"""All contenders of a comparison, one after the other, and whether they have counted the same pixels."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks import machine
from tests.benchmarks.alone import CHECKOUT, Cost, Effort, measured
from tests.benchmarks.comparisons import COMPARISONS, Comparison
from tests.benchmarks.contenders import CONTENDERS, Counts
from tests.benchmarks.sources import SOURCES, Source

OURS = "gee-scl"

TIMES = 1, 4, 16
"""How many times as many regions there are, where that is measured."""

_GROWTH = "-growth"

NAMES = [*COMPARISONS, *(name + _GROWTH for name, comparison in COMPARISONS.items() if comparison.grows)]
"""Of all rounds."""


@dataclass(frozen=True)
class Entrant:
    """A contender as it is entered.

    Attributes:
        title: for people.
        contender: its name.
        checkout: whose gee_scl it uses, if it does.
    """

    title: str
    contender: str
    checkout: Path = CHECKOUT


@dataclass(frozen=True)
class Result:
    """What an entrant did.

    Attributes:
        entrant: its title.
        times: how many times as many regions as usual.
        cost: what it took.
        counts: what is said of its counts.
    """

    entrant: str
    times: int
    cost: Cost
    counts: str


@dataclass(frozen=True)
class Round:
    """A comparison, or how its cost grows with the number of regions.

    Attributes:
        name: of `NAMES`.
    """

    name: str

    @property
    def grows(self) -> bool:
        """Whether it is about growth."""
        return self.name.endswith(_GROWTH)

    @property
    def usual(self) -> str:
        """The name of the comparison."""
        return self.name.removesuffix(_GROWTH)

    @property
    def comparison(self) -> Comparison:
        """What is compared."""
        return COMPARISONS[self.usual]

    @property
    def title(self) -> str:
        """For people."""
        return f"{self.comparison.title}, {', '.join(map(str, TIMES))} times" if self.grows else self.comparison.title


class Contest:
    """What all rounds of a run share.

    Args:
        work: a folder for rasters that are made.
        effort: how long each entrant is measured.
        against: another checkout, if one was named.
        skip_rivals: whether only those are asked whose counts are compared.
    """

    def __init__(self, work: Path, effort: Effort, against: Path | None, skip_rivals: bool) -> None:
        self.work, self.effort, self.skip_rivals = work, effort, skip_rivals
        self.ours = [Entrant(OURS, OURS)]
        if against is not None:
            self.ours.append(Entrant(f"{OURS} at {machine.commit(against)}", OURS, against.resolve()))

    def source(self, round_: Round) -> Source:
        """The rasters of a round, made if they have to be."""
        return SOURCES[round_.comparison.source](self.work)

    def rivals(self, round_: Round) -> list[str]:
        """Who is asked beside gee-scl, if installed; the first are those by hand."""
        rivals = round_.comparison.rivals
        return [*rivals[:1]] if round_.grows or self.skip_rivals else [*rivals]

    def results(self, round_: Round) -> Iterator[Result]:
        """What each entrant did, gee-scl first.

        Raises:
            RuntimeError: gee-scl or those by hand failed; of others it is said.
        """
        present = [name for name in self.rivals(round_) if CONTENDERS[name].version is not None]
        entrants = [*self.ours, *(Entrant(name, name) for name in present)]
        folder = self.source(round_).folder
        for times in TIMES if round_.grows else TIMES[:1]:
            yield from self._results(round_, folder, entrants, times)

    def _results(self, round_: Round, folder: Path, entrants: list[Entrant], times: int) -> Iterator[Result]:
        by_hand = round_.comparison.rivals[0]
        measurements: dict[str, tuple[Cost, Counts]] = {}
        for entrant in entrants:
            sys.stderr.write(f"  measuring {entrant.title} ...\n")
            try:
                measurements[entrant.title] = measured(
                    *(round_.usual, entrant.contender, folder, self.effort), times=times, checkout=entrant.checkout
                )
            except RuntimeError as error:
                if entrant.title in (OURS, by_hand):
                    raise
                sys.stderr.write(f"  {entrant.title} failed: {error}\n")
        _, expected = measurements[by_hand]
        for entrant in entrants:
            if entrant.title in measurements:
                cost, counts = measurements[entrant.title]
                exact = CONTENDERS[entrant.contender].by_centre
                said = "by hand" if entrant.title == by_hand else _compared(counts, expected, exact)
                yield Result(entrant.title, times, cost, said)


def _compared(counts: Counts, expected: Counts, exact: bool) -> str:
    """What is said of the rasters that both have counted. Code 0 is left out: it is no data to most."""
    common = min(len(counts), len(expected))
    counts, expected = counts[:common, :, 1:], expected[:common, :, 1:]
    if not exact:
        return f"shares; total off by {abs(counts.sum() / expected.sum() - 1):.2%}"
    differing = int((counts != expected).sum())
    return f"{differing:,} of {expected.size:,} differ" if differing else f"all {expected.size:,} equal"


def recorded(round_: Round, source: Source, results: list[Result]) -> dict[str, Any]:
    """A round as JSON."""
    return {
        "title": round_.title,
        "source": source.title,
        "most": dict(round_.comparison.most),
        "results": [
            {**asdict(result), "median_cpu": result.cost.median_cpu, "median_wall": result.cost.median_wall}
            for result in results
        ],
    }
