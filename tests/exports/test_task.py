"""One task: it tells what it does, is waited for, cancelled, and started again."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

import gee_scl
from gee_scl.errors import ArgumentError, RequestError
from gee_scl.exports import export_image, retry_failed, tasks, wait_all
from gee_scl.exports.journal import recall
from gee_scl.exports.status import State
from tests.support.exported import Bench, codes, scene, written


def test_a_task_that_succeeds_tells_what_it_wrote_and_used(session: Bench) -> None:
    status = export_image(scene()).wait()
    assert (status.state, status.kind, status.progress) == (State.SUCCEEDED, "EXPORT_IMAGE", 1)
    assert status.eecu_seconds > 0
    assert status.created is not None
    assert status.ended is not None
    assert status.created <= status.ended
    assert written(status.destinations).is_file()


def test_a_task_that_fails_tells_the_servers_text_and_what_to_do(session: Bench) -> None:
    session.server.engine.operations.fail("User memory limit exceeded.")
    task = export_image(scene())
    with pytest.raises(RequestError, match=r"32TPS_2023-05-08_scl.*User memory limit exceeded.*smaller region"):
        task.wait()
    assert not task.status().can_pass


def test_a_task_can_be_cancelled_and_started_again(at_rest: Bench) -> None:
    task = export_image(scene())
    assert task.status().state == "PENDING"
    task.cancel()
    with pytest.raises(RequestError, match="Cancelled"):
        task.wait()
    assert task.status().state == "CANCELLED"
    assert task.retry().operation != task.operation


def test_waiting_ends_when_the_time_is_over(at_rest: Bench) -> None:
    task = export_image(scene())
    started = time.monotonic()
    with pytest.raises(RequestError, match=r"PENDING.*wait again"):
        task.wait(timeout=0.3)
    assert time.monotonic() - started < 3


def test_a_task_whose_request_is_not_known_here_says_how_to_start_it_again(session: Bench, cache: Path) -> None:
    session.server.engine.operations.fail("Internal error.")
    task = export_image(scene(), run=gee_scl.Run(tag="lost"))
    wait_all([task])
    (kept,) = (cache / "exports").iterdir()
    assert recall(task.operation) is not None
    assert kept.stat().st_mode & 0o077 == 0
    kept.unlink()
    (found,) = tasks("lost")
    with pytest.raises(ArgumentError, match="existing='keep'"):
        found.retry()
    assert retry_failed("lost") == []
    assert task.retry().wait().state == State.SUCCEEDED


def test_a_task_that_is_done_is_not_started_again(session: Bench) -> None:
    task = export_image(scene())
    task.wait()
    with pytest.raises(ArgumentError, match="SUCCEEDED"):
        task.retry()


def test_an_exported_file_is_whole_when_its_task_says_so(session: Bench) -> None:
    image = scene()
    path = written(export_image(image).wait().destinations)
    assert (codes(path) == codes(session.source(image))).all()
