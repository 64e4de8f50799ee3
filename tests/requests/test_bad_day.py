"""All that can go wrong at once: the same frame, few requests more, and none that cannot succeed is made again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

import gee_scl
from gee_scl.local.server import LocalServer
from tests.support.engines import session_on
from tests.support.made_catalogue import chance_squares, make_many
from tests.support.mixed_faults import HiddenBounds, mixed_faults
from tests.support.recorded_requests import RecordedRequests, ends, recorded, repeated_in_vain

LIMITS = gee_scl.Limits(rows=24, regions=3)
"""Three regions on eight images."""

BOUNDS = HiddenBounds(pixels=27_000, pairs=18)
"""The server bears six of the images; and of the requests that read the most, less."""


@pytest.fixture(scope="module")
def bad_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    folder = tmp_path_factory.mktemp("made")
    make_many(folder, 128, 2)
    with LocalServer(folder) as server:
        yield server


@pytest.fixture
def sent(bad_server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordedRequests]:
    for name in ("_FAULT", "_PRESSURE"):
        monkeypatch.setattr(f"gee_scl.requests.patience.{name}", (0.01, 0.05))
    with session_on(bad_server.url), recorded() as requests:
        yield requests


def job(by: str, folder: Path | None = None) -> pd.DataFrame:
    regions: gpd.GeoDataFrame = chance_squares(2, 9)
    run = gee_scl.Run(limits=LIMITS, checkpoint=folder)
    return gee_scl.class_statistics(gee_scl.collection(), regions, by=by, run=run)


@pytest.mark.parametrize(("by", "seed"), [("image", 60), ("date", 111)])
@pytest.mark.some(1)
def test_on_a_bad_day_the_frame_is_the_same_and_nothing_is_asked_in_vain(
    bad_server: LocalServer, sent: RecordedRequests, tmp_path: Path, by: str, seed: int
) -> None:
    whole = job(by)
    usual = sent.take()
    assert ends(usual) == {"answered": len(usual)}
    assert len(usual) >= 40
    # Each takes a moment, so that as many as may be are under way at a time.
    with mixed_faults(bad_server, BOUNDS, seed) as faults, bad_server.fail("table.computeFeatures", slow=0.05):
        frame = job(by, tmp_path / "checkpoint")
    made = sent.take()
    pd.testing.assert_frame_equal(frame, whole)
    assert {name: fault.struck for name, fault in faults.items() if not fault.struck} == {}
    assert repeated_in_vain(made) == []
    assert len(made) == frame.attrs["gee_scl"]["requests"]
    # What passes was asked for again until it was had; what does not pass was asked for once, and then in parts.
    refused = {request.what for request in made if request.is_refused_for_good}
    answered = {request.what for request in made if request.end == "answered"}
    assert {request.what for request in made} == refused | answered
    assert not refused & answered
    passing = sum(fault.struck for name, fault in faults.items() if "above" not in name)
    assert len(made) == len(refused) + len(answered) + passing
    # All of it was saved on the way.
    pd.testing.assert_frame_equal(job(by, tmp_path / "checkpoint"), whole)
    assert len(sent.take()) == 1
