"""Making images: constants, assets, coordinates, areas, random numbers; and what they are called and where they lie."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from gee_scl.local.algorithms.registry import algorithm
from gee_scl.local.context import Context
from gee_scl.local.errors import EvaluationError, NotFoundError
from gee_scl.local.raster.area import pixel_areas
from gee_scl.local.raster.bands import add_bands, masked_band, select
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Band, Image, OfGrid
from gee_scl.local.values import (
    DOUBLE,
    FOOTPRINT,
    INDEX,
    TIME_START,
    Collection,
    Date,
    Element,
    ErrorMargin,
    Feature,
    PixelType,
    Projection,
    type_of,
)
from gee_scl.local.vector.crs import transformer
from gee_scl.local.vector.geometry import DEFAULT_MAX_ERROR, Geometry

LARGEST = 2**63


@algorithm("Image.constant")
def constant(value: Any) -> Image:
    """A number everywhere; a band for each number of a list or dictionary."""
    match value:
        case list():
            return Image(bands=tuple(_constant(number, f"constant_{i}") for i, number in enumerate(value)))
        case dict():
            return Image(bands=tuple(_constant(number, name) for name, number in value.items()))
    return Image(bands=(_constant(value, "constant"),))


def _constant(number: Any, name: str) -> Band:
    if isinstance(number, bool):
        number = int(number)
    if number in ("NaN", "Infinity", "-Infinity"):  # how JSON carries them
        number = float(number)
    if not isinstance(number, int | float):
        raise EvaluationError(
            f"Image.constant: The value must be a number or a list of numbers, not {type_of(number)}."
        )
    if isinstance(number, int) and not -LARGEST <= number < LARGEST:
        number = float(number)
    return Image.constant(number, name).bands[0]


@algorithm("Image.load")
def load(asset_id: str, version: int, *, context: Context) -> Image:
    """An image by its id."""
    missing = f"Image.load: Image asset '{asset_id}' not found (does not exist or caller does not have access)."
    try:
        asset = context.assets.load(asset_id)
    except NotFoundError:
        raise EvaluationError(missing) from None
    if not isinstance(asset, Image):
        raise EvaluationError(f"Image.load: Asset '{asset_id}' is not an Image.")
    if version not in (-1, asset.version):
        raise EvaluationError(missing)
    return asset


@algorithm("Image.metadata")
def metadata(image: Image, name: str, band_name: str | None) -> Image:
    """A property's number everywhere, as a band of type double."""
    value = image.get(name)
    if isinstance(value, Date):
        value = value.milliseconds
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise EvaluationError(f"Image.metadata: The property '{name}' must be a number, not {type_of(value)}.")
    # Without limits: images of one collection must have bands of one type, whatever their dates.
    band = Image.constant(float(value), band_name or name).bands[0]
    return Image(bands=(Band(band.name, DOUBLE, band.source),))


@algorithm("Image.pixelArea")
def pixel_area() -> Image:
    """Square metres of each pixel, on the ellipsoid."""
    return Image(bands=(Band("area", PixelType("double", min=0), OfGrid(pixel_areas)),))


@algorithm("Image.pixelLonLat")
def pixel_longitude_latitude() -> Image:
    """Degrees of each pixel's centre."""
    names = (("longitude", 180), ("latitude", 90))
    return Image(
        bands=tuple(
            Band(name, PixelType("double", -limit, limit), OfGrid(_coordinate("EPSG:4326", axis)))
            for axis, (name, limit) in enumerate(names)
        )
    )


def _coordinate(crs: str, axis: int) -> Any:
    def of(grid: Grid) -> npt.NDArray[np.float64]:
        x, y = grid.centres()
        if grid.crs != crs:
            x, y = transformer(grid.crs, crs).transform(x, y)
        return np.broadcast_to(np.asarray((x, y)[axis], dtype=np.float64), grid.shape)

    return of


@algorithm("Image.pixelCoordinates")
def pixel_coordinates(projection: Projection) -> Image:
    """Columns and rows of each pixel's centre, in a projection's pixels."""
    back = ~projection.transform
    across, down = _coordinate(projection.crs, 0), _coordinate(projection.crs, 1)
    x = OfGrid(lambda grid: back.a * across(grid) + back.b * down(grid) + back.c)
    y = OfGrid(lambda grid: back.d * across(grid) + back.e * down(grid) + back.f)
    return Image(bands=(Band("x", DOUBLE, x, projection), Band("y", DOUBLE, y, projection)))


