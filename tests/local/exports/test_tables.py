"""Exported and downloaded tables: the files, read back with csv, json, geopandas and an XML parser."""

from __future__ import annotations

import csv
import io
import json
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import ee
import geopandas
import pytest

from gee_scl.local.exports.tables import text_of
from gee_scl.local.server import LocalServer
from gee_scl.local.values import Date
from tests.support.engines import server_over, session_on
from tests.support.local.tasks import failed, succeeded

KML = "{http://www.opengis.net/kml/2.2}"
SQUARE = [[[10, 50], [11, 50], [11, 51], [10, 51], [10, 50]]]


@pytest.fixture
def server(sample: Path, tmp_path: Path) -> Iterator[LocalServer]:
    with server_over(sample, exports=tmp_path / "exports") as made, session_on(made.url):
        yield made


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    return tmp_path / "exports" / "drive"


def fields() -> ee.FeatureCollection:
    point = ee.Feature(ee.Geometry.Point([10.5, 50.25]), {"name": 'Hof, "Süd"', "area": 2.5, "n": 3})
    square = ee.Feature(ee.Geometry.Polygon(SQUARE, None, False), {"name": "<b>&</b>", "area": 0.5, "n": 4, "more": 1})
    nowhere = ee.Feature(None, {"name": "", "n": None})
    return ee.FeatureCollection([point, square, nowhere])


def read_csv(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_csv_begins_with_the_index_ends_with_the_geometry_and_has_the_first_features_columns(
    server: LocalServer, drive: Path
) -> None:
    status = succeeded(server, ee.batch.Export.table.toDrive(fields(), "t", folder="f"))
    assert status["task_type"] == "EXPORT_FEATURES"
    assert status["destination_uris"] == [(drive / "f" / "t.csv").as_uri()]
    header, *rows = read_csv(drive / "f" / "t.csv")
    assert header == ["system:index", "area", "n", "name", ".geo"]
    assert [row[:4] for row in rows] == [
        ["0", "2.5", "3", 'Hof, "Süd"'],
        ["1", "0.5", "4", "<b>&</b>"],
        ["2", "", "", ""],
    ]
    assert [json.loads(row[4]) for row in rows] == [
        {"type": "Point", "coordinates": [10.5, 50.25]},
        {"geodesic": False, "type": "Polygon", "coordinates": SQUARE},
        {"type": "MultiPoint", "coordinates": []},
    ]


def test_selectors_choose_and_order_the_columns(server: LocalServer, drive: Path) -> None:
    task = ee.batch.Export.table.toDrive(fields(), "t", selectors=["n", "more", "name"])
    succeeded(server, task)
    assert read_csv(drive / "t.csv")[:3] == [["n", "more", "name"], ["3", "", 'Hof, "Süd"'], ["4", "1", "<b>&</b>"]]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"4": 12.0, "5": 3.5}, "{4=12.0, 5=3.5}"),
        ([1, 2.5, "a"], "[1, 2.5, a]"),
        (True, "true"),
        (1e10, "1.0E10"),
        (float("nan"), "NaN"),
        (Date(1490690161000), "2017-03-28T08:36:01"),
        (None, ""),
    ],
)
def test_values_are_written_as_java_writes_them(value: Any, text: str) -> None:
    assert text_of(value) == text


def test_class_counts_arrive_in_a_table(server: LocalServer, drive: Path) -> None:
    scene = ee.ImageCollection("COPERNICUS/S2_SR_HARMONIZED").first().select("SCL")
    centre = scene.geometry().centroid(1)
    regions = ee.FeatureCollection([ee.Feature(centre.buffer(500), {"id": "a"})])
    counts = scene.reduceRegions(regions, ee.Reducer.frequencyHistogram().unweighted())
    succeeded(server, ee.batch.Export.table.toDrive(counts, "t", selectors=["id", "histogram"]))
    (_, (name, histogram)) = read_csv(drive / "t.csv")
    parsed = dict(pair.split("=") for pair in histogram.strip("{}").split(", "))
    expected = counts.first().get("histogram").getInfo()
    assert name == "a"
    assert {key: float(value) for key, value in parsed.items()} == expected


def test_geojson_is_read_by_geopandas(server: LocalServer, drive: Path) -> None:
    succeeded(server, ee.batch.Export.table.toDrive(fields(), "t", fileFormat="GeoJSON"))
    document = json.loads((drive / "t.geojson").read_text(encoding="utf-8"))
    assert [feature["id"] for feature in document["features"]] == ["0", "1", "2"]
    assert document["features"][1]["properties"] == {"area": 0.5, "n": 4, "name": "<b>&</b>"}
    frame = geopandas.read_file(drive / "t.geojson")
    assert frame.geometry[0].coords[0] == (10.5, 50.25)
    assert frame.geometry[1].area == pytest.approx(1)
    assert frame.geometry[2] is None


def test_geometries_of_another_crs_are_written_in_longitudes_and_latitudes(server: LocalServer, drive: Path) -> None:
    utm = ee.Geometry.Point([500_000, 5_538_630.7027], "EPSG:32632")
    task = ee.batch.Export.table.toDrive(ee.FeatureCollection([ee.Feature(utm)]), "t", fileFormat="GeoJSON")
    succeeded(server, task)
    (feature,) = json.loads((drive / "t.geojson").read_text())["features"]
    assert feature["geometry"]["coordinates"] == pytest.approx([9, 50], abs=1e-6)
    assert "crs" not in feature["geometry"]


