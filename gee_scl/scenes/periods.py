"""The calendar of a collection: the day, month and season of each image, as properties to group by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

import ee

from gee_scl.errors import ArgumentError
from gee_scl.options.checks import one_of

__all__ = ["by_day", "by_month", "by_season", "grouped"]

Day = Literal["solar", "utc"]
"""Where a day begins: at midnight by the sun of the image's own place, or at midnight UTC."""

PeriodName = Literal["day", "month", "season"]

SEASONS = ("DJF", "MAM", "JJA", "SON")
"""Meteorological seasons by the initials of their months, which hold in both hemispheres; in the order of a year."""

_DEGREES_PER_HOUR = 15.0
"""The sun crosses 360 degrees of longitude in 24 hours."""

_CENTROID_ERROR = 100.0
"""Metres: a third of a second of solar time at the equator."""


@dataclass(frozen=True)
class Period:
    """A part of the calendar.

    Attributes:
        property: of an image, that holds its label.
        label: the label of a date.
    """

    property: str
    label: Callable[[ee.Date], ee.String]


def _season(date: ee.Date) -> ee.String:
    # A month later, December is in the year that its winter is counted to.
    year = date.advance(1, "month").format("yyyy")
    quarter = date.get("month").mod(12).divide(3).int()
    return year.cat("-").cat(ee.String(ee.List(SEASONS).get(quarter)))


PERIODS: Mapping[str, Period] = MappingProxyType(
    {
        "day": Period("gee_scl:date", lambda date: date.format("yyyy-MM-dd")),
        "month": Period("gee_scl:month", lambda date: date.format("yyyy-MM")),
        "season": Period("gee_scl:season", _season),
    }
)
"""The periods that a collection can be grouped by."""


def by_day(images: ee.ImageCollection, *, day: Day = "solar") -> ee.ImageCollection:
    """Label each image with its day: `gee_scl:date`, such as "2023-07-02".

    Args:
        images: with system:time_start, and a footprint for the solar day.
        day: "solar" is the date by the sun: UTC plus one hour for 15 degrees of eastern longitude, at the centroid of
            the footprint, so that one pass in the morning is one day wherever it is; on both sides of the antimeridian
            the date differs, as it does for people there. "utc" is the date of system:time_start.

    Returns:
        An ee.ImageCollection. No request is made. Earth Engine: Geometry.centroid, Date.advance, Date.format.

    Raises:
        ArgumentError: images is no collection, or an unknown day.

    Examples:
        >>> gee_scl.by_day(images).aggregate_array("gee_scl:date").distinct().getInfo()[:3]
        ['2023-05-08', '2023-05-21', '2023-06-02']
    """
    return _labelled(images, PERIODS["day"], day)


def by_month(images: ee.ImageCollection, *, day: Day = "solar") -> ee.ImageCollection:
    """Label each image with its calendar month: `gee_scl:month`, such as "2023-07".

    Args:
        images: with system:time_start, and a footprint for the solar day.
        day: whose day decides at the end of a month, as in `by_day`.

    Returns:
        An ee.ImageCollection. No request is made. Earth Engine: Date.format.

    Raises:
        ArgumentError: images is no collection, or an unknown day.

    Examples:
        >>> labelled = gee_scl.by_month(images)
        >>> labelled.aggregate_histogram("gee_scl:month").getInfo()
        {'2023-05': 4, '2023-06': 4, '2023-07': 6, '2023-08': 4}
        >>> july = labelled.filter(ee.Filter.eq("gee_scl:month", "2023-07"))
        >>> july.size().getInfo()
        6
    """
    return _labelled(images, PERIODS["month"], day)


