"""The Earth Engine REST API over HTTP, on loopback: routes, limits and errors."""

from __future__ import annotations

import gzip
import io
import json
import logging
import os
import re
import socket
import threading
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, quote, unquote, urlsplit

from gee_scl.local.context import Limits
from gee_scl.local.engine import PAGE_SIZE, PROJECT, Engine
from gee_scl.local.errors import EngineError, EvaluationError, ForbiddenError, LimitError, NotFoundError
from gee_scl.local.graph import TOO_DEEP
from gee_scl.local.signatures import VERSIONS, algorithms_document, discovery_document
from gee_scl.local.views.maps import Kind
from gee_scl.local.views.media import Media

HOST = "127.0.0.1"

_OWN_HOSTS = ("127.0.0.1", "localhost", "::1")

_IDLE_SECONDS = 600
"""A connection that says nothing for so long is closed."""

_LINGER_SECONDS = 2
"""How long a client that was refused may pause while it is still sending."""

_FRESH_SECONDS = 3600
"""How long a browser may show a picture again without asking. Its id names what it shows."""

_LENGTH = re.compile(r"[0-9]{1,15}")

_log = logging.getLogger(__name__)


class LocalServer:
    """An engine that answers on 127.0.0.1.

    Args:
        folder: a STAC catalogue, a SAFE product, or a folder of them.
        port: where to listen; 0 takes a free one.
        limits: what one request may cost.
        exports: the folder that stands for Drive (`drive/FOLDER/...`), Cloud Storage (`gs/BUCKET/...`) and assets
            (`assets/...`); `gee-scl-exports` in the current folder if none is given. It is made at the first export.

    Raises:
        OSError: the port is taken.

    Use it as a context manager, or call `start` and `stop`:

        with LocalServer(folder) as server:
            ee.Initialize(AnonymousCredentials(), url=server.url, project=server.project)

    Tasks can be made to fail, to see what a program does about it:

        server.engine.operations.fail("User memory limit exceeded.", description="tile_*", times=2)
    """

    project = PROJECT

    def __init__(
        self, folder: Path, *, port: int = 0, limits: Limits | None = None, exports: Path | None = None
    ) -> None:
        self.engine = Engine(folder, limits, exports)
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
        self.engine.close()

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
    # Elsewhere this frees a port whose last connections linger; on Windows it would let a second server take a port
    # that a first one still answers on (https://github.com/python/cpython/issues/85307).
    allow_reuse_address = os.name != "nt"
    engine: Engine

    def server_bind(self) -> None:
        """Take the port, without asking the network for this machine's name as the base class does."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that breaks is no news for standard error."""
        _log.debug("A connection broke", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    """One connection: where each request goes, and how its answer or error is sent."""

    protocol_version = "HTTP/1.1"
    server_version = "gee-scl-local"
    sys_version = ""
    timeout = _IDLE_SECONDS
    # An answer leaves in one piece and at once: in small writes, each request would wait 40 ms for the network's sake.
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def do_GET(self) -> None:
        """Answer a request; of a method that no route has, too."""
        try:
            self._send(*self._result())
        except (ConnectionError, TimeoutError):
            self.close_connection = True
        else:
            if self.close_connection:
                self._linger()

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the base class looks for these names

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no request, or of an unheard-of method, in the form of Google's APIs."""
        self.close_connection = True
        refusal = EngineError(message or HTTPStatus(code).phrase)
        refusal.code, refusal.status = (
            code,
            "UNIMPLEMENTED" if code == HTTPStatus.NOT_IMPLEMENTED else "INVALID_ARGUMENT",
        )
        self._send(HTTPStatus(code), _refused(refusal))

    def _result(self) -> tuple[HTTPStatus, _Reply]:
        try:
            return HTTPStatus.OK, self._answer(self._routed(self._body()))
        except EngineError as error:
            refusal = error
        except RecursionError:
            refusal = EvaluationError(TOO_DEEP)
        except MemoryError:
            refusal = LimitError("User memory limit exceeded.")
        except (ConnectionError, TimeoutError):
            raise
        except Exception as error:  # noqa: BLE001 - the engine outlives whatever one request does to it
            _log.exception("A request failed")
            refusal = EngineError(f"An internal error has occurred ({type(error).__name__}: {error}).")
        return HTTPStatus(refusal.code), _refused(refusal)

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        if self.headers.get("Transfer-Encoding") or not _LENGTH.fullmatch(length):
            self.close_connection = True
            raise EvaluationError("The request needs a Content-Length, and no Transfer-Encoding.")
        limit = self.server.engine.limits.request_bytes
        if int(length) > limit:
            self.close_connection = True
            raise _too_large(limit)
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.close_connection = True
            raise EvaluationError(f"The request ended after {len(body)} of the {length} bytes that it announced.")
        return body

    def _routed(self, body: bytes) -> Any:
        self._check_origin()
        raw, _, query = self.path.partition("?")
        path = unquote(raw)
        for pattern, handle in _ROUTES.get("GET" if self.command == "HEAD" else self.command, {}).items():
            found = pattern.fullmatch(path)
            if found:
                values = {key: values[0] for key, values in parse_qs(query).items()}
                return handle(_Request(self.server.engine, found, values, self._parsed(body), self.headers["Host"]))
        raise NotFoundError(f"The local engine has no {self.command} {path[:200]}.")

    def _check_origin(self) -> None:
        """Refuse what pages of other sites send, under this address or under a name that leads here.

        The engine is for programs of this machine; a browser on it must not lend its hands to the web.
        """
        host, origin = self.headers.get("Host", ""), self.headers.get("Origin")
        if _hostname(f"//{host}") not in _OWN_HOSTS:
            raise ForbiddenError(f"The host {host!r:.80} is not served here.")
        if origin is not None and _hostname(origin) not in _OWN_HOSTS:
            raise ForbiddenError(f"Pages of {origin!r:.80} are not served here.")

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
        except (OSError, EOFError, zlib.error) as error:
            raise EvaluationError(f"The request's gzip encoding is broken: {error}") from None
        if len(unzipped) > limit:
            raise _too_large(limit)
        return unzipped

    def _answer(self, answer: Any) -> _Reply:
        reply = answer if isinstance(answer, _Reply) else _Reply(_json(answer))
        if len(reply.media.content) > self.server.engine.limits.result_bytes:
            raise LimitError("Computed value is too large")
        return reply

    def _send(self, status: HTTPStatus, reply: _Reply) -> None:
        self.send_response(status)
        self.send_header("Content-Type", reply.media.type)
        self.send_header("Content-Length", str(len(reply.media.content)))
        if reply.public:
            self._let_pages_read()
        if reply.filename:
            # RFC 6266: everything but letters and digits of ASCII is written by its code.
            self.send_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(reply.filename, safe='')}")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.media.content)
        self.wfile.flush()

    def _let_pages_read(self) -> None:
        """Pages of this machine may read a picture's pixels, as canvases do, and keep it for a while.

        The origin has been checked. A page that is a file has the origin "null", as has what any site puts into a
        sandbox: it may show pictures, which needs no permission, but not read them.
        """
        self.send_header("Cache-Control", f"private, max-age={_FRESH_SECONDS}")
        self.send_header("Vary", "Origin")
        if self.headers.get("Origin") is not None:
            self.send_header("Access-Control-Allow-Origin", self.headers["Origin"])

    def _linger(self) -> None:
        """Take in what is still being sent, within reason: a client that is cut off does not read its answer."""
        left = 4 * self.server.engine.limits.request_bytes
        try:
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(_LINGER_SECONDS)
            while left > 0 and (chunk := self.rfile.read1(1 << 16)):
                left -= len(chunk)
        except OSError:
            _log.debug("A client went away", exc_info=True)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests go to the log, not to standard error."""
        _log.debug(format, *args)


@dataclass(frozen=True)
class _Reply:
    """What is sent.

    Attributes:
        media: the content.
        public: whether it is a picture that pages show.
        filename: under which it is to be saved.
    """

    media: Media
    public: bool = False
    filename: str = ""


def _json(answer: Any) -> Media:
    content = json.dumps(answer, separators=(",", ":"), allow_nan=False).encode()
    return Media(content, "application/json; charset=UTF-8")


def _refused(refusal: EngineError) -> _Reply:
    return _Reply(_json(refusal.to_json()))


def _hostname(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _too_large(limit: int) -> LimitError:
    return LimitError(f"Request payload size exceeds the limit: {limit} bytes.")


class _Request:
    """What a route gets to see."""

    def __init__(
        self, engine: Engine, path: re.Match[str], query: Mapping[str, str], body: dict[str, Any], host: str
    ) -> None:
        self.engine, self.query, self.body, self.host = engine, query, body, host
        self.path = path.groupdict()
        self.name = self.path.get("name", "")

    def described(self) -> Any:
        """The description of the interface, for a version of it."""
        version = self.query.get("version", VERSIONS[0])
        if version not in VERSIONS:
            raise NotFoundError(f"There is no version {version!r:.40} of the Earth Engine API.")
        return discovery_document(f"http://{self.host}/", version)

    def listed(self) -> Any:
        """A page of a collection's assets."""
        if "filter" in self.query:
            raise EvaluationError("Listing assets with a filter is not covered by the local engine.")
        size = self.query.get("pageSize", "")
        rows = int(size) if _LENGTH.fullmatch(size) and int(size) else PAGE_SIZE
        return self.engine.list_assets(self.name, rows, self.query.get("pageToken", ""), self.path["project"])

    def operations(self) -> Any:
        """A page of the tasks."""
        if "filter" in self.query:
            raise EvaluationError("Listing operations with a filter is not covered by the local engine.")
        size = self.query.get("pageSize", "")
        return self.engine.operations.list(int(size) if _LENGTH.fullmatch(size) else 0, self.query.get("pageToken", ""))

    @property
    def operation(self) -> str:
        """The name of an operation."""
        return f"projects/{self.path['project']}/operations/{self.name}"

    @property
    def asset(self) -> str:
        """The name of an asset."""
        return f"projects/{self.path['project']}/assets/{self.name}"

    def created_asset(self) -> Any:
        """A new folder or image collection."""
        self.name = self.query.get("assetId", "")
        return self.engine.stored.create(self.asset, str(self.body.get("type")), self.body.get("properties"))

    def deleted_asset(self) -> Any:
        """Nothing, once the asset is gone."""
        self.engine.stored.delete(self.asset)
        return {}

    def copied_asset(self) -> Any:
        """The copy of an asset."""
        overwrite = bool(self.body.get("overwrite"))
        return self.engine.stored.copy(self.asset, str(self.body.get("destinationName")), overwrite=overwrite)

    def moved_asset(self) -> Any:
        """An asset under its new name."""
        return self.engine.stored.move(self.asset, str(self.body.get("destinationName")))

    def patched_asset(self) -> Any:
        """An asset with its new properties."""
        mask = self.body.get("updateMask") or {}
        paths = mask.get("paths") if isinstance(mask, Mapping) else str(mask).split(",")
        return self.engine.stored.patch(self.asset, self.body.get("asset") or {}, list(paths or ()))

    def table_file(self) -> _Reply:
        """A table as a file."""
        media, filename = self.engine.table_file(self.name)
        return _Reply(media, filename=filename)

    def computed_pixels(self) -> _Reply:
        """The pixels of an expression."""
        return _Reply(self.engine.compute_pixels(self.body))

    def created(self) -> Any:
        """The name of a map or thumbnail to come."""
        return self.engine.create_view(Kind(self.path["kind"]), self.path["project"], self.body)

    def thumbnail(self) -> _Reply:
        """A thumbnail."""
        return _Reply(self.engine.view_pixels(Kind(self.path["kind"]), self.name), public=True)

    def tile(self) -> _Reply:
        """A tile of a map; `size=512` is this engine's own."""
        zoom, x, y = (int(self.path[place]) for place in ("zoom", "x", "y"))
        size = self.query.get("size", "256")
        if not _LENGTH.fullmatch(size):
            raise EvaluationError(f"Invalid size of a tile: {size!r:.80}.")
        return _Reply(self.engine.map_tile(self.name, zoom, x, y, int(size)), public=True)


