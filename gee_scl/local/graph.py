"""Expression graphs: from the JSON that a client posts to the value that it asks for."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from gee_scl.local.algorithms import registry
from gee_scl.local.algorithms.bodies import keeps, result_type
from gee_scl.local.context import Context
from gee_scl.local.errors import EvaluationError
from gee_scl.local.values import Function

TOO_DEEP = "The expression is nested too deeply to be evaluated."

_MAX_LONG = 2**63 - 1
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
_MAX_DOUBLE = int(sys.float_info.max)

# The forms of a node (https://developers.google.com/earth-engine/reference/rest/v1/Expression#valuenode).
_CONSTANTS = ("constantValue", "integerValue", "bytesValue")


def evaluate(expression: object, context: Context) -> Any:
    """The value of an expression.

    Args:
        expression: `{"result": id, "values": {id: node, ...}}`, as the REST API takes it.
        context: the request's assets and limits.

    Raises:
        EvaluationError: the graph is malformed, cyclic or too deep, or an algorithm refuses its arguments.
    """
    try:
        return _Evaluator(Graph.parse(expression), context).result()
    except RecursionError:
        raise EvaluationError(TOO_DEEP) from None


@dataclass(frozen=True)
class Node:
    """One node: its form, its content, and the function arguments that it depends on."""

    form: str
    content: Any
    free: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Graph:
    """A parsed expression: every reachable node by its id."""

    result: str
    nodes: Mapping[str, Node]

    @classmethod
    def parse(cls, expression: object) -> Graph:
        """Check the form of an expression, and find what each node depends on."""
        if not isinstance(expression, Mapping):
            raise EvaluationError("Invalid JSON payload: 'expression' must be an object.")
        values, result = expression.get("values"), expression.get("result")
        if not isinstance(values, Mapping) or not isinstance(result, str):
            raise EvaluationError("Invalid expression: it needs 'result', a string, and 'values', an object.")
        parser = _Parser(values)
        parser.value(result)
        return cls(result, parser.done)


@dataclass
class _Parser:
    values: Mapping[str, Any]
    done: dict[str, Node] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)

    def value(self, key: object) -> Node:
        if not isinstance(key, str) or key not in self.values:
            raise EvaluationError(f"Invalid expression: it refers to the value {key!r}, which it does not have.")
        if key not in self.done:
            if key in self.open:
                raise EvaluationError(f"Invalid expression: the value {key!r} depends on itself.")
            self.open.add(key)
            self.done[key] = self.node(self.values[key])
            self.open.discard(key)
        return self.done[key]

    def node(self, raw: object) -> Node:
        if not isinstance(raw, Mapping) or len(raw) != 1:
            raise EvaluationError(f"Invalid expression: a value must have exactly one form, not {_listed(raw)}.")
        ((form, content),) = raw.items()
        if form in _CONSTANTS:
            return Node("constant", _whole(content) if form == "integerValue" else _plain(content))
        match form:
            case "valueReference":
                return Node(form, content, self.value(content).free)
            case "argumentReference":
                return Node(form, str(content), frozenset([str(content)]))
            case "arrayValue":
                items = tuple(self.node(v) for v in _member(content, "values", list, []))
                return Node(form, items, _free(items))
            case "dictionaryValue":
                entries = {k: self.node(v) for k, v in _member(content, "values", dict, {}).items()}
                return Node(form, entries, _free(entries.values()))
            case "functionDefinitionValue":
                names = tuple(map(str, _member(content, "argumentNames", list, [])))
                body = content.get("body")
                return Node(form, (names, body), self.value(body).free - set(names))
            case "functionInvocationValue":
                return self.invocation(content)
        raise EvaluationError(f"Invalid expression: there is no value of the form {form!r}.")

    def invocation(self, content: object) -> Node:
        if not isinstance(content, Mapping):
            raise EvaluationError(
                f"Invalid expression: a function invocation must be an object, not {_listed(content)}."
            )
        arguments = {k: self.node(v) for k, v in _member(content, "arguments", dict, {}).items()}
        free = _free(arguments.values())
        if "functionName" in content:
            return Node("call", (str(content["functionName"]), arguments), free)
        reference = content.get("functionReference")
        return Node("callReference", (reference, arguments), free | self.value(reference).free)


def _member(content: object, key: str, kind: type, default: Any) -> Any:
    member = content.get(key, default) if isinstance(content, Mapping) else None
    if not isinstance(member, kind):
        raise EvaluationError(f"Invalid expression: {key!r} must be {kind.__name__}, in {_listed(content)}.")
    return member


def _listed(raw: object) -> str:
    return f"{sorted(map(str, raw))}" if isinstance(raw, Mapping) else f"{raw!r:.80}"


def _whole(content: object) -> int:
    if not (isinstance(content, str | int) and _WHOLE.fullmatch(str(content))):
        raise EvaluationError(f"Invalid expression: {content!r:.80} is no integer of 64 bits.")
    return int(content)


def _plain(content: Any) -> Any:
    """A constant as the server has it: JSON's numbers are doubles there, so that 10.0 and 10 are one number."""
    if isinstance(content, list):
        # Outlines have a hundred thousand numbers: those that stay as they are cost no call.
        return [item if type(item) is float and not item.is_integer() else _plain(item) for item in content]
    if isinstance(content, dict):
        return {key: _plain(item) for key, item in content.items()}
    if isinstance(content, float) and content.is_integer() and abs(content) <= _MAX_LONG:
        return int(content)
    if isinstance(content, int) and not isinstance(content, bool) and abs(content) > _MAX_LONG:
        return float(content) if abs(content) < _MAX_DOUBLE else math.copysign(math.inf, content)
    return content


