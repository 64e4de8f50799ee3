"""Whole-tile percentages: what the products say of themselves, as a frame, without touching a pixel."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import ee

from gee_scl.classes.class_table import CLASSES
from gee_scl.errors import CollectionError
from gee_scl.options.arguments import checked
from gee_scl.options.checks import checked_collection
from gee_scl.options.dates import utc_dates
from gee_scl.requests.door import Door, Row
from gee_scl.scenes.emptiness import nothing

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["tile_percentages"]

CLASS_PROPERTIES: Mapping[int, tuple[str, ...]] = MappingProxyType(
    {
        1: ("SATURATED_DEFECTIVE_PIXEL_PERCENTAGE",),
        2: ("DARK_FEATURES_PERCENTAGE", "CAST_SHADOW_PERCENTAGE"),
        3: ("CLOUD_SHADOW_PERCENTAGE", "CLOUDY_SHADOW_PERCENTAGE"),
        4: ("VEGETATION_PERCENTAGE",),
        5: ("NOT_VEGETATED_PERCENTAGE", "BARE_SOILS_PERCENTAGE"),
        6: ("WATER_PERCENTAGE",),
        7: ("UNCLASSIFIED_PERCENTAGE", "LOW_PROBA_CLOUDS_PERCENTAGE"),
        8: ("MEDIUM_PROBA_CLOUDS_PERCENTAGE",),
        9: ("HIGH_PROBA_CLOUDS_PERCENTAGE",),
        10: ("THIN_CIRRUS_PERCENTAGE",),
        11: ("SNOW_ICE_PERCENTAGE",),
    }
)
"""Property of each class code, the current spelling first; where an image has several, the first counts.

BARE_SOILS_ and LOW_PROBA_CLOUDS_PERCENTAGE are of baseline 02.04 (recorded getInfo); CLOUDY_SHADOW_PERCENTAGE is what
Earth Engine's catalogue calls it, while the recorded images have CLOUD_SHADOW_PERCENTAGE; CAST_SHADOW_PERCENTAGE
replaced DARK_FEATURES_PERCENTAGE in the products' metadata from ESA's product specification 15 on.
"""

OTHER_PROPERTIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "cloud": ("CLOUD_COVERAGE_PERCENTAGE",),  # of baseline 02.04
        "cloudy": ("CLOUDY_PIXEL_PERCENTAGE",),
        "no_data": ("NODATA_PIXEL_PERCENTAGE",),
    }
)
"""Properties of the other columns. Without its own, `cloud` is the sum of the classes that it stands for."""

_CLOUD_CLASSES = (8, 9, 10)

_COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {CLASSES[code].earth_engine_name: names for code, names in CLASS_PROPERTIES.items()} | dict(OTHER_PROPERTIES)
)


@checked()
def tile_percentages(images: ee.ImageCollection) -> pd.DataFrame:
    """Read the class shares of whole tiles that the products carry as properties: they cost no pixel.

    `cloudy` is CLOUDY_PIXEL_PERCENTAGE, what `collection(max_cloud=...)` filters by. In recorded images of baseline
    02.04 it is not the sum of medium and high probability and cirrus (0.9371 against 0.125049): `cloud` is that sum,
    under the name CLOUD_COVERAGE_PERCENTAGE there. In a product of baseline 04.00 both agree.

    Args:
        images: Sentinel-2 surface reflectance of any processing baseline; both spellings of the names are read.

    Returns:
        A pandas frame, one row for each image in the collection's order, with the columns

        - `image` (`system:index`), `tile` (MGRS), `date` (UTC) and `baseline`;
        - one column for each class, by Earth Engine's name as in the wide layout of `class_statistics`: percent of the
          tile's pixels that have data, as ESA computes it;
        - `cloud`: medium and high probability and cirrus together, percent of the pixels that have data;
        - `cloudy`: CLOUDY_PIXEL_PERCENTAGE;
        - `no_data`: percent of all pixels of the tile.

        NaN where an image does not say. `attrs["gee_scl"]` has the properties of each column and the requests made.

    Raises:
        ArgumentError: images is no collection.
        CollectionError: the collection holds no image (why, one request more finds out), or no image in it has any of
            the percentages.
        RequestError: Earth Engine refused.
        NotInitializedError: no session is open.

    Requests: one for each 1,000 images.

    Examples:
        >>> frame = gee_scl.tile_percentages(images.filter(ee.Filter.eq("MGRS_TILE", "32TPS")))
        >>> frame[["date", "Vegetation", "cloud", "no_data"]].head(3)
                               date  Vegetation      cloud  no_data
        0 2023-05-08 10:07:09+00:00   36.854375  29.333125      0.0
        1 2023-05-21 10:16:59+00:00   64.316250   8.781875      0.0
        2 2023-06-02 10:07:31+00:00   36.101875  36.408750      0.0

        The first of them counted, in a tile of the sample, which has 400 by 400 pixels:

        >>> vegetation = gee_scl.class_mask(image, "vegetation").reduceRegion(ee.Reducer.sum().unweighted()).getInfo()
        >>> 100 * vegetation["mask"] / 160_000
        36.854375
    """
    import pandas as pd  # takes longer to import than the rest of the package

    door = Door()
    rows = door.rows("Reading the percentages of the images", _table(checked_collection(images)))
    if not rows:
        raise nothing("images", images, door)
    shares = pd.DataFrame([_shares(row) for row in rows], columns=list(_COLUMNS), dtype="float64")
    if shares.isna().all(axis=None):
        allowed = "Sentinel-2 images with properties such as " + _COLUMNS["cloudy"][0]
        raise CollectionError("images", "images without percentages", allowed, "Mosaics and composites have none.")
    clouds = shares[[CLASSES[code].earth_engine_name for code in _CLOUD_CLASSES]]
    shares["cloud"] = shares["cloud"].fillna(clouds.sum(axis=1, min_count=len(_CLOUD_CLASSES)))
    labels = pd.DataFrame(
        {
            "image": [row.get("index") for row in rows],
            "tile": [row.get("MGRS_TILE") for row in rows],
            "date": utc_dates(row.get("time") for row in rows),
            "baseline": [row.get("PROCESSING_BASELINE") for row in rows],
        }
    )
    frame = pd.concat([labels, shares], axis=1)
    frame.attrs["gee_scl"] = {
        "properties": {column: list(names) for column, names in _COLUMNS.items()},
        "images": len(rows),
        "requests": door.requests,
    }
    return frame


def _table(images: ee.ImageCollection) -> ee.FeatureCollection:
    carried = ["MGRS_TILE", "PROCESSING_BASELINE", *(name for names in _COLUMNS.values() for name in names)]

    def described(image: ee.Image) -> ee.Feature:
        facts = {"index": image.get("system:index"), "time": image.get("system:time_start")}
        return ee.Feature(None, facts).copyProperties(image, carried)

    return ee.FeatureCollection(images.map(described))


def _shares(row: Row) -> dict[str, float | None]:
    """The percentages of an image by column, whichever spelling it has."""
    return {
        column: next((row[name] for name in names if row.get(name) is not None), None)
        for column, names in _COLUMNS.items()
    }