def by_season(images: ee.ImageCollection, *, day: Day = "solar") -> ee.ImageCollection:
    """Label each image with its meteorological season: `gee_scl:season`, such as "2023-JJA".

    The seasons are DJF, MAM, JJA and SON. December is counted to the year of the January that follows: December 2022
    to February 2023 are "2023-DJF".

    Args:
        images: with system:time_start, and a footprint for the solar day.
        day: whose day decides at the end of a month, as in `by_day`.

    Returns:
        An ee.ImageCollection. No request is made. Earth Engine: Date.advance, Date.get, List.get.

    Raises:
        ArgumentError: images is no collection, or an unknown day.

    Examples:
        A year of one tile, whose December is counted to the next winter:

        >>> year = gee_scl.collection(tiles="32TPS")
        >>> gee_scl.by_season(year).aggregate_histogram("gee_scl:season").getInfo()
        {'2023-DJF': 4, '2023-JJA': 7, '2023-MAM': 6, '2023-SON': 6, '2024-DJF': 1}
    """
    return _labelled(images, PERIODS["season"], day)


def grouped(images: ee.ImageCollection, period: PeriodName, *, day: Day = "solar") -> ee.List:
    """The periods that a collection has images in, in the order of time.

    Args:
        images: with system:time_start, and a footprint for the solar day; they need no labels yet.
        period: "day", "month" or "season".
        day: where a day begins, as in `by_day`.

    Returns:
        An ee.List of labels, each once, as `by_day`, `by_month` or `by_season` gives them; empty for a collection of
        nothing. No request is made. Earth Engine: aggregate_array, List.distinct, List.sort.

    Raises:
        ArgumentError: images is no collection, an unknown period or an unknown day.

    Examples:
        >>> gee_scl.grouped(gee_scl.collection(tiles="32TPS"), "season").getInfo()
        ['2023-DJF', '2023-MAM', '2023-JJA', '2023-SON', '2024-DJF']

        A reduction of your own for each month:

        >>> labelled = gee_scl.by_month(images)
        >>> def greenest(month):
        ...     members = labelled.filter(ee.Filter.eq("gee_scl:month", month))
        ...     return members.sort("VEGETATION_PERCENTAGE", False).first()
        >>> months = ee.ImageCollection(gee_scl.grouped(images, "month").map(greenest))
        >>> [index[:8] for index in months.aggregate_array("system:index").getInfo()]
        ['20230521', '20230615', '20230702', '20230809']
    """
    one_of("period", period, PERIODS)
    chosen = PERIODS[period]
    labels = _labelled(images, chosen, day).aggregate_array(chosen.property).distinct()
    return labels.sort(labels.map(_rank))


def _rank(label: ee.ComputedObject) -> ee.String:
    """A label in letters that sort by time: seasons do not by themselves."""
    rank = ee.String(label)
    for place, season in enumerate(SEASONS):
        rank = rank.replace(season, str(place))
    return rank


def _labelled(images: ee.ImageCollection, period: Period, day: Day) -> ee.ImageCollection:
    one_of("day", day, get_args(Day))

    def labelled(image: ee.Image) -> ee.Image:
        image = ee.Image(image)
        return ee.Image(image.set(period.property, period.label(_date(image, day))))

    return checked_collection(images).map(labelled)


def _date(image: ee.Image, day: Day) -> ee.Date:
    """The moment of an image by the clock that its day is read from."""
    date = ee.Date(image.get("system:time_start"))
    if day == "utc":
        return date
    longitude = ee.Number(image.geometry().centroid(_CENTROID_ERROR).coordinates().get(0))
    return date.advance(longitude.divide(_DEGREES_PER_HOUR), "hour")


def checked_collection(images: object) -> ee.ImageCollection:
    """What was given as images, if it is a collection.

    Raises:
        ArgumentError: it is something else.
    """
    if not isinstance(images, ee.ImageCollection):
        hint = "Put it into a collection: ee.ImageCollection([image])." if isinstance(images, ee.Image) else ""
        raise ArgumentError("images", type(images).__name__, "an ee.ImageCollection, as gee_scl.collection gives", hint)
    return images
