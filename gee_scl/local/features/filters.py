"""Filters: which elements of a collection, items of a list, or pairs of a join pass."""

from __future__ import annotations

import datetime as dt
import math
import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gee_scl.local.errors import EvaluationError
from gee_scl.local.features.elements import chosen, is_worked_out
from gee_scl.local.features.selectors import identity, select, shown_to
from gee_scl.local.values import TIME_START, Date, DateRange, Element, type_of


@dataclass(frozen=True, eq=False)
class Filter(ABC):
    """A condition on one element, or, in a join, on an element of each collection."""

    @abstractmethod
    def accepts(self, element: object, other: object = None) -> bool:
        """Whether it passes.

        Args:
            element: an element, or a plain item of a list.
            other: in a join, the element of the secondary collection.
        """

    def accepts_each(self, elements: Sequence[object]) -> list[bool]:
        """Whether each of many elements passes: `accepts` for all, with what it costs shared between them."""
        return [self.accepts(element) for element in elements]

    @property
    def reads(self) -> frozenset[str] | None:
        """The selectors that the verdict on a single element rests on; None where that is not known."""
        return None

    @abstractmethod
    def describe(self) -> dict[str, Any]:
        """What getInfo prints; members may be any values of the engine."""

    def measure(self, element: object, other: object) -> float | None:
        """How far a pair is apart, by the filters that measure: what a join saves under its measureKey."""
        return None


@dataclass(frozen=True, eq=False)
class Operands:
    """The two sides of a comparison; each is a selector or a value."""

    left_field: str | None = None
    right_value: object = None
    right_field: str | None = None
    left_value: object = None

    def check(self, name: str) -> None:
        """Refuse a side that is given twice, and a left side that is not given.

        Raises:
            EvaluationError: so it is.
        """
        for side, selector, value in (
            ("left", self.left_field, self.left_value),
            ("right", self.right_field, self.right_value),
        ):
            if selector is not None and value is not None:
                raise EvaluationError(f"{name}: Only one of '{side}Field' and '{side}Value' may be specified.")
        if self.left_field is None and self.left_value is None:
            raise EvaluationError(f"{name}: One of 'leftField' and 'leftValue' must be specified.")

    def of(self, element: object, other: object) -> tuple[Any, Any]:
        """Both sides' values. Without a second element, both selectors read the first."""
        left = self.left_value if self.left_field is None else select(element, self.left_field)
        if self.right_field is None:
            return left, self.right_value
        return left, select(element if other is None else other, self.right_field)

    @property
    def selectors(self) -> frozenset[str]:
        """Those of both sides."""
        return frozenset(name for name in (self.left_field, self.right_field) if name is not None)

    @property
    def compares_with_null(self) -> bool:
        """Whether the right side is the constant null: a question for what is missing."""
        return self.right_field is None and self.right_value is None

    def describe(self) -> dict[str, Any]:
        """The sides that are given."""
        sides = {
            "leftField": self.left_field,
            "rightValue": self.right_value,
            "rightField": self.right_field,
            "leftValue": self.left_value,
        }
        return {k: v for k, v in sides.items() if v is not None}


@dataclass(frozen=True, eq=False)
class Comparison(Filter):
    """Two operands and a test. What lacks an operand does not pass.

    Attributes:
        type: Earth Engine's name, such as "Filter.eq".
        operands: the two sides.
        test: takes both values, neither of them null unless null is what the filter asks for.
        distance: measures a pair that passes.
        settings: what else getInfo prints.
    """

    type: str
    operands: Operands
    test: Callable[[Any, Any], bool]
    distance: Callable[[Any, Any], float] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.operands.check(self.type)

    def accepts(self, element: object, other: object = None) -> bool:
        """Whether both operands are there and pass the test."""
        left, right = self.operands.of(element, other)
        if (left is None or right is None) and not (self.type in _NULL_TESTS and self.operands.compares_with_null):
            return False
        return self.test(left, right)

    @property
    def reads(self) -> frozenset[str] | None:
        """The selectors of its operands."""
        return self.operands.selectors

    def measure(self, element: object, other: object) -> float | None:
        """The distance of a pair, for the filters that have one."""
        return None if self.distance is None else self.distance(*self.operands.of(element, other))

    def describe(self) -> dict[str, Any]:
        """Type, operands and settings."""
        return {"type": self.type, **self.operands.describe(), **self.settings}


