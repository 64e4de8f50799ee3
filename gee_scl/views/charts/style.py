"""How charts look: page widths, official colours, hatches that tell near colours apart, and texts shown as they are."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gee_scl.classes.schemes import Scheme
from gee_scl.errors import ArgumentError, MissingExtraError
from gee_scl.options.checks import number_between

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch
    from matplotlib.text import Text

FloatArray = npt.NDArray[np.float64]

MILLIMETRE = 1 / 25.4
"""In inches, which matplotlib counts in."""

SINGLE_COLUMN = 89 * MILLIMETRE
"""Width of a figure in one column of a journal page, in inches: 89 mm.

Source: the Nature research figure guide,
https://research-figure-guide.nature.com/figures/building-and-exporting-figure-panels/

Examples:
    >>> round(charts.SINGLE_COLUMN * 25.4)
    89
    >>> ax = charts.stacked_area(frame, region="Lake", width=charts.SINGLE_COLUMN)
    >>> round(ax.figure.get_figwidth() * 25.4)
    89
"""

DOUBLE_COLUMN = 183 * MILLIMETRE
"""Width of a figure across both columns of a journal page, in inches: 183 mm. Source: as for `SINGLE_COLUMN`.

Examples:
    >>> round(charts.DOUBLE_COLUMN * 25.4)
    183
    >>> ax = charts.bars(frame, width=charts.DOUBLE_COLUMN)
    >>> round(ax.figure.get_figwidth() * 25.4)
    183
"""

TEXT = 7.0
"""Size of all texts but titles, in points."""

TITLE = 8.0
"""Size of titles, in points."""

INK = "#262626"
PALE = "#8c8c8c"
THIN = 0.4
"""Width of the dark edge of each area, in points, by which white is seen on white."""

NO_ROWS = "No data: the frame has no row"

_LEGEND_TEXT = 94.0
"""Points that a line of a legend may take: two columns of them, with their keys, fit a journal's column."""

_SIDE_TEXT = 116.0
"""Points that a line of a legend beside the data may take."""

_LEGEND_KEY = 24.0
"""Points that the key of an entry and the space about it take."""

_LONGEST = 500
"""Characters of a name that are looked at."""

_NEAR = 30.0
"""CIELAB distance below which two areas of these colours, not side by side, are taken for each other in print."""

_GREY = 15.0
"""CIELAB chroma below which a colour is a grey; greys differ in lightness only, so all are hatched."""

_HATCHES = ("////", "....", "----", "\\\\\\\\", "xxxx", "||||", "++++", "oooo", "//..", "\\\\--", "xx..", "||oo")

