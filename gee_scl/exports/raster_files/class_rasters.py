"""Class rasters as they are: read and counted once, and refused where they cannot have colours."""

from __future__ import annotations

import math
import operator
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gee_scl.classes.schemes import Scheme, get_scheme
from gee_scl.errors import ArgumentError, SchemeError
from gee_scl.exports.raster_files.bands import band_tags, is_own_tag
from gee_scl.exports.raster_files.pixels import count_pixels
from gee_scl.exports.raster_files.styles import colors, tagged_scheme
from gee_scl.exports.raster_files.tiled import Part, TiledRaster, read_part

_HIGHEST = {"uint8": 2**8 - 1, "uint16": 2**16 - 1}
"""Types that a TIFF's colour table can index, and their highest value."""

_MOST_LISTED = 20
"""Values that an error names."""


@dataclass(frozen=True)
class ClassRaster:
    """A raster, and the classes that it is to show.

    Attributes:
        path: the GeoTIFF, or the VRT of a tiled export.
        scheme: the classes.
        nodata: the value of pixels without data, if there is one.
        pixels: number of pixels by value, no-data among them.
        is_colored: whether its own file already says all this.
        part: of a tiled export, where its name is that of one.
    """

    path: Path
    scheme: Scheme
    nodata: int | None
    pixels: Mapping[int, int]
    is_colored: bool
    part: Part | None


def examined_raster(path: Path, scheme: Scheme | None, nodata: int | None, unlisted: str) -> ClassRaster:
    """Read a raster once, and refuse what cannot be coloured.

    Args:
        path: a GeoTIFF.
        scheme: its classes; None for those that its tags say, else "scl".
        nodata: its no-data value; None for the one that it declares, else 0 where that is no class.
        unlisted: "refuse" or "keep" values that are neither a class nor no-data.

    Raises:
        ArgumentError: it cannot have a colour table, or its values are not those of the scheme.
        SchemeError: its type cannot hold the scheme's values.
    """
    import rasterio

    try:
        with rasterio.open(path) as dataset:
            _check_raster(path, dataset)
            scheme = scheme or tagged_scheme(dataset.tags() | dataset.tags(1)) or get_scheme("scl")
            _check_values(path, scheme, dataset.dtypes[0])
            empty = _nodata(path, dataset, scheme, nodata)
            pixels = count_pixels(dataset)
            is_colored = _is_colored(dataset, scheme, empty, pixels)
            part = read_part(path, dataset)
    except rasterio.errors.RasterioError as error:
        raise ArgumentError("path", str(path), "a whole GeoTIFF", f"GDAL says: {error}") from error
    _check_unlisted(path, scheme, empty, pixels, unlisted)
    return ClassRaster(path, scheme, empty, pixels, is_colored, part)


def _check_raster(path: Path, dataset: Any) -> None:
    if dataset.driver != "GTiff":
        raise ArgumentError("path", str(path), "a GeoTIFF", f"This is {dataset.driver}.")
    if dataset.count != 1:
        hint = f"It has {dataset.count}; export the band of classes alone."
        raise ArgumentError("path", str(path), "a TIFF of one band, as others cannot have a colour table", hint)
    if dataset.dtypes[0] not in _HIGHEST:
        hint = (
            f"It is {dataset.dtypes[0]}; export the classes with image.toUint8(), or convert the file with "
            "`gdal_translate -ot Byte`; with values above 255 toUint16() and UInt16."
        )
        raise ArgumentError("path", str(path), "a TIFF of uint8 or uint16, as others cannot have a colour table", hint)


def _check_values(path: Path, scheme: Scheme, dtype: str) -> None:
    if min(scheme.values) < 0 or max(scheme.values) > _HIGHEST[dtype]:
        allowed = f"values from 0 to {_HIGHEST[dtype]}, as {path.name} is {dtype}"
        raise SchemeError("scheme", [min(scheme.values), max(scheme.values)], allowed)


def _nodata(path: Path, dataset: Any, scheme: Scheme, nodata: int | None) -> int | None:
    declared = dataset.nodata
    if nodata is not None:
        value = _whole(nodata, _HIGHEST[dataset.dtypes[0]])
    elif declared is not None and math.isfinite(declared) and declared == int(declared):
        value = int(declared)
    else:
        return None if 0 in scheme.values else 0
    if value in scheme.values:
        hint = f"In {path.name} it is the no-data value: give another as nodata=."
        raise ArgumentError("nodata", value, f"a value that is no class of scheme {scheme.name!r}", hint)
    return value


def _whole(nodata: object, highest: int) -> int:
    try:
        value = -1 if isinstance(nodata, bool) else operator.index(nodata)  # type: ignore[arg-type]
    except TypeError:
        value = -1
    if not 0 <= value <= highest:
        raise ArgumentError("nodata", nodata, f"an integer from 0 to {highest}")
    return value


def _is_colored(dataset: Any, scheme: Scheme, nodata: int | None, pixels: Mapping[int, int]) -> bool:
    """Whether the TIFF itself already has all that would be written into it."""
    tags, wanted = dataset.tags(1), band_tags(scheme, nodata, pixels)
    if dataset.nodata != nodata or _own_tags(tags) != wanted or dataset.colorinterp[0].name != "palette":
        return False
    wanted_colors = colors(scheme)
    return all(color[:3] == wanted_colors.get(value, (0, 0, 0)) for value, color in dataset.colormap(1).items())


def _own_tags(tags: Mapping[str, str]) -> dict[str, str]:
    return {key: text for key, text in tags.items() if is_own_tag(key)}


def _check_unlisted(path: Path, scheme: Scheme, nodata: int | None, pixels: Mapping[int, int], unlisted: str) -> None:
    expected = {*scheme.values, nodata}
    strange = [value for value in pixels if value not in expected]
    if strange and unlisted == "refuse":
        listed = ", ".join(f"{value} ({pixels[value]} px)" for value in strange[:_MOST_LISTED])
        more = f" and {len(strange) - _MOST_LISTED} more" if len(strange) > _MOST_LISTED else ""
        raise ArgumentError(
            "scheme",
            scheme.name,
            f"a scheme that has all values of {path.name}, which also has {listed}{more}",
            f"The scheme has {scheme.values}; unlisted='keep' goes on and leaves the others without colour.",
        )


def joined_raster(group: TiledRaster, rasters: Sequence[ClassRaster]) -> ClassRaster:
    """A tiled export as one raster, from those of its parts.

    Raises:
        ArgumentError: the parts differ in scheme or no-data value.
    """
    by_path = {raster.path: raster for raster in rasters}
    parts = [by_path[part.path] for part in group.parts]
    first = parts[0]
    for part in parts[1:]:
        if part.scheme != first.scheme or part.nodata != first.nodata:
            hint = "Give the scheme and no-data value of all parts."
            raise ArgumentError("path", part.path.name, f"the scheme and no-data value of {first.path.name}", hint)
    pixels = Counter[int]()
    for part in parts:
        pixels.update(part.pixels)
    gap = group.width * group.height - sum(pixels.values())
    if gap:
        # GDAL fills what no part covers with no-data, or with 0 where there is none.
        pixels[first.nodata or 0] += gap
    return ClassRaster(group.path, first.scheme, first.nodata, dict(sorted(pixels.items())), False, None)
