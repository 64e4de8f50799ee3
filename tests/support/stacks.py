"""A catalogue's images of one tile as arrays, read by rasterio: what composites and occurrences are compared with."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine

from tests.support.pixels import Window

DAY = 86_400_000
"""Milliseconds."""


@dataclass(frozen=True, eq=False)
class Stack:
    """Images of one tile, by time.

    Attributes:
        times: milliseconds since 1970.
        scl: codes (times, rows, columns); 0 is no data.
        bands: by asset key, masked arrays of the shape of `scl`.
        window: where they lie.
    """

    times: np.ndarray
    scl: np.ndarray
    bands: Mapping[str, np.ma.MaskedArray]
    window: Window

    @property
    def days(self) -> np.ndarray:
        """Days since 1970."""
        return self.times // DAY

    def clear(self, dropped: Sequence[int]) -> np.ndarray:
        """Where an observation is seen and its class kept."""
        seen = (self.scl != 0) & ~np.isin(self.scl, dropped)
        return np.logical_and.reduce([seen, *(~np.ma.getmaskarray(band) for band in self.bands.values())])

    def values(self) -> np.ndarray:
        """(times, bands, rows, columns)."""
        return np.stack([band.data for band in self.bands.values()], axis=1).astype(np.float64)

    def between(self, start: str, end: str) -> Stack:
        """The images of a period."""
        inside = (self.times >= _milliseconds(start)) & (self.times < _milliseconds(end))
        bands = {key: band[inside] for key, band in self.bands.items()}
        return Stack(self.times[inside], self.scl[inside], bands, self.window)


def read_stack(
    folder: Path, tile: str, keys: Sequence[str] = (), *, scale: int = 20, crop: tuple[int, int, int, int] | None = None
) -> Stack:
    """Every image of a tile in a STAC catalogue; of a reprocessed one the newest baseline.

    Args:
        folder: searched for items.
        tile: MGRS tile.
        keys: STAC assets to read besides the classes.
        scale: metres of the pixels, 10 or 20; each asset is repeated or must have it.
        crop: first row, first column, rows and columns at 20 m.
    """
    passes: dict[str, list[tuple[str, Path, dict]]] = {}
    for path in sorted(folder.rglob("*.json")):
        item = json.loads(path.read_text(encoding="utf-8"))
        if item.get("type") != "Feature" or item["properties"].get("grid:code") != f"MGRS-{tile}":
            continue
        if "scl" in item["assets"]:
            baseline = item["properties"].get("s2:processing_baseline", "")
            passes.setdefault(item["properties"]["datetime"][:16], []).append((baseline, path, item))
    newest = [entry for of_pass in passes.values() for entry in of_pass if entry[0] == max(e[0] for e in of_pass)]
    items = [(path, item) for _, path, item in sorted(newest, key=lambda entry: entry[2]["properties"]["datetime"])]
    times = np.array([_milliseconds(item["properties"]["datetime"]) for _, item in items])
    with rasterio.open(_file(*items[0], "scl")) as file:
        transform, crs, shape = file.transform, file.crs.to_string(), file.shape
    top, left, rows, columns = crop or (0, 0, *shape)
    factor = 20 // scale
    arrays = {
        key: np.ma.stack([_read(_file(path, item, key), top, left, rows, columns, scale) for path, item in items])
        for key in ("scl", *keys)
    }
    placed = transform @ Affine.translation(left, top) @ Affine.scale(1 / factor)
    window = Window(crs, placed, columns * factor, rows * factor)
    return Stack(times, arrays.pop("scl").data, arrays, window)


def _file(path: Path, item: dict, key: str) -> Path:
    return (path.parent / item["assets"][key]["href"]).resolve()


def _read(path: Path, top: int, left: int, rows: int, columns: int, scale: int) -> np.ma.MaskedArray:
    with rasterio.open(path) as file:
        own = round(file.transform.a)
        per_pixel = 20 // own
        box = rasterio.windows.Window(left * per_pixel, top * per_pixel, columns * per_pixel, rows * per_pixel)
        array = file.read(1, window=box, masked=True)
    repeats = own // scale
    return np.ma.masked_array(*(np.kron(a, np.ones((repeats, repeats), a.dtype)) for a in (array.data, _mask(array))))


def _mask(array: np.ma.MaskedArray) -> np.ndarray:
    return np.ma.getmaskarray(array)


def _milliseconds(text: str) -> int:
    moment = datetime.fromisoformat(text.replace("Z", "+00:00") if "T" in text else f"{text}T00:00:00+00:00")
    return round(moment.timestamp() * 1000)
