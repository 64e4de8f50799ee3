"""Catalogues of many thousand STAC items over a few tiny rasters, for benchmarks and tests of what grows with them."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from affine import Affine

from tests.support.local.catalogues import collection_document, write_json, write_raster

SIDE = 100
"""Pixels of 20 m along a raster's side."""

ITEMS_OF_A_TILE = 600
"""About what the five years of a tile hold that two satellites pass, one of them for half of the time."""

MOST_TILES = 100

_PIXEL = 20
_REPROCESSED_EVERY = 10
_BASELINES = "04.00", "05.10"
_START = dt.datetime(2019, 1, 1, 10, 20, 31, tzinfo=dt.UTC)
_DAYS = 5 * 365
_ZONES = 31, 32, 33, 34
_SQUARE_METRES = 100_000
_SATELLITES = "a", "b"


@dataclass(frozen=True)
class MadeTile:
    """An MGRS tile with one raster, which all of its items share.

    Attributes:
        name: such as "31UAA"; the squares are not where MGRS has them.
        zone: of UTM, north.
        transform: from pixels of the raster to metres.
    """

    name: str
    zone: int
    transform: Affine

    @property
    def crs(self) -> str:
        """The code of its plane."""
        return f"EPSG:{32600 + self.zone}"

    def ring(self, margin: float = 0) -> list[list[float]]:
        """The raster's outline in degrees, longitude first, counterclockwise and closed.

        Args:
            margin: pixels that it lies further inside.
        """
        low, high = margin, SIDE - margin
        corners = [self.transform @ at for at in ((low, high), (high, high), (high, low), (low, low), (low, high))]
        transformer = pyproj.Transformer.from_crs(self.crs, "EPSG:4326", always_xy=True)
        return [list(transformer.transform(x, y)) for x, y in corners]


def made_tiles(count: int) -> list[MadeTile]:
    """Tiles in four zones of UTM, 100 km apart."""
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    tiles = []
    for number in range(count):
        zone, place = _ZONES[number % len(_ZONES)], number // len(_ZONES)
        column, row = place % 5, place // 5
        origin = Affine.translation(300_000 + column * _SQUARE_METRES, 5_400_000 + row * _SQUARE_METRES)
        name = f"{zone}U{letters[column]}{letters[row]}"
        tiles.append(MadeTile(name, zone, origin @ Affine.scale(_PIXEL, -_PIXEL)))
    return tiles


def chance_squares(tiles: int, count: int, side: int = 30) -> gpd.GeoDataFrame:
    """Regions: squares within the rasters of tiles, the same each time.

    Args:
        tiles: how many tiles there are.
        count: of squares in each.
        side: pixels of the largest.
    """
    chance, frames = np.random.default_rng(5), []
    for tile in made_tiles(tiles):
        boxes = []
        for pixels in chance.integers(1, side, count).tolist():
            column, row = chance.integers(1, SIDE - pixels, 2).tolist()
            west, north = tile.transform @ (column, row)
            east, south = tile.transform @ (column + pixels, row + pixels)
            boxes.append(shapely.box(west, south, east, north))
        frames.append(gpd.GeoDataFrame(geometry=boxes, crs=tile.crs).to_crs("EPSG:4326"))
    return gpd.GeoDataFrame(pd.concat(frames, ignore_index=True))


