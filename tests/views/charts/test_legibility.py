"""Every label of a chart can be read at a journal's column width, whatever is drawn and however it is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.axes import Axes

from gee_scl import charts
from gee_scl.views.drawing.paper import Width
from tests.figures import FIELDS, ODD_NAMES, YEAR, all_transitions, statistics, transitions, turned
from tests.figures.reading import faults_of_reading


def last(frame: pd.DataFrame) -> object:
    """The last region; none asks for all, as where there is none."""
    return frame["region"].iloc[-1] if len(frame) else None


MILLIMETRES: Mapping[Width, int] = {"single": 89, "double": 183}
"""Widths of a figure in one column of a journal's page and across both: the Nature research figure guide."""

READ: Mapping[str, Callable[[pd.DataFrame, Width], Axes]] = {
    "stacked_area": lambda frame, width: charts.stacked_area(frame, region=last(frame), width=width),
    "clear_calendar": lambda frame, width: charts.clear_calendar(frame, region=last(frame), width=width),
    "small_multiples": lambda frame, width: charts.small_multiples(
        frame, width=width, columns=2 if width == "single" else 4
    )[0],
    "bars": lambda frame, width: charts.bars(frame, width=width),
    "bars by date": lambda frame, width: charts.bars(
        frame, rows="date", region=last(frame), width=width
    ),
}  # fmt: skip

FRAMES: Mapping[str, Callable[[], pd.DataFrame]] = {
    "fields": lambda: statistics(FIELDS),
    "odd names": lambda: statistics({name: turned(YEAR, n) for n, name in enumerate(ODD_NAMES)}),
    "one date": lambda: statistics({"North": {"2023-06-20": YEAR["2023-06-20"]}}),
    "all classes": lambda: statistics({"North": {"2023-06-20": [100 / 11] * 11, "2023-06-25": [100 / 11] * 11}}),
    "nothing seen": lambda: statistics({"North": {"2023-03-21": YEAR["2023-03-21"], "2023-07-10": (0,) * 11}}),
    "empty": lambda: statistics({"North": YEAR}).iloc[:0],
    "long names in the legend": lambda: statistics(
        {"North": {"2023-06-20": [100 / 11] * 11, "2023-06-25": [100 / 11] * 11}}, scheme="esa"
    ),
}


@pytest.mark.parametrize("width", MILLIMETRES)
@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("chart", READ)
@pytest.mark.some(12)
def test_every_label_can_be_read_at_a_journals_column_width(chart: str, frame: str, width: Width) -> None:
    figure = READ[chart](FRAMES[frame](), width).figure
    assert figure.get_size_inches()[0] == pytest.approx(MILLIMETRES[width] / 25.4)
    assert faults_of_reading(figure) == []


@pytest.mark.parametrize("width", MILLIMETRES)
@pytest.mark.parametrize("titles", [("Before", "After"), (ODD_NAMES[5], ODD_NAMES[1])])
@pytest.mark.some(1)
def test_every_label_of_transitions_can_be_read(width: Width, titles: tuple[str, str]) -> None:
    every = all_transitions()
    for frame in (transitions(), every):
        assert faults_of_reading(charts.transition_sankey(frame, titles=titles, width=width).figure) == []
        assert faults_of_reading(charts.transition_matrix(frame, width=width).figure) == []
    assert faults_of_reading(charts.transition_matrix(every, amount="hectares").figure) == []


def test_the_check_of_reading_finds_what_cannot_be_read() -> None:
    figure, ax = plt.subplots(figsize=(3, 2))
    ax.text(0.5, 0.5, "one text")
    ax.text(0.52, 0.51, "another text")
    ax.text(0.1, 0.1, "fine print", fontsize=5)
    ax.text(0.9, 0.9, "a text that does not end within the figure")
    found = "\n".join(faults_of_reading(figure))
    assert "over another: 'one text' 'another text'" in found
    assert "small: 'fine print'" in found
    assert "outside: 'a text that" in found


def test_ten_years_fit_a_page_with_names_that_can_be_read() -> None:
    days = pd.date_range("2015-07-03", "2025-06-30", freq="30D").strftime("%Y-%m-%d")
    figure = charts.clear_calendar(statistics({"North": dict.fromkeys(days, YEAR["2023-03-11"])})).figure
    assert figure.get_size_inches()[1] <= 230 / 25.4 + 1e-9
    assert faults_of_reading(figure) == []
