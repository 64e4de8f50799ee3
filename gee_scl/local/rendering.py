"""Pixels of an image on a grid that a request describes: the answer to image:computePixels."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from affine import Affine

from gee_scl.local.context import Context
from gee_scl.local.errors import EvaluationError, LimitError
from gee_scl.local.raster.grid import Grid, normalized_crs
from gee_scl.local.raster.image import Band, Image, Tile
from gee_scl.local.raster.pixels import cast, dtype_of

MAX_BYTES = 48 * 1024 * 1024
MAX_SIDE = 32_768
MAX_BANDS = 1024
"""Limits of computePixels (https://developers.google.com/earth-engine/reference/rest/v1/projects.image/computePixels)."""

_TILE = 512

_AFFINE = {"scaleX": 1.0, "shearX": 0.0, "translateX": 0.0, "shearY": 0.0, "scaleY": 1.0, "translateY": 0.0}


def npy(image: Any, body: Mapping[str, Any], context: Context) -> bytes:
    """The pixels as a numpy file: a structured array, one field per band; masked pixels are 0.

    Args:
        image: the expression's value.
        body: with `grid` (dimensions, affineTransform, crsCode), and perhaps `bandIds`.
        context: the request's limits and threads.

    Raises:
        EvaluationError: no image, no such band, or a grid that is not whole.
        LimitError: more than 48 MiB, 32,768 pixels a side or 1,024 bands.
    """
    if body.get("fileFormat") != "NPY":
        raise EvaluationError(f"computePixels: the local engine writes NPY, not {body.get('fileFormat')!r}.")
    if not isinstance(image, Image):
        raise EvaluationError("computePixels: The expression must be an image.")
    bands = _chosen(image, body.get("bandIds"))
    grid = _grid(body.get("grid"), bands[0])
    kinds = np.dtype([(band.name, dtype_of(band.type)) for band in bands])
    _check(grid, bands, kinds)
    pixels = np.zeros(grid.shape, kinds)

    def fill(part: Grid) -> None:
        tile = Tile(context.check_time)
        top, left = part.row - grid.row, part.column - grid.column
        window = pixels[top : top + part.height, left : left + part.width]
        for band in bands:
            read = tile.read(band.source, part)
            window[band.name] = np.where(read.valid, cast(read.values, band.type), 0)

    with context.threads() as pool:
        list(pool.map(fill, grid.tiles(_TILE)))
    return _saved(pixels)


def _chosen(image: Image, names: Any) -> list[Band]:
    if not names:
        bands = list(image.bands)
    else:
        known = {band.name: band for band in image.bands}
        missing = [name for name in names if name not in known]
        if missing:
            raise EvaluationError(f"computePixels: The image has no band {missing[0]!r}; it has {image.names}.")
        bands = [known[name] for name in names]
    if not bands:
        raise EvaluationError("computePixels: The image has no bands.")
    return bands


def _grid(described: Any, first: Band) -> Grid:
    """The grid that is asked for; what it does not say is the first band's."""
    given = described if isinstance(described, Mapping) else {}
    own = first.projection
    size = given.get("dimensions") or {}
    width, height = size.get("width"), size.get("height")
    if (width is None or height is None) and first.dimensions is not None and "affineTransform" not in given:
        width, height = first.dimensions
    if not (isinstance(width, int) and isinstance(height, int) and width > 0 and height > 0):
        raise EvaluationError("computePixels: The grid needs dimensions, a positive width and height.")
    crs = normalized_crs(str(given["crsCode"])) if given.get("crsCode") else own.crs
    transform = own.transform
    if isinstance(given.get("affineTransform"), Mapping):
        numbers = {**_AFFINE, **given["affineTransform"]}
        x, y = ("scaleX", "shearX", "translateX"), ("shearY", "scaleY", "translateY")
        transform = Affine(*(float(numbers[name]) for name in (*x, *y)))
    if not transform.determinant:
        raise EvaluationError("computePixels: The grid's affineTransform cannot be inverted.")
    return Grid(crs, transform, 0, 0, width, height)


def _check(grid: Grid, bands: list[Band], kinds: np.dtype[Any]) -> None:
    if max(grid.shape) > MAX_SIDE:
        raise LimitError(
            f"Pixel grid dimensions ({grid.width}x{grid.height}) must be less than or equal to {MAX_SIDE}."
        )
    if len(bands) > MAX_BANDS:
        raise LimitError(f"Too many bands: {len(bands)}, at most {MAX_BANDS} are allowed.")
    size = grid.width * grid.height * kinds.itemsize
    if size > MAX_BYTES:
        raise LimitError(f"Total request size ({size} bytes) must be less than or equal to {MAX_BYTES} bytes.")


def _saved(pixels: npt.NDArray[Any]) -> bytes:
    file = io.BytesIO()
    np.save(file, pixels, allow_pickle=False)
    return file.getvalue()
