"""Schemes: what may be grouped, what is left out, and the built-in ones."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gee_scl.classes.class_table import SCL_CODES, SclClass
from gee_scl.classes.legend import legend
from gee_scl.classes.palettes import PALETTES
from gee_scl.classes.scheme_class import SchemeClass
from gee_scl.classes.schemes import SCHEMES, Scheme, get_scheme
from gee_scl.errors import ArgumentError, ClassError, SchemeError
from tests.classes.world_cover import WORLD_COVER

DYNAMIC_WORLD = Scheme.from_lists(
    "dynamic world",
    values=range(9),
    names=["Water", "Trees", "Grass", "Flooded vegetation", "Crops", "Shrub", "Built", "Bare", "Snow"],
    palette=["419bdf", "397d49", "88b053", "7a87c6", "e49635", "dfc35a", "c4281b", "a59b8f", "b39fe1"],
)


# Built-in schemes


@pytest.mark.parametrize(
    ("name", "groups", "left_out"),
    [
        ("scl", [(code,) for code in range(1, 12)], (0,)),
        ("esa", [(code,) for code in range(1, 12)], (0,)),
        ("cloud", [(4, 5, 6, 11), (7,), (2, 3), (10,), (8, 9)], (0, 1)),
        ("land", [(4,), (5,), (6,), (11,)], (0, 1, 2, 3, 7, 8, 9, 10)),
        ("water", [(6,), (4, 5, 11)], (0, 1, 2, 3, 7, 8, 9, 10)),
        ("snow", [(11,), (4, 5, 6)], (0, 1, 2, 3, 7, 8, 9, 10)),
        ("vegetation", [(4,), (5, 6, 11)], (0, 1, 2, 3, 7, 8, 9, 10)),
    ],
)
def test_a_built_in_scheme_groups_these_codes_and_leaves_out_those(name, groups, left_out):
    scheme = SCHEMES[name]
    assert [member.codes for member in scheme.classes] == groups
    assert scheme.left_out == left_out


@pytest.mark.parametrize("name", list(SCHEMES))
def test_the_classes_of_a_scheme_and_what_it_leaves_out_part_the_codes(name):
    scheme = SCHEMES[name]
    covered = [code for member in scheme.classes for code in member.codes]
    assert sorted([*covered, *scheme.left_out]) == list(range(12))
    assert scheme.codes == tuple(sorted(covered))


@pytest.mark.parametrize("name", list(SCHEMES))
def test_a_built_in_scheme_has_its_key_as_name_a_title_and_distinct_colours(name):
    scheme = SCHEMES[name]
    assert scheme.name == name
    assert scheme.title
    assert len(set(scheme.palette)) == len(scheme.palette)


@pytest.mark.parametrize(("name", "vocabulary"), [("scl", "earth_engine"), ("esa", "esa")])
def test_the_two_full_schemes_are_the_two_vocabularies_of_the_legend(name, vocabulary):
    frame = legend(vocabulary).drop(0)
    assert SCHEMES[name].values == frame.index.tolist()
    assert SCHEMES[name].names == frame["name"].tolist()
    assert SCHEMES[name].palette == frame["color"].tolist()
    assert SCHEMES[name].is_identity


def test_a_scheme_that_groups_is_no_identity():
    assert not SCHEMES["cloud"].is_identity
    assert SCHEMES["cloud"].mapping == {2: 3, 3: 3, 4: 1, 5: 1, 6: 1, 7: 2, 8: 5, 9: 5, 10: 4, 11: 1}


def test_the_built_in_schemes_cannot_be_replaced():
    with pytest.raises(TypeError):
        SCHEMES["scl"] = SCHEMES["esa"]  # type: ignore[index]


def test_the_representation_says_what_is_in_each_class_and_what_is_left_out():
    assert repr(SCHEMES["land"]) == (
        "<Scheme 'land': 1 Vegetation (4), 2 Bare (5), 3 Water (6), 4 Snow (11); left out: 0, 1, 2, 3, 7, 8, 9, 10>"
    )
    assert repr(DYNAMIC_WORLD).endswith("8 Snow (8); left out: nothing>")


def test_the_frame_of_a_scheme_has_one_row_per_class():
    frame = SCHEMES["water"].to_frame()
    assert frame.to_dict("list") == {
        "class_value": [1, 2],
        "class_name": ["Water", "Not water"],
        "color": ["0000ff", "d9c9a3"],
        "codes": ["6", "4, 5, 11"],
    }
    assert frame.attrs["gee_scl"]["left_out"] == [0, 1, 2, 3, 7, 8, 9, 10]


# Looking up


@pytest.mark.parametrize("name", list(SCHEMES))
def test_a_scheme_is_found_by_name_in_any_case_and_is_taken_as_it_is(name):
    assert get_scheme(name) is get_scheme(f" {name.upper()} ") is get_scheme(SCHEMES[name])


def test_an_unknown_scheme_is_answered_with_the_nearest():
    with pytest.raises(SchemeError, match="Did you mean 'cloud'"):
        get_scheme("clouds")


@pytest.mark.parametrize("thing", [None, 1, {"a": 4}])
def test_what_is_no_scheme_is_refused(thing):
    with pytest.raises(SchemeError, match="the name of one: scl, esa"):
        get_scheme(thing)


def test_classes_of_a_scheme_are_selected_by_value_and_name():
    cloud = SCHEMES["cloud"]
    assert cloud.class_values("CLEAR") == (1,)
    assert cloud.class_values(["cloud", 3, "4"]) == (3, 4, 5)


def test_groups_of_the_scl_select_the_classes_that_they_hold_whole():
    assert SCHEMES["scl"].class_values("cloud") == (8, 9, 10)
    assert SCHEMES["scl"].class_values(["clear", "Not-vegetated", "Cirrus"]) == (4, 5, 6, 10, 11)
    # The group "invalid" is 0 and 1, of which the scheme has 1; "cloud or shadow" is 2, 3, 8, 9 and 10.
    assert SCHEMES["scl"].class_values("invalid") == (1,)
    assert SCHEMES["cloud"].class_values("cloud or shadow") == (3, 4, 5)
    assert SCHEMES["land"].class_values(["land", "Snow"]) == (1, 2, 4)


def test_a_name_of_the_scheme_goes_before_a_group_of_the_scl():
    # The class "Cloud" is of the codes 8 and 9, the group of 8, 9 and 10.
    assert SCHEMES["cloud"].class_values("cloud") == (5,)


def test_a_number_is_a_value_of_the_scheme_and_never_a_code_of_the_scl():
    assert SCHEMES["land"].class_values(3) == (3,)
    with pytest.raises(ClassError, match=r"classes: got 6; allowed: values and names of scheme 'land'"):
        SCHEMES["land"].class_values([3, 6])


@pytest.mark.parametrize("scheme", ["land", "dynamic world"])
def test_a_group_that_holds_no_class_of_the_scheme_is_refused(scheme):
    with pytest.raises(ClassError, match=rf"^classes: got 'shadow'.*{scheme}"):
        {**SCHEMES, DYNAMIC_WORLD.name: DYNAMIC_WORLD}[scheme].class_values("shadow")


def test_a_class_that_the_scheme_does_not_have_is_answered_with_the_nearest():
    with pytest.raises(ClassError, match=r"^keep: got 'cirus'.*1 Clear, 2 Uncertain.*Did you mean 'Cirrus'"):
        SCHEMES["cloud"].class_values("cirus", "keep")


# Making schemes


def test_groups_may_be_given_as_codes_names_and_groups():
    scheme = Scheme.from_groups(
        "clear", {"Clear": ["vegetation", "bare soil", 6], "Cloud": "cloud"}, colors={"Cloud": "#FFFFFF"}, title="Mine"
    )
    assert scheme == Scheme(
        "clear", "Mine", (SchemeClass(1, "Clear", "10d22c", (4, 5, 6)), SchemeClass(2, "Cloud", "ffffff", (8, 9, 10)))
    )


def test_a_scheme_over_another_raster_knows_that_rasters_codes():
    assert DYNAMIC_WORLD.is_identity
    assert DYNAMIC_WORLD.source == tuple(range(9))
    assert DYNAMIC_WORLD.left_out == ()
    assert DYNAMIC_WORLD.mapping == {value: value for value in range(9)}


def test_classes_of_another_raster_can_be_grouped_by_its_own_names():
    scheme = Scheme.from_groups("built", {"Built": "built", "Green": ["trees", "grass", 4]}, source=DYNAMIC_WORLD)
    assert scheme.mapping == {1: 2, 2: 2, 4: 2, 6: 1}
    assert scheme.left_out == (0, 3, 5, 7, 8)
    assert scheme.palette == ["c4281b", "397d49"]


def test_equal_schemes_are_equal_and_hash_alike():
    again = Scheme.from_lists("dynamic world", np.arange(9), DYNAMIC_WORLD.names, DYNAMIC_WORLD.palette)
    assert again == DYNAMIC_WORLD
    assert hash(again) == hash(DYNAMIC_WORLD)


def test_an_integer_of_numpy_becomes_a_plain_one():
    member = SchemeClass(np.int16(1), "A", "ffffff", (np.uint8(5), np.uint8(4)))  # type: ignore[arg-type]
    assert (type(member.value), member.codes, {type(code) for code in member.codes}) == (int, (4, 5), {int})


def one(value=1, name="A", color="ffffff", codes=(4,)):
    return SchemeClass(value, name, color, codes)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"value": 1.0}, "value of 'A': got 1.0; allowed: an integer"),
        ({"value": True}, "value of 'A': got True"),
        ({"value": "1"}, "value of 'A'"),
        ({"name": ""}, "name: got ''"),
        ({"name": " - "}, "name: got ' - '"),
        ({"name": 4}, "name: got 4"),
        ({"color": "white"}, "color of 'A': got 'white'"),
        ({"color": "fff"}, "color of 'A'"),
        ({"color": "ffffff\n"}, "color of 'A'"),
        ({"color": None}, "color of 'A'"),
        ({"codes": ()}, "codes of 'A': got .*at least one"),
        ({"codes": (4, 4)}, "codes of 'A': got .*each once"),
        ({"codes": (4.0,)}, "codes of 'A': got 4.0"),
        ({"codes": 4}, "codes of 'A': got 4"),
        ({"codes": "4"}, "codes of 'A': got '4'"),
    ],
)
def test_a_class_that_cannot_be_is_refused(arguments, message):
    with pytest.raises(SchemeError, match=message):
        one(**arguments)


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ((), "one or more SchemeClass"),
        ((4,), "one or more SchemeClass"),
        ((one(codes=(4, 12)),), r"got \[12\]; allowed: codes of the source band: 0, 1, 2"),
        ((one(), one(2, "B")), r"got \[4\]; allowed: each code once"),
        ((one(), one(1, "B", codes=(5,))), r"got \[1\]; allowed: each value once"),
        ((one(name="Snow / ice"), one(2, "SNOW ICE", codes=(5,))), "each name once"),
    ],
)
def test_a_scheme_that_contradicts_itself_is_refused(classes, message):
    with pytest.raises(SchemeError, match=message):
        Scheme("mine", "Mine", classes)


@pytest.mark.parametrize("name", ["", "--", None, 4])
def test_a_scheme_without_a_name_is_refused(name):
    with pytest.raises(SchemeError, match=r"^name: got"):
        Scheme(name, "Mine", (one(),))


def test_a_colour_for_no_group_is_refused_with_the_nearest():
    with pytest.raises(SchemeError, match="Did you mean 'Cloud'"):
        Scheme.from_groups("mine", {"Cloud": 9}, colors={"Clouds": "ffffff"})


def test_an_empty_colour_is_refused_and_not_replaced():
    with pytest.raises(SchemeError, match="color of 'Cloud'"):
        Scheme.from_groups("mine", {"Cloud": 9}, colors={"Cloud": ""})


def test_an_unknown_class_in_a_group_is_refused_by_the_groups_name():
    with pytest.raises(ClassError, match=r"^groups\['Cloud'\]: got 'cluods'.*Did you mean 'cloud'"):
        Scheme.from_groups("mine", {"Cloud": "cluods"})


def test_lists_of_unequal_length_are_refused():
    with pytest.raises(SchemeError, match=r"\(2, 1, 2\)"):
        Scheme.from_lists("mine", [1, 2], ["A"], ["ffffff", "000000"])


@given(st.dictionaries(st.sampled_from(SCL_CODES), st.integers(1, 5), min_size=1))
def test_any_assignment_of_codes_to_groups_is_what_the_mapping_gives_back(assignment):
    values = sorted(set(assignment.values()))
    groups = {f"Class {value}": [code for code in assignment if assignment[code] == value] for value in values}
    scheme = Scheme.from_groups("drawn", groups)
    assert scheme.mapping == {code: values.index(value) + 1 for code, value in assignment.items()}
    assert list(scheme.mapping) == sorted(assignment)
    assert set(scheme.left_out) == set(range(12)) - set(assignment)


# Other colours


def test_a_named_palette_colours_a_scheme_by_the_first_code_of_each_class() -> None:
    assert SCHEMES["scl"].recolored("esa").palette == SCHEMES["esa"].palette
    assert SCHEMES["esa"].recolored("Earth Engine").palette == SCHEMES["scl"].palette
    assert SCHEMES["land"].recolored("esa").palette == ["00a000", "ffe65a", "0000ff", "ff96ff"]
    assert SCHEMES["land"].recolored(PALETTES["esa"]) == SCHEMES["land"].recolored("esa")
    invalid = Scheme(
        "invalid", "", (SchemeClass(1, "Nothing", "123456", (0,)), SchemeClass(2, "Defective", "000000", (1,)))
    )
    assert invalid.recolored("earth_engine").palette == ["123456", "ff0004"]


def test_colours_can_be_given_by_name_value_or_position() -> None:
    assert SCHEMES["water"].recolored({"water": "#00FFFF"}).palette == ["00ffff", "d9c9a3"]
    assert SCHEMES["water"].recolored({2: "111111"}).palette == ["0000ff", "111111"]
    assert SCHEMES["water"].recolored(["111111", "222222"]).palette == ["111111", "222222"]
    recolored = SCHEMES["water"].recolored(["111111", "222222"])
    assert (recolored.name, recolored.mapping) == ("water", SCHEMES["water"].mapping)
    assert SCHEMES["water"].palette == ["0000ff", "d9c9a3"]


@pytest.mark.parametrize(
    ("palette", "message"),
    [
        ("colourblind", "Did you mean 'colorblind'"),
        ({"watr": "000000"}, "1 Water, 2 Not water.*Did you mean 'Water'"),
        ({"Water": "000000", 1: "111111"}, "each class once"),
        ({"Water": "blue"}, "six hexadecimal digits"),
        (["000000"], "2 colours, one for each of: Water, Not water"),
        (["000000", 7], "six hexadecimal digits"),
        (7, "a name.*colours by class name or value, or a list"),
    ],
)
def test_a_palette_that_does_not_fit_is_refused(palette: object, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        SCHEMES["water"].recolored(palette)


def test_the_colours_of_the_scl_are_refused_for_another_raster() -> None:
    with pytest.raises(SchemeError, match="'worldcover', which is not of the SCL"):
        WORLD_COVER.recolored("esa")


# Schemes of what is made of them


def test_classes_that_gather_codes_cannot_be_brought_back() -> None:
    with pytest.raises(SchemeError, match=r"'Not water'.*one code each"):
        SCHEMES["water"].inverse()


def test_indicator_bands_have_names_that_exports_take() -> None:
    assert SCHEMES["scl"].indicator_bands()[6:] == [
        "clouds_low_probability_unclassified",
        "clouds_medium_probability",
        "clouds_high_probability",
        "cirrus",
        "snow_ice",
    ]
    assert SCHEMES["esa"].indicator_bands()[1] == "topographic_casted_shadows"
    awkward = Scheme.from_lists("x", [1, 2, 3, 4], ["Wald ä", "Wald a", "森", "Wald a 2"], ["000000"] * 4)
    assert awkward.indicator_bands() == ["wald_a", "wald_a_2", "class_3", "wald_a_2_4"]


@given(st.lists(st.text(min_size=1), min_size=1, max_size=8, unique=True))
def test_indicator_bands_differ_and_are_valid_whatever_the_names(names: list[str]) -> None:
    try:
        scheme = Scheme.from_lists("x", range(len(names)), names, ["000000"] * len(names))
    except SchemeError:
        return
    bands = scheme.indicator_bands()
    assert len(set(bands)) == len(names)
    assert all(re.fullmatch("[a-z0-9][a-z0-9_]*", band) for band in bands)


def test_a_remapped_scheme_reads_its_own_values() -> None:
    scheme = SCHEMES["cloud"].remapped()
    assert scheme.is_identity
    assert (scheme.name, scheme.values, scheme.names, scheme.palette) == (
        "cloud",
        SCHEMES["cloud"].values,
        SCHEMES["cloud"].names,
        SCHEMES["cloud"].palette,
    )


def test_the_band_of_a_remapped_image_is_named_after_the_scheme_unless_codes_stay_codes() -> None:
    assert Scheme.from_groups("Schöne Welt / 2", {"a": 4, "b": 5}).remapped_band() == "schone_welt_2"
    assert SCHEMES["esa"].remapped_band("classes") == "classes"


def test_codes_are_found_by_names_and_stand_for_themselves():
    land = SCHEMES["land"]
    assert land.class_codes(["Water", "snow", 8]) == (6, 8, 11)
    assert land.class_values(["Water", "snow"]) == (3, 4)
    assert SCHEMES["water"].class_codes("Not water") == (4, 5, 11)
    with pytest.raises(ClassError, match=r"3 Water"):
        land.class_values(SclClass.CLOUD_SHADOW)  # whose number is a value of the scheme too
    assert land.class_codes(SclClass.CLOUD_SHADOW) == (3,)


def test_names_of_other_rasters_may_have_commas():
    names = ["Open water: oceans, lakes", "Moors & heathland", "Snow; ice"]
    scheme = Scheme.from_lists("odd", [11, 322, 335], names, ["000000"] * 3)
    for code, name in zip(scheme.values, names, strict=True):
        assert scheme.class_codes(name.upper()) == (code,)
    with pytest.raises(ClassError, match=r"Several are a list: \['snow', 'moors'\]"):
        scheme.class_codes("snow, moors")


def test_whether_a_scheme_is_of_the_scl_is_not_told_by_its_codes_alone():
    assert SCHEMES["land"].is_scl
    twelve = Scheme.from_lists("twelve", range(12), [f"class {code}" for code in range(12)], ["000000"] * 12)
    assert not twelve.is_scl
    assert Scheme("own", "Own", (SchemeClass(1, "A", "ff0000", (4,)),)).is_scl
    with pytest.raises(SchemeError, match="is_scl: got True"):
        Scheme("own", "Own", (SchemeClass(1, "A", "ff0000", (4,)),), source=(4,), is_scl=True)
