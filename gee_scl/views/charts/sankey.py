"""Transitions as a flow diagram: bands from the classes before to the classes after."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
import numpy.typing as npt

from gee_scl.errors import ArgumentError
from gee_scl.options.arguments import checked
from gee_scl.views.charts.figure import own_axes, titled
from gee_scl.views.charts.flows import EMPTY, Flows, read_flows
from gee_scl.views.charts.interactive_sankey import plotly_figure
from gee_scl.views.drawing.paper import (
    INK,
    MILLIMETRE,
    PALE,
    TEXT,
    THIN,
    TITLE,
    Width,
    inches,
    on_paper,
    size_in_points,
)
from gee_scl.views.drawing.patches import add_shapes, rectangle
from gee_scl.views.drawing.texts import add_note, add_title, fitted, shown, text_width

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from gee_scl.classes.schemes import Scheme

    FloatArray = npt.NDArray[np.float64]


@overload
def transition_sankey(
    transitions: pd.DataFrame,
    *,
    scheme: str | Scheme | None = None,
    region: Hashable | None = None,
    titles: tuple[str, str] | None = None,
    width: Width | None = None,
    ax: Axes | None = None,
    interactive: Literal[False] = False,
) -> Axes: ...


@overload
def transition_sankey(
    transitions: pd.DataFrame,
    *,
    scheme: str | Scheme | None = None,
    region: Hashable | None = None,
    interactive: Literal[True],
) -> Any: ...


@checked()
def transition_sankey(
    transitions: pd.DataFrame,
    *,
    scheme: str | Scheme | None = None,
    region: Hashable | None = None,
    titles: tuple[str, str] | None = None,
    width: Width | None = None,
    ax: Axes | None = None,
    interactive: bool = False,
) -> Any:
    """Draw which class became which as bands from the classes before to the classes after, as wide as their area.

    Args:
        transitions: a frame, as in `transition_matrix`.
        scheme: whose colours to use, as in `transition_matrix`.
        region: id of the region; None adds up all.
        titles: what stands above the classes before and after, such as two dates; None writes "Before" and "After".
        width: of a new figure, as in `stacked_area`; None takes both columns of a page.
        ax: where to draw; a new figure by default. The drawing fits the size that the Axes has now.
        interactive: whether to draw with plotly, for notebooks, where the pointer shows the area of each band. Such a
            figure is as wide as its page, and has no `titles`, `width` or `ax`.

    Returns:
        The Axes; with `interactive` a `plotly.graph_objects.Figure`, whose names are escaped: plotly takes a part of
        HTML, and TeX between dollar signs.

    Raises:
        ArgumentError: not such a frame, an area that is negative or missing, no such region, or an
            option that cannot be used, or not with `interactive`.
        SchemeError: no scheme was given and none fits, or one that lacks a class of the frame.
        MissingExtraError: matplotlib is not installed; with `interactive`, plotly is not.

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

        The same in plotly, for a notebook:

        >>> figure = charts.transition_sankey(changes, interactive=True)
        >>> figure.layout.title.text
        '100 ha in all'
        >>> figure.data[0].link.value  # hectares of each band
        (25.0, 15.0, 60.0)
    """
    if titles is not None:
        titles = _two_texts(titles)
    if interactive:
        for argument, option in (("titles", titles), ("width", width), ("ax", ax)):
            if option is not None:
                raise ArgumentError(
                    argument, option, "None with interactive=True", f"A figure of plotly takes no {argument}."
                )
        flows = read_flows(transitions, scheme, region)
        return plotly_figure(flows, titled(flows.heading() if flows.styles else EMPTY, transitions))
    if titles is not None and (isinstance(titles, str) or len(titles) != 2):
        raise ArgumentError("titles", titles, "two texts")
    flows = read_flows(transitions, scheme, region)
    return _sankey(flows, titles or ("Before", "After"), width, ax, transitions)


def _two_texts(titles: object) -> tuple[str, str]:
    if isinstance(titles, tuple | list) and len(titles) == 2 and all(isinstance(title, str) for title in titles):
        return titles[0], titles[1]
    raise ArgumentError("titles", titles, "two texts, of before and after, or None")


def _sankey(flows: Flows, titles: tuple[str, str], width: Width | None, ax: Axes | None, frame: pd.DataFrame) -> Axes:
    """Draw with matplotlib."""
    wide = inches("double" if width is None else width)
    with on_paper([*flows.names, *titles]):
        height = max(60.0, 16 + 8.5 * len(flows.styles)) * MILLIMETRE
        own = ax is None
        ax = own_axes(ax, wide, height, constrained=False)
        if own:
            ax.set_position((0.01, 0.01, 0.98, 0.98 - 6 * MILLIMETRE / height))
        if not flows.styles:
            add_note(ax, EMPTY)
            return ax
        _draw_sankey(ax, flows, titles)
        add_title(ax, titled(flows.heading(), frame))
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


def _draw_sankey(ax: Axes, flows: Flows, titles: tuple[str, str]) -> None:
    """Draw in points, from the upper left corner of the Axes."""
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
        heights = side.hectares * scale
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

    def __init__(self, flows: Flows, axis: int, title: str) -> None:
        hectares = flows.hectares.sum(axis=axis)
        self.title = title
        self.places = [int(place) for place in np.flatnonzero(hectares)]
        self.styles = [flows.styles[place] for place in self.places]
        self.hectares = hectares[self.places]
        self.shares = [_percent(100 * area / flows.total) for area in self.hectares]

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
    """Move labels apart until none overlaps the next, each as little as the order allows.

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
    flows: Flows,
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
    for row, column in zip(*np.nonzero(flows.hectares), strict=True):
        tall = flows.hectares[row, column] * scale
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
