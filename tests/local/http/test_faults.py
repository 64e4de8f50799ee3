"""Failing on demand, over HTTP: every route by its name, what goes wrong, when it does, and the three ways to ask."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import ee
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gee_scl.local.errors import NotFoundError
from gee_scl.local.http.faults import FAIL_HEADER, WORDS, Body, Fault, FaultError
from gee_scl.local.http.named_errors import NAMED_ERRORS
from gee_scl.local.http.routes import ROUTE_NAMES, ROUTES, Route, route_of
from gee_scl.local.server import LocalServer
from gee_scl.local.signatures import discovery_document
from tests.support.engines import session_on
from tests.support.local.caller import COMPUTE, FEATURES, Caller, call, one
from tests.support.local.catalogues import GRID, Scene, make_catalogue

COLLECTION = "COPERNICUS/S2_SR_HARMONIZED"
SCL = np.random.default_rng(7).integers(1, 12, (40, 60), np.uint8)
BODY = json.dumps({"expression": one(call("Number.add", left=1, right=2))})
RESTRICTED = ("x-earth-engine-quota-status", "parallelism_restricted=true")
QUIET = {"about", "discovery"}
"""Routes that are no methods of the API."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    folder = tmp_path_factory.mktemp("served")
    scenes = [Scene(SCL, time=f"2023-05-{day:02}T10:00:00Z") for day in (1, 6)]
    with LocalServer(make_catalogue(folder / "catalogue", scenes), exports=folder / "exports") as running:
        yield running


@pytest.fixture(autouse=True)
def the_engine_is_well_afterwards(server: LocalServer) -> Iterator[None]:
    """Whatever a fault did, it is over with its test."""
    yield
    assert Caller(server).is_well()


@pytest.fixture
def session(server: LocalServer) -> Iterator[None]:
    """The real client, which tries once instead of six times."""
    with session_on(server.url):
        retries = ee.data._get_state().max_retries
        ee.data.setMaxRetries(0)
        yield
        ee.data.setMaxRetries(retries)


def asked(
    server: LocalServer, verb: str = "POST", path: str = COMPUTE, body: str | None = BODY, fail: str | None = None
) -> tuple[http.client.HTTPResponse, bytes]:
    """An answer as it comes, on a connection of its own."""
    headers = {} if fail is None else {FAIL_HEADER: fail}
    with contextlib.closing(Caller(server).connection()) as connection:
        connection.request(verb, path, body, headers)
        response = connection.getresponse()
        return response, response.read()


def statuses(server: LocalServer, count: int) -> list[int]:
    """What so many requests in turn are answered with."""
    return [asked(server)[0].status for _ in range(count)]


def error_of(content: bytes) -> tuple[int, str, str]:
    error = json.loads(content)["error"]
    return error["code"], error["status"], error["message"]


# --- routes -----------------------------------------------------------------------------------------------------------

PLACES = {
    "project": "/v1/projects/gee-scl-local",
    "id": "abc",
    "asset": "folder/name",
    "asset or none": "folder/name",
    "parent": "folder",
    "zoom": "3",
    "x": "4",
    "y": "5",
}


def address(route: Route) -> str:
    """An address of a route."""
    return re.sub("{([a-z ]+)}", lambda part: PLACES[part[1]], route.path)


def documented_methods(version: str) -> Iterator[tuple[str, str, str]]:
    """The methods of the discovery document: name, verb, and an address."""

    def of(resources: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        for resource in resources.values():
            yield from resource.get("methods", {}).values()
            yield from of(resource.get("resources", {}))

    for method in of(discovery_document("http://127.0.0.1:1/", version)["resources"]):
        name = method["id"].removeprefix("earthengine.projects.")
        path = method["flatPath"].replace("{+parent}", "projects/p").replace("{+project}", "projects/p")
        # What the shipped document lacks is added without a flat path.
        path = path.replace("{+name}", "projects/p/tables/abc")
        yield name, method["httpMethod"], "/" + re.sub(r"{\w+}", "1", path)


@pytest.mark.parametrize("version", ["v1", "v1beta", "v1alpha"])
def test_routes_are_named_as_the_discovery_document_names_them(version: str) -> None:
    covered = set()
    for name, verb, path in documented_methods(version):
        try:
            route, _ = route_of(verb, path)
        except NotFoundError:
            continue
        assert (route.name, route.verb) == (name, verb), path
        covered.add(name)
    # No route without a method, and no method under another's name.
    assert covered == set(ROUTE_NAMES) - QUIET


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.name} {route.path}")
def test_every_route_fails_by_its_name(server: LocalServer, route: Route) -> None:
    body = "{}" if route.verb in ("POST", "PATCH") else None
    with server.fail(route.name, status=503) as fault:
        response, content = asked(server, route.verb, address(route), body)
        assert error_of(content) == (503, "UNAVAILABLE", "Service Unavailable.")
        assert response.status == 503
        assert response.headers["Content-Type"] == "application/json; charset=UTF-8"
        other = next(other for other in ROUTES if other.name != route.name and other.verb == "GET")
        assert asked(server, "GET", address(other), None)[0].status != 503
        assert fault.struck == 1
    assert asked(server, route.verb, address(route), body)[0].status != 503
    assert asked(server, route.verb, address(route), body, f"{route.name} status=503")[0].status == 503


