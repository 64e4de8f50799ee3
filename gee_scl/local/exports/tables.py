"""Feature collections as table files: CSV, GeoJSON, KML, KMZ and Shapefiles."""

from __future__ import annotations

import csv
import importlib
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from gee_scl.local.answers.encoder import Encoder, columns_of
from gee_scl.local.context import Context
from gee_scl.local.counters import Counts, count
from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.tiles import Advance
from gee_scl.local.texts.java import number_text
from gee_scl.local.texts.joda import zone
from gee_scl.local.values import INDEX, Collection, Date, Feature, type_of
from gee_scl.local.vector.crs import LONLAT
from gee_scl.local.vector.geometry import Geometry

GEOMETRY = ".geo"
"""The column of geometries in a CSV file."""

_NO_GEOMETRY = '{"type":"MultiPoint","coordinates":[]}'
"""What Earth Engine writes for a feature without geometry."""

_KML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>{name}</name>\n'
_KML_TAIL = "</Document></kml>\n"

_DBF_NAME = 10
"""Characters of a column's name in a Shapefile."""


@dataclass(frozen=True)
class Table:
    """The rows of an export, and which of their properties it has.

    Attributes:
        features: in order.
        columns: names of properties; may hold `system:index` and `.geo`.
    """

    features: Sequence[Any]
    columns: tuple[str, ...]

    @classmethod
    def of(cls, value: Any, selectors: Sequence[str] | None) -> Table:
        """The table of an expression's value.

        Without selectors its columns are `system:index`, the first feature's properties by name, and `.geo`: as the
        server has it, properties that only later features have are left out.

        Raises:
            EvaluationError: not a feature collection, or an empty one.
        """
        if not isinstance(value, Collection) or value.kind != "FeatureCollection":
            raise EvaluationError(f"Exporting a table needs a FeatureCollection, not {type_of(value)}.")
        features = value.elements
        if not len(features):
            raise EvaluationError("Table is empty.")
        if selectors:
            return cls(features, tuple(selectors))
        names = [name for name in columns_of(features[:1]) if name != INDEX]
        return cls(features, (INDEX, *names, GEOMETRY))

    def rows(self, context: Context, advance: Advance) -> Iterator[Feature]:
        """The features, worked out one after the other; the task's time is checked between them."""
        for number, feature in enumerate(self.features, 1):
            context.check_time()
            if not isinstance(feature, Feature):
                raise EvaluationError(f"Exporting a table needs features, not {type_of(feature)}.")
            count(Counts(rows=1))
            yield feature
            advance(number / len(self.features))

    @property
    def properties(self) -> tuple[str, ...]:
        """The columns that are properties of features."""
        return tuple(name for name in self.columns if name not in (INDEX, GEOMETRY))


def write_table(
    table: Table, kind: str, folder: Path, name: str, context: Context, advance: Advance
) -> dict[str, Path]:
    """Write a table as files.

    Args:
        table: the rows.
        kind: a key of `FORMATS`.
        folder: where the files are made.
        name: of the document, where the format has one.
        context: of the task.
        advance: told how far it is.

    Returns:
        The files, by what comes after the stem of their names.

    Raises:
        EvaluationError: a format that is not covered, or rows that do not fit into it.
    """
    if kind not in FORMATS:
        raise EvaluationError(f"The local engine writes tables as {', '.join(FORMATS)}, not as {kind!r:.40}.")
    return FORMATS[kind](table.rows(context, advance), table, folder, name)


def _write_csv(rows: Iterator[Feature], table: Table, folder: Path, name: str) -> dict[str, Path]:
    path = folder / "table.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.columns)
        for feature in rows:
            writer.writerow([_cell(feature, column) for column in table.columns])
    return {".csv": path}


def _cell(feature: Feature, column: str) -> str:
    if column == GEOMETRY:
        return _NO_GEOMETRY if feature.geometry is None else _compact(_lonlat(feature.geometry))
    return text_of(feature.get(column))


def text_of(value: Any) -> str:
    """A property's value as the server writes it into text files: Java's way, so `{5=12, 6=3}` and `[1, 2]`."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case int() | float():
            return number_text(value)
        case str():
            return value
        case Date():
            return _iso(value)
        case Mapping():
            return "{" + ", ".join(f"{key}={text_of(item)}" for key, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(text_of, value)) + "]"
    return _compact(_plain(value))


def _write_geojson(rows: Iterator[Feature], table: Table, folder: Path, name: str) -> dict[str, Path]:
    path = folder / "table.geojson"
    with path.open("w", encoding="utf-8") as file:
        file.write('{"type":"FeatureCollection","features":[\n')
        for number, feature in enumerate(rows):
            file.write(",\n" if number else "")
            file.write(_compact(_geojson(feature, table)))
        file.write("\n]}\n")
    return {".geojson": path}


def _geojson(feature: Feature, table: Table) -> dict[str, Any]:
    has_geometry = GEOMETRY in table.columns and feature.geometry is not None
    return {
        "type": "Feature",
        "geometry": _lonlat(feature.geometry) if has_geometry and feature.geometry else None,
        **({"id": feature.index} if INDEX in table.columns else {}),
        "properties": {column: _plain(feature.get(column)) for column in table.properties},
    }


def _plain(value: Any) -> Any:
    """A value as JSON for other programs: dates as text, numbers that JSON has no word for as null."""
    if isinstance(value, Date):
        return _iso(value)
    encoded = Encoder(0).encode(value)
    return None if isinstance(value, float) and isinstance(encoded, str) else encoded


def _iso(date: Date) -> str:
    return zone(None).local(date.milliseconds).strftime("%Y-%m-%dT%H:%M:%S")


def _lonlat(geometry: Geometry) -> dict[str, Any]:
    """A geometry's GeoJSON, which is always in longitudes and latitudes."""
    return (geometry if geometry.crs == LONLAT else geometry.transform(LONLAT)).to_geojson()


