"""Pictures: images as red, green, blue and opacity on a grid, and as PNG, JPEG, GIF, GeoTIFF and numpy files."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import PIL.Image
from rasterio.io import MemoryFile

from gee_scl.local.context import Context
from gee_scl.local.errors import EvaluationError, LimitError
from gee_scl.local.pictures.visualization import visualize
from gee_scl.local.raster.geotiff import new_geotiff
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Band, Image, Tile
from gee_scl.local.raster.pixels import cast, dtype_of

Rgba = npt.NDArray[np.uint8]
"""Rows, columns, and red, green, blue, opacity."""

PICTURE_FORMATS = ("PNG", "JPEG", "AUTO_JPEG_PNG")
DATA_FORMATS = ("NPY", "GEO_TIFF")
ZIPPED, ZIPPED_PER_BAND = "ZIPPED_GEO_TIFF", "ZIPPED_GEO_TIFF_PER_BAND"
"""Of https://developers.google.com/earth-engine/reference/rest/v1/ImageFileFormat, those that the engine writes."""

_PIECE = 512
"""Pixels of the sides of the pieces in which a large picture is worked out."""

QUICK, SMALL = 1, 6
"""Levels of PNG's compression: for tiles, which go no further than this machine, and for what people keep. Four tiles
of 256 x 256 recorded classes took 1.4 ms and 6.6 kB each at level 1, 2.1 ms and 4.3 kB at level 6."""

_QUALITY = 90
_LONGEST_JPEG = 65_500
"""Pixels of a side that libjpeg writes (JPEG_MAX_DIMENSION of jmorecfg.h)."""

_COLOURS = 255
"""Of a GIF's palette; the 256th entry is what is transparent."""

_SHORTEST = 2
"""Hundredths of a second: browsers show frames that are to be seen for less at a tenth of the speed."""


@dataclass(frozen=True)
class Media:
    """A file to be sent: its bytes and its media type."""

    content: bytes
    type: str


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
    given = options or {}
    if not isinstance(given, Mapping):
        raise EvaluationError("Invalid value for 'visualizationOptions': it must be an object.")
    ranges = given.get("ranges") or []
    if not isinstance(ranges, list) or not all(isinstance(r, Mapping) for r in ranges):
        raise EvaluationError("Invalid value for 'visualizationOptions.ranges': it must be a list of ranges.")
    gamma = given.get("gamma")
    return visualize(
        image,
        list(bands) or None,
        None,
        None,
        [r.get("min", 0) for r in ranges] or None,
        [r.get("max", 0) for r in ranges] or None,
        # The client sends {"value": 1.4}.
        gamma.get("value") if isinstance(gamma, Mapping) else gamma,
        _number(given.get("opacity")),
        given.get("paletteColors") or None,
        False,
    )


def _number(given: Any) -> float | None:
    if given is None or (isinstance(given, int | float) and not isinstance(given, bool)):
        return given
    raise EvaluationError(f"Invalid value for 'visualizationOptions.opacity': {given!r:.80} is no number.")


def rgba(image: Image, grid: Grid, context: Context) -> Rgba:
    """The colours of an image that is to be shown; what is masked is transparent and black.

    Args:
        image: of bytes, with one band or three, as `shown` gives it.
        grid: where.
        context: the request's time and threads.
    """
    if max(grid.shape) <= _PIECE:
        return _piece(image.bands, grid, context)
    picture = np.zeros((*grid.shape, 4), np.uint8)

    def fill(part: Grid) -> None:
        top, left = part.row - grid.row, part.column - grid.column
        picture[top : top + part.height, left : left + part.width] = _piece(image.bands, part, context)

    with context.threads() as pool:
        list(pool.map(fill, grid.tiles(_PIECE)))
    return picture


def _piece(bands: Sequence[Band], grid: Grid, context: Context) -> Rgba:
    tile = Tile(context.check_time, picture=True)
    pixels = [tile.read(band.source, grid) for band in bands]
    opacity = _opacity(pixels[0].mask)
    for other in pixels[1:]:
        opacity = np.minimum(opacity, _opacity(other.mask))
    picture = np.empty((*grid.shape, 4), np.uint8)
    for channel in range(3):
        picture[..., channel] = cast(pixels[channel if len(pixels) == 3 else 0].values, bands[0].type)
    picture[..., 3] = opacity
    if not opacity.all():
        picture[opacity == 0] = 0
    return picture


