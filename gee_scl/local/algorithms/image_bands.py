"""The bands of images: choosing, naming, joining and reducing them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from gee_scl.local.algorithms.registry import algorithm
from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.image import Band, Image
from gee_scl.local.raster.reducer import Reducer
from gee_scl.local.raster.stack import reduced_bands
from gee_scl.local.values import PixelType, type_of

# Python's expressions can do what RE2's cannot; what the server would refuse is refused here.
_NOT_RE2 = re.compile(r"\(\?[=!<>(]|(?<!\\)(?:\\\\)*\\[1-9]")


@algorithm("Image.bandNames")
def band_names(image: Image) -> list[str]:
    """The names of the bands, in order."""
    return image.names


@algorithm("Image.bandTypes")
def band_types(image: Image) -> dict[str, PixelType]:
    """The type of each band by its name."""
    return {band.name: band.type for band in image.bands}


@algorithm("Image.select")
def select(image: Image, selectors: Sequence[Any], names: Sequence[str] | None) -> Image:
    """Bands by name, regular expression or index, renamed if names are given."""
    chosen = [band for selector in selectors for band in _selected(image, selector)]
    if names is None:
        return image.with_bands(distinct(chosen))
    if len(names) != len(chosen):
        raise EvaluationError(
            f"Image.select: The number of new names ({len(names)}) must match the number of bands selected "
            f"({len(chosen)})."
        )
    return image.with_bands(_renamed("Image.select", chosen, names))


def _selected(image: Image, selector: Any) -> list[Band]:
    if isinstance(selector, str):
        return [band for band in image.bands if band.name == selector] or _matching(image, selector)
    if isinstance(selector, int | float) and not isinstance(selector, bool) and selector == int(selector):
        if not 0 <= selector < len(image.bands):
            raise EvaluationError(
                f"Image.select: Band index {int(selector)} is out of range: the image has {len(image.bands)} bands."
            )
        return [image.bands[int(selector)]]
    raise EvaluationError(
        f"Image.select: A band selector must be a name, a regular expression or an index, not {type_of(selector)}."
    )


def _matching(image: Image, pattern: str) -> list[Band]:
    expression = compiled(pattern, "Image.select")
    found = [band for band in image.bands if expression.fullmatch(band.name)]
    if not found:
        raise EvaluationError(
            f"Image.select: Band pattern '{pattern}' did not match any bands. Available bands: "
            f"[{', '.join(image.names)}]"
        )
    return found


def compiled(pattern: str, name: str) -> re.Pattern[str]:
    """A regular expression that Earth Engine takes as well."""
    try:
        if _NOT_RE2.search(pattern):
            raise EvaluationError(f"{name}: Invalid regular expression '{pattern}': RE2 has no such construct.")
        return re.compile(pattern)
    except (re.error, OverflowError) as error:
        raise EvaluationError(f"{name}: Invalid regular expression '{pattern}': {error}.") from None


@algorithm("Image.slice")
def slice_bands(image: Image, start: int, end: int | None) -> Image:
    """The bands from one position up to, not including, another; negative positions count from the end."""
    return image.with_bands(image.bands[start:end])


@algorithm("Image.rename")
def rename(image: Image, names: Sequence[str]) -> Image:
    """The same bands under other names."""
    if len(names) != len(image.bands):
        raise EvaluationError(
            f"Image.rename: The number of names ({len(names)}) must match the number of bands ({len(image.bands)})."
        )
    return image.with_bands(_renamed("Image.rename", image.bands, names))


@algorithm("Image.regexpRename")
def rename_by_pattern(image: Image, pattern: str, replacement: str, everywhere: bool) -> Image:
    """Names with what matches a regular expression replaced; `$1` in the replacement is a group."""
    expression = compiled(pattern, "Image.regexpRename")
    template = re.sub(r"\$(\d+)", r"\\g<\1>", replacement.replace("\\", "\\\\"))
    try:
        names = [expression.sub(template, name, count=0 if everywhere else 1) for name in image.names]
    except (re.error, IndexError) as error:
        raise EvaluationError(f"Image.regexpRename: Invalid replacement '{replacement}': {error}.") from None
    return image.with_bands(_renamed("Image.regexpRename", image.bands, names))


def _renamed(name: str, bands: Sequence[Band], names: Sequence[str]) -> list[Band]:
    for place, new in enumerate(names):
        if new in names[:place]:
            raise EvaluationError(
                f"{name}: Can't add a band named '{new}' to image because a band with this name already exists. "
                f"Existing bands: [{', '.join(names[:place])}]."
            )
    return [band.renamed(new) for band, new in zip(bands, names, strict=True)]


@algorithm("Image.addBands")
def add_bands(image: Image, source: Image, names: Sequence[str] | None, overwrite: bool) -> Image:
    """The bands of the first image and, after them, bands of the second."""
    if names is None:
        added = list(source.bands)
    else:
        by_name = {band.name: band for band in source.bands}
        for name in names:
            if name not in by_name:
                raise EvaluationError(f"Image.addBands: Cannot add band '{name}' because it doesn't appear in srcImg.")
        added = [by_name[name] for name in names]
    if not overwrite:
        return image.with_bands(distinct([*image.bands, *added]))
    replaced = {band.name: band for band in image.bands} | {band.name: band for band in added}
    return image.with_bands(replaced.values())


def distinct(bands: Iterable[Band]) -> list[Band]:
    """Bands with different names: a name that was there gets the first suffix _1, _2, ... that is free."""
    kept: list[Band] = []
    taken: set[str] = set()
    for band in bands:
        name, number = band.name, 0
        while name in taken:
            number += 1
            name = f"{band.name}_{number}"
        taken.add(name)
        kept.append(band.renamed(name))
    return kept


@algorithm("Image.cat")
def cat(images: Sequence[Any]) -> Image:
    """The bands of all images, with the properties of the first."""
    given = [Image.constant(i) if isinstance(i, int | float) and not isinstance(i, bool) else i for i in images]
    for image in given:
        if not isinstance(image, Image):
            raise EvaluationError(f"Image.cat: Only images and numbers can be combined, not {type_of(image)}.")
    if not given:
        return Image()
    return replace(given[0], bands=tuple(distinct(band for image in given for band in image.bands)))


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
