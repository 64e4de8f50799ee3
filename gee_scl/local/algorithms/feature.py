"""`Feature` and `Feature.*`: a geometry with properties; what concerns the geometry is left to `Geometry.*`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from gee_scl.local.algorithms.registry import algorithm, call
from gee_scl.local.context import Context
from gee_scl.local.errors import EvaluationError
from gee_scl.local.features.selectors import geometry_of
from gee_scl.local.signatures import signatures
from gee_scl.local.values import INDEX, Element, Feature
from gee_scl.local.vector.geometry import Geometry

_MEASURES: Mapping[str, str] = {
    "Feature.area": "Geometry.area",
    "Feature.closestPoint": "Geometry.closestPoint",
    "Feature.closestPoints": "Geometry.closestPoints",
    "Feature.containedIn": "Geometry.containedIn",
    "Feature.contains": "Geometry.contains",
    "Feature.disjoint": "Geometry.disjoint",
    "Feature.distance": "Geometry.distance",
    "Feature.intersects": "Geometry.intersects",
    "Feature.length": "Geometry.length",
    "Feature.perimeter": "Geometry.perimeter",
    "Feature.withinDistance": "Geometry.withinDistance",
}
"""Algorithms that ask one of `Geometry` for a value."""

_CHANGES: Mapping[str, str] = {
    "Feature.bounds": "Geometry.bounds",
    "Feature.buffer": "Geometry.buffer",
    "Feature.centroid": "Geometry.centroid",
    "Feature.convexHull": "Geometry.convexHull",
    "Feature.cutLines": "Geometry.cutLines",
    "Feature.difference": "Geometry.difference",
    "Feature.dissolve": "Geometry.dissolve",
    "Feature.intersection": "Geometry.intersection",
    "Feature.simplify": "Geometry.simplify",
    "Feature.symmetricDifference": "Geometry.symmetricDifference",
    "Feature.transform": "Geometry.transform",
    "Feature.union": "Geometry.union",
}
"""Algorithms that ask one of `Geometry` for a geometry: the feature gets it, and keeps its properties."""

_GEOMETRY_ARGUMENTS = {"feature": "geometry", "left": "left", "right": "right"}
"""Arguments that are elements here and geometries there."""


def _ask_geometry(name: str, asked: str, values: tuple[Any, ...], context: Context) -> object:
    arguments = {}
    for argument, value in zip(signatures()[name].arguments, values, strict=True):
        if argument.name in _GEOMETRY_ARGUMENTS:
            geometry = geometry_of(value)
            if geometry is None:
                raise EvaluationError(f"{name}: The argument '{argument.name}' has no geometry.")
            arguments[_GEOMETRY_ARGUMENTS[argument.name]] = geometry
        else:
            arguments[argument.name] = value
    answer: object = call(asked, arguments, context)
    return answer


def _measure(name: str, asked: str) -> Callable[..., object]:
    def measure(*values: object, context: Context) -> object:
        return _ask_geometry(name, asked, values, context)

    return measure


def _change(name: str, asked: str) -> Callable[..., Feature]:
    def change(*values: object, context: Context) -> Feature:
        (element, *_), geometry = values, _ask_geometry(name, asked, values, context)
        if not isinstance(element, Element) or not isinstance(geometry, Geometry):
            raise EvaluationError(f"{name}: The result is not a geometry.")
        return Feature(element.properties, geometry)

    return change


for _name, _asked in _MEASURES.items():
    algorithm(_name)(_measure(_name, _asked))
for _name, _asked in _CHANGES.items():
    algorithm(_name)(_change(_name, _asked))


@algorithm("Feature")
def _feature(geometry: Geometry | None, metadata: dict[str, Any], _geometry_key: str | None) -> Feature:
    return Feature(geometry=geometry).with_properties(metadata)


@algorithm("Feature.id")
def _id(element: Element) -> object:
    return element.get(INDEX)


@algorithm("Feature.setGeometry")
def _set_geometry(element: Element, geometry: Geometry | None) -> Feature:
    return Feature(element.properties, geometry)


_NOWHERE = Feature()


@algorithm("Feature.select")
def _select(element: Element, selectors: list[str], new_names: list[str] | None, retain_geometry: bool) -> Element:
    names = [name for selector in selectors for name in _selected(element, selector)]
    if new_names is not None and len(new_names) != len(names):
        raise EvaluationError(
            f"Feature.select: {len(new_names)} new names were given for {len(names)} selected properties: {names[:20]}."
        )
    selected = {new: element.get(old) for old, new in zip(names, new_names or names, strict=True)}
    # The index says which element it is, and stays whatever is selected.
    selected = {INDEX: element.get(INDEX), **selected}
    bare = _NOWHERE if isinstance(element, Feature) and not retain_geometry else element
    return bare.with_properties(selected)


def _selected(element: Element, selector: str) -> list[str]:
    """The properties that a name or regular expression means; a name that is not there keeps its place."""
    if selector in element.properties:
        return [selector]
    try:
        pattern = re.compile(selector)
    except re.error as error:
        raise EvaluationError(f"Feature.select: {selector!r} is not a regular expression: {error}.") from None
    return [name for name in element.properties if pattern.fullmatch(name)] or [selector]
