"""`Collection.*` and the like: making collections, and everything on them that needs no pixels."""

from __future__ import annotations

import hashlib
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from gee_scl.local.algorithms.bodies import THE_ARGUMENTS
from gee_scl.local.algorithms.registry import algorithm, call
from gee_scl.local.context import Context
from gee_scl.local.errors import EvaluationError, LimitError, NotFoundError
from gee_scl.local.features.aggregates import AGGREGATES, aggregate
from gee_scl.local.features.elements import LazyElements, chosen
from gee_scl.local.features.filter_text import parse_filter
from gee_scl.local.features.filters import Filter, passing
from gee_scl.local.features.selectors import Kind, gathered, geometry_of, identity, merged, ordered, select, shown_to
from gee_scl.local.raster.image import Image
from gee_scl.local.values import (
    INDEX,
    Collection,
    Element,
    ErrorMargin,
    Feature,
    Function,
    Projection,
)
from gee_scl.local.vector.geometry import Geometry


def kind_of(elements: Sequence[Element], default: Kind) -> Kind:
    """What a collection of these is: the first element tells."""
    if not len(elements) or isinstance(elements[0], Collection):
        return default
    return "ImageCollection" if isinstance(elements[0], Image) else "FeatureCollection"


def numbered(elements: Iterable[Element]) -> tuple[Element, ...]:
    """Elements with an index each: their own where they have one (recorded), else their place, from "0" on."""
    return tuple(e if e.get(INDEX) is not None else e.set(INDEX, str(i)) for i, e in enumerate(elements))


# Making collections


@algorithm("Collection")
def _collection(features: list[Element]) -> Collection:
    return Collection(elements=numbered(_present("Collection", features)))


@algorithm("ImageCollection.fromImages")
def _from_images(images: list[Element]) -> Collection:
    return Collection(elements=numbered(_present("ImageCollection.fromImages", images)), kind="ImageCollection")


def _present(name: str, elements: list[Element]) -> list[Element]:
    for place, element in enumerate(elements):
        if element is None:
            raise EvaluationError(f"{name}: The element {place} of the list is null.")
    return elements


@algorithm("Collection.fromColumns")
def _from_columns(columns: list[list[Any]], names: list[str], _types: list[Any] | None) -> Collection:
    if len(columns) != len(names) or len({len(c) for c in columns}) > 1:
        raise EvaluationError("Collection.fromColumns: There must be as many columns as names, all of one length.")
    rows = (dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))
    return Collection(elements=numbered(Feature().with_properties(row) for row in rows))


@algorithm("Collection.loadTable")
def _load_table(table: str, _geometry_column: str | None, _version: int, *, context: Context) -> Collection:
    return _load("Collection.loadTable", "Collection", table, "FeatureCollection", context)


@algorithm("ImageCollection.load")
def _load_images(collection: str, _version: int | None, *, context: Context) -> Collection:
    return _load("ImageCollection.load", "ImageCollection", collection, "ImageCollection", context)


def _load(name: str, what: str, asset: str, kind: Kind, context: Context) -> Collection:
    try:
        loaded = context.assets.load(asset)
    except NotFoundError:
        raise EvaluationError(
            f"{name}: {what} asset '{asset}' not found (does not exist or caller does not have access)."
        ) from None
    if not isinstance(loaded, Collection) or loaded.kind != kind:
        raise EvaluationError(f"{name}: Asset '{asset}' is not {'an' if what[0] == 'I' else 'a'} {what}.")
    return loaded


@algorithm("Collection.cache")
def _cache(collection: Collection) -> Collection:
    return collection


@algorithm("Collection.merge", "ImageCollection.merge")
def _merge(first: Collection, second: Collection) -> Collection:
    elements = [e.set(INDEX, f"{number}_{e.index}") for number, c in enumerate((first, second), 1) for e in c.elements]
    return Collection(elements=tuple(elements), kind=first.kind)


@algorithm("Collection.flatten")
def _flatten(collection: Collection) -> Collection:
    flat: list[Element] = []
    for outer in collection.elements:
        if not isinstance(outer, Collection):
            raise EvaluationError(f"Collection.flatten: The element '{outer.index}' is not a collection.")
        flat += (e.set(INDEX, f"{outer.index}_{e.index}") for e in outer.elements)
    return Collection(elements=tuple(flat), kind=kind_of(flat, collection.kind))


# Choosing and ordering


@algorithm("Collection.filter")
def _filter(collection: Collection, condition: object) -> Collection:
    condition_filter = parse_filter(condition) if isinstance(condition, str) else condition
    if not isinstance(condition_filter, Filter):
        raise EvaluationError(f"Collection.filter: Expected a filter, or its text, not {condition!r:.80}.")
    return collection.with_elements(passing(condition_filter, collection.elements))


@algorithm("Collection.limit")
def _limit(collection: Collection, limit: int | None, key: str | None, ascending: bool) -> Collection:
    if limit is not None and limit < 0:
        raise EvaluationError(f"Collection.limit: The limit must not be negative, but is {limit}.")
    elements = collection.elements
    if key is not None:
        elements = ordered(elements, key, ascending=ascending)
    return collection.with_elements(elements[:limit])


