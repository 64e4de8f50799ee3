"""Rasters as local files without a task: fetched in blocks, resumable, and written as one cloud-optimized GeoTIFF."""

from __future__ import annotations

import os
import xml.etree.ElementTree as ET
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ee

from gee_scl.classes.band_schemes import SCL_BY_DEFAULT
from gee_scl.classes.schemes import Scheme
from gee_scl.errors import ArgumentError, MissingExtraError, RequestError
from gee_scl.exports.raster_files.bands import band_tags
from gee_scl.exports.raster_files.styles import color_element, side_file
from gee_scl.exports.raster_files.tiled import metadata
from gee_scl.exports.raster_options import RasterOptions
from gee_scl.exports.rasters import Raster, describe
from gee_scl.exports.unfinished import PIXELS, UnfinishedDownload, block_side
from gee_scl.options.arguments import checked
from gee_scl.options.caller_warning import warn_caller
from gee_scl.options.checks import whole_number
from gee_scl.options.crs import crs_of_gdal
from gee_scl.options.files import check_new, checked_path, write_whole
from gee_scl.requests.blocks import blocks
from gee_scl.requests.door import Door
from gee_scl.requests.parallel import Progress
from gee_scl.requests.run import Run
from gee_scl.scenes.provenance import SYNTHETIC

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["download_image"]

MOST_PIXELS = 100_000_000
"""What is fetched unasked: three whole tiles of SCL, and what an export to Drive may have by default."""

_STRIPE_PIXELS = 2**20
"""Pixels that are counted at a time: counting takes eight bytes for each."""

_VRT, _DRAFT = "pixels.vrt", "raster.tif"


@dataclass(frozen=True)
class DownloadedRaster:
    """A raster that was downloaded.

    Attributes:
        path: the cloud-optimized GeoTIFF.
        width: columns.
        height: rows.
        bands: names of its bands.
        nodata: the value of masked pixels; None in pictures, where they are 0.
        requests: how many were made for pixels by this call; what an interrupted call had fetched is not fetched again.
        empty: whether no pixel has data.
    """

    path: Path
    width: int
    height: int
    bands: tuple[str, ...]
    nodata: float | None
    requests: int
    empty: bool


