"""How long a whole tile takes to become a local file, beside rasterio reading and writing the same raster.

`download_image` asks the local engine over HTTP and writes a cloud-optimized GeoTIFF with overviews, colours, names and
statistics. rasterio, in turn with it, reads the source and writes (1) the same layout, a cloud-optimized GeoTIFF with
overviews of the commonest class, and (2) a plain tiled GeoTIFF, both with the same compression. The memory is that of a
process of its own that has engine and client in it.

The recorded tile is smooth, and so decoded faster than most; `--noise` makes one whose classes change every few pixels.

usage: python -m tests.benchmarks.exports [SCL.tif] [--rounds N] [--noise]
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import ee
import numpy as np
import numpy.typing as npt
import rasterio
import rasterio.shutil
from affine import Affine
from rasterio.io import MemoryFile

import gee_scl
from gee_scl.exports import download_image
from tests.conftest import shared_folder
from tests.support.local.catalogues import Scene, make_catalogue
from tests.support.memory import peak_megabytes

SIDE = 5490
"""Pixels of a tile's side at 20 m."""

LAYOUT = {"compress": "deflate"}


def main() -> None:
    """Print the medians, the ratios and the memory."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", nargs="?", type=Path, help="a raster of codes; by default the recorded 29UNU")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--noise", action="store_true", help="a made tile with small patches")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        scl = _noise() if options.noise else _recorded(options.path)
        catalogue = make_catalogue(work / "data", [Scene(scl, transform=Affine(20, 0, 600_000, 0, -20, 5_200_020))])
        (source,) = catalogue.rglob("scl.tif")
        times = _times(catalogue, source, work, options.rounds)
        _print(times, scl)
        spawned = multiprocessing.get_context("spawn").Process(target=_memory, args=(catalogue, work / "memory.tif"))
        spawned.start()
        spawned.join()


def _recorded(path: Path | None) -> npt.NDArray[np.uint8]:
    chosen = path or next(iter(sorted((shared_folder() / "data" / "29UNU").rglob("*SCL.tif"))), None)
    if chosen is None:
        raise SystemExit("No recorded tile: name a raster of codes, or ask for --noise.")
    with rasterio.open(chosen) as file:
        return np.asarray(file.read(1), np.uint8)


def _noise() -> npt.NDArray[np.uint8]:
    """Patches of 6 x 6 pixels, a tenth of them single."""
    random = np.random.default_rng(1)
    coarse = random.integers(1, 12, (SIDE // 6, SIDE // 6), dtype=np.uint8)
    patches = np.kron(coarse, np.ones((6, 6), np.uint8))
    single = random.random(patches.shape) < 0.1
    return np.where(single, random.integers(1, 12, patches.shape, dtype=np.uint8), patches)


def _times(catalogue: Path, source: Path, work: Path, rounds: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {}
    with gee_scl.local_session(catalogue):
        image = ee.Image(gee_scl.collection().first())
        made, optimized, plain = work / "made.tif", work / "cog.tif", work / "plain.tif"
        contestants: dict[str, Callable[[], object]] = {
            "download_image": lambda: download_image(image, made, overwrite=True),
            "rasterio, cloud-optimized": lambda: _copied(source, optimized, "COG"),
            "rasterio, plain": lambda: _copied(source, plain, "GTiff"),
        }
        for number in range(rounds + 1):
            for name, run in contestants.items():
                started = time.perf_counter()
                run()
                if number:  # the first round fills the disk's cache
                    times.setdefault(name, []).append(time.perf_counter() - started)
        with rasterio.open(made) as file, rasterio.open(source) as peer, rasterio.open(optimized) as copy:
            same = np.array_equal(file.read(1), peer.read(1)) and file.overviews(1) == copy.overviews(1)
    if not same:
        raise SystemExit("The file differs from its source.")
    return times


def _copied(source: Path, target: Path, driver: str) -> None:
    """Read, and write what was read."""
    with rasterio.open(source) as file:
        codes, profile = file.read(1), file.profile
    target.unlink(missing_ok=True)
    wanted = {"driver": "GTiff", "width": codes.shape[1], "height": codes.shape[0], "count": 1, "dtype": "uint8"}
    wanted |= {"crs": profile["crs"], "transform": profile["transform"], "nodata": 0}
    if driver == "GTiff":
        tiles = {"tiled": True, "blockxsize": 512, "blockysize": 512, "num_threads": "all_cpus"}
        with rasterio.open(target, "w", **wanted, **tiles, **LAYOUT) as file:
            file.write(codes, 1)
    else:
        with MemoryFile() as memory:
            with memory.open(**wanted) as file:
                file.write(codes, 1)
            options = {"BLOCKSIZE": "512", "OVERVIEW_RESAMPLING": "MODE", "NUM_THREADS": "ALL_CPUS"}
            rasterio.shutil.copy(memory.name, target, driver="COG", COMPRESS="DEFLATE", **options)
    with target.open("rb+") as opened:
        os.fsync(opened.fileno())


def _print(times: dict[str, list[float]], scl: npt.NDArray[np.uint8]) -> None:
    medians = {name: statistics.median(values) for name, values in times.items()}
    print(f"{scl.shape[1]} x {scl.shape[0]} pixels, {len(next(iter(times.values())))} rounds, medians:")  # noqa: T201
    for name, seconds in medians.items():
        ratio = medians["download_image"] / seconds
        print(f"  {name:28} {seconds:6.2f} s   download_image takes {ratio:4.2f} x")  # noqa: T201


def _memory(catalogue: Path, target: Path) -> None:
    before = peak_megabytes()
    with gee_scl.local_session(catalogue):
        download_image(ee.Image(gee_scl.collection().first()), target)
    print(f"  memory: {peak_megabytes():.0f} MB at most, {before:.0f} MB of it before")  # noqa: T201


if __name__ == "__main__":
    main()
