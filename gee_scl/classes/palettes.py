"""Colours of classes: palettes, what maps and legends take, RGB images, and classes over true colour.

Functions that take an image read the scheme's source codes from its band. `vis_params`, `legend_dict` and `sld`
describe a band of the scheme's values: SCL itself for the schemes "scl" and "esa", what `remap` gives for the others.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

import ee

from gee_scl.classes.legend import CLASSES, EARTH_ENGINE, SCL_CODES, SENTINEL_HUB, ClassSelection, class_codes
from gee_scl.classes.schemes import Scheme, SchemeClass, get_scheme, hex_color
from gee_scl.errors import ArgumentError, ClassError, SchemeError
from gee_scl.expressions.remap import remapped_band
from gee_scl.options.names import Named, name_key, nearest
from gee_scl.scenes.provenance import carry

__all__ = ["PALETTES", "Palette", "legend_dict", "recolor", "sld", "true_color", "vis_params", "visualize"]

Overlay: TypeAlias = Literal["tint", "outline"]

RGB_BANDS = ("vis-red", "vis-green", "vis-blue")
"""Names of the bands of an RGB image, as Earth Engine's Image.visualize gives them."""

MOST_COLORS = 4096
"""Longest palette that `vis_params` writes: values far apart without a common step would fill the request with it."""

COLOR_BLIND_DISTANCE = 16
"""CIEDE2000 distance that any two colours of the colour-blind-safe palette keep at the least, however they are seen."""

_OPACITY: Mapping[str, float] = MappingProxyType({"tint": 0.5, "outline": 1.0})
"""Opacity of each kind of overlay where none is given."""

# What XML 1.0 cannot hold even escaped (https://www.w3.org/TR/xml/#charsets).
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Palette:
    """Colours for the classes of the SCL.

    Attributes:
        name: as `recolor` takes it.
        title: one line for people.
        colors: code to 'rrggbb'.
        source: where the colours come from, or how they were checked.

    Raises:
        SchemeError: a colour that is none.

    Examples:
        >>> print_colors = gee_scl.Palette("print", "For one page", {6: "#1F78B4", 11: "a6cee3"}, "chosen by hand")
        >>> gee_scl.recolor("scl", print_colors).palette[5]
        '1f78b4'
    """

    name: str
    title: str
    colors: Mapping[int, str]
    source: str

    def __post_init__(self) -> None:
        colors = {code: hex_color(color, f"colors[{code}]") for code, color in self.colors.items()}
        object.__setattr__(self, "colors", MappingProxyType(colors))


# Chosen by a search that kept each colour near what its class looks like (water blue, vegetation green, shadows dark,
# clouds light) and drove the smallest distance up. CIEDE2000 distances of all pairs, as seen with normal sight and by
# people without one kind of cone: Machado, G. M., Oliveira, M. M., Fernandes, L. A. F. (2009): A Physiologically-based
# Model for Simulation of Color Vision Deficiency. IEEE Transactions on Visualization and Computer Graphics 15 (6),
# https://doi.org/10.1109/TVCG.2009.113, matrices for severity 1, applied to linear sRGB. Smallest: 19.1 normal, 16.6
# protanopia, 16.7 deuteranopia, 16.7 tritanopia. Earth Engine's palette has 1.9 with any sight (classes 2 and 7), ESA's
# 3.7 with deuteranopia (classes 10 and 11).
_COLOR_BLIND_SAFE: Mapping[int, str] = {
    0: "000000",
    1: "bd0181",
    2: "234446",
    3: "453b1c",
    4: "028005",
    5: "e2b95b",
    6: "4b43f9",
    7: "88776a",
    8: "abafad",
    9: "ffffff",
    10: "7197d3",
    11: "95daff",
}

