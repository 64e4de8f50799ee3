"""Asking again where that may help, over HTTP, with an engine that fails on demand."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import ee
import pandas as pd
import pytest

import gee_scl
from gee_scl.local.server import LocalServer
from gee_scl.requests.door import Door
from gee_scl.requests.pace import StoppedError

PICTURE = {"dimensions": [8, 8], "format": "png"}
GRID = {
    "dimensions": {"width": 4, "height": 4},
    "affineTransform": {"scaleX": 20, "translateX": 690000, "scaleY": -20, "translateY": 5140000},
    "crsCode": "EPSG:32632",
}


def image() -> ee.Image:
    return ee.Image(gee_scl.collection().first())


def table(rows: int = 3) -> ee.FeatureCollection:
    return ee.FeatureCollection([ee.Feature(None, {"n": n}) for n in range(rows)])


def attempts(number: int, **limits: int) -> gee_scl.Run:
    return gee_scl.Run(limits=gee_scl.Limits(attempts=number, **limits))


ASKED: dict[str, Callable[[Door], object]] = {
    "value.compute": lambda door: door.value("It", ee.Number(1)),
    "table.computeFeatures": lambda door: door.rows("It", table()),
    "maps.create": lambda door: door.tile_address("It", gee_scl.visualize(image()))[:4],
    "thumbnails.create": lambda door: door.picture("It", gee_scl.visualize(image()), PICTURE)[:4],
    "thumbnails.getPixels": lambda door: door.picture("It", gee_scl.visualize(image()), PICTURE)[:4],
    "image.computePixels": lambda door: door.pixels("It", image().select("SCL"), GRID)[:4],
    "operations.list": lambda door: len(door.operations("It")),
    "assets.get": lambda door: door.has_asset("projects/gee-scl-local/assets/none"),
}
"""Each kind of request."""

PASSING = [
    "status=429",
    "status=503 body=html",
    "dropped",
    "cut=0.5",
    "body=html",
    "body=nothing",
]


@pytest.mark.parametrize("words", PASSING)
@pytest.mark.parametrize("route", [route for route in ASKED if route != "assets.get"])
@pytest.mark.some(12)
def test_what_may_pass_is_asked_again_and_the_answer_is_the_same(server: LocalServer, route: str, words: str) -> None:
    ask = ASKED[route]
    plain, door = Door(), Door()
    whole = ask(plain)
    with server.fail(f"{route} {words} times=1") as fault:
        assert ask(door) == whole
    assert fault.struck == 1
    assert (door.tally.repeated, door.tally.waits) == (1, 1)
    assert door.requests == plain.requests + 1
    assert plain.tally.repeated == plain.tally.waits == 0


@pytest.mark.parametrize("body", ["{}", "[]", "null", "html", "nothing"])
def test_a_body_of_the_wrong_shape_is_asked_for_a_few_times_and_never_counts_as_no_rows(
    server: LocalServer, body: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gee_scl.requests.patience._FAULT", (0.01, 0.01))
    for route in ASKED:
        if (route, body) == ("operations.list", "{}"):
            continue  # which is how the server says that there are none
        with (
            server.fail(f"{route} body={body}") as fault,
            pytest.raises(gee_scl.RequestError, match="has not the shape") as caught,
        ):
            ASKED[route](Door())
        assert fault.struck == 4, route
        assert (caught.value.kind, caught.value.status) == ("passing", 200), route
        assert "It was asked for 4 times in" in str(caught.value)


def test_a_page_without_rows_has_its_type_and_ends_a_table(server: LocalServer) -> None:
    assert Door().rows("No rows", table().filter(ee.Filter.eq("n", -1))) == []


@pytest.mark.parametrize("page", [1, 2, 3])
def test_no_page_of_a_table_is_lost(server: LocalServer, page: int) -> None:
    door = Door(attempts(3, page=2))
    with server.fail("table.computeFeatures", body="{}", after=page - 1, times=1):
        rows = door.rows("Five rows", table(5))
    assert [row["n"] for row in rows] == list(range(5))
    assert (door.requests, door.tally.repeated) == (4, 1)


@pytest.mark.parametrize("error", ["memory", "timeout", "payload", "no-band", "no-image", "daily-quota", "queue-full"])
def test_what_no_repetition_mends_is_asked_once(server: LocalServer, error: str) -> None:
    door = Door()
    with server.fail("table.computeFeatures", error=error) as fault, pytest.raises(gee_scl.RequestError) as caught:
        door.rows("A table", table())
    assert fault.struck == door.requests == 1
    assert door.tally.waits == 0
    assert "asked for" not in str(caught.value)


def test_it_ends_and_says_how_often_and_how_long(server: LocalServer) -> None:
    door = Door(attempts(2))
    with (
        server.fail("value.compute", error="unavailable") as fault,
        pytest.raises(
            gee_scl.RequestError, match=r"It was asked for 2 times in \d+ s\. Wait, then ask again"
        ) as caught,
    ):
        door.value("A number", ee.Number(1))
    assert (fault.struck, door.requests, door.tally.repeated) == (2, 2, 1)
    assert (caught.value.status, caught.value.kind) == (503, "passing")
    assert caught.value.message == "The service is currently unavailable."


@pytest.mark.parametrize("words", ["retry_after=1", 'header="Retry-After: {date}"'])
def test_the_server_says_how_long_to_wait_at_least(server: LocalServer, words: str) -> None:
    from datetime import UTC, datetime, timedelta
    from email.utils import format_datetime

    date = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    door, began = Door(), time.monotonic()
    with server.fail(f"value.compute status=503 {words.format(date=date)} times=1"):
        assert door.value("A number", ee.Number(1)) == 1
    assert time.monotonic() - began >= 0.9
    assert door.tally.seconds_waited >= 0.9


def test_a_server_that_asks_to_wait_for_an_hour_is_not_waited_for(server: LocalServer) -> None:
    with (
        server.fail("value.compute", status=429, retry_after=3600) as fault,
        pytest.raises(gee_scl.RequestError) as caught,
    ):
        Door().value("A number", ee.Number(1))
    assert (fault.struck, caught.value.kind) == (1, "passing")


def many(door: Door, number: int, workers: int = 4) -> list[int]:
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(lambda n: door.value(f"Number {n}", ee.Number(n)), range(number)))


def test_a_crowd_becomes_smaller_and_every_answer_comes(server: LocalServer) -> None:
    door = Door()
    # Slow, so that four are under way at a time.
    with (
        server.fail("value.compute", slow=0.05),
        server.fail("value.compute", error="too-many-aggregations", in_flight=2) as fault,
    ):
        assert many(door, 24) == list(range(24))
    assert fault.struck > 0
    assert door.requests == 24 + fault.struck <= 2 * 24


def test_what_is_a_crowd_by_itself_is_too_large(server: LocalServer) -> None:
    door = Door()
    with (
        server.fail("value.compute", error="too-many-aggregations") as fault,
        pytest.raises(gee_scl.RequestError, match="Too many concurrent aggregations") as caught,
    ):
        door.value("A number", ee.Number(1))
    assert caught.value.kind == "too large"
    assert fault.struck == 2


@pytest.mark.filterwarnings("ignore::gee_scl.RegionWarning")
def test_too_many_aggregations_of_one_request_are_cut_and_the_frame_is_the_same(
    server: LocalServer, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gee_scl.requests.patience._PRESSURE", (0.01, 0.01))
    images = gee_scl.collection(start="2023-06-01", end="2023-07-01", tiles="32TPS")
    whole = statistics(images, sample)
    with server.fail("table.computeFeatures", error="too-many-aggregations", pairs=3) as fault:
        halved = statistics(images, sample)
    assert fault.struck > 0
    pd.testing.assert_frame_equal(halved, whole)


@pytest.mark.filterwarnings("ignore::gee_scl.RegionWarning")
@pytest.mark.long
def test_under_faults_the_frame_is_the_same_with_few_more_requests(server: LocalServer, sample: Path) -> None:
    images = gee_scl.collection(start="2023-06-01", end="2023-08-01")
    whole = statistics(images, sample)
    with (
        server.fail("*", status=429, share=0.1, seed=1),
        server.fail("*", status=503, body="html", share=0.05, seed=2),
        server.fail("*", cut=0.5, share=0.05, seed=3),
        server.fail("*", body="{}", share=0.05, seed=4),
    ):
        again = statistics(images, sample)
    pd.testing.assert_frame_equal(again, whole)
    assert whole.attrs["gee_scl"]["requests"] < again.attrs["gee_scl"]["requests"]
    assert again.attrs["gee_scl"]["requests"] <= 2 * whole.attrs["gee_scl"]["requests"]


def statistics(images: ee.ImageCollection, sample: Path) -> pd.DataFrame:
    """Of the sample's regions, one of which may meet no image, by many requests."""
    run = gee_scl.Run(limits=gee_scl.Limits(rows=6))
    return gee_scl.class_statistics(images, sample / "regions.geojson", id="name", run=run)