def make_many(folder: Path, items: int, tiles: int | None = None) -> list[MadeTile]:
    """Write a STAC collection of five years, as Earth Search describes them, without opening pystac.

    Each revisit has two passes, by both satellites. Every tenth pass is there twice: in an older and a newer baseline.
    The rasters hold codes of classes, 0 to 11, in a chance order that is the same each time.

    Args:
        folder: that is to be written.
        items: how many there are of all tiles together.
        tiles: over how many they are spread; by default one for every 600, and no more than 100.

    Returns:
        The tiles.
    """
    tiles = tiles or min(MOST_TILES, math.ceil(items / ITEMS_OF_A_TILE))
    made = made_tiles(tiles)
    links = []
    for number, tile in enumerate(made):
        place = folder / tile.name
        codes = np.random.default_rng(number).integers(0, 12, (SIDE, SIDE), np.uint8)
        write_raster(place / "scl.tif", codes, tile.transform, tile.crs, nodata=0)
        for item in _items(tile, items // tiles + (number < items % tiles)):
            text = json.dumps(item, separators=(",", ":"))
            (place / f"{item['id']}.json").write_text(text, encoding="utf-8")
            links.append({"rel": "item", "href": f"./{tile.name}/{item['id']}.json", "type": "application/geo+json"})
    write_json(folder / "collection.json", collection_document("sentinel-2-l2a", links))
    return made


def _items(tile: MadeTile, count: int) -> Iterator[dict[str, Any]]:
    """A tile's items in the order of time, the older baseline first."""
    ring = tile.ring()
    longitudes, latitudes = zip(*ring, strict=True)
    shared = {
        "type": "Feature",
        "stac_version": "1.0.0",
        "stac_extensions": [],
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "bbox": [min(longitudes), min(latitudes), max(longitudes), max(latitudes)],
        "links": [
            {"rel": name, "href": "../collection.json", "type": "application/json"}
            for name in ("root", "parent", "collection")
        ],
        "assets": {"scl": _asset(tile)},
        "collection": "sentinel-2-l2a",
    }
    # Of n passes every tenth is there twice.
    passes = math.ceil(count * _REPROCESSED_EVERY / (_REPROCESSED_EVERY + 1))
    written = 0
    for number in range(passes):
        baselines = _BASELINES if number % _REPROCESSED_EVERY == _REPROCESSED_EVERY - 1 else _BASELINES[:1]
        for baseline in baselines[: count - written]:
            written += 1
            yield {**shared, **_described(tile, number, passes, baseline)}


def _asset(tile: MadeTile) -> dict[str, Any]:
    return {
        "href": "./scl.tif",
        "type": "image/tiff; application=geotiff; profile=cloud-optimized",
        "roles": ["data"],
        "proj:shape": [SIDE, SIDE],
        "proj:transform": [*tile.transform][:6],
        "raster:bands": [{"nodata": 0, "data_type": "uint8", "spatial_resolution": _PIXEL}],
    }


def _described(tile: MadeTile, number: int, passes: int, baseline: str) -> dict[str, Any]:
    # Two passes, a day apart, for each revisit.
    revisits = math.ceil(passes / 2)
    moment = _START + dt.timedelta(days=number // 2 * (_DAYS // revisits) + number % 2)
    if revisits > _DAYS:  # more of them than days: hours apart
        moment = _START + dt.timedelta(hours=number * (_DAYS * 24 / passes))
    stamp, short = f"{moment:%Y%m%dT%H%M%S}", baseline.replace(".", "")
    satellite = _SATELLITES[number % 2]
    generated = moment + dt.timedelta(hours=5 if baseline == _BASELINES[0] else 24 * 900)
    cloud = number * 37 % 100
    product = f"S2{satellite.upper()}_MSIL2A_{stamp}_N{short}_R022_T{tile.name}_{generated:%Y%m%dT%H%M%S}.SAFE"
    return {
        "id": f"S2{satellite.upper()}_{tile.name}_{stamp}_{short}_L2A",
        "properties": {
            "datetime": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
            "platform": f"sentinel-2{satellite}",
            "instruments": ["msi"],
            "grid:code": f"MGRS-{tile.name}",
            "proj:code": tile.crs,
            "eo:cloud_cover": cloud,
            "s2:processing_baseline": baseline,
            "s2:product_uri": product,
            "s2:datastrip_id": f"S2{satellite.upper()}_OPER_MSI_L2A_DS_TEST_{stamp}_S{stamp}_N{baseline}",
            "s2:generation_time": f"{generated:%Y-%m-%dT%H:%M:%SZ}",
            "s2:high_proba_clouds_percentage": cloud / 2,
            "s2:medium_proba_clouds_percentage": cloud / 2,
            "s2:vegetation_percentage": (100 - cloud) / 2,
            "s2:not_vegetated_percentage": (100 - cloud) / 2,
            "s2:nodata_pixel_percentage": 0.0,
        },
    }
