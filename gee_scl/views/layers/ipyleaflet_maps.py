"""Layers, legends and tools on ipyleaflet maps, of which geemap.Map is one.

Loads ipyleaflet, so it is imported where such a map is at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import ee
import ipyleaflet  # type: ignore[import-untyped]
import ipywidgets  # type: ignore[import-untyped]

from gee_scl.errors import GeeSclError
from gee_scl.requests.connection import is_open
from gee_scl.views.layers.backends import Added
from gee_scl.views.layers.legends import Legend
from gee_scl.views.layers.shapes import Shape, shapes_geojson
from gee_scl.views.layers.shares import box_in_view
from gee_scl.views.layers.tile_urls import BLANK_TILE, MOST_ZOOM, request_all
from gee_scl.views.layers.tiles import Tiles
from gee_scl.views.layers.widgets import DateSlider, LegendBox, TextBox

if TYPE_CHECKING:
    from gee_scl.views.layers.inspection import Finding

_NO_MARKUP = str.maketrans({"<": "‹", ">": "›"})
"""A layer's name is text in geemap's layer manager and HTML in ipyleaflet's layers control: so it has no markup."""


class ViewLayer(ipyleaflet.TileLayer):  # type: ignore[misc]
    """The tiles of a view, whose map id is requested when the layer is shown for the first time.

    Leaflet loads the tiles of a hidden layer too, so a layer that was never shown has a transparent pixel for tiles.

    Args:
        tiles: what it shows.
        fail: called with the text of an error when the map id is refused; the layer is hidden then.

    Attributes:
        tiles: what it shows.
    """

    def __init__(self, tiles: Tiles, fail: Callable[[str], None]) -> None:
        self.tiles = tiles
        self.url: str
        self._fail = fail
        super().__init__(
            url=tiles.url.get() if tiles.shown else BLANK_TILE,
            name=tiles.view.name.translate(_NO_MARKUP),
            attribution=tiles.attribution,
            opacity=tiles.opacity,
            visible=tiles.shown,
            max_zoom=MOST_ZOOM,
        )
        self.observe(self._first_shown, "visible")

    def _first_shown(self, change: Any) -> None:
        if not change["new"] or self.url != BLANK_TILE:
            return
        # A click in the browser has nobody to raise to.
        try:
            self.url = self.tiles.url.get()
        except GeeSclError as error:
            self.visible = False
            self._fail(str(error))


class ShapeLayer(ipyleaflet.GeoJSON):  # type: ignore[misc]
    """Regions, whose texts are shown where the pointer is."""


def make_map(center: tuple[float, float], zoom: int, options: dict[str, Any]) -> Any:
    """Make a geemap.Map that asks for no credentials."""
    import geemap

    map = geemap.Map(center=list(center), zoom=zoom, ee_initialize=False, **options)
    if is_open():
        map.roi_reducer = ee.Reducer.mean()  # geemap sets it with a session only, and plots by it
    return map


def add_tiles(map: Any, tiles: Sequence[Tiles], legend: Legend | None) -> Added:
    """Add a layer for each, all at once: geemap makes its list of layers anew after each change."""
    request_all([one.url for one in tiles if one.shown])
    layers = [ViewLayer(one, lambda text: _notice(map, text)) for one in tiles]
    _put_on(map, layers)
    for layer in layers:
        _register(map, layer)
    return _with_controls(map, layers, legend)


def add_shapes(map: Any, name: str, shapes: Sequence[Shape], legend: Legend | None) -> Added:
    """Add regions as one layer; the text of the region under the pointer is in a corner."""
    layer = ShapeLayer(
        data=shapes_geojson(shapes), name=name.translate(_NO_MARKUP), hover_style={"weight": 3, "dashArray": ""}
    )
    corner = ipywidgets.HTML("Point at a region.", layout=ipywidgets.Layout(padding="2px 6px"))

    def pointed_at(feature: Any = None, **_: Any) -> None:
        corner.value = (feature or {}).get("properties", {}).get("text", "")

    layer.on_hover(pointed_at)
    layer.on_click(pointed_at)
    _put_on(map, [layer])
    control = ipyleaflet.WidgetControl(widget=corner, position="bottomleft")
    return _with_controls(map, [layer], legend, [control])


def split(map: Any, left: Tiles, right: Tiles, legends: Sequence[Legend]) -> Added:
    """Add two layers with a divider; the layers are the control's, not the map's."""
    request_all([left.url, right.url])
    layers = [ViewLayer(one, lambda text: _notice(map, text)) for one in (left, right)]
    divider = ipyleaflet.SplitMapControl(left_layer=layers[0], right_layer=layers[1])
    controls = [divider]
    for layer, position in zip(layers, ("bottomleft", "bottomright"), strict=True):
        label = ipywidgets.Label(layer.name, layout=ipywidgets.Layout(padding="0 6px"))
        controls.append(ipyleaflet.WidgetControl(widget=label, position=position))
    controls += [_control(LegendBox(legend)) for legend in legends]
    map.controls = (*map.controls, *controls)
    return Added(tuple(layers), tuple(controls), _remove=lambda: _take_off(map, [], controls))


