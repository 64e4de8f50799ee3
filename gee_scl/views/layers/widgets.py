"""What lies on a notebook map beside its layers: legends, a date slider, and texts that say what is going on.

Loads ipywidgets, so it is imported where a notebook map is at hand.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import replace

import ipywidgets  # type: ignore[import-untyped]

from gee_scl.errors import GeeSclError
from gee_scl.views.layers.legends import Legend

_STEP_MILLISECONDS = 1500
"""Of the play button: tiles need a second to come."""


class TextBox(ipywidgets.HTML):  # type: ignore[misc]
    """A text that a screen reader reads when it changes. It is escaped.

    Args:
        text: to begin with.
        label: what is written before each text, in bold.
    """

    def __init__(self, text: str = "", label: str = "") -> None:
        self._label = label
        super().__init__(layout=ipywidgets.Layout(max_width="22em"))
        self.say(text)

    def say(self, *lines: str, color: str | None = None) -> None:
        """Show other lines.

        Args:
            *lines: any texts.
            color: 'rrggbb' of a swatch before them.
        """
        label = f"<strong>{html.escape(self._label)}</strong><br>" if self._label else ""
        swatch = ""
        if color is not None:
            swatch = (
                '<span aria-hidden="true" style="display:inline-block;width:1em;height:1em;margin-right:.5em;'
                f'border:1px solid #666;background:#{html.escape(color)}"></span>'
            )
        text = "<br>".join(html.escape(line) for line in lines)
        self.value = f'<div role="status" aria-live="polite" style="line-height:1.4">{label}{swatch}{text}</div>'


class LegendBox(ipywidgets.VBox):  # type: ignore[misc]
    """A legend, shown as long as one of its layers is.

    Args:
        legend: what it says.
        in_view: gives the legend with the shares of what is in view, for a button that asks for them; None for a
            legend without.

    Attributes:
        legend: what it says where no shares are known.
        text: the legend as HTML.
        button: measures the shares in view; None for a legend without.
    """

    def __init__(self, legend: Legend, in_view: Callable[[], Legend] | None = None) -> None:
        self.legend = legend
        # A long legend scrolls instead of covering the map.
        self.text = ipywidgets.HTML(layout=ipywidgets.Layout(max_height="24em", overflow="hidden auto"))
        self._show(legend)
        self.button: ipywidgets.Button | None = None
        self._in_view = in_view
        self._layers: list[ipywidgets.Widget] = []
        children = [self.text]
        if in_view is not None:
            self.button = ipywidgets.Button(
                description="Shares in view", tooltip="Measure the share of each class in what the map shows"
            )
            self.button.on_click(lambda _: self.renew())
            children.append(self.button)
        super().__init__(children, layout=ipywidgets.Layout(padding="4px 8px"))

    @property
    def is_plain(self) -> bool:
        """Whether it never says anything else, so that it serves every layer with the same legend."""
        return self._in_view is None

    def follow(self, layers: Sequence[ipywidgets.Widget]) -> None:
        """Be shown as long as one of these layers is, too."""
        self._layers += layers
        for layer in layers:
            layer.observe(self._show_or_hide, "visible")
        self._show_or_hide()

    def leave(self, layers: Sequence[ipywidgets.Widget]) -> bool:
        """Follow these layers no more; says whether there is one left."""
        self._layers = [layer for layer in self._layers if layer not in layers]
        self._show_or_hide()
        return bool(self._layers)

    def _show_or_hide(self, _change: object = None) -> None:
        self.layout.display = None if any(layer.visible for layer in self._layers) else "none"

    def renew(self) -> None:
        """Measure the shares of what is in view, and show them; an error is shown as text."""
        if self._in_view is None or self.button is None:
            return
        self.button.disabled = True
        self._show(replace(self.legend, note="Measuring ..."))
        try:
            self._show(self._in_view())
        except GeeSclError as error:
            self._show(replace(self.legend, note=str(error)))
        finally:
            self.button.disabled = False

    def moved(self, _change: object = None) -> None:
        """Take the shares of another view away: the map has moved."""
        if self._shown != self.legend:
            self._show(self.legend)

    def _show(self, legend: Legend) -> None:
        self._shown = legend
        self.text.value = f'<div style="line-height:1.4;max-width:20em">{legend.html}</div>'


class DateSlider(ipywidgets.VBox):  # type: ignore[misc]
    """Dates to go through with a slider, by its arrow keys, or with a play button.

    Args:
        labels: of the dates, all different.
        show: called with the position of the date that was chosen, also at once; what it raises is shown as text.
        first: the position to begin with.

    Attributes:
        slider: a SelectionSlider whose `index` is the position; None where there is one date only.
        message: what went wrong, or nothing.
    """

    def __init__(self, labels: Sequence[str], show: Callable[[int], None], first: int) -> None:
        self._show = show
        self.message = TextBox()
        self.slider: ipywidgets.SelectionSlider | None = None
        # A slider of one step has no range, which the browser's refuses.
        children: list[ipywidgets.Widget] = [ipywidgets.Label(labels[0])]
        if len(labels) > 1:
            self.slider = ipywidgets.SelectionSlider(
                options=list(labels),
                index=first,
                description="Date",
                continuous_update=False,
                layout=ipywidgets.Layout(width="26em"),
            )
            play = ipywidgets.Play(
                value=first, min=0, max=len(labels) - 1, interval=_STEP_MILLISECONDS, description="Play the dates"
            )
            # Between browser and browser: the kernel is busy with the tiles.
            self._link = ipywidgets.jslink((play, "value"), (self.slider, "index"))
            self.slider.observe(lambda change: self._show_date(change["new"]), "index")
            children = [ipywidgets.HBox([play, self.slider])]
        super().__init__([*children, self.message], layout=ipywidgets.Layout(padding="2px 6px"))

    def _show_date(self, position: int) -> None:
        try:
            self._show(position)
        except GeeSclError as error:
            self.message.say(str(error))
        else:
            self.message.say()
