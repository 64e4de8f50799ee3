"""Strings: expected values from Earth Engine's documentation, Java's, or by hand."""

from __future__ import annotations

import pytest

from gee_scl.local.errors import EvaluationError
from tests.support.local.algorithm_calls import call, invoke


@pytest.mark.parametrize(("value", "expected"), [("a", "a"), (1, "1"), (1.5, "1.5"), (True, "true"), (1e21, "1.0E21")])
def test_a_number_becomes_text_as_java_writes_it(value: object, expected: str) -> None:
    assert call("String", input=value) == expected


@pytest.mark.parametrize("value", [[1], {"a": 1}])
def test_what_has_no_defined_text_is_refused(value: object) -> None:
    with pytest.raises(EvaluationError, match="String"):
        call("String", input=value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1, "Integer"), (2**40, "Long"), (1.5, "Float"), ("a", "String"), ([1], "List"), ({"a": 1}, "Dictionary")],
)
def test_object_type_names_the_type(value: object, expected: str) -> None:
    assert call("ObjectType", value=value) == expected


def test_object_type_of_a_date_is_date() -> None:
    assert call("ObjectType", value=invoke("Date", value=0)) == "Date"


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("cat", {"string1": "cat", "string2": " bird"}, "cat bird"),
        ("compareTo", {"string1": "a", "string2": "b"}, -1),
        ("compareTo", {"string1": "b", "string2": "a"}, 1),
        ("equals", {"reference": "a", "target": "a"}, True),
        ("equals", {"reference": "1", "target": 1}, False),
        ("index", {"target": "abc123", "pattern": "c1"}, 2),
        ("index", {"target": "abc123", "pattern": "ZZ"}, -1),
        ("rindex", {"target": "aBc-Abc", "pattern": ""}, 7),
        ("rindex", {"target": "aBc-Abc", "pattern": "A"}, 4),
        ("length", {"string": "abc123"}, 6),
        ("slice", {"string": "abcdef", "start": -3}, "def"),
        ("slice", {"string": "abcdef", "start": 2, "end": -1}, "cde"),
        ("slice", {"string": "abc", "start": 1, "end": 99}, "bc"),
        ("toLowerCase", {"string": "AaBb1"}, "aabb1"),
        ("toUpperCase", {"string": "AaBb1"}, "AABB1"),
        ("trim", {"string": " a\t\n\r b "}, "a\t\n\r b"),
    ],
)
def test_functions_of_strings(name: str, arguments: dict[str, object], expected: object) -> None:
    assert call(f"String.{name}", **arguments) == expected


@pytest.mark.parametrize(
    ("regex", "flags", "expected"),
    [
        ("ab", "g", ["ab"]),
        ("AB", "ig", ["AB", "ab"]),
        ("[a-z]+[0-9]+", "", ["abc123"]),
        ("([a-z])([0-9])", "", ["c1", "c", "1"]),
        ("\\d{2}", "", ["12"]),
        ("nothing", "", []),
        ("nothing", "g", []),
    ],
)
def test_match_gives_all_matches_or_the_first_with_its_groups(regex: str, flags: str, expected: list[str]) -> None:
    assert call("String.match", input="ABCabc123", regex=regex, flags=flags) == expected


@pytest.mark.parametrize(
    ("text", "regex", "new", "flags", "expected"),
    [
        ("abc-abc", "abc", "X", "", "X-abc"),
        ("abc-abc", "abc", "", "g", "-"),
        ("aBc-Abc", "abc", "Z", "ig", "Z-Z"),
        ("20200131", "(\\d{4})(\\d{2})(\\d{2})", "$1-$2-$3", "", "2020-01-31"),
        ("x1", "(?<name>[a-z])1", "${name}$1", "", "xx"),
        ("a", "a", "\\$1", "", "$1"),
        ("ab", "(a)", "$12", "", "a2b"),
    ],
)
def test_replace_takes_groups_as_java_does(text: str, regex: str, new: str, flags: str, expected: str) -> None:
    assert call("String.replace", input=text, regex=regex, replacement=new, flags=flags) == expected


@pytest.mark.parametrize("new", ["$1", "$", "\\", "${name}", "$x"])
def test_replace_refuses_a_group_that_is_not_there(new: str) -> None:
    with pytest.raises(EvaluationError, match="group reference"):
        call("String.replace", input="a", regex="a", replacement=new)


@pytest.mark.parametrize(
    ("text", "regex", "flags", "expected"),
    [
        ("aBAbcD", "Ab", "", ["aB", "cD"]),
        ("aBAbcD", "ab", "i", ["", "", "cD"]),
        ("aBAbcD", "[bc]", "i", ["a", "A", "", "D"]),
        ("a,b", "", "", ["a", ",", "b"]),
        ("a.b*c", "\\.", "", ["a", "b*c"]),
        ("a b", "[[:space:]]", "", ["a", "b"]),
        ("a,b,,", ",", "", ["a", "b"]),
        ("abc", "x", "", ["abc"]),
        ("", ",", "", [""]),
    ],
)
def test_split_drops_empty_strings_only_at_the_end(text: str, regex: str, flags: str, expected: list[str]) -> None:
    assert call("String.split", string=text, regex=regex, flags=flags) == expected


@pytest.mark.parametrize("regex", ["(", "[a", "*", "a{2,1}"])
def test_a_malformed_regular_expression_is_refused(regex: str) -> None:
    with pytest.raises(EvaluationError, match="Invalid regular expression"):
        call("String.match", input="a", regex=regex)


def test_an_unknown_flag_is_refused_by_name() -> None:
    with pytest.raises(EvaluationError, match="'m'"):
        call("String.match", input="a", regex="a", flags="gm")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("earth", '"earth"'),
        (1, "1"),
        ([1, 2, 3], "[1,2,3]"),
        ({"b": "é", "a": [None, True]}, '{"a":[null,true],"b":"é"}'),
    ],
)
def test_json_is_written_and_read(value: object, text: str) -> None:
    assert call("String.encodeJSON", object=value) == text
    assert call("String.decodeJSON", string=text) == value


def test_malformed_json_is_refused() -> None:
    with pytest.raises(EvaluationError, match="Invalid JSON"):
        call("String.decodeJSON", string="{")


def test_what_json_has_no_word_for_is_refused() -> None:
    with pytest.raises(EvaluationError, match="PixelType"):
        call("String.encodeJSON", object=invoke("PixelType.float"))


def test_a_short_expression_cannot_make_an_endless_string() -> None:
    doubled = invoke("String.cat", string1="a", string2="a")
    long = "x" * 600_000
    with pytest.raises(EvaluationError, match="at most"):
        call("String.cat", string1=invoke("String.cat", string1=long, string2=doubled), string2=long)
    with pytest.raises(EvaluationError, match="at most"):
        call("String.replace", input="x" * 2000, regex="x", replacement="y" * 1000, flags="g")
