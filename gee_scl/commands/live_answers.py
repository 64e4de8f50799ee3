"""Asking the server the live questions, one by one, and what came of it as a report that can be shared."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
import re
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gee_scl.commands.live_questions import QUESTIONS, Kept, Question, Refusal, Task, Value
from gee_scl.errors import RequestError
from gee_scl.exports.destinations import Asset
from gee_scl.exports.queue import start_one
from gee_scl.exports.request import TaskRequest
from gee_scl.options.choices import Existing
from gee_scl.requests.door import Door

_MOST_SECONDS = 600
"""That a task of one pixel may take, the queue among them."""

_TOLERANCE = 1e-9

_SECRETS = (
    (re.compile(r"projects/(?!earthengine-public)[\w.:-]+"), "projects/..."),
    (re.compile(r"gee_scl_doctor_\w+"), "..."),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "..."),
    (re.compile(r"\bproject:?\s+['\"]?[\w-]+['\"]?", re.IGNORECASE), "project ..."),
    (re.compile(r"\b(?:ya29\.|1//)[\w.-]+|\bAIza[\w-]+"), "..."),
    (re.compile(r"\b[A-Z0-9]{20,}\b"), "..."),
)
"""What names a person, a project or a task, and what stands in its place: reports are shared."""


@dataclass(frozen=True)
class Answer:
    """What the server said to a question.

    Attributes:
        question: that was asked.
        text: what came, without names and ids.
        as_expected: whether that is what was expected.
    """

    question: Question
    text: str
    as_expected: bool


def cost() -> str:
    """What the questions will cost, said before they are asked."""
    tasks = sum(question.task is not None for question in QUESTIONS)
    return (
        f"{len(QUESTIONS)} small questions: {len(QUESTIONS) - tasks} values and {tasks} tasks of one pixel or one row "
        "each, whose assets are deleted again. They take a few EECU-seconds of the project's quota, and some minutes "
        "where tasks have to wait."
    )


def ask_all(said: Callable[[Answer], None] = lambda _: None) -> list[Answer]:
    """Ask all questions of the server of the open session, one by one.

    Args:
        said: called with each answer.
    """
    answers = []
    for question in QUESTIONS:
        answers.append(ask(question))
        said(answers[-1])
    return answers


def ask(question: Question) -> Answer:
    """Ask one question. One request for a value; some for a task, and one to delete what it has made."""
    door = Door()
    try:
        content = "made" if question.value is None else door.value(f"The question {question.name!r}", question.value())
        if question.task is not None:
            _make(question.task, door)
    except RequestError as error:
        text = without_names(error.message)
        expected = question.expected
        return Answer(question, f"refused: {text}", isinstance(expected, Refusal) and _is_in(expected, error.message))
    if question.value is None:
        return Answer(question, content, isinstance(question.expected, Kept))
    alike = isinstance(question.expected, Value) and _alike(content, question.expected.value)
    return Answer(question, without_names(json.dumps(content)), alike)


def _is_in(expected: Refusal, text: str) -> bool:
    return re.search(expected.pattern, text, re.DOTALL) is not None


def _make(request: Task, door: Door) -> None:
    """Start a task and wait for it; the asset is deleted again."""
    name = f"gee_scl_doctor_{uuid.uuid4().hex}"
    address = Asset().address(name)
    kind, body = request(address)
    task = start_one(TaskRequest.of(kind, name, door.run.tag, address, body), Existing.REFUSE, door)
    task.wait(_MOST_SECONDS)
    door.delete_asset("Deleting the asset of a question", address)


def _alike(answer: Any, expected: Any) -> bool:
    if isinstance(expected, dict):
        same_keys = isinstance(answer, dict) and answer.keys() == expected.keys()
        return same_keys and all(_alike(answer[key], value) for key, value in expected.items())
    if isinstance(expected, float):
        return isinstance(answer, int | float) and abs(answer - expected) <= _TOLERANCE
    return bool(answer == expected)


def without_names(text: str) -> str:
    """A text of the server without names of projects, assets, people and tasks.

    Args:
        text: as it came.
    """
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


def line(answer: Answer) -> str:
    """An answer in one line.

    Args:
        answer: to a question.
    """
    mark = "ok" if answer.as_expected else "--"
    return f"{mark:<3} {answer.question.name}: {' '.join(answer.text.split())}"


def report_text(answers: Sequence[Answer], server: str) -> str:
    """The report as people read it.

    Args:
        answers: of the server.
        server: what it is called.
    """
    lines = [f"{key}: {value}" for key, value in _head(answers, server).items()]
    for answer in answers:
        question = answer.question
        lines += [
            "",
            line(answer),
            f"    asked: {question.asked}",
            f"    expected: {question.expected}",
            f"    decides: {question.decides}",
        ]
    return "\n".join(lines) + "\n"


def report_json(answers: Sequence[Answer], server: str) -> str:
    """The report as programs read it.

    Args:
        answers: of the server.
        server: what it is called.
    """
    return json.dumps({**_head(answers, server), "answers": list(_rows(answers))}, indent=1) + "\n"


def _rows(answers: Iterable[Answer]) -> Iterable[dict[str, Any]]:
    for answer in answers:
        question = answer.question
        yield {
            "name": question.name,
            "asked": question.asked,
            "expected": str(question.expected),
            "answer": answer.text,
            "as expected": answer.as_expected,
            "decides": question.decides,
        }


def _head(answers: Sequence[Answer], server: str) -> dict[str, Any]:
    return {
        "server": server,
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "gee-scl": importlib.metadata.version("gee-scl"),
        "earthengine-api": importlib.metadata.version("earthengine-api"),
        "as expected": f"{sum(answer.as_expected for answer in answers)} of {len(answers)}",
    }
