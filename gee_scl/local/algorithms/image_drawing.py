"""Images to look at: geometries painted, values as colours, colours as hue, saturation and value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gee_scl.local.algorithms.image_bands import select
from gee_scl.local.algorithms.image_math import KEPT, computed
from gee_scl.local.algorithms.registry import algorithm
from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.colours import rgb
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Band, Image, Pixels, Source, Tile, both, constant_type
from gee_scl.local.raster.painting import Painted, Stroke
from gee_scl.local.raster.pixels import choose
from gee_scl.local.values import BYTE, FLOAT, Collection, Element, Feature, type_of

_UNIT = replace(FLOAT, min=0, max=1)
_CHANNELS = ("vis-red", "vis-green", "vis-blue")


@algorithm("Image.paint")
def paint(image: Image, collection: Collection, colour: Any, width: Any) -> Image:
    """Values of geometries over each band: polygons filled by the centre rule, or the lines of perimeters."""
    strokes = []
    for feature in collection.elements:
        if isinstance(feature, Feature) and feature.geometry is not None:
            value = _of_feature(colour, feature, "color")
            line = None if width is None else _of_feature(width, feature, "width")
            if value is not None and (width is None or line is not None):
                strokes.append(Stroke(feature.geometry, value, line))
    painted = Painted(strokes)
    bands = []
    for band in image.bands:
        kind = band.type
        for stroke in strokes:
            kind = kind.union(constant_type(stroke.value))
        bands.append(band.over(_painted, painted, type=kind))
    return computed(image, bands)


def _of_feature(given: Any, feature: Element, argument: str) -> Any:
    """A number for all, or each feature's property of that name; None where it has none."""
    value = feature.get(given) if isinstance(given, str) else given
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise EvaluationError(
        f"Image.paint: '{argument}' must be a number or the name of a numeric property, not {type_of(value)}."
    )


def _painted(pixels: Pixels, strokes: Pixels) -> Pixels:
    """What is painted replaces values; what is masked stays masked."""
    return Pixels(choose(strokes.valid, strokes.values, pixels.values), pixels.mask)


@algorithm("Image.visualize")
def visualize(
    image: Image,
    bands: Any,
    gain: Any,
    bias: Any,
    low: Any,
    high: Any,
    gamma: Any,
    opacity: float | None,
    palette: Any,
    force_rgb: bool,
) -> Image:
    """Bytes to show: three bands as red, green and blue, or one band as grey or in the colours of a palette."""
    name = "Image.visualize"
    chosen = _shown(image, bands, name)
    if palette is not None and len(chosen) != 1:
        raise EvaluationError(f"{name}: Cannot provide a palette when visualizing more than one band.")
    if palette is not None and gamma is not None:
        raise EvaluationError(f"{name}: Cannot specify both 'palette' and 'gamma'.")
    count = len(chosen)
    gains, biases = _gain_and_bias(count, gain, bias, low, high, name)
    gammas = _each(gamma, count, 1.0, "gamma", name)
    share = 1.0 if opacity is None else min(max(float(opacity), 0.0), 1.0)
    stretches = [_Stretch(g, b, e) for g, b, e in zip(gains, biases, gammas, strict=True)]
    sources: list[tuple[Band, Callable[[Pixels], Pixels]]]
    if palette is not None:
        colours = [rgb(colour, name) for colour in _texts(palette, name)]
        sources = [(chosen[0], _Coloured(stretches[0], tuple(c[i] for c in colours), share)) for i in range(3)]
    else:
        sources = [(band, _Grey(stretch, share)) for band, stretch in zip(chosen, stretches, strict=True)]
        if count == 1 and force_rgb:
            sources *= 3
    names = _CHANNELS if len(sources) == 3 else ("vis-gray",)
    shown = [
        band.over(function, type=BYTE).renamed(channel)
        for channel, (band, function) in zip(names, sources, strict=True)
    ]
    return Image.computed(shown, image, KEPT)


def _shown(image: Image, bands: Any, name: str) -> list[Band]:
    if bands is None:
        chosen = image.bands[:3] if len(image.bands) >= 3 else image.bands[:1]
    else:
        selectors = [b.strip() for b in bands.split(",")] if isinstance(bands, str) else list(bands)
        chosen = tuple(b for selector in selectors for b in select(image, [selector], None).bands)
    if len(chosen) not in (1, 3):
        raise EvaluationError(f"{name}: Expected 1 or 3 bands, got {len(chosen)}.")
    return list(chosen)


def _texts(palette: Any, name: str) -> list[str]:
    texts = [part.strip() for part in palette.split(",")] if isinstance(palette, str) else palette
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise EvaluationError(f"{name}: 'palette' must be a list of colors.")
    return texts


def _each(given: Any, count: int, otherwise: float, argument: str, name: str) -> list[float]:
    """A number for each band, from one for all or a list."""
    if given is None:
        return [otherwise] * count
    numbers = list(given) if isinstance(given, list) else [given]
    if isinstance(given, str):
        numbers = [float(part) for part in given.split(",")]
    if not all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers):
        raise EvaluationError(f"{name}: '{argument}' must be a number or a list of numbers.")
    if len(numbers) not in (1, count):
        raise EvaluationError(f"{name}: '{argument}' must have 1 or {count} values, not {len(numbers)}.")
    return [float(n) for n in (numbers * count if len(numbers) == 1 else numbers)]


