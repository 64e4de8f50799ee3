"""The same assertions against Earth Engine itself, for whoever has an account: `pytest -m live`."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path

import ee
import numpy as np
import pandas as pd
import pytest
from PIL import Image

import gee_scl
from gee_scl.commands.live_answers import ask
from gee_scl.commands.live_questions import QUESTIONS, Question
from gee_scl.requests.door import Door
from gee_scl.views.drawing.picture import Wanted, draw
from gee_scl.views.drawing.window import Window

pytestmark = pytest.mark.live

BOX = (10.60, 45.60, 10.63, 45.62)
"""A shore of Lake Garda: water, land and, now and then, clouds."""


@pytest.fixture(scope="module")
def images() -> Iterator[ee.ImageCollection]:
    project = os.environ.get("GEE_SCL_PROJECT")
    if not project:
        pytest.skip("GEE_SCL_PROJECT does not name a Google Cloud project")
    try:
        gee_scl.initialize(project)
    except ee.EEException as error:
        pytest.skip(f"Earth Engine refuses: {error}")
    yield gee_scl.collection(BOX, "2023-07-01", "2023-07-20")
    ee.Reset()


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_the_server_answers_what_only_reports_tell_as_expected(question: Question, images: ee.ImageCollection) -> None:
    answer = ask(question)
    assert answer.as_expected, f"{answer.text}; expected: {question.expected}. It decides {question.decides}."


def test_counts_equal_the_servers_own_histogram(images: ee.ImageCollection) -> None:
    frame = gee_scl.class_statistics(images, BOX)
    box = ee.Geometry.BBox(*BOX)
    for index, rows in frame.groupby("image"):
        scl = ee.Image(images.filter(ee.Filter.eq("system:index", index)).first()).select("SCL")
        histogram = scl.reduceRegion(
            ee.Reducer.frequencyHistogram().unweighted(), box, crs=scl.projection(), maxPixels=1e8
        ).getInfo()["SCL"]
        found = rows[rows["pixels"] > 0].set_index("class_value")["pixels"].to_dict()
        assert found == {int(float(code)): round(count) for code, count in histogram.items()}


def test_the_frame_keeps_its_laws(images: ee.ImageCollection) -> None:
    frame = gee_scl.class_statistics(images, BOX, by="date")
    sums = frame.groupby(["region", "date"])[["percent", "percent_of_region"]].sum(min_count=1)
    np.testing.assert_allclose(sums["percent"].dropna(), 100)
    assert (sums["percent_of_region"] <= 100 + 1e-6).all()
    np.testing.assert_allclose(frame["area_m2"], frame["pixels"] * 400, rtol=0.002)


def test_regions_on_the_server_give_the_same_frame(images: ee.ImageCollection) -> None:
    here = gee_scl.class_statistics(images, BOX)
    there = gee_scl.class_statistics(images, ee.Geometry.BBox(*BOX))
    pd.testing.assert_frame_equal(here, there)


def test_a_class_map_has_the_colours_of_its_classes_and_no_others(images: ee.ImageCollection) -> None:
    view = gee_scl.views.class_view(ee.Image(images.first()))
    (content,) = draw([Wanted("it", view.image, Window(BOX, 64, 64, "EPSG:4326"))], Door()).all()
    painted = Image.open(io.BytesIO(content)).convert("RGBA")
    colors = {bytes(pixel[:3]).hex() for _, pixel in painted.getcolors(64 * 64) if pixel[3]}
    assert colors <= {entry.color for entry in view.entries}
    assert colors


def test_a_map_page_and_a_report_are_written(images: ee.ImageCollection, tmp_path: Path) -> None:
    for write in (gee_scl.write_map, gee_scl.write_report):
        page = write(images, BOX, tmp_path / f"{write.__name__}.html")
        assert "2023-07" in page.read_text()