# Colours are set so that a style for dark screens does not put white text on white paper; the fonts are the user's.
_PAPER: Mapping[str, Any] = {
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


@dataclass(frozen=True)
class ClassStyle:
    """How one class is drawn and called.

    Attributes:
        mark: what stands for it inside a chart: its value.
        name: what people read.
        color: '#rrggbb', the scheme's own.
        hatch: matplotlib's hatch pattern, or an empty text.
        hatch_color: '#rrggbb', dark on light colours and light on dark ones.
    """

    mark: str
    name: str
    color: str
    hatch: str
    hatch_color: str

    @property
    def label(self) -> str:
        """Mark and name, as legends and axes show them."""
        return f"{self.mark} {self.name}"


UNKNOWN = ClassStyle("?", "Unknown", "#ffffff", "xxxxxx", "#b0b0b0")
"""What was not seen, in transitions."""


def class_styles(scheme: Scheme) -> dict[int, ClassStyle]:
    """The style of each class of a scheme, by value.

    A class is hatched if its colour is a grey, or near to that of another class or to the white of the page. It is
    always the same hatch, whichever classes occur.

    Args:
        scheme: the classes and their colours.
    """
    colors = _lab([member.color for member in scheme.classes])
    others = np.vstack([colors, _lab(["ffffff"])])
    distance = np.linalg.norm(colors[:, None] - others[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    hatched = (distance.min(axis=1) < _NEAR) | (np.linalg.norm(colors[:, 1:], axis=1) < _GREY)
    styles = {}
    for place, member in enumerate(scheme.classes):
        hatch = _HATCHES[int(hatched[:place].sum()) % len(_HATCHES)] if hatched[place] else ""
        hatch_color = "#4d4d4d" if colors[place, 0] > 45 else "#f2f2f2"
        styles[member.value] = ClassStyle(str(member.value), member.name, f"#{member.color}", hatch, hatch_color)
    return styles


def _lab(colors: Sequence[str]) -> FloatArray:
    """CIELAB (D65) of sRGB colours 'rrggbb': IEC 61966-2-1 and CIE 15."""
    rgb = np.array([list(bytes.fromhex(color)) for color in colors]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = linear @ np.array(
        [[0.4124, 0.2126, 0.0193], [0.3576, 0.7152, 0.1192], [0.1805, 0.0722, 0.9505]],
    )
    ratio = xyz / np.array([0.9505, 1.0, 1.089])
    root = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = root.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


@contextmanager
def on_paper() -> Iterator[None]:
    """Draws with this module's settings; the caller's are as before afterwards.

    Only these settings are put back, not all: a notebook's backend is loaded by the first figure and sets others, such
    as that figures are shown.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        import matplotlib as mpl
    except ImportError as error:
        raise MissingExtraError("matplotlib", "charts", "A chart") from error
    settings: Any = mpl.rcParams
    before = {name: settings[name] for name in _PAPER}
    settings.update(_PAPER)
    try:
        yield
    finally:
        settings.update(before)


def own_axes(ax: Axes | None, width: float, height: float, *, constrained: bool = True) -> Axes:
    """The Axes that is given, or the only one of a new pyplot figure, which notebooks show.

    Args:
        ax: the caller's.
        width: of a new figure, in inches.
        height: of a new figure, in inches.
        constrained: whether a new figure arranges itself about what stands outside its Axes.

    Raises:
        ArgumentError: `ax` is no Axes, or the width is no number of inches from 2 to 40.
    """
    import matplotlib.pyplot as plt

    if ax is not None:
        check_axes(ax)
        return ax
    layout = "constrained" if constrained else "none"
    _, made = plt.subplots(figsize=(checked_width(width), height), layout=layout)
    return made


def check_axes(ax: object) -> None:
    """Refuses what is no Axes.

    Raises:
        ArgumentError: it is something else.
    """
    from matplotlib.axes import Axes

    if not isinstance(ax, Axes):
        raise ArgumentError("ax", ax, "a matplotlib Axes, or None for a new figure")


def checked_width(width: float) -> float:
    """Refuses a width that no figure can have, such as one in millimetres.

    Raises:
        ArgumentError: it is no number of inches from 2 to 40.
    """
    return number_between("width", width, 2, 40, "inches")


def is_narrow(ax: Axes) -> bool:
    """Whether a legend has no room at the right."""
    return size_in_points(ax)[0] < 0.6 * DOUBLE_COLUMN * 72


def size_in_points(ax: Axes) -> tuple[float, float]:
    """Width and height of an Axes as it is now, in its figure or part of a figure."""
    box, whole = ax.get_position(), ax.figure.bbox
    points = 72 / ax.figure.dpi
    return float(box.width * whole.width * points), float(box.height * whole.height * points)


def shown(name: object) -> str:
    """A name from data as one line: white space and control characters become a space.

    Args:
        name: whatever names a region or class.
    """
    return " ".join("".join(c if c.isprintable() else " " for c in str(name)).split())


def fitted(name: object, room: float, lines: int = 1, *, size: float = TEXT) -> str:
    """A name on as few lines as it takes, cut with an ellipsis where it does not fit.

    Args:
        name: whatever names a region or class.
        room: width of a line, in points.
        lines: the most there may be.
        size: of the font, in points.
    """
    rest, done = shown(name)[:_LONGEST], list[str]()
    while rest and len(done) < lines - 1 and text_width(rest, size) > room:
        head = _fitting(rest, room, size)
        # A word that is longer than a line is broken anywhere.
        head = head[: head.rindex(" ")] if " " in head and rest[len(head)] != " " else head
        done.append(head.rstrip())
        rest = rest[len(head) :].lstrip()
    if text_width(rest, size) > room:
        rest = _fitting(rest, room - text_width("…", size), size).rstrip() + "…"
    return "\n".join([*done, rest])


def _fitting(text: str, room: float, size: float) -> str:
    """The longest beginning of a text that is no wider than that, of a character at least."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if text_width(text[:middle], size) <= room else (low, middle - 1)
    return text[:low]


def text_width(text: str, size: float = TEXT) -> float:
    """Width of a line of text in the font in use, in points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    return float(text_to_path.get_text_width_height_descent(text, FontProperties(size=size), ismath=False)[0])


def literal(*texts: Text) -> None:
    """Shows dollar signs and backslashes as they are, instead of taking them for mathematics or TeX.

    Texts that are made by `on_paper` are so already, but an Axes has some from its beginning.
    """
    for text in texts:
        text.set_parse_math(False)
        text.set_usetex(False)


def add_title(ax: Axes, text: str, *, pad: float = 5, size: float = TITLE, lines: int = 2) -> None:
    """A title at the left, where the eye starts, with names as they are, no wider than the Axes.

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
    """A title at the left of a figure, which may be wider than an Axes between long names."""
    width = 72 * figure.get_size_inches()[0]
    figure.suptitle(fitted(text, 0.97 * width, 2, size=TITLE), x=0.01, ha="left", fontsize=TITLE)


def finish(
    ax: Axes,
    title: str,
    styles: Sequence[ClassStyle],
    *,
    own: bool,
    notes: Mapping[str, Artist] | None = None,
    pad: float = 5,
    below: bool | None = None,
) -> None:
    """Title and legend: of the figure where it has nothing else, else of the Axes.

    Args:
        ax: what is drawn.
        title: the title.
        styles: classes of the legend, in order.
        own: whether the Axes is the only one of a figure made for it.
        notes: further entries of the legend.
        pad: points between the Axes and its title.
        below: whether the legend is under the data; None puts it where there is room.
    """
    figure = ax.get_figure(root=True)
    below = is_narrow(ax) if below is None else below
    if own and figure is not None:
        add_heading(figure, title)
        add_legend(figure if below else ax, styles, below=below, notes=notes)
    else:
        add_title(ax, title, pad=pad)
        add_legend(ax, styles, below=below, notes=notes)


def titled(title: str, frame: pd.DataFrame) -> str:
    """A title that says so where the frame knows that its pixels are synthetic."""
    return f"{title}, synthetic pixels" if frame.attrs.get("gee_scl", {}).get("synthetic") else title


def patches(
    style: ClassStyle, shape: type[Patch], *arguments: Any, edge: float = THIN, **options: Any
) -> tuple[Patch, Patch]:
    """A filled, hatched patch, and its dark outline over it.

    Two, because a hatch has the colour of its patch's edge, which would hide a light hatch on a dark class.

    Args:
        style: colour and hatch.
        shape: the patch's type, such as Polygon or Rectangle.
        *arguments: of the patch.
        edge: width of the outline, in points.
        **options: of both patches.
    """
    fill = shape(*arguments, facecolor=style.color, edgecolor=style.hatch_color, hatch=style.hatch, lw=0, **options)
    fill.set_hatch_linewidth(0.5)
    outline = shape(*arguments, facecolor="none", edgecolor=INK, lw=edge, joinstyle="round", **options)
    return fill, outline


def add_shapes(ax: Axes, style: ClassStyle, corners: Sequence[FloatArray], **options: Any) -> None:
    """Draws polygons of a class, as one: a patch for each takes long where there are thousands.

    Args:
        ax: where; its limits stay as they are.
        style: colour and hatch.
        corners: of each polygon, n x 2; nothing is drawn where there is none.
        **options: as `patches` takes them.
    """
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    if corners:
        path = Path.make_compound_path(*(Path(np.vstack([each, each[:1]]), closed=True) for each in corners))
        for patch in patches(style, PathPatch, path, **options):
            ax.add_artist(patch)


def rectangle(x: float, y: float, width: float, height: float) -> FloatArray:
    """The corners of a rectangle."""
    return np.array([(x, y), (x + width, y), (x + width, y + height), (x, y + height)])


def figure_height(data: float, entries: int, width: float) -> float:
    """Inches that a chart needs with a legend beside it, if it is wide, or below it.

    Args:
        data: inches of the Axes with title and labels.
        entries: of the legend.
        width: of the figure, in inches.
    """
    if width > 0.75 * DOUBLE_COLUMN:
        return max(data, (entries * 2.1 * TEXT + 24) / 72)
    return data + legend_height(entries, width)


def legend_height(entries: int, width: float) -> float:
    """Inches that a legend below a chart needs, if many names take two lines.

    Args:
        entries: how many there are.
        width: of the figure, in inches.
    """
    return math.ceil(entries / _legend_columns(entries, width)) * 2.6 * TEXT / 72


def _legend_columns(entries: int, width: float) -> int:
    return max(1, min(entries, int(width * 72 / (_LEGEND_TEXT + _LEGEND_KEY))))


def add_legend(
    target: Axes | Figure, styles: Sequence[ClassStyle], *, below: bool, notes: Mapping[str, Artist] | None = None
) -> None:
    """A legend outside the data: beside an Axes, or below it or a figure in columns.

    Args:
        target: the Axes, or the figure with several.
        styles: the classes, in order.
        below: under the data instead of to the right.
        notes: further entries.
    """
    from matplotlib.axes import Axes
    from matplotlib.patches import Rectangle

    notes = notes or {}
    handles: list[Any] = [*(patches(style, Rectangle, (0, 0), 1, 1) for style in styles), *notes.values()]
    room = _LEGEND_TEXT if below else _SIDE_TEXT
    labels = [fitted(label, room, 2) for label in [*(style.label for style in styles), *notes]]
    if not labels:
        return
    if isinstance(target, Axes):
        width = size_in_points(target)[0] / 72
        place: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0), "borderaxespad": 0.6}
        if below:
            # As far under the axis as its tick labels and its label take, in sizes of the font.
            under = 2.4 + 1.6 * (1 + ax_label.count("\n") if (ax_label := target.get_xlabel()) else 0)
            place = {"loc": "upper center", "bbox_to_anchor": (0.5, 0.0), "borderaxespad": under}
    else:
        width = target.get_size_inches()[0]
        place = {"loc": "outside lower center", "borderaxespad": 0.4}
    # A leading underscore would hide an entry, so the texts are set afterwards.
    legend = target.legend(
        handles,
        ["-"] * len(labels),
        ncols=_legend_columns(len(labels), width) if below else 1,
        handler_map={tuple: _overlaid()},
        fontsize=TEXT,
        frameon=False,
        handlelength=2.4,
        handleheight=1.3,
        handletextpad=0.6,
        labelspacing=0.45,
        columnspacing=1.2,
        **place,
    )
    for text, label in zip(legend.get_texts(), labels, strict=True):
        text.set_text(label)


def _overlaid() -> Any:
    from matplotlib.legend_handler import HandlerTuple

    return HandlerTuple(ndivide=1, pad=0)


def add_note(ax: Axes, text: str) -> None:
    """Says in the middle of an empty Axes why it is empty."""
    text = fitted(text, size_in_points(ax)[0] - 8, 3, size=TITLE)
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", fontsize=TITLE, color=INK)
    ax.set_axis_off()
