"""A job that is ended from outside, by Ctrl-C or by a kill: at once, with what was had, and it goes on from there."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import gee_scl
from gee_scl.local.server import LocalServer
from tests.support.engines import server_over, session_on

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of another process are those of POSIX")

LIMITS = gee_scl.Limits(rows=6, regions=2, parallel=4)

WORKS = """
    import signal, sys, time
    import gee_scl
    import gee_scl.statistics.framing

    # What a script has started in the background ignores it, and so would this.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    gee_scl.statistics.framing._BUFFERED = 5
    url, checkpoint, output, lives_on = sys.argv[1:]
    limits = gee_scl.Limits(rows=6, regions=2, parallel=4)
    with gee_scl.local_session(url):
        images = gee_scl.collection(start="2023-05-01", end="2023-07-01")
        run = gee_scl.Run(limits=limits, checkpoint=checkpoint, output=output or None)
        print("begins", flush=True)
        try:
            gee_scl.class_statistics(images, gee_scl.sample_regions(), id="name", run=run)
        except KeyboardInterrupt:
            print("interrupted", flush=True)
            time.sleep(float(lives_on))
            raise
"""

TABLES = "table.computeFeatures"


@pytest.fixture(scope="module")
def server(sample: Path) -> Iterator[LocalServer]:
    with server_over(sample) as server, session_on(server.url):
        yield server


@contextmanager
def working(
    server: LocalServer, folder: Path, output: Path | None = None, lives_on: float = 0
) -> Iterator[subprocess.Popen[str]]:
    """A process at work, whose first requests for statistics the engine has.

    Args:
        server: that it asks.
        folder: of its checkpoint.
        output: of its frame.
        lives_on: seconds after it was interrupted.
    """
    command = [sys.executable, "-c", textwrap.dedent(WORKS), server.url, str(folder), str(output or ""), str(lives_on)]
    before = server.counters.requests[TABLES]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "begins\n"
            deadline = time.monotonic() + 20
            while server.counters.requests[TABLES] < before + 2 and time.monotonic() < deadline:
                time.sleep(0.005)
            yield process
        finally:
            process.kill()


def statistics(folder: Path | None = None, output: Path | None = None) -> pd.DataFrame:
    images = gee_scl.collection(start="2023-05-01", end="2023-07-01")
    run = gee_scl.Run(limits=LIMITS, checkpoint=folder, output=output)
    return gee_scl.class_statistics(images, gee_scl.sample_regions(), id="name", run=run)


def covered(folder: Path) -> Any:
    """The numbers of all pairs that were saved."""
    files = [np.load(path, allow_pickle=False) for path in sorted(folder.glob("*.npz"))]
    return np.concatenate([np.empty(0, np.uint64), *(file["covered"] for file in files)])


def goes_on(folder: Path, whole: pd.DataFrame, output: Path | None = None) -> int:
    """The next call gives the whole frame, and asks for nothing that was saved; how many pairs were."""
    saved = covered(folder) if folder.exists() else np.empty(0, np.uint64)
    frame = statistics(folder, output)
    if output is not None:
        frame = gee_scl.read_statistics(output)
    pd.testing.assert_frame_equal(frame, whole, check_categorical=False)
    after = covered(folder)
    assert len(np.unique(after)) == len(after), "a pair was asked for that was saved before"
    assert np.isin(saved, after).all()
    again = statistics(folder)
    pd.testing.assert_frame_equal(again, whole)
    # By the record, as the engine may still be at what the process before has asked for.
    assert again.attrs["gee_scl"]["requests"] == 1, "the list of images, and no table"
    return len(saved)


_ON_THE_WAY = 0.3
"""Seconds in which what was sent before reaches a busy engine: requests that follow one another take twice as long."""


def interrupted(
    server: LocalServer, folder: Path, moment: float, whole: pd.DataFrame, lives_on: float = 0
) -> tuple[float, float, int]:
    """Ctrl-C at a moment: seconds until it is heard, and until the process has ended; and how many pairs are saved."""
    output = folder.with_name("frame")
    with server.fail(TABLES, slow=0.6), working(server, folder, output, lives_on) as process:
        time.sleep(moment)
        process.send_signal(signal.SIGINT)
        sent = time.monotonic()
        assert process.stdout is not None
        assert process.stdout.readline() == "interrupted\n"
        heard = time.monotonic() - sent
        time.sleep(_ON_THE_WAY)
        begun = server.counters.requests[TABLES]
        _, errors = process.communicate(timeout=20)
        ended = time.monotonic() - sent - lives_on
    assert server.counters.requests[TABLES] == begun
    assert process.returncode == -signal.SIGINT
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert list(folder.parent.glob(".frame.*")) == []
    assert not output.exists()
    return heard, ended, goes_on(folder, whole, output)


def test_ctrl_c_ends_a_job_at_once_and_it_goes_on(server: LocalServer, tmp_path: Path) -> None:
    """The process lives on for a second, in which the answers of what was under way come: nothing more is asked."""
    heard, _, saved = interrupted(server, tmp_path / "checkpoint", 1.5, statistics(), lives_on=1)
    assert heard < 2
    assert saved > 0


@pytest.mark.long
def test_ctrl_c_at_any_moment_ends_a_process_within_two_seconds(server: LocalServer, tmp_path: Path) -> None:
    moments, whole = random.Random(4), statistics()  # noqa: S311
    took = []
    for number in range(20):
        folder = tmp_path / str(number)
        folder.mkdir()
        took.append(interrupted(server, folder / "checkpoint", moments.uniform(0, 2), whole)[:2])
    heard, ended = zip(*took, strict=True)
    assert max(heard) <= max(ended) < 2


def killed(server: LocalServer, folder: Path, moment: float, whole: pd.DataFrame) -> int:
    """Killed at a moment while files of a frame are written: the folder is not there, or it is whole."""
    output = folder.with_name("frame")
    with server.fail(TABLES, slow=0.15), working(server, folder, output) as process:
        time.sleep(moment)
        process.send_signal(signal.SIGKILL)
        process.wait()
    left = list(folder.parent.glob(".frame.*.part"))
    for part in left:
        with pytest.raises(gee_scl.ArgumentError, match="a folder that class_statistics has written"):
            gee_scl.read_statistics(part)
    if output.exists():
        assert left == []
        pd.testing.assert_frame_equal(gee_scl.read_statistics(output), whole, check_categorical=False)
        return len(left)
    goes_on(folder, whole, output)
    assert list(folder.parent.glob(".frame.*")) == []
    assert {path.name for path in output.iterdir()} == {"_record.json", "month=2023-05", "month=2023-06"}
    return len(left)


@pytest.mark.parametrize("moment", [0.2, 0.8])
@pytest.mark.long
def test_a_folder_that_was_half_written_is_no_frame_and_the_job_goes_on(
    server: LocalServer, tmp_path: Path, moment: float
) -> None:
    killed(server, tmp_path / "checkpoint", moment, statistics())


@pytest.mark.long
def test_killed_while_it_writes_it_goes_on(server: LocalServer, tmp_path: Path) -> None:
    moments, whole, half_written = random.Random(5), statistics(), 0  # noqa: S311
    for number in range(20):
        folder = tmp_path / str(number)
        folder.mkdir()
        half_written += killed(server, folder / "checkpoint", moments.uniform(0, 1.2), whole)
    assert half_written > 0


def test_a_folder_that_another_process_writes_is_left_alone(server: LocalServer, tmp_path: Path) -> None:
    output, whole = tmp_path / "frame", statistics()
    with server.fail(TABLES, slow=0.3), working(server, tmp_path / "checkpoint", output) as process:
        deadline = time.monotonic() + 10
        while not list(tmp_path.glob(".frame.*.part/month=*/*.parquet")) and time.monotonic() < deadline:
            time.sleep(0.01)
        (part,) = tmp_path.glob(".frame.*.part")
        before = set(part.rglob("*.parquet"))
        assert before
        with pytest.raises(gee_scl.CheckpointError, match="no other process"):
            statistics(tmp_path / "checkpoint", output)
        assert before <= set(part.rglob("*.parquet"))
        process.wait(timeout=30)
    pd.testing.assert_frame_equal(gee_scl.read_statistics(output), whole, check_categorical=False)
