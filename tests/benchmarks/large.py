"""What a large job costs the client: regions x dates to the end, by an engine in a process of its own.

    python -m tests.benchmarks.large [regions] [dates]

Regions are the pixels of a made tile of 100 x 100 pixels, so that each row of the frame can be reckoned by hand: a
region has one pixel on each date. Printed are rows, requests, seconds, and the client's memory at its most (resident,
all of the process), of which the packages themselves take what is printed first.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import gee_scl
from tests.support.made_catalogue import ITEMS_OF_A_TILE, SIDE, made_tiles, make_many


def main(regions: int, dates: int) -> None:
    """Measure it once, with a bar."""
    with tempfile.TemporaryDirectory() as folder:
        make_many(Path(folder), ITEMS_OF_A_TILE, 1)
        with _engine(Path(folder)) as (process, url):
            gee_scl.initialize(local=url)
            images = gee_scl.collection().limit(dates, "system:time_start")
            squares = _pixels(regions)
            _print(f"before: {_memory():.0f} MB")
            started = time.perf_counter()
            frame = gee_scl.class_statistics(images, squares, progress=True)
            seconds = time.perf_counter() - started
            record = frame.attrs["gee_scl"]
            _print(
                f"{len(frame):,} rows of {regions:,} regions, {record['images']} images, {record['requests']} requests"
            )
            _print(f"{seconds:.0f} s; {_memory():.0f} MB at the most; the frame itself {_size(frame):.0f} MB")
            pixels = frame["pixels"].sum()
            _print(f"{pixels:,} pixels are of a class, {regions * record['images']:,} at the most")
            process.terminate()


def _pixels(count: int):
    """Squares of one pixel each, in the tile's own plane."""
    import geopandas
    import shapely

    (tile,) = made_tiles(1)
    corners = [
        (tile.transform @ (n % SIDE, n // SIDE), tile.transform @ (n % SIDE + 1, n // SIDE + 1)) for n in range(count)
    ]
    boxes = [shapely.box(west, south, east, north) for (west, north), (east, south) in corners]
    return geopandas.GeoDataFrame(geometry=boxes, crs=tile.crs)


class _engine:  # noqa: N801 - it is used as a function
    """An engine over a folder, in a process of its own."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "gee_scl", "serve", str(folder), "--port", "0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def __enter__(self) -> tuple[subprocess.Popen[str], str]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if "http://" in line:
                address = line[line.index("http://") :].split()[0]
                return self.process, address.split("/v1")[0]
        raise RuntimeError("the engine did not start")

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _size(frame) -> float:
    return frame.memory_usage(deep=False).sum() / 1e6


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*(int(word) for word in [*sys.argv[1:], *("10000", "24")[len(sys.argv) - 1 :]]))
