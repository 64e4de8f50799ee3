"""Remapping a band of class codes: a scheme's values, one band per class, and the properties that colour them.

Functions that take an image and a scheme read the scheme's source codes from the band, as `class_statistics` does. What
comes out of `remap` holds the scheme's values instead; `Scheme.remapped` describes such a band to whatever reads codes:

    image = gee_scl.remap(image, "land")
    frame = gee_scl.class_statistics(image, regions, band="land", scheme=gee_scl.SCHEMES["land"].remapped())
"""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral
from typing import Any

import ee

from gee_scl.classes.band_schemes import SCL_BY_DEFAULT, class_properties, scheme_for
from gee_scl.classes.carried import listed_properties
from gee_scl.classes.scheme_class import LEAST_VALUE, MOST_VALUE
from gee_scl.classes.schemes import Scheme, get_scheme
from gee_scl.errors import ArgumentError
from gee_scl.options.arguments import checked
from gee_scl.options.choices import Choice
from gee_scl.options.names import band_name
from gee_scl.scenes.provenance import carry

__all__ = ["indicators", "remap", "with_class_properties"]


class Unlisted(Choice):
    """What becomes of codes that a scheme leaves out."""

    MASK = "mask", "they are masked"
    KEEP = "keep", "those of the scheme's source stay as they are"


class UnlistedIndicator(Choice):
    """What becomes of codes that a scheme leaves out, in a band that says whether a pixel is of a class."""

    MASK = "mask", "they are masked in all bands"
    ZERO = "zero", "they are 0 in all bands: of no class"


_PIXEL_TYPES = (
    ("uint8", 0, 2**8 - 1),
    ("uint16", 0, 2**16 - 1),
    ("int16", -(2**15), 2**15 - 1),
    ("int32", -(2**31), 2**31 - 1),
    ("int64", -(2**63), 2**63 - 1),
)
"""Earth Engine's types of pixels by what they hold, the smallest first."""

_NOT_THE_CLASS = "000000"
"""The colour of 0 in a band that says whether a pixel is of a class."""


@checked()
def remap(
    image: ee.Image,
    scheme: str | Scheme,
    *,
    band: str = "SCL",
    name: str | None = None,
    unlisted: Unlisted | str | int = "mask",
) -> ee.Image:
    """Exchange the codes of a class band for the values of a scheme's classes.

    Args:
        image: an image with a band of class codes.
        scheme: which codes make which class: a name in `SCHEMES` or a `Scheme`.
        band: the band of class codes.
        name: the name of the new band; None gives that of `Scheme.remapped_band`: the band's own where the scheme keeps
            the codes, else the scheme's, so that new values are never taken for old codes.
        unlisted: what becomes of codes that the scheme leaves out. "mask" masks them; "keep" keeps those of the
            scheme's source as they are, if no class has such a value; an integer stands for all other pixels.

    Returns:
        An image of one band, of the smallest integer type that holds all values, with the grid of `band` and the
        properties of the image. It also has `gee_scl:scheme` and, for Earth Engine and geemap to colour it,
        `<name>_class_values`, `<name>_class_names` and `<name>_class_palette`. No request is made.

        Earth Engine: Image.select, Image.remap, Image.toUint8 and its like, Image.addBands, Element.set.

    Raises:
        SchemeError: the scheme does not exist.
        ArgumentError: a name that Earth Engine would refuse of an export, such as one that begins with a digit; kept
            codes or an integer that would be taken for a class.

    Examples:
        Eleven classes become four:

        >>> lake = ee.Geometry(fields["features"][0]["geometry"])
        >>> land = gee_scl.remap(image, "land")
        >>> land.reduceRegion(ee.Reducer.frequencyHistogram().unweighted(), lake).getInfo()
        {'land': {'1': 1665.0, '2': 1592.0, '3': 2871.0}}
        >>> land.get("land_class_names").getInfo()
        ['Vegetation', 'Bare', 'Water', 'Snow']

        All else, which the scheme leaves out, as 0 instead of masked:

        >>> whole = gee_scl.remap(image, "land", unlisted=0)
        >>> whole.reduceRegion(ee.Reducer.frequencyHistogram().unweighted(), lake).getInfo()
        {'land': {'0': 7651.0, '1': 1665.0, '2': 1592.0, '3': 2871.0}}

        Of a collection, for class statistics of what comes out:

        >>> lands = images.map(lambda image: gee_scl.remap(image, "land"))
        >>> remapped = gee_scl.SCHEMES["land"].remapped()
        >>> frame = gee_scl.class_statistics(
        ...     lands.limit(1), lake, band="land", scheme=remapped, layout="wide", value="pixels"
        ... )
        >>> frame[["Vegetation", "Bare", "Water", "Snow"]].values.tolist()
        [[1665, 1592, 2871, 0]]
    """
    scheme = get_scheme(scheme)
    name = scheme.remapped_band(band) if name is None else band_name("name", name)
    table, otherwise = _table(scheme, unlisted)
    image = ee.Image(image)
    classes = image.select([band]).remap(list(table), list(table.values()), otherwise).rename([name])
    classes = cast_to(classes, pixel_type([*table.values(), *([] if otherwise is None else [otherwise])]))
    named = with_class_properties(carry(image, band, classes, [name]), scheme, name)
    return ee.Image(named.set("gee_scl:scheme", scheme.name))


