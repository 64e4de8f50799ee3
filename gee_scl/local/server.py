"""The Earth Engine REST API on loopback: routes, and the answers to them."""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from gee_scl.local.assets.catalogue import PUBLIC, Catalogue
from gee_scl.local.context import Context, Limits
from gee_scl.local.encode import Encoder
from gee_scl.local.errors import EngineError, EvaluationError, ForbiddenError, LimitError, NotFoundError
from gee_scl.local.graph import TOO_DEEP, evaluate
from gee_scl.local.raster.image import Image
from gee_scl.local.signatures import algorithms_document, discovery_document
from gee_scl.local.values import INDEX, TIME_START, Collection, Feature

HOST = "127.0.0.1"
PROJECT = "gee-scl-local"

_PAGE_SIZE = 1000
"""Rows of a page that does not say how many it wants (REST reference, table.computeFeatures)."""

_TABLES_KEPT = 8
"""Evaluated tables that are kept for their next pages; an older one is evaluated again."""

_log = logging.getLogger(__name__)


class LocalEngine:
    """An Earth Engine over a folder, answering on 127.0.0.1.

    Args:
        folder: a STAC catalogue, a SAFE product, or a folder of them.
        port: where to listen; 0 takes a free one.
        limits: what one request may cost.

    Use it as a context manager, or call `start` and `stop`:

        with LocalEngine(folder) as engine:
            ee.Initialize(AnonymousCredentials(), url=engine.url, project=engine.project)
    """

    def __init__(self, folder: Path, *, port: int = 0, limits: Limits | None = None) -> None:
        self.catalogue = Catalogue(folder)
        self.limits = limits or Limits()
        self.project = PROJECT
        self._tables: OrderedDict[str, Sequence[Any]] = OrderedDict()
        self._tables_lock = threading.Lock()
        self._server = _Server((HOST, port), _Handler)
        self._server.engine = self
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where it answers, without a path."""
        return f"http://{HOST}:{self._server.server_port}"

    def start(self) -> Self:
        """Read the catalogue and answer from a thread of this process.

        Raises:
            EngineError: the folder holds nothing to serve.
        """
        self.catalogue.collections()
        self._thread = threading.Thread(target=self.serve_forever, name="gee-scl-local", daemon=True)
        self._thread.start()
        return self

    def serve_forever(self) -> None:
        """Answer from this thread until `stop` is called from another."""
        self._server.serve_forever(poll_interval=0.05)

    def stop(self) -> None:
        """Stop answering, and free the port."""
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def compute_value(self, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to value:compute."""
        value = evaluate(body.get("expression"), self._context())
        return {"result": Encoder(self.limits.collection_elements).encode(value)}

    def compute_features(self, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to table:computeFeatures: one page, and the token of the next."""
        size = body.get("pageSize") or _PAGE_SIZE
        if not isinstance(size, int) or size < 1:
            raise EvaluationError("Invalid value for 'pageSize': it must be a positive integer.")
        key, offset = self._page(body)
        with self._tables_lock:
            table = self._tables.get(key)
        if table is None:
            collection = evaluate(body.get("expression"), self._context())
            if not isinstance(collection, Collection):
                raise EvaluationError("table:computeFeatures needs an expression that is a FeatureCollection.")
            table = collection.elements
        rows = table[offset : offset + size]
        if any(not isinstance(row, Feature) for row in rows):
            raise EvaluationError("table:computeFeatures needs an expression that is a FeatureCollection.")
        encoder = Encoder(len(rows))
        answer: dict[str, Any] = {"type": "FeatureCollection", "features": [encoder.encode(row) for row in rows]}
        if offset + size < len(table):
            answer["nextPageToken"] = f"{key}.{offset + size}"
            self._keep(key, table)
        return answer

    def _page(self, body: dict[str, Any]) -> tuple[str, int]:
        key = hashlib.sha256(json.dumps(body.get("expression"), sort_keys=True).encode()).hexdigest()[:32]
        token = body.get("pageToken")
        if not token:
            # A first page starts anew: an asset or a clock may have changed since.
            with self._tables_lock:
                self._tables.pop(key, None)
            return key, 0
        of, _, offset = str(token).partition(".")
        if of != key or not offset.isdecimal():
            raise EvaluationError("Invalid page token: it belongs to another expression.")
        return key, int(offset)

    def _keep(self, key: str, table: Sequence[Any]) -> None:
        with self._tables_lock:
            self._tables[key] = table
            self._tables.move_to_end(key)
            while len(self._tables) > _TABLES_KEPT:
                self._tables.popitem(last=False)

    def get_asset(self, name: str) -> dict[str, Any]:
        """The answer to assets.get."""
        asset = self.catalogue.load(name)
        if isinstance(asset, Image):
            return self._image_asset(asset)
        return {"type": "IMAGE_COLLECTION", "name": PUBLIC + str(getattr(asset, "id", "")), "id": getattr(asset, "id", "")}

    def list_assets(self, parent: str, size: int, token: str) -> dict[str, Any]:
        """The answer to assets.listAssets: the images of a collection, or all collections of the engine."""
        if parent in ("", "projects/earthengine-public", f"projects/{PROJECT}", f"projects/{PROJECT}/assets"):
            return {"assets": [self.get_asset(name) for name in sorted(self.catalogue.collections())]}
        asset = self.catalogue.load(parent)
        if not isinstance(asset, Collection):
            raise EvaluationError(f"The asset '{parent}' is no folder and no collection.")
        start = int(token) if token.isdecimal() else 0
        answer: dict[str, Any] = {
            "assets": [self._image_asset(image) for image in asset.elements[start : start + size] if isinstance(image, Image)]
        }
        if start + size < len(asset.elements):
            answer["nextPageToken"] = str(start + size)
        return answer

    def _image_asset(self, image: Image) -> dict[str, Any]:
        encoded = Encoder(0).encode(image)
        properties = {k: v for k, v in encoded.get("properties", {}).items() if not k.startswith("system:")}
        started = image.get(TIME_START)
        return {
            "type": "IMAGE",
            "name": PUBLIC + str(image.id),
            "id": image.id,
            "properties": properties,
            "bands": [_asset_band(band) for band in encoded["bands"]],
            **({"startTime": _timestamp(started), "endTime": _timestamp(started)} if started else {}),
            "title": image.get(INDEX),
        }

    def _context(self) -> Context:
        return Context(self.catalogue, self.limits)


def _asset_band(band: dict[str, Any]) -> dict[str, Any]:
    """A band in the form of the REST API's ImageBand."""
    a, b, c, d, e, f = band["crs_transform"]
    width, height = band.get("dimensions", (0, 0))
    affine = {"scaleX": a, "shearX": b, "translateX": c, "shearY": d, "scaleY": e, "translateY": f}
    kind = band["data_type"]
    return {
        "id": band["id"],
        "dataType": {
            "precision": kind["precision"].upper(),
            "range": {k: kind[k] for k in ("min", "max") if k in kind},
        },
        "grid": {
            "crsCode": band["crs"],
            "dimensions": {"width": width, "height": height},
            "affineTransform": affine,
        },
    }


def _timestamp(milliseconds: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    engine: LocalEngine


class _Handler(BaseHTTPRequestHandler):
    """One request: where it goes, and how its answer or error is sent."""

    protocol_version = "HTTP/1.1"
    server: _Server
    server_version = "gee-scl-local"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer a GET."""
        self._answer(_GET)

    def do_POST(self) -> None:
        """Answer a POST."""
        self._answer(_POST)

    def _answer(self, routes: Sequence[tuple[re.Pattern[str], Callable[..., Any]]]) -> None:
        try:
            body = self._body()
            self._check_origin()
            answer = self._route(routes, body)
            self._send(HTTPStatus.OK, answer)
        except EngineError as error:
            self._send(error.code, error.to_json())
        except RecursionError:
            self._send(HTTPStatus.BAD_REQUEST, EvaluationError(TOO_DEEP).to_json())
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        except MemoryError:
            self._send(HTTPStatus.BAD_REQUEST, LimitError("User memory limit exceeded.").to_json())
        except Exception as error:  # noqa: BLE001 - the engine outlives whatever a request does to it
            _log.exception("A request failed")
            self._send(
                HTTPStatus.INTERNAL_SERVER_ERROR,
                EngineError(f"An internal error has occurred: {type(error).__name__}: {error}").to_json(),
            )

    def _check_origin(self) -> None:
        """Refuse what a web page of another site sends: the engine is for this machine's own programs."""
        allowed = ("127.0.0.1", "localhost", "[::1]")
        host = self.headers.get("Host", "").rsplit(":", 1)[0]
        origin = self.headers.get("Origin")
        if host not in allowed:
            raise ForbiddenError(f"The host {host!r} is not served here.")
        if origin not in (None, "null") and urlsplit(origin).hostname not in ("127.0.0.1", "localhost", "::1"):
            raise ForbiddenError(f"Pages of {origin} are not served here.")

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length")
        if length is None:
            if self.headers.get("Transfer-Encoding"):
                self.close_connection = True
                raise EvaluationError("The request needs a Content-Length.")
            return b""
        if not length.isdecimal():
            self.close_connection = True
            raise EvaluationError(f"Invalid Content-Length: {length[:40]!r}.")
        limit = self.server.engine.limits.request_bytes
        remaining = int(length)
        if remaining > limit:
            # Take in what is being sent, within reason: a client that is still sending does not read an answer.
            kept = min(remaining, 4 * limit)
            while kept > 0 and (chunk := self.rfile.read(min(kept, 1 << 20))):
                kept -= len(chunk)
            self.close_connection = True
            raise LimitError(f"Request payload size exceeds the limit: {limit} bytes.")
        return self.rfile.read(remaining)

    def _route(self, routes: Sequence[tuple[re.Pattern[str], Callable[..., Any]]], body: bytes) -> Any:
        parts = urlsplit(self.path)
        path = unquote(parts.path)
        for pattern, handle in routes:
            found = pattern.fullmatch(path)
            if found:
                query = {k: v[0] for k, v in parse_qs(parts.query).items()}
                return handle(self.server.engine, found, query, self._json(body))
        raise NotFoundError(f"The local engine has no {self.command} {path[:200]}.")

    def _json(self, body: bytes) -> dict[str, Any]:
        if not body:
            return {}
        if self.headers.get("Content-Encoding") == "gzip":
            body = self._unzipped(body)
        try:
            parsed = json.loads(body)
        except (ValueError, UnicodeDecodeError) as error:
            raise EvaluationError(f"Invalid JSON payload received. {error}") from None
        if not isinstance(parsed, dict):
            raise EvaluationError("Invalid JSON payload received. The body must be an object.")
        return parsed

    def _unzipped(self, body: bytes) -> bytes:
        limit = self.server.engine.limits.request_bytes
        try:
            with gzip.open(__import__("io").BytesIO(body)) as stream:
                unzipped = stream.read(limit + 1)
        except (OSError, EOFError) as error:
            raise EvaluationError(f"The request's gzip encoding is broken: {error}") from None
        if len(unzipped) > limit:
            raise LimitError(f"Request payload size exceeds the limit: {limit} bytes.")
        return unzipped

    def _send(self, status: int, answer: Any) -> None:
        payload = json.dumps(answer, separators=(",", ":"), allow_nan=False).encode()
        if status == HTTPStatus.OK and len(payload) > self.server.engine.limits.result_bytes:
            status, payload = HTTPStatus.BAD_REQUEST, json.dumps(LimitError("Computed value is too large").to_json()).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(payload)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Requests go to the log, not to standard error."""
        _log.debug("%s %s", self.address_string(), format % args)


def _discovery(engine: LocalEngine, found: re.Match[str], query: dict[str, str], body: dict[str, Any]) -> Any:
    return discovery_document(engine.url + "/", query.get("version", "v1"))


def _algorithms(engine: LocalEngine, found: re.Match[str], query: dict[str, str], body: dict[str, Any]) -> Any:
    return algorithms_document()


def _value(engine: LocalEngine, found: re.Match[str], query: dict[str, str], body: dict[str, Any]) -> Any:
    return engine.compute_value(body)


def _features(engine: LocalEngine, found: re.Match[str], query: dict[str, str], body: dict[str, Any]) -> Any:
    return engine.compute_features(body)


def _list(engine: LocalEngine, found: re.Match[str], query: dict[str, str], body: dict[str, Any]) -> Any:
    size = query.get("pageSize", "")
    return engine.list_assets(found["name"], int(size) if size.isdecimal() and int(size) else _PAGE_SIZE, query.get("pageToken", ""))


def _asset(engine: LocalEngine, found: re.Match[str], query: dict[str, str], body: dict[str, Any]) -> Any:
    return engine.get_asset(found["name"])


def _about(engine: LocalEngine, found: re.Match[str], query: dict[str, str], body: dict[str, Any]) -> Any:
    return {
        "server": "gee-scl local engine",
        "api": f"{engine.url}/v1/projects/{engine.project}",
        "collections": {name: len(c.elements) for name, c in sorted(engine.catalogue.collections().items())},
    }


_PROJECT_PATH = r"/v1(?:alpha|beta)?/projects/[^/]+"
_GET = [
    (re.compile(r"/"), _about),
    (re.compile(r"/\$discovery/rest"), _discovery),
    (re.compile(_PROJECT_PATH + r"/algorithms"), _algorithms),
    (re.compile(r"/v1(?:alpha|beta)?/(?P<name>projects/[^/]+/assets)/?:?listAssets"), _list),
    (re.compile(_PROJECT_PATH + r"/assets/(?P<name>.+):list(?:Assets|Images)"), _list),
    (re.compile(r"/v1(?:alpha|beta)?/(?P<name>projects/[^/:]+):listAssets"), _list),
    (re.compile(_PROJECT_PATH + r"/assets/(?P<name>[^:]+)"), _asset),
]
_POST = [
    (re.compile(_PROJECT_PATH + r"/value:compute"), _value),
    (re.compile(_PROJECT_PATH + r"/table:computeFeatures"), _features),
]
