"""How long the local engine takes for the tiles of a map, beside rio-tiler on the same file.

Each tile is made by both in turn: by rio-tiler with nearest neighbours, a colour table and PNG, by the engine over HTTP
at the address that `Image.getMapId` gives. No tile is asked for twice.

usage: python -m tests.benchmarks.tiles [FOLDER] [--tiles N] [--zooms 10 11 12 14]
"""

from __future__ import annotations

import argparse
import io
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PIL.Image
from morecantile import Tile
from rio_tiler.io import Reader

import gee_scl
from gee_scl.local.raster.blocks import blocks
from tests.conftest import shared_folder

ZOOMS = 10, 11, 12, 14
"""From 92 m a pixel to 6 m, at the latitude of 29UNU."""

EXACT = {"tolerance": 1e-7}
"""Has GDAL project each pixel; by default it is off by up to 0.125 of a pixel."""


@dataclass(frozen=True)
class Peer:
    """Tiles by rio-tiler.

    Attributes:
        path: the file.
        colours: red, green, blue and opacity of each code.
    """

    path: Path
    colours: dict[int, tuple[int, int, int, int]]

    def tile(self, tile: Tile, options: dict[str, float] | None = None) -> bytes:
        """A tile as PNG; the file is opened for it, as tile servers do."""
        with Reader(str(self.path)) as reader:
            return self.rendered(reader, tile, options)

    def rendered(self, reader: Reader, tile: Tile, options: dict[str, float] | None = None) -> bytes:
        """A tile as PNG, from an open file."""
        image = reader.tile(
            *(tile.x, tile.y, tile.z),
            tilesize=256,
            resampling_method="nearest",
            reproject_method="nearest",
            vrt_options=options,
        )
        return image.render(img_format="PNG", colormap=self.colours)


def main() -> None:
    """Print the times of a tile by zoom, with one thread and with two, and the share of pixels that differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, help="a STAC catalogue with SCL; by default the recorded 29UNU")
    parser.add_argument("--tiles", type=int, default=100, help="of all zooms together")
    parser.add_argument("--zooms", type=int, nargs="+", default=ZOOMS)
    options = parser.parse_args()
    folder = options.folder or shared_folder() / "data" / "29UNU"
    path = next(iter(sorted(folder.rglob("*SCL.tif"))), None)
    if path is None:
        raise SystemExit(f"{folder} has no raster SCL.tif.")
    colours = {
        code: (*bytes.fromhex(member.color), 255) for member in gee_scl.SCHEMES["scl"].classes for code in member.codes
    }
    peer = Peer(path, colours)
    count = options.tiles // len(options.zooms)
    chosen = {zoom: _tiles(path, zoom, count) for zoom in options.zooms}
    for threads in (1, 2):
        ours = theirs = kept = 0.0
        for zoom, tiles in chosen.items():
            with _engine(folder) as fetch, Reader(str(path)) as reader:
                blocks.clear()
                peer_ms, engine_ms = _milliseconds(tiles, threads, peer.tile, fetch)
                kept_ms = _mean(lambda tile: peer.rendered(reader, tile), tiles) if threads == 1 else 0.0
            ours, theirs, kept = (
                ours + engine_ms * len(tiles),
                theirs + peer_ms * len(tiles),
                kept + kept_ms * len(tiles),
            )
            _print(f"zoom {zoom}, {len(tiles)} tiles, {threads} at once: {_compared(engine_ms, peer_ms)}")
        number = sum(map(len, chosen.values()))
        _print(f"all {number} tiles, {threads} at once: {_compared(ours / number, theirs / number)}")
        if kept:
            _print(f"  with rio-tiler's file kept open: {_compared(ours / number, kept / number)}")
    with _engine(folder) as fetch:
        for zoom, tiles in chosen.items():
            usual, exact = (
                np.mean([_differing(fetch(tile), peer.tile(tile, choice)) for tile in tiles])
                for choice in (None, EXACT)
            )
            _print(
                f"zoom {zoom}: {usual:.4%} of the pixels differ from rio-tiler's, "
                f"{exact:.4%} where GDAL projects each pixel"
            )


def _tiles(path: Path, zoom: int, count: int) -> list[Tile]:
    """Tiles all over the file."""
    with Reader(str(path)) as reader:
        every = list(reader.tms.tiles(*reader.get_geographic_bounds("EPSG:4326"), zooms=[zoom]))
        every = [tile for tile in every if reader.tile_exists(tile.x, tile.y, tile.z)]
    return [every[place] for place in np.linspace(0, len(every) - 1, min(count, len(every))).astype(int)]


@contextmanager
def _engine(folder: Path) -> Iterator[Callable[[Tile], bytes]]:
    """A new engine, and a function that fetches the PNG of a tile."""
    with gee_scl.local_session(folder):
        image = gee_scl.visualize(gee_scl.collection().first())
        address = image.getMapId({"format": "png"})["tile_fetcher"].url_format

        def fetch(tile: Tile) -> bytes:
            with urllib.request.urlopen(address.format(z=tile.z, x=tile.x, y=tile.y)) as answer:  # noqa: S310 - loopback
                return bytes(answer.read())

        yield fetch


def _milliseconds(
    tiles: list[Tile], threads: int, peer: Callable[[Tile], bytes], engine: Callable[[Tile], bytes]
) -> tuple[float, float]:
    """Of a tile, by the peer and by the engine, which take turns."""
    total = {peer: 0.0, engine: 0.0}
    with ThreadPoolExecutor(threads) as pool:
        for first in range(0, len(tiles), threads):
            for make in (peer, engine):
                start = time.perf_counter()
                list(pool.map(make, tiles[first : first + threads]))
                total[make] += time.perf_counter() - start
    return total[peer] / len(tiles) * 1e3, total[engine] / len(tiles) * 1e3


def _mean(make: Callable[[Tile], bytes], tiles: list[Tile]) -> float:
    start = time.perf_counter()
    for tile in tiles:
        make(tile)
    return (time.perf_counter() - start) / len(tiles) * 1e3


def _compared(engine: float, peer: float) -> str:
    return f"gee-scl {engine:.1f} ms a tile, rio-tiler {peer:.1f} ms ({engine / peer:.2f}x)"


def _differing(one: bytes, other: bytes) -> float:
    """The share of pixels whose colours differ; what is transparent has none."""
    first, second = (np.asarray(PIL.Image.open(io.BytesIO(png)).convert("RGBA")) for png in (one, other))
    first, second = (np.where(picture[..., 3:] > 0, picture, 0) for picture in (first, second))
    return float((first != second).any(axis=-1).mean())


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
