"""The queue: nothing is started twice, nothing is overwritten unasked, and what has no room is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ee
import pytest

import gee_scl
from gee_scl.errors import ArgumentError, RequestError
from gee_scl.exports import Asset, export_collection, export_image, tasks, wait_all
from gee_scl.exports.status import State
from gee_scl.local.context import Limits
from gee_scl.requests.run import checked_tag
from tests.support.exported import Bench, bench, days, scene, written


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
        assert task.status().state == (State.SUCCEEDED if limits is None else "CANCELLED")


def test_a_file_in_drive_is_not_overwritten_by_a_second_export(session: Bench) -> None:
    first = written(export_image(scene(), "a").wait().destinations)
    before = first.read_bytes()
    second = written(export_image(scene(), "a", scheme="land", existing="replace").wait().destinations)
    assert first.read_bytes() == before
    assert second != first


def test_an_asset_that_exists_is_replaced_only_when_asked(session: Bench) -> None:
    ee.batch.Export.image.toAsset(scene().select("SCL"), "x", "projects/gee-scl-local/assets/scl").start()
    wait_all(tasks())
    with pytest.raises(ArgumentError, match="an asset that does not exist"):
        export_image(scene(), "scl", to=Asset())
    with pytest.raises(ArgumentError, match="replace"):
        export_image(scene(), "scl", to=Asset(), existing="keep")
    assert export_image(scene(), "scl", to=Asset(), scheme="land", existing="replace").wait().state == State.SUCCEEDED
    assert ee.Image("projects/gee-scl-local/assets/scl").bandNames().getInfo() == ["land"]


def test_a_call_that_was_broken_off_is_gone_on_with(session: Bench) -> None:
    session.server.engine.operations.fail("Internal error.", description="32TPS_2023-05-21*")
    first = export_collection(days())
    wait_all(first)
    with pytest.raises(ArgumentError, match="started before"):
        export_collection(days())
    second = export_collection(days(), existing="keep")
    assert [a == b for a, b in zip(first, second, strict=True)] == [True, False, True, True]
    assert set(wait_all(second)["state"]) == {State.SUCCEEDED}


def test_a_full_queue_says_how_many_were_started_and_goes_on_later(at_rest: Bench) -> None:
    other, images = export_image(scene(), "other"), days().limit(3)
    with pytest.raises(RequestError, match=r"\(3 of 3\).*Too many tasks already in the queue.*2 before it are started"):
        export_collection(images)
    assert len(tasks(state="PENDING")) == 3
    other.cancel()
    assert len(export_collection(images, existing="keep")) == 3


def test_waiting_for_room_starts_the_rest_when_there_is_some(sample: Path, tmp_path: Path, cache: Path) -> None:
    with bench(sample, tmp_path / "exports", Limits(running_tasks=1, queued_tasks=1)):
        started = export_collection(days(), run=gee_scl.Run(wait_for_room=True))
        assert set(wait_all(started)["state"]) == {State.SUCCEEDED}


def test_more_than_earth_engines_queue_takes_is_refused_before_the_first(session: Bench) -> None:
    short = gee_scl.Run(limits=gee_scl.Limits(queued_tasks=3))
    with pytest.raises(RequestError, match=r"None was started\. Start 3 at most") as refused:
        export_collection(days(), run=short)
    assert refused.value.kind == "queue full"
    assert len(tasks()) == 0


@pytest.mark.parametrize("tag", ["", "a b", "ä", "-a", "x" * 25, "a_b", None])
def test_a_tag_that_a_description_cannot_hold_is_refused(tag: object) -> None:
    with pytest.raises(ArgumentError, match=r"^tag:"):
        gee_scl.Run(tag=tag)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match=r"^tag:"):
        checked_tag(tag)


@pytest.mark.parametrize(
    ("fields", "argument"),
    [
        ({"priority": 10_000}, "priority"),
        ({"priority": -1}, "priority"),
        ({"priority": 1.5}, "priority"),
        ({"most_tasks": 0}, "most_tasks"),
        ({"most_tasks": True}, "most_tasks"),
    ],
)
def test_a_run_that_cannot_be_is_refused_where_it_is_made(fields: dict[str, Any], argument: str) -> None:
    with pytest.raises(ArgumentError, match=f"^{argument}:"):
        gee_scl.Run(**fields)