def test_patterns_name_several_routes(server: LocalServer) -> None:
    with server.fail("t*.*", status=500) as fault:
        assert asked(server, path=FEATURES)[0].status == 500
        assert asked(server, path="/v1/projects/gee-scl-local/thumbnails", body="{}")[0].status == 500
        assert asked(server)[0].status == 200
    assert fault.struck == 2
    with server.fail("*", status=500):
        assert asked(server, "GET", "/", None)[0].status == 500
        assert asked(server)[0].status == 500
    assert asked(server, "GET", "/", None)[0].status == 200


# --- what happens -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "name", "text"),
    [
        (400, "INVALID_ARGUMENT", "Bad Request."),
        (403, "PERMISSION_DENIED", "Forbidden."),
        (404, "NOT_FOUND", "Not Found."),
        (429, "RESOURCE_EXHAUSTED", "Too Many Requests."),
        (500, "INTERNAL", "Internal Server Error."),
        (503, "UNAVAILABLE", "Service Unavailable."),
        (504, "DEADLINE_EXCEEDED", "Gateway Timeout."),
        (529, "UNKNOWN", "Failed."),
    ],
)
def test_a_status_comes_in_googles_form(server: LocalServer, status: int, name: str, text: str) -> None:
    response, content = asked(server, fail=f"value.compute status={status}")
    assert (response.status, error_of(content)) == (status, (status, name, text))


def test_a_status_may_have_a_text_of_its_own(server: LocalServer) -> None:
    with server.fail("value.compute", status=400, message='It\'s "odd".'):
        assert error_of(asked(server)[1])[2] == 'It\'s "odd".'
    assert error_of(asked(server, fail="value.compute status=400 message='Any other text.'")[1])[2] == "Any other text."


GOOGLES_NAMES = {
    400: "INVALID_ARGUMENT",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


@pytest.mark.parametrize("error", NAMED_ERRORS)
def test_earth_engines_refusals_are_had_by_name(server: LocalServer, error: str) -> None:
    response, content = asked(server, fail=f"value.compute error={error}")
    code, name, text = error_of(content)
    assert response.status == code == NAMED_ERRORS[error].status
    assert text == NAMED_ERRORS[error].text
    assert name == GOOGLES_NAMES[code]


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        ("memory", 400, "User memory limit exceeded."),
        ("timeout", 400, "Computation timed out."),
        ("too-large", 400, "Computed value is too large"),
        ("too-many-elements", 400, "Collection query aborted after accumulating over 5000 elements."),
        ("too-many-aggregations", 429, "Too many concurrent aggregations."),
        ("daily-quota", 429, "Your usage exceeded the custom quota for"),
        ("payload", 400, "Request payload size exceeds the limit: 10485760 bytes."),
        ("queue-full", 400, "Too many tasks already in the queue (3000)."),
        ("internal", 500, "An internal error has occurred."),
    ],
)
def test_refusals_have_the_texts_that_users_report(server: LocalServer, error: str, status: int, text: str) -> None:
    code, _, message = error_of(asked(server, fail=f"* error={error}")[1])
    assert code == status
    assert message.startswith(text)


def test_a_named_refusal_may_have_another_status(server: LocalServer) -> None:
    answer = asked(server, fail="value.compute error=too-many-aggregations status=400")[1]
    assert error_of(answer) == (400, "INVALID_ARGUMENT", "Too many concurrent aggregations.")


