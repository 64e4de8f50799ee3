"""What the body of a function tells of its value before it is evaluated: the type, and the properties that it keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from gee_scl.local.signatures import signatures
from gee_scl.local.values import FOOTPRINT


class Node(Protocol):
    """A node of a parsed expression."""

    @property
    def form(self) -> str:
        """What kind of node it is."""

    @property
    def content(self) -> Any:
        """What the form says."""


_KEEP_ALL = frozenset(
    [
        "Image.select",
        "Image.slice",
        "Image.rename",
        "Image.regexpRename",
        "Image.addBands",
        "Image.mask",
        "Image.updateMask",
        "Image.selfMask",
        "Image.where",
        "Image.cast",
    ]
)
"""Algorithms whose value has all the properties of their first argument."""

_KEEP_ALL_BUT_FOOTPRINT = frozenset(["Image.clip", "Image.unmask"])


THE_ARGUMENTS = "argument"
"""The type of a value that has the type of the function's argument."""


def result_type(nodes: Mapping[str, Node], body: str, argument: str) -> str | None:
    """Earth Engine's name of the type of a function's value, without parameters; None where only the value tells.

    Args:
        nodes: of the graph, by id.
        body: the id of the function's body.
        argument: the name of the argument, whose type the value may have.
    """
    node = _target(nodes, nodes[body])
    while node.form == "call":
        name, arguments = node.content
        if name not in ("Element.set", "Element.setMulti"):
            signature = signatures().get(name)
            return None if signature is None else signature.returns.partition("<")[0]
        node = _target(nodes, arguments.get("object"))
    return THE_ARGUMENTS if _is_argument(node, argument) else None


def keeps(nodes: Mapping[str, Node], body: str, argument: str, selector: str) -> bool:
    """Whether the value of a function surely has the same property as its argument.

    Args:
        nodes: of the graph, by id.
        body: the id of the function's body.
        argument: the name of the argument.
        selector: the name of the property.
    """
    node = _target(nodes, nodes[body])
    while node.form == "call":
        name, arguments = node.content
        if name == "Element.set":
            key = _target(nodes, arguments.get("key"))
            if key.form != "constant" or key.content == selector:
                return False
            node = _target(nodes, arguments.get("object"))
        elif name == "Element.setMulti":
            if not _leaves(_target(nodes, arguments.get("properties")), selector):
                return False
            node = _target(nodes, arguments.get("object"))
        elif name in _KEEP_ALL or (name in _KEEP_ALL_BUT_FOOTPRINT and selector != FOOTPRINT):
            node = _target(nodes, arguments.get(signatures()[name].arguments[0].name))
        else:
            return False
    return _is_argument(node, argument)


def _is_argument(node: Node, argument: str) -> bool:
    return bool(node.form == "argumentReference" and node.content == argument)


def _leaves(properties: Node, selector: str) -> bool:
    """Whether a dictionary that is to be set leaves a property as it is."""
    known: Any = properties.content if properties.form in ("dictionaryValue", "constant") else None
    return isinstance(known, Mapping) and selector not in known


def _target(nodes: Mapping[str, Node], node: Node | None) -> Node:
    """What a node stands for, through references."""
    while node is not None and node.form == "valueReference":
        node = nodes[node.content]
    return node if node is not None else _NOTHING


class _Nothing:
    """An argument that is not given."""

    form, content = "nothing", None


_NOTHING: Any = _Nothing()
