"""Reductions of an image over regions: tile by tile, each tile's pixels evaluated once for all regions on it."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import shapely

from gee_scl.local.context import Context
from gee_scl.local.counters import Counts, count
from gee_scl.local.errors import LimitError
from gee_scl.local.raster.coverage import STEPS
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Band, Image, Pixels, Tile, is_binary, is_everywhere, valid
from gee_scl.local.raster.reducer import Accumulator, Reducer, Sample
from gee_scl.local.raster.tally import Sums, Tally, Totals, tallied
from gee_scl.local.raster.zones import Cover, Zone, covers

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

J = TypeVar("J")
T = TypeVar("T")


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
    samples = [image.bands[first : first + reducer.inputs] for first in range(0, len(image.bands), reducer.inputs)]
    job = _Job(samples, zones, context, weighted=reducer.weighted)
    return _from_sums(reducer, reducer.tally, job) if reducer.tally else _from_pixels(reducer, job)


@dataclass(frozen=True)
class _Job:
    """What is reduced.

    Attributes:
        samples: the bands that a reducer takes together, one sample after the other.
        zones: the regions, all on one grid.
        context: the request's limits and threads.
        weighted: whether pixels count that a region covers in part.
    """

    samples: Sequence[Sequence[Band]]
    zones: Sequence[Zone]
    context: Context
    weighted: bool

    def tiles(self, take: Callable[[Counted, Cover], T]) -> Iterator[tuple[Cover, list[T]]]:
        """What is made of each sample on each tile, tiles in order, so that it does not depend on the threads."""

        def block(covers: list[Cover]) -> list[tuple[Cover, list[T]]]:
            return [(cover, [take(counted, cover) for counted in self._read(cover.tile)]) for cover in covers]

        read = False
        for made in _in_order(block, covers(self.zones, self.context, weighted=self.weighted), self.context):
            read = True
            yield from made
        there = next((zone.grid for zone in self.zones if zone.grid.width and zone.grid.height), None)
        if there is not None and not read:
            # Pixels that cannot be had are refused, also where no region has any.
            list(self._read(replace(there, width=1, height=1)))

    def _read(self, grid: Grid) -> Iterator[Counted]:
        self.context.check_time()
        tile = Tile(self.context.check_time)
        for bands in self.samples:
            yield Counted.of([tile.read(band.source, grid) for band in bands])


@dataclass(frozen=True)
class Counted:
    """The pixels of several bands that are reduced together, on one tile.

    Attributes:
        values: flattened, of each band.
        where: which of them count, as no band is masked there; None where all do.
        weights: of each, where masks are partial; else None.
    """

    values: Sequence[npt.NDArray[Any]]
    where: BoolArray | None
    weights: FloatArray | None

    @classmethod
    def of(cls, bands: Sequence[Pixels]) -> Counted:
        """Those of bands."""
        where = weights = None
        for mask in {id(band.mask): band.mask for band in bands if not is_everywhere(band.mask)}.values():
            mask = mask.ravel()
            counted = valid(mask)
            if not counted.all():
                where = counted if where is None else where & counted
            if not is_binary(mask):
                partial = np.round(mask.astype(np.float64) * STEPS) / STEPS
                weights = partial if weights is None else np.minimum(weights, partial)
        return cls([_flat(band.values) for band in bands], where, weights)


def _flat(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Flattened, where a constant stays the one number that it repeats."""
    return values.ravel() if any(values.strides) else np.broadcast_to(values.flat[:1][0], values.size)


def _from_sums(reducer: Reducer, tally: Tally, job: _Job) -> list[list[Any]]:
    """For each region the results of a reducer that follows from sums."""

    def take(counted: Counted, cover: Cover) -> Sums | None:
        weights = counted.weights if reducer.weighted else None
        return tallied(tally, counted.values, counted.where, weights, cover)

    totals = [Totals() for _ in job.samples]
    for _, of_tile in job.tiles(take):
        for total, sums in zip(totals, of_tile, strict=True):
            total.add(sums)
    of_samples = [total.by_region(len(job.zones)) for total in totals]
    return [
        [value for sums in of_region for value in tally.results(sums)] for of_region in zip(*of_samples, strict=True)
    ]


def _from_pixels(reducer: Reducer, job: _Job) -> list[list[Any]]:
    """For each region the results of any reducer."""

    def take(counted: Counted, cover: Cover) -> list[Accumulator | None]:
        sample, bounds = _sampled(counted, cover)
        return [_seen(reducer, sample.part(*ends)) for ends in itertools.pairwise(bounds.tolist())]

    totals = [[reducer.new() for _ in job.samples] for _ in job.zones]
    for cover, of_tile in job.tiles(take):
        for place, of_zones in enumerate(of_tile):
            for number, accumulator in zip(cover.zones.tolist(), of_zones, strict=True):
                if accumulator is not None:
                    totals[number][place].merge(accumulator)
    return [[value for accumulator in total for value in accumulator.results()] for total in totals]


def _seen(reducer: Reducer, sample: Sample) -> Accumulator | None:
    if not len(sample):
        return None
    accumulator = reducer.new()
    accumulator.add(sample)
    return accumulator


def _sampled(counted: Counted, cover: Cover) -> tuple[Sample, IntArray]:
    """The pixels of all regions on a tile, region after region, where no band is masked, and each region's bounds."""
    places = cover.places
    weights = None if counted.weights is None else counted.weights[places]
    if cover.weight is not None:
        of_cover = np.repeat(cover.weight, cover.lengths)
        weights = of_cover if weights is None else weights * of_cover
    centred = None if cover.centred is None else np.repeat(cover.centred, cover.lengths)
    sample = Sample(tuple(values[places] for values in counted.values), weights, centred)
    if counted.where is None:
        return sample, cover.bounds
    where = counted.where[places]
    return sample.where(where), np.concatenate([[0], np.cumsum(where)])[cover.bounds]


def _in_order(function: Callable[[J], T], jobs: Iterable[J], context: Context) -> Iterator[T]:
    """The results in the order of the jobs.

    No more are under way than threads and a few waiting, so that memory stays bounded whatever the region.
    """
    ahead = list(itertools.islice(jobs := iter(jobs), 2))
    if len(ahead) < 2 or context.workers == 1:
        yield from map(function, itertools.chain(ahead, jobs))
        return
    with context.threads() as pool:
        pending: deque[Future[T]] = deque()
        for job in itertools.chain(ahead, jobs):
            pending.append(pool.submit(function, job))
            if len(pending) > 2 * context.workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


def check_pixels(zones: Sequence[Zone], limit: float | None, text: str) -> None:
    """Refuse regions of more pixels than allowed.

    Args:
        zones: the regions.
        limit: pixels a region may have; None for any number.
        text: the error, with {found} and {allowed}.
    """
    if limit is None:
        return
    for number in map(pixels_in, zones):
        if number > limit:
            raise LimitError(text.format(found=number, allowed=int(limit)))


def pixels_in(zone: Zone) -> int:
    """About how many pixels a region has: its area in the plane."""
    return round(float(shapely.area(zone.shape)) / abs(zone.grid.transform.determinant))
