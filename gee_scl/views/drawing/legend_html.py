"""A view's legend as HTML: for notebook maps, folium maps, map pages and reports."""

from __future__ import annotations

import html
from collections.abc import Sequence

from gee_scl.views.view import LegendEntry

_LIST = "list-style:none;margin:0;padding:0"
_SWATCH = (
    "display:inline-block;width:1em;height:1em;margin-right:.5em;vertical-align:-.1em;"
    "border:1px solid #666;background:#{color}"
)
"""The border keeps white classes visible on white paper."""


def legend_html(title: str, entries: Sequence[LegendEntry], note: str = "") -> str:
    """Write a heading and a list of colours with their names and, where they are known, shares.

    Args:
        title: the heading; none is written if it is empty.
        entries: the lines.
        note: what is to be said below, such as what the shares are of; none is written if it is empty.

    Returns:
        A `div` of class "gee-scl-legend" that needs no style sheet. All texts are escaped.
    """
    heading = f"<strong>{html.escape(title)}</strong>" if title else ""
    lines = "".join(_line(entry) for entry in entries)
    below = f"<small>{html.escape(note)}</small>" if note else ""
    return (
        f'<div class="gee-scl-legend" role="group" aria-label="Legend">{heading}<ul style="{_LIST}">{lines}</ul>'
        f"{below}</div>"
    )


def _line(entry: LegendEntry) -> str:
    swatch = f'<span aria-hidden="true" style="{_SWATCH.format(color=html.escape(entry.color))}"></span>'
    share = "" if entry.percent is None else f" {html.escape(share_text(entry.percent))}"
    return f"<li>{swatch}{html.escape(entry.label)}{share}</li>"


def share_text(percent: float) -> str:
    """Write a share for people: "12.3 %", "0 %" for nothing at all, "<0.1 %" for next to nothing."""
    if 0 < percent < 0.05:
        return "<0.1 %"
    return f"{percent:.1f} %" if percent else "0 %"
