"""What went wrong in one command: every command that could have the fault is asked, and how many those are is said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from gee_scl.commands.help import parsers_below
from gee_scl.commands.main import command_line, main
from gee_scl.local.server import LocalServer
from tests.support.engines import session_on
from tests.support.local.catalogues import Scene, make_catalogue

PARSERS = {parser.prog.removeprefix("gee-scl "): parser for parser in parsers_below(command_line())}


def with_option(name: str) -> set[str]:
    """The commands that have an argument, by its name in the options."""
    return {command for command, parser in PARSERS.items() for action in parser._actions if action.dest == name}


WEST = "-7.70,46.03,-7.69,46.04"
"""In the scene below: by pyproj, its corner at 600,000 E and 5,100,000 N of zone 29 is at 7.7081 W, 46.0461 N."""

EAST = "7.69,46.03,7.70,46.04"
SWAPPED = "46.03,-7.70,46.04,-7.69"

BEFORE_AND_AFTER = ["--before", "2023-05-01", "2023-05-15", "--after", "2023-05-15", "2023-06-01"]
MAY = ["--start", "2023-05-01", "--end", "2023-06-01"]

WORDS: dict[str, list[str]] = {
    "stats": MAY,
    "transitions": BEFORE_AND_AFTER,
    "map": [*MAY, "--size", "64", "-o", "{folder}/map.html"],
    "report": [*MAY, "--size", "120", "-o", "{folder}/report.html"],
    "export images": [*MAY, "--preview"],
    "export table": [*MAY, "--wait", "--replace"],
    "export file": [*MAY, "-o", "{folder}/classes.tif"],
}
"""What makes each command work that is asked for regions."""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Two scenes west of Greenwich, with classes alone: one of vegetation, one of water."""
    scenes = [
        Scene(np.full((100, 100), code, np.uint8), tile="29TPM", time=f"2023-05-{day}T11:20:00Z", crs="EPSG:32629")
        for code, day in ((4, 11), (6, 21))
    ]
    folder = tmp_path_factory.mktemp("west")
    with LocalServer(make_catalogue(folder / "scenes", scenes), exports=folder / "exports") as server:
        yield server.url


@pytest.fixture(autouse=True)
def previous_session(engine: str) -> Iterator[None]:
    """The session that a command opens is closed."""
    with session_on(engine):
        yield


def words(command: str, *more: str, folder: Path) -> list[str]:
    return [*command.split(), *more, *(word.format(folder=folder) for word in WORDS[command])]


def test_these_are_all_commands_that_take_regions() -> None:
    assert set(WORDS) == with_option("regions")
    assert len(WORDS) == 7


@pytest.mark.parametrize("command", WORDS)
def test_a_box_west_of_greenwich_is_a_box(
    command: str, engine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words(command, WEST, "--local", engine, folder=tmp_path)) == 0, capsys.readouterr().err
    assert capsys.readouterr().out


