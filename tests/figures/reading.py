"""What a drawn figure shows: its colours at places of the data, its shapes, and its texts, whether they can be read."""

from __future__ import annotations

from itertools import combinations

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.text import Text

VEGETATION, BARE, WATER = "#10d22c", "#ffff52", "#0000ff"
"""Official colours of three classes, as Earth Engine has them."""


def pixels(figure: Figure) -> np.ndarray:
    """The figure as it is painted, from the lowest row up."""
    figure.set_dpi(200)
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())[::-1]


def painted(ax: Axes, image: np.ndarray, x: float | str, y: float) -> str:
    """The colour at a place of the data; a text is a day."""
    number = mpl.dates.date2num(np.datetime64(x)) if isinstance(x, str) else x
    column, row = ax.transData.transform((number, y))
    return to_hex(image[round(row), round(column), :3] / 255)


def shapes(ax: Axes, color: str) -> list[tuple[float, float, float, float]]:
    """Left, lower, right and upper edge of each polygon filled with a colour, in data."""
    found = []
    for patch in ax.findobj(PathPatch):
        if to_hex(patch.get_facecolor(), keep_alpha=False) == color and patch.get_facecolor()[3] == 1:
            for corners in patch.get_path().to_polygons(closed_only=False):
                found.append((*corners.min(axis=0), *corners.max(axis=0)))
    return found


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in visible_texts(figure)]


def visible_texts(figure: Figure) -> list[Text]:
    def is_shown(text: Text) -> bool:
        return bool(text.get_visible() and text.get_text().strip() and (text.axes is None or text.axes.get_visible()))

    # findobj also finds ticks that lie outside of the axis or are off, which are not painted.
    unseen = {
        label
        for ax in figure.axes
        for axis in (ax.xaxis, ax.yaxis)
        for tick in [*axis.majorTicks, *axis.minorTicks]
        for label in (tick.label1, tick.label2)
    }
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            if ax.axison and ax.get_visible():
                low, high = sorted(axis.get_view_interval())
                for tick in axis._update_ticks():
                    if low <= tick.get_loc() <= high:
                        unseen -= {label for label in (tick.label1, tick.label2) if label.get_visible()}
            else:
                unseen |= set(axis.findobj(Text))
    return [text for text in figure.findobj(Text) if is_shown(text) and text not in unseen]


def faults_of_reading(figure: Figure) -> list[str]:
    """Texts that are too small, outside the figure, or over another."""
    figure.set_dpi(200)
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    frame = figure.bbox
    boxes = [(text, text.get_window_extent(renderer)) for text in visible_texts(figure)]
    faults = [f"small: {text.get_text()!r}" for text, _ in boxes if text.get_fontsize() < 6.5]
    faults += [
        f"outside: {text.get_text()!r} {box}"
        for text, box in boxes
        if box.x0 < frame.x0 - 0.5 or box.y0 < frame.y0 - 0.5 or box.x1 > frame.x1 + 0.5 or box.y1 > frame.y1 + 0.5
    ]
    for (one, a), (other, b) in combinations(boxes, 2):
        # The box of a line holds room for accents and tails, so neighbours may share a little of it.
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        along = min(a.y1, b.y1) - max(a.y0, b.y0)
        if across > 1 and along > 0.15 * min(a.height, b.height):
            faults.append(f"over another: {one.get_text()!r} {other.get_text()!r}")
    return faults
