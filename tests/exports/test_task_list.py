"""All tasks: found by whoever comes later, shown as a table, watched, and started again where that can help."""

from __future__ import annotations

import ee
import pytest

import gee_scl
from gee_scl.errors import ArgumentError, NotInitializedError
from gee_scl.exports import Task, export_collection, export_image, retry_failed, tasks, wait_all, watch
from gee_scl.exports.status import State
from tests.support.exported import Bench, days, scene

COLUMNS = ["name", "tag", "state", "kind", "progress", "created", "started", "ended", "eecu_seconds", "attempt"]
COLUMNS += ["error", "can_pass", "destination", "operation"]


def test_the_frame_has_all_tasks_with_their_states_and_errors(session: Bench) -> None:
    session.server.engine.operations.fail("Internal error.", description="32TPS_2023-05-21*")
    session.server.engine.operations.fail("User memory limit exceeded.", description="32TPS_2023-06-02*")
    seen: list[tuple[int, int]] = []
    started = export_collection(days(), run=gee_scl.Run(tag="may"))
    frame = wait_all(started, progress=lambda done, total: seen.append((done, total)))
    assert list(frame.columns) == COLUMNS
    assert list(frame["state"]) == [State.SUCCEEDED, State.FAILED, State.FAILED, State.SUCCEEDED]
    assert list(frame["error"].fillna("")) == ["", "Internal error.", "User memory limit exceeded.", ""]
    assert list(frame["can_pass"]) == [False, True, False, False]
    assert set(frame["tag"]) == {"may"}
    assert seen[-1] == (4, 4)
    assert (frame["ended"] >= frame["started"]).all()
    assert str(frame["created"].dt.tz) == "UTC"


def test_what_can_pass_is_started_again_and_nothing_else(session: Bench) -> None:
    operations = session.server.engine.operations
    operations.fail("Internal error.", description="32TPS_2023-05-21*")
    operations.fail("User memory limit exceeded.", description="32TPS_2023-06-02*")
    started = export_collection(days(), run=gee_scl.Run(tag="may"))
    wait_all(started)
    again = retry_failed("may")
    assert [task.name for task in again] == ["32TPS_2023-05-21_scl"]
    assert again[0].wait().state == State.SUCCEEDED
    assert retry_failed("may") == []
    assert [task.name for task in retry_failed(started, everything=True)] == ["32TPS_2023-06-02_scl"]


def test_tasks_are_found_again_by_their_tag_by_whoever_comes_later(session: Bench) -> None:
    export_image(scene(), "one", run=gee_scl.Run(tag="first"))
    session.server.engine.operations.fail("Internal error.", description="two*")
    wait_all([export_image(scene(), "two", run=gee_scl.Run(tag="second"))])
    ee.batch.Export.image.toDrive(scene().select("SCL"), "by_hand", scale=20).start()
    # What follows knows nothing of the handles above, as after the death of a kernel.
    assert [task.name for task in tasks("second")] == ["two"]
    (found,) = tasks("second")
    assert found == Task(found.operation, "two", "second")
    assert found.status().state == State.FAILED
    assert [task.name for task in retry_failed("second")] == ["two"]
    everything = tasks().frame()
    assert set(everything["name"]) == {"one", "two", "by_hand"}
    assert everything.loc[everything["name"] == "by_hand", "tag"].isna().all()
    assert [task.name for task in tasks(state=State.FAILED)] == ["two"]


def test_watching_shows_every_look(session: Bench) -> None:
    looks = list(watch([export_image(scene())]))
    assert all(len(look) == 1 for look in looks)
    assert looks[-1][0].state == State.SUCCEEDED
    assert list(watch([])) == [[]]


def test_a_tag_stands_for_its_tasks_wherever_tasks_are_taken(session: Bench) -> None:
    one, two = (export_image(scene(), name, run=gee_scl.Run(tag="pair")) for name in ("one", "two"))
    export_image(scene(), "other")
    # The latest first, as the server lists them.
    *_, last = watch("pair")
    assert [(status.name, status.state) for status in last] == [("two", "SUCCEEDED"), ("one", "SUCCEEDED")]
    assert list(wait_all("pair")["operation"]) == [two.operation, one.operation]
    assert list(wait_all(tasks("pair"))["operation"]) == [two.operation, one.operation]


def test_a_list_of_tasks_is_a_sequence_that_prints_as_a_table(session: Bench) -> None:
    one, two = (export_image(scene(), name, run=gee_scl.Run(tag="pair")) for name in ("one", "two"))
    wait_all([one, two])
    listed = tasks("pair")
    assert len(listed) == 2
    assert listed[0] == two
    assert list(listed) == [two, one]
    assert list(listed[1:]) == [one]
    assert one in listed
    assert list(listed.frame().columns) == COLUMNS
    assert "SUCCEEDED" in repr(listed)
    assert listed._repr_html_().count("EXPORT_IMAGE") == 2
    nothing = tasks("no-such-tag")
    assert (len(nothing), repr(nothing), nothing._repr_html_()) == (0, "no tasks", "no tasks")
    assert list(nothing.frame().columns) == COLUMNS


def test_a_list_shows_how_tasks_were_doing_when_it_was_asked_for(at_rest: Bench) -> None:
    task = export_image(scene())
    before = tasks()
    task.cancel()
    assert list(before.frame()["state"]) == ["PENDING"]
    assert list(tasks().frame()["state"]) == ["CANCELLED"]


def test_an_unknown_state_and_a_lost_session_are_errors() -> None:
    with pytest.raises(ArgumentError, match="PENDING"):
        tasks(state="READY")
    ee.Reset()
    with pytest.raises(NotInitializedError):
        tasks()


def test_a_tag_that_no_task_has_is_said(session: Bench) -> None:
    with pytest.warns(UserWarning, match="No task is known that was started with the tag 'misspelt'"):
        assert len(wait_all("misspelt")) == 0