def slide(map: Any, tiles: Sequence[Tiles], first: int, legend: Legend | None) -> Added:
    """Add one layer whose tiles are those of the date that is chosen, each map id requested once."""
    opening = tiles[first]
    layer = ipyleaflet.TileLayer(
        url=opening.url.get(),
        name=legend.title.translate(_NO_MARKUP) if legend else "Dates",
        attribution=opening.attribution,
        opacity=opening.opacity,
        max_zoom=MOST_ZOOM,
    )

    def show(position: int) -> None:
        layer.url = tiles[position].url.get()

    slider = DateSlider([one.view.name for one in tiles], show, first)
    _put_on(map, [layer])
    return _with_controls(map, [layer], legend, [ipyleaflet.WidgetControl(widget=slider, position="topleft")], slider)


def inspect(map: Any, look_up: Callable[[float, float], Sequence[Finding]]) -> Added:
    """Add a corner that says what is where the map was clicked.

    Args:
        map: the map.
        look_up: called with longitude and latitude; what it raises is shown as text.
    """
    text = TextBox("Click on the map.", label="Class at a place")
    control = ipyleaflet.WidgetControl(widget=text, position="topright")
    cursor = map.default_style

    def clicked(**event: Any) -> None:
        if event.get("type") != "click":
            return
        latitude, longitude = event["coordinates"]
        where = f"{latitude:.5f}, {longitude:.5f}"
        text.say(where, "Looking ...")
        try:
            findings = look_up(longitude, latitude)
        except GeeSclError as error:
            text.say(where, str(error))
            return
        lines = [line for finding in findings for line in finding.lines]
        text.say(*lines, where, color=findings[0].color if len(findings) == 1 else None)

    def remove() -> None:
        map.on_interaction(clicked, remove=True)
        map.default_style = cursor
        _take_off(map, [], [control])

    map.default_style = {"cursor": "crosshair"}
    map.on_interaction(clicked)
    map.controls = (*map.controls, control)
    return Added((), (control,), text, remove)


def _put_on(map: Any, layers: Sequence[Any]) -> None:
    """Put layers on the map; those of ours that have the same names go, as geemap does it when a cell is run again."""
    names = {layer.name for layer in layers}
    replaced = [one for one in map.layers if isinstance(one, ViewLayer | ShapeLayer) and one.name in names]
    map.layers = (*(one for one in map.layers if one not in replaced), *layers)
    for layer in replaced:
        layer.close()


def _register(map: Any, layer: ViewLayer) -> None:
    """Tell geemap what the layer shows, for its own tools: they find layers in this dictionary."""
    registered = getattr(map, "ee_layers", None)
    if isinstance(registered, dict):
        view = layer.tiles.view
        shown = view.image if view.codes is None else view.codes
        registered[layer.name] = {"ee_object": shown, "ee_layer": layer, "vis_params": {}}


def _with_controls(
    map: Any, layers: Sequence[Any], legend: Legend | None, controls: Sequence[Any] = (), widget: Any = None
) -> Added:
    """Put the legend and tools of layers on the map, which go when the last of the layers goes, however it does."""
    own = list(controls)
    box = None if legend is None else _legend_box(map, legend)
    map.controls = (*map.controls, *own)
    if box is not None:
        box.widget.follow(layers)

    def layers_changed(_change: object) -> None:
        gone = [layer for layer in layers if layer not in map.layers]
        for layer in gone:
            _forget(map, layer)
        if box is not None and gone and not box.widget.leave(gone):
            if not box.widget.is_plain:
                map.unobserve(box.widget.moved, "bounds")
            _take_off(map, [], [box])
        if len(gone) == len(layers):
            map.unobserve(layers_changed, "layers")
            _take_off(map, [], own)

    map.observe(layers_changed, "layers")
    shown = (*own, box) if box is not None else tuple(own)
    return Added(tuple(layers), shown, widget, lambda: _take_off(map, layers, own))


def _legend_box(map: Any, legend: Legend) -> Any:
    """Find the control with this legend: one that is there already, if it says the same, else a new one."""
    for control in map.controls:
        box = getattr(control, "widget", None)
        if isinstance(box, LegendBox) and box.is_plain and box.legend == legend and legend.in_view is None:
            return control
    in_view = legend.in_view
    if in_view is None:
        control = _control(LegendBox(legend))
    else:
        box = LegendBox(legend, lambda: in_view(box_in_view(map.bounds)))
        map.observe(box.moved, "bounds")
        control = _control(box)
    map.controls = (*map.controls, control)
    return control


def _control(box: LegendBox) -> Any:
    return ipyleaflet.WidgetControl(widget=box, position="bottomright")


def _forget(map: Any, layer: Any) -> None:
    registered = getattr(map, "ee_layers", {})
    if registered.get(layer.name, {}).get("ee_layer") is layer:
        del registered[layer.name]


def _take_off(map: Any, layers: Sequence[Any], controls: Sequence[Any]) -> None:
    if any(layer in map.layers for layer in layers):
        map.layers = tuple(layer for layer in map.layers if layer not in layers)
    if any(control in map.controls for control in controls):
        map.controls = tuple(control for control in map.controls if control not in controls)
    for widget in (*layers, *controls):
        widget.close()


def _notice(map: Any, text: str) -> None:
    """Put a text over the map that can be closed: what went wrong where nobody could be raised to."""
    box = TextBox(text, label="A layer cannot be shown")
    close = ipywidgets.Button(description="Close", layout=ipywidgets.Layout(width="6em"))
    control = ipyleaflet.WidgetControl(widget=ipywidgets.VBox([box, close]), position="topright")
    close.on_click(lambda _: _take_off(map, [], [control]))
    map.controls = (*map.controls, control)
