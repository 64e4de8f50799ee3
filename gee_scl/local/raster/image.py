"""Lazy images: a band is a function from a grid to pixels, and an image is bands with properties."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Protocol, TypeGuard

import numpy as np
import numpy.typing as npt

from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.grid import Grid
from gee_scl.local.values import BAND_NAMES, ONE_DEGREE, SYSTEM_ID, SYSTEM_VERSION, Element, PixelType, Projection

Values = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_] | npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Pixels:
    """One band on one grid.

    Attributes:
        values: of the grid's shape; where the mask is 0, anything.
        mask: of the grid's shape: bool, or float32 between 0 and 1 where a mask is partial.
    """

    values: Values
    mask: Mask

    @property
    def valid(self) -> npt.NDArray[np.bool_]:
        """Where the mask is not 0."""
        return valid(self.mask)

    @classmethod
    def nothing(cls, shape: tuple[int, int], dtype: npt.DTypeLike = np.uint8) -> Pixels:
        """Masked everywhere."""
        return cls(np.zeros(shape, dtype), np.zeros(shape, np.bool_))


def valid(mask: Mask) -> npt.NDArray[np.bool_]:
    """Where a mask is not 0."""
    return mask if is_binary(mask) else mask > 0


def is_binary(mask: Mask) -> TypeGuard[npt.NDArray[np.bool_]]:
    """Whether a mask knows only 0 and 1."""
    return mask.dtype == np.bool_


@lru_cache(maxsize=256)
def everywhere(shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """A mask that is 1 in all places, which takes no memory and is known by `is_everywhere`; not to be written to."""
    return np.broadcast_to(np.True_, shape)


def is_everywhere(mask: Mask) -> bool:
    """Whether a mask is known to be 1 in all places, without a look at them."""
    return is_binary(mask) and mask.size > 0 and not any(mask.strides) and bool(mask.flat[0])


def both(left: Mask, right: Mask) -> Mask:
    """The mask of what needs two inputs: the smaller of theirs."""
    if is_everywhere(right):
        return left
    if is_everywhere(left):
        return right
    if is_binary(left) and is_binary(right):
        return left & right
    return np.minimum(left.astype(np.float32), right.astype(np.float32))


def picked(condition: npt.NDArray[np.bool_], yes: Any, no: Any) -> Any:
    """Values of one array, or number of numpy, where a condition holds, else of the other."""
    if yes.dtype == no.dtype:
        # Ways around numpy.where that give the same, several times as quickly.
        if yes.dtype == np.bool_:
            return (condition & yes) | (~condition & no)
        if yes.dtype.kind in "iu" and yes.dtype.itemsize <= 4 and yes.ndim:
            # Whole numbers wrap around.
            return (yes - no) * condition + no
    return np.where(condition, yes, no)


def either(mask: Mask, also: npt.NDArray[np.bool_]) -> Mask:
    """A mask that is 1 in further places."""
    return mask | also if is_binary(mask) else np.where(also, np.float32(1), mask)


class Source(Protocol):
    """Where a band's pixels come from."""

    @property
    def inputs(self) -> tuple[Source, ...]:
        """What it reads: each source as often as it is read for one grid."""

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        """The pixels on a grid; what the source does not cover is masked."""


Readers = Mapping[int, int]
"""How often sources are read for one grid, by their ids."""


def readers(sources: Iterable[Source]) -> Readers:
    """How often these and all that they are made of are read, if each of these is read once."""
    number: dict[int, int] = {}
    waiting = list(sources)
    while waiting:
        source = waiting.pop()
        number[id(source)] = number.get(id(source), 0) + 1
        if number[id(source)] == 1:
            waiting.extend(source.inputs)
    return number


class Tile:
    """The evaluation of one piece of a grid: what two expressions share is worked out once.

    Args:
        check_time: raises where the request has used up its time.
        readers: of all that will be read: what all of them have read is let go. Without it nothing is.
        picture: whether the pixels are looked at and not counted, so that overviews of files may be taken.
    """

    def __init__(
        self, check_time: Callable[[], None], readers: Readers | None = None, *, picture: bool = False
    ) -> None:
        self.picture = picture
        self._check_time = check_time
        self._readers = readers or {}
        self._known: dict[tuple[int, Grid], _Known] = {}

    def read(self, source: Source, grid: Grid) -> Pixels:
        """A source's pixels on a grid."""
        key = id(source), grid
        known = self._known.get(key)
        if known is None:
            self._check_time()
            known = _Known(source, source.read(grid, self), self._readers.get(key[0], 0))
            if known.readers != 1:
                self._known[key] = known
        elif known.readers == 1:
            del self._known[key]
        known.readers -= 1
        return known.pixels


