"""The engine without HTTP: what each request of the REST API is answered with."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gee_scl.local.assets.catalogue import PUBLIC, Catalogue
from gee_scl.local.context import Context, Limits
from gee_scl.local.encode import Encoder
from gee_scl.local.errors import EvaluationError, NotFoundError
from gee_scl.local.graph import evaluate
from gee_scl.local.raster.image import Image
from gee_scl.local.rendering import npy
from gee_scl.local.values import TIME_START, Collection, Feature

PROJECT = "gee-scl-local"

PAGE_SIZE = 1000
"""Rows of a page that does not say how many it wants (REST reference, table.computeFeatures)."""

_OFFSET = re.compile(r"[0-9]{1,15}")

_TABLES_KEPT = 8
"""Evaluated tables that are kept for their next pages; an older one is evaluated again."""

_NO_TABLE = "table:computeFeatures needs an expression that is a FeatureCollection."

Answer = dict[str, Any]
Body = Mapping[str, Any]


@dataclass(frozen=True)
class _Table:
    """The rows of an evaluated table, and the context in which those still to come are worked out."""

    elements: Sequence[Any]
    context: Context


class Engine:
    """An Earth Engine over a folder.

    Args:
        folder: a STAC catalogue, a SAFE product, or a folder of them.
        limits: what one request may cost.
    """

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        self.catalogue = Catalogue(folder)
        self.limits = limits or Limits()
        self._tables: OrderedDict[str, _Table] = OrderedDict()
        self._lock = threading.Lock()

    def compute_value(self, body: Body) -> Answer:
        """The answer to value:compute."""
        value = evaluate(body.get("expression"), self._context())
        return {"result": Encoder(self.limits.collection_elements).encode(value)}

    def compute_features(self, body: Body) -> Answer:
        """The answer to table:computeFeatures: one page, and the token of the next."""
        size = body.get("pageSize") or PAGE_SIZE
        if not isinstance(size, int) or size < 1:
            raise EvaluationError("Invalid value for 'pageSize': it must be a positive integer.")
        key, offset = _page(body)
        table = self._taken(key) if offset else None
        if table is None:
            table = self._evaluated(body)
        rows = table.elements[offset : offset + size]
        if not all(isinstance(row, Feature) for row in rows):
            raise EvaluationError(_NO_TABLE)
        encoder = Encoder(len(rows))
        answer: Answer = {"type": "FeatureCollection", "features": [encoder.encode(row) for row in rows]}
        if offset + size < len(table.elements):
            answer["nextPageToken"] = f"{key}.{offset + size}"
            self._keep(key, table)
        return answer

    def _evaluated(self, body: Body) -> _Table:
        context = self._context()
        collection = evaluate(body.get("expression"), context)
        if not isinstance(collection, Collection):
            raise EvaluationError(_NO_TABLE)
        return _Table(collection.elements, context)

    def _taken(self, key: str) -> _Table | None:
        """A table that waits for this request; its rows are worked out as they are asked for."""
        with self._lock:
            table = self._tables.pop(key, None)
        if table is not None:
            table.context.restart()
        return table

    def _keep(self, key: str, table: _Table) -> None:
        table.context.restart()
        with self._lock:
            self._tables[key] = table
            while len(self._tables) > _TABLES_KEPT:
                self._tables.popitem(last=False)

    def compute_pixels(self, body: Body) -> bytes:
        """The answer to image:computePixels."""
        context = self._context()
        return npy(evaluate(body.get("expression"), context), body, context)

    def get_asset(self, name: str) -> Answer:
        """The answer to assets.get."""
        asset = self.catalogue.load(name)
        if isinstance(asset, Image):
            return _image_asset(asset)
        if not isinstance(asset, Collection):
            raise NotFoundError(f"Asset '{name}' is neither an image nor a collection.")
        return {"type": "IMAGE_COLLECTION", "name": f"{PUBLIC}{asset.id}", "id": asset.id}

    def list_assets(self, parent: str, size: int = PAGE_SIZE, token: str = "") -> Answer:
        """The answer to assets.listAssets: the images of a collection; all collections where no parent is given."""
        if not parent:
            return {"assets": [self.get_asset(name) for name in sorted(self.catalogue.collections())]}
        asset = self.catalogue.load(parent)
        if not isinstance(asset, Collection):
            raise EvaluationError(f"The asset '{parent}' is no folder and no collection.")
        start = _offset(token) if token else 0
        images = [image for image in asset.elements[start : start + size] if isinstance(image, Image)]
        answer: Answer = {"assets": [_image_asset(image) for image in images]}
        if start + size < len(asset.elements):
            answer["nextPageToken"] = str(start + size)
        return answer

    def about(self) -> Answer:
        """What this engine is, for whoever looks at its address."""
        collections = self.catalogue.collections()
        return {
            "server": "gee-scl local engine: the Earth Engine REST API over files of this machine",
            "project": f"projects/{PROJECT}",
            "collections": {name: len(collection.elements) for name, collection in sorted(collections.items())},
        }

    def _context(self) -> Context:
        return Context(self.catalogue, self.limits)


def _page(body: Body) -> tuple[str, int]:
    """Which table, and from which row on: a token names the table by its expression."""
    key = hashlib.sha256(json.dumps(body.get("expression"), sort_keys=True).encode()).hexdigest()[:32]
    token = body.get("pageToken")
    if not token:
        return key, 0
    table, _, offset = str(token).partition(".")
    if table != key:
        raise EvaluationError("Invalid page token: it belongs to another expression.")
    return key, _offset(offset)


def _offset(token: str) -> int:
    if not _OFFSET.fullmatch(token):
        raise EvaluationError("Invalid page token.")
    return int(token)


def _image_asset(image: Image) -> Answer:
    """An image in the form of the REST API's EarthEngineAsset."""
    encoded = Encoder(0).encode(image)
    properties = {k: v for k, v in encoded.get("properties", {}).items() if not k.startswith("system:")}
    started = image.get(TIME_START)
    times = {} if started is None else {"startTime": _timestamp(started), "endTime": _timestamp(started)}
    return {
        "type": "IMAGE",
        "name": f"{PUBLIC}{image.id}",
        "id": image.id,
        "properties": properties,
        "bands": [_asset_band(band) for band in encoded["bands"]],
        **times,
    }


def _asset_band(band: Mapping[str, Any]) -> Answer:
    """A band in the form of the REST API's ImageBand."""
    width, height = band.get("dimensions", (0, 0))
    names = ("scaleX", "shearX", "translateX", "shearY", "scaleY", "translateY")
    kind = band["data_type"]
    return {
        "id": band["id"],
        "dataType": {
            "precision": kind["precision"].upper(),
            "range": {limit: kind[limit] for limit in ("min", "max") if limit in kind},
        },
        "grid": {
            "crsCode": band["crs"],
            "dimensions": {"width": width, "height": height},
            "affineTransform": dict(zip(names, band["crs_transform"], strict=True)),
        },
    }


def _timestamp(milliseconds: float) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
