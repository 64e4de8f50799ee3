"""The writer of GeoTIFF files: downloads, exports, assets and the sample differ in its arguments only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import rasterio
import rasterio.shutil
from rasterio.io import MemoryFile
from rasterio.windows import Window

from gee_scl.local.raster.grid import Grid

BLOCK = 256
"""Sides of a GeoTIFF's blocks: Earth Engine's `shardSize` by default."""

Compression = Literal["lzw", "deflate"]


def new_geotiff(
    target: Path | MemoryFile,
    grid: Grid,
    dtype: np.dtype[Any],
    bands: Sequence[str | None] = (None,),
    *,
    no_data: float | None = None,
    tags: Mapping[str, str] | None = None,
    block: int | None = BLOCK,
    compression: Compression = "lzw",
) -> Any:
    """A new GeoTIFF, open for writing.

    Args:
        target: the file, on disk or in memory.
        grid: its pixels.
        dtype: of all bands.
        bands: what each is called in the file, None for no name.
        no_data: the value that means no data, where one does.
        tags: of the file as a whole.
        block: sides of its blocks in pixels; None writes strips.
        compression: how pixels are packed; nothing is lost.
    """
    tiles = {} if block is None else {"tiled": True, "blockxsize": block, "blockysize": block}
    profile = {
        "driver": "GTiff",
        "width": grid.width,
        "height": grid.height,
        "count": len(bands),
        "dtype": dtype,
        "crs": rasterio.crs.CRS.from_user_input(grid.crs),
        "transform": grid.window_transform,
        "nodata": no_data,
        "compress": compression,
        **tiles,
        "BIGTIFF": "IF_SAFER",
        "NUM_THREADS": "ALL_CPUS",
        # GDAL would take three or four bytes for a colour photograph, the fourth for its opacity.
        "photometric": "MINISBLACK",
    }
    file = target.open(**profile) if isinstance(target, MemoryFile) else rasterio.open(target, "w", **profile)
    for number, name in enumerate(bands, 1):
        if name is not None:
            file.set_band_description(number, name)
    if tags:
        file.update_tags(**tags)
    return file


def window_in(part: Grid, grid: Grid) -> Window:
    """Where a tile lies in the file of a grid."""
    return Window(part.column - grid.column, part.row - grid.row, part.width, part.height)


def cloud_optimize(draft: Path, path: Path, resampling: str = "nearest") -> None:
    """Turn a GeoTIFF into a cloud-optimized one, and remove it.

    Args:
        draft: the plain file.
        path: the new one.
        resampling: GDAL's name of how overviews are made.
    """
    rasterio.shutil.copy(
        draft,
        path,
        driver="COG",
        COMPRESS="LZW",
        BLOCKSIZE="512",
        OVERVIEW_RESAMPLING=resampling.upper(),
        BIGTIFF="IF_SAFER",
        NUM_THREADS="ALL_CPUS",
    )
    draft.unlink()
