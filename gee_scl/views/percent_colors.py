"""Colours of percentages, from low to high: as points of a gradient, and in equal steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from gee_scl.classes.palettes import hex_color
from gee_scl.errors import ArgumentError
from gee_scl.options.checks import number_between

PERCENT_PALETTE = ("f7fbff", "c6dbef", "6baed6", "2171b5", "08306b")
"""ColorBrewer's "Blues", light to dark: legible in grey and to the colour-blind (https://colorbrewer2.org)."""


@dataclass(frozen=True)
class PercentColors:
    """Colours of percentages.

    Attributes:
        colors: 'rrggbb', from low to high.
        low: percentage where they begin; what is less has the first colour too.
        high: percentage where they end; what is more has the last colour too.
    """

    colors: tuple[str, ...] = PERCENT_PALETTE
    low: float = 0.0
    high: float = 100.0

    @classmethod
    def of(cls, palette: Iterable[str], low: object, high: object, *, least: int) -> Self:
        """Check what a caller has given.

        Args:
            palette: 'rrggbb', from low to high.
            low: percentage where the colours begin.
            high: percentage where they end.
            least: how many colours there must be.

        Raises:
            ArgumentError: a percentage is none, they are not ascending, or there are too few colours.
            SchemeError: a colour is none.
        """
        first, last = number_between("low", low, 0, 100, "percent"), number_between("high", high, 0, 100, "percent")
        if first >= last:
            raise ArgumentError("high", high, f"a percentage above low ({low})")
        colors = palette if isinstance(palette, Sequence) and not isinstance(palette, str) else ()
        if len(colors) < least:
            raise ArgumentError("palette", palette, f"{'one' if least == 1 else 'two'} or more colours")
        return cls(tuple(hex_color(color, "palette") for color in colors), first, last)

    def points(self) -> list[tuple[float, str]]:
        """List the percentages of a gradient that have exactly these colours."""
        step = (self.high - self.low) / (len(self.colors) - 1)
        return [(self.low + place * step, color) for place, color in enumerate(self.colors)]

    def steps(self) -> list[tuple[float, float, str]]:
        """List equal steps: where each begins and ends, and its colour."""
        step = self._step
        return [(self.low + n * step, self.low + (n + 1) * step, color) for n, color in enumerate(self.colors)]

    def color(self, percent: float) -> str:
        """Find the colour of a percentage's step; what lies between two steps has the upper one's."""
        place = int((percent - self.low) / self._step)
        return self.colors[min(max(place, 0), len(self.colors) - 1)]

    @property
    def _step(self) -> float:
        return (self.high - self.low) / len(self.colors)
