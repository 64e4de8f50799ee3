"""Windows of maps: around regions, in whole pixels, in Web Mercator."""

from __future__ import annotations

import math

import pytest
from pyproj import Transformer

import gee_scl
from gee_scl.views.drawing.extent import extent_around


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


@pytest.mark.parametrize("box", [(179, 10, 181, 11), (-170, 10, 170, 11), (10, 80, 11, 86)])
def test_what_web_mercator_cannot_show_in_one_piece_is_refused(box: tuple[float, ...]) -> None:
    with pytest.raises(gee_scl.RegionError):
        extent_around([box], 768)
