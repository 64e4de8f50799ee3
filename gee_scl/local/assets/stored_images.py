"""Stored images: a cloud-optimized GeoTIFF for each band, and one for its mask where pixels are masked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gee_scl.local.assets.documents import Document, Raster, StoredBand
from gee_scl.local.context import Context
from gee_scl.local.errors import EvaluationError
from gee_scl.local.places import safe_name
from gee_scl.local.raster.files import RasterSource
from gee_scl.local.raster.geotiff import cloud_optimize, new_geotiff, window_in
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Band, Computed, Image, Pixels, is_binary
from gee_scl.local.raster.pixels import dtype_of
from gee_scl.local.raster.tiles import Advance, computed_tiles, filled_values
from gee_scl.local.values import FOOTPRINT, INDEX, Projection
from gee_scl.local.vector.geometry import Geometry

_PYRAMIDS: Mapping[str, str] = {
    "MEAN": "average",
    "SAMPLE": "nearest",
    "MODE": "mode",
    "MEDIAN": "average",
    "MIN": "nearest",
    "MAX": "nearest",
}
"""Pyramiding policies by GDAL's ways of making overviews; it has none for the smallest, the largest and the median.
Overviews serve pictures and other programs; numbers are made from full resolution."""

_DEFAULT_POLICY = "MEAN"


def check_policies(default: Any, overrides: Any, bands: Sequence[str]) -> dict[str, str]:
    """The pyramiding policy of each band.

    Args:
        default: of the bands that have none of their own; None is MEAN.
        overrides: by band.
        bands: names.

    Raises:
        EvaluationError: an unknown policy, or a band that the image does not have.
    """
    by_band = {str(band): str(policy) for band, policy in (overrides or {}).items()}
    for policy in (*by_band.values(), default or _DEFAULT_POLICY):
        if policy not in _PYRAMIDS:
            raise EvaluationError(f"Invalid pyramiding policy: {policy!r:.40}. It may be {', '.join(_PYRAMIDS)}.")
    unknown = next((band for band in by_band if band not in bands), None)
    if unknown is not None:
        raise EvaluationError(f"The pyramiding policy names the band '{unknown}', which the image does not have.")
    return {band: by_band.get(band, default or _DEFAULT_POLICY) for band in bands}


def write_raster(
    folder: Path, image: Image, grid: Grid, policies: Mapping[str, str], context: Context, advance: Advance
) -> Raster:
    """Compute an image into files.

    Args:
        folder: of the version that they make.
        image: its bands may be of different types.
        grid: of all bands.
        policies: pyramiding policy by band.
        context: of the task.
        advance: told how far it is.
    """
    files = _BandFiles(folder, image.bands, grid)
    try:
        for part, planes in computed_tiles(grid, image.bands, _values_and_weight, context, advance):
            files.write(part, planes)
    finally:
        files.close()
    bands = []
    for place, band in enumerate(image.bands):
        context.check_time()
        bands.append(files.finished(place, band, policies.get(band.name, _DEFAULT_POLICY)))
    footprint = image.get(FOOTPRINT)
    outline = footprint.to_geojson() if isinstance(footprint, Geometry) else None
    return Raster(tuple(bands), grid.crs, grid.window_transform, (grid.width, grid.height), outline)


Planes = tuple[npt.NDArray[Any], npt.NDArray[np.uint8]]
"""A band's values on a tile, and its mask as 0 to 255."""


def _values_and_weight(band: Band, pixels: Pixels) -> Planes:
    mask = pixels.mask
    weight = mask * np.uint8(255) if is_binary(mask) else np.ceil(mask * 255).astype(np.uint8)
    return filled_values(pixels, band.type, 0), weight


class _BandFiles:
    """The files of an image while they are being written; a mask's file is kept only where something is masked."""

    def __init__(self, folder: Path, bands: Sequence[Band], grid: Grid) -> None:
        self._folder, self._grid = folder, grid
        self._names = [_file_name(band.name, place) for place, band in enumerate(bands)]
        self._masked = [False] * len(bands)
        self._values = [
            new_geotiff(self._draft(name), grid, dtype_of(band.type))
            for name, band in zip(self._names, bands, strict=True)
        ]
        self._masks = [new_geotiff(self._draft(f"{name}.mask"), grid, np.dtype(np.uint8)) for name in self._names]

    def _draft(self, name: str) -> Path:
        return self._folder / f"{name}.draft.tif"

    def write(self, part: Grid, planes: Sequence[Planes]) -> None:
        """Write one tile of all bands."""
        window = window_in(part, self._grid)
        for place, (values, weight) in enumerate(planes):
            self._values[place].write(values, 1, window=window)
            self._masks[place].write(weight, 1, window=window)
            self._masked[place] = self._masked[place] or bool((weight < 255).any())

    def close(self) -> None:
        """Let the drafts go."""
        for file in (*self._values, *self._masks):
            file.close()

    def finished(self, place: int, band: Band, policy: str) -> StoredBand:
        """Turn the drafts of a band into what is kept."""
        name = self._names[place]
        file, mask = f"{name}.tif", f"{name}.mask.tif" if self._masked[place] else None
        cloud_optimize(self._draft(name), self._folder / file, _PYRAMIDS[policy])
        if mask is not None:
            cloud_optimize(self._draft(f"{name}.mask"), self._folder / mask)
        else:
            self._draft(f"{name}.mask").unlink()
        return StoredBand(band.name, file, mask, band.type, policy)


def _file_name(name: str, place: int) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]{1,60}", name) else f"{safe_name(name)[:60]}-{place}"


def loaded_image(asset_id: str, folder: Path, document: Document, raster: Raster) -> Image:
    """A stored image, whose pixels are read when they are asked for.

    Args:
        asset_id: its id.
        folder: the asset's.
        document: what is written down of it.
        raster: the document's.
    """
    version = document.version_in(folder)
    properties = {**document.properties, INDEX: asset_id.rpartition("/")[2]}
    properties["system:asset_size"] = sum(file.stat().st_size for file in version.iterdir())
    if raster.footprint:
        properties[FOOTPRINT] = Geometry.from_geojson(raster.footprint)
    return Image(properties, bands_of(asset_id, version, raster), asset_id, document.version)


def bands_of(asset_id: str, version: Path, raster: Raster) -> tuple[Band, ...]:
    """The bands of a stored image over the files of a version."""
    projection, (width, height) = Projection(raster.crs, raster.transform), raster.dimensions

    def source(name: str) -> RasterSource:
        return RasterSource(str(version / name), 1, raster.crs, raster.transform, width, height, None, image=asset_id)

    bands = []
    for band in raster.bands:
        pixels: RasterSource | Computed = source(band.file)
        if band.mask is not None:
            pixels = Computed(_with_mask, (source(band.file), source(band.mask)))
        bands.append(Band(band.name, band.type, pixels, projection, raster.dimensions))
    return tuple(bands)


def _with_mask(values: Pixels, weight: Pixels) -> Pixels:
    """Pixels whose mask is stored as 0 to 255; outside of the file both are masked."""
    stored = np.where(weight.valid, weight.values, 0)
    if ((stored == 0) | (stored == 255)).all():
        return Pixels(values.values, stored == 255)
    return Pixels(values.values, (stored / np.float32(255)).astype(np.float32))
