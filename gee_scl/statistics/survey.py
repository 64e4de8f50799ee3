"""A survey: images and regions, listed once, what is measured of them, and the requests that measure it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import ee
import numpy as np

from gee_scl.frames.record import Record, described_scheme
from gee_scl.options.choices import By, Day
from gee_scl.options.crs import crs_label
from gee_scl.options.digests import digest
from gee_scl.regions.around import area_around
from gee_scl.regions.place import Place, list_places
from gee_scl.requests.connection import open_project, open_server
from gee_scl.requests.door import Door
from gee_scl.scenes.band_classes import no_codes
from gee_scl.scenes.chains import Chain
from gee_scl.scenes.changes import changes_between
from gee_scl.scenes.scene import Scene, images_of, list_scenes, require_times, warn_of_cut_passes, without_grid
from gee_scl.scenes.surroundings import warn_of_coarse_pixels
from gee_scl.statistics.grid import Grid
from gee_scl.statistics.measure import Measure
from gee_scl.statistics.meeting import Meeting
from gee_scl.statistics.parts import DayParts, ImageParts, Parts, WholePart
from gee_scl.statistics.pieces import DayPiece, ImagePiece, Subject, SurveyPiece, WholePiece
from gee_scl.statistics.sections import Section
from gee_scl.statistics.zones import zone_grid, zone_setting, zones

if TYPE_CHECKING:
    from gee_scl.regions.region import Regions

MEASURE_VERSION = 1
"""Of how pixels are counted: answers of another version are not the same."""


@dataclass(frozen=True, eq=False)
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
        coarse: whether neighbourhoods in the images are taken on coarser pixels than the images have.
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
    coarse: bool = False

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
            UserWarning: neighbourhoods in the images are taken on coarser pixels than theirs.
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
        coarse = grid.scale is not None and warn_of_coarse_pixels(images, grid.scale, scenes[0].scale)
        return cls(images, scenes, regions, list_places(regions, door), measure, grid, by, day, door, coarse)

    @property
    def scale(self) -> float:
        """Metres per pixel."""
        return self.grid.scale or self.scenes[0].scale

    @property
    def parts(self) -> Sequence[Scene] | Sequence[int]:
        """The images, or the days' midnights in UTC, in milliseconds since 1970."""
        return self.scenes if self.by is By.IMAGE else self._day_parts.starts

    @property
    def days(self) -> list[str]:
        """The days that have images, in order."""
        return sorted({scene.day for scene in self.scenes if scene.day is not None})

    @property
    def job(self) -> dict[str, Any]:
        """What answers go by besides regions and images, by names that people understand."""
        regions = self.regions.server
        return {
            "made by": f"gee-scl, version {MEASURE_VERSION} of the measure",
            "server": open_server(),
            "project": open_project(),
            "images": expression_digest(self.images_of(())),
            "regions": "known here" if regions is None else expression_digest(regions),
            "band": self.measure.band,
            "scheme": self.measure.scheme.name,
            "classes": {str(code): value for code, value in self.measure.scheme.mapping.items()},
            "codes": list(self.measure.scheme.source),
            "weights": str(self.measure.weights),
            "by": str(self.by),
            "day": str(self.day) if self.by is By.DATE else None,
            "crs": self.grid.crs,
            # In a CRS of the caller's, what is not said of the scale is that of the first image, for all of them.
            "scale": self.grid.scale if self.grid.crs is None else self.scale,
        }

    @property
    def in_regions(self) -> ee.ImageCollection:
        """The images that meet a region, or lie in the area around several."""
        return self.collection.filterBounds(area_around(self.regions))

    @cached_property
    def meeting(self) -> Meeting:
        """Which regions can meet which images."""
        return Meeting.of(self.places, self.scenes)

    @cached_property
    def _day_parts(self) -> DayParts:
        return DayParts(self.meeting, tuple(self.days))

    def pieces(self) -> Iterator[SurveyPiece]:
        """The requests that measure all of it, made one by one."""
        return (piece for section in self.sections() for piece in section.pieces(self.door.run.limits))

    def sections(self) -> list[Section]:
        """What is measured: all regions on their images, or on the days of each zone."""
        return [self._image_section()] if self.by is By.IMAGE else list(self._day_sections())

    def images_of(self, scenes: Sequence[Scene]) -> ee.ImageCollection:
        """Some of the images, with the measure's band only."""
        whole = not self._codes.is_plain and len(scenes) == len(self.scenes)
        return self._codes.images if whole else images_of(self._codes, scenes)

    @cached_property
    def _codes(self) -> Chain:
        return Chain.of(self.collection.select([self.measure.band]))

    def _subject(self, parts: Parts) -> Subject:
        return Subject(self.images_of, self.regions, self.measure, self.places, parts, self.scale)

    def _image_section(self) -> Section:
        subject = self._subject(ImageParts(self.meeting))
        scale = self.grid.scale if self.grid.crs is None else self.scale
        make = partial(ImagePiece, subject, crs=self.grid.crs, scale=scale)
        return Section(subject, np.arange(len(self.places)), make)

    def _day_sections(self) -> Iterator[Section]:
        days = self._day_parts
        for crs, members in zones(self.places, self.scenes, self.grid).items():
            subject = self._subject(replace(days, setting=zone_setting(crs, self.scenes, self.grid)))
            grid = zone_grid(crs, self.images_of, self.scenes, self.grid)
            make = partial(DayPiece, subject, starts=days.starts, day=self.day, grid=grid)
            yield Section(subject, np.array(members, np.int64), make)

    def whole_sections(self, image: ee.Image, images_read: int, setting: str = "") -> list[Section]:
        """One image without bounds, measured on the grid of each zone over the regions that lie in it.

        Args:
            image: with the measure's codes, made of this survey's images and perhaps others.
            images_read: how many images it is made of.
            setting: by what the image is known again.
        """
        sections = []
        for crs, members in zones(self.places, self.scenes, self.grid).items():
            known_by = f"{setting} {zone_setting(crs, self.scenes, self.grid)}"
            subject = self._subject(WholePart(self.meeting, images_read, known_by))
            grid = zone_grid(crs, self.images_of, self.scenes, self.grid)
            make = partial(WholePiece, subject, image=image, grid=grid)
            sections.append(Section(subject, np.array(members, np.int64), make))
        return sections

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
            "baseline_changes": changes_between(self.scenes, self.measure.scheme) or None,
            "more": {"neighbourhoods": f"on pixels of {self.scale:g} m"} if self.coarse else {},
        }
        return Record(**{**facts, **more})


def expression_digest(expression: ee.ComputedObject) -> str:
    """Digits by which an expression is known again."""
    encoded = ee.serializer.encode(expression, for_cloud_api=True)
    return f"{digest(json.dumps(encoded, sort_keys=True, default=str)):016x}"
