"""The scheme of a frame, and the values that a caller selects of it."""

from __future__ import annotations

import pandas as pd
import pytest

from gee_scl import SCHEMES, Scheme
from gee_scl.errors import ClassError, SchemeError
from gee_scl.frames.classes import find_scheme, seen_values
from tests.support.records import say

COVER = Scheme.from_lists("cover", [10, 20], ["Trees", "Grass"], ["006400", "ffff4c"])
ONE = [("class_value", "class_name")]


def classes(*pairs: tuple[object, str]) -> pd.DataFrame:
    return pd.DataFrame(list(pairs), columns=["class_value", "class_name"])


@pytest.mark.parametrize("name", ["scl", "esa", "land", "cloud"])
def test_a_built_in_scheme_is_found_by_the_names_of_its_classes(name: str) -> None:
    scheme = SCHEMES[name]
    found = find_scheme(classes(*zip(scheme.values, scheme.names, strict=True)), None, ONE)
    assert list(zip(found.values, found.names, strict=True)) == list(zip(scheme.values, scheme.names, strict=True))


def test_the_scheme_that_the_frame_names_comes_first_where_several_have_its_classes() -> None:
    shared = classes((4, "Vegetation"), (6, "Water"))
    assert find_scheme(shared, None, ONE) is SCHEMES["scl"]
    say(shared, scheme="esa")
    assert find_scheme(shared, None, ONE) is SCHEMES["esa"]


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA])
def test_a_missing_value_is_of_no_class(missing: object) -> None:
    frame = classes((4, "Vegetation"), (missing, "Unknown")).astype({"class_value": "object"})
    assert find_scheme(frame, None, ONE) is SCHEMES["scl"]


def test_classes_of_all_named_columns_count() -> None:
    frame = pd.DataFrame({"from_value": [4], "from_name": ["Vegetation"], "to_value": [99], "to_name": ["Moor"]})
    assert find_scheme(frame, None, [("from_value", "from_name")]) is SCHEMES["scl"]
    with pytest.raises(SchemeError):
        find_scheme(frame, None, [("from_value", "from_name"), ("to_value", "to_name")])


def test_the_callers_scheme_is_taken_where_it_has_the_values() -> None:
    assert find_scheme(classes((20, "whatever")), COVER, ONE) is COVER
    with pytest.raises(SchemeError, match=r"it lacks \[30\]"):
        find_scheme(classes((20, "Grass"), (30, "Moor")), COVER, ONE)


def test_a_group_selects_the_classes_all_of_whose_codes_are_in_it() -> None:
    assert SCHEMES["scl"].class_values(["vegetation", 6], "classes") == (4, 6)
    assert SCHEMES["scl"].class_values("clear", "classes") == (4, 5, 6, 11)
    assert SCHEMES["land"].class_values("clear", "classes") == (1, 2, 3, 4)
    assert SCHEMES["water"].class_values("clear", "classes") == (1, 2)
    with pytest.raises(ClassError) as error:
        SCHEMES["land"].class_values("vegetables", "clear")
    assert error.value.argument == "clear"


def test_every_class_of_another_raster_is_a_view_of_the_surface() -> None:
    assert seen_values(COVER, None) == (10, 20)
    assert seen_values(COVER, "Grass") == (20,)
    assert seen_values(SCHEMES["scl"], None) == (4, 5, 6, 11)
