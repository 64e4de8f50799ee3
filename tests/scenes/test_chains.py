"""Collections as chains: what is a plain one, and some of its images without what chose them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import ee
import numpy as np
import pytest

import gee_scl
from gee_scl.requests.door import Door
from gee_scl.scenes.chains import Chain
from gee_scl.scenes.collection import COLLECTION_ID, before_duplicates
from gee_scl.scenes.nodes import calls_within, function_name
from gee_scl.scenes.scene import image_of, images_of, list_scenes
from tests.support.engines import session_on
from tests.support.pixels import Window, read

BOX = (11.55, 46.43, 11.6, 46.46)


@pytest.fixture(scope="module", autouse=True)
def session(sample_engine: str) -> Iterator[None]:
    with session_on(sample_engine):
        yield


def indexes(images: ee.ImageCollection) -> list[str]:
    return images.aggregate_array("system:index").getInfo()


def names(images: ee.ComputedObject) -> set[str]:
    return {function_name(call) for call in calls_within(images)}


def year() -> ee.ImageCollection:
    return gee_scl.collection(BOX, "2023-01-01", "2024-01-01", max_cloud=60)


def cloud_score() -> ee.ImageCollection:
    return ee.ImageCollection("GOOGLE/CLOUD_SCORE_PLUS/V1/S2_HARMONIZED")


def ranked(images: ee.ImageCollection) -> ee.ImageCollection:
    return images.map(lambda image: image.set("rank", ee.Number(image.get("CLOUDY_PIXEL_PERCENTAGE")).multiply(-1)))


PLAIN: dict[str, Callable[[], ee.ImageCollection]] = {
    "loaded": lambda: ee.ImageCollection(COLLECTION_ID),
    "found": year,
    "filtered in many ways": lambda: (
        year().filterDate("2023-05-01", "2023-09-01").filterBounds(ee.Geometry.Point([11.57, 46.45]))
    ),
    "selected": lambda: year().select(["SCL"]),
    "masked": lambda: gee_scl.mask_clouds(year()),
    "sorted by what a map sets": lambda: ranked(year()).sort("rank"),
    "the best by what a map sets": lambda: ranked(year()).limit(5, "rank", False),
    "the first": lambda: year().limit(3),
    "one of each day": lambda: gee_scl.with_period(year(), "day").distinct("gee_scl:date"),
    "linked": lambda: year().linkCollection(ee.ImageCollection(COLLECTION_ID), ["B2"]),
    "those with a partner": lambda: ee.ImageCollection(
        ee.Join.simple().apply(year(), cloud_score(), ee.Filter.equals("system:index", None, "system:index"))
    ),
    "with shares": lambda: gee_scl.with_clear_share(year(), BOX).filter(ee.Filter.gt("gee_scl:clear_percent", 20)),
    "a map that fails on what a filter drops": lambda: (
        year().filter(ee.Filter.gt("CLOUDY_PIXEL_PERCENTAGE", 5)).map(lambda image: image.select(["SCL"]))
    ),
}

OTHERS: dict[str, Callable[[], ee.ImageCollection]] = {
    "of one image": lambda: ee.ImageCollection([year().first()]),
    "merged": lambda: year().merge(year()),
    "of a list": lambda: ee.ImageCollection(year().toList(5)),
    "of mosaics": lambda: gee_scl.daily_mosaics(year()),
    "with a join that saves": lambda: ee.ImageCollection(
        ee.Join.saveAll("m").apply(year(), year(), ee.Filter.equals("MGRS_TILE", None, "MGRS_TILE"))
    ),
    "with another index": lambda: year().map(lambda image: image.set("system:index", image.date().format("D"))),
    "combined": lambda: year().combine(year().select(["SCL"], ["other"])),
}


@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_chain_gives_the_listed_images_in_its_order_by_a_graph_without_what_chose_them(name: str) -> None:
    images = PLAIN[name]()
    chain = Chain.of(images)
    assert chain.is_plain
    listed = indexes(images)
    assert len(listed) >= 1
    wanted = listed[::2]
    some = chain.of_images(wanted)
    assert indexes(some) == wanted
    main = Chain.of(some).links
    assert {link.name for link in main} <= {"Collection.filter", "Collection.map", "Collection.limit"}
    assert not any(link.chooses_by_others for link in main)


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_plain_chain_stays_as_it_is_and_is_filtered(name: str) -> None:
    images = OTHERS[name]()
    chain = Chain.of(images)
    assert not chain.is_plain
    assert chain.maps
    assert chain.at_duplicates() is None
    wanted = indexes(images)[:2]
    assert indexes(chain.of_images(wanted)) == wanted


def test_what_was_done_to_the_images_stays_to_the_last_pixel_and_property() -> None:
    images = gee_scl.mask_clouds(ranked(year())).select(["SCL", "B4"]).sort("rank")
    scenes = list_scenes(images, "SCL", Door())
    window = Window("EPSG:32632", *grid(images))
    for scene in scenes[::5]:
        there = ee.Image(images.filter(ee.Filter.eq("system:index", scene.index)).first())
        alone = image_of(images, scene)
        assert alone.toDictionary().getInfo() == there.toDictionary().getInfo()
        one, other = read(alone.select(["SCL"]), window)["SCL"], read(there.select(["SCL"]), window)["SCL"]
        assert np.array_equal(one.filled(0), other.filled(0))


def grid(images: ee.ImageCollection) -> tuple[object, int, int]:
    from affine import Affine

    transform = images.first().select("SCL").projection().getInfo()["transform"]
    return Affine(*transform), 50, 50


def test_the_graph_of_an_image_holds_no_join_and_grows_with_the_indices_alone() -> None:
    images, narrow = year(), gee_scl.collection(BOX, "2023-06-01", "2023-07-01", max_cloud=60)
    scenes = list_scenes(images, "SCL", Door())
    assert "Join.apply" in names(images)
    assert not {"Join.apply", "Filter.intersects"} & names(Chain.of(images).of_images([scenes[0].index]))
    assert "Join.apply" not in names(image_of(images, scenes[0]))
    sizes = [len(images_of(one, scenes[:1]).serialize()) for one in (images, narrow)]
    assert abs(sizes[0] - sizes[1]) < 10
    more = len(images_of(images, scenes[:11]).serialize())
    assert more - sizes[0] < 10 * 50
    outlines = gee_scl.collection([(11.5 + n / 1000, 46.4, 11.501 + n / 1000, 46.5) for n in range(100)])
    assert abs(len(images_of(outlines, scenes[:1]).serialize()) - sizes[0]) < 10


def test_an_image_is_looked_for_on_its_days_alone_where_its_index_names_them() -> None:
    index = "20230702T100411_20230702T100729_T32TPS"
    graph = Chain.of(year()).of_images([index]).serialize()
    assert "1688205851000" in graph, "2023-07-01T10:04:11Z"
    assert "1688378651000" in graph, "2023-07-03T10:04:11Z"
    assert "system:time_start" not in Chain.of(ee.ImageCollection("users/me/own")).of_images([index]).serialize()
    assert "system:time_start" not in Chain.of(ee.ImageCollection(COLLECTION_ID)).of_images([index, "a"]).serialize()


def test_no_images_are_none_and_unknown_ones_are_left_out() -> None:
    chain = Chain.of(year())
    assert indexes(chain.of_images([])) == []
    assert indexes(chain.of_images(["20230702T100411_20230702T100729_T32XXX"])) == []


def test_what_is_no_plain_chain_can_be_narrowed_by_time_and_place() -> None:
    images = year().merge(gee_scl.collection(start="2024-01-01"))
    start, end = (int(ee.Date(day).millis().getInfo()) for day in ("2023-07-01", "2023-08-01"))
    inside = Chain.of(images).within(start, end, (11.55, 46.43, 11.56, 46.44))
    assert not inside.is_plain
    found = indexes(inside.images)
    assert found
    assert all(index[2:8] == "202307" and index.endswith("32TPS") for index in found)
    assert indexes(inside.of_images(found[:1])) == found[:1]
    plain = Chain.of(year()).within(start, end)
    assert plain.is_plain
    assert {index[:6] for index in indexes(plain.images)} == {"202307"}


def test_our_own_comparison_of_duplicates_is_known_from_others() -> None:
    everything = gee_scl.collection(duplicates="keep")
    assert before_duplicates(gee_scl.without_duplicates(everything)) is not None
    assert before_duplicates(everything) is None
    other = ee.Join.inverted().apply(everything, everything, ee.Filter.lessThan("a", None, "a"))
    assert before_duplicates(other) is None
    # The same filter, but of other images.
    mixed = gee_scl.without_duplicates(everything)
    altered = ee.ComputedObject(mixed.func, {**mixed.args, "primary": everything.limit(3)})
    assert before_duplicates(altered) is None


def test_a_list_asks_for_no_join_but_where_others_need_to_know_what_it_drops() -> None:
    parts = Chain.of(year()).at_duplicates()
    assert parts is not None
    assert not any("Join.apply" in names(part) for part in (parts.compared, parts.candidates))
    assert not parts.whole, "clouds are filtered after the comparison"
    selected = Chain.of(gee_scl.collection().select(["SCL"])).at_duplicates()
    assert selected is not None
    assert selected.whole
    masked = Chain.of(gee_scl.mask_clouds(gee_scl.collection())).at_duplicates()
    assert masked is not None
    assert not masked.whole, "what is done to images may take their properties"
    assert Chain.of(gee_scl.collection(duplicates="keep")).at_duplicates() is None
    assert Chain.of(year().limit(3)).at_duplicates() is None
    assert Chain.of(year().distinct("MGRS_TILE")).at_duplicates() is None


def test_scenes_say_where_they_are_and_which_version_of_their_content() -> None:
    for scene in list_scenes(year(), "SCL", Door()):
        assert scene.footprint is not None
        west, south, east, north = scene.footprint
        outline = image_of(year(), scene).geometry().bounds(1).coordinates().getInfo()[0]
        assert all(west < x < east and south < y < north for x, y in outline)
        assert east - west < 0.2
        assert scene.version == str(image_of(year(), scene).getInfo()["version"])


def test_images_without_a_footprint_are_everywhere() -> None:
    footprint = ee.Geometry.Rectangle([179.9, 10, -179.9, 11], None, False)
    images = ee.ImageCollection(
        [
            ee.Image(4).toByte().rename("SCL"),
            ee.Image(4).toByte().rename("SCL").clip(footprint).set("system:footprint", footprint),
            gee_scl.mode(year()).select([0], ["SCL"]),
        ]
    )
    scenes = list_scenes(images, "SCL", Door())
    assert [scene.footprint for scene in scenes] == [None, None, None]
    assert [scene.version for scene in scenes] == [None, None, None]
    assert indexes(images_of(images, scenes[:1])) == [scenes[0].index]
