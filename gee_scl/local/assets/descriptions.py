"""Assets in the form of the REST API's EarthEngineAsset: those of the catalogue, and those that were stored."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gee_scl.local.answers.bands import image_band
from gee_scl.local.answers.encoder import Encoder
from gee_scl.local.assets.documents import FOLDER, IMAGE, Document
from gee_scl.local.assets.ids import PUBLIC, full_name
from gee_scl.local.assets.stored_images import bands_of
from gee_scl.local.raster.image import Image
from gee_scl.local.texts.joda import timestamp
from gee_scl.local.values import TIME_END, TIME_START

Asset = dict[str, Any]


def described_root(asset_id: str) -> Asset:
    """A project's assets as a whole, which are a folder."""
    return {"type": FOLDER, "name": asset_id, "id": asset_id}


def described_collection(asset_id: str) -> Asset:
    """A public image collection."""
    return {"type": "IMAGE_COLLECTION", "name": f"{PUBLIC}{asset_id}", "id": asset_id}


def described_image(image: Image) -> Asset:
    """A public image."""
    started = image.get(TIME_START)
    times = {} if started is None else {"startTime": timestamp(started), "endTime": timestamp(started)}
    return {
        "type": IMAGE,
        "name": f"{PUBLIC}{image.id}",
        "id": image.id,
        "properties": Encoder(0).encode(_shown(dict(sorted(image.properties.items())))),
        "bands": [image_band(band) for band in image.bands],
        **times,
    }


def described_document(asset_id: str, folder: Path, document: Document) -> Asset:
    """A stored asset.

    Args:
        asset_id: its id.
        folder: the asset's.
        document: what is written down of it.
    """
    version = document.version_in(folder)
    size = sum(file.stat().st_size for file in version.iterdir()) if version.is_dir() else 0
    properties = _shown(document.properties)
    times = {
        field: timestamp(document.properties[key])
        for key, field in ((TIME_START, "startTime"), (TIME_END, "endTime"))
        if isinstance(document.properties.get(key), int | float)
    }
    asset: Asset = {
        "type": document.type,
        "name": full_name(asset_id),
        "id": asset_id,
        "updateTime": timestamp(document.version / 1000),
        "sizeBytes": str(size),
        **({"properties": properties} if properties else {}),
        **times,
    }
    if document.raster is not None:
        bands = zip(bands_of(asset_id, version, document.raster), document.raster.bands, strict=True)
        asset["bands"] = [{**image_band(band), "pyramidingPolicy": stored.policy} for band, stored in bands]
        if document.raster.footprint:
            asset["geometry"] = document.raster.footprint
    return asset


def _shown(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in properties.items() if not key.startswith("system:")}
