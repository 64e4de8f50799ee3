"""How much of each pixel a polygon covers, and whether it holds the pixel's centre."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import shapely
from affine import Affine

from gee_scl.local.raster.grid import Grid

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.signedinteger[Any]]
Edges: TypeAlias = tuple[FloatArray, FloatArray, FloatArray, FloatArray]

STEPS = 255
"""Earth Engine's weights are 8-bit (k / 255)."""


@dataclass(frozen=True)
class Runs:
    """Neighbouring pixels of rows, run after run: those of a shape row by row, from left to right, and shape by shape.

    Attributes:
        of: the shape's position.
        row: of the plane.
        start: the first column of the plane.
        end: the column after the last.
        weight: covered fraction of each of its pixels; None where all are 1.
        centred: whether the centres of its pixels are inside; None where all are.
    """

    of: IntArray
    row: IntArray
    start: IntArray
    end: IntArray
    weight: FloatArray | None = None
    centred: BoolArray | None = None

    def __len__(self) -> int:
        return len(self.of)

    def at(self, places: IntArray | BoolArray | slice) -> Runs:
        """The chosen runs."""
        weight = None if self.weight is None else self.weight[places]
        centred = None if self.centred is None else self.centred[places]
        return Runs(self.of[places], self.row[places], self.start[places], self.end[places], weight, centred)

    @classmethod
    def of_pixels(cls, shape: int, rows: IntArray, columns: IntArray, weight: FloatArray, centred: BoolArray) -> Runs:
        """Pixels, row by row, as runs of those that are alike."""
        same = (np.diff(rows) == 0) & (np.diff(columns) == 1) & (np.diff(weight) == 0) & (centred[1:] == centred[:-1])
        begins, ends = np.ones((2, len(rows)), np.bool_)
        begins[1:], ends[:-1] = ~same, ~same
        first, last = np.flatnonzero(begins), np.flatnonzero(ends)
        start, end = columns[first], columns[last] + 1
        return cls(np.full(len(first), shape), rows[first], start, end, weight[first], centred[first])

    @classmethod
    def joined(cls, several: Sequence[Runs]) -> Runs:
        """The runs of several, one after the other."""
        if len(several) == 1:
            return several[0]
        lengths = [len(runs) for runs in several]
        return cls(
            np.concatenate([runs.of for runs in several]),
            np.concatenate([runs.row for runs in several]),
            np.concatenate([runs.start for runs in several]),
            np.concatenate([runs.end for runs in several]),
            _joined([runs.weight for runs in several], lengths, np.float64),
            _joined([runs.centred for runs in several], lengths, np.bool_),
        )

    def cut(self, side: int) -> tuple[Runs, IntArray]:
        """The same pixels in runs that end where a column is a multiple of a side, and which multiple each is in."""
        first = self.start // side
        run, place = _repeated((self.end - 1) // side - first + 1)
        part = first[run] + place
        cut = replace(
            self.at(run),
            start=np.maximum(self.start[run], part * side),
            end=np.minimum(self.end[run], (part + 1) * side),
        )
        return cut, part


def _joined(arrays: Sequence[npt.NDArray[Any] | None], lengths: Sequence[int], dtype: npt.DTypeLike) -> Any:
    """Arrays one after the other, with ones for those that are not there; None where none is."""
    if all(array is None for array in arrays):
        return None
    return np.concatenate([np.ones(n, dtype) if a is None else a for a, n in zip(arrays, lengths, strict=True)])


def positions_in(starts: IntArray, lengths: IntArray) -> IntArray:
    """All positions of runs of a flattened grid, one after the other."""
    run, along = _repeated(lengths)
    return starts[run] + along


def centres_inside(shape: shapely.Geometry, grid: Grid) -> BoolArray:
    """Which pixels have their centre in the polygon, by the even-odd rule; see `Outlines`."""
    inside = np.zeros(grid.shape, np.bool_)
    runs = Outlines.of([shape], grid.transform).runs(grid)
    start = (runs.row - grid.row) * grid.width + runs.start - grid.column
    inside.ravel()[positions_in(start, runs.end - runs.start)] = True
    return inside


@dataclass(frozen=True)
class Outlines:
    """The edges of many polygons on a plane of pixels, by which the pixels inside are found.

    Along the middle of each row, every second edge that crosses it turns inside to outside for all pixels whose
    centre is right of the crossing. A centre on an edge belongs to the polygon on its left, as GDAL has it.

    It is not left to GDAL because rasterio's way there changes the warning filters of the whole process for a moment,
    which threads must not do, and takes a third of a millisecond before the first pixel of each polygon.

    Attributes:
        edges: columns and rows of both ends. They are those of the whole plane, so that a centre on an edge goes the
            same way in every window.
        shape: the position of the polygon that each is of.
    """

    edges: Edges
    shape: IntArray

    @classmethod
    def of(cls, shapes: Sequence[shapely.Geometry], transform: Affine) -> Outlines:
        """Those of polygons or multipolygons.

        Args:
            shapes: in the CRS of the plane.
            transform: from the plane's columns and rows to coordinates.
        """
        return cls(*_edges(shapes, ~transform))

    def runs(self, grid: Grid) -> Runs:
        """The pixels of a window that have their centre in a polygon."""
        top, bottom = grid.row, grid.row + grid.height
        _, y0, _, y1 = self.edges
        near = np.flatnonzero((np.maximum(y0, y1) > top) & (np.minimum(y0, y1) < bottom))
        x0, y0, x1, y1 = (end[near] for end in self.edges)
        first = np.clip(np.ceil(np.minimum(y0, y1) - 0.5), top, bottom).astype(np.int64)
        last = np.clip(np.ceil(np.maximum(y0, y1) - 0.5), top, bottom).astype(np.int64)
        edge, place = _repeated(last - first)
        row = first[edge] + place
        slope = np.divide(x1 - x0, y1 - y0, out=np.zeros_like(x0), where=y1 != y0)
        crossing = x0[edge] + (row + 0.5 - y0[edge]) * slope[edge]
        column = np.clip(np.floor(crossing + 0.5) - grid.column, 0, grid.width).astype(np.int64)
        # One number orders crossings by shape, row and column; every two of a row bound a run of pixels.
        line = self.shape[near[edge]] * grid.height + row - top
        bounds = np.sort(line * (grid.width + 1) + column).reshape(-1, 2)
        bounds = bounds[bounds[:, 0] < bounds[:, 1]]
        line, start = np.divmod(bounds[:, 0], grid.width + 1)
        shape, row = np.divmod(line, grid.height) if grid.height else (line, line)
        end = start + bounds[:, 1] - bounds[:, 0]
        return Runs(shape, row + top, start + grid.column, end + grid.column)


def _repeated(counts: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Each index as often as counted, and the number of the repetition."""
    index = np.repeat(np.arange(len(counts)), counts)
    return index, np.arange(len(index)) - np.repeat(np.cumsum(counts) - counts, counts)


def touched(shape: shapely.Geometry, grid: Grid) -> BoolArray:
    """Which pixels hold a point of the shape, for points and lines."""
    taken = np.zeros(grid.shape, np.bool_)
    parts = shapely.get_parts(shape)
    points = shapely.get_dimensions(parts) == 0
    back = ~grid.window_transform
    x, y = shapely.get_coordinates(parts[points]).T
    columns, rows = np.floor(back.a * x + back.b * y + back.c), np.floor(back.d * x + back.e * y + back.f)
    inside = (columns >= 0) & (columns < grid.width) & (rows >= 0) & (rows < grid.height)
    taken[rows[inside].astype(np.int64), columns[inside].astype(np.int64)] = True
    lines = parts[~points]
    if len(lines):
        pixels = _pixel_squares(grid)
        hit = shapely.STRtree(pixels).query(lines, predicate="intersects")[1]
        taken.ravel()[hit] = True
    return taken


def _pixel_squares(grid: Grid) -> npt.NDArray[np.object_]:
    """Each pixel as a polygon, row after row."""
    at = grid.window_transform
    columns, rows = np.meshgrid(np.arange(grid.width), np.arange(grid.height))
    corners = [(columns.ravel() + dx, rows.ravel() + dy) for dx, dy in ((0, 0), (1, 0), (1, 1), (0, 1))]
    rings = [np.stack([at.a * c + at.b * r + at.c, at.d * c + at.e * r + at.f], axis=-1) for c, r in corners]
    return np.asarray(shapely.polygons(np.stack(rings, axis=1)), dtype=object)


def covered_fraction(shape: shapely.Geometry, grid: Grid) -> FloatArray:
    """The fraction of each pixel that the polygon covers, exactly.

    Each edge, cut where it passes from one pixel to the next, adds the signed area between it and the right side of
    its pixel to that pixel, and its signed height to every pixel further right in the row; summed along the rows
    this is the covered area (the coverage accumulation of font rasterizers). Holes and parts cancel or add by the
    sense of their rings.
    """
    edges, _ = _edges([shapely.orient_polygons(shape)], ~grid.window_transform)
    height, width = grid.shape
    x0, y0, x1, y1 = _pieces(edges, width, height)
    middle = (x0 + x1) / 2
    row = np.minimum((y0 + y1) // 2, height - 1).astype(np.int64)
    column = np.minimum(middle, width).astype(np.int64)
    drop = y1 - y0
    beyond = np.minimum(column + 1 - middle, 1) * drop
    cell = row * (width + 2) + column
    signed = np.bincount(cell, beyond, height * (width + 2)) + np.bincount(
        cell + 1, drop - beyond, height * (width + 2)
    )
    area = np.cumsum(signed.reshape(height, width + 2), axis=1)[:, :width]
    # The sign depends on whether rows run down or up.
    return np.clip(np.abs(area), 0, 1)


def _edges(shapes: Sequence[shapely.Geometry], to_pixel: Affine) -> tuple[Edges, IntArray]:
    """All edges of all rings, in columns and rows, and the position of the shape that each is of."""
    parts, shape_of_part = shapely.get_parts(shapes, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    x, y = coordinates[:, 0], coordinates[:, 1]
    columns = to_pixel.a * x + to_pixel.b * y + to_pixel.c
    rows = to_pixel.d * x + to_pixel.e * y + to_pixel.f
    same = ring[:-1] == ring[1:]
    edges = columns[:-1][same], rows[:-1][same], columns[1:][same], rows[1:][same]
    return edges, shape_of_part[part_of_ring[ring[1:][same]]]


def _pieces(edges: Edges, width: int, height: int) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Edges, cut at every grid line that they cross, within the window's rows.

    What lies left of the window is moved to its left side, where it has the same effect on the window; what lies
    right of it is moved to its right side, where it has none.
    """
    _, y0, _, y1 = edges
    near = (np.maximum(y0, y1) > 0) & (np.minimum(y0, y1) < height) & (y0 != y1)
    x0, y0, x1, y1 = (end[near] for end in edges)
    x0, y0, x1, y1 = _cut(x0, y0, x1, y1, 0, height, along_x=False)
    middle = (y0 + y1) / 2
    within = (middle > 0) & (middle < height)
    x0, y0, x1, y1 = _cut(x0[within], y0[within], x1[within], y1[within], 0, width, along_x=True)
    return np.clip(x0, 0, width), y0, np.clip(x1, 0, width), y1


def _cut(
    x0: FloatArray, y0: FloatArray, x1: FloatArray, y1: FloatArray, low: int, high: int, along_x: bool
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Edges cut at the whole numbers from `low` to `high` of one axis."""
    start, end = (x0, x1) if along_x else (y0, y1)
    smaller, larger = np.minimum(start, end), np.maximum(start, end)
    first = np.clip(np.floor(smaller) + 1, low, high + 1)
    last = np.clip(np.ceil(larger) - 1, low - 1, high)
    cuts = np.maximum(last - first + 1, 0).astype(np.int64)
    edge, place = _repeated(cuts + 1)
    span = np.where(end == start, 1, end - start)
    forward = (end >= start)[edge]
    # The place-th cut in the direction of the edge.
    line = np.where(forward, first[edge] + place - 1, last[edge] - place + 1)
    from_start = place == 0
    t0 = np.where(from_start, 0.0, (line - start[edge]) / span[edge])
    to_end = place == cuts[edge]
    following = np.where(forward, line + 1, line - 1)
    t1 = np.where(to_end, 1.0, (following - start[edge]) / span[edge])
    dx, dy = (x1 - x0)[edge], (y1 - y0)[edge]
    return (
        x0[edge] + t0 * dx,
        y0[edge] + t0 * dy,
        np.where(to_end, x1[edge], x0[edge] + t1 * dx),
        np.where(to_end, y1[edge], y0[edge] + t1 * dy),
    )
