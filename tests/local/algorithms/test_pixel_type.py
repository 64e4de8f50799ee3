"""Pixel types and error margins: expected values from Earth Engine's documentation or by hand."""

from __future__ import annotations

from typing import Any

import pytest

from gee_scl.local.errors import EvaluationError
from gee_scl.local.values import ErrorMargin, PixelType
from tests.support.local.algorithm_calls import call, invoke


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("int8", -128, 127),
        ("int16", -32768, 32767),
        ("int32", -2147483648, 2147483647),
        ("int64", -9223372036854775808, 9223372036854775807),
        ("uint8", 0, 255),
        ("uint16", 0, 65535),
        ("uint32", 0, 4294967295),
    ],
)
def test_named_integer_types_have_their_limits(name: str, low: int, high: int) -> None:
    assert call(f"PixelType.{name}") == PixelType("int", low, high)


@pytest.mark.parametrize("name", ["float", "double"])
def test_floating_point_types_have_no_limits(name: str) -> None:
    pixel_type = invoke(f"PixelType.{name}")
    assert call("PixelType.precision", pixelType=pixel_type) == name
    assert call("PixelType.minValue", pixelType=pixel_type) is None
    assert call("PixelType.maxValue", pixelType=pixel_type) is None
    assert call("PixelType.dimensions", pixelType=pixel_type) == 0


def test_a_type_is_made_of_precision_limits_and_dimensions() -> None:
    made = call("PixelType", precision="double", minValue=1, maxValue=2, dimensions=3)
    assert made == PixelType("double", 1, 2, 3)


def test_a_type_of_a_type_is_the_same() -> None:
    assert call("PixelType", precision=invoke("PixelType.uint8")) == PixelType("int", 0, 255)


@pytest.mark.parametrize(
    "arguments",
    [
        {"precision": "uint8"},
        {"precision": 5},
        {"precision": "int"},
        {"precision": "int", "minValue": 2, "maxValue": 1},
        {"precision": "float", "dimensions": -1},
    ],
)
def test_a_type_that_contradicts_itself_is_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(EvaluationError, match="PixelType"):
        call("PixelType", **arguments)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"value": 1}, ErrorMargin(1, "meters")),
        ({"value": -1}, ErrorMargin(1, "meters")),
        ({"value": 1e7}, ErrorMargin(1e7, "meters")),
        ({"value": 1e8}, ErrorMargin(None, "infinite")),
        ({"value": 1, "unit": "projected"}, ErrorMargin(1, "projected")),
        ({"unit": "infinite"}, ErrorMargin(None, "infinite")),
    ],
)
def test_an_error_margin_is_positive_and_infinite_when_huge(arguments: dict[str, Any], expected: ErrorMargin) -> None:
    assert call("ErrorMargin", **arguments) == expected


@pytest.mark.parametrize("arguments", [{"value": 1, "unit": "feet"}, {}])
def test_an_error_margin_needs_a_known_unit_and_a_value(arguments: dict[str, Any]) -> None:
    with pytest.raises(EvaluationError, match="ErrorMargin"):
        call("ErrorMargin", **arguments)
