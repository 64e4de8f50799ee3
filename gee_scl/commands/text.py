"""What a terminal shows of a statistics frame, and of the legend."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from gee_scl.frames.record import required_record

if TYPE_CHECKING:
    import pandas as pd

MOST_LINES = 40
"""Lines that are read at a glance; where there are more, each region gets one with its means."""

_SQUARE_METRES_PER_HECTARE = 10_000
_WIDTH = 100


def readable(frame: pd.DataFrame, *, everything: bool = False) -> str:
    """The shares of the classes in each region, in percent of its area.

    Args:
        frame: what `class_statistics` returns, in the long layout.
        everything: a line for each region and image or day, however many; otherwise a region's means where there are
            more than `MOST_LINES`.

    Returns:
        A table whose columns are class values, and below it their names.
    """
    record = required_record(frame)
    shares = _shares(frame)
    days = f"{frame['date'].min():%Y-%m-%d} to {frame['date'].max():%Y-%m-%d}" if len(frame) else "no day"
    title = f"Percent of each region's area: {record.regions} regions, {record.images} images, {days}"
    if record.synthetic:
        title += ", synthetic pixels"
    note = ""
    if len(shares) > MOST_LINES and not everything:
        time = "image" if "image" in frame else "date"
        grouped = shares.groupby(level="region", sort=False)
        counted = grouped.size().rename(f"{time}s")
        shares = grouped.mean()
        shares.insert(0, counted.name, counted)
        note = f"Means over each region's {time}s. --all shows every {time}, -o FILE.csv writes them."
    names = [f"{value} {name}" for value, name in record.classes.items()]
    return "\n".join(
        [title, "", shares.to_string(float_format="{:.1f}".format), "", *_wrapped(names), *filter(None, [note])]
    )


def as_table(label: str, index: Iterable[object], columns: Mapping[str, Iterable[str | None]]) -> str:
    """Columns under their names as a frame is printed, without pandas.

    Args:
        label: of the index.
        index: a label for each row.
        columns: their cells by their names; a cell without a text is empty.
    """
    body = [[str(name), *(cell or "" for cell in cells)] for name, *cells in zip(index, *columns.values(), strict=True)]
    lines = [["", *columns], [label, *("" for _ in columns)], *body]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join([first.ljust(widths[0]), *map(str.rjust, others, widths[1:])]).rstrip() for first, *others in lines
    )


def as_paragraphs(index: Iterable[object], columns: Mapping[str, Iterable[str | None]]) -> str:
    """Each row as a paragraph, without the cells that are empty.

    Args:
        index: a label for each row.
        columns: their cells by their names.
    """
    paragraphs = []
    for name, *cells in zip(index, *columns.values(), strict=True):
        known = [f"{column}: {cell}" for column, cell in zip(columns, cells, strict=True) if cell]
        wrapped = [textwrap.fill(line, _WIDTH, initial_indent=" " * 4, subsequent_indent=" " * 8) for line in known]
        paragraphs.append("\n".join([str(name), *wrapped]))
    return "\n\n".join(paragraphs)


def _shares(frame: pd.DataFrame) -> pd.DataFrame:
    """A line per region and image or day: hectares, percent of each class, and what no class covers."""
    table = frame.copy()
    table["date"] = table["date"].dt.strftime("%Y-%m-%d %H:%M" if "image" in table else "%Y-%m-%d")
    labels = ["region", "date", "tile"] if "tile" in table and table["tile"].notna().any() else ["region", "date"]
    values = table["class_value"].unique()
    shares = table.pivot_table(index=labels, columns="class_value", values="percent_of_region", sort=False)
    shares = shares.reindex(columns=values)
    shares.columns.name = None
    shares["none"] = (100 - shares.sum(axis=1)).clip(lower=0)
    area = table.groupby(labels, sort=False)["area_m2"].sum() / _SQUARE_METRES_PER_HECTARE
    shares.insert(0, "ha", area)
    return shares


def _wrapped(names: list[str]) -> list[str]:
    text = (
        "Classes: "
        + ", ".join(name.replace(" ", "\u00a0") for name in names)
        + "; none: no class. ha: classified area."
    )
    return [line.replace("\u00a0", " ") for line in textwrap.wrap(text, _WIDTH)]
