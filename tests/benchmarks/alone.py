"""One contender on one comparison, measured in a process of its own, whose memory at its most is then its own."""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from tests.benchmarks.comparisons import COMPARISONS, Job
from tests.benchmarks.contenders import CONTENDERS, Contender, Counts
from tests.support.memory import peak_megabytes

CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Cost:
    """What a contender took.

    Attributes:
        cpu: seconds of each call, of all threads of its process.
        wall: seconds of each call.
        share: of the rasters that a call counted; all but gee-scl do a part where the whole would take too long.
        megabytes_before: at the most, before the first call.
        megabytes: at the most, in the end.
    """

    cpu: list[float]
    wall: list[float]
    share: float
    megabytes_before: float
    megabytes: float

    @property
    def median_cpu(self) -> float:
        """Seconds for all rasters."""
        return median(self.cpu) / self.share

    @property
    def median_wall(self) -> float:
        """Seconds for all rasters."""
        return median(self.wall) / self.share


@dataclass(frozen=True)
class Effort:
    """How long to measure.

    Attributes:
        calls: that are measured, after one that is not.
        seconds: after which no other call begins. A first call that takes longer is the one that is measured. A rival
            counts only so many rasters as it can in this time.
    """

    calls: int
    seconds: float


def measured(
    comparison: str, contender: str, folder: Path, effort: Effort, *, times: int = 1, checkout: Path = CHECKOUT
) -> tuple[Cost, Counts]:
    """What a contender takes, and its counts.

    Args:
        comparison: by its name.
        contender: by its name.
        folder: of the rasters.
        effort: how long to measure.
        times: how many times the comparison's regions there are.
        checkout: whose gee_scl is used; all else is of this one.

    Raises:
        RuntimeError: it failed.
    """
    with tempfile.TemporaryDirectory() as work:
        command = [comparison, contender, folder, effort.calls, effort.seconds, times, checkout, work]
        done = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.alone", *map(str, command)],
            cwd=CHECKOUT,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr.strip().splitlines()[-1])
        return Cost(**json.loads((Path(work) / "cost.json").read_text("utf-8"))), np.load(Path(work) / "counts.npy")


def main() -> None:
    """Measure it, and write what was found into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    arguments: dict[str, Callable[[str], Any]] = {
        **{"comparison": str, "contender": str, "folder": Path, "calls": int},
        **{"seconds": float, "times": int, "checkout": Path, "work": Path},
    }
    for name, kind in arguments.items():
        parser.add_argument(name, type=kind)
    given = parser.parse_args()
    if given.contender == "gee-scl":
        _load_package(given.checkout)
    warnings.simplefilter("ignore")
    whole = COMPARISONS[given.comparison].job(given.folder, given.times)
    contender = CONTENDERS[given.contender]
    with contender.opened(whole):
        before = peak_megabytes()
        job = whole if given.contender == "gee-scl" else _part(whole, contender, given.seconds)
        answer, cpu, wall = _timed(lambda: contender.count(job), Effort(given.calls, given.seconds))
        cost = Cost(cpu, wall, len(job.rasters) / len(whole.rasters), before, peak_megabytes())
    (given.work / "cost.json").write_text(json.dumps(asdict(cost)), encoding="utf-8")
    np.save(given.work / "counts.npy", contender.counts(job, answer))


def _load_package(checkout: Path) -> None:
    """Import gee_scl from a checkout; modules of `tests` are already this one's."""
    sys.path.insert(0, str(checkout))
    import gee_scl

    if not Path(gee_scl.__file__).is_relative_to(checkout):
        raise SystemExit(f"{checkout} has no gee_scl.")


def _part(job: Job, contender: Contender, seconds: float) -> Job:
    """The rasters that are counted in a time, by what the first of them takes once everything is imported."""
    if len(job.rasters) == 1:
        return job
    first = replace(job, rasters=job.rasters[:1])
    _, _, (once,) = _timed(lambda: contender.count(first), Effort(1, math.inf))
    return replace(job, rasters=job.rasters[: max(1, int(seconds / once))])


def _timed(call: Callable[[], Any], effort: Effort) -> tuple[Any, list[float], list[float]]:
    cpu: list[float] = []
    wall: list[float] = []
    began = time.perf_counter()
    # One more call than are measured: the first.
    while not cpu or (len(cpu) <= effort.calls and time.perf_counter() - began < effort.seconds):
        cpu_at, wall_at = time.process_time(), time.perf_counter()
        answer = call()
        cpu.append(time.process_time() - cpu_at)
        wall.append(time.perf_counter() - wall_at)
    return answer, cpu[1:] or cpu, wall[1:] or wall


if __name__ == "__main__":
    main()
