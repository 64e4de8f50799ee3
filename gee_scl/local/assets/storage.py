"""Assets that were exported or created: images, tables, folders and collections in the exports folder."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from gee_scl.local.assets.descriptions import described_document, described_root
from gee_scl.local.assets.documents import (
    CONTAINERS,
    FOLDER,
    IMAGE,
    IMAGE_COLLECTION,
    TABLE,
    Document,
    children,
    forget,
    storable,
)
from gee_scl.local.assets.ids import check_writable, folder_of, is_root, plain_id
from gee_scl.local.assets.refusals import check_band_names, check_properties
from gee_scl.local.assets.stored_images import loaded_image, write_raster
from gee_scl.local.assets.stored_tables import loaded_table, write_features
from gee_scl.local.context import Context
from gee_scl.local.errors import EvaluationError, NotFoundError
from gee_scl.local.places import ASSETS, Places
from gee_scl.local.raster.blocks import close_files
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Image
from gee_scl.local.raster.tiles import Advance
from gee_scl.local.values import TIME_END, TIME_START, Collection, Element, Feature


class StoredAssets:
    """The writable assets of an engine: each is a folder that holds `asset.json`, and the assets within it.

    An image's or a table's files lie in a folder of their own for each version, so that an asset that is overwritten
    is, at any moment, either the old one or the new one.

    Args:
        places: the exports folder; assets lie in its `assets`.

    Attributes:
        changes: how often an asset was written, changed or deleted: what was evaluated before the last change is old.
    """

    def __init__(self, places: Places) -> None:
        self.changes = 0
        self._places = places
        self._root = places.root / ASSETS
        self._lock = threading.RLock()

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """One change at a time, and the count of them."""
        with self._lock:
            try:
                yield
            finally:
                self.changes += 1

    # Loading

    def load(self, asset_id: str) -> Element:
        """An image, collection or table by its id.

        Raises:
            NotFoundError: there is none.
        """
        folder, document = self._asset(asset_id)
        if document.raster is not None:
            return loaded_image(asset_id, folder, document, document.raster)
        if document.type == TABLE:
            return loaded_table(asset_id, folder, document)
        if document.type == IMAGE_COLLECTION:
            return _loaded_collection(asset_id, folder, document)
        raise NotFoundError(_missing(asset_id))

    # The REST API's methods

    def get(self, name: str) -> dict[str, Any]:
        """An asset in the form of the REST API.

        Raises:
            NotFoundError: there is none.
        """
        asset_id = plain_id(name).rstrip("/")
        if is_root(asset_id):
            return described_root(asset_id)
        folder, document = self._asset(asset_id)
        return described_document(asset_id, folder, document)

    def list(self, name: str) -> list[dict[str, Any]]:
        """The assets in a folder, a collection, or a project's root, sorted by name.

        Raises:
            NotFoundError: there is none.
            EvaluationError: it is an image or a table.
        """
        asset_id = plain_id(name).rstrip("/")
        if is_root(asset_id):
            folder = self._folder(asset_id)
        else:
            folder, document = self._asset(asset_id)
            if not document.holds_assets:
                raise EvaluationError(f"The asset '{asset_id}' is no folder and no collection.")
        return [described_document(f"{asset_id}/{path.name}", path, child) for path, child in children(folder)]

    def create(self, name: str, kind: str, properties: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """A new, empty folder or image collection.

        Raises:
            EvaluationError: another type, a name that is taken or not allowed, or a parent that cannot hold it.
        """
        if kind not in CONTAINERS:
            raise EvaluationError(f"Only folders and image collections can be created, not {kind!r:.40}.")
        asset_id = plain_id(name)
        with self._changing():
            self.check_new(asset_id, kind)
            folder = self._folder(asset_id)
            folder.mkdir(parents=True, exist_ok=True)
            Document(kind, properties or {}, time.time_ns() // 1000).save(folder)
        return self.get(asset_id)

    def delete(self, name: str) -> None:
        """Delete an asset.

        Raises:
            NotFoundError: there is none.
            EvaluationError: it is a folder or a collection that is not empty.
        """
        asset_id = plain_id(name)
        with self._changing():
            folder, document = self._asset(asset_id)
            if children(folder):
                what = "Folder" if document.type == FOLDER else "Collection"
                raise EvaluationError(f"{what} '{asset_id}' is not empty; delete the assets within it first.")
            forget(folder)
            close_files(folder)
            shutil.rmtree(folder)

    def copy(self, source: str, destination: str, *, overwrite: bool = False) -> dict[str, Any]:
        """Copy an image or a table."""
        old, new = plain_id(source), plain_id(destination)
        with self._changing():
            folder, document = self._asset(old)
            if document.holds_assets:
                raise EvaluationError(f"The asset '{old}' is a {document.type}; only images and tables are copied.")
            self.check_new(new, document.type, overwrite=overwrite)
            with self._places.workshop() as workshop:
                version = workshop / "version"
                shutil.copytree(document.version_in(folder), version)
                self._commit(new, document, version)
        return self.get(new)

    def move(self, source: str, destination: str) -> dict[str, Any]:
        """Give an asset, with all that is in it, another name."""
        old, new = plain_id(source), plain_id(destination)
        with self._changing():
            folder, document = self._asset(old)
            if f"{new}/".startswith(f"{old}/"):
                raise EvaluationError(f"The asset '{old}' cannot be moved to '{new}'.")
            self.check_new(new, document.type)
            target = self._folder(new)
            target.parent.mkdir(parents=True, exist_ok=True)
            close_files(folder)
            folder.rename(target)
        return self.get(new)

    def patch(self, name: str, asset: Mapping[str, Any], paths: Sequence[str]) -> dict[str, Any]:
        """Change the properties and times that the paths name; what the asset lacks of them is deleted.

        Args:
            name: of the asset.
            asset: with the new values.
            paths: such as `properties`, `properties."name"` or `start_time`; none means all of these.
        """
        asset_id = plain_id(name)
        with self._changing():
            folder, document = self._asset(asset_id)
            properties = dict(document.properties)
            new = asset.get("properties") or {}
            for path in paths or ("properties", "start_time", "end_time"):
                if path == "properties":
                    kept = {key: value for key, value in properties.items() if key.startswith("system:")}
                    properties = {**kept, **new}
                elif path in _TIMES:
                    key, field = _TIMES[path]
                    properties[key] = _milliseconds(asset.get(field) or asset.get(path))
                elif path.startswith("properties."):
                    key = path.removeprefix("properties.").strip('"')
                    properties[key] = new.get(key)
                else:
                    raise EvaluationError(f"The update mask names {path!r:.60}, which cannot be updated.")
            properties = {key: value for key, value in properties.items() if value is not None}
            replace(document, properties=properties).save(folder)
        return self.get(asset_id)

    # Writing

    def check_name(self, name: str) -> None:
        """Refuse a name that no asset of a user can have.

        Raises:
            EvaluationError: it is not one.
        """
        check_writable(name)
        self._folder(plain_id(name))

    def check_new(self, name: str, kind: str, *, overwrite: bool = False) -> None:
        """Refuse a name that an asset of this type cannot get.

        Raises:
            EvaluationError: the name is not allowed or is taken, or its parent cannot hold it.
        """
        self.check_name(name)
        asset_id = plain_id(name)
        folder = self._folder(asset_id)
        parent = asset_id.rpartition("/")[0]
        if not is_root(parent):
            holder = Document.read(self._folder(parent))
            if holder is None:
                raise EvaluationError(f"Asset '{parent}' does not exist or doesn't allow this operation.")
            if not holder.holds_assets or (holder.type == IMAGE_COLLECTION and kind != IMAGE):
                raise EvaluationError(f"The asset '{parent}' is of the type {holder.type}, which holds no {kind}.")
        old = Document.read(folder)
        if old is not None and not (overwrite and old.type == kind):
            raise EvaluationError(f"Cannot overwrite asset '{asset_id}'.")

    def write_image(
        self,
        name: str,
        image: Image,
        grid: Grid,
        policies: Mapping[str, str],
        context: Context,
        advance: Advance,
        *,
        overwrite: bool = False,
    ) -> Path:
        """Compute an image, and keep it as an asset.

        Args:
            name: of the asset.
            image: its bands may be of different types.
            grid: of all bands.
            policies: pyramiding policy by band.
            context: of the task.
            advance: told how far it is.
            overwrite: whether an image of this name may be replaced.

        Returns:
            The folder that holds it.
        """
        self.check_new(name, IMAGE, overwrite=overwrite)
        check_properties(image.properties)
        check_band_names(image.names)
        with self._places.workshop() as workshop:
            version = workshop / "version"
            version.mkdir()
            raster = write_raster(version, image, grid, policies, context, advance)
            document = Document(IMAGE, storable(image.properties), raster=raster)
            with self._changing():
                self.check_new(name, IMAGE, overwrite=overwrite)
                return self._commit(plain_id(name), document, version)

    def write_table(
        self, name: str, rows: Iterator[Feature], properties: Mapping[str, Any], *, overwrite: bool = False
    ) -> Path:
        """Keep features as an asset.

        Args:
            name: of the asset.
            rows: the features.
            properties: of the whole.
            overwrite: whether a table of this name may be replaced.

        Returns:
            The folder that holds it.

        Raises:
            EvaluationError: what a table cannot hold, too many columns, or a text that is too long.
        """
        self.check_new(name, TABLE, overwrite=overwrite)
        check_properties(properties)
        with self._places.workshop() as workshop:
            version = workshop / "version"
            version.mkdir()
            write_features(version, rows)
            document = Document(TABLE, storable(properties))
            with self._changing():
                self.check_new(name, TABLE, overwrite=overwrite)
                return self._commit(plain_id(name), document, version)

    def _commit(self, asset_id: str, document: Document, version: Path) -> Path:
        """Put a finished version in its place; the document, which comes last, makes it the asset."""
        folder = self._folder(asset_id)
        old = Document.read(folder)
        folder.mkdir(parents=True, exist_ok=True)
        number = max(time.time_ns() // 1000, 1 + (0 if old is None else old.version))
        new = replace(document, version=number)
        version.rename(new.version_in(folder))
        new.save(folder)
        if old is not None:
            close_files(old.version_in(folder))
            shutil.rmtree(old.version_in(folder), ignore_errors=True)
        return folder

    def _asset(self, asset_id: str) -> tuple[Path, Document]:
        try:
            folder = self._folder(asset_id)
        except EvaluationError:
            raise NotFoundError(_missing(asset_id)) from None
        document = Document.read(folder)
        if document is None:
            raise NotFoundError(_missing(asset_id))
        return folder, document

    def _folder(self, asset_id: str) -> Path:
        return folder_of(self._root, asset_id)


def _loaded_collection(asset_id: str, folder: Path, document: Document) -> Collection:
    images = [
        loaded_image(f"{asset_id}/{path.name}", path, child, child.raster)
        for path, child in children(folder)
        if child.raster is not None
    ]
    return Collection(dict(document.properties), tuple(images), "ImageCollection", asset_id, document.version)


def _missing(asset_id: str) -> str:
    return f"Asset '{asset_id:.200}' not found (does not exist or caller does not have access)."


_TIMES: Mapping[str, tuple[str, str]] = {
    "start_time": (TIME_START, "startTime"),
    "end_time": (TIME_END, "endTime"),
    "startTime": (TIME_START, "startTime"),
    "endTime": (TIME_END, "endTime"),
}


def _milliseconds(text: Any) -> float | None:
    if text is None:
        return None
    try:
        return round(datetime.fromisoformat(str(text)).timestamp() * 1000)
    except ValueError:
        raise EvaluationError(f"Invalid time: {text!r:.40}.") from None
