"""gee-scl beside what else counts the pixels of each class in regions: seconds of CPU, wall time, memory, in one run.

Each contender is measured in a process of its own, one after the other: a call that is not measured, then five that
are, of which the medians are shown. Seconds of CPU are those of all threads; for gee-scl client, HTTP, engine and frame
are in them, from an open session to the frame. Imports are left out. "At best" is what a reader of its source would
write: rasterstats given arrays that are read once, exactextract given all rasters in one call. Contenders that are not
installed are left out and named; the extra `benchmarks` brings them all. What is too slow for its time (--seconds) is
measured by its first call; of many rasters a rival then counts a part, which is said, and scaled to the whole.

The counts of all who count by centres are compared with those by hand (rasterio and numpy). exactextract counts shares
of pixels, so that its totals are looked at. A comparison whose name ends in -growth counts 1, 4 and 16 times as many
regions; the exponent is that of seconds of CPU over regions.

usage: python -m tests.benchmarks [--only NAME[,NAME]] [--repeat N] [--json FILE] [--against CHECKOUT] [--skip-rivals]
       python -m tests.benchmarks --list
"""

from __future__ import annotations

import argparse
import ast
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks import machine
from tests.benchmarks.alone import CHECKOUT, Cost, Effort, measured
from tests.benchmarks.comparisons import COMPARISONS, Comparison
from tests.benchmarks.contenders import CONTENDERS, Counts
from tests.benchmarks.sources import SOURCES

OURS = "gee-scl"

MOST_MEGABYTES = 300
"""That are aimed at for the process with client and engine, on one tile."""

TIMES = 1, 4, 16
MOST_EXPONENT, MOST_GROWTH = 1.05, 1.1
"""Of seconds of CPU over regions, and of memory from the fewest to the most: what is aimed at."""

_GROWTH = "-growth"


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


