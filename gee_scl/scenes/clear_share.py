"""Choosing scenes by what they show of a region: its clear share in each image, and the best of them."""

from __future__ import annotations

import ee

from gee_scl.classes.selection import ClassSelection, class_codes
from gee_scl.errors import RegionError
from gee_scl.options.arguments import checked
from gee_scl.options.checks import checked_collection, checked_scale, checked_tile_scale, number_between, whole_number
from gee_scl.requests.limits import Limits

__all__ = ["best_scenes", "with_clear_share"]

CLEAR = "gee_scl:clear_percent"
VALID = "gee_scl:valid_percent"
CLASSES = "gee_scl:clear_classes"

_AREAS = ("clear", "valid", "total")


@checked()
def with_clear_share(
    images: ee.ImageCollection,
    region: object,
    *,
    clear: ClassSelection = "clear",
    scale: float | None = None,
    band: str = "SCL",
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
            otherwise.
        scale: metres per pixel; None keeps the band's own grid, without resampling (20 m for SCL).
        band: the band of class codes.
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
    return _shared(checked_collection(images), _features(region), clear, scale, band, tile_scale)


@checked()
def best_scenes(
    images: ee.ImageCollection,
    region: object,
    count: int = 5,
    *,
    min_clear: float = 0,
    clear: ClassSelection = "clear",
    scale: float | None = None,
    band: str = "SCL",
    tile_scale: float = 1,
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
        tile_scale: passed to Earth Engine: 2 to 16 where it runs out of memory.

    Returns:
        An ee.ImageCollection with the properties of `with_clear_share`, sorted by `gee_scl:clear_percent`; images that
        are equally clear come in no order that Earth Engine promises. Empty where no image meets the region or none is
        clear enough. No request is made. Earth Engine: ImageCollection.filterBounds, Filter.greaterThanOrEquals,
        ImageCollection.limit.

    A collection that holds no image gives an empty one.

    Raises:
        ArgumentError: count is no positive integer, min_clear no percentage; or as in `with_clear_share`.
        ClassError: an unknown class.
        RegionError: the region cannot be read, or its outline is too long for a request.
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
    """
    count = whole_number("count", count, 1)
    min_clear = number_between("min_clear", min_clear, 0, 100, "percent")
    features = _features(region)
    near = checked_collection(images).filterBounds(features)
    shared = _shared(near, features, clear, scale, band, tile_scale)
    # The client sends Filter.gte as "not less than", which what is missing passes.
    clear_enough = ee.Filter.greaterThanOrEquals(CLEAR, min_clear)
    return shared.filter(clear_enough).limit(count, CLEAR, False)


def _shared(
    images: ee.ImageCollection,
    features: ee.FeatureCollection,
    clear: ClassSelection,
    scale: float | None,
    band: str,
    tile_scale: float,
) -> ee.ImageCollection:
    codes = list(class_codes(clear, "clear"))
    tile_scale, scale = checked_tile_scale(tile_scale), checked_scale(scale)

    def shared(image: ee.Image) -> ee.Image:
        image = ee.Image(image)
        classes = image.select([band])
        rows = _areas(classes, codes).reduceRegions(
            collection=features,
            reducer=ee.Reducer.sum().unweighted(),
            crs=classes.projection(),
            scale=scale,
            tileScale=tile_scale,
        )
        # One table has all sums, so that they are not three questions to the server.
        sums = ee.List(rows.reduceColumns(ee.Reducer.sum().repeat(len(_AREAS)), list(_AREAS)).get("sum"))
        clear_area, valid_area, total = (ee.Number(sums.get(place)) for place in range(len(_AREAS)))
        shares = {CLEAR: _percent(clear_area, total), VALID: _percent(valid_area, total)}
        return ee.Image(image.set({**shares, CLASSES: ",".join(map(str, codes))}))

    return images.map(shared)


def _areas(classes: ee.Image, codes: list[int]) -> ee.Image:
    """Square metres of each pixel where it is clear, where it has a class, and wherever it is."""
    kinds = (classes.remap(codes, [1] * len(codes), 0), classes.gte(0))
    # Everywhere, beyond the footprint too: what has no data counts as 0, so that no sum is of nothing.
    everywhere = [kind.unmask(0, False) for kind in kinds]
    return ee.Image.cat([*everywhere, ee.Image.constant(1)]).multiply(ee.Image.pixelArea()).rename(list(_AREAS))


def _percent(part: ee.Number, whole: ee.Number) -> ee.ComputedObject:
    return ee.Algorithms.If(whole, part.divide(whole).multiply(100), None)


def _features(region: object) -> ee.FeatureCollection:
    # numpy comes with it: `import gee_scl` stays light.
    from gee_scl.regions.as_regions import as_region

    regions = as_region(region)
    if regions.server is not None:
        return regions.server
    size = sum(item.encoded_size for item in regions.items)
    if size > Limits().bytes:
        hint = "Simplify it, or upload it as an asset and give ee.FeatureCollection(its id)."
        raise RegionError("region", f"outlines of {size:,} bytes", f"at most {Limits().bytes:,} in one request", hint)
    return ee.FeatureCollection([item.to_feature("key", place) for place, item in enumerate(regions.items)])
