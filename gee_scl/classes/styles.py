"""How a band of class values is drawn elsewhere: visualization parameters for Earth Engine, a style for map servers."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from gee_scl.errors import SchemeError

MOST_COLORS = 4096
"""Longest palette that is written: values far apart without a common step would fill the request with it."""

# What XML 1.0 cannot hold even escaped (https://www.w3.org/TR/xml/#charsets).
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def vis_params(colors: Mapping[int, str], band: str) -> dict[str, Any]:
    """Write Earth Engine's visualization parameters of a band.

    Args:
        colors: 'rrggbb' by value.
        band: its name.

    Raises:
        SchemeError: the values would need more than 4096 colours.
    """
    low, high = min(colors), max(colors)
    step = math.gcd(*(value - low for value in colors)) or 1
    high = max(high, low + step)  # of one class too, min and max must differ
    if (high - low) // step >= MOST_COLORS:
        raise SchemeError(
            "scheme", [low, high], f"values that {MOST_COLORS} colours can tell apart", "visualize() has no such limit."
        )
    palette: list[str] = []
    for value in range(low, high + 1, step):
        palette.append(colors[value] if value in colors else palette[-1])
    return {"bands": [band], "min": low, "max": high, "palette": palette}


def sld(entries: Iterable[tuple[int, str, str]], band: str) -> str:
    """Write an SLD 1.0 RasterSymbolizer of a band.

    Args:
        entries: value, name and 'rrggbb' of each class, by ascending value.
        band: its name.
    """
    rows = "".join(
        f'<ColorMapEntry color="#{color}" quantity="{value}" label="{_escaped(name)}"/>'
        for value, name, color in entries
    )
    channel = f"<SourceChannelName>{_escaped(band)}</SourceChannelName>"
    return (
        "<RasterSymbolizer>"
        f"<ChannelSelection><GrayChannel>{channel}</GrayChannel></ChannelSelection>"
        f'<ColorMap type="values" extended="false">{rows}</ColorMap>'
        "</RasterSymbolizer>"
    )


def xml_text(text: str) -> str:
    """Leave the characters out of a text that XML cannot hold."""
    return _NOT_XML.sub("", text)


def _escaped(text: str) -> str:
    return html.escape(xml_text(text))
