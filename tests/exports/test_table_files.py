"""Exported tables read from files: in parts, sorted anew, or refused."""

from __future__ import annotations

import json
from pathlib import Path

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


def test_an_export_that_was_repeated_is_not_mixed_with_the_one_before(
    session: Bench, regions: Path, tmp_path: Path
) -> None:
    masked = may().map(lambda image: gee_scl.mask_clouds(image))
    first = exported_table(may(), regions, "twice", id="name")
    second = exported_table(masked, regions, "twice", id="name", existing="replace")
    assert (first.parent, second.name) == (second.parent, "twice (1).csv")  # as Drive does
    for paths in (first.parent, [first, second], [second, first]):
        with pytest.raises(
            ArgumentError, match=r"twice.*and twice.*different rows of one region and image.*name the one"
        ):
            read_exported(paths)
    pd.testing.assert_frame_equal(read_exported(second), gee_scl.class_statistics(masked, regions, id="name"))
    pd.testing.assert_frame_equal(read_exported([first, first]), read_exported(first))
