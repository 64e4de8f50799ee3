"""The bands of images: choosing, naming, joining and reducing them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gee_scl.local.algorithms.registry import algorithm
from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.bands import add_bands, cast_to, compiled, distinct, rename, renamed, select
from gee_scl.local.raster.image import Band, Image
from gee_scl.local.raster.reducer import Reducer
from gee_scl.local.raster.stack import reduced_bands
from gee_scl.local.values import PixelType, type_of

algorithm("Image.select")(select)
algorithm("Image.rename")(rename)
algorithm("Image.addBands")(add_bands)


@algorithm("Image.bandNames")
def band_names(image: Image) -> list[str]:
    """The names of the bands, in order."""
    return image.names


@algorithm("Image.bandTypes")
def band_types(image: Image) -> dict[str, PixelType]:
    """The type of each band by its name."""
    return {band.name: band.type for band in image.bands}


@algorithm("Image.slice")
def slice_bands(image: Image, start: int, end: int | None) -> Image:
    """The bands from one position up to, not including, another; negative positions count from the end."""
    return image.with_bands(image.bands[start:end])


@algorithm("Image.regexpRename")
def rename_by_pattern(image: Image, pattern: str, replacement: str, everywhere: bool) -> Image:
    """Names with what matches a regular expression replaced; `$1` in the replacement is a group."""
    expression = compiled(pattern, "Image.regexpRename")
    template = re.sub(r"\$(\d+)", r"\\g<\1>", replacement.replace("\\", "\\\\"))
    try:
        names = [expression.sub(template, name, count=0 if everywhere else 1) for name in image.names]
    except (re.error, IndexError) as error:
        raise EvaluationError(f"Image.regexpRename: Invalid replacement '{replacement}': {error}.") from None
    return image.with_bands(renamed("Image.regexpRename", image.bands, names))


@algorithm("Image.cat")
def cat(images: Sequence[Any]) -> Image:
    """The bands of all images, with the properties of the first."""
    parts = [Image.constant(i) if isinstance(i, int | float) and not isinstance(i, bool) else i for i in images]
    for image in parts:
        if not isinstance(image, Image):
            raise EvaluationError(f"Image.cat: Only images and numbers can be combined, not {type_of(image)}.")
    if not parts:
        return Image()
    return replace(parts[0], bands=tuple(distinct(band for image in parts for band in image.bands)))


@algorithm("Image.reduce")
def reduce_bands(image: Image, reducer: Reducer) -> Image:
    """Each pixel's values in all bands, reduced: one band for each output.

    A reducer with several inputs takes the bands together, and needs as many.
    """
    if not image.bands:
        return Image()
    if reducer.inputs == 1:
        stack: list[Sequence[Band]] = [(band,) for band in image.bands]
    elif reducer.inputs == len(image.bands):
        stack = [image.bands]
    else:
        raise EvaluationError(
            f"Image.reduce: The reducer has {reducer.inputs} inputs, but the image has {len(image.bands)} bands."
        )
    return Image.computed(reduced_bands(reducer, stack, "Image.reduce"))


@algorithm("Image.cast")
def cast(image: Image, types: Mapping[str, Any], order: Sequence[str] | None) -> Image:
    """Bands as other types; a type for a band that is not there adds it, masked everywhere."""
    return cast_to(image, types, order, "Image.cast")
