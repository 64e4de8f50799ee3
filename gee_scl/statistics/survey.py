"""A survey: images and regions, listed once, what is measured of them, and the requests that measure it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import ee

from gee_scl.frames.answers import REGION_KEY
from gee_scl.frames.record import Record, described_scheme
from gee_scl.options.checks import crs_label
from gee_scl.options.choices import By, Day
from gee_scl.regions.place import Place, list_places
from gee_scl.requests.door import Door, Piece, Row
from gee_scl.requests.parallel import Progress
from gee_scl.scenes.band_classes import no_codes
from gee_scl.scenes.scene import Scene, list_scenes, require_times, warn_of_cut_passes, without_grid
from gee_scl.statistics.grid import Grid
from gee_scl.statistics.measure import Measure
from gee_scl.statistics.pieces import DayPiece, ImagePiece, Subject, WholePiece, cut
from gee_scl.statistics.zones import zone_grid, zones

if TYPE_CHECKING:
    from gee_scl.regions.region import Regions


@dataclass(frozen=True)
class Survey:
    """All that statistics are made of. Tables, pages and exports make one, and read what they need of it.

    Attributes:
        collection: the images as they were given, with all their bands.
        scenes: its images.
        regions: the regions as the caller gave them.
        places: the regions as the work is planned.
        measure: what is measured.
        grid: the grid to count on, as far as the caller has said.
        by: what a row is of.
        day: whose day a day is.
        door: asks.
    """

    collection: ee.ImageCollection
    scenes: Sequence[Scene]
    regions: Regions
    places: Sequence[Place]
    measure: Measure
    grid: Grid
    by: By
    day: Day
    door: Door = field(repr=False)

    @classmethod
    def of(
        cls,
        images: ee.ImageCollection,
        regions: Regions,
        measure: Measure,
        grid: Grid,
        door: Door,
        *,
        by: By,
        day: Day = Day.UTC,
        argument: str = "images",
    ) -> Survey:
        """List images and regions, by one request; one more for regions that only the server knows.

        Args:
            images: a collection with the measure's band.
            regions: checked.
            measure: what is measured.
            grid: to count on.
            door: asks.
            by: what a row is of.
            day: whose day a day is.
            argument: the caller's name for the images.

        Raises:
            CollectionError: there are no images, one has fractions in the band, no grid where none is given, or no time
                where days are asked.
            RegionError: a region that cannot be measured.

        Warns:
            DayWarning: midnight UTC cuts a pass in two.
        """
        scenes = list_scenes(images.select([measure.band]), measure.band, door, argument, day=day)
        shapeless = None if grid.is_whole else next((scene for scene in scenes if not scene.has_grid), None)
        if not all(scene.has_codes for scene in scenes):
            raise no_codes(argument, measure.band)
        if shapeless is not None:
            raise without_grid(argument, shapeless.index)
        if by is By.DATE:
            require_times(scenes, argument, "by='image'")
            if day is Day.UTC:
                warn_of_cut_passes(scenes)
        return cls(images, scenes, regions, list_places(regions, door), measure, grid, by, day, door)

    @property
    def scale(self) -> float:
        """Metres per pixel."""
        return self.grid.scale or self.scenes[0].scale

    @property
    def days(self) -> list[str]:
        """The days that have images, in order."""
        return sorted({scene.day for scene in self.scenes if scene.day is not None})

    @property
    def in_regions(self) -> ee.ImageCollection:
        """The images that meet a region."""
        return self.collection.filterBounds(self.regions.to_features(REGION_KEY))

    def rows(self, progress: Progress | None = None) -> list[Row]:
        """The answers of all pieces.

        Raises:
            RequestError: a piece failed; the error names it.
        """
        return self.door.all_rows(list(self.pieces()), progress)

    def pieces(self) -> Iterator[Piece]:
        """The requests that measure all of it."""
        return self._image_pieces() if self.by is By.IMAGE else self._day_pieces()

    @property
    def _subject(self) -> Subject:
        codes = self.collection.select([self.measure.band])
        return Subject(codes, self.regions, self.measure, len(self.places))

    def _pixels(self, images: float) -> Any:
        return lambda place: place.area / self.scale**2 * images

    def _image_pieces(self) -> Iterator[Piece]:
        subject, scale = self._subject, self.grid.scale if self.grid.crs is None else self.scale
        indices = [scene.index for scene in self.scenes]
        for places, parts in self._cut(self.places, indices, 1):
            yield ImagePiece(subject, places, parts, len(indices), self.grid.crs, scale)

    def _day_pieces(self) -> Iterator[Piece]:
        subject = self._subject
        starts = [int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000) for day in self.days]
        images_a_day = -(-len(self.scenes) // len(starts))
        for crs, members in zones(self.places, self.scenes, self.grid).items():
            grid = zone_grid(crs, subject.images, self.scenes, self.grid)
            for places, parts in self._cut(members, starts, images_a_day):
                yield DayPiece(subject, places, parts, self.day, grid)

    def whole_pieces(self, image: ee.Image, label: Mapping[str, Any], images_read: int) -> Iterator[Piece]:
        """The requests that measure one image without bounds, each region on the grid of the zone that it lies in.

        Args:
            image: with the measure's codes, made of this survey's images and perhaps others.
            label: further properties of each row.
            images_read: how many images it is made of.
        """
        subject = self._subject
        for crs, members in zones(self.places, self.scenes, self.grid).items():
            grid = zone_grid(crs, subject.images, self.scenes, self.grid)
            for places, parts in self._cut(members, [None], images_read):
                yield WholePiece(subject, places, parts, image, label, grid)

    def _cut(self, places: Sequence[Place], parts: Sequence[Any], images_a_part: float) -> Iterator[Any]:
        classes = len(self.measure.scheme.values)
        return cut(places, parts, self._pixels(images_a_part), classes, self.door.run.limits)

    def record(self, **more: Any) -> Record:
        """How it was measured, with the requests made so far.

        Args:
            **more: of the record's fields, or in place of them.
        """
        facts: dict[str, Any] = {
            **described_scheme(self.measure.scheme),
            "band": self.measure.band,
            "by": str(self.by),
            "day": str(self.day) if self.by is By.DATE else None,
            "weights": str(self.measure.weights),
            "crs": None if self.grid.crs is None else crs_label(self.grid.crs),
            "scale": self.scale,
            "own_grid": self.grid == Grid(),
            "images": len(self.scenes),
            "synthetic": any(scene.synthetic for scene in self.scenes),
            "regions": len(self.places),
            "requests": self.door.requests,
        }
        return Record(**{**facts, **more})