@pytest.mark.parametrize("words", ["status=503 retry_after=60", "status=429 retry_after=60"])
def test_a_door_that_is_stopped_ends_its_waiting_and_sends_nothing_more(server: LocalServer, words: str) -> None:
    door, ended = Door(), list[BaseException]()

    def ask(number: int) -> None:
        try:
            door.value("A number", ee.Number(number))
        except StoppedError as error:
            ended.append(error)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    with server.fail(f"value.compute {words}") as fault:
        for thread in threads:
            thread.start()
        while door.tally.waits < 1:
            time.sleep(0.01)
        time.sleep(0.2)
        struck, began = fault.struck, time.monotonic()
        door.stop()
        for thread in threads:
            thread.join(5)
        assert time.monotonic() - began < 1
        with pytest.raises(StoppedError):
            door.value("Another", ee.Number(1))
        assert fault.struck == struck
    assert len(ended) == 6


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="Windows has no alarm")
def test_an_interrupted_request_leaves_nothing_of_ours_behind(server: LocalServer) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        for words in ("slow=5", "status=503 retry_after=60"):
            door, began = Door(), time.monotonic()
            signal.setitimer(signal.ITIMER_REAL, 0.3)
            with server.fail(f"value.compute {words}"), pytest.raises(KeyboardInterrupt):
                door.value("A number", ee.Number(1))
            assert time.monotonic() - began < 2
            assert ee.data._get_state().max_retries == 5
            assert ee.data._thread_locals.profile_hook is None
            assert door.value("The next", ee.Number(2)) == 2
    finally:
        signal.signal(signal.SIGALRM, before)


