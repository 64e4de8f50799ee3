"""How classes are drawn in figures: the scheme's own colours, and hatches that tell near colours apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gee_scl.classes.schemes import Scheme

_NEAR = 30.0
"""CIELAB distance below which two areas of these colours, not side by side, are taken for each other in print."""

_GREY = 15.0
"""CIELAB chroma below which a colour is a grey; greys differ in lightness only, so all are hatched."""

_HATCHES = ("////", "....", "----", "\\\\\\\\", "xxxx", "||||", "++++", "oooo", "//..", "\\\\--", "xx..", "||oo")


@dataclass(frozen=True)
class ClassStyle:
    """How one class is drawn and called.

    Attributes:
        mark: what stands for it inside a chart: its value.
        name: what people read.
        color: '#rrggbb', the scheme's own.
        hatch: matplotlib's hatch pattern, or an empty text.
        hatch_color: '#rrggbb', dark on light colours and light on dark ones.
    """

    mark: str
    name: str
    color: str
    hatch: str
    hatch_color: str

    @property
    def label(self) -> str:
        """Mark and name, as legends and axes show them."""
        return f"{self.mark} {self.name}"


UNKNOWN = ClassStyle("?", "Unknown", "#ffffff", "xxxxxx", "#b0b0b0")
"""What was not seen, in transitions."""


def class_styles(scheme: Scheme) -> dict[int, ClassStyle]:
    """Give each class of a scheme its style, by value.

    A class is hatched if its colour is a grey, or near to that of another class or to the white of the page. It is
    always the same hatch, whichever classes occur.

    Args:
        scheme: the classes and their colours.
    """
    colors = cielab([member.color for member in scheme.classes])
    others = np.vstack([colors, cielab(["ffffff"])])
    distance = np.linalg.norm(colors[:, None] - others[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    hatched = (distance.min(axis=1) < _NEAR) | (np.linalg.norm(colors[:, 1:], axis=1) < _GREY)
    styles = {}
    for place, member in enumerate(scheme.classes):
        hatch = _HATCHES[int(hatched[:place].sum()) % len(_HATCHES)] if hatched[place] else ""
        hatch_color = "#4d4d4d" if colors[place, 0] > 45 else "#f2f2f2"
        styles[member.value] = ClassStyle(str(member.value), member.name, f"#{member.color}", hatch, hatch_color)
    return styles


def cielab(colors: Sequence[str]) -> npt.NDArray[np.float64]:
    """Reckon CIELAB (D65) of sRGB colours 'rrggbb': IEC 61966-2-1 and CIE 15.

    Args:
        colors: n of them.

    Returns:
        n x 3: lightness, and the two axes from green to red and from blue to yellow.
    """
    rgb = np.array([list(bytes.fromhex(color)) for color in colors]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = linear @ np.array(
        [[0.4124, 0.2126, 0.0193], [0.3576, 0.7152, 0.1192], [0.1805, 0.0722, 0.9505]],
    )
    ratio = xyz / np.array([0.9505, 1.0, 1.089])
    root = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = root.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)
