"""Expressions read back to what was there before masks and clips: which steps are left out, and which end the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import ee
import pytest

import gee_scl
from gee_scl.scenes.nodes import calls_within, function_name
from gee_scl.scenes.unmasked import bare, opened, unmasked
from tests.support.engines import session_on

BOX = (11.55, 46.43, 11.6, 46.46)
MASKING = {"Image.updateMask", "Image.clip", "Image.clipToCollection"}


@pytest.fixture(scope="module", autouse=True)
def session(sample_engine: str) -> Iterator[None]:
    with session_on(sample_engine):
        yield


def names(expression: ee.ComputedObject) -> set[str]:
    return {function_name(call) for call in calls_within(expression)}


def area() -> ee.Geometry:
    return ee.Geometry.BBox(*BOX)


def year() -> ee.ImageCollection:
    return gee_scl.collection(BOX, "2023-01-01", "2024-01-01", max_cloud=60)


def clipped(images: ee.ImageCollection) -> ee.ImageCollection:
    return images.map(lambda image: image.clip(area()))


HIDING: dict[str, Callable[[], ee.ComputedObject]] = {
    "clip": lambda: year().first().clip(area()),
    "clip to features": lambda: year().first().clipToCollection(ee.FeatureCollection(area())),
    "mask": lambda: year().first().updateMask(ee.Image(1)),
    "mask with two arguments": lambda: year().first().mask(ee.Image(1)),
    "a mask, and then much else": lambda: ee.Image(
        gee_scl.mask_clouds(year().first()).select(["SCL", "B4"]).toUint16().set("a", 1).copyProperties(year().first())
    ),
    "a band that is added": lambda: year().first().updateMask(ee.Image(1)).addBands(ee.Image(2)),
    "other classes": lambda: gee_scl.remap(year().first().clip(area()), "land"),
    "a collection": lambda: clipped(gee_scl.mask_clouds(year())),
    "its first image": lambda: (
        clipped(gee_scl.with_period(year(), "day")).filter(ee.Filter.eq("gee_scl:date", "x")).first()
    ),
    "one of a list": lambda: ee.Image(clipped(year()).toList(5).get(2)),
    "a list": lambda: ee.ImageCollection([year().first().clip(area()), year().first()]),
    "a merged collection": lambda: clipped(year()).merge(gee_scl.mask_clouds(year())),
    "days put together": lambda: gee_scl.daily_mosaics(clipped(year())),
}


@pytest.mark.parametrize("how", HIDING)
def test_masks_and_clips_are_left_out(how: str) -> None:
    hidden = HIDING[how]()
    assert names(hidden) & {*MASKING, "Image.mask"}
    for expression in (unmasked(hidden), bare(hidden)[0]):
        assert type(expression) is type(hidden)
        assert not names(expression) & {*MASKING, "Image.mask"}
    assert bare(hidden)[1]


def test_what_has_no_mask_stays_the_same_to_the_last_letter() -> None:
    for images in (year(), year().select(["SCL"]), gee_scl.daily_mosaics(year()), year().first()):
        assert unmasked(images) is images
        assert not bare(images)[1]


def test_of_a_collection_all_that_it_was_chosen_from_is_left() -> None:
    everything, _ = bare(gee_scl.mask_clouds(gee_scl.with_period(year(), "day").limit(3)).sort("gee_scl:date"))
    assert names(everything) == {"ImageCollection.load"}


def test_the_way_ends_where_values_are_made_or_where_images_are_put_together() -> None:
    masked = gee_scl.mask_clouds(year())
    for made in (masked.mosaic(), masked.median(), masked.first().add(1), gee_scl.composite(masked, "median")):
        assert names(bare(made)[0]) & MASKING


def test_what_is_unmasked_does_not_say_that_it_is_masked() -> None:
    image = unmasked(gee_scl.keep_classes(gee_scl.mask_clouds(year()).first(), "clear").set("mine", 5))
    said = image.toDictionary().getInfo()
    assert said["mine"] == 5
    assert "gee_scl:masked_classes" not in said
    assert "gee_scl:kept_classes" not in said


def test_masks_of_a_mask_stay_and_those_of_its_classes_do_not() -> None:
    image = year().first()
    known = ee.Image(1).rename("known")
    of_classes = gee_scl.class_mask(image.updateMask(known), "cloud")
    assert not names(opened(of_classes)) & MASKING
    assert not names(opened(of_classes.clip(area()))) & MASKING
    assert "Image.updateMask" in names(opened(of_classes.updateMask(known)))
    both = image.updateMask(known).select("SCL").eq(9).Or(image.clip(area()).select("SCL").eq(8)).Not()
    assert not names(opened(both)) & MASKING


DISTANCES = {"dilation": 100, "erosion": 20, "min_area": 2000}


def said(image: ee.Image) -> dict[str, object]:
    names = [f"gee_scl:{name}" for name in ("neighbourhood", *DISTANCES)]
    return {name[8:]: value for name, value in image.toDictionary().getInfo().items() if name in names}


@pytest.mark.parametrize(
    ("build", "neighbourhood"),
    [
        (lambda: gee_scl.mask_clouds(year(), **DISTANCES).first(), "pass"),
        (lambda: gee_scl.mask_clouds(clipped(gee_scl.mask_clouds(year())), **DISTANCES).first(), "pass"),
        (lambda: gee_scl.mask_clouds(year().first(), **DISTANCES), "image"),
        (lambda: gee_scl.mask_clouds(gee_scl.mask_clouds(year()).first().clip(area()), **DISTANCES), "image"),
        (lambda: year().map(lambda image: gee_scl.mask_clouds(image, **DISTANCES)).first(), "image"),
        (lambda: gee_scl.mask_clouds(gee_scl.daily_mosaics(year()), **DISTANCES).first(), "pass"),
        (lambda: gee_scl.daily_mosaics(gee_scl.mask_clouds(year(), **DISTANCES)).first(), "pass"),
        (lambda: gee_scl.mask_clouds(ee.ImageCollection([year().first()]), **DISTANCES).first(), "pass"),
        (
            lambda: gee_scl.mask_clouds(
                gee_scl.monthly_composites(year(), "most_recent"), band="class", scheme="scl", **DISTANCES
            ).first(),
            "image",
        ),
    ],
)
def test_images_say_what_their_neighbourhoods_were_taken_of(build: Callable[[], ee.Image], neighbourhood: str) -> None:
    assert said(build()) == {"neighbourhood": neighbourhood, **DISTANCES}


def test_what_an_earlier_mask_keeps_from_growing_is_not_said_to_have_grown() -> None:
    masked = gee_scl.mask_clouds(year(), dilation=60)
    again = masked.map(lambda image: gee_scl.mask_clouds(image, **DISTANCES))
    assert said(again.first()) == {"neighbourhood": "masked image", "dilation": 60}


def test_without_a_distance_nothing_is_said_or_looked_for() -> None:
    plain = gee_scl.mask_clouds(year())
    assert said(plain.first()) == {}
    assert "Geometry.buffer" not in plain.serialize()
    assert "Geometry.buffer" in gee_scl.mask_clouds(year(), dilation=20).serialize()


@pytest.mark.parametrize(
    "build",
    [
        lambda: gee_scl.mask_clouds(ee.Image(gee_scl.mask_clouds(year()).mosaic()), **DISTANCES),
        lambda: gee_scl.mask_clouds(ee.ImageCollection([gee_scl.mask_clouds(year()).mosaic()]), **DISTANCES).first(),
        lambda: gee_scl.mask_clouds(year().map(lambda image: image.updateMask(image.gt(3))).max(), **DISTANCES),
    ],
)
def test_beneath_mosaics_and_the_like_of_masked_images_nothing_is_said_to_have_grown(
    build: Callable[[], ee.Image],
) -> None:
    assert said(build()) == {"neighbourhood": "masked image"}
