"""Frames that are written as they come: whole, in order, and read in parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import gee_scl
from gee_scl.local.server import LocalServer
from tests.support.engines import server_over, session_on

pytest.importorskip("pyarrow")

FINE = gee_scl.Limits(rows=6, regions=2)


@pytest.fixture(scope="module")
def server(sample: Path) -> Iterator[LocalServer]:
    with server_over(sample) as server, session_on(server.url):
        yield server


def measured(**more: Any) -> pd.DataFrame:
    images = gee_scl.collection(start="2023-05-01", end="2023-08-01")
    return gee_scl.class_statistics(images, gee_scl.sample_regions(), id="name", **more)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of a few rows, so that there are several of a month."""
    monkeypatch.setattr("gee_scl.statistics.framing._BUFFERED", 10)


@pytest.mark.parametrize("by", ["image", "date"])
def test_what_is_read_is_the_frame(server: LocalServer, tmp_path: Path, by: str) -> None:
    whole = measured(by=by)
    folder = tmp_path / "statistics"
    empty = measured(by=by, run=gee_scl.Run(limits=FINE, output=folder))
    assert len(empty) == 0
    assert list(empty) == list(whole)
    assert empty.attrs["gee_scl"]["output"] == str(folder)
    assert len(list(folder.rglob("*.parquet"))) > 3
    assert {path.name for path in folder.glob("month=*")} == {"month=2023-05", "month=2023-06", "month=2023-07"}
    read = gee_scl.read_statistics(folder)
    pd.testing.assert_frame_equal(read, whole, check_categorical=False)
    assert read.attrs["gee_scl"]["scheme"] == "scl"
    assert [path.name for path in tmp_path.iterdir()] == ["statistics"]


def test_parts_of_it_are_read(server: LocalServer, tmp_path: Path) -> None:
    whole = measured()
    folder = tmp_path / "statistics"
    measured(run=gee_scl.Run(limits=FINE, output=folder))
    read = gee_scl.read_statistics(
        folder,
        regions=["Lake", "Forest"],
        start="2023-05-20",
        end="2023-07-02",
        classes=["Water"],
        columns=["percent", "region"],
    )
    wanted = whole[
        whole["region"].isin(["Lake", "Forest"])
        & (whole["date"] >= "2023-05-20")
        & (whole["date"] < "2023-07-02")
        & (whole["class_name"] == "Water")
    ]
    assert len(wanted) > 0
    pd.testing.assert_frame_equal(read, wanted[["percent", "region"]].reset_index(drop=True))
    assert len(gee_scl.read_statistics(folder, regions=["Nowhere"])) == 0


def test_what_is_there_is_not_overwritten(server: LocalServer, tmp_path: Path) -> None:
    folder = tmp_path / "statistics"
    folder.mkdir()
    (folder / "mine").write_text("mine")
    before = server.counters.total.pairs
    with pytest.raises(gee_scl.ArgumentError, match=r"output: got .*a new folder"):
        measured(run=gee_scl.Run(output=folder))
    assert [path.name for path in folder.iterdir()] == ["mine"]
    with pytest.raises(gee_scl.ArgumentError, match="a folder in an existing folder"):
        measured(run=gee_scl.Run(output=tmp_path / "no" / "statistics"))
    with pytest.raises(gee_scl.ArgumentError, match="the layout is wide"):
        measured(layout="wide", run=gee_scl.Run(output=tmp_path / "wide"))
    assert server.counters.total.pairs == before


def test_a_checkpoint_has_a_folder_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    for checkpoint in (tmp_path / "statistics", tmp_path / "link" / "statistics"):
        with pytest.raises(gee_scl.ArgumentError, match="another folder than that of the checkpoint"):
            gee_scl.Run(checkpoint=checkpoint, output=tmp_path / "statistics")


