"""Pixels of an image on a grid that a request describes: the answer to image:computePixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from affine import Affine

from gee_scl.local.answers.bands import AFFINE
from gee_scl.local.context import Context
from gee_scl.local.errors import EvaluationError, LimitError
from gee_scl.local.pictures.visualization import visualize
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Band, Image
from gee_scl.local.values import type_of
from gee_scl.local.vector.crs import requested_crs
from gee_scl.local.views.arrays import fields, rgba, values
from gee_scl.local.views.media import DATA_FORMATS, PICTURE_FORMATS, Media, encoded, geotiff, npy

MAX_BYTES = 48 * 1024 * 1024
MAX_SIDE = 32_768
MAX_BANDS = 1024
"""Limits of computePixels (https://developers.google.com/earth-engine/reference/rest/v1/projects.image/computePixels)."""

_IDENTITY = dict(zip(AFFINE, Affine.identity()[:6], strict=True))


def compute_pixels(value: Any, body: Mapping[str, Any], context: Context) -> Media:
    """The pixels as a file: a picture (PNG, JPEG), or the bands' values (NPY, GEO_TIFF), masked pixels being 0.

    Args:
        value: the expression's value.
        body: with `fileFormat` and `grid` (dimensions, affineTransform, crsCode), and perhaps `bandIds` and
            `visualizationOptions`.
        context: the request's limits and threads.

    Raises:
        EvaluationError: no image, no such band or format, or a grid that is not whole.
        LimitError: more than 48 MiB, 32,768 pixels a side or 1,024 bands.
    """
    file_format = body.get("fileFormat")
    if file_format not in PICTURE_FORMATS + DATA_FORMATS:
        written = ", ".join(DATA_FORMATS + PICTURE_FORMATS)
        raise EvaluationError(f"computePixels: the local engine writes {written}, not {file_format!r:.80}.")
    image = image_of(value, "computePixels")
    if file_format in PICTURE_FORMATS or body.get("visualizationOptions"):
        image = shown(image, bands_of(body), body.get("visualizationOptions"))
        names: Sequence[str] = ()
    else:
        names = bands_of(body)
    bands = named_bands(image, names, "computePixels")
    grid = pixel_grid(body.get("grid"), bands[0], "computePixels")
    check_size(grid, bands, MAX_SIDE)
    if file_format in PICTURE_FORMATS:
        return encoded(rgba(image, grid, context), file_format)
    pixels = values(bands, grid, context)
    return npy(pixels) if file_format == "NPY" else geotiff(pixels, grid)


def image_of(value: Any, name: str) -> Image:
    """The image that an expression is.

    Raises:
        EvaluationError: it is something else, such as a collection, or has no bands.
    """
    if not isinstance(value, Image):
        raise EvaluationError(
            f"{name}: The expression must be an image.\n"
            f"Expected type: Image<unknown bands>.\nActual type: {type_of(value)}."
        )
    if not value.bands:
        raise EvaluationError(f"{name}: The image has no bands.")
    return value


def bands_of(body: Mapping[str, Any]) -> list[str]:
    """The bands that a request names.

    Raises:
        EvaluationError: `bandIds` is no list of names.
    """
    names = body.get("bandIds") or []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise EvaluationError("Invalid value for 'bandIds': it must be a list of names.")
    return names


def shown(image: Image, bands: Sequence[str] = (), options: Mapping[str, Any] | None = None) -> Image:
    """An image of bytes to show, of one band or of three.

    Args:
        image: any image.
        bands: the bands to show; the first three if none is named.
        options: VisualizationOptions of the REST API: `ranges`, `paletteColors`, `gamma`, `opacity`
            (https://developers.google.com/earth-engine/reference/rest/v1/VisualizationOptions).

    Raises:
        EvaluationError: no such band, or options that do not fit the bands.
    """
    wanted = options or {}
    if not isinstance(wanted, Mapping):
        raise EvaluationError("Invalid value for 'visualizationOptions': it must be an object.")
    ranges = wanted.get("ranges") or []
    if not isinstance(ranges, list) or not all(isinstance(r, Mapping) for r in ranges):
        raise EvaluationError("Invalid value for 'visualizationOptions.ranges': it must be a list of ranges.")
    gamma = wanted.get("gamma")
    return visualize(
        image,
        list(bands) or None,
        None,
        None,
        [r.get("min", 0) for r in ranges] or None,
        [r.get("max", 0) for r in ranges] or None,
        # The client sends {"value": 1.4}.
        gamma.get("value") if isinstance(gamma, Mapping) else gamma,
        _number(wanted.get("opacity")),
        wanted.get("paletteColors") or None,
        False,
    )


def _number(opacity: Any) -> float | None:
    if opacity is None or (isinstance(opacity, int | float) and not isinstance(opacity, bool)):
        return opacity
    raise EvaluationError(f"Invalid value for 'visualizationOptions.opacity': {opacity!r:.80} is no number.")


def named_bands(image: Image, names: Sequence[str], name: str) -> list[Band]:
    """Bands by their names; all if none is named.

    Raises:
        EvaluationError: the image has no such band.
    """
    if not names:
        return list(image.bands)
    by_name = {band.name: band for band in image.bands}
    missing = [band for band in names if band not in by_name]
    if missing:
        raise EvaluationError(f"{name}: The image has no band {missing[0]!r}; it has {image.names}.")
    return [by_name[band] for band in names]


def pixel_grid(described: Any, first: Band, name: str) -> Grid:
    """The grid that a request describes; what it does not say is the first band's.

    Raises:
        EvaluationError: there are no dimensions, or the transform cannot be inverted.
    """
    grid = described if isinstance(described, Mapping) else {}
    own = first.projection
    size = grid.get("dimensions")
    size = size if isinstance(size, Mapping) else {}
    width, height = size.get("width"), size.get("height")
    if (width is None or height is None) and first.dimensions is not None and "affineTransform" not in grid:
        width, height = first.dimensions
    if not (isinstance(width, int) and isinstance(height, int) and width > 0 and height > 0):
        raise EvaluationError(f"{name}: The grid needs dimensions, a positive width and height.")
    name_or_text = grid.get("crsCode") or grid.get("crsWkt")
    crs = requested_crs(str(name_or_text)) if name_or_text else own.crs
    transform = own.transform
    if isinstance(grid.get("affineTransform"), Mapping):
        numbers = {**_IDENTITY, **grid["affineTransform"]}
        try:
            transform = Affine(*(float(numbers[name]) for name in AFFINE))
        except (TypeError, ValueError):
            raise EvaluationError(f"{name}: The grid's affineTransform must be of numbers.") from None
    if not transform.determinant:
        raise EvaluationError(f"{name}: The grid's affineTransform cannot be inverted.")
    return Grid(crs, transform, 0, 0, width, height)


def check_size(grid: Grid, bands: Sequence[Band], side: int) -> None:
    """Refuse what is too large to be sent.

    Raises:
        LimitError: more pixels a side than allowed, more than 1,024 bands, or more than 48 MiB without compression.
    """
    if max(grid.shape) > side:
        raise LimitError(f"Pixel grid dimensions ({grid.width}x{grid.height}) must be less than or equal to {side}.")
    if len(bands) > MAX_BANDS:
        raise LimitError(f"Too many bands: {len(bands)}, at most {MAX_BANDS} are allowed.")
    size = grid.width * grid.height * fields(bands).itemsize
    if size > MAX_BYTES:
        raise LimitError(f"Total request size ({size} bytes) must be less than or equal to {MAX_BYTES} bytes.")
