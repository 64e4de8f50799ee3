"""Boxes that hold footprints: edges that bend polewards too, and everywhere where they are not known."""

from __future__ import annotations

import math

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gee_scl.scenes.footprints import box_around, box_of, widened

GEOD = pyproj.Geod(ellps="WGS84")


@given(
    west=st.floats(-170, 100),
    width=st.floats(0.001, 60),
    latitudes=st.tuples(st.floats(-80, 80), st.floats(-80, 80)),
)
def test_an_edge_that_is_a_great_circle_is_in_the_box_of_its_ends(
    west: float, width: float, latitudes: tuple[float, float]
) -> None:
    east = west + width
    box = box_of([west, min(latitudes), east, max(latitudes)])
    assert box is not None
    along = np.array([*GEOD.npts(west, latitudes[0], east, latitudes[1], 50), (west, latitudes[0])])
    assert (along >= box[:2]).all()
    assert (along <= box[2:]).all()


def test_the_box_of_a_tile_is_hardly_larger_than_the_tile() -> None:
    box = box_of([10.0, 46.0, 11.4, 47.0])
    assert box is not None
    assert np.allclose(box, (10.0, 46.0, 11.4, 47.0), atol=0.005)


@pytest.mark.parametrize(
    "corners",
    [
        None,
        [],
        ["-Infinity", "-Infinity", "Infinity", "Infinity"],
        [-math.inf, -math.inf, math.inf, math.inf],
        [-180.0, -10.0, 180.0, 10.0],
        [178.0, 10.0, 179.5, 11.0],
        [179.5, 10.0, 181.0, 11.0],
        [-60.0, 0.0, 60.0, 10.0],
    ],
)
def test_what_is_not_known_or_on_both_sides_of_the_antimeridian_is_everywhere(corners: list[object] | None) -> None:
    assert box_of(corners) is None


def test_a_box_round_several_is_known_where_each_is() -> None:
    assert box_around([(1, 2, 3, 4), (0, 3, 2, 5)]) == (0, 2, 3, 5)
    assert box_around([(1, 2, 3, 4), None]) is None
    assert box_around([]) is None


@given(st.floats(-160, 150), st.floats(-85, 84), st.floats(0, 360), st.floats(1, 160_000))
def test_what_is_within_a_distance_of_a_box_is_in_the_wider_box(
    longitude: float, latitude: float, azimuth: float, metres: float
) -> None:
    wider = widened((longitude, latitude, longitude + 1, latitude + 1), metres)
    if wider is None:
        return
    for x, y in ((longitude, latitude), (longitude + 1, latitude + 1)):
        east, north, _ = GEOD.fwd(x, y, azimuth, metres * 0.99)
        assert wider[0] <= east <= wider[2]
        assert wider[1] <= north <= wider[3]
