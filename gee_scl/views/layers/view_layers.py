"""Layers of one view: any view, and the two that are asked for most, classes and true colour."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import ee

from gee_scl.classes.band_schemes import SCL_BY_DEFAULT, is_open
from gee_scl.classes.carried import SCL_BAND
from gee_scl.classes.schemes import Scheme
from gee_scl.classes.selection import ClassSelection
from gee_scl.options.arguments import checked
from gee_scl.options.choices import MapBackend
from gee_scl.requests.door import Door
from gee_scl.requests.run import Run, checked_run
from gee_scl.scenes.band_classes import scheme_of_images
from gee_scl.views.layers.backends import Added, backend_for, kind_of
from gee_scl.views.layers.dates import named_view
from gee_scl.views.layers.legends import legend_of, legend_with_shares
from gee_scl.views.layers.shares import check_shares
from gee_scl.views.layers.tiles import checked_opacity, tiles_of
from gee_scl.views.view import TRUE_COLOR_BANDS, View, checked_view, class_view, true_color_view

__all__ = ["add_classes", "add_true_color", "add_view"]


@checked()
def add_view(
    map: Any,
    view: View,
    *,
    shown: bool = True,
    opacity: float = 1.0,
    legend: bool = True,
    shares: object = None,
    run: Run | None = None,
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
        run: how the job runs: the limits of its requests, and its label.

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

        Masks and percentages are views too:

        >>> water = gee_scl.class_mask(image, "water", seen_only=True)
        >>> layers.add_view(m, views.mask_view(water, name="Water", color="0000ff")).layer.name
        'Water'
        >>> seen = views.percent_view(gee_scl.occurrence(images, "water"), name="Occurrence of water")
        >>> added = layers.add_view(m, seen)
        >>> [entry.label for entry in added.controls[0].widget.legend.entries]
        ['0 %', '25 %', '50 %', '75 %', '100 %']
    """
    return _add(map, view, None, shown=shown, opacity=opacity, legend=legend, shares=shares, run=checked_run(run))


def _add(
    map: Any, view: View, synthetic: bool | None, *, shown: bool, opacity: float, legend: bool, shares: object, run: Run
) -> Added:
    kind, view = kind_of(map), checked_view(view)
    drawn = legend_of(view) if legend else None
    if shares is not None and shares is not False:
        drawn = legend_with_shares(view, shares, can_ask=kind is MapBackend.IPYLEAFLET, run=run)
    tiles = tiles_of([view], synthetic=synthetic, shown=shown, opacity=opacity, run=run)
    return backend_for(kind).add_tiles(map, tiles, drawn)


@checked()
def add_classes(
    map: Any,
    image: ee.Image,
    scheme: str | Scheme = SCL_BY_DEFAULT,
    *,
    band: str = "SCL",
    name: str | None = None,
    shown: bool = True,
    opacity: float = 1.0,
    legend: bool = True,
    shares: object = None,
    run: Run | None = None,
) -> Added:
    """Add the classes of an image in their colours.

    Args:
        map: an ipyleaflet or folium map.
        image: with a band of class codes.
        scheme: which codes make which class: a name in `SCHEMES` or a `Scheme`.
        band: the band of class codes. One that is not called SCL has the classes that its image gives for it
            (`with_class_properties`), where no scheme is named; to see that takes a request.
        name: of the layer; None asks Earth Engine for the image's day (UTC) and tile. What has neither has the scheme's
            title.
        shown: as in `add_view`.
        opacity: as in `add_view`.
        legend: as in `add_view`.
        shares: as in `add_view`.
        run: as in `add_view`.

    Returns:
        What was added.

    Raises:
        CollectionError: the image was made of a collection that holds no image, and no name is given.
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
    checked_opacity(opacity)
    check_shares(shares)
    run = checked_run(run)
    if is_open(scheme, band):
        scheme = scheme_of_images(scheme, image, band, Door(run), "image")
    view = class_view(image, scheme, band=band)
    added = {"shown": shown, "opacity": opacity, "legend": legend, "shares": shares}
    return _add_named(map, view, image, band, name, run, **added)


def _add_named(map: Any, view: View, image: ee.Image, band: str, name: str | None, run: Run, **options: Any) -> Added:
    """Add a view by a name, or by the day and tile of the image that it is of."""
    synthetic = None
    if name is None:
        named = named_view(view, ee.Image(image), band, Door(run))
        view, synthetic = named.view, named.synthetic
    else:
        view = replace(view, name=name)
    return _add(map, view, synthetic, run=run, **options)


@checked()
def add_true_color(
    map: Any,
    image: ee.Image,
    overlay: ClassSelection | None = None,
    *,
    name: str | None = None,
    shown: bool = True,
    opacity: float = 1.0,
    run: Run | None = None,
    **options: Any,
) -> Added:
    """Add an image or a composite in true colour, with classes laid over it where they are asked for.

    Args:
        map: an ipyleaflet or folium map.
        image: with three bands to show.
        overlay: the classes to lay over it, as in `gee_scl.true_color`. Those of a band that is not called SCL are
            those that its image gives for it, where no scheme is named; to see that takes a request.
        name: of the layer; None asks Earth Engine for the image's day (UTC) and tile.
        shown: as in `add_view`.
        opacity: of the layer, as in `add_view`.
        run: as in `add_view`.
        **options: as `gee_scl.true_color` takes them: bands, low, high, gamma, style, color and so on.

    Returns:
        What was added.

    Raises:
        CollectionError: the image was made of a collection that holds no image, and no name is given.
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
    checked_opacity(opacity)
    run = checked_run(run)
    class_band = options.get("band", SCL_BAND)
    if overlay is not None and is_open(options.get("scheme", SCL_BY_DEFAULT), class_band):
        options["scheme"] = scheme_of_images(SCL_BY_DEFAULT, image, class_band, Door(run), "image")
    view = true_color_view(image, overlay, **options)
    band = options.get("bands", TRUE_COLOR_BANDS)[0]
    return _add_named(map, view, image, band, name, run, shown=shown, opacity=opacity, legend=False, shares=None)


def __dir__() -> list[str]:
    return __all__