def test_a_folder_that_is_made_meanwhile_stays_and_the_frame_is_whole_beside_it(
    server: LocalServer, tmp_path: Path
) -> None:
    folder = tmp_path / "statistics"

    def make(done: int, to_do: int) -> None:
        folder.mkdir(exist_ok=True)
        (folder / "mine").write_text("mine")

    with pytest.raises(gee_scl.ArgumentError, match="The frame is whole in"):
        measured(run=gee_scl.Run(output=folder), progress=make)
    assert [path.name for path in folder.iterdir()] == ["mine"]
    (beside,) = {*tmp_path.iterdir()} - {folder}
    whole = beside.rename(tmp_path / "whole")
    pd.testing.assert_frame_equal(gee_scl.read_statistics(whole), measured(), check_categorical=False)


def box(west: float, **properties: Any) -> dict[str, Any]:
    corners = [[west, 46.43], [west + 0.01, 46.43], [west + 0.01, 46.44], [west, 46.44], [west, 46.43]]
    geometry = {"type": "Polygon", "coordinates": [corners]}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


@pytest.mark.parametrize("notes", [[1, 2, 2.5], [None, None, "x"], [None, None, 2**60 + 1], [True, None, None]])
def test_files_without_some_kind_of_value_are_read_with_those_that_have_it(
    server: LocalServer, tmp_path: Path, notes: list[Any]
) -> None:
    """Whole numbers beside fractions, nothing at all beside texts; and a month without tiles."""
    fields = [box(11.58 + 0.012 * n, note=note) for n, note in enumerate(notes)]
    images = gee_scl.collection(start="2023-05-01", end="2023-06-01").map(lambda image: image.set("MGRS_TILE", None))
    images = images.merge(gee_scl.collection(start="2023-06-01", end="2023-07-01"))
    run = gee_scl.Run(limits=gee_scl.Limits(regions=1, rows=1), output=tmp_path / "statistics")
    gee_scl.class_statistics(images, fields, keep="note", run=run)
    read = gee_scl.read_statistics(tmp_path / "statistics")
    whole = gee_scl.class_statistics(images, fields, keep="note")
    pd.testing.assert_frame_equal(read, whole, check_categorical=False)


def test_values_that_have_no_type_in_common_are_refused_before_anything_is_measured(
    server: LocalServer, tmp_path: Path
) -> None:
    fields = [box(11.58, code=1), box(11.592, code="one")]
    images = gee_scl.collection(start="2023-05-01", end="2023-06-01")
    before = server.counters.total.pairs
    with pytest.raises(gee_scl.ArgumentError, match=r"output: .*column 'region' has values of several kinds"):
        gee_scl.class_statistics(images, fields, id="code", run=gee_scl.Run(output=tmp_path / "statistics"))
    assert server.counters.total.pairs == before
    assert list(tmp_path.iterdir()) == []


def test_what_failed_is_in_the_record_of_the_rest(server: LocalServer, tmp_path: Path) -> None:
    folder = tmp_path / "statistics"
    with (
        server.fail("table.computeFeatures", error="no-band", pairs=0, after=3),
        pytest.raises(gee_scl.IncompleteError) as caught,
    ):
        measured(run=gee_scl.Run(limits=FINE, output=folder))
    read = gee_scl.read_statistics(folder)
    assert 0 < len(read) < len(measured())
    assert read.attrs["gee_scl"]["failures"] == caught.value.failures


def test_nothing_is_left_of_work_that_was_not_begun(server: LocalServer, tmp_path: Path) -> None:
    with (
        server.fail("table.computeFeatures", error="no-band", pairs=0),
        pytest.raises(gee_scl.RequestError),
    ):
        measured(run=gee_scl.Run(output=tmp_path / "statistics"))
    assert list(tmp_path.iterdir()) == []


def test_other_folders_and_columns_are_refused(server: LocalServer, tmp_path: Path) -> None:
    with pytest.raises(gee_scl.ArgumentError, match=r"folder: got .*class_statistics has written"):
        gee_scl.read_statistics(tmp_path)
    measured(run=gee_scl.Run(output=tmp_path / "statistics"))
    with pytest.raises(gee_scl.ArgumentError, match="columns: got 'percents'"):
        gee_scl.read_statistics(tmp_path / "statistics", columns=["percents"])
    with pytest.raises(gee_scl.ArgumentError, match=r"classes: got 'Watr'; allowed: .*Did you mean 'Water'"):
        gee_scl.read_statistics(tmp_path / "statistics", classes=["Watr"])
