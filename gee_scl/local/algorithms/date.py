"""Date and DateRange: moments in milliseconds, calendar units, and what lies between two moments."""

from __future__ import annotations

import calendar
import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from gee_scl.local.algorithms.registry import algorithm
from gee_scl.local.errors import EvaluationError
from gee_scl.local.texts import joda
from gee_scl.local.texts.joda import Zone, zone
from gee_scl.local.values import Date, DateRange, type_of

_SECOND, _MINUTE, _HOUR, _DAY = 1000, 60_000, 3_600_000, 86_400_000

# Milliseconds; of a month and a year the average in 400 Gregorian years, which is Joda-Time's.
_LENGTHS: Mapping[str, int] = {
    "year": 31_556_952_000,
    "month": 2_629_746_000,
    "week": 7 * _DAY,
    "day": _DAY,
    "hour": _HOUR,
    "minute": _MINUTE,
    "second": _SECOND,
}


def _unit(name: str, algorithm_name: str) -> str:
    """A unit in the singular; the server takes the plural too."""
    unit = name.removesuffix("s")
    if unit not in _LENGTHS:
        raise EvaluationError(f"{algorithm_name}: Unknown unit '{name:.100}'. Allowed: {', '.join(_LENGTHS)}.")
    return unit


def _local(date: Date, time_zone: str | None) -> datetime:
    return zone(time_zone).local(date.milliseconds)


def _date(moment: datetime) -> Date:
    return Date(joda.milliseconds(moment))


def _milliseconds(value: Any, here: Zone, name: str) -> int:
    """A Date, a number of milliseconds or an ISO text as milliseconds."""
    if isinstance(value, str):
        return joda.milliseconds(joda.parse_iso(value, here))
    number = value.milliseconds if isinstance(value, Date) else value
    if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
        raise EvaluationError(
            f"{name}: a Date, a number of milliseconds or a text such as '1996-01-01T08:00' is needed, "
            f"not {type_of(value)}."
        )
    return int(number)


@algorithm("Date")
def date(value: Any, time_zone: str | None) -> Date:
    """A date from milliseconds since 1970, or from an ISO text in the time zone."""
    return Date(_milliseconds(value, zone(time_zone), "Date"))


@algorithm("Date.fromYMD")
def from_ymd(year: int, month: int, day: int, time_zone: str | None) -> Date:
    """The start of a day."""
    return _date(_checked(zone(time_zone), "Date.fromYMD", year, month, day))


@algorithm("Date.parse")
def parse(pattern: str, text: str, time_zone: str | None) -> Date:
    """A date from text in a Joda-Time pattern."""
    return _date(joda.parse_date(text, zone(time_zone), pattern))


@algorithm("Date.format")
def format_(date: Date, pattern: str | None, time_zone: str | None) -> str:
    """A date as text in a Joda-Time pattern."""
    return joda.format_date(_local(date, time_zone), zone(time_zone), joda.ISO_PATTERN if pattern is None else pattern)


@algorithm("Date.millis")
def millis(date: Date) -> int:
    """Milliseconds since 1970."""
    return _milliseconds(date, zone(None), "Date.millis")


@algorithm("Date.unitRatio")
def unit_ratio(numerator: str, denominator: str) -> float:
    """How often the second unit goes into the first, on average."""
    return _LENGTHS[_unit(numerator, "Date.unitRatio")] / _LENGTHS[_unit(denominator, "Date.unitRatio")]


@algorithm("Date.difference")
def difference(date: Date, start: Date, unit: str) -> float:
    """How many units, of average length, the date is after the start."""
    later, earlier = (_milliseconds(moment, zone(None), "Date.difference") for moment in (date, start))
    return (later - earlier) / _LENGTHS[_unit(unit, "Date.difference")]


@algorithm("Date.get")
def get(date: Date, unit: str, time_zone: str | None) -> int:
    """A calendar field: the year, month (1-12), ISO week (1-53), day of the month, hour, minute or second."""
    moment, unit = _local(date, time_zone), _unit(unit, "Date.get")
    return moment.isocalendar().week if unit == "week" else int(getattr(moment, unit))


