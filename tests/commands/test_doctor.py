"""The questions of `gee-scl doctor --live`: the local engine answers all as expected, and the report tells no name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gee_scl.commands.live_answers import ask, report_text, without_names
from gee_scl.commands.live_questions import QUESTIONS, Kept, Question, Refusal, Value
from gee_scl.commands.main import main
from tests.support.engines import session_over


@pytest.fixture(scope="module")
def session(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    exports = tmp_path_factory.mktemp("exports")
    with session_over(sample, exports=exports):
        yield exports


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_the_local_engine_answers_as_we_expect_of_earth_engine(question: Question, session: Path) -> None:
    answer = ask(question)
    assert answer.as_expected, answer.text


def test_questions_ask_for_a_value_or_start_a_task_and_leave_no_asset(session: Path) -> None:
    assert len({question.name for question in QUESTIONS}) == len(QUESTIONS) >= 5
    assert all((question.value is None) != (question.task is None) for question in QUESTIONS)
    assert not list(session.rglob("gee_scl_doctor*"))


def test_another_answer_than_the_expected_is_told(session: Path) -> None:
    asked = {question.name: question for question in QUESTIONS}
    plain, mosaic = asked["plain image"], asked["mosaic of selected bands"]
    others = [
        Question(plain.name, "", Refusal(""), "", task=plain.task),
        Question(mosaic.name, "", Value({"SCL": 5}), "", value=mosaic.value),
        Question(mosaic.name, "", Refusal("homogeneous"), "", value=mosaic.value),
        Question("", "", Kept(), "", task=asked["row without geometry"].task),
    ]
    answers = [ask(question) for question in others]
    assert [answer.as_expected for answer in answers] == [False] * 4
    assert [answer.text for answer in answers[:3]] == ["made", '{"SCL": 4}', '{"SCL": 4}']
    assert "as expected: 0 of 4" in report_text(answers, "a local engine")


def test_doctor_says_the_cost_first_and_writes_reports_that_can_be_shared(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GEE_SCL_CACHE", str(sample.parent))
    monkeypatch.chdir(tmp_path)
    assert main(["doctor", "--live", "--local", "-o", "report.json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{len(QUESTIONS)} small questions")
    assert "a few EECU-seconds" in lines[0]
    assert len([line for line in lines if line.startswith("ok ")]) == len(QUESTIONS)
    written = (tmp_path / "report.json").read_text()
    report = json.loads(written)
    assert report["as expected"] == f"{len(QUESTIONS)} of {len(QUESTIONS)}"
    assert [answer["name"] for answer in report["answers"]] == [question.name for question in QUESTIONS]
    for secret in ("gee-scl-local", "gee_scl_doctor", str(tmp_path), "127.0.0.1"):
        assert secret not in written
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"], "no exports stay"


def test_what_only_the_questions_need_is_refused_without_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "-o", "report.json"]) == 1
    assert "Add --live" in capsys.readouterr().err
    assert main(["doctor", "--live", "--local", "-o", "report.pdf"]) == 1
    assert ".json" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "Asset 'projects/my-project/assets/gee_scl_doctor_0a1b' not found",
            "Asset 'projects/.../assets/...' not found",
        ),
        ("Caller someone@example.com lacks access", "Caller ... lacks access"),
        ("Not signed up for Earth Engine or project: 'my-project' is not registered.", "project ... is not"),
        ("token ya29.a0AfB_secret", "token ..."),
        ("Property keys must contain only letters", "Property keys must contain only letters"),
    ],
)
def test_names_of_projects_people_and_keys_do_not_stay_in_texts(text: str, told: str) -> None:
    assert told in without_names(text)
    for secret in ("my-project", "someone", "ya29", "0a1b"):
        assert secret not in without_names(text)
