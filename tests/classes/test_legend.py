"""The class table: both vocabularies, both palettes, groups, and every way to name classes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gee_scl.classes.class_table import CLASSES, GROUPS, SCL_CODES, SclClass
from gee_scl.classes.legend import legend
from gee_scl.classes.selection import class_codes
from gee_scl.errors import ArgumentError, ClassError

# Typed by hand from Earth Engine's catalogue (gee:classes of band SCL).
EARTH_ENGINE = {
    1: ("Saturated or defective", "ff0004"),
    2: ("Dark Area Pixels", "868686"),
    3: ("Cloud Shadows", "774b0a"),
    4: ("Vegetation", "10d22c"),
    5: ("Bare Soils", "ffff52"),
    6: ("Water", "0000ff"),
    7: ("Clouds Low Probability / Unclassified", "818181"),
    8: ("Clouds Medium Probability", "c0c0c0"),
    9: ("Clouds High Probability", "f1f1f1"),
    10: ("Cirrus", "bac5eb"),
    11: ("Snow / Ice", "52fff9"),
}

# Typed by hand from ESA's palette as Sentinel Hub publishes it.
ESA_PALETTE = {
    0: "000000",
    1: "ff0000",
    2: "2f2f2f",
    3: "643200",
    4: "00a000",
    5: "ffe65a",
    6: "0000ff",
    7: "808080",
    8: "c0c0c0",
    9: "ffffff",
    10: "64c8ff",
    11: "ff96ff",
}

PARTS = ("clear", "cloud", "shadow", "uncertain", "invalid")


def labels_and_codes() -> list[tuple[str, tuple[int, ...]]]:
    names = [(name, (code,)) for code, facts in CLASSES.items() for name in facts.names]
    return names + list(GROUPS.items())


LABELS = labels_and_codes()


# The table


def test_there_are_twelve_classes_in_order_of_code():
    assert list(CLASSES) == list(range(12)) == [int(member) for member in SclClass] == list(SCL_CODES)


def test_names_and_colours_of_earth_engine_are_those_of_the_catalogue():
    table = {code: (facts.earth_engine_name, facts.earth_engine_color) for code, facts in CLASSES.items() if code}
    assert table == EARTH_ENGINE


def test_earth_engine_has_no_colour_for_no_data_which_it_masks_out():
    assert CLASSES[0].earth_engine_color is None


def test_colours_of_esa_are_the_published_ones():
    assert {code: facts.esa_color for code, facts in CLASSES.items()} == ESA_PALETTE


@pytest.mark.real
def test_names_and_colours_equal_the_stac_entry_of_the_collection(shared):
    entry = shared / "reference" / "stac_COPERNICUS_S2_SR_HARMONIZED.json"
    bands = json.loads(entry.read_text("utf-8"))["summaries"]["eo:bands"]
    (classes,) = [band["gee:classes"] for band in bands if band["name"] == "SCL"]
    published = {entry["value"]: (entry["description"], entry["color"]) for entry in classes}
    assert published == {code: (f.earth_engine_name, f.earth_engine_color) for code, f in CLASSES.items() if code}


def test_names_that_the_vocabularies_dispute_are_both_there():
    assert (CLASSES[2].earth_engine_name, CLASSES[2].esa_name) == ("Dark Area Pixels", "Topographic casted shadows")
    assert (CLASSES[5].earth_engine_name, CLASSES[5].esa_name) == ("Bare Soils", "Not-vegetated")
    assert CLASSES[7].esa_name == "Unclassified"


def test_every_confusion_names_a_source_with_an_address():
    confusions = [confusion for facts in CLASSES.values() for confusion in facts.confusions]
    assert confusions
    assert all(confusion.source.url.startswith("https://") and confusion.source.reference for confusion in confusions)
    assert all(str(confusion) == f"{confusion.text} [{confusion.source.label}]" for confusion in confusions)


def test_table_and_groups_cannot_be_changed():
    with pytest.raises(TypeError):
        CLASSES[0] = CLASSES[1]  # type: ignore[index]
    with pytest.raises(TypeError):
        GROUPS["cloud"] = (9,)  # type: ignore[index]
    with pytest.raises(AttributeError):
        CLASSES[0].esa_color = "ffffff"  # type: ignore[misc]


# Groups


def test_five_groups_part_the_classes():
    counts = Counter(code for part in PARTS for code in GROUPS[part])
    assert counts == dict.fromkeys(range(12), 1)


@pytest.mark.parametrize(
    ("group", "codes"),
    [
        ("clear", (4, 5, 6, 11)),
        ("cloud", (8, 9, 10)),
        ("thick cloud", (8, 9)),
        ("shadow", (2, 3)),
        ("cloud or shadow", (2, 3, 8, 9, 10)),
        ("uncertain", (7,)),
        ("invalid", (0, 1)),
        ("land", (4, 5)),
        ("vegetation", (4,)),
        ("bare", (5,)),
        ("water", (6,)),
        ("snow", (11,)),
        ("all", tuple(range(12))),
    ],
)
def test_a_group_holds_what_its_documentation_says(group, codes):
    assert class_codes(group) == GROUPS[group] == codes


def test_class_facts_list_the_groups_of_the_class():
    assert CLASSES[9].groups == ("cloud", "thick cloud", "cloud or shadow")


# Selections


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


# The frame


def test_the_legend_lists_all_classes_with_both_vocabularies():
    frame = legend()
    assert frame.index.name == "code"
    assert frame.index.tolist() == list(range(12))
    assert frame.columns.tolist() == [
        "earth_engine_name",
        "esa_name",
        "earth_engine_color",
        "esa_color",
        "groups",
        "description",
        "confusions",
    ]
    assert frame["esa_color"].to_dict() == ESA_PALETTE
    assert frame["earth_engine_color"].drop(0).to_dict() == {code: color for code, (_, color) in EARTH_ENGINE.items()}
    assert pd.isna(frame.loc[0, "earth_engine_color"])
    assert frame.loc[10, "groups"] == "cloud, cloud or shadow"


@pytest.mark.parametrize("vocabulary", ["earth_engine", "esa"])
def test_the_legend_in_one_vocabulary_has_one_name_and_one_colour(vocabulary):
    frame = legend(vocabulary, details=False)
    assert frame.columns.tolist() == ["name", "color", "groups"]
    assert frame["name"].tolist() == legend()[f"{vocabulary}_name"].tolist()


def test_the_legend_in_one_vocabulary_fits_into_100_columns():
    text = legend("earth_engine", details=False).to_string()
    assert max(map(len, text.splitlines())) <= 100
    assert all(name in text and color in text for name, color in EARTH_ENGINE.values())


def test_the_legend_of_some_classes_has_only_these():
    assert legend(classes=["cloud", 3]).index.tolist() == [3, 8, 9, 10]


def test_each_source_in_a_confusion_is_spelt_out_in_the_attributes():
    frame = legend()
    cited = {confusion.source.label for facts in CLASSES.values() for confusion in facts.confusions}
    assert cited <= set(frame.attrs["gee_scl"]["sources"])
    assert all("https://" in reference for reference in frame.attrs["gee_scl"]["sources"].values())


def test_an_unknown_vocabulary_is_refused():
    with pytest.raises(ArgumentError, match="'both' or 'earth_engine' or 'esa'"):
        legend("nasa")  # type: ignore[arg-type]


def test_the_class_table_loads_no_array_library_and_no_map():
    program = (
        "import sys, gee_scl.classes.legend, gee_scl.classes.schemes\n"
        "print([name for name in ('pandas', 'numpy', 'geemap', 'rasterio') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
