"""Outlines of regions as a web map draws them: longitude and latitude, no finer than can be seen.

A web map knows no antimeridian: it draws longitudes beyond 180 to the right of it. So outlines are continuous across
it, and those of regions on both sides of it lie together.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ee

from gee_scl.regions.boxes import Box, box_around, nearest_turns, turns_together
from gee_scl.regions.crs import GEODETIC_CRS
from gee_scl.regions.refusals import no_regions, without_area
from gee_scl.regions.region import Region, Regions
from gee_scl.requests.door import Door
from gee_scl.views.drawing.extent import Extent, mercator

_DIGITS = 6
"""Decimals of a degree: a decimetre."""

_ANTIMERIDIAN = 180.0

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
    def box(self) -> Box:
        """West, south, east, north in degrees."""
        longitudes = [x for ring in self.rings for x, _ in ring]
        latitudes = [y for ring in self.rings for _, y in ring]
        return min(longitudes), min(latitudes), max(longitudes), max(latitudes)

    def moved(self, turns: Sequence[int]) -> Outline:
        """Move each ring by so many turns round the Earth, eastwards."""
        if not any(turns):
            return self
        rings = (
            tuple((round(x + 360 * turn, _DIGITS), y) for x, y in ring)
            for ring, turn in zip(self.rings, turns, strict=True)
        )
        return Outline(self.id, self.name, tuple(rings))

    def simplified(self, extent: Extent) -> Outline:
        """Leave out the vertices that are less than half a pixel of the window apart."""
        rings = tuple(_thinned(ring, extent.pixel / 2) for ring in self.rings)
        return Outline(self.id, self.name, tuple(ring for ring in rings if len(ring) >= 4) or rings[:1])


def outlines(regions: Regions, door: Door | None = None) -> list[Outline]:
    """List the outlines of regions, in their order, together where they lie on both sides of the antimeridian.

    Args:
        regions: as `as_regions` reads them.
        door: asks for those that only the server knows, by one request. Those that are known here need no session, so
            that None makes a door where one is needed.

    Raises:
        RegionError: the server's collection is empty, or one of it is no polygon.
    """
    return _together(_known(regions) if regions.server is None else _asked(regions, regions.server, door or Door()))


def near(drawn: Sequence[Outline], longitude: float) -> list[Outline]:
    """Move outlines into the turn round the Earth that a map looks at.

    Args:
        drawn: the outlines, all of which are moved alike.
        longitude: of the map's centre.
    """
    west, _, east, _ = box_around(outline.box for outline in drawn)
    turns = nearest_turns((west + east) / 2, longitude)
    return [outline.moved([turns] * len(outline.rings)) for outline in drawn]


def _together(drawn: Sequence[Outline]) -> list[Outline]:
    rings = [ring for outline in drawn for ring in outline.rings]
    turns = iter(turns_together([(min(x for x, _ in ring), max(x for x, _ in ring)) for ring in rings]))
    own = [[next(turns) for _ in outline.rings] for outline in drawn]
    moved = [outline.moved(turns) for outline, turns in zip(drawn, own, strict=True)]
    return [_mended(one) if len(set(turns)) > 1 else one for one, turns in zip(moved, own, strict=True)]


def _mended(outline: Outline) -> Outline:
    """An outline without the line at 180 degrees where it was cut in two, as GeoJSON asks for (RFC 7946, 3.1.9)."""
    cut = [ring for ring in outline.rings if _ANTIMERIDIAN in (min(ring)[0], max(ring)[0])]
    try:
        import shapely
    except ImportError:  # of an outline that only the server knows, and the line does no harm
        return outline
    # Rings are filled by the even-odd rule.
    whole: shapely.Geometry = shapely.Polygon()
    for ring in cut:
        whole = shapely.symmetric_difference(whole, shapely.Polygon(ring))
    lines = [line for part in shapely.get_parts(whole) for line in (part.exterior, *part.interiors)]
    mended = tuple(tuple((x, y) for x, y in line.coords) for line in lines)
    rings = (*mended, *(ring for ring in outline.rings if ring not in cut))
    return Outline(outline.id, outline.name, rings)


def _known(regions: Regions) -> list[Outline]:
    name = _naming(regions)
    return [
        Outline(str(region.id), name.format(region.id), tuple(map(_rounded, _rings(region))))
        for region in regions.items
    ]


def _asked(regions: Regions, server: ee.FeatureCollection, door: Door) -> list[Outline]:
    answer = door.value("Fetching the regions' outlines", server.map(_bare(regions.id_column)))
    name = _naming(regions)
    drawn = [_outline(position, feature, name) for position, feature in enumerate(answer["features"])]
    if not drawn:
        raise no_regions()
    return drawn


def _naming(regions: Regions) -> str:
    return "Region {}" if regions.id_column is None else "{}"


def _bare(id_column: str | None) -> Any:
    def bare(feature: ee.Feature) -> ee.Feature:
        name = {} if id_column is None else {"name": feature.get(id_column)}
        shape: ee.Feature = ee.Feature(feature.geometry().transform(GEODETIC_CRS, 1), name)
        return shape

    return bare


def _outline(position: int, feature: Mapping[str, Any], name: str) -> Outline:
    id = str(feature.get("properties", {}).get("name", position))
    geometry = feature.get("geometry") or {}
    # An edge that is straight in degrees may be longer than half the Earth; others take the short way.
    drawn = list if geometry.get("geodesic") is False else _continuous
    rings = tuple(_rounded(drawn(ring)) for polygon in _polygons(geometry) for ring in polygon)
    if not rings:
        raise without_area(id)
    return Outline(id, name.format(id), rings)


def _polygons(geometry: Any) -> Iterator[Any]:
    kind = geometry.get("type")
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
        yield _continuous(list(zip(longitudes, latitudes, strict=True)))


def _continuous(ring: Ring) -> Ring:
    """A ring whose edges take the short way round the Earth; one around a pole stays as it is."""
    longitudes = [x for x, *_ in ring]
    if max(longitudes) - min(longitudes) <= 180:
        return ring
    # numpy comes with it: `import gee_scl` stays light.
    import numpy as np

    from gee_scl.regions.antimeridian import unwrap_longitudes

    moved = np.array(longitudes)
    if not unwrap_longitudes(moved) or abs(moved[-1] - moved[0]) > 180:
        return ring
    return [(x, y) for x, (_, y, *_) in zip(moved.tolist(), ring, strict=True)]


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
