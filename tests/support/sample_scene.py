"""What tests of pictures share: a scene of the sample, its classes as rasterio reads them, and colours by hand."""

from __future__ import annotations

import io
from pathlib import Path

import ee
import numpy as np
import rasterio
from PIL import Image
from pyproj import Transformer

import gee_scl

FARMLAND = (11.56, 46.43, 11.59, 46.45)
SCENE = "S2A_32TPS_20230403_0_L2A"
DAY = ("2023-04-03", "2023-04-04")
COLORS = {member.value: tuple(bytes.fromhex(member.color)) for member in gee_scl.SCHEMES["scl"].classes}


def scene() -> ee.Image:
    return gee_scl.collection(start=DAY[0], end=DAY[1], tiles="32TPS").first()


def painted(codes: np.ndarray, nothing: tuple[int, int, int] = (0, 0, 0)) -> np.ndarray:
    """The colours of codes, by hand."""
    table = np.full((256, 3), nothing, dtype=np.uint8)
    for code, color in COLORS.items():
        table[code] = color
    return table[codes]


def scl_path(sample: Path, name: str = SCENE) -> Path:
    return sample / "sentinel-2-l2a" / name / "SCL.tif"


def codes_in_mercator(path: Path, west: float, north: float, pixel: float, width: int, height: int) -> np.ndarray:
    """The code under the centre of each pixel of a window in Web Mercator; 0 outside."""
    x = west + (np.arange(width) + 0.5) * pixel
    y = north - (np.arange(height) + 0.5) * pixel
    with rasterio.open(path) as source:
        codes = source.read(1)
        east, northing = Transformer.from_crs(3857, source.crs, always_xy=True).transform(*np.meshgrid(x, y))
        columns, rows = (np.floor(v).astype(int) for v in ~source.transform @ (east, northing))
    inside = (columns >= 0) & (rows >= 0) & (columns < codes.shape[1]) & (rows < codes.shape[0])
    return np.where(inside, codes[rows.clip(0, codes.shape[0] - 1), columns.clip(0, codes.shape[1] - 1)], 0)


def rgba(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))
