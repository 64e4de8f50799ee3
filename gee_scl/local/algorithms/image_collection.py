"""Image collections as stacks of pixels: composites, reductions, and bands joined image by image."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from gee_scl.local.algorithms import registry
from gee_scl.local.algorithms.registry import algorithm
from gee_scl.local.context import Context
from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.bands import add_bands, cast_to
from gee_scl.local.raster.image import Band, Image
from gee_scl.local.raster.reducer import Reducer
from gee_scl.local.raster.stack import best, mosaic, reduced_bands
from gee_scl.local.values import INDEX, ONE_DEGREE, Collection, PixelType, type_of

MAX_BANDS = 5000
"""Bands that one image may have (ImageCollection.toBands' documentation)."""


@algorithm("ImageCollection.mosaic")
def mosaicked(collection: Collection) -> Image:
    """The images on top of each other, the last uppermost."""
    images = _homogeneous(collection)
    return _composite(mosaic(layers) for layers in zip(*(image.bands for image in images), strict=True))


@algorithm("ImageCollection.qualityMosaic")
def quality_mosaic(collection: Collection, quality: str) -> Image:
    """At each pixel the image whose quality band is highest there."""
    images = _homogeneous(collection)
    if not images:
        return Image()
    if quality not in images[0].names:
        raise EvaluationError(
            f"ImageCollection.qualityMosaic: No band named '{quality}'. Available bands: {images[0].names}."
        )
    place = images[0].names.index(quality)
    return _composite(best(images, [image.bands[place] for image in images]))


@algorithm("ImageCollection.reduce")
def reduce(collection: Collection, reducer: Reducer, parallel_scale: float) -> Image:
    """Each pixel's values in all images, reduced.

    A reducer with one input is applied to each band, whose name its outputs carry; one with several takes the bands
    together, and its outputs keep their own names.
    """
    images = _homogeneous(collection)
    if not images:
        return Image()
    if reducer.inputs == 1:
        return _composite(
            band.renamed(f"{name}_{band.name}")
            for name, layers in _layers(images)
            for band in _reduced(reducer, layers)
        )
    if reducer.inputs != len(images[0].bands):
        raise EvaluationError(
            f"ImageCollection.reduce: The reducer has {reducer.inputs} inputs, but the collection has "
            f"{len(images[0].bands)} bands."
        )
    return _composite(reduced_bands(reducer, [image.bands for image in images], "ImageCollection.reduce"))


def _layers(images: Sequence[Image]) -> list[tuple[str, list[Band]]]:
    return [(name, [image.bands[place] for image in images]) for place, name in enumerate(images[0].names)]


def _reduced(reducer: Reducer, layers: Sequence[Band]) -> list[Band]:
    return reduced_bands(reducer, [(band,) for band in layers], "ImageCollection.reduce")


_NAMED_REDUCERS: Mapping[str, str] = {
    "reduce.min": "Reducer.min",
    "reduce.max": "Reducer.max",
    "reduce.count": "Reducer.count",
    "reduce.sum": "Reducer.sum",
    "reduce.product": "Reducer.product",
    "reduce.mean": "Reducer.mean",
    "reduce.median": "Reducer.median",
    "reduce.mode": "Reducer.mode",
    "reduce.and": "Reducer.allNonZero",
    "reduce.or": "Reducer.anyNonZero",
}
"""Composites, and the reducer of each."""


def _composite_by(reducer_name: str) -> Callable[..., Image]:
    def reduce_by_name(collection: Collection, *, context: Context) -> Image:
        reducer = registry.call(reducer_name, {}, context)
        images = _homogeneous(collection)
        return _composite(
            band.renamed(name)
            for name, layers in (_layers(images) if images else ())
            for band in _reduced(reducer, layers)
        )

    return reduce_by_name


for _name, _reducer in _NAMED_REDUCERS.items():
    algorithm(_name)(_composite_by(_reducer))


def _composite(bands: Any) -> Image:
    """An image without properties or a place of its own: its default projection is one degree (recorded)."""
    return Image(bands=tuple(replace(band, projection=ONE_DEGREE, dimensions=None) for band in bands))


def _homogeneous(collection: Collection) -> list[Image]:
    """The images of a collection, which must have the same bands of the same types."""
    images = _images(collection)
    for image in images[1:]:
        _check_like(images[0], image)
    return images


def _images(collection: Collection) -> list[Image]:
    images = []
    for element in collection.elements:
        if not isinstance(element, Image):
            raise EvaluationError(
                f"A collection of images is needed, but it has an element of type {type_of(element)}."
            )
        images.append(element)
    return images


_MIXED = "Expected a homogeneous image collection, but an image with "


def _check_like(first: Image, image: Image) -> None:
    if first.names != image.names:
        types = (f"{len(i.bands)} bands ([{', '.join(i.names)}])" for i in (first, image))
        raise EvaluationError(
            _MIXED
            + "incompatible bands was encountered:\nFirst image type: {}.\nCurrent image type: {}.\n"
            "Some bands might require explicit casts.".format(*types)
        )
    for expected, actual in zip(first.bands, image.bands, strict=True):
        if not _compatible(expected.type, actual.type):
            raise EvaluationError(
                f"{_MIXED}an incompatible band was encountered. Mismatched type for band '{expected.name}':\n"
                f"Expected type: {_described(expected.type)}.\nActual type: {_described(actual.type)}.\n"
                f"Image ID: {image.index}\nThis band might require an explicit cast."
            )


def _compatible(expected: PixelType, actual: PixelType) -> bool:
    """The same precision and limits: of a constant both limits are its value, so that only a cast makes two alike.

    Users report it of reductions and of mosaics; some say that small evaluations let it pass.
    """
    return (expected.precision, expected.min, expected.max) == (actual.precision, actual.min, actual.max)


def _described(kind: PixelType) -> str:
    name = {"int": "Integer", "float": "Float", "double": "Double"}[kind.precision]
    if kind.min is None or kind.max is None:
        return name
    low, high = (kind.min, kind.max) if kind.precision == "int" else (float(kind.min), float(kind.max))
    return f"{name}<{low}, {high}>"


@algorithm("ImageCollection.toBands")
def to_bands(collection: Collection) -> Image:
    """All bands of all images in one, each named for its image."""
    bands = tuple(band.renamed(f"{i.index}_{band.name}") for i in _images(collection) for band in i.bands)
    if len(bands) > MAX_BANDS:
        raise EvaluationError(f"ImageCollection.toBands: Too many bands: {len(bands)}; the maximum is {MAX_BANDS}.")
    return Image(bands=bands)


@algorithm("ImageCollection.combine")
def combine(primary: Collection, secondary: Collection, overwrite: bool) -> Collection:
    """The images of two collections that share an index, with the bands of both."""
    partners = {image.get(INDEX): image for image in reversed(_images(secondary))}
    return primary.with_elements(
        [
            add_bands(image, partners[image.get(INDEX)], None, overwrite)
            for image in _images(primary)
            if image.get(INDEX) in partners
        ]
    )


@algorithm("ImageCollection.cast")
def cast(collection: Collection, types: Mapping[str, Any], order: Sequence[str]) -> Collection:
    """Every image with the same bands of the same types."""
    images = _images(collection)
    for image in images:
        if missing := [name for name in image.names if name not in types]:
            raise EvaluationError(f"ImageCollection.cast: 'bandTypes' must include all bands; it lacks {missing}.")
    return collection.with_elements([cast_to(image, types, order, "ImageCollection.cast") for image in images])
