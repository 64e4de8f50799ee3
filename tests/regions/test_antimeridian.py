"""Rings across the antimeridian become continuous, with their holes and parts."""

from __future__ import annotations

import pytest
import shapely
from shapely.geometry import shape

from gee_scl.errors import RegionError
from gee_scl.regions.as_regions import as_regions
from tests.support.given_regions import longitudes, only, polygon


@pytest.mark.parametrize("start", range(4))
def test_a_ring_across_the_antimeridian_becomes_continuous(start):
    ring = [(179, -17), (-179, -17), (-179, -16), (179, -16)]
    region = only(polygon(ring[start:] + ring[:start]))
    assert set(longitudes(region)) == {179, 181}
    assert shape(region.geometry).equals(shapely.box(179, -17, 181, -16))
    assert region.centroid == (-180, -16.5)


def test_longitudes_from_0_to_360_across_greenwich_become_continuous():
    assert shape(only(polygon([(359, 10), (1, 10), (1, 11), (359, 11)])).geometry).equals(shapely.box(-1, 10, 1, 11))


def test_holes_and_parts_follow_the_ring_that_crosses():
    shell = [(178, 0), (-178, 0), (-178, 4), (178, 4)]
    west, east = [(-179.5, 1), (-179, 1), (-179, 2)], [(179, 1), (179.5, 1), (179.5, 2)]
    across = [(179.5, 3), (-179.5, 3), (-179.5, 3.5)]
    part = [[(-177, 0), (-176, 0), (-176, 1)]]
    region = only({"type": "MultiPolygon", "coordinates": [part, [shell, west, east, across]]})
    expected = shapely.box(178, 0, 182, 4).difference(
        shapely.multipolygons(
            [
                shapely.Polygon([(180.5, 1), (181, 1), (181, 2)]),
                shapely.Polygon(east),
                shapely.Polygon([(179.5, 3), (180.5, 3), (180.5, 3.5)]),
            ]
        )
    ).union(shapely.Polygon([(183, 0), (184, 0), (184, 1)]))  # fmt: skip
    assert shape(region.geometry).equals(expected)


def test_validity_is_checked_on_the_continuous_ring():
    with pytest.raises(RegionError, match=r"Self-intersection\[180 0\.5\]"):
        as_regions(polygon([(179, 0), (-179, 1), (-179, 0), (179, 1)]))


def test_a_multipolygon_cut_at_180_stays_as_it_is():
    east, west = shapely.box(177, -18, 180, -16), shapely.box(-180, -18, -179, -16)
    region = only(shapely.MultiPolygon([west, east]))
    assert [shape(region.geometry).geoms[part].bounds[0] for part in (0, 1)] == [-180, 177]
    assert region.centroid == (178.5, -17)


def test_a_planar_ring_is_not_unwrapped():
    region = only({**polygon([(-170, 0), (170, 0), (170, 1), (-170, 1)]), "geodesic": False})
    assert set(longitudes(region)) == {-170, 170}
