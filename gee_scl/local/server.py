"""The Earth Engine REST API over HTTP, on loopback: routes, limits and errors."""

from __future__ import annotations

import gzip
import io
import json
import logging
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from gee_scl.local.context import Limits
from gee_scl.local.engine import PAGE_SIZE, PROJECT, Engine
from gee_scl.local.errors import EngineError, EvaluationError, ForbiddenError, LimitError, NotFoundError
from gee_scl.local.graph import TOO_DEEP
from gee_scl.local.signatures import algorithms_document, discovery_document

HOST = "127.0.0.1"

_OWN_HOSTS = ("127.0.0.1", "localhost", "::1")

_IDLE_SECONDS = 600
"""A connection that says nothing for so long is closed."""

_log = logging.getLogger(__name__)


class LocalServer:
    """An engine that answers on 127.0.0.1.

    Args:
        folder: a STAC catalogue, a SAFE product, or a folder of them.
        port: where to listen; 0 takes a free one.
        limits: what one request may cost.

    Raises:
        OSError: the port is taken.

    Use it as a context manager, or call `start` and `stop`:

        with LocalServer(folder) as server:
            ee.Initialize(AnonymousCredentials(), url=server.url, project=server.project)
    """

    project = PROJECT

    def __init__(self, folder: Path, *, port: int = 0, limits: Limits | None = None) -> None:
        self.engine = Engine(folder, limits)
        self._http = _Server((HOST, port), _Handler)
        self._http.engine = self.engine
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where it answers, without a path."""
        return f"http://{HOST}:{self._http.server_port}"

    def start(self) -> Self:
        """Read the catalogue, and answer from a thread of this process.

        Raises:
            EngineError: the folder holds nothing to serve.
        """
        self.engine.catalogue.collections()
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, name="gee-scl-local", daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop answering, and free the port."""
        if self._thread is not None:
            self._http.shutdown()
            self._thread.join()
            self._thread = None
        self._http.server_close()

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Dozens of connections may come at once: the client opens one per thread.
    request_queue_size = 64
    engine: Engine


