"""gee-scl map and gee-scl report, run as a person would."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gee_scl.commands.main import main
from gee_scl.local.server import LocalServer
from gee_scl.session import sample_folder
from tests.support.cut_pass import DAYS, box, cut_pass
from tests.support.engines import session_on

JUNE = ["--start", "2023-06-01", "--end", "2023-06-10"]


@pytest.fixture
def on_sample(sample_engine: str) -> Iterator[list[str]]:
    """The words that ask for the sample's regions on an engine over it; the session that a command opens is closed."""
    with session_on(sample_engine):
        yield [str(sample_folder() / "regions.geojson"), "--local", sample_engine, "--id", "name"]


@pytest.fixture
def on_pass(tmp_path: Path) -> Iterator[list[str]]:
    """The words that ask for a pass which midnight UTC cuts in two."""
    with LocalServer(cut_pass(tmp_path / "pass")) as server, session_on(server.url):
        yield [f"--local={server.url}", "--", ",".join(map(str, box()))]


def data_of(path: Path) -> Any:
    found = re.search(
        r'<script type="application/json" id="map-data">(.*?)</script>', path.read_text("utf-8"), re.DOTALL
    )
    assert found is not None
    return json.loads(found[1])


@pytest.mark.parametrize(
    ("by", "labels"), [("date", ["2023-06-02"]), ("image", ["2023-06-02 32TPS", "2023-06-02 32TQS"])]
)
def test_a_map_has_a_step_for_each_day_or_image(
    on_sample: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], by: str, labels: list[str]
) -> None:
    path = tmp_path / "map.html"
    words = ["--by", by, "--size", "64", "--no-true-color", "--title", "Six regions", "-o", str(path)]
    assert main(["map", *on_sample, *JUNE, *words]) == 0
    assert capsys.readouterr().out == f"{path} ({path.stat().st_size / 1e6:.2f} MB)\n"
    data = data_of(path)
    assert [frame["label"] for frame in data["frames"]] == labels
    assert {region["name"] for region in data["regions"]} >= {"Lake", "Farmland"}
    assert "<h1>Six regions</h1>" in path.read_text("utf-8")


def test_a_report_says_period_and_title(on_sample: list[str], tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    words = ["--scenes", "0", "--size", "120", "--title", "June", "-o", str(path)]
    assert main(["report", *on_sample, *JUNE, *words]) == 0
    text = path.read_text("utf-8")
    assert "<h1>June</h1>" in text
    assert "2023-06-01 to 2023-06-09" in text


@pytest.mark.parametrize("command", ["map", "report"])
def test_a_file_that_is_there_is_kept_and_nothing_is_asked(
    on_sample: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    path = tmp_path / "page.html"
    path.write_text("mine")
    assert main([command, *on_sample, *JUNE, "-o", str(path)]) != 0
    assert "overwrite" in capsys.readouterr().err
    assert path.read_text() == "mine"


@pytest.mark.filterwarnings("ignore::gee_scl.DayWarning")
@pytest.mark.parametrize(("day", "steps"), [("utc", list(DAYS)), ("solar", [DAYS[1]])])
def test_a_day_is_that_of_the_clock_that_is_asked_for(
    on_pass: list[str], tmp_path: Path, day: str, steps: list[str]
) -> None:
    map_page, report = tmp_path / "map.html", tmp_path / "report.html"
    assert main(["map", "--day", day, "--size", "64", "-o", str(map_page), *on_pass]) == 0
    assert [frame["label"] for frame in data_of(map_page)["frames"]] == steps
    assert main(["report", "--day", day, "--size", "120", "--scenes", "0", "-o", str(report), *on_pass]) == 0
    clock = "UTC" if day == "utc" else "by the sun of each image's place"
    assert f"by day ({clock})" in report.read_text("utf-8").replace("&#39;", "'")
