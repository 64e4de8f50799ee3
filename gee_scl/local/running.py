"""The engines of this process: one for each folder, for whoever works on it and whatever map still shows it."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from gee_scl.local.engine import EXPORTS
from gee_scl.local.server import LocalServer

LEFT = 8
"""Engines that nobody works on any more, and that still answer: they have given out addresses of tiles or pictures,
which a map may show. Whose, cannot be told; so the one that was left first stops when there are more."""

_Folders = tuple[Path, Path]
"""What an engine serves, and where its exports go."""


@dataclass
class _Running:
    server: LocalServer
    users: int = 1


_engines: OrderedDict[_Folders, _Running] = OrderedDict()
"""In the order in which they were last taken or left."""

_lock = threading.RLock()


def take(folder: Path, exports: Path | None = None) -> LocalServer:
    """Take the engine over a folder: that which answers already, once it has looked for changed files, or a new one.

    Args:
        folder: a STAC catalogue, a SAFE product, or a folder of them.
        exports: the folder for exports, as of `LocalServer`.

    Raises:
        EngineError: the folder holds nothing to serve.
    """
    folders = folder.resolve(), (exports or Path(EXPORTS)).resolve()
    with _lock:
        running = _engines.get(folders)
        if running is not None and running.server.answers:
            running.server.engine.refresh()
            running.users += 1
        else:
            if running is not None:
                running.server.stop()
            running = _engines[folders] = _Running(LocalServer(folder, exports=exports).start())
        _engines.move_to_end(folders)
        return running.server


def take_at(url: str) -> LocalServer | None:
    """Take the engine that answers at an address; None where that is no engine of this process."""
    with _lock:
        for running in _engines.values():
            if running.server.url == url:
                running.users += 1
                return running.server
    return None


def leave(server: LocalServer) -> None:
    """Leave an engine. When nobody works on it, it stops once its tasks are done, unless it may still be looked at."""
    with _lock:
        folders = next((folders for folders, running in _engines.items() if running.server is server), None)
        if folders is None:  # of the process that this one is a copy of, or dead since
            return
        _engines[folders].users -= 1
        _engines.move_to_end(folders)
        idle = [folders for folders, running in _engines.items() if running.users == 0]
        looked_at = [folders for folders in idle if _engines[folders].server.engine.is_looked_at]
        over = [_engines.pop(folders) for folders in idle if folders not in looked_at[-LEFT:]]
    for running in over:
        running.server.retire()


def _forget() -> None:
    """Let go of the engines of the process that this one is a copy of: their threads are there, and answer there."""
    global _lock
    _lock = threading.RLock()
    for running in _engines.values():
        running.server.disown()
    _engines.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
