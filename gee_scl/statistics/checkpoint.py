"""Answers that are kept in a folder, so that work goes on where it ended: after a crash, or with what is new.

A folder belongs to one job: one server and project, one expression, one scheme and grid. What it is belongs to is said
in `job.json`. Each answered piece is a file of its own: the numbers by which its pairs of region and image, or day, are
known again (outlines and images with their versions go into them), and the rows. So another call asks for those pairs
that no file has, however the work is cut: regions and images can come and go.
"""

from __future__ import annotations

import contextlib
import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gee_scl.errors import CheckpointError, Plain
from gee_scl.frames.measured import FloatArray, Measured
from gee_scl.options.files import write_whole
from gee_scl.statistics.checkpoint_folder import ENDING, JOB, locked, writing
from gee_scl.statistics.cutting import Wanted
from gee_scl.statistics.meeting import BoolArray, IntArray, chunks
from gee_scl.statistics.pieces import Subject, SurveyPiece
from gee_scl.statistics.sections import cell_keys

_ANOTHER = "Give another folder, or delete this one."

_SHORT = 60
"""Letters of what an error shows of a job."""

_DIGESTS = ("images", "regions")
"""What a job says by numbers that mean nothing to people."""


class Checkpoint:
    """The answers of one job in a folder.

    Args:
        folder: where they are; it is made if it is not there.
        job: what the answers go by, by names that people understand.
        columns: names of the sums of a row.

    Raises:
        CheckpointError: the folder cannot be used, is of another job, or holds a file that cannot be read.
    """

    def __init__(self, folder: Path, job: Mapping[str, Any], columns: tuple[str, ...]) -> None:
        self.folder, self._columns = folder, columns
        self._belongs(dict(job))
        files = [self._read(path) for path in sorted(folder.glob(f"*{ENDING}"))]
        self._covered = np.unique(np.concatenate([np.empty(0, np.uint64), *(file["covered"] for file in files)]))
        keys = np.concatenate([np.empty(0, np.uint64), *(file["keys"] for file in files)])
        values = np.concatenate([np.empty((0, len(columns))), *(file["values"] for file in files)])
        self._keys, first = np.unique(keys, return_index=True)
        self._values: FloatArray = values[first]

    @classmethod
    @contextlib.contextmanager
    def opened(cls, folder: Path, job: Mapping[str, Any], columns: tuple[str, ...]) -> Iterator[Checkpoint]:
        """The folder, for one process at a time.

        Raises:
            CheckpointError: as above, or another process is at it.
        """
        with writing(folder):
            folder.mkdir(exist_ok=True)
        with locked(folder):
            yield cls(folder, job, columns)

    def wanted(self, subject: Subject) -> Wanted:
        """What is still to be asked for."""

        def missing(places: IntArray) -> BoolArray:
            return ~np.isin(cell_keys(subject, places), self._covered)

        return missing

    def restored(self, subject: Subject, members: IntArray) -> Iterator[Measured]:
        """What is there of the present work, some regions at a time."""
        if not len(self._keys):
            return
        for places in chunks(members):
            keys = cell_keys(subject, places)
            found = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
            rows, parts = np.nonzero((self._keys[found] == keys) & (subject.parts.reads(places) > 0))
            values = self._values[found[rows, parts]]
            yield Measured(places[rows], parts.astype(np.int64), self._columns, values)

    def save(self, piece: SurveyPiece, measured: Measured) -> None:
        """Keep the answer of a piece.

        Raises:
            CheckpointError: it cannot be written; what was written before stays.
        """
        keys = cell_keys(piece.subject, piece.places)
        covered = keys[:, list(piece.parts)].ravel()
        places = {place: row for row, place in enumerate(piece.places)}
        rows = np.array([places[place] for place in measured.places.tolist()], np.int64)
        own = keys[rows, measured.parts]
        name = f"{int(covered.sum(dtype=np.uint64)):016x}-{len(covered)}{ENDING}"

        def write(path: Path) -> None:
            with path.open("wb") as file:
                names = np.array(self._columns)
                np.savez_compressed(file, columns=names, covered=covered, keys=own, values=measured.values)

        with writing(self.folder):
            write_whole(self.folder / name, write, overwrite=True)

    def _belongs(self, job: Mapping[str, Any]) -> None:
        path = self.folder / JOB
        text = json.dumps(job, indent=1, default=str, sort_keys=True)
        if not path.exists():
            if any(self.folder.glob(f"*{ENDING}")):
                raise CheckpointError(str(self.folder), f"a new folder, or one with {JOB}", _ANOTHER)
            with writing(self.folder):
                write_whole(path, lambda beside: beside.write_text(text, encoding="utf-8"))
            return
        try:
            there = json.loads(path.read_text(encoding="utf-8"))
            names = [name for name in {**job, **there} if there.get(name) != json.loads(text).get(name)]
        except (ValueError, OSError, AttributeError, TypeError) as error:
            raise CheckpointError(str(path), "a file that can be read", f"{error}. {_ANOTHER}") from error
        if names:
            differs = "; ".join(_difference(name, there.get(name), job.get(name)) for name in names)
            what = Plain(f"{str(self.folder)!r}, which is of another job ({differs})")
            raise CheckpointError(what, "the folder of this job, or a new one", _ANOTHER)

    def _read(self, path: Path) -> Mapping[str, Any]:
        try:
            with np.load(path, allow_pickle=False) as file:
                content = {name: file[name] for name in ("columns", "covered", "keys", "values")}
            if tuple(content["columns"].tolist()) != self._columns:
                raise ValueError(f"columns {content['columns'].tolist()}")
        except (ValueError, OSError, KeyError, EOFError, zipfile.BadZipFile) as error:
            hint = f"{error}. Delete this file: what it held will be asked for again."
            raise CheckpointError(str(path), "a file that gee-scl has written whole", hint) from error
        return content


def _difference(name: str, there: object, here: object) -> str:
    """What is different, for people: of what they cannot read at a glance, only that it is."""
    texts = str(there), str(here)
    if name in _DIGESTS or isinstance(here, Mapping | list) or max(map(len, texts)) > _SHORT:
        return f"other {name}"
    return f"{name} {texts[0]} there, {texts[1]} here"
