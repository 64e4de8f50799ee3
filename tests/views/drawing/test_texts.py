"""Texts of figures: a name stays within the room that it has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gee_scl.views.drawing.texts import fitted, text_width
from tests.figures import same_everywhere


@pytest.fixture(autouse=True)
def matplotlib_settings() -> Iterator[None]:
    with same_everywhere():
        yield


@given(st.text(max_size=60), st.floats(10, 200), st.integers(1, 3))
@settings(max_examples=60, deadline=None)
@pytest.mark.filterwarnings("ignore:Glyph")
def test_a_fitted_name_is_within_its_room_and_lines(name: str, room: float, lines: int) -> None:
    text = fitted(name, room, lines)
    assert text.count("\n") < lines
    # One character and the ellipsis always stand.
    assert all(text_width(line) <= room or len(line) <= 2 for line in text.split("\n"))
