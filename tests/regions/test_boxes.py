"""Spans of longitudes that lie together across the antimeridian."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gee_scl.regions.boxes import nearest_turns, turns_together, within_the_world


def moved(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    return [
        (west + 360 * turns, east + 360 * turns)
        for (west, east), turns in zip(spans, turns_together(spans), strict=True)
    ]


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([(10, 11), (12, 13)], [(10, 11), (12, 13)]),
        ([(179, 180), (-180, -179)], [(179, 180), (180, 181)]),
        ([(-180, -179), (179, 180)], [(180, 181), (179, 180)]),
        ([(179, 181), (-179.5, -178)], [(179, 181), (180.5, 182)]),
        # One that begins first may end last.
        ([(170, 182), (171, 172), (-170, -169)], [(170, 182), (171, 172), (190, 191)]),
        # As far as half the Earth apart is near; farther on both ways, all stay where maps have them.
        ([(-90, -89), (80, 90)], [(-90, -89), (80, 90)]),
        ([(-120, -119), (0, 1), (120, 121)], [(-120, -119), (0, 1), (120, 121)]),
        ([(-180, 180)], [(-180, 180)]),
        # Longitudes that were given as 0 to 360, or as less than -180.
        ([(181, 182), (-179, -178)], [(-179, -178), (-179, -178)]),
        ([(-181, -179)], [(179, 181)]),
        ([(0, 360)], [(0, 360)]),
    ],
)
def test_spans_lie_together(spans: list[tuple[float, float]], expected: list[tuple[float, float]]) -> None:
    assert moved(spans) == expected


@given(st.lists(st.tuples(st.integers(0, 359), st.integers(1, 60)), min_size=1, max_size=6), st.integers(-1, 1))
def test_spans_within_half_the_earth_are_brought_within_it(pairs: list[tuple[int, int]], turn: int) -> None:
    spans = [(west - 180 + 360 * turn, west - 180 + 360 * turn + width) for west, width in pairs]
    found = moved([(float(west), float(east)) for west, east in spans])
    assert all((a - b) % 360 == 0 for (a, _), (b, _) in zip(found, spans, strict=True))
    # By trying every span as the first.
    narrowest = min(max((west - start) % 360 + width for west, width in pairs) for start, _ in pairs)
    if narrowest <= 180:
        assert max(east for _, east in found) - min(west for west, _ in found) <= 180
    assert -180 <= min(west for west, _ in found) < 180


def test_a_longitude_is_written_within_the_world_and_found_near_another() -> None:
    assert [within_the_world(x) for x in (-180, 179.5, 180, 180.5, 540, -181)] == [-180, 179.5, 180, -179.5, -180, 179]
    assert [nearest_turns(x, 180.002) for x in (-179.998, 179.9, 180.5, 0)] == [1, 0, 0, 1]
