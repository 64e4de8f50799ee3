"""Earth Engine's names of Sentinel-2 images, worked out from ESA's."""

from __future__ import annotations

import itertools
import re
from collections.abc import Container, Mapping
from datetime import UTC, datetime
from typing import Any

import pystac

from gee_scl.local.assets.products import BASELINE, DATASTRIP, GENERATED, GRANULE, PRODUCT, TILE
from gee_scl.local.values import TIME_START

_TIME = r"\d{8}T\d{6}"
_EARTH_ENGINE_INDEX = re.compile(rf"{_TIME}_{_TIME}_T\w{{5}}")

# https://sentiwiki.copernicus.eu/web/s2-products: mission, level, sensing start, baseline, orbit, tile, made at.
_PRODUCT_ID = re.compile(rf"S2\w_MSIL2A_(?P<start>{_TIME})_N(?P<baseline>\d{{4}})_R\d{{3}}_T(?P<tile>\w{{5}})_{_TIME}")
_DATASTRIP_START = re.compile(rf"_S({_TIME})(?:_|$)")
_GRANULE_ID = re.compile(r"_(A\d{6})_(T\w{5})_")


def completed(properties: Mapping[str, Any], item: pystac.Item) -> dict[str, Any]:
    """An image's properties, with those that follow from its other names: product, baseline, tile and granule.

    Args:
        properties: Earth Engine's properties that the item has by itself.
        item: the STAC item; CDSE names its items after the products.
    """
    product = str(properties.get(PRODUCT, item.id))
    parts = _PRODUCT_ID.match(product)
    names = {} if parts is None else {PRODUCT: product, TILE: parts["tile"], BASELINE: _dotted(parts["baseline"])}
    grid = [item.properties.get(f"mgrs:{part}") for part in ("utm_zone", "latitude_band", "grid_square")]
    if None not in grid:
        names[TILE] = f"{grid[0]:02}{grid[1]}{grid[2]}"
    names |= properties
    if GRANULE in names:
        names[GRANULE] = _granule(str(names[GRANULE]), str(names.get(DATASTRIP, "")))
    return names


def _dotted(baseline: str) -> str:
    return f"{baseline[:2]}.{baseline[2:]}"


def _granule(granule: str, datastrip: str) -> str:
    """`GRANULE_ID` is the granule's folder (recorded): level, tile, absolute orbit, sensing start of the datastrip."""
    parts, start = _GRANULE_ID.search(granule), _DATASTRIP_START.search(datastrip)
    return granule if parts is None or start is None else f"L2A_{parts[2]}_{parts[1]}_{start[1]}"


def system_index(item_id: str, properties: Mapping[str, Any]) -> str:
    """`system:index` as Earth Engine builds it: sensing start, sensing start of the datastrip, tile.

    An item that is not on a tile keeps its own id, and so does one whose id has this form already.
    """
    tile = properties.get(TILE)
    if tile is None or _EARTH_ENGINE_INDEX.fullmatch(item_id):
        return item_id
    sensed = _stamp(properties[TIME_START])
    product = _PRODUCT_ID.match(str(properties.get(PRODUCT, "")))
    datastrip = _DATASTRIP_START.search(str(properties.get(DATASTRIP, "")))
    return f"{product['start'] if product else sensed}_{datastrip[1] if datastrip else sensed}_T{tile}"


def free_index(index: str, properties: Mapping[str, Any], taken: Container[str]) -> str:
    """An index that no other image of the collection has.

    Products of the same sensing in different processing baselines share their index; the later one's second part
    becomes the time of its generation [assumed: Earth Engine keeps both, and their indices must differ].
    """
    generated = properties.get(GENERATED)
    if index in taken and generated is not None and _EARTH_ENGINE_INDEX.fullmatch(index):
        start, _, tile = index.split("_")
        index = f"{start}_{_stamp(generated)}_{tile}"
    if index not in taken:
        return index
    return next(name for n in itertools.count(2) if (name := f"{index}_{n}") not in taken)


def _stamp(milliseconds: float) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y%m%dT%H%M%S")
