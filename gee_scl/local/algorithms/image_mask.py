"""Masks of images, and values that depend on conditions: updateMask, unmask, where, remap, clip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gee_scl.local.algorithms.registry import algorithm
from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.clipping import Inside
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import (
    Band,
    Image,
    Mask,
    Pixels,
    Source,
    Tile,
    Values,
    both,
    constant_type,
    everywhere,
    is_binary,
    is_everywhere,
    picked,
)
from gee_scl.local.raster.operators import KEPT, matched
from gee_scl.local.raster.pixels import as_mask, choose
from gee_scl.local.values import FLOAT, FOOTPRINT, Collection, Feature, PixelType, type_of
from gee_scl.local.vector.geometry import Geometry

_UNIT = replace(FLOAT, min=0, max=1)


@algorithm("Image.mask")
def mask(image: Image, new: Image | None) -> Image:
    """The masks as an image that is valid everywhere; or the image under another mask."""
    if new is None:
        return image.with_bands(band.over(_mask_as_values, type=_UNIT) for band in image.bands)
    return _with_mask("Image.mask", image, new, _replaced)


def _mask_as_values(pixels: Pixels) -> Pixels:
    values = pixels.mask.view(np.uint8) if pixels.mask.dtype == np.bool_ else pixels.mask
    return Pixels(values, everywhere(pixels.mask.shape))


def _replaced(pixels: Pixels, new: Pixels) -> Pixels:
    """What was masked before becomes 0 where it is not masked now (Image.mask's documentation)."""
    zero = pixels.values.dtype.type(0)
    return Pixels(np.where(pixels.valid, pixels.values, zero), as_mask(new))


@algorithm("Image.updateMask")
def update_mask(image: Image, new: Image) -> Image:
    """The image under another mask, where it is not masked already."""
    pairs = paired("Image.updateMask", image, new, "mask")
    return image.with_bands(replace(band, source=_Updated(band.source, other.source)) for band, other in pairs)


@dataclass(frozen=True, eq=False)
class _Updated:
    """Pixels under a further mask. Where there are none, such as beside an image, the mask is not asked for."""

    source: Source
    mask: Source

    @property
    def inputs(self) -> tuple[Source, ...]:
        return self.source, self.mask

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        pixels = tile.read(self.source, grid)
        return _updated(pixels, tile.read(self.mask, grid)) if pixels.valid.any() else pixels


def _updated(pixels: Pixels, new: Pixels) -> Pixels:
    return Pixels(pixels.values, both(pixels.valid, as_mask(new)))


def _where(condition: npt.NDArray[np.bool_], yes: Mask, no: Mask) -> Mask:
    """A choice between masks: bool only if both are."""
    kind = np.bool_ if is_binary(yes) and is_binary(no) else np.float32
    mask: Mask = picked(condition, yes, no).astype(kind, copy=False)
    return mask


def _with_mask(name: str, image: Image, new: Image, function: Callable[..., Pixels]) -> Image:
    return image.with_bands(band.over(function, other.source) for band, other in paired(name, image, new, "mask"))


def paired(name: str, image: Image, other: Image, argument: str) -> list[tuple[Band, Band]]:
    """Each band of an image with the one that goes with it: the only one of the other, or the one at its place.

    Raises:
        EvaluationError: the other has several bands, but not as many.
    """
    if len(other.bands) == 1:
        return [(band, other.bands[0]) for band in image.bands]
    if len(other.bands) != len(image.bands):
        raise EvaluationError(
            f"{name}: '{argument}' must have one band, or as many as the image. "
            f"Got {len(other.bands)} and {len(image.bands)}."
        )
    return list(zip(image.bands, other.bands, strict=True))


@algorithm("Image.selfMask")
def self_mask(image: Image) -> Image:
    """Masked where the value is 0."""
    return image.with_bands(band.over(lambda p: _updated(p, p)) for band in image.bands)


@algorithm("Image.unmask")
def unmask(image: Image, value: Image | None, same_footprint: bool) -> Image:
    """Another image's values and masks where this one is masked, within its footprint unless that may grow."""
    filling = value if value is not None else Image.constant(0)
    footprint = image.properties.get(FOOTPRINT)
    bounds = Inside((footprint,)) if same_footprint and isinstance(footprint, Geometry) else None
    bands = []
    for band, other in paired("Image.unmask", image, filling, "value"):
        within: tuple[Source, ...] = () if bounds is None else (bounds,)
        bands.append(band.over(_filled, other.source, *within, type=band.type.union(other.type)))
    filled = image.with_bands(bands)
    return filled if same_footprint else filled.set(FOOTPRINT, value.get(FOOTPRINT) if value else None)


def _filled(pixels: Pixels, filling: Pixels, within: Pixels | None = None) -> Pixels:
    valid = pixels.valid
    outside = filling.mask if within is None else both(filling.mask, within.mask)
    whole = is_everywhere(outside) and is_binary(pixels.mask)
    return Pixels(
        choose(valid, pixels.values, filling.values), outside if whole else _where(valid, pixels.mask, outside)
    )


@algorithm("Image.where")
def where(image: Image, test: Image, value: Image) -> Image:
    """Other values where a test is not 0; a masked test or value leaves the input."""
    tests = paired("Image.where", image, test, "test")
    values = paired("Image.where", image, value, "value")
    return image.with_bands(
        band.over(_where_not_zero, t.source, v.source, type=band.type.union(v.type))
        for (band, t), (_, v) in zip(tests, values, strict=True)
    )


def _where_not_zero(pixels: Pixels, test: Pixels, value: Pixels) -> Pixels:
    replaced = (test.values != 0) & test.valid & value.valid
    return Pixels(choose(replaced, value.values, pixels.values), pixels.mask)


@algorithm("Image.blend")
def blend(bottom: Image, top: Image) -> Image:
    """One image over another, masks as opacity."""
    bands = [
        below.over(_blended, above.source, type=below.type.union(above.type)).renamed(name)
        for below, above, name in matched("Image.blend", bottom, top)
    ]
    return Image.computed(bands, bottom, KEPT)


def _blended(below: Pixels, above: Pixels) -> Pixels:
    if above.mask.dtype == np.bool_:
        return Pixels(choose(above.valid, above.values, below.values), _where(above.valid, above.mask, below.mask))
    opacity, rest = above.mask, (1 - above.mask) * below.mask
    with np.errstate(invalid="ignore", divide="ignore"):
        mixed = (np.where(above.valid, above.values, 0) * opacity + np.where(below.valid, below.values, 0) * rest) / (
            opacity + rest
        )
    return Pixels(mixed, np.asarray(opacity + rest, np.float32))


@algorithm("Image.remap")
def remap(image: Image, before: Sequence[Any], after: Sequence[Any], default: Any, band_name: str | None) -> Image:
    """One band's values exchanged for others; those that are not listed become the default, or masked."""
    if len(before) != len(after):
        raise EvaluationError(
            f"Image.remap: 'from' and 'to' must have the same length. Got {len(before)} and {len(after)}."
        )
    numbers = [*before, *after] if default is None else [*before, *after, default]
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise EvaluationError(f"Image.remap: Only numbers can be remapped, not {type_of(number)}.")
    pairs: dict[float, float] = {}
    for old, new in zip(before, after, strict=True):
        if pairs.setdefault(old, new) != new:
            raise EvaluationError(f"Image.remap: The value {old} is in 'from' twice, with different values in 'to'.")
    band = image.first_band("Image.remap") if band_name is None else _named(image, band_name)
    kind = _type_of_all([*after] if default is None else [*after, default], band.type)
    return Image.computed([band.over(_Remapping(pairs, default), type=kind).renamed("remapped")], image, KEPT)


def _named(image: Image, name: str) -> Band:
    for band in image.bands:
        if band.name == name:
            return band
    raise EvaluationError(f"Image.remap: No band named '{name}'. Available bands: [{', '.join(image.names)}].")


def _type_of_all(numbers: Sequence[float], otherwise: PixelType) -> PixelType:
    if not numbers:
        return otherwise
    kind = constant_type(numbers[0])
    for number in numbers[1:]:
        kind = kind.union(constant_type(number))
    return kind


class _Remapping:
    """A table of values, applied to pixels."""

    def __init__(self, pairs: dict[float, float], default: float | None) -> None:
        self._default = default
        self._old = np.asarray(sorted(pairs), dtype=None if pairs else np.float64)
        new = [pairs[old] for old in sorted(pairs)]
        self._new = _smallest_array([*new, default if default is not None else (new or [0])[0]])
        self._tables: dict[np.dtype[Any], tuple[Values, Values]] = {}

    def __call__(self, pixels: Pixels) -> Pixels:
        values, listed = self._exchanged(pixels.values)
        return Pixels(values, both(pixels.mask, listed))

    def _exchanged(self, values: Values) -> tuple[Values, Mask]:
        """The new values, and where there are any: everywhere if there is one for what is not listed."""
        if values.dtype.kind not in "iu" or values.dtype.itemsize > 2:
            new, listed = self._searched(values)
            return new, listed if self._default is None else everywhere(values.shape)
        code = np.dtype(f"u{values.dtype.itemsize}")
        if values.dtype not in self._tables:
            every = np.arange(np.iinfo(code).max + 1, dtype=code).view(values.dtype)
            self._tables[values.dtype] = self._searched(every)
        new, listed = self._tables[values.dtype]
        places = values.view(code).astype(np.intp)
        return new.take(places), listed.take(places) if self._default is None else everywhere(values.shape)

    def _searched(self, values: Values) -> tuple[Values, Values]:
        if not len(self._old):
            return self._new[np.zeros(values.shape, np.intp)], np.zeros(values.shape, np.bool_)
        place = np.minimum(np.searchsorted(self._old, values), len(self._old) - 1)
        listed = self._old[place] == values
        return self._new[np.where(listed, place, len(self._old))], listed


def _smallest_array(numbers: Sequence[float]) -> Values:
    if not all(isinstance(n, int) for n in numbers):
        return np.asarray(numbers, np.float64)
    kinds = [np.min_scalar_type(n) for n in (min(numbers), max(numbers))]
    return np.asarray(numbers, np.result_type(*kinds))


@algorithm("Image.clip")
def clip(image: Image, geometry: Any) -> Image:
    """Masked where the pixel's centre is outside a geometry or feature."""
    shape = geometry.geometry if isinstance(geometry, Feature) else geometry
    if not isinstance(shape, Geometry):
        raise EvaluationError(
            f"Image.clip: The geometry for image clipping must be a Geometry or a Feature with one, "
            f"not {type_of(geometry)}. To clip to a collection use clipToCollection."
        )
    if shape.is_unbounded():
        return image
    own = image.properties.get(FOOTPRINT)
    footprint = own.intersection(shape) if isinstance(own, Geometry) and not own.is_unbounded() else shape
    return _clipped(image, (shape,)).set(FOOTPRINT, footprint)


@algorithm("Image.clipToCollection")
def clip_to_collection(image: Image, collection: Any) -> Image:
    """Masked where the pixel's centre is outside all features."""
    if not isinstance(collection, Collection):
        raise EvaluationError(f"Image.clipToCollection: A FeatureCollection is needed, not {type_of(collection)}.")
    shapes = tuple(f.geometry for f in collection.elements if isinstance(f, Feature) and f.geometry is not None)
    return _clipped(image, shapes)


def _clipped(image: Image, shapes: tuple[Geometry, ...]) -> Image:
    inside = Inside(shapes)
    return image.with_bands(
        band.over(lambda p, q: Pixels(p.values, both(p.mask, q.mask)), inside) for band in image.bands
    )
