"""The folder of a checkpoint: one process at a time, and what is old can go."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gee_scl.errors import CheckpointError
from gee_scl.options.checks import number_between
from gee_scl.options.files import checked_path

__all__ = ["clear_checkpoint"]

JOB = "job.json"
"""Says what job the folder belongs to."""

ENDING = ".npz"
"""Of the files of answers."""

_LOCK, _OWNER = ".lock", ".owner"


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Say of what cannot be written which folder it is, and that nothing is lost."""
    try:
        yield
    except OSError as error:
        hint = f"{error.strerror or error}. What was saved before stays; the same call goes on from there."
        raise CheckpointError(str(folder), "a folder with room, that may be written", hint) from error


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Be the only process that is at a folder."""
    from filelock import FileLock, Timeout

    lock, owner = FileLock(folder / _LOCK), folder / _OWNER
    with writing(folder):
        try:
            lock.acquire(timeout=0)
        except Timeout as error:  # an OSError, too
            who = owner.read_text(encoding="utf-8") if owner.exists() else "another process"
            hint = f"At it is {who}. Wait until it is done, or give another folder."
            raise CheckpointError(str(folder), "a folder that no other process is at", hint) from error
    try:
        with writing(folder):
            owner.write_text(f"process {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC", "utf-8")
        yield
    finally:
        owner.unlink(missing_ok=True)
        lock.release()


def clear_checkpoint(checkpoint: str | os.PathLike[str], *, older_than_days: float = 0) -> int:
    """Delete the saved answers of a checkpoint's folder, all of them or the old ones.

    Args:
        checkpoint: the folder, as `Run(checkpoint=...)` was given it.
        older_than_days: only what was saved longer ago.

    Returns:
        How many files were deleted. No request is made.

    Raises:
        CheckpointError: no folder of a checkpoint, or another process is at it.

    Examples:
        >>> run = gee_scl.Run(checkpoint="checkpoint")
        >>> frame = gee_scl.class_statistics(images, fields, id="name", run=run)
        >>> gee_scl.clear_checkpoint("checkpoint", older_than_days=30)  # nothing is as old
        0
        >>> gee_scl.clear_checkpoint("checkpoint")
        1
    """
    folder = checked_path(checkpoint, "checkpoint")
    days = number_between("older_than_days", older_than_days, 0, 1e6, "days")
    if not (folder / JOB).is_file():
        raise CheckpointError(str(folder), "the folder of a checkpoint")
    before = time.time() - timedelta(days=days).total_seconds()
    with locked(folder):
        old = [path for path in folder.glob(f"*{ENDING}") if not days or path.stat().st_mtime < before]
        for path in old:
            path.unlink()
        if not any(folder.glob(f"*{ENDING}")):
            (folder / JOB).unlink()
    return len(old)
