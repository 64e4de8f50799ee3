"""PixelType and ErrorMargin: what pixels may be, and how wrong a geometry may become."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from gee_scl.local.algorithms.registry import algorithm
from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.pixels import NAMED_TYPES
from gee_scl.local.values import DOUBLE, FLOAT, ErrorMargin, PixelType

Number = int | float

_NAMED: Mapping[str, PixelType] = {
    "PixelType.float": FLOAT,
    "PixelType.double": DOUBLE,
    "PixelType.int8": NAMED_TYPES["int8"],
    "PixelType.int16": NAMED_TYPES["int16"],
    "PixelType.int32": NAMED_TYPES["int32"],
    "PixelType.int64": NAMED_TYPES["int64"],
    "PixelType.uint8": NAMED_TYPES["uint8"],
    "PixelType.uint16": NAMED_TYPES["uint16"],
    "PixelType.uint32": NAMED_TYPES["uint32"],
}


def _always(named: PixelType) -> Callable[[], PixelType]:
    return lambda: named


for _name, _named in _NAMED.items():
    algorithm(_name)(_always(_named))


@algorithm("PixelType")
def pixel_type(precision: Any, low: Number | None, high: Number | None, dimensions: int) -> PixelType:
    """A pixel type of a precision, with limits that only "float" and "double" may leave open."""
    if isinstance(precision, PixelType):
        return precision
    if precision not in ("int", "float", "double"):
        raise EvaluationError(f"PixelType: precision must be 'int', 'float' or 'double', not {precision!r:.100}.")
    if precision == "int" and (low is None or high is None):
        raise EvaluationError("PixelType: the precision 'int' needs minValue and maxValue.")
    if low is not None and high is not None and not low <= high:
        raise EvaluationError(f"PixelType: minValue {low} is greater than maxValue {high}.")
    if dimensions < 0:
        raise EvaluationError(f"PixelType: dimensions must not be negative, but is {dimensions}.")
    return PixelType(precision, low, high, dimensions)


_MEMBERS = {
    "PixelType.precision": lambda pixel_type: pixel_type.precision,
    "PixelType.minValue": lambda pixel_type: pixel_type.min,
    "PixelType.maxValue": lambda pixel_type: pixel_type.max,
    "PixelType.dimensions": lambda pixel_type: pixel_type.dimensions,
}

for _name, _member in _MEMBERS.items():
    algorithm(_name)(_member)

INFINITE_MARGIN = 2.0e7
"""Metres from which on a margin is "infinite": about half the Earth's circumference.

Source: https://developers.google.com/earth-engine/apidocs/ee-errormargin
"""


@algorithm("ErrorMargin")
def error_margin(value: float | None, unit: str) -> ErrorMargin:
    """A margin; a negative one counts as positive, and a very large one in metres as infinite."""
    if unit not in ("meters", "projected", "infinite"):
        raise EvaluationError(f"ErrorMargin: unit must be 'meters', 'projected' or 'infinite', not '{unit}'.")
    if unit == "infinite":
        return ErrorMargin(None, "infinite")
    if value is None or math.isnan(value):
        raise EvaluationError(f"ErrorMargin: the unit '{unit}' needs a value.")
    if unit == "meters" and abs(value) >= INFINITE_MARGIN:
        return ErrorMargin(None, "infinite")
    return ErrorMargin(abs(value), unit)
