"""The crops of two tiles that the sample holds, and where they lie on the ground."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry import MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

from gee_scl.local.assets.sample.landscape import COLUMNS, PIXEL, ROWS
from gee_scl.local.assets.sample.scene import EDGE_COLUMN, EDGE_SLOPE

EPSG: Final = 32632

WEST_EDGE, NORTH_EDGE = 695160, 5152020
"""Easting and northing of the landscape's north-western corner, metres in UTM zone 32 north."""

CROP: Final = 400
"""Columns and rows of each image at 20 m."""


@dataclass(frozen=True)
class Tile:
    """One MGRS tile and the crop of it that the sample holds.

    Attributes:
        name: MGRS tile.
        origin: easting and northing of the whole tile's north-western corner in Sentinel-2's tiling grid.
        column: first column of the crop in the landscape.
    """

    name: str
    origin: tuple[int, int]
    column: int

    @property
    def west(self) -> int:
        """Easting of the crop's western edge; lies on the tile's own 20 m grid."""
        return WEST_EDGE + self.column * PIXEL

    def cut(self, values: NDArray[Any]) -> NDArray[Any]:
        """The crop of an array over the whole landscape, whatever its pixel size."""
        finer = values.shape[0] // ROWS
        return values[:, self.column * finer : (self.column + CROP) * finer]


TILES: Final = (
    Tile("32TPS", origin=(600000, 5200020), column=0),
    Tile("32TQS", origin=(699960, 5200020), column=COLUMNS - CROP),
)


def to_degrees(geometry: BaseGeometry) -> BaseGeometry:
    """From (row, column) of the 20 m grid, given as points (x=column, y=row), to longitude and latitude with 1 cm."""
    transformer = Transformer.from_crs(EPSG, 4326, always_xy=True)

    def place(points: NDArray[np.float64]) -> NDArray[np.float64]:
        easting, northing = WEST_EDGE + points[:, 0] * PIXEL, NORTH_EDGE - points[:, 1] * PIXEL
        return np.round(np.column_stack(transformer.transform(easting, northing)), 7)

    return shapely.transform(geometry, place)


def oriented(geometry: BaseGeometry) -> BaseGeometry:
    """Outer rings counter-clockwise on the map, as GeoJSON wants them: clockwise here, since rows count southwards."""
    parts = [orient(part, sign=-1.0) for part in shapely.get_parts(geometry)]
    return parts[0] if len(parts) == 1 else MultiPolygon(parts)


def footprint_of(tile: Tile, edge: bool) -> BaseGeometry:
    """Where an image has data: the crop, up to the edge of the swath, with all of each pixel that the swath reaches."""
    crop: BaseGeometry = box(tile.column, 0, tile.column + CROP, ROWS)
    if edge:
        # A pixel is seen where its upper left corner is: its right side is a column further, its lower one a row.
        ends = [(EDGE_COLUMN - (row - ROWS // 2) * EDGE_SLOPE + 1 + EDGE_SLOPE, row) for row in (0, ROWS)]
        crop = crop.intersection(Polygon([(0, 0), *ends, (0, ROWS)]))
    return to_degrees(oriented(crop))