def test_a_repeated_start_makes_one_task(server: LocalServer) -> None:
    from gee_scl import exports

    # The task is started, and the answer is lost.
    with server.fail("image.export", cut=0.2, times=1) as fault:
        task = exports.export_image(image(), "once", to=exports.Drive("f"))
    assert fault.struck == 1
    assert [other.name for other in exports.tasks() if other.name == "once"] == ["once"]
    task.wait()


def test_an_asset_whose_deletion_was_not_confirmed_is_gone_all_the_same(server: LocalServer) -> None:
    ee.data.createAsset({"type": "FOLDER"}, "projects/gee-scl-local/assets/short-lived")
    door = Door()
    with server.fail("assets.delete", cut=0.5, times=1):
        door.delete_asset("Deleting it", "projects/gee-scl-local/assets/short-lived")
    assert not door.has_asset("projects/gee-scl-local/assets/short-lived")
    with pytest.raises(gee_scl.RequestError) as caught:
        door.delete_asset("Deleting it", "projects/gee-scl-local/assets/short-lived")
    assert caught.value.kind == "not found"


def test_the_client_does_not_repeat_what_we_repeat_and_has_its_number_back(server: LocalServer) -> None:
    ee.data.setMaxRetries(4)
    try:
        with server.fail("value.compute", status=503) as fault, pytest.raises(gee_scl.RequestError):
            Door(attempts(1)).value("A number", ee.Number(1))
        assert fault.struck == 1
        assert ee.data._get_state().max_retries == 4
    finally:
        ee.data.setMaxRetries(5)


def test_what_cannot_be_asked_at_all_is_not_asked_again(server: LocalServer) -> None:
    door = Door()
    with pytest.raises(TypeError):
        door.pixels("Pixels", image(), {"crsCode": object()})
    assert door.tally.waits == 0
