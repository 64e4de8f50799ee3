"""What a page is of: images and regions, listed once."""

from __future__ import annotations

from gee_scl.classes.schemes import Scheme
from gee_scl.options.checks import as_collection
from gee_scl.options.choices import By, Day
from gee_scl.requests.door import Door
from gee_scl.requests.run import Run
from gee_scl.statistics.grid import Grid
from gee_scl.statistics.measure import Measure
from gee_scl.statistics.survey import Survey


def survey_of(
    images: object, regions: object, scheme: Scheme, band: str, run: Run | None, *, id: str | None, by: By, day: Day
) -> Survey:
    """List the images and the regions of a page.

    Args:
        images: an image or a collection.
        regions: anything that `class_statistics` takes.
        scheme: the classes that are measured.
        band: of class codes.
        run: how the job runs.
        id: column of the regions that names them.
        by: what is shown for itself.
        day: whose day a day is.

    Raises:
        ArgumentError: something else than images.
        CollectionError: the collection holds no image, or an image has no time where days are asked for.
        RegionError: a region that cannot be measured.
        NotInitializedError: no session is open.

    Warns:
        DayWarning: midnight UTC cuts a pass in two.

    Requests: one; one more for regions that only the server knows.
    """
    # numpy comes with it: `import gee_scl` stays light.
    from gee_scl.regions.as_regions import as_regions

    door = Door(run)
    checked = as_regions(regions, id=id)
    return Survey.of(as_collection(images), checked, Measure(scheme, band), Grid(), door, by=by, day=day)
