"""Pictures inside a page: exact class colours and compact true colour, as addresses that need no request."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import ee

from gee_scl.options.choices import OnError
from gee_scl.requests.door import Door
from gee_scl.requests.parallel import Progress
from gee_scl.requests.tile_host import seen_by_page
from gee_scl.requests.work import Work
from gee_scl.views.drawing.extent import Extent
from gee_scl.views.drawing.lost import Missing, say_what_is_missing
from gee_scl.views.drawing.picture import Wanted, draw
from gee_scl.views.drawing.tiles import tile_address
from gee_scl.views.drawing.window import Window

if TYPE_CHECKING:
    import pandas as pd

_MOST_COLORS = 255
"""A palette of 256, less the entry that is transparent."""

_QUALITY = 80
"""Of lossy WebP, where no difference is seen at twice the size."""

_CLASS_BYTES, _TRUE_COLOR_BYTES = 0.2, 0.3
"""Of a pixel, for estimates: the synthetic sample's dates take up to 0.11 and 0.16, a recorded scene of Ireland 0.06
and 0.08, and estimates are to be too high rather than too low."""

_BASE64 = 4 / 3


@dataclass(frozen=True)
class PagePicture:
    """A picture to ask for.

    Attributes:
        name: what it shows, such as "the classes of 2023-05-14".
        image: an RGB image of bytes.
        extent: what it shows.
        is_classes: whether it shows classes, whose colours have to stay exact.
    """

    name: str
    image: ee.Image
    extent: Extent
    is_classes: bool

    @property
    def most_bytes(self) -> float:
        """Bytes that it adds to a page, at the most that is to be expected."""
        each = _CLASS_BYTES if self.is_classes else _TRUE_COLOR_BYTES
        return _BASE64 * each * self.extent.width * self.extent.height

    @property
    def wanted(self) -> Wanted:
        """What is asked of the server."""
        return Wanted(self.name, self.image, Window.of(self.extent))

    def address(self, png: bytes) -> str:
        """Write what came as a data URI."""
        if self.is_classes:
            return data_uri("image/png", class_png(png))
        return data_uri("image/webp", true_color_webp(png))


def addresses(
    pictures: Sequence[PagePicture], door: Door, progress: Progress | None, frame: pd.DataFrame
) -> list[str | None]:
    """Draw pictures, several at a time, as data URIs in their order; None for what could not be had.

    Args:
        pictures: of a page.
        door: asks.
        progress: called with the number of pictures done and their total.
        frame: what was measured for the page.

    Raises:
        IncompleteError: a picture could not be had; the error has the frame and the other pictures.

    Warns:
        UserWarning: likewise, with on_error="keep".

    Requests: two for each picture, or part of one.
    """
    drawn = draw([one.wanted for one in pictures], door, progress=progress)
    had = [(one.name, png) for one, png in zip(pictures, drawn.contents, strict=True) if png is not None]
    say_what_is_missing(drawn.missing, had, door.run, "pictures", frame)
    return [None if png is None else one.address(png) for one, png in zip(pictures, drawn.contents, strict=True)]


@dataclass(frozen=True)
class PageTiles:
    """Map tiles of a page, whose address one request asks for.

    Attributes:
        name: what they show, such as "the map layer of 2023-05-14".
        image: an RGB image of bytes.
        file_format: of the tiles; None leaves it to the server.
        whole: what is of no use without them.
    """

    name: str
    image: ee.Image
    file_format: str | None
    whole: Hashable = None

    pairs = 1
    pixels = 0.0
    bytes = 0

    def ask(self, door: Door) -> str:
        """Ask for the address, by one request.

        Raises:
            RequestError: it was refused.
        """
        return seen_by_page(tile_address(f"Requesting {self.name}", self.image, door, self.file_format))

    def halves(self, *, of_regions: bool = False) -> Sequence[PageTiles]:
        """Nothing: an address is one."""
        return ()


def tile_addresses(
    tiles: Sequence[PageTiles], door: Door, progress: Progress | None, frame: pd.DataFrame
) -> list[str | None]:
    """Ask for addresses of tiles as `addresses` does for pictures. One request for each."""
    whole = None if door.run.on_error is OnError.KEEP else "every layer"
    pieces = [replace(one, whole=whole) for one in tiles]
    work = Work(door, pieces, workers=door.run.limits.parallel_pictures, tell_apart=True)
    had: dict[int, str] = {}
    for piece, address in work.answers():
        had[_place(pieces, piece)] = address
        if callable(progress):
            progress(len(had), len(tiles))
    errors = {_place(pieces, lost.piece): lost.error for lost in work.lost}
    missing = [Missing(one.name, errors.get(n)) for n, one in enumerate(tiles) if n not in had]
    say_what_is_missing(missing, [(tiles[n].name, had[n]) for n in had], door.run, "map layers", frame)
    return [had.get(number) for number in range(len(tiles))]


def _place(pieces: Sequence[PageTiles], piece: PageTiles) -> int:
    return next(number for number, one in enumerate(pieces) if one is piece)


def blank_address(extent: Extent) -> str:
    """Write a picture without any class as a data URI, for one that could not be had."""
    from PIL import Image

    written = io.BytesIO()
    Image.new("RGBA", (extent.width, extent.height)).save(written, "PNG")
    return data_uri("image/png", class_png(written.getvalue()))


def most_bytes(pictures: Iterable[PagePicture]) -> int:
    """Sum the bytes that pictures add to a page, at the most that is to be expected."""
    return math.ceil(sum(one.most_bytes for one in pictures))


def class_png(png: bytes) -> bytes:
    """Write a PNG with a palette, of the same colours to the bit and a fraction of the size.

    Args:
        png: RGB, transparent where there is no class.

    Returns:
        The PNG; as it came if it has more than 255 colours, which no scheme needs.
    """
    import numpy as np
    from PIL import Image

    rgba = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))
    packed = rgba[..., :3].astype(np.uint32) @ np.array([65536, 256, 1], np.uint32)
    seen = rgba[..., 3] >= 128
    colors = np.unique(packed[seen])
    if len(colors) > _MOST_COLORS:
        return png
    places = np.where(seen, np.searchsorted(colors, packed) + 1, 0).astype(np.uint8)
    palette = [0, 0, 0, *(channel for color in colors.tolist() for channel in color.to_bytes(3, "big"))]
    indexed = Image.fromarray(places)
    indexed.putpalette(palette)
    written = io.BytesIO()
    indexed.save(written, "PNG", transparency=0, optimize=True)
    return written.getvalue()


def true_color_webp(png: bytes) -> bytes:
    """Write a WebP, lossy in colour and exact in what is transparent: a JPEG would show no data as black."""
    from PIL import Image

    written = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGBA").save(written, "WEBP", quality=_QUALITY, method=4)
    return written.getvalue()


def data_uri(kind: str, content: bytes) -> str:
    """Write bytes as an address that needs no request.

    Args:
        kind: MIME type, such as "image/png".
        content: the bytes.
    """
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
