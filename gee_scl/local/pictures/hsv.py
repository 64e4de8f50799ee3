"""Colours as hue, saturation and value, and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gee_scl.local.errors import EvaluationError
from gee_scl.local.pictures.channels import Channel
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Image, Pixels, Source, Tile, both
from gee_scl.local.raster.operators import computed
from gee_scl.local.values import FLOAT

_UNIT = replace(FLOAT, min=0, max=1)


def rgb_to_hsv(image: Image) -> Image:
    """Hue, saturation and value, from 0 to 1, of red, green and blue."""
    return _converted(image, ("hue", "saturation", "value"), _to_hsv, "Image.rgbToHsv")


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
            replace(image.bands[0], name=channel, type=_UNIT, source=Channel(whole, place))
            for place, channel in enumerate(names)
        ],
    )


@dataclass(frozen=True, eq=False)
class _Converted:
    """Three channels made of three others; its pixels have the channels as their first axis."""

    function: Callable[..., tuple[Any, Any, Any]]
    sources: tuple[Source, ...]

    @property
    def inputs(self) -> tuple[Source, ...]:
        return self.sources

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        pixels = [tile.read(source, grid) for source in self.sources]
        with np.errstate(all="ignore"):
            values = np.stack(self.function(*(p.values.astype(np.float64) for p in pixels)))
        return Pixels(values, both(both(pixels[0].mask, pixels[1].mask), pixels[2].mask))
