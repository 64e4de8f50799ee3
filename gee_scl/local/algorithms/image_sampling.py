"""Pixels as features, tables and arrays: sample, sampleRegions, stratifiedSample, sampleRectangle, getRegion."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely

from gee_scl.local.algorithms.image import random
from gee_scl.local.algorithms.projection import affine, scaled
from gee_scl.local.algorithms.registry import algorithm
from gee_scl.local.context import Context
from gee_scl.local.errors import EvaluationError, LimitError
from gee_scl.local.raster.clipping import Inside
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Band, Image, Tile
from gee_scl.local.raster.reduction import pixels_in
from gee_scl.local.raster.sampling import Choice, SampledPixels, centres, pixels_of, sample
from gee_scl.local.raster.zones import Zone
from gee_scl.local.values import FOOTPRINT, INDEX, TIME_START, Collection, Date, Feature, Projection, type_of
from gee_scl.local.vector.geometry import Geometry

MAX_REGION_VALUES = 1_048_576
"""Values that getRegion may give (its documentation)."""

MAX_RECTANGLE_PIXELS = 262_144
"""Pixels that sampleRectangle may give (recorded in its error)."""


@algorithm("Image.sample")
def sample_image(
    image: Image,
    region: Geometry | None,
    scale: float | None,
    projection: Projection | None,
    factor: float | None,
    number: int | None,
    seed: int,
    drop_nulls: bool,
    tile_scale: float,
    geometries: bool,
    *,
    context: Context,
) -> Collection:
    """A feature for each pixel of a region, or for a share of them that depends on the seed alone."""
    name = "Image.sample"
    zone = Zone.of(_region(image, region, name), _plane(image, projection, scale, name), context)
    if factor is not None and number is not None:
        raise EvaluationError(f"{name}: Cannot specify both 'factor' and 'numPixels'.")
    if factor is not None and not 0 < factor <= 1:
        raise EvaluationError(f"{name}: 'factor' must be within (0, 1], not {factor}.")
    if number is not None:
        if number < 1:
            raise EvaluationError(f"{name}: 'numPixels' must be positive, not {number}.")
        factor = number / max(1, pixels_in(zone))
    chance = None if factor is None or factor >= 1 else _chance(seed, factor)
    pixels = sample([band.source for band in image.bands], zone, context, chance)
    return Collection(elements=_features(image.names, _without_nulls(pixels) if drop_nulls else pixels, geometries))


def _chance(seed: int, factor: float) -> Choice:
    numbers = random(seed, "uniform").bands[0].source
    return lambda grid, tile: np.asarray(tile.read(numbers, grid).values < factor)


def _region(image: Image, region: Geometry | None, name: str) -> Geometry:
    place = region or image.properties.get(FOOTPRINT)
    if not isinstance(place, Geometry) or place.is_unbounded():
        raise EvaluationError(f"{name}: The region must be bounded. Specify a 'region' for an image without footprint.")
    return place


def _plane(image: Image, projection: Projection | None, scale: float | None, name: str) -> Projection:
    """The projection asked for, else the first band's; rescaled if a scale is given."""
    plane = projection or image.first_band(name).projection
    return plane if scale is None else scaled(plane, scale, name)


def _without_nulls(pixels: SampledPixels) -> SampledPixels:
    return pixels.at(np.logical_and.reduce([np.ones(len(pixels), np.bool_), *pixels.valid]))


def _features(
    names: Sequence[str],
    pixels: SampledPixels,
    geometries: bool,
    properties: Mapping[str, Any] | None = None,
    prefix: str = "",
) -> list[Feature]:
    """A feature for each pixel; what is masked is no property."""
    columns = [
        [value if valid_here else None for value, valid_here in zip(values.tolist(), valid.tolist(), strict=True)]
        for values, valid in zip(pixels.values, pixels.valid, strict=True)
    ]
    rows = zip(*columns, strict=True) if columns else [()] * len(pixels)
    return [
        Feature(
            geometry=Geometry(shapely.Point(x, y)) if geometries else None,
            properties={
                **(properties or {}),
                **{k: v for k, v in zip(names, row, strict=True) if v is not None},
                INDEX: f"{prefix}{place}",
            },
        )
        for place, (row, x, y) in enumerate(zip(rows, pixels.longitude.tolist(), pixels.latitude.tolist(), strict=True))
    ]


