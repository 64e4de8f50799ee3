"""Class rasters to be coloured, and what other programs say of them."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

rasterio = pytest.importorskip("rasterio")

LAND_NAMES = ["No data", "Vegetation", "Bare", "Water", "Snow"]
LAND_COLORS = {1: (0x10, 0xD2, 0x2C), 2: (0xFF, 0xFF, 0x52), 3: (0, 0, 255), 4: (0x52, 0xFF, 0xF9)}
STYLES = [".clr", ".qml", ".sld"]
EAST, NORTH, PIXEL = 500_000, 6_000_000, 20


def patches(height: int, width: int, highest: int, *, lowest: int = 0, dtype: str = "uint8") -> Any:
    """Classes in patches, as they are on the ground."""
    small = np.random.default_rng(7).integers(lowest, highest + 1, (height // 4 + 1, width // 4 + 1))
    return np.kron(small, np.ones((4, 4), int))[:height, :width].astype(dtype)


def save(path: Path, pixels: Any, *, row: int = 0, column: int = 0, **options: Any) -> Path:
    bands = pixels if pixels.ndim == 3 else pixels[None]
    profile = {
        "driver": "GTiff",
        "count": bands.shape[0],
        "height": bands.shape[1],
        "width": bands.shape[2],
        "dtype": bands.dtype.name,
        "crs": "EPSG:32629",
        "transform": rasterio.transform.from_origin(EAST + PIXEL * column, NORTH - PIXEL * row, PIXEL, PIXEL),
    }
    with rasterio.open(path, "w", **(profile | options)) as dataset:
        dataset.write(bands)
    return path


def as_exported(path: Path, pixels: Any, **options: Any) -> Path:
    """The layout of Earth Engine's GeoTIFFs: LZW, tiles of 256 pixels, no colours, no no-data value."""
    return save(path, pixels, compress="lzw", tiled=True, blockxsize=256, blockysize=256, **options)


def tiles(folder: Path, whole: Any, rows: tuple[int, ...], columns: tuple[int, ...], **options: Any) -> list[Path]:
    """A raster cut as Earth Engine cuts large exports."""
    paths = []
    for row, bottom in zip(rows, (*rows[1:], whole.shape[0]), strict=True):
        for column, right in zip(columns, (*columns[1:], whole.shape[1]), strict=True):
            path = folder / f"big <&>-{row:010d}-{column:010d}.tif"
            paths.append(as_exported(path, whole[row:bottom, column:right], row=row, column=column, **options))
    return paths


def read(path: Path) -> Any:
    with rasterio.open(path) as dataset:
        return dataset.read(1)


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in folder.iterdir()}


def gdalinfo(path: Path) -> dict[str, Any]:
    if shutil.which("gdalinfo") is None:
        pytest.skip("gdalinfo is not installed (Debian: gdal-bin)")
    run = subprocess.run(["gdalinfo", "-json", str(path)], capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(run.stdout)["bands"][0]
    return answer
