"""Features drawn to be looked at: expected colours by hand and by shapely's areas."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gee_scl.local.errors import EvaluationError, NotCoveredError
from gee_scl.local.raster.grid import Grid
from gee_scl.local.raster.image import Image
from gee_scl.local.values import BYTE, Collection, Feature
from gee_scl.local.vector.geometry import Geometry
from tests.support.local.algorithm_calls import call
from tests.support.local.pixel_images import UTM, read, window

GRID = window(20, 20)


def feature(shape: shapely.Geometry, **properties) -> Feature:
    """A shape in columns and rows of `GRID`."""
    ground = shapely.transform(shape, lambda xy: xy * (20, -20) + (500_000, 6_000_000))
    return Feature(geometry=Geometry(ground, UTM.crs, geodesic=False), properties=properties)


def collection(*features: Feature) -> Collection:
    return Collection(elements=features)


def rgba(image: Image, grid: Grid = GRID) -> np.ndarray:
    """Colours and opacity, from 0 to 255; opacity as it is."""
    channels = [read(image, grid, band) for band in ("vis-red", "vis-green", "vis-blue")]
    return np.dstack([*(c.values for c in channels), np.asarray(channels[0].mask, float)])


SQUARE = shapely.box(5, 5, 15, 15)


def test_a_polygon_is_filled_lightly_and_outlined():
    image = call("Collection.draw", collection=collection(feature(SQUARE)), color="FF8000")
    assert [band.type for band in image.bands] == [BYTE] * 3
    drawn = rgba(image)
    assert drawn[10, 10].tolist() == [255, 128, 0, pytest.approx(168 / 255)]
    # Two pixels wide: one on each side of the edge.
    assert drawn[10, 4].tolist() == drawn[10, 5].tolist() == [255, 128, 0, 1]
    assert drawn[10, 3, 3] == 0
    assert drawn[10, 6, 3] == pytest.approx(168 / 255)


def test_a_style_has_outline_and_fill_of_its_own():
    image = call("Collection.style", collection=collection(feature(SQUARE)), color="red", fillColor="0000ff80", width=4)
    drawn = rgba(image)
    assert drawn[10, 10].tolist() == [0, 0, 255, pytest.approx(0x80 / 255)]
    assert drawn[10, 3:7].tolist() == [[255, 0, 0, 1]] * 4
    empty = call("Collection.style", collection=collection(feature(SQUARE)), fillColor="00000000", width=0)
    assert not rgba(empty)[..., 3].any()


def test_an_edge_is_as_opaque_as_the_pixel_is_covered():
    triangle = shapely.Polygon([(2.3, 1.1), (17.7, 6.2), (5.5, 18.8)])
    image = call("Collection.style", collection=collection(feature(triangle)), fillColor="white", width=0)
    drawn = rgba(image)
    cells = [[shapely.box(x, y, x + 1, y + 1).intersection(triangle).area for x in range(20)] for y in range(20)]
    np.testing.assert_allclose(drawn[..., 3], cells, atol=0.5 / 255 + 1e-6)


def test_later_features_lie_over_earlier_ones():
    both = collection(feature(SQUARE, style={"fillColor": "ff0000"}), feature(SQUARE, style={"fillColor": "00ff0080"}))
    drawn = rgba(call("Collection.style", collection=both, styleProperty="style", width=0))
    share = 0x80 / 255
    assert drawn[10, 10].tolist() == [round(255 * (1 - share)), round(255 * share), 0, 1]


def test_a_feature_may_have_its_own_style_and_the_others_have_the_common_one():
    left = feature(shapely.box(1, 1, 8, 8), style={"color": "lime", "width": 1})
    right = feature(shapely.box(11, 11, 18, 18))
    drawn = rgba(call("Collection.style", collection=collection(left, right), styleProperty="style", color="blue"))
    assert drawn[4, 4, :3].tolist() == [0, 255, 0]
    assert drawn[14, 14, :3].tolist() == [0, 0, 255]


@pytest.mark.parametrize(
    ("shape", "inside", "outside"),
    [
        ("circle", [(10, 6), (7, 7)], [(5, 5)]),
        ("square", [(10, 7), (7, 7)], [(10, 5)]),
        ("diamond", [(10, 6)], [(7, 7)]),
        ("triangle_up", [(10, 7), (8, 11)], [(7, 7), (10, 14)]),
        ("v", [(10, 12), (8, 8)], [(7, 12)]),
    ],
)
def test_points_have_markers(shape, inside, outside):
    point = collection(feature(shapely.Point(10.5, 10.5)))
    drawn = rgba(call("Collection.style", collection=point, pointShape=shape, pointSize=5, width=0, fillColor="ff00ff"))
    assert all(drawn[y, x].tolist() == [255, 0, 255, 1] for x, y in inside)
    assert all(drawn[y, x, 3] < 1 for x, y in outside)


def test_a_plus_is_two_lines():
    point = collection(feature(shapely.Point(10.5, 10.5)))
    drawn = rgba(call("Collection.style", collection=point, pointShape="+", pointSize=6, width=1, color="red"))
    assert (drawn[10, 5:16, 3] == 1).all()
    assert (drawn[5:16, 10, 3] == 1).all()
    assert drawn[7, 7, 3] == 0


def test_lines_have_a_width_in_pixels_of_the_map():
    line = collection(feature(shapely.LineString([(-100, 10), (100, 10)])))
    image = call("Collection.style", collection=line, color="red", width=2)
    assert rgba(image)[:, 10, 3].tolist() == [0] * 9 + [1, 1] + [0] * 9
    coarse = Grid(UTM.crs, UTM.transform @ UTM.transform.scale(2), 0, 0, 10, 10)
    assert rgba(image, coarse)[:, 5, 3].tolist() == [0] * 4 + [1, 1] + [0] * 4


def test_neighbouring_tiles_fit():
    shapes = [shapely.Point(x, y).buffer(3) for x, y in ((10, 3), (10, 12), (9.5, 17))]
    features = collection(*(feature(shape) for shape in shapes), feature(shapely.Point(10.2, 8)))
    image = call("Collection.style", collection=features, color="red", fillColor="00f")
    whole = rgba(image)
    parts = [rgba(image, window(10, 20, column=column)) for column in (0, 10)]
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, atol=1e-5)


def test_features_without_geometry_and_empty_collections_draw_nothing():
    for features in (collection(), collection(Feature())):
        assert not rgba(call("Collection.draw", collection=features, color="red"))[..., 3].any()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"color": "reddish"}, "Invalid color 'reddish'"),
        ({"pointShape": "heart"}, "Unknown pointShape 'heart'"),
        ({"lineType": "wavy"}, "Unknown lineType 'wavy'"),
        ({"width": -1.0}, "'width' must be a number that is not negative"),
        ({"styleProperty": "name"}, "The property 'name' must be a dictionary, not String"),
        ({"styleProperty": "style"}, "Unknown style 'colour'"),
        ({"styleProperty": "other"}, "'color' must be a string, not Integer"),
    ],
)
def test_what_is_no_style_is_refused(arguments, text):
    features = collection(feature(SQUARE, name="x", style={"colour": "red"}, other={"color": 1}))
    with pytest.raises(EvaluationError, match=rf"Collection\.style: .*{text}"):
        call("Collection.style", collection=features, **arguments)


def test_dashed_lines_are_not_covered():
    with pytest.raises(NotCoveredError, match="lineType 'dashed' is not covered"):
        call("Collection.style", collection=collection(), lineType="dashed")


@pytest.mark.long
def test_five_hundred_regions_are_drawn_at_once():
    shapes = [shapely.Point(x % 25 * 8, x // 25 * 10).buffer(4, quad_segs=60) for x in range(500)]
    image = call("Collection.draw", collection=collection(*map(feature, shapes)), color="red")
    drawn = rgba(image, window(200, 200))
    assert all(drawn[int(shape.centroid.y), int(shape.centroid.x), 3] > 0.6 for shape in shapes[26:475])
