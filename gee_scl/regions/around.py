"""The area around regions, by which images are looked for."""

from __future__ import annotations

import math
from collections.abc import Iterator

import ee

from gee_scl.regions.region import Regions

_CELL_DEGREES = (0.125, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 45.0)
_MOST_CELLS = 100
"""Several regions are looked for in cells of the finest of these sizes that makes no more than this number."""


def area_around(regions: Regions) -> ee.Geometry | ee.FeatureCollection:
    """What footprints must meet that meet regions: the region, or cells of a coarse grid that hold all of several.

    A union of many outlines would be slow on the server, and one box round fields in two countries would take in all
    scenes between them.
    """
    if regions.server is not None:
        return regions.server
    if len(regions.items) == 1:
        return regions.items[0].to_geometry()
    boxes = [box for region in regions.items for box in region.boxes_in_degrees()]
    for size in _CELL_DEGREES:
        cells = sorted({cell for box in boxes for cell in _cells(box, size)})
        if len(cells) <= _MOST_CELLS:
            break
    corners = [(x * size, y * size, (x + 1) * size, (y + 1) * size) for x, y in cells]
    rings = [[[[w, s], [e, s], [e, n], [w, n]]] for w, s, e, n in corners]
    area: ee.Geometry = ee.Geometry.MultiPolygon(rings, None, False)
    return area


def _cells(box: tuple[float, float, float, float], size: float) -> Iterator[tuple[int, int]]:
    west, south, east, north = (math.floor(side / size) for side in box)
    for x in range(west, east + 1):
        for y in range(south, min(north, math.ceil(90 / size) - 1) + 1):
            yield x, y