PALETTES: Mapping[str, Palette] = MappingProxyType(
    Named(
        {
            palette.name: palette
            for palette in (
                Palette(
                    "earth_engine",
                    "Earth Engine's colours; none for no data, which it masks out",
                    {c: f.earth_engine_color for c, f in CLASSES.items() if f.earth_engine_color is not None},
                    EARTH_ENGINE.url,
                ),
                Palette(
                    "esa",
                    "ESA's and Sentinel Hub's colours",
                    {c: f.esa_color for c, f in CLASSES.items()},
                    SENTINEL_HUB.url,
                ),
                Palette(
                    "colorblind",
                    "Colours that stay apart with protanopia, deuteranopia and tritanopia",
                    _COLOR_BLIND_SAFE,
                    f"every two are {COLOR_BLIND_DISTANCE} or more apart by CIEDE2000, with normal sight and as "
                    "simulated by Machado et al. 2009 (https://doi.org/10.1109/TVCG.2009.113) at severity 1 in linear "
                    "sRGB",
                ),
            )
        }
    )
)
"""Palettes for the SCL by name: "earth_engine", "esa" and "colorblind".

Examples:
    >>> {name: palette.colors[9] for name, palette in gee_scl.PALETTES.items()}
    {'earth_engine': 'f1f1f1', 'esa': 'ffffff', 'colorblind': 'ffffff'}
"""


def recolor(
    scheme: str | Scheme, palette: str | Palette | Mapping[str, str] | Mapping[int, str] | Sequence[str]
) -> Scheme:
    """Gives the classes of a scheme other colours.

    Args:
        scheme: a name in `SCHEMES` or a `Scheme`.
        palette: one of

            - a name in `PALETTES`, or a `Palette`, for schemes of the SCL: a class takes the colour of the first of
              its codes that the palette has;
            - 'rrggbb' by class name or value; classes that are not named keep their colour;
            - a list of 'rrggbb', one for each class, in the scheme's order.

    Returns:
        The scheme with these colours, under the same name.

    Raises:
        SchemeError: the scheme or palette does not exist, a colour is none, or there are too few or too many.
        ClassError: a class that the scheme does not have.

    Examples:
        >>> safe = gee_scl.recolor("scl", "colorblind")
        >>> dict(zip(safe.names, safe.palette))["Water"]
        '4b43f9'
        >>> gee_scl.recolor("water", {"Not water": "ffffff"}).palette
        ['0000ff', 'ffffff']
    """
    scheme = get_scheme(scheme)
    colors = _colors(scheme, palette)
    return replace(scheme, classes=tuple(replace(m, color=colors.get(m.value, m.color)) for m in scheme.classes))


def _colors(scheme: Scheme, palette: object) -> Mapping[int, str]:
    """Colour by class value."""
    if isinstance(palette, str):
        palette = _named(palette)
    if isinstance(palette, Palette):
        return _class_colors(scheme, palette)
    if isinstance(palette, Mapping):
        return _given_colors(scheme, palette)
    if not isinstance(palette, Sequence):
        raise SchemeError(
            "palette", palette, f"a name ({', '.join(PALETTES)}), a Palette, a mapping, or a list of colours"
        )
    if len(palette) != len(scheme.classes):
        raise SchemeError(
            "palette", palette, f"{len(scheme.classes)} colours, one for each of: {', '.join(scheme.names)}"
        )
    return dict(zip(scheme.values, palette, strict=True))


def _named(name: str) -> Palette:
    for known, palette in PALETTES.items():
        if name_key(known) == name_key(name):
            return palette
    raise SchemeError("palette", name, f"one of: {', '.join(PALETTES)}", nearest(name, PALETTES))


def _class_colors(scheme: Scheme, palette: Palette) -> dict[int, str]:
    if scheme.source != SCL_CODES:
        raise SchemeError(
            "palette",
            palette.name,
            f"colours by class name for scheme {scheme.name!r}, which is not of the SCL",
        )
    first = {m.value: next((c for c in m.codes if c in palette.colors), None) for m in scheme.classes}
    return {value: palette.colors[code] for value, code in first.items() if code is not None}


def _given_colors(scheme: Scheme, given: Mapping[Any, str]) -> dict[int, str]:
    colors: dict[int, str] = {}
    for label, color in given.items():
        for value in scheme.class_values(label, "palette"):
            if value in colors:
                raise SchemeError("palette", label, "each class once")
            colors[value] = color
    return colors


