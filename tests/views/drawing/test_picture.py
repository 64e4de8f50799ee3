"""Pictures of a window against the sample's own rasters: read by rasterio, placed by pyproj, decoded by Pillow."""

from __future__ import annotations

import io

import numpy as np
import pytest
import rasterio
from PIL import Image
from pyproj import Transformer

import gee_scl
from gee_scl.options.choices import PictureFormat
from gee_scl.requests.door import Door
from gee_scl.views.drawing.picture import Wanted, draw
from gee_scl.views.drawing.window import Window
from gee_scl.views.view import true_color_view
from tests.support.engines import server_over, session_on
from tests.support.sample_scene import FARMLAND, painted, rgba, scene, scl_path


def picture(image, window, picture_format=PictureFormat.PNG):
    (content,) = draw([Wanted("it", image, window)], Door(), picture_format=picture_format).all()
    return content


@pytest.mark.parametrize("times", [1, 3])
def test_a_picture_has_each_pixel_of_its_window_and_no_other(sample_session, sample, times):
    with rasterio.open(scl_path(sample)) as source:
        column, row, width, height = 150, 60, 37, 23
        codes = source.read(1)[row : row + height, column : column + width]
        west, north = source.transform @ (column, row)
    bounds = (west, north - height * 20, west + width * 20, north)
    window = Window(bounds, width * times, height * times, "EPSG:32632")
    data = picture(gee_scl.visualize(scene()), window)
    expected = np.kron(codes, np.ones((times, times), dtype=codes.dtype))
    np.testing.assert_array_equal(rgba(data)[..., :3], painted(expected))
    assert (rgba(data)[..., 3] == 255).all()


def test_a_picture_in_degrees_shows_what_lies_under_each_centre(sample_session, sample):
    west, south, east, north = bounds = (11.56, 46.43, 11.60, 46.46)
    width, height = 80, 60
    data = picture(gee_scl.visualize(scene()), Window(bounds, width, height, "EPSG:4326"))
    x = west + (np.arange(width) + 0.5) * (east - west) / width
    y = north - (np.arange(height) + 0.5) * (north - south) / height
    with rasterio.open(scl_path(sample)) as source:
        places = Transformer.from_crs(4326, source.crs, always_xy=True).transform(*np.meshgrid(x, y))
        columns, rows = (np.floor(v).astype(int) for v in ~source.transform @ places)
        expected = painted(source.read(1)[rows, columns])
    wrong = (rgba(data)[..., :3] != expected).any(axis=2).mean()
    assert wrong < 0.002  # centres within millimetres of an edge between two pixels


def test_a_picture_is_transparent_beyond_the_image(sample_session):
    data = picture(gee_scl.visualize(scene()), Window((0, 0, 100, 100), 4, 3, "EPSG:32632"))
    assert rgba(data).shape == (3, 4, 4)
    assert (rgba(data)[..., 3] == 0).all()


def test_a_picture_may_be_a_jpeg(sample_session):
    window = Window(FARMLAND, 50, 40, "EPSG:4326")
    data = picture(true_color_view(scene()).image, window, picture_format=PictureFormat.JPG)
    with Image.open(io.BytesIO(data)) as image:
        assert (image.format, image.size) == ("JPEG", (50, 40))


@pytest.mark.parametrize(
    ("bounds", "size", "argument"),
    [
        ((1, 0, 0, 1), (10, 10), "bounds"),
        ((0, 1, 1, 1), (10, 10), "bounds"),
        ((0, 0, float("nan"), 1), (10, 10), "bounds"),
        ((0, 0, 1, 1), (0, 10), "size"),
        ((0, 0, 1, 1), (10, 10_001), "size"),
        ((0, 0, 1, 1), (10.5, 10), "size"),
    ],
)
def test_a_window_that_cannot_be_is_refused_before_any_request(bounds, size, argument):
    with pytest.raises(gee_scl.ArgumentError) as raised:
        Window(bounds, *size)
    assert raised.value.argument == argument


def test_earth_engines_own_words_are_in_the_error(sample_session):
    with pytest.raises(gee_scl.RequestError, match="NOSUCH"):
        picture(scene().select("NOSUCH"), Window(FARMLAND, 5, 5, "EPSG:4326"))


def test_an_address_that_answers_with_an_error_is_an_error_of_ours(sample):
    with server_over(sample) as server, session_on(server.url):
        window = Window(FARMLAND, 5, 5, "EPSG:4326")
        with (
            server.fail("thumbnails.getPixels", status=404),
            pytest.raises(gee_scl.RequestError, match="Drawing it failed") as raised,
        ):
            picture(gee_scl.visualize(scene()), window)
    assert raised.value.status == 404
