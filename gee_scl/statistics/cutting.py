"""Cutting: which regions and images, or days, one request is about."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from gee_scl.frames.measured import FloatArray
from gee_scl.regions.place import Place
from gee_scl.requests.limits import Limits
from gee_scl.requests.parallel import batches
from gee_scl.requests.sizes import Sizes
from gee_scl.statistics.meeting import BoolArray, IntArray, chunks
from gee_scl.statistics.parts import CountArray, Parts

_COARSE_DEGREES, _FINE_DEGREES = 1.0, 0.1
"""Sides of the cells by which neighbouring regions are found: about a tile, and within it a block of an image."""

_PLANNED_CLASSES = 12
"""Classes for which a piece may have `Limits.rows` rows; a row of more classes is longer, so a piece has fewer."""

Wanted = Callable[[IntArray], BoolArray]
"""Regions x parts: what is still to be asked for of these regions."""


def cut(
    places: Sequence[Place],
    members: IntArray,
    parts: Parts,
    limits: Limits,
    *,
    classes: int,
    scale: float,
    wanted: Wanted | None = None,
    sizes: Sizes | None = None,
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Positions of regions and of images, or days, piece by piece: every pair that can meet is in one of them.

    Outlines are sent with each request, so a piece has few regions and many images where there are many of both.
    Neighbours go together, so that a request reads one part of an image, and many requests share no part.

    Args:
        places: all regions.
        members: positions of those to cut.
        parts: images or days.
        limits: of a request.
        classes: how many a row has.
        scale: metres per pixel.
        wanted: what is still to be asked for; None is everything.
        sizes: what was too much for the server up to now: each further piece is made smaller than that.
    """
    refused = sizes or Sizes()
    if wanted is not None:
        members = _unfinished(members, parts, wanted)
    rows = max(1, limits.rows * _PLANNED_CLASSES // max(_PLANNED_CLASSES, classes))
    for group in _groups(places, members, parts, limits, rows, scale, refused):
        met = parts.reads(group)
        reads = met if wanted is None else np.where(wanted(group), met, 0)
        pixels = np.array([places[place].area for place in group]) / scale**2
        for some, columns in _alike(reads > 0, met > 0, parts.order):
            for start, end in _runs(reads[np.ix_(some, columns)], pixels[some], rows, limits.pixels, refused):
                chosen = columns[start:end]
                near = some[reads[np.ix_(some, chosen)].any(axis=1)]
                yield tuple(int(place) for place in group[near]), tuple(int(part) for part in chosen)


def _groups(
    places: Sequence[Place], members: IntArray, parts: Parts, limits: Limits, rows: int, scale: float, refused: Sizes
) -> Iterator[IntArray]:
    """Neighbours that one request can be about: on one image at least, so not more than is taken of that."""
    if not len(members):
        return
    order = sorted(members.tolist(), key=lambda place: _neighbourhood(places[place]))
    pairs, heaviest = _weights(np.array(order, np.int64), parts)
    runs = _runs_of_a_group(sum(pairs.values()) / len(pairs), limits.regions, rows)
    # A run ends before the part that is too much, and so may lack the pairs of one part: at most one for each region.
    lacking = runs if runs > 1 else 0
    costs = (
        (lambda _: 1.0, float(rows)),
        (lambda place: float(pairs[place] + lacking), float(runs * rows)),
        (lambda place: float(places[place].bytes), float(limits.bytes)),
        (lambda place: places[place].area / scale**2 * heaviest, float(limits.pixels)),
    )

    def too_much(spent: Sequence[float]) -> bool:
        regions, _, length, pixels = spent
        return refused.too_long(length) or refused.too_large(int(regions), pixels)

    for group in batches(order, *costs, too_much=too_much):
        yield np.array(group, np.int64)


def _weights(places: IntArray, parts: Parts) -> tuple[dict[int, int], int]:
    """For each region how many parts it can meet, and the most images that are read of one part."""
    pairs: dict[int, int] = {}
    heaviest = 1
    for some in chunks(places):
        reads = parts.reads(some)
        pairs.update(zip(some.tolist(), np.count_nonzero(reads, axis=1).tolist(), strict=True))
        heaviest = max(heaviest, int(reads.max(initial=1)))
    return pairs, heaviest


def _runs_of_a_group(met: float, regions: int, rows: int) -> int:
    """How many runs of parts a group is to fill, so that it has as many regions as are worth reading images for.

    Args:
        met: parts of a region, in the mean.
        regions: that a group is to have.
        rows: of a run.
    """
    few = min(regions, max(1, rows // 2))
    return 1 if met * few <= rows else math.ceil(met * few / max(1, rows - few))


def _unfinished(members: IntArray, parts: Parts, wanted: Wanted) -> IntArray:
    """The regions of which something is still to be asked for."""
    left = [some[(wanted(some) & (parts.reads(some) > 0)).any(axis=1)] for some in chunks(members)]
    return np.concatenate(left)


def _neighbourhood(place: Place) -> tuple[int, ...]:
    longitude, latitude = place.centroid
    sides = (_COARSE_DEGREES, _FINE_DEGREES)
    return tuple(math.floor(degrees / side) for side in sides for degrees in (latitude, longitude))


def _alike(asked: BoolArray, met: BoolArray, order: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
    """Regions and parts (in their order) that are to be asked about together, so that nothing is asked for twice.

    Args:
        asked: regions x parts, what is to be asked for.
        met: likewise, what can meet.
        order: of the parts.
    """
    missing = order[asked[:, order].any(axis=0)]
    whole = (asked[:, missing] == met[:, missing]).all(axis=0)
    if whole.any():
        yield np.arange(len(asked)), missing[whole]
    # Of these some regions are had, as where regions were added, or where a half of a piece was saved.
    rest = missing[~whole]
    if len(rest):
        patterns, inverse = np.unique(asked[:, rest].T, axis=0, return_inverse=True)
        for number, pattern in enumerate(patterns):
            yield np.flatnonzero(pattern), rest[inverse.reshape(-1) == number]


def _runs(
    reads: CountArray, pixels: FloatArray, rows: int, most_pixels: float, refused: Sizes
) -> Iterator[tuple[int, int]]:
    """Runs of parts whose pairs and pixels are within the limits; a part beyond them is a run alone."""
    pairs = np.count_nonzero(reads, axis=0)
    costs = pixels @ reads
    start, spent_pairs, spent_pixels = 0, 0, 0.0
    for part in range(len(pairs)):
        with_pairs, with_pixels = spent_pairs + int(pairs[part]), spent_pixels + float(costs[part])
        over = with_pairs > rows or with_pixels > most_pixels or refused.too_large(with_pairs, with_pixels)
        if over and part > start:
            yield start, part
            start, with_pairs, with_pixels = part, int(pairs[part]), float(costs[part])
        spent_pairs, spent_pixels = with_pairs, with_pixels
    yield start, len(pairs)
