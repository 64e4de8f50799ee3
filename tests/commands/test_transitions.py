"""gee-scl transitions, run as a person would."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import gee_scl
from gee_scl.commands.main import main
from gee_scl.session import sample_folder
from tests.support.engines import session_on

APRIL, AUGUST = ("2023-04-01", "2023-05-01"), ("2023-08-01", "2023-09-01")


@pytest.fixture
def on_sample(sample_engine: str) -> Iterator[list[str]]:
    """The words that ask for the sample's regions on an engine over it; the session that a command opens is closed."""
    with session_on(sample_engine):
        yield [str(sample_folder() / "regions.geojson"), "--local", sample_engine, "--id", "name"]


PERIODS = ["--before", *APRIL, "--after", *AUGUST]


@pytest.fixture(scope="module")
def frame(sample_engine: str) -> pd.DataFrame:
    """What the library says."""
    with session_on(sample_engine):
        regions = gee_scl.sample_regions()
        periods = (gee_scl.collection(regions, *period) for period in (APRIL, AUGUST))
        return gee_scl.transitions(*periods, regions, id="name")


@pytest.fixture
def from_sample(sample_engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--local` alone starts an engine over the sample; here it takes the one that is there."""
    real = gee_scl.initialize

    def initialize(project: str | None = None, *, local: object = None) -> None:
        real(project, local=sample_engine if local is True else local)

    monkeypatch.setattr(gee_scl, "initialize", initialize)


def test_the_sample_needs_no_other_word(
    from_sample: None, sample_session: str, frame: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["transitions", "--local"]) == 0
    told = capsys.readouterr()
    assert "synthetic" in told.err
    assert "--before 2023-04-01 2023-05-01, --after 2023-08-01 2023-09-01" in told.err
    assert "synthetic pixels" in told.out.splitlines()[0]
    parts = {part.split("\n")[0]: part for part in told.out.split("\n\n")}
    assert set(parts) >= {"Lake", "Farmland", "Single field", "Mountain", "Forest", "Towns"}
    for region, rows in frame[frame["area_m2"] > 0].groupby("region"):
        lines = parts[str(region)].splitlines()[2:]
        shown = {}
        for line in lines:
            before, after, hectares, *_ = re.split(r"\s+", line.strip())
            shown[before, after] = float(hectares.replace(",", ""))
        expected = {(r.from_name, r.to_name): r.area_m2 / 10_000 for r in rows.itertuples()}
        assert shown == pytest.approx(expected, abs=0.005)
        assert list(shown.values()) == sorted(shown.values(), reverse=True)
    assert "Unknown" in parts["Mountain"]


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_all_pairs_are_written(on_sample: list[str], frame: pd.DataFrame, tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    assert main(["transitions", *on_sample, *PERIODS, "-o", str(target)]) == 0
    written = pd.read_csv(target) if name.endswith("csv") else pd.read_parquet(target)
    assert list(written.columns) == list(frame.columns)
    assert len(written) == 6 * 25
    pd.testing.assert_frame_equal(
        written[["pixels", "area_m2", "percent"]], frame[["pixels", "area_m2", "percent"]], check_dtype=False
    )


@pytest.mark.parametrize("kind", ["sankey", "matrix"])
@pytest.mark.parametrize(("ending", "begins"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_a_chart_is_written_beside_the_table(
    on_sample: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, ending: str, begins: bytes
) -> None:
    target = tmp_path / f"change.{ending}"
    words = [*on_sample, *PERIODS, "--scheme", "snow", "--pick", "last", "--chart", str(target), "--chart-kind", kind]
    assert main(["transitions", *words]) == 0
    assert target.read_bytes().startswith(begins)
    assert [path.name for path in tmp_path.iterdir()] == [target.name]
    assert "No snow" in capsys.readouterr().out


@pytest.mark.filterwarnings("ignore::gee_scl.RegionWarning")
def test_existing_files_are_replaced_only_when_asked(
    on_sample: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, chart = tmp_path / "a.csv", tmp_path / "a.png"
    table.write_text("mine")
    chart.write_text("mine")
    words = ["transitions", *on_sample, *PERIODS, "--tile", "32TPS"]
    for name in ("-o", str(table)), ("--chart", str(chart)):
        assert main([*words, *name]) == 1
        assert name[1] in capsys.readouterr().err
    assert table.read_text() == chart.read_text() == "mine"
    assert main([*words, "-o", str(table), "--chart", str(chart), "--overwrite"]) == 0
    assert table.read_text().startswith("region,from_value")
    assert chart.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "--before: got None; allowed: START END"),
        (["--before", *APRIL], "--after: got None; allowed: START END"),
        ([*PERIODS, "--chart", "change.gif"], "--chart: got 'change.gif'; allowed: a path that ends in .png or .svg"),
        ([*PERIODS, "--scheme", "lnd"], "Did you mean 'land'"),
        (["--before", "2023-05-01", "2023-04-01", "--after", *AUGUST], "end: got '2023-04-01'"),
        (["--before", "2001-01-01", "2001-02-01", "--after", *AUGUST], "before: got 'a collection of nothing'"),
        ([*PERIODS, "-o", "a.txt"], "output: got 'a.txt'"),
    ],
)
def test_errors_are_one_line_and_status_1(
    on_sample: list[str], words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["transitions", *on_sample, *words]) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("gee-scl: ")
    assert says in last


def test_a_period_is_asked_for_twice_and_not_as_start_and_end(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["transitions", "--local", "--start", "2023-04-01"])
    assert ended.value.code == 2
    for command, has, lacks in (("transitions", "--before", "--start"), ("stats", "--start", "--before")):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        text = capsys.readouterr().out
        assert has in text
        assert lacks not in text
        assert "--max-cloud" in text
