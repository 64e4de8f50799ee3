"""What class statistics cost, beside what else users of Earth Engine would write: in one run, by one engine's counters.

Two jobs: 1,000 polygons on the whole year of the synthetic sample, and 400 cells on the 118 recorded dates of 31UDS.
Each is done by `gee_scl.class_statistics`; by `geemap.zonal_stats_by_group`, image by image; by
`ImageCollection.geetools.reduceRegions`, which stacks the images; and by `ee.Image.reduceRegion` for each image and
region. What is not installed is left out, and said.

Of `class_statistics` the counts are compared with numpy's, its requests with the fewest that Earth Engine's limits
allow (5,000 pairs of region and image each, or 5 MB of outlines), and the blocks that it has decoded with those that
hold a pixel of a pair, which are found from the outlines by rasterio. The counts are made by the centre rule; those of
the others are not looked at.

A rival that takes longer than its time does a part of the job. That part is stated, and what it takes is printed as it
was measured, with the factor to the whole job beside it. Seconds of CPU are those of client and engine together. Each
begins with no block decoded.

usage: python -m tests.benchmarks.beside [--seconds N] [--polygons N]
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import importlib.util
import json
import math
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import ee
import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import rasterio
import rasterio.features
import shapely
from affine import Affine

import gee_scl
from gee_scl.local.counters import Counts
from gee_scl.local.raster.blocks import blocks
from gee_scl.local.server import LocalServer
from gee_scl.session import sample_folder
from tests.conftest import shared_folder

PAIRS_OF_A_REQUEST = 5_000
"""Elements of a collection, beyond which Earth Engine aborts a query."""

OUTLINE_BYTES_OF_A_REQUEST = 5_000_000

MOST_REQUESTS, MOST_BLOCKS = 1.3, 1.2
"""Times the least: what is aimed at."""

_METRES = 50.0, 250.0
_CELLS = 20
_CODES = 12

Array = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Grid:
    """The pixels of a tile's files, which are all alike."""

    crs: str
    transform: Affine
    shape: tuple[int, int]
    block: tuple[int, int]


