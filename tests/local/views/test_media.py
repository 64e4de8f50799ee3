"""Pictures and their files: expected pixels by hand, decoded by Pillow and rasterio."""

from __future__ import annotations

import io

import numpy as np
import PIL.Image
import pytest
import rasterio
from rasterio.io import MemoryFile

from gee_scl.local.context import Context
from gee_scl.local.errors import EvaluationError, LimitError, NotFoundError
from gee_scl.local.raster.image import Image
from gee_scl.local.values import Element
from gee_scl.local.views.arrays import rgba, values
from gee_scl.local.views.media import Media, encoded, geotiff, gif, is_rate, npy, strip
from gee_scl.local.views.requests import shown
from tests.support.local.pixel_images import UTM, byte, joined, real, sheet, window


class NoAssets:
    def load(self, asset_id: str) -> Element:
        raise NotFoundError(asset_id)


def context() -> Context:
    """A new one for each evaluation: its time runs from its beginning."""
    return Context(assets=NoAssets())


def opened(media: Media) -> PIL.Image.Image:
    return PIL.Image.open(io.BytesIO(media.content))


def picture(colours, opacity=255) -> np.ndarray:
    """A picture of these colours."""
    array = np.asarray(colours, np.uint8)
    return np.dstack([array, np.broadcast_to(np.asarray(opacity, np.uint8), array.shape[:2])])


def test_one_band_is_grey_and_what_is_masked_is_transparent_and_black():
    image = shown(byte([[5, 9, 255]], mask=[[1, 0, 1]]))
    assert rgba(image, window(4), context()).tolist() == [[[5] * 3 + [255], [0] * 4, [255] * 4, [0] * 4]]


def test_a_pixel_is_as_opaque_as_its_most_transparent_band():
    masks = ([[1.0, 0.5]], [[0.25, 1.0]], [[1.0, 0.0]])
    bands = [sheet(np.array([[7, 7]], np.uint8), np.array(m, np.float32), name=n) for m, n in zip(masks, "abc")]  # noqa: B905
    assert rgba(shown(Image(bands=tuple(bands))), window(2), context()).tolist() == [[[7, 7, 7, 64], [0, 0, 0, 0]]]


def test_options_are_those_of_the_rest_api():
    image = real([[0.0, 0.5, 1.0]])
    options = {"ranges": [{"min": 0, "max": 1}], "paletteColors": ["#000", "red", "white"], "opacity": 0.5}
    drawn = rgba(shown(image, (), options), window(3), context())
    assert drawn.tolist() == [[[0, 0, 0, 128], [255, 0, 0, 128], [255, 255, 255, 128]]]


def test_each_band_may_have_its_own_range_and_all_have_one_gamma():
    image = joined(real([[3.0]], name="c"), real([[2.0]], name="b"), real([[1.0]], name="a"))
    options = {"ranges": [{"max": 3}, {"min": 1, "max": 3}, {"max": 4}], "gamma": {"value": 2}}
    drawn = rgba(shown(image, ["c", "b", "a"], options), window(1), context())
    assert drawn.tolist() == [[[255, round(255 * 0.5**0.5), round(255 * 0.25**0.5), 255]]]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"ranges": {"min": 0}}, "must be a list of ranges"),
        ({"ranges": [3]}, "must be a list of ranges"),
        ({"ranges": [{"min": 0, "max": 1}] * 2}, "must have 1 or 1 values, not 2"),
        ({"opacity": "half"}, "'half' is no number"),
        ({"opacity": 0}, "Scale must be greater than zero"),
        ({"paletteColors": ["reddish"]}, "Invalid color"),
        ({"gamma": "bright"}, "'gamma' must be a number"),
    ],
)
def test_options_that_do_not_fit_are_refused(options, text):
    with pytest.raises(EvaluationError, match=text):
        shown(byte([[1]]), (), options)


def test_a_large_picture_is_the_same_as_its_pieces():
    numbers = np.random.default_rng(5).integers(0, 255, (700, 1100), np.uint8)
    drawn = rgba(shown(byte(numbers)), window(1100, 700), context())
    np.testing.assert_array_equal(drawn[..., 0], numbers)
    assert (drawn[..., 3] == 255).all()


COLOURS = np.random.default_rng(6).integers(0, 256, (20, 30, 3), np.uint8)
HOLES = np.where(np.random.default_rng(7).random((20, 30)) < 0.3, 0, 255)


def test_a_png_has_every_colour_and_opacity():
    media = encoded(picture(COLOURS, HOLES), "PNG")
    assert media.type == "image/png"
    assert opened(media).format == "PNG"
    assert opened(media).mode == "RGBA"
    np.testing.assert_array_equal(np.asarray(opened(media)), picture(COLOURS, HOLES))


