"""Geometries drawn to be looked at: fills, outlines and markers of a width in pixels, with smooth edges."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import shapely
import shapely.affinity
from affine import Affine
from shapely.geometry.base import BaseGeometry

from gee_scl.local.raster.coverage import STEPS, covered_fraction
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Pixels, Source, Tile
from gee_scl.local.vector.crs import metres_per_unit
from gee_scl.local.vector.geometry import Geometry, in_crs_all

_BEND_METRES = 0.1
"""How far a projected edge may be from its true course: less than a pixel of the deepest maps."""

_CIRCLE = 8
"""Segments of a quarter of a circle."""

Colour = tuple[int, int, int, int]
"""Red, green, blue and opacity, from 0 to 255."""


@dataclass(frozen=True)
class Pen:
    """How a geometry is drawn.

    Attributes:
        colour: of outlines and lines.
        width: of them, in pixels; 0 draws none.
        fill: of polygons and markers.
        shape: of a marker, one of `MARKERS`.
        size: of a marker, in pixels from its middle to its rim.
    """

    colour: Colour
    width: float
    fill: Colour
    shape: str = "circle"
    size: float = 3

    @property
    def reach(self) -> float:
        """Pixels from a geometry to the last one that it may colour."""
        return max(self.size, 0) + self.width + 1


def _star(points: int, turned: float = 0, inner: float | None = None) -> BaseGeometry:
    """A regular polygon of radius 1 with a corner on top, or a star of two radii; y runs down."""
    corners = points if inner is None else 2 * points
    angles = np.radians(turned) + np.arange(corners) * (2 * math.pi / corners)
    radii = np.where(np.arange(corners) % 2, inner or 1, 1)
    return shapely.Polygon(np.column_stack([np.sin(angles) * radii, -np.cos(angles) * radii]))


_DIAGONAL = math.sqrt(0.5)

MARKERS: Mapping[str, BaseGeometry] = MappingProxyType(
    {
        "circle": shapely.Point(0, 0).buffer(1, quad_segs=_CIRCLE),
        "square": _star(4, 45),
        "diamond": _star(4),
        "cross": shapely.MultiLineString(
            [[(-_DIAGONAL, -_DIAGONAL), (_DIAGONAL, _DIAGONAL)], [(-_DIAGONAL, _DIAGONAL), (_DIAGONAL, -_DIAGONAL)]]
        ),
        "plus": shapely.MultiLineString([[(-1, 0), (1, 0)], [(0, -1), (0, 1)]]),
        "star5": _star(5, inner=0.382),
        "star6": _star(6, inner=0.577),
        "triangle_up": _star(3),
        "triangle_right": _star(3, 90),
        "triangle_down": _star(3, 180),
        "triangle_left": _star(3, 270),
        "pentagon": _star(5),
        "hexagon": _star(6),
    }
)
"""Markers of radius 1, by name."""


class Drawing:
    """Geometries, later ones over earlier ones; its pixels have red, green and blue as their first axis."""

    def __init__(self, geometries: Sequence[Geometry], pens: Sequence[Pen]) -> None:
        self._geometries, self._pens = geometries, pens
        self._reach = max((pen.reach for pen in pens), default=0)
        # Two threads may both project the geometries; the results are equal.
        self._trees: dict[str, shapely.STRtree] = {}

    @property
    def inputs(self) -> tuple[Source, ...]:
        """What it reads."""
        return ()

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        """The colours on a grid, masked where nothing is drawn."""
        canvas = _Canvas(grid.shape)
        tree = self._on_plane(grid.crs)
        to_pixel = ~grid.window_transform
        for place in np.sort(tree.query(self._window(grid))):
            shape = shapely.transform(tree.geometries[place], lambda xy: _moved(xy, to_pixel))
            _draw(canvas, shape, self._pens[place])
        return canvas.pixels()

    def _on_plane(self, crs: str) -> shapely.STRtree:
        if crs not in self._trees:
            self._trees[crs] = shapely.STRtree(in_crs_all(self._geometries, crs, _BEND_METRES / metres_per_unit(crs)))
        return self._trees[crs]

    def _window(self, grid: Grid) -> BaseGeometry:
        near = self._reach
        box = shapely.box(-near, -near, grid.width + near, grid.height + near)
        return shapely.transform(box, lambda xy: _moved(xy, grid.window_transform))


def _moved(xy: npt.NDArray[np.float64], by: Affine) -> npt.NDArray[np.float64]:
    x, y = xy.T
    return np.column_stack([by.a * x + by.b * y + by.c, by.d * x + by.e * y + by.f])


def _draw(canvas: _Canvas, shape: BaseGeometry, pen: Pen) -> None:
    """A geometry in pixels: its polygons, then its lines, then its points."""
    parts = np.asarray(list(_simple_parts(shape)), dtype=object)
    kinds = shapely.get_dimensions(parts)
    areas, lines, points = (parts[kinds == kind] for kind in (2, 1, 0))
    if len(areas):
        canvas.fill(shapely.multipolygons(areas), pen.fill)
        canvas.line([shapely.boundary(area) for area in areas], pen)
    if len(lines):
        canvas.line(list(lines), pen)
    for point in points:
        marker = shapely.affinity.affine_transform(MARKERS[pen.shape], (pen.size, 0, 0, pen.size, point.x, point.y))
        if shapely.get_dimensions(marker) == 2:
            canvas.fill(marker, pen.fill)
            canvas.line([marker.boundary], pen)
        else:
            canvas.line([marker], pen)


def _simple_parts(shape: BaseGeometry) -> Iterator[BaseGeometry]:
    for part in shapely.get_parts(shape):
        if part.is_empty:
            continue
        if hasattr(part, "geoms"):
            yield from _simple_parts(part)
        else:
            yield part


class _Canvas:
    """Colours multiplied by their opacity, and the opacity, each from 0 to 1."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self._colour = np.zeros((3, *shape), np.float32)
        self._opacity = np.zeros(shape, np.float32)
        height, width = shape
        self._grid = Grid("", Affine.identity(), 0, 0, width, height)

    def fill(self, shape: BaseGeometry, colour: Colour) -> None:
        """Lay a polygon over what is there, by how much of each pixel it covers."""
        if not colour[3] or shape.is_empty:
            return
        left, top, right, bottom = shape.bounds
        part = self._grid.crop(math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom))
        if not part.width or not part.height:
            return
        place = slice(part.row, part.row + part.height), slice(part.column, part.column + part.width)
        # In steps of what a picture can show: rounding of the fraction would leave traces of colour outside.
        covered = np.round(covered_fraction(shape, part) * STEPS).astype(np.float32) / np.float32(STEPS)
        opacity = covered * np.float32(colour[3] / 255)
        for channel in range(3):
            below = self._colour[channel][place]
            below += opacity * (np.float32(colour[channel] / 255) - below)
        below = self._opacity[place]
        below += opacity * (1 - below)

    def line(self, lines: Sequence[BaseGeometry], pen: Pen) -> None:
        """Lay lines over what is there."""
        if not pen.width or not pen.colour[3]:
            return
        # Cut first: a long line's buffer costs more than all the rest. The cut ends are out of sight.
        near = pen.reach + 1
        box = (-near, -near, self._grid.width + near, self._grid.height + near)
        seen = [part for line in lines if not (part := shapely.clip_by_rect(line, *box)).is_empty]
        if seen:
            together = seen[0] if len(seen) == 1 else shapely.union_all(seen)
            self.fill(shapely.buffer(together, pen.width / 2, quad_segs=_CIRCLE), pen.colour)

    def pixels(self) -> Pixels:
        """Bytes of colour, under a mask of opacity."""
        safe = np.where(self._opacity > 0, self._opacity, 1)
        colours = np.clip(self._colour / safe * 255 + np.float32(0.5), 0, 255).astype(np.uint8)
        whole = (self._opacity == 0) | (self._opacity == 1)
        return Pixels(colours, self._opacity > 0 if whole.all() else self._opacity)
