"""Images by their neighbourhoods: focal statistics, kernels, distances, and pixels moved or combined."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal

from gee_scl.local.algorithms.registry import algorithm
from gee_scl.local.errors import EvaluationError, LimitError, NotCoveredError
from gee_scl.local.raster.aggregation import Aggregated
from gee_scl.local.raster.bands import distinct
from gee_scl.local.raster.distance import METRICS, Distance, DistanceTransform
from gee_scl.local.raster.image import Band, Image, Source
from gee_scl.local.raster.kernel import Kernel, shaped
from gee_scl.local.raster.neighbourhood import MAX_REACH, Convolved, Focal, Reduced, Shifted, Statistic, offsets
from gee_scl.local.raster.operators import computed
from gee_scl.local.raster.outputs import output_bands
from gee_scl.local.raster.reducer import Reducer
from gee_scl.local.raster.resampling import Moved
from gee_scl.local.values import INDEX, PixelType, Projection

FOCAL_SHAPES = ("circle", "square", "cross", "plus", "octagon", "diamond")
"""What `kernelType` may be."""

_MAX_ITERATIONS = 1024
"""More could not reach further than `MAX_REACH` pixels anyway."""

_MAX_COMBINED = 65536
"""Input pixels for one output pixel of reduceResolution: Earth Engine's limit."""


def _register_focal(name: str, old_name: str, statistic: Statistic, result: Callable[[PixelType], PixelType]) -> None:
    def focal(image: Image, radius: float, shape: str, units: str, iterations: int, kernel: Kernel | None) -> Image:
        around = kernel or _focal_kernel(name, shape, radius, units)
        if not 0 <= iterations <= _MAX_ITERATIONS:
            raise EvaluationError(f"{name}: 'iterations' must be between 0 and {_MAX_ITERATIONS}, not {iterations}.")
        if not iterations:
            return image
        return computed(
            image,
            [
                replace(b, source=Focal(b.source, around, statistic, iterations, name), type=result(b.type))
                for b in image.bands
            ],
        )

    algorithm(name, old_name)(focal)


def _focal_kernel(name: str, shape: str, radius: float, units: str) -> Kernel:
    if shape not in FOCAL_SHAPES:
        raise EvaluationError(f"{name}: Unknown kernel type '{shape}'. It may be {', '.join(FOCAL_SHAPES)}.")
    return shaped(f"Kernel.{shape}", radius, units, normalize=False, magnitude=1)


def _as_double(kind: PixelType) -> PixelType:
    return replace(kind, precision="double")


def _kept(kind: PixelType) -> PixelType:
    return kind


_register_focal("Image.focalMin", "Image.focal_min", "min", _kept)
_register_focal("Image.focalMax", "Image.focal_max", "max", _kept)
_register_focal("Image.focalMode", "Image.focal_mode", "mode", _kept)
_register_focal("Image.focalMean", "Image.focal_mean", "mean", _as_double)
_register_focal("Image.focalMedian", "Image.focal_median", "median", _as_double)


@algorithm("Image.reduceNeighborhood")
def reduce_neighborhood(
    image: Image, reducer: Reducer, kernel: Kernel, input_weight: str, skip_masked: bool, optimization: str | None
) -> Image:
    """The reducer's outputs over what the kernel covers around each pixel."""
    name = "Image.reduceNeighborhood"
    weight = _input_weight(input_weight)
    if optimization not in (None, "boxcar", "window"):
        raise EvaluationError(f"{name}: Unknown optimization '{optimization}'. It may be 'boxcar' or 'window'.")

    def around(bands: Sequence[Band]) -> Source:
        return Reduced(reducer, tuple(b.source for b in bands), kernel, weight, skip_masked)

    return computed(image, _reduced(image, reducer, around, name, prefixed=True))


def _input_weight(text: str) -> Literal["mask", "kernel", "min"]:
    match text.lower():
        case "mask":
            return "mask"
        case "kernel":
            return "kernel"
        case "min":
            return "min"
    raise EvaluationError(
        f"Image.reduceNeighborhood: Unknown inputWeight '{text}'. It may be 'mask', 'kernel' or 'min'."
    )


def _reduced(
    image: Image, reducer: Reducer, source_of: Callable[[Sequence[Band]], Source], name: str, *, prefixed: bool
) -> list[Band]:
    """The bands of a reducer's outputs.

    Args:
        image: a reducer with one input is applied to each of its bands, one with several to all together.
        reducer: the reducer.
        source_of: the source of all outputs from the bands they are made of.
        name: of the algorithm, for errors.
        prefixed: whether the band's name is put before the only output of a reducer as well.
    """
    if reducer.inputs == 1:
        bands = []
        for band in image.bands:
            outputs = output_bands(reducer, [band], source_of([band]))
            for output in outputs:
                alone = len(outputs) == 1 and not prefixed
                bands.append(output.renamed(band.name if alone else f"{band.name}_{output.name}"))
        return bands
    if reducer.inputs != len(image.bands):
        raise EvaluationError(
            f"{name}: The reducer has {reducer.inputs} inputs, but the image has {len(image.bands)} bands."
        )
    return output_bands(reducer, image.bands, source_of(image.bands))


