"""The engine on loopback: where it listens, how long it lives, and whose requests it takes.

A request is read and checked here; `routes` says what answers it, `answers` how the answer is written, and
`armed_faults` whether it is spoilt on purpose.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import logging
import os
import socket
import threading
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from gee_scl.local.context import Limits
from gee_scl.local.counters import Counters, Counts
from gee_scl.local.counters.profiles import ANSWER_HEADER, REQUEST_HEADER
from gee_scl.local.engine import PROJECT, Engine
from gee_scl.local.errors import EvaluationError, ForbiddenError, LimitError
from gee_scl.local.http.answers import Answer, answered, error_answer, json_answer, phrase
from gee_scl.local.http.armed_faults import ArmedFault, ArmedFaults
from gee_scl.local.http.faults import FAIL_HEADER, Fault, FaultError
from gee_scl.local.http.named_errors import NAMED_ERRORS
from gee_scl.local.http.routes import WHOLE, Request, route_of

HOST = "127.0.0.1"

_OWN_HOSTS = ("127.0.0.1", "localhost", "::1")

_IDLE_SECONDS = 600
"""A connection that says nothing for so long is closed."""

_LINGER_SECONDS = 2
"""How long a client that was refused may pause while it is still sending."""

_log = logging.getLogger(__name__)


class LocalServer:
    """An engine that answers on 127.0.0.1.

    Args:
        folder: a STAC catalogue, a SAFE product, or a folder of them.
        port: where to listen; 0 takes a free one.
        limits: what one request may cost.
        exports: the folder that stands for Drive (`drive/FOLDER/...`), Cloud Storage (`gs/BUCKET/...`) and assets
            (`assets/...`); `gee-scl-exports` in the current folder if none is given. It is made at the first export.
        faults: what goes wrong from the start.

    Raises:
        OSError: the port is taken.

    Use it as a context manager, or call `start` and `stop`:

        with LocalServer(folder) as server:
            ee.Initialize(AnonymousCredentials(), url=server.url, project=server.project)

    Requests and tasks can be made to fail, to see what a program does about it:

        server.fail("table.computeFeatures", error="memory", pairs=500)
        server.engine.operations.fail("User memory limit exceeded.", description="tile_*", times=2)
    """

    project = PROJECT

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        limits: Limits | None = None,
        exports: Path | None = None,
        faults: Sequence[Fault] = (),
    ) -> None:
        self.engine = Engine(folder, limits, exports)
        self._faults = ArmedFaults()
        for fault in faults:
            self._faults.arm(fault)
        self._http = _Server((HOST, port), _Handler)
        self._http.engine, self._http.faults = self.engine, self._faults
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where it answers, without a path."""
        return f"http://{HOST}:{self._http.server_port}"

    @property
    def counters(self) -> Counters:
        """What it has answered, and what that took: `requests` by route, and the `total` of work."""
        return self.engine.counters

    def fail(self, route: str, **words: Any) -> ArmedFault:
        """Make requests fail from now on.

        Args:
            route: the name of a method such as "value.compute", or a pattern such as "table.*" or "*"; or a whole line
                of text, such as "table.* status=503 times=3", without words.
            **words: what happens and when, the fields of a `Fault`; `gee_scl.local.http.faults` says what each means.

        Returns:
            The fault, which knows how often it struck and can be stopped; as a context manager it ends with the block.

        Raises:
            FaultError: a word that is not known or not allowed.

        Example:
            >>> with server.fail("table.*", status=503, body="html", times=3) as fault:
            ...     table.getInfo()
            >>> fault.struck
        """
        return self._faults.arm(Fault.of(route, **words) if words else Fault.parse(route))

    @property
    def answers(self) -> bool:
        """Whether it has been started, and neither stopped nor broken since."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> Self:
        """Read the catalogue, and answer from a thread of this process.

        Raises:
            EngineError: the folder holds nothing to serve; the port is free again.
        """
        try:
            self.engine.catalogue.collections()
        except BaseException:
            self.stop()
            raise
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
        self._http.end_connections()
        self.engine.close()

    def retire(self) -> None:
        """Stop as soon as all tasks are done: now where there are none, else in the background."""
        if self.engine.operations.all_done:
            self.stop()
        else:
            threading.Thread(target=self._finish_and_stop, name="gee-scl-retiring", daemon=False).start()

    def _finish_and_stop(self) -> None:
        self.engine.operations.finish()
        self.stop()

    def disown(self) -> None:
        """Let go of it in a copy of its process: there it has no thread, and would take connections for nobody."""
        self._thread = None
        self._http.socket.close()

    def __enter__(self) -> Self:
        return self.start()

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
    faults: ArmedFaults

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.ended = False
        self._connections: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Take a connection in, which stays open for as many requests as the client has."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Let a connection go."""
        self._connections.discard(request)
        super().shutdown_request(request)

    def end_connections(self) -> None:
        """Read nothing more: another engine may answer on this port soon. What is being answered is still sent."""
        self.ended = True
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RD)

    def server_bind(self) -> None:
        """Take the port, without asking the network for this machine's name as the base class does."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that breaks is no news for standard error."""
        _log.debug("A connection broke", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    """One connection: each request is read, checked, answered, and the answer sent."""

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
        if self.server.ended:
            self.close_connection = True
            return
        try:
            self._send(answered(self._answer))
        except (ConnectionError, TimeoutError):
            self.close_connection = True
        else:
            if self.close_connection:
                self._linger()

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the base class looks for these names

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no request, or of an unheard-of method, in the form of Google's APIs."""
        self.close_connection = True
        name = "UNIMPLEMENTED" if code == HTTPStatus.NOT_IMPLEMENTED else "INVALID_ARGUMENT"
        self._send(error_answer(code, name, message or phrase(code)))

    def _answer(self) -> Answer:
        body = self._body()
        raw, _, query = self.path.partition("?")
        route, parts = route_of("GET" if self.command == "HEAD" else self.command, unquote(raw))
        self._check_origin(any_host=route.any_host)
        own = self._own_fault()
        values = {key: values[0] for key, values in parse_qs(query).items()}

        def evaluated() -> Answer:
            request = Request(self.server.engine, parts, values, self._parsed(body), self.headers["Host"])
            answer = route.answer(request)
            return self._checked(answer if isinstance(answer, Answer) else json_answer(answer))

        with self.server.engine.counters.request(route.name) as meter:
            meter.add(Counts(bytes_up=len(body)))
            answer = self.server.faults.answer(route.name, meter, lambda: self._profiled(evaluated), own)
            meter.add(Counts(bytes_down=len(answer.sent) if self.command != "HEAD" else 0))
        return answer

    def _profiled(self, evaluated: Callable[[], Answer]) -> Answer:
        """The answer or refusal, with the id of its profile where the client asks for one."""
        if self.headers.get(REQUEST_HEADER) != "1":
            return answered(evaluated)
        with self.server.engine.profiles.request() as profile:
            answer = answered(evaluated)
        return replace(answer, headers={**answer.headers, ANSWER_HEADER: profile})

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        if self.headers.get("Transfer-Encoding") or not WHOLE.fullmatch(length):
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

    def _check_origin(self, *, any_host: bool) -> None:
        """Refuse what pages of other sites send, under this address or under a name that leads here.

        The engine is for programs of this machine; a browser on it must not lend its hands to the web. A notebook
        server that hands a request on leaves its own host in it.

        Args:
            any_host: whether the address is known to nobody who was not told it.
        """
        host, origin = self.headers.get("Host", ""), self.headers.get("Origin")
        if not any_host and _hostname(f"//{host}") not in _OWN_HOSTS:
            raise ForbiddenError(f"The host {host!r:.80} is not served here.")
        if origin is not None and _hostname(origin) not in _OWN_HOSTS:
            raise ForbiddenError(f"Pages of {origin!r:.80} are not served here.")

    def _own_fault(self) -> Fault | None:
        """The fault that the request asks for."""
        text = self.headers.get(FAIL_HEADER)
        if text is None:
            return None
        try:
            return Fault.parse(text).of_one_request()
        except FaultError as error:
            raise EvaluationError(f"The header {FAIL_HEADER} cannot be followed. {error.message}") from None

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

    def _checked(self, answer: Answer) -> Answer:
        if len(answer.media.content) > self.server.engine.limits.result_bytes:
            raise LimitError(NAMED_ERRORS["too-large"].text)
        return answer

    def _send(self, answer: Answer) -> None:
        if answer.dropped:
            self.log_request("dropped")
            self.close_connection = True
            return
        self.send_response(answer.status)
        # What is no request has no headers.
        for name, value in answer.head(self.headers.get("Origin") if answer.public else None):
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.sent)
        self.wfile.flush()
        if answer.cut is not None:
            self.close_connection = True

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


def _hostname(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _too_large(limit: int) -> LimitError:
    return LimitError(f"Request payload size exceeds the limit: {limit} bytes.")
