"""What a band of classes says of itself, in the tags of a TIFF and in GDAL's XML."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Mapping

from gee_scl.classes.schemes import Scheme
from gee_scl.exports.raster_files.styles import class_tags, color_element
from gee_scl.exports.raster_files.tiled import metadata


def band_tags(scheme: Scheme, nodata: int | None, pixels: Mapping[int, int]) -> dict[str, str]:
    """What a TIFF's band says of its classes and statistics.

    Args:
        scheme: what the values mean.
        nodata: the value that is none, or None.
        pixels: how many there are of each value.
    """
    return class_tags(scheme) | _statistics(pixels, nodata)


def _statistics(pixels: Mapping[int, int], nodata: int | None) -> dict[str, str]:
    """GDAL's own items, as `gdalinfo -stats` would write them, of the pixels that are not no-data."""
    valid = {value: count for value, count in pixels.items() if value != nodata}
    number, everything = sum(valid.values()), sum(pixels.values())
    share = {"STATISTICS_VALID_PERCENT": f"{100 * number / everything:.4g}"}
    if not number:
        return share
    mean = sum(value * count for value, count in valid.items()) / number
    variance = sum((value - mean) ** 2 * count for value, count in valid.items()) / number
    numbers = {"MAXIMUM": max(valid), "MEAN": mean, "MINIMUM": min(valid), "STDDEV": math.sqrt(variance)}
    return {f"STATISTICS_{name}": f"{number:.14g}" for name, number in numbers.items()} | share


def is_own_tag(key: str) -> bool:
    """Whether it is one of the tags of `band_tags`."""
    return key.startswith(("STATISTICS_", "gee_scl_", "class_"))


def band_elements(
    scheme: Scheme, nodata: int | None, pixels: Mapping[int, int], tags: Mapping[str, str]
) -> list[ET.Element]:
    """What GDAL's XML says of a coloured band.

    Args:
        scheme: what the values mean.
        nodata: the value that is none, or None.
        pixels: how many there are of each value.
        tags: that the band has besides those of `band_tags`.
    """
    interpretation = ET.Element("ColorInterp")
    interpretation.text = "Palette"
    children = [metadata({**tags, **band_tags(scheme, nodata, pixels)})]
    if nodata is not None:
        empty = ET.Element("NoDataValue")
        empty.text = str(nodata)
        children.append(empty)
    return [*children, interpretation, color_element(scheme, nodata)]
