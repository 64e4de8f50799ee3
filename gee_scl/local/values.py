"""The values that expressions are made of, apart from images and geometries: dates, types, projections, elements."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

from affine import Affine

from gee_scl.local.vector.crs import metres_per_unit, requested_crs
from gee_scl.local.vector.geometry import Geometry

INDEX = "system:index"
TIME_START = "system:time_start"
TIME_END = "system:time_end"
FOOTPRINT = "system:footprint"
SYSTEM_ID = "system:id"
"""Setting this property names an element: getInfo prints it as `id`, not among the properties (recorded)."""

SYSTEM_VERSION = "system:version"
"""A property that every image answers to which is an asset: microseconds since 1970 at which its content was made."""

BAND_NAMES = "system:band_names"
"""A property that every image answers to, also one that was computed: people filter collections by it."""


@dataclass(frozen=True)
class Date:
    """A moment, in milliseconds since 1970-01-01T00:00Z."""

    milliseconds: float


@dataclass(frozen=True)
class DateRange:
    """From `start` up to, not including, `end`; both in milliseconds. None is unbounded."""

    start: float | None
    end: float | None


@dataclass(frozen=True)
class ErrorMargin:
    """How wrong a geometry may become; `unit` is "meters", "projected" or "infinite"."""

    value: float | None
    unit: str = "meters"


@dataclass(frozen=True)
class PixelType:
    """What a band's pixels may be: precision "int", "float" or "double", with limits where they are known."""

    precision: Literal["int", "float", "double"]
    min: float | None = None
    max: float | None = None
    dimensions: int = 0

    def union(self, other: PixelType) -> PixelType:
        """The smallest type that holds both (Earth Engine: "the union of the input types")."""
        order = ("int", "float", "double")
        precision = max(self.precision, other.precision, key=order.index)
        if {self.precision, other.precision} == {"int", "float"}:
            precision = self._float_that_holds(other)
        low = None if self.min is None or other.min is None else min(self.min, other.min)
        high = None if self.max is None or other.max is None else max(self.max, other.max)
        return PixelType(precision, low, high, max(self.dimensions, other.dimensions))

    def _float_that_holds(self, other: PixelType) -> Literal["float", "double"]:
        whole = self if self.precision == "int" else other
        # A float32 holds every whole number up to 2**24.
        exact = whole.min is not None and whole.max is not None and max(abs(whole.min), abs(whole.max)) <= 2**24
        return "float" if exact else "double"


BYTE = PixelType("int", 0, 255)
BOOLEAN = PixelType("int", 0, 1)
FLOAT = PixelType("float")
DOUBLE = PixelType("double")


@dataclass(frozen=True)
class Projection:
    """A coordinate reference system and the transform from pixel to its plane."""

    crs: str
    transform: Affine

    @classmethod
    def named(cls, crs: str) -> Projection:
        """The projection of a CRS's name, with pixels of one unit."""
        return cls(requested_crs(crs), Affine.identity())

    def at_scale(self, metres: float) -> Projection:
        """The same origin and orientation, with pixels of this nominal scale."""
        factor = metres / self.nominal_scale()
        return replace(self, transform=self.transform @ Affine.scale(factor))

    def nominal_scale(self) -> float:
        """Metres per pixel, as Earth Engine counts them (see `gee_scl.local.vector.crs.metres_per_unit`)."""
        return float(abs(self.transform.determinant) ** 0.5) * metres_per_unit(self.crs)


ONE_DEGREE = Projection("EPSG:4326", Affine(1, 0, 0, 0, 1, 0))
"""The default projection of constants and composites (recorded)."""


@dataclass(frozen=True)
class Function:
    """A function of the expression: what `map` and `iterate` call.

    Attributes:
        names: of its arguments.
        call: evaluates the body.
        result_type: Earth Engine's name of its value's type, or `THE_ARGUMENTS`; None where it cannot be told.
        keeps: whether the value surely has a property of the first argument, by the property's name.
    """

    names: tuple[str, ...]
    call: Callable[..., Any]
    result_type: str | None = None
    keeps: Callable[[str], bool] | None = None

    def __call__(self, *values: Any) -> Any:
        """The body's value for these arguments."""
        return self.call(*values)


@dataclass(frozen=True, eq=False)
class Element:
    """What carries properties: features, images, and collections of them."""

    properties: Mapping[str, Any] = field(default_factory=dict)

    def with_properties(self, properties: Mapping[str, Any]) -> Self:
        """The same element with these properties instead; a property that is null does not exist."""
        return self._with({k: v for k, v in properties.items() if v is not None})

    def set(self, key: str, value: Any) -> Self:
        """The same element with one property more, or one removed where the value is null."""
        properties = {**self.properties, key: value}
        if value is None:
            del properties[key]
        return self._with(properties)

    def _with(self, properties: Mapping[str, Any]) -> Self:
        return replace(self, properties=properties)

    def get(self, key: str) -> Any:
        """A property's value, null where there is none. An asset's id can be asked for like a property."""
        value = self.properties.get(key)
        return getattr(self, "id", None) if value is None and key == SYSTEM_ID else value

    @property
    def index(self) -> str:
        """The name of the element in its collection."""
        return str(self.properties.get(INDEX, ""))


@dataclass(frozen=True, eq=False)
class Feature(Element):
    """A geometry, or none, with properties."""

    geometry: Geometry | None = None

    def _with(self, properties: Mapping[str, Any]) -> Self:
        # Tables have hundreds of thousands of rows: this way none has a dictionary of its attributes besides.
        return type(self)(properties, self.geometry)


@dataclass(frozen=True, eq=False)
class Collection(Element):
    """Elements in order; `kind` is Earth Engine's type name of the whole."""

    elements: Sequence[Element] = ()
    kind: Literal["FeatureCollection", "ImageCollection"] = "FeatureCollection"
    id: str | None = None
    version: int | None = None

    def with_elements(self, elements: Sequence[Element]) -> Collection:
        """The same collection over other elements."""
        return replace(self, elements=elements)


_PLAIN_TYPES: Mapping[type, str] = {
    bool: "Boolean",
    int: "Integer",
    float: "Float",
    str: "String",
    list: "List<Object>",
    dict: "Dictionary<Object>",
    Function: "Algorithm",
    type(None): "null",
}
_NAMED_TYPES = frozenset(
    [
        "Date",
        "DateRange",
        "ErrorMargin",
        "Feature",
        "Filter",
        "Geometry",
        "Image",
        "Join",
        "Kernel",
        "PixelType",
        "Projection",
        "Reducer",
    ]
)


def type_of(value: Any) -> str:
    """Earth Engine's name of a value's type: the engine's classes are named like the types they stand for."""
    if isinstance(value, Collection):
        return value.kind
    if type(value) in _PLAIN_TYPES:
        return _PLAIN_TYPES[type(value)]
    names = (kind.__name__ for kind in type(value).__mro__)
    return next((name for name in names if name in _NAMED_TYPES), type(value).__name__)
