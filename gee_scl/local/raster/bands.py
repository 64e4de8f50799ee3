"""The bands of images: chosen, named, joined, and brought to other types."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.image import Band, Image, Pixels, Source
from gee_scl.local.raster.pixels import NAMED_TYPES, cast, dtype_of
from gee_scl.local.values import PixelType, type_of

# Python's expressions can do what RE2's cannot; what the server would refuse is refused here.
_NOT_RE2 = re.compile(r"\(\?[=!<>(]|(?<!\\)(?:\\\\)*\\[1-9]")


def select(image: Image, selectors: Sequence[Any], names: Sequence[str] | None) -> Image:
    """Bands by name, regular expression or index, renamed if names are given."""
    bands = [band for selector in selectors for band in _selected(image, selector)]
    if names is None:
        return image.with_bands(distinct(bands))
    if len(names) != len(bands):
        raise EvaluationError(
            f"Image.select: The number of new names ({len(names)}) must match the number of bands selected "
            f"({len(bands)})."
        )
    return image.with_bands(renamed("Image.select", bands, names))


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
    matching = [band for band in image.bands if expression.fullmatch(band.name)]
    if not matching:
        raise EvaluationError(
            f"Image.select: Band pattern '{pattern}' did not match any bands. Available bands: "
            f"[{', '.join(image.names)}]"
        )
    return matching


def compiled(pattern: str, name: str) -> re.Pattern[str]:
    """A regular expression that Earth Engine takes as well."""
    try:
        if _NOT_RE2.search(pattern):
            raise EvaluationError(f"{name}: Invalid regular expression '{pattern}': RE2 has no such construct.")
        return re.compile(pattern)
    except (re.error, OverflowError) as error:
        raise EvaluationError(f"{name}: Invalid regular expression '{pattern}': {error}.") from None


def rename(image: Image, names: Sequence[str]) -> Image:
    """The same bands under other names."""
    if len(names) != len(image.bands):
        raise EvaluationError(
            f"Image.rename: The number of names ({len(names)}) must match the number of bands ({len(image.bands)})."
        )
    return image.with_bands(renamed("Image.rename", image.bands, names))


def renamed(name: str, bands: Sequence[Band], names: Sequence[str]) -> list[Band]:
    """Bands under other names, for the errors of an algorithm.

    Raises:
        EvaluationError: a name is there twice.
    """
    for place, new in enumerate(names):
        if new in names[:place]:
            raise EvaluationError(
                f"{name}: Can't add a band named '{new}' to image because a band with this name already exists. "
                f"Existing bands: [{', '.join(names[:place])}]."
            )
    return [band.renamed(new) for band, new in zip(bands, names, strict=True)]


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


def cast_to(image: Image, types: Mapping[str, Any], order: Sequence[str] | None, name: str) -> Image:
    """Bands as other types; a type for a band that is not there adds it, masked everywhere.

    Args:
        image: the image.
        types: by band; a PixelType, or the name of one.
        order: of the result's bands.
        name: of the algorithm, for errors.
    """
    wanted = {band: _type_named(kind, name) for band, kind in types.items()}
    bands = {
        b.name: b.over(_caster(wanted[b.name]), type=wanted[b.name]) if b.name in wanted else b for b in image.bands
    }
    for band in sorted(set(wanted) - set(bands)):
        bands[band] = masked_band(band, wanted[band])
    if order is not None:
        if sorted(order) != sorted(bands):
            raise EvaluationError(f"{name}: 'bandOrder' must list the bands of the result: {sorted(bands)}.")
        bands = {band: bands[band] for band in order}
    return image.with_bands(bands.values())


def _caster(kind: PixelType) -> Callable[[Pixels], Pixels]:
    return lambda pixels: Pixels(cast(pixels.values, kind), pixels.mask)


def masked_band(name: str, kind: PixelType) -> Band:
    """A band that is masked everywhere."""
    return Band(name, kind, _Nothing(kind))


@dataclass(frozen=True, eq=False)
class _Nothing:
    kind: PixelType

    @property
    def inputs(self) -> tuple[Source, ...]:
        return ()

    def read(self, grid: Any, tile: Any) -> Pixels:
        return Pixels.nothing(grid.shape, dtype_of(self.kind))


def _type_named(kind: Any, name: str) -> PixelType:
    if isinstance(kind, PixelType):
        return kind
    if isinstance(kind, str) and kind in NAMED_TYPES:
        return NAMED_TYPES[kind]
    raise EvaluationError(
        f"{name}: Unknown band type: {kind!r}. It may be a PixelType or one of {', '.join(NAMED_TYPES)}."
    )
