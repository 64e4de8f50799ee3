"""Choosing, naming and joining bands: expected values by hand."""

from __future__ import annotations

import pytest

from gee_scl.local.errors import EvaluationError
from gee_scl.local.raster.image import Image
from gee_scl.local.values import BYTE, DOUBLE, PixelType
from tests.support.local.algorithm_calls import call
from tests.support.local.pixel_images import byte, joined, real, row

S2 = joined(*(byte([i], name=n) for i, n in enumerate(["B1", "B2", "B11", "QA10", "SCL"])), properties={"a": 1})


def select(*selectors: object, names: list[str] | None = None) -> list[str]:
    return call("Image.select", input=S2, bandSelectors=list(selectors), newNames=names).names


@pytest.mark.parametrize(
    ("selectors", "expected"),
    [
        (["SCL"], ["SCL"]),
        ([0, "SCL"], ["B1", "SCL"]),
        (["B1"], ["B1"]),
        (["B.*"], ["B1", "B2", "B11"]),
        (["B\\d"], ["B1", "B2"]),
        (["QA..", "B[12]"], ["QA10", "B1", "B2"]),
        (["SCL", "SCL"], ["SCL", "SCL_1"]),
        ([], []),
    ],
)
def test_bands_are_selected_by_name_index_and_full_match(selectors, expected):
    assert select(*selectors) == expected


def test_selected_bands_can_be_renamed_and_keep_the_properties():
    image = call("Image.select", input=S2, bandSelectors=["B1", 4], newNames=["blue", "class"])
    assert image.names == ["blue", "class"]
    assert image.properties == {"a": 1}
    assert row(image, 1, "class") == [4]


@pytest.mark.parametrize(
    ("selectors", "names", "text"),
    [
        (["X"], None, r"Image\.select: Band pattern 'X' did not match any bands\."),
        (["QA"], None, "Band pattern 'QA' did not match"),
        ([5], None, "Band index 5 is out of range"),
        ([-1], None, "Band index -1 is out of range"),
        (["("], None, "Invalid regular expression"),
        (["(?=B).*"], None, "RE2 has no such construct"),
        ([r"(B)\1"], None, "RE2 has no such construct"),
        ([True], None, "not Boolean"),
        (["B1"], ["a", "b"], r"number of new names \(2\)"),
        (["B1", "B2"], ["a", "a"], "Can't add a band named 'a'"),
    ],
)
def test_selectors_that_do_not_fit_are_refused(selectors, names, text):
    with pytest.raises(EvaluationError, match=text):
        select(*selectors, names=names)


def test_rename_needs_a_name_for_each_band():
    assert call("Image.rename", input=S2, names=list("abcde")).names == list("abcde")
    with pytest.raises(
        EvaluationError, match=r"Image\.rename: The number of names \(1\) must match the number of bands \(5\)\."
    ):
        call("Image.rename", input=S2, names=["a"])


@pytest.mark.parametrize(
    ("regex", "replacement", "everywhere", "expected"),
    [
        ("B(.)", "b$1_", True, ["b1_", "b2_", "b1_1"]),
        ("1", "x", True, ["Bx", "B2", "Bxx"]),
        ("1", "x", False, ["Bx", "B2", "Bx1"]),
    ],
)
def test_names_are_replaced_by_pattern(regex, replacement, everywhere, expected):
    image = call("Image.regexpRename", input=S2, regex=regex, replacement=replacement, all=everywhere)
    assert image.names[:3] == expected


def test_added_bands_get_the_first_free_suffix_or_overwrite():
    base = joined(byte([1], name="a"), byte([2], name="a_1"), properties={"p": 1})
    new = joined(byte([3], name="a"), byte([4], name="c"))
    added = call("Image.addBands", dstImg=base, srcImg=new)
    assert added.names == ["a", "a_1", "a_2", "c"]
    assert added.properties == {"p": 1}
    replaced = call("Image.addBands", dstImg=base, srcImg=new, overwrite=True)
    assert replaced.names == ["a", "a_1", "c"]
    assert row(replaced, 1, "a") == [3]
    assert call("Image.addBands", dstImg=base, srcImg=new, names=["c"]).names == ["a", "a_1", "c"]
    with pytest.raises(EvaluationError, match=r"Cannot add band 'z' because it doesn't appear in srcImg\."):
        call("Image.addBands", dstImg=base, srcImg=new, names=["z"])


def test_cat_joins_images_and_numbers_under_the_first_properties():
    image = call("Image.cat", images=[byte([1]).set("p", 1), byte([2]).set("p", 2), 7])
    assert image.names == ["SCL", "SCL_1", "constant"]
    assert image.properties == {"p": 1}
    with pytest.raises(EvaluationError, match="not String"):
        call("Image.cat", images=["x"])


@pytest.mark.parametrize(("start", "end", "expected"), [(1, 3, ["B2", "B11"]), (-2, None, ["QA10", "SCL"]), (3, 1, [])])
def test_slices_count_from_either_end(start, end, expected):
    assert call("Image.slice", image=S2, start=start, end=end).names == expected


def test_names_and_types_are_told():
    image = joined(byte([1], name="a"), real([1.0], name="b"))
    assert call("Image.bandNames", image=image) == ["a", "b"]
    assert call("Image.bandTypes", image=image) == {"a": BYTE, "b": DOUBLE}


def test_reduce_takes_the_valid_bands_of_each_pixel():
    image = joined(byte([1, 5], name="a"), byte([3, 7], mask=[1, 0], name="b"), byte([8, 9], mask=[1, 0], name="c"))
    assert row(call("Image.reduce", image=image, reducer=call("Reducer.mean")), 2) == [4.0, 5.0]
    assert call("Image.reduce", image=image, reducer=call("Reducer.max")).names == ["max"]
    count = call("Image.reduce", image=image, reducer=call("Reducer.count"))
    assert row(count, 2) == [3, 1]
    assert count.bands[0].type == PixelType("int", 0, 3)


def test_a_reducer_of_as_many_inputs_as_bands_takes_them_together():
    image = joined(byte([4, 2], name="a"), byte([1, 9], name="b"))
    reduced = call("Image.reduce", image=image, reducer=call("Reducer.max", numInputs=2))
    assert reduced.names == ["max", "max1"]
    assert [row(reduced, 2, band) for band in (0, 1)] == [[4.0, 2.0], [1.0, 9.0]]
    with pytest.raises(EvaluationError, match="has 3 inputs, but the image has 2 bands"):
        call("Image.reduce", image=image, reducer=call("Reducer.max", numInputs=3))


def test_an_image_without_bands_has_none_after_reduction():
    assert call("Image.reduce", image=Image(), reducer=call("Reducer.max")).names == []
