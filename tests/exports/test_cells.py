"""Ids and kept columns of any type go through a table and come back as they were."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import ee
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

import gee_scl
from gee_scl import exports
from gee_scl.exports.cells import cell, cell_value, kind_of
from gee_scl.options.choices import TableFormat
from gee_scl.options.files import write_frame
from tests.support.engines import session_over

# Cells of H3, a hexagonal grid, have ids of 64 bits: these three are one number to 53.
H3 = [617700169958293503, 617700169958293505, 617700169958293507]

COLUMNS: dict[str, list[Any]] = {
    "long": [H3[0], None, H3[2]],
    "unsigned": [2**64 - 1, 0, 2**63],
    "short": [7, None, -3],
    "code": ["007", "", "1e5"],
    "moment": [pd.Timestamp("2023-05-14T10:15:59"), None, pd.Timestamp("2023-05-15")],
    "zoned": [pd.Timestamp("2023-05-14T10:15:59", tz="UTC"), pd.Timestamp("2023-05-15", tz="Europe/Berlin"), None],
    "sown": [dt.date(2023, 5, 14), None, dt.date(2023, 5, 15)],
    "price": [Decimal("1.10"), Decimal("0.1"), None],
    "uuid": [uuid.UUID(int=1), uuid.UUID(int=2), None],
    "organic": [True, False, None],
    "mixed": ["a", 2, None],
}


def expected(values: list[Any]) -> list[Any]:
    # A CSV file cannot tell an empty text from none.
    return [None if value == "" else value for value in values]


def regions() -> gpd.GeoDataFrame:
    squares = [shapely.box(x, 46.43, x + 0.005, 46.435) for x in (11.58, 11.59, 11.60)]
    columns = {name: pd.Series(values, dtype=object) for name, values in COLUMNS.items()}
    return gpd.GeoDataFrame({"h3": H3, **columns}, geometry=squares, crs=4326)


def by_region(frame: pd.DataFrame, column: str) -> list[Any]:
    first = frame.drop_duplicates("region")
    assert first["region"].tolist() == H3
    return [None if value is None or value is pd.NA or value != value else value for value in first[column].tolist()]


@pytest.mark.parametrize("table_format", [TableFormat.CSV, TableFormat.GEOJSON])
def test_ids_and_kept_columns_come_back_with_their_type_and_every_digit(
    table_format: TableFormat, sample_engine: str, sample: Path, tmp_path: Path
) -> None:
    options: dict[str, Any] = {"id": "h3", "keep": list(COLUMNS), "scheme": "water"}
    with session_over(sample, exports=tmp_path):
        images = gee_scl.collection(start="2023-06-01", end="2023-06-10", tiles="32TPS")
        live = gee_scl.class_statistics(images, regions(), **options)
        exports.export_table(images, regions(), "t", to=exports.Drive(table_format=table_format), **options).wait()
        (path,) = (tmp_path / "drive").glob("t.*")
        read = exports.read_exported(path)
    assert live["region"].dtype == read["region"].dtype == np.int64
    for column, values in COLUMNS.items():
        assert by_region(live, column) == values, column
        back = by_region(read, column)
        assert back == expected(values), column
        assert [type(value) for value in back] == [type(value) for value in expected(values)], column
    assert live.groupby("region")["pixels"].sum().to_dict() == read.groupby("region")["pixels"].sum().to_dict()


def test_regions_of_the_server_keep_their_digits(sample_session: str) -> None:
    features = [
        ee.Feature(ee.Geometry.Rectangle([x, 46.43, x + 0.005, 46.435], None, False), {"h3": h3, "n": n})
        for x, h3, n in zip((11.58, 11.59, 11.60), H3, (1, None, 3), strict=True)
    ]
    images = gee_scl.collection(start="2023-06-01", end="2023-06-10", tiles="32TPS")
    frame = gee_scl.class_statistics(images, ee.FeatureCollection(features), id="h3", keep=["n"], scheme="water")
    assert sorted(frame["region"].unique()) == H3
    assert frame["n"].dtype == "Int64"


@given(st.lists(st.integers(-(2**63), 2**64 - 1), min_size=1))
def test_whole_numbers_of_any_size_are_exact(values: list[int]) -> None:
    kind = kind_of("id", values)
    assert [cell_value(cell(value, kind), kind) for value in values] == values
    # As a file of numbers writes them, and as a file of texts does.
    assert [cell_value(str(cell(value, kind)), kind) for value in values] == values
    if kind == "int":
        assert [cell_value(float(cell(value, kind)), kind) for value in values] == values


def test_what_no_file_holds_is_refused_by_name() -> None:
    with pytest.raises(gee_scl.ArgumentError, match=r"keep: got .*Turn them into texts first"):
        kind_of("keep", [{1, 2}])


@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx", "shp"])
def test_every_digit_of_an_id_is_in_every_kind_of_file(
    ending: str, sample_engine: str, sample: Path, tmp_path: Path
) -> None:
    fields = regions().assign(large=[2**64 - 1, 2**63, 0])
    options: dict[str, Any] = {"id": "h3", "keep": ["large"], "scheme": "water", "by": "date"}
    with session_over(sample, exports=tmp_path):
        images = gee_scl.collection(start="2023-06-01", end="2023-06-10", tiles="32TPS")
        if ending == "shp":
            exports.export_table(images, fields, "t", to=exports.Drive(table_format="SHP"), **options).wait()
            table = gpd.read_file(tmp_path / "drive" / "t.shp")
        else:
            path = tmp_path / f"t.{ending}"
            write_frame(gee_scl.class_statistics(images, fields, **options), path)
            table = {"csv": pd.read_csv, "parquet": pd.read_parquet, "xlsx": pd.read_excel}[ending](path)
    first = table.drop_duplicates("region")
    assert sorted(first["region"].astype(str)) == [str(h3) for h3 in H3]
    assert sorted(int(number) for number in first["large"]) == [0, 2**63, 2**64 - 1]


def test_an_array_is_a_list_and_no_number() -> None:
    values = [np.array([1]), np.array([1, 2]), None]
    kind = kind_of("keep", values)
    assert [cell_value(cell(value, kind), kind) for value in values] == [[1], [1, 2], None]


@pytest.mark.parametrize("value", [[1], {"a": 1}])
def test_ids_of_the_server_that_are_no_names_are_refused(sample_session: str, value: object) -> None:
    feature = ee.Feature(ee.Geometry.Rectangle([11.58, 46.43, 11.59, 46.435], None, False), {"a": value})
    images = gee_scl.collection(start="2023-06-01", end="2023-06-10", tiles="32TPS")
    with pytest.raises(gee_scl.RegionError, match="id: got"):
        gee_scl.class_statistics(images, ee.FeatureCollection([feature]), id="a")


def test_a_kept_column_called_like_a_class_is_refused_in_the_wide_layout_of_a_read_table(
    sample: Path, tmp_path: Path
) -> None:
    with session_over(sample, exports=tmp_path):
        images = gee_scl.collection(start="2023-06-01", end="2023-06-10", tiles="32TPS")
        fields = regions().assign(Water=["a", "b", "c"])
        exports.export_table(images, fields, "w", id="h3", keep=["Water"], scheme="water").wait()
    path = tmp_path / "drive" / "w.csv"
    assert sorted(set(exports.read_exported(path)["Water"])) == ["a", "b", "c"]
    with pytest.raises(gee_scl.RegionError, match="keep: got 'Water'"):
        exports.read_exported(path, layout="wide")
