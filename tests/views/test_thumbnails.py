"""Pictures and films against the sample's own rasters: read by rasterio, placed by pyproj, decoded by Pillow."""

from __future__ import annotations

import io
import json
from pathlib import Path

import ee
import numpy as np
import pytest
import rasterio
from PIL import Image, ImageSequence
from pyproj import Transformer

import gee_scl
from gee_scl.views.drawing.film import GREYS, decoded, rgb, stamped, with_legend, write_film
from gee_scl.views.thumbnails import MOST_VIDEO_PIXELS, NO_CLASS_COLOR, picture, thumbnail, timelapse, write_thumbnail
from gee_scl.views.view import LegendEntry, class_view, true_color_view

FARMLAND = (11.56, 46.43, 11.59, 46.45)
SCENE = "S2A_32TPS_20230403_0_L2A"
DAY = ("2023-04-03", "2023-04-04")
COLORS = {member.value: rgb(member.color) for member in gee_scl.SCHEMES["scl"].classes}
NO_CLASS = rgb(NO_CLASS_COLOR)


def scene() -> ee.Image:
    return gee_scl.collection(start=DAY[0], end=DAY[1], tiles="32TPS").first()


def painted(codes: np.ndarray, nothing: tuple[int, int, int] = (0, 0, 0)) -> np.ndarray:
    """The colours of codes, by hand."""
    table = np.full((256, 3), nothing, dtype=np.uint8)
    for code, color in COLORS.items():
        table[code] = color
    return table[codes]


def scl_path(sample: Path, name: str = SCENE) -> Path:
    return sample / "sentinel-2-l2a" / name / "SCL.tif"


def codes_in_mercator(path: Path, west: float, north: float, pixel: float, width: int, height: int) -> np.ndarray:
    """The code under the centre of each pixel of a window in Web Mercator; 0 outside."""
    x = west + (np.arange(width) + 0.5) * pixel
    y = north - (np.arange(height) + 0.5) * pixel
    with rasterio.open(path) as source:
        codes = source.read(1)
        east, northing = Transformer.from_crs(3857, source.crs, always_xy=True).transform(*np.meshgrid(x, y))
        columns, rows = (np.floor(v).astype(int) for v in ~source.transform @ (east, northing))
    inside = (columns >= 0) & (rows >= 0) & (columns < codes.shape[1]) & (rows < codes.shape[0])
    return np.where(inside, codes[rows.clip(0, codes.shape[0] - 1), columns.clip(0, codes.shape[1] - 1)], 0)


def rgba(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))


@pytest.mark.parametrize("times", [1, 3])
def test_a_picture_has_each_pixel_of_its_window_and_no_other(sample_session, sample, times):
    with rasterio.open(scl_path(sample)) as source:
        column, row, width, height = 150, 60, 37, 23
        codes = source.read(1)[row : row + height, column : column + width]
        west, north = source.transform @ (column, row)
    bounds = (west, north - height * 20, west + width * 20, north)
    data = picture(gee_scl.visualize(scene()), bounds=bounds, crs="EPSG:32632", size=(width * times, height * times))
    expected = np.kron(codes, np.ones((times, times), dtype=codes.dtype))
    np.testing.assert_array_equal(rgba(data)[..., :3], painted(expected))
    assert (rgba(data)[..., 3] == 255).all()


def test_a_picture_in_degrees_shows_what_lies_under_each_centre(sample_session, sample):
    west, south, east, north = bounds = (11.56, 46.43, 11.60, 46.46)
    width, height = 80, 60
    data = picture(gee_scl.visualize(scene()), bounds=bounds, size=(width, height))
    x = west + (np.arange(width) + 0.5) * (east - west) / width
    y = north - (np.arange(height) + 0.5) * (north - south) / height
    with rasterio.open(scl_path(sample)) as source:
        places = Transformer.from_crs(4326, source.crs, always_xy=True).transform(*np.meshgrid(x, y))
        columns, rows = (np.floor(v).astype(int) for v in ~source.transform @ places)
        expected = painted(source.read(1)[rows, columns])
    wrong = (rgba(data)[..., :3] != expected).any(axis=2).mean()
    assert wrong < 0.002  # centres within millimetres of an edge between two pixels


