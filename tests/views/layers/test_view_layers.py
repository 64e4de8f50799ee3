"""Layers of one view: what widgets hold, what is requested and when, and what tiles show."""

from __future__ import annotations

import html

import ee
import geemap
import ipyleaflet
import pytest

import gee_scl
from gee_scl import layers
from gee_scl.errors import ArgumentError, RequestError
from gee_scl.views.layers.tile_urls import BLANK_TILE
from gee_scl.views.view import class_view, mask_view, percent_view, true_color_view
from tests.support.engine_log import EngineLog
from tests.support.engines import session_on
from tests.support.map_tiles import color_at
from tests.support.notebook_maps import HOSTILE, Texts, legends, place_of


def test_classes_are_painted_in_their_colours_at_three_zooms(m: geemap.Map, image: ee.Image) -> None:
    added = layers.add_classes(m, image)
    assert added.layer in m.layers
    palette = dict(zip(gee_scl.SCHEMES["scl"].values, gee_scl.SCHEMES["scl"].palette, strict=True))
    for code in range(12):
        for zoom in (13, 15, 17):
            assert color_at(added.layer.url, *place_of(code), zoom) == palette.get(code), (code, zoom)


def test_a_layer_is_named_by_day_and_tile_and_says_whose_data_it_shows(m: geemap.Map, image: ee.Image) -> None:
    assert layers.add_classes(m, image).layer.name == "2023-05-01 32TPS"
    assert layers.add_classes(m, image, "water").layer.name == "2023-05-01 32TPS Water where the surface is seen"
    color = layers.add_true_color(m, image).layer
    assert color.name == "2023-05-01 32TPS True colour"
    assert color.attribution == "Contains modified Copernicus Sentinel data | gee-scl local engine"
    assert color_at(color.url, *place_of(4), 15) == "999999"  # 2800 - 1000 of 3000


def test_an_image_without_time_and_tile_has_the_name_of_its_scheme(m: geemap.Map) -> None:
    composite = gee_scl.collection().mosaic()
    assert layers.add_classes(m, composite).layer.name == "Scene classification"
    assert layers.add_classes(m, composite, name="Mosaic").layer.name == "Mosaic"


def test_the_synthetic_sample_says_that_it_is_synthetic(sample_session: str) -> None:
    m = layers.new_map()
    image = ee.Image(gee_scl.collection().first())
    assert "Synthetic" in layers.add_classes(m, image).layer.attribution
    water = gee_scl.class_mask(image, "water", seen_only=True)
    assert "Synthetic" in layers.add_view(m, mask_view(water)).layer.attribution


def test_the_legend_names_every_class(m: geemap.Map, image: ee.Image) -> None:
    layers.add_classes(m, image)
    (legend,) = legends(m)
    texts = Texts(legend).texts
    assert texts == ["Scene classification", *gee_scl.SCHEMES["scl"].names]
    assert all(f"#{color}" in legend for color in gee_scl.SCHEMES["scl"].palette)


def test_layers_with_the_same_legend_share_it_until_the_last_is_hidden_or_gone(m: geemap.Map, image: ee.Image) -> None:
    first, second = (layers.add_classes(m, image, name=name) for name in "ab")
    layers.add_view(m, mask_view(gee_scl.class_mask(image, "water", seen_only=True), name="Water"))
    assert len(legends(m)) == 2
    first.layer.visible = False
    assert len(legends(m)) == 2
    second.layer.visible = False
    assert len(legends(m)) == 1
    second.layer.visible = True
    assert len(legends(m)) == 2
    before = len(m.controls)
    second.remove()
    first.remove()
    first.remove()
    assert len(m.controls) == before - 1
    assert [layer.name for layer in m.layers[1:]] == ["Water"]


def test_what_geemap_removes_takes_its_legend_along(m: geemap.Map, image: ee.Image) -> None:
    controls = m.controls
    layers.add_classes(m, image, name="Classes")
    assert m.ee_layers["Classes"]["ee_layer"].name == "Classes"
    m.remove("Classes")
    assert m.controls == controls
    assert "Classes" not in m.ee_layers
    assert len(m.layers) == 1


