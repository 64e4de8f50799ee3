"""What the values of a band mean, and what a caller's classes are among them: the one place where both are read.

The band that is called SCL has the SCL's classes unless a scheme is named. Of any other band nothing is assumed: names
and groups need a scheme, and codes are taken as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from gee_scl.classes.carried import SCL_BAND, listed_properties, no_scheme
from gee_scl.classes.class_table import SclClass
from gee_scl.classes.schemes import SCHEMES, Scheme, get_scheme
from gee_scl.classes.selection import ClassLookup, ClassSelection
from gee_scl.errors import ClassError
from gee_scl.options.names import name_key


class DefaultScheme(str):
    """A built-in scheme where the caller has named none.

    It is meant for the band that is called SCL. Whoever names the same scheme means it, for whatever band.
    """

    __slots__ = ()


SCL_BY_DEFAULT: Final = DefaultScheme("scl")
LAND_BY_DEFAULT: Final = DefaultScheme("land")


class DefaultClasses(tuple[ClassSelection, ...]):
    """Classes of the SCL where the caller has named none. Whoever names the same classes means them, in any scheme."""

    __slots__ = ()


CLEAR_BY_DEFAULT: Final = DefaultClasses(("clear",))


def is_open(scheme: object, band: str) -> bool:
    """Whether it is for the band to say what scheme it has, as the caller has not."""
    return isinstance(scheme, DefaultScheme) and band != SCL_BAND


def scheme_for(scheme: str | Scheme, band: str) -> Scheme:
    """The scheme of a band by its name alone, for functions that ask nothing.

    Args:
        scheme: as it was given, or the default.
        band: of class codes.

    Raises:
        SchemeError: the scheme does not exist, or none was given for a band that is not called SCL.
    """
    if is_open(scheme, band):
        raise no_scheme(band)
    return get_scheme(scheme)


_HIGHEST_CODE: Final = 2**16 - 1
"""Class rasters have 8 or 16 bits without sign."""

_ANY_CODE: Final = ClassLookup(
    codes=range(_HIGHEST_CODE + 1), labels={}, allowed=f"codes of the band, whole numbers from 0 to {_HIGHEST_CODE}"
)


@dataclass(frozen=True)
class BandClasses:
    """The classes of a band, for whatever takes classes.

    Attributes:
        band: of class codes.
        scheme: what they mean; None where nobody has said it.
    """

    band: str
    scheme: Scheme | None

    @classmethod
    def of(cls, scheme: str | Scheme, band: str) -> Self:
        """From a caller's arguments. No request is made.

        Args:
            scheme: as it was given, or the default.
            band: of class codes.

        Raises:
            SchemeError: the scheme does not exist.
        """
        return cls(band, None if is_open(scheme, band) else get_scheme(scheme))

    @property
    def is_scl(self) -> bool:
        """Whether its codes are known to be those of the SCL."""
        return self.scheme is not None and bool(self.scheme.is_scl)

    def codes(self, classes: ClassSelection, argument: str = "classes") -> tuple[int, ...]:
        """Find the codes of a selection.

        Args:
            classes: as the caller gave them.
            argument: the caller's name for them, for error messages.

        Raises:
            ClassError: an unknown class, or none.
            SchemeError: names, groups or an `SclClass`, and nobody has said what the values mean.
        """
        if self.scheme is not None:
            return self.scheme.class_codes(classes, argument)
        if isinstance(classes, DefaultClasses):
            raise no_scheme(self.band, classes[0] if len(classes) == 1 else list(classes))
        try:
            return _ANY_CODE.find(classes, argument)
        except ClassError as error:
            if isinstance(error.given, str | SclClass):
                raise no_scheme(self.band, error.given) from None
            raise

    def seen(self, clear: ClassSelection, argument: str = "clear") -> tuple[int, ...]:
        """Find the codes of the classes in which the surface is seen: of another raster all, unless some are named.

        Args:
            clear: as the caller gave them, or the default.
            argument: the caller's name for them, for error messages.

        Raises:
            ClassError: an unknown class, or none.
            SchemeError: nobody has said what the values mean.
        """
        if isinstance(clear, DefaultClasses) and self.scheme is not None and not self.is_scl:
            return self.scheme.codes
        return self.codes(clear, argument)

    def has_class(self, name: object) -> bool:
        """Whether its scheme has a class of a name, groups not counted."""
        names = self.scheme.names if self.scheme is not None else ()
        return isinstance(name, str) and name_key(name) in map(name_key, names)

    @property
    def range(self) -> tuple[int, int]:
        """The lowest and the highest code that the band can have, as far as that is known; 0 is within."""
        codes = (0, _HIGHEST_CODE) if self.scheme is None else (0, *self.scheme.source)
        return min(codes), max(codes)

    @property
    def of_codes(self) -> Scheme | None:
        """What each code of the band means by itself, for images that keep the codes; None where nobody has said it."""
        if self.scheme is None or self.scheme.is_identity:
            return self.scheme
        if self.is_scl:
            return SCHEMES["scl"]
        each = [(code, member) for member in self.scheme.classes for code in member.codes]
        names = [member.name if len(member.codes) == 1 else f"{member.name} ({code})" for code, member in each]
        codes, colors = [code for code, _ in each], [member.color for _, member in each]
        return Scheme.from_lists(self.scheme.name, codes, names, colors, title=self.scheme.title)


def class_properties(scheme: Scheme, band: str) -> dict[str, Any]:
    """The properties by which Earth Engine and geemap name and colour the classes of a band, by ascending value.

    Args:
        scheme: the classes.
        band: whose values they are.
    """
    classes = sorted(scheme.classes, key=lambda member: member.value)
    values, names, palette = zip(*((member.value, member.name, member.color) for member in classes), strict=True)
    return listed_properties(band, values, names, palette)


def listed(codes: Sequence[int]) -> str:
    """Codes as properties of images say them: "4,5,6,11"."""
    return ",".join(map(str, codes))
