"""Decoded blocks of raster files, shared by all threads: each is decoded once, and kept within a bound."""

from __future__ import annotations

import functools
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.windows import Window

from gee_scl.local.counters import Counts, count
from gee_scl.local.counters.profiles import spent_on
from gee_scl.local.errors import EvaluationError

Array = npt.NDArray[Any]
IntArray = npt.NDArray[np.int64]

CACHE_BYTES = 256 * 1024 * 1024
"""What decoded blocks may take up: the classification of eight Sentinel-2 products in full, or three screens of a map
at every zoom."""

_SIDE = 512
"""Pixels along a side that are decoded together, where the blocks of a file are smaller: strips, and tiles of 128."""

_ALONE = 256
"""Pixels along both sides from which on a block is decoded by itself: what a region touches is decoded, and no more."""

_AREA = _SIDE * _SIDE

_OPEN = 32
"""Files that are kept open while nobody reads them: opening one costs about as much as decoding a block."""

_OPEN_PIXELS = 32 * 1024 * 1024
"""Pixels that were read from these files, all together. GDAL keeps what it decodes as long as a file is open, in up to
a twentieth of the machine's memory; and here it is kept already."""

_TOGETHER = 4 * 1024 * 1024
"""Pixels up to which scattered pixels are taken from one window, put together from its blocks."""