def _gain_and_bias(count: int, gain: Any, bias: Any, low: Any, high: Any, name: str) -> tuple[list[float], list[float]]:
    """What a value is multiplied with, and what is added then, to come to 0 to 255."""
    if (gain is not None or bias is not None) and (low is not None or high is not None):
        raise EvaluationError(f"{name}: Cannot specify both gain or bias and min or max.")
    if low is None and high is None:
        return _each(gain, count, 1.0, "gain", name), _each(bias, count, 0.0, "bias", name)
    lows, highs = _each(low, count, 0.0, "min", name), _each(high, count, 1.0, "max", name)
    if any(a == b for a, b in zip(lows, highs, strict=True)):
        raise EvaluationError(f"{name}: 'min' and 'max' must differ.")
    gains = [255 / (b - a) for a, b in zip(lows, highs, strict=True)]
    return gains, [-a * g for a, g in zip(lows, gains, strict=True)]


@dataclass(frozen=True)
class _Stretch:
    """Values brought to 0 to 255."""

    gain: float
    bias: float
    gamma: float

    def __call__(self, pixels: Pixels) -> Any:
        with np.errstate(all="ignore"):
            stretched = np.nan_to_num(np.clip(pixels.values * self.gain + self.bias, 0, 255))
            return stretched if self.gamma == 1 else 255 * (stretched / 255) ** (1 / self.gamma)


def _as_bytes(values: Any, pixels: Pixels, opacity: float) -> Pixels:
    mask = pixels.mask if opacity == 1 else pixels.mask.astype(np.float32) * np.float32(opacity)
    return Pixels(np.floor(values + 0.5).astype(np.uint8), mask)


@dataclass(frozen=True)
class _Grey:
    """A band as brightness."""

    stretch: _Stretch
    opacity: float

    def __call__(self, pixels: Pixels) -> Pixels:
        return _as_bytes(self.stretch(pixels), pixels, self.opacity)


@dataclass(frozen=True)
class _Coloured:
    """One channel of a palette whose colours lie at equal steps, linear between them."""

    stretch: _Stretch
    channel: tuple[int, ...]
    opacity: float

    def __call__(self, pixels: Pixels) -> Pixels:
        place = self.stretch(pixels) / 255 * (len(self.channel) - 1)
        colours = np.interp(place, np.arange(len(self.channel)), self.channel)
        return _as_bytes(colours, pixels, self.opacity)


@algorithm("Image.rgbToHsv")
def rgb_to_hsv(image: Image) -> Image:
    """Hue, saturation and value, from 0 to 1, of red, green and blue."""
    return _converted(image, ("hue", "saturation", "value"), _to_hsv, "Image.rgbToHsv")


@algorithm("Image.hsvToRgb")
def hsv_to_rgb(image: Image) -> Image:
    """Red, green and blue, from 0 to 1, of hue, saturation and value."""
    return _converted(image, ("red", "green", "blue"), _to_rgb, "Image.hsvToRgb")


def _to_hsv(red: Any, green: Any, blue: Any) -> tuple[Any, Any, Any]:
    value = np.maximum(np.maximum(red, green), blue)
    spread = value - np.minimum(np.minimum(red, green), blue)
    safe = np.where(spread == 0, 1, spread)
    sector = np.select(
        [value == red, value == green],
        [((green - blue) / safe) % 6, (blue - red) / safe + 2],
        (red - green) / safe + 4,
    )
    hue = np.where(spread == 0, 0, sector / 6)
    return hue, np.where(value == 0, 0, spread / np.where(value == 0, 1, value)), value


def _to_rgb(hue: Any, saturation: Any, value: Any) -> tuple[Any, Any, Any]:
    def channel(offset: int) -> Any:
        place = (offset + hue * 6) % 6
        return value - value * saturation * np.clip(np.minimum(place, 4 - place), 0, 1)

    return channel(5), channel(3), channel(1)


def _converted(image: Image, names: Sequence[str], function: Callable[..., tuple[Any, Any, Any]], name: str) -> Image:
    if len(image.bands) != 3:
        raise EvaluationError(f"{name}: Expected an image with 3 bands, got {len(image.bands)}.")
    whole = _Converted(function, tuple(band.source for band in image.bands))
    return computed(
        image,
        [
            replace(image.bands[0], name=channel, type=_UNIT, source=_Channel(whole, place))
            for place, channel in enumerate(names)
        ],
    )


@dataclass(frozen=True, eq=False)
class _Converted:
    """Three channels made of three others; its pixels have the channels as their first axis."""

    function: Callable[..., tuple[Any, Any, Any]]
    sources: tuple[Source, ...]

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        pixels = [tile.read(source, grid) for source in self.sources]
        with np.errstate(all="ignore"):
            values = np.stack(self.function(*(p.values.astype(np.float64) for p in pixels)))
        return Pixels(values, both(both(pixels[0].mask, pixels[1].mask), pixels[2].mask))


@dataclass(frozen=True, eq=False)
class _Channel:
    whole: Source
    place: int

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        pixels = tile.read(self.whole, grid)
        return Pixels(pixels.values[self.place], pixels.mask)
