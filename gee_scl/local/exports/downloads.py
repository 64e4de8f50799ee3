"""Tables to be fetched under an address: what `getDownloadURL` of a feature collection leads to."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gee_scl.local.context import MEBIBYTE, BoundedCache, Context
from gee_scl.local.errors import EvaluationError, NotFoundError
from gee_scl.local.exports.tables import FORMATS, Table, write_table
from gee_scl.local.graph import Graph, evaluate
from gee_scl.local.places import safe_name
from gee_scl.local.views.media import Media, zipped

_KEPT_BYTES = 64 * MEBIBYTE
"""Of requests that wait to be fetched."""

_MEDIA_TYPES: Mapping[str, str] = {
    ".csv": "text/csv; charset=UTF-8",
    ".geojson": "application/json; charset=UTF-8",
    ".kml": "application/vnd.google-earth.kml+xml",
    ".kmz": "application/vnd.google-earth.kmz",
}

_JSON = "JSON"
"""What the client calls GeoJSON here."""


class TableDownloads:
    """Requests for tables, kept by their ids until someone fetches them.

    Args:
        new_context: a context for one evaluation.
    """

    def __init__(self, new_context: Callable[[], Context]) -> None:
        self._new_context = new_context
        self._requests = BoundedCache(_KEPT_BYTES)

    def create(self, project: str, body: Mapping[str, Any]) -> dict[str, str]:
        """Keep a request, and say under which name.

        Raises:
            EvaluationError: the expression is malformed, or the format is not covered.
        """
        Graph.parse(body.get("expression"))
        _format(body)
        text = json.dumps(body, sort_keys=True)
        key = hashlib.sha256(text.encode()).hexdigest()[:32]
        self._requests.get(key, lambda: body, lambda _: len(text))
        return {"name": f"projects/{project}/tables/{key}"}

    def fetch(self, key: str) -> tuple[Media, str]:
        """The table as a file, and the file's name; a Shapefile's parts come zipped.

        Raises:
            NotFoundError: there is no such request, any more.
            EvaluationError: the table cannot be worked out.
        """
        body = self._requests.get(key, lambda: None, lambda _: _KEPT_BYTES + 1)
        if body is None:
            raise NotFoundError(f"There is no table '{key:.80}'. Ask for its download URL again.")
        context = self._new_context()
        table = Table.of(evaluate(body["expression"], context), body.get("selectors"))
        name = safe_name(str(body.get("filename") or "table"))
        with tempfile.TemporaryDirectory(prefix="gee-scl-") as folder:
            files = write_table(table, _format(body), Path(folder), name, context, lambda share: None)
            if len(files) > 1:
                return zipped({f"{name}{ending}": path.read_bytes() for ending, path in files.items()}), f"{name}.zip"
            ((ending, path),) = files.items()
            return Media(path.read_bytes(), _MEDIA_TYPES[ending]), f"{name}{ending}"


def _format(body: Mapping[str, Any]) -> str:
    kind = str(body.get("fileFormat") or "CSV")
    kind = "GEO_JSON" if kind == _JSON else kind
    if kind not in FORMATS:
        raise EvaluationError(f"The local engine writes tables as {', '.join(FORMATS)}, not as {kind!r:.40}.")
    return kind
