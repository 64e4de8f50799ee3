"""Colours and names for exported class rasters: `add_color_table`.

A GeoTIFF holds a colour table, a no-data value, statistics and tags; category names and an attribute table have no
place in it, so GDAL keeps them in `name.tif.aux.xml`. Sources: https://gdal.org/en/stable/drivers/raster/gtiff.html
and https://gdal.org/en/stable/user/raster_data_model.html
"""

from __future__ import annotations

import math
import operator
import os
import re
import shutil
import warnings
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from gee_scl.classes.schemes import Scheme, get_scheme
from gee_scl.errors import ArgumentError, GeeSclError, MissingExtraError, SchemeError
from gee_scl.exports.raster_files.styles import (
    MARK,
    attribute_table,
    category_element,
    children_replaced,
    class_tags,
    clr,
    color_element,
    colors,
    parse,
    qml,
    side_file,
    sld_document,
    tagged_scheme,
)
from gee_scl.exports.raster_files.tiled import Part, TiledRaster, metadata, read_part, tiled_rasters
from gee_scl.options.checks import one_of
from gee_scl.options.files import write_whole
from gee_scl.requests.parallel import Progress

if TYPE_CHECKING:
    from rasterio.windows import Window

__all__ = ["ColoredRaster", "add_color_table"]

_HIGHEST = {"uint8": 2**8 - 1, "uint16": 2**16 - 1}
"""Types that a TIFF's colour table can index, and their highest value."""

_LOSSLESS = ("NONE", "LZW", "DEFLATE", "ZSTD", "PACKBITS", "LZMA")
"""Compressions that are kept. Codes that went through a lossy one are written with DEFLATE."""

_BLOCK_PIXELS = 2**22
"""Pixels that are read at a time: counting takes eight bytes for each."""

_MOST_LISTED = 20
"""Values that an error names."""

# How `write_whole` names a file that is not whole yet, and what GDAL calls its own beside that.
_LEFT_OVER = re.compile(r"\.(?P<name>.+)\.[0-9a-f]{8}\.part(\..*)?")

_MARK_WITHIN = 2000
"""Characters from its beginning within which a file of ours says so."""


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
        >>> status = exports.export_image(image, folder="scl", scheme="land").wait()
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
        done = "coloured" if self.changed else "as it was"
        lacks = f", {len(self.missing)} parts missing" if self.missing else ""
        return f"<ColoredRaster {self.path.name!r}: scheme {self.scheme.name!r}, {done}{lacks}>"


