"""Bounding boxes, GeoJSON, shapes and frames: every way to give a region gives the same."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from shapely.geometry import shape

from gee_scl.errors import RegionError
from gee_scl.regions.as_regions import as_regions
from tests.support.given_regions import SQUARE, TRIANGLE, UTM_SQUARE, feature, features, frame, ids, only


@pytest.mark.parametrize(
    "regions",
    [
        pytest.param(SQUARE, id="geometry"),
        pytest.param(feature(SQUARE), id="feature"),
        pytest.param(features(feature(SQUARE)), id="collection"),
        pytest.param([SQUARE], id="list"),
        pytest.param((feature(SQUARE),), id="tuple"),
        pytest.param({"type": "GeometryCollection", "geometries": [SQUARE]}, id="geometry-collection-of-polygons"),
        pytest.param(shape(SQUARE), id="shapely"),
        pytest.param([shape(SQUARE)], id="list-of-shapely"),
        pytest.param(np.array([shape(SQUARE)]), id="array-of-shapely"),
        pytest.param(frame(shape(SQUARE)), id="frame"),
        pytest.param(frame(shape(SQUARE), crs="OGC:CRS84"), id="frame-in-crs84"),
        pytest.param(frame(shape(SQUARE)).geometry, id="series"),
        pytest.param(frame(shapely.geometrycollections([shape(SQUARE)])), id="frame-of-collections"),
    ],
)
def test_every_way_to_give_a_polygon_gives_the_same_region(regions):
    region = only(regions)
    assert region.geometry["coordinates"] == (((10, 50), (11, 50), (11, 51), (10, 51), (10, 50)),)
    assert (region.id, region.crs, region.geodesic) == (0, "EPSG:4326", True)
    assert region.properties == {}
    assert region.centroid == (10.5, 50.5)


@pytest.mark.parametrize(
    "name", ["urn:ogc:def:crs:EPSG::32632", "urn:ogc:def:crs:EPSG:6.9:32632", "EPSG:32632", "epsg:32632"]
)
def test_geojson_may_name_its_crs(name):
    crs = {"type": "name", "properties": {"name": name}}
    region = only(features(feature(shapely.geometry.mapping(UTM_SQUARE)), crs=crs))
    assert (region.crs, region.geodesic) == ("EPSG:32632", False)
    assert shape(region.geometry).equals(UTM_SQUARE)
    assert only({**shapely.geometry.mapping(UTM_SQUARE), "crs": crs}) == region
    assert only(feature({**shapely.geometry.mapping(UTM_SQUARE), "crs": crs})) == region


def test_a_geometry_that_says_it_is_planar_is_planar():
    assert not only({**SQUARE, "geodesic": False}).geodesic


def test_a_frame_without_a_crs_is_refused_and_told_what_to_do():
    with pytest.raises(RegionError, match="set_crs"):
        as_regions(frame(shape(SQUARE), crs=None))
    with pytest.raises(RegionError, match="set_crs"):
        as_regions(frame(shape(SQUARE), crs=None).geometry)


def test_a_named_index_of_a_frame_is_a_column():
    indexed = frame(shape(SQUARE), shape(TRIANGLE), field=["a", "b"]).set_index("field")
    assert ids(indexed, id="field") == ["a", "b"]
    assert ids(indexed.geometry, id="field") == ["a", "b"]


def test_ids_of_a_frame_are_plain_python_values():
    assert [type(value) for value in ids(frame(shape(SQUARE), number=np.array([3], np.int16)), id="number")] == [int]


@pytest.mark.parametrize("box", [(10, 50, 11, 51), [10.0, 50.0, 11.0, 51.0], np.array([10, 50, 11, 51])])
def test_a_bounding_box_is_planar_in_degrees(box):
    region = only(box)
    assert (region.crs, region.geodesic) == ("EPSG:4326", False)
    assert shape(region.geometry).equals(shapely.box(10, 50, 11, 51))
    assert region.centroid == (10.5, 50.5)


@pytest.mark.parametrize(
    ("box", "west", "east"),
    [((170, 0, -170, 1), 170, 190), ((-181, 0, 178, 1), -181, 178), ((-180, -90, 180, 90), -180, 180)],
)
def test_a_bounding_box_with_west_beyond_east_crosses_the_antimeridian(box, west, east):
    assert shape(only(box).geometry).bounds == (west, box[1], east, box[3])


@pytest.mark.parametrize("box", [(11.6, 46.4, 11.5, 46.5), (10, 0, -10, 5), (179, 0, 178, 1)])
def test_a_box_whose_sides_were_exchanged_is_not_the_rest_of_the_earth(box):
    west, south, east, north = box
    with pytest.raises(RegionError, match=f"West and east may be swapped. If not, write west as {west - 360:g}"):
        only(box)
    assert shape(only((west - 360, south, east, north)).geometry).bounds == (west - 360, south, east, north)


@pytest.mark.parametrize(
    "box",
    [
        (10, 51, 11, 50),
        (10, 50, 10, 51),
        (10, 50, 11, 50),
        (10, 50, math.nan, 51),
        (0, 50, math.inf, 51),
        (-200, 0, 200, 1),
        (500_000, 5_500_000, 510_000, 5_510_000),
    ],
)
def test_a_bounding_box_without_area_or_outside_the_earth_is_refused(box):
    with pytest.raises(RegionError, match="north"):
        as_regions(box)
