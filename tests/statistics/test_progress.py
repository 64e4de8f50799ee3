"""How far the work is, as it is told: the numbers are right at every moment, also where pieces are cut or lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import ee
import pandas as pd
import pytest

import gee_scl
from gee_scl.local.server import LocalServer
from gee_scl.options.bar import Bar
from tests.support.engines import server_over, session_on
from tests.support.recorded_requests import SentRequest, recorded

CLASSES = 11

RUN = gee_scl.Run(limits=gee_scl.Limits(rows=12, regions=3, parallel=3))

ALONE = gee_scl.Run(limits=gee_scl.Limits(rows=12, regions=3, parallel=1))
KEPT = gee_scl.Run(limits=ALONE.limits, on_error="keep")


class Watched(Bar):
    """A bar that remembers what it showed."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[tuple[int, int]] = []
        self.more: list[Mapping[str, object]] = []
        self.bars = 0

    def show(self, done: int, total: int, more: Mapping[str, object], unit: str = "") -> None:
        self.bars += self._bar is None
        super().show(done, total, more, unit)
        self.shown.append((done, total))
        self.more.append(more)

    @property
    def is_open(self) -> bool:
        return self._bar is not None


@pytest.fixture(scope="module")
def server(sample: Path) -> Iterator[LocalServer]:
    with server_over(sample) as server, session_on(server.url):
        yield server


def images() -> ee.ImageCollection:
    return gee_scl.collection(start="2023-05-01", end="2023-09-01")


def statistics(progress: object, run: gee_scl.Run = RUN, **more: object) -> pd.DataFrame:
    regions = gee_scl.sample_regions()
    return gee_scl.class_statistics(images(), regions, id="name", run=run, progress=progress, **more)  # type: ignore[arg-type]


def check(bar: Watched, planned: int) -> None:
    """What holds for each bar: it begins with the plan, rows only come, and what is left only goes."""
    assert bar.shown[0] == (0, planned)
    for (rows, total), (more_rows, then) in pairwise(bar.shown):
        assert 0 <= rows <= more_rows
        assert then - more_rows <= total - rows
        assert then <= total
    assert bar.bars == 1
    assert not bar.is_open


@pytest.mark.parametrize("by", ["image", "date"])
def test_a_bar_goes_from_all_pairs_to_all_rows(server: LocalServer, by: str) -> None:
    bar, planned = Watched(), gee_scl.plan(images(), gee_scl.sample_regions(), by=by).pairs
    frame = statistics(bar, by=by)
    check(bar, planned)
    assert bar.shown[-1] == (len(frame) // CLASSES, len(frame) // CLASSES)
    assert bar.more[-1]["requests"] == frame.attrs["gee_scl"]["requests"]


def test_a_bar_is_right_where_pieces_are_cut(server: LocalServer) -> None:
    bar, planned = Watched(), gee_scl.plan(images(), gee_scl.sample_regions()).pairs
    whole = statistics(None)
    with server.fail("table.computeFeatures", error="timeout", pairs=4) as fault:
        frame = statistics(bar)
    assert fault.struck > 0
    pd.testing.assert_frame_equal(frame, whole)
    check(bar, planned)
    assert bar.shown[-1] == (len(frame) // CLASSES, len(frame) // CLASSES)
    assert int(str(bar.more[-1]["splits"])) > 0


def test_what_is_lost_is_left_no_more(server: LocalServer) -> None:
    bar, planned = Watched(), gee_scl.plan(images(), gee_scl.sample_regions()).pairs
    with (
        server.fail("table.computeFeatures", error="memory", pairs=0, after=1, times=8),
        pytest.warns(UserWarning, match="parts of the work failed: "),
    ):
        frame = statistics(bar, KEPT)
    assert frame.attrs["gee_scl"]["failures"]
    check(bar, planned)
    assert bar.shown[-1] == (len(frame) // CLASSES, len(frame) // CLASSES)


def test_what_was_not_asked_for_is_still_left_and_is_told(server: LocalServer) -> None:
    """One request at a time, of which the third finds that nothing helps: its pairs are lost, the others' are left."""
    bar = Watched()
    planned = gee_scl.plan(images(), gee_scl.sample_regions()).pairs
    with (
        server.fail("table.computeFeatures", error="no-band", pairs=0, after=2),
        recorded() as sent,
        pytest.raises(gee_scl.IncompleteError) as caught,
    ):
        statistics(bar, ALONE)
    check(bar, planned)
    rows, total = bar.shown[-1]
    assert rows == len(caught.value.frame) // CLASSES
    left = total - rows
    assert left == planned - sum(map(page, sent.take()))
    assert f"1 parts of the work failed, and {left} pairs of region and image were not asked for" in str(caught.value)


def page(request: SentRequest) -> int:
    """How many rows a request for statistics may bring, one for each of its pairs; 0 of the list of images."""
    text = request.what[1].decode()
    return int(text.rsplit('"pageSize": ', 1)[1].rstrip("}")) if "reduceRegions" in text else 0


def test_what_was_saved_is_there_from_the_start(server: LocalServer, tmp_path: Path) -> None:
    saved = gee_scl.Run(limits=RUN.limits, checkpoint=tmp_path / "checkpoint")
    frame = statistics(None, saved)
    bar = Watched()
    statistics(bar, saved)
    assert bar.shown == [(len(frame) // CLASSES, len(frame) // CLASSES)]
    assert not bar.is_open


@pytest.mark.parametrize("words", ["slow=0", "error=timeout pairs=4", "error=memory pairs=0 after=1 times=8"])
@pytest.mark.filterwarnings("ignore:.*parts of the work failed")
def test_a_function_is_told_of_requests_to_the_last_one(server: LocalServer, words: str) -> None:
    told: list[tuple[int, int]] = []
    with server.fail(f"table.computeFeatures {words}"):
        statistics(lambda done, total: told.append((done, total)), KEPT)
    assert all(0 < done <= total for done, total in told)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert all(done < total for done, total in told[:-1])
    assert told[-1][0] == told[-1][1]
    if words == "slow=0":
        assert told == [(done, len(told)) for done in range(1, len(told) + 1)]
