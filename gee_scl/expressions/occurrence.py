"""Occurrence: how often each pixel was of a class among the times it was seen, and when first and last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ee

from gee_scl.classes.band_schemes import (
    CLEAR_BY_DEFAULT,
    SCL_BY_DEFAULT,
    BandClasses,
    DefaultClasses,
    listed,
)
from gee_scl.classes.schemes import Scheme
from gee_scl.classes.selection import ClassSelection
from gee_scl.expressions.masks import code_mask
from gee_scl.expressions.remap import cast_to, pixel_type, with_class_properties
from gee_scl.options.arguments import checked
from gee_scl.options.checks import checked_collection
from gee_scl.options.choices import Choice, Day
from gee_scl.scenes.periods import day_number, local_date
from gee_scl.scenes.provenance import like, or_blank, reduced

__all__ = ["class_date", "mode", "occurrence"]


_COUNTS = {"count": "uint16", "observations": "uint16"}
"""The bands that count, and their types."""


class End(Choice):
    """Which of the days of a class."""

    FIRST = "first", "the first day on which a pixel was seen as the class"
    LAST = "last", "the last such day"


@checked()
def occurrence(
    images: ee.ImageCollection,
    classes: ClassSelection,
    *,
    clear: ClassSelection | None = CLEAR_BY_DEFAULT,
    band: str = "SCL",
    scheme: str | Scheme = SCL_BY_DEFAULT,
) -> ee.Image:
    """Count how often each pixel was of some classes, in percent of its clear observations.

    An observation is clear if the pixel is not masked and its class is one of `clear` or of `classes`: what is asked
    for is always among what it is a share of, so that the occurrence of cloud is its share of clear and cloudy
    observations. Images of one pass that overlap are two observations: mosaic the days first where that matters.

    Args:
        images: with a class band; masked images give the share of what is left.
        classes: what to look for: "water", "snow", "vegetation", codes, names, `SclClass`, or several.
        clear: what counts as seen: the surface classes 4, 5, 6 and 11 unless said otherwise, of another raster all
            classes of its scheme; None for every pixel that is not masked, as it is where codes are looked for without
            a scheme. With classes="clear" None gives how often a place is seen at all.
        band: the class band.
        scheme: what its values mean, as in `class_mask`.

    Returns:
        An ee.Image with the bands

        - `percent`: 0 to 100; masked where there is no clear observation;
        - `count`: observations of the classes;
        - `observations`: clear observations, 0 where there is none.

        Its default projection is that of the class band of the first image, so reductions are not at one degree.
        Properties: `gee_scl:classes`, `gee_scl:clear_classes` (codes, "all" for None), `system:time_start` and
        `system:time_end` of the first and the last image.

    Raises:
        ClassError: unknown classes, or none.
        SchemeError: as in `class_mask`.
        ArgumentError: images is no collection.

    A collection that holds no image gives a blank one: `count` and `observations` are 0 everywhere, `percent` is
    masked, pixels are of one degree, and `gee_scl:images` is 0. What asks for it, such as `class_statistics`, says so.

    No request is made, and the graph is of one size. Earth Engine: Image.remap, ImageCollection.sum and count,
    Image.divide, Image.setDefaultProjection.

    Examples:
        How often a field was bare, of the times that its pixels were seen:

        >>> field = ee.Geometry(fields["features"][2]["geometry"])
        >>> bare = gee_scl.occurrence(images, "bare")
        >>> bare.select(["count", "observations"]).reduceRegion(ee.Reducer.sum().unweighted(), field).getInfo()
        {'count': 830.0, 'observations': 2246.0}

        Class statistics of the same images find the same pixels:

        >>> here = frame[frame["region"] == "Single field"]
        >>> [int(here.loc[here["class_value"].isin(codes), "pixels"].sum()) for codes in ([5], [4, 5, 6, 11])]
        [830, 2246]
    """
    images = checked_collection(images)
    of_band = BandClasses.of(scheme, band)
    codes = of_band.codes(classes)
    if of_band.scheme is None and isinstance(clear, DefaultClasses):
        clear = None
    seen = None if clear is None else sorted({*codes, *of_band.seen(clear)})

    def marked(image: ee.Image) -> ee.Image:
        image = ee.Image(image)
        is_class = code_mask(image, codes, band=band, name="count")
        return is_class if seen is None else is_class.updateMask(code_mask(image, seen, band=band))

    stack = images.map(marked)
    # Which value a reduction gives where all is masked differs from reducer to reducer: 0 is said here.
    count = stack.sum().unmask(0, False).toUint16().rename(["count"])
    observations = stack.count().unmask(0, False).toUint16().rename(["observations"])
    percent = count.toFloat().divide(observations).multiply(100).updateMask(observations.gt(0)).rename(["percent"])
    bands = percent.addBands(count).addBands(observations)
    types = {"percent": "float", **_COUNTS}
    properties = {"gee_scl:classes": listed(codes), "gee_scl:clear_classes": "all" if seen is None else listed(seen)}
    return finished(bands, images, band, types, properties)


@checked()
def mode(
    images: ee.ImageCollection,
    classes: ClassSelection = CLEAR_BY_DEFAULT,
    *,
    band: str = "SCL",
    scheme: str | Scheme = SCL_BY_DEFAULT,
) -> ee.Image:
    """Find the class that each pixel had most often.

    Args:
        images: with a class band.
        classes: the classes that are counted; others are not seen. The surface classes 4, 5, 6 and 11 by default, of
            another raster all classes of its scheme.
        band: the class band.
        scheme: what its values mean, as in `class_mask`.

    Returns:
        An ee.Image with the bands `class` (of equals the smallest code; masked where none was seen; it maps in the
        legend's colours, unless codes were given without a scheme), `count` (observations of that class) and
        `observations` (of any of the classes, 0 where there is none), on the grid of the first image's class band, with
        the properties of `occurrence`.

    Raises:
        ClassError: unknown classes, or none.
        SchemeError: as in `class_mask`.
        ArgumentError: images is no collection.

    A collection that holds no image gives a blank one: `count` and `observations` are 0 everywhere, `class` is masked,
    pixels are of one degree, and `gee_scl:images` is 0.

    Tiles that overlap are two observations: count `daily_mosaics` where that matters. No request is made. The graph
    grows with the number of classes, not of images. Earth Engine: Image.eq, ImageCollection.sum, Image.gt, Image.where.

    Examples:
        A field was mostly green: 490 of its pixels more often than bare.

        >>> field = ee.Geometry(fields["features"][2]["geometry"])
        >>> usual = gee_scl.mode(images).select("class")
        >>> usual.reduceRegion(ee.Reducer.frequencyHistogram().unweighted(), field).getInfo()
        {'class': {'4': 490.0, '5': 24.0}}
    """
    images = checked_collection(images)
    of_band = BandClasses.of(scheme, band)
    codes = of_band.seen(classes, "classes")
    commonest = most_frequent(images, codes, band=band)
    types = {"class": pixel_type([0, *codes]), **_COUNTS}
    commonest = finished(commonest, images, band, types, {"gee_scl:classes": listed(codes)})
    meanings = of_band.of_codes
    return commonest if meanings is None else with_class_properties(commonest, meanings, "class")


def most_frequent(images: ee.ImageCollection, values: Sequence[int], *, band: str) -> ee.Image:
    """Find the value that each pixel of a band had most often.

    Args:
        images: with the band.
        values: those that are counted; of equals the one that comes first is taken.
        band: its name.

    Returns:
        An ee.Image with the bands `class`, `count` and `observations`, as `mode` describes them, without a grid.
    """
    pixels = pixel_type([0, *values])
    names = [f"class_{value}" for value in values]

    def indicated(image: ee.Image) -> ee.Image:
        image = ee.Image(image)
        return image.select([band]).eq(ee.Image.constant(list(values))).rename(names)

    # Reducer.mode is not documented to prefer any of equals, and puts values into buckets: counts are exact.
    counts = images.map(indicated).sum().unmask(0, False).toUint16()
    best, count = cast_to(ee.Image.constant(0), pixels), ee.Image.constant(0).toUint16()
    for value, name in zip(values, names, strict=True):
        mine = counts.select([name])
        more = mine.gt(count)
        best, count = best.where(more, value), count.where(more, mine)
    return (
        cast_to(best.updateMask(count.gt(0)), pixels)
        .rename(["class"])
        .addBands(count.toUint16().rename(["count"]))
        .addBands(counts.reduce(ee.Reducer.sum()).toUint16().rename(["observations"]))
    )


@checked()
def class_date(
    images: ee.ImageCollection,
    classes: ClassSelection,
    pick: End | str = "first",
    *,
    band: str = "SCL",
    scheme: str | Scheme = SCL_BY_DEFAULT,
    day: Day | str = "utc",
) -> ee.Image:
    """Find the day on which each pixel was first, or last, of some classes.

    Args:
        images: with a class band and system:time_start.
        classes: what to look for, such as "snow".
        pick: "first" or "last".
        band: the class band.
        scheme: what its values mean, as in `class_mask`.
        day: whose day it is, "utc" or "solar", as in `with_period`.

    Returns:
        An ee.Image with the band `first_date` or `last_date`: the day in days since 1970-01-01; masked where the
        pixel never was of the classes. On the grid of the first image's class band, with the properties of
        `occurrence`.

    Raises:
        ClassError: unknown classes, or none.
        SchemeError: as in `class_mask`.
        ArgumentError: images is no collection, or an unknown pick.

    A collection that holds no image gives a blank one: all is masked, pixels are of one degree, and `gee_scl:images` is
    0.

    No request is made. Earth Engine: Image.remap, Image.updateMask, ImageCollection.min or max.

    Examples:
        When a field was first seen bare, pixel by pixel: 66 in the middle of July, the others as clouds
        allow.

        >>> field = ee.Geometry(fields["features"][2]["geometry"])
        >>> first = gee_scl.class_date(images, "bare")
        >>> days = first.reduceRegion(ee.Reducer.frequencyHistogram().unweighted(), field).getInfo()["first_date"]
        >>> {str(pd.Timestamp(int(day), unit="D").date()): pixels for day, pixels in days.items()}
        {'2023-07-15': 66.0, '2023-07-27': 217.0, '2023-08-09': 229.0}

        When it was last seen green:

        >>> last = gee_scl.class_date(images, "vegetation", "last")
        >>> days = last.reduceRegion("minMax", field).getInfo()
        >>> [str(pd.Timestamp(days[f"last_date_{end}"], unit="D").date()) for end in ("min", "max")]
        ['2023-06-02', '2023-08-09']
    """
    images = checked_collection(images)
    codes = BandClasses.of(scheme, band).codes(classes)
    end, clock = End.of("pick", pick), Day.of("day", day)

    def dated(image: ee.Image) -> ee.Image:
        image = ee.Image(image)
        date = ee.Image.constant(day_number(local_date(image, clock)))
        return like(date.toInt32().rename([f"{end}_date"]).updateMask(code_mask(image, codes, band=band)), image)

    days = images.map(dated)
    picked = days.min() if end is End.FIRST else days.max()
    return finished(picked, images, band, {f"{end}_date": "int32"}, {"gee_scl:classes": listed(codes)})


def finished(
    reduction: ee.Image,
    images: ee.ImageCollection,
    band: str,
    types: Mapping[str, str],
    properties: Mapping[str, str],
) -> ee.Image:
    """Give a reduced collection the grid of its first image, its period and its properties.

    Args:
        reduction: of the images; `count` and `observations` are counts.
        images: the collection; without images the result is blank.
        band: whose grid is taken.
        types: of the bands of the reduction by name, in their order.
        properties: to set.
    """
    grid = ee.Image(images.first()).select([band]).projection()
    period = {
        "system:time_start": images.aggregate_min("system:time_start"),
        "system:time_end": images.aggregate_max("system:time_start"),
    }
    made = ee.Image(reduced(reduction, images, grid).set(period))
    return ee.Image(or_blank(made, images, types, tuple(_COUNTS)).set(dict(properties)))
