"""Exports that Earth Engine has cut into parts: which files belong together, and the VRT that joins them.

Parts are named `<name>-<row>-<column>.tif`, with the offsets of their upper left pixel in ten digits each.
Source: https://developers.google.com/earth-engine/guides/exporting_images#large_file_exports
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gee_scl.classes.styles import xml_text
from gee_scl.errors import ArgumentError
from gee_scl.exports.raster_files.styles import MARK

if TYPE_CHECKING:
    from affine import Affine

_PART = re.compile(r"(?P<name>.+)-(?P<row>\d{10})-(?P<column>\d{10})\.tiff?", re.IGNORECASE)

_OFF_GRID = 1e-3
"""Pixels by which a part may be off the grid of its group: rounding of coordinates, not a shift."""

_GDAL_TYPES = {"uint8": "Byte", "uint16": "UInt16"}


@dataclass(frozen=True)
class Part:
    """One file of a tiled export.

    Attributes:
        path: the file.
        row: offset of its upper left pixel, in pixels of the whole.
        column: likewise.
        width: in pixels.
        height: in pixels.
        dtype: of its band.
        crs: its coordinate reference system as WKT; empty if it has none.
        transform: from its pixels to coordinates.
    """

    path: Path
    row: int
    column: int
    width: int
    height: int
    dtype: str
    crs: str
    transform: Affine


@dataclass(frozen=True)
class TiledRaster:
    """The parts of one export, checked to lie on one grid.

    Attributes:
        path: where its VRT goes: `<name>.vrt` beside the parts.
        parts: by row and column.
        missing: names of files that must exist, as others leave a gap for them.
    """

    path: Path
    parts: tuple[Part, ...]
    missing: tuple[str, ...]

    @property
    def row(self) -> int:
        """First row that a part covers."""
        return min(part.row for part in self.parts)

    @property
    def column(self) -> int:
        """First column that a part covers."""
        return min(part.column for part in self.parts)

    @property
    def width(self) -> int:
        """In pixels, of all parts together."""
        return max(part.column + part.width for part in self.parts) - self.column

    @property
    def height(self) -> int:
        """In pixels, of all parts together."""
        return max(part.row + part.height for part in self.parts) - self.row

    def vrt(self, band: Iterable[ET.Element]) -> str:
        """Write the VRT: all parts, by relative file names.

        Args:
            band: children of the band's element that describe it, before its sources.

        Returns:
            The text of the .vrt file. Source: https://gdal.org/en/stable/drivers/raster/vrt.html
        """
        first = self.parts[0]
        root = ET.Element("VRTDataset", rasterXSize=str(self.width), rasterYSize=str(self.height))
        root.append(ET.Comment(MARK))
        if first.crs:
            ET.SubElement(root, "SRS", dataAxisToSRSAxisMapping="1,2").text = first.crs
        a, b, _, d, e, _ = first.transform[:6]
        x, y = _corner(first, self.row, self.column)
        coefficients = (x, a, b, y, d, e)
        ET.SubElement(root, "GeoTransform").text = ", ".join(f"{number!r}" for number in coefficients)
        element = ET.SubElement(root, "VRTRasterBand", dataType=_GDAL_TYPES[first.dtype], band="1")
        element.extend(band)
        for part in self.parts:
            element.append(self._source(part))
        ET.indent(root)
        return ET.tostring(root, "unicode") + "\n"

    def _source(self, part: Part) -> ET.Element:
        source = ET.Element("SimpleSource")
        ET.SubElement(source, "SourceFilename", relativeToVRT="1").text = part.path.name
        ET.SubElement(source, "SourceBand").text = "1"
        places = (("SrcRect", 0, 0), ("DstRect", part.column - self.column, part.row - self.row))
        for tag, column, row in places:
            rectangle = {"xOff": column, "yOff": row, "xSize": part.width, "ySize": part.height}
            ET.SubElement(source, tag, {key: str(number) for key, number in rectangle.items()})
        return source


def metadata(tags: dict[str, str]) -> ET.Element:
    """Tags as GDAL's XML has them."""
    element = ET.Element("Metadata")
    for key, text in tags.items():
        ET.SubElement(element, "MDI", key=key).text = xml_text(text)
    return element


