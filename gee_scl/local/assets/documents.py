"""What is written down of a stored asset: `asset.json` in its folder, read and saved."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from affine import Affine

from gee_scl.local.answers.encoder import Encoder
from gee_scl.local.values import FOOTPRINT, INDEX, Date, PixelType

IMAGE, IMAGE_COLLECTION, TABLE, FOLDER = "IMAGE", "IMAGE_COLLECTION", "TABLE", "FOLDER"
"""Types of assets (REST reference, EarthEngineAsset)."""

CONTAINERS = (FOLDER, IMAGE_COLLECTION)
"""Those that hold others."""

_FILE = "asset.json"


@dataclass(frozen=True)
class StoredBand:
    """One band of a stored image.

    Attributes:
        name: of the band.
        file: the GeoTIFF of its values, in the version's folder.
        mask: that of its mask, None where it is 1 everywhere.
        type: of its pixels.
        policy: the pyramiding policy.
    """

    name: str
    file: str
    mask: str | None
    type: PixelType
    policy: str

    @classmethod
    def from_json(cls, json: Mapping[str, Any]) -> StoredBand:
        """The band of an entry in `asset.json`."""
        kind = PixelType(json["type"]["precision"], json["type"]["min"], json["type"]["max"])
        return cls(json["id"], json["file"], json["mask"], kind, json["pyramidingPolicy"])

    def to_json(self) -> dict[str, Any]:
        """The entry in `asset.json`."""
        return {
            "id": self.name,
            "file": self.file,
            "mask": self.mask,
            "type": {"precision": self.type.precision, "min": self.type.min, "max": self.type.max},
            "pyramidingPolicy": self.policy,
        }


@dataclass(frozen=True)
class Raster:
    """The pixels of a stored image.

    Attributes:
        bands: in order.
        crs: of all of them.
        transform: from columns and rows to coordinates.
        dimensions: columns and rows.
        footprint: GeoJSON of where the image is, None where that is not known.
    """

    bands: tuple[StoredBand, ...]
    crs: str
    transform: Affine
    dimensions: tuple[int, int]
    footprint: Mapping[str, Any] | None

    @classmethod
    def from_json(cls, json: Mapping[str, Any]) -> Raster:
        """The pixels that an `asset.json` tells of."""
        width, height = json["dimensions"]
        bands = tuple(map(StoredBand.from_json, json["bands"]))
        return cls(bands, str(json["crs"]), Affine(*json["transform"]), (width, height), json.get("footprint"))

    def to_json(self) -> dict[str, Any]:
        """Its part of `asset.json`."""
        return {
            "footprint": self.footprint,
            "bands": [band.to_json() for band in self.bands],
            "crs": self.crs,
            "transform": list(self.transform[:6]),
            "dimensions": list(self.dimensions),
        }


@dataclass(frozen=True)
class Document:
    """One asset as it is written down.

    Attributes:
        type: one of the REST API's types.
        properties: as JSON.
        version: microseconds since 1970 at which it was written; its files are in a folder of this name.
        raster: the pixels of an image.
    """

    type: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    version: int = 0
    raster: Raster | None = None

    @property
    def holds_assets(self) -> bool:
        """Whether it is a folder or a collection."""
        return self.type in CONTAINERS

    @classmethod
    def read(cls, folder: Path) -> Document | None:
        """The document of a folder; None where it has none, and so is no asset."""
        try:
            content = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return None
        raster = Raster.from_json(content) if content["type"] == IMAGE else None
        return cls(content["type"], content.get("properties", {}), content["version"], raster)

    def save(self, folder: Path) -> None:
        """Write the document: at any moment there is the old one or the new one."""
        content = {
            "type": self.type,
            "properties": dict(self.properties),
            **(self.raster.to_json() if self.raster else {}),
            "version": self.version,
        }
        beside = folder / f".{_FILE}.part"
        beside.write_text(json.dumps(content, indent=1), encoding="utf-8")
        beside.replace(folder / _FILE)

    def version_in(self, folder: Path) -> Path:
        """Where the files of this version are."""
        return folder / str(self.version)


def forget(folder: Path) -> None:
    """Take a folder's document away: it is no asset any more, whatever becomes of the rest."""
    (folder / _FILE).unlink()


def children(folder: Path) -> list[tuple[Path, Document]]:
    """The assets in a folder, by name. A version's folder is no asset: it has no document."""
    if not folder.is_dir():
        return []
    documents = ((path, Document.read(path)) for path in sorted(folder.iterdir()) if path.is_dir())
    return [(path, document) for path, document in documents if document is not None]


def storable(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Properties as JSON; those that the engine gives an asset itself are left out."""
    own = (INDEX, FOOTPRINT, "system:id", "system:version", "system:asset_size")
    return {
        key: value.milliseconds if isinstance(value, Date) else Encoder(0).encode(value)
        for key, value in properties.items()
        if key not in own
    }
