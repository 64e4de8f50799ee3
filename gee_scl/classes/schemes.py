"""Schemes: groupings of class codes into named, coloured classes, for the SCL or for any other class raster.

The built-in schemes "land", "water", "snow" and "vegetation" describe the surface where it is seen and leave out all
else, so that shares are of the clear area; "cloud" describes what is in the way.
"""

from __future__ import annotations

import operator
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from gee_scl.classes.legend import CLASSES, SCL_CODES, ClassLookup, ClassSelection, class_codes
from gee_scl.errors import SchemeError
from gee_scl.options.names import Named, name_key, nearest

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SCHEMES", "Scheme", "SchemeClass", "get_scheme"]


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
        if not isinstance(self.name, str) or not name_key(self.name):
            raise SchemeError("name", self.name, "a text with a letter or digit in it")
        object.__setattr__(self, "value", _integer(self.value, f"value of {self.name!r}"))
        object.__setattr__(self, "color", hex_color(self.color, f"color of {self.name!r}"))
        object.__setattr__(self, "codes", _integers(self.codes, f"codes of {self.name!r}"))


@dataclass(frozen=True, repr=False)
class Scheme:
    """A grouping of the codes of a class band into named, coloured classes.

    Attributes:
        name: short name, as `scheme=` takes it.
        title: one line for people, such as the heading of a map legend.
        classes: the classes, in the order of tables and legends.
        source: every code that the band can have; the SCL's by default, another raster's own otherwise.

    Raises:
        SchemeError: no class; a code in two classes or not in `source`; a value or a name used twice.

    Examples:
        Classes of your own, from codes, names or groups:

        >>> groups = {"Green": "vegetation", "Bare": 5, "Hidden": ["cloud", "shadow", 7]}
        >>> crop = gee_scl.Scheme.from_groups("crop", groups)
        >>> crop
        <Scheme 'crop': 1 Green (4), 2 Bare (5), 3 Hidden (2, 3, 7, 8, 9, 10); left out: 0, 1, 6, 11>

        Counted in one field on two days, during the harvest:

        >>> field, days = fields["features"][2], images.filterDate("2023-07-15", "2023-07-28")
        >>> frame = gee_scl.class_statistics(days, field, scheme=crop, by="date", layout="wide", value="pixels")
        >>> frame[["date", "Green", "Bare", "Hidden"]]
                               date  Green  Bare  Hidden
        0 2023-07-15 00:00:00+00:00     84    66     364
        1 2023-07-27 00:00:00+00:00      8   252     254
    """

    name: str
    title: str
    classes: tuple[SchemeClass, ...]
    source: tuple[int, ...] = SCL_CODES

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not name_key(self.name):
            raise SchemeError("name", self.name, "a text with a letter or digit in it")
        object.__setattr__(self, "classes", tuple(self.classes))
        object.__setattr__(self, "source", _integers(self.source, "source"))
        self._check_classes()

    def _check_classes(self) -> None:
        argument = f"classes of scheme {self.name!r}"
        if not self.classes or not all(isinstance(member, SchemeClass) for member in self.classes):
            raise SchemeError(argument, self.classes, "one or more SchemeClass")
        codes = [code for member in self.classes for code in member.codes]
        unknown = sorted(set(codes) - set(self.source))
        if unknown:
            raise SchemeError(argument, unknown, f"codes of the source band: {_join(self.source)}")
        for what, given in (
            ("code", codes),
            ("value", self.values),
            ("name", [name_key(name) for name in self.names]),
        ):
            repeated = _repeated(given)
            if repeated:
                raise SchemeError(argument, repeated, f"each {what} once")

    @classmethod
    def from_groups(
        cls,
        name: str,
        groups: Mapping[str, ClassSelection],
        *,
        colors: Mapping[str, str] | None = None,
        title: str = "",
        source: Scheme | None = None,
    ) -> Self:
        """Makes a scheme from class names and the classes that each gathers; values count from 1.

        Args:
            name: short name of the scheme.
            groups: name of each new class, with the codes, names or groups that it gathers.
            colors: 'rrggbb' by name of the new class; one that is missing is that of the first code gathered.
            title: one line for people; the name, if empty.
            source: the scheme that the band already has; the SCL itself by default.

        Returns:
            The scheme. Codes in no group are left out.

        Raises:
            ClassError: a class that the source does not have.
            SchemeError: a code in two groups, an invalid colour, or a colour for no group.

        Examples:
            >>> seen = gee_scl.Scheme.from_groups("seen", {"Seen": ["land", "water", "snow"], "Cloud": "cloud"})
            >>> seen.mapping
            {4: 1, 5: 1, 6: 1, 8: 2, 9: 2, 10: 2, 11: 1}

            A coarser grouping of a scheme that a band has already:

            >>> dry = {"Wet": ["Water", "Snow"], "Dry": ["Vegetation", "Bare"]}
            >>> gee_scl.Scheme.from_groups("dry", dry, source=gee_scl.SCHEMES["land"])
            <Scheme 'dry': 1 Wet (3, 4), 2 Dry (1, 2); left out: nothing>
        """
        colors = colors or {}
        for stray in [color_name for color_name in colors if color_name not in groups]:
            raise SchemeError("colors", stray, f"names of groups: {_join(groups)}", nearest(stray, groups))
        classes = []
        for value, (class_name, members) in enumerate(groups.items(), start=1):
            argument = f"groups[{class_name!r}]"
            codes = source.class_values(members, argument) if source else class_codes(members, argument)
            color = colors[class_name] if class_name in colors else _source_color(codes[0], source)
            classes.append(SchemeClass(value, class_name, color, codes))
        return cls(name, title or name, tuple(classes), tuple(source.values) if source else SCL_CODES)

    @classmethod
    def from_lists(
        cls, name: str, values: Sequence[int], names: Sequence[str], palette: Sequence[str], *, title: str = ""
    ) -> Self:
        """Makes the scheme of a class raster other than the SCL, such as Dynamic World or WorldCover.

        Args:
            name: short name of the scheme.
            values: the raster's values.
            names: the class name of each value.
            palette: the colour of each value, 'rrggbb'.
            title: one line for people; the name, if empty.

        Returns:
            A scheme in which each value stands for itself.

        Raises:
            SchemeError: lists of unequal length, or a value, name or colour that cannot be used.

        Examples:
            Three classes of a land cover map:

            >>> names, palette = ["Tree cover", "Shrubland", "Water"], ["006400", "ffbb22", "0064c8"]
            >>> gee_scl.Scheme.from_lists("cover", [10, 20, 80], names, palette)
            <Scheme 'cover': 10 Tree cover (10), 20 Shrubland (20), 80 Water (80); left out: nothing>
        """
        lengths = (len(values), len(names), len(palette))
        if len(set(lengths)) > 1:
            raise SchemeError("values, names, palette", lengths, "lists of equal length")
        classes = tuple(
            SchemeClass(value, class_name, color, (value,))
            for value, class_name, color in zip(values, names, palette, strict=True)
        )
        return cls(name, title or name, classes, tuple(values))

    @property
    def values(self) -> list[int]:
        """The value of each class."""
        return [member.value for member in self.classes]

    @property
    def names(self) -> list[str]:
        """The name of each class."""
        return [member.name for member in self.classes]

    @property
    def palette(self) -> list[str]:
        """The colour of each class, 'rrggbb'."""
        return [member.color for member in self.classes]

    @property
    def mapping(self) -> dict[int, int]:
        """Source code to class value, by ascending code."""
        return dict(sorted((code, member.value) for member in self.classes for code in member.codes))

    @property
    def codes(self) -> tuple[int, ...]:
        """Source codes that a class covers, sorted."""
        return tuple(self.mapping)

    @property
    def left_out(self) -> tuple[int, ...]:
        """Source codes that no class covers, sorted."""
        return tuple(code for code in self.source if code not in self.mapping)

    @property
    def is_identity(self) -> bool:
        """Whether each class is one source code and keeps its value."""
        return all(member.codes == (member.value,) for member in self.classes)

    def class_values(self, classes: ClassSelection, argument: str = "classes") -> tuple[int, ...]:
        """Turns any selection of this scheme's classes into values.

        Args:
            classes: a value, a class name, or any iterable of these.
            argument: the caller's name for the selection, for error messages.

        Returns:
            The values, sorted, each once.

        Raises:
            ClassError: a value or name that the scheme does not have, or an empty selection.

        Examples:
            >>> gee_scl.SCHEMES["land"].class_values(["Water", "snow"])
            (3, 4)
        """
        lookup = ClassLookup(
            codes=tuple(self.values),
            labels={member.name: (member.value,) for member in self.classes},
            allowed=f"values and names of scheme {self.name!r}: "
            + ", ".join(f"{member.value} {member.name}" for member in self.classes),
        )
        return lookup.find(classes, argument)

    def to_frame(self) -> pd.DataFrame:
        """Lists the classes, one row each.

        Returns:
            Columns `class_value`, `class_name`, `color` and `codes` (source codes as text); `attrs["gee_scl"]` has the
            scheme's name and title and the codes that are left out.

        Examples:
            >>> gee_scl.SCHEMES["water"].to_frame()
               class_value class_name   color     codes
            0            1      Water  0000ff         6
            1            2  Not water  d9c9a3  4, 5, 11
        """
        import pandas as pd  # takes longer to import than the rest of the package

        frame = pd.DataFrame(
            {
                "class_value": self.values,
                "class_name": self.names,
                "color": self.palette,
                "codes": [_join(member.codes) for member in self.classes],
            }
        )
        frame.attrs["gee_scl"] = {"scheme": self.name, "title": self.title, "left_out": list(self.left_out)}
        return frame

    def __repr__(self) -> str:
        classes = ", ".join(f"{member.value} {member.name} ({_join(member.codes)})" for member in self.classes)
        return f"<Scheme {self.name!r}: {classes}; left out: {_join(self.left_out) or 'nothing'}>"


