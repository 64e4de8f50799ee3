"""Styles are read back by what reads them in earnest: an XML parser, GDAL and QGIS."""

from __future__ import annotations

import json
import shutil
import subprocess
import xml.etree.ElementTree as ET
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from gee_scl.classes.schemes import SCHEMES, Scheme
from gee_scl.errors import ArgumentError, SchemeError
from gee_scl.exports.raster_files.styles import (
    attribute_table,
    category_names,
    class_tags,
    clr,
    qml,
    side_file,
    sld_document,
    tagged_scheme,
)

rasterio = pytest.importorskip("rasterio")

SLD = "{http://www.opengis.net/sld}"

AWKWARD = Scheme.from_lists(
    "awkward <&>",
    [1, 7, 200],
    ["Wald & Wiese", "\"Moor\" <nass> 'tief'", "été\x00\x0b, ]]>"],
    ["00ff00", "0a0b0c", "ffffff"],
    title="Land & <water>",
)
AWKWARD_NAMES = ["Wald & Wiese", "\"Moor\" <nass> 'tief'", "été, ]]>"]

# A session of QGIS without a screen: it loads our style and saves its own, and saves one that it has made by itself.
QGIS_SCRIPT = """
import json, sys
from qgis.core import QgsApplication, QgsPalettedRasterRenderer, QgsRasterLayer
from qgis.PyQt.QtGui import QColor
raster, style, colours, again, own, own_sld, classes = sys.argv[1:]
application = QgsApplication([], False)
application.initQgis()
layer = QgsRasterLayer(raster, "raster")
assert layer.isValid()
message, loaded = layer.loadNamedStyle(style)
renderer = layer.renderer()
listed = lambda found: [[int(c.value), c.color.name()[1:], c.color.alpha(), c.label] for c in found]
answer = {"loaded": loaded, "renderer": type(renderer).__name__, "band": renderer.band()}
answer["classes"] = listed(renderer.classes())
answer["colours"] = listed(QgsPalettedRasterRenderer.classDataFromFile(colours))
layer.saveNamedStyle(again)
made = [QgsPalettedRasterRenderer.Class(v, QColor("#" + c), n) for v, n, c in json.loads(classes)]
layer.setRenderer(QgsPalettedRasterRenderer(layer.dataProvider(), 1, made))
layer.saveNamedStyle(own)
layer.saveSldStyle(own_sld)
print(json.dumps(answer))
sys.stdout.flush()
del renderer, layer
application.exitQgis()
"""


@cache
def system_python_with_qgis() -> str | None:
    """QGIS comes with the system's Python, not with that of the tests."""
    for python in ("/usr/bin/python3", shutil.which("python3")):
        if python and Path(python).exists():
            found = subprocess.run([python, "-c", "import qgis.core"], capture_output=True, check=False)
            if found.returncode == 0:
                return python
    return None


def raster(path: Path, values: list[list[int]]) -> Path:
    pixels = np.array(values, dtype="uint8")
    profile = {"driver": "GTiff", "height": pixels.shape[0], "width": pixels.shape[1], "count": 1, "dtype": "uint8"}
    transform = rasterio.transform.from_origin(500_000, 6_000_000, 20, 20)
    with rasterio.open(path, "w", **profile, crs="EPSG:32629", transform=transform) as dataset:
        dataset.write(pixels, 1)
    return path


