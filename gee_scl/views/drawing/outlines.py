"""Outlines of regions as a web map draws them: longitude and latitude, no finer than can be seen."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ee

from gee_scl.regions.crs import GEODETIC_CRS
from gee_scl.regions.refusals import no_regions, without_area
from gee_scl.regions.region import Region, Regions
from gee_scl.requests.door import Door
from gee_scl.views.drawing.extent import Extent, mercator

_DIGITS = 6
"""Decimals of a degree: a decimetre."""

Ring = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Outline:
    """What is drawn of a region.

    Attributes:
        id: of the region, as text.
        name: what people read: the id, or "Region 0" where it is but a number; to be escaped where it is written.
        rings: closed lines of (longitude, latitude), outer and inner alike.
    """

    id: str
    name: str
    rings: tuple[tuple[tuple[float, float], ...], ...]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees."""
        longitudes = [x for ring in self.rings for x, _ in ring]
        latitudes = [y for ring in self.rings for _, y in ring]
        return min(longitudes), min(latitudes), max(longitudes), max(latitudes)

    def simplified(self, extent: Extent) -> Outline:
        """Leave out the vertices that are less than half a pixel of the window apart."""
        rings = tuple(_thinned(ring, extent.pixel / 2) for ring in self.rings)
        return Outline(self.id, self.name, tuple(ring for ring in rings if len(ring) >= 4) or rings[:1])


def outlines(regions: Regions, door: Door | None = None) -> list[Outline]:
    """List the outlines of regions, in their order.

    Args:
        regions: as `as_regions` reads them.
        door: asks for those that only the server knows, by one request. Those that are known here need no session, so
            that None makes a door where one is needed.

    Raises:
        RegionError: the server's collection is empty, or one of it is no polygon.
    """
    name = "Region {}" if regions.id_column is None else "{}"
    if regions.server is None:
        return [
            Outline(str(region.id), name.format(region.id), tuple(map(_rounded, _rings(region))))
            for region in regions.items
        ]
    answer = (door or Door()).value("Fetching the regions' outlines", regions.server.map(_bare(regions.id_column)))
    drawn = [_outline(position, feature, name) for position, feature in enumerate(answer["features"])]
    if not drawn:
        raise no_regions()
    return drawn


def _bare(id_column: str | None) -> Any:
    def bare(feature: ee.Feature) -> ee.Feature:
        name = {} if id_column is None else {"name": feature.get(id_column)}
        shape: ee.Feature = ee.Feature(feature.geometry().transform(GEODETIC_CRS, 1), name)
        return shape

    return bare


def _outline(position: int, feature: Mapping[str, Any], name: str) -> Outline:
    id = str(feature.get("properties", {}).get("name", position))
    rings = tuple(_rounded(ring) for polygon in _polygons(feature.get("geometry")) for ring in polygon)
    if not rings:
        raise without_area(id)
    return Outline(id, name.format(id), rings)


def _polygons(geometry: Any) -> Iterator[Any]:
    kind = (geometry or {}).get("type")
    if kind == "Polygon":
        yield geometry["coordinates"]
    elif kind == "MultiPolygon":
        yield from geometry["coordinates"]
    elif kind == "GeometryCollection":
        for part in geometry["geometries"]:
            yield from _polygons(part)


def _rings(region: Region) -> Iterator[Ring]:
    rings = [ring for polygon in _polygons(region.geometry) for ring in polygon]
    if region.crs == GEODETIC_CRS:
        yield from rings
        return
    from pyproj import Transformer

    to_degrees = Transformer.from_crs(region.crs, GEODETIC_CRS, always_xy=True)
    for ring in rings:
        longitudes, latitudes = to_degrees.transform([x for x, *_ in ring], [y for _, y, *_ in ring])
        yield list(zip(longitudes, latitudes, strict=True))


def _rounded(ring: Ring) -> tuple[tuple[float, float], ...]:
    return tuple((round(float(x), _DIGITS), round(float(y), _DIGITS)) for x, y, *_ in ring)


def _thinned(ring: tuple[tuple[float, float], ...], apart: float) -> tuple[tuple[float, float], ...]:
    kept = [ring[0]]
    last = mercator(*ring[0])
    for place in ring[1:-1]:
        here = mercator(*place)
        if math.dist(here, last) >= apart:
            kept.append(place)
            last = here
    return (*kept, ring[-1])