def vis_params(scheme: str | Scheme = "scl", *, band: str | None = None) -> dict[str, Any]:
    """Writes the visualization parameters of a band of a scheme's values.

    Earth Engine stretches a palette evenly from min to max, so it needs an entry for each step. Where values leave
    gaps, such as 10, 20, ..., 95, 100, the palette has the largest step that meets all values, and entries without a
    class repeat the colour before them. Values that are not the scheme's are to be masked, as `remap` does.

    Args:
        scheme: a name in `SCHEMES` or a `Scheme`.
        band: the band; None stands for the one that `remap` gives of SCL: "SCL", or the scheme's name.

    Returns:
        `bands`, `min`, `max` and `palette`, as geemap's `addLayer`, `Image.visualize` and `Image.getThumbURL` take
        them.

    Raises:
        SchemeError: the scheme does not exist, or its values would need more than 4096 colours.

    Examples:
        >>> gee_scl.vis_params("water")
        {'bands': ['water'], 'min': 1, 'max': 2, 'palette': ['0000ff', 'd9c9a3']}

        Values with gaps take the largest step that meets them all:

        >>> names, palette = ["Trees", "Shrubs", "Crops"], ["006400", "ffbb22", "f096ff"]
        >>> cover = gee_scl.Scheme.from_lists("cover", [10, 20, 40], names, palette)
        >>> gee_scl.vis_params(cover, band="Map")
        {'bands': ['Map'], 'min': 10, 'max': 40, 'palette': ['006400', 'ffbb22', 'ffbb22', 'f096ff']}
    """
    scheme = get_scheme(scheme)
    colors = dict(zip(scheme.values, scheme.palette, strict=True))
    low, high = min(colors), max(colors)
    step = math.gcd(*(value - low for value in colors)) or 1
    high = max(high, low + step)  # of one class too, min and max must differ
    if (high - low) // step >= MOST_COLORS:
        raise SchemeError(
            "scheme", [low, high], f"values that {MOST_COLORS} colours can tell apart", "visualize() has no such limit."
        )
    palette: list[str] = []
    for value in range(low, high + 1, step):
        palette.append(colors[value] if value in colors else palette[-1])
    return {"bands": [band or remapped_band(scheme)], "min": low, "max": high, "palette": palette}


def legend_dict(scheme: str | Scheme = "scl") -> dict[str, str]:
    """Writes a legend as geemap's `add_legend(legend_dict=...)` takes it.

    Args:
        scheme: a name in `SCHEMES` or a `Scheme`; "scl" has Earth Engine's class names, "esa" those of ESA.

    Returns:
        Class name to 'rrggbb', in the scheme's order.

    Raises:
        SchemeError: the scheme does not exist.

    Examples:
        >>> gee_scl.legend_dict("land")
        {'Vegetation': '10d22c', 'Bare': 'ffff52', 'Water': '0000ff', 'Snow': '52fff9'}
    """
    scheme = get_scheme(scheme)
    return dict(zip(scheme.names, scheme.palette, strict=True))


def sld(scheme: str | Scheme = "scl", *, band: str | None = None) -> str:
    """Writes an SLD raster style of a band of a scheme's values.

    Args:
        scheme: a name in `SCHEMES` or a `Scheme`.
        band: the band; None stands for the one that `remap` gives of SCL: "SCL", or the scheme's name.

    Returns:
        An OGC SLD 1.0 RasterSymbolizer with a ColorMap of type "values", by ascending value, for Earth Engine's
        `Image.sldStyle` and for GeoServer. Values that are not the scheme's are not drawn. No request is made.
        Source: https://developers.google.com/earth-engine/apidocs/ee-image-sldstyle

    Raises:
        SchemeError: the scheme does not exist.

    Examples:
        >>> from xml.etree import ElementTree
        >>> style = gee_scl.sld("water")
        >>> for entry in ElementTree.fromstring(style).iter("ColorMapEntry"):
        ...     print(entry.attrib["quantity"], entry.attrib["color"], entry.attrib["label"])
        1 #0000ff Water
        2 #d9c9a3 Not water
        >>> styled = gee_scl.remap(image, "water").sldStyle(style)
    """
    scheme = get_scheme(scheme)
    entries = "".join(
        f'<ColorMapEntry color="#{member.color}" quantity="{member.value}" label="{_escaped(member.name)}"/>'
        for member in sorted(scheme.classes, key=lambda member: member.value)
    )
    channel = f"<SourceChannelName>{_escaped(band or remapped_band(scheme))}</SourceChannelName>"
    return (
        "<RasterSymbolizer>"
        f"<ChannelSelection><GrayChannel>{channel}</GrayChannel></ChannelSelection>"
        f'<ColorMap type="values" extended="false">{entries}</ColorMap>'
        "</RasterSymbolizer>"
    )


