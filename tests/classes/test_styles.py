"""How schemes are drawn elsewhere: visualization parameters, and styles by an XML parser."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gee_scl
from gee_scl.classes.scheme_class import SchemeClass
from gee_scl.classes.schemes import SCHEMES, Scheme
from tests.classes.world_cover import WORLD_COVER


def test_scl_has_a_colour_for_each_code() -> None:
    expected = {"bands": ["SCL"], "min": 1, "max": 11, "palette": SCHEMES["scl"].palette}
    assert SCHEMES["scl"].vis_params() == SCHEMES["scl"].vis_params("SCL") == expected
    assert SCHEMES["land"].vis_params()["bands"] == ["land"]
    assert SCHEMES["esa"].vis_params(band="classes")["bands"] == ["classes"]


def test_gaps_between_values_are_filled() -> None:
    found = WORLD_COVER.vis_params(band="Map")
    assert (found["min"], found["max"], len(found["palette"])) == (10, 100, 19)
    by_value = dict(zip(range(10, 101, 5), found["palette"], strict=True))
    assert [by_value[value] for value in WORLD_COVER.values] == WORLD_COVER.palette
    assert by_value[15] == by_value[10]


def test_a_single_class_has_a_range() -> None:
    found = Scheme("one", "", (SchemeClass(7, "One", "123456", (4,)),)).vis_params()
    assert found == {"bands": ["one"], "min": 7, "max": 8, "palette": ["123456", "123456"]}


def test_values_too_far_apart_are_refused() -> None:
    scheme = Scheme.from_lists("far", [0, 1, 10**9], ["a", "b", "c"], ["000000", "111111", "222222"])
    with pytest.raises(gee_scl.SchemeError, match="4096 colours"):
        scheme.vis_params()


def test_a_legend_dictionary_is_what_geemap_takes() -> None:
    legend = SCHEMES["esa"].legend_dict()
    assert legend["Snow or ice"] == "ff96ff"
    assert list(legend) == SCHEMES["esa"].names
    widgets = pytest.importorskip("geemap.map_widgets")
    widget = widgets.Legend(title="SCL", legend_dict=legend)
    assert list(widget.legend_keys) == SCHEMES["esa"].names
    assert list(widget.legend_colors) == [f"#{color}" for color in SCHEMES["esa"].palette]


def parsed(style: str) -> ElementTree.Element:
    return ElementTree.fromstring(style)  # noqa: S314 - made by the package


def test_a_style_lists_each_value_with_its_colour_and_name() -> None:
    style = parsed(SCHEMES["scl"].sld())
    assert style.tag == "RasterSymbolizer"
    assert style.findtext("ChannelSelection/GrayChannel/SourceChannelName") == "SCL"
    colors = style.find("ColorMap")
    assert colors is not None
    assert colors.get("type") == "values"
    entries = [(int(e.attrib["quantity"]), e.attrib["color"], e.attrib["label"]) for e in colors]
    assert entries == [(m.value, f"#{m.color}", m.name) for m in SCHEMES["scl"].classes]
    assert [value for value, _, _ in entries] == list(range(1, 12))
    assert parsed(SCHEMES["water"].sld()).findtext(".//SourceChannelName") == "water"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda t: any(c.isalnum() for c in t)))
def test_a_style_is_well_formed_whatever_the_names(name: str) -> None:
    scheme = Scheme.from_lists("x", [3, 1], [name, "a < b & \"c\" 'd' > "], ["000000", "ffffff"])
    first, second = parsed(scheme.sld(band="a&b"))[1]
    assert (first.attrib["quantity"], first.attrib["label"]) == ("1", "a < b & \"c\" 'd' > ")
    if name.isprintable():
        assert second.attrib["label"] == name
