"""Views side by side as a figure, with one legend."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import ee

from gee_scl.classes.palettes import hex_color
from gee_scl.errors import ArgumentError
from gee_scl.options.arguments import checked
from gee_scl.options.caller_warning import warn_caller
from gee_scl.options.checks import has_members, whole_number
from gee_scl.requests.run import Run
from gee_scl.views.drawing.paper import INK, THIN, TITLE, Width, inches, on_paper
from gee_scl.views.drawing.picture import shows_nothing
from gee_scl.views.drawing.window import checked_side
from gee_scl.views.thumbnails import NO_CLASS_COLOR, NOTHING, thumbnails
from gee_scl.views.view import LegendEntry, View

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["contact_sheet"]

_MOST_IN_A_ROW = 3
"""Pictures, unless columns are given: a third of a page's width still shows a field."""

_GAP = 5.0
"""Points between pictures, and around them."""

_LINE = 1.25
"""Height of a line of text by the size of its letters, about."""


@checked()
def contact_sheet(
    shown: View | ee.Image | Sequence[View | ee.Image] | Mapping[Any, View | ee.Image],
    region: object,
    *,
    columns: int | None = None,
    size: int = 400,
    width: Width | None = None,
    legend: bool = True,
    background: str = NO_CLASS_COLOR,
    run: Run | None = None,
) -> Figure:
    """Draw views side by side as a figure, with one legend.

    Args:
        shown: a view, or an RGB image of bytes such as `visualize` and `true_color` give; several of them; or a mapping
            of titles to them. Without titles of your own a view has its name above it, and an image nothing.
        region: anything that `class_statistics` takes as regions; several are shown together.
        columns: pictures in a row; None puts up to three there, spread evenly over the rows.
        size: pixels of a picture's longest side, at the most; more than half of it.
        width: of the figure, as in `charts.stacked_area`; None takes both columns of a page.
        legend: whether the views' legend is below them: each of their entries once, in the order in which they come.
            Shares are left out, as each is of one picture only.
        background: 'rrggbb', seen where a picture is transparent.
        run: how the job runs: the limits of its requests, and its label.

    Returns:
        A new pyplot figure, which a notebook shows once, also where it is what the cell gives back. Its Axes are the
        pictures, in order, north up, in Web Mercator as `thumbnail` draws them, all of the same window; `figure.axes`
        has them for what you want to add. No class is averaged. Titles and names are shown as they are: no mathematics
        between dollar signs. A view does not know whether its pixels are synthetic, so the figure does not say so.

    Raises:
        ArgumentError: an argument that cannot be used, or nothing to show, before any request.
        SchemeError: a colour is none.
        RegionError: the region cannot be read, or lies beyond 85 degrees.
        CollectionError: an image was made of a collection that holds no image, such as a composite of it.
        RequestError: Earth Engine refused; the error has its text. So it does where `shown` is the first image of a
            collection that holds no image.
        NotInitializedError: no session is open.

    Requests: two for each picture, several at a time, and one for a region that only the server knows. A picture that
    is too much for one request, or crosses the antimeridian, is put together of parts.

    Examples:
        >>> figure = gee_scl.contact_sheet([views.true_color_view(image), views.class_view(image, "land")], fields)
        >>> [ax.get_title(loc="left") for ax in figure.axes]
        ['True colour', 'Surface where it is seen']
        >>> [text.get_text() for text in figure.legends[0].get_texts()]
        ['Vegetation', 'Bare', 'Water', 'Snow']

        Titles of your own, one below the other, and a colour for what is masked:

        >>> masked = {name: gee_scl.mask_clouds(image, name) for name in ("thick_cloud", "standard")}
        >>> pictures = {name: gee_scl.true_color(one) for name, one in masked.items()}
        >>> figure = gee_scl.contact_sheet(pictures, fields, columns=1, background="f7a8d0")
        >>> figure.savefig("masks.pdf")
    """
    titles, pictures = _titled(shown)
    most = None if columns is None else whole_number("columns", columns, 1)
    side = checked_side(size)
    entries = _entries(pictures) if legend else []
    color = hex_color(background, "background")
    wide = inches("double" if width is None else width)
    rows = math.ceil(len(pictures) / _MOST_IN_A_ROW)
    columns = min(most or math.ceil(len(pictures) / rows), len(pictures))
    files = thumbnails(pictures, region, size=side, run=run)
    if all(map(shows_nothing, files)):
        warn_caller(NOTHING)
    return _drawn(files, titles, entries, columns, wide, f"#{color}")


