"""The command line: as a person runs it, in a process of its own, and what it answers to which words."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from gee_scl.classes.legend import legend
from gee_scl.commands.main import main


def gee_scl(*arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gee_scl", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**os.environ, **environment},
        timeout=120,
    )


@dataclass(frozen=True)
class Done:
    """What a command has answered."""

    returncode: int
    stdout: str
    stderr: str


Here = Callable[..., Done]


@pytest.fixture
def here(
    sample: Path, sample_session: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Here:
    """Runs a command in this process, which has loaded already what each process loads; its session is closed after."""
    monkeypatch.setenv("GEE_SCL_CACHE", str(sample.parent))

    def run(*arguments: str) -> Done:
        capsys.readouterr()
        status = main(arguments)
        return Done(status, *capsys.readouterr())

    return run


@pytest.fixture(scope="module")
def cache(sample: Path) -> dict[str, str]:
    return {"GEE_SCL_CACHE": str(sample.parent)}


def test_legend_lists_all_classes() -> None:
    done = gee_scl("legend")
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()[2:]] == [str(code) for code in range(12)]


@pytest.mark.parametrize("vocabulary", ["earth_engine", "esa", "both"])
def test_legend_prints_what_the_frame_has(vocabulary: str, here: Here) -> None:
    done = here("legend", "--vocabulary", vocabulary)
    shown = legend(vocabulary, details=False).fillna("").to_string()
    assert [line.split() for line in done.stdout.splitlines()] == [line.split() for line in shown.splitlines()]
    assert len({line.find("invalid") for line in done.stdout.splitlines() if "invalid" in line}) == 1


def test_legend_tells_confusions_with_their_sources(here: Here) -> None:
    done = here("legend", "--details")
    assert "Sen2Cor" in done.stdout
    assert "nan" not in done.stdout


def test_stats_on_the_sample_needs_no_other_word(cache: dict[str, str]) -> None:
    done = gee_scl("stats", "--local", **cache)
    assert done.returncode == 0, done.stderr
    assert "synthetic" in done.stderr
    for name in ("Lake", "Farmland", "Single field", "Mountain", "Forest", "Towns"):
        assert name in done.stdout
    assert "4 Vegetation" in done.stdout


def test_stats_writes_every_row(here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, read in (("a.csv", pd.read_csv), ("a.parquet", pd.read_parquet), ("a.csv.gz", pd.read_csv)):
        done = here("stats", "--local", "--start", "2023-07-01", "--end", "2023-08-01", "-o", name)
        assert done.returncode == 0, done.stderr
        frame = read(tmp_path / name)
        assert len(frame) == 6 * 3 * 11
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "a.csv.gz", "a.parquet"]


def test_an_existing_file_is_replaced_only_when_asked(here: Here, tmp_path: Path) -> None:
    target = tmp_path / "a.csv"
    target.write_text("mine")
    words = ("stats", "--local", "--end", "2023-01-10", "-o", str(target))
    refused = here(*words)
    assert refused.returncode == 1
    assert "a.csv" in refused.stderr
    assert target.read_text() == "mine"
    assert here(*words, "--overwrite").returncode == 0
    assert target.read_text().startswith("region,date")


def test_stats_takes_a_bounding_box_and_a_scheme(here: Here) -> None:
    done = here(
        "stats", "11.61,46.45,11.62,46.46", "--local", "--scheme", "water", "--by", "image", "--tile", "32TPS",
        "--end", "2023-02-01",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "32TPS" in done.stdout
    assert "32TQS" not in done.stdout


def test_errors_are_one_line_and_status_1(here: Here) -> None:
    done = here("stats", "nowhere.geojson", "--local")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("gee-scl: region: got 'nowhere.geojson'")
    assert "Traceback" not in done.stderr


def test_a_table_that_could_not_be_written_is_refused_before_the_work(here: Here) -> None:
    done = here("stats", "11.61,46.45,11.62,46.46", "--project", "nobodys-project", "-o", "statistics.txt")
    assert done.returncode == 1
    assert done.stderr.startswith("gee-scl: output: got 'statistics.txt'; allowed: a path that ends in .csv")


def test_words_that_are_not_understood_are_status_2() -> None:
    assert gee_scl("statss").returncode == 2
    assert gee_scl().returncode == 2


def test_doctor_tells_no_secret(tmp_path: Path) -> None:
    credentials = tmp_path / ".config" / "earthengine" / "credentials"
    credentials.parent.mkdir(parents=True)
    credentials.write_text(json.dumps({"refresh_token": "1//secret-token", "project": "secret-project"}))
    done = gee_scl(
        "doctor",
        HOME=str(tmp_path),
        USERPROFILE=str(tmp_path),
        EARTHENGINE_TOKEN="another-secret",  # noqa: S106 - made up, to see that it is not told
        GOOGLE_CLOUD_PROJECT="secret-project",
    )
    assert done.returncode == 0
    assert "credentials" in done.stdout
    assert "found: Earth Engine's own" in done.stdout
    assert "secret" not in done.stdout + done.stderr
    assert str(tmp_path) not in done.stdout


INTERRUPTIBLE = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("gee_scl", run_name="__main__", alter_sys=True)
"""
"""gee-scl as a person starts it: a background job of a shell, and with it all that it starts, ignores interrupts."""


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot interrupt one process of several on a console")
def test_serve_answers_on_a_free_port_until_it_is_interrupted(cache: dict[str, str]) -> None:
    # As in such a job: what the child inherits must not matter.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = subprocess.Popen(
            [sys.executable, "-c", INTERRUPTIBLE, "serve", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **cache},
        )
    finally:
        signal.signal(signal.SIGINT, before)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        assert address.endswith("/v1/projects/gee-scl-local")
        with urllib.request.urlopen(f"{address}/algorithms", timeout=10) as answer:  # noqa: S310 - loopback
            assert len(json.load(answer)["algorithms"]) > 900
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=20)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 1
    assert complaints.splitlines()[-1] == "gee-scl: stopped"


def test_a_port_that_is_taken_is_refused_by_name(here: Here, sample_engine: str) -> None:
    done = here("serve", "--port", sample_engine.rsplit(":", 1)[1])
    assert done.returncode == 1
    assert "port" in done.stderr


def test_regions_behind_local_are_regions(here: Here, sample: Path) -> None:
    behind = here("stats", "--local", str(sample / "regions.geojson"), "--end", "2023-01-10")
    before = here("stats", str(sample / "regions.geojson"), "--local", "--end", "2023-01-10")
    assert behind.returncode == 0, behind.stderr
    assert behind.stdout == before.stdout
    boxed = here("stats", "--local", "11.61,46.45,11.62,46.46", "--end", "2023-01-10")
    assert boxed.returncode == 0, boxed.stderr


def test_tasks_of_the_engine_that_serve_starts_need_no_address() -> None:
    done = gee_scl("tasks", "--local")
    assert done.returncode in (0, 1)
    assert "http://127.0.0.1:8888" in done.stderr or done.returncode == 0
