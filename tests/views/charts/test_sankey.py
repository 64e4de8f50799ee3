"""The flow diagram: bands as wide as their area."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gee_scl import charts
from gee_scl.views.charts.sankey import spread
from tests.figures import transitions
from tests.figures.reading import (
    BARE,
    VEGETATION,
    WATER,
    shapes,
    texts,
)


def test_flows_are_as_wide_as_their_area() -> None:
    ax = charts.transition_sankey(transitions())
    heights = {color: sorted(top - low for _, low, _, top in shapes(ax, color)) for color in (VEGETATION, BARE, WATER)}
    # Hectares before and after: vegetation 475 and 369.7, bare 265 and 390.3, water 120.3 and 120.
    scale = heights[VEGETATION][1] / 475
    assert heights[VEGETATION] == pytest.approx([369.7 * scale, 475 * scale])
    assert heights[BARE] == pytest.approx([265 * scale, 390.3 * scale])
    assert heights[WATER] == pytest.approx([120 * scale, 120.3 * scale])
    assert {"4 Vegetation 47.5 %", "4 Vegetation 37.0 %", "? Unknown 5.0 %", "? Unknown 4.0 %"} <= set(texts(ax.figure))


@given(
    st.lists(st.tuples(st.floats(0, 300), st.floats(5, 30)), min_size=1, max_size=12).filter(
        lambda labels: sum(height for _, height in labels) <= 300
    )
)
def test_labels_move_apart_in_order_and_within_the_room(labels: list[tuple[float, float]]) -> None:
    middles = np.array(sorted(middle for middle, _ in labels))
    heights = np.array([height for _, height in labels])
    places = spread(middles, heights, 0, 300)
    assert (np.diff(places) >= (heights[1:] + heights[:-1]) / 2 - 1e-6).all()
    assert places[0] - heights[0] / 2 >= -1e-6
    assert places[-1] + heights[-1] / 2 <= 300 + 1e-6
