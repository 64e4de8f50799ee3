"""How the local engine's work grows with the number of images: seconds of CPU, and the exponent fitted over the sizes.

Catalogues of tiny rasters are made, 600 images to a tile, and asked what gee-scl asks of its own: the list of scenes,
a few scenes by their names with the sums of regions, and the join that drops older baselines, of one tile and of all.
The seconds are those of the engine alone, without HTTP and the client's; each of the questions is asked for the first
time. The memory is all that the process has used, the client's packages included.

usage: python -m tests.benchmarks.catalogue [ITEMS ...]
"""

from __future__ import annotations

import argparse
import gc
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ee
import numpy as np

import gee_scl
from gee_scl.local.server import LocalServer
from tests.support.made_catalogue import SIDE, MadeTile, make_many

SIZES = (6_000, 20_000, 60_000)
NAMED_IMAGES = 40
REGIONS = 50
_REGION_PIXELS = 8
_LISTED = ("system:index", "system:time_start", "MGRS_TILE", "PROCESSING_BASELINE")
_PAGE = 1000


def main() -> None:
    """Print the seconds of each question by the number of items, and what they grow with."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("items", nargs="*", type=int, default=SIZES)
    sizes = parser.parse_args().items
    measured: dict[str, list[float]] = {}
    for items in sizes:
        # A process of its own, so that no size has the memory of another.
        with multiprocessing.get_context("spawn").Pool(1) as process:
            seconds, loaded, most = process.apply(_measured, (items,))
        for question, value in seconds.items():
            measured.setdefault(question, []).append(value)
        _print(f"{items} items: {loaded:.0f} MB with the catalogue, {most:.0f} MB at the most")
    for question, seconds in measured.items():
        listed = "  ".join(f"{value:8.2f}" for value in seconds)
        _print(f"{question:<46} {listed} s  exponent {_exponent(sizes, seconds):.2f}")


def _measured(items: int) -> tuple[dict[str, float], float, float]:
    """Seconds of each question, and the most megabytes that were used with the catalogue, and in all."""
    with tempfile.TemporaryDirectory() as folder:
        tiles = make_many(Path(folder), items)
        seconds: dict[str, float] = {}
        loaded = 0.0
        for question, value in _seconds(Path(folder), tiles):
            loaded = loaded or _megabytes()
            seconds[question] = value
        return seconds, loaded, _megabytes()


def _seconds(folder: Path, tiles: list[MadeTile]) -> Iterator[tuple[str, float]]:
    """Seconds of CPU of each question to a new engine."""
    start = time.process_time()
    with LocalServer(folder) as server:
        yield "loading", time.process_time() - start
        gee_scl.initialize(local=server.url)
        for question, expression in _questions(tiles[0]):
            body = {"expression": ee.serializer.encode(expression, for_cloud_api=True)}
            # A collection of all garbage takes half a second with a large catalogue, and would come to any question.
            gc.collect()
            start = time.process_time()
            rows = _rows(server, body)
            yield question, time.process_time() - start
            if not rows:
                raise SystemExit(f"No rows: {question}")


def _questions(tile: MadeTile) -> Iterator[tuple[str, ee.FeatureCollection]]:
    everything = ee.ImageCollection("COPERNICUS/S2_SR_HARMONIZED")
    world = ee.Geometry.Rectangle([0, 45, 30, 60], None, False)
    yield "listing the scenes of a region and period", _listed(gee_scl.collection(world, "2019-01-01", "2024-01-01"))
    yield "listing those of one tile by its place", _listed(gee_scl.collection(ee.Geometry.Polygon([tile.ring()])))
    yield "listing those of one tile by its name", _listed(gee_scl.collection(tiles=tile.name))
    names = _names(tile)
    regions = ee.FeatureCollection([ee.Feature(ee.Geometry.Polygon([ring])) for ring in _rings(tile)])
    chosen = everything.filter(ee.Filter.inList("system:index", names))
    yield f"{NAMED_IMAGES} images by name, {REGIONS} regions", _summed(chosen, regions)
    mapped = everything.map(lambda image: ee.Image(image).select(["SCL"]).set("looked_at", 1))
    later = mapped.filter(ee.Filter.inList("system:index", names))
    yield f"{NAMED_IMAGES} images by name, after a map", _summed(ee.ImageCollection(later), regions)
    one = everything.filter(ee.Filter.eq("MGRS_TILE", tile.name))
    yield "without_duplicates of one tile", _listed(gee_scl.without_duplicates(one))
    yield "without_duplicates of all", _listed(gee_scl.without_duplicates(everything))
    ordered = everything.sort("CLOUDY_PIXEL_PERCENTAGE").limit(_PAGE)
    yield f"the {_PAGE} with the least cloud", _listed(ordered)
    dates = everything.aggregate_array("system:time_start").distinct()
    yield "the times of all", ee.FeatureCollection([ee.Feature(None, {"times": dates.size()})])


def _listed(images: ee.ImageCollection) -> ee.FeatureCollection:
    return ee.FeatureCollection(images.map(lambda image: ee.Feature(None, image.toDictionary(list(_LISTED[1:])))))


def _summed(images: ee.ImageCollection, regions: ee.FeatureCollection) -> ee.FeatureCollection:
    def sums(image: ee.Image) -> ee.FeatureCollection:
        classes = ee.Image(image).select(["SCL"])
        areas = classes.gte(1).multiply(ee.Image.pixelArea())
        return areas.reduceRegions(regions, ee.Reducer.sum().unweighted(), crs=classes.projection())

    return ee.FeatureCollection(images.map(sums)).flatten()


def _names(tile: MadeTile) -> list[str]:
    images = gee_scl.collection(tiles=tile.name, duplicates="keep").limit(NAMED_IMAGES)
    return list(images.aggregate_array("system:index").getInfo())


def _rings(tile: MadeTile) -> Iterator[list[list[float]]]:
    """Squares somewhere on a tile, in degrees."""
    outline = np.asarray(tile.ring())
    corner, size = outline.min(axis=0), np.ptp(outline, axis=0)
    for low in np.random.default_rng(0).uniform(0.1, 0.9 - _REGION_PIXELS / SIDE, (REGIONS, 2)):
        ends = corner + low * size, corner + (low + _REGION_PIXELS / SIDE) * size
        (left, bottom), (right, top) = (end.tolist() for end in ends)
        yield [[left, bottom], [right, bottom], [right, top], [left, top], [left, bottom]]


def _rows(server: LocalServer, body: dict[str, Any]) -> int:
    """All pages of a table, as they would be sent."""
    rows, token = 0, None
    while True:
        asked = {**body, "pageSize": _PAGE, **({"pageToken": token} if token else {})}
        answer = server.engine.compute_features(asked)
        json.dumps(answer, separators=(",", ":"))
        rows += len(answer["features"])
        token = answer.get("nextPageToken")
        if not token:
            return rows


def _exponent(sizes: list[int], seconds: list[float]) -> float:
    """The slope of a line through the logarithms."""
    if len(sizes) < 2:
        return float("nan")
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def _megabytes() -> float:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
