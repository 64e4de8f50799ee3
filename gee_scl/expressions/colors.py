"""Colours of classes as images: RGB pixels of a class band, and true colour with classes tinted or outlined over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import ee

from gee_scl.classes.band_schemes import SCL_BY_DEFAULT, scheme_for
from gee_scl.classes.palettes import hex_color
from gee_scl.classes.scheme_class import SchemeClass
from gee_scl.classes.schemes import Scheme, get_scheme
from gee_scl.classes.selection import ClassSelection
from gee_scl.errors import ArgumentError, ClassError
from gee_scl.options.arguments import checked
from gee_scl.options.checks import finite_number, positive_number
from gee_scl.options.choices import Choice
from gee_scl.scenes.provenance import carry

__all__ = ["true_color", "visualize"]

RGB_BANDS = ("vis-red", "vis-green", "vis-blue")
"""Names of the bands of an RGB image, as Earth Engine's Image.visualize gives them."""


class Overlay(Choice):
    """How classes lie over a true-colour image."""

    TINT = "tint", "the pixels of the classes in their colours, half transparent"
    OUTLINE = "outline", "the rim of what the classes cover together"


_OPACITY: Mapping[Overlay, float] = MappingProxyType({Overlay.TINT: 0.5, Overlay.OUTLINE: 1.0})
"""Opacity of each kind of overlay where none is given."""


@checked()
def visualize(image: ee.Image, scheme: str | Scheme = SCL_BY_DEFAULT, *, band: str = "SCL") -> ee.Image:
    """Draw a band of class codes in the colours of a scheme.

    Unlike `Image.visualize` with a palette it takes the codes as they are, whatever their gaps, and each class has
    exactly its colour.

    Args:
        image: an image with a band of class codes.
        scheme: which codes make which class: a name in `SCHEMES` or a `Scheme`; what `remap` has made needs
            `SCHEMES[...].remapped()`.
        band: the band of class codes. One that is not called SCL needs a scheme that is named.

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
    scheme = scheme_for(scheme, band)
    image = ee.Image(image)
    return carry(image, band, _painted(image.select([band]), scheme), RGB_BANDS)


def _painted(codes: ee.Image, scheme: Scheme) -> ee.Image:
    colors = {code: bytes.fromhex(member.color) for member in scheme.classes for code in member.codes}
    red, green, blue = (
        codes.remap(list(colors), [color[place] for color in colors.values()]).rename([name])
        for place, name in enumerate(RGB_BANDS)
    )
    return red.addBands(green).addBands(blue).toUint8()


@checked()
def true_color(
    image: ee.Image,
    overlay: ClassSelection | None = None,
    *,
    scheme: str | Scheme = SCL_BY_DEFAULT,
    band: str = "SCL",
    color: str | None = None,
    style: Overlay | str = "tint",
    opacity: float | None = None,
    width: float = 40,
    bands: Sequence[str] = ("B4", "B3", "B2"),
    low: float = 0,
    high: float = 3000,
    gamma: float = 1,
) -> ee.Image:
    """Draw a true-colour image, with classes tinted or outlined over it.

    Args:
        image: an image with three bands to show and, for an overlay, a band of class codes.
        overlay: the classes to show: codes, names or groups, such as "cloud", as `class_mask` takes them. None shows
            none.
        scheme: whose colours the classes have; codes that it leaves out are not shown.
        band: the band of class codes. One that is not called SCL needs a scheme that is named.
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
    low, high, gamma = _checked_stretch(bands, low, high, gamma)
    overlay_style = Overlay.of("style", style)
    share = _OPACITY[overlay_style] if opacity is None else positive_number("opacity", opacity, 1)
    width = positive_number("width", width, unit="metres")
    if color is not None:
        color = hex_color(color, "color")
    classes = None if overlay is None else _overlay_scheme(overlay, scheme_for(scheme, band), color)
    get_scheme(scheme)
    image = ee.Image(image)
    rgb = image.select(list(bands)).rename(list(RGB_BANDS)).unitScale(low, high).clamp(0, 1)
    rgb = (rgb if gamma == 1 else rgb.pow(1 / gamma)).multiply(255)
    if classes is not None:
        painted = _overlay(image.select([band]), classes, overlay_style, width)
        mixed = rgb.multiply(1 - share).add(painted.multiply(share))
        rgb = rgb.where(painted.mask(), mixed)
    return carry(image, bands[0], rgb.round().toUint8(), RGB_BANDS)


def _checked_stretch(bands: Sequence[str], low: float, high: float, gamma: float) -> tuple[float, float, float]:
    if isinstance(bands, str) or len(bands) != 3 or not all(isinstance(name, str) for name in bands):
        raise ArgumentError("bands", bands, "three band names: red, green and blue")
    black, white = finite_number("low", low), finite_number("high", high)
    if black >= white:
        raise ArgumentError("high", high, f"a number above low ({low})")
    return black, white, positive_number("gamma", gamma)


def _overlay_scheme(overlay: ClassSelection, scheme: Scheme, color: str | None) -> Scheme:
    """The classes to show, by the codes that are shown of each."""
    codes = set(scheme.class_codes(overlay, "overlay"))
    if color is not None:
        classes = [SchemeClass(1, "overlay", color, tuple(codes))]
    else:
        shown = ((member, codes.intersection(member.codes)) for member in scheme.classes)
        classes = [replace(member, codes=tuple(some)) for member, some in shown if some]
    if not classes:
        allowed = f"classes that scheme {scheme.name!r} has: codes {', '.join(map(str, scheme.codes))}"
        raise ClassError("overlay", overlay, allowed, "Or give a color.")
    return replace(scheme, classes=tuple(classes))


def _overlay(codes: ee.Image, scheme: Scheme, style: Overlay, width: float) -> ee.Image:
    """The colours of the classes, masked where nothing is to be drawn."""
    painted = _painted(codes, scheme)
    if style is Overlay.TINT:
        return painted
    covered = codes.remap(list(scheme.codes), [1] * len(scheme.codes), 0).unmask(0)
    return painted.updateMask(covered.neq(covered.focalMin(width, "circle", "meters")))
