"""Frames of transitions, as charts draw them: what is unknown, which regions, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gee_scl import charts
from gee_scl.errors import ArgumentError
from tests.figures import north, transitions
from tests.figures.reading import (
    texts,
)


def test_unknown_is_told_by_a_missing_value_or_by_its_name() -> None:
    by_value = transitions().assign(from_name="x", to_name="y")
    known = transitions()
    named = known.fillna({"from_value": 99, "to_value": 99})
    for frame in (known, named):
        assert charts.transition_matrix(frame).get_yticklabels()[-1].get_text() == "? Unknown"
    assert charts.transition_matrix(by_value, scheme="scl").get_yticklabels()[-1].get_text() == "? Unknown"


def test_transitions_of_regions_are_added_up_or_one_is_taken() -> None:
    both = pd.concat([transitions().assign(region="A"), transitions().assign(region="B", area_m2=1e4)])
    assert any("1,013 ha" in text for text in texts(charts.transition_matrix(both).figure))
    assert any("13 ha" in text for text in texts(charts.transition_matrix(both, region="B").figure))
    with pytest.raises(ArgumentError, match="'A', 'B'"):
        charts.transition_sankey(both, region="C")


def test_transitions_with_negative_or_missing_areas_are_refused() -> None:
    for wrong in (-1.0, np.nan):
        with pytest.raises(ArgumentError, match="area_m2"):
            charts.transition_sankey(transitions().assign(area_m2=wrong))
    with pytest.raises(ArgumentError, match="from_value, from_name"):
        charts.transition_matrix(north())


def test_the_region_is_named_where_there_is_only_one() -> None:
    two = pd.concat([transitions().assign(region=name) for name in ("North $x$", "<b>South</b>")])
    assert charts.transition_matrix(two).figure.get_suptitle() == "Percent of the area, 2,000 ha in all"
    chosen = charts.transition_matrix(two, region="North $x$").figure.get_suptitle()
    assert chosen == "North $x$: percent of the area, 1,000 ha in all"
    hectares = charts.transition_matrix(two[two["region"] == "<b>South</b>"], amount="hectares")
    assert hectares.figure.get_suptitle() == "<b>South</b>: hectares, 1,000 ha in all"
    flows = charts.transition_sankey(two, region="<b>South</b>", interactive=True)
    assert flows.layout.title.text == "&lt;b&gt;South&lt;/b&gt;: 1,000 ha in all"
