"""The matrix of transitions: what its cells say."""

from __future__ import annotations

import pytest

from gee_scl import charts
from gee_scl.errors import ArgumentError
from tests.figures import all_transitions, transitions


def test_the_matrix_says_percents_of_the_whole_area() -> None:
    ax = charts.transition_matrix(transitions())
    cells = {(text.get_position(), text.get_text()) for text in ax.texts if text.get_text()}
    # Rows and columns: 2, 4, 5, 6, 7, 8, 9 and what is unknown. Position is (column, row).
    assert cells == {
        ((1, 1), "30"), ((2, 1), "15"), ((7, 1), "2.5"), ((1, 2), "2.0"), ((2, 2), "20"), ((5, 2), "4.0"),
        ((3, 3), "12"), ((2, 3), "<.1"), ((1, 6), "5.0"), ((6, 6), "1.0"), ((4, 0), "3.0"), ((2, 7), "3.5"),
        ((7, 7), "1.5"),
    }  # fmt: skip
    assert [label.get_text() for label in ax.get_xticklabels()] == ["2", "4", "5", "6", "7", "8", "9", "?"]
    assert ax.get_yticklabels()[-1].get_text() == "? Unknown"


def test_the_matrix_says_hectares_and_needs_room_for_them() -> None:
    ax = charts.transition_matrix(transitions().assign(area_m2=lambda rows: rows["area_m2"] * 10), amount="hectares")
    assert {"3.0k", "2.0k", "1.2k", "3.0"} <= {text.get_text() for text in ax.texts}
    with pytest.raises(ArgumentError, match="room for 12 columns"):
        charts.transition_matrix(all_transitions(), amount="hectares", width=2.5)