def test_a_proxy_answers_with_a_page(server: LocalServer) -> None:
    response, content = asked(server, fail="value.compute status=502 body=html")
    assert (response.status, response.headers["Content-Type"]) == (502, "text/html")
    assert b"<title>502 Bad Gateway</title>" in content
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(content)
    # As a hotel's network does, which answers everything with its own page.
    response, content = asked(server, fail="value.compute body=html")
    assert (response.status, content[:6]) == (200, b"<html>")


@pytest.mark.parametrize(("body", "sent"), [("{}", b"{}"), ("[]", b"[]"), ("null", b"null"), ("nothing", b"")])
@pytest.mark.parametrize("status", [None, 503])
def test_a_body_may_have_the_wrong_shape(server: LocalServer, body: str, sent: bytes, status: int | None) -> None:
    with server.fail("value.compute", body=body, status=status):
        response, content = asked(server)
    assert (response.status, content) == (status or 200, sent)
    assert response.headers["Content-Type"] == "application/json; charset=UTF-8"


def test_headers_come_with_failures_and_with_good_answers(server: LocalServer) -> None:
    name, value = RESTRICTED
    response, content = asked(server, fail=f"value.compute header='{name}: {value}'")
    assert (response.status, json.loads(content), response.headers[name]) == (200, {"result": 3}, value)
    with server.fail("value.compute", status=429, retry_after=7, headers={name: value, "X-Other": "1"}):
        response, _ = asked(server)
    assert response.status == 429
    assert [response.headers[header] for header in ("Retry-After", name, "X-Other")] == ["7", value, "1"]


def test_a_slow_answer_is_the_true_one(server: LocalServer) -> None:
    started = time.monotonic()
    response, content = asked(server, fail="value.compute slow=0.5")
    assert time.monotonic() - started >= 0.5
    assert (response.status, json.loads(content)) == (200, {"result": 3})


@pytest.mark.parametrize("share", [0, 0.5, 1])
def test_a_cut_answer_says_its_true_length_and_ends_early(server: LocalServer, share: float) -> None:
    whole = asked(server)[1]
    with server.fail("value.compute", cut=share), contextlib.closing(Caller(server).connection()) as connection:
        connection.request("POST", COMPUTE, BODY)
        response = connection.getresponse()
        assert (response.status, int(response.headers["Content-Length"])) == (200, len(whole))
        with pytest.raises(http.client.IncompleteRead) as caught:
            response.read()
    assert caught.value.partial == whole[: min(int(len(whole) * share), len(whole) - 1)]


def test_a_dropped_request_has_no_answer(server: LocalServer) -> None:
    with server.fail("value.compute", dropped=True), pytest.raises(http.client.RemoteDisconnected):
        asked(server)
    with pytest.raises(http.client.RemoteDisconnected):
        asked(server, fail="value.compute dropped")


def test_what_is_replaced_is_not_worked_out(server: LocalServer) -> None:
    wrong = json.dumps({"expression": one(call("Number.ad"))})
    assert error_of(asked(server, body=wrong, fail="value.compute error=memory")[1])[2] == "User memory limit exceeded."
    assert "Unknown algorithm" in error_of(asked(server, body=wrong, fail="value.compute pairs=0 error=memory")[1])[2]


# --- when -------------------------------------------------------------------------------------------------------------


def test_it_strikes_so_many_times_after_so_many_requests(server: LocalServer) -> None:
    with server.fail("value.compute", status=503, after=2, times=3) as fault:
        assert statuses(server, 8) == [200, 200, 503, 503, 503, 200, 200, 200]
    assert fault.struck == 3


def test_it_stops_when_told_and_at_the_end_of_its_block(server: LocalServer) -> None:
    fault = server.fail("value.compute", status=503)
    assert statuses(server, 2) == [503, 503]
    fault.stop()
    fault.stop()
    assert statuses(server, 2) == [200, 200]
    assert fault.struck == 2


