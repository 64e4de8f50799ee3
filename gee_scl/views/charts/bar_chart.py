"""Class shares as horizontal bars, one for each region or day."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gee_scl.classes.schemes import Scheme
from gee_scl.classes.selection import ClassSelection
from gee_scl.errors import ArgumentError
from gee_scl.frames.regions import region_means
from gee_scl.frames.selection import select
from gee_scl.frames.series import region_series
from gee_scl.options.arguments import checked
from gee_scl.options.choices import Rows, Value
from gee_scl.views.charts.axis import unit_of
from gee_scl.views.charts.figure import NO_ROWS, figure_height, finish, own_axes, titled
from gee_scl.views.charts.pages import page_of
from gee_scl.views.drawing.paper import MILLIMETRE, PALE, TEXT, Width, inches, on_paper, size_in_points
from gee_scl.views.drawing.patches import add_shapes, rectangle
from gee_scl.views.drawing.styles import ClassStyle, class_styles
from gee_scl.views.drawing.texts import add_note, fitted, literal

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.axes import Axes

    FloatArray = npt.NDArray[np.float64]

_ROW_HEIGHT = 3.4 * MILLIMETRE


@checked()
def bars(
    frame: pd.DataFrame,
    *,
    rows: Rows | str = "region",
    region: Hashable | None = None,
    value: Value | str = "percent",
    classes: ClassSelection | None = None,
    scheme: str | Scheme | None = None,
    most: int = 40,
    page: int = 1,
    width: Width = "single",
    ax: Axes | None = None,
) -> Axes:
    """Draw class shares as horizontal stacked bars, one for each region or each day; many are spread over pages.

    Args:
        frame: what `class_statistics` returns, in the long layout: by="date", or images that share no day.
        rows: "region" gives a bar for each region, the mean of its days: "percent" weighs each day by what was
            classified on it, the other columns are plain means. "date" gives a bar for each day.
        region: with rows="date" the region; None takes the only one, or all together as in `stacked_area`.
        value: the column to show, as in `stacked_area`.
        classes: the classes to show, as in `stacked_area`.
        scheme: whose colours to use, as in `stacked_area`.
        most: bars on a page.
        page: which page, from 1; the title says which bars it holds, and of how many.
        width: of a new figure, as in `stacked_area`.
        ax: where to draw; a new figure by default.

    Returns:
        The Axes.

    Raises:
        ArgumentError: not such a frame, no such region or page, several images of a region on a day, regions that
            cannot be summed, or an option that cannot be used.
        ClassError: a class that the scheme does not have.
        SchemeError: no scheme was given and none fits, or one that lacks a class of the frame.
        MissingExtraError: matplotlib is not installed.

    No request is made.

    Examples:
        >>> ax = charts.bars(frame, classes=["vegetation", "bare"])
        >>> [label.get_text() for label in ax.get_yticklabels()]
        ['Lake', 'Farmland', 'Single field', 'Mountain', 'Forest', 'Towns']
        >>> ax.figure.get_suptitle()
        'Mean of 9 days, 2023-05-08 to 2023-08-26, synthetic pixels'

        >>> ax = charts.bars(frame, rows="date", region="Lake", most=5, page=2)
        >>> [label.get_text() for label in ax.get_yticklabels()]
        ['2023-07-15', '2023-07-27', '2023-08-09', '2023-08-26']
    """
    of = Rows.of("rows", rows)
    wide = inches(width)
    selection = select(frame, value, scheme, classes, dated=of is Rows.DATE)
    if region is not None and of is Rows.REGION:
        raise ArgumentError("region", region, "None with rows='region'", "rows='date' draws one region.")
    table = selection.rows
    shares, title = _bar_rows(table, selection.scheme, of, region, value) if len(table) else (pd.DataFrame(), "")
    on_page, where = page_of(range(len(shares)), page, most)
    shares = shares.iloc[on_page]
    with on_paper(selection.names):
        height = figure_height(max(len(shares), 2) * _ROW_HEIGHT + 18 * MILLIMETRE, len(selection.values), wide)
        own = ax is None
        ax = own_axes(ax, wide, height)
        if not len(shares):
            add_note(ax, NO_ROWS)
            return ax
        styles = [class_styles(selection.scheme)[member] for member in selection.values]
        unit, label = unit_of(value, shares.to_numpy())
        values = shares.to_numpy()[:, selection.places] / unit
        present = _draw_bars(ax, values, styles, value.startswith("percent"))
        texts = [fitted(name, 0.35 * size_in_points(ax)[0]) for name in shares.index]
        # In a low Axes of the caller's not every bar can be named.
        every = math.ceil(1.15 * TEXT * len(shares) / size_in_points(ax)[1])
        ax.set_yticks(range(0, len(shares), every), texts[::every])
        literal(*ax.get_yticklabels())
        ax.tick_params(axis="y", length=0, labelsize=TEXT)
        ax.tick_params(axis="x", labelsize=TEXT)
        ax.set_xlabel(label if every == 1 else f"{label}; one of {every} bars is named", fontsize=TEXT)
        finish(ax, titled(f"{title}, {where}" if where else title, frame), present, own=own)
    return ax


def _bar_rows(
    table: pd.DataFrame, scheme: Scheme, of: Rows, region: Hashable | None, value: str
) -> tuple[pd.DataFrame, str]:
    """Bars x classes, indexed by what stands beside the bar, and a title."""
    if of is Rows.DATE:
        series = region_series(table, scheme, region, value, ())
        return pd.DataFrame(series.values, index=series.days.strftime("%Y-%m-%d")), series.title
    days = table["day"].dropna().drop_duplicates()
    first, last = ("No date", "") if days.empty else (f"{days.min():%Y-%m-%d}", f"{days.max():%Y-%m-%d}")
    title = first if len(days) < 2 else f"Mean of {len(days)} days, {first} to {last}"
    return region_means(table, scheme, value), title


def _draw_bars(ax: Axes, values: FloatArray, styles: Sequence[ClassStyle], is_share: bool) -> list[ClassStyle]:
    parts = np.nan_to_num(values)
    starts = parts.cumsum(axis=1) - parts
    for n, style in enumerate(styles):
        rows = np.flatnonzero(parts[:, n] > 0)
        add_shapes(ax, style, [rectangle(starts[row, n], row - 0.39, parts[row, n], 0.78) for row in rows])
    for row in np.flatnonzero(np.isnan(values).all(axis=1)):
        where = ax.get_yaxis_transform()
        ax.text(0.01, float(row), "nothing classified", transform=where, va="center", fontsize=TEXT, color=PALE)
    ax.set_xlim(0, 100 if is_share else max(float(parts.sum(axis=1).max()) * 1.02, 1e-9))
    ax.set_ylim(len(values) - 0.4, -0.6)
    return [style for style, occurs in zip(styles, parts.sum(axis=0) > 0, strict=True) if occurs]
