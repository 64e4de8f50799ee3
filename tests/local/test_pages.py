"""The pages of a table: each works out its own rows, whatever number it has."""

from __future__ import annotations

import numpy as np
import pytest

from gee_scl.local.algorithms import collection
from gee_scl.local.engine import Engine
from tests.support.local.catalogues import Scene, make_catalogue

ROWS, PAGE = 250, 20


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(make_catalogue(tmp_path_factory.mktemp("pages"), [Scene(np.full((2, 2), 4, np.uint8))]))


@pytest.fixture
def evaluated(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The index of each element that a mapping is worked out for, as it happens."""
    indexes: list[str] = []
    mapped = collection._mapped

    def counted(function, element, may_be_null):  # type: ignore[no-untyped-def]
        indexes.append(element.index)
        return mapped(function, element, may_be_null)

    monkeypatch.setattr(collection, "_mapped", counted)
    return indexes


def call(name: str, **arguments: object) -> dict[str, object]:
    return {"functionInvocationValue": {"functionName": name, "arguments": arguments}}


def expression() -> dict[str, object]:
    """A table of numbered features, each with its number doubled."""
    features = [
        call("Feature", metadata={"constantValue": {"n": n}}, geometry={"constantValue": None}) for n in range(ROWS)
    ]
    number = call("Element.getNumber", object={"argumentReference": "f"}, property={"constantValue": "n"})
    doubled = call("Number.multiply", left=number, right={"constantValue": 2})
    body = call("Element.set", object={"argumentReference": "f"}, key={"constantValue": "m"}, value=doubled)
    function = {"functionDefinitionValue": {"argumentNames": ["f"], "body": "body"}}
    made = call("Collection", features={"arrayValue": {"values": features}})
    return {
        "result": "0",
        "values": {"0": call("Collection.map", collection=made, baseAlgorithm=function), "body": body},
    }


def numbers(answer: dict[str, object]) -> list[int]:
    return [row["properties"]["m"] for row in answer["features"]]  # type: ignore[index, attr-defined]


def test_all_pages_together_work_each_row_out_once(engine: Engine, evaluated: list[str]) -> None:
    found, token, asked = [], "", expression()
    for place in range(-(-ROWS // PAGE)):
        before = len(evaluated)
        answer = engine.compute_features({"expression": asked, "pageSize": PAGE, "pageToken": token})
        assert len(evaluated) - before == len(answer["features"]) <= PAGE, place
        found += numbers(answer)
        token = answer.get("nextPageToken", "")
    assert not token
    assert found == [2 * n for n in range(ROWS)]
    assert sorted(evaluated, key=int) == [str(n) for n in range(ROWS)]


def test_a_page_that_is_asked_for_again_is_the_same(engine: Engine, evaluated: list[str]) -> None:
    first = engine.compute_features({"expression": expression(), "pageSize": PAGE})
    again = {"expression": expression(), "pageSize": PAGE, "pageToken": first["nextPageToken"]}
    second, once_more = engine.compute_features(again), engine.compute_features(again)
    assert second == once_more
    assert len(evaluated) == 3 * PAGE


def test_rows_that_were_answered_are_let_go(engine: Engine) -> None:
    engine.compute_features({"expression": expression(), "pageSize": PAGE})
    (*_, table) = engine._tables.values()
    assert not table.elements._done
