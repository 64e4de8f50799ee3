"""Geometries of the embedded engine, against pyproj, shapely and Earth Engine's recorded answers."""

from __future__ import annotations

import math

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gee_scl.local.errors import EvaluationError
from gee_scl.local.vector.geometry import Geometry

SPHERE = pyproj.Geod(a=6371007.181, b=6371007.181)
WORLD_AREA = 4 * math.pi * 6371007.181**2


def polygon(*rings, **members):
    return Geometry.from_geojson({"type": "Polygon", "coordinates": list(rings), **members})


def line(*points, **members):
    return Geometry.from_geojson({"type": "LineString", "coordinates": list(points), **members})


def projected(crs, lonlat):
    x, y = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(*np.transpose(lonlat))
    return np.column_stack([x, y])


def great_circle(start, end, count=999):
    return [start, *SPHERE.npts(*start, *end, count), end]


def furthest(points, shape):
    return float(shapely.distance(shapely.points(points), shape).max())


def square(west, south, east, north):
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


class TestGeoJson:
    @pytest.mark.parametrize(
        "json",
        [
            {"type": "Point", "coordinates": [1.112312, 2]},
            {"type": "MultiPoint", "coordinates": [[0, 0], [1.5, 0]]},
            {"type": "LineString", "coordinates": [[0, 0], [1, 1]]},
            {"type": "LinearRing", "coordinates": [[0, 0], [1, 1], [2, 0], [0, 0]]},
            {"type": "MultiLineString", "coordinates": [[[0, 0], [1, 1]], [[5, 5], [6, 6]]]},
            {"type": "Polygon", "coordinates": [square(0, 0, 9, 9), square(1, 1, 2, 2)]},
            {"type": "Polygon", "geodesic": False, "coordinates": [square(0, 0, 9, 9)]},
            # Recorded from Earth Engine, the second ring not inside the first:
            {
                "type": "MultiPolygon",
                "coordinates": [[[[0, 0], [1, 1], [2, 2], [0, 0]], [[4, 6], [3, 2], [1, 2], [4, 6]]]],
            },
            {
                "type": "Polygon",
                "geodesic": False,
                "crs": {"type": "name", "properties": {"name": "EPSG:32632"}},
                "coordinates": [square(500000, 5000000, 500100, 5000100)],
            },
            {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [3, 4]}]},
        ],
        ids=lambda json: json["type"],
    )
    def test_comes_back_as_it_went_in(self, json):
        assert Geometry.from_geojson(json).to_geojson() == json

    def test_edges_are_great_circles_unless_the_crs_is_projected_or_the_caller_says_so(self):
        ring = square(0, 0, 1, 1)
        assert polygon(ring).geodesic
        assert not polygon(ring, geodesic=False).geodesic
        assert not polygon(ring, crs={"type": "name", "properties": {"name": "EPSG:32632"}}).geodesic
        assert not Geometry.from_geojson({"type": "Polygon", "coordinates": [ring]}, geodesic=False).geodesic

    def test_great_circles_between_projected_vertices_are_kept_in_longitude_and_latitude(self):
        ring = square(500000, 5000000, 600000, 5100000)
        geometry = Geometry.from_geojson({"type": "Polygon", "coordinates": [ring]}, "EPSG:32632", True)
        assert (geometry.crs, geometry.geodesic) == ("EPSG:4326", True)
        back = projected("EPSG:32632", shapely.get_coordinates(geometry.shape))
        np.testing.assert_allclose(back, ring, atol=1e-4)

    def test_rings_are_closed(self):
        assert polygon([[0, 0], [1, 0], [1, 1]]).coordinates() == [[[0, 0], [1, 0], [1, 1], [0, 0]]]

    @pytest.mark.parametrize("name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "OGC:CRS84", "epsg:4326"])
    def test_spellings_of_longitude_and_latitude_are_one_crs(self, name):
        crs = {"type": "name", "properties": {"name": name}}
        assert Geometry.from_geojson({"type": "Point", "coordinates": [1, 2], "crs": crs}).crs == "EPSG:4326"

    def test_an_unbounded_geometry_prints_infinities_and_measures_the_world(self):
        everywhere = Geometry.unbounded()
        assert everywhere.is_unbounded()
        assert everywhere.to_geojson()["coordinates"][0][2] == ["Infinity", "Infinity"]
        assert everywhere.area() == pytest.approx(WORLD_AREA, rel=1e-12)

    def test_parts_of_a_multipoint_are_points(self):
        parts = Geometry.from_geojson({"type": "MultiPoint", "coordinates": [[0, 0], [1, 0]]}).geometries()
        assert [part.to_geojson() for part in parts] == [
            {"type": "Point", "coordinates": [0, 0]},
            {"type": "Point", "coordinates": [1, 0]},
        ]

    @pytest.mark.parametrize(
        ("json", "text"),
        [
            ({"type": "Blob", "coordinates": []}, "unknown type 'Blob'"),
            ({"type": ["Point"], "coordinates": [0, 0]}, "unknown type"),
            ({"type": "Point"}, "cannot hold None"),
            ({"type": "Point", "coordinates": [1, math.nan]}, "not a pair of finite numbers"),
            ({"type": "Point", "coordinates": [1, 2, 3]}, "not a pair of finite numbers"),
            ({"type": "Point", "coordinates": [True, 2]}, "not a pair of finite numbers"),
            ({"type": "Polygon", "coordinates": [[0, 0], [1, 1], [1, 0]]}, "cannot hold"),
            ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}, "needs 3 points"),
            ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0]]]}, "needs 3 points"),
            ({"type": "LineString", "coordinates": [[0, 0]]}, "needs 2 points"),
            ({"type": "GeometryCollection", "geometries": [1]}, "list of geometries"),
            ({"type": "Point", "coordinates": [1, 2], "crs": "EPSG:4326"}, "Invalid CRS"),
            ({"type": "Polygon", "coordinates": [[[0, 0], [0, 1], [1, 1]]], "evenOdd": False}, "clockwise"),
            ([1, 2], "expected an object"),
        ],
    )
    def test_what_is_no_geometry_is_refused(self, json, text):
        with pytest.raises(EvaluationError, match=text):
            Geometry.from_geojson(json)

    def test_an_unknown_crs_is_refused(self):
        with pytest.raises(EvaluationError, match="could not be parsed"):
            Geometry.from_geojson({"type": "Point", "coordinates": [1, 2]}, crs="EPSG:999999")

    def test_great_circles_need_longitude_and_latitude(self):
        with pytest.raises(EvaluationError, match="Geodesic"):
            Geometry(shapely.box(0, 0, 1, 1), "EPSG:32632")


