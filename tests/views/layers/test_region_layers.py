"""Layers of regions: outlines with names, and regions coloured by their share of some classes."""

from __future__ import annotations

from typing import Any

import geemap
import ipyleaflet
import numpy as np
import pandas as pd
import pytest

from gee_scl import layers
from gee_scl.errors import ArgumentError
from tests.support.engine_log import EngineLog
from tests.support.notebook_maps import HOSTILE, TO_DEGREES, Texts, legends
from tests.support.share_frames import squares, statistics


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


def test_regions_without_names_are_found_by_their_numbers(m: geemap.Map) -> None:
    frame = statistics({0: 5.0, 1: 55.0})
    added = layers.add_class_shares(m, frame, squares(2), "water")
    assert list(styles(added.layer)) == [
        "<strong>Region 0</strong><br>5.0 %",
        "<strong>Region 1</strong><br>55.0 %",
    ]


def test_the_name_of_the_region_under_the_pointer_is_shown_escaped(m: geemap.Map) -> None:
    added = layers.add_regions(m, squares(1, [HOSTILE]), id="name")
    (corner,) = (control.widget for control in added.controls)
    added.layer._handle_mouse_events(None, {"event": "mouseover", "feature": added.layer.data["features"][0]}, None)
    assert Texts(corner.value).tags == ["strong"]
    assert "".join(Texts(corner.value).texts) == HOSTILE
    added.remove()
    assert not set(added.controls) & set(m.controls)


def test_regions_in_another_crs_are_drawn_in_degrees(m: geemap.Map) -> None:
    import geopandas
    import shapely

    frame = geopandas.GeoDataFrame(geometry=[shapely.box(600_000, 5_099_000, 601_000, 5_100_000)], crs="EPSG:32632")
    (feature,) = layers.add_regions(m, frame).layer.data["features"]
    corners = np.array(feature["geometry"]["coordinates"][0])
    assert corners.min(axis=0) == pytest.approx(TO_DEGREES.transform(600_000, 5_099_000), abs=2e-4)


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"value": "area_m2"}, "value"),
        ({"low": 50, "high": 50}, "high"),
        ({"palette": "ffffff"}, "palette"),
        ({"palette": []}, "palette"),
    ],
)
def test_what_no_region_can_be_coloured_by_is_refused_by_its_name(
    m: geemap.Map, options: dict[str, Any], argument: str
) -> None:
    with pytest.raises(ArgumentError) as caught:
        layers.add_class_shares(m, statistics({"r0": 1.0}), squares(1), "water", id="name", **options)
    assert caught.value.argument == argument


def test_a_share_of_the_region_is_shown_where_it_is_asked_for(m: geemap.Map) -> None:
    frame = statistics({"r0": 40.0})
    frame["percent_of_region"] = frame["percent"] / 4
    layers.add_class_shares(m, frame, squares(1), "water", id="name", value="percent_of_region", name="Lake")
    assert list(styles(m.layers[-1])) == ["<strong>r0</strong><br>10.0 %"]
    assert Texts(legends(m)[0]).texts[-1] == "Percent of the region."
