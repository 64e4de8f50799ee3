"""How class statistics are measured, as callers say it: the arguments that all share who measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypedDict

import ee

from gee_scl.classes.band_schemes import SCL_BY_DEFAULT
from gee_scl.classes.schemes import Scheme, get_scheme
from gee_scl.options.checks import as_collection
from gee_scl.options.choices import By, Day, Weights
from gee_scl.options.names import no_such_argument
from gee_scl.requests.door import Door
from gee_scl.scenes.band_classes import scheme_of_images
from gee_scl.scenes.changes import warn_of_changes
from gee_scl.scenes.scene import require_indices
from gee_scl.statistics.grid import Grid
from gee_scl.statistics.measure import Measure

if TYPE_CHECKING:
    from gee_scl.regions.region import Regions
    from gee_scl.statistics.survey import Survey


class MeasureOptions(TypedDict, total=False):
    """What statistics and changes are measured by alike.

    Attributes:
        scheme: which codes make which class; for a band that is not called SCL by default what the band carries.
        day: whose day that is, "utc" (default) or "solar".
        band: of class codes; "SCL" by default.
        id: column of the regions that names them; they are numbered by default.
        layer: of a vector file that has several.
        keep: columns of the regions to carry.
        weights: "centre" (default) or "fraction".
        scale: metres per pixel; the band's own by default.
        crs: to count in; the band's own by default.
        tile_scale: passed to Earth Engine, 0.1 to 16; 1 by default.
    """

    scheme: str | Scheme
    day: Day | str
    band: str
    id: str | None
    layer: str | None
    keep: str | Sequence[str]
    weights: Weights | str
    scale: float | None
    crs: object
    tile_scale: float


MEASURE_DEFAULTS: MeasureOptions = {
    "day": Day.UTC,
    "band": "SCL",
    "id": None,
    "layer": None,
    "keep": (),
    "weights": Weights.CENTRE,
    "scale": None,
    "crs": None,
    "tile_scale": 1,
}
"""Of all but the scheme."""


class StatisticsOptions(MeasureOptions, total=False):
    """How class statistics are measured: arguments of `class_statistics`, which says what each does.

    Those of `MeasureOptions`, of which the scheme is "scl" by default, and:

    Attributes:
        by: "image" (default) or "date".
    """

    by: By | str


_DEFAULTS: StatisticsOptions = {**MEASURE_DEFAULTS, "scheme": SCL_BY_DEFAULT, "by": By.IMAGE}


@dataclass(frozen=True)
class SurveyDesign:
    """What is to be measured, and where, checked before anything is asked.

    Attributes:
        regions: to measure.
        measure: what is measured; its scheme is the SCL's as long as the band has not been looked at.
        grid: to count on, as far as the caller has said.
        by: what a row is of.
        day: whose day a day is.
        scheme: as it was given.
    """

    regions: Regions
    measure: Measure
    grid: Grid
    by: By
    day: Day
    scheme: str | Scheme

    @classmethod
    def of(cls, function: str, regions: object, options: StatisticsOptions) -> SurveyDesign:
        """From a caller's arguments. No request is made.

        Args:
            function: that the caller has called, for the error.
            regions: as `class_statistics` takes them.
            options: as far as they are given.

        Raises:
            TypeError: an argument that there is not.
            ArgumentError: one that cannot be used.
            SchemeError: the scheme does not exist.
            RegionError: the regions cannot be read.
        """
        # numpy comes with it: `import gee_scl` stays light.
        from gee_scl.regions.as_regions import as_regions

        no_such_argument(function, options, _DEFAULTS)
        all_options: StatisticsOptions = {**_DEFAULTS, **options}
        scheme, band = get_scheme(all_options["scheme"]), all_options["band"]
        return cls(
            measure=Measure.of(scheme, band, all_options["weights"], all_options["tile_scale"]),
            grid=Grid.of(all_options["scale"], all_options["crs"]),
            by=By.of("by", all_options["by"]),
            day=Day.of("day", all_options["day"]),
            scheme=all_options["scheme"],
            regions=as_regions(regions, id=all_options["id"], keep=all_options["keep"], layer=all_options["layer"]),
        )

    def survey(self, images: ee.Image | ee.ImageCollection, door: Door) -> Survey:
        """List images and regions, as `Survey.of` does.

        Args:
            images: an image or a collection with the measure's band.
            door: asks.

        Raises:
            CollectionError: there are no images, one has fractions in the band, no grid where none is given, no time
                where days are asked, or another's index where images are.
            SchemeError: nothing was said of a band that says nothing itself.
            RegionError: a region that cannot be measured.

        Warns:
            DayWarning: midnight UTC cuts a pass in two.
            BaselineWarning: the classification changed between two images.
        """
        from gee_scl.statistics.survey import Survey

        collection = as_collection(images)
        scheme = scheme_of_images(self.scheme, collection, self.measure.band, door)
        measure = replace(self.measure, scheme=scheme)
        survey = Survey.of(collection, self.regions, measure, self.grid, door, by=self.by, day=self.day)
        if self.by is By.IMAGE:
            require_indices(survey.scenes)
        warn_of_changes(survey.scenes, scheme)
        return survey
