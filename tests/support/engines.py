"""Engines and sessions, of which tests open many: what those have in common is made once."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ee
from google.auth.credentials import AnonymousCredentials

from gee_scl.local.assets.catalogue import Catalogue
from gee_scl.local.server import LocalServer
from gee_scl.requests.connection import open_engine
from gee_scl.session import LOCAL_PROJECT


def server_over(folder: Path, **options: Any) -> LocalServer:
    """A new engine, with all the options of one, over a folder that stays as it is: its documents are read once."""
    server = LocalServer(folder, **options)
    server.engine.catalogue._read = _read(folder)
    return server


@functools.lru_cache(maxsize=4)
def _read(folder: Path) -> Any:
    return Catalogue(folder)._assets()


@contextmanager
def session_on(url: str) -> Iterator[str]:
    """An open session on an engine that runs, as `gee_scl.local_session` gives it.

    To open one costs the client a tenth of a second, most of it for classes that it builds from the engine's
    algorithms. All engines have the same: the classes stay, and of an engine that was asked before, the connection.
    """
    before = dict(vars(ee.data._get_state()))
    try:
        vars(ee.data._get_state()).update(_connection(url))
        if not ee.ApiFunction._api:  # the first, or a session that was closed elsewhere has taken the classes with it
            open_engine(url, LOCAL_PROJECT)
        yield url
    finally:
        vars(ee.data._get_state()).update(before)


@contextmanager
def session_over(folder: Path | str, **options: Any) -> Iterator[str]:
    """An open session on an engine of its own, with all the options of one, over a folder as it is now."""
    with LocalServer(Path(folder), **options) as server, session_on(server.url):
        yield server.url


@functools.lru_cache(maxsize=4)
def _connection(url: str) -> dict[str, Any]:
    """What the client keeps of a connection."""
    ee.data.initialize(AnonymousCredentials(), f"{url}/api", url, url, project=LOCAL_PROJECT)
    return dict(vars(ee.data._get_state()))
