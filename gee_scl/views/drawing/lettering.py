"""Lines of text as pictures, for films: in Pillow's own font, and in the machine's where that lacks letters."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, cast

from gee_scl.options.caller_warning import warn_caller
from gee_scl.views.drawing.fonts import Font, fonts_for, visible, without_font
from gee_scl.views.drawing.texts import shown

if TYPE_CHECKING:
    from PIL import Image, ImageFont

_NO_LETTER = "\U0010ffff"
"""Which no font has: its picture is that of every letter that a font lacks."""

_FROM_RIGHT = {"R", "AL"}
"""Bidirectional classes of letters that are written from right to left (https://www.unicode.org/reports/tr9)."""


@dataclass(frozen=True)
class Lettering:
    """With what the letters of some lines are drawn that stand together, so that they look alike.

    Attributes:
        fonts: of the letters that another font draws than Pillow's own.
        lost: letters that no font has.
    """

    fonts: Mapping[str, Font]
    lost: frozenset[str]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Lettering:
        """Find fonts for texts: Pillow's own where it has all letters, else as few of the machine's as it takes."""
        letters = visible("".join(map(_composed, texts)))
        lacking = frozenset(letter for letter in letters if not _is_usual(letter))
        found = fonts_for(letters) if lacking else {}
        lost = lacking - set(found)
        return cls({} if lost == lacking else found, lost)

    def line(self, text: str, size: int) -> Image.Image:
        """Draw a line of text, black on white.

        Letters are joined and ordered as their script asks for where Pillow has raqm, as its wheels have.

        Args:
            text: the line.
            size: of the font, in pixels.
        """
        from PIL import Image, ImageDraw

        # A line is as high as its tallest letters, so that stamps do not jump.
        _, top, _, bottom = _usual(size).getbbox("Ag0", anchor="ls")
        placed: list[tuple[float, str, ImageFont.FreeTypeFont]] = []
        start = left = right = 0.0
        for part, font in self._runs(text, size):
            box = font.getbbox(part, anchor="ls")
            left = min(left, start + box[0]) if placed else box[0]
            right, top, bottom = max(right, start + box[2]), min(top, box[1]), max(bottom, box[3])
            placed.append((start, part, font))
            start += font.getlength(part)
        image = Image.new("L", (max(1, round(right - left)), max(1, round(bottom - top))), 255)
        for start, part, font in placed:
            ImageDraw.Draw(image).text((start - left, -top), part, fill=0, font=font, anchor="ls")
        return image

    def warn(self) -> None:
        """Say once which letters are drawn as boxes, or not as their script asks for.

        Warns:
            UserWarning: no font has a letter; or Pillow has no raqm, which joins and orders letters.
        """
        from PIL import features

        if self.lost:
            warn_caller(without_font(self.lost))
        shaped = sorted(filter(_is_shaped, self.fonts))
        if shaped and not features.check("raqm"):
            warn_caller(
                f"Letters such as {' '.join(shaped[:3])} are drawn one by one, from left to right: this Pillow has no "
                "raqm, which joins and orders them. Pillow's own wheels have it."
            )

    def _runs(self, text: str, size: int) -> list[tuple[str, ImageFont.FreeTypeFont]]:
        """The parts of a line from left to right, each with the font that has its letters."""
        from PIL import ImageFont

        line = _composed(text)
        paths: list[str | None] = []
        for letter in line:
            own = self.fonts[letter].path if letter in self.fonts else None
            # What has no picture stays with what it stands beside.
            paths.append(own if visible(letter) or not paths else paths[-1])
        parts = [
            ("".join(letter for letter, _ in run), _usual(size) if path is None else ImageFont.truetype(path, size))
            for path, run in groupby(zip(line, paths, strict=True), key=lambda one: one[1])
        ]
        directions = (unicodedata.bidirectional(letter) for letter in line)
        first = next((direction for direction in directions if direction in {"L", *_FROM_RIGHT}), "L")
        return parts[::-1] if first in _FROM_RIGHT else parts


def _composed(text: str) -> str:
    """A line in which a letter and its accents are one wherever they can be, as fonts have them."""
    return unicodedata.normalize("NFC", shown(text)) or " "


def _is_shaped(letter: str) -> bool:
    """Whether a letter looks otherwise beside others, or stands to the left of the one before."""
    return unicodedata.bidirectional(letter) in _FROM_RIGHT or unicodedata.category(letter).startswith("M")


@lru_cache(maxsize=4096)
def _is_usual(letter: str) -> bool:
    font = _usual(16)
    drawn, nothing = (font.getmask(one) for one in (letter, _NO_LETTER))
    return drawn.size != nothing.size or bytes(drawn) != bytes(nothing)


def _usual(size: int) -> ImageFont.FreeTypeFont:
    """Pillow's own font; of a size that is named it is always one of FreeType's."""
    from PIL import ImageFont

    return cast("ImageFont.FreeTypeFont", ImageFont.load_default(size))
