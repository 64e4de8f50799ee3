"""Whoever carries columns of the regions refuses those that the result has itself, before any request."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ee
import pytest

import gee_scl
from gee_scl import exports
from gee_scl.local.server import LocalServer
from tests.support.engines import server_over, session_on

REGIONS = {
    "type": "Feature",
    "properties": dict.fromkeys(
        ["date", "tile", "image", "pixels", "area_m2", "percent", "class_name", "region", "day", "Water", "from_name"],
        7,
    ),
    "geometry": {
        "type": "Polygon",
        "coordinates": [[[11.58, 46.42], [11.6, 46.42], [11.6, 46.44], [11.58, 46.44], [11.58, 46.42]]],
    },
}

CARRYING = {
    "class_statistics": gee_scl.class_statistics,
    "plan": gee_scl.plan,
    "transitions": lambda images, regions, **more: gee_scl.transitions(images, images, regions, **more),
    "cloud_agreement_table": gee_scl.cloud_agreement_table,
    "plan_table": exports.plan_table,
    "export_table": lambda images, regions, **more: exports.export_table(images, regions, "table", **more),
}


@pytest.fixture(scope="module")
def server(sample: Path) -> Iterator[LocalServer]:
    with server_over(sample) as server, session_on(server.url):
        yield server


def test_these_are_all_functions_that_carry_columns() -> None:
    functions = {name: getattr(gee_scl, name) for name in gee_scl.__all__} | {
        name: getattr(exports, name) for name in exports.__all__
    }
    keeping = {
        name
        for name, function in functions.items()
        if inspect.isfunction(function) and {"keep", "statistics"} & set(inspect.signature(function).parameters)
    }
    assert keeping == set(CARRYING)


@pytest.mark.parametrize("column", [name for name in REGIONS["properties"] if name != "Water"])
@pytest.mark.parametrize("name", CARRYING)
def test_no_result_loses_a_column_of_the_users(name: str, column: str, server: LocalServer) -> None:
    asked = dict(server.counters.requests)
    for regions in (REGIONS, ee.FeatureCollection([ee.Feature(REGIONS)])):
        with pytest.raises(gee_scl.RegionError, match=f"keep: got '{column}'.*own_{column}"):
            CARRYING[name](gee_scl.collection(), regions, keep=[column])
    assert dict(server.counters.requests) == asked


def test_the_wide_layout_has_each_class_name_once(server: LocalServer) -> None:
    ask: dict[str, Any] = {"keep": ["Water"], "layout": "wide", "by": "date"}
    with pytest.raises(gee_scl.RegionError, match="keep: got 'Water'"):
        gee_scl.class_statistics(gee_scl.collection(), REGIONS, **ask)
    images = gee_scl.collection(start="2023-06-01", end="2023-06-10")
    assert set(gee_scl.class_statistics(images, REGIONS, keep=["Water"], by="date")["Water"]) == {7}
    wide = gee_scl.class_statistics(images, REGIONS, scheme="snow", **ask)
    assert list(wide.columns).count("Water") == 1
