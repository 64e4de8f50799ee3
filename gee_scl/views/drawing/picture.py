"""Pictures as the server draws them: several at a time, and in parts where one is too much for one request.

One across the antimeridian is drawn in two parts: no server says what it draws beyond its end of the world.
"""

from __future__ import annotations

import io
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import ee

from gee_scl.errors import RequestError
from gee_scl.options.choices import OnError, PictureFormat
from gee_scl.requests.blocks import Block
from gee_scl.requests.door import Door
from gee_scl.requests.parallel import Progress
from gee_scl.requests.work import Lost, Work
from gee_scl.views.drawing.lost import Missing, refusal
from gee_scl.views.drawing.window import Window

if TYPE_CHECKING:
    from PIL import Image

Content: TypeAlias = bytes
"""Of a file."""

_EVERY = "every picture"
"""Stands for all pictures together, where one that cannot be had makes the others useless."""

_JPEG_QUALITY = 90
"""Of a JPEG that is put together here."""

_AS_PNG = "As a PNG (format='png') it is put together of parts. "


@dataclass(frozen=True)
class Wanted:
    """A picture to ask for.

    Attributes:
        name: what it shows, such as "the classes of 2023-05-14".
        image: an RGB image of bytes, such as a view has; masked pixels are transparent in a PNG.
        window: what is shown of it.
    """

    name: str
    image: ee.Image
    window: Window


@dataclass(frozen=True)
class Drawn:
    """What was drawn.

    Attributes:
        contents: of the files, in the order in which they were wanted; None of what could not be had.
        missing: what that is.
    """

    contents: list[bytes | None]
    missing: list[Missing]

    def all(self) -> list[bytes]:
        """Give every content.

        Raises:
            RequestError: that of the first picture that could not be had.
        """
        for one in self.missing:
            if one.error is not None:
                raise one.error
        return [content for content in self.contents if content is not None]


@dataclass(frozen=True)
class _PicturePiece:
    """A picture, or a part of one, that two requests draw.

    Attributes:
        number: of the picture.
        wanted: the picture.
        block: which of its pixels.
        picture_format: of the file.
        whole: what is of no use without it.
    """

    number: int
    wanted: Wanted
    block: Block
    picture_format: PictureFormat
    whole: Hashable

    pairs = 1
    bytes = 0

    @property
    def window(self) -> Window:
        """Where it is."""
        return self.wanted.window.part(self.block)

    @property
    def name(self) -> str:
        """What to call it when it fails."""
        is_part = self.block != self.wanted.window.block
        return f"Drawing {self.wanted.name}" + (f", {self.block.text}" if is_part else "")

    @property
    def pixels(self) -> float:
        """That are drawn."""
        return self.block.pixels

    def ask(self, door: Door) -> Content:
        """Draw it, by two requests: one defines it, and one draws it. Earth Engine: Image.getThumbURL.

        Raises:
            RequestError: it was refused.
        """
        parameters = {**self.window.parameters(), "format": str(self.picture_format)}
        return door.picture(self.name, self.wanted.image, parameters)

    def halves(self, *, of_regions: bool = False) -> Sequence[_PicturePiece]:
        """Its two parts; nothing where it is too small, or of JPEGs, whose colours depend on what is beside them."""
        if of_regions or self.picture_format is not PictureFormat.PNG:
            return ()
        return [replace(self, block=half) for half in self.block.halves()]

    def refusal(self, lost: Lost[Any]) -> RequestError:
        """The error of this piece, with what helps."""
        advice = _AS_PNG if self.picture_format is not PictureFormat.PNG else ""
        return refusal(lost, self.wanted.window, self.window, advice)


def draw(
    wanted: Sequence[Wanted],
    door: Door,
    *,
    picture_format: PictureFormat = PictureFormat.PNG,
    progress: Progress | None = None,
) -> Drawn:
    """Draw pictures, several at a time.

    A PNG that is too much for one request is put together of parts, which gives the same pixels. What cannot be had is
    named in the result: nothing further is asked for then, unless the door's run has on_error="keep".

    Args:
        wanted: the pictures.
        door: asks.
        picture_format: of the files.
        progress: called with the number of pictures done and their total.

    Requests: two for each picture, or part of one.
    """
    keep = door.run.on_error is OnError.KEEP
    pieces = [
        _PicturePiece(
            number,
            one,
            side,
            # Parts come as they are, and are written as what was wanted when they are put together.
            picture_format if side == one.window.block else PictureFormat.PNG,
            number if keep else _EVERY,
        )
        for number, one in enumerate(wanted)
        for side in one.window.sides
    ]
    canvases = [Canvas(one.window, picture_format) for one in wanted]
    work, done = Work(door, pieces, workers=door.run.limits.parallel_pictures, tell_apart=True), 0
    for piece, content in work.answers():
        canvas = canvases[piece.number]
        canvas.put(piece.block, content, piece.name)
        if canvas.is_whole:
            done += 1
            if callable(progress):
                progress(done, len(wanted))
    errors = {lost.piece.number: lost.piece.refusal(lost) for lost in reversed(work.lost)}
    return Drawn(
        [canvas.content() for canvas in canvases],
        [Missing(one.name, errors.get(n)) for n, one in enumerate(wanted) if not canvases[n].is_whole],
    )


class Canvas:
    """A picture that comes in parts, or at once.

    Args:
        window: of the picture.
        picture_format: of its file.
    """

    def __init__(self, window: Window, picture_format: PictureFormat = PictureFormat.PNG) -> None:
        self._window, self._format = window, picture_format
        self._left = window.pixels
        self._content: bytes | None = None
        self._picture: Image.Image | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing of it is missing."""
        return self._left == 0

    def put(self, block: Block, content: bytes, what: str) -> None:
        """Put a part into its place.

        Args:
            block: its place.
            content: of its file.
            what: it is called.

        Raises:
            RequestError: it has another size.
        """
        from PIL import Image

        if block == self._window.block:
            self._content = content
        else:
            self._picture = self._picture or Image.new("RGBA", (self._window.width, self._window.height))
            with Image.open(io.BytesIO(content)) as part:
                check_size(part, block, what)
                self._picture.paste(part.convert("RGBA"), (block.column, block.row))
        self._left -= block.pixels

    def content(self) -> bytes | None:
        """Give the file; None where a part is missing."""
        from PIL import Image

        if not self.is_whole or self._picture is None:
            return self._content
        written = io.BytesIO()
        if self._format is PictureFormat.PNG:
            self._picture.save(written, "PNG")
        else:  # which knows no transparency: what shows nothing is black, as the server has it
            opaque = Image.new("RGB", self._picture.size)
            opaque.paste(self._picture, mask=self._picture.getchannel("A"))
            opaque.save(written, "JPEG", quality=_JPEG_QUALITY)
        return written.getvalue()


def check_size(part: Image.Image, block: Block, what: str) -> None:
    """Refuse a part that has another size than was asked for: it would be put in a wrong place.

    Raises:
        RequestError: it has.
    """
    if part.size != (block.width, block.height):
        raise RequestError(what, f"The answer has {part.width} x {part.height} pixels.")


def shows_nothing(content: bytes) -> bool:
    """Whether a picture is transparent everywhere, or black where its format knows no transparency."""
    from PIL import Image

    with Image.open(io.BytesIO(content)) as drawn:
        shown = drawn.convert("RGB") if drawn.format == "JPEG" else drawn.convert("RGBA").getchannel("A")
    return shown.getbbox() is None
