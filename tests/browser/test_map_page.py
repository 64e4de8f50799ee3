"""The map page in a browser: what is painted, written and asked for."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import gee_scl
from gee_scl.classes.class_table import CLASSES
from gee_scl.classes.schemes import get_scheme
from gee_scl.views.pages.map_page import write_map
from tests.browser.conftest import Visit, Visiting
from tests.browser.places import Place, Screen, patches
from tests.support.engines import server_over, session_on

pytestmark = pytest.mark.long

pytest.importorskip("playwright.sync_api", reason="playwright is absent")

DAYS = ("2023-05-21", "2023-06-02", "2023-06-15")
START, END = "2023-05-15", "2023-06-20"
ZOOMS = (13, 14, 15)
AREA = (11.541, 46.419, 11.708, 46.493)
"""The whole sample."""

COLORS = {
    code: tuple(bytes.fromhex(facts.earth_engine_color)) for code, facts in CLASSES.items() if facts.earth_engine_color
}


@dataclass(frozen=True)
class Written:
    path: Path
    frame: Any

    @property
    def data(self) -> Any:
        text = self.path.read_text(encoding="utf-8")
        found = re.search(r'<script type="application/json" id="map-data">(.*?)</script>', text, re.DOTALL)
        assert found is not None
        return json.loads(found[1])


@pytest.fixture(scope="module")
def written(sample: Path, sample_engine: str, tmp_path_factory: pytest.TempPathFactory) -> Written:
    """A page of three dates, and the statistics of the same regions."""
    with gee_scl.local_session(sample_engine):
        regions = sample / "regions.geojson"
        images = gee_scl.collection(AREA, START, END)
        path = write_map(images, regions, tmp_path_factory.mktemp("map") / "map.html", id="name")
        frame = gee_scl.class_statistics(images, regions, id="name", by="date")
    return Written(path, frame)


@pytest.fixture(scope="module")
def live(sample: Path, sample_engine: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same page with tiles of the engine."""
    with gee_scl.local_session(sample_engine):
        images = gee_scl.collection(AREA, START, END)
        folder = tmp_path_factory.mktemp("live")
        return write_map(images, sample / "regions.geojson", folder / "map.html", id="name", live=True)


def settled(seen: Visit, *, day: str) -> None:
    """Wait until a date is shown and nothing else."""
    page = seen.page
    page.wait_for_function("day => document.getElementById('legend-date').textContent === day", arg=day)
    page.wait_for_function(
        "day => [...document.querySelectorAll('img.leaflet-image-layer')].every((one) => one.alt.endsWith(day))",
        arg=day,
    )
    page.wait_for_function("() => [...document.querySelectorAll('.leaflet-pane img')].every((one) => one.complete)")
    if not seen.may_fail:
        page.wait_for_function("() => document.querySelector('.leaflet-tile:not(.leaflet-tile-loaded)') === null")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def screen(seen: Visit, x: float, y: float, zoom: float) -> Screen:
    box = seen.page.locator("#map").bounding_box()
    return Screen(x, y, zoom, box["width"], box["height"])


