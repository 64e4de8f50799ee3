"""Reductions of an image over regions: tile by tile, each tile's pixels evaluated once for all regions on it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from gee_scl.local.context import Context
from gee_scl.local.counters import Counts, count
from gee_scl.local.errors import LimitError
from gee_scl.local.raster.coverage import STEPS, centres_inside, covered_fraction, places_inside, touched
from gee_scl.local.raster.exact_sums import exact_sums, rounded
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Band, Image, Tile, is_binary, valid
from gee_scl.local.raster.reducer import Accumulator, Reducer, Sample
from gee_scl.local.values import Projection
from gee_scl.local.vector.crs import metres_per_unit
from gee_scl.local.vector.geometry import Geometry, in_crs_all

TILE = 256
"""Pixels on a side of what is evaluated at once: arrays that stay in a processor's cache, and little that no region
needs around scattered regions. Half of it costs more in calls than it saves."""

BLOCK = 512
"""Pixels on a side of what one thread evaluates, tile by tile: the block of cloud-optimized Sentinel-2 rasters, so that
each is decoded once."""

IntArray = npt.NDArray[np.int64]
Sampled: TypeAlias = tuple[Sample, IntArray]
"""Values of several regions, one region after the other, and their bounds."""

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
        return cls.of_all([geometry], projection, context)[0]

    @classmethod
    def of_all(cls, geometries: Sequence[Geometry], projection: Projection, context: Context) -> list[Zone]:
        """Many geometries on a projection's plane, carried there together."""
        bend = _BEND_METRES / metres_per_unit(projection.crs)

        def new_zones(places: list[int]) -> list[tuple[Zone, Geometry]]:
            # The geometry is part of the value, so its id stays its own as long as the entry lives.
            some = [geometries[place] for place in places]
            shapes = in_crs_all(some, projection.crs, bend)
            return [(cls._around(shape, projection), geometry) for shape, geometry in zip(shapes, some, strict=True)]

        keys = [("zone", id(geometry), projection) for geometry in geometries]
        return [zone for zone, _ in context.cache.get_all(keys, new_zones, _zone_bytes)]

    @classmethod
    def _around(cls, shape: BaseGeometry, projection: Projection) -> Zone:
        if shape.is_empty:
            return cls(shape, Grid(projection.crs, projection.transform, 0, 0, 0, 0))
        grid = Grid.around(projection.crs, projection.transform, shape.bounds)
        if shapely.get_dimensions(shape) < 2:
            # A point on the border between two pixels is in the second, which the window of its bounds has not.
            grid = replace(grid, width=grid.width + 1, height=grid.height + 1)
        return cls(shape, grid)

    def _weighted_pixels(self, tile: Grid) -> ZonePixels:
        window = self._on(tile)
        if not window.width or not window.height:
            return ZonePixels(np.zeros(0, np.int64))
        if not self._is_areal:
            return self._touched_pixels(tile)
        if window == tile and shapely.contains_properly(self.shape, _outline(tile)):
            return ZonePixels(None)
        centred = centres_inside(self.shape, window)
        weights = np.round(covered_fraction(self.shape, window) * STEPS) / STEPS
        rows, columns = np.nonzero(centred | (weights > 0))
        return ZonePixels(_places(rows, columns, window, tile), weights[rows, columns], centred[rows, columns])

    def _touched_pixels(self, tile: Grid) -> ZonePixels:
        # Points and lines take the pixels that they touch, whole [assumed: the documentation is silent on lines].
        window = self._on(tile)
        rows, columns = np.nonzero(touched(self.shape, window))
        return ZonePixels(_places(rows, columns, window, tile))

    @property
    def _is_areal(self) -> bool:
        return bool(shapely.get_dimensions(self.shape) == 2)

    def _on(self, tile: Grid) -> Grid:
        return tile.crop(
            self.grid.column,
            self.grid.row,
            self.grid.column + self.grid.width,
            self.grid.row + self.grid.height,
        )


@dataclass(frozen=True)
class ZonePixels:
    """Which of a tile's pixels a region takes.

    Attributes:
        places: positions in the flattened tile; None where it takes all.
        weights: covered fraction of each; None where it is 1.
        centred: whether each one's centre is inside; None where all are.
    """

    places: IntArray | None
    weights: npt.NDArray[np.float64] | None = None
    centred: npt.NDArray[np.bool_] | None = None

    def __bool__(self) -> bool:
        return self.places is None or len(self.places) > 0

    @property
    def nbytes(self) -> int:
        """What it costs to keep."""
        return sum(array.nbytes for array in (self.places, self.weights, self.centred) if array is not None) + 200


def _places(rows: IntArray, columns: IntArray, window: Grid, tile: Grid) -> IntArray:
    return (rows + window.row - tile.row) * tile.width + columns + window.column - tile.column


