"""The six regions that come with the sample."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import shapely
from shapely.affinity import scale
from shapely.geometry import MultiPolygon, Point, Polygon, mapping

from gee_scl.local.assets.sample.landscape import (
    CLEARING_RADIUS,
    FINE,
    FOREST_CENTRE,
    LAKE_CENTRE,
    LAKE_RADII,
    TOWNS,
    WEST,
)
from gee_scl.local.assets.sample.notes import NOTE, SYNTHETIC
from gee_scl.local.assets.sample.tiles import oriented, to_degrees

LONGEST_EDGE: Final = 19
"""Pixels of 20 m: so short that geodesic and planar edges of a region agree to millimetres."""


def regions() -> dict[str, Any]:
    """The six regions: vertices off the grid, edges short."""
    (row, column), (height, width) = LAKE_CENTRE, LAKE_RADII
    lake = scale(Point(column + 0.3, row + 0.4).buffer(1), width * 1.32, height * 1.32)
    farmland = Polygon([(22.4, 342.7), (201.6, 262.3), (222.7, 361.4), (61.3, 391.9)])
    corners = [(column / FINE, row / FINE) for row, column in WEST.corners(700, 340)]
    single = Polygon(corners).buffer(-0.4, join_style="mitre")
    mountain = Polygon([(512.3, 12.6), (631.8, 21.7), (634.2, 138.3), (574.4, 167.6), (498.7, 93.2)])
    row, column = FOREST_CENTRE
    middle = Point(column + 0.2, row - 0.3)
    forest = middle.buffer(47.3).difference(middle.buffer(CLEARING_RADIUS + 2.6))
    towns = MultiPolygon([Point(x + 0.4, y + 0.2).buffer(radius * 0.86) for y, x, radius in TOWNS])
    places = (
        ("Lake", "The lake and its shore, within both tiles; it fills in spring and shrinks until autumn.", lake),
        ("Farmland", "A block of arable fields in the west.", farmland),
        ("Single field", "One field of the farmland.", single),
        ("Mountain", "High ground in the north-east, partly behind the edge of the swath of orbit 65.", mountain),
        ("Forest", "The western forest without the clearing in its middle.", forest),
        ("Towns", "The town in the west and the village in the east, in two parts.", towns),
    )
    features = [
        {
            "type": "Feature",
            "properties": {"name": name, "description": text, "synthetic": True, "note": SYNTHETIC},
            "geometry": mapping(to_degrees(oriented(shapely.segmentize(shape, LONGEST_EDGE)))),
        }
        for name, text, shape in places
    ]
    return {
        "type": "FeatureCollection",
        "name": "gee-scl synthetic sample: regions",
        "description": NOTE,
        "features": features,
    }


def sample_regions(folder: Path) -> Path:
    """GeoJSON file (EPSG:4326) with the sample's six regions, each with a `name`.

    Args:
        folder: the sample's folder, as `ensure_sample` returns it.
    """
    return Path(folder) / "regions.geojson"
