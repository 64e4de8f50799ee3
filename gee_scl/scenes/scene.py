"""The images of a collection as they are listed: index, time, tile, grid; and what is wrong with a list."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import ee

from gee_scl.errors import ArgumentError, CollectionError
from gee_scl.options.caller_warning import warn_caller
from gee_scl.options.choices import Day, Period
from gee_scl.regions.boxes import Box
from gee_scl.requests.door import Door, Row
from gee_scl.scenes.chains import Chain
from gee_scl.scenes.comparisons import needed_versions
from gee_scl.scenes.emptiness import made_of_nothing, nothing
from gee_scl.scenes.footprints import box_around, box_of, corners_of
from gee_scl.scenes.periods import PERIODS, local_date
from gee_scl.scenes.provenance import IMAGES, SYNTHETIC, VERSIONS
from gee_scl.scenes.surroundings import ONE_PASS
from gee_scl.scenes.versions import INDEX, facts_of, superseded

ONE_DEGREE = 111_000
"""Metres: composites and constants have pixels of one degree until they are given a projection."""


@dataclass(frozen=True)
class Scene:
    """An image of a collection.

    Attributes:
        index: `system:index`.
        time: milliseconds since 1970, or None.
        tile: MGRS tile, or None.
        crs: of the band's own grid.
        scale: metres per pixel of it.
        synthetic: whether the image says that it was made and not measured, as the bundled sample does.
        has_codes: whether the band has whole numbers, as codes of classes are.
        day: its date by the clock that was asked for, such as "2023-05-14"; None without a time.
        footprint: degrees that certainly hold its footprint; None where that is not known, as of composites, or near
            the antimeridian: then it may be anywhere.
        version: what tells its content from what the same index held or will hold: the time at which Earth Engine took
            it in (`system:version`), else PRODUCT_ID, else how many images it is made of, and theirs, else None.
    """

    index: str
    time: int | None
    tile: str | None
    crs: str
    scale: float
    synthetic: bool = False
    day: str | None = None
    has_codes: bool = True
    footprint: Box | None = None
    version: str | None = None
    baseline: str | None = None

    @property
    def name(self) -> str:
        """What people call it: its day and tile, as far as they are known, else its index."""
        return " ".join(part for part in (self.day, self.tile) if part) or self.index

    @property
    def has_grid(self) -> bool:
        """Whether it has a grid of its own, unlike composites and constants."""
        return not (self.crs == "EPSG:4326" and self.scale > ONE_DEGREE)


def list_scenes(
    collection: ee.ImageCollection, band: str, door: Door, argument: str = "images", *, day: Day = Day.UTC
) -> list[Scene]:
    """The images of a collection, by one request, and one more for each further page.

    Where the collection drops duplicates (`without_duplicates`), the server compares no images: it tells of all what
    they are compared by, beside those that pass the other filters, and both are put together here, in linear time.

    Args:
        collection: of images with the band.
        band: its name.
        door: asks.
        argument: the caller's name for the collection.
        day: the clock of the scenes' days.

    Raises:
        CollectionError: there is none, and why, which is found out by one request more; or one is made of a collection
            that holds none.
    """

    def described(image: ee.Image) -> ee.Feature:
        image = ee.Image(image)
        pixels = image.select([band])
        projection = pixels.projection()
        facts = {
            **facts_of(image),
            "time": image.get("system:time_start"),
            "crs": projection.crs(),
            "scale": projection.nominalScale(),
            "synthetic": image.get(SYNTHETIC),
            "precision": ee.PixelType(pixels.bandTypes().get(band)).precision(),
            "images": image.get(IMAGES),
            "versions": image.get(VERSIONS),
            "corners": corners_of(image),
            "version": image.get("system:version"),
            "product": image.get("PRODUCT_ID"),
        }
        if day is Day.SOLAR:
            facts["day"] = PERIODS[Period.DAY].label(local_date(image, day))
        return ee.Feature(None, facts)

    rows = _listed(collection, described, door)
    if not rows:
        raise nothing(argument, collection, door)
    if any(row.get("images") == 0 for row in rows):
        raise made_of_nothing(argument)
    return [_scene(row) for row in rows]


def _listed(collection: ee.ImageCollection, described: Callable[[ee.Image], ee.Feature], door: Door) -> list[Row]:
    """The descriptions of a collection's images, without those that it drops as duplicates."""

    def ask(images: ee.ImageCollection, others: ee.ImageCollection | None = None) -> list[Row]:
        table = ee.FeatureCollection(images.map(described))
        if others is not None:
            table = table.merge(others.map(lambda image: ee.Feature(None, facts_of(ee.Image(image)))))
        return door.rows("Listing the images", table)

    undecided = Chain.of(collection).at_duplicates()
    if undecided is None:
        return ask(collection)
    rows = ask(undecided.candidates, None if undecided.whole else needed_versions(undecided))
    of_candidates = [row for row in rows if "crs" in row]
    dropped = superseded(rows if undecided.whole else [row for row in rows if "crs" not in row])
    return [row for row in of_candidates if row.get(INDEX) not in dropped]