class TestProjecting:
    def test_a_planar_geometry_in_its_own_crs_is_unchanged_bit_by_bit(self):
        shape = shapely.Polygon([(0.1, 0.2), (1 / 3, 0.2), (0.3, math.pi)])
        for crs in ("EPSG:32632", "EPSG:4326"):
            same = Geometry(shape, crs, geodesic=False).in_crs(crs.lower(), 1e-9)
            assert shapely.get_coordinates(same).tobytes() == shapely.get_coordinates(shape).tobytes()

    def test_an_edge_of_10_km_at_50_north_bends_by_metres_and_one_of_500_m_by_millimetres(self):
        for width, least, most in ((10_000, 2.0, 3.0), (500, 0.004, 0.008)):
            degrees = width / (111195 * math.cos(math.radians(50)))
            bulge = line([9, 50], [9 + degrees, 50]).in_crs("EPSG:4326", 1e-9).bounds[3] - 50
            assert least < bulge * 111195 < most

    @pytest.mark.parametrize(
        ("start", "end", "crs", "max_error"),
        [
            ((8.9, 50), (9.1, 50.1), "EPSG:32632", 0.001),
            ((7, 45), (11, 52), "EPSG:32632", 1.0),
            ((-30, -10), (30, 10), "EPSG:4326", 1e-3),  # S-shaped: no bend in the middle
            ((-120, 40), (50, 60), "EPSG:4326", 1e-4),
            ((-100, 75), (80, 70), "EPSG:3413", 10.0),
            ((10, 10), (80, 60), "EPSG:3857", 5.0),
        ],
    )
    def test_great_circles_are_followed_to_within_the_error(self, start, end, crs, max_error):
        shape = line(start, end).in_crs(crs, max_error)
        assert furthest(projected(crs, great_circle(start, end)), shape) < max_error * 1.001
        chord = shapely.LineString(shapely.get_coordinates(shape)[[0, -1]])
        if furthest(projected(crs, great_circle(start, end)), chord) < max_error:
            assert len(shape.coords) == 2

    def test_straight_edges_are_followed_into_another_plane(self):
        edge = Geometry(shapely.LineString([(300000, 5500000), (700000, 5600000)]), "EPSG:32632", geodesic=False)
        dense = np.linspace([300000, 5500000], [700000, 5600000], 1000)
        x, y = pyproj.Transformer.from_crs("EPSG:32632", "EPSG:32633", always_xy=True).transform(*dense.T)
        assert furthest(np.column_stack([x, y]), edge.in_crs("EPSG:32633", 0.5)) < 0.5

    def test_a_coarser_error_needs_fewer_vertices(self):
        edge = line([0, 50], [40, 50])
        counts = [len(edge.in_crs("EPSG:4326", error).coords) for error in (1.0, 1e-2, 1e-4)]
        assert counts == sorted(set(counts))

    def test_vertices_are_kept_exactly(self):
        ring = square(8.123456789, 50, 8.2, 50.1)
        shape = polygon(ring).in_crs("EPSG:32632", 0.01)
        assert {*map(tuple, projected("EPSG:32632", ring))} <= {*map(tuple, shapely.get_coordinates(shape))}

    @pytest.mark.parametrize("crs", ["EPSG:32660", "EPSG:32601"])
    @pytest.mark.parametrize("east", [-179.5, 180.5])
    def test_a_polygon_across_the_antimeridian_is_one_continuous_ring(self, crs, east):
        region = polygon(square(179.5, 60, east, 60.5))
        shape = region.in_crs(crs, 0.1)
        assert shape.is_valid
        assert np.abs(np.diff(shapely.get_coordinates(shape), axis=0)).max() < 70_000
        scale = 0.9996 * (1 + (math.radians(3) * math.cos(math.radians(60.25))) ** 2 / 2)
        # The sphere's degree and the ellipsoid's differ by 0.5 % at 60 N.
        assert shape.area == pytest.approx(region.area() * scale**2, rel=6e-3)
        assert region.area_in(crs) == pytest.approx(shape.area, rel=1e-4)

    def test_longitudes_run_past_the_antimeridian_with_holes_beside_their_shell(self):
        region = polygon(square(179, 0, -179, 1), square(-179.6, 0.4, -179.5, 0.6))
        shape = region.in_crs("EPSG:4326", 1e-6)
        assert shape.is_valid
        assert shape.bounds[::2] == (179, 181)
        assert shapely.Polygon(shape.interiors[0]).bounds[::2] == (180.4, 180.5)
        assert not shapely.covers(shape, shapely.Point(180.45, 0.5))

    def test_longitudes_stay_continuous_from_a_projected_plane(self):
        tile = Geometry.rectangle(300000, 6600000, 700000, 7000000, crs="EPSG:32601")
        west, _, east, _ = tile.in_crs("EPSG:4326", 1e-4).bounds
        assert 5 < east - west < 12

    def test_x_runs_on_in_mercator(self):
        west, _, east, _ = Geometry.rectangle(170, -10, 190, 10).in_crs("EPSG:3857", 10).bounds
        assert east - west == pytest.approx(20 * math.pi / 180 * 6378137)

    def test_a_planar_world_is_not_folded_at_the_antimeridian(self):
        assert Geometry.rectangle(-180, -80, 180, 80).in_crs("EPSG:4258", 1e-3).bounds == (-180, -80, 180, 80)

    def test_a_ring_around_a_pole_is_whole(self):
        cap = polygon([[0, 80], [90, 80], [180, 80], [-90, 80]])
        assert cap.in_crs("EPSG:3995", 1.0).contains(shapely.Point(0, 0))
        assert cap.in_crs("EPSG:4326", 1e-4).bounds[3] == 90
        assert cap.area() == pytest.approx(abs(SPHERE.geometry_area_perimeter(cap.shape)[0]), rel=1e-10)

    def test_points_lines_rings_multiparts_and_collections_keep_their_type(self):
        for wkt in (
            "POINT (9 50)",
            "MULTIPOINT (9 50, 10 50)",
            "LINEARRING (9 50, 10 50, 10 51, 9 50)",
            "MULTILINESTRING ((9 50, 10 50), (9 51, 10 51))",
            "MULTIPOLYGON (((9 50, 10 50, 10 51, 9 50)), ((8 50, 8.5 50, 8.5 51, 8 50)))",
            "GEOMETRYCOLLECTION (POINT (9 50), LINESTRING (9 50, 10 50))",
            "POLYGON EMPTY",
        ):
            shape = shapely.from_wkt(wkt)
            image = Geometry(shape).in_crs("EPSG:32632", 1)
            assert image.geom_type == shape.geom_type
            assert image.is_empty == shape.is_empty

    def test_what_has_no_place_in_the_projection_is_refused(self):
        with pytest.raises(EvaluationError, match="no place"):
            Geometry(shapely.Point(0, 95)).in_crs("EPSG:3857", 1)

    @pytest.mark.parametrize("max_error", [0, -1, math.nan])
    def test_an_error_that_is_not_positive_is_refused(self, max_error):
        with pytest.raises(EvaluationError, match="maxError"):
            line([0, 0], [1, 1]).in_crs("EPSG:32631", max_error)

    def test_a_transformed_geometry_is_planar_in_its_new_crs(self):
        tile = polygon(square(9, 50, 10, 51)).transform("EPSG:32632", 0.01)
        assert (tile.crs, tile.geodesic) == ("EPSG:32632", False)
        assert tile.area() == pytest.approx(polygon(square(9, 50, 10, 51)).area(), rel=1e-6)


