"""How many regions and images the local engine counts in a second, beside exactextract on the same rasters.

usage: python -m tests.benchmarks.regions [FOLDER] [--regions N]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ee
import geopandas as gpd
import numpy as np
import rasterio
import shapely
from exactextract import exact_extract

import gee_scl
from gee_scl.session import sample_folder

_METRES = 50.0, 250.0
"""Radii of the regions: fields."""


def main() -> None:
    """Print the rates for many regions on one image, and for four regions on every image of its tile."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="a STAC catalogue with SCL; by default the sample")
    parser.add_argument("--regions", type=int, default=1000, help="of the first comparison")
    options = parser.parse_args()
    folder = options.folder or sample_folder()
    rasters = _rasters(folder)
    with rasterio.open(rasters[0]) as first:
        bounds, crs = first.bounds, first.crs
    gee_scl.initialize(local=folder)
    images = gee_scl.collection()
    tile = images.filter(ee.Filter.eq("MGRS_TILE", images.first().get("MGRS_TILE")))
    one = tile.limit(1)
    many, few = _circles(bounds, crs, options.regions), _quarters(bounds, crs)
    number = len(rasters)

    engine = _seconds(lambda: gee_scl.class_statistics(one, many))
    peer = _seconds(lambda: _counted(rasters[:1], many))
    _report(f"{len(many)} regions, 1 image", len(many), "regions", engine, peer)

    engine = _seconds(lambda: gee_scl.class_statistics(tile, few))
    counted = int(tile.size().getInfo())
    peer = _seconds(lambda: _counted(rasters[:counted], few))
    _report(f"{len(few)} regions, {counted} images of {number}", counted, "images", engine, peer)


def _rasters(folder: Path) -> list[Path]:
    """The SCL rasters of the first raster's tile: those of its size and place."""
    found = sorted(p for p in folder.rglob("*SCL*") if p.suffix in (".tif", ".jp2"))
    if not found:
        raise SystemExit(f"{folder} has no raster named SCL.")
    alike = []
    for path in found:
        with rasterio.open(path) as raster:
            alike.append((path, (raster.crs, raster.transform, raster.shape)))
    return [path for path, place in alike if place == alike[0][1]]


def _circles(bounds: Any, crs: Any, count: int) -> gpd.GeoDataFrame:
    random = np.random.default_rng(0)
    margin = min(_METRES[1], (bounds.right - bounds.left) / 4)
    x = random.uniform(bounds.left + margin, bounds.right - margin, count)
    y = random.uniform(bounds.bottom + margin, bounds.top - margin, count)
    circles = shapely.buffer(shapely.points(x, y), random.uniform(*_METRES, count), quad_segs=4)
    return gpd.GeoDataFrame(geometry=circles, crs=crs)


def _quarters(bounds: Any, crs: Any) -> gpd.GeoDataFrame:
    x, y = np.linspace(bounds.left, bounds.right, 3), np.linspace(bounds.bottom, bounds.top, 3)
    boxes = [shapely.box(x[i], y[j], x[i + 1], y[j + 1]) for i in (0, 1) for j in (0, 1)]
    return gpd.GeoDataFrame(geometry=boxes, crs=crs)


def _counted(rasters: list[Path], regions: gpd.GeoDataFrame) -> None:
    for raster in rasters:
        exact_extract(raster, regions, ["unique", "frac"], output="pandas")


def _seconds(job: Callable[[], object]) -> float:
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def _report(title: str, count: int, unit: str, engine: float, peer: float) -> None:
    ours, theirs = count / engine, count / peer
    sys.stdout.write(
        f"{title}: gee-scl {ours:.3g} {unit}/s, exactextract {theirs:.3g} {unit}/s ({ours / theirs:.2f}x)\n"
    )


if __name__ == "__main__":
    main()