def test_a_share_is_the_same_for_the_same_sequence_of_requests(server: LocalServer) -> None:
    with server.fail("value.compute", status=503, share=0.3, seed=7) as fault:
        first = statuses(server, 100)
    # 30 are expected; being off by more than 5 standard deviations of 4.6 is no chance.
    assert fault.struck == first.count(503)
    assert 7 <= fault.struck <= 53
    with server.fail("value.compute", status=503, share=0.3, seed=7):
        assert statuses(server, 100) == first
    with server.fail("value.compute", status=503, share=0.3, seed=8):
        assert statuses(server, 100) != first
    # Another fault, on another route or with a share of its own, changes nothing.
    others = server.fail("assets.get", status=404, share=0.5), server.fail("value.compute", slow=0, share=0.5, seed=7)
    with others[0], others[1], server.fail("value.compute", status=503, share=0.3, seed=7):
        interleaved = []
        for _ in range(100):
            asked(server, "GET", "/v1/projects/p/assets/a", None)
            interleaved += statuses(server, 1)
    assert interleaved == first


@pytest.mark.parametrize(("share", "struck"), [(0, 0), (1, 20)])
def test_a_share_of_none_and_of_all(server: LocalServer, share: float, struck: int) -> None:
    with server.fail("value.compute", status=503, share=share) as fault:
        statuses(server, 20)
    assert fault.struck == struck


def test_of_several_faults_the_first_that_spoils_counts_and_others_come_on_top(server: LocalServer) -> None:
    name, value = RESTRICTED
    with (
        server.fail("*", headers={name: value}) as header,
        server.fail("value.*", status=503, times=1) as first,
        server.fail("value.compute", status=429, times=1) as second,
        server.fail("value.compute", retry_after=2) as last,
    ):
        answers = [asked(server)[0] for _ in range(3)]
    assert [answer.status for answer in answers] == [503, 429, 200]
    assert [answer.headers[name] for answer in answers] == [value] * 3
    assert [answer.headers["Retry-After"] for answer in answers] == ["2"] * 3
    assert [fault.struck for fault in (header, first, second, last)] == [3, 1, 1, 3]


def square(place: int) -> ee.Geometry:
    """A square of 10 x 10 pixels, one of several in a row with 10 columns between them."""
    left, top = GRID @ (20 * place, 0)
    right, bottom = GRID @ (20 * place + 10, 10)
    return ee.Geometry.Rectangle([left, bottom, right, top], "EPSG:32632", False)


def counted(images: int, regions: int) -> ee.FeatureCollection:
    """A row for each image and region: the regions lie in a window of 20 * regions - 10 by 10 pixels."""
    features = ee.FeatureCollection([ee.Feature(square(place)) for place in range(regions)])
    chosen = ee.ImageCollection(COLLECTION).select("SCL").limit(images)
    return ee.FeatureCollection(chosen.map(lambda i: i.reduceRegions(features, ee.Reducer.count()))).flatten()


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize(("size", "number"), [("rows", 6), ("pairs", 6), ("pixels", 2 * 50 * 10), ("images", 2)])
def test_it_strikes_above_a_hidden_size(server: LocalServer, size: str, number: int) -> None:
    """Two images and three regions: of what is just as large nothing is said, of what is larger everything."""
    with server.fail("table.computeFeatures", error="memory", **{size: number}) as fault:
        assert len(ee.data.computeFeatures({"expression": counted(2, 3)})["features"]) == 6
    assert fault.struck == 0
    with server.fail("table.computeFeatures", error="memory", **{size: number - 1}) as fault:
        with pytest.raises(ee.EEException, match="User memory limit exceeded"):
            ee.data.computeFeatures({"expression": counted(2, 3)})
        assert len(ee.data.computeFeatures({"expression": counted(1, 2)})["features"]) == 2
    assert fault.struck == 1


@pytest.mark.usefixtures("session")
def test_rows_are_those_of_the_page(server: LocalServer) -> None:
    table = ee.FeatureCollection([ee.Feature(None, {"n": n}) for n in range(5)])
    with server.fail("table.computeFeatures", error="memory", rows=3) as fault:
        assert len(ee.data.computeFeatures({"expression": table, "pageSize": 3})["features"]) == 3
        with pytest.raises(ee.EEException, match="User memory limit exceeded"):
            ee.data.computeFeatures({"expression": table, "pageSize": 4})
        assert counted(1, 1).size().getInfo() == 1
    assert fault.struck == 1


@pytest.mark.usefixtures("session")
def test_what_is_refused_by_itself_is_not_struck(server: LocalServer) -> None:
    image = ee.ImageCollection(COLLECTION).select("SCL").first()
    value = image.reduceRegion(ee.Reducer.count(), square(0)).getNumber("nothing")
    with server.fail("value.compute", error="memory", pairs=0) as fault, pytest.raises(ee.EEException) as caught:
        value.getInfo()
    assert "nothing" in str(caught.value)
    assert fault.struck == 0


