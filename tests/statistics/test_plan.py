"""Plans: what is said before is what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import gee_scl
from gee_scl.local.server import LocalServer


@pytest.fixture(scope="module")
def server(sample: Path) -> Iterator[LocalServer]:
    with LocalServer(sample) as server, gee_scl.local_session(server.url):
        yield server


def images() -> Any:
    return gee_scl.collection(start="2023-05-01", end="2023-09-01")


@pytest.mark.parametrize("by", ["image", "date"])
@pytest.mark.parametrize("rows", [6, 4000])
def test_a_plan_is_what_it_costs(server: LocalServer, by: str, rows: int) -> None:
    run = gee_scl.Run(limits=gee_scl.Limits(rows=rows, regions=2))
    arguments: dict[str, Any] = {"id": "name", "by": by, "run": run}
    plan = gee_scl.plan(images(), gee_scl.sample_regions(), **arguments)
    before = server.counters.total
    frame = gee_scl.class_statistics(images(), gee_scl.sample_regions(), **arguments)
    spent = server.counters.total - before
    assert frame.attrs["gee_scl"]["requests"] == 1 + plan.requests
    assert len(frame) / 11 <= plan.pairs <= 1.5 * len(frame) / 11
    # The list of the images is in what was spent, and not in the plan.
    assert plan.bytes_up == pytest.approx(spent.bytes_up, rel=0.3)
    assert plan.pixels >= spent.pixels / 20
    assert (plan.regions, plan.images, plan.days) == (6, 18, 9 if by == "date" else None)


def test_a_plan_makes_one_request(server: LocalServer) -> None:
    before = sum(server.counters.requests.values())
    gee_scl.plan(images(), gee_scl.sample_regions())
    assert sum(server.counters.requests.values()) - before == 1


def test_it_prints_and_shows(server: LocalServer) -> None:
    plan = gee_scl.plan(images(), gee_scl.sample_regions(), id="name", by="date")
    lines = str(plan).splitlines()
    assert [line.split()[0] for line in lines[:4]] == ["regions", "images", "days", "pairs"]
    assert "<table>" in plan._repr_html_()
    frame = plan.to_frame()
    assert list(frame) == ["tile", "images", "regions", "pairs"]
    assert set(frame["tile"]) == {"32TPS", "32TQS"}
    assert frame["images"].sum() == 18


def test_regions_that_no_image_meets_are_named_before(server: LocalServer) -> None:
    far = [(11.56, 46.42, 11.58, 46.44), (-60.0, 2.0, -59.9, 2.1)]
    plan = gee_scl.plan(images(), far)
    assert plan.regions_without_image == (1,)


@pytest.mark.parametrize("limit", ["max_requests", "max_pixels"])
def test_work_beyond_its_limits_does_not_start(server: LocalServer, limit: str) -> None:
    few = gee_scl.Limits(rows=6, regions=2)
    before = server.counters.total.pairs
    with pytest.raises(gee_scl.ArgumentError, match=f"{limit}: got 1, where .* are planned") as caught:
        gee_scl.class_statistics(
            images(),
            gee_scl.sample_regions(),
            run=gee_scl.Run(limits=few, **{limit: 1}),  # type: ignore[arg-type]
        )
    assert caught.value.argument == limit
    assert server.counters.total.pairs == before


def test_what_is_saved_is_not_planned_again(server: LocalServer, tmp_path: Path) -> None:
    run = gee_scl.Run(checkpoint=tmp_path / "checkpoint")
    regions = gee_scl.sample_regions()
    early = gee_scl.collection(start="2023-05-01", end="2023-06-01")
    before = gee_scl.plan(images(), regions, run=run)
    gee_scl.class_statistics(early, regions, run=run)
    after = gee_scl.plan(images(), regions, run=run)
    assert before.saved == 0
    assert after.saved == gee_scl.plan(early, regions).pairs
    assert after.pairs + after.saved == before.pairs


def test_an_unknown_argument_is_named(server: LocalServer) -> None:
    with pytest.raises(TypeError, match=r"plan\(\) got an unexpected keyword argument 'wieghts'.*'weights'"):
        gee_scl.plan(images(), gee_scl.sample_regions(), wieghts="centre")  # type: ignore[call-arg]
