"""Layers on notebook maps: classes, masks, true colour, occurrence and regions, with palette, names and legend.

The map comes first. It is any ipyleaflet map, such as `geemap.Map`, or any folium map, such as `geemap.foliumap.Map`.
An ipyleaflet map talks to the kernel, so that a layer can be requested when it is first shown and a click can be
answered. A folium map is a page, for which everything is requested when it is written.

    m = gee_scl.layers.new_map(fields)
    gee_scl.layers.add_classes(m, image)
    gee_scl.layers.add_view(m, gee_scl.views.mask_view(gee_scl.class_mask(image, "water"), name="Water"))
    m

Every function returns what it has added, an `Added`: `added.layer.visible = False` hides, `added.remove()` takes off.
"""

from __future__ import annotations

from gee_scl.views.layers.backends import Added
from gee_scl.views.layers.date_layers import add_collection, time_slider
from gee_scl.views.layers.maps import new_map
from gee_scl.views.layers.region_layers import add_class_shares, add_regions
from gee_scl.views.layers.tools import inspector, split_map
from gee_scl.views.layers.view_layers import add_classes, add_true_color, add_view

__all__ = [
    "Added",
    "add_class_shares",
    "add_classes",
    "add_collection",
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
