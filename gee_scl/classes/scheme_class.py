"""One class of a scheme: its value, name, colour, and the codes that it gathers; and what classes can be together."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass

from gee_scl.classes.palettes import hex_color
from gee_scl.errors import SchemeError
from gee_scl.options.checks import has_members
from gee_scl.options.names import name_key

__all__ = ["SchemeClass"]

LEAST_VALUE, MOST_VALUE = -(2**63), 2**63 - 1
"""What the largest whole numbers of a raster can be."""


@dataclass(frozen=True)
class SchemeClass:
    """One class of a scheme.

    Attributes:
        value: what stands for the class in a raster of the scheme.
        name: what people read.
        color: 'rrggbb'; a leading '#' and capitals are accepted and removed.
        codes: codes of the source band that the class gathers, sorted.

    Raises:
        SchemeError: a value or code that is no integer, an empty name, an invalid colour, no code or one given twice.

    Examples:
        >>> gee_scl.SchemeClass(1, "Water", "#0000FF", (6,))
        SchemeClass(value=1, name='Water', color='0000ff', codes=(6,))
    """

    value: int
    name: str
    color: str
    codes: tuple[int, ...]

    def __post_init__(self) -> None:
        check_name(self.name)
        object.__setattr__(self, "value", _integer(self.value, f"value of {self.name!r}"))
        object.__setattr__(self, "color", hex_color(self.color, f"color of {self.name!r}"))
        object.__setattr__(self, "codes", integers(self.codes, f"codes of {self.name!r}"))


def check_name(name: object) -> None:
    """Refuse what no class and no scheme is called.

    Raises:
        SchemeError: it is no text, or has no letter or digit.
    """
    if not isinstance(name, str) or not name_key(name):
        raise SchemeError("name", name, "a text with a letter or digit in it")


def check_classes(name: str, classes: Sequence[SchemeClass], source: Collection[int]) -> None:
    """Refuse classes that are no scheme together.

    Args:
        name: of the scheme.
        classes: of the scheme.
        source: codes that its band can have.

    Raises:
        SchemeError: no class, a code that is not in the source, or something that is there twice.
    """
    argument = f"classes of scheme {name!r}"
    if not classes or not all(isinstance(member, SchemeClass) for member in classes):
        raise SchemeError(argument, classes, "one or more SchemeClass")
    codes = [code for member in classes for code in member.codes]
    unknown = sorted(set(codes) - set(source))
    if unknown:
        raise SchemeError(argument, unknown, f"codes of the source band: {', '.join(map(str, source))}")
    for what, items in (
        ("code", codes),
        ("value", [member.value for member in classes]),
        ("name", [name_key(member.name) for member in classes]),
    ):
        twice = repeated(items)
        if twice:
            raise SchemeError(argument, twice, f"each {what} once")


def _integer(value: object, argument: str) -> int:
    try:
        integer = None if isinstance(value, bool) else operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        integer = None
    if integer is None or not LEAST_VALUE <= integer <= MOST_VALUE:
        raise SchemeError(argument, value, "an integer of at most 64 bits")
    return integer


def integers(values: object, argument: str) -> tuple[int, ...]:
    """Refuse what is no set of integers.

    Returns:
        The integers, sorted.

    Raises:
        SchemeError: no integer, one given twice, or something else.
    """
    if isinstance(values, str) or not has_members(values):
        raise SchemeError(argument, values, "a tuple of integers")
    integers = tuple(sorted(_integer(value, argument) for value in values))
    if not integers or repeated(integers):
        raise SchemeError(argument, integers, "at least one integer, each once")
    return integers


def repeated(items: Iterable[Hashable]) -> list[Hashable]:
    """List the items that are there more than once."""
    return [item for item, count in Counter(items).items() if count > 1]
