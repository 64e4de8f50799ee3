"""Dictionaries: expected values from Earth Engine's documentation or by hand."""

from __future__ import annotations

from typing import Any

import pytest

from gee_scl.local.errors import EvaluationError
from tests.support.local.algorithm_calls import argument, call, function, invoke

BANDS = {"B1": 182, "B2": 219, "B3": 443}


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("", {}, {}),
        ("", {"input": BANDS}, BANDS),
        ("", {"input": ["B1", 182, "B2", [1]]}, {"B1": 182, "B2": [1]}),
        (".fromLists", {"keys": ["a", "b"], "values": [1, None]}, {"a": 1, "b": None}),
        (".get", {"dictionary": BANDS, "key": "B1"}, 182),
        (".get", {"dictionary": BANDS, "key": "X", "defaultValue": -1}, -1),
        (".getNumber", {"dictionary": BANDS, "key": "B2"}, 219),
        (".getString", {"dictionary": {"a": "b"}, "key": "a"}, "b"),
        (".contains", {"dictionary": BANDS, "key": "X"}, False),
        (".size", {"dictionary": BANDS}, 3),
        (".keys", {"dictionary": {"B2": 1, "B10": 2, "B1": 3}}, ["B1", "B10", "B2"]),
        (".values", {"dictionary": {"b": 1, "a": 2}}, [2, 1]),
        (".values", {"dictionary": BANDS, "keys": ["B3", "B1"]}, [443, 182]),
        (".set", {"dictionary": {"a": 1}, "key": "a", "value": 2}, {"a": 2}),
        (".combine", {"first": {"a": 1, "n": None}, "second": {"a": 2, "b": 3}}, {"a": 2, "b": 3}),
        (".combine", {"first": {"a": 1}, "second": {"a": 2, "b": 3}, "overwrite": False}, {"a": 1, "b": 3}),
        (".select", {"dictionary": BANDS, "selectors": ["B[1-2]"]}, {"B1": 182, "B2": 219}),
        (".select", {"dictionary": BANDS, "selectors": ["B1", "X"], "ignoreMissing": True}, {"B1": 182}),
        (".remove", {"dictionary": BANDS, "selectors": ["B2", "B3"]}, {"B1": 182}),
        (".rename", {"dictionary": BANDS, "from": ["B2"], "to": ["X"]}, {"B1": 182, "X": 219, "B3": 443}),
        (".rename", {"dictionary": BANDS, "from": ["B3"], "to": ["B1"], "overwrite": True}, {"B1": 443, "B2": 219}),
        (".rename", {"dictionary": {"a": 1, "b": 2}, "from": ["a", "b"], "to": ["b", "a"]}, {"b": 1, "a": 2}),
    ],
)
def test_functions_of_dictionaries(name: str, arguments: dict[str, Any], expected: object) -> None:
    assert call(f"Dictionary{name}", **arguments) == expected


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("", {"input": ["a"]}, "even length"),
        ("", {"input": [1, 2]}, "String"),
        ("", {"input": 5}, "Integer"),
        (".fromLists", {"keys": ["a"], "values": []}, "same length"),
        (".get", {"dictionary": BANDS, "key": "X"}, "does not contain key: 'X'"),
        (".getNumber", {"dictionary": {"a": "b"}, "key": "a"}, "Number"),
        (".getString", {"dictionary": {"a": None}, "key": "a"}, "null"),
        (".values", {"dictionary": BANDS, "keys": ["X"]}, "'X'"),
        (".select", {"dictionary": BANDS, "selectors": ["X"]}, "'X'"),
        (".remove", {"dictionary": BANDS, "selectors": ["B"]}, "'B'"),
        (".rename", {"dictionary": BANDS, "from": ["X"], "to": ["Y"]}, "'X'"),
        (".rename", {"dictionary": BANDS, "from": ["B1"], "to": []}, "same length"),
        (".rename", {"dictionary": BANDS, "from": ["B1"], "to": ["B2"]}, "'B2' exists"),
    ],
)
def test_what_is_missing_or_ambiguous_is_refused_by_name(name: str, arguments: dict[str, Any], reason: str) -> None:
    with pytest.raises(EvaluationError, match=rf"(?s)Dictionary{name}.*{reason}"):
        call(f"Dictionary{name}", **arguments)


def test_map_gets_key_and_value_and_drops_nulls() -> None:
    scaled = function(
        "key",
        "value",
        body=invoke(
            "If",
            condition=invoke("String.equals", reference=argument("key"), target="B1"),
            falseCase=invoke("Number.divide", left=argument("value"), right=10),
        ),
    )
    assert call("Dictionary.map", dictionary=BANDS, baseAlgorithm=scaled) == {"B2": 21.9, "B3": 44.3}
