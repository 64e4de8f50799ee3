"""Every way to name classes, and what is no way."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gee_scl.classes.class_table import CLASSES, GROUPS, SCL_CODES, SclClass
from gee_scl.classes.selection import class_codes
from gee_scl.errors import ClassError


def labels_and_codes() -> list[tuple[str, tuple[int, ...]]]:
    names = [(name, (code,)) for code, facts in CLASSES.items() for name in facts.names]
    return names + list(GROUPS.items())


LABELS = labels_and_codes()


@pytest.mark.parametrize(("label", "codes"), LABELS)
def test_every_name_finds_its_class_however_it_is_written(label, codes):
    bare = "".join(character for character in label if character.isalnum())
    for spelling in (label, label.upper(), label.lower(), label.replace(" ", "_"), f" {label}. ", bare):
        assert class_codes(spelling) == codes


def test_no_name_means_two_things():
    meanings = {}
    for label, codes in LABELS:
        key = "".join(character for character in label.lower() if character.isalnum())
        assert meanings.setdefault(key, codes) == codes


@pytest.mark.parametrize("member", list(SclClass))
def test_codes_are_taken_as_integers_members_numpy_integers_and_digits(member):
    for given_code in (member, int(member), np.uint8(member), np.int64(member), str(int(member))):
        assert class_codes(given_code) == (int(member),)


def test_a_mixed_and_nested_selection_gives_sorted_codes_each_once():
    assert class_codes(["cloud", "Cloud Shadows", 1, SclClass.CIRRUS, (1, {"snow"})]) == (1, 3, 8, 9, 10, 11)


@pytest.mark.parametrize("given_classes", [np.array([9, 8]), np.array([[8], [9]]), pd.Series([9, 8]), range(8, 10)])
def test_arrays_and_series_are_selections(given_classes):
    assert class_codes(given_classes) == (8, 9)


def test_a_generator_is_a_selection():
    assert class_codes(code for code in (9, 8)) == (8, 9)


selections = st.recursive(
    st.one_of(
        st.sampled_from([label for label, _ in LABELS]).map(lambda label: (label, dict(LABELS)[label])),
        st.sampled_from(SCL_CODES).map(lambda code: (code, (code,))),
        st.sampled_from(SclClass).map(lambda member: (member, (int(member),))),
    ),
    lambda inner: st.lists(inner, min_size=1, max_size=4).map(
        lambda pairs: ([given for given, _ in pairs], tuple(code for _, codes in pairs for code in codes))
    ),
    max_leaves=8,
)


@given(selections)
def test_a_selection_is_the_sorted_union_of_its_members(selection):
    given_classes, codes = selection
    found = class_codes(given_classes)
    assert found == tuple(sorted(set(codes)))
    assert class_codes(found) == found


@given(st.lists(st.sampled_from(sorted(GROUPS)), min_size=1))
def test_order_and_repetition_of_a_selection_do_not_matter(groups):
    assert class_codes(groups) == class_codes(list(reversed(groups))) == class_codes(groups * 2)


@given(st.integers().filter(lambda code: not 0 <= code <= 11))
def test_an_integer_that_is_no_code_is_refused(code):
    with pytest.raises(ClassError, match="a code from 0 to 11"):
        class_codes(code)


@given(st.one_of(st.booleans(), st.floats(), st.none(), st.binary(), st.complex_numbers()))
def test_what_is_neither_a_code_nor_a_name_is_refused_alone_and_in_a_list(thing):
    for selection in (thing, [thing], [4, thing]):
        with pytest.raises(ClassError):
            class_codes(selection)


@pytest.mark.parametrize("thing", [np.True_, np.float64(4), np.array([4.0]), {"cloud": 1}, {4: 1}, object()])
def test_numpy_floats_booleans_and_mappings_are_refused(thing):
    with pytest.raises(ClassError):
        class_codes(thing)


@given(st.one_of(st.text(), st.text("0123456789 -."), st.text("snowicea/ _")))
def test_a_text_is_either_a_known_name_or_refused(text):
    known = {"".join(filter(str.isalnum, label.casefold())): codes for label, codes in LABELS}
    known |= {str(code): (code,) for code in SCL_CODES}
    key = "".join(filter(str.isalnum, text.casefold()))
    if key in known and not key.isdecimal():
        assert class_codes(text) == known[key]
    elif text.strip() in known:
        assert class_codes(text) == known[text.strip()]
    else:
        with pytest.raises(ClassError):
            class_codes(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("vegitation", "vegetation"),
        ("clouds", "cloud"),
        ("Cloud Shadwos", "Cloud Shadows"),
        ("topographic cast shadow", "Topographic casted shadows"),
    ],
)
def test_a_misspelt_name_is_answered_with_the_nearest(text, meant):
    with pytest.raises(ClassError) as caught:
        class_codes(text)
    assert f"Did you mean {meant!r}?" in str(caught.value)


def test_a_name_like_no_other_is_answered_with_where_to_look():
    with pytest.raises(ClassError, match=r"gee_scl\.legend\(\) lists all classes"):
        class_codes("xyzzy")


@pytest.mark.parametrize("nothing", [[], (), set(), [[]], iter(())])
def test_an_empty_selection_is_refused(nothing):
    with pytest.raises(ClassError, match="at least one"):
        class_codes(nothing)


def test_an_error_names_the_argument_and_is_a_value_error():
    with pytest.raises(ValueError, match=r"^keep: got 'foo'") as caught:
        class_codes(["cloud", "foo"], argument="keep")
    assert (caught.value.argument, caught.value.given) == ("keep", "foo")


@pytest.mark.parametrize(
    "text", ["cloud, shadow", "cloud,shadow", "cloud; shadow", "water+snow", "8,9", "cloud|shadow"]
)
def test_several_names_in_one_text_are_a_list(text: str) -> None:
    # Without its comma "cloud, shadow" would be the class Cloud Shadows, and the clouds would stay.
    with pytest.raises(ClassError, match="Several are a list"):
        class_codes(text)
    with pytest.raises(ClassError, match="Several are a list"):
        class_codes([text])


def test_the_classes_own_punctuation_is_no_matter() -> None:
    assert class_codes("Snow / Ice") == class_codes("snow-ice") == (11,)
    assert class_codes("Clouds Low Probability / Unclassified") == (7,)
