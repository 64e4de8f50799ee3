"""Images drawn as an OGC Styled Layer Descriptor says: Image.sldStyle.

What is followed: https://developers.google.com/earth-engine/guides/image_visualization#styled-layer-descriptors and,
where that is silent, https://docs.geoserver.org/stable/en/user/styling/sld/reference/rastersymbolizer.html.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from gee_scl.local.errors import EvaluationError, NotCoveredError
from gee_scl.local.pictures.channels import CHANNELS
from gee_scl.local.pictures.colour_tables import ColourTable, Kind, Tabled
from gee_scl.local.pictures.colours import rgb
from gee_scl.local.pictures.visualization import Grey, Stretch, type_scale
from gee_scl.local.raster.image import Band, Image, Pixels
from gee_scl.local.raster.operators import KEPT
from gee_scl.local.values import BYTE

_NAME = "Image.sldStyle"
_KINDS: Sequence[Kind] = ("values", "intervals", "ramp")
_GREY, _COLOURS = ("GrayChannel",), ("RedChannel", "GreenChannel", "BlueChannel")


def sld_style(image: Image, sld: str) -> Image:
    """Bytes to show: one band in the colours of a map of colours, or one or three bands as they are."""
    symbolizer = _symbolizer(sld)
    channels = _channels(image, symbolizer)
    colour_map = _child(symbolizer, "ColorMap")
    if colour_map is None:
        sources = [(channel.band, channel.function()) for channel in channels]
    elif len(channels) == 1:
        sources = [(channels[0].band, function) for function in _table(colour_map).channels()]
    else:
        raise EvaluationError(f"{_NAME}: A ColorMap needs one channel, not {len(channels)}.")
    visible = _opacity(_text(symbolizer, "Opacity")) > 0
    names = CHANNELS if len(sources) == 3 else ("vis-gray",)
    return Image.computed(
        (
            band.over(function if visible else _invisible, type=BYTE).renamed(name)
            for name, (band, function) in zip(names, sources, strict=True)
        ),
        image,
        KEPT,
    )


def _invisible(pixels: Pixels) -> Pixels:
    return Pixels.nothing(pixels.mask.shape)


# The document


def _symbolizer(sld: str) -> ElementTree.Element:
    """The one RasterSymbolizer of a document or fragment.

    A document type may define entities that grow without bounds or name files; no style needs one.
    """
    if "<!DOCTYPE" in sld or "<!ENTITY" in sld:
        raise EvaluationError(f"{_NAME}: The SLD must not have a document type or entities.")
    try:
        root = ElementTree.fromstring(sld.strip())  # noqa: S314 - see above
    except (ElementTree.ParseError, ValueError) as error:
        raise EvaluationError(f"{_NAME}: The SLD is no well-formed XML: {error}.") from None
    symbolizers = [element for element in root.iter() if _local(element) == "RasterSymbolizer"]
    if len(symbolizers) != 1:
        raise EvaluationError(f"{_NAME}: Exactly one RasterSymbolizer is required, found {len(symbolizers)}.")
    return symbolizers[0]


def _local(element: ElementTree.Element) -> str:
    """An element's name without its namespace: SLD 1.0 and SE 1.1 have different ones."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _children(element: ElementTree.Element | None, name: str) -> Iterator[ElementTree.Element]:
    return (child for child in (() if element is None else element) if _local(child) == name)


def _child(element: ElementTree.Element | None, name: str) -> ElementTree.Element | None:
    return next(_children(element, name), None)


def _text(element: ElementTree.Element | None, name: str) -> str | None:
    child = _child(element, name)
    return None if child is None or child.text is None else child.text.strip()


# Channels


@dataclass(frozen=True)
class _Channel:
    """A band, and how much it is brightened."""

    band: Band
    gamma: float

    def function(self) -> Tabled:
        scale, offset = type_scale(self.band.type)
        return Tabled(Grey(Stretch(scale, offset, self.gamma)))


def _channels(image: Image, symbolizer: ElementTree.Element) -> list[_Channel]:
    """The channels that are selected; else the first band under a map of colours, else the first three bands."""
    overall = _gamma(symbolizer)
    selection = _child(symbolizer, "ChannelSelection")
    if selection is None:
        image.first_band(_NAME)
        count = 3 if len(image.bands) >= 3 and _child(symbolizer, "ColorMap") is None else 1
        return [_Channel(band, overall) for band in image.bands[:count]]
    present = {_local(child) for child in selection}
    wanted = _COLOURS if present.intersection(_COLOURS) else _GREY
    channels = []
    for name in wanted:
        element = _child(selection, name)
        source = _text(element, "SourceChannelName")
        if element is None or not source:
            raise EvaluationError(f"{_NAME}: The ChannelSelection needs a {name} with a SourceChannelName.")
        channels.append(_Channel(_band(image, source), overall * _gamma(element)))
    return channels


def _band(image: Image, name: str) -> Band:
    """A band by its name, else by its number from 1."""
    for band in image.bands:
        if band.name == name:
            return band
    if name.isascii() and name.isdigit() and 1 <= int(name) <= len(image.bands):
        return image.bands[int(name) - 1]
    raise EvaluationError(f"{_NAME}: No band named '{name}'. Available band names: [{', '.join(image.names)}].")


def _gamma(element: ElementTree.Element) -> float:
    enhancement = _child(element, "ContrastEnhancement")
    for child in () if enhancement is None else enhancement:
        if _local(child) != "GammaValue":
            # They stretch by the histogram of all of the image, whose extent and sampling are not documented.
            raise NotCoveredError(
                f"{_NAME}: The contrast enhancement {_local(child)} is not covered by the local engine. "
                "Stretch the image with Image.visualize, min and max."
            )
    text = _text(enhancement, "GammaValue")
    gamma = 1.0 if text is None else _number(text, "GammaValue")
    if not gamma > 0:
        raise EvaluationError(f"{_NAME}: GammaValue must be greater than 0, got {text}.")
    return gamma


# Colours


def _table(colour_map: ElementTree.Element) -> ColourTable:
    kind = colour_map.get("type", "ramp").strip().lower()
    if kind not in _KINDS:
        raise EvaluationError(f"{_NAME}: The type of a ColorMap is {', '.join(_KINDS)}, not '{kind:.40}'.")
    entries = list(_children(colour_map, "ColorMapEntry"))
    if not entries:
        for child in colour_map:
            if _local(child) in ("Categorize", "Interpolate"):
                raise NotCoveredError(
                    f"{_NAME}: {_local(child)} is not covered by the local engine; use ColorMapEntry."
                )
        raise EvaluationError(f"{_NAME}: The ColorMap has no ColorMapEntry.")
    return ColourTable.of(
        _KINDS[_KINDS.index(kind)],
        [_number(_attribute(entry, "quantity"), "quantity") for entry in entries],
        [rgb(_attribute(entry, "color"), _NAME) for entry in entries],
        [_opacity(entry.get("opacity")) > 0 for entry in entries],
    )


def _attribute(entry: ElementTree.Element, name: str) -> str:
    value = entry.get(name)
    if value is None:
        raise EvaluationError(f"{_NAME}: A ColorMapEntry needs the attribute '{name}'.")
    return value


def _opacity(text: str | None) -> float:
    """0 is transparent; whatever else is opaque (documentation of Image.sldStyle)."""
    return 1.0 if text is None else _number(text, "opacity")


def _number(text: str, what: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise EvaluationError(f"{_NAME}: {what} must be a number, not '{text:.40}'.")
    return number
