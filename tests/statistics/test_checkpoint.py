"""Answers that are kept: the same call goes on where it ended, and asks only for what is new."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import textwrap
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ee
import numpy as np
import pandas as pd
import pytest

import gee_scl
from gee_scl.local.server import LocalServer
from tests.support.engines import server_over, session_on, session_over
from tests.support.local.catalogues import write_raster
from tests.support.made_catalogue import SIDE, make_many

FINE = gee_scl.Limits(rows=6, regions=2, parallel=2)
"""Requests of at most six pairs."""


@pytest.fixture(scope="module")
def server(sample: Path) -> Iterator[LocalServer]:
    with server_over(sample) as server, session_on(server.url):
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "checkpoint"


def images(start: str = "2023-05-01", end: str = "2023-07-01") -> ee.ImageCollection:
    return gee_scl.collection(start=start, end=end)


def regions(count: int | None = None) -> dict[str, Any]:
    sample_regions = gee_scl.sample_regions()
    return {**sample_regions, "features": sample_regions["features"][:count]}


def run(folder: Path, **more: Any) -> gee_scl.Run:
    return gee_scl.Run(limits=FINE, checkpoint=folder, **more)


def asked(server: LocalServer, call: Any) -> tuple[Any, int]:
    """What a call gives, and how many pairs of region and image the engine has met for it."""
    before = server.counters.total
    result = call()
    return result, (server.counters.total - before).pairs


@pytest.mark.parametrize("by", ["image", "date"])
def test_a_second_call_asks_for_nothing_and_gives_the_same_frame(server: LocalServer, folder: Path, by: str) -> None:
    whole = gee_scl.class_statistics(images(), regions(), id="name", by=by)
    first, pairs = asked(
        server, lambda: gee_scl.class_statistics(images(), regions(), id="name", by=by, run=run(folder))
    )
    again, none = asked(
        server, lambda: gee_scl.class_statistics(images(), regions(), id="name", by=by, run=run(folder))
    )
    pd.testing.assert_frame_equal(first, whole)
    pd.testing.assert_frame_equal(again, whole)
    assert pairs > 0
    assert none == 0
    assert again.attrs["gee_scl"]["requests"] == 1


@pytest.mark.parametrize("by", ["image", "date"])
def test_a_month_or_a_region_more_asks_for_its_own_pairs_only(server: LocalServer, folder: Path, by: str) -> None:
    def measured(end: str, count: int, folder: Path) -> Any:
        return gee_scl.class_statistics(images(end=end), regions(count), id="name", by=by, run=run(folder))

    _, before = asked(server, lambda: measured("2023-06-01", 3, folder))
    _, whole = asked(server, lambda: measured("2023-07-01", 5, folder.with_name("another")))
    month, of_month = asked(server, lambda: measured("2023-07-01", 3, folder))
    more, of_regions = asked(server, lambda: measured("2023-07-01", 5, folder))
    assert min(before, of_month, of_regions) > 0
    assert before + of_month + of_regions == whole
    pd.testing.assert_frame_equal(more, measured("2023-07-01", 5, folder.with_name("another")))
    # And what went is not there any more.
    less, none = asked(server, lambda: measured("2023-07-01", 3, folder))
    assert none == 0
    pd.testing.assert_frame_equal(less, month)


def test_an_outline_that_changed_is_asked_for_again(server: LocalServer, folder: Path) -> None:
    box = {"a": (11.56, 46.42, 11.58, 46.44), "b": (11.60, 46.42, 11.62, 46.44)}
    gee_scl.class_statistics(images(), list(box.values()), run=run(folder))
    moved = [box["a"], (11.60, 46.42, 11.621, 46.44)]
    frame, pairs = asked(server, lambda: gee_scl.class_statistics(images(), moved, run=run(folder)))
    pd.testing.assert_frame_equal(frame, gee_scl.class_statistics(images(), moved))
    assert pairs == asked(server, lambda: gee_scl.class_statistics(images(), moved[1:]))[1]


def test_pixels_that_were_written_again_are_asked_for_again(tmp_path: Path, folder: Path) -> None:
    (tile,) = make_many(tmp_path / "catalogue", 4, 1)
    square = {"type": "Polygon", "coordinates": [tile.ring(margin=20)]}
    path = tmp_path / "catalogue" / tile.name / "scl.tif"

    def rewritten(code: int) -> None:
        write_raster(path, np.full((SIDE, SIDE), code, np.uint8), tile.transform, tile.crs, nodata=0)

    def percent(code: int) -> set[float]:
        frame = gee_scl.class_statistics(gee_scl.collection(), square, run=run(folder))
        return set(frame.loc[frame["class_value"] == code, "percent"])

    with session_over(tmp_path / "catalogue"):
        assert percent(6) != {100.0}
        rewritten(6)
        assert percent(6) == {100.0}
    rewritten(4)
    with session_over(tmp_path / "catalogue"):
        assert percent(4) == {100.0}


def test_images_without_a_version_are_named(server: LocalServer, folder: Path) -> None:
    def computed(image: ee.Image, *names: str) -> ee.Image:
        codes = ee.Image(image).select("SCL").add(0).toByte().rename("SCL")
        return ee.Image(codes.copyProperties(image, ["system:time_start", *names]))

    def measured(images: ee.ImageCollection) -> list[str]:
        with warnings.catch_warnings(record=True, action="always") as caught:
            gee_scl.class_statistics(images, regions(2), id="name", run=run(folder))
        return [str(warning.message) for warning in caught if "version" in str(warning.message)]

    (told,) = measured(images().map(computed))
    assert re.match(r"(\d+) of \1 images do not say which version", told)
    assert "PRODUCT_ID" in told
    gee_scl.clear_checkpoint(folder)
    assert measured(images().map(lambda image: computed(image, "PRODUCT_ID"))) == []
    gee_scl.clear_checkpoint(folder)
    assert measured(images()) == []


def test_transitions_are_kept_too(server: LocalServer, folder: Path) -> None:
    def change(end: str, **more: Any) -> pd.DataFrame:
        return gee_scl.transitions(
            images(end="2023-06-01"), images("2023-06-01", end), regions(), id="name", run=run(folder), **more
        )

    first = change("2023-07-01")
    again, none = asked(server, lambda: change("2023-07-01"))
    pd.testing.assert_frame_equal(again, first)
    assert none == 0
    # Another period is another image: nothing of it is there.
    assert asked(server, lambda: change("2023-07-10"))[1] > 0
    with pytest.raises(gee_scl.CheckpointError, match="of another job"):
        change("2023-07-01", scheme="water")


@pytest.mark.parametrize(
    "change", [{"scheme": "land"}, {"by": "date"}, {"scale": 40}, {"weights": "fraction"}, {"crs": "EPSG:3035"}]
)
def test_changed_arguments_never_reuse(server: LocalServer, folder: Path, change: dict[str, Any]) -> None:
    gee_scl.class_statistics(images(), regions(), id="name", run=run(folder))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(gee_scl.CheckpointError, match=f"of another job .*{next(iter(change))}[^{{}}]* here"):
        gee_scl.class_statistics(images(), regions(), id="name", run=run(folder), **change)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_another_collection_is_another_job(server: LocalServer, folder: Path) -> None:
    gee_scl.class_statistics(images(), regions(), id="name", run=run(folder))
    masked = images().map(gee_scl.mask_clouds)
    with pytest.raises(gee_scl.CheckpointError, match=r"of another job \(other images\)"):
        gee_scl.class_statistics(masked, regions(), id="name", run=run(folder))


def holds_rows(path: Path) -> bool:
    """Whether a saved piece has rows: of regions and images that only may meet, none has."""
    with np.load(path, allow_pickle=False) as file:
        return len(file["keys"]) > 0


@pytest.mark.parametrize("broken", ["answers", "job", "no job"])
def test_a_file_that_cannot_be_read_is_named(server: LocalServer, folder: Path, broken: str) -> None:
    gee_scl.class_statistics(images(), regions(), id="name", run=run(folder))
    path = folder / "job.json" if broken != "answers" else next(filter(holds_rows, folder.glob("*.npz")))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    if broken == "no job":
        path.unlink()
    with pytest.raises(gee_scl.CheckpointError) as caught:
        gee_scl.class_statistics(images(), regions(), id="name", run=run(folder))
    assert str(path if broken != "no job" else folder) in str(caught.value)
    if broken == "answers":
        path.unlink()
        _, pairs = asked(server, lambda: gee_scl.class_statistics(images(), regions(), id="name", run=run(folder)))
        assert 0 < pairs <= FINE.rows


def test_what_fails_is_named_and_what_was_had_is_kept(server: LocalServer, folder: Path) -> None:
    whole = gee_scl.class_statistics(images(), regions(), id="name")
    with (
        server.fail("table.computeFeatures", error="no-band", pairs=0, after=3),
        pytest.raises(gee_scl.IncompleteError) as caught,
    ):
        gee_scl.class_statistics(images(), regions(), id="name", run=run(folder))
    error = caught.value
    assert 0 < len(error.frame) < len(whole)
    keys = ["region", "image", "class_value"]
    pd.testing.assert_frame_equal(error.frame, whole.merge(error.frame[keys])[list(whole)], check_dtype=False)
    assert error.failures
    assert error.failures[0]["regions"]
    assert error.failures[0]["images"]
    assert str(folder) in str(error)
    again = gee_scl.class_statistics(images(), regions(), id="name", run=run(folder))
    pd.testing.assert_frame_equal(again, whole)


def test_with_keep_the_frame_comes_with_its_failures(server: LocalServer) -> None:
    keep = gee_scl.Run(limits=gee_scl.Limits(rows=6, regions=2, parallel=1), on_error="keep")
    with (
        server.fail("table.computeFeatures", error="memory", pairs=0, after=2, times=3),
        pytest.warns(UserWarning, match="1 parts of the work failed"),
    ):
        frame = gee_scl.class_statistics(images(), regions(), id="name", run=keep)
    (failure,) = frame.attrs["gee_scl"]["failures"]
    assert len(failure["regions"]) == len(failure["images"]) == 1
    whole = gee_scl.class_statistics(images(), regions(), id="name")
    lost = (whole["region"] == failure["regions"][0]) & (whole["image"] == failure["images"][0])
    pd.testing.assert_frame_equal(frame, whole[~lost].reset_index(drop=True))
    json.dumps(frame.attrs)


WAITS = """
    import sys, gee_scl
    from gee_scl.statistics.checkpoint_folder import locked
    from pathlib import Path
    with locked(Path(sys.argv[1])):
        print("locked", flush=True)
        sys.stdin.read()
