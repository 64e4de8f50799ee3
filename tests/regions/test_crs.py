"""Coordinate reference systems: by which names they are known, and which of them a region keeps."""

from __future__ import annotations

import pyproj
import pytest
import shapely
from shapely.geometry import shape

from gee_scl.errors import RegionError
from gee_scl.regions.as_regions import as_regions
from tests.support.given_regions import SQUARE, UTM_SQUARE, feature, features, frame, only


@pytest.mark.parametrize(
    "name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "OGC:CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4326", "EPSG:4979"]
)
def test_geographic_names_of_wgs84_are_longitude_and_latitude(name):
    region = only(features(feature(SQUARE), crs={"type": "name", "properties": {"name": name}}))
    assert (region.crs, region.geodesic) == ("EPSG:4326", True)
    assert region.geometry == only(SQUARE).geometry


@pytest.mark.parametrize(
    "crs", [{"type": "link", "properties": {"href": "x"}}, "EPSG:4326", {"properties": {"name": "EPSG:1"}}]
)
def test_a_crs_that_cannot_be_resolved_is_refused(crs):
    with pytest.raises(RegionError, match=r"crs|CRS"):
        as_regions(features(feature(SQUARE), crs=crs))


def test_a_frame_in_a_projected_crs_stays_planar_in_it():
    region = only(frame(UTM_SQUARE, crs=32632))
    assert (region.crs, region.geodesic) == ("EPSG:32632", False)
    assert shape(region.geometry).equals(UTM_SQUARE)
    to_degrees = pyproj.Transformer.from_crs(32632, 4326, always_xy=True)
    assert region.centroid == pytest.approx(to_degrees.transform(505_000, 5_505_000), abs=1e-12)


def test_another_geographic_crs_stays_planar_in_it():
    region = only(frame(shape(SQUARE), crs="EPSG:4258"))
    assert (region.crs, region.geodesic) == ("EPSG:4258", False)
    assert region.centroid == pytest.approx((10.5, 50.5), abs=1e-6)


def test_the_height_of_a_compound_crs_is_dropped():
    assert only(frame(shapely.box(155_000, 463_000, 156_000, 464_000), crs="EPSG:7415")).crs == "EPSG:28992"