class TestMeasures:
    def test_the_area_is_the_one_that_earth_engine_reported_for_a_field(self):
        # Reported in the shapely project's public tracker.
        field = polygon(
            [
                [-97.59238135821987, 43.47456565304017],
                [-97.59244690469288, 43.47962399877412],
                [-97.59191951546768, 43.47962728271748],
                [-97.59185396090983, 43.47456565304017],
            ]
        )
        assert field.area() == pytest.approx(23944.14737277293, rel=1e-9)

    @given(st.floats(-170, 170), st.floats(-70, 70), st.floats(0.001, 15), st.integers(3, 12), st.booleans())
    def test_areas_and_perimeters_agree_with_geographiclib(self, lon, lat, radius, corners, clockwise):
        angles = np.linspace(0, 2 * np.pi, corners, endpoint=False) * (-1 if clockwise else 1)
        region = Geometry(
            shapely.Polygon(np.column_stack([lon + radius * np.cos(angles), lat + radius * np.sin(angles)]))
        )
        area, perimeter = SPHERE.geometry_area_perimeter(region.shape)
        assert region.area() == pytest.approx(abs(area), rel=1e-6)
        assert region.perimeter() == pytest.approx(perimeter, rel=1e-9)

    def test_holes_count_against_and_parts_are_summed(self):
        outer, inner, other = square(0, 0, 1, 1), square(0.2, 0.2, 0.4, 0.4), square(5, 5, 6, 6)
        whole = Geometry.from_geojson({"type": "MultiPolygon", "coordinates": [[outer, inner], [other]]})
        expected = polygon(outer).area() - polygon(inner).area() + polygon(other).area()
        assert whole.area() == pytest.approx(expected, rel=1e-12)
        assert polygon(outer, inner[::-1]).area() == pytest.approx(polygon(outer, inner).area(), rel=1e-12)

    def test_a_planar_rectangle_of_degrees_has_the_area_of_its_zone(self):
        zone = 6371007.181**2 * math.radians(10) * (math.sin(math.radians(60)) - math.sin(math.radians(40)))
        assert Geometry.rectangle(20, 40, 30, 60).area() == pytest.approx(zone, rel=1e-12)
        assert polygon(square(20, 40, 30, 60)).area() != pytest.approx(zone, rel=1e-3)

    def test_a_projected_square_has_the_area_of_its_image_on_the_sphere(self):
        dense = shapely.segmentize(shapely.box(300000, 5000000, 400000, 5100000), 100)
        to_lonlat = pyproj.Transformer.from_crs("EPSG:32632", "EPSG:4326", always_xy=True)
        image = shapely.transform(dense, lambda c: np.column_stack(to_lonlat.transform(c[:, 0], c[:, 1])))
        tile = Geometry.rectangle(300000, 5000000, 400000, 5100000, crs="EPSG:32632")
        assert tile.area() == pytest.approx(abs(SPHERE.geometry_area_perimeter(image)[0]), rel=1e-7)
        assert tile.area_in("EPSG:32632") == 1e10

    def test_both_lobes_of_a_crossing_ring_count(self):
        bowtie = polygon([[0, 0], [0.1, 0.1], [0.1, 0], [0, 0.1]])
        lobes = polygon([[0, 0], [0.05, 0.05], [0, 0.1]]).area() + polygon([[0.1, 0], [0.05, 0.05], [0.1, 0.1]]).area()
        assert bowtie.area() == pytest.approx(lobes, rel=1e-5)

    def test_length_is_of_lines_and_perimeter_of_polygons(self):
        path, region = line([0, 0], [0, 1], [1, 1]), polygon(square(0, 0, 1, 1), square(0.4, 0.4, 0.6, 0.6))
        assert path.length() == pytest.approx(SPHERE.geometry_length(path.shape))
        assert (path.perimeter(), region.length()) == (0, 0)
        assert region.perimeter() == pytest.approx(sum(map(SPHERE.geometry_length, region.shape.boundary.geoms)))

    def test_a_planar_line_along_a_parallel_has_the_parallels_length(self):
        parallel = 6371007.181 * math.cos(math.radians(60)) * math.radians(90)
        assert line([0, 60], [90, 60], geodesic=False).length() == pytest.approx(parallel, rel=1e-6)
        assert line([0, 60], [90, 60]).length() < 0.95 * parallel

    def test_distances_are_on_the_sphere(self):
        a, b = Geometry(shapely.Point(12.4534, 41.9033)), Geometry(shapely.Point(13, 42))
        assert a.distance(b) == pytest.approx(SPHERE.inv(12.4534, 41.9033, 13, 42)[2], rel=1e-9)
        east, west = Geometry(shapely.Point(179.9, 0)), Geometry(shapely.Point(-179.9, 0))
        assert east.distance(west) == pytest.approx(math.radians(0.2) * 6371007.181, rel=1e-9)

    def test_the_nearest_point_may_be_inside_an_edge(self):
        start, end, point = (0, 50), (20, 50), (9, 52)
        dense = great_circle(start, end, 20_000)
        nearest = min(SPHERE.inv(*point, x, y)[2] for x, y in dense[8000:10_000])
        assert line(start, end).distance(Geometry(shapely.Point(point))) == pytest.approx(nearest, rel=1e-6)

    def test_what_touches_or_contains_is_at_no_distance(self):
        assert polygon(square(0, 0, 2, 2)).distance(Geometry(shapely.Point(1, 1))) == 0

    def test_bounds_hold_the_bulge_of_great_circles(self):
        bounds = polygon(square(-20, 40, 20, 50)).bounds()
        summit = math.degrees(math.atan(math.tan(math.radians(50)) / math.cos(math.radians(20))))
        assert bounds.shape.bounds == pytest.approx((-20, 40, 20, summit))
        assert not bounds.geodesic
        assert bounds.coordinates()[0][:2] == [[-20, 40], [20, 40]]

    def test_bounds_of_a_planar_geometry_are_in_longitude_and_latitude(self):
        assert Geometry.rectangle(1, 2, 3, 4).bounds().shape.bounds == (1, 2, 3, 4)
        assert Geometry.rectangle(500000, 5000000, 510000, 5010000, crs="EPSG:32632").bounds().crs == "EPSG:4326"

    @pytest.mark.parametrize("lon", [9, 180])
    def test_the_centroid_of_a_symmetric_polygon_is_its_middle(self, lon):
        ring = [[lon + x if lon + x <= 180 else lon + x - 360, y] for x, y in square(-1, -2, 1, 2)]
        x, y = polygon(ring).centroid().coordinates()
        assert abs(x) == pytest.approx(lon, abs=1e-9)
        assert y == pytest.approx(0, abs=1e-9)


