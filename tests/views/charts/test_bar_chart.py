"""Bars of regions and of days."""

from __future__ import annotations

import pandas as pd
import pytest

from gee_scl import charts
from gee_scl.errors import ArgumentError
from tests.figures import YEAR, north, statistics
from tests.figures.reading import (
    VEGETATION,
    shapes,
    visible_texts,
)


def test_bars_of_regions_weigh_days_by_what_was_classified() -> None:
    frame = statistics(
        {"A": {"2023-06-20": (0, 0, 0, 80, 0, 20, 0, 0, 0, 0, 0), "2023-06-30": (0, 0, 0, 0, 0, 25, 0, 0, 0, 0, 0)}}
    )
    # 80 of 125 percent of the region; as plain mean of the region's area 40.
    assert shapes(charts.bars(frame), VEGETATION)[0][2] == pytest.approx(64)
    assert shapes(charts.bars(frame, value="percent_of_region"), VEGETATION)[0][2] == pytest.approx(40)
    assert shapes(charts.bars(frame, value="area_m2"), VEGETATION)[0][2] == pytest.approx(40)


def test_bars_of_days_say_where_nothing_was_classified() -> None:
    ax = charts.bars(north(), rows="date")
    assert [label.get_text() for label in ax.get_yticklabels()] == list(YEAR)
    (note,) = [text for text in visible_texts(ax.figure) if text.get_text() == "nothing classified"]
    assert note.get_position()[1] == list(YEAR).index("2023-07-10")


def test_bars_take_an_image_without_a_date() -> None:
    frame = statistics({"A": {"2023-06-20": YEAR["2023-06-20"]}})
    frame["date"] = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[ns, UTC]")
    assert shapes(charts.bars(frame), VEGETATION)[0][2] == pytest.approx(75)
    with pytest.raises(ArgumentError, match="without a date"):
        charts.stacked_area(frame)
