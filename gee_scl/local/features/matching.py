"""Finding the pairs of a join: by tables of equal values and by sorted ones, so that not every pair is tried."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gee_scl.local.features.filters import Combination, Comparison, Filter
from gee_scl.local.features.selectors import identity, select
from gee_scl.local.values import Date, Element


@dataclass(frozen=True)
class Match:
    """An element of the secondary collection, and how far it is from the primary one, where that is measured."""

    element: Element
    measure: float | None

    def measured(self, key: str | None) -> Element:
        """The element with the measure as a property."""
        return self.element if key is None or self.measure is None else self.element.set(key, self.measure)


class Matches:
    """What matches the elements of a primary collection.

    Elements that must be equal in something are looked up in a table; among these, where a condition bounds a value
    from below or above, only what lies within is tried. So joining two collections on an id, or on a tile and a time,
    costs about their sizes' sum, not their product.

    Args:
        secondary: the elements among which matches are found.
        condition: on a pair.
    """

    def __init__(self, secondary: Sequence[Element], condition: Filter) -> None:
        self._condition = condition
        parts = list(_conjuncts(condition))
        self._equalities = [part for part in parts if part.type == "Filter.eq"]
        ranges = [part for part in parts if part.type in _BOUNDS]
        # The first of the table is the narrowest.
        self._range = min(ranges, key=lambda part: list(_BOUNDS).index(part.type), default=None)
        by_key: dict[Hashable, list[tuple[int, Element]]] = {}
        for place, element in enumerate(secondary):
            key = self._key(element, right=True)
            if key is not None:
                by_key.setdefault(key, []).append((place, element))
        self._buckets = {key: _Bucket.of(members, self._range) for key, members in by_key.items()}

    def of(self, element: Element) -> Iterator[Match]:
        """An element's matches, in the order of the secondary collection."""
        for _, other in sorted(self._candidates(element), key=lambda candidate: candidate[0]):
            if self._condition.accepts(element, other):
                yield Match(other, self._condition.measure(element, other))

    def any(self, element: Element) -> bool:
        """Whether an element has a match."""
        return any(self._condition.accepts(element, other) for _, other in self._candidates(element))

    def _candidates(self, element: Element) -> Sequence[tuple[int, Element]]:
        key = self._key(element, right=False)
        bucket = None if key is None else self._buckets.get(key)
        if bucket is None:
            return ()
        if self._range is None or bucket.kind is None:
            return bucket.members
        kind, value = _sortable(select(element, str(self._range.operands.left_field)), self._range)
        if kind != bucket.kind:
            return bucket.members  # the condition itself says what it makes of that
        return bucket.within(*_BOUNDS[self._range.type](value, self._range.settings))

    def _key(self, element: Element, *, right: bool) -> Hashable | None:
        """What must be equal; None where a value is missing, which equals nothing."""
        names = ((part.operands.right_field if right else part.operands.left_field) for part in self._equalities)
        values = [select(element, str(name)) for name in names]
        return None if None in values else tuple(identity(value) for value in values)


def _conjuncts(condition: Filter) -> Iterator[Comparison]:
    """The comparisons of a property with a property that a pair must pass, whatever else it must."""
    if isinstance(condition, Combination) and condition.type == "Filter.and":
        for part in condition.filters:
            yield from _conjuncts(part)
    elif isinstance(condition, Comparison):
        operands = condition.operands
        if operands.left_field is not None and operands.right_field is not None:
            yield condition


@dataclass(frozen=True)
class _Bucket:
    """Elements of the secondary collection, with their places there.

    Attributes:
        members: by their values; where these have no order, by their places.
        kind: of the values; None where they have no order.
        values: ascending, one for each member where they have an order.
    """

    members: Sequence[tuple[int, Element]]
    kind: str | None = None
    values: Sequence[Any] = ()

    @classmethod
    def of(cls, members: Sequence[tuple[int, Element]], comparison: Comparison | None) -> _Bucket:
        """The elements in the order of what a comparison bounds, without those that lack it and match nothing."""
        if comparison is None:
            return cls(members)
        name = str(comparison.operands.right_field)
        found = [(value, member) for member in members if (value := select(member[1], name)) is not None]
        sortable = [_sortable(value, comparison) for value, _ in found]
        kinds = {kind for kind, _ in sortable}
        if len(kinds) != 1 or None in kinds:
            return cls(members)
        order = sorted(range(len(found)), key=lambda place: sortable[place][1])
        return cls([found[place][1] for place in order], kinds.pop(), [sortable[place][1] for place in order])

    def within(self, low: Any, high: Any) -> Sequence[tuple[int, Element]]:
        """The elements whose values lie within bounds, which are included; None is no bound."""
        first = 0 if low is None else bisect_left(self.values, low)
        return self.members[first : len(self.values) if high is None else bisect_right(self.values, high)]


def _sortable(value: object, comparison: Comparison) -> tuple[str | None, Any]:
    """A kind of values that are in order among themselves, and the value as one of them; no kind where it has none."""
    if isinstance(value, str):
        return "String", value
    is_date = isinstance(value, Date)
    number = value.milliseconds if isinstance(value, Date) else value
    if not isinstance(number, int | float) or not math.isfinite(number):
        return None, None
    # Differences are taken between dates and their milliseconds as well.
    return "Date" if is_date and comparison.type != _DIFFERENCE else "Number", float(number)


def _around(value: Any, settings: Mapping[str, Any]) -> tuple[Any, Any]:
    if isinstance(value, str):
        return None, None
    difference = settings["difference"]
    # A pair that is a rounding further away may still pass: whether it does is for the condition to say.
    reach = difference + 2 * (math.ulp(value) + math.ulp(difference))
    return value - reach, value + reach


_DIFFERENCE = "Filter.maxDifference"

_BOUNDS: Mapping[str, Callable[[Any, Mapping[str, Any]], tuple[Any, Any]]] = {
    _DIFFERENCE: _around,
    "Filter.lt": lambda value, _: (value, None),
    "Filter.lte": lambda value, _: (value, None),
    "Filter.gt": lambda value, _: (None, value),
    "Filter.gte": lambda value, _: (None, value),
}
"""The least and the largest value of the secondary element that may match a value of the primary one."""
