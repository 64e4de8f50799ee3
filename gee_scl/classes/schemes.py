"""Schemes: groupings of class codes into named, coloured classes, for the SCL or for any other class raster.

The built-in schemes "land", "water", "snow" and "vegetation" describe the surface where it is seen and leave out all
else, so that shares are of the clear area; "cloud" describes what is in the way.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from gee_scl.classes import styles
from gee_scl.classes.carried import SCL_BAND, carried_lists, described_band, no_scheme
from gee_scl.classes.class_table import CLASSES, SCL_CODES
from gee_scl.classes.palettes import PALETTES, Palette, get_palette
from gee_scl.classes.scheme_class import SchemeClass, check_classes, check_name, integers
from gee_scl.classes.scheme_lookups import codes_lookup, values_lookup
from gee_scl.classes.selection import ClassSelection, class_codes
from gee_scl.classes.transition_codes import MOST_CLASSES, UNKNOWN_NAME, transition_classes
from gee_scl.errors import CollectionError, Plain, SchemeError
from gee_scl.options.arguments import any_text, checked, flag
from gee_scl.options.checks import has_members
from gee_scl.options.names import Named, name_key, nearest

if TYPE_CHECKING:
    import ee
    import pandas as pd

__all__ = ["SCHEMES", "Scheme"]


@dataclass(frozen=True, repr=False)
class Scheme:
    """A grouping of the codes of a class band into named, coloured classes.

    Attributes:
        name: short name, as `scheme=` takes it.
        title: one line for people, such as the heading of a map legend.
        classes: the classes, in the order of tables and legends.
        source: every code that the band can have; the SCL's by default, another raster's own otherwise.
        is_scl: whether that band is the SCL, whose groups and names are known then. None takes it to be where `source`
            is its codes; `from_lists` says no, as other rasters have the codes 0 to 11 too.

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
    is_scl: bool | None = None

    def __post_init__(self) -> None:
        check_name(self.name)
        any_text("title", self.title)
        if isinstance(self.classes, str | bytes) or not has_members(self.classes):
            raise SchemeError("classes", self.classes, "a list of SchemeClass")
        object.__setattr__(self, "classes", tuple(self.classes))
        object.__setattr__(self, "source", integers(self.source, "source"))
        check_classes(self.name, tuple(self.classes), self.source)
        has_its_codes = self.source == SCL_CODES
        is_scl = has_its_codes if self.is_scl is None else flag("is_scl", self.is_scl)
        if is_scl and not has_its_codes:
            raise SchemeError("is_scl", is_scl, "True of a source that has the codes of the SCL, False, or None")
        object.__setattr__(self, "is_scl", is_scl)

    @classmethod
    @checked()
    def from_groups(
        cls,
        name: str,
        groups: Mapping[str, ClassSelection],
        *,
        colors: Mapping[str, str] | None = None,
        title: str = "",
        source: Scheme | None = None,
    ) -> Self:
        """Make a scheme from class names and the classes that each gathers; values count from 1.

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
        if source is not None and not isinstance(source, Scheme):
            raise SchemeError("source", source, "the Scheme that the band has already, or None")
        if not groups:
            raise SchemeError("groups", groups, "one name of a class or more, with what it gathers")
        colors = colors or {}
        for stray in [color_name for color_name in colors if color_name not in groups]:
            raise SchemeError("colors", stray, f"names of groups: {_join(groups)}", nearest(stray, groups))
        classes = []
        for value, (class_name, members) in enumerate(groups.items(), start=1):
            argument = f"groups[{class_name!r}]"
            codes = source.class_values(members, argument) if source else class_codes(members, argument)
            color = colors[class_name] if class_name in colors else _source_color(codes[0], source)
            classes.append(SchemeClass(value, class_name, color, codes))
        codes, is_scl = (tuple(source.values), source.is_scl and source.is_identity) if source else (SCL_CODES, True)
        return cls(name, title or name, tuple(classes), codes, is_scl and codes == SCL_CODES)

    @classmethod
    @checked()
    def from_lists(
        cls, name: str, values: Sequence[int], names: Sequence[str], palette: Sequence[str], *, title: str = ""
    ) -> Self:
        """Make the scheme of a class raster other than the SCL, such as Dynamic World or WorldCover.

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
        return cls(name, title or name, classes, tuple(values), is_scl=False)

    @classmethod
    @checked()
    def of(cls, image: ee.Image | ee.ImageCollection, band: str = "SCL") -> Scheme:
        """Ask an image what the values of one of its bands mean, for functions that ask nothing themselves.

        Functions that make requests anyway, such as `class_statistics` and `clear_shares`, find it by themselves.

        Args:
            image: an image, or a collection, of which the first is asked.
            band: the band of class codes.

        Returns:
            The scheme of the properties `<band>_class_values`, `<band>_class_names` and `<band>_class_palette`, in
            which each value stands for itself; the SCL's own where the classes are those, and for a band called SCL
            that says nothing.

        Raises:
            CollectionError: the collection holds no image.
            SchemeError: the image does not say it, or what it says is no scheme.
            RequestError: Earth Engine refused, for example as there is no such band.
            NotInitializedError: no session is open.

        Requests: one.

        Examples:
            >>> usual = gee_scl.mode(images)
            >>> gee_scl.Scheme.of(usual, "class").name
            'scl'
            >>> water = gee_scl.remap(image, "water")
            >>> scheme = gee_scl.Scheme.of(water, "water")
            >>> scheme
            <Scheme 'water': 1 Water (1), 2 Not water (2); left out: nothing>
            >>> lake = ee.Geometry(fields["features"][0]["geometry"])
            >>> mask = gee_scl.class_mask(water, "Water", band="water", scheme=scheme)
            >>> mask.reduceRegion(ee.Reducer.sum().unweighted(), lake).getInfo()
            {'mask': 2871.0}
        """
        from gee_scl.requests.door import Door  # the client comes with it, which facts do without

        described = described_band(image, band, Door(), "image")
        if described is None:
            raise CollectionError("image", Plain("a collection without images"), "an image that says what it shows")
        carried = carried_scheme(described.get("properties") or {}, band)
        if carried is None and band != SCL_BAND:
            raise no_scheme(band)
        return carried or SCHEMES["scl"]

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

    @checked()
    def class_values(self, classes: ClassSelection, argument: str = "classes") -> tuple[int, ...]:
        """Turn any selection of this scheme's classes into values.

        Args:
            classes: a value, a class name, or any iterable of these. For schemes of the SCL also its groups and class
                names, such as "clear", which select the classes all of whose codes they hold; where the scheme has a
                class of that name, it is meant.
            argument: the caller's name for the selection, for error messages.

        Returns:
            The values, sorted, each once.

        Raises:
            ClassError: a value or name that the scheme does not have, or an empty selection.

        Examples:
            >>> gee_scl.SCHEMES["land"].class_values(["Water", "snow"])
            (3, 4)

            Of the SCL itself, in both vocabularies; and a group, in a scheme that knows cirrus from cloud:

            >>> gee_scl.SCHEMES["scl"].class_values(["cloud", "Not-vegetated"])
            (5, 8, 9, 10)
            >>> gee_scl.SCHEMES["cloud"].class_values("cloud or shadow")
            (3, 4, 5)
        """
        return values_lookup(self.name, self.classes, is_scl=bool(self.is_scl)).find(classes, argument)

    @checked()
    def class_codes(self, classes: ClassSelection, argument: str = "classes") -> tuple[int, ...]:
        """Turn any selection of this scheme's classes into codes of the band that it describes.

        This is how functions that take classes and a scheme read them.

        Args:
            classes: a class name, which stands for the codes that the class gathers; a code of the band, which stands
                for itself; or any iterable of these. For schemes of the SCL also its groups, class names and
                `SclClass`; where the scheme has a class of that name, it is meant.
            argument: the caller's name for the selection, for error messages.

        Returns:
            The codes, sorted, each once.

        Raises:
            ClassError: a code or name that the scheme does not have, or an empty selection.

        Examples:
            >>> gee_scl.SCHEMES["water"].class_codes("Not water")
            (4, 5, 11)

            Of another class raster, whose codes are its own:

            >>> names, palette = ["Tree cover", "Shrubland", "Water"], ["006400", "ffbb22", "0064c8"]
            >>> cover = gee_scl.Scheme.from_lists("cover", [10, 20, 80], names, palette)
            >>> cover.class_codes(["water", 20])
            (20, 80)
        """
        return codes_lookup(self.name, self.classes, self.source, is_scl=bool(self.is_scl)).find(classes, argument)

    @checked()
    def remapped_band(self, band: str = "SCL") -> str:
        """Name the band that `remap` makes of another by this scheme.

        Args:
            band: the band that is remapped.

        Returns:
            Its own name where each class is one code and keeps it, else the scheme's name in letters, digits and
            underscores, so that new values are never taken for old codes; `class_` comes before a digit.

        Examples:
            >>> gee_scl.SCHEMES["esa"].remapped_band(), gee_scl.SCHEMES["land"].remapped_band()
            ('SCL', 'land')
        """
        return band if self.is_identity else _band_name(self.name) or "remapped"

    def indicator_bands(self) -> list[str]:
        """Name the bands that `indicators` makes by this scheme.

        Returns:
            The class names in lower-case ASCII letters, digits and underscores: "Snow / Ice" is `snow_ice`. A name that
            begins with a digit gets `class_` before it; one without any of these becomes `class_<value>`; one that is
            there already gets the value as suffix.

        Examples:
            >>> gee_scl.SCHEMES["water"].indicator_bands()
            ['water', 'not_water']
        """
        names: list[str] = []
        for member in self.classes:
            name = _band_name(member.name) or _band_name(f"class {member.value}")
            while name in names:
                name = f"{name}_{member.value}"
            names.append(name)
        return names

    def recolored(self, palette: str | Palette | Mapping[str, str] | Mapping[int, str] | Sequence[str]) -> Self:
        """Give the classes other colours.

        Args:
            palette: one of

                - a name in `PALETTES`, for schemes of the SCL: a class takes the colour of the first of its codes that
                  the palette has;
                - 'rrggbb' by class name or value; classes that are not named keep their colour;
                - a list of 'rrggbb', one for each class, in the scheme's order.

        Returns:
            The scheme with these colours, under the same name.

        Raises:
            SchemeError: the palette does not exist, a colour is none, or there are too few or too many.
            ClassError: a class that the scheme does not have.

        Examples:
            >>> safe = gee_scl.SCHEMES["scl"].recolored("colorblind")
            >>> dict(zip(safe.names, safe.palette))["Water"]
            '4b43f9'
            >>> gee_scl.SCHEMES["water"].recolored({"Not water": "ffffff"}).palette
            ['0000ff', 'ffffff']
        """
        colors = self._colors_of(palette)
        return replace(self, classes=tuple(replace(m, color=colors.get(m.value, m.color)) for m in self.classes))

    def _colors_of(self, palette: object) -> Mapping[int, str]:
        """Colour by class value."""
        if isinstance(palette, str):
            palette = get_palette(palette)
        if isinstance(palette, Palette):
            return self._colors_of_codes(palette)
        if isinstance(palette, Mapping):
            return self._colors_of_labels(palette)
        if not isinstance(palette, Sequence):
            allowed = f"a name ({', '.join(PALETTES)}), colours by class name or value, or a list of colours"
            raise SchemeError("palette", palette, allowed)
        if len(palette) != len(self.classes):
            allowed = f"{len(self.classes)} colours, one for each of: {', '.join(self.names)}"
            raise SchemeError("palette", palette, allowed)
        return dict(zip(self.values, palette, strict=True))

    def _colors_of_codes(self, palette: Palette) -> dict[int, str]:
        if not self.is_scl:
            allowed = f"colours by class name for scheme {self.name!r}, which is not of the SCL"
            raise SchemeError("palette", palette.name, allowed)
        first = {m.value: next((c for c in m.codes if c in palette.colors), None) for m in self.classes}
        return {value: palette.colors[code] for value, code in first.items() if code is not None}

    def _colors_of_labels(self, palette: Mapping[Any, str]) -> dict[int, str]:
        colors: dict[int, str] = {}
        for label, color in palette.items():
            for value in self.class_values(label, "palette"):
                if value in colors:
                    raise SchemeError("palette", label, "each class once")
                colors[value] = color
        return colors

    def remapped(self) -> Scheme:
        """Describe a band that has been remapped by this scheme: each value stands for itself.

        Returns:
            A scheme of the same name, values, class names and colours whose source codes are its values: what
            `class_statistics`, `visualize` and others need to read the result of `remap`.

        Examples:
            >>> gee_scl.SCHEMES["water"]
            <Scheme 'water': 1 Water (6), 2 Not water (4, 5, 11); left out: 0, 1, 2, 3, 7, 8, 9, 10>
            >>> gee_scl.SCHEMES["water"].remapped()
            <Scheme 'water': 1 Water (1), 2 Not water (2); left out: nothing>
        """
        return Scheme.from_lists(self.name, self.values, self.names, self.palette, title=self.title)

    def inverse(self) -> Scheme:
        """Make the scheme that brings the values of this one back to its source codes.

        Returns:
            A scheme from values to codes, with the same names and colours.

        Raises:
            SchemeError: a class gathers several codes, which cannot be told apart again.

        Examples:
            >>> short = gee_scl.Scheme.from_groups("short", {"Water": 6, "Snow": 11})
            >>> short.mapping, short.inverse().mapping
            ({6: 1, 11: 2}, {1: 6, 2: 11})
        """
        gathered = [member.name for member in self.classes if len(member.codes) > 1]
        if gathered:
            raise SchemeError("scheme", gathered, "classes of one code each", "Codes that were gathered are lost.")
        classes = tuple(SchemeClass(m.codes[0], m.name, m.color, (m.value,)) for m in self.classes)
        return Scheme(f"{self.name}-inverse", self.title, classes, tuple(self.values), is_scl=False)

    def transitions(self) -> Scheme:
        """Describe the codes of `transition_image`: a class for each pair of classes, and for what is unknown.

        Returns:
            A scheme in which each code stands for itself: the place of the class before times 100, plus the place of
            the class after, where places are counted from 1 in the scheme's order and 99 is unknown. Built-in schemes,
            and those of `from_groups`, have their values as places; other rasters, such as WorldCover with 10, 20, ...
            100, have not. It has (classes + 1) squared codes, by the class before and then the class after, unknown
            last. A change is called "Vegetation to Water" and has the colour of what it became; what stays is called
            "Water stays" and has a pale tint of its colour; what is unknown on either side is grey.

        Raises:
            SchemeError: more than 98 classes, or one that is itself called unknown.

        Examples:
            >>> changes = gee_scl.SCHEMES["water"].transitions()
            >>> changes.values
            [101, 102, 199, 201, 202, 299, 9901, 9902, 9999]
            >>> changes.names[:3]
            ['Water stays', 'Water to Not water', 'Water to Unknown']
        """
        if len(self.classes) > MOST_CLASSES:
            hint = "Scheme.from_groups(..., source=this scheme) gathers classes."
            raise SchemeError("scheme", Plain(f"{len(self.classes)} classes"), f"at most {MOST_CLASSES}", hint)
        if name_key(UNKNOWN_NAME) in map(name_key, self.names):
            raise SchemeError("scheme", self, "a scheme without a class called 'Unknown', which is what is not seen")
        pairs = transition_classes([(member.name, member.color) for member in self.classes])
        classes = tuple(SchemeClass(code, name, color, (code,)) for code, name, color in pairs)
        return Scheme(f"{self.name}-transitions", f"{self.title}: change", classes, tuple(code for code, *_ in pairs))

    @property
    def _rows(self) -> list[tuple[int, str, str]]:
        return [(member.value, member.name, member.color) for member in self.classes]

    def legend_dict(self) -> dict[str, str]:
        """Write a legend as geemap's `add_legend(legend_dict=...)` takes it.

        Returns:
            Class name to 'rrggbb', in the scheme's order.

        Examples:
            >>> gee_scl.SCHEMES["land"].legend_dict()
            {'Vegetation': '10d22c', 'Bare': 'ffff52', 'Water': '0000ff', 'Snow': '52fff9'}
        """
        return dict(zip(self.names, self.palette, strict=True))

    @checked()
    def vis_params(self, band: str | None = None) -> dict[str, Any]:
        """Write the visualization parameters of a band of the scheme's values.

        Earth Engine stretches a palette evenly from min to max, so it needs an entry for each step. Where values leave
        gaps, such as 10, 20, ..., 95, 100, the palette has the largest step that meets all values, and entries without
        a class repeat the colour before them. Values that are not the scheme's are to be masked, as `remap` does.

        Args:
            band: the band: SCL itself for the schemes "scl" and "esa", what `remap` makes for others; None stands for
                the one that `remap` makes of SCL.

        Returns:
            `bands`, `min`, `max` and `palette`, as geemap's `addLayer`, `Image.visualize` and `Image.getThumbURL` take
            them.

        Raises:
            SchemeError: the values would need more than 4096 colours.

        Examples:
            >>> gee_scl.SCHEMES["water"].vis_params()
            {'bands': ['water'], 'min': 1, 'max': 2, 'palette': ['0000ff', 'd9c9a3']}

            Values with gaps take the largest step that meets them all:

            >>> names, palette = ["Trees", "Shrubs", "Crops"], ["006400", "ffbb22", "f096ff"]
            >>> cover = gee_scl.Scheme.from_lists("cover", [10, 20, 40], names, palette)
            >>> cover.vis_params(band="Map")
            {'bands': ['Map'], 'min': 10, 'max': 40, 'palette': ['006400', 'ffbb22', 'ffbb22', 'f096ff']}
        """
        return styles.vis_params(dict(zip(self.values, self.palette, strict=True)), band or self.remapped_band())

    @checked()
    def sld(self, band: str | None = None) -> str:
        """Write an SLD raster style of a band of the scheme's values.

        Args:
            band: as in `vis_params`.

        Returns:
            An OGC SLD 1.0 RasterSymbolizer with a ColorMap of type "values", by ascending value, for Earth Engine's
            `Image.sldStyle` and for GeoServer. Values that are not the scheme's are not drawn. No request is made.
            Source: https://developers.google.com/earth-engine/apidocs/ee-image-sldstyle

        Examples:
            >>> from xml.etree import ElementTree
            >>> style = gee_scl.SCHEMES["water"].sld()
            >>> for entry in ElementTree.fromstring(style).iter("ColorMapEntry"):
            ...     print(entry.attrib["quantity"], entry.attrib["color"], entry.attrib["label"])
            1 #0000ff Water
            2 #d9c9a3 Not water
            >>> styled = gee_scl.remap(image, "water").sldStyle(style)
        """
        return styles.sld(sorted(self._rows), band or self.remapped_band())

    def to_frame(self) -> pd.DataFrame:
        """List the classes, one row each.

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


def _source_color(code: int, source: Scheme | None) -> str:
    if source:
        return source.palette[source.values.index(code)]
    return CLASSES[code].earth_engine_color or CLASSES[code].esa_color


def _band_name(text: str) -> str:
    """A text as a band's name: Earth Engine's exports take no spaces, slashes, accents, nor a digit to begin with."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    name = re.sub("[^a-z0-9]+", "_", plain).strip("_")
    return f"class_{name}" if name[:1].isdigit() else name


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
"""The built-in schemes by name; `SCHEMES[name].left_out` says which codes a scheme does not cover. Where a function
takes a scheme, it takes one of these names, in any case, or a `Scheme`.

Examples:
    >>> list(gee_scl.SCHEMES)
    ['scl', 'esa', 'cloud', 'land', 'water', 'snow', 'vegetation']
    >>> gee_scl.SCHEMES["land"].names
    ['Vegetation', 'Bare', 'Water', 'Snow']
    >>> gee_scl.SCHEMES["cloud"]
    <Scheme 'cloud': 1 Clear (4, 5, 6, 11), 2 Uncertain (7), 3 Shadow (2, 3), 4 Cirrus (10), 5 Cloud (8, 9);
    left out: 0, 1>
"""


def get_scheme(scheme: str | Scheme) -> Scheme:
    """Find a built-in scheme, or take the one that is given.

    Args:
        scheme: name of a built-in scheme, without regard to case and punctuation, or a `Scheme`.

    Returns:
        The scheme.

    Raises:
        SchemeError: there is no scheme of that name.
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


def carried_scheme(properties: Mapping[str, Any], band: str) -> Scheme | None:
    """The scheme that an image's properties give for a band.

    Args:
        properties: of the image.
        band: of class codes.

    Returns:
        The scheme, each value for itself; the SCL's own where the classes are those; None where nothing is said.

    Raises:
        SchemeError: what the properties say is no scheme.
    """
    lists = carried_lists(properties, band)
    if lists is None:
        return None
    name = next((name for name, own in SCHEMES.items() if own.remapped_band() == band), band)
    scheme = Scheme.from_lists(name, *lists, title=SCHEMES[name].title if name in SCHEMES else "")
    of_the_scl = (own for own in SCHEMES.values() if own.is_identity)
    return next((own for own in of_the_scl if own.classes == scheme.classes), scheme)