_NULL_TESTS = ("Filter.eq", "Filter.neq")


class During(Comparison):
    """Whether a span of time holds the moment of each element.

    Collections are filtered so for each of their images, to find what was taken with it: the verdict on one of many is
    a comparison of numbers.
    """

    def accepts_each(self, elements: Sequence[object]) -> list[bool]:
        """Whether each element's moment lies in the span."""
        span, field = self.operands.left_value, self.operands.right_field
        if not isinstance(span, DateRange) or field != TIME_START or self.operands.left_field is not None:
            return super().accepts_each(elements)
        start, end = -math.inf if span.start is None else span.start, math.inf if span.end is None else span.end
        moments = [element.get(TIME_START) if isinstance(element, Element) else None for element in elements]
        return [
            start <= moment < end if isinstance(moment, int | float) else self.accepts(element)
            for moment, element in zip(moments, elements, strict=True)
        ]


@dataclass(frozen=True, eq=False)
class Combination(Filter):
    """Several filters as one: all must pass ("and"), or any ("or")."""

    type: str
    filters: Sequence[Filter]
    judge: Callable[..., bool]

    def accepts(self, element: object, other: object = None) -> bool:
        """Whether all, or any, pass."""
        return self.judge(f.accepts(element, other) for f in self.filters)

    def accepts_each(self, elements: Sequence[object]) -> list[bool]:
        """Whether all, or any, pass; a filter is asked only of the elements that no earlier one has settled."""
        unsettled = self.judge(())
        verdicts = [unsettled] * len(elements)
        open_places = list(range(len(elements)))
        for part in self.filters:
            answers = part.accepts_each([elements[place] for place in open_places])
            for place, answer in zip(open_places, answers, strict=True):
                verdicts[place] = answer
            open_places = [place for place in open_places if verdicts[place] is unsettled]
        return verdicts

    @property
    def reads(self) -> frozenset[str] | None:
        """What its parts read."""
        parts = [part.reads for part in self.filters]
        known = [part for part in parts if part is not None]
        return frozenset[str]().union(*known) if len(known) == len(parts) else None

    def describe(self) -> dict[str, Any]:
        """Type and parts."""
        return {"type": self.type, "filters": [f.describe() for f in self.filters]}


@dataclass(frozen=True, eq=False)
class Not(Filter):
    """The opposite of a filter: what lacks the property passes, because the filter itself fails for it."""

    filter: Filter

    def accepts(self, element: object, other: object = None) -> bool:
        """Whether the filter fails."""
        return not self.filter.accepts(element, other)

    def accepts_each(self, elements: Sequence[object]) -> list[bool]:
        """Whether the filter fails for each."""
        return [not passes for passes in self.filter.accepts_each(elements)]

    @property
    def reads(self) -> frozenset[str] | None:
        """What the filter reads."""
        return self.filter.reads

    def describe(self) -> dict[str, Any]:
        """Type and the filter."""
        return {"type": "Filter.not", "filter": self.filter.describe()}


@dataclass(frozen=True, eq=False)
class Condition(Filter):
    """A test of one element alone.

    Attributes:
        type: Earth Engine's name, such as "Filter.notNull".
        test: takes the element.
        settings: what getInfo prints besides the type.
        selectors: what the test looks at.
    """

    type: str
    test: Callable[[Any], bool]
    settings: Mapping[str, Any] = field(default_factory=dict)
    selectors: frozenset[str] = frozenset()

    def accepts(self, element: object, other: object = None) -> bool:
        """Whether the element passes."""
        return self.test(element)

    @property
    def reads(self) -> frozenset[str] | None:
        """What the test looks at."""
        return self.selectors

    def describe(self) -> dict[str, Any]:
        """Type and settings."""
        return {"type": self.type, **self.settings}


