"""Pictures, films, pages, tiles and downloads over a server that fails: what waits, what is cut, and what is lost."""

from __future__ import annotations

import io
import re
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import ee
import folium
import numpy as np
import pytest
from PIL import Image, ImageSequence

import gee_scl
from gee_scl import exports, layers, views
from gee_scl.local.server import LocalServer
from gee_scl.views.layers.tile_urls import TileUrl, request_all
from tests.support.engines import server_over, session_on

BOX = (11.53, 46.38, 11.63, 46.46)
"""526 x 600 pixels at size=600."""

TOO_MUCH = ["memory", "timeout", "pixels-payload"]

ONE_BY_ONE = gee_scl.Limits(parallel=1, parallel_pictures=1)


def keeping(limits: gee_scl.Limits = ONE_BY_ONE) -> gee_scl.Run:
    return gee_scl.Run(limits=limits, on_error="keep")


def a_frame_each(**limits: int) -> gee_scl.Limits:
    """One film for each frame, one after another."""
    return gee_scl.Limits(film_pixels=1, parallel=1, **limits)


@pytest.fixture
def server(sample: Path) -> Iterator[LocalServer]:
    """An engine that has drawn nothing yet: what it has drawn once, it does not read again."""
    with server_over(sample) as running, session_on(running.url):
        yield running


def images(number: int = 4) -> ee.ImageCollection:
    return gee_scl.collection(start="2023-05-01", end="2023-07-01", tiles="32TPS").limit(number)


DATES = ["2023-05-08", "2023-05-21", "2023-06-02", "2023-06-15"]


def image() -> ee.Image:
    return ee.Image(images().first())


def pixels(content: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(content)) as drawn:
        return np.asarray(drawn.convert("RGBA"))


def frames_of(path: Path) -> list[np.ndarray]:
    with Image.open(path) as film:
        return [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(film)]


def pictures_of(page: Path) -> list[str]:
    return re.findall(r"data:image/(?:png|webp);base64,[^\"]+", page.read_text("utf-8"))


def sheet() -> list[np.ndarray]:
    figure = gee_scl.contact_sheet([views.class_view(image()), views.true_color_view(image())], BOX, size=600)
    return [np.asarray(ax.images[0].get_array()) for ax in figure.axes]


def tiles(folder: Path) -> list[str]:
    del folder
    m = folium.Map()
    layers.add_view(m, views.class_view(image()))
    return re.findall(r"/maps/\w+/tiles", m.get_root().render())


def report(folder: Path, **options: Any) -> Path:
    return gee_scl.write_report(
        images(), gee_scl.sample_regions(), folder / "report.html", id="name", scenes=1, overwrite=True, **options
    )


def page(folder: Path, **options: Any) -> Path:
    options = {"size": 300, **options}
    return gee_scl.write_map(
        images(2), gee_scl.sample_regions(), folder / "map.html", id="name", overwrite=True, **options
    )


def download(folder: Path) -> bytes:
    raster = exports.download_image(image(), folder / "scl.tif", overwrite=True)
    return raster.path.read_bytes()


def film(folder: Path, **options: Any) -> Path:
    return gee_scl.timelapse(images(), BOX, folder / "film.webp", overwrite=True, **{"size": 600, **options})


