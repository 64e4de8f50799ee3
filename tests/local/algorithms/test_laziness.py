"""What mapping makes of an element is worked out only where somebody needs it."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from gee_scl.local.algorithms.bodies import _KEEP_ALL, _KEEP_ALL_BUT_FOOTPRINT
from gee_scl.local.algorithms.registry import call as call_algorithm
from gee_scl.local.algorithms.registry import prepared
from gee_scl.local.context import Context
from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.image import Image
from gee_scl.local.signatures import signatures
from gee_scl.local.values import FOOTPRINT
from gee_scl.local.vector.geometry import Geometry
from tests.support.local.algorithm_calls import Node, argument, call, function, invoke

SPOILT = invoke("Image.select", input=argument("image"), bandSelectors=["missing"])
"""A body that cannot be evaluated for any image."""


def images(count: int = 5) -> Node:
    made = [
        invoke("Element.set", object=invoke("Image.constant", value=i), key="n", value=i).content for i in range(count)
    ]
    return invoke("ImageCollection.fromImages", images=Node({"arrayValue": {"values": made}}))


def mapped(collection: Node, body: Node, name: str = "image") -> Node:
    return invoke("Collection.map", collection=collection, baseAlgorithm=function(name, body=body))


def filtered(collection: Node, name: str, field: str, value: object) -> Node:
    return invoke("Collection.filter", collection=collection, filter=invoke(name, leftField=field, rightValue=value))


def column(collection: Node, name: str) -> list:
    return call("AggregateFeatureCollection.array", collection=collection, property=name)


def test_a_spoilt_body_is_no_matter_where_no_image_is_looked_at() -> None:
    assert call("Collection.size", collection=mapped(images(), SPOILT)) == 5
    assert call("Collection.size", collection=filtered(mapped(images(), SPOILT), "Filter.eq", "system:index", "3")) == 1
    with pytest.raises(EvaluationError, match=r"Error in map\(ID=0\)"):
        column(mapped(images(), invoke("Element.set", object=argument("image"), key="n", value=SPOILT)), "n")


@pytest.mark.parametrize("field", ["system:index", "n"])
def test_filters_sorts_and_columns_of_untouched_properties_evaluate_no_body(field: str) -> None:
    spoilt = mapped(images(), SPOILT)
    assert column(spoilt, field) == ([0, 1, 2, 3, 4] if field == "n" else list("01234"))
    ordered = invoke("Collection.limit", collection=spoilt, limit=2, key=field, ascending=False)
    assert column(ordered, field) == ([4, 3] if field == "n" else ["4", "3"])
    two = [1, 3] if field == "n" else ["1", "3"]
    inside = invoke("Filter.inList", leftField=field, rightValue=two)
    assert column(invoke("Collection.filter", collection=spoilt, filter=inside), field) == two
    assert column(invoke("Collection.distinct", collection=spoilt, properties=[field]), "system:index") == list("01234")


def test_what_one_part_of_a_filter_drops_is_not_evaluated_for_another() -> None:
    # Only the fourth image can be divided by what it is.
    body = invoke(
        "Element.set",
        object=argument("image"),
        key="m",
        value=invoke(
            "List.get",
            list=[7],
            index=invoke(
                "Number.subtract", left=invoke("Element.get", object=argument("image"), property="n"), right=3
            ),
        ),
    )
    parts = [
        invoke("Filter.eq", leftField="m", rightValue=7).content,
        invoke("Filter.eq", leftField="n", rightValue=3).content,
    ]
    both = invoke("Filter.and", filters=Node({"arrayValue": {"values": parts}}))
    kept = invoke("Collection.filter", collection=mapped(images(), body), filter=both)
    assert column(kept, "m") == [7]


def test_a_property_that_a_body_sets_is_that_of_the_body() -> None:
    body = invoke("Element.set", object=argument("image"), key="n", value=9)
    assert column(filtered(mapped(images(), body), "Filter.eq", "n", 9), "n") == [9] * 5
    inner = mapped(images(), body)
    outer = mapped(inner, invoke("Element.set", object=argument("other"), key="m", value=1), "other")
    assert column(filtered(outer, "Filter.eq", "n", 9), "m") == [1] * 5
    many = invoke("Element.setMulti", object=argument("image"), properties={"n": 8, "k": 1})
    assert column(filtered(mapped(images(), many), "Filter.eq", "n", 8), "k") == [1] * 5


def test_a_body_that_returns_another_image_does_not_keep_the_properties_of_its_own() -> None:
    constant = mapped(images(), invoke("Image.constant", value=1))
    assert column(constant, "n") == []
    assert column(constant, "system:index") == list("01234")


def test_the_names_of_bands_are_those_of_the_value() -> None:
    renamed = mapped(images(), invoke("Image.rename", input=argument("image"), names=["b"]))
    assert column(renamed, "system:band_names") == [["b"]] * 5


def test_the_kind_of_a_collection_follows_from_the_body() -> None:
    def kind(body: Node) -> str:
        return call("Collection.map", collection=images(), baseAlgorithm=function("image", body=body)).kind

    assert kind(SPOILT) == "ImageCollection"
    assert kind(invoke("Feature", geometry=None, metadata={})) == "FeatureCollection"
    assert kind(invoke("If", condition=1, trueCase=invoke("Feature", geometry=None))) == "FeatureCollection"


@pytest.mark.parametrize("name", sorted(_KEEP_ALL | _KEEP_ALL_BUT_FOOTPRINT))
def test_algorithms_that_keep_properties_keep_all_of_them(name: str) -> None:
    square = Geometry.rectangle(0, 0, 1, 1)
    image = Image.constant(1).with_properties({"a": 1, "system:index": "i", "system:time_start": 5, FOOTPRINT: square})
    others = {
        "Image.select": [["constant"]],
        "Image.slice": [0, 1],
        "Image.rename": [["b"]],
        "Image.regexpRename": ["c", "d"],
        "Image.addBands": [Image.constant(2)],
        "Image.mask": [Image.constant(1)],
        "Image.updateMask": [Image.constant(1)],
        "Image.selfMask": [],
        "Image.where": [Image.constant(1), Image.constant(2)],
        "Image.cast": [{"constant": "byte"}],
        "Image.clip": [Geometry.rectangle(0, 0, 0.5, 0.5)],
        "Image.unmask": [Image.constant(0)],
    }
    arguments = [argument.name for argument in signatures()[name].arguments]
    given = dict(zip(arguments, [image, *others[name]], strict=False))
    kept = dict(call_algorithm(name, given, Context(None)).properties)
    if name in _KEEP_ALL_BUT_FOOTPRINT:
        kept[FOOTPRINT] = square
    assert kept == image.properties


def test_joins_that_choose_images_evaluate_no_body() -> None:
    spoilt = mapped(images(), SPOILT)
    near = invoke("Filter.maxDifference", difference=1, leftField="n", rightField="n")
    newer = invoke("Filter.lessThan", leftField="n", rightField="n")
    both = invoke("Filter.and", filters=Node({"arrayValue": {"values": [near.content, newer.content]}}))
    for join, left in (("Join.inverted", ["4"]), ("Join.simple", ["0", "1", "2", "3"])):
        joined = invoke("Join.apply", join=invoke(join), primary=spoilt, secondary=spoilt, condition=both)
        assert column(joined, "system:index") == left


def test_what_a_body_says_of_no_element_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the regions of a map over images, which the client writes into its function."""
    asked: list[str] = []

    def counted(name: str, *arguments: Any) -> Callable[[Sequence[object]], object]:
        called = prepared(name, *arguments)

        def call(values: Sequence[object]) -> object:
            asked.append(name)
            return called(values)

        return call

    monkeypatch.setattr("gee_scl.local.graph.registry.prepared", counted)
    alike = invoke("Number.add", left=40, right=2)
    own = invoke("Element.getNumber", object=argument("image"), property="n")
    body = invoke("Element.set", object=argument("image"), key="n", value=invoke("Number.add", left=alike, right=own))
    # Five sums of an image's own, and one for all of them.
    assert column(mapped(images(), body), "n") == [42, 43, 44, 45, 46]
    assert asked.count("Number.add") == 5 + 1


def test_what_an_inner_body_says_of_the_outer_element_is_that_of_each() -> None:
    tens = invoke("Number.multiply", left=argument("outer"), right=10)
    inner = function("inner", body=invoke("Number.add", left=argument("inner"), right=tens))
    body = invoke("List.map", list=[1, 2], baseAlgorithm=inner)
    assert call("List.map", list=[1, 2, 3], baseAlgorithm=function("outer", body=body)) == [
        [11, 12],
        [21, 22],
        [31, 32],
    ]
