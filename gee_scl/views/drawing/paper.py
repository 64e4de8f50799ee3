"""Paper that figures are drawn on: its width, sizes of texts and lines, and settings that hold while drawing."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

from gee_scl.errors import ArgumentError, MissingExtraError
from gee_scl.options.caller_warning import warn_caller
from gee_scl.options.checks import number_between
from gee_scl.options.names import nearest
from gee_scl.views.drawing.fonts import WITHOUT_FONT, families_for, without_font

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MILLIMETRE = 1 / 25.4
"""In inches, which matplotlib counts in."""

TEXT = 7.0
"""Size of all texts but titles, in points."""

TITLE = 8.0
"""Size of titles, in points."""

INK = "#262626"
"""What texts and edges are drawn in."""

PALE = "#8c8c8c"
"""What is said by the way is drawn in."""

THIN = 0.4
"""Width of the dark edge of each area, in points, by which white is seen on white."""

# Colours are set so that a style for dark screens does not put white text on white paper; the fonts are the user's.
_SETTINGS: Mapping[str, Any] = {
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.linewidth": 0.6,
    "axes.grid": False,
    "axes.labelsize": TEXT,
    "axes.titlesize": TITLE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "font.size": TEXT,
    "text.color": INK,
    "text.usetex": False,
    "text.parse_math": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": TEXT,
    "ytick.labelsize": TEXT,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "figure.constrained_layout.w_pad": 0.03,
    "figure.constrained_layout.h_pad": 0.03,
}


@contextmanager
def on_paper(names: Iterable[object] = ()) -> Iterator[None]:
    """Draw with this module's settings, and with fonts for all letters; the caller's are as before afterwards.

    Only these settings are put back, not all: a notebook's backend is loaded by the first figure and sets others, such
    as that figures are shown.

    Args:
        names: what is written of data, or of the caller's; behind the fonts in use come those that have its letters.

    Raises:
        MissingExtraError: matplotlib is not installed.

    Warns:
        UserWarning: no font has a letter of the names.
    """
    try:
        import matplotlib as mpl
    except ImportError as error:
        raise MissingExtraError("matplotlib", "charts", "A chart") from error
    settings: Any = mpl.rcParams
    families, lost = families_for(names, settings["font.family"])
    own = {**_SETTINGS, "font.family": families}
    before = {name: settings[name] for name in own}
    settings.update(own)
    try:
        with _said_once(lost):
            yield
    finally:
        settings.update(before)


@contextmanager
def _said_once(lost: frozenset[str]) -> Iterator[None]:
    """Warn of letters that no font has, and of none of them again while drawing, as matplotlib does of each."""
    if not lost:
        yield
        return
    warn_caller(without_font(lost))
    with warnings.catch_warnings():
        for beginning in (WITHOUT_FONT, "Glyph .* missing from"):
            warnings.filterwarnings("ignore", beginning, UserWarning)
        yield


class JournalWidth(StrEnum):
    """Widths of figures in a journal, as words.

    Source: the Nature research figure guide,
    https://research-figure-guide.nature.com/figures/building-and-exporting-figure-panels/
    """

    SINGLE = "single", "one column of a journal's page, 89 mm", 89
    DOUBLE = "double", "both columns of a journal's page, 183 mm", 183

    meaning: str
    millimetres: int

    def __new__(cls, word: str, meaning: str, millimetres: int) -> Self:
        """A word with what it means."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.meaning, member.millimetres = meaning, millimetres
        return member

    @property
    def inches(self) -> float:
        """The width as matplotlib counts it."""
        return self.millimetres * MILLIMETRE


Width: TypeAlias = float | Literal["single", "double"]
"""How wide a figure is: a word of `JournalWidth`, or inches."""

_INCHES = (2, 40)
"""What a figure's width is from and to: so that one in millimetres is none."""


def inches(width: Width) -> float:
    """Reckon the inches of a width, and refuse one that no figure can have, such as one in millimetres.

    Args:
        width: a word of `JournalWidth`, or inches.

    Raises:
        ArgumentError: it is neither such a word nor a number of inches from 2 to 40.
    """
    words = {str(member): member.inches for member in JournalWidth}
    if isinstance(width, str) and width in words:
        return words[width]
    allowed = f"{', '.join(map(repr, words))}, or a number of inches, from {_INCHES[0]} to {_INCHES[1]}"
    if isinstance(width, str):
        raise ArgumentError("width", width, allowed, nearest(width, words))
    try:
        return number_between("width", width, *_INCHES)
    except ArgumentError as error:
        raise ArgumentError("width", width, allowed) from error


def size_in_points(ax: Axes) -> tuple[float, float]:
    """Measure width and height of an Axes as it is now, in its figure or part of a figure."""
    box, whole = ax.get_position(), ax.figure.bbox
    points = 72 / ax.figure.dpi
    return float(box.width * whole.width * points), float(box.height * whole.height * points)
