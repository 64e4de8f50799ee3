"""What the server does not keep in an asset: names of properties and bands, and values of rows and images."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from gee_scl.local.errors import EvaluationError
from gee_scl.local.values import Date, Feature, type_of

_SYSTEM = "system:"

_KEY = re.compile(r"[A-Za-z0-9_]+")

_BAND = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
"""A name that begins with a letter: stricter than what is documented of bands, so that it passes anywhere."""

_ENCODED_NAMES: Mapping[type, str] = {bool: "Boolean", int: "Long", float: "Double", str: "String"}
"""How the server calls plain values where it encodes them (seen of whole numbers)."""


def check_encodable(number: int, feature: Feature) -> None:
    """Refuse a row that a table does not hold, by the server's text.

    Args:
        number: of the row, from 0 on.
        feature: the row.

    Raises:
        EvaluationError: it has no geometry, or something else than numbers, texts and dates among its properties.
    """
    if feature.geometry is None:
        raise EvaluationError("Unable to export features with null geometry.")
    for name, value in feature.properties.items():
        if not isinstance(value, str | int | float | Date):
            raise EvaluationError(
                f"Unable to encode value '{name}' of feature {number}: invalid type {_encoded_type(value)}."
            )


def check_properties(properties: Mapping[str, Any]) -> None:
    """Refuse properties that an asset does not have, by the server's text where there is one.

    Raises:
        EvaluationError: a key with other characters, or a value that is neither a text nor a number.
    """
    for key, value in properties.items():
        if key.startswith(_SYSTEM):
            continue
        if not _KEY.fullmatch(key):
            raise EvaluationError(
                f'Property key "{key}" is invalid. Property keys must contain only letters, digits, and underscores.'
            )
        if not isinstance(value, str | int | float | Date):
            kind = _encoded_type(value)
            raise EvaluationError(
                f'Property "{key}" has an invalid value of type {kind}: it must be a number or a string.'
            )


def check_band_names(names: Sequence[str]) -> None:
    """Refuse names that bands of an asset do not have.

    Raises:
        EvaluationError: a name that does not begin with a letter, or has other characters.
    """
    for name in names:
        if not _BAND.fullmatch(name):
            raise EvaluationError(f'Band name "{name}" is invalid. Band names must begin with a letter.')


def _encoded_type(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"Dictionary<{_common_name(list(value.values()))}>"
    if isinstance(value, list | tuple):
        return f"List<{_common_name(value)}>"
    return type_of(value)


def _common_name(values: Sequence[Any]) -> str:
    kinds = {_ENCODED_NAMES.get(type(value), "Object") for value in values}
    return kinds.pop() if len(kinds) == 1 else "Object"