class _Handler(BaseHTTPRequestHandler):
    """One connection: where each request goes, and how its answer or error is sent."""

    protocol_version = "HTTP/1.1"
    server_version = "gee-scl-local"
    sys_version = ""
    timeout = _IDLE_SECONDS
    server: _Server

    def do_GET(self) -> None:
        """Answer a GET."""
        self._answer(_GET)

    def do_POST(self) -> None:
        """Answer a POST."""
        self._answer(_POST)

    def _answer(self, routes: Mapping[re.Pattern[str], _Route]) -> None:
        try:
            body = self._body()
            self._check_origin()
            status, answer = HTTPStatus.OK, self._routed(routes, body)
        except EngineError as error:
            status, answer = HTTPStatus(error.code), error.to_json()
        except RecursionError:
            status, answer = HTTPStatus.BAD_REQUEST, EvaluationError(TOO_DEEP).to_json()
        except MemoryError:
            status, answer = HTTPStatus.BAD_REQUEST, LimitError("User memory limit exceeded.").to_json()
        except Exception as error:  # noqa: BLE001 - the engine outlives whatever one request does to it
            _log.exception("A request failed")
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            answer = EngineError(f"An internal error has occurred ({type(error).__name__}: {error}).").to_json()
        try:
            self._send(status, answer)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _check_origin(self) -> None:
        """Refuse what pages of other sites send, under this address or under a name that leads here.

        The engine is for programs of this machine; a browser on it must not lend its hands to the web.
        """
        host = urlsplit(f"//{self.headers.get('Host', '')}").hostname
        if host not in _OWN_HOSTS:
            raise ForbiddenError(f"The host {host!r} is not served here.")
        origin = self.headers.get("Origin")
        if origin is not None and urlsplit(origin).hostname not in _OWN_HOSTS:
            raise ForbiddenError(f"Pages of {origin!r:.80} are not served here.")

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        if self.headers.get("Transfer-Encoding") or not (length.isascii() and length.isdecimal()):
            self.close_connection = True
            raise EvaluationError("The request needs a Content-Length, and no Transfer-Encoding.")
        limit = self.server.engine.limits.request_bytes
        if int(length) > limit:
            self._discard(min(int(length), 4 * limit))
            raise _too_large(limit)
        return self.rfile.read(int(length))

    def _discard(self, count: int) -> None:
        """Take in what is being sent, within reason: a client that is still sending does not read an answer."""
        self.close_connection = True
        while count > 0 and (chunk := self.rfile.read(min(count, 1 << 20))):
            count -= len(chunk)

    def _routed(self, routes: Mapping[re.Pattern[str], _Route], body: bytes) -> Any:
        parts = urlsplit(self.path)
        path = unquote(parts.path)
        for pattern, handle in routes.items():
            found = pattern.fullmatch(path)
            if found:
                query = {key: values[0] for key, values in parse_qs(parts.query).items()}
                return handle(_Request(self.server.engine, found, query, self._parsed(body), self.headers["Host"]))
        raise NotFoundError(f"The local engine has no {self.command} {path[:200]}.")

    def _parsed(self, body: bytes) -> dict[str, Any]:
        if not body:
            return {}
        if self.headers.get("Content-Encoding") == "gzip":
            body = self._unzipped(body)
        try:
            parsed = json.loads(body)
        except ValueError as error:
            raise EvaluationError(f"Invalid JSON payload received. {error}") from None
        if not isinstance(parsed, dict):
            raise EvaluationError("Invalid JSON payload received. The body must be an object.")
        return parsed

    def _unzipped(self, body: bytes) -> bytes:
        limit = self.server.engine.limits.request_bytes
        try:
            with gzip.open(io.BytesIO(body)) as stream:
                unzipped = stream.read(limit + 1)
        except (OSError, EOFError) as error:
            raise EvaluationError(f"The request's gzip encoding is broken: {error}") from None
        if len(unzipped) > limit:
            raise _too_large(limit)
        return unzipped

    def _send(self, status: HTTPStatus, answer: Any) -> None:
        payload = json.dumps(answer, separators=(",", ":"), allow_nan=False).encode()
        if len(payload) > self.server.engine.limits.result_bytes:
            status = HTTPStatus.BAD_REQUEST
            payload = json.dumps(LimitError("Computed value is too large").to_json()).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(payload)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests go to the log, not to standard error."""
        _log.debug(format, *args)


def _too_large(limit: int) -> LimitError:
    return LimitError(f"Request payload size exceeds the limit: {limit} bytes.")


class _Request:
    """What a route gets to see."""

    def __init__(
        self, engine: Engine, path: re.Match[str], query: Mapping[str, str], body: dict[str, Any], host: str
    ) -> None:
        self.engine, self.query, self.body, self.host = engine, query, body, host
        self.name = path.groupdict().get("name", "")

    def listed(self) -> Any:
        """A page of a collection's assets."""
        size = self.query.get("pageSize", "")
        rows = int(size) if size.isascii() and size.isdecimal() and int(size) else PAGE_SIZE
        return self.engine.list_assets(self.name, rows, self.query.get("pageToken", ""))


_Route = Callable[[_Request], Any]

_VERSION = "/v1(?:alpha|beta)?"
_PROJECT = _VERSION + "/projects/[^/:]+"


def _routes(table: Sequence[tuple[str, _Route]]) -> dict[re.Pattern[str], _Route]:
    return {re.compile(pattern): route for pattern, route in table}


_GET = _routes(
    [
        ("/", lambda request: request.engine.about()),
        (
            r"/\$discovery/rest",
            lambda request: discovery_document(f"http://{request.host}/", request.query.get("version", "v1")),
        ),
        (f"{_PROJECT}/algorithms", lambda request: algorithms_document()),
        (f"{_PROJECT}(?:/assets)?:listAssets", _Request.listed),
        (f"{_PROJECT}/assets/(?P<name>.+):list(?:Assets|Images)", _Request.listed),
        (f"{_PROJECT}/assets/(?P<name>[^:]+)", lambda request: request.engine.get_asset(request.name)),
    ]
)
_POST = _routes(
    [
        (f"{_PROJECT}/value:compute", lambda request: request.engine.compute_value(request.body)),
        (f"{_PROJECT}/table:computeFeatures", lambda request: request.engine.compute_features(request.body)),
    ]
)
