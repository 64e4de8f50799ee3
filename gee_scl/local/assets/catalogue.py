"""The engine's assets: STAC items as Earth Engine image collections and images."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NoReturn

import pystac
import rasterio
import shapely
from affine import Affine

from gee_scl.local.assets.ids import PUBLIC
from gee_scl.local.assets.names import completed, free_index, system_index
from gee_scl.local.assets.products import (
    BASELINE,
    GENERATED,
    PRODUCTS,
    STAC_COLLECTIONS,
    BandSpec,
    Product,
    PropertySpec,
)
from gee_scl.local.assets.stac import AssetFiles, Found, is_remote, items_in
from gee_scl.local.errors import EngineError, EvaluationError, NotFoundError
from gee_scl.local.raster.files import RasterSource
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Band, Image, Source, Tile
from gee_scl.local.values import (
    DOUBLE,
    FOOTPRINT,
    INDEX,
    TIME_END,
    TIME_START,
    Collection,
    Element,
    PixelType,
    Projection,
)
from gee_scl.local.vector.crs import LONLAT, normalized_crs
from gee_scl.local.vector.geometry import Geometry

_CLOSE = 1.0
"""Metres that the edges of a footprint may be off."""

_REFLECTANCE_SHIFT = 1000
_SHIFTED_SINCE = "04.00"
"""Baseline 04.00 added 1,000 to reflectances (2022-01-25); the harmonized collection takes it off again."""


class Catalogue:
    """The assets of one folder.

    Args:
        folder: a STAC catalogue, a SAFE product, or a folder of them.

    Attributes:
        changes: how often `refresh` has found other files than before.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.changes = 0
        self._lock = threading.Lock()
        self._read: _Assets | None = None

    def load(self, asset_id: str) -> Element:
        """A collection or image by its Earth Engine id.

        Raises:
            NotFoundError: there is none.
        """
        asset_id = asset_id.removeprefix(PUBLIC)
        assets = self._assets()
        asset = assets.collections.get(asset_id) or assets.images.get(asset_id)
        if asset is None:
            raise NotFoundError(f"Asset '{asset_id}' not found (does not exist or caller does not have access).")
        return asset

    def collections(self) -> Mapping[str, Collection]:
        """All image collections by id; read from the folder once.

        Raises:
            EngineError: the folder holds nothing to serve, or a document in it cannot be read.
        """
        return self._assets().collections

    def refresh(self) -> bool:
        """Look for files of the folder that are new, changed or gone, and read all of it again where there are any.

        Returns:
            Whether there are.

        Raises:
            EngineError: the folder holds nothing to serve any more, or a document in it cannot be read. What was read
                before stays.
        """
        with self._lock:
            if self._read is not None and self._read.state == _state_of(self.folder):
                return False
            self._read = _Assets.of(self.folder)
            self.changes += 1
            return True

    def _assets(self) -> _Assets:
        with self._lock:
            if self._read is None:
                self._read = _Assets.of(self.folder)
            return self._read


@dataclass(frozen=True)
class _Assets:
    """What was read of a folder.

    Attributes:
        state: of the folder then.
        collections: by id.
    """

    state: bytes
    collections: Mapping[str, Collection]

    @classmethod
    def of(cls, folder: Path) -> _Assets:
        # Looked at first: what changes while it is read has changed.
        state = _state_of(folder)
        by_id: dict[str, list[Image]] = {}
        files = AssetFiles(folder)
        for found in items_in(folder):
            product = _product(found)
            by_id.setdefault(product.id, []).append(_image(found.item, product, files))
        if not by_id:
            raise EngineError(f"The folder {folder.name!r} holds no STAC item and no SAFE product.")
        collections = {
            asset_id: Collection(elements=_indexed(asset_id, images), kind="ImageCollection", id=asset_id)
            for asset_id, images in by_id.items()
        }
        return cls(state, collections)

    @cached_property
    def images(self) -> Mapping[str, Image]:
        """All images by id."""
        every = (image for collection in self.collections.values() for image in collection.elements)
        return {str(image.id): image for image in every if isinstance(image, Image)}


