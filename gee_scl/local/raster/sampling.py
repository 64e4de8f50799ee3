"""The pixels of an image in a region, one by one: what samples and tables of pixels are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gee_scl.local.context import Context
from gee_scl.local.errors import LimitError
from gee_scl.local.raster.coverage import centres_inside, touched
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Source, Tile
from gee_scl.local.raster.zones import Zone
from gee_scl.local.vector.crs import transformer

Bool = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
LONLAT = "EPSG:4326"

TILE = 256
"""Pixels on a side of what is read at once: little that no region needs around scattered regions."""

MAX_PIXELS = 1_000_000
"""Pixels that one sample may hold; as features they take some hundred bytes each."""


@dataclass(frozen=True, eq=False)
class SampledPixels:
    """Pixels, in rows from the top left of each tile.

    Attributes:
        longitude: of each centre, in degrees.
        latitude: of each centre, in degrees.
        values: an array for each source.
        valid: where each source's mask is not 0.
    """

    longitude: FloatArray
    latitude: FloatArray
    values: tuple[npt.NDArray[Any], ...]
    valid: tuple[Bool, ...]

    def __len__(self) -> int:
        return len(self.longitude)

    def at(self, places: npt.NDArray[Any]) -> SampledPixels:
        """Some of the pixels, by position or by a mask."""
        return SampledPixels(
            self.longitude[places],
            self.latitude[places],
            tuple(v[places] for v in self.values),
            tuple(v[places] for v in self.valid),
        )


Choice = Callable[[Grid, Tile], Bool]
"""Which pixels of a tile are taken at all."""


def sample(sources: Sequence[Source], zone: Zone, context: Context, choice: Choice | None = None) -> SampledPixels:
    """The pixels of a region: those whose centre is in it, or that a point or a line touches.

    Raises:
        LimitError: they are more than `MAX_PIXELS`.
    """
    parts: list[SampledPixels] = []
    taken = 0
    for grid, inside in pixels_of(zone):
        tile = Tile(context.check_time)
        selected = inside if choice is None else inside & choice(grid, tile)
        if not selected.any():
            continue
        taken += int(selected.sum())
        if taken > MAX_PIXELS:
            raise LimitError("User memory limit exceeded.")
        pixels = [tile.read(source, grid) for source in sources]
        longitude, latitude = centres(grid, selected)
        parts.append(
            SampledPixels(
                longitude, latitude, tuple(p.values[selected] for p in pixels), tuple(p.valid[selected] for p in pixels)
            )
        )
    if not parts:
        nothing = np.zeros(0)
        none = np.zeros(0, np.bool_)
        return SampledPixels(nothing, nothing, (nothing,) * len(sources), (none,) * len(sources))
    columns = range(len(sources))
    return SampledPixels(
        np.concatenate([p.longitude for p in parts]),
        np.concatenate([p.latitude for p in parts]),
        tuple(np.concatenate([p.values[i] for p in parts]) for i in columns),
        tuple(np.concatenate([p.valid[i] for p in parts]) for i in columns),
    )


def pixels_of(zone: Zone) -> Iterator[tuple[Grid, Bool]]:
    """Each tile that a region meets, and which of its pixels are the region's."""
    if shapely.is_empty(zone.shape):
        return
    areal = shapely.get_dimensions(zone.shape) == 2
    for grid in zone.grid.tiles(TILE):
        inside = centres_inside(zone.shape, grid) if areal else touched(zone.shape, grid)
        if inside.any():
            yield grid, inside


def centres(grid: Grid, selected: Bool) -> tuple[FloatArray, FloatArray]:
    """Longitude and latitude of the selected pixels' centres."""
    x, y = (np.broadcast_to(c, grid.shape)[selected] for c in grid.centres())
    if grid.crs != LONLAT:
        x, y = transformer(grid.crs, LONLAT).transform(x, y)
    return np.asarray(x, np.float64), np.asarray(y, np.float64)
