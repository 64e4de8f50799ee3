"""The width of figures: a journal's words, or inches."""

from __future__ import annotations

import numpy as np
import pytest

from gee_scl import charts
from gee_scl.errors import ArgumentError
from gee_scl.views.drawing.paper import JournalWidth, inches


def test_words_are_widths_of_a_journals_page() -> None:
    # Nature research figure guide: 89 mm and 183 mm.
    assert inches("single") == pytest.approx(89 / 25.4)
    assert inches("double") == pytest.approx(183 / 25.4)
    assert inches(JournalWidth.SINGLE) == inches("single")


def test_every_word_says_what_it_means() -> None:
    assert [(member.value, str(member.millimetres) in member.meaning) for member in JournalWidth] == [
        ("single", True),
        ("double", True),
    ]


@pytest.mark.parametrize("width", [2, 40, 3.5, np.float32(3.5), np.int64(7)])
def test_other_widths_are_inches(width: float) -> None:
    assert inches(width) == width


@pytest.mark.parametrize("width", [1.9, 41, 89, True, float("nan"), None, "89 mm", "SINGLE", [3]])
def test_what_is_no_width_is_refused_with_what_is_allowed(width: object) -> None:
    with pytest.raises(ArgumentError, match=r"'single', 'double', or a number of inches, from 2 to 40"):
        inches(width)  # type: ignore[arg-type]


def test_a_misspelt_word_is_answered_with_what_was_meant() -> None:
    with pytest.raises(ArgumentError, match="Did you mean 'single'"):
        charts.stacked_area(None, width="singel")  # type: ignore[arg-type]
