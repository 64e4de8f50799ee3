"""gee-scl export and gee-scl tasks, as a person would use them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import rasterio

import gee_scl
from gee_scl.commands.main import main
from tests.support.exported import Bench, bench

MAY = ("--start", "2023-05-01", "--end", "2023-06-01")


@pytest.fixture
def session(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("GEE_SCL_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    with bench(sample, tmp_path / "exports") as made:
        yield made


def box() -> str:
    return "11.56,46.43,11.6,46.46"


def run(session: Bench, *words: str) -> int:
    return main([words[0], *words[1:], "--local", session.server.url])


def test_a_preview_starts_nothing(session: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(session, "export", "images", box(), *MAY, "--preview") == 0
    assert "2 tasks" in capsys.readouterr().out
    assert len(gee_scl.exports.tasks()) == 0


def test_images_are_exported_listed_and_not_exported_twice(session: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("export", "images", box(), *MAY, "--scheme", "land", "--folder", "f", "--tag", "may")
    assert run(session, *words) == 0
    assert "gee-scl tasks --tag may --wait" in capsys.readouterr().out
    assert run(session, "tasks", "--tag", "may", "--wait") == 0
    assert sorted(path.name for path in (session.drive / "f").iterdir()) == [
        "32TPS_2023-05-08_land.tif",
        "32TPS_2023-05-21_land.tif",
    ]
    assert run(session, *words) == 1
    assert "the same export is SUCCEEDED" in capsys.readouterr().err
    assert run(session, *words, "--keep-existing") == 0
    assert run(session, "tasks") == 0
    listed = capsys.readouterr().out
    assert listed.count("SUCCEEDED") == 3
    assert "2 SUCCEEDED" in listed


def test_a_task_that_fails_is_told_and_started_again(session: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    session.server.engine.operations.fail("Internal error.", description="*2023-05-21*")
    assert run(session, "export", "images", box(), *MAY, "--wait") == 1
    told = capsys.readouterr()
    assert "32TPS_2023-05-21_scl: FAILED. Internal error. It may pass" in told.err
    assert "1 of 2 tasks did not succeed" in told.err
    assert run(session, "tasks", "--retry") == 0
    assert "1 tasks were started again.\n  32TPS_2023-05-21_scl" in capsys.readouterr().out


def test_cancelling_needs_a_tag_or_all(session: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(session, "tasks", "--cancel") == 1
    assert "--tag TAG" in capsys.readouterr().err
    assert run(session, "tasks", "--cancel", "--all") == 0
    assert "0 tasks" in capsys.readouterr().out


def test_a_table_is_exported_with_its_regions(session: Bench, sample: Path) -> None:
    regions = str(sample / "regions.geojson")
    assert run(session, "export", "table", regions, *MAY, "--id", "name", "--by", "date", "--wait") == 0
    frame = gee_scl.exports.read_exported(session.drive / "statistics_scl.csv")
    images = gee_scl.collection(start="2023-05-01", end="2023-06-01")
    pd.testing.assert_frame_equal(frame, gee_scl.class_statistics(images, regions, id="name", by="date"))


def test_a_destination_is_named_by_its_words(session: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("export", "images", box(), *MAY, "--tile", "32TPS")
    assert run(session, *words, "--to", "cloud", "--bucket", "b", "--folder", "a/b", "--wait") == 0
    assert len(list((session.exports / "gs" / "b" / "a" / "b").glob("*.tif"))) == 2
    assert run(session, *words, "--to", "asset", "--wait") == 0
    assert len(list((session.exports / "assets").rglob("asset.json"))) == 2
    capsys.readouterr()
    assert run(session, *words, "--bucket", "b") == 1
    assert "--bucket" in capsys.readouterr().err
    assert run(session, *words, "--to", "cloud") == 1
    assert "the name of a bucket" in capsys.readouterr().err


def test_a_table_has_the_format_that_is_asked_for(session: Bench, sample: Path) -> None:
    regions = str(sample / "regions.geojson")
    assert run(session, "export", "table", regions, *MAY, "--format", "GeoJSON", "--scheme", "land", "--wait") == 0
    frame = gee_scl.exports.read_exported(session.drive / "statistics_land.geojson")
    assert len(frame) == 6 * 2 * 4  # regions, days, classes


def test_a_day_becomes_a_file(session: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("export", "file", box(), *MAY, "--date", "2023-05-21", "--scheme", "land", "-o", "day.tif")
    assert run(session, *words) == 0
    assert "day.tif" in capsys.readouterr().out
    with rasterio.open("day.tif") as file:
        assert file.colormap(1)[1] == (16, 210, 44, 255)
    assert run(session, *words) == 1
    assert "overwrite" in capsys.readouterr().err
    assert run(session, "export", "file", box(), *MAY, "--date", "2023-05-22", "-o", "none.tif") == 1
    assert "a day with scenes" in capsys.readouterr().err
