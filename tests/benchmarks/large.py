"""What a large job costs the client: regions x dates to the end, by an engine in a process of its own.

    python -m tests.benchmarks.large [regions] [dates] [--by date] [--output] [--checkpoint]

Regions are the pixels of a made tile of 100 x 100 pixels, so that each row of the frame can be reckoned by hand: a
region has one pixel on each date. Printed are rows, requests, seconds, and the client's memory at its most (resident,
all of the process), of which the packages themselves take what is printed first. With --output the frame is written
into a folder; with --checkpoint the answers are kept, and the call is made again, which asks for nothing.
"""

from __future__ import annotations

import argparse
import multiprocessing
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import gee_scl
from tests.support.made_catalogue import ITEMS_OF_A_TILE, SIDE, made_tiles
from tests.support.memory import peak_megabytes

_MAKE = f"import sys; from tests.support.made_catalogue import *; make_many(Path(sys.argv[1]), {ITEMS_OF_A_TILE}, 1)"


def main() -> None:
    """Measure it once, with a bar."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("regions", type=int, nargs="?", default=10_000)
    parser.add_argument("dates", type=int, nargs="?", default=24)
    parser.add_argument("--by", choices=["image", "date"], default="image")
    parser.add_argument("--output", action="store_true")
    parser.add_argument("--checkpoint", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "tiles").mkdir()
        # Elsewhere, so that what writes rasters is not in this process.
        subprocess.run([sys.executable, "-c", _MAKE, str(folder / "tiles")], check=True)
        with _engine(folder / "tiles") as url:
            for call in range(1 + options.checkpoint):
                run = gee_scl.Run(
                    output=folder / f"frame{call}" if options.output else None,
                    checkpoint=folder / "checkpoint" if options.checkpoint else None,
                )
                # Each in a process of its own, whose memory at its most is its own.
                client = multiprocessing.get_context("spawn").Process(target=_measure, args=(url, options, run))
                client.start()
                client.join()


def _measure(url: str, options: argparse.Namespace, run: gee_scl.Run) -> None:
    gee_scl.initialize(local=url)
    images = gee_scl.collection().limit(options.dates, "system:time_start")
    squares = _pixels(options.regions)
    _print(f"before: {peak_megabytes():.0f} MB")
    started = time.perf_counter()
    frame = gee_scl.class_statistics(images, squares, by=options.by, run=run, progress=True)
    seconds, most = time.perf_counter() - started, peak_megabytes()
    parts = [frame] if run.output is None else map(_pixels_of, Path(run.output).rglob("*.parquet"))
    rows, pixels = 0, 0
    for part in parts:
        rows, pixels = rows + len(part), pixels + int(part["pixels"].sum())
    record = frame.attrs["gee_scl"]
    _print(f"{rows:,} rows of {record['regions']:,} regions; {record['requests']} requests")
    _print(f"{seconds:.0f} s; {most:.0f} MB at the most; the frame itself {_size(frame):.0f} MB")
    _print(f"{pixels:,} pixels are of a class")


def _pixels_of(file: Path) -> Any:
    import pandas as pd

    return pd.read_parquet(file, columns=["pixels"])


def _pixels(count: int) -> Any:
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

    def __enter__(self) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if "http://" in line:
                address = line[line.index("http://") :].split()[0]
                return address.split("/v1")[0]
        raise RuntimeError("the engine did not start")

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()


def _size(frame: Any) -> float:
    return frame.memory_usage(deep=False).sum() / 1e6


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