def _table(scheme: Scheme, unlisted: object) -> tuple[dict[int, int], int | None]:
    """Code to value, and the value of all other codes, or None where they are masked."""
    word = unlisted if isinstance(unlisted, str) else ""
    if word == Unlisted.MASK:
        return scheme.mapping, None
    if word == Unlisted.KEEP:
        taken = [code for code in scheme.left_out if code in scheme.values]
        if taken:
            raise ArgumentError(
                "unlisted",
                unlisted,
                f"'mask' or an integer, as values of scheme {scheme.name!r} are also codes that it leaves out: {taken}",
            )
        return scheme.mapping | {code: code for code in scheme.left_out}, None
    integer = int(unlisted) if isinstance(unlisted, Integral) and not isinstance(unlisted, bool) else None
    if integer is None or integer in scheme.values or not LEAST_VALUE <= integer <= MOST_VALUE:
        allowed = f"'mask', 'keep', or an integer of at most 64 bits other than {scheme.values}"
        raise ArgumentError("unlisted", unlisted, allowed)
    return scheme.mapping, integer


def pixel_type(values: Iterable[int]) -> str:
    """The smallest type that holds values: class rasters are exported as they are, and read as bytes mostly.

    Args:
        values: one or more.

    Returns:
        In the words of Image.cast, such as "uint8".
    """
    lowest, highest = min(values := list(values)), max(values)
    return next(name for name, low, high in _PIXEL_TYPES if low <= lowest and highest <= high)


def cast_to(image: ee.Image, pixels: str) -> ee.Image:
    """All bands of an image in one type, as `pixel_type` names it."""
    return getattr(image, f"to{pixels.capitalize()}")()


@checked()
def indicators(
    image: ee.Image,
    scheme: str | Scheme = SCL_BY_DEFAULT,
    *,
    band: str = "SCL",
    unlisted: UnlistedIndicator | str = "mask",
) -> ee.Image:
    """Make a band for each class of a scheme: 1 where a pixel is of the class, else 0.

    The mean of such a band, over time or a region, is the share of the class among what the scheme covers.

    Args:
        image: an image with a band of class codes.
        scheme: which codes make which class: a name in `SCHEMES` or a `Scheme`.
        band: the band of class codes. One that is not called SCL needs a scheme that is named.
        unlisted: codes that the scheme leaves out are masked in all bands ("mask"), or 0 in all bands ("zero").

    Returns:
        An image with the bands of `Scheme.indicator_bands`, in that order, on the grid of `band`, with the properties
        of the image, `gee_scl:scheme`, and the class properties of each band. What is masked in `band` stays masked.
        No request is made.

        Earth Engine: Image.select, Image.remap, Image.eq, Image.addBands, Element.set.

    Raises:
        SchemeError: the scheme does not exist.
        ArgumentError: `unlisted` is neither.

    Examples:
        The means of the bands are shares of what is seen, and sum to 1:

        >>> lake = ee.Geometry(fields["features"][0]["geometry"])
        >>> shares = gee_scl.indicators(image, "land").reduceRegion(ee.Reducer.mean().unweighted(), lake).getInfo()
        >>> {name: round(share, 3) for name, share in sorted(shares.items())}
        {'bare': 0.26, 'snow': 0.0, 'vegetation': 0.272, 'water': 0.469}
    """
    scheme = scheme_for(scheme, band)
    otherwise = None if UnlistedIndicator.of("unlisted", unlisted) is UnlistedIndicator.MASK else 0
    names = scheme.indicator_bands()
    # Classes are counted from 1, so that 0 is none of them.
    places = {value: place for place, value in enumerate(scheme.values, start=1)}
    codes = scheme.mapping
    ranks = [places[value] for value in codes.values()]
    image = ee.Image(image)
    classes = image.select([band]).remap(list(codes), ranks, otherwise)
    bands = classes.eq(ee.Image.constant(list(places.values()))).rename(names)
    properties: dict[str, Any] = {"gee_scl:scheme": scheme.name}
    for name, member in zip(names, scheme.classes, strict=True):
        properties |= listed_properties(
            name, [0, 1], [f"Not: {member.name}", member.name], [_NOT_THE_CLASS, member.color]
        )
    return ee.Image(carry(image, band, bands, names).set(ee.Dictionary(properties)))


@checked()
def with_class_properties(image: ee.Image, scheme: str | Scheme, band: str = "SCL") -> ee.Image:
    """Set the properties that name and colour the values of a band.

    Earth Engine draws a single band in the colours of its class properties where no other visualization is asked for.
    The images of the Sentinel-2 collections have none of them.

    Args:
        image: an image with a band of the scheme's values, such as `remap` gives; SCL itself for "scl" and "esa".
        scheme: a name in `SCHEMES` or a `Scheme`.
        band: the band that the properties describe.

    Returns:
        The image with `<band>_class_values`, `<band>_class_names` and `<band>_class_palette`, by ascending value.
        No request is made. Earth Engine: Element.set.

    Raises:
        SchemeError: the scheme does not exist.

    Examples:
        >>> named = gee_scl.with_class_properties(image, "esa")
        >>> named.get("SCL_class_names").getInfo()[:3]
        ['Saturated or defective pixel', 'Topographic casted shadows', 'Cloud shadows']
        >>> named.get("SCL_class_palette").getInfo()[:3]
        ['ff0000', '2f2f2f', '643200']
    """
    # As one ee.Dictionary they are set by one call; a plain dictionary would make a call for each.
    return ee.Image(ee.Image(image).set(ee.Dictionary(class_properties(get_scheme(scheme), band))))
