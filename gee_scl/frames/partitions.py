"""Frames that outgrow memory: written as they come into a folder of Parquet files by month, and read in parts."""

from __future__ import annotations

import os
import shutil
from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from gee_scl.errors import ArgumentError, MissingExtraError
from gee_scl.frames.record import Record
from gee_scl.options.arguments import checked
from gee_scl.options.checks import Moment, checked_moment
from gee_scl.options.files import checked_path, parts_beside, place_beside
from gee_scl.options.names import nearest

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

__all__ = ["read_statistics"]

ORDER = "region_order"
"""Column of the files: positions of the regions, by which a frame that is read has its rows in order."""

_RECORD = "_record.json"
"""Readers of folders of Parquet leave out what begins with an underscore."""

_UNDATED = "undated"

_LOCK = ".lock"
"""Of a folder that is being written: whoever was killed holds it no more."""


def _pyarrow() -> Any:
    try:
        import pyarrow
        import pyarrow.dataset
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError("pyarrow", "parquet", "A folder of Parquet files") from error
    return pyarrow


class PartitionWriter:
    """Writes a frame in parts, beside its folder, which is there when it is whole.

    So what a process leaves that was killed is never taken for a frame; the next one that writes to the same place
    removes it.

    Args:
        folder: where it goes; there is nothing yet.
        labels: what the rows can be about, with all values that are in the columns: a part of the frame may have none
            of a kind, and all files must have one type of each column to be read together.

    Raises:
        ArgumentError: there is something already, no folder to make it in, or values that Parquet has no type for.
        MissingExtraError: pyarrow is not installed.
    """

    def __init__(self, folder: Path, labels: pd.DataFrame) -> None:
        self._kinds = labels.dtypes.to_dict()
        self._types = {str(name): _type_of(labels[name], folder) for name in labels}
        if folder.exists():
            raise ArgumentError("output", str(folder), "a new folder", "Delete it, or give another name.")
        self.folder = folder
        for left_over in parts_beside(folder):
            _remove_unless_written(left_over)
        self._beside = place_beside(folder)
        self._lock = FileLock(self._beside / _LOCK, thread_local=False)
        self._parts = 0

    def add(self, frame: pd.DataFrame, order: npt.NDArray[np.int64]) -> None:
        """Write a part of the frame, a file for each month.

        Args:
            frame: long, with dates.
            order: positions of the regions of its rows.
        """
        pyarrow = _pyarrow()
        self._begin()
        months = frame["date"].dt.strftime("%Y-%m").fillna(_UNDATED)
        self._parts += 1
        frame = frame.astype(self._kinds).assign(**{ORDER: order})
        for month, rows in frame.groupby(months, sort=False):
            folder = self._beside / f"month={month}"
            folder.mkdir(parents=True, exist_ok=True)
            schema = pyarrow.Schema.from_pandas(rows, preserve_index=False)
            typed = [field.with_type(self._types.get(field.name, field.type)) for field in schema]
            table = pyarrow.Table.from_pandas(rows, pyarrow.schema(typed), preserve_index=False)
            pyarrow.parquet.write_table(table, folder / f"part-{self._parts:06}.parquet")

    def finish(self, record: Record) -> None:
        """Write how it was made, and move all of it to its place."""
        self._begin()
        (self._beside / _RECORD).write_text(record.to_json(), encoding="utf-8")
        self._lock.release()
        (self._beside / _LOCK).unlink(missing_ok=True)
        try:
            self._beside.replace(self.folder)
        except OSError as error:
            whole = f"{error.strerror or error}. The frame is whole in {str(self._beside)!r}: rename that."
            raise ArgumentError(
                "output", str(self.folder), "a folder that nobody else makes meanwhile", whole
            ) from error

    def discard(self) -> None:
        """Leave nothing behind of what was not finished."""
        self._lock.release()
        shutil.rmtree(self._beside, ignore_errors=True)

    def _begin(self) -> None:
        if not self._lock.is_locked:
            self._beside.mkdir(exist_ok=True)
            self._lock.acquire()


def _type_of(column: pd.Series, folder: Path) -> Any:
    """The type of a column in all files.

    Raises:
        ArgumentError: there is none for all of its values.
    """
    pyarrow = _pyarrow()
    try:
        return pyarrow.array(column, from_pandas=True).type
    except (pyarrow.ArrowException, TypeError, OverflowError) as error:
        allowed = f"None, as the regions' column {column.name!r} has values of several kinds, and Parquet one type"
        raise ArgumentError("output", str(folder), allowed, f"Turn them into texts first. {error}") from error


