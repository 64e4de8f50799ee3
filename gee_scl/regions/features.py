"""Regions as Earth Engine features: here, and nowhere else, is an outline turned into a part of a request."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import ee

from gee_scl.regions.crs import GEODETIC_CRS
from gee_scl.requests.connection import require_open

_FEATURE_OVERHEAD = 500  # bytes: names of constructors and arguments, the projection, the key


def outline_feature(geometry: Mapping[str, Any], crs: str, geodesic: bool, properties: Mapping[str, Any]) -> ee.Feature:
    """An outline that is known on this machine, as an expression that holds its coordinates once.

    Args:
        geometry: GeoJSON Polygon or MultiPolygon.
        crs: of its coordinates, "EPSG:n".
        geodesic: whether its edges are great circles.
        properties: of the feature.

    Raises:
        NotInitializedError: no session is open. The client looks up the constructors' signatures, which it gets when
            a session opens, so that no geometry can be built before.
    """
    require_open()
    arguments: dict[str, object] = {"coordinates": _Coordinates(geometry["coordinates"]), "geodesic": geodesic}
    if crs != GEODETIC_CRS:  # the default: leaving it out makes every feature of a request smaller
        arguments["crs"] = ee.Projection(crs)
    constructor = ee.ApiFunction.lookup(f"GeometryConstructors.{geometry['type']}")
    outline = ee.Geometry(ee.ComputedObject(constructor, arguments))
    feature: ee.Feature = ee.Feature(outline, properties)
    return feature


class _Coordinates(ee.Encodable):
    """Coordinates that are written as one constant.

    Of a list the client writes every number for itself, and every position that comes twice as a reference: a
    thousand fields then take seconds, and up to five times their size.
    """

    def __init__(self, coordinates: object) -> None:
        self._coordinates = coordinates

    def encode_cloud_value(self, encoder: object) -> dict[str, object]:
        return {"constantValue": self._coordinates}


def encoded_size(geometry: Mapping[str, Any]) -> int:
    """Bytes that an outline adds to a request, about: its GeoJSON and what the client writes around it."""
    return len(json.dumps(geometry)) + _FEATURE_OVERHEAD


def server_features(
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