def _state_of(folder: Path) -> bytes:
    """A digest of which files are in a folder and those within it, how large, and when they were last written.

    Args:
        folder: or a document, whose folder is meant.
    """
    digest = hashlib.blake2b(digest_size=16)
    for parent, within, names in os.walk(folder if folder.is_dir() else folder.parent):
        within.sort()
        for name in sorted(names):
            path = os.path.join(parent, name)  # noqa: PTH118 - twenty of them for each of thousands of items
            with contextlib.suppress(OSError):  # a link to nowhere, or gone by now
                status = os.stat(path)  # noqa: PTH116 - the same
                digest.update(f"{path!a} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.digest()


def _product(found: Found) -> Product:
    """The product that an item belongs to; of an unknown one, every raster asset is a band."""
    item, collection = found.item, found.collection
    named = collection.extra_fields.get("gee:id") if collection else None
    asset_id = str(named or STAC_COLLECTIONS.get(item.collection_id or "", ""))
    if asset_id in PRODUCTS:
        return PRODUCTS[asset_id]
    bands = (BandSpec(key, (key,), None, "stored") for key, asset in item.assets.items() if _is_raster(asset))
    return Product(asset_id or item.collection_id or "items", tuple(bands))


def _is_raster(asset: pystac.Asset) -> bool:
    kind, path = asset.media_type or "", asset.href.lower().partition("?")[0]
    return kind.startswith(("image/tiff", "image/jp2")) or path.endswith((".tif", ".tiff", ".jp2"))


def _image(item: pystac.Item, product: Product, files: AssetFiles) -> Image:
    try:
        properties = _properties(item, product.properties)
        there = item.assets.keys()
        specs = (spec for spec in product.bands if not there.isdisjoint(spec.assets))
        bands = [band for spec in specs if (band := _band(item, spec, files, properties)) is not None]
        if FOOTPRINT not in properties:
            properties[FOOTPRINT] = next(map(_footprint, (band for band in bands if band.dimensions)), None)
    except (EngineError, ValueError, TypeError, AttributeError, LookupError) as error:
        raise EngineError(f"The STAC item {item.id!r} has metadata that cannot be read: {error}") from error
    return Image(properties={k: v for k, v in properties.items() if v is not None}, bands=tuple(bands))


def _footprint(band: Band) -> Geometry:
    """Where a band's pixels are: what an item without a geometry of its own is taken for, and not for everywhere."""
    width, height = band.dimensions or (0, 0)
    corners = [band.projection.transform @ (x, y) for x, y in ((0, height), (width, height), (width, 0), (0, 0))]
    return Geometry(shapely.Polygon(corners), band.projection.crs, geodesic=False).transform(LONLAT, _CLOSE, True)


def _properties(item: pystac.Item, specs: Iterable[PropertySpec]) -> dict[str, Any]:
    # CDSE keeps the shares of the classes in a dictionary of their own.
    shares = item.properties.get("statistics") or {}
    described = {**item.properties, **{f"statistics:{name}": share for name, share in shares.items()}}
    properties: dict[str, Any] = {}
    for spec in specs:
        for key in spec.keys:
            if described.get(key) is not None:
                properties.setdefault(spec.name, spec.write(described[key]))
                break
    if specs:
        properties = completed(properties, item)
    metadata = item.common_metadata
    for name, moment in ((TIME_START, metadata.start_datetime), (TIME_END, metadata.end_datetime)):
        exact = item.datetime or moment
        properties[name] = None if exact is None else round(exact.timestamp() * 1000)
    if item.geometry is not None:
        properties[FOOTPRINT] = _geometry(json.dumps(item.geometry))
    return {**properties, INDEX: system_index(item.id, properties)}


@functools.lru_cache(maxsize=4096)
def _geometry(text: str) -> Geometry:
    """A footprint. The passes over a tile share a few, which are then one value, brought to other planes once."""
    return Geometry.from_geojson(json.loads(text))


def _band(item: pystac.Item, spec: BandSpec, files: AssetFiles, properties: Mapping[str, Any]) -> Band | None:
    """The band from the first of its assets whose file is there; None if none is.

    What must not be read, or cannot be, is a band that says so when it is asked for pixels: one bad file takes neither
    its catalogue nor the other bands along.
    """
    try:
        for key in spec.assets:
            asset = item.assets.get(key)
            path = None if asset is None else files.path(item, asset)
            if asset is not None and path is not None:
                return _stored_band(item, asset, spec, path, properties)
    except EngineError as error:
        return Band(spec.name, spec.type or DOUBLE, _Unreadable(error))
    return None


@dataclass(frozen=True, eq=False)
class _Unreadable:
    """Pixels that cannot be had, and why."""

    error: EngineError

    @property
    def inputs(self) -> tuple[Source, ...]:
        return ()

    def read(self, grid: Grid, tile: Tile) -> NoReturn:
        """Refuse.

        Raises:
            EngineError: always.
        """
        raise type(self.error)(self.error.message)


def _stored_band(
    item: pystac.Item, asset: pystac.Asset, spec: BandSpec, path: str, properties: Mapping[str, Any]
) -> Band:
    described = {**asset.extra_fields, **(asset.extra_fields.get("raster:bands") or [{}])[0]}
    crs, transform, (width, height), pixel_type, nodata = _layout(item, spec, path, described)
    scale, offset, minimum = 1.0, 0.0, None
    if pixel_type.precision != "int" and spec.type is not None:
        scale = float(described.get("raster:scale", described.get("scale", 1)))
        offset = float(described.get("raster:offset", described.get("offset", 0)))
    elif spec.reflectance and _is_shifted(item, properties):
        offset, minimum = -_REFLECTANCE_SHIFT, 0
    image = item.get_self_href() or item.id
    projection = _projection(crs, transform)
    place = crs, projection.transform, width, height
    source = RasterSource(path, spec.file_band, *place, nodata, scale, offset, minimum, image)
    return Band(spec.name, pixel_type, source, projection, (width, height))


@functools.lru_cache(maxsize=4096)
def _projection(crs: str, transform: Affine) -> Projection:
    """One value for all images of a tile."""
    return Projection(crs, transform)


def _layout(
    item: pystac.Item, spec: BandSpec, path: str, described: Mapping[str, Any]
) -> tuple[str, Affine, tuple[int, int], PixelType, float | None]:
    """CRS, transform, size, type and no-data value of an asset: from its metadata if complete, else from its file."""
    fields = {**item.properties, **described}
    code = _crs_of(described) or _crs_of(item.properties)
    transform, shape = fields.get("proj:transform"), fields.get("proj:shape")
    pixel_type = spec.type or _type_of(str(fields.get("data_type")))
    in_file = spec.nodata == "stored"
    named = described.get("nodata") if in_file else spec.nodata
    nodata = None if named is None else float(named)
    # A remote file is opened for its place only: what else its metadata leave out, it does not have.
    if code and transform and shape and pixel_type and (nodata is not None or not in_file or is_remote(path)):
        return normalized_crs(code), Affine(*transform[:6]), (shape[1], shape[0]), pixel_type, nodata
    try:
        with rasterio.open(path) as file:
            crs = normalized_crs(code or (file.crs.to_string() if file.crs else ""))
            pixel_type = spec.type or _type_of(file.dtypes[spec.file_band - 1]) or DOUBLE
            nodata = file.nodata if in_file and nodata is None else nodata
            return crs, file.transform, (file.width, file.height), pixel_type, nodata
    except rasterio.errors.RasterioError as error:
        raise EvaluationError(f"A file of the STAC item {item.id!r} cannot be read: {error}") from error


def _crs_of(fields: Mapping[str, Any]) -> str | None:
    """The code of a CRS, by the name of today's projection extension or of earlier ones."""
    return fields.get("proj:code") or (f"EPSG:{fields['proj:epsg']}" if fields.get("proj:epsg") else None)


def _type_of(dtype: str) -> PixelType | None:
    """The pixel type of a stored type; None for what is none."""
    if dtype in ("float32", "float64"):
        return PixelType("float" if dtype == "float32" else "double")
    limits = rasterio.dtypes.dtype_ranges.get(dtype)
    return None if limits is None else PixelType("int", *limits)


def _is_shifted(item: pystac.Item, properties: Mapping[str, Any]) -> bool:
    """Whether stored reflectances still have baseline 04.00's 1,000 on them."""
    if item.properties.get("earthsearch:boa_offset_applied"):
        return False
    return str(properties.get(BASELINE, "")) >= _SHIFTED_SINCE


def _indexed(asset_id: str, images: Iterable[Image]) -> tuple[Image, ...]:
    """Images in order of time, under ids that are their own."""
    named: dict[str, Image] = {}
    for image in sorted(images, key=lambda i: (i.get(TIME_START), i.index, i.get(GENERATED) or 0)):
        index = free_index(image.index, image.properties, named)
        properties = {**image.properties, INDEX: index}
        paths = {band.source.path for band in image.bands if isinstance(band.source, RasterSource)}
        version = partial(_last_written, tuple(path for path in paths if not is_remote(path)))
        named[index] = Image(properties=properties, bands=image.bands, id=f"{asset_id}/{index}", version=version)
    return tuple(named.values())


def _last_written(paths: Iterable[str]) -> int:
    """When the latest of an image's files was written, in microseconds since 1970; 1 where none is on this machine."""
    return max(map(_written, paths), default=1)


def _written(path: str) -> int:
    try:
        return Path(path).stat().st_mtime_ns // 1000
    except OSError:
        return 1
