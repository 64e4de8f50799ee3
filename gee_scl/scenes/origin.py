"""What a collection's expression says about where its images come from: its id, and how it was filtered.

Read from the expression on this machine, without a request. Filters on a property with a fixed value are put into
words; joins and everything else are not.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import ee

from gee_scl.scenes.chains import Chain
from gee_scl.scenes.nodes import constant

_COMPARISONS: Mapping[str, str] = MappingProxyType(
    {
        "Filter.equals": "=",
        "Filter.lessThan": "<",
        "Filter.lessThanOrEquals": "≤",
        "Filter.greaterThan": ">",
        "Filter.greaterThanOrEquals": "≥",
    }
)


@dataclass(frozen=True)
class Origin:
    """Where images come from, as far as it is known.

    Attributes:
        ids: of the collections and images that are loaded.
        filters: each in words, such as "CLOUDY_PIXEL_PERCENTAGE ≤ 60".
        unchanged: whether the images are those of one collection, filtered and sorted and no more.
    """

    ids: tuple[str, ...]
    filters: tuple[str, ...]
    unchanged: bool


def origin_of(images: ee.ImageCollection) -> Origin:
    """Read the expression of a collection.

    Args:
        images: any collection.

    Returns:
        What it says. No request is made.
    """
    graph = json.loads(images.serialize())
    values = graph["values"]
    loads = [arguments for name, arguments in _calls(values) if name in ("ImageCollection.load", "Image.load")]
    ids = [constant(arguments.get("id"), values) for arguments in loads]
    named = tuple(dict.fromkeys(str(id) for id in ids if id is not None))
    choosing = [values[id] for id in _outside(graph["result"], values)]
    filters = [text for name, arguments in _calls(choosing) for text in _worded(name, arguments, values)]
    unchanged = len(named) == 1 and not Chain.of(images).maps
    return Origin(named, tuple(dict.fromkeys(filters)), unchanged)


def _calls(node: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """List every function call of a graph, by name and arguments; a filter inside `not` is not what passes."""
    if isinstance(node, list):
        for member in node:
            yield from _calls(member)
    if not isinstance(node, dict):
        return
    call = node.get("functionInvocationValue")
    if call is not None:
        name = call.get("functionName", "")
        yield name, call.get("arguments", {})
        if name == "Filter.not":
            return
    for member in node.values():
        yield from _calls(member)


def _outside(result: str, values: Mapping[str, Any]) -> list[str]:
    """The ids of what is not inside of mapped functions, in their order: filters there choose none of the images."""
    found, waiting = set(), [result]
    while waiting:
        id = waiting.pop()
        if id not in found:
            found.add(id)
            waiting += _references(values[id])
    return [id for id in values if id in found]


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict) and "functionDefinitionValue" not in node:
        if "valueReference" in node:
            yield node["valueReference"]
        for member in node.values():
            yield from _references(member)
    elif isinstance(node, list):
        for member in node:
            yield from _references(member)


def _worded(name: str, arguments: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[str]:
    constants = {argument: constant(node, values) for argument, node in arguments.items()}
    if name in _COMPARISONS:
        field, value = constants.get("leftField"), constants.get("rightValue")
        if field is not None and value is not None:
            yield f"{field} {_COMPARISONS[name]} {_readable(field, value)}"
    elif name == "Filter.listContains":
        field, members = constants.get("rightField"), constants.get("leftValue")
        if field is not None and isinstance(members, list):
            shown = ", ".join(map(str, members[:5])) + (f" and {len(members) - 5} more" if len(members) > 5 else "")
            yield f"{field} is one of {shown}"
    elif name == "Filter.intersects":
        yield "footprint meets the area asked for"
    elif name == "Join.inverted":
        yield "scenes of which there is a newer one are dropped"


def _readable(field: object, value: object) -> str:
    if str(field).startswith("system:time") and isinstance(value, int | float):
        return f"{dt.datetime.fromtimestamp(value / 1000, dt.UTC):%Y-%m-%d %H:%M} UTC"
    return str(int(value) if isinstance(value, float) and value.is_integer() else value)
