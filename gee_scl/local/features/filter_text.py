"""Filters written as text, such as `cloud < 20 && not (tile == "29UNU")`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from gee_scl.local.errors import EvaluationError
from gee_scl.local.features.filters import Filter, Not, Operands, all_of, any_of, compare

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)
      | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<symbol>&&|\|\||[<>=!]=|[<>!()\[\],])
      | (?P<name>[A-Za-z_.][\w.:]*)
    )""",
    re.VERBOSE,
)
_COMPARISONS = {
    "==": "Filter.eq",
    "!=": "Filter.neq",
    "<": "Filter.lt",
    "<=": "Filter.lte",
    ">": "Filter.gt",
    ">=": "Filter.gte",
    "in": "Filter.inList",
}
_OR, _AND, _NOT = ("||", "or"), ("&&", "and"), ("!", "not")


def parse_filter(text: str) -> Filter:
    """The filter that a text describes.

    Args:
        text: properties, numbers and quoted strings, joined by > >= < <= == != in, && || ! and or not, and brackets.

    Raises:
        EvaluationError: the text is not of that form.
    """
    parser = _Parser(text, _tokens(text))
    condition = parser.alternatives()
    if parser.position < len(parser.tokens):
        raise parser.error()
    return condition


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


def _tokens(text: str) -> list[_Token]:
    tokens, position, end = [], 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise EvaluationError(
                f"Invalid filter expression: unexpected {text[position:].lstrip()[:20]!r} in {text!r:.200}."
            )
        tokens.append(_Token(match.lastgroup, match[match.lastgroup]))
        position = match.end()
    return tokens


@dataclass
class _Parser:
    text: str
    tokens: Sequence[_Token]
    position: int = 0

    def error(self) -> EvaluationError:
        rest = self.tokens[self.position].text if self.position < len(self.tokens) else "the end"
        return EvaluationError(f"Invalid filter expression: unexpected {rest!r} in {self.text!r:.200}.")

    def take(self, words: Sequence[str]) -> str | None:
        if self.position < len(self.tokens):
            token = self.tokens[self.position]
            if token.kind != "string" and token.text.lower() in words:
                self.position += 1
                return token.text.lower()
        return None

    def need(self, words: Sequence[str]) -> str:
        word = self.take(words)
        if word is None:
            raise self.error()
        return word

    def alternatives(self) -> Filter:
        return self.chain(_OR, any_of, self.conjunction)

    def conjunction(self) -> Filter:
        return self.chain(_AND, all_of, self.negation)

    def chain(
        self, words: Sequence[str], join: Callable[[Sequence[Filter]], Filter], part: Callable[[], Filter]
    ) -> Filter:
        parts = [part()]
        while self.take(words):
            parts.append(part())
        return parts[0] if len(parts) == 1 else join(parts)

    def negation(self) -> Filter:
        if self.take(_NOT):
            return Not(self.negation())
        if self.take("("):
            inner = self.alternatives()
            self.need(")")
            return inner
        return self.comparison()

    def comparison(self) -> Filter:
        left_field, left_value = self.operand()
        word = self.need(tuple(_COMPARISONS))
        right_field, right_value = (None, self.list()) if word == "in" else self.operand()
        return compare(_COMPARISONS[word], Operands(left_field, right_value, right_field, left_value))

    def operand(self) -> tuple[str | None, Any]:
        """A property's name and no value, or no name and a value."""
        if self.position >= len(self.tokens):
            raise self.error()
        token = self.tokens[self.position]
        if token.kind == "symbol":
            raise self.error()
        self.position += 1
        match token.kind:
            case "number":
                return None, float(token.text) if re.search(r"[.eE]", token.text) else int(token.text)
            case "string":
                return None, re.sub(r"\\(.)", r"\1", token.text[1:-1])
        return token.text, None

    def list(self) -> list[Any]:
        closing = {"(": ")", "[": "]"}[self.need(("(", "["))]
        items = [self.literal()]
        while self.take((",",)):
            items.append(self.literal())
        self.need((closing,))
        return items

    def literal(self) -> object:
        name, value = self.operand()
        if name is not None:
            self.position -= 1
            raise self.error()
        return value
