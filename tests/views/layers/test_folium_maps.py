"""Folium maps: what is requested when the page is written, and what is in it."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import ee
import folium
import pytest

import gee_scl
from gee_scl import layers
from gee_scl.errors import ArgumentError
from gee_scl.views.view import View, class_view, mask_view, true_color_view
from tests.support.engine_log import EngineLog
from tests.support.engines import session_over
from tests.support.map_tiles import color_at
from tests.support.notebook_maps import HOSTILE, Texts, box_of, place_of, script_of
from tests.support.share_frames import squares, statistics


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
    with session_over(many):
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
    layers.add_view(page, mask_view(gee_scl.class_mask(image, "water", seen_only=True), name=HOSTILE))
    layers.add_regions(page, squares(1, [HOSTILE]), id="name", name=HOSTILE)
    layers.add_class_shares(page, statistics({HOSTILE: 5.0}), squares(1, [HOSTILE]), "water", id="name", name=HOSTILE)
    layers.time_slider(page, gee_scl.collection(), view=lambda image: View(HOSTILE, class_view(image).image))
    markup = page.get_root().render()
    parsed = Texts(markup)
    assert parsed.tags.count("script") == plain
    script = "".join(parsed.scripts)
    written = [json.loads(f'"{text}"') for text in re.findall(r'"((?:[^"\\]|\\.)*)"', script) if "alert" in text]
    assert len(written) >= 5
    dates = [text for text in written if text.startswith("2023")]  # written with textContent
    assert dates == [f"2023-05-01 {HOSTILE}", f"2023-05-06 32TPS {HOSTILE}"]
    for text in set(written) - set(dates):
        assert "script" not in Texts(text).tags
        assert HOSTILE in html.unescape(text)


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
