"""String: text, regular expressions and JSON; and `ObjectType`, the name of what a value is."""

from __future__ import annotations

import json
from typing import Any

from gee_scl.local.algorithms.registry import algorithm
from gee_scl.local.errors import EvaluationError
from gee_scl.local.texts.java import number_text, regular_expression, replacement
from gee_scl.local.texts.lengths import check_length
from gee_scl.local.values import type_of


def text_of(value: Any, name: str) -> str:
    """A string, number or boolean as the server writes it in a string.

    Args:
        value: what to write.
        name: the algorithm, for the error.

    Raises:
        EvaluationError: it is anything else, whose text the server does not define.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value)
    raise EvaluationError(f"{name}: a value of type {type_of(value)} has no text; a string, number or boolean has.")


@algorithm("String")
def string(value: Any) -> str:
    """The value as text."""
    return text_of(value, "String")


@algorithm("ObjectType")
def object_type(value: Any) -> str:
    """The name of the value's type, without what is in it."""
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**31) <= value < 2**31:
        return "Long"
    return type_of(value).partition("<")[0]


@algorithm("String.cat")
def cat(first: str, second: str) -> str:
    """Both, one after the other."""
    check_length(len(first) + len(second), "String.cat")
    return first + second


@algorithm("String.compareTo")
def compare_to(first: str, second: str) -> int:
    """-1, 0 or 1: the order of the two."""
    return (first > second) - (first < second)


@algorithm("String.equals")
def equals(reference: str, target: Any) -> bool:
    """Whether the target is the same string."""
    return isinstance(target, str) and reference == target


@algorithm("String.index")
def index(target: str, pattern: str) -> int:
    """Where the pattern occurs first, or -1."""
    return target.find(pattern)


@algorithm("String.rindex")
def rindex(target: str, pattern: str) -> int:
    """Where the pattern occurs last, or -1."""
    return target.rfind(pattern)


@algorithm("String.length")
def length(text: str) -> int:
    """The number of characters."""
    return len(text)


@algorithm("String.slice")
def slice_(text: str, start: int, end: int | None) -> str:
    """From start up to, not including, end; negative positions count from the end."""
    return text[start:end]


@algorithm("String.toLowerCase")
def to_lower_case(text: str) -> str:
    """All characters in lower case."""
    return text.lower()


@algorithm("String.toUpperCase")
def to_upper_case(text: str) -> str:
    """All characters in upper case."""
    return text.upper()


_TRIMMED = "".join(map(chr, range(0x21)))
"""What Java's `String.trim` removes: everything up to the space."""


@algorithm("String.trim")
def trim(text: str) -> str:
    """Without whitespace at either end."""
    return text.strip(_TRIMMED)


def _flags(flags: str, allowed: str, name: str) -> str:
    unknown = set(flags) - set(allowed)
    if unknown:
        raise EvaluationError(f"{name}: Unrecognized flag '{min(unknown)}'. Allowed: {', '.join(allowed)}.")
    return flags


@algorithm("String.match")
def match(text: str, regex: str, flags: str) -> list[str | None]:
    """With `g` all matches; without it the first one and its groups; none is an empty list."""
    flags = _flags(flags, "gi", "String.match")
    pattern = regular_expression(regex, "String.match", ignore_case="i" in flags)
    if "g" in flags:
        return [occurrence[0] for occurrence in pattern.finditer(text)]
    occurrence = pattern.search(text)
    return [] if occurrence is None else [occurrence[0], *occurrence.groups()]


@algorithm("String.replace")
def replace(text: str, regex: str, new: str, flags: str) -> str:
    """The first match replaced, or with `g` every one; `$1` in the replacement is the first group."""
    flags = _flags(flags, "gi", "String.replace")
    pattern = regular_expression(regex, "String.replace", ignore_case="i" in flags)
    write = replacement(new, pattern, "String.replace")
    pieces, end, total = [], 0, len(text)
    for occurrence in pattern.finditer(text):
        pieces += [text[end : occurrence.start()], write(occurrence)]
        total += len(pieces[-1])
        check_length(total, "String.replace")
        end = occurrence.end()
        if "g" not in flags:
            break
    return "".join([*pieces, text[end:]])


@algorithm("String.split")
def split(text: str, regex: str, flags: str) -> list[str]:
    """What is between the matches, as Java splits: no empty strings at the end, nor before an empty first match."""
    flags = _flags(flags, "i", "String.split")
    pieces, end = [], 0
    for occurrence in regular_expression(regex, "String.split", ignore_case="i" in flags).finditer(text):
        if occurrence.end() > 0:
            pieces.append(text[end : occurrence.start()])
            end = occurrence.end()
    if not pieces:
        return [text]
    pieces.append(text[end:])
    while pieces and not pieces[-1]:
        pieces.pop()
    return pieces


@algorithm("String.decodeJSON")
def decode_json(text: str) -> Any:
    """The value that JSON text says."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise EvaluationError(f"String.decodeJSON: Invalid JSON: {error}.") from None


@algorithm("String.encodeJSON")
def encode_json(value: Any) -> str:
    """The value as JSON text without spaces, keys in order."""
    # A list that holds a list twice, forty times over, is a small expression and an endless text.
    encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=_not_json)
    pieces, total = [], 0
    for piece in encoder.iterencode(value):
        total += len(piece)
        check_length(total, "String.encodeJSON")
        pieces.append(piece)
    return "".join(pieces)


def _not_json(value: Any) -> Any:
    raise EvaluationError(f"String.encodeJSON: a value of type {type_of(value)} cannot be written as JSON.")
