"""Pixels of an expression, read over HTTP, for comparison with numpy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ee
import numpy as np
from affine import Affine


@dataclass(frozen=True)
class Window:
    """A window of pixels: where expressions and arrays are compared.

    Attributes:
        crs: "EPSG:n".
        transform: from (column, row) to coordinates.
        width: columns.
        height: rows.
    """

    crs: str
    transform: Affine
    width: int
    height: int


def read(image: ee.Image, window: Window) -> Mapping[str, np.ma.MaskedArray]:
    """The bands of an image on a window, masked where they are: a masked array for each, by its name."""
    names = image.bandNames().getInfo()
    masks = [f"{name}__mask" for name in names]
    both = image.addBands(image.mask().rename(masks))
    a, b, c, d, e, f = window.transform[:6]
    pixels = ee.data.computePixels(
        {
            "expression": both,
            "fileFormat": "NUMPY_NDARRAY",
            "grid": {
                "crsCode": window.crs,
                "dimensions": {"width": window.width, "height": window.height},
                "affineTransform": {
                    "scaleX": a, "shearX": b, "translateX": c, "shearY": d, "scaleY": e, "translateY": f
                },
            },
        }
    )  # fmt: skip
    return {name: np.ma.masked_array(pixels[name], pixels[mask] == 0) for name, mask in zip(names, masks, strict=True)}
