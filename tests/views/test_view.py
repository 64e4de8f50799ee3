"""Views: pictures with names and legends."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import ee
import numpy as np
import pytest
from gee_scl.statistics.measurement import Scene as ListedScene

import gee_scl
from gee_scl.views.drawing.legend_html import legend_html, share_text
from gee_scl.views.view import LegendEntry, class_view, mask_view, percent_view, scene_name, true_color_view
from tests.support.local.catalogues import GRID, Scene, make_catalogue
from tests.support.pixels import Window, read

CODES = np.arange(12, dtype=np.uint8).reshape(3, 4)
WINDOW = Window("EPSG:32632", GRID, 4, 3)
RGB = ("vis-red", "vis-green", "vis-blue")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ee.Image]:
    folder: Path = tmp_path_factory.mktemp("views")
    make_catalogue(folder, [Scene(CODES)])
    with gee_scl.local_session(folder):
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
        (lambda: class_view(ee.Image(1), "watr"), "scheme"),
    ],
)
def test_what_cannot_be_shown_is_refused_by_name(image: ee.Image, call: object, argument: str) -> None:
    with pytest.raises(gee_scl.ArgumentError, match=argument):
        call()  # type: ignore[operator]


def test_scenes_are_called_by_day_and_tile_as_far_as_these_are_known() -> None:
    def scene(time: int | None, tile: str | None) -> ListedScene:
        return ListedScene("20230514T101559_20230514T101601_T32TPS", time, tile, "EPSG:32632", 20)

    assert scene_name(scene(1684059359000, "32TPS")) == "2023-05-14 32TPS"
    assert scene_name(scene(1684059359000, None)) == "2023-05-14"
    assert scene_name(scene(None, None)) == "20230514T101559_20230514T101601_T32TPS"


def test_a_legend_shows_shares_and_nothing_that_a_name_contains_becomes_markup(image: ee.Image) -> None:
    name = "\"Mire\" <script>alert('x')</script> & more"
    entries = [LegendEntry(name, "00ff00", 1, 12.34), LegendEntry("Other", "ffffff", 2, 0.0)]
    found = _Text()
    found.feed(legend_html("A <b>title</b>", entries))
    assert found.text == ["A <b>title</b>", f"{name} 12.3 %", "Other 0 %"]
    assert set(found.tags) == {"div", "strong", "ul", "li", "span"}


def test_shares_in_a_legend_are_of_each_class(image: ee.Image) -> None:
    shares = {entry.value: entry.percent for entry in class_view(image, "water").with_shares({1: 25.0}).entries}
    assert shares == {1: 25.0, 2: 0.0}


@pytest.mark.parametrize(("percent", "text"), [(0, "0 %"), (0.04, "<0.1 %"), (12.34, "12.3 %"), (100, "100.0 %")])
def test_a_small_share_is_not_shown_as_none(percent: float, text: str) -> None:
    assert share_text(percent) == text


class _Text(HTMLParser):
    """The tags and the texts of a piece of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)
