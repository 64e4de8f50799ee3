"""Pictures inside a page: smaller, with the same colours and the same transparency."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from gee_scl.views.pages.page_pictures import class_png, true_color_webp


def test_class_pictures_shrink_and_keep_each_pixel() -> None:
    random = np.random.default_rng(4)
    rgba = np.zeros((60, 70, 4), np.uint8)
    rgba[..., :3] = random.integers(0, 256, (12, 3))[random.integers(0, 12, (60, 70))]
    rgba[..., 3] = 255 * (random.random((60, 70)) > 0.2)
    given = io.BytesIO()
    Image.fromarray(rgba).save(given, "PNG")
    made = class_png(given.getvalue())
    assert len(made) < len(given.getvalue())
    read = np.asarray(Image.open(io.BytesIO(made)).convert("RGBA"))
    seen = rgba[..., 3] == 255
    assert np.array_equal(read[seen], rgba[seen])
    assert np.array_equal(read[..., 3], rgba[..., 3])


def test_pictures_of_more_colours_than_a_palette_holds_stay_as_they_are() -> None:
    rgb = np.arange(300 * 3, dtype=np.uint16).astype(np.uint8).reshape(1, 300, 3)
    rgb[0, :, 0], rgb[0, :, 1] = np.arange(300) % 256, np.arange(300) // 256
    given = io.BytesIO()
    Image.fromarray(rgb).save(given, "PNG")
    assert class_png(given.getvalue()) == given.getvalue()


def test_true_colour_keeps_what_is_transparent() -> None:
    rgba = np.full((32, 32, 4), (90, 120, 60, 255), np.uint8)
    rgba[:10, :, 3] = 0
    given = io.BytesIO()
    Image.fromarray(rgba).save(given, "PNG")
    read = np.asarray(Image.open(io.BytesIO(true_color_webp(given.getvalue()))).convert("RGBA"))
    assert np.array_equal(read[..., 3], rgba[..., 3])
    assert np.abs(read[12:, :, :3].astype(int) - (90, 120, 60)).max() <= 6