def _write_kml(rows: Iterator[Feature], table: Table, folder: Path, name: str) -> dict[str, Path]:
    path = folder / "table.kml"
    with path.open("w", encoding="utf-8") as file:
        file.write(_KML_HEAD.format(name=_xml(name)))
        for feature in rows:
            file.write(_placemark(feature, table))
        file.write(_KML_TAIL)
    return {".kml": path}


def _write_kmz(rows: Iterator[Feature], table: Table, folder: Path, name: str) -> dict[str, Path]:
    path = folder / "table.kmz"
    kml = _write_kml(rows, table, folder, name)[".kml"]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(kml, "doc.kml")
    kml.unlink()
    return {".kmz": path}


def _placemark(feature: Feature, table: Table) -> str:
    data = "".join(
        f"<Data name={quoteattr(_printable(column))}><value>{_xml(text_of(feature.get(column)))}</value></Data>"
        for column in table.properties
    )
    shape = _kml_geometry(_lonlat(feature.geometry)) if feature.geometry and GEOMETRY in table.columns else ""
    name = f"<name>{_xml(feature.index)}</name>" if INDEX in table.columns else ""
    return f"<Placemark>{name}<ExtendedData>{data}</ExtendedData>{shape}</Placemark>\n"


def _kml_geometry(geometry: Mapping[str, Any]) -> str:
    kind = geometry["type"]
    if kind == "GeometryCollection":
        parts = "".join(map(_kml_geometry, geometry["geometries"]))
        return f"<MultiGeometry>{parts}</MultiGeometry>"
    coordinates = geometry["coordinates"]
    if kind.startswith("Multi"):
        parts = "".join(_kml_geometry({"type": kind[5:], "coordinates": part}) for part in coordinates)
        return f"<MultiGeometry>{parts}</MultiGeometry>"
    if kind == "Polygon":
        rings = [f"<LinearRing>{_kml_positions(ring)}</LinearRing>" for ring in coordinates]
        inner = "".join(f"<innerBoundaryIs>{ring}</innerBoundaryIs>" for ring in rings[1:])
        return f"<Polygon><outerBoundaryIs>{rings[0]}</outerBoundaryIs>{inner}</Polygon>"
    return f"<{kind}>{_kml_positions([coordinates] if kind == 'Point' else coordinates)}</{kind}>"


def _kml_positions(positions: Sequence[Sequence[float]]) -> str:
    return f"<coordinates>{' '.join(f'{x},{y}' for x, y, *_ in positions)}</coordinates>"


def _xml(text: str) -> str:
    return escape(_printable(text))


def _printable(text: str) -> str:
    """Text without the control characters that XML cannot hold."""
    return "".join(c for c in text if c in "\t\n\r" or c >= " ")


def _write_shapefile(rows: Iterator[Feature], table: Table, folder: Path, name: str) -> dict[str, Path]:
    try:
        geopandas = importlib.import_module("geopandas")
    except ImportError:
        raise EvaluationError(
            "Writing a Shapefile needs the package geopandas, which is not installed beside the local engine. "
            'Install it with: python -m pip install "gee-scl[regions]"'
        ) from None
    shapes, records = [], []
    for feature in rows:
        geometry = feature.geometry
        shapes.append(None if geometry is None else geometry.in_crs(LONLAT, 1e-9))
        records.append({column: _dbf_value(feature.get(column)) for column in table.properties})
    kinds = {shape.geom_type.removeprefix("Multi").replace("LinearRing", "LineString") for shape in shapes if shape}
    if len(kinds) > 1 or "GeometryCollection" in kinds:
        raise EvaluationError(f"A Shapefile holds geometries of one type; found {', '.join(sorted(kinds))}.")
    short = _dbf_names(table.properties)
    frame = geopandas.GeoDataFrame(records, columns=list(table.properties), geometry=shapes, crs=LONLAT)
    frame.rename(columns=short).to_file(folder / "table.shp", driver="ESRI Shapefile", engine="pyogrio")
    return {path.suffix: path for path in sorted(folder.glob("table.*"))}


def _dbf_value(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float | str) else text_of(value)


def _dbf_names(columns: Sequence[str]) -> dict[str, str]:
    """Names of at most ten characters, each once."""
    names: dict[str, str] = {}
    for column in columns:
        name, number = column[:_DBF_NAME], 0
        while name in names.values():
            number += 1
            name = f"{column[: _DBF_NAME - len(str(number))]}{number}"
        names[column] = name
    return names


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


FORMATS: Mapping[str, Callable[[Iterator[Feature], Table, Path, str], dict[str, Path]]] = MappingProxyType(
    {
        "CSV": _write_csv,
        "GEO_JSON": _write_geojson,
        "KML": _write_kml,
        "KMZ": _write_kmz,
        "SHP": _write_shapefile,
    }
)
"""Writers by the REST API's names of formats; TF_RECORD_TABLE is not covered."""
