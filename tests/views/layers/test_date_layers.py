"""Layers of the dates of a collection: a layer for each, and a slider through them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import geemap
import pytest

import gee_scl
from gee_scl import layers
from gee_scl.errors import ArgumentError, CollectionError
from gee_scl.local.server import LocalServer
from gee_scl.views.layers.tile_urls import BLANK_TILE
from gee_scl.views.view import true_color_view
from tests.support.cut_pass import SIDE, cut_pass, degrees, line_of, warned_at
from tests.support.engine_log import EngineLog
from tests.support.engines import session_on, session_over
from tests.support.local.catalogues import GRID, Scene, make_catalogue
from tests.support.map_tiles import color_at
from tests.support.notebook_maps import BLOCK, CODES, TO_DEGREES, legends, place_of


@pytest.mark.parametrize("by", ["image", "date"])
def test_a_layer_for_each_of_118_dates_requests_nothing_before_it_is_shown(
    many: Path, many_dates: list[date], by: Any, log: EngineLog
) -> None:
    with session_over(many):
        m = layers.new_map()
        images = gee_scl.collection()
        log.clear()
        added = layers.add_collection(m, images, by=by, shown="none")
        assert log.map_ids == 0
        assert log.count() == 1  # the list of images
        assert [layer.name for layer in added.layers] == [f"{day} 32TPS" for day in many_dates]
        assert {(layer.url, layer.visible) for layer in added.layers} == {(BLANK_TILE, False)}
        assert [row.name for row in m._layer_manager.children[1:]] == [layer.name for layer in added.layers]
        assert legends(m) == []
        log.clear()
        added.layers[57].visible = True
        assert log.map_ids == log.count() == 1
        assert len(legends(m)) == 1
        assert color_at(added.layers[57].url, *TO_DEGREES.transform(*(GRID @ (0.5, 0.5))), 15) == "10d22c"
        assert len({layer.url for layer in added.layers}) == 2


def test_the_newest_layer_of_a_collection_is_shown_unless_none_is_asked_for(m: geemap.Map, log: EngineLog) -> None:
    added = layers.add_collection(m, gee_scl.collection())
    names = ["2023-05-01 32TPS", "2023-05-01 32TQS", "2023-05-06 32TPS"]
    assert [(layer.name, layer.visible) for layer in added.layers] == [*((name, name == names[-1]) for name in names)]
    assert log.map_ids == 1


def test_tiles_of_a_day_are_one_layer_by_date(m: geemap.Map) -> None:
    added = layers.add_collection(m, gee_scl.collection(), by="date")
    assert [layer.name for layer in added.layers] == ["2023-05-01", "2023-05-06 32TPS"]


def test_a_collection_can_be_shown_in_true_colour_beside_its_classes(m: geemap.Map) -> None:
    layers.add_collection(m, gee_scl.collection())
    added = layers.add_collection(m, gee_scl.collection(), view=true_color_view)
    assert added.layers[-1].name == "2023-05-06 32TPS True colour"
    assert len(m.layers) == 1 + 6


def test_images_of_one_day_and_tile_have_names_that_differ(tmp_path: Path) -> None:
    times = ("2023-05-01T10:00:00Z", "2023-05-01T10:05:00Z")
    make_catalogue(tmp_path, [Scene(CODES[::BLOCK, ::BLOCK], time=time) for time in times])
    with session_over(tmp_path):
        added = layers.add_collection(layers.new_map(), gee_scl.collection())
    assert [layer.name for layer in added.layers] == ["2023-05-01 32TPS (1)", "2023-05-01 32TPS (2)"]


def test_an_empty_collection_is_an_error(m: geemap.Map) -> None:
    with pytest.raises(CollectionError, match="a collection of nothing"):
        layers.add_collection(m, gee_scl.collection(start="2030-01-01"))
    with pytest.raises(CollectionError, match="a collection of nothing"):
        layers.time_slider(m, gee_scl.collection(start="2030-01-01"))


def test_the_slider_requests_a_date_when_it_is_first_chosen(m: geemap.Map, log: EngineLog) -> None:
    added = layers.time_slider(m, gee_scl.collection())
    slider = added.widget.slider
    assert slider.options == ("2023-05-01", "2023-05-06 32TPS")
    assert slider.label == "2023-05-06 32TPS"
    newest = added.layer.url
    assert log.map_ids == 1
    slider.index = 0
    oldest = added.layer.url
    assert oldest != newest
    assert log.map_ids == 2
    slider.index = 1
    slider.index = 0
    assert (added.layer.url, log.map_ids) == (oldest, 2)
    assert color_at(oldest, *place_of(5), 15) == "ffff52"
    added.remove()
    assert added.layer not in m.layers
    assert not set(added.controls) & set(m.controls)


def test_the_slider_says_what_went_wrong(engine: str) -> None:
    with session_on(engine):
        added = layers.time_slider(layers.new_map(), gee_scl.collection())
    added.widget.slider.index = 0
    assert "No Earth Engine session is open" in added.widget.message.value


def test_one_date_has_a_label_and_no_slider(m: geemap.Map) -> None:
    added = layers.time_slider(m, gee_scl.collection(start="2023-05-02"))
    assert added.widget.slider is None
    assert added.widget.children[0].value == "2023-05-06 32TPS"
    assert added.layer.url.startswith("http")


# A pass that midnight UTC cuts is of two UTC days, and of one by the sun of its place.


@pytest.fixture(scope="module")
def pass_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with LocalServer(cut_pass(tmp_path_factory.mktemp("pass"))) as server:
        yield server.url


Added = layers.Added


@pytest.mark.parametrize("add", [layers.add_collection, layers.time_slider])
def test_a_cut_pass_is_two_utc_days_and_the_warning_points_at_the_caller(
    pass_engine: str, add: Callable[..., Added]
) -> None:
    with session_on(pass_engine):
        m = layers.new_map()
        ask = lambda: add(m, gee_scl.collection(), by="date")  # noqa: E731
        added, places = warned_at(ask)
        assert dates(added) == ["2023-05-14 57MVR", "2023-05-15 57MWR"]
        assert places == [(__file__, line_of(ask))]


@pytest.mark.parametrize("add", [layers.add_collection, layers.time_slider])
def test_a_cut_pass_is_one_solar_day_that_shows_both_of_its_images(pass_engine: str, add: Callable[..., Added]) -> None:
    with session_on(pass_engine):
        m = layers.new_map()
        added, places = warned_at(lambda: add(m, gee_scl.collection(), by="date", day="solar"))
        assert dates(added) == ["2023-05-15"]
        assert places == []
        west, east = degrees(20.5, 30.5), degrees(SIDE + 20.5, 30.5)
        assert [color_at(added.layers[0].url, *place, 14) for place in (west, east)] == ["0000ff", "52fff9"]


@pytest.mark.parametrize("add", [layers.add_collection, layers.time_slider])
def test_images_one_by_one_have_the_day_of_the_clock_and_no_warning(
    pass_engine: str, add: Callable[..., Added]
) -> None:
    with session_on(pass_engine):
        for day, first in (("utc", "2023-05-14"), ("solar", "2023-05-15")):
            images = gee_scl.collection()
            added, places = warned_at(lambda day=day, images=images: add(layers.new_map(), images, by="image", day=day))
            assert dates(added) == [f"{first} 57MVR", "2023-05-15 57MWR"]
            assert places == []


def dates(added: Added) -> list[str]:
    """The names of a collection's layers, or of a slider's dates."""
    if added.widget is None:
        return [layer.name for layer in added.layers]
    slider = added.widget.slider
    return [added.widget.children[0].value] if slider is None else list(slider.options)


@pytest.mark.parametrize("add", [layers.add_collection, layers.time_slider])
@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"by": "month"}, "by"),
        ({"day": "local"}, "day"),
        ({"opacity": 2}, "opacity"),
        ({"opacity": True}, "opacity"),
        ({"scheme": "watr"}, "scheme"),
        ({"view": 3}, "view"),
        ({"view": lambda image: image}, "view"),
    ],
)
@pytest.mark.some(5)
def test_what_no_layers_can_be_made_of_is_refused_by_its_name(
    m: geemap.Map, add: Callable[..., Added], options: dict[str, Any], argument: str
) -> None:
    before = m.layers
    with pytest.raises(ArgumentError) as caught:
        add(m, gee_scl.collection(), **options)
    assert caught.value.argument == argument
    assert m.layers == before


@pytest.mark.parametrize("shown", ["oldest", True, None])
def test_the_newest_or_none_is_shown_at_first_and_nothing_else(m: geemap.Map, shown: Any) -> None:
    with pytest.raises(ArgumentError, match="'newest' or 'none'"):
        layers.add_collection(m, gee_scl.collection(), shown=shown)
