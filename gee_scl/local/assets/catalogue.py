"""The engine's assets: STAC items as Earth Engine image collections, images and tables."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pystac
import rasterio
from affine import Affine

from gee_scl.local.assets.products import PRODUCTS, STAC_COLLECTIONS, BandSpec, Product
from gee_scl.local.assets.stac import asset_path, items_in
from gee_scl.local.errors import EngineError, NotFoundError
from gee_scl.local.raster.files import RasterSource
from gee_scl.local.raster.grid import normalized_crs
from gee_scl.local.raster.image import Band, Image
from gee_scl.local.values import FOOTPRINT, INDEX, TIME_END, TIME_START, Collection, Element, PixelType, Projection
from gee_scl.local.vector.geometry import Geometry

PUBLIC = "projects/earthengine-public/assets/"
"""What the REST API puts before the ids of public assets."""

_REFLECTANCE_SHIFT = 1000
_EARTH_ENGINE_INDEX = re.compile(r"\d{8}T\d{6}_\d{8}T\d{6}_T\w{5}")
_SHIFTED_SINCE = "04.00"
"""Baseline 04.00 added 1,000 to reflectances (2022-01-25); the harmonized collection takes it off again."""


class Catalogue:
    """The assets of one folder.

    Args:
        folder: a STAC catalogue, a SAFE product, or a folder of them.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()

    def load(self, asset_id: str) -> Element:
        """A collection or image by its Earth Engine id.

        Raises:
            NotFoundError: there is none.
        """
        asset_id = asset_id.removeprefix(PUBLIC)
        collections = self.collections()
        if asset_id in collections:
            return collections[asset_id]
        parent, _, index = asset_id.rpartition("/")
        if parent in collections:
            for image in collections[parent].elements:
                if image.index == index:
                    return image
        raise NotFoundError(f"Asset '{asset_id}' not found (does not exist or caller does not have access).")

    def collections(self) -> Mapping[str, Collection]:
        """All image collections by id; read from the folder once."""
        with self._lock:
            return self._collections

    @cached_property
    def _collections(self) -> Mapping[str, Collection]:
        by_id: dict[str, list[Image]] = {}
        for item in items_in(self.folder):
            product = _product(item)
            by_id.setdefault(product.id, []).append(_image(item, product, self.folder))
        if not by_id:
            raise EngineError(f"The folder {self.folder.name!r} holds no STAC item and no SAFE product.")
        return {
            asset_id: Collection(elements=_indexed(asset_id, images), kind="ImageCollection", id=asset_id)
            for asset_id, images in by_id.items()
        }


def _product(item: pystac.Item) -> Product:
    """The product that an item belongs to; of an unknown one, every raster asset is a band."""
    collection = item.get_collection()
    known = collection.extra_fields.get("gee:id") if collection else None
    known = str(known or STAC_COLLECTIONS.get(item.collection_id or "", ""))
    if known in PRODUCTS:
        return PRODUCTS[known]
    bands = tuple(
        BandSpec(key, (key,), PixelType("double"), None)
        for key, asset in item.assets.items()
        if "tiff" in (asset.media_type or "") or asset.href.lower().endswith((".tif", ".tiff", ".jp2"))
    )
    return Product(known or item.collection_id or "items", bands)


def _image(item: pystac.Item, product: Product, folder: Path) -> Image:
    bands = []
    for spec in product.bands:
        asset = next((item.assets[key] for key in spec.assets if key in item.assets), None)
        path = None if asset is None else asset_path(item, asset, folder)
        if asset is not None and path is not None:
            bands.append(_band(item, asset, spec, path))
    properties = {
        name: write(item.properties[key])
        for key, (name, write) in product.properties.items()
        if item.properties.get(key) is not None
    }
    moment = item.datetime or datetime.now(UTC)
    properties[TIME_START] = round(moment.timestamp() * 1000)
    properties[TIME_END] = properties[TIME_START]
    if item.geometry is not None:
        properties[FOOTPRINT] = Geometry.from_geojson(item.geometry)
    if "MGRS_TILE" not in properties and "mgrs:utm_zone" in item.properties:
        parts = (item.properties.get(f"mgrs:{key}", "") for key in ("utm_zone", "latitude_band", "grid_square"))
        properties["MGRS_TILE"] = "".join(map(str, parts))
    properties[INDEX] = _index(item, properties)
    return Image(properties={k: v for k, v in properties.items() if v is not None}, bands=tuple(bands))


