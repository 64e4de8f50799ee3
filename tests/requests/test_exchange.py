"""What answers say beside their content: restricted mode, profiles, labels, waits; and what does not get out."""

from __future__ import annotations

import json
import logging
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ee
import pytest

import gee_scl
from gee_scl import exports
from gee_scl.local.server import LocalServer
from gee_scl.requests.contents import content_at
from gee_scl.requests.door import Door
from gee_scl.requests.exchange import Exchange
from gee_scl.requests.patience import QuotaWarning
from gee_scl.requests.refusals import without_keys
from tests.support.engines import session_on

RESTRICTED = "* header='x-earth-engine-quota-status: parallelism_restricted=true'"
PROFILED = "* header='x-earth-engine-computation-profile: an-id'"


def image() -> ee.Image:
    return ee.Image(gee_scl.collection().first())


def many(door: Door, number: int) -> list[int]:
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda n: door.value(f"Number {n}", ee.Number(n)), range(number)))


# --- restricted mode --------------------------------------------------------------------------------------------------


def test_restricted_mode_is_one_warning_one_worker_and_a_line_in_the_record(server: LocalServer) -> None:
    door = Door()
    with server.fail(RESTRICTED), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert many(door, 12) == list(range(12))
    assert [warning.category for warning in caught] == [QuotaWarning]
    assert "noncommercial_tiers#restricted_mode" in str(caught[0].message)
    assert (door.restricted, door.at_a_time) == (True, 1)


def test_without_it_there_is_none(server: LocalServer) -> None:
    door = Door()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        many(door, 4)
    assert not door.restricted


def test_the_clients_own_calls_warn_as_they_do(server: LocalServer) -> None:
    Door().value("Ours", ee.Number(1))
    with server.fail(RESTRICTED), pytest.warns(UserWarning, match="restricted mode") as caught:
        ee.Number(1).getInfo()
    assert caught[0].category is UserWarning


def test_a_refusal_says_it_as_well_as_an_answer(server: LocalServer) -> None:
    door = Door()
    with (
        server.fail(f"{RESTRICTED} error=memory"),
        pytest.warns(QuotaWarning),
        pytest.raises(gee_scl.RequestError, match="User memory limit"),
    ):
        door.value("A number", ee.Number(1))
    assert door.restricted


# --- profiles ---------------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::gee_scl.RegionWarning")
def test_a_profile_is_made_of_every_request_whatever_thread_makes_it(server: LocalServer, sample: Path) -> None:
    images = gee_scl.collection(start="2023-06-01", end="2023-07-01", tiles="32TPS")
    ids: list[str] = []
    run = gee_scl.Run(limits=gee_scl.Limits(rows=6))
    with server.fail(PROFILED), ee.data.profiling(ids.append):
        frame = gee_scl.class_statistics(images, sample / "regions.geojson", id="name", run=run)
    assert frame.attrs["gee_scl"]["requests"] > 2
    assert [profiles.split(", ")[-1] for profiles in ids] == ["an-id"] * frame.attrs["gee_scl"]["requests"]


def test_profiles_are_asked_for_where_they_are_wanted_and_nowhere_else(server: LocalServer) -> None:
    profiled = "X-Earth-Engine-Computation-Profiling"
    with requests_seen() as seen:
        with ee.data.profiling(lambda _: None):
            door = Door()
        many(door, 3)
        many(Door(), 2)
    assert [profiled in request.headers for request in seen] == [True] * 3 + [False] * 2


# --- labels -----------------------------------------------------------------------------------------------------------


@contextmanager
def requests_seen() -> Iterator[list[Any]]:
    """What the client sends, as its session has it."""
    seen: list[Any] = []
    hooks = ee.data._get_state().requests_session.hooks["response"]
    look: Callable[..., None] = lambda response, *_, **__: seen.append(response.request)  # noqa: E731
    hooks.append(look)
    try:
        yield seen
    finally:
        hooks.remove(look)


