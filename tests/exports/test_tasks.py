"""Tasks: started once, watched, cancelled, started again, and found by whoever comes later."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import ee
import pytest

import gee_scl
from gee_scl.errors import ArgumentError, NotInitializedError, RequestError
from gee_scl.exports import (
    Task,
    export_collection,
    export_image,
    find_tasks,
    retry_failed,
    tasks,
    wait_all,
    watch,
)
from gee_scl.exports.journal import recall
from gee_scl.exports.task import FAILED, SUCCEEDED, TaskStatus
from gee_scl.local.context import Limits
from tests.support.exported import Bench, bench, codes, scene, written

COLUMNS = ["name", "tag", "state", "kind", "progress", "created", "started", "ended", "eecu_seconds", "attempt"]
COLUMNS += ["error", "can_pass", "destination", "operation"]


@pytest.fixture
def cache(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GEE_SCL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def session(sample: Path, tmp_path: Path, cache: Path) -> Iterator[Bench]:
    with bench(sample, tmp_path / "exports") as made:
        yield made


@pytest.fixture
def at_rest(sample: Path, tmp_path: Path, cache: Path) -> Iterator[Bench]:
    """An engine whose tasks all wait, of which it takes three."""
    with bench(sample, tmp_path / "exports", Limits(running_tasks=0, queued_tasks=3)) as made:
        yield made


def days() -> ee.ImageCollection:
    """Four days of one tile."""
    return gee_scl.collection(start="2023-05-01", end="2023-06-20", tiles="32TPS")


def test_a_task_that_succeeds_tells_what_it_wrote_and_used(session: Bench) -> None:
    status = export_image(scene()).wait()
    assert (status.state, status.kind, status.progress) == (SUCCEEDED, "EXPORT_IMAGE", 1)
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


def test_the_frame_has_all_tasks_with_their_states_and_errors(session: Bench) -> None:
    session.server.engine.operations.fail("Internal error.", description="32TPS_2023-05-21*")
    session.server.engine.operations.fail("User memory limit exceeded.", description="32TPS_2023-06-02*")
    seen: list[tuple[int, int]] = []
    frame = wait_all(export_collection(days(), tag="may"), progress=lambda done, total: seen.append((done, total)))
    assert list(frame.columns) == COLUMNS
    assert list(frame["state"]) == [SUCCEEDED, FAILED, FAILED, SUCCEEDED]
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
    started = export_collection(days(), tag="may")
    wait_all(started)
    again = retry_failed("may")
    assert [task.name for task in again] == ["32TPS_2023-05-21_scl"]
    assert again[0].wait().state == SUCCEEDED
    assert retry_failed("may") == []
    assert [task.name for task in retry_failed(started, everything=True)] == ["32TPS_2023-06-02_scl"]


def test_tasks_are_found_again_by_their_tag_by_whoever_comes_later(session: Bench) -> None:
    export_image(scene(), "one", tag="first")
    session.server.engine.operations.fail("Internal error.", description="two*")
    wait_all([export_image(scene(), "two", tag="second")])
    ee.batch.Export.image.toDrive(scene().select("SCL"), "by_hand", scale=20).start()
    # What follows knows nothing of the handles above, as after the death of a kernel.
    assert list(tasks("second")["name"]) == ["two"]
    (found,) = find_tasks("second")
    assert found == Task(found.operation, "two", "second")
    assert found.status().state == FAILED
    assert [task.name for task in retry_failed("second")] == ["two"]
    everything = tasks()
    assert set(everything["name"]) == {"one", "two", "by_hand"}
    assert everything.loc[everything["name"] == "by_hand", "tag"].isna().all()
    assert list(tasks(state=FAILED)["name"]) == ["two"]


def test_a_task_whose_request_is_not_known_here_says_how_to_start_it_again(session: Bench, cache: Path) -> None:
    session.server.engine.operations.fail("Internal error.")
    task = export_image(scene(), tag="lost")
    wait_all([task])
    (kept,) = (cache / "exports").iterdir()
    assert recall(task.operation) is not None
    assert kept.stat().st_mode & 0o077 == 0
    kept.unlink()
    (found,) = find_tasks("lost")
    with pytest.raises(ArgumentError, match="existing='keep'"):
        found.retry()
    assert retry_failed("lost") == []
    assert task.retry().wait().state == SUCCEEDED


def test_a_task_that_is_done_is_not_started_again(session: Bench) -> None:
    task = export_image(scene())
    task.wait()
    with pytest.raises(ArgumentError, match="SUCCEEDED"):
        task.retry()


@pytest.mark.parametrize("limits", [None, Limits(running_tasks=0)])
def test_the_same_export_is_not_started_twice(sample: Path, tmp_path: Path, cache: Path, limits: Limits | None) -> None:
    with bench(sample, tmp_path / "exports", limits):
        task = export_image(scene())
        wait_all([task], timeout=10 if limits is None else 0)
        with pytest.raises(ArgumentError, match=r"the same export is (SUCCEEDED|PENDING).*existing='keep'"):
            export_image(scene())
        with pytest.raises(ArgumentError, match="another export to the same place"):
            export_image(scene(), "32TPS_2023-05-08_scl", scheme="land")
        assert export_image(scene(), existing="keep") == task
        assert len(tasks()) == 1
        assert export_image(scene(), "another").name == "another"
        again = export_image(scene(), existing="replace")
        assert again.operation != task.operation
        assert task.status().state == (SUCCEEDED if limits is None else "CANCELLED")


def test_a_file_in_drive_is_not_overwritten_by_a_second_export(session: Bench) -> None:
    first = written(export_image(scene(), "a").wait().destinations)
    before = first.read_bytes()
    second = written(export_image(scene(), "a", scheme="land", existing="replace").wait().destinations)
    assert first.read_bytes() == before
    assert second != first


def test_an_asset_that_exists_is_replaced_only_when_asked(session: Bench) -> None:
    ee.batch.Export.image.toAsset(scene().select("SCL"), "x", "projects/gee-scl-local/assets/scl").start()
    wait_all(find_tasks())
    with pytest.raises(ArgumentError, match="an asset that does not exist"):
        export_image(scene(), "scl", to="asset")
    with pytest.raises(ArgumentError, match="replace"):
        export_image(scene(), "scl", to="asset", existing="keep")
    assert export_image(scene(), "scl", to="asset", scheme="land", existing="replace").wait().state == SUCCEEDED
    assert ee.Image("projects/gee-scl-local/assets/scl").bandNames().getInfo() == ["land"]


def test_a_call_that_was_broken_off_is_gone_on_with(session: Bench) -> None:
    session.server.engine.operations.fail("Internal error.", description="32TPS_2023-05-21*")
    first = export_collection(days())
    wait_all(first)
    with pytest.raises(ArgumentError, match="started before"):
        export_collection(days())
    second = export_collection(days(), existing="keep")
    assert [a == b for a, b in zip(first, second, strict=True)] == [True, False, True, True]
    assert set(wait_all(second)["state"]) == {SUCCEEDED}


def test_a_full_queue_says_how_many_were_started_and_goes_on_later(at_rest: Bench) -> None:
    other, images = export_image(scene(), "other"), days().limit(3)
    with pytest.raises(RequestError, match=r"\(3 of 3\).*Too many tasks already in the queue.*2 before it are started"):
        export_collection(images)
    assert len(tasks(state="PENDING")) == 3
    other.cancel()
    assert len(export_collection(images, existing="keep")) == 3


def test_waiting_for_room_starts_the_rest_when_there_is_some(sample: Path, tmp_path: Path, cache: Path) -> None:
    with bench(sample, tmp_path / "exports", Limits(running_tasks=1, queued_tasks=1)):
        started = export_collection(days(), wait_for_room=True)
        assert set(wait_all(started)["state"]) == {SUCCEEDED}


def test_more_than_earth_engines_queue_takes_is_refused_before_the_first(
    session: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gee_scl.exports import starting

    monkeypatch.setattr(starting, "MOST_QUEUED", 3)
    with pytest.raises(RequestError, match=r"None was started\. Start 3 at most"):
        export_collection(days())
    assert tasks().empty


def test_watching_shows_every_look(session: Bench) -> None:
    looks = list(watch([export_image(scene())]))
    assert all(len(look) == 1 for look in looks)
    assert looks[-1][0].state == SUCCEEDED
    assert list(watch([])) == [[]]


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("Internal error.", True),
        ("An internal error has occurred (request: 44215952).", True),
        ("The service is currently unavailable.", True),
        ("Too many concurrent aggregations.", True),
        ("User memory limit exceeded.", False),
        ("Execution failed; out of memory.", False),
        ("Computation timed out.", False),
        ("Export too large: specified 1898836560 pixels (max: 1000000000).", False),
        ("Exported bands must have compatible data types; found inconsistent types: Byte and Int16.", False),
        ("The user's Drive storage quota has been exceeded.", False),
    ],
)
def test_failures_that_can_pass_are_told_from_those_that_cannot(text: str, passes: bool) -> None:
    operation = {"name": "operations/A", "metadata": {"state": "FAILED"}, "done": True, "error": {"message": text}}
    status = TaskStatus.of(operation)
    assert status.can_pass == passes
    assert status.advice


def test_an_operation_with_nothing_in_it_is_read() -> None:
    status = TaskStatus.of({"name": "operations/A"})
    assert (status.state, status.name, status.tag, status.created) == ("PENDING", "", None, None)


def test_nanoseconds_are_read() -> None:
    status = TaskStatus.of({"name": "a", "metadata": {"createTime": "2024-02-01T10:20:30.123456789Z"}})
    assert status.created is not None
    assert status.created.isoformat() == "2024-02-01T10:20:30.123456+00:00"


def test_an_unknown_state_and_a_lost_session_are_errors() -> None:
    with pytest.raises(ArgumentError, match="PENDING"):
        tasks(state="READY")
    ee.Reset()
    with pytest.raises(NotInitializedError):
        tasks()


def test_an_exported_file_is_whole_when_its_task_says_so(session: Bench) -> None:
    image = scene()
    path = written(export_image(image).wait().destinations)
    assert (codes(path) == codes(session.source(image))).all()
