"""The contenders of the benchmarks count the same pixels, so that what they take can be compared."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks.comparisons import BINCOUNT, COMPARISONS, LOOP, Job
from tests.benchmarks.contenders import CONTENDERS, Counts
from tests.benchmarks.sources import made

# Of rasterio's, for each region: thousands.
pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")


def counted(contender: str, job: Job) -> Counts:
    """Pixels of the classes 1 to 11."""
    chosen = CONTENDERS[contender]
    with chosen.opened(job):
        return chosen.counts(job, chosen.count(job))[..., 1:]


PRESENT = [name for name, contender in CONTENDERS.items() if contender.version is not None]
"""The extra `benchmarks` brings the others, which take long to install."""


@pytest.mark.parametrize("contender", [name for name in PRESENT if name not in (LOOP, BINCOUNT)])
def test_a_contender_counts_the_pixels_that_are_counted_by_hand(contender: str, tmp_path: Path) -> None:
    job = COMPARISONS["dates"].job(made(tmp_path / "rasters", 32, 2))
    expected, counts = counted(LOOP, job), counted(contender, job)
    assert expected.sum() == 2 * 32 * 32
    if CONTENDERS[contender].by_centre:
        assert (counts == expected).all()
    else:
        np.testing.assert_allclose(counts.sum(axis=1), expected.sum(axis=1), rtol=1e-6)


def test_one_region_over_all_is_the_raster(tmp_path: Path) -> None:
    job = COMPARISONS["whole"].job(made(tmp_path / "rasters", 32, 2))
    assert (counted("gee-scl", job) == counted(BINCOUNT, job)).all()


def test_the_command_names_what_it_compares_and_all_other_benchmarks() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "--list"], capture_output=True, text=True, check=True
    ).stdout
    folder = Path(__file__).parents[1] / "benchmarks"
    commands = [path.stem for path in folder.glob("*.py") if "usage: " in path.read_text("utf-8")]
    assert set(commands) - {"__main__"} <= {word.removeprefix("tests.benchmarks.") for word in said.split()}
    assert all(f"  {name} " in said for name in COMPARISONS)