@checked(but=("image",))
def download_image(
    image: ee.Image,
    path: str | os.PathLike[str],
    *,
    scheme: str | Scheme | None = SCL_BY_DEFAULT,
    band: str | Sequence[str] | None = None,
    region: object = None,
    scale: float | None = None,
    crs: object = None,
    nodata: float | None = None,
    most_pixels: int = MOST_PIXELS,
    overwrite: bool = False,
    run: Run | None = None,
    progress: Progress | None = None,
) -> DownloadedRaster:
    """Write an image to this machine as one cloud-optimized GeoTIFF, without a task.

    A class raster has its colour table, no-data value, statistics and the names of its classes from the start; GDAL
    reads the names from `name.tif.aux.xml` beside it. What is downloaded is kept in a folder `.name.tif.part` beside
    the target until the file is whole: a call that was interrupted, or killed, is gone on with by the same call. Two
    calls for the same file at the same time are not meant.

    Args:
        image: with a band of class codes, or any other, such as a composite, which is written as it is.
        path: the file, which ends in .tif; its folder exists.
        scheme: the classes to write: a name in `SCHEMES` or a `Scheme`, whose source codes the band has. None writes
            the bands as they are: masks, occurrence, composites. Where it is not named, the band called SCL has the
            SCL's classes, another band those that its image gives for it (`with_class_properties`), and all else, such
            as a composite, is written as it is.
        band: the band of class codes, "SCL" by default; without a scheme a name, several, or None for all bands. Bands
            of different types get the smallest type that holds all of them. Sentinel-2's reflectance is in whole
            ten-thousandths, and stays so: its means and medians are rounded. Red, green and blue are marked as such.
        region: whose bounds are written: anything that `class_statistics` takes as regions; None for the whole image.
            All pixels of the grid that the bounds reach into are taken, and none is cut: what the image does not cover
            has no data, so that the files of one region in one CRS have one size and origin, and stack.
        scale: metres per pixel; None keeps the band's own grid, without resampling.
        crs: as in `class_statistics`; None keeps the band's own. The grid is then Earth Engine's for that CRS and
            scale.
        nodata: the value of masked pixels. None takes 0 for classes (255 where 0 is a class), the highest value of
            unsigned numbers, the lowest of signed ones, and -9999 for fractions. Pictures, as `visualize` and
            `true_color` make them, have none by themselves: masked pixels are black.
        most_pixels: refuse more.
        overwrite: whether an existing file may be replaced, and an unfinished download of something else dropped.
        run: how the job runs: the limits of its requests.
        progress: called with the number of blocks done and their total after each.

    Returns:
        What was written: a value with the attributes `path`, `width` (columns), `height` (rows), `bands` (their names),
        `nodata`, `requests` (how many this call has made for pixels; what an interrupted call had fetched is not
        fetched again) and `empty` (whether no pixel has data).

    Raises:
        ArgumentError: an argument that cannot be used, an existing file, too many pixels, or an unfinished download of
            something else in the same place.
        SchemeError: the scheme does not exist.
        RegionError: the region cannot be read.
        CollectionError: the image has not the bands, fractions in the band of classes, does not meet the region, or was
            made of a collection that holds no image.
        RequestError: Earth Engine refused a block, also in small pieces; what was fetched before is kept, and the same
            call goes on with it.
        MissingExtraError: rasterio is not installed.
        NotInitializedError: no session is open.

    Warns:
        UserWarning: no pixel has data, or some have values that the scheme does not name or its type does not hold.

    Requests: one to describe the image; with a region, scale or CRS one each to place it; then one for each block of
    16 MiB (4096 x 4096 pixels of classes), four at a time. A block that is too much for Earth Engine is asked for in
    halves, down to 256 pixels, and so is each that follows and is as large.

    Examples:
        >>> raster = exports.download_image(image, "land.tif", scheme="land", region=fields)
        >>> raster.path.name, raster.width, raster.height  # pixels of 20 m
        ('land.tif', 613, 380)
        >>> raster.bands, raster.nodata, raster.empty, raster.requests
        (('land',), 0.0, False, 1)

        GDAL, QGIS and rasterio find the classes in it:

        >>> import rasterio
        >>> with rasterio.open("land.tif") as file:
        ...     file.tags(1)["class_names"], file.colormap(1)[1], file.nodata
        ('["Vegetation", "Bare", "Water", "Snow"]', (16, 210, 44, 255), 0.0)

        How often there was water, in percent, which is no class:

        >>> water = gee_scl.occurrence(images, "water")
        >>> grid = {"crs": "EPSG:32632", "scale": 20}
        >>> exports.download_image(water, "water.tif", scheme=None, band="percent", region=fields, **grid).bands
        ('percent',)
    """
    target = checked_path(path)
    check_new(target, (".tif", ".tiff"), overwrite=overwrite, argument="path")
    most_pixels = whole_number("most_pixels", most_pixels, 1)
    _rasterio()
    options, door = RasterOptions.of(scheme, band, region, scale, crs, nodata), Door(run)
    raster = describe(image, options, door)
    _check_size(raster, most_pixels, door.run.limits.block_bytes, of_region=region is not None)
    part = UnfinishedDownload(target.with_name(f".{target.name}.part"), raster, door)
    part.open(discard=overwrite)
    requests = part.fetch(progress)
    return _finished(target, part, requests)


def _rasterio() -> Any:
    try:
        import rasterio
        import rasterio.shutil  # not loaded by rasterio itself
    except ImportError as error:
        raise MissingExtraError("rasterio", "local", "Writing GeoTIFFs") from error
    return rasterio


def _check_size(raster: Raster, most: int, block_bytes: int, *, of_region: bool) -> None:
    grid = raster.grid
    if grid.pixels > most:
        megabytes = f"{raster.bytes / 1e6:,.0f} MB"
        hint = (
            f"most_pixels={grid.pixels} asks for them ({megabytes} without compression, "
            f"{len(blocks(grid.width, grid.height, block_side(raster, block_bytes)))} requests). "
            "export_image(..., to=Drive()) makes it one task instead, computed by Earth Engine while this machine may "
            "be off."
        ) + (" The bounds of all regions are one file: give one region at a time." if of_region else "")
        size = f"{grid.width:,} x {grid.height:,} pixels of {grid.crs_label}"
        raise ArgumentError("image", size, f"at most {most:,} pixels", hint)


def _finished(target: Path, part: UnfinishedDownload, requests: int) -> DownloadedRaster:
    """Write the file from what was fetched, put it in its place, and clear away."""
    raster = part.raster
    pixels = part.pixels()
    counts = {} if raster.scheme is None else _counts(pixels)
    nothing = int(raster.nodata or 0)
    empty = set(counts) <= {nothing} if counts else _is_empty(pixels, raster.nodata or 0)
    del pixels
    draft = _written(part, counts)
    if raster.scheme is not None:
        names = side_file(raster.scheme, nothing, counts)
        beside = target.with_name(f"{target.name}.aux.xml")
        write_whole(beside, lambda file: file.write_text(names, encoding="utf-8"), overwrite=True)
    draft.replace(target)
    part.remove()
    if empty:
        warn_caller(f"{target.name}: no pixel has data.")
    if raster.scheme is not None:
        _warn_of_strangers(target, raster.scheme, {nothing}, counts)
    grid = raster.grid
    return DownloadedRaster(target, grid.width, grid.height, raster.bands, raster.nodata, requests, empty)


