"""Dates as text: Joda-Time's patterns, which Earth Engine uses, its ISO form, and time zones.

The patterns are those of https://www.joda.org/joda-time/apidocs/org/joda/time/format/DateTimeFormat.html.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gee_scl.local.errors import EvaluationError

ISO_PATTERN = "yyyy-MM-dd'T'HH:mm:ss"
"""What `Date.format` writes without a pattern (recorded)."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_OUT_OF_RANGE = "is outside of the years 1 to 9999, which the local engine can work with"


@dataclass(frozen=True)
class Zone:
    """A time zone and the name that it was asked for by."""

    id: str
    rules: tzinfo

    def local(self, milliseconds: float) -> datetime:
        """The calendar date and clock time of a moment here.

        Raises:
            EvaluationError: the moment is outside of the years that Python's calendar has.
        """
        try:
            return (_EPOCH + timedelta(milliseconds=int(milliseconds))).astimezone(self.rules)
        except (OverflowError, ValueError):
            raise EvaluationError(f"Date: the moment {milliseconds} {_OUT_OF_RANGE}.") from None


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970 of a moment. A clock time that a change of the clocks skips is the same time after it."""
    try:
        return (moment - _EPOCH) // _MILLISECOND
    except OverflowError:
        raise EvaluationError(f"Date: {moment} {_OUT_OF_RANGE}.") from None


_OFFSET = re.compile(r"([+-])([0-9]{2})(?::?([0-9]{2}))?(?::?([0-9]{2}))?", re.ASCII)


@functools.lru_cache(maxsize=256)
def timestamp(milliseconds: float) -> str:
    """A moment as the REST API writes it, such as "2023-05-01T10:00:00.000000Z"."""
    return zone(None).local(milliseconds).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def zone(name: str | None) -> Zone:
    """The time zone of a name such as 'America/Los_Angeles' or '+02:00'; none is UTC.

    Raises:
        EvaluationError: nobody knows it.
    """
    if name is None or name in ("UTC", "Z"):
        return Zone("UTC", UTC)
    offset = _OFFSET.fullmatch(name)
    if offset:
        return Zone(name, _fixed(offset))
    try:
        return Zone(name, ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise EvaluationError(f"The datetime zone id '{name:.100}' is not recognised.") from None


def _fixed(offset: re.Match[str]) -> timezone:
    hours, minutes, seconds = (int(part or 0) for part in offset.groups()[1:])
    if hours > 23 or minutes > 59 or seconds > 59:
        raise EvaluationError(f"The datetime zone id '{offset[0]}' is not recognised.")
    distance = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return timezone(-distance if offset[1] == "-" else distance)


# --- patterns


@dataclass(frozen=True)
class _Field:
    letter: str
    count: int


_TOKEN = re.compile(r"''|'(?P<text>(?:[^']|'')*)'|(?P<letter>[A-Za-z])(?P=letter)*|(?P<other>[^A-Za-z'])", re.DOTALL)


@functools.lru_cache(maxsize=256)
def _tokens(pattern: str) -> tuple[_Field | str, ...]:
    """Fields, and the text between them."""
    tokens: list[_Field | str] = []
    position = 0
    while position < len(pattern):
        token = _TOKEN.match(pattern, position)
        if token is None:
            raise EvaluationError(f'Date: the pattern "{pattern:.100}" has a quote that is not closed.')
        if token["letter"]:
            if token["letter"] not in _WRITERS:
                raise EvaluationError(f"Date: Illegal pattern component: {token[0]}.")
            tokens.append(_Field(token["letter"], len(token[0])))
        elif token["text"] is not None:
            tokens.append(token["text"].replace("''", "'"))
        else:
            tokens.append("'" if token["other"] is None else token["other"])
        position = token.end()
    return tuple(tokens)


# The server writes names in English, whatever the locale.
_MONTHS = [
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

# (short name, offset in hours) -> English name. Short names alone are ambiguous: China has a CST as well.
_ZONE_NAMES: Mapping[tuple[str, float], str] = {
    ("UTC", 0): "Coordinated Universal Time",
    ("GMT", 0): "Greenwich Mean Time",
    ("BST", 1): "British Summer Time",
    ("WET", 0): "Western European Time",
    ("WEST", 1): "Western European Summer Time",
    ("CET", 1): "Central European Time",
    ("CEST", 2): "Central European Summer Time",
    ("EET", 2): "Eastern European Time",
    ("EEST", 3): "Eastern European Summer Time",
    ("EST", -5): "Eastern Standard Time",
    ("EDT", -4): "Eastern Daylight Time",
    ("CST", -6): "Central Standard Time",
    ("CDT", -5): "Central Daylight Time",
    ("MST", -7): "Mountain Standard Time",
    ("MDT", -6): "Mountain Daylight Time",
    ("PST", -8): "Pacific Standard Time",
    ("PDT", -7): "Pacific Daylight Time",
    ("AKST", -9): "Alaska Standard Time",
    ("AKDT", -8): "Alaska Daylight Time",
    ("HST", -10): "Hawaii-Aleutian Standard Time",
    ("JST", 9): "Japan Standard Time",
}


# --- writing


def format_date(moment: datetime, zone: Zone, pattern: str) -> str:
    """A moment as text.

    Args:
        moment: with the rules of the zone, as `Zone.local` returns it.
        zone: for the zone's id.
        pattern: Joda-Time's.

    Raises:
        EvaluationError: the pattern is not one.
    """
    return "".join(
        token if isinstance(token, str) else _WRITERS[token.letter](moment, token.count, zone)
        for token in _tokens(pattern)
    )


_Writer = Callable[[datetime, int, Zone], str]


def _number(value: Callable[[datetime], int]) -> _Writer:
    return lambda moment, count, _: f"{value(moment):0{count}d}"


def _year(value: Callable[[datetime], int]) -> _Writer:
    """Exactly two letters are the last two digits."""
    return lambda moment, count, _: f"{value(moment) % 100:02d}" if count == 2 else f"{value(moment):0{count}d}"


def _named(names: list[str], value: Callable[[datetime], int], long_from: int) -> _Writer:
    return lambda moment, count, _: names[value(moment)] if count >= long_from else names[value(moment)][:3]


def _month(moment: datetime, count: int, zone: Zone) -> str:
    return _named(_MONTHS, lambda m: m.month - 1, 4)(moment, count, zone) if count > 2 else f"{moment.month:0{count}d}"


def _fraction(moment: datetime, count: int, _: Zone) -> str:
    return f"{moment.microsecond // 1000:03d}".ljust(count, "0")[:count]


def _offset_text(moment: datetime, colon: str) -> str:
    seconds = int((moment.utcoffset() or timedelta()).total_seconds())
    return f"{'-' if seconds < 0 else '+'}{abs(seconds) // 3600:02d}{colon}{abs(seconds) // 60 % 60:02d}"


def _zone_name(moment: datetime, count: int, _: Zone) -> str:
    short = moment.tzname() or ""
    if not short.isalpha():  # the time zone has only numbers for a name
        return _offset_text(moment, ":")
    hours = (moment.utcoffset() or timedelta()) / timedelta(hours=1)
    return _ZONE_NAMES.get((short, hours), _offset_text(moment, ":")) if count >= 4 else short


def _zone_offset(moment: datetime, count: int, zone: Zone) -> str:
    return zone.id if count >= 3 else _offset_text(moment, ":" if count == 2 else "")


_WRITERS: Mapping[str, _Writer] = {
    "G": lambda _moment, _count, _zone: "AD",  # Python's calendar begins with the year 1
    "C": _number(lambda m: m.year // 100),
    "Y": _year(lambda m: m.year),
    "y": _year(lambda m: m.year),
    "x": _year(lambda m: m.isocalendar().year),
    "w": _number(lambda m: m.isocalendar().week),
    "e": _number(lambda m: m.isoweekday()),
    "E": _named(_DAYS, lambda m: m.weekday(), 4),
    "D": _number(lambda m: m.timetuple().tm_yday),
    "M": _month,
    "d": _number(lambda m: m.day),
    "a": lambda moment, _count, _zone: "PM" if moment.hour >= 12 else "AM",
    "K": _number(lambda m: m.hour % 12),
    "h": _number(lambda m: m.hour % 12 or 12),
    "H": _number(lambda m: m.hour),
    "k": _number(lambda m: m.hour or 24),
    "m": _number(lambda m: m.minute),
    "s": _number(lambda m: m.second),
    "S": _fraction,
    "z": _zone_name,
    "Z": _zone_offset,
}


# --- reading


@dataclass
class _Reader:
    """Text that is read from left to right, and the fields found in it."""

    text: str
    zone: Zone
    position: int = 0
    fields: dict[str, int] = field(default_factory=dict)

    def take(self, pattern: str) -> str:
        match = re.compile(pattern, re.ASCII | re.IGNORECASE).match(self.text, self.position)
        if match is None:
            self.refuse()
        self.position = match.end()
        return match[0]

    def refuse(self) -> NoReturn:
        rest = self.text[self.position :]
        where = f'malformed at "{rest:.100}"' if rest else "too short"
        raise EvaluationError(f'Date: Invalid format: "{self.text:.100}" is {where}.')


def parse_date(text: str, zone: Zone, pattern: str) -> datetime:
    """The moment that a text says in a pattern.

    What the pattern leaves out is the start of it; a month or day without a year is in 2000, as in Joda-Time.

    Args:
        text: the date.
        zone: where it is meant, unless the text names an offset or a zone.
        pattern: Joda-Time's.

    Raises:
        EvaluationError: the text does not fit, or there is no such date.
    """
    reader = _Reader(text, zone)
    tokens = _tokens(pattern)
    for place, token in enumerate(tokens):
        if isinstance(token, str):
            reader.take(re.escape(token))
            continue
        following = tokens[place + 1] if place + 1 < len(tokens) else None
        _read(reader, token, isinstance(following, _Field) and _is_number(following))
    if reader.position < len(text):
        reader.refuse()
    return _resolved(reader)


_NUMBERS = {"w": 2, "e": 1, "D": 3, "d": 2, "K": 2, "h": 2, "H": 2, "k": 2, "m": 2, "s": 2}
"""Fields of digits, and how many digits they have at most."""


def _is_number(token: _Field) -> bool:
    return token.letter in "YyxS" or token.letter in _NUMBERS or (token.letter == "M" and token.count < 3)


def _read(reader: _Reader, token: _Field, digits_follow: bool) -> None:
    letter, count = token.letter, token.count
    match letter:
        case "Y" | "y" | "x":
            reader.fields["y" if letter == "Y" else letter] = _read_year(reader, count, digits_follow)
        case "M" if count >= 3:
            reader.fields["M"] = _read_name(reader, _MONTHS) + 1
        case "M":
            reader.fields["M"] = int(reader.take("[0-9]{1,2}"))
        case "E":
            reader.fields["e"] = _read_name(reader, _DAYS) + 1
        case "a":
            reader.fields["a"] = int(reader.take("AM|PM").upper() == "PM")
        case "G":
            reader.take("AD")
        case "S":
            reader.fields["S"] = int(reader.take(f"[0-9]{{1,{min(count, 1000)}}}").ljust(3, "0")[:3])
        case "Z" if count < 3:
            reader.zone = zone(reader.take(r"Z|[+-][0-9]{2}(:?[0-9]{2}){0,2}").upper())
        case "Z":
            reader.zone = zone(reader.take(r"[+-][0-9:]+|[A-Za-z][\w/+-]*"))
        case "z":
            reader.zone = Zone(*_read_zone_name(reader))
        case _ if letter in _NUMBERS:
            reader.fields[letter] = int(reader.take(f"[0-9]{{1,{_NUMBERS[letter]}}}"))
        case _:
            raise EvaluationError(f"Date: the pattern letter '{letter}' cannot be used to read a date.")


_PIVOT = 1996
"""Two digits of a year are those of 1946 to 2045. Joda-Time's window moves with the clock; this is that of 2026."""