# Recorded from Earth Engine for ee.Geometry.Point([0, 0]).buffer(d, d / 5), printed to four decimals.
RECORDED_CIRCLES = {
    50: [(3, 3), (4, -1), (2, -4), (-2, -4), (-4, -1), (-4, 3), (0, 4), (3, 3)],
    70: [(5, 4), (6, -1), (3, -6), (-3, -6), (-6, -1), (-5, 4), (0, 6), (5, 4)],
    80: [(6, 5), (7, -1), (3, -6), (-3, -7), (-7, -2), (-6, 4), (0, 7), (6, 5)],
    100: [(7, 6), (9, -2), (4, -8), (-4, -8), (-9, -2), (-7, 6), (0, 9), (7, 6)],
}


class TestBuffer:
    @pytest.mark.parametrize("distance", RECORDED_CIRCLES)
    def test_a_points_circle_has_the_recorded_vertices(self, distance):
        ring = Geometry(shapely.Point(0, 0)).buffer(distance, distance / 5).coordinates()[0]
        assert [(round(x * 1e4), round(y * 1e4)) for x, y in ring] == RECORDED_CIRCLES[distance]

    @pytest.mark.parametrize("lat", [0, 41.9, 89.999])
    def test_a_points_circle_is_at_its_distance(self, lat):
        ring = Geometry(shapely.Point(12, lat)).buffer(1000).coordinates()[0]
        assert [SPHERE.inv(12, lat, *point)[2] for point in ring] == pytest.approx([1000] * len(ring), rel=1e-6)

    def test_circles_that_meet_are_joined(self):
        pair = Geometry(shapely.MultiPoint([(0, 0), (0.001, 0)]))
        assert pair.buffer(100).type() == "Polygon"
        assert pair.buffer(10).type() == "MultiPolygon"

    @pytest.mark.parametrize("distance", [500, -500])
    def test_a_polygons_edge_moves_by_the_distance(self, distance):
        region = polygon(square(179.9, 50, -179.9, 50.2))
        moved = region.buffer(distance, 5)
        edge = Geometry(moved.shape.exterior)
        boundary = Geometry(region.shape.exterior)
        gaps = [Geometry(shapely.Point(point)).distance(boundary) for point in edge.shape.coords]
        assert gaps == pytest.approx([500] * len(gaps), abs=5)
        assert (moved.area() > region.area()) == (distance > 0)
        expected = region.area() + distance * region.perimeter() + math.copysign(1, distance) * math.pi * 500**2
        if distance > 0:
            assert moved.area() == pytest.approx(expected, rel=1e-4)

    def test_a_line_is_widened(self):
        path = line([8, 50], [8.1, 50])
        assert path.buffer(100, 1).area() == pytest.approx(200 * path.length() + math.pi * 100**2, rel=0.01)

    def test_nothing_is_left_of_a_point_or_line_shrunk(self):
        assert Geometry(shapely.Point(0, 0)).buffer(-1).shape.is_empty
        assert line([0, 0], [1, 1]).buffer(-1).shape.is_empty

    def test_an_error_that_cannot_be_kept_is_refused(self):
        with pytest.raises(EvaluationError, match="maxError"):
            Geometry(shapely.Point(0, 0)).buffer(10, 0)
        with pytest.raises(EvaluationError, match="too large"):
            line([0, 0], [60, 20]).buffer(100_000, 1)