_Route = Callable[[_Request], Any]

_VERSION = f"/(?:{'|'.join(VERSIONS)})"
_PROJECT = _VERSION + "/projects/(?P<project>[^/:]+)"
_THUMBNAILS = "(?P<kind>thumbnails|videoThumbnails|filmstripThumbnails)"
_TILE = "(?P<zoom>-?[0-9]{1,9})/(?P<x>-?[0-9]{1,9})/(?P<y>-?[0-9]{1,9})"


def _routes(table: Sequence[tuple[str, _Route]]) -> Mapping[re.Pattern[str], _Route]:
    return {re.compile(pattern): route for pattern, route in table}


_ROUTES: Mapping[str, Mapping[re.Pattern[str], _Route]] = {
    "GET": _routes(
        [
            ("/", lambda request: request.engine.about()),
            (r"/\$discovery/rest", _Request.described),
            (f"{_PROJECT}/algorithms", lambda request: algorithms_document()),
            (f"{_PROJECT}(?:/assets)?:listAssets", _Request.listed),
            (f"{_PROJECT}/assets/(?P<name>.+):listAssets", _Request.listed),
            (f"{_PROJECT}/assets/(?P<name>[^:]*)", lambda r: r.engine.get_asset(r.name, r.path["project"])),
            (f"{_PROJECT}/operations", _Request.operations),
            (f"{_PROJECT}/operations/(?P<name>[^/:]+)", lambda r: r.engine.operations.get(r.operation)),
            (f"{_PROJECT}/tables/(?P<name>[^/:]+):getFeatures", _Request.table_file),
            (f"{_PROJECT}/maps/(?P<name>[^/:]+)/tiles/{_TILE}", _Request.tile),
            (f"{_PROJECT}/{_THUMBNAILS}/(?P<name>[^/:]+):getPixels", _Request.thumbnail),
        ]
    ),
    "POST": _routes(
        [
            (f"{_PROJECT}/value:compute", lambda request: request.engine.compute_value(request.body)),
            (f"{_PROJECT}/table:computeFeatures", lambda request: request.engine.compute_features(request.body)),
            (f"{_PROJECT}/image:computePixels", _Request.computed_pixels),
            (f"{_PROJECT}/(?P<kind>maps|thumbnails|videoThumbnails|filmstripThumbnails)", _Request.created),
            (f"{_PROJECT}/image:export", lambda request: request.engine.export_image(request.body)),
            (f"{_PROJECT}/table:export", lambda request: request.engine.export_table(request.body)),
            (f"{_PROJECT}/operations/(?P<name>[^/:]+):cancel", lambda r: r.engine.operations.cancel(r.operation)),
            (
                f"{_PROJECT}/operations/(?P<name>[^/:]+):wait",
                lambda r: r.engine.operations.wait(r.operation, r.body.get("timeout")),
            ),
            (f"{_PROJECT}/tables", lambda r: r.engine.create_table(r.path["project"], r.body)),
            (f"{_PROJECT}/assets", _Request.created_asset),
            (f"{_PROJECT}/assets/(?P<name>[^:]+):copy", _Request.copied_asset),
            (f"{_PROJECT}/assets/(?P<name>[^:]+):move", _Request.moved_asset),
        ]
    ),
    "PATCH": _routes([(f"{_PROJECT}/assets/(?P<name>[^:]+)", _Request.patched_asset)]),
    "DELETE": _routes(
        [
            (f"{_PROJECT}/operations/(?P<name>[^/:]+)", lambda r: r.engine.operations.delete(r.operation)),
            (f"{_PROJECT}/assets/(?P<name>[^:]+)", _Request.deleted_asset),
        ]
    ),
}
