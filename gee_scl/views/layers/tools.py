"""Tools on a map: a divider between two views, and what is at a place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gee_scl.errors import ArgumentError
from gee_scl.options.arguments import checked
from gee_scl.options.choices import MapBackend
from gee_scl.requests.door import Door
from gee_scl.requests.run import Run, checked_run
from gee_scl.views.layers.backends import Added, backend_for, kind_of
from gee_scl.views.layers.inspection import Finding, checked_views, look_up
from gee_scl.views.layers.legends import legend_of
from gee_scl.views.layers.tiles import tiles_of
from gee_scl.views.view import View, checked_view

__all__ = ["inspector", "split_map"]


@checked()
def split_map(map: Any, left: View, right: View, *, legend: bool = True, run: Run | None = None) -> Added:
    """Show one view on the left and another on the right, with a divider to move.

    Add it last: ipyleaflet's divider loses its layers when others are added to the map later.

    Args:
        map: an ipyleaflet or folium map.
        left: what to show on the left, such as `class_view(image)`.
        right: what to show on the right, such as `true_color_view(image)`.
        legend: whether to add the legends of both.
        run: how the job runs: the limits of its requests, and its label.

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
    backend = backend_for(kind_of(map))
    sides = checked_view(left, "left"), checked_view(right, "right")
    tiles = tiles_of(sides, run=checked_run(run))
    legends = dict.fromkeys(legend_of(view) for view in sides) if legend else {}
    return backend.split(map, tiles[0], tiles[1], [one for one in legends if one is not None])


@checked()
def inspector(map: Any, views: View | Sequence[View], *, run: Run | None = None) -> Added:
    """Say what is where the map is clicked: the class's name, code and colour, and the image's date.

    Args:
        map: an ipyleaflet map. (A folium map is a page, which has nobody to ask.)
        views: one or several views of classes, such as `class_view` gives.
        run: how the job runs: the limits of its requests, and its label.

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
    if kind_of(map) is not MapBackend.IPYLEAFLET:
        hint = "A folium map is a page, which cannot ask what is at a place."
        raise ArgumentError("map", type(map).__name__, "an ipyleaflet map, such as geemap.Map", hint)
    of_classes, how = checked_views(views), checked_run(run)

    def look(longitude: float, latitude: float) -> list[Finding]:
        return look_up(of_classes, longitude, latitude, Door(how))

    # ipyleaflet is loaded where the map is one of its own, and not before.
    from gee_scl.views.layers.ipyleaflet_maps import inspect

    return inspect(map, look)


def __dir__() -> list[str]:
    return __all__