def xml_text(text: str) -> str:
    """A text without the characters that XML cannot hold."""
    return _NOT_XML.sub("", text)


def _escaped(text: str) -> str:
    return html.escape(xml_text(text))


def visualize(image: ee.Image, scheme: str | Scheme = "scl", *, band: str = "SCL") -> ee.Image:
    """Draws a band of class codes in the colours of a scheme.

    Unlike `Image.visualize` with a palette it takes the codes as they are, whatever their gaps, and each class has
    exactly its colour.

    Args:
        image: an image with a band of class codes.
        scheme: which codes make which class: a name in `SCHEMES` or a `Scheme`; what `remap` has made needs
            `remapped_scheme(scheme)`.
        band: the band of class codes.

    Returns:
        An RGB image of bytes with the bands `vis-red`, `vis-green` and `vis-blue`, on the grid of `band`, with the
        properties of the image. Codes that the scheme leaves out are masked, so transparent. No request is made.

        Earth Engine: Image.select, Image.remap, Image.addBands, Image.toUint8.

    Raises:
        SchemeError: the scheme does not exist.

    Examples:
        A pixel of water is blue, exactly as in the legend (0000ff):

        >>> clear_day = images.filterDate("2023-08-09", "2023-08-10").first()
        >>> on_the_lake = ee.Geometry.Point(11.625, 46.455)
        >>> gee_scl.visualize(clear_day).reduceRegion("first", on_the_lake).getInfo()
        {'vis-red': 0, 'vis-green': 0, 'vis-blue': 255}
    """
    scheme = get_scheme(scheme)
    image = ee.Image(image)
    return carry(image, band, _painted(image.select([band]), scheme), RGB_BANDS)


def _painted(codes: ee.Image, scheme: Scheme) -> ee.Image:
    colors = {code: bytes.fromhex(member.color) for member in scheme.classes for code in member.codes}
    red, green, blue = (
        codes.remap(list(colors), [color[place] for color in colors.values()]).rename([name])
        for place, name in enumerate(RGB_BANDS)
    )
    return red.addBands(green).addBands(blue).toUint8()


