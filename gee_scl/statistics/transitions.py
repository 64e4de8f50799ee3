"""Transitions: how much of each region went from which class to which, as a table of areas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import ee

from gee_scl.classes.band_schemes import LAND_BY_DEFAULT
from gee_scl.classes.schemes import Scheme
from gee_scl.classes.transition_codes import BASE, UNKNOWN, UNKNOWN_NAME
from gee_scl.frames.region_warning import warn_of_regions
from gee_scl.options.arguments import checked
from gee_scl.options.choices import Day, Pick, Weights
from gee_scl.requests.door import Door
from gee_scl.requests.parallel import Progress
from gee_scl.requests.run import Run
from gee_scl.statistics.change_options import ChangeDesign, TransitionOptions

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["transitions"]


@checked()
def transitions(
    before: ee.Image | ee.ImageCollection,
    after: ee.Image | ee.ImageCollection,
    regions: object,
    *,
    scheme: str | Scheme = LAND_BY_DEFAULT,
    pick: Pick | str = "mode",
    day: Day | str = "utc",
    band: str = "SCL",
    id: str | None = None,
    layer: str | None = None,
    keep: str | Sequence[str] = (),
    weights: Weights | str = "centre",
    scale: float | None = None,
    crs: object = None,
    tile_scale: float = 1,
    run: Run | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Measure how many pixels and square metres of each region went from which class to which.

    All pixels of a region are measured, as `class_statistics` measures them, on the grid of the images of `before` in
    the UTM zone that the region lies in; `after` is read there by the nearest pixel. What a class is in a period, and
    what is unknown, is said in `transition_image`.

    Args:
        before: an image, or a collection (a period), with a band of class codes; a collection needs system:time_start.
        after: likewise.
        regions: as in `class_statistics`.
        scheme: of the classes before and after, as in `transition_image`.
        pick: which class a period stands for: "mode", "first" or "last", as in `transition_image`.
        day: whose day counts once with "mode", as in `transition_image`.
        band: the band of class codes. One that is not called SCL has the classes that its image gives for it
            (`with_class_properties`), where no scheme is named; to see that takes a request.
        id: as in `class_statistics`, like all that follow.
        layer: likewise.
        keep: likewise.
        weights: likewise.
        scale: likewise.
        crs: likewise.
        tile_scale: likewise.
        run: likewise.
        progress: likewise.

    Returns:
        A pandas frame with a row for each region and pair of classes, unknown among them, also where the pair has no
        pixel; sorted by region, class before and class after, in the scheme's order. `charts.transition_sankey` and
        `charts.transition_matrix` take it as it is. Columns:

        - `region`: the id; then the columns that `keep` names;
        - `from_value`, `from_name`, `to_value`, `to_name`: values and names of the scheme; what is unknown has the
          value NA and the name "Unknown";
        - `pixels`: pixels of the pair;
        - `area_m2`: their true area; those of a region add up to its whole area on the grid;
        - `percent`: of the area that was seen both before and after; NaN for pairs with unknown, and where nothing was
          seen both times;
        - `percent_of_region`: of the region's whole area on the grid.

        `attrs["gee_scl"]` says what was done: scheme, pick, of `before` and `after` the number of images and the first
        and last day (UTC), grid, requests, and in `regions_not_seen_twice` the regions of which nothing was seen both
        times.

    Raises:
        ArgumentError: an argument that cannot be used, before any request.
        SchemeError: the scheme does not exist, or has more than 98 classes.
        RegionError: a region that cannot be measured, by its id.
        CollectionError: `before` or `after` holds no image, and why, which one request more finds out; or it has images
            without time.
        RequestError: Earth Engine refused a part of the work, which the error names.
        NotInitializedError: no session is open.

    Warns:
        BaselineWarning: some images are of before, and some of after a change of the classification.
        RegionWarning: of some regions nothing was seen both times, such as those that one of the periods does not meet.

    Requests: one for the images of either side, one for regions that only the server knows, and then one for each UTM
    zone and about 4,800 regions (fewer where the scheme has more than two classes: 2,300 with four, 400 with
    eleven), or 5 MB of outlines, or 150 million pixels of all images.

    Examples:
        >>> spring = gee_scl.collection(fields, "2023-04-01", "2023-05-01")
        >>> summer = gee_scl.collection(fields, "2023-08-01", "2023-09-01")
        >>> change = gee_scl.transitions(spring, summer, fields, id="name")
        >>> bool((change["from_name"] == "Unknown").any())
        True
        >>> axes = charts.transition_sankey(change, region="Farmland")
    """
    from gee_scl.frames.measured import Measured
    from gee_scl.frames.statistics_frame import statistics_frame
    from gee_scl.statistics.change import Change
    from gee_scl.statistics.measuring import measure, say_what_is_missing

    options: TransitionOptions = {
        "scheme": scheme,
        "pick": pick,
        "day": day,
        "band": band,
        "id": id,
        "layer": layer,
        "keep": keep,
        "weights": weights,
        "scale": scale,
        "crs": crs,
        "tile_scale": tile_scale,
    }
    change = Change.of(before, after, ChangeDesign.of("transitions", regions, options), Door(run))
    survey = change.survey
    had: list[Measured] = []
    answers = measure(change.sections(), survey.door, survey.job, had.append, progress)
    measured = statistics_frame(
        had,
        survey.measure.scheme,
        survey.places,
        [0],
        survey.regions.keep,
        weights=survey.measure.weights,
    )
    frame, unseen = _transition_frame(measured, change.scheme, survey.regions.keep)
    failures = tuple(answers.failures) or None
    change.record(regions_not_seen_twice=tuple(unseen), failures=failures).put_on(frame)
    say_what_is_missing(answers, frame, survey.door.run)
    warn_of_regions(unseen, len(survey.places), "have no area that was seen both before and after")
    return frame


def _transition_frame(measured: pd.DataFrame, scheme: Scheme, keep: Sequence[str]) -> tuple[pd.DataFrame, list[object]]:
    """Pairs of classes instead of codes, and the ids of the regions of which nothing was seen both times.

    Args:
        measured: the statistics of the codes, which has each region once.
        scheme: of the classes before and after.
        keep: the columns that are carried.
    """
    import numpy as np
    import pandas as pd

    codes = measured["class_value"].to_numpy()
    ids = list(measured["region"].iloc[:: max(1, len(scheme.transitions().values))])
    sides = {"from": codes // BASE, "to": codes % BASE}
    names = pd.Index([*scheme.names, UNKNOWN_NAME])
    values = np.array([*scheme.values, UNKNOWN])
    frame = measured[["region", *keep]].copy()
    for side, places in sides.items():
        unknown = places == UNKNOWN
        found = np.where(unknown, len(scheme.values), places - 1)
        frame[f"{side}_value"] = pd.Series(values[found], dtype="Int64").mask(unknown)
        frame[f"{side}_name"] = pd.Categorical.from_codes(found, categories=names)
    known = (sides["from"] != UNKNOWN) & (sides["to"] != UNKNOWN)
    area = measured["area_m2"].to_numpy()
    seen = np.where(known, area, 0).reshape(len(ids), -1).sum(axis=1)
    whole = np.repeat(seen, len(area) // len(ids))
    frame["pixels"], frame["area_m2"] = measured["pixels"], area
    shown = known & (whole > 0)
    frame["percent"] = 100 * np.divide(area, whole, out=np.full(len(area), np.nan), where=shown)
    frame["percent_of_region"] = measured["percent_of_region"]
    return frame, [name for name, seen_area in zip(ids, seen, strict=True) if not seen_area > 0]
