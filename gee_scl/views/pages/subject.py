"""What a page is of: images and regions, listed once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gee_scl.classes.schemes import Scheme, get_scheme
from gee_scl.options.checks import as_collection
from gee_scl.options.choices import By, Day
from gee_scl.requests.door import Door
from gee_scl.requests.run import Run
from gee_scl.scenes.band_classes import scheme_of_images
from gee_scl.scenes.changes import warn_of_changes
from gee_scl.statistics.grid import Grid
from gee_scl.statistics.measure import Measure

if TYPE_CHECKING:
    from gee_scl.statistics.survey import Survey


def survey_of(
    images: object,
    regions: object,
    scheme: str | Scheme,
    band: str,
    run: Run | None,
    *,
    id: str | None,
    layer: str | None,
    by: By,
    day: Day,
) -> Survey:
    """List the images and the regions of a page.

    Args:
        images: an image or a collection.
        regions: anything that `class_statistics` takes.
        scheme: the classes that are measured, as it was given.
        band: of class codes.
        run: how the job runs.
        id: column of the regions that names them.
        layer: of a vector file that has several.
        by: what is shown for itself.
        day: whose day a day is.

    Raises:
        ArgumentError: something else than images.
        CollectionError: the collection holds no image (why, one request more finds out), or an image has no time where
            days are asked for.
        RegionError: a region that cannot be measured.
        NotInitializedError: no session is open.

    Warns:
        DayWarning: midnight UTC cuts a pass in two.
        BaselineWarning: the classification changed between two images.

    Requests: one; one more for a band that is not called SCL, and for regions that only the server knows.
    """
    # numpy comes with it: `import gee_scl` stays light.
    from gee_scl.regions.as_regions import as_regions
    from gee_scl.statistics.survey import Survey

    get_scheme(scheme)
    checked = as_regions(regions, id=id, layer=layer)
    door = Door(run)
    collection = as_collection(images)
    measure = Measure(scheme_of_images(scheme, collection, band, door), band)
    survey = Survey.of(collection, checked, measure, Grid(), door, by=by, day=day)
    warn_of_changes(survey.scenes, measure.scheme)
    return survey
