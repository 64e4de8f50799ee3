"""Arithmetic on images as text, parsed by recursive descent into a function of images."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.bands import rename, select
from gee_scl.local.raster.image import Image, Pixels, both
from gee_scl.local.raster.operators import BINARY, NEGATE, UNARY, binary, mapped, matched, unary
from gee_scl.local.raster.pixels import choose
from gee_scl.local.values import Function, type_of

Scope: TypeAlias = Mapping[str, Image]
Term: TypeAlias = Callable[[Scope], Image]


def parse_expression(expression: str, default: str, variables: Sequence[str], map_free: bool) -> Function:
    """The function of images that an expression is."""
    parser = _Parser(expression, default, frozenset(variables), map_free)
    term = parser.parse()

    def call(*images: Any) -> Image:
        return term({name: _image(value, name) for name, value in zip(variables, images, strict=True)})

    return Function(tuple(variables), call)


def _image(value: Any, name: str) -> Image:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Image.constant(value)
    if not isinstance(value, Image):
        raise EvaluationError(f"Image.parseExpression: The variable '{name}' must be an image, not {type_of(value)}.")
    return value


# From the loosest to the tightest, as in C; each level groups to the left.
_LEVELS: tuple[Mapping[str, str], ...] = (
    {"||": "Image.or"},
    {"&&": "Image.and"},
    {"|": "Image.bitwiseOr"},
    {"^": "Image.bitwiseXor"},
    {"&": "Image.bitwiseAnd"},
    {"==": "Image.eq", "!=": "Image.neq"},
    {"<": "Image.lt", "<=": "Image.lte", ">": "Image.gt", ">=": "Image.gte"},
    {"<<": "Image.leftShift", ">>": "Image.rightShift"},
    {"+": "Image.add", "-": "Image.subtract"},
    {"*": "Image.multiply", "/": "Image.divide", "%": "Image.mod"},
)
_PREFIXES = ("-", "+", "!", "~")

_TOKEN = re.compile(
    r"\s*(?:(?P<number>0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
    r"|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<text>\"[^\"]*\"|'[^']*')"
    r"|(?P<sign>\*\*|\|\||&&|==|!=|<=|>=|<<|>>|[-+*/%<>&|^!~?:=().,\[\]]))"
)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    place: int


def _tokens(text: str) -> list[_Token]:
    tokens, place = [], 0
    end = len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise EvaluationError(f"Image.parseExpression: Unexpected '{text[place:].lstrip()[:20]}' in '{text:.200}'.")
        tokens.append(_Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
        place = match.end()
    return [*tokens, _Token("end", "", end)]


class _Parser:
    def __init__(self, text: str, default: str, variables: frozenset[str], map_free: bool) -> None:
        self._text, self._default, self._variables, self._map_free = text, default, variables, map_free
        self._tokens = _tokens(text)
        self._next = 0

    def parse(self) -> Term:
        """assignment: [name "="] choice."""
        name = None
        if self._tokens[0].kind == "name" and self._tokens[min(1, len(self._tokens) - 1)].text == "=":
            name = self._tokens[0].text
            self._next = 2
        term = self._choice()
        if self._peek().kind != "end":
            raise self._unexpected()
        return term if name is None else _named(term, name)

    def _choice(self) -> Term:
        """choice: level-0 ["?" choice ":" choice]."""
        condition = self._level(0)
        if not self._take("?"):
            return condition
        yes = self._choice()
        self._expect(":")
        no = self._choice()
        return lambda scope: _choose(condition(scope), yes(scope), no(scope))

    def _level(self, depth: int) -> Term:
        if depth == len(_LEVELS):
            return self._prefixed()
        left = self._level(depth + 1)
        while self._peek().kind == "sign" and self._peek().text in _LEVELS[depth]:
            name = _LEVELS[depth][self._advance().text]
            left = _two(name, left, self._level(depth + 1))
        return left

    def _prefixed(self) -> Term:
        """prefixed: ("-" | "+" | "!" | "~") prefixed | power."""
        if self._peek().kind != "sign" or self._peek().text not in _PREFIXES:
            return self._power()
        sign = self._advance().text
        bare = self._peek().text not in _PREFIXES
        start = self._next
        operand = self._prefixed()
        if bare and any(t.text == "**" for t in self._outermost(start)):
            # JavaScript refuses it too: the sign could belong to the base or to the power.
            raise self._error(f"'{sign}' before a power needs parentheses around one of both")
        return {
            "-": lambda scope: mapped(NEGATE, operand(scope)),
            "+": operand,
            "!": lambda scope: unary("Image.not", operand(scope)),
            "~": lambda scope: unary("Image.bitwiseNot", operand(scope)),
        }[sign]

    def _outermost(self, start: int) -> list[_Token]:
        """The tokens since a place that are in no brackets."""
        depth, outside = 0, []
        for token in self._tokens[start : self._next]:
            depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
            if not depth:
                outside.append(token)
        return outside

    def _power(self) -> Term:
        """power: postfixed ["**" prefixed], grouped to the right."""
        base = self._postfixed()
        if not self._take("**"):
            return base
        return _two("Image.pow", base, self._prefixed())

    def _postfixed(self) -> Term:
        """postfixed: primary {"." name | "[" selectors "]"}."""
        term = self._primary()
        while True:
            if self._take("."):
                if self._peek().kind != "name":
                    raise self._unexpected()
                term = _selected(term, [self._advance().text])
            elif self._take("["):
                term = _selected(term, self._selectors("]"))
            else:
                return term

    def _primary(self) -> Term:
        if self._take("("):
            term = self._choice()
            self._expect(")")
            return term
        if self._peek().kind not in ("number", "name"):
            raise self._unexpected()
        token = self._advance()
        if token.kind == "number":
            return _number(token.text)
        return self._call(token.text) if self._take("(") else self._variable(token.text)

    def _variable(self, name: str) -> Term:
        if name in self._variables:
            return lambda scope: scope[name]
        if self._map_free:
            return _selected(self._variable(self._default), [name])
        raise self._error(f"the variable '{name}' is not among {sorted(self._variables)}")

    def _call(self, name: str) -> Term:
        if name == "b":
            if self._default not in self._variables:
                raise self._error(f"b() needs the variable '{self._default}'")
            selectors = self._selectors(")")
            default = self._variable(self._default)
            return _selected(default, selectors) if selectors else default
        arguments = self._arguments()
        function = f"Image.{name}"
        if function in UNARY and len(arguments) == 1:
            (only,) = arguments
            return lambda scope: unary(function, only(scope))
        if function in BINARY and len(arguments) == 2:
            return _two(function, *arguments)
        if name in ("min", "max") and len(arguments) > 2:
            left, *rest = arguments
            for right in rest:
                left = _two(function, left, right)
            return left
        raise self._error(f"there is no function '{name}' of {len(arguments)} arguments")

    def _arguments(self) -> list[Term]:
        if self._take(")"):
            return []
        arguments = [self._choice()]
        while self._take(","):
            arguments.append(self._choice())
        self._expect(")")
        return arguments

    def _selectors(self, closing: str) -> list[Any]:
        """Names and indices of bands, up to the closing bracket."""
        selectors: list[Any] = []
        while not self._take(closing):
            if selectors:
                self._expect(",")
            token = self._peek()
            if token.kind == "text":
                selectors.append(token.text[1:-1])
            elif token.kind == "number" and token.text.isdigit():
                selectors.append(int(token.text))
            else:
                raise self._unexpected()
            self._advance()
        return selectors

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _advance(self) -> _Token:
        """The next token, which must not be the end."""
        self._next += 1
        return self._tokens[self._next - 1]

    def _take(self, sign: str) -> bool:
        there = self._peek().kind == "sign" and self._peek().text == sign
        if there:
            self._advance()
        return there

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise self._unexpected(f", expected '{sign}'")

    def _unexpected(self, more: str = "") -> EvaluationError:
        token = self._peek()
        what = f"'{token.text}'" if token.kind != "end" else "end"
        return self._error(f"unexpected {what} at position {token.place}{more}")

    def _error(self, what: str) -> EvaluationError:
        return EvaluationError(f"Image.parseExpression: Could not parse '{self._text:.200}': {what}.")


def _number(text: str) -> Term:
    hexadecimal = text[:2] in ("0x", "0X")
    value = int(text, 16) if hexadecimal else int(text) if text.isdigit() else float(text)
    image = Image.constant(value if abs(value) < 2**63 else float(value))
    return lambda _: image


def _two(name: str, left: Term, right: Term) -> Term:
    return lambda scope: binary(name, left(scope), right(scope))


def _selected(term: Term, selectors: list[Any]) -> Term:
    return lambda scope: select(term(scope), selectors, None)


def _named(term: Term, name: str) -> Term:
    return lambda scope: rename(term(scope), [name])


def _choose(condition: Image, yes: Image, no: Image) -> Image:
    """At each pixel one of two images; masked where the condition is, or the chosen one."""
    pairs = {name: (first, second) for first, second, name in matched("Image.parseExpression", yes, no)}
    both_bands = Image(bands=tuple(first.renamed(name) for name, (first, _) in pairs.items()))
    bands = []
    for test, named, name in matched("Image.parseExpression", condition, both_bands):
        first, second = pairs[named.name]
        kind = first.type.union(second.type)
        band = first.over(_chosen, second.source, test.source, type=kind)
        bands.append(band.renamed(name if len(condition.bands) > len(pairs) else named.name))
    return Image.computed(bands)


def _chosen(yes: Pixels, no: Pixels, test: Pixels) -> Pixels:
    holds = test.values != 0
    mask = np.where(holds, yes.mask, no.mask)
    return Pixels(choose(holds, yes.values, no.values), both(test.mask, mask))
