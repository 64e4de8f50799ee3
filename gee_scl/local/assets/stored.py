"""Assets that were exported or created: images, tables, folders and collections in the exports folder."""

from __future__ import annotations

import json
import re
import shutil
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from affine import Affine

from gee_scl.local.context import Assets, Context
from gee_scl.local.encode import Encoder
from gee_scl.local.errors import EvaluationError, NotFoundError
from gee_scl.local.exporting.images import (
    Advance,
    cloud_optimize,
    computed_tiles,
    filled_values,
    new_geotiff,
    window_in,
)
from gee_scl.local.exporting.places import ASSETS, Places, safe_name
from gee_scl.local.joda import timestamp
from gee_scl.local.raster.blocks import close_files
from gee_scl.local.raster.files import RasterSource
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Band, Computed, Image, Pixels, is_binary
from gee_scl.local.raster.pixels import dtype_of
from gee_scl.local.values import (
    FOOTPRINT,
    INDEX,
    TIME_END,
    TIME_START,
    Collection,
    Date,
    Element,
    Feature,
    PixelType,
    Projection,
)
from gee_scl.local.vector.geometry import Geometry

IMAGE, IMAGE_COLLECTION, TABLE, FOLDER = "IMAGE", "IMAGE_COLLECTION", "TABLE", "FOLDER"
"""Types of assets (REST reference, EarthEngineAsset)."""

MAX_COLUMNS = 1000
MAX_TEXT = 100_000
"""Limits of tables (https://developers.google.com/earth-engine/guides/table_upload)."""

_DOCUMENT = "asset.json"
_FEATURES = "features.geojson"
_MAX_FOLDERS = 10
_LEGACY = "projects/earthengine-legacy/assets/"
"""What the client puts before ids of the old form, `users/NAME/...`."""

_FOREIGN = ("projects/earthengine-public/", "projects/earthengine-legacy/")
"""Where nobody writes."""

_PART = re.compile(r"[A-Za-z0-9_-]{1,100}")
_PROJECT = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")

_PYRAMIDS: Mapping[str, str] = {
    "MEAN": "average",
    "SAMPLE": "nearest",
    "MODE": "mode",
    "MEDIAN": "average",
    "MIN": "nearest",
    "MAX": "nearest",
}
"""Pyramiding policies by GDAL's ways of making overviews; it has none for the smallest, the largest and the median.
Overviews serve pictures and other programs; numbers are made from full resolution."""

_INVALID_NAME = (
    "Invalid asset name: '{}'. Folder names must be separated with '/', and at most 10 folders are allowed in the "
    "path. Names must contain only the following characters: A..Z, a..z, 0..9, '_' or '-'."
)


