"""Colour tables are added once, completely, and again after a call that was killed; pixels never change."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gee_scl.errors import ArgumentError, MissingExtraError
from gee_scl.exports.raster_files.color_tables import add_color_table
from tests.support.class_rasters import STYLES, as_exported, patches, read, save, snapshot

rasterio = pytest.importorskip("rasterio")
rasterio_shutil = pytest.importorskip("rasterio.shutil")


def test_a_second_call_writes_nothing(tmp_path: Path) -> None:
    as_exported(tmp_path / "one.tif", patches(100, 100, 4))
    for column in (0, 60):
        as_exported(tmp_path / f"two-0000000000-{column:010d}.tif", patches(50, 60, 4), column=column)
    first = add_color_table(tmp_path, "land")
    before = snapshot(tmp_path)
    # The scheme is now inside the files, so it need not be said again.
    for second in (add_color_table(tmp_path, "land"), add_color_table(tmp_path)):
        assert not any(result.changed or result.written for result in second)
        assert [(r.path, r.pixels, r.scheme.names) for r in second] == [
            (r.path, r.pixels, r.scheme.names) for r in first
        ]
    assert snapshot(tmp_path) == before


def test_another_scheme_replaces_the_first(tmp_path: Path) -> None:
    path = as_exported(tmp_path / "classes.tif", patches(100, 100, 2))
    add_color_table(path, "land")
    (result,) = add_color_table(path, "water")
    assert result.changed
    assert [file.suffix for file in result.written] == [".qml", ".sld", ".clr", ".xml"]
    with rasterio.open(path) as dataset:
        assert dataset.colormap(1)[1] == (0, 0, 255, 255)
        assert dataset.colormap(1)[3][:3] == (0, 0, 0)
        assert json.loads(dataset.tags(1)["class_names"]) == ["Water", "Not water"]
    assert "Vegetation" not in path.with_suffix(".qml").read_text()
    fresh = as_exported(tmp_path / "fresh.tif", patches(100, 100, 2))
    add_color_table(fresh, "water")
    assert path.with_name("classes.tif.aux.xml").read_bytes() == fresh.with_name("fresh.tif.aux.xml").read_bytes()


def test_what_is_no_whole_raster_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="a folder of them"):
        add_color_table(tmp_path / "absent.tif")
    with pytest.raises(ArgumentError, match="files like"):
        add_color_table(tmp_path)
    with pytest.raises(ArgumentError, match="inside the folder"):
        add_color_table(tmp_path, pattern="../*.tif")
    path = save(tmp_path / "half.tif", patches(400, 400, 4), compress="deflate")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    before = snapshot(tmp_path)
    with pytest.raises(ArgumentError, match="a whole GeoTIFF"):
        add_color_table(path, "land")
    assert snapshot(tmp_path) == before


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own on Windows")
def test_a_link_stays_a_link_and_its_file_is_coloured(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    real = as_exported(tmp_path / "store" / "real.tif", patches(40, 40, 4))
    link = tmp_path / "link.tif"
    link.symlink_to(real)
    add_color_table(link, "land")
    assert link.is_symlink()
    with rasterio.open(real) as dataset:
        assert dataset.colormap(1)[3] == (0, 0, 255, 255)
    assert (tmp_path / "link.qml").is_file()


# Forks a call for each line on standard input, kills it at the moment that the line asks for, and says what happened.
KILLER = """
import os, signal, sys, time
from pathlib import Path
import gee_scl.exports.raster_files.color_tables, rasterio.shutil
path = Path(sys.argv[1])
for line in sys.stdin:
    kind, seconds = line.split()
    inode = path.stat().st_ino
    child = os.fork()
    if not child:
        gee_scl.exports.raster_files.color_tables.add_color_table(path, "land")
        os._exit(0)
    start = time.monotonic()
    over = False
    while not over:
        elapsed = time.monotonic() - start
        if kind == "delay" and elapsed >= float(seconds):
            break
        if kind == "part" and any(p.stat().st_size > 2_000 for p in path.parent.glob(".*.part")):
            break
        if kind == "renamed" and path.stat().st_ino != inode:
            break
        over = os.waitpid(child, os.WNOHANG)[0] == child
    if not over:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    print("finished" if over else "killed", time.monotonic() - start, flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked process")
@pytest.mark.parametrize("layout", ["GTiff", "COG"])
@pytest.mark.some(1)
def test_after_kill_9_the_raster_is_whole_and_the_next_call_finishes(tmp_path: Path, layout: str) -> None:
    pixels = patches(1600, 1600, 4)
    original = save(tmp_path / "original.tif", pixels)
    folder = tmp_path / "exports"
    folder.mkdir()
    path = folder / "land.tif"

    def fresh() -> None:
        for file in folder.iterdir():
            file.unlink()
        rasterio_shutil.copy(original, path, driver=layout, compress="deflate")

    fresh()
    killer = subprocess.Popen(
        [sys.executable, "-c", KILLER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert killer.stdin is not None
    assert killer.stdout is not None

    def run(kind: str, seconds: float) -> tuple[str, float]:
        killer.stdin.write(f"{kind} {seconds}\n")
        killer.stdin.flush()
        outcome, took = killer.stdout.readline().split()
        return outcome, float(took)

    outcome, _ = run("delay", 60)
    assert outcome == "finished"
    finished = {file.name: file.read_bytes() for file in folder.iterdir()}
    fresh()
    _, whole = run("delay", 60)  # the first call is the slowest
    chance = random.Random(5)  # noqa: S311  moments, not secrets
    # Some moments by chance come too late, and on a busy machine many do: then more are tried.
    moments = [("part", 0.0), ("renamed", 0.0), *(("delay", chance.uniform(0, 0.9 * whole)) for _ in range(30))]
    seen: list[tuple[str, str, set[str]]] = []
    for kind, seconds in moments:
        if len(seen) >= 7 and sum(outcome == "killed" for _, outcome, _ in seen) >= 3:
            break
        fresh()
        outcome, _ = run(kind, seconds)
        left = {file.name for file in folder.iterdir()}
        seen.append((kind, outcome, left))
        assert np.array_equal(read(path), pixels)
        assert [file.name for file in folder.glob("*.tif")] == ["land.tif"]
        # Whatever has its final name is whole.
        assert all(file.read_bytes() == finished[file.name] for file in folder.iterdir() if file.suffix in STYLES)
        add_color_table(path, "land")
        assert {file.name for file in folder.iterdir()} == set(finished)
        assert np.array_equal(read(path), pixels)
        with rasterio.open(path) as dataset:
            assert dataset.colormap(1)[3] == (0, 0, 255, 255)
        assert not add_color_table(path)[0].changed
    killer.stdin.close()
    assert killer.wait(timeout=30) == 0
    assert seen[0][1] == "killed"
    assert any(name.endswith(".part") for name in seen[0][2])
    assert sum(outcome == "killed" for _, outcome, _ in seen) >= 3


def test_without_rasterio_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path / "land.tif", patches(8, 8, 4))
    monkeypatch.setitem(sys.modules, "rasterio", None)
    with pytest.raises(MissingExtraError, match=r"gee-scl\[local\]"):
        add_color_table(path)
