"""The engines of this process: one for each folder, for whoever works on it and whatever map still shows it."""

from __future__ import annotations

import os
import threading
import weakref
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gee_scl.local.engine import EXPORTS
from gee_scl.local.server import LocalServer

LEFT = 8
"""Engines that nobody works on any more, and that still answer: they have given out addresses of tiles or pictures,
which a map may show, or a layer that is there has still to ask for its own. Whether a map is still shown cannot be
told; so the one that was left first stops when there are more."""

_Folders = tuple[Path, Path]
"""What an engine serves, and where its exports go."""


@dataclass
class _Running:
    server: LocalServer
    users: int = 1
    askers: weakref.WeakSet[Any] = field(default_factory=weakref.WeakSet)

    @property
    def is_wanted(self) -> bool:
        """Whether it is shown somewhere, or may be yet."""
        return self.server.engine.is_looked_at or bool(self.askers)


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
        running = _at(url)
        if running is None:
            return None
        running.users += 1
        return running.server


def wait_for(url: str, asker: object) -> None:
    """Have the engine of this process at an address, if there is one, wait for something that may ask it yet.

    Args:
        url: its address.
        asker: for as long as it lives.
    """
    with _lock:
        running = _at(url)
        if running is not None:
            running.askers.add(asker)


def _at(url: str) -> _Running | None:
    return next((running for running in _engines.values() if running.server.url == url), None)


def leave(server: LocalServer) -> None:
    """Leave an engine. When nobody works on it, it stops once its tasks are done, unless it may still be looked at."""
    with _lock:
        folders = next((folders for folders, running in _engines.items() if running.server is server), None)
        if folders is None:  # of the process that this one is a copy of, or dead since
            return
        _engines[folders].users -= 1
        _engines.move_to_end(folders)
        idle = [folders for folders, running in _engines.items() if running.users == 0]
        wanted = [folders for folders in idle if _engines[folders].is_wanted]
        over = [_engines.pop(folders) for folders in idle if folders not in wanted[-LEFT:]]
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
