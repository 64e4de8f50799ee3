"""Thumbnails: a region at the size asked for, as bytes and as a file."""

from __future__ import annotations

import io
from pathlib import Path

import ee
import numpy as np
import pytest
from PIL import Image

import gee_scl
from gee_scl.views.thumbnails import thumbnail
from gee_scl.views.view import class_view, true_color_view
from tests.support.engine_log import engine_log
from tests.support.engines import session_on
from tests.support.sample_scene import COLORS, FARMLAND, codes_in_mercator, painted, rgba, scene, scl_path


def test_without_a_session_the_call_to_make_is_named(sample_engine):
    with session_on(sample_engine):
        view = class_view(scene())
    assert not ee.data.is_initialized()
    with pytest.raises(gee_scl.NotInitializedError):
        thumbnail(view, (0, 0, 1, 1), size=5)


def test_a_thumbnail_shows_the_region_at_the_size_asked_for(sample_session):
    data = thumbnail(class_view(scene()), FARMLAND, size=300)
    image = Image.open(io.BytesIO(data))
    assert 150 <= max(image.size) <= 300
    seen = np.asarray(image.convert("RGBA"))
    assert {tuple(color) for color in seen[seen[..., 3] > 0][:, :3]} <= set(COLORS.values())


def test_a_small_region_is_drawn_large(sample_session, sample):
    from gee_scl.views.drawing.extent import extent_around

    field = (11.580, 46.432, 11.583, 46.434)
    image = rgba(thumbnail(class_view(scene()), field, size=400))[..., :3]
    height, width, _ = image.shape
    assert 200 < max(height, width) <= 400
    west, south, east, north = extent_around([field], 400).bounds
    assert (east - west) / width == pytest.approx((north - south) / height)
    codes = codes_in_mercator(scl_path(sample), west, north, (east - west) / width, width, height)
    assert (image != painted(codes)).any(axis=2).mean() < 0.002


def test_a_region_that_only_the_server_knows_gives_the_same_thumbnail(sample_session):
    view = class_view(scene())
    known = thumbnail(view, FARMLAND, size=100)
    server = thumbnail(view, ee.Geometry.Rectangle(list(FARMLAND), None, False), size=100)
    np.testing.assert_array_equal(rgba(known), rgba(server))


def written(content: bytes, path: Path) -> Path:
    """The file, which has to hold what came back."""
    assert path.read_bytes() == content
    return path


def test_a_thumbnail_is_written_by_its_ending_and_never_over_another_file(sample_session, tmp_path):
    view, path = class_view(scene()), tmp_path / "a.PNG"
    assert Image.open(written(thumbnail(view, FARMLAND, path, size=60), path)).format == "PNG"
    jpeg = tmp_path / "a.jpeg"
    assert Image.open(written(thumbnail(true_color_view(scene()), FARMLAND, jpeg, size=60), jpeg)).format == "JPEG"
    before = path.read_bytes()
    with pytest.raises(gee_scl.ArgumentError, match="overwrite"):
        thumbnail(view, FARMLAND, path)
    assert path.read_bytes() == before
    with pytest.raises(gee_scl.ArgumentError, match=r"\.png"):
        thumbnail(view, FARMLAND, tmp_path / "a.tif")
    assert written(thumbnail(view, FARMLAND, path, size=50, overwrite=True), path).read_bytes() != before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.PNG", "a.jpeg"]


@pytest.mark.parametrize(("name", "format"), [(None, "png"), (None, "jpg"), ("a.jpg", "jpg"), ("a.png", None)])
def test_the_format_is_the_one_asked_for_or_that_of_the_path(sample_session, tmp_path, name, format):
    path = None if name is None else tmp_path / name
    content = thumbnail(class_view(scene()), FARMLAND, path, size=20, format=format)
    expected = "JPEG" if format == "jpg" else "PNG"
    assert Image.open(io.BytesIO(content)).format == expected
    assert [file.name for file in tmp_path.iterdir()] == ([] if name is None else [name])


@pytest.mark.parametrize(
    ("shown", "options", "argument"),
    [
        (5, {}, "shown"),
        ("COPERNICUS/S2_SR_HARMONIZED", {}, "shown"),
        (class_view, {"size": 0}, "size"),
        (class_view, {"size": True}, "size"),
        (class_view, {"format": "tif"}, "format"),
        (class_view, {"path": "a.png", "format": "jpg"}, "format"),
        (class_view, {"path": "missing/a.png"}, "path"),
    ],
)
def test_what_cannot_be_drawn_is_refused_before_any_request(
    sample_session, tmp_path, monkeypatch, shown, options, argument
):
    monkeypatch.chdir(tmp_path)
    shown = shown(scene()) if callable(shown) else shown
    with engine_log() as log, pytest.raises(gee_scl.ArgumentError) as raised:
        thumbnail(shown, FARMLAND, **options)
    assert log.count() == 0
    assert raised.value.argument == argument
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["thumbnail", "contact_sheet", "timelapse"])
def test_a_picture_of_a_wrong_place_is_said_to_show_nothing(sample_session, tmp_path, name):
    swapped = FARMLAND[1], FARMLAND[0], FARMLAND[3], FARMLAND[2]
    images = gee_scl.collection(start="2023-04-03", end="2023-04-04")
    draw = {
        "thumbnail": lambda: thumbnail(class_view(scene()), swapped, size=40),
        "contact_sheet": lambda: gee_scl.contact_sheet([class_view(scene())], swapped, size=40),
        "timelapse": lambda: gee_scl.timelapse(images, swapped, tmp_path / "film.gif", size=40),
    }[name]
    with pytest.warns(UserWarning, match="shows nothing: no pixel of it has data in the region"):
        draw()
