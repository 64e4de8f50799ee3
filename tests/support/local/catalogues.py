"""Small STAC catalogues of known pixels, for tests."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import rasterio
from affine import Affine

GRID = Affine(20, 0, 600_000, 0, -20, 5_100_000)
"""Where scenes lie that do not say it: 20 m pixels, inside tile 32TPS."""


@dataclass(frozen=True, eq=False)
class Scene:
    """One Sentinel-2 image.

    Attributes:
        scl: classes.
        tile: MGRS tile.
        time: sensing start in UTC.
        transform: of the classes.
        crs: of all bands.
        baseline: processing baseline.
        bands: further arrays (rows, columns) or (bands, rows, columns) by STAC asset key; each fills the extent of the
            classes, whatever its shape.
        properties: further STAC properties; None takes one away.
        id: of the item; by default tile, time and baseline.
    """

    scl: np.ndarray
    tile: str = "32TPS"
    time: str = "2023-05-01T10:00:00Z"
    transform: Affine = GRID
    crs: str = "EPSG:32632"
    baseline: str = "05.09"
    bands: Mapping[str, np.ndarray] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)
    id: str | None = None

    @property
    def name(self) -> str:
        """The item's id."""
        return self.id or f"S2A_{self.tile}_{self.stamp}_{self.baseline}_L2A"

    @property
    def stamp(self) -> str:
        """The time in ESA's spelling."""
        return f"{datetime.fromisoformat(self.time.replace('Z', '+00:00')):%Y%m%dT%H%M%S}"

    def placed(self, array: np.ndarray) -> Affine:
        """The transform of an array that fills the extent of the classes."""
        rows, columns = self.scl.shape
        return self.transform @ Affine.scale(columns / array.shape[-1], rows / array.shape[-2])

    def footprint(self) -> dict[str, Any]:
        """The extent as GeoJSON."""
        rows, columns = self.scl.shape
        corners = [self.transform @ corner for corner in ((0, 0), (0, rows), (columns, rows), (columns, 0), (0, 0))]
        transformer = pyproj.Transformer.from_crs(self.crs, "EPSG:4326", always_xy=True)
        return {"type": "Polygon", "coordinates": [[list(transformer.transform(x, y)) for x, y in corners]]}


def make_catalogue(folder: Path, scenes: Iterable[Scene], collection: str = "sentinel-2-l2a") -> Path:
    """Write a STAC collection of scenes as Earth Search describes them, with a GeoTIFF per band.

    Returns:
        The folder.
    """
    items = [make_item(folder / scene.name, scene, collection) for scene in scenes]
    links = [{"rel": "item", "href": f"./{path.relative_to(folder).as_posix()}"} for path in items]
    write_json(folder / "collection.json", collection_document(collection, links))
    return folder


def make_item(folder: Path, scene: Scene, collection: str = "sentinel-2-l2a") -> Path:
    """Write one item and its files.

    Returns:
        The item's document.
    """
    folder.mkdir(parents=True, exist_ok=True)
    assets = {}
    for key, array in {"scl": scene.scl, **scene.bands}.items():
        write_raster(folder / f"{key}.tif", array, scene.placed(array), scene.crs)
        place = {"proj:shape": list(array.shape[-2:]), "proj:transform": list(scene.placed(array))[:6]}
        assets[key] = {"href": f"./{key}.tif", "type": "image/tiff; application=geotiff", "roles": ["data"], **place}
    short = scene.baseline.replace(".", "")
    product = f"S2A_MSIL2A_{scene.stamp}_N{short}_R022_T{scene.tile}_{scene.stamp}.SAFE"
    properties = {
        "datetime": scene.time,
        "platform": "sentinel-2a",
        "grid:code": f"MGRS-{scene.tile}",
        "proj:code": scene.crs,
        "s2:processing_baseline": scene.baseline,
        "s2:product_uri": product,
        "s2:datastrip_id": f"S2A_OPER_MSI_L2A_DS_TEST_{scene.stamp}_S{scene.stamp}_N{scene.baseline}",
        "s2:generation_time": scene.time,
        **scene.properties,
    }
    given = {key: value for key, value in properties.items() if value is not None}
    document = item_document(scene.name, given, assets, scene.footprint(), collection)
    return write_json(folder / "item.json", document)


def item_document(
    name: str,
    properties: Mapping[str, Any],
    assets: Mapping[str, Any],
    geometry: Mapping[str, Any] | None = None,
    collection: str | None = "sentinel-2-l2a",
) -> dict[str, Any]:
    """A STAC item."""
    document: dict[str, Any] = {
        "type": "Feature",
        "stac_version": "1.0.0",
        "id": name,
        "geometry": geometry,
        "properties": dict(properties),
        "assets": dict(assets),
        "links": [],
    }
    if geometry is not None:
        ring = np.array(geometry["coordinates"][0])
        document["bbox"] = [*ring.min(axis=0).tolist(), *ring.max(axis=0).tolist()]
    return document if collection is None else {**document, "collection": collection}


def collection_document(name: str, links: list[dict[str, Any]], **members: Any) -> dict[str, Any]:
    """A STAC collection."""
    extent = {"spatial": {"bbox": [[-180, -90, 180, 90]]}, "temporal": {"interval": [[None, None]]}}
    described = {"description": "Made for a test", "license": "other", "extent": extent, "links": links}
    return {"type": "Collection", "stac_version": "1.0.0", "id": name, **described, **members}


def write_json(path: Path, document: Mapping[str, Any]) -> Path:
    """Write a document, and the folders that it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def write_raster(
    path: Path, array: np.ndarray, transform: Affine = GRID, crs: str = "EPSG:32632", nodata: float | None = None
) -> Path:
    """Write a GeoTIFF of one band, or of several where the array has three dimensions."""
    bands = array if array.ndim == 3 else array[np.newaxis]
    count, height, width = bands.shape
    shape = {"count": count, "height": height, "width": width, "dtype": array.dtype.name}
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(path, "w", driver="GTiff", crs=crs, transform=transform, nodata=nodata, **shape) as file:
        file.write(bands)
    return path