def _remove_unless_written(folder: Path) -> None:
    """Remove a folder that was not finished, but for one that another process is at."""
    lock = FileLock(folder / _LOCK)
    try:
        lock.acquire(timeout=0)
    except (Timeout, OSError):
        return
    lock.release()
    shutil.rmtree(folder, ignore_errors=True)


@checked()
def read_statistics(
    folder: str | os.PathLike[str],
    *,
    regions: Iterable[Hashable] | None = None,
    start: Moment | None = None,
    end: Moment | None = None,
    classes: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Read a folder that `class_statistics` has written with `Run(output=...)`, or a part of it.

    What is not asked for is not read: files of other months are not opened, other columns not decoded.

    Args:
        folder: that was written.
        regions: ids of the regions that are wanted, of which those without a row are none; None takes all.
        start: first moment, UTC.
        end: first moment that is not included any more.
        classes: names of the classes that are wanted; None takes all.
        columns: of the frame that are wanted, in this order; None takes all.

    Returns:
        The frame as `class_statistics` gives it, sorted by region, time and class; `attrs["gee_scl"]` says how it was
        made. No request is made.

    Raises:
        ArgumentError: no such folder, or a column or class that it does not have.
        MissingExtraError: pyarrow is not installed.

    Examples:
        >>> run = gee_scl.Run(output="statistics")
        >>> empty = gee_scl.class_statistics(images, fields, id="name", run=run)
        >>> water = gee_scl.read_statistics("statistics", regions=["Lake"], classes=["Water"], start="2023-07-27")
        >>> water[["tile", "percent"]].head(2).round(1)
            tile  percent
        0  32TPS     36.4
        1  32TQS     36.4
    """
    pyarrow = _pyarrow()
    path = checked_path(folder, "folder")
    if not (path / _RECORD).is_file():
        raise ArgumentError("folder", str(path), "a folder that class_statistics has written with Run(output=...)")
    record = Record.from_json((path / _RECORD).read_text(encoding="utf-8"))
    data = pyarrow.dataset.dataset(path, format="parquet", partitioning="hive", ignore_prefixes=["_", "."])
    names = [name for name in data.schema.names if name not in (ORDER, "month")]
    wanted = names if columns is None else list(columns)
    for name in wanted:
        if name not in names:
            raise ArgumentError("columns", name, f"columns of the frame: {', '.join(names)}")
    if record is not None:
        _check_classes(classes or (), record)
    keys = [name for name in (ORDER, "date", "image") if name in data.schema.names]
    table = data.to_table(
        columns=list(dict.fromkeys([*wanted, *keys])), filter=_filter(data.schema, regions, start, end, classes)
    )
    frame: pd.DataFrame = table.to_pandas()
    frame = frame.sort_values(keys, kind="stable", ignore_index=True)[wanted]
    if record is not None:
        record.put_on(frame)
    return frame


def _check_classes(classes: Sequence[str], record: Record) -> None:
    known = list(record.classes.values())
    for name in classes:
        if name not in known:
            raise ArgumentError("classes", name, f"classes of the frame: {', '.join(known)}", nearest(name, known))


def _filter(
    schema: Any,
    regions: Iterable[Hashable] | None,
    start: Moment | None,
    end: Moment | None,
    classes: Sequence[str] | None,
) -> Any:
    """What rows have to be, as pyarrow says it; None where all are wanted."""
    pyarrow = _pyarrow()
    field, conditions = pyarrow.dataset.field, []
    if regions is not None:
        kind, ids = schema.field("region").type, list(regions)
        try:
            # A cast of what was given: of numbers that are not whole, an array of whole ones takes a part.
            conditions.append(field("region").isin(pyarrow.array(ids).cast(kind)))
        except (pyarrow.ArrowException, TypeError) as error:
            raise ArgumentError("regions", ids, f"ids of regions as the frame has them, of the type {kind}") from error
    if classes is not None:
        conditions.append(field("class_name").cast(pyarrow.string()).isin(pyarrow.array(classes, pyarrow.string())))
    for moment, argument in ((start, "start"), (end, "end")):
        if moment is not None:
            at = pyarrow.scalar(checked_moment(moment, argument) * 1_000_000, pyarrow.timestamp("ns", "UTC"))
            conditions.append(field("date") >= at if argument == "start" else field("date") < at)
            month = f"{at.as_py():%Y-%m}"
            conditions.append(field("month") >= month if argument == "start" else field("month") <= month)
    joined = None
    for condition in conditions:
        joined = condition if joined is None else joined & condition
    return joined