@dataclass(frozen=True)
class _Facts:
    """What a raster is, and what it is to become."""

    path: Path
    scheme: Scheme
    nodata: int | None
    pixels: Mapping[int, int]
    done: bool
    part: Part | None


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
    """Gives exported class rasters their colours, names, no-data value and statistics, and styles for GIS programs.

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
        >>> status = exports.export_image(image, folder="scl", scheme="land").wait()
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
    chosen = None if scheme is None else get_scheme(scheme)
    paths = _rasters(Path(path), pattern)
    rasterio = _rasterio()
    # GDAL must not put into side files what belongs into the TIFF, nor take from them what the TIFF does not say.
    with rasterio.Env(GDAL_PAM_ENABLED="NO", GDAL_TIFF_INTERNAL_MASK="YES"):
        rasters = [_examined(file, chosen, nodata, unlisted) for file in paths]
        groups = tiled_rasters(raster.part for raster in rasters if raster.part is not None) if vrt else []
        joined = [_joined(group, rasters) for group in groups]
        for facts in (*rasters, *joined):
            _check_places(facts, overwrite)
        _sweep(facts.path for facts in (*rasters, *joined))
        total = len(rasters) + len(joined)
        results = []
        for facts in rasters:
            results.append(_colored(facts))
            _report(progress, len(results), total)
        for group, facts in zip(groups, joined, strict=True):
            results.append(_joined_file(group, facts))
            _report(progress, len(results), total)
    return results


def _report(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done, total)


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
    found = sorted(file for file in path.glob(pattern) if file.is_file())
    if not found:
        raise ArgumentError("path", str(path), f"a folder with files like {pattern!r}")
    return found


def _examined(path: Path, scheme: Scheme | None, nodata: int | None, unlisted: str) -> _Facts:
    """Reads a raster once, and refuses what cannot be coloured."""
    import rasterio

    try:
        with rasterio.open(path) as dataset:
            _check_raster(path, dataset)
            scheme = scheme or tagged_scheme(dataset.tags() | dataset.tags(1)) or get_scheme("scl")
            _check_values(path, scheme, dataset.dtypes[0])
            empty = _nodata(path, dataset, scheme, nodata)
            pixels = _count(dataset)
            done = _is_done(dataset, scheme, empty, pixels)
            part = read_part(path, dataset)
    except rasterio.errors.RasterioError as error:
        raise ArgumentError("path", str(path), "a whole GeoTIFF", f"GDAL says: {error}") from error
    _check_unlisted(path, scheme, empty, pixels, unlisted)
    return _Facts(path, scheme, empty, pixels, done, part)


def _check_raster(path: Path, dataset: Any) -> None:
    if dataset.driver != "GTiff":
        raise ArgumentError("path", str(path), "a GeoTIFF", f"This is {dataset.driver}.")
    if dataset.count != 1:
        hint = f"It has {dataset.count}; export the band of classes alone."
        raise ArgumentError("path", str(path), "a TIFF of one band, as others cannot have a colour table", hint)
    if dataset.dtypes[0] not in _HIGHEST:
        hint = (
            f"It is {dataset.dtypes[0]}; export the classes with image.toUint8(), "
            "or convert the file with `gdal_translate -ot Byte`."
        )
        raise ArgumentError("path", str(path), "a TIFF of uint8 or uint16, as others cannot have a colour table", hint)


def _check_values(path: Path, scheme: Scheme, dtype: str) -> None:
    if min(scheme.values) < 0 or max(scheme.values) > _HIGHEST[dtype]:
        allowed = f"values from 0 to {_HIGHEST[dtype]}, as {path.name} is {dtype}"
        raise SchemeError("scheme", [min(scheme.values), max(scheme.values)], allowed)


def _nodata(path: Path, dataset: Any, scheme: Scheme, given: int | None) -> int | None:
    declared = dataset.nodata
    if given is not None:
        value = _whole(given, _HIGHEST[dataset.dtypes[0]])
    elif declared is not None and math.isfinite(declared) and declared == int(declared):
        value = int(declared)
    else:
        return None if 0 in scheme.values else 0
    if value in scheme.values:
        hint = f"In {path.name} it is the no-data value: give another as nodata=."
        raise ArgumentError("nodata", value, f"a value that is no class of scheme {scheme.name!r}", hint)
    return value


def _whole(given: object, highest: int) -> int:
    try:
        value = -1 if isinstance(given, bool) else operator.index(given)  # type: ignore[arg-type]
    except TypeError:
        value = -1
    if not 0 <= value <= highest:
        raise ArgumentError("nodata", given, f"an integer from 0 to {highest}")
    return value


def _check_unlisted(path: Path, scheme: Scheme, nodata: int | None, pixels: Mapping[int, int], unlisted: str) -> None:
    known = {*scheme.values, nodata}
    strange = [value for value in pixels if value not in known]
    if strange and unlisted == "refuse":
        found = ", ".join(f"{value} ({pixels[value]} px)" for value in strange[:_MOST_LISTED])
        more = f" and {len(strange) - _MOST_LISTED} more" if len(strange) > _MOST_LISTED else ""
        raise ArgumentError(
            "scheme",
            scheme.name,
            f"a scheme that has all values of {path.name}, which also has {found}{more}",
            f"The scheme has {scheme.values}; unlisted='keep' goes on and leaves the others without colour.",
        )


def _windows(dataset: Any) -> Iterator[Window]:
    """Stripes of whole blocks, some millions of pixels each."""
    from rasterio.windows import Window

    block = dataset.block_shapes[0][0]
    height = max(block, _BLOCK_PIXELS // dataset.width // block * block)
    for top in range(0, dataset.height, height):
        yield Window(0, top, dataset.width, min(height, dataset.height - top))


def _count(dataset: Any) -> dict[int, int]:
    import numpy as np

    counts = np.zeros(_HIGHEST[dataset.dtypes[0]] + 1, dtype=np.int64)
    for window in _windows(dataset):
        counts += np.bincount(dataset.read(1, window=window).ravel(), minlength=counts.size)
    return {int(value): int(counts[value]) for value in np.flatnonzero(counts)}


def _statistics(pixels: Mapping[int, int], nodata: int | None) -> dict[str, str]:
    """GDAL's own items, as `gdalinfo -stats` would write them, of the pixels that are not no-data."""
    valid = {value: count for value, count in pixels.items() if value != nodata}
    number, everything = sum(valid.values()), sum(pixels.values())
    share = {"STATISTICS_VALID_PERCENT": f"{100 * number / everything:.4g}"}
    if not number:
        return share
    mean = sum(value * count for value, count in valid.items()) / number
    variance = sum((value - mean) ** 2 * count for value, count in valid.items()) / number
    numbers = {"MAXIMUM": max(valid), "MEAN": mean, "MINIMUM": min(valid), "STDDEV": math.sqrt(variance)}
    return {f"STATISTICS_{name}": f"{number:.14g}" for name, number in numbers.items()} | share


