"""The local engine over HTTP: what it answers, what it refuses and how, and that it survives both."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import ee
import numpy as np
import pytest
from google.auth.credentials import AnonymousCredentials
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gee_scl.local.algorithms.registry import covered
from gee_scl.local.context import Limits
from gee_scl.local.engine import Engine
from gee_scl.local.errors import EvaluationError, NotFoundError
from gee_scl.local.server import LocalServer
from gee_scl.local.signatures import signatures
from tests.support.local.caller import COMPUTE, Caller, Reply, call, one, ref, reply
from tests.support.local.catalogues import Scene, make_catalogue, make_item, write_json

COLLECTION = "COPERNICUS/S2_SR_HARMONIZED"
TOO_LARGE = "Request payload size exceeds the limit: 10485760 bytes."

SCL = np.random.default_rng(7).integers(0, 12, (40, 50), np.uint8)


def doubling(times: int) -> dict[str, Any]:
    """1, doubled by adding it to itself: as many nodes as times, and 2 to the power of times paths."""
    sums = {str(n): call("Number.add", left=ref(n - 1), right=ref(n - 1)) for n in range(1, times + 1)}
    return {"result": str(times), "values": {"0": {"constantValue": 1}, **sums}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scenes = [Scene(SCL), Scene(SCL, time="2023-05-06T10:00:00Z"), Scene(SCL, tile="33UXP", crs="EPSG:32633")]
    return make_catalogue(tmp_path_factory.mktemp("catalogue"), scenes)


@pytest.fixture(scope="module")
def caller(folder: Path) -> Iterator[Caller]:
    with LocalServer(folder) as server:
        yield Caller(server)


@pytest.fixture(autouse=True)
def the_engine_survives(caller: Caller) -> Iterator[None]:
    """Whatever a test did to the engine, it answers afterwards."""
    yield
    assert caller.is_well()


@contextlib.contextmanager
def limited(folder: Path, **limits: float) -> Iterator[Caller]:
    with LocalServer(folder, limits=Limits(**limits)) as server:  # type: ignore[arg-type]
        yield Caller(server)
        # A limit that was exceeded costs that request only.
        assert Caller(server).is_well()


@pytest.fixture
def session(caller: Caller) -> Iterator[None]:
    """An open session of the real client."""
    ee.Initialize(credentials=AnonymousCredentials(), url=caller.server.url, project=caller.server.project)
    yield
    ee.Reset()


# --- where it listens -------------------------------------------------------------------------------------------------


def test_it_listens_on_the_loopback_address(caller: Caller) -> None:
    assert caller.server.url.startswith("http://127.0.0.1:")
    assert caller.server._http.socket.getsockname() == ("127.0.0.1", caller.port)


def test_other_addresses_of_this_machine_are_not_answered(caller: Caller) -> None:
    found = {str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None)}
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        # Which address would be used to leave the machine; a datagram socket sends nothing to find that out.
        probe.connect(("192.0.2.1", 9))
        found.add(probe.getsockname()[0])
    others = {address for address in found if not address.startswith("127.") and address != "::1"}
    if not others:
        pytest.skip("this machine has no other address")
    for address in others:
        with pytest.raises(OSError), socket.create_connection((address, caller.port), timeout=3):  # noqa: PT011
            pass


def test_a_port_that_is_taken_is_refused(caller: Caller, folder: Path) -> None:
    with pytest.raises(OSError, match="in use"):
        LocalServer(folder, port=caller.port)


def test_a_stopped_engine_frees_its_port(folder: Path) -> None:
    with LocalServer(folder) as server:
        port = Caller(server).port
    with LocalServer(folder, port=port) as server:
        assert Caller(server).is_well()


def test_a_stopped_engine_answers_no_connection_that_is_still_open(folder: Path) -> None:
    with LocalServer(folder) as server:
        connection = http.client.HTTPConnection("127.0.0.1", int(server.url.rsplit(":", 1)[1]), timeout=10)
        connection.request("GET", "/v1/projects/gee-scl-local/algorithms")
        connection.getresponse().read()
    connection.request("GET", "/v1/projects/gee-scl-local/algorithms")
    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()
    connection.close()


def test_it_says_what_it_is(caller: Caller) -> None:
    about = caller.ask("GET", "/").body
    assert "local engine" in about["server"]
    assert about["collections"] == {COLLECTION: 3}


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "[", "evil@evil.example", ""])
def test_requests_under_another_name_are_refused(caller: Caller, host: str) -> None:
    """A page whose own name is made to lead to this machine must not read from it."""
    answer = caller.ask("POST", COMPUTE, "{}", {"Host": host})
    assert answer.status == 403
    assert "is not served here" in answer.message


def test_tiles_are_answered_under_any_name_to_whoever_knows_the_maps_id(caller: Caller, folder: Path) -> None:
    """A notebook server hands on the host that the browser asked for; nobody else can guess the id."""
    maps, expression = "/v1/projects/gee-scl-local/maps", one(call("Image.constant", value=1))
    body = json.dumps({"expression": expression, "fileFormat": "PNG"})
    assert caller.ask("POST", maps, body, {"Host": "hub.example"}).status == 403
    name = caller.ask("POST", maps, body).body["name"]
    assert caller.ask("POST", maps, body).body["name"] == name
    with contextlib.closing(caller.connection()) as connection:
        connection.request("GET", f"/v1/{name}/tiles/0/0/0", headers={"Host": "hub.example"})
        answer = connection.getresponse()
        assert (answer.status, answer.read()[:4]) == (200, b"\x89PNG")
    assert caller.ask("GET", f"{maps}/{'0' * 32}/tiles/0/0/0", headers={"Host": "hub.example"}).status == 404
    foreign = {"Host": "hub.example", "Origin": "https://evil.example"}
    assert caller.ask("GET", f"/v1/{name}/tiles/0/0/0", headers=foreign).status == 403
    with LocalServer(folder) as other:
        assert Caller(other).ask("POST", maps, body).body["name"] != name


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example", "[", "file://"])
def test_pages_of_other_sites_are_refused(caller: Caller, origin: str) -> None:
    answer = caller.ask("POST", COMPUTE, "{}", {"Origin": origin})
    assert answer.status == 403
    assert "not served here" in answer.message


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_pages_of_this_machine_are_served(caller: Caller, name: str) -> None:
    headers = {"Host": f"{name}:{caller.port}", "Origin": f"http://{name}:8888"}
    assert caller.ask("GET", "/", headers=headers).status == 200


# --- what cannot be evaluated -----------------------------------------------------------------------------------------

NOT_COVERED = next(name for name in signatures() if name not in covered())


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (one(call("Number.ad", left=1)), "Unknown algorithm: 'Number.ad'. Did you mean 'Number.a"),
        (one(call(NOT_COVERED)), f"{NOT_COVERED}: this algorithm of Earth Engine is not covered by the local engine"),
        (one(call("Number.add", left=1, right="a")), "Number.add, argument 'right': Invalid type."),
        (one(call("Number.add", left=1)), "Number.add: Parameter 'right' is required"),
        (one(call("Number.add", left=1, right=2, top=3)), "Number.add: Unrecognized argument 'top'"),
        (one(call("Image.load", id="a/b")), "Image.load: Image asset 'a/b' not found (does not exist or caller"),
        (one(call("Image.load", id="../../../etc/passwd")), "Image asset '../../../etc/passwd' not found"),
        (one(call("ImageCollection.load", id="/etc")), "ImageCollection asset '/etc' not found"),
        (one(ref(0)), "the value '0' depends on itself"),
        ({"result": "0", "values": {"0": ref(1), "1": ref(0)}}, "depends on itself"),
        ({"result": "0", "values": {"0": {"functionDefinitionValue": {"argumentNames": [], "body": "0"}}}}, "itself"),
        (one(ref("nowhere")), "it refers to the value 'nowhere', which it does not have"),
        ({"result": "1", "values": {}}, "it refers to the value '1'"),
        (one({"argumentReference": "x"}), "the argument 'x' is used outside its function"),
        (one({}), "exactly one form"),
        (one({"constantValue": 1, "valueReference": "0"}), "exactly one form"),
        (one({"whatValue": 1}), "no value of the form 'whatValue'"),
        (one({"integerValue": "many"}), "no integer"),
        ({"result": 0, "values": {}}, "it needs 'result', a string, and 'values', an object"),
        ("text", "'expression' must be an object"),
        (None, "'expression' must be an object"),
        (doubling(5000), "nested too deeply"),
    ],
)
def test_an_expression_that_cannot_be_evaluated_is_refused_with_a_reason(
    caller: Caller, expression: Any, text: str
) -> None:
    answer = caller.compute(expression)
    assert answer.status == 400
    assert text in answer.message
    assert answer.body["error"]["status"] == "INVALID_ARGUMENT"


@pytest.mark.parametrize("depth", [150, 500, 100_000])
def test_a_deeply_nested_body_is_evaluated_or_refused(caller: Caller, depth: int) -> None:
    node = '{"arrayValue":{"values":[' * depth + '{"constantValue":1}' + "]}}" * depth
    answer = caller.ask("POST", COMPUTE, f'{{"expression":{{"result":"0","values":{{"0":{node}}}}}}}')
    if depth == 150:
        assert json.dumps(answer.body["result"]) == "[" * depth + "1" + "]" * depth
    else:
        assert (answer.status, answer.message) == (400, "The expression is nested too deeply to be evaluated.")


def test_an_expression_as_deep_as_people_write_them_is_evaluated(caller: Caller) -> None:
    assert caller.compute(doubling(100)).body == {"result": 2**100}


def test_a_value_that_many_others_use_is_worked_out_once(caller: Caller) -> None:
    """2 to the 60 paths lead through 60 nodes."""
    started = time.monotonic()
    assert caller.compute(doubling(60)).body == {"result": 2**60}
    assert time.monotonic() - started < 5


@pytest.mark.usefixtures("session")
def test_a_client_may_double_a_value_60_times() -> None:
    number, image = ee.Number(1), ee.Image(1)
    for _ in range(60):
        number, image = number.add(number), image.add(image)
    assert number.getInfo() == 2**60
    pixel = ee.Geometry.Point([9, 46])
    # Pixels of an int that has grown beyond a double's 53 bits are still powers of two.
    grown = image.toDouble().rename("x").reduceRegion(ee.Reducer.first(), pixel, 10)
    assert grown.getInfo() == {"x": 2**60}


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/v1/projects/p/assets/nothing/here", 404, "Asset 'nothing/here' not found"),
        ("/v1/projects/p/assets/..%2F..%2Fetc%2Fpasswd", 404, "not found"),
        ("/v1/projects/p/assets/../../../../etc/passwd", 404, "not found"),
        (f"/v1/projects/p/assets/{COLLECTION}/nothing", 404, "not found"),
        ("/v1/projects/p/assets/nothing:listAssets", 404, "Asset 'nothing' not found"),
        (f"/v1/projects/p/assets/{COLLECTION}:listAssets?pageToken=x", 400, "Invalid page token"),
        (f"/v1/projects/p/assets/{COLLECTION}:listAssets?filter=a%3E1", 400, "filter is not covered"),
        ("/v1/projects/p/nothing", 404, "The local engine has no GET /v1/projects/p/nothing."),
        ("/v2/projects/p/algorithms", 404, "The local engine has no GET"),
        ("/$discovery/rest?version=v9", 404, "no version 'v9'"),
        ("/../../etc/passwd", 404, "The local engine has no GET"),
        (COMPUTE, 404, "The local engine has no GET"),
    ],
)
def test_what_is_not_there_is_refused_by_name(caller: Caller, path: str, status: int, text: str) -> None:
    answer = caller.ask("GET", path)
    assert answer.status == status
    assert text in answer.message


def test_pixels_outside_the_catalogue_are_refused_by_name(tmp_path: Path) -> None:
    make_item(tmp_path / "secret", Scene(SCL))
    scene = Scene(SCL)
    document = make_item(tmp_path / "served" / scene.name, scene)
    item = json.loads(document.read_text())
    item["assets"]["scl"]["href"] = "../../secret/scl.tif"
    write_json(document, item)
    make_item(tmp_path / "served" / "good", Scene(SCL, tile="33UXP"))
    with LocalServer(tmp_path / "served") as server:
        answers = [
            Caller(server).compute(histogram(f"20230501T100000_20230501T100000_T{tile}")) for tile in ("32TPS", "33UXP")
        ]
    assert answers[0].status == 403
    assert f"The STAC item '{scene.name}' refers to a file outside its catalogue" in answers[0].message
    assert answers[0].body["error"]["status"] == "PERMISSION_DENIED"
    assert answers[1].status == 200


# --- what is no request -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_another_method_is_refused_in_googles_form(caller: Caller, method: str) -> None:
    answer = caller.ask(method, COMPUTE, "{}")
    assert (answer.status, answer.message) == (404, f"The local engine has no {method} {COMPUTE}.")


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "BREW"])
def test_an_unheard_of_method_is_refused_in_googles_form(caller: Caller, method: str) -> None:
    answer = caller.ask(method, COMPUTE)
    assert answer.status == 501
    assert method in answer.message
    assert answer.body["error"]["status"] == "UNIMPLEMENTED"


def test_a_head_request_is_answered_without_a_body(caller: Caller) -> None:
    answer = caller.raw(b"HEAD / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"Content-Type: application/json" in answer
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    "sent",
    [
        b"what is this\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"GET http://[/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    ],
    ids=["no request", "no such HTTP", "too many headers", "too long a path", "broken address"],
)
def test_what_is_no_http_is_refused_in_googles_form(caller: Caller, sent: bytes) -> None:
    head, _, body = caller.raw(sent).partition(b"\r\n\r\n")
    error = json.loads(body or head)["error"]
    assert 400 <= error["code"] <= 505
    assert error["message"]


@pytest.mark.parametrize(
    "body", ["{", "[1, 2]", '"text"', "nothing", "\x00", b"\xff\xfe\xfa", '{"expression": 1e}', b"7" * 5000]
)
def test_a_body_that_is_no_json_object_is_refused(caller: Caller, body: bytes | str) -> None:
    answer = caller.ask("POST", COMPUTE, body)
    assert answer.status == 400
    assert "Invalid JSON payload received." in answer.message


def test_a_request_without_a_body_lacks_its_expression(caller: Caller) -> None:
    assert caller.ask("POST", COMPUTE).message == "Invalid JSON payload: 'expression' must be an object."


@pytest.mark.parametrize("length", ["many", "-1", "1e3", "9" * 5000, "٣"])
def test_a_length_that_is_no_number_is_refused(caller: Caller, length: str) -> None:
    sent = f"POST {COMPUTE} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n\r\n".encode()
    answer = caller.raw(sent)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"needs a Content-Length" in answer


def test_a_body_in_chunks_is_refused_and_the_reason_arrives(caller: Caller) -> None:
    connection = caller.connection()
    with contextlib.closing(connection):
        connection.request("POST", COMPUTE, iter([b"{" * 1000] * 500), {}, encode_chunked=True)
        answer = reply(connection.getresponse())
    assert answer.status == 400
    assert "no Transfer-Encoding" in answer.message


def test_a_body_that_ends_early_is_refused(caller: Caller) -> None:
    answer = caller.raw(f"POST {COMPUTE} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nabc".encode())
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"ended after 3 of the 100 bytes" in answer


# --- size -------------------------------------------------------------------------------------------------------------


def test_a_body_over_10_mb_is_refused_and_the_reason_arrives(caller: Caller) -> None:
    answer = caller.ask("POST", COMPUTE, b" " * (10 * 1024 * 1024 + 1))
    assert (answer.status, answer.message) == (400, TOO_LARGE)


def test_a_body_of_10_mb_is_read(caller: Caller) -> None:
    body = json.dumps({"expression": one({"constantValue": 1})})
    assert caller.ask("POST", COMPUTE, body.ljust(10 * 1024 * 1024)).body == {"result": 1}


def test_a_huge_length_is_refused_before_anything_is_sent(caller: Caller) -> None:
    with socket.create_connection((caller.host, caller.port), timeout=10) as connection:
        head = f"POST {COMPUTE} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 50000000000\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 400 ")


@pytest.mark.usefixtures("session")
def test_the_client_shows_that_a_body_is_too_large() -> None:
    with pytest.raises(ee.EEException, match=TOO_LARGE):
        ee.String("x" * (10 * 1024 * 1024)).length().getInfo()


def test_a_compressed_body_is_read(caller: Caller) -> None:
    body = gzip.compress(json.dumps({"expression": doubling(3)}).encode())
    assert caller.ask("POST", COMPUTE, body, {"Content-Encoding": "gzip"}).body == {"result": 8}


def test_a_body_that_grows_over_10_mb_when_it_is_unpacked_is_refused(caller: Caller) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(100)), packer.flush()])
    assert len(bomb) < 200_000
    started = time.monotonic()
    answer = caller.ask("POST", COMPUTE, bomb, {"Content-Encoding": "gzip"})
    assert (answer.status, answer.message) == (400, TOO_LARGE)
    assert time.monotonic() - started < 5


PACKED = gzip.compress(b'{"expression": null}')


@pytest.mark.parametrize(
    "body", [b"{}", PACKED[:-8], PACKED[:10] + b"\xff" * 20], ids=["not packed", "cut off", "damaged"]
)
def test_a_broken_compression_is_refused(caller: Caller, body: bytes) -> None:
    answer = caller.ask("POST", COMPUTE, body, {"Content-Encoding": "gzip"})
    assert answer.status == 400
    assert "gzip encoding is broken" in answer.message


def test_a_result_that_is_too_large_is_refused(folder: Path) -> None:
    with limited(folder, result_bytes=10_000) as caller:
        answer = caller.compute(one(call("List.sequence", start=1, end=5000)))
        assert (answer.status, answer.message) == (400, "Computed value is too large")


def features(count: int) -> dict[str, Any]:
    """A collection of features with the numbers 1 to count."""
    feature = call("Feature", geometry={"constantValue": None}, metadata={"dictionaryValue": {"values": {"n": N}}})
    values = {
        "0": call("Collection", features=call("List.map", list=SEQUENCE(count), baseAlgorithm=ref(1))),
        "1": {"functionDefinitionValue": {"argumentNames": ["n"], "body": "2"}},
        "2": feature,
    }
    return {"result": "0", "values": values}


N = {"argumentReference": "n"}


def SEQUENCE(count: int) -> dict[str, Any]:  # noqa: N802 - a node's constant, but for its length
    return call("List.sequence", start=1, end=count)


def test_a_collection_of_over_5000_elements_is_refused_as_a_value(caller: Caller) -> None:
    answer = caller.compute(features(5001))
    text = "Collection query aborted after accumulating over 5000 elements."
    assert (answer.status, answer.message) == (400, text)
    assert len(caller.compute(features(5000)).body["result"]["features"]) == 5000


# --- time -------------------------------------------------------------------------------------------------------------


def doubling_by_functions(depth: int) -> dict[str, Any]:
    """Functions that each call the one below twice: no value is shared, so that 2 to the depth calls are made."""
    values: dict[str, Any] = {"b0": N, "f0": {"functionDefinitionValue": {"argumentNames": ["n"], "body": "b0"}}}
    for level in range(1, depth + 1):
        below = {"functionReference": f"f{level - 1}", "arguments": {"n": N}}
        twice = {"left": {"functionInvocationValue": below}, "right": {"functionInvocationValue": below}}
        values[f"b{level}"] = call("Number.add", **twice)
        values[f"f{level}"] = {"functionDefinitionValue": {"argumentNames": ["n"], "body": f"b{level}"}}
    start = {"functionReference": f"f{depth}", "arguments": {"n": {"constantValue": 1}}}
    return {"result": "r", "values": {**values, "r": {"functionInvocationValue": start}}}


def test_an_evaluation_that_takes_too_long_is_ended(folder: Path) -> None:
    with limited(folder, seconds=4) as caller:
        assert caller.compute(doubling_by_functions(5)).body == {"result": 32}
        started = time.monotonic()
        answer = caller.compute(doubling_by_functions(60))
        assert (answer.status, answer.message) == (400, "Computation timed out.")
        assert time.monotonic() - started < 40


def test_later_pages_have_time_of_their_own(folder: Path) -> None:
    """The rows of a mapped collection are worked out page by page."""
    table = features(40)
    mapped = call("Collection.map", collection=ref(0), baseAlgorithm=ref("f"))
    table["values"]["f"] = {"functionDefinitionValue": {"argumentNames": ["row"], "body": "b"}}
    table["values"]["b"] = call("Element.set", object={"argumentReference": "row"}, key="other", value=1)
    expression = {"result": "m", "values": {**table["values"], "m": mapped}}
    with limited(folder, seconds=4) as caller:
        first = caller.page(expression, 20)
        time.sleep(4.2)
        second = caller.page(expression, 20, first.body["nextPageToken"])
        assert numbers(second) == list(range(21, 41))


def test_connections_that_say_nothing_hold_up_no_other(caller: Caller) -> None:
    starts = [b"", b"POST ", f"POST {COMPUTE} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n".encode()]
    with contextlib.ExitStack() as stack:
        for number in range(60):
            connection = stack.enter_context(socket.create_connection((caller.host, caller.port), timeout=10))
            connection.sendall(starts[number % len(starts)])
        started = time.monotonic()
        assert caller.is_well()
        assert time.monotonic() - started < 5


def test_a_client_that_goes_away_leaves_no_trace(caller: Caller, capfd: pytest.CaptureFixture[str]) -> None:
    body = json.dumps({"expression": features(5000)}).encode()
    head = f"POST {COMPUTE} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    for sent in (head, head + body, head + body[:100], b"GET / HT"):
        connection = socket.create_connection((caller.host, caller.port), timeout=10)
        connection.sendall(sent)
        # Closing with a linger of 0 resets the connection instead of ending it.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        connection.close()
    time.sleep(0.5)
    assert caller.is_well()
    assert "Traceback" not in capfd.readouterr().err


# --- many at once -----------------------------------------------------------------------------------------------------


def histogram(index: str) -> dict[str, Any]:
    """Counts of the classes of one image over a rectangle that holds all of it."""
    image = call("Image.select", input=call("Image.load", id=f"{COLLECTION}/{index}"), bandSelectors=["SCL"])
    reducer = call("Reducer.unweighted", reducer=call("Reducer.frequencyHistogram"))
    geometry = call("Image.geometry", feature=call("Image.load", id=f"{COLLECTION}/{index}"))
    bounds = call("Geometry.buffer", geometry=geometry, distance=100)
    return one(call("Image.reduceRegion", image=image, reducer=reducer, geometry=bounds))


def test_many_requests_at_once_agree(caller: Caller) -> None:
    codes, counts = np.unique(SCL[SCL != 0], return_counts=True)
    expected = {"SCL": dict(zip(map(str, codes.tolist()), counts.tolist(), strict=True))}
    index = "20230501T100000_20230501T100000_T32TPS"
    together = threading.Barrier(20)

    def ask(number: int) -> tuple[Any, Any]:
        together.wait(30)
        return caller.compute(histogram(index)).body["result"], caller.compute(doubling(number)).body["result"]

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(ask, range(20)))
    assert answers == [(expected, 2**number) for number in range(20)]


def test_a_connection_is_kept_for_the_next_request(caller: Caller) -> None:
    connection = caller.connection()
    with contextlib.closing(connection):
        for number in range(5):
            connection.request("POST", COMPUTE, json.dumps({"expression": doubling(number)}))
            assert reply(connection.getresponse()).body == {"result": 2**number}
            # An error that is found in the expression does not cost the connection.
            connection.request("POST", COMPUTE, "{}")
            assert reply(connection.getresponse()).status == 400


# --- pages ------------------------------------------------------------------------------------------------------------


def numbers(answer: Reply) -> list[int]:
    assert answer.body["type"] == "FeatureCollection"
    return [feature["properties"]["n"] for feature in answer.body["features"]]


def all_pages(caller: Caller, expression: Any, size: int | None) -> list[list[int]]:
    answer = caller.page(expression, size)
    pages = [numbers(answer)]
    while "nextPageToken" in answer.body:
        answer = caller.page(expression, size, answer.body["nextPageToken"])
        pages.append(numbers(answer))
    return pages


@pytest.mark.parametrize(
    ("count", "size", "pages"),
    [(10, 4, [4, 4, 2]), (8, 4, [4, 4]), (1, 4, [1]), (2500, None, [1000, 1000, 500]), (6000, 5500, [5500, 500])],
)
def test_pages_are_complete_and_in_order(caller: Caller, count: int, size: int | None, pages: list[int]) -> None:
    found = all_pages(caller, features(count), size)
    assert [len(page) for page in found] == pages
    assert [n for page in found for n in page] == list(range(1, count + 1))


def test_a_page_may_be_asked_for_again(caller: Caller) -> None:
    token = caller.page(features(30), 10).body["nextPageToken"]
    second, again = (caller.page(features(30), 10, token) for _ in range(2))
    assert numbers(second) == numbers(again) == list(range(11, 21))
    last = [caller.page(features(30), 10, second.body["nextPageToken"]) for _ in range(2)]
    assert [numbers(page) for page in last] == [list(range(21, 31))] * 2


def test_pages_of_many_tables_may_be_mixed(caller: Caller) -> None:
    """More tables than are kept: those that were dropped are worked out again."""
    counts = range(20, 50)
    tokens = [caller.page(features(count), 15).body["nextPageToken"] for count in counts]
    for count, token in zip(counts, tokens, strict=True):
        assert numbers(caller.page(features(count), 15, token)) == list(range(16, min(count, 30) + 1))


def test_a_token_of_another_table_is_refused(caller: Caller) -> None:
    token = caller.page(features(30), 10).body["nextPageToken"]
    answer = caller.page(features(31), 10, token)
    assert (answer.status, answer.message) == (400, "Invalid page token: it belongs to another expression.")


@pytest.mark.parametrize("end", ["", "-1", "x", "1" * 5000, "1.5"])
def test_a_token_that_leads_nowhere_is_refused(caller: Caller, end: str) -> None:
    token = caller.page(features(30), 10).body["nextPageToken"].partition(".")[0]
    assert caller.page(features(30), 10, f"{token}.{end}").status == 400


@pytest.mark.parametrize("size", [-1, "ten", 1.5])
def test_a_page_size_that_is_no_positive_number_is_refused(caller: Caller, size: Any) -> None:
    answer = caller.page(features(30), size)
    assert answer.status == 400
    assert "pageSize" in answer.message


def test_a_value_that_is_no_table_has_no_pages(caller: Caller) -> None:
    images = one(call("ImageCollection.load", id=COLLECTION))
    for expression in (doubling(3), images):
        answer = caller.page(expression)
        assert answer.status == 400
        assert "needs an expression that is a FeatureCollection" in answer.message


@pytest.mark.usefixtures("session")
def test_the_client_follows_pages() -> None:
    table = ee.FeatureCollection(ee.List.sequence(1, 2300).map(lambda n: ee.Feature(None, {"n": n})))
    frame = ee.data.computeFeatures({"expression": table, "fileFormat": "PANDAS_DATAFRAME"})
    assert frame["n"].tolist() == list(range(1, 2301))


# --- what the client shows --------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("session")
def test_errors_reach_the_user_as_the_clients_own_with_their_text() -> None:
    with pytest.raises(ee.EEException, match=r"Image\.load: Image asset 'a/b' not found") as caught:
        ee.Image("a/b").getInfo()
    assert caught.value.__context__.resp.status == 400  # type: ignore[union-attr]
    with pytest.raises(ee.EEException, match="Asset 'a/b' not found") as caught:
        ee.data.getAsset("a/b")
    assert caught.value.__context__.resp.status == 404  # type: ignore[union-attr]
    with pytest.raises(ee.EEException, match="Band pattern 'B99' did not match any bands"):
        ee.ImageCollection(COLLECTION).first().select("B99").getInfo()


@pytest.mark.usefixtures("session")
def test_a_filter_that_is_not_covered_is_an_error_and_not_ignored() -> None:
    with pytest.raises(ee.EEException, match="filter is not covered"):
        ee.data.listImages({"parent": COLLECTION, "startTime": "2023-05-02T00:00:00Z"})


def test_numbers_that_json_has_no_word_for_are_sent_as_text(caller: Caller) -> None:
    body = '{"expression": {"result": "0", "values": {"0": {"constantValue": [1e999, -1e999, NaN, 0.5]}}}}'
    answer = caller.ask("POST", COMPUTE, body)
    assert answer.body == {"result": ["Infinity", "-Infinity", "NaN", 0.5]}


# --- whatever may come ------------------------------------------------------------------------------------------------

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.sampled_from(["0", "1"])
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)
NAMES = st.sampled_from(["Number.add", "List.map", "If", "Image.load", "Collection.map", "String", "Dictionary.get"])
ARGUMENTS = st.sampled_from(["left", "right", "list", "baseAlgorithm", "id", "collection", "condition", "input"])


def nodes(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    arguments = st.dictionaries(ARGUMENTS, inner, max_size=3) | ANYTHING
    invocation = st.fixed_dictionaries(
        {}, optional={"functionName": NAMES | ANYTHING, "functionReference": ANYTHING, "arguments": arguments}
    )
    function = st.fixed_dictionaries({}, optional={"argumentNames": ANYTHING, "body": ANYTHING})
    members = st.fixed_dictionaries({"values": st.lists(inner, max_size=3) | ANYTHING}) | ANYTHING
    entries = st.fixed_dictionaries({"values": st.dictionaries(st.text(max_size=2), inner, max_size=3)}) | ANYTHING
    return st.one_of(
        ANYTHING.map(lambda v: {"constantValue": v}),
        ANYTHING.map(lambda v: {"integerValue": v}),
        ANYTHING.map(lambda v: {"valueReference": v}),
        ANYTHING.map(lambda v: {"argumentReference": v}),
        (invocation | ANYTHING).map(lambda v: {"functionInvocationValue": v}),
        (function | ANYTHING).map(lambda v: {"functionDefinitionValue": v}),
        members.map(lambda v: {"arrayValue": v}),
        entries.map(lambda v: {"dictionaryValue": v}),
        ANYTHING,
    )


EXPRESSIONS = st.fixed_dictionaries(
    {"result": st.just("0"), "values": st.fixed_dictionaries({key: st.deferred(lambda: NODES) for key in "01"})}
)
NODES: st.SearchStrategy[Any] = st.recursive(nodes(ANYTHING), nodes, max_leaves=6)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(expression=EXPRESSIONS)
def test_no_expression_is_an_internal_error(expression: Any) -> None:
    """Every expression is evaluated, or refused with what is wrong about it."""
    with contextlib.suppress(EvaluationError, NotFoundError):
        Engine(Path("nowhere")).compute_value({"expression": json.loads(json.dumps(expression))})
