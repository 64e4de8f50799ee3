"""Objects in images: connected pixels of equal values, counted, labelled, and reduced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gee_scl.local.algorithms.registry import algorithm
from gee_scl.local.errors import EvaluationError, LimitError
from gee_scl.local.raster.bands import distinct
from gee_scl.local.raster.image import Band, Image, Pixels, both
from gee_scl.local.raster.kernel import Kernel
from gee_scl.local.raster.neighbourhood import offsets
from gee_scl.local.raster.objects import EIGHT, FOUR, MAX_SIZE, Labels, PixelCount, ReducedObjects
from gee_scl.local.raster.operators import computed
from gee_scl.local.raster.outputs import output_bands
from gee_scl.local.raster.reducer import Reducer
from gee_scl.local.values import PixelType

_LABEL = PixelType("int", 0, 2**52 - 1)


def _check_size(name: str, size: int) -> None:
    if size < 1:
        raise EvaluationError(f"{name}: 'maxSize' must be at least 1, not {size}.")
    if size > MAX_SIZE:
        raise LimitError(f"{name}: 'maxSize' must be at most {MAX_SIZE} pixels, not {size}.")


@algorithm("Image.connectedPixelCount")
def connected_pixel_count(image: Image, max_size: int, eight_connected: bool) -> Image:
    """How many connected pixels of equal value each pixel is one of, counted up to a limit; zeros count as well."""
    _check_size("Image.connectedPixelCount", max_size)
    steps = EIGHT if eight_connected else FOUR
    kind = PixelType("int", 0, max_size)
    return computed(image, [replace(b, source=PixelCount(b.source, max_size, steps), type=kind) for b in image.bands])


@algorithm("Image.connectedComponents")
def connected_components(image: Image, connectedness: Kernel, max_size: int) -> Image:
    """The image with a band `labels`, a number for each object of the first band; larger objects are masked.

    "The result is a copy of the input image with an additional 'labels' band"
    (https://developers.google.com/earth-engine/guides/image_objects). Labels are not the server's own numbers.
    """
    name = "Image.connectedComponents"
    _check_size(name, max_size)
    if connectedness.units == "meters":
        raise EvaluationError(f"{name}: The connectedness kernel must be in pixels.")
    first = image.first_band(name)
    labels = replace(first, name="labels", type=_LABEL, source=Labels(first.source, max_size, offsets(connectedness)))
    kept = [band.over(_masked, labels.source) for band in image.bands]
    return computed(image, distinct([*kept, labels]))


def _masked(pixels: Pixels, labels: Pixels) -> Pixels:
    return Pixels(pixels.values, both(pixels.mask, labels.mask))


@algorithm("Image.reduceConnectedComponents")
def reduce_connected_components(image: Image, reducer: Reducer, label_band: str | None, max_size: int) -> Image:
    """A reducer over the other bands within each object of the label band."""
    name = "Image.reduceConnectedComponents"
    _check_size(name, max_size)
    label = image.first_band(name) if label_band is None else _band_named(image, label_band, name)
    others = [band for band in image.bands if band is not label]
    groups: list[Sequence[Band]] = [[band] for band in others] if reducer.inputs == 1 else [others]
    if reducer.inputs not in (1, len(others)):
        raise EvaluationError(
            f"{name}: The reducer has {reducer.inputs} inputs, but there are {len(others)} bands beside the labels."
        )
    bands = []
    for group in groups:
        whole = ReducedObjects(label.source, tuple(b.source for b in group), reducer, max_size)
        outputs = output_bands(reducer, group, whole)
        if reducer.inputs > 1:
            bands += outputs
        else:
            only = len(outputs) == 1
            bands += [o.renamed(group[0].name if only else f"{group[0].name}_{o.name}") for o in outputs]
    return computed(image, bands)


def _band_named(image: Image, wanted: str, name: str) -> Band:
    for band in image.bands:
        if band.name == wanted:
            return band
    raise EvaluationError(f"{name}: No band named '{wanted}'. Available bands: [{', '.join(image.names)}].")
