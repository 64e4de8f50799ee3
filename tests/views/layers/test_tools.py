"""Tools on a map: a divider between two views, and an inspector."""

from __future__ import annotations

import ee
import geemap
import ipyleaflet
import ipywidgets
import pytest

import gee_scl
from gee_scl import layers
from gee_scl.errors import ArgumentError
from gee_scl.views.view import class_view, true_color_view
from tests.support.engine_log import EngineLog
from tests.support.engines import session_on
from tests.support.map_tiles import color_at
from tests.support.notebook_maps import HOSTILE, Texts, click, legends, place_of


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
    added = layers.inspector(m, class_view(image, name=HOSTILE))
    log.clear()
    click(m, *place_of(6))
    assert log.count() == 1
    said = added.widget.value
    assert Texts(said).texts[1:4] == [HOSTILE, "Water (code 6)", "2023-05-01 10:00 UTC"]
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
    with session_on(engine):
        m = layers.new_map()
        added = layers.inspector(m, class_view(ee.Image(gee_scl.collection().first()), "scl", band="SLC"))
        click(m, *place_of(6))
        assert "did not match any bands" in added.widget.value
    click(m, *place_of(6))
    assert "No Earth Engine session is open" in added.widget.value


@pytest.mark.parametrize("views", [5, None, "classes", [], [5], {"a": 1}, ee.Image])
def test_the_inspector_takes_views_of_classes_and_nothing_else(m: geemap.Map, views: object) -> None:
    with pytest.raises(ArgumentError, match="views of classes") as caught:
        layers.inspector(m, views)  # type: ignore[arg-type]
    assert caught.value.argument == "views"


def test_the_inspector_takes_any_run_of_views(m: geemap.Map, image: ee.Image) -> None:
    added = layers.inspector(m, (class_view(image, name) for name in ("land", "water")))  # type: ignore[arg-type]
    click(m, *place_of(6))
    assert Texts(added.widget.value).texts.count("Water (code 6)") == 2


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_split_map_takes_views_alone(m: geemap.Map, image: ee.Image, side: str) -> None:
    sides = {"left": class_view(image), "right": class_view(image), side: image}
    with pytest.raises(ArgumentError, match="a View") as caught:
        layers.split_map(m, **sides)
    assert caught.value.argument == side
