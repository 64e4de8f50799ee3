"""How the local engine's work grows with the number of images: seconds of CPU, and the exponent fitted over the sizes.

Catalogues of tiny rasters are made, 600 images to a tile, and asked what gee-scl asks of its own: the list of scenes,
a few scenes by their names with the sums of regions, and the join that drops older baselines, of one tile and of all.
The seconds are those of the engine alone, without HTTP and the client's; each of the questions is asked for the first
time. The memory is all that the process has used, the client's packages included.

Then the client does whole jobs over HTTP, with an engine in a process of its own: it lists images, plans, and counts
1,000 regions of one tile. Of these the seconds of CPU are printed for client and engine apart, with the images that one
request has touched at the most and the bytes of the largest request's body, which the size of the catalogue is not to
change where it is about one tile.

usage: python -m tests.benchmarks.catalogue [ITEMS ...]
"""

from __future__ import annotations

import argparse
import gc
import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import ee
import numpy as np
import rasterio

import gee_scl
from gee_scl.local.server import LocalServer
from gee_scl.requests.door import Door
from gee_scl.scenes.scene import list_scenes
from tests.benchmarks.sizes import squares, within
from tests.support.counted_engine import Cost, counted_engine
from tests.support.made_catalogue import SIDE, MadeTile, make_many
from tests.support.memory import peak_megabytes

SIZES = (6_000, 20_000, 60_000)
NAMED_IMAGES = 40
REGIONS = 50
COUNTED_REGIONS, COUNTED_IMAGES = 1_000, 20
"""Of a job from end to end."""

MOST_EXPONENT = 1.1
"""What is aimed at."""

_REGION_PIXELS = 8
_LISTED = ("system:index", "system:time_start", "MGRS_TILE", "PROCESSING_BASELINE")
_PAGE = 1000


def main() -> None:
    """Print the seconds of each question by the number of items, and what they grow with."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("items", nargs="*", type=int, default=SIZES)
    sizes = parser.parse_args().items
    measured: dict[str, list[float]] = {}
    jobs: dict[str, list[Cost]] = {}
    for items in sizes:
        # A process of its own, so that no size has the memory of another.
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
            seconds, loaded, most, costs = process.submit(_measured, items).result()
        for question, value in seconds.items():
            measured.setdefault(question, []).append(value)
        for job, cost in costs.items():
            jobs.setdefault(job, []).append(cost)
        _print(f"{items} items: {loaded:.0f} MB with the catalogue, {most:.0f} MB at the most")
    for question, seconds in measured.items():
        _print_seconds(question, sizes, seconds)
    _print("Over HTTP:")
    for job, costs_of_job in jobs.items():
        _print_seconds(f"{job}: client", sizes, [cost.client_cpu for cost in costs_of_job])
        _print_seconds(f"{job}: engine", sizes, [cost.engine_cpu for cost in costs_of_job])
        for name, numbers in _NUMBERS.items():
            listed = "  ".join(f"{numbers(cost):8,}" for cost in costs_of_job)
            _print(f"  {name:<56} {listed}")


_NUMBERS: dict[str, Callable[[Cost], int]] = {
    "requests": lambda cost: cost.requests,
    "images touched by one request": lambda cost: cost.most("images"),
    "bytes of the largest graph": lambda cost: cost.most("bytes_up"),
}


def _print_seconds(what: str, sizes: Sequence[int], seconds: Sequence[float]) -> None:
    listed = "  ".join(f"{value:8.2f}" for value in seconds)
    exponent = _exponent(sizes, seconds)
    _print(f"{what:<58} {listed} s  exponent {exponent:5.2f}{' MISSED' * (exponent > MOST_EXPONENT)}")


def _measured(items: int) -> tuple[dict[str, float], float, float, dict[str, Cost]]:
    """Seconds of each question, the most megabytes that were used with the catalogue, and in all; what jobs took."""
    with tempfile.TemporaryDirectory() as folder:
        tiles = make_many(Path(folder), items)
        seconds: dict[str, float] = {}
        loaded = 0.0
        for question, value in _seconds(Path(folder), tiles):
            loaded = loaded or peak_megabytes()
            seconds[question] = value
        most = peak_megabytes()
        gc.collect()
        return seconds, loaded, most, dict(_costs(Path(folder), tiles[0]))


def _costs(folder: Path, tile: MadeTile) -> Iterator[tuple[str, Cost]]:
    """What each job takes client and engine, in turn with an engine that has just begun."""
    regions = squares(tile, COUNTED_REGIONS)
    with counted_engine(folder) as engine, gee_scl.local_session(engine.url):
        for job, work in {
            "listing all images": lambda: list_scenes(gee_scl.collection(), "SCL", Door()),
            "listing those of one tile": lambda: list_scenes(gee_scl.collection(tiles=tile.name), "SCL", Door()),
            f"planning {COUNTED_REGIONS:,} regions of one tile, of all images": lambda: gee_scl.plan(
                gee_scl.collection(), regions
            ),
            f"planning {COUNTED_REGIONS:,} regions of one tile, of its images": lambda: gee_scl.plan(
                gee_scl.collection(tiles=tile.name), regions
            ),
            f"counting {COUNTED_REGIONS:,} regions on {COUNTED_IMAGES} images": lambda: _count(folder, tile, regions),
        }.items():
            gc.collect()
            with engine.measured() as costs:
                work()
            yield job, costs[0]


def _count(folder: Path, tile: MadeTile, regions: object) -> None:
    """Count regions of a tile on its first images, which share a file.

    Raises:
        SystemExit: the counts are not numpy's.
    """
    images = gee_scl.collection(tiles=tile.name).limit(COUNTED_IMAGES, "system:time_start")
    frame = gee_scl.class_statistics(images, regions)
    with rasterio.open(folder / tile.name / "scl.tif") as file:
        codes = file.read(1)[within(COUNTED_REGIONS)]
    counted = frame.groupby("class_value")["pixels"].sum()
    expected = COUNTED_IMAGES * np.bincount(codes, minlength=12)[1:]
    if counted.tolist() != expected.tolist():
        raise SystemExit(f"The counts are {counted.tolist()}, not {expected.tolist()}.")


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


def _exponent(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    """The slope of a line through the logarithms."""
    if len(sizes) < 2:
        return float("nan")
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
