"""A change: the images of two periods, listed once, and the requests that measure what became what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import ee

from gee_scl.classes.band_schemes import is_open
from gee_scl.classes.schemes import Scheme
from gee_scl.errors import CollectionError, Plain
from gee_scl.expressions.transitions import BAND, transition_image
from gee_scl.frames.record import PeriodRecord, Record, described_scheme
from gee_scl.options.checks import as_collection
from gee_scl.options.choices import By, Day, Pick
from gee_scl.requests.door import Door
from gee_scl.scenes.band_classes import no_codes, scheme_of_images
from gee_scl.scenes.changes import changes_between, warn_of_changes
from gee_scl.scenes.scene import Scene, list_scenes, warn_of_cut_passes
from gee_scl.statistics.change_options import ChangeDesign
from gee_scl.statistics.parts import scene_digest
from gee_scl.statistics.sections import Section
from gee_scl.statistics.survey import Survey, expression_digest


@dataclass(frozen=True, eq=False)
class Change:
    """All that transitions are made of.

    Attributes:
        survey: of the images before, and of the codes of the change.
        others: the images after.
        scheme: of the classes before and after.
        image: with the codes.
        pick: which class a period stands for.
        band: of class codes.
        periods: what is said of both sides, "before" and "after".
    """

    survey: Survey
    others: Sequence[Scene]
    scheme: Scheme
    image: ee.Image
    pick: Pick
    band: str
    periods: dict[str, PeriodRecord]

    @classmethod
    def of(
        cls,
        before: ee.Image | ee.ImageCollection,
        after: ee.Image | ee.ImageCollection,
        design: ChangeDesign,
        door: Door,
    ) -> Change:
        """List the images of both periods and the regions, by one request each.

        Args:
            before: as in `transitions`.
            after: likewise.
            design: what is to be measured.
            door: asks.

        Raises:
            CollectionError: a period holds no image, has images without time, or other classes than the other.
            SchemeError: nothing was said of a band that says nothing itself.
            RegionError: a region that cannot be measured.

        Warns:
            DayWarning: midnight UTC cuts a pass in two.
            BaselineWarning: the classification changed between two images.
        """
        band, clock = design.band, design.day
        scheme = scheme_of_images(design.scheme, before, band, door, "before")
        if is_open(design.scheme, band) and scheme_of_images(design.scheme, after, band, door, "after") != scheme:
            allowed = f"the classes that the band has before: {', '.join(scheme.names)}"
            raise CollectionError("after", Plain(f"other classes of the band {band!r}"), allowed)
        measure = replace(design.measure, scheme=scheme.transitions())
        image = transition_image(before, after, scheme=scheme, pick=design.pick, day=clock, band=band).select([BAND])
        earlier = as_collection(before).select([band], [BAND])
        survey = Survey.of(
            earlier, design.regions, measure, design.grid, door, by=By.IMAGE, day=clock, argument="before"
        )
        others = list_scenes(as_collection(after).select([band]), band, door, "after", day=clock)
        if not all(scene.has_codes for scene in others):
            raise no_codes("after", band)
        periods = {"before": _period(before, survey.scenes, "before"), "after": _period(after, others, "after")}
        if clock is Day.UTC:
            warn_of_cut_passes([*survey.scenes, *others])
        warn_of_changes([*survey.scenes, *others], scheme)
        return cls(survey, others, scheme, image, design.pick, band, periods)

    @property
    def scenes(self) -> list[Scene]:
        """The images of both periods."""
        return [*self.survey.scenes, *self.others]

    def sections(self) -> list[Section]:
        """What is measured: the change as one image, in each zone."""
        setting = f"{expression_digest(self.image)} {sorted(map(scene_digest, self.scenes))}"
        return self.survey.whole_sections(self.image, len(self.scenes), setting)

    def record(self, **more: Any) -> Record:
        """How it was measured, with the requests made so far.

        Args:
            **more: of the record's fields.
        """
        return self.survey.record(
            **described_scheme(self.scheme),
            **self.periods,
            band=self.band,
            pick=str(self.pick),
            by=None,
            images=len(self.scenes),
            synthetic=any(scene.synthetic for scene in self.scenes),
            baseline_changes=changes_between(self.scenes, self.scheme) or None,
            **more,
        )


def _period(images: object, scenes: Sequence[Scene], argument: str) -> PeriodRecord:
    """What is said of one side: how many images, and their first and last day."""
    days = [scene.day for scene in scenes if scene.day is not None]
    if isinstance(images, ee.ImageCollection) and len(days) < len(scenes):
        raise CollectionError(argument, "an image without system:time_start", "images with it, or a single image")
    return PeriodRecord(len(scenes), min(days, default=None), max(days, default=None))
