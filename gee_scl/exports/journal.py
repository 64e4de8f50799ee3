"""What was started from this machine: requests are kept for as long as they may have to be sent again."""

from __future__ import annotations

import functools
import gzip
import json
import os
import re
import sys
import time
from pathlib import Path

from gee_scl.exports.names import Mark
from gee_scl.exports.request import TaskRequest
from gee_scl.options.caller_warning import warn_caller
from gee_scl.options.files import write_whole

_KEPT_SECONDS = 30 * 24 * 3600
"""Three times as long as a task may take."""

_OPERATION = re.compile(r"[A-Za-z0-9_-]{1,100}")


def remember(operation: str, request: TaskRequest) -> None:
    """Keep a request under the name of the task that it has started; warn, once, where that cannot be done.

    The task is under way by then: a disk that is full, or no home, is no reason to lose it.
    """
    document = {"kind": request.kind, "address": request.address, "body": request.body}
    try:
        folder = _folder()
        path = _path(folder, operation)
        if path is None:
            return
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        data = gzip.compress(json.dumps(document).encode(), 1)
        write_whole(path, lambda part: part.write_bytes(data), overwrite=True)
        # Regions may be nobody else's business.
        path.chmod(0o600)
        _forget_old(folder)
    except (OSError, RuntimeError) as error:  # pathlib raises the latter where there is no home
        _warn(str(error))


@functools.cache
def _warn(why: str) -> None:
    warn_caller(
        f"What tasks were started with is not kept ({why}): they go on, but whoever looks for them in another process "
        "cannot start them again. Set the environment variable GEE_SCL_CACHE to a folder that can be written."
    )


def recall(operation: str) -> TaskRequest | None:
    """The request that has started a task; None where it was started elsewhere or long ago."""
    try:
        path = _path(_folder(), operation)
        document = {} if path is None else json.loads(gzip.decompress(path.read_bytes()))
    except (OSError, EOFError, ValueError, RuntimeError):
        return None
    if not document:
        return None
    mark = Mark.read(str(document["body"].get("description")))
    return None if mark is None else TaskRequest(document["kind"], mark, document["address"], document["body"])


def _path(folder: Path, operation: str) -> Path | None:
    name = operation.rpartition("/")[2]
    return folder / f"{name}.json.gz" if _OPERATION.fullmatch(name) else None


def _forget_old(folder: Path) -> None:
    for file in folder.glob("*.json.gz"):
        if time.time() - file.stat().st_mtime > _KEPT_SECONDS:
            file.unlink(missing_ok=True)


def _folder() -> Path:
    """In the user's cache: `GEE_SCL_CACHE`, else where this system keeps such things."""
    if cache := os.environ.get("GEE_SCL_CACHE"):
        return Path(cache).expanduser() / "exports"
    if sys.platform == "win32" and (local := os.environ.get("LOCALAPPDATA")):
        return Path(local) / "gee-scl" / "exports"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "gee-scl" / "exports"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gee-scl" / "exports"
