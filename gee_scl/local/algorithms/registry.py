"""The table of algorithms: which are written, and how a call reaches one with its arguments checked."""

from __future__ import annotations

import difflib
import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

from gee_scl.local.algorithms.types import coerce
from gee_scl.local.context import Context
from gee_scl.local.counters.profiles import is_profiled, spent_on
from gee_scl.local.errors import EvaluationError, NotCoveredError
from gee_scl.local.signatures import Signature, signatures

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Algorithm:
    """A written algorithm: its signature, and the function that takes the arguments in the signature's order."""

    signature: Signature
    function: Callable[..., Any]
    takes_context: bool

    def call(self, arguments: Mapping[str, Any], context: Context) -> Any:
        """The value for these arguments, which are checked and completed first."""
        name = self.signature.name
        for argument_name in arguments:
            if argument_name not in self._names:
                names = ", ".join(sorted(self._names)) or "none"
                raise EvaluationError(f"{name}: Unrecognized argument {argument_name!r}. It takes: {names}.")
        values = []
        for argument in self.signature.arguments:
            value = arguments.get(argument.name)
            if value is None:
                if not argument.optional and argument.type not in ("Object", "<any>"):
                    raise EvaluationError(f"{name}: Parameter '{argument.name}' is required and may not be null.")
                value = argument.default
            values.append(None if value is None else coerce(value, argument.type, name, argument.name))
        return self.function(*values, context=context) if self.takes_context else self.function(*values)

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(argument.name for argument in self.signature.arguments)


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
    name = name.removeprefix("algorithms/")
    written = _ALGORITHMS.get(name)
    if written is not None:
        if not is_profiled():
            return written.call(arguments, context)
        with spent_on(_LOADING.get(name, f"Algorithm {name}")):
            return written.call(arguments, context)
    if name in signatures():
        raise NotCoveredError(f"{name}: this algorithm of Earth Engine is not covered by the local engine.")
    near = difflib.get_close_matches(name, signatures(), 1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise EvaluationError(f"Unknown algorithm: '{name}'.{hint}")


def covered() -> tuple[str, ...]:
    """The names of all algorithms that this engine has, sorted."""
    return tuple(sorted([*_ALGORITHMS, "If"]))


def is_true(value: Any) -> bool:
    """Earth Engine's truth: 0, NaN, null, and what is empty, are false."""
    if isinstance(value, float) and math.isnan(value):
        return False
    return bool(value) if isinstance(value, bool | int | float | str | list | dict) or value is None else True
