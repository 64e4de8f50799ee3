"""The files beside a raster: GDAL's side file and styles, what may be replaced, and what a killed call has left."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from gee_scl.classes.schemes import Scheme
from gee_scl.errors import ArgumentError
from gee_scl.exports.raster_files.class_rasters import ClassRaster
from gee_scl.exports.raster_files.styles import MARK, clr, qml, side_file, sld_document
from gee_scl.options.files import write_whole

_STYLES: Mapping[str, Callable[[Scheme], str]] = {".qml": qml, ".sld": sld_document, ".clr": clr}

# How `write_whole` names a file that is not whole yet, and what GDAL calls its own beside that.
_LEFT_OVER = re.compile(r"\.(?P<name>.+)\.[0-9a-f]{8}\.part(\..*)?")

_MARK_WITHIN = 2000
"""Characters from its beginning within which a file of ours says so."""


def side_texts(raster: ClassRaster) -> dict[Path, str]:
    """What belongs beside a raster. A VRT holds names and attribute table itself."""
    texts = {raster.path.with_suffix(suffix): style(raster.scheme) for suffix, style in _STYLES.items()}
    if raster.path.suffix != ".vrt":
        side = _side_path(raster.path)
        existing = side.read_text(encoding="utf-8", errors="replace") if side.is_file() else None
        texts[side] = side_file(raster.scheme, raster.nodata, raster.pixels, existing)
    return texts


def _side_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.aux.xml")


def write_texts(texts: Mapping[Path, str]) -> tuple[Path, ...]:
    """Write the files that are not there with just this text, and tell those that were written."""
    return tuple(path for path, text in texts.items() if write_text(path, text.encode()))


def write_text(path: Path, text: bytes) -> bool:
    """Write a file unless it is there with just this text, and tell whether it was written."""
    if path.is_file() and path.read_bytes() == text:
        return False
    write_whole(path, lambda part: part.write_bytes(text), overwrite=True)
    return True


def check_places(raster: ClassRaster, overwrite: bool) -> None:
    """Refuses, before anything is written, to replace what is not ours.

    Raises:
        ArgumentError: a style or VRT was made elsewhere, and overwriting is not asked for.
    """
    own = [path for path in side_texts(raster) if path.suffix in _STYLES]
    for file in (*own, *([raster.path] if raster.path.suffix == ".vrt" else [])):
        if file.is_file() and not overwrite and not _is_marked(file):
            hint = "Move it away, or give overwrite=True to replace it."
            raise ArgumentError("path", str(file), "a place without a style or VRT that was made elsewhere", hint)


def _is_marked(file: Path) -> bool:
    with file.open(encoding="utf-8", errors="replace") as opened:
        return MARK in opened.read(_MARK_WITHIN)


def remove_left_overs(paths: Iterable[Path]) -> None:
    """Remove what a call that was killed has left of these files: `.name.<8 hexadecimal digits>.part`, and GDAL's own.

    Nothing else is named so: `write_whole` draws the digits.
    """
    names: dict[Path, set[str]] = defaultdict(set)
    for path in paths:
        target = path.resolve()
        names[target.parent].add(target.name)
        names[path.parent] |= {path.name, _side_path(path).name, *(path.with_suffix(suffix).name for suffix in _STYLES)}
    for folder, wanted in names.items():
        for file in list(folder.iterdir()):
            left_over = _LEFT_OVER.fullmatch(file.name)
            if left_over is not None and left_over["name"] in wanted and file.is_file():
                file.unlink(missing_ok=True)
