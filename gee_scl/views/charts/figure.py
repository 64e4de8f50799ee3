"""The figure about a chart: its size, its title, and its legend where there is room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gee_scl.errors import ArgumentError
from gee_scl.frames.record import record_of
from gee_scl.views.drawing.figure_legend import add_legend, legend_height
from gee_scl.views.drawing.paper import TEXT, JournalWidth, size_in_points
from gee_scl.views.drawing.texts import add_heading, add_title

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from gee_scl.views.drawing.styles import ClassStyle

NO_ROWS = "No data: the frame has no row"


def own_axes(ax: Axes | None, width: float, height: float, *, constrained: bool = True) -> Axes:
    """Take the Axes that is given, or the only one of a new pyplot figure, which notebooks show.

    Args:
        ax: the caller's.
        width: of a new figure, in inches.
        height: of a new figure, in inches.
        constrained: whether a new figure arranges itself about what stands outside its Axes.

    Raises:
        ArgumentError: `ax` is no Axes.
    """
    import matplotlib.pyplot as plt

    if ax is not None:
        check_axes(ax)
        return ax
    _, axes = plt.subplots(figsize=(width, height), layout="constrained" if constrained else "none")
    return axes


def check_axes(ax: object) -> None:
    """Refuse what is no Axes.

    Raises:
        ArgumentError: it is something else.
    """
    from matplotlib.axes import Axes

    if not isinstance(ax, Axes):
        raise ArgumentError("ax", ax, "a matplotlib Axes, or None for a new figure")


def figure_height(data: float, entries: int, width: float) -> float:
    """Reckon the inches that a chart needs with a legend beside it, if it is wide, or below it.

    Args:
        data: inches of the Axes with title and labels.
        entries: of the legend.
        width: of the figure, in inches.
    """
    if width > 0.75 * JournalWidth.DOUBLE.inches:
        return max(data, (entries * 2.1 * TEXT + 24) / 72)
    return data + legend_height(entries, width)


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
    """Add title and legend: to the figure where it has nothing else, else to the Axes.

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
    below = _is_narrow(ax) if below is None else below
    if own and figure is not None:
        add_heading(figure, title)
        add_legend(figure if below else ax, styles, below=below, notes=notes)
    else:
        add_title(ax, title, pad=pad)
        add_legend(ax, styles, below=below, notes=notes)


def _is_narrow(ax: Axes) -> bool:
    """Whether a legend has no room at the right."""
    return size_in_points(ax)[0] < 0.6 * JournalWidth.DOUBLE.inches * 72


def titled(title: str, frame: pd.DataFrame) -> str:
    """Write a title that says so where the frame knows that its pixels are synthetic.

    Args:
        title: without it.
        frame: what is drawn.
    """
    return f"{title}, synthetic pixels" if _is_synthetic(frame) else title


def _is_synthetic(frame: pd.DataFrame) -> bool:
    record = record_of(frame)
    return record is not None and record.synthetic