@pytest.mark.usefixtures("session")
def test_whoever_halves_what_is_too_large_gets_through(server: LocalServer) -> None:
    def rows(images: int, regions: int) -> int:
        try:
            return len(ee.data.computeFeatures({"expression": counted(images, regions)})["features"])
        except ee.EEException:
            return rows(images, regions // 2) + rows(images, regions - regions // 2)

    with server.fail("table.computeFeatures", error="timeout", pairs=2) as fault:
        # 6 pairs fail, then 2 and 4 of them, of which the 4 fail again.
        assert rows(2, 3) == 6
    assert fault.struck == 2


def test_it_strikes_above_a_number_of_bytes(server: LocalServer) -> None:
    with server.fail("value.compute", error="payload", bytes=len(BODY)):
        assert asked(server)[0].status == 200
        assert asked(server, body=BODY + " ")[0].status == 400


def together(server: LocalServer, count: int) -> list[int]:
    """So many requests at once, each of which takes a second and a half."""
    barrier = threading.Barrier(count)

    def ask() -> int:
        barrier.wait(30)
        return asked(server)[0].status

    with server.fail("value.compute", slow=1.5), ThreadPoolExecutor(count) as pool:
        return sorted(future.result() for future in [pool.submit(ask) for _ in range(count)])


def test_it_strikes_above_a_number_in_flight(server: LocalServer) -> None:
    with server.fail("value.compute", error="too-many-aggregations", in_flight=3) as fault:
        assert together(server, 3) == [200] * 3
        assert together(server, 6) == [200, 200, 200, 429, 429, 429]
        # An answered request is in flight no more, however soon the next one comes.
        assert statuses(server, 20) == [200] * 20
    assert fault.struck == 3


def test_requests_in_flight_are_those_of_the_routes_that_are_meant(server: LocalServer) -> None:
    with server.fail("value.compute", slow=1), ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(asked, server) for _ in range(3)]
        while server.counters.requests["value.compute"] < 3:
            time.sleep(0.01)
        time.sleep(0.2)
        with server.fail("assets.get", status=429, in_flight=1), server.fail("table*.*", status=429, in_flight=1):
            assert asked(server, "GET", "/v1/projects/p/assets/a", None)[0].status == 404
            assert asked(server, path=FEATURES)[0].status == 400
        with server.fail("*", status=429, in_flight=3):
            assert asked(server, "GET", "/", None)[0].status == 429
        assert [future.result()[0].status for future in waiting] == [200] * 3


# --- text -------------------------------------------------------------------------------------------------------------

TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_categories=["Cs", "Cc"]), min_size=1)
SIZES = st.none() | st.integers(0, 10**9)
SHARES = st.none() | st.floats(0, 1, allow_nan=False) | st.sampled_from([0, 1])
ANY_WORDS = st.fixed_dictionaries(
    {"route": st.sampled_from([*ROUTE_NAMES, "*", "table.*", "?aps.*", "[mt]a*"]), "slow": st.integers(0, 3)},
    optional={
        **dict.fromkeys(("bytes", "rows", "pairs", "pixels", "images", "in_flight", "after", "retry_after"), SIZES),
        "times": st.none() | st.integers(1, 10**9),
        "cut": SHARES,
        "headers": st.dictionaries(
            st.from_regex(r"X-[A-Za-z0-9-]{1,8}", fullmatch=True),
            st.text(st.characters(min_codepoint=32, max_codepoint=126)).map(str.strip),
            max_size=3,
        ),
    },
)
KINDS = st.one_of(
    st.fixed_dictionaries({"status": st.integers(400, 599)}, optional={"message": TEXTS}),
    st.fixed_dictionaries({"error": st.sampled_from(list(NAMED_ERRORS))}, optional={"status": st.integers(400, 599)}),
    st.fixed_dictionaries({"body": st.sampled_from([body for body in Body if body != Body.JSON])}),
    st.fixed_dictionaries({"share": st.floats(0, 1), "seed": st.integers(0, 99)}),
    st.just({}),
)


