"""Images without the bands of true colour: pages show their classes and say so, all else says what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ee
import folium
import numpy as np
import pytest

import gee_scl
from gee_scl import layers, views
from gee_scl.commands.main import main
from gee_scl.local.server import LocalServer
from tests.support.engines import session_on
from tests.support.local.catalogues import Scene, make_catalogue

BOX = (10.31, 46.03, 10.32, 46.04)
"""In the scenes, whose corner is at 600,000 E and 5,100,000 N in zone 32."""

CLASSES = np.full((100, 100), 4, np.uint8)
COLOR = np.full((100, 100), 900, np.uint16)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Two scenes, the second of which has no red, green and blue."""
    scenes = [
        Scene(CLASSES, time="2023-05-01T10:00:00Z", bands={"red": COLOR, "green": COLOR, "blue": COLOR}),
        Scene(CLASSES, time="2023-05-11T10:00:00Z", bands={"blue": COLOR}),
    ]
    with LocalServer(make_catalogue(tmp_path_factory.mktemp("catalogue"), scenes)) as server:
        yield server.url


@pytest.fixture
def session(engine: str) -> Iterator[str]:
    with session_on(engine):
        yield engine


def second() -> ee.Image:
    return ee.Image(gee_scl.collection(start="2023-05-11").first())


LACKING = "1 of 2 images lacks the bands B4, B3"

PAGES: dict[str, Callable[[str, Path], Any]] = {
    "write_map": lambda _, path: gee_scl.write_map(gee_scl.collection(), BOX, path, size=64),
    "write_map, live": lambda _, path: gee_scl.write_map(gee_scl.collection(), BOX, path, size=64, live=True),
    "write_report": lambda _, path: gee_scl.write_report(gee_scl.collection(), BOX, path, size=120),
    "gee-scl map": lambda url, path: main(words("map", url, path)),
    "gee-scl report": lambda url, path: main(words("report", url, path)),
}
"""What shows true colour where there is such."""


def words(command: str, url: str, path: Path) -> list[str]:
    return [command, ",".join(map(str, BOX)), "--local", url, "--size", "120", "-o", str(path)]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.some(3)
def test_a_page_shows_the_classes_and_says_why_not_true_colour(name: str, session: str, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    assert PAGES[name](session, path) in (path, 0)
    text = path.read_text("utf-8")
    assert f"Without true colour: {LACKING}." in text
    assert "eside true colour" not in text  # neither the button of the map, nor the sentence of the report
    assert "True colour beside" not in text


def test_a_page_of_images_that_have_the_bands_says_nothing_of_them(session: str, tmp_path: Path) -> None:
    first = gee_scl.collection(end="2023-05-02")
    for write, more in ((gee_scl.write_map, {"size": 64}), (gee_scl.write_report, {"size": 120})):
        text = write(first, BOX, tmp_path / f"{write.__name__}.html", **more).read_text("utf-8")
        assert "eside true colour" in text or "True colour beside" in text
        assert "Without true colour" not in text


ASKED: dict[str, Callable[[Path], Any]] = {
    "thumbnail": lambda _: gee_scl.thumbnail(gee_scl.true_color(second()), BOX, size=64),
    "thumbnail of a view": lambda _: gee_scl.thumbnail(views.true_color_view(second()), BOX, size=64),
    "contact_sheet": lambda _: gee_scl.contact_sheet([views.true_color_view(second())], BOX, size=64),
    "layers.add_true_color": lambda _: layers.add_true_color(layers.new_map(), second()),
    "layers.add_true_color, named": lambda _: layers.add_true_color(layers.new_map(), second(), name="Colours"),
    "layers.add_view": lambda _: layers.add_view(layers.new_map(), views.true_color_view(second())),
    "layers.split_map": lambda _: layers.split_map(
        layers.new_map(), views.class_view(second()), views.true_color_view(second())
    ),
    "layers.time_slider on folium": lambda _: slider_on_folium().get_root().render(),
}
"""What is asked for true colour and nothing else, by functions that have an argument `bands` or take what has one."""


def slider_on_folium() -> folium.Map:
    m = folium.Map()
    layers.time_slider(m, gee_scl.collection(), view=views.true_color_view)
    return m


@pytest.mark.parametrize("name", ASKED)
def test_true_colour_that_cannot_be_names_its_bands_and_the_way_out(name: str, session: str, tmp_path: Path) -> None:
    with pytest.raises(gee_scl.GeeSclError, match=r"True colour needs the bands B4, B3 and B2: name others with"):
        ASKED[name](tmp_path)


def test_a_film_names_the_argument_that_asks_for_true_colour(session: str, tmp_path: Path) -> None:
    with pytest.raises(gee_scl.ArgumentError, match=LACKING) as caught:
        gee_scl.timelapse(gee_scl.collection(), BOX, tmp_path / "film.gif", scheme=None)
    assert caught.value.argument == "scheme"
    assert gee_scl.timelapse(gee_scl.collection(), BOX, tmp_path / "film.gif", size=64).is_file()


def test_these_are_all_that_show_true_colour() -> None:
    assert (len(PAGES), len(ASKED)) == (5, 8)
