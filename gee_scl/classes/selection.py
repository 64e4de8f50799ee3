"""Classes as callers name them: codes, names and groups, turned into codes."""

from __future__ import annotations

import operator
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

from gee_scl.classes.class_table import CLASSES, GROUPS, SCL_CODES, SclClass
from gee_scl.errors import ClassError
from gee_scl.options.checks import has_members
from gee_scl.options.names import name_key, nearest

ClassSelection: TypeAlias = "int | str | Iterable[ClassSelection]"
"""Whatever names classes: a code, a name, a group, an `SclClass`, or any iterable of these, mixed and nested."""


@dataclass(frozen=True)
class ClassLookup:
    """What names the classes of one legend, and the codes that are meant.

    Attributes:
        codes: the codes there are.
        labels: every name and group, in its preferred spelling, with its codes.
        allowed: what may be given, for the error message.
        hint: where to look, for the error message when nothing given is alike.
        is_scl: whether they are the SCL's own, so that an `SclClass` is one of them.
    """

    codes: Collection[int]
    labels: Mapping[str, tuple[int, ...]]
    allowed: str
    hint: str = ""
    is_scl: bool = False

    def find(self, classes: ClassSelection, argument: str) -> tuple[int, ...]:
        """Find the codes of a selection.

        Args:
            classes: a code, a name, a group, or an iterable of these.
            argument: the caller's name for the selection, for error messages.

        Returns:
            The codes, sorted, each once.

        Raises:
            ClassError: an unknown code or name, something that is neither, or nothing at all.
        """
        codes = tuple(sorted(self._codes_of(classes, argument)))
        if not codes:
            raise ClassError(argument, classes, f"at least one of {self.allowed}")
        return codes

    def _codes_of(self, given: object, argument: str) -> set[int]:
        if isinstance(given, str):
            return self._codes_of_text(given, argument)
        # Some versions of numpy take their own booleans for whole numbers too.
        is_boolean = isinstance(given, bool) or getattr(getattr(given, "dtype", None), "kind", None) == "b"
        is_of_the_scl = isinstance(given, SclClass) and not self.is_scl
        if is_boolean or is_of_the_scl or isinstance(given, (bytes, Mapping)):
            raise ClassError(argument, given, self.allowed, self.hint)
        try:
            code = operator.index(given)  # type: ignore[arg-type]
        except TypeError:
            if has_members(given):
                return {code for member in given for code in self._codes_of(member, argument)}
            raise ClassError(argument, given, self.allowed, self.hint) from None
        if code not in self.codes:
            raise ClassError(argument, given, self.allowed, self.hint)
        return {code}

    def _codes_of_text(self, text: str, argument: str) -> set[int]:
        key, hint = name_key(text), several(text)
        for label, codes in self.labels.items():
            # Names of other rasters have commas of their own; "cloud, shadow" is not the SCL's "cloud shadow".
            if name_key(label) == key and bool(hint) == bool(several(label)):
                return set(codes)
        if hint:
            raise ClassError(argument, text, self.allowed, hint)
        if text.strip() in map(str, self.codes):
            return {int(text)}
        raise ClassError(argument, text, self.allowed, nearest(text, self.labels) or self.hint)


_SEVERAL = re.compile(r"[,;|&+]")
"""What stands between several names, and in none."""

SCL_LABELS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {**GROUPS, **{name: (code,) for code, facts in CLASSES.items() for name in facts.names}}
)
"""Every group and name of the SCL, with its codes."""

SCL_LOOKUP: Final = ClassLookup(
    codes=SCL_CODES,
    labels=SCL_LABELS,
    allowed=f"a code from 0 to 11, a class name of Earth Engine or ESA, or a group ({', '.join(GROUPS)})",
    hint="gee_scl.legend() lists all classes.",
    is_scl=True,
)


def several(text: str) -> str:
    """What to write where a text has several names; nothing where it has one."""
    hint = f"Several are a list: {[part.strip() for part in _SEVERAL.split(text)]!r}."
    return hint if _SEVERAL.search(text) else ""


def class_codes(classes: ClassSelection, argument: str = "classes") -> tuple[int, ...]:
    """Turn any selection of SCL classes into codes.

    Names are compared without regard to case, spaces and punctuation.

    Args:
        classes: a code, an `SclClass`, a name of Earth Engine or ESA, a group, or any iterable of these, mixed.
        argument: the caller's name for the selection, for error messages.

    Returns:
        The codes, sorted, each once.

    Raises:
        ClassError: an unknown code or name, a bool, float or other object, or an empty selection.
    """
    return SCL_LOOKUP.find(classes, argument)