def read_part(path: Path, dataset: Any) -> Part | None:
    """What an open raster says of itself, or None where its name is not that of a part.

    Args:
        path: the file.
        dataset: the same, opened by rasterio.
    """
    name = _PART.fullmatch(path.name)
    if name is None:
        return None
    return Part(
        path=path,
        row=int(name["row"]),
        column=int(name["column"]),
        width=dataset.width,
        height=dataset.height,
        dtype=dataset.dtypes[0],
        crs=dataset.crs.to_wkt() if dataset.crs else "",
        transform=dataset.transform,
    )


def tiled_rasters(parts: Iterable[Part]) -> list[TiledRaster]:
    """Sort parts into the exports that they come from.

    Args:
        parts: of any number of exports, in any order.

    Returns:
        An export each, by name; one of a single part is none.

    Raises:
        ArgumentError: parts of one name differ in coordinate reference system, pixel size or type, lie elsewhere than
            their names say, or overlap.
    """
    groups: dict[Path, list[Part]] = defaultdict(list)
    for part in parts:
        name = _PART.fullmatch(part.path.name)
        if name is not None:
            groups[part.path.with_name(f"{name['name']}.vrt")].append(part)
    return [_checked(path, members) for path, members in sorted(groups.items()) if len(members) > 1]


def _checked(path: Path, members: list[Part]) -> TiledRaster:
    parts = tuple(sorted(members, key=lambda part: (part.row, part.column)))
    for part in parts[1:]:
        _check_grid(parts[0], part)
    return TiledRaster(path, parts, _missing(parts))


def _check_grid(first: Part, part: Part) -> None:
    allowed = f"parts on the grid of {first.path.name}"
    if part.dtype != first.dtype or part.crs != first.crs:
        raise ArgumentError("path", part.path.name, allowed, "Its type or coordinate reference system is another.")
    a, b, x, d, e, y = part.transform[:6]
    if not (
        _close((a, b, d, e), (first.transform.a, first.transform.b, first.transform.d, first.transform.e), 1e-9)
        and _close((x, y), _corner(first, part.row, part.column), _OFF_GRID * max(abs(a), abs(b)))
    ):
        hint = "Its pixel size is another, or its place is not the one that its name says."
        raise ArgumentError("path", part.path.name, allowed, hint)


def _close(numbers: tuple[float, ...], others: tuple[float, ...], tolerance: float) -> bool:
    return all(abs(one - other) <= tolerance for one, other in zip(numbers, others, strict=True))


def _corner(first: Part, row: int, column: int) -> tuple[float, float]:
    """Coordinates of the upper left corner of a pixel of the whole."""
    a, b, x, d, e, y = first.transform[:6]
    right, down = column - first.column, row - first.row
    return x + a * right + b * down, y + d * right + e * down


def _missing(parts: tuple[Part, ...]) -> tuple[str, ...]:
    rows = _offsets(parts, {part.row: part.height for part in parts})
    columns = _offsets(parts, {part.column: part.width for part in parts})
    there = {(part.row, part.column) for part in parts}
    name = _PART.fullmatch(parts[0].path.name)
    prefix = name["name"] if name else ""
    suffix = parts[0].path.suffix
    wanted = [(row, column) for row in rows for column in columns if (row, column) not in there]
    return tuple(f"{prefix}-{row:010d}-{column:010d}{suffix}" for row, column in wanted)


def _offsets(parts: tuple[Part, ...], sizes: dict[int, int]) -> list[int]:
    """Offsets at which parts begin, and those where one must, as the part before ends there or the whole begins."""
    offsets = sorted(sizes)
    ends = [offset + sizes[offset] for offset in offsets[:-1]]
    if any(end > following for end, following in zip(ends, offsets[1:], strict=True)):
        raise ArgumentError("path", parts[0].path.name, "parts that do not overlap")
    return sorted({0, *offsets, *ends})
