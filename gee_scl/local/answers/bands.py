"""A band as JSON: as getInfo shows it, and in the form of the REST API's ImageBand."""

from __future__ import annotations

import math
from typing import Any

from affine import Affine

from gee_scl.local.raster.image import Band
from gee_scl.local.values import PixelType
from gee_scl.local.vector.crs import shown_crs

AFFINE = ("scaleX", "shearX", "translateX", "shearY", "scaleY", "translateY")
"""The REST API's names of an affine transform's numbers, in their order
(https://developers.google.com/earth-engine/reference/rest/v1/PixelGrid#affinetransform)."""

Number = float | int


def number(value: float) -> Number | str:
    """A number as JSON, which has no word for what is not finite: the API sends a text."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def whole(value: float | None) -> Number | None:
    """A number that is whole, without its fraction."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


def band_info(band: Band) -> dict[str, Any]:
    """A band as getInfo shows it."""
    info = {
        "id": band.name,
        "data_type": pixel_type(band.type),
        "crs": shown_crs(band.projection.crs),
        "crs_transform": transform_numbers(band.projection.transform),
    }
    return info if band.dimensions is None else {**info, "dimensions": list(band.dimensions)}


def image_band(band: Band) -> dict[str, Any]:
    """A band in the form of the REST API's ImageBand; a limit that its type does not have is left out."""
    width, height = band.dimensions or (0, 0)
    limits = _limits(band.type)
    return {
        "id": band.name,
        "dataType": {"precision": band.type.precision.upper(), **({"range": limits} if limits else {})},
        "grid": {
            "crsCode": shown_crs(band.projection.crs),
            "dimensions": {"width": width, "height": height},
            "affineTransform": dict(zip(AFFINE, transform_numbers(band.projection.transform), strict=True)),
        },
    }


def pixel_type(kind: PixelType) -> dict[str, Any]:
    """A pixel type as getInfo shows it."""
    return {
        "type": "PixelType",
        "precision": kind.precision,
        **_limits(kind),
        **({"dimensions": kind.dimensions} if kind.dimensions else {}),
    }


def transform_numbers(transform: Affine) -> list[Number | None]:
    """The six numbers of a transform, in the order of `AFFINE`."""
    return [whole(number) for number in transform[:6]]


def _limits(kind: PixelType) -> dict[str, Any]:
    limits = (("min", whole(kind.min)), ("max", whole(kind.max)))
    return {limit: number(value) for limit, value in limits if value is not None}
