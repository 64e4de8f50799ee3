"""Transitions as a flow diagram of plotly, where the pointer shows the area of each band."""

from __future__ import annotations

import html
from typing import Any

import numpy as np

from gee_scl.errors import MissingExtraError
from gee_scl.views.charts.flows import Flows
from gee_scl.views.drawing.paper import INK
from gee_scl.views.drawing.texts import shown

_LONGEST = 60
"""Characters of a name that plotly is given: it cuts no text."""


def plotly_figure(flows: Flows, title: str) -> Any:
    """Draw flows as a `plotly.graph_objects.Figure`.

    Args:
        flows: what became what.
        title: of the figure.

    Raises:
        MissingExtraError: plotly is not installed.
    """
    try:
        import plotly.graph_objects as go  # type: ignore[import-untyped]
    except ImportError as error:
        raise MissingExtraError("plotly", "charts", "A flow diagram for notebooks") from error
    names = [_escaped(shown(style.label)[:_LONGEST]) for style in flows.styles]
    rows, columns = np.nonzero(flows.hectares)
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
                "value": flows.hectares[rows, columns].tolist(),
                "color": [_translucent(flows.styles[row].color) for row in rows],
                "line": {"color": INK, "width": 0.2},
            },
        )
    )
    height = max(360, 60 * len(names))
    figure.update_layout(title_text=_escaped(title), font_size=13, paper_bgcolor="white", height=height)
    return figure


def _escaped(text: str) -> str:
    """A text that plotly shows as it is: neither mark-up nor mathematics."""
    return html.escape(text).replace("$", "&#36;")


def _translucent(color: str) -> str:
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return f"rgba({red},{green},{blue},0.55)"
