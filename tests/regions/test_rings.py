"""Rings: closed, without heights, few enough, and where their CRS puts them."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely

from gee_scl.errors import RegionError
from gee_scl.regions.as_regions import as_regions
from tests.support.given_regions import MOLLWEIDE, frame, only, polygon


def test_open_rings_are_closed_and_heights_dropped():
    region = only(polygon([(10, 50, 300), (11, 50, 310), (10, 51, 320)]))
    assert region.geometry["coordinates"] == (((10, 50), (11, 50), (10, 51), (10, 50)),)
    outline = shapely.Polygon([(10, 50, 3), (11, 50, 3), (10, 51, 3)])
    assert only(frame(outline)).geometry == region.geometry
    assert only(outline).geometry == region.geometry


def test_more_vertices_than_earth_engine_takes_are_refused():
    corners = [(10.0, 50.0), (11.0, 50.0), (11.0, 51.0)] * 700_000
    with pytest.raises(RegionError, match=r"region 0: 2,100,000 vertices.*2,000,000"):
        as_regions({"type": "Polygon", "coordinates": [corners]})


def test_a_crs_without_a_code_is_densified_and_taken_to_degrees():
    outline = shapely.box(500_000, 5_500_000, 520_000, 5_510_000)
    region = only(frame(outline, crs=MOLLWEIDE))
    assert (region.crs, region.geodesic) == ("EPSG:4326", True)
    ring = np.array(region.geometry["coordinates"][0])
    assert len(ring) == 60_000 / 500 + 1
    back = pyproj.Transformer.from_crs(4326, MOLLWEIDE, always_xy=True).transform(*ring.T)
    assert shapely.Polygon(np.column_stack(back)).symmetric_difference(outline).area < 1e-3


def test_a_geographic_crs_without_a_code_is_densified_in_metres():
    region = only(frame(shapely.box(10, 50, 10.01, 50.01), crs="+proj=longlat +ellps=GRS80 +pm=paris"))
    ring = np.array(region.geometry["coordinates"][0])
    lengths = pyproj.Geod(ellps="sphere").inv(*ring[:-1].T, *ring[1:].T)[2]
    assert 200 < max(lengths) < 501
    assert ring[:, 0].min() == pytest.approx(10 + 2.33722917, abs=1e-6)


def test_coordinates_outside_the_crs_are_refused():
    with pytest.raises(RegionError, match="region 'far': coordinates outside"):
        as_regions(frame(shapely.box(1e9, 1e9, 2e9, 2e9), crs=32632, n=["far"]), id="n")
    with pytest.raises(RegionError, match="region 'far'"):
        as_regions(frame(shapely.box(3e7, 0, 3e7 + 1e3, 1e3), crs=MOLLWEIDE, n=["far"]), id="n")
    with pytest.raises(RegionError, match=r"region 'far': .* vertices"):
        as_regions(frame(shapely.box(0, 0, 1e12, 1e12), crs=MOLLWEIDE, n=["far"]), id="n")
