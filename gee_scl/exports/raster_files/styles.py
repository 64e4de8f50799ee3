"""How a scheme is written for GIS programs: QGIS style, SLD, colour list, GDAL's side file, and tags inside a TIFF.

All functions are pure: a scheme in, text out. They describe a raster whose values are those of the scheme's classes.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from typing import Any

from gee_scl.classes.schemes import Scheme, get_scheme
from gee_scl.classes.styles import xml_text
from gee_scl.errors import ArgumentError

MARK = "Written by gee-scl"
"""A comment in every file that is written here, by which it is known again and told from a user's own style."""

NO_DATA_NAME = "No data"

Color = tuple[int, int, int]

# Name, type (GDALRATFieldType) and usage (GDALRATFieldUsage) of the columns of a raster attribute table. Counts are
# real numbers, as GDAL's integers end at 2^31. https://gdal.org/en/stable/doxygen/gdal__rat_8h.html
_COLUMNS = (
    ("Value", "0", "5"),
    ("Count", "1", "1"),
    ("Name", "2", "2"),
    ("Red", "0", "6"),
    ("Green", "0", "7"),
    ("Blue", "0", "8"),
    ("Alpha", "0", "9"),
)

# What the TIFF itself says, and an older side file must not contradict.
_SAID_BY_TIFF = ("CategoryNames", "GDALRasterAttributeTable", "ColorInterp", "ColorTable", "NoDataValue", "Histograms")


def colors(scheme: str | Scheme) -> dict[int, Color]:
    """Red, green and blue, 0 to 255, of each class value, ascending.

    Raises:
        SchemeError: the scheme does not exist.
    """
    members = sorted(get_scheme(scheme).classes, key=lambda member: member.value)
    return {member.value: _rgb(member.color) for member in members}


def _rgb(color: str) -> Color:
    red, green, blue = bytes.fromhex(color)
    return red, green, blue


def qml(scheme: str | Scheme) -> str:
    """Write a QGIS style: a paletted renderer with the classes in the scheme's order.

    QGIS loads `name.qml` by itself with `name.tif`. It leaves values that the scheme does not have transparent.

    Args:
        scheme: a name in `SCHEMES` or a `Scheme`.

    Returns:
        The text of a .qml file, for QGIS 3.

    Raises:
        SchemeError: the scheme does not exist.
    """
    root = ET.Element("qgis", version="3.22", styleCategories="Symbology")
    root.append(ET.Comment(MARK))
    pipe = ET.SubElement(root, "pipe")
    renderer = ET.SubElement(
        pipe, "rasterrenderer", type="paletted", band="1", opacity="1", alphaBand="-1", nodataColor=""
    )
    ET.SubElement(renderer, "rasterTransparency")
    palette = ET.SubElement(renderer, "colorPalette")
    for member in get_scheme(scheme).classes:
        ET.SubElement(
            palette,
            "paletteEntry",
            value=str(member.value),
            color=f"#{member.color}",
            alpha="255",
            label=xml_text(member.name),
        )
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + _document(root)


def sld_document(scheme: str | Scheme) -> str:
    """Write a whole SLD 1.0 style around the symbolizer of `Scheme.sld`, for GeoServer and MapServer.

    Args:
        scheme: a name in `SCHEMES` or a `Scheme`.

    Returns:
        The text of a .sld file. The band is named "1", as programs that read files count bands.
        Source: https://schemas.opengis.net/sld/1.0.0/StyledLayerDescriptor.xsd

    Raises:
        SchemeError: the scheme does not exist.
    """
    scheme = get_scheme(scheme)
    name, title = ET.Element("Name"), ET.Element("Title")
    name.text, title.text = xml_text(scheme.name), xml_text(scheme.title)
    layer_name, style_title = ET.tostring(name, "unicode"), ET.tostring(title, "unicode")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<!--{MARK}-->\n"
        '<StyledLayerDescriptor version="1.0.0" xmlns="http://www.opengis.net/sld">\n'
        f"  <NamedLayer>{layer_name}\n"
        f"    <UserStyle>{layer_name}{style_title}\n"
        f"      <FeatureTypeStyle><Rule>{scheme.sld(band='1')}</Rule></FeatureTypeStyle>\n"
        "    </UserStyle>\n"
        "  </NamedLayer>\n"
        "</StyledLayerDescriptor>\n"
    )