def _titled(shown: object) -> tuple[list[str], list[View | ee.Image]]:
    """Pair titles and pictures.

    Raises:
        ArgumentError: there is none, or something else among them.
    """
    allowed = "a View, an RGB ee.Image, several of these, or a mapping of titles to them"
    if isinstance(shown, Mapping):
        titled = list(shown.items())
    elif isinstance(shown, View | ee.Image):
        titled = [(None, shown)]
    elif has_members(shown) and not isinstance(shown, str | bytes):
        titled = [(None, one) for one in shown]
    else:
        raise ArgumentError("shown", shown, allowed)
    if not titled:
        raise ArgumentError("shown", shown, allowed, "There is nothing to show.")
    for _, one in titled:
        if not isinstance(one, View | ee.Image):
            raise ArgumentError("shown", one, allowed)
    names = [one.name if title is None and isinstance(one, View) else title for title, one in titled]
    return ["" if name is None else str(name) for name in names], [one for _, one in titled]


def _entries(pictures: Sequence[View | ee.Image]) -> list[LegendEntry]:
    """List what the colours mean, each once."""
    entries = [entry for one in pictures if isinstance(one, View) for entry in one.entries]
    once = dict.fromkeys((entry.label, hex_color(entry.color, "color")) for entry in entries)
    return [LegendEntry(label, color) for label, color in once]


def _drawn(
    files: Sequence[bytes],
    titles: Sequence[str],
    entries: Sequence[LegendEntry],
    columns: int,
    width: float,
    background: str,
) -> Figure:
    """Draw the figure, sized to its pictures."""
    import numpy as np
    from PIL import Image

    from gee_scl.views.drawing.figure_legend import add_legend
    from gee_scl.views.drawing.styles import ClassStyle
    from gee_scl.views.drawing.texts import add_title

    pixels = [np.asarray(Image.open(io.BytesIO(data)).convert("RGBA")) for data in files]
    rows = math.ceil(len(pixels) / columns)
    with on_paper([*titles, *(entry.label for entry in entries)]):
        import matplotlib.pyplot as plt
        from matplotlib.layout_engine import ConstrainedLayoutEngine

        from gee_scl.views.drawing.shown_once import ShownOnce

        gap = _GAP / 72
        layout = ConstrainedLayoutEngine(compress=True, w_pad=gap / 2, h_pad=gap / 2, wspace=0, hspace=0)
        high, wide = pixels[0].shape[:2]
        # A narrow region on its own is no higher than the page is wide.
        tall = min((width / columns - gap) * high / wide, width)
        figure = plt.figure(figsize=(width, rows * (tall + gap)), layout=layout, FigureClass=ShownOnce)
        # Titles have to fit before the Axes are arranged: these are a little narrower than they become, which keeps
        # the titles of neighbours apart.
        places = {"left": 0, "right": 1, "bottom": 0, "top": 1, "wspace": 2 * gap * columns / width, "hspace": 0}
        axes = figure.subplots(rows, columns, squeeze=False, gridspec_kw=places).ravel()
        for ax in axes[len(pixels) :]:
            ax.remove()
        axes = axes[: len(pixels)]
        for ax, picture, title in zip(axes, pixels, titles, strict=True):
            _show(ax, picture, background)
            if title:
                add_title(ax, title, pad=3)
        # The pictures have no hatches, so the legend has none either.
        add_legend(figure, [ClassStyle("", entry.label, f"#{entry.color}", "", INK) for entry in entries], below=True)
        below = sum(each.get_window_extent().height / figure.dpi + gap for each in figure.legends)
        lines = [max(_lines(ax) for ax in axes[start : start + columns]) for start in range(0, len(axes), columns)]
        figure.set_figheight(figure.get_figheight() + sum(lines) * _LINE * TITLE / 72 + below + gap)
    return figure


def _show(ax: Axes, picture: Any, background: str) -> None:
    ax.imshow(picture, interpolation="nearest")
    ax.set(xticks=[], yticks=[], facecolor=background)
    for spine in ax.spines.values():
        spine.set(visible=True, linewidth=THIN, color=INK)


def _lines(ax: Axes) -> int:
    """Count the lines of a picture's title."""
    title = ax.get_title(loc="left")
    return title.count("\n") + 1 if title else 0