def true_color(
    image: ee.Image,
    overlay: ClassSelection | None = None,
    *,
    scheme: str | Scheme = "scl",
    band: str = "SCL",
    color: str | None = None,
    style: Overlay = "tint",
    opacity: float | None = None,
    width: float = 40,
    bands: Sequence[str] = ("B4", "B3", "B2"),
    low: float = 0,
    high: float = 3000,
    gamma: float = 1,
) -> ee.Image:
    """Draws a true-colour image, with classes tinted or outlined over it.

    Args:
        image: an image with three bands to show and, for an overlay, a band of class codes.
        overlay: the classes to show: codes, names or groups of the SCL, such as "cloud"; for another class raster,
            values or names of its scheme. None shows none.
        scheme: whose colours the classes have; codes that it leaves out are not shown.
        band: the band of class codes.
        color: 'rrggbb', one colour for the whole overlay instead: white clouds are best shown in another colour.
        style: "tint" colours the pixels of the classes; "outline" the rim of what they cover together.
        opacity: of the overlay, above 0 and up to 1; by default 0.5 for a tint, 1 for an outline.
        width: of an outline, in metres: pixels of the classes that have another pixel within this distance, by their
            centres. A map whose pixels are larger than this shows no outline.
        bands: red, green and blue.
        low: value that is black. Sentinel-2's surface reflectance is scaled by 10,000.
        high: value that is white.
        gamma: above 1 brightens.

    Returns:
        An RGB image of bytes with the bands `vis-red`, `vis-green` and `vis-blue`, on the grid of the first band, with
        the properties of the image. Classes are laid over smaller pixels by the nearest centre. No request is made.

        Earth Engine: Image.unitScale, Image.clamp, Image.pow; for an overlay Image.remap, Image.where and, for an
        outline, Image.focalMin with a circle in metres.

    Raises:
        ArgumentError: an argument that cannot be used.
        ClassError: a class that does not exist, or none that the scheme has a colour for.
        SchemeError: the scheme does not exist, or the colour is none.

    Examples:
        Reflectances of 256, 448 and 352, of 3000 that are white, then tinted half with magenta:

        >>> clear_day = images.filterDate("2023-08-09", "2023-08-10").first()
        >>> on_the_lake = ee.Geometry.Point(11.625, 46.455)
        >>> gee_scl.true_color(clear_day).reduceRegion("first", on_the_lake).getInfo()
        {'vis-red': 22, 'vis-green': 38, 'vis-blue': 30}
        >>> gee_scl.true_color(clear_day, "water", color="ff00ff").reduceRegion("first", on_the_lake).getInfo()
        {'vis-red': 138, 'vis-green': 19, 'vis-blue': 142}
    """
    _check_stretch(bands, low, high, gamma)
    share = _share(style, opacity)
    if not (_is_number(width) and width > 0):
        raise ArgumentError("width", width, "a positive number of metres")
    classes = None if overlay is None else _overlay_scheme(overlay, get_scheme(scheme), color)
    image = ee.Image(image)
    rgb = image.select(list(bands)).rename(list(RGB_BANDS)).unitScale(low, high).clamp(0, 1)
    rgb = (rgb if gamma == 1 else rgb.pow(1 / gamma)).multiply(255)
    if classes is not None:
        painted = _overlay(image.select([band]), classes, style, width)
        mixed = rgb.multiply(1 - share).add(painted.multiply(share))
        rgb = rgb.where(painted.mask(), mixed)
    return carry(image, bands[0], rgb.round().toUint8(), RGB_BANDS)


def _check_stretch(bands: Sequence[str], low: float, high: float, gamma: float) -> None:
    if isinstance(bands, str) or len(bands) != 3 or not all(isinstance(name, str) for name in bands):
        raise ArgumentError("bands", bands, "three band names: red, green and blue")
    for argument, number in (("low", low), ("high", high)):
        if not _is_number(number):
            raise ArgumentError(argument, number, "a number")
    if low >= high:
        raise ArgumentError("high", high, f"a number above low ({low})")
    if not (_is_number(gamma) and gamma > 0):
        raise ArgumentError("gamma", gamma, "a positive number")


def _share(style: str, opacity: float | None) -> float:
    if style not in tuple(_OPACITY):
        raise ArgumentError("style", style, " or ".join(map(repr, _OPACITY)))
    if opacity is None:
        return _OPACITY[style]
    if not (_is_number(opacity) and 0 < opacity <= 1):
        raise ArgumentError("opacity", opacity, "a number above 0 and up to 1")
    return opacity


def _overlay_scheme(overlay: ClassSelection, scheme: Scheme, color: str | None) -> Scheme:
    """The classes to show, by the codes that are shown of each."""
    if scheme.source == SCL_CODES:
        codes = set(class_codes(overlay, "overlay"))
    else:
        values = scheme.class_values(overlay, "overlay")
        codes = {code for member in scheme.classes if member.value in values for code in member.codes}
    if color is not None:
        classes = [SchemeClass(1, "overlay", color, tuple(codes))]
    else:
        shown = ((member, codes.intersection(member.codes)) for member in scheme.classes)
        classes = [replace(member, codes=tuple(some)) for member, some in shown if some]
    if not classes:
        allowed = f"classes that scheme {scheme.name!r} has: codes {', '.join(map(str, scheme.codes))}"
        raise ClassError("overlay", overlay, allowed, "Or give a color.")
    return replace(scheme, classes=tuple(classes))


def _overlay(codes: ee.Image, scheme: Scheme, style: str, width: float) -> ee.Image:
    """The colours of the classes, masked where nothing is to be drawn."""
    painted = _painted(codes, scheme)
    if style == "tint":
        return painted
    covered = codes.remap(list(scheme.codes), [1] * len(scheme.codes), 0).unmask(0)
    return painted.updateMask(covered.neq(covered.focalMin(width, "circle", "meters")))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
