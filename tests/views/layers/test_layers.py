"""Layers on notebook maps: what widgets and pages hold, what is requested and when, and what tiles show."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import ee
import folium
import geemap
import ipyleaflet
import ipywidgets
import numpy as np
import pandas as pd
import pyproj
import pytest

import gee_scl
from gee_scl import layers
from gee_scl.errors import ArgumentError, CollectionError, RequestError
from gee_scl.requests.door import Tables
from gee_scl.views.layers.shares import box_in_view, class_shares
from gee_scl.views.layers.tile_urls import BLANK_TILE
from gee_scl.views.view import View, class_view, true_color_view
from tests.support.engine_log import EngineLog, engine_log
from tests.support.local.catalogues import GRID, Scene, make_catalogue
from tests.support.map_tiles import color_at

BLOCK = 40
CODES = np.kron(np.arange(12, dtype=np.uint8).reshape(3, 4), np.ones((BLOCK, BLOCK), np.uint8))
"""A block of 40 x 40 pixels for each code."""

BANDS = {name: np.full(CODES.shape, 2800, np.uint16) for name in ("red", "green", "blue")}
DATES = [date(2023, 1, 1) + timedelta(days=3 * n) for n in range(118)]
EVIL = """<script>alert(1)</script>"'\\</script>&amp;"""

TO_DEGREES = pyproj.Transformer.from_crs("EPSG:32632", "EPSG:4326", always_xy=True)


def place_of(code: int) -> tuple[float, float]:
    """Longitude and latitude of the centre of a pixel in the middle of a code's block."""
    row, column = divmod(code, 4)
    return TO_DEGREES.transform(*(GRID @ ((column + 0.5) * BLOCK + 0.5, (row + 0.5) * BLOCK + 0.5)))


def box_of(codes: tuple[int, ...]) -> tuple[float, float, float, float]:
    """West, south, east, north around the middles of blocks, a few pixels wide."""
    longitudes, latitudes = zip(*map(place_of, codes), strict=True)
    return min(longitudes) - 5e-4, min(latitudes) - 5e-4, max(longitudes) + 5e-4, max(latitudes) + 5e-4


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("layers")
    scenes = [Scene(CODES, time="2023-05-01T10:00:00Z", bands=BANDS)]
    scenes += [Scene(CODES, tile="32TQS", time="2023-05-01T10:00:10Z", bands=BANDS)]
    scenes += [Scene(CODES, time="2023-05-06T10:00:00Z", bands=BANDS)]
    make_catalogue(folder, scenes)
    from gee_scl.local.server import LocalServer

    with LocalServer(folder) as server:
        yield server.url


@pytest.fixture
def session(engine: str) -> Iterator[str]:
    with gee_scl.local_session(engine) as url:
        yield url


@pytest.fixture
def log() -> Iterator[EngineLog]:
    with engine_log() as handler:
        yield handler


@pytest.fixture
def m(session: str) -> geemap.Map:
    return layers.new_map(box_of((0, 11)))


@pytest.fixture
def image(session: str) -> ee.Image:
    return ee.Image(gee_scl.collection().first())


