"""Palettes: colours for the classes of the SCL, official ones and such as the colour-blind tell apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gee_scl.classes.class_table import CLASSES, EARTH_ENGINE, SENTINEL_HUB
from gee_scl.errors import SchemeError
from gee_scl.options.names import Named, name_key, nearest

__all__ = ["PALETTES"]

COLOR_BLIND_DISTANCE = 16
"""CIEDE2000 distance that any two colours of the colour-blind-safe palette keep at the least, however they are seen."""


def hex_color(color: object, argument: str) -> str:
    """Write a colour as 'rrggbb'.

    Raises:
        SchemeError: it is no colour of that form.
    """
    if not isinstance(color, str) or not re.fullmatch(r"#?[0-9a-fA-F]{6}", color):
        raise SchemeError(argument, color, "six hexadecimal digits, such as '10d22c'")
    return color.removeprefix("#").lower()


@dataclass(frozen=True)
class Palette:
    """Colours for the classes of the SCL.

    Attributes:
        name: as `Scheme.recolored` takes it.
        title: one line for people.
        colors: code to 'rrggbb'.
        source: where the colours come from, or how they were checked.

    Raises:
        SchemeError: a colour that is none.
    """

    name: str
    title: str
    colors: Mapping[int, str]
    source: str

    def __post_init__(self) -> None:
        colors = {code: hex_color(color, f"colors[{code}]") for code, color in self.colors.items()}
        object.__setattr__(self, "colors", MappingProxyType(colors))


# Chosen by a search that kept each colour near what its class looks like (water blue, vegetation green, shadows dark,
# clouds light) and drove the smallest distance up. CIEDE2000 distances of all pairs, as seen with normal sight and by
# people without one kind of cone: Machado, G. M., Oliveira, M. M., Fernandes, L. A. F. (2009): A Physiologically-based
# Model for Simulation of Color Vision Deficiency. IEEE Transactions on Visualization and Computer Graphics 15 (6),
# https://doi.org/10.1109/TVCG.2009.113, matrices for severity 1, applied to linear sRGB. Smallest: 19.1 normal, 16.6
# protanopia, 16.7 deuteranopia, 16.7 tritanopia. Earth Engine's palette has 1.9 with any sight (classes 2 and 7), ESA's
# 3.7 with deuteranopia (classes 10 and 11).
_COLOR_BLIND_SAFE: Mapping[int, str] = {
    0: "000000",
    1: "bd0181",
    2: "234446",
    3: "453b1c",
    4: "028005",
    5: "e2b95b",
    6: "4b43f9",
    7: "88776a",
    8: "abafad",
    9: "ffffff",
    10: "7197d3",
    11: "95daff",
}

PALETTES: Mapping[str, Palette] = MappingProxyType(
    Named(
        {
            palette.name: palette
            for palette in (
                Palette(
                    "earth_engine",
                    "Earth Engine's colours; none for no data, which it masks out",
                    {c: f.earth_engine_color for c, f in CLASSES.items() if f.earth_engine_color is not None},
                    EARTH_ENGINE.url,
                ),
                Palette(
                    "esa",
                    "ESA's and Sentinel Hub's colours",
                    {c: f.esa_color for c, f in CLASSES.items()},
                    SENTINEL_HUB.url,
                ),
                Palette(
                    "colorblind",
                    "Colours that stay apart with protanopia, deuteranopia and tritanopia",
                    _COLOR_BLIND_SAFE,
                    f"every two are {COLOR_BLIND_DISTANCE} or more apart by CIEDE2000, with normal sight and as "
                    "simulated by Machado et al. 2009 (https://doi.org/10.1109/TVCG.2009.113) at severity 1 in linear "
                    "sRGB",
                ),
            )
        }
    )
)
"""Palettes for the SCL by name: "earth_engine", "esa" and "colorblind"; `colors` of each is a colour by code, `source`
says where they come from. `Scheme.recolored` takes the names.

Examples:
    >>> {name: palette.colors[9] for name, palette in gee_scl.PALETTES.items()}
    {'earth_engine': 'f1f1f1', 'esa': 'ffffff', 'colorblind': 'ffffff'}
"""


def get_palette(name: str) -> Palette:
    """Find a palette by its name, without regard to case and punctuation.

    Raises:
        SchemeError: there is no palette of that name.
    """
    for label, palette in PALETTES.items():
        if name_key(label) == name_key(name):
            return palette
    raise SchemeError("palette", name, f"one of: {', '.join(PALETTES)}", nearest(name, PALETTES))
