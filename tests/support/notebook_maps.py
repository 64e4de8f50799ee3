"""What tests of notebook maps share: blocks of known classes, and how to read and use widgets and pages."""

from __future__ import annotations

from html.parser import HTMLParser

import folium
import ipyleaflet
import numpy as np
import pyproj

from tests.support.local.catalogues import GRID

BLOCK = 40
CODES = np.kron(np.arange(12, dtype=np.uint8).reshape(3, 4), np.ones((BLOCK, BLOCK), np.uint8))
"""A block of 40 x 40 pixels for each code."""

BANDS = {name: np.full(CODES.shape, 2800, np.uint16) for name in ("red", "green", "blue")}

HOSTILE = """<script>alert(1)</script>"'\\</script>&amp;"""

TO_DEGREES = pyproj.Transformer.from_crs("EPSG:32632", "EPSG:4326", always_xy=True)


def place_of(code: int) -> tuple[float, float]:
    """Longitude and latitude of the centre of a pixel in the middle of a code's block."""
    row, column = divmod(code, 4)
    return TO_DEGREES.transform(*(GRID @ ((column + 0.5) * BLOCK + 0.5, (row + 0.5) * BLOCK + 0.5)))


def box_of(codes: tuple[int, ...]) -> tuple[float, float, float, float]:
    """West, south, east, north around the middles of blocks, a few pixels wide."""
    longitudes, latitudes = zip(*map(place_of, codes), strict=True)
    return min(longitudes) - 5e-4, min(latitudes) - 5e-4, max(longitudes) + 5e-4, max(latitudes) + 5e-4


class Texts(HTMLParser):
    """Tags and texts of a piece of HTML, and what is in its scripts."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        (self.scripts if self.tags[-1:] == ["script"] else self.texts).append(data)


def legends(m: ipyleaflet.Map) -> list[str]:
    boxes = [control.widget for control in m.controls if isinstance(control, ipyleaflet.WidgetControl)]
    return [box.text.value for box in boxes if hasattr(box, "legend") and box.layout.display != "none"]


def click(m: ipyleaflet.Map, longitude: float, latitude: float) -> None:
    """What the browser sends when the map is clicked."""
    event = {"event": "interaction", "type": "click", "coordinates": [latitude, longitude]}
    m._handle_leaflet_event(None, event, None)


def show_window(m: ipyleaflet.Map, box: tuple[float, float, float, float]) -> None:
    """What the browser sends when the map has moved."""
    m.set_state(dict(zip(("west", "south", "east", "north"), box, strict=True)))


def script_of(page: folium.Map) -> str:
    return "".join(Texts(page.get_root().render()).scripts)
