"""Adding layers to a notebook map: what each function takes, checks, and hands to the map's backend."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import ee

from gee_scl.classes.schemes import Scheme
from gee_scl.classes.selection import ClassSelection
from gee_scl.errors import ArgumentError
from gee_scl.expressions.occurrence import occurrence
from gee_scl.options.checks import Moment, number_between, one_of
from gee_scl.options.choices import By, Day, MapBackend
from gee_scl.requests.door import Door
from gee_scl.views.layers.backends import Added, Legend, Tiles, backend_for, kind_of
from gee_scl.views.layers.dates import DatedViews, MakeView, dated_views, named_view
from gee_scl.views.layers.inspection import Finding, check_views, look_up
from gee_scl.views.layers.shares import Shares, class_shares
from gee_scl.views.layers.tile_urls import TileUrl, attribution, serves_synthetic
from gee_scl.views.view import (
    PERCENT_PALETTE,
    View,
    class_view,
    mask_view,
    percent_view,
    true_color_view,
)

if TYPE_CHECKING:
    import pandas as pd

_FITTED = (800, 480)
"""Pixels that a region fills at the most when a map opens: a notebook's maps are about 900 wide and 600 high."""

_WORLD = ((20.0, 0.0), 2)

_TILE = 256

_MOST_LATITUDE = 85.0511
"""Degrees: where the square map of the web ends."""

_CLOSEST = 18
"""Zoom: a pixel of half a metre, which shows the smallest field among its neighbours."""


def new_map(region: object = None, *, backend: MapBackend | str = "ipyleaflet", **options: Any) -> Any:
    """A map to put layers on, around a region. It does not ask for credentials.

    Args:
        region: what to look at: anything that `class_statistics` takes as regions; None for the world.
        backend: "ipyleaflet" for a `geemap.Map`, "folium" for a `folium.Map`, which can be saved as a page. (geemap's
            own folium map is taken by all functions here too. With geemap 0.37 it can be had only by setting the
            environment variable USE_FOLIUM before geemap is imported: afterwards its import fails.)
        **options: passed on to the map, such as height or basemap.

    Returns:
        The map, which a notebook shows where it is the last line of a cell.

    Raises:
        ArgumentError: an unknown backend.
        RegionError: the region cannot be read.
        NotInitializedError: no session is open, and the region is known to Earth Engine alone.

    Requests: none; one for a region that only Earth Engine knows.

    Examples:
        >>> m = layers.new_map(fields)
        >>> m.zoom, [round(degrees, 2) for degrees in m.center]  # latitude and longitude
        (12.0, [46.46, 11.63])

        A page without a notebook, around west, south, east and north in degrees:

        >>> m = layers.new_map((11.60, 46.44, 11.65, 46.47), backend="folium")
        >>> added = layers.add_classes(m, image)
        >>> m.save("map.html")
    """
    backend = MapBackend.of("backend", backend)
    center, zoom = _WORLD if region is None else _around(region)
    return backend_for(backend).make_map(center, zoom, options)


def _around(region: object) -> tuple[tuple[float, float], int]:
    """Latitude and longitude of a region's middle, and the largest zoom that shows it all."""
    from gee_scl.regions.as_regions import as_region
    from gee_scl.views.drawing.outlines import outlines

    boxes = [outline.box for outline in outlines(as_region(region), Door())]
    west, south = (min(box[side] for box in boxes) for side in (0, 1))
    east, north = (max(box[side] for box in boxes) for side in (2, 3))
    # In Web Mercator the whole world is one tile at zoom 0.
    tiles = max((east - west) / 360 / _FITTED[0], (_northing(north) - _northing(south)) / _FITTED[1]) * _TILE
    zoom = _CLOSEST if tiles <= 0 else math.floor(-math.log2(tiles))
    return ((south + north) / 2, (west + east) / 2), min(max(zoom, 0), _CLOSEST)


def _northing(latitude: float) -> float:
    """How far north a latitude is on a web map, as a part of the map's height, from its middle."""
    limited = min(max(latitude, -_MOST_LATITUDE), _MOST_LATITUDE)
    return math.asinh(math.tan(math.radians(limited))) / (2 * math.pi)


