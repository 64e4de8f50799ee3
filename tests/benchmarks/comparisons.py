"""What the comparisons count: regions on rasters of classes, the same in each run."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import rasterio
import shapely

CODES = 12
"""0, which is no data, to 11."""

LOOP, BINCOUNT = "loop by hand", "numpy.bincount"

Shapes = npt.NDArray[np.object_]
Bounds = tuple[float, float, float, float]
"""West, south, east, north in metres."""


@dataclass(frozen=True, eq=False)
class Job:
    """Regions that are counted on each of some rasters, which have one grid.

    Attributes:
        folder: of the STAC catalogue that describes the rasters.
        rasters: in the order of time.
        regions: in the plane of the rasters.
    """

    folder: Path
    rasters: list[Path]
    regions: gpd.GeoDataFrame


@dataclass(frozen=True)
class Comparison:
    """One line of work for all contenders.

    Attributes:
        title: for people.
        source: which rasters; a name of `sources`.
        shapes: the regions within bounds, so many times as usual.
        rivals: contenders beside gee-scl; the first is the one whose counts must be met.
        most: how many times a rival's seconds of CPU gee-scl is to take at most.
        grows: whether it is also measured with more regions.
    """

    title: str
    source: str
    shapes: Callable[[Bounds, int], Shapes]
    rivals: tuple[str, ...]
    most: Mapping[str, float] = field(default_factory=dict)
    grows: bool = False

    def job(self, folder: Path, times: int = 1) -> Job:
        """The work itself.

        Args:
            folder: of its rasters.
            times: how many times its regions there are.
        """
        rasters = rasters_of(folder)
        with rasterio.open(rasters[0]) as file:
            bounds, crs = tuple(file.bounds), file.crs
        return Job(folder, rasters, gpd.GeoDataFrame(geometry=self.shapes(bounds, times), crs=crs))


def rasters_of(folder: Path) -> list[Path]:
    """The classes of each item of a catalogue, in the order of time."""
    found = []
    for path in folder.rglob("*.json"):
        item = json.loads(path.read_text("utf-8"))
        if item.get("type") == "Feature":
            found.append((item["properties"]["datetime"], path.parent / item["assets"]["scl"]["href"]))
    return [path for _, path in sorted(found)]


def _everything(bounds: Bounds, times: int) -> Shapes:
    return np.array([shapely.box(*bounds)] * times)


def _circles(count: int, radius: float) -> Callable[[Bounds, int], Shapes]:
    """Circles anywhere, also at the edges, where a part of them lies outside."""

    def shapes(bounds: Bounds, times: int) -> Shapes:
        west, south, east, north = bounds
        random = np.random.default_rng(0)
        x, y = random.uniform((west, south), (east, north), (count * times, 2)).T
        return shapely.buffer(shapely.points(x, y), radius)

    return shapes


def _circles_apart(count: int, radius: float) -> Callable[[Bounds, int], Shapes]:
    """Circles none of which touches another, each somewhere in a cell of its own: an array of labels holds them all."""

    def shapes(bounds: Bounds, times: int) -> Shapes:
        west, south, east, north = bounds
        across = int(np.ceil(np.sqrt(count * times)))
        cell = np.array([(east - west) / across, (north - south) / across])
        cells = np.stack(np.divmod(np.arange(count * times), across), axis=1)
        within = np.random.default_rng(0).uniform(radius, cell - radius, cells.shape)
        x, y = ((west, south) + cells * cell + within).T
        return shapely.buffer(shapely.points(x, y), radius)

    return shapes


def _cells(across: int) -> Callable[[Bounds, int], Shapes]:
    """A grid. None of its edges passes through the centre of a pixel where 20 cells have 32 pixels."""

    def shapes(bounds: Bounds, times: int) -> Shapes:
        west, south, east, north = bounds
        x, y = np.linspace(west, east, across + 1), np.linspace(south, north, across + 1)
        left, low = (corner.ravel() for corner in np.meshgrid(x[:-1], y[:-1]))
        right, high = (corner.ravel() for corner in np.meshgrid(x[1:], y[1:]))
        return np.tile(shapely.box(left, low, right, high), times)

    return shapes


_VECTOR = (LOOP, "rasterstats", "rasterstats at best", "exactextract", "exactextract at best")
_ALL = (*_VECTOR, "xarray-spatial", "rioxarray clip")
_FIRST = dict.fromkeys(_ALL[1:], 1.0)

COMPARISONS = {
    "whole": Comparison("a whole tile, one region", "tile", _everything, (BINCOUNT,), {BINCOUNT: 5}),
    "large": Comparison(
        "40 regions of 20 km radius",
        *("tile", _circles(40, 20_000), _VECTOR, {LOOP: 1.5, "rasterstats": 1 / 2, "exactextract": 1}),
        grows=True,
    ),
    "medium": Comparison(
        "300 regions of 2.5 km radius",
        *("tile", _circles(300, 2_500), _VECTOR, {LOOP: 1.5, "rasterstats": 1 / 2, "exactextract": 1}),
        grows=True,
    ),
    "small": Comparison(
        "1,000 regions of 300 m radius",
        *("tile", _circles(1_000, 300), _VECTOR, {"rasterstats": 1 / 3, "exactextract": 1.5}),
        grows=True,
    ),
    "dates": Comparison("400 cells on 118 dates", "dates", _cells(20), _ALL, _FIRST),
    "days": Comparison("1,000 regions of 300 m radius on 10 dates", "days", _circles_apart(1_000, 300), _ALL, _FIRST),
}
"""By the name that the command takes."""
