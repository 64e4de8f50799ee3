"""Stored tables: the features of an asset in a GeoJSON file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from gee_scl.local.answers.encoder import Encoder
from gee_scl.local.assets.documents import Document, storable
from gee_scl.local.assets.refusals import check_encodable
from gee_scl.local.errors import EvaluationError
from gee_scl.local.values import INDEX, Collection, Feature
from gee_scl.local.vector.geometry import Geometry

MAX_COLUMNS = 1000
MAX_TEXT = 100_000
"""Limits of tables (https://developers.google.com/earth-engine/guides/table_upload)."""

_FILE = "features.geojson"


def write_features(folder: Path, rows: Iterable[Feature]) -> None:
    """Write features into the folder of a version.

    Raises:
        EvaluationError: what a table cannot hold, too many columns, or a text that is too long.
    """
    columns: set[str] = set()
    with (folder / _FILE).open("w", encoding="utf-8") as file:
        file.write('{"type":"FeatureCollection","features":[\n')
        for number, feature in enumerate(rows):
            check_encodable(number, feature)
            stored = storable(feature.properties)
            columns |= stored.keys()
            _check_row(stored, columns)
            encoded = Encoder(0).encode(replace(feature, properties=stored))
            file.write((",\n" if number else "") + json.dumps({**encoded, "id": feature.index}))
        file.write("\n]}\n")


def _check_row(row: Mapping[str, Any], columns: set[str]) -> None:
    if len(columns) > MAX_COLUMNS:
        raise EvaluationError(f"The table has more than {MAX_COLUMNS} columns.")
    for name, value in row.items():
        if isinstance(value, str) and len(value) > MAX_TEXT:
            raise EvaluationError(f"The property '{name}' has a text of more than {MAX_TEXT} characters.")


def loaded_table(asset_id: str, folder: Path, document: Document) -> Collection:
    """A stored table with its features."""
    rows = json.loads((document.version_in(folder) / _FILE).read_text(encoding="utf-8"))["features"]
    features = tuple(
        Feature(
            {**row["properties"], INDEX: row["id"]},
            None if row["geometry"] is None else Geometry.from_geojson(row["geometry"]),
        )
        for row in rows
    )
    return Collection(dict(document.properties), features, "FeatureCollection", asset_id, document.version)
