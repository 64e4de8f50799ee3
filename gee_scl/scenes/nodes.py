"""Expressions of Earth Engine's client as trees of calls: what a node calls, with which arguments, and what is in it.

Read on this machine, without a request.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import ee


def function_name(node: Any) -> str:
    """The name of the server's function that an expression calls; nothing where it calls none."""
    function = getattr(node, "func", None)
    signature = getattr(function, "getSignature", None)
    return str(signature().get("name", "")) if signature is not None else ""


def arguments(node: Any) -> Mapping[str, Any]:
    """The arguments of that call."""
    return getattr(node, "args", None) or {}


def known_constant(value: Any) -> Any:
    """What an argument says that is known here; None for what is computed."""
    if not isinstance(value, ee.ComputedObject):
        return value
    graph = json.loads(value.serialize())
    return constant(graph["values"][graph["result"]], graph["values"])


def constant(node: Any, values: Mapping[str, Any]) -> Any:
    """Read a constant of a serialized graph; None for what is computed."""
    if not isinstance(node, dict):
        return None
    if "valueReference" in node:
        return constant(values.get(node["valueReference"]), values)
    if "arrayValue" in node:
        return [constant(member, values) for member in node["arrayValue"]["values"]]
    return node.get("constantValue")


def body_of(function: Any) -> Any:
    """What a mapped function gives, which the client keeps to itself; None of what is no such function."""
    return vars(function).get("_body") if isinstance(function, ee.CustomFunction) else None


def calls_within(node: Any, *, but: str | None = None, only: Mapping[str, str] = MappingProxyType({})) -> Iterator[Any]:
    """All calls that an expression is made of, those of mapped functions too, each once.

    Args:
        node: the expression.
        but: a function; what its calls are made of is left out.
        only: functions, by the one argument whose calls are told of; others are left out.
    """
    waiting, seen = [node], set()
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        name = function_name(part)
        if name:
            yield part
        if name in only:
            waiting.append(arguments(part)[only[name]])
        elif not name or name != but:
            waiting += _members(part)


def same_expression(one: Any, other: Any) -> bool:
    """Whether two expressions are the same: part by part, and at once where they share the part."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, ee.CustomFunction):
        same_arguments = one.getSignature() == other.getSignature()
        return same_arguments and same_expression(body_of(one), body_of(other))
    if isinstance(one, ee.ComputedObject):
        return same_expression(vars(one), vars(other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same_expression(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same_expression, one, other))
    return bool(one == other)


def _members(part: Any) -> list[Any]:
    if isinstance(part, ee.CustomFunction):
        return [body_of(part)]
    if isinstance(part, list | tuple):
        return list(part)
    if isinstance(part, dict):
        return list(part.values())
    return [getattr(part, "func", None), *arguments(part).values()]
