"""A calendar of how much of a region was seen on each day."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gee_scl.classes.schemes import Scheme
from gee_scl.classes.selection import ClassSelection
from gee_scl.frames.classes import seen_values
from gee_scl.frames.selection import select
from gee_scl.frames.series import Series, region_series
from gee_scl.options.arguments import checked
from gee_scl.views.charts.figure import NO_ROWS, finish, own_axes, titled
from gee_scl.views.drawing.paper import INK, MILLIMETRE, TEXT, THIN, TITLE, Width, inches, on_paper, size_in_points
from gee_scl.views.drawing.texts import add_note, fitted, literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Lower limits in percent, words and colours (ColorBrewer "Blues", 4 classes) of the calendar.
_STEPS = (
    (0.0, "under 10 %: not seen", "#eff3ff"),
    (10.0, "10–50 %", "#bdd7e7"),
    (50.0, "50–90 %", "#6baed6"),
    (90.0, "90 % and more: clear", "#2171b5"),
)


@checked()
def clear_calendar(
    frame: pd.DataFrame,
    *,
    region: Hashable | None = None,
    clear: ClassSelection | None = None,
    scheme: str | Scheme | None = None,
    width: Width = "single",
    ax: Axes | None = None,
) -> Axes:
    """Draw the part of a region that was seen on each day, as a calendar: a row per month, a square per day.

    A day without an image is an empty square, a day with an image is framed in dark, however little was seen.

    Args:
        frame: what `class_statistics` returns, in the long layout: by="date", or images that share no day.
        region: id of the region; None takes the only one, or all together as in `stacked_area`.
        clear: the classes in which the surface is seen; by default the group "clear" for schemes of the SCL, every
            class for those of other rasters.
        scheme: the frame's scheme, where it is not built in.
        width: of a new figure, as in `stacked_area`.
        ax: where to draw; a new figure by default.

    Returns:
        The Axes.

    Raises:
        ArgumentError: not such a frame, no such region, several images of a region on a day, regions that cannot be
            summed, or an option that cannot be used.
        ClassError: a class that the scheme does not have.
        SchemeError: no scheme was given and none fits, or one that lacks a class of the frame.
        MissingExtraError: matplotlib is not installed.

    No request is made.

    Examples:
        >>> ax = charts.clear_calendar(frame, region="Lake")
        >>> ax.figure.get_suptitle()
        'Lake: 2 of 9 image days clear, synthetic pixels'
        >>> [label.get_text() for label in ax.get_yticklabels()]
        ['2023 May', 'Jun', 'Jul', 'Aug']
    """
    wide = inches(width)
    selection = select(frame, "percent_of_region", scheme, None)
    seen = seen_values(selection.scheme, clear)
    rows = selection.rows
    series = region_series(rows, selection.scheme, region, "percent_of_region", seen) if len(rows) else None
    with on_paper(selection.names):
        months = 1 if series is None else _month(series.days[-1]) - _month(series.days[0]) + 1
        row = min(3.0, 190 / months) * MILLIMETRE
        own = ax is None
        ax = own_axes(ax, wide, months * row + 38 * MILLIMETRE)
        if series is None:
            add_note(ax, NO_ROWS)
            return ax
        _draw_calendar(ax, series)
        names = ", ".join(member.name for member in selection.scheme.classes if member.value in seen)
        good = int((series.clear >= _STEPS[-1][0]).sum())
        name = fitted(series.title, 0.45 * size_in_points(ax)[0], size=TITLE)
        title = titled(f"{name}: {good} of {len(series.days)} image days clear", frame)
        below = fitted(f"Seen: {names}", size_in_points(ax)[0], 2)
        literal(ax.set_xlabel(f"Day of month\n{below}", fontsize=TEXT, linespacing=1.4))
        notes = [*((words, color, INK) for _, words, color in _STEPS), ("no image", "white", _NO_IMAGE)]
        squares = {words: _square(color, edge) for words, color, edge in notes}
        finish(ax, title, [], own=own, notes=squares, below=True)
    return ax


_NO_IMAGE = "#d9d9d9"


def _month(day: pd.Timestamp) -> int:
    return 12 * day.year + day.month - 1


def _square(color: str, edge: str) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((0, 0), 1, 1, facecolor=color, edgecolor=edge, lw=THIN)


def _draw_calendar(ax: Axes, series: Series) -> None:
    first, last = _month(series.days[0]), _month(series.days[-1])
    start = pd.Timestamp(year=first // 12, month=first % 12 + 1, day=1, tz="UTC")
    end = pd.Timestamp(year=last // 12, month=last % 12 + 1, day=1, tz="UTC") + pd.offsets.MonthEnd(0)
    _cells(ax, pd.date_range(start, end), first, "white", _NO_IMAGE, 1)
    step = np.searchsorted([low for low, _, _ in _STEPS], series.clear, side="right") - 1
    for n, (_, _, color) in enumerate(_STEPS):
        _cells(ax, series.days[step == n], first, color, INK, 2)
    ax.set_xlim(0.3, 31.7)
    ax.set_ylim(last - first + 0.7, -0.7)
    ax.set_xticks([1, 5, 10, 15, 20, 25, 30])
    ax.tick_params(length=0, labelsize=TEXT)
    for spine in ax.spines.values():
        spine.set_visible(False)
    months = range(last - first + 1)
    # Rows that are lower than their text are named in quarters or once a year.
    per_row = size_in_points(ax)[1] / len(months)
    every = next(step for step in (1, 3, 12) if per_row * step >= TEXT * 1.15 or step == 12)
    named = [n for n in months if (first + n) % every == 0] or [0]
    ax.set_yticks(named, [_month_name(first + n, with_year=n == named[0] or (first + n) % 12 == 0) for n in named])


def _month_name(month: int, *, with_year: bool) -> str:
    names = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{month // 12} {names[month % 12]}" if with_year else names[month % 12]


def _cells(ax: Axes, days: pd.DatetimeIndex, first: int, color: str, edge: str, order: float) -> None:
    from matplotlib.collections import PolyCollection

    x = days.day.to_numpy()
    y = 12 * days.year.to_numpy() + days.month.to_numpy() - 1 - first
    corners = [
        [(left - 0.42, low - 0.42), (left + 0.42, low - 0.42), (left + 0.42, low + 0.42), (left - 0.42, low + 0.42)]
        for left, low in zip(x, y, strict=True)
    ]
    ax.add_collection(PolyCollection(corners, facecolors=color, edgecolors=edge, linewidths=THIN, zorder=order))
