"""Types of pixels: what each holds, how Earth Engine casts to it, and which value stands for no data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import ee

from gee_scl.errors import ArgumentError
from gee_scl.options.checks import number_between

_FLOAT_NO_DATA = -9999.0

LOWEST_NUMBER = -3e38
"""About what 32 bits of a float hold."""

_WHOLE_IN_A_FLOAT = 2**24
"""Whole numbers beyond it have no place in 32 bits of a float."""


@dataclass(frozen=True)
class PixelType:
    """A type of pixels.

    Attributes:
        name: as numpy calls it.
        gdal: as GDAL calls it.
        cast: the method of an ee.Image that gives it.
        bytes: of one pixel.
        range: the lowest and the highest value of whole numbers; None for fractions.
    """

    name: str
    gdal: str
    cast: str
    bytes: int
    range: tuple[int, int] | None = None

    def holds(self, low: float, high: float) -> bool:
        """Whether whole numbers of an interval fit."""
        return self.range is not None and self.range[0] <= low and high <= self.range[1]

    def of_image(self, image: ee.Image) -> ee.Image:
        """An image whose bands are of this type."""
        cast: ee.Image = getattr(image, self.cast)()
        return cast

    def nodata(self, asked: float | None) -> float:
        """The value of masked pixels.

        Args:
            asked: the caller's, or None for the highest value of unsigned numbers, the lowest of signed ones, and
                -9999 for fractions.

        Raises:
            ArgumentError: it does not fit.
        """
        if self.range is None:
            return _FLOAT_NO_DATA if asked is None else number_between("nodata", asked, LOWEST_NUMBER)
        low, high = self.range
        if asked is None:
            return float(high if low == 0 else low)
        if number_between("nodata", asked, low, high) != int(asked):
            raise ArgumentError("nodata", asked, f"a whole number from {low} to {high}, as the bands are {self.name}")
        return float(asked)


UINT8 = PixelType("uint8", "Byte", "toUint8", 1, (0, 2**8 - 1))
UINT16 = PixelType("uint16", "UInt16", "toUint16", 2, (0, 2**16 - 1))
UINT16_VALUES: Mapping[str, Any] = MappingProxyType({"precision": "int", "min": 0, "max": 2**16 - 1})
"""As Earth Engine describes the type."""

_INTEGERS = (
    UINT8,
    PixelType("int8", "Int8", "toInt8", 1, (-(2**7), 2**7 - 1)),
    UINT16,
    PixelType("int16", "Int16", "toInt16", 2, (-(2**15), 2**15 - 1)),
    PixelType("uint32", "UInt32", "toUint32", 4, (0, 2**32 - 1)),
    PixelType("int32", "Int32", "toInt32", 4, (-(2**31), 2**31 - 1)),
)
"""The smallest first."""

_FLOAT = PixelType("float32", "Float32", "toFloat", 4)
_DOUBLE = PixelType("float64", "Float64", "toDouble", 8)


_REFLECTANCE = re.compile(r"B(\d{1,2}|8A)")
"""The bands of Sentinel-2's reflectance, which Earth Engine's images have in whole ten-thousandths."""


def whole_reflectance(bands: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The bands' PixelTypes, with those of reflectance as what they were made of.

    A mean or a median of Sentinel-2's reflectance is of fractions of the range that 16 bits have. What was scaled since
    has another range, and stays as it is.

    Args:
        bands: as Earth Engine describes them.
    """
    return [
        UINT16_VALUES if _REFLECTANCE.fullmatch(str(band["id"])) and _range(band) == UINT16.range else band["data_type"]
        for band in bands
    ]


def _range(band: Mapping[str, Any]) -> tuple[Any, Any]:
    return band["data_type"].get("min"), band["data_type"].get("max")


def common_type(types: Sequence[Mapping[str, Any]]) -> PixelType:
    """The smallest type that holds what all bands can have.

    Args:
        types: the bands' PixelTypes, as Earth Engine describes them.
    """
    precisions = {kind.get("precision") for kind in types}
    low = min((kind["min"] for kind in types if kind.get("min") is not None), default=0)
    high = max((kind["max"] for kind in types if kind.get("max") is not None), default=0)
    if precisions == {"int"}:
        return next((kind for kind in _INTEGERS if kind.holds(low, high)), _DOUBLE)
    whole = [max(-kind["min"], kind["max"]) for kind in types if kind.get("precision") == "int"]
    return _DOUBLE if "double" in precisions or max(whole, default=0) > _WHOLE_IN_A_FLOAT else _FLOAT
