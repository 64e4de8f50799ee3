"""Which pixels a region takes, against rasterio and shapely."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio.features
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from gee_scl.local.raster.coverage import centres_inside, covered_fraction, touched
from gee_scl.local.raster.grid import Grid

DOWN = Grid("EPSG:32631", Affine(20, 0, 500_000, 0, -20, 5_600_000), 7, -3, 30, 24)
UP = Grid("EPSG:32631", Affine(20, 0, 500_000, 0, 20, 5_600_000), 7, -3, 30, 24)
TURNED = Grid("EPSG:32631", Affine(16, 12, 500_000, 12, -16, 5_600_000), 0, 0, 30, 24)


def squares(grid: Grid) -> np.ndarray:
    """Each pixel as a polygon, of the grid's shape."""
    at = grid.window_transform
    return np.array(
        [
            [
                shapely.Polygon([at @ (c + dx, r + dy) for dx, dy in ((0, 0), (1, 0), (1, 1), (0, 1))])
                for c in range(grid.width)
            ]
            for r in range(grid.height)
        ]
    )


@st.composite
def shapes(draw: st.DrawFn) -> shapely.Geometry:
    """Polygons around and across the window: concave, with holes, in several parts."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.integers(0, 2))

    def star(x: float, y: float, radius: float) -> shapely.Polygon:
        count = random.integers(3, 40)
        angles = np.sort(random.uniform(0, 2 * np.pi, count))
        distances = radius * random.uniform(0.2, 1, count)
        return shapely.Polygon(
            np.column_stack([x + distances * np.cos(angles), y + distances * np.sin(angles)])
        ).buffer(0)

    x, y = random.uniform(499_900, 500_900), random.uniform(5_599_400, 5_600_500)
    shape = star(x, y, random.uniform(5, 700))
    if kind == 1:
        shape = shape.difference(star(x, y, random.uniform(5, 200)))
    elif kind == 2:
        shape = shape.union(star(x + 300, y - 100, random.uniform(5, 300)))
    return shape


@settings(max_examples=150, deadline=None)
@given(shape=shapes(), grid=st.sampled_from([DOWN, UP, TURNED]))
def test_centres_inside_are_rasterios(shape: shapely.Geometry, grid: Grid) -> None:
    if shape.is_empty:
        assert not centres_inside(shape, grid).any()
        return
    expected = rasterio.features.rasterize([(shape, 1)], grid.shape, transform=grid.window_transform, dtype="uint8")
    np.testing.assert_array_equal(centres_inside(shape, grid), expected.astype(bool))


@settings(max_examples=60, deadline=None)
@given(shape=shapes(), grid=st.sampled_from([DOWN, UP, TURNED]))
def test_covered_fractions_are_areas_of_intersections(shape: shapely.Geometry, grid: Grid) -> None:
    expected = shapely.area(shapely.intersection(squares(grid), shape)) / 400
    np.testing.assert_allclose(covered_fraction(shape, grid), expected, atol=1e-7)


def test_a_polygon_on_the_grids_lines_covers_whole_pixels() -> None:
    shape = shapely.box(500_160, 5_599_800, 500_240, 5_599_900)
    assert centres_inside(shape, DOWN).sum() == 4 * 5
    assert covered_fraction(shape, DOWN).sum() == 4 * 5
    assert set(np.unique(covered_fraction(shape, DOWN))) == {0, 1}


def test_what_lies_outside_the_window_takes_nothing_and_what_holds_it_takes_all() -> None:
    assert not centres_inside(shapely.box(0, 0, 10, 10), DOWN).any()
    assert not covered_fraction(shapely.box(0, 0, 10, 10), DOWN).any()
    world = shapely.box(0, 0, 1e7, 1e7)
    assert centres_inside(world, DOWN).all()
    assert (covered_fraction(world, DOWN) == 1).all()


@pytest.mark.parametrize("grid", [DOWN, UP, TURNED])
def test_a_point_takes_the_pixel_that_holds_it(grid: Grid) -> None:
    x, y = grid.window_transform @ (4.3, 10.9)
    taken = touched(shapely.MultiPoint([(x, y), (0, 0)]), grid)
    assert list(zip(*np.nonzero(taken), strict=True)) == [(10, 4)]


def test_a_line_takes_the_pixels_that_it_touches() -> None:
    start, end = DOWN.window_transform @ (2.5, 3.5), DOWN.window_transform @ (6.5, 3.5)
    taken = touched(shapely.LineString([start, end]), DOWN)
    assert list(zip(*np.nonzero(taken), strict=True)) == [(3, column) for column in range(2, 7)]
