"""Class statistics: how much of each class is in each region, per image or per day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import ee

from gee_scl.classes.band_schemes import SCL_BY_DEFAULT, is_open
from gee_scl.classes.schemes import Scheme
from gee_scl.frames.region_warning import warn_of_regions
from gee_scl.options.arguments import checked
from gee_scl.options.choices import By, Day, Layout, Value, Weights
from gee_scl.requests.door import Door
from gee_scl.requests.parallel import Progress
from gee_scl.requests.run import Run
from gee_scl.scenes.emptiness import reasons
from gee_scl.statistics.options import StatisticsOptions, SurveyDesign

if TYPE_CHECKING:
    import pandas as pd

    from gee_scl.frames.record import Record
    from gee_scl.statistics.survey import Survey

__all__ = ["class_statistics"]


@checked()
def class_statistics(
    images: ee.Image | ee.ImageCollection,
    regions: object,
    *,
    scheme: str | Scheme = SCL_BY_DEFAULT,
    by: By | str = "image",
    day: Day | str = "utc",
    band: str = "SCL",
    id: str | None = None,
    layer: str | None = None,
    keep: str | Sequence[str] = (),
    weights: Weights | str = "centre",
    scale: float | None = None,
    crs: object = None,
    layout: Layout | str = "long",
    value: Value | str = "percent",
    tile_scale: float = 1,
    run: Run | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Measure how many pixels and square metres of each class are in each region, per image or per day.

    Args:
        images: an image or a collection with a band of class codes.
        regions: an ee.FeatureCollection, ee.Feature or ee.Geometry; GeoJSON as dict or file; a vector file; a
            GeoDataFrame; anything with `__geo_interface__`; a bounding box (west, south, east, north); a list of these.
            Edges in degrees are great circles, but for a bounding box; edges in another CRS are straight in it.
        scheme: which codes make which class: a name in `SCHEMES` or a `Scheme`. Another class raster, such as a land
            cover map, needs a scheme of its own.
        by: "image" gives each region a set of rows per image that it meets, so tiles that overlap count twice;
            "date" mosaics the images of each day first, so that an overlap counts once.
        day: whose day that is: "utc" is the date of system:time_start, "solar" the date by the sun of each image's
            place, as in `with_period`.
        band: the band of class codes. One that is not called SCL has the classes that its image gives for it
            (`with_class_properties`), where no scheme is named; to see that takes a request.
        id: column of the regions that names them, all different; without it they are numbered from 0.
        layer: of a vector file that has several.
        keep: columns of the regions to carry into the frame; one that is called like a column of the frame is refused.
        weights: "centre" counts the pixels whose centre is in the region; "fraction" weighs each pixel by the part of
            it that is inside, in steps of 1/255, and by its mask where that is a fraction, so `pixels` is no whole
            number.
        scale: metres per pixel; None keeps the band's own grid, without resampling (20 m for SCL).
        crs: to count in: a code such as "EPSG:32632" or 32632, or of another authority; WKT, PROJ text or PROJJSON; an
            object of pyproj, rasterio or geopandas, such as `frame.crs`; or an ee.Projection of one of them. None keeps
            the band's own. What has an EPSG code goes to Earth Engine as that, other systems as WKT 1.
        layout: "long" has a row per region, image and class; "wide" a row per region and image, a column per class.
        value: what the columns of the wide layout hold.
        tile_scale: passed to Earth Engine, 0.1 to 16: 2 or more where it runs out of memory.
        run: how the job runs: the limits of its requests, a checkpoint from which the same call goes on, a folder for a
            frame that outgrows memory, and what becomes of failures.
        progress: True for a bar, which counts the pairs of `plan` (less where some turn out not to meet), or a function
            that is called with the number of requests done and to do.

    Returns:
        A pandas frame, sorted by region, time and class, with the columns

        - `region`: the id; then the columns that `keep` names;
        - `image` (`system:index`), `tile` (MGRS) and `date` (UTC): with by="date" only `date`, the day;
        - `class_value`, `class_name`: code and name in the scheme; each class has its row, also where it has no pixel;
        - `pixels`: pixels of the class;
        - `area_m2`: their true area, Earth Engine's pixelArea;
        - `percent`: of the classified area in the region; NaN where nothing is classified;
        - `percent_of_region`: of the region's whole area on the same grid, so that what is missing is no data.

        `attrs["gee_scl"]` says what was done: scheme, grid, requests, and the regions that no image meets.

    Raises:
        ArgumentError: an argument that cannot be used, before any request; or more work than `run` allows, before it is
            begun.
        RegionError: a region that cannot be measured, by its id, before any request where it is known here.
        SchemeError: the scheme does not exist.
        CollectionError: the collection holds no image; the error says whether that is for the region, the period or
            another filter, and where and when there are images.
        IncompleteError: Earth Engine refused a part of the work, which the error names; it has the frame of the rest.
        RequestError: nothing could be had.
        CheckpointError: the run's checkpoint cannot be used, or is of another job.
        MissingExtraError: the regions, or `Run(output=...)`, need a package that is not installed.
        NotInitializedError: no session is open.

    Warns:
        RegionWarning: some regions meet no image.
        UserWarning: pixels have values that are no codes of the scheme's source; they count as no class.
        UserWarning: distances in the images, such as `mask_clouds(dilation=100)` without `pinned`, are evaluated at a
            scale that is coarser than the images; `attrs` say so under `neighbourhoods`.
        DayWarning: midnight UTC cuts a pass in two, near 157 degrees east.
        BaselineWarning: some images are of before, and some of after a change of the classification.

    Requests: one for the list of images, one for regions that only the server knows, and then one for about 4,800 pairs
    of region and image (with by="date" at least one for each UTM zone), or 5 MB of outlines, or 150 million pixels
    (`Limits`). What is too much for the server is asked for again in halves, and what follows in parts that are smaller
    from the start. Where the collection holds no image, or no region meets one, one request more finds out why.

    Examples:
        One field of 514 pixels on one day:

        >>> day = images.filterDate("2023-07-02", "2023-07-03")
        >>> frame = gee_scl.class_statistics(day, fields["features"][2], scheme="cloud", by="date")
        >>> frame[["class_name", "pixels", "area_m2", "percent"]].round(1)
          class_name  pixels   area_m2  percent
        0      Clear     204   81586.0     39.7
        1  Uncertain      16    6398.9      3.1
        2     Shadow       0       0.0      0.0
        3     Cirrus       0       0.0      0.0
        4      Cloud     294  117579.8     57.2

        A season of all fields, a column for each class, in percent of what was seen; NaN where nothing was. The crop is
        cut in July:

        >>> frame = gee_scl.class_statistics(images, fields, id="name", scheme="land", by="date", layout="wide")
        >>> frame.query("region == 'Single field'").set_index("date")[["Vegetation", "Bare"]].round(1)
                                   Vegetation  Bare
        date
        2023-05-08 00:00:00+00:00         NaN   NaN
        2023-05-21 00:00:00+00:00       100.0   0.0
        2023-06-02 00:00:00+00:00       100.0   0.0
        2023-06-15 00:00:00+00:00       100.0   0.0
        2023-07-02 00:00:00+00:00       100.0   0.0
        2023-07-15 00:00:00+00:00        56.0  44.0
        2023-07-27 00:00:00+00:00         3.1  96.9
        2023-08-09 00:00:00+00:00         0.4  99.6
        2023-08-26 00:00:00+00:00         NaN   NaN

        How a frame was made goes with it:

        >>> [frame.attrs["gee_scl"][fact] for fact in ("scheme", "scale", "images", "synthetic")]
        ['land', 20.0, 18, True]
    """
    shape = Layout.of("layout", layout), Value.of("value", value)
    options: StatisticsOptions = {
        "scheme": scheme,
        "by": by,
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
    # numpy comes with it: `import gee_scl` stays light.
    from gee_scl.regions.columns import check_kept

    wide, design = shape[0] is Layout.WIDE, SurveyDesign.of("class_statistics", regions, options)
    if wide and not is_open(scheme, band):
        check_kept(design.regions.keep, design.measure.scheme.names)
    survey = design.survey(images, Door(run))
    if wide:
        check_kept(design.regions.keep, survey.measure.scheme.names)
    frame, _ = frame_and_record(survey, *shape, progress=progress)
    return frame


def frame_and_record(
    survey: Survey,
    layout: Layout = Layout.LONG,
    value: Value = Value.PERCENT,
    progress: Progress | None = None,
) -> tuple[pd.DataFrame, Record]:
    """The statistics frame of a survey, and the record of how it was made, which goes with it.

    Args:
        survey: what is measured.
        layout: of the frame.
        value: what the wide layout holds.
        progress: True for a bar, or a function that is called with the number of requests done and to do.

    Raises:
        RequestError: a part of the work failed; the error names it.

    Warns:
        RegionWarning: some regions meet no image.
        UserWarning: pixels have values that are no codes of the scheme's source.
    """
    from gee_scl.statistics.framing import Framing
    from gee_scl.statistics.measuring import measure, say_what_is_missing

    framing = Framing(survey, layout, value)
    with framing.discarded_on_error():
        answers = measure(survey.sections(), survey.door, survey.job, framing.take, progress)
    missing = framing.regions_without_rows() if answers.complete else []
    record = survey.record(
        regions_without_image=tuple(missing) if answers.complete else None,
        pixels_outside_scheme=framing.pixels_outside(),
        failures=tuple(answers.failures) or None,
        output=framing.output,
    )
    # A warning that says where the images are is worth a request where there is nothing else to show.
    why = reasons(survey.in_regions, survey.door) if missing and len(missing) == len(survey.places) else ""
    warn_of_regions(missing, len(survey.places), "meet no image", why)
    frame = framing.frame(record)
    say_what_is_missing(answers, frame, survey.door.run)
    return frame, record
