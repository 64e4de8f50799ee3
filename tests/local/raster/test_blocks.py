"""Decoded blocks: each made once, kept within a bound, and forgotten when its file changes."""

from __future__ import annotations

import os
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine

from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.blocks import BlockCache, Level, blocks, full_resolution, overviews

PIXELS = np.random.default_rng(4).integers(0, 12, (1100, 1300), np.uint8)
LAYOUTS: dict[str, dict[str, Any]] = {
    "blocks": {"tiled": True, "blockxsize": 512, "blockysize": 512},
    "small blocks": {"tiled": True, "blockxsize": 128, "blockysize": 64},
    "strips": {"blockysize": 1},
    "one strip": {"blockysize": 1100},
}


def write(path: Path, pixels: np.ndarray, **layout: Any) -> str:
    """A GeoTIFF of one band."""
    size = {"height": pixels.shape[0], "width": pixels.shape[1]}
    place = {"crs": "EPSG:32629", "transform": Affine(20, 0, 5e5, 0, -20, 6e6)}
    profile = {"driver": "GTiff", "count": 1, "dtype": pixels.dtype, "compress": "deflate"}
    with rasterio.open(path, "w", **profile, **size, **place, **layout) as file:
        file.write(pixels, 1)
    return str(path)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_any_window_and_any_pixels_are_what_is_stored(tmp_path: Path, layout: str) -> None:
    level = full_resolution(write(tmp_path / "a.tif", PIXELS, **LAYOUTS[layout]), 1)
    random = np.random.default_rng(0)
    for _ in range(20):
        left, right = sorted(random.choice(1301, 2, replace=False))
        top, bottom = sorted(random.choice(1101, 2, replace=False))
        window = level.window(1, left, top, right - left, bottom - top)
        np.testing.assert_array_equal(window, PIXELS[top:bottom, left:right])
    columns, rows = random.integers(0, 1300, 500), random.integers(0, 1100, 500)
    np.testing.assert_array_equal(level.at(1, columns, rows), PIXELS[rows, columns])


def test_pixels_far_apart_are_taken_from_their_own_blocks_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.random.default_rng(1).integers(0, 99, (3000, 3000), np.uint8)
    decoded = counted(monkeypatch)
    level = full_resolution(write(tmp_path / "a.tif", pixels, **LAYOUTS["blocks"]), 1)
    columns, rows = np.asarray([2990, 0, 2900, 1500, 5]), np.asarray([2990, 0, 2950, 1500, 9])
    np.testing.assert_array_equal(level.at(1, columns, rows), pixels[rows, columns])
    assert len(decoded) == 3


def test_each_block_is_decoded_once_whoever_asks_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded = counted(monkeypatch)
    level = full_resolution(write(tmp_path / "a.tif", PIXELS, **LAYOUTS["blocks"]), 1)
    with ThreadPoolExecutor(8) as pool:
        windows = [(x, y) for x in range(0, 1200, 100) for y in range(0, 1001, 100)] * 2
        list(pool.map(lambda window: level.window(1, *window, 100, 100), windows))
    assert len(decoded) == 9
    assert set(decoded.values()) == {1}


def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[tuple[int, int]]:
    """How often each block is decoded from now on."""
    decoded: Counter[tuple[int, int]] = Counter()
    decode = Level._decoded

    def counting(level: Level, band: int, column: int, row: int) -> np.ndarray:
        decoded[column, row] += 1
        return decode(level, band, column, row)

    monkeypatch.setattr(Level, "_decoded", counting)
    return decoded


def test_a_file_that_is_written_anew_is_read_anew(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", np.full((60, 60), 4, np.uint8))
    assert (full_resolution(path, 1).window(1, 0, 0, 60, 60) == 4).all()
    write(tmp_path / "a.tif", np.full((70, 60), 9, np.uint8))
    os.utime(path, ns=(1, 1))
    level = full_resolution(path, 1)
    assert (level.width, level.height) == (60, 70)
    assert (level.window(1, 0, 0, 60, 70) == 9).all()


def test_overviews_have_the_sizes_and_pixels_that_rasterio_reads(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", PIXELS, **LAYOUTS["blocks"])
    assert overviews(path, 1) == ()
    with rasterio.open(path, "r+") as file:
        file.build_overviews([2, 4], rasterio.enums.Resampling.nearest)
    os.utime(path, ns=(2, 2))
    for place, level in enumerate(overviews(path, 1)):
        with rasterio.open(path, overview_level=place) as file:
            assert (level.width, level.height) == (file.width, file.height)
            np.testing.assert_array_equal(level.window(1, 0, 0, level.width, level.height), file.read(1))


def test_a_file_that_cannot_be_read_says_so_each_time(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(b"no raster")
    for _ in range(2):
        with pytest.raises(EvaluationError, match="could not be read"):
            full_resolution(str(path), 1)
    path = Path(write(path, PIXELS, **LAYOUTS["blocks"]))
    cut = path.read_bytes()
    path.write_bytes(cut[: len(cut) // 2])
    os.utime(path, ns=(3, 3))
    for _ in range(2):
        with pytest.raises(EvaluationError, match="could not be read"):
            full_resolution(str(path), 1).window(1, 0, 0, 1300, 1100)


def test_what_is_kept_stays_below_the_bound_and_the_oldest_goes_first() -> None:
    cache = BlockCache(1000)
    made: list[int] = []

    def make(key: int) -> np.ndarray:
        return cache.get(key, lambda: made.append(key) or np.zeros(300, np.uint8))

    for key in (1, 2, 3, 1, 4, 1, 2):
        make(key)
        assert cache.nbytes <= 1000
    # 4 pushed out 2, because 1 had been asked for again.
    assert made == [1, 2, 3, 4, 2]
    cache.get("large", lambda: np.zeros(1001, np.uint8))
    assert cache.nbytes == 900
    cache.clear()
    assert cache.nbytes == 0


def test_who_asks_while_a_block_is_being_made_waits_for_it() -> None:
    cache = BlockCache(1000)
    begun, proceed = threading.Event(), threading.Event()
    calls: list[str] = []

    def slow() -> np.ndarray:
        calls.append("slow")
        begun.set()
        assert proceed.wait(10)
        return np.arange(3)

    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(cache.get, "key", slow)
        assert begun.wait(10)
        others = [pool.submit(cache.get, "key", slow) for _ in range(2)]
        other_key = cache.get("other", lambda: np.arange(2))
        proceed.set()
        assert all(other.result(10) is first.result(10) for other in others)
    assert calls == ["slow"]
    np.testing.assert_array_equal(other_key, [0, 1])


def test_an_error_reaches_who_waits_and_the_next_one_tries_again() -> None:
    cache = BlockCache(1000)

    def fail() -> np.ndarray:
        raise EvaluationError("broken")

    for _ in range(2):
        with pytest.raises(EvaluationError, match="broken"):
            cache.get("key", fail)
    assert cache.get("key", lambda: np.ones(2)).tolist() == [1, 1]


def test_blocks_cannot_be_written_to(tmp_path: Path) -> None:
    level = full_resolution(write(tmp_path / "a.tif", PIXELS, **LAYOUTS["blocks"]), 1)
    with pytest.raises(ValueError, match="read-only"):
        level.window(1, 0, 0, 10, 10)[0, 0] = 1
    assert blocks.nbytes > 0