@algorithm("Image.random")
def random(seed: int, distribution: str) -> Image:
    """A number for each pixel, always the same; not the server's own sequence, which is not public."""
    if distribution not in ("uniform", "normal"):
        raise EvaluationError(f"Image.random: Unknown distribution: '{distribution}'. It may be 'uniform' or 'normal'.")
    normal = distribution == "normal"

    def of(grid: Grid) -> npt.NDArray[np.float64]:
        uniform = _uniform(grid, seed)
        return np.asarray(scipy.special.ndtri(uniform + 2.0**-54)) if normal else uniform

    kind = DOUBLE if normal else PixelType("double", 0, 1)
    return Image(bands=(Band("random", kind, OfGrid(of)),))


def _uniform(grid: Grid, seed: int) -> npt.NDArray[np.float64]:
    """Numbers in [0, 1) that depend on the place of the pixel's centre alone."""
    x, y = (np.ascontiguousarray(np.broadcast_to(c, grid.shape)).view(np.uint64) for c in grid.centres())
    mixed = _mixed(_mixed(x + np.uint64(seed % 2**64)) ^ y)
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _mixed(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The finalizer of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014)."""
    bits = bits + np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


@algorithm("Image.id")
def image_id(element: Element) -> str | None:
    """The name of an element in its collection."""
    index = element.get(INDEX)
    return None if index is None else str(index)


@algorithm("Image.date")
def date(image: Image) -> Date:
    """When an image was taken."""
    value = image.get(TIME_START)
    if isinstance(value, Date):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise EvaluationError(f"Image.date: The image has no property '{TIME_START}', which is its date.")
    return Date(value)


@algorithm("Image.geometry")
def geometry(
    element: Element, max_error: ErrorMargin | None, projection: Projection | None, geodesic: bool | None
) -> Geometry:
    """The footprint; unbounded where there is none."""
    footprint = element.geometry if isinstance(element, Feature) else element.get(FOOTPRINT)
    if not isinstance(footprint, Geometry):
        return Geometry.unbounded()
    if projection is None or footprint.is_unbounded():
        return footprint
    metres = max_error.value if max_error is not None and max_error.unit == "meters" else None
    return footprint.transform(projection.crs, metres or DEFAULT_MAX_ERROR, geodesic)


@algorithm("Image.linkCollection")
def link_collection(
    image: Image, collection: Collection, bands: Any, properties: Any, match: str, *, context: Context
) -> Image:
    """Bands and properties of the collection's image that has the same value of a property.

    Without such an image the bands are masked everywhere and the properties null (the algorithm's documentation).
    """
    band_names, property_names = _names(bands), _names(properties)
    partner = _partners(collection, match, context).get(_key(image.get(match)))
    if partner is None:
        first = next(iter(collection.elements), None)
        types = {b.name: b.type for b in first.bands} if isinstance(first, Image) else {}
        added = Image(bands=tuple(masked_band(name, types.get(name, DOUBLE)) for name in band_names))
        partner_properties: dict[str, Any] = dict.fromkeys(property_names)
    else:
        added = select(partner, band_names, None)
        partner_properties = {name: partner.get(name) for name in property_names}
    linked = add_bands(image, added, None, True)
    return linked.with_properties({**linked.properties, **partner_properties})


def _names(names_or_name: Any) -> Sequence[str]:
    names = [] if names_or_name is None else [names_or_name] if isinstance(names_or_name, str) else names_or_name
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise EvaluationError(
            f"Image.linkCollection: 'linkedBands' and 'linkedProperties' must be names, not {type_of(names_or_name)}."
        )
    return names


def _partners(collection: Collection, match: str, context: Context) -> dict[Hashable, Image]:
    """The collection's images by a property; looked up once for all images that are linked to it."""

    def by_property() -> tuple[dict[Hashable, Image], Collection]:
        partners: dict[Hashable, Image] = {}
        for element in collection.elements:
            if isinstance(element, Image) and element.get(match) is not None:
                partners.setdefault(_key(element.get(match)), element)
        return partners, collection

    # The collection is kept beside its images, so that its id stays its own.
    kept = context.cache.get(("partners", id(collection), match), by_property, lambda m: 1000 + 200 * len(m[0]))
    partners: dict[Hashable, Image] = kept[0]
    return partners


def _key(value: Any) -> Hashable:
    return value if isinstance(value, Hashable) else repr(value)
