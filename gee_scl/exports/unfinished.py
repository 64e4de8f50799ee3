"""Unfinished downloads: the blocks of a raster, fetched into one flat file beside the target, and which are there."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ee

from gee_scl.errors import ArgumentError, RequestError
from gee_scl.exports.rasters import Raster
from gee_scl.options.files import OVERWRITE, write_whole
from gee_scl.requests.blocks import Block, blocks
from gee_scl.requests.connection import open_address
from gee_scl.requests.door import Door
from gee_scl.requests.parallel import Progress
from gee_scl.requests.work import Lost, Work, advised
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


def block_side(raster: Raster, block_bytes: int) -> int:
    """The side of the blocks that a raster is fetched in."""
    side = _LARGEST_BLOCK
    while side > 1 and side * side * raster.pixel_bytes > block_bytes:
        side //= 2
    return side


@dataclass(frozen=True)
class _BlockPiece:
    """A block, or a part of one, that one request fetches.

    Attributes:
        raster: of which it is a part.
        image: its pixels, with a value where it is masked.
        block: what is fetched.
    """

    raster: Raster
    image: ee.Image
    block: Block

    pairs = 1
    bytes = 0
    whole = "raster"
    """A file lacks nothing: where a block cannot be had, no other is of use now."""

    @property
    def name(self) -> str:
        """What to call it when it fails."""
        return f"Fetching {self.block.text}"

    @property
    def pixels(self) -> float:
        """That are fetched."""
        return self.block.pixels

    def ask(self, door: Door) -> npt.NDArray[np.void]:
        """Fetch it, by one request.

        Raises:
            RequestError: it was refused, or something else came.
        """
        import numpy as np

        block, bands = self.block, self.raster.bands
        grid = self.raster.grid.window(block.column, block.row, block.width, block.height)
        answer = door.pixels(self.name, self.image, grid.request())
        values: npt.NDArray[np.void] = np.load(io.BytesIO(answer), allow_pickle=False)
        if values.shape != (block.height, block.width) or not set(bands) <= set(values.dtype.names or ()):
            text = f"The answer has the shape {values.shape} and the bands {values.dtype.names}."
            raise RequestError(self.name, text)
        return values

    def halves(self, *, of_regions: bool = False) -> Sequence[_BlockPiece]:
        """Its two parts; nothing where it is too small, or its pixels are not what is too much."""
        return () if of_regions else [replace(self, block=half) for half in self.block.halves()]


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
        every, fetched = blocks(self.raster.grid.width, self.raster.grid.height, self.side), self._fetched()
        before, pixels = self.door.tally, self.pixels()
        missing = [part for block in every for part in _missing(block, fetched)]
        total = len(missing) + len(fetched)
        if callable(progress) and not missing:
            progress(total, total)
        work = Work(self.door, [_BlockPiece(self.raster, self.image, block) for block in missing])
        with (self.folder / _LOG).open("a", encoding="utf-8") as log:
            log.write("\n")  # a line that a kill has cut stays alone
            for done, (piece, values) in enumerate(work.answers(), 1):
                self._keep(piece.block, values, pixels, log)
                if callable(progress):
                    progress(len(fetched) + done, total + self.door.tally.splits - before.splits)
        if work.lost:
            raise _refused(work.lost[0])
        return self.door.requests - before.requests

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

    def _keep(self, block: Block, values: npt.NDArray[np.void], pixels: npt.NDArray[Any], log: io.TextIOBase) -> None:
        """Put a block's pixels in their place, and then say so."""
        rows, columns = slice(block.row, block.row + block.height), slice(block.column, block.column + block.width)
        for number, name in enumerate(self.raster.bands):
            pixels[number, rows, columns] = values[name]
        pixels.flush()  # type: ignore[attr-defined]
        log.write(f"{_key(block)}{_WHOLE}\n")
        log.flush()


def _key(block: Block) -> str:
    """By which a block, or a part of one, is known again."""
    return f"{block.row}-{block.column}-{block.width}x{block.height}"


def _missing(block: Block, fetched: Collection[str]) -> list[Block]:
    """What of a block is not there: all of it, or those of its parts that did not come."""
    if _key(block) in fetched:
        return []
    halves = block.halves()
    rest = [part for half in halves for part in _missing(half, fetched)]
    return rest if halves and rest != list(halves) else [block]


def _refused(lost: Lost[_BlockPiece]) -> RequestError:
    """The error of a block, with what helps where it is too much by itself."""
    block = lost.piece.block
    hint = (
        f"No more than {block.width} x {block.height} pixels were asked for. Put together fewer images, as of a "
        "shorter period, or have a task do it, which may take longer: export_image(..., to=Drive())."
    )
    return advised(lost.error, hint)


def _server() -> str:
    """Where the pixels come from: the same expression has other pixels elsewhere. A local engine's port is no place."""
    return "local" if is_local() else open_address()
