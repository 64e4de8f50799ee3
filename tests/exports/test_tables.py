"""Statistics exported as tables: the frame that comes back is that of class_statistics."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import ee
import pandas as pd
import pytest

import gee_scl
from gee_scl.errors import ArgumentError, RequestError
from gee_scl.exports import Asset, Drive, export_table, read_exported
from gee_scl.frames.region_warning import RegionWarning
from tests.support.exported import Bench, exported_table, may

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


@pytest.mark.parametrize("by", ["image", "date"])
@pytest.mark.parametrize("format", ["CSV", "GeoJSON"])
@pytest.mark.parametrize(("scheme", "weights"), [("scl", "centre"), ("land", "fraction")])
@pytest.mark.some(4)
def test_the_frame_that_comes_back_is_the_direct_one(
    session: Bench, regions: Path, by: Any, format: Any, scheme: str, weights: Any
) -> None:
    options: dict[str, Any] = {"id": "name", "by": by, "scheme": scheme, "weights": weights}
    path = exported_table(may(), regions, to=Drive(table_format=format), **options)
    direct = gee_scl.class_statistics(may(), regions, **options)
    for layout in ("long", "wide"):
        frame = read_exported(path, layout=layout, value="area_m2")
        wished = gee_scl.class_statistics(may(), regions, **options, layout=layout, value="area_m2")
        pd.testing.assert_frame_equal(frame, wished)
    pd.testing.assert_frame_equal(read_exported(path), direct)
    there, here = direct.attrs["gee_scl"], read_exported(path).attrs["gee_scl"]
    assert {**here, "requests": None} == {**there, "requests": None}


@pytest.mark.parametrize("format", ["CSV", "GeoJSON"])
def test_ids_and_kept_columns_come_back_in_their_types_and_order(session: Bench, format: Any) -> None:
    options: dict[str, Any] = {"id": "code", "keep": ["kind", "hectares", "note"], "by": "date"}
    path = exported_table(may(), BOXES, to=Drive(table_format=format), **options)
    with pytest.warns(RegionWarning, match="'far'"):
        direct = gee_scl.class_statistics(may(), BOXES, **options)
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
    path = exported_table(may(), collection, **options)
    pd.testing.assert_frame_equal(read_exported(path), gee_scl.class_statistics(may(), collection, **options))


def test_a_scheme_of_ones_own_travels_with_the_table(session: Bench, regions: Path) -> None:
    mine = gee_scl.Scheme.from_groups("mine", {'Grün, "x"': 4, "Rest": [5, 6, 7]}, colors={"Rest": "123456"})
    path = exported_table(may(), regions, "a table", scheme=mine)
    assert path.name == "a_table.csv"
    frame = read_exported(path)
    pd.testing.assert_frame_equal(frame, gee_scl.class_statistics(may(), regions, scheme=mine))
    assert list(frame["class_name"].cat.categories) == ['Grün, "x"', "Rest"]


def test_columns_are_flat_and_say_what_they_are(session: Bench, regions: Path) -> None:
    table = pd.read_csv(exported_table(may(), regions, id="name", scheme="land"))
    classes = [f"{kind}_{value}" for kind in ("pixels", "area") for value in (1, 2, 3, 4)]
    ends = ["pixels_outside_scheme", "total", "region_order", "gee_scl"]
    assert list(table.columns) == ["region", "image", "tile", "date", "time", *classes, *ends]
    assert table["date"].str.fullmatch(r"2023-05-\d\dT10:\d\d:\d\dZ").all()
    assert set(table["tile"]) == {"32TPS", "32TQS"}


def test_vector_formats_have_the_regions_outlines(session: Bench, regions: Path) -> None:
    geopandas = pytest.importorskip("geopandas")
    wished = geopandas.read_file(regions).set_index("name").geometry
    frame = (
        geopandas.read_file(exported_table(may(), regions, id="name", to=Drive(table_format="GeoJSON")))
        .set_index("region")
        .geometry
    )
    for name, outline in frame.items():
        assert outline.symmetric_difference(wished[name]).area < 1e-9 * wished[name].area
    status = export_table(may(), regions, "shape", id="name", to=Drive(table_format="SHP")).wait()
    (shp,) = (name for name in status.destinations if name.endswith(".shp"))
    assert set(geopandas.read_file(url2pathname(urlsplit(shp).path))["region"]) == set(frame.index)


def test_a_table_as_an_asset_has_a_feature_for_each_row(session: Bench, regions: Path) -> None:
    task = export_table(may(), regions, "rows", id="name", to=Asset(), scheme="land")
    task.wait()
    rows = ee.FeatureCollection("projects/gee-scl-local/assets/rows")
    assert rows.size().getInfo() * 4 == len(gee_scl.class_statistics(may(), regions, id="name", scheme="land"))
    assert rows.first().get("gee_scl").getInfo().startswith('{"record":{"scheme":"land"')


def test_tfrecord_is_passed_on_to_the_server(session: Bench, regions: Path) -> None:
    with pytest.raises(RequestError, match="TF_RECORD_TABLE"):
        export_table(may(), regions, to=Drive(table_format="TFRecord"))


def test_the_same_table_is_not_started_twice(session: Bench, regions: Path) -> None:
    labelled = gee_scl.Run(tag="fields")
    task = export_table(may(), regions, run=labelled)
    with pytest.raises(ArgumentError, match="the same export"):
        export_table(may(), regions, run=labelled)
    assert export_table(may(), regions, existing="keep", run=labelled) == task
    assert list(gee_scl.exports.tasks("fields").frame()["kind"]) == ["EXPORT_FEATURES"]


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"to": "drive"}, r"Write to=gee_scl\.exports\.Drive"),
        ({"to": Drive(nodata=0)}, "nodata"),
        ({"to": Drive(file_dimensions=256)}, "file_dimensions"),
        ({"by": "day"}, "'date'"),
        ({"crs": "utm"}, "EPSG"),
        ({"id": "name", "keep": ["date"]}, "keep|date"),
        ({"tile_scale": 0}, "tile_scale"),
    ],
)
def test_arguments_are_refused(session: Bench, regions: Path, options: dict[str, Any], match: str) -> None:
    with pytest.raises(ArgumentError, match=match):
        export_table(may(), regions, **options)


def test_an_argument_that_there_is_not_is_refused_with_what_was_meant(session: Bench, regions: Path) -> None:
    with pytest.raises(TypeError, match=r"export_table\(\) got .* 'shceme'\. Did you mean 'scheme'"):
        export_table(may(), regions, shceme="land")  # type: ignore[call-arg]


def test_outlines_beyond_what_a_request_may_have_are_refused_with_what_to_do(session: Bench, regions: Path) -> None:
    small = gee_scl.Run(limits=gee_scl.Limits(request_bytes=5000))
    with pytest.raises(ArgumentError, match=r"at most 5,000 bytes.*as an asset"):
        export_table(may(), regions, run=small)
    assert len(gee_scl.exports.tasks()) == 0