class Texts(HTMLParser):
    """Tags and texts of a piece of HTML, and what is in its scripts."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        (self.scripts if self.tags[-1:] == ["script"] else self.texts).append(data)


def legends(m: ipyleaflet.Map) -> list[str]:
    boxes = [control.widget for control in m.controls if isinstance(control, ipyleaflet.WidgetControl)]
    return [box.text.value for box in boxes if hasattr(box, "legend") and box.layout.display != "none"]


def click(m: ipyleaflet.Map, longitude: float, latitude: float) -> None:
    """What the browser sends when the map is clicked."""
    event = {"event": "interaction", "type": "click", "coordinates": [latitude, longitude]}
    m._handle_leaflet_event(None, event, None)


def show_window(m: ipyleaflet.Map, box: tuple[float, float, float, float]) -> None:
    """What the browser sends when the map has moved."""
    m.set_state(dict(zip(("west", "south", "east", "north"), box, strict=True)))


# --- One layer --------------------------------------------------------------------------------------------------------


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
    assert "Synthetic" in layers.add_mask(m, gee_scl.class_mask(image, "water", seen_only=True)).layer.attribution


def test_the_legend_names_every_class(m: geemap.Map, image: ee.Image) -> None:
    layers.add_classes(m, image)
    (legend,) = legends(m)
    texts = Texts(legend).texts
    assert texts == ["Scene classification", *gee_scl.SCHEMES["scl"].names]
    assert all(f"#{color}" in legend for color in gee_scl.SCHEMES["scl"].palette)


def test_layers_with_the_same_legend_share_it_until_the_last_is_hidden_or_gone(m: geemap.Map, image: ee.Image) -> None:
    first, second = (layers.add_classes(m, image, name=name) for name in "ab")
    layers.add_mask(m, gee_scl.class_mask(image, "water", seen_only=True), name="Water")
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
    with gee_scl.local_session(engine):
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
    mask = layers.add_mask(m, gee_scl.class_mask(image, "water", seen_only=True), name="Water", color="0000ff").layer
    assert [color_at(mask.url, *place_of(code), 15) for code in (6, 4)] == ["0000ff", None]
    occurrence = layers.add_occurrence(m, gee_scl.collection(), "water", palette=["000000", "ffffff"]).layer
    assert [color_at(occurrence.url, *place_of(code), 15) for code in (6, 4, 9)] == ["ffffff", "000000", None]
    assert occurrence.name == "Occurrence of water"


def test_a_layer_s_name_has_no_markup(m: geemap.Map, image: ee.Image) -> None:
    name = layers.add_mask(m, gee_scl.class_mask(image, "water", seen_only=True), name=EVIL).layer.name
    assert Texts(name).tags == []
    (legend,) = legends(m)
    assert "script" not in Texts(legend).tags
    assert EVIL in Texts(legend).texts


# --- Collections ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("dates")
    small = np.arange(4, 8, dtype=np.uint8).reshape(2, 2)
    return make_catalogue(folder, [Scene(small, time=f"{day}T10:00:00Z") for day in DATES])


@pytest.mark.parametrize("by", ["image", "date"])
def test_a_layer_for_each_of_118_dates_requests_nothing_before_it_is_shown(many: Path, by: Any, log: EngineLog) -> None:
    with gee_scl.local_session(many):
        m = layers.new_map()
        images = gee_scl.collection()
        log.clear()
        added = layers.add_collection(m, images, by=by, shown="none")
        assert log.map_ids == 0
        assert log.count() == 1  # the list of images
        assert [layer.name for layer in added.layers] == [f"{day} 32TPS" for day in DATES]
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
    with gee_scl.local_session(tmp_path):
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
    with gee_scl.local_session(engine):
        added = layers.time_slider(layers.new_map(), gee_scl.collection())
    added.widget.slider.index = 0
    assert "No Earth Engine session is open" in added.widget.message.value


def test_one_date_has_a_label_and_no_slider(m: geemap.Map) -> None:
    added = layers.time_slider(m, gee_scl.collection(start="2023-05-02"))
    assert added.widget.slider is None
    assert added.widget.children[0].value == "2023-05-06 32TPS"
    assert added.layer.url.startswith("http")


# --- Tools ------------------------------------------------------------------------------------------------------------


def test_a_split_map_has_a_view_on_each_side(m: geemap.Map, image: ee.Image) -> None:
    controls = m.controls
    added = layers.split_map(m, class_view(image, name="SCL"), true_color_view(image))
    (divider,) = [control for control in m.controls if isinstance(control, ipyleaflet.SplitMapControl)]
    assert (divider.left_layer, divider.right_layer) == added.layers
    assert [layer.name for layer in added.layers] == ["SCL", "True colour"]
    assert color_at(divider.left_layer.url, *place_of(6), 15) == "0000ff"
    labels = [c.widget.value for c in m.controls if isinstance(getattr(c, "widget", None), ipywidgets.Label)]
    assert labels == ["SCL", "True colour"]
    assert len(legends(m)) == 1
    added.remove()
    assert m.controls == controls


def test_the_inspector_says_class_name_code_colour_and_date(m: geemap.Map, image: ee.Image, log: EngineLog) -> None:
    added = layers.inspector(m, class_view(image, name=EVIL))
    log.clear()
    click(m, *place_of(6))
    assert log.count() == 1
    said = added.widget.value
    assert Texts(said).texts[1:4] == [EVIL, "Water (code 6)", "2023-05-01 10:00 UTC"]
    assert "#0000ff" in said
    assert "script" not in Texts(said).tags
    click(m, *place_of(0))
    assert "No data" in Texts(added.widget.value).texts
    click(m, 0.0, 0.0)
    assert "No data" in Texts(added.widget.value).texts
    added.remove()
    click(m, *place_of(6))
    assert log.count() == 3


def test_the_inspector_asks_for_several_views_at_once(m: geemap.Map, image: ee.Image, log: EngineLog) -> None:
    composite = gee_scl.collection().mosaic()
    views = [class_view(image, "land"), class_view(composite, "cloud", name="Mosaic"), class_view(image, "water")]
    added = layers.inspector(m, views)
    log.clear()
    click(m, *place_of(9))
    assert log.count() == 1
    texts = Texts(added.widget.value).texts
    assert "Left out: Clouds High Probability (code 9)" in texts
    assert texts[texts.index("Mosaic") + 1] == "Cloud (code 9 of 8, 9)"  # a composite, read at 20 m
    click(m, *place_of(4))
    assert "Vegetation (code 4)" in Texts(added.widget.value).texts


def test_the_inspector_shows_an_error_as_text(engine: str) -> None:
    with gee_scl.local_session(engine):
        m = layers.new_map()
        added = layers.inspector(m, class_view(ee.Image(gee_scl.collection().first()), band="SLC"))
        click(m, *place_of(6))
        assert "did not match any bands" in added.widget.value
    click(m, *place_of(6))
    assert "No Earth Engine session is open" in added.widget.value


def test_the_legend_has_the_shares_of_what_is_in_view(m: geemap.Map, image: ee.Image, log: EngineLog) -> None:
    added = layers.add_classes(m, image, shares=True)
    box = added.controls[0].widget
    box.button.click()
    assert "Show the map first" in box.text.value
    show_window(m, box_of((5, 6)))  # half of it bare soil, half water
    log.clear()
    box.button.click()
    assert log.count() == 1
    texts = Texts(box.text.value).texts
    assert texts[-1] == "2023-05-01 32TPS: share of the classified area in view; pixels of 20 m."
    shares = {text.rsplit(" ", 2)[0]: float(text.rsplit(" ", 2)[1]) for text in texts[1:-1]}
    assert shares["Water"] == pytest.approx(50, abs=3)
    assert shares["Bare Soils"] == pytest.approx(50, abs=3)
    assert sum(shares.values()) == pytest.approx(100, abs=0.2)
    show_window(m, box_of((4, 5)))
    assert "share" not in box.text.value
    show_window(m, (0.0, 0.0, 0.1, 0.1))
    box.button.click()
    assert "nothing is classified" in box.text.value


def test_shares_of_a_region_are_those_of_class_statistics(m: geemap.Map, image: ee.Image) -> None:
    region = box_of((1, 11))
    added = layers.add_classes(m, image, shares=region)
    frame = gee_scl.class_statistics(image, region)
    texts = Texts(added.controls[0].widget.text.value).texts
    for name, percent in zip(frame["class_name"], frame["percent"], strict=True):
        assert f"{name} {percent:.1f} %".replace(" 0.0 %", " 0 %") in texts


def test_a_large_view_is_looked_at_in_larger_steps(session: str, image: ee.Image) -> None:
    tables = Tables()
    region = box_of((0, 11))
    shares = class_shares(class_view(image), region, tables, most_pixels=400)
    assert tables.requests == 1
    assert 50 < shares.scale < 200
    exact = class_shares(class_view(image), region, Tables())
    assert exact.scale == 20
    assert shares.percent == pytest.approx(exact.percent, abs=4)


def test_shares_of_a_composite_and_of_regions_on_the_server_are_measured_too(session: str) -> None:
    composite = class_view(gee_scl.collection().mosaic())
    west, south, east, north = box_of((6, 6))
    region = ee.FeatureCollection([ee.Geometry.Rectangle([west, south, east, north])])
    assert class_shares(composite, region, Tables()).percent[6] == pytest.approx(100)


@pytest.mark.parametrize(
    ("bounds", "box"),
    [
        (((46.0, 11.0), (47.0, 12.0)), (11.0, 46.0, 12.0, 47.0)),
        (((46.0, 371.0), (47.0, 372.0)), (11.0, 46.0, 12.0, 47.0)),
        (((46.0, -190.0), (47.0, -170.0)), (170.0, 46.0, 190.0, 47.0)),
        (((-95.0, -400.0), (95.0, 400.0)), (-180.0, -90.0, 180.0, 90.0)),
    ],
)
def test_bounds_are_taken_back_to_the_first_turn_of_the_world(bounds: Any, box: Any) -> None:
    assert box_in_view(bounds) == pytest.approx(box)


# --- Regions ----------------------------------------------------------------------------------------------------------


def squares(count: int, names: list[str] | None = None) -> dict[str, Any]:
    """GeoJSON of small squares in a row."""
    features = []
    for n in range(count):
        west, south = 10 + n * 1e-3, 46.0
        ring = [[west, south], [west + 9e-4, south], [west + 9e-4, south + 1e-3], [west, south + 1e-3], [west, south]]
        name = names[n] if names else f"r{n}"
        geometry = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": {"name": name}, "geometry": geometry})
    return {"type": "FeatureCollection", "features": features}


def statistics(percents: dict[str, float], day: str = "2023-05-01") -> pd.DataFrame:
    """A frame of two classes: so much water, and the rest not; of nothing where the percentage is NaN."""
    scheme = gee_scl.SCHEMES["water"]
    rows = []
    for region, percent in percents.items():
        for value, name, share in zip(scheme.values, scheme.names, (percent, 100 - percent), strict=True):
            area = 0.0 if np.isnan(share) else share
            row = {"region": region, "date": pd.Timestamp(day, tz="UTC"), "class_value": value, "class_name": name}
            rows.append({**row, "pixels": int(area), "area_m2": area, "percent": share, "percent_of_region": area})
    frame = pd.DataFrame(rows)
    frame.attrs["gee_scl"] = {"scheme": "water"}
    return frame


def styles(layer: ipyleaflet.GeoJSON) -> dict[str, dict[str, Any]]:
    return {f["properties"]["text"]: f["properties"]["style"] for f in layer.data["features"]}


def test_regions_have_the_colour_of_their_share(m: geemap.Map) -> None:
    frame = statistics({"a": 5.0, "b": 55.0, "c": 100.0, "d": np.nan})
    regions = squares(5, ["a", "b", "c", "d", "e"])
    added = layers.add_class_shares(m, frame, regions, "water", id="name")
    assert added.layer.name == "Water, 2023-05-01"
    found = {text: style["fillColor"] for text, style in styles(added.layer).items()}
    assert found == {
        "<strong>a</strong><br>5.0 %": "#f7fbff",
        "<strong>b</strong><br>55.0 %": "#6baed6",
        "<strong>c</strong><br>100.0 %": "#08306b",
        "<strong>d</strong><br>No clear view": "#bdbdbd",
        "<strong>e</strong><br>No clear view": "#bdbdbd",  # met no image
    }
    texts = Texts(legends(m)[0]).texts
    assert texts[1:] == [*(f"{n} to {n + 20} %" for n in range(0, 100, 20)), "No clear view",
                         "Percent of the classified area."]  # fmt: skip


def test_days_are_weighted_by_what_was_classified_or_one_is_chosen(m: geemap.Map) -> None:
    frame = pd.concat([statistics({"r0": 100.0}), statistics({"r0": 0.0}, "2023-05-06")])
    frame.loc[frame["date"] == "2023-05-06", "area_m2"] *= 3
    together = layers.add_class_shares(m, frame, squares(1), "water", id="name").layer
    assert together.name == "Water, 2023-05-01 to 2023-05-06"
    assert list(styles(together)) == ["<strong>r0</strong><br>25.0 %"]
    chosen = layers.add_class_shares(m, frame, squares(1), "water", id="name", date="2023-05-01").layer
    assert list(styles(chosen)) == ["<strong>r0</strong><br>100.0 %"]
    with pytest.raises(ArgumentError, match="2023-05-01, 2023-05-06"):
        layers.add_class_shares(m, frame, squares(1), "water", id="name", date="2023-05-02")


def test_statistics_of_the_engine_colour_500_regions(m: geemap.Map, log: EngineLog) -> None:
    frame = statistics({f"r{n}": n / 5 for n in range(500)})
    log.clear()
    added = layers.add_class_shares(m, frame, squares(500), "water", id="name")
    assert log.count() == 0
    assert len(added.layer.data["features"]) == 500
    assert len({style["fillColor"] for style in styles(added.layer).values()}) == 5


def test_regions_of_another_frame_are_refused(m: geemap.Map) -> None:
    with pytest.raises(ArgumentError, match=r"regions of the frame, such as 'a'.*id="):
        layers.add_class_shares(m, statistics({"a": 1.0}), squares(1), "water")
    with pytest.raises(ArgumentError, match="an empty frame"):
        layers.add_class_shares(m, statistics({"a": 1.0})[:0], squares(1), "water")


def test_the_name_of_the_region_under_the_pointer_is_shown_escaped(m: geemap.Map) -> None:
    added = layers.add_regions(m, squares(1, [EVIL]), id="name")
    (corner,) = (control.widget for control in added.controls)
    added.layer._handle_mouse_events(None, {"event": "mouseover", "feature": added.layer.data["features"][0]}, None)
    assert Texts(corner.value).tags == ["strong"]
    assert "".join(Texts(corner.value).texts) == EVIL
    added.remove()
    assert not set(added.controls) & set(m.controls)


def test_regions_in_another_crs_are_drawn_in_degrees(m: geemap.Map) -> None:
    import geopandas
    import shapely

    frame = geopandas.GeoDataFrame(geometry=[shapely.box(600_000, 5_099_000, 601_000, 5_100_000)], crs="EPSG:32632")
    (feature,) = layers.add_regions(m, frame).layer.data["features"]
    corners = np.array(feature["geometry"]["coordinates"][0])
    assert corners.min(axis=0) == pytest.approx(TO_DEGREES.transform(600_000, 5_099_000), abs=2e-4)


# --- folium -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def page(session: str) -> folium.Map:
    return layers.new_map(box_of((0, 11)), backend="folium")


def script_of(page: folium.Map) -> str:
    return "".join(Texts(page.get_root().render()).scripts)


def test_a_folium_map_requests_its_tiles_when_it_is_written(page: folium.Map, image: ee.Image, log: EngineLog) -> None:
    added = layers.add_classes(page, image)
    assert log.map_ids == 0
    script = script_of(page)
    (url,) = re.findall(r'L\.tileLayer\(\s*"(http://127[^"]+)"', script)
    assert color_at(url, *place_of(6), 15) == "0000ff"
    assert '"2023-05-01 32TPS" : ' + added.layer.get_name() in script
    assert all(name in script for name in gee_scl.SCHEMES["scl"].names)
    script_of(page)
    assert log.map_ids == 1


def test_a_folium_page_has_a_layer_for_each_date_and_asks_for_all_together(many: Path, log: EngineLog) -> None:
    with gee_scl.local_session(many):
        page = layers.new_map(backend="folium")
        images = gee_scl.collection(end="2023-03-01")
        added = layers.add_collection(page, images)
        assert log.map_ids == 0
        script = script_of(page)
    assert log.map_ids == len(added.layers) == 20
    assert len(set(re.findall(r'"(http://127[^"]+)"', script))) == 20
    assert len(re.findall(r"\.addTo\(map_\w+\);", script.split("tile_layer", 1)[1])) >= 1
    # The layer control names the layers' variables, so it comes behind them.
    assert script.index("L.control.layers(") > max(found.start() for found in re.finditer(r"L\.tileLayer\(", script))
    # Only the newest is on the map at first.
    shown = [layer for layer in added.layers if f"{layer.get_name()}.addTo(" in script]
    assert shown == [added.layers[-1]]


def test_names_are_escaped_in_a_folium_page(page: folium.Map, image: ee.Image) -> None:
    plain = Texts(page.get_root().render()).tags.count("script")
    layers.add_mask(page, gee_scl.class_mask(image, "water", seen_only=True), name=EVIL)
    layers.add_regions(page, squares(1, [EVIL]), id="name", name=EVIL)
    layers.add_class_shares(page, statistics({EVIL: 5.0}), squares(1, [EVIL]), "water", id="name", name=EVIL)
    layers.time_slider(page, gee_scl.collection(), view=lambda image: View(EVIL, class_view(image).image))
    markup = page.get_root().render()
    parsed = Texts(markup)
    assert parsed.tags.count("script") == plain
    script = "".join(parsed.scripts)
    written = [json.loads(f'"{text}"') for text in re.findall(r'"((?:[^"\\]|\\.)*)"', script) if "alert" in text]
    assert len(written) >= 5
    dates = [text for text in written if text.startswith("2023")]  # written with textContent
    assert dates == [f"2023-05-01 {EVIL}", f"2023-05-06 32TPS {EVIL}"]
    for text in set(written) - set(dates):
        assert "script" not in Texts(text).tags
        assert EVIL in html.unescape(text)


def test_a_folium_page_has_a_split_and_a_slider(page: folium.Map, image: ee.Image) -> None:
    split = layers.split_map(page, class_view(image), true_color_view(image))
    slider = layers.time_slider(page, gee_scl.collection())
    script = script_of(page)
    left, right = (layer.get_name() for layer in split.layers)
    assert re.search(rf"L\.control\.sideBySide\(\s*{left}, {right}\s*\)", script)
    dates = json.loads(re.search(r"\}\)\(map_\w+, (\[.*?\]), 1, ", script)[1])  # type: ignore[index]
    assert [one["label"] for one in dates] == ["2023-05-01", "2023-05-06 32TPS"]
    assert color_at(dates[0]["url"], *place_of(4), 15) == "10d22c"
    slider.remove()
    split.remove()
    script = script_of(page)
    assert "sideBySide(" not in script
    assert "http://127" not in script


def test_a_folium_page_has_shares_of_a_region_and_no_tools_that_ask(page: folium.Map, image: ee.Image) -> None:
    layers.add_classes(page, image, shares=box_of((6, 6)))
    assert "Water 100.0 %" in script_of(page)
    with pytest.raises(ArgumentError, match="a region, on a folium map"):
        layers.add_classes(page, image, shares=True)
    with pytest.raises(ArgumentError, match="an ipyleaflet map"):
        layers.inspector(page, class_view(image))


def test_a_folium_map_of_geemap_is_taken(engine: str) -> None:
    code = f"""
