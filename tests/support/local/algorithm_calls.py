"""Calling one algorithm of the local engine by its Earth Engine name, as an expression would."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gee_scl.local import graph
from gee_scl.local.context import Context
from gee_scl.local.errors import NotFoundError
from gee_scl.local.values import Element


@dataclass(frozen=True)
class Node:
    """A node of an expression graph, and the bodies of the functions in it."""

    content: dict[str, Any]
    bodies: dict[str, Any] = field(default_factory=dict)


def invoke(name: str, /, **arguments: Any) -> Node:
    """The node of a call; what is not a node is a constant."""
    nodes = {k: v if isinstance(v, Node) else Node({"constantValue": v}) for k, v in arguments.items()}
    content = {"functionName": name, "arguments": {k: n.content for k, n in nodes.items()}}
    return Node({"functionInvocationValue": content}, {k: body for n in nodes.values() for k, body in n.bodies.items()})


def argument(name: str) -> Node:
    """The node of a function's argument."""
    return Node({"argumentReference": name})


def function(*names: str, body: Node) -> Node:
    """The node of a function of these arguments, which must have different names in every function of a test."""
    key = "body of " + ",".join(names)
    definition = {"functionDefinitionValue": {"argumentNames": list(names), "body": key}}
    return Node(definition, {**body.bodies, key: body.content})


def call(name: str, /, **arguments: Any) -> Any:
    """The value of a call."""
    node = invoke(name, **arguments)
    return graph.evaluate({"result": "0", "values": {"0": node.content, **node.bodies}}, Context(assets=_NoAssets()))


class _NoAssets:
    def load(self, asset_id: str) -> Element:
        raise NotFoundError(asset_id)