@algorithm("Image.convolve")
def convolve(image: Image, kernel: Kernel) -> Image:
    """Each pixel as the sum of weight times value over what the kernel covers."""
    return computed(
        image,
        [
            replace(b, source=Convolved(b.source, kernel), type=PixelType("double", dimensions=b.type.dimensions))
            for b in image.bands
        ],
    )


@algorithm("Image.fastDistanceTransform")
def fast_distance_transform(image: Image, neighborhood: int, units: str, metric: str) -> Image:
    """Pixels from each pixel to the nearest that is not 0 in the first band, squared by default."""
    name = "Image.fastDistanceTransform"
    if units != "pixels":
        raise EvaluationError(f"{name}: Unknown units '{units}'. Only 'pixels' are supported.")
    if metric not in METRICS:
        raise EvaluationError(f"{name}: Unknown metric '{metric}'. It may be {', '.join(METRICS)}.")
    if neighborhood < 1:
        raise EvaluationError(f"{name}: The neighborhood must be at least 1 pixel, not {neighborhood}.")
    if neighborhood > MAX_REACH:
        raise LimitError(
            f"{name}: The neighborhood is too large: {neighborhood} pixels, at most {MAX_REACH} are allowed."
        )
    band = image.first_band(name)
    source = DistanceTransform(band.source, neighborhood, METRICS[metric])
    kind = PixelType("float", 0, float(neighborhood**2 if metric == "squared_euclidean" else neighborhood))
    return computed(image, [replace(band, name="distance", type=kind, source=source)])


@algorithm("Image.distance")
def distance(image: Image, kernel: Kernel | None, skip_masked: bool) -> Image:
    """The distance from each pixel to the nearest that is not 0, up to the kernel's radius."""
    if kernel is None:
        raise NotCoveredError(
            "Image.distance: Give a kernel such as ee.Kernel.euclidean(100, 'meters'): which one Earth Engine takes by "
            "itself is not documented, and the local engine does not guess it."
        )
    kind = PixelType("float", 0)
    return computed(image, [replace(b, source=Distance(b.source, kernel, skip_masked), type=kind) for b in image.bands])


@algorithm("Image.neighborhoodToBands")
def neighborhood_to_bands(image: Image, kernel: Kernel) -> Image:
    """A band for each pixel that the kernel covers: `B8_-1_0` is left of the centre, `B8_0_1` below it."""
    if kernel.units == "meters":
        raise EvaluationError(
            "Image.neighborhoodToBands: A kernel in meters covers another number of pixels, so of bands, at each "
            "scale. Use a kernel in pixels."
        )
    steps = offsets(kernel)
    return computed(
        image,
        distinct(
            replace(band, name=f"{band.name}_{x}_{y}", source=Shifted(band.source, x, y))
            for band in image.bands
            for x, y in steps
        ),
    )


@algorithm("Image.reduceResolution")
def reduce_resolution(image: Image, reducer: Reducer, best_effort: bool, max_pixels: int) -> Image:
    """On a coarser grid, all pixels of each band's own projection that a pixel there covers, reduced."""
    name = "Image.reduceResolution"
    if not 1 <= max_pixels <= _MAX_COMBINED:
        raise EvaluationError(f"{name}: 'maxPixels' must be between 1 and {_MAX_COMBINED}, not {max_pixels}.")

    def combined(bands: Sequence[Band]) -> Source:
        sources = tuple(b.source for b in bands)
        return Aggregated(reducer, sources, bands[0].projection, max_pixels, best_effort)

    return image.with_bands(_reduced(image, reducer, combined, name, prefixed=False))


@algorithm("Image.translate")
def translate(image: Image, x: float, y: float, units: str, projection: Projection | None) -> Image:
    """Pixels moved in a projection's plane, x to the right and y upwards, or by its pixels.

    The bands' default projections move with them, so that nothing is resampled.
    """
    if units not in ("meters", "pixels"):
        raise EvaluationError(f"Image.translate: Unknown units '{units}'. They may be 'meters' or 'pixels'.")
    if not image.bands:
        return image
    plane = projection or image.bands[0].projection
    return Image.computed([_translated(band, x, y, units, plane) for band in image.bands], image, (INDEX,))


def _translated(band: Band, x: float, y: float, units: str, plane: Projection) -> Band:
    if units == "meters":
        per_unit = plane.nominal_scale() / abs(plane.transform.determinant) ** 0.5
        shift = plane.transform.translation(x / per_unit, y / per_unit)
        moved = replace(plane, transform=shift @ plane.transform)
    else:
        moved = replace(plane, transform=plane.transform @ plane.transform.translation(x, y))
    source: Any = Moved(band.source, plane, moved)
    if band.projection.crs != plane.crs:
        return replace(band, source=source)
    back = moved.transform @ ~plane.transform
    return replace(band, source=source, projection=replace(band.projection, transform=back @ band.projection.transform))
