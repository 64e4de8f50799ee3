"""Rasters as tasks: one image, or one task for each image or day of a collection, to Drive, Cloud Storage or assets."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import ee

from gee_scl.classes.schemes import Scheme
from gee_scl.errors import ArgumentError
from gee_scl.exports.journal import Export
from gee_scl.exports.names import DEFAULT_TAG, DEFAULT_TEMPLATE, Place, check_tag, valid_name
from gee_scl.exports.rasters import Raster, Wanted, describe, describe_all
from gee_scl.exports.starting import Existing, check_existing, start
from gee_scl.exports.task import Task
from gee_scl.options.checks import number_between
from gee_scl.options.choices import By, Day
from gee_scl.requests.connection import open_project
from gee_scl.requests.door import Door
from gee_scl.requests.parallel import Progress
from gee_scl.scenes.mosaics import daily_mosaics

if TYPE_CHECKING:
    import pandas as pd

To = Literal["drive", "cloud", "asset"]

MOST_TASKS = 100
"""Tasks that a call starts unasked."""

_MANY_PIXELS = 100_000_000
"""What Earth Engine exports unasked; a larger image says how many it may have."""

_FILE_BLOCK = 256
"""Of which a file's sides are multiples: Earth Engine's `shardSize`."""

_SPLIT_BYTES = 2**31
"""Uncompressed bytes at which Earth Engine splits an image into files
(https://developers.google.com/earth-engine/guides/exporting_images#large_file_exports)."""


@dataclass(frozen=True)
class _Options:
    """How images are exported, checked.

    Attributes:
        template: of names.
        place: where they go.
        tag: label of the tasks.
        cloud_optimized: layout of the files.
        file_dimensions: columns and rows of the files of a large image; None leaves them to Earth Engine.
        skip_empty: whether files without data are left out.
        priority: of the tasks; None leaves it.
        replace: whether an asset that exists may be replaced.
    """

    template: str
    place: Place
    tag: str
    cloud_optimized: bool
    file_dimensions: tuple[int, int] | None
    skip_empty: bool
    priority: int | None
    replace: bool

    @classmethod
    def of(
        cls,
        template: str,
        to: str,
        folder: str | None,
        bucket: str | None,
        tag: str,
        cloud_optimized: bool,
        file_dimensions: int | Sequence[int] | None,
        skip_empty: bool,
        priority: int | None,
        existing: str,
    ) -> _Options:
        """From the arguments of an export.

        Raises:
            ArgumentError: an argument that cannot be used.
        """
        check_existing(existing)
        if priority is not None:
            number_between("priority", priority, 0, 9999)
        sides = (file_dimensions,) * 2 if isinstance(file_dimensions, int) else file_dimensions
        if sides is not None:
            whole = len(sides) == 2 and all(isinstance(side, int) and not isinstance(side, bool) for side in sides)
            if not whole or min(sides) < _FILE_BLOCK or any(side % _FILE_BLOCK for side in sides):
                raise ArgumentError("file_dimensions", file_dimensions, f"positive multiples of {_FILE_BLOCK}, or None")
        return cls(
            template,
            place_of(to, folder, bucket),
            check_tag(tag),
            cloud_optimized,
            None if sides is None else (sides[0], sides[1]),
            skip_empty,
            priority,
            existing == "replace",
        )

    def export(self, raster: Raster, name: str) -> Export:
        """The request for one raster."""
        return Export.of("EXPORT_IMAGE", name, self.tag, self.place.address(name), self._body(raster, name))

    def _body(self, raster: Raster, name: str) -> dict[str, Any]:
        grid = raster.grid
        common: dict[str, Any] = {
            "crs": grid.crs,
            # With a transform and both dimensions, and no region, the client asks for exactly these pixels.
            "crsTransform": list(grid.transform),
            "dimensions": f"{grid.width}x{grid.height}",
            "maxPixels": max(_MANY_PIXELS, grid.pixels),
        }
        if self.priority is not None:
            common["priority"] = int(self.priority)
        address = self.place.address(name)
        if self.place.to == "asset":
            task = ee.batch.Export.image.toAsset(
                raster.image,
                name,
                assetId=address,
                pyramidingPolicy={".default": _pyramid(raster)},
                overwrite=self.replace,
                **common,
            )
            return encoded(task.config)
        options = {"cloudOptimized": self.cloud_optimized, "noData": raster.whole_nodata}
        common |= {"fileFormat": "GeoTIFF", "formatOptions": options, "skipEmptyTiles": self.skip_empty}
        if self.file_dimensions is not None:
            common["fileDimensions"] = list(self.file_dimensions)
        image = raster.tagged()
        if self.place.to == "drive":
            if self.place.folder is not None:
                common["folder"] = self.place.folder
            task = ee.batch.Export.image.toDrive(image, name, fileNamePrefix=name, **common)
        else:
            prefix = "/".join(part.strip("/") for part in (self.place.folder, name) if part)
            task = ee.batch.Export.image.toCloudStorage(
                image, name, bucket=self.place.bucket, fileNamePrefix=prefix, **common
            )
        body = encoded(task.config)
        if raster.tag_names:
            body["fileExportOptions"]["geoTiffOptions"]["metadataKeys"] = raster.tag_names
        return body


def encoded(config: dict[str, Any] | None) -> dict[str, Any]:
    """The request of a task of the client, with its expression written out, as it is sent."""
    request = config or {}
    return {**request, "expression": ee.serializer.encode(request["expression"], for_cloud_api=True)}


def place_of(to: str, folder: str | None, bucket: str | None) -> Place:
    """Where an export goes; assets of no named folder lie in the project's own.

    Raises:
        ArgumentError: arguments that do not go together.
    """
    if to == "asset" and folder is None:
        folder = f"projects/{open_project()}/assets"
    return Place(to, folder, bucket)


def _pyramid(raster: Raster) -> str:
    """How an asset's smaller scales are made: classes must never be averaged, and whole numbers may be classes."""
    if raster.scheme is not None:
        return "mode"
    return "mean" if raster.dtype.startswith("float") else "sample"


def export_image(
    image: ee.Image,
    name: str = DEFAULT_TEMPLATE,
    *,
    to: To = "drive",
    folder: str | None = None,
    bucket: str | None = None,
    scheme: str | Scheme | None = "scl",
    band: str | Sequence[str] | None = None,
    region: object = None,
    scale: float | None = None,
    crs: object = None,
    nodata: float | None = None,
    cloud_optimized: bool = True,
    file_dimensions: int | Sequence[int] | None = None,
    skip_empty: bool = False,
    tag: str = DEFAULT_TAG,
    priority: int | None = None,
    existing: Existing = "refuse",
    wait_for_room: bool = False,
) -> Task:
    """Starts a task that writes an image to Drive, to Cloud Storage, or as an asset.

    A class raster has one byte for each pixel, no-data 0, the scheme's values, and in its tags what `add_color_table`
    needs to colour it once it is on this machine. An asset has the properties that Earth Engine and geemap colour it
    by, and pyramids that are made of the commonest class. By default all pixels of the band are exported on its own
    grid, so that none is resampled.

    Args:
        image: with a band of class codes, or any image with scheme=None.
        name: of the file or asset, and of the task: a text that may hold {tile}, {date}, {time}, {image}, {scheme},
            {band} and {crs}. What the image has not is left out, and what Earth Engine does not allow is replaced as
            `valid_name` says.
        to: "drive", "cloud" (Cloud Storage) or "asset". `download_image` writes files to this machine.
        folder: Drive's folder, made if there is none; a prefix in the bucket, with "/" between folders; the id of a
            folder of assets, `projects/<project>/assets` by default.
        bucket: of Cloud Storage.
        scheme: the classes to export: a name in `SCHEMES` or a `Scheme`, whose source codes the band has. None exports
            the bands as they are: masks, occurrence, composites.
        band: the band of class codes, "SCL" by default; without a scheme a name, several, or None for all bands. Bands
            of different types get the smallest type that holds all of them, as Earth Engine refuses to mix them.
        region: whose bounds are exported: anything that `class_statistics` takes as regions; None for the whole image.
            All pixels of the grid that the bounds reach into are taken, and none is cut.
        scale: metres per pixel; None keeps the band's own grid.
        crs: such as "EPSG:4326"; None keeps the band's own. The grid is then Earth Engine's for that CRS and scale.
        nodata: the value of masked pixels in files. None takes 0 for classes (255 where 0 is a class), the highest
            value of unsigned numbers, the lowest of signed ones, and -9999 for fractions. Assets keep their mask.
        cloud_optimized: whether files can be read in parts over a network, and have overviews.
        file_dimensions: columns and rows of the files that a large image is cut into, multiples of 256; by default
            Earth Engine cuts at 2 GiB. `add_color_table` joins them.
        skip_empty: whether files without any data are left out.
        tag: label for a set of tasks, by which `tasks`, `find_tasks`, `wait_all` and `retry_failed` find them.
        priority: 0 to 9999; the highest is first, and 100 is usual.
        existing: what becomes of an export to the same place that is under way or done, or an asset that exists:
            "refuse" raises an error, "keep" returns the earlier task, "replace" starts it again (what is under way is
            cancelled, an asset is replaced; Drive keeps both files, and Cloud Storage replaces the object).
        wait_for_room: wait where 3,000 tasks are queued, instead of an error.

    Returns:
        The task, which is under way.

    Raises:
        ArgumentError: an argument that cannot be used, or an export that was started before.
        SchemeError: the scheme does not exist.
        RegionError: the region cannot be read.
        CollectionError: the image has no bands, or does not meet the region.
        RequestError: the queue has no room, or Earth Engine refused.
        NotInitializedError: no session is open.

    Requests: one to describe the image, one each for region, scale or CRS to place it, one to list the tasks, one for
    the asset's id, one to start.

    Examples:
        >>> task = exports.export_image(image, folder="scl", scheme="land")
        >>> task.name
        '32TPS_2023-05-08_land'
        >>> task.wait().state
        'SUCCEEDED'

        The local engine writes to a folder in place of Drive; from Drive itself, fetch the file first. Then:

        >>> (raster,) = gee_scl.add_color_table("gee-scl-exports/drive/scl")
        >>> raster.path.name, raster.scheme.names
        ('32TPS_2023-05-08_land.tif', ['Vegetation', 'Bare', 'Water', 'Snow'])

        The same export is not started twice unless it is asked for:

        >>> exports.export_image(image, folder="scl", scheme="land", existing="keep") == task
        True
    """
    options = _Options.of(
        name, to, folder, bucket, tag, cloud_optimized, file_dimensions, skip_empty, priority, existing
    )
    wanted = Wanted.of(scheme, band, region, scale, crs, nodata)
    raster = describe(image, wanted, Door())
    (task,) = start([options.export(raster, valid_name(raster.name(name)))], existing, wait_for_room=wait_for_room)
    if task is None:
        raise ArgumentError(
            "existing", existing, "'replace', as an asset of this name exists that no task here has made"
        )
    return task


def export_collection(
    images: ee.ImageCollection,
    name: str = DEFAULT_TEMPLATE,
    *,
    by: By | str = "image",
    day: Day | str = "utc",
    to: To = "drive",
    folder: str | None = None,
    bucket: str | None = None,
    scheme: str | Scheme | None = "scl",
    band: str | Sequence[str] | None = None,
    region: object = None,
    scale: float | None = None,
    crs: object = None,
    nodata: float | None = None,
    cloud_optimized: bool = True,
    file_dimensions: int | Sequence[int] | None = None,
    skip_empty: bool = False,
    tag: str = DEFAULT_TAG,
    priority: int | None = None,
    most: int = MOST_TASKS,
    existing: Existing = "refuse",
    wait_for_room: bool = False,
    progress: Progress | None = None,
) -> list[Task]:
    """Starts a task for each image or each day of a collection. `preview_exports` shows them without starting any.

    Where a call ends before all are started, or some fail, the same call with existing="keep" starts what is missing.

    Args:
        images: with a band of class codes, or any images with scheme=None.
        name: as in `export_image`; each export needs a name of its own.
        by: "image", or "date": the images of each day as one mosaic (`daily_mosaics`).
        day: whose day that is, "utc" or "solar".
        to: as in `export_image`, like all that are not named here.
        folder: likewise.
        bucket: likewise.
        scheme: likewise.
        band: likewise.
        region: likewise; images that do not meet it are left out.
        scale: likewise.
        crs: likewise.
        nodata: likewise.
        cloud_optimized: likewise.
        file_dimensions: likewise.
        skip_empty: likewise.
        tag: likewise.
        priority: likewise.
        most: refuse more tasks than this.
        existing: likewise; "keep" starts those that are missing.
        wait_for_room: likewise.
        progress: called with the number of tasks started or kept and their total after each.

    Returns:
        The tasks, in the order of the images.

    Raises:
        ArgumentError: an argument that cannot be used, more than `most` tasks, names that are the same, or an export
            that was started before; none is started then.
        SchemeError: the scheme does not exist.
        RegionError: the region cannot be read.
        CollectionError: the collection is empty, or no image meets the region.
        RequestError: the queue has no room, or Earth Engine refused; the error says how many were started.
        NotInitializedError: no session is open.

    Warns:
        UserWarning: images that do not meet the region.

    Requests: two to describe all images, some to place them, one to list the tasks, one for each task.

    Examples:
        >>> started = exports.export_collection(images.limit(4), by="date", folder="scl", tag="fields-2023")
        >>> exports.wait_all(started)[["name", "state"]]
                     name      state
        0  2023-05-08_scl  SUCCEEDED
        1  2023-05-21_scl  SUCCEEDED
    """
    options = _Options.of(
        name, to, folder, bucket, tag, cloud_optimized, file_dimensions, skip_empty, priority, existing
    )
    wanted = Wanted.of(scheme, band, region, scale, crs, nodata)
    exports = [options.export(raster, named) for raster, named in _planned(images, name, by, day, wanted, most)]
    tasks = start(exports, existing, wait_for_room=wait_for_room, progress=progress)
    return [task for task in tasks if task is not None]


def preview_exports(
    images: ee.ImageCollection,
    name: str = DEFAULT_TEMPLATE,
    *,
    by: By | str = "image",
    day: Day | str = "utc",
    scheme: str | Scheme | None = "scl",
    band: str | Sequence[str] | None = None,
    region: object = None,
    scale: float | None = None,
    crs: object = None,
    nodata: float | None = None,
    file_dimensions: int | Sequence[int] | None = None,
    most: int = MOST_TASKS,
) -> pd.DataFrame:
    """What `export_collection` would start with the same arguments; nothing is started.

    Args:
        images: as in `export_collection`, like all arguments.
        name: likewise.
        by: likewise.
        day: likewise.
        scheme: likewise.
        band: likewise.
        region: likewise.
        scale: likewise.
        crs: likewise.
        nodata: likewise.
        file_dimensions: likewise.
        most: likewise.

    Returns:
        A pandas frame with a row for each task: `name`, `image` (`system:index`), `tile`, `date` (UTC), `crs`, `width`,
        `height`, `pixels`, `megabytes` (without compression, 10^6 bytes) and `files` (how many it is cut into).

    Raises:
        ArgumentError: an argument that cannot be used, more than `most` tasks, or names that are the same.
        SchemeError: the scheme does not exist.
        RegionError: the region cannot be read.
        CollectionError: the collection is empty, or no image meets the region.
        RequestError: Earth Engine refused.
        NotInitializedError: no session is open.

    Warns:
        UserWarning: images that do not meet the region.

    Requests: two to describe all images, some to place them.

    Examples:
        >>> exports.preview_exports(images.limit(2))[["name", "width", "height", "files"]]
                           name  width  height  files
        0  32TPS_2023-05-08_scl    400     400      1
        1  32TQS_2023-05-08_scl    400     400      1
    """
    import pandas as pd

    options = _Options.of(name, "drive", None, None, DEFAULT_TAG, True, file_dimensions, False, None, "refuse")
    wanted = Wanted.of(scheme, band, region, scale, crs, nodata)
    rows = [
        {
            "name": named,
            "image": raster.index,
            "tile": raster.tile,
            "date": raster.time,
            "crs": raster.grid.crs,
            "width": raster.grid.width,
            "height": raster.grid.height,
            "pixels": raster.grid.pixels,
            "megabytes": raster.bytes / 1e6,
            "files": _files(raster, options.file_dimensions),
        }
        for raster, named in _planned(images, name, by, day, wanted, most)
    ]
    frame = pd.DataFrame(rows)
    frame["date"] = pd.to_datetime(frame["date"].astype("float64"), unit="ms", utc=True).astype("datetime64[ms, UTC]")
    return frame


def _files(raster: Raster, sides: tuple[int, int] | None) -> int:
    if sides is None:
        side = -(-int((_SPLIT_BYTES / raster.pixel_bytes) ** 0.5) // _FILE_BLOCK) * _FILE_BLOCK
        sides = side, side
    return -(-raster.grid.width // sides[0]) * -(-raster.grid.height // sides[1])


def _planned(
    images: ee.ImageCollection, template: str, by: str, day: str, wanted: Wanted, most: int
) -> list[tuple[Raster, str]]:
    """The rasters of a collection with their names, which differ."""
    rows_of, clock = By.of("by", by), Day.of("day", day)
    number_between("most", most, 1)
    if not isinstance(images, ee.ImageCollection):
        hint = "Export one image with export_image." if isinstance(images, ee.Image) else ""
        raise ArgumentError("images", images, "an ee.ImageCollection", hint)
    if rows_of is By.DATE:
        images = daily_mosaics(images, day=clock, band=wanted.bands[0] if wanted.bands else "SCL")
    rasters, missed = describe_all(images, wanted, Door(), most)
    if missed:
        shown = ", ".join(missed[:10]) + (", ..." if len(missed) > 10 else "")
        warnings.warn(f"{len(missed)} images do not meet the region, and are left out: {shown}", stacklevel=3)
    names = [valid_name(raster.name(template)) for raster in rasters]
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise ArgumentError(
            "name",
            f"{template!r}, which is {repeated[0]!r} for {names.count(repeated[0])} exports",
            "a text that makes a name of its own for each",
            "Add {time} or {image}.",
        )
    return list(zip(rasters, names, strict=True))
