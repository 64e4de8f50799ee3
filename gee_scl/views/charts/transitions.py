"""Charts of transitions: how much of each class became which, as a matrix and as a flow diagram.

A frame of transitions has a row for each pair of classes and the columns

- `from_value`, `from_name`, `to_value`, `to_name`: values and names in the scheme. What was not seen, such as ground
  under cloud, has a missing value (None, NaN or NA), or the name "Unknown"; it is a node of its own, the last.
- `area_m2`: the area that went from one to the other, at least 0; several rows of a pair are added up;
- `region`, if there are several: added up, unless one is asked for.
"""

from __future__ import annotations

import html
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from gee_scl.classes.schemes import Scheme
from gee_scl.errors import ArgumentError, MissingExtraError
from gee_scl.frames.series import find_scheme, known_regions, region_ids
from gee_scl.options.checks import one_of
from gee_scl.views.charts.style import (
    DOUBLE_COLUMN,
    INK,
    MILLIMETRE,
    PALE,
    SINGLE_COLUMN,
    TEXT,
    THIN,
    TITLE,
    UNKNOWN,
    ClassStyle,
    add_note,
    add_shapes,
    add_title,
    check_axes,
    checked_width,
    class_styles,
    finish,
    fitted,
    literal,
    on_paper,
    own_axes,
    rectangle,
    shown,
    size_in_points,
    text_width,
    titled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    FloatArray = npt.NDArray[np.float64]

Amount: TypeAlias = Literal["percent", "hectares"]

_COLUMNS = ("from_value", "from_name", "to_value", "to_name", "area_m2")
_EMPTY = "No data: no transition has an area"
_SQUARE_METRES_PER_HECTARE = 10_000


@dataclass(frozen=True)
class Transitions:
    """Areas by class before and after.

    Attributes:
        styles: the classes that occur on either side, in the scheme's order, what is unknown last.
        areas: classes before x classes after, in square metres.
        region: the name of the only one, else empty.
    """

    styles: tuple[ClassStyle, ...]
    areas: FloatArray
    region: str = ""

    @property
    def total(self) -> float:
        """All areas together, in square metres."""
        return float(self.areas.sum())


def read_transitions(frame: pd.DataFrame, scheme: str | Scheme | None, region: Hashable | None) -> Transitions:
    """Adds up a frame of transitions; classes without area are left out.

    Raises:
        ArgumentError: not such a frame, an area that is negative or missing, or no such region.
        SchemeError: no scheme was given and none fits, or one that lacks a class of the frame.
    """
    if not isinstance(frame, pd.DataFrame) or not set(_COLUMNS) <= set(frame.columns):
        given = list(frame.columns) if isinstance(frame, pd.DataFrame) else frame
        raise ArgumentError("transitions", given, f"a frame with the columns {', '.join(_COLUMNS)}")
    if region is not None:
        if "region" not in frame:
            raise ArgumentError("region", region, "None, as the frame has no column of regions")
        frame = frame[frame["region"] == known_regions(region_ids(frame), [region], "region")[0]]
    regions = region_ids(frame) if "region" in frame else []
    if not (frame["area_m2"] >= 0).all():
        raise ArgumentError("transitions", "a negative or missing area_m2", "areas of at least 0")
    known = frame[list(_COLUMNS)].copy()
    for side in ("from", "to"):
        unseen = known[f"{side}_name"].astype("object").map(lambda name: str(name).casefold() == "unknown")
        known[f"{side}_value"] = known[f"{side}_value"].astype("object").mask(unseen.astype(bool), None)
    known.attrs = frame.attrs
    styles = class_styles(find_scheme(known, scheme, [("from_value", "from_name"), ("to_value", "to_name")]))
    order: list[int | None] = [*styles, None]
    areas = np.zeros((len(order), len(order)))
    for before, after, area in known[["from_value", "to_value", "area_m2"]].itertuples(index=False):
        areas[_place(order, before), _place(order, after)] += area
    drawn = [*styles.values(), UNKNOWN]
    occurs = np.flatnonzero(areas.sum(axis=0) + areas.sum(axis=1))
    name = shown(regions[0]) if len(regions) == 1 else ""
    return Transitions(tuple(drawn[place] for place in occurs), areas[np.ix_(occurs, occurs)], name)


def _place(order: Sequence[int | None], value: Any) -> int:
    return order.index(None if pd.isna(value) else int(value))


def transition_matrix(
    transitions: pd.DataFrame,
    *,
    scheme: str | Scheme | None = None,
    region: Hashable | None = None,
    amount: Amount = "percent",
    width: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Which class became which, as a table: a row for each class before, a column for each class after.

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
        width: of a new figure, in inches, 2 to 40; None takes one column of a journal where the numbers fit, else two.
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
    one_of("amount", amount, ("percent", "hectares"))
    flows = read_transitions(transitions, scheme, region)
    with on_paper():
        if not flows.styles:
            ax = own_axes(ax, width or SINGLE_COLUMN, 30 * MILLIMETRE)
            add_note(ax, _EMPTY)
            return ax
        own = ax is None
        size, name, cell, texts = _sized(flows, amount, width, ax)
        count = len(flows.styles)
        tall = max(min(cell, _LARGEST), 2.6 * TEXT)
        ax = own_axes(ax, size, (_SWATCH + tall * count) / 72 + 18 * MILLIMETRE)
        tall = tall if own else (size_in_points(ax)[1] - _SWATCH) / count
        _draw_matrix(ax, flows, texts, name, cell, tall)
        unit = "percent of the area" if amount == "percent" else "hectares"
        finish(ax, titled(_heading(flows, unit), transitions), [], own=own)
    return ax


def _heading(flows: Transitions, unit: str = "") -> str:
    """The region, what is shown, and how much there is; the region's name as it is, else with a capital."""
    said = ", ".join(filter(None, (unit, f"{flows.total / _SQUARE_METRES_PER_HECTARE:,.4g} ha in all")))
    return f"{flows.region}: {said}" if flows.region else said.capitalize()


_LARGEST = 26.0
"""Height of a row, in points, that is not exceeded where there is more room."""

_SWATCH = 13.0
"""Points that the colours beside the rows take, and those above the columns."""

_NAMES = (100.0, 84.0)
"""Points that a line of a row's name may take; the second where there is too little room."""

_LABEL = 20.0
"""Points that the label of the rows takes."""


def _sized(
    flows: Transitions, amount: str, width: float | None, ax: Axes | None
) -> tuple[float, float, float, list[list[str]]]:
    """Width of a new figure in inches, of names and of a column in points, and numbers that fit it."""
    count = len(flows.styles)
    if ax is None:
        widths = (SINGLE_COLUMN, DOUBLE_COLUMN) if width is None else (checked_width(width),)
        rooms = [(one, name, 72 * one - name - _LABEL) for one in widths for name in _NAMES]
    else:
        check_axes(ax)
        rooms = [(SINGLE_COLUMN, _NAMES[0], size_in_points(ax)[0])]
    cells = 100 * flows.areas / flows.total if amount == "percent" else flows.areas / _SQUARE_METRES_PER_HECTARE
    for written in (_short, _whole) if amount == "percent" else (_short,):
        texts = [[written(float(number)) for number in row] for row in cells]
        widest = max(text_width(text) for row in texts for text in row)
        for size, name, room in rooms:
            cell = (room - _SWATCH) / count
            if widest + 0.8 <= cell:
                return size, name, cell, texts
    hint = "Percentages take less room than hectares." if amount == "hectares" else ""
    raise ArgumentError("width", width, f"room for {count} columns of numbers", hint)


def _draw_matrix(ax: Axes, flows: Transitions, texts: list[list[str]], name: float, cell: float, tall: float) -> None:
    """Draws beside names of so many points, in cells of so many."""
    from matplotlib.patches import Rectangle

    count = len(flows.styles)
    # The square root keeps small changes visible beside what stayed.
    shades = np.sqrt(flows.areas / flows.areas.max())
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


def transition_sankey(
    transitions: pd.DataFrame,
    *,
    scheme: str | Scheme | None = None,
    region: Hashable | None = None,
    titles: tuple[str, str] = ("Before", "After"),
    width: float = DOUBLE_COLUMN,
    ax: Axes | None = None,
) -> Axes:
    """Which class became which, as bands from the classes before to the classes after, as wide as their area.

    Args:
        transitions: a frame, as in `transition_matrix`.
        scheme: whose colours to use, as in `transition_matrix`.
        region: id of the region; None adds up all.
        titles: what stands above the classes before and after, such as two dates.
        width: of a new figure, in inches, 2 to 40.
        ax: where to draw; a new figure by default. The drawing fits the size that the Axes has now.

    Returns:
        The Axes.

    Raises:
        ArgumentError: not such a frame, an area that is negative or missing, no such region, or an
            option that cannot be used.
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
        >>> ax = charts.transition_sankey(changes, titles=("May", "August"))
        >>> [text.get_text() for text in ax.texts]
        ['5 Bare Soils 25.0 %', '6 Water 75.0 %', 'May', '5 Bare Soils 40.0 %', '6 Water 60.0 %', 'August']
    """
    if isinstance(titles, str) or len(titles) != 2:
        raise ArgumentError("titles", titles, "two texts")
    flows = read_transitions(transitions, scheme, region)
    with on_paper():
        height = max(60.0, 16 + 8.5 * len(flows.styles)) * MILLIMETRE
        made = ax is None
        ax = own_axes(ax, width, height, constrained=False)
        if made:
            ax.set_position((0.01, 0.01, 0.98, 0.98 - 6 * MILLIMETRE / height))
        if not flows.styles:
            add_note(ax, _EMPTY)
            return ax
        _draw_sankey(ax, flows, titles)
        add_title(ax, titled(_heading(flows), transitions))
    return ax


_NODE = 10.0
"""Width of a node, in points."""

_SPACE = 5.0
"""Points between two nodes."""

_TIP = 5.0
"""Points between a node and its text."""

_LINE = 1.25
"""Height of a line of text, in sizes of the font."""

_PALEST = 180
"""Least channel of a colour that is hardly seen on white."""

_HEAD = 14.0
"""Points above the nodes, for the titles of the two sides."""


def _draw_sankey(ax: Axes, flows: Transitions, titles: tuple[str, str]) -> None:
    """Draws in points, from the upper left corner of the Axes."""
    width, height = size_in_points(ax)
    ax.set_xlim(0, width)
    ax.set_ylim(height, 0)
    ax.set_axis_off()
    sides = [_Side(flows, axis, title) for axis, title in ((1, titles[0]), (0, titles[1]))]
    # Names take what they need, but half of the width is left for the bands in any case.
    label = min(max(side.widest for side in sides), 0.26 * width - _NODE)
    left, right = label + _NODE + _TIP + 1, width - label - _NODE - _TIP - 1
    most = max(len(side.styles) for side in sides)
    scale = (height - _HEAD - _SPACE * (most + 1)) / flows.total
    starts = []
    for side, x, outer, align in ((sides[0], left - _NODE, -1, "right"), (sides[1], right, 1, "left")):
        heights = side.areas * scale
        spare = height - _HEAD - heights.sum() - _SPACE * (len(heights) + 1)
        gap = _SPACE + spare / max(len(heights) - 1, 1)
        first = _HEAD + _SPACE + (spare / 2 if len(heights) == 1 else 0)
        tops = first + np.concatenate([[0], np.cumsum(heights + gap)[:-1]])
        for style, top, tall in zip(side.styles, tops, heights, strict=True):
            add_shapes(ax, style, [rectangle(x, top, _NODE, tall)], zorder=3)
        edge = left - _NODE if outer < 0 else right + _NODE
        _label_nodes(ax, side.labels(label), tops + heights / 2, edge, outer, align)
        title = fitted(side.title, (right - left) / 2, size=TITLE)
        inwards = "left" if outer < 0 else "right"
        ax.text(edge, _HEAD / 2, title, ha=inwards, va="center", fontsize=TITLE, color=INK)
        starts.append(dict(zip(side.places, tops, strict=True)))
    _bands(ax, flows, starts[0], starts[1], scale, left, right)


class _Side:
    """The classes before or after, those with an area.

    Args:
        flows: all transitions.
        axis: which axis of the areas to add up: 1 for the classes before, 0 for those after.
        title: what stands above.
    """

    def __init__(self, flows: Transitions, axis: int, title: str) -> None:
        areas = flows.areas.sum(axis=axis)
        self.title = title
        self.places = [int(place) for place in np.flatnonzero(areas)]
        self.styles = [flows.styles[place] for place in self.places]
        self.areas = areas[self.places]
        self.shares = [_percent(100 * area / flows.total) for area in self.areas]

    @property
    def widest(self) -> float:
        """Points of the longest name with its share."""
        both = zip(self.styles, self.shares, strict=True)
        return max(text_width(f"{shown(style.label)} {share}") for style, share in both) + 1

    def labels(self, room: float) -> list[str]:
        """Names on up to two lines, with their shares on the last or on one of their own."""
        texts = []
        for style, share in zip(self.styles, self.shares, strict=True):
            name = fitted(style.label, room, 2)
            fits = text_width(f"{name.rpartition(chr(10))[2]} {share}") <= room
            texts.append(f"{name} {share}" if fits else f"{name}\n{share}")
        return texts


def _label_nodes(ax: Axes, texts: Sequence[str], middles: FloatArray, edge: float, outer: int, align: str) -> None:
    """Texts beside the nodes, each with a line to its node; texts move apart where nodes are lower than they are."""
    tall = np.array([_LINE * TEXT * (text.count("\n") + 1) + 1 for text in texts])
    for text, place, middle in zip(texts, spread(middles, tall, _HEAD, ax.get_ylim()[0]), middles, strict=True):
        ax.plot([edge, edge + outer * (_TIP - 1)], [middle, place], color=INK, lw=THIN, zorder=2)
        ax.text(edge + outer * _TIP, place, text, ha=align, va="center", fontsize=TEXT, color=INK, linespacing=1.05)


def _percent(share: float) -> str:
    return "<0.1 %" if share < 0.05 else f"{share:.1f} %"


def spread(middles: FloatArray, heights: FloatArray, low: float, high: float) -> FloatArray:
    """Moves labels apart until none overlaps the next, each as little as the order allows.

    Args:
        middles: where each label should be, ascending.
        heights: of the labels.
        low: upper edge of the room there is.
        high: lower edge.

    Returns:
        The middles of the labels; where there is too little room, they overlap evenly.
    """
    heights = heights * min(1, (high - low) / heights.sum())
    offsets = np.concatenate([[0], np.cumsum((heights[1:] + heights[:-1]) / 2)])
    # With the heights taken out, "no overlap" is "ascending": pool those that are not (isotonic regression).
    groups: list[tuple[float, int]] = []
    for wanted in middles - offsets:
        mean, count = float(wanted), 1
        while groups and groups[-1][0] > mean:
            other, others = groups.pop()
            mean, count = (mean * count + other * others) / (count + others), count + others
        groups.append((mean, count))
    pooled = np.concatenate([np.full(count, mean) for mean, count in groups])
    last = high - heights[-1] / 2 - offsets[-1]
    first = low + heights[0] / 2
    return np.asarray(np.clip(pooled, first, max(last, first)) + offsets)


def _bands(
    ax: Axes,
    flows: Transitions,
    before: dict[int, float],
    after: dict[int, float],
    scale: float,
    left: float,
    right: float,
) -> None:
    """A band for each transition, in the colour of the class before; starts and ends move down as bands are drawn."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    middle = (left + right) / 2
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    for row, column in zip(*np.nonzero(flows.areas), strict=True):
        tall = flows.areas[row, column] * scale
        start, end = before[row], after[column]
        before[row] += tall
        after[column] += tall
        corners = [
            (left, start), (middle, start), (middle, end), (right, end),
            (right, end + tall), (middle, end + tall), (middle, start + tall), (left, start + tall), (left, start),
        ]  # fmt: skip
        band = Path(corners, codes)
        color = flows.styles[row].color
        ax.add_artist(PathPatch(band, facecolor=color, alpha=0.55, lw=0, zorder=1))
        # A dark outline would hide the colour of a band that is hardly wider; without one a pale colour is not seen.
        if tall > 4 * THIN:
            ax.add_artist(PathPatch(band, facecolor="none", edgecolor=INK, alpha=0.5, lw=THIN, zorder=1.5))
        elif min(bytes.fromhex(color[1:])) > _PALEST:
            ax.add_artist(PathPatch(band, facecolor="none", edgecolor=PALE, alpha=0.5, lw=THIN, zorder=1.5))


def transition_sankey_plotly(
    transitions: pd.DataFrame, *, scheme: str | Scheme | None = None, region: Hashable | None = None
) -> Any:
    """The flow diagram of `transition_sankey` for notebooks, where the pointer shows the area of each band.

    Args:
        transitions: a frame, as in `transition_matrix`.
        scheme: whose colours to use, as in `transition_matrix`.
        region: id of the region; None adds up all.

    Returns:
        A `plotly.graph_objects.Figure`. Names are escaped: plotly takes a part of HTML, and TeX between dollar signs.

    Raises:
        ArgumentError: not such a frame, an area that is negative or missing, or no such region.
        SchemeError: no scheme was given and none fits, or one that lacks a class of the frame.
        MissingExtraError: plotly is not installed.

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
        >>> figure = charts.transition_sankey_plotly(changes)
        >>> figure.layout.title.text
        '100 ha in all'
        >>> figure.data[0].link.value  # hectares of each band
        (25.0, 15.0, 60.0)
    """
    flows = read_transitions(transitions, scheme, region)
    try:
        import plotly.graph_objects as go  # type: ignore[import-untyped]
    except ImportError as error:
        raise MissingExtraError("plotly", "charts", "A flow diagram for notebooks") from error
    names = [escaped(shown(style.label)[:60]) for style in flows.styles]
    rows, columns = np.nonzero(flows.areas)
    figure = go.Figure(
        go.Sankey(
            arrangement="snap",
            valueformat=",.1f",
            valuesuffix=" ha",
            node={
                "label": names * 2,
                "color": [style.color for style in flows.styles] * 2,
                "line": {"color": INK, "width": 0.6},
                "pad": 12,
                "thickness": 16,
            },
            link={
                "source": rows.tolist(),
                "target": (columns + len(names)).tolist(),
                "value": (flows.areas[rows, columns] / _SQUARE_METRES_PER_HECTARE).tolist(),
                "color": [_translucent(flows.styles[row].color) for row in rows],
                "line": {"color": INK, "width": 0.2},
            },
        )
    )
    title = escaped(titled(_heading(flows) if names else _EMPTY, transitions))
    figure.update_layout(title_text=title, font_size=13, paper_bgcolor="white", height=max(360, 60 * len(names)))
    return figure


def escaped(text: str) -> str:
    """A text that plotly shows as it is: neither mark-up nor mathematics."""
    return html.escape(text).replace("$", "&#36;")


def _translucent(color: str) -> str:
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return f"rgba({red},{green},{blue},0.55)"