def test_a_label_goes_with_each_request_and_task_and_not_into_the_process(server: LocalServer) -> None:
    run = gee_scl.Run(workload_tag="fields-2023_a")
    door = Door(run)
    with requests_seen() as seen:
        assert door.value("A number", ee.Number(1).add(1)) == 2
        assert door.rows("A table", ee.FeatureCollection([ee.Feature(None, {"n": 1})])) == [{"n": 1}]
        door.pixels(
            "Pixels",
            image().select("SCL"),
            {
                "dimensions": {"width": 4, "height": 4},
                "affineTransform": {"scaleX": 20, "translateX": 690000, "scaleY": -20, "translateY": 5140000},
                "crsCode": "EPSG:32632",
            },
        )
        assert ee.data.getWorkloadTag() == ""
    assert ['"workloadTag": "fields-2023_a"' in request.body for request in seen] == [True] * 3
    task = exports.export_image(image(), "labelled", to=exports.Drive("f"), run=run)
    operation = ee.data.getOperation(task.operation)
    assert operation["metadata"]["workloadTag"] == "fields-2023_a"
    task.wait()


def drawn(door: Door) -> list[bytes]:
    """A picture, a film and the first tile of a map, whose requests are two, two and one."""
    shown = gee_scl.visualize(image())
    region = ee.Geometry.Rectangle([11.58, 46.42, 11.6, 46.44], None, False)
    place = {"crs": "EPSG:3857", "region": region, "dimensions": [40, 30]}
    picture = door.picture("A picture", shown, {**place, "format": "png"})
    films = ee.ImageCollection([shown, shown.subtract(1).toByte()])
    film = door.film("A film", films, {**place, "framesPerSecond": 10})
    address = door.tile_address("Tiles", shown, "png")
    return [picture, film, content_at(address.format(x=4358, y=2895, z=13))]


def test_a_label_goes_with_pictures_films_and_maps_which_stay_the_same(server: LocalServer) -> None:
    with requests_seen() as seen:
        plain = drawn(Door())
        labelled = drawn(Door(gee_scl.Run(workload_tag="fields-2023_a")))
        assert ee.data.getWorkloadTag() == ""
    assert labelled == plain
    assert len(set(plain)) == 3
    created = [request for request in seen if request.method == "POST"]
    assert ["workloadTag=fields-2023_a" in request.url for request in created] == [False] * 3 + [True] * 3
    assert [request.url.split("?")[0] for request in created[3:]] == [r.url.split("?")[0] for r in created[:3]]
    formats = [json.loads(request.body)["fileFormat"] for request in created]
    assert formats[:3] == formats[3:] == ["PNG", "GIF", "PNG"]


def test_without_a_label_that_of_the_process_stays(server: LocalServer) -> None:
    with ee.data.workloadTagContext("the-users"), requests_seen() as seen:
        Door().value("A number", ee.Number(1))
        Door(gee_scl.Run(workload_tag="ours")).value("A number", ee.Number(1))
        assert ee.data.getWorkloadTag() == "the-users"
    assert ["the-users" in request.body for request in seen] == [True, False]
    assert "ours" in seen[1].body


@pytest.mark.parametrize("tag", ["", "A", "Fields", "-a", "a-", "a b", "a.b", "ä", "a" * 64, "a\n", 5, True])
def test_a_label_that_earth_engine_refuses_is_refused_before(tag: object) -> None:
    with pytest.raises(gee_scl.ArgumentError, match=r"workload_tag: got .*; allowed: 1 to 63 lower-case letters"):
        gee_scl.Run(workload_tag=tag)  # type: ignore[arg-type]


@pytest.mark.parametrize("tag", [None, "a", "0", "a-b_c", "a" * 63])
def test_any_other_is_taken(tag: str | None) -> None:
    assert gee_scl.Run(workload_tag=tag).workload_tag == tag


# --- waits, counts and the log ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("7", 7), (" 0 ", 0), ("", 0), ("soon", 0), ("-3", 0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("1.5", 0)],
)
def test_how_long_to_wait_is_read_in_either_form(text: str, seconds: float) -> None:
    exchange = Exchange()
    exchange.see(503, {"Retry-After": text})
    assert exchange.retry_after == seconds


