"""Regions as they were read, nothing checked yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gee_scl.regions.crs import GEODETIC_CRS


@dataclass(frozen=True)
class Draft:
    """One region as it was read.

    Attributes:
        geometry: GeoJSON, if it is one.
        crs: as "EPSG:n", or as WKT where it has no EPSG code.
        properties: all that were read.
        feature_id: of a GeoJSON Feature, beside its properties.
        is_box: whether it was a bounding box.
    """

    geometry: object
    crs: str
    properties: Mapping[str, Any]
    feature_id: object = None
    is_box: bool = False

    @property
    def geodesic(self) -> bool:
        """Geodesic unless it is a box or, as Earth Engine itself writes, has a member "geodesic" that says no."""
        planar = isinstance(self.geometry, Mapping) and self.geometry.get("geodesic") is False
        return self.crs == GEODETIC_CRS and not self.is_box and not planar


@dataclass(frozen=True)
class Source:
    """All regions that were given, and the names of the properties that they may have."""

    drafts: Sequence[Draft]
    columns: Collection[str]
