"""The outlines of all regions as one flat table, so that ten thousand of them are checked at once."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from gee_scl.options.caller_warning import warn_caller
from gee_scl.regions.boxes import Box
from gee_scl.regions.crs import GEODETIC_CRS, to_degrees
from gee_scl.regions.drafts import Draft
from gee_scl.regions.extras import import_extra
from gee_scl.regions.refusals import outside, refusal
from gee_scl.regions.rings import Ring, parts_without_area, polygon_rings

_FLAT = 1e-12  # area over squared extent: below this a ring is a line, and what is left is rounding


@dataclass(frozen=True)
class Outlines:
    """All rings of all regions, closed.

    Attributes:
        positions: x and y, an array of shape (N, 2).
        ring_ends: 0, then the end of each ring in `positions`.
        ring_polygon: of each ring, its polygon; a polygon's first ring is its shell.
        polygon_region: of each polygon, its region.
    """

    positions: npt.NDArray[np.float64]
    ring_ends: npt.NDArray[np.intp]
    ring_polygon: npt.NDArray[np.intp]
    polygon_region: npt.NDArray[np.intp]

    @cached_property
    def position_ring(self) -> npt.NDArray[np.intp]:
        """Of each position, its ring."""
        return np.repeat(np.arange(len(self.ring_polygon)), np.diff(self.ring_ends))

    @cached_property
    def position_region(self) -> npt.NDArray[np.intp]:
        """Of each position, its region."""
        return self.polygon_region[self.ring_polygon[self.position_ring]]


def flat_outlines(drafts: Sequence[Draft], ids: Sequence[object]) -> Outlines:
    """The table of regions as they were read.

    Raises:
        RegionError: a region is no polygon, has too many vertices, or coordinates that cannot be read.
        MissingExtraError: a CRS has no EPSG code, and shapely or pyproj is not installed.

    Warns:
        UserWarning: a collection of geometries has points or lines, which are left out.
    """
    rings: list[Ring] = []
    ring_polygon: list[int] = []
    polygon_region: list[int] = []
    pointless: dict[object, list[str]] = {}
    for index, (draft, region_id) in enumerate(zip(drafts, ids, strict=True)):
        if isinstance(draft.geometry, Mapping) and draft.geometry.get("type") == "GeometryCollection":
            pointless |= {region_id: kinds} if (kinds := parts_without_area(draft.geometry)) else {}
        for polygon in polygon_rings(draft, region_id):
            rings += polygon
            ring_polygon += [len(polygon_region)] * len(polygon)
            polygon_region.append(index)
    if pointless:
        _warn_of_left_out(pointless)
    ring_ends = np.cumsum([0, *map(len, rings)])
    return Outlines(np.concatenate(rings), ring_ends, np.array(ring_polygon), np.array(polygon_region))


def _warn_of_left_out(kinds: Mapping[object, Sequence[str]]) -> None:
    """Warn of points and lines in collections of geometries, as shapely.make_valid leaves them of spikes."""
    named = [f"{region_id!r}: {', '.join(some)}" for region_id, some in list(kinds.items())[:10]]
    more = ", ..." if len(kinds) > len(named) else ""
    warn_caller(f"Parts without area are left out of {len(kinds)} regions ({'; '.join(named)}{more}).")


def check_degrees(outlines: Outlines, in_degrees: npt.NDArray[np.bool_], ids: Sequence[object]) -> None:
    """Refuse longitudes and latitudes that there are not.

    Args:
        outlines: of all regions.
        in_degrees: of each region, whether it is in longitude and latitude.
        ids: of the regions.

    Raises:
        RegionError: a position is not on the Earth.
    """
    too_large = (np.abs(outlines.positions) > (360, 90)).any(axis=1)
    bad = np.flatnonzero(too_large & in_degrees[outlines.position_region])
    if bad.size:
        x, y = outlines.positions[bad[0]]
        raise refusal(
            ids[outlines.position_region[bad[0]]],
            f"the position ({x:g}, {y:g})",
            "longitude in [-360, 360] and latitude in [-90, 90]",
            "The coordinates are probably projected: pass a GeoDataFrame with its crs.",
        )


def check_shapes(outlines: Outlines, ids: Sequence[object]) -> None:
    """Refuse regions without area, and invalid ones.

    Raises:
        RegionError: a region has no area, or its rings cross or lie where they must not.
        MissingExtraError: shapely is not installed.
    """
    shapely = import_extra("shapely", "regions", "A region that is neither a bounding box nor an Earth Engine object")
    rings = shapely.linearrings(outlines.positions, indices=outlines.position_ring)
    polygons = shapely.polygons(rings, indices=outlines.ring_polygon)
    shapes = shapely.multipolygons(polygons, indices=outlines.polygon_region)
    west, south, east, north = shapely.bounds(shapes).T
    smallest = _FLAT * np.maximum(east - west, north - south) ** 2
    # The signed area of a figure of eight is zero as well: only a flat hull has no area.
    suspects = np.flatnonzero(shapely.area(shapes) <= smallest)
    flat = suspects[shapely.area(shapely.convex_hull(shapes[suspects])) <= smallest[suspects]]
    if flat.size:
        hint = "Edges in degrees take the short way round the Earth; a band of latitudes is a bounding box."
        raise refusal(ids[flat[0]], "zero area", "regions with an area", hint)
    invalid = np.flatnonzero(~shapely.is_valid(shapes))
    if invalid.size:
        reason = shapely.is_valid_reason(shapes[invalid[0]])
        # The default method drops ground where parts overlap: https://shapely.readthedocs.io/en/stable/reference/
        # shapely.make_valid.html
        hint = 'Repair it with shapely.make_valid(geometry, method="structure") and look at the result.'
        raise refusal(ids[invalid[0]], reason, "valid polygons", hint)


def geometries(outlines: Outlines, count: int) -> list[dict[str, Any]]:
    """The GeoJSON Polygon or MultiPolygon of each of so many regions, coordinates as nested tuples."""
    x, y = outlines.positions.T.tolist()
    points = list(zip(x, y, strict=True))
    rings = [tuple(points[start:end]) for start, end in itertools.pairwise(outlines.ring_ends.tolist())]
    return geometries_of(rings, outlines.ring_polygon, outlines.polygon_region, count)


def geometries_of(
    rings: Sequence[Any], ring_polygon: npt.NDArray[np.intp], polygon_region: npt.NDArray[np.intp], count: int
) -> list[dict[str, Any]]:
    """The GeoJSON Polygon or MultiPolygon of each of so many regions.

    Args:
        rings: their positions; the other arguments as in `Outlines`.
        ring_polygon: likewise.
        polygon_region: likewise.
        count: of regions.
    """
    polygons: list[list[Any]] = [[] for _ in polygon_region]
    for ring, polygon in zip(rings, ring_polygon.tolist(), strict=True):
        polygons[polygon].append(ring)
    regions: list[list[Any]] = [[] for _ in range(count)]
    for parts, region in zip(polygons, polygon_region.tolist(), strict=True):
        regions[region].append(tuple(parts))
    return [
        {"type": "Polygon", "coordinates": parts[0]}
        if len(parts) == 1
        else {"type": "MultiPolygon", "coordinates": tuple(parts)}
        for parts in regions
    ]


def part_boxes(outlines: Outlines, count: int) -> list[tuple[Box, ...]]:
    """The bounds of each part of each of so many regions."""
    low = np.minimum.reduceat(outlines.positions, outlines.ring_ends[:-1])
    high = np.maximum.reduceat(outlines.positions, outlines.ring_ends[:-1])
    shells = np.unique(outlines.ring_polygon, return_index=True)[1]  # a part's first ring
    boxes: list[list[Box]] = [[] for _ in range(count)]
    sides = np.hstack([low[shells], high[shells]]).tolist()
    for region, (west, south, east, north) in zip(outlines.polygon_region.tolist(), sides, strict=True):
        boxes[region].append((west, south, east, north))
    return [tuple(parts) for parts in boxes]


def centroids(
    boxes: Sequence[tuple[Box, ...]], systems: Sequence[str], ids: Sequence[object]
) -> list[tuple[float, float]]:
    """Longitude and latitude of the centre of each region's largest box: a region cut at 180 degrees is not at 0.

    Args:
        boxes: of the parts of each region.
        systems: the CRS of each region, "EPSG:n".
        ids: of the regions.

    Raises:
        RegionError: a region lies where its CRS is not defined.
    """
    largest = np.array([max(parts, key=lambda box: (box[2] - box[0]) * (box[3] - box[1])) for parts in boxes])
    x, y = ((largest[:, :2] + largest[:, 2:]) / 2).T
    codes = np.array(systems)
    for crs in set(systems) - {GEODETIC_CRS}:
        members = codes == crs
        x[members], y[members] = to_degrees(crs).transform(x[members], y[members])
        lost = np.flatnonzero(members & ~(np.isfinite(x) & np.isfinite(y)))
        if lost.size:
            raise outside(ids[lost[0]], crs)
    x = (x + 180) % 360 - 180
    return list(zip(x.tolist(), y.tolist(), strict=True))