@algorithm("Collection.distinct")
def _distinct(collection: Collection, properties: object) -> Collection:
    asked = properties if isinstance(properties, list) else [properties]
    selectors = [s for s in asked if isinstance(s, str)]
    if len(selectors) < len(asked):
        raise EvaluationError("Collection.distinct: 'properties' must be a property's name, or a list of names.")
    first: dict[object, int] = {}
    for place, element in enumerate(shown_to(collection.elements, selectors)):
        first.setdefault(tuple(identity(select(element, s)) for s in selectors), place)
    return collection.with_elements(chosen(collection.elements, list(first.values())))


@algorithm("Collection.first")
def _first(collection: Collection) -> Element | None:
    return collection.elements[0] if len(collection.elements) else None


@algorithm("Collection.size")
def _size(collection: Collection) -> int:
    return len(collection.elements)


@algorithm("Collection.toList")
def _to_list(collection: Collection, count: int, offset: int) -> list[Element]:
    if count < 0 or offset < 0:
        raise EvaluationError("Collection.toList: Neither count nor offset may be negative.")
    return list(collection.elements[offset : offset + count])


# Functions on every element


@algorithm("Collection.map")
def _map(collection: Collection, function: Function, drop_nulls: bool) -> Collection:
    def keeps(name: str) -> bool:
        return name == INDEX or (function.keeps is not None and function.keeps(name))

    mapped: Sequence[Any] = LazyElements(collection.elements, lambda e: _mapped(function, e, drop_nulls), keeps)
    if drop_nulls:
        mapped = tuple(e for e in mapped if e is not None)
    known = {**_KINDS, THE_ARGUMENTS: collection.kind}.get(function.result_type or "")
    kind = known or kind_of(mapped, collection.kind)
    return replace(collection, elements=mapped, kind=kind, id=None, version=None)


_KINDS: Mapping[str, Kind] = {"Image": "ImageCollection", "Feature": "FeatureCollection"}
"""What a collection of elements of a type is: where a function's type is known, no element needs to be looked at."""


def _mapped(function: Function, element: Element, may_be_null: bool) -> Element | None:
    """A function's answer, under the element's own index.

    A mapping cannot modify `system:index`, says one of the server's users (Xee's pull request 91); others set it and
    read it back. Nothing should rest on an index that was set here: it does not stay.
    """
    try:
        answer = function(element)
        if answer is None and may_be_null:
            return None
        if not isinstance(answer, Element):
            raise EvaluationError("A mapped algorithm must return a Feature or Image.")
    except LimitError:
        raise
    except EvaluationError as error:
        raise type(error)(f"Error in map(ID={element.index}):\n{error.message}") from None
    index = element.get(INDEX)
    return answer if index is None or answer.properties.get(INDEX) == index else answer.set(INDEX, index)


@algorithm("Collection.iterate")
def _iterate(collection: Collection, function: Function, first: object) -> object:
    state = first
    for element in collection.elements:
        state = function(element, state)
    return state


@algorithm("Collection.remap")
def _remap(collection: Collection, lookup_in: list[Any], lookup_out: list[int], column: str) -> Collection:
    if len(lookup_in) != len(lookup_out):
        raise EvaluationError("Collection.remap: lookupIn and lookupOut must have the same length.")
    table = {identity(old): new for old, new in zip(lookup_in, lookup_out, strict=True)}
    remapped = (e.set(column, table[key]) for e in collection.elements if (key := identity(select(e, column))) in table)
    return collection.with_elements(tuple(remapped))


@algorithm("Collection.randomColumn")
def _random_column(
    collection: Collection, column: str, seed: int, distribution: str, row_keys: list[str]
) -> Collection:
    """Numbers that follow from the seed and the keys alone; they are not the numbers of Earth Engine's servers."""
    if distribution not in ("uniform", "normal"):
        raise EvaluationError(
            f"Collection.randomColumn: distribution must be 'uniform' or 'normal', not {distribution!r}."
        )

    def with_number(element: Element) -> Element:
        text = repr((seed, [identity(select(element, key)) for key in row_keys]))
        bits = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) >> 11
        # The middle of 2**53 steps: never 0 or 1, whose normal deviates would be infinite.
        uniform = (bits + 0.5) / 2**53
        return element.set(column, uniform if distribution == "uniform" else statistics.NormalDist().inv_cdf(uniform))

    return collection.with_elements(LazyElements(collection.elements, with_number))


# Places


@algorithm("Collection.geometry")
def _geometry(collection: Collection, _max_error: ErrorMargin | None) -> Geometry | None:
    return merged(geometry_of(e) for e in collection.elements)


@algorithm("Collection.bounds")
def _bounds(
    collection: Collection, max_error: ErrorMargin | None, proj: Projection | None, *, context: Context
) -> Geometry | None:
    together = gathered(geometry_of(e) for e in collection.elements)
    # The signature's default is an error of nothing, which only an exact operation could keep: it means the usual one.
    margin = max_error if max_error is not None and max_error.value else None
    arguments = {"geometry": together, "maxError": margin, "proj": proj}
    bounds: Geometry | None = None if together is None else call("Geometry.bounds", arguments, context)
    return bounds


@algorithm("Collection.union")
def _union(collection: Collection, _max_error: ErrorMargin | None) -> Collection:
    together = gathered(geometry_of(e) for e in collection.elements)
    feature = Feature({INDEX: "union_result"}, None if together is None else together.dissolve())
    return Collection(elements=(feature,))


# Statistics of a property


def _aggregate(name: str, collection: Collection, selector: str) -> object:
    return aggregate(name, collection.elements, selector)


for _name in AGGREGATES:
    algorithm(_name)(partial(_aggregate, _name))