def add_view(
    map: Any,
    view: View,
    *,
    shown: bool = True,
    opacity: float = 1.0,
    legend: bool = True,
    shares: object = None,
) -> Added:
    """Add a view, with its legend.

    A layer of this package that has the view's name already is replaced, so that a cell can be run again.

    Args:
        map: an ipyleaflet or folium map.
        view: what to show, as `gee_scl.views` makes it.
        shown: whether it is shown at first. On an ipyleaflet map nothing is requested for a hidden layer until
            `layer.visible` becomes true, as it does when geemap's list of layers is ticked.
        opacity: 0 to 1.
        legend: whether to add the legend. Layers with the same legend share it; it hides with the last of them.
        shares: says in the legend how much of the classified area each class has: of a region (anything that
            `class_statistics` takes), or with True of what is in view, measured whenever the legend's button is
            pressed. Pixels are 20 m, or as many more as make a million in all; the legend says it.

    Returns:
        What was added.

    Raises:
        ArgumentError: something that cannot be, such as shares of a view without classes.
        RequestError: Earth Engine refused.
        NotInitializedError: no session is open.

    Requests: one for the map id, when the layer is first shown (ipyleaflet) or the map is written (folium); one for
    shares, now or when the button is pressed; on a local engine one for the attribution.

    Examples:
        >>> m = layers.new_map(fields)
        >>> added = layers.add_view(m, views.class_view(image, "land", name="Land"), shares=fields)
        >>> added.layer.name
        'Land'
        >>> [(entry.label, round(entry.percent)) for entry in added.controls[0].widget.legend.entries]
        [('Vegetation', 53), ('Bare', 27), ('Water', 19), ('Snow', 0)]
    """
    return _add(map, view, None, shown=shown, opacity=opacity, legend=legend, shares=shares)


def _add(
    map: Any, view: View, synthetic: bool | None, *, shown: bool, opacity: float, legend: bool, shares: object
) -> Added:
    kind = kind_of(map)
    _check_view("view", view)
    drawn = _legend(view, shares, kind) if legend or shares is not None else None
    tiles = _tiles([view], synthetic, shown=shown, opacity=opacity)
    return backend_for(kind).add_tiles(map, tiles, drawn)


def _check_view(argument: str, view: object) -> None:
    if not isinstance(view, View):
        raise ArgumentError(argument, view, "a View, such as gee_scl.views.class_view(image) gives")


def _tiles(views: Sequence[View], synthetic: bool | None, *, shown: bool, opacity: float) -> list[Tiles]:
    number_between("opacity", opacity, 0, 1)
    if synthetic is None:
        synthetic = serves_synthetic()
    return [Tiles(TileUrl(view), attribution(view, synthetic=synthetic), shown, opacity) for view in views]


def _legend(view: View, shares: object, kind: str) -> Legend | None:
    plain = Legend(view.title or view.name, view.entries)
    if shares is None or shares is False:
        return plain if view.entries else None
    if view.codes is None or view.scheme is None:
        raise ArgumentError("shares", view.name, "None for a view without classes")
    if shares is not True:
        return _with_shares(plain, view, class_shares(view, shares, Door()), "in the region")
    if kind == "folium":
        hint = "A folium map is a page, which cannot ask for the shares of another view."
        raise ArgumentError("shares", shares, "a region, on a folium map", hint)
    return replace(plain, in_view=lambda box: _with_shares(plain, view, class_shares(view, box, Door()), "in view"))


def _with_shares(legend: Legend, view: View, shares: Shares, where: str) -> Legend:
    if not shares.percent:
        return replace(legend, note=f"{view.name}: nothing is classified {where}.")
    note = f"{view.name}: share of the classified area {where}; pixels of {shares.scale:,.0f} m."
    return replace(legend, entries=view.with_shares(shares.percent).entries, note=note)


def add_classes(
    map: Any,
    image: ee.Image,
    scheme: str | Scheme = "scl",
    *,
    band: str = "SCL",
    name: str | None = None,
    shown: bool = True,
    opacity: float = 1.0,
    legend: bool = True,
    shares: object = None,
) -> Added:
    """Add the classes of an image in their colours.

    Args:
        map: an ipyleaflet or folium map.
        image: with a band of class codes.
        scheme: which codes make which class: a name in `SCHEMES` or a `Scheme`.
        band: the band of class codes.
        name: of the layer; None asks Earth Engine for the image's day (UTC) and tile. What has neither has the scheme's
            title.
        shown: as in `add_view`.
        opacity: as in `add_view`.
        legend: as in `add_view`.
        shares: as in `add_view`.

    Returns:
        What was added.

    Raises:
        GeeSclError: as `add_view` does.
        SchemeError: the scheme does not exist.

    Requests: one for the name, and those of `add_view`.

    Examples:
        >>> m = layers.new_map(fields)
        >>> layers.add_classes(m, image).layer.name
        '2023-05-08 32TPS'

        Water, with its share of the six regions in the legend:

        >>> added = layers.add_classes(m, image, "water", name="Water", shares=fields)
        >>> [(entry.label, round(entry.percent)) for entry in added.controls[0].widget.legend.entries]
        [('Water', 19), ('Not water', 81)]
    """
    kind_of(map)
    view = class_view(image, scheme, band=band)
    return _add_named(map, view, image, band, name, shown=shown, opacity=opacity, legend=legend, shares=shares)


