"""Layers of the dates of a collection: one for each, or one at a time with a slider."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import ee

from gee_scl.classes.band_schemes import SCL_BY_DEFAULT
from gee_scl.classes.schemes import Scheme
from gee_scl.options.arguments import checked
from gee_scl.options.choices import By, Choice, Day
from gee_scl.requests.door import Door
from gee_scl.requests.run import Run
from gee_scl.views.layers.backends import Added, backend_for, kind_of
from gee_scl.views.layers.dates import MakeView, dated_views
from gee_scl.views.layers.legends import legend_of
from gee_scl.views.layers.tiles import checked_opacity, tiles_of

__all__ = ["add_collection", "time_slider"]


class Shown(Choice):
    """Which of a collection's layers is shown at first."""

    NEWEST = "newest", "the latest"
    NONE = "none", "none"


@checked()
def add_collection(
    map: Any,
    images: ee.ImageCollection,
    scheme: str | Scheme = SCL_BY_DEFAULT,
    *,
    band: str = "SCL",
    by: By | str = "image",
    day: Day | str = "utc",
    view: MakeView | None = None,
    shown: Shown | str = "newest",
    opacity: float = 1.0,
    legend: bool = True,
    run: Run | None = None,
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
        band: the band of class codes. One that is not called SCL has the classes that its image gives for it
            (`with_class_properties`), where no scheme is named; to see that takes a request.
        by: "image" gives each image a layer, "date" the mosaic of each day, as `daily_mosaics` makes it.
        day: whose day that is, "utc" or "solar", as in `with_period`.
        view: makes the view of an image, such as `true_color_view`; None shows its classes.
        shown: "newest" shows the latest layer at first, "none" none.
        opacity: of each layer, as in `add_view`.
        legend: whether to add a legend, one for all.
        run: how the job runs: the limits of its requests, and its label.

    Returns:
        What was added; `layers` are in the order of time.

    Raises:
        ArgumentError: an argument that cannot be used.
        CollectionError: the collection holds no image (why, one request more finds out).
        SchemeError: the scheme does not exist.
        RequestError: Earth Engine refused.
        NotInitializedError: no session is open.

    Warns:
        DayWarning: with by="date", midnight UTC cuts a pass in two.

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
    backend, first = backend_for(kind_of(map)), Shown.of("shown", shown)
    checked_opacity(opacity)
    dated = dated_views(images, scheme, band=band, by=by, day=day, view=view, door=Door(run))
    tiles = tiles_of(dated.views, synthetic=dated.synthetic, shown=False, opacity=opacity, run=run)
    if first is Shown.NEWEST:
        tiles[-1] = replace(tiles[-1], shown=True)
    return backend.add_tiles(map, tiles, legend_of(dated.views[-1]) if legend else None)


@checked()
def time_slider(
    map: Any,
    images: ee.ImageCollection,
    scheme: str | Scheme = SCL_BY_DEFAULT,
    *,
    band: str = "SCL",
    by: By | str = "date",
    day: Day | str = "utc",
    view: MakeView | None = None,
    opacity: float = 1.0,
    legend: bool = True,
    run: Run | None = None,
) -> Added:
    """Add a layer that shows one date of a collection at a time, with a slider and a play button.

    The slider moves by the arrow keys too. On an ipyleaflet map a date's tiles are requested when it is chosen for the
    first time, and what goes wrong is said below the slider; on a folium map all map ids are requested when the map is
    written, eight at a time.

    Args:
        map: an ipyleaflet or folium map.
        images: with a band of class codes.
        scheme: which codes make which class: a name in `SCHEMES` or a `Scheme`.
        band: the band of class codes. One that is not called SCL has the classes that its image gives for it
            (`with_class_properties`), where no scheme is named; to see that takes a request.
        by: "date" shows the mosaic of each day, "image" each image.
        day: whose day that is, as in `add_collection`.
        view: makes the view of an image, such as `true_color_view`; None shows its classes.
        opacity: of the layer, as in `add_view`.
        legend: whether to add the legend.
        run: how the job runs: the limits of its requests, and its label.

    Returns:
        What was added; on an ipyleaflet map `widget.slider` is the slider. It begins with the newest date.

    Raises:
        CollectionError: the collection holds no image (why, one request more finds out).
        GeeSclError: as `add_collection` does.

    Warns:
        DayWarning: likewise.

    Requests: one for the list of images; then one for each date when it is first chosen.

    Examples:
        >>> m = layers.new_map(fields)
        >>> added = layers.time_slider(m, images)
        >>> len(added.widget.slider.options), added.widget.slider.value
        (9, '2023-08-26')
        >>> added.widget.slider.value = "2023-05-08"
    """
    backend = backend_for(kind_of(map))
    checked_opacity(opacity)
    dated = dated_views(images, scheme, band=band, by=by, day=day, view=view, door=Door(run))
    tiles = tiles_of(dated.views, synthetic=dated.synthetic, opacity=opacity, run=run)
    return backend.slide(map, tiles, len(tiles) - 1, legend_of(dated.views[-1]) if legend else None)


def __dir__() -> list[str]:
    return __all__
