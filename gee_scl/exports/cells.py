"""Cells of exported tables: how a region's property of any type becomes one, and comes back with all its digits.

Earth Engine's files know texts and numbers, and its numbers have 53 bits: what is more than that goes as a text.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from gee_scl.errors import ArgumentError

_EXACT = 2**53
"""Up to here each whole number is one of the server's numbers."""

_MISSING = ""
"""An empty text cannot be told from none in a CSV file."""


@dataclass(frozen=True)
class CellKind:
    """How the values of a column stand in files.

    Attributes:
        write: what stands in a file for a value.
        read: the value, from what a file has, which may be a text.
    """

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def _whole(content: Any) -> int:
    # A file may write 7 as "7.0", and a float has not all digits of a long number.
    return int(Decimal(str(content)))


def _truth(content: Any) -> bool:
    return content is True or str(content).lower() in ("true", "1", "1.0")


def _moment(content: Any) -> Any:
    import pandas as pd

    return pd.Timestamp(content)


KINDS: Mapping[str, CellKind] = MappingProxyType(
    {
        "str": CellKind(str, str),
        "int": CellKind(int, _whole),
        "long": CellKind(lambda value: str(int(value)), _whole),
        "float": CellKind(float, float),
        "bool": CellKind(bool, _truth),
        "datetime": CellKind(lambda value: value.isoformat(), _moment),
        "date": CellKind(lambda value: value.isoformat(), dt.date.fromisoformat),
        "decimal": CellKind(str, Decimal),
        "uuid": CellKind(str, uuid.UUID),
        "json": CellKind(json.dumps, json.loads),
    }
)
"""By the name that the table's settings give it; "json" is of values of several kinds, of lists and of objects."""

_OF_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "bool"),
    (int, "int"),
    (float, "float"),
    (str, "str"),
    (dt.datetime, "datetime"),
    (dt.date, "date"),
    (Decimal, "decimal"),
    (uuid.UUID, "uuid"),
)
"""The first that fits counts: a truth value is a whole number to Python, and a moment a date."""


def kind_of(argument: str, values: Iterable[object]) -> str:
    """The kind of a column.

    Args:
        argument: by which the caller has named the column.
        values: of the column; None is of no kind.

    Raises:
        ArgumentError: a value that no file can hold.
    """
    plain = [_plain(value) for value in values if value is not None]
    kinds = {next((kind for type_, kind in _OF_TYPES if isinstance(value, type_)), "json") for value in plain}
    if kinds == {"int"} and any(abs(value) > _EXACT for value in plain):
        return "long"
    if len(kinds) == 1 and kinds != {"json"}:
        return kinds.pop()
    for value in plain:
        try:
            json.dumps(value)
        except (TypeError, ValueError) as error:
            allowed = "texts, numbers, truth values, dates, moments, decimals or UUIDs, each column of one of them"
            raise ArgumentError(argument, value, allowed, "Turn them into texts first.") from error
    return "json"


def cell(value: Any, kind: str) -> Any:
    """What stands in a file for a region's property; None for a missing one."""
    return None if value is None else KINDS[kind].write(_plain(value))


def cell_value(content: Any, kind: str) -> Any:
    """What stood in a region's property, from a cell of a file."""
    if content is None or content == _MISSING or content != content:
        return None
    return KINDS[kind].read(content)


def _plain(value: Any) -> Any:
    """A number of numpy as one of Python."""
    if getattr(value, "ndim", 0):  # an array of one number is no number
        return value.tolist()
    return value.item() if hasattr(value, "item") else value
