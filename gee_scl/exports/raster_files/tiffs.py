"""A TIFF written again with colours, names and statistics, its pixels and layout as they were."""

from __future__ import annotations

import os
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path

from gee_scl.errors import GeeSclError
from gee_scl.exports.raster_files.bands import band_elements, is_own_tag
from gee_scl.exports.raster_files.class_rasters import ClassRaster
from gee_scl.exports.raster_files.pixels import stripes
from gee_scl.exports.raster_files.styles import children_replaced, parse

_LOSSLESS = ("NONE", "LZW", "DEFLATE", "ZSTD", "PACKBITS", "LZMA")
"""Compressions that are kept. Codes that went through a lossy one are written with DEFLATE."""


def write_tiff(original: Path, raster: ClassRaster, part: Path) -> None:
    """Write a coloured copy of a TIFF, and compare the two pixel by pixel.

    Args:
        original: the TIFF, which stays.
        raster: what it is to show.
        part: where the copy goes.

    Raises:
        GeeSclError: the copy is not the original with colours.
    """
    import rasterio
    import rasterio.shutil
    from rasterio.enums import Resampling
    from rasterio.io import MemoryFile

    with rasterio.open(original) as dataset:
        structure = dataset.tags(ns="IMAGE_STRUCTURE")
        overviews = dataset.overviews(1)
        block = dataset.block_shapes[0]
        tiled = block[1] != dataset.width
    options = _compression(structure) | {"BIGTIFF": "IF_SAFER"}
    if structure.get("LAYOUT") == "COG":
        # An overview is made of codes that occur, never of averages.
        options |= {"BLOCKSIZE": str(block[1]), "OVERVIEWS": "IGNORE_EXISTING", "OVERVIEW_RESAMPLING": "MODE"}
        driver, overviews = "COG", []
    else:
        options |= {"TILED": "YES", "BLOCKXSIZE": str(block[1])} if tiled else {"TILED": "NO"}
        options |= {"BLOCKYSIZE": str(block[0])}
        driver = "GTiff"
    with MemoryFile(_description(original, raster).encode(), ext=".vrt") as description:
        rasterio.shutil.copy(description.name, part, driver=driver, **options)
    if overviews:
        with rasterio.open(part, "r+") as dataset:
            dataset.build_overviews(overviews, Resampling.mode)
    _check_same(original, part)
    shutil.copymode(original, part)
    with part.open("rb+") as opened:
        os.fsync(opened.fileno())


def _compression(structure: Mapping[str, str]) -> dict[str, str]:
    name = structure.get("COMPRESSION", "NONE")
    if name not in _LOSSLESS:
        return {"COMPRESS": "DEFLATE"}
    predictor = {"PREDICTOR": "2"} if structure.get("PREDICTOR") == "2" else {}
    return {"COMPRESS": name} | predictor


def _description(original: Path, raster: ClassRaster) -> str:
    """The raster as a VRT that GDAL writes, which carries all its tags, with what is to be added."""
    import rasterio.shutil
    from rasterio.io import MemoryFile

    with MemoryFile(ext=".vrt") as memory:
        rasterio.shutil.copy(original, memory.name, driver="VRT")
        root = parse(memory.read().decode())
    band = root.find("VRTRasterBand")
    if band is None:
        raise GeeSclError(f"GDAL describes {original.name} without a band.")
    items = [item for tags in band.findall("Metadata") if not tags.get("domain") for item in tags.findall("MDI")]
    tags = {item.get("key", ""): item.text or "" for item in items}
    foreign = {key: text for key, text in tags.items() if not is_own_tag(key)}
    children_replaced(band, band_elements(raster.scheme, raster.nodata, raster.pixels, foreign))
    return ET.tostring(root, "unicode")


def _check_same(original: Path, part: Path) -> None:
    import numpy as np
    import rasterio

    with rasterio.open(original) as before, rasterio.open(part) as after:
        same = before.shape == after.shape and before.crs == after.crs and before.transform == after.transform
        if not same or not all(
            np.array_equal(before.read(1, window=window), after.read(1, window=window)) for window in stripes(before)
        ):
            raise GeeSclError(f"What GDAL has written is not {original.name} with colours; the original is as it was.")
