"""The class table: both vocabularies, both palettes, and groups."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from gee_scl.classes.class_table import CLASSES, GROUPS, SCL_CODES, SclClass
from gee_scl.classes.selection import class_codes

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
