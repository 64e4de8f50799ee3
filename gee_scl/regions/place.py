"""Regions as work is planned: what an answer calls each, where it lies, and what it weighs."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ee

from gee_scl.errors import RegionError
from gee_scl.options.digests import digest
from gee_scl.regions.refusals import no_regions, without_area, without_id
from gee_scl.requests.door import Door, Row

if TYPE_CHECKING:
    from gee_scl.regions.boxes import Box
    from gee_scl.regions.region import Regions

_FACT = "gee_scl:"
"""Before the names of what is asked of a region, so that none of its own properties is meant."""


@dataclass(frozen=True)
class Place:
    """A region as the work is planned.

    Attributes:
        key: by which the answer finds it again: its position among the regions known here, else its `system:index`.
        id: what the frame calls it.
        kept: the properties to carry.
        centroid: longitude and latitude.
        area: square metres, about.
        bytes: of its outline in a request.
        boxes: west, south, east, north in degrees that hold its parts; None where they are not known.
        digest: by which its outline is known again.
    """

    key: int | str
    id: object
    kept: Mapping[str, Any]
    centroid: tuple[float, float]
    area: float
    bytes: int = 40
    boxes: tuple[Box, ...] | None = None
    digest: int = 0


def list_places(regions: Regions, door: Door) -> list[Place]:
    """The regions as the work is planned; those that only the server knows are asked for by one request.

    Raises:
        RegionError: a region without area, without id, or with another's id; no region has a column that is asked for.
    """
    if regions.server is None:
        return [
            Place(key, r.id, r.properties, r.centroid, r.area, r.encoded_size, tuple(r.boxes_in_degrees()), r.digest)
            for key, r in enumerate(regions.items)
        ]
    # numpy comes with it: `import gee_scl` stays light.
    from gee_scl.regions.columns import require_column

    columns = [] if regions.id_column is None else [regions.id_column]
    carried = list(dict.fromkeys([*columns, *regions.keep]))

    def described(feature: ee.Feature) -> ee.Feature:
        geometry = feature.geometry()
        centre = geometry.centroid(1).coordinates()
        facts = {"key": feature.get("system:index"), "area": geometry.area(1)}
        facts |= {"longitude": centre.get(0), "latitude": centre.get(1)}
        facts |= {"corners": geometry.bounds(1).coordinates().flatten()}
        described: ee.Feature = ee.Feature(None, {f"{_FACT}{name}": fact for name, fact in facts.items()})
        return ee.Feature(described.copyProperties(feature, carried)) if carried else described

    rows = door.rows("Listing the regions", ee.FeatureCollection(regions.server.map(described)))
    absent = [column for column in carried if rows and all(row.get(column) is None for row in rows)]
    if absent:
        names = door.value("Listing the regions' properties", ee.Feature(regions.server.first()).propertyNames())
        properties = [name for name in names if not name.startswith("system:")]
        for column in absent:
            require_column("id" if column == regions.id_column else "keep", column, properties)
    return _checked([_place(position, row, regions) for position, row in enumerate(rows)], regions)


def _place(position: int, row: Row, regions: Regions) -> Place:
    return Place(
        row[f"{_FACT}key"],
        position if regions.id_column is None else row.get(regions.id_column),
        {name: row.get(name) for name in regions.keep},
        (row.get(f"{_FACT}longitude", 0.0), row.get(f"{_FACT}latitude", 0.0)),
        row[f"{_FACT}area"],
        boxes=_boxes(row.get(f"{_FACT}corners")),
        digest=digest(*(row.get(f"{_FACT}{fact}") for fact in ("key", "area", "longitude", "latitude", "corners"))),
    )


def _boxes(corners: Sequence[float] | None) -> tuple[Box, ...] | None:
    """The box of corners, longitudes and latitudes in turn; None where there is none."""
    if not corners:
        return None
    return ((min(corners[::2]), min(corners[1::2]), max(corners[::2]), max(corners[1::2])),)


def _checked(places: list[Place], regions: Regions) -> list[Place]:
    """What `as_regions` checks of regions that are known here."""
    if not places:
        raise no_regions()
    positions: dict[object, int] = {}
    for position, place in enumerate(places):
        if place.id is None:
            raise without_id(regions.id_column, position)
        if not isinstance(place.id, Hashable):
            raise RegionError("id", place.id, "texts or numbers, all different")
        if place.id in positions:
            raise RegionError(
                "id", f"{place.id!r} at positions {positions[place.id]} and {position}", "ids that differ"
            )
        positions[place.id] = position
        if not place.area > 0:
            raise without_area(place.id)
    return places