def look(seen: Visit, places: list[Place], zoom: float, day: str) -> tuple[Screen, list[Place]]:
    """Move the map to where most classes are in view."""
    candidates = [screen(seen, place.x, place.y, zoom) for place in places[:: max(1, len(places) // 60)]]
    best = max(candidates, key=lambda one: (len({p.code for p in one.visible(places)}), len(one.visible(places))))
    seen.page.evaluate("(hash) => { location.hash = hash; }", f"date={day}&{best.fragment}")
    settled(seen, day=day)
    return best, best.visible(places)


def differing(seen: Visit, view: Screen, places: list[Place]) -> list[tuple[Place, Any]]:
    """The places that are painted in another colour than their class has."""
    painted = seen.painted("#map")
    found = []
    for place in places:
        column, row = view.pixel(place)
        color = tuple(painted[row, column].tolist())
        if color != COLORS[place.code]:
            found.append((place, color))
    return found


def without_outlines(seen: Visit) -> None:
    seen.page.get_by_label("Region outlines").uncheck()


@pytest.mark.parametrize("zoom", ZOOMS)
def test_pictures_are_painted_in_the_colours_of_the_classes_that_the_file_has(
    zoom: int, written: Written, sample: Path, visit: Visiting
) -> None:
    seen = visit(written.path.as_uri(), offline=True)
    without_outlines(seen)
    day = DAYS[1]
    view, places = look(seen, patches(sample, day), zoom, day)
    assert len(places) >= 20
    assert len({place.code for place in places}) >= 4
    assert differing(seen, view, places) == []
    assert seen.requests == [written.path.as_uri()]


@pytest.mark.parametrize("zoom", ZOOMS)
def test_tiles_arrive_and_are_painted_in_the_colours_of_the_classes_that_the_file_has(
    zoom: int,
    live: Path,
    sample: Path,
    sample_engine: str,
    visit: Visiting,
    served: Callable[[Path], str],
) -> None:
    address = served(live)
    seen = visit(address)
    without_outlines(seen)
    day = DAYS[1]
    view, places = look(seen, patches(sample, day), zoom, day)
    assert len(places) >= 20
    assert len({place.code for place in places}) >= 4
    assert differing(seen, view, places) == []
    assert seen.page.locator("img.leaflet-image-layer").count() == 0
    tiles = [url for url in seen.requests if not url.startswith(address)]
    assert tiles
    assert all(url.startswith(f"{sample_engine}/") for url in tiles)
    assert any(f"/{zoom}/" in url for url in tiles)


def test_tiles_that_fail_give_way_to_the_pictures(
    sample: Path, tmp_path: Path, visit: Visiting, served: Callable[[Path], str]
) -> None:
    day = DAYS[1]
    with server_over(sample) as server, session_on(server.url):
        images = gee_scl.collection(AREA, day, "2023-06-03")
        path = write_map(images, AREA, tmp_path / "late.html", live=True)
    # The server has stopped by now.
    seen = visit(served(path), may_fail=True)
    without_outlines(seen)
    seen.page.wait_for_selector(".leaflet-classes-pane img.leaflet-image-layer")
    view, places = look(seen, patches(sample, day), 13, day)
    assert len(places) >= 20
    assert differing(seen, view, places) == []


def test_the_legend_names_every_class_in_its_colour(written: Written, visit: Visiting) -> None:
    seen = visit(written.path.as_uri(), offline=True)
    scheme = get_scheme("scl")
    rows = seen.page.locator("#legend tbody tr")
    names = rows.locator(".class-name").all_text_contents()
    fills = [rect.get_attribute("fill") for rect in rows.locator("rect").all()]
    assert names == list(scheme.names)
    assert fills == [f"#{color}" for color in scheme.palette]


def test_shares_in_regions_are_those_of_the_statistics(written: Written, visit: Visiting) -> None:
    seen = visit(f"{written.path.as_uri()}#date={DAYS[0]}", offline=True)
    settled(seen, day=DAYS[0])
    frame = written.frame[written.frame["date"].dt.strftime("%Y-%m-%d") == DAYS[0]]
    areas = frame.groupby("class_value")["area_m2"].sum()
    assert column(seen, 2) == [share(100 * area / areas.sum()) for area in areas]
    seen.page.get_by_label("Region", exact=True).select_option(label="Lake")
    seen.page.wait_for_function("document.getElementById('region-heading').textContent === 'In Lake'")
    seen.page.wait_for_timeout(100)
    lake = frame[frame["region"] == "Lake"]
    assert column(seen, 2) == [share(percent) for percent in lake["percent"]]


def test_shares_in_view_are_those_of_the_pictures_pixels_by_their_true_area(written: Written, visit: Visiting) -> None:
    seen = visit(f"{written.path.as_uri()}#date={DAYS[0]}", offline=True)
    settled(seen, day=DAYS[0])
    extent = written.data["extent"]
    picture = next(frame["classes"] for frame in written.data["frames"] if frame["label"] == DAYS[0])
    rgba = np.asarray(Image.open(io.BytesIO(base64.b64decode(picture.partition(",")[2]))).convert("RGBA"))
    y = extent["south"] + (extent["height"] - np.arange(extent["height"]) - 0.5) * extent["pixel"]
    latitude = 2 * np.arctan(np.exp(y / 6378137)) - np.pi / 2
    weights = (np.cos(latitude) ** 2)[:, None] * np.ones(extent["width"])
    areas = [
        weights[(rgba[..., :3] == COLORS[member.value]).all(axis=-1) & (rgba[..., 3] == 255)].sum()
        for member in get_scheme("scl").classes
    ]
    assert column(seen, 1) == [share(100 * area / sum(areas)) for area in areas]
    missing = 100 * (1 - sum(areas) / weights.sum())
    assert seen.page.locator("#no-data td").first.text_content() == share(missing)


def column(seen: Visit, number: int) -> list[str]:
    return list(seen.page.locator(f"#legend tbody tr td:nth-child({number + 1})").all_text_contents())


def share(percent: float) -> str:
    if percent == 0:
        return "0 %"
    return "<0.1 %" if percent < 0.05 else f"{percent:.1f} %"


def test_the_slider_and_its_buttons_change_the_date(written: Written, sample: Path, visit: Visiting) -> None:
    seen = visit(written.path.as_uri(), offline=True)
    page = seen.page
    without_outlines(seen)
    assert page.locator("#date").text_content() == DAYS[0]
    page.locator("#slider").focus()
    page.keyboard.press("ArrowRight")
    settled(seen, day=DAYS[1])
    assert page.locator("#date").text_content() == DAYS[1]
    assert page.locator("#slider").get_attribute("aria-valuetext") == DAYS[1]
    assert page.locator("#announcer").text_content() == DAYS[1]
    page.get_by_role("button", name="Next date").click()
    settled(seen, day=DAYS[2])
    assert page.get_by_role("button", name="Next date").is_disabled()
    view, places = look(seen, patches(sample, DAYS[2]), 14, DAYS[2])
    assert len(places) >= 20
    assert differing(seen, view, places) == []
    page.get_by_role("button", name="Previous date").click()
    settled(seen, day=DAYS[1])
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("day => document.getElementById('date').textContent === day", arg=DAYS[2])
    page.get_by_role("button", name="Pause").click()
    assert page.get_by_role("button", name="Play").is_visible()


def test_split_view_shows_classes_left_and_true_colour_right(written: Written, sample: Path, visit: Visiting) -> None:
    seen = visit(written.path.as_uri(), offline=True)
    page = seen.page
    without_outlines(seen)
    view, places = look(seen, patches(sample, DAYS[1]), 14, DAYS[1])
    page.get_by_label("Classes", exact=True).uncheck()
    settled(seen, day=DAYS[1])
    true_color = seen.painted("#map")
    page.get_by_role("button", name="Classes beside true colour").click()
    settled(seen, day=DAYS[1])
    assert page.get_by_label("Classes", exact=True).is_checked()
    middle = round(view.width / 2)
    left = [place for place in places if view.pixel(place)[0] < middle - 30]
    assert left
    assert differing(seen, view, left) == []
    assert np.array_equal(seen.painted("#map")[60:-40, middle + 30 : -10], true_color[60:-40, middle + 30 : -10])
    divider = page.get_by_role("separator")
    box, frame = divider.bounding_box(), page.locator("#map").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(frame["x"] + frame["width"] * 0.8, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    assert divider.get_attribute("aria-valuenow") == "80"
    wider = [place for place in places if view.pixel(place)[0] < 0.8 * view.width - 30]
    assert len(wider) > len(left)
    assert differing(seen, view, wider) == []
    divider.focus()
    page.keyboard.press("Home")
    assert divider.get_attribute("aria-valuenow") == "0"
    assert np.array_equal(seen.painted("#map")[60:-40, 60:-10], true_color[60:-40, 60:-10])


def test_layers_come_and_go_by_their_boxes_and_opacity(written: Written, sample: Path, visit: Visiting) -> None:
    seen = visit(written.path.as_uri(), offline=True)
    page = seen.page
    assert page.locator(".leaflet-tooltip.name").count() == 6
    without_outlines(seen)
    assert page.locator(".leaflet-tooltip.name").count() == 0
    view, places = look(seen, patches(sample, DAYS[1]), 14, DAYS[1])
    page.get_by_label("Opacity of classes").fill("0")
    faded = seen.painted("#map")
    page.get_by_label("Classes", exact=True).uncheck()
    settled(seen, day=DAYS[1])
    true_color = seen.painted("#map")
    assert np.array_equal(faded, true_color)
    assert len(differing(seen, view, places)) == len(places)
    page.get_by_label("True colour", exact=True).uncheck()
    settled(seen, day=DAYS[1])
    assert page.locator("img.leaflet-image-layer").count() == 0
    page.get_by_label("Classes", exact=True).check()
    page.get_by_label("Opacity of classes").fill("100")
    settled(seen, day=DAYS[1])
    assert differing(seen, view, places) == []


def test_a_class_can_be_shown_alone(written: Written, sample: Path, visit: Visiting) -> None:
    seen = visit(written.path.as_uri(), offline=True)
    page = seen.page
    without_outlines(seen)
    view, places = look(seen, patches(sample, DAYS[1]), 14, DAYS[1])
    page.get_by_role("button", name="Vegetation").click()
    page.wait_for_function("document.querySelectorAll('.leaflet-classes-pane img').length === 1")
    page.wait_for_timeout(200)
    settled(seen, day=DAYS[1])
    left = [place for place, _ in differing(seen, view, places)]
    assert {place.code for place in places} > {4}
    assert left == [place for place in places if place.code != 4]


def test_the_inspector_says_class_date_and_place(written: Written, sample: Path, visit: Visiting) -> None:
    seen = visit(written.path.as_uri(), offline=True)
    page = seen.page
    view, places = look(seen, patches(sample, DAYS[1]), 14, DAYS[1])
    box = page.locator("#map").bounding_box()
    for place in places[:: len(places) // 6]:
        column, row = view.pixel(place)
        page.mouse.move(box["x"] + column, box["y"] + row)
        expected = f"{CLASSES[place.code].earth_engine_name} ({place.code}) · {DAYS[1]} · lat, lon "
        page.wait_for_function(
            "text => document.querySelector('#inspector').textContent.trim().startsWith(text)", arg=expected
        )
        latitude, longitude = map(float, page.locator("#inspector").text_content().rpartition("lon ")[2].split(", "))
        # A pixel of zoom 14 is 0.00009 degrees wide, and Leaflet rounds the map's corner to whole ones.
        assert (longitude, latitude) == pytest.approx(place.degrees, abs=0.00015)
    page.mouse.click(box["x"] + column, box["y"] + row)
    page.wait_for_function("text => document.getElementById('announcer').textContent.startsWith(text)", arg=expected)


def test_the_keyboard_names_the_class_in_the_middle(written: Written, sample: Path, visit: Visiting) -> None:
    place = patches(sample, DAYS[1])[0]
    expected = f"{CLASSES[place.code].earth_engine_name} ({place.code}) · {DAYS[1]}"
    seen = visit(f"{written.path.as_uri()}#date={DAYS[1]}&{Screen(place.x, place.y, 15, 0, 0).fragment}", offline=True)
    seen.page.locator("#map").focus()
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_function(
        "text => document.getElementById('announcer').textContent.startsWith(text)", arg=expected
    )


def test_a_link_opens_the_view_that_its_sender_saw(written: Written, visit: Visiting) -> None:
    first = visit(written.path.as_uri(), offline=True)
    first.page.get_by_role("button", name="Next date").click()
    first.page.get_by_role("button", name="Zoom in").click()
    settled(first, day=DAYS[1])
    first.page.wait_for_timeout(400)
    second = visit(first.page.url, offline=True)
    settled(second, day=DAYS[1])
    assert column(second, 1) == column(first, 1)
    assert second.page.url == first.page.url


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (360, 740)])
def test_axe_finds_no_serious_fault(width: int, height: int, written: Written, visit: Visiting) -> None:
    seen = visit(written.path.as_uri(), width=width, height=height, offline=True)
    settled(seen, day=DAYS[0])
    assert seen.serious_faults() == []
    seen.page.get_by_role("button", name="Classes beside true colour").click()
    seen.page.get_by_role("button", name="Vegetation").click()
    seen.page.get_by_text("Settings").click()
    assert seen.serious_faults() == []


def test_a_phone_needs_no_sideways_scrolling(written: Written, visit: Visiting) -> None:
    seen = visit(written.path.as_uri(), width=360, height=740, offline=True)
    assert seen.page.evaluate("document.scrollingElement.scrollWidth") == 360


def test_paper_has_the_view_and_the_legend_and_no_controls(written: Written, visit: Visiting) -> None:
    seen = visit(written.path.as_uri(), offline=True)
    settled(seen, day=DAYS[0])
    assert seen.page.pdf(format="A4", print_background=True).count(b"/Type /Page\n") == 1
    seen.page.emulate_media(media="print")
    for shown in ("#map", "#legend", "#date"):
        assert seen.page.locator(shown).is_visible()
    for hidden in (".controls", ".track", "#play", ".leaflet-control-zoom"):
        assert not seen.page.locator(hidden).is_visible()


HOSTILE = "</script><script>alert('in')</script><img src=x onerror=\"alert('in')\">"


@pytest.fixture(scope="module")
def hostile(sample_engine: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A page with one date whose every text tries to run a script."""
    ring = [[11.6, 46.44], [11.65, 46.44], [11.65, 46.47], [11.6, 46.47], [11.6, 46.44]]
    region = {
        "type": "Feature",
        "properties": {"name": HOSTILE},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    groups = {f"Land {HOSTILE}": [4, 5], "Rest of it": [2, 3, 6, 7, 8, 9, 10, 11]}
    colors = dict.fromkeys(groups, "00aa00")
    scheme = gee_scl.Scheme.from_groups("hostile", groups, colors=colors, title=f"Title {HOSTILE}")
    with gee_scl.local_session(sample_engine):
        images = gee_scl.collection(AREA, "2023-06-15", "2023-06-16")
        yield write_map(
            images,
            region,
            tmp_path_factory.mktemp("hostile") / "map.html",
            scheme=scheme,
            id="name",
            title=f"Map {HOSTILE}",
            citation=HOSTILE,
            true_color=False,
        )


def test_texts_are_shown_as_they_are_and_run_nothing(hostile: Path, visit: Visiting) -> None:
    seen = visit(hostile.as_uri(), offline=True)
    settled(seen, day="2023-06-15")
    page = seen.page
    assert page.locator("h1").text_content() == f"Map {HOSTILE}"
    assert page.locator(".leaflet-tooltip.name").text_content() == HOSTILE
    assert page.locator(".class-name").first.text_content() == f"Land {HOSTILE}"
    assert page.locator("#region-heading").text_content() == f"In {HOSTILE}"
    page.mouse.click(400, 400)
    page.wait_for_function("document.getElementById('announcer').textContent.length > 0")
    assert page.locator("img[src=x]").count() == 0
    assert seen.requests == [hostile.as_uri()]


def test_classes_of_one_colour_are_named_together(hostile: Path, visit: Visiting) -> None:
    seen = visit(hostile.as_uri(), offline=True)
    settled(seen, day="2023-06-15")
    box = seen.page.locator("#map").bounding_box()
    seen.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    together = f"Land {HOSTILE} (1) or Rest of it (2) · 2023-06-15"
    seen.page.wait_for_function(
        "text => document.querySelector('#inspector').textContent.trim().startsWith(text)", arg=together
    )
    assert column(seen, 1) == ["100.0 %*", "100.0 %*"]


def test_one_date_has_no_slider(hostile: Path, visit: Visiting) -> None:
    seen = visit(hostile.as_uri(), offline=True)
    for hidden in ("#slider", "#play", "#next", "#previous"):
        assert not seen.page.locator(hidden).is_visible()
    assert seen.page.locator("#date").text_content() == "2023-06-15"
    assert seen.serious_faults() == []


def test_500_regions_are_drawn_and_each_is_named_where_there_is_room(
    sample_engine: str, tmp_path: Path, visit: Visiting
) -> None:
    def field(number: int) -> dict[str, Any]:
        west, south = 11.55 + 0.0045 * (number % 25), 46.425 + 0.003 * (number // 25)
        ring = [
            [west, south],
            [west + 0.003, south],
            [west + 0.003, south + 0.002],
            [west, south + 0.002],
            [west, south],
        ]
        geometry = {"type": "Polygon", "coordinates": [ring]}
        return {"type": "Feature", "properties": {"name": f"Field {number}"}, "geometry": geometry}

    fields = {"type": "FeatureCollection", "features": [field(number) for number in range(500)]}
    with gee_scl.local_session(sample_engine):
        images = gee_scl.collection(AREA, "2023-06-15", "2023-06-16")
        path = write_map(images, fields, tmp_path / "map.html", id="name", true_color=False)
    page = visit(path.as_uri(), offline=True).page
    # A light casing and a dark line each.
    assert page.locator(".leaflet-regions-pane path").count() == 1000
    named = page.locator(".leaflet-tooltip.name:not(.crowded)")
    assert named.count() == 0
    page.select_option("#region", label="Field 321")
    page.click("#zoom-to")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.leaflet-tooltip.name:not(.crowded)')]"
        ".some(name => name.textContent === 'Field 321')"
    )
