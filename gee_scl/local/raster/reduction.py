"""Reductions of an image over regions: tile by tile, each tile's pixels evaluated once for all regions on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gee_scl.local.context import Context
from gee_scl.local.errors import LimitError
from gee_scl.local.raster.coverage import STEPS, centres_inside, covered_fraction, touched
from gee_scl.local.raster.grid import Grid, metres_per_unit
from gee_scl.local.raster.image import Band, Image, Tile, is_binary, valid
from gee_scl.local.raster.reducer import Accumulator, Reducer, Sample
from gee_scl.local.values import Projection
from gee_scl.local.vector.geometry import Geometry

TILE = 512
"""Pixels on a side: the block of cloud-optimized Sentinel-2 rasters, so that each block is decoded once."""

_BEND_METRES = 0.001
"""How far a projected edge may be from its true course: a millimetre moves no pixel of 10 m."""


@dataclass(frozen=True)
class Zone:
    """A region on the plane of a grid: its shape there, and the window that holds it."""

    shape: shapely.Geometry
    grid: Grid

    @classmethod
    def of(cls, geometry: Geometry, projection: Projection, context: Context) -> Zone:
        """A geometry on a projection's plane; one that was projected before is taken from the cache."""
        # The geometry is part of the value, so its id stays its own as long as the entry lives.
        key = "zone", id(geometry), projection
        made = context.cache.get(key, lambda: (cls._made(geometry, projection), geometry), _zone_bytes)
        zone: Zone = made[0]
        return zone

    @classmethod
    def _made(cls, geometry: Geometry, projection: Projection) -> Zone:
        bend = _BEND_METRES / metres_per_unit(projection.crs)
        shape = geometry.in_crs(projection.crs, bend)
        if shape.is_empty:
            return cls(shape, Grid(projection.crs, projection.transform, 0, 0, 0, 0))
        return cls(shape, Grid.around(projection.crs, projection.transform, shape.bounds))

    def pixels(self, tile: Grid, weighted: bool, context: Context) -> ZonePixels:
        """The region's pixels on a tile, from the cache where another image asked for the same before."""
        window = tile.crop(
            self.grid.column,
            self.grid.row,
            self.grid.column + self.grid.width,
            self.grid.row + self.grid.height,
        )
        key = "pixels", id(self), tile, weighted
        made = context.cache.get(key, lambda: (self._pixels(window, tile, weighted), self), lambda m: m[0].nbytes)
        pixels: ZonePixels = made[0]
        return pixels

    def _pixels(self, window: Grid, tile: Grid, weighted: bool) -> ZonePixels:
        if not window.width or not window.height:
            return ZonePixels(np.zeros(0, np.int64), None, None)
        areal = shapely.get_dimensions(self.shape) == 2
        if areal and window == tile and shapely.contains_properly(self.shape, _outline(tile)):
            return ZonePixels(None, None, None)
        if not areal:
            # Points and lines take the pixels that they touch, whole [assumed: the documentation is silent on lines].
            return _placed(touched(self.shape, window), None, window, tile)
        centred = centres_inside(self.shape, window)
        if not weighted:
            return _placed(centred, None, window, tile)
        weights = np.round(covered_fraction(self.shape, window) * STEPS) / STEPS
        return _placed(centred, weights, window, tile)


@dataclass(frozen=True)
class ZonePixels:
    """Which of a tile's pixels a region takes.

    Attributes:
        places: positions in the flattened tile; None where it takes all.
        weights: covered fraction of each; None where it is 1.
        centred: whether each one's centre is inside; None where all are.
    """

    places: npt.NDArray[np.int64] | None
    weights: npt.NDArray[np.float64] | None
    centred: npt.NDArray[np.bool_] | None

    @property
    def nbytes(self) -> int:
        """What it costs to keep."""
        return sum(array.nbytes for array in (self.places, self.weights, self.centred) if array is not None) + 200


def _placed(
    centred: npt.NDArray[np.bool_], weights: npt.NDArray[np.float64] | None, window: Grid, tile: Grid
) -> ZonePixels:
    taken = centred if weights is None else centred | (weights > 0)
    rows, columns = np.nonzero(taken)
    places = (rows + window.row - tile.row) * tile.width + columns + window.column - tile.column
    if weights is None:
        return ZonePixels(places, None, None)
    return ZonePixels(places, weights[rows, columns], centred[rows, columns])


def _outline(tile: Grid) -> shapely.Geometry:
    corners = [(0, 0), (tile.width, 0), (tile.width, tile.height), (0, tile.height)]
    return shapely.Polygon([tile.window_transform @ corner for corner in corners])


def _zone_bytes(made: tuple[Zone, Geometry]) -> int:
    return 16 * int(shapely.get_num_coordinates(made[0].shape)) + 500


