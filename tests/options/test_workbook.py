"""Tables as Excel workbooks: what is written is what comes back, and nothing of it is a formula."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

import gee_scl
from gee_scl.commands.main import main
from gee_scl.options.files import check_table, write_frame
from gee_scl.options.workbook import write_workbook

AREA = (11.58, 46.42, 11.6, 46.44)


def written(frame: pd.DataFrame, folder: Path) -> openpyxl.Workbook:
    path = folder / "table.xlsx"
    write_frame(frame, path, overwrite=True)
    return openpyxl.load_workbook(path)


def column(book: openpyxl.Workbook, name: str) -> list[Any]:
    head, *rows = book["Table"].iter_rows()
    place = [cell.value for cell in head].index(name)
    return [row[place] for row in rows]


def said(book: openpyxl.Workbook) -> dict[str, Any]:
    return dict(book["How it was made"].iter_rows(values_only=True))


@pytest.fixture
def frame(sample_session: str) -> pd.DataFrame:
    images = gee_scl.collection(AREA, "2023-05-01", "2023-06-01")
    return gee_scl.class_statistics(images, gee_scl.sample_regions(), id="name", by="image")


@pytest.mark.filterwarnings("ignore::gee_scl.RegionWarning")
def test_a_statistics_frame_comes_back_as_it_was(frame: pd.DataFrame, tmp_path: Path) -> None:
    written(frame, tmp_path)
    back = pd.read_excel(tmp_path / "table.xlsx", sheet_name="Table")
    expected = frame.assign(date=frame["date"].dt.tz_localize(None), class_name=frame["class_name"].astype(str))
    assert list(back.columns) == list(frame.columns)
    for name in frame.columns:
        if frame[name].dtype == np.float64:
            # openpyxl writes sixteen digits.
            np.testing.assert_allclose(back[name], frame[name], rtol=1e-15, atol=0)
        else:
            assert back[name].tolist() == expected[name].tolist(), name


def test_the_other_sheet_says_how_it_was_made(frame: pd.DataFrame, tmp_path: Path) -> None:
    facts = said(written(frame, tmp_path))
    record = frame.attrs["gee_scl"]
    assert facts["rows"] == len(frame)
    assert facts["scheme"] == record["scheme"]
    assert (facts["images"], facts["scale"], facts["synthetic"]) == (record["images"], 20, "yes")
    assert facts["classes"].startswith("1: Saturated or defective, 2: ")
    assert facts["column date"] == "time in UTC, without a zone"
    assert gee_scl.__version__ in facts["written by"]


FORMULAS = ["=1+1", '=HYPERLINK("http://127.0.0.1","x")', "+1", "-1+2", "@SUM(A1)", "=", "#N/A", "#REF!", "plain"]


def test_no_text_becomes_a_formula_or_an_error(tmp_path: Path) -> None:
    book = written(pd.DataFrame({"=name": FORMULAS}), tmp_path)
    cells = column(book, "=name")
    assert [cell.value for cell in cells] == FORMULAS
    assert {cell.data_type for cell in cells} == {"s"}
    # Excel marks such cells by an apostrophe, so that editing one makes no formula of it.
    assert [bool(cell.quotePrefix) for cell in cells] == [text[0] in "=+-@" for text in FORMULAS]
    assert book["Table"]["A1"].data_type == "s"


@pytest.mark.parametrize(
    ("values", "dtype", "cells", "note"),
    [
        ([2**53, 1, -(2**53)], "int64", [2**53, 1, -(2**53)], None),
        ([2**53 + 1, 1, 2], "int64", ["9007199254740993", "1", "2"], "text, to keep all digits"),
        ([2**64 - 1, 0, 7], "uint64", ["18446744073709551615", "0", "7"], "text, to keep all digits"),
        ([617700169958293503, None, 2], "Int64", ["617700169958293503", None, "2"], "text, to keep all digits"),
        ([1, None, 3], "Int64", [1, None, 3], None),
        ([1.5, np.nan, -0.1], "float64", [1.5, None, -0.1], None),
        ([np.inf, 1.0, 0.0], "float64", ["inf", 1, 0], None),
        ([True, None, False], "object", [True, None, False], None),
        ([decimal.Decimal("1.10"), None], "object", ["1.10", None], None),
        ([uuid.UUID(int=7)], "object", ["00000000-0000-0000-0000-000000000007"], None),
        (["a", None, "ü\n\t", "a\x01b"], "str", ["a", None, "ü\n\t", "a_x0001_b"], None),
        ([dt.date(2023, 5, 1), None], "object", [dt.datetime(2023, 5, 1), None], None),
        ([dt.datetime(1815, 6, 18), None], "object", ["1815-06-18T00:00:00", None], "text, as in ISO 8601"),
    ],
)
def test_each_kind_of_value_is_a_cell_of_its_kind(
    values: list[Any], dtype: str, cells: list[Any], note: str | None, tmp_path: Path
) -> None:
    book = written(pd.DataFrame({"a": pd.Series(values, dtype=dtype), "b": 0}), tmp_path)
    assert [cell.value for cell in column(book, "a")] == cells
    assert said(book).get("column a") == note


def test_times_keep_their_milliseconds_and_are_in_utc(tmp_path: Path) -> None:
    moments = ["2023-05-08T10:07:09.024+00:00", "2023-12-31T23:59:59.999+00:00", "2023-07-01T02:00:00+02:00"]
    times = pd.to_datetime(pd.Series(moments), utc=True, format="ISO8601")
    book = written(pd.DataFrame({"zoned": times, "naive": times.dt.tz_localize(None)}), tmp_path)
    expected = [
        dt.datetime(2023, 5, 8, 10, 7, 9, 24_000),
        dt.datetime(2023, 12, 31, 23, 59, 59, 999_000),
        dt.datetime(2023, 7, 1),
    ]
    for name in ("zoned", "naive"):
        assert [cell.value for cell in column(book, name)] == expected
    assert "column zoned" in said(book)
    assert "column naive" not in said(book)


def test_more_rows_than_a_sheet_takes_go_on_in_the_next(tmp_path: Path) -> None:
    write_workbook(pd.DataFrame({"n": range(7)}), tmp_path / "a.xlsx", rows_a_sheet=3)
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["Table", "Table 2", "Table 3", "How it was made"]
    sheets = [[value for (value,) in book[name].iter_rows(values_only=True)] for name in book.sheetnames[:3]]
    assert sheets == [["n", 0, 1, 2], ["n", 3, 4, 5], ["n", 6]]


def test_a_frame_without_rows_has_its_columns(tmp_path: Path) -> None:
    book = written(pd.DataFrame({"a": [], "b": []}), tmp_path)
    assert list(book["Table"].iter_rows(values_only=True)) == [("a", "b")]


def test_what_no_workbook_holds_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(gee_scl.ArgumentError, match=r"output: .* allowed: texts of at most 32,767 characters"):
        write_frame(pd.DataFrame({"a": ["x" * 32_768]}), tmp_path / "a.xlsx")
    with pytest.raises(gee_scl.ArgumentError, match="a workbook of 16,385 columns"):
        write_frame(pd.DataFrame(np.zeros((1, 16_385))), tmp_path / "a.xlsx")
    with pytest.raises(gee_scl.ArgumentError, match=r"ends in .* or \.xlsx"):
        check_table(tmp_path / "a.xls")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        (["stats", "11.58,46.42,11.6,46.44", "--start", "2023-05-01", "--end", "2023-05-10"], 11),
        (["transitions", "11.58,46.42,11.6,46.44"], 25),
        (["legend"], 12),
    ],
)
def test_every_command_that_writes_a_table_writes_a_workbook(
    words: list[str], rows: int, sample_session: str, tmp_path: Path
) -> None:
    periods = ["--before", "2023-04-01", "2023-05-01", "--after", "2023-08-01", "2023-09-01"]
    local = [] if words == ["legend"] else ["--local", sample_session]
    more = periods if words[0] == "transitions" else []
    assert main([*words, *more, *local, "-o", str(tmp_path / "a.xlsx")]) == 0
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["Table", "How it was made"]
    assert book["Table"].max_row == rows + 1
