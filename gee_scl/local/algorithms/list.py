"""List: elements by position, by value and by function."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

from gee_scl.local.algorithms.registry import algorithm
from gee_scl.local.algorithms.string import text_of
from gee_scl.local.algorithms.types import coerce
from gee_scl.local.errors import EvaluationError
from gee_scl.local.features import selectors
from gee_scl.local.features.filters import Filter
from gee_scl.local.raster.reducer import Reducer
from gee_scl.local.texts.lengths import check_length
from gee_scl.local.values import Function, type_of

Values = list[Any]
Number = int | float


def identity(value: Any) -> Hashable:
    """What two values share exactly if they are equal to Earth Engine.

    As Java's `equals` has it, a whole number equals no other kind of number: 1 is neither 1.0 nor true. That the server
    does so, and makes sequences of floating-point numbers, shows in geetools, which has to cast the last element.
    """
    match value:
        case bool() | int() | str() | None:
            return type(value), value
        case float():
            return float, "NaN" if math.isnan(value) else value
        case list():
            return list, tuple(map(identity, value))
        case dict():
            return dict, frozenset((k, identity(v)) for k, v in value.items())
    return selectors.identity(value)


def _position(values: Sequence[Any], index: int, name: str, *, may_end: bool = False) -> int:
    """A position from the start, checked. With `may_end` the place after the last element is one too."""
    size = len(values)
    position = index + size if index < 0 else index
    if not 0 <= position < size + may_end:
        raise EvaluationError(f"{name}: index {index} is outside a list of {size} elements.")
    return position


# --- by position


@algorithm("List.get")
def get(values: Values, index: int) -> Any:
    """The element at a position; negative positions count from the end."""
    return values[_position(values, index, "List.get")]


def _typed_get(name: str, kind: str) -> Callable[[Values, int], Any]:
    def get_typed(values: Values, index: int) -> Any:
        value = values[_position(values, index, name)]
        if value is None:
            raise EvaluationError(f"{name}: the element at {index} is null, not of the type {kind}.")
        return coerce(value, kind, name, "index")

    return get_typed


algorithm("List.getGeometry")(_typed_get("List.getGeometry", "Geometry"))
algorithm("List.getNumber")(_typed_get("List.getNumber", "Number"))
algorithm("List.getString")(_typed_get("List.getString", "String"))


@algorithm("List.set")
def set_(values: Values, index: int, element: Any) -> Values:
    """The list with one element replaced."""
    position = _position(values, index, "List.set")
    return [*values[:position], element, *values[position + 1 :]]


@algorithm("List.insert")
def insert(values: Values, index: int, element: Any) -> Values:
    """The list with an element more, before the one at the position."""
    position = _position(values, index, "List.insert", may_end=True)
    return [*values[:position], element, *values[position:]]


@algorithm("List.swap")
def swap(values: Values, first: int, second: int) -> Values:
    """The list with two elements exchanged."""
    one, other = _position(values, first, "List.swap"), _position(values, second, "List.swap")
    swapped = [*values]
    swapped[one], swapped[other] = values[other], values[one]
    return swapped


@algorithm("List.slice")
def slice_(values: Values, start: int, end: int | None, step: int | None) -> Values:
    """From start up to, not including, end; negative positions count from the end."""
    if step is not None and step < 1:
        raise EvaluationError(f"List.slice: step must be positive, not {step}.")
    return values[start:end:step]


@algorithm("List.splice")
def splice(values: Values, start: int, count: int, other: Values | None) -> Values:
    """The list with `count` elements from `start` on replaced by others."""
    position = _position(values, start, "List.splice", may_end=True)
    if count < 0:
        raise EvaluationError(f"List.splice: count must not be negative, but is {count}.")
    return _bounded([*values[:position], *(other or ()), *values[position + count :]], "List.splice")


@algorithm("List.rotate")
def rotate(values: Values, distance: int) -> Values:
    """Every element further by the distance, those beyond the end to the start (as Java's Collections.rotate)."""
    place = -distance % len(values) if values else 0
    return values[place:] + values[:place]


@algorithm("List.reverse")
def reverse(values: Values) -> Values:
    """The elements in reverse order."""
    return values[::-1]


@algorithm("List.size", "List.length")
def size(values: Values) -> int:
    """The number of elements."""
    return len(values)


# --- longer lists


def _bounded(values: Values, name: str) -> Values:
    check_length(len(values), name)
    return values


@algorithm("List.add")
def add(values: Values, element: Any) -> Values:
    """The list with an element more at its end."""
    return _bounded([*values, element], "List.add")


@algorithm("List.cat")
def cat(values: Values, other: Values) -> Values:
    """The elements of both, one after the other."""
    check_length(len(values) + len(other), "List.cat")
    return values + other


@algorithm("List.repeat")
def repeat(value: Any, count: int) -> Values:
    """The value, so many times."""
    if count < 0:
        raise EvaluationError(f"List.repeat: count must not be negative, but is {count}.")
    check_length(count, "List.repeat")
    return [value] * count


@algorithm("List.sequence")
def sequence(start: Number, end: Number | None, step: Number, count: int | None) -> Values:
    """Floating-point numbers from start to end inclusive, by step; or so many, evenly spaced where the end is given."""
    if count is not None:
        return _counted(start, end, step, count)
    if end is None:
        raise EvaluationError("List.sequence: Expected one of end or count to be specified.")
    if step == 0 or not all(map(math.isfinite, (start, end, step))):
        raise EvaluationError("List.sequence: start, end and step must be finite, and step must not be 0.")
    steps = (end - start) / step
    if steps < 0:
        return []
    check_length(steps, "List.sequence")
    return [float(start + i * step) for i in range(math.floor(steps) + 1)]


def _counted(start: Number, end: Number | None, step: Number, count: int) -> Values:
    if count < 1:
        raise EvaluationError(f"List.sequence: count must be at least 1, but is {count}.")
    check_length(count, "List.sequence")
    if end is None:
        return [float(start + i * step) for i in range(count)]
    return [float(start + i * (end - start) / max(1, count - 1)) for i in range(count)]


@algorithm("List.flatten")
def flatten(values: Values) -> Values:
    """The elements of the list and of all lists within it."""
    flat: Values = []
    open_lists: list[Iterator[Any]] = [iter(values)]
    while open_lists:
        for value in open_lists[-1]:
            if isinstance(value, list):
                open_lists.append(iter(value))
                break
            flat.append(value)
            check_length(len(flat), "List.flatten")
        else:
            open_lists.pop()
    return flat


@algorithm("List.zip")
def zip_(values: Values, other: Values) -> list[Values]:
    """Pairs of what is at the same position, as many as the shorter list has."""
    return [[a, b] for a, b in zip(values, other, strict=False)]


@algorithm("List.unzip")
def unzip(values: Values) -> list[Values]:
    """All first elements, all second ones, ... up to the shortest inner list."""
    for value in values:
        if not isinstance(value, list):
            raise EvaluationError(f"List.unzip: every element must be a list, not {type_of(value)}.")
    return [list(column) for column in zip(*values, strict=False)]


@algorithm("List.join")
def join(values: Values, separator: str) -> str:
    """The elements' text, with the separator between them."""
    texts = [text_of(value, "List.join") for value in values]
    check_length(sum(map(len, texts)) + len(separator) * len(texts), "List.join")
    return separator.join(texts)


# --- by value


@algorithm("List.contains")
def contains(values: Values, element: Any) -> bool:
    """Whether an element is equal to this one."""
    return index_of(values, element) >= 0


@algorithm("List.containsAll")
def contains_all(values: Values, other: Values) -> bool:
    """Whether every element of the other list is in this one."""
    return {*map(identity, other)} <= {*map(identity, values)}


@algorithm("List.equals")
def equals(values: Values, other: Values) -> bool:
    """Whether the lists have equal elements in the same order."""
    return identity(values) == identity(other)


@algorithm("List.frequency")
def frequency(values: Values, element: Any) -> int:
    """How many elements are equal to this one."""
    wanted = identity(element)
    return sum(identity(value) == wanted for value in values)


@algorithm("List.indexOf")
def index_of(values: Values, element: Any) -> int:
    """Where the first equal element is, or -1."""
    wanted = identity(element)
    return next((i for i, value in enumerate(values) if identity(value) == wanted), -1)


def _places_of(values: Values, target: Values) -> list[int]:
    keys, wanted = [*map(identity, values)], [*map(identity, target)]
    return [i for i in range(len(keys) - len(wanted) + 1) if keys[i : i + len(wanted)] == wanted]


@algorithm("List.indexOfSublist")
def index_of_sublist(values: Values, target: Values) -> int:
    """Where the target list begins first within this one, or -1."""
    return next(iter(_places_of(values, target)), -1)


@algorithm("List.lastIndexOfSubList")
def last_index_of_sublist(values: Values, target: Values) -> int:
    """Where the target list begins last within this one, or -1."""
    return next(reversed(_places_of(values, target)), -1)


@algorithm("List.distinct")
def distinct(values: Values) -> Values:
    """The elements without those that are equal to an earlier one."""
    first: dict[Hashable, Any] = {}
    for value in values:
        first.setdefault(identity(value), value)
    return list(first.values())


@algorithm("List.remove")
def remove(values: Values, element: Any) -> Values:
    """The list without the first element that is equal to this one."""
    place = index_of(values, element)
    return values if place < 0 else values[:place] + values[place + 1 :]


@algorithm("List.removeAll")
def remove_all(values: Values, other: Values) -> Values:
    """The elements that are not in the other list."""
    removed = {*map(identity, other)}
    return [value for value in values if identity(value) not in removed]


@algorithm("List.replace")
def replace(values: Values, old: Any, new: Any) -> Values:
    """The list with the first element that is equal to the old value replaced."""
    place = index_of(values, old)
    return values if place < 0 else [*values[:place], new, *values[place + 1 :]]


@algorithm("List.replaceAll")
def replace_all(values: Values, old: Any, new: Any) -> Values:
    """The list with all elements that are equal to the old value replaced."""
    wanted = identity(old)
    return [new if identity(value) == wanted else value for value in values]


# --- in another order


@algorithm("List.sort")
def sort(values: Values, keys: Values | None) -> Values:
    """The elements in ascending order, or in that of their keys; equal ones keep their order."""
    keys = values if keys is None else keys
    if len(keys) != len(values):
        raise EvaluationError(f"List.sort: 'keys' has {len(keys)} elements, but 'list' has {len(values)}.")
    try:
        order = sorted(range(len(values)), key=[*map(_sortable, keys)].__getitem__)
    except TypeError:
        raise EvaluationError("List.sort: the elements are of types that cannot be compared with each other.") from None
    return [values[i] for i in order]


def _sortable(value: Any) -> Any:
    if isinstance(value, int | float):
        # Java orders NaN after everything else.
        return (1, 0.0) if math.isnan(value) else (0, value)
    return [*map(_sortable, value)] if isinstance(value, list) else value


@algorithm("List.shuffle")
def shuffle(values: Values, seed: Any) -> Values:
    """The elements in a random order, the same for the same seed; the server's order for a seed is not published."""
    source = random.Random(None if seed is False else coerce(seed or 0, "Integer", "List.shuffle", "seed"))  # noqa: S311
    return source.sample(values, len(values))


# --- by function


@algorithm("List.map")
def map_(values: Values, function: Function, drop_nulls: bool) -> Values:
    """What the function makes of each element."""
    mapped = [function(value) for value in values]
    if drop_nulls:
        return [value for value in mapped if value is not None]
    if any(value is None for value in mapped):
        raise EvaluationError("List.map: the mapped function returned null, which only dropNulls allows.")
    return mapped


@algorithm("List.iterate")
def iterate(values: Values, function: Function, first: Any) -> Any:
    """What the function makes of each element and of its own result for the element before."""
    result = first
    for value in values:
        result = function(value, result)
    return result


@algorithm("List.filter")
def filter_(values: Values, condition: Filter) -> Values:
    """The elements that the filter accepts; for one without properties, the property `item` is the element itself."""
    return [value for value in values if condition.accepts(value)]


@algorithm("List.reduce")
def reduce(values: Values, reducer: Reducer) -> Any:
    """The reducer's output for the elements, or a dictionary of its outputs."""
    return reducer.reduce_list(values)