def _pixels_on(tile: Grid, zones: Sequence[Zone], weighted: bool, context: Context) -> list[ZonePixels]:
    """Each region's pixels on a tile, from the cache where another image asked for the same before."""

    def new_pixels(places: list[int]) -> list[tuple[ZonePixels, Zone]]:
        some = [zones[place] for place in places]
        centred = [zone for zone in some if zone._is_areal and not weighted]
        inside = iter(places_inside([zone.shape for zone in centred], tile) if centred else ())
        pixels = []
        for zone in some:
            if weighted:
                pixels.append(zone._weighted_pixels(tile))
            elif zone._is_areal:
                centres = next(inside)
                pixels.append(ZonePixels(None if len(centres) == tile.width * tile.height else centres))
            else:
                pixels.append(zone._touched_pixels(tile))
        return list(zip(pixels, some, strict=True))

    keys = [("pixels", id(zone), tile, weighted) for zone in zones]
    return [pixels for pixels, _ in context.cache.get_all(keys, new_pixels, lambda m: m[0].nbytes)]


def _outline(tile: Grid) -> shapely.Geometry:
    corners = [(0, 0), (tile.width, 0), (tile.width, tile.height), (0, tile.height)]
    return shapely.Polygon([tile.window_transform @ corner for corner in corners])


def _zone_bytes(zone_and_geometry: tuple[Zone, Geometry]) -> int:
    return 16 * int(shapely.get_num_coordinates(zone_and_geometry[0].shape)) + 500


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
    count(Counts(pairs=len(zones)))
    bands_per_sample = 1 if reducer.inputs == 1 else len(image.bands)
    repeats = len(image.bands) // bands_per_sample
    take: Callable[..., Any] = _sums if reducer.is_sum else _accumulators

    def reduced(block: list[tuple[Grid, list[int]]]) -> list[tuple[list[int], list[Any]]]:
        results = []
        for tile, indices in block:
            context.check_time()
            on_tile = _pixels_on(tile, [zones[i] for i in indices], reducer.weighted, context)
            # The box of a slanting region has corners that it does not reach: no block is decoded for them.
            met = [place for place, pixels in enumerate(on_tile) if pixels]
            if not met:
                continue
            tiles_read.append(tile)
            pixels = _Gathered.of([on_tile[place] for place in met], tile)
            read = _samples(image.bands, bands_per_sample, tile, pixels, context)
            parts = [take(reducer, sample, bounds) for sample, bounds in read]
            results.append(([indices[place] for place in met], parts))
        return results

    jobs, tiles_read = list(_blocks(zones)), list[Grid]()
    # Results are merged in the order of the tiles, so that they do not depend on which thread was first.
    of_tiles = itertools.chain.from_iterable(_in_order(reduced, jobs, context))
    results = (_added if reducer.is_sum else partial(_merged, reducer))(of_tiles, len(zones), repeats)
    if jobs and not tiles_read:
        # Pixels that cannot be had are refused, also where no region has any.
        (tile, _), *_ = jobs[0]
        list(_samples(image.bands, 1, tile, _Gathered.of([ZonePixels(None)], tile), context))
    return results


def _merged(
    reducer: Reducer, of_tiles: Iterable[tuple[list[int], list[Any]]], zones: int, repeats: int
) -> list[list[Any]]:
    """For each region what its tiles come to, band after band."""
    totals: list[list[Accumulator]] = [[reducer.new() for _ in range(repeats)] for _ in range(zones)]
    for indices, parts in of_tiles:
        for place, part in enumerate(parts):
            for index, accumulator in zip(indices, part, strict=True):
                if accumulator is not None:
                    totals[index][place].merge(accumulator)
    return [[value for accumulator in total for value in accumulator.results()] for total in totals]


def _added(of_tiles: Iterable[tuple[list[int], list[Any]]], zones: int, repeats: int) -> list[list[float]]:
    """For each region the sums of its tiles, band after band."""
    pieces: list[list[list[list[float]]]] = [[] for _ in range(zones)]
    for indices, bands in of_tiles:
        # Band after band, the parts of each region's sum: region after region instead.
        for index, of_bands in zip(indices, zip(*(parts.T.tolist() for parts in bands), strict=True), strict=True):
            pieces[index].append(list(of_bands))
    return [
        [rounded(part for piece in tiles for part in piece[band]) for band in range(repeats)]
        if tiles
        else [0.0] * repeats
        for tiles in pieces
    ]


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


