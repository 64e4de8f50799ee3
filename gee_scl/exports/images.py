"""Rasters as tasks: one image, or one task for each image or day of a collection, to Drive, Cloud Storage or assets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import ee

from gee_scl.classes.band_schemes import SCL_BY_DEFAULT
from gee_scl.classes.schemes import Scheme
from gee_scl.errors import ArgumentError
from gee_scl.exports.destinations import FILE_BLOCK, Asset, Destination, Drive, Files, raster_destination
from gee_scl.exports.names import DEFAULT_TEMPLATE, valid_name
from gee_scl.exports.queue import start, start_one
from gee_scl.exports.raster_options import RasterOptions
from gee_scl.exports.rasters import Raster, describe, describe_all, options_for
from gee_scl.exports.request import IMAGE, TaskRequest
from gee_scl.exports.task import Task
from gee_scl.options.arguments import checked
from gee_scl.options.caller_warning import warn_caller
from gee_scl.options.choices import By, Day, Existing
from gee_scl.regions.place import list_places
from gee_scl.requests.door import Door
from gee_scl.requests.parallel import Progress
from gee_scl.requests.run import Run
from gee_scl.requests.task_bodies import GeoTiff, Pyramid, image_body
from gee_scl.scenes.emptiness import nothing
from gee_scl.scenes.mosaics import daily_mosaics
from gee_scl.scenes.scene import Scene, by_day, images_of, list_scenes, require_times, warn_of_cut_passes
from gee_scl.statistics.zones import zones

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["export_collection", "export_image", "preview_exports"]

_MOST_IMAGES = 5000
"""Images that one request can describe: Earth Engine's limit on the elements of a collection."""

_SPLIT_BYTES = 2**31
"""Uncompressed bytes at which Earth Engine splits an image into files
(https://developers.google.com/earth-engine/guides/exporting_images#large_file_exports)."""


@checked(but=("image",))
def export_image(
    image: ee.Image,
    name: str = DEFAULT_TEMPLATE,
    *,
    to: Destination = Drive(),  # noqa: B008 - it cannot change
    scheme: str | Scheme | None = SCL_BY_DEFAULT,
    band: str | Sequence[str] | None = None,
    region: object = None,
    scale: float | None = None,
    crs: object = None,
    existing: Existing | str = "refuse",
    run: Run | None = None,
) -> Task:
    """Start a task that writes an image to Drive, to Cloud Storage, or as an asset.

    A class raster has one byte for each pixel, no-data 0, the scheme's values, and in its tags what `add_color_table`
    needs to colour it once it is on this machine. An asset has pyramids that are made of the commonest class, and
    properties as assets take them: `gee_scl:dilation` is `gee_scl_dilation`, and a list, such as the values, names and
    colours of the classes, is a JSON text, by which this package names and colours the asset's band again. By default
    all pixels of the band are exported on its own grid, so that none is resampled.

    Args:
        image: with a band of class codes, or any other, such as a composite, which is exported as it is.
        name: of the file or asset, and of the task: a text that may hold {tile}, {date}, {time}, {image}, {scheme},
            {band} and {crs}. What the image has not is left out. Earth Engine takes letters, digits, "-" and "_", at
            most 100: accents are dropped ("é" is "e", "ß" is "ss"), each run of other characters becomes one "_", and
            what is too long ends in a hash, so that names that differ stay different.
        to: where it goes, and how its files are written: `Drive`, `CloudStorage` or `Asset`. `download_image` writes
            files to this machine.
        scheme: the classes to export: a name in `SCHEMES` or a `Scheme`, whose source codes the band has. None exports
            the bands as they are: masks, occurrence, composites. Where it is not named, the band called SCL has the
            SCL's classes, another band those that its image gives for it (`with_class_properties`), and all else, such
            as a composite, is exported as it is.
        band: the band of class codes, "SCL" by default; without a scheme a name, several, or None for all bands. Bands
            of different types get the smallest type that holds all of them, as Earth Engine refuses to mix them.
            Sentinel-2's reflectance is in whole ten-thousandths, and stays so: its means and medians are rounded.
        region: whose bounds are exported: anything that `class_statistics` takes as regions; None for the whole image.
            All pixels of the grid that the bounds reach into are taken, and none is cut: what the image does not cover
            has no data, so that the files of one region in one CRS have one size and origin, and stack. Earth Engine's
            own `Export.image.toDrive(region=...)` ends where the image does; here the grid is part of the request, and
            Drive's files have just these pixels.
        scale: metres per pixel; None keeps the band's own grid.
        crs: as in `class_statistics`; None keeps the band's own. The grid is then Earth Engine's for that CRS and
            scale.
        existing: what becomes of an export to the same place that is under way or done, or an asset that exists:
            "refuse" raises an error, "keep" returns the earlier task, "replace" starts it again (what is under way is
            cancelled, an asset is replaced; Drive keeps both files, and Cloud Storage replaces the object).
        run: how the job runs: tag and priority of the task, and whether to wait where the queue is full.

    Returns:
        The task, which is under way.

    Raises:
        ArgumentError: an argument that cannot be used, or an export that was started before.
        SchemeError: the scheme does not exist.
        RegionError: the region cannot be read.
        CollectionError: the image has not the bands, fractions in the band of classes, does not meet the region, or was
            made of a collection that holds no image.
        RequestError: the queue has no room, or Earth Engine refused.
        NotInitializedError: no session is open.

    Requests: one to describe the image, one each for region, scale or CRS to place it, one to list the tasks, one for
    the asset's id, one to start.

    Examples:
        >>> task = exports.export_image(image, to=exports.Drive("scl"), scheme="land")
        >>> task.name
        '32TPS_2023-05-08_land'
        >>> task.wait().state
        'SUCCEEDED'

        The local engine writes to a folder in place of Drive; from Drive itself, fetch the file first. Then:

        >>> (raster,) = gee_scl.add_color_table("gee-scl-exports/drive/scl")
        >>> raster.path.name, raster.scheme.names
        ('32TPS_2023-05-08_land.tif', ['Vegetation', 'Bare', 'Water', 'Snow'])

        The same export is not started twice unless it is asked for:

        >>> exports.export_image(image, to=exports.Drive("scl"), scheme="land", existing="keep") == task
        True
    """
    destination, rule = raster_destination(to), Existing.of("existing", existing)
    options, door = RasterOptions.of(scheme, band, region, scale, crs, _nodata(destination)), Door(run)
    raster = describe(image, options, door)
    return start_one(_request(raster, valid_name(raster.name(name)), destination, rule, door.run), rule, door)


