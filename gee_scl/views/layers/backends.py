"""The two kinds of maps that layers go on, ipyleaflet's and folium's, and what both are told to show."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, cast

from gee_scl.errors import ArgumentError
from gee_scl.options.choices import MapBackend
from gee_scl.views.layers.legends import Legend
from gee_scl.views.layers.tiles import Tiles

if TYPE_CHECKING:
    from gee_scl.views.layers.shapes import Shape

__all__ = ["Added"]

_MODULES: dict[MapBackend, str] = {
    MapBackend.IPYLEAFLET: "gee_scl.views.layers.ipyleaflet_maps",
    MapBackend.FOLIUM: "gee_scl.views.layers.folium_maps",
}


@dataclass(frozen=True, repr=False)
class Added:
    """What was added to a map, to be changed or removed.

    Attributes:
        layers: layers of the map's own kind, in the order of the views: ipyleaflet's have `visible` and `opacity`.
        controls: legends and tools, of the map's own kind.
        widget: what a tool consists of, such as a slider with its play button, on an ipyleaflet map; None elsewhere.

    Examples:
        >>> m = layers.new_map(fields)
        >>> added = layers.add_classes(m, image)
        >>> added
        <Added: 1 layer, 1 control>
        >>> added.layer.name
        '2023-05-08 32TPS'
        >>> added.layer.visible = False
        >>> len(m.layers)
        2
        >>> added.remove()
        >>> len(m.layers)  # the background stays
        1
    """

    layers: tuple[Any, ...] = ()
    controls: tuple[Any, ...] = ()
    widget: Any = None
    _remove: Callable[[], None] = field(default=lambda: None)

    @property
    def layer(self) -> Any:
        """The layer, or the first of several; None where there is none."""
        return self.layers[0] if self.layers else None

    def remove(self) -> None:
        """Take it all off the map again; what is not there any more is passed over."""
        self._remove()

    def __repr__(self) -> str:
        counts = ((len(self.layers), "layer"), (len(self.controls), "control"))
        return f"<Added: {', '.join(f'{n} {what}' + 's' * (n != 1) for n, what in counts)}>"


class Backend(Protocol):
    """What layers ask of a kind of map."""

    def make_map(self, center: tuple[float, float], zoom: int, options: dict[str, Any]) -> Any:
        """Make an empty map around a place (latitude, longitude)."""

    def add_tiles(self, map: Any, tiles: Sequence[Tiles], legend: Legend | None) -> Added:
        """Add a layer for each, all at once; hidden ones ask for nothing until they are shown, where that can be."""

    def add_shapes(self, map: Any, name: str, shapes: Sequence[Shape], legend: Legend | None) -> Added:
        """Add regions as one layer, with their texts."""

    def split(self, map: Any, left: Tiles, right: Tiles, legends: Sequence[Legend]) -> Added:
        """Add two layers with a divider between them."""

    def slide(self, map: Any, tiles: Sequence[Tiles], first: int, legend: Legend | None) -> Added:
        """Add one layer of several at a time, with a slider."""


def kind_of(map: object) -> MapBackend:
    """Tell the kind of a map by its classes: nothing is imported for it.

    Raises:
        ArgumentError: it is neither ipyleaflet's nor folium's.
    """
    for parent in type(map).__mro__:
        package = parent.__module__.partition(".")[0]
        if parent.__name__ == "Map" and package in list(MapBackend):
            return MapBackend.of("map", package)
    hint = "gee_scl.layers.new_map() makes one."
    raise ArgumentError("map", map, "a map of ipyleaflet or folium, such as geemap.Map", hint)


def longitude_of(map: Any) -> float:
    """Tell the longitude of a map's centre, in the turn round the Earth that it shows; 0 where it has none yet.

    Args:
        map: ipyleaflet's, which has a centre, or folium's, which has a location.
    """
    center = getattr(map, "center", None) or getattr(map, "location", None) or (0.0, 0.0)
    return float(center[1])


def backend_for(kind: MapBackend) -> Backend:
    """Load the functions for a kind of map, and its package with them."""
    return cast("Backend", importlib.import_module(_MODULES[kind]))


def __dir__() -> list[str]:
    return __all__