def reduce_regions(
    image: Image,
    reducer: Reducer,
    zones: Sequence[Zone],
    context: Context,
) -> list[list[Any]]:
    """For each region the reducer's results.

    A reducer with as many inputs as the image has bands takes them together; one with a single input is repeated for
    each band, and its results come band after band.

    Args:
        image: what is reduced.
        reducer: with one input, or as many as the image has bands.
        zones: the regions, all on one grid.
        context: the request's limits and threads.
    """
    bands_per_sample = 1 if reducer.inputs == 1 else len(image.bands)
    repeats = len(image.bands) // bands_per_sample
    totals: list[list[Accumulator]] = [[reducer.new() for _ in range(repeats)] for _ in zones]

    def reduced(job: tuple[Grid, list[int]]) -> list[tuple[int, list[Accumulator]]]:
        tile, indices = job
        context.check_time()
        return _reduce_tile(image.bands, bands_per_sample, reducer, tile, [(i, zones[i]) for i in indices], context)

    # Results are merged in the order of the tiles, so that sums do not depend on which thread was first.
    for results in _in_order(reduced, list(_tiles(zones)), context):
        for index, accumulators in results:
            for total, more in zip(totals[index], accumulators, strict=True):
                total.merge(more)
    return [[value for accumulator in total for value in accumulator.results()] for total in totals]


def _in_order(function: Any, jobs: list[Any], context: Context) -> Iterator[Any]:
    if len(jobs) == 1 or context.workers == 1:
        yield from map(function, jobs)
        return
    with context.threads() as pool:
        pending = []
        for job in jobs:
            pending.append(pool.submit(function, job))
            # No more in flight than threads and a few waiting: memory stays bounded whatever the region.
            if len(pending) > 2 * context.workers:
                yield pending.pop(0).result()
        for future in pending:
            yield future.result()


def _tiles(zones: Sequence[Zone]) -> Iterator[tuple[Grid, list[int]]]:
    """The tiles that any region touches, each cut to what its regions need of it."""
    on_tile: dict[tuple[int, int], list[int]] = {}
    for index, zone in enumerate(zones):
        for row in range(zone.grid.row // TILE, -(-(zone.grid.row + zone.grid.height) // TILE)):
            for column in range(zone.grid.column // TILE, -(-(zone.grid.column + zone.grid.width) // TILE)):
                on_tile.setdefault((row, column), []).append(index)
    for (row, column), indices in sorted(on_tile.items()):
        grids = [zones[i].grid for i in indices]
        left, top = min(g.column for g in grids), min(g.row for g in grids)
        right, bottom = max(g.column + g.width for g in grids), max(g.row + g.height for g in grids)
        window = Grid(grids[0].crs, grids[0].transform, left, top, right - left, bottom - top)
        yield window.crop(column * TILE, row * TILE, (column + 1) * TILE, (row + 1) * TILE), indices


def _reduce_tile(
    bands: Sequence[Band],
    bands_per_sample: int,
    reducer: Reducer,
    grid: Grid,
    zones: list[tuple[int, Zone]],
    context: Context,
) -> list[tuple[int, list[Accumulator]]]:
    tile = Tile(context.check_time)
    taken = [(index, zone.pixels(grid, reducer.weighted, context)) for index, zone in zones]
    results: list[tuple[int, list[Accumulator]]] = [(index, []) for index, _ in taken]
    for first in range(0, len(bands), bands_per_sample):
        pixels = [tile.read(band.source, grid) for band in bands[first : first + bands_per_sample]]
        values = [p.values.ravel() for p in pixels]
        masks = [p.mask.ravel() for p in pixels]
        for (_, accumulators), (_, zone_pixels) in zip(results, taken, strict=True):
            accumulator = reducer.new()
            sample = _sample(values, masks, zone_pixels)
            if len(sample):
                accumulator.add(sample)
            accumulators.append(accumulator)
    return results


def _sample(values: Sequence[npt.NDArray[Any]], masks: Sequence[npt.NDArray[Any]], zone: ZonePixels) -> Sample:
    """A region's values where no input is masked, with weights of mask x covered fraction."""
    if zone.places is not None:
        values = [v[zone.places] for v in values]
        masks = [m[zone.places] for m in masks]
    weights, centred = zone.weights, zone.centred
    counted = valid(masks[0])
    for mask in masks[1:]:
        counted = counted & valid(mask)
    for mask in masks:
        if not is_binary(mask):
            partial = np.round(mask.astype(np.float64) * STEPS) / STEPS
            weights = partial if weights is None else weights * partial
    sample = Sample(tuple(values), weights, centred)
    return sample if counted.all() else sample.where(counted)


def check_pixels(zones: Sequence[Zone], limit: float | None, text: str) -> None:
    """Refuse regions of more pixels than allowed.

    Args:
        zones: the regions.
        limit: pixels a region may have; None for any number.
        text: the error, with {found} and {allowed}.
    """
    for zone in zones:
        found = pixels_in(zone)
        if limit is not None and found > limit:
            raise LimitError(text.format(found=found, allowed=int(limit)))


def pixels_in(zone: Zone) -> int:
    """About how many pixels a region has: its area in the plane."""
    return round(float(shapely.area(zone.shape)) / abs(zone.grid.transform.determinant))
