"""Stacked areas: in which colours, where there is a gap, and how regions are summed."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from gee_scl import SCHEMES, charts
from gee_scl.errors import ArgumentError
from tests.figures import YEAR, north, statistics
from tests.figures.reading import (
    BARE,
    VEGETATION,
    WATER,
    painted,
    pixels,
    shapes,
    texts,
)


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
