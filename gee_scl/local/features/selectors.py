"""Reading elements: what a selector means, where an element is, and how elements are ordered."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Literal, TypeAlias

import shapely

from gee_scl.local.errors import EvaluationError
from gee_scl.local.features.elements import chosen, stand_ins
from gee_scl.local.values import BAND_NAMES, FOOTPRINT, SYSTEM_ID, SYSTEM_VERSION, Collection, Date, Element, Feature
from gee_scl.local.vector.geometry import Geometry

Kind: TypeAlias = Literal["FeatureCollection", "ImageCollection"]
"""What a collection is of."""

ITEM = "item"
"""The selector of a list's own items, which have no properties (documented for List.filter)."""
GEOMETRY = ".geo"
WHOLE = ".all"
"""The element itself: what the client's filterBounds selects."""


def select(element: object, selector: str) -> object:
    """What a selector finds in an element, or in a plain item of a list; null where there is nothing."""
    if not isinstance(element, Element):
        return element if selector == ITEM else None
    if selector == WHOLE:
        return element
    return geometry_of(element) if selector == GEOMETRY else element.get(selector)


def shown_to(elements: Sequence[Any], selectors: Iterable[str]) -> Sequence[Any]:
    """Elements in which selectors find the same as in a collection's, for which as little is worked out as can be."""
    names = [FOOTPRINT if selector == GEOMETRY else selector for selector in selectors]
    return elements if _OF_THE_VALUE.intersection(names) else stand_ins(elements, names)


_OF_THE_VALUE = frozenset([WHOLE, BAND_NAMES, SYSTEM_ID, SYSTEM_VERSION])
"""Selectors of what follows from more than properties."""


def geometry_of(element: Element) -> Geometry | None:
    """Where an element is: a feature's geometry, an image's footprint, all geometries of a collection.

    An image without a footprint, such as a constant or a composite, is everywhere.
    """
    if isinstance(element, Feature):
        return element.geometry
    if isinstance(element, Collection):
        return merged(geometry_of(e) for e in element.elements)
    footprint = element.get(FOOTPRINT)
    return footprint if isinstance(footprint, Geometry) else Geometry.unbounded()


def as_geometry(value: object) -> Geometry | None:
    """A value that stands for a place, as a geometry; null for what does not."""
    if isinstance(value, Element):
        return geometry_of(value)
    return value if isinstance(value, Geometry) else None


def gathered(geometries: Iterable[Geometry | None]) -> Geometry | None:
    """Geometries side by side in one, nulls left out; null if there are none.

    Raises:
        EvaluationError: they do not share their projection and kind of edges, which Earth Engine requires as well.
    """
    parts = [g for g in geometries if g is not None]
    if not parts or len(parts) == 1:
        return parts[0] if parts else None
    if any(g.is_unbounded() for g in parts):
        return Geometry.unbounded()
    # Points have no edges that could differ.
    pattern = next((g for g in parts if not isinstance(g.shape, shapely.Point | shapely.MultiPoint)), parts[0])
    for part in parts:
        straight_alike = part.geodesic == pattern.geodesic or isinstance(part.shape, shapely.Point | shapely.MultiPoint)
        if part.crs != pattern.crs or not straight_alike:
            raise EvaluationError(
                "Collection.geometry: the geometries must share their projection and edge interpretation; "
                f"found {_plane(pattern)} and {_plane(part)}."
            )
    return replace(pattern, shape=shapely.GeometryCollection([g.shape for g in parts]), kind=None)


def merged(geometries: Iterable[Geometry | None]) -> Geometry | None:
    """The union of geometries, null if there are none; a single one stays as it is."""
    parts = [g for g in geometries if g is not None]
    whole = gathered(parts)
    return whole if whole is None or len(parts) == 1 or whole.is_unbounded() else whole.dissolve()


def _plane(geometry: Geometry) -> str:
    return f"{geometry.crs[:40]} with {'geodesic' if geometry.geodesic else 'planar'} edges"


def ordered(elements: Sequence[Element], selector: str, *, ascending: bool = True) -> Sequence[Element]:
    """Elements sorted by a selector, in their own order where it ties; those without a value come last.

    Raises:
        EvaluationError: the values cannot be put in one order.
    """
    keys = [_order_key(select(e, selector)) for e in shown_to(elements, [selector])]
    kinds = {key[0] for key in keys if key is not None}
    if len(kinds) > 1:
        raise EvaluationError(f"Cannot sort by '{selector}': its values are of different types, {sorted(kinds)}.")
    present = [(key[1], place) for place, key in enumerate(keys) if key is not None]
    present.sort(key=lambda pair: pair[0], reverse=not ascending)
    absent = [place for place, key in enumerate(keys) if key is None]
    return chosen(elements, [*(place for _, place in present), *absent])


def _order_key(value: object) -> tuple[str, Any] | None:
    match value:
        case None:
            return None
        case bool() | int() | float():
            return "Number", value
        case str():
            return "String", value
        case Date():
            return "Date", value.milliseconds
    raise EvaluationError(
        f"Cannot sort by values such as {value!r:.80}: only numbers, strings and dates have an order."
    )


def identity(value: object) -> Hashable:
    """Something hashable that is equal for equal values; lists, dictionaries and geometries included."""
    if type(value) in (str, int, float):
        return value
    if isinstance(value, Geometry):
        return "Geometry", json.dumps(value.to_geojson(), sort_keys=True)
    if isinstance(value, Element):
        return type(value).__name__, identity(dict(value.properties)), identity(geometry_of(value))
    if isinstance(value, dict):
        return "Dictionary", *sorted(((k, identity(v)) for k, v in value.items()), key=lambda item: str(item[0]))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(identity(v) for v in value)
    return value if isinstance(value, Hashable) else id(value)