def test_a_picture_is_transparent_beyond_the_image(sample_session):
    data = picture(gee_scl.visualize(scene()), bounds=(0, 0, 100, 100), crs="EPSG:32632", size=(4, 3))
    assert rgba(data).shape == (3, 4, 4)
    assert (rgba(data)[..., 3] == 0).all()


def test_a_picture_may_be_a_jpeg(sample_session):
    data = picture(true_color_view(scene()).image, bounds=FARMLAND, size=(50, 40), format="jpg")
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
        picture(None, bounds=bounds, size=size)
    assert raised.value.argument == argument


def test_earth_engines_own_words_are_in_the_error(sample_session):
    with pytest.raises(gee_scl.RequestError, match="NOSUCH"):
        picture(scene().select("NOSUCH"), bounds=FARMLAND, size=(5, 5))


def test_an_address_that_answers_with_an_error_is_an_error_of_ours(sample_session):
    from gee_scl.views.thumbnails import _fetched

    with pytest.raises(gee_scl.RequestError, match="Drawing a picture failed") as raised:
        _fetched(f"{sample_session}/v1/projects/gee-scl-local/thumbnails/none:getPixels", "Drawing a picture")
    assert raised.value.status in (400, 404)


def test_without_a_session_the_call_to_make_is_named():
    assert not ee.data.is_initialized()
    with pytest.raises(gee_scl.NotInitializedError):
        picture(None, bounds=(0, 0, 1, 1), size=(5, 5))


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


def test_a_thumbnail_is_written_by_its_ending_and_never_over_another_file(sample_session, tmp_path):
    path = write_thumbnail(tmp_path / "a.PNG", class_view(scene()), FARMLAND, size=60)
    assert Image.open(path).format == "PNG"
    assert (
        Image.open(write_thumbnail(tmp_path / "a.jpeg", true_color_view(scene()), FARMLAND, size=60)).format == "JPEG"
    )
    before = path.read_bytes()
    with pytest.raises(gee_scl.ArgumentError, match="overwrite"):
        write_thumbnail(path, class_view(scene()), FARMLAND)
    assert path.read_bytes() == before
    with pytest.raises(gee_scl.ArgumentError, match=r"\.png"):
        write_thumbnail(tmp_path / "a.tif", class_view(scene()), FARMLAND)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.PNG", "a.jpeg"]


# --- Films ------------------------------------------------------------------------------------------------------------


def frames_of(path: Path) -> list[np.ndarray]:
    with Image.open(path) as film:
        return [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(film)]


def spring(tile: str | None = "32TPS") -> ee.ImageCollection:
    return gee_scl.collection(start="2023-04-01", end="2023-06-01", tiles=tile)


def expected_frames(sample: Path, shape: tuple[int, int]) -> list[np.ndarray]:
    """The classes of tile 32TPS in April and May as rasterio reads them, on the window that a film has."""
    from gee_scl.views.drawing.extent import extent_around

    extent = extent_around([FARMLAND], 200)
    times = shape[1] // extent.width
    items = sorted((sample / "sentinel-2-l2a").glob("S2?_32TPS_20230[45]*/*.json"))
    moments = sorted((json.loads(item.read_text())["properties"]["datetime"], item.parent) for item in items)
    pixel = extent.pixel / times
    west, _, _, north = extent.bounds
    return [
        painted(codes_in_mercator(folder / "SCL.tif", west, north, pixel, shape[1], shape[0]), NO_CLASS)
        for _, folder in moments
    ]


@pytest.mark.parametrize("ending", ["gif", "webp"])
def test_a_film_has_a_frame_for_each_date_in_order_and_exact_colours(sample_session, sample, tmp_path, ending):
    path = timelapse(tmp_path / f"a.{ending}", spring(), FARMLAND, size=200, frames_per_second=4)
    frames = frames_of(path)
    expected = expected_frames(sample, frames[0].shape[:2])
    assert len(frames) == len(expected) >= 4
    stamp = 40  # rows that the stamp may cover
    for frame, codes in zip(frames, expected, strict=True):
        wrong = (frame[stamp:] != codes[stamp:]).any(axis=2).mean()
        assert wrong < 0.002  # centres within millimetres of an edge between two pixels
        assert {tuple(c) for c in np.unique(frame.reshape(-1, 3), axis=0)} <= {*COLORS.values(), *GREYS, NO_CLASS}
    with Image.open(path) as film:
        assert film.info["loop"] == 0
        assert film.info.get("duration", 250) == 250


