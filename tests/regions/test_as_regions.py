"""The way in: what is accepted, what is refused, what needs no package, and how a fault names its parameter."""

from __future__ import annotations

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

import gee_scl
from gee_scl.errors import RegionError
from gee_scl.regions.as_regions import as_regions
from tests.support.given_regions import SQUARE, TRIANGLE, convex_polygons, features, frame, longitudes, only, polygon


@pytest.mark.parametrize(
    "regions", [None, 5, object(), {}, {"a": 1}, {"type": "Topology"}, [1, 2, 3], [SQUARE, None], {1}]
)
def test_what_is_no_region_is_refused(regions):
    with pytest.raises(RegionError):
        as_regions(regions)


def test_an_unknown_type_is_answered_with_all_that_is_accepted():
    with pytest.raises(RegionError, match=r"FeatureCollection.*GeoJSON.*GeoDataFrame.*__geo_interface__.*bounding box"):
        as_regions(object())


@pytest.mark.parametrize("regions", [[], (), features(), frame(), np.array([])])
def test_an_empty_collection_is_refused(regions):
    with pytest.raises(RegionError, match="empty collection"):
        as_regions(regions)


def test_boxes_and_polygons_may_be_mixed():
    assert [region.geodesic for region in as_regions([(0, 0, 1, 1), SQUARE, shape(TRIANGLE)]).items] == [
        False,
        True,
        True,
    ]


def test_ten_thousand_regions_keep_their_order():
    x, y = np.divmod(np.arange(10_000), 100)
    boxes = shapely.box(x / 100, y / 100, (x + 0.9) / 100, (y + 0.9) / 100)
    regions = as_regions(frame(*boxes, n=np.arange(10_000)[::-1]), id="n").items
    assert [region.id for region in regions] == list(range(10_000))[::-1]
    centres = np.column_stack([(x + 0.45) / 100, (y + 0.45) / 100])
    np.testing.assert_allclose([region.centroid for region in regions], centres, atol=1e-12)


@settings(deadline=None)
@given(convex_polygons(), st.integers(0, 11), st.booleans())
def test_where_a_ring_starts_and_which_way_it_turns_does_not_matter(ring, start, backwards):
    start %= len(ring)
    turned = ring[start:] + ring[:start]
    first, second = only(polygon(ring)), only(polygon(turned[::-1] if backwards else turned))
    assert shape(first.geometry).normalize().equals_exact(shape(second.geometry).normalize(), 1e-9)
    assert first.centroid == pytest.approx(second.centroid, abs=1e-9)
    assert np.abs(np.diff(longitudes(first))).max() <= 180
    west, south, east, north = shape(first.geometry).bounds
    assert south <= first.centroid[1] <= north
    assert any(west <= first.centroid[0] + turn <= east for turn in (-360, 0, 360))


def test_earth_engine_objects_stay_on_the_server(constructors):
    geometry = ee.Geometry.Rectangle(10, 50, 11, 51)
    collection = ee.FeatureCollection([ee.Feature(geometry, {"n": 1})])
    kept = as_regions(collection, id="n", keep=["crop"])
    assert kept.server is collection
    assert (kept.items, kept.id_column, kept.keep) == ((), "n", ("crop",))
    for regions in (ee.Feature(geometry), geometry, geometry.buffer(10), [geometry, ee.Feature(geometry)]):
        server = as_regions(regions).server
        assert isinstance(server, ee.FeatureCollection)
        assert "GeometryConstructors.Polygon" in server.serialize()


def test_other_earth_engine_objects_are_refused_with_a_hint(constructors):
    with pytest.raises(RegionError, match=r"ee\.FeatureCollection\(\.\.\.\)"):
        as_regions(ee.ComputedObject(None, {}))


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_bounding_boxes_need_neither_shapely_nor_geopandas():
    code = """
import sys
sys.modules.update(dict.fromkeys(("shapely", "geopandas", "pyproj", "rasterio")))
from gee_scl.regions.as_regions import as_regions
assert len(as_regions([(10, 50, 11, 51), (170, 0, -170, 1)]).items) == 2
"""
    result = run(code)
    assert result.returncode == 0, result.stderr


def test_importing_the_module_loads_no_geometry_package():
    packages = {"shapely", "geopandas", "pyproj", "rasterio"}
    result = run(f"import sys, gee_scl.regions.as_regions; print({packages} & set(sys.modules))")
    assert result.stdout.strip() == "set()", result.stderr


def test_a_fault_is_told_under_the_name_of_the_parameter_that_was_given() -> None:
    with pytest.raises(gee_scl.RegionError, match=r"^region: got") as caught:
        gee_scl.collection((1, 2, 3))
    assert caught.value.argument == "region"
