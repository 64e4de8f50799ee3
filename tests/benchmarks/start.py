"""What a start costs: `import gee_scl`, and commands in processes of their own.

Seconds of CPU and seconds on the clock of whole processes, from their start to their end, medians of some; the least
and the most of the clock say how quiet the machine was. `import ee` and an empty program stand beside them. Each is run
once before, uncounted: then Python has compiled what it imports, and the sample is made.

Another checkout, such as one of an earlier commit, is measured alongside, in turns.

usage: python -m tests.benchmarks.start [--times N] [--against CHECKOUT]
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]

STARTS = {
    "python -c pass": ("-c", "pass"),
    "import ee": ("-c", "import ee"),
    "import gee_scl": ("-c", "import gee_scl"),
    "import ee, gee_scl": ("-c", "import ee, gee_scl"),
    "gee-scl --help": ("-m", "gee_scl", "--help"),
    "gee-scl legend": ("-m", "gee_scl", "legend"),
    "gee-scl stats --local": ("-m", "gee_scl", "stats", "--local"),
}
"""What is started, and how Python is told so."""


@dataclass
class Seconds:
    """What processes of one kind have taken."""

    cpu: list[float] = field(default_factory=list)
    clock: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        cpu, clock = statistics.median(self.cpu), statistics.median(self.clock)
        return f"{cpu:8.3f}{clock:8.3f}  ({min(self.clock):.3f} to {max(self.clock):.3f})"


def main() -> None:
    """Print a line for each start, and each checkout."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=5, help="processes of each kind (default: 5)")
    parser.add_argument("--against", type=Path, metavar="CHECKOUT", help="of another version")
    options = parser.parse_args()
    checkouts = {"": CHECKOUT, **({"against": options.against.resolve()} if options.against else {})}
    _print(f"{'':24}{'CPU s':>8}{'clock s':>8}  (least to most)")
    for name, words in STARTS.items():
        taken = {label: Seconds() for label in checkouts}
        for turn in range(options.times + 1):
            for label, checkout in checkouts.items():
                cpu, clock = _run(checkout, words)
                if turn > 0:
                    taken[label].cpu.append(cpu)
                    taken[label].clock.append(clock)
        for label, seconds in taken.items():
            _print(f"{name:24}{seconds}  {label}".rstrip())


def _run(checkout: Path, words: tuple[str, ...]) -> tuple[float, float]:
    """Seconds of CPU and on the clock of one process, in a folder from which nothing can be imported."""
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as folder:
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run([sys.executable, *words], cwd=folder, env=environment, check=True, capture_output=True)
        clock, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, clock


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
