"""How much of each pixel a polygon covers, and whether it holds the pixel's centre."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import shapely
from affine import Affine

from gee_scl.local.raster.grid import Grid

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
Edges: TypeAlias = tuple[FloatArray, FloatArray, FloatArray, FloatArray]

STEPS = 255
"""Earth Engine's weights are 8-bit (k / 255)."""


def centres_inside(shape: shapely.Geometry, grid: Grid) -> BoolArray:
    """Which pixels have their centre in the polygon, by the even-odd rule; see `places_inside`."""
    inside = np.zeros(grid.shape, np.bool_)
    inside.ravel()[places_inside([shape], grid)[0]] = True
    return inside


def places_inside(shapes: Sequence[shapely.Geometry], grid: Grid) -> list[IntArray]:
    """For each of many polygons, the pixels of a grid that have their centre in it, by the even-odd rule.

    Along the middle of each row, every second edge that crosses it turns inside to outside for all pixels whose
    centre is right of the crossing. A centre on an edge belongs to the polygon on its left, as GDAL has it.

    It is not left to GDAL because rasterio's way there changes the warning filters of the whole process for a moment,
    which threads must not do, and takes a third of a millisecond before the first pixel of each polygon.

    Args:
        shapes: polygons or multipolygons, in the grid's CRS.
        grid: the window.

    Returns:
        Ascending positions in the flattened grid.
    """
    # Sides of pixels are counted on the whole plane, so that a centre on an edge goes the same way in every window.
    (x0, y0, x1, y1), of = _edges(shapes, ~grid.transform)
    bottom, height = grid.row + grid.height, grid.height
    first = np.clip(np.ceil(np.minimum(y0, y1) - 0.5), grid.row, bottom).astype(np.int64)
    last = np.clip(np.ceil(np.maximum(y0, y1) - 0.5), grid.row, bottom).astype(np.int64)
    edge, place = _repeated(last - first)
    row = first[edge] + place
    slope = np.divide(x1 - x0, y1 - y0, out=np.zeros_like(x0), where=y1 != y0)
    crossing = x0[edge] + (row + 0.5 - y0[edge]) * slope[edge]
    column = np.clip(np.floor(crossing + 0.5) - grid.column, 0, grid.width).astype(np.int64)
    # One number orders crossings by shape, row and column; every two of a row bound a run of pixels.
    line = of[edge] * height + row - grid.row
    runs = np.sort(line * (grid.width + 1) + column).reshape(-1, 2)
    start, end = (runs % (grid.width + 1)).T
    line = runs[:, 0] // (grid.width + 1)
    run, along = _repeated(end - start)
    places = (line % height * grid.width + start)[run] + along
    pixels = np.bincount(line // height, end - start, len(shapes)).astype(np.int64)
    return np.split(places, np.cumsum(pixels)[:-1])


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