def _opacity(mask: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    if mask.dtype == np.bool_:
        return np.asarray(mask.view(np.uint8) * np.uint8(255))
    return np.asarray(np.floor(mask * np.float32(255) + np.float32(0.5)), np.uint8)


def values(bands: Sequence[Band], grid: Grid, context: Context) -> npt.NDArray[Any]:
    """The pixels of bands as a structured array, one field per band; masked pixels are 0."""
    pixels = np.zeros(grid.shape, fields(bands))

    def fill(part: Grid) -> None:
        tile = Tile(context.check_time)
        top, left = part.row - grid.row, part.column - grid.column
        window = pixels[top : top + part.height, left : left + part.width]
        for band in bands:
            read = tile.read(band.source, part)
            window[band.name] = np.where(read.valid, cast(read.values, band.type), 0)

    with context.threads() as pool:
        list(pool.map(fill, grid.tiles(_PIECE)))
    return pixels


def fields(bands: Sequence[Band]) -> np.dtype[Any]:
    """The type of one pixel of a structured array."""
    return np.dtype([(band.name, dtype_of(band.type)) for band in bands])


# Files


def encoded(picture: Rgba, file_format: str, compression: int = SMALL) -> Media:
    """A picture as a file.

    Args:
        picture: what is transparent is black in JPEG.
        file_format: "PNG"; "JPEG"; or "AUTO_JPEG_PNG", which is JPEG where all of the picture is opaque.
        compression: of PNG, from 0 to 9.

    Raises:
        LimitError: it is too long for JPEG.
    """
    opaque = bool((picture[..., 3] == 255).all())
    fits = max(picture.shape[:2]) <= _LONGEST_JPEG
    file = io.BytesIO()
    if file_format == "PNG" or (file_format == "AUTO_JPEG_PNG" and not (opaque and fits)):
        PIL.Image.fromarray(picture).save(file, "PNG", compress_level=compression)
        return Media(file.getvalue(), "image/png")
    if not fits:
        raise LimitError(
            f"A JPEG has at most {_LONGEST_JPEG} pixels a side, not {max(picture.shape[:2])}. Ask for PNG."
        )
    colours = picture[..., :3] if opaque else _over_black(picture)
    # Full resolution of colours: the edges of classes stay where they are.
    PIL.Image.fromarray(np.ascontiguousarray(colours)).save(file, "JPEG", quality=_QUALITY, subsampling=0)
    return Media(file.getvalue(), "image/jpeg")


def _over_black(picture: Rgba) -> npt.NDArray[np.uint8]:
    product = picture[..., :3].astype(np.uint16) * picture[..., 3:]
    return np.asarray((product + 127) // 255, np.uint8)


def npy(pixels: npt.NDArray[Any]) -> Media:
    """A structured array as a numpy file."""
    file = io.BytesIO()
    np.save(file, pixels, allow_pickle=False)
    return Media(file.getvalue(), "application/octet-stream")


def geotiff(pixels: npt.NDArray[Any], grid: Grid) -> Media:
    """A structured array as a GeoTIFF whose bands have the smallest type that holds all of them."""
    names = pixels.dtype.names or ()
    kind = np.result_type(*(pixels.dtype[name] for name in names))
    with MemoryFile() as memory:
        with new_geotiff(memory, grid, kind, names, block=None, compression="deflate") as file:
            for place, name in enumerate(names, 1):
                file.write(pixels[name].astype(kind, copy=False), place)
        return Media(memory.read(), "image/tiff")


def zipped(files: Mapping[str, bytes]) -> Media:
    """Files in an archive, by their names."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writer:
        for name, content in files.items():
            writer.writestr(name, content)
    return Media(archive.getvalue(), "application/zip")


def gif(frames: Sequence[Rgba], frames_per_second: float) -> Media:
    """Pictures one after the other, again and again.

    Colours are exact where all frames together have at most 255, as class maps do; else each frame gets the 255 that
    suit it best. What is less than half opaque is transparent. Frames that equal the one before make it last longer.

    Args:
        frames: of one size.
        frames_per_second: 0.1 to 120; shown at 50 at most, as browsers show no more.
    """
    colours = _few_colours(frames)
    pages = [_adapted(frame) if colours is None else _indexed(frame, colours) for frame in frames]
    file = io.BytesIO()
    pages[0].save(
        file,
        "GIF",
        save_all=True,
        append_images=pages[1:],
        duration=10 * max(_SHORTEST, round(100 / frames_per_second)),
        loop=0,
        # Each frame is drawn on nothing, so that none is seen through the holes of the next.
        disposal=2,
        transparency=_COLOURS,
        background=_COLOURS,
        optimize=False,
    )
    return Media(file.getvalue(), "image/gif")


def _few_colours(frames: Sequence[Rgba]) -> npt.NDArray[np.uint32] | None:
    """All colours of the frames, sorted; None where they are too many for one palette."""
    known = np.empty(0, np.uint32)
    for frame in frames:
        packed = _packed(frame)
        known = np.union1d(known, packed[frame[..., 3] >= 128])
        if len(known) > _COLOURS:
            return None
    return known


def _packed(picture: Rgba) -> npt.NDArray[np.uint32]:
    red, green, blue = (picture[..., i].astype(np.uint32) for i in range(3))
    return np.asarray(red << 16 | green << 8 | blue, np.uint32)


def _indexed(picture: Rgba, colours: npt.NDArray[np.uint32]) -> PIL.Image.Image:
    places = np.searchsorted(colours, _packed(picture)).astype(np.uint8)
    palette = [int(colour >> shift & 255) for colour in colours for shift in (16, 8, 0)]
    return _page(places, palette, picture)


def _adapted(picture: Rgba) -> PIL.Image.Image:
    reduced = PIL.Image.fromarray(np.ascontiguousarray(picture[..., :3])).quantize(_COLOURS)
    return _page(np.asarray(reduced), reduced.getpalette() or [], picture)


def _page(places: npt.NDArray[np.uint8], palette: list[int], picture: Rgba) -> PIL.Image.Image:
    entries = np.where(picture[..., 3] >= 128, places, _COLOURS).astype(np.uint8)
    page = PIL.Image.frombytes("P", (picture.shape[1], picture.shape[0]), entries.tobytes())
    page.putpalette((palette + [0] * 768)[:768])
    page.info["transparency"] = _COLOURS
    return page


def strip(frames: Sequence[Rgba], orientation: str) -> Rgba:
    """Pictures side by side: "VERTICAL" from top to bottom, "HORIZONTAL" from left to right."""
    return np.concatenate(frames, axis=1 if orientation == "HORIZONTAL" else 0)


def is_rate(frames_per_second: Any) -> bool:
    """Whether a video may have so many frames a second (documentation of VideoOptions: 0.1 to 120)."""
    number = isinstance(frames_per_second, int | float) and not isinstance(frames_per_second, bool)
    return number and math.isfinite(frames_per_second) and 0.1 <= frames_per_second <= 120
