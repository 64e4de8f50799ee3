"""`Filter.*`: making filters."""

from __future__ import annotations

from gee_scl.local.algorithms.registry import algorithm
from gee_scl.local.features import filters, place_filters
from gee_scl.local.features.filter_text import parse_filter
from gee_scl.local.features.filters import Filter, Operands
from gee_scl.local.values import ErrorMargin

_COMPARISONS: dict[str, tuple[str, ...]] = {
    **{name: (name,) for name in filters.TESTS},
    "Filter.eq": ("Filter.eq", "Filter.equals"),
    "Filter.neq": ("Filter.neq", "Filter.notEquals"),
    "Filter.lt": ("Filter.lt", "Filter.lessThan"),
    "Filter.lte": ("Filter.lte", "Filter.lessThanOrEquals"),
    "Filter.gt": ("Filter.gt", "Filter.greaterThan"),
    "Filter.gte": ("Filter.gte", "Filter.greaterThanOrEquals"),
}
"""The algorithms that make each comparison."""

_RELATIONS = ("Filter.intersects", "Filter.disjoint", "Filter.contains", "Filter.isContained")


def _register_families() -> None:
    for type_name, names in _COMPARISONS.items():

        def compare(
            left_field: str | None,
            right_value: object,
            right_field: str | None,
            left_value: object,
            *,
            _type: str = type_name,
        ) -> Filter:
            return filters.compare(_type, Operands(left_field, right_value, right_field, left_value))

        algorithm(*names)(compare)
    for type_name in _RELATIONS:

        def relate(
            left_field: str | None,
            right_value: object,
            right_field: str | None,
            left_value: object,
            max_error: ErrorMargin | None,
            *,
            _type: str = type_name,
        ) -> Filter:
            return place_filters.related(_type, Operands(left_field, right_value, right_field, left_value), max_error)

        algorithm(type_name)(relate)


_register_families()

algorithm("Filter.and")(filters.all_of)
algorithm("Filter.or")(filters.any_of)
algorithm("Filter.not")(filters.Not)
algorithm("Filter.notNull")(filters.not_null)
algorithm("Filter.rangeContains")(filters.range_contains)
algorithm("Filter.hasGeometry")(place_filters.has_geometry)
algorithm("Filter.expression")(parse_filter)


@algorithm("Filter.always")
def _always() -> Filter:
    return filters.Condition("Filter.always", lambda _: True)


@algorithm("Filter.never")
def _never() -> Filter:
    return filters.Condition("Filter.never", lambda _: False)


@algorithm("Filter.maxDifference")
def _max_difference(
    difference: float, left_field: str | None, right_value: object, right_field: str | None, left_value: object
) -> Filter:
    return filters.max_difference(difference, Operands(left_field, right_value, right_field, left_value))


@algorithm("Filter.withinDistance")
def _within_distance(
    distance: float,
    left_field: str | None,
    right_value: object,
    right_field: str | None,
    left_value: object,
    _max_error: ErrorMargin | None,
) -> Filter:
    return place_filters.within_distance(distance, Operands(left_field, right_value, right_field, left_value))


@algorithm("Filter.area")
def _area(low: float, high: float, _max_error: ErrorMargin | None, geometry_selector: str | None) -> Filter:
    return place_filters.area_between(low, high, geometry_selector)


@algorithm("Filter.calendarRange")
def _calendar_range(start: int, end: int | None, field: str) -> Filter:
    return filters.calendar_range(start, start if end is None else end, field)


@algorithm("Filter.dayOfYear")
def _day_of_year(start: int, end: int) -> Filter:
    return filters.calendar_range(start, end, "day_of_year", "Filter.dayOfYear")
