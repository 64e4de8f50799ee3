"""Codes of transitions: what a class became, as one number, with the name and the colour of each pair of classes."""

from __future__ import annotations

from collections.abc import Sequence

from gee_scl.options.names import name_key

UNKNOWN = 99
"""Stands for a pixel that shows none of the scheme's classes."""

UNKNOWN_NAME = "Unknown"

BASE = 100
"""A code is the place of the class before, times this, plus the place of the class after; places are counted from 1 in
the scheme's order, as values can have any number of digits. Those of the built-in schemes are their places."""

MOST_CLASSES = UNKNOWN - 1
"""Classes whose places have two digits, so that a code fits into 16 bits."""

_TINT = 0.72
"""Share of white in the colour of a class that stays."""

_GREYS = {"before": "979797", "after": "777777", "both": "b7b7b7"}
"""Colours of what is unknown."""


def transition_classes(classes: Sequence[tuple[str, str]]) -> list[tuple[int, str, str]]:
    """Name and colour every pair of classes, and what is unknown before or after.

    Args:
        classes: name and 'rrggbb' of each, in the scheme's order.

    Returns:
        Code, name and 'rrggbb' of each pair, by the class before and then the class after, unknown last.
    """
    known = [(place, name, color) for place, (name, color) in enumerate(classes, start=1)]
    sides = [*known, (UNKNOWN, UNKNOWN_NAME, "")]
    pairs: dict[str, tuple[int, str, str]] = {}
    for before, name_before, color_before in sides:
        for after, name_after, color_after in sides:
            code = BASE * before + after
            name = f"{name_before} to {name_after}"
            if before == after:
                name, color = (UNKNOWN_NAME, _GREYS["both"]) if before == UNKNOWN else _stays(name_before, color_before)
            elif UNKNOWN in (before, after):
                color = _GREYS["before" if before == UNKNOWN else "after"]
            else:
                color = color_after
            # "A" to "B to C", and "A to B" to "C".
            name = f"{name} ({code})" if name_key(name) in pairs else name
            pairs[name_key(name)] = (code, name, color)
    return list(pairs.values())


def _stays(name: str, color: str) -> tuple[str, str]:
    tint = bytes(round(part + (255 - part) * _TINT) for part in bytes.fromhex(color))
    return f"{name} stays", tint.hex()
