"""Exported tables read from files: in parts, sorted anew, or refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import gee_scl
from gee_scl.errors import ArgumentError
from gee_scl.exports import read_exported
from tests.support.exported import Bench, exported_table, may


def test_tables_put_together_and_sorted_anew_are_read(session: Bench, regions: Path, tmp_path: Path) -> None:
    path = exported_table(may(), regions, id="name")
    table = pd.read_csv(path, dtype=str, keep_default_na=False).sample(frac=1, random_state=1)
    folder = tmp_path / "parts"
    folder.mkdir()
    table[:10].to_csv(folder / "a.csv", index=False)
    table[5:].to_csv(folder / "b.csv", index=False)
    pd.testing.assert_frame_equal(read_exported(folder), read_exported(path))


def test_a_sum_that_a_program_has_left_empty_is_no_pixel(session: Bench, regions: Path, tmp_path: Path) -> None:
    path = exported_table(may(), regions, id="name", to=gee_scl.exports.Drive(table_format="GeoJSON"))
    whole = read_exported(path, layout="wide", value="pixels")
    document = json.loads(path.read_text(encoding="utf-8"))
    for feature in document["features"]:
        feature["properties"]["pixels_6"] = None
    other = tmp_path / "other.geojson"
    other.write_text(json.dumps(document), encoding="utf-8")
    wished = whole.assign(Water=0 * whole["Water"])
    pd.testing.assert_frame_equal(read_exported(other, layout="wide", value="pixels"), wished)


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
    first = exported_table(may(), regions, "a", scheme="land")
    second = exported_table(may(), regions, "b", scheme="water")
    with pytest.raises(ArgumentError, match="measured in one way"):
        read_exported([first, second])


def box(west: float, **properties: Any) -> dict[str, Any]:
    """A field of the sample's tiles, a kilometre wide."""
    corners = [[west, 46.43], [west + 0.01, 46.43], [west + 0.01, 46.44], [west, 46.44], [west, 46.43]]
    geometry = {"type": "Polygon", "coordinates": [corners]}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


@pytest.mark.parametrize(
    "ids", [["007", "7", "08"], ["1e5", "1.0", "true"], [12345678901234567890, 12345678901234567891, 3], ["", "x", "y"]]
)
@pytest.mark.parametrize("format", ["CSV", "GeoJSON"])
def test_ids_that_look_like_numbers_keep_all_their_characters(session: Bench, ids: list[Any], format: Any) -> None:
    fields = [box(11.58 + 0.012 * n, code=code, copy=code) for n, code in enumerate(ids)]
    options: dict[str, Any] = {"id": "code", "keep": [] if "" in ids else "copy", "by": "date"}
    path = exported_table(may(), fields, to=gee_scl.exports.Drive(table_format=format), **options)
    read = read_exported(path)
    pd.testing.assert_frame_equal(read, gee_scl.class_statistics(may(), fields, **options), check_exact=True)
    assert list(read["region"].unique()) == ids


def test_a_file_of_many_rows_is_read_in_parts(session: Bench, regions: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = exported_table(may(), regions, id="name")
    whole = read_exported(path)
    monkeypatch.setattr("gee_scl.exports.table_files._ROWS_AT_A_TIME", 5)
    pd.testing.assert_frame_equal(read_exported(path), whole)


def test_tables_of_other_regions_and_days_are_not_mixed_though_they_are_as_many(session: Bench) -> None:
    """Regions are told apart by their position: those of one table would have the other's names."""
    fields = [box(11.58 + 0.012 * n, code=f"field {n}") for n in range(4)]
    days = may().filterDate("2023-05-01", "2023-05-12"), may().filterDate("2023-05-12", "2023-06-01")
    paths = [
        exported_table(images, some, name, id="code", by="date")
        for images, some, name in zip(days, (fields[:2], fields[2:]), ("a", "b"), strict=True)
    ]
    frames = [read_exported(path) for path in paths]
    assert frames[0].attrs == frames[1].attrs
    with pytest.raises(ArgumentError, match=r"a\.csv and b\.csv: rows of 2 tables"):
        read_exported(paths)


def test_an_export_that_was_repeated_is_not_mixed_with_the_one_before(
    session: Bench, regions: Path, tmp_path: Path
) -> None:
    masked = may().map(lambda image: gee_scl.mask_clouds(image))
    first = exported_table(may(), regions, "twice", id="name")
    second = exported_table(masked, regions, "twice", id="name", existing="replace")
    assert (first.parent, second.name) == (second.parent, "twice (1).csv")  # as Drive does
    for paths in (first.parent, [first, second], [second, first]):
        with pytest.raises(
            ArgumentError, match=r"twice.*and twice.*rows of 2 tables.*measured in one way.*name the one"
        ):
            read_exported(paths)
    pd.testing.assert_frame_equal(read_exported(second), gee_scl.class_statistics(masked, regions, id="name"))
    pd.testing.assert_frame_equal(read_exported([first, first]), read_exported(first))
