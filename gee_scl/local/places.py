"""The folder that stands for Drive and Cloud Storage: names made safe, files delivered whole and never over others."""

from __future__ import annotations

import contextlib
import itertools
import re
import secrets
import shutil
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gee_scl.local.errors import EvaluationError

DRIVE, CLOUD_STORAGE, ASSETS = "drive", "gs", "assets"
"""The parts of the exports folder."""

_UNFINISHED = ".unfinished"
"""Where files are while they are written: on the same disk, so that moving them is one step."""

# What no file system of the three large kinds can be trusted with, and what separates folders.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')
_HIDING = re.compile(r"^\.+")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
"""Names that mean devices to Windows."""

_NAME_BYTES = 180
"""Most file systems allow 255; a number, the offsets of a part and an ending come after it."""


def safe_name(text: str) -> str:
    """A user's text as the name of one file or folder: never a path, never hidden, never empty."""
    name = _UNSAFE.sub("_", text)
    name = _HIDING.sub(lambda dots: "_" * len(dots[0]), name)
    # Lone surrogates have no UTF-8; a cut may fall into a character.
    name = name.encode("utf-8", "replace")[:_NAME_BYTES].decode("utf-8", "ignore").rstrip(". ")
    if not name or _RESERVED.fullmatch(name):
        return f"{name}_"
    return name


@dataclass(frozen=True)
class Target:
    """Where the files of one export go.

    Attributes:
        folder: of the files.
        stem: how all their names begin.
        numbered: whether names that are taken get a number, else they are refused.
    """

    folder: Path
    stem: str
    numbered: bool


class Places:
    """Drive and Cloud Storage as folders.

    Files go to `drive/FOLDER/PREFIX.tif` and `gs/BUCKET/PREFIX.tif`. Drive keeps files of one name side by side, which
    a folder cannot: the second is `PREFIX (1).tif`. Cloud Storage would replace an object of the same name; here the
    task fails, so that nothing is lost unasked.

    Args:
        root: the exports folder; made when something is written.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._lock = threading.Lock()

    def target(self, options: Mapping[str, Any], description: str) -> Target:
        """Where a request's file options lead.

        Args:
            options: with `driveDestination` or `cloudStorageDestination`.
            description: of the task; the name where none is given.

        Raises:
            EvaluationError: neither is given, or a bucket has no name.
        """
        drive, storage = options.get("driveDestination"), options.get("cloudStorageDestination")
        if isinstance(drive, Mapping) and storage is None:
            folder = self.root / DRIVE
            if drive.get("folder"):
                folder /= safe_name(str(drive["folder"]))
            return Target(folder, safe_name(str(drive.get("filenamePrefix") or description)), numbered=True)
        if isinstance(storage, Mapping) and drive is None:
            if not storage.get("bucket"):
                raise EvaluationError("Export to Cloud Storage: a bucket must be given.")
            *folders, stem = str(storage.get("filenamePrefix") or description).split("/")
            folder = self.root / CLOUD_STORAGE / safe_name(str(storage["bucket"]))
            folder = folder.joinpath(*(safe_name(part) for part in folders))
            return Target(folder, safe_name(stem), numbered=False)
        raise EvaluationError("The export options need one destination: driveDestination or cloudStorageDestination.")

    @contextlib.contextmanager
    def workshop(self) -> Iterator[Path]:
        """A folder of its own for files that are being written; it is removed in the end.

        Raises:
            EvaluationError: it cannot be made.
        """
        folder = self.root / _UNFINISHED / secrets.token_hex(8)
        with self._lock, self._writing():
            folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            # Not empty while another task writes.
            with self._lock, contextlib.suppress(OSError):
                folder.parent.rmdir()

    def deliver(self, target: Target, files: Mapping[str, Path]) -> list[Path]:
        """Move finished files to their place.

        Args:
            target: where.
            files: by what comes after the stem of their names.

        Returns:
            The places that they have now.

        Raises:
            EvaluationError: a name is taken, and this kind of place does not number them; or nothing can be written.
        """
        with self._lock, self._writing():
            target.folder.mkdir(parents=True, exist_ok=True)
            places = self._free(target, list(files))
            for file, place in zip(files.values(), places, strict=True):
                file.rename(place)
        return places

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise EvaluationError(
                f"The folder for exports, {str(self.root)!r}, cannot be written: {error}. Start the engine with "
                "another one: gee_scl.initialize(local=..., exports=FOLDER), or gee-scl serve --exports FOLDER."
            ) from error

    def _free(self, target: Target, endings: list[str]) -> list[Path]:
        for number in itertools.count():
            stem = f"{target.stem} ({number})" if number else target.stem
            places = [target.folder / f"{stem}{ending}" for ending in endings]
            taken = next((place for place in places if place.exists()), None)
            if taken is None:
                break
            if not target.numbered:
                bucket, *rest = taken.relative_to(self.root / CLOUD_STORAGE).parts
                raise EvaluationError(
                    f"The object gs://{bucket}/{'/'.join(rest)} exists. Cloud Storage would replace it; "
                    "the local engine does not: delete it first, or give another fileNamePrefix."
                )
        return places
