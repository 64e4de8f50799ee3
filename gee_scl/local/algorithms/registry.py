"""The table of algorithms: which are written, and how a call reaches one with its arguments checked."""

from __future__ import annotations

import difflib
import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, TypeVar

from gee_scl.local.algorithms.types import coerce
from gee_scl.local.context import Context
from gee_scl.local.counters.profiles import is_profiled, spent_on
from gee_scl.local.errors import EvaluationError, NotCoveredError
from gee_scl.local.signatures import Argument, Signature, signatures

F = TypeVar("F", bound=Callable[..., Any])

Call = Callable[[Sequence[Any]], Any]
"""Takes the values of some arguments, in an order that was agreed on."""


@dataclass(frozen=True)
class Algorithm:
    """A written algorithm: its signature, and the function that takes the arguments in the signature's order."""

    signature: Signature
    function: Callable[..., Any]
    takes_context: bool

    def prepared(self, known: Mapping[str, Any], later: Sequence[str], context: Context) -> Call:
        """The call with some arguments, which are checked and completed once; it takes the others, and checks those.

        Args:
            known: arguments by name.
            later: names of the others.
            context: of the request.
        """
        name = self.signature.name
        for argument_name in (*known, *later):
            if argument_name not in self._places:
                names = ", ".join(sorted(self._places)) or "none"
                raise EvaluationError(f"{name}: Unrecognized argument {argument_name!r}. It takes: {names}.")
        places = [self._places[argument_name] for argument_name in later]
        arguments = self.signature.arguments
        template = [
            None if argument.name in later else self._checked(argument, known.get(argument.name))
            for argument in arguments
        ]
        function = partial(self.function, context=context) if self.takes_context else self.function

        def call(values: Sequence[Any]) -> Any:
            completed = template.copy()
            for place, value in zip(places, values, strict=True):
                completed[place] = self._checked(arguments[place], value)
            return function(*completed)

        return call

    def _checked(self, argument: Argument, value: Any) -> Any:
        """A value as one of the arguments, or what the argument is where there is none."""
        name = self.signature.name
        if value is None:
            if not argument.optional and argument.type not in ("Object", "<any>"):
                raise EvaluationError(f"{name}: Parameter '{argument.name}' is required and may not be null.")
            value = argument.default
        return None if value is None else coerce(value, argument.type, name, argument.name)

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {argument.name: place for place, argument in enumerate(self.signature.arguments)}


_ALGORITHMS: dict[str, Algorithm] = {}

_LOADING = dict.fromkeys(("Image.load", "ImageCollection.load", "Collection.loadTable"), "Loading assets")
"""What profiles call these algorithms (recorded, there with the assets' ids)."""


def algorithm(*names: str) -> Callable[[F], F]:
    """Register a function under Earth Engine names that share a signature's shape.

    The function takes the arguments by position, in the signature's order, already of the signature's types; one
    named `context` as a keyword gets the request's state. Arguments that older clients do not have are those with a
    default; those of newer clients, which the function does not take, are refused when they are given.

    Raises:
        TypeError: the signature has fewer arguments than the function needs, so the two have come apart.
    """

    def register(function: F) -> F:
        parameters = inspect.signature(function).parameters.values()
        takes_context = any(p.name == "context" and p.kind is p.KEYWORD_ONLY for p in parameters)
        positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        needed = sum(p.default is p.empty for p in positional)
        taken = math.inf if any(p.kind is p.VAR_POSITIONAL for p in parameters) else len(positional)
        for name in names:
            signature = signatures().get(name)
            if signature is None:
                # A newer or older client may not ship it; then nobody can call it either.
                continue
            if len(signature.arguments) < needed:
                raise TypeError(f"{getattr(function, '__name__', function)} needs more arguments than {name} has")
            if len(signature.arguments) > taken:
                signature = replace(signature, arguments=signature.arguments[: len(positional)])
            _ALGORITHMS[name] = Algorithm(signature, function, takes_context)
        return function

    return register


def call(name: str, arguments: Mapping[str, Any], context: Context) -> Any:
    """Call an algorithm by its Earth Engine name.

    Raises:
        NotCoveredError: Earth Engine has it, this engine has not.
        EvaluationError: nobody has it, or the arguments do not fit.
    """
    return prepared(name, arguments, (), context)(())


def prepared(name: str, known: Mapping[str, Any], later: Sequence[str], context: Context) -> Call:
    """A call by an algorithm's Earth Engine name: a mapped function makes the same one for each element.

    Args:
        name: of the algorithm.
        known: arguments that are the same in all calls.
        later: names of those that the call takes, in order.
        context: of the request.

    Raises:
        NotCoveredError: Earth Engine has it, this engine has not.
        EvaluationError: nobody has it, or the arguments do not fit.
    """
    name = name.removeprefix("algorithms/")
    written = _ALGORITHMS.get(name)
    if written is not None:
        return partial(_profiled, _LOADING.get(name, f"Algorithm {name}"), written.prepared(known, later, context))
    if name in signatures():
        raise NotCoveredError(f"{name}: this algorithm of Earth Engine is not covered by the local engine.")
    near = difflib.get_close_matches(name, signatures(), 1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise EvaluationError(f"Unknown algorithm: '{name}'.{hint}")


def _profiled(what: str, called: Call, values: Sequence[Any]) -> Any:
    if not is_profiled():
        return called(values)
    with spent_on(what):
        return called(values)


def covered() -> tuple[str, ...]:
    """The names of all algorithms that this engine has, sorted."""
    return tuple(sorted([*_ALGORITHMS, "If"]))


def is_true(value: Any) -> bool:
    """Earth Engine's truth: 0, NaN, null, and what is empty, are false."""
    if isinstance(value, float) and math.isnan(value):
        return False
    return bool(value) if isinstance(value, bool | int | float | str | list | dict) or value is None else True