def test_kml_holds_properties_and_geometries_with_their_text_escaped(server: LocalServer, drive: Path) -> None:
    succeeded(server, ee.batch.Export.table.toDrive(fields(), "t", fileFormat="KML"))
    succeeded(server, ee.batch.Export.table.toDrive(fields(), "t", fileFormat="KMZ"))
    marks = ET.parse(drive / "t.kml").getroot().findall(f"{KML}Document/{KML}Placemark")  # noqa: S314 - made here
    names = [mark.find(f".//{KML}Data[@name='name']/{KML}value") for mark in marks]
    assert [name.text for name in names if name is not None] == ['Hof, "Süd"', "<b>&</b>", None]
    assert marks[0].findtext(f"{KML}Point/{KML}coordinates") == "10.5,50.25"
    ring = marks[1].findtext(f".//{KML}outerBoundaryIs//{KML}coordinates")
    assert ring == "10,50 11,50 11,51 10,51 10,50"
    with zipfile.ZipFile(drive / "t.kmz") as archive:
        assert archive.read("doc.kml") == (drive / "t.kml").read_bytes()


def test_a_shapefile_is_a_set_of_files_with_short_names(server: LocalServer, drive: Path) -> None:
    long = {"a_very_long_name": 1, "a_very_long_other": "é"}
    rows = ee.FeatureCollection([ee.Feature(ee.Geometry.Point([x, 50]), long) for x in (10, 11)])
    succeeded(server, ee.batch.Export.table.toDrive(rows, "t", fileFormat="SHP"))
    assert {".shp", ".shx", ".dbf", ".prj"} <= {path.suffix for path in drive.iterdir()}
    frame = geopandas.read_file(drive / "t.shp")
    assert frame.crs == "EPSG:4326"
    assert list(frame.columns) == ["a_very_lon", "a_very_lo1", "geometry"]
    assert frame["a_very_lo1"].tolist() == ["é", "é"]
    assert frame.geometry.x.tolist() == [10, 11]
    mixed = ee.batch.Export.table.toDrive(fields(), "mixed", fileFormat="SHP")
    assert failed(server, mixed) == "A Shapefile holds geometries of one type; found Point, Polygon."


def test_an_empty_table_fails(server: LocalServer, drive: Path) -> None:
    empty = fields().filter(ee.Filter.eq("n", 99))
    assert failed(server, ee.batch.Export.table.toDrive(empty, "t")) == "Table is empty."
    assert not drive.exists()


def test_an_image_is_no_table(server: LocalServer) -> None:
    task = ee.batch.Export.table.toDrive(ee.Image(1), "t")
    assert failed(server, task) == "Exporting a table needs a FeatureCollection, not Image."


def test_an_error_in_a_row_leaves_no_file(server: LocalServer, tmp_path: Path) -> None:
    bad = fields().map(lambda feature: feature.set("x", ee.Number(feature.get("area")).add(1)))
    assert "Error in map" in failed(server, ee.batch.Export.table.toDrive(bad, "t"))
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_second_table_of_one_name_gets_a_number(server: LocalServer, drive: Path) -> None:
    for _ in range(3):
        succeeded(server, ee.batch.Export.table.toDrive(fields(), "t"))
    assert sorted(path.name for path in drive.iterdir()) == ["t (1).csv", "t (2).csv", "t.csv"]


@pytest.mark.parametrize(
    ("start", "named"),
    [
        (lambda rows: ee.batch.Export.table.toDrive(rows, "t", fileFormat="TFRecord"), "TF_RECORD_TABLE"),
        (lambda rows: ee.batch.Export.table.toDrive(rows, "t", maxVertices=10), "maxVertices"),
        (lambda rows: ee.batch.Export.table.toBigQuery(rows, "t", "a.b.c"), "bigqueryExportOptions"),
        (lambda rows: ee.batch.Export.table.toFeatureView(rows, "t", "projects/a-project/assets/v"), "featureView"),
    ],
)
def test_what_the_engine_does_not_write_is_refused_by_name(server: LocalServer, start: Any, named: str) -> None:
    with pytest.raises(ee.EEException, match=named):
        start(fields()).start()


# Downloads


def fetched(url: str) -> tuple[bytes, str]:
    with urllib.request.urlopen(url) as answer:  # noqa: S310 - the engine's own address
        return answer.read(), answer.headers["Content-Disposition"]


def test_a_download_url_gives_the_table_that_an_export_would(server: LocalServer, drive: Path) -> None:
    succeeded(server, ee.batch.Export.table.toDrive(fields(), "t"))
    content, disposition = fetched(fields().getDownloadURL("csv", filename="my fields"))
    assert content == (drive / "t.csv").read_bytes()
    assert disposition == "attachment; filename*=UTF-8''my%20fields.csv"


def test_downloads_have_selectors_and_formats(server: LocalServer) -> None:
    content, _ = fetched(fields().getDownloadURL("json", ["name"]))
    assert [feature["properties"] for feature in json.loads(content)["features"]] == [
        {"name": 'Hof, "Süd"'},
        {"name": "<b>&</b>"},
        {"name": ""},
    ]
    points = fields().filter(ee.Filter.eq("n", 3))
    content, disposition = fetched(points.getDownloadURL("shp"))
    assert disposition.endswith("table.zip")
    assert "table.shp" in zipfile.ZipFile(io.BytesIO(content)).namelist()


def test_a_download_that_cannot_be_worked_out_says_why(server: LocalServer) -> None:
    with pytest.raises(ee.EEException, match="not as 'TF_RECORD'"):
        fields().getDownloadURL("TF_RECORD")
    with pytest.raises(urllib.error.HTTPError) as refused:
        fetched(fields().filter(ee.Filter.eq("n", 99)).getDownloadURL("csv"))
    assert json.loads(refused.value.read())["error"]["message"] == "Table is empty."
    with pytest.raises(urllib.error.HTTPError, match="404"):
        fetched(f"{server.url}/v1/projects/{server.project}/tables/nothing:getFeatures")
