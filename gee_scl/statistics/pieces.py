"""Pieces of a survey: what one request does, how it is cut in two, and by what it is known again."""

from __future__ import annotations

import hashlib
import json
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import ee

from gee_scl.frames.answers import REGION_KEY
from gee_scl.options.choices import Day
from gee_scl.regions.place import Place
from gee_scl.requests.connection import open_address, open_project
from gee_scl.requests.limits import Limits
from gee_scl.requests.parallel import batches
from gee_scl.scenes.mosaics import images_of_day
from gee_scl.scenes.scene import utc_day
from gee_scl.statistics.measure import Measure

if TYPE_CHECKING:
    from gee_scl.regions.region import Regions

_NEIGHBOURHOOD_DEGREES = 0.1
"""Side of the cells by which neighbouring regions are found: some ten kilometres, a block of an image."""

_OUTLINE_ERROR = 1.0
"""Metres that outlines of images may be off where they are put together to find the regions that they meet."""

_PLANNED_CLASSES = 12
"""Classes for which a piece may have `Limits.rows` rows; a row of more classes is longer, so a piece has fewer."""

Part = TypeVar("Part")
"""What a piece has several of besides regions: images or days."""


@dataclass(frozen=True)
class Subject:
    """What all pieces of a survey are about.

    Attributes:
        images: a collection with one band of codes.
        regions: as the caller gave them.
        measure: what is measured.
        places: how many regions there are in all.
    """

    images: ee.ImageCollection
    regions: Regions
    measure: Measure
    places: int

    def features(self, places: Sequence[Place]) -> ee.FeatureCollection:
        """Some of the regions, with nothing but their outlines and keys."""
        some = len(places) < self.places or self.regions.server is None
        return self.regions.to_features(REGION_KEY, [place.key for place in places] if some else None)


@dataclass(frozen=True)
class SurveyPiece(ABC, Generic[Part]):
    """What one request does: some regions, on some images or days.

    Attributes:
        subject: what all pieces are about.
        places: the regions.
        parts: the images' indices, or the days; one None for a piece that is of one image as a whole.
    """

    subject: Subject
    places: tuple[Place, ...]
    parts: tuple[Part, ...]

    @property
    def name(self) -> str:
        """What to call it when it fails."""
        on = self._on()
        return f"Statistics of {_counted([repr(place.id) for place in self.places], 'region')}" + (on and f" on {on}")

    @abstractmethod
    def _on(self) -> str:
        """What it is on, for people."""

    @abstractmethod
    def table(self) -> ee.FeatureCollection:
        """The expression whose rows are the answer."""

    @cached_property
    def identity(self) -> str:
        """Digits by which its answer is known again: of the server, the project and the whole expression."""
        expression = ee.serializer.encode(self.table(), for_cloud_api=True)
        content = [open_address(), open_project(), expression]
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()

    def halves(self) -> Sequence[SurveyPiece[Part]]:
        """Two pieces with the same rows together: fewer images each, or fewer regions; none of what cannot be cut."""
        if len(self.parts) > 1:
            middle = len(self.parts) // 2
            return [replace(self, parts=parts) for parts in (self.parts[:middle], self.parts[middle:])]
        if len(self.places) > 1:
            middle = len(self.places) // 2
            return [replace(self, places=places) for places in (self.places[:middle], self.places[middle:])]
        return []


@dataclass(frozen=True)
class ImagePiece(SurveyPiece[str]):
    """Images, each reduced on its own grid over the regions that its footprint meets.

    Attributes:
        images: how many there are in the survey.
        crs: to count in; None is the image's own.
        scale: metres per pixel; None is the image's own.
    """

    images: int
    crs: str | None
    scale: float | None

    def _on(self) -> str:
        return _counted(self.parts, "image")

    def table(self) -> ee.FeatureCollection:
        """A row for each image and region that meet."""
        images = self.subject.images
        if len(self.parts) < self.images:
            images = images.filter(ee.Filter.inList("system:index", list(self.parts)))
        regions = self.subject.features(self.places)

        def rows(image: ee.Image) -> ee.FeatureCollection:
            image = ee.Image(image)
            crs = image.projection() if self.crs is None else self.crs
            near = regions.filterBounds(image.geometry(_OUTLINE_ERROR))
            label = {"image": image.get("system:index")}
            return self.subject.measure.rows(image, near, label, crs=crs, scale=self.scale)

        return ee.FeatureCollection(images.map(rows)).flatten()


@dataclass(frozen=True)
class DayPiece(SurveyPiece[int]):
    """Days, each reduced as one mosaic over the regions that its footprints meet.

    The parts are the dates' midnights in UTC, in milliseconds.

    Attributes:
        day: whose day it is.
        grid: the arguments of reduceRegions.
    """

    day: Day
    grid: Mapping[str, Any]

    def _on(self) -> str:
        return _counted([utc_day(start) for start in self.parts], "day")

    def table(self) -> ee.FeatureCollection:
        """A row for each day and region that meet."""
        regions = self.subject.features(self.places)

        def rows(start: ee.ComputedObject) -> ee.FeatureCollection:
            images = images_of_day(self.subject.images, ee.Date(start), self.day)
            near = regions.filterBounds(images.geometry(_OUTLINE_ERROR))
            return self.subject.measure.rows(images.mosaic(), near, {"day": start}, **self.grid)

        return ee.FeatureCollection(ee.List(list(self.parts)).map(rows)).flatten()


@dataclass(frozen=True)
class WholePiece(SurveyPiece[None]):
    """One image without bounds, reduced over all regions.

    Attributes:
        image: with the measure's codes.
        label: further properties of each row.
        grid: the arguments of reduceRegions.
    """

    image: ee.Image
    label: Mapping[str, Any]
    grid: Mapping[str, Any]

    def _on(self) -> str:
        return ""

    def table(self) -> ee.FeatureCollection:
        """A row for each region."""
        return self.subject.measure.rows(self.image, self.subject.features(self.places), self.label, **self.grid)


def cut(
    places: Sequence[Place], parts: Sequence[Part], pixels: Callable[[Place], float], classes: int, limits: Limits
) -> Iterator[tuple[tuple[Place, ...], tuple[Part, ...]]]:
    """Regions and images, or days, cut into pieces.

    Outlines are sent with each request, so a piece has few regions and many images where there are many of both.
    Neighbours go together, so that a request reads one part of an image, and many requests share no part.

    Args:
        places: the regions.
        parts: images or days.
        pixels: of a region that are read for one part, about.
        classes: how many a row has.
        limits: of a request.
    """
    places = sorted(places, key=_neighbourhood)
    rows = max(1, limits.rows * _PLANNED_CLASSES // max(_PLANNED_CLASSES, classes))
    most_places = min(rows, max(limits.regions, rows // len(parts)))
    costs = ((lambda _: 1, most_places), (lambda place: place.bytes, limits.bytes), (pixels, limits.pixels))
    for some_places in batches(places, *costs):
        size = sum(map(pixels, some_places))
        most_parts = max(1, min(rows // len(some_places), int(limits.pixels // max(size, 1))))
        for start in range(0, len(parts), most_parts):
            yield tuple(some_places), tuple(parts[start : start + most_parts])


def _neighbourhood(place: Place) -> tuple[int, int]:
    longitude, latitude = place.centroid
    return math.floor(latitude / _NEIGHBOURHOOD_DEGREES), math.floor(longitude / _NEIGHBOURHOOD_DEGREES)


def _counted(names: Sequence[str], noun: str) -> str:
    if len(names) == 1:
        return f"{noun} {names[0]}"
    return f"{len(names)} {noun}s ({names[0]} to {names[-1]})"
