"""Values as bytes to show: bands stretched to grey or red, green and blue, palettes, and colours of classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gee_scl.local.errors import EvaluationError
from gee_scl.local.pictures.channels import CHANNELS
from gee_scl.local.pictures.colour_tables import ColourTable, Tabled, rounded
from gee_scl.local.pictures.colours import rgb
from gee_scl.local.raster.bands import select
from gee_scl.local.raster.image import Band, Image, Pixels, Values
from gee_scl.local.raster.operators import KEPT
from gee_scl.local.raster.pixels import dtype_of
from gee_scl.local.values import BYTE, PixelType


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
    """Bytes to show: three bands as red, green and blue, or one band as grey or in the colours of a palette.

    Two bands are red and blue, over no green. Without a stretch, bands are stretched over the range of their types,
    and a band of classes is shown in the colours that its image says
    (https://developers.google.com/earth-engine/guides/image_visualization).
    """
    name = "Image.visualize"
    shown_bands = _shown(image, bands, name)
    if palette is not None and len(shown_bands) != 1:
        raise EvaluationError(f"{name}: Cannot provide a palette when visualizing more than one band.")
    if palette is not None and gamma is not None:
        raise EvaluationError(f"{name}: Cannot specify both 'palette' and 'gamma'.")
    share = _share(opacity, name)
    classes = None
    if len(shown_bands) == 1 and all(option is None for option in (gain, bias, low, high, gamma, palette)):
        classes = _class_colours(image, shown_bands[0], name)
    if classes is not None:
        sources = [(shown_bands[0], channel) for channel in classes.channels()]
    else:
        colours = None if palette is None else [rgb(colour, name) for colour in _texts(palette, name)]
        stretches = _stretches(shown_bands, gain, bias, low, high, gamma, len(colours) if colours else 256, name)
        sources = _channels(shown_bands, stretches, colours, force_rgb)
    names = CHANNELS if len(sources) == 3 else ("vis-gray",)
    shown = [
        band.over(_Faded(function, share), type=BYTE).renamed(channel)
        for channel, (band, function) in zip(names, sources, strict=True)
    ]
    return Image.computed(shown, image, KEPT)


def _shown(image: Image, bands: Any, name: str) -> list[Band]:
    if bands is None:
        shown = list(image.bands[:3])
    else:
        selectors = [b.strip() for b in bands.split(",")] if isinstance(bands, str) else bands
        if not isinstance(selectors, list):
            raise EvaluationError(f"{name}: Expected a string or list of strings for field 'bands'.")
        shown = [band for selector in selectors for band in _named(image, selector, name)]
    if len(shown) not in (1, 2, 3):
        raise EvaluationError(f"{name}: Expected 1, 2 or 3 bands, got {len(shown)}.")
    return shown


def _named(image: Image, selector: Any, name: str) -> tuple[Band, ...]:
    if isinstance(selector, str) and selector not in image.names:
        raise EvaluationError(f"{name}: No band named '{selector}'. Available band names: [{', '.join(image.names)}].")
    return select(image, [selector], None).bands


def _share(opacity: float | None, name: str) -> float:
    if opacity is None:
        return 1.0
    if not 0 < opacity <= 1:
        raise EvaluationError(
            f"{name}: Scale must be greater than zero and less than or equal to one, but was {float(opacity)}."
        )
    return float(opacity)


def _texts(palette: Any, name: str) -> list[str]:
    texts = [part.strip() for part in palette.split(",")] if isinstance(palette, str) else palette
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise EvaluationError(f"{name}: 'palette' must be a list of colors.")
    return texts


def _class_colours(image: Image, band: Band, name: str) -> ColourTable | None:
    """What the image says of the colours of a band's values: two properties, lists or texts with commas.

    Source: https://developers.google.com/earth-engine/guides/image_visualization#saving-default-color-palettes. How
    the server shows a value that is not listed is not documented; here it is transparent.
    """
    values, palette = (_listed(image.get(f"{band.name}_class_{what}")) for what in ("values", "palette"))
    if not values or not palette or len(values) != len(palette):
        return None
    try:
        numbers = [float(value) for value in values]
    except (TypeError, ValueError):
        return None
    return ColourTable.of("values", numbers, [rgb(str(colour), name) for colour in palette])


def _listed(values: Any) -> list[Any]:
    return [part.strip() for part in values.split(",")] if isinstance(values, str) else values or []


def _channels(
    bands: list[Band], stretches: list[Stretch], colours: list[tuple[int, int, int]] | None, force_rgb: bool
) -> list[tuple[Band, Tabled]]:
    """What each of the channels is made of."""
    if colours is not None:
        ramps = (_Ramp(stretches[0], tuple(colour[i] for colour in colours)) for i in range(3))
        return [(bands[0], Tabled(ramp)) for ramp in ramps]
    greys = [(band, Tabled(Grey(stretch))) for band, stretch in zip(bands, stretches, strict=True)]
    if len(greys) == 2:
        return [greys[0], (greys[0][0], Tabled(_nothing)), greys[1]]
    return greys * 3 if len(greys) == 1 and force_rgb else greys


def _each(numbers_or_number: Any, count: int, otherwise: float, argument: str, name: str) -> list[float]:
    """A number for each band, from one for all or a list."""
    if numbers_or_number is None:
        return [otherwise] * count
    try:
        numbers = (
            [float(part) for part in numbers_or_number.split(",")]
            if isinstance(numbers_or_number, str)
            else numbers_or_number
        )
    except ValueError:
        numbers = [numbers_or_number]
    numbers = numbers if isinstance(numbers, list) else [numbers]
    if not all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers):
        raise EvaluationError(f"{name}: '{argument}' must be a number or a list of numbers.")
    if len(numbers) not in (1, count):
        raise EvaluationError(f"{name}: '{argument}' must have 1 or {count} values, not {len(numbers)}.")
    return [float(n) for n in (numbers * count if len(numbers) == 1 else numbers)]


def _stretches(
    bands: list[Band], gain: Any, bias: Any, low: Any, high: Any, gamma: Any, steps: int, name: str
) -> list[Stretch]:
    """How the values of each band are brought to 0 to 1.

    Gain and bias lead to bytes, or to places in a palette (`convert_to_visualization_options` of the client says so).
    """
    if (gain is not None or bias is not None) and (low is not None or high is not None):
        raise EvaluationError(f"{name}: Cannot specify both gain or bias and min or max.")
    count = len(bands)
    gammas = _each(gamma, count, 1.0, "gamma", name)
    if gain is not None or bias is not None:
        gains, biases = _each(gain, count, 1.0, "gain", name), _each(bias, count, 0.0, "bias", name)
        scales = [(g / max(steps - 1, 1), b / max(steps - 1, 1)) for g, b in zip(gains, biases, strict=True)]
    elif low is not None or high is not None:
        lows, highs = _each(low, count, 0.0, "min", name), _each(high, count, 1.0, "max", name)
        if any(a == b for a, b in zip(lows, highs, strict=True)):
            raise EvaluationError(f"{name}: 'min' and 'max' must differ.")
        scales = [_scale(a, b) for a, b in zip(lows, highs, strict=True)]
    else:
        scales = [type_scale(band.type) for band in bands]
    return [Stretch(scale, offset, e) for (scale, offset), e in zip(scales, gammas, strict=True)]


def _scale(low: float, high: float) -> tuple[float, float]:
    return (0.0, 0.0) if low == high else (1 / (high - low), -low / (high - low))


def type_scale(kind: PixelType) -> tuple[float, float]:
    """Scale and offset that bring a type's range to 0 to 1: real numbers as they are, whole ones from their limits.

    Source: "floats are stretched in [0, 1], 16-bit data are stretched to the full range of possible values"
    (https://developers.google.com/earth-engine/guides/image_visualization).
    """
    if kind.precision != "int":
        return 1.0, 0.0
    limits = np.iinfo(dtype_of(kind))
    return _scale(
        float(limits.min if kind.min is None else kind.min), float(limits.max if kind.max is None else kind.max)
    )


@dataclass(frozen=True)
class Stretch:
    """Values brought to 0 to 1: multiplied, moved, cut off, and raised to 1 / gamma."""

    gain: float
    bias: float
    gamma: float

    def __call__(self, values: Values) -> Any:
        """The values from 0 to 1."""
        stretched = np.nan_to_num(np.clip(values * self.gain + self.bias, 0, 1))
        return stretched if self.gamma == 1 else stretched ** (1 / self.gamma)


_ALL = np.ones((), np.bool_)


@dataclass(frozen=True)
class Grey:
    """Values as brightness, for `Tabled`."""

    stretch: Stretch

    def __call__(self, values: Values) -> tuple[Any, Any]:
        """Bytes, all of them shown."""
        return rounded(self.stretch(values) * 255), _ALL


def _nothing(values: Values) -> tuple[Any, Any]:
    return np.zeros(values.shape, np.uint8), _ALL


@dataclass(frozen=True)
class _Ramp:
    """One channel of a palette whose colours lie at equal steps, linear between them."""

    stretch: Stretch
    channel: tuple[int, ...]

    def __call__(self, values: Values) -> tuple[Any, Any]:
        place = self.stretch(values) * (len(self.channel) - 1)
        return rounded(np.interp(place, np.arange(len(self.channel)), self.channel)), _ALL


@dataclass(frozen=True, eq=False)
class _Faded:
    """A channel under a mask that is as opaque as is asked for."""

    channel: Tabled
    opacity: float

    def __call__(self, pixels: Pixels) -> Pixels:
        shown = self.channel(pixels)
        if self.opacity == 1:
            return shown
        return Pixels(shown.values, shown.mask.astype(np.float32) * np.float32(self.opacity))
