"""Small questions of which only users' reports and inference say how Earth Engine answers.

Each is data, and is asked by `gee-scl doctor --live` and by the tests that are marked `live`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import ee

from gee_scl.expressions.cloud_products import CLOUD_SOURCES
from gee_scl.options.choices import TableFormat
from gee_scl.requests.task_bodies import Pyramid, Store, TaskPlace, image_body, table_body

_PLACE = (10.62, 45.61)
"""A point of Lake Garda."""

_GRID: Mapping[str, Any] = MappingProxyType(
    {"crs": "EPSG:4326", "transform": [0.0001, 0, _PLACE[0], 0, -0.0001, _PLACE[1]], "size": (1, 1)}
)
"""One pixel."""


@dataclass(frozen=True)
class Value:
    """That the server answers with a value: this one."""

    value: Any

    def __str__(self) -> str:
        return f"the value {self.value!r}"


@dataclass(frozen=True)
class Refusal:
    """That the server refuses, by a text in which this is found."""

    pattern: str

    def __str__(self) -> str:
        return f"a refusal with {self.pattern!r}" if self.pattern else "a refusal"


@dataclass(frozen=True)
class Kept:
    """That the server makes the asset."""

    def __str__(self) -> str:
        return "an asset"


Expectation = Value | Refusal | Kept

Task = Callable[[str], tuple[str, dict[str, Any]]]
"""Makes the kind and the body of the request for a task, by the id of its asset."""


@dataclass(frozen=True)
class Question:
    """What is asked of the server.

    Attributes:
        name: of the question.
        asked: what, for people.
        expected: how we think that it answers.
        decides: what its answer decides.
        value: makes the expression whose value is asked for; None where a task is.
        task: is started, and its end is the answer; None where a value is asked for.
    """

    name: str
    asked: str
    expected: Expectation
    decides: str
    value: Callable[[], ee.ComputedObject] | None = None
    task: Task | None = None


def _point() -> ee.Geometry:
    point: ee.Geometry = ee.Geometry.Point(list(_PLACE))
    return point


def _at_the_point(image: ee.Image) -> ee.ComputedObject:
    return image.reduceRegion(ee.Reducer.first(), _point(), 30)


def _table(geometry: bool, value: Any) -> Task:
    def task(asset: str) -> tuple[str, dict[str, Any]]:
        row = ee.Feature(_point() if geometry else None, {"histogram": value})
        place = TaskPlace(Store.ASSET, asset)
        return "EXPORT_FEATURES", table_body(ee.FeatureCollection([row]), place, TableFormat.CSV, ["histogram"])

    return task


def _image(name: str, properties: Mapping[str, Any]) -> Task:
    def task(asset: str) -> tuple[str, dict[str, Any]]:
        image = ee.Image(ee.Image.constant(4).toByte().rename([name]).set(dict(properties)))
        place = TaskPlace(Store.ASSET, asset)
        return "EXPORT_IMAGE", image_body(image, place, Pyramid("mode"), **_GRID)

    return task


def _two_generations() -> ee.ImageCollection:
    """Images of which one has a band more, as scenes of 2018 have."""
    scl = ee.Image.constant(4).toByte().rename(["SCL"])
    both = [scl, scl.addBands(ee.Image.constant(1).toByte().rename(["MSK_CLDPRB"]))]
    images: ee.ImageCollection = ee.ImageCollection(both)
    return images


def _scores(cast: bool) -> ee.ImageCollection:
    """Images whose one band is made by arithmetic on a constant of their own."""
    scores = [ee.Image.constant(share).multiply(2.5).rename(["score"]) for share in (0.5, 1.5)]
    images: ee.ImageCollection = ee.ImageCollection([score.toDouble() for score in scores] if cast else scores)
    return images


def _renamed_in_a_map() -> ee.ComputedObject:
    images = ee.ImageCollection([ee.Image.constant(1).set("day", "2023-07-02")])
    mapped: ee.ImageCollection = images.map(lambda image: image.set("system:index", image.get("day")))
    return _indices(mapped)


def _renamed_in_a_list() -> ee.ComputedObject:
    named = ee.List(["2023-07"]).map(lambda month: ee.Image.constant(1).set("system:index", month))
    return _indices(ee.ImageCollection.fromImages(named))


def _indices(images: ee.ImageCollection) -> ee.ComputedObject:
    indices: ee.ComputedObject = images.aggregate_array("system:index")
    return indices


def _outline(max_error: float | None) -> ee.ComputedObject:
    west, south = _PLACE
    boxes = [ee.Geometry.BBox(west + step, south, west + step + 0.02, south + 0.02) for step in (-0.01, 0)]
    outline = ee.FeatureCollection([ee.Feature(box) for box in boxes]).geometry(max_error)
    holds: ee.ComputedObject = outline.contains(ee.Geometry.Point([west + 0.005, south + 0.01]), 1)
    return holds


def _partners() -> ee.ComputedObject:
    """Of an image with a partner and of one without, whether a property was linked."""
    partners = ee.ImageCollection([ee.Image.constant(1).set({"system:index": "with", "system:time_start": 1})])

    def has_one(index: str) -> ee.ComputedObject:
        bare = ee.Image.constant(0).set("system:index", index)
        linked = bare.linkCollection(partners, linkedProperties=["system:time_start"])
        answer: ee.ComputedObject = ee.Algorithms.If(linked.get("system:time_start"), 1, 0)
        return answer

    linked: ee.ComputedObject = ee.List([has_one("with"), has_one("without")])
    return linked


def _times_of_partners() -> ee.ComputedObject:
    names = sorted({source.collection for source in CLOUD_SOURCES.values()})
    firsts = [ee.Image(ee.ImageCollection(name).first()) for name in names]
    has_one: ee.ComputedObject = ee.List([ee.Algorithms.If(image.get("system:time_start"), 1, 0) for image in firsts])
    return has_one


QUESTIONS: tuple[Question, ...] = (
    Question(
        "row without geometry",
        "a table of one row without geometry, as an asset",
        Refusal("Unable to export features with null geometry"),
        "whether rows of an exported table need a point",
        task=_table(False, 1),
    ),
    Question(
        "dictionary in a row",
        "a table of one row with a dictionary, as an asset",
        Refusal("Unable to encode value 'histogram' of feature 0: invalid type Dictionary"),
        "whether columns of an exported table have to be flat",
        task=_table(True, {"4": 1}),
    ),
    Question(
        "flat row",
        "a table of one row with a point and a number, as an asset",
        Kept(),
        "whether tables as they are exported now are taken",
        task=_table(True, 1),
    ),
    Question(
        "mosaic of other bands",
        "a mosaic of two images, one of which has a band more",
        Refusal("Expected a homogeneous image collection"),
        "whether bands have to be selected before a mosaic",
        value=lambda: _at_the_point(_two_generations().mosaic().select(["SCL"])),
    ),
    Question(
        "mosaic of selected bands",
        "the same mosaic of the band that both have",
        Value({"SCL": 4}),
        "whether mosaics as they are made now are taken",
        value=lambda: _at_the_point(_two_generations().select(["SCL"]).mosaic()),
    ),
    Question(
        "maximum of constants",
        "the maximum of two images of arithmetic on constants that differ",
        Refusal("Expected a homogeneous image collection.*Mismatched type for band"),
        "whether scores need a cast",
        value=lambda: _at_the_point(_scores(False).max()),
    ),
    Question(
        "maximum of cast constants",
        "the same maximum after a cast to double",
        Value({"score": 3.75}),
        "whether a cast makes the types of constants alike",
        value=lambda: _at_the_point(_scores(True).max()),
    ),
    Question(
        "colon in a property's key",
        "an image with the property gee_scl:dilation, as an asset",
        Refusal("Property keys must contain only letters, digits, and underscores"),
        "whether keys have to be written otherwise in assets",
        task=_image("SCL", {"gee_scl:dilation": 20}),
    ),
    Question(
        "list in a property",
        "an image with a list as a property, as an asset",
        Refusal(""),
        "whether class tables in assets have to be texts",
        task=_image("SCL", {"SCL_class_values": [4, 5, 6]}),
    ),
    Question(
        "band of digits",
        "an image with a band called 1999, as an asset",
        Refusal(""),
        "whether names of bands have to begin with a letter",
        task=_image("1999", {}),
    ),
    Question(
        "plain image",
        "an image with a text and a number as properties, as an asset",
        Kept(),
        "whether images as they are exported now are taken",
        task=_image("SCL", {"gee_scl_dilation": 20, "SCL_class_values": "[4,5,6]"}),
    ),
    Question(
        "index set in a map",
        "the system:index of an image to which a mapped function gives another",
        Value(["0"]),
        "whether days can be told by system:index",
        value=_renamed_in_a_map,
    ),
    Question(
        "index set in a list",
        "the system:index of an image that was named before it came into a collection",
        Value(["2023-07"]),
        "whether months can be told by system:index",
        value=_renamed_in_a_list,
    ),
    Question(
        "outline without margin",
        "whether the outline of two overlapping boxes, without a maximal error, holds a point of both",
        Value(True),
        "whether outlines of collections need a maximal error: a refusal says so",
        value=lambda: _outline(None),
    ),
    Question(
        "outline with margin",
        "the same with a maximal error of a metre",
        Value(True),
        "whether outlines as they are asked for now are given",
        value=lambda: _outline(1),
    ),
    Question(
        "linked property",
        "whether linkCollection gives an image its partner's property, and one without a partner none",
        Value([1, 0]),
        "whether an image with a partner is known by what is linked",
        value=_partners,
    ),
    Question(
        "times of cloud products",
        "whether images of Cloud Score+ and of s2cloudless have a time",
        Value([1, 1]),
        "whether their time tells that there is a partner",
        value=_times_of_partners,
    ),
)
"""Items of what users report, one or more questions for each; none needs more than a pixel or a row."""
