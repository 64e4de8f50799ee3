"""Tables as Excel workbooks: one sheet with the values, one that says how they were made."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gee_scl.errors import ArgumentError, MissingExtraError, Plain

if TYPE_CHECKING:
    import pandas as pd

TABLE_SHEET, RECORD_SHEET = "Table", "How it was made"

MOST_ROWS, _MOST_COLUMNS, _MOST_CHARACTERS = 1_048_575, 16_384, 32_767
"""Of a sheet below the names, and of a cell (Excel specifications and limits,
https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3)."""

_EXACT = 2**53
"""Excel's numbers are doubles: above this, neighbouring whole numbers become one."""

_FIRST_YEAR = 1900
"""Excel's calendar begins with it."""

_LOOKS_LIKE_A_FORMULA = ("=", "+", "-", "@")

_DAY_FORMAT, _TIME_FORMAT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss.000"


def check_workbooks() -> None:
    """Refuse to go on where no workbook can be written.

    Raises:
        MissingExtraError: openpyxl is not installed.
    """
    try:
        import openpyxl  # noqa: F401 - whether it is there
    except ImportError as error:
        raise MissingExtraError("openpyxl", "excel", "Writing an Excel workbook") from error


def write_workbook(frame: pd.DataFrame, path: Path, *, rows_a_sheet: int = MOST_ROWS) -> None:
    """Write a frame as a workbook: a sheet with the values, and one that says how they were made.

    Numbers are numbers of sixteen digits, times are times without a zone, in UTC, since Excel knows none, and texts are
    texts, whatever they begin with. A column of whole numbers of which one is beyond 2**53, where Excel loses digits,
    is text. What is missing is an empty cell. The last sheet has what `attrs` of the frame say of it, and which columns
    are not as they were. More rows than a sheet takes go on in further sheets, each with the columns' names.

    Args:
        frame: what to write; its index is not.
        path: the file, which is written over.
        rows_a_sheet: how many go on one, besides the names.

    Raises:
        MissingExtraError: openpyxl is not installed.
        ArgumentError: the frame has more columns than a sheet, or a text that is too long for a cell.
    """
    check_workbooks()
    import openpyxl

    if len(frame.columns) > _MOST_COLUMNS:
        allowed = f"a table of at most {_MOST_COLUMNS:,} columns"
        raise ArgumentError("output", Plain(f"a workbook of {len(frame.columns):,} columns"), allowed, "Write a CSV.")

    columns = [_Column.of(str(name), frame.iloc[:, place]) for place, name in enumerate(frame.columns)]
    book = openpyxl.Workbook(write_only=True)
    for start in range(0, max(1, len(frame)), rows_a_sheet):
        table = book.create_sheet(f"{TABLE_SHEET} {start // rows_a_sheet + 1}" if start else TABLE_SHEET)
        table.freeze_panes = "A2"
        _append(table, [column.name for column in columns])
        for row in zip(*(column.cells[start : start + rows_a_sheet] for column in columns), strict=True):
            _append(table, row, [column.number_format for column in columns])
    record = book.create_sheet(RECORD_SHEET)
    record.column_dimensions["A"].width, record.column_dimensions["B"].width = 28, 100
    for line in _record(frame, columns):
        _append(record, line)
    book.save(path)


class _Column:
    """A column as it is written.

    Args:
        name: of the column.
        cells: its values as Excel has them.
        note: what became of them, where that is not plain.
        number_format: of its cells, or None.
    """

    def __init__(self, name: str, cells: Sequence[Any], note: str = "", number_format: str | None = None) -> None:
        self.name, self.cells, self.note, self.number_format = name, cells, note, number_format

    @classmethod
    def of(cls, name: str, values: pd.Series) -> _Column:
        """From a frame's column."""
        import pandas as pd

        if isinstance(values.dtype, pd.CategoricalDtype):
            values = values.astype(values.cat.categories.dtype)
        cells = [None if _missing(value) else _plain(value) for value in values]
        present = [cell for cell in cells if cell is not None]
        if any(_is_large(cell) for cell in present):
            return cls(name, [None if cell is None else _text(cell) for cell in cells], "text, to keep all digits")
        if any(isinstance(cell, dt.datetime) for cell in present):
            return cls._of_times(name, cells)
        shown = [cell if cell is None or _is_simple(cell) else _text(cell) for cell in cells]
        return cls(name, shown, number_format=_DAY_FORMAT if any(type(cell) is dt.date for cell in shown) else None)

    @classmethod
    def _of_times(cls, name: str, cells: Sequence[Any]) -> _Column:
        """Of a column that has times; those that Excel's calendar has not make it one of text."""
        present = [cell for cell in cells if cell is not None]
        if not all(isinstance(cell, dt.datetime) and cell.year >= _FIRST_YEAR for cell in present):
            return cls(name, [None if cell is None else _text(cell) for cell in cells], "text, as in ISO 8601")
        zoned = any(cell.tzinfo is not None for cell in present)
        naive = [None if cell is None else _without_zone(cell) for cell in cells]
        days = all(cell is None or cell.time() == dt.time() for cell in naive)
        note = "time in UTC, without a zone" if zoned else ""
        return cls(name, naive, note, _DAY_FORMAT if days else _TIME_FORMAT)