def band_tags(scheme: Scheme, nodata: int | None, pixels: Mapping[int, int]) -> dict[str, str]:
    """What a TIFF's band says of its classes and statistics.

    Args:
        scheme: what the values mean.
        nodata: the value that is none, or None.
        pixels: how many there are of each value.
    """
    return class_tags(scheme) | _statistics(pixels, nodata)


def _is_done(dataset: Any, scheme: Scheme, nodata: int | None, pixels: Mapping[int, int]) -> bool:
    """Whether the TIFF itself already has all that would be written into it."""
    tags, wanted = dataset.tags(1), band_tags(scheme, nodata, pixels)
    if dataset.nodata != nodata or _ours(tags) != wanted or dataset.colorinterp[0].name != "palette":
        return False
    known = colors(scheme)
    return all(color[:3] == known.get(value, (0, 0, 0)) for value, color in dataset.colormap(1).items())


def _ours(tags: Mapping[str, str]) -> dict[str, str]:
    return {key: text for key, text in tags.items() if _is_ours(key)}


def _is_ours(key: str) -> bool:
    return key.startswith(("STATISTICS_", "gee_scl_", "class_"))


def _check_places(facts: _Facts, overwrite: bool) -> None:
    """Refuses, before anything is written, to replace what is not ours."""
    own = [path for path in _side_texts(facts) if path.suffix in _STYLES]
    for file in (*own, *([facts.path] if facts.path.suffix == ".vrt" else [])):
        if file.is_file() and not overwrite and not _is_marked(file):
            hint = "Move it away, or ask for overwrite to replace it."
            raise ArgumentError("path", str(file), "a place without a style or VRT that was made elsewhere", hint)


def _is_marked(file: Path) -> bool:
    with file.open(encoding="utf-8", errors="replace") as opened:
        return MARK in opened.read(_MARK_WITHIN)


def _sweep(paths: Iterable[Path]) -> None:
    """Removes what a call that was killed has left of these files: `.name.<8 hexadecimal digits>.part`, and GDAL's own.

    Nothing else is named so: `write_whole` draws the digits.
    """
    names: dict[Path, set[str]] = defaultdict(set)
    for path in paths:
        target = path.resolve()
        names[target.parent].add(target.name)
        names[path.parent] |= {path.name, _side_path(path).name, *(path.with_suffix(suffix).name for suffix in _STYLES)}
    for folder, wanted in names.items():
        for file in list(folder.iterdir()):
            left = _LEFT_OVER.fullmatch(file.name)
            if left is not None and left["name"] in wanted and file.is_file():
                file.unlink(missing_ok=True)


def _colored(facts: _Facts) -> ColoredRaster:
    # Where the name is a link, the file that it leads to is replaced and the link stays.
    target = facts.path.resolve()
    if not facts.done:
        write_whole(target, lambda part: _write_tiff(target, facts, part), overwrite=True)
    return ColoredRaster(
        facts.path, facts.scheme, not facts.done, facts.pixels, facts.nodata, _write_texts(_side_texts(facts))
    )


def _write_tiff(original: Path, facts: _Facts, part: Path) -> None:
    import rasterio
    import rasterio.shutil
    from rasterio.enums import Resampling
    from rasterio.io import MemoryFile

    with rasterio.open(original) as dataset:
        structure = dataset.tags(ns="IMAGE_STRUCTURE")
        overviews = dataset.overviews(1)
        block = dataset.block_shapes[0]
        tiled = block[1] != dataset.width
    options = _compression(structure) | {"BIGTIFF": "IF_SAFER"}
    if structure.get("LAYOUT") == "COG":
        # An overview is made of codes that occur, never of averages.
        options |= {"BLOCKSIZE": str(block[1]), "OVERVIEWS": "IGNORE_EXISTING", "OVERVIEW_RESAMPLING": "MODE"}
        driver, overviews = "COG", []
    else:
        options |= {"TILED": "YES", "BLOCKXSIZE": str(block[1])} if tiled else {"TILED": "NO"}
        options |= {"BLOCKYSIZE": str(block[0])}
        driver = "GTiff"
    with MemoryFile(_described(original, facts).encode(), ext=".vrt") as described:
        rasterio.shutil.copy(described.name, part, driver=driver, **options)
    if overviews:
        with rasterio.open(part, "r+") as dataset:
            dataset.build_overviews(overviews, Resampling.mode)
    _check_same(original, part)
    shutil.copymode(original, part)
    with part.open("rb+") as opened:
        os.fsync(opened.fileno())


def _compression(structure: Mapping[str, str]) -> dict[str, str]:
    name = structure.get("COMPRESSION", "NONE")
    if name not in _LOSSLESS:
        return {"COMPRESS": "DEFLATE"}
    predictor = {"PREDICTOR": "2"} if structure.get("PREDICTOR") == "2" else {}
    return {"COMPRESS": name} | predictor


