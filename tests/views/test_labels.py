"""A run's label goes with whatever is drawn, measured and fetched for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ee
import folium
import pytest

import gee_scl
from gee_scl import exports, layers, views

LABEL = "fields-2023"
RUN = gee_scl.Run(workload_tag=LABEL)
BOX = (11.58, 46.42, 11.6, 46.44)


def images() -> ee.ImageCollection:
    return gee_scl.collection(start="2023-05-01", end="2023-06-01", tiles="32TPS")


def image() -> ee.Image:
    return ee.Image(images().first())


def on_a_map(add: Callable[..., object]) -> None:
    m = folium.Map()
    add(m)
    m.get_root().render()


LABELLED: dict[str, Callable[[Path], object]] = {
    "thumbnail": lambda _: gee_scl.thumbnail(views.class_view(image()), BOX, size=40, run=RUN),
    "contact_sheet": lambda _: gee_scl.contact_sheet([views.class_view(image())] * 2, BOX, size=40, run=RUN),
    "timelapse": lambda folder: gee_scl.timelapse(images(), BOX, folder / "a.gif", size=40, run=RUN),
    "write_report": lambda folder: gee_scl.write_report(images(), BOX, folder / "a.html", scenes=1, run=RUN),
    "write_map": lambda folder: gee_scl.write_map(images(), BOX, folder / "a.html", size=64, live=True, run=RUN),
    "download_image": lambda folder: exports.download_image(image(), folder / "a.tif", region=BOX, run=RUN),
    "add_view": lambda _: on_a_map(lambda m: layers.add_view(m, views.class_view(image()), shares=BOX, run=RUN)),
    "add_classes": lambda _: on_a_map(lambda m: layers.add_classes(m, image(), run=RUN)),
    "add_true_color": lambda _: on_a_map(lambda m: layers.add_true_color(m, image(), run=RUN)),
    "add_collection": lambda _: on_a_map(lambda m: layers.add_collection(m, images(), run=RUN)),
    "time_slider": lambda _: on_a_map(lambda m: layers.time_slider(m, images(), run=RUN)),
    "split_map": lambda _: on_a_map(
        lambda m: layers.split_map(m, views.class_view(image()), views.true_color_view(image()), run=RUN)
    ),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", LABELLED)
@pytest.mark.some(6)
def test_every_request_that_computes_has_the_label(sample_session: str, tmp_path: Path, name: str) -> None:
    seen: list[Any] = []
    hooks = ee.data._get_state().requests_session.hooks["response"]
    look: Callable[..., None] = lambda response, *_, **__: seen.append(response.request)  # noqa: E731
    hooks.append(look)
    try:
        LABELLED[name](tmp_path)
    finally:
        hooks.remove(look)
    computing = [request for request in seen if request.method == "POST"]
    assert computing
    for request in computing:
        body = request.body if isinstance(request.body, str) else request.body.decode()
        assert f"workloadTag={LABEL}" in request.url or f'"workloadTag": "{LABEL}"' in body, request.url
    assert ee.data.getWorkloadTag() == ""
