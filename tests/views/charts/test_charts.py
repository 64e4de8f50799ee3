"""Charts: what they draw, in which colours, and what they refuse."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

import gee_scl
from gee_scl import SCHEMES, Scheme, charts
from gee_scl.errors import ArgumentError, ClassError, MissingExtraError, SchemeError
from gee_scl.views.charts.style import class_styles
from tests.figures import (
    DRAWINGS,
    FIELDS,
    YEAR,
    all_transitions,
    same_everywhere,
    statistics,
    transitions,
)
from tests.figures.reading import faults_of_reading, painted, pixels, shapes, texts, visible_texts

VEGETATION, BARE, WATER = "#10d22c", "#ffff52", "#0000ff"


@pytest.fixture(autouse=True)
def matplotlib_settings() -> Iterator[None]:
    with same_everywhere():
        yield


def north() -> pd.DataFrame:
    return statistics({"North": YEAR})


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


# --- colours and hatches


@pytest.mark.parametrize("palette", [None, "esa", "earth_engine", "colorblind"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_classes_of_near_colours_differ_by_their_hatch(scheme: str, palette: str | None) -> None:
    found = SCHEMES[scheme] if palette is None else SCHEMES[scheme].recolored(palette)
    styles = list(class_styles(found).values())
    for one, other in combinations(styles, 2):
        near = np.abs(np.subtract(*(list(bytes.fromhex(style.color[1:])) for style in (one, other)))).max() < 48
        assert not near or one.hatch != other.hatch, f"{one.name}, {other.name}"


def test_grey_and_white_classes_are_hatched_each_in_its_own_way() -> None:
    styles = class_styles(SCHEMES["scl"])
    assert len({styles[value].hatch for value in (2, 7, 8, 9, 10)} - {""}) == 5
    assert class_styles(SCHEMES["esa"])[9].hatch
    assert not styles[4].hatch


@pytest.mark.parametrize("scheme", ["scl", "esa"])
def test_areas_are_painted_in_the_official_colours(scheme: str) -> None:
    ax = charts.stacked_area(north(), scheme=scheme)
    image = pixels(ax.figure)
    palette = dict(zip(SCHEMES[scheme].values, SCHEMES[scheme].palette, strict=True))
    # 2023-06-20: vegetation 0 to 75, bare 75 to 90, water 90 to 100; a little beside the mark of the class.
    assert painted(ax, image, "2023-06-21", 30) == f"#{palette[4]}"
    assert painted(ax, image, "2023-06-20", 80) == f"#{palette[5]}"
    assert painted(ax, image, "2023-06-20", 95) == f"#{palette[6]}"


def test_the_legend_has_each_class_that_occurs_in_the_schemes_order() -> None:
    figure = charts.stacked_area(north()).figure
    entries = [text for text in texts(figure) if text.split(" ")[0].isdigit() and " " in text]
    # Snow is in the first two days; saturated only in April; all eleven occur on days that are drawn.
    assert [int(entry.split(" ")[0]) for entry in entries] == list(range(1, 12))
    land = charts.stacked_area(statistics({"North": {"2023-06-20": YEAR["2023-06-20"]}})).figure
    assert [text for text in texts(land) if text in SCHEMES["scl"].names or text[2:] in SCHEMES["scl"].names] == [
        "4 Vegetation",
        "5 Bare Soils",
        "6 Water",
    ]


# --- stacked areas


def test_shares_are_stacked_from_the_first_class_up_to_a_hundred() -> None:
    ax = charts.stacked_area(north())
    # The first run of days: 2023-03-01 and 2023-03-11. Its vegetation lies between 5 and 35.
    left, low, _, high = min(shapes(ax, VEGETATION))
    assert (low, high) == pytest.approx((5, 35))
    # It begins half the usual ten days before the first day.
    assert left == mpl.dates.date2num(np.datetime64("2023-03-01")) - 5
    assert ax.get_ylim() == (0, 100)


def test_nothing_is_drawn_where_there_was_no_clear_view() -> None:
    ax = charts.stacked_area(north())
    image = pixels(ax.figure)
    greys = []
    # Overcast; no image for two months; an image without data.
    for day in ("2023-03-21", "2023-05-20", "2023-07-10"):
        for height in range(3, 100, 7):
            color = painted(ax, image, day, height)
            greys.append(max(bytes.fromhex(color[1:])) - min(bytes.fromhex(color[1:])))
            assert min(bytes.fromhex(color[1:])) > 180
    assert max(greys) < 8


def test_an_overcast_day_is_drawn_where_any_view_is_enough() -> None:
    ax = charts.stacked_area(north(), min_clear=0)
    # Water: bare soil ends where it begins, 0 to 5 percent on the overcast day.
    image = pixels(ax.figure)
    assert painted(ax, image, "2023-03-21", 3.5) == WATER
    # A day without any data stays a gap nevertheless.
    assert painted(ax, image, "2023-07-10", 2) not in SCHEMES["scl"].palette


def test_a_pause_of_more_days_than_allowed_is_a_gap() -> None:
    joined = charts.stacked_area(north(), max_gap=61)
    assert painted(joined, pixels(joined.figure), "2023-05-20", 40) == VEGETATION
    parted = charts.stacked_area(north(), max_gap=60)
    assert painted(parted, pixels(parted.figure), "2023-05-20", 40) != VEGETATION


def test_one_date_is_a_bar_with_its_date() -> None:
    ax = charts.stacked_area(statistics({"North": {"2023-06-20": YEAR["2023-06-20"]}}))
    day = mpl.dates.date2num(np.datetime64("2023-06-20"))
    assert shapes(ax, VEGETATION) == [pytest.approx((day - 2.5, 0, day + 2.5, 75))]
    assert "2023-06-20" in texts(ax.figure)


def test_one_class_fills_the_chart() -> None:
    frame = statistics(
        {"Sea": {"2023-06-20": (0, 0, 0, 0, 0, 90, 0, 0, 0, 0, 0), "2023-06-30": (0,) * 5 + (80,) + (0,) * 5}}
    )
    ax = charts.stacked_area(frame)
    assert [shape[1::2] for shape in shapes(ax, WATER)] == [pytest.approx((0, 100))]
    assert "6 Water" in texts(ax.figure)


def test_selected_classes_keep_their_share_of_the_whole() -> None:
    ax = charts.stacked_area(north(), classes=["bare", 6])
    # On 2023-06-20 bare soil is 15 percent, now from 0 on.
    image = pixels(ax.figure)
    assert painted(ax, image, "2023-06-20", 13) == BARE
    assert painted(ax, image, "2023-06-20", 17) == WATER
    assert painted(ax, image, "2023-06-20", 50) == "#ffffff"


def test_areas_are_in_hectares_or_square_kilometres() -> None:
    small = charts.stacked_area(north(), value="area_m2")
    assert small.get_ylabel() == "Area (ha)"
    # 1,000,000 m2 are 100 ha; on 2023-06-20 all of it is seen.
    assert max(shape[3] for shape in shapes(small, VEGETATION)) == pytest.approx(75)
    large = charts.stacked_area(statistics({"North": YEAR}, area=2e9), value="area_m2")
    assert large.get_ylabel() == "Area (km²)"
    assert max(shape[3] for shape in shapes(large, VEGETATION)) == pytest.approx(1500)


def test_regions_together_are_weighted_by_their_area() -> None:
    day = "2023-06-20"
    frame = statistics(
        {"A": {day: (0, 0, 0, 80, 0, 20, 0, 0, 0, 0, 0)}, "B": {day: (0, 0, 0, 0, 0, 50, 0, 0, 0, 0, 0)}},
        areas={"A": 3e6, "B": 1e6},
    )
    # Vegetation: 2.4 of the 3.5 km2 that are classified, and of the 4 km2 there are.
    ax = charts.stacked_area(frame)
    assert shapes(ax, VEGETATION)[0][3] == pytest.approx(100 * 2.4 / 3.5)
    assert "2 regions together" in texts(ax.figure)
    of_all = charts.stacked_area(frame, value="percent_of_region")
    assert shapes(of_all, VEGETATION)[0][3] == pytest.approx(100 * 2.4 / 4)


def test_regions_seen_on_other_days_are_not_summed() -> None:
    frame = statistics({"A": {"2023-06-20": YEAR["2023-06-20"]}, "B": {"2023-06-25": YEAR["2023-06-20"]}})
    with pytest.raises(ArgumentError, match=r"'A', 'B'.*same days.*small_multiples"):
        charts.stacked_area(frame)


def test_a_region_that_was_never_classified_is_not_summed() -> None:
    frame = statistics({"A": {"2023-06-20": YEAR["2023-06-20"]}, "Cloudy": {"2023-06-20": (0,) * 11}})
    with pytest.raises(ArgumentError, match="unknown area: 'Cloudy'"):
        charts.stacked_area(frame)


def test_regions_whose_classes_were_dropped_are_not_summed() -> None:
    frame = statistics({"A": YEAR, "B": YEAR})
    with pytest.raises(ArgumentError, match="classes="):
        charts.stacked_area(frame[frame["class_value"] != 4])


def test_images_of_one_day_are_refused_as_they_overlap() -> None:
    frame = pd.concat([north().assign(image=name, tile=name[-5:]) for name in ("20230620_T32TPS", "20230620_T32TQS")])
    for chart in (charts.stacked_area, charts.clear_calendar, charts.small_multiples, charts.bars):
        with pytest.raises(ArgumentError, match=r"'North' on 2023-03-01.*by='date'"):
            chart(frame)


def test_one_image_a_day_is_drawn_as_the_day() -> None:
    by_image = north().assign(image="x", tile="32TPS")
    by_image["date"] += pd.Timedelta(hours=10, minutes=7)
    assert shapes(charts.stacked_area(by_image), VEGETATION) == shapes(charts.stacked_area(north()), VEGETATION)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
def test_dates_are_utc_whatever_the_callers_time_zone(zone: str) -> None:
    frame = statistics({"North": dict.fromkeys(("2023-06-01", "2023-06-02", "2023-06-03"), YEAR["2023-06-20"])})
    with mpl.rc_context({"timezone": zone}):
        ax = charts.stacked_area(frame)
        ax.figure.canvas.draw()
        noon = mpl.dates.date2num(np.datetime64("2023-06-02"))
        ticks = dict(zip(ax.get_xticks(), [label.get_text() for label in ax.get_xticklabels()], strict=True))
    assert ticks[noon] in ("02", "Jun-02")


# --- calendar


def test_the_calendar_shows_how_much_was_seen_on_each_day() -> None:
    ax = charts.clear_calendar(north())
    image = pixels(ax.figure)
    # Rows are months from March; clear is vegetation, bare soil, water and snow.
    assert painted(ax, image, 1, 0) == "#2171b5"  # 95 percent
    assert painted(ax, image, 11, 0) == "#6baed6"  # 85
    assert painted(ax, image, 21, 0) == "#eff3ff"  # 5
    assert painted(ax, image, 20, 3) == "#2171b5"  # 100
    assert painted(ax, image, 10, 4) == "#eff3ff"  # nothing classified
    assert painted(ax, image, 12, 0) == "#ffffff"
    assert "North: 2 of 11 image days clear" in texts(ax.figure)


def test_the_calendar_has_no_square_for_days_that_do_not_exist() -> None:
    ax = charts.clear_calendar(
        statistics({"North": {"2024-02-10": YEAR["2023-06-20"], "2024-04-10": YEAR["2023-06-20"]}})
    )
    squares = {
        (round(float(path.vertices[:, 0].mean())), round(float(path.vertices[:-1, 1].mean())))
        for path in ax.collections[0].get_paths()
    }
    assert len(ax.collections[0].get_paths()) == 29 + 31 + 30
    assert (29, 0) in squares
    assert (30, 0) not in squares


def test_what_counts_as_clear_can_be_chosen() -> None:
    ax = charts.clear_calendar(north(), clear=["vegetation"])
    assert painted(ax, pixels(ax.figure), 20, 3) == "#6baed6"  # 75 percent
    assert any("Seen: Vegetation" in text for text in texts(ax.figure))


# --- many regions


@pytest.fixture(scope="module")
def many() -> pd.DataFrame:
    days = {day: YEAR[day] for day in ("2023-06-20", "2023-06-30")}
    return statistics({f"Field {n:03d}": days for n in range(500)})


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


# --- bars


def test_bars_of_regions_weigh_days_by_what_was_classified() -> None:
    frame = statistics(
        {"A": {"2023-06-20": (0, 0, 0, 80, 0, 20, 0, 0, 0, 0, 0), "2023-06-30": (0, 0, 0, 0, 0, 25, 0, 0, 0, 0, 0)}}
    )
    # 80 of 125 percent of the region; as plain mean of the region's area 40.
    assert shapes(charts.bars(frame), VEGETATION)[0][2] == pytest.approx(64)
    assert shapes(charts.bars(frame, value="percent_of_region"), VEGETATION)[0][2] == pytest.approx(40)
    assert shapes(charts.bars(frame, value="area_m2"), VEGETATION)[0][2] == pytest.approx(40)


def test_bars_of_days_say_where_nothing_was_classified() -> None:
    ax = charts.bars(north(), by="date")
    assert [label.get_text() for label in ax.get_yticklabels()] == list(YEAR)
    (note,) = [text for text in visible_texts(ax.figure) if text.get_text() == "nothing classified"]
    assert note.get_position()[1] == list(YEAR).index("2023-07-10")


def test_bars_take_an_image_without_a_date() -> None:
    frame = statistics({"A": {"2023-06-20": YEAR["2023-06-20"]}})
    frame["date"] = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[ns, UTC]")
    assert shapes(charts.bars(frame), VEGETATION)[0][2] == pytest.approx(75)
    with pytest.raises(ArgumentError, match="without a date"):
        charts.stacked_area(frame)


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
    frame.attrs["gee_scl"] = {"scheme": "cover"}
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


# --- transitions


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


def test_flows_are_as_wide_as_their_area() -> None:
    ax = charts.transition_sankey(transitions())
    heights = {color: sorted(top - low for _, low, _, top in shapes(ax, color)) for color in (VEGETATION, BARE, WATER)}
    # Hectares before and after: vegetation 475 and 369.7, bare 265 and 390.3, water 120.3 and 120.
    scale = heights[VEGETATION][1] / 475
    assert heights[VEGETATION] == pytest.approx([369.7 * scale, 475 * scale])
    assert heights[BARE] == pytest.approx([265 * scale, 390.3 * scale])
    assert heights[WATER] == pytest.approx([120 * scale, 120.3 * scale])
    assert {"4 Vegetation 47.5 %", "4 Vegetation 37.0 %", "? Unknown 5.0 %", "? Unknown 4.0 %"} <= set(texts(ax.figure))


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


def test_the_plotly_flow_has_the_same_areas_and_escapes_names() -> None:
    scheme = Scheme.from_lists("odd", [1, 2], ["<b>a</b> $x$", "b & 'c'"], ["ff0000", "00ff00"])
    frame = pd.DataFrame(
        {
            "from_value": [1, 1],
            "from_name": ["<b>a</b> $x$"] * 2,
            "to_value": [1, 2],
            "to_name": ["<b>a</b> $x$", "b & 'c'"],
            "area_m2": [3e4, 1e4],
        }
    )
    figure = charts.transition_sankey_plotly(frame, scheme=scheme)
    sankey = figure.data[0]
    assert list(sankey.node.label) == ["1 &lt;b&gt;a&lt;/b&gt; &#36;x&#36;", "2 b &amp; &#x27;c&#x27;"] * 2
    assert list(sankey.node.color) == ["#ff0000", "#00ff00"] * 2
    assert list(zip(sankey.link.source, sankey.link.target, sankey.link.value, strict=True)) == [(0, 2, 3), (0, 3, 1)]
    assert list(sankey.link.color) == ["rgba(255,0,0,0.55)"] * 2


def test_the_region_is_named_where_there_is_only_one() -> None:
    two = pd.concat([transitions().assign(region=name) for name in ("North $x$", "<b>South</b>")])
    assert charts.transition_matrix(two).figure.get_suptitle() == "Percent of the area, 2,000 ha in all"
    chosen = charts.transition_matrix(two, region="North $x$").figure.get_suptitle()
    assert chosen == "North $x$: percent of the area, 1,000 ha in all"
    hectares = charts.transition_matrix(two[two["region"] == "<b>South</b>"], amount="hectares")
    assert hectares.figure.get_suptitle() == "<b>South</b>: hectares, 1,000 ha in all"
    flows = charts.transition_sankey_plotly(two, region="<b>South</b>")
    assert flows.layout.title.text == "&lt;b&gt;South&lt;/b&gt;: 1,000 ha in all"


# --- matplotlib is left as it was


def test_what_is_given_is_drawn_into_and_comes_back() -> None:
    figure, (first, second) = plt.subplots(1, 2, layout="constrained", figsize=(10, 4))
    assert charts.stacked_area(north(), ax=first) is first
    assert charts.bars(north(), by="date", ax=second) is second
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
    assert charts.bars(north(), by="date", ax=right) is right
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
        charts.transition_sankey_plotly(transitions())
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
        (lambda frame: charts.bars(frame, by="tile"), "by"),
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
    ax = charts.bars(frame, by="date", region="Lake")
    widths = {round(right - left, 6) for left, _, right, _ in shapes(ax, WATER)}
    assert {round(share, 6) for share in lake if share > 0} == widths


def test_the_samples_tiles_of_one_day_are_refused(sample_session: str, sample: Path) -> None:
    images = gee_scl.collection(start="2023-06-01", end="2023-07-01")
    frame = gee_scl.class_statistics(images, str(sample / "regions.geojson"), id="name")
    with pytest.raises(ArgumentError, match="by='date'"):
        charts.stacked_area(frame, region="Lake")