@checked(but=("images",))
def export_collection(
    images: ee.ImageCollection,
    name: str = DEFAULT_TEMPLATE,
    *,
    by: By | str = "image",
    day: Day | str = "utc",
    to: Destination = Drive(),  # noqa: B008 - it cannot change
    scheme: str | Scheme | None = SCL_BY_DEFAULT,
    band: str | Sequence[str] | None = None,
    region: object = None,
    scale: float | None = None,
    crs: object = None,
    existing: Existing | str = "refuse",
    run: Run | None = None,
    progress: Progress | None = None,
) -> list[Task]:
    """Start a task for each image or each day of a collection. `preview_exports` shows them without starting any.

    Where a call ends before all are started, or some fail, the same call with existing="keep" starts what is missing.

    Args:
        images: as in `export_image`; what the first of them has decides for all.
        name: as in `export_image`; each export needs a name of its own.
        by: "image", or "date": the images of each day as one mosaic (`daily_mosaics`).
        day: whose day that is, "utc" or "solar".
        to: as in `export_image`, like all that are not named here.
        scheme: likewise.
        band: likewise.
        region: likewise; images that do not meet it are left out. With by="date" all days have one CRS: where their
            tiles are of two UTM zones, that of the zone whose meridian is nearer to the region, on Earth Engine's grid
            for it, which is that of Sentinel-2's tiles. With by="image" each keeps its own, and a warning says so.
        scale: likewise.
        crs: likewise.
        existing: likewise; "keep" starts those that are missing.
        run: how the job runs: tag and priority of the tasks, whether to wait where the queue is full, and how many
            tasks it may start at most (100 by default).
        progress: called with the number of tasks started or kept and their total after each.

    Returns:
        The tasks, in the order of the images.

    Raises:
        ArgumentError: an argument that cannot be used, more tasks than `run` allows, names that are the same, or an
            export that was started before; none is started then.
        SchemeError: the scheme does not exist.
        RegionError: the region cannot be read.
        CollectionError: the collection holds no image (why, one request more finds out), no image meets the region, or
            with by="date" an image has no time.
        RequestError: the queue has no room, or Earth Engine refused; the error says how many were started.
        NotInitializedError: no session is open.

    Warns:
        UserWarning: images that do not meet the region, or files of one region that lie in several CRSs.
        DayWarning: midnight UTC cuts a pass in two, near 157 degrees east.

    Requests: three to describe the images, some to place them, one to list the tasks, one for each task.

    Examples:
        >>> labelled = gee_scl.Run(tag="fields-2023")
        >>> started = exports.export_collection(images.limit(4), by="date", to=exports.Drive("scl"), run=labelled)
        >>> exports.wait_all(started)[["name", "state"]]
                     name      state
        0  2023-05-08_scl  SUCCEEDED
        1  2023-05-21_scl  SUCCEEDED
    """
    destination, rule = raster_destination(to), Existing.of("existing", existing)
    options, door = RasterOptions.of(scheme, band, region, scale, crs, _nodata(destination)), Door(run)
    planned = _planned(images, name, by, day, options, door)
    requests = [_request(raster, named, destination, rule, door.run) for raster, named in planned]
    return [task for task in start(requests, rule, door, progress) if task is not None]