ASKED: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "thumbnail": ("thumbnails.*", lambda _: pixels(gee_scl.thumbnail(views.class_view(image()), BOX, size=100))),
    "contact_sheet": ("thumbnails.*", lambda _: np.stack(sheet())),
    "timelapse": ("videoThumbnails.*", lambda folder: np.stack(frames_of(film(folder, size=100)))),
    "write_report": ("thumbnails.*", lambda folder: pictures_of(report(folder))),
    "write_map": ("thumbnails.*", lambda folder: pictures_of(page(folder))),
    "layers": ("maps.create", tiles),
    "download_image": ("image.computePixels", download),
}
"""What is asked for, and by which requests."""


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.some(3)
def test_what_may_pass_is_waited_for_and_nothing_is_lost(
    server: LocalServer, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Where the server does not say how long.
    for pauses in ("_FAULT", "_PRESSURE"):
        monkeypatch.setattr(f"gee_scl.requests.patience.{pauses}", (0.1, 0.5))
    route, ask = ASKED[name]
    expected = ask(tmp_path)
    words = ["status=429 retry_after=1", "status=503 body=html", "cut=0.5"]
    with ExitStack() as armed:
        faults = [armed.enter_context(server.fail(f"{route} {word} times=1")) for word in words]
        np.testing.assert_array_equal(ask(tmp_path), expected)
    assert [fault.struck for fault in faults] == [1] * len(words)


@pytest.mark.parametrize("error", TOO_MUCH)
@pytest.mark.some(2)
def test_a_thumbnail_that_is_too_much_is_put_together_of_parts(server: LocalServer, sample: Path, error: str) -> None:
    with server_over(sample) as other, session_on(other.url):
        expected = [pixels(gee_scl.thumbnail(view, BOX, size=600)) for view in both()]
    with server.fail("thumbnails.getPixels", error=error, pixels=110_000) as fault:
        drawn = [pixels(gee_scl.thumbnail(view, BOX, size=600)) for view in both()]
    assert fault.struck >= 2
    for one, other in zip(drawn, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def both() -> list[views.View]:
    """Classes, transparent where there are clouds, and edges of which a part's neighbours are needed."""
    masked = gee_scl.mask_clouds(image(), dilation=60)
    return [views.class_view(masked), views.class_view(image(), "land")]


def test_a_jpeg_is_not_put_together_and_its_error_says_what_helps(server: LocalServer) -> None:
    view = views.class_view(image())
    with (
        server.fail("thumbnails.getPixels", error="memory", pixels=40_000),
        pytest.raises(gee_scl.RequestError, match=r"That was of 526 x 600 pixels\. As a PNG") as caught,
    ):
        gee_scl.thumbnail(view, BOX, size=600, format="jpg")
    assert "Give a smaller size" in str(caught.value)
    assert gee_scl.thumbnail(view, BOX, size=150, format="jpg")


def test_a_part_that_is_too_much_by_itself_says_its_size_and_that_of_the_picture(server: LocalServer) -> None:
    run = gee_scl.Run(limits=ONE_BY_ONE)
    with (
        server.fail("thumbnails.*", error="timeout") as fault,
        pytest.raises(gee_scl.RequestError, match=r"\(131 x 150\) .*That was of 131 x 150 pixels of .* 526 x 600"),
    ):
        gee_scl.thumbnail(views.class_view(image()), BOX, size=600, run=run)
    assert fault.struck == 5  # halved four times; no other part is asked for


def test_pictures_of_a_contact_sheet_are_named(server: LocalServer) -> None:
    with server.fail("thumbnails.*", error="no-band"), pytest.raises(gee_scl.RequestError) as caught:
        gee_scl.contact_sheet([views.class_view(image(), name="Left"), views.true_color_view(image())], BOX, size=60)
    assert caught.value.what in ("Drawing 'Left'", "Drawing 'True colour'")


# --- films ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", TOO_MUCH)
@pytest.mark.some(2)
def test_frames_that_are_too_much_are_asked_for_in_halves_and_one_frame_in_parts(
    server: LocalServer, sample: Path, tmp_path: Path, error: str
) -> None:
    with server_over(sample) as other, session_on(other.url):
        expected = frames_of(film(tmp_path))
    with server.fail("videoThumbnails.getPixels", error=error, pixels=60_000) as fault:
        drawn = frames_of(film(tmp_path))
    assert fault.struck >= 4
    np.testing.assert_array_equal(np.stack(drawn), np.stack(expected))


def test_frames_in_true_colour_are_halved_but_a_frame_is_not_cut(server: LocalServer, tmp_path: Path) -> None:
    """The colours of a part in a GIF are not those of the whole."""
    with server.fail("videoThumbnails.*", error="memory", times=2) as fault:
        assert len(frames_of(film(tmp_path, scheme=None, size=200))) == 4
    assert fault.struck == 2
    with (
        server.fail("videoThumbnails.*", error="memory"),
        pytest.raises(
            gee_scl.RequestError, match=r"the frame of 2023-05-08 .*That was of 526 x 600 pixels\. Give a sm"
        ),
    ):
        film(tmp_path, scheme=None, run=gee_scl.Run(limits=ONE_BY_ONE))


def test_a_frame_that_cannot_be_had_is_named_and_the_others_are_in_the_error(
    server: LocalServer, tmp_path: Path
) -> None:
    run = gee_scl.Run(limits=a_frame_each())
    with (
        server.fail("videoThumbnails.getPixels", error="no-band", after=2, times=1),
        pytest.raises(gee_scl.IncompleteError, match="Drawing the frame of 2023-06-02 failed") as caught,
    ):
        film(tmp_path, size=100, run=run)
    assert list(tmp_path.iterdir()) == []
    assert list(caught.value.pictures) == DATES[:2]
    assert {picture.size for picture in caught.value.pictures.values()} == {(88, 100)}
    assert [failure["pictures"] for failure in caught.value.failures] == [[DATES[2]], [DATES[3]]]
    assert caught.value.failures[1]["error"] == "It was not asked for."
    assert caught.value.frame is None
    assert "2 of 4 frames were drawn" in str(caught.value)


def test_the_film_is_kept_without_the_frame_and_the_warning_names_it(server: LocalServer, tmp_path: Path) -> None:
    whole = frames_of(film(tmp_path, size=100))
    with (
        server.fail("videoThumbnails.getPixels", error="no-band", after=2, times=1),
        pytest.warns(
            UserWarning, match=r"1 of 4 frames could not be drawn: 2023-06-02\. Drawing the frame of 2023-06-02"
        ),
    ):
        path = film(tmp_path, size=100, run=keeping(a_frame_each()))
    np.testing.assert_array_equal(np.stack(frames_of(path)), np.stack([whole[0], whole[1], whole[3]]))


def test_which_of_many_frames_it_is_is_found_out(server: LocalServer, tmp_path: Path) -> None:
    """The four, the first two and the first one are refused; each time the request that defines them."""
    with (
        server.fail("videoThumbnails.create", error="no-image", times=3) as fault,
        pytest.warns(UserWarning, match=r"1 of 4 frames could not be drawn: 2023-05-08\."),
    ):
        path = film(tmp_path, size=100, run=keeping())
    assert fault.struck == 3
    assert len(frames_of(path)) == 3


def test_a_server_that_is_gone_for_good_leaves_what_was_drawn(server: LocalServer, tmp_path: Path) -> None:
    with (
        server.fail("videoThumbnails.*", status=503, body="html", after=4) as fault,
        pytest.warns(UserWarning, match="2 of 4 frames could not be drawn: 2023-06-02, 2023-06-15"),
    ):
        path = film(tmp_path, size=100, run=keeping(a_frame_each(attempts=1)))
    assert len(frames_of(path)) == 2
    assert fault.struck == 1  # what nothing helps is not asked for frame by frame


def test_a_film_of_nothing_that_could_be_had_is_the_servers_refusal(server: LocalServer, tmp_path: Path) -> None:
    with (
        server.fail("videoThumbnails.*", status=403) as fault,
        pytest.raises(gee_scl.RequestError, match="2023-05-08 to") as caught,
    ):
        film(tmp_path, run=keeping())
    assert fault.struck == 1
    assert type(caught.value) is gee_scl.RequestError
    assert list(tmp_path.iterdir()) == []


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("write", "first", "total"),
    [(report, "the class map of 2023-05-21", 3), (page, "the classes of 2023-05-08", 4)],
)
def test_a_page_whose_picture_cannot_be_had_gives_back_what_was_measured_and_drawn(
    server: LocalServer, tmp_path: Path, write: Callable[..., Path], first: str, total: int
) -> None:
    run = gee_scl.Run(limits=ONE_BY_ONE)
    with (
        server.fail("thumbnails.getPixels", error="no-band", after=1, times=1),
        pytest.raises(gee_scl.IncompleteError, match=f"1 of {total} pictures were drawn") as caught,
    ):
        write(tmp_path, run=run)
    assert list(tmp_path.iterdir()) == []
    assert list(caught.value.pictures) == [first]
    assert pixels(caught.value.pictures[first]).any()
    assert caught.value.frame is not None
    assert {4, 5, 6} <= set(caught.value.frame["class_value"])
    assert [first] not in [failure["pictures"] for failure in caught.value.failures]


@pytest.mark.parametrize("write", [report, page])
@pytest.mark.some(1)
def test_pictures_of_a_page_that_are_too_much_are_put_together_of_parts(
    server: LocalServer, tmp_path: Path, write: Callable[..., Path]
) -> None:
    expected = pictures_of(write(tmp_path, size=600))
    with server.fail("thumbnails.create", error="timeout", times=3) as fault:
        assert pictures_of(write(tmp_path, size=600)) == expected
    assert fault.struck == 3


@pytest.mark.parametrize("write", [report, page])
def test_a_page_is_kept_without_a_picture_and_says_so(
    server: LocalServer, tmp_path: Path, write: Callable[..., Path]
) -> None:
    whole = pictures_of(write(tmp_path))
    with (
        server.fail("thumbnails.getPixels", error="no-band", after=1, times=1),
        pytest.warns(
            UserWarning, match=r"1 of \d pictures could not be drawn: the (class map|classes|true colour) of 2023-05-"
        ),
    ):
        path = write(tmp_path, run=keeping())
    assert re.search(r"Missing: the (class map|classes|true colour) of 2023-05-\d\d\.</p>", path.read_text("utf-8"))
    assert set(pictures_of(path)) < set(whole)


def test_a_class_picture_that_is_missing_on_a_map_page_is_blank(server: LocalServer, tmp_path: Path) -> None:
    with server.fail("thumbnails.getPixels", error="no-band", times=1), warnings.catch_warnings(action="ignore"):
        path = page(tmp_path, run=keeping(), true_color=False)
    assert "Missing: the classes of 2023-05-08." in path.read_text("utf-8")
    assert len(pictures_of(path)) == 2


@pytest.mark.parametrize("on_error", ["raise", "keep"])
def test_tiles_of_a_live_page_that_cannot_be_had_are_named(server: LocalServer, tmp_path: Path, on_error: str) -> None:
    run = gee_scl.Run(limits=ONE_BY_ONE, on_error=on_error)
    name = "the class tiles of 2023-05-21"
    with server.fail("maps.create", error="no-band", after=2, times=1):
        if on_error == "raise":
            with pytest.raises(gee_scl.IncompleteError, match=f"Requesting {name} failed") as caught:
                page(tmp_path, live=True, run=run)
            assert len(caught.value.pictures) == 2
            assert caught.value.frame is not None
            return
        with pytest.warns(UserWarning, match=f"1 of 4 map layers could not be drawn: {name}"):
            path = page(tmp_path, live=True, run=run)
    assert f"Missing: {name}." in path.read_text("utf-8")


def test_statistics_that_are_missing_are_named_on_the_page(server: LocalServer, tmp_path: Path) -> None:
    """One region on one day is too much, by itself."""
    limits = gee_scl.Limits(rows=1, parallel=1)
    for write in (report, page):
        with (
            server.fail("table.computeFeatures", error="memory", pairs=0, after=2, times=1),
            pytest.warns(UserWarning, match="parts of the work failed"),
        ):
            path = write(tmp_path, run=keeping(limits))
        assert re.search(r"Missing: the statistics of [\w ]+ on 2023-0[56]-\d\d\.</p>", path.read_text("utf-8"))


def test_tiles_that_are_too_much_say_what_helps(server: LocalServer, tmp_path: Path) -> None:
    with (
        server.fail("maps.create", error="memory"),
        pytest.raises(gee_scl.RequestError, match=r"Requesting the tiles of .*Put together fewer images"),
    ):
        tiles(tmp_path)


# --- interrupts -------------------------------------------------------------------------------------------------------


def many_tiles(folder: Path) -> None:
    del folder
    request_all([TileUrl(views.class_view(image(), name=str(n))) for n in range(12)])


def many_pictures(folder: Path) -> None:
    del folder
    gee_scl.contact_sheet([views.class_view(image(), name=str(n)) for n in range(12)], BOX, size=60)


def many_blocks(folder: Path) -> None:
    run = gee_scl.Run(limits=gee_scl.Limits(block_bytes=64 * 64))
    exports.download_image(image(), folder / "scl.tif", run=run)


def many_films(folder: Path) -> None:
    film(folder, run=gee_scl.Run(limits=gee_scl.Limits(film_pixels=1)))


INTERRUPTED: dict[str, tuple[str, Callable[[Path], object]]] = {
    "contact_sheet": ("thumbnails.*", many_pictures),
    "timelapse": (
        "videoThumbnails.*",
        lambda folder: film(folder, run=gee_scl.Run(limits=gee_scl.Limits(film_pixels=1))),
    ),
    "write_report": ("thumbnails.*", report),
    "write_map": ("thumbnails.*", page),
    "live tiles": ("maps.create", lambda folder: page(folder, live=True)),
    "layers": ("maps.create", many_tiles),
    "download_image": ("image.computePixels", many_blocks),
    "clear_shares": ("table.computeFeatures", lambda _: gee_scl.clear_shares(images(), BOX)),
}


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="Windows has no such signal")
@pytest.mark.parametrize("words", ["slow=1", "status=429 retry_after=60"])
@pytest.mark.parametrize("name", INTERRUPTED)
@pytest.mark.some(5)
def test_an_interrupt_stops_everything_and_nothing_more_is_asked(
    server: LocalServer, tmp_path: Path, name: str, words: str
) -> None:
    route, ask = INTERRUPTED[name]

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    sent, ended = list[float](), threading.Event()

    def watch() -> None:
        """Interrupt the thread of the test as soon as a request of the route is there."""
        while not fault.struck and not ended.is_set():
            time.sleep(0.01)
        time.sleep(0.2)
        sent.append(time.monotonic())
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with server.fail(f"{route} {words}") as fault:
            watcher = threading.Thread(target=watch)
            watcher.start()
            with pytest.raises(KeyboardInterrupt):
                ask(tmp_path)
            ended.set()
            watcher.join()
            assert time.monotonic() - sent[0] < 2
            asked = sum(server.counters.requests.values())
            # What is under way ends meanwhile, and would go on with its next request.
            time.sleep(1.5 if "slow" in words else 0.7)
            assert sum(server.counters.requests.values()) == asked
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert not [path for path in tmp_path.iterdir() if path.suffix in (".html", ".webp", ".tif") and path.is_file()]
