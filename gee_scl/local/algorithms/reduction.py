"""Image.reduceRegion, Image.reduceRegions and Collection.reduceColumns: reducers applied."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from affine import Affine

from gee_scl.local.algorithms.registry import algorithm
from gee_scl.local.context import Context
from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.image import Band, Image
from gee_scl.local.raster.reducer import Reducer, Sample, as_array
from gee_scl.local.raster.reduction import check_pixels, pixels_in, reduce_regions
from gee_scl.local.raster.zones import Zone
from gee_scl.local.values import Collection, Feature, Projection
from gee_scl.local.vector.geometry import Geometry

_TOO_MANY = (
    "Image.reduceRegion: Too many pixels in the region. Found {found}, but maxPixels allows only {allowed}.\n"
    "Ensure that you are not aggregating at a higher resolution than you intended; that is the most frequent cause "
    "of this error. If not, then you may set the 'maxPixels' argument to a limit suitable for your computation; set "
    "'bestEffort' to true to aggregate at whatever scale results in 'maxPixels' total pixels; or both."
)
_TOO_MANY_PER_REGION = (
    "Image.reduceRegions: Too many pixels in the region. Found {found}, but maxPixelsPerRegion allows only {allowed}."
)


@algorithm("Image.reduceRegion")
def reduce_region(
    image: Image,
    reducer: Reducer,
    geometry: Geometry | None,
    scale: float | None,
    crs: Projection | None,
    crs_transform: Sequence[float] | None,
    best_effort: bool,
    max_pixels: int,
    tile_scale: float,
    *,
    context: Context,
) -> dict[str, Any]:
    """The reducer's outputs over one region."""
    names = _names(image, reducer, "Image.reduceRegion")
    projection = _projection(image, scale, crs, crs_transform, "Image.reduceRegion")
    region = geometry or _footprint(image.first_band("Image.reduceRegion"))
    if region.is_unbounded():
        raise EvaluationError("Image.reduceRegion: Unable to perform this geometry operation on an unbounded region.")
    zone = Zone.of(region, projection, context)
    pixels = pixels_in(zone)
    if best_effort and pixels > max_pixels:
        coarser = Affine.scale(math.sqrt(pixels / max_pixels))
        zone = Zone.of(region, replace(projection, transform=projection.transform @ coarser), context)
    check_pixels([zone], None if best_effort else max_pixels, _TOO_MANY)
    (results,) = reduce_regions(image, reducer, [zone], context)
    return dict(zip(names, results, strict=True))


@algorithm("Image.reduceRegions")
def reduce_regions_of_features(
    image: Image,
    collection: Collection,
    reducer: Reducer,
    scale: float | None,
    crs: Projection | None,
    crs_transform: Sequence[float] | None,
    tile_scale: float,
    max_pixels_per_region: int | None,
    *,
    context: Context,
) -> Collection:
    """The features, each with the reducer's outputs over it as properties."""
    names = _names(image, reducer, "Image.reduceRegions")
    if len(image.bands) == 1 and len(reducer.outputs) == 1:
        names = list(reducer.outputs)
    projection = _projection(image, scale, crs, crs_transform, "Image.reduceRegions")
    features = list(collection.elements)
    geometries = []
    for feature in features:
        if not isinstance(feature, Feature) or feature.geometry is None:
            raise EvaluationError(f"Image.reduceRegions: Feature '{feature.index}' has no geometry.")
        geometries.append(feature.geometry)
    zones = Zone.of_all(geometries, projection, context)
    check_pixels(zones, max_pixels_per_region, _TOO_MANY_PER_REGION)
    results = reduce_regions(image, reducer, zones, context)
    reduced = [
        feature.with_properties({**feature.properties, **dict(zip(names, values, strict=True))})
        for feature, values in zip(features, results, strict=True)
    ]
    return Collection(elements=reduced)


@algorithm("Collection.reduceColumns")
def reduce_columns(
    collection: Collection, reducer: Reducer, selectors: Sequence[str], weights: Sequence[str] | None
) -> dict[str, Any]:
    """The reducer's outputs over properties; an element that lacks one of them is left out."""
    if len(selectors) != reducer.inputs:
        raise EvaluationError(
            f"Collection.reduceColumns: The reducer needs {reducer.inputs} inputs, but there are "
            f"{len(selectors)} selectors."
        )
    if weights and len(weights) != 1:
        raise EvaluationError("Collection.reduceColumns: One weight selector is supported.")
    properties = [*selectors, *(weights or ())]
    rows = [[element.get(name) for name in properties] for element in collection.elements]
    whole = [row for row in rows if None not in row]
    columns = [as_array([row[place] for row in whole]) for place in range(len(properties))]
    weight = columns[-1].astype(float) if weights else None
    return reducer.reduce_values(Sample(tuple(columns[: len(selectors)]), weight))


def _names(image: Image, reducer: Reducer, algorithm_name: str) -> list[str]:
    """The outputs' names: the bands' where each has one output, `band_output` where each has several."""
    if reducer.inputs == 1:
        if len(reducer.outputs) == 1:
            return image.names
        return [f"{band}_{output}" for band in image.names for output in reducer.outputs]
    if reducer.inputs != len(image.bands):
        raise EvaluationError(
            f"{algorithm_name}: Need {reducer.inputs} bands for the reducer, but the image has {len(image.bands)}."
        )
    return list(reducer.outputs)


def _projection(
    image: Image,
    scale: float | None,
    crs: Projection | None,
    crs_transform: Sequence[float] | None,
    algorithm_name: str,
) -> Projection:
    """The grid to reduce on: the first band's, unless told otherwise."""
    if scale is not None and crs_transform is not None:
        raise EvaluationError(f"{algorithm_name}: 'scale' and 'crsTransform' are mutually exclusive.")
    if scale is not None and not scale > 0:
        raise EvaluationError(f"{algorithm_name}: 'scale' must be positive, not {scale}.")
    projection = crs or image.first_band(algorithm_name).projection
    if crs_transform is not None:
        if len(crs_transform) != 6:
            raise EvaluationError(f"{algorithm_name}: 'crsTransform' must have 6 numbers.")
        transform = Affine(*crs_transform)
        if not transform.determinant:
            raise EvaluationError(f"{algorithm_name}: 'crsTransform' cannot be inverted.")
        return Projection(projection.crs, transform)
    return projection if scale is None else projection.at_scale(scale)


def _footprint(band: Band) -> Geometry:
    """The rectangle of a band's pixels, on its own plane."""
    if band.dimensions is None:
        raise EvaluationError(
            "Image.reduceRegion: The default WGS84 projection is invalid for aggregations of an unbounded image. "
            "Specify a geometry."
        )
    width, height = band.dimensions
    corners = [(0, 0), (width, 0), (width, height), (0, height), (0, 0)]
    ring = [list(band.projection.transform @ corner) for corner in corners]
    return Geometry.from_geojson({"type": "Polygon", "coordinates": [ring]}, band.projection.crs, geodesic=False)