_STARTS: Mapping[str, Mapping[str, Any]] = {
    "second": {"microsecond": 0},
    "minute": {"microsecond": 0, "second": 0},
    "hour": {"microsecond": 0, "second": 0, "minute": 0},
    "day": {"microsecond": 0, "second": 0, "minute": 0, "hour": 0},
    "month": {"microsecond": 0, "second": 0, "minute": 0, "hour": 0, "day": 1},
    "year": {"microsecond": 0, "second": 0, "minute": 0, "hour": 0, "day": 1, "month": 1},
}


def _floor(moment: datetime, unit: str) -> datetime:
    """The start of the unit that a moment is in; weeks begin on Monday."""
    if unit == "week":
        return _added(moment.replace(**_STARTS["day"]), "day", -moment.weekday())
    return moment.replace(**_STARTS[unit])


def _added(moment: datetime, unit: str, count: int) -> datetime:
    """So many units later: by the calendar from days on, by the elapsed time below."""
    try:
        if unit in ("year", "month"):
            months = moment.year * 12 + moment.month - 1 + count * (12 if unit == "year" else 1)
            year, month = divmod(months, 12)
            return moment.replace(year=year, month=month + 1, day=min(moment.day, _days_in(year, month + 1)))
        if unit in ("week", "day"):
            return moment + timedelta(days=count * (7 if unit == "week" else 1))
    except (ValueError, OverflowError):
        raise EvaluationError(f"Date: {count} {unit}s after {moment} is outside of the years 1 to 9999.") from None
    return Zone("", moment.tzinfo or joda.zone(None).rules).local(joda.milliseconds(moment) + count * _LENGTHS[unit])


def _days_in(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1] if 1 <= year <= 9999 else 31


@algorithm("Date.advance")
def advance(date: Date, delta: float, unit: str, time_zone: str | None) -> Date:
    """So many units later. A year or month is one of the calendar, so only whole numbers of them have a meaning."""
    unit = _unit(unit, "Date.advance")
    if not math.isfinite(delta):
        raise EvaluationError(f"Date.advance: delta must be finite, not {delta}.")
    whole = int(delta)
    if unit in ("year", "month") and whole != delta:
        raise EvaluationError(f"Date.advance: delta must be a whole number of {unit}s, not {delta}.")
    rest = round((delta - whole) * _LENGTHS[unit])
    return Date(joda.milliseconds(_added(_local(date, time_zone), unit, whole)) + rest)


@algorithm("Date.getRange")
def get_range(date: Date, unit: str, time_zone: str | None) -> DateRange:
    """The unit that the date is in."""
    unit = _unit(unit, "Date.getRange")
    start = _floor(_local(date, time_zone), unit)
    return DateRange(joda.milliseconds(start), joda.milliseconds(_added(start, unit, 1)))


@algorithm("Date.getFraction")
def get_fraction(date: Date, unit: str, time_zone: str | None) -> float:
    """How much of the unit that the date is in has passed, from 0 to 1."""
    unit = _unit(unit, "Date.getFraction")
    start = _floor(_local(date, time_zone), unit)
    first, last = joda.milliseconds(start), joda.milliseconds(_added(start, unit, 1))
    return (int(date.milliseconds) - first) / (last - first)


@algorithm("Date.getRelative")
def get_relative(date: Date, unit: str, in_unit: str, time_zone: str | None) -> int:
    """How many whole units have passed of the larger unit that the date is in; 0 if the other is not larger."""
    unit, in_unit = _unit(unit, "Date.getRelative"), _unit(in_unit, "Date.getRelative")
    if _LENGTHS[unit] >= _LENGTHS[in_unit]:
        return 0
    moment = _local(date, time_zone)
    start = _floor(moment, in_unit)
    if unit == "month":
        return moment.month - start.month
    if unit in ("week", "day"):
        return (moment.date() - start.date()).days // (7 if unit == "week" else 1)
    return (int(date.milliseconds) - joda.milliseconds(start)) // _LENGTHS[unit]


