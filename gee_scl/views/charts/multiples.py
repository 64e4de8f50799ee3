"""Stacked areas of many regions side by side, over as many pages as it takes."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gee_scl.classes.schemes import Scheme
from gee_scl.classes.selection import ClassSelection
from gee_scl.frames.classes import seen_values
from gee_scl.frames.regions import check_regions, region_ids
from gee_scl.frames.selection import select
from gee_scl.frames.series import Series, region_series
from gee_scl.options.arguments import checked
from gee_scl.options.checks import number_between, whole_number
from gee_scl.options.choices import Value
from gee_scl.views.charts.areas import MAX_GAP, MIN_CLEAR, Areas
from gee_scl.views.charts.axis import time_axis
from gee_scl.views.charts.figure import NO_ROWS, own_axes, titled
from gee_scl.views.charts.pages import page_of
from gee_scl.views.drawing.figure_legend import add_legend, legend_height
from gee_scl.views.drawing.paper import MILLIMETRE, TEXT, Width, inches, on_paper
from gee_scl.views.drawing.styles import ClassStyle
from gee_scl.views.drawing.texts import add_heading, add_note, add_title

if TYPE_CHECKING:
    import numpy.typing as npt


@checked()
def small_multiples(
    frame: pd.DataFrame,
    *,
    regions: Iterable[Hashable] | None = None,
    value: Value | str = "percent",
    classes: ClassSelection | None = None,
    scheme: str | Scheme | None = None,
    clear: ClassSelection | None = None,
    min_clear: float = MIN_CLEAR,
    max_gap: float = MAX_GAP,
    columns: int = 4,
    most: int | None = None,
    page: int = 1,
    width: Width = "double",
) -> npt.NDArray[np.object_]:
    """Draw a stacked area for each region, with the same axes for all; many regions are spread over pages.

    Args:
        frame: what `class_statistics` returns, in the long layout: by="date", or images that share no day.
        regions: ids of the regions, in the order to draw; all by default.
        value: the column to show, as in `stacked_area`.
        classes: the classes to show, as in `stacked_area`.
        scheme: whose colours to use, as in `stacked_area`.
        clear: the classes in which the surface is seen, as in `stacked_area`.
        min_clear: percent of the region that must be seen for a day to be drawn.
        max_gap: days between images above which no area is drawn.
        columns: charts side by side.
        most: charts on a page; six rows by default, which fit a printed page.
        page: which page, from 1; the title says which regions it holds, and of how many.
        width: of the figure, as in `stacked_area`.

    Returns:
        The Axes of the page's regions, in a one-dimensional array; empty frames give one Axes that says so.

    Raises:
        ArgumentError: not such a frame, no such region or page, several images of a region on a day, or an option
            that cannot be used.
        ClassError: a class that the scheme does not have.
        SchemeError: no scheme was given and none fits, or one that lacks a class of the frame.
        MissingExtraError: matplotlib is not installed.

    No request is made.

    Examples:
        >>> axes = charts.small_multiples(frame, columns=3)
        >>> [ax.get_title(loc="left") for ax in axes]
        ['Lake', 'Farmland', 'Single field', 'Mountain', 'Forest', 'Towns']

        Four regions on a page, and the second page:

        >>> axes = charts.small_multiples(frame, most=4, page=2)
        >>> len(axes), axes[0].figure.get_suptitle()
        (2, 'Regions 5–6 of 6, synthetic pixels')
    """
    number_between("min_clear", min_clear, 0, 100, "percent")
    number_between("max_gap", max_gap, 0, unit="days")
    wide = inches(width)
    selection = select(frame, value, scheme, classes)
    seen = seen_values(selection.scheme, clear)
    there = region_ids(selection.rows)
    asked = there if regions is None else check_regions(there, regions, "regions")
    most = 6 * whole_number("columns", columns, 1) if most is None else most
    on_page, where = page_of(asked, page, most)
    columns = min(whole_number("columns", columns, 1), max(len(on_page), 1))
    rows = selection.rows[selection.rows["region"].isin(on_page)].groupby("region", sort=False, observed=True)
    series = [region_series(rows.get_group(one), selection.scheme, one, value, seen) for one in on_page]
    with on_paper(selection.names):
        if not series:
            ax = own_axes(None, wide, 40 * MILLIMETRE)
            add_note(ax, NO_ROWS)
            return np.array([ax], dtype=object)
        chart = Areas(selection, value, min_clear, max_gap, series)
        axes = _draw_multiples(chart, series, columns, wide)
        title = f"Regions {where}" if where else ("1 region" if len(series) == 1 else f"{len(series)} regions")
        add_heading(axes[0].figure, titled(title, frame))
    return axes


def _draw_multiples(chart: Areas, series: Sequence[Series], columns: int, width: float) -> npt.NDArray[np.object_]:
    import matplotlib.pyplot as plt

    rows = math.ceil(len(series) / columns)
    legend = legend_height(len(chart.styles) + 1, width)
    figure, grid = plt.subplots(
        rows,
        columns,
        sharex=True,
        sharey=True,
        squeeze=False,
        layout="constrained",
        figsize=(width, rows * 29 * MILLIMETRE + legend + 14 * MILLIMETRE),
    )
    axes = grid.ravel()
    present: dict[str, ClassStyle] = {}
    for ax, one in zip(axes, series, strict=False):
        present |= {style.mark: style for style in chart.draw(ax, one, marks=False)}
        add_title(ax, one.title, pad=2.5, size=TEXT, lines=1)
    days = series[0].days
    for one in series[1:]:
        days = days.union(one.days)
    time_axis(axes[0], pd.DatetimeIndex(days), ticks=4)
    for n, ax in enumerate(axes):
        ax.set_visible(n < len(series))
        # The lowest chart of a column may stand above an empty place of the grid.
        is_lowest = n + columns >= len(series)
        ax.tick_params(labelbottom=is_lowest, labelsize=TEXT)
        ax.xaxis.get_offset_text().set_visible(is_lowest)
    figure.supylabel(chart.label, fontsize=TEXT)
    kept = [style for style in chart.styles if style.mark in present]
    add_legend(figure, kept, below=True, notes=chart.notes())
    return np.array(list(axes[: len(series)]), dtype=object)
