"""Tasks: their order, their states, cancelling, and failing on demand."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import ee
import pytest

from gee_scl.local.context import Limits
from gee_scl.local.errors import EvaluationError, LimitError, NotFoundError, TimedOutError
from gee_scl.local.exports.operations import Control, Job, Operations
from gee_scl.local.server import LocalServer
from tests.support.engines import server_over, session_on
from tests.support.local.tasks import failed, finished, scl, succeeded

WAIT = "20s"


@pytest.fixture
def operations() -> Iterator[Operations]:
    made = Operations("p")
    yield made
    made.stop()


class Gate:
    """A job that waits inside until it is let go, and looks whether it was cancelled meanwhile."""

    def __init__(self) -> None:
        self.entered, self.open = threading.Event(), threading.Event()

    def __call__(self, control: Control) -> list[str]:
        self.entered.set()
        while not self.open.wait(0.005):
            control.check()
        return ["file:///done"]


def job(work: Callable[[Control], Any] = lambda control: [], description: str = "task", **more: Any) -> Job:
    return Job("EXPORT_IMAGE", description, work, **more)


def state(operations: Operations, name: str) -> str:
    return operations.get(name)["metadata"]["state"]


def blocked(operations: Operations) -> list[Gate]:
    """Two tasks that run until their gates are opened: as many as run at once."""
    gates = [Gate(), Gate()]
    for gate in gates:
        operations.start(job(gate))
        assert gate.entered.wait(5)
    return gates


def opened(gates: list[Gate]) -> None:
    for gate in gates:
        gate.open.set()


def test_a_task_is_described_as_the_rest_reference_has_it(operations: Operations) -> None:
    def work(control: Control) -> list[str]:
        control.advance(0.5)
        return ["file:///x.tif"]

    started = operations.start(job(work, "my_task", priority=7, workload_tag="tag"))
    assert re.fullmatch(r"projects/p/operations/[A-Z0-9]{24}", started["name"])
    done = operations.wait(started["name"], WAIT)
    metadata = done["metadata"]
    assert done["done"] is True
    assert done["response"] == {"@type": "type.googleapis.com/google.protobuf.Empty"}
    assert metadata["@type"] == "type.googleapis.com/google.earthengine.v1alpha.OperationMetadata"
    expected = {"state": "SUCCEEDED", "description": "my_task", "type": "EXPORT_IMAGE", "priority": 7, "attempt": 1}
    assert expected.items() <= metadata.items()
    assert metadata["destinationUris"] == ["file:///x.tif"]
    assert metadata["workloadTag"] == "tag"
    assert metadata["progress"] == 1
    times = [datetime.fromisoformat(metadata[key]) for key in ("createTime", "startTime", "endTime")]
    assert times == sorted(times)
    assert metadata["updateTime"] == metadata["endTime"]
    assert metadata["batchEecuUsageSeconds"] >= 0


def test_two_tasks_run_at_once_and_the_others_follow_by_priority_then_by_age(operations: Operations) -> None:
    gates = blocked(operations)
    order: list[str] = []
    names = []
    for description, priority in (("first", 100), ("second", 100), ("urgent", 9999), ("idle", 0)):
        work = lambda control, description=description: order.append(description) or []  # noqa: E731
        names.append(operations.start(job(work, description, priority=priority))["name"])
    assert [state(operations, name) for name in names] == ["PENDING"] * 4
    # One slot, so that what follows runs one after the other.
    gates[0].open.set()
    for name in names:
        operations.wait(name, WAIT)
    assert order == ["urgent", "first", "second", "idle"]
    opened(gates)


def test_a_full_queue_is_refused_with_earth_engines_words_and_takes_more_later() -> None:
    operations = Operations("p", queued=3)
    gates = blocked(operations)
    names = [operations.start(job())["name"] for _ in range(3)]
    with pytest.raises(LimitError) as refused:
        operations.start(job())
    assert str(refused.value) == "Too many tasks already in the queue (3). Please wait for some of them to complete."
    operations.cancel(names[0])
    operations.start(job())
    opened(gates)
    operations.stop()


def test_three_thousand_tasks_may_wait() -> None:
    operations = Operations("p", running=0)
    for _ in range(3000):
        operations.start(job())
    with pytest.raises(LimitError, match=r"queue \(3000\)"):
        operations.start(job())
    operations.stop()


def test_a_waiting_task_is_cancelled_at_once(operations: Operations) -> None:
    gates = blocked(operations)
    name = operations.start(job())["name"]
    assert operations.cancel(name) == {}
    cancelled = operations.get(name)
    assert cancelled["metadata"]["state"] == "CANCELLED"
    assert cancelled["done"] is True
    assert cancelled["error"] == {"code": 1, "message": "Cancelled."}
    assert "startTime" not in cancelled["metadata"]
    opened(gates)


def test_a_running_task_is_cancelled_where_it_next_looks(operations: Operations) -> None:
    inside, looked = threading.Event(), threading.Event()

    def work(control: Control) -> list[str]:
        inside.set()
        looked.wait(5)
        control.check()
        return []

    name = operations.start(job(work))["name"]
    assert inside.wait(5)
    operations.cancel(name)
    assert state(operations, name) == "CANCELLING"
    looked.set()
    assert operations.wait(name, WAIT)["metadata"]["state"] == "CANCELLED"
    assert operations.cancel(name) == {}
    assert state(operations, name) == "CANCELLED"


def test_a_request_that_is_sent_twice_starts_one_task(operations: Operations) -> None:
    runs: list[int] = []
    twice = job(lambda control: runs.append(1) or [], request_id="r-1", fingerprint="a")
    name = operations.start(twice)["name"]
    operations.wait(name, WAIT)
    assert operations.start(twice)["name"] == name
    assert runs == [1]
    with pytest.raises(EvaluationError, match="A different Operation was already started with the given request_id"):
        operations.start(job(request_id="r-1", fingerprint="b"))


def test_pages_of_the_list_are_complete_though_tasks_are_added_meanwhile(operations: Operations) -> None:
    names = [operations.start(job())["name"] for _ in range(5)]
    first = operations.list(2)
    operations.start(job())
    second = operations.list(2, first["nextPageToken"])
    third = operations.list(2, second["nextPageToken"])
    listed = [operation["name"] for page in (first, second, third) for operation in page["operations"]]
    assert listed == names[::-1]
    assert "nextPageToken" not in third
    with pytest.raises(EvaluationError, match="Invalid page token"):
        operations.list(2, "x")


def test_waiting_ends_with_the_task_or_with_the_time(operations: Operations) -> None:
    gate = Gate()
    name = operations.start(job(gate))["name"]
    assert operations.wait(name, "0.05s")["metadata"]["state"] in ("PENDING", "RUNNING")
    gate.open.set()
    assert operations.wait(name, WAIT)["done"] is True
    with pytest.raises(EvaluationError, match="Invalid timeout"):
        operations.wait(name, "soon")


def test_only_what_is_done_is_deleted(operations: Operations) -> None:
    gate = Gate()
    name = operations.start(job(gate))["name"]
    with pytest.raises(EvaluationError, match="cancel it before"):
        operations.delete(name)
    gate.open.set()
    operations.wait(name, WAIT)
    assert operations.delete(name) == {}
    with pytest.raises(NotFoundError):
        operations.get(name)


@pytest.mark.parametrize(
    ("fault", "code", "message"),
    [
        (EvaluationError("Bad band."), 3, "Bad band."),
        (TimedOutError(), 3, "Computation timed out."),
        (MemoryError(), 8, "Execution failed; out of memory."),
        (NotFoundError("Gone."), 5, "Gone."),
        (ZeroDivisionError("by zero"), 13, "Internal error. (ZeroDivisionError: by zero)"),
    ],
)
def test_what_goes_wrong_becomes_the_tasks_error(
    operations: Operations, fault: Exception, code: int, message: str
) -> None:
    def work(control: Control) -> list[str]:
        raise fault

    done = operations.wait(operations.start(job(work))["name"], WAIT)
    assert done["metadata"]["state"] == "FAILED"
    assert done["error"] == {"code": code, "message": message}
    assert "response" not in done


def test_tasks_fail_on_demand_as_often_as_asked_then_run_as_usual(operations: Operations) -> None:
    operations.fail("User memory limit exceeded.", description="tile_*", times=2)
    outcomes = []
    for description in ("tile_1", "other", "tile_1", "tile_1"):
        done = operations.wait(operations.start(job(description=description))["name"], WAIT)
        outcomes.append(done.get("error"))
    error = {"code": 8, "message": "User memory limit exceeded."}
    assert outcomes == [error, None, error, None]


def test_stopping_cancels_everything_and_leaves_no_thread() -> None:
    operations = Operations("p")
    blocked(operations)
    name = operations.start(job())["name"]
    operations.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "gee-scl-task"]
    assert state(operations, name) == "CANCELLED"
    with pytest.raises(EvaluationError, match="being stopped"):
        operations.start(job())


# With the client, over HTTP


@pytest.fixture
def server(sample: Path, tmp_path: Path) -> Iterator[LocalServer]:
    with server_over(sample, exports=tmp_path / "exports") as made, session_on(made.url):
        yield made


def task(description: str = "classes", **more: Any) -> Any:
    return ee.batch.Export.image.toDrive(scl(), description, **more)


def test_the_client_starts_lists_and_finds_its_tasks_again(server: LocalServer) -> None:
    tasks = [task("a"), task("b", priority=200)]
    for each in tasks:
        succeeded(server, each)
    assert [each.id for each in ee.batch.Task.list()] == [tasks[1].id, tasks[0].id]
    assert [each.config["description"] for each in ee.batch.Task.list()] == ["b", "a"]
    assert tasks[1].status()["priority"] == 200
    assert tasks[0].status()["task_type"] == "EXPORT_IMAGE"
    (status,) = ee.data.getTaskStatus("NO_SUCH_TASK")
    assert status["state"] == "UNKNOWN"


def test_starting_one_task_object_twice_starts_one_task(server: LocalServer) -> None:
    twice = task()
    twice.start()
    twice.start()
    finished(server, twice)
    assert len(ee.data.listOperations()) == 1


def test_a_retry_of_a_task_that_failed_on_demand_succeeds(server: LocalServer, tmp_path: Path) -> None:
    server.engine.operations.fail("Internal error.", description="flaky", times=1)
    assert failed(server, task("flaky")) == "Internal error."
    assert not list(tmp_path.rglob("*.tif"))
    succeeded(server, task("flaky"))
    assert [path.name for path in tmp_path.rglob("*.tif")] == ["flaky.tif"]


def test_workload_tags_come_back_with_the_tasks(server: LocalServer) -> None:
    with ee.data.workloadTagContext("run-17"):
        tagged = task()
    finished(server, tagged)
    assert ee.data.getOperation(tagged.name)["metadata"]["workloadTag"] == "run-17"


def test_a_queue_at_rest_shows_ready_tasks_and_its_limit(sample: Path, tmp_path: Path) -> None:
    limits = Limits(running_tasks=0, queued_tasks=2)
    with server_over(sample, limits=limits, exports=tmp_path / "exports") as made, session_on(made.url):
        first = task("a")
        first.start()
        task("b").start()
        assert first.status()["state"] == "READY"
        with pytest.raises(ee.EEException, match=r"Too many tasks already in the queue \(2\)"):
            task("c").start()
        first.cancel()
        assert first.status()["state"] == "CANCELLED"
        assert first.status()["error_message"] == "Cancelled."
    assert not (tmp_path / "exports").exists()


def test_a_large_export_is_cancelled_while_it_runs_and_leaves_no_file(server: LocalServer, tmp_path: Path) -> None:
    noise = ee.Image.random(1).setDefaultProjection("EPSG:32632", None, 10)
    region = ee.Geometry.Rectangle([600_000, 5_000_000, 690_000, 5_090_000], "EPSG:32632", False)
    large = ee.batch.Export.image.toDrive(noise, "large", region=region, scale=10)
    large.start()
    while large.status()["state"] == "READY":
        pass
    large.cancel()
    assert finished(server, large)["state"] == "CANCELLED"
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_stopping_the_engine_leaves_no_half_written_file(sample: Path, tmp_path: Path) -> None:
    with server_over(sample, exports=tmp_path / "exports") as made, session_on(made.url):
        noise = ee.Image.random(1).setDefaultProjection("EPSG:32632", None, 10)
        region = ee.Geometry.Rectangle([600_000, 5_000_000, 690_000, 5_090_000], "EPSG:32632", False)
        for name in ("a", "b", "c"):
            ee.batch.Export.image.toDrive(noise, name, region=region, scale=10).start()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [thread for thread in threading.enumerate() if thread.name == "gee-scl-task"]


@pytest.mark.parametrize(
    "description", ["é", "two words", "a/b", "x" * 101, "a\\b"], ids=["accent", "space", "slash", "long", "backslash"]
)
def test_descriptions_that_earth_engine_refuses_are_refused(server: LocalServer, description: str) -> None:
    with pytest.raises(ee.EEException, match="must contain only the following characters") as refused:
        task(description).start()
    assert "at most 100 characters" in str(refused.value)


def test_a_priority_out_of_range_is_refused(server: LocalServer) -> None:
    with pytest.raises(ee.EEException, match="between 0 and 9999"):
        task(priority=10_000).start()