def _add_named(map: Any, view: View, image: ee.Image, band: str, name: str | None, **options: Any) -> Added:
    """Add a view under a name, or under the day and tile of the image that it is of."""
    synthetic = None
    if name is None:
        named = named_view(view, ee.Image(image), band, Door())
        view, synthetic = named.view, named.synthetic
    else:
        view = replace(view, name=name)
    return _add(map, view, synthetic, **options)


def add_true_color(
    map: Any,
    image: ee.Image,
    overlay: ClassSelection | None = None,
    *,
    name: str | None = None,
    shown: bool = True,
    opacity: float = 1.0,
    **options: Any,
) -> Added:
    """Add an image or a composite in true colour, with classes laid over it where they are asked for.

    Args:
        map: an ipyleaflet or folium map.
        image: with three bands to show.
        overlay: the classes to lay over it, as in `gee_scl.true_color`.
        name: of the layer; None asks Earth Engine for the image's day (UTC) and tile.
        shown: as in `add_view`.
        opacity: of the layer, as in `add_view`.
        **options: as `gee_scl.true_color` takes them: bands, low, high, gamma, style, color and so on.

    Returns:
        What was added.

    Raises:
        GeeSclError: as `add_view` and `gee_scl.true_color` do.

    Requests: one for the name, and those of `add_view`.

    Examples:
        >>> m = layers.new_map(fields)
        >>> layers.add_true_color(m, image, overlay="cloud").layer.name
        '2023-05-08 32TPS True colour'

        A composite has no day of its own:

        >>> median = gee_scl.composite(images, "median", bands=["B4", "B3", "B2"])
        >>> layers.add_true_color(m, median, name="Summer").layer.name
        'Summer'
    """
    kind_of(map)
    view = true_color_view(image, overlay, **options)
    band = options.get("bands", ("B4",))[0]
    return _add_named(map, view, image, band, name, shown=shown, opacity=opacity, legend=False, shares=None)


def add_mask(
    map: Any,
    mask: ee.Image,
    *,
    name: str = "Mask",
    label: str | None = None,
    color: str = "ff00ff",
    shown: bool = True,
    opacity: float = 1.0,
    legend: bool = True,
) -> Added:
    """Add a mask: one colour where its first band is not 0, nothing elsewhere.

    Args:
        map: an ipyleaflet or folium map.
        mask: such as `class_mask` gives.
        name: of the layer.
        label: of the legend's line; None takes the name.
        color: 'rrggbb'.
        shown: as in `add_view`.
        opacity: as in `add_view`.
        legend: as in `add_view`.

    Returns:
        What was added.

    Raises:
        GeeSclError: as `add_view` and `mask_view` do.

    Requests: those of `add_view`.

    Examples:
        >>> m = layers.new_map(fields)
        >>> water = gee_scl.class_mask(image, "water", seen_only=True)
        >>> added = layers.add_mask(m, water, name="Water", label="Lake", color="0000ff")
        >>> added.layer.name
        'Water'
        >>> [(entry.label, entry.color) for entry in added.controls[0].widget.legend.entries]
        [('Lake', '0000ff')]
    """
    kind_of(map)
    view = mask_view(mask, name=name, label=label, color=color)
    return _add(map, view, None, shown=shown, opacity=opacity, legend=legend, shares=None)