def _band(item: pystac.Item, asset: pystac.Asset, spec: BandSpec, path: str) -> Band:
    crs, transform, (width, height), pixel_type = _grid(item, asset, spec, path)
    stored = (asset.extra_fields.get("raster:bands") or [{}])[0]
    shift = -_REFLECTANCE_SHIFT if spec.reflectance and _is_shifted(item) else 0
    scale = float(stored.get("scale", 1)) if spec.type.precision != "int" else 1.0
    source = RasterSource(
        path, spec.file_band, crs, transform, width, height,
        nodata=spec.nodata if spec.nodata is not None else stored.get("nodata"),
        scale=scale,
        offset=float(stored.get("offset", 0)) if scale != 1 else shift,
        minimum=0 if shift else None,
    )  # fmt: skip
    return Band(spec.name, pixel_type, source, Projection(crs, transform), (width, height))


def _grid(
    item: pystac.Item, asset: pystac.Asset, spec: BandSpec, path: str
) -> tuple[str, Affine, tuple[int, int], PixelType]:
    """CRS, transform, size and type of an asset: from its metadata, else from its file."""
    fields = {**item.properties, **asset.extra_fields}
    code = fields.get("proj:code") or (f"EPSG:{fields['proj:epsg']}" if fields.get("proj:epsg") else None)
    transform, shape = fields.get("proj:transform"), fields.get("proj:shape")
    if code and transform and shape and spec.type.precision != "double":
        return normalized_crs(code), Affine(*transform[:6]), (shape[1], shape[0]), spec.type
    with rasterio.open(path) as file:
        crs = normalized_crs(code or file.crs.to_string())
        pixel_type = spec.type if spec.type.precision != "double" else _type_of(file.dtypes[spec.file_band - 1])
        return crs, file.transform, (file.width, file.height), pixel_type


def _type_of(dtype: str) -> PixelType:
    if dtype.startswith("float"):
        return PixelType("float" if dtype == "float32" else "double")
    low, high = rasterio.dtypes.dtype_ranges[dtype]
    return PixelType("int", low, high)


def _is_shifted(item: pystac.Item) -> bool:
    """Whether stored reflectances still have baseline 04.00's 1,000 on them."""
    if item.properties.get("earthsearch:boa_offset_applied"):
        return False
    return str(item.properties.get("s2:processing_baseline", "")) >= _SHIFTED_SINCE


def _index(item: pystac.Item, properties: Mapping[str, Any]) -> str:
    """`system:index` as Earth Engine builds it: sensing start, datastrip sensing start, tile."""
    tile = properties.get("MGRS_TILE")
    if tile is None or _EARTH_ENGINE_INDEX.fullmatch(item.id):
        return item.id
    sensed = datetime.fromtimestamp(properties[TIME_START] / 1000, UTC).strftime("%Y%m%dT%H%M%S")
    product = str(properties.get("PRODUCT_ID", "")).split("_")
    start = product[2] if len(product) > 2 else sensed
    datastrip = str(properties.get("DATASTRIP_ID", "")).rpartition("_S")[2].split("_")[0]
    return f"{start}_{datastrip if len(datastrip) == 15 else sensed}_T{tile}"


def _indexed(asset_id: str, images: Sequence[Image]) -> tuple[Image, ...]:
    """Images in order of time, under ids that are their own.

    Earth Engine keeps reprocessed products side by side; where both parts of their index agree, the later one's
    second part is the time of its generation [assumed: two images must differ in it].
    """
    taken: dict[str, int] = {}
    named = []
    ordered = sorted(images, key=lambda i: (i.get(TIME_START), i.index, i.get("GENERATION_TIME") or 0))
    for image in ordered:
        index = image.index
        if index in taken:
            start, _, tile = index.split("_", 2) if index.count("_") >= 2 else (index, "", str(taken[index]))
            made = datetime.fromtimestamp((image.get("GENERATION_TIME") or taken[index] * 1000) / 1000, UTC)
            index = f"{start}_{made:%Y%m%dT%H%M%S}_{tile}"
        taken[image.index] = taken.get(image.index, 0) + 1
        properties = {**image.properties, INDEX: index}
        named.append(Image(properties=properties, bands=image.bands, id=f"{asset_id}/{index}", version=1))
    return tuple(named)
