"""Texts of figures: names shown as they are, on as few lines as it takes, and titles that fit what they stand above."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gee_scl.views.drawing.paper import INK, TEXT, TITLE, size_in_points

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

_LONGEST = 500
"""Characters of a name that are looked at."""


def shown(name: object) -> str:
    """Write a name from data as one line: white space and control characters become a space.

    Args:
        name: whatever names a region or class.
    """
    return " ".join("".join(c if c.isprintable() else " " for c in str(name)).split())


def fitted(name: object, room: float, lines: int = 1, *, size: float = TEXT) -> str:
    """Write a name on as few lines as it takes, cut with an ellipsis where it does not fit.

    Args:
        name: whatever names a region or class.
        room: width of a line, in points.
        lines: the most there may be.
        size: of the font, in points.
    """
    rest, above = shown(name)[:_LONGEST], list[str]()
    while rest and len(above) < lines - 1 and text_width(rest, size) > room:
        head = _fitting(rest, room, size)
        # A word that is longer than a line is broken anywhere.
        head = head[: head.rindex(" ")] if " " in head and rest[len(head)] != " " else head
        above.append(head.rstrip())
        rest = rest[len(head) :].lstrip()
    if text_width(rest, size) > room:
        rest = _fitting(rest, room - text_width("…", size), size).rstrip() + "…"
    return "\n".join([*above, rest])


def _fitting(text: str, room: float, size: float) -> str:
    """The longest beginning of a text that is no wider than that, of a character at least."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if text_width(text[:middle], size) <= room else (low, middle - 1)
    return text[:low]


def text_width(text: str, size: float = TEXT) -> float:
    """Measure a line of text in the font in use, in points.

    Args:
        text: the line.
        size: of the font, in points.
    """
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    return float(text_to_path.get_text_width_height_descent(text, FontProperties(size=size), ismath=False)[0])


def literal(*texts: Text) -> None:
    """Show dollar signs and backslashes as they are, instead of taking them for mathematics or TeX.

    Texts that are made by `on_paper` are so already, but an Axes has some from its beginning.
    """
    for text in texts:
        text.set_parse_math(False)
        text.set_usetex(False)


def add_title(ax: Axes, text: str, *, pad: float = 5, size: float = TITLE, lines: int = 2) -> None:
    """Write a title at the left, where the eye starts, with names as they are, no wider than the Axes.

    Args:
        ax: what it stands above.
        text: the title.
        pad: points between them.
        size: of the font, in points.
        lines: the most it may take.
    """
    fits = fitted(text, size_in_points(ax)[0], lines, size=size)
    literal(ax.set_title(fits, loc="left", fontsize=size, pad=pad))


def add_heading(figure: Figure, text: str) -> None:
    """Write a title at the left of a figure, which may be wider than an Axes between long names."""
    width = 72 * figure.get_size_inches()[0]
    figure.suptitle(fitted(text, 0.97 * width, 2, size=TITLE), x=0.01, ha="left", fontsize=TITLE)


def add_note(ax: Axes, text: str) -> None:
    """Write in the middle of an empty Axes why it is empty."""
    text = fitted(text, size_in_points(ax)[0] - 8, 3, size=TITLE)
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", fontsize=TITLE, color=INK)
    ax.set_axis_off()
