"""Days whose images differ in their bands, and days told by a property: what is refused, and what we send instead."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import ee
import numpy as np
import pytest

import gee_scl
from gee_scl.requests.door import Door
from gee_scl.scenes.mosaics import daily_mosaics
from gee_scl.scenes.nodes import arguments, calls_within, function_name, known_constant
from gee_scl.views.layers.dates import dated_views
from gee_scl.views.view import View
from tests.support.engines import session_over
from tests.support.generations import DAY, WHOLE, box, put_together, two_generations
from tests.support.pixels import read


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    exports = tmp_path_factory.mktemp("exports")
    with session_over(two_generations(tmp_path_factory.mktemp("generations")), exports=exports):
        yield exports


def test_a_mosaic_of_all_bands_is_refused_by_the_servers_text(session: Path) -> None:
    images = gee_scl.collection()
    assert [len(bands) for bands in images.aggregate_array("system:band_names").getInfo()] == [4, 5]
    old = images.filterDate(DAY, "2018-06-11").mosaic().select(["SCL"])
    text = (
        r"Expected a homogeneous image collection, but an image with incompatible bands was encountered:\s+"
        r"First image type: 4 bands \(\[.*\]\)\.\s+Current image type: 5 bands \(\[.*MSK_CLDPRB.*\]\)"
    )
    for expression in (
        old,
        images.max().select(["SCL"]),
        images.reduce(ee.Reducer.first()),
        images.qualityMosaic("B4"),
    ):
        with pytest.raises(ee.EEException, match=f"(?s){text}"):
            read(expression, WHOLE)


def test_daily_mosaics_have_the_bands_of_all_images_with_their_pixels(session: Path) -> None:
    mosaic = daily_mosaics(gee_scl.collection()).first()
    pixels = read(mosaic, WHOLE)
    assert list(pixels) == ["B2", "B3", "B4", "SCL"]
    np.testing.assert_array_equal(pixels["SCL"].filled(0), put_together())


def views_of_days() -> tuple[View, ...]:
    return dated_views(gee_scl.collection(), "scl", by="date", band="SCL", view=None, door=Door()).views


ASKED: dict[str, Callable[[Path], object]] = {
    "write_map": lambda folder: gee_scl.write_map(gee_scl.collection(), box(), folder / "map.html", by="date"),
    "write_map without true colour": lambda folder: gee_scl.write_map(
        gee_scl.collection(), box(), folder / "plain.html", by="date", true_color=False
    ),
    "write_report": lambda folder: gee_scl.write_report(gee_scl.collection(), box(), folder / "report.html"),
    "timelapse": lambda folder: gee_scl.timelapse(gee_scl.collection(), box(), folder / "film.gif", by="date", size=64),
    "contact_sheet": lambda _: gee_scl.contact_sheet(views_of_days(), box(), size=64),
    "layers of days": lambda _: [read(view.image, WHOLE) for view in views_of_days()],
    "composite": lambda _: read(gee_scl.composite(gee_scl.collection(), "median", bands="B4"), WHOLE),
    "most recent": lambda _: read(gee_scl.composite(gee_scl.collection(), "most_recent", bands=[]), WHOLE),
    "mode": lambda _: read(gee_scl.mode(gee_scl.collection()), WHOLE),
    "transitions": lambda _: gee_scl.transitions(gee_scl.collection(), gee_scl.collection(), box()),
}


@pytest.mark.parametrize("name", ASKED)
def test_whatever_puts_images_together_takes_these(name: str, session: Path, tmp_path: Path) -> None:
    assert ASKED[name](tmp_path) is not None


def test_statistics_by_date_count_what_is_on_top(session: Path) -> None:
    frame = gee_scl.class_statistics(gee_scl.collection(), box(), by="date")
    counted = Counter(put_together().ravel().tolist())
    assert frame.set_index("class_value")["pixels"].to_dict() == {code: counted[code] for code in range(1, 12)}


def test_a_day_is_exported_as_one_raster(session: Path) -> None:
    (task,) = gee_scl.exports.export_collection(gee_scl.collection(), by="date", to=gee_scl.exports.Drive("days"))
    assert task.name == f"{DAY}_scl"
    assert task.wait().state == "SUCCEEDED"


def test_an_index_that_a_mapping_sets_does_not_stay_so_that_days_are_told_by_a_property(session: Path) -> None:
    images = gee_scl.collection()
    old = images.map(lambda image: image.set("system:index", image.date().format("yyyy-MM-dd")))
    of_day = old.filter(ee.Filter.eq("system:index", DAY))
    assert of_day.size().getInfo() == 0
    with pytest.raises(ee.EEException, match="Parameter 'input' is required and may not be null"):
        read(ee.Image(of_day.first()).select(["SCL"]), WHOLE)
    days = daily_mosaics(images).filter(ee.Filter.eq("gee_scl:date", DAY))
    assert days.size().getInfo() == 1
    np.testing.assert_array_equal(read(days.first().select("SCL"), WHOLE)["SCL"].filled(0), put_together())


def test_no_graph_of_ours_sets_an_index_while_it_maps_or_asks_for_an_outline_without_a_margin(session: Path) -> None:
    images = daily_mosaics(gee_scl.collection())
    graph = json.dumps(ee.serializer.encode(images, for_cloud_api=True))
    for call in calls_within(images):
        if function_name(call) == "Element.set":
            assert known_constant(arguments(call)["key"]) != "system:index"
    for call in graph.split('"functionName": "Collection.geometry"')[1:]:
        assert "maxError" in call[:200]
