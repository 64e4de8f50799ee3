"""Transitions as a table: which class became which."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

import numpy as np

from gee_scl.errors import ArgumentError
from gee_scl.options.arguments import checked
from gee_scl.options.choices import Amount
from gee_scl.views.charts.figure import check_axes, finish, own_axes, titled
from gee_scl.views.charts.flows import EMPTY, Flows, read_flows
from gee_scl.views.drawing.paper import (
    INK,
    MILLIMETRE,
    TEXT,
    THIN,
    JournalWidth,
    Width,
    inches,
    on_paper,
    size_in_points,
)
from gee_scl.views.drawing.patches import add_shapes, rectangle
from gee_scl.views.drawing.texts import add_note, fitted, literal, text_width

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from gee_scl.classes.schemes import Scheme


@checked()
def transition_matrix(
    transitions: pd.DataFrame,
    *,
    scheme: str | Scheme | None = None,
    region: Hashable | None = None,
    amount: Amount | str = "percent",
    width: Width | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw which class became which as a table: a row for each class before, a column for each class after.

    The darker a cell, the larger its area; what did not change has a thick frame. Cells that are empty had no area.

    Args:
        transitions: a frame with a row for each pair of classes: `from_value`, `from_name`, `to_value` and `to_name`
            are values and names in the scheme, with a missing value or the name "Unknown" for what was not seen;
            `area_m2` is the area that went from one to the other, at least 0, where several rows of a pair are added
            up; `region` is needed for several regions only.
        scheme: whose colours to use: a name in `SCHEMES` or a `Scheme`. None takes the frame's own, which
            `attrs["gee_scl"]` or the class names tell for built-in schemes.
        region: id of the region; None adds up all.
        amount: what the cells say: "percent" of the whole area, or "hectares".
        width: of a new figure, as in `stacked_area`; None takes one column of a page where the numbers fit, else both.
        ax: where to draw; a new figure by default.

    Returns:
        The Axes.

    Raises:
        ArgumentError: not such a frame, an area that is negative or missing, no such region, an option that cannot
            be used, or too little width for the numbers.
        SchemeError: no scheme was given and none fits, or one that lacks a class of the frame.
        MissingExtraError: matplotlib is not installed.

    No request is made.

    Examples:
        A lake of 75 ha, of which 15 ha have fallen dry:

        >>> changes = pd.DataFrame(
        ...     {
        ...         "from_value": [6, 6, 5],
        ...         "from_name": ["Water", "Water", "Bare Soils"],
        ...         "to_value": [6, 5, 5],
        ...         "to_name": ["Water", "Bare Soils", "Bare Soils"],
        ...         "area_m2": [600_000, 150_000, 250_000],
        ...     }
        ... )
        >>> ax = charts.transition_matrix(changes, amount="hectares")
        >>> ax.figure.get_suptitle()
        'Hectares, 100 ha in all'
        >>> [label.get_text() for label in ax.get_yticklabels()]
        ['5 Bare Soils', '6 Water']
    """
    amount = Amount.of("amount", amount)
    widths = _widths(width)
    flows = read_flows(transitions, scheme, region)
    with on_paper(flows.names):
        if not flows.styles:
            ax = own_axes(ax, widths[0], 30 * MILLIMETRE)
            add_note(ax, EMPTY)
            return ax
        own = ax is None
        size, name, cell, texts = _sized(flows, amount, width, ax)
        count = len(flows.styles)
        tall = max(min(cell, _LARGEST), 2.6 * TEXT)
        ax = own_axes(ax, size, (_SWATCH + tall * count) / 72 + 18 * MILLIMETRE)
        tall = tall if own else (size_in_points(ax)[1] - _SWATCH) / count
        _draw_matrix(ax, flows, texts, name, cell, tall)
        unit = "percent of the area" if amount is Amount.PERCENT else "hectares"
        finish(ax, titled(flows.heading(unit), transitions), [], own=own)
    return ax


_LARGEST = 26.0
"""Height of a row, in points, that is not exceeded where there is more room."""

_SWATCH = 13.0
"""Points that the colours beside the rows take, and those above the columns."""

_NAMES = (100.0, 84.0)
"""Points that a line of a row's name may take; the second where there is too little room."""

_LABEL = 20.0
"""Points that the label of the rows takes."""


def _widths(width: Width | None) -> tuple[float, ...]:
    """The widths to try, in inches, the narrowest first."""
    return (JournalWidth.SINGLE.inches, JournalWidth.DOUBLE.inches) if width is None else (inches(width),)


