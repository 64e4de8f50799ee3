"""The report in a browser: what it asks for, whether it is accessible, how it fits a phone and paper."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from pyproj import Transformer
from shapely.geometry import shape

import gee_scl
from gee_scl.views.drawing.film import rgb
from gee_scl.views.pages.report import write_report
from tests.browser.conftest import Visiting
from tests.browser.places import patches

pytestmark = pytest.mark.long

pytest.importorskip("playwright.sync_api", reason="playwright is absent")

DAY = "2023-04-03"
PHONE = 360
COLORS = {member.value: rgb(member.color) for member in gee_scl.SCHEMES["scl"].classes}


@pytest.fixture(scope="module")
def report(sample: Path, sample_engine: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report on the sample's regions in spring."""
    with gee_scl.local_session(sample_engine):
        regions = sample / "regions.geojson"
        images = gee_scl.collection(regions, "2023-04-01", "2023-07-01")
        path = tmp_path_factory.mktemp("report") / "spring.html"
        return write_report(images, regions, path, id="name", scenes=3, size=300)


def test_the_page_opens_offline_and_asks_for_nothing_but_itself(visit: Visiting, report: Path):
    visited = visit(report.as_uri(), offline=True)
    assert visited.requests == [report.as_uri()]
    shown = visited.page.eval_on_selector_all("img", "images => images.map(i => i.complete && i.naturalWidth > 0)")
    assert shown == [True] * 7


@pytest.mark.parametrize("width", [1280, PHONE])
def test_axe_finds_no_serious_fault(visit: Visiting, report: Path, width: int):
    assert visit(report.as_uri(), width=width).serious_faults() == []


def test_a_phone_scrolls_the_page_in_one_direction_only(visit: Visiting, report: Path):
    page = visit(report.as_uri(), width=PHONE, height=700).page
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    wide = page.evaluate(
        "[...document.querySelectorAll('body *')].filter(e => !e.closest('.scroll, pre, svg, .skip')"
        f" && e.getBoundingClientRect().right > {PHONE} + 0.5).map(e => e.tagName + ' ' + e.textContent.slice(0, 40))"
    )
    assert wide == []
    narrow = page.evaluate("document.querySelector('.chart').currentSrc.length")
    assert narrow != visit(report.as_uri()).page.evaluate("document.querySelector('.chart').currentSrc.length")


def test_the_keyboard_reaches_links_and_long_tables_and_the_focus_is_seen(visit: Visiting, report: Path):
    page = visit(report.as_uri(), height=600).page
    reached = []
    for _ in range(30):
        page.keyboard.press("Tab")
        at = page.evaluate(
            "(() => {const e = document.activeElement, s = getComputedStyle(e), name = e.className || e.tagName;"
            "return [name, s.outlineStyle, parseFloat(s.outlineWidth)]})()"
        )
        if at[0] == "BODY":
            break
        reached.append(at)
    names = [name for name, _, _ in reached]
    assert names[0] == "skip"
    assert names.count("scroll") == 3
    assert "PRE" in names
    assert all(style != "none" and width >= 2 for _, style, width in reached)


def test_the_map_is_painted_in_the_colours_of_the_classes(visit: Visiting, report: Path, sample: Path):
    """Places of one class, read by rasterio, against the pixels on the screen; two outlines say where these are."""
    visited = visit(report.as_uri())
    seen = visited.painted(".map svg")
    boxes = visited.page.evaluate(
        "(() => {const at = document.querySelector('.map svg').getBoundingClientRect();"
        "return Object.fromEntries([...document.querySelectorAll('.map svg g')].filter(g => g.querySelector('title'))"
        ".map(g => {const b = g.querySelector('.outline').getBoundingClientRect();"
        "return [g.querySelector('title').textContent, [b.left - at.left, b.top - at.top, b.width, b.height]]}))})()"
    )
    west, north, metres = _window(sample, boxes)
    found = []
    for place in patches(sample, DAY, side=9):
        column, row = int((place.x - west) / metres), int((north - place.y) / metres)
        if 5 < column < seen.shape[1] - 5 and 5 < row < seen.shape[0] - 5:
            found.append(np.abs(seen[row, column].astype(int) - COLORS[place.code]).max() <= 1)
    assert len(found) > 200
    assert np.mean(found) > 0.93  # outlines, names and the scale bar cover the rest


def _window(sample: Path, boxes: dict[str, list[float]]) -> tuple[float, float, float]:
    """West and north of the screen's map in Web Mercator, and metres for each pixel of the screen."""
    regions = json.loads((sample / "regions.geojson").read_text(encoding="utf-8"))["features"]
    to_mercator = Transformer.from_crs(4326, 3857, always_xy=True)
    edges = {}
    for region in regions:
        west, south, east, north = shape(region["geometry"]).bounds
        edges[region["properties"]["name"]] = (*to_mercator.transform(west, south), *to_mercator.transform(east, north))
    lake, mountain = edges["Lake"], edges["Mountain"]
    metres = (mountain[2] - lake[0]) / (boxes["Mountain"][0] + boxes["Mountain"][2] - boxes["Lake"][0])
    return lake[0] - boxes["Lake"][0] * metres, mountain[3] + boxes["Mountain"][1] * metres, metres


def test_paper_has_every_table_whole(visit: Visiting, report: Path):
    page = visit(report.as_uri()).page
    pdf = page.pdf(prefer_css_page_size=True)
    pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
    assert 4 <= pages <= 12
    sizes = {tuple(map(float, size)) for size in re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", pdf)}
    assert all((width, height) == pytest.approx((595.3, 841.9), abs=1.5) for width, height in sizes)  # A4 in points
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 703, "height": 1000})  # 186 mm, an A4 page less its margins
    cut = page.evaluate(
        "[...document.querySelectorAll('.scroll, pre')].filter("
        "e => e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1).map(e => e.className)"
    )
    assert cut == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 703
    split = page.evaluate(
        "[...document.querySelectorAll('figure, .scenes > li, tr')].map(e => getComputedStyle(e).breakInside)"
    )
    assert set(split) == {"avoid"}
