"""An engine on this machine with proxies in the environment: it is reached past them, and nothing else is."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gee_scl.requests.loopback import is_loopback

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")

JOB = """
import gee_scl
gee_scl.initialize(local=True)
images = gee_scl.collection(start="2023-05-01", end="2023-05-10", tiles="32TPS")
frame = gee_scl.class_statistics(images, gee_scl.sample_regions(), id="name")
picture = gee_scl.thumbnail(gee_scl.visualize(images.first()), gee_scl.sample_regions())
gee_scl.initialize(local=True)
print(len(frame) > 0, len(picture) > 0)
"""


class Proxy(ThreadingHTTPServer):
    """Answers whatever it is asked itself, and writes it down."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Proxy

    def do_GET(self) -> None:
        self.server.asked.append(f"{self.command} {self.path}")
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_POST = do_CONNECT = do_GET  # noqa: N815 - the base class looks for these names

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with Proxy() as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def run(code: str, proxy: str, sample: Path) -> str:
    environment = {name: text for name, text in os.environ.items() if not name.lower().endswith("_proxy")}
    environment |= {"GEE_SCL_CACHE": str(sample.parent)}
    environment |= {name: proxy for upper in PROXIES for name in (upper, upper.lower())}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=100, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_proxy_sees_nothing_of_what_an_engine_is_asked(proxy: Proxy, sample: Path) -> None:
    assert run(JOB, proxy.url, sample) == "True True"
    assert proxy.asked == []


@pytest.mark.parametrize("silent", [False, True])
def test_a_proxy_that_is_dead_or_never_answers_is_not_waited_for(sample: Path, silent: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        if not silent:
            listening.close()
        assert run(JOB, f"http://127.0.0.1:{port}", sample) == "True True"


def test_other_machines_are_asked_through_the_proxy_as_before(proxy: Proxy, sample: Path) -> None:
    code = """
import ee, gee_scl, os
before = dict(os.environ)
gee_scl.initialize(local=True)
session = ee.data._get_state().requests_session
session.get("http://earthengine.example/v1/projects")
address = ee.data._get_state().cloud_api_base_url
session.get(address.replace("127.0.0.1", "127.0.0.1.example"))
from gee_scl.requests.contents import content_at
content_at("http://earthengine.example/picture")
print(os.environ == before)
"""
    assert run(code, proxy.url, sample) == "True"
    first, second, third = proxy.asked
    assert first == "GET http://earthengine.example/v1/projects"
    assert second.startswith("GET http://127.0.0.1.example:")
    assert third == "GET http://earthengine.example/picture"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://127.0.0.1:8888/v1", True),
        ("http://localhost", True),
        ("http://[::1]:80", True),
        ("http://127.0.0.1.example:8888", False),
        ("http://127.0.0.1@example.org", False),
        ("http://[", False),
        ("None", False),
    ],
)
def test_which_addresses_are_of_this_machine(address: str, expected: bool) -> None:
    assert is_loopback(address) is expected