def main() -> None:
    """Print a table for each comparison."""
    options = _options()
    if options.list:
        _list()
        return
    with tempfile.TemporaryDirectory() as work:
        contest = Contest(Path(work), Effort(options.repeat, options.seconds), options.against, options.skip_rivals)
        record = {"machine": machine.facts(), "versions": machine.versions(), "comparisons": {}}
        _print(machine.described())
        for name in options.only:
            record["comparisons"][name] = contest.grown(name) if name.endswith(_GROWTH) else contest.held(name)
            if options.json:
                options.json.write_text(json.dumps(record, indent=1), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", type=_names, default=_every_name(), metavar="NAME[,NAME]")
    parser.add_argument("--repeat", type=int, default=5, metavar="N", help="calls that are measured")
    parser.add_argument("--seconds", type=float, default=60, help="after which no call of a contender begins")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where all that is measured is written, too")
    parser.add_argument("--against", type=Path, metavar="CHECKOUT", help="of another state of this repository")
    parser.add_argument("--skip-rivals", action="store_true", help="but for those whose counts are compared")
    parser.add_argument("--list", action="store_true", help="name the comparisons and the other benchmarks")
    return parser.parse_args()


def _every_name() -> list[str]:
    return [*COMPARISONS, *(name + _GROWTH for name, comparison in COMPARISONS.items() if comparison.grows)]


def _names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := [name for name in names if name not in _every_name()]:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: not among {', '.join(_every_name())}")
    return names


def _list() -> None:
    _print("Comparisons of python -m tests.benchmarks:")
    for name in _every_name():
        usual = name.removesuffix(_GROWTH)
        _print(f"  {name:14} {COMPARISONS[usual].title}" + ", 1, 4 and 16 times" * (name != usual))
    _print("Other benchmarks:")
    for path in sorted(Path(__file__).parent.glob("*.py")):
        text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
        command = f"python -m tests.benchmarks.{path.stem}"
        if command in text:
            _print(f"  {command:35} {text.splitlines()[0]}")


class Contest:
    """All that are compared in one run.

    Args:
        work: a folder for rasters that are made.
        effort: how long each is measured.
        against: another checkout, if one was named.
        skip_rivals: whether only those are asked whose counts are compared.
    """

    def __init__(self, work: Path, effort: Effort, against: Path | None, skip_rivals: bool) -> None:
        self.work, self.effort, self.skip_rivals = work, effort, skip_rivals
        self.ours = [Entrant(OURS, OURS)]
        if against is not None:
            self.ours.append(Entrant(f"{OURS} at {machine.commit(against)}", OURS, against.resolve()))

    def held(self, name: str) -> dict[str, Any]:
        """One comparison with all contenders.

        Returns:
            What is written as JSON.
        """
        comparison = COMPARISONS[name]
        source = SOURCES[comparison.source](self.work)
        _print(f"\n{name}: {comparison.title}; {source.title}")
        results = list(self._results(name, source.folder, self._entrants(comparison)))
        _show(comparison, results)
        return {"title": comparison.title, "source": source.title, "results": [asdict(result) for result in results]}

    def grown(self, name: str) -> dict[str, Any]:
        """One comparison by its number of regions.

        Returns:
            What is written as JSON.
        """
        usual = name.removesuffix(_GROWTH)
        comparison = COMPARISONS[usual]
        source = SOURCES[comparison.source](self.work)
        _print(f"\n{name}: {comparison.title}, 1, 4 and 16 times; {source.title}")
        entrants = [*self.ours, Entrant(comparison.rivals[0], comparison.rivals[0])]
        results = [result for times in TIMES for result in self._results(usual, source.folder, entrants, times)]
        _show_growth(results)
        return {"title": comparison.title, "source": source.title, "results": [asdict(result) for result in results]}

    def _entrants(self, comparison: Comparison) -> list[Entrant]:
        rivals = comparison.rivals[:1] if self.skip_rivals else comparison.rivals
        present = [name for name in rivals if CONTENDERS[name].version is not None]
        if absent := [name for name in rivals if name not in present]:
            _print(f"  not installed, and left out: {', '.join(absent)}")
        return [*self.ours, *(Entrant(name, name) for name in present)]

    def _results(self, name: str, folder: Path, entrants: list[Entrant], times: int = 1) -> Iterator[Result]:
        by_hand = COMPARISONS[name].rivals[0]
        # Those by hand come first: with their counts all others are compared.
        measurements: dict[Entrant, tuple[Cost, Counts]] = {}
        for entrant in sorted(entrants, key=lambda entrant: entrant.contender != by_hand):
            sys.stderr.write(f"  measuring {entrant.title} ...\n")
            try:
                measurements[entrant] = measured(
                    name, entrant.contender, folder, self.effort, times=times, checkout=entrant.checkout
                )
            except RuntimeError as error:
                _print(f"  {entrant.title} failed: {error}")
        (expected,) = (counts for entrant, (_, counts) in measurements.items() if entrant.contender == by_hand)
        for entrant in entrants:
            if entrant in measurements:
                cost, counts = measurements[entrant]
                verdict = _compared(counts, expected, CONTENDERS[entrant.contender].by_centre)
                yield Result(entrant.title, times, cost, "by hand" if entrant.contender == by_hand else verdict)


def _compared(counts: Counts, expected: Counts, by_centre: bool) -> str:
    """What is said of the rasters that both have counted. Code 0 is left out: it is no data to most."""
    common = min(len(counts), len(expected))
    counts, expected = counts[:common, :, 1:], expected[:common, :, 1:]
    if not by_centre:
        return f"shares; total off by {abs(counts.sum() / expected.sum() - 1):.2%}"
    differing = int((counts != expected).sum())
    return f"{differing:,} of {expected.size:,} differ" if differing else f"all {expected.size:,} equal"


def _show(comparison: Comparison, results: list[Result]) -> None:
    ours = results[0].cost
    _row("", "CPU s", "wall s", "gee-scl / it", "at most", "peak MB", "calls", "counts")
    for result in results:
        ratio, most = ours.median_cpu / result.cost.median_cpu, comparison.most.get(result.entrant)
        aim = "" if most is None else f"{most:.2f} {_verdict(ratio, most)}"
        _row(*_figures(result, f"{ratio:.2f}", aim))
    if comparison.source == "tile":
        _print(f"  peak {ours.megabytes:.0f} MB, at most {MOST_MEGABYTES}: {_verdict(ours.megabytes, MOST_MEGABYTES)}")


def _show_growth(results: list[Result]) -> None:
    _row("", "CPU s", "wall s", "regions", "", "peak MB", "calls", "counts")
    for title in dict.fromkeys(result.entrant for result in results):
        own = [result for result in results if result.entrant == title]
        for result in own:
            _row(*_figures(result, f"x {result.times}", ""))
        if len(own) == len(TIMES):
            exponent = np.polyfit(np.log(TIMES), np.log([result.cost.median_cpu for result in own]), 1)[0]
            growth = own[-1].cost.megabytes / own[0].cost.megabytes
            _print(
                f"    exponent {exponent:.2f} (at most {MOST_EXPONENT}: {_verdict(exponent, MOST_EXPONENT)}), "
                f"peak x {growth:.2f} (at most {MOST_GROWTH}: {_verdict(growth, MOST_GROWTH)})"
            )


def _figures(result: Result, compared: str, aim: str) -> tuple[str, ...]:
    cost = result.cost
    said = "" if cost.share == 1 else f"; {cost.share:.0%} of the rasters counted, and scaled"
    return (
        *(result.entrant, f"{cost.median_cpu:.3f}", f"{cost.median_wall:.3f}", compared, aim),
        *(f"{cost.megabytes:.0f}", str(len(cost.cpu)), result.counts + said),
    )


def _verdict(value: float, most: float) -> str:
    return "met" if value <= most else "missed"


def _row(title: str, *values: str) -> None:
    widths = 9, 9, 14, 13, 9, 7
    *numbers, last = values
    _print(
        f"  {title:22}"
        + "".join(f"{value:>{width}}" for value, width in zip(numbers, widths, strict=True))
        + f"   {last}"
    )


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