@checked(but=("images",))
def preview_exports(
    images: ee.ImageCollection,
    name: str = DEFAULT_TEMPLATE,
    *,
    by: By | str = "image",
    day: Day | str = "utc",
    to: Destination = Drive(),  # noqa: B008 - it cannot change
    scheme: str | Scheme | None = SCL_BY_DEFAULT,
    band: str | Sequence[str] | None = None,
    region: object = None,
    scale: float | None = None,
    crs: object = None,
    run: Run | None = None,
) -> pd.DataFrame:
    """Say what `export_collection` would start with the same arguments; nothing is started.

    Args:
        images: as in `export_collection`, like all arguments.
        name: likewise.
        by: likewise.
        day: likewise.
        to: likewise.
        scheme: likewise.
        band: likewise.
        region: likewise.
        scale: likewise.
        crs: likewise.
        run: likewise.

    Returns:
        A pandas frame with a row for each task: `name`, `image` (`system:index`), `tile`, `date` (UTC), `crs`, `width`,
        `height`, `pixels`, `megabytes` (without compression, 10^6 bytes) and `files` (how many it is cut into).

    Raises:
        ArgumentError: an argument that cannot be used, more tasks than `run` allows, or names that are the same.
        SchemeError: the scheme does not exist.
        RegionError: the region cannot be read.
        CollectionError: the collection holds no image (why, one request more finds out), no image meets the region, or
            with by="date" an image has no time.
        RequestError: Earth Engine refused.
        NotInitializedError: no session is open.

    Warns:
        UserWarning: images that do not meet the region, or files of one region that lie in several CRSs.
        DayWarning: midnight UTC cuts a pass in two, near 157 degrees east.

    Requests: three to describe the images, some to place them.

    Examples:
        >>> exports.preview_exports(images.limit(2))[["name", "width", "height", "files"]]
                           name  width  height  files
        0  32TPS_2023-05-08_scl    400     400      1
        1  32TQS_2023-05-08_scl    400     400      1
    """
    import pandas as pd

    destination = raster_destination(to)
    options, door = RasterOptions.of(scheme, band, region, scale, crs, _nodata(destination)), Door(run)
    rows = [
        {
            "name": named,
            "image": raster.scene.index,
            "tile": raster.scene.tile,
            "date": raster.scene.time,
            "crs": raster.grid.crs_label,
            "width": raster.grid.width,
            "height": raster.grid.height,
            "pixels": raster.grid.pixels,
            "megabytes": raster.bytes / 1e6,
            "files": _files(raster, destination),
        }
        for raster, named in _planned(images, name, by, day, options, door)
    ]
    frame = pd.DataFrame(rows)
    frame["date"] = pd.to_datetime(frame["date"].astype("float64"), unit="ms", utc=True).astype("datetime64[ms, UTC]")
    return frame


def _nodata(destination: Destination) -> float | None:
    """The value of masked pixels that is asked for; assets keep their mask."""
    return destination.nodata if isinstance(destination, Files) else None


