"""Finding scenes: a filtered Sentinel-2 collection without reprocessed duplicates."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import ee

from gee_scl.errors import ArgumentError
from gee_scl.options.arguments import checked
from gee_scl.options.checks import Moment, checked_moment, number_between
from gee_scl.options.choices import Duplicates
from gee_scl.regions.around import area_around
from gee_scl.requests.connection import require_open
from gee_scl.scenes.nodes import arguments, function_name, same_expression
from gee_scl.scenes.versions import without_superseded

if TYPE_CHECKING:
    from gee_scl.regions.region import Regions

__all__ = ["collection", "without_duplicates"]

COLLECTION_ID = "COPERNICUS/S2_SR_HARMONIZED"

_TILE = re.compile(r"T?(\d{1,2}[C-HJ-NP-X][A-HJ-NP-Z]{2})", re.IGNORECASE)


@checked()
def collection(
    region: object = None,
    start: Moment | None = None,
    end: Moment | None = None,
    *,
    max_cloud: float | None = None,
    tiles: str | Iterable[str] | None = None,
    duplicates: Duplicates | str = "newest",
    layer: str | None = None,
) -> ee.ImageCollection:
    """Find Sentinel-2 scenes: surface reflectance with SCL, sorted by time.

    Args:
        region: keeps the scenes whose footprint meets it: anything that `class_statistics` takes as regions; for
            several regions that are known here, the cells of a coarse grid that they touch.
        start: first moment, UTC: "2023-06-01", a date or a datetime.
        end: first moment that is not included any more, as in Earth Engine's filterDate.
        max_cloud: largest CLOUDY_PIXEL_PERCENTAGE of the whole tile, 0 to 100. Images without that property, as own
            STAC items without `eo:cloud_cover` are, go too.
        tiles: MGRS tiles, such as "32TPS" or "T32TPS".
        duplicates: "newest" drops a scene if there is a newer processing of the same tile and data strip, as
            `without_duplicates` does; "keep" keeps all.
        layer: of a vector file of regions that has several.

    Returns:
        An ee.ImageCollection. No request is made, so whether it holds an image is not known yet: `.size().getInfo()`
        counts, and every function of this package that asks for the images of a collection that holds no image says
        why: where and when there are images, and whether latitude and longitude are swapped.

    Raises:
        ArgumentError: a date, tile or percentage that cannot be.
        RegionError: the region cannot be read.
        MissingExtraError: the region needs a package that is not installed.
        NotInitializedError: no session is open.

    Examples:
        The scenes over some fields in a summer, and those of one tile with at most 20 % of cloud:

        >>> gee_scl.collection(fields, "2023-05-01", "2023-09-01").size().getInfo()
        18
        >>> clearer = gee_scl.collection(fields, "2023-05-01", "2023-09-01", max_cloud=20, tiles="32TPS")
        >>> [index[:8] for index in clearer.aggregate_array("system:index").getInfo()]
        ['20230521', '20230615', '20230702', '20230727', '20230809']

        The end is not included, and a bounding box does as a region:

        >>> gee_scl.collection((11.58, 46.42, 11.6, 46.44), "2023-05-08", "2023-05-21").size().getInfo()
        1
    """
    keeping = Duplicates.of("duplicates", duplicates)
    if max_cloud is not None:
        max_cloud = number_between("max_cloud", max_cloud, 0, 100, "percent")
    first, last = _period(start, end)
    names = _tiles(tiles)
    regions = None if region is None else _regions(region, layer)
    require_open()
    images = ee.ImageCollection(COLLECTION_ID)
    if regions is not None:
        images = images.filterBounds(area_around(regions))
    if first is not None:
        images = images.filter(ee.Filter.greaterThanOrEquals("system:time_start", first))
    if last is not None:
        images = images.filter(ee.Filter.lessThan("system:time_start", last))
    if names:
        images = images.filter(ee.Filter.inList("MGRS_TILE", names))
    if keeping is Duplicates.NEWEST:
        # Before the cloud filter: an old scene must not come back because its new version is cloudier.
        images = without_duplicates(images)
    if max_cloud is not None:
        images = images.filter(ee.Filter.lessThanOrEquals("CLOUDY_PIXEL_PERCENTAGE", max_cloud))
    return images.sort("system:time_start")


@checked()
def without_duplicates(images: ee.ImageCollection) -> ee.ImageCollection:
    """Drop scenes of which the collection has a newer version: another processing of the same tile and data strip.

    A processing is newer by its baseline, or by its time of generation where the baselines are equal. Where a pass was
    recorded in two data strips, each holds its part of the tile: both are kept, and a strip of which there is no newer
    version stays though the other was processed again.

    Args:
        images: Sentinel-2 images with MGRS_TILE, DATASTRIP_ID and PROCESSING_BASELINE; one that lacks any of them is
            kept, as nothing is known to be a version of it.

    Returns:
        An ee.ImageCollection. No request is made. Earth Engine's Join.simple and Join.inverted do the work, on equal
        values. What lists images (tables, maps, exports) compares them on this machine instead.

    A collection that holds no image gives an empty one.

    Examples:
        >>> passes = gee_scl.collection(start="2023-07-02", end="2023-07-03", tiles="32TPS", duplicates="keep")
        >>> sorted(passes.aggregate_array("PROCESSING_BASELINE").getInfo())
        ['05.09', '05.10']
        >>> gee_scl.without_duplicates(passes).aggregate_array("PROCESSING_BASELINE").getInfo()
        ['05.10']
    """
    return without_superseded(images)


def before_duplicates(images: ee.ComputedObject) -> ee.ImageCollection | None:
    """The collection that `without_duplicates` was made of; None for what it did not make.

    Args:
        images: an expression.
    """
    if function_name(images) != "Join.apply":
        return None
    primary = ee.ImageCollection(arguments(images)["primary"])
    return primary if same_expression(vars(images), vars(without_superseded(primary))) else None


def _period(start: Moment | None, end: Moment | None) -> tuple[int | None, int | None]:
    first = None if start is None else checked_moment(start, "start")
    last = None if end is None else checked_moment(end, "end")
    if first is not None and last is not None and first >= last:
        raise ArgumentError("end", end, f"a moment after start ({start})", "The end itself is not included.")
    return first, last


def _tiles(tiles: str | Iterable[str] | None) -> list[str]:
    if tiles is None:
        return []
    names = []
    for tile in [tiles] if isinstance(tiles, str) else tiles:
        match = _TILE.fullmatch(tile) if isinstance(tile, str) else None
        if match is None:
            raise ArgumentError("tiles", tile, "MGRS tiles such as '32TPS'")
        names.append(match[1].upper().zfill(5))
    if not names:
        raise ArgumentError("tiles", tiles, "at least one MGRS tile, or None for all")
    return names


def _regions(region: object, layer: str | None) -> Regions:
    # numpy comes with it: `import gee_scl` stays light.
    from gee_scl.regions.as_regions import as_region

    return as_region(region, layer=layer)