@algorithm("Image.sampleRegions")
def sample_regions(
    image: Image,
    collection: Collection,
    properties: Sequence[str] | None,
    scale: float | None,
    projection: Projection | None,
    tile_scale: float,
    geometries: bool,
    *,
    context: Context,
) -> Collection:
    """A feature for each pixel in each region, with the region's properties; masked pixels are left out."""
    name = "Image.sampleRegions"
    plane = _plane(image, projection, scale, name)
    regions = []
    for feature in collection.elements:
        if not isinstance(feature, Feature) or feature.geometry is None:
            raise EvaluationError(f"{name}: Feature '{feature.index}' has no geometry.")
        regions.append((feature, feature.geometry))
    sources = [band.source for band in image.bands]
    zones = Zone.of_all([geometry for _, geometry in regions], plane, context)
    elements: list[Feature] = []
    for (feature, _), zone in zip(regions, zones, strict=True):
        pixels = _without_nulls(sample(sources, zone, context))
        if properties is None:
            kept = {k: v for k, v in feature.properties.items() if not k.startswith("system:")}
        else:
            kept = {k: feature.get(k) for k in properties if feature.get(k) is not None}
        elements += _features(image.names, pixels, geometries, kept, f"{feature.index}_")
    return Collection(elements=elements)


@algorithm("Image.stratifiedSample")
def stratified_sample(
    image: Image,
    number: int,
    class_band: str | None,
    region: Geometry | None,
    scale: float | None,
    projection: Projection | None,
    seed: int,
    class_values: Sequence[int] | None,
    class_points: Sequence[int] | None,
    drop_nulls: bool,
    tile_scale: float,
    geometries: bool,
    *,
    context: Context,
) -> Collection:
    """For each value of a band as many pixels as asked for, or all there are; which, depends on the seed alone."""
    name = "Image.stratifiedSample"
    place = 0 if class_band is None else _place_of(image, class_band, name)
    if image.first_band(name) and image.bands[place].type.precision != "int":
        raise EvaluationError(f"{name}: The class band '{image.bands[place].name}' must have an integer type.")
    if (class_values is None) != (class_points is None) or len(class_values or ()) != len(class_points or ()):
        raise EvaluationError(f"{name}: 'classValues' and 'classPoints' must have the same size.")
    wanted = dict(zip(class_values or (), class_points or (), strict=True))
    zone = Zone.of(_region(image, region, name), _plane(image, projection, scale, name), context)
    numbers = random(seed, "uniform").bands[0]
    pixels = sample([band.source for band in (*image.bands, numbers)], zone, context)
    pixels = _without_nulls(pixels) if drop_nulls else pixels.at(pixels.valid[place])
    classes, order = pixels.values[place], np.argsort(pixels.values[-1], kind="stable")
    samples = [order[classes[order] == value][: wanted.get(int(value), number)] for value in np.unique(classes)]
    taken = pixels.at(np.concatenate(samples)) if samples else pixels
    shown = replace(taken, values=taken.values[:-1], valid=taken.valid[:-1])
    return Collection(elements=_features(image.names, shown, geometries))


def _place_of(image: Image, band: str, name: str) -> int:
    if band not in image.names:
        raise EvaluationError(f"{name}: No band named '{band}'. Available bands: [{', '.join(image.names)}].")
    return image.names.index(band)


@algorithm("Image.sampleRectangle")
def sample_rectangle(
    image: Image,
    region: Geometry | None,
    properties: Sequence[str] | None,
    default: float | None,
    default_array: Any,
    *,
    context: Context,
) -> Feature:
    """A feature with the rows of each band's pixels in a rectangle, on the band's own grid."""
    name = "Image.sampleRectangle"
    area = _region(image, region, name)
    kept = {k: image.get(k) for k in properties or [k for k in image.properties if not k.startswith("system:")]}
    tile = Tile(context.check_time)
    rows = {band.name: _rows(band, area, default, tile, context) for band in image.bands}
    return Feature(geometry=area, properties={k: v for k, v in {**kept, **rows}.items() if v is not None})


def _rows(band: Band, area: Geometry, default: float | None, tile: Tile, context: Context) -> list[list[Any]]:
    grid = _rectangle(Zone.of(area, band.projection, context))
    if grid.width * grid.height > MAX_RECTANGLE_PIXELS:
        raise LimitError(
            f"Image.sampleRectangle: Too many pixels in sample; must be <= {MAX_RECTANGLE_PIXELS}. "
            f"Got {grid.width * grid.height}."
        )
    pixels = tile.read(band.source, grid)
    if default is None and not pixels.valid.all():
        raise EvaluationError(
            "Image.sampleRectangle: Fully masked pixels / pixels outside of the image footprint when sampling band "
            f"'{band.name}' with no default value set. Note that calling sampleRectangle() on an image after "
            "ee.Image.clip() may result in a sampling bounding box outside the geometry passed to clip()."
        )
    if default is None:
        return list(pixels.values.tolist())
    filling = int(default) if pixels.values.dtype.kind in "iub" and default == int(default) else default
    return [
        [value if valid_here else filling for value, valid_here in zip(*row, strict=True)]
        for row in zip(pixels.values.tolist(), pixels.valid.tolist(), strict=True)
    ]


