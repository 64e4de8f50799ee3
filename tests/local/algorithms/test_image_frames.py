"""Images cut to bounds and brought to a size: expected grids by hand."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely
from affine import Affine

from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Image
from gee_scl.local.values import FOOTPRINT
from gee_scl.local.vector.geometry import Geometry
from tests.support.local.algorithm_calls import call
from tests.support.local.pixel_images import UTM, byte, read

NAME = "Image.clipToBoundsAndScale"
VALUES = np.arange(12 * 8, dtype=np.uint8).reshape(8, 12)
IMAGE = byte(VALUES)
"""12 x 8 pixels of 20 m from 500000, 6000000."""


def box(left: float, bottom: float, right: float, top: float) -> Geometry:
    return Geometry(shapely.box(left, bottom, right, top), UTM.crs, geodesic=False)


def framed(image: Image = IMAGE, **arguments) -> tuple[Image, Grid]:
    made = call(NAME, input=image, **arguments)
    band = made.bands[0]
    return made, Grid(band.projection.crs, band.projection.transform, 0, 0, *band.dimensions)


def test_the_whole_image_is_brought_to_a_longest_side():
    image, grid = framed(maxDimension=6)
    assert grid == Grid(UTM.crs, Affine(40, 0, 500_000, 0, -40, 6_000_000), 0, 0, 6, 4)
    pixels = read(image, grid)
    assert pixels.mask.all()
    # Each centre is on the corner of four pixels, and belongs to the one right of it and below.
    np.testing.assert_array_equal(pixels.values, VALUES[1::2, 1::2])


def test_a_region_is_its_bounding_box_in_the_images_projection():
    triangle = Geometry(
        shapely.Polygon([(500_020, 5_999_900), (500_100, 5_999_980), (500_060, 5_999_890)]), UTM.crs, geodesic=False
    )
    _, grid = framed(geometry=triangle, width=4, height=9)
    assert grid == Grid(UTM.crs, Affine(20, 0, 500_020, 0, -10, 5_999_980), 0, 0, 4, 9)


def test_a_region_in_degrees_is_carried_over():
    region = Geometry.rectangle(-9.0, 54.1, -8.99, 54.11)
    _, grid = framed(geometry=region, maxDimension=100)
    project = pyproj.Transformer.from_crs("EPSG:4326", UTM.crs, always_xy=True).transform
    edge = np.linspace(0, 1, 101)
    x, y = project(
        np.concatenate([-9 + edge / 100, -9 + edge / 100, np.full(101, -9.0), np.full(101, -8.99)]),
        np.concatenate([np.full(101, 54.1), np.full(101, 54.11), 54.1 + edge / 100, 54.1 + edge / 100]),
    )
    right, bottom = grid.transform @ (grid.width, grid.height)
    np.testing.assert_allclose((grid.transform.c, right), (x.min(), x.max()), atol=0.02)
    np.testing.assert_allclose((bottom, grid.transform.f), (y.min(), y.max()), atol=0.02)
    assert max(grid.width, grid.height) == 100


def test_a_scale_keeps_the_origin_and_covers_the_region():
    _, grid = framed(geometry=box(500_050, 5_999_910, 500_110, 5_999_990), scale=40)
    assert grid == Grid(UTM.crs, Affine(40, 0, 500_040, 0, -40, 6_000_000), 0, 0, 2, 3)


def test_neither_size_nor_scale_keeps_the_pixels():
    image, grid = framed(geometry=box(500_040, 5_999_900, 500_100, 5_999_980))
    assert grid == Grid(UTM.crs, Affine(20, 0, 500_040, 0, -20, 5_999_980), 0, 0, 3, 4)
    np.testing.assert_array_equal(read(image, grid).values, VALUES[1:5, 2:5])


def test_what_lies_outside_the_box_is_masked():
    image, _ = framed(geometry=box(500_040, 5_999_900, 500_100, 5_999_980), maxDimension=3)
    whole = read(image, Grid(UTM.crs, UTM.transform, 0, 0, 12, 8))
    expected = np.zeros((8, 12), bool)
    expected[1:5, 2:5] = True
    np.testing.assert_array_equal(whole.mask, expected)


def test_a_footprint_bounds_an_image_more_than_its_pixels_do():
    image = IMAGE.set(FOOTPRINT, box(500_100, 5_999_960, 500_900, 6_000_900))
    _, grid = framed(image, maxDimension=7)
    assert grid == Grid(UTM.crs, Affine(20, 0, 500_100, 0, -20, 6_000_000), 0, 0, 7, 2)


def test_north_is_up_whatever_the_projection():
    _, grid = framed(Image.constant(1), geometry=Geometry.rectangle(10, 40, 14, 42), maxDimension=4)
    assert grid == Grid("EPSG:4326", Affine(1, 0, 10, 0, -1, 42), 0, 0, 4, 2)
    _, own = framed(Image.constant(1), geometry=Geometry.rectangle(10, 40, 14, 42))
    assert own == grid


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"width": 3}, "'width' and 'height' must be provided together"),
        ({"width": 3, "height": 3, "maxDimension": 3}, "Only one of"),
        ({"maxDimension": 3, "scale": 3.0}, "Only one of"),
        ({"maxDimension": 0}, "'maxDimension' must be greater than 0, got 0"),
        ({"scale": -1.0}, "'scale' must be greater than 0"),
        ({"geometry": box(500_000, 6_000_000, 500_000, 6_000_000), "maxDimension": 9}, "no extent"),
        ({"geometry": Geometry.unbounded(), "maxDimension": 9}, "must not be unbounded"),
        ({"input": Image.constant(1), "maxDimension": 9}, "The geometry for image clipping must not be unbounded"),
        ({"input": Image(), "maxDimension": 9}, "The image has no bands"),
        ({"input": None, "maxDimension": 9}, "Parameter 'input' is required"),
    ],
)
def test_what_cannot_be_framed_is_refused(arguments, text):
    with pytest.raises(EvaluationError, match=rf"Image\.clipToBoundsAndScale: .*{text}"):
        call(NAME, **{"input": IMAGE, **arguments})