class TestShapes:
    def test_operations_on_planar_geometries_of_one_crs_are_exact(self):
        a, b = (Geometry.rectangle(x, 0, x + 10, 10, crs="EPSG:32632") for x in (0, 5))
        assert a.intersection(b).shape.equals(shapely.box(5, 0, 10, 10))
        assert a.union(b).shape.equals(shapely.box(0, 0, 15, 10))
        assert a.difference(b).shape.equals(shapely.box(0, 0, 5, 10))
        assert a.symmetric_difference(b).shape.area == 100
        assert a.intersection(b).crs == "EPSG:32632"

    def test_areas_of_union_and_intersection_add_up_across_the_antimeridian(self):
        a, b = polygon(square(179, 50, -179, 51)), polygon(square(-179.5, 50.5, -178, 52))
        together = a.union(b).area() + a.intersection(b).area()
        assert together == pytest.approx(a.area() + b.area(), rel=1e-6)
        assert a.difference(b).area() == pytest.approx(a.area() - a.intersection(b).area(), rel=1e-6)
        assert a.intersects(b)

    def test_the_world_contains_what_crosses_the_antimeridian_or_a_pole(self):
        assert Geometry.unbounded().contains(polygon(square(179, 50, -179, 51)))
        assert Geometry.unbounded().contains(polygon([[0, 80], [90, 80], [180, 80], [-90, 80]]))

    def test_predicates_follow_great_circles(self):
        bulge = Geometry(shapely.Point(0, 51))
        assert polygon(square(-20, 40, 20, 50)).contains(bulge)
        assert not Geometry.rectangle(-20, 40, 20, 50).intersects(bulge)

    def test_even_odd_holds_within_a_polygon_and_parts_are_merged(self):
        overlapping = Geometry(shapely.MultiPolygon([shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3)]), geodesic=False)
        assert overlapping.contains(Geometry(shapely.Point(1.5, 1.5)))
        crossing = polygon([[0, 0], [2, 2], [2, 0], [0, 2]], geodesic=False)
        assert not crossing.intersects(Geometry(shapely.Point(1, 0.5)))
        assert crossing.contains(Geometry(shapely.Point(0.5, 1)))

    def test_what_is_empty_has_no_distance_centre_or_bounds(self):
        nothing, point = Geometry(shapely.Polygon()), Geometry(shapely.Point(0, 0))
        assert (nothing.area(), nothing.perimeter(), nothing.coordinates()) == (0, 0, [])
        for ask in (nothing.centroid, nothing.bounds, lambda: nothing.distance(point)):
            with pytest.raises(EvaluationError, match="empty"):
                ask()

    def test_planar_shapes_are_simplified_and_hulled_in_their_own_plane(self):
        path = Geometry(shapely.LineString([(0, 0), (50, 1), (100, 0)]), "EPSG:32632", geodesic=False)
        assert path.simplify(2).coordinates() == [[0, 0], [100, 0]]
        assert path.convex_hull().shape.area == 50
        point = Geometry(shapely.Point(1, 2))
        assert point.simplify(5) is point
        assert point.dissolve() is point

    def test_dissolving_counts_overlaps_once(self):
        twice = Geometry(shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(0, 0, 1, 1)]))
        assert twice.area() == pytest.approx(2 * twice.dissolve().area(), rel=1e-5)

    def test_a_hull_of_great_circles_holds_every_vertex(self):
        region = polygon([[170, 50], [-170, 50], [180, 55], [-170, 60], [170, 60]])
        hull = region.convex_hull()
        assert hull.area() > region.area()
        assert hull.buffer(10).contains(region)

    def test_simplifying_removes_what_is_within_the_error(self):
        path = line([0, 0], [0.00001, 0.5], [0, 1])
        np.testing.assert_allclose(path.simplify(10).coordinates(), [[0, 0], [0, 1]], atol=1e-9)
        assert len(path.simplify(0.1).coordinates()) == 3

    def test_collections_can_be_measured_and_combined(self):
        mixed = Geometry.from_geojson(
            {
                "type": "GeometryCollection",
                "geometries": [
                    {"type": "Point", "coordinates": [5, 5]},
                    {"type": "Polygon", "coordinates": [square(0, 0, 1, 1)]},
                    {"type": "LineString", "coordinates": [[8, 8], [8, 9]]},
                ],
            }
        )
        region = polygon(square(0, 0, 1, 1))
        assert mixed.area() == pytest.approx(region.area(), rel=1e-12)
        assert mixed.length() == pytest.approx(math.radians(1) * 6371007.181, rel=1e-9)
        assert mixed.contains(region)
        assert mixed.intersects(Geometry(shapely.Point(5, 5)))
        assert mixed.intersection(region).area() == pytest.approx(region.area(), rel=1e-5)
        assert mixed.buffer(100, 1).area() > region.area()
        np.testing.assert_allclose(mixed.centroid().coordinates(), [0.5, 0.5], atol=1e-3)