@dataclass(frozen=True, eq=False)
class Job:
    """Regions on all images of a folder.

    Attributes:
        title: for people.
        folder: of a STAC catalogue.
        regions: in the plane of the files.
    """

    title: str
    folder: Path
    regions: gpd.GeoDataFrame

    @property
    def images(self) -> ee.ImageCollection:
        """What is counted on."""
        return gee_scl.collection()

    @property
    def files(self) -> dict[tuple[str, pd.Timestamp], Path]:
        """The file of each image by its tile and time."""
        return {
            key: item.parent / json.loads(item.read_text("utf-8"))["assets"]["scl"]["href"]
            for key, item in self.items.items()
        }

    @cached_property
    def items(self) -> dict[tuple[str, pd.Timestamp], Path]:
        """The description of each image by its tile and time; of reprocessed ones the newest."""
        found: dict[tuple[str, pd.Timestamp], tuple[str, Path]] = {}
        for path in self.folder.rglob("*.json"):
            item = json.loads(path.read_text("utf-8"))
            if item.get("type") != "Feature" or "scl" not in item["assets"]:
                continue
            facts = item["properties"]
            key = facts["grid:code"].removeprefix("MGRS-"), pd.Timestamp(facts["datetime"])
            version = facts.get("s2:processing_baseline", ""), path
            found[key] = max(found.get(key, version), version)
        return {key: path for key, (_, path) in sorted(found.items())}

    @cached_property
    def grids(self) -> dict[str, Grid]:
        """By tile."""
        grids: dict[str, set[Grid]] = {}
        for (tile, _), path in self.files.items():
            with rasterio.open(path) as file:
                grid = Grid(file.crs.to_string(), file.transform, file.shape, file.block_shapes[0])
            grids.setdefault(tile, set()).add(grid)
        return {tile: grid for tile, (grid,) in grids.items()}

    @cached_property
    def inside(self) -> dict[str, tuple[Array, Array, Array]]:
        """For each tile the regions, rows and columns of all pixels whose centre is in a region."""
        return {tile: self._inside(grid) for tile, grid in self.grids.items()}

    def _inside(self, grid: Grid) -> tuple[Array, Array, Array]:
        found: list[Array] = []
        for number, shape in enumerate(self.regions.geometry):
            west, south, east, north = shape.bounds
            left, top = ~grid.transform @ (west, north)
            right, bottom = ~grid.transform @ (east, south)
            left, top = max(0, math.floor(left)), max(0, math.floor(top))
            right, bottom = min(grid.shape[1], math.ceil(right)), min(grid.shape[0], math.ceil(bottom))
            if left >= right or top >= bottom:
                continue
            window = grid.transform @ Affine.translation(left, top)
            mask = rasterio.features.geometry_mask([shape], (bottom - top, right - left), window, invert=True)
            rows, columns = np.nonzero(mask)
            found.append(np.stack([np.full(len(rows), number), rows + top, columns + left]))
        regions, rows, columns = np.concatenate(found, axis=1)
        return regions, rows, columns

    @cached_property
    def pairs(self) -> int:
        """Of a region and an image that has a pixel of it."""
        images = pd.Series([tile for tile, _ in self.files]).value_counts()
        return sum(len(np.unique(regions)) * int(images[tile]) for tile, (regions, _, _) in self.inside.items())

    @cached_property
    def touched(self) -> tuple[int, int]:
        """Blocks of files that hold a pixel of a pair, and the pixels of these blocks."""
        blocks_of, pixels_of = {}, {}
        for tile, (_, rows, columns) in self.inside.items():
            grid = self.grids[tile]
            (height, width), (down, across) = grid.shape, grid.block
            places = np.unique(np.stack([rows // down, columns // across]), axis=1).T.tolist()
            blocks_of[tile] = len(places)
            pixels_of[tile] = sum(
                (min(height, (row + 1) * down) - row * down) * (min(width, (column + 1) * across) - column * across)
                for row, column in places
            )
        return sum(blocks_of[tile] for tile, _ in self.files), sum(pixels_of[tile] for tile, _ in self.files)

    @property
    def least_requests(self) -> float:
        """That the limits allow."""
        outlines = sum(len(json.dumps(shape.__geo_interface__, separators=(",", ":"))) for shape in self.degrees)
        return max(self.pairs / PAIRS_OF_A_REQUEST, outlines / OUTLINE_BYTES_OF_A_REQUEST)

    @cached_property
    def degrees(self) -> gpd.GeoSeries:
        """The outlines as they are sent."""
        return self.regions.geometry.to_crs("EPSG:4326")

    @cached_property
    def features(self) -> ee.FeatureCollection:
        """The regions for those who want Earth Engine's."""
        crs = next(iter(self.grids.values())).crs
        return ee.FeatureCollection(
            [
                ee.Feature(ee.Geometry.Polygon(shapely.get_coordinates(shape).tolist(), crs, False), {"number": number})
                for number, shape in enumerate(self.regions.geometry)
            ]
        )

    def differing(self, frame: pd.DataFrame) -> tuple[int, int]:
        """How many pairs have other counts than numpy finds, and of how many of these the region is off the image's
        outline as its description gives it, though a pixel is in both.
        """
        found = frame.pivot_table(
            index=["tile", "date", "region"], columns="class_value", values="pixels", observed=True
        )
        wrong = aside = 0
        for (tile, moment), path in self.files.items():
            regions, rows, columns = self.inside[tile]
            with rasterio.open(path) as file:
                codes = file.read(1)[rows, columns].astype(np.int64)
            counted = np.bincount(regions * _CODES + codes, minlength=len(self.regions) * _CODES)
            expected = counted.reshape(-1, _CODES)[:, 1:]
            ours = found.loc[(tile, moment)].reindex(range(len(self.regions)), fill_value=0)
            others = np.flatnonzero((ours.to_numpy() != expected).any(axis=1))
            wrong += len(others)
            if len(others):
                aside += int(self.regions.geometry.iloc[others].disjoint(self._outline(tile, moment)).sum())
        return wrong, aside

    def _outline(self, tile: str, moment: pd.Timestamp) -> shapely.Geometry:
        item = json.loads(self.items[tile, moment].read_text("utf-8"))
        outline = gpd.GeoSeries([shapely.segmentize(shapely.geometry.shape(item["geometry"]), 1e-3)], crs="EPSG:4326")
        return outline.to_crs(self.grids[tile].crs).iloc[0]


@dataclass(frozen=True)
class Cost:
    """What something took."""

    requests: int
    counts: Counts
    seconds: float
    cpu: float


def main() -> None:
    """Print what each takes for both jobs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="that a rival has for a job, about")
    parser.add_argument("--polygons", type=int, default=1000, help="of the first job")
    options = parser.parse_args()
    for job in _jobs(options.polygons):
        _print(f"{job.title}: {job.pairs:,} pairs of {len(job.regions):,} regions and {len(job.files):,} images")
        with LocalServer(job.folder) as server, gee_scl.local_session(server.url):
            _ours(job, server)
            for rival in RIVALS:
                rival(job, server, options.seconds)
        _print("")


def _jobs(polygons: int) -> Iterator[Job]:
    sample = sample_folder()
    bounds = [_bounds(grid) for grid in Job("", sample, gpd.GeoDataFrame()).grids.values()]
    west, south, east, north = (
        *np.min(bounds, axis=0)[:2],
        *np.max(bounds, axis=0)[2:],
    )
    yield Job(f"{polygons:,} polygons on a year of the sample", sample, _circles((west, south, east, north), polygons))
    folder = shared_folder() / "data" / "31UDS"
    if not folder.is_dir():
        _print("The recorded dates of 31UDS are not here: the second job is left out.")
        return
    (grid,) = Job("", folder, gpd.GeoDataFrame()).grids.values()
    yield Job("Recorded dates of 31UDS, a grid of cells", folder, _cells(_bounds(grid), grid.crs))


def _bounds(grid: Grid) -> tuple[float, float, float, float]:
    rows, columns = grid.shape
    return (*(grid.transform @ (0, rows)), *(grid.transform @ (columns, 0)))


def _circles(bounds: tuple[float, ...], count: int) -> gpd.GeoDataFrame:
    west, south, east, north = bounds
    random, margin = np.random.default_rng(0), _METRES[1]
    x = random.uniform(west + margin, east - margin, count)
    y = random.uniform(south + margin, north - margin, count)
    circles = shapely.buffer(shapely.points(x, y), random.uniform(*_METRES, count), quad_segs=4)
    return gpd.GeoDataFrame(geometry=circles, crs="EPSG:32632")


def _cells(bounds: tuple[float, ...], crs: str) -> gpd.GeoDataFrame:
    """Of 32 m, none of whose edges passes through the centre of a pixel of 20 m."""
    west, south, east, north = bounds
    x, y = np.linspace(west, east, _CELLS + 1), np.linspace(south, north, _CELLS + 1)
    boxes = [shapely.box(x[i], y[j], x[i + 1], y[j + 1]) for i in range(_CELLS) for j in range(_CELLS)]
    return gpd.GeoDataFrame(geometry=boxes, crs=crs)


def _measured(server: LocalServer, work: Callable[[], object]) -> Cost:
    blocks.clear()
    requests, counts = sum(server.counters.requests.values()), server.counters.total
    seconds, cpu = time.perf_counter(), time.process_time()
    work()
    seconds, cpu = time.perf_counter() - seconds, time.process_time() - cpu
    return Cost(sum(server.counters.requests.values()) - requests, server.counters.total - counts, seconds, cpu)


def _ours(job: Job, server: LocalServer) -> None:
    frames: list[pd.DataFrame] = []
    cost = _measured(server, lambda: frames.append(gee_scl.class_statistics(job.images, job.regions)))
    _show("gee_scl.class_statistics", cost, job.pairs, job.pairs)
    least = job.least_requests
    ratio = cost.requests / least
    _print(
        f"    requests: {cost.requests}, one of which lists the images; at least {least:.2f} by the limits: "
        f"{ratio:.2f} times ({_verdict(ratio, MOST_REQUESTS)}); of whole ones {cost.requests / math.ceil(least):.2f}"
    )
    planned = gee_scl.plan(job.images, job.regions).pairs
    _print(
        f"    planned were {planned:,} pairs, by boxes that are larger than outlines: "
        f"{cost.requests / (planned / PAIRS_OF_A_REQUEST):.2f} times the least for these"
    )
    touched, pixels = job.touched
    ratio = cost.counts.pixels_decoded / pixels
    _print(
        f"    blocks: pairs touch {touched:,} of the files' blocks with {pixels:,} pixels; decoded were "
        f"{cost.counts.blocks_decoded:,} (small ones several together) with {cost.counts.pixels_decoded:,} pixels: "
        f"{ratio:.2f} times ({_verdict(ratio, MOST_BLOCKS)})"
    )
    wrong, aside = job.differing(frames[0])
    _print(
        f"    counts: {wrong:,} of {job.pairs:,} pairs differ from numpy's; of {aside:,} of these the region is off "
        "the image's outline as its description gives it, which is no row"
    )


def _verdict(ratio: float, most: float) -> str:
    return f"{'within' if ratio <= most else 'MISSED:'} {most}"


def _geemap(job: Job, server: LocalServer, most: float) -> None:
    name = "geemap.zonal_stats_by_group"
    if _absent(name):
        return
    import geemap

    names = job.images.aggregate_array("system:index").getInfo()
    done = 0

    def images() -> None:
        nonlocal done
        for place, index in enumerate(names):
            image = ee.Image(f"COPERNICUS/S2_SR_HARMONIZED/{index}").select("SCL")
            geemap.zonal_stats_by_group(image, job.features, scale=20, return_fc=True, verbose=False).getInfo()
            done = place + 1
            if time.perf_counter() - started > most:
                return

    started = time.perf_counter()
    _tried(name, job, server, images, lambda: (done * len(job.regions), f"{done} of {len(names)} images"), len(names))


def _geetools(job: Job, server: LocalServer, most: float) -> None:
    name = "geetools reduceRegions"
    if _absent("geetools"):
        return
    importlib.import_module("geetools")
    size = len(job.files)
    count = min(2, size)
    while True:
        images = job.images.limit(count).select("SCL")
        table = images.geetools.reduceRegions(
            ee.Reducer.frequencyHistogram(), job.features, idProperty="system:index", idType=ee.String, scale=20
        )
        # Page by page: the whole table would be more than the 5,000 elements that one answer may have.
        call = {"expression": table, "fileFormat": "PANDAS_DATAFRAME", "pageSize": PAIRS_OF_A_REQUEST}
        try:
            cost = _measured(server, lambda call=call: ee.data.computeFeatures(call))  # type: ignore[misc]
        except ee.EEException as error:
            _print(f"  {name}, {count} of {size} images: refused: {error}")
            return
        if count == size or cost.seconds * 4 > most:
            break
        count = min(size, count * 2 if cost.seconds * 16 > most else count * 4)
    _show(f"{name}, {count} of {size} images", cost, count * len(job.regions), size * len(job.regions))


def _loop(job: Job, server: LocalServer, most: float) -> None:
    name = "a loop of ee.Image.reduceRegion"
    names = job.images.aggregate_array("system:index").getInfo()
    outlines = [ee.Geometry(feature["geometry"]) for feature in _outlines(job)]
    order = np.random.default_rng(0).permutation(len(names) * len(outlines))
    done = 0

    def pairs() -> None:
        nonlocal done
        for place, number in enumerate(order.tolist()):
            image = ee.Image(f"COPERNICUS/S2_SR_HARMONIZED/{names[number // len(outlines)]}").select("SCL")
            image.reduceRegion(ee.Reducer.frequencyHistogram(), outlines[number % len(outlines)], 20).getInfo()
            done = place + 1
            if time.perf_counter() - started > most / 2:
                return

    started = time.perf_counter()
    _tried(name, job, server, pairs, lambda: (done, f"{done:,} of {len(order):,} pairs, by chance"), len(names))


def _outlines(job: Job) -> list[dict[str, object]]:
    crs = {"type": "name", "properties": {"name": next(iter(job.grids.values())).crs}}
    return [{"geometry": {**shape.__geo_interface__, "crs": crs, "geodesic": False}} for shape in job.regions.geometry]


RIVALS = _geemap, _geetools, _loop


def _tried(
    name: str, job: Job, server: LocalServer, work: Callable[[], None], done: Callable[[], tuple[int, str]], images: int
) -> None:
    """Measure what is done until the time is over."""
    try:
        cost = _measured(server, work)
    except ee.EEException as error:
        _print(f"  {name}: refused: {error}")
        return
    pairs, text = done()
    _show(f"{name}, {text}", cost, pairs, images * len(job.regions))


def _absent(name: str) -> bool:
    package = name.partition(".")[0]
    if importlib.util.find_spec(package) is not None:
        return False
    _print(f"  {name}: {package} is not installed")
    return True


def _show(name: str, cost: Cost, done: int, whole: int) -> None:
    counts = cost.counts
    _print(f"  {name}")
    _print(
        f"    {cost.requests:,} requests, {counts.bytes_up:,} bytes up, {counts.bytes_down:,} down, "
        f"{counts.pixels:,} pixels read, {counts.blocks_decoded:,} blocks decoded, "
        f"{cost.seconds:.1f} s, {cost.cpu:.1f} s of CPU"
    )
    if done < whole:
        factor = whole / done
        _print(
            f"    of the whole job this is 1/{factor:,.1f}; scaled: {cost.requests * factor:,.0f} requests, "
            f"{counts.bytes_up * factor:,.0f} bytes up, {counts.bytes_down * factor:,.0f} down, "
            f"{cost.seconds * factor:,.0f} s, {cost.cpu * factor:,.0f} s of CPU"
        )


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