def _integer(value: object, argument: str) -> int:
    if isinstance(value, bool):
        raise SchemeError(argument, value, "an integer")
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise SchemeError(argument, value, "an integer") from None


def _integers(values: object, argument: str) -> tuple[int, ...]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise SchemeError(argument, values, "a tuple of integers")
    integers = tuple(sorted(_integer(value, argument) for value in values))
    if not integers or _repeated(integers):
        raise SchemeError(argument, integers, "at least one integer, each once")
    return integers


def hex_color(color: object, argument: str) -> str:
    """A colour as 'rrggbb'.

    Raises:
        SchemeError: it is no colour of that form.
    """
    if not isinstance(color, str) or not re.fullmatch(r"#?[0-9a-fA-F]{6}", color):
        raise SchemeError(argument, color, "six hexadecimal digits, such as '10d22c'")
    return color.removeprefix("#").lower()


def _source_color(code: int, source: Scheme | None) -> str:
    if source:
        return source.palette[source.values.index(code)]
    return CLASSES[code].earth_engine_color or CLASSES[code].esa_color


def _repeated(items: Iterable[Hashable]) -> list[Hashable]:
    return [item for item, count in Counter(items).items() if count > 1]


def _join(items: Iterable[object]) -> str:
    return ", ".join(map(str, items))


