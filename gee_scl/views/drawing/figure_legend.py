"""The legend of a figure: outside the data, each class with its colour and hatch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gee_scl.views.drawing.paper import TEXT, size_in_points
from gee_scl.views.drawing.patches import class_patches
from gee_scl.views.drawing.styles import ClassStyle
from gee_scl.views.drawing.texts import fitted

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LEGEND_TEXT = 94.0
"""Points that a line of a legend may take: two columns of them, with their keys, fit a journal's column."""

_SIDE_TEXT = 116.0
"""Points that a line of a legend beside the data may take."""

_LEGEND_KEY = 24.0
"""Points that the key of an entry and the space about it take."""


def add_legend(
    target: Axes | Figure, styles: Sequence[ClassStyle], *, below: bool, notes: Mapping[str, Artist] | None = None
) -> None:
    """Draw a legend outside the data: beside an Axes, or below it or a figure in columns.

    Args:
        target: the Axes, or the figure with several.
        styles: the classes, in order.
        below: under the data instead of to the right.
        notes: further entries.
    """
    from matplotlib.axes import Axes
    from matplotlib.patches import Rectangle

    notes = notes or {}
    handles: list[Any] = [*(class_patches(style, Rectangle, (0, 0), 1, 1) for style in styles), *notes.values()]
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
        ncols=_columns(len(labels), width) if below else 1,
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


def _columns(entries: int, width: float) -> int:
    return max(1, min(entries, int(width * 72 / (_LEGEND_TEXT + _LEGEND_KEY))))


def legend_height(entries: int, width: float) -> float:
    """Reckon the inches that a legend below a chart needs, if many names take two lines.

    Args:
        entries: how many there are.
        width: of the figure, in inches.
    """
    return math.ceil(entries / _columns(entries, width)) * 2.6 * TEXT / 72
