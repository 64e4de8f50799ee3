"""Names as people type them: what counts as the same name, and which one was probably meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import TypeVar

from gee_scl.errors import ArgumentError

Thing = TypeVar("Thing")


def name_key(text: str) -> str:
    """Reduce a name to what is compared: letters and digits, without case."""
    return "".join(character for character in text.casefold() if character.isalnum())


_BAND_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
"""Earth Engine refuses assets with bands whose name begins otherwise, and exports with other characters."""


def band_name(argument: str, name: object) -> str:
    """What was given as the name of a new band, if Earth Engine takes it wherever the band may go.

    Raises:
        ArgumentError: it begins with no letter, or has other characters than letters, digits, '_' and '-'.
    """
    if not isinstance(name, str) or not _BAND_NAME.fullmatch(name):
        hint = f"Write 'year_{name}', for example." if isinstance(name, str) and name.isdigit() else ""
        allowed = "a band name that begins with a letter, of letters, digits, '_' and '-'"
        raise ArgumentError(argument, name, allowed, hint)
    return name


def nearest(text: object, labels: Iterable[object]) -> str:
    """Names the label that is most like a text.

    Args:
        text: what was given; nothing is like what is no text.
        labels: what could have been meant, the preferred spelling first.

    Returns:
        A question that ends an error message, or an empty string where nothing is alike.
    """
    if not isinstance(text, str):
        return ""
    labels_by_key: dict[str, object] = {}
    for label in labels:
        labels_by_key.setdefault(name_key(str(label)), label)
    found = difflib.get_close_matches(name_key(text), labels_by_key, n=1)
    return f"Did you mean {labels_by_key[found[0]]!r}?" if found else ""


class Named(dict[str, Thing]):
    """Things by name, whose KeyError says which names there are and which one was probably meant."""

    def __missing__(self, name: object) -> Thing:
        hint = nearest(name, self) if isinstance(name, str) else ""
        raise KeyError(f"{name!r} is none of {', '.join(self)}. {hint}".rstrip())


def no_such_argument(function: str, given: Iterable[str], allowed: Iterable[str]) -> None:
    """Refuse keyword arguments that a function does not have, as Python does, with what may have been meant.

    Args:
        function: that was called.
        given: names that came.
        allowed: names that it has.

    Raises:
        TypeError: there is another.
    """
    known = list(allowed)
    for name in given:
        if name not in known:
            text = f"{function}() got an unexpected keyword argument {name!r}. {nearest(name, known)}"
            raise TypeError(text.rstrip())
