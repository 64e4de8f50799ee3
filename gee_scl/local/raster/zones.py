"""Regions on the plane of a grid, and which pixels of its tiles they take."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from gee_scl.local.context import Context
from gee_scl.local.raster.coverage import (
    STEPS,
    Outlines,
    Runs,
    centres_inside,
    covered_fraction,
    positions_in,
    touched,
)
from gee_scl.local.raster.grid import Grid
from gee_scl.local.values import Projection
from gee_scl.local.vector.crs import metres_per_unit
from gee_scl.local.vector.geometry import Geometry, in_crs_all

BLOCK = 512
"""Pixels on a side of what one thread evaluates, tile by tile: the block of cloud-optimized Sentinel-2 rasters, so that
each is decoded once."""

ROWS = 256
"""Rows of a tile, which is what is evaluated at once: half a block, whose arrays stay in a processor's cache, and whose
sums are exact (`MOST_TERMS`). Half of it costs more in calls than it saves."""

IntArray = npt.NDArray[np.signedinteger[Any]]

_BEND_METRES = 0.001
"""How far a projected edge may be from its true course: a millimetre moves no pixel of 10 m."""

_KEPT_RUNS = 1 << 19
"""Runs up to which the pixels of all regions are worked out at once, and kept for the next image."""


@dataclass(frozen=True)
class Zone:
    """A region on the plane of a grid: its shape there, the window that holds it, and whether it is a polygon."""

    shape: shapely.Geometry
    grid: Grid
    is_areal: bool

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
            dimensions = shapely.get_dimensions(shapes).tolist()
            zones = [cls._around(*each, projection) for each in zip(shapes, dimensions, strict=True)]
            return list(zip(zones, some, strict=True))

        # Numbers and a text, and not the projection: its hash is not worked out once, but for each of the keys.
        plane = projection.crs, *projection.transform
        keys = [("zone", id(geometry), plane) for geometry in geometries]
        return [zone for zone, _ in context.cache.get_all(keys, new_zones, _zone_bytes)]

    @classmethod
    def _around(cls, shape: BaseGeometry, dimension: int, projection: Projection) -> Zone:
        if shape.is_empty:
            return cls(shape, Grid(projection.crs, projection.transform, 0, 0, 0, 0), is_areal=False)
        grid = Grid.around(projection.crs, projection.transform, shape.bounds)
        if dimension < 2:
            # A point on the border between two pixels is in the second, which the window of its bounds has not.
            grid = replace(grid, width=grid.width + 1, height=grid.height + 1)
        return cls(shape, grid, is_areal=dimension == 2)

    def runs(self, number: int, window: Grid) -> Runs:
        """The pixels of a window that it takes, polygons also those that they cover in part.

        Args:
            number: by which it is called.
            window: of its plane, in one tile.
        """
        # Points and lines take the pixels that they touch, whole [assumed: the documentation is silent on lines].
        taken = centres_inside(self.shape, window) if self.is_areal else touched(self.shape, window)
        weights = taken.astype(np.float64)
        if self.is_areal and not shapely.contains_properly(self.shape, _outline(window)):
            weights = np.round(covered_fraction(self.shape, window) * STEPS) / STEPS
        rows, columns = np.nonzero(taken | (weights > 0))
        places = rows + window.row, columns + window.column
        return Runs.of_pixels(number, *places, weights[rows, columns], taken[rows, columns])

    def windows(self, rows: Grid) -> Iterator[Grid]:
        """Its window, tile by tile, within some rows of the plane."""
        right = self.grid.column + self.grid.width
        for top in range(rows.row, rows.row + rows.height, ROWS):
            for left in range(self.grid.column // BLOCK * BLOCK, right, BLOCK):
                window = self.grid.crop(left, top, left + BLOCK, top + ROWS)
                if window.height:
                    yield window


def _outline(window: Grid) -> shapely.Geometry:
    corners = [(0, 0), (window.width, 0), (window.width, window.height), (0, window.height)]
    return shapely.Polygon([window.window_transform @ corner for corner in corners])


def _zone_bytes(zone_and_geometry: tuple[Zone, Geometry]) -> int:
    return 16 * int(shapely.get_num_coordinates(zone_and_geometry[0].shape)) + 500


@dataclass(frozen=True)
class Cover:
    """What regions take of a tile.

    Attributes:
        tile: cut to what any of them takes.
        zones: their numbers among all.
        of: for each run of pixels the position of its region.
        starts: of the runs, in the flattened tile.
        lengths: of the runs.
        weight: as in `Runs`.
        centred: likewise.
    """

    tile: Grid
    zones: IntArray
    of: IntArray
    starts: IntArray
    lengths: IntArray
    weight: npt.NDArray[np.float64] | None
    centred: npt.NDArray[np.bool_] | None

    @classmethod
    def around(cls, runs: Runs, plane: Grid) -> Cover:
        """The runs of one tile.

        Args:
            runs: at least one.
            plane: any window of it.
        """
        top, left = int(runs.row.min()), int(runs.start.min())
        bottom, right = int(runs.row.max()) + 1, int(runs.end.max())
        tile = replace(plane, column=left, row=top, width=right - left, height=bottom - top)
        starts = (runs.row - top) * tile.width + runs.start - left
        begins = np.concatenate([[True], runs.of[1:] != runs.of[:-1]])
        numbers, lengths = runs.of[begins], runs.end - runs.start
        of, starts, lengths = (each.astype(np.int32) for each in (np.cumsum(begins) - 1, starts, lengths))
        return cls(tile, numbers, of, starts, lengths, runs.weight, runs.centred)

    @property
    def size(self) -> int:
        """Pixels of the tile."""
        return self.tile.width * self.tile.height

    @cached_property
    def whole(self) -> npt.NDArray[np.bool_]:
        """Which regions take every pixel of the tile, with nothing but its weight of 1."""
        pixels = np.bincount(self.of, self.lengths, len(self.zones))
        whole = pixels == self.size
        if self.weight is not None:
            whole &= np.bincount(self.of, self.weight < 1, len(self.zones)) == 0
        if self.centred is not None:
            whole &= np.bincount(self.of, ~self.centred, len(self.zones)) == 0
        return np.asarray(whole)

    @property
    def partial(self) -> Cover:
        """Without the regions that take every pixel."""
        if not self.whole.any():
            return self
        some = self.at(~self.whole[self.of])
        renumbered = np.cumsum(~self.whole) - 1
        return replace(some, zones=self.zones[~self.whole], of=renumbered[some.of])

    def at(self, runs: npt.NDArray[np.bool_]) -> Cover:
        """Some runs only, of the same regions."""
        return replace(
            self,
            of=self.of[runs],
            starts=self.starts[runs],
            lengths=self.lengths[runs],
            weight=None if self.weight is None else self.weight[runs],
            centred=None if self.centred is None else self.centred[runs],
        )

    @property
    def places(self) -> IntArray:
        """Positions in the flattened tile of all pixels, region after region."""
        return positions_in(self.starts, self.lengths)

    @property
    def bounds(self) -> IntArray:
        """Where the pixels of each region begin among all places, and where the last ones end."""
        pixels = np.bincount(self.of, self.lengths, len(self.zones)).astype(np.int64)
        return np.concatenate([[0], np.cumsum(pixels)])

    @property
    def nbytes(self) -> int:
        """What it costs to keep."""
        arrays = (self.zones, self.of, self.starts, self.lengths, self.weight, self.centred)
        return sum(array.nbytes for array in arrays if array is not None) + 500


def covers(zones: Sequence[Zone], context: Context, *, weighted: bool) -> Iterable[list[Cover]]:
    """What regions take of tiles, together with those of the same block. Tiles without a pixel are left out.

    Args:
        zones: all on one plane.
        context: keeps it for the next image, where that is not much.
        weighted: whether pixels count that a region covers in part.
    """
    if sum(_most_runs(zone, weighted=weighted) for zone in zones) > _KEPT_RUNS:
        return _covers(zones, weighted=weighted)

    def make() -> tuple[list[list[Cover]], Sequence[Zone]]:
        # The zones are part of the value, so their ids stay their own as long as the entry lives.
        return list(_covers(zones, weighted=weighted)), zones

    def nbytes(kept: tuple[list[list[Cover]], Sequence[Zone]]) -> int:
        return sum(cover.nbytes for block in kept[0] for cover in block)

    key = "covers", tuple(map(id, zones)), weighted
    blocks, _ = context.cache.get(key, make, nbytes)
    return list(blocks)


def _most_runs(zone: Zone, *, weighted: bool) -> int:
    """Of a region, about."""
    across = zone.grid.width if weighted else zone.grid.width // BLOCK + 2
    return zone.grid.height * across


def _covers(zones: Sequence[Zone], *, weighted: bool) -> Iterator[list[Cover]]:
    """Strip by strip of blocks, from the top down."""
    outlined = np.array([zone.is_areal and not weighted for zone in zones], np.bool_)
    there = [number for number, zone in enumerate(zones) if zone.grid.width and zone.grid.height]
    if not there:
        return
    plane = zones[there[0]].grid
    numbers = np.flatnonzero(outlined)
    outlines = Outlines.of([zones[number].shape for number in numbers.tolist()], plane.transform)
    outlines = replace(outlines, shape=numbers[outlines.shape])
    left = min(zones[number].grid.column for number in there)
    right = max(zones[number].grid.column + zones[number].grid.width for number in there)
    on_strip: dict[int, list[int]] = {}
    for number in there:
        grid = zones[number].grid
        for strip in range(grid.row // BLOCK, -(-(grid.row + grid.height) // BLOCK)):
            on_strip.setdefault(strip, []).append(number)
    for strip in sorted(on_strip):
        rows = replace(plane, column=left, row=strip * BLOCK, width=right - left, height=BLOCK)
        runs = [outlines.runs(rows)] if outlined.any() else []
        for number in on_strip[strip]:
            if not outlined[number]:
                runs += [zones[number].runs(number, window) for window in zones[number].windows(rows)]
        yield from _blocks(Runs.joined(runs), plane)


def _blocks(runs: Runs, plane: Grid) -> Iterator[list[Cover]]:
    """The covers of a strip's tiles, block by block from left to right."""
    runs, column = runs.cut(BLOCK)
    # One number orders the tiles by block and row; within each, runs stay as they are, region by region.
    tiles_of_block = BLOCK // ROWS
    tile = column * tiles_of_block + runs.row // ROWS % tiles_of_block
    order = np.argsort(tile, kind="stable")
    runs, tile = runs.at(order), tile[order]
    ends = np.flatnonzero(np.diff(tile, append=tile[-1:] + 1)) + 1
    tiles = (slice(start, end) for start, end in itertools.pairwise([0, *ends.tolist()]))
    for _, parts in itertools.groupby(tiles, lambda part: int(tile[part.start]) // tiles_of_block):
        yield [Cover.around(runs.at(part), plane) for part in parts]