def add_occurrence(
    map: Any,
    images: ee.ImageCollection,
    classes: ClassSelection,
    *,
    clear: ClassSelection | None = "clear",
    band: str = "SCL",
    name: str | None = None,
    low: float = 0,
    high: float = 100,
    palette: Sequence[str] = PERCENT_PALETTE,
    shown: bool = True,
    opacity: float = 1.0,
    legend: bool = True,
) -> Added:
    """Add how often each pixel was of some classes, in percent of its clear observations.

    Args:
        map: an ipyleaflet or folium map.
        images: with a band of class codes.
        classes: what to look for, as in `gee_scl.occurrence`.
        clear: what counts as seen, as in `gee_scl.occurrence`.
        band: the band of class codes.
        name: of the layer; None makes one of the classes.
        low: percentage that has the first colour.
        high: percentage that has the last.
        palette: two or more 'rrggbb'.
        shown: as in `add_view`.
        opacity: as in `add_view`.
        legend: as in `add_view`.

    Returns:
        What was added.

    Raises:
        GeeSclError: as `add_view`, `gee_scl.occurrence` and `percent_view` do.

    Requests: those of `add_view`.

    Examples:
        >>> m = layers.new_map(fields)
        >>> added = layers.add_occurrence(m, images, "water")
        >>> added.layer.name
        'Occurrence of water'
        >>> [entry.label for entry in added.controls[0].widget.legend.entries]
        ['0 %', '25 %', '50 %', '75 %', '100 %']
    """
    kind_of(map)
    made = occurrence(images, classes, clear=clear, band=band)
    title = name or (f"Occurrence of {classes}" if isinstance(classes, str) else "Occurrence")
    view = percent_view(made, name=title, low=low, high=high, palette=palette)
    return _add(map, view, None, shown=shown, opacity=opacity, legend=legend, shares=None)


def add_collection(
    map: Any,
    images: ee.ImageCollection,
    scheme: str | Scheme = "scl",
    *,
    band: str = "SCL",
    by: By | str = "image",
    day: Day | str = "utc",
    view: MakeView | None = None,
    shown: Literal["newest", "none"] = "newest",
    opacity: float = 1.0,
    legend: bool = True,
) -> Added:
    """Add a layer for each image of a collection, or for each day, named by date and tile.

    On an ipyleaflet map a layer's tiles are requested when it is first shown: when its line in geemap's list of layers
    is ticked, or `layer.visible = True` is set. (The layers control of ipyleaflet itself does not say what it shows to
    the kernel, so it cannot show such a layer.) If Earth Engine refuses, a box on the map says why. On a folium map
    the map ids of all layers are requested when it is written, eight at a time.

    Args:
        map: an ipyleaflet or folium map.
        images: with a band of class codes.
        scheme: which codes make which class: a name in `SCHEMES` or a `Scheme`.
        band: the band of class codes.
        by: "image" gives each image a layer, "date" the mosaic of each day, as `daily_mosaics` makes it.
        day: whose day that is, "utc" or "solar", as in `with_period`.
        view: makes the view of an image, such as `true_color_view`; None shows its classes.
        shown: "newest" shows the latest layer at first, "none" none.
        opacity: of each layer, as in `add_view`.
        legend: whether to add a legend, one for all.

    Returns:
        What was added; `layers` are in the order of time.

    Raises:
        ArgumentError: an argument that cannot be used.
        CollectionError: the collection is empty.
        SchemeError: the scheme does not exist.
        RequestError: Earth Engine refused.
        NotInitializedError: no session is open.

    Requests: one for the list of images; then one for each layer when it is first shown.

    Examples:
        >>> m = layers.new_map(fields)
        >>> added = layers.add_collection(m, images.limit(4))
        >>> [layer.name for layer in added.layers]
        ['2023-05-08 32TPS', '2023-05-08 32TQS', '2023-05-21 32TPS', '2023-05-21 32TQS']
        >>> added.layers[0].visible = True  # its tiles are requested now

        >>> added = layers.add_collection(m, images.limit(4), by="date")
        >>> [(layer.name, layer.visible) for layer in added.layers]
        [('2023-05-08', False), ('2023-05-21', True)]
    """
    kind = kind_of(map)
    one_of("shown", shown, ("newest", "none"))
    number_between("opacity", opacity, 0, 1)
    dated = dated_views(images, scheme, band=band, by=by, day=day, view=view, door=Door())
    tiles = _tiles(dated.views, dated.synthetic, shown=False, opacity=opacity)
    if shown == "newest":
        tiles[-1] = replace(tiles[-1], shown=True)
    return backend_for(kind).add_tiles(map, tiles, _common_legend(dated, legend))


def _common_legend(dated: DatedViews, wanted: bool) -> Legend | None:
    newest = dated.views[-1]
    return Legend(newest.title, newest.entries) if wanted and newest.entries else None


