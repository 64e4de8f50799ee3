"""Frames of a film, without an engine: stamps, legends, decoding, and exact colours."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

import gee_scl
from gee_scl.views.drawing.film import GREYS, FilmFormat, decoded, stamped, with_legend, write_film
from gee_scl.views.view import LegendEntry


def frames_of(path: Path) -> list[np.ndarray]:
    with Image.open(path) as film:
        return [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(film)]


def frame(color: tuple[int, int, int], size: tuple[int, int] = (300, 200)) -> Image.Image:
    return Image.new("RGB", size, color)


@pytest.mark.parametrize("color", [(0, 0, 0), (255, 255, 255), (16, 210, 44)])
def test_a_stamp_is_black_on_white_whatever_is_behind_it(color):
    made = np.asarray(stamped(frame(color), "2023-05-14"))
    box = made[6:18, 6:60].reshape(-1, 3)
    assert (box == 0).all(axis=1).any()
    assert (box == 255).all(axis=1).any()
    assert {tuple(c) for c in np.unique(made.reshape(-1, 3), axis=0)} <= {color, *GREYS}
    assert (made[100:] == color).all()


def test_frames_that_a_gif_holds_as_one_are_given_back_one_by_one():
    written = io.BytesIO()
    red, blue = frame((255, 0, 0)), frame((0, 0, 255))
    red.save(written, "GIF", save_all=True, append_images=[red, red, blue], duration=100)
    frames = decoded(written.getvalue(), 4, 100)
    assert [f.getpixel((0, 0)) for f in frames] == [(255, 0, 0)] * 3 + [(0, 0, 255)]


def test_an_answer_with_too_few_frames_is_an_error():
    written = io.BytesIO()
    frame((255, 0, 0)).save(written, "GIF")
    with pytest.raises(gee_scl.RequestError, match="1 frames for 5 images"):
        decoded(written.getvalue(), 5, 100)


@pytest.mark.parametrize("ending", ["gif", "webp"])
def test_240_colours_are_kept_exactly(tmp_path, ending):
    colors = [(n, 255 - n, (n * 7) % 256) for n in range(240)]
    source = Image.new("RGB", (240, 10))
    source.putdata([colors[x] for _ in range(10) for x in range(240)])
    path = tmp_path / f"a.{ending}"
    write_film(
        path, FilmFormat.of("ending", ending), [source, source.transpose(Image.Transpose.FLIP_LEFT_RIGHT)], 200, colors
    )
    first, second = frames_of(path)
    np.testing.assert_array_equal(first, np.asarray(source))
    np.testing.assert_array_equal(second, np.asarray(source)[:, ::-1])


def test_a_legend_longer_than_the_frame_makes_the_frame_taller():
    entries = [LegendEntry(f"Class <{n}>", "10d22c") for n in range(30)]
    made = with_legend([frame((0, 0, 0), (50, 40))], "Title", entries)[0]
    assert made.height > 30 * 15