def _read_year(reader: _Reader, count: int, digits_follow: bool) -> int:
    text = reader.take(f"[+-]?[0-9]{{1,{min(count, 9) if digits_follow else 9}}}")
    year = int(text)
    if count == 2 and len(text) == 2 and text.isdecimal():
        first = _PIVOT - 50
        year = first + (year - first) % 100
    return year


def _read_name(reader: _Reader, names: list[str]) -> int:
    spelled = reader.take("|".join(f"{name}|{name[:3]}" for name in names)).lower()
    return next(i for i, name in enumerate(names) if name.lower().startswith(spelled))


def _read_zone_name(reader: _Reader) -> tuple[str, tzinfo]:
    """Joda-Time reads only UTC's and North America's short names."""
    readable = {s: hours for (s, hours) in _ZONE_NAMES if s in ("UTC", "GMT") or (hours <= -4 and len(s) == 3)}
    name = reader.take("|".join(sorted(readable))).upper()
    return name, timezone(timedelta(hours=readable[name]), name)


def _resolved(reader: _Reader) -> datetime:
    fields = reader.fields
    try:
        return _day(fields).replace(
            hour=_hour(fields),
            minute=fields.get("m", 0),
            second=fields.get("s", 0),
            microsecond=fields.get("S", 0) * 1000,
            tzinfo=reader.zone.rules,
        )
    except (ValueError, OverflowError) as error:
        raise EvaluationError(f'Date: Cannot parse "{reader.text:.100}": {error}.') from None