def test_a_cell_that_is_run_again_replaces_its_layers(m: geemap.Map, image: ee.Image) -> None:
    layers.add_classes(m, image)
    again = layers.add_classes(m, image)
    assert [layer.name for layer in m.layers[1:]] == [again.layer.name]
    assert len(legends(m)) == 1


def test_a_hidden_layer_is_requested_once_and_when_it_is_shown(m: geemap.Map, image: ee.Image, log: EngineLog) -> None:
    layer = layers.add_classes(m, image, shown=False).layer
    assert layer.url == BLANK_TILE
    assert log.map_ids == 0
    for visible in (True, False, True):
        layer.visible = visible
    assert log.map_ids == 1
    assert color_at(layer.url, *place_of(6), 14) == "0000ff"


def test_a_layer_that_is_refused_hides_again_and_says_why(engine: str) -> None:
    with session_on(engine):
        m = layers.new_map()
        layer = layers.add_classes(m, ee.Image(gee_scl.collection().first()), shown=False).layer
    controls = m.controls
    layer.visible = True  # the session is over
    assert not layer.visible
    box, close = m.controls[-1].widget.children
    assert "No Earth Engine session is open" in html.unescape(box.value)
    close.click()
    assert m.controls == controls


def test_a_shown_layer_that_is_refused_is_an_error(m: geemap.Map, image: ee.Image) -> None:
    with pytest.raises(RequestError, match="did not match any bands"):
        layers.add_classes(m, image, band="SLC")


def test_masks_and_occurrence_have_their_colours(m: geemap.Map, image: ee.Image) -> None:
    mask = layers.add_view(
        m, mask_view(gee_scl.class_mask(image, "water", seen_only=True), name="Water", color="0000ff")
    ).layer
    assert [color_at(mask.url, *place_of(code), 15) for code in (6, 4)] == ["0000ff", None]
    percent = gee_scl.occurrence(gee_scl.collection(), "water")
    view = percent_view(percent, name="Occurrence of water", palette=["000000", "ffffff"])
    occurrence = layers.add_view(m, view).layer
    assert [color_at(occurrence.url, *place_of(code), 15) for code in (6, 4, 9)] == ["ffffff", "000000", None]
    assert occurrence.name == "Occurrence of water"


def test_a_layer_s_name_has_no_markup(m: geemap.Map, image: ee.Image) -> None:
    name = layers.add_view(m, mask_view(gee_scl.class_mask(image, "water", seen_only=True), name=HOSTILE)).layer.name
    assert Texts(name).tags == []
    (legend,) = legends(m)
    assert "script" not in Texts(legend).tags
    assert HOSTILE in Texts(legend).texts


def test_only_maps_views_and_collections_are_taken(m: geemap.Map, image: ee.Image) -> None:
    with pytest.raises(ArgumentError, match="a map of ipyleaflet or folium"):
        layers.add_classes("map", image)
    with pytest.raises(ArgumentError, match="a View"):
        layers.add_view(m, image)
    with pytest.raises(ArgumentError, match=r"ee\.ImageCollection\(\[image\]\)"):
        layers.add_collection(m, image)
    with pytest.raises(ArgumentError, match="opacity"):
        layers.add_view(m, class_view(image), opacity=2)
    with pytest.raises(ArgumentError, match="without classes"):
        layers.add_view(m, true_color_view(image), shares=True)
    with pytest.raises(ArgumentError, match="views of classes"):
        layers.inspector(m, true_color_view(image))
    with pytest.raises(ArgumentError, match="'ipyleaflet' or 'folium'"):
        layers.new_map(backend="plotly")  # type: ignore[arg-type]


def test_a_plain_ipyleaflet_map_is_taken(session: str, image: ee.Image) -> None:
    m = ipyleaflet.Map()
    added = layers.add_classes(m, image)
    assert m.layers[-1] is added.layer
    assert len(legends(m)) == 1


def test_a_collection_is_no_image(m: geemap.Map) -> None:
    for add in (layers.add_classes, layers.add_true_color):
        with pytest.raises(ArgumentError, match="Choose one of them") as caught:
            add(m, gee_scl.collection())  # type: ignore[arg-type]
        assert caught.value.argument == "image"
