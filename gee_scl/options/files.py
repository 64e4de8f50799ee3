"""Writing files: beside the target and renamed, so that a file is whole or not there."""

from __future__ import annotations

import importlib.util
import os
import re
import secrets
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

from gee_scl.errors import ArgumentError, MissingExtraError, Plain
from gee_scl.options.workbook import check_workbooks, write_workbook

if TYPE_CHECKING:
    import pandas as pd

OVERWRITE = "overwrite=True (--overwrite on the command line)"
"""How an existing file may be replaced, by whoever is asked."""

_CSV = (".csv", ".csv.gz")
_PARQUET = (".parquet", ".pq")
_EXCEL = ".xlsx"
TABLE_ENDINGS = (*_CSV, *_PARQUET, _EXCEL)
"""Of the files that `write_frame` writes."""

_LONGEST = 80
"""Letters of a path that an error repeats."""

_PARQUET_WRITERS = ("pyarrow", "fastparquet")


def write_frame(frame: pd.DataFrame, path: Path, *, overwrite: bool = False) -> None:
    """Write a frame as CSV, Parquet or an Excel workbook, by the path's ending.

    Args:
        frame: what to write; its index is not.
        path: ends in .csv, .csv.gz, .parquet, .pq or .xlsx; its folder exists.
        overwrite: whether an existing file may be replaced.

    Raises:
        ArgumentError: another ending, no such folder, or a file that is there already.
        MissingExtraError: Parquet without pyarrow, or a workbook without openpyxl.
    """
    check_table(path, overwrite=overwrite)
    name = path.name.lower()
    write: Callable[[Path], object]
    if name.endswith(_PARQUET):
        write = lambda to: frame.to_parquet(to, index=False)  # noqa: E731
    elif name.endswith(_EXCEL):
        write = lambda to: write_workbook(frame, to)  # noqa: E731
    else:
        write = lambda to: frame.to_csv(to, index=False, compression="gzip" if name.endswith(".gz") else None)  # noqa: E731
    try:
        write_whole(path, write, overwrite=overwrite)
    except ImportError as error:
        raise MissingExtraError("pyarrow", "parquet", "Writing Parquet") from error


def write_whole(path: Path, write: Callable[[Path], object], *, overwrite: bool = False) -> None:
    """Write a file beside its place, and move it there when it is whole.

    Args:
        path: where it goes; its folder exists.
        write: writes to the path that it is called with.
        overwrite: whether an existing file may be replaced.

    Raises:
        ArgumentError: no such folder, or a file that is there already.
    """
    check_new(path, overwrite=overwrite)
    beside = place_beside(path)
    try:
        write(beside)
        _flush(beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def place_beside(path: Path) -> Path:
    """Where what is to be at a path is made: a name of its own in the same folder, from which it can be moved."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")


def parts_beside(path: Path) -> list[Path]:
    """What was made for a path by `place_beside`, and is still there: it is being made, or was left over."""
    name = re.compile(re.escape(f".{path.name}.") + r"[0-9a-f]{8}\.part")
    return [beside for beside in path.parent.iterdir() if name.fullmatch(beside.name)]


def _flush(path: Path) -> None:
    """Have a file on the disk before it takes its place: after a power cut it is whole or not there."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def check_table(path: Path, *, overwrite: bool = False) -> None:
    """Refuse a path that `write_frame` cannot write, before the work that leads to it.

    Args:
        path: where a table is to go.
        overwrite: whether an existing file may be replaced.

    Raises:
        ArgumentError: another ending than of CSV, Parquet or Excel, no such folder, or a file that is there already.
        MissingExtraError: Parquet or a workbook without a package that writes it.
    """
    check_new(path, TABLE_ENDINGS, overwrite=overwrite)
    if path.name.lower().endswith(_EXCEL):
        check_workbooks()
    if path.name.lower().endswith(_PARQUET) and not any(map(importlib.util.find_spec, _PARQUET_WRITERS)):
        raise MissingExtraError("pyarrow", "parquet", "Writing Parquet")


def checked_path(given: object, argument: str = "path") -> Path:
    """A path as a caller gives it.

    Args:
        given: text or a path.
        argument: the caller's name for it.

    Raises:
        ArgumentError: it is something else, such as what should stand before it, or no file can be called so.
    """
    if not isinstance(given, str | os.PathLike) or not os.fspath(given):
        raise ArgumentError(argument, given, "the path of a file, as text or pathlib.Path")
    path = Path(os.fspath(given))
    try:
        os.fsencode(path)
        path.exists()
    except UnicodeError as error:
        raise ArgumentError(argument, str(path), "a path that this system can write down") from error
    except OSError as error:  # such as a name that is too long, or a folder that may not be looked into
        why = str(error.strerror)
        raise ArgumentError(argument, Plain(_short(path)), "a path that can be looked up", why) from error
    return path


def in_home(path: Path, argument: str) -> Path:
    """A path that may begin with '~', the home of a user.

    Args:
        path: what came.
        argument: the caller's name for it.

    Raises:
        ArgumentError: there is no such user.
    """
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise ArgumentError(argument, str(path), "a path whose '~' is the home of a user", str(error)) from error


def _short(path: Path) -> str:
    text = str(path)
    return repr(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}...")


def check_new(path: Path, endings: Collection[str] = (), *, overwrite: bool = False, argument: str = "output") -> None:
    """Refuse a path that cannot be written, before the work that leads to it.

    Args:
        path: where a file is to go.
        endings: one of which its name has, in small or capital letters; none allows any.
        overwrite: whether an existing file may be replaced.
        argument: the caller's name for it.

    Raises:
        ArgumentError: another ending, no such folder, or a file that is there already.
    """
    if endings and not path.name.lower().endswith(tuple(endings)):
        raise ArgumentError(argument, str(path), f"a path that ends in {' or '.join(endings)}")
    if path.exists() and not overwrite:
        raise ArgumentError(argument, str(path), "a new file", f"Give {OVERWRITE} to replace it.")
    if not path.parent.is_dir():
        raise ArgumentError(argument, str(path), "a file in an existing folder")
