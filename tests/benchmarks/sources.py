"""The rasters of the comparisons: recorded ones, or made ones of their size where those are not beside the checkout."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.benchmarks.comparisons import rasters_of
from tests.conftest import shared_folder
from tests.support.local.catalogues import Scene, collection_document, make_catalogue, write_json

_START = dt.datetime(2022, 10, 5, 11, 54, 11)


@dataclass(frozen=True)
class Source:
    """Where rasters are.

    Attributes:
        folder: of their catalogue.
        title: what they are.
    """

    folder: Path
    title: str


def tile(work: Path) -> Source:
    """One image of 5490 x 5490 pixels."""
    return _recorded("29UNU", "tile 29UNU, 5490 x 5490 pixels") or Source(
        made(work / "tile", 5490, 1), "a made raster of 5490 x 5490 pixels, 29UNU not being here"
    )


def dates(work: Path) -> Source:
    """118 images of 32 x 32 pixels."""
    return _recorded("31UDS", "tile 31UDS, a crop of 32 x 32 pixels") or Source(
        made(work / "dates", 32, 118), "made rasters of 32 x 32 pixels, 31UDS not being here"
    )


def days(work: Path) -> Source:
    """The image of `tile` on ten dates, each with a file of its own."""
    once = tile(work)
    folder = work / "days"
    if not folder.exists():
        _repeat(once.folder, folder, 10)
    return Source(folder, f"copies of {once.title}")


SOURCES: dict[str, Callable[[Path], Source]] = {"tile": tile, "dates": dates, "days": days}
"""What makes them in a folder, or finds them."""


def made(folder: Path, side: int, count: int) -> Path:
    """Write a catalogue of made rasters, patches of 6 x 6 pixels, unless it is there.

    Args:
        folder: that is to be written.
        side: pixels of a raster's side.
        count: of rasters, five days apart.

    Returns:
        The folder.
    """
    if folder.exists():
        return folder
    random = np.random.default_rng(1)
    scenes = []
    for moment in _moments(count):
        coarse = random.integers(1, 12, (-(-side // 6),) * 2, dtype=np.uint8)
        codes = np.kron(coarse, np.ones((6, 6), np.uint8))[:side, :side]
        scenes.append(Scene(codes, time=f"{moment:%Y-%m-%dT%H:%M:%SZ}"))
    return make_catalogue(folder, scenes)


def _recorded(name: str, title: str) -> Source | None:
    folder = shared_folder() / "data" / name
    return Source(folder, title) if folder.is_dir() else None


def _repeat(catalogue: Path, folder: Path, count: int) -> None:
    """Write a catalogue that has the one image of another on several dates."""
    (document,) = (path for path in catalogue.rglob("*.json") if '"Feature"' in path.read_text("utf-8"))
    (raster,) = rasters_of(catalogue)
    links = []
    for moment in _moments(count):
        item = json.loads(document.read_text("utf-8"))
        stamp = f"{moment:%Y%m%dT%H%M%S}"
        item |= {"id": f"{item['id']}_{stamp}", "links": []}
        item["assets"] = {"scl": {**item["assets"]["scl"], "href": f"./{stamp}.tif"}}
        item["properties"] |= {
            "datetime": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
            "s2:generation_time": f"{moment + dt.timedelta(hours=5):%Y-%m-%dT%H:%M:%SZ}",
        }
        # These name the one product, and its pass.
        item["properties"].pop("s2:product_uri", None)
        item["properties"].pop("s2:datastrip_id", None)
        write_json(folder / f"{stamp}.json", item)
        shutil.copyfile(raster, folder / f"{stamp}.tif")
        links.append({"rel": "item", "href": f"./{stamp}.json"})
    write_json(folder / "collection.json", collection_document("sentinel-2-l2a", links))


def _moments(count: int) -> list[dt.datetime]:
    return [_START + dt.timedelta(days=5 * number) for number in range(count)]
