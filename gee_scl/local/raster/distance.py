"""Distances from each pixel to the nearest one that is not 0, in pixels or metres."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import scipy

from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Pixels, Source, Tile
from gee_scl.local.raster.kernel import Kernel
from gee_scl.local.raster.layers import filled
from gee_scl.local.raster.neighbourhood import nominal_scale, widened

Metric: TypeAlias = Literal["euclidean", "manhattan", "chebyshev"]

METRICS: Mapping[str, Metric] = {
    "squared_euclidean": "euclidean",
    "manhattan": "manhattan",
    "chebyshev": "chebyshev",
}
"""Earth Engine's names in fastDistanceTransform."""

KERNELS: Mapping[str, Metric] = {
    "Kernel.euclidean": "euclidean",
    "Kernel.manhattan": "manhattan",
    "Kernel.chebyshev": "chebyshev",
}
"""The kernels that Image.distance takes ("One of chebyshev, euclidean, or manhattan")."""

_ROUNDING = 1e-9
"""A radius in metres divided by a scale may miss a whole number of pixels by the last bits."""


def _distances(targets: npt.NDArray[np.bool_], metric: Metric, inner: tuple[slice, slice]) -> Any:
    """Pixels from each one of a part to the nearest of all targets, squared if Euclidean; infinite without targets."""
    if not targets.any():
        return np.full(targets[inner].shape, np.inf)
    if metric == "euclidean":
        box = _around(targets, inner)
        nearest = scipy.ndimage.distance_transform_edt(~targets[box], return_distances=False, return_indices=True)
        part = tuple(slice(i.start - b.start, i.stop - b.start) for i, b in zip(inner, box, strict=True))
        down, across = (
            places[part] - own.astype(np.int32) for places, own in zip(nearest, np.ogrid[part], strict=True)
        )
        return down * down + across * across
    chamfer: Literal["taxicab", "chessboard"] = "taxicab" if metric == "manhattan" else "chessboard"
    return scipy.ndimage.distance_transform_cdt(~targets, metric=chamfer)[inner]


def _around(targets: npt.NDArray[np.bool_], inner: tuple[slice, slice]) -> tuple[slice, ...]:
    """The rows and columns that hold all targets and a part: what lies beyond makes no difference."""
    box = []
    for axis, side in enumerate(inner):
        places = np.flatnonzero(targets.any(axis=1 - axis))
        box.append(slice(min(side.start, int(places[0])), max(side.stop, int(places[-1]) + 1)))
    return tuple(box)


def _read(source: Source, grid: Grid, tile: Tile, reach: int, metric: Metric, name: str) -> tuple[Any, Pixels]:
    """The distances on a grid, exact up to the reach, and the source's pixels there. A masked pixel is no target."""
    wide = widened(grid, reach, reach, reach, reach, name)
    pixels = tile.read(source, wide)
    inner = slice(reach, reach + grid.height), slice(reach, reach + grid.width)
    distances = _distances(pixels.valid & (pixels.values != 0), metric, inner)
    return distances, Pixels(pixels.values[inner], pixels.mask[inner])


@dataclass(frozen=True, eq=False)
class DistanceTransform:
    """The distance in pixels of the grid that is asked for, squared if it is Euclidean.

    Valid, whatever the input's mask, where a target lies within the neighbourhood, which is taken as a radius in the
    metric's own measure: the documentation says "all pixels within the given neighborhood size".
    """

    source: Source
    neighborhood: int
    metric: Metric

    @property
    def inputs(self) -> tuple[Source, ...]:
        """What it reads."""
        return (self.source,)

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        """The distances on a grid."""
        distances, _ = _read(self.source, grid, tile, self.neighborhood, self.metric, "Image.fastDistanceTransform")
        near = distances <= (self.neighborhood**2 if self.metric == "euclidean" else self.neighborhood)
        return Pixels(filled(distances, near, 0), near)


@dataclass(frozen=True, eq=False)
class Distance:
    """The distance by a distance kernel: in metres for a kernel in metres, else in pixels, times its magnitude.

    Masked beyond the kernel's radius ("Pixels with distance greater than this value from target pixels will be masked
    out", Earth Engine's own example of Image.distance), and where the input is masked, if that is to be skipped.
    """

    source: Source
    kernel: Kernel
    skip_masked: bool

    def __post_init__(self) -> None:
        if self.kernel.type not in KERNELS or self.kernel.radius is None:
            raise EvaluationError(
                f"Image.distance: The kernel must be one of {', '.join(KERNELS)}, not {self.kernel.type}."
            )

    @property
    def inputs(self) -> tuple[Source, ...]:
        """What it reads."""
        return (self.source,)

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        """The distances on a grid."""
        scale = nominal_scale(grid) if self.kernel.units == "meters" else 1.0
        radius: Any = self.kernel.radius
        weights = self.kernel.at(scale)
        x, y = weights.center
        # All three kernels have 1 beside the centre, so the weight there is what they were multiplied with.
        magnitude = float(weights.values[y, x + 1]) if x else 1.0
        metric = KERNELS[self.kernel.type]
        distances, pixels = _read(self.source, grid, tile, max(x, y), metric, "Image.distance")
        distances = np.sqrt(distances) if metric == "euclidean" else distances
        near = distances * scale <= radius + _ROUNDING * scale
        mask = near & pixels.valid if self.skip_masked else near
        return Pixels(np.where(near, distances, 0) * scale * magnitude, mask)