def passing(condition: Filter, elements: Sequence[Any]) -> Sequence[Any]:
    """The elements of a collection that pass a filter.

    What mapping makes of them is worked out only where the verdict needs it, and not for what another part of the
    filter has dropped: Earth Engine never evaluates that either.
    """
    parts = condition.filters if isinstance(condition, Combination) and condition.type == "Filter.and" else (condition,)
    for part in sorted(parts, key=lambda part: not is_worked_out(_shown(part, elements))):
        shown = _shown(part, elements)
        if shown is elements:
            elements = shown = tuple(elements)
        verdicts = part.accepts_each(tuple(shown))
        elements = chosen(elements, [place for place, passes in enumerate(verdicts) if passes])
    return elements


def _shown(condition: Filter, elements: Sequence[Any]) -> Sequence[Any]:
    return elements if condition.reads is None else shown_to(elements, condition.reads)


def all_of(filters: Sequence[Filter]) -> Filter:
    """Pass if each passes."""
    return Combination("Filter.and", tuple(filters), all)


def any_of(filters: Sequence[Filter]) -> Filter:
    """Pass if any passes."""
    return Combination("Filter.or", tuple(filters), any)


# Comparisons of values


def equal(left: object, right: object) -> bool:
    """Whether two values are the same; a number never equals a string."""
    return bool(identity(left) == identity(right))


