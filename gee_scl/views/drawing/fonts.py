"""Fonts of this machine that have the letters of names, where the font that is drawn with has not.

What Pillow draws films with has the letters of English, what matplotlib draws charts with those of most alphabets. All
others are looked for in the machine's fonts, by matplotlib's list of them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.font_manager import FontEntry

_BOXES = ("last resort", "lastresort", "adobe blank")
"""Beginnings of the names of fonts that have a box, or nothing, for every letter."""

_REGULAR = 400
"""Weight of a font that is neither bold nor light."""

WITHOUT_FONT = "No font of this machine has"
"""How the warning begins that no font has a letter."""

_MOST_NAMED = 20
"""Letters that a warning names."""

_INVISIBLE = {"Cc", "Cf", "Zl", "Zp", "Zs"}
"""Categories of what has no picture: spaces, and marks that say how letters join."""

_SELECTORS = range(0xFE00, 0xFE10)
"""Characters that choose between pictures of the letter before them."""


@dataclass(frozen=True)
class Font:
    """A font of this machine.

    Attributes:
        path: of its file; of a file with several it is the first.
        family: by which matplotlib knows it.
    """

    path: str
    family: str

    def letters(self, letters: Iterable[str]) -> frozenset[str]:
        """Those of the letters that it has; none where it cannot be read."""
        from matplotlib.ft2font import FT2Font

        try:
            face = FT2Font(self.path)
        except (OSError, RuntimeError):  # gone, or of a kind that FreeType does not read
            return frozenset()
        return frozenset(letter for letter in letters if face.get_char_index(ord(letter)))


def visible(text: str) -> frozenset[str]:
    """The letters of a text that have a picture."""
    return frozenset(
        letter for letter in text if unicodedata.category(letter) not in _INVISIBLE and ord(letter) not in _SELECTORS
    )


def fonts_for(letters: frozenset[str]) -> Mapping[str, Font]:
    """A font for each letter: one for all where there is one, else as few as it takes; none for what no font has."""
    having: list[tuple[Font, frozenset[str]]] = []
    for font in _fonts():
        had = font.letters(letters)
        if had == letters:
            return dict.fromkeys(letters, font)
        having.append((font, had))
    found: dict[str, Font] = {}
    left = letters
    while left and having:
        font, had = max(having, key=lambda one: len(one[1] & left))
        if not had & left:
            break
        found |= dict.fromkeys(had & left, font)
        left -= had
    return found


def _fonts() -> Iterator[Font]:
    """All fonts, those first that look most like what is drawn with: upright, regular, without serifs."""
    from matplotlib import rcParams
    from matplotlib.font_manager import findSystemFonts, fontManager

    known = {entry.fname for entry in fontManager.ttflist}
    # The list is kept from one run to the next, so that it lacks what was installed in between.
    for path in set(findSystemFonts()) - known:
        try:
            fontManager.addfont(path)
        except (OSError, RuntimeError, NotImplementedError):  # such as one whose letters are pictures in colour
            continue
    usual = list(rcParams["font.sans-serif"])

    def unlike(entry: FontEntry) -> tuple[object, ...]:
        plain = entry.style == "normal" and entry.stretch == "normal" and entry.variant == "normal"
        weight = entry.weight if isinstance(entry.weight, int) else _REGULAR
        return (
            not plain,
            abs(weight - _REGULAR),
            "Mono" in entry.name,
            entry.name not in usual,
            not entry.name.startswith("Noto Sans"),
            "Sans" not in entry.name,
            entry.name,
            entry.fname,
        )

    for entry in sorted(fontManager.ttflist, key=unlike):
        # Of a file with several fonts the first is taken: others have the same letters.
        if not getattr(entry, "index", 0) and not entry.name.lower().startswith(_BOXES):
            yield Font(entry.fname, entry.name)


def families_for(names: Iterable[object], families: Iterable[str]) -> tuple[list[str], frozenset[str]]:
    """Families for a chart's texts: those in use, and after them such as have the letters that those lack.

    Args:
        names: whatever the chart writes.
        families: that are in use, as matplotlib's `font.family` has them.

    Returns:
        The families, and the letters that no font has.
    """
    used = list(families)
    letters = visible("".join(map(str, names)))
    if all(letter.isascii() for letter in letters):
        return used, frozenset()
    from matplotlib.font_manager import FontProperties, findfont

    for family in used:
        letters -= Font(str(findfont(FontProperties(family=[family]))), family).letters(letters)
    found = fonts_for(letters) if letters else {}
    return [*used, *dict.fromkeys(found[letter].family for letter in sorted(found))], letters - set(found)


def without_font(letters: Iterable[str]) -> str:
    """Say which letters no font of this machine has, and what to do.

    Args:
        letters: those, at least one.
    """
    some = sorted(set(letters))
    scripts = sorted({unicodedata.name(letter, "UNNAMED").split()[0] for letter in some})
    more = f" and {len(some) - _MOST_NAMED} more" if len(some) > _MOST_NAMED else ""
    return (
        f"{WITHOUT_FONT} {' '.join(some[:_MOST_NAMED])}{more} ({', '.join(scripts)}): an empty box is "
        "drawn for each. Install one that has them, such as Noto (https://fonts.google.com/noto; on Debian and Ubuntu "
        "the packages fonts-noto-core and fonts-noto-cjk)."
    )
