"""Statistics exported as tables: the frame that comes back is that of class_statistics."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import ee
import pandas as pd
import pytest

import gee_scl
from gee_scl.errors import ArgumentError, RequestError
from gee_scl.exports import export_table, read_exported, starting
from gee_scl.statistics.class_statistics import RegionWarning
from tests.support.exported import Bench, bench, written

BOXES: dict[str, Any] = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"code": code, "kind": kind, "hectares": hectares, "note": note},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[w, 46.43], [w + 0.01, 46.43], [w + 0.01, 46.44], [w, 46.44], [w, 46.43]]],
            },
        }
        for w, code, kind, hectares, note in (
            (11.59, "007", 1, 1.5, 'a, "b"\nc'),
            (11.56, "Äcker", None, None, 3),
            (5.0, "far", 2, 2.0, None),
            (11.57, "3", 3, 1e-7, "é"),
        )
    ],
}


@pytest.fixture
def session(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("GEE_SCL_CACHE", str(tmp_path / "cache"))
    with bench(sample, tmp_path / "exports") as made:
        yield made


@pytest.fixture
def regions(sample: Path) -> Path:
    return sample / "regions.geojson"


def days() -> ee.ImageCollection:
    return gee_scl.collection(start="2023-05-01", end="2023-06-01")


def exported(*arguments: Any, **options: Any) -> Path:
    return written(export_table(*arguments, **options).wait().destinations)


@pytest.mark.parametrize("by", ["image", "date"])
@pytest.mark.parametrize("format", ["CSV", "GeoJSON"])
@pytest.mark.parametrize(("scheme", "weights"), [("scl", "centre"), ("land", "fraction")])
def test_the_frame_that_comes_back_is_the_direct_one(
    session: Bench, regions: Path, by: Any, format: Any, scheme: str, weights: Any
) -> None:
    options: dict[str, Any] = {"id": "name", "by": by, "scheme": scheme, "weights": weights}
    path = exported(days(), regions, format=format, **options)
    direct = gee_scl.class_statistics(days(), regions, **options)
    for layout in ("long", "wide"):
        frame = read_exported(path, layout=layout, value="area_m2")
        wished = gee_scl.class_statistics(days(), regions, **options, layout=layout, value="area_m2")
        pd.testing.assert_frame_equal(frame, wished)
    pd.testing.assert_frame_equal(read_exported(path), direct)
    there, here = direct.attrs["gee_scl"], read_exported(path).attrs["gee_scl"]
    assert {**here, "requests": None} == {**there, "requests": None}


@pytest.mark.parametrize("format", ["CSV", "GeoJSON"])
def test_ids_and_kept_columns_come_back_in_their_types_and_order(session: Bench, format: Any) -> None:
    options: dict[str, Any] = {"id": "code", "keep": ["kind", "hectares", "note"], "by": "date"}
    path = exported(days(), BOXES, format=format, **options)
    with pytest.warns(RegionWarning, match="'far'"):
        direct = gee_scl.class_statistics(days(), BOXES, **options)
    with pytest.warns(RegionWarning, match="counted from 0, these: 2"):
        frame = read_exported(path)
    pd.testing.assert_frame_equal(frame, direct)
    assert list(frame["region"].unique()) == ["007", "Äcker", "3"]
    assert frame.attrs["gee_scl"]["regions_without_image"] == [2]


def test_regions_that_only_the_server_knows_come_back(session: Bench) -> None:
    collection = ee.FeatureCollection(
        [
            ee.Feature(ee.Geometry.BBox(w, 46.43, w + 0.01, 46.44), {"code": code, "big": 2**40})
            for w, code in ((11.59, 9), (11.56, 4))
        ]
    )
    options: dict[str, Any] = {"id": "code", "keep": ["big"], "scale": 60}
    path = exported(days(), collection, **options)
    pd.testing.assert_frame_equal(read_exported(path), gee_scl.class_statistics(days(), collection, **options))


def test_a_scheme_of_ones_own_travels_with_the_table(session: Bench, regions: Path) -> None:
    mine = gee_scl.Scheme.from_groups("mine", {'Grün, "x"': 4, "Rest": [5, 6, 7]}, colors={"Rest": "123456"})
    path = exported(days(), regions, "a table", scheme=mine)
    assert path.name == "a_table.csv"
    frame = read_exported(path)
    pd.testing.assert_frame_equal(frame, gee_scl.class_statistics(days(), regions, scheme=mine))
    assert list(frame["class_name"].cat.categories) == ['Grün, "x"', "Rest"]


def test_columns_are_flat_and_say_what_they_are(session: Bench, regions: Path) -> None:
    table = pd.read_csv(exported(days(), regions, id="name", scheme="land"))
    classes = [f"{kind}_{value}" for kind in ("pixels", "area") for value in (1, 2, 3, 4)]
    ends = ["total", "region_order", "gee_scl"]
    assert list(table.columns) == ["region", "image", "tile", "date", "time", *classes, *ends]
    assert table["date"].str.fullmatch(r"2023-05-\d\dT10:\d\d:\d\dZ").all()
    assert set(table["tile"]) == {"32TPS", "32TQS"}


def test_tables_put_together_and_sorted_anew_are_read(session: Bench, regions: Path, tmp_path: Path) -> None:
    path = exported(days(), regions, id="name")
    table = pd.read_csv(path, dtype=str, keep_default_na=False).sample(frac=1, random_state=1)
    folder = tmp_path / "parts"
    folder.mkdir()
    table[:10].to_csv(folder / "a.csv", index=False)
    table[5:].to_csv(folder / "b.csv", index=False)
    pd.testing.assert_frame_equal(read_exported(folder), read_exported(path))


def test_vector_formats_have_the_regions_outlines(session: Bench, regions: Path) -> None:
    geopandas = pytest.importorskip("geopandas")
    wished = geopandas.read_file(regions).set_index("name").geometry
    frame = geopandas.read_file(exported(days(), regions, id="name", format="GeoJSON")).set_index("region").geometry
    for name, outline in frame.items():
        assert outline.symmetric_difference(wished[name]).area < 1e-9 * wished[name].area
    status = export_table(days(), regions, "shape", id="name", format="SHP").wait()
    (shp,) = (name for name in status.destinations if name.endswith(".shp"))
    assert set(geopandas.read_file(url2pathname(urlsplit(shp).path))["region"]) == set(frame.index)


def test_a_table_as_an_asset_has_a_feature_for_each_row(session: Bench, regions: Path) -> None:
    task = export_table(days(), regions, "rows", id="name", to="asset", scheme="land")
    task.wait()
    rows = ee.FeatureCollection("projects/gee-scl-local/assets/rows")
    assert rows.size().getInfo() * 4 == len(gee_scl.class_statistics(days(), regions, id="name", scheme="land"))
    assert rows.first().get("gee_scl").getInfo().startswith('{"scheme":"land"')


def test_tfrecord_is_passed_on_to_the_server(session: Bench, regions: Path) -> None:
    with pytest.raises(RequestError, match="TF_RECORD_TABLE"):
        export_table(days(), regions, format="TFRecord")


def test_the_same_table_is_not_started_twice(session: Bench, regions: Path) -> None:
    task = export_table(days(), regions, tag="fields")
    with pytest.raises(ArgumentError, match="the same export"):
        export_table(days(), regions, tag="fields")
    assert export_table(days(), regions, tag="fields", existing="keep") == task
    assert list(gee_scl.exports.tasks("fields")["kind"]) == ["EXPORT_FEATURES"]


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"format": "Parquet"}, "'CSV'"),
        ({"by": "day"}, "'date'"),
        ({"crs": "utm"}, "EPSG"),
        ({"id": "name", "keep": ["date"]}, "keep|date"),
        ({"tile_scale": 0}, "tile_scale"),
    ],
)
def test_arguments_are_refused(session: Bench, regions: Path, options: dict[str, Any], match: str) -> None:
    with pytest.raises(ArgumentError, match=match):
        export_table(days(), regions, **options)


def test_outlines_beyond_what_a_request_may_have_are_refused_with_what_to_do(
    session: Bench, regions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "_REQUEST_BYTES", 5000)
    with pytest.raises(ArgumentError, match=r"at most 10 MB.*as an asset"):
        export_table(days(), regions)
    assert gee_scl.exports.tasks().empty


def test_files_that_are_no_such_table_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="exist"):
        read_exported(tmp_path / "none.csv")
    with pytest.raises(ArgumentError, match=r"at least one \.csv"):
        read_exported(tmp_path)
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")
    with pytest.raises(ArgumentError, match="export_table has written"):
        read_exported(other)
    (tmp_path / "x.shp").write_text("")
    with pytest.raises(ArgumentError, match=r"\.geojson"):
        read_exported(tmp_path / "x.shp")
    broken = tmp_path / "broken.geojson"
    broken.write_text(json.dumps({"type": "Feature"}))
    with pytest.raises(ArgumentError, match="FeatureCollection"):
        read_exported(broken)


def test_tables_measured_in_different_ways_are_not_mixed(session: Bench, regions: Path) -> None:
    first = exported(days(), regions, "a", scheme="land")
    second = exported(days(), regions, "b", scheme="water")
    with pytest.raises(ArgumentError, match="measured in one way"):
        read_exported([first, second])