def _day(fields: Mapping[str, int]) -> datetime:
    if not fields.keys().isdisjoint("xw") or ("e" in fields and fields.keys().isdisjoint("MdD")):
        return datetime.fromisocalendar(fields.get("x", fields.get("y", 1970)), fields.get("w", 1), fields.get("e", 1))
    default = 1970 if fields.keys().isdisjoint("MdD") else 2000
    year = fields.get("y", default)
    if "D" in fields:
        first = datetime(year, 1, 1)
        day = first + timedelta(days=fields["D"] - 1)
        if day.year != year:
            raise ValueError(f"day {fields['D']} is not in the year {year}")
        return day
    return datetime(year, fields.get("M", 1), fields.get("d", 1))


def _hour(fields: Mapping[str, int]) -> int:
    if "H" in fields:
        return fields["H"]
    if "k" in fields:
        return _within(fields["k"], 1, 24) % 24
    half = 12 * fields.get("a", 0)
    if "h" in fields:
        return _within(fields["h"], 1, 12) % 12 + half
    return _within(fields.get("K", 0), 0, 11) + half


def _within(value: int, low: int, high: int) -> int:
    if not low <= value <= high:
        raise ValueError(f"the hour {value} must be in the range [{low},{high}]")
    return value


_ISO = re.compile(
    r"(?P<y>[+-]?[0-9]{1,9})"
    r"(?:-(?P<D>[0-9]{3})|-W(?P<w>[0-9]{1,2})(?:-(?P<e>[0-9]))?|-(?P<M>[0-9]{1,2})(?:-(?P<d>[0-9]{1,2}))?)?"
    r"(?:T(?:(?P<H>[0-9]{1,2})(?::(?P<m>[0-9]{1,2})(?::(?P<s>[0-9]{1,2})(?:[.,](?P<S>[0-9]+))?)?)?)?"
    r"(?P<zone>Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?",
    re.ASCII,
)


def parse_iso(text: str, here: Zone) -> datetime:
    """The moment of an ISO date such as '2020', '1996-001', '2017-6-24' or '1996-01-01T08:00'.

    Args:
        text: the date.
        here: where it is meant, unless the text ends in an offset.

    Raises:
        EvaluationError: it is no such date.
    """
    match = _ISO.fullmatch(text)
    if match is None:
        raise EvaluationError(f"Date: Bad date/time '{text:.100}'.")
    parts = {name: part for name, part in match.groupdict().items() if part is not None}
    offset = parts.pop("zone", None)
    parts["S"] = parts.get("S", "0").ljust(3, "0")[:3]
    return _resolved(_Reader(text, zone(offset) if offset else here, fields={k: int(v) for k, v in parts.items()}))
