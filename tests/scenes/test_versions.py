"""Versions of a scene: the client's rule and the server's join drop the same images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import ee
import numpy as np
import pytest
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

import gee_scl
from gee_scl.requests.door import Door
from gee_scl.scenes.chains import Chain
from gee_scl.scenes.comparisons import needed_versions
from gee_scl.scenes.scene import list_scenes
from gee_scl.scenes.versions import Version, facts_of, superseded
from tests.support.engines import session_on, session_over
from tests.support.local.catalogues import GRID, Scene, make_catalogue

TILE, STRIP, BASELINE, GENERATION = "MGRS_TILE", "DATASTRIP_ID", "PROCESSING_BASELINE", "GENERATION_TIME"


@pytest.fixture(scope="module", autouse=True)
def session(sample_engine: str) -> Iterator[None]:
    with session_on(sample_engine):
        yield


def strip(start: str, baseline: str = "05.09", made: str = "20230102T000000") -> str:
    return f"S2A_OPER_MSI_L2A_DS_2APS_{made}_S{start}_N{baseline}"


def made(properties: Sequence[Mapping[str, Any]]) -> ee.ImageCollection:
    return ee.ImageCollection([ee.Image(0).set({**facts, "n": n}) for n, facts in enumerate(properties)])


def kept_by_server(images: ee.ImageCollection) -> list[int]:
    return gee_scl.without_duplicates(images).aggregate_array("n").getInfo()


def kept_by_client(images: ee.ImageCollection, count: int) -> list[int]:
    table = images.map(lambda image: ee.Feature(None, facts_of(ee.Image(image))))
    dropped = superseded(Door().rows("versions", ee.FeatureCollection(table)))
    return [n for n in range(count) if str(n) not in dropped]


def image(start: str = "20170328T084228", baseline: str | None = "05.00", **more: Any) -> dict[str, Any]:
    facts = {TILE: "35RNK", STRIP: strip(start), BASELINE: baseline, GENERATION: 1000, **more}
    return {name: value for name, value in facts.items() if value is not None}


KNOWN: dict[str, tuple[list[dict[str, Any]], list[int]]] = {
    "an older baseline goes": ([image(baseline="02.04"), image()], [1]),
    "an older generation of one baseline goes": ([image(), image(GENERATION_TIME=2000)], [1]),
    "a strip that begins 2 s before is the same, cut anew": ([image(baseline="02.04"), image("20170328T084226")], [1]),
    "one that begins 6 s before is another": ([image(baseline="02.04"), image("20170328T084222")], [0, 1]),
    "the half that was not reprocessed stays": (
        [image(baseline="02.04"), image("20170328T084318", "02.04"), image("20170328T084318", "05.00")],
        [0, 2],
    ),
    "another tile stays": ([image(baseline="02.04"), image(MGRS_TILE="35RNL")], [0, 1]),
    "of one baseline and generation both stay": ([image(), image()], [0, 1]),
    "without a generation neither is newer": ([image(GENERATION_TIME=None), image()], [0, 1]),
    "without a baseline it stays, and drops none": ([image(baseline=None), image(baseline="02.04"), image()], [0, 2]),
    "without a tile it stays, and drops none": ([image(MGRS_TILE=None), image(baseline="02.04")], [0, 1]),
    "without a data strip it stays, and drops none": ([image(DATASTRIP_ID=None), image(baseline="02.04")], [0, 1]),
    "strips of another spelling are of nothing": (
        [image(baseline="02.04", DATASTRIP_ID="a"), image(DATASTRIP_ID="a")],
        [0, 1],
    ),
    "the newest of three alone stays": ([image(baseline=b) for b in ("02.04", "05.00", "04.00")], [1]),
}


@pytest.mark.parametrize("name", KNOWN)
def test_a_newer_version_of_the_same_strip_drops_an_image(name: str) -> None:
    properties, kept = KNOWN[name]
    assert kept_by_server(made(properties)) == kept
    assert kept_by_client(made(properties), len(properties)) == kept


# Starts about one moment, on both sides of a minute and of midnight.
STARTS = (
    "20170328T084258",
    "20170328T084259",
    "20170328T084303",
    "20170328T084304",
    "20170328T235958",
    "20170329T000001",
)

IMAGES = st.fixed_dictionaries(
    {},
    optional={
        TILE: st.sampled_from(["35RNK", "35RNL"]),
        STRIP: st.one_of(st.sampled_from(STARTS).map(strip), st.just("unknown")),
        BASELINE: st.sampled_from(["02.04", "05.00", "05.10"]),
        GENERATION: st.integers(1, 3),
    },
)


@settings(max_examples=25, deadline=None)
@given(st.lists(IMAGES, min_size=1, max_size=12))
def test_the_clients_rule_is_the_servers_join(properties: list[dict[str, Any]]) -> None:
    images = made(properties)
    assert kept_by_client(images, len(properties)) == kept_by_server(images)


ROWS = st.fixed_dictionaries(
    {"index": st.uuids().map(str), "tile": st.sampled_from("ab"), "baseline": st.sampled_from(["02.04", "05.00"])},
    optional={"strip": st.sampled_from(STARTS).map(strip), "generation": st.integers(1, 3)},
)


@settings(max_examples=200, deadline=None)
@given(st.lists(ROWS, max_size=30))
def test_the_linear_rule_is_that_of_all_pairs(rows: list[dict[str, Any]]) -> None:
    versions = [version for row in rows if (version := Version.of_row(row)) is not None]
    pairs = {
        one.index for one in versions for other in versions if one.is_version_of(other) and one.is_older_than(other)
    }
    assert superseded(rows) == pairs


# Lists over a catalogue: a pass in two strips, one of which was processed again, cloudier.

CODES = np.full((4, 4), 4, np.uint8)


def stored(start: str, baseline: str, cloud: float) -> Scene:
    return Scene(
        CODES,
        time="2017-03-28T08:42:28Z",
        baseline=baseline,
        id=f"{start}_{baseline}",
        properties={"s2:datastrip_id": strip(start, baseline), "eo:cloud_cover": cloud},
    )


@pytest.fixture(scope="module")
def halves(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scenes = [
        stored("20170328T084228", "02.04", 10.0),
        stored("20170328T084318", "02.04", 20.0),
        stored("20170328T084316", "05.00", 60.0),
    ]
    return make_catalogue(tmp_path_factory.mktemp("halves"), scenes)


@pytest.mark.parametrize(("max_cloud", "baselines"), [(None, ["02.04", "05.00"]), (50, ["02.04"]), (5, [])])
def test_a_list_is_what_the_join_gives_with_filters_after_it(
    halves: Path, max_cloud: float | None, baselines: list[str]
) -> None:
    with session_over(halves):
        images = gee_scl.collection(max_cloud=max_cloud)
        assert sorted(images.aggregate_array(BASELINE).getInfo()) == baselines
        door = Door()
        if not baselines:
            with pytest.raises(gee_scl.CollectionError, match="CLOUDY_PIXEL_PERCENTAGE ≤ 5"):
                list_scenes(images, "SCL", door)
            return
        scenes = list_scenes(images, "SCL", door)
        assert [one.index for one in scenes] == images.aggregate_array("system:index").getInfo()
        assert door.requests == 1


CHAINS = {
    "as it is": lambda images: images,
    "a limit after the join": lambda images: images.limit(7),
    "a limit by a property": lambda images: images.limit(5, "CLOUDY_PIXEL_PERCENTAGE"),
    "one of each tile": lambda images: images.distinct("MGRS_TILE"),
    "mapped and filtered by what the map says": lambda images: images.map(
        lambda one: one.set("n", ee.Number(one.get("CLOUDY_PIXEL_PERCENTAGE")).floor())
    ).filter(ee.Filter.gt("n", 30)),
    "masked, which is arithmetic": lambda images: gee_scl.mask_clouds(images),
    "sorted another way": lambda images: images.sort("CLOUDY_PIXEL_PERCENTAGE"),
    "joined again": lambda images: gee_scl.without_duplicates(images),
    "merged": lambda images: images.merge(images),
    "mosaics of days": lambda images: gee_scl.daily_mosaics(images),
}


@pytest.mark.parametrize("name", CHAINS)
def test_every_list_is_in_order_what_the_collection_holds(name: str) -> None:
    images = CHAINS[name](gee_scl.collection(start="2023-06-01", end="2023-09-01"))
    scenes = list_scenes(images, "SCL", Door())
    assert [one.index for one in scenes] == images.aggregate_array("system:index").getInfo()


def test_further_pages_are_further_requests() -> None:
    run = gee_scl.Run(limits=gee_scl.Limits(page=20))
    door = Door(run)
    assert len(list_scenes(gee_scl.collection().select(["SCL"]), "SCL", door)) == 48
    assert door.requests == 3, "49 images"
    door = Door(run)
    assert len(list_scenes(gee_scl.collection(max_cloud=100), "SCL", door)) == 48
    assert door.requests == 5, "49 images, and the same again for what they are compared by"


# Only the versions of what can pass are asked for.

AFTER = {
    "of a place": lambda images: images.filterBounds(ee.Geometry.BBox(11.55, 46.43, 11.56, 46.44)),
    "of a point": lambda images: images.filterBounds(ee.Geometry.Point([11.7, 46.47])),
    "of features": lambda images: images.filterBounds(
        ee.FeatureCollection(
            [ee.Feature(ee.Geometry.Point([11.7, 46.47])), ee.Feature(ee.Geometry.Point([11.6, 46.4]))]
        )
    ),
    "round a point": lambda images: images.filterBounds(ee.Geometry.Point([9, 46.47]).buffer(300_000)),
    "of a day": lambda images: images.filterDate("2023-07-02", "2023-07-03"),
    "until a day": lambda images: images.filter(ee.Filter.lt("system:time_start", 1688292451001)),
    "of a tile": lambda images: images.filter(ee.Filter.eq("MGRS_TILE", "32TPS")),
    "of all tiles but one": lambda images: images.filter(ee.Filter.neq("MGRS_TILE", "32TQS")),
    "of times that a map sets": lambda images: images.map(
        lambda one: one.set("system:time_start", ee.Date(one.get("system:time_start")).advance(1, "year").millis())
    ).filterDate("2024-07-02", "2024-07-03"),
}


@pytest.mark.parametrize("name", AFTER)
def test_filters_after_the_comparison_choose_of_what_it_left(name: str) -> None:
    images = AFTER[name](gee_scl.collection())
    scenes = list_scenes(images, "SCL", Door())
    assert scenes
    assert [one.index for one in scenes] == images.aggregate_array("system:index").getInfo()


@pytest.mark.parametrize(("name", "count"), [("of a day", 3), ("of a tile", 25), ("round a point", 49)])
def test_the_versions_that_are_asked_for_are_those_of_the_tiles_days_and_places(name: str, count: int) -> None:
    undecided = Chain.of(AFTER[name](gee_scl.collection())).at_duplicates()
    assert undecided is not None
    assert needed_versions(undecided).size().getInfo() == count
    assert undecided.compared.size().getInfo() == 49


def test_a_newer_version_that_a_filter_drops_still_counts(tmp_path: Path) -> None:
    old, new = stored("20170328T084228", "02.04", 10.0), stored("20170328T084226", "05.00", 10.0)
    later = replace(new, time="2017-03-28T08:46:50Z")
    aside = replace(new, transform=GRID @ Affine.translation(4000, 0), id="aside")
    for name, newer in {"later": later, "aside": aside}.items():
        with session_over(make_catalogue(tmp_path / name, [old, newer])):
            images = {
                "later": gee_scl.collection().filterDate("2017-03-28", "2017-03-28T08:46:00"),
                "aside": gee_scl.collection().filterBounds(ee.Geometry.Point(corner(old))),
            }[name]
            assert images.size().getInfo() == 0
            with pytest.raises(gee_scl.CollectionError):
                list_scenes(images, "SCL", Door())


def corner(scene: Scene) -> list[float]:
    west, south = np.mean(scene.footprint()["coordinates"][0][:4], axis=0)
    return [west, south]