def _missing(value: Any) -> bool:
    import pandas as pd

    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value))


def _plain(value: Any) -> Any:
    """A value of numpy or pandas as Python's own."""
    import numpy as np
    import pandas as pd

    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime(warn=False)
    return value.item() if isinstance(value, np.generic) else value


def _is_large(cell: Any) -> bool:
    return isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) > _EXACT


def _is_simple(cell: Any) -> bool:
    if isinstance(cell, float):
        return math.isfinite(cell)
    return isinstance(cell, bool | int | str) or (type(cell) is dt.date and cell.year >= _FIRST_YEAR)


def _without_zone(moment: dt.datetime) -> dt.datetime:
    return moment if moment.tzinfo is None else moment.astimezone(dt.UTC).replace(tzinfo=None)


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, dt.date | dt.datetime) else str(value)


def _append(sheet: Any, row: Sequence[Any], formats: Sequence[str | None] = ()) -> None:
    sheet.append([_cell(sheet, value, formats[place] if formats else None) for place, value in enumerate(row)])


def _cell(sheet: Any, value: Any, number_format: str | None) -> Any:
    """A cell; nothing in a text is taken for a formula or for one of Excel's errors."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if isinstance(value, str):
        if len(value) > _MOST_CHARACTERS:
            allowed = f"texts of at most {_MOST_CHARACTERS:,} characters in a workbook"
            raise ArgumentError("output", value, allowed, "Write a CSV.")
        # As Excel itself writes what XML has no character for.
        text = ILLEGAL_CHARACTERS_RE.sub(lambda found: f"_x{ord(found[0]):04X}_", value)
        cell = WriteOnlyCell(sheet, text)
        cell.data_type = "s"
        # Excel would read it anew when somebody edits the cell.
        cell.quotePrefix = value.startswith(_LOOKS_LIKE_A_FORMULA)
        return cell
    if number_format is None or value is None:
        return value
    cell = WriteOnlyCell(sheet, value)
    cell.number_format = number_format
    return cell


def _record(frame: pd.DataFrame, columns: Sequence[_Column]) -> Iterator[tuple[str, Any]]:
    """The lines of the second sheet."""
    try:
        version = f" {importlib.metadata.version('gee-scl')}"
    except importlib.metadata.PackageNotFoundError:
        version = ""
    yield "written by", f"gee-scl{version}, {dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC"
    yield "rows", len(frame)
    for facts in frame.attrs.values():
        if isinstance(facts, Mapping):
            for name, value in facts.items():
                yield str(name), _said(value)
    for column in columns:
        if column.note:
            yield f"column {column.name}", column.note


_SAID: tuple[tuple[type | tuple[type, ...], Callable[[Any], Any]], ...] = (
    (Mapping, lambda value: ", ".join(f"{name}: {_said(one)}" for name, one in value.items())),
    ((list, tuple), lambda value: ", ".join(str(_said(one)) for one in value) or "none"),
    ((bool,), lambda value: "yes" if value else "no"),
    ((str, float), lambda value: value),
    ((int,), lambda value: str(value) if _is_large(value) else value),
)
"""How a fact is written, by its kind; the first that fits."""


def _said(value: Any) -> Any:
    write = next((write for kind, write in _SAID if isinstance(value, kind)), _text)
    return write(value)