def _sized(
    flows: Flows, amount: str, width: Width | None, ax: Axes | None
) -> tuple[float, float, float, list[list[str]]]:
    """Width of a new figure in inches, of names and of a column in points, and numbers that fit it.

    Raises:
        ArgumentError: there is too little room for the numbers.
    """
    widths = _widths(width)
    count = len(flows.styles)
    if ax is None:
        rooms = [(one, name, 72 * one - name - _LABEL) for one in widths for name in _NAMES]
    else:
        check_axes(ax)
        rooms = [(widths[0], _NAMES[0], size_in_points(ax)[0])]
    cells = flows.percent if amount is Amount.PERCENT else flows.hectares
    for written in (_short, _whole) if amount is Amount.PERCENT else (_short,):
        texts = [[written(float(number)) for number in row] for row in cells]
        widest = max(text_width(text) for row in texts for text in row)
        for size, name, room in rooms:
            cell = (room - _SWATCH) / count
            if widest + 0.8 <= cell:
                return size, name, cell, texts
    hint = "Percentages take less room than hectares." if amount is Amount.HECTARES else ""
    raise ArgumentError("width", width, f"room for {count} columns of numbers", hint)


def _draw_matrix(ax: Axes, flows: Flows, texts: list[list[str]], name: float, cell: float, tall: float) -> None:
    """Draw beside names of so many points, in cells of so many."""
    from matplotlib.patches import Rectangle

    count = len(flows.styles)
    # The square root keeps small changes visible beside what stayed.
    shades = np.sqrt(flows.hectares / flows.hectares.max())
    for row, column in np.ndindex(count, count):
        shade, corner = float(shades[row, column]), (column - 0.5, row - 0.5)
        ax.add_artist(Rectangle(corner, 1, 1, facecolor=_blue(shade), edgecolor="#d9d9d9", lw=THIN))
        color = "white" if shade > _DARK else INK
        ax.text(column, row, texts[row][column], ha="center", va="center", fontsize=TEXT, color=color)
        if row == column:
            ax.add_artist(Rectangle(corner, 1, 1, facecolor="none", edgecolor=INK, lw=1.1, zorder=3))
    thick, long = _SWATCH - 4, 14.0
    across, down = min(0.72, long / cell), min(0.72, long / tall)
    for n, style in enumerate(flows.styles):
        beside = rectangle(-0.5 - (thick + 2) / cell, n - down / 2, thick / cell, down)
        above = rectangle(n - across / 2, -0.5 - (thick + 2) / tall, across, thick / tall)
        add_shapes(ax, style, [beside, above], clip_on=False)
    ax.set_xlim(-0.5 - _SWATCH / cell, count - 0.48)
    ax.set_ylim(count - 0.48, -0.5 - _SWATCH / tall)
    ax.xaxis.tick_top()
    # Columns are told by the values that the rows' names repeat.
    ax.set_xticks(range(count), [style.mark for style in flows.styles])
    ax.set_yticks(range(count), [fitted(style.label, name, 2) for style in flows.styles])
    literal(*ax.get_xticklabels(), *ax.get_yticklabels())
    ax.tick_params(length=0, labelsize=TEXT, pad=1.5)
    ax.set_ylabel("Before", fontsize=TEXT)
    ax.xaxis.set_label_position("top")
    ax.set_xlabel("After", fontsize=TEXT)
    for spine in ax.spines.values():
        spine.set_visible(False)


_DARK = 0.62
"""Shade from which on dark text is hard to read."""


def _blue(shade: float) -> tuple[float, float, float]:
    """From white to a dark blue, so that no cell has the colour of a class."""
    dark = (0.03, 0.19, 0.42)
    return (1 - shade * (1 - dark[0]), 1 - shade * (1 - dark[1]), 1 - shade * (1 - dark[2]))


def _short(number: float) -> str:
    """Four characters or less, never 0 for what is not nothing."""
    if number == 0:
        return ""
    if number < 0.05:
        return "<.1"
    if number < 9.95:
        return f"{number:.1f}"
    if number < 999.5:
        return f"{number:.0f}"
    larger = ((letter, number / size) for letter, size in (("k", 1e3), ("M", 1e6), ("G", 1e9)))
    return next(_short(rest) + letter for letter, rest in larger if rest < 999.5 or letter == "G")


def _whole(percent: float) -> str:
    """Two characters, or 100."""
    return "" if percent == 0 else "<1" if percent < 0.5 else f"{percent:.0f}"
