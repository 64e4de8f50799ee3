"""Plans: what is said before is what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ee
import pytest

import gee_scl
from gee_scl.local.server import LocalServer
from gee_scl.requests.costs import eecu_seconds
from tests.support.engines import server_over, session_on


@pytest.fixture(scope="module")
def server(sample: Path) -> Iterator[LocalServer]:
    with server_over(sample) as server, session_on(server.url):
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
    with pytest.raises(TypeError, match=r"class_statistics\(\) got an unexpected .* 'wieghts'.*'weights'"):
        gee_scl.class_statistics(images(), gee_scl.sample_regions(), wieghts="centre")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"plan\(\) got an unexpected keyword argument 'wieghts'.*'weights'"):
        gee_scl.plan(images(), gee_scl.sample_regions(), wieghts="centre")  # type: ignore[call-arg]


@pytest.mark.parametrize("by", ["image", "date"])
def test_what_it_costs_is_said_where_the_first_request_was_measured(
    server: LocalServer, by: str, tmp_path: Path
) -> None:
    limits = gee_scl.Limits(rows=20, regions=2)
    arguments: dict[str, Any] = {"id": "name", "by": by}
    run = gee_scl.Run(limits=limits, checkpoint=tmp_path / "checkpoint")
    unknown = gee_scl.plan(images(), gee_scl.sample_regions(), **arguments, run=run)
    assert unknown.eecu_seconds is None
    assert "EECU" not in str(unknown)
    seen: list[str] = []
    with ee.data.profiling(seen.append):
        plan = gee_scl.plan(images(), gee_scl.sample_regions(), **arguments, run=run, probe=True)
    first = plan.probed_eecu_seconds
    assert first is not None
    assert 0 < first < 60
    assert 0 < plan.probed_pixels < plan.pixels
    assert plan.eecu_seconds == pytest.approx(first * plan.pixels / plan.probed_pixels)
    assert "EECU-s at this rate" in str(plan)
    assert len(seen) == 3, "the list, the first request, and the table of its profile reach the caller's hook too"
    # What the first request has answered is not asked for again.
    assert plan.requests == unknown.requests
    assert gee_scl.plan(images(), gee_scl.sample_regions(), **arguments, run=run).requests == plan.requests - 1


def test_a_change_can_be_probed_too(server: LocalServer) -> None:
    plan = gee_scl.plan_transitions(images(), images(), gee_scl.sample_regions(), probe=True)
    assert plan.probed_eecu_seconds is not None
    assert plan.eecu_seconds == pytest.approx(plan.probed_eecu_seconds)


def test_a_first_request_that_fails_is_an_error(server: LocalServer) -> None:
    with (
        server.fail("table.computeFeatures", status=400, message="Image.select: no band", after=1),
        pytest.raises(gee_scl.RequestError, match="no band"),
    ):
        gee_scl.plan(images(), gee_scl.sample_regions(), probe=True)


def test_a_profile_is_read_as_earth_engine_writes_it() -> None:
    # Laid out as in https://geetools.readthedocs.io/en/latest/usage/profile.html, with numbers of our own.
    table = (
        " EECU·s PeakMem Count  Description\n"
        "  1.250     59k     6  Algorithm Image.reduceRegions\n"
        " 10.500    1.1M    86  Loading assets: a 7.5 b\n"
        "      -     200    72  Reprojecting pixels\n"
    )
    assert eecu_seconds(table) == 11.75
    assert eecu_seconds("nothing of the kind") is None
    assert eecu_seconds("") is None
