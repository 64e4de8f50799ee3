"""Views: pictures with names and legends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import ee
import numpy as np
import pytest

import gee_scl
from gee_scl.views.view import LegendEntry, View, class_view, mask_view, percent_view, true_color_view
from tests.support.engines import session_over
from tests.support.local.catalogues import GRID, Scene, make_catalogue
from tests.support.pixels import Window, read

CODES = np.arange(12, dtype=np.uint8).reshape(3, 4)
WINDOW = Window("EPSG:32632", GRID, 4, 3)
RGB = ("vis-red", "vis-green", "vis-blue")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ee.Image]:
    folder: Path = tmp_path_factory.mktemp("views")
    make_catalogue(folder, [Scene(CODES)])
    with session_over(folder):
        yield ee.Image(gee_scl.collection().first())


def test_a_class_view_paints_each_class_in_the_colour_of_its_legend(image: ee.Image) -> None:
    view = class_view(image)
    seen = np.ma.dstack([read(view.image, WINDOW)[band] for band in RGB])
    for entry in view.entries:
        (row,), (column,) = np.nonzero(entry.value == CODES)
        assert bytes(seen[row, column]).hex() == entry.color, entry.label
    assert seen.mask[0, 0].all()  # no data


def test_a_class_view_keeps_the_codes_behind_its_colours(image: ee.Image) -> None:
    view = class_view(image, "water")
    assert view.codes is not None
    assert view.scheme is gee_scl.SCHEMES["water"]
    codes = read(view.codes, WINDOW)["SCL"]
    assert (codes.filled(0) == CODES).all()


def test_a_mask_view_shows_one_colour_where_the_mask_is_set(image: ee.Image) -> None:
    view = mask_view(gee_scl.class_mask(image, "water", seen_only=True), name="Water", color="#0000FF")
    seen = np.ma.dstack([read(view.image, WINDOW)[band] for band in RGB])
    assert (~seen.mask[..., 0] == (CODES == 6)).all()
    assert bytes(seen[1, 2]).hex() == "0000ff"
    assert view.entries == (LegendEntry("Water", "0000ff"),)


def test_a_percent_view_has_its_colours_at_the_percentages_of_its_legend(image: ee.Image) -> None:
    palette = ["000000", "ff0000", "ffffff"]
    steps = ee.Image([0, 50, 100]).rename(["a", "b", "c"])
    for band, color in zip("abc", palette, strict=True):
        view = percent_view(steps, band=band, palette=palette)
        seen = read(view.image, WINDOW)
        assert bytes(int(seen[name][0, 0]) for name in RGB).hex() == color
    assert [entry.label for entry in view.entries] == ["0 %", "50 %", "100 %"]


def test_a_true_colour_view_has_no_legend(image: ee.Image) -> None:
    assert true_color_view(image, bands=["SCL"] * 3).entries == ()


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: percent_view(ee.Image(1), low=50, high=50), "high"),
        (lambda: percent_view(ee.Image(1), high=101), "high"),
        (lambda: percent_view(ee.Image(1), palette=["ffffff"]), "palette"),
        (lambda: mask_view(ee.Image(1), color="blue"), "color"),
        (lambda: percent_view(ee.Image(1), low=True), "low"),
        (lambda: percent_view(ee.Image(1), palette="ffffff"), "palette"),
        (lambda: class_view(ee.Image(1), "watr"), "scheme"),
        (lambda: class_view(ee.ImageCollection([])), "image"),
        (lambda: true_color_view("B4"), "image"),
        (lambda: percent_view(50), "image"),
        (lambda: mask_view(True), "mask"),
        (lambda: View("Lake", ee.Image(1)).with_legend({"Lake": "blue"}), "colors"),
    ],
)
def test_what_cannot_be_shown_is_refused_by_name(image: ee.Image, call: object, argument: str) -> None:
    with pytest.raises(gee_scl.ArgumentError, match=argument):
        call()  # type: ignore[operator]


def test_shares_in_a_legend_are_of_each_class(image: ee.Image) -> None:
    shares = {entry.value: entry.percent for entry in class_view(image, "water").with_shares({1: 25.0}).entries}
    assert shares == {1: 25.0, 2: 0.0}


@pytest.mark.parametrize("share", ["a", None, float("nan"), -1, 101])
def test_shares_that_are_no_percentages_are_refused(image: ee.Image, share: object) -> None:
    with pytest.raises(gee_scl.ArgumentError, match=r"^percent: "):
        class_view(image, "water").with_shares({1: share})  # type: ignore[dict-item]


def test_a_share_of_the_whole_may_be_off_by_rounding(image: ee.Image) -> None:
    assert class_view(image, "water").with_shares({1: 100 + 1e-12}).entries[0].percent == 100 + 1e-12


def test_what_the_client_knows_no_type_of_is_taken_for_an_image(image: ee.Image) -> None:
    unknown = ee.ImageCollection([image]).toList(1).get(0)
    assert type(unknown) is ee.ComputedObject
    codes = class_view(unknown).codes
    assert codes is not None
    assert (read(codes, WINDOW)["SCL"].filled(0) == CODES).all()


def test_a_view_of_one_s_own_has_the_legend_that_it_is_given(image: ee.Image) -> None:
    plain = View("Lake", image)
    view = plain.with_legend({"Water": "0000ff", "Shore": "#FFFF52"}, title="What the map shows")
    assert view.title == "What the map shows"
    assert view.entries == (LegendEntry("Water", "0000ff"), LegendEntry("Shore", "ffff52"))
    assert (view.name, view.image, plain.entries) == ("Lake", image, ())