@given(words=ANY_WORDS, kind=KINDS)
def test_a_faults_text_is_the_fault(words: dict[str, Any], kind: dict[str, Any]) -> None:
    fault = Fault(**words, **kind)
    assert Fault.parse(str(fault)) == fault
    assert str(Fault.parse(str(fault))) == str(fault)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "table.computeFeatures status=503 body=html times=3",
            Fault("table.computeFeatures", 503, body=Body.HTML, times=3),
        ),
        ("* dropped share=0.1 seed=7", Fault("*", dropped=True, share=0.1, seed=7)),
        ("table.* in_flight=3 status=429 retry_after=2", Fault("table.*", status=429, retry_after=2, in_flight=3)),
        ("* header='A: b: c' header=D:e slow=1.5", Fault("*", headers={"A": "b: c", "D": "e"}, slow=1.5)),
        ("value.compute body={} after=1", Fault("value.compute", body=Body.OBJECT, after=1)),
        ('maps.* error=memory message="It is late."', Fault("maps.*", error="memory", message="It is late.")),
    ],
)
def test_text_is_read(text: str, fault: Fault) -> None:
    assert Fault.parse(text) == fault
    assert Fault.parse(str(fault)) == fault


def test_the_text_is_as_one_would_write_it() -> None:
    text = "table.* error=memory cut=0.5 pairs=500 in_flight=3 after=1 share=0.1 seed=7 times=3"
    assert str(Fault.parse(text)) == text


MISSPELT = [
    ("", "a route, then words"),
    ("value.compute status='503", "each quotation mark twice"),
    (
        "table.computeFeature status=503",
        "'table.computeFeature'; allowed: a pattern .* Did you mean 'table.computeFeatures'",
    ),
    ("tables.get status=503", "'tables.get'; allowed: .*, or one of about, "),
    ("* stauts=503", "'stauts'; allowed: status, error, .*, times. Did you mean 'status'"),
    ("* headers=A:b", "'headers'; allowed: .* Did you mean 'header'"),
    ("* status=5o3", "status: got '5o3'; allowed: a whole number from 400 to 599"),
    ("* status=200", "status: got 200; allowed: a whole number from 400"),
    ("* status", "'status'; allowed: .*every other word as name=value"),
    ("* dropped=yes", "'dropped=yes'; allowed: dropped without a value"),
    ("* status=503 status=504", "status: .* allowed: each word once"),
    ("* error=memroy", "'memroy'; allowed: memory, timeout, .* Did you mean 'memory'"),
    ("* status=503 body=htlm", "'htlm'; allowed: json, html, .* Did you mean 'html'"),
    ("* body=json", "allowed: json with status or error"),
    ("* times=3", "at least one of status, error, body, header"),
    ("* status=503 times=0", "times: got 0; allowed: a whole number, 1 or more"),
    ("* status=503 after=-1", "after: got -1"),
    ("* status=503 share=1.5", "share: got 1.5; allowed: a share from 0 to 1"),
    ("* status=503 share=nan", "share: got nan"),
    ("* status=503 seed=7", "allowed: with share"),
    ("* cut=half", "cut: got 'half'"),
    ("* slow=1e9", "slow: got 1000000000.0; allowed: seconds from 0 to 3600"),
    ("* slow=-1", "slow: got -1"),
    ("* dropped status=503", "dropped: .* with slow alone"),
    ("* slow=1 message=text", "message: .* with status or error"),
    ("* status=503 pairs=many", "pairs: got 'many'; allowed: a whole number"),
    ("* status=503 pairs=1.5", "pairs: got 1.5"),
    ("* header='Content-Length: 3'", "header: .* no header that frames"),
    ("* header='Access-Control-Allow-Origin: *'", "header: .* no header that frames or opens"),
    ("* header='A b: c'", "header: "),
    ("* header=Ä:c", "header: "),
    ("* header='A: b\nSet-Cookie: c'", "header: "),
]


@pytest.mark.parametrize(("text", "complaint"), MISSPELT)
def test_what_cannot_be_read_is_named_with_what_is_allowed(server: LocalServer, text: str, complaint: str) -> None:
    with pytest.raises(FaultError, match=re.compile(complaint, re.DOTALL)) as caught:
        Fault.parse(text)
    if text.isascii() and "\n" not in text:
        # The same in a request's header.
        response, content = asked(server, fail=text)
        code, name, message = error_of(content)
        assert (response.status, code, name) == (400, 400, "INVALID_ARGUMENT")
        assert message == f"The header X-Gee-Scl-Fail cannot be followed. {caught.value.message}"


