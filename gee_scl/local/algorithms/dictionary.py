"""Dictionary: values by their keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gee_scl.local.algorithms.registry import algorithm
from gee_scl.local.algorithms.types import coerce
from gee_scl.local.errors import EvaluationError
from gee_scl.local.texts.java import regular_expression
from gee_scl.local.values import Function, type_of

Entries = dict[str, Any]


@algorithm("Dictionary")
def dictionary(value: Any) -> Entries:
    """A dictionary, or one made of a list of alternating keys and values; of nothing, an empty one."""
    if value is None:
        return {}
    if isinstance(value, dict):
        return value
    if not isinstance(value, list):
        raise EvaluationError(f"Dictionary: a dictionary or a list of keys and values is needed, not {type_of(value)}.")
    if len(value) % 2:
        raise EvaluationError(f"Dictionary: a list of keys and values must have even length, not {len(value)}.")
    return _paired([coerce(key, "String", "Dictionary", "input") for key in value[::2]], value[1::2])


@algorithm("Dictionary.fromLists")
def from_lists(keys: list[str], values: list[Any]) -> Entries:
    """The dictionary of these keys with these values."""
    if len(keys) != len(values):
        raise EvaluationError(
            f"Dictionary.fromLists: 'keys' and 'values' must have the same length, not {len(keys)} and {len(values)}."
        )
    return _paired(keys, values)


def _paired(keys: Sequence[str], values: Sequence[Any]) -> Entries:
    return dict(zip(keys, values, strict=True))


def _value(entries: Entries, key: str, name: str) -> Any:
    if key not in entries:
        raise EvaluationError(f"{name}: Dictionary does not contain key: '{key}'.")
    return entries[key]


@algorithm("Dictionary.get")
def get(entries: Entries, key: str, default: Any) -> Any:
    """The value of a key; where it is absent the default, unless that is null."""
    return default if default is not None and key not in entries else _value(entries, key, "Dictionary.get")


def _typed_get(name: str, kind: str) -> Callable[[Entries, str], Any]:
    def get_typed(entries: Entries, key: str) -> Any:
        value = _value(entries, key, name)
        if value is None:
            raise EvaluationError(f"{name}: the value of '{key}' is null, not of the type {kind}.")
        return coerce(value, kind, name, key)

    return get_typed


algorithm("Dictionary.getGeometry")(_typed_get("Dictionary.getGeometry", "Geometry"))
algorithm("Dictionary.getNumber")(_typed_get("Dictionary.getNumber", "Number"))
algorithm("Dictionary.getString")(_typed_get("Dictionary.getString", "String"))


@algorithm("Dictionary.contains")
def contains(entries: Entries, key: str) -> bool:
    """Whether there is such a key."""
    return key in entries


@algorithm("Dictionary.size")
def size(entries: Entries) -> int:
    """The number of keys."""
    return len(entries)


@algorithm("Dictionary.keys")
def keys(entries: Entries) -> list[str]:
    """The keys in their natural order: B1, B10, B2."""
    return sorted(entries)


@algorithm("Dictionary.values")
def values(entries: Entries, names: list[str] | None) -> list[Any]:
    """The values of these keys, or of all in their natural order."""
    return [_value(entries, key, "Dictionary.values") for key in (sorted(entries) if names is None else names)]


@algorithm("Dictionary.set")
def set_(entries: Entries, key: str, value: Any) -> Entries:
    """The dictionary with one value set."""
    return {**entries, key: value}


@algorithm("Dictionary.combine")
def combine(first: Entries, second: Entries, overwrite: bool) -> Entries:
    """The entries of both without nulls; of a key that both have, the second's value unless overwrite is false."""
    under, over = ({k: v for k, v in entries.items() if v is not None} for entries in (first, second))
    return {**under, **over} if overwrite else {**over, **under}


@algorithm("Dictionary.map")
def map_(entries: Entries, function: Function) -> Entries:
    """What the function makes of each key and value; where that is null, the key goes."""
    mapped = {key: function(key, entries[key]) for key in sorted(entries)}
    return {key: value for key, value in mapped.items() if value is not None}


def _selected(entries: Entries, selectors: list[str], ignore_missing: bool, name: str) -> set[str]:
    """The keys that a selector names, or matches as a whole as a regular expression."""
    selected: set[str] = set()
    for selector in selectors:
        if selector in entries:
            selected.add(selector)
            continue
        pattern = regular_expression(selector, name)
        matching = {key for key in entries if pattern.fullmatch(key)}
        if not matching and not ignore_missing:
            raise EvaluationError(f"{name}: the selector '{selector}' does not match any key of {sorted(entries)}.")
        selected |= matching
    return selected


@algorithm("Dictionary.select")
def select(entries: Entries, selectors: list[str], ignore_missing: bool) -> Entries:
    """Only the entries whose keys are selected, by name or regular expression."""
    selected = _selected(entries, selectors, ignore_missing, "Dictionary.select")
    return {key: value for key, value in entries.items() if key in selected}


@algorithm("Dictionary.remove")
def remove(entries: Entries, selectors: list[str], ignore_missing: bool) -> Entries:
    """Only the entries whose keys are not selected, by name or regular expression."""
    selected = _selected(entries, selectors, ignore_missing, "Dictionary.remove")
    return {key: value for key, value in entries.items() if key not in selected}


@algorithm("Dictionary.rename")
def rename(entries: Entries, old: list[str], new: list[str], overwrite: bool) -> Entries:
    """The entries under other keys."""
    if len(old) != len(new):
        raise EvaluationError(
            f"Dictionary.rename: 'from' and 'to' must have the same length, not {len(old)} and {len(new)}."
        )
    moved = {to: _value(entries, key, "Dictionary.rename") for key, to in zip(old, new, strict=True)}
    kept = {key: value for key, value in entries.items() if key not in old}
    taken = sorted(kept.keys() & moved.keys())
    if taken and not overwrite:
        raise EvaluationError(f"Dictionary.rename: the key '{taken[0]}' exists already; overwrite would replace it.")
    return {**kept, **moved}
