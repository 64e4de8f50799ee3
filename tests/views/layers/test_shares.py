"""Shares of classes in the legend: of what is in view, and of a region."""

from __future__ import annotations

from typing import Any

import ee
import geemap
import pytest

import gee_scl
from gee_scl import layers
from gee_scl.requests.door import Door
from gee_scl.views.layers.shares import box_in_view, class_shares
from gee_scl.views.view import class_view
from tests.support.engine_log import EngineLog
from tests.support.notebook_maps import Texts, box_of, show_window


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
    door = Door()
    region = box_of((0, 11))
    shares = class_shares(class_view(image), region, door, most_pixels=400)
    assert door.requests == 1
    assert 50 < shares.scale < 200
    exact = class_shares(class_view(image), region, Door())
    assert exact.scale == 20
    assert shares.percent == pytest.approx(exact.percent, abs=4)


def test_shares_of_a_composite_and_of_regions_on_the_server_are_measured_too(session: str) -> None:
    composite = class_view(gee_scl.collection().mosaic())
    west, south, east, north = box_of((6, 6))
    region = ee.FeatureCollection([ee.Geometry.Rectangle([west, south, east, north])])
    assert class_shares(composite, region, Door()).percent[6] == pytest.approx(100)


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
