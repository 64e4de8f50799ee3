"""Layers, legends and tools on folium maps, of which geemap.foliumap.Map is one.

A folium map is a page: it cannot ask for anything once it is written, so map ids are requested when it is. Loads
folium, so it is imported where such a map is at hand.

Leaflet takes the names and texts of layers for HTML, so they are escaped here.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from typing import Any

import folium
from branca.element import Element, MacroElement
from folium.plugins import Fullscreen, SideBySideLayers
from folium.template import Template

from gee_scl.views.layers.backends import Added
from gee_scl.views.layers.legends import Legend
from gee_scl.views.layers.shapes import Shape, shapes_geojson
from gee_scl.views.layers.tile_urls import BLANK_TILE, MOST_ZOOM, request_all
from gee_scl.views.layers.tiles import Tiles


class ViewTiles(folium.TileLayer):
    """The tiles of a view, whose map id is requested when the map is written.

    Args:
        tiles: what it shows.
        together: the tiles that are requested with it, several at a time.
        control: whether the layer control lists it.
    """

    def __init__(self, tiles: Tiles, together: Sequence[Tiles], *, control: bool = True) -> None:
        self.of = tiles
        self._together = together
        super().__init__(
            tiles=tiles.url.get() if tiles.url.is_requested else BLANK_TILE,
            name=html.escape(tiles.view.name),
            attr=tiles.attribution,
            overlay=True,
            control=control,
            show=tiles.shown,
            opacity=tiles.opacity,
            max_zoom=MOST_ZOOM,
        )

    def render(self, **kwargs: Any) -> Any:
        """Write the layer; requests what is not known yet, of all layers that were added with it."""
        request_all([one.url for one in self._together])
        self.tiles = self.of.url.get()
        return super().render(**kwargs)  # type: ignore[no-untyped-call]


class LegendControl(MacroElement):
    """A legend in a corner of the map."""

    _template = Template("""
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.control({position: "bottomright"});
        {{ this.get_name() }}.onAdd = function () {
            var box = L.DomUtil.create("div", "leaflet-bar");
            box.style.cssText = "background:#fff;color:#222;padding:4px 8px;max-height:24em;overflow:hidden auto";
            box.innerHTML = {{ this.html|tojson }};
            L.DomEvent.disableClickPropagation(box).disableScrollPropagation(box);
            return box;
        };
        {{ this.get_name() }}.addTo({{ this._parent.get_name() }});
        {% endmacro %}
    """)

    def __init__(self, legend: Legend) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "GeeSclLegend"
        self.legend = legend
        self.html = legend.html


class DateControl(MacroElement):
    """One layer of several dates at a time, with a slider, which arrow keys move too, and a play button.

    Args:
        tiles: one for each date.
        first: the position to begin with.
    """

    _template = Template("""
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = (function (map, dates, first, options) {
            var layer = null, timer = null;
            var control = L.control({position: "topleft"});
            control.onAdd = function () {
                var box = L.DomUtil.create("div", "leaflet-bar");
                box.style.cssText = "background:#fff;color:#222;padding:4px 8px";
                var play = L.DomUtil.create("button", "", box);
                play.type = "button";
                play.textContent = "Play";
                var slider = L.DomUtil.create("input", "", box);
                slider.type = "range";
                slider.min = 0;
                slider.max = dates.length - 1;
                slider.value = first;
                slider.setAttribute("aria-label", "Date");
                slider.style.cssText = "vertical-align:middle;margin:0 8px;width:14em";
                var label = L.DomUtil.create("output", "", box);
                function show() {
                    var date = dates[slider.value];
                    if (layer) { map.removeLayer(layer); }
                    layer = L.tileLayer(date.url, options).addTo(map);
                    label.textContent = date.label;
                    slider.setAttribute("aria-valuetext", date.label);
                }
                function step() {
                    slider.value = (Number(slider.value) + 1) % dates.length;
                    show();
                }
                slider.addEventListener("input", show);
                play.addEventListener("click", function () {
                    timer = timer ? clearInterval(timer) : setInterval(step, 1500);
                    play.textContent = timer ? "Stop" : "Play";
                });
                slider.hidden = play.hidden = dates.length < 2;
                L.DomEvent.disableClickPropagation(box).disableScrollPropagation(box);
                show();
                return box;
            };
            return control.addTo(map);
        })({{ this._parent.get_name() }}, {{ this.dates|tojson }}, {{ this.first|tojson }}, {{ this.options|tojson }});
        {% endmacro %}
    """)

    def __init__(self, tiles: Sequence[Tiles], first: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "GeeSclDates"
        self.of = tiles
        self.first = first
        self.dates: list[dict[str, str]] = []
        self.options = {
            "maxZoom": MOST_ZOOM,
            "opacity": tiles[first].opacity,
            "attribution": tiles[first].attribution,
        }

    def render(self, **kwargs: Any) -> Any:
        """Write the control; requests the map ids that are not known yet, several at a time."""
        request_all([one.url for one in self.of])
        self.dates = [{"label": one.view.name, "url": one.url.get()} for one in self.of]
        return super().render(**kwargs)  # type: ignore[no-untyped-call]


def make_map(center: tuple[float, float], zoom: int, options: dict[str, Any]) -> Any:
    """Make a folium.Map with a layer control, which stays behind the layers that are added later."""
    page = folium.Map(**{"location": list(center), "zoom_start": zoom, "max_zoom": MOST_ZOOM, **options})
    Fullscreen().add_to(page)  # type: ignore[no-untyped-call]
    folium.LayerControl().add_to(page)
    return page


def add_tiles(map: Any, tiles: Sequence[Tiles], legend: Legend | None) -> Added:
    """Add a layer for each; their map ids are requested together when the map is written."""
    return _put_on(map, [ViewTiles(one, tiles) for one in tiles], legend)


def add_shapes(map: Any, name: str, shapes: Sequence[Shape], legend: Legend | None) -> Added:
    """Add regions as one layer; the text of each is a tooltip."""
    layer = folium.GeoJson(
        shapes_geojson(shapes),
        name=html.escape(name),
        tooltip=folium.GeoJsonTooltip(fields=["text"], labels=False),
    )
    return _put_on(map, [layer], legend)


def split(map: Any, left: Tiles, right: Tiles, legends: Sequence[Legend]) -> Added:
    """Add two layers with a divider between them."""
    layers = [ViewTiles(one, (left, right), control=False) for one in (left, right)]
    added = _put_on(map, layers, None)
    divider = SideBySideLayers(*layers)  # type: ignore[no-untyped-call]
    controls = [divider, *(LegendControl(legend) for legend in legends)]
    for control in controls:
        map.add_child(control)
    _layer_control_last(map)
    return Added(added.layers, tuple(controls), _remove=lambda: _take_off(map, [*layers, *controls]))


def slide(map: Any, tiles: Sequence[Tiles], first: int, legend: Legend | None) -> Added:
    """Add one layer of several at a time, with a slider."""
    control = DateControl(tiles, first)
    map.add_child(control)
    added = _put_on(map, [], legend)
    elements = [control, *added.controls]
    return Added((), tuple(elements), _remove=lambda: _take_off(map, elements))


def _put_on(map: Any, layers: Sequence[Any], legend: Legend | None) -> Added:
    for layer in layers:
        map.add_child(layer)
    controls: list[Any] = []
    if legend is not None and not any(_is_legend(child, legend) for child in map._children.values()):
        controls.append(LegendControl(legend))
        map.add_child(controls[0])
    _layer_control_last(map)
    return Added(tuple(layers), tuple(controls), _remove=lambda: _take_off(map, [*layers, *controls]))


def _is_legend(child: object, legend: Legend) -> bool:
    return isinstance(child, LegendControl) and child.legend == legend


def _layer_control_last(map: Any) -> None:
    """Move the layer control behind the layers, whose variables it names."""
    for name, child in list(map._children.items()):
        if isinstance(child, folium.LayerControl):
            map._children.move_to_end(name)


def _take_off(map: Any, elements: Sequence[Any]) -> None:
    """Take elements off the map, and out of what the page's script has of them if it was written before."""
    script = getattr(map.get_root(), "script", None)
    for element in elements:
        map._children.pop(element.get_name(), None)
        for part in _parts(element):
            if script is not None:
                script._children.pop(part.get_name(), None)


def _parts(element: Element) -> Iterator[Any]:
    yield element
    for child in element._children.values():
        yield from _parts(child)
