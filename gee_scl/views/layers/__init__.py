"""Layers on notebook maps: classes, masks, true colour, occurrence and regions, with palette, names and legend.

The map comes first. It is any ipyleaflet map, such as `geemap.Map`, or any folium map, such as `geemap.foliumap.Map`.
An ipyleaflet map talks to the kernel, so that a layer can be requested when it is first shown and a click can be
answered. A folium map is a page, for which everything is requested when it is written.

    m = gee_scl.layers.new_map(fields)
    gee_scl.layers.add_classes(m, image)
    m

Every function returns what it has added, an `Added`: `added.layer.visible = False` hides, `added.remove()` takes off.
"""

from __future__ import annotations

from gee_scl.views.layers.adding import (
    add_class_shares,
    add_classes,
    add_collection,
    add_mask,
    add_occurrence,
    add_regions,
    add_true_color,
    add_view,
    inspector,
    new_map,
    split_map,
    time_slider,
)
from gee_scl.views.layers.backends import Added

__all__ = [
    "Added",
    "add_class_shares",
    "add_classes",
    "add_collection",
    "add_mask",
    "add_occurrence",
    "add_regions",
    "add_true_color",
    "add_view",
    "inspector",
    "new_map",
    "split_map",
    "time_slider",
]


def __dir__() -> list[str]:
    return __all__
