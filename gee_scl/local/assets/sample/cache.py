"""The folder that keeps the sample: generated on first use, whole or not there at all."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Final

from gee_scl.local.assets.sample.catalogue import SAMPLE_VERSION, generate

CACHE_VARIABLE: Final = "GEE_SCL_CACHE"
"""Environment variable with the folder to use instead of the user's cache."""

STALE: Final = timedelta(hours=1)
"""Age from which an unfinished sample is that of a process that has been killed."""


def ensure_sample(folder: Path | None = None, progress: Callable[[str], None] | None = None) -> Path:
    """Folder of the synthetic sample, generated first if it is not there yet (some seconds, about 30 MB).

    Safe to call from several processes at once and to interrupt: the folder gets its name only when it is whole.

    Args:
        folder: where to keep it instead of the user's cache.
        progress: told in words how far the generation is; not called if the sample is there.

    Returns:
        The sample's own folder, with `catalog.json` in it.

    Raises:
        OSError: the folder cannot be written.
    """
    parent = cache_folder() if folder is None else Path(folder).expanduser()
    sample = parent / f"synthetic-sample-{SAMPLE_VERSION}"
    if _is_whole(sample):
        return sample
    parent.mkdir(parents=True, exist_ok=True)
    if progress:
        progress(f"Generating the synthetic sample (once) in {sample}")
    with _scratch_folder(sample) as scratch:
        generate(scratch, progress or (lambda _: None))
        _take_name(scratch, sample)
    return sample


def cache_folder() -> Path:
    """Folder for what can be made again: `GEE_SCL_CACHE`, else `gee-scl` in the user's cache on this system.

    Raises:
        FileNotFoundError: the user has no home, or the variable begins with that of a user who is not there.
    """
    try:
        if configured := os.environ.get(CACHE_VARIABLE):
            return Path(configured).expanduser()
        return _users_cache() / "gee-scl"
    except RuntimeError as error:  # of pathlib
        raise FileNotFoundError(errno.ENOENT, str(error).rstrip(".")) from error


def _users_cache() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _is_whole(sample: Path) -> bool:
    return (sample / "catalog.json").is_file()


@contextmanager
def _scratch_folder(sample: Path) -> Iterator[Path]:
    """A folder of our own beside the sample, so that renaming stays within one file system; gone afterwards."""
    prefix = f".{sample.name}-"
    for left in sample.parent.glob(f"{prefix}*"):
        with suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > STALE.total_seconds():
                shutil.rmtree(left, ignore_errors=True)
    scratch = Path(tempfile.mkdtemp(prefix=prefix, dir=sample.parent))
    try:
        scratch.chmod(0o755)
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _take_name(scratch: Path, sample: Path) -> None:
    """Rename atomically; if another process was first, its equal sample stays."""
    try:
        scratch.rename(sample)
    except OSError:
        if _is_whole(sample):
            return
        if not sample.is_dir():
            raise
        # A folder without a catalogue: what is left of a sample that somebody has deleted in part.
        remains = scratch.with_name(f"{scratch.name}-remains")
        sample.rename(remains)
        shutil.rmtree(remains, ignore_errors=True)
        scratch.rename(sample)
