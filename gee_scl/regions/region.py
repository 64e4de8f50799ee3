"""What regions are to the rest of the package: one region, a set of them, and an outline as a part of a request.

What Earth Engine does with an edge decides what a region is:

* Longitude and latitude (EPSG:4326, CRS84) are *geodesic* polygons, Earth Engine's own reading of GeoJSON: an edge is
  a great circle and takes the short way round the Earth, so a ring that jumps by more than 180 degrees crosses the
  antimeridian.
* Another CRS with an EPSG code stays as it is, a *planar* polygon whose edges are straight in that CRS.
* A CRS without an EPSG code is densified to edges of at most 500 m and taken to EPSG:4326.
* A bounding box is planar in EPSG:4326, as `ee.Geometry.BBox` is: its parallels are not great circles.

Coordinates are always x, y (longitude, latitude), whatever the CRS says about its axes; heights are dropped.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import ee

from gee_scl.options.digests import digest
from gee_scl.regions.boxes import Box
from gee_scl.regions.crs import GEODETIC_CRS, to_degrees
from gee_scl.requests.connection import require_open

_METRES_PER_DEGREE = 111_195.0  # of latitude, on the authalic sphere that Earth Engine measures on

_OUTLINE_OVERHEAD = 20  # bytes: the key, brackets, quotation marks and commas


@dataclass(frozen=True)
class Region:
    """One region whose outline is known on this machine.

    Attributes:
        id: the user's id (text or number), else the position from 0.
        geometry: GeoJSON Polygon or MultiPolygon, x before y, coordinates as nested tuples, in `crs`.
        crs: "EPSG:4326" or another EPSG code.
        geodesic: whether edges are great circles; otherwise they are straight in `crs`.
        properties: the kept properties, and no others.
        centroid: longitude and latitude in degrees of the centre of the bounds of the largest part.
        boxes: west, south, east, north of each part, in `crs`.
    """

    id: object
    geometry: Mapping[str, Any]
    crs: str
    geodesic: bool
    properties: Mapping[str, Any]
    centroid: tuple[float, float]
    boxes: tuple[Box, ...]

    @property
    def area(self) -> float:
        """Square metres of the parts' boxes, about: it is for planning, not for measuring."""
        unit = _METRES_PER_DEGREE**2 * math.cos(math.radians(self.centroid[1])) if self.crs == GEODETIC_CRS else 1
        return unit * sum((east - west) * (north - south) for west, south, east, north in self.boxes)

    def boxes_in_degrees(self) -> list[Box]:
        """The parts' boxes in longitude and latitude; those of another CRS with some room around them."""
        if self.crs == GEODETIC_CRS:
            return list(self.boxes)
        transformer = to_degrees(self.crs)
        return [transformer.transform_bounds(*box, densify_pts=21) for box in self.boxes]

    @cached_property
    def text(self) -> str:
        """The coordinates as JSON, as requests about many regions have them."""
        return json.dumps(self.geometry["coordinates"], separators=(",", ":"))

    @property
    def encoded_size(self) -> int:
        """Bytes that the region adds to a request, about."""
        return len(self.text) + _OUTLINE_OVERHEAD

    @cached_property
    def digest(self) -> int:
        """By which the outline is known again."""
        return digest(self.geometry["type"], self.text, self.crs, self.geodesic)

    def to_geometry(self) -> ee.Geometry:
        """The outline as an expression; its graph holds the coordinates once. No request is made.

        Raises:
            NotInitializedError: no session is open.
        """
        require_open()
        return self._kind.geometry(_Constant(self.geometry["coordinates"]))

    @property
    def _kind(self) -> _Kind:
        return _Kind(self.geometry["type"], self.crs, self.geodesic)


