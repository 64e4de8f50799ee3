"""Numbers as colours: tables of colours by value, by interval or in between, and functions looked up in tables."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from gee_scl.local.raster.image import Mask, Pixels, Values, both

Bytes = npt.NDArray[np.uint8]
Shown = npt.NDArray[np.bool_]


class Tabled:
    """A function of numbers to bytes, which numbers of 8 and 16 bits are looked up for.

    A tile of a map has 65,536 pixels, and a class raster a dozen values.

    Args:
        function: of an array of any numbers to as many bytes, and where they are shown.
    """

    def __init__(self, function: Callable[[Values], tuple[Bytes, Shown]]) -> None:
        self._function = function
        # Two threads may both make a table; they are equal.
        self._tables: dict[np.dtype[Any], tuple[Bytes, Shown]] = {}

    def __call__(self, pixels: Pixels) -> Pixels:
        """The bytes, masked where the pixels are or where the function shows nothing."""
        values = pixels.values
        if values.dtype.kind not in "iu" or values.dtype.itemsize > 2:
            with np.errstate(all="ignore"):
                table_bytes, shown = self._function(values)
            return Pixels(table_bytes, _shown(pixels.mask, shown))
        low = int(np.iinfo(values.dtype).min)
        table_bytes, shown = self._table(values.dtype)
        place = values if low == 0 else values.astype(np.int32) - low
        return Pixels(table_bytes[place], pixels.mask if shown.all() else _shown(pixels.mask, shown[place]))

    def _table(self, dtype: np.dtype[Any]) -> tuple[Bytes, Shown]:
        if dtype not in self._tables:
            limits = np.iinfo(dtype)
            with np.errstate(all="ignore"):
                self._tables[dtype] = self._function(np.arange(limits.min, limits.max + 1, dtype=np.int64))
        return self._tables[dtype]


def _shown(mask: Mask, shown: Shown) -> Mask:
    return mask if shown.all() else both(mask, shown)


def rounded(values: Values) -> Bytes:
    """Numbers from 0 to 255 as the nearest bytes."""
    return np.floor(values + 0.5).astype(np.uint8)


Kind = Literal["values", "intervals", "ramp"]


@dataclass(frozen=True)
class ColourTable:
    """Colours at quantities.

    Attributes:
        kind: "values" shows what equals a quantity; "intervals" what is below it and not below the one before; "ramp"
            everything, linear between quantities and like the nearest outside them.
        quantities: ascending.
        colours: red, green and blue of each.
        opaque: whether each is shown.
    """

    kind: Kind
    quantities: tuple[float, ...]
    colours: tuple[tuple[int, int, int], ...]
    opaque: tuple[bool, ...] = field(default=())

    @classmethod
    def of(
        cls,
        kind: Kind,
        quantities: Sequence[float],
        colours: Sequence[tuple[int, int, int]],
        opaque: Sequence[bool] = (),
    ) -> ColourTable:
        """The table of entries in any order; of several at one quantity the first counts."""
        order = sorted(range(len(quantities)), key=lambda place: quantities[place])
        shown = opaque or [True] * len(quantities)
        return cls(
            kind,
            tuple(float(quantities[i]) for i in order),
            tuple(colours[i] for i in order),
            tuple(shown[i] for i in order),
        )

    def channels(self) -> tuple[Tabled, Tabled, Tabled]:
        """Functions of pixels to bytes of red, of green and of blue."""
        red, green, blue = (Tabled(functools.partial(self._bytes, channel)) for channel in range(3))
        return red, green, blue

    def _bytes(self, channel: int, values: Values) -> tuple[Bytes, Shown]:
        return _WAYS[self.kind](
            values,
            np.asarray(self.quantities),
            np.asarray([colour[channel] for colour in self.colours], np.uint8),
            np.asarray(self.opaque, np.bool_),
        )


def _by_value(values: Values, quantities: Values, colours: Bytes, opaque: Shown) -> tuple[Bytes, Shown]:
    place = np.minimum(np.searchsorted(quantities, values), len(quantities) - 1)
    return colours[place], opaque[place] & (quantities[place] == values)


def _by_interval(values: Values, quantities: Values, colours: Bytes, opaque: Shown) -> tuple[Bytes, Shown]:
    above = np.searchsorted(quantities, values, side="right")
    place = np.minimum(above, len(quantities) - 1)
    return colours[place], opaque[place] & (above < len(quantities))


def _between(values: Values, quantities: Values, colours: Bytes, opaque: Shown) -> tuple[Bytes, Shown]:
    is_number = ~np.isnan(values) if values.dtype.kind == "f" else np.ones(values.shape, np.bool_)
    numbers = np.where(is_number, values, quantities[0])
    shown = np.interp(numbers, quantities, opaque.astype(np.float64)) > 0
    return rounded(np.interp(numbers, quantities, colours.astype(np.float64))), is_number & shown


_WAYS: Mapping[Kind, Callable[[Values, Values, Bytes, Shown], tuple[Bytes, Shown]]] = {
    "values": _by_value,
    "intervals": _by_interval,
    "ramp": _between,
}