def _one_class_per_code(name: str, title: str, names: str, colors: str) -> Scheme:
    """The SCL as it is, without code 0, which Earth Engine masks out."""
    classes = tuple(
        SchemeClass(code, getattr(facts, names), getattr(facts, colors), (code,))
        for code, facts in CLASSES.items()
        if facts.earth_engine_color is not None
    )
    return Scheme(name, title, classes)


SCHEMES: Mapping[str, Scheme] = MappingProxyType(
    Named(
        {
            scheme.name: scheme
            for scheme in (
                _one_class_per_code("scl", "Scene classification", "earth_engine_name", "earth_engine_color"),
                _one_class_per_code("esa", "Scene classification (ESA)", "esa_name", "esa_color"),
                Scheme.from_groups(
                    "cloud",
                    {
                        "Clear": "clear",
                        "Uncertain": "uncertain",
                        "Shadow": "shadow",
                        "Cirrus": 10,
                        "Cloud": "thick cloud",
                    },
                    colors={"Clear": "7fbf7b", "Shadow": "774b0a", "Cloud": "f1f1f1"},
                    title="Clouds and shadows",
                ),
                Scheme.from_groups(
                    "land",
                    {"Vegetation": "vegetation", "Bare": "bare", "Water": "water", "Snow": "snow"},
                    title="Surface where it is seen",
                ),
                Scheme.from_groups(
                    "water",
                    {"Water": "water", "Not water": ["land", "snow"]},
                    colors={"Not water": "d9c9a3"},
                    title="Water where the surface is seen",
                ),
                Scheme.from_groups(
                    "snow",
                    {"Snow": "snow", "No snow": ["land", "water"]},
                    colors={"No snow": "8c7b5a"},
                    title="Snow where the surface is seen",
                ),
                Scheme.from_groups(
                    "vegetation",
                    {"Vegetation": "vegetation", "No vegetation": ["bare", "water", "snow"]},
                    colors={"No vegetation": "d9c9a3"},
                    title="Vegetation where the surface is seen",
                ),
            )
        }
    )
)
"""The built-in schemes by name; `SCHEMES[name].left_out` says which codes a scheme does not cover.

Examples:
    >>> list(gee_scl.SCHEMES)
    ['scl', 'esa', 'cloud', 'land', 'water', 'snow', 'vegetation']
    >>> gee_scl.SCHEMES["cloud"]
    <Scheme 'cloud': 1 Clear (4, 5, 6, 11), 2 Uncertain (7), 3 Shadow (2, 3), 4 Cirrus (10), 5 Cloud (8, 9);
    left out: 0, 1>
"""


def get_scheme(scheme: str | Scheme) -> Scheme:
    """Finds a built-in scheme, or takes the one that is given.

    Args:
        scheme: name of a built-in scheme, or a `Scheme`.

    Returns:
        The scheme.

    Raises:
        SchemeError: there is no scheme of that name.

    Examples:
        >>> gee_scl.get_scheme("Land").names
        ['Vegetation', 'Bare', 'Water', 'Snow']
        >>> gee_scl.get_scheme("vegetatoin")
        Traceback (most recent call last):
            ...
        gee_scl.errors.SchemeError: scheme: got 'vegetatoin'; allowed: ... Did you mean 'vegetation'?
    """
    if isinstance(scheme, Scheme):
        return scheme
    allowed = f"a Scheme, or the name of one: {_join(SCHEMES)}"
    if not isinstance(scheme, str):
        raise SchemeError("scheme", scheme, allowed)
    for name, built_in in SCHEMES.items():
        if name_key(name) == name_key(scheme):
            return built_in
    raise SchemeError("scheme", scheme, allowed, nearest(scheme, SCHEMES))