class BlockCache:
    """Least recently used arrays up to a number of bytes; an array that is being made is waited for, not made twice.

    Args:
        max_bytes: what all arrays together may take up.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max = max_bytes
        self._used = 0
        self._blocks: OrderedDict[Hashable, Array] = OrderedDict()
        self._making: dict[Hashable, Future[Array]] = {}
        self._lock = threading.Lock()

    @property
    def nbytes(self) -> int:
        """What the arrays that are kept take up."""
        return self._used

    def get(self, key: Hashable, make: Callable[[], Array]) -> Array:
        """The array of a key, made where it is not there; it must not be written to.

        An error of `make` reaches everyone who waits for the array, and is forgotten.
        """
        with self._lock:
            if key in self._blocks:
                self._blocks.move_to_end(key)
                return self._blocks[key]
            future = self._making.get(key)
            waits = future is not None
            if future is None:
                future = self._making[key] = Future()
        if waits:
            return future.result()
        try:
            block = make()
        except BaseException as error:
            with self._lock:
                del self._making[key]
            future.set_exception(error)
            raise
        block.setflags(write=False)
        with self._lock:
            del self._making[key]
            self._keep(key, block)
        future.set_result(block)
        return block

    def clear(self) -> None:
        """Forget all arrays."""
        with self._lock:
            self._blocks.clear()
            self._used = 0

    def _keep(self, key: Hashable, block: Array) -> None:
        if block.nbytes > self._max:
            return
        self._blocks[key] = block
        self._used += block.nbytes
        while self._used > self._max:
            self._used -= self._blocks.popitem(last=False)[1].nbytes


blocks = BlockCache(CACHE_BYTES)
"""The blocks of this process."""

_Key = tuple[str, Hashable, int | None]
"""Path, stamp and overview of an open file."""


@dataclass
class _OpenFile:
    """An open file, and how many pixels were read from it."""

    key: _Key
    dataset: rasterio.DatasetReader
    pixels: int = 0

    @classmethod
    def of(cls, key: _Key) -> _OpenFile:
        path, _, overview = key
        return cls(key, rasterio.open(path) if overview is None else rasterio.open(path, overview_level=overview))


class OpenFiles:
    """Open files that wait for their next reader: GDAL's handles may change threads, but serve one at a time.

    Args:
        most: files that may wait.
        most_pixels: that were read from them, all together.
    """

    def __init__(self, most: int, most_pixels: int) -> None:
        self._most, self._most_pixels = most, most_pixels
        self._idle: OrderedDict[int, _OpenFile] = OrderedDict()
        self._lock = threading.Lock()

    @contextmanager
    def borrowed(
        self, path: str, stamp: Hashable, overview: int | None, pixels: int = 0
    ) -> Iterator[rasterio.DatasetReader]:
        """A file that nobody else reads meanwhile, of which so many pixels are about to be read."""
        key = path, stamp, overview
        file = self._taken(key) or _OpenFile.of(key)
        file.pixels += pixels
        try:
            yield file.dataset
        except BaseException:
            file.dataset.close()
            raise
        self._keep(file)

    def _taken(self, key: _Key) -> _OpenFile | None:
        with self._lock:
            idle_place = next((place for place, file in reversed(self._idle.items()) if file.key == key), None)
            return None if idle_place is None else self._idle.pop(idle_place)

    def _keep(self, file: _OpenFile) -> None:
        surplus = []
        with self._lock:
            self._idle[id(file)] = file
            while len(self._idle) > self._most or sum(idle.pixels for idle in self._idle.values()) > self._most_pixels:
                surplus.append(self._idle.popitem(last=False)[1])
        for old in surplus:
            old.dataset.close()

    def close_within(self, folder: Path) -> None:
        """Close those of a folder."""
        with self._lock:
            inside = [place for place, file in self._idle.items() if Path(file.key[0]).is_relative_to(folder)]
            closed = [self._idle.pop(place) for place in inside]
        for file in closed:
            file.dataset.close()


_files = OpenFiles(_OPEN, _OPEN_PIXELS)


def close_files(folder: Path) -> None:
    """Close the files of a folder that nobody reads: Windows neither removes nor moves what is open."""
    _files.close_within(folder)


@dataclass(frozen=True)
class Level:
    """A file at one of its resolutions, as it was when it was last written.

    Attributes:
        path: the file.
        stamp: changes when the file does; None where that cannot be told.
        overview: which overview, from 0; None for the full resolution.
        width: columns.
        height: rows.
        side: columns and rows that are decoded together: a block, or several small ones.
    """

    path: str
    stamp: Hashable
    overview: int | None
    width: int
    height: int
    side: tuple[int, int]

    def window(self, band: int, column: int, row: int, width: int, height: int) -> Array:
        """The stored values of a window that lies within the file; not to be written to.

        Raises:
            EvaluationError: the file cannot be read.
        """
        across, down = self.side
        places = [
            (i, j)
            for j in range(row // down, (row + height - 1) // down + 1)
            for i in range(column // across, (column + width - 1) // across + 1)
        ]
        if len(places) == 1:
            left, top = column - places[0][0] * across, row - places[0][1] * down
            return self._block(band, *places[0])[top : top + height, left : left + width]
        whole: Array | None = None
        for i, j in places:
            block = self._block(band, i, j)
            if whole is None:
                whole = np.empty((height, width), block.dtype)
            # Where the block begins within the window, and the window within the block.
            left, top = i * across - column, j * down - row
            part = block[max(0, -top) : height - top, max(0, -left) : width - left]
            left, top = max(0, left), max(0, top)
            whole[top : top + part.shape[0], left : left + part.shape[1]] = part
        return np.empty((height, width)) if whole is None else whole

    def at(self, band: int, columns: IntArray, rows: IntArray) -> Array:
        """The stored values of single pixels within the file: one array, of the length of the other two.

        Only the blocks that hold any of them are decoded, one after the other where they are far apart.

        Raises:
            EvaluationError: the file cannot be read.
        """
        left, top = int(columns.min()), int(rows.min())
        width, height = int(columns.max()) - left + 1, int(rows.max()) - top + 1
        if width * height <= _TOGETHER:
            # Indices into a flat array are three times as quick as pairs.
            return self.window(band, left, top, width, height).ravel().take((rows - top) * width + (columns - left))
        across, down = self.side
        place = (rows // down) * (self.width // across + 1) + columns // across
        order = np.argsort(place, kind="stable")
        starts = np.flatnonzero(np.diff(place[order], prepend=-1))
        values: Array | None = None
        for members in np.split(order, starts[1:]):
            i, j = int(columns[members[0]]) // across, int(rows[members[0]]) // down
            block = self._block(band, i, j)
            if values is None:
                values = np.empty(len(columns), block.dtype)
            values[members] = block[rows[members] - j * down, columns[members] - i * across]
        return np.empty(0) if values is None else values

    def crossing(self, band: int, columns: IntArray, rows: IntArray) -> Array:
        """The stored values where columns and rows within the file cross: an array of as many rows and columns.

        Raises:
            EvaluationError: the file cannot be read.
        """
        left, top = int(columns.min()), int(rows.min())
        width, height = int(columns.max()) - left + 1, int(rows.max()) - top + 1
        if width * height > _TOGETHER:
            across, down = np.meshgrid(columns, rows)
            return self.at(band, across.ravel(), down.ravel()).reshape(across.shape)
        return self.window(band, left, top, width, height).take(rows - top, axis=0).take(columns - left, axis=1)

    def _block(self, band: int, i: int, j: int) -> Array:
        return blocks.get((self, band, i, j), lambda: self._decoded(band, i * self.side[0], j * self.side[1]))

    def _decoded(self, band: int, column: int, row: int) -> Array:
        width, height = min(self.side[0], self.width - column), min(self.side[1], self.height - row)
        try:
            opened = _files.borrowed(self.path, self.stamp, self.overview, width * height)
            with opened as file, spent_on("Decoding blocks of files"):
                count(Counts(blocks_decoded=1, pixels_decoded=width * height))
                return np.asarray(file.read(band, window=Window(column, row, width, height)))
        except rasterio.errors.RasterioError as error:
            raise _unreadable(error) from None


def full_resolution(path: str, band: int) -> Level:
    """A file's own pixels.

    Raises:
        EvaluationError: the file cannot be opened.
    """
    return _levels(path, band, _stamp(path), 1)[0]


def overviews(path: str, band: int) -> tuple[Level, ...]:
    """A file's overviews, as they come; none where it has none.

    Raises:
        EvaluationError: the file cannot be opened.
    """
    return _levels(path, band, _stamp(path), None)[1:]


def _stamp(path: str) -> Hashable:
    try:
        status = os.stat(path)  # noqa: PTH116 - a path may be one of GDAL's own
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


@functools.lru_cache(maxsize=4096)
def _levels(path: str, band: int, stamp: Hashable, most: int | None) -> tuple[Level, ...]:
    try:
        with _files.borrowed(path, stamp, None) as file:
            levels = [_level(file, path, stamp, None, band)]
            count = len(file.overviews(band))
        for overview in range(count if most is None else min(count, most - 1)):
            with _files.borrowed(path, stamp, overview) as file:
                levels.append(_level(file, path, stamp, overview, band))
    except rasterio.errors.RasterioError as error:
        raise _unreadable(error) from None
    return tuple(levels)


def _level(file: rasterio.DatasetReader, path: str, stamp: Hashable, overview: int | None, band: int) -> Level:
    height, width = file.block_shapes[band - 1]
    across = down = 1
    if min(width, height) < _ALONE:
        across = max(1, min(_SIDE // width, _AREA // (width * height)))
        down = max(1, min(_SIDE // height, _AREA // (across * width * height)))
    return Level(path, stamp, overview, file.width, file.height, (across * width, down * height))


def _unreadable(error: rasterio.errors.RasterioError) -> EvaluationError:
    return EvaluationError(f"The pixels of an image could not be read: {error}")