def _scene(row: Row) -> Scene:
    index, time, tile = str(row.get(INDEX, "")), row.get("time"), row.get("tile")
    day = row.get("day", None if time is None else utc_day(time))
    has_codes = row.get("precision") == "int"
    # A mosaic has none of its own: one more tile of its day, or another version of one, make it another image.
    made_of = f"{row['images']} of {row.get('versions', '')}" if "images" in row else None
    version = row.get("version", row.get("product", made_of))
    return Scene(
        index,
        time,
        tile,
        row["crs"],
        float(row["scale"]),
        row.get("synthetic") == "true",
        day,
        has_codes,
        box_of(row.get("corners")),
        None if version is None else str(version),
        None if row.get("baseline") is None else str(row["baseline"]),
    )


def by_day(scenes: Sequence[Scene]) -> dict[str, list[Scene]]:
    """The images by their day, in order; those without a time are of none."""
    days: dict[str, list[Scene]] = {}
    for scene in sorted(scenes, key=lambda scene: (scene.day or "", scene.time or 0, scene.index)):
        if scene.day is not None:
            days.setdefault(scene.day, []).append(scene)
    return days


def images_of(images: ee.ImageCollection | Chain, scenes: Sequence[Scene]) -> ee.ImageCollection:
    """Some of the images of a collection, without a look at the others, as an expression.

    Args:
        images: the collection, or what was read of its expression.
        scenes: as they were listed.
    """
    chain = images if isinstance(images, Chain) else Chain.of(images)
    indices, times = [scene.index for scene in scenes], [scene.time for scene in scenes]
    return chain.of_images(indices, times, box_around(scene.footprint for scene in scenes))


def image_of(images: ee.ImageCollection | Chain, scene: Scene) -> ee.Image:
    """One of the images of a collection, likewise."""
    return ee.Image(images_of(images, [scene]).first())


def utc_day(time: int) -> str:
    """The UTC date of a moment in milliseconds since 1970, such as "2023-05-14"."""
    return f"{dt.datetime.fromtimestamp(time / 1000, dt.UTC):%Y-%m-%d}"


def require_times(scenes: Sequence[Scene], argument: str = "images", instead: str = "") -> None:
    """Refuse images without a time.

    Args:
        scenes: the images.
        argument: the caller's name for them.
        instead: what else would do.

    Raises:
        CollectionError: an image has none.
    """
    timeless = next((scene for scene in scenes if scene.time is None), None)
    if timeless is not None:
        allowed = f"images with it{', or ' if instead else ''}{instead}"
        raise CollectionError(argument, f"an image without system:time_start ({timeless.index!r})", allowed)


def require_indices(scenes: Sequence[Scene], argument: str = "images") -> None:
    """Refuse images that are called alike, as a list can have them: rows of one cannot be told from those of another.

    Args:
        scenes: the images.
        argument: the caller's name for them.

    Raises:
        CollectionError: two have one index.
    """
    again = next((index for index, count in Counter(scene.index for scene in scenes).items() if count > 1), None)
    if again is not None:
        hint = "Collections that are put together by merge() get indices of their own; by='date' needs none."
        raise CollectionError(argument, f"several images with the system:index {again!r}", "images that differ", hint)


def without_grid(argument: str, index: str | None = None) -> ArgumentError:
    """The error of an image that has no grid of its own, where one is needed."""
    which = f"{index!r}: " if index else ""
    return CollectionError(
        argument,
        f"an image without a grid of its own ({which}EPSG:4326, one degree), as composites are",
        "images with a grid, or scale and crs",
        "Give scale=20 and crs='EPSG:326..', or call setDefaultProjection on the composite.",
    )


def warn_of_cut_passes(scenes: Sequence[Scene]) -> None:
    """Warn the caller where midnight UTC lies within one pass of the satellite, so that its images are of two UTC days.

    Sentinel-2 passes at about half past ten by the sun: near 157 degrees east that is midnight UTC.

    Args:
        scenes: the images, in any order.
    """
    times = sorted(scene.time for scene in scenes if scene.time is not None)
    for earlier, later in pairwise(times):
        if later - earlier < ONE_PASS and utc_day(earlier) != utc_day(later):
            warn_caller(
                f"Midnight UTC cuts a pass in two: its images are of {utc_day(earlier)} and of {utc_day(later)}. "
                "With day='solar' they are of one day.",
                DayWarning,
            )
            return


class DayWarning(UserWarning):
    """Images of one pass are of two days.

    Examples:
        >>> import warnings
        >>> with warnings.catch_warnings(record=True, action="always") as caught:
        ...     frame = gee_scl.class_statistics(images, fields, by="date")
        >>> [warning for warning in caught if warning.category is gee_scl.DayWarning]  # the sample lies at 11 degrees
        []
    """
