"""Class shares over time as stacked areas, of one region or of many side by side."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gee_scl.classes.schemes import Scheme
from gee_scl.classes.selection import ClassSelection
from gee_scl.frames.classes import seen_values
from gee_scl.frames.selection import Selection, select
from gee_scl.frames.series import Series, region_series
from gee_scl.options.arguments import checked
from gee_scl.options.checks import number_between
from gee_scl.options.choices import Value
from gee_scl.views.charts.axis import day_numbers, time_axis, unit_of
from gee_scl.views.charts.figure import NO_ROWS, figure_height, finish, own_axes, titled
from gee_scl.views.drawing.paper import INK, MILLIMETRE, TEXT, THIN, Width, inches, on_paper, size_in_points
from gee_scl.views.drawing.patches import add_shapes
from gee_scl.views.drawing.styles import ClassStyle, class_styles
from gee_scl.views.drawing.texts import add_note, fitted

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd
    from matplotlib.axes import Axes

    FloatArray = npt.NDArray[np.float64]
    BoolArray = npt.NDArray[np.bool_]

MIN_CLEAR = 10.0
"""Percent of a region that must be seen, so that its shares say something about the whole."""

MAX_GAP = 30.0
"""Days between images that an area may span: six revisits of Sentinel-2's two satellites."""

_REVISIT = 5.0
"""Days between two passes, for the width of a look that stands alone."""

_ABOVE = 5.0
"""Points between the Axes and the middle of the dots for its images."""

_GAP: dict[str, Any] = {"facecolor": "#f7f7f7", "edgecolor": "#c4c4c4", "hatch": "......", "lw": 0}


@checked()
def stacked_area(
    frame: pd.DataFrame,
    *,
    region: Hashable | None = None,
    value: Value | str = "percent",
    classes: ClassSelection | None = None,
    scheme: str | Scheme | None = None,
    clear: ClassSelection | None = None,
    min_clear: float = MIN_CLEAR,
    max_gap: float = MAX_GAP,
    width: Width = "double",
    ax: Axes | None = None,
) -> Axes:
    """Draw class shares over time as stacked areas, with a gap wherever there was no clear view.

    An area runs straight from one day that was seen to the next. It ends half-way to a day that was not seen, and half
    the usual distance of images beyond the last before a pause of more than `max_gap` days; so a day that stands alone
    is a bar. Gaps are dotted, and a dot above the chart stands for each day with an image: hollow if it was not seen.

    Args:
        frame: what `class_statistics` returns, in the long layout: by="date", or images that share no day.
        region: id of the region. None takes the only one; several are summed by area, which needs the same days in
            all of them and the area of each, so one that was never classified is refused.
        value: the column to show: "percent", "percent_of_region", "pixels" or "area_m2". Areas are in hectares, or in
            square kilometres from 100 on.
        classes: the classes to show: values or names of the scheme, or groups such as "clear"; all by default. Shares
            are of the whole nevertheless.
        scheme: whose colours to use: a name in `SCHEMES` or a `Scheme`. None takes the frame's own, which
            `attrs["gee_scl"]` or the class names tell for built-in schemes.
        clear: the classes in which the surface is seen; by default the group "clear" for schemes of the SCL, every
            class for those of other rasters.
        min_clear: percent of the region that must be seen for a day to be drawn; 0 also draws overcast days, though
            not those on which nothing is classified.
        max_gap: days between images above which no area is drawn.
        width: of a new figure: "single" or "double" for one column or both of a journal's page, 89 or 183 mm, or a
            number of inches, 2 to 40.
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
        >>> ax = charts.stacked_area(frame, region="Lake")
        >>> ax.get_ylabel()
        'Share of classified area (%)'
        >>> ax.figure.savefig("lake.pdf")

        The area of the water alone, on days when at least half of the region was seen:

        >>> ax = charts.stacked_area(frame, region="Lake", value="area_m2", classes="water", min_clear=50)
        >>> ax.get_ylabel()
        'Area (ha)'
        >>> [text.get_text() for text in ax.get_legend().get_texts()]
        ['6 Water', 'Day with image', 'Image, under 50 % clear', 'No clear view']
    """
    number_between("min_clear", min_clear, 0, 100, "percent")
    number_between("max_gap", max_gap, 0, unit="days")
    wide = inches(width)
    selection = select(frame, value, scheme, classes)
    seen = seen_values(selection.scheme, clear)
    rows = selection.rows
    series = region_series(rows, selection.scheme, region, value, seen) if len(rows) else None
    with on_paper(selection.names):
        own = ax is None
        ax = own_axes(ax, wide, figure_height(64 * MILLIMETRE, len(selection.values) + 3, wide))
        if series is None:
            add_note(ax, NO_ROWS)
            return ax
        chart = Areas(selection, value, min_clear, max_gap, [series])
        present = chart.draw(ax, series, marks=True)
        ax.set_ylabel(chart.label, fontsize=TEXT)
        time_axis(ax, series.days)
        finish(ax, titled(series.title, frame), present, own=own, notes=chart.notes(), pad=10)
    return ax


