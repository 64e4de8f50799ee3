"""Pixels as files to be sent: PNG, JPEG, GIF, GeoTIFF, numpy, and archives of them."""

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

from gee_scl.local.errors import LimitError
from gee_scl.local.raster.geotiff import new_geotiff
from gee_scl.local.raster.grid import Grid
from gee_scl.local.views.arrays import Rgba

PICTURE_FORMATS = ("PNG", "JPEG", "AUTO_JPEG_PNG")
DATA_FORMATS = ("NPY", "GEO_TIFF")
ZIPPED, ZIPPED_PER_BAND = "ZIPPED_GEO_TIFF", "ZIPPED_GEO_TIFF_PER_BAND"
"""Of https://developers.google.com/earth-engine/reference/rest/v1/ImageFileFormat, those that the engine writes."""


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
    colours = np.empty(0, np.uint32)
    for frame in frames:
        packed = _packed(frame)
        colours = np.union1d(colours, packed[frame[..., 3] >= 128])
        if len(colours) > _COLOURS:
            return None
    return colours


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
