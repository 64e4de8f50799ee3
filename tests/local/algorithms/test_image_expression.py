"""Expressions on images: expected values by Python's own arithmetic or by hand."""

from __future__ import annotations

import math

import pytest

from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.image import Image
from tests.support.local.algorithm_calls import call
from tests.support.local.pixel_images import byte, joined, real, row

IMAGE = joined(real([2.0], name="red"), real([6.0], name="nir"), real([0.5], name="B 8"))


def evaluate(text: str, image: Image = IMAGE, **variables: object) -> Image:
    names = ["image", *variables]
    return call("Image.parseExpression", expression=text, argName="image", vars=names)(image, *variables.values())


def value(text: str, **variables: object) -> float:
    (only,) = row(evaluate(text, **variables), 1)
    return only


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 - 4 - 3", 3),
        ("100 / 10 / 5", 2.0),
        ("7 % 4", 3),
        ("2 ** 3 ** 2", 512.0),
        ("2 ** -1", 0.5),
        ("(-2) ** 2", 4.0),
        ("-(2 ** 2)", -4.0),
        ("-b(0)", -2.0),
        ("3 - -2", 5),
        ("1 < 2 == 1", 1),
        ("1 || 0 && 0", 1),
        ("!(1 && 0)", 1),
        ("~5", -6),
        ("1 | 6 & 3 ^ 1", 3),
        ("1 << 3 >> 1", 4),
        ("0x1F + 1", 32),
        ("1.5e2 + .5", 150.5),
        ("1 ? 2 : 3", 2),
        ("0 ? 2 : 1 ? 4 : 5", 4),
        ("b('nir') / b(\"red\")", 3.0),
        ("b(1) - b(0)", 4.0),
        ("image.nir + image['red'] + image[2]", 8.5),
        ("image['B 8']", 0.5),
        ("sqrt(16) + abs(-3)", 7.0),
        ("min(3, 2) + max(1, 9, 4)", 11),
        ("toInt(2.9)", 2),
        ("exp(0) * cos(0)", 1.0),
        ("pow(2, 3) + atan2(0, 1)", 8.0),
        ("byte(b(1) * 100)", 255),
        ("\n 1 +\n 1 ", 2),
    ],
)
def test_expressions_follow_the_precedence_of_c(text, expected):
    assert value(text) == expected


def test_variables_are_images():
    assert value("x * 2 + y.red", x=byte([4]), y=IMAGE) == 10.0
    assert value("2.5 * (nir - red) / (nir + 6 * red + 1)", nir=real([0.5]), red=real([0.1])) == pytest.approx(1 / 2.1)


def test_several_bands_can_be_taken_at_once():
    assert evaluate("b('red', 1) * 2").names == ["red", "nir"]
    assert evaluate("b() + 1").names == ["red", "nir", "B 8"]
    assert evaluate("image[0, 2]").names == ["red", "B 8"]


def test_a_result_can_be_named():
    assert evaluate("ndvi = (b(1) - b(0)) / (b(1) + b(0))").names == ["ndvi"]


def test_the_choice_is_masked_where_its_condition_or_the_chosen_image_is():
    test, yes, no = byte([1, 0, 1, 0, 1], mask=[1, 1, 1, 1, 0]), byte([7] * 5, mask=[1, 0, 0, 1, 1]), byte([8] * 5)
    assert row(evaluate("t ? y : n", t=test, y=yes, n=no), 5) == [7, 8, None, 8, None]
    assert evaluate("1 ? x : 0", x=IMAGE).names == IMAGE.names


def test_free_variables_can_mean_bands():
    function = call(
        "Image.parseExpression",
        expression="nir - red",
        argName="image",
        vars=["image"],
        mapFreeVarsToDefaultImageBands=True,
    )
    assert row(function(IMAGE), 1) == [4.0]


def test_numbers_may_stand_for_images():
    assert value("x + 1", x=math.pi) == math.pi + 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1 +", "unexpected end"),
        ("1 + * 2", r"unexpected '\*' at position 4"),
        ("(1", r"expected '\)'"),
        ("1 2", "unexpected '2'"),
        ("a + 1", "the variable 'a' is not among"),
        ("foo(1)", "no function 'foo' of 1 arguments"),
        ("sqrt(1, 2)", "no function 'sqrt' of 2 arguments"),
        ("__import__('os')", "unexpected ''os''"),
        ("-2 ** 2", "parentheses"),
        ("1 ? 2", "expected ':'"),
        ("b(nir)", "unexpected 'nir'"),
        ("1 $ 2", r"Unexpected '\$ 2'"),
        ("", "unexpected end"),
    ],
)
def test_what_is_no_expression_is_refused_with_the_place(text, reason):
    with pytest.raises(EvaluationError, match=f"(?s){reason}"):
        evaluate(text)


def test_a_variable_that_is_no_image_is_refused():
    with pytest.raises(EvaluationError, match="'x' must be an image, not String"):
        evaluate("x", x="red")


def test_deep_nesting_is_an_error_and_not_a_crash():
    with pytest.raises(EvaluationError, match="nested too deeply"):
        call("Image.parseExpression", expression="(" * 20_000 + "1" + ")" * 20_000, argName="image", vars=["image"])