def _free(nodes: Any) -> frozenset[str]:
    return frozenset().union(*(n.free for n in nodes))


@dataclass
class _Frame:
    """The arguments of one call of a function, and the values that depend on them: by their ids, or by their nodes'."""

    bound: Mapping[str, Any]
    outer: _Frame | None = None
    known: dict[str | int, Any] = field(default_factory=dict)

    def binding(self, free: frozenset[str]) -> _Frame:
        """The innermost frame that binds one of these arguments: where what depends on them is kept."""
        frame = self
        while frame.outer is not None and free.isdisjoint(frame.bound):
            frame = frame.outer
        return frame

    def lookup(self, name: str) -> Any:
        frame: _Frame | None = self
        while frame is not None:
            if name in frame.bound:
                return frame.bound[name]
            frame = frame.outer
        raise EvaluationError(f"Invalid expression: the argument {name!r} is used outside its function.")


class _Evaluator:
    """Values of a graph's nodes; each is worked out once per frame that it depends on."""

    def __init__(self, graph: Graph, context: Context) -> None:
        self._graph, self._context = graph, context
        self._calls: dict[int, tuple[list[Node], registry.Call]] = {}
        """By the node: the arguments that are worked out for each call, and what takes them."""

    def result(self) -> Any:
        return self._shared(self._graph.result, _Frame({}))

    def _shared(self, key: str, frame: _Frame) -> Any:
        node = self._graph.nodes[key]
        home = frame.binding(node.free)
        if key not in home.known:
            home.known[key] = self._value(node, frame)
        return home.known[key]

    def _value(self, node: Node, frame: _Frame) -> Any:
        match node.form:
            case "constant":
                return node.content
            case "valueReference":
                return self._shared(node.content, frame)
            case "argumentReference":
                return frame.lookup(node.content)
            case "arrayValue":
                return [self._value(n, frame) for n in node.content]
            case "dictionaryValue":
                return {k: self._value(n, frame) for k, n in node.content.items()}
            case "functionDefinitionValue":
                return self._function(node, frame)
            case "call":
                return self._called(node, frame)
            case _:
                return self._call_reference(node, frame)

    def _function(self, node: Node, frame: _Frame) -> Function:
        names, body = node.content

        def call(*values: Any) -> Any:
            self._context.check_time()
            return self._shared(body, _Frame(dict(zip(names, values, strict=False)), frame))

        nodes = self._graph.nodes
        if not names:
            return Function(names, call)
        return Function(names, call, result_type(nodes, body, names[0]), partial(keeps, nodes, body, names[0]))

    def _called(self, node: Node, frame: _Frame) -> Any:
        """A call's value, kept where it is the same for all calls of the function that it is written in.

        Clients give an id only to what is used twice: the regions of a map over images are written in its function.
        """
        home = frame.binding(node.free)
        if home is frame:
            return self._call(node, frame)
        if id(node) not in home.known:
            home.known[id(node)] = self._call(node, home)
        return home.known[id(node)]

    def _call(self, node: Node, frame: _Frame) -> Any:
        name, arguments = node.content
        if name == "If":
            return self._if(arguments, frame)
        self._context.check_time()
        if id(node) in self._calls:
            changing, call = self._calls[id(node)]
            return call([self._value(n, frame) for n in changing])
        later = {k: n for k, n in arguments.items() if n.form != "constant"}
        values = [self._value(n, frame) for n in later.values()]
        known = {k: n.content for k, n in arguments.items() if n.form == "constant"}
        call = registry.prepared(name, known, tuple(later), self._context)
        self._calls[id(node)] = list(later.values()), call
        return call(values)

    def _if(self, arguments: Mapping[str, Node], frame: _Frame) -> Any:
        """`If` is the one algorithm that must not evaluate all its arguments: recursion ends by it."""
        condition = arguments.get("condition")
        holds = condition is not None and registry.is_true(self._value(condition, frame))
        case = arguments.get("trueCase" if holds else "falseCase")
        return None if case is None else self._value(case, frame)

    def _call_reference(self, node: Node, frame: _Frame) -> Any:
        reference, arguments = node.content
        function = self._shared(reference, frame)
        if not isinstance(function, Function):
            raise EvaluationError("Invalid expression: a functionReference does not lead to a function.")
        missing = [n for n in function.names if n not in arguments]
        if missing:
            raise EvaluationError(f"Invalid expression: the function needs the arguments {missing}.")
        return function(*(self._value(arguments[n], frame) for n in function.names))
