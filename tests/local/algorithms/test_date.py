"""Dates: expected values from Earth Engine's documentation, Python's calendar, or by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gee_scl.local.errors import EvaluationError
from gee_scl.local.values import Date, DateRange
from tests.support.local.algorithm_calls import Node, call, invoke

DAY = 86_400_000
NEW_YORK = "America/New_York"


def ms(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def date(value: object, zone: str | None = None) -> Node:
    return invoke("Date", value=value, timeZone=zone)


@pytest.mark.parametrize(
    ("value", "zone", "expected"),
    [
        (60_000, None, "1970-01-01T00:01:00"),
        (-0.5, None, "1970-01-01T00:00:00"),
        ("2020", None, "2020-01-01"),
        ("2017-6-24", None, "2017-06-24"),
        ("1996-12", None, "1996-12-01"),
        ("1996-032", None, "1996-02-01"),
        ("2021-W01-1", None, "2021-01-04"),
        ("2020-7-1T13:00", None, "2020-07-01T13:00"),
        ("2021-4-30T07:15:31.2456", None, "2021-04-30T07:15:31.245"),
        ("2020-01-01T00:00:00Z", NEW_YORK, "2020-01-01"),
        ("2020-01-01T00:00:00+02:00", None, "2019-12-31T22:00"),
        ("2020", "US/Mountain", "2020-01-01T07:00"),
        ("2020-07-01", "+05:30", "2020-06-30T18:30"),
    ],
)
def test_a_date_is_read_from_milliseconds_or_iso_text(value: object, zone: str | None, expected: str) -> None:
    assert call("Date", value=value, timeZone=zone) == Date(ms(expected))


@pytest.mark.parametrize(
    "value", ["", "yesterday", "2020-13-01", "2020-02-30", "2020-01-01 10:00", "2019-366", "20170624", "2020-01-01T25"]
)
def test_text_that_is_no_date_is_refused(value: str) -> None:
    with pytest.raises(EvaluationError, match="Date"):
        call("Date", value=value)


@pytest.mark.parametrize("value", ["NaN", True, [2020], {"a": 1}])
def test_what_is_neither_number_nor_text_is_refused(value: object) -> None:
    with pytest.raises(EvaluationError, match="Date"):
        call("Date", value=value) if value != "NaN" else call("Date", value=invoke("Number.log", input=-1))


@pytest.mark.parametrize("zone", ["Nowhere", "../../etc/passwd", "/etc/passwd", "+99:00", ""])
def test_an_unknown_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(EvaluationError, match="not recognised"):
        call("Date", value="2020-01-01", timeZone=zone)


@pytest.mark.parametrize(
    ("pattern", "zone", "expected"),
    [
        (None, None, "1975-07-23T21:13:59"),
        ("YYYY GG", None, "1975 AD"),
        ("CC YY", None, "19 75"),
        ("xxxx ww", None, "1975 30"),
        ("yy DDD", None, "75 204"),
        ("M MM MMM MMMM", None, "7 07 Jul July"),
        ("e E EEEE", None, "3 Wed Wednesday"),
        ("a K h KK hh", None, "PM 9 9 09 09"),
        ("H k m s S SSSSS", None, "21 21 13 59 2 25000"),
        ("z zzzz", None, "UTC Coordinated Universal Time"),
        ("z zzzz Z ZZ ZZZ", "PST8PDT", "PDT Pacific Daylight Time -0700 -07:00 PST8PDT"),
        ("z", "Etc/GMT+8", "-08:00"),
        ("z zzzz", "Asia/Shanghai", "CST +08:00"),
        ("YY 'yada' MM ''dd''", None, "75 yada 07 '23'"),
        ("yyyyMMdd'T''x'", None, "19750723T'x"),
        ("YYYY-MM-DD", None, "1975-07-204"),
    ],
)
def test_format_writes_jodas_patterns(pattern: str | None, zone: str | None, expected: str) -> None:
    assert call("Date.format", date=date("1975-07-23T21:13:59.250"), format=pattern, timeZone=zone) == expected


@pytest.mark.parametrize("pattern", ["yyyy-MM-dd'T", "yyyy b", "N"])
def test_format_refuses_what_is_no_pattern(pattern: str) -> None:
    with pytest.raises(EvaluationError, match="pattern"):
        call("Date.format", date=date(0), format=pattern)


@pytest.mark.parametrize(
    ("pattern", "text", "zone", "expected"),
    [
        ("yyyy MM dd", "2021 4 30", None, "2021-04-30"),
        ("MM/dd/yy", "4/30/21", None, "2021-04-30"),
        ("MM/dd/yy", "4/30/85", None, "1985-04-30"),
        ("MMM. dd, yyyy", "Apr. 30, 2021", None, "2021-04-30"),
        ("MMMM d", "february 29", None, "2000-02-29"),
        ("yyyyMMdd'T'HHmmss", "20210430T071531", None, "2021-04-30T07:15:31"),
        ("yyyyDDD", "2021120", None, "2021-04-30"),
        ("xxxx'W'ww e", "2021W17 5", None, "2021-04-30"),
        ("yyyy-MM-dd hh:mm a", "2021-04-30 12:05 am", None, "2021-04-30T00:05"),
        ("yyyy-MM-dd kk", "2021-04-30 24", None, "2021-04-30"),
        ("yyyy-MM-dd HH:mm Z", "2021-04-30 10:00 +0200", NEW_YORK, "2021-04-30T08:00"),
        ("yyyy-MM-dd HH:mm ZZZ", "2021-04-30 10:00 Europe/Paris", None, "2021-04-30T08:00"),
        ("yyyy-MM-dd HH z", "2021-04-30 10 PST", None, "2021-04-30T18:00"),
        ("yyyy-MM-dd HH:mm", "2021-04-30 10:00", NEW_YORK, "2021-04-30T14:00"),
        ("HH:mm:ss.SSS", "01:02:03.5", None, "1970-01-01T01:02:03.500"),
    ],
)
def test_parse_reads_jodas_patterns(pattern: str, text: str, zone: str | None, expected: str) -> None:
    assert call("Date.parse", format=pattern, date=text, timeZone=zone) == Date(ms(expected))


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("yyyy", "x"),
        ("yyyy", "2020-01"),
        ("yyyy-MM", "2020"),
        ("yyyy-MM-dd", "2021-02-29"),
        ("yyyy DDD", "2021 366"),
        ("hh a", "13 PM"),
        ("CC", "20"),
    ],
)
def test_parse_refuses_what_does_not_fit(pattern: str, text: str) -> None:
    with pytest.raises(EvaluationError, match="Date"):
        call("Date.parse", format=pattern, date=text)


@given(st.integers(ms("1900-01-01"), ms("2100-01-01")), st.sampled_from(["UTC", NEW_YORK, "Asia/Kolkata", "+01:00"]))
def test_what_format_writes_parse_reads(moment: int, zone: str) -> None:
    pattern = "yyyy-MM-dd HH:mm:ss.SSS ZZ"
    # Offsets are written in whole minutes; before time zones, local time had seconds.
    moment = max(moment, ms("1946-01-01"))
    text = call("Date.format", date=date(moment), format=pattern, timeZone=zone)
    assert call("Date.parse", format=pattern, date=text) == Date(moment)


@pytest.mark.parametrize(
    ("start", "delta", "unit", "zone", "expected"),
    [
        ("2020-07-01T13:00", 1, "week", None, "2020-07-08T13:00"),
        ("2020-07-01T13:00", 2, "years", None, "2022-07-01T13:00"),
        ("2020-07-01T13:00", -1, "second", None, "2020-07-01T12:59:59"),
        ("2020-01-31", 1, "month", None, "2020-02-29"),
        ("2020-03-31", -13, "month", None, "2019-02-28"),
        ("2020-02-29", 1, "year", None, "2021-02-28"),
        ("2020-07-01", 0.5, "hour", None, "2020-07-01T00:30"),
        ("2020-07-01", 1.5, "day", None, "2020-07-02T12:00"),
        ("2020-07-01", -0.5, "week", None, "2020-06-27T12:00"),
        # Clocks go forward in New York on 2020-03-08, so that day has 23 hours.
        ("2020-03-08T05:00", 1, "day", NEW_YORK, "2020-03-09T04:00"),
        ("2020-03-08T05:00", 24, "hour", NEW_YORK, "2020-03-09T05:00"),
    ],
)
def test_advance_follows_the_calendar(start: str, delta: float, unit: str, zone: str | None, expected: str) -> None:
    assert call("Date.advance", date=date(start), delta=delta, unit=unit, timeZone=zone) == Date(ms(expected))


@pytest.mark.parametrize(
    ("delta", "unit"), [(0.5, "month"), (1.5, "year"), (1, "fortnight"), ("NaN", "day"), (1e9, "year"), (1e300, "day")]
)
def test_advance_refuses_what_has_no_date(delta: float, unit: str) -> None:
    with pytest.raises(EvaluationError, match="Date"):
        call("Date.advance", date=date("2020-01-01"), delta=delta, unit=unit)


@pytest.mark.parametrize(
    ("unit", "value", "relative_to_year", "fraction"),
    [
        ("year", 2021, 0, (119 + 7.2586777777777775 / 24) / 365),
        ("month", 4, 3, (29 + 7.2586777777777775 / 24) / 30),
        ("week", 17, 17, (4 + 7.2586777777777775 / 24) / 7),
        ("day", 30, 119, 7.2586777777777775 / 24),
        ("hour", 7, 119 * 24 + 7, 0.2586777777777775),
        ("minute", 15, (119 * 24 + 7) * 60 + 15, 31.24 / 60),
        ("second", 31, ((119 * 24 + 7) * 60 + 15) * 60 + 31, 0.24),
    ],
)
def test_units_of_a_date(unit: str, value: int, relative_to_year: int, fraction: float) -> None:
    moment = date("2021-4-30T07:15:31.24")
    assert call("Date.get", date=moment, unit=unit) == value
    assert call("Date.getRelative", date=moment, unit=unit, inUnit="year") == relative_to_year
    assert call("Date.getFraction", date=moment, unit=unit) == pytest.approx(fraction, abs=1e-9)


def test_a_unit_in_a_smaller_one_is_zero() -> None:
    assert call("Date.getRelative", date=date("2021-04-30"), unit="year", inUnit="month") == 0


@pytest.mark.parametrize(
    ("unit", "start", "end"),
    [
        ("year", "2021-01-01", "2022-01-01"),
        ("month", "2021-04-01", "2021-05-01"),
        ("week", "2021-04-26", "2021-05-03"),
        ("day", "2021-04-30", "2021-05-01"),
        ("hour", "2021-04-30T07:00", "2021-04-30T08:00"),
        ("minute", "2021-04-30T07:15", "2021-04-30T07:16"),
        ("second", "2021-04-30T07:15:31", "2021-04-30T07:15:32"),
    ],
)
def test_get_range_is_the_unit_around_a_date(unit: str, start: str, end: str) -> None:
    assert call("Date.getRange", date=date("2021-4-30T07:15:31.24"), unit=unit) == DateRange(ms(start), ms(end))


def test_a_days_range_follows_its_time_zone() -> None:
    found = call("Date.getRange", date=date("2020-03-08T12:00"), unit="day", timeZone=NEW_YORK)
    assert found == DateRange(ms("2020-03-08T05:00"), ms("2020-03-09T04:00"))


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [("day", "minute", 1440), ("year", "day", 365.2425), ("month", "year", 1 / 12), ("week", "hours", 168)],
)
def test_unit_ratio_is_of_average_lengths(numerator: str, denominator: str, expected: float) -> None:
    assert call("Date.unitRatio", numerator=numerator, denominator=denominator) == pytest.approx(expected)


def test_difference_is_fractional_and_signed() -> None:
    first, second = date("2020-01-01"), date("2020-01-15")
    assert call("Date.difference", date=second, start=first, unit="days") == 14
    assert call("Date.difference", date=first, start=second, unit="week") == -2
    assert call("Date.difference", date=second, start=first, unit="year") == pytest.approx(14 / 365.2425)


@pytest.mark.parametrize(
    ("parts", "zone", "expected"),
    [
        ((2021, 4, 30), None, "2021-04-30"),
        ((2021, 4, 30), "America/Los_Angeles", "2021-04-30T07:00"),
    ],
)
def test_a_date_from_year_month_and_day(parts: tuple[int, int, int], zone: str | None, expected: str) -> None:
    year, month, day = parts
    assert call("Date.fromYMD", year=year, month=month, day=day, timeZone=zone) == Date(ms(expected))


def test_a_day_that_does_not_exist_is_refused() -> None:
    with pytest.raises(EvaluationError, match=r"Date\.fromYMD.*no such date"):
        call("Date.fromYMD", year=2021, month=2, day=29)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"year": 2010, "minute": 59}, "2010-04-30T07:59:31.240"),
        ({"month": 2}, "2021-02-28T07:15:31.240"),
        ({"second": 1.5}, "2021-04-30T07:15:01.500"),
        ({"hour": 0, "timeZone": NEW_YORK}, "2021-04-30T04:15:31.240"),
    ],
)
def test_update_sets_what_is_given(changes: dict[str, Any], expected: str) -> None:
    assert call("Date.update", date=date("2021-4-30T07:15:31.24"), **changes) == Date(ms(expected))


@pytest.mark.parametrize("changes", [{"month": 13}, {"day": 31}, {"second": 60}, {"year": 0}])
def test_update_refuses_what_does_not_exist(changes: dict[str, Any]) -> None:
    with pytest.raises(EvaluationError, match=r"Date\.update"):
        call("Date.update", date=date("2021-04-30"), **changes)


def test_milliseconds_are_a_whole_number() -> None:
    assert call("Date.millis", date=date("1970-01-02")) == DAY
    assert type(call("Date.millis", date=date(5.7))) is int


# --- DateRange


def span(start: object, end: object = None) -> Node:
    return invoke("DateRange", start=start, end=end)


@pytest.mark.parametrize(
    ("start", "end", "zone", "expected"),
    [
        ("1970-01-02", "1970-01-03", None, (DAY, 2 * DAY)),
        ("1970-01-02", None, None, (DAY, DAY + 1)),
        (1, 2, None, (1, 2)),
        ("1970-01-01", 2, "+01:00", (-3_600_000, 2)),
    ],
)
def test_a_range_is_made_of_dates_numbers_or_texts(
    start: object, end: object, zone: str | None, expected: tuple[int, int]
) -> None:
    assert call("DateRange", start=start, end=end, timeZone=zone) == DateRange(*expected)


@pytest.mark.parametrize(
    ("name", "first", "second", "expected"),
    [
        ("contains", (0, 10), (2, 10), True),
        ("contains", (0, 10), (2, 11), False),
        ("intersects", (0, 10), (9, 20), True),
        ("intersects", (0, 10), (10, 20), False),
        ("intersection", (0, 10), (5, 20), DateRange(5, 10)),
        ("intersection", (0, 10), (15, 20), DateRange(15, 15)),
        ("union", (0, 10), (15, 20), DateRange(0, 20)),
        ("union", (0, 10), (50, 40), DateRange(0, 10)),
    ],
)
def test_two_ranges(name: str, first: tuple[int, int], second: tuple[int, int], expected: object) -> None:
    assert call(f"DateRange.{name}", dateRange=span(*first), other=span(*second)) == expected


@pytest.mark.parametrize(("moment", "expected"), [(0, True), (9, True), (10, False), ("1970-01-02", False)])
def test_a_range_ends_before_its_end(moment: object, expected: bool) -> None:
    assert call("DateRange.contains", dateRange=span(0, 10), other=moment) is expected


def test_the_ends_of_a_range() -> None:
    assert call("DateRange.start", dateRange=span(3, 5)) == Date(3)
    assert call("DateRange.end", dateRange=span(3, 5)) == Date(5)


def test_the_unbounded_range_has_every_date() -> None:
    everything = invoke("DateRange.unbounded")
    assert call("DateRange.isUnbounded", dateRange=everything) is True
    assert call("DateRange.isUnbounded", dateRange=span(0, 1)) is False
    assert call("DateRange.isEmpty", dateRange=everything) is False
    assert call("DateRange.contains", dateRange=everything, other=span(0, 1)) is True
    assert call("DateRange.intersection", dateRange=everything, other=span(0, 1)) == DateRange(0, 1)
    assert call("DateRange.union", dateRange=everything, other=span(0, 1)) == DateRange(None, None)


@pytest.mark.parametrize(("start", "end", "expected"), [(0, 1, False), (1, 1, True), (2, 1, True)])
def test_a_range_without_a_date_is_empty(start: int, end: int, expected: bool) -> None:
    assert call("DateRange.isEmpty", dateRange=span(start, end)) is expected
