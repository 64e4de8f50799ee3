"""Names of exports: valid, distinct, and readable again."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gee_scl.errors import ArgumentError
from gee_scl.exports.names import Mark, filled, valid_name

VALID = re.compile(r"[A-Za-z0-9_-]{1,100}")
SERVER = re.compile(r"[A-Za-z0-9.,:;_-]{1,100}")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("SCL_2023-05-01", "SCL_2023-05-01"),
        ("Bodensee, Überlingen", "Bodensee_Uberlingen"),
        ("Çà et là", "Ca_et_la"),
        ("Straße/Æsir\\Łódź øre", "Strasse_AEsir_Lodz_ore"),
        ("a  b..c", "a_b_c"),
    ],
)
def test_accents_are_dropped_and_other_characters_become_one_underscore(text: str, name: str) -> None:
    assert valid_name(text) == name


def test_a_name_of_120_characters_is_cut_and_stays_different_from_its_like() -> None:
    first, second = "é" * 119 + "a", "é" * 119 + "b"
    assert len(valid_name(first)) == 100
    assert valid_name(first) != valid_name(second)
    assert valid_name(first).startswith("e" * 91 + "_")


@pytest.mark.parametrize("text", ["", "___", "日本", "!?"])
def test_a_text_without_a_latin_letter_or_digit_is_refused(text: str) -> None:
    with pytest.raises(ArgumentError, match="letter or a digit"):
        valid_name(text)


@given(st.text(max_size=300))
def test_every_name_is_valid_and_stays_as_it_is_when_made_valid_again(text: str) -> None:
    try:
        name = valid_name(text)
    except ArgumentError:
        return
    assert VALID.fullmatch(name)
    assert valid_name(name) == name


def test_a_template_leaves_out_what_the_image_has_not() -> None:
    facts = {"tile": None, "date": "2023-05-01", "scheme": "land"}
    assert filled("{tile}_{date}_{scheme}", facts) == "2023-05-01_land"
    assert filled("x_{tile}-{date}", facts) == "x-2023-05-01"


@pytest.mark.parametrize("template", ["{name}", "{tile.__class__}", "{}", "  "])
def test_a_field_that_does_not_exist_is_refused(template: str) -> None:
    with pytest.raises(ArgumentError, match="tile"):
        filled(template, {})


@given(st.text("abcXYZ019_-", min_size=1, max_size=150), st.from_regex(r"[A-Za-z0-9]{1,24}", fullmatch=True))
def test_a_description_tells_name_tag_and_place_again(name: str, tag: str) -> None:
    try:
        mark = Mark.of(name, tag, "drive://a/b", "content")
    except ArgumentError:
        return
    assert SERVER.fullmatch(mark.description)
    assert Mark.read(mark.description) == mark
    assert Mark.of(name, tag, "drive://a/c", "content").place != mark.place
    assert Mark.of(name, tag, "drive://a/b", "other").content != mark.content


@pytest.mark.parametrize("description", ["myExportImageTask", "a__b__0123", ""])
def test_other_descriptions_are_not_taken_for_ours(description: str) -> None:
    assert Mark.read(description) is None
