"""Daily mosaics: the tiles of a day as one image, so that where they overlap a place counts once."""

from __future__ import annotations

import ee

from gee_scl.scenes.periods import PERIODS, Day, by_day, checked_collection
from gee_scl.scenes.provenance import SYNTHETIC

__all__ = ["daily_mosaics"]

_DAY = PERIODS["day"].property

_MEMBERS = "gee_scl:members"
"""Property that holds a day's images while they are joined."""

_CARRIED = (
    SYNTHETIC,
    *(
        f"gee_scl:{what}"
        for what in (
            "mask",
            "masked_classes",
            "kept_classes",
            "erosion",
            "min_area",
            "dilation",
            "cloud_score",
            "cloud_probability",
            "scheme",
        )
    ),
)
"""What masking and remapping say of each image, and what so holds for an image that is made of them."""

_FOOTPRINT_ERROR = 100.0
"""Metres that the outline of a day may be off; no pixel is cut by it."""


def daily_mosaics(images: ee.ImageCollection, *, day: Day = "solar", band: str = "SCL") -> ee.ImageCollection:
    """One image for each day: its tiles put together, each place once.

    Where images overlap, the later one is on top; masked pixels are filled from those below. So mask first, and mosaic
    then. Reprocessed scenes are dropped by `collection`, not here.

    A mosaic has a grid of its own only if it is given one, else whatever is computed from it next would have pixels of
    one degree. It gets that of `band` in the day's first image, as the default projection of all bands: SCL's 20 m in
    UTM. The pixels of the other bands are not resampled by it; name crs and scale to count or export them at 10 m. On
    a day whose tiles are in two UTM zones, those of the other zone are taken by the nearest pixel.

    Args:
        images: with the same bands, system:time_start, and a footprint.
        day: "solar" is the date by the sun of each image's place, "utc" the date of system:time_start, as in `by_day`.
        band: whose grid the mosaics have.

    Returns:
        An ee.ImageCollection, sorted by time; empty for a collection of nothing. Properties of each image:

        - `system:index` and `gee_scl:date`: the day, such as "2023-07-02";
        - `system:time_start`: that of the day's first image;
        - `system:footprint`: of all its images together, so that filterBounds and geometry() work;
        - `gee_scl:images`: how many images it is made of;
        - `gee_scl:tiles`: their tiles, such as "32TPS,32TQS"; `MGRS_TILE` too where there is one only;
        - `gee_scl:day`: which day was asked for;
        - of the first image, where it has them: how it was masked and remapped (such as `gee_scl:mask`), and the names
          and colours of the classes of `band`.

        No request is made, and the graph does not grow with the number of images. Earth Engine: Join.saveAll on the
        day, which compares each image with its own day only, ImageCollection.mosaic, Image.setDefaultProjection.

    Raises:
        ArgumentError: images is no collection, or an unknown day.

    Examples:
        Two tiles on nine days:

        >>> days = gee_scl.daily_mosaics(images)
        >>> images.size().getInfo(), days.size().getInfo()
        (18, 9)
        >>> days.first().toDictionary(["gee_scl:date", "gee_scl:images", "gee_scl:tiles"]).getInfo()
        {'gee_scl:date': '2023-05-08', 'gee_scl:images': 2, 'gee_scl:tiles': '32TPS,32TQS'}

        A region on both tiles is seen whole: all 2840 pixels of the towns, of which the first tile has 2086.

        >>> towns = fields["features"][5]
        >>> for seen in (images.limit(1), days.limit(1)):
        ...     print(gee_scl.class_statistics(seen, towns)["pixels"].sum())
        2086
        2840
    """
    labelled = by_day(checked_collection(images), day=day)
    same_day = ee.Filter.equals(leftField=_DAY, rightField=_DAY)
    together = ee.Join.saveAll(_MEMBERS, ordering="system:time_start").apply(
        labelled.distinct(_DAY), labelled, same_day
    )
    carried = [*_CARRIED, *(f"{band}_class_{what}" for what in ("values", "names", "palette"))]

    def mosaic(representative: ee.Image) -> ee.Image:
        date = representative.get(_DAY)
        members = ee.ImageCollection(ee.List(representative.get(_MEMBERS)))
        first = ee.Image(members.first())
        tiles = members.aggregate_array("MGRS_TILE").distinct().sort()
        put_together = members.mosaic().setDefaultProjection(first.select([band]).projection())
        return ee.Image(put_together.copyProperties(first, carried)).set(
            {
                "system:index": date,
                "system:time_start": first.get("system:time_start"),
                "system:footprint": members.geometry(_FOOTPRINT_ERROR),
                "MGRS_TILE": ee.Algorithms.If(tiles.size().eq(1), first.get("MGRS_TILE"), None),
                _DAY: date,
                "gee_scl:images": members.size(),
                "gee_scl:tiles": tiles.join(","),
                "gee_scl:day": day,
            }
        )

    return ee.ImageCollection(together).map(mosaic).sort("system:time_start")
