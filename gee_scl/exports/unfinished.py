"""Unfinished downloads: the blocks of a raster, fetched into one flat file beside the target, and which are there."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ee

from gee_scl.errors import ArgumentError, RequestError
from gee_scl.exports.grids import Block, blocks
from gee_scl.exports.rasters import Raster
from gee_scl.options.files import OVERWRITE, write_whole
from gee_scl.requests.connection import open_address
from gee_scl.requests.door import Door
from gee_scl.requests.failures import FailureKind
from gee_scl.requests.parallel import Progress, in_parallel
from gee_scl.session import is_local

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

PIXELS = "pixels.bin"
"""The flat file: bands, rows and columns."""

_MANIFEST, _LOG = "manifest.json", "blocks.log"

_WHOLE = " is whole"
"""What a line of the log ends in."""

_LARGEST_BLOCK = 4096
"""Pixels of a block's side: a request ends after about five minutes."""

_SMALLEST_BLOCK = 256
"""Pixels of the side of a block that is not cut any more: Earth Engine computes in tiles of 256."""


def block_side(raster: Raster, block_bytes: int) -> int:
    """The side of the blocks that a raster is fetched in."""
    side = _LARGEST_BLOCK
    while side > 1 and side * side * raster.pixel_bytes > block_bytes:
        side //= 2
    return side


class UnfinishedDownload:
    """An unfinished download: one flat file of pixels, and a log of the blocks that are in it.

    A block is logged only when its pixels are on the disk. So whatever kills a download, what the log says is true.

    Args:
        folder: beside the target.
        raster: what is downloaded.
        door: asks.
    """

    def __init__(self, folder: Path, raster: Raster, door: Door) -> None:
        self.folder, self.raster, self.door = folder, raster, door
        self.image = raster.filled()
        self.side = block_side(raster, door.run.limits.block_bytes)
        self._lock = threading.Lock()

    def open(self, *, discard: bool) -> None:
        """Begin, or go on where an earlier call was stopped.

        Raises:
            ArgumentError: the folder holds something else, and it is not to be discarded.
        """
        manifest = self._manifest()
        if self.folder.exists():
            if self._read(_MANIFEST) == manifest:
                return
            # Without a manifest nothing was fetched: it is written first.
            if self._read(_MANIFEST) is not None and not discard:
                hint = f"Repeat that request, or give {OVERWRITE} to drop what it has fetched."
                raise ArgumentError("path", str(self.folder), "no unfinished download of another request", hint)
            shutil.rmtree(self.folder)
        self.folder.mkdir()
        write_whole(self.folder / _MANIFEST, lambda part: part.write_text(manifest, encoding="utf-8"))

    def _manifest(self) -> str:
        """What tells this request from others: the expression, the grid, the type of the pixels."""
        raster = self.raster
        expression = ee.serializer.encode(self.image, for_cloud_api=True)
        content = json.dumps(expression, sort_keys=True, default=str).encode()
        return json.dumps(
            {
                "expression": hashlib.sha256(content).hexdigest(),
                "server": _server(),
                "described": raster.described,
                "grid": raster.grid.request(),
                "bands": raster.bands,
                "dtype": raster.type.name,
                "nodata": raster.nodata,
                "block": self.side,
            },
            indent=1,
            sort_keys=True,
        )

    def _read(self, name: str) -> str | None:
        try:
            return (self.folder / name).read_text(encoding="utf-8")
        except OSError:
            return None

    def fetch(self, progress: Progress | None) -> int:
        """Fetch the blocks that are missing.

        Returns:
            How many requests it took.

        Raises:
            RequestError: a block failed. No further block is started; those under way are kept.
        """
        every = blocks(self.raster.grid, self.side)
        asked = self.door.requests
        fetched = self._fetched()
        missing = [block for block in every if block.name not in fetched]
        before = len(every) - len(missing)
        pixels = self.pixels()
        if callable(progress) and not missing:
            progress(before, len(every))
        advance = (lambda done, _: progress(before + done, len(every))) if callable(progress) else None
        with (self.folder / _LOG).open("a", encoding="utf-8") as log:
            log.write("\n")  # a line that a kill has cut stays alone
            in_parallel(
                [partial(self._fetch_block, block, pixels, log) for block in missing],
                advance,
                workers=self.door.run.limits.parallel,
            )
        return self.door.requests - asked

    def _fetched(self) -> set[str]:
        """The blocks that are in the file; a line without its end is one that a kill has cut."""
        lines = (self._read(_LOG) or "").splitlines()
        return {line.removesuffix(_WHOLE) for line in lines if line.endswith(_WHOLE)}

    def pixels(self) -> npt.NDArray[Any]:
        """The flat file as an array of bands, rows and columns, made where it is not there."""
        import numpy as np

        raster, path = self.raster, self.folder / PIXELS
        shape = (len(raster.bands), raster.grid.height, raster.grid.width)
        return np.memmap(
            path, np.dtype(raster.type.name).newbyteorder("<"), "r+" if path.exists() else "w+", shape=shape
        )

    def remove(self) -> None:
        """Clear away what is not needed any more. The log goes first: without it nothing is taken for fetched."""
        (self.folder / _LOG).unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _fetch_block(self, block: Block, pixels: npt.NDArray[Any], log: io.TextIOBase) -> None:
        self._fill(block, pixels)
        with self._lock:
            pixels.flush()  # type: ignore[attr-defined]
            log.write(f"{block.name}{_WHOLE}\n")
            log.flush()

    def _fill(self, block: Block, pixels: npt.NDArray[Any]) -> None:
        """Put a block's pixels in their place; where it is too much for one request, quarter by quarter."""
        try:
            values = self._ask(block)
        except RequestError as error:
            if error.kind != FailureKind.TOO_LARGE or max(block.width, block.height) <= _SMALLEST_BLOCK:
                raise
            for quarter in block.quarters():
                self._fill(quarter, pixels)
            return
        rows, columns = slice(block.row, block.row + block.height), slice(block.column, block.column + block.width)
        for number, name in enumerate(self.raster.bands):
            pixels[number, rows, columns] = values[name]

    def _ask(self, block: Block) -> npt.NDArray[np.void]:
        import numpy as np

        grid = self.raster.grid.window(block.column, block.row, block.width, block.height)
        what = f"Fetching pixels {block.column}, {block.row} ({block.width} x {block.height})"
        answer = self.door.pixels(what, self.image, grid.request())
        values: npt.NDArray[np.void] = np.load(io.BytesIO(answer), allow_pickle=False)
        if values.shape != (block.height, block.width) or not set(self.raster.bands) <= set(values.dtype.names or ()):
            raise RequestError(what, f"The answer has the shape {values.shape} and the bands {values.dtype.names}.")
        return values


def _server() -> str:
    """Where the pixels come from: the same expression has other pixels elsewhere. A local engine's port is no place."""
    return "local" if is_local() else open_address()
