"""Maps and thumbnails: requests for pictures, kept by their ids until someone looks."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from gee_scl.local.context import MEBIBYTE, BoundedCache, Context
from gee_scl.local.counters import Threads
from gee_scl.local.errors import EvaluationError, LimitError, NotFoundError
from gee_scl.local.graph import evaluate
from gee_scl.local.places import safe_name
from gee_scl.local.raster.frames import Size, frame, grid_of
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Band, Image
from gee_scl.local.values import Collection, type_of
from gee_scl.local.views.arrays import rgba, values
from gee_scl.local.views.media import (
    DATA_FORMATS,
    PICTURE_FORMATS,
    QUICK,
    ZIPPED,
    ZIPPED_PER_BAND,
    Media,
    encoded,
    geotiff,
    gif,
    is_rate,
    npy,
    strip,
    zipped,
)
from gee_scl.local.views.requests import bands_of, check_size, image_of, named_bands, pixel_grid, shown
from gee_scl.local.views.tile_grids import tile_grid

TILE_SIZES = (256, 512)
"""Pixels of a tile's sides. Earth Engine has 256 only; 512, for screens of high density, is this engine's own."""

LONGEST_SIDE = 512
"""Pixels of a thumbnail that says nothing of its size
(https://developers.google.com/earth-engine/guides/image_visualization#thumbnail-images)."""

MAX_SIDE = 10_000
"""Of https://developers.google.com/earth-engine/reference/rest/v1beta/projects.thumbnails/create."""

MAX_PIXELS = 512 * 512 * 100
"""Of all frames together
(https://developers.google.com/earth-engine/reference/rest/v1alpha/projects.videoThumbnails/create)."""

MAX_FRAMES = 1000
FRAMES_PER_SECOND = 5.0
"""Defaults of VideoOptions (https://developers.google.com/earth-engine/reference/rest/v1/projects.videoThumbnails)."""

_KEPT_BYTES, _LEAST_BYTES = 64 * MEBIBYTE, 64 * 1024
"""What is kept of requests: each counts at least as much as fills the space with about a thousand."""

_PREPARED = 64
"""Requests whose expression is kept evaluated; that of an older one is evaluated again."""

_MEDIA_BYTES = 64 * MEBIBYTE
"""Of files that were sent, so that going back on a map costs nothing."""

Body = Mapping[str, Any]


class Kind(Enum):
    """What a request is for, by its name in the REST API."""

    MAP = "maps"
    THUMBNAIL = "thumbnails"
    VIDEO = "videoThumbnails"
    FILMSTRIP = "filmstripThumbnails"


class Maps:
    """Everything that was created to be looked at.

    What is asked for is worked out by as many threads as there are processors, which keep files open and projections
    at hand from one tile to the next, and so bound the memory of all requests together.

    Args:
        new_context: a context for one evaluation.
        changes: how often assets have changed: a picture that is created after a change is another picture.
        workers: threads; by default one for each processor.
    """

    def __init__(
        self, new_context: Callable[[], Context], changes: Callable[[], int] = int, workers: int | None = None
    ) -> None:
        self._new_context = new_context
        self._changes = changes
        self._pool = Threads(workers or os.cpu_count() or 1, thread_name_prefix="gee-scl-picture")
        self._secret = secrets.token_bytes(32)
        self._requests = BoundedCache(_KEPT_BYTES)
        self._prepared = BoundedCache(_PREPARED)
        self._media = BoundedCache(_MEDIA_BYTES)

    def create(self, kind: Kind, project: str, body: Body) -> dict[str, str]:
        """Keep a request, and say under which name.

        The same request has the same name, as long as no asset changes; nobody can guess it, as with Earth Engine's,
        so that who knows it may look. Whatever can be said before a pixel is read is checked now.

        Args:
            kind: what is created.
            project: for the name.
            body: as the REST API takes it.

        Raises:
            EvaluationError: the expression cannot be evaluated, or not to what is needed.
            LimitError: the thumbnail would be too large.
        """
        text = json.dumps([kind.value, self._changes(), body], sort_keys=True)
        key = hashlib.blake2b(text.encode(), key=self._secret, digest_size=16).hexdigest()
        self._view(kind, key, body)
        self._requests.get((kind, key), lambda: body, lambda _: max(len(text), _LEAST_BYTES))
        return {"name": f"projects/{project}/{kind.value}/{key}"}

    def tile(self, key: str, zoom: int, x: int, y: int, size: int = TILE_SIZES[0]) -> Media:
        """One tile of a map.

        Args:
            key: the map's id.
            zoom: of WebMercatorQuad.
            x: the tile's column.
            y: its row, from the north.
            size: pixels of its sides, one of `TILE_SIZES`.

        Raises:
            NotFoundError: there is no such map, any more.
            EvaluationError: there is no such tile, or its pixels cannot be worked out.
        """
        if size not in TILE_SIZES:
            raise EvaluationError(f"Invalid size of a tile: {size}. It may be {' or '.join(map(str, TILE_SIZES))}.")
        grid = tile_grid(zoom, x, y, size)
        body = self._known(Kind.MAP, key)

        def make() -> Media:
            view: _Map = self._view(Kind.MAP, key, body)
            return view.tile(grid)

        return self._worked_out((Kind.MAP, key, grid), make)

    def pixels(self, kind: Kind, key: str) -> Media:
        """A thumbnail.

        Args:
            kind: of which kind.
            key: its id.

        Raises:
            NotFoundError: there is no such thumbnail, any more.
            EvaluationError: its pixels cannot be worked out.
        """
        body = self._known(kind, key)

        def make() -> Media:
            view: _Thumbnail | _Video | _Filmstrip = self._view(kind, key, body)
            return view.whole()

        return self._worked_out((kind, key), make)

    @property
    def known(self) -> bool:
        """Whether anything was created to be looked at."""
        return len(self._requests) > 0

    def forget(self) -> None:
        """Work out anew what is looked at next: files have changed. Names stay."""
        self._prepared.clear()
        self._media.clear()

    def close(self) -> None:
        """Let the threads go."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _known(self, kind: Kind, key: str) -> Body:
        def missing() -> Body:
            raise NotFoundError(
                f"No {kind.value} '{key:.80}': ids are kept for the last thousand requests, until the engine stops. "
                "Create it again."
            )

        body: Body = self._requests.get((kind, key), missing, len)
        return body

    def _view(self, kind: Kind, key: str, body: Body) -> Any:
        """A request with its expression evaluated."""

        def make() -> Any:
            context = self._new_context()
            return _PREPARATIONS[kind](evaluate(body.get("expression"), context), body, context)

        return self._prepared.get((kind, key), make, lambda _: 1)

    def _worked_out(self, key: Hashable, make: Callable[[], Media]) -> Media:
        media: Media = self._media.get(key, lambda: self._pool.submit(make).result(), lambda file: len(file.content))
        return media


@dataclass(frozen=True)
class _Map:
    image: Image
    file_format: str
    context: Context

    @classmethod
    def prepared(cls, value: Any, body: Body, context: Context) -> _Map:
        file_format = _format(body, PICTURE_FORMATS, "maps")
        image = shown(image_of(value, "maps"), bands_of(body), body.get("visualizationOptions"))
        return cls(image, file_format, context)

    def tile(self, grid: Grid) -> Media:
        self.context.restart()
        return encoded(rgba(self.image, grid, self.context), self.file_format, QUICK)


@dataclass(frozen=True)
class _Thumbnail:
    image: Image
    bands: tuple[Band, ...]
    grid: Grid
    file_format: str
    files: Mapping[str, tuple[tuple[Band, ...], Grid]]
    context: Context

    @classmethod
    def prepared(cls, value: Any, body: Body, context: Context) -> _Thumbnail:
        name = "thumbnails"
        file_format = _format(body, (*PICTURE_FORMATS, *DATA_FORMATS, ZIPPED, ZIPPED_PER_BAND), name)
        image = image_of(value, name)
        if file_format in PICTURE_FORMATS or body.get("visualizationOptions"):
            image = shown(image, bands_of(body), body.get("visualizationOptions"))
            size = Size(longest=LONGEST_SIDE)
        else:
            image = image.with_bands(named_bands(image, bands_of(body), name))
            size = Size()
        grid = _grid(image, body, size, name)
        check_size(grid, image.bands, MAX_SIDE)
        files = _zipped_files(image, body, grid, file_format, name)
        return cls(image, image.bands, grid, file_format, files, context)

    def whole(self) -> Media:
        self.context.restart()
        if self.file_format in PICTURE_FORMATS:
            return encoded(rgba(self.image, self.grid, self.context), self.file_format)
        if self.files:
            return zipped(
                {
                    name: geotiff(values(bands, grid, self.context), grid).content
                    for name, (bands, grid) in self.files.items()
                }
            )
        pixels = values(self.bands, self.grid, self.context)
        return npy(pixels) if self.file_format == "NPY" else geotiff(pixels, self.grid)


def _zipped_files(
    image: Image, body: Body, grid: Grid, file_format: str, name: str
) -> dict[str, tuple[tuple[Band, ...], Grid]]:
    """The files of an archive: one, or one for each band, which may have a grid of its own."""
    stem = safe_name(str(body.get("filenamePrefix") or str(image.id or "").rpartition("/")[2] or "download"))
    if file_format == ZIPPED:
        return {f"{stem}.tif": (image.bands, grid)}
    if file_format != ZIPPED_PER_BAND:
        return {}
    files: dict[str, tuple[tuple[Band, ...], Grid]] = {}
    for band in image.bands:
        own = _grid(image.with_bands((band,)), body, Size(), name)
        check_size(own, (band,), MAX_SIDE)
        files[f"{stem}.{safe_name(band.name)}.tif"] = ((band,), own)
    return files


@dataclass(frozen=True)
class _Frames:
    """The images of a collection on the grid of the first."""

    images: Collection
    grid: Grid
    context: Context

    @classmethod
    def prepared(cls, value: Any, body: Body, context: Context, name: str, most: int = MAX_FRAMES) -> _Frames:
        if not isinstance(value, Collection) or value.kind != "ImageCollection":
            raise EvaluationError(
                f"{name}: The expression must be an image collection.\n"
                f"Expected type: ImageCollection.\nActual type: {type_of(value)}."
            )
        count = len(value.elements)
        if count == 0:
            raise EvaluationError(f"{name}: The collection is empty, there is nothing to show.")
        if count > most:
            raise LimitError(f"{name}: The collection has {count} images; at most {most} can be shown.")
        first = _frame_of(value.elements[0], name)
        grid = _grid(first, body, Size(longest=LONGEST_SIDE), name)
        check_size(grid, first.bands, MAX_SIDE)
        pixels = count * grid.width * grid.height
        if pixels > MAX_PIXELS:
            raise LimitError(
                f"{name}: Total number of pixels ({count} x {grid.width} x {grid.height} = {pixels}) must be less than "
                f"or equal to {MAX_PIXELS}."
            )
        return cls(value, grid, context)

    def pictures(self, name: str) -> list[Any]:
        self.context.restart()
        return [rgba(_frame_of(image, name), self.grid, self.context) for image in self.images.elements]


@dataclass(frozen=True)
class _Video:
    frames: _Frames
    frames_per_second: float

    @classmethod
    def prepared(cls, value: Any, body: Body, context: Context) -> _Video:
        name = Kind.VIDEO.value
        # The documentation lists MP4 and VP9 as well, and says that only GIF is supported. The client's default for
        # all kinds of thumbnails is AUTO_JPEG_PNG.
        if body.get("fileFormat") not in (None, "GIF", "AUTO_JPEG_PNG"):
            raise EvaluationError(f"{name}: Unsupported file format {body['fileFormat']!r:.80}. Only GIF is supported.")
        options = body.get("videoOptions") or {}
        if not isinstance(options, Mapping):
            raise EvaluationError(f"{name}: Invalid value for 'videoOptions': it must be an object.")
        rate = options.get("framesPerSecond")
        if rate is not None and not is_rate(rate):
            raise EvaluationError(f"{name}: framesPerSecond must be a value between 0.1 and 120, not {rate!r:.80}.")
        most = options.get("maxFrames") or MAX_FRAMES
        if not isinstance(most, int) or most < 1:
            raise EvaluationError(f"{name}: maxFrames must be a positive integer, not {most!r:.80}.")
        return cls(_Frames.prepared(value, body, context, name, most), FRAMES_PER_SECOND if rate is None else rate)

    def whole(self) -> Media:
        return gif(self.frames.pictures(Kind.VIDEO.value), self.frames_per_second)


@dataclass(frozen=True)
class _Filmstrip:
    frames: _Frames
    file_format: str
    orientation: str

    @classmethod
    def prepared(cls, value: Any, body: Body, context: Context) -> _Filmstrip:
        name = Kind.FILMSTRIP.value
        file_format = _format(body, PICTURE_FORMATS, name)
        orientation = body.get("orientation") or "VERTICAL"
        if orientation not in ("VERTICAL", "HORIZONTAL"):
            raise EvaluationError(f"{name}: orientation must be VERTICAL or HORIZONTAL, not {orientation!r:.80}.")
        return cls(_Frames.prepared(value, body, context, name), file_format, orientation)

    def whole(self) -> Media:
        return encoded(strip(self.frames.pictures(Kind.FILMSTRIP.value), self.orientation), self.file_format)


_PREPARATIONS: Mapping[Kind, Callable[[Any, Body, Context], Any]] = {
    Kind.MAP: _Map.prepared,
    Kind.THUMBNAIL: _Thumbnail.prepared,
    Kind.VIDEO: _Video.prepared,
    Kind.FILMSTRIP: _Filmstrip.prepared,
}


def _format(body: Body, allowed: tuple[str, ...], name: str) -> str:
    file_format = body.get("fileFormat") or "AUTO_JPEG_PNG"
    if file_format not in allowed:
        raise EvaluationError(f"{name}: Unsupported file format {file_format!r:.80}. It may be {', '.join(allowed)}.")
    return str(file_format)


def _grid(image: Image, body: Body, otherwise: Size, name: str) -> Grid:
    """The grid that the request describes, or that the image was brought to; else all of the image at a size."""
    band = image.first_band(name)
    if body.get("grid"):
        return pixel_grid(body["grid"], band, name)
    own = grid_of(band) if band.sized else None
    return own or frame(image, None, otherwise, name)


def _frame_of(element: Any, name: str) -> Image:
    """An image of a collection as a frame; it must be one of colours already."""
    if not isinstance(element, Image) or len(element.bands) != 3:
        bands = f" It has {len(element.bands)}." if isinstance(element, Image) else ""
        raise EvaluationError(
            f"{name}: Each image must be an RGB image, with 3 bands. Visualize the images, or specify three "
            f"bands.{bands}"
        )
    return shown(element)
