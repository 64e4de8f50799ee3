"""Geometries painted into pixels: polygons by their pixels' centres, outlines by the width of a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.coverage import centres_inside, touched
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Image, Pixels, Source, Tile, constant_type, either
from gee_scl.local.raster.operators import computed
from gee_scl.local.raster.pixels import choose
from gee_scl.local.values import Collection, Element, Feature, type_of
from gee_scl.local.vector.crs import metres_per_unit
from gee_scl.local.vector.geometry import Geometry

_BEND_METRES = 0.001
"""How far a projected edge may be from its true course: a millimetre moves no pixel of 10 m."""


def paint(image: Image, collection: Collection, colour: Any, width: Any) -> Image:
    """Values of geometries over each band: polygons filled by the centre rule, or the lines of perimeters."""
    strokes = []
    for feature in collection.elements:
        if isinstance(feature, Feature) and feature.geometry is not None:
            value = _of_feature(colour, feature, "color")
            line = None if width is None else _of_feature(width, feature, "width")
            if value is not None and (width is None or line is not None):
                strokes.append(Stroke(feature.geometry, value, line))
    painted = Painted(strokes)
    bands = []
    for band in image.bands:
        kind = band.type
        for stroke in strokes:
            kind = kind.union(constant_type(stroke.value))
        bands.append(band.over(_painted, painted, type=kind))
    return computed(image, bands)


def _of_feature(number_or_name: Any, feature: Element, argument: str) -> Any:
    """A number for all, or each feature's property of that name; None where it has none."""
    value = feature.get(number_or_name) if isinstance(number_or_name, str) else number_or_name
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise EvaluationError(
        f"Image.paint: '{argument}' must be a number or the name of a numeric property, not {type_of(value)}."
    )


def _painted(pixels: Pixels, strokes: Pixels) -> Pixels:
    """What is painted replaces values and can be seen, also where nothing was.

    Google's guide paints into `ee.Image().byte()`, which is masked everywhere, and shows what was painted
    (https://developers.google.com/earth-engine/guides/feature_collections_visualizing).
    """
    return Pixels(choose(strokes.valid, strokes.values, pixels.values), either(pixels.mask, strokes.valid))


@dataclass(frozen=True, eq=False)
class Stroke:
    """One geometry to paint.

    Attributes:
        geometry: on any plane.
        value: what is painted.
        width: of the line along its perimeter, in pixels of the grid; None fills it.
    """

    geometry: Geometry
    value: float
    width: float | None


class Painted:
    """The painted values, later ones over earlier ones; masked where nothing is painted."""

    def __init__(self, strokes: Sequence[Stroke]) -> None:
        self._strokes = strokes
        # Two threads may both project the geometries; the results are equal.
        self._shapes: dict[str, list[BaseGeometry]] = {}

    @property
    def inputs(self) -> tuple[Source, ...]:
        """What it reads."""
        return ()

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        """The values on a grid."""
        whole = all(isinstance(stroke.value, int) for stroke in self._strokes)
        values = np.zeros(grid.shape, np.int64 if whole else np.float64)
        mask = np.zeros(grid.shape, np.bool_)
        for stroke, shape in zip(self._strokes, self._on_plane(grid.crs), strict=True):
            covered = _covered(shape, stroke.width, grid)
            values[covered] = stroke.value
            mask |= covered
        return Pixels(values, mask)

    def _on_plane(self, crs: str) -> list[BaseGeometry]:
        if crs not in self._shapes:
            bend = _BEND_METRES / metres_per_unit(crs)
            self._shapes[crs] = [stroke.geometry.in_crs(crs, bend) for stroke in self._strokes]
        return self._shapes[crs]


def _covered(shape: BaseGeometry, width: float | None, grid: Grid) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    areal = shapely.get_dimensions(shape) == 2
    if width is None:
        return centres_inside(shape, grid) if areal else touched(shape, grid)
    pixel = abs(grid.transform.determinant) ** 0.5
    line = shape.boundary if areal else shape
    return centres_inside(line.buffer(width / 2 * pixel), grid)