@dataclass(frozen=True)
class Regions:
    """A set of regions, known either on this machine or by Earth Engine alone.

    Attributes:
        items: the regions in the order they came; empty for server-side regions.
        server: the collection, where the user gave an Earth Engine object; None otherwise.
        id_column: the property that holds the ids; None where positions 0..R-1 are the ids.
        keep: names of the properties to carry into the results.
    """

    items: tuple[Region, ...]
    server: ee.FeatureCollection | None
    id_column: str | None
    keep: tuple[str, ...]

    def to_features(self, key_property: str, keys: Sequence[int | str] | None = None) -> ee.FeatureCollection:
        """The regions, or some of them, as an expression that carries nothing but their outlines and keys.

        Args:
            key_property: name of the property that holds the key.
            keys: of the regions that are wanted: positions in `items`, or the `system:index` of regions that Earth
                Engine alone knows. None for all.

        Returns:
            An ee.FeatureCollection: known regions in the order of their keys (those of one kind of outline and CRS
            together), others in the collection's own. No request is made.

        Raises:
            NotInitializedError: no session is open.
        """
        if self.server is not None:
            return _server_features(self.server, key_property, keys)
        require_open()
        of_kind: dict[_Kind, list[tuple[int, str]]] = {}
        for position in range(len(self.items)) if keys is None else map(int, keys):
            region = self.items[position]
            of_kind.setdefault(region._kind, []).append((position, region.text))
        features = ee.List([])
        for kind, rows in of_kind.items():
            some = _Constant(rows).map(partial(_feature, kind, key_property))
            features = some if len(of_kind) == 1 else features.cat(some)
        known: ee.FeatureCollection = ee.FeatureCollection(features)
        return known


# --- Outlines in requests: here, and nowhere else, is an outline turned into a part of one ----------------------------
#
# Many outlines are sent as texts, which the server decodes. The client writes what is within a mapped function four
# times: to count functions, for a hash, as a text that it throws away, and to send it. Of a text that is a copy; of
# numbers it would be each of them again. Every outline is a text of its own: it is let go before the next is decoded.
# One alone is written as numbers: collections are filtered by it, and what they are filtered by is read again here.


@dataclass(frozen=True)
class _Kind:
    """Of an outline: how its coordinates are read.

    Attributes:
        type: "Polygon" or "MultiPolygon".
        crs: of the coordinates, "EPSG:n".
        geodesic: whether edges are great circles.
    """

    type: str
    crs: str
    geodesic: bool

    def geometry(self, coordinates: ee.ComputedObject) -> ee.Geometry:
        """An outline of this kind, as an expression.

        The client looks up the constructor's signature, which it gets when a session opens.
        """
        arguments: dict[str, object] = {"coordinates": coordinates, "geodesic": self.geodesic}
        if self.crs != GEODETIC_CRS:  # the default
            arguments["crs"] = ee.Projection(self.crs)
        constructor = ee.ApiFunction.lookup(f"GeometryConstructors.{self.type}")
        geometry: ee.Geometry = ee.Geometry(ee.ComputedObject(constructor, arguments))
        return geometry


def _feature(kind: _Kind, key_property: str, key_and_text: ee.ComputedObject) -> ee.Feature:
    key, text = (ee.List(key_and_text).get(place) for place in (0, 1))
    feature: ee.Feature = ee.Feature(kind.geometry(ee.String(text).decodeJSON()), {key_property: key})
    return feature


class _Constant(ee.List):
    """A nested list that is written as one constant.

    Of another list the client writes every member for itself, and one that comes twice as a reference.
    """

    def __init__(self, values: Sequence[Any]) -> None:
        super().__init__([])
        self._values = values

    def encode_cloud_value(self, encoder: object) -> dict[str, object]:
        return {"constantValue": self._values}


def _server_features(
    collection: ee.FeatureCollection, key_property: str, keys: Sequence[object] | None
) -> ee.FeatureCollection:
    """Regions that Earth Engine alone knows, with nothing but their outlines and keys.

    Args:
        collection: the regions.
        key_property: name of the property that holds the key, which is the region's `system:index`.
        keys: of the regions that are wanted; None for all.
    """
    if keys is not None:
        collection = collection.filter(ee.Filter.inList("system:index", list(keys)))
    features: ee.FeatureCollection = ee.FeatureCollection(
        collection.map(lambda region: ee.Feature(region.geometry(), {key_property: region.get("system:index")}))
    )
    return features
