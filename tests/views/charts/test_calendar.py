"""The calendar: how much was seen on each day."""

from __future__ import annotations

from gee_scl import charts
from tests.figures import YEAR, north, statistics
from tests.figures.reading import (
    painted,
    pixels,
    texts,
)


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
