"""What class statistics cost by the size of the job: regions x images of one made tile, counted by the engine.

For each size the requests, the bytes of the largest request's body (which is its graph), the images that one request
has touched at the most, pixels read, blocks decoded, seconds, and seconds of CPU of client and engine, which is in a
process of its own. All images of the tile share one file. Regions are squares of the tile's pixels, so that the pixels
of all rows are known: as many of them as have a code.

usage: python -m tests.benchmarks.sizes [REGIONSxIMAGES ...]
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
import shapely

import gee_scl
from tests.support.counted_engine import Cost, CountedEngine, counted_engine
from tests.support.made_catalogue import ITEMS_OF_A_TILE, SIDE, MadeTile, make_many

SIZES = (10, 10), (100, 50), (1_000, 73), (10_000, 100)

_HEADS = (
    ("regions x images", 18),
    ("requests", 9),
    ("largest graph", 14),
    ("images of one", 14),
    ("images touched", 15),
    ("pixels read", 12),
    ("blocks decoded", 15),
    ("seconds", 8),
    ("client CPU", 11),
    ("engine CPU", 11),
    ("counts", 22),
)


def main() -> None:
    """Print a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=_size, default=SIZES)
    sizes = parser.parse_args().sizes
    _print("".join(f"{head:>{width}}" for head, width in _HEADS))
    with tempfile.TemporaryDirectory() as folder:
        (tile,) = make_many(Path(folder), ITEMS_OF_A_TILE, 1)
        with rasterio.open(Path(folder) / tile.name / "scl.tif") as file:
            codes = file.read(1)
        for regions, images in sizes:
            # A new engine each time, so that no size has what another has left decoded.
            with counted_engine(Path(folder)) as engine, gee_scl.local_session(engine.url):
                cost, pixels = _measured(engine, squares(tile, regions), images)
            expected = images * np.count_nonzero(codes[within(regions)])
            verdict = "are numpy's" if pixels == expected else f"{pixels:,}, not {expected:,}"
            total = cost.total
            values = (
                f"{regions:,} x {images:,}",
                *(f"{value:,}" for value in (cost.requests, cost.most("bytes_up"), cost.most("images"), total.images)),
                *(f"{value:,}" for value in (total.pixels, total.blocks_decoded)),
                *(f"{value:.1f}" for value in (cost.seconds, cost.client_cpu, cost.engine_cpu)),
                verdict,
            )
            _print("".join(f"{value:>{width}}" for value, (_, width) in zip(values, _HEADS, strict=True)))


def _size(text: str) -> tuple[int, int]:
    regions, images = text.split("x")
    return int(regions), int(images)


def _measured(engine: CountedEngine, regions: gpd.GeoDataFrame, count: int) -> tuple[Cost, int]:
    images = gee_scl.collection(duplicates="keep").limit(count, "system:time_start")
    with engine.measured() as costs:
        frame = gee_scl.class_statistics(images, regions)
    if frame["image"].nunique() != count:
        raise SystemExit(f"{frame['image'].nunique()} images were measured, not {count}.")
    return costs[0], int(frame["pixels"].sum())


def _across(count: int) -> tuple[int, int]:
    """Regions in a row, and pixels along a region's side."""
    row = math.isqrt(count - 1) + 1
    return row, SIDE // row


def within(count: int) -> np.ndarray:
    """Which pixels are in one of so many regions."""
    row, side = _across(count)
    lines, columns = np.indices((SIDE, SIDE)) // side
    inside: np.ndarray = (columns < row) & (lines * row + columns < count)
    return inside


def squares(tile: MadeTile, count: int) -> gpd.GeoDataFrame:
    """Squares of whole pixels side by side, in the tile's own plane; 10,000 are its pixels."""
    row, side = _across(count)
    boxes = []
    for number in range(count):
        left, top = number % row * side, number // row * side
        (west, north), (east, south) = tile.transform @ (left, top), tile.transform @ (left + side, top + side)
        boxes.append(shapely.box(west, south, east, north))
    return gpd.GeoDataFrame(geometry=boxes, crs=tile.crs)


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