def _blocks(zones: Sequence[Zone]) -> Iterator[list[tuple[Grid, list[int]]]]:
    """The tiles that any region touches, each cut to what its regions need of it, together with those of its block."""
    on_tile: dict[tuple[int, int], list[int]] = {}
    for index, zone in enumerate(zones):
        for row in range(zone.grid.row // TILE, -(-(zone.grid.row + zone.grid.height) // TILE)):
            for column in range(zone.grid.column // TILE, -(-(zone.grid.column + zone.grid.width) // TILE)):
                on_tile.setdefault((row, column), []).append(index)

    def block(place: tuple[int, int]) -> tuple[int, int]:
        return place[0] * TILE // BLOCK, place[1] * TILE // BLOCK

    for _, members in itertools.groupby(sorted(on_tile, key=lambda place: (block(place), place)), block):
        yield [(_needed(zones, on_tile[place], *place), on_tile[place]) for place in members]


def _needed(zones: Sequence[Zone], indices: list[int], row: int, column: int) -> Grid:
    """The part of a tile that holds what these regions have of it."""
    grids = [zones[i].grid for i in indices]
    left, top = min(g.column for g in grids), min(g.row for g in grids)
    right, bottom = max(g.column + g.width for g in grids), max(g.row + g.height for g in grids)
    window = Grid(grids[0].crs, grids[0].transform, left, top, right - left, bottom - top)
    return window.crop(column * TILE, row * TILE, (column + 1) * TILE, (row + 1) * TILE)


@dataclass(frozen=True)
class _Gathered:
    """The pixels of all regions on a tile, region after region, so that a band is gone through once for all.

    Attributes:
        pixels: of all regions together.
        bounds: where each region begins, and where the last ends.
    """

    pixels: ZonePixels
    bounds: IntArray

    @classmethod
    def of(cls, regions: Sequence[ZonePixels], tile: Grid) -> _Gathered:
        """The regions' pixels side by side."""
        size = tile.width * tile.height
        lengths = [size if region.places is None else len(region.places) for region in regions]
        bounds = np.concatenate([[0], np.cumsum(lengths)])
        if len(regions) == 1:
            return cls(regions[0], bounds)
        places = [np.arange(size) if region.places is None else region.places for region in regions]
        weights = centred = None
        if any(region.weights is not None for region in regions):
            weights = _joined([region.weights for region in regions], lengths, np.float64)
            centred = _joined([region.centred for region in regions], lengths, np.bool_)
        return cls(ZonePixels(np.concatenate(places), weights, centred), bounds)

    def samples_of(self, values: Sequence[npt.NDArray[Any]], masks: Sequence[npt.NDArray[Any]]) -> Sampled:
        """The values where no input is masked, with weights of mask x covered fraction."""
        places, weights = self.pixels.places, self.pixels.weights
        if places is not None:
            values, masks = [v[places] for v in values], [m[places] for m in masks]
        counted = valid(masks[0])
        for mask in masks[1:]:
            counted = counted & valid(mask)
        for mask in masks:
            if not is_binary(mask):
                partial = np.round(mask.astype(np.float64) * STEPS) / STEPS
                weights = partial if weights is None else weights * partial
        sample = Sample(tuple(values), weights, self.pixels.centred)
        if counted.all():
            return sample, self.bounds
        return sample.where(counted), np.concatenate([[0], np.cumsum(counted)])[self.bounds]


def _joined(arrays: Sequence[npt.NDArray[Any] | None], lengths: Sequence[int], dtype: npt.DTypeLike) -> Any:
    return np.concatenate([np.ones(n, dtype) if a is None else a for a, n in zip(arrays, lengths, strict=True)])


def _samples(
    bands: Sequence[Band], bands_per_sample: int, grid: Grid, regions: _Gathered, context: Context
) -> Iterator[Sampled]:
    tile = Tile(context.check_time)
    for first in range(0, len(bands), bands_per_sample):
        pixels = [tile.read(band.source, grid) for band in bands[first : first + bands_per_sample]]
        yield regions.samples_of([p.values.ravel() for p in pixels], [p.mask.ravel() for p in pixels])


def _accumulators(reducer: Reducer, sample: Sample, bounds: IntArray) -> list[Any]:
    """For each region what the reducer has seen of it; None of those without a value."""
    seen: list[Any] = []
    for start, end in itertools.pairwise(bounds.tolist()):
        accumulator = reducer.new() if end > start else None
        if accumulator is not None:
            accumulator.add(sample.part(start, end))
        seen.append(accumulator)
    return seen


def _sums(reducer: Reducer, sample: Sample, bounds: IntArray) -> npt.NDArray[np.float64]:
    """For each region the sum, in exact parts: what `_accumulators` comes to for the plainest of reducers."""
    values = sample.inputs[0]
    if reducer.weighted and sample.weights is not None:
        values = values * sample.weights
    some = bounds[1:] > bounds[:-1]
    if not some.any():
        return np.zeros((1, len(some)))
    parts = exact_sums(values, bounds[:-1][some])
    if some.all():
        return parts
    sums = np.zeros((len(parts), len(some)))
    sums[:, some] = parts
    return sums


def check_pixels(zones: Sequence[Zone], limit: float | None, text: str) -> None:
    """Refuse regions of more pixels than allowed.

    Args:
        zones: the regions.
        limit: pixels a region may have; None for any number.
        text: the error, with {found} and {allowed}.
    """
    for zone in zones:
        number = pixels_in(zone)
        if limit is not None and number > limit:
            raise LimitError(text.format(found=number, allowed=int(limit)))


def pixels_in(zone: Zone) -> int:
    """About how many pixels a region has: its area in the plane."""
    return round(float(shapely.area(zone.shape)) / abs(zone.grid.transform.determinant))
