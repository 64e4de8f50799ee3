"""Lists: expected values from Earth Engine's documentation or by hand."""

from __future__ import annotations

from typing import Any

import pytest

from gee_scl.local.errors import EvaluationError, LimitError
from tests.support.local.algorithm_calls import argument, call, function, invoke


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("get", {"list": [5, 10, 15], "index": -1}, 15),
        ("getNumber", {"list": [5, 10], "index": 1}, 10),
        ("getString", {"list": ["a"], "index": 0}, "a"),
        ("set", {"list": [1, 2, 3], "index": -1, "element": "x"}, [1, 2, "x"]),
        ("insert", {"list": [1, 2], "index": 2, "element": 3}, [1, 2, 3]),
        ("insert", {"list": [1, 2], "index": -1, "element": 9}, [1, 9, 2]),
        ("swap", {"list": [1, 2, 3], "pos1": 0, "pos2": -1}, [3, 2, 1]),
        ("slice", {"list": [0, 1, 2, 3, 4], "start": 1, "end": -1, "step": 2}, [1, 3]),
        ("slice", {"list": [0, 1, 2], "start": -2, "end": 99}, [1, 2]),
        ("splice", {"list": [0, 1, 2, 3, 4], "start": -2, "count": 1}, [0, 1, 2, 4]),
        ("splice", {"list": [0, 1, 2, 3, 4], "start": 2, "count": 0, "other": ["X"]}, [0, 1, "X", 2, 3, 4]),
        ("splice", {"list": [0, 1], "start": 1, "count": 99, "other": ["X", "Y"]}, [0, "X", "Y"]),
        ("rotate", {"list": [1, 2, 3, 4], "distance": 1}, [4, 1, 2, 3]),
        ("rotate", {"list": [1, 2, 3, 4], "distance": -5}, [2, 3, 4, 1]),
        ("rotate", {"list": [], "distance": 3}, []),
        ("reverse", {"list": [1, 2, 3]}, [3, 2, 1]),
        ("size", {"list": [1, None]}, 2),
        ("length", {"list": []}, 0),
        ("add", {"list": ["a"], "element": ["b"]}, ["a", ["b"]]),
        ("cat", {"list": ["moose"], "other": ["&", "squirrel"]}, ["moose", "&", "squirrel"]),
        ("repeat", {"value": 1, "count": 3}, [1, 1, 1]),
        ("flatten", {"list": [1, [2, [3, []], [[4]]], 5]}, [1, 2, 3, 4, 5]),
        ("zip", {"list": [1, 2, 3], "other": ["a", "b"]}, [[1, "a"], [2, "b"]]),
        ("unzip", {"list": [[1, "a"], [2, "b", None]]}, [[1, 2], ["a", "b"]]),
        ("join", {"list": ["a", 1, True], "separator": "-"}, "a-1-true"),
        ("contains", {"list": [1, 2], "element": 2}, True),
        ("contains", {"list": [1, 2], "element": "2"}, False),
        ("containsAll", {"list": [1, 2, 3], "other": [3, 1, 1]}, True),
        ("containsAll", {"list": [1, 2], "other": [4]}, False),
        ("equals", {"list": [1, [2]], "other": [1, [2]]}, True),
        ("equals", {"list": [1, 2], "other": [2, 1]}, False),
        ("frequency", {"list": [0, 1, 2, 2], "element": 2}, 2),
        ("indexOf", {"list": ["a", "b"], "element": "b"}, 1),
        ("indexOf", {"list": [True, 1], "element": 1}, 1),
        ("indexOfSublist", {"list": [1, 2, 1, 2], "target": [1, 2]}, 0),
        ("lastIndexOfSubList", {"list": [1, 2, 1, 2], "target": [1, 2]}, 2),
        ("lastIndexOfSubList", {"list": [1], "target": [1, 2]}, -1),
        ("distinct", {"list": ["b", "a", "b", {"k": [1]}, {"k": [1]}]}, ["b", "a", {"k": [1]}]),
        ("remove", {"list": [1, 2, 1], "element": 1}, [2, 1]),
        ("remove", {"list": [1], "element": 5}, [1]),
        ("removeAll", {"list": [1, 2, 1, 3], "other": [1]}, [2, 3]),
        ("replace", {"list": [1, 2, 1], "oldval": 1, "newval": 9}, [9, 2, 1]),
        ("replaceAll", {"list": [1, 2, 1], "oldval": 1, "newval": 9}, [9, 2, 9]),
        ("sort", {"list": [3, 1.5, 2]}, [1.5, 2, 3]),
        ("sort", {"list": ["B10", "B2", "B1"]}, ["B1", "B10", "B2"]),
        ("sort", {"list": ["a", "b", "c"], "keys": [2, 1, 1]}, ["b", "c", "a"]),
    ],
)
def test_functions_of_lists(name: str, arguments: dict[str, Any], expected: object) -> None:
    assert call(f"List.{name}", **arguments) == expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"start": 0, "end": 5}, [0, 1, 2, 3, 4, 5]),
        ({"start": 3, "end": 6, "step": 2}, [3, 5]),
        ({"start": 0, "step": -2, "count": 6}, [0, -2, -4, -6, -8, -10]),
        ({"start": 0, "end": -4, "step": -2}, [0, -2, -4]),
        ({"start": 0, "end": 10, "step": 2, "count": 3}, [0, 5, 10]),
        ({"start": 10, "count": 3}, [10, 11, 12]),
        ({"start": 1, "end": 0}, []),
        ({"start": 0, "end": 1, "step": 0.25}, [0, 0.25, 0.5, 0.75, 1]),
    ],
)
def test_a_sequence_is_of_floating_point_numbers(arguments: dict[str, Any], expected: list[float]) -> None:
    numbers = call("List.sequence", **arguments)
    assert numbers == expected
    assert all(type(number) is float for number in numbers)


