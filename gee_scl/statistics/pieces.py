"""Pieces of a survey: what one request does, and how it is cut in two."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import ee
import numpy as np

from gee_scl.errors import RequestError
from gee_scl.frames.answers import REGION_KEY
from gee_scl.frames.measured import Measured, RowError
from gee_scl.options.choices import Day
from gee_scl.regions.place import Place
from gee_scl.requests.door import Door, Row
from gee_scl.requests.failures import FailureKind
from gee_scl.scenes.mosaics import images_of_day
from gee_scl.scenes.scene import Scene
from gee_scl.statistics.measure import Measure
from gee_scl.statistics.meeting import chunks
from gee_scl.statistics.parts import DigestArray, Parts

if TYPE_CHECKING:
    from gee_scl.regions.region import Regions

_OUTLINE_ERROR = 1.0
"""Metres that outlines of images may be off where they are put together to find the regions that they meet."""


@dataclass(frozen=True, eq=False)
class Subject:
    """What all pieces of a survey are about.

    Attributes:
        images_of: some of the images, as a collection with one band of codes.
        regions: as the caller gave them.
        measure: what is measured.
        places: the regions as the work is planned.
        parts: the images or days.
        scale: metres per pixel, about.
    """

    images_of: Callable[[Sequence[Scene]], ee.ImageCollection]
    regions: Regions
    measure: Measure
    places: Sequence[Place]
    parts: Parts
    scale: float

    def features(self, places: Sequence[int]) -> ee.FeatureCollection:
        """Some of the regions, with nothing but their outlines and keys."""
        some = len(places) < len(self.places) or self.regions.server is None
        return self.regions.to_features(REGION_KEY, [self.places[place].key for place in places] if some else None)

    @cached_property
    def digests(self) -> DigestArray:
        """For each region a number by which its outline is known again."""
        return np.array([place.digest for place in self.places], np.uint64)


@dataclass(frozen=True, eq=False)
class SurveyPiece(ABC):
    """What one request does: some regions, on some images or days.

    Attributes:
        subject: what all pieces are about.
        places: positions of the regions.
        parts: positions of the images, or days.
    """

    subject: Subject
    places: tuple[int, ...]
    parts: tuple[int, ...]

    @property
    def name(self) -> str:
        """What to call it when it fails."""
        subject = self.subject
        regions = _counted([repr(subject.places[place].id) for place in self.places], "region")
        on = _counted([subject.parts.name(part) for part in self.parts], subject.parts.noun)
        return f"Statistics of {regions}" + (f" on {on}" if subject.parts.name(self.parts[0]) else "")

    @cached_property
    def _size(self) -> tuple[int, float]:
        """Pairs and pixels: the array that both are of is let go, since all pieces of a job are kept."""
        pairs, square_metres = 0, 0.0
        for some in chunks(np.array(self.places)):
            reads = self.subject.parts.reads(some, np.array(self.parts))
            areas = np.array([self.subject.places[place].area for place in some])
            pairs += int(np.count_nonzero(reads))
            square_metres += float(areas @ reads.sum(axis=1))
        return pairs, square_metres / self.subject.scale**2

    @property
    def pairs(self) -> int:
        """Of region and part that can meet."""
        return self._size[0]

    @property
    def pixels(self) -> float:
        """That are read, about."""
        return self._size[1]

    @cached_property
    def bytes(self) -> int:
        """Of outlines that are sent."""
        return sum(self.subject.places[place].bytes for place in self.places)

    @property
    def scenes(self) -> list[Scene]:
        """The images that are read."""
        return self.subject.parts.scenes(np.array(self.places), np.array(self.parts))

    @abstractmethod
    def table(self) -> ee.FeatureCollection:
        """The expression whose rows are the answer."""

    def read(self, rows: Sequence[Row]) -> Measured:
        """What an answer says.

        Raises:
            RequestError: it is of other regions or images than were asked for.
        """
        places: dict[Hashable, int] = {self.subject.places[place].key: place for place in self.places}
        wanted = set(self.parts)
        parts = {name: n for name, n in self.subject.parts.positions.items() if n in wanted}
        try:
            return Measured.of_rows(
                rows, self.subject.measure.columns, (REGION_KEY, places), (self.subject.parts.label, parts)
            )
        except RowError as error:
            text = f"The answer is not of what was asked for: {error}."
            raise RequestError(self.name, text, kind=FailureKind.PASSING) from error

    @property
    def whole(self) -> None:
        """Each piece is of use by itself."""
        return None

    def ask(self, door: Door) -> Measured:
        """Ask for it, by one request for each page.

        Raises:
            RequestError: it was refused, or is of other regions or images than were asked for.
        """
        return self.read(door.rows(self.name, self.table(), page=max(1, self.pairs)))

    def halves(self, *, of_regions: bool = False) -> Sequence[Self]:
        """Two pieces with the same rows together; none of what cannot be cut.

        Args:
            of_regions: whether to cut the regions first, and not the images.
        """
        regions = len(self.places) > 1 and (of_regions or len(self.parts) == 1)
        whole = self.places if regions else self.parts
        if len(whole) == 1:
            return []
        middle = len(whole) // 2
        cut = (whole[:middle], whole[middle:])
        return [replace(self, places=half) if regions else replace(self, parts=half) for half in cut]

    def by_tile(self) -> list[tuple[str, Self]]:
        """Pieces with the same rows together, of a tile each, by its name; "" where that is not known."""
        groups = self.subject.parts.by_tile(np.array(self.places), np.array(self.parts))
        return [
            (tile or "", replace(self, places=tuple(places.tolist()), parts=tuple(parts.tolist())))
            for tile, places, parts in groups
        ]

    def by_year(self) -> list[tuple[str, Self]]:
        """Pieces with the same rows together, of a year each, by its number; "" where that is not known."""
        years: dict[str, list[int]] = {}
        for part in self.parts:
            year = self.subject.parts.year(part)
            years.setdefault("" if year is None else f"{year}", []).append(part)
        return [(year, replace(self, parts=tuple(parts))) for year, parts in sorted(years.items())]


@dataclass(frozen=True, eq=False)
class ImagePiece(SurveyPiece):
    """Images, each reduced on its own grid over the regions that its footprint meets.

    Attributes:
        crs: to count in; None is the image's own.
        scale: metres per pixel; None is the image's own.
    """

    crs: str | None
    scale: float | None

    def table(self) -> ee.FeatureCollection:
        """A row for each image and region that meet."""
        regions = self.subject.features(self.places)

        def rows(image: ee.Image) -> ee.FeatureCollection:
            image = ee.Image(image)
            crs = image.projection() if self.crs is None else self.crs
            near = regions.filterBounds(image.geometry(_OUTLINE_ERROR))
            label = {"image": image.get("system:index")}
            return self.subject.measure.rows(image, near, label, crs=crs, scale=self.scale)

        return ee.FeatureCollection(self.subject.images_of(self.scenes).map(rows)).flatten()


@dataclass(frozen=True, eq=False)
class DayPiece(SurveyPiece):
    """Days, each reduced as one mosaic over the regions that its footprints meet.

    Attributes:
        starts: midnights in UTC of all days, in milliseconds.
        day: whose day it is.
        grid: the arguments of reduceRegions.
    """

    starts: Sequence[int]
    day: Day
    grid: Mapping[str, Any]

    def table(self) -> ee.FeatureCollection:
        """A row for each day and region that meet."""
        regions, all_images = self.subject.features(self.places), self.subject.images_of(self.scenes)

        def rows(start: ee.ComputedObject) -> ee.FeatureCollection:
            images = images_of_day(all_images, ee.Date(start), self.day)
            near = regions.filterBounds(images.geometry(_OUTLINE_ERROR))
            return self.subject.measure.rows(images.mosaic(), near, {"day": start}, **self.grid)

        starts = [self.starts[part] for part in self.parts]
        return ee.FeatureCollection(ee.List(starts).map(rows)).flatten()


@dataclass(frozen=True, eq=False)
class WholePiece(SurveyPiece):
    """One image without bounds, reduced over all regions.

    Attributes:
        image: with the measure's codes.
        grid: the arguments of reduceRegions.
    """

    image: ee.Image
    grid: Mapping[str, Any]

    def table(self) -> ee.FeatureCollection:
        """A row for each region."""
        return self.subject.measure.rows(self.image, self.subject.features(self.places), {"day": 0}, **self.grid)


def _counted(names: Sequence[str], noun: str) -> str:
    if len(names) == 1:
        return f"{noun} {names[0]}"
    return f"{len(names)} {noun}s ({names[0]} to {names[-1]})"