def clr(scheme: str | Scheme) -> str:
    """Write a colour list: value, red, green and blue on each line, as ArcGIS and `gdaldem color-relief` read it.

    Args:
        scheme: a name in `SCHEMES` or a `Scheme`.

    Returns:
        The text of a .clr file, by ascending value, after a line of comment. Use it with
        `gdaldem color-relief -nearest_color_entry`, as between class codes there is nothing.

    Raises:
        SchemeError: the scheme does not exist.
    """
    lines = (f"{value} {red} {green} {blue}\n" for value, (red, green, blue) in colors(scheme).items())
    return f"# {MARK}\n" + "".join(lines)


def category_names(scheme: str | Scheme, nodata: int | None) -> list[str]:
    """The name of each value from 0 to the highest, as GDAL's category names are; empty where no class is.

    Raises:
        SchemeError: the scheme does not exist.
    """
    names = {member.value: xml_text(member.name) for member in get_scheme(scheme).classes}
    # A no-data value above the classes, such as 65535, would need a name for each value below it.
    if nodata is not None and 0 <= nodata <= max(names):
        names[nodata] = NO_DATA_NAME
    return [names.get(value, "") for value in range(max(names) + 1)]


def category_element(scheme: str | Scheme, nodata: int | None) -> ET.Element:
    """`category_names` as GDAL's XML has them, in side files and in VRTs."""
    element = ET.Element("CategoryNames")
    for name in category_names(scheme, nodata):
        ET.SubElement(element, "Category").text = name
    return element


def color_element(scheme: str | Scheme, nodata: int | None) -> ET.Element:
    """The colour table as GDAL's XML has it: no-data is transparent, and so is what is no class."""
    class_colors = colors(scheme)
    element = ET.Element("ColorTable")
    for value in range(max(class_colors) + 1):
        red, green, blue = class_colors.get(value, (0, 0, 0))
        alpha = 255 if value in class_colors and value != nodata else 0
        ET.SubElement(element, "Entry", c1=str(red), c2=str(green), c3=str(blue), c4=str(alpha))
    return element


def attribute_table(scheme: str | Scheme, pixels: Mapping[int, int]) -> ET.Element:
    """The raster attribute table as GDAL's XML has it.

    Args:
        scheme: a name in `SCHEMES` or a `Scheme`.
        pixels: number of pixels by value; classes without pixels have their row too.

    Returns:
        A thematic table with the columns Value, Count, Name, Red, Green, Blue and Alpha.

    Raises:
        SchemeError: the scheme does not exist.
    """
    names = {member.value: member.name for member in get_scheme(scheme).classes}
    table = ET.Element("GDALRasterAttributeTable", tableType="thematic")
    for index, (name, kind, usage) in enumerate(_COLUMNS):
        column = ET.SubElement(table, "FieldDefn", index=str(index))
        for tag, text in (("Name", name), ("Type", kind), ("Usage", usage)):
            ET.SubElement(column, tag).text = text
    for index, (value, color) in enumerate(colors(scheme).items()):
        row = ET.SubElement(table, "Row", index=str(index))
        for cell in (value, pixels.get(value, 0), xml_text(names[value]), *color, 255):
            ET.SubElement(row, "F").text = str(cell)
    return table


def side_file(scheme: str | Scheme, nodata: int | None, pixels: Mapping[int, int], existing: str | None = None) -> str:
    """Write GDAL's side file (.aux.xml) with what a TIFF cannot hold: category names and the attribute table.

    Args:
        scheme: a name in `SCHEMES` or a `Scheme`.
        nodata: the raster's no-data value, if it has one.
        pixels: number of pixels by value.
        existing: the side file that is there; what it says of other things stays.

    Returns:
        The text of the side file.

    Raises:
        SchemeError: the scheme does not exist.
        ArgumentError: the existing side file is not GDAL's.
    """
    root = _side_root(existing)
    band = next((band for band in root.iter("PAMRasterBand") if band.get("band") == "1"), None)
    if band is None:
        band = ET.SubElement(root, "PAMRasterBand", band="1")
    for child in list(band):
        if child.tag in _SAID_BY_TIFF:
            band.remove(child)
    for metadata in [child for child in band.findall("Metadata") if not child.get("domain")]:
        for item in metadata.findall("MDI"):
            if item.get("key", "").startswith("STATISTICS_"):
                metadata.remove(item)
        if not len(metadata):
            band.remove(metadata)
    band.append(category_element(scheme, nodata))
    band.append(attribute_table(scheme, pixels))
    return _document(root)


