"""Pictures inside a page: exact class colours and compact true colour, as addresses that need no request."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Iterable
from dataclasses import dataclass

import ee

from gee_scl.requests.door import Door
from gee_scl.views.drawing.extent import Extent
from gee_scl.views.drawing.picture import Window, picture

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
        image: an RGB image of bytes.
        extent: what it shows.
        is_classes: whether it shows classes, whose colours have to stay exact.
    """

    image: ee.Image
    extent: Extent
    is_classes: bool

    @property
    def most_bytes(self) -> float:
        """Bytes that it adds to a page, at the most that is to be expected."""
        each = _CLASS_BYTES if self.is_classes else _TRUE_COLOR_BYTES
        return _BASE64 * each * self.extent.width * self.extent.height

    def address(self, door: Door) -> str:
        """Fetch it as a data URI. Two requests."""
        png = picture(self.image, Window.of(self.extent), door)
        if self.is_classes:
            return data_uri("image/png", class_png(png))
        return data_uri("image/webp", true_color_webp(png))


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
