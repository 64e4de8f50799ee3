"""Values as the JSON that getInfo shows."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from gee_scl.local.answers.bands import band_info, number, pixel_type, transform_numbers, whole
from gee_scl.local.errors import EvaluationError, LimitError
from gee_scl.local.features.filters import Filter
from gee_scl.local.features.joins import Join
from gee_scl.local.raster.image import Image
from gee_scl.local.raster.kernel import Kernel
from gee_scl.local.raster.reducer import Reducer
from gee_scl.local.values import (
    INDEX,
    SYSTEM_ID,
    Collection,
    Date,
    DateRange,
    Element,
    ErrorMargin,
    Feature,
    Function,
    PixelType,
    Projection,
    type_of,
)
from gee_scl.local.vector.crs import shown_crs
from gee_scl.local.vector.geometry import Geometry


class Encoder:
    """Turns values into JSON, refusing collections that are too long for one answer.

    Args:
        max_elements: elements that the collections of one answer may have together.
    """

    def __init__(self, max_elements: int) -> None:
        self._max, self._seen = max_elements, 0

    def encode(self, value: Any) -> Any:
        """A value's JSON."""
        # Tables are mostly of these: looking up who encodes a type takes several times as long.
        kind = type(value)
        if kind in _PLAIN:
            return value
        if kind is float:
            return number(value)
        if kind is dict:
            return {str(k): self.encode(v) for k, v in value.items()}
        if kind is list:
            return [self.encode(v) for v in value]
        return _encode(value, self)

    def elements(self, collection: Collection) -> Iterator[Element]:
        """A collection's elements, counted."""
        for element in collection.elements:
            self._seen += 1
            if self._seen > self._max:
                raise LimitError(f"Collection query aborted after accumulating over {self._max} elements.")
            yield element


_PLAIN = frozenset({type(None), bool, int, str})
"""Types that are JSON themselves."""


@functools.singledispatch
def _encode(value: Any, encoder: Encoder) -> Any:
    raise EvaluationError(f"A value of type {type_of(value)} cannot be sent to the client.")


@_encode.register(bool)
@_encode.register(int)
@_encode.register(str)
def _(value: Any, encoder: Encoder) -> Any:
    return value


@_encode.register(float)
def _(value: float, encoder: Encoder) -> Any:
    return number(value)


@_encode.register(np.generic)
def _(value: np.generic, encoder: Encoder) -> Any:
    return encoder.encode(value.item())


@_encode.register(Mapping)
def _(value: Mapping[str, Any], encoder: Encoder) -> Any:
    return {str(k): encoder.encode(v) for k, v in value.items()}


@_encode.register(Sequence)
def _(value: Sequence[Any], encoder: Encoder) -> Any:
    return [encoder.encode(v) for v in value]


@_encode.register
def _(value: Date, encoder: Encoder) -> Any:
    return {"type": "Date", "value": whole(value.milliseconds)}


@_encode.register
def _(value: DateRange, encoder: Encoder) -> Any:
    return {"type": "DateRange", "dates": [whole(value.start), whole(value.end)]}


@_encode.register
def _(value: ErrorMargin, encoder: Encoder) -> Any:
    return {"type": "ErrorMargin", "unit": value.unit, "value": value.value}


@_encode.register
def _(value: PixelType, encoder: Encoder) -> Any:
    return pixel_type(value)


@_encode.register
def _(value: Projection, encoder: Encoder) -> Any:
    return {"type": "Projection", "crs": shown_crs(value.crs), "transform": transform_numbers(value.transform)}


@_encode.register
def _(value: Geometry, encoder: Encoder) -> Any:
    return value.to_geojson()


@_encode.register
def _(value: Feature, encoder: Encoder) -> Any:
    properties = {k: encoder.encode(v) for k, v in sorted(value.properties.items()) if k != INDEX}
    body = {
        "type": "Feature",
        "geometry": None if value.geometry is None else value.geometry.to_geojson(),
        "properties": properties,
    }
    return {**body, "id": value.index} if INDEX in value.properties else body


@_encode.register
def _(value: Image, encoder: Encoder) -> Any:
    properties = dict(sorted(value.properties.items()))
    identity = {"id": properties.pop(SYSTEM_ID, None) or value.id, "version": value.version_now}
    return {
        "type": "Image",
        "bands": [band_info(band) for band in value.bands],
        **{k: v for k, v in identity.items() if v is not None},
        **({"properties": encoder.encode(properties)} if properties else {}),
    }


@_encode.register
def _(value: Collection, encoder: Encoder) -> Any:
    elements = list(encoder.elements(value))
    properties = dict(sorted(value.properties.items()))
    identity = {"id": properties.pop(SYSTEM_ID, None) or value.id, "version": value.version}
    if value.kind == "ImageCollection" and not elements and not properties:
        return {"type": value.kind, **{k: v for k, v in identity.items() if v is not None}, "bands": []}  # recorded
    # Image collections list the bands that all images share only where they are assets; recorded ones are empty.
    columns: dict[str, Any] = {"bands": []} if value.kind == "ImageCollection" else {"columns": columns_of(elements)}
    return {
        "type": value.kind,
        **{k: v for k, v in identity.items() if v is not None},
        **columns,
        **({"properties": encoder.encode(properties)} if properties else {}),
        "features": [encoder.encode(element) for element in elements],
    }


def columns_of(elements: Sequence[Element]) -> dict[str, str]:
    """Property names and types of a feature collection, from its first feature (recorded)."""
    if not elements:
        return {}
    return {name: type_of(value) for name, value in sorted(elements[0].properties.items())}


@_encode.register
def _(value: Reducer, encoder: Encoder) -> Any:
    return {"type": value.name, **dict(value.arguments)}


@_encode.register(Filter)
@_encode.register(Join)
@_encode.register(Kernel)
def _(value: Any, encoder: Encoder) -> Any:
    return encoder.encode(value.describe())


@_encode.register
def _(value: Function, encoder: Encoder) -> Any:
    return {"type": "Algorithm", "args": [{"name": name, "type": "Object"} for name in value.names]}