def time_slider(
    map: Any,
    images: ee.ImageCollection,
    scheme: str | Scheme = "scl",
    *,
    band: str = "SCL",
    by: By | str = "date",
    day: Day | str = "utc",
    view: MakeView | None = None,
    opacity: float = 1.0,
    legend: bool = True,
) -> Added:
    """Add a layer that shows one date of a collection at a time, with a slider and a play button.

    The slider moves by the arrow keys too. On an ipyleaflet map a date's tiles are requested when it is chosen for the
    first time, and what goes wrong is said below the slider; on a folium map all map ids are requested when the map is
    written, eight at a time.

    Args:
        map: an ipyleaflet or folium map.
        images: with a band of class codes.
        scheme: which codes make which class: a name in `SCHEMES` or a `Scheme`.
        band: the band of class codes.
        by: "date" shows the mosaic of each day, "image" each image.
        day: whose day that is, as in `add_collection`.
        view: makes the view of an image, such as `true_color_view`; None shows its classes.
        opacity: of the layer, as in `add_view`.
        legend: whether to add the legend.

    Returns:
        What was added; on an ipyleaflet map `widget.slider` is the slider. It begins with the newest date.

    Raises:
        GeeSclError: as `add_collection` does.

    Requests: one for the list of images; then one for each date when it is first chosen.

    Examples:
        >>> m = layers.new_map(fields)
        >>> added = layers.time_slider(m, images)
        >>> len(added.widget.slider.options), added.widget.slider.value
        (9, '2023-08-26')
        >>> added.widget.slider.value = "2023-05-08"
    """
    kind = kind_of(map)
    number_between("opacity", opacity, 0, 1)
    dated = dated_views(images, scheme, band=band, by=by, day=day, view=view, door=Door())
    tiles = _tiles(dated.views, dated.synthetic, shown=True, opacity=opacity)
    return backend_for(kind).slide(map, tiles, len(tiles) - 1, _common_legend(dated, legend))


def split_map(map: Any, left: View, right: View, *, legend: bool = True) -> Added:
    """Show one view on the left and another on the right, with a divider to move.

    Add it last: ipyleaflet's divider loses its layers when others are added to the map later.

    Args:
        map: an ipyleaflet or folium map.
        left: what to show on the left, such as `class_view(image)`.
        right: what to show on the right, such as `true_color_view(image)`.
        legend: whether to add the legends of both.

    Returns:
        What was added: `layers` are the left and the right one.

    Raises:
        GeeSclError: as `add_view` does.

    Requests: one for each view, now (ipyleaflet) or when the map is written (folium); on a local engine one for the
    attribution.

    Examples:
        >>> m = layers.new_map(fields)
        >>> added = layers.split_map(m, views.class_view(image), views.true_color_view(image))
        >>> [layer.name for layer in added.layers]
        ['Scene classification', 'True colour']
    """
    kind = kind_of(map)
    _check_view("left", left)
    _check_view("right", right)
    tiles = _tiles([left, right], None, shown=True, opacity=1.0)
    legends = [Legend(view.title or view.name, view.entries) for view in (left, right) if view.entries and legend]
    return backend_for(kind).split(map, tiles[0], tiles[1], list(dict.fromkeys(legends)))


def inspector(map: Any, views: View | Sequence[View]) -> Added:
    """Say what is where the map is clicked: the class's name, code and colour, and the image's date.

    Args:
        map: an ipyleaflet map. (A folium map is a page, which has nobody to ask.)
        views: one or several views of classes, such as `class_view` gives.

    Returns:
        What was added; `widget` is the box with the text, which screen readers read when it changes.

    Raises:
        ArgumentError: a folium map, or views without classes.

    Requests: one for each click, for all views together. What goes wrong is said in the box.

    Examples:
        >>> m = layers.new_map(fields)
        >>> classes = views.class_view(image)
        >>> added = layers.add_view(m, classes)
        >>> box = layers.inspector(m, classes).widget
        >>> "Click on the map." in box.value
        True
    """
    if kind_of(map) != "ipyleaflet":
        hint = "A folium map is a page, which cannot ask what is at a place."
        raise ArgumentError("map", type(map).__name__, "an ipyleaflet map, such as geemap.Map", hint)
    chosen = [views] if isinstance(views, View) else list(views)
    check_views(chosen)

    def look(longitude: float, latitude: float) -> list[Finding]:
        return look_up(chosen, longitude, latitude, Door())

    # ipyleaflet is loaded where the map is one of its own, and not before.
    from gee_scl.views.layers.ipyleaflet_maps import inspect

    return inspect(map, look)


