"""Regions out of vector files."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from gee_scl.errors import RegionError
from gee_scl.options.files import in_home
from gee_scl.options.names import nearest
from gee_scl.regions.drafts import Source
from gee_scl.regions.extras import import_extra
from gee_scl.regions.sources import read_frame, read_object

_CHOOSE = (
    "Give one of them as layer=..., where there is id= (--layer on the command line), "
    "else geopandas.read_file({!r}, layer={!r}) in place of the path."
)


def read_file(path: Path, layer: str | None, wanted: Sequence[str]) -> Source:
    """The regions of a file of GeoJSON, of GeoParquet, or of any format that geopandas reads.

    Args:
        path: of the file.
        layer: of a file that has several.
        wanted: columns that are needed.

    Raises:
        RegionError: no such file or layer, or one that cannot be read.
        MissingExtraError: the package that reads it is not installed.
    """
    path = in_home(path, "regions")
    if not _exists(path):
        hint = "GeoJSON as text goes through json.loads." if str(path).lstrip().startswith("{") else ""
        raise RegionError("regions", str(path), "the path of an existing file", hint)
    suffix = path.suffix.lower()
    if layer is not None and suffix in {".geojson", ".json", ".parquet", ".geoparquet"}:
        raise RegionError("layer", layer, f"None: a {suffix} file has one layer")
    if suffix in {".geojson", ".json"}:
        try:
            data = json.loads(path.read_text(encoding="utf-8-sig"))
        except ValueError as error:
            raise _unreadable(path, "a file of GeoJSON", error) from error
        return read_object(data if isinstance(data, Mapping) else {}, wanted)
    geopandas = import_extra("geopandas", "regions", f"Reading {path.name}")
    if suffix in {".parquet", ".geoparquet"}:
        import_extra("pyarrow", "parquet", f"Reading {path.name}")
        return read_frame(_whole_in_parquet(_open(path, geopandas.read_parquet), path, wanted), wanted)
    layer = _layer(path, layer, geopandas)
    table = _open(path, lambda file: geopandas.read_file(file, layer=layer, fid_as_index=True))
    return read_frame(_whole_in_layer(table, path, layer, wanted).reset_index(drop=True), wanted)


def _whole_in_layer(table: Any, path: Path, layer: str, wanted: Sequence[str]) -> Any:
    """A table with the whole numbers of its file, also where some are missing.

    pandas makes floats of these, which have no place for the digits of an id.

    Args:
        table: as it was read, by feature id.
        path: of the file.
        layer: of the file.
        wanted: the columns that matter.
    """
    import pyogrio  # geopandas reads by it

    info = pyogrio.read_info(path, layer=layer)
    whole = {
        str(name) for name, kind in zip(info["fields"], info["dtypes"], strict=True) if str(kind).startswith("int")
    }
    for name in _made_floats(table, whole.intersection(wanted)):
        quoted = name.replace('"', '""')
        there = pyogrio.read_dataframe(
            path, layer=layer, columns=[name], where=f'"{quoted}" IS NOT NULL', read_geometry=False, fid_as_index=True
        )
        table[name] = there[name].astype("Int64").reindex(table.index)
    return table


def _whole_in_parquet(table: Any, path: Path, wanted: Sequence[str]) -> Any:
    """The same of GeoParquet."""
    import pandas as pd
    from pyarrow import parquet, types

    schema = parquet.read_schema(path)
    whole = {name for name in schema.names if types.is_integer(schema.field(name).type)}
    for name in _made_floats(table, whole.intersection(wanted)):
        kind = "UInt64" if types.is_unsigned_integer(schema.field(name).type) else "Int64"
        values = parquet.read_table(path, columns=[name])[name].to_pylist()
        table[name] = pd.Series(pd.array(values, dtype=kind), index=table.index)
    return table


def _made_floats(table: Any, names: Collection[str]) -> list[str]:
    """Those of the columns that are floats."""
    return [name for name in names if name in table.columns and table[name].dtype.kind == "f"]


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # longer than a file name can be
        return False


def _layer(path: Path, layer: str | None, geopandas: Any) -> str:
    layers = _open(path, geopandas.list_layers)
    names = list(layers["name"])
    spatial = list(layers.loc[layers["geometry_type"].notna(), "name"]) or names
    if layer is None and len(spatial) == 1:
        return str(spatial[0])
    if layer is None or layer not in names:
        hint = _CHOOSE.format(path.name, spatial[0]) if layer is None else nearest(layer, names)
        raise RegionError("layer", layer, f"a layer of {path.name}: {', '.join(map(repr, spatial))}", hint)
    return layer


def _open(path: Path, reader: Callable[[Path], Any]) -> Any:
    try:
        return reader(path)
    except (RuntimeError, ValueError, OSError) as error:  # pyogrio's and pyarrow's errors are of these
        raise _unreadable(path, "a vector file", error) from error


def _unreadable(path: Path, allowed: str, error: Exception) -> RegionError:
    return RegionError("regions", str(path), allowed, f"It cannot be read: {error}.")
