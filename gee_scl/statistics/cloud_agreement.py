"""How often SCL and another cloud product agree on cloud in regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import ee

from gee_scl.classes.band_schemes import SCL_BY_DEFAULT, BandClasses, is_open
from gee_scl.classes.schemes import Scheme
from gee_scl.classes.selection import ClassSelection
from gee_scl.expressions.cloud_products import ScoreBand
from gee_scl.expressions.quality import AGREEMENT, OUTCOMES, Against, Comparison
from gee_scl.options.arguments import checked
from gee_scl.options.checks import checked_collection
from gee_scl.options.choices import By, Day, Layout, Value, Weights
from gee_scl.requests.door import Door
from gee_scl.requests.parallel import Progress
from gee_scl.requests.run import Run
from gee_scl.scenes.band_classes import scheme_of_images
from gee_scl.statistics.class_statistics import frame_and_record
from gee_scl.statistics.grid import Grid
from gee_scl.statistics.measure import Measure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["cloud_agreement_table"]


@checked()
def cloud_agreement_table(
    images: ee.ImageCollection,
    regions: object,
    against: Against | str = "cloud_score",
    *,
    threshold: float | None = None,
    classes: ClassSelection | None = None,
    score_band: ScoreBand | str = "cs_cdf",
    band: str = "SCL",
    scheme: str | Scheme = SCL_BY_DEFAULT,
    by: By | str = "image",
    day: Day | str = "utc",
    id: str | None = None,
    layer: str | None = None,
    keep: str | Sequence[str] = (),
    tile_scale: float = 1,
    run: Run | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Count how often SCL and Cloud Score+, or s2cloudless, agree on cloud in regions.

    Args:
        images: as in `cloud_agreement`.
        regions: as in `class_statistics`, and so are `by` and all that follow it.
        against: as in `cloud_agreement`.
        threshold: as in `cloud_agreement`.
        classes: as in `cloud_agreement`.
        score_band: as in `cloud_agreement`.
        band: as in `cloud_agreement`.
        scheme: as in `cloud_agreement`. Where none is given, a band that is not called SCL has the classes that its
            image gives for it (`with_class_properties`); to see that takes a request.
        by: "image" or "date".
        day: whose day that is.
        id: column of the regions that names them.
        layer: of a vector file that has several.
        keep: columns of the regions to carry.
        tile_scale: passed to Earth Engine.
        run: how the job runs.
        progress: True for a bar, which counts the pairs of `plan` (less where some turn out not to meet), or a function
            that is called with the number of requests done and to do.

    Returns:
        A pandas frame, a row per region and image, or day, with the columns `region`, those that `keep` names, `image`,
        `tile` and `date` as of `class_statistics`; the pixels of each outcome, `both_cloud`, `only_scl`, `only_other`
        and `both_clear`; and `agreement`, the percentage of pixels in which both say the same, NaN where none was
        compared. `attrs["gee_scl"]` says what was done.

    Raises:
        ArgumentError: as in `cloud_agreement` and `class_statistics`.
        ClassError: unknown classes, or none.
        SchemeError: the scheme does not exist, or nobody has said what the band's values mean.
        RegionError: as in `class_statistics`.
        CollectionError: the collection holds no image (why, one request more finds out).
        RequestError: Earth Engine refused a part of the work.
        NotInitializedError: no session is open.

    Requests: those of `class_statistics`: one for the list of images, and one for about 4,800 pairs of region and
    image.

    Examples:
        >>> july = images.filterDate("2023-07-01", "2023-08-01")
        >>> frame = gee_scl.cloud_agreement_table(july, fields["features"][2], by="date")
        >>> frame[["date", "both_cloud", "only_scl", "only_other", "both_clear"]]
                               date  both_cloud  only_scl  only_other  both_clear
        0 2023-07-02 00:00:00+00:00         196        98           0         220
        1 2023-07-15 00:00:00+00:00          13       338           9         154
        2 2023-07-27 00:00:00+00:00           0       251           0         263
        >>> frame["agreement"].round(1).tolist()
        [80.9, 32.5, 51.2]
    """
    from gee_scl.regions.as_regions import as_regions
    from gee_scl.regions.columns import check_kept
    from gee_scl.statistics.survey import Survey

    measure = Measure.of(AGREEMENT, "agreement", Weights.CENTRE, tile_scale)
    rows_of, clock = By.of("by", by), Day.of("day", day)
    checked = as_regions(regions, id=id, keep=keep, layer=layer)
    check_kept(checked.keep, list(OUTCOMES))
    door = Door(run)
    if is_open(scheme, band):
        scheme = scheme_of_images(scheme, images, band, door)
    compared = Comparison.checked(against, threshold, classes, score_band, BandClasses.of(scheme, band))
    outcomes = checked_collection(images).map(compared.outcome)
    survey = Survey.of(outcomes, checked, measure, Grid(), door, by=rows_of, day=clock)
    frame, record = frame_and_record(survey, Layout.WIDE, Value.PIXELS, progress)
    frame = frame.rename(columns=dict(OUTCOMES))
    compared_pixels = frame[list(OUTCOMES.values())].sum(axis=1)
    same = frame["both_cloud"] + frame["both_clear"]
    frame["agreement"] = 100 * same / compared_pixels.where(compared_pixels > 0)
    replace(record, more={**record.more, **compared.properties}).put_on(frame)
    return frame
