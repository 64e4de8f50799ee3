"""Feature collections as images to look at: Collection.draw and Collection.style."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from gee_scl.local.errors import EvaluationError, NotCoveredError
from gee_scl.local.pictures.canvas import MARKERS, Colour, Drawing, Pen
from gee_scl.local.pictures.channels import CHANNELS, Channel
from gee_scl.local.pictures.colours import rgb, rgba
from gee_scl.local.raster.image import Band, Image
from gee_scl.local.values import BYTE, Collection, Feature, type_of

_STYLE = "Collection.style"

_FILL_OPACITY = 0.66
"""Of the outline's colour, where no other is given (documentation of Collection.style)."""

_SHAPES: Mapping[str, str] = MappingProxyType(
    {
        **{name: name for name in MARKERS},
        **{"pentagram": "star5", "hexagram": "star6", "triangle": "triangle_up"},
        **{"o": "circle", "s": "square", "d": "diamond", "x": "cross", "+": "plus", "p": "star5", "h": "star6"},
        **{"^": "triangle_up", "v": "triangle_down", "<": "triangle_left", ">": "triangle_right"},
    }
)
"""Markers by all their names (documentation of Collection.style)."""

_DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {"color": "black", "pointSize": 3, "pointShape": "circle", "width": 2, "fillColor": None, "lineType": "solid"}
)


def draw(collection: Collection, colour: str, point_radius: int, stroke_width: int) -> Image:
    """All features in one colour, polygons filled with it and outlined."""
    line = (*rgb(colour, "Collection.draw"), 255)
    for argument, number in (("pointRadius", point_radius), ("strokeWidth", stroke_width)):
        if number < 0:
            raise EvaluationError(f"Collection.draw: '{argument}' must not be negative, got {number}.")
    pen = Pen(line, float(stroke_width), _fill(line), size=float(point_radius))
    return _drawn((feature, pen) for feature in collection.elements if isinstance(feature, Feature))


def style(
    collection: Collection,
    colour: str,
    point_size: int,
    point_shape: str,
    width: float,
    fill_colour: str | None,
    style_property: str | None,
    _neighbourhood: int,
    line_type: str,
) -> Image:
    """Features in a style, each with what its own property changes of it.

    The neighbourhood is not needed: a tile is drawn with everything that reaches into it.
    """
    values = (colour, point_size, point_shape, width, fill_colour, line_type)
    common = dict(zip(_DEFAULTS, values, strict=True))
    shared = _pen(common)

    def pen_of(feature: Feature) -> Pen:
        own = None if style_property is None else feature.get(style_property)
        if own is None:
            return shared
        if not isinstance(own, Mapping):
            raise EvaluationError(
                f"{_STYLE}: The property '{style_property}' must be a dictionary, not {type_of(own)}."
            )
        unknown = sorted(set(map(str, own)) - set(_DEFAULTS))
        if unknown:
            raise EvaluationError(f"{_STYLE}: Unknown style '{unknown[0]}'. It may be {', '.join(_DEFAULTS)}.")
        return _pen({**common, **own})

    return _drawn((feature, pen_of(feature)) for feature in collection.elements if isinstance(feature, Feature))


def _pen(options: Mapping[str, Any]) -> Pen:
    for name in ("color", "pointShape", "lineType"):
        if not isinstance(options[name], str):
            raise EvaluationError(f"{_STYLE}: '{name}' must be a string, not {type_of(options[name])}.")
    if options["lineType"] not in ("solid", "dotted", "dashed"):
        raise EvaluationError(f"{_STYLE}: Unknown lineType '{options['lineType']}'. It may be solid, dotted or dashed.")
    if options["lineType"] != "solid":
        raise NotCoveredError(f"{_STYLE}: The lineType '{options['lineType']}' is not covered by the local engine.")
    if options["pointShape"] not in _SHAPES:
        raise EvaluationError(
            f"{_STYLE}: Unknown pointShape '{options['pointShape']}'. It may be {', '.join(_SHAPES)}."
        )
    for name in ("pointSize", "width"):
        number = options[name]
        if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number < float("inf"):
            raise EvaluationError(f"{_STYLE}: '{name}' must be a number that is not negative, got {number!r:.80}.")
    line = rgba(options["color"], _STYLE)
    fill = options["fillColor"]
    if fill is not None and not isinstance(fill, str):
        raise EvaluationError(f"{_STYLE}: 'fillColor' must be a string, not {type_of(fill)}.")
    return Pen(
        line,
        float(options["width"]),
        _fill(line) if fill is None else rgba(fill, _STYLE),
        _SHAPES[options["pointShape"]],
        float(options["pointSize"]),
    )


def _fill(line: Colour) -> Colour:
    return (*line[:3], round(line[3] * _FILL_OPACITY))


def _drawn(features: Iterable[tuple[Feature, Pen]]) -> Image:
    pairs = [(feature.geometry, pen) for feature, pen in features if feature.geometry is not None]
    drawing = Drawing([geometry for geometry, _ in pairs], [pen for _, pen in pairs])
    return Image(bands=tuple(Band(name, BYTE, Channel(drawing, place)) for place, name in enumerate(CHANNELS)))
