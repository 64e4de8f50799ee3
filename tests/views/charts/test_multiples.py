"""Many regions: pages of small multiples and of bars, on which none is dropped."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from gee_scl import charts
from gee_scl.errors import ArgumentError
from tests.figures import FIELDS, YEAR, statistics
from tests.figures.reading import (
    faults_of_reading,
    texts,
)


@pytest.fixture(scope="module")
def many() -> pd.DataFrame:
    days = {day: YEAR[day] for day in ("2023-06-20", "2023-06-30")}
    return statistics({f"Field {n:03d}": days for n in range(500)})


@pytest.mark.long
def test_five_hundred_regions_are_spread_over_pages_and_none_is_dropped(many: pd.DataFrame) -> None:
    figure = charts.small_multiples(many, page=2)[0].figure
    assert "Regions 25–48 of 500" in texts(figure)
    assert faults_of_reading(figure) == []
    seen: list[str] = []
    for page in range(1, 14):
        ax = charts.bars(many, page=page)
        seen += [label.get_text() for label in ax.get_yticklabels()]
        plt.close(ax.figure)
    assert seen == [f"Field {n:03d}" for n in range(500)]
    with pytest.raises(ArgumentError, match="from 1 to 13"):
        charts.bars(many, page=14)


def test_the_last_page_of_small_multiples_holds_the_rest(many: pd.DataFrame) -> None:
    axes = charts.small_multiples(many, page=21)
    assert [ax.get_title(loc="left") for ax in axes] == [f"Field {n:03d}" for n in range(480, 500)]


def test_five_hundred_regions_on_a_page_keep_labels_readable(many: pd.DataFrame) -> None:
    assert faults_of_reading(charts.bars(many, most=500).figure) == []


def test_small_multiples_share_their_axes_and_keep_the_asked_order() -> None:
    axes = charts.small_multiples(statistics(FIELDS), regions=["$West_1$", "North"], value="area_m2")
    assert [ax.get_title(loc="left") for ax in axes] == ["$West_1$", "North"]
    assert len({ax.get_xlim() for ax in axes}) == len({ax.get_ylim() for ax in axes}) == 1
