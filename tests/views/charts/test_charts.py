"""All charts: names as they are, empty frames, schemes, settings that stay, and what they refuse."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

import gee_scl
from gee_scl import Scheme, charts
from gee_scl.errors import ArgumentError, ClassError, MissingExtraError, SchemeError
from tests.figures import DRAWINGS, FIELDS, YEAR, north, statistics, transitions
from tests.figures.reading import (
    WATER,
    faults_of_reading,
    painted,
    pixels,
    shapes,
    texts,
    visible_texts,
)
from tests.support.records import say

# --- names are shown as they are


@pytest.mark.parametrize("chart", [lambda frame: charts.small_multiples(frame)[0], charts.bars])
def test_names_are_shown_as_they_are(chart: Callable[[pd.DataFrame], Axes]) -> None:
    names = ['"A" & <b>', "$x_1$", "_under", "a\nb", "\\alpha"]
    frame = statistics(dict.fromkeys(names, YEAR))
    figure = chart(frame).figure
    figure.canvas.draw()
    found = [
        text for text in visible_texts(figure) if text.get_text() in ('"A" & <b>', "$x_1$", "_under", "a b", "\\alpha")
    ]
    assert len(found) == 5
    assert not any(text.get_parse_math() or text.get_usetex() for text in found)


def test_class_names_of_a_scheme_are_shown_as_they_are_in_the_legend() -> None:
    scheme = Scheme.from_lists("odd", [1, 2], ["_a <i>", "$b$"], ["ff0000", "00ff00"])
    frame = statistics({"North": {"2023-06-20": (40, 60)}}, scheme=scheme)
    figure = charts.stacked_area(frame, scheme=scheme).figure
    assert {"1 _a <i>", "2 $b$"} <= set(texts(figure))
    assert not any(text.get_parse_math() for text in visible_texts(figure) if "$b$" in text.get_text())


# --- empty frames


@pytest.mark.parametrize("chart", [charts.stacked_area, charts.clear_calendar, charts.bars])
def test_an_empty_frame_gives_a_chart_that_says_so(chart: Callable[..., Axes]) -> None:
    assert texts(chart(north().iloc[:0]).figure) == ["No data: the frame has no row"]


def test_an_empty_frame_gives_one_small_multiple_that_says_so() -> None:
    (ax,) = charts.small_multiples(north().iloc[:0])
    assert texts(ax.figure) == ["No data: the frame has no row"]


@pytest.mark.parametrize("chart", [charts.transition_matrix, charts.transition_sankey])
def test_no_transition_gives_a_chart_that_says_so(chart: Callable[..., Axes]) -> None:
    assert texts(chart(transitions().iloc[:0]).figure) == ["No data: no transition has an area"]
    assert texts(chart(transitions().assign(area_m2=0.0)).figure) == ["No data: no transition has an area"]


# --- schemes


def test_colours_are_found_by_the_class_names_where_attrs_are_lost() -> None:
    frame = statistics({"North": {"2023-06-20": (0, 0, 0, 75, 15, 10, 0, 0, 0, 0, 0)}}, scheme="esa")
    assert not frame.attrs
    assert shapes(charts.stacked_area(frame), "#00a000")


def test_a_scheme_of_ones_own_must_be_given() -> None:
    scheme = Scheme.from_lists("cover", [10, 20], ["Trees", "Grass"], ["006400", "ffff4c"])
    frame = statistics({"North": {"2023-06-20": (40, 60)}}, scheme=scheme)
    say(frame, scheme="cover")
    with pytest.raises(SchemeError, match=r"'cover'.*Scheme that the statistics were made with"):
        charts.stacked_area(frame)
    # Of another raster every class is a view of the surface.
    assert shapes(charts.stacked_area(frame, scheme=scheme), "#006400")[0][3] == pytest.approx(40)


def test_a_scheme_that_lacks_a_class_of_the_frame_is_refused() -> None:
    with pytest.raises(SchemeError, match=r"it lacks \[5, 6, 7, 8, 9, 10, 11\]"):
        charts.bars(north(), scheme="land")


def test_a_group_selects_the_classes_of_a_grouped_scheme() -> None:
    frame = statistics({"North": {"2023-06-20": (50, 0, 0, 20, 30)}}, scheme="cloud")
    ax = charts.clear_calendar(frame)
    assert painted(ax, pixels(ax.figure), 20, 0) == "#6baed6"
    with pytest.raises(ClassError, match="vegetables"):
        charts.stacked_area(frame, classes="vegetables")


# --- matplotlib is left as it was


def test_what_is_given_is_drawn_into_and_comes_back() -> None:
    figure, (first, second) = plt.subplots(1, 2, layout="constrained", figsize=(10, 4))
    assert charts.stacked_area(north(), ax=first) is first
    assert charts.bars(north(), rows="date", ax=second) is second
    assert first.get_title(loc="left") == "North"
    assert plt.get_fignums() == [figure.number]
    assert faults_of_reading(figure) == []
    for chart in (charts.transition_matrix, charts.transition_sankey):
        figure, ax = plt.subplots(layout="constrained", figsize=(7, 5))
        assert chart(transitions(), ax=ax) is ax
        assert faults_of_reading(figure) == []


def test_a_chart_is_drawn_into_a_part_of_a_figure() -> None:
    figure = plt.figure(figsize=(10, 4), layout="constrained")
    left, right = (part.subplots() for part in figure.subfigures(1, 2))
    assert charts.stacked_area(north(), ax=left) is left
    assert charts.bars(north(), rows="date", ax=right) is right
    figure.canvas.draw()
    assert left.get_window_extent().x1 < right.get_window_extent().x0


def test_settings_of_matplotlib_are_as_before() -> None:
    before = dict(mpl.rcParams)
    for draw in DRAWINGS.values():
        draw("scl")
    assert dict(mpl.rcParams) == before


def test_a_dark_style_of_the_caller_does_not_make_texts_white_on_white() -> None:
    with plt.style.context("dark_background"):
        figure = charts.bars(statistics(FIELDS)).figure
        image = pixels(figure)
        shown = {to_hex(text.get_color()) for text in visible_texts(figure)}
    assert shown == {"#262626", "#8c8c8c"} or shown == {"#262626"}
    assert to_hex(image[2, 2, :3] / 255) == "#ffffff"


def test_importing_charts_loads_neither_matplotlib_nor_plotly() -> None:
    code = "import sys, gee_scl; gee_scl.charts; print(sorted({'matplotlib', 'plotly', 'PIL'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_missing_package_is_named_with_the_command_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "plotly.graph_objects", None)
    with pytest.raises(MissingExtraError, match=r"'plotly'.*gee-scl\[charts\]"):
        charts.transition_sankey(transitions(), interactive=True)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"'matplotlib'.*gee-scl\[charts\]"):
        charts.stacked_area(north())


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda frame: charts.stacked_area(frame, value="hectares"), "value"),
        (lambda frame: charts.stacked_area(frame, region="Nowhere"), "region"),
        (lambda frame: charts.stacked_area(frame, min_clear=101), "min_clear"),
        (lambda frame: charts.stacked_area(frame, max_gap=-1), "max_gap"),
        (lambda frame: charts.stacked_area(frame, width=89), "width"),
        (lambda frame: charts.stacked_area(frame, ax=plt), "ax"),
        (lambda frame: charts.stacked_area(frame.drop(columns="percent")), "frame"),
        (lambda frame: charts.stacked_area([1, 2]), "frame"),
        (lambda frame: charts.small_multiples(frame, regions=["Nowhere"]), "regions"),
        (lambda frame: charts.small_multiples(frame, columns=0), "columns"),
        (lambda frame: charts.small_multiples(frame, most=2.5), "most"),
        (lambda frame: charts.small_multiples(frame, page=0), "page"),
        (lambda frame: charts.bars(frame, rows="tile"), "rows"),
        (lambda frame: charts.bars(frame, region="North"), "region"),
        (lambda frame: charts.transition_matrix(transitions(), amount="acres"), "amount"),
        (lambda frame: charts.transition_sankey(transitions(), titles="x"), "titles"),
        (lambda frame: charts.transition_sankey(transitions(), region="North"), "region"),
    ],
)
def test_what_cannot_be_used_is_named(call: Callable[[pd.DataFrame], object], argument: str) -> None:
    with pytest.raises(ArgumentError) as error:
        call(north())
    assert error.value.argument == argument


# --- with the engine


def test_the_samples_statistics_are_drawn_and_said_to_be_synthetic(sample_session: str, sample: Path) -> None:
    images = gee_scl.collection(start="2023-06-01", end="2023-08-01")
    regions = str(sample / "regions.geojson")
    frame = gee_scl.class_statistics(images, regions, id="name", by="date")
    figures = [
        charts.stacked_area(frame, region="Lake").figure,
        charts.clear_calendar(frame, region="Lake").figure,
        charts.small_multiples(frame)[0].figure,
        charts.bars(frame).figure,
    ]
    for figure in figures:
        assert any("synthetic pixels" in text for text in texts(figure))
        assert faults_of_reading(figure) == []
    # The water of the lake on the clearest day, as the frame's rows say.
    lake = frame[(frame["region"] == "Lake") & (frame["class_value"] == 6)].set_index("date")["percent"]
    ax = charts.bars(frame, rows="date", region="Lake")
    widths = {round(right - left, 6) for left, _, right, _ in shapes(ax, WATER)}
    assert {round(share, 6) for share in lake if share > 0} == widths


def test_the_samples_tiles_of_one_day_are_refused(sample_session: str, sample: Path) -> None:
    images = gee_scl.collection(start="2023-06-01", end="2023-07-01")
    frame = gee_scl.class_statistics(images, str(sample / "regions.geojson"), id="name")
    with pytest.raises(ArgumentError, match="by='date'"):
        charts.stacked_area(frame, region="Lake")