@algorithm("Date.update")
def update(
    date: Date,
    year: int | None,
    month: int | None,
    day: int | None,
    hour: int | None,
    minute: int | None,
    second: float | None,
    time_zone: str | None,
) -> Date:
    """The date with some of its units set. A day that another month does not have becomes its last."""
    moment = _local(date, time_zone)
    year, month = moment.year if year is None else year, moment.month if month is None else month
    if day is None:
        day = min(moment.day, _days_in(year, month) if 1 <= month <= 12 else 31)
    seconds = moment.second + moment.microsecond / 1e6 if second is None else second
    if not 0 <= seconds < 60:
        raise EvaluationError(f"Date.update: second must be in the range [0,60), not {seconds}.")
    set_to = _checked(
        zone(time_zone),
        "Date.update",
        year,
        month,
        day,
        moment.hour if hour is None else hour,
        moment.minute if minute is None else minute,
    )
    return Date(joda.milliseconds(set_to) + round(seconds * _SECOND))


def _checked(here: Zone, name: str, *parts: int) -> datetime:
    try:
        return datetime(*parts, tzinfo=here.rules)  # type: ignore[arg-type, misc]
    except (ValueError, OverflowError) as error:
        raise EvaluationError(f"{name}: there is no such date: {error}.") from None


# --- DateRange

_FIRST, _LAST = -(2**63), 2**63 - 1
"""The ends that an unbounded range shows: the smallest and largest Long."""


@algorithm("DateRange")
def date_range(start: Any, end: Any, time_zone: str | None) -> DateRange:
    """From start up to, not including, end; without an end, one millisecond."""
    here = zone(time_zone)
    first = _milliseconds(start, here, "DateRange")
    return DateRange(first, first + 1 if end is None else _milliseconds(end, here, "DateRange"))


@algorithm("DateRange.unbounded")
def unbounded() -> DateRange:
    """All dates."""
    return DateRange(None, None)


def _start(dates: DateRange) -> float:
    return _FIRST if dates.start is None else dates.start


def _end(dates: DateRange) -> float:
    return _LAST if dates.end is None else dates.end


def _range(start: float, end: float) -> DateRange:
    return DateRange(None if start == _FIRST else start, None if end == _LAST else end)


@algorithm("DateRange.start")
def start(dates: DateRange) -> Date:
    """The first moment."""
    return Date(_start(dates))


@algorithm("DateRange.end")
def end(dates: DateRange) -> Date:
    """The first moment that is no longer in the range."""
    return Date(_end(dates))


@algorithm("DateRange.isEmpty")
def is_empty(dates: DateRange) -> bool:
    """Whether it has no date."""
    return _start(dates) >= _end(dates)


@algorithm("DateRange.isUnbounded")
def is_unbounded(dates: DateRange) -> bool:
    """Whether it has all dates."""
    return dates.start is None and dates.end is None


@algorithm("DateRange.contains")
def contains(dates: DateRange, other: Any) -> bool:
    """Whether a date, or the whole of another range, is in this one."""
    if isinstance(other, DateRange):
        return _start(dates) <= _start(other) and _end(other) <= _end(dates)
    return _start(dates) <= _milliseconds(other, zone(None), "DateRange.contains") < _end(dates)


@algorithm("DateRange.intersects")
def intersects(dates: DateRange, other: DateRange) -> bool:
    """Whether both have a date in common."""
    return not is_empty(intersection(dates, other))


@algorithm("DateRange.intersection")
def intersection(dates: DateRange, other: DateRange) -> DateRange:
    """The dates that both have; an empty range where there are none."""
    first = max(_start(dates), _start(other))
    return _range(first, max(first, min(_end(dates), _end(other))))


@algorithm("DateRange.union")
def union(dates: DateRange, other: DateRange) -> DateRange:
    """The smallest range that has all dates of both."""
    if is_empty(dates) or is_empty(other):
        return other if is_empty(dates) else dates
    return _range(min(_start(dates), _start(other)), max(_end(dates), _end(other)))
