"""Vector files: the regions that were written come back, and what cannot be read is named."""

from __future__ import annotations

import json
import sys

import pandas as pd
import pytest
from pyarrow import parquet
from shapely.geometry import shape

from gee_scl.errors import MissingExtraError, RegionError
from gee_scl.regions.as_regions import as_regions
from tests.support.given_regions import SQUARE, TRIANGLE, frame, ids


@pytest.mark.parametrize("name", ["fields.geojson", "fields.json", "fields.gpkg", "fields.shp", "fields.parquet"])
@pytest.mark.parametrize("as_text", [True, False])
def test_a_file_gives_the_regions_that_were_written(tmp_path, name, as_text):
    written = frame(shape(SQUARE), shape(TRIANGLE), field=["north", "south"])
    path = tmp_path / name
    if path.suffix == ".parquet":
        written.to_parquet(path)
    elif path.suffix == ".json":
        path.write_text(written.to_json(), encoding="utf-8-sig")
    else:
        written.to_file(path)
    regions = as_regions(str(path) if as_text else path, id="field").items
    assert [region.id for region in regions] == ["north", "south"]
    for region, outline in zip(regions, written.geometry, strict=True):
        assert shape(region.geometry).equals(outline)


def test_layers_of_a_file_are_chosen_by_name(tmp_path):
    path = tmp_path / "farm.gpkg"
    frame(shape(SQUARE), name=["a"]).to_file(path, layer="fields")
    frame(shape(TRIANGLE), name=["b"]).to_file(path, layer="meadows")
    assert ids(path, layer="meadows", id="name") == ["b"]
    with pytest.raises(RegionError, match="'fields', 'meadows'"):
        as_regions(path)
    with pytest.raises(RegionError, match="Did you mean 'meadows'"):
        as_regions(path, layer="meadow")


def test_a_layer_is_refused_where_there_are_none(tmp_path):
    path = tmp_path / "fields.geojson"
    path.write_text(json.dumps(SQUARE))
    with pytest.raises(RegionError, match="layer"):
        as_regions(path, layer="fields")
    with pytest.raises(RegionError, match="layer"):
        as_regions(SQUARE, layer="fields")


@pytest.mark.parametrize("name", ["broken.geojson", "broken.gpkg", "broken.parquet", "list.json", "topology.json"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, name):
    path = tmp_path / name
    path.write_text({"list.json": "[1, 2, 3, 4]", "topology.json": '{"type": "Topology"}'}.get(name, "{nothing"))
    with pytest.raises(RegionError, match="regions"):
        as_regions(path)


def test_a_table_without_geometry_is_refused(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(RegionError):
        as_regions(path)


@pytest.mark.parametrize("text", ["fields.gpkg", "no/such/file.geojson", '{"type": "Polygon"}', "x" * 5000, ""])
def test_text_that_is_no_file_is_refused(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RegionError):
        as_regions(text)


@pytest.mark.parametrize(
    ("package", "extra", "name"),
    [("shapely", "regions", "a.geojson"), ("geopandas", "regions", "a.gpkg"), ("pyarrow", "parquet", "a.parquet")],
)
def test_a_package_that_is_missing_is_named_with_its_extra(monkeypatch, tmp_path, package, extra, name):
    path = tmp_path / name
    path.write_text(json.dumps(SQUARE))
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=rf"gee-scl\[{extra}\]") as missing:
        as_regions(path)
    assert (missing.value.package, missing.value.extra) == (package, extra)


# Two parcels that are one number to 53 bits, and a missing one.
PARCELS = [617700169958293503, 617700169958293505, None]


@pytest.mark.parametrize("name", ["p.gpkg", "p.fgb", "p.geojson", "p.parquet", "plain.parquet", "unsigned.parquet"])
def test_whole_numbers_keep_their_digits_where_one_is_missing(tmp_path, name):
    pytest.importorskip("pyarrow")
    given = frame(shape(SQUARE), shape(TRIANGLE), shape(SQUARE), n=["a", "b", "c"])
    given["parcel"] = pd.array(PARCELS, dtype="Int64")
    given["crop"] = pd.array([7, None, 9], dtype="Int32")
    given["share"] = [0.5, None, 2.0]
    expected = list(PARCELS)
    path = tmp_path / name
    if name == "unsigned.parquet":
        given["parcel"] = pd.array([2**64 - 1, 2**64 - 2, None], dtype="UInt64")
        expected = [2**64 - 1, 2**64 - 2, None]
    if name.endswith(".parquet"):
        given.to_parquet(path)
        if name != "p.parquet":  # as other programs write it, which say nothing to pandas
            table = parquet.read_table(path)
            metadata = {key: text for key, text in table.schema.metadata.items() if key != b"pandas"}
            parquet.write_table(table.replace_schema_metadata(metadata), path)
    else:
        given.to_file(path)
    regions = as_regions(path, id="n", keep=["parcel", "crop", "share"]).items
    by_name = {region.id: region.properties for region in regions}
    assert [by_name[n]["parcel"] for n in "abc"] == expected
    assert [by_name[n]["crop"] for n in "abc"] == [7, None, 9]
    assert [by_name[n]["share"] for n in "abc"] == [0.5, None, 2.0]
    assert all(isinstance(by_name[n]["parcel"], int) for n in "ab")


def test_a_column_with_an_odd_name_is_read_exactly_too(tmp_path):
    given = frame(shape(SQUARE), shape(TRIANGLE), shape(SQUARE), n=["a", "b", "c"])
    given['par"cel no.'] = pd.array(PARCELS, dtype="Int64")
    given.to_file(tmp_path / "p.gpkg")
    regions = as_regions(tmp_path / "p.gpkg", id="n", keep=['par"cel no.']).items
    assert [region.properties['par"cel no.'] for region in regions] == PARCELS
