"""The hosted checks cover what the package says that it runs on, with no more rights than they need."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
TEXT = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
WORKFLOW: dict[Any, Any] = yaml.safe_load(TEXT)
JOBS: dict[str, dict[str, Any]] = WORKFLOW["jobs"]
MATRIX: dict[str, list[str]] = JOBS["tests"]["strategy"]["matrix"]


def commands(job: str) -> list[str]:
    """What a job runs, line by line."""
    return [line.strip() for step in JOBS[job]["steps"] for line in step.get("run", "").splitlines()]


def readme_command() -> list[str]:
    """The parts of the README's line that installs the package and runs the tests."""
    text = (ROOT / "README.md").read_text("utf-8").split("Install, and run the tests:", 1)[1]
    line = next(line for line in text.splitlines() if line.startswith("python3 -m venv"))
    return line.split(" && ")


def test_every_python_of_the_classifiers_is_tested_on_every_system() -> None:
    named = re.findall(r"Python :: (3\.\d+)$", "\n".join(PROJECT["classifiers"]), re.MULTILINE)
    assert {"system": ["ubuntu-latest", "macos-latest", "windows-latest"], "python": named} == MATRIX
    assert PROJECT["requires-python"] == f">={named[0]}"


def test_the_systems_of_the_classifiers_are_those_of_the_matrix() -> None:
    named = {text.rpartition(" :: ")[2] for text in PROJECT["classifiers"] if text.startswith("Operating System")}
    runners = {"Linux": "ubuntu-latest", "MacOS": "macos-latest", "Windows": "windows-latest"}
    assert {runners[system] for system in named} == set(MATRIX["system"])


def test_the_tests_run_as_the_readme_says() -> None:
    _, install, test = readme_command()
    assert install.removeprefix(".venv/bin/").replace(" --quiet", "") in commands("tests")
    assert test.removeprefix(".venv/bin/") in commands("tests")


def test_the_scripts_are_run_and_are_there() -> None:
    assert commands("run") == ["bash .ci/run"]
    assert commands("lowest") == ["bash .ci/lowest"]
    assert all(
        (ROOT / name).read_text("utf-8").startswith("#!/usr/bin/env bash\n") for name in (".ci/run", ".ci/lowest")
    )


def test_the_lowest_dependencies_are_tested_on_the_lowest_python() -> None:
    (python,) = (
        step["with"]["python-version"] for step in JOBS["lowest"]["steps"] if "python" in str(step.get("uses"))
    )
    assert PROJECT["requires-python"] == f">={python}"
    assert f"PYTHON:-python{python}" in (ROOT / ".ci" / "lowest").read_text("utf-8")


@pytest.mark.parametrize("job", JOBS)
def test_every_job_ends_in_time(job: str) -> None:
    assert 0 < JOBS[job]["timeout-minutes"] <= 90


def test_the_jobs_may_read_and_nothing_else_and_know_no_secret() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert not any("permissions" in job for job in JOBS.values())
    assert "secrets" not in TEXT
    checkouts = [step for job in JOBS.values() for step in job["steps"] if "checkout" in str(step.get("uses"))]
    assert len(checkouts) == len(JOBS)
    assert all(step["with"] == {"persist-credentials": False} for step in checkouts)


def test_actions_are_those_of_github_at_a_major_version() -> None:
    used = [step["uses"] for job in JOBS.values() for step in job["steps"] if "uses" in step]
    assert used
    assert [action for action in used if not re.fullmatch(r"actions/[a-z-]+@v\d+", action)] == []


def test_a_newer_push_stops_the_checks_of_an_older_one() -> None:
    assert WORKFLOW["concurrency"]["cancel-in-progress"] is True
    assert "github.ref" in WORKFLOW["concurrency"]["group"]