def _request(raster: Raster, name: str, destination: Destination, existing: Existing, run: Run) -> TaskRequest:
    """The request for one raster."""
    grid = raster.grid
    form: GeoTiff | Pyramid
    if isinstance(destination, Files):
        form = GeoTiff(
            nodata=raster.whole_nodata,
            cloud_optimized=destination.cloud_optimized,
            sides=destination.sides,
            skip_empty=destination.skip_empty,
            tags=raster.tag_names,
        )
    else:
        form = Pyramid("mode" if raster.scheme is not None else "mean" if raster.can_be_averaged else "sample")
    body = image_body(
        raster.for_asset() if isinstance(form, Pyramid) else raster.tagged(fills=not form.skip_empty),
        destination.task_place(name, replace=existing is Existing.REPLACE),
        form,
        crs=grid.crs,
        transform=grid.transform,
        size=(grid.width, grid.height),
        priority=run.priority,
    )
    return TaskRequest.of(IMAGE, name, run.tag, destination.address(name), body)


def _files(raster: Raster, destination: Destination) -> int:
    """How many files a raster is cut into; an asset is one."""
    if isinstance(destination, Asset):
        return 1
    side = -(-int((_SPLIT_BYTES / raster.pixel_bytes) ** 0.5) // FILE_BLOCK) * FILE_BLOCK
    width, height = destination.sides or (side, side)
    return -(-raster.grid.width // width) * -(-raster.grid.height // height)


def _planned(
    images: ee.ImageCollection, template: str, by: str, day: str, options: RasterOptions, door: Door
) -> list[tuple[Raster, str]]:
    """The rasters of a collection with their names, which differ."""
    rows_of, clock = By.of("by", by), Day.of("day", day)
    if not isinstance(images, ee.ImageCollection):
        hint = "Export one image with export_image." if isinstance(images, ee.Image) else ""
        raise ArgumentError("images", images, "an ee.ImageCollection", hint)
    options = options_for(images, options, door)
    if rows_of is By.DATE:
        scenes = list_scenes(images.select([options.band]), options.band, door, day=clock)
        require_times(scenes, "images", "by='image'")
        if clock is Day.UTC:
            warn_of_cut_passes(scenes)
        # Of a day's images only what is exported is put together: others of their bands may differ.
        needed = images if options.takes_all else images.select(list(options.bands or [options.band]))
        days = daily_mosaics(images_of(needed, scenes), day=clock, band=options.band)
        count, images = len(by_day(scenes)), days
        options = _in_one_zone(options, scenes, door)
    else:
        count = int(door.value("Counting the images", images.size()))
    if not count:
        raise nothing("images", images, door)
    _check_count(count, door.run.most_tasks)
    rasters, missed = describe_all(images, options, door)
    if missed:
        shown = ", ".join(missed[:10]) + (", ..." if len(missed) > 10 else "")
        warn_caller(f"{len(missed)} images do not meet the region, and are left out: {shown}")
    systems = sorted({raster.grid.crs_label for raster in rasters})
    if options.regions is not None and len(systems) > 1:
        warn_caller(
            f"The images lie in {len(systems)} CRSs, each on its own grid, and only files of one CRS can be stacked: "
            f"{', '.join(systems)}. Give crs={systems[0]!r}, or by='date', for one grid."
        )
    names = [valid_name(raster.name(template)) for raster in rasters]
    repeated = [name for name, number in Counter(names).items() if number > 1]
    if repeated:
        raise ArgumentError(
            "name",
            f"{template!r}, which is {repeated[0]!r} for {names.count(repeated[0])} exports",
            "a text that makes a name of its own for each",
            "Add {time} or {image}.",
        )
    return list(zip(rasters, names, strict=True))


def _in_one_zone(options: RasterOptions, scenes: Sequence[Scene], door: Door) -> RasterOptions:
    """The options with one CRS for all days of a region that lies in two UTM zones: that of the nearer meridian."""
    if options.regions is None or options.grid.crs is not None or len({scene.crs for scene in scenes}) == 1:
        return options
    by_crs = zones(list_places(options.regions, door), scenes, options.grid)
    nearest = max(by_crs, key=lambda crs: len(by_crs[crs]))
    return replace(options, grid=replace(options.grid, crs=nearest))


def _check_count(count: int, most: int) -> None:
    if count > min(most, _MOST_IMAGES):
        hint = f"run=gee_scl.Run(most_tasks={count}) allows all of them." if count <= _MOST_IMAGES else ""
        raise ArgumentError("images", f"{count} images", f"at most {min(most, _MOST_IMAGES)}", hint)