def test_two_tiles_of_a_day_are_one_frame_or_two(sample_session, tmp_path):
    both = spring(None)
    days = len({day[:8] for day in both.aggregate_array("system:index").getInfo()})
    count = both.size().getInfo()
    assert count == 2 * days
    assert len(frames_of(timelapse(tmp_path / "day.gif", both, FARMLAND, size=80))) == days
    assert len(frames_of(timelapse(tmp_path / "image.gif", both, FARMLAND, size=80, by="image"))) == count


def test_a_long_film_is_asked_for_in_parts(sample_session, tmp_path, monkeypatch):
    whole = frames_of(timelapse(tmp_path / "whole.gif", spring(), FARMLAND, size=80))
    asked: list[int] = []
    ask = ee.ImageCollection.getVideoThumbURL

    def counted(film, options):
        asked.append(1)
        return ask(film, options)

    monkeypatch.setattr("gee_scl.views.thumbnails.MOST_VIDEO_PIXELS", 2 * 80 * 80)
    monkeypatch.setattr(ee.ImageCollection, "getVideoThumbURL", counted)
    parts = frames_of(timelapse(tmp_path / "parts.gif", spring(), FARMLAND, size=80))
    assert len(asked) >= 2
    np.testing.assert_array_equal(np.stack(whole), np.stack(parts))


def test_the_legend_stands_beside_the_frames_and_covers_none_of_them(sample_session, tmp_path):
    plain = frames_of(timelapse(tmp_path / "a.gif", spring(), FARMLAND, size=200))[0]
    wide = frames_of(timelapse(tmp_path / "b.gif", spring(), FARMLAND, size=200, legend=True))[0]
    np.testing.assert_array_equal(wide[: plain.shape[0], : plain.shape[1]], plain)
    panel = {tuple(color) for color in wide[:, plain.shape[1] :].reshape(-1, 3)}
    assert set(COLORS.values()) <= panel


def test_true_colour_is_filmed_too(sample_session, tmp_path):
    frames = frames_of(timelapse(tmp_path / "a.webp", spring(), FARMLAND, scheme=None, size=100))
    assert len(frames) >= 4
    assert len(np.unique(frames[0].reshape(-1, 3), axis=0)) > 30


def test_an_empty_collection_is_refused_and_nothing_written(sample_session, tmp_path):
    nothing = gee_scl.collection(start="1999-01-01", end="1999-02-01")
    with pytest.raises(gee_scl.CollectionError, match="at least one image"):
        timelapse(tmp_path / "a.gif", nothing, FARMLAND)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "options", "argument"),
    [
        ("a.mp4", {}, "path"),
        ("missing/a.gif", {}, "path"),
        ("a.gif", {"by": "week"}, "by"),
        ("a.gif", {"frames_per_second": 0}, "frames_per_second"),
        ("a.gif", {"size": 0}, "size"),
        ("a.gif", {"scheme": "none such"}, "scheme"),
        ("a.gif", {"scheme": None, "legend": True}, "legend"),
    ],
)
def test_what_cannot_be_filmed_is_refused_before_any_request(sample_session, tmp_path, name, options, argument):
    with pytest.raises(gee_scl.ArgumentError) as raised:
        timelapse(tmp_path / name, spring(), FARMLAND, **options)
    assert raised.value.argument == argument


# --- Frames, without an engine ----------------------------------------------------------------------------------------


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
    write_film(path, [source, source.transpose(Image.Transpose.FLIP_LEFT_RIGHT)], 200, colors)
    first, second = frames_of(path)
    np.testing.assert_array_equal(first, np.asarray(source))
    np.testing.assert_array_equal(second, np.asarray(source)[:, ::-1])


def test_a_legend_longer_than_the_frame_makes_the_frame_taller():
    entries = [LegendEntry(f"Class <{n}>", "10d22c") for n in range(30)]
    made = with_legend([frame((0, 0, 0), (50, 40))], "Title", entries)[0]
    assert made.height > 30 * 15


def test_42_frames_of_512_pixels_fit_into_a_request():
    assert MOST_VIDEO_PIXELS // 512**2 == 42
