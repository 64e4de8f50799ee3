"""The map page of a region across the antimeridian in a browser: pictures, tiles, outlines and places."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyproj
import pytest

import gee_scl
from tests.browser.conftest import Visiting
from tests.browser.places import CIRCUMFERENCE, Place, Screen
from tests.browser.test_map_page import differing, settled, without_outlines
from tests.support.across_180 import CRS, DAYS, GRID, SIDE, catalogue, codes, in_utm
from tests.support.engines import server_over, session_on

pytestmark = pytest.mark.long

pytest.importorskip("playwright.sync_api", reason="playwright is absent")

DAY = DAYS[1]
ZOOM = 14


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with server_over(catalogue(tmp_path_factory.mktemp("across"))) as server:
        yield server.url


def places() -> list[Place]:
    """The middles of the squares of one class, in metres that go on beyond the antimeridian."""
    middles = np.arange(10, SIDE, 20)
    to_metres = pyproj.Transformer.from_crs(CRS, "EPSG:3857", always_xy=True)
    found = []
    for row in middles[1:-1]:
        for column in middles[1:-1]:
            x, y = to_metres.transform(*(GRID @ (column + 0.5, row + 0.5)))
            found.append(Place(x % CIRCUMFERENCE, y, int(codes(DAY)[row, column])))
    return found


@pytest.mark.parametrize("live", [False, True])
def test_both_sides_are_painted_side_by_side(
    live: bool, engine: str, tmp_path: Path, visit: Visiting, served: Callable[[Path], str]
) -> None:
    with session_on(engine):
        images = gee_scl.collection()
        path = gee_scl.write_map(images, in_utm(), tmp_path / "map.html", true_color=False, live=live)
    seen = visit(f"{served(path)}#date={DAY}&zoom={ZOOM}&lat=-17&lon=180.002", offline=False)
    settled(seen, day=DAY)
    box = seen.page.locator("#map").bounding_box()
    x, y = pyproj.Transformer.from_crs(4326, 3857, always_xy=True).transform(-179.998, -17)
    view = Screen(x % CIRCUMFERENCE, y, ZOOM, box["width"], box["height"])
    # The outline is within the view, and nothing of it leads round the Earth.
    lines = [line.bounding_box() for line in seen.page.locator(".leaflet-regions-pane path").all()]
    shown = [line for line in lines if line]
    assert shown
    assert all(300 < line["width"] < 600 for line in shown)
    without_outlines(seen)
    settled(seen, day=DAY)
    looked_at = [place for place in places() if view._is_free(*view.pixel(place))]
    assert {place.x < CIRCUMFERENCE / 2 for place in looked_at} == {True, False}
    assert len(looked_at) >= 30
    assert differing(seen, view, looked_at) == []
    # A place beyond 180 degrees is read out as people write it.
    eastern = next(place for place in looked_at if place.x > CIRCUMFERENCE / 2 + 500)
    column, row = view.pixel(eastern)
    seen.page.mouse.move(box["x"] + column, box["y"] + row)
    seen.page.wait_for_function("() => document.querySelector('#inspector .words').textContent.includes('-179.9')")
    assert f"({eastern.code})" in seen.page.locator("#inspector .words").text_content()