@pytest.mark.parametrize("command", WORDS)
def test_regions_behind_local_are_regions(
    command: str, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # On the sample, where nothing is: the words are understood, and the regions are those of the box.
    monkeypatch.setenv("GEE_SCL_CACHE", str(sample.parent))
    assert main(words(command, "--local", EAST, folder=tmp_path)) == 1
    assert "the region, which lies within longitude 7.69 to 7.7, latitude 46.03 to 46.04" in capsys.readouterr().err


NOWHERE: dict[str, tuple[str, list[str], str]] = {
    "swapped": (SWAPPED, [], "With latitude and longitude swapped it would meet images"),
    "elsewhere": (EAST, [], "longitude 7.69 to 7.7, latitude 46.03 to 46.04. The images lie within longitude -7.71 to"),
    "another period": (WEST, ["2001"], "No image, wherever, is of the period from 2001-0"),
}


@pytest.mark.parametrize("fault", NOWHERE)
@pytest.mark.parametrize("command", WORDS)
@pytest.mark.some(10)
def test_each_command_says_why_there_are_no_images(
    command: str, fault: str, engine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    box, years, told = NOWHERE[fault]
    asked = words(command, box, "--local", engine, folder=tmp_path)
    asked = [word.replace("2023-", f"{year}-") for word in asked for year in (years or ["2023"])]
    assert main(asked) == 1
    said = capsys.readouterr()
    assert told in said.err
    assert len(said.err.strip().splitlines()) == 1
    assert said.err.startswith("gee-scl: ")
    assert list(tmp_path.iterdir()) == []


WARNING = {"stats", "transitions", "map", "report"}
"""Commands that say of some regions that there is nothing to say of them."""


@pytest.mark.parametrize("command", WORDS)
def test_a_warning_is_a_line_without_its_source(
    command: str, engine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    boxes = [tuple(map(float, box.split(","))) for box in (WEST, EAST)]
    outlines = [[[w, s], [e, s], [e, n], [w, n], [w, s]] for w, s, e, n in boxes]
    features = [
        {"type": "Feature", "properties": {"name": name}, "geometry": {"type": "Polygon", "coordinates": [outline]}}
        for name, outline in zip(("west", "east"), outlines, strict=True)
    ]
    regions = tmp_path / "fields.geojson"
    regions.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    # The bounds of both are 1,200 km wide, too many pixels for a file.
    whole = ["--whole"] if command == "export file" else []
    assert main(words(command, str(regions), "--id", "name", "--local", engine, *whole, folder=tmp_path)) == 0
    said = capsys.readouterr().err
    warned = [line for line in said.splitlines() if "1 of 2 regions" in line]
    assert len(warned) == (command in WARNING)
    assert all(line.startswith("gee-scl: ") and line.endswith("'east'") for line in warned)
    assert "Warning" not in said
    assert ".py" not in said


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gee_scl", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
        timeout=120,
    )


WITHOUT_REGIONS: dict[str, list[str]] = {"tasks": [], "doctor": ["--live"]}

ASKING_EARTH_ENGINE = {**WORDS, **WITHOUT_REGIONS}


def test_these_are_all_commands_that_open_a_session() -> None:
    assert set(ASKING_EARTH_ENGINE) == with_option("project")
    assert len(ASKING_EARTH_ENGINE) == 9


@pytest.mark.parametrize("command", ASKING_EARTH_ENGINE)
@pytest.mark.some(5)
def test_without_credentials_each_says_how_to_sign_in(command: str, tmp_path: Path) -> None:
    nobody = {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path), "CLOUDSDK_CONFIG": str(tmp_path)}
    regions = [] if command in WITHOUT_REGIONS else [EAST]
    asked = [word.format(folder=tmp_path) for word in ASKING_EARTH_ENGINE[command]]
    done = run(*command.split(), *regions, *asked, "--project", "nobodys", **nobody)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1, done.stderr
    for way in ("earthengine authenticate", "ee.Authenticate()", "ServiceAccountCredentials", "local=True"):
        assert way in done.stderr


TABLES = {"stats": MAY, "transitions": BEFORE_AND_AFTER, "legend": []}
"""Commands that write a table."""

FILES = {"map": ".html", "report": ".html", "export file": ".tif", "doctor": ".json"}
"""Commands that write another file."""


def test_these_are_all_commands_that_write_a_file() -> None:
    assert {*TABLES, *FILES} == with_option("output")
    assert (len(TABLES), len(FILES)) == (3, 4)


@pytest.mark.parametrize("ending", ["parquet", "pq", "xlsx"])
@pytest.mark.parametrize("command", TABLES)
def test_a_table_that_cannot_be_written_here_is_refused_before_the_work(
    command: str,
    ending: str,
    engine: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # As where the packages are not installed.
    for package in ("pyarrow", "fastparquet", "openpyxl"):
        monkeypatch.setitem(sys.modules, package, None)
    # Nothing answers there: whoever asks fails in another way.
    regions = [] if command == "legend" else [WEST, "--local", "http://127.0.0.1:9"]
    assert main([command, *regions, *TABLES[command], "-o", str(tmp_path / f"a.{ending}")]) == 1
    said = capsys.readouterr().err
    assert f'pip install "gee-scl[{"excel" if ending == "xlsx" else "parquet"}]"' in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("command", {**TABLES, **FILES})
def test_a_file_that_is_there_is_refused_before_the_work(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"a{FILES.get(command, '.csv')}"
    path.write_text("mine")
    words_of = {"legend": [], "doctor": ["--live", "--local", "http://127.0.0.1:9"]}
    regions = words_of.get(command, [WEST, "--local", "http://127.0.0.1:9"])
    more = BEFORE_AND_AFTER if command == "transitions" else []
    assert main([*command.split(), *regions, *more, "-o", str(path)]) == 1
    said = capsys.readouterr().err
    assert path.name in said
    assert "overwrite" in said
    assert path.read_text() == "mine"


def test_a_day_without_scenes_names_its_neighbours(
    engine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["export", "file", WEST, "--local", engine, "-o", str(tmp_path / "a.tif"), "--date"]
    assert main([*asked, "2023-05-12"]) == 1
    said = capsys.readouterr().err
    assert "--date: got '2023-05-12'; allowed: a day with scenes" in said
    assert "The last before it is of 2023-05-11, the first after it is of 2023-05-21." in said
    assert main([*asked, "tomorrow"]) == 1
    assert "--date: got 'tomorrow'; allowed: a date" in capsys.readouterr().err
    assert main([*asked, "2023-05-21"]) == 0


def test_a_moment_stands_for_its_day(engine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["export", "file", WEST, "--local", engine, "-o", str(tmp_path / "a.tif"), "--date"]
    # In the 24 hours that begin at these moments, there are scenes of the next day.
    assert main([*asked, "2023-05-20T12:00"]) == 1
    assert "--date: got '2023-05-20T12:00'; allowed: a day with scenes" in capsys.readouterr().err
    assert main([*asked, "2023-05-21T12:00"]) == 0


def test_tasks_of_a_running_engine_are_listed(engine: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert with_option("local") == {*WORDS, *WITHOUT_REGIONS}
    assert main(["tasks", "--local", engine, "--all"]) == 0
    assert capsys.readouterr().out