def _described(original: Path, facts: _Facts) -> str:
    """The raster as a VRT that GDAL writes, which carries all its tags, with what is to be added."""
    import rasterio.shutil
    from rasterio.io import MemoryFile

    with MemoryFile(ext=".vrt") as memory:
        rasterio.shutil.copy(original, memory.name, driver="VRT")
        root = parse(memory.read().decode())
    band = root.find("VRTRasterBand")
    if band is None:
        raise GeeSclError(f"GDAL describes {original.name} without a band.")
    items = [item for tags in band.findall("Metadata") if not tags.get("domain") for item in tags.findall("MDI")]
    tags = {item.get("key", ""): item.text or "" for item in items}
    foreign = {key: text for key, text in tags.items() if not _is_ours(key)}
    children_replaced(band, _band_children(facts, foreign))
    return ET.tostring(root, "unicode")


def _band_children(facts: _Facts, tags: Mapping[str, str]) -> list[ET.Element]:
    """What GDAL's XML says of a coloured band."""
    interpretation = ET.Element("ColorInterp")
    interpretation.text = "Palette"
    children = [metadata({**tags, **band_tags(facts.scheme, facts.nodata, facts.pixels)})]
    if facts.nodata is not None:
        empty = ET.Element("NoDataValue")
        empty.text = str(facts.nodata)
        children.append(empty)
    return [*children, interpretation, color_element(facts.scheme, facts.nodata)]


def _check_same(original: Path, part: Path) -> None:
    import numpy as np
    import rasterio

    with rasterio.open(original) as before, rasterio.open(part) as after:
        same = before.shape == after.shape and before.crs == after.crs and before.transform == after.transform
        if not same or not all(
            np.array_equal(before.read(1, window=window), after.read(1, window=window)) for window in _windows(before)
        ):
            raise GeeSclError(f"What GDAL has written is not {original.name} with colours; the original is as it was.")


_STYLES: Mapping[str, Callable[[Scheme], str]] = {".qml": qml, ".sld": sld_document, ".clr": clr}


def _side_texts(facts: _Facts) -> dict[Path, str]:
    """What belongs beside a raster. A VRT holds names and attribute table itself."""
    texts = {facts.path.with_suffix(suffix): style(facts.scheme) for suffix, style in _STYLES.items()}
    if facts.path.suffix != ".vrt":
        side = _side_path(facts.path)
        existing = side.read_text(encoding="utf-8", errors="replace") if side.is_file() else None
        texts[side] = side_file(facts.scheme, facts.nodata, facts.pixels, existing)
    return texts


def _side_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.aux.xml")


def _write_texts(texts: Mapping[Path, str]) -> tuple[Path, ...]:
    """Writes the files that are not there with just this text; those that were written."""
    return tuple(path for path, text in texts.items() if _write_text(path, text.encode()))


def _write_text(path: Path, text: bytes) -> bool:
    if path.is_file() and path.read_bytes() == text:
        return False
    write_whole(path, lambda part: part.write_bytes(text), overwrite=True)
    return True


def _joined(group: TiledRaster, rasters: list[_Facts]) -> _Facts:
    """The facts of a tiled export, from those of its parts."""
    members = {facts.path: facts for facts in rasters}
    parts = [members[part.path] for part in group.parts]
    first = parts[0]
    for facts in parts[1:]:
        if facts.scheme != first.scheme or facts.nodata != first.nodata:
            hint = "Give the scheme and no-data value of all parts."
            raise ArgumentError("path", facts.path.name, f"the scheme and no-data value of {first.path.name}", hint)
    pixels = Counter[int]()
    for facts in parts:
        pixels.update(facts.pixels)
    gap = group.width * group.height - sum(pixels.values())
    if gap:
        # GDAL fills what no part covers with no-data, or with 0 where there is none.
        pixels[first.nodata or 0] += gap
    return _Facts(group.path, first.scheme, first.nodata, dict(sorted(pixels.items())), False, None)


def _joined_file(group: TiledRaster, facts: _Facts) -> ColoredRaster:
    if group.missing:
        warnings.warn(f"{group.path.name}: parts of this export are missing: {', '.join(group.missing)}.", stacklevel=3)
    band = [
        *_band_children(facts, {}),
        category_element(facts.scheme, facts.nodata),
        attribute_table(facts.scheme, facts.pixels),
    ]
    changed = _write_text(group.path, group.vrt(band).encode())
    written = _write_texts(_side_texts(facts))
    return ColoredRaster(group.path, facts.scheme, changed, facts.pixels, facts.nodata, written, group.missing)
