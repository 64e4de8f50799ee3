"""Boxes tell what cannot meet; whoever they say so of does not."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gee_scl.local.features import place_filters
from gee_scl.local.features.filters import Operands
from gee_scl.local.values import Feature
from gee_scl.local.vector import edges
from gee_scl.local.vector.boxes import around, boxes_apart
from gee_scl.local.vector.geometry import Geometry, in_crs_all

CORNERS = st.tuples(st.floats(-200, 200), st.floats(-88, 88), st.floats(0.01, 100), st.floats(0.01, 40))


def place(west, south, width, height, geodesic):
    north = min(south + height, 88.5)
    ring = [(west, south), (west + width, south), (west + width, north), (west + width / 3, north)]
    return Geometry(shapely.Polygon(ring), geodesic=geodesic)


@given(one=CORNERS, other=CORNERS, geodesic=st.booleans(), flat=st.booleans())
def test_places_whose_boxes_are_apart_do_not_meet(one, other, geodesic, flat):
    first, second = place(*one, geodesic), place(*other, not flat)
    if boxes_apart(around([first]), around([second]))[0]:
        assert not first.intersects(second, 1000)


def test_a_great_circle_bulges_out_of_the_box_of_its_ends():
    line = Geometry(shapely.LineString([(0, 50), (60, 50)]))
    above = Geometry(shapely.Point(30, 53.9))
    assert line.intersects(Geometry.rectangle(29, 53, 31, 55))
    assert not boxes_apart(around([line]), around([above]))[0]
    straight = Geometry(line.shape, geodesic=False)
    assert boxes_apart(around([straight]), around([above]))[0]


@pytest.mark.parametrize(
    "geometry",
    [
        Geometry.unbounded(),
        Geometry(shapely.Polygon()),
        Geometry.rectangle(500_000, 0, 600_000, 100, crs="EPSG:32632"),
        Geometry.rectangle(-179, 0, 179, 1),
        None,
    ],
)
def test_what_has_no_box_is_never_apart(geometry):
    assert np.isnan(around([geometry])).any()
    assert not boxes_apart(around([geometry]), around([Geometry.rectangle(0, 0, 1, 1)]))[0]


def test_turns_of_longitude_are_one():
    first, second = Geometry.rectangle(179, 0, 181, 1), Geometry.rectangle(-180, 0, -179.5, 1)
    assert not boxes_apart(around([first]), around([second]))[0]
    assert boxes_apart(around([first]), around([Geometry.rectangle(170, 0, 178, 1)]))[0]


@pytest.mark.parametrize("name", ["intersects", "disjoint", "contains", "isContained"])
def test_a_filter_by_place_says_of_many_what_it_says_of_each(name):
    numbers = np.random.default_rng(0).uniform(0, 1, (60, 4)) * (20, 20, 6, 6) + (0, 40, 0.1, 0.1)
    features = [Feature(geometry=place(*row, geodesic=bool(i % 2))) for i, row in enumerate(numbers)]
    features += [Feature(), Feature(geometry=Geometry.unbounded()), Feature(geometry=Geometry(shapely.Polygon()))]
    region = Geometry.rectangle(6, 43, 14, 54)
    condition = place_filters.related(f"Filter.{name}", Operands(".geo", region), None)
    alone = [condition.accepts(feature) for feature in features]
    assert condition.accepts_each(features) == alone
    assert {True, False} <= set(alone) or name == "contains"


def test_only_what_may_meet_a_region_is_brought_to_its_plane(monkeypatch):
    asked = []
    monkeypatch.setattr(place_filters, "compare_soon", lambda geometries, _: asked.extend(geometries))
    features = [Feature(geometry=Geometry(shapely.box(x, 50, x + 1, 51))) for x in range(100)]
    region = Geometry(shapely.box(10.2, 50.2, 10.8, 50.8))
    assert sum(place_filters.related("Filter.intersects", Operands(".geo", region), None).accepts_each(features)) == 1
    assert len({id(geometry) for geometry in asked}) == 2


def test_many_shapes_that_need_too_many_edges_together_are_halved(monkeypatch):
    monkeypatch.setattr(edges, "MAX_EDGES", 500)
    calls = []
    carried = edges.EdgeMap._carried
    monkeypatch.setattr(edges.EdgeMap, "_carried", lambda *args: calls.append(1) or carried(*args))
    geometries = [Geometry(shapely.box(x, 50, x + 1, 51)) for x in range(64)]
    many = in_crs_all(geometries, "EPSG:4326", 1e-5)
    assert len(calls) < 40
    assert all(a.equals_exact(g.in_crs("EPSG:4326", 1e-5)) for a, g in zip(many, geometries, strict=True))
