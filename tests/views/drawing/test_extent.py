"""Windows of maps: around regions, in whole pixels, in Web Mercator."""

from __future__ import annotations

import math

import pytest
from pyproj import Transformer

import gee_scl
from gee_scl.views.drawing.extent import extent_around
from gee_scl.views.drawing.window import Window


def test_the_window_surrounds_the_regions_with_whole_square_pixels() -> None:
    box = (11.0, 46.0, 11.5, 46.2)
    extent = extent_around([box], 768)
    west, south, east, north = extent.bounds
    to_metres = Transformer.from_crs(4326, 3857, always_xy=True)
    left, bottom, right, top = (*to_metres.transform(11.0, 46.0), *to_metres.transform(11.5, 46.2))
    assert west < left < right < east
    assert south < bottom < top < north
    assert (extent.width, max(extent.width, extent.height)) == (768, 768)
    assert (west + east) / 2 == pytest.approx((left + right) / 2)
    assert (south + north) / 2 == pytest.approx((bottom + top) / 2)


def test_pixels_are_no_finer_than_ten_metres_on_the_ground() -> None:
    extent = extent_around([(11.0, 60.0, 11.01, 60.005)], 2048)
    assert extent.metres == pytest.approx(10, rel=1e-3)
    assert extent.pixel == pytest.approx(10 / math.cos(math.radians(60.0025)), rel=1e-3)


@pytest.mark.parametrize("box", [(-170, 10, 170, 11), (10, 80, 11, 86)])
def test_what_web_mercator_cannot_show_in_one_piece_is_refused(box: tuple[float, ...]) -> None:
    with pytest.raises(gee_scl.RegionError):
        extent_around([box], 768)


@pytest.mark.parametrize("box", [(179, 10, 181, 11), (179.98, -17.02, 180.01, -16.99), (-180, 10, -179.9, 10.1)])
def test_the_antimeridian_lies_between_two_columns_and_parts_are_asked_for_within_the_world(
    box: tuple[float, ...], sample_session: str
) -> None:
    half = 20037508.342789244
    window = Window.of(extent_around([box], 768))
    west, _, east, _ = window.bounds
    assert any(west < end < east for end in (-half, half))
    left, right = (window.part(side) for side in window.sides)
    assert left.width + right.width == window.width
    assert left.bounds[2] == pytest.approx(right.bounds[0])
    assert abs(left.bounds[2]) == pytest.approx(half, abs=1e-3)
    for part in (left, right):
        corners = part.parameters()["region"].bounds(1, part.crs).coordinates().getInfo()[0]
        assert all(abs(x) < half + 1e-3 for x, _ in corners)
        wide = max(x for x, _ in corners) - min(x for x, _ in corners)
        assert wide == pytest.approx(part.width * (east - west) / window.width)


def test_a_window_that_does_not_reach_the_antimeridian_is_one_piece() -> None:
    window = Window.of(extent_around([(11.0, 46.0, 11.5, 46.2)], 768))
    assert window.sides == [window.block]