@pytest.mark.parametrize(
    "words", [{"stauts": 503}, {"header": {"A": "b"}}, {"status": "503"}, {"status": True}, {"times": 1.0}]
)
def test_words_in_python_are_checked_too(server: LocalServer, words: dict[str, Any]) -> None:
    with pytest.raises(FaultError, match="allowed: "):
        server.fail("value.compute", **{"error": "memory", **words})
    assert statuses(server, 2) == [200, 200]


# --- the header of a request ------------------------------------------------------------------------------------------


def test_the_header_strikes_its_own_request_only(server: LocalServer) -> None:
    assert asked(server, fail="value.compute status=503 times=5")[0].status == 503
    assert statuses(server, 3) == [200] * 3
    # It may carry a fault of another route, as one that every request of a session carries does.
    assert asked(server, fail="table.* status=503")[0].status == 200


def test_the_header_comes_before_what_the_server_was_told(server: LocalServer) -> None:
    with server.fail("value.compute", status=503) as fault:
        assert asked(server, fail="value.compute status=429")[0].status == 429
        assert fault.struck == 0


@pytest.mark.parametrize("word", ["after=1", "share=0.5"])
def test_the_header_does_not_speak_of_several_requests(server: LocalServer, word: str) -> None:
    response, content = asked(server, fail=f"value.compute status=503 {word}")
    assert response.status == 400
    assert "neither after nor share" in error_of(content)[2]


def test_the_header_knows_sizes(server: LocalServer) -> None:
    assert asked(server, fail=f"value.compute error=payload bytes={len(BODY)}")[0].status == 200
    assert asked(server, fail=f"value.compute error=payload bytes={len(BODY) - 1}")[0].status == 400


def test_pages_of_other_sites_are_refused_before_the_header_is_read(server: LocalServer) -> None:
    headers = {"Origin": "https://evil.example", FAIL_HEADER: "* dropped"}
    answer = Caller(server).ask("POST", COMPUTE, BODY, headers)
    assert answer.status == 403
    assert "not served here" in answer.message


# --- the real client --------------------------------------------------------------------------------------------------


def table_of_two() -> dict[str, Any]:
    return ee.data.computeFeatures({"expression": ee.FeatureCollection([ee.Feature(None, {"n": n}) for n in (1, 2)])})


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("error", NAMED_ERRORS)
def test_the_client_shows_earth_engines_refusals(server: LocalServer, error: str) -> None:
    with server.fail("table.computeFeatures", error=error), pytest.raises(ee.EEException) as caught:
        table_of_two()
    assert str(caught.value) == NAMED_ERRORS[error].text
    assert caught.value.__context__.resp.status == NAMED_ERRORS[error].status  # type: ignore[union-attr]


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("status", [429, 500, 502, 503])
@pytest.mark.parametrize("body", ["json", "html", "{}", "[]", "null", "nothing"])
def test_the_client_raises_its_own_error_of_a_status(server: LocalServer, status: int, body: str) -> None:
    """Whatever the body, the status is found beside the error."""
    with server.fail("table.computeFeatures", status=status, body=body), pytest.raises(ee.EEException) as caught:
        table_of_two()
    assert caught.value.__context__.resp.status == status  # type: ignore[union-attr]


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("fault", [{"dropped": True}, {"cut": 0.5}, {"cut": 0}])
def test_connections_that_break_leave_the_client_as_pythons_own_error(
    server: LocalServer, fault: dict[str, Any]
) -> None:
    with server.fail("table.computeFeatures", **fault), pytest.raises(ConnectionError):
        table_of_two()
    assert len(table_of_two()["features"]) == 2


@pytest.mark.usefixtures("session")
def test_the_client_takes_a_wrong_shape_for_an_answer(server: LocalServer) -> None:
    """Nothing is raised: whoever reads the answer has to look."""
    with server.fail("table.computeFeatures", body="{}"):
        assert table_of_two() == {}
    with server.fail("table.computeFeatures", body="[]"):
        assert table_of_two() == []