def xml(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314  written by the code under test, GDAL or QGIS


def entries(document: ET.Element, tag: str) -> list[dict[str, str]]:
    return [dict(entry.attrib) for entry in document.iter(tag)]


@pytest.mark.parametrize("scheme", [SCHEMES["scl"], SCHEMES["land"], AWKWARD], ids=lambda scheme: scheme.name)
def test_qgis_shows_our_classes_and_saves_the_renderer_that_we_have_written(scheme: Scheme, tmp_path: Path) -> None:
    python = system_python_with_qgis()
    if python is None:
        pytest.skip("QGIS's Python module is not installed (Debian: python3-qgis)")
    names = AWKWARD_NAMES if scheme is AWKWARD else scheme.names
    classes = list(zip(scheme.values, names, scheme.palette, strict=True))
    source = raster(tmp_path / "raster.tif", [[1, 2, 3]])
    style, colours = tmp_path / "ours.qml", tmp_path / "ours.clr"
    again, own, own_sld = tmp_path / "again.qml", tmp_path / "own.qml", tmp_path / "own.sld"
    style.write_text(qml(scheme), encoding="utf-8")
    colours.write_text(clr(scheme), encoding="utf-8")
    run = subprocess.run(
        [python, "-c", QGIS_SCRIPT, *map(str, (source, style, colours, again, own, own_sld)), json.dumps(classes)],
        env={
            "QT_QPA_PLATFORM": "offscreen",
            "HOME": str(tmp_path),
            "LANG": "C.UTF-8",
            "XDG_RUNTIME_DIR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.stdout, run.stderr
    answer = json.loads(run.stdout.splitlines()[-1])
    assert answer["loaded"]
    assert (answer["renderer"], answer["band"]) == ("QgsPalettedRasterRenderer", 1)
    assert answer["classes"] == [[value, color, 255, name] for value, name, color in classes]
    assert [row[:3] for row in answer["colours"]] == [[value, color, 255] for value, _, color in sorted(classes)]
    ours = xml(qml(scheme))
    for saved in (again, own):
        theirs = xml(saved.read_text(encoding="utf-8"))
        assert entries(theirs, "paletteEntry") == entries(ours, "paletteEntry")
        assert entries(theirs, "rasterrenderer") == entries(ours, "rasterrenderer")
    # As an SLD, QGIS writes the same symbolizer, apart from the attribute `extended` of GeoServer.
    mine, theirs = xml(sld_document(scheme)), xml(own_sld.read_text(encoding="utf-8"))
    by_value = sorted(entries(theirs, f"{SLD}ColorMapEntry"), key=lambda entry: int(entry["quantity"]))
    assert entries(mine, f"{SLD}ColorMapEntry") == by_value
    assert mine.findtext(f".//{SLD}SourceChannelName") == theirs.findtext(f".//{SLD}SourceChannelName") == "1"
    assert mine.find(f".//{SLD}ColorMap").get("type") == theirs.find(f".//{SLD}ColorMap").get("type")


@pytest.mark.parametrize("scheme", [*SCHEMES.values(), AWKWARD], ids=lambda scheme: scheme.name)
def test_every_style_is_xml_with_a_class_for_each_of_the_scheme(scheme: Scheme) -> None:
    style = xml(qml(scheme))
    assert style.tag == "qgis"
    assert [entry["value"] for entry in entries(style, "paletteEntry")] == [str(value) for value in scheme.values]
    document = xml(sld_document(scheme))
    quantities = [int(entry["quantity"]) for entry in entries(document, f"{SLD}ColorMapEntry")]
    assert quantities == sorted(scheme.values)
    # The order of elements is that of the schema of SLD 1.0.
    path = f"{SLD}NamedLayer/{SLD}UserStyle/{SLD}FeatureTypeStyle/{SLD}Rule/{SLD}RasterSymbolizer"
    symbolizer = document.find(path)
    assert [child.tag.removeprefix(SLD) for child in symbolizer] == ["ChannelSelection", "ColorMap"]
    assert [child.tag.removeprefix(SLD) for child in document.find(f"{SLD}NamedLayer/{SLD}UserStyle")] == [
        "Name",
        "Title",
        "FeatureTypeStyle",
    ]


def test_names_with_markup_and_control_characters_arrive_as_text() -> None:
    assert [entry["label"] for entry in entries(xml(qml(AWKWARD)), "paletteEntry")] == AWKWARD_NAMES
    document = xml(sld_document(AWKWARD))
    assert [entry["label"] for entry in entries(document, f"{SLD}ColorMapEntry")] == AWKWARD_NAMES
    assert document.findtext(f".//{SLD}Title") == "Land & <water>"
    names = [category.text for category in xml(side_file(AWKWARD, 0, {})).iter("Category")]
    assert (names[1], names[7], names[200]) == tuple(AWKWARD_NAMES)


def test_a_colour_list_is_read_by_gdal_as_the_colours_of_the_scheme(tmp_path: Path) -> None:
    # GDAL's driver for ESRI's .bil reads the colours from the .clr beside it.
    (tmp_path / "row.bil").write_bytes(bytes([4, 6, 11]))
    (tmp_path / "row.hdr").write_text("NROWS 1\nNCOLS 3\nNBANDS 1\nNBITS 8\n")
    (tmp_path / "row.clr").write_text(clr("scl"))
    with rasterio.open(tmp_path / "row.bil") as dataset:
        table = dataset.colormap(1)
    assert table[4] == (0x10, 0xD2, 0x2C, 255)
    assert table[6] == (0, 0, 255, 255)
    assert table[11] == (0x52, 0xFF, 0xF9, 255)


def test_gdaldem_paints_a_raster_in_the_colours_of_the_list(tmp_path: Path) -> None:
    if shutil.which("gdaldem") is None:
        pytest.skip("gdaldem is not installed (Debian: gdal-bin)")
    source = raster(tmp_path / "raster.tif", [[1, 7, 200]])
    (tmp_path / "list.clr").write_text(clr(AWKWARD))
    arguments = ["-q", "-nearest_color_entry", "-alpha", source, tmp_path / "list.clr", tmp_path / "painted.tif"]
    subprocess.run(["gdaldem", "color-relief", *map(str, arguments)], check=True)
    with rasterio.open(tmp_path / "painted.tif") as dataset:
        painted = dataset.read()[:, 0, :].T.tolist()
    assert painted == [[0, 255, 0, 255], [10, 11, 12, 255], [255, 255, 255, 255]]


def test_category_names_have_their_place_by_value_and_name_no_data() -> None:
    assert category_names(SCHEMES["land"], 0) == ["No data", "Vegetation", "Bare", "Water", "Snow"]
    gaps = Scheme.from_lists("gaps", [2, 4], ["Two", "Four"], ["000000", "ffffff"])
    assert category_names(gaps, None) == ["", "", "Two", "", "Four"]
    assert category_names(gaps, 65535) == ["", "", "Two", "", "Four"]


def test_the_attribute_table_counts_the_pixels_of_every_class() -> None:
    rows = [
        [cell.text for cell in row.iter("F")] for row in attribute_table("water", {1: 3_000_000_000, 9: 4}).iter("Row")
    ]
    assert rows == [
        ["1", "3000000000", "Water", "0", "0", "255", "255"],
        ["2", "0", "Not water", "217", "201", "163", "255"],
    ]


def test_a_side_file_keeps_what_others_have_written_and_drops_what_is_stale() -> None:
    existing = """<PAMDataset><SRS>EPSG:4326</SRS><Metadata><MDI key="author">me</MDI></Metadata>
      <PAMRasterBand band="1"><Metadata><MDI key="STATISTICS_MEAN">3</MDI><MDI key="kept">yes</MDI></Metadata>
      <CategoryNames><Category>old</Category></CategoryNames><NoDataValue>7</NoDataValue></PAMRasterBand></PAMDataset>"""
    text = side_file("land", 0, {1: 5}, existing)
    root = xml(text)
    assert root.findtext("SRS") == "EPSG:4326"
    assert [item.get("key") for item in root.iter("MDI")] == ["author", "kept"]
    assert [name.text for name in root.iter("Category")] == ["No data", "Vegetation", "Bare", "Water", "Snow"]
    assert root.find("PAMRasterBand/NoDataValue") is None
    assert side_file("land", 0, {1: 5}, text) == text


@pytest.mark.parametrize("existing", ["<PAMDataset>", "<html/>", ""])
def test_a_side_file_that_is_not_gdals_is_refused(existing: str) -> None:
    with pytest.raises(ArgumentError, match=r"\.aux\.xml"):
        side_file("land", 0, {}, existing)


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=lambda scheme: scheme.name)
def test_tags_give_the_scheme_back(scheme: Scheme) -> None:
    found = tagged_scheme(class_tags(scheme))
    assert found is not None
    assert (found.name, found.title) == (scheme.name, scheme.title)
    by_value = sorted(zip(scheme.values, scheme.names, scheme.palette, strict=True))
    assert list(zip(found.values, found.names, found.palette, strict=True)) == by_value


def test_tags_of_earth_engine_and_a_name_alone_are_understood() -> None:
    tags = {
        "land_class_values": "[1, 2]",
        "land_class_names": '["A", "B"]',
        "land_class_palette": '["000000", "ffffff"]',
    }
    found = tagged_scheme(tags)
    assert found is not None
    assert (found.name, found.values, found.names) == ("land", [1, 2], ["A", "B"])
    assert tagged_scheme({"gee_scl:scheme": "water"}) is SCHEMES["water"]
    assert tagged_scheme({"gee_scl": "scheme=water"}) is SCHEMES["water"]
    assert tagged_scheme({"AREA_OR_POINT": "Area", "class_values": "not a list"}) is None


def test_tags_that_name_no_scheme_are_an_error() -> None:
    with pytest.raises(SchemeError, match="wtaer"):
        tagged_scheme({"gee_scl_scheme": "wtaer"})
