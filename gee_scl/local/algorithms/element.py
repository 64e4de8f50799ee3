"""`Element.*`: the properties of features, images and collections."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gee_scl.local.algorithms.registry import algorithm, call
from gee_scl.local.context import Context
from gee_scl.local.errors import EvaluationError
from gee_scl.local.features.selectors import GEOMETRY, geometry_of, select
from gee_scl.local.values import Element, ErrorMargin, Projection
from gee_scl.local.vector.geometry import Geometry

SYSTEM = "system:"


def ordinary(element: Element) -> dict[str, Any]:
    """The properties that are not the system's own."""
    return {k: v for k, v in element.properties.items() if not k.startswith(SYSTEM)}


@algorithm("Element.get")
def _get(element: Element, name: str) -> object:
    return select(element, GEOMETRY) if name == GEOMETRY else element.get(name)


@algorithm("Element.getNumber")
def _get_number(element: Element, name: str) -> float | None:
    value = element.get(name)
    if value is None or isinstance(value, int | float):
        return value
    raise EvaluationError(f"Element.getNumber: The property '{name}' is not a number: {value!r:.80}.")


@algorithm("Element.getString")
def _get_string(element: Element, name: str) -> str | None:
    value = element.get(name)
    if value is None or isinstance(value, str):
        return value
    raise EvaluationError(f"Element.getString: The property '{name}' is not a string: {value!r:.80}.")


@algorithm("Element.set")
def _set(element: Element, key: str, value: object) -> Element:
    return element.set(key, value)


@algorithm("Element.setMulti")
def _set_multi(element: Element, properties: dict[str, Any]) -> Element:
    return element.with_properties({**element.properties, **properties})


@algorithm("Element.propertyNames")
def _property_names(element: Element) -> list[str]:
    return list(element.properties)


@algorithm("Element.toDictionary")
def _to_dictionary(element: Element, names: list[str] | None) -> dict[str, Any]:
    if names is None:
        return ordinary(element)
    missing = [n for n in names if n not in element.properties]
    if missing:
        raise EvaluationError(f"Element.toDictionary: The element has no property {missing[0]!r}.")
    return {n: element.properties[n] for n in names}


@algorithm("Element.copyProperties", "Image.copyProperties")
def _copy_properties(
    destination: Element | None, source: Element | None, names: list[str] | None, exclude: list[str] | None
) -> Element | None:
    if names is not None and exclude is not None:
        raise EvaluationError("Element.copyProperties: Only one of 'properties' and 'exclude' may be specified.")
    if destination is None or source is None:
        return destination
    if names is None:
        copied = {k: v for k, v in ordinary(source).items() if k not in (exclude or ())}
    else:
        copied = {n: source.properties[n] for n in names if n in source.properties}
    return destination.with_properties({**destination.properties, **copied})


@algorithm("Element.replaceProperties")
def _replace_properties(destination: Element, source: Element | None) -> Element:
    # What the system knows of an element, such as its index, says which element it is, and stays.
    own = {k: v for k, v in destination.properties.items() if k.startswith(SYSTEM)}
    return replace(destination, properties={**own, **({} if source is None else ordinary(source))})


@algorithm("Element.geometry", "Feature.geometry")
def _geometry(
    element: Element,
    max_error: ErrorMargin | None,
    proj: Projection | None,
    geodesics: bool | None,
    *,
    context: Context,
) -> Geometry | None:
    geometry = geometry_of(element)
    if geometry is None or proj is None:
        return geometry
    arguments = {"geometry": geometry, "proj": proj, "maxError": max_error, "geodesic": geodesics}
    transformed: Geometry = call("Geometry.transform", arguments, context)
    return transformed