# Where the client knows the header, it says so itself.
@pytest.mark.filterwarnings("ignore:Your project has exceeded")
@pytest.mark.usefixtures("session")
def test_the_client_takes_slow_answers_and_those_with_more_headers(server: LocalServer) -> None:
    with server.fail("table.*", slow=0.3, headers=dict([RESTRICTED])) as fault:
        assert len(table_of_two()["features"]) == 2
    assert fault.struck == 1


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize(
    "fault", [{"status": 503, "body": "html"}, {"error": "quota"}, {"dropped": True}, {"cut": 0.5}]
)
def test_the_client_gets_through_by_itself_where_it_may_try_again(server: LocalServer, fault: dict[str, Any]) -> None:
    ee.data.setMaxRetries(2)
    with server.fail("table.computeFeatures", times=1, **fault) as armed:
        assert len(table_of_two()["features"]) == 2
    assert armed.struck == 1


@pytest.mark.usefixtures("session")
def test_a_refusal_that_is_final_is_not_tried_again(server: LocalServer) -> None:
    ee.data.setMaxRetries(5)
    with server.fail("value.compute", error="memory") as fault, pytest.raises(ee.EEException, match="memory"):
        ee.Number(1).getInfo()
    assert fault.struck == 1


@pytest.mark.usefixtures("session")
def test_a_page_that_fails_loses_the_pages_before_it(server: LocalServer) -> None:
    table = ee.FeatureCollection(ee.List.sequence(1, 2300).map(lambda n: ee.Feature(None, {"n": n})))
    with server.fail("table.computeFeatures", status=500, after=1), pytest.raises(ee.EEException):
        ee.data.computeFeatures({"expression": table, "fileFormat": "PANDAS_DATAFRAME"})


@pytest.mark.usefixtures("session")
def test_pictures_tasks_and_assets_fail_alike(server: LocalServer) -> None:
    with server.fail("operations.list", error="internal"), pytest.raises(ee.EEException, match="internal error"):
        ee.data.listOperations()
    with server.fail("table.export", error="queue-full"), pytest.raises(ee.EEException, match="Too many tasks already"):
        ee.batch.Export.table.toDrive(counted(1, 1), "rows").start()
    with server.fail("assets.get", error="not-found"), pytest.raises(ee.EEException, match="Asset 'X' not found"):
        ee.data.getAsset(COLLECTION)
    with server.fail("maps.create", error="forbidden"), pytest.raises(ee.EEException, match="permission"):
        ee.Image(1).getMapId()
    tile = ee.Image(1).getMapId()
    with server.fail("maps.tiles.get", status=429), pytest.raises(urllib.error.HTTPError, match="429"):
        urllib.request.urlopen(ee.data.getTileUrl(tile, 0, 0, 0), timeout=30)  # noqa: S310 - an address of this test
    assert urllib.request.urlopen(ee.data.getTileUrl(tile, 0, 0, 0), timeout=30).status == 200  # noqa: S310 - the same


# --- the command line -------------------------------------------------------------------------------------------------


def test_the_command_line_arms_faults(sample: Path) -> None:
    words = ["--fail", "value.compute status=503 body=html times=1", "--fail", "about header=X-Other:1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "gee_scl", "serve", "--port", "0", *words],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "GEE_SCL_CACHE": str(sample.parent)},
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip().partition("/v1")[0]
        request = urllib.request.Request(url + COMPUTE, BODY.encode())  # noqa: S310 - an address of this test
        with pytest.raises(urllib.error.HTTPError, match="503"):
            urllib.request.urlopen(request, timeout=30)  # noqa: S310 - the same
        assert json.load(urllib.request.urlopen(request, timeout=30)) == {"result": 3}  # noqa: S310 - the same
        assert urllib.request.urlopen(f"{url}/", timeout=30).headers["X-Other"] == "1"  # noqa: S310 - the same
    finally:
        process.terminate()
        process.communicate(timeout=20)


def test_the_command_line_names_a_misspelt_word() -> None:
    words = [sys.executable, "-m", "gee_scl", "serve", "--port", "0", "--fail", "value.compute stauts=503"]
    run = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 1
    assert "got 'stauts'; allowed: status, error, " in run.stderr
    assert "Did you mean 'status'?" in run.stderr


def test_every_word_is_explained() -> None:
    text = sys.modules[Fault.__module__].__doc__ or ""
    first_on_their_lines = re.findall(r"^    ([a-z_]+)(?:=| {2})", text, re.MULTILINE)
    assert {*first_on_their_lines, *re.findall(r"\b(seed|message)=", text)} >= set(WORDS)