import ee, gee_scl
gee_scl.initialize(local={engine!r})
import geemap
m = geemap.Map()
assert type(m).__module__ == "geemap.foliumap"
added = gee_scl.layers.add_classes(m, ee.Image(gee_scl.collection().first()))
print(added.layer.get_name() in m.get_root().render())
"""
    env = {**os.environ, "USE_FOLIUM": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "True", done.stderr


# --- What is refused, and what is not loaded --------------------------------------------------------------------------


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


def test_a_new_map_shows_the_region_and_asks_for_no_credentials() -> None:
    m = layers.new_map((11.0, 46.0, 11.2, 46.1))
    assert isinstance(m, geemap.Map)
    assert m.center == pytest.approx([46.05, 11.1])
    # 0.2 degrees of longitude are 256 * 2**12 * 0.2 / 360 = 583 pixels at zoom 12, and 1165 at 13.
    assert m.zoom == 12
    page = layers.new_map((11.0, 46.0, 11.2, 46.1), backend="folium")
    assert page.location == pytest.approx([46.05, 11.1])
    assert page.options["zoom"] == 12


def test_layers_load_no_map_package_before_there_is_a_map() -> None:
    code = (
        "import sys, gee_scl; gee_scl.layers;"
        "print(*[n for n in ('geemap', 'folium', 'ipyleaflet', 'ipywidgets', 'jinja2', 'numpy') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
