"""Change: which class became which between two dates or periods, as an image of codes.

A pixel is of one class before and of one after, or it is *unknown* there: under cloud, outside of the images, or of
any other code that the scheme leaves out. Nothing is sampled and nothing is dropped: what is unknown has its area.
"""

from __future__ import annotations

from dataclasses import replace

import ee

from gee_scl.classes.band_schemes import LAND_BY_DEFAULT, scheme_for
from gee_scl.classes.schemes import Scheme
from gee_scl.classes.transition_codes import BASE, UNKNOWN
from gee_scl.errors import ArgumentError
from gee_scl.expressions.occurrence import finished, most_frequent
from gee_scl.expressions.remap import remap, with_class_properties
from gee_scl.options.arguments import checked
from gee_scl.options.choices import Day, Pick
from gee_scl.scenes.mosaics import daily_mosaics
from gee_scl.scenes.provenance import SYNTHETIC, or_blank

__all__ = ["transition_image"]

BAND = "transition"
"""The band of transition codes."""

_CLASS = "class"


@checked()
def transition_image(
    before: ee.Image | ee.ImageCollection,
    after: ee.Image | ee.ImageCollection,
    *,
    scheme: str | Scheme = LAND_BY_DEFAULT,
    pick: Pick | str = "mode",
    day: Day | str = "utc",
    band: str = "SCL",
) -> ee.Image:
    """Give each pixel one code for its class before and its class after: 100 times the one plus the other.

    Both are places in the scheme, counted from 1, as values can have any number of digits; the values of the built-in
    schemes are their places.

    A period becomes one class for each pixel. Codes that the scheme leaves out, such as clouds in "land", are never
    that class: a pixel is unknown (99) only where none of the period's images shows a class of the scheme. So are
    masked pixels, and those outside of the images.

    Args:
        before: an image, or a collection (a period), with a band of class codes; a collection needs system:time_start.
        after: likewise.
        scheme: of the classes before and after: a name in `SCHEMES` or a `Scheme` of at most 98 classes.
        pick: which class a period stands for. "mode": the one seen on most days, of equals the smallest value; the
            tiles of a day are mosaicked first (`daily_mosaics`), so that a pass that two tiles show counts once.
            "first" or "last": the first or the last class in time; on the local engine they take half of the time that
            "mode" takes. A single image is taken as it is.
        day: whose day counts once with "mode": "utc" or "solar", as in `with_period`.
        band: the band of class codes. One that is not called SCL needs a scheme that is named.

    Returns:
        An ee.Image with the band `transition` (16 bits without sign) of the codes of `Scheme.transitions`,
        without masked pixels and without bounds: `clip` it for a map, name a region to export it. It lies on the grid
        of `before`'s class band, of its first image for a collection; where that of `after` differs, such as that of
        another UTM zone, its nearest pixels are taken. Properties: names and colours of the codes, for Earth Engine
        and geemap to draw them (`transition_class_values` and so on), `gee_scl:scheme`, `gee_scl:pick`,
        `system:time_start` from `before` and `system:time_end` from `after`.

    Raises:
        ArgumentError: `before` or `after` is neither an image nor a collection, or an unknown pick.
        SchemeError: the scheme does not exist, or has more than 98 classes.

    Where `before` or `after` is a collection that holds no image the result is blank: all is masked, pixels are of one
    degree, and `gee_scl:images` is 0. `transitions` says which of them it is.

    No request is made, and the graph is of one size. Earth Engine: Image.remap, Image.unmask, Image.multiply; of
    periods ImageCollection.sum (mode) or ImageCollection.mosaic (first, last).

    Examples:
        >>> spring = gee_scl.collection(fields, "2023-04-01", "2023-05-01")
        >>> summer = gee_scl.collection(fields, "2023-08-01", "2023-09-01")
        >>> change = gee_scl.transition_image(spring, summer)
        >>> shown = views.class_view(change, gee_scl.SCHEMES["land"].transitions(), band="transition")
        >>> dried_up = change.eq(100 * 3 + 2)  # "land" has 2 Bare, 3 Water
    """
    scheme = scheme_for(scheme, band)
    changes = scheme.transitions()
    pick, clock = Pick.of("pick", pick), Day.of("day", day)
    sides = [
        _one_class(images, scheme, pick, clock, band, side) for images, side in ((before, "before"), (after, "after"))
    ]
    earlier, later = (side.unmask(UNKNOWN, False).toUint16() for side in sides)
    first = _first(before)
    codes = earlier.multiply(BASE).add(later).toUint16().rename([BAND])
    codes = codes.setDefaultProjection(first.select([band]).projection()).copyProperties(first, [SYNTHETIC])
    times = {
        "system:time_start": sides[0].get("system:time_start"),
        "system:time_end": sides[1].get("system:time_end"),
    }
    codes = ee.Image(codes).set(times)
    for images in (before, after):
        if isinstance(images, ee.ImageCollection):
            codes = or_blank(codes, images, {BAND: "uint16"})
    codes = ee.Image(codes.set({"gee_scl:scheme": changes.name, "gee_scl:pick": str(pick)}))
    return with_class_properties(codes, changes, BAND)


def _one_class(images: object, scheme: Scheme, pick: Pick, day: Day, band: str, argument: str) -> ee.Image:
    """The place of one class of the scheme for each pixel, masked where none is seen; with the times that it is of."""
    placed = _placed(scheme)
    if isinstance(images, ee.ImageCollection):
        seen = images.map(lambda image: remap(image, placed, band=band, name=_CLASS))
        if pick is Pick.MODE:
            days = daily_mosaics(seen, day=day, band=_CLASS)
            by_value = sorted(scheme.classes, key=lambda member: member.value)
            places = [scheme.classes.index(member) + 1 for member in by_value]
            classes = most_frequent(days, places, band=_CLASS).select([_CLASS])
        else:
            classes = seen.sort("system:time_start", pick is Pick.LAST).mosaic()
        return finished(classes, images, band, {_CLASS: "uint8"}, {})
    if isinstance(images, ee.Image):
        classes = remap(images, placed, band=band, name=_CLASS)
        has_end = images.propertyNames().contains("system:time_end")
        end = ee.Algorithms.If(has_end, images.get("system:time_end"), images.get("system:time_start"))
        return ee.Image(classes.set("system:time_end", end))
    raise ArgumentError(argument, type(images).__name__, "an ee.Image or an ee.ImageCollection")


def _placed(scheme: Scheme) -> Scheme:
    """The scheme, with the place of each class for its value."""
    members = enumerate(scheme.classes, start=1)
    return replace(scheme, classes=tuple(replace(member, value=place) for place, member in members))


def _first(images: ee.Image | ee.ImageCollection) -> ee.Image:
    return ee.Image(images.first() if isinstance(images, ee.ImageCollection) else images)
