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
from pathlib import Path
from typing import Any

from tests.benchmarks import machine
from tests.benchmarks.alone import Effort
from tests.benchmarks.contenders import CONTENDERS
from tests.benchmarks.contest import NAMES, Contest, Round, recorded
from tests.benchmarks.tables import table


def main() -> None:
    """Print a table for each comparison."""
    options = _options()
    if options.list:
        _list()
        return
    _print(machine.described())
    record: dict[str, Any] = {"machine": machine.facts(), "versions": machine.versions(), "comparisons": {}}
    with tempfile.TemporaryDirectory() as work:
        contest = Contest(Path(work), Effort(options.repeat, options.seconds), options.against, options.skip_rivals)
        for round_ in map(Round, options.only):
            source = contest.source(round_)
            _print(f"\n{round_.name}: {round_.title}; {source.title}")
            if absent := [name for name in contest.rivals(round_) if CONTENDERS[name].version is None]:
                _print(f"  not installed, and left out: {', '.join(absent)}")
            results = list(contest.results(round_))
            for line in table(round_, results):
                _print(line)
            record["comparisons"][round_.name] = recorded(round_, source, results)
            if options.json:  # each time: a long run may be stopped
                options.json.write_text(json.dumps(record, indent=1), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", type=_names, default=NAMES, metavar="NAME[,NAME]")
    parser.add_argument("--repeat", type=int, default=5, metavar="N", help="calls that are measured")
    parser.add_argument("--seconds", type=float, default=60, help="after which no call of a contender begins")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where all that is measured is written, too")
    parser.add_argument("--against", type=Path, metavar="CHECKOUT", help="of another state of this repository")
    parser.add_argument("--skip-rivals", action="store_true", help="but for those whose counts are compared")
    parser.add_argument("--list", action="store_true", help="name the comparisons and the other benchmarks")
    return parser.parse_args()


def _names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := [name for name in names if name not in NAMES]:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: not among {', '.join(NAMES)}")
    return names


def _list() -> None:
    _print("Comparisons of python -m tests.benchmarks:")
    for round_ in map(Round, NAMES):
        _print(f"  {round_.name:37}{round_.title}")
    _print("Other benchmarks:")
    for path in sorted(Path(__file__).parent.glob("*.py")):
        text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
        command = f"python -m tests.benchmarks.{path.stem}"
        if command in text:
            _print(f"  {command:37}{text.splitlines()[0]}")


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
