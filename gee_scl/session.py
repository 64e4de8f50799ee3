"""Opening a session: on Earth Engine, or on the local engine, which needs no account."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from gee_scl.errors import ArgumentError, FolderError, MissingExtraError, Plain
from gee_scl.options.arguments import checked
from gee_scl.options.files import checked_path, in_home
from gee_scl.requests.connection import (
    is_open,
    open_address,
    open_earth_engine,
    open_engine,
    open_project,
    previous_connection_restored,
)
from gee_scl.requests.loopback import is_loopback, origin_of
from gee_scl.requests.tile_host import checked_tile_host, set_tile_host, tile_host_for_a_while

if TYPE_CHECKING:
    from gee_scl.local.http.faults import Fault
    from gee_scl.local.server import LocalServer

__all__ = ["initialize", "local_session", "sample_regions"]

LOCAL_PROJECT = "gee-scl-local"
"""The project that the local engine answers for."""

Local = bool | str | os.PathLike[str]
Folder = str | os.PathLike[str]

_server: LocalServer | None = None
"""The engine of this process that `initialize` works on; the next call leaves it."""


@checked()
def initialize(
    project: str | None = None,
    *,
    local: Local | None = None,
    exports: Folder | None = None,
    tile_host: str | None = None,
    **kwargs: Any,
) -> None:
    """Open a session. Nothing else in this package does, and nothing works before.

    Args:
        project: the Google Cloud project that Earth Engine work is billed to.
        local: None for Earth Engine; True for the local engine over its synthetic sample; a folder (a STAC catalogue,
            a SAFE product, or a folder of them) for the local engine over that; an address such as
            "http://127.0.0.1:8888" for an engine that is already running (`gee-scl serve`).
        exports: the folder that stands for Drive, Cloud Storage and assets, for a local engine that this call starts;
            `gee-scl-exports` in the current folder if none is given. It is made at the first export.
        tile_host: under which address the browser finds a local engine's tiles, where a notebook runs on another
            machine: "https://example.org/tiles", a path of the notebook's server such as "/user/me/proxy/{port}", or
            HOST or HOST:PORT; {port} stands for the engine's. None takes the environment variable GEE_SCL_TILE_HOST, or
            finds it out: in JupyterHub, and in JupyterLab with jupyter-server-proxy, it is a path of that; in Colab, it
            is asked; else it is this machine. Where the browser is not likely to reach it, a layer warns. The addresses
            that the client itself gives stay on this machine.
        **kwargs: passed on to `ee.Initialize`, for Earth Engine only.

    Raises:
        ArgumentError: arguments that do not go together.
        FolderError: the folder is not there, or holds nothing to serve; or the sample's cannot be written.
        MissingExtraError: the local engine's packages are not installed.
        RequestError: nothing answers at the address; there are no credentials, or Earth Engine refuses them or the
            project.

    Requests: two, both small (the interface and the list of algorithms).

    The engine over a folder runs in this process, once for each folder and `exports`. Called again for the same folder,
    as by a notebook's first cell, it looks for files that are new, changed or gone, and goes on: the layers of maps
    that are shown stay. Where another folder or Earth Engine takes its place, an engine of whose tiles or pictures the
    addresses were asked for goes on answering them to the end of the process, or until eight were left after it; any
    other stops.

    Its tasks run in this process too: a script that ends waits for those that are under way (Ctrl-C ends them), and so
    does an engine that stops. A process that is forked keeps to the engine of the one that it is a copy of, for as long
    as that lives, and starts its own when it calls this.

    Examples:
        The local engine over the bundled sample; on Earth Engine, the first line is
        `gee_scl.initialize(project="your-project")`, and the rest stays:

        >>> gee_scl.initialize(local=True)
        >>> gee_scl.collection(start="2023-05-01", end="2023-09-01").size().getInfo()
        18

        A folder of your own, here one that is not there:

        >>> gee_scl.initialize(local="my-scenes")
        Traceback (most recent call last):
            ...
        gee_scl.errors.FolderError: local: got 'my-scenes'; allowed: True, an existing folder, or the address of a
        running engine.
    """
    _check_exports(exports, local)
    host = _checked_tile_host(tile_host, local)
    if local is None or local is False:
        open_earth_engine(project, **kwargs)
        _work_on(None)
        return
    check_local(local)
    if project is not None or kwargs:
        given = ", ".join(["project", *kwargs] if project is not None else kwargs)
        raise ArgumentError("local", local, f"local alone, or {given} without local")
    server = _taken(local, exports)
    url = str(local).rstrip("/") if server is None else server.url
    try:
        _connect(url)
    except BaseException:
        _leave(server)
        raise
    set_tile_host(url, host)
    _work_on(server)


@checked()
@contextlib.contextmanager
def local_session(local: Local = True, *, exports: Folder | None = None, tile_host: str | None = None) -> Iterator[str]:
    """Work on a local engine for a while, then go back to the session that was open before.

    An engine that is open over the same folder is worked on; it is left as `initialize` leaves one. Tasks that are
    still under way by then are finished in the background.

    Args:
        local: as in `initialize`, but not None.
        exports: as in `initialize`.
        tile_host: as in `initialize`.

    Yields:
        The engine's address.

    Raises:
        FolderError: the folder is not there, or holds nothing to serve.
        MissingExtraError: the local engine's packages are not installed.

    Examples:
        >>> with gee_scl.local_session() as address:
        ...     print(address.startswith("http://127.0.0.1:"), gee_scl.collection(tiles="32TPS").size().getInfo())
        True 24
    """
    check_local(local)
    _check_exports(exports, local)
    host = _checked_tile_host(tile_host, local)
    server = _taken(local, exports)
    with previous_connection_restored():
        try:
            url = str(local).rstrip("/") if server is None else server.url
            _connect(url)
            with tile_host_for_a_while(url, host):
                yield url
        finally:
            _leave(server)


def _check_exports(exports: object, local: object) -> None:
    """Refuse a folder for exports that would be used by nobody.

    Raises:
        ArgumentError: there is one, and it is none, or no engine is started.
    """
    if exports is None:
        return
    if not isinstance(exports, str | os.PathLike) or not os.fspath(exports):
        raise ArgumentError("exports", exports, "a folder, as text or pathlib.Path, or None")
    if not local or is_url(local):
        hint = "Earth Engine exports to your Drive; gee-scl serve has --exports."
        raise ArgumentError("exports", exports, "a folder, with local=True or local=FOLDER only", hint)


def _checked_tile_host(tile_host: object, local: object) -> str | None:
    """Where the browser is to find a local engine's tiles.

    Raises:
        ArgumentError: it is said of Earth Engine's, or is none.
    """
    if tile_host is None:
        return None
    if not local:
        raise ArgumentError("tile_host", tile_host, "None, without local", "Earth Engine's tiles are on the web.")
    return checked_tile_host(tile_host)


def check_local(local: object) -> None:
    """Refuse what names no engine.

    Raises:
        FolderError: it is neither True nor a path nor an address.
    """
    if local is not True and not (isinstance(local, str | os.PathLike) and os.fspath(local)):
        raise FolderError("local", local, "True, an existing folder, or the address of a running engine")


def start_server(local: Local, port: int = 0, exports: Folder | None = None, faults: Sequence[str] = ()) -> LocalServer:
    """Start an engine in this process.

    Args:
        local: True for the synthetic sample, or a folder.
        port: where to listen on 127.0.0.1; 0 takes a free port.
        exports: the folder for exports, as in `initialize`.
        faults: what the engine does wrong on purpose, such as "table.computeFeatures status=503 times=3".

    Raises:
        ArgumentError: the port is taken, or a fault has a word that is not allowed.
        FolderError: the folder is not there, or holds nothing to serve.
        MissingExtraError: the engine's packages are not installed.
    """
    module = _engine_module("server")
    armed = [_fault(text) for text in faults]
    folder = _folder(local)
    try:
        server: LocalServer = module.LocalServer(folder, port=port, exports=_exports_folder(exports), faults=armed)
    except OSError as error:
        raise ArgumentError("port", port, "a free port of this machine", str(error)) from error
    with _serving(folder):
        return server.start()


def _taken(local: Local, exports: Folder | None) -> LocalServer | None:
    """The engine of this process that is asked for, which is to be left when it is used no more.

    Returns:
        None where an engine of another process is asked for.

    Raises:
        FolderError: the folder is not there, or holds nothing to serve.
        MissingExtraError: the engine's packages are not installed.
    """
    if is_url(local):
        running = sys.modules.get("gee_scl.local.running")
        taken: LocalServer | None = None if running is None else running.take_at(str(local).rstrip("/"))
        return taken
    running = _engine_module("running")
    folder = _folder(local)
    with _serving(folder):
        server: LocalServer = running.take(folder, _exports_folder(exports))
    return server


def _folder(local: Local) -> Path:
    folder = sample_folder() if local is True else in_home(checked_path(local, "local"), "local")
    if not folder.exists():
        raise FolderError("local", str(folder), "True, an existing folder, or the address of a running engine")
    return folder


def _exports_folder(exports: Folder | None) -> Path | None:
    return None if exports is None else in_home(checked_path(exports, "exports"), "exports")


@contextlib.contextmanager
def _serving(folder: Path) -> Iterator[None]:
    """Turn what an engine says of its folder into an error that names the argument."""
    errors = _engine_module("errors")
    try:
        yield
    except errors.EngineError as error:
        allowed = "a STAC catalogue, a SAFE product, or a folder of them"
        raise FolderError("local", str(folder), allowed, error.message) from error


def _fault(text: str) -> Fault:
    module = _engine_module("http.faults")
    try:
        fault: Fault = module.Fault.parse(text)
    except module.FaultError as error:
        raise ArgumentError(f"fail, {error.word}", error.given, error.allowed, error.hint) from error
    return fault


def sample_folder(progress: Callable[[str], None] | None = None) -> Path:
    """The folder of the synthetic sample, which is made in the user's cache on first use.

    Args:
        progress: called with a line of text before each step.

    Raises:
        FolderError: the cache cannot be written.
        MissingExtraError: the engine's packages are not installed.
    """
    sample = _engine_module("assets.sample")
    try:
        made: Path = sample.ensure_sample(progress=progress)
    except OSError as error:
        name = sample.CACHE_VARIABLE
        given = os.environ.get(name) or error.filename or Plain("nothing, and a user without a cache")
        hint = f"{error.strerror or error}. Set the environment variable {name} to such a folder."
        raise FolderError(
            name, given, "a folder that can be written, where the sample is made (30 MB)", hint
        ) from error
    return made


@checked()
def sample_regions() -> dict[str, Any]:
    """Give the six regions of the synthetic sample, to try things out with.

    Returns:
        A GeoJSON FeatureCollection in degrees (EPSG:4326), to be given wherever regions are taken. Its column `name`
        has Lake, Farmland, Single field, Mountain, Forest and Towns; the landscape that they lie in is invented.

    Raises:
        FolderError: the sample's folder cannot be written.
        MissingExtraError: the local engine's packages are not installed.

    No request is made. The sample is made in the user's cache on first use, which takes some seconds.

    Examples:
        >>> [feature["properties"]["name"] for feature in gee_scl.sample_regions()["features"]]
        ['Lake', 'Farmland', 'Single field', 'Mountain', 'Forest', 'Towns']
    """
    file: Path = _engine_module("assets.sample").sample_regions(sample_folder())
    regions: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return regions


def keep_engine(asker: object) -> str:
    """Have the engine of the open session wait for something that may ask it when another one is open.

    Args:
        asker: for as long as it lives.

    Returns:
        The address of the session's server; empty where none is open.
    """
    address = origin_of(open_address()) if is_open() else ""
    running = sys.modules.get("gee_scl.local.running")
    if running is not None:
        running.wait_for(address, asker)
    return address


def is_local() -> bool:
    """Whether the open session is with a local engine."""
    return open_project() == LOCAL_PROJECT


def engine_name() -> str:
    """Who answers in the open session, for people."""
    return "the local engine of gee-scl" if is_local() else "Google Earth Engine"


def is_url(local: object) -> bool:
    """Whether this names a running engine rather than a folder."""
    return isinstance(local, str) and local.startswith(("http://", "https://"))


def _connect(url: str) -> None:
    parts = urlsplit(url)
    if not is_loopback(url):
        raise ArgumentError("local", url, "an address on this machine, such as http://127.0.0.1:8888")
    open_engine(f"{parts.scheme}://{parts.netloc}", LOCAL_PROJECT)


def _engine_module(name: str) -> Any:
    try:
        return importlib.import_module(f"gee_scl.local.{name}")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("gee_scl"):
            raise
        raise MissingExtraError(error.name, "local", "The local engine") from error


def _work_on(server: LocalServer | None) -> None:
    """Have `initialize` work on an engine of this process, or on none, and leave the one before."""
    global _server
    before, _server = _server, server
    _leave(before)


def _leave(server: LocalServer | None) -> None:
    if server is not None:
        _engine_module("running").leave(server)
