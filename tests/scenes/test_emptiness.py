"""Collections that hold no image: why, and what every function makes or says of them."""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ee
import numpy as np
import pytest

import gee_scl
from gee_scl import exports, layers, views
from gee_scl.local.server import LocalServer
from gee_scl.scenes.emptiness import Search
from tests.support.callables import public_functions
from tests.support.engine_log import engine_log
from tests.support.engines import session_on
from tests.support.local.catalogues import Scene, make_catalogue

HERE = (10.31, 46.03, 10.32, 46.04)
"""In the scenes below, whose corner is at 600,000 E and 5,100,000 N in zone 32."""

THERE = (-8.1, 40.1, -8.0, 40.2)
MAY = ("2023-05-01", "2023-06-01")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Three scenes of a tile, in spring 2023, with 30 % of cloud."""
    classes = np.full((100, 100), 6, np.uint8)
    times = ("2023-04-11T10:00:00Z", "2023-05-11T10:00:00Z", "2023-06-20T10:00:00Z")
    scenes = [Scene(classes, time=time, properties={"eo:cloud_cover": 30.0}) for time in times]
    with LocalServer(make_catalogue(tmp_path_factory.mktemp("catalogue"), scenes)) as server:
        yield server.url


@pytest.fixture
def session(engine: str) -> Iterator[str]:
    with session_on(engine):
        yield engine


# --- why --------------------------------------------------------------------------------------------------------------

EXTENT = "The images lie within longitude 10.29 to 10.32, latitude 46.03 to 46.05 and are of 2023-04-11 to 2023-06-20"
"""By hand: 2 km by 2 km from the corner, which pyproj puts at 10.2919 E, 46.0461 N."""

WHY: dict[str, tuple[Callable[[], ee.ImageCollection], list[str]]] = {
    "elsewhere": (
        lambda: gee_scl.collection(THERE, *MAY),
        [
            "meets the region, which lies within longitude -8.1 to -8, latitude 40.1 to 40.2.",
            EXTENT,
            "their tiles: 32TPS",
        ],
    ),
    "swapped": (
        lambda: gee_scl.collection((46.03, 10.31, 46.04, 10.32), *MAY),
        ["meets the region", "With latitude and longitude swapped it would meet images: longitude comes first", EXTENT],
    ),
    "swapped, as an outline": (
        lambda: gee_scl.collection(
            {"type": "Polygon", "coordinates": [[[46.03, 10.31], [46.04, 10.31], [46.04, 10.32], [46.03, 10.31]]]}
        ),
        ["meets the region", "With latitude and longitude swapped it would meet images"],
    ),
    "another year": (
        lambda: gee_scl.collection(HERE, "2001-01-01", "2001-02-01"),
        ["No image, wherever, is of the period from 2001-01-01 to before 2001-02-01.", EXTENT],
    ),
    "between two passes": (
        lambda: gee_scl.collection(HERE, "2023-04-12", "2023-05-11"),
        [
            "No image, wherever, is of the period",
            "The last before it is of 2023-04-11, the first after it is of 2023-05-11.",
        ],
    ),
    "an open end": (
        lambda: gee_scl.collection(HERE, "2024-01-01"),
        ["No image, wherever, is of the period from 2024-01-01 on."],
    ),
    "an open beginning": (
        lambda: gee_scl.collection(end="2020-01-01"),
        ["No image, wherever, is of the period before 2020-01-01."],
    ),
    "elsewhere in another year": (
        lambda: gee_scl.collection(THERE, "2001-01-01", "2001-02-01"),
        ["meets the region", "No image, wherever, is of the period"],
    ),
    "another tile": (
        lambda: gee_scl.collection(HERE, *MAY, tiles="33UUU"),
        ["Region and period have images, but of other tiles: 32TPS."],
    ),
    "clouds": (
        lambda: gee_scl.collection(HERE, *MAY, max_cloud=20),
        ["Region and period have images, but none that passes the other filters (CLOUDY_PIXEL_PERCENTAGE ≤ 20)."],
    ),
    "clouds, wherever and whenever": (
        lambda: gee_scl.collection(max_cloud=20),
        ["There are images, but none that passes the other filters (CLOUDY_PIXEL_PERCENTAGE ≤ 20)."],
    ),
    "a mosaic of nothing": (
        lambda: gee_scl.daily_mosaics(gee_scl.collection(HERE, "2001-01-01", "2001-02-01")),
        ["No image, wherever, is of the period from 2001-01-01 to before 2001-02-01."],
    ),
    "filters of Earth Engine's own": (
        lambda: (
            ee.ImageCollection("COPERNICUS/S2_SR_HARMONIZED")
            .filterDate("2019-01-01", ee.Date("2019-02-01"))
            .filterBounds(ee.Geometry.Point(-8, 40))
        ),
        ["meets the region, which lies within longitude -8 to -8, latitude 40 to 40", "No image, wherever, is of"],
    ),
    "a computed date": (
        lambda: gee_scl.collection(HERE).filterDate(ee.Date("2019-01-01").advance(1, "day"), "2019-02-01"),
        ["No image, wherever, is of the period before 2019-02-01."],
    ),
    "a list of nothing": (lambda: ee.ImageCollection([]), ["What is searched has no image at all here."]),
}


REASONS = ("meets the region", "swapped", "No image, wherever", "of other tiles", "none that passes", "no image at all")


@pytest.mark.parametrize("name", WHY)
@pytest.mark.some(10)
def test_it_is_said_why_a_collection_holds_no_image(name: str, session: str) -> None:
    images, told = WHY[name]
    with pytest.raises(gee_scl.CollectionError, match="The collection holds no image: ") as caught:
        gee_scl.class_statistics(images(), HERE)
    for text in told:
        assert text in str(caught.value)
    # Each reason is given where it holds, and nowhere else.
    said = {reason for reason in REASONS if reason in str(caught.value)}
    assert said == {reason for reason in REASONS if any(reason in text for text in told)}


def test_finding_out_why_is_one_request(session: str) -> None:
    images = gee_scl.collection(THERE, *MAY)
    with engine_log() as log, pytest.raises(gee_scl.CollectionError):
        gee_scl.class_statistics(images, HERE)
    assert log.count() == 2  # the list, and the reasons


def test_what_is_the_matter_is_said_where_the_reasons_cannot_be_had(tmp_path: Path) -> None:
    with (
        LocalServer(make_catalogue(tmp_path, [Scene(np.ones((4, 4), np.uint8))])) as server,
        session_on(server.url),
        server.fail("value.compute", status=403),
        pytest.raises(gee_scl.CollectionError, match=r"The collection holds no image\. Check region, period"),
    ):
        gee_scl.class_statistics(gee_scl.collection(THERE), HERE)


def calls_of(expression: ee.ComputedObject) -> Iterator[dict[str, Any]]:
    """The function calls of an expression."""
    stack = [ee.serializer.encode(expression, for_cloud_api=True, is_compound=False)]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            if "functionInvocationValue" in node:
                yield node["functionInvocationValue"]
            stack += node.values()
        elif isinstance(node, list):
            stack += node


def test_of_a_global_collection_only_a_few_images_are_asked_for(session: str) -> None:
    asked = Search.of(gee_scl.collection(HERE, *MAY)).questions(everything=False)
    # Each question ends at the first image.
    assert set(asked) == {"any", "there", "then", "both", "swapped", "earlier", "later"}
    for name in ("any", "there", "then", "both", "swapped", "earlier", "later"):
        (limited,) = [call for call in calls_of(asked[name]) if call["functionName"] == "Collection.limit"]
        assert limited["arguments"]["limit"] == {"constantValue": 1}, name
    # Without a region, and so perhaps of the whole world, nothing is sorted.
    assert set(Search.of(gee_scl.collection(start=MAY[0])).questions(everything=False)) == {
        "any",
        "there",
        "then",
        "both",
    }


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("swapped", "With latitude and longitude swapped it would meet images"),
        ("another year", "No image, wherever, is of the period from 2001-01-01 to before 2001-02-01."),
        ("between two passes", "The last before it is of 2023-04-11, the first after it is of 2023-05-11."),
        ("another tile", "Region and period have images, but of other tiles: 32TPS."),
        ("clouds", "none that passes the other filters (CLOUDY_PIXEL_PERCENTAGE ≤ 20)"),
    ],
)
def test_these_few_questions_tell_why(name: str, told: str, session: str) -> None:
    search = Search.of(WHY[name][0]())
    questions = search.questions(everything=False)
    answers = ee.List(list(questions.values())).getInfo()
    text = search.explained(dict(zip(questions, answers, strict=True)))
    assert told in text
    assert "The images lie within" not in text  # which only a catalogue that is small can be asked


def test_of_earth_engine_the_nearest_images_are_looked_for_within_sixty_days(session: str) -> None:
    for start, near in (("2023-08-01", "2023-06-20"), ("2023-09-01", None)):
        search = Search.of(gee_scl.collection(HERE, start, "2024-01-01"))
        answers = ee.List(list(search.questions(everything=False).values())).getInfo()
        text = search.explained(dict(zip(search.questions(everything=False), answers, strict=True)))
        assert (f"The last before it is of {near}" in text) is (near is not None), text


NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

OUTSIDE: dict[str, tuple[tuple[str | None, str | None], str]] = {
    "before Sentinel-2": (
        ("2015-01-01", "2016-01-01"),
        "The period from 2015-01-01 to before 2016-01-01 is before the first image of COPERNICUS/S2_SR_HARMONIZED "
        "(2017-03-28).",
    ),
    "up to the first image": (
        (None, "2017-03-28"),
        "The period before 2017-03-28 is before the first image of COPERNICUS/S2_SR_HARMONIZED (2017-03-28).",
    ),
    "with the first image": ((None, "2017-03-29"), ""),
    "the future": (("2026-01-02", None), "The period from 2026-01-02 on is in the future."),
    "today": (("2025-12-31", "2026-02-01"), ""),
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_period_outside_of_earth_engines_catalogue_is_told_without_a_request(name: str, session: str) -> None:
    (start, end), told = OUTSIDE[name]
    with engine_log() as log:
        assert Search.of(gee_scl.collection(HERE, start, end)).outside_the_catalogue(NOW) == told
        assert log.count() == 0


def test_other_collections_have_other_catalogues(session: str) -> None:
    landsat = ee.ImageCollection("LANDSAT/LC08/C02/T1_L2").filterDate("2014-01-01", "2015-01-01")
    assert Search.of(landsat).outside_the_catalogue(NOW) == ""


def test_regions_that_no_image_meets_are_told_from_swapped_ones(session: str) -> None:
    everything = gee_scl.collection()
    with pytest.warns(gee_scl.RegionWarning, match=r"1 of 1 regions meet no image: 0\. .*swapped it would meet images"):
        gee_scl.class_statistics(everything, (46.03, 10.31, 46.04, 10.32))
    with pytest.warns(gee_scl.RegionWarning, match=r"longitude -8\.1 to -8, latitude 40\.1 to 40\.2\. The images lie"):
        gee_scl.class_statistics(everything, THERE)


# --- what every function makes or says of them ------------------------------------------------------------------------


def empty() -> ee.ImageCollection:
    return gee_scl.collection(HERE, "2021-01-01", "2021-02-01")


POINT = [10.315, 46.035]

BLANK: dict[str, tuple[Callable[[], ee.Image], dict[str, int | None]]] = {
    "composite": (
        lambda: gee_scl.composite(empty(), "median", bands=["B4", "B8"]),
        {"B4": None, "B8": None, "observations": 0},
    ),
    "composite, all bands": (
        lambda: gee_scl.composite(empty()),
        {f"B{n}": None for n in (1, 2, 3, 4, 5, 6, 7, 8, "8A", 9, 11, 12)} | {"observations": 0},
    ),
    "composite, medoid": (
        lambda: gee_scl.composite(empty(), "medoid", bands="B4"),
        {"B4": None, "observations": 0, "date": None, "class": None},
    ),
    "composite, best pixel": (
        lambda: gee_scl.composite(empty(), "best_pixel", bands=[]),
        {"observations": 0, "date": None, "class": None},
    ),
    "occurrence": (
        lambda: gee_scl.occurrence(empty(), "water"),
        {"percent": None, "count": 0, "observations": 0},
    ),
    "mode": (lambda: gee_scl.mode(empty()), {"class": None, "count": 0, "observations": 0}),
    "class_date": (lambda: gee_scl.class_date(empty(), "snow", "last"), {"last_date": None}),
    "always_cloud": (
        lambda: gee_scl.always_cloud(empty()),
        {"always_cloud": None, "percent": None, "count": 0, "observations": 0},
    ),
    "cloud_agreement": (
        lambda: gee_scl.cloud_agreement(empty()),
        {"both_cloud": 0, "only_scl": 0, "only_other": 0, "both_clear": 0, "agreement": None},
    ),
    "transition_image": (lambda: gee_scl.transition_image(empty(), gee_scl.collection()), {"transition": None}),
    "transition_image, after": (lambda: gee_scl.transition_image(gee_scl.collection(), empty()), {"transition": None}),
    "transition_image, both": (lambda: gee_scl.transition_image(empty(), empty(), pick="last"), {"transition": None}),
}
"""Functions that make one image of a collection: the value of each band anywhere, None where it is masked."""


@pytest.mark.parametrize("name", BLANK)
@pytest.mark.some(8)
def test_an_image_made_of_no_images_is_blank(name: str, session: str) -> None:
    make, values = BLANK[name]
    image = make()
    assert [band["id"] for band in image.getInfo()["bands"]] == list(values)
    assert image.reduceRegion("first", ee.Geometry.Point(POINT), 20).getInfo() == values
    assert image.get("gee_scl:images").getInfo() == 0


@pytest.mark.parametrize("name", ["composite", "occurrence", "mode"])
def test_images_of_some_images_do_not_say_that_they_are_blank(name: str, session: str) -> None:
    make = {
        "composite": lambda images: gee_scl.composite(images, "most_recent", bands=[]),
        "occurrence": lambda images: gee_scl.occurrence(images, "water"),
        "mode": gee_scl.mode,
    }[name]
    image = make(gee_scl.collection())
    assert image.get("gee_scl:images").getInfo() is None
    assert image.select(["observations"]).reduceRegion("first", ee.Geometry.Point(POINT), 20).getInfo() == {
        "observations": 3
    }


EMPTY: dict[str, Callable[[], ee.ImageCollection]] = {
    "best_scenes": lambda: gee_scl.best_scenes(empty(), HERE),
    "contradicted_snow": lambda: gee_scl.contradicted_snow(empty()),
    "daily_mosaics": lambda: gee_scl.daily_mosaics(empty()),
    "mask_clouds": lambda: gee_scl.mask_clouds(empty()),
    "monthly_composites": lambda: gee_scl.monthly_composites(empty()),
    "with_clear_share": lambda: gee_scl.with_clear_share(empty(), HERE),
    "with_cloud_probability": lambda: gee_scl.with_cloud_probability(empty()),
    "with_cloud_score": lambda: gee_scl.with_cloud_score(empty()),
    "with_pass_classes": lambda: gee_scl.with_pass_classes(empty()),
    "with_period": lambda: gee_scl.with_period(empty(), "month"),
    "without_duplicates": lambda: gee_scl.without_duplicates(empty()),
}
"""Functions that make a collection of a collection."""


@pytest.mark.parametrize("name", EMPTY)
def test_a_collection_made_of_no_images_is_empty(name: str, session: str) -> None:
    assert EMPTY[name]().size().getInfo() == 0


def nowhere() -> ee.Image:
    """What is there of an empty collection where its first image should be."""
    return ee.Image(empty().first())


ASKED: dict[str, Callable[[Path], Any]] = {
    "class_statistics": lambda _: gee_scl.class_statistics(empty(), HERE),
    "clear_shares": lambda _: gee_scl.clear_shares(empty(), HERE),
    "plan": lambda _: gee_scl.plan(empty(), HERE),
    "plan_transitions": lambda _: gee_scl.plan_transitions(empty(), empty(), HERE),
    "class_statistics, first": lambda _: gee_scl.class_statistics(nowhere(), HERE),
    "class_statistics, blank": lambda _: gee_scl.class_statistics(gee_scl.mode(empty()), HERE, band="class"),
    "cloud_agreement_table": lambda _: gee_scl.cloud_agreement_table(empty(), HERE),
    "contact_sheet": lambda _: gee_scl.contact_sheet(views.class_view(nowhere()), HERE, size=64),
    "contact_sheet, blank": lambda _: gee_scl.contact_sheet(views.true_color_view(blank()), HERE, size=64),
    "thumbnail": lambda _: gee_scl.thumbnail(gee_scl.visualize(nowhere()), HERE, size=64),
    "thumbnail, blank": lambda _: gee_scl.thumbnail(views.true_color_view(blank()), HERE, size=64),
    "thumbnail, blank JPEG": lambda _: gee_scl.thumbnail(gee_scl.true_color(blank()), HERE, size=64, format="jpg"),
    "tile_percentages": lambda _: gee_scl.tile_percentages(empty()),
    "timelapse": lambda path: gee_scl.timelapse(empty(), HERE, path / "a.gif"),
    "timelapse, true colour": lambda path: gee_scl.timelapse(empty(), HERE, path / "a.gif", scheme=None),
    "transitions": lambda _: gee_scl.transitions(empty(), gee_scl.collection(), HERE),
    "transitions, after": lambda _: gee_scl.transitions(gee_scl.collection(), empty(), HERE),
    "write_map": lambda path: gee_scl.write_map(empty(), HERE, path / "a.html"),
    "write_map, first": lambda path: gee_scl.write_map(nowhere(), HERE, path / "a.html"),
    "write_report": lambda path: gee_scl.write_report(empty(), HERE, path / "a.html"),
    "exports.download_image": lambda path: exports.download_image(nowhere(), path / "a.tif", region=HERE),
    "exports.download_image, blank": lambda path: exports.download_image(
        gee_scl.mode(empty()), path / "a.tif", band="class", region=HERE, scale=20, crs="EPSG:32632"
    ),
    "exports.export_collection": lambda _: exports.export_collection(empty(), region=HERE),
    "exports.export_collection, date": lambda _: exports.export_collection(empty(), region=HERE, by="date"),
    "exports.export_image": lambda _: exports.export_image(nowhere(), "a", region=HERE),
    "exports.export_table": lambda _: exports.export_table(empty(), HERE, "a"),
    "exports.plan_table": lambda _: exports.plan_table(empty(), HERE),
    "exports.preview_exports": lambda _: exports.preview_exports(empty(), region=HERE),
    "layers.add_classes": lambda _: layers.add_classes(layers.new_map(), nowhere()),
    "layers.add_classes, blank": lambda _: layers.add_classes(layers.new_map(), gee_scl.mode(empty()), band="class"),
    "layers.add_collection": lambda _: layers.add_collection(layers.new_map(), empty()),
    "layers.add_true_color": lambda _: layers.add_true_color(layers.new_map(), nowhere()),
    "layers.add_true_color, blank": lambda _: layers.add_true_color(layers.new_map(), blank()),
    "layers.time_slider": lambda _: layers.time_slider(layers.new_map(), empty()),
}
"""Functions that ask the server."""


def blank() -> ee.Image:
    return gee_scl.composite(empty(), bands=["B4", "B3", "B2"])


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.some(20)
def test_every_function_that_asks_says_plainly_that_there_is_no_image(name: str, session: str, tmp_path: Path) -> None:
    with pytest.raises(gee_scl.GeeSclError, match=r"collection (that )?holds no image") as caught:
        ASKED[name](tmp_path)
    assert "heck region, period and max_cloud" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


PIXEL_BY_PIXEL = {
    *("class_mask", "indicators", "keep_classes", "masked_share", "remap", "true_color", "visualize"),
    *("dilate", "distance_to", "erode", "mask_edges", "remove_specks", "with_class_properties"),
    *("PixelScore.image", "views.class_view", "views.mask_view", "views.percent_view", "views.true_color_view"),
}
"""Functions that take one image and return one, or a view of it: without it there is nothing to say."""


def test_these_are_all_functions_that_take_images() -> None:
    taking = {
        name
        for name, function in public_functions().items()
        for parameter in inspect.signature(function).parameters.values()
        if "ee.Image" in str(parameter.annotation)
    }
    tested = {name.partition(",")[0] for table in (BLANK, EMPTY, ASKED) for name in table}
    assert taking - PIXEL_BY_PIXEL == tested
    assert (len(BLANK), len(EMPTY), len(ASKED), len(tested)) == (12, 11, 34, 40)


@pytest.mark.parametrize("name", sorted({name.partition(",")[0] for table in (BLANK, EMPTY, ASKED) for name in table}))
def test_docstrings_say_what_a_collection_that_holds_no_image_gives(name: str) -> None:
    text = " ".join((inspect.getdoc(public_functions()[name]) or "").split())
    assert "holds no image" in text or "hold no image" in text
