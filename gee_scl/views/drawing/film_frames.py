"""Frames of a film as the server draws them: some at a time, and one in parts where it is too much for one request."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import ee

from gee_scl.errors import RequestError
from gee_scl.options.choices import OnError
from gee_scl.requests.blocks import Block
from gee_scl.requests.door import Door
from gee_scl.requests.parallel import Progress
from gee_scl.requests.work import Lost, Work
from gee_scl.views.drawing.film import decoded
from gee_scl.views.drawing.lost import Missing, refusal
from gee_scl.views.drawing.picture import check_size
from gee_scl.views.drawing.window import Window

if TYPE_CHECKING:
    from PIL import Image

_FRAME_MILLISECONDS = 100
"""Of a frame in what Earth Engine sends: a GIF counts in hundredths of a second, so that no other rate is as exact."""

_EVERY = "every frame"
"""Stands for all frames together, where one that cannot be had makes the others useless."""


@dataclass(frozen=True)
class Reel:
    """What the frames of a film are drawn from.

    Attributes:
        names: of the frames, in order.
        images: makes the RGB images of some frames, by their numbers.
        window: what each frame shows.
        exact: whether a frame has so few colours that those of a GIF are exact, so that parts of it fit together.
    """

    names: Sequence[str]
    images: Callable[[Sequence[int]], ee.ImageCollection]
    window: Window
    exact: bool


@dataclass(frozen=True)
class _FramesPiece:
    """Some frames, or a part of one, that two requests draw.

    Attributes:
        reel: of which they are a part.
        numbers: of the frames.
        block: which of their pixels.
        keep: whether the others are of use where one of them cannot be had.
    """

    reel: Reel
    numbers: range
    block: Block
    keep: bool

    bytes = 0

    @property
    def name(self) -> str:
        """What to call it when it fails."""
        names = [self.reel.names[number] for number in self.numbers]
        if len(names) > 1:
            return f"Drawing {len(names)} frames ({names[0]} to {names[-1]})"
        is_part = self.block != self.reel.window.block
        return f"Drawing the frame of {names[0]}" + (f", {self.block.text}" if is_part else "")

    @property
    def pairs(self) -> int:
        """How many frames."""
        return len(self.numbers)

    @property
    def pixels(self) -> float:
        """That are drawn."""
        return len(self.numbers) * self.block.pixels

    @property
    def whole(self) -> Hashable:
        """The frame, where it is a part of one; all of them, where the others are of no use without it."""
        return (self.numbers[0] if len(self.numbers) == 1 else None) if self.keep else _EVERY

    @property
    def window(self) -> Window:
        """What they show."""
        return self.reel.window.part(self.block)

    def ask(self, door: Door) -> list[Image.Image]:
        """Draw them, by two requests: one defines them, and one draws. Earth Engine: ImageCollection.getVideoThumbURL.

        Raises:
            RequestError: they were refused, or something else came.
        """
        options = {**self.window.parameters(), "framesPerSecond": 1000 / _FRAME_MILLISECONDS}
        content = door.film(self.name, self.reel.images(self.numbers), options)
        frames = decoded(content, len(self.numbers), _FRAME_MILLISECONDS)
        if self.block != self.reel.window.block:
            check_size(frames[0], self.block, self.name)
        return frames

    def halves(self, *, of_regions: bool = False) -> Sequence[_FramesPiece]:
        """Half of the frames each; of one frame its two parts, where they have the same colours."""
        middle = len(self.numbers) // 2
        if middle:
            return [replace(self, numbers=half) for half in (self.numbers[:middle], self.numbers[middle:])]
        if of_regions or not self.reel.exact:
            return ()
        return [replace(self, block=half) for half in self.block.halves()]


@dataclass(frozen=True)
class Filmed:
    """What was drawn of a film.

    Attributes:
        frames: by their numbers.
        missing: those that could not be had.
    """

    frames: dict[int, Image.Image]
    missing: list[Missing]


def film_frames(reel: Reel, door: Door, progress: Progress | None) -> Filmed:
    """Draw the frames of a film, several requests at a time.

    Frames that are too much for one request are asked for in halves, and one frame is put together of parts where that
    gives the same pixels. Where a frame cannot be had, it is found out which. Nothing further is asked for then, unless
    the door's run has on_error="keep". Frames across the antimeridian come in two parts: in true colour, of which a
    GIF holds 256 colours, each part has its own.

    Args:
        reel: what they are drawn from.
        door: asks.
        progress: called with the number of frames drawn, and to draw.

    Requests: two for as many frames as `Limits.film_pixels` allows.
    """
    keep, total = door.run.on_error is OnError.KEEP, len(reel.names)
    at_a_time = max(1, door.run.limits.film_pixels // reel.window.pixels)
    starts = range(0, total, at_a_time)
    pieces = [
        _FramesPiece(reel, range(total)[start : start + at_a_time], side, keep)
        for start in starts
        for side in reel.window.sides
    ]
    frames: dict[int, Image.Image] = {}
    parts: dict[int, _Joined] = {}
    work = Work(door, pieces, tell_apart=True)
    for piece, drawn in work.answers():
        if piece.block == reel.window.block:
            frames.update(zip(piece.numbers, drawn, strict=True))
        else:
            for number, part in zip(piece.numbers, drawn, strict=True):
                joined = parts.setdefault(number, _Joined(reel.window))
                joined.put(piece.block, part)
                if joined.is_whole:
                    frames[number] = parts.pop(number).picture
        if callable(progress):
            progress(len(frames), total)
    errors = {number: _refusal(lost) for lost in reversed(work.lost) for number in lost.piece.numbers}
    missing = [Missing(name, errors.get(n)) for n, name in enumerate(reel.names) if n not in frames]
    return Filmed(dict(sorted(frames.items())), missing)


def _refusal(lost: Lost[_FramesPiece]) -> RequestError:
    return refusal(lost, lost.piece.reel.window, lost.piece.window)


class _Joined:
    """A frame that comes in parts.

    Args:
        window: of the frame.
    """

    def __init__(self, window: Window) -> None:
        from PIL import Image

        self.picture = Image.new("RGB", (window.width, window.height))
        self._left = window.pixels

    @property
    def is_whole(self) -> bool:
        """Whether nothing of it is missing."""
        return self._left == 0

    def put(self, block: Block, part: Image.Image) -> None:
        """Put a part into its place."""
        self.picture.paste(part, (block.column, block.row))
        self._left -= block.pixels
