"""What a year's composites and masks cost: 512 x 512 pixels of 10 m, fetched by the client from an engine beside it.

The year is 73 dates of the pixels recorded in 31UDS, repeated until they fill the grid; where these are not there, the
24 dates of the synthetic sample. Each work is done in a process of its own, once to warm up and then some times more;
printed are the medians of the seconds of CPU (client and engine together, all threads) and of the clock, and the
process's memory at its most. The medoid, whose work grows with the square of the dates, takes every third date, and is
fetched in four parts: engines before tiles let pixels go would need 25 GB for it at once.

With --against the same is done by the package of another checkout, an older one for example, and the ratio is printed;
so is whether the pixels are the same.

usage: python -m tests.benchmarks.composites [--work median medoid ...] [--dates N] [--side N] [--repeat N]
                                             [--against CHECKOUT]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import ee

import gee_scl

SIDE = 512
"""Pixels along the grid's sides."""

DATES = 73
"""A satellite's passes in a year."""

PIXEL = 10
"""Metres."""

BANDS = ("B2", "B3", "B4", "B8")

_MEDOID_STEP, _MEDOID_PARTS = 3, 2
"""Of the dates every so many, and parts along a side."""


def _composite(method: str) -> Callable[[ee.ImageCollection], ee.Image]:
    return lambda images: gee_scl.composite(images, method, bands=list(BANDS))


def _monthly(images: ee.ImageCollection) -> ee.Image:
    return gee_scl.monthly_composites(images, "median", bands="B8").toBands()


def _dilated(images: ee.ImageCollection) -> ee.Image:
    return gee_scl.mask_clouds(images, dilation=100).select("SCL").count()


WORKS: Mapping[str, Callable[[ee.ImageCollection], ee.Image]] = MappingProxyType(
    {
        "median": _composite("median"),
        "medoid": _composite("medoid"),
        "best pixel": _composite("best_pixel"),
        "occurrence": lambda images: gee_scl.occurrence(images, "vegetation"),
        "monthly medians": _monthly,
        "dilation by 100 m": _dilated,
    }
)
"""What is measured, by name; all bands of the images are fetched."""


@dataclass(frozen=True)
class Cost:
    """What a work took.

    Attributes:
        cpu: seconds of all threads, the median.
        wall: seconds of the clock, the median.
        memory: megabytes of the process at its most.
        pixels: tells results apart.
    """

    cpu: float
    wall: float
    memory: float
    pixels: str


def main() -> None:
    """Print what each work costs, or, as the process that does it, measure one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", nargs="+", choices=WORKS, default=list(WORKS), metavar="NAME", help=", ".join(WORKS))
    parser.add_argument("--dates", type=int, default=DATES)
    parser.add_argument("--side", type=int, default=SIDE, help="pixels")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--against", type=Path, help="another checkout of this repository")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure is not None:
        _print(json.dumps(vars(_measured(options.work[0], options.measure, options))))
        return
    here = Path(__file__).resolve().parents[2]
    with tempfile.TemporaryDirectory() as name:
        folder = _year(Path(name), options.side)
        for work in options.work:
            cost = _by(here, work, folder, options)
            _print(f"{work:<18} {_shown(cost)}")
            if options.against is None:
                continue
            other = _by(options.against.resolve(), work, folder, options)
            same = "the same pixels" if cost.pixels == other.pixels else "OTHER PIXELS"
            _print(f"{'':<18} {_shown(other)} there: {other.cpu / cost.cpu:.1f} times the CPU, {same}")


def _shown(cost: Cost) -> str:
    return f"{cost.cpu:7.2f} s of CPU, {cost.wall:7.2f} s, {cost.memory:6.0f} MB"


def _by(checkout: Path, work: str, folder: Path, options: argparse.Namespace) -> Cost:
    """What a work costs by the package of a checkout: this file, as it is, in another process."""
    numbers = [f"--{name}={getattr(options, name)}" for name in ("dates", "side", "repeat")]
    command = [sys.executable, "-P", __file__, "--measure", str(folder), "--work", work, *numbers]
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    answer = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    return Cost(**json.loads(answer))


def _measured(work: str, folder: Path, options: argparse.Namespace) -> Cost:
    with gee_scl.local_session(folder):
        step, parts = (_MEDOID_STEP, _MEDOID_PARTS) if work == "medoid" else (1, 1)
        tile, grids = _grids(options.side, parts)
        indices = sorted(gee_scl.collection(tiles=[tile]).aggregate_array("system:index").getInfo())
        chosen = ee.Filter.inList("system:index", indices[: options.dates : step])
        image = WORKS[work](gee_scl.collection(tiles=[tile]).filter(chosen))
        requests = [{"expression": image, "fileFormat": "NPY", "grid": grid} for grid in grids]
        pixels = b"".join(map(ee.data.computePixels, requests))
        cpus, walls = [], []
        for _ in range(options.repeat):
            cpu, wall = time.process_time(), time.perf_counter()
            for request in requests:
                ee.data.computePixels(request)
            cpus.append(time.process_time() - cpu)
            walls.append(time.perf_counter() - wall)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Cost(statistics.median(cpus), statistics.median(walls), memory, hashlib.sha256(pixels).hexdigest())


def _grids(side: int, parts: int) -> tuple[str, list[dict[str, Any]]]:
    """The tile of the first image, and the parts of a grid of 10 m from its upper left corner."""
    first = gee_scl.collection().first()
    tile = str(first.get("MGRS_TILE").getInfo())
    own = first.select("B4").projection().getInfo()
    x, y = own["transform"][2], own["transform"][5]
    size = side // parts
    dimensions, scale = {"width": size, "height": size}, {"scaleX": PIXEL, "shearX": 0, "shearY": 0, "scaleY": -PIXEL}
    corners = [(x + i * size * PIXEL, y - j * size * PIXEL) for j in range(parts) for i in range(parts)]
    transforms = [{**scale, "translateX": left, "translateY": top} for left, top in corners]
    return tile, [{"dimensions": dimensions, "affineTransform": t, "crsCode": own["crs"]} for t in transforms]


def _year(folder: Path, side: int) -> Path:
    """A catalogue of the recorded dates, repeated over so many pixels, or the sample's folder."""
    import numpy as np
    import rasterio

    from gee_scl.session import sample_folder
    from tests.conftest import shared_folder
    from tests.support.local.catalogues import Scene, make_catalogue

    recorded = shared_folder() / "data" / "31UDS"
    if not recorded.is_dir():
        _print("The recorded dates of 31UDS are not here: the sample's are taken.")
        return sample_folder()

    def repeated(path: Path, pixels: int) -> Any:
        with rasterio.open(path) as file:
            values = file.read(1)
        times = -(-pixels // len(values))
        return np.tile(values, (times, times))[:pixels, :pixels]

    scenes = []
    for assets in sorted((recorded / "assets").iterdir()):
        time_text = datetime.strptime(assets.name.split("_")[2], "%Y%m%dT%H%M%S").strftime("%Y-%m-%dT%H:%M:%SZ")
        bands = {
            key: repeated(assets / f"{name}.tif", side)
            for key, name in {"blue": "B02", "green": "B03", "red": "B04", "nir": "B08"}.items()
        }
        classes = repeated(assets / "SCL.tif", side // 2)
        properties = {"earthsearch:boa_offset_applied": True}
        scenes.append(Scene(classes, time=time_text, bands=bands, properties=properties))
    make_catalogue(folder, scenes)
    return folder


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