_SEEN: dict[str, Any] = {"marker": "o", "ms": 2.2, "mfc": INK, "mec": INK, "mew": 0.4}
_UNSEEN: dict[str, Any] = {"marker": "o", "ms": 2.2, "mfc": "white", "mec": INK, "mew": 0.4}


class Areas:
    """Series as stacked areas, all on the same axes, and what the legend must explain.

    Args:
        selection: the classes to show.
        value: the column shown.
        min_clear: percent.
        max_gap: days.
        several: all series that will be drawn, one at least.
    """

    def __init__(
        self, selection: Selection, value: str, min_clear: float, max_gap: float, several: Sequence[Series]
    ) -> None:
        styles = class_styles(selection.scheme)
        self.styles = [styles[member] for member in selection.values]
        self.columns = selection.places
        self.min_clear, self.max_gap = min_clear, max_gap
        self.has_marks = self.has_gap = self.has_unseen = False
        values = np.concatenate([one.values[:, self.columns] for one in several])
        self.unit, self.label = unit_of(value, values)
        self.is_share = value.startswith("percent")
        most = float(np.nan_to_num(values).sum(axis=1).max()) / self.unit
        self.top = 100 if self.is_share else max(most * 1.02, 1e-9)
        days = [day_numbers(one.days) for one in several]
        reach = [_half(each, max_gap) for each in days]
        # Where there is one day, its bar has empty places at both sides.
        room = 2 * reach[0] if max(map(len, days)) == 1 else 0
        self.start = min(each[0] - half for each, half in zip(days, reach, strict=True)) - room
        self.end = max(each[-1] + half for each, half in zip(days, reach, strict=True)) + room

    def draw(self, ax: Axes, series: Series, *, marks: bool) -> list[ClassStyle]:
        """Draw the areas, gaps and marks of a series.

        Args:
            ax: where.
            series: what.
            marks: with a dot per image.

        Returns:
            The classes that occur, in order.
        """
        days = day_numbers(series.days)
        values = series.values[:, self.columns] / self.unit
        seen = ~np.isnan(values).any(axis=1) & (series.clear >= self.min_clear)
        tops = np.cumsum(np.nan_to_num(values), axis=1)
        bottoms = tops - np.nan_to_num(values)
        self.has_marks |= marks
        self.has_unseen |= not seen.all()
        present = [bool(column.any()) for column in values[seen].T > 0]
        ax.set_xlim(self.start, self.end)
        ax.set_ylim(0, self.top)
        if self.is_share:
            ax.set_yticks([0, 25, 50, 75, 100])
        spans = list(_spans(days, seen, self.max_gap))
        self._gaps(ax, days, spans)
        # Where days stand closer than lines are wide, lines would hide the colours.
        usual = 2 * _half(days, self.max_gap) * size_in_points(ax)[0] / (self.end - self.start)
        edge = min(THIN, 0.15 * usual)
        for n, style in enumerate(self.styles):
            shapes = []
            for first, last, start, end in spans:
                x = np.concatenate([[start], days[first : last + 1], [end]])
                low, high = (np.pad(edge[first : last + 1, n], 1, mode="edge") for edge in (bottoms, tops))
                if (high > low).any():
                    shapes.append(np.concatenate([np.stack([x, low], 1), np.stack([x, high], 1)[::-1]]))
            add_shapes(ax, style, shapes, edge=edge)
        self._values(ax, days, spans, bottoms, tops)
        if marks:
            self._marks(ax, days, seen)
        if not spans:
            words = fitted(
                f"No clear view on {len(days)} image day{'s' * (len(days) > 1)}", size_in_points(ax)[0] - 8, 3
            )
            paper = {"facecolor": "white", "lw": 0, "pad": 2}
            ax.text(
                0.5, 0.5, words, transform=ax.transAxes, ha="center", va="center", fontsize=TEXT, color=INK, bbox=paper
            )
        return [style for style, occurs in zip(self.styles, present, strict=True) if occurs]

    def _gaps(self, ax: Axes, days: FloatArray, spans: Sequence[tuple[int, int, float, float]]) -> None:
        """Dots where nothing was seen."""
        from matplotlib.patches import Rectangle

        half = _half(days, self.max_gap)
        edges = [days[0] - half, *(edge for span in spans for edge in span[2:]), days[-1] + half]
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            if end - start > 1e-6:
                gap = Rectangle((start, 0), end - start, 1, transform=ax.get_xaxis_transform(), zorder=0.5, **_GAP)
                gap.set_hatch_linewidth(0.3)
                ax.add_artist(gap)
                self.has_gap = True

    def _values(
        self,
        ax: Axes,
        days: FloatArray,
        spans: Sequence[tuple[int, int, float, float]],
        bottoms: FloatArray,
        tops: FloatArray,
    ) -> None:
        """Write each class's value once, where its area is thickest, if there is room for it."""
        from matplotlib.patheffects import withStroke

        wide, high = size_in_points(ax)
        per_day = wide / np.ptp(ax.get_xlim())
        per_unit = high / ax.get_ylim()[1]
        best: dict[int, tuple[float, float, float]] = {}
        for first, last, start, end in spans:
            x = np.concatenate([[start], days[first : last + 1], [end]])
            for n, style in enumerate(self.styles):
                half = (2.2 * len(style.mark) + 1) / per_day
                places = np.arange(start + half, end - half + 1e-9, 1 / per_day)
                low = np.max([_at(places + d, x, bottoms[first : last + 1, n]) for d in (-half, 0, half)], axis=0)
                top = np.min([_at(places + d, x, tops[first : last + 1, n]) for d in (-half, 0, half)], axis=0)
                if len(places) and (top - low).max() > best.get(n, (0,))[0]:
                    # Of places that are equally good the middle one: an area that does not change is marked there.
                    thick = top - low
                    equal = np.flatnonzero(thick > thick.max() * 0.98)
                    at = equal[len(equal) // 2]
                    best[n] = (float(thick[at]), float(places[at]), float(low[at] + top[at]) / 2)
        for n, (thick, x_place, y_place) in best.items():
            if thick * per_unit >= TEXT + 1:
                text = ax.text(
                    x_place, y_place, self.styles[n].mark, ha="center", va="center", fontsize=TEXT, color=INK
                )
                text.set_path_effects([withStroke(linewidth=2, foreground="white")])

    def _marks(self, ax: Axes, days: FloatArray, seen: BoolArray) -> None:
        from matplotlib.lines import Line2D
        from matplotlib.transforms import ScaledTranslation

        # Under the title, which stands a number of points above the Axes, however tall that is.
        where = ax.get_xaxis_transform() + ScaledTranslation(0, _ABOVE / 72, ax.figure.dpi_scale_trans)
        for these, options in ((seen, _SEEN), (~seen, _UNSEEN)):
            # A line without points would have its place at the figure's corner, and the layout would make room for it.
            if these.any():
                ax.add_artist(
                    Line2D(days[these], np.ones(these.sum()), ls="", transform=where, clip_on=False, **options)
                )

    def notes(self) -> dict[str, Any]:
        """Make the legend's entries of gaps and marks."""
        from matplotlib.lines import Line2D
        from matplotlib.patches import Rectangle

        notes: dict[str, Any] = {}
        if self.has_marks:
            notes["Day with image"] = Line2D([], [], ls="", **_SEEN)
        if self.has_marks and self.has_unseen:
            few = f"under {self.min_clear:g} % clear" if self.min_clear > 0 else "nothing classified"
            notes[f"Image, {few}"] = Line2D([], [], ls="", **_UNSEEN)
        if self.has_gap:
            notes["No clear view"] = Rectangle((0, 0), 1, 1, **_GAP)
        return notes


def _half(days: FloatArray, max_gap: float) -> float:
    """How far a look reaches to a side where no other joins it: half the usual distance of looks."""
    usual = float(np.median(np.diff(days))) if len(days) > 1 else _REVISIT
    return max(min(usual, max_gap) / 2, 0.5)


def _spans(days: FloatArray, seen: BoolArray, max_gap: float) -> Iterable[tuple[int, int, float, float]]:
    """Runs of days that an area joins: first and last place, start and end in days."""
    half = _half(days, max_gap)
    joined = seen[1:] & seen[:-1] & (np.diff(days) <= max_gap)
    firsts = [n for n in np.flatnonzero(seen) if n == 0 or not joined[n - 1]]
    lasts = [n for n in np.flatnonzero(seen) if n == len(days) - 1 or not joined[n]]
    for first, last in zip(firsts, lasts, strict=True):
        before = min(half, (days[first] - days[first - 1]) / 2) if first else half
        after = min(half, (days[last + 1] - days[last]) / 2) if last + 1 < len(days) else half
        yield int(first), int(last), float(days[first] - before), float(days[last] + after)


def _at(places: FloatArray, x: FloatArray, heights: FloatArray) -> FloatArray:
    return np.interp(places, x, np.pad(heights, 1, mode="edge"))
