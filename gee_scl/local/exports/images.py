"""Images as GeoTIFF files: computed tile by tile in threads, with memory that does not grow with the image."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from gee_scl.local.context import Context
from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.frames import Size, frame, grid_of
from gee_scl.local.raster.geotiff import BLOCK, cloud_optimize, new_geotiff, window_in
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Band, Image, Pixels
from gee_scl.local.raster.pixels import dtype_of
from gee_scl.local.raster.tiles import Advance, Array, computed_tiles, filled_values
from gee_scl.local.values import FOOTPRINT
from gee_scl.local.vector.geometry import Geometry
from gee_scl.local.views.requests import pixel_grid

MAX_PIXELS = 100_000_000
"""Pixels of an export that does not say how many it may have (REST reference, image.export)."""


_FILE_BYTES = 2**31
"""Uncompressed bytes at which images are split. The parts' names that users show begin at multiples of 46592, 32768,
23296, 13056 and 11008 pixels: what this gives for 1, 2, 4, 13 and 18 bytes a pixel."""


_GDAL_NAMES = MappingProxyType(
    {
        "uint8": "Byte",
        "int8": "Int8",
        "uint16": "UInt16",
        "int16": "Int16",
        "uint32": "UInt32",
        "int32": "Int32",
        "int64": "Int64",
        "float32": "Float32",
        "float64": "Float64",
    }
)


@dataclass(frozen=True)
class GeoTiff:
    """How an image is written.

    Attributes:
        cloud_optimized: with overviews, and laid out for reading over a network.
        part: columns and rows of the files of a large image; None chooses.
        skip_empty: whether a part without a valid pixel is left out.
        no_data: what masked pixels become, else 0.
        metadata_keys: properties of the image that become tags.
        block: sides of the file's blocks.
    """

    cloud_optimized: bool = False
    part: tuple[int, int] | None = None
    skip_empty: bool = False
    no_data: float | None = None
    metadata_keys: tuple[str, ...] = ()
    block: int = BLOCK

    @classmethod
    def parse(cls, options: Mapping[str, Any]) -> GeoTiff:
        """From the `geoTiffOptions` of a request.

        Raises:
            EvaluationError: sides that are no positive multiples of what they must be.
        """
        block = int(unwrapped(options.get("tileSize")) or BLOCK)
        if block < 16 or block % 16:
            raise EvaluationError(f"Invalid tileSize: {block}. It must be a positive multiple of 16.")
        part = options.get("tileDimensions")
        if part is not None:
            sides = int(part.get("width") or 0), int(part.get("height") or 0)
            if min(sides) < 1 or sides[0] % block or sides[1] % block:
                raise EvaluationError(
                    f"Invalid tileDimensions: {sides[0]}x{sides[1]}. They must be positive multiples of {block}."
                )
            part = sides
        no_data = options.get("noData")
        if isinstance(no_data, Mapping):
            no_data = no_data.get("floatValue")
        return cls(
            bool(options.get("cloudOptimized")),
            part,
            bool(options.get("skipEmptyFiles")),
            None if no_data is None else float(no_data),
            tuple(map(str, options.get("metadataKeys") or ())),
            block,
        )


def export_grid(image: Image, described: Mapping[str, Any] | None = None, max_pixels: int = MAX_PIXELS) -> Grid:
    """The pixels that an export of an image has.

    Args:
        image: the client has put region, scale, CRS and dimensions into its expression: they are all pixels of its
            first band, or those in its footprint.
        described: the request's `grid`, instead.
        max_pixels: how many there may be.

    Raises:
        EvaluationError: no bands, no bounds, or too many pixels.
    """
    band = image.first_band("Export")
    footprint = image.get(FOOTPRINT)
    bounded = isinstance(footprint, Geometry) and not footprint.is_unbounded()
    if described is not None:
        grid = pixel_grid(described, band, "Export")
    elif band.sized and (own := grid_of(band)) is not None:
        grid = own
    elif band.dimensions is not None or bounded:
        grid = frame(image, None, Size(), "Export")
    else:
        raise EvaluationError("Unable to export unbounded image.")
    pixels = grid.width * grid.height
    if pixels > max_pixels:
        raise EvaluationError(
            f"Export too large: specified {pixels} pixels (max: {max_pixels}). "
            "Specify higher maxPixels value if you intend to export a large area."
        )
    return grid


def common_dtype(bands: Sequence[Band]) -> np.dtype[Any]:
    """The type of a file's pixels.

    Raises:
        EvaluationError: the bands' types differ, which Earth Engine refuses to export.
    """
    first = dtype_of(bands[0].type)
    other = next((kind for band in bands if (kind := dtype_of(band.type)) != first), None)
    if other is not None:
        raise EvaluationError(
            "Exported bands must have compatible data types; found inconsistent types: "
            f"{_GDAL_NAMES[first.name]} and {_GDAL_NAMES[other.name]}."
        )
    return first


def write_parts(
    image: Image, grid: Grid, options: GeoTiff, folder: Path, context: Context, advance: Advance
) -> dict[str, Path]:
    """Write an image as one file, or as several where it is large.

    Args:
        image: with at least one band.
        grid: its pixels.
        options: how.
        folder: where the files are made.
        context: of the task; its time is checked between tiles.
        advance: told how far it is.

    Returns:
        The files, by what comes after the stem of their names: `.tif`, or `-0000000000-0000000256.tif` with the
        first row and the first column of each part.

    Raises:
        EvaluationError: bands of several types, or a no-data value that their type does not have.
    """
    bands = image.bands
    dtype = common_dtype(bands)
    _check_no_data(options.no_data, dtype)
    parts = list(_parts(grid, options, len(bands) * dtype.itemsize))
    tags = {key: str(image.get(key)) for key in options.metadata_keys if image.get(key) is not None}
    files: dict[str, Path] = {}
    for number, part in enumerate(parts):
        path = folder / f"{number}.tif"

        def advance_part(share: float, number: int = number) -> None:
            advance((number + share) / len(parts))

        if _write_part(path, part, bands, dtype, options, tags, context, advance_part):
            offsets = f"-{part.row - grid.row:010}-{part.column - grid.column:010}" if len(parts) > 1 else ""
            files[f"{offsets}.tif"] = path
    return files


def _check_no_data(value: float | None, dtype: np.dtype[Any]) -> None:
    if value is None or dtype.kind == "f":
        return
    limits = np.iinfo(dtype)
    if not (value.is_integer() and limits.min <= value <= limits.max):
        raise EvaluationError(
            f"Invalid noData value {value:g}: pixels of type {_GDAL_NAMES[dtype.name]} are whole numbers "
            f"from {limits.min} to {limits.max}."
        )


def _parts(grid: Grid, options: GeoTiff, pixel_bytes: int) -> Iterator[Grid]:
    width, height = options.part or (_side(pixel_bytes, options.block),) * 2
    for top in range(0, grid.height, height):
        for left in range(0, grid.width, width):
            column, row = grid.column + left, grid.row + top
            yield grid.crop(column, row, column + width, row + height)


def _side(pixel_bytes: int, block: int) -> int:
    return math.ceil(math.sqrt(_FILE_BYTES / pixel_bytes) / block) * block


def _write_part(
    path: Path,
    grid: Grid,
    bands: Sequence[Band],
    dtype: np.dtype[Any],
    options: GeoTiff,
    tags: Mapping[str, str],
    context: Context,
    advance: Advance,
) -> bool:
    """Write one file; whether it was worth keeping."""
    fill = dtype.type(options.no_data or 0)
    any_valid = False

    def finish(band: Band, pixels: Pixels) -> tuple[Array, bool]:
        valid = pixels.valid
        return filled_values(pixels, band.type, fill), bool(valid.any())

    draft = path.with_suffix(".draft.tif") if options.cloud_optimized else path
    names = [band.name for band in bands]
    with new_geotiff(draft, grid, dtype, names, no_data=options.no_data, tags=tags, block=options.block) as file:
        for part, planes in computed_tiles(grid, bands, finish, context, advance):
            any_valid |= any(valid for _, valid in planes)
            file.write(np.stack([values for values, _ in planes]), window=window_in(part, grid))
    if options.skip_empty and not any_valid:
        draft.unlink()
        return False
    if options.cloud_optimized:
        cloud_optimize(draft, path)
    return True


def unwrapped(value: Any) -> Any:
    """A number as JSON carries it: by itself, or in an object with a `value`."""
    return value.get("value") if isinstance(value, Mapping) else value
