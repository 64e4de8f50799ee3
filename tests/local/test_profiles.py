"""Profiles: what the client's own profiler shows of this engine's requests."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator

import ee
import numpy as np
import pytest

from gee_scl.local.counters import Threads
from gee_scl.local.counters.profiles import ANSWER_HEADER, REQUEST_HEADER, Profiles, is_profiled, spent_on
from gee_scl.local.raster.blocks import blocks
from gee_scl.local.server import LocalServer
from tests.support.engines import session_on
from tests.support.local.caller import Caller, call, one
from tests.support.local.catalogues import GRID, Scene, make_catalogue

LINE = re.compile(r"^ *(?P<seconds>\d+\.\d{3}|-) +(?P<memory>-) +(?P<count>\d+)  (?P<description>.+)$")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    scene = Scene(np.random.default_rng(0).integers(1, 12, (600, 600)).astype(np.uint8))
    with LocalServer(make_catalogue(tmp_path_factory.mktemp("profiles"), [scene])) as running:
        yield running


@pytest.fixture
def session(server: LocalServer) -> Iterator[None]:
    with session_on(server.url):
        yield


def lines(text: str) -> dict[str, tuple[float, int]]:
    """Seconds and counts by description."""
    header, *rows = text.splitlines()
    assert header.split() == ["EECU·s", "PeakMem", "Count", "Description"]
    matches = [LINE.match(row) for row in rows]
    assert all(matches)
    return {m["description"]: (float(m["seconds"].replace("-", "0")), int(m["count"])) for m in matches if m}


def burn(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        sum(range(1000))


def test_the_clients_profiler_prints_what_a_table_took(server: LocalServer, session: None) -> None:
    blocks.clear()
    before = server.counters.total.blocks_decoded
    left, top = GRID @ (0, 0)
    region = ee.Feature(ee.Geometry.Rectangle([left, top - 9000, left + 9000, top], "EPSG:32632", False))
    images = ee.ImageCollection("COPERNICUS/S2_SR_HARMONIZED").select("SCL")
    rows = images.map(lambda image: image.reduceRegions(ee.FeatureCollection([region]), ee.Reducer.count())).flatten()
    printed = io.StringIO()
    with ee.profilePrinting(printed):
        ee.data.computeFeatures({"expression": ee.FeatureCollection(rows)})
    found = lines(printed.getvalue())
    assert found["Algorithm Image.reduceRegions"][1] == 1
    assert found["Loading assets"][1] == 1
    assert found["Decoding blocks of files"][1] == server.counters.total.blocks_decoded - before > 0
    assert found["(plumbing)"][1] == 1
    assert found["Algorithm Image.reduceRegions"][0] > 0
    assert "CPU on this machine" in printed.getvalue()


def test_requests_of_one_block_are_added_up(session: None) -> None:
    printed = io.StringIO()
    with ee.profilePrinting(printed):
        for _ in range(3):
            ee.Number(1).add(1).getInfo()
    assert lines(printed.getvalue())["Algorithm Number.add"][1] == 3


def test_an_answer_has_a_profile_only_where_it_is_asked_for(server: LocalServer) -> None:
    caller = Caller(server)
    addition = one(call("Number.add", left=1, right=2))
    assert ANSWER_HEADER not in caller.compute(addition).headers
    ids = {caller.compute(addition, **{REQUEST_HEADER: "1"}).headers[ANSWER_HEADER] for _ in range(3)}
    assert len(ids) == 3


def test_a_refused_request_has_a_profile_too(server: LocalServer) -> None:
    caller = Caller(server)
    refused = caller.compute(one(call("List.get", list=[], index=3)), **{REQUEST_HEADER: "1"})
    assert refused.status == 400
    text = caller.compute(one(call("Profile.getProfiles", ids=[refused.headers[ANSWER_HEADER]]))).body["result"]
    assert lines(text)["Algorithm List.get"][1] == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"ids": ["none"]}, "There is no profile 'none'"),
        ({"ids": [], "format": "json"}, "not covered"),
        ({"ids": [], "format": "xml"}, "'text' or 'json'"),
        ({"ids": [], "maxEntries": 0}, "must be positive"),
    ],
)
def test_what_cannot_be_shown_is_refused(server: LocalServer, arguments: dict[str, object], message: str) -> None:
    reply = Caller(server).compute(one(call("Profile.getProfiles", **arguments)))
    assert reply.status == 400
    assert message in reply.message


def test_work_counts_once_where_it_is_done_in_whatever_thread() -> None:
    profiles = Profiles()
    start = time.process_time()
    with profiles.request() as name, spent_on("outer"):
        burn(0.05)
        with spent_on("inner"):
            burn(0.05)
        with Threads(2) as pool:
            pool.submit(burn, 0.05).result()
            pool.submit(threaded).result()
    total = time.process_time() - start
    found = lines(profiles.text([name]))
    assert found["outer"] == (pytest.approx(0.10, abs=0.03), 1)
    assert found["inner"] == (pytest.approx(0.10, abs=0.03), 2)
    assert sum(seconds for seconds, _ in found.values()) == pytest.approx(total, abs=0.02)


def threaded() -> None:
    with spent_on("inner"):
        burn(0.05)


def test_too_many_lines_are_merged() -> None:
    profiles = Profiles()
    with profiles.request() as name:
        for place in range(10):
            with spent_on(f"work {place}"):
                burn(0.002 if place < 2 else 0)
    found = lines(profiles.text([name], 3))
    assert list(found)[2] == "(...)" or "(...)" in found
    assert len(found) == 4
    assert sum(count for description, (_, count) in found.items() if "CPU" not in description) == 11


def test_nothing_is_measured_where_nobody_asks() -> None:
    assert not is_profiled()
    with spent_on("anything"):
        assert not is_profiled()
