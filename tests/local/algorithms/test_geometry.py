"""Geometry algorithms, called by their Earth Engine names, against pyproj, shapely, the documentation and by hand."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pyproj
import pytest
import shapely
from affine import Affine

from gee_scl.local.algorithms import registry
from gee_scl.local.context import Context
from gee_scl.local.errors import EvaluationError, NotCoveredError, NotFoundError
from gee_scl.local.signatures import signatures
from gee_scl.local.values import ErrorMargin, Projection
from gee_scl.local.vector.geometry import Geometry
from gee_scl.local.vector.nearest import closest_points

UTM = "EPSG:32632"
SPHERE = pyproj.Geod(a=6371007.181, b=6371007.181)
ELLIPSOID = pyproj.Geod(ellps="WGS84")
SQUARE = [[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]


class NoAssets:
    def load(self, asset_id):
        raise NotFoundError(asset_id)


def call(name, **arguments):
    return registry.call(name, arguments, Context(NoAssets()))


def make(kind, coordinates, **arguments):
    return call(f"GeometryConstructors.{kind}", coordinates=coordinates, **arguments)


def utm(kind, coordinates, **arguments):
    return make(kind, coordinates, crs=UTM, **arguments)


def vertices(geometry):
    return shapely.get_coordinates(geometry.shape)


def to_lonlat(points):
    transformer = pyproj.Transformer.from_crs(UTM, "EPSG:4326", always_xy=True)
    return np.column_stack(transformer.transform(*np.transpose(points)))


class TestConstructors:
    @pytest.mark.parametrize(
        ("kind", "coordinates", "expected"),
        [
            ("Point", [1.5, 2], [1.5, 2]),
            ("MultiPoint", [0, 1, 2, 3], [[0, 1], [2, 3]]),
            ("MultiPoint", [[0, 1], [2, 3]], [[0, 1], [2, 3]]),
            ("LineString", [0, 1, 2, 3], [[0, 1], [2, 3]]),
            ("LinearRing", [[0, 0], [1, 0], [1, 1]], [[0, 0], [1, 0], [1, 1], [0, 0]]),
            ("MultiLineString", [[0, 1], [2, 3]], [[[0, 1], [2, 3]]]),
            ("Polygon", [0, 0, 2, 0, 2, 2, 0, 2], [SQUARE]),
            ("Polygon", SQUARE, [SQUARE]),
            ("Polygon", [SQUARE], [SQUARE]),
            ("Polygon", [[[]]], []),
            ("MultiPolygon", SQUARE, [[SQUARE]]),
            ("MultiPolygon", [[SQUARE]], [[SQUARE]]),
            ("MultiPolygon", [[[[]]]], []),
        ],
    )
    def test_coordinates_may_be_flat_or_less_nested_than_geojson(self, kind, coordinates, expected):
        assert make(kind, coordinates).to_geojson() == {"type": kind, "coordinates": expected}

    @pytest.mark.parametrize(
        "corners", [[0, 0, 2, 2], [[0, 0], [2, 2]], [Geometry(shapely.Point(0, 0)), Geometry(shapely.Point(2, 2))]]
    )
    def test_a_rectangle_takes_numbers_pairs_or_points(self, corners):
        assert make("Rectangle", corners).to_geojson() == {"type": "Polygon", "coordinates": [SQUARE]}

    def test_points_stand_for_their_coordinates(self):
        points = [make("Point", pair) for pair in SQUARE[:4]]
        assert make("Polygon", points).coordinates() == [SQUARE]
        assert make("LineString", [points[0], [5, 6]]).coordinates() == [[0, 0], [5, 6]]

    def test_rings_stand_for_the_coordinates_of_a_polygon(self):
        assert make("Polygon", [make("LinearRing", SQUARE)]).coordinates() == [SQUARE]

    @pytest.mark.parametrize(
        ("arguments", "geodesic"),
        [({}, True), ({"geodesic": False}, False), ({"crs": "EPSG:4326"}, True), ({"crs": UTM}, False)],
    )
    def test_edges_are_great_circles_by_default_unless_the_crs_is_projected(self, arguments, geodesic):
        made = make("Polygon", SQUARE, **arguments)
        assert call("Geometry.geodesic", geometry=made) is geodesic
        assert call("Geometry.edgesAreGeodesics", geometry=made) is geodesic

    def test_inputs_hand_on_their_projection_and_their_edges(self):
        corners = [utm("Point", [500000, 0]), utm("Point", [500100, 100])]
        made = make("Rectangle", corners)
        assert (made.crs, made.geodesic) == (UTM, False)
        assert made.shape.bounds == (500000, 0, 500100, 100)
        ring = make("LinearRing", SQUARE, geodesic=False)
        assert not make("Polygon", [ring]).geodesic

    def test_inputs_are_reprojected_to_the_crs_asked_for(self):
        points = [utm("Point", pair) for pair in ([500000, 5000000], [510000, 5020000])]
        made = make("LineString", points, crs="EPSG:4326")
        assert made.geodesic
        expected = to_lonlat([[500000, 5000000], [510000, 5020000]])
        assert vertices(made)[[0, -1]] == pytest.approx(expected, abs=1e-9)

    def test_numbers_among_points_of_another_crs_are_refused(self):
        with pytest.raises(EvaluationError, match="among geometries in EPSG:32632"):
            make("LineString", [utm("Point", [500000, 0]), [9, 1]])

    @pytest.mark.parametrize(
        ("box", "bounds"),
        [
            ((1, 2, 3, 4), (1, 2, 3, 4)),
            ((170, -95, 190, 95), (170, -90, 190, 90)),
            ((-190, 0, -170, 1), (170, 0, 190, 1)),
            ((-math.inf, 0, math.inf, 1), (-180, 0, 180, 1)),
            ((0, 0, 360, 1), (-180, 0, 180, 1)),
            ((10, 0, 5, 1), (10, 0, 365, 1)),
        ],
    )
    def test_a_bbox_is_planar_and_brought_into_range(self, box, bounds):
        west, south, east, north = box
        made = call("GeometryConstructors.BBox", west=west, south=south, east=east, north=north)
        assert made.shape.bounds == bounds
        assert not made.geodesic

    @pytest.mark.parametrize(
        "box", [(math.inf, 0, 1, 1), (0, 91, 1, 95), (0, -95, 1, -91), (math.nan, 0, 1, 1), (0, 0, -math.inf, 1)]
    )
    def test_a_bbox_beyond_a_pole_or_without_a_side_is_refused(self, box):
        west, south, east, north = box
        with pytest.raises(EvaluationError, match=r"Geometry\.BBox"):
            call("GeometryConstructors.BBox", west=west, south=south, east=east, north=north)

    def test_a_multi_geometry_is_a_collection_in_the_plane_of_its_first_part(self):
        parts = [make("Point", [9, 45]), utm("LineString", [[500000, 5000000], [500100, 5000000]])]
        made = call("GeometryConstructors.MultiGeometry", geometries=parts)
        assert call("Geometry.type", geometry=made) == "GeometryCollection"
        first, second = call("Geometry.geometries", geometry=made)
        assert first.coordinates() == [9, 45]
        assert (second.type(), second.crs) == ("LineString", "EPSG:4326")
        assert vertices(second)[0] == pytest.approx(to_lonlat([[500000, 5000000]])[0], abs=1e-9)

    def test_an_empty_multi_geometry_has_no_parts(self):
        made = call("GeometryConstructors.MultiGeometry", geometries=[])
        assert made.to_geojson() == {"type": "GeometryCollection", "geometries": []}

    @pytest.mark.parametrize(
        ("kind", "coordinates"),
        [
            ("LineString", [0, 1, 2]),
            ("LineString", [[0, 1]]),
            ("Point", [1]),
            ("Polygon", [[[0, 0], [1, "a"], [2, 2]]]),
            ("Rectangle", [[0, 0], [1, 1], [2, 2]]),
        ],
    )
    def test_coordinates_that_make_no_geometry_are_refused(self, kind, coordinates):
        with pytest.raises(EvaluationError):
            make(kind, coordinates)

    def test_a_projection_counted_in_pixels_is_refused(self):
        pixels = Projection(UTM, Affine(10, 0, 500000, 0, -10, 0))
        with pytest.raises(NotCoveredError, match="transform"):
            make("Polygon", SQUARE, crs=pixels)


class TestDescription:
    def test_parts_of_a_multi_point_are_points(self):
        parts = call("Geometry.geometries", geometry=make("MultiPoint", [0, 0, 1, 0]))
        assert [part.to_geojson() for part in parts] == [
            {"type": "Point", "coordinates": [0, 0]},
            {"type": "Point", "coordinates": [1, 0]},
        ]

    def test_a_single_geometry_is_its_only_part(self):
        single = make("Polygon", SQUARE)
        assert call("Geometry.geometries", geometry=single) == [single]

    def test_projection_type_and_coordinates(self):
        made = utm("LinearRing", [[0, 0], [1, 0], [1, 1]])
        assert call("Geometry.projection", geometry=made) == Projection(UTM, Affine.identity())
        assert call("Geometry.type", geometry=made) == "LinearRing"
        assert call("Geometry.coordinates", geometry=made) == [[0, 0], [1, 0], [1, 1], [0, 0]]

    def test_only_the_unbounded_is_unbounded(self):
        assert call("Geometry.isUnbounded", geometry=Geometry.unbounded())
        assert not call("Geometry.isUnbounded", geometry=make("Polygon", SQUARE))


class TestTransform:
    def test_the_default_is_great_circles_in_longitude_and_latitude(self):
        points = [[500000, 5000000], [600000, 5000000], [600000, 5100000], [500000, 5100000]]
        made = call("Geometry.transform", geometry=utm("Polygon", points), maxError=1)
        assert (made.crs, made.geodesic) == ("EPSG:4326", True)
        back = np.column_stack(
            pyproj.Transformer.from_crs("EPSG:4326", UTM, always_xy=True).transform(*vertices(made).T)
        )
        assert shapely.distance(shapely.points(back), shapely.box(500000, 5000000, 600000, 5100000).exterior).max() < 1
        assert shapely.distance(shapely.points(points), shapely.LinearRing(back)).max() < 1e-3

    def test_straight_edges_become_great_circles_that_stay_close(self):
        parallel = make("LineString", [[0, 60], [10, 60]], geodesic=False)
        made = call("Geometry.transform", geometry=parallel, maxError=5)
        points = vertices(made)
        assert made.geodesic
        middles = [SPHERE.npts(*start, *end, 1)[0] for start, end in itertools.pairwise(points)]
        off = np.abs(np.asarray(middles)[:, 1] - 60) * math.radians(1) * 6371007.181
        assert 0 < off.max() <= 5
        # Two vertices alone would not do:
        assert abs(SPHERE.npts(0, 60, 10, 60, 1)[0][1] - 60) * 111195 > 10000

    def test_straight_edges_in_another_projection(self):
        made = call("Geometry.transform", geometry=make("Point", [9, 0]), proj=UTM, maxError=1)
        assert (made.crs, made.geodesic) == (UTM, False)
        assert made.coordinates() == pytest.approx([500000, 0], abs=1e-6)

    def test_an_error_margin_of_zero_is_refused(self):
        with pytest.raises(EvaluationError, match="non-zero error margin"):
            call("Geometry.transform", geometry=make("Polygon", SQUARE), proj=UTM, maxError=0)

    @pytest.mark.skipif(len(signatures()["Geometry.transform"].arguments) < 4, reason="an older client: no geodesic")
    def test_a_projected_margin_is_in_the_units_of_the_projection(self):
        line = make("LineString", [[0, 45], [20, 45]])
        degrees = call("Geometry.transform", geometry=line, maxError=ErrorMargin(0.1, "projected"), geodesic=False)
        metres = call("Geometry.transform", geometry=line, maxError=0.1, geodesic=False)
        assert 2 < len(vertices(degrees)) < 20 < len(vertices(metres))


class TestMeasures:
    def test_a_plane_has_its_own_area_length_and_perimeter(self):
        box = utm("Rectangle", [500000, 5000000, 500300, 5000400])
        line = utm("LineString", [[500000, 5000000], [500300, 5000400]])
        assert call("Geometry.area", geometry=box, proj=UTM) == pytest.approx(120000)
        assert call("Geometry.perimeter", geometry=box, proj=UTM) == pytest.approx(1400)
        assert call("Geometry.length", geometry=line, proj=UTM) == pytest.approx(500)
        assert call("Geometry.length", geometry=box, proj=UTM) == 0
        assert call("Geometry.perimeter", geometry=line, proj=UTM) == 0

    def test_without_a_projection_measures_are_metres_on_the_sphere(self):
        square = make("Polygon", SQUARE)
        area, around = SPHERE.geometry_area_perimeter(square.shape)
        assert call("Geometry.area", geometry=square, maxError=1) == pytest.approx(area, rel=1e-9)
        assert call("Geometry.perimeter", geometry=square) == pytest.approx(around, rel=1e-9)
        assert call("Geometry.length", geometry=make("LinearRing", SQUARE)) == pytest.approx(around, rel=1e-9)

    def test_distance_is_ellipsoidal_unless_told(self):
        left, right = make("Point", [9, 45]), make("Point", [10, 46])
        on_ellipsoid, on_sphere = (geod.inv(9, 45, 10, 46)[2] for geod in (ELLIPSOID, SPHERE))
        assert call("Geometry.distance", left=left, right=right) == pytest.approx(on_ellipsoid, rel=1e-9)
        assert call("Geometry.distance", left=left, right=right, spherical=True) == pytest.approx(on_sphere, rel=1e-9)

    def test_distance_on_a_plane_is_in_its_units(self):
        left, right = utm("Point", [500000, 0]), utm("LineString", [[500030, -100], [500030, 100]])
        assert call("Geometry.distance", left=left, right=right, proj=UTM) == pytest.approx(30)

    def test_what_meets_has_no_distance(self):
        assert call("Geometry.distance", left=make("Polygon", SQUARE), right=make("Point", [1, 1])) == 0

    def test_an_empty_geometry_has_no_distance(self):
        with pytest.raises(EvaluationError, match="empty"):
            call("Geometry.distance", left=make("MultiPoint", []), right=make("Point", [1, 1]))

    @pytest.mark.parametrize(("limit", "within"), [(111194, False), (111196, True)])
    def test_within_distance_is_on_the_sphere(self, limit, within):
        points = {"left": make("Point", [0, 0]), "right": make("Point", [1, 0])}
        assert call("Geometry.withinDistance", distance=limit, **points) is within

    def test_within_distance_of_a_plane_is_in_its_units(self):
        points = {"left": utm("Point", [500000, 0]), "right": utm("Point", [500030, 40])}
        assert call("Geometry.withinDistance", distance=50, proj=UTM, **points)
        assert not call("Geometry.withinDistance", distance=49.9, proj=UTM, **points)


class TestClosestPoints:
    def test_the_foot_on_a_great_circle(self):
        equator, north = make("LineString", [[0, 0], [20, 0]]), make("Point", [7, 3])
        found = call("Geometry.closestPoints", left=equator, right=north)
        assert found["left"].coordinates() == pytest.approx([7, 0], abs=1e-9)
        assert found["right"].coordinates() == pytest.approx([7, 3], abs=1e-9)
        assert call("Geometry.closestPoint", left=north, right=equator).coordinates() == pytest.approx([7, 0], abs=1e-9)

    def test_straight_edges_are_not_cut_short(self):
        parallel = make("LineString", [[0, 60], [20, 60]], geodesic=False)
        found = call("Geometry.closestPoint", left=make("Point", [10, 50]), right=parallel)
        # A great circle between the ends would bulge northwards, away from the point.
        along = np.linspace(0, 20, 200001)
        metres = SPHERE.inv(np.full_like(along, 10), np.full_like(along, 50), along, np.full_like(along, 60))[2]
        nearest = SPHERE.inv(10, 50, *found.coordinates())[2]
        assert nearest == pytest.approx(metres.min(), abs=0.1)

    def test_the_distance_between_them_is_the_least(self):
        random = np.random.default_rng(5)
        for _ in range(20):
            left = shapely.LineString(random.uniform([0, 40], [5, 45], (6, 2)))
            right = shapely.Polygon(random.uniform([6, 40], [12, 45], (3, 2)))
            mine, theirs = closest_points(left, right)
            expected = Geometry(left).distance(Geometry(right))
            assert SPHERE.inv(*mine, *theirs)[2] == pytest.approx(expected, rel=1e-9)

    def test_on_a_plane_they_are_planar(self):
        line, point = utm("LineString", [[500000, 0], [500100, 100]]), utm("Point", [500100, 0])
        found = call("Geometry.closestPoint", left=point, right=line, proj=UTM)
        assert found.crs == UTM
        assert found.coordinates() == pytest.approx([500050, 50])

    def test_what_meets_shares_its_closest_point(self):
        found = call("Geometry.closestPoints", left=make("Polygon", SQUARE), right=make("Point", [1, 1]))
        assert found["left"].coordinates() == found["right"].coordinates() == [1, 1]

    def test_the_empty_has_none(self):
        empty, point = make("MultiPoint", []), make("Point", [0, 0])
        assert call("Geometry.closestPoint", left=point, right=empty) is None
        assert call("Geometry.closestPoints", left=empty, right=point) == {}


class TestSetsAndPredicates:
    @pytest.mark.parametrize("proj", [None, "EPSG:4326", "EPSG:32631"])
    def test_predicates_agree_with_each_other(self, proj):
        whole, part, apart = (
            make("Rectangle", box, geodesic=False) for box in ([0, 0, 3, 3], [1, 1, 2, 2], [4, 4, 5, 5])
        )

        def holds(name, left, right):
            return call(f"Geometry.{name}", left=left, right=right, maxError=1, proj=proj)

        assert holds("contains", whole, part)
        assert holds("containedIn", part, whole)
        assert not holds("contains", part, whole)
        assert not holds("containedIn", whole, part)
        assert holds("intersects", whole, part)
        assert not holds("disjoint", whole, part)
        assert holds("disjoint", whole, apart)
        assert not holds("intersects", whole, apart)

    @pytest.mark.parametrize(
        ("name", "area"), [("union", 7), ("intersection", 1), ("difference", 3), ("symmetricDifference", 6)]
    )
    def test_sets_on_a_plane_have_its_areas(self, name, area):
        left, right = utm("Rectangle", [0, 0, 2, 2]), utm("Rectangle", [1, 1, 3, 3])
        made = call(f"Geometry.{name}", left=left, right=right, maxError=1, proj=UTM)
        assert made.crs == UTM
        assert made.shape.area == pytest.approx(area)

    def test_on_the_sphere_the_parts_of_a_union_add_up(self):
        left, right = make("Rectangle", [0, 0, 2, 2]), make("Rectangle", [1, 1, 3, 3])
        areas = {
            name: call("Geometry.area", geometry=call(f"Geometry.{name}", left=left, right=right, maxError=1))
            for name in ("union", "intersection", "symmetricDifference")
        }
        assert areas["union"] == pytest.approx(areas["intersection"] + areas["symmetricDifference"], rel=1e-6)
        both = call("Geometry.area", geometry=left) + call("Geometry.area", geometry=right)
        assert areas["union"] + areas["intersection"] == pytest.approx(both, rel=1e-5)

    def test_dissolve_merges_overlapping_parts(self):
        two = utm("MultiPolygon", [[[[0, 0], [2, 0], [2, 2], [0, 2]]], [[[1, 1], [3, 1], [3, 3], [1, 3]]]])
        made = call("Geometry.dissolve", geometry=two, proj=UTM)
        assert made.type() == "Polygon"
        assert made.shape.area == pytest.approx(7)


class TestNewGeometries:
    def test_bounds_on_a_plane_are_a_rectangle_of_it(self):
        line = utm("LineString", [[500000, 5000000], [500100, 5000300]])
        made = call("Geometry.bounds", geometry=line, maxError=1, proj=UTM)
        assert (made.crs, made.type(), made.shape.bounds) == (UTM, "Polygon", (500000, 5000000, 500100, 5000300))

    def test_bounds_without_a_projection_are_longitudes_and_latitudes(self):
        made = call("Geometry.bounds", geometry=utm("Point", [500000, 0]))
        assert made.crs == "EPSG:4326"
        assert made.shape.bounds == pytest.approx((9, 0, 9, 0), abs=1e-9)

    def test_the_unbounded_bounds_itself(self):
        assert call("Geometry.bounds", geometry=Geometry.unbounded()).is_unbounded()

    def test_a_centroid_ignores_parts_of_lower_dimension(self):
        parts = [utm("Rectangle", [0, 0, 2, 2]), utm("Point", [100, 100])]
        both = call("GeometryConstructors.MultiGeometry", geometries=parts)
        assert call("Geometry.centroid", geometry=both, proj=UTM).to_geojson() == {
            "type": "Point",
            "crs": {"type": "name", "properties": {"name": UTM}},
            "coordinates": [1, 1],
        }

    def test_a_centroid_is_in_longitude_and_latitude_by_default(self):
        made = call("Geometry.centroid", geometry=make("Polygon", [[0, -1], [2, -1], [2, 1], [0, 1]]), maxError=1)
        assert made.coordinates() == pytest.approx([1, 0], abs=1e-9)

    @pytest.mark.parametrize("error", [None, 0.1, 5])
    def test_a_buffer_on_a_plane_is_a_circle_within_the_error(self, error):
        made = call("Geometry.buffer", geometry=utm("Point", [500000, 0]), distance=100, maxError=error, proj=UTM)
        assert made.crs == UTM
        ring = made.shape.exterior
        middles = shapely.get_coordinates(ring)[:-1] + np.diff(shapely.get_coordinates(ring), axis=0) / 2
        sagitta = 100 - np.hypot(middles[:, 0] - 500000, middles[:, 1])
        assert 0 < sagitta.max() <= (1 if error is None else error) + 1e-6

    def test_a_buffer_without_a_projection_is_in_metres(self):
        made = call("Geometry.buffer", geometry=make("Point", [9, 45]), distance=1000, maxError=1)
        metres = SPHERE.inv(np.full(len(vertices(made)), 9.0), np.full(len(vertices(made)), 45.0), *vertices(made).T)[2]
        assert metres == pytest.approx(1000, rel=1e-9)

    def test_a_negative_buffer_shrinks(self):
        made = call("Geometry.buffer", geometry=utm("Rectangle", [0, 0, 100, 100]), distance=-10, proj=UTM)
        assert made.shape.bounds == pytest.approx((10, 10, 90, 90))

    def test_a_buffer_without_an_end_is_refused(self):
        with pytest.raises(EvaluationError, match="finite"):
            call("Geometry.buffer", geometry=make("Point", [9, 45]), distance=math.inf)

    def test_simplify_drops_what_is_within_the_error(self):
        line = utm("LineString", [[0, 0], [50, 1], [100, 0]])
        kept, dropped = (call("Geometry.simplify", geometry=line, maxError=error) for error in (0.5, 2))
        assert len(vertices(kept)) == 3
        assert dropped.coordinates() == [[0, 0], [100, 0]]

    def test_a_hull_is_convex(self):
        made = call("Geometry.convexHull", geometry=utm("MultiPoint", [0, 0, 4, 0, 4, 4, 0, 4, 2, 2]), proj=UTM)
        assert made.shape.equals(shapely.box(0, 0, 4, 4))


def test_every_algorithm_of_geometries_is_covered_but_what_is_named_here():
    left_out = {"coveringGrid", "cutLines", "s2Cell"}
    names = {name for name in signatures() if name.startswith(("Geometry.", "GeometryConstructors."))}
    missing = names - set(registry.covered())
    assert {name for name in missing if not name.startswith("Geometry.fromS")} == {
        f"Geometry.{name}" for name in left_out
    }