def test_a_whole_number_does_not_equal_one_of_a_sequence() -> None:
    sequence = invoke("List.sequence", start=1, end=3)
    assert call("List.contains", list=sequence, element=2) is False
    assert call("List.contains", list=sequence, element=invoke("Number.toFloat", input=2)) is True


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("get", {"list": [1], "index": 1}, "index 1 is outside a list of 1"),
        ("get", {"list": [], "index": -1}, "index -1"),
        ("getNumber", {"list": ["a"], "index": 0}, "Number"),
        ("getString", {"list": [None], "index": 0}, "null"),
        ("swap", {"list": [1], "pos1": 0, "pos2": 3}, "index 3"),
        ("slice", {"list": [1], "start": 0, "end": 1, "step": 0}, "step"),
        ("splice", {"list": [1], "start": 0, "count": -1}, "count"),
        ("repeat", {"value": 1, "count": -1}, "count"),
        ("sequence", {"start": 1}, "Expected one of end or count"),
        ("sequence", {"start": 0, "end": 1, "step": 0}, "step"),
        ("sequence", {"start": 0, "end": "NaN"}, "finite"),
        ("sequence", {"start": 0, "count": 0}, "count"),
        ("unzip", {"list": [1]}, "list"),
        ("join", {"list": [[1]]}, "no text"),
        ("sort", {"list": [1, "a"]}, "compared"),
        ("sort", {"list": [1, 2], "keys": [1]}, "'keys' has 1"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_reason(name: str, arguments: dict[str, Any], reason: str) -> None:
    with pytest.raises(EvaluationError, match=rf"(?s)List\.{name}.*{reason}"):
        call(f"List.{name}", **arguments)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("repeat", {"value": 1, "count": 10**7}),
        ("sequence", {"start": 0, "end": 1e300}),
        ("sequence", {"start": 0, "count": 10**7}),
        ("join", {"list": ["x" * 1000] * 1001}),
    ],
)
def test_a_short_expression_cannot_make_an_endless_list(name: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(LimitError, match="at most 1000000"):
        call(f"List.{name}", **arguments)


def test_flatten_stops_at_lists_that_hold_each_other_many_times() -> None:
    nested = invoke("List.repeat", value=1, count=1000)
    for _ in range(3):
        nested = invoke("List.repeat", value=nested, count=1000)
    with pytest.raises(LimitError):
        call("List.flatten", list=nested)


def test_map_applies_a_function() -> None:
    squared = function("x", body=invoke("Number.multiply", left=argument("x"), right=argument("x")))
    assert call("List.map", list=[1, 2, 3], baseAlgorithm=squared) == [1, 4, 9]


def test_map_drops_nulls_only_if_it_is_told_to() -> None:
    some = function("x", body=invoke("If", condition=argument("x"), trueCase=argument("x")))
    assert call("List.map", list=[1, 0, 3], baseAlgorithm=some, dropNulls=True) == [1, 3]
    with pytest.raises(EvaluationError, match="null"):
        call("List.map", list=[1, 0, 3], baseAlgorithm=some)


def test_iterate_gets_the_element_and_the_result_before() -> None:
    step = function("x", "before", body=invoke("Number.subtract", left=argument("x"), right=argument("before")))
    assert call("List.iterate", list=[1, 2, 10], function=step, first=0) == 10 - (2 - (1 - 0))


def test_filter_tests_the_items_themselves() -> None:
    above = invoke("Filter.greaterThan", leftField="item", rightValue=4)
    assert call("List.filter", list=[1, 2, 3, None, 6, 7], filter=above) == [6, 7]


def test_reduce_gives_the_reducers_output() -> None:
    assert call("List.reduce", list=[1, 2, 6], reducer=invoke("Reducer.mean")) == 3


def test_shuffle_keeps_the_elements_and_repeats_for_a_seed() -> None:
    numbers = list(range(100))
    once = call("List.shuffle", list=numbers, seed=7)
    assert once == call("List.shuffle", list=numbers, seed=7)
    assert once != numbers
    assert sorted(once) == numbers
    assert sorted(call("List.shuffle", list=numbers, seed=False)) == numbers
