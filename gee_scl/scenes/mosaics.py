"""The images of a day as one mosaic, so that where they overlap a place counts once: of one day, or of each."""

from __future__ import annotations

import ee

from gee_scl.options.arguments import checked
from gee_scl.options.choices import Day, Period
from gee_scl.scenes.periods import PERIODS, with_period
from gee_scl.scenes.provenance import IMAGES, SYNTHETIC, VERSIONS

__all__ = ["daily_mosaics"]

DAY = PERIODS[Period.DAY].property

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
            "neighbourhood",
            "cloud_score",
            "cloud_probability",
            "scheme",
        )
    ),
)
"""What masking and remapping say of each image, and what so holds for an image that is made of them."""

_BASELINE = "PROCESSING_BASELINE"

_FOOTPRINT_ERROR = 100.0
"""Metres that the outline of a day may be off; no pixel is cut by it."""


@checked()
def daily_mosaics(images: ee.ImageCollection, *, day: Day | str = "utc", band: str = "SCL") -> ee.ImageCollection:
    """Make one image of each day: its tiles put together, each place once.

    Where images overlap, the later one is on top; masked pixels are filled from those below. So mask first, and mosaic
    then. Reprocessed scenes are dropped by `collection`, not here.

    A mosaic has a grid of its own only if it is given one, else whatever is computed from it next would have pixels of
    one degree. It gets that of `band` in the day's first image, as the default projection of all bands: SCL's 20 m in
    UTM. The pixels of the other bands are not resampled by it; name crs and scale to count or export them at 10 m. On
    a day whose tiles are in two UTM zones, those of the other zone are taken by the nearest pixel.

    Args:
        images: with system:time_start and a footprint. Bands that not all images of a day have are left out: scenes of
            2018 differ in their masks, and Earth Engine puts together what is alike only.
        day: "utc" is the date of system:time_start, "solar" the date by the sun of each image's place, as in
            `with_period`. Near 157 degrees east midnight UTC cuts a pass in two: "solar" keeps it whole.
        band: whose grid the mosaics have.

    Returns:
        An ee.ImageCollection, sorted by time. Properties of each image:

        - `gee_scl:date`: the day, such as "2023-07-02";
        - `system:index`: that of one of the day's images, as no mapping over a collection changes it;
        - `system:time_start`: that of the day's first image;
        - `system:footprint`: of all its images together, so that filterBounds and geometry() work;
        - `gee_scl:images`: how many images it is made of;
        - `gee_scl:tiles`: their tiles, such as "32TPS,32TQS"; `MGRS_TILE` too where there is one only, and
          likewise `PROCESSING_BASELINE`;
        - `gee_scl:versions`: their `system:version`, by which a checkpoint knows when one has changed;
        - `gee_scl:day`: which day was asked for;
        - of the first image, where it has them: how it was masked and remapped (such as `gee_scl:mask`), and the names
          and colours of the classes of `band`.

        No request is made, and the graph does not grow with the number of images. Earth Engine: Join.saveAll on the
        day, which compares each image with its own day only, Collection.iterate, ImageCollection.mosaic,
        Image.setDefaultProjection.

    A collection that holds no image gives an empty one.

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
    clock = Day.of("day", day)
    labelled = with_period(images, Period.DAY, day=clock)
    same_day = ee.Filter.equals(leftField=DAY, rightField=DAY)
    together = ee.Join.saveAll(_MEMBERS, ordering="system:time_start").apply(labelled.distinct(DAY), labelled, same_day)

    def mosaic(representative: ee.Image) -> ee.Image:
        members = ee.ImageCollection(ee.List(representative.get(_MEMBERS)))
        return _put_together(members, representative.get(DAY), clock, band)

    return ee.ImageCollection(together).map(mosaic).sort("system:time_start")


def _put_together(members: ee.ImageCollection, date: ee.ComputedObject, day: Day, band: str) -> ee.Image:
    """The images of one day as one, with a grid and with what is said of them."""
    carried = [*_CARRIED, *(f"{band}_class_{what}" for what in ("values", "names", "palette"))]
    first = ee.Image(members.first())
    tiles = members.aggregate_array("MGRS_TILE").distinct().sort()
    baselines = members.aggregate_array(_BASELINE).distinct()
    mosaic = _shared_mosaic(members).setDefaultProjection(first.select([band]).projection())
    return ee.Image(mosaic.copyProperties(first, carried)).set(
        {
            "system:time_start": first.get("system:time_start"),
            "system:footprint": members.geometry(_FOOTPRINT_ERROR),
            "MGRS_TILE": ee.Algorithms.If(tiles.size().eq(1), first.get("MGRS_TILE"), None),
            _BASELINE: ee.Algorithms.If(baselines.size().eq(1), first.get(_BASELINE), None),
            DAY: date,
            IMAGES: members.size(),
            VERSIONS: members.aggregate_array("system:version").join(","),
            "gee_scl:tiles": tiles.join(","),
            "gee_scl:day": str(day),
        }
    )


def _shared_mosaic(members: ee.ImageCollection) -> ee.Image:
    """Mosaic the bands that all images have: Earth Engine refuses to put others together.

    Args:
        members: the images, the last uppermost; at least one.
    """

    def shared(image: ee.Image, names: ee.ComputedObject) -> ee.List:
        return ee.List(names).filter(ee.Filter.inList("item", ee.Image(image).bandNames()))

    names = members.iterate(shared, ee.Image(members.first()).bandNames())
    return members.select(ee.List(names)).mosaic()


def images_of_day(images: ee.ImageCollection, start: ee.Date, day: Day) -> ee.ImageCollection:
    """Filter the images of one day.

    Args:
        images: with system:time_start, and a footprint for the solar day.
        start: midnight UTC of the date that the day is called by; it may be computed by the server.
        day: whose day it is.
    """
    if day is Day.UTC:
        return images.filterDate(start, start.advance(1, "day"))
    # Nowhere is the sun more than half a day from UTC.
    near = images.filterDate(start.advance(-12, "hour"), start.advance(36, "hour"))
    label = PERIODS[Period.DAY].label(start)
    return with_period(near, Period.DAY, day=day).filter(ee.Filter.equals(DAY, label))


def mosaic_of_day(images: ee.ImageCollection, date: str, day: Day, *, band: str = "SCL") -> ee.Image:
    """Make the image that `daily_mosaics` makes of one day, without a look at the others.

    Args:
        images: as in `daily_mosaics`.
        date: what the day is called, such as "2023-07-02".
        day: whose day it is.
        band: whose grid the mosaic has.
    """
    members = images_of_day(images, ee.Date(date), day).sort("system:time_start")
    return _put_together(members, ee.String(date), day, band)
