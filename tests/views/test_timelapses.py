"""Films of dates against the sample's own rasters, frame by frame."""

from __future__ import annotations

import json
from pathlib import Path

import ee
import numpy as np
import pytest
from PIL import Image, ImageSequence

import gee_scl
from gee_scl.local.server import LocalServer
from gee_scl.views.drawing.extent import extent_around
from gee_scl.views.drawing.film import GREYS, rgb
from gee_scl.views.thumbnails import NO_CLASS_COLOR
from gee_scl.views.timelapses import timelapse
from tests.support.cut_pass import SNOW, WATER, box, cut_pass, line_of, warned_at
from tests.support.engine_log import engine_log
from tests.support.engines import session_on
from tests.support.sample_scene import COLORS, FARMLAND, codes_in_mercator, painted

NO_CLASS = rgb(NO_CLASS_COLOR)


def frames_of(path: Path) -> list[np.ndarray]:
    with Image.open(path) as film:
        return [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(film)]


def spring(tile: str | None = "32TPS") -> ee.ImageCollection:
    return gee_scl.collection(start="2023-04-01", end="2023-06-01", tiles=tile)


def expected_frames(sample: Path, shape: tuple[int, int]) -> list[np.ndarray]:
    """The classes of tile 32TPS in April and May as rasterio reads them, on the window that a film has."""
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
    path = timelapse(spring(), FARMLAND, tmp_path / f"a.{ending}", size=200, frames_per_second=4)
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
    assert len(frames_of(timelapse(both, FARMLAND, tmp_path / "day.gif", size=80))) == days
    assert len(frames_of(timelapse(both, FARMLAND, tmp_path / "image.gif", size=80, by="image"))) == count


def test_a_long_film_is_asked_for_in_parts(sample_session, tmp_path):
    whole = frames_of(timelapse(spring(), FARMLAND, tmp_path / "whole.gif", size=80))
    # Two frames of 80 x 80 pixels, or more of fewer.
    limits, steps = gee_scl.Limits(film_pixels=2 * 80 * 80, parallel=1), list[tuple[int, int]]()
    with engine_log() as log:
        path = timelapse(
            spring(),
            FARMLAND,
            tmp_path / "parts.gif",
            size=80,
            run=gee_scl.Run(limits=limits),
            progress=lambda *step: steps.append(step),
        )
        films = log.count("videoThumbnails?") + log.count("videoThumbnails ")
    parts = frames_of(path)
    per_film = 2 * 80 * 80 // parts[0][..., 0].size
    assert films == -(-len(whole) // per_film) >= 2
    assert [done for done, _ in steps] == [min(per_film * (n + 1), len(whole)) for n in range(films)]
    assert {total for _, total in steps} == {len(whole)}
    np.testing.assert_array_equal(np.stack(whole), np.stack(parts))


def test_42_frames_of_512_pixels_fit_into_a_request():
    assert gee_scl.Limits().film_pixels // 512**2 == 42


def test_the_legend_stands_beside_the_frames_and_covers_none_of_them(sample_session, tmp_path):
    plain = frames_of(timelapse(spring(), FARMLAND, tmp_path / "a.gif", size=200))[0]
    wide = frames_of(timelapse(spring(), FARMLAND, tmp_path / "b.gif", size=200, legend=True))[0]
    np.testing.assert_array_equal(wide[: plain.shape[0], : plain.shape[1]], plain)
    panel = {tuple(color) for color in wide[:, plain.shape[1] :].reshape(-1, 3)}
    assert set(COLORS.values()) <= panel


def test_true_colour_is_filmed_too(sample_session, tmp_path):
    frames = frames_of(timelapse(spring(), FARMLAND, tmp_path / "a.webp", scheme=None, size=100))
    assert len(frames) >= 4
    assert len(np.unique(frames[0].reshape(-1, 3), axis=0)) > 30


def test_an_empty_collection_is_refused_and_nothing_written(sample_session, tmp_path):
    nothing = gee_scl.collection(start="1999-01-01", end="1999-02-01")
    with pytest.raises(gee_scl.CollectionError, match="at least one image"):
        timelapse(nothing, FARMLAND, tmp_path / "a.gif")
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
        timelapse(spring(), FARMLAND, tmp_path / name, **options)
    assert raised.value.argument == argument


@pytest.fixture(scope="module")
def pass_engine(tmp_path_factory):
    with LocalServer(cut_pass(tmp_path_factory.mktemp("pass"))) as server:
        yield server.url


def test_a_cut_pass_is_two_utc_days_and_the_warning_points_at_the_caller(pass_engine, tmp_path):
    with session_on(pass_engine):
        images = gee_scl.collection()
        ask = lambda: timelapse(images, box(), tmp_path / "a.webp", size=60)  # noqa: E731
        path, places = warned_at(ask)
    assert [colors_of(frame) for frame in frames_of(path)] == [{COLORS[WATER], NO_CLASS}, {COLORS[SNOW], NO_CLASS}]
    assert places == [(__file__, line_of(ask))]


def test_a_cut_pass_is_one_solar_day(pass_engine, tmp_path):
    with session_on(pass_engine):
        images = gee_scl.collection()
        path, places = warned_at(lambda: timelapse(images, box(), tmp_path / "a.webp", size=60, day="solar"))
    assert [colors_of(frame) for frame in frames_of(path)] == [{COLORS[WATER], COLORS[SNOW]}]
    assert places == []


def colors_of(frame: np.ndarray) -> set[tuple[int, ...]]:
    """Colours that many pixels have, without the greys of a stamp."""
    colors, counts = np.unique(frame.reshape(-1, 3), axis=0, return_counts=True)
    many = {tuple(color) for color, count in zip(colors.tolist(), counts, strict=True) if count > 200}
    return many - set(GREYS)


def alike(count: int) -> ee.ImageCollection:
    """The same classes on so many days, without the mark of the sample, which is stamped on frames."""
    image = ee.Image(spring().first()).set("GEE_SCL_SYNTHETIC", None)
    return ee.ImageCollection([image.set("system:time_start", 1683504000000 + day * 86400000) for day in range(count)])


@pytest.mark.parametrize(
    ("scheme", "count", "frames_per_second", "least"),
    [("scl", 14, 0.02, 0.03), (None, 14, 0.02, 0.03), ("scl", 20, 0.02, 0.04)],
)
def test_a_gif_cannot_stand_still_for_longer_than_its_format_can_say(
    sample_session, tmp_path, scheme, count, frames_per_second, least
):
    # 16 bits of hundredths of a second: 13 frames of 50 s fit, 14 do not.
    def film(name: str, number: int, rate: float) -> Path:
        return timelapse(
            alike(number), FARMLAND, tmp_path / name, scheme=scheme, size=40, dates=False, frames_per_second=rate
        )

    with pytest.raises(gee_scl.ArgumentError, match=rf"frames_per_second: got 0.02; allowed: {least} or more.*dates"):
        film("a.gif", count, frames_per_second)
    assert not list(tmp_path.iterdir())
    with Image.open(film("b.gif", 13, frames_per_second)) as still:
        assert still.info["duration"] == 650_000
    with Image.open(film("c.gif", count, least)) as faster:
        assert faster.info["duration"] == count * round(1000 / least) // 10 * 10
    with Image.open(film("d.webp", count, frames_per_second)) as webp:
        assert webp.size
