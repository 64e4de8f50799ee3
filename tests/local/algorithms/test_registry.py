"""Algorithms take the arguments of their signatures, of older and newer clients too."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import pytest

import gee_scl.local
from gee_scl.local.algorithms import registry
from gee_scl.local.context import Context
from gee_scl.local.errors import EvaluationError
from gee_scl.local.signatures import Argument, Signature, signatures

NOTHING = cast(Context, None)
NUMBERS = [Argument("left", "Number"), Argument("right", "Number", True, 10), Argument("newest", "Number", True)]


@pytest.fixture
def shipped(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Has the client ship one algorithm, `Number.sum`, with so many arguments."""
    monkeypatch.setattr(registry, "_ALGORITHMS", {})

    def ship(arguments: int) -> None:
        found = {"Number.sum": Signature("Number.sum", tuple(NUMBERS[:arguments]), "Number")}
        monkeypatch.setattr(registry, "signatures", lambda: MappingProxyType(found))

    return ship


def register() -> None:
    @registry.algorithm("Number.sum")
    def add(left: float, right: float | None = None) -> float:
        return left + (1 if right is None else right)


def test_arguments_are_given_by_name_and_have_the_signatures_defaults(shipped: Any) -> None:
    shipped(2)
    register()
    assert registry.call("Number.sum", {"left": 1, "right": 2}, NOTHING) == 3
    assert registry.call("Number.sum", {"left": 1}, NOTHING) == 11


def test_an_argument_that_an_older_client_does_not_know_has_the_functions_default(shipped: Any) -> None:
    shipped(1)
    register()
    assert registry.call("Number.sum", {"left": 1}, NOTHING) == 2
    with pytest.raises(EvaluationError, match=r"Unrecognized argument 'right'\. It takes: left"):
        registry.call("Number.sum", {"left": 1, "right": 2}, NOTHING)


def test_an_argument_that_only_a_newer_client_knows_is_refused_by_name(shipped: Any) -> None:
    shipped(3)
    register()
    assert registry.call("Number.sum", {"left": 1}, NOTHING) == 11
    with pytest.raises(EvaluationError, match=r"Unrecognized argument 'newest'\. It takes: left, right"):
        registry.call("Number.sum", {"left": 1, "newest": 2}, NOTHING)


def test_a_function_that_needs_more_than_the_signature_has_is_a_mistake(shipped: Any) -> None:
    shipped(0)
    with pytest.raises(TypeError, match=r"add needs more arguments than Number\.sum has"):
        register()


def test_what_no_client_ships_cannot_be_called(shipped: Any) -> None:
    shipped(2)
    registry.algorithm("Number.other")(lambda number: number)
    assert registry.covered() == ("If",)


def test_every_algorithm_takes_all_arguments_that_this_client_knows() -> None:
    known = signatures()
    short = {
        name: [argument.name for argument in known[name].arguments[len(algorithm.signature.arguments) :]]
        for name, algorithm in registry._ALGORITHMS.items()
        if len(algorithm.signature.arguments) < len(known[name].arguments)
    }
    assert short == {}


def test_every_algorithm_is_found_by_its_full_name_in_the_engines_text() -> None:
    package = Path(gee_scl.local.__file__).parent
    text = "\n".join(path.read_text(encoding="utf-8") for path in package.rglob("*.py"))
    assert [name for name in registry.covered() if f'"{name}"' not in text] == []


def test_a_call_that_is_prepared_checks_what_it_is_given_each_time(shipped: Any) -> None:
    shipped(2)
    register()
    to_five = registry.prepared("Number.sum", {"left": 5}, ["right"], NOTHING)
    assert [to_five([right]) for right in (1, None, 2)] == [6, 15, 7]
    with pytest.raises(EvaluationError, match="argument 'right': Invalid type"):
        to_five(["1"])
    assert to_five([1]) == 6
    needed = registry.prepared("Number.sum", {}, ["right", "left"], NOTHING)
    assert needed([2, 1]) == 3
    with pytest.raises(EvaluationError, match="Parameter 'left' is required and may not be null"):
        needed([2, None])
    with pytest.raises(EvaluationError, match="Parameter 'left' is required and may not be null"):
        registry.prepared("Number.sum", {}, ["right"], NOTHING)
