"""Outlines as parts of requests: what the server reads is what was given, once, and no more."""

from __future__ import annotations

import json
import subprocess
import sys

import ee
import ee.apitestcase
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import shape

from gee_scl.errors import NotInitializedError
from gee_scl.regions.as_regions import as_regions
from tests.support.given_regions import SQUARE, UTM_SQUARE, convex_polygons, feature, frame, only, polygon


def test_a_region_becomes_a_feature_of_outline_and_key(constructors):
    regions = as_regions([feature(SQUARE, n="a", crop="rye"), feature(SQUARE, n="b")], id="n", keep=["crop"])
    (member,) = regions.to_features("key", [1]).getInfo()["features"]
    assert member["properties"] == {"key": 1}
    assert member["geometry"] == {"type": "Polygon", "coordinates": SQUARE["coordinates"]}
    assert "rye" not in regions.to_features("key").serialize()


@pytest.mark.parametrize(
    ("regions", "crs", "geodesic"),
    [(SQUARE, None, True), ((10, 50, 11, 51), None, False), (frame(UTM_SQUARE, crs=32632), "EPSG:32632", False)],
)
def test_edges_and_crs_reach_the_constructor(constructors, regions, crs, geodesic):
    outline = only(regions).to_geometry().getInfo()
    (member,) = as_regions(regions).to_features("key").getInfo()["features"]
    assert member["geometry"] == outline
    assert outline.get("geodesic", True) is geodesic
    assert outline.get("crs", {}).get("properties", {}).get("name") == crs
    np.testing.assert_array_equal(outline["coordinates"], only(regions).geometry["coordinates"])


NORTH_TO_SOUTH = [feature(shapely.geometry.mapping(shapely.box(10, y, 11, y + 1)), n=y) for y in (52, 51, 50)]


def keys_and_bounds(collection):
    """What the server has: the properties of each feature, and west, south, east, north of its outline."""
    return [(member["properties"], shape(member["geometry"]).bounds) for member in collection.getInfo()["features"]]


def test_known_regions_become_features_whose_keys_are_their_positions(constructors):
    regions = as_regions(NORTH_TO_SOUTH, id="n", keep=["n"])
    bounds = [(10, 52, 11, 53), (10, 51, 11, 52), (10, 50, 11, 51)]
    assert keys_and_bounds(regions.to_features("place")) == [({"place": n}, bounds[n]) for n in (0, 1, 2)]
    assert keys_and_bounds(regions.to_features("place", [2, 0])) == [({"place": n}, bounds[n]) for n in (2, 0)]
    assert keys_and_bounds(regions.to_features("place", [])) == []


def test_regions_that_the_server_knows_become_features_whose_keys_are_their_indices(constructors):
    rectangles = [ee.Geometry.Rectangle([10, y, 11, y + 1]) for y in (52, 51, 50)]
    collection = ee.FeatureCollection([ee.Feature(outline, {"crop": "rye"}) for outline in rectangles])
    regions = as_regions(collection, keep=["crop"])
    expected = [
        ({"place": "0"}, (10, 52, 11, 53)),
        ({"place": "1"}, (10, 51, 11, 52)),
        ({"place": "2"}, (10, 50, 11, 51)),
    ]
    assert keys_and_bounds(regions.to_features("place")) == expected
    assert keys_and_bounds(regions.to_features("place", ["0", "2"])) == [expected[0], expected[2]]
    assert keys_and_bounds(regions.to_features("place", [])) == []


def test_all_regions_of_the_server_are_not_filtered(constructors):
    graph = as_regions(ee.FeatureCollection("projects/a/assets/fields")).to_features("place").serialize()
    assert "Filter" not in graph


def test_the_graph_holds_the_coordinates_once(constructors):
    hole = [(10.5, 50.1), (10.6, 50.1), (10.654321, 50.2), (10.5, 50.1)]
    regions = as_regions(polygon([(10.123456, 50), (11, 50), (11, 51.25)], hole))
    (region,) = regions.items
    coordinates = region.geometry["coordinates"]
    assert region.to_geometry().serialize().count(json.dumps(coordinates)) == 1
    assert regions.to_features("key").serialize().count(json.dumps(coordinates, separators=(",", ":"))) == 1


def test_outlines_of_several_kinds_are_all_there(constructors):
    several = shapely.MultiPolygon([shapely.box(1, 1, 2, 2), shapely.box(3, 1, 4, 2)])
    given = [feature(SQUARE), (10, 50, 11, 51), feature(shapely.geometry.mapping(several)), feature(SQUARE)]
    members = as_regions(given).to_features("key").getInfo()["features"]
    assert sorted(member["properties"]["key"] for member in members) == [0, 1, 2, 3]
    of_key = {member["properties"]["key"]: member["geometry"] for member in members}
    assert of_key[0] == of_key[3]
    assert of_key[1]["geodesic"] is False
    assert of_key[2]["type"] == "MultiPolygon"


FRAME_OF_THE_COLLECTION = 1200
"""Bytes of what is there once for all outlines of a kind."""


def written_size(regions):
    return len(regions.to_features("key").serialize())


@settings(deadline=None, max_examples=30)
@given(st.lists(convex_polygons(), min_size=1, max_size=5), st.integers(1, 3))
def test_encoded_size_is_never_less_than_what_is_written(constructors, rings, times):
    regions = as_regions([polygon(ring) for ring in rings * times])
    most = sum(region.encoded_size for region in regions.items) + FRAME_OF_THE_COLLECTION
    assert written_size(regions) <= most


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32632"])
def test_encoded_size_holds_for_neighbours_that_share_all_their_corners(constructors, crs):
    x, y = np.divmod(np.arange(400), 20)
    tiles = shapely.box(x / 8, y / 8, (x + 1) / 8, (y + 1) / 8)
    regions = as_regions(frame(*tiles, crs=crs))
    expected = sum(region.encoded_size for region in regions.items)
    assert 0.8 * expected < written_size(regions) <= expected + FRAME_OF_THE_COLLECTION


def test_a_feature_without_a_session_says_which_call_to_make():
    code = """
from gee_scl.regions.as_regions import as_regions
as_regions((10, 50, 11, 51)).%s
"""
    for call in ("items[0].to_geometry()", "to_features('key')"):
        run = subprocess.run([sys.executable, "-c", code % call], capture_output=True, text=True, check=False)
        assert NotInitializedError.__name__ in run.stderr
        assert "gee_scl.initialize(" in run.stderr
