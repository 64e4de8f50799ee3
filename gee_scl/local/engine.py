"""The engine without HTTP: what each request of the REST API is answered with."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from gee_scl.local.answers.encoder import Encoder
from gee_scl.local.assets.catalogue import Catalogue
from gee_scl.local.assets.descriptions import described_collection, described_image
from gee_scl.local.assets.library import Library
from gee_scl.local.assets.storage import StoredAssets
from gee_scl.local.context import Context, Limits
from gee_scl.local.counters import Counters, Counts, count
from gee_scl.local.counters.profiles import Profiles
from gee_scl.local.errors import EvaluationError, NotFoundError
from gee_scl.local.exports.downloads import TableDownloads
from gee_scl.local.exports.operations import Control, Job, Operations
from gee_scl.local.exports.tasks import Exporter
from gee_scl.local.features.elements import ChosenElements
from gee_scl.local.graph import evaluate
from gee_scl.local.places import Places
from gee_scl.local.raster.blocks import close_files
from gee_scl.local.raster.image import Image
from gee_scl.local.values import Collection, Feature
from gee_scl.local.views.maps import Kind, Maps
from gee_scl.local.views.media import Media
from gee_scl.local.views.requests import compute_pixels

PROJECT = "gee-scl-local"

EXPORTS = "gee-scl-exports"
"""The folder, in the current one, that stands for Drive, Cloud Storage and assets where none is given."""

PAGE_SIZE = 1000
"""Rows of a page that does not say how many it wants (REST reference, table.computeFeatures)."""

_OFFSET = re.compile(r"[0-9]{1,15}")

_TABLES_KEPT = 8
"""Evaluated tables that are kept for their next pages; an older one is evaluated again."""

_NO_TABLE = "table:computeFeatures needs an expression that is a FeatureCollection."

T = TypeVar("T")
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
        exports: where exports go; it is made when the first is written.

    Attributes:
        counters: what was answered, and what it took.
        profiles: what the requests spent their time on that asked for it.
        operations: the tasks; `operations.fail` makes some of them fail on demand.
        stored: the assets that were exported or created.
    """

    def __init__(self, folder: Path, limits: Limits | None = None, exports: Path | None = None) -> None:
        self.catalogue = Catalogue(folder)
        self.limits = limits or Limits()
        self.counters = Counters()
        self.profiles = Profiles()
        places = Places((exports or Path(EXPORTS)).absolute())
        self._folders = folder, places.root
        self.stored = StoredAssets(places)
        self._assets = Library(self.catalogue, self.stored)
        self._exporter = Exporter(self._assets, self.stored, places, self.limits)
        self.operations = Operations(PROJECT, running=self.limits.running_tasks, queued=self.limits.queued_tasks)
        self._downloads = TableDownloads(self._context)
        self._tables: OrderedDict[str, _Table] = OrderedDict()
        self._lock = threading.Lock()
        self._maps = Maps(self._context, lambda: self.stored.changes + self.catalogue.changes)

    @property
    def is_looked_at(self) -> bool:
        """Whether it has given out addresses of tiles or pictures, which someone may still have."""
        return self._maps.known

    def refresh(self) -> None:
        """Look for files that are new, changed or gone. Map ids stay, and show what there is now.

        Raises:
            EngineError: the folder holds nothing to serve any more, or a document in it cannot be read.
        """
        if self.catalogue.refresh():
            self._maps.forget()

    def close(self) -> None:
        """Cancel what runs, and let the engine's threads and files go."""
        self.operations.stop()
        self._maps.close()
        for folder in self._folders:
            close_files(folder)

    def compute_value(self, body: Body) -> Answer:
        """The answer to value:compute."""
        value = evaluate(body.get("expression"), self._context())
        if isinstance(value, Collection) and value.kind == "FeatureCollection":
            count(Counts(rows=len(value.elements)))
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
        count(Counts(rows=len(rows)))
        encoder = Encoder(len(rows))
        answer: Answer = {"type": "FeatureCollection", "features": [encoder.encode(row) for row in rows]}
        if isinstance(rows, ChosenElements):
            # What was answered is not needed for the next page, and a table can have many.
            rows.forget()
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

    def compute_pixels(self, body: Body) -> Media:
        """The answer to image:computePixels."""
        context = self._context()
        return compute_pixels(evaluate(body.get("expression"), context), body, context)

    def create_view(self, kind: Kind, project: str, body: Body) -> Answer:
        """The answer to maps.create, thumbnails.create, videoThumbnails.create and filmstripThumbnails.create."""
        return dict(self._maps.create(kind, project, body))

    def view_pixels(self, kind: Kind, key: str) -> Media:
        """The answer to thumbnails.getPixels, videoThumbnails.getPixels and filmstripThumbnails.getPixels."""
        return self._maps.pixels(kind, key)

    def map_tile(self, key: str, zoom: int, x: int, y: int, size: int) -> Media:
        """The answer to maps.tiles.get."""
        return self._maps.tile(key, zoom, x, y, size)

    def get_asset(self, name: str, project: str = "") -> Answer:
        """The answer to assets.get.

        Args:
            name: the asset's id, or the part of it after `projects/PROJECT/assets/`.
            project: that part's project.
        """
        try:
            asset = self.catalogue.load(name)
        except NotFoundError as missing:
            return _or(missing, lambda: self.stored.get(_full(name, project)))
        if isinstance(asset, Image):
            return described_image(asset)
        if not isinstance(asset, Collection):
            raise NotFoundError(f"Asset '{name}' is neither an image nor a collection.")
        return described_collection(str(asset.id))

    def list_assets(self, parent: str, size: int = PAGE_SIZE, token: str = "", project: str = PROJECT) -> Answer:
        """The answer to assets.listAssets: what a collection or folder holds.

        Where no parent is given, these are the catalogue's collections, and what was stored in the project.
        """
        start = _offset(token) if token else 0
        listed = self._listed(parent, project)
        assets = [
            described_image(asset) if isinstance(asset, Image) else asset for asset in listed[start : start + size]
        ]
        answer: Answer = {"assets": assets}
        if start + size < len(listed):
            answer["nextPageToken"] = str(start + size)
        return answer

    def _listed(self, parent: str, project: str) -> Sequence[Any]:
        if not parent:
            public = [self.get_asset(name) for name in sorted(self.catalogue.collections())]
            return [*public, *self.stored.list(_full("", project))]
        try:
            asset = self.catalogue.load(parent)
        except NotFoundError as missing:
            return _or(missing, lambda: self.stored.list(_full(parent, project)))
        if not isinstance(asset, Collection):
            raise EvaluationError(f"The asset '{parent}' is no folder and no collection.")
        return asset.elements

    def export_image(self, body: Body) -> Answer:
        """The answer to image:export: the operation that has been started."""
        return self.operations.start(self._counted(self._exporter.image(body)))

    def export_table(self, body: Body) -> Answer:
        """The answer to table:export: the operation that has been started."""
        return self.operations.start(self._counted(self._exporter.table(body)))

    def _counted(self, job: Job) -> Job:
        """A job whose work is counted, which it is for no request: that has been answered by then."""

        def work(control: Control) -> Sequence[str]:
            with self.counters.task():
                return job.work(control)

        return replace(job, work=work)

    def create_table(self, project: str, body: Body) -> Answer:
        """The answer to tables.create."""
        return dict(self._downloads.create(project, body))

    def table_file(self, key: str) -> tuple[Media, str]:
        """The answer to tables.getFeatures: a file and its name."""
        return self._downloads.fetch(key)

    def about(self) -> Answer:
        """What this engine is, for whoever looks at its address."""
        collections = self.catalogue.collections()
        return {
            "server": "gee-scl local engine: the Earth Engine REST API over files of this machine",
            "project": f"projects/{PROJECT}",
            "collections": {name: len(collection.elements) for name, collection in sorted(collections.items())},
        }

    def _context(self) -> Context:
        return Context(self._assets, self.limits, profiles=self.profiles)


def _full(name: str, project: str) -> str:
    return f"projects/{project}/assets/{name}".rstrip("/") if project else name


def _or(missing: NotFoundError, find: Callable[[], T]) -> T:
    """What is found elsewhere; else the error of the first place, which names the asset as it was asked for."""
    try:
        return find()
    except NotFoundError:
        raise missing from None


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
