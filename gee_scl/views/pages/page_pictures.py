"""Pictures inside a page: exact class colours and compact true colour, as data URIs."""

from __future__ import annotations

import base64
import io

_MOST_COLORS = 255
"""A palette of 256, less the entry that is transparent."""

_QUALITY = 80
"""Of lossy WebP, where no difference is seen at twice the size."""

CLASS_BYTES, TRUE_COLOR_BYTES = 0.2, 0.3
"""Of a pixel, for estimates: the synthetic sample's dates take up to 0.11 and 0.16, a recorded scene of Ireland 0.06
and 0.08, and estimates are to be too high rather than too low."""


def class_png(png: bytes) -> bytes:
    """A PNG with a palette, of the same colours to the bit and a fraction of the size.

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
    made = Image.fromarray(places)
    made.putpalette(palette)
    written = io.BytesIO()
    made.save(written, "PNG", transparency=0, optimize=True)
    return written.getvalue()


def true_color_webp(png: bytes) -> bytes:
    """A WebP, lossy in colour and exact in what is transparent: a JPEG would show no data as black."""
    from PIL import Image

    written = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGBA").save(written, "WEBP", quality=_QUALITY, method=4)
    return written.getvalue()


def data_uri(kind: str, content: bytes) -> str:
    """Bytes as an address that needs no request.

    Args:
        kind: MIME type, such as "image/png".
        content: the bytes.
    """
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
