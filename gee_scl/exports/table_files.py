"""Exported tables, read from files as the frame that `class_statistics` gives of the same."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gee_scl.errors import ArgumentError, Plain
from gee_scl.exports.cells import cell_value
from gee_scl.exports.table_columns import ORDER, SETTINGS, TableSettings
from gee_scl.frames.answers import sum_columns
from gee_scl.frames.outside import pixels_outside
from gee_scl.frames.region_warning import warn_of_regions
from gee_scl.options.arguments import checked
from gee_scl.options.checks import has_members
from gee_scl.options.choices import By, Layout, Value, Weights
from gee_scl.options.files import checked_path
from gee_scl.regions.place import Place
from gee_scl.scenes.scene import Scene

if TYPE_CHECKING:
    import pandas as pd

    from gee_scl.frames.measured import Measured

__all__ = ["read_exported"]

_ONE = "files of one table, each row once"

_REPEATED = "An export that was repeated leaves both files: name the one that is meant."

_ROWS_AT_A_TIME = 50_000
"""Of a file that are in memory as texts."""


@checked()
def read_exported(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    layout: Layout | str = "long",
    value: Value | str = "percent",
    partial: bool = False,
) -> pd.DataFrame:
    """Read what `export_table` has written as the frame that `class_statistics` gives of the same.

    Args:
        paths: a .csv or .geojson file, a folder of them, or several; all parts of one table.
        layout: as in `class_statistics`.
        value: as in `class_statistics`.
        partial: whether to read a table of several tasks of which some files are missing: those that are not written
            yet, or that have no row.

    Returns:
        The frame. `attrs["gee_scl"]` has what `class_statistics` says of the work; requests are 0, and regions that no
        image meets, of which a table has no row, are named by their position among the regions. An empty text in a
        column of `keep` is None, as files do not tell one from the other.

    Raises:
        ArgumentError: no such file; a file of another kind; a table that `export_table` has not written; files of
            several tables, which differ in images, regions, parts or the way they were measured, or say different
            things of the same region and image; parts that are missing.

    Warns:
        RegionWarning: some regions have no row.
        UserWarning: pixels have values that are no codes of the scheme's source.

    No request is made.

    Examples:
        >>> status = exports.export_table(images, fields, "fields_2023", id="name", by="date").wait()
        >>> read = exports.read_exported("gee-scl-exports/drive/fields_2023.csv")
        >>> pd.testing.assert_frame_equal(read, frame)  # what `class_statistics` gives of the same

        >>> wide = exports.read_exported("gee-scl-exports/drive/fields_2023.csv", layout="wide")
        >>> wide.loc[wide["region"] == "Lake", "Water"].round(1).tolist()  # percent of the classified area, by day
        [20.8, 50.1, 15.5, 39.6, 56.8, 33.9, 36.4, 42.0, 0.0]
    """
    import pandas as pd

    from gee_scl.frames.statistics_frame import statistics_frame
    from gee_scl.regions.columns import check_kept

    layout, value = Layout.of("layout", layout), Value.of("value", value)
    files = _files(paths)
    tables = [_read(path) for path in files]
    table = pd.concat(tables, ignore_index=True)
    sources = [path for path, part in zip(files, tables, strict=True) for _ in range(len(part))]
    settings = _settings(table, sources, partial=partial)
    record, by = settings.record, By.of("by", settings.record.by)
    table = _with_numbers(_each_once(table, [ORDER, "image" if by is By.IMAGE else "time"], sources), settings)
    if layout is Layout.WIDE:
        check_kept(list(settings.keep_kinds), settings.scheme.names)
    places = _places(table, settings)
    parts: Sequence[Scene] | Sequence[int] = _scenes(table) if by is By.IMAGE else _days(table)
    measured = _measured(table, settings, places, parts)
    frame = statistics_frame(
        [measured],
        settings.scheme,
        places,
        parts,
        list(settings.keep_kinds),
        weights=Weights.of("weights", record.weights),
        layout=layout,
        value=value,
    )
    met = {int(place.key) for place in places}
    absent = [position for position in range(record.regions) if position not in met]
    outside = pixels_outside(measured, settings.scheme, record.band)
    replace(record, regions_without_image=tuple(absent), pixels_outside_scheme=outside).put_on(frame)
    warn_of_regions(absent, record.regions, "have no row; counted from 0, these")
    return frame


def _each_once(table: pd.DataFrame, keys: list[str], sources: Sequence[Path]) -> pd.DataFrame:
    """The table without rows that are there again, such as those of a file that was given twice.

    Raises:
        ArgumentError: a row is there again with other content, as where an export was repeated: Drive keeps both files.
    """
    again = table.duplicated(keys)
    if not again.any():
        return table
    same = table.astype(object).where(table.notna(), "").astype(str).duplicated()
    other = (again & ~same).to_numpy().nonzero()[0]
    if other.size:
        row = int(other[0])
        first = int(((table[keys] == table[keys].iloc[row]).all(axis=1)).to_numpy().nonzero()[0][0])
        names = " and ".join(dict.fromkeys(sources[place].name for place in (first, row)))
        raise ArgumentError("paths", Plain(f"{names}: different rows of one region and image"), _ONE, _REPEATED)
    return table.loc[~again]


def _files(paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[Path]:
    named = [paths] if isinstance(paths, str | os.PathLike) else list(paths) if has_members(paths) else [paths]
    if not all(isinstance(path, str | os.PathLike) for path in named):
        raise ArgumentError("paths", paths, "paths of files or folders, as text or pathlib.Path")
    files: list[Path] = []
    for path in (checked_path(path, "paths") for path in named):
        if path.is_dir():
            files += sorted(file for file in path.iterdir() if file.suffix.lower() in _READERS)
        elif path.is_file():
            files.append(path)
        else:
            raise ArgumentError("paths", str(path), "files or folders that exist")
    if not files:
        raise ArgumentError("paths", [str(path) for path in named], "at least one .csv or .geojson file")
    for file in files:
        if file.suffix.lower() not in _READERS:
            raise ArgumentError("paths", str(file), "files that end in .csv or .geojson")
    return files


def _read(path: Path) -> pd.DataFrame:
    table = _READERS[path.suffix.lower()](path)
    if SETTINGS not in table or ORDER not in table or table.empty:
        raise ArgumentError("paths", str(path), "a table that gee_scl.exports.export_table has written")
    return table


def _read_csv(path: Path) -> pd.DataFrame:
    import pandas as pd

    # As texts: "007" is no number, and an empty cell is a missing value of whatever type. A category holds once what is
    # the same in many rows; pandas 3.1 takes it for numbers where it is asked for categories itself.
    chunks = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8", chunksize=_ROWS_AT_A_TIME)
    with chunks:
        tables = [chunk.astype("category") for chunk in chunks]
    return pd.DataFrame(
        {name: pd.api.types.union_categoricals([table[name] for table in tables]) for name in tables[0]}
    )


def _read_geojson(path: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return pd.DataFrame([feature["properties"] for feature in document["features"]], dtype=object).astype(object)
    except (ValueError, LookupError, TypeError) as error:
        raise ArgumentError("paths", str(path), "GeoJSON, a FeatureCollection", str(error)) from error


_READERS = {".csv": _read_csv, ".geojson": _read_geojson}


def _settings(table: pd.DataFrame, sources: Sequence[Path], *, partial: bool) -> TableSettings:
    """How all rows were measured.

    Raises:
        ArgumentError: they are of different tables, or parts are missing and may not be.
    """
    first = table[SETTINGS].drop_duplicates()
    found = [TableSettings.from_json(text) for text in first]
    whole = {
        replace(settings, part=1).to_json(): sources[row] for settings, row in zip(found, first.index, strict=True)
    }
    if len(whole) > 1:
        names = " and ".join(dict.fromkeys(path.name for path in whole.values()))
        cuts = sorted({settings.parts for settings in found})
        cut = f", cut in {' and in '.join(map(str, cuts))} parts" if len(cuts) > 1 else ""
        what = Plain(f"{names}: rows of {len(whole)} tables{cut}, of other images, regions or parts")
        raise ArgumentError("paths", what, "parts of one table, measured in one way", _REPEATED)
    missing = sorted({*range(1, found[0].parts + 1)} - {settings.part for settings in found})
    if missing and not partial:
        parts = f"a table without {len(missing)} of its {found[0].parts} parts ({', '.join(map(str, missing))})"
        hint = "partial=True reads it, as where a task has said that its part has no row ('Table is empty.')."
        raise ArgumentError("paths", Plain(parts), "all parts of a table", hint)
    return found[0]


def _with_numbers(table: pd.DataFrame, settings: TableSettings) -> pd.DataFrame:
    """The table with numbers where a file has texts."""
    import pandas as pd

    numbers = [*sum_columns(settings.scheme.values), ORDER, "time"]
    missing = [name for name in numbers if name not in table]
    if missing:
        raise ArgumentError("paths", missing, f"a table with the columns {', '.join(numbers)}")

    def read(cells: pd.Series) -> pd.Series:
        codes, found = pd.factorize(cells, use_na_sentinel=False)
        values = pd.to_numeric(pd.Series(found, dtype=object).replace("", None)).to_numpy("float64", na_value=math.nan)
        return pd.Series(values[codes], index=cells.index)

    return table.assign(**{name: read(table[name]) for name in numbers})


def _measured(
    table: pd.DataFrame, settings: TableSettings, places: Sequence[Place], parts: Sequence[Scene] | Sequence[int]
) -> Measured:
    """The rows as they were measured."""
    import numpy as np

    from gee_scl.frames.measured import Measured

    columns = sum_columns(settings.scheme.values)
    region_of = {place.key: position for position, place in enumerate(places)}
    part_of = {part.index if isinstance(part, Scene) else part: n for n, part in enumerate(parts)}
    named = table["image"] if parts and isinstance(parts[0], Scene) else table["time"]
    positions = named.map(part_of).to_numpy("int64"), table[ORDER].map(region_of).to_numpy("int64")
    return Measured(
        np.asarray(positions[1], np.int64),
        np.asarray(positions[0], np.int64),
        tuple(columns),
        table[columns].to_numpy("float64", na_value=0.0),
    )


def _days(table: pd.DataFrame) -> list[int]:
    return sorted(int(time) for time in table["time"].unique())


def _places(table: pd.DataFrame, settings: TableSettings) -> list[Place]:
    """The regions that have rows, in the order in which they were given."""
    first = table.drop_duplicates(ORDER).sort_values(ORDER)
    return [
        Place(
            int(row[ORDER]),
            # Each region has an id: an empty cell is an empty text.
            "" if row["region"] == "" else cell_value(row["region"], settings.id_kind),
            {name: cell_value(row.get(name), kind) for name, kind in settings.keep_kinds.items()},
            (0.0, 0.0),
            0.0,
        )
        for row in first.to_dict("records")
    ]


def _scenes(table: pd.DataFrame) -> list[Scene]:
    first = table.drop_duplicates("image").to_dict("records")
    return [
        Scene(row["image"], None if row["time"] != row["time"] else int(row["time"]), row.get("tile") or None, "", 0.0)
        for row in first
    ]