def test_requests_waits_and_what_was_given_up_are_logged(
    server: LocalServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gee_scl.requests.patience._FAULT", (0.01, 0.01))
    caplog.set_level(logging.DEBUG, "gee_scl.requests")
    door = Door(gee_scl.Run(limits=gee_scl.Limits(attempts=2)))
    door.rows("The table of two", ee.FeatureCollection([ee.Feature(None, {"n": n}) for n in range(2)]))
    with server.fail("value.compute", error="unavailable"), pytest.raises(gee_scl.RequestError):
        door.value("A number", ee.Number(1))
    door.note_split("Twelve regions", "User memory limit exceeded.")
    lines = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert [level for level, _ in lines] == ["DEBUG", "DEBUG", "INFO", "DEBUG", "WARNING", "INFO"]
    assert lines[0][1].startswith("The table of two: 2 rows in ")
    assert "after attempt 1 of 2: The service is currently unavailable." in lines[2][1]
    assert lines[4][1].startswith("A number: given up: The service is currently unavailable. It was asked for 2 times")
    assert lines[5][1] == "Twelve regions: asked for in parts: User memory limit exceeded."
    tally = door.tally
    assert (tally.requests, tally.repeated, tally.waits, tally.splits) == (3, 1, 1, 1)
    assert 2 * len('{"n": 0}') < tally.bytes < 2000


def test_counting_is_exact_in_many_threads(server: LocalServer) -> None:
    door = Door()
    many(door, 40)
    threads = [threading.Thread(target=door.note_split, args=("It", "It is too much")) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (door.tally.requests, door.tally.splits) == (40, 40)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Max retries exceeded with url: /v1/x?key=AIzaSecret&alt=json", "key=...&alt=json"),
        ("GET projects/p/thumbnails/0123abcd-ef:getPixels", "thumbnails/...:getPixels"),
        ("Authorization: Bearer ya29.a0Af_secret-x", "Bearer ..."),
    ],
)
def test_no_key_or_token_is_told(text: str, shown: str) -> None:
    assert without_keys(text).endswith(shown)
    assert "ecret" not in without_keys(text)


def test_a_lost_picture_is_not_named_by_its_address(server: LocalServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "gee_scl.requests")
    door = Door(gee_scl.Run(limits=gee_scl.Limits(attempts=1)))
    with server.fail("thumbnails.getPixels", dropped=True), pytest.raises(gee_scl.RequestError) as caught:
        door.picture("A picture", gee_scl.visualize(image()), {"dimensions": [4, 4]})
    for text in (str(caught.value), caplog.text):
        assert "getPixels" not in text or "thumbnails/...:getPixels" in text


# --- what never reaches the server ------------------------------------------------------------------------------------


def test_a_server_that_is_gone_and_a_token_that_has_expired_are_errors_of_ours(server: LocalServer) -> None:
    from google.auth.exceptions import RefreshError, TransportError

    from gee_scl.requests.refusals import refusal_of

    once = Door(gee_scl.Run(limits=gee_scl.Limits(attempts=1)))
    state = ee.data._get_state()
    with session_on(server.url):
        state.cloud_api_resource._baseUrl, before = "http://127.0.0.1:9/", state.cloud_api_resource._baseUrl
        try:
            with pytest.raises(gee_scl.RequestError) as caught:
                once.value("A number", ee.Number(1))
        finally:
            state.cloud_api_resource._baseUrl = before
    assert (caught.value.kind, caught.value.status) == ("passing", None)
    expired = refusal_of(RefreshError("Token has been expired or revoked; refresh"), Exchange())
    assert expired is not None
    assert (expired.kind, "earthengine authenticate" in expired.advice) == ("final", True)
    away = refusal_of(TransportError("no way"), Exchange())
    assert away is not None
    assert away.kind == "passing"


def test_a_session_that_is_refused_says_how_to_sign_in(server: LocalServer) -> None:
    with (
        server.fail("value.compute", status=401, message="Request had invalid authentication credentials."),
        pytest.raises(gee_scl.RequestError, match="earthengine authenticate") as caught,
    ):
        Door().value("A number", ee.Number(1))
    assert (caught.value.kind, caught.value.status) == ("final", 401)