@dataclass(eq=False)
class _Known:
    """Pixels that are kept for who reads them next, beside their source, so that its id stays its own."""

    source: Source
    pixels: Pixels
    readers: int
    """That are still to come: 1 for the last. Below 1 their number is not known."""


@dataclass(frozen=True, eq=False)
class Constant:
    """The same value everywhere."""

    value: float

    @property
    def inputs(self) -> tuple[Source, ...]:
        """What it reads."""
        return ()

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        """The value, valid everywhere."""
        return Pixels(np.broadcast_to(np.asarray(self.value), grid.shape), everywhere(grid.shape))


@dataclass(frozen=True, eq=False)
class OfGrid:
    """Values that follow from where a pixel is: its area, its coordinates."""

    values: Callable[[Grid], Values]

    @property
    def inputs(self) -> tuple[Source, ...]:
        """What it reads."""
        return ()

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        """The values, valid everywhere."""
        return Pixels(self.values(grid), everywhere(grid.shape))


@dataclass(frozen=True, eq=False)
class Computed:
    """A function of other sources' pixels, pixel by pixel."""

    function: Callable[..., Pixels]
    inputs: tuple[Source, ...]

    def read(self, grid: Grid, tile: Tile) -> Pixels:
        """The function's pixels."""
        return self.function(*(tile.read(source, grid) for source in self.inputs))


@dataclass(frozen=True, eq=False)
class Band:
    """One band: its name, type, default projection, and where its pixels come from."""

    name: str
    type: PixelType
    source: Source
    projection: Projection = ONE_DEGREE
    dimensions: tuple[int, int] | None = None
    """Columns and rows, where the band is bounded."""
    sized: bool = False
    """Whether the dimensions are those that were asked for, not those that the pixels were stored with."""

    def renamed(self, name: str) -> Band:
        """The same band under another name."""
        return replace(self, name=name)

    def over(self, function: Callable[..., Pixels], *others: Source, type: PixelType | None = None) -> Band:
        """A band of the same place, computed from this one and others."""
        return replace(self, source=Computed(function, (self.source, *others)), type=type or self.type)


@dataclass(frozen=True, eq=False)
class Image(Element):
    """Bands with properties; `id` and `version` where it is an asset, whose files may be written while it is there."""

    bands: tuple[Band, ...] = ()
    id: str | None = None
    version: int | Callable[[], int] | None = field(default=None)

    @classmethod
    def constant(cls, value: float, name: str = "constant") -> Image:
        """A number everywhere. Its type is that number alone (recorded: int with min = max)."""
        return cls(bands=(Band(name, constant_type(value), Constant(value)),))

    @classmethod
    def computed(cls, bands: Iterable[Band], like: Image | None = None, keep: Sequence[str] = ()) -> Image:
        """An image that is no asset any more, with the named properties of another."""
        properties = {} if like is None else {k: v for k, v in like.properties.items() if k in keep}
        return cls(properties=properties, bands=tuple(bands))

    @property
    def names(self) -> list[str]:
        """The bands' names, in order."""
        return [band.name for band in self.bands]

    @property
    def version_now(self) -> int | None:
        """Microseconds since 1970 at which its content was made."""
        return self.version() if callable(self.version) else self.version

    def get(self, key: str) -> Any:
        """A property's value, as of any element; the names of the bands can be asked for like one."""
        # Lists of many thousand images are filtered by it: a call less counts.
        if key == BAND_NAMES:
            return self.names
        value = self.properties.get(key)
        if value is None and key == SYSTEM_VERSION:
            return self.version_now
        return self.id if value is None and key == SYSTEM_ID else value

    def with_bands(self, bands: Iterable[Band]) -> Image:
        """The same properties over other bands."""
        return replace(self, bands=tuple(bands))

    def first_band(self, algorithm: str) -> Band:
        """The band that gives an image its default projection.

        Raises:
            EvaluationError: the image has none.
        """
        if not self.bands:
            raise EvaluationError(f"{algorithm}: The image has no bands.")
        return self.bands[0]


def constant_type(value: float) -> PixelType:
    """The type of one number."""
    return PixelType("int" if isinstance(value, int) else "double", value, value)
