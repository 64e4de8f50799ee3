"""Choosing scenes by what they show of a region: its clear share in each image, and the best of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ee

from gee_scl.classes.band_schemes import CLEAR_BY_DEFAULT, SCL_BY_DEFAULT, BandClasses, is_open
from gee_scl.classes.schemes import Scheme
from gee_scl.classes.selection import ClassSelection
from gee_scl.options.arguments import checked
from gee_scl.options.checks import checked_collection, number_between, whole_number
from gee_scl.options.dates import utc_dates
from gee_scl.requests.door import Door
from gee_scl.requests.parallel import Progress
from gee_scl.requests.run import Run
from gee_scl.scenes.asked_shares import ask_shares, with_known_shares
from gee_scl.scenes.band_classes import scheme_of_images
from gee_scl.scenes.share_measure import CLEAR, ShareMeasure, region_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["best_scenes", "clear_shares", "with_clear_share"]


@checked()
def with_clear_share(
    images: ee.ImageCollection,
    region: object,
    *,
    clear: ClassSelection = CLEAR_BY_DEFAULT,
    scale: float | None = None,
    band: str = "SCL",
    scheme: str | Scheme = SCL_BY_DEFAULT,
    tile_scale: float = 1,
) -> ee.ImageCollection:
    """Say how much of a region is clear in each image, by properties to filter and sort by.

    Shares are of the region's whole area, so that no data is not clear. Pixels count as in `class_statistics`: those
    whose centre is in the region, on the band's own grid, by their true area.

    Args:
        images: with a band of class codes. A region on two tiles is seen whole by `daily_mosaics` only.
        region: anything that `class_statistics` takes as regions. Several are taken together; where they overlap, a
            place counts as often as there are regions on it.
        clear: which classes are clear, as codes, names or groups: vegetation, bare soil, water and snow unless said
            otherwise; of another raster all classes of its scheme.
        scale: metres per pixel; None keeps the band's own grid, without resampling (20 m for SCL).
        band: the band of class codes.
        scheme: what its values mean, as in `class_mask`.
        tile_scale: passed to Earth Engine: 2 to 16 where it runs out of memory.

    Returns:
        The images, unchanged but for three properties:

        - `gee_scl:clear_percent`: of the region's area, 0 to 100;
        - `gee_scl:valid_percent`: of the region's area that has any class; 0 where the image does not meet the region;
        - `gee_scl:clear_classes`: the codes that counted as clear, such as "4,5,6,11".

        The percentages are missing where the region holds no pixel's centre. No request is made. Earth Engine:
        Image.remap, Image.pixelArea, Image.reduceRegions with Reducer.sum().unweighted().

    A collection that holds no image gives an empty one.

    Raises:
        ArgumentError: images is no collection, or a scale or tile_scale that cannot be.
        ClassError: an unknown class.
        SchemeError: the scheme does not exist, or nobody has said what the band's values mean.
        RegionError: the region cannot be read, or its outline is too long for a request.
        NotInitializedError: no session is open.

    Examples:
        >>> field = fields["features"][2]
        >>> shared = gee_scl.with_clear_share(images.filter(ee.Filter.eq("MGRS_TILE", "32TPS")), field)
        >>> [round(percent) for percent in shared.aggregate_array("gee_scl:clear_percent").getInfo()]
        [0, 73, 47, 97, 40, 29, 51, 100, 0]
        >>> usable = shared.filter(ee.Filter.gt("gee_scl:clear_percent", 80))
        >>> [index[:8] for index in usable.aggregate_array("system:index").getInfo()]
        ['20230615', '20230809']
    """
    images = checked_collection(images)
    of_band = BandClasses.of(scheme, band)
    return ShareMeasure.of(region_of(region), clear, scale, of_band, tile_scale).shared(images)


@checked()
def best_scenes(
    images: ee.ImageCollection,
    region: object,
    count: int = 5,
    *,
    min_clear: float = 0,
    clear: ClassSelection = CLEAR_BY_DEFAULT,
    scale: float | None = None,
    band: str = "SCL",
    scheme: str | Scheme = SCL_BY_DEFAULT,
    tile_scale: float = 1,
    run: Run | None = None,
) -> ee.ImageCollection:
    """Choose the images in which most of a region is clear, the best first.

    Args:
        images: with a band of class codes; use `daily_mosaics` for a region on two tiles.
        region: as in `with_clear_share`.
        count: how many images at most.
        min_clear: the least clear share, in percent of the region's area.
        clear: which classes are clear.
        scale: metres per pixel; None keeps the band's own grid.
        band: the band of class codes.
        scheme: what its values mean, as in `class_mask`. With `run`, where none is given, a band that is not called SCL
            has the classes that its image gives for it (`with_class_properties`); to see that takes a request.
        tile_scale: passed to Earth Engine: 2 to 16 where it runs out of memory.
        run: None asks nothing, and leaves the shares of all images to be measured again by each use of what is
            returned. A `Run` asks for them now, as `clear_shares` does: what is returned is of the best images alone,
            with their shares written down.

    Returns:
        An ee.ImageCollection with the properties of `with_clear_share`, sorted by `gee_scl:clear_percent`; images that
        are equally clear come in no order that Earth Engine promises. Empty where no image meets the region or none is
        clear enough. Earth Engine: ImageCollection.filterBounds, Filter.greaterThanOrEquals, ImageCollection.limit.

    Requests: none; with `run` those of `clear_shares`.

    A collection that holds no image gives an empty one; with `run` it is an error that says why.

    Raises:
        ArgumentError: count is no positive integer, min_clear no percentage; or as in `with_clear_share`.
        ClassError: an unknown class.
        SchemeError: the scheme does not exist, or nobody has said what the band's values mean.
        CollectionError: with `run`, no image meets the region.
        RegionError: the region cannot be read, or its outline is too long for a request.
        RequestError: Earth Engine refused.
        NotInitializedError: no session is open.

    Examples:
        >>> best = gee_scl.best_scenes(images, fields["features"][2], 3)
        >>> for index, percent in zip(
        ...     best.aggregate_array("system:index").getInfo(), best.aggregate_array("gee_scl:clear_percent").getInfo()
        ... ):
        ...     print(index[:8], f"{percent:.1f} % clear")
        20230809 100.0 % clear
        20230615 97.1 % clear
        20230521 73.0 % clear

        The same, measured once:

        >>> pinned = gee_scl.best_scenes(images, fields["features"][2], 3, run=gee_scl.Run())
        >>> [index[:8] for index in pinned.aggregate_array("system:index").getInfo()]
        ['20230809', '20230615', '20230521']
    """
    count = whole_number("count", count, 1)
    min_clear = number_between("min_clear", min_clear, 0, 100, "percent")
    regions = region_of(region)
    if run is not None and is_open(scheme, band):
        scheme = scheme_of_images(scheme, images, band, Door(run))
    measure = ShareMeasure.of(regions, clear, scale, BandClasses.of(scheme, band), tile_scale)
    near = checked_collection(images).filterBounds(measure.features)
    # The client sends Filter.gte as "not less than", which what is missing passes.
    clear_enough = ee.Filter.greaterThanOrEquals(CLEAR, min_clear)
    if run is None:
        return measure.shared(near).filter(clear_enough).limit(count, CLEAR, False)
    shares = ask_shares(near, regions, measure, Door(run))
    best = [share for share in shares if share.clear is not None and share.clear >= min_clear]
    best.sort(key=lambda share: share.clear or 0, reverse=True)
    return with_known_shares(near, best[:count], measure)


@checked()
def clear_shares(
    images: ee.ImageCollection,
    region: object,
    *,
    clear: ClassSelection = CLEAR_BY_DEFAULT,
    scale: float | None = None,
    band: str = "SCL",
    scheme: str | Scheme = SCL_BY_DEFAULT,
    tile_scale: float = 1,
    run: Run | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Ask how much of a region is clear in each image.

    Shares are those of `with_clear_share`. They are asked for some forty images at a time, fewer of a large region, and
    in halves where that is too much for Earth Engine.

    Args:
        images: with a band of class codes.
        region: as in `with_clear_share`.
        clear: which classes are clear.
        scale: metres per pixel; None keeps the band's own grid.
        band: the band of class codes.
        scheme: what its values mean, as in `class_mask`. Where none is given, a band that is not called SCL has the
            classes that its image gives for it (`with_class_properties`); to see that takes a request.
        tile_scale: passed to Earth Engine: 2 to 16 where it runs out of memory.
        run: how the job runs: the limits of its requests.
        progress: called with the number of requests done and to do.

    Returns:
        A pandas frame, one row for each image that meets the region, sorted by time, with the columns

        - `image` (`system:index`), `tile` (MGRS) and `date` (UTC);
        - `clear_percent`: of the region's area, 0 to 100;
        - `valid_percent`: of the region's area that has any class.

        Both are NaN where the region holds no pixel's centre. `attrs["gee_scl"]` has the codes that are clear, the
        number of images and the requests made.

    Raises:
        ArgumentError: as in `with_clear_share`.
        ClassError: an unknown class.
        SchemeError: the scheme does not exist, or nobody has said what the band's values mean.
        CollectionError: no image meets the region, and why, which is found out by one request more.
        RegionError: the region cannot be read, or its outline is too long for a request.
        RequestError: Earth Engine refused.
        NotInitializedError: no session is open.

    A collection that holds no image is an error that says why, which one request more finds out.

    Requests: one for the list of the images, one for each 40 of them, and one for regions that only the server knows.

    Examples:
        >>> shares = gee_scl.clear_shares(images.filter(ee.Filter.eq("MGRS_TILE", "32TPS")), fields["features"][2])
        >>> shares["clear_percent"].head(3).round(1).tolist()
        [0.0, 73.0, 47.5]
    """
    import pandas as pd  # takes longer to import than the rest of the package

    regions = region_of(region)
    door = Door(run)
    if is_open(scheme, band):
        scheme = scheme_of_images(scheme, images, band, door)
    measure = ShareMeasure.of(regions, clear, scale, BandClasses.of(scheme, band), tile_scale)
    near = checked_collection(images).filterBounds(measure.features)
    shares = ask_shares(near, regions, measure, door, progress)
    shares.sort(key=lambda share: (share.scene.time or 0, share.scene.index))
    frame = pd.DataFrame(
        {
            "image": [one.scene.index for one in shares],
            "tile": [one.scene.tile for one in shares],
            "date": utc_dates(one.scene.time for one in shares),
            "clear_percent": pd.Series([one.clear for one in shares], dtype="float64"),
            "valid_percent": pd.Series([one.valid for one in shares], dtype="float64"),
        }
    )
    frame.attrs["gee_scl"] = {"clear": list(measure.codes), "images": len(shares), "requests": door.requests}
    return frame
