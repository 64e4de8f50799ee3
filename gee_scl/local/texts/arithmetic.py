"""Arithmetic written as text, such as `(nir - red) / (nir + red)`: a parser, and an evaluator of any operands."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from gee_scl.local.errors import EvaluationError


@dataclass(frozen=True)
class Literal:
    """A number or a quoted text of the expression."""

    value: int | float | str


@dataclass(frozen=True)
class Name:
    """A variable, or with dots a member of one."""

    path: tuple[str, ...]


@dataclass(frozen=True)
class Call:
    """A function of other expressions; an operator is the function that Earth Engine has for it."""

    function: str
    arguments: tuple[Tree, ...]


@dataclass(frozen=True)
class Conditional:
    """`test ? yes : no`."""

    test: Tree
    yes: Tree
    no: Tree


Tree = Literal | Name | Call | Conditional

# operator -> (how tightly it binds, Earth Engine's function); the precedence is JavaScript's.
_BINARY = {
    "||": (1, "or"),
    "&&": (2, "and"),
    "==": (3, "eq"),
    "!=": (3, "neq"),
    "<": (4, "lt"),
    "<=": (4, "lte"),
    ">": (4, "gt"),
    ">=": (4, "gte"),
    "+": (5, "add"),
    "-": (5, "subtract"),
    "*": (6, "multiply"),
    "/": (6, "divide"),
    "%": (6, "mod"),
    "**": (8, "pow"),
}
_PREFIX_BINDS = 7  # tighter than a product, looser than a power: -x ** 2 is -(x ** 2)

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    |(?P<name>[A-Za-z_$][\w$]*)
    |(?P<text>"[^"]*"|'[^']*')
    |(?P<symbol>\*\*|\|\||&&|[<>=!]=|[-+*/%<>!?:().,])
    )""",
    re.VERBOSE | re.ASCII,
)


def parse(expression: str, algorithm: str) -> Tree:
    """The tree of an expression.

    It may use numbers, names, members (`a.b`), calls, `+ - * / % **`, comparisons, `&& || !`, `? :` and parentheses.

    Args:
        expression: the text.
        algorithm: for the error.

    Raises:
        EvaluationError: the text is no such expression.
    """
    return _Parser(expression, algorithm).tree()


def evaluate(
    tree: Tree,
    lookup: Callable[[tuple[str, ...]], Any],
    call: Callable[[str, Sequence[Any]], Any],
    choose: Callable[[Any, Callable[[], Any], Callable[[], Any]], Any],
) -> Any:
    """The value of a tree.

    Args:
        tree: what `parse` has returned.
        lookup: the value of a name.
        call: the value of a function for its arguments.
        choose: the value of `test ? yes : no`; the branches are evaluated when they are called.
    """

    def value(node: Tree) -> Any:
        match node:
            case Literal():
                return node.value
            case Name():
                return lookup(node.path)
            case Call():
                return call(node.function, [value(argument) for argument in node.arguments])
            case Conditional():
                return choose(value(node.test), lambda: value(node.yes), lambda: value(node.no))

    return value(tree)


class _Parser:
    def __init__(self, text: str, algorithm: str) -> None:
        self._algorithm = algorithm
        self._text = text
        self._tokens = self._split()
        self._next = 0

    def tree(self) -> Tree:
        tree = self._conditional()
        if self._kind():
            self._refuse()
        return tree

    def _split(self) -> list[tuple[str, str]]:
        tokens, position = [], 0
        while position < len(self._text.rstrip()):
            token = _TOKEN.match(self._text, position)
            if token is None or token.lastgroup is None:
                raise EvaluationError(
                    f"{self._algorithm}: cannot read '{self._text[position:]:.40}' in the expression."
                )
            tokens.append((token.lastgroup, token[token.lastgroup]))
            position = token.end()
        return tokens

    def _kind(self) -> str:
        return self._tokens[self._next][0] if self._next < len(self._tokens) else ""

    def _peek(self) -> str:
        return self._tokens[self._next][1] if self._kind() == "symbol" else ""

    def _take(self) -> str:
        if not self._kind():
            self._refuse()
        self._next += 1
        return self._tokens[self._next - 1][1]

    def _expect(self, symbol: str) -> None:
        if self._peek() != symbol:
            self._refuse()
        self._next += 1

    def _refuse(self) -> NoReturn:
        rest = self._tokens[self._next][1] if self._kind() else "its end"
        raise EvaluationError(f"{self._algorithm}: unexpected {rest!r} in the expression '{self._text:.200}'.")

    def _conditional(self) -> Tree:
        test = self._binary(0)
        if self._peek() != "?":
            return test
        self._take()
        yes = self._conditional()
        self._expect(":")
        return Conditional(test, yes, self._conditional())

    def _binary(self, weakest: int) -> Tree:
        left = self._prefix()
        while True:
            binds, function = _BINARY.get(self._peek(), (-1, ""))
            if binds < weakest or not function:
                return left
            self._take()
            # A power groups from the right, everything else from the left.
            left = Call(function, (left, self._binary(binds if function == "pow" else binds + 1)))

    def _prefix(self) -> Tree:
        match self._peek():
            case "-":
                self._take()
                return Call("subtract", (Literal(0), self._binary(_PREFIX_BINDS)))
            case "+":
                self._take()
                return self._binary(_PREFIX_BINDS)
            case "!":
                self._take()
                return Call("not", (self._binary(_PREFIX_BINDS),))
        return self._atom()

    def _atom(self) -> Tree:
        kind, text = self._kind(), self._take()
        if kind == "number":
            return Literal(int(text) if text.isdecimal() and len(text) < 19 else float(text))
        if kind == "text":
            return Literal(text[1:-1])
        if text == "(":
            inside = self._conditional()
            self._expect(")")
            return inside
        if kind != "name":
            self._next -= 1
            self._refuse()
        if self._peek() == "(":
            return Call(text, self._arguments())
        path = [text]
        while self._peek() == ".":
            self._take()
            if self._kind() != "name":
                self._refuse()
            path.append(self._take())
        return Name(tuple(path))

    def _arguments(self) -> tuple[Tree, ...]:
        self._expect("(")
        arguments: list[Tree] = []
        while self._peek() != ")":
            if arguments:
                self._expect(",")
            arguments.append(self._conditional())
        self._take()
        return tuple(arguments)
