"""Colours that map tiles have at a place, fetched and decoded as a browser does it."""

from __future__ import annotations

import io
import math
import urllib.request

import numpy as np
import pyproj
from PIL import Image


def tile_place(longitude: float, latitude: float, zoom: int) -> tuple[int, int, int, int]:
    """Column and row of the tile of a web map that holds a place, and of the pixel in it (OGC 17-083r4)."""
    x, y = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True).transform(longitude, latitude)
    half = 20037508.342789244
    pixels = 256 << zoom
    column, row = math.floor((x + half) / (2 * half) * pixels), math.floor((half - y) / (2 * half) * pixels)
    return column // 256, row // 256, column % 256, row % 256


def color_at(url: str, longitude: float, latitude: float, zoom: int) -> str | None:
    """The colour that a layer shows at a place, 'rrggbb'; None where it is transparent."""
    x, y, column, row = tile_place(longitude, latitude, zoom)
    address = url.replace("{z}", str(zoom)).replace("{x}", str(x)).replace("{y}", str(y))
    with urllib.request.urlopen(address) as answer:  # noqa: S310 - an engine of this test
        pixels = np.asarray(Image.open(io.BytesIO(answer.read())).convert("RGBA"))
    red, green, blue, alpha = pixels[row, column]
    return bytes([red, green, blue]).hex() if alpha else None