def _warn_of_strangers(target: Path, scheme: Scheme, nodata: Collection[int], counts: Mapping[int, int]) -> None:
    strangers = {value: number for value, number in counts.items() if value not in {*scheme.values, *nodata}}
    if strangers:
        values = ", ".join(map(str, sorted(strangers)))
        warn_caller(
            f"{target.name}: {sum(strangers.values()):,} pixels have values that scheme {scheme.name!r} does not name: "
            f"{values}."
        )


def _stripes(pixels: npt.NDArray[Any]) -> Iterator[npt.NDArray[Any]]:
    rows = max(1, _STRIPE_PIXELS // pixels.shape[2])
    for band in pixels:
        for top in range(0, len(band), rows):
            yield band[top : top + rows]


def _counts(pixels: npt.NDArray[Any]) -> dict[int, int]:
    """Number of pixels by value, of those that occur."""
    import numpy as np

    counts = np.zeros(np.iinfo(pixels.dtype).max + 1, np.int64)
    for stripe in _stripes(pixels):
        counts += np.bincount(stripe.ravel(), minlength=counts.size)
    return {int(value): int(counts[value]) for value in np.flatnonzero(counts)}


def _is_empty(pixels: npt.NDArray[Any], nodata: float) -> bool:
    return all(bool((stripe == nodata).all()) for stripe in _stripes(pixels))


def _written(part: UnfinishedDownload, counts: Mapping[int, int]) -> Path:
    """The cloud-optimized GeoTIFF, whole, in the folder of the unfinished download."""
    rasterio = _rasterio()
    vrt, draft = part.folder / _VRT, part.folder / _DRAFT
    vrt.write_text(_described(part.raster, counts), encoding="utf-8")
    draft.unlink(missing_ok=True)
    try:
        # What GDAL would put into a side file belongs into the TIFF.
        with rasterio.Env(GDAL_PAM_ENABLED="NO"):
            rasterio.shutil.copy(
                vrt,
                draft,
                driver="COG",
                COMPRESS="DEFLATE",
                BLOCKSIZE="512",
                OVERVIEW_RESAMPLING=_overview(part.raster),
                BIGTIFF="IF_SAFER",
                NUM_THREADS="ALL_CPUS",
            )
    except rasterio.errors.RasterioError as error:
        hint = "What was fetched is kept: the same call goes on with it."
        raise RequestError("Writing the GeoTIFF", str(error), hint=hint) from error
    with draft.open("rb+") as file:
        os.fsync(file.fileno())
    return draft


def _overview(raster: Raster) -> str:
    """How overviews are made: of codes that occur; whole numbers may be codes too, so that they are never averaged."""
    if raster.scheme is not None:
        return "MODE"
    return "AVERAGE" if raster.can_be_averaged else "NEAREST"


def _described(raster: Raster, counts: Mapping[int, int]) -> str:
    """The flat file as a VRT, with all that is to be in the TIFF.

    Source: https://gdal.org/en/stable/drivers/raster/vrt.html#vrt-descriptions-for-raw-files
    """
    grid = raster.grid
    size = raster.type.bytes
    root = ET.Element("VRTDataset", rasterXSize=str(grid.width), rasterYSize=str(grid.height))
    ET.SubElement(root, "SRS").text = crs_of_gdal(grid.crs)
    a, b, x, d, e, y = grid.transform
    ET.SubElement(root, "GeoTransform").text = ", ".join(repr(float(number)) for number in (x, a, b, y, d, e))
    if raster.scene.synthetic:
        root.append(metadata({SYNTHETIC: "true"}))
    for number, name in enumerate(raster.bands, 1):
        band = ET.SubElement(
            root, "VRTRasterBand", dataType=raster.type.gdal, band=str(number), subClass="VRTRawRasterBand"
        )
        ET.SubElement(band, "Description").text = name
        if raster.scheme is not None:
            band.append(metadata(band_tags(raster.scheme, int(raster.nodata or 0), counts)))
            ET.SubElement(band, "ColorInterp").text = "Palette"
            band.append(color_element(raster.scheme, int(raster.nodata or 0)))
        elif name in raster.colors:
            ET.SubElement(band, "ColorInterp").text = raster.colors[name]
        if raster.nodata is not None:
            ET.SubElement(band, "NoDataValue").text = repr(raster.whole_nodata)
        ET.SubElement(band, "SourceFilename", relativeToVRT="1").text = PIXELS
        offset = (number - 1) * grid.pixels * size
        for tag, value in (("ImageOffset", offset), ("PixelOffset", size), ("LineOffset", size * grid.width)):
            ET.SubElement(band, tag).text = str(value)
        ET.SubElement(band, "ByteOrder").text = "LSB"
    return ET.tostring(root, "unicode")
