"""Everything that a user can call, found by inspection: a new function is among them by itself."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import gee_scl
from gee_scl.statistics.options import StatisticsOptions

MODULES: dict[str, ModuleType] = {
    "": gee_scl,
    "exports.": gee_scl.exports,
    "layers.": gee_scl.layers,
    "charts.": gee_scl.charts,
    "views.": gee_scl.views,
}


def public_callables() -> dict[str, Callable[..., Any]]:
    """By name: functions, classes that are not errors, and their methods; those of an instance take it first."""
    found: dict[str, Callable[..., Any]] = {}
    for prefix, module in MODULES.items():
        for name in module.__all__:
            member = getattr(module, name)
            if member in found.values():
                continue
            if inspect.isfunction(member):
                found[f"{prefix}{name}"] = member
            elif inspect.isclass(member) and not issubclass(member, Exception):
                found |= dict(_of_class(f"{prefix}{name}", member))
    return found


def public_functions() -> dict[str, Callable[..., Any]]:
    """Of these, functions and methods, by name."""
    return {name: function for name, function in public_callables().items() if inspect.isfunction(function)}


def refusal_of(ask: Callable[[], Any]) -> int | None:
    """The status with which the server refused; None where nothing was asked."""
    try:
        ask()
    except gee_scl.RequestError as error:
        return error.status
    return None


def _of_class(name: str, kind: type) -> Iterator[tuple[str, Callable[..., Any]]]:
    yield name, kind
    for word, member in vars(kind).items():
        if word.startswith("_"):
            continue
        if isinstance(member, classmethod):
            yield f"{name}.{word}", getattr(kind, word)
        elif inspect.isfunction(member):
            yield f"{name}.{word}", member


def parameters_of(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """Its parameters, those of measuring among them where it takes them together; not `self`, nor what it passes on."""
    parameters = inspect.signature(function).parameters
    own = {
        name: parameter
        for name, parameter in parameters.items()
        if name != "self" and parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
    }
    if any("StatisticsOptions" in str(parameter.annotation) for parameter in parameters.values()):
        shared = inspect.signature(gee_scl.class_statistics).parameters
        own |= {name: shared[name] for name in StatisticsOptions.__annotations__}
    return own