class StoredAssets:
    """The writable assets of an engine: each is a folder that holds `asset.json`, and the assets within it.

    An image keeps a cloud-optimized GeoTIFF for each band, and one for its mask where pixels are masked; a table keeps
    a GeoJSON file. They lie in a folder of their own for each version, so that an asset that is overwritten is, at any
    moment, either the old one or the new one.

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
        folder, document = self._found(asset_id)
        match document["type"]:
            case "IMAGE":
                return _loaded_image(asset_id, folder, document)
            case "TABLE":
                return _loaded_table(asset_id, folder, document)
            case "IMAGE_COLLECTION":
                return self._loaded_collection(asset_id, folder, document)
        raise NotFoundError(_missing(asset_id))

    def _loaded_collection(self, asset_id: str, folder: Path, document: Mapping[str, Any]) -> Collection:
        images = [_loaded_image(f"{asset_id}/{path.name}", path, found) for path, found in _children(folder)]
        properties = dict(document.get("properties", {}))
        return Collection(properties, tuple(images), "ImageCollection", asset_id, document["version"])

    # The REST API's methods

    def get(self, name: str) -> dict[str, Any]:
        """An asset in the form of the REST API.

        Raises:
            NotFoundError: there is none.
        """
        asset_id = plain_id(name).rstrip("/")
        if _is_root(asset_id):
            return {"type": FOLDER, "name": asset_id, "id": asset_id}
        folder, document = self._found(asset_id)
        return _described(asset_id, folder, document)

    def list(self, name: str) -> list[dict[str, Any]]:
        """The assets in a folder, a collection, or a project's root, sorted by name.

        Raises:
            NotFoundError: there is none.
            EvaluationError: it is an image or a table.
        """
        asset_id = plain_id(name).rstrip("/")
        if _is_root(asset_id):
            folder = self._folder(asset_id)
        else:
            folder, document = self._found(asset_id)
            if document["type"] not in (FOLDER, IMAGE_COLLECTION):
                raise EvaluationError(f"The asset '{asset_id}' is no folder and no collection.")
        return [_described(f"{asset_id}/{path.name}", path, found) for path, found in _children(folder)]

    def create(self, name: str, kind: str, properties: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """A new, empty folder or image collection.

        Raises:
            EvaluationError: another type, a name that is taken or not allowed, or a parent that cannot hold it.
        """
        if kind not in (FOLDER, IMAGE_COLLECTION):
            raise EvaluationError(f"Only folders and image collections can be created, not {kind!r:.40}.")
        asset_id = plain_id(name)
        with self._changing():
            self.check_new(asset_id, kind)
            self._write(asset_id, {"type": kind, "properties": dict(properties or {})})
        return self.get(asset_id)

    def delete(self, name: str) -> None:
        """Delete an asset.

        Raises:
            NotFoundError: there is none.
            EvaluationError: it is a folder or a collection that is not empty.
        """
        asset_id = plain_id(name)
        with self._changing():
            folder, document = self._found(asset_id)
            if _children(folder):
                what = "Folder" if document["type"] == FOLDER else "Collection"
                raise EvaluationError(f"{what} '{asset_id}' is not empty; delete the assets within it first.")
            # Without its document it is no asset any more, whatever becomes of the rest.
            (folder / _DOCUMENT).unlink()
            close_files(folder)
            shutil.rmtree(folder)

    def copy(self, source: str, destination: str, *, overwrite: bool = False) -> dict[str, Any]:
        """Copy an image or a table."""
        old, new = plain_id(source), plain_id(destination)
        with self._changing():
            folder, document = self._found(old)
            if document["type"] in (FOLDER, IMAGE_COLLECTION):
                raise EvaluationError(f"The asset '{old}' is a {document['type']}; only images and tables are copied.")
            self.check_new(new, document["type"], overwrite=overwrite)
            with self._places.workshop() as workshop:
                version = workshop / "version"
                shutil.copytree(folder / str(document["version"]), version)
                self._commit(new, document, version)
        return self.get(new)

    def move(self, source: str, destination: str) -> dict[str, Any]:
        """Give an asset, with all that is in it, another name."""
        old, new = plain_id(source), plain_id(destination)
        with self._changing():
            folder, document = self._found(old)
            if f"{new}/".startswith(f"{old}/"):
                raise EvaluationError(f"The asset '{old}' cannot be moved to '{new}'.")
            self.check_new(new, document["type"])
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
            folder, document = self._found(asset_id)
            properties = dict(document.get("properties", {}))
            given = asset.get("properties") or {}
            for path in paths or ("properties", "start_time", "end_time"):
                if path == "properties":
                    kept = {key: value for key, value in properties.items() if key.startswith("system:")}
                    properties = {**kept, **given}
                elif path in _TIMES:
                    key, field = _TIMES[path]
                    properties[key] = _milliseconds(asset.get(field) or asset.get(path))
                elif path.startswith("properties."):
                    key = path.removeprefix("properties.").strip('"')
                    properties[key] = given.get(key)
                else:
                    raise EvaluationError(f"The update mask names {path!r:.60}, which cannot be updated.")
            properties = {key: value for key, value in properties.items() if value is not None}
            _save(folder, {**document, "properties": properties})
        return self.get(asset_id)

    # Writing

    def check_name(self, name: str) -> None:
        """Refuse a name that no asset of a user can have.

        Raises:
            EvaluationError: it is not one.
        """
        asset_id = plain_id(name)
        if asset_id.startswith(_FOREIGN):
            raise EvaluationError(f"Asset '{asset_id:.200}' does not exist or doesn't allow this operation.")
        if _is_root(asset_id):
            raise EvaluationError(_INVALID_NAME.format(name))
        self._folder(asset_id)

    def check_new(self, name: str, kind: str, *, overwrite: bool = False) -> None:
        """Refuse a name that an asset of this type cannot get.

        Raises:
            EvaluationError: the name is not allowed or is taken, or its parent cannot hold it.
        """
        self.check_name(name)
        asset_id = plain_id(name)
        folder = self._folder(asset_id)
        parent = asset_id.rpartition("/")[0]
        if not _is_root(parent):
            held = _document(self._folder(parent))
            if held is None:
                raise EvaluationError(f"Asset '{parent}' does not exist or doesn't allow this operation.")
            if held["type"] not in (FOLDER, IMAGE_COLLECTION) or (held["type"] == IMAGE_COLLECTION and kind != IMAGE):
                raise EvaluationError(f"The asset '{parent}' is of the type {held['type']}, which holds no {kind}.")
        old = _document(folder)
        if old is not None and not (overwrite and old["type"] == kind):
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
        with self._places.workshop() as workshop:
            version = workshop / "version"
            version.mkdir()
            bands = _write_bands(version, image.bands, grid, policies, context, advance)
            footprint = image.get(FOOTPRINT)
            document = {
                "type": IMAGE,
                "properties": _storable(image.properties),
                "footprint": footprint.to_geojson() if isinstance(footprint, Geometry) else None,
                "bands": bands,
                "crs": grid.crs,
                "transform": list(grid.window_transform[:6]),
                "dimensions": [grid.width, grid.height],
            }
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
            EvaluationError: too many columns, or a text that is too long.
        """
        self.check_new(name, TABLE, overwrite=overwrite)
        with self._places.workshop() as workshop:
            version = workshop / "version"
            version.mkdir()
            columns: set[str] = set()
            with (version / _FEATURES).open("w", encoding="utf-8") as file:
                file.write('{"type":"FeatureCollection","features":[\n')
                for number, feature in enumerate(rows):
                    stored = _storable(feature.properties)
                    columns |= stored.keys()
                    _check_row(stored, columns)
                    encoded = Encoder(0).encode(replace(feature, properties=stored))
                    file.write((",\n" if number else "") + json.dumps({**encoded, "id": feature.index}))
                file.write("\n]}\n")
            document = {"type": TABLE, "properties": _storable(properties)}
            with self._changing():
                self.check_new(name, TABLE, overwrite=overwrite)
                return self._commit(plain_id(name), document, version)

    def _commit(self, asset_id: str, document: Mapping[str, Any], version: Path) -> Path:
        """Put a finished version in its place; the document, which comes last, makes it the asset."""
        folder = self._folder(asset_id)
        old = _document(folder)
        folder.mkdir(parents=True, exist_ok=True)
        number = max(time.time_ns() // 1000, 1 + (old or {}).get("version", 0))
        version.rename(folder / str(number))
        _save(folder, {**document, "version": number})
        if old is not None:
            close_files(folder / str(old["version"]))
            shutil.rmtree(folder / str(old["version"]), ignore_errors=True)
        return folder

    def _write(self, asset_id: str, document: Mapping[str, Any]) -> None:
        folder = self._folder(asset_id)
        folder.mkdir(parents=True, exist_ok=True)
        _save(folder, {**document, "version": time.time_ns() // 1000})

    def _found(self, asset_id: str) -> tuple[Path, dict[str, Any]]:
        try:
            folder = self._folder(asset_id)
        except EvaluationError:
            raise NotFoundError(_missing(asset_id)) from None
        document = _document(folder)
        if document is None:
            raise NotFoundError(_missing(asset_id))
        return folder, document

    def _folder(self, asset_id: str) -> Path:
        """The folder of an id, which every part of must be a plain name.

        Raises:
            EvaluationError: the name is not allowed.
        """
        parts = asset_id.split("/")
        rooted = (parts[0] == "projects" and parts[2:3] == ["assets"] and _PROJECT.fullmatch(parts[1])) or (
            parts[0] == "users" and len(parts) > 1
        )
        if not rooted or len(parts) > _MAX_FOLDERS + 3 or not all(map(_PART.fullmatch, parts)):
            raise EvaluationError(_INVALID_NAME.format(asset_id[:200]))
        return self._root.joinpath(*parts)


class Library:
    """All assets of an engine: those of its catalogue, and those that were stored.

    Args:
        catalogue: comes first.
        stored: the others.
    """

    def __init__(self, catalogue: Assets, stored: StoredAssets) -> None:
        self._catalogue, self._stored = catalogue, stored

    def load(self, asset_id: str) -> Element:
        """The asset of this id.

        Raises:
            NotFoundError: there is none.
        """
        try:
            return self._catalogue.load(asset_id)
        except NotFoundError as error:
            try:
                return self._stored.load(plain_id(asset_id))
            except NotFoundError:
                raise error from None


_TIMES: Mapping[str, tuple[str, str]] = {
    "start_time": (TIME_START, "startTime"),
    "end_time": (TIME_END, "endTime"),
    "startTime": (TIME_START, "startTime"),
    "endTime": (TIME_END, "endTime"),
}


def plain_id(name: str) -> str:
    """An asset's id: names of the old form come with the client's prefix."""
    return name.removeprefix(_LEGACY)


def _is_root(asset_id: str) -> bool:
    parts = asset_id.split("/")
    return (parts[0] == "projects" and len(parts) == 3 and parts[2] == "assets") or (
        parts[0] == "users" and len(parts) == 2
    )


def _missing(asset_id: str) -> str:
    return f"Asset '{asset_id:.200}' not found (does not exist or caller does not have access)."


def _document(folder: Path) -> dict[str, Any] | None:
    try:
        return dict(json.loads((folder / _DOCUMENT).read_text(encoding="utf-8")))
    except (FileNotFoundError, NotADirectoryError):
        return None


def _save(folder: Path, document: Mapping[str, Any]) -> None:
    beside = folder / f".{_DOCUMENT}.part"
    beside.write_text(json.dumps(document, indent=1), encoding="utf-8")
    beside.replace(folder / _DOCUMENT)


def _children(folder: Path) -> list[tuple[Path, dict[str, Any]]]:
    """The assets in a folder. A version's folder is no asset: it has no document."""
    if not folder.is_dir():
        return []
    found = ((path, _document(path)) for path in sorted(folder.iterdir()) if path.is_dir())
    return [(path, document) for path, document in found if document is not None]


def _write_bands(
    folder: Path,
    bands: Sequence[Band],
    grid: Grid,
    policies: Mapping[str, str],
    context: Context,
    advance: Advance,
) -> list[dict[str, Any]]:
    """Write a file for each band, and one for its mask where that is not 1 everywhere."""
    names = [_file_name(band.name, place) for place, band in enumerate(bands)]
    types = [dtype_of(band.type) for band in bands]
    masked = [False] * len(bands)

    def finish(band: Band, pixels: Pixels) -> tuple[npt.NDArray[Any], npt.NDArray[np.uint8]]:
        mask = pixels.mask
        weight = mask * np.uint8(255) if is_binary(mask) else np.ceil(mask * 255).astype(np.uint8)
        return filled_values(pixels, band.type, 0), weight

    values = [new_geotiff(folder / f"{name}.draft.tif", grid, 1, kind) for name, kind in zip(names, types, strict=True)]
    masks = [new_geotiff(folder / f"{name}.mask.draft.tif", grid, 1, np.dtype(np.uint8)) for name in names]
    try:
        for part, planes in computed_tiles(grid, bands, finish, context, advance):
            window = window_in(part, grid)
            for place, (plane, weight) in enumerate(planes):
                values[place].write(plane, 1, window=window)
                masks[place].write(weight, 1, window=window)
                masked[place] = masked[place] or bool((weight < 255).any())
    finally:
        for file in (*values, *masks):
            file.close()
    described = []
    for place, (band, name) in enumerate(zip(bands, names, strict=True)):
        context.check_time()
        policy = policies.get(band.name, "MEAN")
        cloud_optimize(folder / f"{name}.draft.tif", folder / f"{name}.tif", _PYRAMIDS[policy])
        if masked[place]:
            cloud_optimize(folder / f"{name}.mask.draft.tif", folder / f"{name}.mask.tif")
        else:
            (folder / f"{name}.mask.draft.tif").unlink()
        described.append(
            {
                "id": band.name,
                "file": f"{name}.tif",
                "mask": f"{name}.mask.tif" if masked[place] else None,
                "type": {"precision": band.type.precision, "min": band.type.min, "max": band.type.max},
                "pyramidingPolicy": policy,
            }
        )
    return described


def _file_name(name: str, place: int) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]{1,60}", name) else f"{safe_name(name)[:60]}-{place}"


def check_policies(default: Any, overrides: Any, bands: Sequence[str]) -> dict[str, str]:
    """The pyramiding policy of each band.

    Args:
        default: of the bands that have none of their own; None is MEAN.
        overrides: by band.
        bands: names.

    Raises:
        EvaluationError: an unknown policy, or a band that the image does not have.
    """
    given = {str(band): str(policy) for band, policy in (overrides or {}).items()}
    for policy in (*given.values(), default or "MEAN"):
        if policy not in _PYRAMIDS:
            raise EvaluationError(f"Invalid pyramiding policy: {policy!r:.40}. It may be {', '.join(_PYRAMIDS)}.")
    unknown = next((band for band in given if band not in bands), None)
    if unknown is not None:
        raise EvaluationError(f"The pyramiding policy names the band '{unknown}', which the image does not have.")
    return {band: given.get(band, default or "MEAN") for band in bands}


def _loaded_image(asset_id: str, folder: Path, document: Mapping[str, Any]) -> Image:
    crs, transform = str(document["crs"]), Affine(*document["transform"])
    width, height = document["dimensions"]
    version = folder / str(document["version"])

    def source(name: str) -> RasterSource:
        return RasterSource(str(version / name), 1, crs, transform, width, height, None, image=asset_id)

    bands = []
    for band in document["bands"]:
        kind = PixelType(band["type"]["precision"], band["type"]["min"], band["type"]["max"])
        pixels: RasterSource | Computed = source(band["file"])
        if band["mask"] is not None:
            pixels = Computed(_with_mask, (source(band["file"]), source(band["mask"])))
        bands.append(Band(band["id"], kind, pixels, Projection(crs, transform), (width, height)))
    properties = {**document["properties"], INDEX: asset_id.rpartition("/")[2]}
    properties["system:asset_size"] = sum(file.stat().st_size for file in version.iterdir())
    if document.get("footprint"):
        properties[FOOTPRINT] = Geometry.from_geojson(document["footprint"])
    return Image(properties, tuple(bands), asset_id, document["version"])


def _with_mask(values: Pixels, weight: Pixels) -> Pixels:
    """Pixels whose mask is stored as 0 to 255; outside of the file both are masked."""
    stored = np.where(weight.valid, weight.values, 0)
    if ((stored == 0) | (stored == 255)).all():
        return Pixels(values.values, stored == 255)
    return Pixels(values.values, (stored / np.float32(255)).astype(np.float32))


def _loaded_table(asset_id: str, folder: Path, document: Mapping[str, Any]) -> Collection:
    rows = json.loads((folder / str(document["version"]) / _FEATURES).read_text(encoding="utf-8"))["features"]
    features = tuple(
        Feature(
            {**row["properties"], INDEX: row["id"]},
            None if row["geometry"] is None else Geometry.from_geojson(row["geometry"]),
        )
        for row in rows
    )
    return Collection(dict(document["properties"]), features, "FeatureCollection", asset_id, document["version"])


def _storable(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Properties as JSON; those that the engine gives an asset itself are left out."""
    own = (INDEX, FOOTPRINT, "system:id", "system:version", "system:asset_size")
    return {
        key: value.milliseconds if isinstance(value, Date) else Encoder(0).encode(value)
        for key, value in properties.items()
        if key not in own
    }


def _check_row(row: Mapping[str, Any], columns: set[str]) -> None:
    if len(columns) > MAX_COLUMNS:
        raise EvaluationError(f"The table has more than {MAX_COLUMNS} columns.")
    for name, value in row.items():
        if isinstance(value, str) and len(value) > MAX_TEXT:
            raise EvaluationError(f"The property '{name}' has a text of more than {MAX_TEXT} characters.")


def _described(asset_id: str, folder: Path, document: Mapping[str, Any]) -> dict[str, Any]:
    """An asset in the form of the REST API's EarthEngineAsset."""
    name = asset_id if asset_id.startswith("projects/") else _LEGACY + asset_id
    version = folder / str(document["version"])
    size = sum(file.stat().st_size for file in version.iterdir()) if version.is_dir() else 0
    properties = document.get("properties", {})
    shown = {key: value for key, value in properties.items() if not key.startswith("system:")}
    times = {
        field: timestamp(properties[key])
        for key, field in ((TIME_START, "startTime"), (TIME_END, "endTime"))
        if isinstance(properties.get(key), int | float)
    }
    described = {
        "type": document["type"],
        "name": name,
        "id": asset_id,
        "updateTime": timestamp(document["version"] / 1000),
        "sizeBytes": str(size),
        **({"properties": shown} if shown else {}),
        **times,
    }
    if document["type"] == IMAGE:
        described["bands"] = [_described_band(band, document) for band in document["bands"]]
        if document.get("footprint"):
            described["geometry"] = document["footprint"]
    return described


def _described_band(band: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    names = ("scaleX", "shearX", "translateX", "shearY", "scaleY", "translateY")
    limits = {limit: band["type"][limit] for limit in ("min", "max") if band["type"][limit] is not None}
    return {
        "id": band["id"],
        "dataType": {"precision": band["type"]["precision"].upper(), **({"range": limits} if limits else {})},
        "grid": {
            "crsCode": document["crs"],
            "dimensions": dict(zip(("width", "height"), document["dimensions"], strict=True)),
            "affineTransform": dict(zip(names, document["transform"], strict=True)),
        },
        "pyramidingPolicy": band["pyramidingPolicy"],
    }


def _milliseconds(text: Any) -> float | None:
    if text is None:
        return None
    try:
        return round(datetime.fromisoformat(str(text)).timestamp() * 1000)
    except ValueError:
        raise EvaluationError(f"Invalid time: {text!r:.40}.") from None
