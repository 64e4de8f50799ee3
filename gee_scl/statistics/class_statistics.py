"""Class statistics: how much of each class is in each region, per image or per day."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import ee

from gee_scl.classes.schemes import Scheme, get_scheme
from gee_scl.errors import ArgumentError, NotInitializedError
from gee_scl.options.checks import one_of
from gee_scl.requests.door import Progress, Tables
from gee_scl.scenes.collection import as_collection
from gee_scl.statistics.measurement import Grid, Measure, Scene, Work, list_places, list_scenes

if TYPE_CHECKING:
    import pandas as pd

    from gee_scl.frames.statistics_frame import Layout, Value

__all__ = ["RegionWarning", "class_statistics"]

By = Literal["image", "date"]
Weights = Literal["centre", "fraction"]


class RegionWarning(UserWarning):
    """A region of which there is nothing to say, such as one that no image meets.

    Examples:
        >>> import warnings
        >>> with warnings.catch_warnings(record=True, action="always") as caught:
        ...     frame = gee_scl.class_statistics(image, fields, id="name")
        >>> print(caught[0].message)
        1 of 6 regions meet no image: 'Mountain'
        >>> frame.attrs["gee_scl"]["regions_without_image"]
        ['Mountain']
    """


def class_statistics(
    images: ee.Image | ee.ImageCollection,
    regions: object,
    *,
    scheme: str | Scheme = "scl",
    by: By = "image",
    band: str = "SCL",
    id: str | None = None,
    keep: Sequence[str] = (),
    weights: Weights = "centre",
    scale: float | None = None,
    crs: str | None = None,
    layout: Layout = "long",
    value: Value = "percent",
    tile_scale: float = 1,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """How many pixels and square metres of each class are in each region, per image or per day.

    Args:
        images: an image or a collection with a band of class codes.
        regions: an ee.FeatureCollection, ee.Feature or ee.Geometry; GeoJSON as dict or file; a vector file; a
            GeoDataFrame; anything with `__geo_interface__`; a bounding box (west, south, east, north); a list of these.
            Edges in degrees are great circles, but for a bounding box; edges in another CRS are straight in it.
        scheme: which codes make which class: a name in `SCHEMES` or a `Scheme`. Another class raster, such as a land
            cover map, needs a scheme of its own.
        by: "image" gives each region a set of rows per image that it meets, so tiles that overlap count twice;
            "date" mosaics the images of each UTC day first, so that an overlap counts once.
        band: the band of class codes.
        id: column of the regions that names them, all different; without it they are numbered from 0.
        keep: columns of the regions to carry into the frame.
        weights: "centre" counts the pixels whose centre is in the region; "fraction" weighs each pixel by the part of
            it that is inside, in steps of 1/255, so `pixels` is no whole number.
        scale: metres per pixel; None keeps the band's own grid, without resampling (20 m for SCL).
        crs: "EPSG:n" to count in; None keeps the band's own.
        layout: "long" has a row per region, image and class; "wide" a row per region and image, a column per class.
        value: what the columns of the wide layout hold.
        tile_scale: passed to Earth Engine: 2 to 16 where it runs out of memory.
        progress: called with the number of requests done and to do.

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
        ArgumentError: an argument that cannot be used, before any request.
        RegionError: a region that cannot be measured, by its id, before any request where it is known here.
        SchemeError: the scheme does not exist.
        CollectionError: the collection is empty.
        RequestError: Earth Engine refused a part of the work, which the error names.
        MissingExtraError: the regions need a package that is not installed.
        NotInitializedError: no session is open.

    Warns:
        RegionWarning: some regions meet no image.

    Requests: one for the list of images, one for regions that only the server knows, with by="date" one for each UTM
    zone, and then one for about 4,000 pairs of region and image, or 5 MB of outlines, or 150 million pixels.

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
    from gee_scl.frames.statistics_frame import statistics_frame
    from gee_scl.regions.as_regions import as_regions

    one_of("by", by, ("image", "date"))
    one_of("layout", layout, ("long", "wide"))
    one_of("value", value, ("pixels", "area_m2", "percent", "percent_of_region"))
    measure, grid = checked_measure(get_scheme(scheme), band, weights, scale, crs, tile_scale)
    given = as_regions(regions, id=id, keep=keep)
    if not ee.data.is_initialized():
        raise NotInitializedError
    collection = as_collection(images).select([band])
    tables = Tables()
    scenes = list_scenes(collection, band, grid, tables)
    places = list_places(given, tables)
    work = Work(collection, scenes, given, places, measure, grid)
    rows = tables.fetch(list(work.by_image() if by == "image" else work.by_date(tables)), progress)
    frame, missing = statistics_frame(
        rows, measure.scheme, places, scenes, given.keep, by=by, weighted=measure.weighted, layout=layout, value=value
    )
    frame.attrs["gee_scl"] = {
        **described_scheme(measure.scheme),
        "band": band,
        "by": by,
        **described_work(work, scenes, tables),
        "regions_without_image": missing,
    }
    warn_of_regions(missing, len(places), "meet no image")
    return frame


def checked_measure(
    scheme: Scheme, band: str, weights: Weights, scale: float | None, crs: str | None, tile_scale: float
) -> tuple[Measure, Grid]:
    """What is measured, and the grid to count on, from the arguments of `class_statistics`.

    Raises:
        ArgumentError: an argument that cannot be used.
    """
    one_of("weights", weights, ("centre", "fraction"))
    if crs is not None and not re.fullmatch(r"EPSG:\d+", str(crs)):
        raise ArgumentError("crs", crs, "a code such as 'EPSG:32632', or None")
    measure = Measure(scheme, band, weights == "fraction", _positive("tile_scale", tile_scale) or 1)
    return measure, Grid(crs, _positive("scale", scale))


def described_scheme(scheme: Scheme) -> dict[str, Any]:
    """What a frame's `attrs` say of the classes."""
    classes = dict(zip(scheme.values, scheme.names, strict=True))
    return {"scheme": scheme.name, "classes": classes, "left_out": list(scheme.left_out)}


def described_work(work: Work, scenes: Sequence[Scene], tables: Tables) -> dict[str, Any]:
    """What a frame's `attrs` say of how it was measured.

    Args:
        work: that was done.
        scenes: all images that were read.
        tables: by which the answers were fetched.
    """
    grid = work.grid
    return {
        "weights": "fraction" if work.measure.weighted else "centre",
        "crs": grid.crs or "the band's own",
        "scale": work.scale,
        "grid": "the band's own" if grid == Grid() else "as given",
        "images": len(scenes),
        "synthetic": any(scene.synthetic for scene in scenes),
        "regions": len(work.places),
        "requests": tables.requests,
        "failures": [],
    }


def warn_of_regions(ids: Sequence[object], total: int, what: str) -> None:
    """Warns the caller's caller of some regions.

    Args:
        ids: of these regions; none is no warning.
        total: how many regions there are.
        what: is the matter with them.
    """
    if ids:
        named = ", ".join(map(repr, ids[:10])) + (", ..." if len(ids) > 10 else "")
        warnings.warn(f"{len(ids)} of {total} regions {what}: {named}", RegionWarning, stacklevel=3)


def _positive(argument: str, given: float | None) -> float | None:
    if given is not None and not (isinstance(given, int | float) and 0 < given < float("inf")):
        raise ArgumentError(argument, given, "a positive number")
    return given