def in_order(name: str, relation: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """A test by the order of numbers, strings or dates.

    Raises:
        EvaluationError: from the test, where the operands are of different types.
    """

    def test(left: object, right: object) -> bool:
        for kind in ((int, float), str):
            if isinstance(left, kind) and isinstance(right, kind):
                return relation(left, right)
        if isinstance(left, Date) and isinstance(right, Date):
            return relation(left.milliseconds, right.milliseconds)
        raise EvaluationError(f"{name}: Cannot compare {left!r:.80} and {right!r:.80}.")

    return test


def _on_strings(name: str, relation: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    def test(left: object, right: object) -> bool:
        if isinstance(left, str) and isinstance(right, str):
            return relation(left, right)
        raise EvaluationError(f"{name}: Both operands must be strings, not {left!r:.80} and {right!r:.80}.")

    return test


def list_contains(left: object, right: object) -> bool:
    """Whether a list has an item that equals a value."""
    if not isinstance(left, list):
        raise EvaluationError(f"Filter.listContains: Expected a list, not {left!r:.80}.")
    return any(equal(item, right) for item in left)


def _range_contains_date(left: object, right: object) -> bool:
    if not isinstance(left, DateRange):
        raise EvaluationError(f"Filter.dateRangeContains: Expected a date range, not {left!r:.80}.")
    moment = _moment(right, "Filter.dateRangeContains")
    return (left.start is None or left.start <= moment) and (left.end is None or moment < left.end)


def _moment(value: object, name: str) -> float:
    if isinstance(value, Date):
        return value.milliseconds
    if isinstance(value, int | float):
        return value
    raise EvaluationError(f"{name}: Expected a date, or milliseconds, not {value!r:.80}.")


def _has_type(value: object, name: object) -> bool:
    actual = type_of(value).partition("<")[0]
    return name in (actual, "Object") or actual in _SUBTYPES.get(str(name), ())


_SUBTYPES: dict[str, tuple[str, ...]] = {
    "Number": ("Integer", "Float", "Boolean"),
    "Float": ("Integer",),
    "Element": ("Feature", "Image", "FeatureCollection", "ImageCollection"),
    "Collection": ("FeatureCollection", "ImageCollection"),
}

TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "Filter.eq": equal,
    "Filter.neq": lambda left, right: not equal(left, right),
    "Filter.lt": in_order("Filter.lessThan", operator.lt),
    "Filter.lte": in_order("Filter.lessThanOrEquals", operator.le),
    "Filter.gt": in_order("Filter.greaterThan", operator.gt),
    "Filter.gte": in_order("Filter.greaterThanOrEquals", operator.ge),
    "Filter.stringContains": _on_strings("Filter.stringContains", operator.contains),
    "Filter.stringStartsWith": _on_strings("Filter.stringStartsWith", str.startswith),
    "Filter.stringEndsWith": _on_strings("Filter.stringEndsWith", str.endswith),
    "Filter.listContains": list_contains,
    "Filter.inList": lambda left, right: list_contains(right, left),
    "Filter.dateRangeContains": _range_contains_date,
    "Filter.hasType": _has_type,
}
"""Comparisons without further settings, by the name that getInfo prints (recorded: Filter.equals is "Filter.eq")."""


def compare(type_name: str, operands: Operands) -> Filter:
    """A comparison of `TESTS`."""
    if type_name == "Filter.inList" and operands.right_field is None and isinstance(operands.right_value, list):
        table = {identity(item) for item in operands.right_value}
        return Comparison(type_name, operands, lambda left, _: identity(left) in table)
    kind = During if type_name == "Filter.dateRangeContains" else Comparison
    return kind(type_name, operands, TESTS[type_name])


def max_difference(difference: float, operands: Operands) -> Filter:
    """Numbers that are at most `difference` apart; measures their difference."""

    def apart(left: object, right: object) -> float:
        return abs(_moment(left, "Filter.maxDifference") - _moment(right, "Filter.maxDifference"))

    return Comparison(
        "Filter.maxDifference",
        operands,
        lambda left, right: apart(left, right) <= difference,
        apart,
        {"difference": difference},
    )


def range_contains(selector: str, low: object, high: object) -> Filter:
    """Values from `low` to `high`, both included."""
    ordered = in_order("Filter.rangeContains", operator.le)

    def inside(element: object) -> bool:
        value = select(element, selector)
        return value is not None and ordered(low, value) and ordered(value, high)

    return Condition(
        "Filter.rangeContains", inside, {"field": selector, "minValue": low, "maxValue": high}, frozenset([selector])
    )


def not_null(selectors: Sequence[str]) -> Filter:
    """Elements that have all these properties."""
    return Condition(
        "Filter.notNull",
        lambda element: all(select(element, s) is not None for s in selectors),
        {"properties": list(selectors)},
        frozenset(selectors),
    )


# The calendar

_CALENDAR: dict[str, Callable[[dt.datetime], int]] = {
    "year": lambda t: t.year,
    "month": lambda t: t.month,
    "hour": lambda t: t.hour,
    "minute": lambda t: t.minute,
    "day_of_year": lambda t: t.timetuple().tm_yday,
    "day_of_month": lambda t: t.day,
    "day_of_week": lambda t: t.isoweekday(),
}
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def calendar_range(start: int, end: int, unit: str, type_name: str = "Filter.calendarRange") -> Filter:
    """Elements whose start time has a calendar field from `start` to `end`, both included, in UTC.

    Args:
        start: first value; months and days count from 1, weeks begin on Monday.
        end: last value; if it is before `start`, the range wraps around the end of the year, week, ...
        unit: one of year, month, hour, minute, day_of_year, day_of_month, day_of_week.
        type_name: what getInfo prints.
    """
    if unit not in _CALENDAR:
        raise EvaluationError(
            f"{type_name}: Unknown calendar field '{unit}'; it must be one of {', '.join(_CALENDAR)}."
        )

    def inside(element: object) -> bool:
        time = select(element, TIME_START)
        if time is None:
            return False
        value = _CALENDAR[unit](_EPOCH + dt.timedelta(milliseconds=_moment(time, type_name)))
        return start <= value <= end if start <= end else value >= start or value <= end

    return Condition(type_name, inside, {"start": start, "end": end, "field": unit}, frozenset([TIME_START]))