_ROUNDING = 1e-6
"""Pixels by which a projected rectangle may miss the border of a pixel that it means to end on."""


def _rectangle(zone: Zone) -> Grid:
    """The pixels that a region's rectangle meets, without those it only touches."""
    transform = zone.grid.transform
    left, bottom, right, top = shapely.bounds(zone.shape).tolist()
    corners = [~transform @ (x, y) for x in (left, right) for y in (bottom, top)]
    columns, rows = zip(*corners, strict=True)
    first_column, first_row = math.floor(min(columns) + _ROUNDING), math.floor(min(rows) + _ROUNDING)
    width = max(1, math.ceil(max(columns) - _ROUNDING) - first_column)
    height = max(1, math.ceil(max(rows) - _ROUNDING) - first_row)
    return Grid(zone.grid.crs, transform, first_column, first_row, width, height)


@algorithm("ImageCollection.getRegion")
def get_region(
    collection: Collection,
    geometry: Geometry,
    scale: float | None,
    crs: Projection,
    crs_transform: Sequence[float] | None,
    *,
    context: Context,
) -> list[list[Any]]:
    """A table of values: a header, then a row for each pixel and each image whose footprint holds the pixel's centre.

    The rows of one pixel follow each other in the order of the images.
    """
    name = "ImageCollection.getRegion"
    if scale is not None and crs_transform is not None:
        raise EvaluationError(f"{name}: Cannot specify both 'scale' and 'crsTransform'.")
    if geometry.is_unbounded():
        raise EvaluationError(f"{name}: The geometry must be bounded.")
    plane = crs if crs_transform is None else replace(crs, transform=affine(crs_transform, name))
    plane = plane if scale is None else scaled(plane, scale, name)
    images = []
    for element in collection.elements:
        if not isinstance(element, Image):
            raise EvaluationError(f"{name}: A collection of images is needed, but it has a {type_of(element)}.")
        images.append(element)
    names = images[0].names if images else []
    for image in images:
        if image.names != names:
            raise EvaluationError(
                f"{name}: Expected a homogeneous image collection: the bands of image '{image.index}' are "
                f"{image.names}, those of the first are {names}."
            )
    zone = Zone.of(geometry, plane, context)
    places = list(pixels_of(zone)) if pixels_in(zone) <= MAX_REGION_VALUES else None
    points = pixels_in(zone) if places is None else sum(int(inside.sum()) for _, inside in places)
    if points * len(names) * len(images) > MAX_REGION_VALUES:
        raise LimitError(
            f"{name}: Too many values: {points} points x {len(names)} bands x {len(images)} images > "
            f"{MAX_REGION_VALUES}."
        )
    rows = [row for grid, inside in places or () for row in _region_rows(images, grid, inside, context)]
    return [["id", "longitude", "latitude", "time", *names], *rows]


def _region_rows(images: Sequence[Image], grid: Grid, inside: Any, context: Context) -> list[list[Any]]:
    longitude, latitude = centres(grid, inside)
    tables = [_image_rows(image, grid, inside, longitude, latitude, context) for image in images]
    return [row for pixel in zip(*tables, strict=True) for row in pixel if row is not None]


def _image_rows(
    image: Image, grid: Grid, inside: Any, longitude: Any, latitude: Any, context: Context
) -> list[list[Any] | None]:
    """A row for each pixel, None where the image is not."""
    tile = Tile(context.check_time)
    footprint = image.properties.get(FOOTPRINT)
    there = np.ones(len(longitude), np.bool_)
    if isinstance(footprint, Geometry) and not footprint.is_unbounded():
        there = tile.read(Inside((footprint,)), grid).valid[inside]
    time = image.get(TIME_START)
    columns = []
    for band in image.bands:
        pixels = tile.read(band.source, grid)
        values, valid = pixels.values[inside].tolist(), pixels.valid[inside].tolist()
        columns.append([v if valid_here else None for v, valid_here in zip(values, valid, strict=True)])
    rows = zip(*columns, strict=True) if columns else [()] * len(longitude)
    moment = time.milliseconds if isinstance(time, Date) else time
    return [
        [image.index, x, y, moment, *values] if present else None
        for x, y, present, values in zip(longitude.tolist(), latitude.tolist(), there.tolist(), rows, strict=True)
    ]
