"""Colours and names for exported class rasters: `add_color_table`.

A GeoTIFF holds a colour table, a no-data value, statistics and tags; category names and an attribute table have no
place in it, so GDAL keeps them in `name.tif.aux.xml`. Sources: https://gdal.org/en/stable/drivers/raster/gtiff.html
and https://gdal.org/en/stable/user/raster_data_model.html
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from gee_scl.classes.schemes import Scheme, get_scheme
from gee_scl.errors import ArgumentError, MissingExtraError
from gee_scl.exports.raster_files.bands import band_elements
from gee_scl.exports.raster_files.class_rasters import ClassRaster, examined_raster, joined_raster
from gee_scl.exports.raster_files.side_files import (
    check_places,
    remove_left_overs,
    side_texts,
    write_text,
    write_texts,
)
from gee_scl.exports.raster_files.styles import attribute_table, category_element
from gee_scl.exports.raster_files.tiffs import write_tiff
from gee_scl.exports.raster_files.tiled import TiledRaster, tiled_rasters
from gee_scl.options.arguments import checked
from gee_scl.options.checks import one_of
from gee_scl.options.files import checked_path, write_whole
from gee_scl.requests.parallel import Progress

__all__ = ["ColoredRaster", "add_color_table"]


@dataclass(frozen=True, repr=False)
class ColoredRaster:
    """What `add_color_table` did with one raster.

    Attributes:
        path: the GeoTIFF, or the VRT of a tiled export.
        scheme: the classes that it now shows.
        changed: whether the raster's own file was written; False where it already had everything.
        pixels: number of pixels by value, no-data among them.
        nodata: its no-data value, if it has one.
        written: the files beside it that were written or replaced: names and attribute table, styles.
        missing: of a VRT, the names of parts that are not there.

    Examples:
        >>> status = exports.export_image(image, to=exports.Drive("scl"), scheme="land").wait()
        >>> (raster,) = gee_scl.add_color_table("gee-scl-exports/drive/scl")
        >>> raster.path.name, raster.changed, raster.nodata
        ('32TPS_2023-05-08_land.tif', True, 0)
        >>> sorted(raster.pixels)  # no data, vegetation, bare and water occur, snow does not
        [0, 1, 2, 3]
    """

    path: Path
    scheme: Scheme
    changed: bool
    pixels: Mapping[int, int]
    nodata: int | None
    written: tuple[Path, ...]
    missing: tuple[str, ...] = ()

    def __repr__(self) -> str:
        change = "coloured" if self.changed else "as it was"
        lacks = f", {len(self.missing)} parts missing" if self.missing else ""
        return f"<ColoredRaster {self.path.name!r}: scheme {self.scheme.name!r}, {change}{lacks}>"


@checked()
def add_color_table(
    path: str | Path,
    scheme: str | Scheme | None = None,
    *,
    nodata: int | None = None,
    pattern: str = "*.tif",
    unlisted: Literal["refuse", "keep"] = "refuse",
    vrt: bool = True,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> list[ColoredRaster]:
    """Give exported class rasters their colours, names, no-data value and statistics, and styles for GIS programs.

    Into each TIFF go the colour table, the no-data value, exact statistics and the classes as tags. Beside it go
    `name.tif.aux.xml` (GDAL's category names and raster attribute table with pixel counts), `name.qml` (QGIS),
    `name.sld` and `name.clr`. The parts of a tiled export also get `<name>.vrt`, which joins them and has all this
    itself.

    Pixels, grid, tags, block size, lossless compression and the layout of a cloud-optimized GeoTIFF stay. A file is
    written beside its place, compared with the original pixel by pixel, and only then takes its name; what a call that
    was killed has left behind is removed by the next one. A second call writes nothing. All rasters are checked before
    the first is written. No request is made. Two calls on the same files at the same time are not meant.

    Args:
        path: a GeoTIFF of one band of uint8 or uint16, or a folder of them.
        scheme: the classes whose values the pixels have: a name in `SCHEMES` or a `Scheme`. None takes what the
            raster's own tags say, else "scl".
        nodata: the value of pixels without data. None keeps the one that the file declares; where it declares none, it
            is 0, unless 0 is a class.
        pattern: which files of a folder; `**/*.tif` for those of its subfolders too.
        unlisted: values that are neither a class nor no-data raise an error ("refuse"), or stay without colour and
            name ("keep").
        vrt: whether parts of a tiled export get a VRT.
        overwrite: whether .qml, .sld, .clr and .vrt files that were not written here may be replaced.
        progress: called with the number of rasters done and their total after each, VRTs among them.

    Returns:
        A `ColoredRaster` for each TIFF, by name, then for each VRT.

    Raises:
        ArgumentError: no such file; a raster of several bands or another type; a no-data value that is a class; values
            that are not the scheme's; parts that do not lie on one grid; a style that was made elsewhere.
        SchemeError: the scheme does not exist, or has values that the raster's type cannot hold.
        GeeSclError: what was written differs from the original, which is then still there.
        MissingExtraError: rasterio is not installed.

    Warns:
        UserWarning: parts of a tiled export are missing. A last row or column that is missing altogether cannot be
            noticed.

    Examples:
        >>> status = exports.export_image(image, to=exports.Drive("scl"), scheme="land").wait()
        >>> (raster,) = gee_scl.add_color_table("gee-scl-exports/drive/scl")
        >>> raster.scheme.names  # the raster's own tags say it
        ['Vegetation', 'Bare', 'Water', 'Snow']
        >>> sorted(path.suffix for path in raster.written)
        ['.clr', '.qml', '.sld', '.xml']

        >>> import rasterio
        >>> with rasterio.open(raster.path) as file:
        ...     [file.colormap(1)[value] for value in raster.scheme.values[:2]]
        [(16, 210, 44, 255), (255, 255, 82, 255)]
    """
    one_of("unlisted", unlisted, ("refuse", "keep"))
    classes = None if scheme is None else get_scheme(scheme)
    paths = _rasters(checked_path(path), pattern)
    rasterio = _rasterio()
    # GDAL must not put into side files what belongs into the TIFF, nor take from them what the TIFF does not say.
    with rasterio.Env(GDAL_PAM_ENABLED="NO", GDAL_TIFF_INTERNAL_MASK="YES"):
        rasters = [examined_raster(file, classes, nodata, unlisted) for file in paths]
        groups = tiled_rasters(raster.part for raster in rasters if raster.part is not None) if vrt else []
        joined = [joined_raster(group, rasters) for group in groups]
        for raster in (*rasters, *joined):
            check_places(raster, overwrite)
        remove_left_overs(raster.path for raster in (*rasters, *joined))
        total = len(rasters) + len(joined)
        results = []
        for raster in rasters:
            results.append(_colored(raster))
            _report(progress, len(results), total)
        for group, raster in zip(groups, joined, strict=True):
            results.append(_joined(group, raster))
            _report(progress, len(results), total)
    return results


def _report(progress: Progress | None, count: int, total: int) -> None:
    if callable(progress):
        progress(count, total)


def _rasterio() -> Any:
    try:
        import rasterio
        import rasterio.shutil  # not loaded by rasterio itself
    except ImportError as error:
        raise MissingExtraError("rasterio", "local", "Adding colour tables") from error
    return rasterio


def _rasters(path: Path, pattern: str) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise ArgumentError("path", str(path), "a GeoTIFF, or a folder of them")
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        raise ArgumentError("pattern", pattern, "a pattern of files inside the folder")
    files = sorted(file for file in path.glob(pattern) if file.is_file())
    if not files:
        raise ArgumentError("path", str(path), f"a folder with files like {pattern!r}")
    return files


def _colored(raster: ClassRaster) -> ColoredRaster:
    # Where the name is a link, the file that it leads to is replaced and the link stays.
    target = raster.path.resolve()
    if not raster.is_colored:
        write_whole(target, lambda part: write_tiff(target, raster, part), overwrite=True)
    written = write_texts(side_texts(raster))
    return ColoredRaster(raster.path, raster.scheme, not raster.is_colored, raster.pixels, raster.nodata, written)


def _joined(group: TiledRaster, raster: ClassRaster) -> ColoredRaster:
    if group.missing:
        warnings.warn(f"{group.path.name}: parts of this export are missing: {', '.join(group.missing)}.", stacklevel=3)
    band = [
        *band_elements(raster.scheme, raster.nodata, raster.pixels, {}),
        category_element(raster.scheme, raster.nodata),
        attribute_table(raster.scheme, raster.pixels),
    ]
    changed = write_text(group.path, group.vrt(band).encode())
    written = write_texts(side_texts(raster))
    return ColoredRaster(group.path, raster.scheme, changed, raster.pixels, raster.nodata, written, group.missing)
