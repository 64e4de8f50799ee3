"""The calendar of a collection: the day, month and season of each image, as properties to group by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import ee

from gee_scl.options.arguments import checked
from gee_scl.options.checks import DAY_MILLISECONDS, checked_collection
from gee_scl.options.choices import Day, Period

__all__ = ["with_period"]

SEASONS = ("DJF", "MAM", "JJA", "SON")
"""Meteorological seasons by the initials of their months, which hold in both hemispheres; in the order of a year."""

_DEGREES_PER_HOUR = 15.0
"""The sun crosses 360 degrees of longitude in 24 hours."""

_LEAP_DAY = (2, 29)

_CENTROID_ERROR = 100.0
"""Metres: a third of a second of solar time at the equator."""


@dataclass(frozen=True)
class PeriodLabel:
    """How images say which period they are of.

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


PERIODS: Mapping[str, PeriodLabel] = MappingProxyType(
    {
        Period.DAY: PeriodLabel("gee_scl:date", lambda date: date.format("yyyy-MM-dd")),
        Period.MONTH: PeriodLabel("gee_scl:month", lambda date: date.format("yyyy-MM")),
        Period.SEASON: PeriodLabel("gee_scl:season", _season),
    }
)
"""The periods that a collection can be grouped by."""


@checked()
def with_period(images: ee.ImageCollection, period: Period | str, *, day: Day | str = "utc") -> ee.ImageCollection:
    """Label each image with its day, month or season.

    Args:
        images: with system:time_start, and a footprint for the solar day.
        period: "day" sets `gee_scl:date`, such as "2023-07-02"; "month" sets `gee_scl:month`, such as "2023-07";
            "season" sets `gee_scl:season`, such as "2023-JJA". The meteorological seasons are DJF, MAM, JJA and SON;
            December is counted to the year of the January that follows: December 2022 to February 2023 are "2023-DJF".
        day: whose day it is, which also decides at the end of a month. "utc" is the date of system:time_start; "solar"
            is the date by the sun: UTC plus one hour for 15 degrees of eastern longitude, at the centroid of the
            footprint, so that one pass in the morning is one day wherever it is; on both sides of the antimeridian the
            date differs, as it does for people there.

    Returns:
        An ee.ImageCollection. No request is made. Earth Engine: Date.format, Date.advance, Date.get, List.get; for the
        solar day Geometry.centroid.

    A collection that holds no image gives an empty one.

    Raises:
        ArgumentError: images is no collection, an unknown period or an unknown day.

    Examples:
        >>> gee_scl.with_period(images, "day").aggregate_array("gee_scl:date").distinct().getInfo()[:3]
        ['2023-05-08', '2023-05-21', '2023-06-02']
        >>> by_month = gee_scl.with_period(images, "month")
        >>> by_month.aggregate_histogram("gee_scl:month").getInfo()
        {'2023-05': 4, '2023-06': 4, '2023-07': 6, '2023-08': 4}
        >>> by_month.filter(ee.Filter.eq("gee_scl:month", "2023-07")).size().getInfo()
        6

        A year of one tile, whose December is counted to the next winter:

        >>> year = gee_scl.with_period(gee_scl.collection(tiles="32TPS"), "season")
        >>> year.aggregate_histogram("gee_scl:season").getInfo()
        {'2023-DJF': 4, '2023-JJA': 7, '2023-MAM': 6, '2023-SON': 6, '2024-DJF': 1}
    """
    label, clock = PERIODS[Period.of("period", period)], Day.of("day", day)

    def labelled(image: ee.Image) -> ee.Image:
        image = ee.Image(image)
        return ee.Image(image.set(label.property, label.label(local_date(image, clock))))

    return checked_collection(images).map(labelled)


def labels_in_order(labelled: ee.ImageCollection, period: Period) -> ee.List:
    """List the periods that a collection has images in, each once, in the order of time.

    Args:
        labelled: what `with_period` gives.
        period: by which it is labelled.
    """
    labels = labelled.aggregate_array(PERIODS[period].property).distinct()
    return labels.sort(labels.map(_rank))


def _rank(label: ee.ComputedObject) -> ee.String:
    """A label in letters that sort by time: seasons do not by themselves."""
    rank = ee.String(label)
    for place, season in enumerate(SEASONS):
        rank = rank.replace(season, str(place))
    return rank


def day_number(date: ee.Date) -> ee.Number:
    """The days from 1970-01-01 to a date."""
    return ee.Number(date.millis()).divide(DAY_MILLISECONDS).floor()


def days_from(date: ee.Date, target: int | tuple[int, int]) -> ee.Number:
    """Count the days from a date to the nearest one that has a place in the calendar, of this year or the next ones.

    Args:
        date: a moment; what counts is its date.
        target: the day of the year from 1 on, or month and day, the same date in leap and other years. In years without
            29 February that is both the day before and the day after.

    Returns:
        Whole days, 0 or more.
    """
    number, year = day_number(date), ee.Number(date.get("year"))
    near = [
        number.subtract(day_number(day)).abs() for off in (-1, 0, 1) for day in _anniversaries(year.add(off), target)
    ]
    return ee.Number(ee.List(near).reduce(ee.Reducer.min()))


def _anniversaries(year: ee.Number, target: int | tuple[int, int]) -> list[ee.Date]:
    if isinstance(target, int):
        return [ee.Date.fromYMD(year, 1, 1).advance(target - 1, "day")]
    if target == _LEAP_DAY:
        return [ee.Date.fromYMD(year, 2, 28).advance(1, "day"), ee.Date.fromYMD(year, 3, 1).advance(-1, "day")]
    return [ee.Date.fromYMD(year, *target)]


def local_date(image: ee.Image, day: Day) -> ee.Date:
    """Read the moment of an image by the clock that its day is read from."""
    date = ee.Date(image.get("system:time_start"))
    if day is Day.UTC:
        return date
    longitude = ee.Number(image.geometry().centroid(_CENTROID_ERROR).coordinates().get(0))
    return date.advance(longitude.divide(_DEGREES_PER_HOUR), "hour")
