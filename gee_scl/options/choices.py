"""Options that are one of a few words: each word once, with a line on what it means.

Functions take the word as a text; help, errors and the command line take words and meanings from here.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from gee_scl.errors import ArgumentError
from gee_scl.options.names import nearest


class Choice(StrEnum):
    """A word that an option may have. It is equal to its text."""

    meaning: str

    def __new__(cls, word: str, meaning: str) -> Self:
        """A member that carries its meaning."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.meaning = meaning
        return member

    @classmethod
    def of(cls, argument: str, word: object) -> Self:
        """The choice that a word stands for.

        Args:
            argument: the caller's name for the option.
            word: what came.

        Raises:
            ArgumentError: it is none of the words.
        """
        words = [str(member) for member in cls]
        if not isinstance(word, str) or word not in words:
            hint = nearest(word, words) if isinstance(word, str) else ""
            raise ArgumentError(argument, word, " or ".join(map(repr, words)), hint)
        return cls(word)  # type: ignore[call-arg]


class By(Choice):
    """What is counted, shown or exported for itself."""

    IMAGE = "image", "each image for itself, so that tiles that overlap count twice"
    DATE = "date", "the images of each day as one mosaic, so that an overlap counts once"


class Day(Choice):
    """Where a day begins; months and seasons follow their days."""

    UTC = "utc", "at midnight UTC, as in the images' times"
    SOLAR = "solar", "at midnight by the sun of the image's own place: UTC and an hour for 15 degrees of longitude"


class OnError(Choice):
    """What becomes of a job of which parts could not be had."""

    RAISE = "raise", "end it with an error that carries what was had"
    KEEP = "keep", "return what was had, with the failures in its record and a warning"


class Period(Choice):
    """A part of the calendar."""

    DAY = "day", "a day, such as 2023-07-02"
    MONTH = "month", "a calendar month, such as 2023-07"
    SEASON = "season", "a meteorological season, such as 2023-JJA; December is of the next year's winter"


class Weights(Choice):
    """How a pixel on a region's edge counts."""

    CENTRE = "centre", "whole where its centre is inside, else not"
    FRACTION = "fraction", "by the part of it that is inside, in steps of 1/255"


class Layout(Choice):
    """How a statistics frame lies."""

    LONG = "long", "a row for each region, image or day, and class"
    WIDE = "wide", "a row for each region and image or day, a column for each class"


class Value(Choice):
    """A measure of a statistics frame."""

    PIXELS = "pixels", "pixels of the class"
    AREA = "area_m2", "their true area in square metres"
    PERCENT = "percent", "of the classified area in the region"
    PERCENT_OF_REGION = "percent_of_region", "of the region's whole area, so that no data shows"


class Rows(Choice):
    """What a bar of a chart is of."""

    REGION = "region", "each region, the mean of its days"
    DATE = "date", "each day"


class Amount(Choice):
    """What the cells of a transition matrix say."""

    PERCENT = "percent", "of what was seen both times"
    HECTARES = "hectares", "the area"


class Pick(Choice):
    """Which class a period stands for."""

    MODE = "mode", "the one seen on most days"
    FIRST = "first", "the first one in time"
    LAST = "last", "the last one in time"


class Existing(Choice):
    """What becomes of an export that was started before, or whose place is taken."""

    REFUSE = "refuse", "an error, and nothing is started"
    KEEP = "keep", "it stays as it is; what is missing is started"
    REPLACE = "replace", "it is started again: what is under way is cancelled, an asset replaced"


class Duplicates(Choice):
    """What becomes of scenes that were processed again."""

    NEWEST = "newest", "the newest processing baseline of each scene stays"
    KEEP = "keep", "all stay"


class TableFormat(Choice):
    """A file format of exported tables (https://developers.google.com/earth-engine/guides/exporting_tables)."""

    CSV = "CSV", "text, a line for each row"
    GEOJSON = "GeoJSON", "JSON, with the regions' outlines"
    SHP = "SHP", "Shapefile, with the regions' outlines; columns' names are cut after ten characters"
    KML = "KML", "XML of Google Earth, with the regions' outlines"
    KMZ = "KMZ", "KML, zipped"
    TFRECORD = "TFRecord", "records of TensorFlow"


class MapBackend(Choice):
    """A library of notebook maps."""

    IPYLEAFLET = "ipyleaflet", "a geemap.Map, which talks to the kernel"
    FOLIUM = "folium", "a folium.Map, which can be saved as a page"


class PictureFormat(Choice):
    """A file format of pictures."""

    PNG = "png", "exact colours, transparent where masked"
    JPG = "jpg", "smaller, with changed colours"
