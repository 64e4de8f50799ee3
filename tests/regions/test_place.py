"""Regions as work is planned, known here or to the server alone."""

from __future__ import annotations

import ee
import pytest

import gee_scl
from gee_scl.regions.as_regions import as_regions
from gee_scl.regions.place import list_places
from gee_scl.requests.door import Door


def test_regions_that_are_known_here_take_no_request(sample_session: str) -> None:
    door = Door()
    places = list_places(as_regions(gee_scl.sample_regions(), id="name", keep=["name"]), door)
    assert door.requests == 0
    assert [place.key for place in places] == list(range(6))
    assert [place.kept for place in places[:2]] == [{"name": "Lake"}, {"name": "Farmland"}]
    assert all(place.area > 0 and place.bytes > 100 for place in places)


def test_regions_that_only_the_server_knows_take_one(sample_session: str) -> None:
    door = Door()
    square = ee.Geometry.Rectangle([11.58, 46.42, 11.60, 46.44], None, False)
    features = ee.FeatureCollection([ee.Feature(square, {"name": "A", "n": 7}), ee.Feature(square, {"name": "B"})])
    places = list_places(as_regions(features, id="name", keep=["n"]), door)
    assert door.requests == 1
    assert [(place.key, place.id, place.kept) for place in places] == [("0", "A", {"n": 7}), ("1", "B", {"n": None})]
    # On the authalic sphere of 6,371,007.181 m: R^2 * dlon * (sin(46.44 deg) - sin(46.42 deg)) = 3,408,964 m2.
    assert places[0].area == pytest.approx(3_408_964, rel=1e-3)
    assert places[0].centroid == pytest.approx((11.59, 46.43), abs=1e-3)


@pytest.mark.parametrize(
    ("properties", "text"),
    [
        ([{"name": "A"}, {"name": "A"}], "id: got .*'A'.* at positions 0 and 1"),
        ([{"name": "A"}, {}], "id: got 'name', which has no value at position 1"),
    ],
)
def test_ids_that_are_missing_or_repeat_are_refused(sample_session: str, properties: list, text: str) -> None:
    square = ee.Geometry.Rectangle([11.58, 46.42, 11.60, 46.44], None, False)
    features = ee.FeatureCollection([ee.Feature(square, some) for some in properties])
    with pytest.raises(gee_scl.RegionError, match=text):
        list_places(as_regions(features, id="name"), Door())


def test_a_region_without_area_and_a_column_that_is_not_there_are_named(sample_session: str) -> None:
    point = ee.FeatureCollection([ee.Feature(ee.Geometry.Point([11.5, 46.4]), {"name": "A"})])
    with pytest.raises(gee_scl.RegionError, match="region 'A' without area"):
        list_places(as_regions(point, id="name"), Door())
    with pytest.raises(gee_scl.RegionError, match="Did you mean 'name'"):
        list_places(as_regions(point, id="nmae"), Door())
    with pytest.raises(gee_scl.RegionError, match="an empty collection"):
        list_places(as_regions(ee.FeatureCollection([])), Door())
