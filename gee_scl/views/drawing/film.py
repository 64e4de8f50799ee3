"""Frames of a film: decoded, stamped with dates, given a legend, and written as GIF or WebP in exact colours."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from gee_scl.errors import ArgumentError, RequestError
from gee_scl.options.choices import Choice
from gee_scl.views.drawing.lettering import Lettering
from gee_scl.views.view import LegendEntry

if TYPE_CHECKING:
    from PIL import Image

_GREY_STEP = 17
"""Texts have 16 greys, from black to white: so they and a scheme's colours share a palette of 256."""

GREYS = tuple((grey, grey, grey) for grey in range(0, 256, _GREY_STEP))

_STAMP_PART = 24
"""A stamp's letters are this part of the frame's longest side, but stay between the two sizes."""

_STAMP_SIZES = (11, 28)

_LEGEND_FONT = 13
_LEGEND_LINE = 20

_MOST_COLORS = 256
"""Of a GIF's palette."""

_LONGEST_DELAY = 655_350
"""Milliseconds that a frame of a GIF can last."""

Color = tuple[int, int, int]


class FilmFormat(Choice):
    """A file format of films."""

    GIF = "gif", "256 colours, which are exact where a scheme is shown"
    WEBP = "webp", "smaller, and exact in all colours"


def rgb(color: str) -> Color:
    """Read 'rrggbb' as three numbers."""
    red, green, blue = bytes.fromhex(color)
    return red, green, blue


def decoded(data: bytes, count: int, frame_milliseconds: int) -> list[Image.Image]:
    """Read the frames of a GIF as RGB, one for each image that went into it.

    A GIF may hold frames that are alike as one that lasts longer: it is given back as many times as it stands for.

    Args:
        data: the file.
        count: frames that it has to have.
        frame_milliseconds: how long each was asked to last.

    Raises:
        RequestError: it has another number of frames.
    """
    from PIL import Image, ImageSequence

    frames: list[Image.Image] = []
    with Image.open(io.BytesIO(data)) as film:
        for frame in ImageSequence.Iterator(film):
            lasts = int(frame.info.get("duration", frame_milliseconds))
            picture = frame.convert("RGB")
            picture.info.clear()  # its transparent colour would be written as if it were a palette's
            frames += [picture] * max(1, round(lasts / frame_milliseconds))
    if len(frames) != count:
        raise RequestError("Drawing a film", f"the answer has {len(frames)} frames for {count} images")
    return frames


def stamped(frame: Image.Image, text: str) -> Image.Image:
    """Write a text into a frame's upper left corner, black on a white box, so that it is legible on anything."""
    from PIL import Image

    low, high = _STAMP_SIZES
    label = _label(text, min(high, max(low, max(frame.size) // _STAMP_PART)), Lettering.of([text]))
    box = Image.new("L", (label.width + 10, label.height + 6), 255)
    box.paste(label, (5, 3))
    framed = Image.new("L", (box.width + 2, box.height + 2), 0)
    framed.paste(box, (1, 1))
    copy = frame.copy()
    copy.paste(framed.convert("RGB"), (4, 4))
    return copy


def with_legend(frames: Sequence[Image.Image], title: str, entries: Sequence[LegendEntry]) -> list[Image.Image]:
    """Put a legend on the right of frames, which become taller where it does not fit."""
    from PIL import Image, ImageDraw

    lettering = Lettering.of([title, *(entry.label for entry in entries)])
    labels = [_label(entry.label, _LEGEND_FONT, lettering) for entry in entries]
    heading = _label(title, _LEGEND_FONT, lettering)
    width = max(heading.width, *(label.width + 22 for label in labels)) + 24
    height = max(frames[0].height, 28 + _LEGEND_LINE * len(entries) + 8)
    panel = Image.new("RGB", (width, height), "white")
    panel.paste(heading.convert("RGB"), (12, 8))
    draw = ImageDraw.Draw(panel)
    for line, (entry, label) in enumerate(zip(entries, labels, strict=True)):
        top = 30 + _LEGEND_LINE * line
        draw.rectangle((12, top, 26, top + 14), rgb(entry.color), (102, 102, 102))
        panel.paste(label.convert("RGB"), (34, top))
    widened = []
    for frame in frames:
        wide = Image.new("RGB", (frame.width + width, height), "white")
        wide.paste(frame, (0, 0))
        wide.paste(panel, (frame.width, 0))
        widened.append(wide)
    return widened


def _label(text: str, size: int, lettering: Lettering) -> Image.Image:
    """Draw a text, black on white, in the 16 greys."""
    return lettering.line(text, size).point(lambda grey: round(grey / _GREY_STEP) * _GREY_STEP)


def write_film(
    path: Path,
    film_format: FilmFormat,
    frames: Sequence[Image.Image],
    milliseconds: int,
    colors: Iterable[Color] | None = None,
) -> None:
    """Write frames as GIF or WebP, for ever from the start.

    Args:
        path: of the file.
        film_format: which of them.
        frames: RGB images of one size.
        milliseconds: how long each lasts.
        colors: all colours that occur, where they are known: a GIF then has exactly these. WebP is always lossless.

    Raises:
        ArgumentError: a GIF with alike frames one after another that last longer together than a GIF can say.
    """
    options: dict[str, object] = {"save_all": True, "duration": milliseconds, "loop": 0}
    if film_format is FilmFormat.WEBP:
        frames[0].save(path, "WEBP", append_images=frames[1:], lossless=True, **options)
        return
    palette = None if colors is None else list(dict.fromkeys([*colors, *GREYS]))
    if palette is not None and len(palette) <= _MOST_COLORS:
        indexed = [_indexed(frame, palette) for frame in frames]
    else:
        indexed = [frame.quantize(_MOST_COLORS) for frame in frames]
    _check_delays(indexed, milliseconds)
    indexed[0].save(path, "GIF", append_images=indexed[1:], optimize=False, disposal=1, **options)


def _check_delays(frames: Sequence[Image.Image], milliseconds: int) -> None:
    """Refuse frames that are alike for too long: Pillow writes them as one, whose delay has 16 bits.

    Source: https://www.w3.org/Graphics/GIF/spec-gif89a.txt, section 23, in hundredths of a second.
    """
    contents = (frame.convert("RGB").tobytes() for frame in frames)
    longest = max(sum(1 for _ in alike) for _, alike in groupby(contents))
    if longest * milliseconds > _LONGEST_DELAY:
        least = math.ceil(longest * 100_000 / _LONGEST_DELAY) / 100
        raise ArgumentError(
            "frames_per_second",
            1000 / milliseconds,
            f"{least:g} or more for a GIF in which {longest} frames one after another are alike",
            "With dates=True no two are alike, and WebP (a path that ends in .webp) has no such limit.",
        )


def _indexed(frame: Image.Image, palette: Sequence[Color]) -> Image.Image:
    """Number a frame's pixels by a palette that has its colours; another colour becomes the nearest."""
    import numpy as np
    from PIL import Image

    pixels = np.asarray(frame, dtype=np.int32)
    keys = pixels @ (65536, 256, 1)
    packed, place = np.unique(keys, return_inverse=True)
    seen = np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=1)
    distance = ((seen[:, None, :] - np.asarray(palette)[None, :, :]) ** 2).sum(axis=2)
    indexed = Image.fromarray(distance.argmin(axis=1).astype(np.uint8)[place].reshape(keys.shape), "P")
    indexed.putpalette([value for color in palette for value in color])
    return indexed