def _side_root(existing: str | None) -> ET.Element:
    if existing is None:
        return ET.Element("PAMDataset")
    try:
        root = parse(existing)
    except ET.ParseError as error:
        raise ArgumentError(
            "path", str(error), "a raster whose .aux.xml is XML", "Remove it if it is broken."
        ) from error
    if root.tag != "PAMDataset":
        raise ArgumentError("path", root.tag, "a raster whose .aux.xml is GDAL's PAMDataset", "Move it elsewhere.")
    return root


def class_tags(scheme: str | Scheme) -> dict[str, str]:
    """The scheme as tags of a raster band, so that it travels inside the TIFF.

    Args:
        scheme: a name in `SCHEMES` or a `Scheme`.

    Returns:
        `gee_scl_scheme`, `gee_scl_title`, and `class_values`, `class_names` and `class_palette` as JSON lists, by
        ascending value. `tagged_scheme` reads them.

    Raises:
        SchemeError: the scheme does not exist.
    """
    scheme = get_scheme(scheme)
    members = sorted(scheme.classes, key=lambda member: member.value)
    return {
        # GDAL takes a colon for the end of a tag's name, so these are not called as Earth Engine's properties are.
        "gee_scl_scheme": xml_text(scheme.name),
        "gee_scl_title": xml_text(scheme.title),
        "class_values": json.dumps([member.value for member in members]),
        "class_names": json.dumps([xml_text(member.name) for member in members], ensure_ascii=False),
        "class_palette": json.dumps([member.color for member in members]),
    }


def tagged_scheme(tags: Mapping[str, str]) -> Scheme | None:
    """The scheme that a raster's tags describe.

    Args:
        tags: of the dataset and its band. Besides those of `class_tags`, `<band>_class_values`, `<band>_class_names`
            and `<band>_class_palette` are read, as Earth Engine's images have them, and a scheme's name alone.

    Returns:
        The scheme, or None where the tags say nothing of classes.

    Raises:
        SchemeError: the tags contradict each other, or name a scheme that is not built in.
    """
    # "gee_scl:scheme" comes out of a TIFF as the tag "gee_scl" with the text "scheme=...".
    name = tags.get("gee_scl_scheme") or tags.get("gee_scl:scheme") or tags.get("gee_scl", "").removeprefix("scheme=")
    for key in tags:
        prefix = key.removesuffix("class_values")
        lists = [_listed(tags.get(f"{prefix}class_{kind}")) for kind in ("values", "names", "palette")]
        if prefix != key and all(lists):
            values, names, palette = lists
            title = tags.get("gee_scl_title", "")
            return Scheme.from_lists(name or prefix.strip("_") or "classes", values, names, palette, title=title)
    return get_scheme(name) if name else None


def _listed(text: str | None) -> list[Any]:
    try:
        items = json.loads(text or "[]")
    except ValueError:
        return []
    return items if isinstance(items, list) else []


def parse(text: str) -> ET.Element:
    """Read XML that GDAL has written, comments kept.

    Raises:
        xml.etree.ElementTree.ParseError: it is no XML.
    """
    # Expat, since 2.4.1, refuses entities that multiply, and the standard library's reader loads nothing from outside.
    parser = ET.XMLParser(target=ET.TreeBuilder(insert_comments=True))  # noqa: S314
    return ET.fromstring(text, parser=parser)  # noqa: S314


def _document(root: ET.Element) -> str:
    ET.indent(root)
    return ET.tostring(root, "unicode") + "\n"


def children_replaced(element: ET.Element, new: Iterable[ET.Element]) -> None:
    """Put children into an element, each in the place of the one with its tag and domain, else in front."""
    for child in new:
        places = [
            place
            for place, old in enumerate(element)
            if old.tag == child.tag and old.get("domain") == child.get("domain")
        ]
        if places:
            element[places[0]] = child
        else:
            element.insert(0, child)
