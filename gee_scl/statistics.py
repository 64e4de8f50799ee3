"""Class statistics: how much of each class is in each region, per image or per day."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import ee

from gee_scl.checks import one_of
from gee_scl.collection import as_collection
from gee_scl.errors import ArgumentError, NotInitializedError
from gee_scl.execution import Progress, Tables
from gee_scl.measurement import Grid, Measure, Work, list_places, list_scenes
from gee_scl.schemes import Scheme, get_scheme

if TYPE_CHECKING:
    import pandas as pd

    from gee_scl.frame import Layout, Value

__all__ = ["RegionWarning", "class_statistics"]

By = Literal["image", "date"]
Weights = Literal["centre", "fraction"]


class RegionWarning(UserWarning):
    """A region of which there is nothing to say, such as one that no image meets."""


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
        NotInitializedError: no session is open.

    Warns:
        RegionWarning: some regions meet no image.

    Requests: one for the list of images, one for regions that only the server knows, with by="date" one for each UTM
    zone, and then one for about 4,000 pairs of region and image, or 5 MB of outlines, or 150 million pixels.

    Example:
        >>> frame = gee_scl.class_statistics(images, "fields.geojson", id="name", by="date")
    """
    from gee_scl.frame import statistics_frame
    from gee_scl.regions import as_regions

    one_of("by", by, ("image", "date"))
    one_of("weights", weights, ("centre", "fraction"))
    one_of("layout", layout, ("long", "wide"))
    one_of("value", value, ("pixels", "area_m2", "percent", "percent_of_region"))
    if crs is not None and not re.fullmatch(r"EPSG:\d+", str(crs)):
        raise ArgumentError("crs", crs, "a code such as 'EPSG:32632', or None")
    measure = Measure(get_scheme(scheme), band, weights == "fraction", _positive("tile_scale", tile_scale) or 1)
    grid = Grid(crs, _positive("scale", scale))
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
        "scheme": measure.scheme.name,
        "classes": dict(zip(measure.scheme.values, measure.scheme.names, strict=True)),
        "left_out": list(measure.scheme.left_out),
        "band": band,
        "by": by,
        "weights": weights,
        "crs": crs or "the band's own",
        "scale": scale or scenes[0].scale,
        "grid": "the band's own" if grid == Grid() else "as given",
        "images": len(scenes),
        "synthetic": any(scene.synthetic for scene in scenes),
        "regions": len(places),
        "regions_without_image": missing,
        "requests": tables.requests,
        "failures": [],
    }
    if missing:
        named = ", ".join(map(repr, missing[:10])) + (", ..." if len(missing) > 10 else "")
        warnings.warn(f"{len(missing)} of {len(places)} regions meet no image: {named}", RegionWarning, stacklevel=2)
    return frame


def _positive(argument: str, given: float | None) -> float | None:
    if given is not None and not (isinstance(given, int | float) and 0 < given < float("inf")):
        raise ArgumentError(argument, given, "a positive number")
    return given
