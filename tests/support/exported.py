"""What the tests of exports share: an engine whose Drive is a folder of the test, and the pixels behind a scene."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import ee
import numpy as np
import numpy.typing as npt
import rasterio

import gee_scl
from gee_scl.local.context import Limits
from gee_scl.local.server import LocalServer
from tests.support.engines import server_over, session_on

LAND = {4: 1, 5: 2, 6: 3, 11: 4}
"""Codes by hand: vegetation, bare soil, water, snow, as the scheme "land" numbers them."""


@dataclass(frozen=True)
class Bench:
    """An engine, and the folder that it exports to."""

    server: LocalServer
    exports: Path

    @property
    def drive(self) -> Path:
        return self.exports / "drive"

    def source(self, image: ee.Image) -> Path:
        """The file behind a scene's classes: its index and tile name the only item of that day."""
        index, tile = image.get("system:index").getInfo(), image.get("MGRS_TILE").getInfo()
        (path,) = self.server.engine.catalogue.folder.glob(f"sentinel-2-l2a/*_{tile}_{index[:8]}_*/SCL.tif")
        return path


@contextmanager
def bench(folder: Path, exports: Path, limits: Limits | None = None) -> Iterator[Bench]:
    with server_over(folder, exports=exports, limits=limits) as server, session_on(server.url):
        yield Bench(server, exports)


def scene(tile: str = "32TPS", start: str = "2023-05-01") -> ee.Image:
    """The sample's first scene of a tile from a day on."""
    return ee.Image(gee_scl.collection(start=start, tiles=tile).first())


def days() -> ee.ImageCollection:
    """Four days of one tile."""
    return gee_scl.collection(start="2023-05-01", end="2023-06-20", tiles="32TPS")


def may() -> ee.ImageCollection:
    """Two days of two tiles."""
    return gee_scl.collection(start="2023-05-01", end="2023-06-01")


def written(destinations: tuple[str, ...]) -> Path:
    """The only file of a task."""
    (address,) = destinations
    return Path(unquote(urlsplit(address).path))


def exported_table(*arguments: Any, **options: Any) -> Path:
    """The file that `export_table` has written."""
    return written(gee_scl.exports.export_table(*arguments, **options).wait().destinations)


def codes(path: Path) -> npt.NDArray[np.uint8]:
    with rasterio.open(path) as file:
        return file.read(1)


def regrouped(array: npt.NDArray[np.uint8], table: dict[int, int]) -> npt.NDArray[np.uint8]:
    """Codes by a table, others 0."""
    out = np.zeros_like(array)
    for code, value in table.items():
        out[array == code] = value
    return out
