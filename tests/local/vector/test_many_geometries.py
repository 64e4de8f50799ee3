"""Many geometries at once: the same, to the last bit, as one by one."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio.features
import shapely
from affine import Affine

from gee_scl.local.context import BoundedCache
from gee_scl.local.features.filters import Operands, all_of, any_of, not_null
from gee_scl.local.features.place_filters import related
from gee_scl.local.raster.coverage import Outlines
from gee_scl.local.raster.grid import Grid
from gee_scl.local.values import Feature
from gee_scl.local.vector.geometry import Geometry, in_crs_all


def ring(random: np.random.Generator, lon: float, lat: float, radius: float) -> np.ndarray:
    angles = np.sort(random.uniform(0, 2 * np.pi, 9))
    radii = radius * random.uniform(0.5, 1, 9)
    points = np.column_stack([lon + radii * np.cos(angles), lat + radii * np.sin(angles) / 2])
    return np.column_stack([(points[:, 0] + 180) % 360 - 180, np.clip(points[:, 1], -85, 85)])


def random_geometries(count: int) -> list[Geometry]:
    """Of every kind, some over the antimeridian, from a hundred metres to fifteen degrees."""
    random = np.random.default_rng(5)
    geometries = [Geometry(shapely.Polygon()), Geometry(shapely.LinearRing(ring(random, 3, 50, 1)))]
    for number in range(count):
        lon = random.choice([179.9, -179.9, random.uniform(-180, 180)])
        lat, radius = random.uniform(-80, 80), 10 ** random.uniform(-3, 1.2)
        shell, hole = ring(random, lon, lat, radius), ring(random, lon, lat, radius / 5)
        shapes = (
            shapely.Polygon(shell),
            shapely.Polygon(shell, [hole]),
            shapely.MultiPolygon([shapely.Polygon(shell, [hole]), shapely.Polygon(hole)]),
            shapely.LineString(shell),
            shapely.MultiLineString([shell, hole]),
            shapely.MultiPoint(shell),
            shapely.GeometryCollection([shapely.Point(shell[0]), shapely.Polygon(shell)]),
        )
        geometries.append(Geometry(shapes[number % len(shapes)], geodesic=bool(number % 2)))
    return geometries


@pytest.mark.parametrize(("crs", "error"), [("EPSG:4326", 1e-6), ("EPSG:3857", 1.0)])
def test_geometries_carried_together_have_the_vertices_that_each_has_alone(crs, error):
    utm = [Geometry(shapely.Point(500000, 5.7e6 + 9 * r).buffer(r), "EPSG:32630", False) for r in (10, 1e3, 1e5)]
    geometries = random_geometries(140) + utm
    together = in_crs_all(geometries, crs, error)
    assert [shape.wkb for shape in together] == [geometry.in_crs(crs, error).wkb for geometry in geometries]


def test_pixels_of_many_polygons_are_those_whose_centre_gdal_finds_inside():
    grid = Grid("EPSG:32630", Affine(20, 0, 500000, 0, -20, 5900040), -7, 11, 60, 40)
    random = np.random.default_rng(5)
    x, y = grid.window_transform @ (random.uniform(-10, 70, 80), random.uniform(-10, 50, 80))
    rings = shapely.buffer(shapely.points(x, y), random.uniform(5, 400, 80), quad_segs=5)
    holes = shapely.difference(rings, shapely.buffer(shapely.points(x, y), 33.0))
    far = shapely.box(0, 0, 1, 1)
    shapes = [*rings, *holes, shapely.union_all(rings[:9]), far, shapely.Polygon(), shapely.box(0, 0, 1e6, 1e7)]
    runs = Outlines.of(shapes, grid.transform).runs(grid)
    inside = np.zeros((len(shapes), *grid.shape), np.uint8)
    for shape, row, start, end in zip(runs.of, runs.row, runs.start, runs.end, strict=True):
        inside[shape, row - grid.row, start - grid.column : end - grid.column] += 1
    for shape, found in zip(shapes, inside, strict=True):
        burnt = np.zeros(grid.shape, np.uint8)
        if not shape.is_empty:
            burnt = rasterio.features.rasterize([(shape, 1)], grid.shape, transform=grid.window_transform)
        assert found.tolist() == burnt.tolist()


@pytest.mark.parametrize("name", ["intersects", "disjoint", "contains", "isContained"])
def test_a_filter_of_places_answers_for_many_elements_as_for_each(name):
    here = Geometry(shapely.box(170, -40, 200, 60), geodesic=False)
    polygons = [g for g in random_geometries(140) if shapely.get_dimensions(g.shape) == 2]
    elements = [Feature({"odd": n % 2 or None}, geometry=g) for n, g in enumerate(polygons)] + [Feature()]
    again = [
        Feature(dict(e.properties), geometry=e.geometry and Geometry(e.geometry.shape, geodesic=e.geometry.geodesic))
        for e in elements
    ]
    place = related(f"Filter.{name}", Operands(left_field=".geo", right_value=here), None)
    for condition in (place, any_of([not_null(["odd"]), place]), all_of([not_null(["odd"]), place])):
        answers = condition.accepts_each(elements)
        assert answers == [condition.accepts(element) for element in again]
    assert answers[-1] is False


def test_a_cache_makes_what_it_lacks_together_and_once():
    asked: list[list[int]] = []

    def squares(places: list[int]) -> list[int]:
        asked.append(places)
        return [(place + 1) ** 2 for place in places]

    cache = BoundedCache(2)
    assert cache.get_all(["a", "b"], squares, lambda _: 1) == [1, 4]
    assert cache.get_all(["a", "b", "c"], squares, lambda _: 1) == [1, 4, 9]
    assert asked == [[0, 1], [2]]
    assert cache.get("a", lambda: "made anew", lambda _: 1) == "made anew"