def add_regions(
    map: Any, regions: object, *, id: str | None = None, name: str = "Regions", color: str = "000000"
) -> Added:
    """Add the outlines of regions, with their names.

    Edges are drawn straight on the map, also where Earth Engine takes them for great circles: at 10 km that is metres.

    Args:
        map: an ipyleaflet or folium map.
        regions: anything that `class_statistics` takes.
        id: column of the regions that names them; without it they are numbered from 0.
        name: of the layer.
        color: 'rrggbb' of the lines.

    Returns:
        What was added. Names are shown where the pointer is.

    Raises:
        ArgumentError: it is no map.
        RegionError: regions that cannot be read.
        SchemeError: the colour is none.
        NotInitializedError: no session is open, and the regions are known to Earth Engine alone.

    Requests: none; one for regions that only Earth Engine knows.

    Examples:
        >>> m = layers.new_map(fields)
        >>> added = layers.add_regions(m, fields, id="name", name="Six regions", color="ff00ff")
        >>> added.layer.name
        'Six regions'
    """
    from gee_scl.regions.as_regions import as_regions
    from gee_scl.views.drawing.outlines import outlines
    from gee_scl.views.layers.shapes import plain_shapes

    kind = kind_of(map)
    shapes = plain_shapes(outlines(as_regions(regions, id=id), Door()), color)
    return backend_for(kind).add_shapes(map, name, shapes, None)


def add_class_shares(
    map: Any,
    frame: pd.DataFrame,
    regions: object,
    classes: ClassSelection,
    *,
    id: str | None = None,
    date: Moment | None = None,
    value: Literal["percent", "percent_of_region"] = "percent",
    scheme: str | Scheme | None = None,
    name: str | None = None,
    low: float = 0,
    high: float = 100,
    palette: Sequence[str] = PERCENT_PALETTE,
    legend: bool = True,
) -> Added:
    """Colour regions by the share of some classes, taken from class statistics.

    Args:
        map: an ipyleaflet or folium map.
        frame: what `class_statistics` returns, in the long layout, with one row for a region, day and class.
        regions: the regions that it was made with.
        classes: classes of the frame's scheme, by value or name; for the SCL groups as well, such as "cloud".
        id: column of the regions that names them, as the statistics were given it.
        date: a day, UTC; None takes all days together, each weighted by what was classified on it.
        value: "percent" of the classified area, or "percent_of_region".
        scheme: what the frame was made with, if it is one of your own.
        name: of the layer; None makes one of the classes and days.
        low: percentage where the first colour begins.
        high: percentage where the last ends.
        palette: 'rrggbb', from low to high, in equal steps.
        legend: whether to add the legend.

    Returns:
        What was added. The name and share of a region are shown where the pointer is; regions without a clear view are
        grey and dashed.

    Raises:
        ArgumentError: a frame that cannot be used, a day that it does not have, or regions that are not in it.
        ClassError: a class that the scheme does not have.
        SchemeError: a scheme that is not known, or a colour that is none.
        RegionError: regions that cannot be read.
        NotInitializedError: no session is open, and the regions are known to Earth Engine alone.

    Requests: none; one for regions that only Earth Engine knows.

    Examples:
        >>> m = layers.new_map(fields)
        >>> added = layers.add_class_shares(m, frame, fields, "water", id="name", date="2023-08-09")
        >>> added.layer.name
        'Water, 2023-08-09'

        >>> added = layers.add_class_shares(m, frame, fields, "water", id="name", high=50)
        >>> added.layer.name
        'Water, 2023-05-08 to 2023-08-26'
    """
    from gee_scl.regions.as_regions import as_regions
    from gee_scl.views.drawing.outlines import outlines
    from gee_scl.views.layers.shapes import SharePalette, region_shares, share_shapes

    kind = kind_of(map)
    colors = SharePalette(palette if isinstance(palette, str) else tuple(palette), low, high)  # type: ignore[arg-type]
    shares = region_shares(frame, classes, value=value, scheme=scheme, date=date)
    shapes = share_shapes(outlines(as_regions(regions, id=id), Door()), shares, colors)
    of = "classified area" if value == "percent" else "region"
    drawn = Legend(shares.title, colors.entries(), f"Percent of the {of}.") if legend else None
    return backend_for(kind).add_shapes(map, name or shares.title, shapes, drawn)