"""


def test_two_processes_never_share_a_folder(server: LocalServer, folder: Path) -> None:
    folder.mkdir()
    command = [sys.executable, "-c", textwrap.dedent(WAITS), str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "locked\n"
        with pytest.raises(gee_scl.CheckpointError, match=f"At it is process {other.pid}"):
            gee_scl.class_statistics(images(), regions(), id="name", run=run(folder))
        other.kill()
    # Of a process that was killed no lock is left.
    gee_scl.class_statistics(images(), regions(), id="name", run=run(folder))


WORKS = """
    import resource, sys, gee_scl
    url, folder, parallel, most = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    limits = gee_scl.Limits(rows=6, regions=2, parallel=parallel)
    with gee_scl.local_session(url):
        images = gee_scl.collection(start="2023-05-01", end="2023-07-01")
        if most:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        try:
            run = gee_scl.Run(limits=limits, checkpoint=folder)
            gee_scl.class_statistics(images, gee_scl.sample_regions(), id="name", run=run)
        except gee_scl.CheckpointError as error:
            print(type(error).__name__, 0 if error.frame is None else len(error.frame), error)
"""


def work(server: LocalServer, folder: Path, parallel: int = 1, most: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(WORKS), server.url, str(folder), str(parallel), str(most)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no limits of a file's size")
def test_a_full_disk_ends_it_with_what_was_had_and_the_next_call_goes_on(server: LocalServer, folder: Path) -> None:
    """A file may have 1,500 bytes: as on a full disk, no large answer can be written, but job.json can."""
    output, errors = work(server, folder, most=1500).communicate(timeout=60)
    assert output.startswith("CheckpointError "), errors
    assert int(output.split()[1]) > 0
    assert str(folder) in output
    assert "goes on from there" in output
    assert not list(folder.glob("*.part"))
    whole = gee_scl.class_statistics(images(), regions(), id="name")
    pd.testing.assert_frame_equal(gee_scl.class_statistics(images(), regions(), id="name", run=run(folder)), whole)


def killed(server: LocalServer, folder: Path, times: int, seed: int) -> None:
    """Killed at random moments and continued: no pair that was saved is asked for again, and the frame is the same."""
    moments = random.Random(seed)  # noqa: S311
    whole = gee_scl.class_statistics(images(), regions(), id="name")
    for _ in range(times):
        with work(server, folder, parallel=2) as process, server.fail("table.computeFeatures", slow=0.15, pairs=0):
            deadline = time.monotonic() + 20
            while not folder.exists() and time.monotonic() < deadline:
                time.sleep(0.01)
            time.sleep(moments.uniform(0, 1.0))
            process.send_signal(signal.SIGKILL)
            process.wait()
        frame = gee_scl.class_statistics(images(), regions(), id="name", run=run(folder))
        pd.testing.assert_frame_equal(frame, whole)
        keys = np.concatenate([covered(path) for path in folder.glob("*.npz")])
        assert len(np.unique(keys)) == len(keys), "a pair was asked for that was saved before"
        gee_scl.clear_checkpoint(folder)
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()


def covered(path: Path) -> Any:
    with np.load(path, allow_pickle=False) as file:
        return file["covered"]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_killed_at_any_moment_it_goes_on(server: LocalServer, folder: Path) -> None:
    killed(server, folder, 2, seed=1)


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_killed_twenty_times_it_goes_on(server: LocalServer, folder: Path) -> None:
    killed(server, folder, 20, seed=2)


def test_old_answers_go_by_age_or_all(server: LocalServer, folder: Path, tmp_path: Path) -> None:
    gee_scl.class_statistics(images(), regions(), id="name", run=run(folder))
    files = sorted(folder.glob("*.npz"))
    os.utime(files[0], (0, 0))
    assert gee_scl.clear_checkpoint(folder, older_than_days=30) == 1
    assert sorted(folder.glob("*.npz")) == files[1:]
    assert gee_scl.clear_checkpoint(folder) == len(files) - 1
    # An empty folder is of no job any more.
    gee_scl.class_statistics(images(), regions(), id="name", scheme="land", run=run(folder))
    with pytest.raises(gee_scl.CheckpointError, match="the folder of a checkpoint"):
        gee_scl.clear_checkpoint(tmp_path)


def test_a_folder_that_is_a_file_is_refused(server: LocalServer, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("mine")
    with pytest.raises(gee_scl.CheckpointError):
        gee_scl.class_statistics(images(), regions(), id="name", run=run(path))
    assert path.read_text() == "mine"
