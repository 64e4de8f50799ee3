"""Earth Engine's argument types: what a value must be, and the few conversions that the server makes."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

from affine import Affine

from gee_scl.local.errors import EvaluationError
from gee_scl.local.features.filters import Filter
from gee_scl.local.features.joins import Join
from gee_scl.local.raster.image import Image
from gee_scl.local.raster.kernel import Kernel
from gee_scl.local.raster.reducer import Reducer
from gee_scl.local.values import (
    Collection,
    Date,
    DateRange,
    Element,
    ErrorMargin,
    Feature,
    Function,
    PixelType,
    Projection,
    type_of,
)
from gee_scl.local.vector.geometry import Geometry

_UNFIT = object()


def coerce(value: Any, type_name: str, algorithm: str, argument: str) -> Any:
    """A value as an argument of this type.

    Strict as the server is: a number is not a string, and nothing is guessed.

    Args:
        value: what the expression has there; never null.
        type_name: Earth Engine's type, such as `Image<unknown bands>` or `List<Float>`.
        algorithm: for the error.
        argument: for the error.

    Raises:
        EvaluationError: the value is of another type.
    """
    outer, inner = _parts(type_name)
    convert = _CONVERSIONS.get(outer)
    if convert is None:
        return value
    converted = convert(value)
    if converted is _UNFIT:
        raise EvaluationError(
            f"{algorithm}, argument '{argument}': Invalid type.\nExpected type: {type_name}.\n"
            f"Actual type: {type_of(value)}.\nActual value: {value!r:.200}"
        )
    if outer == "List" and inner not in ("", "Object"):
        return [None if v is None else coerce(v, inner, algorithm, argument) for v in converted]
    return converted


@functools.cache
def _parts(type_name: str) -> tuple[str, str]:
    """The outer and the inner type."""
    outer, _, inner = type_name.removesuffix(">").partition("<")
    return outer, inner


def _only(*kinds: type) -> Callable[[Any], Any]:
    return lambda value: value if isinstance(value, kinds) else _UNFIT


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and value in ("NaN", "Infinity", "-Infinity"):  # how JSON carries them
        return float(value)
    return value if isinstance(value, int | float) else _UNFIT


def _integer(value: Any) -> Any:
    number = _number(value)
    if isinstance(number, float):
        return int(number) if math.isfinite(number) and number == int(number) else _UNFIT
    return number


def _float(value: Any) -> Any:
    number = _number(value)
    return number if number is _UNFIT else float(number)


def _boolean(value: Any) -> Any:
    return bool(value) if isinstance(value, bool | int | float) else _UNFIT


def _date(value: Any) -> Any:
    return Date(value) if isinstance(value, int | float) and not isinstance(value, bool) else _only(Date)(value)


def _image(value: Any) -> Any:
    if isinstance(value, int | float):
        return Image.constant(value)
    return _only(Image)(value)


def _geometry(value: Any) -> Any:
    if isinstance(value, Feature) and value.geometry is not None:
        return value.geometry
    return _only(Geometry)(value)


def _projection(value: Any) -> Any:
    if isinstance(value, dict) and value.get("type") == "Projection":  # the form of a signature's default
        return Projection(value["crs"], Affine(*value["transform"]))
    return Projection.named(value) if isinstance(value, str) else _only(Projection)(value)


def _error_margin(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return ErrorMargin(float(value))
    if isinstance(value, dict) and value.get("type") == "ErrorMargin":  # the form of a signature's default
        return ErrorMargin(value.get("value"), value.get("unit", "meters"))
    return _only(ErrorMargin)(value)


def _collection(kind: str | None) -> Callable[[Any], Any]:
    return lambda value: value if isinstance(value, Collection) and kind in (None, value.kind) else _UNFIT


def _features(value: Any) -> Any:
    """Earth Engine's algorithms on any collection are declared for feature collections: images pass as well."""
    if isinstance(value, Feature):
        return Collection(elements=(value.set("system:index", "0"),))
    return _collection(None)(value)


# Types that are not listed (Object, <any>, Array, ...) take any value.
_CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "Number": _number,
    "Integer": _integer,
    "Long": _integer,
    "Float": _float,
    "Boolean": _boolean,
    "String": _only(str),
    "List": _only(list),
    "Dictionary": _only(dict),
    "Date": _date,
    "DateRange": _only(DateRange),
    "Image": _image,
    "Feature": _only(Feature),
    "Element": _only(Element),
    "FeatureCollection": _features,
    "ImageCollection": _collection("ImageCollection"),
    "Geometry": _geometry,
    "Projection": _projection,
    "ErrorMargin": _error_margin,
    "PixelType": _only(PixelType),
    "Filter": _only(Filter),
    "Join": _only(Join),
    "Kernel": _only(Kernel),
    "Reducer": _only(Reducer),
    "Algorithm": _only(Function),
}