def test_a_jpeg_is_black_where_the_picture_is_transparent():
    half = np.full((40, 40, 3), (200, 100, 50))
    opacity = np.where(np.arange(40) < 16, 0, 255)[np.newaxis] + np.zeros((40, 1))
    media = encoded(picture(half, opacity), "JPEG")
    assert (media.type, opened(media).format, opened(media).mode) == ("image/jpeg", "JPEG", "RGB")
    decoded = np.asarray(opened(media)).astype(int)
    assert abs(decoded[:, :12]).max() < 8
    assert abs(decoded[:, 24:] - (200, 100, 50)).max() < 8


def test_the_format_is_chosen_by_whether_anything_is_transparent():
    assert encoded(picture(COLOURS), "AUTO_JPEG_PNG").type == "image/jpeg"
    assert encoded(picture(COLOURS, HOLES), "AUTO_JPEG_PNG").type == "image/png"


def test_what_is_too_long_for_a_jpeg_is_a_png():
    long = picture(np.zeros((65_501, 1, 3)))
    assert encoded(long, "AUTO_JPEG_PNG").type == "image/png"
    with pytest.raises(LimitError, match="at most 65500 pixels a side, not 65501"):
        encoded(long, "JPEG")


def test_frames_of_few_colours_keep_each_of_them():
    generator = np.random.default_rng(8)
    classes = generator.integers(0, 256, (251, 3), np.uint8)
    frames = [
        picture(classes[generator.integers(0, 251, (30, 40))], np.where(generator.random((30, 40)) < 0.2, 0, 255))
        for _ in range(5)
    ]
    media = gif(frames, 4)
    assert media.type == "image/gif"
    found = opened(media)
    assert (found.n_frames, found.info["duration"], found.info["loop"]) == (5, 250, 0)
    for place, frame in enumerate(frames):
        found.seek(place)
        decoded = np.asarray(found.convert("RGBA"))
        np.testing.assert_array_equal(decoded[..., 3], frame[..., 3])
        np.testing.assert_array_equal(decoded[frame[..., 3] > 0], frame[frame[..., 3] > 0])


def test_frames_of_many_colours_come_close():
    ramp = np.linspace(0, 255, 64)
    colours = np.dstack(
        [np.broadcast_to(ramp, (64, 64)), np.broadcast_to(ramp[:, None], (64, 64)), np.full((64, 64), 90)]
    )
    opacity = np.where(np.arange(64) < 8, 0, 255)[np.newaxis] + np.zeros((64, 1))
    found = opened(gif([picture(colours, opacity), picture(colours[::-1], opacity)], 5))
    assert found.n_frames == 2
    decoded = np.asarray(found.convert("RGBA")).astype(int)
    np.testing.assert_array_equal(decoded[..., 3], opacity)
    assert abs(decoded[:, 8:, :3] - colours[:, 8:]).mean() < 8


def test_equal_frames_last_longer():
    same, other = picture(COLOURS[:2, :3]), picture(COLOURS[2:4, :3])
    found = opened(gif([same, same, other], 10))
    assert (found.n_frames, found.info["duration"]) == (2, 200)


@pytest.mark.parametrize(("rate", "milliseconds"), [(0.1, 10_000), (3, 330), (120, 20)])
def test_a_rate_is_a_duration_of_frames(rate, milliseconds):
    found = opened(gif([picture(COLOURS[:2, :3]), picture(COLOURS[2:4, :3])], rate))
    assert found.info["duration"] == milliseconds


@pytest.mark.parametrize(
    ("rate", "holds"),
    [(0.1, True), (120, True), (0, False), (121, False), ("5", False), (True, False), (float("nan"), False)],
)
def test_rates_are_from_a_tenth_to_120(rate, holds):
    assert is_rate(rate) is holds


def test_a_strip_runs_down_or_to_the_right():
    frames = [picture(np.full((2, 3, 3), n)) for n in (1, 2)]
    assert strip(frames, "VERTICAL")[:, 0, 0].tolist() == [1, 1, 2, 2]
    assert strip(frames, "HORIZONTAL")[0, :, 0].tolist() == [1, 1, 1, 2, 2, 2]


def test_values_become_numpy_files_and_geotiffs():
    image = joined(byte([[1, 2, 3]], mask=[[1, 0, 1]], name="SCL"), real([[0.5, 1.5, 2.5]], name="B4"))
    grid = window(3)
    pixels = values(image.bands, grid, context())
    loaded = np.load(io.BytesIO(npy(pixels).content))
    assert (loaded["SCL"].tolist(), loaded["B4"].tolist()) == ([[1, 0, 3]], [[0.5, 1.5, 2.5]])
    media = geotiff(pixels, grid)
    assert media.type == "image/tiff"
    with MemoryFile(media.content) as memory, memory.open() as dataset:
        assert (dataset.crs, dataset.transform) == (rasterio.crs.CRS.from_string(UTM.crs), UTM.transform)
        assert (dataset.descriptions, dataset.dtypes) == (("SCL", "B4"), ("float64", "float64"))
        np.testing.assert_array_equal(dataset.read(), [loaded["SCL"], loaded["B4"]])
